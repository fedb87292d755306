"""The files that a search is asked to write beside its answer."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.checks import place, target
from vidsearch_sdk.video.into_place import FileTaken

if TYPE_CHECKING:
    from vidsearch_sdk.results.search_results import SearchResults


def check_files(given: argparse.Namespace) -> None:
    """Refuse files that cannot be written before anything is searched.

    Raises:
        QueryError: A suffix is of no format.
        StorageError: A file exists and may not be replaced, or cannot be written where it should be.
    """
    if given.html:
        place(given.html)
    for path, suffixes, what in _asked(given):
        try:
            target(path, suffixes=suffixes, what=what, overwrite=given.overwrite)
        except FileTaken as error:
            raise StorageError(f"{plain(path)} exists; choose another name or add --overwrite") from error


def write_files(
    hits: SearchResults, given: argparse.Namespace, *, progress: bool
) -> Iterator[tuple[str, Path]]:
    """Write what was asked for, one after another.

    Args:
        hits: What was found; where it is nothing, only the page is written.
        given: The command.
        progress: Whether to show a bar.

    Yields:
        The name of each option and the path written, as soon as it is.

    Raises:
        VidsearchError: One of them cannot be written; those before it stay.
    """
    if given.html:
        yield "html", hits.save_html(given.html).absolute()
    if not len(hits):
        return
    # What takes long comes last.
    if given.export:
        handles_s = given.handles or 0.0
        yield "export", hits.export(given.export, handles_s=handles_s, overwrite=given.overwrite)
    if given.sheet:
        yield "sheet", hits.contact_sheet(given.sheet, overwrite=given.overwrite)
    if given.reel:
        yield (
            "reel",
            hits.reel(given.reel, titles=given.titles, overwrite=given.overwrite, progress=progress),
        )


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
