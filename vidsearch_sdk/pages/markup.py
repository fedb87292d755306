"""Text from films made safe for screens: the one place where it turns into HTML or a terminal line.

Titles, file names, subtitles, own columns and queries come from outside. They reach a page only through
``element``, which escapes every text and attribute, and a terminal only through ``plain``.
"""

from __future__ import annotations

import html
import re
import unicodedata

# C0, DEL and C1 controls, the bidirectional controls (they reorder what stands around them), line and
# paragraph separators, invisible marks, and halves of surrogate pairs (they cannot be written as UTF-8).
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_SPACES = re.compile(r"\s+")
_VOID = frozenset({"br", "hr", "img", "meta"})
_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:")
_SCHEMES = {"src": frozenset({"data:"}), "href": frozenset({"file:", "http:", "https:"})}
_NAME = re.compile(r"[a-z][a-z0-9-]*")


class Markup(str):
    """Finished HTML; ``element`` takes it as it is, and escapes every other text."""

    __slots__ = ()


SPACE = Markup(" ")
"""A space between elements; texts lose theirs at both ends."""


def plain(value: object, *, limit: int = 200) -> str:
    r"""Give one line of text that neither a terminal nor a reader can be misled by.

    Args:
        value: Anything; its ``str`` is taken.
        limit: Longest text that is given whole, in characters; a longer one ends in an ellipsis.

    Returns:
        NFC text without control, bidirectional or invisible characters, runs of space made one.

    Examples:
        >>> plain("a\x1b[31m red\n title")
        'a [31m red title'
        >>> plain("abcdef", limit=4)
        'abc…'
    """
    # Cut before the work, so that a text of megabytes costs no more than a line.
    text = unicodedata.normalize("NFC", str(value)[: 4 * limit + 4])
    text = _SPACES.sub(" ", _UNSAFE.sub(" ", text)).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def escape(value: object, *, limit: int = 200) -> Markup:
    """Escape a text for HTML, in an element or between double quotes; finished ``Markup`` stays as it is.

    Examples:
        >>> escape('<b title="x">')
        '&lt;b title=&quot;x&quot;&gt;'
    """
    if isinstance(value, Markup):
        return value
    return Markup(html.escape(plain(value, limit=limit), quote=True))


def element(name: str, /, *children: object, limit: int = 200, **attributes: object) -> Markup:
    """Write one HTML element; every child and attribute that is not ``Markup`` is escaped.

    Args:
        name: The tag, from the code, never from a film.
        children: Texts (escaped) and finished ``Markup``.
        limit: Longest text of a child or attribute, in characters; ``src`` and ``href`` are never cut.
        attributes: ``class_`` and ``aria_label`` are written ``class`` and ``aria-label``; ``None`` leaves
            one out.

    Raises:
        ValueError: The tag is not one, or an address is neither relative nor of a kind that pages may hold
            (``src``: ``data``; ``href``: ``file``, ``http``, ``https``).

    Examples:
        >>> element("p", "1 < 2", class_="sum")
        '<p class="sum">1 &lt; 2</p>'
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an element")
    written = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        text = _address(key, str(value)) if key in {"src", "href"} else plain(value, limit=limit)
        written.append(f'{key.rstrip("_").replace("_", "-")}="{html.escape(text, quote=True)}"')
    opening = f"<{' '.join(written)}>"
    if name in _VOID:
        return Markup(opening)
    inside = "".join(escape(child, limit=limit) for child in children)
    return Markup(f"{opening}{inside}</{name}>")


def _address(key: str, address: str) -> str:
    scheme = _SCHEME.match(address)
    if _UNSAFE.search(address) or (scheme and scheme[0].lower() not in _SCHEMES[key]):
        raise ValueError(f"{plain(address, limit=40)!r} is not an address that a page may hold in {key}")
    return address


def join(parts: list[Markup]) -> Markup:
    """Join finished pieces."""
    return Markup("".join(parts))
