"""What is wrong with pairs that nothing can be learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from vidsearch_sdk.errors import QueryError, VideoNotFound
from vidsearch_sdk.learning.places import Places
from vidsearch_sdk.pages.markup import plain

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog
    from vidsearch_sdk.learning.pairs import Pairs

Part = Literal["", "learned", "held out"]
"""Which part of the pairs is meant; none where they are not divided."""

_SHOWN = 60


def check_parts(learned: Pairs, held: Pairs) -> None:
    """Find whatever would make training fail or learn nothing, or leave nothing to measure it by.

    Args:
        learned: What is to be learned from.
        held: What is held out.

    Raises:
        QueryError: As :func:`check_pairs`; says which part is meant.
        VideoNotFound: As :func:`check_pairs`.
        DamagedError: As :func:`check_pairs`.
    """
    check_pairs(learned.catalog, learned.table, part="learned")
    check_pairs(held.catalog, held.table, part="held out")


def check_pairs(catalog: Catalog, rows: pd.DataFrame, *, part: Part = "") -> None:
    """Find whatever would make training fail or learn nothing.

    Args:
        catalog: Where the shots are.
        rows: ``text``, ``shot_id``, ``video_id``.
        part: Which part they are, for the messages.

    Raises:
        QueryError: There is only one text or one shot, or a shot has no keyframe.
        VideoNotFound: A film or shot is no longer in the catalog, or the film was segmented anew.
        DamagedError: The keyframes of a film are not what was written.
    """
    of_part = {"": "", "learned": " that are learned from", "held out": " that are held out"}[part]
    if not len(rows):
        raise QueryError(f"there are no pairs to {'measure by' if part == 'held out' else 'learn from'}")
    if rows["text"].str.casefold().nunique() < 2:
        raise QueryError(
            f"all {len(rows):,} pairs{of_part} have the same text, "
            f"{plain(repr(rows['text'].iloc[0]), limit=_SHOWN)}: "
            f"nothing can be {'measured' if part == 'held out' else 'told apart'} by it. "
            + (
                "Hold out other films, or caption more shots of these"
                if part == "held out"
                else "Caption other shots too, with what they show"
            )
        )
    if rows["shot_id"].nunique() < 2:
        raise QueryError(
            f"all {len(rows):,} pairs{of_part} are of one shot, {rows['shot_id'].iloc[0]}; at least two "
            "are needed"
        )
    places = Places(catalog)
    keyframes = dict(zip(places.table["shot_id"], places.table["keyframes"], strict=True))
    for shot_id in dict.fromkeys(rows["shot_id"]):
        video_id = shot_id.rpartition("-")[0]
        if shot_id not in keyframes:
            # Tells a film that is gone from a shot that is.
            try:
                places.film_of(shot_id)
            except VideoNotFound as error:
                raise VideoNotFound(
                    f"{error} The pairs were made before the film was removed or segmented anew: make "
                    "them again"
                ) from None
        if not keyframes[shot_id]:
            raise QueryError(
                f"the shot {shot_id} of {plain(places.name_of(video_id), limit=_SHOWN)!r} has no "
                "keyframe; catalog.segment(retry=True) makes them again"
            )
    for video_id in sorted(set(rows["video_id"])):
        # The first block is read and checked; a film whose file is gone or cut is told here.
        next(catalog.films.keyframes(catalog.films.get(video_id)), None)
