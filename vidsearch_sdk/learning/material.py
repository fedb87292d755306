"""What a run needs of the catalog: captioned shots to learn from, held-out ones, general queries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vidsearch_sdk.encoding.loading import LoadedModel
from vidsearch_sdk.errors import QueryError, StorageError
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.learning.batches import Captioned
from vidsearch_sdk.learning.general import GeneralQueries, general_queries
from vidsearch_sdk.learning.measured import Queries, queries_of
from vidsearch_sdk.learning.pair_checks import check_parts
from vidsearch_sdk.learning.pairs import Pairs
from vidsearch_sdk.learning.places import Places
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.shots import (
    ShotPictures,
    WantedShots,
    find_pictures,
    make_pictures,
    want_shots,
)

if TYPE_CHECKING:
    from vidsearch_sdk.catalog import Catalog

_MOST_FOR_PHRASES = 200
_MOST_SEARCHED = 500


def divide(pairs: Pairs, held_out: float | Collection[str] | Pairs, *, seed: int) -> tuple[Pairs, Pairs]:
    """Set aside what is not learned from, and check both parts.

    Args:
        pairs: All pairs.
        held_out: A share of the films, the films, or other pairs.
        seed: Of the division by share.

    Returns:
        What is learned from, and what is held out.

    Raises:
        QueryError: There is nothing to learn from or to measure by, or a film is in both; says which part.
        VideoNotFound: A film or shot is not in the catalog.
        DamagedError: Keyframes are not what was written.
    """
    if not isinstance(pairs, Pairs):
        raise QueryError(f"pairs is a {type(pairs).__name__}; vs.Pairs are needed, as vs.Pairs.from_captions")
    if isinstance(held_out, Pairs):
        train, held = pairs, held_out
        both = sorted(set(train.films) & set(held.films))
        if both:
            raise QueryError(
                f"{len(both):,} of the held-out films are also learned from ({', '.join(both[:3])}): what is "
                "held out must be of other films, whose places and people nothing was learned from"
            )
    else:
        pairs.check()
        train, held = pairs.split(held_out, seed=seed)
    check_parts(train, held)
    return train, held


@dataclass(frozen=True)
class Wanted:
    """What is needed, looked up but not read.

    Attributes:
        train: Pairs to learn from.
        held: Pairs that are held out.
        general: Queries that must not get worse.
        of_train: Their shots.
        of_held: Their shots, and others of the same films, among which those are to be found.
        of_general: Their shots; None where they are asked of shots that are read anyway.
    """

    train: Pairs
    held: Pairs
    general: GeneralQueries
    of_train: WantedShots
    of_held: WantedShots
    of_general: WantedShots | None

    @property
    def meaning(self) -> dict[str, str]:
        """Names all of it: another meaning is another run."""
        general = self.general
        grades = [sorted(grades.items()) for grades in general.grades or ()]
        return {
            "pairs": _digest(self.of_train.key, _rows(self.train)),
            "held_out": _digest(self.of_held.key, _rows(self.held)),
            "general": _digest(self.of_general.key if self.of_general else "", [list(general.texts), grades]),
        }

    def bytes_missing(self, folder: Path) -> int:
        """Bytes of the pictures that are still to be written into a folder."""
        every = {one.key: one for one in (self.of_train, self.of_held, self.of_general) if one}
        return sum(one.bytes for one in every.values() if find_pictures(one, folder) is None)


def want(
    train: Pairs,
    held: Pairs,
    general: Pairs | Judgments | None,
    loaded: LoadedModel,
    *,
    frames_per_shot: int,
    words: Collection[str],
) -> Wanted:
    """Look up all shots that a run needs.

    Args:
        train: Pairs to learn from.
        held: Pairs that are held out.
        general: What must not get worse.
        loaded: The model; its preprocessing decides the pixels.
        frames_per_shot: Most frames of a shot.
        words: Words that the encoder was trained on, if it says.

    Raises:
        QueryError: The general queries cannot be measured.
        VideoNotFound: A shot is not in its catalog.
        DamagedError: A shot has no keyframe.
    """
    asked = general_queries(general, catalog=train.catalog, words=words)

    def shots(catalog: Catalog, ids: Sequence[str]) -> WantedShots:
        return want_shots(catalog, ids, loaded.preprocessing, most=frames_per_shot)

    return Wanted(
        train,
        held,
        asked,
        shots(train.catalog, train.shots),
        shots(held.catalog, Places(held.catalog).among_others(held.shots, most=_MOST_SEARCHED)),
        shots(asked.catalog, asked.shot_ids) if asked.catalog is not None else None,
    )


@dataclass(frozen=True)
class Material:
    """What a run works with.

    Attributes:
        train: Captioned shots to learn from.
        held: Captions of held-out shots as queries, asked of other shots of their films, too.
        general: Queries that must not get worse; without grades where the given encoder's order decides.
    """

    train: Captioned
    held: Queries
    general: Queries


def read_material(
    wanted: Wanted,
    loaded: LoadedModel,
    templates: Sequence[str],
    *,
    folder: Path,
    ranks: Ranks,
    threads: int | None = None,
    progress: bool = True,
) -> Material:
    """Read the keyframes, or what was made of them before, and the tokens of all texts.

    Args:
        wanted: What is needed.
        loaded: The model that it is for.
        templates: What queries are put into.
        folder: Where pictures are kept.
        ranks: The processes; the first writes, the others wait.
        threads: Threads that decode.
        progress: Whether to show bars.

    Raises:
        StorageError: The disk is full, or another process does not see what the first wrote.
        DamagedError: A keyframe is not what was written.
    """

    def pictures(catalog: Catalog, shots: WantedShots) -> ShotPictures:
        found = None
        if ranks.is_first:
            found = make_pictures(
                catalog, shots, loaded.preprocessing, folder=folder, threads=threads, progress=progress
            )
        ranks.barrier()
        found = found or find_pictures(shots, folder)
        if found is None:
            raise StorageError(
                f"process {ranks.rank} does not see what the first wrote to {folder}: out must lie on a disk "
                "that all machines share"
            )
        return found

    train = _captioned(wanted.train, pictures(wanted.train.catalog, wanted.of_train), loaded, templates)
    held = _captioned(wanted.held, pictures(wanted.held.catalog, wanted.of_held), loaded, templates)
    general = wanted.general
    if wanted.of_general is not None and general.catalog is not None and general.grades is not None:
        searched = pictures(general.catalog, wanted.of_general)
        place = {shot: number for number, shot in enumerate(searched.shot_ids)}
        grades = tuple({place[shot]: grade for shot, grade in one.items()} for one in general.grades)
    else:
        searched = _few(held.pictures)
        grades = tuple({0: 1.0} for _ in general.texts)
    asked = Queries(searched, general.texts, tokens_of(general.texts, loaded, templates), grades)
    return Material(train, queries_of(held), asked)


def tokens_of(texts: Sequence[str], loaded: LoadedModel, templates: Sequence[str]) -> Any:
    """Tokens of texts in each template: int64 (texts, templates, context)."""
    filled = [template.replace("{}", text) for text in texts for template in templates]
    tokens = loaded.tokenizer(filled)
    return tokens.reshape(len(texts), len(templates), -1)


def _captioned(
    pairs: Pairs, pictures: ShotPictures, loaded: LoadedModel, templates: Sequence[str]
) -> Captioned:
    place = {shot: number for number, shot in enumerate(pictures.shot_ids)}
    texts = pairs.texts
    number = {text: at for at, text in enumerate(texts)}
    table = pairs.table
    return Captioned(
        pictures,
        texts,
        tokens_of(texts, loaded, templates),
        np.array([place[shot] for shot in table["shot_id"]], np.int64),
        np.array([number[text] for text in table["text"]], np.int64),
    )


def _few(pictures: ShotPictures) -> ShotPictures:
    """As many of the shots as phrases are asked of."""
    if len(pictures) <= _MOST_FOR_PHRASES:
        return pictures
    end = _MOST_FOR_PHRASES
    starts = pictures.starts[: end + 1]
    return replace(
        pictures, frames=pictures.frames[: starts[-1]], starts=starts, shot_ids=pictures.shot_ids[:end]
    )


def _rows(pairs: Pairs) -> list[list[str]]:
    table = pairs.table
    return [table["text"].to_list(), table["shot_id"].to_list()]


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
