"""The files that a search is asked to write beside its answer."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.results.handing_over import target
from vidsearch_sdk.results.markup import plain

if TYPE_CHECKING:
    from vidsearch_sdk.results.search_results import SearchResults


def check_files(given: argparse.Namespace) -> None:
    """Refuse files that cannot be written before anything is searched.

    Raises:
        QueryError: A suffix is of no format.
        StorageError: A file exists and may not be replaced.
    """
    for path, suffixes, what in _asked(given):
        out = target(path, suffixes=suffixes, what=what, overwrite=True)
        if out.exists() and not given.overwrite:
            raise StorageError(f"{plain(out)} exists; choose another name or add --overwrite")


def write_files(hits: SearchResults, given: argparse.Namespace, *, progress: bool) -> dict[str, Path]:
    """Write what was asked for.

    Args:
        hits: What was found; where it is nothing, nothing is written.
        given: The command.
        progress: Whether to show a bar.

    Returns:
        The paths written, by the name of their option.

    Raises:
        VidsearchError: One of them cannot be written; those before it stay.
    """
    written: dict[str, Path] = {}
    if not len(hits):
        return written
    # What takes long comes last.
    if given.export:
        handles_s = given.handles or 0.0
        written["export"] = hits.export(given.export, handles_s=handles_s, overwrite=given.overwrite)
    if given.sheet:
        written["sheet"] = hits.contact_sheet(given.sheet, overwrite=given.overwrite)
    if given.reel:
        written["reel"] = hits.reel(
            given.reel, titles=given.titles, overwrite=given.overwrite, progress=progress
        )
    return written


def _asked(given: argparse.Namespace) -> list[tuple[Path, Sequence[str], str]]:
    asked: list[tuple[Path, Sequence[str], str]] = []
    if given.export:
        from vidsearch_sdk.results.timelines.export import FORMATS

        asked.append((given.export, tuple(FORMATS), "a timeline"))
    if given.sheet:
        from vidsearch_sdk.results.contact_sheet import SUFFIXES as SHEETS

        asked.append((given.sheet, SHEETS, "a contact sheet"))
    if given.reel:
        from vidsearch_sdk.results.reel import SUFFIXES as REELS

        asked.append((given.reel, REELS, "a reel"))
    return asked
