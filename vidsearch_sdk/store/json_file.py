"""Small JSON files that notice a change of any of their bits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from vidsearch_sdk.errors import DamagedError

_END = b' "sha256": "'
_TAIL = len(_END) + 64 + len(b'"\n}\n')


def encode_json(content: Mapping[str, Any]) -> bytes:
    """Return ``content`` as indented JSON whose last line is the SHA-256 of everything before that line.

    Args:
        content: At least one key; JSON values. NaN and infinities are refused by a ValueError.

    Examples:
        >>> print(encode_json({"format": 1}).decode(), end="")
        {
         "format": 1,
         "sha256": "ec2355920c49cf005f6546961f08464e52d0eeb34b206797c187de9ed38f594f"
        }
    """
    body = json.dumps(content, indent=1, allow_nan=False).encode("ascii").removesuffix(b"\n}") + b",\n"
    return body + _tail(body)


def decode_json(data: bytes, name: str, remedy: str) -> dict[str, Any]:
    """Return what :func:`encode_json` was given.

    Args:
        data: The whole file.
        name: The file's name, for the message.
        remedy: What to do about it, for the message.

    Raises:
        DamagedError: The file is cut, altered or no such file at all.
    """
    # Bytes are compared, not values: a changed bit is found wherever it is.
    if len(data) <= _TAIL or data[-_TAIL:] != _tail(data[:-_TAIL]):
        raise DamagedError(f"{name} is damaged: it is not what was written. {remedy}")
    content: dict[str, Any] = json.loads(data)
    del content["sha256"]
    return content


def _tail(body: bytes) -> bytes:
    return _END + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'
