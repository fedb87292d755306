"""The encoder folder that a run leaves: written aside, tried, then put in place whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from vidsearch_sdk.encoding.loading import LoadedModel, load_model
from vidsearch_sdk.encoding.sources import Source, companion_files, find_source
from vidsearch_sdk.encoding.temporal_pooling import TemporalPooling, read_pooling
from vidsearch_sdk.errors import EncoderError, StorageError
from vidsearch_sdk.learning.disk_room import sync_file, sync_folder, telling
from vidsearch_sdk.learning.encoder_folder import write_encoder_folder

RECORD_NAME = "finetune.json"
"""File of a tuned encoder's folder that tells how it was made."""

_REPLACED = "replaced"
_ASIDE = "encoder"


def write_aside(
    work: Path,
    model: nn.Module,
    *,
    source: Source,
    loaded: LoadedModel,
    pooling: TemporalPooling | None,
    words: Collection[str],
    card: str,
    record: Mapping[str, Any],
) -> tuple[Path, str]:
    """Write an encoder into the work folder and load it again, so that none is put in place that cannot be.

    Args:
        work: The work folder.
        model: The weights.
        source: Files of the encoder that was tuned; its tokenizer goes along.
        loaded: That encoder's preprocessing.
        pooling: How frames become a shot; None for the mean.
        words: Words that its texts held; none where they are not known.
        card: Text of README.md.
        record: What ``finetune.json`` holds; the fingerprint is added.

    Returns:
        The folder and the encoder's fingerprint.

    Raises:
        StorageError: The disk is full or refuses.
        EncoderError: What was written cannot be loaded.
    """
    folder = work / _ASIDE
    with telling(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path in companion_files(source):
            shutil.copyfile(path, folder / path.name)
        write_encoder_folder(
            folder,
            model,
            model_config=source.config,
            preprocess_config=loaded.preprocessing.to_json() | {"mode": "RGB"},
            card=card,
            words=words,
            pooling=pooling,
        )
    fingerprint = load_model(find_source(folder)).fingerprint
    if (read_pooling(folder) is None) != (pooling is None):
        raise EncoderError(f"the pooling was not written to {folder}")
    with telling(folder):
        said = json.dumps({**record, "fingerprint": fingerprint}, indent=1)
        (folder / RECORD_NAME).write_text(said + "\n", encoding="utf-8")
        for path in folder.iterdir():
            sync_file(path)
        sync_folder(folder)
    return folder, fingerprint


def put_in_place(folder: Path, out: Path, *, work: Path) -> None:
    """Give a folder its place; what was there is put aside first and removed last.

    Killed in between, the old folder is put back by :func:`recover`.

    Raises:
        StorageError: The disk refused; what was there is there again.
    """
    old = work / _REPLACED
    with telling(out):
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)
            out.rename(old)
        try:
            folder.rename(out)
        except OSError:
            recover(out, work)
            raise
        sync_folder(out.parent)


def recover(out: Path, work: Path) -> None:
    """Put back what a run that was killed had put aside."""
    old = work / _REPLACED
    if old.is_dir() and not out.exists():
        with telling(out):
            old.rename(out)


def read_record(folder: Path) -> dict[str, Any]:
    """Read how an encoder was made.

    Raises:
        StorageError: The folder was not written by ``finetune``, or the file cannot be read.
    """
    try:
        record: dict[str, Any] = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(
            f"{folder} holds no readable {RECORD_NAME}, which finetune writes beside the weights"
        ) from error
    return record
