"""What a kernel publishes for a grid, in a real kernel without a front end."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

VIEW = "application/vnd.jupyter.widget-view+json"

SETUP = """
import sys
sys.path.insert(0, {tests!r})
from results.conftest import FILM, Shelf, drawn, rows
from vidsearch_sdk.results.search_results import SearchResults
shelf = Shelf(measured={{FILM: {{}}}}, pictures={{f"{{FILM}}-{{n}}": drawn(n) for n in range(8)}})
hits = SearchResults(rows(5), catalog=shelf, query_text="a dog", elapsed_s=0.01)
"""

COUNT = """
import ipywidgets
from vidsearch_sdk.widgets.desk import Desk
there = ipywidgets.widgets.widget._instances.values()
print(len(there), sum(isinstance(one, Desk) for one in there))
"""


@pytest.fixture(scope="module")
def client(request):
    tests = str(request.path.parents[1])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SETUP.format(tests=tests))])
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", store_widget_state=True)
    with client.setup_kernel():
        client.execute_cell(notebook.cells[0], 0)
        yield client


def run(client, source, cell=None):
    cell = cell or nbformat.v4.new_code_cell(source)
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1)
    return cell


def test_a_page_that_stays_and_a_grid_that_lives_are_outputs_of_their_own(client):
    page, live = run(client, "hits").outputs
    assert 'class="vidsearch"' in page.data["text/html"]
    assert "rank  score" in page.data["text/plain"]
    assert VIEW not in page.data
    assert live.data[VIEW]["model_id"]
    assert live.data["text/html"] == live.data["text/plain"] == ""
    state = client.widget_state[live.data[VIEW]["model_id"]]
    assert f'data-vs-page="{state["key"]}"' in page.data["text/html"]


def test_a_grid_is_two_models_and_a_cell_that_runs_again_closes_its_last(client):
    cell = run(client, "hits")
    before = run(client, COUNT).outputs[0].text.split()
    for _ in range(5):
        client.execute_cell(cell, client.nb.cells.index(cell))
    assert run(client, COUNT).outputs[0].text.split() == before
    run(client, "hits.show()\nhits[:2]")
    widgets, desks = map(int, run(client, COUNT).outputs[0].text.split())
    assert desks == int(before[1]) + 2
    assert widgets - int(before[0]) <= 2 * 2


def test_what_is_saved_of_the_model_is_small_and_holds_nothing_of_the_films(client):
    live = run(client, "hits").outputs[1]
    state = client.widget_state[live.data[VIEW]["model_id"]]
    own = {name: value for name, value in state.items() if name not in {"_esm", "_css"}}
    assert len(str(own)) < 1_000
    assert "Harbor" not in str(state)


def test_in_a_script_a_table_is_written(client, shelf, capsys):
    from vidsearch_sdk.results.search_results import SearchResults

    from .conftest import rows

    hits = SearchResults(rows(2), catalog=shelf, query_text="a dog", elapsed_s=0.01)
    hits.show()
    assert capsys.readouterr().out == hits.text() + "\n"
    with pytest.raises(NotImplementedError):
        hits._ipython_display_()
