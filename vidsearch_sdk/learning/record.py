"""What is told of a run: in ``finetune.json``, and from there in the card."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vidsearch_sdk import __version__
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.learning.blending import Blend
from vidsearch_sdk.learning.kept_material import GeneralParts
from vidsearch_sdk.learning.material import Wanted
from vidsearch_sdk.learning.options import TrainingOptions
from vidsearch_sdk.learning.run import RunState
from vidsearch_sdk.learning.settings import FineTuneSettings

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LONGEST_WORD = 60


def record_of(
    wanted: Wanted,
    state: RunState,
    before: Mapping[str, float],
    blend: Blend,
    options: TrainingOptions,
    *,
    settings: FineTuneSettings,
    meaning: Mapping[str, Any],
    name: str,
    base: Encoder,
    general: GeneralParts,
) -> dict[str, Any]:
    """Gather what a run was and gave, as JSON knows it.

    Args:
        wanted: What it learned from.
        state: How it went.
        before: Figures of what was given.
        blend: How far it went, and the figures there.
        options: Steps and rates.
        settings: As they were told.
        meaning: What decided the result.
        name: Of the new encoder.
        base: The given one.
        general: The general queries that were kept and those that measured.
    """
    train, held = wanted.train, wanted.held
    sources = train.table["source"].value_counts()
    return {
        "name": name,
        "version": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        # A folder by its own name: where it lies on this machine is nobody's business.
        "base": {"name": _shown_name(base.name), "fingerprint": base.fingerprint},
        "settings": asdict(settings),
        "data": {
            "pairs": len(train),
            "texts": len(train.texts),
            "shots": len(train.shots),
            "films": len(train.films),
            "sources": {str(source): int(count) for source, count in sources.items()},
            "held_out_pairs": len(held),
            "held_out_films": len(held.films),
            "general": wanted.general.source,
            "general_queries": len(general.measured.texts),
            "general_kept": len(general.kept.texts) if general.kept is not None else 0,
            "general_apart": general.apart,
        },
        "figures": {"before": dict(before), "after": dict(blend.figures)},
        "blend": blend.share,
        "tried": [{"blend": share, **figures} for share, figures in blend.tried.items()],
        "steps": state.step,
        "best_step": state.best_step,
        "seconds": round(state.seconds, 1),
        "history": history_of(state, before, options),
        "meaning": dict(meaning),
    }


def history_of(
    state: RunState, before: Mapping[str, float], options: TrainingOptions
) -> list[dict[str, float | None]]:
    """One row per measurement, the first of them before the first step."""
    rows: list[dict[str, float | None]] = [{"step": 0, "loss": None, "rate": 0.0, **before}]
    last = 0
    for one in state.measurements:
        step = int(one["step"])
        some = state.losses[last:step]
        figures = {name: value for name, value in one.items() if name != "step"}
        rows.append(
            {"step": step, "loss": sum(some) / len(some), "rate": options.rate_at(step - 1), **figures}
        )
        last = step
    return rows


def words_of_texts(texts: Sequence[str]) -> frozenset[str]:
    """Give the words of texts in lower case, as ``words.txt`` lists them.

    Examples:
        >>> sorted(words_of_texts(["A wug's hat", "the wug"]))
        ['a', 'hat', 'the', 'wug', "wug's"]
    """
    found = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return frozenset(word for word in found if len(word) <= _LONGEST_WORD)


def _shown_name(name: str) -> str:
    return Path(name).name if Path(name).is_absolute() else name
