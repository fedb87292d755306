"""Languages by their tags, and the stems of words in those that have a Snowball stemmer.

The stemmers are those of the Snowball project (M. F. Porter, "Snowball: A language for stemming algorithms",
2001), as tantivy carries them.
"""

from __future__ import annotations

from collections.abc import Iterable

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from vidsearch_sdk.query.writing import folded

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
# Films tag their tracks with three letters (ISO 639-2, both of its forms), subtitle files with two.
_TWO_LETTERS = {
    "ara": "ar",
    "bul": "bg",
    "cat": "ca",
    "ces": "cs",
    "cze": "cs",
    "chi": "zh",
    "zho": "zh",
    "cmn": "zh",
    "yue": "zh",
    "dan": "da",
    "deu": "de",
    "ger": "de",
    "dut": "nl",
    "nld": "nl",
    "ell": "el",
    "gre": "el",
    "eng": "en",
    "est": "et",
    "fas": "fa",
    "per": "fa",
    "fin": "fi",
    "fra": "fr",
    "fre": "fr",
    "heb": "he",
    "iw": "he",
    "hin": "hi",
    "hrv": "hr",
    "hun": "hu",
    "ind": "id",
    "in": "id",
    "ice": "is",
    "isl": "is",
    "ita": "it",
    "jpn": "ja",
    "khm": "km",
    "kor": "ko",
    "lao": "lo",
    "lav": "lv",
    "lit": "lt",
    "may": "ms",
    "msa": "ms",
    "bur": "my",
    "mya": "my",
    "nor": "no",
    "nob": "no",
    "nno": "no",
    "nb": "no",
    "nn": "no",
    "pol": "pl",
    "por": "pt",
    "ron": "ro",
    "rum": "ro",
    "rus": "ru",
    "slk": "sk",
    "slo": "sk",
    "slv": "sl",
    "spa": "es",
    "srp": "sr",
    "swe": "sv",
    "tam": "ta",
    "tha": "th",
    "tur": "tr",
    "ukr": "uk",
    "vie": "vi",
}
_MOST_KEPT = 500_000
_TURKISH = str.maketrans({"I": "ı", "İ": "i"})


def language_of(tag: str) -> str:
    """Return the language of a tag (BCP 47 or ISO 639) without its region, two letters where it has them.

    Examples:
        >>> [language_of(tag) for tag in ("eng", "en-US", "pt_BR", "GER", "nb", "fil", "")]
        ['en', 'en', 'pt', 'de', 'no', 'fil', '']
    """
    first = tag.strip().lower().replace("_", "-").partition("-")[0]
    return _TWO_LETTERS.get(first, first)


class Stemmers:
    """Stems by language, each word computed once."""

    def __init__(self) -> None:
        self._analyzers: dict[str, TextAnalyzer] = {}
        self._kept: dict[tuple[str, str], str] = {}

    @staticmethod
    def has(language: str) -> bool:
        """Whether a language, as of :func:`language_of`, has a stemmer."""
        return language in _STEMMED

    def root(self, word: str, language: str) -> str:
        """Return the term under which a word stands: its language, a slash, and its folded stem.

        Args:
            word: One word as written; case and accents help.
            language: As of :func:`language_of`; where it has no stemmer the word itself is the stem.

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
