"""Lines over steps: where their points lie, gaps, and text that is only shown."""

import math
import re

from vidsearch_sdk.pages.line_chart import Line, LinePanel, draw_lines


def points(svg):
    return [
        [tuple(map(float, point.split(","))) for point in line.split()]
        for line in re.findall(r'<polyline points="([^"]*)"', svg)
    ]


def test_points_lie_where_their_values_say():
    line = Line("loss", ((0.0, 4.0), (5.0, 2.0), (10.0, 0.0)))
    chart = draw_lines([LinePanel("loss", (line,), 0.0, 4.0)], across="step", label="a run")
    (drawn,) = points(chart.svg)
    assert drawn[0][1] < drawn[1][1] < drawn[2][1]
    assert drawn[1] == ((drawn[0][0] + drawn[2][0]) / 2, (drawn[0][1] + drawn[2][1]) / 2)
    assert 'aria-label="a run"' in chart.svg
    assert "step 10" in chart.svg


def test_what_is_not_known_leaves_a_gap_and_what_leaves_the_axis_is_held_at_its_end():
    line = Line("x", ((0.0, 0.1), (1.0, 0.2), (2.0, math.nan), (3.0, 0.3), (4.0, 9.0)))
    first, second = points(draw_lines([LinePanel("x", (line,), 0.0, 1.0)], across="step", label="x").svg)
    assert len(first) == len(second) == 2
    top = min(y for _, y in second)
    assert top == 34.0


def test_panels_stand_beside_each_other_and_nothing_known_draws_axes_only():
    empty = LinePanel("empty", (Line("a", ()), Line("b", ((0.0, math.nan),))))
    one = LinePanel("one", (Line("a", ((0.0, 1.0), (2.0, 3.0)), other=True),))
    chart = draw_lines([empty, one], across="step", label="two")
    assert len(points(chart.svg)) == 1
    assert points(chart.svg)[0][0][0] > 300
    assert "c-other-line" in chart.svg


def test_words_from_outside_are_escaped():
    chart = draw_lines([LinePanel("<script>", (Line("<b>", ((0.0, 1.0),)),))], across="<i>", label='"<x>')
    assert not re.search(r"<(script|b|i|x)>", chart.svg)
