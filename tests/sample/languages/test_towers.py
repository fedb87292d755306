"""The grown model begins where the sample encoder ends, and reads in groups what it reads at once."""

import pytest
import torch

from vidsearch_sdk.encoding.loading import load_model
from vidsearch_sdk.encoding.sources import find_source
from vidsearch_sdk.encoding.untrained import new_tokenizer
from vidsearch_sdk.sample.languages.towers import LockedPictures, grown, multilingual_config

CAPTIONS = [
    "an owl and a guitar in the forest at night, close-up",
    "dog",
    "on the beach",
    "собака у моря ночью",
]


@pytest.fixture(scope="module")
def made():
    source = find_source("sample")
    sample = load_model(source).model
    config = multilingual_config(source.config, context_length=96, layers=4)
    return source, sample, config, grown(sample, config, seed=0)


def test_english_starts_as_it_was(made):
    source, sample, config, model = made
    english = CAPTIONS[:3]
    with torch.no_grad():
        before = sample.encode_text(new_tokenizer(source.config)(english), normalize=True)
        after = model.encode_text(new_tokenizer(config)(english), normalize=True)
    assert torch.allclose(before, after, atol=1e-6)
    assert source.config["text_cfg"]["context_length"] == 28


def test_pictures_stay_to_the_bit(made):
    _, sample, _, model = made
    for name, value in sample.visual.state_dict().items():
        assert torch.equal(value, model.visual.state_dict()[name]), name


def test_groups_change_nothing(made):
    _, _, config, model = made
    tokens = new_tokenizer(config)(CAPTIONS * 3)
    locked = LockedPictures(model)
    with torch.no_grad():
        assert torch.allclose(locked.encode_text(tokens), model.encode_text(tokens), atol=1e-5)


def test_only_texts_learn(made):
    *_, model = made
    locked = LockedPictures(model)
    learned = {name for name, value in locked.named_parameters() if value.requires_grad}
    assert learned
    assert not any("visual" in name for name in learned)
    picture = torch.eye(3)
    assert locked.encode_image(picture, normalize=True) is picture
