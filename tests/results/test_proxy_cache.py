"""What was played is kept within a bound, for several processes at a time, and never half of it."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.results.conftest import FILM, rows
from vidsearch_sdk.errors import DecodeError, QueryError, VideoNotFound
from vidsearch_sdk.results.footage import Footage
from vidsearch_sdk.results.hit import Hit
from vidsearch_sdk.results.proxy_cache import ProxyCache
from vidsearch_sdk.video.proxies import open_proxy
from vidsearch_sdk.video.writing import VideoWriter


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Eight seconds of noise at 25 frames a second: a shot of a second takes some 10 kB."""
    random = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with VideoWriter(path, width=96, height=64, rate=Fraction(25), preset="ultrafast") as writer:
        for _ in range(200):
            writer.write(random.integers(0, 256, (64, 96, 3), np.uint8))
    return path


@pytest.fixture
def hit_of(shelf, film):
    """Makes a hit of second ``n`` of the film."""
    shelf.paths[FILM] = film

    def make(second, length=1):
        row = dict(rows(1).iloc[0])
        row.update(start_pts=second * 12_800, end_pts=(second + length) * 12_800, shot_id=f"{FILM}-{second}")
        return Hit.from_row(row, Footage(shelf))

    return make


@pytest.fixture
def cache(tmp_path):
    return ProxyCache(tmp_path / "proxies")


def played(cache, hit):
    with cache.play(hit) as playing:
        chunks = list(playing)
        return playing.mime, playing.times, playing.duration_s, b"".join(chunks), [len(c) for c in chunks]


def kept(cache):
    return sorted(cache.folder.iterdir())


def plain(film, second):
    with open_proxy(film, start_pts=second * 12_800, end_pts=(second + 1) * 12_800) as proxy:
        return b"".join(proxy)


def test_what_was_played_is_kept_and_the_same(cache, hit_of, film):
    first = played(cache, hit_of(2))
    (file,) = kept(cache)
    made = file.stat().st_mtime_ns
    again = played(cache, hit_of(2))
    assert first[3] == again[3] == plain(film, 2)
    assert first[:3] == again[:3]
    assert len(again[1]) == 25
    assert again[2] == 1.0
    assert again[0].startswith('video/mp4; codecs="avc1.4D40')
    assert kept(cache) == [file]
    assert file.stat().st_mtime_ns > made  # used last
    assert file.stat().st_size < 1.1 * len(first[3])
    # Another span, or another look, is another proxy.
    played(cache, hit_of(3))
    played(cache, hit_of(2, length=2))
    assert len(kept(cache)) == 3


def test_a_kept_one_is_read_and_not_made(cache, hit_of, monkeypatch):
    first = played(cache, hit_of(1))

    def refuse(*_, **__):
        raise AssertionError("the film was opened")

    monkeypatch.setattr("vidsearch_sdk.video.proxies.open_proxy", refuse)
    assert played(cache, hit_of(1))[:4] == first[:4]
    with pytest.raises(AssertionError, match="opened"):
        played(cache, hit_of(2))


def test_a_film_is_looked_at_once(cache, hit_of, film, monkeypatch):
    first, second = plain(film, 1), plain(film, 2)
    assert played(cache, hit_of(1))[3] == first
    monkeypatch.setattr("vidsearch_sdk.video.frames.describe", None)
    assert played(cache, hit_of(2))[3] == second


def test_a_new_look_makes_it_anew(cache, hit_of, monkeypatch):
    played(cache, hit_of(1))
    monkeypatch.setattr("vidsearch_sdk.video.proxies.LOOK", 1000)
    played(cache, hit_of(1))
    assert len(kept(cache)) == 2


def test_a_long_one_comes_in_chunks(cache, hit_of):
    film = hit_of(0, length=8)
    for second in range(2):
        *_, data, sizes = played(cache, film)
        assert max(sizes) <= 1 << 20
        if second:
            assert sizes[0] == 1 << 16 < len(data)


def test_those_not_played_for_longest_go_first(tmp_path, hit_of):
    one = len(played(ProxyCache(tmp_path / "other"), hit_of(0))[3])
    cache = ProxyCache(tmp_path / "proxies", max_bytes=int(3.5 * one))
    names = {}
    for second in range(3):
        before = set(kept(cache)) if second else set()
        played(cache, hit_of(second))
        (names[second],) = set(kept(cache)) - before
        time.sleep(0.01)
    played(cache, hit_of(0))
    played(cache, hit_of(3))
    assert names[1] not in kept(cache)
    assert {names[0], names[2]} < set(kept(cache))
    assert sum(path.stat().st_size for path in kept(cache)) <= 3.5 * one


def test_the_one_that_plays_stays(tmp_path, hit_of):
    one = len(played(ProxyCache(tmp_path / "other"), hit_of(0))[3])
    cache = ProxyCache(tmp_path / "proxies", max_bytes=int(1.5 * one))
    played(cache, hit_of(0))
    (first,) = kept(cache)
    with cache.play(hit_of(0)) as playing:
        time.sleep(0.01)
        played(cache, hit_of(1))
        assert kept(cache) == [first]
        assert len(b"".join(playing)) > 0
    played(cache, hit_of(2))
    assert first not in kept(cache)


def test_one_that_is_too_large_plays_and_is_not_kept(tmp_path, hit_of, film):
    cache = ProxyCache(tmp_path / "proxies", max_bytes=5_000)
    assert played(cache, hit_of(4))[3] == plain(film, 4)
    assert kept(cache) == []
    with pytest.raises(ValueError, match="max_bytes"):
        ProxyCache(tmp_path, max_bytes=-1)


@pytest.mark.parametrize("how", ["stop", "raise", "leave"])
def test_what_was_not_played_to_its_end_leaves_nothing(cache, hit_of, how):
    def begin():
        with cache.play(hit_of(0, length=8)) as playing:
            if how == "leave":
                return
            chunks = iter(playing)
            next(chunks)
            assert len(kept(cache)) == 1
            if how == "raise":
                raise KeyboardInterrupt

    if how == "raise":
        with pytest.raises(KeyboardInterrupt):
            begin()
    else:
        begin()
    assert kept(cache) == []


def _cut(data):
    return data[: len(data) // 2]


def _altered(data):
    return data[:2000] + bytes([data[2000] ^ 1]) + data[2001:]


def _other_facts(data):
    return data.replace(b'"duration_s"', b'"length_s"  ')


@pytest.mark.parametrize("damage", [_cut, _altered, _other_facts, lambda _: b"", lambda d: d[:-4] + b"0000"])
def test_a_damaged_one_is_made_again(cache, hit_of, film, damage):
    played(cache, hit_of(5))
    (file,) = kept(cache)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert played(cache, hit_of(5))[3] == plain(film, 5)
    assert file.read_bytes() == whole


@pytest.mark.skipif(os.name == "nt", reason="folders have no such rights there")
def test_a_folder_that_cannot_be_written_costs_the_keeping_only(tmp_path, hit_of, film, caplog):
    (tmp_path / "file").write_bytes(b"")
    cache = ProxyCache(tmp_path / "file" / "proxies")
    with caplog.at_level(logging.WARNING, "vidsearch_sdk"):
        for second in (1, 1, 2):
            assert played(cache, hit_of(second))[3] == plain(film, second)
    (told,) = caplog.messages
    assert "Not a directory; shots play, but are made anew each time" in told


@pytest.mark.parametrize("room", [0, 3_000, 20_000])
def test_a_full_disk_costs_the_keeping_only(tmp_path, film, room):
    # A limit on the size of files refuses the write as a full disk does, at one place or another.
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n" + PLAY
    )
    done = subprocess.run(
        [sys.executable, "-c", code, film, tmp_path / "proxies"], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == [str(len(plain(film, 0)))], done.stderr
    assert "shots play, but are made anew each time" in done.stderr
    assert list((tmp_path / "proxies").iterdir()) == []


PLAY = """
import sys
from types import SimpleNamespace
from vidsearch_sdk.results.proxy_cache import ProxyCache

footage = SimpleNamespace(path=lambda video_id: sys.argv[1])
hit = SimpleNamespace(footage=footage, video_id="a", shot_id="a-0", start_pts=0, end_pts=12_800)
with ProxyCache(sys.argv[2]).play(hit) as playing:
    chunks = []
    for chunk in playing:
        chunks.append(chunk)
        if len(sys.argv) > 3:
            print("playing", flush=True)
            sys.stdin.read()
print(len(b"".join(chunks)))
"""


def test_a_process_that_is_killed_leaves_nothing_that_is_used(tmp_path, cache, hit_of, film):
    child = subprocess.Popen(
        [sys.executable, "-c", PLAY, film, cache.folder, "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "playing\n"
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=30)
    (left,) = kept(cache)
    assert left.suffix == ".part"
    played(cache, hit_of(1))
    assert left in kept(cache)  # another process might still write it
    old = time.time() - 4000
    os.utime(left, (old, old))
    played(cache, hit_of(2))
    assert left not in kept(cache)
    assert len(kept(cache)) == 2


def test_several_processes_and_threads_at_once(tmp_path, cache, hit_of, film):
    children = [
        subprocess.Popen([sys.executable, "-c", PLAY, film, cache.folder], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    found = []
    threads = [
        threading.Thread(target=lambda second=n % 3: found.append((second, played(cache, hit_of(second))[3])))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    truth = [plain(film, second) for second in range(3)]
    assert len(found) == 6
    assert all(data == truth[second] for second, data in found)
    for child in children:
        assert child.communicate(timeout=60)[0].split() == [str(len(truth[0]))]
    names = [path.name for path in kept(cache)]
    assert len(names) in (3, 4)  # the children call their film by another name
    assert all(name.endswith(".mp4") for name in names)


def test_a_film_that_moved_says_so_even_when_it_was_played_before(shelf, cache, hit_of):
    played(cache, hit_of(0))
    del shelf.paths[FILM]
    with pytest.raises(VideoNotFound, match="has moved; add its folder again"), cache.play(hit_of(0)):
        pass
    with (
        pytest.raises(QueryError, match="without a catalog"),
        cache.play(Hit.from_row(dict(rows(1).iloc[0]))),
    ):
        pass


def test_a_film_that_cannot_be_decoded_says_so(cache, hit_of):
    with pytest.raises(DecodeError), cache.play(hit_of(500)):
        pass
    assert not cache.folder.exists()


def test_where_proxies_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert ProxyCache().folder == tmp_path / "vidsearch_sdk" / "proxies"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert ProxyCache().folder == tmp_path / ".cache" / "vidsearch_sdk" / "proxies"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert ProxyCache().folder == tmp_path / "Library" / "Caches" / "vidsearch_sdk" / "proxies"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert ProxyCache().folder == tmp_path / "local" / "vidsearch_sdk" / "proxies"


def test_others_cannot_look_into_it(cache, hit_of):
    played(cache, hit_of(0))
    assert cache.folder.stat().st_mode & 0o077 == 0
