import random
import time

import numpy as np
import pytest
from PIL import Image as PilImage

from tests.query.algebra.random_expressions import drawn, same_pictures
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.expressions import Or
from vidsearch_sdk.query.algebra.terms import Words, clip, image, says, shot, text
from vidsearch_sdk.query.algebra.typed import typed
from vidsearch_sdk.query.algebra.written import parse

A, B, C = (text(letter) for letter in "abc")
ID = "0123456789abcdef-12"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"car chase"', Words("car chase")),
        ("'car chase'", Words("car chase")),
        ('text("a")', A),
        ('vs.text("a") - vs . text( "b" )', A - B),
        ('text(words="a",)', A),
        ('text("a") - 0.5 * text("b")', A - 0.5 * B),
        ('text("a")*.5 + 1e1*text("b")', 0.5 * A + 10 * B),
        ('2 * 0.25 * text("a")', 0.5 * A),
        ('text("a") + -0.5 * text("b")', A - 0.5 * B),
        ('-text("b") + text("a")', A - B),
        ('- - text("a")', A),
        ('text("a") - (text("b") - text("c"))', A - (B - C)),
        ('text("a") + text("b") & text("c") | text("d")', (A + B & C) | text("d")),
        ('text("a") | text("b") & text("c")', A | (B & C)),
        ('"a" & "b"', Words("a") & "b"),
        ('"a".then("b")', Words("a").then("b")),
        ('text("a").then(text("b"), within_s=20).then("c")', A.then(B, within_s=20).then("c")),
        ('text("a").then(text("b").then(text("c"), within_s=5,))', A.then(B.then(C, within_s=5))),
        ('(text("a") | "b").during(says("x") - "y")', (A | "b").during(says("x") - "y")),
        ('says("x", language="en")', says("x", language="en")),
        ("says('x', language=None)", says("x")),
        (f'shot("{ID}")', shot(ID)),
        ('clip("x.mp4")', clip("x.mp4")),
        ('clip("x.mp4", 1, 2.5)', clip("x.mp4", 1, 2.5)),
        ('clip("x.mp4", None, 2)', clip("x.mp4", None, 2)),
        ('clip("x.mp4", start_s=-1, end_s=2)', clip("x.mp4", -1, 2)),
        ('\n ( text("a")\n  & text("b")\n )\n', A & B),
        ('((((text("a")))))', A),
        (r'says("the \"Orca\" \u00e9\x41\U0001F415")', says('the "Orca" éA🐕')),
        (r'text("C:\films\\new")', text("C:\\films\\new")),
        (r'text("a\nb")', text("a b")),
        ("text('it\\'s')", text("it's")),
        ('text("# & ) then(")', text("# & ) then(")),
    ],
)
def test_is_read_as_python_would(written, meant):
    assert parse(written) == meant


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_printed_is_read_as_the_same(seed, tmp_path):
    files = [tmp_path / 'é "ref" [1].png', tmp_path / "b.png"]
    for number, file in enumerate(files):
        PilImage.new("RGB", (2 + number, 2)).save(file)
    rng = random.Random(seed)
    for _ in range(60):
        one = drawn(rng, files=files)
        read = parse(str(one))
        assert read == one
        assert hash(read) == hash(one)
        assert str(read) == str(one)
        assert same_pictures(read, one)


@pytest.mark.parametrize("seed", range(3))
def test_python_reads_what_is_printed_as_the_same(seed, tmp_path):
    PilImage.new("RGB", (3, 2)).save(tmp_path / "a.png")
    rng = random.Random(seed)
    names = {"text": text, "says": says, "image": image, "shot": shot, "clip": clip, "__builtins__": {}}
    compared = 0
    for _ in range(300):
        one = drawn(rng, files=[tmp_path / "a.png"], levels=3)
        # A string has no operators of its own.
        if any(isinstance(term, Words) for term in one.terms()):
            continue
        assert eval(str(one), names) == one  # our own print, in a test
        compared += 1
    assert compared > 80


def test_the_deepest_and_the_longest_are_read():
    deep = A
    for number in range(49):
        deep = (deep & f"x{number}") if number % 2 else (deep | f"x{number}")
    assert parse(str(deep)) == deep
    chained = A
    for number in range(49):
        chained = chained.during(f"x{number}")
    assert parse(str(chained)) == chained
    inward = A
    for number in range(49):
        inward = Words(f"x{number}").during(inward)
    assert parse(str(inward)) == inward
    many = Or.of(("\u202e" * 9000) + str(number) for number in range(20)) | Or.of(map(str, range(980)))
    assert parse(str(many)) == many


@pytest.mark.parametrize(
    ("written", "where", "said"),
    [
        ("", "", "empty"),
        ("  \n", "", "empty"),
        ("text(", "at its end", "in quotes"),
        ('text("a"', "at character 5, '(\"a\"'", "never closed"),
        ('text("a', "at character 6", "quote is never closed"),
        ('text("a")) & text("b")', "at character 10", "never opened"),
        ('text("a") & ', "at its end", "missing"),
        ('text("a") && text("b")', "at character 12", "missing"),
        ('text("a") text("b")', "at character 11, 'text(\"b\")'", "operator"),
        ('text("a") and text("b")', "at character 11", "write &"),
        ('text("a") OR text("b")', "at character 11", "write |"),
        ('text("a") & not text("b")', "at character 13", "in quotes"),
        ('text("a") & ~text("b")', "at character 13", "write -"),
        ('text("a") / 2', "at character 11", "multiply"),
        ("text(dog)", "at character 6", "in quotes"),
        ("text()", "at character 1", "brackets"),
        ("text(3)", "at character 1", "a string"),
        ('text("")', "at character 1", "empty"),
        ('text("a", "b")', "at character 11", "text takes words"),
        ('text("a", words="b")', "at character 11", "each once"),
        ('text("a", color="b")', "at character 11", "text takes words"),
        ("text", "at character 1", "in quotes"),
        ("txt('a')", "at character 1", "did you mean text"),
        ("foo('a')", "at character 1", "there is no foo"),
        ("vs.foo('a')", "at character 4", "there is no foo"),
        ("vs", "at character 1", "in quotes"),
        ("dog & cat", "at character 1", "in quotes"),
        ("text(“dog”)", "at character 6", "straight quotes"),
        ('text("a").foo(text("b"))', "at character 11", "only .then"),
        ('text("a").then', "at its end", "bracket is missing"),
        ('text("a").then()', "at character 16", "missing"),
        ('text("a").then(text("b"), 20)', "at character 27", "within_s=20"),
        ('text("a").then(text("b"), within_s=0)', "at character 1", "above 0"),
        ('text("a").then(text("b"), within_s="3")', "at character 36", "number of seconds"),
        ('text("a").then(text("b"), within_s=3, within_s=4)', "at character 39", "nothing more"),
        ('text("a").during(text("b"), within_s=3)', "at character 29", "nothing more"),
        ("3", "at character 1", "weight and multiplies"),
        ('3 + text("a")', "at character 1", "weight and multiplies"),
        ('text("a") - 3', "at character 13", "weight and multiplies"),
        ('text("a") * text("b")', "at character 13", "write &"),
        ('0 * text("a")', "at character 1", "weight of 0"),
        ('1e999 * text("a")', "at character 1", "weight of inf"),
        ('nan * text("a")', "at character 1", "finite"),
        ('-text("a")', "at character 1", "pushed away"),
        ('text("z") & (text("a") - text("a"))', "at character 14", "cancel"),
        ('shot("x")', "at character 1", "shot_id"),
        ('clip("x.mp4", 3, 2)', "at character 1", "before or where it starts"),
        ('clip("")', "at character 1", "path"),
        ('clip("x.mp4", "3")', "at character 1", "time in seconds"),
        ('image("none.png")', "at character 1", "does not exist"),
        ("image(None)", "at character 1", "not a picture"),
        ('says("a", "en")', "at character 11", "language="),
        ('says("a", language="?")', "at character 1", "code"),
        ('text(b"a")', "at character 6", "in quotes"),
        ('text(f"a")', "at character 6", "in quotes"),
        ('text("a" "b")', "at character 10", "operator"),
        ('text("a"), text("b")', "at character 10", "operator"),
        ('x = text("a")', "at character 1", "in quotes"),
        ('text("a").words', "at character 11", "only .then"),
        ('text("a").__class__', "at character 11", "only .then"),
        ('"".join("a")', "at character 1", "empty"),
        ('__import__("os")', "at character 1", "there is no __import__"),
        ("[text('a')]", "at character 1", "nothing in a query"),
        ("text('a')[0]", "at character 10", "nothing in a query"),
        ("lambda: 0", "at character 7", "nothing in a query"),
        ("text('a') if 1 else text('b')", "at character 11", "operator"),
        ("1_0__0 * text('a')", "at character 1", "no number"),
        ("text('a')\0", "at character 10", "nothing in a query"),
        ("text('a') \ud800", "at character 11", "nothing in a query"),
    ],
)
def test_what_cannot_be_read_is_told_where_and_why(written, where, said):
    with pytest.raises(QueryError) as error:
        parse(written)
    assert where in str(error.value)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    str(error.value).encode()


def test_a_picture_given_as_pixels_says_that_it_has_no_written_form():
    written = str(A & image(np.zeros((360, 640, 3), np.uint8)))
    with pytest.raises(QueryError, match=r"character 13, .*given as pixels.*to_json"):
        parse(written)


@pytest.mark.parametrize("bad", [None, 3, b"text('a')", ["a"], A])
def test_only_text_is_read(bad):
    with pytest.raises(QueryError, match="a string"):
        parse(bad)


@pytest.mark.parametrize(
    "written",
    [
        "(" * 200_000,
        "(" * 200_000 + 'text("a")' + ")" * 200_000,
        "-" * 1_000_000,
        "-" * 1_000_000 + 'text("a")',
        "1*" * 300_000 + 'text("a")',
        'text("a")' + '+text("a")' * 100_000,
        'text("a")' + '.then("b")' * 100_000,
        'text("a").then(' * 100_000,
        '"a".during(' * 100_000,
        '"' + "\\" * 1_000_001,
        '"' + '\\"' * 1_000_000,
        "'" + "a" * 3_000_000,
        "1" * 1_000_000 + '*text("a")',
        "1e" + "9" * 100_000 + '*text("a")',
        "." * 1_000_000,
        "a" * 1_000_000,
        " " * 3_000_000 + "x",
        "text" + " " * 1_000_000,
        "vs." * 300_000,
        '"' + "x" * 11_000_000 + '"',
        "[" * 100_000,
        "{" * 100_000,
        "not " * 100_000 + "x",
        "lambda:" * 100_000,
        "text(" * 100_000,
        'text("a",' * 100_000,
    ],
    ids=lambda written: f"{written[:12]}…{len(written)}",
)
def test_what_is_meant_to_hurt_gets_a_short_answer_soon(written):
    began = time.process_time()
    for read in (parse, typed):
        try:
            read(written)
        except QueryError as error:
            said = str(error)
            assert len(said) < 700
    # Each takes milliseconds; what grows with the square of its length takes minutes.
    assert time.process_time() - began < 5


def test_noise_is_read_or_refused_and_nothing_else():
    rng = random.Random(3)
    pieces = [
        *('text("a")', '"b"', "says('c')", "(", ")", "+", "-", "*", "&", "|", ".then(", ".during(", "0.5"),
        *("within_s=3", ",", " ", "vs.", "text", "'", '"', "\\", "é", "\n", "=", "shot(", "None", ".", "1e9"),
    ]
    outcomes = {"read": 0, "refused": 0}
    for _ in range(9000):
        written = "".join(rng.choices(pieces, k=rng.randint(1, 9)))
        try:
            again = parse(written)
        except QueryError:
            outcomes["refused"] += 1
        else:
            assert parse(str(again)) == again
            outcomes["read"] += 1
    assert min(outcomes.values()) > 100


@pytest.mark.parametrize("weight", ["nan", "inf", "-inf", "Infinity", "1e400"])
def test_a_weight_is_a_finite_number(weight):
    with pytest.raises(QueryError, match=r"cannot be read at .*(finite|weight)"):
        parse(f'{weight} * text("a")')
