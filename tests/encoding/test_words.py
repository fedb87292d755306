"""Words that an encoder was trained on, and those that everybody knows."""

import subprocess
import sys
from pathlib import Path

import pytest

from vidsearch_sdk.encoding.encoder import Encoder
from vidsearch_sdk.encoding.tokenizing import _digest
from vidsearch_sdk.encoding.untrained import vocabulary_words
from vidsearch_sdk.encoding.words import WORDS_NAME, ordinary_words, read_words, write_words
from vidsearch_sdk.errors import EncoderError


def test_words_are_read_as_they_were_written(tmp_path):
    path = tmp_path / WORDS_NAME
    write_words(path, ["zebra", "Dog", "dog", "re\u0301sume\u0301", "t-shirt"])
    assert path.read_text("utf-8") == "dog\nrésumé\nt-shirt\nzebra\n"
    assert read_words(path) == {"dog", "résumé", "t-shirt", "zebra"}


def test_an_encoder_need_not_list_its_words(tmp_path):
    assert read_words(tmp_path / WORDS_NAME) == frozenset()


def test_a_list_may_be_written_by_hand(tmp_path):
    path = tmp_path / WORDS_NAME
    path.write_bytes("\ufeff# ours\r\n\r\nUmbrella \r\n".encode())
    assert read_words(path) == {"umbrella"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00d", "not UTF-8"),
        (b"a sentence here\n", "not one word"),
        (b"x" * 200, "not one word"),
        (b"do\x00g\n", "not one word"),
        (b"a\n" * (5 << 20), "larger than 8 MB"),
    ],
)
def test_what_is_no_list_is_one_clear_error(tmp_path, content, message):
    (tmp_path / WORDS_NAME).write_bytes(content)
    with pytest.raises(EncoderError, match=rf"{message}.*an encoder works without it"):
        read_words(tmp_path / WORDS_NAME)


@pytest.mark.parametrize("word", ["", " ", "two words", "#tag", "x" * 61])
def test_only_words_are_written(tmp_path, word):
    with pytest.raises(ValueError, match="not one word"):
        write_words(tmp_path / WORDS_NAME, [word])
    assert not (tmp_path / WORDS_NAME).exists()


def test_words_are_no_part_of_a_tokenizer(tmp_path):
    (tmp_path / "vocab.txt").write_text("a")
    before = _digest(tmp_path)
    write_words(tmp_path / WORDS_NAME, ["dog"])
    assert _digest(tmp_path) == before


def test_the_sample_encoder_knows_its_words():
    words = Encoder("sample", device="cpu").words
    assert {"kangaroo", "penguin", "underwater"} <= words
    assert "submarine" not in words


def test_ordinary_words_are_those_of_the_tokenizer_without_loading_torch():
    words = ordinary_words()
    assert tuple(sorted(words)) == vocabulary_words()
    assert words.index("house") < words.index("lighthouse")
    code = (
        "import sys; from vidsearch_sdk.encoding.words import ordinary_words; ordinary_words(); "
        "sys.exit('torch' in sys.modules or 'open_clip' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path.cwd()).returncode == 0
