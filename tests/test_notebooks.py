"""Every notebook runs from a clean kernel, in any folder, and shows what it promises."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient

from vidsearch_sdk.sample.sprites import FONT_PATHS

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NAMES = (
    "01_first_search",
    "02_own_films",
    "03_explorer_and_timelines",
    "04_many_films_with_dask",
    "05_queries_in_depth",
    "06_measure",
    "07_teach_it_new_words",
)
DRAWN = {"07_teach_it_new_words"}
WIDGET = "application/vnd.jupyter.widget-view+json"


class Shown(NamedTuple):
    """What a notebook showed.

    Attributes:
        pages: The static pages of answers.
        live: Live widgets that stand behind a page of their own.
        words: All that was written: printed, and the plain text of every value.
        pictures: Pictures that are values of their own.
        videos: Video players with the film inside.
    """

    pages: list[str]
    live: int
    words: str
    pictures: int
    videos: int


@pytest.fixture
def kernel(tmp_path):
    """An empty folder to run in, and the environment of a kernel that keeps its traces beside it."""
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    places = {"TMPDIR": temporary, "XDG_CACHE_HOME": tmp_path / "cache", "IPYTHONDIR": tmp_path / "ipython"}
    # Whatever is shown here is here already.
    offline = {"HF_HUB_OFFLINE": "1"}
    return work, temporary, {**os.environ, **{name: str(place) for name, place in places.items()}, **offline}


def test_there_are_seven():
    assert tuple(path.stem for path in NOTEBOOKS) == NAMES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(
        not cell.outputs and cell.execution_count is None
        for cell in notebook.cells
        if cell.cell_type == "code"
    )
    assert "widgets" not in notebook.metadata
    assert path.stat().st_size < 20_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_shows_what_it_promises(path, kernel):
    if path.stem in DRAWN and not any(font.is_file() for font in FONT_PATHS):
        pytest.skip("the Noto Color Emoji font, which the films of this notebook are drawn with, is missing")
    work, temporary, environment = kernel
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": work}}
    )
    # The temporary folder of a notebook goes with its kernel, which needs the time to end by itself.
    client.create_kernel_manager().shutdown_wait_time = 60.0
    client.execute(env=environment)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    # Nothing but the work itself: no warning, and nothing left behind, neither here nor in the folder for
    # what is temporary. (Dask makes a folder there that it keeps, empty, for all clusters.)
    assert [o.text for o in outputs if o.get("name") == "stderr" and "arning" in o.text] == []
    assert list(work.iterdir()) == []
    assert [place.name for place in temporary.iterdir() if place.name.startswith("tmp")] == []
    shown = _shown(outputs)
    assert all(len(page) < 2_000_000 for page in shown.pages)
    # Every page of pictures is also a table in plain text, for a reader without HTML, and comes to life.
    assert "rank  score" in shown.words
    assert shown.live >= len(shown.pages) > 0
    PROMISES[path.stem](shown)


def _shown(outputs: list[nbformat.NotebookNode]) -> Shown:
    data = [output.data for output in outputs if "data" in output]
    html = [one.get("text/html", "") for one in data]
    return Shown(
        pages=[page for page in html if "data-vs-page" in page],
        live=sum(WIDGET in one and not one.get("text/plain") for one in data),
        words="\n".join(
            [one.get("text/plain", "") for one in data] + [output.get("text", "") for output in outputs]
        ),
        pictures=sum("image/png" in one or "image/jpeg" in one for one in data),
        videos=sum("<video" in page and "data:video/mp4" in page for page in html),
    )


def _first_search(shown: Shown) -> None:
    assert len(shown.pages) == 4
    assert "No shot matches" in shown.pages[-1]
    assert shown.pictures == 1


def _own_films(shown: Shown) -> None:
    assert len(shown.pages) == 4
    for status in ("ok", "partial", "rejected"):
        assert re.search(rf"\.mp4 +{status}\b", shown.words), status
    for outcome in ("added", "unchanged", "changed"):
        assert re.search(rf"\.mp4 +{outcome}\b", shown.words), outcome
    assert "Wizard: That key is older than these trees." in shown.words
    assert "Empty DataFrame\nColumns: [kind," in shown.words
    assert "4 ok" in shown.words


def _explorer_and_timelines(shown: Shown) -> None:
    assert len(shown.pages) == 2
    assert "Tray of 6 picks" in shown.words
    for suffix in ("otio", "xml", "fcpxml", "edl", "csv"):
        assert re.search(rf"^selects\.{suffix} +[\d,]+ bytes$", shown.words, re.MULTILINE), suffix
    # The first pick, by the timecode of its film, to the frame.
    assert "01:00:19:00 01:00:21:14 01:00:00:00 01:00:02:14" in shown.words
    assert "selects.edl exists" in shown.words
    assert (shown.videos, shown.pictures) == (1, 1)


def _many_films(shown: Shown) -> None:
    assert len(shown.pages) == 1
    stopped = re.search(r"Interrupted: (\d+) of 21 films are finished and kept", shown.words)
    assert stopped
    assert 5 <= int(stopped[1]) < 21
    resumed = re.search(r"^(\d+) films, \d+ s of film, \d+ shots$", shown.words, re.MULTILINE)
    assert resumed
    assert int(stopped[1]) + int(resumed[1]) == 21
    assert re.search(r"A001_C007\.mp4 +partial\b", shown.words)
    assert re.search(r"A001_C021\.mp4 +rejected\b", shown.words)
    assert re.search(r"A001_C007\.mp4 +ok\b", shown.words)


def _queries_in_depth(shown: Shown) -> None:
    assert len(shown.pages) >= 10
    assert any("No shot matches" in page for page in shown.pages)
    assert "True" in shown.words


def _measure(shown: Shown) -> None:
    assert len(shown.pages) == 2
    assert re.search(r"^b finds more: nDCG@10 \+0\.4", shown.words, re.MULTILINE)
    assert re.search(r"^failed: nDCG@10 fell by more than 0\.01: over all", shown.words, re.MULTILINE)
    assert "Ada" in shown.words


def _new_words(shown: Shown) -> None:
    assert len(shown.pages) == 2
    # Nothing is found by a name that nobody has taught.
    assert "No shot matches" in shown.pages[0]
    assert "No shot matches" not in shown.pages[1]
    learned = re.search(r"R@1 (0\.\d+) -> (0\.\d+|1\.0+)", shown.words)
    assert learned
    assert float(learned[2]) > float(learned[1]) + 0.2
    assert "the gate passed" in shown.words
    assert "4 queries better, 0 worse" in shown.words
    assert "encoder 'sample', generation 1" in shown.words


PROMISES: dict[str, Callable[[Shown], None]] = dict(
    zip(
        NAMES,
        (
            _first_search,
            _own_films,
            _explorer_and_timelines,
            _many_films,
            _queries_in_depth,
            _measure,
            _new_words,
        ),
        strict=True,
    )
)
