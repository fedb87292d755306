"""From pairs to an encoder: it learns, what was given stays, and nothing broken is ever left."""

from __future__ import annotations

import json
import os
import socket
import traceback
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import vidsearch_sdk as vs
from tests.learning.made_world import (
    FILMS,
    TRANSFORMER,
    make_catalog,
    make_encoder,
    make_pairs,
    one_thread,
    weights_of,
)
from vidsearch_sdk.errors import EncoderError, QueryError, RegressionError, StorageError, VideoNotFound
from vidsearch_sdk.learning import finetune as finetune_module
from vidsearch_sdk.learning import job, run, shots
from vidsearch_sdk.learning.finetune import finetune
from vidsearch_sdk.learning.pairs import Pairs

OPTIONS = {
    "held_out": [FILMS[0]],
    "epochs": 2,
    "batch_size": 16,
    "learning_rate": 3e-3,
    "precision": "f32",
    # The made encoder knows nothing that would be worth keeping.
    "keep": 0.0,
    "blend": 1.0,
    "progress": False,
}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    one_thread()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return make_catalog(tmp_path_factory.mktemp("finetune") / "catalog")


@pytest.fixture(scope="module")
def pairs(catalog):
    return make_pairs(catalog)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_encoder(tmp_path_factory.mktemp("encoders") / "given")


@pytest.fixture
def encoder(folder):
    return vs.Encoder(folder, device="cpu", dtype="f32")


@pytest.fixture(scope="module")
def learned(folder, pairs, tmp_path_factory):
    """One run that goes to its end; tests only read it."""
    one_thread()
    encoder = vs.Encoder(folder, device="cpu", dtype="f32")
    texts = ["a dax in the hall", "a wug in the cave"]
    before = encoder.encode_texts(texts)
    out = tmp_path_factory.mktemp("learned") / "tuned"
    options = OPTIONS | {"epochs": 12, "blend": "auto", "largest_loss": 1.0, "patience": 0}
    tuned = finetune(encoder, pairs, out=out, **options)
    return encoder, before, tuned


def test_it_learns_the_names_of_what_it_never_heard_of(learned):
    _, _, tuned = learned
    before, after = tuned.figures["before"], tuned.figures["after"]
    assert after["MRR"] > before["MRR"] + 0.2
    assert tuned.history["loss"].iloc[-1] < 0.9 * tuned.history["loss"].iloc[1]
    assert list(tuned.history.columns) == ["step", "loss", "rate", "R@1", "R@5", "MRR", "general"]
    # 48 pairs in batches of 16, twelve times.
    assert tuned.history["step"].tolist() == [3 * epoch for epoch in range(13)]
    assert tuned.history["rate"].max() <= 3e-3
    assert after["MRR"] == max(one["MRR"] for one in tuned.record["tried"])


def test_the_new_encoder_is_one_like_any_other_and_the_given_one_did_not_change(learned):
    encoder, before, tuned = learned
    texts = ["a dax in the hall", "a wug in the cave"]
    loaded = tuned.encoder(device="cpu", dtype="f32")
    assert loaded.fingerprint == tuned.fingerprint != encoder.fingerprint
    assert np.array_equal(encoder._encode_tokens(encoder.fresh()[1].tokenizer(texts).numpy()), before)
    assert not np.allclose(loaded.encode_texts(texts), before, atol=1e-2)
    assert loaded.words == {
        "field",
        "hall",
        "a",
        "the",
        "in",
        "cave",
        "dax",
        "wug",
        "blicket",
        "toma",
        "fep",
        "zib",
    }
    names = {path.name for path in tuned.folder.iterdir()}
    assert names == {
        "open_clip_config.json", "open_clip_model.safetensors", "README.md", "finetune.json", "words.txt",
    }  # fmt: skip
    assert not tuned.folder.with_name("tuned.work").exists()


def test_the_card_tells_data_settings_and_figures_and_no_path(learned):
    encoder, _, tuned = learned
    card = (tuned.folder / "README.md").read_text()
    for words in (
        "48 pairs of shot and text (48 from table): 12 texts and 48 shots, of films: 4",
        "Held out, of other films (1): 12 pairs",
        f"| after | {tuned.figures['after']['R@1']:.3f} |",
        "| learning_rate | 0.003 |",
        encoder.fingerprint,
    ):
        assert words in card
    assert str(tuned.folder.parent) not in card
    assert str(Path(encoder.name).parent) not in card + (tuned.folder / "finetune.json").read_text()


def test_the_same_call_again_returns_what_it_wrote(learned, pairs, monkeypatch):
    encoder, _, tuned = learned
    written = (tuned.folder / "finetune.json").stat()
    monkeypatch.setattr(finetune_module, "Job", None)
    options = OPTIONS | {"epochs": 12, "blend": "auto", "largest_loss": 1.0, "patience": 0}
    again = finetune(encoder, pairs, out=tuned.folder, **options)
    assert again.fingerprint == tuned.fingerprint
    pd.testing.assert_frame_equal(again.history, tuned.history)
    assert (tuned.folder / "finetune.json").stat().st_mtime_ns == written.st_mtime_ns
    with pytest.raises(StorageError, match="another run made; choose another folder, or pass overwrite=True"):
        finetune(encoder, pairs, out=tuned.folder, **options | {"seed": 1})
    assert not tuned.folder.with_name("tuned.work").exists()


def test_what_it_shows(learned, tmp_path):
    _, _, tuned = learned
    assert repr(tuned).startswith("FineTuned('")
    html = tuned._repr_html_()
    assert html.count("<svg") == 1
    assert "held-out recall" in html
    assert tuned.plot().save(tmp_path / "plot.svg").stat().st_size > 2000
    assert vs.FineTuned.read(tuned.folder).figures == tuned.figures
    with pytest.raises(StorageError, match=r"holds no readable finetune\.json"):
        vs.FineTuned.read(tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        {"train": "lora", "config": TRANSFORMER},
        {"train": "head", "loss": "sigmoid"},
        {"pooling": "attention", "loss": "sigmoid", "micro_batch": 5},
        {"pooling": "multiscale", "frames_per_shot": 2, "keep": 5.0, "augment": False},
    ],
    ids=lambda options: "-".join(str(value) for value in options.values() if isinstance(value, str)),
)
def test_every_way_of_learning_leaves_a_whole_encoder(pairs, tmp_path, options):
    options = dict(options)
    folder = make_encoder(tmp_path / "given", config=options.pop("config", TRANSFORMER | {"embed_dim": 32}))
    encoder = vs.Encoder(folder, device="cpu", dtype="f32")
    tuned = finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS | options)
    loaded = tuned.encoder(device="cpu", dtype="f32")
    assert loaded.fingerprint != encoder.fingerprint
    assert loaded.pooling.name == options.get("pooling", "mean")
    assert tuned.history["loss"].notna().sum() == 2
    if "pooling" in options:
        # Its pooling goes on being tuned, unless told otherwise.
        again = finetune(loaded, pairs, out=tmp_path / "again", **OPTIONS)
        assert again.encoder(device="cpu").pooling.name == options["pooling"]
        assert again.encoder(device="cpu").pooling.digest != loaded.pooling.digest
        plain = finetune(loaded, pairs, out=tmp_path / "plain", **OPTIONS | {"pooling": "mean"})
        assert plain.encoder(device="cpu").pooling.name == "mean"


def test_parts_of_a_batch_learn_what_the_whole_learns(encoder, pairs, tmp_path):
    whole = finetune(encoder, pairs, out=tmp_path / "whole", **OPTIONS)
    parts = finetune(encoder, pairs, out=tmp_path / "parts", **OPTIONS, micro_batch=3)
    assert parts.history["loss"].tolist()[1:] == pytest.approx(whole.history["loss"].tolist()[1:], rel=1e-4)


def test_what_cannot_be_learned_from_is_said_before_anything_is_done(
    encoder, catalog, pairs, tmp_path, monkeypatch
):
    monkeypatch.setattr(shots, "make_pictures", None)
    monkeypatch.setattr(finetune_module, "Job", None)
    same = Pairs(catalog, pairs.table.assign(text="a shot"))
    file = tmp_path / "file"
    file.write_text("x")
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.doc").write_text("x")
    one_film = pairs.only([FILMS[1]])
    out = tmp_path / "out"
    for error, said, arguments in (
        (QueryError, "all 60 pairs have the same text", {"pairs": same}),
        (QueryError, "pairs is a DataFrame; vs.Pairs are needed", {"pairs": pairs.table}),
        (EncoderError, "a vs.Encoder can be tuned, not str", {"encoder": "sample"}),
        (EncoderError, "epochs=-1", {"epochs": -1}),
        (QueryError, "of one film", {"pairs": one_film, "held_out": 0.2}),
        (QueryError, "held-out films are also learned from", {"held_out": one_film}),
        (VideoNotFound, "nowhere", {"held_out": ["nowhere"]}),
        (QueryError, "general is a str; vs.Pairs or vs.Judgments", {"general": "dog"}),
        (StorageError, "exists; choose another folder", {"out": file}),
        (StorageError, "exists; choose another folder", {"out": full}),
        (StorageError, "holds no encoder and is not replaced", {"out": full, "overwrite": True}),
        (StorageError, "is the encoder that is tuned", {"out": encoder.name, "overwrite": True}),
    ):
        given = {"encoder": encoder, "pairs": pairs, "out": out, **OPTIONS} | arguments
        with pytest.raises(error) as caught:
            finetune(given.pop("encoder"), given.pop("pairs"), **given)
        assert said in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]


def test_a_disk_without_room_is_told_before_time_is_spent(encoder, pairs, tmp_path, monkeypatch):
    from vidsearch_sdk.learning import disk_room, material

    monkeypatch.setattr(material, "make_pictures", None)
    usage = disk_room.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(disk_room.shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(
        StorageError, match=r"pictures, checkpoint and encoder need .* MB in .* and 1\.0 MB are free"
    ):
        finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS)
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_no_number_stops_the_run_and_writes_nothing(encoder, pairs, tmp_path, monkeypatch):
    real = job.accumulate
    calls = []

    def spoiled(towers, batch, **given):
        calls.append(1)
        if len(calls) == 4:
            with torch.no_grad():
                towers.model.logit_scale.fill_(float("nan"))
        return real(towers, batch, **given)

    monkeypatch.setattr(job, "accumulate", spoiled)
    with pytest.raises(EncoderError, match=r"the loss is nan at step 4: .* lower learning_rate than 0\.003"):
        finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.work" / "checkpoint.safetensors").exists()
    # With another rate it may be tried at once.
    monkeypatch.setattr(job, "accumulate", real)
    assert finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS | {"learning_rate": 1e-3}).blend == 1.0


def test_memory_that_runs_out_names_what_to_do_and_the_run_goes_on(encoder, pairs, tmp_path, monkeypatch):
    real = job.accumulate

    def full(towers, batch, **given):
        if given["micro_batch"] is None:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        return real(towers, batch, **given)

    monkeypatch.setattr(job, "accumulate", full)
    with pytest.raises(EncoderError, match=r"16 pairs at once do not fit .* micro_batch=8"):
        finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS)
    assert finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS, micro_batch=8).folder.exists()


def test_an_unfinished_run_of_other_settings_is_not_taken_for_this_one(
    encoder, folder, pairs, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        real, calls = job.accumulate, []

        def stopped(*given, **options):
            calls.append(1)
            if len(calls) == 4:
                raise KeyboardInterrupt
            return real(*given, **options)

        patched.setattr(job, "accumulate", stopped)
        patched.setattr(run, "CHECKPOINT_EVERY_S", 0.0)
        with pytest.raises(KeyboardInterrupt):
            finetune(encoder, pairs, out=out, **OPTIONS)
    assert not out.exists()
    other = vs.Encoder(make_encoder(tmp_path / "other", seed=3), device="cpu")
    fewer = Pairs(pairs.catalog, pairs.table.iloc[:-1])
    for changed, given in (
        ("seed", (encoder, pairs, {"seed": 1})),
        ("learning_rate, epochs", (encoder, pairs, {"epochs": 3, "learning_rate": 1e-3})),
        ("encoder", (other, pairs, {})),
        ("pairs", (encoder, fewer, {})),
    ):
        with pytest.raises(
            StorageError, match=r"unfinished run that differs in .* remove that folder"
        ) as caught:
            finetune(given[0], given[1], out=out, **OPTIONS | given[2])
        assert set(changed.split(", ")) <= set(
            str(caught.value).split("differs in ")[1].split(":")[0].split(", ")
        )
    # What is only done at the end may be told otherwise.
    assert finetune(encoder, pairs, out=out, **OPTIONS | {"blend": 0.5}).blend == 0.5


def test_a_damaged_checkpoint_is_named(encoder, pairs, tmp_path):
    work = tmp_path / "out.work"
    work.mkdir()
    (work / "checkpoint.safetensors").write_bytes(b"\x10" * 500)
    with pytest.raises(vs.DamagedError, match=r"cannot be resumed .* remove it to start afresh"):
        finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS)


def test_nothing_better_is_refused_and_nothing_written(encoder, pairs, tmp_path):
    options = OPTIONS | {"learning_rate": 1e-9, "blend": "auto", "epochs": 1}
    with pytest.raises(RegressionError, match=r"finds held-out shots no better .* nothing was written"):
        finetune(encoder, pairs, out=tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_general_queries_decide_how_far_it_goes(learned, pairs, catalog, tmp_path):
    encoder, _, _ = learned
    judged = vs.Judgments.from_frame(
        pd.DataFrame({"query": ["hall", 'says("hello")'], "shot_id": pairs.shots[:2], "grade": [2.0, 1.0]})
    )
    tuned = finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS, general=judged)
    assert tuned.record["data"]["general"] == "judgments"
    assert tuned.record["data"]["general_queries"] == 1
    # All shots of the judged film are searched.
    assert 0 < tuned.figures["before"]["general"] <= 1


def test_one_run_at_a_time_works_in_a_folder(encoder, pairs, tmp_path):
    from vidsearch_sdk.learning.folders import held

    with held(tmp_path / "out.work"), pytest.raises(StorageError, match="another run is at work"):
        finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS)


def _rank(root, rank, port, answers):
    torch.set_num_threads(1)
    os.environ |= {
        "RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    try:
        catalog = vs.Catalog(f"{root}/catalog")
        tuned = finetune(
            vs.Encoder(f"{root}/given", device="cpu", dtype="f32"),
            make_pairs(catalog, FILMS[:3]),
            out=f"{root}/together",
            **OPTIONS | {"batch_size": 9, "keep": 3.0, "blend": "auto", "largest_loss": 1.0, "epochs": 4},
        )
        answers.put([rank, tuned.fingerprint, tuned.history["loss"].tolist()[1:], tuned.blend])
    except BaseException:
        answers.put([rank, traceback.format_exc(), [], 0])


def test_two_processes_learn_what_one_does_and_the_first_writes(tmp_path):
    catalog = make_catalog(tmp_path / "catalog", films=FILMS[:3])
    make_encoder(tmp_path / "given")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = get_context("forkserver")
    answers = context.SimpleQueue()
    children = [context.Process(target=_rank, args=(str(tmp_path), rank, port, answers)) for rank in range(2)]
    for child in children:
        child.start()
    said = sorted(answers.get() for _ in children)
    for child in children:
        child.join(60)
    assert said[0][1:] == said[1][1:], said
    alone = finetune(
        vs.Encoder(tmp_path / "given", device="cpu", dtype="f32"),
        make_pairs(catalog, FILMS[:3]),
        out=tmp_path / "alone",
        **OPTIONS | {"batch_size": 9, "keep": 3.0, "blend": "auto", "largest_loss": 1.0, "epochs": 4},
    )
    losses = alone.history["loss"].tolist()[1:]
    assert said[0][2][:1] == pytest.approx(losses[:1], rel=1e-4)
    assert said[0][2] == pytest.approx(losses, rel=0.02)
    assert json.loads((tmp_path / "together" / "finetune.json").read_text())["processes"] == 2
    assert len(weights_of(tmp_path / "together")) == len(weights_of(tmp_path / "alone"))
    assert not list(tmp_path.glob("*.work"))
