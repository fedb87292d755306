"""What people said of shots, in whatever form it is given, by the words that it was said for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

ALLOWED = (
    "True (what catalog.judgments keeps), hits with thumbs or picks, their tables, a tray, vs.Judgments, "
    "or a list of these"
)
_EVEN = 0.5


@dataclass(frozen=True)
class Place:
    """Where a judged shot lies.

    Attributes:
        key: What makes two judgments be of the same: the shot's id, or film and span where there is none.
        shot_id: Its id; empty where only its span is known.
        video_id: Its film; empty where only its id is known.
        span: Start and end in seconds of the film's clock; ``None`` where they are not known.
    """

    key: tuple[object, ...]
    shot_id: str = field(default="", compare=False)
    video_id: str = field(default="", compare=False)
    span: tuple[float, float] | None = field(default=None, compare=False)

    @classmethod
    def of(cls, shot_id: str, video_id: str = "", start_s: Any = None, end_s: Any = None) -> Place:
        """Make one of the cells of a table."""
        known = [float("nan") if value is None else float(value) for value in (start_s, end_s)]
        span = (known[0], known[1]) if known[1] > known[0] else None
        return cls((shot_id,) if shot_id else (video_id, span), shot_id, video_id, span)


@dataclass(frozen=True)
class Verdicts:
    """The shots that were found right and wrong for some words.

    Attributes:
        right: Those that most people found right.
        wrong: Those that most people found wrong.
    """

    right: tuple[Place, ...] = ()
    wrong: tuple[Place, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.right or self.wrong)


@dataclass(frozen=True)
class Judged:
    """What was said, by words.

    Attributes:
        by_words: Verdicts by ``same_words`` of the words that they were given for.
        whole: Verdicts for the query itself, whatever it is called.
        told: Whether the searcher is told where nothing of it is for the words of the query.
    """

    by_words: Mapping[str, Verdicts] = field(default_factory=dict)
    whole: Verdicts = field(default_factory=Verdicts)
    told: bool = True

    def of(self, names: Sequence[str]) -> Verdicts:
        """The verdicts for words that go by any of some names."""
        several = [self.by_words.get(name, Verdicts()) for name in dict.fromkeys(map(same_words, names))]
        right = dict.fromkeys(place for one in several for place in one.right)
        wrong = dict.fromkeys(place for one in several for place in one.wrong if place not in right)
        return Verdicts(tuple(right), tuple(wrong))


def same_words(words: str) -> str:
    """What all ways of typing the same words have in common.

    Examples:
        >>> same_words("  A  Dog ") == same_words("a dog")
        True
    """
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def judged(feedback: Any, kept: Any) -> Judged | None:
    """Read feedback.

    Args:
        feedback: ``True``, hits, thumbs, picks, judgments, or several of these; what comes later counts where
            they contradict. ``False`` and ``None`` are none. What a grid gives has ``judged_as``, what the
            query was called there if not by its words, and what was given ``earlier``.
        kept: The catalog's judgments, which ``True`` means.

    Returns:
        What was said; ``None`` where nothing is to be learned from.

    Raises:
        QueryError: It is nothing of these.
    """
    if feedback is None or feedback is False:
        return None
    whole = getattr(feedback, "judged_as", None)
    said: dict[str, dict[Place, dict[str, float]]] = {}
    for table in _tables(feedback, kept):
        of_table: dict[tuple[str, Place], dict[str, float]] = {}
        for words, place, who, grade in _of_table(table):
            # Of one person the last word counts.
            of_table.setdefault((same_words(words), place), {})[who] = grade
        for (words, place), voices in of_table.items():
            said.setdefault(words, {})[place] = voices
    by_words = {words: _verdicts(places) for words, places in said.items()}
    of_whole = Verdicts() if whole is None else by_words.get(same_words(whole), Verdicts())
    return Judged(by_words, of_whole, told=not hasattr(feedback, "judged_as"))


def _verdicts(places: Mapping[Place, Mapping[str, float]]) -> Verdicts:
    means = {place: sum(voices.values()) / len(voices) for place, voices in places.items()}
    right = tuple(place for place, mean in means.items() if mean > _EVEN)
    return Verdicts(right, tuple(place for place, mean in means.items() if mean < _EVEN))


def _tables(feedback: Any, kept: Any) -> Iterator[pd.DataFrame]:
    if feedback is None or feedback is False:
        return
    if hasattr(feedback, "judged_as"):
        yield from _tables(feedback.earlier, kept)
    if feedback is True:
        yield kept.read()
    elif isinstance(feedback, list | tuple):
        for one in feedback:
            yield from _tables(one, kept)
    elif hasattr(feedback, "columns"):
        yield feedback
    elif hasattr(feedback, "thumbs") and hasattr(feedback, "picks"):
        # A shot that was picked and given a thumb down is wrong: the thumb says so.
        yield feedback.picks
        yield feedback.thumbs
    elif hasattr(feedback, "read"):
        yield feedback.read()
    elif hasattr(feedback, "table"):
        yield feedback.table
    else:
        raise QueryError(f"feedback={type(feedback).__name__}: {ALLOWED} is needed")


def _of_table(table: pd.DataFrame) -> Iterator[tuple[str, Place, str, float]]:
    if not len(table):
        return
    missing = [name for name in ("query", "shot_id") if name not in table.columns]
    if missing:
        raise QueryError(f"feedback needs the columns query and shot_id; {' and '.join(missing)} is missing")
    judgments = "grade" in table.columns
    for row in table.to_dict("records"):
        shot_id, video = str(row["shot_id"] or ""), str(row.get("video") or "")
        if not (shot_id or video):  # nothing answers that query
            continue
        if judgments:
            grade = min(float(row["grade"]), 1.0)
            place = Place.of(shot_id, video, row.get("start_s"), row.get("end_s"))
            yield str(row["query"]), place, str(row.get("who") or ""), grade
        else:
            thumb = row.get("thumb", 1)
            if thumb not in (1, -1):
                raise QueryError(f"a thumb is 1 (right) or -1 (wrong), not {thumb!r}")
            yield str(row["query"]), Place.of(shot_id), "", float(thumb > 0)
