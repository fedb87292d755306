import pytest

from tests.results.conftest import FILM, drawn
from tests.results.hostile import HOSTILE
from tests.results.structure import Skeleton
from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.results.page import Section, film_link, page, write_page


def whole(found, text: str) -> str:
    sections = [
        Section(
            heading=text,
            hits=found(3, query_text=text, name=text),
            kind=text,
            code=f"1 {text}",
            remark=text,
            picture=drawn(1),
        ),
        Section(heading=text, hits=found(0, query_text=text)),
    ]
    return page(
        title=text,
        sections=sections,
        intro=text,
        facts=[(text, text)],
        closing=text,
        next_steps=[(text, f"1 {text}")],
    )


@pytest.mark.parametrize("text", [one for one in HOSTILE if len(one.splitlines()) == 1], ids=repr)
def test_no_text_of_a_page_becomes_a_tag_or_an_attribute(found, text):
    # html.parser ends a title at its end tag alone, as browsers do, so the shapes compare there too.
    assert Skeleton(whole(found, text)).shape == Skeleton(whole(found, "words")).shape


def test_a_page_loads_and_runs_nothing(found):
    read = Skeleton(whole(found, "words"))
    assert not any(tag.split()[0] in {"<script", "<link", "<iframe", "<object"} for tag in read.shape)
    assert {value[:5] for _, name, value in read.values if name == "src"} == {"data:"}
    policy = next(value for _, name, value in read.values if value.startswith("default-src"))
    assert policy.startswith("default-src 'none'")
    assert ("html", "lang", "en") in read.values


def test_styles_come_once(found):
    assert whole(found, "words").count("<style>") == 2


def test_links_lead_into_films_that_browsers_play(found, shelf, tmp_path):
    hit = found(2)[1]
    assert film_link(hit) is None
    shelf.paths[FILM] = tmp_path / 'a "film" #1.mp4'
    assert film_link(hit) == (tmp_path / "a%20%22film%22%20%231.mp4").as_posix().join(
        ["file://", "#t=2.500,5.000"]
    )
    shelf.paths[FILM] = tmp_path / "film.mkv"
    assert film_link(hit) is None


def test_results_save_themselves(found, tmp_path):
    out = found(3).save_html(tmp_path / "new" / "hits.html")
    assert out.read_text(encoding="utf-8").count("<li ") == 3
    assert [one.name for one in out.parent.iterdir()] == ["hits.html"]


def test_a_disk_that_refuses_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        write_page(tmp_path / "file" / "page.html", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        write_page(tmp_path / "folder", "x")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]
