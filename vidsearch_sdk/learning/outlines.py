"""Scripts as people write them, cut into scenes: heading, action and who says what.

Read are Fountain (its syntax 1.1, by Nima Yousefi and John August) and plain text laid out like a screenplay:
scene headings that begin with INT. or EXT., names in capitals above what is said, or ``NAME: what is said``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vidsearch_sdk.errors import QueryError, StorageError
from vidsearch_sdk.pages.markup import plain

LARGEST_BYTES = 20_000_000
"""No script is larger; a film given by mistake is."""

Kind = Literal["action", "dialogue"]

# What stands before the place: INT. EXT. INT./EXT. I/E, and the words that some write out.
_SIDE = r"(?:INT|EXT|EST|INTERIOR|EXTERIOR|INNEN|AUSSEN|AUßEN)"
_NUMBER = r"(?:\d+[A-Z]?[.)]?\s+)"
_HEADING = re.compile(
    rf"({_NUMBER}?)((?:{_SIDE}(?:\s*\.?\s*/\s*{_SIDE})?|I\s*/\s*E)(?:\.\s*|\s+))(\S.*)", re.IGNORECASE
)
_SCENE_NUMBER = re.compile(r"\s*#[^#\n]{1,20}#\s*$")
_TRAILING_NUMBER = re.compile(r"\s{2,}\d+[A-Z]?\s*$")
_TITLE_KEY = re.compile(r"[A-Za-z][A-Za-z ]{0,30}:")
_TRANSITION = re.compile(r"(?:[A-Z .']{0,40} TO:|FADE (?:IN|OUT|TO BLACK)[.:]?|CUT TO BLACK[.:]?|THE END\.?)")
_LAYOUT = re.compile(r"\(?(?:CONTINUED|MORE|CONT'D)\)?:?(?:\s*\(\d+\))?|\d{1,4}\.?|={3,}")
_EXTENSION = re.compile(r"\s*\([^()]{0,40}\)")
_NAME = re.compile(r"[^\W\d_a-z][^a-z:?!]{0,40}")
_SPOKEN_BY = re.compile(r"([^\W\d_a-z][^a-z:?!]{0,40})(?:\s*\([^()]{0,40}\))?:\s+(\S.*)")
_MOMENT = re.compile(r"(?:CONTINUOUS|LATER|SAME(?: TIME)?|MOMENTS LATER|CONT'?D|RESUMING)\.?", re.I)
_NOTES = re.compile(r"/\*.*?\*/|\[\[.*?\]\]", re.DOTALL)
_EMPHASIS = re.compile(r"(\*{1,3}|_)(?=\S)([^*_\n]{1,500}?)(?<=\S)\1")


@dataclass(frozen=True, slots=True)
class Element:
    """A paragraph of action, or what one says.

    Attributes:
        kind: ``action`` or ``dialogue``.
        text: On one line. Untrusted.
        begins: Where it begins, in characters of the outline that count.
        ends: Where it ends, after ``begins``.
    """

    kind: Kind
    text: str
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene of a script.

    Attributes:
        number: From 1.
        heading: As written, without the number. Untrusted; empty before the first heading.
        begins: Where it begins, in characters of the outline that count.
        elements: Action and dialogue, in order.
    """

    number: int
    heading: str
    begins: int
    elements: tuple[Element, ...]

    @property
    def ends(self) -> int:
        """Where it ends."""
        return self.elements[-1].ends if self.elements else self.begins + len(self.heading)

    @property
    def place(self) -> str:
        """What the heading says of the picture, in words.

        Examples:
            >>> Scene(1, "INT./EXT. ANNA'S CAR (MOVING) - NIGHT - CONTINUOUS", 0, ()).place
            "anna's car (moving), night"
        """
        found = _HEADING.fullmatch(self.heading)
        said = found[3] if found else self.heading
        parts = [part.strip(" .") for part in re.split(r"\s+[-–—]+\s+|\s*[–—]\s*", said)]
        kept = [part for part in parts if part and not _MOMENT.fullmatch(part)]
        words = ", ".join(kept)
        return words.lower() if words.isupper() else words

    def of(self, kind: Kind) -> list[Element]:
        """Its action or its dialogue, in order."""
        return [element for element in self.elements if element.kind == kind]


def read_outline(outline: str | os.PathLike[str]) -> list[Scene]:
    """Read a script.

    Args:
        outline: A file in UTF-8, or the text itself: a string of several lines.

    Raises:
        QueryError: It is no file and no text, is empty, not in UTF-8, or has no scene heading.
        StorageError: The file cannot be read.
    """
    if not isinstance(outline, str | os.PathLike):
        raise QueryError(f"the outline is a file or its text, not {plain(repr(outline), limit=60)}")
    if isinstance(outline, str) and "\n" in outline:
        text, name = outline, "the outline"
    else:
        text, name = _read(Path(outline).expanduser())
    scenes = parse_outline(text)
    if not scenes:
        raise QueryError(
            f"{name} has no scene heading: a line of its own that begins with INT. or EXT., such as "
            "'INT. KITCHEN - NIGHT'; in Fountain also one that begins with a period"
        )
    return scenes


def parse_outline(text: str) -> list[Scene]:
    r"""Cut the text of a script into scenes; what stands before the first heading is left out.

    Examples:
        >>> scene, = parse_outline("INT. KITCHEN - NIGHT\n\nA cat wakes.\n\nCAT\n(yawns)\nIs it Monday?\n")
        >>> scene.place, [(element.kind, element.text) for element in scene.elements]
        ('kitchen, night', [('action', 'A cat wakes.'), ('dialogue', 'Is it Monday?')])
    """
    scenes: list[Scene] = []
    heading, begins, at = "", 0, 0
    elements: list[Element] = []
    seen = False
    for kind, said in _paragraphs(_NOTES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))):
        if kind == "heading":
            if seen:
                scenes.append(Scene(len(scenes) + 1, heading, begins, tuple(elements)))
            heading, begins, elements, seen = said, at, [], True
        elif seen:
            elements.append(Element(kind, said, at, at + len(said) + 1))
        if seen:
            at += len(said) + 1
    return [*scenes, Scene(len(scenes) + 1, heading, begins, tuple(elements))] if seen else []


def _paragraphs(text: str) -> list[tuple[Kind | Literal["heading"], str]]:
    found: list[tuple[Kind | Literal["heading"], str]] = []
    rows = text.lstrip("\ufeff").split("\n")
    row = _after_title_page(rows)
    while row < len(rows):
        line = rows[row].strip()
        if not line or _LAYOUT.fullmatch(line) or line.startswith(("#", "=")) or _is_transition(line):
            row += 1
            continue
        heading = _heading(line)
        if heading:
            found.append(("heading", heading))
            row += 1
            continue
        spoken, after = _spoken(rows, row)
        if spoken is not None:
            if spoken:
                found.append(("dialogue", spoken))
            row = after
            continue
        block = [line.removeprefix("!")]
        row += 1
        while row < len(rows) and (more := rows[row].strip()) and not _heading(more):
            if _spoken(rows, row)[0] is not None and _SPOKEN_BY.fullmatch(more):
                break
            if not _LAYOUT.fullmatch(more):
                block.append(more)
            row += 1
        action = _bare(" ".join(block))
        if action:
            found.append(("action", action))
    return found


def _after_title_page(rows: list[str]) -> int:
    """The first row after Fountain's title page: ``Key: value`` up to an empty row, or a heading."""
    first = next((place for place, row in enumerate(rows) if row.strip()), 0)
    line = rows[first].strip() if first < len(rows) else ""
    # FADE IN: looks like a key, and so does who speaks.
    if not _TITLE_KEY.match(line) or _SPOKEN_BY.fullmatch(line) or _is_transition(line):
        return first
    ends = (
        place for place in range(first, len(rows)) if not rows[place].strip() or _heading(rows[place].strip())
    )
    return next(ends, len(rows))


def _heading(line: str) -> str:
    if line.startswith(".") and line[1:2].isalnum():
        return _SCENE_NUMBER.sub("", line[1:]).strip()
    found = _HEADING.fullmatch(line)
    # "Int" and "Est" are words; written small they need their period.
    if found is None or not ("." in found[2] or "/" in found[2] or found[2].isupper()):
        return ""
    bare = _TRAILING_NUMBER.sub("", _SCENE_NUMBER.sub("", found[3]))
    return f"{found[2].strip()} {bare}".strip()


def _is_transition(line: str) -> bool:
    return bool(_TRANSITION.fullmatch(line)) or (line.startswith(">") and not line.endswith("<"))


def _spoken(rows: list[str], row: int) -> tuple[str | None, int]:
    """What is said from a row on, and the row after it; None where the row is not the name of a speaker."""
    line = rows[row].strip()
    inline = _SPOKEN_BY.fullmatch(line)
    if inline:
        return _speech([inline[2]]), row + 1
    name = _EXTENSION.sub("", line.removesuffix("^")).strip()
    below = rows[row + 1].strip() if row + 1 < len(rows) else ""
    forced = line.startswith("@")
    if not below or not (forced or (_NAME.fullmatch(name) and not name.endswith((".", ",", "-")))):
        return None, row
    if not forced and _heading(below):
        return None, row
    block = []
    after = row + 1
    while after < len(rows) and (more := rows[after].strip()) and not _heading(more):
        if not _LAYOUT.fullmatch(more):
            block.append(more.removeprefix("~"))
        after += 1
    return _speech(block), after


def _speech(block: list[str]) -> str:
    """What is heard: without what stands in brackets."""
    return _bare(re.sub(r"\([^()]{0,300}\)", " ", " ".join(block)))


def _bare(text: str) -> str:
    for _ in range(3):
        text = _EMPHASIS.sub(r"\2", text)
    text = text.strip().removeprefix(">").removesuffix("<")
    return " ".join(text.replace("\\*", "*").split())


def _read(file: Path) -> tuple[str, str]:
    name = plain(file.name, limit=80)
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise QueryError(
                f"{name} is larger than any script ({LARGEST_BYTES // 1_000_000} MB); is it one?"
            )
        return file.read_text(encoding="utf-8-sig"), name
    except OSError as error:
        raise StorageError(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise QueryError(
            f"{name} is not text in UTF-8: export the script as Fountain or plain text"
        ) from error
