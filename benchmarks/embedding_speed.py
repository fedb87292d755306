"""How much of the bare model's rate is left when vectors are made from stored keyframes.

Bare is ``model.encode_image`` on batches that lie ready on the device, normalized, in the number format used,
at the batch size that is best for it. Against it stand ``Encoder.encode_images`` on JPEG bytes in memory, and
``embed_films`` on a catalog on disk: read, decode, resize, normalize, encode, publish. Same process, threads,
batch size and number format; random weights, which cost the same as trained ones. Rounds alternate; medians
are compared.

The table shows the ratio by the clock, and by the processor time of all threads together: on a machine that
others use too, the second is the steadier of the two. On a GPU only the clock counts.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import open_clip
import pyarrow as pa
import torch
from PIL import Image

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.loading import LoadedModel, build_model
from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.encoding.tokenizing import Tokenizer
from vidsearch_sdk.ingest.embedding import embed_films
from vidsearch_sdk.sample.assets import film_path
from vidsearch_sdk.store.disk import open_disk
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.keyframe_pictures import KeyframePictures, encode_jpeg

BAR = 0.95
MODELS = ("ViT-B-32", "PE-Core-B-16")
BATCHES = {"cpu": (8, 16, 32, 64), "cuda": (64, 128, 256, 512)}
KEYFRAMES_PER_FILM = 64


@dataclasses.dataclass(frozen=True)
class Rate:
    """Pictures per second by the clock, and per second of processor time."""

    wall: float
    cpu: float


def keyframes(count: int) -> list[bytes]:
    """Keyframes as they are stored, the short side 384; of real footage where there is some."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "videos" / "films"
    films = sorted(path for path in folder.glob("*") if path.suffix in (".mp4", ".mkv", ".webm", ".mov"))
    films = films or [Path(film_path())]
    per_film = -(-count // min(len(films), 8))
    found: list[bytes] = []
    for film in films[:8]:
        with FrameReader(film) as reader:
            pictures = KeyframePictures(reader.info)
            for frame in islice(reader, 0, per_film * 12, 12):
                picture = Image.fromarray(pictures(frame.picture))
                scale = 384 / min(picture.size)
                size = (round(picture.width * scale), round(picture.height * scale))
                found.append(encode_jpeg(np.asarray(picture.resize(size))))
    return list(islice(cycle(found), count))


def catalog(folder: Path, jpegs: list[bytes]) -> tuple[Films, Embeddings]:
    """A catalog that holds these keyframes, in films of one shot each."""
    disk = open_disk(folder)
    films = Films(disk)
    for number, start in enumerate(range(0, len(jpegs), KEYFRAMES_PER_FILM)):
        some = jpegs[start : start + KEYFRAMES_PER_FILM]
        name, count = f"{number:08x}{number:08x}", len(some)
        shot = {
            "shot_id": [f"{name}-0"], "video_id": [name], "number": [0], "start_pts": [0], "end_pts": [count],
            "start_s": [0.0], "end_s": [2.0 * count], "start_frame": [0], "end_frame": [count],
            "duration_s": [2.0 * count], "opened_by": ["start"], "keyframes": [count],
        }  # fmt: skip
        pictures = {
            "video_id": [name] * count, "shot_number": [0] * count, "frame": list(range(count)),
            "time_s": [2.0 * one for one in range(count)], "jpeg": pa.array(some, pa.binary()),
        }  # fmt: skip
        lines = {
            key: []
            for key in ("video_id", "line", "start_s", "end_s", "text", "language", "speaker", "track")
        }
        scores = {"frame": list(range(count)), "pts": list(range(count))}
        films.add(Film(name, f"file:///films/{name}.mkv", f"{name}.mkv"))
        tables = {"shots": shot, "keyframes": pictures, "scores": scores, "dialogue": lines}
        made = {part: pa.table(columns) for part, columns in tables.items()}
        films.publish(name, measured={}, status="ok", error="", tables=made)
    return films, Embeddings(disk)


def random_model(name: str) -> LoadedModel:
    config = open_clip.get_model_config(name)
    torch.manual_seed(0)
    model = build_model(config)
    tag = open_clip.list_pretrained_tags_by_model(name)[-1]
    preprocessing = Preprocessing.from_config(
        open_clip.get_pretrained_cfg(name, tag), model.visual.image_size
    )
    return LoadedModel(model, Tokenizer(config["text_cfg"]), preprocessing, config["embed_dim"], "0" * 16)


def timed(work: Callable[[], object], pictures: int, device: torch.device) -> Rate:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return Rate(pictures / (time.perf_counter() - wall), pictures / (time.process_time() - cpu))


def median(rates: list[Rate]) -> Rate:
    return Rate(statistics.median(rate.wall for rate in rates), statistics.median(rate.cpu for rate in rates))


class Case:
    """One model in one number format."""

    def __init__(self, name: str, dtype: str, device: str | None) -> None:
        self.name, self.dtype = name, dtype
        loaded = random_model(name)
        plain = copy.deepcopy(loaded.model.visual)
        self.encoder = Encoder._from_loaded(loaded, name, device=device, dtype=dtype)
        self.device = self.encoder.device
        # As open_clip gives it: only moved and converted, nothing of this package in it.
        self.plain = plain.to(self.device, torch.bfloat16 if dtype == "bf16" else torch.float32)
        self.size = loaded.preprocessing.size

    def ready(self, batch: int) -> torch.Tensor:
        dtype = next(self.plain.parameters()).dtype
        return torch.randn(batch, 3, *self.size).to(self.device, dtype)

    def bare(self, batch: int, count: int) -> Rate:
        ready = [self.ready(batch) for _ in range(2)]

        def work() -> None:
            with torch.inference_mode():
                for _, pictures in zip(range(0, count, batch), cycle(ready)):
                    self.plain(pictures)

        return timed(work, count, self.device)

    def best_batch(self) -> int:
        """The batch size at which the bare model is fastest."""
        best, most = 0, 0.0
        for batch in BATCHES.get(self.device.type, (16, 32, 64)):
            rates = [self.bare(batch, batch) for _ in range(3)]
            rate = max(rate.cpu if self.device.type == "cpu" else rate.wall for rate in rates)
            if rate < 0.97 * most:
                break  # past the top; larger ones only take longer to find slower
            best, most = (batch, rate) if rate > most else (best, most)
        return best

    def measure(self, jpegs: list[bytes], rounds: int, seconds: float) -> dict[str, object]:
        batch = self.best_batch()
        self.encoder._pictures.batch_size = batch
        count = -(-self._pictures_for(batch, seconds) // batch) * batch
        jpegs = list(islice(cycle(jpegs), count))
        rates: dict[str, list[Rate]] = {"bare": [], "memory": [], "store": []}
        with tempfile.TemporaryDirectory() as folder:
            films, embeddings = catalog(Path(folder), jpegs)
            self.encoder.encode_images(jpegs[:batch])
            for number in range(rounds):
                # Another fingerprint, so that there is something to embed.
                self.encoder.fingerprint = f"{number:016x}"
                for side, work in (
                    ("store", lambda: embed_films(films, embeddings, self.encoder, progress=False)),
                    ("memory", lambda: self.encoder.encode_images(jpegs)),
                ):
                    rates["bare"].append(self.bare(batch, count))
                    rates[side].append(timed(work, count, self.device))
        found = {side: median(values) for side, values in rates.items()}
        bare = found["bare"]
        return {
            "model": self.name,
            "dtype": self.dtype,
            "batch": batch,
            "pictures": count,
            "packed": self.encoder._pictures.packed,
            "rates": {side: dataclasses.asdict(rate) for side, rate in found.items()},
            "ratio": {side: found[side].wall / bare.wall for side in ("memory", "store")},
            "cpu_ratio": {side: found[side].cpu / bare.cpu for side in ("memory", "store")},
        }

    def _pictures_for(self, batch: int, seconds: float) -> int:
        return min(20_000, max(batch, int(self.bare(batch, max(batch, 32)).wall * seconds)))


def cases(given: argparse.Namespace) -> Iterator[Case]:
    for name in given.models:
        for dtype in given.dtypes:
            yield Case(name, dtype, given.device)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--dtypes", nargs="+", default=("f32", "bf16"))
    parser.add_argument("--device")
    parser.add_argument("--threads", type=int, help="threads of a matrix product, and cores that may be used")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.5, help="length of one round of one side")
    parser.add_argument("--json", type=Path, help="write the figures there")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
        if hasattr(os, "sched_setaffinity"):
            # Decoding must not run on a core that the bare side is not given.
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.threads])
    jpegs = keyframes(256)
    mean_kb = np.mean([len(one) for one in jpegs]) / 1000
    print(
        f"{len(jpegs)} keyframes of {mean_kb:.0f} kB; torch {torch.__version__}, "
        f"{torch.get_num_threads()} threads, {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    )
    heads = ("bare/s", "memory/s", "store/s", "memory", "store", "memory", "store")
    print(f"{'':36} {'pictures per':>17} {'':8} {'ratio, clock':>17} {'ratio, cpu':>17}")
    print(f"{'model':14} {'format':6} {'device':8} {'batch':>5} " + " ".join(f"{head:>8}" for head in heads))
    results = []
    for case in cases(given):
        found = case.measure(jpegs, given.rounds, given.seconds)
        results.append(found)
        rate = {side: values["wall"] for side, values in found["rates"].items()}
        ratio, cpu = found["ratio"], found["cpu_ratio"]
        figures = [rate["bare"], rate["memory"], rate["store"]]
        shown = [f"{one:8.1f}" for one in figures]
        shown += [f"{one[side]:8.3f}" for one in (ratio, cpu) for side in ("memory", "store")]
        where = f"{case.name:14} {case.dtype:6} {case.device!s:8} {found['batch']:5}"
        print(where, *shown, flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=2))
    met = all(result["ratio"]["store"] >= BAR for result in results)
    print(f"bar: {BAR} of the bare rate from the store, by the clock: {'met' if met else 'missed'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
