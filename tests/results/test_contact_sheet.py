"""A contact sheet is a picture that shows every hit, whatever is missing."""

import gc
import resource
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.results.conftest import FILM, drawn, rows, spans
from tests.results.hostile import HOSTILE
from vidsearch_sdk.errors import QueryError, StorageError
from vidsearch_sdk.results import contact_sheet
from vidsearch_sdk.results.search_results import SearchResults


def write_contact_sheet(hits, path, *, title="A dog", **options):
    return contact_sheet.write_contact_sheet(hits, path, title=title, **options)


def pixels(path):
    with Image.open(path) as picture:
        assert picture.mode == "RGB"
        return np.asarray(picture).astype(int)


def discs(sheet):
    """Find the white discs that the drawn keyframes hold, as places of their middles."""
    middles = []
    for y in range(0, sheet.shape[0], 4):
        white = (sheet[y] > 225).all(axis=1).astype(np.int8)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], white, [0]])))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            middle = (start + end) / 2
            near = [one for one in middles if abs(one[0] - middle) < 60 and y - one[1] < 20]
            if near:
                near[0][1:] = [y, max(near[0][2], end - start)]
            else:
                middles.append([middle, y, end - start])
    # Letters are white as well, but small.
    return [(middle, last) for middle, last, widest in middles if widest > 60]


def test_it_shows_every_hit_in_columns(found, tmp_path):
    out = write_contact_sheet(found(5), tmp_path / "sheet.png", columns=5)
    assert out == tmp_path / "sheet.png"
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]
    sheet = pixels(out)
    assert len(discs(sheet)) == 5
    # A dark ground all around, words in it.
    assert sheet[:, :40].max() < 40
    assert sheet[:, -40:].max() < 40
    assert sheet.shape[1] == pytest.approx(2400, abs=20)
    wide = pixels(write_contact_sheet(found(5), tmp_path / "two.png", columns=2))
    assert wide.shape[0] > 1.5 * sheet.shape[0]


def test_the_picture_is_whole_and_in_its_shape(found, shelf, tmp_path):
    for n, size in enumerate([(640, 360), (360, 640), (640, 360)]):
        shelf.pictures[f"{FILM}-{n}"] = drawn(n, size)
    sheet = pixels(write_contact_sheet(found(3), tmp_path / "sheet.png", columns=3))
    colors = [(37 * n % 256, 91 * n % 256, 120) for n in range(3)]
    shapes = []
    for color in colors:
        near = np.abs(sheet - color).max(axis=2) < 12
        ys, xs = np.flatnonzero(near.sum(axis=1) > 20), np.flatnonzero(near.sum(axis=0) > 20)
        shapes.append((xs[-1] - xs[0] + 1, ys[-1] - ys[0] + 1))
    (wide, high), (narrow, tall), third = shapes
    assert wide / high == pytest.approx(16 / 9, rel=0.02)
    assert narrow / tall == pytest.approx(9 / 16, rel=0.03)
    assert tall == high == third[1]


def test_a_damaged_keyframe_becomes_a_placeholder(found, shelf, tmp_path):
    whole = pixels(write_contact_sheet(found(4), tmp_path / "whole.png", columns=4))
    del shelf.pictures[f"{FILM}-1"]
    shelf.pictures[f"{FILM}-2"] = b"junk"
    shelf.pictures[f"{FILM}-3"] = shelf.pictures[f"{FILM}-3"][:200]
    sheet = pixels(write_contact_sheet(found(4), tmp_path / "sheet.png", columns=4))
    assert sheet.shape == whole.shape
    assert len(discs(whole)) == 4
    assert len(discs(sheet)) == 1


def test_all_pictures_may_be_gone(found, shelf, tmp_path):
    shelf.pictures.clear()
    assert pixels(write_contact_sheet(found(3), tmp_path / "sheet.png")).max() > 200


def test_the_words_differ_where_the_hits_do(found, tmp_path):
    one = pixels(write_contact_sheet(found(3), tmp_path / "a.png", title="A dog"))
    other = pixels(write_contact_sheet(found(3), tmp_path / "b.png", title="A cat"))
    asked = pixels(found(3, query_text="A cat").contact_sheet(tmp_path / "c.png"))
    given = pixels(found(3, query_text="A cat").contact_sheet(tmp_path / "given.png", title="A dog"))
    assert one.shape == other.shape
    changed = np.flatnonzero((one != other).any(axis=(1, 2)))
    assert changed.max() < 160
    assert np.array_equal(other, asked)
    assert np.array_equal(one, given)
    later = found(4)[1:]
    assert not np.array_equal(pixels(write_contact_sheet(later, tmp_path / "d.png", title="A cat")), asked)


def test_where_there_is_no_score_a_dash_stands(found, shelf, tmp_path):
    def sheet(name, score):
        table = rows(3).assign(score=score)
        hits = SearchResults(table, catalog=shelf, query_text="a dog", elapsed_s=0.0)
        return pixels(write_contact_sheet(hits, tmp_path / name, columns=3))

    half, none = sheet("a.png", 0.5), sheet("b.png", float("nan"))
    ys, xs = np.flatnonzero((half != none).any(axis=(1, 2))), np.flatnonzero((half != none).any(axis=(0, 2)))
    # The last score stands right of everything; digits fill rows that a dash leaves dark.
    last = (slice(ys[0], ys[-1] + 1), slice(xs[-1] - 12, xs[-1] + 1))
    high = [(one[last] > 200).all(axis=2).any(axis=1).sum() for one in (half, none)]
    assert 0 < high[1] < high[0] / 3


def test_a_span_shows_its_shots(shelf, tmp_path):
    results = SearchResults(**spans(2, 4), catalog=shelf, query_text="a then b", elapsed_s=0.0)
    sheet = pixels(write_contact_sheet(results, tmp_path / "sheet.png", columns=2))
    assert len(discs(sheet)) == 8


@pytest.mark.parametrize("text", [*HOSTILE[:12], "日本語 " * 80, "\u202eabc", "", "a\x00b\ud800"])
def test_any_words_can_be_drawn(found, tmp_path, text):
    # A column of objects: one of texts refuses halves of surrogate pairs.
    table = rows(2).assign(name=pd.Series([text, text], dtype=object))
    results = SearchResults(table, catalog=found(1)._catalog, query_text=text, elapsed_s=0.0)
    sheet = write_contact_sheet(results, tmp_path / "sheet.png", columns=12)
    assert pixels(sheet).max() > 200


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet.JPEG", "sheet.PNG"])
def test_other_suffixes(found, tmp_path, name):
    out = write_contact_sheet(found(3), tmp_path / name)
    with Image.open(out) as picture:
        assert picture.format == ("PNG" if name.endswith("PNG") else "JPEG")


def test_a_pdf_has_as_many_pages_as_it_takes(found, tmp_path):
    one = write_contact_sheet(found(8), tmp_path / "one.pdf").read_bytes()
    many = write_contact_sheet(found(60), tmp_path / "many.pdf").read_bytes()
    assert one.startswith(b"%PDF")
    assert one.count(b"/Type /Page\n") == 1
    assert 2 <= many.count(b"/Type /Page\n") <= 4


def test_a_pdf_holds_one_page_in_memory_at_a_time(found, tmp_path):
    held = []

    def count(_):
        pages = (one for one in gc.get_objects() if issubclass(type(one), Image.Image))
        held.append(sum(one.width > 2000 for one in pages))

    out = write_contact_sheet(found(60), tmp_path / "many.pdf", columns=3, on_progress=count)
    assert out.read_bytes().count(b"/Type /Page\n") > 3
    assert max(held) <= 2


def test_progress_is_told_and_may_cancel(found, tmp_path):
    told = []
    write_contact_sheet(found(12), tmp_path / "a.pdf", columns=2, on_progress=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1], len(told)) == (0, 1, 25)

    for wanted in (told[0], told[14], told[-2], told[-1]):

        def cancel(share, at=wanted):
            if share == at:
                raise BrokenPipeError

        with pytest.raises(BrokenPipeError):
            write_contact_sheet(found(12), tmp_path / "b.pdf", columns=2, on_progress=cancel)
        assert [p.name for p in tmp_path.iterdir()] == ["a.pdf"]


@pytest.mark.parametrize("name", ["sheet.png", "sheet.pdf"])
def test_a_file_that_comes_meanwhile_stays(found, tmp_path, name):
    out = tmp_path / name
    with pytest.raises(StorageError, match="overwrite=True"):
        write_contact_sheet(found(2), out, on_progress=lambda share: out.write_bytes(b"mine"))
    assert out.read_bytes() == b"mine"
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_sheet_too_tall_says_what_to_do(found, tmp_path):
    with pytest.raises(QueryError, match=r"80 shots in 1 column .* 16,000 .*hits\[:3\d\]") as told:
        write_contact_sheet(found(80), tmp_path / "sheet.png", columns=1)
    assert list(tmp_path.iterdir()) == []
    most = int(str(told.value).split("hits[:")[1].split("]")[0])
    sheet = write_contact_sheet(found(most), tmp_path / "sheet.jpg", columns=1)
    with Image.open(sheet) as picture:
        assert 15_000 < picture.height <= 16_000


def test_a_sheet_has_an_end(found, tmp_path):
    with pytest.raises(QueryError, match=r"1,001 shots .*hits\[:1000\]"):
        write_contact_sheet(found(1001), tmp_path / "sheet.pdf")


@pytest.mark.parametrize("columns", [0, 13, 2.5, True, "5", None])
def test_columns_are_checked(found, tmp_path, columns):
    with pytest.raises(QueryError, match="columns="):
        write_contact_sheet(found(1), tmp_path / "sheet.png", columns=columns)


def test_what_cannot_be_written_is_told(found, tmp_path):
    with pytest.raises(QueryError, match=r"nothing was picked.*tray\.add"):
        write_contact_sheet(found(0), tmp_path / "sheet.png")
    for name, words in (("sheet.gif", "the suffix .gif"), ("sheet", "no suffix")):
        with pytest.raises(QueryError, match=words):
            write_contact_sheet(found(1), tmp_path / name)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(StorageError, match="is a folder"):
        write_contact_sheet(found(1), tmp_path / "folder.png", overwrite=True)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"cannot be written in .*/file \(.*\); choose another folder"):
        write_contact_sheet(found(1), tmp_path / "file" / "sheet.png")
    for wrong in (None, b"x.png", 3):
        for write in (found(1).export, found(1).contact_sheet):
            with pytest.raises(QueryError, match="is no file name"):
                write(wrong)


def test_an_older_sheet_is_replaced_only_if_told(found, tmp_path):
    out = tmp_path / "sheet.png"
    out.write_bytes(b"older")
    with pytest.raises(StorageError, match="overwrite=True"):
        write_contact_sheet(found(1), out)
    assert out.read_bytes() == b"older"
    write_contact_sheet(found(1), out, overwrite=True)
    assert pixels(out).size


def test_a_full_disk_leaves_the_older_sheet(found, tmp_path):
    out = tmp_path / "sheet.png"
    out.write_bytes(b"older")
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
        with pytest.raises(StorageError, match=r"^sheet\.png cannot be written in .*; it is larger"):
            write_contact_sheet(found(5), out, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert out.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]


def test_it_needs_neither_films_nor_their_decoder(tmp_path):
    code = (
        "import sys; import vidsearch_sdk.results.contact_sheet; "
        "print([m for m in ('av', 'torch', 'anywidget', 'opentimelineio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", done.stderr
