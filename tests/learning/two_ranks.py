"""What one of two processes does in the tests of distributed training; started by torchrun.

``python -m torch.distributed.run --standalone --nproc-per-node 2 -m tests.learning.two_ranks FOLDER``
"""

import json
import os
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from tests.learning import small_world
from vidsearch_sdk.errors import ExecutorError
from vidsearch_sdk.learning.gradients import accumulate, start_bias
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.trainable import prepare

CASES = [
    (loss, pairs, micro_batch)
    for loss in ("contrastive", "sigmoid")
    for pairs, micro_batch in ((8, None), (7, None), (7, 2), (1, None))
]


def towers_for(loss, *, train="all"):
    towers = small_world.towers(pooling="attention", bias=loss == "sigmoid")
    prepare(towers, train, rank=4, tokens=range(1, 50), bias=loss == "sigmoid")
    return towers


def learn(ranks, folder):
    """Gradients of all cases, written by the first process; the other's must be the same bits."""
    facts = {"backend": torch.distributed.get_backend(), "losses": [], "same": []}
    for number, (loss, pairs, micro_batch) in enumerate(CASES):
        towers = towers_for(loss)
        whole = small_world.batch(pairs)
        own = small_world.part_of(whole, ranks.share(pairs))
        value = accumulate(
            towers,
            own,
            loss=loss,
            micro_batch=micro_batch,
            ranks=ranks,
            precision="f32",
            fits=small_world.fits(pairs) if micro_batch else None,
        )
        grads = small_world.gradients(towers)
        flat = torch.cat([one.flatten() for one in grads.values()])
        both = ranks.gather(torch.cat([flat, torch.tensor([value])])[None])
        facts["same"].append(torch.equal(both[0], both[1]))
        facts["losses"].append(value)
        if ranks.is_first:
            save_file({name: one.contiguous() for name, one in grads.items()}, folder / f"{number}.st")
    towers = towers_for("sigmoid")
    own = small_world.part_of(small_world.batch(7), ranks.share(7))
    facts["bias"] = start_bias(towers, own, ranks=ranks, micro_batch=2, precision="f32")
    # What gets no gradient anywhere must keep none: an optimizer would decay it.
    towers = towers_for("contrastive", train="head")
    towers.model.visual.conv1.requires_grad_()
    towers.model.visual.conv1.weight.grad = None
    lonely = torch.nn.Linear(2, 2)
    towers.add_module("lonely", lonely)
    accumulate(towers, own, ranks=ranks, precision="f32")
    facts["lonely"] = lonely.weight.grad is None
    with torch.no_grad():
        towers.model.visual.conv1.weight.fill_(torch.nan)
    own_loss = accumulate(towers, own, ranks=ranks, precision="f32")
    facts["no number"] = [own_loss != own_loss, small_world.gradients(towers) == {}]
    facts["uneven"] = ranks.gather(torch.arange(3 * ranks.rank).reshape(-1, 3)).tolist()
    facts["said"] = ranks.from_first({"best": [1, "ä"]} if ranks.is_first else None)
    ranks.barrier()
    if not ranks.is_first:
        # Without an error, so that nobody ends the other.
        os._exit(0)
    started = time.monotonic()
    try:
        ranks.barrier()
    except ExecutorError as error:
        facts["vanished"], facts["noticed_s"] = str(error), time.monotonic() - started
        (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    torch.set_num_threads(1)
    learn(Ranks.current(device="cpu", timeout_s=60.0), Path(sys.argv[1]))
