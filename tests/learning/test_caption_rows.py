"""Captions that cannot be right are refused by row."""

import pandas as pd
import pytest

import vidsearch_sdk as vs
from tests.store.made import published, video_id
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.learning.pairs import Pairs

FILM = video_id(0)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> vs.Catalog:
    """One film of three shots of four seconds each."""
    made = vs.Catalog(tmp_path_factory.mktemp("captions") / "catalog")
    published(made.films, FILM)
    return made


def spans(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["shot_id", "video", "start_s", "end_s", "text"])


@pytest.mark.parametrize("span", [(8.0, 13.5), (-1.5, 4.0), (0.0, 500.0)])
def test_a_span_that_leaves_its_film_is_refused(catalog, span):
    rows = spans(("", FILM, 0, 4, "a"), ("", FILM, *span, "a"))
    with pytest.raises(
        QueryError, match=r"row 1 of the captions leaves its film: .* from 0 to 12 s of its own"
    ):
        Pairs.from_captions(catalog, rows)


def test_a_span_that_was_rounded_is_taken(catalog):
    pairs = Pairs.from_captions(catalog, spans(("", FILM, -0.5, 4, "a"), ("", FILM, 8, 12.9, "b")))
    assert pairs.shots == (f"{FILM}-0", f"{FILM}-2")


def test_what_is_said_of_a_shot_and_of_a_longer_span_around_it_must_agree(catalog):
    shot = (f"{FILM}-1", "", None, None, "a cat")
    with pytest.raises(
        QueryError,
        match=f"row 0 of the captions: its shot, {FILM}-1, lies in 0 to 12 s of row 1 .*'a cat' and",
    ):
        Pairs.from_captions(catalog, spans(shot, ("", FILM, 0, 12, "a dog")))
    # The same text, another text of the very shot, and other shots contradict nothing.
    for row in (("", FILM, 0, 12, "a cat"), ("", FILM, 4.02, 8, "a dog"), ("", FILM, 8, 12, "a dog")):
        assert f"{FILM}-1" in Pairs.from_captions(catalog, spans(shot, row)).shots
