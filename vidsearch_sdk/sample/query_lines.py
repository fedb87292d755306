"""The film's dialogue as searches are made from it: who says what over which shot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from vidsearch_sdk.sample.assets import dialogue_truth, truth
from vidsearch_sdk.sample.query import shot_at
from vidsearch_sdk.sample.query_words import content_stems, digest, holds_phrase, words_in


@dataclass(frozen=True)
class SaidLine:
    """One line.

    Attributes:
        shot: Number of the shot that it is spoken over.
        speaker: The object that says it, or empty where that is not in the picture.
        english: The line without its speaker.
        spanish: The same in Spanish.
        stems: What tells something in the English line.
    """

    shot: int
    speaker: str
    english: str
    spanish: str
    stems: tuple[str, ...]


@lru_cache(maxsize=1)
def said_lines() -> tuple[SaidLine, ...]:
    """Every line, in order.

    Examples:
        >>> line = said_lines()[1]
        >>> line.shot, line.speaker, line.stems
        (2, '', ('key', 'lock'))
        >>> said_lines()[2].speaker
        'owl'
    """
    shots, lines = truth(), []
    for line in dialogue_truth():
        number = shot_at(line.start_s, line.end_s)
        name, english = line.english.split(": ", 1)
        speaker = name.lower() if name.lower() in shots[number].objects else ""
        spanish = line.spanish.split(": ", 1)[1]
        lines.append(SaidLine(number, speaker, english, spanish, content_stems(english)))
    return tuple(lines)


def shots_saying(fits: Callable[[SaidLine], bool]) -> frozenset[int]:
    """Numbers of the shots over which such a line is spoken.

    Examples:
        >>> sorted(shots_saying(lambda line: "door" in line.stems))
        [7, 15]
    """
    return frozenset(line.shot for line in said_lines() if fits(line))


def shots_telling(stems: tuple[str, ...], share: float = 1.0) -> frozenset[int]:
    """Numbers of the shots whose line has at least this share of the stems.

    Examples:
        >>> sorted(shots_telling(("last", "lock"))), len(shots_telling(("last", "lock"), 0.5))
        ([77], 6)
    """
    return shots_saying(lambda line: len(set(stems) & set(line.stems)) >= share * len(stems) > 0)


def shots_quoting(phrase: str) -> frozenset[int]:
    """Numbers of the shots whose line, in either language, has these words one after the other.

    Examples:
        >>> sorted(shots_quoting("donde esta su")), sorted(shots_quoting("the stage"))
        ([2], [72])
    """
    return shots_saying(lambda line: holds_phrase(line.english, phrase) or holds_phrase(line.spanish, phrase))


def quote_from(text: str, *, by: str, least: int = 3, most: int = 6) -> str:
    """Some words of a line that follow each other, as they are remembered: without the marks between them.

    Args:
        text: The line.
        by: Its checksum chooses among the runs with the most telling words.
        least: Words at least; of a shorter line all are taken.
        most: Words at most.

    Examples:
        >>> quote_from("A key! But where is its lock?", by="1", least=4, most=4)
        'where is its lock'
    """
    words = words_in(text)
    longest = min(most, len(words))
    lengths = range(min(least, longest), longest + 1)
    length = lengths[digest(f"{text} {by}") % len(lengths)]
    runs = [" ".join(words[start : start + length]) for start in range(len(words) - length + 1)]
    told = max(len(content_stems(run)) for run in runs)
    good = [run for run in runs if len(content_stems(run)) == told]
    return good[digest(f"{by} {text}") % len(good)].lower()
