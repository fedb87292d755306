"""Teaching an encoder a catalog's own words: one call from captions to an encoder folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.errors import EncoderError, StorageError
from vidsearch_sdk.evaluation.judgments import Judgments
from vidsearch_sdk.learning.finetuned import FineTuned
from vidsearch_sdk.learning.folders import Folders, held, run_folders
from vidsearch_sdk.learning.job import Job
from vidsearch_sdk.learning.material import divide, want
from vidsearch_sdk.learning.out_folder import read_record, recover
from vidsearch_sdk.learning.pairs import Pairs
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.run import check_meaning
from vidsearch_sdk.learning.settings import (
    FineTuneSettings,
    LossKind,
    PoolingKind,
    Precision,
    Train,
    suitable_rate,
)

_log = logging.getLogger("vidsearch_sdk")

_LONGEST_WAIT_S = 4 * 3600.0


def finetune(
    encoder: Encoder,
    pairs: Pairs,
    *,
    out: str | os.PathLike[str],
    held_out: float | Collection[str] | Pairs = 0.2,
    general: Pairs | Judgments | None = None,
    train: Train = FineTuneSettings.train,
    loss: LossKind = FineTuneSettings.loss,
    pooling: PoolingKind | None = None,
    epochs: int = FineTuneSettings.epochs,
    batch_size: int = FineTuneSettings.batch_size,
    micro_batch: int | None = None,
    frames_per_shot: int = FineTuneSettings.frames_per_shot,
    learning_rate: float | None = None,
    warmup: float = FineTuneSettings.warmup,
    weight_decay: float = FineTuneSettings.weight_decay,
    keep: float = FineTuneSettings.keep,
    patience: int = FineTuneSettings.patience,
    precision: Precision = FineTuneSettings.precision,
    augment: bool = FineTuneSettings.augment,
    blend: float | Literal["auto"] = FineTuneSettings.blend,
    largest_loss: float = FineTuneSettings.largest_loss,
    seed: int = 0,
    threads: int | None = None,
    overwrite: bool = False,
    progress: bool = True,
) -> FineTuned:
    """Teach an encoder what is said of shots, and write a new encoder that finds them by it.

    Whole shots are learned: several stored keyframes each, pooled, against their texts, each told from all
    others of the batch. No film is opened. After an epoch, at most about twenty times in a run, the texts of
    held-out films are searched for; the best weights are kept, and the run ends when they stop getting
    better. At last the given and the tuned
    weights are blended (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022) as far as
    held-out recall gains and general queries do not lose more than ``largest_loss``.

    A run that was killed goes on from its last checkpoint when the same call is made again, to the same bits
    on the same machine; a call that has ended returns what it wrote. The encoder that was given does not
    change. Its work lies in ``<out>.work`` until the end; ``out`` appears whole or not at all. Started by
    ``torchrun``, the same call trains in all processes together, and the first one writes.

    Args:
        encoder: What to start from; it trains on its device.
        pairs: Shots and what is said of them.
        out: Folder for the new encoder.
        held_out: What is not learned from but measured by: a share of the films, the films (by video_id or
            name), or pairs of other films.
        general: What must go on being found: judged queries, or pairs of other things. None asks ordinary
            phrases (of an encoder that lists its words, those) among held-out shots and takes the given
            encoder's own similarities for right: that keeps the new one near the old, but nobody has checked
            that the old one was right. Judgments of your own are better: of 100 queries or more one half is
            kept (see ``keep``) and the other measures; fewer, and phrases, serve both ends, which flatters.
        train: ``"all"`` weights; ``"lora"``, small additions to them and the vectors of the texts' words
            (needs the extra ``[finetune]``); or ``"head"``, projections, pooling and temperature only.
        loss: ``"contrastive"`` (CLIP's) or ``"sigmoid"`` (SigLIP's).
        pooling: How frames become a shot: ``"mean"``, or ``"attention"`` or ``"multiscale"``, which are
            trained along and kept with the encoder; None goes on with the encoder's own.
        epochs: How often every pair is shown, at most.
        batch_size: Pairs per step, over all processes.
        micro_batch: Pairs in memory at once, where a whole batch does not fit; negatives stay the same.
        frames_per_shot: Most keyframes of a shot, evenly spaced.
        learning_rate: Highest rate; None for one that suits ``train`` and the model's width. It rises over
            ``warmup`` and falls as half a cosine.
        warmup: Share of the steps over which the rate rises, 0 to 1.
        weight_decay: AdamW's decay of matrices.
        keep: How much it counts that texts keep their vectors which are not to be learned: words that the
            encoder knows, texts of the pairs without a new word, and general queries (Li and Hoiem, "Learning
            without Forgetting", ECCV 2016); 0 lets them go.
        patience: Measurements without a better one that end the run; 0 shows all epochs.
        precision: ``"bf16"``, ``"f32"``, or ``"auto"`` for bf16 where the device is fast at it.
        augment: Crop and tint training pictures, and mirror those whose texts name no side.
        blend: Share of the tuned weights, above 0 to 1; ``"auto"`` chooses it.
        largest_loss: Share of their nDCG@10 that general queries may lose.
        seed: Decides order, augmentation and what is held out by share.
        threads: Threads that prepare pictures; None for as many as suit.
        overwrite: Replace an encoder that is in ``out``, and an unfinished run of other settings.
        progress: Whether to show bars.

    Returns:
        The new encoder's folder with its history and figures.

    Raises:
        QueryError: Pairs or judgments that cannot be learned from or measured by; says which and why.
        VideoNotFound: A film or shot is not in the catalog.
        EncoderError: A setting is not allowed, the loss is not finite, or memory does not suffice.
        StorageError: ``out`` is taken, the disk is full or refuses, or an unfinished run of other settings
            lies there, which ``overwrite`` replaces.
        RegressionError: Nothing better came of it, or only at the cost of general queries; nothing is
            written. What was learned is kept then, and only then, for another ``blend`` or
            ``largest_loss``; with any other setting changed the same call starts afresh.
        ExecutorError: Another process of the same ``torchrun`` has ended.

    Examples:
        ``vs.finetune(vs.Encoder(), vs.Pairs.from_captions(catalog, "captions.csv"), out="my-encoder")``
    """
    settings = FineTuneSettings(
        train=train,
        loss=loss,
        pooling=pooling,
        epochs=epochs,
        batch_size=batch_size,
        micro_batch=micro_batch,
        frames_per_shot=frames_per_shot,
        learning_rate=learning_rate,
        warmup=warmup,
        weight_decay=weight_decay,
        keep=keep,
        patience=patience,
        precision=precision,
        augment=augment,
        blend=blend,
        largest_loss=largest_loss,
        seed=seed,
        threads=threads,
    )
    if not isinstance(encoder, Encoder):
        raise EncoderError(f"a vs.Encoder can be tuned, not {type(encoder).__name__}")
    folders = run_folders(out, given=encoder.name, overwrite=overwrite)
    # The first process may read keyframes for long before the others hear of it again.
    ranks = Ranks.current(device=encoder.device, timeout_s=_LONGEST_WAIT_S)
    to_learn, to_measure = divide(pairs, held_out, seed=seed)
    source, loaded = encoder.fresh()
    wanted = want(
        to_learn,
        to_measure,
        general,
        loaded,
        frames_per_shot=frames_per_shot,
        words=encoder.words,
    )
    if settings.learning_rate is None:
        width = int(source.config["text_cfg"].get("width") or loaded.dim)
        settings = replace(settings, learning_rate=suitable_rate(train, width))
    meaning = {
        "encoder": encoder.fingerprint,
        # The fingerprint is of the towers alone; both of these decide the result, too.
        "encoder_pooling": [encoder.pooling.name, encoder.pooling.digest],
        "encoder_words": _digest_of(encoder.words),
        **settings.deciding(),
        **wanted.meaning,
        "templates": list(encoder.templates),
    }
    # Others may not enter while the first process still looks whether to leave.
    with held(folders.work) if ranks.is_first else contextlib.nullcontext():
        finished = False
        if ranks.is_first:
            recover(folders.out, folders.work)
            finished = not overwrite and _finished(folders, meaning, settings)
            if not finished and folders.checkpoint.exists():
                check_meaning(folders.checkpoint, meaning, replace=overwrite)
        if not ranks.from_first(bool(finished)):
            job = Job(encoder, source, loaded, wanted, settings, meaning, folders, ranks, progress=progress)
            job.run()
            ranks.barrier()
        tuned = FineTuned.read(folders.out)
        if ranks.is_first:
            # Another run may begin to work there as soon as it is not held any more.
            shutil.rmtree(folders.work, ignore_errors=True)
    if ranks.is_first:
        for note in tuned.notes:
            _log.warning("%s", note)
    return tuned


def _digest_of(words: Collection[str]) -> str:
    return hashlib.sha256(json.dumps(sorted(words)).encode()).hexdigest()[:32]


def _finished(folders: Folders, meaning: dict[str, object], settings: FineTuneSettings) -> bool:
    """Whether this very run has ended in the folder."""
    if not folders.out.exists() or not any(folders.out.iterdir()):
        return False
    record = read_record(folders.out)
    asked = {"blend": settings.blend, "largest_loss": settings.largest_loss}
    # Through JSON, as the record went: it knows lists where settings may hold tuples.
    if json.loads(json.dumps(meaning)) != record.get("meaning"):
        raise StorageError(
            f"{folders.out} holds an encoder that another run made; choose another folder, or pass "
            "overwrite=True"
        )
    changed = [name for name, value in asked.items() if record["settings"].get(name) != value]
    if changed:
        raise StorageError(
            f"{folders.out} holds the encoder of this run with another {' and '.join(changed)}. What was "
            "learned is kept for those only where they made the run refuse; choose another folder, or pass "
            "overwrite=True, to train again"
        )
    return True
