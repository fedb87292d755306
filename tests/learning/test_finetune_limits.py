"""What holds a run back: general queries that must not suffer, and memory."""

from __future__ import annotations

import pytest
import torch

import vidsearch_sdk as vs
from tests.learning.made_world import FILMS, make_catalog, make_encoder, make_pairs, one_thread
from vidsearch_sdk.errors import EncoderError, RegressionError
from vidsearch_sdk.learning import job, kept_material
from vidsearch_sdk.learning.finetune import finetune
from vidsearch_sdk.learning.pairs import Pairs

OPTIONS = {
    "held_out": [FILMS[0]],
    "epochs": 2,
    "batch_size": 16,
    "learning_rate": 3e-3,
    "precision": "f32",
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
def pairs(tmp_path_factory):
    return make_pairs(make_catalog(tmp_path_factory.mktemp("limits") / "catalog"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_encoder(tmp_path_factory.mktemp("encoders") / "given")


@pytest.fixture
def encoder(folder):
    return vs.Encoder(folder, device="cpu", dtype="f32")


@pytest.mark.parametrize(
    ("where", "options"),
    [
        ("start_bias", {"loss": "sigmoid"}),
        ("similarities", {}),
        ("Keeping", {"keep": 1.0}),
    ],
)
def test_memory_that_runs_out_elsewhere_is_told_alike(encoder, pairs, tmp_path, monkeypatch, where, options):
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(job, where, full)
    with pytest.raises(EncoderError, match=r"4 pairs at once do not fit .* micro_batch=2"):
        finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS | options, micro_batch=4)
    with pytest.raises(EncoderError, match=r"take train='lora' or frames_per_shot=2, and another out; or a"):
        finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS | options, micro_batch=1)
    few = OPTIONS | options | {"train": "head", "frames_per_shot": 1, "micro_batch": 1}
    with pytest.raises(EncoderError, match=r"take a smaller encoder, or a device with more memory"):
        finetune(encoder, pairs, out=tmp_path / "few", **few)


def test_general_queries_decide_how_far_it_goes(encoder, pairs, tmp_path, monkeypatch):
    out = tmp_path / "out"
    options = OPTIONS | {"epochs": 6, "learning_rate": 3e-4, "blend": "auto", "patience": 0}
    # The given encoder's own order is right by definition, and to learn anything is to leave it.
    with pytest.raises(RegressionError, match=r"costs general queries more than largest_loss=0\.01"):
        finetune(encoder, pairs, out=out, **options, largest_loss=0.01)
    assert not out.exists()
    # What was learned is kept, and is not learned again.
    monkeypatch.setattr(job, "accumulate", None)
    tuned = finetune(encoder, pairs, out=out, **options, largest_loss=0.3)
    before, after = tuned.figures["before"], tuned.figures["after"]
    assert 0 < tuned.blend < 1
    assert after["general"] >= 0.7 * before["general"]
    assert after["MRR"] > before["MRR"]
    whole = next(one for one in tuned.record["tried"] if one["blend"] == 1.0)
    assert whole["general"] < 0.7 * before["general"]
    assert whole["MRR"] > after["MRR"]


def test_general_queries_that_measure_are_not_learned(encoder, pairs, tmp_path, monkeypatch):
    films = pairs.only([FILMS[1], FILMS[2]])
    asked = Pairs(pairs.catalog, films.table.assign(text=[f"thing number {at}" for at in range(24)]))
    seen = []

    class Watched(job.Keeping):
        def __init__(self, towers, texts, shots, **given):
            seen.append(([len(some) for some in texts], len(shots[-1])))
            super().__init__(towers, texts, shots, **given)

    monkeypatch.setattr(job, "Keeping", Watched)
    monkeypatch.setattr(kept_material, "LEAST_TO_DIVIDE", 20)
    tuned = finetune(
        encoder, pairs, out=tmp_path / "out", **OPTIONS | {"keep": 1.0, "epochs": 1}, general=asked
    )
    ((texts, shots),) = seen
    assert 12 in texts
    assert 24 not in texts
    assert shots == 12
    data = tuned.record["data"]
    assert (data["general_queries"], data["general_kept"], data["general_apart"]) == (12, 12, True)
    assert "of 12 general queries, by captions; 12 others of them" in (tuned.folder / "README.md").read_text()


def test_what_every_text_has_is_no_new_word(encoder, pairs, tmp_path, monkeypatch):
    taken = []
    real = job.prepare

    def watched(towers, train, *, tokens, **given):
        taken.append(set(tokens))
        return real(towers, train, tokens=tokens, **given)

    monkeypatch.setattr(job, "prepare", watched)
    monkeypatch.setattr(job.Job, "run", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        finetune(encoder, pairs, out=tmp_path / "out", **OPTIONS | {"train": "lora"})
    tokenizer = encoder.fresh()[1].tokenizer
    assert taken[0].isdisjoint(tokenizer([""]).flatten().tolist())
    assert taken[0] > set(tokenizer(["dax"]).flatten().tolist()) - set(tokenizer([""]).flatten().tolist())


def test_a_repository_of_the_hub_is_named_as_the_base_and_a_name_of_open_clip_is_not(
    encoder, pairs, tmp_path, monkeypatch
):
    cards = []
    monkeypatch.setattr(encoder, "name", "lab/given")
    monkeypatch.setattr(encoder, "revision", "0" * 40)
    for at, tag in enumerate(("", "laion2b")):
        monkeypatch.setattr(encoder, "pretrained", tag)
        out = tmp_path / str(at)
        cards.append(
            (finetune(encoder, pairs, out=out, **OPTIONS | {"epochs": 1}).folder / "README.md").read_text()
        )
    assert ["base_model" in card for card in cards] == [True, False]
