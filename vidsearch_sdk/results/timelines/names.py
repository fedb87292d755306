"""Reel and file names that tell films apart. Pure functions of the films' ids and paths."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from vidsearch_sdk.results.timelines.texts import clean

REEL_LENGTH = 8
"""Characters of a reel name in a CMX 3600 list."""

# BL and BLACK are black, AX is "no tape", in lists of this format.
_TAKEN = frozenset({"AX", "BL", "BLACK", "BARS"})


def reel_names(films: Mapping[str, Path]) -> dict[str, str]:
    """Give every film a reel name of at most 8 capitals and digits that no other one has.

    A file name that is short enough is its own reel name, as cameras mean it (``A001C003``). A longer one
    gives its first four letters, and the film's id the rest, so that a film has the same reel name in every
    list, whatever it stands beside. Names that still fall together are made of the id alone.

    Args:
        films: Ids of films and their files.

    Examples:
        >>> names = reel_names({"1": Path("Harbor at dawn.mp4"), "2": Path("Harbor at noon.mp4")})
        >>> names["1"][:4], names["1"] != names["2"], reel_names({"3": Path("a001c003.mov")})
        ('HARB', True, {'3': 'A001C003'})
    """
    levels: tuple[Callable[[str, Path], str], ...] = (_own, _mixed, lambda film, _: _digest(film))
    return _apart(films, levels)


def file_names(films: Mapping[str, Path]) -> dict[str, str]:
    """Give every film its file name; films of the same name get as much of their folders as it takes.

    Examples:
        >>> file_names({"1": Path("/a/day1/take.mov"), "2": Path("/a/day2/take.mov"), "3": Path("/a/b.mov")})
        {'1': 'day1/take.mov', '2': 'day2/take.mov', '3': 'b.mov'}
    """
    deepest = max((len(path.parts) for path in films.values()), default=1)
    tails: list[Callable[[str, Path], str]] = [partial(_tail, depth) for depth in range(1, deepest + 1)]
    return _apart(films, (*tails, lambda film, path: f"{clean(path.name, limit=200)} [{film}]"))


def _tail(depth: int, _: str, path: Path) -> str:
    # A name that is no Unicode, or of control characters, is shown without them: others may then look alike.
    return clean("/".join(path.parts[-depth:]))


def _apart(films: Mapping[str, Path], levels: tuple[Callable[[str, Path], str], ...]) -> dict[str, str]:
    level = dict.fromkeys(films, 0)
    while True:
        names = {film: levels[level[film]](film, path) for film, path in films.items()}
        # Programs compare names without regard to case, and to how accents are composed.
        seen = Counter(_compared(name) for name in names.values())
        again = [film for film in films if seen[_compared(names[film])] > 1 and level[film] < len(levels) - 1]
        if not again:
            return names
        for film in again:
            level[film] += 1


def _compared(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _own(film: str, path: Path) -> str:
    name = _letters(path.stem)
    return name if name and len(name) <= REEL_LENGTH and name not in _TAKEN else _mixed(film, path)


def _mixed(film: str, path: Path) -> str:
    begin = _letters(path.stem)[: REEL_LENGTH // 2]
    return begin + _digest(film)[: REEL_LENGTH - len(begin)]


def _letters(text: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "", unicodedata.normalize("NFKD", text).upper())


def _digest(film: str) -> str:
    return base64.b32encode(hashlib.sha256(film.encode()).digest()).decode()[:REEL_LENGTH]
