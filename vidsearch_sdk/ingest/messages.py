"""The lines that a decoding child may say, and how its parent checks them.

One JSON object per line on each side. The child reads files from strangers, so what it says is treated as
coming from a stranger as well: lines are short, fields have fixed names and types, and tables arrive as Arrow
files whose names are words, checked in ``received_tables.py``. Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

LINE_LIMIT = 256 * 1024
"""Longest line, in bytes. The longest honest one is the ``Done`` of a film, well below 16 kB."""

_TEXT_LIMIT = 4000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

Scalar: TypeAlias = str | int | float | bool | None
FailureKind = Literal["rejected", "crashed", "memory", "storage"]


class MessageError(ValueError):
    """The child said something that no child of this package says."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The child has loaded what it needs."""

    version: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The film was opened: what its header claims, ``None`` where it claims nothing."""

    duration_s: float | None
    frames: int | None
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Pictures came out up to this many seconds of film; ``None`` is work after the last picture."""

    film_s: float | None


@dataclass(frozen=True, slots=True)
class Done:
    """The job is finished: measured columns, and which tables lie in the job's folder."""

    measured: Mapping[str, Scalar]
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without a result, and why in words."""

    kind: FailureKind
    error: str


Message: TypeAlias = Ready | Opened | Progress | Done | Failed


def encode(message: Message | Mapping[str, object]) -> bytes:
    r"""One line for a pipe; file names with undecodable bytes survive.

    Examples:
        >>> encode(Progress(1.5))
        b'{"event": "progress", "film_s": 1.5}\n'
    """
    if isinstance(message, Mapping):
        fields = dict(message)
    else:
        names = message.__dataclass_fields__
        fields = {"event": type(message).__name__.lower()} | {name: getattr(message, name) for name in names}
    return json.dumps(fields, allow_nan=False).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """Check one line of the child.

    Raises:
        MessageError: The line is too long, no JSON, or does not have exactly the fields and types that it
            should.

    Examples:
        >>> decode(b'{"event": "failed", "kind": "rejected", "error": "no video stream"}')
        Failed(kind='rejected', error='no video stream')
    """
    if len(line) > LINE_LIMIT:
        raise MessageError(f"a line of more than {LINE_LIMIT} bytes")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise MessageError("a line that is no JSON") from None
    if not isinstance(fields, dict):
        raise MessageError("a line that is no object")
    event = fields.pop("event", None)
    if not isinstance(event, str) or event not in _DECODERS:
        raise MessageError("a message of no kind")
    try:
        return _DECODERS[event](fields)
    except KeyError as error:
        raise MessageError(f"a message without {error}") from None


def _ready(fields: dict[str, object]) -> Ready:
    return Ready(_text(fields["version"]))


def _opened(fields: dict[str, object]) -> Opened:
    duration, frames = fields["duration_s"], fields["frames"]
    return Opened(
        None if duration is None else _number(duration),
        None if frames is None else _count(frames),
        _count(fields["width"]),
        _count(fields["height"]),
    )


def _progress(fields: dict[str, object]) -> Progress:
    film_s = fields["film_s"]
    return Progress(None if film_s is None else _number(film_s))


def _done(fields: dict[str, object]) -> Done:
    measured, tables = fields["measured"], fields["tables"]
    if not isinstance(measured, dict) or len(measured) > 100:
        raise MessageError("measured columns that are no object")
    if not isinstance(tables, list) or len(tables) > 20:
        raise MessageError("tables that are no list")
    return Done({_word(name): _scalar(value) for name, value in measured.items()}, tuple(map(_word, tables)))


def _failed(fields: dict[str, object]) -> Failed:
    kind = fields["kind"]
    for known in get_args(FailureKind):
        if kind == known:
            return Failed(known, _text(fields["error"]))
    raise MessageError("a failure of no kind")


_DECODERS: Mapping[str, Callable[[dict[str, object]], Message]] = {
    "ready": _ready,
    "opened": _opened,
    "progress": _progress,
    "done": _done,
    "failed": _failed,
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise MessageError("a text that is no text")
    return value[:_TEXT_LIMIT]


def _word(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise MessageError("a name that is no plain word")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MessageError("a number that is none")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise MessageError("a count that is none")
    return value


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    return _number(value)
