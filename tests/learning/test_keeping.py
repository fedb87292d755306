"""What is not to be learned keeps its vectors: what is chosen, and that it works."""

import numpy as np
import pytest
import torch

from tests.learning.test_measured import made, towers
from vidsearch_sdk.learning.keeping import SHOTS_PER_STEP, TEXTS_PER_STEP, Keeping, KeptShots, KeptTexts
from vidsearch_sdk.learning.known import texts_to_keep
from vidsearch_sdk.learning.ranks import Ranks
from vidsearch_sdk.learning.trainable import prepare


def seeded(number):
    return torch.Generator().manual_seed(number)


def keeping(of, weight=10.0, **options):
    pictures = made().pictures
    texts = [
        KeptTexts(torch.randint(1, 40, (30, 6), generator=torch.Generator().manual_seed(n))) for n in (1, 2)
    ]
    shots = [KeptShots(pictures, np.arange(0, 9, 2))]
    return Keeping(
        of, texts=texts, shots=shots, weight=weight, seed=0, ranks=Ranks(), precision="f32", **options
    )


def shaken(**options):
    one = towers()
    prepare(one, "all")
    kept = keeping(one, **options)
    with torch.no_grad():
        for parameter in one.model.parameters():
            if parameter.ndim >= 2:
                parameter += (
                    0.3
                    * parameter.std()
                    * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3))
                )
    return one, kept


def test_nothing_pulls_where_nothing_moved():
    one = towers()
    prepare(one, "all")
    assert keeping(one).add_gradients(0) == pytest.approx(0.0, abs=1e-5)


def test_its_gradients_are_added_and_draw_vectors_back():
    one, kept = shaken()
    first = kept.add_gradients(5)
    assert first > 0.05
    alone = {name: value.grad.clone() for name, value in one.named_parameters() if value.grad is not None}
    again = kept.add_gradients(5)
    assert again == first
    for name, value in one.named_parameters():
        if name in alone:
            assert torch.allclose(value.grad, 2 * alone[name], rtol=1e-4, atol=1e-6), name
    optimizer = torch.optim.Adam(one.parameters(), lr=1e-3)
    for step in range(60):
        optimizer.zero_grad()
        kept.add_gradients(step)
        optimizer.step()
    assert kept.add_gradients(5) < 0.3 * first
    assert kept.add_gradients(6) != kept.add_gradients(7)


def test_parts_pull_as_the_whole_does_and_no_more_is_in_memory_at_once(monkeypatch):
    one, kept = shaken()
    whole = kept.add_gradients(5)
    two, parted = shaken(micro_batch=3)
    sizes = []
    for kind in (KeptTexts, KeptShots):
        real = kind.vectors
        monkeypatch.setattr(
            kind, "vectors", lambda *given, real=real: sizes.append(len(given[2])) or real(*given)
        )
    assert parted.add_gradients(5) == pytest.approx(whole, rel=1e-5)
    assert max(sizes) == 3
    assert sum(sizes) == TEXTS_PER_STEP + SHOTS_PER_STEP
    wanted = dict(one.named_parameters())
    for name, value in two.named_parameters():
        if value.grad is not None:
            assert torch.allclose(value.grad, wanted[name].grad, rtol=1e-4, atol=1e-6), name


def test_the_weight_scales_it():
    _, kept = shaken()
    heavier = Keeping.__new__(Keeping)
    heavier.__dict__.update(kept.__dict__ | {"_weight": 20.0})
    assert heavier.add_gradients(1) == pytest.approx(2 * kept.add_gradients(1), rel=1e-5)


def test_groups_of_texts_are_made_of_what_the_encoder_knows():
    texts = ("a dog", "a wug runs", "two blickets", "a zib and a dog")
    groups = texts_to_keep(texts, ("the sea",), known={"dog", "sea", "cat"}, seed=0)
    made_up, old, general, strange = groups
    assert {word for text in made_up for word in text.split()} == {"dog", "sea", "cat"}
    assert {len(text.split()) for text in made_up} == {1, 2, 3}
    assert (old, general) == (("a dog",), ("the sea",))
    # What it knows nothing of stays away from all pictures, and what is taught does not.
    said = {word for text in strange for word in text.split()} - {"a", "and", "in", "the"}
    assert len(said) > 500
    assert said.isdisjoint({"dog", "sea", "cat", "runs"})
    assert texts_to_keep(texts, ("the sea",), known={"dog", "sea", "cat"}, seed=0) == groups


def test_an_encoder_that_does_not_say_keeps_ordinary_words_that_are_not_taught():
    (made_up,) = texts_to_keep(("a dog jumps", "the house"), (), known=(), seed=0)
    words = {word for text in made_up for word in text.split()}
    assert words.isdisjoint({"dog", "jumps", "house", "the"})
    assert len(words) > 500
