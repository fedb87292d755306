"""Searches whose answer is seen: objects, places, times and kinds, as an editor names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidsearch_sdk.sample.assets import truth
from vidsearch_sdk.sample.captions import Claim, fitting
from vidsearch_sdk.sample.query import Query, chosen, graded
from vidsearch_sdk.sample.query_lines import said_lines
from vidsearch_sdk.sample.query_words import content_stems, digest
from vidsearch_sdk.sample.timeline import TrueShot
from vidsearch_sdk.sample.world import KINDS, SETTINGS, TIMES, Scene, Setting, find_object, find_setting

_SHARES = {
    "object": 24,
    "object and place": 20,
    "place": 6,
    "place and time": 9,
    "kind and place": 9,
    "kind and time": 2,
    "two objects": 6,
    "object and look": 4,
}
"""How many searches of each style; 80 in all."""

_KIND_WORDS = {
    "animal": ("an animal", "animals"),
    "vehicle": ("a vehicle", "vehicles"),
    "food": ("food", "something to eat"),
    "instrument": ("a musical instrument", "an instrument"),
    "character": ("a character", "a fairy-tale figure"),
    "thing": ("a thing", "an object"),
}
_UNCOUNTED = ("bread", "luggage", "ice cream", "cheese")
_TIME_WORDS = {"day": ("by day", "in daylight"), "night": ("at night", "in the dark")}
_SIZE_WORDS = {"close": ("close-up of {}", "{} close-up"), "wide": ("wide shot of {}", "{} from a distance")}


def make() -> tuple[Query, ...]:
    """The 80 searches."""
    possible = list(_possible(truth()))
    found: list[Query] = []
    for style, share in _SHARES.items():
        found += chosen((query for query in possible if query.style == style), share)
    return tuple(found)


def scene_of(shot: TrueShot) -> Scene:
    """The scene of a shot of the truth; the camera's move, which no search names, is left out."""
    return Scene(shot.objects, shot.setting, shot.time, shot.size, shot.movement)


def showing(claim: Claim) -> frozenset[int]:
    """Numbers of the shots of which a claim is true.

    Examples:
        >>> sorted(showing(Claim(("key",))))
        [2, 54]
    """
    shots = truth()
    true = fitting([claim], [scene_of(shot) for shot in shots])[:, 0]
    return frozenset(shot.number for shot, fits in zip(shots, true, strict=True) if fits)


def with_article(name: str) -> str:
    """A name as it is said.

    Examples:
        >>> with_article("owl"), with_article("unicorn"), with_article("luggage")
        ('an owl', 'a unicorn', 'luggage')
    """
    if name in _UNCOUNTED:
        return name
    return f"an {name}" if name[0] in "aeio" else f"a {name}"


def picked(options: Sequence[str], by: str) -> str:
    """One of the options, by the checksum of a text."""
    return options[digest(by) % len(options)]


def place_words(setting: str, by: str) -> str:
    """One way of saying where something is, by the checksum of a text."""
    place: Setting = find_setting(setting)
    return picked(place.phrases, f"{setting} {by}")


def _possible(shots: Sequence[TrueShot]) -> Iterator[Query]:
    """All searches that can be made; those that a line answers elsewhere are left out."""
    for query in _claimed(shots):
        asked = set(content_stems(query.words))
        elsewhere = (line for line in said_lines() if line.shot not in query.right)
        if query.right and not any(asked & set(line.stems) for line in elsewhere):
            yield query


def _claimed(shots: Sequence[TrueShot]) -> Iterator[Query]:
    for name in dict.fromkeys(name for shot in shots for name in shot.objects):
        for word in (name, *find_object(name).other_names):
            yield _query("object", picked((with_article(word), word), word), Claim((name,)), f"object {name}")
    for shot in shots:
        first = shot.objects[0]
        subject = picked((with_article(first), first), f"shot {shot.number}")
        place = place_words(shot.setting, f"shot {shot.number}")
        claim = Claim((first,), setting=shot.setting)
        yield _query("object and place", f"{subject} {place}", claim, f"object {first}")
        if len(shot.objects) == 2:
            both = " and ".join(with_article(name) for name in shot.objects)
            yield _query("two objects", both, Claim(shot.objects), f"object {first}")
        if showing(Claim((first,))) != {shot.number}:
            when = picked(_TIME_WORDS[shot.time], f"shot {shot.number}")
            yield _query(
                "object and look", f"{subject} {when}", Claim((first,), time=shot.time), f"object {first}"
            )
            look = picked(_SIZE_WORDS[shot.size], f"shot {shot.number}").format(with_article(first))
            yield _query("object and look", look, Claim((first,), size=shot.size), f"object {first}")
    for setting in SETTINGS:
        about = f"place {setting.name}"
        for phrase in setting.phrases:
            yield _query("place", phrase, Claim(setting=setting.name), about)
            for time in TIMES:
                when = picked(_TIME_WORDS[time], phrase)
                claim = Claim(setting=setting.name, time=time)
                yield _query("place and time", f"{phrase} {when}", claim, about)
        for kind in KINDS:
            subject = picked(_KIND_WORDS[kind], setting.name)
            place = place_words(setting.name, kind)
            claim = Claim(kind=kind, setting=setting.name)
            yield _query("kind and place", f"{subject} {place}", claim, f"{kind} at {about}")
    for kind in KINDS:
        for time in TIMES:
            when = picked(_TIME_WORDS[time], kind)
            subject = picked(_KIND_WORDS[kind], time)
            claim = Claim(kind=kind, time=time)
            yield _query("kind and time", f"{subject} {when}", claim, f"{kind} at {time}")


def _query(style: str, words: str, claim: Claim, about: str) -> Query:
    return Query(words, "picture", style, about, graded(showing(claim), _near(claim)))


def _near(claim: Claim) -> frozenset[int]:
    """What shows any of the objects, or else the kind, or else the place, whatever else was said."""
    if claim.objects:
        return frozenset().union(*(showing(Claim((name,))) for name in claim.objects))
    if claim.kind:
        return showing(Claim(kind=claim.kind))
    return showing(Claim(setting=claim.setting))
