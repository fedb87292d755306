from __future__ import annotations

import hashlib
import io
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.store.made import tables, video_id
from vidsearch_sdk.encoding.protocol import ImageTextEncoder, Picture
from vidsearch_sdk.errors import EncoderError
from vidsearch_sdk.ingest.embedding import embed_films
from vidsearch_sdk.store.disk import Disk, open_disk
from vidsearch_sdk.store.embeddings import Embeddings
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films


class Digests:
    """A user's own encoder: the direction is the digest of the picture's bytes."""

    name = "digests"
    dim = 8
    fingerprint = "00000000000000d1"

    def __init__(self, *, pause_s: float = 0.0) -> None:
        self.calls: list[int] = []
        self.pause_s = pause_s

    def encode_images(self, pictures: Iterable[Picture]) -> NDArray[np.float32]:
        rows = [self.row(picture) for picture in pictures]
        self.calls.append(len(rows))
        time.sleep(self.pause_s)
        return np.array(rows, np.float32).reshape(-1, self.dim)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self.row(text.encode()) for text in texts])

    @staticmethod
    def row(data: Picture) -> NDArray[np.float32]:
        assert isinstance(data, bytes)
        values = np.frombuffer(hashlib.sha256(data).digest()[:8], np.uint8).astype(np.float32) - 127.5
        return values / np.linalg.norm(values)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return open_disk(tmp_path / "catalog")


def filled(disk: Disk, count: int, *, keyframes: int = 7) -> Films:
    films = Films(disk)
    for number in range(count):
        name = video_id(number)
        films.add(Film(name, f"file:///films/{name}.mkv", f"{name}.mkv"))
        films.publish(
            name, measured={}, status="ok", error="", tables=tables(name, keyframes=keyframes, shots=3)
        )
    return films


def stored(films: Films, film: Film) -> list[bytes]:
    return [picture.as_py() for batch in films.keyframes(film) for picture in batch.column("jpeg")]


def check(films: Films, embeddings: Embeddings, encoder: Digests) -> None:
    for film in films.list():
        if film.has_shots:
            expected = np.array([encoder.row(picture) for picture in stored(films, film)])
            found = embeddings.read(film, encoder.fingerprint)
            assert found.dtype == np.float16
            np.testing.assert_allclose(found, expected, atol=1e-3)


def test_every_film_gets_the_vectors_of_its_own_keyframes(disk: Disk) -> None:
    films, embeddings, encoder = filled(disk, 30), Embeddings(disk), Digests()
    films.add(Film(video_id(99), "file:///films/waits.mkv", "waits.mkv"))
    assert isinstance(encoder, ImageTextEncoder)
    result = embed_films(films, embeddings, encoder, progress=False)
    assert sorted(result.video_ids) == sorted(film.video_id for film in films.list() if film.has_shots)
    assert result.damaged == {}
    check(films, embeddings, encoder)
    # Portions run across films: 30 small films are a few calls, not 30.
    total = sum(film.parts["keyframes"].rows for film in films.list() if film.has_shots)
    assert sum(encoder.calls) == total
    assert len(encoder.calls) <= 4
    assert max(encoder.calls) >= 128


def test_only_what_is_missing_is_done(disk: Disk) -> None:
    films, embeddings, encoder = filled(disk, 3), Embeddings(disk), Digests()
    embed_films(films, embeddings, encoder, progress=False)
    encoder.calls.clear()
    assert embed_films(films, embeddings, encoder, progress=False).video_ids == ()
    assert sum(encoder.calls) == 0
    # A film that was processed anew has other keyframes, and needs other vectors.
    name = video_id(1)
    films.publish(name, measured={}, status="ok", error="", tables=tables(name, keyframes=5, shots=2))
    assert embed_films(films, embeddings, encoder, progress=False).video_ids == (name,)
    check(films, embeddings, encoder)


def test_a_film_without_keyframes_and_a_catalog_without_films(disk: Disk) -> None:
    films, embeddings, encoder = Films(disk), Embeddings(disk), Digests()
    assert embed_films(films, embeddings, encoder, progress=False).video_ids == ()
    name = video_id(0)
    films.add(Film(name, f"file:///films/{name}.mkv", name))
    bare = tables(name)
    bare["keyframes"] = bare["keyframes"].slice(0, 0)
    bare["shots"] = bare["shots"].set_column(11, "keyframes", pa.array([0, 0, 0], pa.int64()))
    films.publish(name, measured={}, status="ok", error="", tables=bare)
    assert embed_films(films, embeddings, encoder, progress=False).video_ids == (name,)
    assert embeddings.read(films.get(name), encoder.fingerprint).shape == (0, 8)


def test_a_damaged_film_is_named_and_holds_up_no_other(disk: Disk, tmp_path: Path) -> None:
    films, embeddings, encoder = filled(disk, 4, keyframes=40), Embeddings(disk), Digests()
    broken = films.list()[1]
    path = tmp_path / "catalog" / broken.folder / broken.parts["keyframes"].file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF  # the first row groups can still be read
    path.write_bytes(data)
    result = embed_films(films, embeddings, encoder, progress=False)
    assert set(result.damaged) == {broken.video_id}
    assert "catalog.verify()" in result.damaged[broken.video_id]
    assert set(result.video_ids) == {film.video_id for film in films.list()} - {broken.video_id}
    assert not embeddings.has(broken, encoder.fingerprint)
    for film in films.list():
        if film.video_id != broken.video_id:
            assert len(embeddings.read(film, encoder.fingerprint)) == film.parts["keyframes"].rows


def test_films_that_go_or_change_meanwhile_are_left_alone(disk: Disk) -> None:
    films, embeddings = filled(disk, 3), Embeddings(disk)
    gone, changed, stays = films.list()

    class Meddler(Digests):
        def encode_images(self, pictures: Iterable[Picture]) -> NDArray[np.float32]:
            rows = super().encode_images(pictures)
            if len(self.calls) == 1:
                films.remove(gone.video_id)
                anew = tables(changed.video_id, keyframes=5, shots=2)
                films.publish(changed.video_id, measured={}, status="ok", error="", tables=anew)
            return rows

    encoder = Meddler()
    result = embed_films(films, embeddings, encoder, progress=False)
    assert result.video_ids == (stays.video_id,)
    assert result.damaged == {}
    assert embed_films(films, embeddings, encoder, progress=False).video_ids == (changed.video_id,)
    check(films, embeddings, encoder)


class Short(Digests):
    def encode_images(self, pictures: Iterable[Picture]) -> NDArray[np.float32]:
        return super().encode_images(pictures)[:-1]


class Torn(Digests):
    def encode_images(self, pictures: Iterable[Picture]) -> NDArray[np.float32]:
        super().encode_images(pictures)
        raise EncoderError("picture 3 cannot be used: truncated")


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        (Short(), "digests returned vectors of shape"),
        (Torn(), f"picture 3 cannot be used: truncated .*among: {video_id(0)}.mkv"),
    ],
)
def test_an_encoder_that_fails_is_told_of(disk: Disk, encoder: Digests, said: str) -> None:
    films, embeddings = filled(disk, 1), Embeddings(disk)
    with pytest.raises(EncoderError, match=said):
        embed_films(films, embeddings, encoder, progress=False)
    assert not embeddings.has(films.list()[0], encoder.fingerprint)


def test_a_kill_loses_only_what_was_in_hand(disk: Disk, tmp_path: Path) -> None:
    films, embeddings = filled(disk, 40, keyframes=12), Embeddings(disk)
    code = f"""
from tests.ingest.test_embedding import Digests, Embeddings, Films, embed_films, open_disk
disk = open_disk({str(tmp_path / "catalog")!r})
embed_films(Films(disk), Embeddings(disk), Digests(pause_s=0.3), progress=False)
"""
    root = Path(__file__).resolve().parents[2]
    for _ in range(2):
        before = sum(embeddings.has(film, Digests.fingerprint) for film in films.list())
        child = subprocess.Popen([sys.executable, "-c", code], cwd=root)
        deadline = time.monotonic() + 60
        while sum(embeddings.has(film, Digests.fingerprint) for film in films.list()) == before:
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.wait()
    survived = {film.video_id for film in films.list() if embeddings.has(film, Digests.fingerprint)}
    assert 0 < len(survived) < 40
    encoder = Digests()
    rest = embed_films(films, embeddings, encoder, progress=False)
    assert set(rest.video_ids) == {film.video_id for film in films.list()} - survived
    check(films, embeddings, encoder)


def test_real_jpegs_through_a_real_encoder(disk: Disk) -> None:
    from vidsearch_sdk.encoding.encoder import Encoder

    def pictures() -> Iterator[bytes]:
        for number in range(18):
            file = io.BytesIO()
            Image.new("RGB", (68, 38), (number * 14, 80, 255 - number * 14)).save(file, "JPEG")
            yield file.getvalue()

    films, embeddings = Films(disk), Embeddings(disk)
    name = video_id(0)
    films.add(Film(name, f"file:///films/{name}.mkv", name))
    made = tables(name, shots=1, keyframes=18)
    jpegs = pa.array(list(pictures()), pa.binary())
    made["keyframes"] = made["keyframes"].set_column(4, "jpeg", jpegs)
    films.publish(name, measured={}, status="ok", error="", tables=made)
    encoder = Encoder("sample", device="cpu", dtype="f32")
    assert embed_films(films, embeddings, encoder, progress=False).video_ids == (name,)
    found = embeddings.read(films.get(name), encoder.fingerprint)
    np.testing.assert_allclose(found, encoder.encode_images(pictures()), atol=2e-3)


@pytest.mark.parametrize("factor", [0.0, 5.0, np.nan])
def test_vectors_that_are_not_of_unit_length_are_the_encoders_fault(disk: Disk, factor: float) -> None:
    class Stretched(Digests):
        name = "stretched"

        def encode_images(self, pictures: Iterable[Picture]) -> NDArray[np.float32]:
            return super().encode_images(pictures) * np.float32(factor)

    films, embeddings = filled(disk, 2), Embeddings(disk)
    with pytest.raises(EncoderError, match=r"stretched returned .* not of unit length \(\d+ of"):
        embed_films(films, embeddings, Stretched(), progress=False)
    assert not any(embeddings.has(film, Stretched.fingerprint) for film in films.list())
