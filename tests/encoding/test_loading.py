from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.encoding.conftest import CONFIG
from vidsearch_sdk.encoding.loading import build_model, load_model
from vidsearch_sdk.encoding.sources import find_source
from vidsearch_sdk.errors import EncoderError

MakeFolder = Callable[..., Path]


def fingerprint(folder: Path) -> str:
    return load_model(find_source(folder)).fingerprint


def edited(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    content = json.loads((folder / "open_clip_config.json").read_text())
    change(content)
    (folder / "open_clip_config.json").write_text(json.dumps(content))
    return folder


def test_the_models_own_weights_are_loaded(make_folder: MakeFolder) -> None:
    loaded = load_model(find_source(make_folder(seed=3)))
    torch.manual_seed(3)
    expected = build_model(CONFIG).state_dict()
    found = loaded.model.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert loaded.dim == 16
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())


def test_the_fingerprint_names_what_decides_the_vectors(make_folder: MakeFolder, tmp_path: Path) -> None:
    base = make_folder("base")
    known = {"the base": fingerprint(base)}
    assert len(known["the base"]) == 16
    assert int(known["the base"], 16) >= 0
    assert fingerprint(make_folder("elsewhere")) == known["the base"]
    known["other weights"] = fingerprint(make_folder("weights", seed=1))
    known["another filter"] = fingerprint(make_folder("filter", preprocess={"interpolation": "bicubic"}))
    known["another mean"] = fingerprint(make_folder("mean", preprocess={"mean": [0.4, 0.5, 0.5]}))
    activation = edited(
        make_folder("activation"), lambda content: content["model_cfg"].update(quick_gelu=True)
    )
    known["another activation"] = fingerprint(activation)
    context = edited(make_folder("tokens"), lambda content: content["model_cfg"]["text_cfg"].update(eos_id=5))
    known["another text setting"] = fingerprint(context)
    assert len(set(known.values())) == len(known), known
    # What is said beside the settings that count does not.
    noted = edited(make_folder("noted"), lambda content: content.update(note="made on a Tuesday"))
    assert fingerprint(noted) == known["the base"]


@pytest.mark.parametrize("damage", ["cut", "empty", "foreign", "flipped header"])
def test_weights_that_are_not_the_models(make_folder: MakeFolder, damage: str) -> None:
    folder = make_folder()
    weights = folder / "open_clip_model.safetensors"
    data = bytearray(weights.read_bytes())
    if damage == "foreign":
        edited(folder, lambda content: content["model_cfg"].update(embed_dim=24))
    elif damage == "flipped header":
        data[9] ^= 0xFF
        weights.write_bytes(data)
    else:
        weights.write_bytes(data[: len(data) // 2] if damage == "cut" else b"")
    with pytest.raises(EncoderError, match=r"does not hold the weights of .* delete it and fetch"):
        load_model(find_source(folder))


def test_a_configuration_that_open_clip_does_not_know(make_folder: MakeFolder) -> None:
    unknown = edited(make_folder("a"), lambda content: content["model_cfg"].update(flux=1))
    with pytest.raises(EncoderError, match="open_clip cannot build a model of this configuration"):
        load_model(find_source(unknown))
    link = {"timm_model_name": "hf-hub:a/b"}
    elsewhere = edited(make_folder("b"), lambda content: content["model_cfg"]["vision_cfg"].update(link))
    with pytest.raises(EncoderError, match=r"elsewhere .hf-hub:a.b.; that is not followed"):
        load_model(find_source(elsewhere))


def test_a_pickle_in_place_of_safetensors_is_not_run(make_folder: MakeFolder, tmp_path: Path) -> None:
    import pickle

    class Trap:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
            return (tmp_path / "ran").touch, ()

    folder = make_folder()
    (folder / "open_clip_model.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(EncoderError, match="does not hold the weights"):
        load_model(find_source(folder))
    assert not (tmp_path / "ran").exists()


def test_models_that_need_transformers_say_how_to_get_it(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether the package is installed here or not, it is out of sight now.
    monkeypatch.setitem(sys.modules, "transformers", None)
    named = {"hf_tokenizer_name": "timm/ViT-B-16-SigLIP2"}
    folder = edited(make_folder("a"), lambda content: content["model_cfg"]["text_cfg"].update(named))
    (folder / "tokenizer.json").write_text("{}")
    install = r'needs the transformers package: pip install "vidsearch-sdk\[multilingual\]"'
    with pytest.raises(EncoderError, match=rf"timm/ViT-B-16-SigLIP2\) {install}"):
        load_model(find_source(folder))
    tower = {"hf_model_name": "xlm-roberta-base"}
    folder = edited(make_folder("b"), lambda content: content["model_cfg"].update(text_cfg=tower))
    (folder / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match=rf"xlm-roberta-base\) {install}"):
        load_model(find_source(folder))
