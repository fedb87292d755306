"""What a run may be told is checked before anything else."""

import pytest

from vidsearch_sdk.errors import EncoderError
from vidsearch_sdk.learning.settings import FineTuneSettings, suitable_rate


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"train": "some"}, "train='some': one of 'head', 'lora', 'all' is needed"),
        ({"loss": "triplet"}, "one of 'contrastive', 'sigmoid'"),
        ({"pooling": "max"}, "one of 'mean', 'attention', 'multiscale'"),
        ({"precision": "f16"}, "one of 'auto', 'bf16', 'f32'"),
        ({"epochs": 0}, "epochs=0: a whole number from 1"),
        ({"epochs": 2.5}, "epochs=2.5: a whole number"),
        ({"batch_size": 1}, "batch_size=1: a whole number from 2"),
        ({"batch_size": True}, "batch_size=True"),
        ({"micro_batch": 0}, "micro_batch=0"),
        ({"frames_per_shot": 65}, "from 1 to 64"),
        ({"learning_rate": 0.0}, "learning_rate=0.0: a number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate=nan"),
        ({"warmup": 1.5}, "warmup=1.5: a number from 0 to 1"),
        ({"weight_decay": -1}, "weight_decay=-1"),
        ({"keep": -1}, "keep=-1"),
        ({"patience": -1}, "patience=-1"),
        ({"augment": 1}, "augment=1: True or False"),
        ({"blend": 0}, "blend=0: a number above 0, at most 1, or 'auto'"),
        ({"blend": "half"}, "blend='half'"),
        ({"largest_loss": "1%"}, "largest_loss='1%'"),
        ({"seed": -1}, "seed=-1"),
        ({"threads": 0}, "threads=0"),
    ],
)
def test_what_is_not_allowed_is_named_with_what_is(given, said):
    with pytest.raises(EncoderError) as caught:
        FineTuneSettings(**given)
    assert said in str(caught.value)


def test_what_does_not_decide_the_weights_may_change_between_two_parts_of_a_run():
    one = FineTuneSettings(micro_batch=4, blend=0.5, largest_loss=0.2, threads=3)
    assert one.deciding() == FineTuneSettings().deciding()
    for name, value in {"epochs": 3, "seed": 1, "augment": False, "pooling": "mean", "keep": 1.0}.items():
        assert FineTuneSettings(**{name: value}).deciding() != FineTuneSettings().deciding()


def test_wider_models_and_more_weights_take_lower_rates():
    assert suitable_rate("all", 512) < suitable_rate("lora", 512) < suitable_rate("head", 512)
    assert suitable_rate("all", 1024) == suitable_rate("all", 512) / 2
