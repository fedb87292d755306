"""Words that only say that there is talk are not looked for in the talk."""

import pytest

from vidsearch_sdk.query.dialogue.reported_speech import spoken_part


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        ("someone says key in the kitchen", "key in the kitchen"),
        ("Somebody mentioned the lock", "the lock"),
        ("talk of lock in the desert", "lock in the desert"),
        ("two men speaking about money", "two men money"),
        ("a talk show", "a talk show"),
        ("an essay on saying", "an essay on"),
        ("the mansion people", "the mansion people"),
        ('he says "simon says" twice', 'he "simon says" twice'),
        ('an unfinished "quote says', 'an unfinished "quote'),
        ("says", "says"),
        ("Someone SAYS", "Someone SAYS"),
        ("c'est la clé", "c'est la clé"),
    ],
)
def test_what_is_looked_for_in_dialogue(words, spoken):
    assert spoken_part(words).words == spoken
