"""What a caption writer must know of a language, and how words of the world are put together by it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

import numpy as np

from vidsearch_sdk.sample.captions import Claim
from vidsearch_sdk.sample.world import KINDS, MOVEMENTS, OBJECTS, SETTINGS, SIZES, TIMES, find_object

_T = TypeVar("_T")

Agreement = Literal["none", "number", "gender and number", "animacy"]

_MARKS = ("m", "f", "n", "pl", "m'", "f'")
_FORMS: Mapping[str, tuple[int, ...]] = {
    "none": (1,),
    "number": (1, 2),
    "gender and number": (1, 4),
    "animacy": (1, 2),
}


@dataclass(frozen=True)
class Noun:
    """One name of an object.

    Attributes:
        word: The name, in the language's own letters.
        mark: Its gender (m, f, n; pl for a word without a singular), with ``'`` where the article is the one
            before a vowel; empty in languages without genders.
    """

    word: str
    mark: str = ""


@dataclass(frozen=True)
class Language:
    """The words of the sample world in one language, and the rules that join them.

    A phrase may have several forms, written ``one|other``: for one and for several (``number``); masculine,
    feminine and their plurals, or masculine, feminine, neuter and the plural of all (``gender and number``);
    for what lives and for what does not (``animacy``).

    Attributes:
        code: ISO 639-1.
        name: English name of the language.
        agreement: What the forms of a phrase follow.
        objects: Every name of every object, by the world's English name; captions of truth use the first.
        settings, times, sizes, movements, kinds: Phrases by the world's word; truth uses the first.
        cameras: What the camera may do; it is learned to be ignored.
        strangers: Words for what the world does not have, with commas between them.
        more_strangers: Further ones, for the second half of the training.
        articles: Articles by the noun's mark, the indefinite first; empty where there are none.
        joined: Ways to name two objects with their articles; the first is that of truth's captions.
        joined_bare: Ways to name two objects without articles.
        subject_last: The subject follows time and place ("in the forest a dog") instead of leading.
        time_links, place_links: What joins time, and place, to what follows; the first is that of truth.
        space: Between words.
        comma: Between the parts of a caption.
        typed: What people type for letters that their keyboard lacks.
        dotted_i: A capital i keeps its dot, which lower case turns into a sign of its own.

    Raises:
        ValueError: A word of the world is missing, or a phrase has a wrong number of forms.
    """

    code: str
    name: str
    agreement: Agreement
    objects: Mapping[str, tuple[Noun, ...]]
    settings: Mapping[str, tuple[str, ...]]
    times: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, tuple[str, ...]]
    movements: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]
    cameras: tuple[str, ...]
    strangers: str
    joined: tuple[str, ...]
    joined_bare: tuple[str, ...]
    more_strangers: str = ""
    articles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subject_last: bool = False
    time_links: tuple[str, ...] = (" ",)
    place_links: tuple[str, ...] = (" ",)
    space: str = " "
    comma: str = ", "
    typed: Mapping[str, str] = field(default_factory=dict)
    dotted_i: bool = False

    def __post_init__(self) -> None:
        if self.agreement not in get_args(Agreement):
            raise ValueError(f"agreement must be one of {', '.join(get_args(Agreement))}")
        wanted: tuple[tuple[Mapping[str, object], Sequence[str]], ...] = (
            (self.objects, [thing.name for thing in OBJECTS]),
            (self.settings, [place.name for place in SETTINGS]),
            (self.times, TIMES),
            (self.sizes, SIZES),
            (self.movements, MOVEMENTS),
            (self.kinds, KINDS),
        )
        for table, names in wanted:
            if set(table) != set(names):
                raise ValueError(f"{self.name} lacks or adds words: {sorted(set(table) ^ set(names))}")
        for table in (self.settings, self.times, self.sizes, self.movements):
            for phrase in (phrase for options in table.values() for phrase in options):
                if len(phrase.split("|")) not in _FORMS[self.agreement]:
                    raise ValueError(f"{self.name}: {phrase!r} has a wrong number of forms")
        if self.articles:
            for noun in (noun for names in self.objects.values() for noun in names):
                if noun.mark not in self.articles:
                    raise ValueError(f"{self.name}: {noun.word!r} has the unknown mark {noun.mark!r}")

    def canonical(self, claim: Claim) -> str:
        """The caption that truth would keep: everything said in its first way, in lower case."""
        nouns = [self.objects[name][0] for name in claim.objects]
        subject = self._subject(nouns, articles=0, joined=0) if nouns else ""
        if claim.kind:
            subject = self.kinds[claim.kind][0]
        sentence = self._sentence(
            claim,
            nouns,
            subject,
            place=self.settings[claim.setting][0] if claim.setting else "",
            time=self.times[claim.time][0] if claim.time else "",
            links=(self.time_links[0], self.place_links[0]),
        )
        size = self.sizes[claim.size][0] if claim.size else ""
        movement = self.movements[claim.movement][0] if claim.movement else ""
        parts = [sentence, size, self._form(movement, claim, nouns)]
        return self.comma.join(part for part in parts if part).lower()

    def word_claim(self, claim: Claim, rng: np.random.Generator, *, stranger: str | None = None) -> str:
        """Say a claim in one of many ways.

        Args:
            claim: What to say.
            rng: Chooses among names, orders and punctuation, and now and then drops accents, as typists do.
            stranger: A word that takes the place of the objects' names.

        Returns:
            The caption, in lower case.
        """
        nouns = [_any(self.objects[name], rng) for name in claim.objects]
        rng.shuffle(nouns)
        if stranger is not None:
            subject, nouns = stranger, []
        elif claim.kind:
            subject = _any(self.kinds[claim.kind], rng)
        elif nouns:
            articles = int(rng.integers(len(next(iter(self.articles.values()))))) if self.articles else None
            if rng.random() < 0.35:
                articles = None
            options = self.joined_bare if articles is None else self.joined
            subject = self._subject(nouns, articles=articles, joined=int(rng.integers(len(options))))
        else:
            subject = ""
        place = _any(self.settings[claim.setting], rng) if claim.setting else ""
        time = _any(self.times[claim.time], rng) if claim.time else ""
        size = _any(self.sizes[claim.size], rng) if claim.size else ""
        movement = _any(self.movements[claim.movement], rng) if claim.movement else ""
        place, size, movement = (self._form(part, claim, nouns) for part in (place, size, movement))
        if rng.random() < 0.7:
            links = (_any(self.time_links, rng), _any(self.place_links, rng))
            sentence = self._sentence(claim, nouns, subject, place=place, time=time, links=links)
            parts = [sentence, size, movement]
            if claim.size and rng.random() < 0.15:
                parts.append(_any(self.cameras, rng))
        else:
            # Any order: people type words as they come.
            parts = [subject, place, time, size, movement]
            rng.shuffle(parts)
        mark = self.comma if rng.random() < 0.6 else " "
        return self._as_typed(mark.join(part for part in parts if part).lower(), rng)

    def words(self) -> frozenset[str]:
        """Every word that some caption may contain; a whole phrase where words are not set apart."""
        said = [noun.word for names in self.objects.values() for noun in names]
        for table in (self.settings, self.times, self.sizes, self.movements, self.kinds):
            said += [form for options in table.values() for option in options for form in option.split("|")]
        said += list(self.cameras)
        split = " ".join(said).lower().replace("'", " ").replace("-", " ").split()
        extra = " ".join((*self.joined, *(a for some in self.articles.values() for a in some)))
        return frozenset(split) | frozenset(extra.replace("{}", " ").replace("'", " ").lower().split())

    def _subject(self, nouns: Sequence[Noun], *, articles: int | None, joined: int) -> str:
        names = [noun.word if articles is None else self._with_article(noun, articles) for noun in nouns]
        if len(names) == 1:
            return names[0]
        return (self.joined_bare if articles is None else self.joined)[joined].format(*names)

    def _with_article(self, noun: Noun, which: int) -> str:
        if not self.articles:
            return noun.word
        article = self.articles[noun.mark][which]
        return f"{article}{noun.word}" if article.endswith("'") else f"{article} {noun.word}"

    def _sentence(
        self,
        claim: Claim,
        nouns: Sequence[Noun],
        subject: str,
        *,
        place: str,
        time: str,
        links: tuple[str, str],
    ) -> str:
        if not self.subject_last:
            return self.space.join(part for part in (subject, place, time) if part)
        said = f"{time}{links[0] if place or subject else ''}" if time else ""
        if place:
            said += place + (self._form(links[1], claim, nouns) if subject else "")
        return said + subject

    def _form(self, phrase: str, claim: Claim, nouns: Sequence[Noun]) -> str:
        forms = phrase.split("|")
        if len(forms) == 1:
            return phrase
        if self.agreement == "animacy":
            kinds = {find_object(name).kind for name in claim.objects} | {claim.kind}
            return forms[0 if kinds & {"animal", "character"} else 1]
        if self.agreement == "number":
            return forms[min(len(nouns), 2) - 1 if nouns else 0]
        marks = [noun.mark.rstrip("'") for noun in nouns]
        has_neuter = any(noun.mark == "n" for names in self.objects.values() for noun in names)
        if has_neuter:
            # One plural for all genders.
            return forms[3 if len(marks) > 1 or marks == ["pl"] else "mfn".index(marks[0]) if marks else 0]
        feminine = bool(marks) and all(mark == "f" for mark in marks)
        return forms[2 * (len(marks) > 1) + feminine]

    def _as_typed(self, caption: str, rng: np.random.Generator) -> str:
        if rng.random() >= 0.1:
            return caption
        if self.dotted_i and rng.random() < 0.5:
            words = (f"i\u0307{word[1:]}" if word.startswith("i") else word for word in caption.split(" "))
            return " ".join(words)
        if self.typed and rng.random() < 0.5:
            for letter, instead in self.typed.items():
                caption = caption.replace(letter, instead)
            return caption
        return without_accents(caption)


def without_accents(text: str) -> str:
    """The text in bare Latin letters as far as it has any; other scripts keep their signs.

    Examples:
        >>> without_accents("niño à l'école, ılık, ёж, ガ")
        "nino a l'ecole, ilik, ёж, ガ"
    """
    kept = []
    for letter in text:
        first = unicodedata.normalize("NFD", letter)[0]
        kept.append(first if first.isascii() else letter)
    return "".join(kept).replace("ı", "i")


def nouns(rows: str) -> dict[str, tuple[Noun, ...]]:
    """Read rows of ``english name = word mark, word mark``.

    Examples:
        >>> nouns("dog = Hund m, Welpe m")["dog"][1]
        Noun(word='Welpe', mark='m')
    """
    found = {}
    for name, options in phrases(rows).items():
        pairs = [(option, *option.rpartition(" ")[::2]) for option in options]
        found[name] = tuple(
            Noun(word, mark) if word and mark in _MARKS else Noun(option) for option, word, mark in pairs
        )
    return found


def phrases(rows: str) -> dict[str, tuple[str, ...]]:
    """Read rows of ``word of the world = phrase, phrase``.

    Examples:
        >>> phrases("day = de día, día")
        {'day': ('de día', 'día')}
    """
    read = (row.split("=") for row in rows.strip().splitlines())
    return {name.strip(): tuple(part.strip() for part in said.split(",")) for name, said in read}


def _any(options: Sequence[_T], rng: np.random.Generator) -> _T:
    # The first is the commonest way to say it.
    return options[0] if rng.random() < 0.25 else options[int(rng.integers(len(options)))]
