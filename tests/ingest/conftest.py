"""Films that are made in milliseconds, and what the tests of this room share."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vidsearch_sdk.ingest.scratch import remove_abandoned
from vidsearch_sdk.store.film import Film
from vidsearch_sdk.store.films import Films
from vidsearch_sdk.store.local_disk import LocalDisk, SystemCalls
from vidsearch_sdk.store.uri import display_name, uri_of

MakeFilm = Callable[..., Path]


def write_film(
    path: Path, *, seed: int = 0, frames: int = 50, rate: int = 25, size: tuple[int, int] = (96, 64)
) -> Path:
    """A film of moving noise blocks with a hard cut every second; another seed gives another content."""
    random = np.random.default_rng(seed)
    width, height = size
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, rate)
        stream.codec_context.thread_count = 1
        for number in range(frames):
            if number % rate == 0:
                blocks = random.integers(0, 256, (height // 16, width // 16, 3), np.uint8)
                scene = blocks.repeat(16, axis=0).repeat(16, axis=1)
            picture = av.VideoFrame.from_ndarray(np.roll(scene, number % rate, axis=1), format="rgb24")
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def _films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="session")
def short_film(_films: Path) -> Path:
    """Two seconds, 50 frames, 96x64."""
    return write_film(_films / "short.mp4")


@pytest.fixture(scope="session")
def long_film(_films: Path) -> Path:
    """125 seconds, 1,250 frames: long enough to be killed in the middle, and to be cut into two ranges."""
    return write_film(_films / "long.mp4", seed=1, frames=1250, rate=10, size=(320, 192))


@pytest.fixture
def scratch_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, for this test alone."""
    root = tmp_path / "tmp"
    root.mkdir()
    monkeypatch.setenv("TMPDIR", str(root))
    monkeypatch.setattr("tempfile.tempdir", None)
    return root


@pytest.fixture(scope="session")
def make_film() -> MakeFilm:
    """Writes a small film; see `write_film`."""
    return write_film


class Shelf:
    """A catalog's films on a disk of their own, filled without the catalog's front door."""

    def __init__(self, folder: Path, *, calls: SystemCalls | None = None) -> None:
        self.folder = folder
        self.disk = LocalDisk(folder, calls=calls)
        self.films = Films(self.disk)

    def add(self, path: Path, *, name: str | None = None) -> str:
        """Add a file as it lies there; returns its video id."""
        regular = path.is_file()
        content = path.read_bytes() if regular else b"uri:" + os.fsencode(path)
        video_id = hashlib.sha256(content).hexdigest()[:16]
        facts = path.lstat() if os.path.lexists(path) else None
        source = {"bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns} if facts and regular else {}
        self.films.add(Film(video_id, uri_of(path), name or display_name(path), source=source))
        return video_id

    def status(self) -> dict[str, str]:
        """Status of each film by name."""
        return {film.name: film.status for film in Films(self.disk).list()}

    def check_whole(self, frames: int | None = None) -> None:
        """Every finished film has all its parts, unharmed, and shots without gaps from end to end."""
        for film in Films(self.disk).list():
            assert film.status in ("added", "ok", "partial", "rejected", "crashed", "timed_out"), film
            if film.has_shots:
                tables = {part: self.films.table(film, part) for part in film.parts}
                assert set(tables) == {"shots", "keyframes", "scores", "dialogue"}
                starts = tables["shots"].column("start_frame").to_pylist()
                ends = tables["shots"].column("end_frame").to_pylist()
                assert starts == [0, *ends[:-1]]
                assert ends[-1] == film.measured["frames"]
                if frames is not None:
                    assert ends[-1] == frames
                assert (
                    tables["keyframes"].num_rows == sum(tables["shots"].column("keyframes").to_pylist()) > 0
                )
            else:
                assert not film.parts


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty shelf."""
    return Shelf(tmp_path / "catalog")


@pytest.fixture
def make_shelf() -> type[Shelf]:
    """For a shelf elsewhere, or on a disk with troubles."""
    return Shelf


class Processes:
    """What ``/proc`` tells."""

    @staticmethod
    def eventually(condition: Callable[[], bool], within_s: float = 10.0) -> bool:
        """Whether something comes true in time."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.02)
        return condition()

    @staticmethod
    def alive(pid: int) -> bool:
        """Whether a process runs; one that is only waited for does not."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state not in "ZX"

    def decoding(self, film: Path) -> list[int]:
        """Process ids of the decoding children that have a film open, whoever started them."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if b"vidsearch_sdk.ingest.child" not in (entry / "cmdline").read_bytes():
                        continue
                    if any(link.readlink() == film for link in (entry / "fd").iterdir()):
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    @staticmethod
    def parent(pid: int) -> int | None:
        """The parent of a process, when this process is its ancestor: nothing else may be killed here."""
        ancestors = []
        while pid > 1:
            try:
                pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                return None
            ancestors.append(pid)
            if pid == os.getpid():
                return ancestors[0]
        return None

    @staticmethod
    def decoders(parent: int | None = None) -> list[int]:
        """Process ids of the decoding children of a process, this one by default."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    command = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                ours = int(fields[1]) == (os.getpid() if parent is None else parent)
                if ours and b"vidsearch_sdk.ingest.child" in command and fields[0] not in "ZX":
                    found.append(int(entry.name))
        return found


@pytest.fixture(scope="session")
def processes() -> Processes:
    """Looks at the processes of this machine."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    return Processes()


@pytest.fixture
def no_leftovers(scratch_root: Path, processes: Processes) -> Iterator[None]:
    """After the test no decoding child lives here, and no scratch folder but those of the killed."""
    yield
    assert processes.eventually(lambda: not processes.decoders(), 5.0)
    remove_abandoned(scratch_root)
    assert not list(scratch_root.glob("vidsearch-*"))
