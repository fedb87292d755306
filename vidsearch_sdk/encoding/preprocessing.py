"""A model's own preprocessing, from its ``preprocess_cfg``: resize, cut, normalize.

The reference is open_clip's inference transform over Pillow applied to ``picture.convert("RGB")``; before
normalization the values here differ from it by at most 1 of 255.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import torch

from vidsearch_sdk.errors import EncoderError

Interpolation = Literal["bicubic", "bilinear"]
ResizeMode = Literal["shortest", "longest", "squash"]

# What open_clip takes where a configuration is silent: the statistics of OpenAI's training pictures.
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class Placement:
    """Where a picture of one size goes.

    Attributes:
        height: Rows to resize to.
        width: Columns to resize to.
        top: First row of the resized picture that is kept; below 0 where rows are filled above it.
        left: The same for columns.
    """

    height: int
    width: int
    top: int
    left: int

    def columns_first(self, height: int, width: int) -> bool:
        """Whether the columns of a picture of this size are filtered before its rows.

        The order matters because values are rounded in between. Pillow 13 begins with columns where height
        shrinks by more than twice as many pixels as width (measured; earlier ones never do).
        """
        return height > self.height and height - self.height > 2 * (width - self.width)


@dataclass(frozen=True)
class Preprocessing:
    """How a model wants its pictures.

    Attributes:
        size: (height, width) of the model's input.
        mean: Per channel, of values 0 to 1.
        std: Per channel, of values 0 to 1.
        interpolation: Filter of the resize, antialiased.
        resize_mode: ``shortest`` side to size and cut the rest, ``longest`` side to size and fill the rest,
            or ``squash`` to size whatever the shape.
        fill_color: 0 to 255, where ``longest`` fills.
    """

    size: tuple[int, int]
    mean: tuple[float, float, float] = _MEAN
    std: tuple[float, float, float] = _STD
    interpolation: Interpolation = "bicubic"
    resize_mode: ResizeMode = "shortest"
    fill_color: int = 0
    _placements: dict[tuple[int, int], Placement] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.interpolation not in get_args(Interpolation):
            raise EncoderError(f"interpolation {self.interpolation!r} is not {_one_of(Interpolation)}")
        if self.resize_mode not in get_args(ResizeMode):
            raise EncoderError(f"resize_mode {self.resize_mode!r} is not {_one_of(ResizeMode)}")
        if min(self.size) < 1 or not 0 <= self.fill_color <= 255 or min(self.std) <= 0:
            raise EncoderError(f"{self} cannot be applied")

    @classmethod
    def from_config(cls, config: Mapping[str, Any], image_size: int | tuple[int, int]) -> Preprocessing:
        """Read open_clip's ``preprocess_cfg``.

        Args:
            config: Its keys; what is missing or None takes open_clip's defaults; unknown keys are ignored.
            image_size: The vision tower's own input size, which overrules the configuration's.

        Raises:
            EncoderError: A value that open_clip does not know.
        """
        given = {key: value for key, value in config.items() if value is not None}
        if given.get("mode", "RGB") != "RGB":
            raise EncoderError(f"preprocess_cfg asks for mode {given['mode']!r}; only RGB is known")
        height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
        interpolation = given.get("interpolation", "bicubic")
        return cls(
            size=(int(height), int(width)),
            mean=_three(given.get("mean", _MEAN)),
            std=_three(given.get("std", _STD)),
            # open_clip: "random" is for training; inference takes bicubic.
            interpolation="bicubic" if interpolation == "random" else interpolation,
            resize_mode=given.get("resize_mode", "shortest"),
            fill_color=int(given.get("fill_color", 0)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return what defines it, for fingerprints and manifests."""
        return {
            "size": list(self.size),
            "mean": list(self.mean),
            "std": list(self.std),
            "interpolation": self.interpolation,
            "resize_mode": self.resize_mode,
            "fill_color": self.fill_color,
        }

    @property
    def filter(self) -> Interpolation:
        """The filter that is really used."""
        # open_clip's transform for inputs that are not square takes bicubic whatever was asked for.
        odd = self.resize_mode == "shortest" and self.size[0] != self.size[1]
        return "bicubic" if odd else self.interpolation

    def placement(self, height: int, width: int) -> Placement:
        """Say where a picture of this size goes; the rounding is open_clip's and torchvision's.

        Examples:
            >>> Preprocessing((224, 224)).placement(384, 682)
            Placement(height=224, width=397, top=0, left=86)
        """
        found = self._placements.get((height, width))
        if found is None:
            found = self._placements[height, width] = self._place(height, width)
        return found

    def _place(self, height: int, width: int) -> Placement:
        rows, columns = self.size
        if self.resize_mode == "squash":
            return Placement(rows, columns, 0, 0)
        if self.resize_mode == "shortest" and rows == columns:
            short, long = min(height, width), max(height, width)
            longer = int(rows * long / short)
            new_height, new_width = (rows, longer) if height <= width else (longer, rows)
        else:
            side = max if self.resize_mode == "longest" else min
            ratio = side(height / rows, width / columns)
            new_height, new_width = max(1, round(height / ratio)), max(1, round(width / ratio))
        return Placement(new_height, new_width, _offset(new_height, rows), _offset(new_width, columns))

    def normalized(self, pictures: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """Normalize a batch on its device.

        Args:
            pictures: (n, height, width, 3), values 0 to 255, of any dtype.
            dtype: Of the result.

        Returns:
            (n, 3, height, width), channels last in memory.
        """
        count, rows, columns, _ = pictures.shape
        std = torch.tensor(self.std, dtype=torch.float32)
        # Along whole rows of pixels: an inner loop over three channels takes twice the time.
        scale = (1.0 / (255.0 * std)).repeat(columns).to(pictures.device)
        shift = (-torch.tensor(self.mean, dtype=torch.float32) / std).repeat(columns).to(pictures.device)
        values = pictures.reshape(count * rows, columns * 3).to(torch.float32, copy=True)
        values = values.mul_(scale).add_(shift).to(dtype)
        return values.reshape(count, rows, columns, 3).permute(0, 3, 1, 2)


def _offset(length: int, wanted: int) -> int:
    if length < wanted:
        return -((wanted - length) // 2)
    return round((length - wanted) / 2)


def _three(value: Any) -> tuple[float, float, float]:
    if isinstance(value, int | float):
        return (float(value),) * 3
    one, two, three = (float(part) for part in value)
    return one, two, three


def _one_of(choices: Any) -> str:
    return " or ".join(repr(choice) for choice in get_args(choices))
