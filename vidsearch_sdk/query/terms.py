"""What a search can be asked: words, a picture, a shot of the catalog, or a clip of your own.

Each is a small immutable value that checks itself when it is made; nothing is read from the catalog and no
encoder is asked before the search.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from vidsearch_sdk.errors import QueryError

ALLOWED = (
    'words ("a dog on a beach"), a picture (pathlib.Path, PIL image or uint8 array), '
    "vs.shot(shot_id) or vs.clip(path, start_s, end_s)"
)

MOST_CHARACTERS = 10_000
"""Characters of a sentence; no encoder reads as many."""
MOST_PIXELS = 100_000_000
"""Pixels of a query picture; a small file can claim any number."""

_SHOT_ID = re.compile(r"[0-9a-f]{16}-(0|[1-9][0-9]{0,9})")
# Formats that Pillow decodes by itself; others (EPS) start programs. MPO is read as JPEG.
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "AVIF")
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


@dataclass(frozen=True)
class Text:
    """Words.

    Attributes:
        words: The sentence, without surrounding white space.
    """

    words: str

    def __post_init__(self) -> None:
        if not isinstance(self.words, str):
            raise QueryError(f"a text query is words, not {self.words!r}")
        words = " ".join(self.words.encode("utf-8", "replace").decode().split())
        if not words:
            raise QueryError(f"the query is empty; give {ALLOWED}")
        if len(words) > MOST_CHARACTERS:
            raise QueryError(f"the query has {len(words):,} characters; at most {MOST_CHARACTERS:,} are read")
        object.__setattr__(self, "words", words)

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Image:
    """A picture.

    Attributes:
        label: How it is called for showing.
        digest: SHA-256 of its pixels and shape; two pictures of the same pixels are equal.
        pixels: uint8 (height, width, 3), RGB, read-only.
    """

    label: str = field(compare=False)
    digest: str = field(repr=False)
    pixels: npt.NDArray[np.uint8] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"image({self.label})"


@dataclass(frozen=True)
class Shot:
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
        return f"shot({self.shot_id})"


@dataclass(frozen=True)
class Clip:
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
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise QueryError(f"{name}={value!r} is not a time in seconds")
            object.__setattr__(self, name, float(value))
        if self.start_s is not None and self.end_s is not None and self.start_s >= self.end_s:
            raise QueryError(f"the clip ends at {self.end_s} s, before or where it starts ({self.start_s} s)")

    def __str__(self) -> str:
        span = [str(self.path.name), *(str(t) for t in (self.start_s, self.end_s) if t is not None)]
        return f"clip({', '.join(span)})"


Term: TypeAlias = Text | Image | Shot | Clip


def text(words: str) -> Text:
    """Ask with words; a plain string does the same.

    Raises:
        QueryError: No words.

    Examples:
        >>> text(" a dog  on a beach ")
        Text(words='a dog on a beach')
    """
    return Text(words)


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
        Image(label='3x2 pixels')
    """
    if isinstance(picture, np.ndarray):
        label, pixels = "", _from_array(picture)
    elif isinstance(picture, str | Path):
        path = Path(picture).expanduser()
        label, pixels = path.name, _from_file(path)
    elif isinstance(picture, bytes | bytearray | memoryview):
        label, pixels = "", _opened(io.BytesIO(picture), "the bytes")
    elif _is_pil(picture):
        label, pixels = "", _rgb(picture)
    else:
        raise QueryError(
            f"{type(picture).__name__} is not a picture; give a path, bytes, a PIL image or a uint8 array"
        )
    pixels = np.ascontiguousarray(pixels)
    pixels.setflags(write=False)
    digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    return Image(label or f"{pixels.shape[1]}x{pixels.shape[0]} pixels", digest, pixels)


def shot(shot_id: str | HasShotId) -> Shot:
    """Ask for more shots like one of the catalog; the answer leaves out the shot itself.

    Args:
        shot_id: ``<video_id>-<number>``, or a hit.

    Raises:
        QueryError: That is not the id of a shot.

    Examples:
        >>> shot("0123456789abcdef-12")
        Shot(shot_id='0123456789abcdef-12')
    """
    return Shot(
        shot_id if isinstance(shot_id, str) or not isinstance(shot_id, HasShotId) else shot_id.shot_id
    )


def clip(path: str | Path, start_s: float | None = None, end_s: float | None = None) -> Clip:
    """Ask for shots like a span of a video file of your own.

    Args:
        path: The file; it need not be in the catalog.
        start_s: Where the span starts, in seconds of the file's own clock; ``None`` for its start.
        end_s: Where it ends, exclusive; ``None`` for its end.

    Raises:
        QueryError: The span is empty or no span.

    Examples:
        >>> print(clip("holiday.mp4", 3, 5.5))
        clip(holiday.mp4, 3.0, 5.5)
    """
    if not isinstance(path, str | Path) or not str(path):
        raise QueryError(f"a clip is a video file's path and a span, not {path!r}")
    return Clip(Path(path).expanduser(), start_s, end_s)


def as_term(query: Any) -> Term:
    """Take anything that a search accepts as one of the terms.

    A string is words; a path, PIL image, array or bytes is a picture; an object with a ``shot_id`` is a shot.

    Raises:
        QueryError: Nothing of these, or not a usable one.
    """
    if isinstance(query, Text | Image | Shot | Clip):
        return query
    if isinstance(query, str):
        return text(query)
    if isinstance(query, Path):
        if query.suffix.lower() in _VIDEO_SUFFIXES:
            raise QueryError(f"{query.name} is a video; ask with vs.clip(path, start_s, end_s)")
        return image(query)
    if isinstance(query, np.ndarray | bytes | bytearray | memoryview) or _is_pil(query):
        return image(query)
    if isinstance(query, HasShotId):
        return shot(query)
    raise QueryError(f"{type(query).__name__} is nothing to search for; give {ALLOWED}")


def _is_pil(value: Any) -> bool:
    # Whoever holds a PIL image has imported PIL; nobody else should pay for it.
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(value, module.Image)


def _from_array(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if array.dtype != np.uint8:
        raise QueryError(f"a picture is a uint8 array (0 to 255), not {array.dtype} {array.shape}")
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise QueryError(
            f"a picture is an array (height, width), or (height, width, 1, 3 or 4), not {array.shape}"
        )
    if array.shape[0] * array.shape[1] > MOST_PIXELS:
        raise QueryError(
            f"the picture has {array.shape[0] * array.shape[1]:,} pixels; at most {MOST_PIXELS:,}"
        )
    if array.shape[2] == 4:
        alpha = array[:, :, 3:].astype(np.uint16)
        array = ((array[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return np.array(np.broadcast_to(array, (*array.shape[:2], 3)))


def _from_file(path: Path) -> npt.NDArray[np.uint8]:
    if not path.is_file():
        what = (
            "is a folder"
            if path.is_dir()
            else "does not exist"
            if not path.exists()
            else "is no regular file"
        )
        raise QueryError(f"the picture {path} {what}")
    return _opened(path, path.name)


def _opened(source: Path | io.BytesIO, name: str) -> npt.NDArray[np.uint8]:
    from PIL import Image as PilImage
    from PIL import ImageOps, UnidentifiedImageError

    # Pillow fails on the name of a format that it was built without, whatever the picture is.
    PilImage.init()
    formats = [known for known in _FORMATS if known in PilImage.OPEN]
    try:
        with PilImage.open(source, formats=formats) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise QueryError(
                    f"{name} has {picture.width}x{picture.height} pixels; at most {MOST_PIXELS:,} are read"
                )
            return _rgb(ImageOps.exif_transpose(picture))
    except QueryError:
        raise
    except UnidentifiedImageError:
        raise QueryError(f"{name}: not a picture; {', '.join(formats)} are read") from None
    # Pillow's decoders raise nearly anything on damaged files.
    except Exception as error:
        raise QueryError(f"{name}: not a picture that can be read ({error})") from None


def _rgb(picture: Any) -> npt.NDArray[np.uint8]:
    if picture.width * picture.height > MOST_PIXELS or 0 in picture.size:
        raise QueryError(f"a picture has 1 to {MOST_PIXELS:,} pixels, not {picture.width}x{picture.height}")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        return _from_array(np.asarray(picture.convert("RGBA")))
    if picture.mode.startswith("I") or picture.mode == "F":
        raise QueryError(f"the picture's values are {picture.mode}; convert it to 8 bits first")
    return np.array(picture.convert("RGB"))
