"""Searches for what the film neither shows nor says."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from vidsearch_sdk.sample.captions import known_words
from vidsearch_sdk.sample.queries_by_picture import place_words
from vidsearch_sdk.sample.query import COUNTS, Query
from vidsearch_sdk.sample.query_lines import said_lines
from vidsearch_sdk.sample.query_words import content_stems, digest, stem
from vidsearch_sdk.sample.world import SETTINGS


def make() -> tuple[Query, ...]:
    """The 100 searches.

    Raises:
        ValueError: One of them names what the film has, or there are not 100.
    """
    known = {stem(word) for word in known_words()} | {one for line in said_lines() for one in line.stems}
    found = tuple(_written())
    for query in found:
        there = known & set(content_stems(query.about))
        if there:
            raise ValueError(
                f"{query.words!r} is no search for something absent: the film has {sorted(there)}"
            )
    if len(found) != COUNTS["absent"]:
        raise ValueError(f"{len(found)} searches for what is absent, {COUNTS['absent']} are wanted")
    return found


def _written() -> Iterator[Query]:
    style = ""
    text = files("vidsearch_sdk.sample").joinpath("absent.txt").read_text(encoding="utf-8")
    for row in text.strip().splitlines():
        if row.startswith(";"):
            style = row.removeprefix(";").split(":")[0].strip()
            continue
        words = row
        if style == "things" and digest(row) % 3 == 0:
            # In a place that the film has: half of the search is there.
            words = f"{row} {place_words(SETTINGS[digest(row) // 3 % len(SETTINGS)].name, row)}"
        if style == "sentences that nobody says" and digest(row) % 3 == 0:
            words = f"somebody says {row}"
        yield Query(words, "absent", style, row)
