import random
from fractions import Fraction
from importlib.resources import files

import pytest

from vidsearch_sdk.timecode import format_time, source_timecode

SOURCE = files("vidsearch_sdk.widgets").joinpath("js", "timecode.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(chromium):
    page = chromium.new_page()
    page.evaluate(
        "(source) => { window.tools = new Function(source)(); }",
        f"{SOURCE}; return {{ timecodeAfter, writeSeconds, readSeconds }};",
    )
    yield page
    page.close()


@pytest.mark.parametrize(
    ("rate", "start"),
    [
        (Fraction(24000, 1001), "01:00:00:00"),
        (Fraction(24), "00:59:59:23"),
        (Fraction(25), "10:00:00:00"),
        (Fraction(30000, 1001), "00:00:59;28"),
        (Fraction(30000, 1001), "01:00:00;00"),
        (Fraction(30000, 1001), "01:00:00:00"),
        (Fraction(30), "23:59:59:29"),
        (Fraction(50), "01:00:00:00"),
        (Fraction(60000, 1001), "00:09:59;56"),
        (Fraction(60), "00:00:00:00"),
    ],
    ids=str,
)
def test_timecode_counts_as_the_package_does(page, rate, start):
    chance = random.Random(5)
    frames = [*range(40), *(chance.randrange(1_000_000) for _ in range(300))]
    shown = page.evaluate(
        "([start, frames, rate]) => frames.map((n) => tools.timecodeAfter(start, n, rate))",
        [start, frames, [rate.numerator, rate.denominator]],
    )
    assert shown == [source_timecode(frame, rate, start) for frame in frames]


def test_seconds_are_written_and_read_as_the_package_does(page):
    chance = random.Random(5)
    times = [round(chance.random() * 20_000, 4) + 0.00003 for _ in range(300)]
    shown = page.evaluate("(times) => times.map((one) => tools.writeSeconds(one))", times)
    assert shown == [format_time(one) for one in times]
    read = page.evaluate("(texts) => texts.map((one) => tools.readSeconds(one))", shown)
    assert read == pytest.approx(times, abs=0.001)


@pytest.mark.parametrize("text", ["", "1:2:3", "x", "01:00:00:00:00"])
def test_no_timecode_stays_none(page, text):
    assert page.evaluate("(text) => tools.timecodeAfter(text, 5, [25, 1])", text) == ""
    assert page.evaluate("() => tools.timecodeAfter('01:00:00:00', 5, null)") == ""
