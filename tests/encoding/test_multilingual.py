"""Models with a Hugging Face tokenizer or text tower, from a folder and without a network."""

from __future__ import annotations

import copy
import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import save_file

from tests.encoding.conftest import CONFIG
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.loading import build_model

pytest.importorskip("transformers", reason="the optional [multilingual] packages are not installed")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ein", "hund", "am", "strand", "a", "dog", "on", "the", "beach"]
MARKS = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
TOWER = {
    "model_type": "xlm-roberta",
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}


def write_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **MARKS}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


@pytest.mark.parametrize("kind", ["tokenizer", "text tower"])
def test_a_folder_needs_no_network(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    write_tokenizer(tmp_path)
    config: dict[str, Any] = copy.deepcopy(CONFIG)
    if kind == "tokenizer":
        config["text_cfg"] |= {"hf_tokenizer_name": "org/none", "vocab_size": len(WORDS), "context_length": 8}
    else:
        names = {"hf_model_name": "xlm-roberta-base", "hf_tokenizer_name": "xlm-roberta-base"}
        more = {"hf_pooler_type": "mean_pooler", "hf_proj_type": "mlp", "context_length": 8}
        config["text_cfg"] = names | more
        (tmp_path / "config.json").write_text(json.dumps(TOWER))
    model = build_model(config, text_config=tmp_path)
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, tmp_path / "open_clip_model.safetensors")
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))

    encoder = Encoder(tmp_path, device="cpu", dtype="f32")
    rows = encoder.encode_texts(["ein hund am strand", "a dog on the beach"])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert float(rows[0] @ rows[1]) < 0.9999
    assert encoder.text_notices(["a dog"]) == ()
    (notice,) = encoder.text_notices(["a dog on the beach a dog on the beach"])
    assert "up to ...'a dog on the beach a'" in notice
