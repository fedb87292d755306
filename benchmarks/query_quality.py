"""How well searches of the sample film are answered: 200 with known answers, 100 for what is not there.

    python benchmarks/query_quality.py [--half figures|tuning|all] [--folder FOLDER]

Figures are those of the half of the searches that no constant was chosen with. Every figure is of one run
and one index; nDCG@10 counts a shot that is all that was asked for 3, one that is some of it 1.

Bars: searching picture and dialogue at once reaches 0.95 of the better of the two on every kind of
search, and 1.2 times either over all kinds; one typing error per search costs at most 5 % of nDCG@10; the
second stage does no harm; of the searches for what is absent 90 % return nothing, and of the right
answers at most 5 % are lost.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.evaluation.metrics import grades_of, ndcg, recall, reciprocal_rank
from vidsearch_sdk.query.algebra.terms import says, text
from vidsearch_sdk.sample.assets import film_path, subtitle_paths, truth
from vidsearch_sdk.sample.queries import absent_queries, sample_queries
from vidsearch_sdk.sample.query import RIGHT, Query, judged
from vidsearch_sdk.sample.query_words import misspelled
from vidsearch_sdk.shot_index import ShotIndex

K = 10
SLIPS = 5  # errors of each search, since one alone is a matter of luck
KINDS = ("picture", "dialogue", "both")
LEAST_OF_BETTER, LEAST_GAIN, MOST_TYPING_LOSS = 0.95, 1.20, 0.05
LEAST_EMPTY, MOST_LOST = 0.90, 0.05

Ask = Callable[[Query], list[str]]


@dataclass
class Report:
    """What was printed, and what was not reached."""

    failed: list[str] = field(default_factory=list)

    def bar(self, name: str, value: float, *, least: float | None = None, most: float | None = None) -> None:
        good = (least is None or value >= least) and (most is None or value <= most)
        wanted = f">= {least:.2f}" if least is not None else f"<= {most:.2f}"
        print(f"  {name:<62}{value:>8.3f}  {wanted:>8}  {'met' if good else 'MISSED'}")
        if not good:
            self.failed.append(f"{name}: {value:.3f}")


class Searcher:
    """The sample film's index, and which of its shots answer each search."""

    def __init__(self, folder: Path, queries: Sequence[Query]) -> None:
        self.queries = queries
        catalog = Catalog(folder)
        if not catalog.exists or not len(catalog.shots):
            film = folder.parent / "the-key.mp4"
            film.write_bytes(film_path().read_bytes())
            for subtitles in subtitle_paths():
                name = film.stem + subtitles.name.removeprefix(film_path().stem)
                film.with_name(name).write_bytes(subtitles.read_bytes())
            catalog.add(film, title="The Key")
            catalog.segment(progress=False)
        self.index = ShotIndex.build(catalog, Encoder("sample", device="cpu"), progress=False)
        shots = self.index.table[["shot_id", "start_s", "end_s"]].itertuples(index=False, name=None)
        spans = list(shots)
        self.answers = {query: judged(query, spans) for query in queries}

    def shots(self, query: Any, **options: Any) -> list[str]:
        """Ids of the shots that answer, best first: of everything that scores at all."""
        options = {"k": 50, "min_score": 0.0, "fold": False, **options}
        return list(self.index.search(query, **options).table["shot_id"])

    def grades(self, query: Query, found: Sequence[str]) -> np.ndarray:
        return grades_of(found, self.answers[query])

    def ndcg(self, query: Query, found: Sequence[str]) -> float:
        answers = self.answers[query]
        return ndcg(grades_of(found, answers), judged=list(answers.values()), k=K)

    def right(self, query: Query) -> set[str]:
        return {shot for shot, grade in self.answers[query].items() if grade == RIGHT}

    def scores(self, ask: Ask) -> np.ndarray:
        return np.array([self.ndcg(query, ask(query)) for query in self.queries])


def interval(differences: np.ndarray) -> str:
    """95 % of the means of 2,000 samples of the queries drawn again."""
    rng = np.random.default_rng(0)
    means = differences[rng.integers(0, len(differences), (2000, len(differences)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"[{low:+.3f}, {high:+.3f}]"


def of_kind(queries: Sequence[Query], kind: str) -> np.ndarray:
    return np.array([kind in ("all", query.kind) for query in queries])


def fusion(search: Searcher, report: Report) -> None:
    """Pictures alone, dialogue alone, both at once."""
    queries = search.queries
    modes: dict[str, Ask] = {
        "picture": lambda query: search.shots(text(query.words)),
        "dialogue": lambda query: search.shots(says(query.words)),
        "at once": lambda query: search.shots(query.words),
    }
    found = {mode: [ask(query) for query in queries] for mode, ask in modes.items()}
    reached = {
        mode: np.array([search.ndcg(*pair) for pair in zip(queries, lists, strict=True)])
        for mode, lists in found.items()
    }
    print(f"\nPicture, dialogue, and both at once: nDCG@{K}")
    print(
        f"  {'searches':<24}{'count':>6}{'picture':>10}{'dialogue':>10}{'at once':>10}{'over the better':>18}"
    )
    styles = dict.fromkeys((query.kind, query.style) for query in queries)
    for kind, style in styles:
        among = np.array([(query.kind, query.style) == (kind, style) for query in queries])
        _line(f"{kind}: {style}", among, reached)
    print()
    for kind in (*KINDS, "all"):
        _line(kind, of_kind(queries, kind), reached)
    for mode, lists in found.items():
        pairs = [
            (search.grades(query, list_), len(search.right(query)))
            for query, list_ in zip(queries, lists, strict=True)
        ]
        mrr = np.mean([reciprocal_rank(grades, least=RIGHT) for grades, _ in pairs])
        r10 = np.mean([recall(grades, right=right, k=K, least=RIGHT) for grades, right in pairs])
        print(f"  {mode:<10} over all: MRR {mrr:.3f}, recall@{K} {r10:.3f} of right shots")
    for kind in KINDS:
        among = of_kind(queries, kind)
        better = max(reached["picture"][among].mean(), reached["dialogue"][among].mean())
        report.bar(
            f"at once, {kind} searches, share of the better alone",
            reached["at once"][among].mean() / better,
            least=LEAST_OF_BETTER,
        )
    for mode in ("picture", "dialogue"):
        report.bar(
            f"at once, all searches, share of {mode} alone",
            reached["at once"].mean() / reached[mode].mean(),
            least=LEAST_GAIN,
        )


def _line(name: str, among: np.ndarray, reached: dict[str, np.ndarray]) -> None:
    picture, dialogue, both = (reached[mode][among].mean() for mode in ("picture", "dialogue", "at once"))
    share = f"{both / max(picture, dialogue):.2f}"
    print(f"  {name:<24}{among.sum():>6}{picture:>10.3f}{dialogue:>10.3f}{both:>10.3f}{share:>16}")


def typing(search: Searcher, report: Report) -> None:
    """One typing error in each search, with and without repair."""
    queries = search.queries
    print(f"\nOne typing error per search ({SLIPS} of each): nDCG@{K}")
    print(f"{'repaired':>36}{'as typed':>12}{'wrong, repaired':>18}{'wrong, as typed':>18}{'lost':>8}")
    clean = search.scores(lambda query: search.shots(query.words))
    typed = search.scores(lambda query: search.shots(query.words, spelling=False))
    wrong, as_is = (
        np.mean(
            [
                search.scores(
                    lambda query, seed=seed, repair=repair: search.shots(  # type: ignore[misc]
                        misspelled(query.words, seed=seed), spelling=repair
                    ),
                )
                for seed in range(SLIPS)
            ],
            axis=0,
        )
        for repair in (True, False)
    )
    for kind in (*KINDS, "all"):
        among = of_kind(queries, kind)
        lost = 1 - wrong[among].mean() / clean[among].mean()
        print(
            f"  {kind:<24}{clean[among].mean():>10.3f}{typed[among].mean():>12.3f}"
            f"{wrong[among].mean():>18.3f}{as_is[among].mean():>18.3f}{lost:>8.1%}"
        )
    report.bar("share of nDCG@10 lost to one error", 1 - wrong.mean() / clean.mean(), most=MOST_TYPING_LOSS)
    report.bar("repair of searches without an error, share kept", clean.mean() / typed.mean(), least=0.99)


def second_stage(search: Searcher, report: Report) -> None:
    """The best frames of the first candidates, against the mean of a shot's frames."""
    queries = search.queries
    print(f"\nSecond stage: nDCG@{K}")
    print(f"  {'searches':<24}{'off':>10}{'on':>10}{'as a default':>14}{'on - off, 95 %':>22}")
    asks: dict[str, Ask] = {
        "off": lambda query: search.shots(query.words, rerank=False),
        "on": lambda query: search.shots(query.words, rerank=True),
        "default": lambda query: search.shots(query.words),
    }
    reached = {name: search.scores(ask) for name, ask in asks.items()}
    for kind in (*KINDS, "all"):
        among = of_kind(queries, kind)
        off, on, default = (reached[name][among] for name in ("off", "on", "default"))
        means = f"{off.mean():>10.3f}{on.mean():>10.3f}{default.mean():>14.3f}"
        print(f"  {kind:<24}{means}{interval(on - off):>22}")
    report.bar(
        "the default, share of the better of on and off",
        reached["default"].mean() / max(reached["on"].mean(), reached["off"].mean()),
        least=0.99,
    )


def absent(search: Searcher, nothing: Sequence[Query], report: Report) -> None:
    """What is not there, and what is lost by the threshold that keeps it away."""
    queries = search.queries
    print("\nSearches for what is not there")
    empty = {query: not len(search.index.search(query.words)) for query in nothing}
    for style in dict.fromkeys(query.style for query in nothing):
        some = [empty[query] for query in nothing if query.style == style]
        print(f"  {style:<36}{sum(some):>5} of {len(some):>3} return nothing")
    answered = [query.words for query in nothing if not empty[query]]
    print(f"  answered all the same: {'; '.join(answered) or 'none'}")
    print(f"  {'searches':<24}{'right answers':>15}{'lost':>7}{'none shown':>17}")
    total = kept = 0
    unanswered = []
    for kind in KINDS:
        right = held = gone = 0
        for query in (query for query in queries if query.kind == kind):
            reachable = search.right(query) & set(search.shots(query.words, k=20))
            shown = search.right(query) & set(search.shots(query.words, k=20, min_score=None))
            unanswered += [] if shown else [query.words]
            right, held, gone = right + len(reachable), held + len(reachable & shown), gone + (not shown)
        print(f"  {kind:<24}{right:>15}{1 - held / right:>7.1%}{gone:>17}")
        total, kept = total + right, kept + held
    print(f"  without a right answer: {'; '.join(unanswered) or 'none'}")
    report.bar("absent: share that returns nothing", float(np.mean(list(empty.values()))), least=LEAST_EMPTY)
    report.bar("present: share of right answers in the first 20 lost", 1 - kept / total, most=MOST_LOST)


def measure(half: str, folder: Path) -> int:
    """Build the index, measure, print; 1 when a bar is missed."""
    started = time.perf_counter()
    chosen = None if half == "all" else half
    queries = sample_queries(half=chosen)  # type: ignore[arg-type]
    nothing = absent_queries(half=chosen)  # type: ignore[arg-type]
    search = Searcher(folder, queries)
    print(
        f"the sample film: {len(search.index)} shots found, {len(truth())} true; {len(queries)} searches and "
        f"{len(nothing)} for nothing, half: {half}; built in {time.perf_counter() - started:.1f} s"
    )
    report = Report()
    fusion(search, report)
    typing(search, report)
    second_stage(search, report)
    absent(search, nothing, report)
    print("all bars met" if not report.failed else "MISSED: " + "; ".join(report.failed))
    return int(bool(report.failed))


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("figures", "tuning", "all"), default="figures")
    parser.add_argument("--folder", type=Path, help="keep the catalog here, and use it when it is there")
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        return measure(given.half, given.folder or Path(scratch) / "catalog")


if __name__ == "__main__":
    sys.exit(main())
