"""What a live grid is told when it asks for a file: how far it is, that it was cancelled, what is wrong."""

from __future__ import annotations

import threading

import pytest

from vidsearch_sdk.errors import QueryError, StorageError, VidsearchError
from vidsearch_sdk.results.desk_making import making_handlers

FILES = {"export": "picks.edl", "reel": "picks.mp4", "sheet": "picks.pdf"}
every_kind = pytest.mark.parametrize("kind", FILES)


class CancelledAt(threading.Event):
    """Is set from the n-th look at it."""

    def __init__(self, look=10**9):
        super().__init__()
        self.looks, self.look = 0, look

    def is_set(self):
        self.looks += 1
        return self.looks >= self.look


class Answer:
    """Stands where a reply stands and keeps what was said."""

    def __init__(self, cancelled=None):
        self.told, self.ended, self.failed = [], None, ""
        self.cancelled = cancelled or CancelledAt()

    def done(self, fields=None):
        self.ended = fields

    def fail(self, words, **fields):
        self.failed, self.ended = words, fields

    def progress(self, share, words=""):
        self.told.append((share, words))


@pytest.fixture(scope="module")
def hits(sample_index):
    return sample_index.search("a dog in a meadow", k=3, min_score=0)


@pytest.fixture
def ask(hits):
    """Asks for a file: ``ask("reel", path="a.mp4")``."""

    def asked(kind, answer=None, **fields):
        answer = answer or Answer()
        making_handlers(lambda _: hits)[kind](fields, answer)
        return answer

    return asked


@every_kind
def test_it_is_told_how_far_the_file_is_and_where_it_went(ask, tmp_path, monkeypatch, kind):
    monkeypatch.setattr("vidsearch_sdk.results.desk_making._TOLD_EVERY_S", 0.0)
    out = tmp_path / FILES[kind]
    answer = ask(kind, path=f"  {out} ")
    assert answer.ended == {"path": str(out)}
    shares = [share for share, _ in answer.told]
    assert len(shares) > 1
    assert shares == sorted(shares)
    assert shares[-1] == 1
    words = {"export": "writing the timeline", "reel": "writing the reel", "sheet": "writing the sheet"}
    assert {said for _, said in answer.told} == {words[kind]}


@every_kind
def test_what_is_cancelled_leaves_nothing(ask, tmp_path, kind):
    answer = ask(kind, Answer(CancelledAt(1)), path=str(tmp_path / FILES[kind]))
    assert answer.ended == {"cancelled": True}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["export", "sheet"])
def test_it_may_be_cancelled_until_the_file_is_there(ask, tmp_path, kind):
    looks = ask(kind, path=str(tmp_path / f"whole-{FILES[kind]}")).cancelled.looks
    answer = ask(kind, Answer(CancelledAt(looks)), path=str(tmp_path / FILES[kind]))
    assert answer.ended == {"cancelled": True}
    assert [one.name for one in tmp_path.iterdir()] == [f"whole-{FILES[kind]}"]


@every_kind
def test_a_file_that_is_there_may_be_replaced(ask, tmp_path, kind):
    out = tmp_path / FILES[kind]
    out.write_bytes(b"mine")
    answer = ask(kind, path=str(out))
    assert answer.ended == {"exists": True}
    assert "exists" in answer.failed
    assert out.read_bytes() == b"mine"
    assert ask(kind, path=str(out), overwrite=True).ended == {"path": str(out)}
    assert out.read_bytes() != b"mine"


@every_kind
def test_replacing_is_offered_only_where_it_helps(ask, hits, tmp_path, kind):
    (tmp_path / FILES[kind]).mkdir()
    (tmp_path / "file").write_text("")
    suffix = FILES[kind][5:]
    for path in (tmp_path / FILES[kind], tmp_path / ("x" * 300 + suffix), tmp_path / "file" / FILES[kind]):
        with pytest.raises(StorageError):
            ask(kind, path=str(path))
    with pytest.raises(StorageError, match="home"):
        ask(kind, path=f"~nobody-of-that-name/a{suffix}")
    with pytest.raises(QueryError, match="needs a name"):
        ask(kind, path=" ")
    with pytest.raises(VidsearchError, match="no suffix"):
        ask(kind, path="/")
    if kind == "reel":
        film = hits[0].footage.path(hits[0].video_id)
        (tmp_path / "film.mp4").symlink_to(film)
        with pytest.raises(StorageError, match="one of the films"):
            ask(kind, path=str(tmp_path / "film.mp4"))


@pytest.mark.parametrize("handles", ["abc", -1, [1], True])
def test_handles_that_are_none_are_told_in_words(ask, tmp_path, handles):
    with pytest.raises(QueryError, match="handles_s"):
        ask("export", path=str(tmp_path / "a.edl"), handles_s=handles)
