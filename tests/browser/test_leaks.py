"""Running a cell again and again leaves nothing behind, in the kernel or in the page."""

from __future__ import annotations

import logging

import pytest

log = logging.getLogger("tests")

ASK = 'hits = index.search("a dog in a meadow", k=12); hits'
EXPLORE = "explorer = vs.explore(index, 'a dog in a meadow', k=12); explorer"
RUNS = 50


def in_kernel(book) -> tuple[int, int, int]:
    """Widgets that ipywidgets knows, desks that Python holds, and the kernel's own bytes."""
    return tuple(
        book.value(
            "(lambda w, d: [gc.collect() and None, len(w), sum(isinstance(o, d) for o in gc.get_objects()),"
            " int(open('/proc/self/statm').read().split()[1]) * 4096][1:])("
            "__import__('ipywidgets.widgets.widget', fromlist=['x'])._instances,"
            " __import__('vidsearch_sdk.widgets.desk', fromlist=['x']).Desk)"
        )
    )


def in_page(book) -> dict[str, int]:
    """Elements, listeners and bytes of the page, after its garbage was collected."""
    session = book.page.context.new_cdp_session(book.page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    counted = session.send("Memory.getDOMCounters")
    heap = session.send("Runtime.getHeapUsage")
    session.detach()
    return {
        "nodes": counted["nodes"],
        "listeners": counted["jsEventListeners"],
        "bytes": int(heap["usedSize"]),
    }


@pytest.mark.parametrize("cell", [ASK, EXPLORE], ids=["grid", "explorer"])
def test_fifty_runs_of_a_cell_leak_nothing(book, cell):
    book.write(1, "pass")
    book.run_cell(1)
    grid = book.show(cell)
    models = book.models()
    # A grid is one widget and its layout.
    assert models <= 2 + len(others(book))
    grid.play_button(0).click()
    grid.plays()
    for _ in range(8):
        book.show(cell)
    kernel, page = in_kernel(book), in_page(book)
    for _ in range(RUNS):
        book.show(cell)
    kernel_after, page_after = in_kernel(book), in_page(book)
    log.info("models %d, then %d; kernel %s, then %s", models, book.models(), kernel, kernel_after)
    log.info("page %s, then %s", page, page_after)
    assert book.models() == models
    assert kernel_after[0] == kernel[0]
    assert kernel_after[1] <= kernel[1]
    # Far less than one run's pictures for each run.
    assert kernel_after[2] - kernel[2] < 30_000_000
    assert page_after["bytes"] - page["bytes"] < 8_000_000
    assert page_after["nodes"] - page["nodes"] < 1_000
    assert page_after["listeners"] - page["listeners"] < 200


def others(book) -> list[str]:
    """Widgets of other cells that are still shown."""
    return book.value(
        "(lambda all: [w.model_id for w in all.values() if type(w).__name__ not in ('Desk', 'Layout')])("
        "__import__('ipywidgets.widgets.widget', fromlist=['x'])._instances)"
    )
