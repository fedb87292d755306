"""One server, one browser and a few catalogs for all tests of the front end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser import footage
from tests.browser.chromium import running_chromium
from tests.browser.film_pictures import FilmPictures
from tests.browser.jupyter_server import JupyterServer, running_jupyter
from tests.browser.notebook_page import FRONTS, Front, NotebookPage, open_notebook

SETUP = """
import gc, os, time
import vidsearch_sdk as vs
encoder = vs.Encoder("sample")
index = vs.ShotIndex.open(vs.Catalog({sample!r}), encoder)
thousand = vs.ShotIndex.open(vs.Catalog({thousand!r}), encoder)
hostile = vs.ShotIndex.open(vs.Catalog({hostile!r}), encoder)
timed = vs.ShotIndex.open(vs.Catalog({timed!r}), encoder)
"""


# Closed with the last test of this folder: while playwright is on, no other test could run an event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def jupyter(chromium, tmp_path_factory) -> Iterator[JupyterServer]:
    with running_jupyter(tmp_path_factory.mktemp("jupyter")) as server:
        yield server


@pytest.fixture(scope="package")
def catalogs(chromium, tmp_path_factory) -> SimpleNamespace:
    """Folders of catalogs: ``sample``, ``thousand``, ``timed`` and ``hostile``; and the sample film."""
    folder = tmp_path_factory.mktemp("catalogs")
    sample = footage.sample_catalog(folder / "sample")
    return SimpleNamespace(
        sample=sample,
        film=sample.parent / "films" / "the-key.mp4",
        thousand=footage.thousand_shots(folder / "thousand", sample),
        timed=footage.timed_film(folder / "timed"),
        hostile=footage.hostile_films(folder / "hostile"),
    )


@pytest.fixture(scope="package")
def film(catalogs) -> Iterator[FilmPictures]:
    """The frames of the sample film."""
    with FilmPictures(catalogs.film) as pictures:
        yield pictures


@pytest.fixture(scope="package")
def contexts(chromium) -> Iterator[dict[Front, BrowserContext]]:
    made = {front: chromium.new_context(viewport={"width": 1280, "height": 900}) for front in FRONTS}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="package")
def books(jupyter, contexts, catalogs) -> Iterator[Callable[[Front], NotebookPage]]:
    """Gives the notebook that the tests of a front end share: a cell that was run, and one to write in."""
    opened: dict[Front, NotebookPage] = {}
    setup = SETUP.format(**{name: str(path) for name, path in vars(catalogs).items()})

    def book(front: Front) -> NotebookPage:
        if front not in opened:
            cells = [setup, "", "# the last cell"]
            opened[front] = open_notebook(jupyter, contexts[front], front, cells, name=f"{front}.ipynb")
        return opened[front]

    yield book
    for one in opened.values():
        one.close()


@pytest.fixture(params=FRONTS)
def book(request, books) -> Iterator[NotebookPage]:
    """The shared notebook of each front end; no script of ours failed in it."""
    one = books(request.param)
    one.page.bring_to_front()
    one.troubles.clear()
    yield one
    # Notebook 7 says two of these of itself whenever it starts, and both say one when the theme changes.
    theirs = ("filebrowser:open-path", "'schema'", "'removeChild'")
    assert [words for words in one.troubles if not any(known in words for known in theirs)] == []
