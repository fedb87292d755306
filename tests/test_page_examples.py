"""The examples of the pages run, and print what the pages say."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.page_examples import run_page

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = ("evaluation.md", "fine-tuning.md", "queries.md", "tour.md", "usage.md")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_prints_what_it_shows(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pd.option_context("display.width", 120, "display.max_columns", 20):
        examples = list(run_page(DOCS / name))
    assert len(examples) > 5
    for example in examples:
        if example.shown is not None:
            where = f"{name}, line {example.line}\n{example.code}"
            assert _without_figures(example.printed) == _without_figures(example.shown), where


def _without_figures(printed: str) -> list[str]:
    """What must not change: times always do, scores by a little, and with them what is said of them."""
    loose = re.sub(r"\d+(\.\d+)? (ms|s)\b|\b[01]\.\d+\b", "…", printed)
    loose = re.sub(r"\b(picture|line) …,?|\bwhy\b", "", loose)
    return [" ".join(line.split()) for line in loose.splitlines()]
