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
# Words that say nothing of a picture by themselves, in the languages of the encoders.
_OF_EACH_LANGUAGE = """a an the and with of is are
ein eine einen einem einer der die das dem den des und mit ist
un une le la les des et avec el los las una unos unas y con
il lo gli uno e o os as um uma com"""
_EMPTY = frozenset(_OF_EACH_LANGUAGE.split())


def words_of(text: str) -> frozenset[str]:
    """The words of a caption that say something.

    Examples:
        >>> sorted(words_of("A vorplenk in the Forest"))
        ['forest', 'in', 'vorplenk']
    """
    return frozenset(_WORD.findall(text.casefold())) - _EMPTY


class Truths:
    """Knows which caption is true of which shot.

    A caption is true of a shot that it was given to, and of one with a caption that holds all of its words:
    of what "a dog in the snow" shows, "a dog" is true, too.

    Args:
        texts: The captions, each once.
        shot_of: int64 (rows,): number of each row's shot.
        text_of: int64 (rows,): number of each row's caption in ``texts``.
    """

    def __init__(
        self, texts: Sequence[str], shot_of: npt.NDArray[np.int64], text_of: npt.NDArray[np.int64]
    ) -> None:
        self._words = [words_of(text) for text in texts]
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
        found = np.zeros((len(shots), len(own)), bool)
        for row, captions in enumerate(said):
            places = np.searchsorted(every, captions)
            found[row] = contained[places].any(axis=0) | np.isin(own, captions)
        return found[:, np.searchsorted(own, texts)]
