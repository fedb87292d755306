"""A written encoder is one that open_clip loads as it is."""

import json

import open_clip
import pytest
import torch
from safetensors.torch import load_file

from vidsearch_sdk.encoding.untrained import new_model, new_tokenizer
from vidsearch_sdk.learning.encoder_folder import CONFIG_NAME, WEIGHTS_NAME, write_encoder_folder

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 32},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
PREPROCESS = {"size": 32, "mode": "RGB", "mean": [0.5] * 3, "std": [0.25] * 3, "interpolation": "bicubic",
              "resize_mode": "squash"}  # fmt: skip


@pytest.mark.parametrize(("precision", "tolerance"), [("f32", 0.0), ("f16", 2e-3), ("bf16", 2e-2)])
def test_open_clip_loads_what_was_written(tmp_path, precision, tolerance):
    model = new_model(CONFIG, seed=0).eval()
    folder = write_encoder_folder(
        tmp_path / "encoder",
        model,
        model_config=CONFIG,
        preprocess_config=PREPROCESS,
        card="# A card\n",
        precision=precision,
    )
    loaded, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    tokens = tokenizer(["a dog on the beach", "night"])
    assert torch.equal(tokens, new_tokenizer(CONFIG)(["a dog on the beach", "night"]))
    with torch.inference_mode():
        ours, theirs = (m.encode_text(tokens, normalize=True) for m in (model, loaded.eval()))
        assert (ours - theirs).abs().max() <= tolerance
        picture = torch.rand(2, 3, 32, 32)
        ours, theirs = (m.encode_image(picture, normalize=True) for m in (model, loaded))
        assert (ours - theirs).abs().max() <= tolerance
    assert "squash" in json.loads((folder / CONFIG_NAME).read_text())["preprocess_cfg"]["resize_mode"]
    assert preprocess.transforms[0].size == (32, 32)
    assert (folder / "README.md").read_text() == "# A card\n"


def test_only_matrices_are_rounded(tmp_path):
    model = new_model(CONFIG, seed=0)
    folder = write_encoder_folder(
        tmp_path, model, model_config=CONFIG, preprocess_config=PREPROCESS, card="", precision="f16"
    )
    for name, value in load_file(folder / WEIGHTS_NAME).items():
        if value.is_floating_point():
            assert value.dtype == (torch.float16 if value.ndim >= 2 else torch.float32), name


def test_an_unknown_precision_is_refused(tmp_path):
    with pytest.raises(ValueError, match="f32, f16, bf16"):
        write_encoder_folder(
            tmp_path,
            new_model(CONFIG, seed=0),
            model_config=CONFIG,
            preprocess_config=PREPROCESS,
            card="",
            precision="int8",
        )


def test_words_are_listed_where_they_are_known(tmp_path):
    model = new_model(CONFIG, seed=0)
    parts = {"model_config": CONFIG, "preprocess_config": PREPROCESS, "card": "# A card\n"}
    write_encoder_folder(tmp_path, model, **parts, words=["dog", "beach"])
    assert (tmp_path / "words.txt").read_text() == "beach\ndog\n"
    # Another model's words must not stay behind.
    write_encoder_folder(tmp_path, model, **parts)
    assert not (tmp_path / "words.txt").exists()
