"""Drawings of figures over steps: one column of lines per kind of figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vidsearch_sdk.pages.chart import Chart, nice_above, sheet
from vidsearch_sdk.pages.markup import Markup, element

_WIDTH, _HEIGHT, _GAP = 250, 130, 34
_LEFT, _TOP, _BOTTOM = 42, 34, 30
_LEAST = 1e-12


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        name: What it shows.
        points: (x, y), x rising; a y that is not finite leaves a gap.
        other: Whether it is of another kind than its neighbor, and colored so.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    other: bool = False


@dataclass(frozen=True)
class LinePanel:
    """Lines over one axis.

    Attributes:
        title: What is shown.
        lines: One or more.
        low: Lower end of the axis.
        high: Upper end; None for the next round number above all points.
    """

    title: str
    lines: tuple[Line, ...]
    low: float = 0.0
    high: float | None = None


def draw_lines(panels: Sequence[LinePanel], *, across: str, label: str) -> Chart:
    """Draw panels beside each other.

    Args:
        panels: From left to right.
        across: What the horizontal axis counts.
        label: What a screen reader calls the drawing.
    """
    width = len(panels) * (_LEFT + _WIDTH + _GAP)
    height = _TOP + _HEIGHT + _BOTTOM
    parts = [sheet(), element("title", label, limit=300)]
    for place, panel in enumerate(panels):
        parts += _panel(panel, place * (_LEFT + _WIDTH + _GAP) + _LEFT, across)
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


def _panel(panel: LinePanel, left: float, across: str) -> list[Markup]:
    points = [point for line in panel.lines for point in line.points if math.isfinite(point[1])]
    most = max((x for x, _ in points), default=1.0) or 1.0
    high = panel.high if panel.high is not None else nice_above(max((y for _, y in points), default=1.0))
    bottom = _TOP + _HEIGHT

    def at(x: float, y: float) -> tuple[float, float]:
        share = (y - panel.low) / max(high - panel.low, _LEAST)
        return left + _WIDTH * x / most, bottom - _HEIGHT * min(1.0, max(0.0, share))

    parts = [_text(left, 14, panel.title, class_="c-head")]
    for value in (panel.low, (panel.low + high) / 2, high):
        _, y = at(0.0, value)
        parts.append(_rule(left, y, left + _WIDTH, y))
        parts.append(_text(left - 6, y + 4, f"{value:g}", class_="c-quiet", anchor="end"))
    parts.append(_text(left, bottom + 17, "0", class_="c-quiet", anchor="middle"))
    parts.append(_text(left + _WIDTH, bottom + 17, f"{across} {most:g}", class_="c-quiet", anchor="end"))
    for number, line in enumerate(panel.lines):
        parts += _line(line, at, number)
    return parts


def _line(line: Line, at: object, number: int) -> list[Markup]:
    assert callable(at)
    kind = "c-other" if line.other else "c-dot"
    pieces: list[list[str]] = [[]]
    last = None
    for x, y in line.points:
        if not math.isfinite(y):
            pieces.append([])
            continue
        across, down = at(x, y)
        pieces[-1].append(f"{across:.1f},{down:.1f}")
        last = (across, down, y)
    drawn = [
        element("polyline", points=" ".join(piece), class_=f"c-line {kind}-line", limit=1_000_000)
        for piece in pieces
        if len(piece) > 1
    ]
    if last is not None:
        across, down, value = last
        title = element("title", f"{line.name} {value:.4g}")
        drawn.append(element("circle", title, cx=f"{across:.1f}", cy=f"{down:.1f}", r="3.5", class_=kind))
        # Names one below the other at the upper right, where curves that rise and fall seldom are both.
        drawn.append(
            _text(across, _TOP - 4 - 12 * number, f"{line.name} {value:.3g}", class_="c-quiet", anchor="end")
        )
    return drawn


def _rule(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return element("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", class_="c-axis")


def _text(x: float, y: float, words: str, *, class_: str | None = None, anchor: str | None = None) -> Markup:
    return element("text", words, x=f"{x:.1f}", y=f"{y:.1f}", class_=class_, text_anchor=anchor)
