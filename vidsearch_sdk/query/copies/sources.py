"""The two sides of a comparison as they are read: the clip that was pasted, and a film of the catalog."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image as PilImage

from vidsearch_sdk.errors import CatalogError, QueryError, VideoError
from vidsearch_sdk.ingest.clip_frames import PAST_END_S
from vidsearch_sdk.ingest.clip_signature import signature_of
from vidsearch_sdk.query.algebra.terms import Clip, Shot
from vidsearch_sdk.query.copies.alignment import CHANGES, NEEDED, RATE, Numbers, Signals, signals_of
from vidsearch_sdk.query.copies.picture_evidence import ClipSide, KnownFrames
from vidsearch_sdk.shots.picture_prints import gray_of

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog
    from vidsearch_sdk.encoding.protocol import ImageTextEncoder
    from vidsearch_sdk.index.vectors import Floats
    from vidsearch_sdk.store.film import Film

log = logging.getLogger("vidsearch_sdk")

LEAST_S = 1.0
"""Seconds of a clip of which it can be said where it comes from."""

_TOUCHED_S = 0.12
_ENCODED = 6
_GRAY_SIZE = (128, 72)


@dataclass(frozen=True, eq=False)
class Pasted:
    """A clip that is looked for.

    Attributes:
        side: What is compared.
        end_s: Where it ends, seconds of its clock.
        pictures: Some of its pictures for an encoder, RGB.
        itself: Film (video_id), start and end in seconds of a shot of the catalog, which is no answer.
    """

    side: ClipSide
    end_s: float
    pictures: Sequence[npt.NDArray[np.uint8]]
    itself: tuple[str, float, float] | None = None

    def allowed(self, source: FilmSource, lags: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which offsets are an answer, bool (lags,)."""
        if self.itself is None or self.itself[0] != source.film.video_id:
            return np.ones(len(lags), np.bool_)
        starts_s = source.signals.start_s + lags / RATE
        ends_s = starts_s + len(self.side.signals) / RATE
        apart: npt.NDArray[np.bool_] = (ends_s <= self.itself[1]) | (starts_s >= self.itself[2])
        return apart

    def vectors(self, encoder: ImageTextEncoder) -> Floats:
        """Vectors of pictures of the clip and of their mirror images, float32 (pictures, dim)."""
        from vidsearch_sdk.errors import EncoderError
        from vidsearch_sdk.index.vectors import query_row

        step = max(1, len(self.pictures) // _ENCODED)
        some = list(self.pictures[step // 2 :: step])[:_ENCODED]
        both = [*some, *(np.ascontiguousarray(picture[:, ::-1]) for picture in some)]
        rows = np.asarray(encoder.encode_images(both), np.float32)
        if rows.shape != (len(both), encoder.dim):
            raise EncoderError(f"{encoder.name} gave {rows.shape} for {len(both)} pictures")
        return np.stack([query_row(row, encoder.dim) for row in rows])


def pasted_clip(clip: Clip) -> Pasted:
    """Read a span of a file.

    Raises:
        QueryError: It is shorter than a second, or ends after its file.
        VideoError: The file cannot be read.
    """
    found = signature_of(clip.path, clip.start_s, clip.end_s)
    if clip.end_s is not None and found.end_s < clip.end_s - PAST_END_S:
        raise QueryError(f"{clip} ends after its file, which ends at {found.end_s:.2f} s")
    length_s = found.end_s - float(found.times[0])
    if length_s < LEAST_S:
        raise QueryError(
            f"{clip} has {length_s:.2f} s of pictures; at least {LEAST_S:g} s are needed to tell its film"
        )
    signals = signals_of(found.times, found.end_s, found.scores)
    grays = [gray_of(picture) for picture in found.pictures]
    return Pasted(ClipSide.of(signals, found.picture_times, grays), found.end_s, found.encoded)


def pasted_shot(catalog: Catalog, shot: Shot) -> Pasted:
    """Read a shot of the catalog: from its film where that is at hand, else from what is stored of it.

    A film gives pictures of every moment. The stored keyframes, two seconds apart, do where the shot was cut
    in the same way elsewhere, or does not move much.

    Raises:
        QueryError: There is no such shot, or it is shorter than a second.
        DamagedError: A stored file is not what was written.
    """
    video_id, _, number = shot.shot_id.rpartition("-")
    film = catalog.films.find(video_id)
    if film is None or not film.has_shots:
        raise QueryError(f"shot {shot.shot_id!r} is not in the catalog; catalog.shots lists those that are")
    row = {name: column[0] for name, column in _shot_row(catalog, film, int(number)).items()}
    if row["duration_s"] < LEAST_S:
        raise QueryError(f"{shot} lasts {row['duration_s']:.2f} s; at least {LEAST_S:g} s are needed")
    source = FilmSource(catalog, film)
    frames = slice(int(row["start_frame"]), int(row["end_frame"]))
    scores = {name: values[frames].copy() for name, values in source.scores.items()}
    for name in CHANGES:
        scores[name][0] = 0.0  # the change from the shot before is not the clip's
    signals = signals_of(source.times[frames], float(row["end_s"]), scores)
    stored = catalog.films.shot_keyframes(film, int(number))
    times = np.array([time_s for time_s, _ in stored], np.float64)
    grays = [_gray(jpeg) for _, jpeg in stored]
    start_s, end_s = float(row["start_s"]), float(row["end_s"])
    try:
        seen = signature_of(catalog.path(video_id), start_s, end_s)
    except VideoError as error:
        log.info("%s is compared by its stored keyframes: %s", shot, error)
    else:
        times, grays = seen.picture_times, [gray_of(picture) for picture in seen.pictures]
    side = ClipSide.of(signals, times, grays)
    return Pasted(side, end_s, [_rgb(jpeg) for _, jpeg in stored], (video_id, start_s, end_s))


class FilmSource:
    """A film of the catalog as far as it is compared; each thing is read when it is first asked for.

    Args:
        catalog: The catalog.
        film: A film with shots.
    """

    def __init__(self, catalog: Catalog, film: Film) -> None:
        self._catalog = catalog
        self.film = film

    @cached_property
    def _shots(self) -> tuple[Numbers, Numbers]:
        table = self._catalog.films.table(self.film, "shots")
        return table["start_s"].to_numpy(), table["end_s"].to_numpy()

    @property
    def shot_starts_s(self) -> Numbers:
        """Where the shots start, float64 (shots,)."""
        return self._shots[0]

    @property
    def start_s(self) -> float:
        """Where the film starts."""
        return float(self._shots[0][0])

    @property
    def end_s(self) -> float:
        """Where the film ends."""
        return float(self._shots[1][-1])

    def shots_between(self, start_s: float, end_s: float) -> list[int]:
        """Numbers of the shots of which a span covers something: three frames or so, or half the shot."""
        starts, ends = self._shots
        covered = np.minimum(ends, end_s) - np.maximum(starts, start_s)
        enough = np.minimum(_TOUCHED_S, (ends - starts) / 2)
        return [int(number) for number in np.flatnonzero(covered >= enough)]

    @cached_property
    def _scored(self) -> tuple[Numbers, dict[str, npt.NDArray[np.float32]]]:
        table = self._catalog.films.table(self.film, "scores")
        missing = [name for name in NEEDED if name not in table.column_names]
        if missing or table.num_rows == 0:
            raise CatalogError(f"the scores of {self.film.name} lack {', '.join(missing) or 'every frame'}")
        base = Fraction(str(self.film.measured["time_base"]))
        times = table["pts"].to_numpy() * base.numerator / base.denominator
        return times, {name: table[name].to_numpy() for name in NEEDED}

    @property
    def times(self) -> Numbers:
        """Times of the frames, float64 (frames,), seconds."""
        return self._scored[0]

    @property
    def scores(self) -> dict[str, npt.NDArray[np.float32]]:
        """The scores that are compared, by name."""
        return self._scored[1]

    @cached_property
    def signals(self) -> Signals:
        """The scores on the grid of time."""
        return signals_of(self.times, self.end_s, self.scores)

    def frames(self, shots: Sequence[int] | None) -> KnownFrames | None:
        """The keyframes of some shots, or of all; ``None`` where none of them shows anything."""
        times: list[float] = []
        numbers: list[int] = []
        grays: list[npt.NDArray[np.uint8]] = []
        if shots is None:
            for batch in self._catalog.films.keyframes(self.film):
                times += batch["time_s"].to_pylist()
                numbers += batch["shot_number"].to_pylist()
                grays += [_gray(jpeg) for jpeg in batch["jpeg"].to_pylist()]
        else:
            for number in shots:
                for time_s, jpeg in self._catalog.films.shot_keyframes(self.film, number):
                    times.append(time_s)
                    numbers.append(number)
                    grays.append(_gray(jpeg))
        return KnownFrames.of(times, numbers, grays)


def _shot_row(catalog: Catalog, film: Film, number: int) -> dict[str, list[float]]:
    table = catalog.films.table(film, "shots")
    if number >= table.num_rows:
        raise QueryError(f"{film.name} has shots 0 to {table.num_rows - 1}, not {number}")
    names = ["start_frame", "end_frame", "start_s", "end_s", "duration_s"]
    found: dict[str, list[float]] = table.select(names).slice(number, 1).to_pydict()
    return found


def _gray(jpeg: bytes) -> npt.NDArray[np.uint8]:
    with PilImage.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        picture.draft("L", _GRAY_SIZE)
        return np.asarray(picture.convert("L"))


def _rgb(jpeg: bytes) -> npt.NDArray[np.uint8]:
    with PilImage.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        return np.asarray(picture.convert("RGB"))
