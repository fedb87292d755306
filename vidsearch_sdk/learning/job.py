"""One fine-tuning run from a loaded model to a written encoder."""

from __future__ import annotations

import copy
import logging
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from vidsearch_sdk.encoding.devices import is_out_of_memory
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.loading import LoadedModel
from vidsearch_sdk.encoding.sources import Source
from vidsearch_sdk.encoding.temporal_pooling import LearnedPooling, TemporalPooling, new_pooling
from vidsearch_sdk.learning.augmentation import Augmentation
from vidsearch_sdk.learning.batches import Batches, ShotBatch, read_ahead
from vidsearch_sdk.learning.blending import (
    GENERAL,
    TRIED,
    Blend,
    blended,
    choose_blend,
    load_state,
    pooling_state,
    state_of,
)
from vidsearch_sdk.learning.card import card_of
from vidsearch_sdk.learning.checkpoints import load_trained
from vidsearch_sdk.learning.disk_room import check_room
from vidsearch_sdk.learning.folders import Folders
from vidsearch_sdk.learning.general import with_own_order
from vidsearch_sdk.learning.gradients import accumulate, start_bias
from vidsearch_sdk.learning.keeping import Keeping
from vidsearch_sdk.learning.kept_material import GeneralParts, divide_general, what_to_keep
from vidsearch_sdk.learning.material import Material, Wanted, read_material
from vidsearch_sdk.learning.measured import (
    FRAMES_AT_ONCE,
    RECALL,
    Floats,
    Queries,
    mean_ndcg,
    recalls,
    similarities,
)
from vidsearch_sdk.learning.memory import too_little_memory
from vidsearch_sdk.learning.options import TrainingOptions
from vidsearch_sdk.learning.out_folder import put_in_place, write_aside
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.record import record_of, words_of_texts
from vidsearch_sdk.learning.run import Run, RunState
from vidsearch_sdk.learning.settings import FineTuneSettings
from vidsearch_sdk.learning.towers import ShotTowers
from vidsearch_sdk.learning.trainable import merged_state, prepare

_log = logging.getLogger("vidsearch_sdk")

_MEASUREMENTS = 20
# Parameters in training, two moments of each, the best so far; and the file that takes the place of the old.
_COPIES = 8


class Job:
    """One run.

    Args:
        encoder: What is tuned; it stays as it is.
        source: Its files.
        loaded: Its model in f32; taken over and trained.
        wanted: Shots and texts.
        settings: All of them, ``learning_rate`` included.
        meaning: What decides the result.
        folders: Where to write.
        ranks: The processes.
        progress: Whether to show bars.

    Raises:
        EncoderError: The model cannot be trained so.
        StorageError: There is too little room on the disk.
    """

    def __init__(
        self,
        encoder: Encoder,
        source: Source,
        loaded: LoadedModel,
        wanted: Wanted,
        settings: FineTuneSettings,
        meaning: Mapping[str, Any],
        folders: Folders,
        ranks: Ranks,
        *,
        progress: bool,
    ) -> None:
        self._encoder, self._source, self._loaded = encoder, source, loaded
        self._wanted, self._settings, self._meaning = wanted, settings, meaning
        self._folders, self._ranks = folders, ranks
        self._progress = progress and ranks.is_first
        self._pooling = self._given_pooling()
        self._towers = self._made_towers(loaded, copy.deepcopy(self._pooling))
        tokens = _ids(loaded, list(wanted.train.texts)) - _ids(loaded, [""])
        self._prepared = prepare(
            self._towers,
            settings.train,
            tokens=tokens if settings.train == "lora" else (),
            bias=settings.loss == "sigmoid",
            seed=settings.seed,
        )
        if ranks.is_first:
            whole = sum(value.nbytes for value in loaded.model.state_dict().values())
            needed = wanted.bytes_missing(folders.work) + whole + 4 * _COPIES * self._prepared.trained
            check_room(folders.work, needed, purpose="pictures, checkpoint and encoder")
        rows = len(wanted.train)
        self._batch = min(settings.batch_size, rows)
        epoch = max(1, round(rows / self._batch))
        steps = max(1, math.ceil(settings.epochs * rows / self._batch))
        assert settings.learning_rate is not None
        self._options = TrainingOptions(
            steps=steps,
            learning_rate=settings.learning_rate,
            warmup_steps=min(round(settings.warmup * steps), steps - 1),
            weight_decay=settings.weight_decay,
            evaluate_every=epoch * max(1, -(-settings.epochs // _MEASUREMENTS)),
            seed=settings.seed,
        )

    def run(self) -> None:
        """Train, blend, and put the encoder in its place.

        Raises:
            EncoderError: The loss is no finite number, or memory does not suffice; says what would help.
        """
        try:
            self._run()
        except (RuntimeError, MemoryError) as error:
            if isinstance(error, RuntimeError) and not is_out_of_memory(error):
                raise
            own = self._ranks.share(self._batch)
            pairs = max(1, own.stop - own.start)
            raise too_little_memory(self._settings, pairs, device=self._ranks.device) from error

    def _run(self) -> None:
        material = read_material(
            self._wanted,
            self._loaded,
            self._encoder.templates,
            folder=self._folders.work,
            ranks=self._ranks,
            threads=self._settings.threads,
            progress=self._progress,
        )
        if self._wanted.general.grades is None:
            own = self._similarities(self._towers, material.general)
            material = replace(material, general=with_own_order(material.general, own))
        graded = self._wanted.general.grades is not None
        general = divide_general(material.general, graded=graded, keep=self._settings.keep > 0)
        material = replace(material, general=general.measured)
        before = self._ranks.from_first(self._figures(self._towers, material))
        state, best = self._trained(material, general.kept)
        load_trained(self._towers, best)
        blend, towers = self._blended(material, before)
        if self._ranks.is_first:
            self._write(towers, state, before, blend, general)

    def _base_repo(self) -> str:
        """Repository of the given encoder; a name of open_clip's is none, wherever its weights came from."""
        given = self._encoder
        return given.name if given.revision and not given.pretrained else ""

    def _given_pooling(self) -> TemporalPooling | None:
        """The pooling to start from: the encoder's own, or a new one that gives the mean."""
        own = self._encoder.pooling
        module = own.module if isinstance(own, LearnedPooling) else None
        kind = self._settings.pooling
        if kind is None or (module is not None and kind == module.kind):
            return copy.deepcopy(module).cpu() if module is not None else None
        return None if kind == "mean" else new_pooling(kind, self._loaded.dim, seed=self._settings.seed)

    def _made_towers(self, loaded: LoadedModel, pooling: TemporalPooling | None) -> ShotTowers:
        towers = ShotTowers(
            loaded.model, loaded.preprocessing, pooling=pooling, bias=self._settings.loss == "sigmoid"
        )
        towers.to(self._ranks.device)
        return towers

    def _trained(self, material: Material, kept: Queries | None) -> tuple[RunState, dict[str, Tensor]]:
        from tqdm.auto import tqdm

        settings, ranks = self._settings, self._ranks
        on_gpu = ranks.device.type == "cuda"
        own = ranks.share(self._batch)
        batches = Batches(
            material.train,
            size=self._batch,
            seed=settings.seed,
            augmentation=Augmentation() if settings.augment else None,
            own=own,
            threads=settings.threads or (min(8, os.cpu_count() or 1) if on_gpu else 1),
        )
        if settings.loss == "sigmoid":
            first = batches(0)
            start_bias(
                self._towers,
                first,
                micro_batch=settings.micro_batch,
                ranks=ranks,
                precision=settings.precision,
                fits=first.fits,
            )

        keeping = None
        if settings.keep:
            keeping = Keeping(
                self._towers,
                *what_to_keep(material, kept, self._wanted, self._encoder, self._loaded, seed=settings.seed),
                weight=settings.keep,
                seed=settings.seed,
                ranks=ranks,
                precision=settings.precision,
                micro_batch=settings.micro_batch,
            )

        def gradients(batch: ShotBatch, step: int) -> float:
            loss = self._gradients(batch)
            if keeping is None or not math.isfinite(loss):
                return loss
            return loss + keeping.add_gradients(step)

        def ahead(first: int, stop: int) -> Iterator[ShotBatch]:
            return read_ahead(batches, first, stop, pinned=on_gpu)

        run = Run(
            self._towers,
            ahead,
            gradients,
            lambda: ranks.from_first(self._figures(self._towers, material) if ranks.is_first else None),
            self._options,
            settings.patience,
            self._folders.checkpoint,
            self._meaning,
            writes=ranks.is_first,
        )
        _log.info("%s; %d steps of %d pairs", self._prepared, self._options.steps, self._batch)
        with tqdm(
            total=self._options.steps, desc="Fine-tuning", unit="step", disable=not self._progress
        ) as bar:

            def show(state: RunState) -> None:
                told = {"loss": f"{state.losses[-1]:.3f}"} if state.losses else {}
                if state.measurements:
                    told["held-out R@1"] = f"{state.measurements[-1][RECALL]:.3f}"
                bar.set_postfix(told, refresh=False)
                bar.update(state.step - bar.n)

            return run(show)

    def _gradients(self, batch: ShotBatch) -> float:
        return accumulate(
            self._towers,
            batch,
            loss=self._settings.loss,
            micro_batch=self._settings.micro_batch,
            ranks=self._ranks,
            precision=self._settings.precision,
            fits=batch.fits,
        )

    def _similarities(self, towers: ShotTowers, queries: Queries) -> Floats:
        settings = self._settings
        most = (settings.micro_batch or FRAMES_AT_ONCE) * settings.frames_per_shot
        return similarities(
            towers, queries, precision=settings.precision, frames_at_once=min(FRAMES_AT_ONCE, most)
        )

    def _figures(self, towers: ShotTowers, material: Material) -> dict[str, float]:
        held = self._similarities(towers, material.held)
        general = self._similarities(towers, material.general)
        return {**recalls(held, material.held), GENERAL: mean_ndcg(general, material.general)}

    def _blended(self, material: Material, before: Mapping[str, float]) -> tuple[Blend, ShotTowers]:
        """Choose the share, and give towers of plain modules that have it."""
        _, loaded = self._encoder.fresh()
        towers = self._made_towers(loaded, copy.deepcopy(self._pooling))
        given = state_of(towers)
        tuned = merged_state(self._towers.model)
        tuned |= pooling_state(self._towers)

        def measure(share: float) -> dict[str, float]:
            load_state(towers, blended(given, tuned, share))
            return self._figures(towers, material)

        asked = self._settings.blend
        shares = TRIED if asked == "auto" else (float(asked),)
        mine = list(shares[self._ranks.rank :: self._ranks.count])
        names = list(before)
        rows = [[share, *map(measure(share).__getitem__, names)] for share in mine]
        every = self._ranks.gather(torch.tensor(rows, dtype=torch.float64).reshape(len(rows), 1 + len(names)))
        tried = {row[0]: dict(zip(names, row[1:], strict=True)) for row in every.tolist()}
        if asked == "auto":
            blend = choose_blend(
                tried.__getitem__, before, largest_loss=self._settings.largest_loss, shares=list(tried)
            )
        else:
            blend = Blend(float(asked), tried[float(asked)], tried)
        load_state(towers, blended(given, tuned, blend.share))
        return blend, towers

    def _write(
        self,
        towers: ShotTowers,
        state: RunState,
        before: Mapping[str, float],
        blend: Blend,
        general: GeneralParts,
    ) -> None:
        record = record_of(
            self._wanted,
            state,
            before,
            blend,
            self._options,
            settings=self._settings,
            meaning=self._meaning,
            name=self._folders.out.name,
            base=self._encoder,
            general=general,
        ) | {"processes": self._ranks.count, "trained": self._prepared.trained}
        words = self._encoder.words
        words = words | words_of_texts(self._wanted.train.texts) if words else frozenset()
        pooling = towers.pooling
        assert pooling is None or isinstance(pooling, TemporalPooling)
        folder, _ = write_aside(
            self._folders.work,
            towers.model,
            source=self._source,
            loaded=self._loaded,
            pooling=pooling,
            words=words,
            card=card_of(record, base_repo=self._base_repo()),
            record=record,
        )
        put_in_place(folder, self._folders.out, work=self._folders.work)


def _ids(loaded: LoadedModel, texts: list[str]) -> set[int]:
    """The tokens of texts; of an empty one the start, the end and the padding, which every text has."""
    return {int(token) for token in loaded.tokenizer(texts).flatten()}
