"""The shipped list of words is the world's own."""

from vidsearch_sdk.encoding.words import WORDS_NAME, read_words
from vidsearch_sdk.sample.assets import held_out_path
from vidsearch_sdk.sample.captions import known_words
from vidsearch_sdk.sample.encoder_words import main


def test_the_shipped_encoder_lists_every_word_of_the_world():
    shipped = held_out_path().parent / "encoder" / WORDS_NAME
    assert read_words(shipped) == known_words()


def test_the_command_writes_only_the_list(tmp_path):
    assert main(["--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [WORDS_NAME]
    assert read_words(tmp_path / WORDS_NAME) == known_words()
