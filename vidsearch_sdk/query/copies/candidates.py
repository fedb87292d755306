"""Which films of a large catalog are worth comparing with a clip: those with shots near to its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vidsearch_sdk.index.served import Served
    from vidsearch_sdk.index.vectors import Floats

FILMS = 12
"""Films that are compared at most."""

SHOTS_A_FILM = 8
"""Shots of each that are looked at, beside those at which the scores agree."""

_NEAR = 200


def candidate_shots(served: Served, vectors: Floats) -> dict[str, list[int]]:
    """Find the films whose shots lie nearest to the pictures of a clip.

    Args:
        served: What the index serves.
        vectors: float32 (pictures, dim), of a clip's pictures, and of their mirror images.

    Returns:
        At most `FILMS` films (video_id) with the numbers of at most `SHOTS_A_FILM` shots each, nearest first.
    """
    spans = served.spans
    best: dict[tuple[str, int], float] = {}
    votes: dict[str, list[float]] = {}
    for vector in vectors:
        rows, similarities = served.nearest(vector, _NEAR)
        if len(rows) == 0:
            continue
        # What any shot reaches is no vote: the similarities of pictures of some encoders all lie above 0.5.
        usual = float(similarities[-1])
        seen: set[str] = set()
        for row, similarity in zip(rows.tolist(), similarities.tolist(), strict=True):
            video_id = spans.film_ids[int(spans.film[row])]
            shot = (video_id, row - spans.film_rows[video_id][0])
            best[shot] = max(best.get(shot, -1.0), similarity)
            if video_id not in seen:
                seen.add(video_id)
                votes.setdefault(video_id, []).append(similarity - usual)
    # One picture that is very near counts more than all of them a little.
    ranked = sorted(votes, key=lambda each: -float(np.square(votes[each]).sum()))[:FILMS]
    found: dict[str, list[int]] = {video_id: [] for video_id in ranked}
    for video_id, number in sorted(best, key=lambda each: -best[each]):
        if video_id in found and len(found[video_id]) < SHOTS_A_FILM:
            found[video_id].append(number)
    return found
