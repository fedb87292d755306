"""Against open_clip's own transform over Pillow."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image, ImageFilter

from vidsearch_sdk.encoding.pictures import rgb_of
from vidsearch_sdk.encoding.preprocessing import Preprocessing
from vidsearch_sdk.encoding.resizing import resized_on_cpu, resized_on_device
from vidsearch_sdk.errors import EncoderError

CONFIGS = {
    "clip": {"size": 224, "interpolation": "bicubic", "resize_mode": "shortest"},
    "pe": {
        "size": 224,
        "interpolation": "bilinear",
        "resize_mode": "squash",
        "mean": (0.5,) * 3,
        "std": (0.5,) * 3,
    },
    "mobile": {
        "size": 256,
        "interpolation": "bilinear",
        "resize_mode": "shortest",
        "mean": (0.0,) * 3,
        "std": (1.0,) * 3,
    },
    "siglip": {"size": (256, 256), "interpolation": "bicubic", "resize_mode": "squash"},
    "filled": {"size": 224, "interpolation": "bicubic", "resize_mode": "longest", "fill_color": 127},
    "oblong": {"size": (160, 224), "interpolation": "bilinear", "resize_mode": "shortest"},
    "oblong-filled": {"size": (160, 224), "interpolation": "bilinear", "resize_mode": "longest"},
    "small-odd": {"size": 97, "interpolation": "bicubic", "resize_mode": "shortest"},
}
SIZES = [
    (384, 682),
    (682, 384),
    (384, 384),
    (385, 511),
    (224, 224),
    (256, 256),
    (37, 61),
    (1, 1),
    (3, 90),
    (700, 99),
]


def picture(height: int, width: int) -> np.ndarray:
    """Smooth ground, hard edges and noise: what a resize can get wrong."""
    rng = np.random.default_rng(height * 1000 + width)
    image = Image.fromarray(
        rng.integers(0, 256, (max(1, height // 8), max(1, width // 8), 3), dtype=np.uint8)
    )
    values = np.asarray(
        image.resize((width, height), Image.Resampling.NEAREST).filter(ImageFilter.SMOOTH), np.int16
    )
    return np.clip(values + rng.integers(-20, 21, values.shape), 0, 255).astype(np.uint8)


def reference(image: Image.Image, config: dict) -> np.ndarray:
    """Values 0 to 255 of open_clip's transform, its normalization undone."""
    cfg = PreprocessCfg(**config)
    normalized = image_transform_v2(cfg, is_train=False)(image)
    mean, std = (torch.tensor(value)[:, None, None] for value in (cfg.mean, cfg.std))
    return ((normalized * std + mean) * 255).permute(1, 2, 0).numpy()


def ours(config: dict) -> Preprocessing:
    return Preprocessing.from_config(
        {key: value for key, value in config.items() if key != "size"}, config["size"]
    )


@pytest.mark.parametrize("name", CONFIGS)
def test_both_resizes_agree_with_the_reference(name: str) -> None:
    config = CONFIGS[name]
    preprocessing = ours(config)
    for height, width in SIZES:
        array = picture(height, width)
        expected = reference(Image.fromarray(array), config)
        on_cpu = resized_on_cpu(array, preprocessing).astype(np.float32)
        on_device = resized_on_device(torch.from_numpy(array)[None], preprocessing)[0].numpy()
        assert on_cpu.shape == on_device.shape == (*preprocessing.size, 3)
        for said, values in (("cpu", on_cpu), ("device", on_device)):
            difference = np.abs(values - expected)
            assert difference.max() <= 1.01, (said, height, width, difference.max())
            # Off by one is for ties alone: a shift of a fraction of a pixel would be everywhere.
            assert (difference > 0.5).mean() < 0.08, (said, height, width)


def test_black_and_white_noise_is_off_by_two_in_hardly_a_pixel() -> None:
    values = np.random.default_rng(1).integers(0, 2, (682, 384, 1), dtype=np.uint8) * 255
    array = values.repeat(3, axis=2)
    for config in CONFIGS.values():
        expected = reference(Image.fromarray(array), config)
        difference = np.abs(resized_on_cpu(array, ours(config)) - expected)
        assert difference.max() <= 2.01
        assert (difference > 1.5).mean() < 1e-4


def test_the_comparison_can_fail() -> None:
    config = CONFIGS["clip"]
    array = picture(384, 682)
    shifted = reference(Image.fromarray(np.roll(array, 1, axis=1)), config)
    assert np.abs(resized_on_cpu(array, ours(config)) - shifted).max() > 10


def test_normalized_values_are_the_references() -> None:
    config = CONFIGS["clip"]
    array = picture(300, 500)
    expected = image_transform_v2(PreprocessCfg(**config), is_train=False)(Image.fromarray(array))
    batch = torch.from_numpy(resized_on_cpu(array, ours(config)).copy())[None]
    found = ours(config).normalized(batch, torch.float32)
    assert found.shape == (1, 3, 224, 224)
    largest_step = 1 / 255 / min(PreprocessCfg().std)
    assert float((found[0] - expected).abs().max()) <= largest_step * 1.01
    assert ours(config).normalized(batch, torch.bfloat16).dtype == torch.bfloat16


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "LA", "I;16"])
def test_pictures_of_other_modes_are_taken_as_rgb(mode: str) -> None:
    array = picture(120, 200)
    if mode == "I;16":
        gray = array[:, :, 0]
        image, as_rgb = Image.fromarray(gray.astype(np.uint16) * 257), Image.fromarray(gray).convert("RGB")
    else:
        image = Image.fromarray(array).convert(mode)
        as_rgb = image.convert("RGB")
    expected = reference(as_rgb, CONFIGS["clip"])
    assert np.abs(resized_on_cpu(rgb_of(image), ours(CONFIGS["clip"])) - expected).max() <= 1.01


def test_a_configuration_that_cannot_be_followed() -> None:
    with pytest.raises(EncoderError, match="interpolation 'nearest' is not 'bicubic' or 'bilinear'"):
        Preprocessing.from_config({"interpolation": "nearest"}, 224)
    with pytest.raises(EncoderError, match="resize_mode 'crop' is not"):
        Preprocessing.from_config({"resize_mode": "crop"}, 224)
    with pytest.raises(EncoderError, match="only RGB"):
        Preprocessing.from_config({"mode": "BGR"}, 224)
    assert Preprocessing.from_config({"interpolation": "random", "mean": 0.5}, (64, 32)).mean == (
        0.5,
        0.5,
        0.5,
    )


def test_a_very_long_picture_does_not_take_the_memory_of_its_full_enlargement() -> None:
    values = resized_on_cpu(np.full((3, 20_000, 3), 200, np.uint8), ours(CONFIGS["clip"]))
    assert values.shape == (224, 224, 3)
    assert (values == 200).all()
