"""Which captions of a batch are true of which shots, beside those that were drawn together.

Told apart from a shot that it fits, a caption teaches what is wrong: "a vorplenk" is true of the shot that
somebody called "a vorplenk in the forest at night". Such pairs are left out of the negatives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Words that say nothing of a picture by themselves, in the languages of the encoders. "with" is none of them:
# "a street with people" is not what "a street without people" shows.
_OF_EACH_LANGUAGE = """a an the and of is are
ein eine einen einem einer der die das dem den des und ist
un une le la les des et el los las una unos unas y
il lo gli uno e o os as um uma"""
_EMPTY = frozenset(_OF_EACH_LANGUAGE.split())
# What comes after one of these is what a picture does not show.
_DENIALS = """no not without nobody nothing none never
kein keine keinen keinem keiner ohne nicht niemand nie
sans pas aucun aucune personne sin ningún ninguna nadie nunca
senza non nessuno nessuna sem não nenhum nenhuma ninguém"""
_DENYING = frozenset(_DENIALS.split())


def words_of(text: str) -> tuple[str, ...]:
    """The words of a caption that say something, in their order.

    Examples:
        >>> words_of("A vorplenk in the Forest")
        ('vorplenk', 'in', 'forest')
    """
    return tuple(word for word in _WORD.findall(text.casefold()) if word not in _EMPTY)


def says_too(longer: Sequence[str], shorter: Sequence[str]) -> bool:
    """Whether whoever says the longer one says the shorter one, too.

    It does where it has the words of the shorter one in the same order, none of them after a denial that the
    shorter one does not have.

    Args:
        longer: Words that say something, in order.
        shorter: The same of the other caption.

    Examples:
        >>> says_too(("ada", "follows", "ben"), ("ben", "follows", "ada"))
        False
        >>> says_too(("street", "without", "people"), ("people",))
        False
    """
    denied = [word for word in longer if _denies(word)]
    if denied and denied != [word for word in shorter if _denies(word)]:
        longer = longer[: longer.index(denied[0])]
    left = iter(longer)
    return all(word in left for word in shorter)


def _denies(word: str) -> bool:
    return word in _DENYING or word.endswith(("n't", "n’t"))


class Truths:
    """Knows which caption is true of which shot.

    A caption is true of a shot that it was given to, and of one with a caption that holds all of its words in
    its order: of what "a dog in the snow" shows, "a dog" is true, too. Other orders of the same words say
    other things ("day turns to night").

    Args:
        texts: The captions, each once.
        shot_of: int64 (rows,): number of each row's shot.
        text_of: int64 (rows,): number of each row's caption in ``texts``.
    """

    def __init__(
        self, texts: Sequence[str], shot_of: npt.NDArray[np.int64], text_of: npt.NDArray[np.int64]
    ) -> None:
        self._said_words = [words_of(text) for text in texts]
        self._words = [frozenset(words) for words in self._said_words]
        self._denies = np.array([any(map(_denies, words)) for words in self._said_words], bool)
        self._said: dict[int, list[int]] = {}
        for shot, text in zip(shot_of.tolist(), text_of.tolist(), strict=True):
            self._said.setdefault(shot, []).append(text)

    def fits(self, shots: npt.NDArray[np.int64], texts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Say of each shot of a batch which of its captions are true of it.

        Args:
            shots: int64 (n,).
            texts: int64 (n,).

        Returns:
            bool (n, n): shot i, caption j.
        """
        own = np.unique(texts)
        said = [self._said[int(shot)] for shot in shots]
        every = np.unique(np.concatenate([own, *(np.asarray(one) for one in said)]))
        number = {word: at for at, word in enumerate(sorted({w for t in own for w in self._words[int(t)]}))}
        holds = np.zeros((len(every), max(1, len(number))), np.float32)
        for row, text in enumerate(every):
            at = [number[word] for word in self._words[int(text)] if word in number]
            holds[row, at] = 1.0
        asked = holds[np.searchsorted(every, own)]
        sizes = np.array([len(self._words[int(text)]) for text in own])
        # A caption without a word says nothing, and so nothing wrong of others, but nothing true either.
        contained = (holds @ asked.T >= sizes - 0.5) & (sizes > 0)
        # One word is in its order wherever it is; the few others are looked at one by one.
        long = np.array([len(self._said_words[int(text)]) > 1 for text in own], bool)
        for row, column in np.argwhere(contained & (long | self._denies[every][:, None])):
            contained[row, column] = says_too(
                self._said_words[int(every[row])], self._said_words[int(own[column])]
            )
        found = np.zeros((len(shots), len(own)), bool)
        for row, captions in enumerate(said):
            places = np.searchsorted(every, captions)
            found[row] = contained[places].any(axis=0) | np.isin(own, captions)
        return found[:, np.searchsorted(own, texts)]
