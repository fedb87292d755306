"""How soon the notebook's grid is there and plays, in a real JupyterLab with a real browser.

    python benchmarks/desk_speed.py [--runs 7]

The sample film alone, and its shots thirteen times over as a catalog of a thousand, are searched in a cell.
All is measured in the page itself: the time from the end of the search to pictures that are drawn, bytes that
came through the websocket, the time from a click to a frame that moves (shots of 4 to 7 s, none played
before), and the longest task of the page while tiles of a thousand are scrolled through.

Bars: first paint at most 500 ms after the search returns, for 20 hits and for 1,000; a tile at most 25 kB;
click to playing at most 300 ms; no task over 200 ms while scrolling.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser import footage  # noqa: E402
from tests.browser.chromium import running_chromium  # noqa: E402
from tests.browser.clocks import (  # noqa: E402
    CLICK_TO_PLAYING_MS,
    FIRST_PAINT_MS,
    LONG_TASK_MS,
    TILE_BYTES,
    bytes_of_first_paint,
    click_to_playing,
    long_tasks_while_scrolling,
    paint_after_search,
)
from tests.browser.jupyter_server import running_jupyter  # noqa: E402
from tests.browser.notebook_page import NotebookPage, open_notebook  # noqa: E402

SETUP = """
import gc, os, time
import vidsearch_sdk as vs
encoder = vs.Encoder("sample")
index = vs.ShotIndex.open(vs.Catalog({sample!r}), encoder)
thousand = vs.ShotIndex.open(vs.Catalog({thousand!r}), encoder)
"""
HOW: tuple[Literal["mouse", "keyboard"], ...] = ("mouse", "keyboard")
WORDS = ("a dog in a meadow", "a turtle underwater", "at night", "a key", "on stage", "a wizard", "a dragon")


def measure(book: NotebookPage, runs: int) -> int:
    """Measure, print each figure beside its bar; 1 when one is missed."""
    paint_after_search(
        book, "hits = index.search('a clown')"
    )  # the first grid of a kernel loads what it needs
    rows: list[tuple[str, float, float, str]] = []
    for count, ask in (
        (20, "hits = index.search({!r}, k=20, min_score=0)"),
        (1000, "hits = thousand.search({!r}, k=1000, min_score=0, fold=False)"),
    ):
        painted = [paint_after_search(book, ask.format(WORDS[at % len(WORDS)])) for at in range(runs)]
        rows.append(
            (f"first paint of {count:,}, page", median(one[0] for one in painted), FIRST_PAINT_MS, "ms")
        )
        rows.append(
            (f"first paint of {count:,}, grid", median(one[1] for one in painted), FIRST_PAINT_MS, "ms")
        )
        cost = bytes_of_first_paint(book, ask.format("a castle") + "\nhits")
        rows.append((f"a tile on the wire, {count:,}", cost / 1000, TILE_BYTES / 1000, "kB"))
    grid = book.show("hits = thousand.search('a key', k=1000, min_score=0, fold=False)\nhits")
    rows.append(("longest task, scrolling", long_tasks_while_scrolling(grid), LONG_TASK_MS, "ms"))
    mouse, keyboard = (median(click_to_playing(book, how, tries=runs)) for how in HOW)
    rows.append(("mouse to playing", mouse, CLICK_TO_PLAYING_MS, "ms"))
    rows.append(("keyboard to playing", keyboard, CLICK_TO_PLAYING_MS, "ms"))
    print(f"medians of {runs} runs; load {os.getloadavg()[0]:.1f}")
    missed = 0
    for name, value, bar, unit in rows:
        missed += value > bar
        print(
            f"{name:28} {value:8.1f} {unit}   bar {bar:6.0f} {unit}   {'met' if value <= bar else 'MISSED'}"
        )
    return int(missed > 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="how often each is measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample = footage.sample_catalog(folder / "sample")
        thousand = footage.thousand_shots(folder / "thousand", sample)
        with running_chromium() as browser, running_jupyter(folder / "jupyter") as server:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            setup = SETUP.format(sample=str(sample), thousand=str(thousand))
            book = open_notebook(server, context, "lab", [setup, ""], name="speed.ipynb")
            try:
                return measure(book, given.runs)
            finally:
                book.close()


if __name__ == "__main__":
    sys.exit(main())
