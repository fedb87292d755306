"""Three small films that an explorer searches, and front ends that only listen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import vidsearch_sdk as vs
from tests.query.concepts import index_of
from vidsearch_sdk.shot_index import ShotIndex

FILMS = [
    ["dog", "dog beach", "cat", "beach", "night", *[""] * 5],
    ["cat", "dog night", "train", "umbrella", *[""] * 6],
    ["dog", "lighthouse", "beach", *[""] * 7],
]
SAID = {0: {0: "Who let the hound in?", 2: "We will need a bigger boat"}}
OWNS = [{"show": "Dark", "year": 2019}, {"show": "Light", "year": 2021}, {"show": "Dark", "year": 1999}]


@pytest.fixture(scope="package")
def index(tmp_path_factory) -> ShotIndex:
    folder = tmp_path_factory.mktemp("films") / "catalog"
    return index_of(folder, [[*shots] for shots in FILMS], said=SAID, owns=OWNS)


class Slow(ShotIndex):
    """An index whose searches wait to be let go, each by its words."""

    def __init__(self, index, *held: str) -> None:
        self.__dict__.update(index.__dict__)
        self.began = {words: threading.Event() for words in held}
        self.gates = {words: threading.Event() for words in held}

    def search(self, query, **options):
        words = getattr(query, "words", str(query))
        if words in self.gates:
            self.began[words].set()
            assert self.gates[words].wait(20)
        return super().search(query, **options)


class Listener:
    """A front end of an explorer that keeps what it is told.

    Attributes:
        told: Every message, in order.
    """

    def __init__(self, explorer: Any) -> None:
        self.told: list[dict[str, Any]] = []
        self.desk = explorer._desk("")
        self.desk.send = lambda content, _buffers=None: self.told.append(content)
        self._last = 0

    def ask(self, do: str, **fields: Any) -> int:
        """Send a request, give its number."""
        self._last += 1
        self.desk._receive(None, {"id": self._last, "do": do, **fields}, [])
        return self._last

    def answer(self, number: int, *, within_s: float = 20.0) -> dict[str, Any]:
        """Wait for the end of a request and give its fields."""
        ended = wait_for(
            lambda: [one for one in list(self.told) if one.get("id") == number and one.get("done")], within_s
        )
        return ended[0]

    def asked(self, do: str, **fields: Any) -> dict[str, Any]:
        """Send a request and wait for its end."""
        return self.answer(self.ask(do, **fields))

    @property
    def view(self) -> dict[str, Any]:
        """The view that was pushed last."""
        return [one for one in self.told if one.get("push") == "view"][-1]


def ids(explorer):
    return explorer.results["shot_id"].tolist()


def wait_for(look: Callable[[], Any], within_s: float = 20.0) -> Any:
    """Wait until something is true, and give it."""
    end = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.005)
    return found


@pytest.fixture
def explorer(index):
    made = vs.explore(index)
    yield made
    made.close()


@pytest.fixture
def listener(explorer):
    return Listener(explorer)
