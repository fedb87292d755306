"""Which language an untagged track is in, by its commonest words.

Function words are a good part of any talk; G. Grefenstette, "Comparing two language identification schemes"
(1995), shows that they tell the language of a text of some length. The lists are those of the Snowball
project, as tantivy carries them. A guess only decides by which rules stems are made; nobody is told it as a
fact.
"""

from __future__ import annotations

from collections.abc import Iterable

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from vidsearch_sdk.query.dialogue.writing import one_form

_LISTED = {
    "da": "danish",
    "nl": "dutch",
    "en": "english",
    "fi": "finnish",
    "fr": "french",
    "de": "german",
    "hu": "hungarian",
    "it": "italian",
    "no": "norwegian",
    "pt": "portuguese",
    "ru": "russian",
    "es": "spanish",
    "sv": "swedish",
}
_FEWEST_WORDS = 25
_MOST_CHARACTERS = 8_000
_LEAST_SHARE = 0.2  # the list of English is short and reaches a quarter of the words, others half
_LEAST_LEAD = 1.25  # over the second; Danish and Norwegian are often too near to tell


class LanguageGuesser:
    """Guesses languages; holds the word lists once."""

    def __init__(self) -> None:
        self._words = _words()
        self._others: dict[str, TextAnalyzer] = {
            language: TextAnalyzerBuilder(Tokenizer.simple())
            .filter(Filter.lowercase())
            .filter(Filter.stopword(name))
            .build()
            for language, name in _LISTED.items()
        }

    def guess(self, lines: Iterable[str]) -> str:
        """Return the language of some lines, two letters, or empty text where it is not clear.

        Args:
            lines: Lines of one track; the first ones decide.

        Examples:
            >>> guesser = LanguageGuesser()
            >>> guesser.guess(["We don't know what they are talking about, but it is in the house."] * 2)
            'en'
            >>> guesser.guess(["Hello there"])
            ''
        """
        sample = ""
        for line in lines:
            sample += f"{line}\n"
            if len(sample) >= _MOST_CHARACTERS:
                break
        sample = one_form(sample[:_MOST_CHARACTERS])
        total = len(self._words.analyze(sample))
        if total < _FEWEST_WORDS:
            return ""
        shares = {
            language: 1 - len(others.analyze(sample)) / total for language, others in self._others.items()
        }
        (best, share), (_, second) = sorted(shares.items(), key=lambda item: -item[1])[:2]
        return best if share >= max(_LEAST_SHARE, _LEAST_LEAD * second) else ""


def _words() -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).build()
