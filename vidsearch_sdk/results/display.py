"""A grid in a notebook: a static page that stays, and the live grid that takes its place while a kernel runs.

The two are outputs of their own. What is kept in the notebook's file, exported or shown in the docs is the
page; a widget that finds no kernel shows nothing beside it.
"""

from __future__ import annotations

import sys
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.results.grid import style

if TYPE_CHECKING:
    from vidsearch_sdk.results.search_results import SearchResults
    from vidsearch_sdk.widgets.desk import Desk

NOTEBOOK_TILES = 24
"""Tiles of the page that stays in a notebook; the live grid shows all."""

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def show(hits: SearchResults, live: Callable[[str], Desk]) -> None:
    """Show hits where Python runs: a grid in a notebook, a table in plain text elsewhere.

    Args:
        hits: What the page shows.
        live: Makes the live grid, given the key that it finds the page by.
    """
    shell = kernel_shell()
    if shell is None:
        sys.stdout.write(hits.text() + "\n")
        return
    key = uuid.uuid4().hex[:12]
    _publish_page(hits, key, update=False)
    desk = live(key)
    _SHOWN.add(shell, desk)
    view = {"model_id": desk.model_id, "version_major": 2, "version_minor": 0}
    # Without a kernel a front end takes the empty page: the one above is there.
    _publish({_WIDGET_VIEW: view, "text/html": "", "text/plain": ""})


def renew(hits: SearchResults, key: str) -> None:
    """Put the page of other hits in the place of one that was shown, so that the notebook keeps that one.

    Args:
        hits: What the page shows from now on.
        key: What the live grid found the page by.
    """
    if kernel_shell() is not None:
        _publish_page(hits, key, update=True)


def _publish_page(hits: SearchResults, key: str, *, update: bool) -> None:
    html = style("notebook.css") + hits.html(max_tiles=NOTEBOOK_TILES, key=key)
    page = {"text/html": html, "text/plain": hits.text()}
    _publish(page, transient={"display_id": key}, update=update)


def _publish(data: dict[str, Any], **options: Any) -> None:
    from IPython.display import publish_display_data

    publish: Callable[..., None] = publish_display_data
    publish(data, **options)


def kernel_shell() -> Any:
    """Give the shell of a notebook's kernel; ``None`` in scripts and terminals."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None


@dataclass
class _Shown:
    """The live grids of each cell, so that a cell that runs again closes those of its last run.

    A notebook's model of a widget lives until it is closed, whether it is still on the screen or not. Where a
    front end does not name its cells, nothing is closed: a grid that goes dead is worse than one too many.
    """

    runs: dict[str, tuple[str, list[Desk]]] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, shell: Any, desk: Desk) -> None:
        request = shell.kernel.get_parent("shell") or {}
        cell = str(request.get("metadata", {}).get("cellId", ""))
        run = str(request.get("header", {}).get("msg_id", ""))
        if not cell:
            return
        with self.guard:
            last, desks = self.runs.get(cell, ("", []))
            old = desks if last != run else []
            self.runs[cell] = (run, [desk] if last != run else [*desks, desk])
        for one in old:
            one.close()


_SHOWN = _Shown()
