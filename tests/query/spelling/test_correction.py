"""What was mistyped is repaired, and what was not is left alone."""

from __future__ import annotations

import random
import re
import time
from collections import Counter

import pytest

from tests.query.spelling.typed_words import KINDS, mistyped
from vidsearch_sdk.encoding.words import ordinary_words
from vidsearch_sdk.query.spelling.correction import Correction, correct
from vidsearch_sdk.query.spelling.vocabulary import Vocabulary
from vidsearch_sdk.sample.assets import held_out_path
from vidsearch_sdk.sample.captions import known_words
from vidsearch_sdk.sample.held_out import read_held_out

DIALOGUE = [
    "Where is the Demogorgon?",
    "Hopper, look at the lanterns! The gate is open.",
    "Eleven closed the gate. Where is Hopper now?",
    "Wer hat die Laternen gesehen? Die Hunde waren im Wald.",
    "Das Mädchen fährt über die Brücke. Un café, s'il vous plaît.",
    "Собака бежит по улице. Где мой зонтик?",
]

# Ordinary English that the sample world lacks; many are a slip away from one of its words.
ORDINARY = re.findall(
    r"\w+",
    """
    lighthouse lighthouses donkey canyon cannon stream steal steel dessert roster racket socket pocket
    heron bassoon cellist kayak kayaking waterfall waterfalls rainfall snowfall snowflake moonrise
    sunrise sunset harbor harbour boar boars goat goats boast coast toast roast beach beech peach teach
    reach clog cloak flock block frock rock rook hook cook crook brook stage sage sauce source scene
    scenery stair stairs stare glare chair hair pair fair fairground hare bare bear beer deer peer pier
    tier tired tiled field yield shield child mild wild wind window widow widower pillow yellow mellow
    fellow follow hollow shallow shadow meadowlark shovel hovel novel navel naval model motel hotel
    towel tower shower flower power lower mower monastery monkfish money honey hockey jockey turkey
    valley volley trolley alley ally belly jelly kelly violet violent silent talent tablet toilet pellet
    bullet ballet wallet mallet market basket casket gasket bracket bracelet helmet velvet carpet puppet
    trumpeter pianist guitarist drummer dragonfly butterfingers waterwheel windmill treadmill sawmill
    handmade homemade handrail railroad railway roadway runway archway stairway highway doorway hallway
    broadway driveway motorway motorbike motorboat speedboat rowboat lifeboat houseboat greenhouse
    farmhouse warehouse lighthousekeeper gatekeeper goalkeeper beekeeper bookkeeper vampire werewolf
    zombies knights castles soldiers submarine submarines parachute parachutes explosion wedding funeral
    hospital surgeon detective detectives courtroom interrogation chase chasing crying laughing kissing
    whispering shouting dancing fighting falling sleeping smoking drinking writing reading tightrope
    tight sight fight fright bright height weight freight eight ninth tenth mouth south youth tooth
    booth broth cloth clothes closet cabinet carton cartoon cantina curtain certain captain fountain
    mountaineer hose house mouse moose goose geese cheesecake cheeky cherry berry ferry merry marry
    carry curry hurry planet plant plane plan panel pedal petal metal medal sandal candle handle saddle
    paddle puddle middle riddle fiddler griddle cradle crater create creator curator creek greek green
    queen screen screw crew brew flamingos penguins kangaroos zebras koalas giraffes crocodiles
    tortoises hedgehogs dolphins octopuses inter wider stall stalk snuck tracks trail trails trait train
    trains drain brain brains grain chain rain
    """,
)

NAMES = re.findall(
    r"\w+",
    """
    Demogorgon Vecna Hopper Eleven Tyrion Daenerys Heisenberg Gandalf Frodo Skywalker Chewbacca
    Voldemort Dobby Ripley Deckard Nostromo Kowalski Szczebrzeszyn Wroclaw Reykjavik Nguyen Okonkwo
    Ximena Saoirse Siobhan Bearden Carman Lyon Paney Trainor Horsley Dogger Catton Robotnik Fairley
    Princeton Townes Woodson Snowden
    """,
)


@pytest.fixture(scope="module")
def sample() -> Vocabulary:
    return Vocabulary.of_texts(DIALOGUE, learned=known_words())


@pytest.fixture(scope="module")
def plain() -> Vocabulary:
    """A catalog whose encoder does not tell its words."""
    return Vocabulary.of_texts(DIALOGUE)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a kangraoo on the baech", "a kangaroo on the beach"),
        ("penguinn udnerwater", "penguin underwater"),
        ("a robto, a gohst and a clowm!", "a robot, a ghost and a clown!"),
        ("Zebrra by day", "Zebra by day"),
        ("an umbrela in the rain", "an umbrella in the rain"),
        ("a girrafe with a saxaphone", "a giraffe with a saxophone"),
        ("close-up of a snial", "close-up of a snail"),
        ("a ct by the sea, a dg", "a cat by the sea, a dog"),
        ("the kangraoo's hat, the Demogrogon’s lair", "the kangaroo's hat, the Demogorgon’s lair"),
        ("A Kangraoo On The Baech", "A Kangaroo On The Beach"),
        ("the demogrogon in the woods", "the Demogorgon in the woods"),
        ("the Demogrogon in the woods", "the Demogorgon in the woods"),
        ("the cafe and the brucke", "the cafe and the brücke"),
        ("das Madchen im Wald", "das Mädchen im Wald"),
        ("die Laterenn im Wald", "die Laternen im Wald"),
        ("собака и зонитк", "собака и зонтик"),
    ],
)
def test_slips_are_repaired(sample: Vocabulary, typed: str, meant: str) -> None:
    found = correct(typed, sample)
    assert found.words.casefold() == meant.casefold()
    assert found.changes


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("flamin", "flamingo"),
        ("a dog and a kang", "a dog and a kangaroo"),
        ("under the waterm", "under the watermelon"),
        ("the Demog", "the Demogorgon"),
        ("lante", "lantern"),
    ],
)
def test_an_unfinished_last_word_is_completed(sample: Vocabulary, typed: str, meant: str) -> None:
    assert correct(typed, sample).words == meant


@pytest.mark.parametrize(
    "words",
    [
        "flamin and",  # not the last one
        "a kang ",  # finished: a space follows
        "mon",  # monkey, moon, money
        "Xyloph",
        "",
        "   ",
        '"umbrela"',
        "a “kangraoo” and a 'baech'",
        "KANGRAOO on the BAECH",
        "kang4roo r2d2 1080p s01e02",
        "me@kangraoo.com www.baech.org #kangraoo C:\\baech kangraoo.mkv kangra* -",
        "iPohne McDnoald",
        "ltno pkqz",
        "a tv by pm, a dj in ny, mr vw is on to us",
        "don't o'clok l'hommes y'all",
        "犬が走る 東京タワー",
        "คนวิ่ง",
        "🦘🦘 ???!!!",
        "the Vecna of Hawkins",
        "Hoppen in the cabin",
        "hunden laterne hunds",
        "un chat noir dans la rue avec une voiture rouge",
    ],
)
def test_in_doubt_nothing_is_changed(sample: Vocabulary, plain: Vocabulary, words: str) -> None:
    for vocabulary in (sample, plain):
        assert correct(words, vocabulary) == Correction(words)


@pytest.mark.parametrize("template", ["the {} with", "{}", "a dog and {}"])
def test_names_and_ordinary_words_that_the_catalog_lacks_are_never_changed(
    sample: Vocabulary, plain: Vocabulary, template: str
) -> None:
    assert len(ORDINARY) > 320
    for vocabulary in (sample, plain, Vocabulary.of_texts([], learned=known_words())):
        for word in [*ORDINARY, *NAMES]:
            assert correct(template.format(word), vocabulary).changes == ()


def test_right_captions_are_left_as_they_are(sample: Vocabulary) -> None:
    captions = [shot.caption for shot in read_held_out(held_out_path())]
    assert len(captions) == 300
    assert [caption for caption in captions if correct(caption, sample).changes] == []


def test_typing_errors_in_the_words_of_the_sample_world(sample: Vocabulary) -> None:
    rng = random.Random(11)
    words = sorted(word for word in known_words() if len(word) > 2)
    rows = Counter[tuple[str, str]]()
    for word in words:
        for kind in KINDS:
            for _ in range(6):
                typed = mistyped(word, kind, rng)
                if typed == word:
                    continue
                found = correct(f"the {typed} with", sample)
                outcome = "wrong" if found.changes else "left"
                if found.words.casefold() == f"the {word} with":
                    outcome = "repaired"
                for group in (kind, f"{min(len(word), 7)} letters{' or more' * (len(word) > 6)}", "all"):
                    rows[group, outcome] += 1
    for group in dict.fromkeys(group for group, _ in rows):
        total = sum(count for (other, _), count in rows.items() if other == group)
        shares = [rows[group, outcome] / total for outcome in ("repaired", "left", "wrong")]
        told = f"repaired {shares[0]:6.1%} left {shares[1]:6.1%} wrong {shares[2]:6.2%}"
        print(f"{group:20} {total:6} {told}")  # noqa: T201
    total = sum(count for (group, _), count in rows.items() if group == "all")
    assert rows["all", "repaired"] / total > 0.88
    assert rows["all", "wrong"] / total < 0.005


def test_words_that_no_list_holds_are_seldom_changed() -> None:
    # A stand-in for real words that the list of ordinary words happens to lack: it is made to lack them.
    listed = ordinary_words()
    rng = random.Random(3)
    hidden = set(rng.sample([word for word in listed[:25_000] if len(word) > 4], 3000)) - known_words()
    vocabulary = Vocabulary.of_texts(
        [], learned=known_words(), ordinary=[word for word in listed if word not in hidden]
    )
    changed = [word for word in hidden if correct(f"the {word} with", vocabulary).changes]
    print(f"{len(changed) / len(hidden):.2%} of words that no list holds were changed")  # noqa: T201
    assert len(changed) / len(hidden) < 0.015


def test_further_words_can_be_kept(sample: Vocabulary) -> None:
    assert correct("a kangroo here", sample).changes == (("kangroo", "kangaroo"),)
    assert correct("a kangroo here", sample, known=["Kangroo-Jack"]).changes == ()


def test_changes_are_told_in_order_and_the_rest_is_untouched(sample: Vocabulary) -> None:
    found = correct("  a  kangraoo,\tTHE “ltno” baech?!", sample)
    assert found.words == "  a  kangaroo,\tTHE “ltno” beach?!"
    assert found.changes == (("kangraoo", "kangaroo"), ("baech", "beach"))


@pytest.mark.parametrize(
    "words",
    [
        "a" * 10_000,
        "ab " * 5_000,
        "“" * 3_000 + "kangraoo",
        "'" * 9_999,
        "e" + "\u0301" * 9_000,
        "\ud800 kangraoo",
        "\0kan\x7fgraoo\u202e",
        " ".join(["kangraoo"] * 64),
    ],
)
def test_hostile_text_is_quick_and_does_no_harm(sample: Vocabulary, words: str) -> None:
    started = time.perf_counter()
    correct(words, sample)
    assert time.perf_counter() - started < 0.5


def test_a_query_takes_less_than_a_millisecond_among_fifty_thousand_words() -> None:
    rng = random.Random(1)
    stems = [word for word in ordinary_words() if len(word) > 4]
    counts = Counter({word: rng.randrange(1, 200) for word in stems})
    while len(counts) < 50_000:
        counts[rng.choice(stems) + rng.choice(["heit", "ung", "keit", "en", "os", "ova"])] = rng.randrange(
            1, 9
        )
    vocabulary = Vocabulary(counts, learned=known_words())
    queries = [
        "a dog on the beach at night",
        "a kangraoo on the baech",
        "elephnat with an umbrela in the city",
        "the demogorgon near a lighthouse",
        "an unfinished sentence with a waterm",
    ]
    taken = []
    for _ in range(20):
        for query in queries:
            started = time.perf_counter()
            correct(query, vocabulary)
            taken.append(time.perf_counter() - started)
    median = sorted(taken)[len(taken) // 2]
    print(f"median {median * 1e3:.3f} ms a query among {len(vocabulary):,} words")  # noqa: T201
    assert median < 1e-3
