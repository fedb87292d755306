"""What stands above the tiles: how many for which query, how fast, and what was made of the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vidsearch_sdk.pages.markup import SPACE, Markup, element
from vidsearch_sdk.results.wording import (
    MOST_CHANGES,
    as_typed,
    pairs,
    rest,
    round_duration,
    stages,
    variants,
    without_variants,
)


def answer_head(counted: str, *, query: str, elapsed_s: float, timing: Mapping[str, float]) -> Markup:
    """Write the line above an answer; the seconds open into those of each stage where they were timed.

    Args:
        counted: How many shots or spans were found.
        query: The query as people read it.
        elapsed_s: Seconds that the search took.
        timing: Seconds of each stage.
    """
    asked = element("span", query, class_="vs-query", limit=300)
    took = round_duration(elapsed_s)
    if not timing:
        seconds = element("span", f"· {took}", class_="vs-quiet")
        return element("p", f"{counted} for", SPACE, asked, SPACE, seconds, class_="vs-head")
    words = element("span", stages(timing), limit=600)
    seconds = element("details", element("summary", took), words, class_="vs-quiet vs-timing")
    # A paragraph cannot hold what opens.
    return element("div", f"{counted} for", SPACE, asked, SPACE, seconds, class_="vs-head")


def query_changes(
    corrections: Sequence[tuple[str, str]], expansions: Sequence[tuple[str, Sequence[str]]]
) -> list[Markup]:
    """Write what was corrected and what was searched as well, each with how to refuse it.

    Args:
        corrections: Pairs of a word as it was typed and as it was searched.
        expansions: Pairs of a word and its synonyms.
    """
    lines = []
    if corrections:
        shown = [
            element("span", element("del", typed), SPACE, "→", SPACE, element("b", read), class_="vs-change")
            for typed, read in pairs(corrections)
        ]
        lines.append(_line(shown, rest(corrections), as_typed(len(corrections))))
    if expansions:
        shown = []
        for word, others in expansions[:MOST_CHANGES]:
            also = f" + {variants(others)}"
            shown.append(element("span", element("b", word), SPACE, also, class_="vs-change", limit=600))
        lines.append(_line(shown, rest(expansions), without_variants(len(expansions))))
    return lines


def _line(shown: Sequence[Markup], left: str, refused: tuple[str, str]) -> Markup:
    argument, effect = refused
    pieces: list[object] = []
    for one in shown:
        pieces += [one, SPACE]
    if left:
        pieces += [left, SPACE]
    how = element("span", element("code", argument), SPACE, effect, class_="vs-refuse")
    return element("p", *pieces, how, class_="vs-note vs-changes")
