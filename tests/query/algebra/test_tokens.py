import pytest

from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.query.algebra.tokens import Tokens


def pieces(written):
    tokens = Tokens(written)
    while True:
        token = tokens.advance()
        yield token.kind, token.text, token.place
        if token.kind == "end":
            return


def test_a_query_falls_into_its_pieces():
    assert list(pieces(' text("a \\" b")\n- .5*x_1 ')) == [
        ("name", "text", 1),
        ("sign", "(", 5),
        ("string", '"a \\" b"', 6),
        ("sign", ")", 14),
        ("sign", "-", 16),
        ("number", ".5", 18),
        ("sign", "*", 20),
        ("name", "x_1", 21),
        ("end", "", 25),
    ]


@pytest.mark.parametrize("written", ["1", "1.", ".5", "1.5e-3", "1_000", "2E+8"])
def test_numbers_are_pieces(written):
    assert [kind for kind, *_ in pieces(written)] == ["number", "end"]


def test_the_end_stays_the_end():
    tokens = Tokens("")
    assert tokens.advance() == tokens.advance() == tokens.next
    assert tokens.take("(") is None
    assert tokens.take_kind("string") is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("  @", "character 3, '@': nothing"),
        ('a "b', "character 3, '\"b': this quote"),
        ("«a»", "straight quotes"),
        ("\x00" * 100, "character 1, '.*…'"),
    ],
)
def test_what_is_no_piece_is_shown_with_its_place(written, said):
    with pytest.raises(QueryError, match=said):
        list(pieces(written))
