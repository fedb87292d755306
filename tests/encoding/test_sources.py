from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import open_clip
import pytest

from tests.encoding.hub_server import Hub, Repository
from vidsearch_sdk.encoding.sources import choose_weights, find_source
from vidsearch_sdk.errors import EncoderError, EncoderNotFound

MakeFolder = Callable[..., Path]


def test_a_folder_is_found_by_text_and_by_path(make_folder: MakeFolder) -> None:
    folder = make_folder()
    for name in (folder, str(folder), f"local-dir:{folder}"):
        source = find_source(name)
        assert source.name == str(folder)
        assert source.weights == folder / "open_clip_model.safetensors"
        assert source.preprocess["resize_mode"] == "squash"
        assert (source.tokenizer, source.revision) == (None, "")


def test_a_pickle_beside_safetensors_is_never_chosen(make_folder: MakeFolder) -> None:
    folder = make_folder()
    (folder / "open_clip_model.safetensors").rename(folder / "epoch_3.safetensors")
    (folder / "open_clip_pytorch_model.bin").write_bytes(b"a pickle that open_clip would prefer")
    assert find_source(folder).weights.name == "epoch_3.safetensors"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PE-Core-B16", "Did you mean 'PE-Core-B-16'"),
        ("pe-core-b-16", "Did you mean 'PE-Core-B-16'"),
        ("vit-b-16-siglip2", "Did you mean 'ViT-B-16-SigLIP2'"),
        ("zzzzzz", "Allowed: 'sample', 'sample-multilingual', a model name of open_clip"),
        ("./models/mine", "there is no folder './models/mine'"),
        ("~/nowhere/at/all", "there is no folder"),
        ("/nowhere", "there is no folder '/nowhere'"),
        ("local-dir:mine", "there is no folder"),
        (Path("PE-Core-B-16"), "no encoder is called"),
        ("", "an encoder has a name"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(name: str | Path, said: str) -> None:
    with pytest.raises(EncoderNotFound) as caught:
        find_source(name)
    assert said in str(caught.value)


def test_options_that_do_not_apply_are_refused(make_folder: MakeFolder) -> None:
    folder = make_folder()
    with pytest.raises(EncoderError, match="is a folder: revision='main' does not apply"):
        find_source(folder, revision="main")
    with pytest.raises(EncoderError, match="is part of the package: pretrained='meta' does not apply"):
        find_source("sample", pretrained="meta")
    with pytest.raises(EncoderError, match="repository of the Hub: pretrained='meta' does not apply"):
        find_source("hf-hub:lab/model", pretrained="meta")


def test_a_model_with_several_sets_of_weights_lists_them() -> None:
    with pytest.raises(EncoderError, match="choose with pretrained=, one of: openai, yfcc15m, cc12m"):
        find_source("RN50")
    with pytest.raises(EncoderNotFound, match="has no weights 'laion'; allowed: openai, yfcc15m, cc12m"):
        find_source("RN50", pretrained="laion")
    with pytest.raises(EncoderNotFound, match="open_clip knows no weights for 'ViT-S-16'"):
        find_source("ViT-S-16")


def test_every_default_tag_exists() -> None:
    from vidsearch_sdk.encoding.sources import _DEFAULT_TAGS

    for model, tag in _DEFAULT_TAGS.items():
        assert tag in open_clip.list_pretrained_tags_by_model(model)
    assert open_clip.list_pretrained_tags_by_model("PE-Core-B-16") == ["meta"]


def test_what_a_name_of_open_clip_takes_from_the_hub(hub: Hub, tmp_path: Path) -> None:
    weights, words = {"open_clip_model.safetensors": b"weights"}, {"tokenizer.json": b"{}"}
    unwanted = {"README.md": b"#", "open_clip_pytorch_model.bin": b"pickle", "open_clip_config.json": b"{}"}
    for repo in ("timm/PE-Core-B-16", "timm/vit_base_patch32_clip_224.openai"):
        hub.repositories[repo] = Repository(weights | unwanted)
    hub.repositories["timm/ViT-B-16-SigLIP2"] = Repository(weights | words | unwanted)
    hub.repositories["jienengchen/ViTamin-S"] = Repository({"pytorch_model.bin": b"pickle"})
    code = """
import json, sys
from vidsearch_sdk.encoding.sources import find_source
from vidsearch_sdk.errors import EncoderError
answers = []
for name, pretrained in json.loads(sys.argv[2]):
    try:
        found = find_source(name, pretrained=pretrained, cache_dir=sys.argv[1])
        answers.append({
            "weights": found.weights.read_bytes().decode(), "tag": found.pretrained, "commit": found.revision,
            "gelu": found.config.get("quick_gelu"), "mean": found.preprocess["mean"][0],
            "resize": found.preprocess["resize_mode"],
            "tokenizer": sorted(path.name for path in found.tokenizer.iterdir()) if found.tokenizer else None,
        })
    except EncoderError as error:
        answers.append(f"{type(error).__name__}: {error}")
print(json.dumps(answers))
"""
    wanted = [("PE-Core-B-16", None), ("ViT-B-32", "openai"), ("ViT-B-16-SigLIP2", None), ("ViTamin-S", None)]
    environment = os.environ | {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_OFFLINE": "0",
    }
    arguments = [sys.executable, "-c", code, str(tmp_path / "cache"), json.dumps(wanted)]
    answer = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=250)
    assert answer.returncode == 0, answer.stderr
    pe, openai, siglip, pickled = json.loads(answer.stdout.splitlines()[-1])
    assert pe == {
        "weights": "weights", "tag": "meta", "commit": hub.repositories["timm/PE-Core-B-16"].commit,
        "gelu": False, "mean": 0.5, "resize": "squash", "tokenizer": None,
    }  # fmt: skip
    # OpenAI's weights need the quick GELU, which open_clip's model of that name does not have.
    assert (openai["gelu"], openai["tag"], openai["resize"]) == (True, "openai", "shortest")
    assert siglip["tokenizer"] == ["open_clip_model.safetensors", "tokenizer.json"]
    assert pickled.startswith(
        "EncoderNotFound: jienengchen/ViTamin-S holds weights only as pytorch_model.bin"
    )
    got = {request.rpartition("/")[2] for request in hub.requests if "/resolve/" in request}
    assert got == {"open_clip_model.safetensors", "tokenizer.json"}


def test_a_folder_must_be_whole(make_folder: MakeFolder, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderNotFound, match="holds no open_clip_config"):
        find_source(tmp_path / "empty")
    unreadable = make_folder("unreadable")
    (unreadable / "open_clip_config.json").write_text("{")
    with pytest.raises(EncoderError, match="is not the configuration of an open_clip model"):
        find_source(unreadable)
    (unreadable / "open_clip_config.json").write_text(
        '{"model_cfg": {"embed_dim": "x", "vision_cfg": 1, "text_cfg": 1}}'
    )
    with pytest.raises(EncoderError, match="lacks model_cfg with embed_dim"):
        find_source(unreadable)
    foreign = make_folder("foreign")
    content = json.loads((foreign / "open_clip_config.json").read_text())
    content["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "google/one"
    (foreign / "open_clip_config.json").write_text(json.dumps(content))
    with pytest.raises(EncoderNotFound, match=r"needs the tokenizer files .* of google/one beside"):
        find_source(foreign)
    content["model_cfg"]["text_cfg"] = {"hf_model_name": "google/one"}
    (foreign / "open_clip_config.json").write_text(json.dumps(content))
    with pytest.raises(EncoderNotFound, match="needs that of google/one"):
        find_source(foreign)


def test_only_safetensors_are_weights() -> None:
    with pytest.raises(EncoderNotFound, match="may run code when it is read, so it is refused"):
        choose_weights(["open_clip_config.json", "open_clip_pytorch_model.bin"], "lab/model")
    with pytest.raises(EncoderNotFound, match="holds several weights"):
        choose_weights(["a.safetensors", "b.safetensors"], "lab/model")
    with pytest.raises(EncoderNotFound, match="holds no weights"):
        choose_weights(["sub/a.safetensors", "README.md"], "lab/model")
