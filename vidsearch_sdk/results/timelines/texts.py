"""Texts and file addresses as the formats of timelines take them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, indent, tostring

from vidsearch_sdk.pages.markup import plain

# C0, DEL and C1 controls, the two line breaks of Unicode, and halves of surrogate pairs.
_NO_PATH = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# XML 1.0 (section 2.2) has no way to write these two, escaped or not; ``plain`` takes out all other such.
_NO_XML = re.compile("[\ufffe\uffff]+")


def clean(value: object, *, limit: int = 255) -> str:
    r"""Give one line of text without characters that XML or an EDL cannot hold.

    Examples:
        >>> clean("a\x00dog\n& <cat>\ufffe")
        'a dog & <cat>'
    """
    return plain(_NO_XML.sub(" ", str(value)), limit=limit)


def path_text(path: Path) -> str:
    r"""Give a path as one line of text that still finds the file.

    Nothing is cut, composed or collapsed: only what no line of UTF-8 can hold is left out, so that a file
    with a line break or a control character in its name, or of a name that is no Unicode, has to be linked by
    hand.

    Examples:
        >>> path_text(Path("/films/two  spaces\n.mov"))
        '/films/two  spaces.mov'
    """
    return _NO_PATH.sub("", str(path))


def file_url(path: Path, *, localhost: bool = False) -> str:
    """Give the address of a file, every character beyond plain ASCII in percent form.

    The bytes of the name are kept as they are: a name that is not composed as Unicode recommends still has to
    be found.

    Args:
        path: An absolute path.
        localhost: Name this machine, as Final Cut Pro 7 wrote it and as Premiere reads it.

    Examples:
        >>> file_url(Path("/films/a b #1 100%.mov"), localhost=True)
        'file://localhost/films/a%20b%20%231%20100%25.mov'
    """
    url = path.as_uri()
    return url.replace("file:///", "file://localhost/", 1) if localhost else url


def xml_document(root: Element) -> str:
    """Write a tree as a document, indented, that names its root as its type: both programs' formats do."""
    indent(root)
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {root.tag}>\n{text}\n'
