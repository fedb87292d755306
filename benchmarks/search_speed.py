"""Search among many shots: speed and recall of ``ShotIndex.search`` beside a plain scan of all vectors.

    python benchmarks/search_speed.py [--shots 200000] [--dim 512] [--clusters 2000] [--queries 200]

Vectors are drawn around random centers; the encoder gives the vectors it is told, so no text tower is timed.
Everything is measured in one run: wall time, time of the processor, recall@10 against exact search over the
rows that pass, and how many times as long a plain scan of everything takes. Vectors alone: without the second
look at frames and without folding, which query_speed.py times.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from usearch.index import MetricKind
from usearch.index import search as usearch_scan

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.index.worlds import StubEncoder, add_film, unit  # noqa: E402
from vidsearch_sdk.catalog import Catalog  # noqa: E402
from vidsearch_sdk.query.algebra.terms import text  # noqa: E402
from vidsearch_sdk.shot_index import ShotIndex  # noqa: E402

FILMS = 200
MOST_MS, LEAST_RECALL, MOST_OPENING_S = 2.0, 0.99, 0.2
FILTERS = {"50 %": 0.5, "10 %": 0.1, "1 %": 0.01, "0.01 %": 0.0001}

OPENING = """
import json, time
from benchmarks.search_speed import Catalog, ShotIndex, StubEncoder
catalog, encoder = Catalog({folder!r}), StubEncoder({dim})
times = []
def timed(do):
    start = time.perf_counter()
    result = do()
    times.append(time.perf_counter() - start)
    return result
index = timed(lambda: ShotIndex.open(catalog, encoder))
timed(lambda: (index._published.table(), index._published.nearest().vectors))
timed(lambda: index.search("anything", min_score=0))
print(json.dumps(times))
"""


def drawn(count: int, dim: int, *, clusters: int, seed: int) -> np.ndarray:
    """Unit rows, float16, around centers that are the same for every seed."""
    centers = unit(np.random.default_rng(0).standard_normal((clusters, dim), dtype=np.float32))
    random = np.random.default_rng(seed)
    rows = np.empty((count, dim), np.float16)
    for start in range(0, count, 20_000):
        stop = min(count, start + 20_000)
        spread = random.standard_normal((stop - start, dim), dtype=np.float32) * (0.7 / np.sqrt(dim))
        rows[start:stop] = unit(centers[random.integers(0, clusters, stop - start)] + spread)
    return rows


def median_ms(ask: Callable[[int], object], times: int) -> tuple[float, float]:
    """Median of wall time and of the processor's time of a call, in ms."""
    walls, works = [], []
    for number in range(times):
        wall, work = time.perf_counter(), time.process_time()
        ask(number)
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return 1e3 * float(np.median(walls)), 1e3 * float(np.median(works))


def opening(folder: Path, dim: int, *, dropped: bool) -> list[float]:
    """Seconds, in a fresh process: to open, to check and map every file, and for the first search."""
    if dropped:
        for path in (folder / "published").rglob("*.*"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    script = OPENING.format(folder=str(folder), dim=dim)
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT
    )
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return times


def recall(found: np.ndarray, exact: np.ndarray, passing: np.ndarray, k: int) -> float:
    """Share of the k best rows that were found; rows as similar as the k-th stand for each other."""
    k = min(k, len(passing))
    least = np.sort(exact[passing])[-k]
    return float(np.sum(exact[found[:k]] >= least - 1e-4)) / k


@dataclass
class Report:
    """The table, and what was not reached."""

    plain_ms: float
    failed: list[str] = field(default_factory=list)

    def line(self, name: str, times: tuple[float, float], right: float | None = None) -> None:
        """Print a line; recall must hold everywhere."""
        wall, work = times
        shown = "" if right is None else f"{right:.4f}"
        print(f"{name:34}{wall:>8.2f} ms{work:>8.2f} ms{shown:>12}{self.plain_ms / wall:>11.1f}x", flush=True)
        if right is not None and right < LEAST_RECALL:
            self.failed.append(f"{name}: recall {right:.4f}")


def measure(given: argparse.Namespace, folder: Path) -> int:
    """Make the catalog where there is none, measure, print; 1 when a figure does not hold."""
    per_film = given.shots // FILMS
    encoder, catalog = StubEncoder(given.dim), Catalog(folder)
    vectors = drawn(per_film * FILMS, given.dim, clusters=given.clusters, seed=1)
    if not catalog.exists:
        for film in range(FILMS):
            rows = vectors[film * per_film : (film + 1) * per_film]
            add_film(catalog, film, per_film, vectors=rows, encoder=encoder, same=True, tag=film)
    start = time.perf_counter()
    index = ShotIndex.build(catalog, encoder, progress=False)
    built = time.perf_counter() - start
    warm = opening(folder, given.dim, dropped=False)
    cold = opening(folder, given.dim, dropped=True)

    queries = drawn(given.queries, given.dim, clusters=given.clusters, seed=2).astype(np.float32)
    encoder.texts = {f"query {number}": row for number, row in enumerate(queries)}
    nearest, table = index._published.nearest(), index.table
    exact = np.concatenate([part.astype(np.float32) @ queries.T for part in np.array_split(vectors, 50)]).T
    everything = np.arange(len(vectors))
    row_of = dict(zip(table["shot_id"], everything, strict=True))

    def scan(number: int) -> object:
        row = queries[number].astype(np.float16)[None]
        return usearch_scan(nearest.vectors, row, 10, MetricKind.IP, exact=True, threads=1)

    scan(0)
    plain = median_ms(scan, min(given.queries, 30))
    report = Report(plain[0])
    print(f"{len(vectors):,} x {given.dim}, {given.clusters} clusters; {given.queries} queries; k = 10")
    print(
        f"made or found in {built:.1f} s; graph: {nearest.graph is not None}; load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'median':>42}{'processor':>14}{'recall@10':>10}{'scan/this':>12}")
    report.line("plain scan (usearch, exact)", plain, 1.0)
    rights = [recall(nearest.search(q, 10)[0], exact[n], everything, 10) for n, q in enumerate(queries)]
    alone = median_ms(lambda n: nearest.search(queries[n], 10), given.queries)
    report.line("the index alone", alone, float(np.mean(rights)))

    def through(name: str, where: dict[str, object] | None, passing: np.ndarray, k: int, times: int) -> float:
        def ask(n: int) -> object:
            return index.search(text(f"query {n}"), k=k, where=where, min_score=0, fold=False, rerank=False)

        rights = []
        for n in range(times):
            found = np.array([row_of[shot] for shot in ask(n).table["shot_id"]], np.int64)  # type: ignore[attr-defined]
            rights.append(recall(found, exact[n], passing, k))
        took = median_ms(ask, times)
        report.line(name, took, float(np.mean(rights)))
        return took[0]

    whole = through("ShotIndex.search, vectors alone", None, everything, 10, given.queries)
    report.line(
        "ShotIndex.search, its defaults", median_ms(lambda n: index.search(f"query {n}"), given.queries)
    )
    for name, share in FILTERS.items():
        some = round(share * per_film)
        # Some shots of every film; where that would be less than one, the first shot of some films.
        films = FILMS if some else max(1, round(share * per_film * FILMS))
        where: dict[str, object] = {"number": (0, max(some, 1) - 1), "tag": (0, films - 1)}
        passing = np.flatnonzero((table["number"] < max(some, 1)) & (table["tag"] < films))
        through(f"filter that keeps {name}", where, passing, 10, given.queries)
    through("k = 10,000", None, everything, 10_000, min(given.queries, 10))
    for name, times in (("files in memory", warm), ("files not in memory", cold)):
        opened, mapped, first = (f"{1e3 * seconds:.1f} ms" for seconds in times)
        print(f"fresh process, {name}: open {opened}, check and map {mapped}, then first search {first}")
    if whole > MOST_MS:
        report.failed.append(f"ShotIndex.search, vectors alone: median {whole:.2f} ms")
    if warm[0] + warm[1] > MOST_OPENING_S:
        report.failed.append(f"opening: {warm[0] + warm[1]:.3f} s")
    print("all bars met" if not report.failed else "MISSED: " + "; ".join(report.failed))
    return int(bool(report.failed))


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--clusters", type=int, default=2000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="keep the catalog here, and use it when it is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        return measure(given, given.folder or Path(scratch) / "catalog")


if __name__ == "__main__":
    sys.exit(main())
