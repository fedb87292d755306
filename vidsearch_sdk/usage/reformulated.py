"""Queries that were asked in other words: how they changed, and which words seem to mean the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

FAR_S = 300.0
"""Words that are asked later than this after the ones before are a new thought."""

_BACK = 4
_MOST_WORDS = 3
_WORD = re.compile(r"[\w']+(?:-[\w']+)*")
# Words that carry no subject: exchanging one for another proposes nothing.
_SMALL = re.compile(
    "an?|the|of|in|on|at|by|with|and|or|for|from|to|into|over|under|near|is|are|be|as|its?|this|that|some|any|"
    "not?|without"
)
# What English puts behind a stem, its last letter doubled or not: runs, running, runner.
_ENDING = re.compile("|e?s|'s|s'|e?d|e|(?:[a-z]?(?:ing|ed|er|ers))")

How = Literal["replaced", "added", "removed", "spelling", "other"]
COLUMNS = ("at", "session", "before", "after", "how", "term", "synonym", "context", "picks")


@dataclass(frozen=True)
class Change:
    """From one query to the next.

    Attributes:
        how: ``replaced`` (words by others), ``added``, ``removed``, ``spelling`` (the same words, written
            otherwise), or ``other``.
        term: The words that were given up, where some were replaced.
        synonym: Those that took their place.
        context: Whether other words of the query stayed, which says that the subject did.
    """

    how: How
    term: str = ""
    synonym: str = ""
    context: bool = False


def change_of(before: str, after: str) -> Change:
    """Say how a query was changed.

    Examples:
        >>> change_of("a cop at night", "a police officer at night")
        Change(how='replaced', term='cop', synonym='police officer', context=True)
        >>> change_of("a turtel", "a turtle").how, change_of("a dog", "a brown dog").how
        ('spelling', 'added')
    """
    old, new = _words(before), _words(after)
    if old == new:
        return Change("other")
    if _same_words(old, new):
        return Change("spelling")
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    stayed = [*old[:start], *old[len(old) - end :]]
    gone, came = _subject(old[start : len(old) - end]), _subject(new[start : len(new) - end])
    if not gone and not came:
        return Change("other")
    if not gone or set(old) <= set(new):
        return Change("added")
    if not came or set(new) <= set(old):
        return Change("removed")
    if _same_words(gone, came):
        return Change("spelling")
    if max(len(gone), len(came)) > _MOST_WORDS or set(gone) & set(came):
        return Change("other")
    context = any(not _SMALL.fullmatch(word) for word in stayed)
    return Change("replaced", " ".join(gone), " ".join(came), context)


def reformulations_of(searches: pd.DataFrame) -> pd.DataFrame:
    """Give the queries that were given up without a pick for other words, of which something was picked.

    Args:
        searches: As ``searches_of`` gives them.

    Returns:
        One row per pair, columns ``COLUMNS``: ``before`` and ``after`` as they were typed; ``how`` (see
        :class:`Change`), once typing errors were put right; ``term`` and ``synonym`` where words were
        replaced; and the ``picks`` and thumbs up that the later one led to.
    """
    rows = []
    known = searches[(searches["kind"] == "words") & (searches["words"] != "")]
    known = known[~known["hashed"].fillna(value=False).astype(bool)]
    for session, of_session in known.groupby("session", sort=False):
        asked = _asked(of_session)
        for place, last in enumerate(asked):
            if not last.picks:
                continue
            later = last
            for earlier in reversed(asked[max(0, place - _BACK) : place]):
                if earlier.picks or (later.at - earlier.at).total_seconds() > FAR_S:
                    break
                change = change_of(earlier.read, last.read)
                said = (change.how, change.term, change.synonym, change.context, last.picks)
                rows.append((last.at, str(session), earlier.words, last.words, *said))
                later = earlier
    frame = pd.DataFrame(rows, columns=[*COLUMNS])
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    return frame.sort_values("at", kind="stable", ignore_index=True)


def synonyms_of(changes: pd.DataFrame, known: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Propose synonyms: words that found nothing to pick, and those that did in their place.

    Where nothing else of the query stayed, it may have been a new subject: that takes two sessions.

    Args:
        changes: As ``reformulations_of`` gives them.
        known: Synonyms that the catalog has already; they are not proposed again.

    Returns:
        ``term``, ``synonym``, ``times``, ``sessions`` and ``picks``, the most frequent first.
    """
    have = {(term.casefold(), one.casefold()) for term, others in known.items() for one in others}
    rows = []
    replaced = changes[changes["how"] == "replaced"]
    for (term, synonym), of_pair in replaced.groupby(["term", "synonym"], sort=False):
        sessions = of_pair["session"].str.partition(".")[0].nunique()
        if (str(term), str(synonym)) in have or (sessions < 2 and not of_pair["context"].any()):
            continue
        rows.append((str(term), str(synonym), len(of_pair), int(sessions), int(of_pair["picks"].sum())))
    frame = pd.DataFrame(rows, columns=["term", "synonym", "times", "sessions", "picks"])
    return frame.sort_values(["times", "picks"], ascending=False, kind="stable", ignore_index=True)


@dataclass(frozen=True)
class _Asked:
    words: str
    read: str
    at: pd.Timestamp
    picks: int


def _asked(searches: pd.DataFrame) -> list[_Asked]:
    """What was asked in a session, one after the other; the same words twice are one question."""
    asked: list[_Asked] = []
    for row in searches.sort_values("at", kind="stable").itertuples(index=False):
        picks = int(row.picks) + int(row.thumbs_up)  # type: ignore[arg-type]
        words, read = str(row.words), str(row.read)
        if asked and _words(asked[-1].read) == _words(read):
            words, picks = asked[-1].words, asked[-1].picks + picks
            asked.pop()
        asked.append(_Asked(words, read, row.at, picks))  # type: ignore[arg-type]
    return asked


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _subject(words: list[str]) -> list[str]:
    start, end = 0, len(words)
    while start < end and _SMALL.fullmatch(words[start]):
        start += 1
    while end > start and _SMALL.fullmatch(words[end - 1]):
        end -= 1
    return words[start:end]


def _same_words(old: list[str], new: list[str]) -> bool:
    """Whether the words are the same but for how they are written: slips, endings, order, gaps."""
    if sorted(old) == sorted(new) or "".join(old).replace("-", "") == "".join(new).replace("-", ""):
        return True
    return len(old) == len(new) and all(a == b or _near(a, b) for a, b in zip(old, new, strict=True))


def _near(a: str, b: str) -> bool:
    """One slip in a short word, two in a longer one; and endings such as a plural's."""
    pairs = enumerate(zip(a, b, strict=False))
    stem = next((at for at, (one, other) in pairs if one != other), min(len(a), len(b)))
    if stem >= 3 and _ENDING.fullmatch(a, stem) and _ENDING.fullmatch(b, stem):
        return True
    return _slips(a, b) <= (1 if max(len(a), len(b)) < 6 else 2)


def _slips(a: str, b: str) -> int:
    """Letters to put in, leave out, exchange or swap: the optimal string alignment distance.

    Damerau, "A technique for computer detection and correction of spelling errors", 1964.

    Examples:
        >>> _slips("turtel", "turtle"), _slips("boat", "ship")
        (1, 4)
    """
    rows = [list(range(len(b) + 1))]
    for i, one in enumerate(a, start=1):
        row = [i]
        for j, other in enumerate(b, start=1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (one != other))
            if i > 1 and j > 1 and one == b[j - 2] and a[i - 2] == other:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
