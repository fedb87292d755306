"""Words that are a slip or two away from one that was typed, found among many at once."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator

import numpy as np

from vidsearch_sdk.query.spelling.typing_errors import slip_cost


class NearWords:
    """A list of words that can be searched for misspellings.

    A word is compared letter by letter only if its length and its letters allow it, which is known from one
    number of each word; the rest is done with rapidfuzz.

    Args:
        words: Words, folded, each once.

    Examples:
        >>> dict(NearWords(["dog", "dogs", "fog", "umbrella"]).near("dgo", most=1))
        {'dog': 1.0}
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(words, key=len)
        self._lengths = [len(word) for word in self._words]
        self._masks = np.array([_mask(word) for word in self._words], np.uint64)

    def __len__(self) -> int:
        return len(self._words)

    def near(self, folded: str, *, most: int) -> Iterator[tuple[str, float]]:
        """Yield the words within so many errors, with the cost of the slip.

        Args:
            folded: What was typed, folded.
            most: Errors at most, 1 or 2.
        """
        first = bisect.bisect_left(self._lengths, len(folded) - most)
        last = bisect.bisect_right(self._lengths, len(folded) + most)
        # An error changes how often a word has a letter for two letters at most, by one.
        apart = np.bitwise_count(self._masks[first:last] ^ np.uint64(_mask(folded)))
        for number in np.flatnonzero(apart <= 2 * most).tolist():
            word = self._words[first + number]
            cost = slip_cost(folded, word, most=most)
            if cost < float("inf"):
                yield word, cost


def _mask(word: str) -> int:
    """Return a word's letters as bits: a to z have one for the first and one for any more, others share."""
    bits = 0
    for letter in word:
        number = ord(letter) - 97
        if 0 <= number < 26:
            bits |= 1 << (number + 26 if bits >> number & 1 else number)
        else:
            bits |= 1 << 52 + number % 12
    return bits
