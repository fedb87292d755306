"""Teaching from the command line: what is learned from, the figures, and the encoder folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.learning.made_world import FILMS, make_catalog, make_encoder, make_pairs
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.cli.arguments import parse
from vidsearch_sdk.cli.main import main
from vidsearch_sdk.store import catalog_file

SCRIPT = Path(__file__).parents[1] / "learning" / "sample_script.fountain"
FEW = ["--epochs", "3", "--batch-size", "16", "--learning-rate", "0.003", "--held-out", FILMS[0]]
FEW += ["--largest-loss", "1", "--patience", "0", "--blend", "1", "--no-augment", "--device", "cpu"]


def run(capsys, *typed: object) -> tuple[int, str, str]:
    code = main([str(word) for word in typed])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """A catalog of five films, an encoder that knows nothing, and captions of every shot."""
    folder = tmp_path_factory.mktemp("world")
    catalog = make_catalog(folder / "films")
    catalog_file.make_catalog(catalog._disk)
    make_encoder(folder / "encoder")
    shots = catalog.shots.set_index("shot_id")
    rows = make_pairs(catalog).table
    spans = shots.loc[rows["shot_id"], ["start_s", "end_s"]].reset_index(drop=True)
    captions = pd.concat([rows["video_id"].rename("video"), spans, rows["text"]], axis=1)
    captions.to_csv(folder / "captions.csv", index=False)
    return folder


def test_a_process_teaches_and_says_before_and_after(world, tmp_path):
    out = tmp_path / "taught"
    typed = [
        "finetune",
        world / "films",
        world / "captions.csv",
        "--encoder",
        world / "encoder",
        "--out",
        out,
    ]
    done = subprocess.run(
        [sys.executable, "-m", "vidsearch_sdk", *map(str, typed), *FEW],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert told[0].startswith("learned from: Pairs(48 of ")
    assert told[1].startswith("held out: Pairs(12 of ")
    head, before, after = (line.split() for line in told[-3:])
    assert head[:2] == ["R@1", "R@5"]
    assert (before[0], after[0]) == ("before", "after")
    assert f"vidsearch index {world / 'films'} --encoder {out}" in done.stderr
    assert "blend: 1 of the tuned weights" in done.stderr
    assert (out / "open_clip_model.safetensors").stat().st_size > 0
    again = subprocess.run(
        [sys.executable, "-m", "vidsearch_sdk", *map(str, typed), *FEW, "--json"],
        capture_output=True,
        text=True,
    )
    answer = json.loads(again.stdout)
    assert answer["folder"] == str(out)
    assert answer["pairs"] == {"learned": 48, "held_out": 12}
    assert answer["films"]["held_out"] == [FILMS[0]]
    assert [f"{answer['figures']['after'][name]:.3f}" for name in ("R@1", "R@5")] == after[1:3]
    assert len(answer["history"]) >= 3


def test_what_would_be_learned_can_be_looked_at(capsys, world, sample_index, tmp_path):
    code, out, _ = run(capsys, "finetune", world / "films", world / "captions.csv", "--check")
    assert code == 0
    assert out.startswith("learned from: Pairs(")
    code, out, _ = run(capsys, "finetune", world / "films", world / "captions.csv", "--check", "--json")
    assert json.loads(out)["shots"] == 60
    # Scenes are shown also where something else is missing.
    place = sample_index._catalog.location
    code, out, err = run(capsys, "finetune", place, "--outline", f"film.mp4={SCRIPT}", "--check")
    assert code == 1
    assert "EXT. FOREST - NIGHT" in out
    assert "nothing of what is said in it was found" in out
    assert "all pairs are of one film" in err


def test_all_that_was_said_is_learned_together(capsys, world, tmp_path):
    films = tmp_path / "films"
    shutil.copytree(world / "films", films)
    shots = Catalog(films).shots["shot_id"]
    judged = pd.DataFrame({"query": ["a tall tree", "a tall tree"], "shot_id": shots[:2], "grade": [3, 1]})
    judged.to_csv(tmp_path / "judged.csv", index=False)
    Catalog(films).judgments.add(
        pd.DataFrame({"query": ["a small tree"], "shot_id": [shots[2]], "grade": [1]}), who="Ada"
    )
    captions = world / "captions.csv"
    typed = ["finetune", films, captions, captions, "--judgments", tmp_path / "judged.csv", "--feedback"]
    code, out, _ = run(capsys, *typed, "--check", "--json")
    assert code == 0
    assert sum(json.loads(out)["pairs"].values()) == 60 + 2 + 1
    typed = [*typed[:-1], "--least", "2", "--held-out", FILMS[1], "--held-out", FILMS[2]]
    answer = json.loads(run(capsys, *typed, "--check", "--json")[1])
    assert sum(answer["pairs"].values()) == 60 + 1
    assert answer["films"]["held_out"] == sorted(FILMS[1:3])


def test_what_is_wrong_is_told_in_one_line_before_time_is_spent(capsys, world, tmp_path):
    films, captions = world / "films", world / "captions.csv"
    wrong = tmp_path / "wrong.csv"
    rows = pd.read_csv(captions)
    rows.assign(start_s=rows["start_s"] + 500, end_s=rows["end_s"] + 500).to_csv(wrong, index=False)
    same = tmp_path / "same.csv"
    rows.assign(text="a shot").to_csv(same, index=False)
    overlapping = tmp_path / "overlapping.csv"
    rows.assign(end_s=rows["end_s"] + 2).to_csv(overlapping, index=False)
    lonely, few = tmp_path / "lonely.csv", ["--held-out", FILMS[0]]
    rows.assign(text=rows["text"].where(rows["video"] != FILMS[0], "a shot")).to_csv(lonely, index=False)
    (tmp_path / "empty.csv").write_text("video,start_s,end_s,text\n")
    out = ["--out", tmp_path / "out", "--encoder", world / "encoder"]
    for typed, says in (
        ([films, wrong, *out], "row 2 of wrong.csv names no shot"),
        ([films, overlapping, *out], "row 3 of overlapping.csv: its span"),
        ([films, same, *out], "all 60 pairs have the same text, 'a shot'"),
        ([films, tmp_path / "empty.csv", *out], "there are no captions"),
        ([films, tmp_path / "none.csv", *out], "none.csv cannot be read"),
        ([films, *out], "there is nothing to learn from"),
        ([films, captions], "--out FOLDER"),
        ([films, captions, *out, "--epochs", "0"], "epochs=0"),
        ([films, captions, *out, "--held-out", "2"], "held_out=2.0"),
        ([films, captions, *out, "--held-out", "gone"], "No film 'gone'"),
        ([films, captions, *out, "--held-out", "0.2", "--held-out", "0.3"], "one share, or films"),
        ([films, captions, *out, "--outline", "pilot.fountain"], "FILM=FILE is needed"),
        ([films, captions, *out, "--outline", "gone=pilot.fountain"], "pilot.fountain cannot be read"),
        ([films, captions, *out, "--least-sure", "2", "--outline", f"x={SCRIPT}"], "least_sure=2.0"),
        ([films, captions, *out, "--feedback"], "keeps no judgments yet"),
        ([films, captions, *out, "--general", tmp_path / "none.csv"], "none.csv cannot be read"),
        ([films, captions, *out, "--general", tmp_path / "empty.csv"], "there are no captions"),
        ([films, captions, "--out", tmp_path / "out"], "name the encoder to start from"),
        ([films, captions, *out, "--push", "bad/name/x"], "bad/name/x was not pushed: that is no name"),
        ([films, lonely, *out, *few], "pairs that are held out have the same text"),
        ([films, lonely, "--check", *few], "pairs that are held out have the same text"),
        ([films, captions, "--check", "--push", "a/b"], "--check writes nothing"),
        ([tmp_path / "nowhere", captions, *out], "there is no catalog"),
        ([films, captions, "--out", world / "films", "--encoder", world / "encoder"], "films exists"),
    ):
        code, _, err = run(capsys, "finetune", *typed)
        assert (code, len(err.splitlines())) == (1, 1), (typed, err)
        assert says in err, (typed, err)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "nowhere").exists()


def test_what_cannot_be_typed_ends_with_2(world):
    for typed in (["--train", "some"], ["--epochs", "many"], ["--blend", "half"], ["--pooling", "max"]):
        with pytest.raises(SystemExit) as ended:
            parse(["finetune", "films", "captions.csv", "--out", "x", *typed])
        assert ended.value.code == 2
    given = parse(["finetune", "films", "a.csv", "--out", "x", "b.csv", "--blend", "0.5"])
    assert (given.captions, given.blend) == (["a.csv", "b.csv"], 0.5)
