import ast
import random

import pytest

from vidsearch_sdk.query.algebra.literals import number, quoted, unquoted

STRANGE = [
    *(
        "",
        "a",
        '"',
        "'",
        "\\",
        "\\n",
        "\n\t\r\0",
        "\x7f\x85\xa0\xad",
        "\u2028\u202e\ufeff",
        "\ud83d",
        "🐕",
        "é",
    ),
]


def random_strings():
    rng = random.Random(5)
    for _ in range(300):
        codes = [rng.randrange(rng.choice([128, 0x3000, 0x110000])) for _ in range(8)]
        yield "".join(map(chr, codes))


@pytest.mark.parametrize("words", STRANGE, ids=ascii)
def test_what_is_quoted_is_read_again_here_and_in_python(words):
    assert unquoted(quoted(words)[1:-1]) == words
    assert ast.literal_eval(quoted(words)) == words


def test_so_is_any_string():
    for words in random_strings():
        assert unquoted(quoted(words)[1:-1]) == words
        assert ast.literal_eval(quoted(words)) == words


def test_what_is_quoted_can_be_printed_and_seen():
    assert quoted("naïve 犬 🐕") == '"naïve 犬 🐕"'
    # The joiner of an emoji and of Persian words stays; marks that turn the writing round do not.
    assert quoted("👩\u200d👧\u202e") == '"👩\u200d👧\\u202e"'
    assert quoted("\ud83d\U000e0041") == '"\\ud83d\\U000e0041"'
    for words in random_strings():
        quoted(words).encode()


@pytest.mark.parametrize(
    ("literal", "meant"),
    [
        (r"C:\films\dogs", r"C:\films\dogs"),
        (r"\\server\share", r"\server\share"),
        (r"\x4", r"\x4"),
        (r"\u00e", r"\u00e"),
        (r"\U00110000", r"\U00110000"),
        (r"\U0010ffff", "\U0010ffff"),
        (r"\N{DIGIT ONE}\101\a", r"\N{DIGIT ONE}\101\a"),
        (r"a\tb\nc", "a\tb\nc"),
    ],
)
def test_a_backslash_that_means_nothing_stays(literal, meant):
    assert unquoted(literal) == meant


@pytest.mark.parametrize("value", [0.1, 1 / 3, 20.0, 1e-6, 1e6, 1e16, 1e300, 123456.789])
def test_numbers_are_read_again(value):
    assert float(number(value)) == value
