"""What searches of one handle share: cached vectors, the dialogue of now, the words of now."""

import threading

import numpy as np
import pytest
from PIL import Image

from tests.index.worlds import film_id
from tests.query.concepts import film, index_of, places
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.index import served
from vidsearch_sdk.query import resources
from vidsearch_sdk.query.algebra.terms import Says, clip, image, says, shot, text
from vidsearch_sdk.shot_index import ShotIndex

SAID = {0: {0: "Where is the key?"}, 1: {2: "The ship sails at dawn"}}


@pytest.fixture(autouse=True)
def always_look(monkeypatch):
    monkeypatch.setattr(served, "_LEAST_AGE_S", 0.0)
    monkeypatch.setattr(served, "_AGE_BY_COST", 0.0)


@pytest.fixture
def index(tmp_path):
    films = [["dog", "cat", "beach", *[""] * 9], ["cat", "", "dog beach", *[""] * 9]]
    return index_of(tmp_path / "catalog", films, said=SAID)


def test_the_same_words_are_encoded_once(index):
    calls = index._encoder.calls
    index.search("dog at night", spelling=False)
    before = dict(calls)
    index.search("dog at night", spelling=False)
    index.search(text("dog at night") - text("dog at night").then("dog at night"), spelling=False)
    assert calls == before
    index.search("dog at nights", spelling=False)
    assert calls["texts"] == before["texts"] + 1


def test_the_same_picture_is_encoded_once_and_another_one_again(index, tmp_path):
    path = tmp_path / "one.png"
    Image.new("RGB", (8, 6), (200, 10, 10)).save(path)
    index.search(path, min_score=0)
    index.search(image(path), min_score=0)
    assert index._encoder.calls["images"] == 1
    Image.new("RGB", (8, 6), (10, 200, 10)).save(path)
    index.search(path, min_score=0)
    assert index._encoder.calls["images"] == 2


def test_a_clip_that_was_written_anew_is_read_anew(index, tmp_path):
    from fractions import Fraction

    from vidsearch_sdk.video.writing import VideoWriter

    def write(shade):
        with VideoWriter(tmp_path / "own.mp4", width=64, height=48, rate=Fraction(10)) as writer:
            for _ in range(12):
                writer.write(np.full((48, 64, 3), shade, np.uint8))

    write(40)
    for _ in range(2):
        index.search(clip(tmp_path / "own.mp4"), min_score=0)
    read = index._encoder.calls["images"]
    write(180)
    index.search(clip(tmp_path / "own.mp4"), min_score=0)
    assert index._encoder.calls["images"] == 2 * read > 0


def test_only_so_many_vectors_are_kept(index, monkeypatch):
    monkeypatch.setattr(resources, "_VECTORS_KEPT", 3)
    for n in range(8):
        index.search(text(f"thing {n}"))
    assert len(index._resources._vectors) == 3
    before = index._encoder.calls["texts"]
    index.search(text("thing 7"))
    index.search(text("thing 0"))
    assert index._encoder.calls["texts"] == before + 1


def test_synonyms_are_averaged_told_and_can_be_left_out(index):
    plain = index.search(text("hound"), min_score=0)
    assert plain.expansions == ()
    index._catalog.synonyms.add("hound", "dog")
    wide = index.search(text("hound"), min_score=0)
    assert dict(wide.expansions) == {"hound": ("dog",)}
    assert set(places(wide)[:2]) == {(0, 0), (1, 2)}
    encoder = index._encoder
    mean = encoder.encode_texts(["hound", "dog"]).mean(axis=0)
    expected = index._serving().vector_of(f"{film_id(0)}-0") @ (mean / np.linalg.norm(mean))
    assert wide[places(wide).index((0, 0))].similarity == pytest.approx(float(expected), abs=2e-3)
    without = index.search(text("hound"), min_score=0, synonyms=False)
    assert (places(without), without.expansions) == (places(plain), ())
    index._catalog.synonyms.remove("hound")
    assert places(index.search(text("hound"), min_score=0)) == places(plain)


def test_synonyms_widen_pictures_and_leave_dialogue_as_it_is_asked(index):
    index._catalog.synonyms.add("vessel", "ship")
    assert len(index.search(says("vessel"))) == 0
    assert index.search(says("vessel")).expansions == ()


def test_typing_errors_are_put_right_told_and_can_be_kept(index):
    hits = index.search("umbrela beachh")
    assert dict(hits.corrections)["umbrela"] == "umbrella"
    assert hits.query == "umbrella beach"
    assert index.search(text("umbrela")).query == "umbrella"
    as_typed = index.search("umbrela", spelling=False, min_score=0)
    assert (as_typed.corrections, as_typed.query) == ((), "umbrela")
    assert index.search(text("dog") - text("umbrela")).query == 'text("dog") - text("umbrella")'
    # Each part is what it says; put right, nothing would be left of this one.
    assert index.search(text("umbrella") - text("umbrela"), min_score=0).corrections == ()


def test_names_that_films_say_are_never_put_right(index):
    film(index._catalog, index._encoder, 5, ["dog", ""], said={1: "It is the Umbrelon!"})
    assert index.search("umbrelon").corrections == ()
    assert places(index.search(says("umbrelon"))) == [(5, 1)]


def test_newer_films_are_heard_before_they_are_published(index):
    assert len(index.search(says("bigger boat"))) == 0
    film(
        index._catalog,
        index._encoder,
        5,
        ["", "cat", "", ""],
        said={1: "a bigger boat", 3: "Where is the key"},
    )
    assert places(index.search(says("bigger boat"))) == [(5, 1)]
    assert index.search(says("bigger boat"))[0].line == "a bigger boat"
    assert set(places(index.search(says("where is the key")))) == {(0, 0), (5, 3)}
    index.refresh(progress=False)
    assert places(index.search(says("bigger boat"))) == [(5, 1)]


def test_a_film_processed_anew_gives_its_new_lines_alone(index):
    film(index._catalog, index._encoder, 0, ["dog", "cat", "", ""], said={1: "Now it is the castle"})
    assert len(index.search(says("where is the key"))) == 0
    assert places(index.search(says("castle"))) == [(0, 1)]
    index.refresh(progress=False)
    assert len(index.search(says("where is the key"))) == 0
    assert places(index.search(says("castle"))) == [(0, 1)]


def test_a_removed_film_is_heard_no_more(index):
    index._catalog.remove(film_id(1))
    assert len(index.search(says("the ship sails"))) == 0
    assert {film for film, _ in places(index.search("the ship sails", min_score=0))} == {0}


def test_what_was_published_is_opened_once_though_films_come_and_go(index, monkeypatch):
    opened = []
    original = resources.DialogueIndex.open
    monkeypatch.setattr(
        resources.DialogueIndex, "open", lambda parts: opened.append(parts) or original(parts)
    )
    for number in range(5, 8):
        index.search(says("key"))
        film(index._catalog, index._encoder, number, ["dog"], said={0: f"key {number}"})
    assert len(index.search(says("key"))) == 4
    assert len(opened) == 1


@pytest.mark.parametrize("damage", ["first", "cut", "missing"])
def test_damaged_dialogue_is_told_and_pictures_are_still_found(index, damage):
    manifest = index._published.generation.manifest
    for name in manifest["dialogue_files"]:
        path = index._published.part(name)
        if damage == "missing":
            path.unlink()
        else:
            content = path.read_bytes()
            path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"x" + content[1:])
    again = ShotIndex.open(index._catalog, index._encoder)
    for query in ("dog", "dogg", text("dog"), text("dog") | says("key")):
        hits = again.search(query)
        assert (0, 0) in places(hits)
    assert any(note.startswith("dialogue is not searched: ") for note in hits.notes)
    assert len(set(hits.notes)) == len(hits.notes)
    assert len(again.search(says("key"))) == 0
    # What is newer is heard all the same.
    film(again._catalog, again._encoder, 5, ["cat"], said={0: "Where is the key?"})
    assert places(again.search(says("key"))) == [(5, 0)]
    assert any(note.startswith("dialogue is not searched: ") for note in again.search(says("key")).notes)


def test_a_shot_of_a_film_that_went_away_is_named(index):
    query = shot(f"{film_id(1)}-0")
    index.search(query, min_score=0)
    index._catalog.remove(film_id(1))
    with pytest.raises(QueryError, match=f"{film_id(1)}-0"):
        index.search(query)


def test_many_threads_share_one_handle(index):
    queries = [
        "dog",
        "umbrela",
        text("dog") - text("beach"),
        says("key"),
        text("dog").then("beach"),
        text("cat") & text("dog") | says("ship sails"),
    ]
    fresh = ShotIndex.open(index._catalog, index._encoder)
    expected = [index.search(query, min_score=0).table for query in queries]
    failures = []

    def work(number):
        try:
            for n in range(number, number + 12):
                found = fresh.search(queries[n % len(queries)], min_score=0).table
                assert found.equals(expected[n % len(queries)])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_words_are_heard_once_in_a_search(index, monkeypatch):
    asked = []
    original = resources.hear
    monkeypatch.setattr(
        resources, "hear", lambda says, *a, **more: asked.append(says) or original(says, *a, **more)
    )
    index.search((says("key") & text("dog")) | says("key").then("key"), spelling=False)
    assert asked == [Says("key")]
