"""Between the weights that were given and those that were tuned: as far as general queries allow.

WiSE-FT (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022): the straight line between both
sets of weights holds encoders that know the new and have not forgotten the old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vidsearch_sdk.errors import RegressionError
from vidsearch_sdk.learning.measured import STEERED_BY
from vidsearch_sdk.learning.towers import ShotTowers

TRIED = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
GENERAL = "general"
"""Name of the general queries' mean nDCG@10 among figures."""

_POOLING = "pooling."


@dataclass(frozen=True)
class Blend:
    """How far to go, and what it gives.

    Attributes:
        share: 0 is what was given, 1 what was tuned.
        figures: Of the encoder there.
        tried: Figures of each share that was measured.
    """

    share: float
    figures: Mapping[str, float]
    tried: Mapping[float, Mapping[str, float]]


def blended(given: Mapping[str, Tensor], tuned: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Interpolate two sets of weights; what is not a float (counters) is taken as it was given.

    Args:
        given: Weights by name.
        tuned: The same names and shapes.
        share: 0 to 1.

    Raises:
        ValueError: The names differ, or the share is out of its range.

    Examples:
        >>> blended({"w": torch.zeros(2)}, {"w": torch.ones(2)}, 0.25)["w"].tolist()
        [0.25, 0.25]
    """
    if set(given) != set(tuned):
        raise ValueError(f"two encoders of different parts: {sorted(set(given) ^ set(tuned))[:4]}")
    if not 0 <= share <= 1:
        raise ValueError(f"share={share!r}: a number from 0 to 1 is needed")
    if share == 1:
        return {name: value.clone() for name, value in tuned.items()}
    return {
        name: torch.lerp(value, tuned[name].to(value.dtype), share) if value.is_floating_point() else value
        for name, value in given.items()
    }


def choose_blend(
    measure: Callable[[float], Mapping[str, float]],
    before: Mapping[str, float],
    *,
    largest_loss: float,
    shares: Sequence[float] = TRIED,
) -> Blend:
    """Take the share that finds held-out shots best among those that leave the general queries be.

    Args:
        measure: Share -> figures, ``MRR`` of held-out captions and ``general``.
        before: The figures of what was given.
        largest_loss: How much of ``general`` may be lost, as a share of what it was.
        shares: What to try.

    Returns:
        The best; of equals the nearest to what was given.

    Raises:
        RegressionError: None is better on held-out films without too much of a loss; says how near they came.
    """
    tried = {share: dict(measure(share)) for share in sorted(shares)}
    least = before[GENERAL] * (1 - largest_loss)
    better = {share: one for share, one in tried.items() if one[STEERED_BY] > before[STEERED_BY]}
    if not better:
        most = max(one[STEERED_BY] for one in tried.values())
        raise RegressionError(
            f"the tuned encoder finds held-out shots no better (mean reciprocal rank {most:.3f}, before "
            f"{before[STEERED_BY]:.3f}); nothing was written. More captions, another learning_rate or more "
            "epochs may help; blend=1.0 writes it all the same"
        )
    allowed = {share: one for share, one in better.items() if one[GENERAL] >= least}
    if not allowed:
        nearest = max(one[GENERAL] for one in better.values())
        raise RegressionError(
            "whatever finds held-out shots better costs general queries more than "
            f"largest_loss={largest_loss:g} of their nDCG@10 ({nearest:.3f} at best, before "
            f"{before[GENERAL]:.3f}); nothing was written. Call again with a larger largest_loss or with "
            "blend= a number: what was learned is kept for that"
        )
    share = max(allowed, key=lambda one: (allowed[one][STEERED_BY], -one))
    return Blend(share, allowed[share], tried)


def state_of(towers: ShotTowers) -> dict[str, Tensor]:
    """Copy the weights of model and pooling; those of the pooling begin with ``pooling.``."""
    return {name: value.clone() for name, value in towers.model.state_dict().items()} | pooling_state(towers)


def pooling_state(towers: ShotTowers) -> dict[str, Tensor]:
    """Copy the weights of the pooling alone; none where it is the mean."""
    state = {} if towers.pooling is None else towers.pooling.state_dict()
    return {_POOLING + name: value.detach().clone() for name, value in state.items()}


def load_state(towers: ShotTowers, state: Mapping[str, Tensor]) -> None:
    """Give model and pooling the weights that :func:`state_of` names."""
    own = {name: value for name, value in state.items() if not name.startswith(_POOLING)}
    towers.model.load_state_dict(own)
    if towers.pooling is not None:
        pooling = {name: value for name, value in state.items() if name.startswith(_POOLING)}
        towers.pooling.load_state_dict(
            {name.removeprefix(_POOLING): value for name, value in pooling.items()}
        )
