"""The columns of everything that is stored, in the order in which users see them."""

from __future__ import annotations

import pyarrow as pa

from vidsearch_sdk.errors import CatalogError

SHOTS = pa.schema(
    [
        ("shot_id", pa.string()),  # "<video_id>-<number>"
        ("video_id", pa.string()),
        ("number", pa.int64()),  # from 0
        ("start_pts", pa.int64()),  # the stream's time base; the span is half-open
        ("end_pts", pa.int64()),
        ("start_s", pa.float64()),  # the container's own clock
        ("end_s", pa.float64()),
        ("start_frame", pa.int64()),  # presentation order, from 0
        ("end_frame", pa.int64()),
        ("duration_s", pa.float64()),
        ("opened_by", pa.string()),  # start, cut, fade, dissolve
        ("keyframes", pa.int64()),  # how many are stored
    ]
)
KEYFRAMES = pa.schema(
    [
        ("video_id", pa.string()),
        ("shot_number", pa.int64()),
        ("frame", pa.int64()),
        ("time_s", pa.float64()),
        ("jpeg", pa.binary()),
    ]
)
SCORES = pa.schema([("frame", pa.int64()), ("pts", pa.int64())])
"""The first columns of the scores; any number of float32 columns, named by the detector, follow."""
DIALOGUE = pa.schema(
    [
        ("video_id", pa.string()),
        ("line", pa.int64()),  # from 0
        ("start_s", pa.float64()),  # the container's own clock
        ("end_s", pa.float64()),
        ("text", pa.string()),
        ("language", pa.string()),
        ("speaker", pa.string()),
        ("track", pa.string()),
    ]
)
VIDEOS = pa.schema(
    [
        ("video_id", pa.string()),
        ("uri", pa.string()),
        ("name", pa.string()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("duration_s", pa.float64()),
        ("frames", pa.int64()),
        ("frames_expected", pa.int64()),
        ("width", pa.int64()),  # upright, square pixels
        ("height", pa.int64()),
        ("frame_rate", pa.string()),  # exact: "25", "24000/1001"; fractions.Fraction reads it
        ("time_base", pa.string()),  # exact: "1/90000"
        ("start_pts", pa.int64()),
        ("source_timecode", pa.string()),
        ("codec", pa.string()),
        ("rotation", pa.int64()),  # degrees clockwise: 0, 90, 180, 270
        ("hdr", pa.string()),  # "", "pq", "hlg"
        ("variable_rate", pa.bool_()),
        ("bytes", pa.int64()),
        ("added_at", pa.timestamp("us", tz="UTC")),
        ("run", pa.string()),
    ]
)
MEASURED = tuple(VIDEOS.names[VIDEOS.names.index("duration_s") : VIDEOS.names.index("bytes")])
"""The columns of ``videos`` that decoding fills in."""

PARTS = {"shots": SHOTS, "keyframes": KEYFRAMES, "scores": SCORES, "dialogue": DIALOGUE}
"""The parts of a segmented film."""


def embeddings_schema(dim: int) -> pa.Schema:
    """Return the columns of stored keyframe vectors: float16, unit length, ``dim`` numbers each."""
    return pa.schema(
        [
            ("video_id", pa.string()),
            ("shot_number", pa.int64()),
            ("frame", pa.int64()),
            ("vector", pa.list_(pa.float16(), dim)),
        ]
    )


def conform(table: pa.Table, part: str, schema: pa.Schema | None = None) -> pa.Table:
    """Return ``table`` with exactly the columns, order and types of a part.

    Args:
        table: Columns in any order; types that convert without loss.
        part: The part's name, for the message and (without ``schema``) for its columns.
        schema: The columns, where the part is none of ``PARTS``.

    Raises:
        CatalogError: A column is missing, unknown, holds a null or does not convert.
    """
    schema = schema or PARTS[part]
    names = list(schema.names)
    extra = [name for name in table.column_names if name not in names]
    if part == "scores":
        schema = pa.schema(list(schema) + [(name, pa.float32()) for name in extra])
        names += extra
        extra = []
    missing = [name for name in names if name not in table.column_names]
    if missing or extra or len(set(table.column_names)) != len(table.column_names):
        raise CatalogError(
            f"The {part} table has the columns {', '.join(table.column_names)}; "
            f"it must have {', '.join(names)}."
        )
    try:
        result = table.select(names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CatalogError(f"The {part} table does not convert to its types: {error}") from error
    nulls = [name for name in names if result.column(name).null_count]
    if nulls:
        raise CatalogError(
            f"The {part} table has empty cells in {', '.join(nulls)}; every cell must be filled."
        )
    return result.replace_schema_metadata(None)
