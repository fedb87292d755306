"""Which number format a device calculates in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import torch

from vidsearch_sdk.errors import EncoderError

Dtype = Literal["bf16", "f32"]

_TORCH = {"bf16": torch.bfloat16, "f32": torch.float32}


def chosen_device(device: str | torch.device | None) -> torch.device:
    """Return the device that was asked for, or the best there is: a CUDA GPU, Apple's, the CPU.

    Raises:
        EncoderError: There is no such device here.
    """
    if device is None:
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        first = str(error).strip().splitlines()[0]
        raise EncoderError(
            f"device {str(device)!r} cannot be used here ({first}); 'cpu' always can"
        ) from error
    return found


def chosen_dtype(dtype: Dtype | None, device: torch.device) -> torch.dtype:
    """Return the number format that was asked for, or the fast one where the device has it natively.

    Raises:
        EncoderError: An unknown format.
    """
    if dtype is not None:
        if dtype not in get_args(Dtype):
            raise EncoderError(f"dtype={dtype!r}; allowed: {', '.join(get_args(Dtype))}")
        return _TORCH[dtype]
    native = False
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        native = cpu_has_bf16()
    return torch.bfloat16 if native else torch.float32


def cpu_has_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bf16 natively (AVX512-BF16 or AMX; ARM's BF16).

    Without it bf16 is emulated and slower than f32. Where the system does not tell, the answer is no.
    """
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(flags.split())


def name_of(dtype: torch.dtype) -> Dtype:
    """Return the short name of a number format."""
    return "bf16" if dtype == torch.bfloat16 else "f32"


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether an error of PyTorch says that a device has no memory left.

    Examples:
        >>> is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
        True
    """
    said = str(error).lower()
    told = "out of memory" in said or "can't allocate memory" in said
    return told or isinstance(error, torch.OutOfMemoryError)
