"""A line of dialogue, and the markup that is taken off it."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

LONGEST_TEXT = 10_000
"""Characters kept of a line; more is no line that anybody reads."""

_UNTIMED_S = 5.0  # how long a line without an end stands when none follows
# Every repetition is bounded: text from outside must not make a search quadratic.
_OVERRIDE = re.compile(r"(\{[^{}]{0,1000}\})")
_DRAWING = re.compile(r"\\p([0-9])")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|<\d{2}:[\d:.]+>")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?[ \t]{1,8}([^<>\n]{1,200})>")


@dataclass(frozen=True, slots=True)
class Line:
    """One subtitle line.

    Attributes:
        start_s: When it appears, in seconds of the film's own clock.
        end_s: When it goes, not before ``start_s``.
        text: Plain text, rows parted by a line feed; never empty. Untrusted.
        language: As tagged (BCP 47 or ISO 639), or empty. Untrusted.
        speaker: Who says it, where the file tells, or empty. Untrusted.
        track: ``"embedded:2"`` (the stream's number) or the subtitle file's name.
    """

    start_s: float
    end_s: float
    text: str
    language: str
    speaker: str
    track: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s) and self.end_s >= self.start_s):
            raise ValueError(f"a line cannot stand from {self.start_s} to {self.end_s} s")


def plain_text(marked_up: str) -> str:
    r"""Take ASS overrides, HTML-like tags and entities off a line, and control characters out of it.

    Examples:
        >>> plain_text(r"{\i1}Don't &amp; won't{\i0}\NAgain, <i>please</i>")
        "Don't & won't\nAgain, please"
    """
    text = _without_overrides(marked_up[: 4 * LONGEST_TEXT])
    text = text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    text = html.unescape(_TAG.sub("", text)).replace("\r\n", "\n").replace("\r", "\n")
    rows = (clean(row) for row in text.split("\n"))
    return "\n".join(row for row in rows if row)[:LONGEST_TEXT]


def _without_overrides(text: str) -> str:
    """Leave out ASS overrides, and the drawings that some of them start and end."""
    kept, drawing = [], False
    for place, part in enumerate(_OVERRIDE.split(text)):
        if place % 2:
            switches = _DRAWING.findall(part)
            drawing = switches[-1] != "0" if switches else drawing
        elif not drawing:
            kept.append(part)
    return "".join(kept)


def voice_of(marked_up: str) -> str:
    """Give the speaker of a WebVTT voice tag (W3C WebVTT, 6.4), or an empty string.

    Examples:
        >>> voice_of("<v.loud Mary Jones>Hello")
        'Mary Jones'
    """
    match = _VOICE.search(marked_up)
    return clean(html.unescape(match[1])) if match else ""


def clean(text: str) -> str:
    """Take control and direction characters out of one row and fold its spaces."""
    kept = "".join(
        " " if c.isspace() else c
        for c in text
        if c.isspace() or unicodedata.category(c) not in _UNWANTED or c in _JOINERS
    )
    return unicodedata.normalize("NFC", " ".join(kept.split()))


_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = "\u200c\u200d"  # they shape words of Persian and Hindi, and emoji


def with_ends(lines: Iterable[Line]) -> list[Line]:
    """Sort a track's lines, and end those that tell no end when the next one starts, at most 5 s on."""
    ordered = sorted(lines, key=lambda line: (line.start_s, line.end_s))
    ended = []
    for index, line in enumerate(ordered):
        if line.end_s > line.start_s:
            ended.append(line)
            continue
        later = next(
            (other.start_s for other in ordered[index + 1 : index + 50] if other.start_s > line.start_s),
            math.inf,
        )
        ended.append(replace(line, end_s=min(later, line.start_s + _UNTIMED_S)))
    return ended
