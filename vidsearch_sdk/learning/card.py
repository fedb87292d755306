"""The model card: what was tuned, on what, how, and what it gave."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vidsearch_sdk.pages.markup import plain

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|])")


def card_of(record: Mapping[str, Any], *, base_repo: str = "") -> str:
    """Write README.md of a tuned encoder.

    Args:
        record: As ``finetune.json`` holds it.
        base_repo: Repository of the Hub that the given encoder came from; empty for none.

    Returns:
        Markdown with the front matter that the Hub reads.
    """
    base, data, settings = record["base"], record["data"], record["settings"]
    front = ["library_name: open_clip", "tags: [clip, video-search, vidsearch-sdk]"]
    if base_repo:
        # JSON is YAML, and quotes whatever a name may hold.
        front.append(f"base_model: {json.dumps(base_repo)}")
    sources = ", ".join(f"{count:,} from {_text(source)}" for source, count in data["sources"].items())
    figures = record["figures"]
    names = list(figures["after"])
    rows = [
        f"| {when} | " + " | ".join(f"{one[name]:.3f}" for name in names) + " |"
        for when, one in figures.items()
    ]
    told = [f"| {name} | {_text(json.dumps(value))} |" for name, value in settings.items()]
    return "\n".join(
        [
            "---",
            *front,
            "---",
            "",
            f"# {_text(record['name'])}",
            "",
            f"An encoder of pictures and texts, tuned with `vidsearch_sdk` {record['version']} from "
            f"`{_code(base['name'])}` (fingerprint `{base['fingerprint']}`). `vidsearch_sdk.Encoder(folder)` "
            "and open_clip load it.",
            "",
            "## Data",
            "",
            f"{data['pairs']:,} pairs of shot and text ({sources}): {data['texts']:,} texts and "
            f"{data['shots']:,} shots, of films: {data['films']:,}. Held out, of other films "
            f"({data['held_out_films']:,}): {data['held_out_pairs']:,} pairs.",
            "",
            "## Figures",
            "",
            "| | " + " | ".join(names) + " |",
            "|---|" + "---|" * len(names),
            *rows,
            "",
            "R@1 and R@5: share of held-out texts with a right shot in first place and among the first five. "
            "MRR: mean of 1 / place of the first right shot. These chose the step and, with `general`, the "
            "blend, so they flatter a little: measure on films that had no part in it. general: mean nDCG@10 "
            f"of {data['general_queries']:,} general queries, by {_text(data['general'])}{_kept(data)}.",
            "",
            "## Settings",
            "",
            f"Best of {record['steps']:,} steps: step {record['best_step']:,}. Weights: "
            f"{1 - record['blend']:.2f} of what was given and {record['blend']:.2f} of what was tuned "
            "(Wortsman et al., 2022).",
            "",
            "| setting | value |",
            "|---|---|",
            *told,
            "",
        ]
    )


def _kept(data: Mapping[str, Any]) -> str:
    if not data["general_kept"]:
        return ""
    if data["general_apart"]:
        return f"; {data['general_kept']:,} others of them were kept in training"
    return ", which were kept in training, so that this flatters, too"


def _text(value: object) -> str:
    """Words from outside as Markdown that shows them and does nothing else."""
    return _MARKS.sub(r"\\\1", plain(value, limit=300))


def _code(value: object) -> str:
    return plain(value, limit=300).replace("`", "'")
