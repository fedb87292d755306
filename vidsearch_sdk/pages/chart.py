"""Drawings: one SVG without script that follows light and dark. Here: figures as rows of dots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.files import write_whole
from vidsearch_sdk.pages.markup import Markup, element, join, plain

_LABELS, _PANEL, _GAP, _TOP, _ROW, _BOTTOM = 150, 168, 26, 34, 34, 26
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Chart:
    """A drawing that a notebook shows and ``save`` writes.

    Attributes:
        svg: The drawing.
        label: What it shows, for those who do not see it.
    """

    svg: Markup
    label: str

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the drawing.

        Args:
            path: The file to write, ``.svg`` or ``.html``; one that exists is replaced.

        Raises:
            QueryError: The suffix is neither.
            StorageError: The disk refused.
        """
        suffix = Path(path).suffix.lower()
        if suffix == ".svg":
            return write_whole(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{self.svg}\n')
        if suffix == ".html":
            head = [
                element("meta", charset="utf-8"),
                element("meta", name="color-scheme", content="light dark"),
                element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
                element("title", self.label),
            ]
            page = join([element("head", *head), element("body", self.svg)])
            return write_whole(path, f'<!doctype html>\n<html lang="en">{page}</html>\n')
        raise QueryError(f"a drawing is written as .svg or .html, not {suffix!r}")


@dataclass(frozen=True)
class Dot:
    """One figure: its value, its interval (nan for none), and how it is written."""

    value: float
    low: float
    high: float
    written: str


@dataclass(frozen=True)
class Panel:
    """One column of dots with an axis of its own.

    Attributes:
        title: What is shown.
        low: Left end of the axis.
        high: Right end.
        marks: Values at the axis, with their words.
        dots: One per row; none where it is not known.
        other: Whether it is of another kind than its neighbours, and colored so.
        zero: Draw a line at 0 that the dots are held against.
    """

    title: str
    low: float
    high: float
    marks: Sequence[tuple[float, str]]
    dots: Sequence[Dot | None]
    other: bool = False
    zero: bool = False


@cache
def sheet() -> Markup:
    """Give the style sheet of drawings as a ``<style>`` element."""
    text = files("vidsearch_sdk.pages").joinpath("chart.css").read_text(encoding="utf-8")
    return Markup(f"<style>{text}</style>")


def nice_above(value: float) -> float:
    """The next round number for the end of an axis.

    Examples:
        >>> nice_above(137.0), nice_above(0.042), nice_above(0.0)
        (200.0, 0.05, 1.0)
    """
    if not value > 0 or not math.isfinite(value):
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return round(next(step * size for step in (1, 2, 5, 10) if step * size >= value * (1 - 1e-9)), 9)


def draw(labels: Sequence[tuple[str, str]], panels: Sequence[Panel], *, label: str) -> Chart:
    """Draw rows of dots.

    Args:
        labels: Name and number of queries of each row.
        panels: Columns, from left to right.
        label: What a screen reader calls the drawing.
    """
    width = _LABELS + len(panels) * (_PANEL + _GAP)
    height = _TOP + len(labels) * _ROW + _BOTTOM
    parts = [sheet(), element("title", label, limit=300)]
    for place, (name, count) in enumerate(labels):
        middle = _TOP + place * _ROW + _ROW / 2
        kind = "c-head" if not place else None
        parts.append(_text(0, middle + 4, plain(name, limit=20), class_=kind, title=name))
        parts.append(_text(_LABELS - 14, middle + 4, count, class_="c-quiet", anchor="end"))
    parts.append(_text(_LABELS - 14, 14, "queries", class_="c-quiet", anchor="end"))
    for place, panel in enumerate(panels):
        parts += _panel(panel, _LABELS + place * (_PANEL + _GAP), len(labels))
    svg = element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=label,
        class_="vs-chart",
        limit=300,
    )
    return Chart(svg, label)


def _panel(panel: Panel, left: float, rows: int) -> list[Markup]:
    # Room at the right for the written figure.
    axis = _PANEL - 52
    bottom = _TOP + rows * _ROW

    def at(value: float) -> float:
        share = (value - panel.low) / (panel.high - panel.low)
        return left + 4 + axis * min(1.0, max(0.0, share))

    parts = [_text(left, 14, panel.title, class_="c-head")]
    for value, words in panel.marks:
        parts.append(_line(at(value), _TOP - 4, at(value), bottom + 2, class_="c-axis"))
        parts.append(_text(at(value), bottom + 17, words, class_="c-quiet", anchor="middle"))
    if panel.zero:
        parts.append(_line(at(0.0), _TOP - 4, at(0.0), bottom + 2, class_="c-zero"))
    reach, dot = ("c-other-reach", "c-other") if panel.other else ("c-reach", "c-dot")
    for place, one in enumerate(panel.dots):
        middle = _TOP + place * _ROW + _ROW / 2
        if one is None or math.isnan(one.value):
            parts.append(_text(left + axis + 12, middle + 4, "–", class_="c-quiet"))
            continue
        if not math.isnan(one.low):
            parts.append(_line(at(one.low), middle, at(one.high), middle, class_=reach))
        reached = "" if math.isnan(one.low) else f" ({one.low:.3f} to {one.high:.3f})"
        title = element("title", f"{panel.title} {one.written}{reached}")
        parts.append(element("circle", title, cx=_n(at(one.value)), cy=_n(middle), r="4.5", class_=dot))
        parts.append(_text(left + axis + 12, middle + 4, one.written))
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, *, class_: str) -> Markup:
    return element("line", x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2), class_=class_)


def _text(
    x: float, y: float, words: str, *, class_: str | None = None, anchor: str | None = None, title: str = ""
) -> Markup:
    inside = join([element("title", title)]) if title and title != words else Markup("")
    return element("text", inside, words, x=_n(x), y=_n(y), class_=class_, text_anchor=anchor)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
