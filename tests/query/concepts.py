"""Films of which a test knows what every shot shows and what is said over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.index.worlds import StubEncoder, add_film, film_id, unit
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.query.evaluator import Evaluator
from vidsearch_sdk.query.scoring import Scorer
from vidsearch_sdk.query.stopwatch import Stopwatch
from vidsearch_sdk.shot_index import ShotIndex

CONCEPTS = ["dog", "cat", "beach", "night", "train", "umbrella", "lighthouse", "violin"]
DIM = 64
SHOT_S = 2.0

Line = tuple[float, float, str]


class ConceptEncoder(StubEncoder):
    """Its vectors are sums of what a text names, one axis each; other texts have a direction of their own."""

    def __init__(self, *, turned: int = 0, **facts: Any) -> None:
        super().__init__(DIM, **facts)
        random = np.random.default_rng(turned)
        self.axes = np.linalg.qr(random.standard_normal((DIM, DIM)))[0].astype(np.float32)
        self.words = frozenset([*CONCEPTS, "a", "at", "on", "the", "with"])

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.calls["texts"] += len(texts)
        return np.stack([self.row(text) for text in texts])

    def row(self, shown: str) -> np.ndarray:
        """The vector of what a text or a shot shows."""
        named = [CONCEPTS.index(word) for word in shown.lower().split() if word in CONCEPTS]
        return unit(self.axes[named].sum(axis=0)) if named else self._of(shown.encode())

    def rows(self, shots: Sequence[str], *, noise: float = 0.25, seed: int = 0) -> np.ndarray:
        """Shots by what they show, none quite like another; of nothing that is named for an empty text."""
        random = np.random.default_rng(seed)
        drawn = random.standard_normal((len(shots), DIM - len(CONCEPTS))).astype(np.float32)
        off = unit(drawn) @ self.axes[len(CONCEPTS) :]
        plain = [off[n] if not shown else self.row(shown) + noise * off[n] for n, shown in enumerate(shots)]
        return unit(np.stack(plain))


def film(
    catalog: Catalog,
    encoder: ConceptEncoder,
    number: int,
    shots: Sequence[str],
    *,
    said: dict[int, str] | None = None,
    spoken_in: str = "en",
    **own: Any,
) -> None:
    """Store a film of shots of two seconds; ``said`` is spoken over the shots of these numbers."""
    lines: list[Line] = [(SHOT_S * n + 0.4, SHOT_S * n + 1.6, words) for n, words in (said or {}).items()]
    rows = encoder.rows(shots, seed=number + 1)
    add_film(
        catalog,
        number,
        len(shots),
        vectors=rows,
        encoder=encoder,
        same=True,
        lines=lines,
        spoken_in=spoken_in,
        **own,
    )


def index_of(
    folder: Path,
    films: Sequence[Sequence[str]],
    *,
    said: dict[int, dict[int, str]] | None = None,
    owns: Sequence[dict[str, Any]] = (),
) -> ShotIndex:
    """A catalog of films, each a list of what its shots show, and its index."""
    catalog, encoder = Catalog(folder), ConceptEncoder()
    for number, shots in enumerate(films):
        own = owns[number] if number < len(owns) else {}
        film(catalog, encoder, number, shots, said=(said or {}).get(number), **own)
    return ShotIndex.build(catalog, encoder, progress=False)


def places(hits: Any) -> list[tuple[int, int]]:
    """Film and number of each hit's (first) shot."""
    numbers = {film_id(number): number for number in range(40)}
    return [(numbers[hit.video_id], hit.number) for hit in hits]


def spans(hits: Any) -> list[list[tuple[int, int]]]:
    """Film and number of all shots of each hit."""
    return [places(hit.parts) or places([hit]) for hit in hits]


def evaluator(index: ShotIndex, *, least: float = 0.0, depth: int = 200, closely: bool = True) -> Evaluator:
    """What searches of an index are evaluated with."""
    served, resources, watch = index._serving(), index._resources, Stopwatch()
    heard = resources.heard(resources.state(served), watch)
    scorer = Scorer(served, resources.vectors(served, {}), heard, None, least, closely)
    return Evaluator(scorer, (), depth, 64, watch)
