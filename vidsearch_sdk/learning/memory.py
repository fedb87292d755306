"""What to say when a device has no memory left."""

from __future__ import annotations

import torch

from vidsearch_sdk.errors import EncoderError
from vidsearch_sdk.learning.settings import FineTuneSettings


def too_little_memory(settings: FineTuneSettings, pairs: int, *, device: torch.device) -> EncoderError:
    """Say what would need less.

    Args:
        settings: Of the run.
        pairs: Of a batch, in this process.
        device: That has too little.

    Examples:
        >>> print(too_little_memory(FineTuneSettings(), 16, device=torch.device("cpu")))
        16 pairs at once do not fit into the memory of cpu: call again with micro_batch=8, which gives the
        same result; what was done is kept
    """
    tried = min(settings.micro_batch or pairs, pairs)
    if tried > 1:
        return EncoderError(
            f"{tried} pairs at once do not fit into the memory of {device}: call again with "
            f"micro_batch={tried // 2}, which gives the same result; what was done is kept"
        )
    others = [
        *(["train='lora'"] if settings.train == "all" else []),
        *([f"frames_per_shot={settings.frames_per_shot // 2}"] if settings.frames_per_shot > 1 else []),
    ]
    return EncoderError(
        f"one pair at once does not fit into the memory of {device}: take "
        + (f"{' or '.join(others)}, and another out; or " if others else "")
        + "a smaller encoder, or a device with more memory"
    )
