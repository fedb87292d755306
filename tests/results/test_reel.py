"""A reel of hits: its size, rate and titles come from the picks; what is wrong is said before any work."""

from fractions import Fraction

import av
import numpy as np
import pandas as pd
import pytest

from tests.results.conftest import Shelf
from tests.video.numbered import numbered_film, numbers_of, uneven_film
from vidsearch_sdk.errors import QueryError, StorageError, VideoNotFound
from vidsearch_sdk.results.reel import write_reel
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.video.frames import FrameReader
from vidsearch_sdk.video.probe import probe


class Library:
    """Real small films on a shelf, and hits in them."""

    def __init__(self, folder):
        self.shelf = Shelf()
        self.films = {}
        self._pts = {}
        wide, tall = {"width": 128, "height": 72}, {"width": 72, "height": 128}
        self._take("a", numbered_film(folder / "A.mp4", rate="24000/1001", tone=300, **wide))
        self._take("b", numbered_film(folder / "B.mp4", rate=25, tone=417, **wide))
        self._take("c", numbered_film(folder / "C.mp4", rate=50, **wide))
        self._take("tall", numbered_film(folder / "Tall.mp4", rate=25, **tall))
        self._take("big", numbered_film(folder / "Big.mp4", rate=25, frames=30, width=1600, height=1200))
        self._take("uneven", uneven_film(folder / "E.mkv", np.cumsum([0, *([20, 33, 100, 47, 40] * 12)])))

    def _take(self, name, path):
        with FrameReader(path) as reader:
            self._pts[name] = [frame.pts for frame in reader] + [reader.end_pts]
            info = reader.info
        self.films[name] = path
        self.shelf.paths[name] = path
        self.shelf.measured[name] = {
            "width": info.width,
            "height": info.height,
            "frame_rate": str(info.frame_rate) if name != "uneven" else "20.83",
            "time_base": str(info.time_base),
            "start_pts": self._pts[name][0],
            "variable_rate": name == "uneven",
        }

    def hits(self, *spans):
        """Hits of (film, first frame, frames)."""
        table = []
        for place, (name, first, count) in enumerate(spans):
            pts, known = self._pts[name], self.shelf.measured[name]
            base = Fraction(known["time_base"])
            start, end = pts[first], pts[first + count]
            table.append(
                {
                    "rank": place + 1,
                    "score": 0.9,
                    "similarity": 0.3,
                    "shot_id": f"{name}-{place}",
                    "video_id": name,
                    "name": f"{name} film.mp4",
                    "number": place,
                    "start_s": float(start * base),
                    "end_s": float(end * base),
                    "duration_s": float((end - start) * base),
                    "start_frame": first,
                    "end_frame": first + count,
                    "start_pts": start,
                    "end_pts": end,
                    "opened_by": "cut",
                    "time_base": known["time_base"],
                    "frame_rate": known["frame_rate"],
                    "source_timecode": "",
                }
            )
        return SearchResults(pd.DataFrame(table), catalog=self.shelf, query_text="a dog", elapsed_s=0.0)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return Library(tmp_path_factory.mktemp("library"))


def test_the_commonest_rate_and_the_picks_in_order(library, tmp_path):
    hits = library.hits(("b", 10, 25), ("a", 40, 48), ("c", 20, 50), ("b", 100, 30), ("uneven", 5, 20))
    out = write_reel(hits, tmp_path / "reel.mp4", progress=False)
    assert out == tmp_path / "reel.mp4"
    assert [p.name for p in tmp_path.iterdir()] == ["reel.mp4"]
    info = probe(out)
    assert (info.width, info.height, info.frame_rate) == (128, 72, 25)
    numbers, _ = numbers_of(out)
    assert abs(len(numbers) / 25 - sum(hit.duration_s for hit in hits)) <= 1 / 25
    assert numbers[:25] == list(range(10, 35))
    assert (numbers[25], numbers[74]) == (40, 87)
    assert numbers[75:100] == list(range(20, 70, 2))
    assert numbers[100:130] == list(range(100, 130))
    assert (numbers[130], numbers[-1]) == (5, 24)


def test_hits_may_be_sliced_listed_and_doubled(library, tmp_path):
    hits = library.hits(("b", 10, 5), ("b", 60, 5))
    out = write_reel([hits[1], hits[0], hits[1]], tmp_path / "reel.m4v")
    assert numbers_of(out)[0] == [*range(60, 65), *range(10, 15), *range(60, 65)]
    assert numbers_of(write_reel(hits[1:], tmp_path / "b.mp4"))[0] == list(range(60, 65))


@pytest.mark.parametrize(
    ("rate", "truth"),
    [(30, 30), (23.976, Fraction(24000, 1001)), ("24000/1001", Fraction(24000, 1001)), (12.5, 12.5)],
)
def test_a_rate_may_be_asked_for_as_people_write_it(library, tmp_path, rate, truth):
    out = write_reel(library.hits(("b", 0, 25)), tmp_path / "reel.mp4", frame_rate=rate)
    assert probe(out).frame_rate == truth


def test_the_size_is_that_of_the_largest_film_that_lies_as_most_do(library, tmp_path):
    def size(name, *spans, **more):
        info = probe(write_reel(library.hits(*spans), tmp_path / f"{name}.mp4", **more))
        return info.width, info.height

    assert size("wide", ("b", 0, 20), ("tall", 0, 10)) == (128, 72)
    assert size("tall", ("b", 0, 10), ("tall", 0, 20)) == (72, 128)
    assert size("big", ("b", 0, 20), ("big", 0, 2)) == (1440, 1080)
    assert size("asked", ("b", 0, 5), size=(320, 240)) == (320, 240)
    with FrameReader(tmp_path / "wide.mp4") as reader:
        last = list(reader)[-1].picture.to_ndarray(format="gray8")
    assert last[:, :40].max() < 20
    assert last[:, -40:].max() < 20
    assert last[:, 44:84].max() > 200


def test_a_film_of_an_uneven_rate_alone_is_shown_at_the_nearest_one(library, tmp_path):
    out = write_reel(library.hits(("uneven", 0, 40)), tmp_path / "reel.mp4")
    assert probe(out).frame_rate == Fraction(24000, 1001)  # no program has 20.83
    with av.open(str(out)) as container:
        assert len(container.streams.audio) == 1


def test_titles_show(library, tmp_path):
    hits = library.hits(("big", 0, 10))
    plain = write_reel(hits, tmp_path / "plain.mp4", size=(640, 480))
    titled = write_reel(hits, tmp_path / "titled.mp4", size=(640, 480), titles=True)
    first = []
    for path in (plain, titled):
        with FrameReader(path) as reader:
            first.append(next(reader).picture.to_ndarray(format="gray8").astype(int))
    changed = np.abs(first[0] - first[1]) > 60
    assert changed[430:].sum() > 300
    assert changed[:420].sum() == 0


def test_progress_is_told_and_may_cancel(library, tmp_path):
    told = []
    write_reel(library.hits(("b", 0, 100)), tmp_path / "a.mp4", on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    class Cancelled(Exception):
        pass

    def cancel(share):
        raise Cancelled

    with pytest.raises(Cancelled):
        write_reel(library.hits(("b", 0, 100)), tmp_path / "b.mp4", on_progress=cancel)
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_it_may_be_cancelled_until_it_is_put_in_its_place(library, tmp_path):
    def cancel(share):
        if share == 1:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        write_reel(library.hits(("b", 0, 5)), tmp_path / "a.mp4", on_progress=cancel)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_comes_meanwhile_stays(library, tmp_path):
    out = tmp_path / "a.mp4"
    with pytest.raises(StorageError, match="overwrite=True"):
        write_reel(library.hits(("b", 0, 5)), out, on_progress=lambda share: out.write_bytes(b"mine"))
    assert out.read_bytes() == b"mine"
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_a_bar_only_where_it_is_wanted_and_takes_long(library, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("vidsearch_sdk.results.reel._BAR_AFTER_S", 0.0)
    write_reel(library.hits(("b", 0, 100)), tmp_path / "a.mp4", progress=False)
    assert capfd.readouterr().err == ""
    write_reel(library.hits(("b", 0, 100)), tmp_path / "b.mp4")
    assert "Reel" in capfd.readouterr().err


def test_nothing_picked(library, tmp_path):
    with pytest.raises(QueryError, match=r"nothing was picked, so a reel would be empty.*tray\.add"):
        write_reel([], tmp_path / "reel.mp4")


def test_films_that_are_gone_are_all_named_before_any_work(library, tmp_path, monkeypatch):
    hits = library.hits(("a", 0, 5), ("b", 0, 5), ("c", 0, 5), ("b", 9, 5))
    monkeypatch.delitem(library.shelf.paths, "b")
    monkeypatch.delitem(library.shelf.paths, "c")
    with pytest.raises(
        VideoNotFound, match=r"of 2 films are.*b film\.mp4 \(b\), c film\.mp4 \(c\).*catalog\.add"
    ):
        write_reel(hits, tmp_path / "reel.mp4", on_progress=lambda share: pytest.fail("it has begun"))
    assert list(tmp_path.iterdir()) == []


def test_files_that_exist(library, tmp_path):
    out = tmp_path / "reel.mp4"
    out.write_bytes(b"older")
    hits = library.hits(("b", 0, 5))
    with pytest.raises(StorageError, match="overwrite=True"):
        write_reel(hits, out)
    assert out.read_bytes() == b"older"
    write_reel(hits, out, overwrite=True)
    assert numbers_of(out)[0] == list(range(5))
    film = library.films["b"]
    before = film.read_bytes()
    for overwrite in (True, False):
        with pytest.raises(StorageError, match="one of the films"):
            write_reel(hits, film, overwrite=overwrite)
    assert film.read_bytes() == before


@pytest.mark.parametrize("path", [None, b"x.mp4", 3])
def test_a_path_is_needed(library, path):
    with pytest.raises(QueryError, match="is no file name"):
        library.hits(("b", 0, 5)).reel(path)


@pytest.mark.parametrize("name", ["reel.mkv", "reel", "reel.mp4.txt"])
def test_the_suffix_is_checked(library, tmp_path, name):
    with pytest.raises(QueryError, match=r"a reel is written as \.mp4 or \.m4v"):
        write_reel(library.hits(("b", 0, 5)), tmp_path / name)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"size": (1921, 1080)}, r"take \(1920, 1080\)"),
        ({"size": (0, 1080)}, "16 to 4096"),
        ({"size": (1e9, 1080)}, "16 to 4096"),
        ({"size": 1080}, "width and height"),
        ({"size": "ab"}, "width and height"),
        ({"size": (True, 2)}, "width and height"),
        ({"frame_rate": 0}, "1 to 120"),
        ({"frame_rate": -25}, "1 to 120"),
        ({"frame_rate": 1000}, "1 to 120"),
        ({"frame_rate": float("nan")}, "1 to 120"),
        ({"frame_rate": "fast"}, "1 to 120"),
        ({"frame_rate": True}, "1 to 120"),
        ({"crossfade_s": 2}, "0 to 1"),
        ({"crossfade_s": float("nan")}, "0 to 1"),
        ({"crossfade_s": "long"}, "0 to 1"),
    ],
)
def test_options_are_checked(library, tmp_path, wrong, words):
    with pytest.raises(QueryError, match=words) as told:
        write_reel(library.hits(("b", 0, 5)), tmp_path / "reel.mp4", **wrong)
    assert next(iter(wrong)) in str(told.value)
    assert list(tmp_path.iterdir()) == []
