"""Where a film lies, as text that loses nothing, and its name as people may safely see it."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from vidsearch_sdk.errors import VideoNotFound

NAME_LENGTH = 1000
"""Most characters that a display name keeps."""

# C0 and C1 controls, and the marks that turn the direction of writing: they break tables, terminals and
# trust.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def absolute(path: str | os.PathLike[str]) -> Path:
    """Return the absolute path with a leading ``~`` expanded; links stay as they are.

    Links are resolved only where ``..`` follows them, because there text alone would name another folder.

    Examples:
        >>> absolute("/films/a.mkv").as_posix()
        '/films/a.mkv'
    """
    text = os.fspath(path)
    if text.startswith("~"):
        # Path.expanduser raises for "~nobody"; and a file that is really called "~x" must be reachable too.
        expanded = os.path.expanduser(text)  # noqa: PTH111
        text = text if os.path.lexists(text) else expanded
    if ".." in Path(text).parts:
        folder, name = os.path.split(text)
        if name in ("..", "."):
            return Path(os.path.realpath(text))
        return Path(os.path.realpath(folder)) / name
    return Path(os.path.abspath(text))  # noqa: PTH100 - Path.absolute would keep "." and doubled slashes


def uri_of(path: str | os.PathLike[str]) -> str:
    """Return the ``file://`` URI of a path: absolute, bytes percent-encoded where they must be.

    Args:
        path: Any path; bytes that are not UTF-8 (surrogates in Python) are kept.

    Examples:
        >>> uri_of("/films/a b%.mkv")
        'file:///films/a%20b%25.mkv'
    """
    return "file://" + quote_from_bytes(os.fsencode(absolute(path)), safe="/-_.~!$&'()*+,;=:@")


def path_of(uri: str) -> Path:
    """Return the path of a ``file://`` URI; the inverse of :func:`uri_of`.

    Raises:
        VideoNotFound: The URI is of another kind.

    Examples:
        >>> path_of("file:///films/a%20b%25.mkv").as_posix()
        '/films/a b%.mkv'
    """
    if not uri.startswith("file://"):
        raise VideoNotFound(
            f"{uri!r} is not a file: films are read from local or mounted folders (file:///...)."
        )
    rest = uri.removeprefix("file://").removeprefix("localhost")
    if not rest.startswith("/"):
        raise VideoNotFound(
            f"{uri!r} names another machine; a file of this one is written file:///folder/film.mkv."
        )
    return Path(os.fsdecode(unquote_to_bytes(rest)))


def display_name(path: str | os.PathLike[str]) -> str:
    r"""Return the file's name for tables and pages.

    NFC; control and direction characters are taken out, bytes that are not UTF-8 become U+FFFD, at most
    ``NAME_LENGTH`` characters. It is for the eye only: two files may share it, and it leads to no file.

    Examples:
        >>> display_name("/films/a\nb.mkv")
        'ab.mkv'
    """
    name = os.fsencode(os.path.basename(os.fspath(path))).decode("utf-8", "replace")  # noqa: PTH119
    return clean_text(name) or "unnamed"


def clean_text(text: str) -> str:
    """Return ``text`` in NFC without control and direction characters, at most ``NAME_LENGTH`` characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", _UNSAFE.sub("", whole))[:NAME_LENGTH].strip()
