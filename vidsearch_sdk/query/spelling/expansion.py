"""A query in the other words that a team uses for the same thing."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidsearch_sdk.query.spelling.word_forms import quoted_spans

MOST_VARIANTS = 8
"""Ways to say a query that are tried, the typed one included."""

_SPACES = re.compile(r"[\s\-‐‑]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True)
class Expansion:
    """The ways to say a query.

    Attributes:
        variants: The query itself, then what else it may be called; 1 to 8, each once.
        used: Terms that were found in the query with those of their synonyms that the variants use.
    """

    variants: tuple[str, ...]
    used: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    term: str
    synonyms: tuple[str, ...]


def expand(words: str, synonyms: Mapping[str, Sequence[str]]) -> Expansion:
    """Say a query in other words.

    Whole words and phrases are replaced, whatever their case and however they are spaced or hyphenated;
    of terms that overlap the first and longest counts. What stands in quotes stays. Fewer replacements come
    first, so that a long query with many terms still has each of them said in another way.

    Args:
        words: The query.
        synonyms: Term to synonyms, as ``catalog.synonyms.read()`` gives them.

    Examples:
        >>> expand("a Cop on a bike", {"cop": ["policeman"], "bike": ["bicycle"]}).variants
        ('a Cop on a bike', 'a policeman on a bike', 'a Cop on a bicycle', 'a policeman on a bicycle')
        >>> expand("a copper pot", {"cop": ["policeman"]}).variants
        ('a copper pot',)
    """
    text = unicodedata.normalize("NFC", words)
    places = _places(text, synonyms)
    if not places:
        return Expansion((words,))
    variants: dict[str, None] = {words: None}
    used: dict[str, dict[str, None]] = {place.term: {} for place in places}
    for chosen in _choices(places):
        said = text
        for place, synonym in reversed(chosen):
            said = said[: place.start] + synonym + said[place.end :]
        if said not in variants:
            variants[said] = None
            for place, synonym in chosen:
                used[place.term][synonym] = None
        if len(variants) == MOST_VARIANTS:
            break
    return Expansion(tuple(variants), tuple((term, tuple(others)) for term, others in used.items() if others))


def _choices(places: Sequence[_Place]) -> itertools.chain[tuple[tuple[_Place, str], ...]]:
    """Return which places to replace by what: one place at a time, each in turn, then two, and so on."""

    def of(count: int) -> list[tuple[tuple[_Place, str], ...]]:
        # At most as many as can be tried, of each group of places: a hostile table would give millions.
        groups = itertools.islice(itertools.combinations(places, count), MOST_VARIANTS)
        by_group = [
            list(
                itertools.islice(
                    itertools.product(*([(p, s) for s in p.synonyms] for p in group)), MOST_VARIANTS
                )
            )
            for group in groups
        ]
        turns = itertools.zip_longest(*by_group)
        return [choice for turn in turns for choice in turn if choice is not None]

    return itertools.chain.from_iterable(of(count) for count in range(1, len(places) + 1))


def _places(words: str, synonyms: Mapping[str, Sequence[str]]) -> list[_Place]:
    """Return where terms stand in a query, in order, none within another."""
    text = _SPACES.sub(" ", words).casefold()
    quoted = quoted_spans(words)
    found = []
    for term, others in synonyms.items():
        plain = term.casefold().replace("-", " ")
        if not plain or not others or plain not in text:
            continue
        # In the query as it was typed a space may be several, or a hyphen.
        pattern = r"[\s\-‐‑]+".join(re.escape(piece) for piece in term.replace("-", " ").split())
        for match in re.finditer(pattern, words, re.IGNORECASE):
            start, end = match.span()
            if (
                start < end
                and _is_edge(words, start)
                and _is_edge(words, end)
                and not any(start < high and low < end for low, high in quoted)
            ):
                found.append(_Place(start, end, term, tuple(others)))
    found.sort(key=lambda place: (place.start, -place.end))
    kept: list[_Place] = []
    for place in found:
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return kept


def _is_edge(text: str, at: int) -> bool:
    """Whether a word may begin or end here; in scripts without spaces between words it may anywhere."""
    if at in (0, len(text)):
        return True
    before, after = text[at - 1], text[at]
    if _UNSPACED.match(before) or _UNSPACED.match(after):
        return True
    return not (_is_part(before) and _is_part(after))


def _is_part(letter: str) -> bool:
    return letter.isalnum() or letter in "_'’" or "\u0300" <= letter <= "\u036f"
