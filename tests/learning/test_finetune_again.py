"""The same call again after it ended well, or was refused, with other settings or another encoder."""

import shutil

import pandas as pd
import pytest

import vidsearch_sdk as vs
from tests.learning.made_world import FILMS, make_catalog, make_encoder, make_pairs, one_thread, shown
from vidsearch_sdk.errors import QueryError, RegressionError, StorageError
from vidsearch_sdk.learning import finetune as finetune_module
from vidsearch_sdk.learning import job
from vidsearch_sdk.learning.finetune import finetune
from vidsearch_sdk.learning.finetuned import FineTuned
from vidsearch_sdk.learning.material import divide, want
from vidsearch_sdk.learning.pairs import Pairs

OPTIONS = {
    "held_out": [FILMS[0]],
    "epochs": 1,
    "batch_size": 16,
    "learning_rate": 3e-3,
    "precision": "f32",
    "progress": False,
}
REFUSED = OPTIONS | {"learning_rate": 1e-9}


@pytest.fixture(scope="module", autouse=True)
def calculate_alone():
    one_thread()


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return make_pairs(make_catalog(tmp_path_factory.mktemp("catalog")))


@pytest.fixture
def encoder(tmp_path):
    return vs.Encoder(make_encoder(tmp_path / "given"), device="cpu", dtype="f32")


def test_the_remedies_of_a_refusal_can_be_followed(encoder, pairs, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with pytest.raises(RegressionError, match="another learning_rate or more epochs may help"):
        finetune(encoder, pairs, out=out, **REFUSED)
    assert (tmp_path / "out.work" / "checkpoint.safetensors").exists()
    with monkeypatch.context() as patched:
        patched.setattr(job, "accumulate", None)  # nothing is trained again for another blend
        with pytest.raises(RegressionError):
            finetune(encoder, pairs, out=out, **REFUSED | {"largest_loss": 0.5})
    tuned = finetune(encoder, pairs, out=out, **OPTIONS | {"epochs": 2, "blend": 1.0})
    assert tuned.record["steps"] == 6
    assert not (tmp_path / "out.work").exists()
    # A run that ended keeps nothing for another share, and says so.
    with pytest.raises(StorageError, match=r"with another blend\. .* only where they made the run refuse"):
        finetune(encoder, pairs, out=out, **OPTIONS | {"epochs": 2, "blend": 0.5})
    assert not (tmp_path / "out.work").exists()


def test_what_is_left_of_the_work_is_removed_also_where_the_run_had_ended(
    encoder, pairs, tmp_path, monkeypatch
):
    options = OPTIONS | {"blend": 1.0}
    tuned = finetune(encoder, pairs, out=tmp_path / "out", **options)
    (tmp_path / "out.work").mkdir()
    (tmp_path / "out.work" / "checkpoint.safetensors").write_bytes(b"x")
    monkeypatch.setattr(finetune_module, "Job", None)
    assert finetune(encoder, pairs, out=tmp_path / "out", **options).fingerprint == tuned.fingerprint
    assert not (tmp_path / "out.work").exists()


def test_pooling_and_words_of_the_encoder_make_another_run(encoder, pairs, tmp_path, monkeypatch):
    pooled = finetune(
        encoder, pairs, out=tmp_path / "pooled", **OPTIONS | {"blend": 1.0, "pooling": "attention"}
    )
    options = OPTIONS | {"blend": 1.0}
    given = pooled.encoder(device="cpu", dtype="f32")
    finetune(given, pairs, out=tmp_path / "out", **options)
    monkeypatch.setattr(finetune_module, "Job", None)
    finetune(given, pairs, out=tmp_path / "out", **options)
    for name, gone in (("no_pooling", "pooling.*"), ("no_words", "words.txt")):
        folder = shutil.copytree(pooled.folder, tmp_path / name)
        for path in folder.glob(gone):
            path.unlink()
        other = vs.Encoder(folder, device="cpu", dtype="f32")
        assert other.fingerprint == given.fingerprint
        with pytest.raises(StorageError, match="another run made"):
            finetune(other, pairs, out=tmp_path / "out", **options)


def test_held_out_shots_are_searched_among_the_others_of_their_films(encoder, pairs):
    few = pairs.table.query("video_id != @FILMS[0]")[["shot_id", "text"]]
    held = pd.DataFrame(
        [(f"{FILMS[0]}-{n}", "a {} in the {}".format(*shown(FILMS[0], n))) for n in (0, 5)],
        columns=["shot_id", "text"],
    )
    train, held_out = divide(Pairs(pairs.catalog, pd.concat([few, held])), [FILMS[0]], seed=0)
    wanted = want(train, held_out, None, encoder.fresh()[1], frames_per_shot=2, words=())
    assert len(wanted.held.shots) == 2
    assert wanted.of_held.shot_ids == tuple(f"{FILMS[0]}-{n}" for n in range(12))
    assert len(wanted.of_train.shot_ids) == 48


def test_pairs_of_films_that_are_learned_from_are_not_held_out(pairs):
    table = pairs.table[["shot_id", "text", "video_id"]]
    of_film = table["video_id"] == FILMS[1]
    half = of_film & table["shot_id"].str.endswith(("0", "2", "4"))
    learned, held = Pairs(pairs.catalog, table[~half]), Pairs(pairs.catalog, table[half])
    with pytest.raises(QueryError, match=f"1 of the held-out films are also learned from .*{FILMS[1]}"):
        divide(learned, held, seed=0)
    one_text = Pairs(pairs.catalog, table[of_film].assign(text="a shot"))
    with pytest.raises(QueryError, match="pairs that are held out have the same text, 'a shot': nothing"):
        divide(Pairs(pairs.catalog, table[~of_film]), one_text, seed=0)


def test_a_share_that_gained_little_where_more_could_be_had_is_told(tmp_path):
    before = {"R@1": 0.1, "MRR": 0.2, "general": 0.8}

    def tuned(blend, mrr):
        tried = [{"blend": 0.1, "MRR": 0.22, "general": 0.8}, {"blend": 0.8, "MRR": 0.7, "general": 0.5}]
        figures = {"before": before, "after": before | {"MRR": mrr}}
        return FineTuned(tmp_path, "0" * 16, pd.DataFrame(), figures, blend, {"tried": tried})

    (note,) = tuned(0.1, 0.22).notes
    assert "0.1 takes held-out mean reciprocal rank from 0.200 to 0.220; 0.8 would reach 0.700" in note
    assert note in repr(tuned(0.1, 0.22))
    assert tuned(0.1, 0.5).notes == ()
    assert tuned(0.8, 0.7).notes == ()
