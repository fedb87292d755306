"""The words of a catalog: counted when an index is made, read again when it is searched."""

import pyarrow as pa
import pytest

from tests.query.concepts import film, index_of
from tests.query.dialogue.worlds import dialogue
from vidsearch_sdk.query.spelling.catalog_words import WORDS, search_files, vocabulary_of
from vidsearch_sdk.store.tables import DIALOGUE


def counted(lines):
    table = pa.ipc.open_file(pa.BufferReader(search_files(lines)[WORDS])).read_all()
    return dict(zip(table["word"].to_pylist(), table["count"].to_pylist(), strict=True))


def test_words_are_counted_whatever_the_language():
    found = counted(dialogue("Where is the Demogorgon?", "the door", ("Über die Brücke", "de")))
    assert found["the"] == 2
    assert {"where", "door"} <= {word.lower() for word in found}
    assert any("brücke" in word.lower() for word in found)
    assert counted(DIALOGUE.empty_table()) == {}


def test_more_lines_than_are_read_at_once(monkeypatch):
    from vidsearch_sdk.query.spelling import catalog_words

    lines = dialogue(*(f"one number{n}" for n in range(25)))
    whole = counted(lines)
    monkeypatch.setattr(catalog_words, "_BATCH", 7)
    assert counted(lines) == whole
    assert whole["one"] == 25


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    return index_of(
        tmp_path_factory.mktemp("films") / "catalog",
        [["dog"] * 3, ["cat"] * 3],
        said={0: {0: "Beware of the Zorblax"}},
        owns=[{"title": "The Quixotry of Mimsy"}, {"year": 1999}],
    )


def test_dialogue_names_and_own_columns_are_known(index):
    known = vocabulary_of(index._serving(), learned=["borogove"])
    for word in ("zorblax", "quixotry", "mimsy", "beware", "borogove"):
        assert known.knows(word), word
    assert not known.knows("jabberwocky")


def test_words_of_newer_films_are_known_before_they_are_published(index):
    film(index._catalog, index._encoder, 5, ["dog"], said={0: "Jubjub!"}, title="Bandersnatch")
    known = vocabulary_of(index._serving(anew=True))
    assert known.knows("jubjub")
    assert known.knows("bandersnatch")
    assert known.knows("zorblax")
    without = vocabulary_of(index._serving(), published=False)
    assert without.knows("jubjub")
    assert not without.knows("zorblax")
