from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vidsearch_sdk.encoding.devices import chosen_device, chosen_dtype, cpu_has_bf16, is_out_of_memory
from vidsearch_sdk.errors import EncoderError


@pytest.mark.parametrize(
    ("said", "native"),
    [
        ("processor : 0\nflags\t\t: fpu sse avx512f avx512_bf16 amx_bf16\n", True),
        ("flags : fpu sse avx512f\n", False),
        ("Features\t: fp asimd i8mm bf16\n", True),
        ("flags : fpu not_bf16\n", False),
        ("", False),
    ],
)
def test_bf16_is_taken_where_the_processor_has_it(said: str, native: bool, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(said)
    assert cpu_has_bf16(tmp_path / "cpuinfo") is native
    assert cpu_has_bf16(tmp_path / "nothing") is False


def test_the_format_follows_the_device_unless_it_is_given() -> None:
    cpu = chosen_device("cpu")
    assert chosen_dtype(None, cpu) == (torch.bfloat16 if cpu_has_bf16() else torch.float32)
    assert chosen_dtype("f32", cpu) == torch.float32
    assert chosen_dtype("bf16", cpu) == torch.bfloat16


def test_a_device_that_is_not_here() -> None:
    if not torch.cuda.is_available():
        with pytest.raises(EncoderError, match=r"device 'cuda' cannot be used here .* 'cpu' always can"):
            chosen_device("cuda")
        assert chosen_device(None).type in ("cpu", "mps")
    with pytest.raises(EncoderError, match="device 'abacus' cannot be used here"):
        chosen_device("abacus")


def test_a_lack_of_memory_is_told_from_other_errors() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
