"""What people read in place of the names of columns."""

from __future__ import annotations

from vidsearch_sdk.pages.markup import plain

_LABELS = {
    "name": "film",
    "duration_s": "length",
    "position_s": "place in the film",
    "language": "spoken",
    "opened_by": "begins with a",
    "start_s": "starts at",
    "end_s": "ends at",
    "number": "shot number",
    "hdr": "HDR",
}


def label_of(column: str) -> str:
    """Name a column for people; the user's own names stay as they are, but for what is not to be read."""
    if column in _LABELS:
        return _LABELS[column]
    return plain(column.removesuffix("_s").replace("_", " "), limit=60) or "(no name)"


def unit_of(column: str) -> str:
    """What the numbers of a column count: ``"s"`` or nothing."""
    return "s" if column.endswith("_s") else ""
