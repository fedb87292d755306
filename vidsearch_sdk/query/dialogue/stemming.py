"""The stems of words, in the languages that have a Snowball stemmer.

The stemmers are those of the Snowball project (M. F. Porter, "Snowball: A language for stemming algorithms",
2001), as tantivy carries them.
"""

from __future__ import annotations

from collections.abc import Iterable

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from vidsearch_sdk.query.dialogue.writing import folded

_STEMMED = {
    "ar": "arabic",
    "da": "danish",
    "nl": "dutch",
    "en": "english",
    "fi": "finnish",
    "fr": "french",
    "de": "german",
    "el": "greek",
    "hu": "hungarian",
    "it": "italian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "es": "spanish",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
_MOST_KEPT = 500_000
_TURKISH = str.maketrans({"I": "ı", "İ": "i"})


class Stemmers:
    """Stems by language, each word computed once."""

    def __init__(self) -> None:
        self._analyzers: dict[str, TextAnalyzer] = {}
        self._kept: dict[tuple[str, str], str] = {}

    @staticmethod
    def has(language: str) -> bool:
        """Whether a language, as of :func:`~vidsearch_sdk.index.language_tags.language_of`, has a stemmer."""
        return language in _STEMMED

    def root(self, word: str, language: str) -> str:
        """Return the term under which a word stands: its language, a slash, and its folded stem.

        Args:
            word: One word as written; case and accents help.
            language: As of :func:`~vidsearch_sdk.index.language_tags.language_of`; where it has no stemmer
                the word itself is the stem.

        Examples:
            >>> stemmers = Stemmers()
            >>> stemmers.root("Running", "en"), stemmers.root("canciones", "es"), stemmers.root("kotki", "pl")
            ('en/run', 'es/cancion', '/kotki')
        """
        key = (word, language)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[key] = self._root(word, language)
        return kept

    def roots(self, word: str, languages: Iterable[str]) -> set[str]:
        """Return every term under which a word can stand, typed with its accents or without."""
        return {self.root(form, language) for language in languages for form in (word, folded(word))}

    def _root(self, word: str, language: str) -> str:
        if language not in _STEMMED:
            return f"/{folded(word)}"
        if language not in self._analyzers:
            stemmer = Filter.stemmer(_STEMMED[language])
            self._analyzers[language] = TextAnalyzerBuilder(Tokenizer.raw()).filter(stemmer).build()
        lower = (word.translate(_TURKISH) if language == "tr" else word).lower()
        stems = self._analyzers[language].analyze(lower)
        return f"{language}/{folded(stems[0] if stems and stems[0] else lower)}"
