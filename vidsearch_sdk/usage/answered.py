"""What is done with the answer of one search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from vidsearch_sdk.usage.recorder import Recorder


class HasPlace(Protocol):
    """A hit: which shot, and in which place of its answer."""

    @property
    def shot_id(self) -> str: ...  # noqa: D102

    @property
    def rank(self) -> int: ...  # noqa: D102


class Answered:
    """Goes with an answer, and is told what becomes of it.

    Args:
        recorder: Where that is noted.
        number: The search, as the recorder counts.
    """

    def __init__(self, recorder: Recorder, number: int) -> None:
        self._recorder = recorder
        self._number = number
        self._was_shown = False

    def withdraw(self) -> None:
        """It was only a try, in whose place another search is noted."""
        self._recorder.withdraw(self._number)

    def shown(self) -> None:
        """Somebody sees the answer; the first time counts."""
        if not self._was_shown:
            self._was_shown = True
            self._note("shown")

    def picked(self, hit: HasPlace) -> None:
        """A hit was picked."""
        self._note("pick", hit)

    def played(self, hit: HasPlace) -> None:
        """A hit was played."""
        self._note("play", hit)

    def thumbed(self, hit: HasPlace, thumb: int) -> None:
        """A hit was given a thumb: 1, -1, or 0 where it was taken back."""
        self._note("thumb", hit, value=thumb)

    def _note(self, event: str, hit: HasPlace | None = None, **facts: Any) -> None:
        if hit is not None:
            facts = {"shot_id": str(hit.shot_id), "rank": int(hit.rank), **facts}
        self._recorder.note({"event": event, "search": self._number, **facts})
