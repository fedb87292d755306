import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from tests.query.algebra.random_expressions import drawn, same_pictures
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.as_json import from_json, to_json
from vidsearch_sdk.query.algebra.terms import clip, image, says, text

A, B = text("a"), text("b")
LEAF = {"kind": "text", "words": "a"}


def whole(query):
    return {"version": 1, "query": query}


@pytest.mark.parametrize("seed", range(5))
def test_every_expression_comes_back(seed, tmp_path):
    PilImage.new("RGB", (3, 2)).save(tmp_path / "a.png")
    rng = random.Random(seed)
    for _ in range(40):
        one = drawn(rng, files=[tmp_path / "a.png"], pixels=True)
        read = from_json(json.loads(json.dumps(to_json(one), allow_nan=False)))
        assert read == one
        assert str(read) == str(one)
        assert same_pictures(read, one)


def test_a_picture_comes_back_without_its_file(tmp_path):
    path = tmp_path / "ref.png"
    PilImage.fromarray(np.random.default_rng(0).integers(0, 256, (30, 20, 3), np.uint8)).save(path)
    one = image(path)
    kept = json.dumps(to_json(one - "night"))
    path.unlink()
    read = next(from_json(json.loads(kept)).terms())
    assert np.array_equal(read.pixels, one.pixels)
    assert not read.pixels.flags.writeable
    assert read.label == str(path)


def test_a_path_of_bytes_that_are_no_text_comes_back():
    one = clip(Path("film\udcff.mp4"))
    assert from_json(json.loads(json.dumps(to_json(one)))) == one


def test_the_form_is_the_one_that_was_written_down():
    expression = (A - 0.5 * B).then(says("run", language="en") & "go", within_s=20)
    assert to_json(expression) == whole(
        {
            "kind": "then",
            "steps": [
                {"kind": "sum", "parts": [LEAF, {"kind": "text", "words": "b"}], "weights": [1.0, -0.5]},
                {
                    "kind": "and",
                    "parts": [
                        {"kind": "says", "words": "run", "language": "en"},
                        {"kind": "words", "words": "go"},
                    ],
                },
            ],
            "within_s": [20.0],
        }
    )


def nested(levels):
    node = LEAF
    for _ in range(levels):
        node = {"kind": "during", "inner": node, "outer": LEAF}
    return node


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (None, "as to_json gives it"),
        ([], "as to_json gives it"),
        (LEAF, "as to_json gives it"),
        ({"version": 2, "query": LEAF}, "newer"),
        ({"version": "1", "query": LEAF}, "version"),
        ({"version": True, "query": LEAF}, "version"),
        ({"version": 0, "query": LEAF}, "version"),
        (whole(None), "in query: a kind"),
        (whole("a dog"), "in query: a kind"),
        (whole({"kind": "eval", "words": "a"}), "not 'eval'"),
        (whole({"kind": ["text"], "words": "a"}), "in query: a kind"),
        (whole({"kind": "text"}), "has words"),
        (whole({"kind": "text", "words": "a", "more": 1}), "has words"),
        (whole({"kind": "text", "words": 3}), "in query: a query in words"),
        (whole({"kind": "text", "words": ""}), "in query: the query is empty"),
        (whole({"kind": "and", "parts": LEAF}), "list of queries"),
        (whole({"kind": "and", "parts": [LEAF, {"kind": "x"}]}), r"in query\.parts\[1\]: a kind"),
        (whole({"kind": "and", "parts": []}), "two different"),
        (whole({"kind": "sum", "parts": [LEAF], "weights": []}), "list of 1 numbers"),
        (whole({"kind": "sum", "parts": [LEAF], "weights": ["1"]}), "weight"),
        (whole({"kind": "sum", "parts": [LEAF], "weights": [float("nan")]}), "weight of nan"),
        (whole({"kind": "sum", "parts": [LEAF], "weights": [-1]}), "pushed away"),
        (whole({"kind": "then", "steps": [], "within_s": []}), "two steps"),
        (whole({"kind": "then", "steps": [LEAF, LEAF], "within_s": [0]}), "above 0"),
        (whole({"kind": "then", "steps": [LEAF, LEAF], "within_s": 3}), "list of 1 numbers"),
        (whole({"kind": "clip", "path": "", "start_s": None, "end_s": None}), "path of a file"),
        (whole({"kind": "clip", "path": "x", "start_s": "1", "end_s": None}), "time in seconds"),
        (whole({"kind": "shot", "shot_id": "../x"}), "shot_id"),
        (whole({"kind": "says", "words": "x", "language": 3}), "code"),
        (whole({"kind": "image", "label": "x", "png": "!!"}), "base64"),
        (whole({"kind": "image", "label": "x", "png": "é"}), "base64"),
        (whole({"kind": "image", "label": "x", "png": "AAAA"}), "not a picture"),
        (whole({"kind": "image", "label": 3, "png": "AAAA"}), "label"),
        (whole(nested(60)), "50 levels"),
    ],
)
def test_what_is_not_of_the_form_is_refused_with_its_place(kept, said):
    with pytest.raises(QueryError, match=said):
        from_json(kept)


def test_as_deep_as_an_expression_can_be():
    assert to_json(from_json(whole(nested(49)))) == whole(nested(49))


@pytest.mark.parametrize("bad", ["a dog", None, 3, LEAF])
def test_only_expressions_are_written(bad):
    with pytest.raises(QueryError, match="no expression"):
        to_json(bad)
