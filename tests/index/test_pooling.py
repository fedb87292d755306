"""An index names the pooling of its shots' vectors, and none is ever searched with another one's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.index.worlds import DIM, StubEncoder, add_film, film_id, random_rows
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.encoding.pooling import mean_pooled
from vidsearch_sdk.errors import EncoderError, EncoderMismatch
from vidsearch_sdk.index import gathering
from vidsearch_sdk.index import generation_files as files
from vidsearch_sdk.index.building import publish
from vidsearch_sdk.index.generation_files import Published
from vidsearch_sdk.index.served import serve
from vidsearch_sdk.shot_index import ShotIndex

FRAMES = 3


class LastFrame:
    """Each shot's last frame stands for it: a pooling that minds the order, without any torch."""

    name = "last"

    def __init__(self, digest: str = "00aa") -> None:
        self.digest, self.shots, self.calls = digest, 0, 0

    def __call__(self, vectors, counts):
        self.shots, self.calls = self.shots + len(counts), self.calls + 1
        return np.asarray(vectors, np.float32)[np.cumsum(counts) - 1]


def encoder_with(pooling=None) -> StubEncoder:
    encoder = StubEncoder()
    if pooling is not None:
        encoder.pooling = pooling
    return encoder


def rows_of(number: int) -> np.ndarray:
    return random_rows((2 + number) * FRAMES, seed=number)


def add(catalog, number):
    shots = 2 + number
    return add_film(catalog, number, shots, vectors=rows_of(number), encoder=encoder_with(), keyframes=FRAMES)


@pytest.fixture
def catalog(tmp_path):
    made = Catalog(tmp_path / "catalog")
    for number in range(3):
        add(made, number)
    return made


def build(catalog, pooling=None) -> ShotIndex:
    return ShotIndex.build(catalog, encoder_with(pooling), progress=False)


def vectors_of(opened: Published, catalog) -> dict[str, np.ndarray]:
    pooling = LastFrame(opened.pooled[1]) if opened.pooled[0] == "last" else None
    served = serve(catalog, opened, **({"pooling": pooling} if pooling else {}))
    return {
        video_id: served.vectors_at(np.arange(start, stop))
        for video_id, (start, stop) in served.spans.film_rows.items()
    }


def last_frames(number: int) -> np.ndarray:
    return rows_of(number)[FRAMES - 1 :: FRAMES].astype(np.float16)


def means(number: int) -> np.ndarray:
    rows = rows_of(number).astype(np.float16)
    return mean_pooled(rows, [FRAMES] * (2 + number)).astype(np.float16)


def test_the_pooling_of_the_encoder_makes_the_shots_vectors(catalog):
    index = build(catalog, LastFrame())
    manifest = index.generation.manifest
    assert (manifest["pooling"], manifest["pooling_digest"]) == ("last", "00aa")
    found = vectors_of(Published.open(index.generation), catalog)
    for number in range(3):
        assert np.array_equal(found[film_id(number)], last_frames(number))
    hits = index.search(f"{film_id(1)} anything", k=2, min_score=0, fold=False)
    assert len(hits) == 2


def test_the_mean_is_named_as_it_always_was(catalog):
    manifest = build(catalog).generation.manifest
    assert manifest["pooling"] == "mean"
    assert "pooling_digest" not in manifest


def test_another_pooling_reuses_the_vectors_of_frames(catalog):
    """Nothing is embedded, no film is read again, and the files of the old one stay."""
    first = build(catalog)
    for number in range(3):
        catalog.embeddings.discard(catalog.films.get(film_id(number)), first.encoder.fingerprint)
    opened = published(catalog, LastFrame())
    assert opened.generation.name != first.generation.name
    found = vectors_of(opened, catalog)
    for number in range(3):
        assert np.array_equal(found[film_id(number)], last_frames(number))
    old, new = (np.load(one.part(files.FRAMES)) for one in (Published.open(first.generation), opened))
    assert np.array_equal(old, new)
    # And back: the first one serves again, nothing is made.
    assert published(catalog).generation.name == first.generation.name
    assert catalog.generations.current().name == first.generation.name
    assert published(catalog, LastFrame()).generation.name == opened.generation.name


def published(catalog, pooling=None) -> Published:
    films = [film for film in catalog.films.list() if film.has_shots]
    return Published.open(publish(catalog, encoder_with(pooling), films=films, progress=False))


def test_shots_of_many_films_are_pooled_together(catalog, monkeypatch):
    build(catalog)
    pooling = LastFrame()
    build(catalog, pooling)
    assert (pooling.shots, pooling.calls) == (2 + 3 + 4, 1)
    # In blocks where they are many; the result is the same.
    monkeypatch.setattr(gathering, "_POOLED_AT_ONCE", 10)
    other = LastFrame("bb")
    index = build(catalog, other)
    assert other.calls == 2
    found = vectors_of(Published.open(index.generation), catalog)
    for number in range(3):
        assert np.array_equal(found[film_id(number)], last_frames(number))


def test_a_changed_pooling_of_the_same_name_is_another_one(catalog):
    first = build(catalog, LastFrame("aa"))
    second = build(catalog, LastFrame("bb"))
    assert first.generation.name != second.generation.name
    assert ShotIndex.open(catalog, encoder_with(LastFrame("aa"))).generation.name == first.generation.name
    with pytest.raises(EncoderMismatch, match=r"last \(bb\).* brings last \(cc\).*ShotIndex\.build"):
        ShotIndex.open(catalog, encoder_with(LastFrame("cc")))


def test_opening_finds_the_generation_of_its_pooling_or_says_what_to_do(catalog):
    build(catalog)
    with pytest.raises(EncoderMismatch, match=r"pooling mean, and stub brings last .*stored vectors again"):
        ShotIndex.open(catalog, encoder_with(LastFrame()))
    last = build(catalog, LastFrame())
    assert ShotIndex.open(catalog, encoder_with()).generation.manifest["pooling"] == "mean"
    assert ShotIndex.open(catalog, encoder_with(LastFrame())).generation.name == last.generation.name
    other = StubEncoder(fingerprint="00000000000000cd")
    with pytest.raises(EncoderMismatch, match="not with stub"):
        ShotIndex.open(catalog, other)


def test_a_generation_without_a_digest_opens_as_the_mean(catalog):
    """So were all those made before there was another pooling."""
    index = build(catalog)
    opened = Published.open(index.generation)
    assert opened.pooled == ("mean", "")
    assert len(ShotIndex.open(catalog, encoder_with())) == 9


def test_films_published_since_are_pooled_the_same(catalog):
    index = build(catalog, LastFrame())
    add(catalog, 3)
    served = index._serving(anew=True)
    start, stop = served.spans.film_rows[film_id(3)]
    assert np.array_equal(served.vectors_at(np.arange(start, stop)), last_frames(3))
    index.refresh(progress=False)
    assert index.generation.manifest["pooling"] == "last"
    found = vectors_of(Published.open(index.generation), catalog)
    assert np.array_equal(found[film_id(3)], last_frames(3))
    assert np.array_equal(found[film_id(0)], last_frames(0))


def test_a_refresh_keeps_to_its_pooling_when_another_serves(catalog):
    means_index = build(catalog)
    build(catalog, LastFrame())
    add(catalog, 3)
    means_index.refresh(progress=False)
    found = vectors_of(Published.open(means_index.generation), catalog)
    for number in range(4):
        assert np.array_equal(found[film_id(number)], means(number))
    assert catalog.generations.current().manifest["pooling"] == "last"


def test_what_was_pooled_otherwise_is_never_served(catalog):
    opened = published(catalog)
    with pytest.raises(EncoderMismatch, match="pooled with mean, not with this encoder's last"):
        serve(catalog, opened, pooling=LastFrame())


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows[:-1], r"gave \("),
        (lambda rows: rows[:, :-1], r"gave \("),
        (lambda rows: rows * np.float32("nan"), "not finite"),
    ],
)
def test_a_pooling_that_gives_something_else_is_told(catalog, spoil, said):
    class Wrong(LastFrame):
        def __call__(self, vectors, counts):
            return spoil(super().__call__(vectors, counts))

    with pytest.raises(EncoderError, match=said):
        build(catalog, Wrong())
    assert catalog.generations.current() is None


@pytest.mark.parametrize("wrong", ["mean", 3, type("P", (), {"name": "x", "digest": "y"})()])
def test_what_is_no_pooling_is_told(catalog, wrong):
    with pytest.raises(EncoderError, match="needs a name"):
        build(catalog, wrong)


def test_pictures_and_clips_are_pooled_as_shots_are(catalog):
    from vidsearch_sdk.query.algebra.terms import image
    from vidsearch_sdk.query.query_vector import query_vector

    class Turned(LastFrame):
        def __call__(self, vectors, counts):
            return -super().__call__(vectors, counts)

    picture = np.zeros((4, 4, 3), np.uint8)
    plain, turned = (
        query_vector(image(picture), encoder_with(pooling), shot_vector=lambda _: None).vector
        for pooling in (None, Turned())
    )
    assert plain.shape == (DIM,)
    np.testing.assert_allclose(plain, -turned, atol=1e-6)


def test_nothing_here_loads_torch():
    code = (
        "import sys; import vidsearch_sdk.index.building, vidsearch_sdk.index.served, "
        "vidsearch_sdk.index.choosing, vidsearch_sdk.ingest.embedding, vidsearch_sdk.store.catalog_status, "
        "vidsearch_sdk.catalog, vidsearch_sdk.shots.shot_table, vidsearch_sdk.query.query_vector; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
