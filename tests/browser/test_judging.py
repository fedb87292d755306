"""Two hundred results are judged by keys alone, one key each, and none is lost on the way to Python."""

from __future__ import annotations

import logging
import random
import time

from playwright.sync_api import expect

log = logging.getLogger("tests")

SHOTS = 200


def judged(book, cell, thumbs, *, seed=0):
    """Judge all shots of a grid as they come, one key each; gives the grid and what Python shall know."""
    grid = book.show(cell)
    grid.focus(0)
    grid.press("g")
    ways = random.Random(seed).choices("+-", k=SHOTS)
    began = time.perf_counter()
    for at, way in enumerate(ways):
        grid.press(way)
        if at + 1 < SHOTS:
            # The next one is looked at before it is judged.
            expect(grid.play_button(at + 1)).to_be_focused(timeout=30_000)
    log.info("%.0f ms per judgment, %d keys", 1000 * (time.perf_counter() - began) / SHOTS, SHOTS + 1)
    expected = [1 if way == "+" else -1 for way in ways]
    for _ in range(50):
        if book.value(f"len({thumbs})") == SHOTS:
            break
        book.page.wait_for_timeout(100)
    return grid, expected


def test_two_hundred_shots_of_a_grid_are_judged_without_a_mouse(book):
    ask = f"hits = thousand.search('a key', k={SHOTS}, min_score=0, fold=False); hits"
    before = book.state()["cells"][0]
    grid, expected = judged(book, ask, "hits.thumbs")
    assert (
        book.value("[int(hits.thumbs.set_index('shot_id').thumb[hit.shot_id]) for hit in hits]") == expected
    )
    # The same key again takes nothing back here; the other one corrects.
    grid.press(*(["+"] * 2 if expected[-1] > 0 else ["-"] * 2))
    grid.press("ArrowLeft", "-" if expected[-2] > 0 else "+")
    expect(grid.play_button(SHOTS - 1)).to_be_focused()
    expected[-2] *= -1
    book.page.wait_for_timeout(300)
    assert (
        book.value("[int(hits.thumbs.set_index('shot_id').thumb[hit.shot_id]) for hit in hits]") == expected
    )
    grid.press("g", "ArrowLeft", "+" if expected[-2] > 0 else "-")
    book.page.wait_for_timeout(300)
    # No longer judging: it takes a thumb back and stays where it is.
    expect(grid.play_button(SHOTS - 2)).to_be_focused()
    assert book.value("len(hits.thumbs)") == SHOTS - 1
    assert book.state()["cells"][0] == before


def test_the_list_of_keys_names_it(book):
    grid = book.show("index.search('a dog in a meadow', k=4)")
    grid.focus(0)
    grid.press("?")
    expect(grid.root.get_by_role("dialog", name="Keys")).to_contain_text("judge one by one")
    grid.press("Escape")
