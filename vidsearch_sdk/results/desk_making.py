"""Timelines, reels and contact sheets that a live grid asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidsearch_sdk.errors import QueryError, StorageError
from vidsearch_sdk.results.markup import plain

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
        handles = float(asked.get("handles_s") or 0.0)
        row = chosen(asked)
        _make(asked, reply, lambda path, over: row.export(path, handles_s=handles, overwrite=over))

    def reel(asked: Mapping[str, Any], reply: Reply) -> None:
        row, titles, tell = chosen(asked), bool(asked.get("titles")), _teller(reply)

        def make(path: Path, over: bool) -> Path:
            return row.reel(path, titles=titles, overwrite=over, progress=False, on_progress=tell)

        _make(asked, reply, make)

    def sheet(asked: Mapping[str, Any], reply: Reply) -> None:
        row = chosen(asked)
        _make(asked, reply, lambda path, over: row.contact_sheet(path, overwrite=over))

    return {"export": export, "reel": reel, "sheet": sheet}


def _teller(reply: Reply) -> Callable[[float], None]:
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if reply.cancelled.is_set():
            raise _Cancelled
        if time.monotonic() - told > _TOLD_EVERY_S:
            told = time.monotonic()
            reply.progress(share, "writing the reel")

    return tell


def _make(asked: Mapping[str, Any], reply: Reply, make: Callable[[Path, bool], Path]) -> None:
    path, overwrite = Path(str(asked["path"]).strip()).expanduser(), bool(asked.get("overwrite"))
    if not path.name:
        raise QueryError("the file needs a name, such as picks.otio")
    try:
        reply.done({"path": str(make(path, overwrite).absolute())})
    except _Cancelled:
        reply.done({"cancelled": True})
    except StorageError as error:
        # Whoever clicks can answer the question; a script is told of overwrite=True.
        if overwrite or not path.exists():
            raise
        reply.fail(plain(error, limit=300), exists=True)
