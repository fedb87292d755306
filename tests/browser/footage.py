"""Catalogs that notebooks open: the sample film, a thousand shots of it, films with hostile names."""

from __future__ import annotations

import hashlib
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyarrow as pa

from tests.results.hostile import HOSTILE
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.sample.assets import film_path, subtitle_paths
from vidsearch_sdk.shot_index import ShotIndex
from vidsearch_sdk.store.catalog_file import make_catalog
from vidsearch_sdk.store.film import Film

FILMS_OF_A_THOUSAND = 13


def sample_catalog(folder: Path) -> Path:
    """The sample film with its subtitles, found, cut into shots, embedded and published."""
    films = folder / "films"
    films.mkdir(parents=True)
    film = Path(shutil.copy(film_path(), films / "the-key.mp4"))
    for subtitles in subtitle_paths():
        shutil.copy(subtitles, films / subtitles.name.replace(film_path().stem, film.stem))
    catalog = Catalog(folder / "catalog")
    catalog.add(film, title="The Key", season=1)
    catalog.segment(progress=False)
    ShotIndex.build(catalog, Encoder("sample"), progress=False)
    return folder / "catalog"


def thousand_shots(folder: Path, sample: Path) -> Path:
    """The stored shots of the sample film as those of 13 films, no keyframe like another to the byte.

    Each film plays: all of them lie where the sample film does.
    """
    source, encoder = Catalog(sample), Encoder("sample")
    film = source.films.list()[0]
    parts = {part: source.films.table(film, part) for part in film.parts}
    vectors = source.embeddings.read(film, encoder.fingerprint)
    catalog = Catalog(folder)
    make_catalog(catalog._disk)
    for number in range(FILMS_OF_A_THOUSAND):
        video_id = hashlib.sha256(f"one of a thousand {number}".encode()).hexdigest()[:16]
        catalog.films.add(Film(video_id, film.uri, f"reel {number + 1}.mp4", own={"reel": number + 1}))
        tables = {part: _of_film(table, video_id, number) for part, table in parts.items()}
        copy = catalog.films.publish(video_id, measured=film.measured, status="ok", error="", tables=tables)
        catalog.embeddings.publish(copy, encoder.fingerprint, vectors)
    ShotIndex.build(catalog, encoder, progress=False)
    return folder


def _of_film(table: pa.Table, video_id: str, number: int) -> pa.Table:
    for at, name in enumerate(table.column_names):
        if name == "video_id":
            table = table.set_column(at, name, pa.array([video_id] * len(table)))
        elif name == "shot_id":
            ids = [f"{video_id}-{shot}" for shot in table["number"].to_pylist()]
            table = table.set_column(at, name, pa.array(ids))
        elif name == "jpeg":
            # A comment behind the first marker: other bytes, the same work.
            note = f"film {number}".encode()
            comment = b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note
            pictures = [jpeg[:2] + comment + jpeg[2:] for jpeg in table[name].to_pylist()]
            table = table.set_column(
                at, table.schema.field(name), pa.array(pictures, table.schema.field(name).type)
            )
    return table


TIMED = 24
"""Frames of each shot of the film that carries a timecode."""


def timed_film(folder: Path) -> Path:
    """A film of 29.97 frames a second in drop-frame timecode that begins shortly before a full minute.

    It goes to and fro between two set-ups, three shots of each.
    """
    films = folder / "films"
    films.mkdir(parents=True)
    film = films / "timed.mov"
    with av.open(str(film), "w") as made:
        made.metadata["timecode"] = "00:00:59;18"
        stream = made.add_stream("libx264", rate=Fraction(30_000, 1001), options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for frame in range(6 * TIMED):
            picture = np.full((180, 320, 3), (250, 20)[frame // TIMED % 2], np.uint8)
            left = 60 + 4 * (frame % TIMED)
            picture[60:120, left : left + 30] = 120
            made.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        made.mux(stream.encode())
    catalog = Catalog(folder / "catalog")
    catalog.add(film, title="Against the clock")
    catalog.segment(progress=False)
    ShotIndex.build(catalog, Encoder("sample"), progress=False)
    return folder / "catalog"


def hostile_films(folder: Path) -> Path:
    """Small films whose file names, titles, subtitles and own columns are hostile texts."""
    films = folder / "films"
    films.mkdir(parents=True)
    catalog = Catalog(folder / "catalog")
    for number, text in enumerate(HOSTILE):
        # What no file system takes is left out of the name; all of it stands in the title.
        name = text.replace("/", "\u2215").replace("\x00", "").encode("utf-8", "ignore")[:80]
        film = films / f"{number} {name.decode('utf-8', 'ignore')}.mp4"
        _write_film(film, number)
        said = "1\n00:00:00,000 --> 00:00:01,500\nalert\n"
        film.with_suffix(".srt").write_text(said, encoding="utf-8")
        catalog.add(film, title=_storable(text), note=_storable(text), place=number)
    catalog.segment(progress=False)
    for film in catalog.films.list():
        # Subtitles as some other reader might have left them: ours takes what looks like markup away.
        tables = {part: catalog.films.table(film, part) for part in film.parts}
        text = "alert " + _storable(HOSTILE[int(film.own["place"])])
        said = tables["dialogue"]
        tables["dialogue"] = said.set_column(said.schema.get_field_index("text"), "text", pa.array([text]))
        catalog.films.publish(film.video_id, measured=film.measured, status="ok", error="", tables=tables)
    ShotIndex.build(catalog, Encoder("sample"), progress=False)
    return folder / "catalog"


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _write_film(path: Path, number: int) -> None:
    # Not by its name: FFmpeg takes what stands before a colon for a protocol.
    with path.open("wb") as file, av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 128, 72, "yuv420p"
        picture = np.zeros((72, 128, 3), np.uint8)
        picture[...] = ((37 * number) % 256, (91 * number) % 256, 120)
        for frame in range(48):
            picture[30:42, frame : frame + 20] = 255 - number
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        film.mux(stream.encode())
