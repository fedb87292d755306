"""The front end's files, joined to the one module and the one sheet that a notebook loads.

There is no bundler: the files of ``js/`` are plain functions that share one module scope, joined in the order
below. A name at the top of a file is seen by all of them, so each file's names begin with what it is about.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

SCRIPTS = (
    "elements.js",
    "icons.js",
    "messages.js",
    "pictures.js",
    "status.js",
    "timecode.js",
    "static_page.js",
    "keyframes.js",
    "takes.js",
    "playing.js",
    "stage.js",
    "tile.js",
    "grid.js",
    "folded.js",
    "head.js",
    "tray.js",
    "hand_over.js",
    "keys.js",
    "chips.js",
    "history.js",
    "filters.js",
    "explorer.js",
    "desk.js",
)
"""Files of ``js/`` in the order they are joined; the last one exports what the notebook calls."""

SHEETS = ("tile.css", "desk.css", "explorer.css")
"""Style sheets in the order they are joined; the first is shared with the static page."""


@cache
def loader() -> str:
    """Give what every widget carries: it asks for script and sheet unless its page has this version."""
    version = hashlib.sha256((script() + sheet()).encode()).hexdigest()[:16]
    return _without_remarks(_text("loader.js")).replace("{version}", version)


@cache
def script() -> str:
    """Join the scripts to one module."""
    return "\n".join(_without_remarks(_text("js", name)) for name in SCRIPTS)


@cache
def sheet(*names: str) -> str:
    """Join style sheets; all of the front end's without names."""
    return "\n".join(_without_remarks(_text(name)) for name in names or SHEETS)


def _without_remarks(text: str) -> str:
    r"""Leave out indents and lines that are remarks: a fifth of the text, which is for readers.

    Examples:
        >>> _without_remarks("// why\nfunction f() {\n  return 1; // one\n}")
        'function f() {\nreturn 1; // one\n}'
    """
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*", "*")))


def _text(*path: str) -> str:
    return files("vidsearch_sdk.widgets").joinpath(*path).read_text(encoding="utf-8")
