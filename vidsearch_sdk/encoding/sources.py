"""From what a user calls an encoder to the files that make it."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import open_clip

from vidsearch_sdk.encoding.hub import Snapshot, fetch
from vidsearch_sdk.encoding.pooling import POOLING_FACTS, POOLING_WEIGHTS
from vidsearch_sdk.encoding.words import WORDS_NAME
from vidsearch_sdk.errors import EncoderError, EncoderNotFound

CONFIG_NAME = "open_clip_config.json"
SAMPLE = "sample"

# What the package carries itself, by name, and its folder in the sample world.
_OWN = {SAMPLE: "encoder", "sample-multilingual": "encoder_multilingual"}

# Of models with several sets of weights, those trained on DataComp-1B (Gadre et al., 2023).
_DEFAULT_TAGS = {
    "ViT-B-32": "datacomp_xl_s13b_b90k",
    "ViT-B-16": "datacomp_xl_s13b_b90k",
    "ViT-L-14": "datacomp_xl_s13b_b90k",
}
_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "model.safetensors")
_EXTRA = ("config.json", WORDS_NAME, POOLING_FACTS, POOLING_WEIGHTS)
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_TOKENIZER_FILES = re.compile(
    r"(tokenizer.*\.json|special_tokens_map\.json|added_tokens\.json|vocab\.(json|txt)|merges\.txt|.*\.model)"
)
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Source:
    """All that is needed to build an encoder, on this machine.

    Attributes:
        name: What the user called it; a folder by its absolute path.
        config: open_clip's ``model_cfg``.
        preprocess: open_clip's ``preprocess_cfg`` as far as given.
        weights: A safetensors file.
        tokenizer: Folder of a Hugging Face tokenizer; None for CLIP's own byte pairs.
        text_config: Folder with the ``config.json`` of a Hugging Face text tower, if there is one.
        pretrained: Tag of the weights; empty where there is none.
        revision: Commit of the weights; empty for a folder.
        words: File of the words that it was trained on; it need not exist.
        pooling: Folder that may hold a learned pooling.
    """

    name: str
    config: Mapping[str, Any]
    preprocess: Mapping[str, Any]
    weights: Path
    tokenizer: Path | None = None
    text_config: Path | None = None
    pretrained: str = ""
    revision: str = ""
    words: Path | None = None
    pooling: Path | None = None


def find_source(
    name: str | os.PathLike[str],
    *,
    pretrained: str | None = None,
    revision: str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
) -> Source:
    """Find, and where needed download, the files of an encoder.

    Args:
        name: ``sample``, ``sample-multilingual``, a model name of open_clip, a folder, or a repository of the
            Hub.
        pretrained: Tag of the weights; only for open_clip's names.
        revision: Branch, tag or commit; only for what comes from the Hub.
        cache_dir: Where to keep downloads.

    Raises:
        EncoderNotFound: There is no such encoder.
        EncoderUnavailable: It is there but cannot be fetched.
        EncoderError: What is there cannot be used.
    """
    given = os.fspath(name) if isinstance(name, str | os.PathLike) else name
    cache = None if cache_dir is None else Path(cache_dir)
    if not isinstance(given, str) or not given:
        raise EncoderNotFound(f"an encoder has a name, not {given!r}")
    if isinstance(name, str) and given in _OWN:
        _refuse(given, "is part of the package", pretrained=pretrained, revision=revision)
        return _from_folder(_own_folder(given), given)
    if isinstance(name, str) and given in open_clip.list_models():
        return _from_registry(given, pretrained, revision, cache)
    path = Path(given.removeprefix("local-dir:")).expanduser()
    if not given.startswith("hf-hub:") and path.is_dir():
        _refuse(given, "is a folder", pretrained=pretrained, revision=revision)
        return _from_folder(path, str(path.resolve()))
    repo = given.removeprefix("hf-hub:")
    if isinstance(name, str) and _REPO.fullmatch(repo):
        _refuse(given, "is a repository of the Hub", pretrained=pretrained)
        return _from_hub(repo, revision, cache)
    raise EncoderNotFound(_no_such(given))


def _no_such(given: str) -> str:
    if re.search(r"[/\\]|^[.~]|^local-dir:|^hf-hub:", given):
        return (
            f"there is no folder {given!r}. A folder holds {CONFIG_NAME} and a .safetensors file; "
            "a repository of the Hub is written 'organization/name'."
        )
    known = {model.lower(): model for model in open_clip.list_models()}
    near = [known[key] for key in difflib.get_close_matches(given.lower(), known, n=4, cutoff=0.5)]
    hint = f"Did you mean {' or '.join(repr(model) for model in near)}? " if near else ""
    return (
        f"no encoder is called {given!r}. {hint}Allowed: 'sample', 'sample-multilingual', a model name of "
        "open_clip (open_clip.list_models()), a folder, or a repository of the Hub 'organization/name'."
    )


def _refuse(given: str, what: str, **options: str | None) -> None:
    for option, value in options.items():
        if value is not None:
            raise EncoderError(f"{given!r} {what}: {option}={value!r} does not apply to it; leave it out.")


def _own_folder(name: str) -> Path:
    folder = Path(str(resources.files("vidsearch_sdk") / "sample" / _OWN[name]))
    if not (folder / CONFIG_NAME).is_file():
        raise EncoderNotFound(f"the encoder {name!r} is missing from {folder}: install the package again.")
    return folder


def _from_folder(folder: Path, name: str) -> Source:
    files = [path.name for path in folder.iterdir() if path.is_file()]
    if CONFIG_NAME not in files:
        raise EncoderNotFound(f"{folder} holds no {CONFIG_NAME}; is it the folder of an open_clip model?")
    content = _read_config(folder / CONFIG_NAME)
    weights = folder / choose_weights(files, str(folder))
    text = content["model_cfg"]["text_cfg"]
    if text.get("hf_tokenizer_name") and not _tokenizer_files(files):
        raise EncoderNotFound(
            f"{folder} holds no tokenizer; this model needs the tokenizer files (tokenizer.json, ...) of "
            f"{text['hf_tokenizer_name']} beside its weights."
        )
    if text.get("hf_model_name") and "config.json" not in files:
        raise EncoderNotFound(
            f"{folder} holds no config.json; this model needs that of {text['hf_model_name']}."
        )
    return _source(name, content, weights, folder, folder)


def _from_registry(name: str, pretrained: str | None, revision: str | None, cache: Path | None) -> Source:
    tags = open_clip.list_pretrained_tags_by_model(name)
    tag = pretrained or _DEFAULT_TAGS.get(name) or (tags[0] if len(tags) == 1 else None)
    if not tags:
        raise EncoderNotFound(
            f"open_clip knows no weights for {name!r}; give a folder or a Hub repository that has some."
        )
    if tag is None:
        raise EncoderError(
            f"{name!r} has several sets of weights; choose with pretrained=, one of: {', '.join(tags)}."
        )
    entry = open_clip.get_pretrained_cfg(name, tag)
    if not entry:
        raise EncoderNotFound(f"{name!r} has no weights {tag!r}; allowed: {', '.join(tags)}.")
    repo, _, file = entry["hf_hub"].rpartition("/")
    config = open_clip.get_model_config(name)
    # Weights trained with the quick GELU give wrong vectors with the exact one, and the other way round.
    config["quick_gelu"] = bool(entry.get("quick_gelu", False))
    text = config["text_cfg"]
    tokenizer_repo, text_repo = text.get("hf_tokenizer_name"), text.get("hf_model_name")

    def choose(names: Sequence[str]) -> list[str]:
        weights = file if file.endswith(".safetensors") else choose_weights(names, repo)
        return [weights, *(_tokenizer_files(names) if tokenizer_repo == repo else ())]

    found = fetch(repo, choose, revision=revision, cache_dir=cache)
    tokenizer = _aside(tokenizer_repo, found, repo, _tokenizer_files, cache)
    text_config = _aside(
        text_repo, found, "", lambda names: ["config.json"] if "config.json" in names else [], cache
    )
    content = {"model_cfg": config, "preprocess_cfg": entry}
    weights = found.folder / found.files[0]
    return _source(name, content, weights, tokenizer, text_config, pretrained=tag, revision=found.commit)


def _from_hub(repo: str, revision: str | None, cache: Path | None) -> Source:
    def choose(names: Sequence[str]) -> list[str]:
        if CONFIG_NAME not in names:
            raise EncoderNotFound(f"{repo} is not an open_clip model: it holds no {CONFIG_NAME}.")
        extra = [name for name in _EXTRA if name in names]
        return [choose_weights(names, repo), CONFIG_NAME, *extra, *_tokenizer_files(names)]

    found = fetch(repo, choose, revision=revision, cache_dir=cache)
    content = _read_config(found.folder / CONFIG_NAME)
    text = content["model_cfg"]["text_cfg"]
    own = repo if _tokenizer_files(found.files) else ""
    tokenizer_repo = own if text.get("hf_tokenizer_name") and own else text.get("hf_tokenizer_name")
    tokenizer = _aside(tokenizer_repo, found, own, _tokenizer_files, cache)
    own = repo if "config.json" in found.files else ""
    text_repo = own if text.get("hf_model_name") and own else text.get("hf_model_name")
    text_config = _aside(text_repo, found, own, _only_config, cache)
    weights = found.folder / found.files[0]
    return _source(repo, content, weights, tokenizer, text_config, revision=found.commit)


def _aside(
    wanted: str | None,
    found: Snapshot,
    own: str,
    choose: Callable[[Sequence[str]], Sequence[str]],
    cache: Path | None,
) -> Path | None:
    """Fetch the files of a second repository, unless they came with the weights."""
    if not wanted:
        return None
    return found.folder if wanted == own else fetch(wanted, choose, cache_dir=cache).folder


def _source(
    name: str,
    content: Mapping[str, Any],
    weights: Path,
    tokenizer: Path | None,
    text_config: Path | None,
    *,
    pretrained: str = "",
    revision: str = "",
) -> Source:
    config = content["model_cfg"]
    text = config["text_cfg"]
    return Source(
        name=name,
        config=config,
        preprocess=content.get("preprocess_cfg") or {},
        weights=weights,
        tokenizer=tokenizer if text.get("hf_tokenizer_name") else None,
        text_config=text_config if text.get("hf_model_name") else None,
        pretrained=pretrained,
        revision=revision,
        words=weights.with_name(WORDS_NAME),
        pooling=weights.parent,
    )


def companion_files(source: Source) -> list[Path]:
    """List the files of tokenizer and Hugging Face text tower, where a model has them.

    An encoder's folder needs them beside configuration and weights.
    """
    found = []
    if source.tokenizer is not None:
        names = [path.name for path in source.tokenizer.iterdir() if path.is_file()]
        found += [source.tokenizer / name for name in _tokenizer_files(names)]
    if source.text_config is not None:
        found.append(source.text_config / "config.json")
    return found


def choose_weights(names: Sequence[str], where: str) -> str:
    """Pick the safetensors file of an open_clip model.

    Args:
        names: Files of the folder or repository.
        where: Its name, for the error.

    Raises:
        EncoderNotFound: There is none, or it cannot be told which of several.

    Examples:
        >>> choose_weights(["open_clip_pytorch_model.bin", "open_clip_model.safetensors"], "here")
        'open_clip_model.safetensors'
    """
    safe = [
        name
        for name in names
        if name.endswith(".safetensors") and "/" not in name and name != POOLING_WEIGHTS
    ]
    for preferred in _WEIGHTS:
        if preferred in safe:
            return preferred
    if len(safe) == 1:
        return safe[0]
    if safe:
        raise EncoderNotFound(
            f"{where} holds several weights ({', '.join(sorted(safe))}), none called {_WEIGHTS[0]}."
        )
    pickles = sorted(name for name in names if name.endswith(_PICKLES))
    if pickles:
        raise EncoderNotFound(
            f"{where} holds weights only as {', '.join(pickles)}: such a file may run code when it is read, "
            f"so it is refused. Convert it to {_WEIGHTS[0]} (safetensors.torch.save_file) where you trust "
            "it, and pass the folder."
        )
    raise EncoderNotFound(f"{where} holds no weights: a .safetensors file is needed.")


def _only_config(names: Sequence[str]) -> list[str]:
    return [name for name in names if name == "config.json"]


def _tokenizer_files(names: Sequence[str]) -> list[str]:
    return sorted(name for name in names if "/" not in name and _TOKENIZER_FILES.fullmatch(name))


def _read_config(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        config = content["model_cfg"]
        fits = isinstance(config["embed_dim"], int) and all(
            isinstance(config[part], dict) for part in ("vision_cfg", "text_cfg")
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{path} is not the configuration of an open_clip model: {error!r}.") from error
    if not fits:
        raise EncoderError(f"{path} lacks model_cfg with embed_dim, vision_cfg and text_cfg.")
    return dict(content)
