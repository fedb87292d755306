"""Lists of words: those that an encoder was trained on, and the ordinary ones that every tokenizer knows.

Nothing heavy is imported: a search with somebody's own encoder needs no torch for its spelling.
"""

from __future__ import annotations

import gzip
import importlib.util
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from vidsearch_sdk.errors import EncoderError

WORDS_NAME = "words.txt"
"""File of an encoder's folder that lists the words it was trained on, one a line; it may be missing."""

_LARGEST = 8 << 20
_LONGEST = 60
_BYTE_PAIRS = "bpe_simple_vocab_16e6.txt.gz"
_MERGES = 49_152 - 256 - 2


def read_words(path: Path) -> frozenset[str]:
    """Read the words of an encoder.

    Args:
        path: A UTF-8 file with one word a line; empty lines and lines beginning with ``#`` are left out.

    Returns:
        The words, in lower case; empty where there is no such file.

    Raises:
        EncoderError: The file is no such list.
    """
    if not path.is_file():
        return frozenset()
    remedy = "Write one word a line in UTF-8, or remove the file: an encoder works without it."
    if path.stat().st_size > _LARGEST:
        raise EncoderError(f"{path} is larger than {_LARGEST >> 20} MB: it is no list of words. {remedy}")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise EncoderError(f"{path} is not UTF-8 text. {remedy}") from error
    words = {_spelled(line) for line in lines if not line.startswith("#")} - {""}
    for word in words:
        if len(word) > _LONGEST or any(letter.isspace() for letter in word) or not word.isprintable():
            raise EncoderError(f"{path} holds {word[:_LONGEST]!r}, which is not one word. {remedy}")
    return frozenset(words)


def write_words(path: Path, words: Iterable[str]) -> None:
    """Write the words of an encoder, sorted, one a line.

    Raises:
        ValueError: One of them holds white space or a line's mark, or is empty or too long.
    """
    spelled = {word: _spelled(word) for word in words}
    for word, kept in spelled.items():
        if not kept or len(kept) > _LONGEST or len(kept.split()) > 1 or kept.startswith("#"):
            raise ValueError(f"{word!r} is not one word of at most {_LONGEST} characters")
    path.write_text("".join(f"{word}\n" for word in sorted(set(spelled.values()))), encoding="utf-8")


def ordinary_words() -> tuple[str, ...]:
    """The whole words among CLIP's byte pairs, the most frequent first: three or more letters from a to z.

    About 32,000 words of English and names, and many endings of words, as they were counted in captions and
    messages (Radford et al., 2021). Empty where open_clip, which carries the list, is not installed.
    """
    found = importlib.util.find_spec("open_clip")
    if found is None or not found.submodule_search_locations:
        return ()
    path = Path(found.submodule_search_locations[0]) / _BYTE_PAIRS
    if not path.is_file():
        return ()
    # The list alone: importing open_clip would load torch.
    merges = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")[1 : _MERGES + 1]
    ended = (merge.replace(" ", "") for merge in merges if merge.endswith("</w>"))
    words = (word.removesuffix("</w>") for word in ended)
    return tuple(dict.fromkeys(w for w in words if len(w) > 2 and w.isascii() and w.isalpha()))


def _spelled(word: str) -> str:
    return unicodedata.normalize("NFC", word.strip()).lower()
