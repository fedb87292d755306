"""From which film a clip comes, and from where in it, although it was made anew, cropped, mirrored or relit.

Two kinds of evidence are laid together for every offset: the scores of frames, which tell the moment, and the
stored keyframes, which tell the film. No encoder decides; in a large catalog its vectors only say which films
are worth a look.
"""

from __future__ import annotations

import logging
import math
import numbers
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from vidsearch_sdk.errors import CatalogError, QueryError
from vidsearch_sdk.query.algebra.terms import Clip, Shot
from vidsearch_sdk.query.copies.alignment import RATE, Numbers, agreement
from vidsearch_sdk.query.copies.picture_evidence import ClipSide, KnownFrames, picture_evidence
from vidsearch_sdk.query.copies.sources import FilmSource, Pasted, pasted_clip, pasted_shot

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog
    from vidsearch_sdk.encoding.protocol import ImageTextEncoder
    from vidsearch_sdk.index.served import Served
    from vidsearch_sdk.store.film import Film

log = logging.getLogger("vidsearch_sdk")

COLUMNS = ("video_id", "name", "start_s", "end_s", "offset_s", "score", "mirrored", "shots")

LOOK_AT_ALL = 1500
"""Keyframes of a catalog, up to which every film is looked at: 50 minutes of film, 3 s of one core."""

_MOMENTS = 0.5
"""What agreement counts beside likeness where offsets are compared."""
_WHOLLY = 0.2
"""What lying on the film as a whole counts."""
_AS_GOOD = 0.1
"""How far a further place in the same film may stay behind its best."""
_PLACES = 3
_THREADS = 4
_PEAKS = 6
_KEYFRAMES_A_PEAK = 12

# Measured likeness: at most 0.48 at the best place in a wrong film, 0.55 and more of any copy.
_LIKE, _LIKE_STEP = 0.52, 0.06
_AGREES, _AGREES_STEP = 0.7, 0.08


@dataclass(frozen=True)
class Place:
    """A clip laid on a film.

    Attributes:
        lag: The film's point of the grid on which the clip's first one lies.
        likeness: Of the pictures.
        agreement: Of the scores.
        worth: What places are ordered by.
        mirrored: Whether the clip shows left and right swapped.
    """

    lag: int
    likeness: float
    agreement: float
    worth: float
    mirrored: bool

    @property
    def score(self) -> float:
        """How sure it is that this is the place, 0 to 1; even odds lie between copies and other films."""
        odds = (self.likeness - _LIKE) / _LIKE_STEP + min(0.0, (self.agreement - _AGREES) / _AGREES_STEP)
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, odds))))


def locate(
    catalog: Catalog,
    served: Served,
    query: Clip | Shot | Pasted,
    *,
    encoder: ImageTextEncoder,
    k: int = 5,
    strictness: float = 0.5,
) -> pd.DataFrame:
    """Find the films that a clip is a copy from, and the offset.

    Copies may be coded anew, larger or smaller, of another frame rate or shape, cropped by 10 %, mirrored,
    darker or brighter, with black bars or a logo. A copy that runs faster or slower is not found.

    Args:
        catalog: The catalog.
        served: What its index serves now; in a catalog of more than `LOOK_AT_ALL` keyframes only films
            whose shots lie near are looked at.
        query: A span of a file, or a shot of the catalog (which is then not found itself); or one of the two
            that was read already, where it is asked for several times.
        encoder: The encoder of the index.
        k: Places at most.
        strictness: Least score, 0 to 1.

    Returns:
        One row per place, best first: ``video_id``, ``name``, ``start_s`` and ``end_s`` (the span in the
        film, seconds of its clock), ``offset_s`` (what to add to a time of the clip to get that of the film),
        ``score``, ``mirrored``, and ``shots`` (ids of the shots that it covers).

    Raises:
        QueryError: An argument is out of range, the clip is shorter than a second or ends after its file,
            or there is no such shot.
        VideoError: The clip's file cannot be read.
        EncoderError: The encoder cannot be used.
    """
    if isinstance(strictness, bool) or not isinstance(strictness, numbers.Real) or not 0 <= strictness <= 1:
        raise QueryError(f"strictness={strictness!r}: a number from 0 (anything) to 1 is needed")
    if isinstance(k, bool) or not isinstance(k, numbers.Integral) or k < 1:
        raise QueryError(f"k={k!r}: a whole number of 1 or more is needed")
    if isinstance(query, Pasted):
        pasted = query
    elif isinstance(query, Clip):
        pasted = pasted_clip(query)
    elif isinstance(query, Shot):
        pasted = pasted_shot(catalog, query)
    else:
        raise QueryError(f"{query!r} is no footage: give vs.clip(path, start_s, end_s) or vs.shot(shot_id)")
    films = [film for film in served.stock.films.values() if film.has_shots]
    wanted: dict[str, Sequence[int] | None] = {film.video_id: None for film in films}
    if sum(film.parts["keyframes"].rows for film in films) > LOOK_AT_ALL:
        from vidsearch_sdk.query.copies.candidates import candidate_shots

        wanted = {**candidate_shots(served, pasted.vectors(encoder))}
    chosen = [film for film in films if film.video_id in wanted]

    def look(film: Film) -> list[dict[str, object]]:
        try:
            return _rows(FilmSource(catalog, film), pasted, wanted[film.video_id], strictness)
        except CatalogError as error:
            log.warning("film %s is left out of the comparison: %s", film.video_id, error)
            return []

    with ThreadPoolExecutor(min(_THREADS, max(1, len(chosen)))) as pool:
        rows = [row for found in pool.map(look, chosen) for row in found]
    rows.sort(key=lambda row: (-float(row["worth"]), row["video_id"]))
    return pd.DataFrame([{name: row[name] for name in COLUMNS} for row in rows[:k]], columns=list(COLUMNS))


def _rows(
    source: FilmSource, pasted: Pasted, shots: Sequence[int] | None, strictness: float
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    clip = pasted.side.signals
    for place in places_in(source, pasted, shots):
        if place.score < strictness:
            continue
        offset_s = source.signals.start_s + place.lag / RATE - clip.start_s
        start_s = max(clip.start_s + offset_s, source.start_s)
        end_s = min(pasted.end_s + offset_s, source.end_s)
        rows.append(
            {
                "video_id": source.film.video_id,
                "name": source.film.name,
                "start_s": start_s,
                "end_s": end_s,
                "offset_s": offset_s,
                "score": place.score,
                "mirrored": place.mirrored,
                "shots": tuple(f"{source.film.video_id}-{n}" for n in source.shots_between(start_s, end_s)),
                "worth": place.worth,
            }
        )
    return rows


def places_in(source: FilmSource, pasted: Pasted, shots: Sequence[int] | None) -> list[Place]:
    """Where in a film a clip may lie, best first.

    Args:
        source: The film.
        pasted: The clip.
        shots: Numbers of the shots to look at, beside those at which the scores agree; ``None`` for all.
    """
    side = pasted.side
    lags, agrees, share = agreement(side.signals, source.signals)
    allowed = pasted.allowed(source, lags)
    if not allowed.any():
        return []
    if shots is not None:
        shots = sorted({*shots, *_shots_at_peaks(source, side, lags, np.where(allowed, agrees, -1.0))})
    frames = source.frames(shots)
    if frames is None:
        return []
    return _best(source, side, frames, lags=lags, agrees=agrees, share=share, allowed=allowed)


def _best(
    source: FilmSource,
    side: ClipSide,
    frames: KnownFrames,
    *,
    lags: npt.NDArray[np.int64],
    agrees: Numbers,
    share: Numbers,
    allowed: npt.NDArray[np.bool_],
) -> list[Place]:
    looks = [
        picture_evidence(
            side,
            look,
            frames,
            film_start_s=source.signals.start_s,
            shot_starts_s=source.shot_starts_s,
            lags=lags,
        )
        for look in side.looks
    ]
    alike = np.stack(looks)
    worth = np.where(np.isnan(alike) | ~allowed, -np.inf, alike + _MOMENTS * agrees + _WHOLLY * (share - 1))
    found: list[Place] = []
    apart = max(1, len(side.signals) // 2)
    while len(found) < _PLACES:
        look, at = np.unravel_index(int(worth.argmax()), worth.shape)
        value = float(worth[look, at])
        if value == -math.inf or (found and value < found[0].worth - _AS_GOOD):
            break
        found.append(
            Place(
                int(lags[at]),
                float(alike[look, at]),
                float(agrees[at]),
                value,
                side.looks[int(look)].mirrored,
            )
        )
        worth[:, max(0, int(at) - apart) : int(at) + apart + 1] = -np.inf
    return found


def _shots_at_peaks(
    source: FilmSource, side: ClipSide, lags: npt.NDArray[np.int64], agrees: Numbers
) -> set[int]:
    """The shots under the clip at the offsets where the scores agree best."""
    left, found = agrees.copy(), set[int]()
    for _ in range(_PEAKS):
        at = int(left.argmax())
        if left[at] <= 0:
            break
        start_s = source.signals.start_s + int(lags[at]) / RATE
        under = source.shots_between(start_s, start_s + len(side.signals) / RATE)
        # Of a clip of many shots some will do.
        step = max(1, len(under) // _KEYFRAMES_A_PEAK)
        found.update(under[::step])
        left[max(0, at - RATE) : at + RATE + 1] = -1.0
    return found
