import pytest

from vidsearch_sdk.index.language_tags import language_of


@pytest.mark.parametrize("tag", ["en", "ENG", "en-US", "en_GB", " eng "])
def test_tags_of_one_language(tag: str) -> None:
    assert language_of(tag) == "en"
