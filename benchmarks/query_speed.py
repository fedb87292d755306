"""A whole search among many shots with dialogue: fused, filtered, looked at closely, without the text tower.

    python benchmarks/query_speed.py [--shots 200000] [--lines 100000] [--dim 512] [--queries 100]

Films are made of scenes: some set-ups in turns, each a cluster of vectors, two keyframes a shot. Set-ups
lie near a surface of few dimensions, as what encoders give does. Lines are of English words, some far
more usual than others. The encoder gives the vectors it is told, so no text tower is timed. Words of a
search come from a line, its vector from a shot. Every search is new to the index.

Bars: median of at most 10 ms for words with a filter, searched in picture and dialogue and looked at
closely; of at most 30 ms for one thing after another.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.index.worlds import StubEncoder, film_id, tables, unit  # noqa: E402
from vidsearch_sdk.catalog import Catalog  # noqa: E402
from vidsearch_sdk.encoding.untrained import vocabulary_words  # noqa: E402
from vidsearch_sdk.query.algebra.terms import says, text  # noqa: E402
from vidsearch_sdk.shot_index import ShotIndex  # noqa: E402
from vidsearch_sdk.store.catalog_file import make_catalog  # noqa: E402
from vidsearch_sdk.store.film import Film  # noqa: E402

FILMS = 200
FRAMES = 2  # keyframes a shot
SCENE = 12  # shots
CLUSTERS = 4000
LATENT = 32  # dimensions of the surface that vectors lie near
MOST_MS, MOST_THEN_MS = 10.0, 30.0
WHERE = {"show": ["show 0", "show 1"], "duration_s": (2.0, 6.0)}
MEASURED = {
    "frame_rate": "25",
    "time_base": "1/500",
    "source_timecode": "",
    "width": 640,
    "height": 360,
}


@dataclass
class World:
    """What films and searches are drawn from."""

    dim: int
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def __post_init__(self) -> None:
        fixed = np.random.default_rng(0)
        # Encoders put pictures near a surface of few dimensions, on which everything has neighbors.
        self.widths = (1.0 / np.sqrt(np.arange(1, LATENT + 1))).astype(np.float32)
        self.surface = fixed.standard_normal((LATENT, self.dim), dtype=np.float32) / np.sqrt(self.dim)
        self.centers = fixed.standard_normal((CLUSTERS, LATENT), dtype=np.float32) * self.widths
        self.words = np.array(vocabulary_words())
        np.random.default_rng(0).shuffle(self.words)
        usual = 1.0 / np.arange(2, len(self.words) + 2)
        self.often = usual / usual.sum()

    def set_ups(self, shots: int) -> np.ndarray:
        """The cluster of each shot: scenes of a dozen shots go to and fro between three set-ups."""
        scenes = self.rng.integers(0, CLUSTERS, (shots // SCENE + 1, 3))
        turns = self.rng.integers(0, 3, (len(scenes), SCENE))
        return np.take_along_axis(scenes, turns, axis=1).ravel()[:shots]

    def vectors(self, set_ups: np.ndarray) -> np.ndarray:
        """A row for each keyframe: a shot's are more alike than its set-up's."""
        shots = self.centers[set_ups] + 0.3 * self._drawn((len(set_ups), LATENT)) * self.widths
        frames = np.repeat(shots, FRAMES, axis=0)
        frames += 0.1 * self._drawn(frames.shape) * self.widths
        off = self._drawn((len(frames), self.dim)) * (0.2 / np.sqrt(self.dim))
        return unit(frames @ self.surface + off).astype(np.float16)

    def _drawn(self, shape: tuple[int, int]) -> np.ndarray:
        return self.rng.standard_normal(shape, dtype=np.float32)

    def lines(self, video_id: str, count: int, seconds: float) -> pa.Table:
        """Lines of three to twelve words."""
        sizes = self.rng.integers(3, 13, count)
        drawn = iter(self.rng.choice(self.words, int(sizes.sum()), p=self.often))
        starts = np.sort(self.rng.uniform(0, seconds - 4, count))
        return pa.table(
            {
                "video_id": [video_id] * count,
                "line": np.arange(count),
                "start_s": starts,
                "end_s": starts + self.rng.uniform(1, 3, count),
                "text": [" ".join(itertools.islice(drawn, int(size))) for size in sizes],
                "language": ["en"] * count,
                "speaker": [""] * count,
                "track": ["film.en.srt"] * count,
            }
        )


def fill(catalog: Catalog, world: World, encoder: StubEncoder, shots: int, lines: int) -> None:
    """Store all films, segmented and embedded."""
    make_catalog(catalog._disk)
    for number in range(FILMS):
        video_id = film_id(number)
        own = {"show": f"show {number % 4}", "season": 1 + number % 3}
        catalog.films.add(Film(video_id, f"file:///films/{number}.mkv", f"film {number}.mkv", own=own))
        parts = tables(video_id, shots // FILMS, keyframes=FRAMES, same=True)
        parts["dialogue"] = world.lines(video_id, lines // FILMS, 2.0 * (shots // FILMS))
        film = catalog.films.publish(video_id, measured=MEASURED, status="ok", error="", tables=parts)
        vectors = world.vectors(world.set_ups(shots // FILMS))
        catalog.embeddings.publish(film, encoder.fingerprint, vectors)


@dataclass(frozen=True)
class Asked:
    """Words of a search, and of a second one that follows it in some scene."""

    words: str
    then: str


class Asker:
    """Makes searches that were never asked before."""

    def __init__(self, index: ShotIndex, catalog: Catalog, world: World, encoder: StubEncoder) -> None:
        self.served, self.world, self.encoder = index._serving(), world, encoder
        self.said = catalog.dialogue["text"].to_numpy()
        self.shots = index.table["shot_id"].to_numpy()
        self.made = 0

    def searches(self, count: int) -> list[Asked]:
        """Words of a line with one of none; a vector near a shot, the second near the shot behind it."""
        rows = self.world.rng.integers(0, len(self.shots) - 1, count)
        return [Asked(self._search(int(row)), self._search(int(row) + 1)) for row in rows]

    def _search(self, row: int) -> str:
        rng, self.made = self.world.rng, self.made + 1
        line = str(rng.choice(self.said)).split()[: int(rng.integers(2, 5))]
        words = f"{' '.join(line)} {self.world.words[-self.made]}"
        vector = self.served.vectors_at(np.array([self.served.row_of(str(self.shots[row]))]))[0]
        noise = rng.standard_normal(self.world.dim).astype(np.float32) * (0.5 / np.sqrt(self.world.dim))
        self.encoder.texts[words] = unit(vector + noise)
        return words


def timed(
    ask: Callable[[Asked], Any], asked: list[Asked]
) -> tuple[np.ndarray, float, dict[str, float], float]:
    """Milliseconds of each search by the clock, of the processor, by stage (medians), and hits on average."""
    walls, works, stages, found = [], [], defaultdict(list), []
    for one in asked:
        start, work = time.perf_counter(), time.process_time()
        hits = ask(one)
        walls.append(1e3 * (time.perf_counter() - start))
        works.append(1e3 * (time.process_time() - work))
        found.append(len(hits))
        for stage, seconds in hits.timing.items():
            stages[stage].append(1e3 * seconds)
    medians = {stage: float(np.median(times)) for stage, times in stages.items()}
    return np.array(walls), float(np.median(works)), medians, float(np.mean(found))


def measure(given: argparse.Namespace, folder: Path) -> int:
    """Make the catalog where there is none, measure, print; 1 when a bar is missed."""
    encoder, catalog, world = StubEncoder(given.dim), Catalog(folder), World(given.dim)
    start = time.perf_counter()
    if not catalog.exists:
        fill(catalog, world, encoder, given.shots, given.lines)
    filled = time.perf_counter() - start
    start = time.perf_counter()
    index = ShotIndex.build(catalog, encoder, progress=False)
    built = time.perf_counter() - start
    print(
        f"{len(index):,} shots of {FILMS} films, {len(catalog.dialogue):,} lines, {given.dim} dimensions, "
        f"{FRAMES} keyframes a shot; {given.queries} searches each"
    )
    print(
        f"films stored in {filled:.0f} s, index made or found in {built:.0f} s; load {os.getloadavg()[0]:.1f}"
    )
    start = time.perf_counter()
    index.search("anything at all")
    print(f"first search of the process: {1e3 * (time.perf_counter() - start):.0f} ms")
    # One set of searches for each row of the table: what was asked before would be in a cache.
    ways: dict[str, tuple[Callable[[Asked], Any], float | None]] = {
        "pictures alone": (lambda one: index.search(text(one.words), rerank=False), None),
        "dialogue alone": (lambda one: index.search(says(one.words)), None),
        "at once": (lambda one: index.search(one.words, rerank=False), None),
        "at once, looked at closely": (lambda one: index.search(one.words), None),
        "at once, filtered, looked at closely": (lambda one: index.search(one.words, where=WHERE), MOST_MS),
        "the same, asked again": (lambda one: index.search(one.words, where=WHERE), None),
        "one after the other, pictures": (
            lambda one: index.search(text(one.words).then(text(one.then), within_s=20)),
            MOST_THEN_MS,
        ),
        "one after the other, picture then line": (
            lambda one: index.search(text(one.words).then(says(one.then), within_s=20)),
            MOST_THEN_MS,
        ),
        "one after the other, filtered": (
            lambda one: index.search(text(one.words).then(text(one.then), within_s=20), where=WHERE),
            MOST_THEN_MS,
        ),
    }
    failed = []
    asker = Asker(index, catalog, world, encoder)
    print(f"\n  {'search':<40}{'median':>10}{'p95':>10}{'processor':>11}{'hits':>7}")
    asked: list[Asked] = []
    for name, (ask, most) in ways.items():
        if name != "the same, asked again":
            asked = asker.searches(given.queries)
        for one in asker.searches(5):
            ask(one)
        walls, work, stages, found = timed(ask, asked)
        median, slow = float(np.median(walls)), float(np.quantile(walls, 0.95))
        bar = "" if most is None else f"  <= {most:g} ms: {'met' if median <= most else 'MISSED'}"
        print(f"  {name:<40}{median:>7.2f} ms{slow:>7.2f} ms{work:>8.2f} ms{found:>7.1f}{bar}", flush=True)
        print("      " + ", ".join(f"{stage} {ms:.2f}" for stage, ms in stages.items()))
        if most is not None and median > most:
            failed.append(f"{name}: {median:.2f} ms")
    print("all bars met" if not failed else "MISSED: " + "; ".join(failed))
    return int(bool(failed))


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=200_000)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="keep the catalog here, and use it when it is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        return measure(given, given.folder or Path(scratch) / "catalog")


if __name__ == "__main__":
    sys.exit(main())
