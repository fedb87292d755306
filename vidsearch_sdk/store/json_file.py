"""Small JSON files that notice a change of any of their bits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from vidsearch_sdk.errors import DamagedError


def encode_json(content: Mapping[str, Any]) -> bytes:
    """Return ``content`` as indented JSON with the SHA-256 of the rest as its last key.

    Args:
        content: JSON values; NaN and infinities are refused by a ValueError.
    """
    body = {key: value for key, value in content.items() if key != "sha256"}
    body["sha256"] = hashlib.sha256(_text(body)).hexdigest()
    return _text(body)


def decode_json(data: bytes, name: str, remedy: str) -> dict[str, Any]:
    """Return what :func:`encode_json` was given.

    The file must be, byte for byte, what its content encodes to: so a changed bit is found wherever it is.

    Args:
        data: The whole file.
        name: The file's name, for the message.
        remedy: What to do about it, for the message.

    Raises:
        DamagedError: The file is cut, altered or no such file at all.
    """
    try:
        content = json.loads(data)
        whole = isinstance(content, dict) and encode_json(content) == data
    except (ValueError, RecursionError):
        whole = False
    if not whole:
        raise DamagedError(f"{name} is damaged: it is not what was written. {remedy}")
    del content["sha256"]
    return dict(content)


def _text(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, allow_nan=False) + "\n").encode("ascii")
