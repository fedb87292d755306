"""What is checked before anything is made of picks: that there are any, where it goes, where films lie."""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vidsearch_sdk.errors import QueryError, StorageError, VideoNotFound
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.video.into_place import refused, taken

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


def target(
    path: str | os.PathLike[str],
    *,
    suffixes: Sequence[str],
    what: str,
    overwrite: bool,
    films: Iterable[Path] = (),
) -> Path:
    """Give the file to write as an absolute path.

    Args:
        path: As it was given; ``~`` is the home folder.
        suffixes: The ones allowed, in small letters.
        what: What is written, as ``"a reel"``.
        overwrite: Whether a file that exists may be replaced.
        films: Files that are replaced never.

    Raises:
        QueryError: It is no path, or its suffix is none of these.
        FileTaken: The file exists and may not be replaced.
        StorageError: It is a folder or a film, cannot have that name, or its folder cannot be written to.
    """
    out = _absolute(path)
    if out.suffix.lower() not in suffixes:
        allowed = " or ".join(suffixes)
        shown = f"the suffix {plain(out.suffix)}" if out.suffix else "no suffix"
        raise QueryError(f"{plain(out.name)} has {shown}: {what} is written as {allowed}")
    out = place(out)
    if not os.path.lexists(out):
        return out
    # A link that leads nowhere is no film, and is in the way all the same.
    if out.exists() and any(out.samefile(film) for film in films):
        raise StorageError(f"{plain(out)} is one of the films; choose another name for {what}")
    if not overwrite:
        raise taken(out)
    return out


def place(path: str | os.PathLike[str]) -> Path:
    """Give a file to write as an absolute path, after a look at whether it can be written there at all.

    Args:
        path: As it was given; ``~`` is the home folder.

    Raises:
        QueryError: It is no path.
        StorageError: It is a folder, cannot have that name, or its folder neither is there nor can be made.
    """
    out = _absolute(path)
    try:
        if stat.S_ISDIR(out.stat().st_mode):
            raise StorageError(f"{plain(out)} is a folder; give the name of a file in it")
    except FileNotFoundError:
        pass
    except OSError as error:
        raise refused(error, out) from error
    folder = next(folder for folder in out.parents if folder.exists())
    # The disk has the last word; what takes minutes should not begin where it is known already.
    if not os.access(folder, os.W_OK | os.X_OK):
        raise refused(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), out)
    return out


def _absolute(path: str | os.PathLike[str]) -> Path:
    try:
        name = os.fspath(path)
        if not isinstance(name, str):
            raise TypeError
    except TypeError:
        raise QueryError(
            f'{plain(repr(path), limit=60)} is no file name: a text such as "picks.otio" is needed, or a Path'
        ) from None
    try:
        if b"\0" in os.fsencode(name):
            raise ValueError("no name may hold a zero byte")
        return Path(name).expanduser().absolute()
    except (OSError, ValueError, RuntimeError) as error:
        # No home folder, no current folder, or letters that no name of a file may hold.
        raise StorageError(
            f"{plain(name)} cannot be written ({plain(error)}); choose another name"
        ) from error


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


def film_title(hit: Hit) -> str:
    """Give the film's name as people say it: clean, on one line, without the suffix of a file.

    Examples:
        >>> from types import SimpleNamespace
        >>> [film_title(SimpleNamespace(name=name)) for name in ("Harbor at dawn.mp4", "Mr. Robot", "Vol.12")]
        ['Harbor at dawn', 'Mr. Robot', 'Vol.12']
    """
    name = plain(hit.name, limit=120)
    return _SUFFIX.sub("", name) or name
