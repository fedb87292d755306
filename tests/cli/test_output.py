import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from vidsearch_sdk.cli.output import aligned, print_json


def test_everything_a_table_holds_becomes_json(capsys):
    row = {
        "text": "a\x1b[31m ‮",
        "missing": float("nan"),
        "endless": float("inf"),
        "whole": np.int64(3),
        "vector": np.arange(2),
        "rate": Fraction(24000, 1001),
        "path": Path("a/b"),
        "when": pd.Timestamp("2024-05-06"),
        "none": pd.NA,
        "never": pd.NaT,
        "yes": np.bool_(True),
        "set": ("a", None),
    }
    print_json(row)
    out = capsys.readouterr().out
    # Nothing but ASCII: no terminal that shows the answer is steered by it.
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out) == {
        "text": "a\x1b[31m ‮",
        "missing": None,
        "endless": None,
        "whole": 3,
        "vector": [0, 1],
        "rate": "24000/1001",
        "path": "a/b",
        "when": "2024-05-06 00:00:00",
        "none": None,
        "never": None,
        "yes": True,
        "set": ["a", None],
    }


def test_a_table_stays_aligned_whatever_it_holds():
    text = aligned([("ok", "a\nb\x1b[2J", 1.0), ("crashed", None, float("nan"))], ("status", "name", "score"))
    assert text.splitlines() == ["status   name     score", "ok       a b [2J   1.00", "crashed"]


def test_a_table_of_nothing_is_its_head():
    assert aligned([], ("status", "films")) == "status  films"
