"""Timelines, reels and contact sheets that a live grid asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.video.into_place import FileTaken

if TYPE_CHECKING:
    from vidsearch_sdk.results.hand_over import HandOver
    from vidsearch_sdk.widgets.desk import Handler
    from vidsearch_sdk.widgets.reply import Reply

_TOLD_EVERY_S = 0.1


class _Cancelled(Exception):
    """Whoever waited for it does so no longer."""


def making_handlers(chosen: Callable[[Mapping[str, Any]], HandOver]) -> dict[str, Handler]:
    """Give what answers requests for files.

    Args:
        chosen: Gives what a request is about: all hits, or the picks.
    """

    def export(asked: Mapping[str, Any], reply: Reply) -> None:
        row, tell = chosen(asked), _teller(reply, "writing the timeline")
        handles = asked.get("handles_s") or 0.0

        def make(path: str, over: bool) -> Path:
            return row.export(path, handles_s=handles, overwrite=over, on_progress=tell)

        _make(asked, reply, make)

    def reel(asked: Mapping[str, Any], reply: Reply) -> None:
        row, tell = chosen(asked), _teller(reply, "writing the reel")
        titles = bool(asked.get("titles"))

        def make(path: str, over: bool) -> Path:
            return row.reel(path, titles=titles, overwrite=over, progress=False, on_progress=tell)

        _make(asked, reply, make)

    def sheet(asked: Mapping[str, Any], reply: Reply) -> None:
        row, tell = chosen(asked), _teller(reply, "writing the sheet")
        _make(asked, reply, lambda path, over: row.contact_sheet(path, overwrite=over, on_progress=tell))

    return {"export": export, "reel": reel, "sheet": sheet}


def _teller(reply: Reply, words: str) -> Callable[[float], None]:
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if reply.cancelled.is_set():
            raise _Cancelled
        if time.monotonic() - told > _TOLD_EVERY_S:
            told = time.monotonic()
            reply.progress(share, words)

    return tell


def _make(asked: Mapping[str, Any], reply: Reply, make: Callable[[str, bool], Path]) -> None:
    path, overwrite = str(asked.get("path", "")).strip(), bool(asked.get("overwrite"))
    if not path:
        raise QueryError("the file needs a name, such as picks.otio")
    try:
        reply.done({"path": str(make(path, overwrite))})
    except _Cancelled:
        reply.done({"cancelled": True})
    except FileTaken as error:
        # Whoever clicks can answer the question; a script is told of overwrite=True.
        reply.fail(plain(error, limit=300), exists=True)
