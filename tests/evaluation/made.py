"""An index whose answers a test chooses, and judgments for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from vidsearch_sdk.evaluation.judgments import Judgments

FILM = "00000000000000aa"
SHOTS = 60


class MadeIndex:
    """Orders shots by how right they are, plus noise: the more of it, the worse the index."""

    def __init__(self, noise: float, *, seed: int = 0, queries: int = 100, of_group: str = "") -> None:
        self._noise, self._seed = noise, seed
        self._right = right_shots(queries)
        self._of_group = of_group
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.table = pd.DataFrame(
            {
                "shot_id": [f"{FILM}-{n}" for n in range(SHOTS)],
                "video_id": FILM,
                "name": "film.mp4",
                "start_s": np.arange(SHOTS) * 2.0,
                "end_s": np.arange(SHOTS) * 2.0 + 2.0,
            }
        )

    def search(
        self, query: Any, *, k: int, where: Any = None, min_score: float | None = None, **options: Any
    ):
        words = query.words
        self.asked.append((words, {"k": k, "where": where, "min_score": min_score, **options}))
        number = int(words.rpartition(" ")[2]) if words.rpartition(" ")[2].isdigit() else -1
        random = np.random.default_rng((self._seed, number + 1))
        scores = np.zeros(SHOTS)
        scores[list(self._right.get(number, ()))] = 1.0
        noise = self._noise if self._of_group in words else 0.0
        scores += noise * random.standard_normal(SHOTS)
        shots = np.arange(SHOTS)
        if where is not None and "shot_id" in where:
            shots = np.array([int(one.rpartition("-")[2]) for one in where["shot_id"]])
        if where is not None and "even" in where:
            shots = shots[shots % 2 == 0]
        if min_score is None and number >= 900:
            shots = shots[:0]
        order = shots[np.argsort(-scores[shots], kind="stable")][:k]
        table = pd.DataFrame({"shot_id": [f"{FILM}-{n}" for n in order], "score": scores[order]})
        return SimpleNamespace(table=table)


def right_shots(queries: int) -> dict[int, tuple[int, ...]]:
    random = np.random.default_rng(42)
    return {n: tuple(random.choice(SHOTS, 3, replace=False).tolist()) for n in range(queries)}


def made_judgments(queries: int = 100, *, absent: int = 0) -> Judgments:
    rows = [
        {"query": f"{group(n)} {n}", "shot_id": f"{FILM}-{shot}", "grade": 1, "group": group(n)}
        for n, shots in right_shots(queries).items()
        for shot in shots
    ]
    rows += [{"query": f"nothing {900 + n}", "grade": 0, "group": "absent"} for n in range(absent)]
    return Judgments.from_frame(pd.DataFrame(rows))


def group(number: int) -> str:
    return "people" if number % 4 else "places"
