"""What a kernel publishes for a grid, in a real kernel without a front end."""

from __future__ import annotations

import pytest
from jupyter_client.manager import start_new_kernel

VIEW = "application/vnd.jupyter.widget-view+json"

SETUP = """
import sys
sys.path.insert(0, {tests!r})
from results.conftest import FILM, Shelf, drawn, rows
from vidsearch_sdk.results.search_results import SearchResults
shelf = Shelf(measured={{FILM: {{}}}}, pictures={{f"{{FILM}}-{{n}}": drawn(n) for n in range(8)}})
hits = SearchResults(rows(5), catalog=shelf, query_text="a dog", elapsed_s=0.01)
"""

COUNT = """
import ipywidgets
from vidsearch_sdk.widgets.desk import Desk
there = ipywidgets.widgets.widget._instances.values()
print(len(there), sum(isinstance(one, Desk) for one in there))
"""


class Kernel:
    """A kernel that is asked as a notebook asks it: every request names its cell."""

    def __init__(self, client):
        self.client = client

    def __call__(self, code, *, cell):
        asked = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = self.client.session.msg("execute_request", asked)
        message["metadata"]["cellId"] = cell
        self.client.shell_channel.send(message)
        said = []
        while True:
            heard = self.client.get_iopub_msg(timeout=60)
            if heard["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            assert heard["msg_type"] != "error", heard["content"]
            said.append(heard)
            if heard["msg_type"] == "status" and heard["content"]["execution_state"] == "idle":
                return said


@pytest.fixture(scope="module")
def kernel(request):
    manager, client = start_new_kernel(kernel_name="python3")
    kernel = Kernel(client)
    kernel(SETUP.format(tests=str(request.path.parents[1])), cell="setup")
    yield kernel
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def outputs(said):
    return [one["content"]["data"] for one in said if one["msg_type"] in {"display_data", "execute_result"}]


def opened(said):
    """The states of the models that were made, the grid's first."""
    states = [one["content"]["data"]["state"] for one in said if one["msg_type"] == "comm_open"]
    return sorted(states, key=lambda state: "_esm" not in state)


def counted(kernel):
    printed = "".join(
        one["content"]["text"] for one in kernel(COUNT, cell="count") if one["msg_type"] == "stream"
    )
    return [int(number) for number in printed.split()]


def test_a_page_that_stays_and_a_grid_that_lives_are_outputs_of_their_own(kernel):
    said = kernel("hits", cell="a")
    page, live = outputs(said)
    assert 'class="vidsearch"' in page["text/html"]
    assert "rank  score" in page["text/plain"]
    assert VIEW not in page
    assert live[VIEW]["model_id"]
    assert live["text/html"] == live["text/plain"] == ""
    assert f'data-vs-page="{opened(said)[0]["key"]}"' in page["text/html"]


def test_a_grid_is_two_models_and_a_cell_that_runs_again_closes_its_last(kernel):
    kernel("hits", cell="a")
    models, desks = counted(kernel)
    assert desks == 1
    for _ in range(10):
        assert len(opened(kernel("hits", cell="a"))) == 2
    assert counted(kernel) == [models, desks]
    kernel("hits.show()\nhits[:2]", cell="b")
    assert counted(kernel) == [models + 4, desks + 2]
    kernel("hits.show()\nhits[:2]", cell="b")
    assert counted(kernel) == [models + 4, desks + 2]


def test_what_may_be_saved_of_the_model_is_small_and_holds_nothing_of_the_films(kernel):
    state = opened(kernel("hits", cell="a"))[0]
    own = {name: value for name, value in state.items() if name not in {"_esm", "_css"}}
    assert len(str(own)) < 1_000
    assert "Harbor" not in str(state)


def test_in_a_script_a_table_is_written(shelf, capsys):
    from vidsearch_sdk.results.search_results import SearchResults

    from .conftest import rows

    hits = SearchResults(rows(2), catalog=shelf, query_text="a dog", elapsed_s=0.01)
    hits.show()
    assert capsys.readouterr().out == hits.text() + "\n"
    with pytest.raises(NotImplementedError):
        hits._ipython_display_()
