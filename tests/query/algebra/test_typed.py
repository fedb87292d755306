import pytest

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.terms import Words, text
from vidsearch_sdk.query.algebra.typed import typed

A, B, C = (text(letter) for letter in "abc")


@pytest.mark.parametrize(
    "line",
    [
        *(
            "a dog",
            "a dog (running)",
            "(a dog) running",
            "well-lit - but dark",
            "it's & 'tis",
            '"bigger boat"',
        ),
        *(
            "says who",
            "text on a screen",
            "textures (wood)",
            "image(s) of a dog",
            "clip(s)",
            "3 * 3",
            "-5 degrees",
        ),
        *(
            '"quoted" words',
            "text (handwritten)",
            "a.then(b)",
            "context('a')",
            "the film says (in short): no",
            'dogs ("puppies")',
            'the text ("a")',
            "2 * dogs",
            "- ",
            "(((",
            "'tis - so",
        ),
    ],
)
def test_what_people_type_is_words(line):
    assert typed(line) == Words(line)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('text("a")', A),
        ('  (text("a") | "b")', A | "b"),
        ('"a" & "b"', Words("a") & "b"),
        ("'a'.then('b')", Words("a").then("b")),
        ('("a" | "b") & text("c")', (Words("a") | "b") & C),
        ('0.5 * text("b") + vs.text("a")', 0.5 * B + A),
        ('-"b" + "a"', Words("a") - "b"),
        ('2 * "b" - "a"', 2 * Words("b") - "a"),
        ('.5 * text("b") + text("a")', 0.5 * B + A),
        ('2e-1*text("b") + text("a")', 0.2 * B + A),
        ('text ("a")', A),
    ],
)
def test_what_begins_like_an_expression_is_one(line, meant):
    assert typed(line) == meant


@pytest.mark.parametrize(
    "line", ["text(dog)", 'text("a") and so on', '"a" - b', "(says('x') | y", 'shot("gun")']
)
def test_and_if_it_is_none_that_is_said(line):
    with pytest.raises(QueryError, match=r"cannot be read at .*as they are"):
        typed(line)


@pytest.mark.parametrize("weight", ["nan", "inf", "1e400"])
def test_a_weight_that_is_none_is_no_word(weight):
    with pytest.raises(QueryError, match=r"cannot be read at .*as they are"):
        typed(f'{weight} * text("a")')


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('tetx("a dog")', "text"),
        ("say('hello')", "says"),
        ('TEXT("a dog") & says("x")', "text"),
        ('0.5 * imge("a.jpg") + text("a")', "image"),
        ('vs.clips("a.mp4")', "clip"),
    ],
)
def test_a_slip_in_the_name_of_a_term_is_told(line, meant):
    with pytest.raises(QueryError, match=rf"did you mean {meant}"):
        typed(line)


@pytest.mark.parametrize("line", ["", "  ", None, 3])
def test_nothing_typed_is_refused(line):
    with pytest.raises(QueryError):
        typed(line)
