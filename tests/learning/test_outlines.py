"""Scripts cut into scenes, in the forms in which people have them."""

from __future__ import annotations

import pytest

from vidsearch_sdk.errors import QueryError, StorageError
from vidsearch_sdk.learning.outlines import parse_outline, read_outline


def read(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (scene.place, [(element.kind, element.text) for element in scene.elements])
        for scene in parse_outline(text)
    ]


def test_fountain():
    text = """Title: The Keeper
Author: nobody

FADE IN:

# Act One

= What happens here.

EXT. LIGHTHOUSE - DAY #12A#

Waves. The **KEEPER** climbs _up_. [[a note]]
He /* not any
more */ is old.

@McKeeper (O.S.)
(tired)
Another
storm.

MAID ^
Is it?

> THE NEXT MORNING <

CUT TO:

.THE CELLAR

!INT. is no heading here.

int./ext. boat - Night - CONTINUOUS

~Row, row
"""
    assert read(text) == [
        (
            "lighthouse, day",
            [
                ("action", "Waves. The KEEPER climbs up. He is old."),
                ("dialogue", "Another storm."),
                ("dialogue", "Is it?"),
                ("action", "THE NEXT MORNING"),
            ],
        ),
        ("the cellar", [("action", "INT. is no heading here.")]),
        ("boat, Night", [("action", "~Row, row")]),
    ]


def test_a_screenplay_as_plain_text():
    text = """
                          THE KEEPER

12   INT. KITCHEN - NIGHT                                  12

     A cat sleeps on the stove. An old clock
     ticks.

                         ANNA (CONT'D)
               (whispers)
          Where is the key?
          I left it here.

     She looks around.

                                                      (CONTINUED)
                                                               13.
CONTINUED:

                         BORIS
          In the lock.

13   EXT. GARDEN – DAY                                     13

     Snow.
"""
    assert read(text) == [
        (
            "kitchen, night",
            [
                ("action", "A cat sleeps on the stove. An old clock ticks."),
                ("dialogue", "Where is the key? I left it here."),
                ("action", "She looks around."),
                ("dialogue", "In the lock."),
            ],
        ),
        ("garden, day", [("action", "Snow.")]),
    ]


@pytest.mark.parametrize(
    "before", ["FADE IN:", "FADE IN:\n", "Title: Two Cats", "Title: Two Cats\nAuthor: A. B.\n"]
)
def test_the_first_scene_is_read_whatever_stands_right_above_it(before):
    scenes = parse_outline(
        f"{before}\nINT. KITCHEN - NIGHT\n\nA cat wakes.\n\nEXT. ROOF - DAY\n\nIt looks.\n"
    )
    assert [scene.place for scene in scenes] == ["kitchen, night", "roof, day"]
    assert [[one.text for one in scene.elements] for scene in scenes] == [["A cat wakes."], ["It looks."]]


def test_names_before_what_is_said():
    text = "INT. BAR - NIGHT\nA man drinks.\nANNA: Another one?\nJOSÉ (drunk): Yes.\nNote: he is not old.\n"
    assert read(text) == [
        (
            "bar, night",
            [
                ("action", "A man drinks."),
                ("dialogue", "Another one?"),
                ("dialogue", "Yes."),
                ("action", "Note: he is not old."),
            ],
        )
    ]


@pytest.mark.parametrize(
    "line", ["Into the night he runs.", "Est omnia divisa.", "Interior design.", "I/O error", "EXTRA lights"]
)
def test_words_that_begin_like_a_heading_are_none(line):
    assert read(f"INT. BAR - NIGHT\n\n{line}\n") == [("bar, night", [("action", line)])]


@pytest.mark.parametrize(
    ("heading", "place"),
    [
        ("INT BAR - NIGHT", "bar, night"),
        ("I/E CAR - DAY", "car, day"),
        ("EXT/INT. CAR -- DAWN", "car, dawn"),
        ("INT. JÜRGENS KÜCHE – NACHT", "jürgens küche, nacht"),
        ("INNEN. KÜCHE - TAG", "küche, tag"),
        ("3. EXT. CO-OP - LATER", "co-op"),
    ],
)
def test_headings(heading, place):
    assert read(f"{heading}\n\nSnow.\n") == [(place, [("action", "Snow.")])]


def test_places_in_the_script_ascend():
    scenes = parse_outline("INT. A - DAY\n\nSnow.\n\nANNA\nHello.\n\nINT. B - DAY\n\nRain.\n")
    places = [place for scene in scenes for one in scene.elements for place in (one.begins, one.ends)]
    assert places == sorted(places)
    assert scenes[0].ends <= scenes[1].begins < scenes[1].ends


def test_what_is_no_script_is_told(tmp_path):
    with pytest.raises(StorageError, match=r"none\.fountain cannot be read"):
        read_outline(tmp_path / "none.fountain")
    file = tmp_path / "notes.txt"
    for content in ("", "Dear diary,\n\nnothing happened.\n"):
        file.write_text(content)
        with pytest.raises(QueryError, match=r"notes\.txt has no scene heading"):
            read_outline(file)
    file.write_bytes("INT. KÜCHE - TAG\n\nSchnee.\n".encode("latin-1"))
    with pytest.raises(QueryError, match="not text in UTF-8"):
        read_outline(str(file))
    with pytest.raises(QueryError, match="the outline has no scene heading"):
        read_outline("\n")
    for wrong in (None, 3, ["INT. A - DAY"]):
        with pytest.raises(QueryError, match="a file or its text"):
            read_outline(wrong)
    with file.open("wb") as opened:
        opened.truncate(20_000_001)
    with pytest.raises(QueryError, match="larger than any script"):
        read_outline(file)
