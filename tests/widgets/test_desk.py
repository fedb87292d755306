import json
import logging
import threading
import time

import comm
import pytest

from tests.widgets.wire import WireComm
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.widgets.desk import Desk


@pytest.fixture
def made(monkeypatch):
    """Make a desk whose messages are kept: ``made(handlers)`` gives it, ``ask`` and ``answers``."""
    monkeypatch.setattr(comm, "create_comm", lambda *args, **keys: WireComm(*args, **keys))
    desks = []

    class Made:
        def __init__(self, handlers, **options):
            self.desk = Desk(handlers, **options)
            self.sent = []
            line = self.line = self.desk.comm
            line.publish_msg = lambda kind, data=None, metadata=None, buffers=None, **_: self.sent.append(
                (kind, data, buffers)
            )
            desks.append(self.desk)

        def ask(self, content):
            self.line.receive(content)

        def answers(self, number):
            return [
                data["content"]
                for kind, data, _ in list(self.sent)
                if kind == "comm_msg"
                and data.get("method") == "custom"
                and data["content"].get("id") == number
            ]

        def ended(self, number, patience_s=5.0):
            until = time.monotonic() + patience_s
            while time.monotonic() < until:
                if (answers := self.answers(number)) and answers[-1].get("done"):
                    return answers
                time.sleep(0.005)
            raise AssertionError(f"request {number} was not ended: {self.answers(number)}")

    yield Made
    for desk in desks:
        desk.close()


def test_an_answer_carries_the_number_of_its_request_and_its_buffers(made):
    one = made({"tiles": lambda asked, reply: reply.done({"tiles": [asked["from"]]}, [b"jpeg"])})
    one.ask({"id": 7, "do": "tiles", "from": 48})
    assert one.ended(7) == [{"id": 7, "tiles": [48], "done": True}]
    assert [buffers for _, data, buffers in one.sent if data.get("method") == "custom"] == [[b"jpeg"]]


def test_a_stream_comes_in_order_and_ends_once(made):
    def play(_, reply):
        for n in range(3):
            reply.send({"n": n}, [bytes([n])])
        reply.progress(2.5, "almost")
        reply.done({"times": [0.0]})
        reply.send({"n": "late"})
        reply.done()

    one = made({"play": play})
    one.ask({"id": 1, "do": "play"})
    assert one.ended(1) == [
        {"id": 1, "n": 0},
        {"id": 1, "n": 1},
        {"id": 1, "n": 2},
        {"id": 1, "progress": 1.0, "words": "almost"},
        {"id": 1, "times": [0.0], "done": True},
    ]


def test_a_handler_that_says_nothing_is_ended_for_it(made):
    one = made({"pick": lambda asked, reply: None, "more": lambda asked, reply: None})
    one.ask({"id": 1, "do": "pick"})
    one.ask({"id": 2, "do": "more"})
    assert one.ended(1) == [{"id": 1, "done": True}]
    assert one.ended(2) == [{"id": 2, "done": True}]


def test_an_error_on_purpose_is_said_in_its_words_and_any_other_in_a_sentence(made, caplog):
    def more(asked, reply):
        raise (
            QueryError("nothing was picked: pick a shot first") if asked["mine"] else KeyError("secret path")
        )

    one = made({"more": more})
    one.ask({"id": 1, "do": "more", "mine": True})
    assert one.ended(1) == [{"id": 1, "error": "nothing was picked: pick a shot first", "done": True}]
    one.ask({"id": 2, "do": "more", "mine": False})
    (answer,) = one.ended(2)
    assert "KeyError" in answer["error"]
    assert "secret" not in answer["error"]
    assert "secret path" in caplog.text


@pytest.mark.parametrize("said", ["go", "cancel"])
def test_what_waits_to_be_wanted_goes_on_when_it_is_or_when_nobody_waits_for_it(made, said):
    def play(asked, reply):
        assert reply.wanted.wait(20)
        reply.send({"cancelled": reply.cancelled.is_set()})

    one = made({"play": play})
    one.ask({"id": 1, "do": "play"})
    one.ask({"id": 2, "do": said, "which": 1})
    assert one.ended(1)[0] == {"id": 1, "cancelled": said == "cancel"}


def test_an_error_can_say_more_to_the_page(made):
    one = made({"export": lambda asked, reply: reply.fail("a.edl exists", exists=True)})
    one.ask({"id": 1, "do": "export"})
    assert one.ended(1) == [{"id": 1, "error": "a.edl exists", "exists": True, "done": True}]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "open",
        7,
        {},
        {"do": "open"},
        {"id": "1", "do": "open"},
        {"id": True, "do": "open"},
        {"id": 1.5},
    ],
    ids=repr,
)
def test_what_is_no_request_is_left_alone(made, content, caplog):
    one = made({"open": lambda asked, reply: reply.done()})
    with caplog.at_level(logging.WARNING, logger="vidsearch_sdk"):
        one.desk._receive(one.desk, content, [])
    assert one.answers(1) == []
    assert "no number" in caplog.text


@pytest.mark.parametrize("name", [None, 3, ["open"], {}, "delete", "__init__", "close"], ids=repr)
def test_a_request_for_something_else_is_answered_with_an_error(made, name):
    one = made({"open": lambda asked, reply: reply.done()})
    one.ask({"id": 1, "do": name})
    assert one.ended(1) == [{"id": 1, "error": "This desk cannot do that.", "done": True}]


def test_a_handler_that_asks_for_a_missing_field_ends_in_words(made):
    one = made({"tiles": lambda asked, reply: reply.done({"from": asked["from"]})})
    one.ask({"id": 1, "do": "tiles"})
    assert "KeyError" in one.ended(1)[0]["error"]


def test_picks_keep_their_order_while_slow_work_runs(made):
    order, gate = [], threading.Event()
    one = made(
        {"pick": lambda asked, reply: order.append(asked["at"]), "reel": lambda asked, reply: gate.wait(5)}
    )
    one.ask({"id": 1, "do": "reel"})
    for at in range(20):
        one.ask({"id": 10 + at, "do": "pick", "at": at})
    assert order == list(range(20))
    assert one.answers(1) == []
    gate.set()
    one.ended(1)


def test_four_requests_are_worked_on_at_once_and_no_thread_stays(made):
    before = threading.active_count()
    gate, most = threading.Event(), []

    def more(asked, reply):
        most.append(threading.current_thread().name)
        gate.wait(5)

    one = made({"more": more})
    for number in range(9):
        one.ask({"id": number, "do": "more"})
    until = time.monotonic() + 2
    while len(most) < 4 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(most) == 4
    gate.set()
    for number in range(9):
        one.ended(number)
    until = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_a_cancelled_request_is_told_so(made):
    seen = threading.Event()

    def reel(asked, reply):
        assert reply.cancelled.wait(5)
        seen.set()

    one = made({"reel": reel})
    one.ask({"id": 1, "do": "reel"})
    one.ask({"id": 2, "do": "cancel", "which": 1})
    assert seen.wait(5)
    one.ended(1)
    assert one.ended(2) == [{"id": 2, "done": True}]


@pytest.mark.parametrize("which", [None, 99, "1", [1], {}], ids=repr)
def test_cancelling_what_is_not_there_does_nothing(made, which):
    one = made({})
    one.ask({"id": 2, "do": "cancel", "which": which})
    assert one.ended(2) == [{"id": 2, "done": True}]


def test_what_waits_when_it_is_cancelled_is_never_begun(made):
    gate, begun = threading.Event(), []

    def more(asked, reply):
        begun.append(asked["id"])
        gate.wait(5)

    one = made({"more": more})
    for number in range(6):
        one.ask({"id": number, "do": "more"})
    one.ask({"id": 100, "do": "cancel", "which": 5})
    gate.set()
    assert one.ended(5) == [{"id": 5, "done": True}]
    one.ended(4)
    assert 5 not in begun


def test_a_kernel_that_is_there_says_so(made):
    one = made({})
    one.ask({"id": 3, "do": "ping"})
    assert one.ended(3) == [{"id": 3, "done": True}]


def test_a_closed_desk_stops_its_work_and_says_nothing_more(made):
    started, stopped = threading.Event(), threading.Event()

    def reel(asked, reply):
        started.set()
        assert reply.cancelled.wait(5)
        reply.done({"path": "x"})
        stopped.set()

    one = made({"reel": reel})
    one.ask({"id": 1, "do": "reel"})
    assert started.wait(5)
    one.desk.close()
    assert stopped.wait(5)
    one.desk.push({"push": "view"})
    assert one.answers(1) == []
    assert [kind for kind, *_ in one.sent][-1] == "comm_close"
    one.desk.close()


def test_a_push_carries_no_number(made):
    one = made({})
    one.desk.push({"push": "tray", "tiles": []}, [b"x"])
    (message,) = [(data, buffers) for kind, data, buffers in one.sent if kind == "comm_msg"]
    assert message == ({"method": "custom", "content": {"push": "tray", "tiles": []}}, [b"x"])


def test_the_state_that_a_notebook_saves_holds_no_results(made):
    one = made({}, kind="explorer", key="vs-1")
    state = one.desk.get_state()
    own = {name: value for name, value in state.items() if not name.startswith("_") and name != "layout"}
    assert {name: own[name] for name in ("kind", "key")} == {"kind": "explorer", "key": "vs-1"}
    assert len(json.dumps(own, default=str)) < 500
    assert "export default" in state["_esm"]
    assert len(state["_esm"]) < 2_000


def test_a_kind_that_is_none_is_refused():
    with pytest.raises(ValueError, match="grid, explorer"):
        Desk({}, kind="table")


def test_one_desk_is_two_models():
    import ipywidgets

    before = set(ipywidgets.widgets.widget._instances)
    desk = Desk({})
    made = set(ipywidgets.widgets.widget._instances) - before
    assert len(made) == 2
    desk.close()
