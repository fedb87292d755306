"""New models are the same for the same seed and disturb nothing else."""

import torch

from vidsearch_sdk.encoding.untrained import new_model, new_tokenizer, vocabulary_words

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 32},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


def _weights(seed):
    return torch.cat(
        [value.float().flatten() for value in new_model(CONFIG, seed=seed).state_dict().values()]
    )


def test_the_seed_decides_the_weights():
    assert torch.equal(_weights(3), _weights(3))
    assert not torch.equal(_weights(3), _weights(4))


def test_other_random_numbers_are_left_alone():
    state = torch.get_rng_state()
    new_model(CONFIG, seed=3)
    assert torch.equal(torch.get_rng_state(), state)


def test_texts_are_cut_at_the_context_length():
    tokens = new_tokenizer(CONFIG)(["a dog", "dog " * 40])
    assert tokens.shape == (2, 12)
    assert tokens[0].count_nonzero() == 4
    assert tokens[1].count_nonzero() == 12


def test_the_vocabulary_holds_ordinary_words():
    words = vocabulary_words()
    assert {"dog", "wedding", "submarine"} <= set(words)
    assert list(words) == sorted(set(words))
    assert all(word.isalpha() and word.islower() and len(word) > 2 for word in words)
