"""Typing errors for tests: one slip in a word, of the four kinds that fingers make."""

from __future__ import annotations

import random

KINDS = ("swap", "drop", "double", "neighbor")

_NEIGHBORS = {
    "q": "wa", "w": "qeas", "e": "wrsd", "r": "etdf", "t": "ryfg", "y": "tugh", "u": "yihj", "i": "uojk",
    "o": "ipkl", "p": "ol", "a": "qwsz", "s": "weadzx", "d": "ersfxc", "f": "rtdgcv", "g": "tyfhvb",
    "h": "yugjbn", "j": "uihknm", "k": "iojlm", "l": "opk", "z": "asx", "x": "sdzc", "c": "dfxv", "v": "fgcb",
    "b": "ghvn", "n": "hjbm", "m": "jkn",
}  # fmt: skip


def mistyped(word: str, kind: str, rng: random.Random) -> str:
    """Return a word of letters a to z with one slip; a swap of equal letters changes nothing."""
    at = rng.randrange(len(word) - (kind == "swap"))
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[: at + 1] + word[at:]
    return word[:at] + rng.choice(_NEIGHBORS[word[at]]) + word[at + 1 :]
