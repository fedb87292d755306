"""Languages by their tags, of which films and subtitle files write several for one language."""

from __future__ import annotations

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


def language_of(tag: str) -> str:
    """Return the language of a tag (BCP 47 or ISO 639) without its region, two letters where it has them.

    Examples:
        >>> [language_of(tag) for tag in ("eng", "en-US", "pt_BR", "GER", "nb", "fil", "")]
        ['en', 'en', 'pt', 'de', 'no', 'fil', '']
    """
    first = tag.strip().lower().replace("_", "-").partition("-")[0]
    return _TWO_LETTERS.get(first, first)
