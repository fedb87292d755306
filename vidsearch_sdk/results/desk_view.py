"""What stands above the tiles of a live grid, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.wording import MOST_CHANGES, NEXT_TRIES, pairs, round_duration, stages

if TYPE_CHECKING:
    from vidsearch_sdk.results.search_results import SearchResults


def learned(judged: tuple[int, int]) -> str:
    """Count the shots that an answer was searched by; ``""`` for none.

    Examples:
        >>> learned((3, 1)), learned((0, 0))
        ('3 right, 1 wrong', '')
    """
    counts = zip(judged, ("right", "wrong"), strict=True)
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def view_of(hits: SearchResults) -> dict[str, Any]:
    """Describe an answer without its hits; every text is cleaned."""
    query = plain(hits.query, limit=300)
    return {
        "total": len(hits),
        "counted": hits.counted,
        "query": query,
        "took": round_duration(hits.elapsed_s),
        "stages": plain(stages(hits.timing), limit=600),
        "corrections": [list(pair) for pair in pairs(hits.corrections)],
        "expansions": [
            [plain(word, limit=60), [plain(other, limit=60) for other in others]]
            for word, others in hits.expansions[:MOST_CHANGES]
        ],
        # What a concept brings is not the visitor's own, and cannot be taken away from it.
        "learned": learned(hits.learned) if hits.follow is not None and hits.follow.learned else "",
        "notes": [plain(note, limit=400) for note in hits.notes],
        "empty": "" if len(hits) else f"No shot matches “{query}”. Try {NEXT_TRIES}.",
        "can": {"again": hits.follow is not None, "play": True},
    }
