"""What people said of shots, in whatever form it is given, by the words that it was said for."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, SupportsFloat, TypeAlias

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
        video_id: Its film, by id or by name; empty where only the shot's id is known.
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

    def over(self, earlier: Verdicts) -> Verdicts:
        """These, and earlier ones of all shots of which these say nothing.

        Examples:
            >>> one, other = Place.of("a-1"), Place.of("a-2")
            >>> both = Verdicts(wrong=(one,)).over(Verdicts(right=(one, other)))
            >>> [place.shot_id for place in both.right], [place.shot_id for place in both.wrong]
            (['a-2'], ['a-1'])
        """
        said = {*self.right, *self.wrong}
        right, wrong = (
            (*own, *(place for place in before if place not in said))
            for own, before in ((self.right, earlier.right), (self.wrong, earlier.wrong))
        )
        return Verdicts(right, wrong)


Said: TypeAlias = "Mapping[str, Mapping[Place, Mapping[str, float]]]"
"""Grades by words, place and person."""


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


class Kept:
    """What a catalog keeps, read anew only when something was added or taken back.

    Args:
        stored: ``catalog.judgments``.
    """

    def __init__(self, stored: Any) -> None:
        self._stored = stored
        self._known: tuple[tuple[str, ...], Said, Judged] | None = None

    @property
    def said(self) -> Said:
        """Grades by words, place and person; not to be written to."""
        return self._read()[1]

    @property
    def judged(self) -> Judged:
        """What most people said."""
        return self._read()[2]

    def _read(self) -> tuple[tuple[str, ...], Said, Judged]:
        known, added = self._known, self._stored.added()
        if known is None or known[0] != added:
            # Whatever is added while it is read makes the list another one, and is read next time.
            said = _said(self._stored.read())
            known = self._known = (added, said, Judged(_by_words(said)))
        return known


def same_words(words: str) -> str:
    """What all ways of typing the same words have in common.

    Examples:
        >>> same_words("  A  Dog ") == same_words("a dog")
        True
    """
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def judged(feedback: Any, kept: Kept) -> Judged | None:
    """Read feedback.

    Args:
        feedback: ``True``, hits, thumbs, picks, judgments, or several of these; what comes later counts where
            they contradict. ``False`` and ``None`` are none. What a grid gives has ``judged_as``, what the
            query was called there if not by its words, and what was given ``earlier``.
        kept: What the catalog keeps, which ``True`` means.

    Returns:
        What was said; ``None`` where nothing is to be learned from.

    Raises:
        QueryError: It is nothing of these, or a cell of a table makes no sense.
    """
    if feedback is None or feedback is False:
        return None
    if feedback is True:
        return kept.judged
    whole = getattr(feedback, "judged_as", None)
    together: dict[str, Mapping[Place, Mapping[str, float]]] = {}
    for said in _all_said(feedback, kept):
        for words, places in said.items():
            together[words] = {**together[words], **places} if words in together else places
    by_words = _by_words(together)
    of_whole = Verdicts() if whole is None else by_words.get(same_words(whole), Verdicts())
    return Judged(by_words, of_whole, told=not hasattr(feedback, "judged_as"))


def _by_words(said: Said) -> dict[str, Verdicts]:
    return {words: _verdicts(places) for words, places in said.items()}


def _verdicts(places: Mapping[Place, Mapping[str, float]]) -> Verdicts:
    means = {place: sum(voices.values()) / len(voices) for place, voices in places.items()}
    right = tuple(place for place, mean in means.items() if mean > _EVEN)
    return Verdicts(right, tuple(place for place, mean in means.items() if mean < _EVEN))


def _all_said(feedback: Any, kept: Kept) -> Iterator[Said]:
    if feedback is None or feedback is False:
        return
    if hasattr(feedback, "judged_as"):
        yield from _all_said(feedback.earlier, kept)
    if feedback is True:
        yield kept.said
    elif isinstance(feedback, list | tuple):
        for one in feedback:
            yield from _all_said(one, kept)
    elif hasattr(feedback, "columns"):
        yield _said(feedback)
    elif hasattr(feedback, "thumbs") and hasattr(feedback, "picks"):
        # A shot that was picked and given a thumb down is wrong: the thumb says so.
        yield _said(feedback.picks)
        yield _said(feedback.thumbs)
    elif hasattr(feedback, "read"):
        yield _said(feedback.read())
    elif hasattr(feedback, "table"):
        yield _said(feedback.table)
    else:
        raise QueryError(f"feedback={type(feedback).__name__}: {ALLOWED} is needed")


def _said(table: pd.DataFrame) -> Said:
    said: dict[str, dict[Place, dict[str, float]]] = {}
    for words, place, who, grade in _of_table(table):
        # Of one person the last word counts.
        said.setdefault(same_words(words), {}).setdefault(place, {})[who] = grade
    return said


def _of_table(table: pd.DataFrame) -> Iterator[tuple[str, Place, str, float]]:
    if not len(table):
        return
    missing = [name for name in ("query", "shot_id") if name not in table.columns]
    if missing:
        raise QueryError(f"feedback needs the columns query and shot_id; {' and '.join(missing)} is missing")
    judgments = "grade" in table.columns
    for number, row in enumerate(table.to_dict("records")):
        shot_id, video = _text(row["shot_id"]), _text(row.get("video"))
        if not (shot_id or video):  # nothing answers that query
            continue
        if judgments:
            grade, start_s, end_s = (_number(row, name, number) for name in ("grade", "start_s", "end_s"))
            # Without a grade a shot was named as right, as in judgments.
            grade = 1.0 if math.isnan(grade) else min(grade, 1.0)
            place = Place.of(shot_id, video, start_s, end_s)
            yield _text(row["query"]), place, _text(row.get("who")), grade
        else:
            thumb = row.get("thumb", 1)
            if not isinstance(thumb, SupportsFloat) or thumb not in (1, -1):
                raise QueryError(f"a thumb is 1 (right) or -1 (wrong), not {thumb!r}")
            yield _text(row["query"]), Place.of(shot_id), "", float(thumb > 0)


def _text(value: Any) -> str:
    # A cell where nothing stands is None, NaN or NA, by the way in which the table was made.
    return value.strip() if isinstance(value, str) else ""


def _number(row: Mapping[Any, Any], name: str, number: int) -> float:
    value = row.get(name)
    if not isinstance(value, str | SupportsFloat) or value == "":
        return math.nan
    try:
        read = float(value)
    except ValueError:
        read = math.inf
    if math.isinf(read) or (name == "grade" and read < 0):
        raise QueryError(f"row {number} of the feedback: {name} is {value!r}, which is no {name}")
    return read
