"""How much of the bare rate is left of fine-tuning's steps, and how much faster two processes are than one.

Bare is a forward and a backward pass of the model, with its loss, on normalized pictures and tokens that lie
ready on the device: plain PyTorch, no optimizer, in the same arithmetic. Against it stands the loop that
``finetune`` runs: batches drawn and gathered from a file, pictures changed, normalized, both passes,
gradients clipped, the optimizer's step. Same model, batch and threads; each round stands between two bare
ones and is held against their mean, and the median of the ratios counts. Gradient caching, for batches that
do not fit into memory, runs the pictures through the model once more and is shown beside it, without a bar.
What ``keep`` asks besides is left out (``keep=0``): it is more passes of the same model, and would be so on
the bare side.

Then ``torchrun`` starts two processes of one thread each, every one on a core or GPU of its own. In turns one
works on the whole batch alone while the other waits; both work on their halves of it together; and both work
on whole batches at once without exchanging anything. The last says whether there are two free cores at all:
where even that is not worth two processes, nothing can be said of the exchange.

The table shows ratios by the clock, and by the processor time of all threads together: on a machine that
others use too, the second is the steadier of the two. On a GPU only the clock counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import torch
from torch.nn import functional

from vidsearch_sdk.encoding.devices import chosen_dtype
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.loading import build_model
from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.learning.augmentation import Augmentation
from vidsearch_sdk.learning.batches import Batches, Captioned, ShotBatch, read_ahead
from vidsearch_sdk.learning.gradients import accumulate
from vidsearch_sdk.learning.options import TrainingOptions
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.run import Run
from vidsearch_sdk.learning.shots import ShotPictures
from vidsearch_sdk.learning.towers import ShotTowers
from vidsearch_sdk.learning.trainable import prepare

BAR = 0.90
BAR_OF_TWO = 1.8
FREE = 1.9  # what two processes that exchange nothing must be worth, or there is no core for each
MODELS = {"cpu": ["sample"], "cuda": ["ViT-B-32", "PE-Core-B-16"]}
SIDES = ("steps", "cached")

Times = list[tuple[float, float]]


def loaded(name: str) -> tuple[torch.nn.Module, Preprocessing]:
    """The sample encoder's own model, or random weights, which cost the same as trained ones."""
    if name == "sample":
        _, found = Encoder("sample", device="cpu", dtype="f32").fresh()
        return found.model, found.preprocessing
    torch.manual_seed(0)
    model = build_model(open_clip.get_model_config(name))
    tag = open_clip.list_pretrained_tags_by_model(name)[-1]
    size = model.visual.image_size
    return model, Preprocessing.from_config(open_clip.get_pretrained_cfg(name, tag), size)


class Case:
    """One model, prepared for one way of training, and made-up shots on disk."""

    def __init__(self, name: str, given: argparse.Namespace, *, device: torch.device, folder: Path) -> None:
        model, preprocessing = loaded(name)
        self.towers = ShotTowers(model.to(device), preprocessing)
        self.name, self.device, self.precision = name, device, given.precision
        self.pairs, self.frames = given.pairs, given.frames
        fast = chosen_dtype(None, device) == torch.bfloat16
        self.half = given.precision == "bf16" or (given.precision == "auto" and fast)
        self.rows = self._captioned(folder)
        tokens = self.rows.tokens.unique().tolist() if given.train == "lora" else ()
        prepare(self.towers, given.train, tokens=tokens)

    def _captioned(self, folder: Path) -> Captioned:
        shots = max(64, 2 * self.pairs)
        height, width = self.towers.preprocessing.size
        path = folder / f"{self.name}-{os.getpid()}.u8"
        random = np.random.default_rng(0)
        shape = (shots * self.frames, 3, height, width)
        random.integers(0, 256, shape, dtype=np.uint8).tofile(path)
        kept = np.memmap(path, np.uint8, "r", shape=shape)
        tokens = torch.zeros(shots, 1, self.towers.model.context_length, dtype=torch.int64)
        tokens[:, 0, :10] = torch.from_numpy(random.integers(300, 40_000, (shots, 10)))
        tokens[:, 0, 10] = 49407
        texts = tuple(f"shot number {number}" for number in range(shots))
        numbers = np.arange(shots)
        pictures = ShotPictures(kept, np.arange(shots + 1) * self.frames, texts)
        return Captioned(pictures, texts, tokens, numbers, numbers)

    def steps(
        self,
        count: int,
        *,
        first: int,
        ranks: Ranks,
        own: slice | None = None,
        micro_batch: int | None = None,
    ) -> Callable[[], None]:
        """Some steps of a run, ready to go."""
        on_gpu = self.device.type == "cuda"
        batches = Batches(
            self.rows,
            size=self.pairs,
            seed=first,
            augmentation=Augmentation(),
            own=own,
            threads=min(8, os.cpu_count() or 1) if on_gpu else 1,
        )

        def gradients(batch: ShotBatch, _: int) -> float:
            return accumulate(
                self.towers,
                batch,
                micro_batch=micro_batch,
                ranks=ranks,
                precision=self.precision,
                fits=batch.fits,
            )

        run = Run(
            self.towers,
            lambda start, stop: read_ahead(batches, start, stop, pinned=on_gpu),
            gradients,
            lambda: {"MRR": 0.0, "R@1": 0.0},
            # Next to no learning: what is measured must not change under the other side's feet.
            TrainingOptions(steps=count, learning_rate=1e-12, warmup_steps=0, evaluate_every=count),
            0,
            Path(os.devnull) / "none",
            {},
            writes=False,
        )
        return lambda: run(lambda _: None)

    def bare(self, count: int) -> Callable[[], None]:
        """Plain passes on ready tensors; model and pictures lie as is fastest for them."""
        model, device, pairs = self.towers.model, self.device, self.pairs
        size = (pairs * self.frames, 3, *self.towers.preprocessing.size)
        pictures = torch.randn(size, device=device).to(torch.bfloat16 if self.half else torch.float32)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        tokens = self.rows.tokens[:pairs, 0].to(device)
        trained = [one for one in model.parameters() if one.requires_grad]
        right = torch.arange(pairs, device=device)
        # As finetune does: on a CPU a narrow text tower is faster in f32.
        text = getattr(model, "text", model).positional_embedding
        half_texts = self.half and not (device.type == "cpu" and text.shape[-1] < 256)

        def work() -> None:
            for _ in range(count):
                with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
                    seen = model.encode_image(pictures, normalize=True)
                with torch.autocast(device.type, torch.bfloat16, enabled=half_texts):
                    said = model.encode_text(tokens, normalize=True)
                shots = functional.normalize(seen.float().view(pairs, self.frames, -1).mean(1), dim=-1)
                logits = model.logit_scale.exp() * shots @ said.float().T
                loss = functional.cross_entropy(logits, right) + functional.cross_entropy(logits.T, right)
                (loss / 2).backward()
                for one in trained:
                    one.grad = None

        return work


def timed(work: Callable[[], None], device: torch.device) -> tuple[float, float]:
    """Seconds by the clock, and of processor time."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - wall, time.process_time() - cpu


def medians(rounds: Times) -> tuple[float, float]:
    return statistics.median(wall for wall, _ in rounds), statistics.median(cpu for _, cpu in rounds)


def measure_steps(case: Case, *, rounds: int, seconds: float) -> dict[str, object]:
    ranks = Ranks(device=case.device)
    parts = {"steps": None, "cached": max(1, case.pairs // 4)}
    timed(case.steps(1, first=0, ranks=ranks), case.device)
    timed(case.bare(1), case.device)
    once, _ = timed(case.bare(2), case.device)
    count = max(2, int(seconds / (once / 2)))
    taken: dict[str, Times] = {side: [] for side in ("bare", *SIDES)}
    ratios: dict[str, Times] = {side: [] for side in SIDES}
    before = timed(case.bare(count), case.device)
    for number in range(rounds):
        for side in SIDES:
            own = case.steps(count, first=number, ranks=ranks, micro_batch=parts[side])
            between = timed(own, case.device)
            after = timed(case.bare(count), case.device)
            ratios[side].append(tuple((before[at] + after[at]) / 2 / between[at] for at in (0, 1)))
            taken["bare"].append(after)
            taken[side].append(between)
            before = after
    return {
        "model": case.name,
        "format": "bf16" if case.half else "f32",
        "device": str(case.device),
        "pairs": case.pairs,
        "frames": case.frames,
        "steps": count,
        "pairs_per_s": {side: case.pairs * count / medians(times)[0] for side, times in taken.items()},
        "ratio": {side: medians(ratios[side])[0] for side in SIDES},
        "cpu_ratio": {side: medians(ratios[side])[1] for side in SIDES},
    }


def worker(given: argparse.Namespace) -> None:
    """One of two processes; the first prints the figures."""
    ranks = Ranks.current(device=given.device)
    if ranks.device.type == "cpu":
        torch.set_num_threads(1)
        if hasattr(os, "sched_setaffinity"):
            # The thread that gathers batches must not take the other process's core.
            os.sched_setaffinity(0, [sorted(os.sched_getaffinity(0))[ranks.rank]])
    alone = Ranks(device=ranks.device)
    with tempfile.TemporaryDirectory() as folder:
        case = Case(given.models[0], given, device=ranks.device, folder=Path(folder))
        half = ranks.share(case.pairs)
        timed(case.steps(1, first=0, ranks=alone), ranks.device)
        wall, _ = timed(case.steps(1, first=0, ranks=alone), ranks.device)
        count = ranks.from_first(max(2, int(given.seconds / wall)))
        taken: dict[str, Times] = {"alone": [], "together": [], "apart": []}
        for number in range(given.rounds):
            for side, rounds in taken.items():
                together = side == "together"
                work = case.steps(
                    count,
                    first=number,
                    ranks=ranks if together else alone,
                    own=half if together else None,
                )
                ranks.barrier()
                works = side != "alone" or ranks.is_first
                both = ranks.gather(torch.tensor([timed(work, ranks.device) if works else (0.0, 0.0)]))
                # The slower of the two says when a step is done.
                rounds.append(tuple(both.amax(dim=0).tolist()))
    if ranks.is_first:
        told = {"model": case.name, "device": ranks.device.type, "pairs": case.pairs, "steps": count}
        for side, worth in (("together", 1), ("apart", 2)):
            rounds = zip(taken["alone"], taken[side], strict=True)
            told[side] = medians([(worth * one[0] / two[0], worth * one[1] / two[1]) for one, two in rounds])
        print("FOUND " + json.dumps(told), flush=True)


def measure_two(given: argparse.Namespace, device: torch.device) -> dict[str, object] | None:
    """Start two processes; None where there are not two devices."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    there = torch.cuda.device_count() if device.type == "cuda" else cores
    if there < 2:
        print(f"two processes: not measured, there is one {'GPU' if device.type == 'cuda' else 'core'}")
        return None
    run = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", __file__, "--worker"]
    options = {
        "--models": given.models[0],
        "--device": device.type,
        "--train": given.train,
        "--precision": given.precision,
        "--frames": given.frames,
        "--rounds": given.rounds,
        "--seconds": given.seconds,
        "--pairs": given.pairs,
    }
    command = [sys.executable, *run, *(str(one) for pair in options.items() for one in pair)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line[6:] for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    if done.returncode or not lines:
        raise RuntimeError(f"torchrun ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return json.loads(lines[0])


def judged(two: dict[str, object]) -> bool:
    """Say what two processes are worth; whether the bar is met, or cannot be judged here."""
    (clock, cpu), (free, free_cpu) = two["together"], two["apart"]
    print(f"two processes, {two['model']}, {two['pairs']} pairs, against one:")
    print(f"  {clock:.2f} x by the clock, {cpu:.2f} x by processor time")
    print(f"  {free:.2f} x and {free_cpu:.2f} x where they exchange nothing")
    if free < FREE:
        what = "cores" if two["device"] == "cpu" else "GPUs"
        print(f"bar: {BAR_OF_TWO} x, not judged: there are no two free {what} here")
        return True
    met = clock >= BAR_OF_TWO
    print(f"bar: {BAR_OF_TWO} x one process with two, by the clock: {'met' if met else 'missed'}")
    return met


def all_steps(given: argparse.Namespace, device: torch.device) -> list[dict[str, object]]:
    print(f"{'':41} {'pairs per second':>26} {'ratio, clock':>17} {'ratio, cpu':>17}")
    heads = " ".join(f"{head:>8}" for head in ("bare", *SIDES, *SIDES, *SIDES))
    print(f"{'model':14} {'format':6} {'device':8} {'batch':>10} {heads}")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name in given.models:
            case = Case(name, given, device=device, folder=Path(folder))
            found = measure_steps(case, rounds=given.rounds, seconds=given.seconds)
            results.append(found)
            shown = [f"{found['pairs_per_s'][side]:8.1f}" for side in ("bare", *SIDES)]
            shown += [f"{found[kind][side]:8.3f}" for kind in ("ratio", "cpu_ratio") for side in SIDES]
            batch = f"{case.pairs} x {case.frames}"
            print(f"{name:14} {found['format']:6} {device!s:8} {batch:>10}", *shown, flush=True)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+")
    parser.add_argument("--train", default="all", choices=("head", "lora", "all"))
    parser.add_argument("--precision", default="auto", choices=("auto", "f32", "bf16"))
    parser.add_argument("--device")
    parser.add_argument("--pairs", type=int, default=64, help="shots with a text in a batch")
    parser.add_argument("--frames", type=int, default=4, help="frames of each shot")
    parser.add_argument("--threads", type=int, help="threads of a matrix product")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one round of one side")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--part", default="both", choices=("both", "steps", "two"))
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        worker(given)
        return 0
    if given.threads:
        torch.set_num_threads(given.threads)
    device = Ranks.current(device=given.device).device
    given.models = given.models or MODELS.get(device.type, ["ViT-B-32"])
    where = f"torch {torch.__version__}, {torch.get_num_threads()} threads, {platform.machine()}"
    print(f"{where}, load {os.getloadavg()[0]:.1f}; train={given.train!r}")
    results = [] if given.part == "two" else all_steps(given, device)
    met = all(found["ratio"]["steps"] >= BAR for found in results)
    if results:
        verdict = "met" if met else "missed"
        print(f"bar: {BAR} of the bare rate in finetune's own steps, by the clock: {verdict}")
    two = None if given.part == "steps" else measure_two(given, device)
    if two is not None:
        met = judged(two) and met
    if given.json:
        given.json.write_text(json.dumps({"steps": results, "two": two}, indent=2))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
