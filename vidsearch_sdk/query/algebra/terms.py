"""What a search can be asked: words, a picture, a shot of the catalog, a clip of your own, what is said.

Each is a small immutable value that checks itself when it is made; nothing is read from the catalog and no
encoder is asked before the search. They print as they are written, and `parse` reads what is printed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.literals import number, quoted, seconds_of, words_of
from vidsearch_sdk.query.algebra.operators import Expression
from vidsearch_sdk.query.algebra.pictures import is_pil, pixels_of

ALLOWED = (
    'words ("a dog on a beach"), a picture (pathlib.Path, PIL image or uint8 array), a hit, vs.text(words), '
    "vs.says(words), vs.image(picture), vs.shot(shot_id) or vs.clip(path, start_s, end_s)"
)

_SHOT_ID = re.compile(r"[0-9a-f]{16}-(0|[1-9][0-9]{0,9})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,4}")
_VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg", ".mxf"),
    *(".flv", ".wmv", ".ogv", ".3gp"),
)


@runtime_checkable
class HasShotId(Protocol):
    """Anything that names a shot, such as a ``Hit``."""

    @property
    def shot_id(self) -> str:
        """``<video_id>-<number>``."""


@dataclass(frozen=True, repr=False)
class Words(Expression):
    """Words looked for in pictures and in dialogue alike: what a plain string means.

    Attributes:
        words: The sentence, without surrounding white space.
    """

    words: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", words_of(self.words, allowed=ALLOWED))

    def __str__(self) -> str:
        return quoted(self.words)


@dataclass(frozen=True, repr=False)
class Text(Expression):
    """Words that describe what is to be seen.

    Attributes:
        words: The sentence, without surrounding white space.
    """

    words: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", words_of(self.words, allowed=ALLOWED))

    def __str__(self) -> str:
        return f"text({quoted(self.words)})"


@dataclass(frozen=True, repr=False)
class Says(Expression):
    """Words that are spoken.

    Attributes:
        words: What is said, without surrounding white space; quotes and stars in it have a meaning.
        language: Language of the line, as ``en`` or ``pt-BR``; ``None`` for any.
    """

    words: str
    language: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", words_of(self.words, allowed='words, as says("good morning")'))
        if self.language is None:
            return
        if not isinstance(self.language, str) or not _LANGUAGE.fullmatch(self.language):
            raise QueryError(f'language={self.language!r}: a code is needed, as "en" or "pt-BR"')

    def __str__(self) -> str:
        language = f", language={quoted(self.language)}" if self.language else ""
        return f"says({quoted(self.words)}{language})"


@dataclass(frozen=True, repr=False)
class Image(Expression):
    """A picture.

    Attributes:
        label: How it is called for showing: the path that it was read from, or its size as
            ``<640x360 pixels>``.
        digest: SHA-256 of its pixels and shape; two pictures of the same pixels are equal.
        pixels: uint8 (height, width, 3), RGB, read-only.
    """

    label: str = field(compare=False)
    digest: str
    pixels: npt.NDArray[np.uint8] = field(compare=False)

    @classmethod
    def of(cls, pixels: npt.NDArray[np.uint8], *, label: str) -> Image:
        """Make a picture of what `pixels_of` read."""
        digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        return cls(label, digest, pixels)

    def __str__(self) -> str:
        return f"image({quoted(self.label)})"


@dataclass(frozen=True, repr=False)
class Shot(Expression):
    """A shot of the catalog: more like this.

    Attributes:
        shot_id: ``<video_id>-<number>``.
    """

    shot_id: str

    def __post_init__(self) -> None:
        if not isinstance(self.shot_id, str) or not _SHOT_ID.fullmatch(self.shot_id):
            raise QueryError(
                f"{self.shot_id!r} is not a shot_id; one looks like 0123456789abcdef-12 (hits.table and "
                "catalog.shots have them)"
            )

    def __str__(self) -> str:
        return f"shot({quoted(self.shot_id)})"


@dataclass(frozen=True, repr=False)
class Clip(Expression):
    """A span of a video file of your own, which need not be in the catalog.

    Attributes:
        path: The file.
        start_s: Where the span starts, in seconds of the file's own clock; ``None`` for its start.
        end_s: Where it ends, exclusive; ``None`` for its end.
    """

    path: Path
    start_s: float | None = None
    end_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("start_s", "end_s"):
            value = getattr(self, name)
            if value is None:
                continue
            seconds = seconds_of(value)
            if seconds is None:
                raise QueryError(f"{name}={value!r} is not a time in seconds")
            object.__setattr__(self, name, seconds)
        if self.start_s is not None and self.end_s is not None and self.start_s >= self.end_s:
            raise QueryError(f"the clip ends at {self.end_s} s, before or where it starts ({self.start_s} s)")

    def __str__(self) -> str:
        said = [quoted(str(self.path))]
        if self.start_s is not None:
            said.append(number(self.start_s))
        if self.end_s is not None:
            said.append(("" if self.start_s is not None else "end_s=") + number(self.end_s))
        return f"clip({', '.join(said)})"


@dataclass(frozen=True, repr=False)
class Concept(Expression):
    """What people judged to be right under a name.

    Attributes:
        name: The name, without surrounding white space; capitals are of no account when it is looked up.
    """

    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", words_of(self.name, allowed='a name, as concept("our hero")'))

    def __str__(self) -> str:
        return f"concept({quoted(self.name)})"


Term: TypeAlias = Text | Image | Shot | Clip | Concept


def text(words: str) -> Text:
    """Ask with words for what is to be seen; a plain string is looked for in dialogue as well.

    Raises:
        QueryError: No words.

    Examples:
        >>> text(" a dog  on a beach ")
        text("a dog on a beach")
    """
    return Text(words)


def says(words: str, *, language: str | None = None) -> Says:
    """Ask with words for what is said: the shots over which such a line is spoken.

    Args:
        words: What is said. Lines with any of the words are found, those with all of them first;
            ``"words in quotes"`` are a phrase, and ``run*`` is any word that begins so.
        language: Only lines in this language, as ``"en"``; ``None`` for any.

    Raises:
        QueryError: No words, or no code of a language.

    Examples:
        >>> says("bigger boat", language="en")
        says("bigger boat", language="en")
    """
    return Says(words, language)


def image(picture: str | Path | bytes | npt.NDArray[np.uint8] | Any) -> Image:
    """Ask with a picture.

    Args:
        picture: A file (path), its bytes, a PIL image, or a uint8 array (height, width), (height, width, 1),
            (height, width, 3) RGB or (height, width, 4) RGBA. Transparency is laid on white; a camera's
            orientation tag is followed.

    Raises:
        QueryError: It is not a picture, or too large.

    Examples:
        >>> image(np.zeros((2, 3, 3), np.uint8))
        image("<3x2 pixels>")
    """
    pixels = pixels_of(picture)
    height, width = pixels.shape[:2]
    label = str(picture) if isinstance(picture, str | Path) else f"<{width}x{height} pixels>"
    return Image.of(pixels, label=label)


def shot(shot_id: str | HasShotId) -> Shot:
    """Ask for more shots like one of the catalog; the answer leaves out the shot itself.

    Args:
        shot_id: ``<video_id>-<number>``, or a hit.

    Raises:
        QueryError: That is not the id of a shot.

    Examples:
        >>> shot("0123456789abcdef-12")
        shot("0123456789abcdef-12")
    """
    return Shot(shot_id.shot_id if isinstance(shot_id, HasShotId) else shot_id)


def clip(path: str | Path, start_s: float | None = None, end_s: float | None = None) -> Clip:
    """Ask for shots like a span of a video file of your own.

    Args:
        path: The file; it need not be in the catalog.
        start_s: Where the span starts, in seconds of the file's own clock; ``None`` for its start.
        end_s: Where it ends, exclusive; ``None`` for its end.

    Raises:
        QueryError: The span is empty or no span.

    Examples:
        >>> clip("holiday.mp4", 3, 5.5)
        clip("holiday.mp4", 3, 5.5)
    """
    if not isinstance(path, str | Path) or not str(path):
        raise QueryError(f"a clip is a video file's path and a span, not {path!r}")
    return Clip(Path(path).expanduser(), start_s, end_s)


def concept(name: str) -> Concept:
    """Ask for what people judged to be right under a name: shots like those, by picture.

    ``catalog.judgments`` keeps what was judged; ``hits.keep`` and ``explorer.keep`` put thumbs and picks
    there. The name is looked for as words as well, the less the more it misleads.

    Args:
        name: The name that the judgments were kept under: words that were searched for, or any other.

    Raises:
        QueryError: No name.

    Examples:
        >>> concept("our hero") & text("at night")
        concept("our hero") & text("at night")
    """
    return Concept(name)


def as_expression(query: Any) -> Expression:
    """Take anything that a search accepts as an expression.

    A string is words, whatever stands in it (`parse` reads a written expression); a path, PIL image, array or
    bytes is a picture; an object with a ``shot_id`` is a shot.

    Raises:
        QueryError: Nothing of these, or not a usable one.

    Examples:
        >>> as_expression("a dog") & text("a beach")
        "a dog" & text("a beach")
    """
    if isinstance(query, Expression):
        return query
    if isinstance(query, str):
        return Words(query)
    if isinstance(query, Path):
        if query.suffix.lower() in _VIDEO_SUFFIXES:
            raise QueryError(f"{query.name} is a video; ask with vs.clip(path, start_s, end_s)")
        return image(query)
    if isinstance(query, np.ndarray | bytes | bytearray | memoryview) or is_pil(query):
        return image(query)
    if isinstance(query, HasShotId):
        return shot(query)
    raise QueryError(f"{type(query).__name__} is nothing to search for; give {ALLOWED}")
