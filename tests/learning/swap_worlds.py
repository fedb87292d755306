"""Encoders that are nearly, or no longer, the sample encoder; and what other processes do during a swap."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from importlib import resources
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def encoder_folder(folder: Path, *, noise: float) -> Path:
    """The sample encoder with noise on every weight: the more of it, the less it knows."""
    shutil.copytree(Path(str(resources.files("vidsearch_sdk") / "sample" / "encoder")), folder)
    (path,) = folder.glob("*.safetensors")
    random = torch.Generator().manual_seed(7)
    weights = {}
    for name, value in load_file(path).items():
        if value.is_floating_point() and value.ndim >= 2:
            moved = torch.randn(value.shape, generator=random) * value.float().std() * noise
            value = (value.float() + moved).to(value.dtype)
        weights[name] = value
    save_file(weights, path, metadata={"format": "pt"})
    return folder


def search_on(location: str) -> None:
    """Search with one handle and with whatever serves, over and over; say so line by line until stopped."""
    import threading

    import vidsearch_sdk as vs

    torch.set_num_threads(1)
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    catalog = vs.Catalog(location)
    held = vs.ShotIndex.open(catalog)
    while not stop.is_set():
        said = {}
        try:
            said["held"] = [hit.shot_id for hit in held.search("a turtle underwater", k=5)]
            serving = vs.ShotIndex.open(catalog)
            said["serving"] = serving.encoder.fingerprint
            said["found"] = len(serving.search("a turtle underwater", k=5))
        except Exception as error:
            said["error"] = repr(error)
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def swap_and_die(location: str, folder: str, when: str) -> None:
    """Begin a swap and be killed: while pictures are embedded, or when only the write of CURRENT is left."""
    import vidsearch_sdk as vs
    from vidsearch_sdk.store.generations import Generations

    torch.set_num_threads(1)

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    catalog, encoder = vs.Catalog(location), vs.Encoder(folder)
    index = vs.ShotIndex.open(catalog)
    if when == "embedding":
        encoder.encode_images = die
    else:
        Generations.make_current = die
    vs.swap(index, encoder, gate=False, progress=False)


if __name__ == "__main__":
    {"search": search_on, "die": swap_and_die}[sys.argv[1]](*sys.argv[2:])
