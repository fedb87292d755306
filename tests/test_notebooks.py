"""Every notebook runs from a clean kernel, in any folder."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def test_there_is_a_first_notebook():
    assert NOTEBOOKS[0].name == "01_first_search.ipynb"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(
        not cell.outputs and cell.execution_count is None
        for cell in notebook.cells
        if cell.cell_type == "code"
    )
    assert path.stat().st_size < 20_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_shows_what_it_promises(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    pages = [output.data["text/html"] for output in shown if "text/html" in output.get("data", {})]
    assert sum('class="vidsearch"' in page for page in pages) >= 4
    assert any("No shot matches" in page for page in pages)
    assert all(len(page) < 2_000_000 for page in pages)
    # Every picture is also a table in plain text, for a reader without HTML.
    assert any("rank  score" in output.data.get("text/plain", "") for output in shown if "data" in output)
    # Nothing but the work itself: no warning, no traceback, nothing left in the folder it ran in.
    assert [o.text for o in shown if o.get("name") == "stderr" and "arning" in o.text] == []
    assert list(tmp_path.iterdir()) == []
