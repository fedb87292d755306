"""The demo as a person meets it: a page in a folder."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.results.structure import Skeleton
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import StorageError
from vidsearch_sdk.sample.assets import truth
from vidsearch_sdk.sample.demo import QUESTIONS, Demo, make_demo


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def demo(tmp_path_factory, lines) -> Demo:
    return make_demo(tmp_path_factory.mktemp("a folder") / "demo", progress=False, tell=lines.append)


@pytest.fixture(scope="module")
def read(demo) -> Skeleton:
    return Skeleton(demo.page.read_text(encoding="utf-8"))


def test_it_tells_what_it_does(demo, lines):
    assert len(lines) == len(demo.seconds) == 5
    assert all(re.match(r" *\d+\.\d s  \S", line) for line in lines)
    assert f"{demo.shots} shots" in demo.summary


def test_every_question_has_its_answer_on_the_page(demo, read):
    for question in QUESTIONS:
        assert question.heading in read.texts
        assert (demo.found[question.heading] == 0) == (question.kind == "Not in the film")
    assert sum(demo.found.values()) == len([tag for tag in read.shape if tag.startswith("<li")]) - 3
    assert any(text.startswith("No shot matches") for text in read.texts)


def test_the_first_picture_shows_what_was_asked_for(demo):
    from vidsearch_sdk.encoding.encoder import Encoder
    from vidsearch_sdk.shot_index import ShotIndex

    index = ShotIndex.open(Catalog(demo.catalog), Encoder("sample"))
    for words, object_, setting in (
        ("a dog in a meadow", "dog", "meadow"),
        ("a clown on stage at night", "clown", "stage"),
        ("a dragon at the volcano", "dragon", "volcano"),
        ("a wizard in the forest", "wizard", "forest"),
    ):
        hit = index.search(words)[0]
        middle = (hit.start_frame + hit.end_frame) // 2
        shown = next(shot for shot in truth() if shot.start_frame <= middle < shot.end_frame)
        assert object_ in shown.objects
        assert shown.setting == setting


def test_every_picture_leads_into_the_film_beside_the_page(demo, read):
    links = [value for tag, name, value in read.values if (tag, name) == ("a", "href")]
    assert len(links) == sum(demo.found.values())
    for link in links:
        name, _, fragment = link.partition("#t=")
        start, end = map(float, fragment.split(","))
        assert (demo.page.parent / unquote(name)).is_file()
        assert 0 <= start < end <= demo.film_s + 0.001


def test_the_page_stands_alone_and_is_not_heavy(demo, read):
    assert {value[:5] for _, name, value in read.values if name == "src"} == {"data:"}
    assert not any(tag.split()[0] in {"<script", "<link", "<iframe"} for tag in read.shape)
    assert demo.page.stat().st_size < 2_000_000


def test_made_again_it_is_quick_and_changes_nothing(demo):
    before = Catalog(demo.catalog).shots
    again = make_demo(demo.page.parent, progress=False)
    assert again.found == demo.found
    assert Catalog(demo.catalog).shots.equals(before)
    assert again.seconds["segment"] < max(1.0, demo.seconds["segment"] / 2)


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        make_demo(tmp_path / "file" / "demo", progress=False)


def test_a_film_that_was_cut_off_while_copied_is_copied_again(demo, tmp_path):
    film = next(Path(demo.page.parent).glob("*.mp4"))
    whole = film.read_bytes()
    film.write_bytes(whole[:1000])
    assert make_demo(demo.page.parent, progress=False).found == demo.found
    assert film.read_bytes() == whole
