"""Why a shot came, what is folded behind it, what it is a span of, and what was made of the query."""

import io
import pickle
import re

import numpy as np
import pytest
from PIL import Image

from tests.results.conftest import FILM, Late, drawn, explained, rows, spans
from tests.results.hostile import HOSTILE
from tests.results.structure import Skeleton
from vidsearch_sdk.errors import QueryError
from vidsearch_sdk.pages.markup import plain
from vidsearch_sdk.results.hit import OPTIONAL_COLUMNS, SHOT_COLUMNS, Hit
from vidsearch_sdk.results.search_results import SearchResults
from vidsearch_sdk.results.tile import tile

MADE = {
    "corrections": (("umbrela", "umbrella"),),
    "expansions": (("cop", ("police officer", "policeman")),),
    "timing": {"words": 0.0012, "pictures": 0.0021},
}


@pytest.fixture
def answer(shelf):
    """Makes results of a table and the newer arguments."""

    def make(table, *, query_text="a dog", **more):
        return SearchResults(table, catalog=shelf, query_text=query_text, elapsed_s=0.004, **more)

    return make


@pytest.fixture
def full(answer):
    """Four hits, three shots behind the first and one behind the third, everything else given too."""
    folded = {1: rows(3), 3: rows(1)}
    return answer(explained(4), folded=folded, notes=("a note",), **MADE)


def test_a_hit_knows_why_it_came(full):
    assert [hit.why for hit in full] == [
        "picture 0.81",
        "line: “Where is my key?” 0.64",
        "picture 0.71, line: “Where is my key?” 0.54",
        "",
    ]
    assert (full[0].dialogue, full[1].picture, full[0].line) == (None, None, "")
    assert (full[1].line, full[1].line_language) == ("Where is my key?", "en")
    assert full[1].position == "00:00:02.500"
    assert full[1].line_position == "00:00:02.750"
    assert full[0].line_position == ""


def test_the_new_columns_are_columns_of_the_hit_not_the_users_own(full):
    hit = full[2]
    assert hit.own == {}
    assert {name: hit[name] for name in OPTIONAL_COLUMNS} == {
        "picture": 0.71,
        "dialogue": 0.54,
        "line": "Where is my key?",
        "line_start_s": 15.25,
        "line_language": "en",
        "folded": 3,
    }
    assert not set(OPTIONAL_COLUMNS) & set(SHOT_COLUMNS)


def test_an_answer_without_them_is_as_before(found):
    hit = found(1)[0]
    assert (hit.why, hit.line, hit.picture, hit.parts, len(hit.folded)) == ("", "", None, (), 0)
    page = found(2)._repr_html_()
    body = page.partition("</style>")[2]
    assert not any(one in body for one in ("vs-line", "vs-why", "vs-stack", "vs-heard", "<details", "<del"))


@pytest.mark.parametrize("line", ["None", "nan", "<NA>", "N/A"])
def test_a_person_may_say_any_word(answer, line):
    assert answer(explained(2, line))[1].line == line


def test_folded_shots_are_results_of_their_own(full):
    behind = full[0].folded
    assert isinstance(behind, SearchResults)
    assert [hit.shot_id for hit in behind] == [f"{FILM}-{n}" for n in range(3)]
    assert repr(behind).splitlines()[0] == f"3 more shots like {FILM}-0 for 'a dog'"
    assert behind[0].image().size == (640, 360)
    assert (behind.notes, behind.corrections, behind.timing) == ((), (), {})
    assert len(behind[0].folded) == 0
    assert behind[1:].headline.startswith("2 more shots like")
    one = full[2].folded
    assert one.headline == f"1 more shot like {FILM}-2 for 'a dog'"


def test_nothing_folded_is_no_failed_search(full):
    behind = full[3].folded
    assert list(behind) == []
    assert repr(behind) == f"no more shots like {FILM}-3 for 'a dog'"
    assert "No shot matches" not in behind._repr_html_()
    with pytest.raises(QueryError, match="without its search"):
        Hit.from_row(rows(1).to_dict("records")[0]).folded  # noqa: B018


def test_folded_shots_are_counted_by_their_table_where_no_column_counts_them(answer):
    hits = answer(rows(2), folded={1: rows(5)})
    assert [hit.folded_count for hit in hits] == [5, 0]
    assert [hit["folded"] for hit in hits] == [5, 0]
    assert "5 more like this" in repr(hits)


def test_tables_behind_hits_are_made_only_for_who_asks(answer):
    late = Late({1: 3, 2: 3})
    hits = answer(explained(3), folded=late)
    assert "3 more like this" in repr(hits[:2])
    assert "3 more like this" in hits._repr_html_()
    assert late.made == []
    assert len(hits[1].folded) == 3
    assert late.made == [2]
    spans_of = Late({1: 2, 2: 2, 3: 2})
    assert answer(explained(3), parts=spans_of).headline.startswith("3 spans match")
    assert spans_of.made == []


def test_a_span_has_its_shots(answer):
    hits = answer(**spans(2, 3))
    hit = hits[1]
    assert [part.shot_id for part in hit.parts] == [f"{FILM}-{n}" for n in (3, 4, 5)]
    assert (hit.start_s, hit.end_s, hit.duration_s) == (17.5, 25.0, 7.5)
    assert (hit.parts[0].start_pts, hit.parts[-1].end_pts) == (hit.start_pts, hit.end_pts)
    said = "line: “Where is my key?”"
    assert hits[0].why == f"picture 0.81 → {said} 0.64 → picture 0.71, {said} 0.54"
    # Nothing is known of the first step but its score.
    assert hit.why.startswith("score 0.77 → picture 0.81 → ")
    assert hit.parts[0].parts == ()
    assert hits.headline.startswith("2 spans match")
    assert hits[:1].headline.startswith("1 span matches")


def test_the_clip_of_a_span_is_not_named_like_that_of_its_first_shot(answer):
    two, three = answer(**spans(1, 2))[0], answer(**spans(1, 3))[0]
    assert two.clip_name == f"Harbor_at_dawn_00.00.00.000_{FILM}-0-to-1.mp4"
    assert len({two.clip_name, three.clip_name, two.parts[0].clip_name}) == 3


def test_a_slice_keeps_everything(full, answer):
    part = full[2:0:-1]
    assert [hit.rank for hit in part] == [3, 2]
    assert len(part[0].folded) == 1
    for name in ("query", "notes", "elapsed_s", "timing", "corrections", "expansions"):
        assert getattr(part, name) == getattr(full, name)
    assert [len(hit.parts) for hit in answer(**spans(3, 2))[1:]] == [2, 2]


def test_a_hit_sent_away_takes_along_what_is_its_own(answer):
    late = Late({1: 1, 3: 3})
    sent = pickle.loads(pickle.dumps(answer(explained(3), folded=late)[2]))
    assert [hit.number for hit in sent.folded] == [0, 1, 2]
    assert len(sent.answer) == 1
    assert late.made == [3]
    span = answer(**spans(2, 2))[1]
    sent = pickle.loads(pickle.dumps(span))
    assert sent == span
    assert sent.parts == span.parts
    whole = answer(explained(2_000))
    # The shelf's pictures travel with both.
    assert len(pickle.dumps(whole[0])) < len(pickle.dumps(answer(explained(1)))) + 3_000
    whole = pickle.loads(pickle.dumps(answer(explained(3), folded=late)))
    assert [len(hit.folded) for hit in whole] == [1, 0, 3]


def test_printed_everything_is_said(full):
    assert repr(full).splitlines() == [
        "4 shots match 'a dog' (4 ms)",
        "umbrela → umbrella: spelling=False searches for it as typed",
        "cop + police officer, policeman: synonyms=False searches for it alone",
        "rank  score      position  length             shot_id  why                      film",
        "   1   0.98  00:00:00.000  2.50 s  00112233445566aa-0  picture 0.81             Harbor at dawn.mp4",
        "             3 more like this",
        "   2   0.91  00:00:02.500  2.50 s  00112233445566aa-1  line 0.64                Harbor at dawn.mp4",
        "             00:00:02.750 “Where is my key?”; 3 more like this",
        "   3   0.84  00:00:05.000  2.50 s  00112233445566aa-2  picture 0.71, line 0.54  Harbor at dawn.mp4",
        "             00:00:05.250 “Where is my key?”; 3 more like this",
        "   4   0.77  00:00:07.500  2.50 s  00112233445566aa-3                           Harbor at dawn.mp4",
        "             3 more like this",
        "a note",
        "time: words 1.2 ms, pictures 2.1 ms",
    ]


def test_printed_a_span_tells_its_steps(answer):
    assert repr(answer(**spans(1, 2))).splitlines()[1:] == [
        "rank  score      position  length             shot_id  film",
        "   1   0.98  00:00:00.000  5.00 s  00112233445566aa-0  Harbor at dawn.mp4",
        "             00:00:00.000 picture 0.81 → 00:00:02.500 line: “Where is my key?” 0.64",
    ]


def test_a_span_whose_steps_know_nothing_says_what_it_knows_itself(answer):
    made = spans(1, 2)
    blank = {1: made["parts"][1].drop(columns=["picture", "dialogue", "line", "line_start_s"])}
    table = made["table"].assign(picture=0.5, dialogue=0.7, line="Run!", line_start_s=11.0)
    hits = answer(table, parts=blank)
    assert hits[0].why == "picture 0.50, line: “Run!” 0.70"
    assert repr(hits).splitlines()[-1].strip() == "00:00:00.000 → 00:00:02.500; 00:00:01.000 “Run!”"
    read = Skeleton(hits._repr_html_())
    assert {"“Run!”", "picture 0.50 · line 0.70"} <= set(read.texts)
    silent = answer(made["table"], parts=blank)
    assert silent[0].why == ""
    assert "vs-why" not in silent._repr_html_().partition("</style>")[2]


def test_a_score_is_not_said_twice(answer):
    table = rows(2).assign(picture=[0.98, 0.91], dialogue=float("nan"))
    assert "picture" not in repr(answer(table))
    assert ">picture 0.98<" not in answer(table)._repr_html_()
    assert answer(table)[0].why == "picture 0.98"


@pytest.mark.parametrize(
    ("picture", "dialogue", "why"),
    [
        (0.0, 0.81, "line: “Run!” 0.81"),
        (0.72, 0.02, "picture 0.72"),
        (0.72, 0.05, "picture 0.72, line: “Run!” 0.05"),
        (0.01, 0.03, "line: “Run!” 0.03"),
        (0.0, None, "picture 0.00, line: “Run!”"),
        (0.0, 0.0, ""),
        (None, None, "line: “Run!”"),
    ],
)
def test_what_hardly_fits_is_no_reason(answer, picture, dialogue, why):
    hits = answer(rows(1).assign(picture=picture, dialogue=dialogue, line="Run!"))
    assert hits[0].why == why
    assert hits[0].line == "Run!"
    for shown in (repr(hits), hits._repr_html_()):
        assert ("“Run!”" in shown) == ("Run" in why)


def test_many_corrections_are_counted(answer):
    changes = tuple((f"wrog{n}", f"wrong{n}") for n in range(9))
    printed = repr(answer(rows(1), corrections=changes)).splitlines()[1]
    assert printed.endswith("wrog5 → wrong5 and 3 more: spelling=False searches for them as typed")
    assert answer(rows(1), corrections=changes)._repr_html_().count("<del>") == 6


def test_on_a_page_everything_is_said(full):
    read = Skeleton(full._repr_html_())
    said = " ".join(read.texts)
    assert "umbrela → umbrella spelling=False searches for it as typed" in re.sub(r"\s+", " ", said)
    assert "cop + police officer, policeman synonyms=False" in re.sub(r"\s+", " ", said)
    assert read.texts.count("“Where is my key?”") == 2
    assert {"00:00:02.750", "picture 0.71 · line 0.54", "line 0.64"} <= set(read.texts)
    assert read.texts.count("3 more like this") == 4
    assert "words 1.2 ms, pictures 2.1 ms" in read.texts
    assert ("span", "aria-label", "score 0.84: picture 0.71, line: “Where is my key?” 0.54") in read.values
    assert ("span", "lang", "en") in read.values
    assert ("span", "dir", "auto") in read.values
    # An empty answer says what it searched for, too.
    assert "umbrella" in full[:0]._repr_html_()
    assert "umbrella" in repr(full[:0])


def test_the_bar_is_shared_by_picture_and_line(full):
    bars = re.findall(r'<span class="vs-bar" aria-hidden="true">(.*?)</span></span>', full._repr_html_())
    widths = [[int(width) for width in re.findall(r"width:(\d+)%", bar)] for bar in bars]
    assert widths == [[98], [91], [48, 36], [77]]
    assert ["vs-heard" in bar for bar in bars] == [False, True, True, False]


def test_a_span_shows_its_shots_side_by_side(answer):
    hits = answer(**spans(2, 3))
    read = Skeleton(hits._repr_html_())
    named = [value for tag, name, value in read.values if (tag, name) == ("img", "alt")]
    assert len(named) == 6
    assert named[1] == "Part 2 of 3: shot 1, Harbor at dawn.mp4 at 00:00:02.500"
    assert ("ol", "class", "vs-grid vs-spans") in read.values
    assert hits[0]._repr_html_().count("<img ") == 3
    page = answer(**spans(1, 8))._repr_html_()
    assert page.count("<img ") == 5
    assert "+ 3 more" in page


def test_one_hit_shows_what_is_folded_behind_it(full, answer):
    assert full[0]._repr_html_().count("<img ") == 4
    assert full[3]._repr_html_().count("<img ") == 1
    many = answer(explained(1), folded={1: rows(500)})[0]._repr_html_()
    assert len(many.encode()) <= 2_000_000
    assert many.count("<img ") == 13
    assert "… and 488 more: <code>hit.folded.table</code>" in many


@pytest.fixture
def tiny(shelf):
    """Pictures that cost nothing, where only texts matter."""
    shelf.pictures = dict.fromkeys(shelf.pictures, drawn(1, (32, 18)))


def wild(answer, text, language):
    """An answer in which one text stands wherever a text can stand."""
    return answer(
        explained(4, text, language),
        query_text=text,
        notes=(text,),
        timing={text: 0.001, "b": 1},
        corrections=((text, text), ("b", "c")),
        expansions=((text, (text, "b")),),
        folded={1: rows(2, name=text)},
    )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_line_or_word_becomes_a_tag_or_an_attribute(answer, tiny, text):
    tame = wild(answer, "words", "x y")
    hits = wild(answer, text, text)
    for one, other in ((hits, tame), (hits[0], tame[0]), (hits[1], tame[1])):
        got = Skeleton(one._repr_html_())
        assert got.shape == Skeleton(other._repr_html_()).shape
        for tag, name, value in got.values:
            assert not name.startswith("on")
            assert name != "lang"
            assert (name, tag) not in {("src", "a"), ("href", "a")}
            if name == "style":
                assert re.fullmatch(r"width:\d+%", value)
    assert f"“{plain(text, limit=160)}”" in Skeleton(hits._repr_html_()).texts


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_step_of_a_span_becomes_a_tag(answer, tiny, text):
    got, expected = (Skeleton(answer(**spans(1, 3, text=one))._repr_html_()) for one in (text, "words"))
    assert got.shape == expected.shape


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_printed_no_line_or_word_steers_the_terminal(answer, text):
    for hits in (wild(answer, text, text), answer(**spans(1, 3, text=text))):
        tame = wild(answer, "words", "en") if len(hits) == 4 else answer(**spans(1, 3, text="words"))
        lines = repr(hits).split("\n")
        assert len(lines) == len(repr(tame).split("\n"))
        assert all(line.isprintable() for line in lines)
        assert all(hit.why.isprintable() for hit in hits)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("pt_BR", "pt-BR"),
        ("zh-Hant", "zh-Hant"),
        ("deu", "deu"),
        ("English", None),
        ("", None),
        ("x", None),
    ],
)
def test_only_what_browsers_know_is_named_as_a_language(answer, language, written):
    read = Skeleton(answer(explained(2, language=language))._repr_html_())
    assert [value for _, name, value in read.values if name == "lang"] == ([written] if written else [])


def noisy(number, size=(683, 384)):
    noise = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.mark.parametrize("steps", [2, 3, 4, 6, 8])
def test_a_span_costs_no_more_than_a_shot(answer, shelf, steps):
    shelf.pictures = {f"{FILM}-{n}": noisy(n) for n in range(8)}
    hits = answer(**spans(1, steps, text="x" * 500))
    assert len(tile(hits[0]).encode()) <= 25_000


def test_thousands_of_explained_hits_stay_within_two_megabytes(answer, shelf):
    shelf.pictures = {f"{FILM}-{n}": noisy(n) for n in range(8)}
    many = tuple((f"{'w' * 300}{n}", f"{'v' * 300}{n}") for n in range(5_000))
    more = {
        "corrections": many,
        "expansions": tuple((word, tuple(other for _, other in many)) for word, _ in many[:50]),
        "timing": {f"{'stage' * 100}{n}": 0.1 for n in range(1_000)},
        "notes": ("n" * 5_000,) * 20,
    }
    long = "y" * 5_000
    for hits in (answer(explained(5_000, long), **more), answer(**spans(200, 6, text=long), **more)):
        page = hits._repr_html_()
        assert len(page.encode()) <= 2_000_000
        assert page.count("<li ") > 20
        assert f"… and {len(hits) - page.count('<li '):,} more" in page


@pytest.mark.parametrize("position", ["a", 1.5, True, [0], np.float64(1), "x" * 10_000])
def test_a_keyframe_is_asked_for_by_a_whole_number(found, position):
    for ask in (found(1)[0].image, found(1)[0].keyframe):
        with pytest.raises(QueryError, match="a whole number is needed") as caught:
            ask(position)
        assert len(str(caught.value)) < 300
    assert found(1)[0].image(np.int64(0)).size == (640, 360)
