"""What the commands print: aligned tables for people, one JSON object for scripts."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vidsearch_sdk.pages.markup import plain


def say(text: str) -> None:
    """Write lines to stdout."""
    # A name may hold what the terminal's encoding cannot show; a question mark beats an error.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def tell(text: str) -> None:
    """Write lines to stderr: what a person wants to know and a script does not read."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def print_json(value: Any) -> None:
    """Write one JSON object to stdout; what JSON has no form for is written as text, NaN as null."""
    sys.stdout.write(json.dumps(_jsonable(value), ensure_ascii=True, allow_nan=False, indent=2) + "\n")


def aligned(rows: Iterable[Sequence[object]], head: Sequence[str], *, limit: int = 120) -> str:
    """Lay rows out below their head; columns of numbers stand right.

    Examples:
        >>> print(aligned([("ok", 12), ("rejected", 3)], ("status", "films")))
        status    films
        ok           12
        rejected      3
    """
    rows = list(rows)
    right = [
        bool(rows) and all(isinstance(row[place], int | float) for row in rows) for place in range(len(head))
    ]
    cells = [tuple(head), *(tuple(_cell(value, limit) for value in row) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    lines = []
    for row in cells:
        fitted = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(fitted).rstrip())
    return "\n".join(lines)


def _cell(value: object, limit: int) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.2f}"
    return "" if value is None else plain(value, limit=limit)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _jsonable(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(one) for one in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return _jsonable(value.tolist())
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    text = str(value)
    return None if text in {"<NA>", "NaT"} else text
