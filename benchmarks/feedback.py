"""What ten thumbs do for a search: on shots of the sample world that nobody judged.

    python benchmarks/feedback.py [--shots 1000]

A show is drawn: a cast of 40 objects in the world's twelve places, by day and by night. It is searched for

- places by a name that the team gave them, which means nothing to the encoder;
- what its words say only half: kinds of things in a place, an object by night, an object from afar;
- what its words say well.

Names are made by rule and lot, none by hand. A judge who knows the truth gives thumbs to the first ten shots
that a search shows, right or wrong as they are; the same is then searched again with them. Both searches are
measured on the shots that were not judged (residual collection), in one run.

Bars: of what names miss in nDCG@10, ten thumbs bring at least 30 %; searches whose words say it half, or
well, lose at most 0.01 of it; learning from 200 judgments in 512 dimensions takes at most 20 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.evaluation.metrics import ndcg
from vidsearch_sdk.query.algebra.terms import text
from vidsearch_sdk.query.feedback import Ground, learned
from vidsearch_sdk.sample.backdrops import draw_backdrop
from vidsearch_sdk.sample.captions import Claim, fitting
from vidsearch_sdk.sample.drawing import Shot
from vidsearch_sdk.sample.scenes import draw_scene
from vidsearch_sdk.sample.sprites import Sprites
from vidsearch_sdk.sample.world import KINDS, OBJECTS, SETTINGS, Scene
from vidsearch_sdk.shot_index import ShotIndex

K = THUMBS = 10
LEAST_RIGHT = 20
"""Right shots that a concept needs, so that enough are left when ten were judged."""
CAST, BACKDROPS, SEED = 40, 6, 2026
LEAST_GAIN, MOST_LOST, MOST_MS = 0.30, 0.01, 20.0
_SIZE, _SHEET = (192, 108), (272, 153)


@dataclass(frozen=True)
class Concept:
    """Words, and which scenes they mean."""

    words: str
    means: Claim
    is_name: bool


def scenes(count: int) -> tuple[list[str], list[Scene]]:
    """The cast of the show, and its shots."""
    rng = np.random.default_rng(SEED)
    cast = [OBJECTS[int(number)].name for number in rng.choice(len(OBJECTS), CAST, replace=False)]
    drawn = (draw_scene(rng) for _ in range(count))
    return cast, [
        replace(one, objects=tuple(str(name) for name in rng.choice(cast, len(one.objects), replace=False)))
        for one in drawn
    ]


def concepts(cast: Sequence[str]) -> Iterator[Concept]:
    """Everything that is searched for."""
    rng = np.random.default_rng(SEED + 1)
    for place in SETTINGS:
        syllables = [f"{rng.choice(list('bdfgklmnprstvz'))}{rng.choice(list('aeiou'))}" for _ in range(3)]
        yield Concept("".join(syllables), Claim(setting=place.name), True)
    for kind in KINDS:
        for place in SETTINGS:
            yield Concept(f"{kind} {place.phrases[0]}", Claim(kind=kind, setting=place.name), False)
    for name in cast:
        yield Concept(name, Claim((name,)), False)
        yield Concept(f"{name} at night", Claim((name,), time="night"), False)
        yield Concept(f"{name} in a wide shot", Claim((name,), size="wide"), False)


def show(folder: Path, shots: Sequence[Scene], encoder: Encoder) -> ShotIndex:
    """Draw the show and search it: a film of 100 shots each, stored without a film file."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.index.worlds import add_film

    sprites, places, pictures = Sprites(), {}, []
    for scene in tqdm(shots, desc="shots drawn", unit="shot"):
        key = scene.setting, scene.time, SEED + scene.seed % BACKDROPS
        if key not in places:
            drawn = draw_backdrop(scene.setting, scene.time, seed=key[2], sprites=sprites)
            places[key] = drawn.flat().reduced(*_SHEET)
        pictures.append(Shot(scene, places[key], sprites=sprites).picture(0.5, size=_SIZE))
    vectors = np.asarray(encoder.encode_images(pictures), np.float32)
    catalog = Catalog(folder)
    for number, start in enumerate(range(0, len(vectors), 100)):
        some = vectors[start : start + 100]
        add_film(catalog, number, len(some), vectors=some, encoder=encoder, same=True, lines=[])  # type: ignore[arg-type]
    return ShotIndex.build(catalog, encoder, progress=False)


@dataclass(frozen=True)
class Measured:
    """One concept before and after its thumbs, on what was not judged."""

    concept: Concept
    plain: float
    right: int
    before: float
    after: float


def measure(index: ShotIndex, concept: Concept, right: set[str]) -> Measured:
    """Search, give thumbs to what is shown, search again."""
    options = {"k": 2 * K + THUMBS, "min_score": 0.0, "fold": False, "synonyms": False, "spelling": False}
    words = text(concept.words)
    found = list(index.search(words, **options).table["shot_id"])
    shown = found[:THUMBS]
    thumbs = pd.DataFrame(
        {"query": concept.words, "shot_id": shown, "thumb": [1 if one in right else -1 for one in shown]}
    )
    again = list(index.search(words, feedback=thumbs, **options).table["shot_id"])

    def reached(shots: Sequence[str], judged: Sequence[str]) -> float:
        rest = right - set(judged)
        grades = np.array([float(one in rest) for one in shots if one not in set(judged)][:K])
        return ndcg(grades, judged=[1.0] * len(rest), k=K)

    return Measured(
        concept, reached(found, ()), len(right & set(shown)), reached(found, shown), reached(again, shown)
    )


class Verdict:
    """Which bars were met."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def bar(self, name: str, value: float, *, least: float | None = None, most: float | None = None) -> None:
        good = value >= least if least is not None else value <= (most or 0.0)
        wanted = f">= {least:.2f}" if least is not None else f"<= {most:.2f}"
        print(f"  {name:<66}{value:>8.3f}  {wanted:>8}  {'met' if good else 'MISSED'}")
        if not good:
            self.missed.append(name)


def told(name: str, group: Sequence[Measured]) -> float:
    """Print a group; gives the share of what was missing that the thumbs brought."""
    before, after = (float(np.mean([getattr(one, side) for one in group])) for side in ("before", "after"))
    share = (after - before) / (1 - before) if before < 1 else 0.0
    thumbs = np.mean([one.right for one in group])
    better = np.mean([one.after > one.before for one in group])
    worse = np.mean([one.after < one.before for one in group])
    print(
        f"  {name:<34}{len(group):>5}{thumbs:>10.1f}{before:>9.3f}{after:>8.3f}{share:>9.1%}"
        f"{better:>9.0%}{worse:>8.0%}"
    )
    return share


def seconds_of_learning() -> float:
    """Least seconds, of 15 tries, of learning from 200 judgments in 512 dimensions."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((1201, 512)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ground, times = Ground.of(rows[:1000]), []
    for _ in range(15):
        started = time.perf_counter()
        learned(rows[1200], rows[1000:1080], rows[1080:1200], ground)
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> int:
    """Draw the show, measure, print; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=1000)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cast, shots = scenes(given.shots)
    with tempfile.TemporaryDirectory() as scratch:
        index = show(Path(scratch) / "show", shots, Encoder("sample", device="cpu"))
        ids = list(index.table.sort_values(["name", "number"])["shot_id"])
        films = {f"film {number}.mkv": number for number in range(len(shots) // 100 + 1)}
        table = index.table
        places = table["name"].map(films) * 100 + table["number"]
        truth = dict(zip(table["shot_id"], places, strict=True))
        every = list(concepts(cast))
        fits = fitting([one.means for one in every], shots)
        measured = []
        for number, concept in enumerate(every):
            right = {shot for shot in ids if fits[truth[shot], number]}
            if len(right) >= LEAST_RIGHT:
                measured.append(measure(index, concept, right))
    names = [one for one in measured if one.concept.is_name]
    half = [one for one in measured if not one.concept.is_name and one.right < THUMBS]
    well = [one for one in measured if not one.concept.is_name and one.right == THUMBS]
    print(f"\n{len(shots)} shots; nDCG@{K} of the shots that were not judged, after {THUMBS} thumbs")
    print(
        f"  {'searches':<34}{'count':>5}{'right':>10}{'before':>9}{'after':>8}{'gained':>9}"
        f"{'better':>9}{'worse':>8}"
    )
    verdict = Verdict()
    of_names = told("a team's names of places", names)
    of_words = {"half": told("words that say it half", half), "well": told("words that say it well", well)}
    print()
    verdict.bar("names: share of what was missing that ten thumbs bring", of_names, least=LEAST_GAIN)
    for name, share in of_words.items():
        print(f"  {f'words that say it {name}: the same share':<66}{share:>8.3f}    no bar")
    for name, group in (("half", half), ("well", well)):
        lost = float(np.mean([one.before - one.after for one in group]))
        verdict.bar(f"words that say it {name}: nDCG@{K} lost", lost, most=MOST_LOST)
    verdict.bar(
        "learning from 200 judgments in 512 dimensions, ms", 1000 * seconds_of_learning(), most=MOST_MS
    )
    print("all bars met" if not verdict.missed else "MISSED: " + "; ".join(verdict.missed))
    return int(bool(verdict.missed))


if __name__ == "__main__":
    sys.exit(main())
