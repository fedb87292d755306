"""A saved notebook and an exported page: pictures, timecodes and scores are there, a broken widget is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.notebook_page import FRONTS, open_again, open_notebook

SETUP = """
import vidsearch_sdk as vs
index = vs.ShotIndex.open(vs.Catalog({sample!r}), vs.Encoder("sample"))
"""
ASK = 'index.search("a dog in a meadow", k=6)'
EXPLORE = 'explorer = vs.explore(index, "a dog in a meadow", k=6); explorer'
CELLS = (ASK, EXPLORE)

BROKEN = (
    "Loading widget",
    "Error displaying widget",
    "model not found",
    "Error creating widget",
    "Failed to",
)


@pytest.fixture(scope="module")
def saved(jupyter, contexts, catalogs) -> Path:
    """A notebook that was run, saved and closed by JupyterLab."""
    setup = SETUP.format(sample=str(catalogs.sample))
    book = open_notebook(jupyter, contexts["lab"], "lab", [setup, *CELLS], name="saved.ipynb")
    for at in range(1, 1 + len(CELLS)):
        expect(book.outputs(at).locator(".vidsearch").first).to_be_attached()
    book.save()
    book.close()
    return jupyter.folder / "saved.ipynb"


def static_page_is_seen(page: Page | Frame, shown: int = len(CELLS)) -> None:
    """Pictures that are there to see, their times and scores; nothing that says that a widget is missing."""
    pages = page.locator(".vidsearch:visible")
    expect(pages).to_have_count(shown)
    for at in range(shown):
        tiles = pages.nth(at).locator("li.vs-tile")
        expect(tiles).to_have_count(6)
        for tile in tiles.all():
            tile.scroll_into_view_if_needed()
            expect(tile).to_be_visible()
            assert tile.locator("img").first.evaluate(
                "(one) => one.decode().then(() => one.naturalWidth > 100)"
            )
            assert tile.locator(".vs-at").first.inner_text().startswith("00:0")
            assert 0.0 <= float(tile.locator(".vs-score").inner_text()) <= 1.0
    words = page.locator("body").inner_text()
    assert [broken for broken in BROKEN if broken in words] == []


@pytest.mark.parametrize("front", FRONTS)
def test_a_saved_notebook_shows_the_page_without_a_kernel_and_without_trust(jupyter, contexts, saved, front):
    book = nbformat.read(saved, as_version=4)
    # A kernel that is not there, of a language that no other one speaks.
    book.metadata = {"kernelspec": {"name": "gone", "display_name": "Gone", "language": "gone"}}
    # Another text than the one that the server signed: it is not trusted.
    book.cells.append(nbformat.v4.new_markdown_cell("Somebody else's notebook."))
    nbformat.write(book, jupyter.folder / f"kept-{front}.ipynb")
    opened = open_again(jupyter, contexts[front], front, name=f"kept-{front}.ipynb", kernel=False)
    opened.page.locator(".jp-Dialog .jp-mod-reject").evaluate("(one) => one.click()")
    static_page_is_seen(opened.page)
    assert ours(opened.troubles) == []
    opened.close()


@pytest.mark.parametrize("front", FRONTS)
def test_a_saved_notebook_shows_the_page_beside_a_new_kernel(jupyter, contexts, saved, front):
    opened = open_again(jupyter, contexts[front], front, name=saved.name)
    static_page_is_seen(opened.page)
    assert ours(opened.troubles) == []
    opened.close()


def test_the_saved_file_stays_small(saved):
    # Two pages of six pictures; the widget itself leaves nothing behind but its name.
    assert saved.stat().st_size < 400_000


@pytest.mark.parametrize("how", ["saved", "executed", "without state"])
def test_an_exported_page_shows_it_offline(chromium, catalogs, saved, tmp_path, how):
    source = tmp_path / "made.ipynb"
    book = nbformat.read(saved, as_version=4)
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", str(tmp_path), str(source)]
    if how != "saved":
        book = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell.source) for cell in book.cells], metadata=book.metadata
        )
        command += ["--execute"]
    if how == "without state":
        command += ["--ExecutePreprocessor.store_widget_state=False"]
    nbformat.write(book, source)
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, timeout=120)
    written = tmp_path / "made.html"
    assert ("application/vnd.jupyter.widget-state+json" in written.read_text()) == (how == "executed")
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(written.as_uri())
    static_page_is_seen(page)
    assert ours(errors) == []
    context.close()


def ours(errors: list[str]) -> list[str]:
    """What is not the doing of the page around us, which asks for libraries that are not there offline."""
    return [
        one
        for one in errors
        if not any(name in one for name in ("require", "MathJax", "schema", "filebrowser"))
    ]
