"""The words of a search: which of them count, when two are the same word, and how fingers get them wrong."""

from __future__ import annotations

import hashlib
import re
import unicodedata

import numpy as np

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

_EMPTY_WORDS = """
    a an the this that these those it its i me my you your we our us he she they them their who what
    where when which is are am was were be been being do does did have has had will would can could may
    not no nothing of in on at to from by for with into up down over under off out and or but so if as
    like only too all one once more than something someone somebody anyone there here then back says
    said saying asks talk talks about line el la los las un una y o de del en es está están son que se
    su tu mi no lo le os a al por para con
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
"""Words that alone tell nothing, in the two languages of the film."""

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SLIPS = ("swap", "drop", "double", "neighbor")


def plain(text: str) -> str:
    """Lower case without accents.

    Examples:
        >>> plain("¿Dónde está?")
        '¿donde esta?'
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def words_in(text: str) -> list[str]:
    """The words of a text in order, as they are written.

    Examples:
        >>> words_in("Dog: A key! But where?")
        ['Dog', 'A', 'key', 'But', 'where']
    """
    return _WORD.findall(text)


def stem(word: str) -> str:
    """A word without accents and plural, so that what was asked and what was said can be compared.

    Examples:
        >>> stem("Keys"), stem("glass"), stem("bus"), stem("Llaves")
        ('key', 'glass', 'bus', 'llave')
    """
    bare = plain(word)
    return bare[:-1] if len(bare) > 3 and bare.endswith("s") and not bare.endswith("ss") else bare


def content_stems(text: str) -> tuple[str, ...]:
    """Stems of the words that tell something, in order, each once.

    Examples:
        >>> content_stems("A key! But where is its lock?")
        ('key', 'lock')
    """
    told = (stem(word) for word in words_in(text) if plain(word) not in _EMPTY)
    return tuple(dict.fromkeys(told))


def holds_phrase(text: str, phrase: str) -> bool:
    """Whether the words of a phrase follow each other in a text, accents, case and punctuation aside.

    Examples:
        >>> holds_phrase("Dog: A key! But where is its lock?", "where is its lock")
        True
    """
    have, wanted = [plain(word) for word in words_in(text)], [plain(word) for word in words_in(phrase)]
    return any(
        have[start : start + len(wanted)] == wanted for start in range(len(have) - len(wanted) + 1)
    ) and bool(wanted)


def digest(text: str) -> int:
    """A whole number that hangs on the text alone: chance, where nothing may be chosen by hand.

    Examples:
        >>> digest("a dog") == digest("a dog") != digest("a cat")
        True
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def misspelled(words: str, *, seed: int = 0) -> str:
    """The same words with one typing error in them.

    Two letters change places, a letter is left out or typed twice, or a neighbor of its key is hit instead
    (on a QWERTY keyboard). Which, and where, hangs on the words and the seed; every letter of the words of
    three or more letters is as likely as any other.

    Args:
        words: A search with at least one letter from a to z in a word of three or more.
        seed: Another error of the same words.

    Raises:
        ValueError: No word has three letters.

    Examples:
        >>> misspelled("a dog in a meadow"), misspelled("a dog in a meadow", seed=1)
        ('a dog in a meadwo', 'a dog in a meaow')
    """
    places = [
        match.start() + offset
        for match in re.finditer(r"[^\W\d_]{3,}", words)
        for offset in range(len(match.group()))
    ]
    if not places:
        raise ValueError(f"{words!r} has no word of three letters to get wrong")
    rng = np.random.default_rng([digest(words), seed])
    while True:
        place = places[int(rng.integers(len(places)))]
        wrong = _slip(words, place, str(rng.choice(_SLIPS)), rng)
        if wrong != words:
            return wrong


def _slip(words: str, place: int, slip: str, rng: np.random.Generator) -> str:
    letter, before, after = words[place], words[:place], words[place + 1 :]
    if slip == "double":
        return before + 2 * letter + after
    if slip == "drop":
        return before + after
    if slip == "swap":
        # The last letter of a word has none behind it to change places with.
        return before + after[0] + letter + after[1:] if after[:1].isalpha() else words
    near = neighbors(plain(letter))
    return before + near[int(rng.integers(len(near)))] + after if near else words


def neighbors(letter: str) -> str:
    """The keys around a key of a QWERTY keyboard; empty for what is no letter from a to z.

    Examples:
        >>> neighbors("g"), neighbors("q")
        ('fhtyvb', 'wa')
    """
    for row, keys in enumerate(_KEYS):
        column = keys.find(letter)
        if column < 0 or not letter:
            continue
        around = [(row, column - 1), (row, column + 1)]
        # Each row of keys stands half a key to the right of the one above it.
        around += [(row - 1, column), (row - 1, column + 1), (row + 1, column - 1), (row + 1, column)]
        return "".join(_KEYS[r][c] for r, c in around if 0 <= r < len(_KEYS) and 0 <= c < len(_KEYS[r]))
    return ""
