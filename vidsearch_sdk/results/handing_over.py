"""What is checked before anything is made of picks: that there are any, where it goes, where films lie."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vidsearch_sdk.errors import QueryError, StorageError, VideoNotFound
from vidsearch_sdk.results.markup import plain

if TYPE_CHECKING:
    from vidsearch_sdk.results.hit import Hit

log = logging.getLogger("vidsearch_sdk")

_MOST_NAMED = 10
# With a letter in it: "Vol.12" is no file.
_SUFFIX = re.compile(r"\.(?=\w*[A-Za-z])[A-Za-z0-9]{2,4}$")


def picked(hits: Sequence[Hit], what: str) -> list[Hit]:
    """Give the hits as a list.

    Args:
        hits: What was picked.
        what: What is to be made of them, as ``"a reel"``.

    Raises:
        QueryError: There are none.
    """
    picks = list(hits)
    if not picks:
        raise QueryError(
            f"nothing was picked, so {what} would be empty: search for something that is there, or "
            "put hits into the tray first, as tray.add(hits[0])"
        )
    return picks


def target(path: str | Path, *, suffixes: Sequence[str], what: str, overwrite: bool) -> Path:
    """Give the file to write as an absolute path.

    Args:
        path: As it was given; ``~`` is the home folder.
        suffixes: The ones allowed, in small letters.
        what: What is written, as ``"a reel"``.
        overwrite: Whether a file that exists may be replaced.

    Raises:
        QueryError: The suffix is none of these.
        StorageError: The file exists and may not be replaced, is a folder, or cannot have that name.
    """
    try:
        out = Path(path).expanduser().absolute()
        folder, exists = out.is_dir(), out.exists()
    except (OSError, ValueError, RuntimeError) as error:
        raise StorageError(f"{plain(path)} cannot be written ({_reason(error)})") from error
    if out.suffix.lower() not in suffixes:
        allowed = " or ".join(suffixes)
        shown = f"the suffix {plain(out.suffix)}" if out.suffix else "no suffix"
        raise QueryError(f"{plain(out.name)} has {shown}: {what} is written as {allowed}")
    if folder:
        raise StorageError(f"{plain(out)} is a folder; give the name of a file in it")
    if exists and not overwrite:
        raise StorageError(f"{plain(out)} exists; choose another name or pass overwrite=True")
    return out


def film_files(hits: Iterable[Hit]) -> dict[str, Path]:
    """Find the files of all films of some hits.

    Returns:
        Paths by video id.

    Raises:
        QueryError: A hit was made without a catalog.
        VideoNotFound: Films have moved or are gone; names all of them, and says what to do.
    """
    files: dict[str, Path] = {}
    missing: dict[str, str] = {}
    for hit in hits:
        if hit.video_id in files or hit.video_id in missing:
            continue
        if hit.footage is None:
            raise QueryError(f"the hit {hit.shot_id} was made without a catalog: its film is not known")
        try:
            files[hit.video_id] = hit.footage.path(hit.video_id)
        except VideoNotFound as error:
            log.info("film %s is missing: %s", hit.video_id, error)
            missing[hit.video_id] = plain(hit.name, limit=80)
    if missing:
        named = [f"{name} ({video_id})" for video_id, name in missing.items()]
        more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        films = "The file of 1 film is" if len(named) == 1 else f"The files of {len(named)} films are"
        raise VideoNotFound(
            f"{films} not where the catalog knows them: {', '.join(named[:_MOST_NAMED])}{more}. Nothing was "
            "written. If they were moved, catalog.add(their new place) recognizes them by their content; "
            "otherwise take them out of the selection."
        )
    return files


def _reason(error: Exception) -> str:
    # An OSError's own words name the file once more.
    return (isinstance(error, OSError) and error.strerror) or plain(error)


def film_title(hit: Hit) -> str:
    """Give the film's name as people say it: clean, on one line, without the suffix of a file.

    Examples:
        >>> from types import SimpleNamespace
        >>> [film_title(SimpleNamespace(name=name)) for name in ("Harbor at dawn.mp4", "Mr. Robot", "Vol.12")]
        ['Harbor at dawn', 'Mr. Robot', 'Vol.12']
    """
    name = plain(hit.name, limit=120)
    return _SUFFIX.sub("", name) or name
