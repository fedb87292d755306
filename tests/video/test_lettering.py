"""Any text can be drawn, in the width it was measured at."""

import numpy as np
import pytest

from vidsearch_sdk.video import lettering
from vidsearch_sdk.video.lettering import Lettering

TEXTS = [
    "Harbor at dawn (1998) – Ünïcøde",
    "Привет мир",
    "日本語のタイトル 한국어",
    "שלום עולם مرحبا",
    "🐶 👩‍👩‍👧 e\u0301\u0302",
    "a\x00b\n\u202ec\ud800",
    "\U00012000 x",
    "x" * 500,
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [9, 37])
def test_any_text_is_drawn_within_its_measure(text, size):
    letters = Lettering(size)
    mask = letters.mask(text)
    assert (mask.mode, mask.height) == ("L", letters.height)
    assert mask.width == pytest.approx(letters.width(text), abs=1)
    covered = np.asarray(mask)
    assert covered.max() > 120
    # Nothing is cut off above, below or at the end.
    assert covered[0].max() < 128
    assert covered[-1].max() < 128


def test_no_text_is_nothing():
    assert Lettering(20).width("") == 0
    assert not np.asarray(Lettering(20).mask("")).any()


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [0, 5, 60, 300, 20_000])
def test_a_line_is_cut_to_its_room(text, width):
    letters = Lettering(20)
    cut = letters.fit(text, width)
    assert letters.width(cut) <= width
    if width == 20_000:
        assert len(cut) == len(text)
    elif width == 300 and len(text) == 500:
        assert cut.endswith("…")
        assert letters.width(cut) > 280


def test_running_numbers_stand_still():
    letters = Lettering(30)
    assert len({letters.width(f"01:0{n}:59:{n}{n}") for n in range(10)}) == 1


def test_letters_that_no_typeface_has_become_question_marks():
    letters = Lettering(30)
    unknown = letters.mask("a\U00012000b")
    assert np.array_equal(np.asarray(unknown), np.asarray(letters.mask("a?b")))


def test_a_typeface_in_the_current_folder_is_not_taken(tmp_path, monkeypatch):
    from vidsearch_sdk.video import lettering

    monkeypatch.chdir(tmp_path)
    for name in ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "arial.ttf"):
        (tmp_path / name).write_bytes(b"not a typeface")
    lettering._installed.cache_clear()
    lettering._other.cache_clear()
    assert not any(str(tmp_path) in path for path in lettering._installed().values())
    assert Lettering(20).width("Привет") > 0


def test_sizes_are_checked():
    with pytest.raises(ValueError, match="size"):
        Lettering(3)


def test_no_typeface_is_taken_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("WINDIR", raising=False)
    for folder in ("${HOME}/.local/share/fonts", "${HOME}/Library/Fonts", "${WINDIR}/Fonts"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "msgothic.ttc").write_bytes(b"anybody's")
    lettering._installed.cache_clear()
    try:
        found = lettering._installed().values()
        assert [path for path in found if not path.startswith("/")] == []
    finally:
        lettering._installed.cache_clear()
