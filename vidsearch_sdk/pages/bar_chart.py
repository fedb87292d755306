"""Drawings of bars: counts over time as columns, times by stage as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vidsearch_sdk.pages.chart import Chart, nice_above, sheet
from vidsearch_sdk.pages.markup import Markup, element, join, plain

_WIDTH, _LEFT, _RIGHT, _TOP, _HEIGHT, _BOTTOM = 760, 44, 12, 40, 150, 30
_ROW, _NAME, _WRITTEN = 28, 130, 150
_WIDEST = 46.0
_KINDS = ("c-dot", "c-other", "c-rest")


@dataclass(frozen=True)
class Column:
    """One stacked bar.

    Attributes:
        label: What stands below it, where there is room.
        parts: Heights of its parts from below, 0 or more, as many as there are names.
    """

    label: str
    parts: Sequence[float]


@dataclass(frozen=True)
class Bar:
    """One lying bar.

    Attributes:
        label: What stands at its left.
        value: Its length.
        reach: Where the thin line at its end goes to, at least ``value``.
        written: What stands at its right.
    """

    label: str
    value: float
    reach: float
    written: str


def columns(names: Sequence[str], bars: Sequence[Column], *, label: str) -> Chart:
    """Draw stacked bars side by side.

    Args:
        names: What the parts mean, from below; at most three.
        bars: From left to right.
        label: What a screen reader calls the drawing.

    Raises:
        ValueError: There are more than three parts, or a bar has not one for each name.
    """
    if len(names) > len(_KINDS) or any(len(bar.parts) != len(names) for bar in bars):
        raise ValueError(
            f"{len(names)} names do not fit; each bar has one part per name, at most {len(_KINDS)}"
        )
    top = nice_above(max((sum(bar.parts) for bar in bars), default=0.0))
    bottom, inside = _TOP + _HEIGHT, _WIDTH - _LEFT - _RIGHT
    parts = [_sheet(), element("title", label, limit=300), *_legend(names)]
    for share in (0.0, 0.5, 1.0):
        y = bottom - share * _HEIGHT
        parts.append(_line(_LEFT, y, _WIDTH - _RIGHT, y))
        parts.append(_text(_LEFT - 8, y + 4, f"{share * top:g}", anchor="end", class_="c-quiet"))
    step = inside / max(1, len(bars))
    wide = min(_WIDEST, step * 0.72)
    every = max(1, round(56 / step))
    for place, bar in enumerate(bars):
        middle, y = _LEFT + (place + 0.5) * step, float(bottom)
        told = ", ".join(f"{name} {part:g}" for name, part in zip(names, bar.parts, strict=True))
        title = element("title", f"{bar.label}: {told}", limit=300)
        stack = []
        for kind, part in zip(_KINDS, bar.parts, strict=False):
            tall = _HEIGHT * part / top
            y -= tall
            if tall > 0:
                stack.append(_rect(middle - wide / 2, y, wide, tall, kind))
        parts.append(element("g", title, *stack))
        if place % every == 0:
            parts.append(_text(middle, bottom + 18, bar.label, anchor="middle", class_="c-quiet"))
    return _chart(parts, _WIDTH, bottom + _BOTTOM, label)


def rows(bars: Sequence[Bar], *, unit: str, label: str) -> Chart:
    """Draw lying bars below each other, each with a thin line that reaches further.

    Args:
        bars: From top to bottom.
        unit: Of the values.
        label: What a screen reader calls the drawing.
    """
    top = nice_above(max((bar.reach for bar in bars), default=0.0))
    axis = _WIDTH - _NAME - _WRITTEN
    bottom = _TOP + _ROW * len(bars)

    def at(value: float) -> float:
        return _NAME + axis * min(1.0, max(0.0, value / top))

    parts = [_sheet(), element("title", label, limit=300)]
    for share in (0.0, 0.5, 1.0):
        parts.append(_line(at(share * top), _TOP - 6, at(share * top), bottom))
        parts.append(
            _text(at(share * top), _TOP - 14, f"{share * top:g} {unit}", anchor="middle", class_="c-quiet")
        )
    for place, bar in enumerate(bars):
        middle = _TOP + place * _ROW + _ROW / 2
        parts.append(_text(0, middle + 4, plain(bar.label, limit=20)))
        title = element("title", f"{bar.label}: {bar.written}", limit=300)
        stem = element(
            "line", x1=_n(at(bar.value)), y1=_n(middle), x2=_n(at(bar.reach)), y2=_n(middle), class_="c-reach"
        )
        box = _rect(_NAME, middle - 7, max(1.0, at(bar.value) - _NAME), 14, "c-dot")
        parts.append(element("g", title, stem, box))
        parts.append(_text(at(max(bar.reach, bar.value)) + 10, middle + 4, bar.written, class_="c-quiet"))
    return _chart(parts, _WIDTH, bottom + 8, label)


def _sheet() -> Markup:
    # The third color is of no other drawing.
    return join([sheet(), Markup("<style>.vs-chart .c-rest { fill: var(--c-line); }</style>")])


def _legend(names: Sequence[str]) -> list[Markup]:
    parts, left = [], float(_LEFT)
    for name, kind in zip(names, _KINDS, strict=False):
        parts.append(_rect(left, 8, 12, 12, kind))
        parts.append(_text(left + 18, 18, name))
        left += 18 + 6.4 * len(name) + 24
    return parts


def _chart(parts: Sequence[Markup], width: float, height: float, label: str) -> Chart:
    svg = element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_n(width)} {_n(height)}",
        width=_n(width),
        height=_n(height),
        role="img",
        aria_label=label,
        class_="vs-chart",
        limit=300,
    )
    return Chart(svg, label)


def _rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return element("rect", x=_n(x), y=_n(y), width=_n(width), height=_n(height), class_=kind)


def _line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return element("line", x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2), class_="c-axis")


def _text(x: float, y: float, words: str, *, anchor: str | None = None, class_: str | None = None) -> Markup:
    return element("text", words, x=_n(x), y=_n(y), text_anchor=anchor, class_=class_)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
