"""The files that the package carries: the sample film, its subtitles, its truth and its encoder."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.sample.timeline import Spoken, TrueShot


def _resource(name: str) -> Path:
    # The wheel is always unpacked on disk: films are opened by path, and safetensors are mapped.
    path = Path(str(files("vidsearch_sdk.sample"))) / name
    if not path.exists():
        raise VidsearchError(f"the installed package lacks {name} ({path}); install vidsearch_sdk again")
    return path


def film_path() -> Path:
    """Path of the sample film: 4 minutes, 640 x 360, English subtitles inside.

    Raises:
        VidsearchError: The installation is incomplete.

    Examples:
        >>> film_path().name
        'film.mp4'
    """
    return _resource("film.mp4")


def subtitle_paths() -> tuple[Path, ...]:
    """Paths of the subtitle files that belong beside the film: the Spanish ones.

    Raises:
        VidsearchError: The installation is incomplete.
    """
    return (_resource("film.es.srt"),)


def encoder_path() -> Path:
    """Folder of the sample encoder, as open_clip's ``local-dir:`` takes it.

    Raises:
        VidsearchError: The installation is incomplete.
    """
    return _resource("encoder")


def multilingual_encoder_path() -> Path:
    """Folder of the sample encoder that reads several languages.

    Raises:
        VidsearchError: The installation is incomplete.
    """
    return _resource("encoder_multilingual")


def held_out_path() -> Path:
    """Archive of the 300 held-out shots that the encoder is tested on.

    Raises:
        VidsearchError: The installation is incomplete.
    """
    return _resource("held_out.npz")


@lru_cache(maxsize=1)
def _truth() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_resource("truth.json").read_text(encoding="utf-8"))
    return read


def truth() -> list[TrueShot]:
    """What is true of every shot of the sample film, in order.

    Raises:
        VidsearchError: The installation is incomplete.

    Examples:
        >>> shot = truth()[1]
        >>> shot.number, shot.objects, shot.opened_by
        (1, ('dog',), 'cut')
    """
    return [TrueShot(**{**shot, "objects": tuple(shot["objects"])}) for shot in _truth()["shots"]]


def dialogue_truth() -> list[Spoken]:
    """Every line of the film's dialogue in both languages, with its times.

    Raises:
        VidsearchError: The installation is incomplete.
    """
    return [Spoken(**line) for line in _truth()["dialogue"]]


def film_facts() -> dict[str, Any]:
    """What truth says of the whole film: title, seed, frames, frame_rate, width, height, pictures_sha256.

    Raises:
        VidsearchError: The installation is incomplete.
    """
    return {name: value for name, value in _truth().items() if name not in ("shots", "dialogue")}
