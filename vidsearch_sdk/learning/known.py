"""What an encoder knows already among what it is taught with: that is what it should keep."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from vidsearch_sdk.encoding.words import ordinary_words

_MADE = 1_000
_MOST_TAKEN = 1_000
_USUAL = 5_000
_LONGEST = 3
_FORMS = ("{}", "a {}", "the {}", "{} {}", "a {} {}", "{} in the {}", "a {} and a {}")
_MOSTLY = 0.5
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def known_texts(texts: Sequence[str], known: Collection[str]) -> frozenset[str]:
    """Choose the texts that teach nothing new, where the others are taught.

    Where an encoder does not say which words it knows, any word may be one whose meaning here is to be
    learned ("Eleven", "the Bear"). And where most texts hold none but known words, it is these that are to be
    learned better. In both cases there is none.

    Args:
        texts: Texts of pairs, each once.
        known: Words that the encoder was trained on; empty where it does not say.

    Examples:
        >>> sorted(known_texts(("a dog", "a wug", "two wugs"), {"dog"}))
        ['a dog']
        >>> known_texts(("a dog", "a cat", "a wug"), {"cat", "dog"})
        frozenset()
    """
    if not known:
        return frozenset()
    words = frozenset(known)
    # Lists of words leave out those of one and two letters.
    old = [
        text
        for text in texts
        if all(len(word) < 3 or word in words for word in _WORD.findall(text.casefold()))
    ]
    return frozenset(old) if len(old) <= _MOSTLY * len(texts) else frozenset()


def texts_to_keep(
    texts: Sequence[str], general: Sequence[str], *, known: Collection[str], seed: int
) -> tuple[tuple[str, ...], ...]:
    """Gather texts whose vectors are to stay.

    Args:
        texts: Texts of the pairs, each once.
        general: Queries that must not get worse.
        known: Words that the encoder was trained on; empty where it does not say.
        seed: Decides which words are put together.

    Returns:
        Groups: one to three known (or else ordinary) words put together; texts that teach nothing new; the
        general queries; and, of an encoder that says which words it knows, texts of ordinary words that it
        does not. Those stay away from all pictures, as they were: by them it is told that a search is for
        something absent. An empty group is missing.
    """
    taught = {word for text in texts for word in _WORD.findall(text.casefold())}
    ordinary = [word for word in ordinary_words() if word not in taught]
    words = sorted(known) or ordinary[:_USUAL]
    random = np.random.default_rng([seed, 3])
    made = []
    if words:
        lengths = random.integers(1, _LONGEST + 1, _MADE)
        made = [" ".join(words[at] for at in random.integers(0, len(words), length)) for length in lengths]
    chosen = known_texts(texts, known)
    old = [text for text in texts if text in chosen]
    if len(old) > _MOST_TAKEN:
        old = [old[at] for at in sorted(random.choice(len(old), _MOST_TAKEN, replace=False))]
    strange = _strange([word for word in ordinary if word not in known], random) if known else []
    groups = (tuple(dict.fromkeys(group)) for group in (made, old, general, strange))
    return tuple(group for group in groups if group)


def _strange(words: Sequence[str], random: np.random.Generator) -> list[str]:
    made = []
    for form in random.choice(_FORMS, _MADE) if words else ():
        some = random.integers(0, len(words), form.count("{}"))
        made.append(str(form).format(*(words[at] for at in some)))
    return made


def shots_to_keep(said: Mapping[int, Collection[str]], old: Collection[str]) -> list[int]:
    """Choose the shots of which only known things are said.

    Args:
        said: All texts of each shot.
        old: The texts that teach nothing new.

    Examples:
        >>> shots_to_keep({0: ["a dog"], 1: ["a dog", "a wug"]}, {"a dog"})
        [0]
    """
    return [shot for shot, texts in said.items() if all(text in old for text in texts)]
