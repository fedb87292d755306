"""One process, or several that ``torchrun`` started: who this one is, and what they exchange."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from vidsearch_sdk.encoding.devices import chosen_device
from vidsearch_sdk.errors import ExecutorError

_BUCKET = 32 << 20  # bytes of gradients that travel together


@dataclass(frozen=True)
class Ranks:
    """This process among those that train together.

    With one process nothing is exchanged and nothing of ``torch.distributed`` is touched. With several, each
    method but :meth:`share` is called by all of them, in the same order.

    Attributes:
        rank: Number of this process, 0 to count - 1.
        count: How many processes there are.
        device: Where this one calculates.

    Examples:
        >>> ranks = Ranks()
        >>> ranks.is_first, ranks.share(5), ranks.gather(torch.tensor([1, 2])).tolist()
        (True, slice(0, 5, None), [1, 2])
    """

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.count:
            raise ValueError(f"rank must be from 0 to {self.count - 1}, not {self.rank}")

    @classmethod
    def current(cls, *, device: str | torch.device | None = None, timeout_s: float = 600.0) -> Ranks:
        """Say who this process is; the first call in a process that ``torchrun`` started joins the others.

        NCCL carries what is exchanged between GPUs, gloo what is exchanged between CPUs.

        Args:
            device: ``"cpu"``, ``"cuda"``, ...; None for the best there is. Where several processes share a
                machine, each takes the GPU of its own number.
            timeout_s: How long to wait for another process before it is taken for lost. A process that ends
                is noticed at once; this is for one that hangs.

        Raises:
            ExecutorError: The processes do not find each other, or a machine has more of them than GPUs.
            EncoderError: There is no such device here.
        """
        count = int(os.environ.get("WORLD_SIZE", "1"))
        joined = dist.is_available() and dist.is_initialized()
        if count == 1 and not joined:
            return cls(device=chosen_device(device))
        if not dist.is_available():
            raise ExecutorError(
                f"WORLD_SIZE={count} asks for several processes, but this PyTorch was built without them; "
                "start one process without torchrun"
            )
        place = _own_device(chosen_device(device))
        if not joined:
            missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
            if missing:
                raise ExecutorError(
                    f"WORLD_SIZE={count} asks for several processes, but {', '.join(missing)} is not set; "
                    "start them with torchrun"
                )
            cuda = place.type == "cuda"
            with _others_present():
                dist.init_process_group(
                    "nccl" if cuda else "gloo",
                    timeout=timedelta(seconds=timeout_s),
                    device_id=place if cuda else None,
                )
        return cls(dist.get_rank(), dist.get_world_size(), place)

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files and speaks to the user."""
        return self.rank == 0

    def share(self, rows: int) -> slice:
        """The contiguous part of a global batch that is this process's own; parts differ by at most one row.

        Examples:
            >>> [Ranks(rank, 3).share(7) for rank in range(3)]
            [slice(0, 3, None), slice(3, 5, None), slice(5, 7, None)]
        """
        least, more = divmod(rows, self.count)
        start = self.rank * least + min(self.rank, more)
        return slice(start, start + least + (self.rank < more))

    def sizes(self, rows: int) -> tuple[int, ...]:
        """How many rows each process brings, in their order."""
        if self.count == 1:
            return (rows,)
        own = torch.tensor([rows], device=self.device)
        every = [torch.empty_like(own) for _ in range(self.count)]
        with _others_present():
            dist.all_gather(every, own)
        return tuple(int(one) for one in torch.cat(every).tolist())

    def gather(self, tensor: Tensor, *, sizes: tuple[int, ...] | None = None) -> Tensor:
        """Rows of all processes, in the order of the processes; no gradient flows through.

        Args:
            tensor: (n, ...) of any dtype; only n may differ between processes.
            sizes: What :meth:`sizes` gave for n, where it is known already.

        Returns:
            (sum of n, ...), the same in every process, on its device.
        """
        if self.count == 1:
            return tensor.detach()
        sizes = self.sizes(len(tensor)) if sizes is None else sizes
        own = tensor.detach().to(self.device)
        # Collectives want equal shapes; what is added is cut off again.
        even = own.new_zeros((max(sizes), *own.shape[1:]))
        even[: len(own)] = own
        every = [torch.empty_like(even) for _ in range(self.count)]
        with _others_present():
            dist.all_gather(every, even)
        return torch.cat([rows[:size] for rows, size in zip(every, sizes, strict=True)])

    def sum_gradients(self, module: nn.Module) -> None:
        """Give every process the sum of all processes' gradients of what trains in a module.

        A sum and no average: each process holds its own part of the gradient of one loss over the whole batch
        (:func:`vidsearch_sdk.learning.gradients.accumulate`). Parameters that got a gradient in none of them
        keep None, so that an optimizer treats them as it does with one process.

        ``DistributedDataParallel`` is not used: it averages, it wants every forward pass to go through its
        wrapper, and it ties the exchange to the last backward pass, while here gradients are made from
        vectors that were exchanged before. The sum of finished gradients is the same, with none of that.
        """
        if self.count == 1:
            return
        trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
        has = torch.tensor([float(one.grad is not None) for one in trained], device=self.device)
        with _others_present():
            dist.all_reduce(has)
        sent = []
        for bucket in _buckets([one for one, any_has in zip(trained, has.tolist(), strict=True) if any_has]):
            flat = torch.cat(
                [(torch.zeros_like(one) if one.grad is None else one.grad).reshape(-1) for one in bucket]
            )
            with _others_present():
                sent.append((bucket, flat, dist.all_reduce(flat, async_op=True)))
        for bucket, flat, work in sent:
            with _others_present():
                work.wait()
            for one, part in zip(bucket, torch.split(flat, [one.numel() for one in bucket]), strict=True):
                if one.grad is None:
                    one.grad = torch.empty_like(one)
                one.grad.copy_(part.view(one.shape))

    def from_first(self, value: Any) -> Any:
        """What the first process holds, in every process.

        Args:
            value: Anything that JSON knows; looked at in the first process only.

        Examples:
            >>> Ranks().from_first({"best": 3})
            {'best': 3}
        """
        if self.count == 1:
            return value
        # JSON and not broadcast_object_list, which unpickles what comes over the network.
        said = json.dumps(value).encode() if self.is_first else b""
        data = torch.tensor(list(said), dtype=torch.uint8, device=self.device)
        whole = self.gather(data)
        return json.loads(bytes(whole.tolist()))

    def barrier(self) -> None:
        """Wait until every process has come here."""
        self.sizes(0)


def _own_device(device: torch.device) -> torch.device:
    """The GPU of this process among those of its machine."""
    if device.type != "cuda":
        return device
    number = int(os.environ.get("LOCAL_RANK", "0"))
    beside, gpus = int(os.environ.get("LOCAL_WORLD_SIZE", "1")), torch.cuda.device_count()
    if beside > gpus:
        raise ExecutorError(
            f"{beside} processes were started on a machine of {gpus} GPU{'s' * (gpus != 1)}: start torchrun "
            f"with --nproc-per-node {gpus}, or train on the CPU"
        )
    own = torch.device("cuda", number)
    torch.cuda.set_device(own)
    return own


def _buckets(parameters: list[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Cut a list where a bucket is full or the dtype changes; the same in every process."""
    bucket: list[nn.Parameter] = []
    held = 0
    for one in parameters:
        size = one.numel() * one.element_size()
        if bucket and (held + size > _BUCKET or one.dtype != bucket[0].dtype):
            yield bucket
            bucket, held = [], 0
        bucket.append(one)
        held += size
    if bucket:
        yield bucket


@contextmanager
def _others_present() -> Iterator[None]:
    try:
        yield
    # gloo raises a bare RuntimeError for a lost peer and for a time-out; NCCL a child of it.
    except RuntimeError as error:
        first = str(error).strip().splitlines()[0][:200]
        raise ExecutorError(
            f"another of the training processes has ended or does not answer ({first}); its own error is "
            "the one to mend, see its output; then start them all again"
        ) from error
