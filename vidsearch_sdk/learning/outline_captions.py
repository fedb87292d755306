"""From scenes whose place in a film is known to captions of its shots."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.learning.alignment import Placed, align, best_track
from vidsearch_sdk.learning.caption_rows import COLUMNS
from vidsearch_sdk.learning.outlines import Scene
from vidsearch_sdk.learning.places import Places
from vidsearch_sdk.pages.markup import plain

SCENE_COLUMNS = (
    *("video_id", "name", "scene", "heading", "start_s", "end_s", "shots"),
    *("lines", "found", "sure", "used", "why"),
)
"""The columns of ``Pairs.scenes``, in order."""

MOST_WORDS = 40
"""Words of a caption's action: about what fits into the 77 tokens that most encoders read, with the place."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\s\d])")


def outline_captions(
    scenes: Sequence[Scene], video_id: str, places: Places, dialogue: pd.DataFrame, *, least_sure: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the shots of a film what its script says of them.

    Args:
        scenes: The script.
        video_id: The film.
        places: The shots of the catalog.
        dialogue: The film's lines, of all tracks.
        least_sure: How sure the place of a scene must be for its shots to be captioned.

    Returns:
        Pairs (``COLUMNS``) and one row per scene (``SCENE_COLUMNS``).

    Raises:
        QueryError: The film has no dialogue, the script has none, or no line of it is spoken.
    """
    film = plain(places.name_of(video_id), limit=100)
    if not len(dialogue):
        raise QueryError(
            f"{film!r} has no dialogue to bring an outline to: subtitles are read from the file or from one "
            "beside it (film.srt) when it is segmented; captions need none"
        )
    if not any(scene.of("dialogue") for scene in scenes):
        raise QueryError(
            f"nobody speaks in the {len(scenes):,} scenes of the outline: names stand in capitals on a line "
            "of their own above what is said, or before it as in 'ANNA: Hello.'"
        )
    shots = places.shots(video_id)
    placed = align(scenes, best_track(scenes, dialogue), shots)
    if not any(one.found for one in placed):
        lines = sum(one.lines for one in placed)
        raise QueryError(
            f"none of the {lines:,} lines of the outline is spoken in {film!r}: is it the script of this "
            "film, in the language of one of its subtitles?"
        )
    rows: list[tuple[str, str, str, str]] = []
    told = []
    for one in placed:
        said = _captions(one, shots) if not one.why else []
        why = one.why
        if not why and one.sure < least_sure:
            why = f"its place is not sure enough: {one.sure:.2f}, below {least_sure:g}"
        elif not why and not said:
            why = "neither heading nor action says anything"
        if not why:
            rows += [(text, shot_id, video_id, "outline") for shot_id, text in said]
        told.append(
            (
                *(video_id, places.name_of(video_id), one.scene.number, one.scene.heading),
                *(one.start_s, one.end_s, len(one.shots)),
                *(one.lines, one.found, one.sure, not why, why),
            )
        )
    pairs = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    return pairs, pd.DataFrame(told, columns=list(SCENE_COLUMNS))


def no_scenes() -> pd.DataFrame:
    """An empty table of scenes."""
    return pd.DataFrame(columns=list(SCENE_COLUMNS))


def _captions(one: Placed, shots: pd.DataFrame) -> list[tuple[str, str]]:
    """A text for each shot of a scene: its place and its action; of a long one the part nearest in time."""
    parts = _parts(one.scene)
    ids = [str(shot_id) for shot_id in shots["shot_id"].iloc[list(one.shots)]]
    if sum(len(text.split()) for text, _ in parts) <= MOST_WORDS:
        whole = _joined(one.scene.place, " ".join(text for text, _ in parts))
        return [(shot_id, whole) for shot_id in ids] if whole else []
    # Within a scene film runs as the script does.
    middles = (shots["start_s"] + shots["end_s"]).to_numpy(np.float64)[list(one.shots)] / 2
    share = (middles - one.start_s) / max(1e-9, one.end_s - one.start_s)
    at = np.array([place for _, place in parts])
    nearest = np.abs(share[:, None] - at[None, :]).argmin(axis=1)
    return [
        (shot_id, _joined(one.scene.place, parts[int(part)][0]))
        for shot_id, part in zip(ids, nearest, strict=True)
    ]


def _parts(scene: Scene) -> list[tuple[str, float]]:
    """The action in pieces of at most ``MOST_WORDS``, each with where its middle is in the scene, 0 to 1."""
    length = max(1, scene.ends - scene.begins)
    parts: list[tuple[str, float]] = []
    for element in scene.of("action"):
        at = element.begins
        for piece in _pieces(element.text):
            parts.append((piece, (at + len(piece) / 2 - scene.begins) / length))
            at += len(piece) + 1
    return parts


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for sentence in _SENTENCE.split(text):
        words = sentence.split()
        if pieces and len(pieces[-1].split()) + len(words) <= MOST_WORDS:
            pieces[-1] = f"{pieces[-1]} {sentence}"
            continue
        pieces += [" ".join(words[at : at + MOST_WORDS]) for at in range(0, len(words), MOST_WORDS)]
    return pieces


def _joined(place: str, action: str) -> str:
    return ": ".join(part for part in (place, action) if part)
