"""The table of a film's shots: half-open spans without gaps that cover the whole film."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsearch_sdk.shots.arrow import arrow_table
from vidsearch_sdk.shots.boundaries import Boundary

_SCHEMA = pa.schema(
    [
        ("shot_id", pa.string()),
        ("video_id", pa.string()),
        ("number", pa.int64()),
        ("start_pts", pa.int64()),
        ("end_pts", pa.int64()),
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        ("start_frame", pa.int64()),
        ("end_frame", pa.int64()),
        ("duration_s", pa.float64()),
        ("opened_by", pa.string()),
        ("keyframes", pa.int64()),
    ]
)


def shot_spans(frames: int, boundaries: Sequence[Boundary]) -> list[tuple[int, int]]:
    """Give first frame and end frame of every shot.

    Args:
        frames: Frames of the film, at least 1.
        boundaries: As found, in order.

    Raises:
        ValueError: No frames, or boundaries that are out of order or outside the film.

    Examples:
        >>> shot_spans(10, [Boundary(4, "cut", 4, 4)])
        [(0, 4), (4, 10)]
    """
    edges = [0, *(boundary.frame for boundary in boundaries), frames]
    if any(a >= b for a, b in pairwise(edges)):
        raise ValueError(f"boundaries must rise strictly within 1 and {frames - 1}, not {edges[1:-1]}")
    return list(pairwise(edges))


def shot_table(
    video_id: str,
    pts: NDArray[np.int64],
    times: NDArray[np.float64],
    end_pts: int,
    boundaries: Sequence[Boundary],
    keyframe_counts: Sequence[int],
) -> pa.Table:
    """Make the table of shots.

    Args:
        video_id: The film.
        pts: Time of every frame in the film's time base, shape (frames,), rising strictly.
        times: The same in seconds, then the end of the last frame, shape (frames + 1,).
        end_pts: Time just after the last frame.
        boundaries: As found, in order.
        keyframe_counts: Keyframes of each shot.

    Returns:
        One row per shot, in order; at least one.

    Raises:
        ValueError: The arguments do not fit each other.
    """
    frames = len(pts)
    spans = shot_spans(frames, boundaries)
    if len(times) != frames + 1 or len(keyframe_counts) != len(spans):
        raise ValueError(
            f"{frames} frames in {len(spans)} shots need {frames + 1} times and {len(spans)} counts, "
            f"not {len(times)} and {len(keyframe_counts)}"
        )
    starts = np.array([start for start, _ in spans])
    ends = np.array([end for _, end in spans])
    all_pts = np.append(pts, end_pts)
    return arrow_table(
        {
            "shot_id": [f"{video_id}-{number}" for number in range(len(spans))],
            "video_id": [video_id] * len(spans),
            "number": np.arange(len(spans)),
            "start_pts": all_pts[starts],
            "end_pts": all_pts[ends],
            "start_s": times[starts],
            "end_s": times[ends],
            "start_frame": starts,
            "end_frame": ends,
            "duration_s": times[ends] - times[starts],
            "opened_by": ["start", *(boundary.kind for boundary in boundaries)],
            "keyframes": list(keyframe_counts),
        },
        _SCHEMA,
    )
