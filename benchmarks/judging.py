"""How fast 200 results are judged by keys alone, in a real JupyterLab.

Prints keys and milliseconds per judgment, the person's own time to look left out, and how many were lost on
the way to Python. Fails where any was lost, or where one took much more than one key or needed the mouse.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import footage
from tests.browser.chromium import running_chromium
from tests.browser.conftest import SETUP
from tests.browser.jupyter_server import running_jupyter
from tests.browser.notebook_page import open_notebook

SHOTS = 200
MOST_KEYS = 1.05
# What a person does in the page: every pointer that goes down, and every key.
COUNT = """() => {
  window.told = { keys: 0, pointers: 0 };
  addEventListener("keydown", () => { window.told.keys += 1; }, true);
  addEventListener("pointerdown", () => { window.told.pointers += 1; }, true);
}"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, running_chromium() as browser:
        place = Path(folder)
        sample = footage.sample_catalog(place / "sample")
        thousand = footage.thousand_shots(place / "thousand", sample)
        setup = SETUP.format(
            sample=str(sample), thousand=str(thousand), hostile=str(sample), timed=str(sample)
        )
        with running_jupyter(place / "jupyter") as server:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            book = open_notebook(server, context, "lab", [setup, "", "# the last cell"], name="judging.ipynb")
            try:
                return measure(book)
            finally:
                book.close()


def measure(book) -> int:
    grid = book.show(
        f"explorer = vs.explore(thousand, 'a key', k={SHOTS})\n"
        "_ = explorer.search(min_score=0, fold=False); explorer"
    )
    grid.focus(0)
    book.page.evaluate(COUNT)
    grid.press("g")
    spent = []
    for at in range(SHOTS):
        began = time.perf_counter()
        grid.press("+" if at % 3 else "-")
        if at + 1 < SHOTS:
            expect(grid.play_button(at + 1)).to_be_focused(timeout=30_000)
        spent.append(1000 * (time.perf_counter() - began))
    end = time.monotonic() + 20
    while (known := book.value("len(explorer.thumbs)")) < SHOTS and time.monotonic() < end:
        time.sleep(0.1)
    right = book.value(
        "[int(one) for one in explorer.thumbs.set_index('shot_id').thumb[explorer.results.shot_id]]"
    )
    lost = sum(one != (1 if at % 3 else -1) for at, one in enumerate(right)) + SHOTS - known
    told = book.page.evaluate("() => window.told")
    keys = told["keys"] / SHOTS
    spent.sort()
    print(f"keys per judgment       {keys:.3f} (one starts judging)")
    print(f"times with the mouse    {told['pointers']}")
    print(f"time per judgment, ms   {spent[SHOTS // 2]:.0f} (median), {spent[-1]:.0f} (longest)")
    print(f"judgments lost          {lost} of {SHOTS}")
    return int(lost > 0 or keys > MOST_KEYS or told["pointers"] > 0)


if __name__ == "__main__":
    sys.exit(main())
