import re

import pytest

from tests.results.hostile import HOSTILE
from tests.results.structure import Skeleton
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.grid import style


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_of_a_film_becomes_a_tag_or_an_attribute(found, text):
    columns = {"name": text, "opened_by": text, "show": text}
    tame = found(3, query_text="words", notes=("words",), **dict.fromkeys(columns, "words"))
    wild = found(3, query_text=text, notes=(text,), **columns)
    expected, got = Skeleton(tame._repr_html_()), Skeleton(wild._repr_html_())
    assert got.shape == expected.shape
    assert {tag.split()[0] for tag in got.shape} <= {
        *("<div", "<style", "<p", "<span", "<ol", "<li", "<img", "<dl", "<dt", "<dd"),
        *("</div>", "</style>", "</p>", "</span>", "</ol>", "</li>", "</dl>", "</dt>", "</dd>"),
    }
    # The text is there, as text.
    assert plain(text, limit=120) in {plain(one, limit=120) for one in got.texts}
    for tag, name, value in got.values:
        assert not name.startswith("on")
        if name in {"src", "href"}:
            assert (tag, value[:23]) == ("img", "data:image/jpeg;base64,")
        if name == "style":
            assert re.fullmatch(r"width:\d+%", value)


# pandas itself refuses a column name that is no Unicode.
@pytest.mark.parametrize("text", [text for text in HOSTILE if "\ud83d" not in text], ids=ascii)
def test_no_column_name_becomes_a_tag_or_an_attribute(found, text):
    expected = Skeleton(found(2, show="x")._repr_html_())
    assert Skeleton(found(2, **{text: "x"})._repr_html_()).shape == expected.shape


def test_a_column_name_that_vanishes_when_cleaned_is_still_shown(found):
    assert Skeleton(found(1, **{"\x00": "x"})._repr_html_()).texts.count("x") == 1


def test_ten_thousand_hits_stay_within_two_megabytes(found):
    page = found(10_000, show="x" * 1_000)._repr_html_()
    assert len(page.encode()) <= 2_000_000
    tiles = page.count("<li ")
    assert tiles == 60
    assert f"… and {10_000 - tiles:,} more" in page


def test_pictures_that_would_be_too_much_are_left_out(found, shelf):
    page = found(8)
    small = page.tiles(max_tiles=8)
    from vidsearch_sdk.results.grid import grid

    bounded = grid(page, max_bytes=len(small.encode()) // 2)
    assert len(bounded.encode()) <= len(small.encode()) // 2
    assert 0 < bounded.count("<li ") < 8
    assert f"… and {8 - bounded.count('<li ')} more" in bounded


def test_one_tile_stays_below_25_kilobytes(found):
    from vidsearch_sdk.results.grid import tile

    assert len(tile(found(1, show="x")[0]).encode()) <= 25_000


def test_a_damaged_picture_becomes_a_placeholder(found, shelf, caplog):
    del shelf.pictures["00112233445566aa-1"]
    shelf.pictures["00112233445566aa-2"] = b"not a picture"
    read = Skeleton(found(4)._repr_html_())
    assert read.texts.count("no picture") == 2
    assert len([tag for tag in read.shape if tag.startswith("<img")]) == 2
    assert "shown without its picture" in caplog.text


def test_a_film_that_was_removed_is_still_shown(found, shelf):
    shelf.measured.clear()
    shelf.pictures.clear()
    page = found(3)
    read = Skeleton(page._repr_html_())
    assert read.texts.count("no picture") == 3
    assert page[0].position == "00:00:10.000"


def test_every_picture_is_named_for_who_cannot_see_it(found):
    read = Skeleton(found(3)._repr_html_())
    named = [value for tag, name, value in read.values if (tag, name) == ("img", "alt")]
    assert named[1] == "Shot 1, Harbor at dawn.mp4 at 00:00:02.500"
    assert ("div", "role", "group") in read.values
    assert ("span", "aria-label", "score 0.91") in read.values


@pytest.mark.parametrize(
    ("score", "shown", "bar"), [(float("nan"), "–", "0"), (1.7, "1.70", "100"), (-1, "-1.00", "0")]
)
def test_a_score_out_of_range_does_not_break_the_bar(found, score, shown, bar):
    read = Skeleton(found(1, score=float(score))._repr_html_())
    assert shown in read.texts
    assert ("span", "style", f"width:{bar}%") in read.values


def test_styles_reach_nothing_outside_the_grid_and_load_nothing():
    sheet = re.sub(r"^<style>|</style>$|/\*.*?\*/", "", style(), flags=re.DOTALL)
    assert "url(" not in sheet
    assert "@import" not in sheet
    flat = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", r"\1", sheet)
    selectors = [one.strip() for block in re.findall(r"([^{}]+)\{", flat) for one in block.split(",")]
    assert len(selectors) > 25
    assert all(re.match(r"(\[data-jp-theme-light=\S+ )?\.vidsearch(?![\w-])", one) for one in selectors), (
        selectors
    )


def test_a_link_stands_where_one_is_given(found):
    read = Skeleton(found(2).html(link=lambda hit: f"film.mp4#t={hit.position_s:.1f}"))
    assert [value for tag, name, value in read.values if (tag, name) == ("a", "href")] == [
        "film.mp4#t=0.0",
        "film.mp4#t=2.5",
    ]
