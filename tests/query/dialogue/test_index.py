from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.query.dialogue.worlds import FILM, OTHER, dialogue, several, stored, texts
from vidsearch_sdk.catalog import Catalog
from vidsearch_sdk.errors import DamagedError, QueryError, SearchIndexError
from vidsearch_sdk.query.dialogue.files import LINES
from vidsearch_sdk.query.dialogue.index import DialogueIndex, search_together
from vidsearch_sdk.sample.assets import film_path
from vidsearch_sdk.store.tables import DIALOGUE
from vidsearch_sdk.video.probe import probe
from vidsearch_sdk.video.subtitles import read_subtitles

BOAT = (
    "We're gonna need a bigger boat.",
    "I need a boat",
    "bigger",
    "The dogs are running along the beach",
    "Dog: Something is shining in the grass.",
    "To be or not to be, that is the question.",
    "Not that question! To be?",
)


@pytest.fixture(params=["in memory", "published"])
def made(request, tmp_path):
    """Makes an index, in memory or from published files."""

    def make(*lines: str | tuple[str, str]) -> DialogueIndex:
        table = dialogue(*lines)
        if request.param == "in memory":
            return DialogueIndex.over(table)
        return DialogueIndex.open(stored(table, tmp_path / "published"))

    return make


def test_the_line_that_is_meant_comes_first(made):
    hits = made(*BOAT).search("we’re gonna need a bigger boat")
    assert hits.text[0] == BOAT[0]
    assert hits.phrase.tolist() == [True] + [False] * (len(hits) - 1)
    assert hits.coverage[0] == 1.0
    assert (hits.coverage[1:] < 0.7).all()
    assert hits.video_id == [FILM] * len(hits)
    assert (hits.line[0], hits.start_s[0], hits.end_s[0], hits.language[0]) == (0, 0.0, 1.5, "en")
    assert "I need a boat" in hits.text


def test_a_phrase_comes_before_a_better_set_of_words(made):
    found = texts(made(*BOAT), "to be or not to be")
    assert found[:2] == [BOAT[5], BOAT[6]]
    assert texts(made("that question not", *BOAT), "not that question")[0] == BOAT[6]


def test_quoted_words_must_be_there_as_they_are(made):
    index = made(*BOAT)
    assert texts(index, '"need a boat"') == ["I need a boat"]
    assert texts(index, '"boat a need"') == []
    assert texts(index, '"dog"') == [BOAT[4]]
    assert texts(index, '"need a" bigger') == [BOAT[0], BOAT[1]]
    assert texts(index, '"need a" "bigger boat"') == [BOAT[0]]
    assert texts(index, '"need a" "nowhere to be seen"') == []


def test_the_beginning_of_a_word_finds_it(made):
    index = made(*BOAT)
    assert set(texts(index, "boa*")) == {BOAT[0], BOAT[1]}
    assert set(texts(index, "b*")) == {BOAT[0], BOAT[1], BOAT[2], BOAT[3], BOAT[5], BOAT[6]}
    assert texts(index, '"a bigg*"') == [BOAT[0]]
    assert set(texts(index, '"bigg*"')) == {BOAT[0], BOAT[2]}
    assert texts(index, "zz*") == []
    assert index.search("boa*").coverage.tolist() == [1.0, 1.0]


def test_other_forms_of_a_word_are_found_after_the_word(made):
    index = made(("I run", "en"), ("He was running", "en"), ("running", "de"), ("Lauf!", "de"))
    assert texts(index, "runs", language="en") == ["I run", "He was running"]
    assert texts(index, "running", language="en") == ["He was running", "I run"]
    assert texts(index, '"run"') == ["I run"]


def test_a_speaker_counts_but_comes_after_nothing_else():
    lines = pa.concat_tables([dialogue("Where is my key?", speaker="Dog"), dialogue("A dog", video_id=OTHER)])
    index = DialogueIndex.over(lines)
    hits = index.search("dog where is my key")
    assert hits.text[0] == "Where is my key?"
    assert hits.coverage[0] == pytest.approx(1.0)
    assert texts(index, "Where is my key")[0] == "Where is my key?"


def test_a_name_before_the_line_does_not_hide_it(made):
    index = made("Dog: Where is my key?", "NAR: Where is it?")
    hits = index.search("where is my key")
    assert hits.text[0] == "Dog: Where is my key?"
    assert hits.phrase[0]
    assert hits.coverage[0] == 1.0


SCRIPTS = [
    ("¿Dónde están las canciones?", "spa", ["donde estan", "CANCION", "canción", "canciones"], ["can"]),
    ("Où sont passés les élèves ?", "fre", ["eleve", "ELEVES", "passé", "passer"], ["lev"]),
    ("L'homme n'a pas d'argent.", "fr", ["homme", "argent", "l'homme", "L’HOMME"], ["lhomme"]),
    ("Ich gehe die Straße entlang", "ger", ["strasse", "STRAßE", "gehen", "Strassen"], ["str"]),
    ("Größere Häuser", "de", ["grosse hauser", "Häusern", "größeren"], ["haus x"][:0]),
    ("Я вижу собаку и ёлку", "rus", ["собака", "собаки", "елка", "СОБАКУ"], ["соб"]),
    ("Ο σκύλος τρέχει", "ell", ["σκυλος", "ΣΚΎΛΟΣ", "σκύλο"], ["σκ"]),
    ("Köpekler nerede? KIZ", "tur", ["kopek", "köpek", "kız"], ["kop"]),
    ("أَيْنَ المِفْتَاح؟", "ara", ["اين المفتاح", "مفتاح", "أين"], ["فت"]),
    ('איפה המפתח? צה"ל', "heb", ["איפה", "הַמַּפְתֵּחַ", 'צה"ל'], ["מפ"]),
    ("कुंजी कहाँ है?", "hin", ["कुंजी", "कहाँ है"], ["कु"]),
    ("திறவுகோல் எங்கே?", "tam", ["எங்கே", "திறவுகோல்"], ["தி"]),
    ("Chìa khóa của tôi ở đâu?", "vie", ["chia khoa", "CHÌA KHÓA", "đâu", "dau"], ["kho"]),
    ("Gdzie jest mój żółty klucz?", "pol", ["zolty", "żółty", "moj klucz"], ["zol"]),
    ("我们需要一条更大的船！", "chi", ["船", "大的", "更大的船", "需要", "我们需要船"], ["舟", "大船"]),
    ("もっと大きな船が必要だ", "jpn", ["船", "大きな", "必要", "船が"], ["舟", "必船"]),
    ("ﾓｯﾄ大きな船", "ja", ["モット", "ﾓｯﾄ大きな"], ["もっと"]),
    ("더 큰 배가 필요해", "kor", ["배", "필요", "배가", "필요해"], ["요필"]),
    ("เราต้องการเรือลำใหญ่กว่านี้", "tha", ["เรือ", "ใหญ่", "เรา"], ["แมว"]),
    ("ພວກເຮົາຕ້ອງການເຮືອ", "lao", ["ເຮືອ", "ການ"], ["ແມວ"]),
    ("យើងត្រូវការទូកធំជាង", "khm", ["ទូក", "ធំ"], ["ឆ្មា"]),
    ("ငါတို့ လှေကြီး လိုတယ်", "bur", ["လှေ", "လှေကြီး"], ["ကြောင်"]),
    ("♪ la la ♪ 🐶", "", ["🐶", "♪", "la ♪"], ["🐱"]),
    ("Ｗｉｄｅ ﬁne", "", ["wide", "fine", "Ｗide"], ["wi"]),
]


@pytest.mark.parametrize(("line", "language", "found", "not_found"), SCRIPTS, ids=[s[0] for s in SCRIPTS])
def test_lines_of_every_script_are_found(line, language, found, not_found):
    index = DialogueIndex.over(dialogue((line, language), *BOAT))
    for words in found:
        hits = index.search(words)
        assert hits.text[0] == line, words
        assert hits.coverage[0] >= 0.5, words
    for words in not_found:
        assert texts(index, words) == [], words


def test_a_catalog_of_every_script_at_once():
    index = DialogueIndex.over(dialogue(*[(line, language) for line, language, _, _ in SCRIPTS], *BOAT))
    for line, _, found, _ in SCRIPTS:
        for words in found:
            hits = index.search(words)
            best = hits.coverage.max()
            assert line in hits.text[hits.coverage == best], words
    assert len(index.languages) == 21


HOSTILE = [
    *("", " ", "*", '"', '"""', "''", '"*"', "* *", "-", "--", "()", "(", "NOT", "AND", "a AND", "NEAR/3"),
    *(
        "terms:boat",
        "roots:*",
        "row:[0 TO 9]",
        "boat^9999",
        "boat~9",
        "/.*/",
        "[a TO b]",
        "{",
        "\\",
        "boat\\",
    ),
    *("+boat -need", "!boat", "'; DROP TABLE lines; --", "<script>alert(1)</script>", "%s %n {0}", "\x00"),
    *(
        "a\x00b",
        "\ud800",
        "boat\udcff",
        "🐶",
        "👨\u200d👩\u200d👧",
        "\u202eboat",
        "e\u0301",
        "\u0301",
        "ﷺ",
        "İ",
    ),
    *("ß", "\u200d", "\ufeffboat", "𝓫𝓸𝓪𝓽", "@dog", "en/run", "/", "?", "en/", '"a* b*"', "\u0e48\u0e48", "’"),
    *("a" * 100_000, "a " * 100_000, "船" * 100_000, '"' * 100_001, '"a b" ' * 5_000, "a* " * 5_000, "12:30"),
    *("3,000.50", "C++", "$", "“”", "«»"),
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_typed_is_safe(words, hostile_index):
    hits = hostile_index.search(words)
    assert np.isfinite(hits.bm25).all()
    assert ((hits.coverage >= 0) & (hits.coverage <= 1)).all()
    assert len(hits.text) == len(hits.line) == len(hits.phrase) == len(hits)


@pytest.fixture(scope="module")
def hostile_index(tmp_path_factory):
    said = [words for words in HOSTILE if "\ud800" not in words and "\udcff" not in words]
    lines = dialogue(*BOAT, *said, ("我们需要更大的船", "zh"), speaker="Quint")
    return DialogueIndex.open(stored(lines, tmp_path_factory.mktemp("hostile")))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("NOT", "To be or not to be, that is the question."),
        ("and -boat", "I need a boat"),
        ("𝓫𝓸𝓪𝓽", "I need a boat"),
    ],
)
def test_and_it_means_itself(words, expected):
    assert expected in texts(DialogueIndex.over(dialogue(*BOAT)), words)


def test_bm25_is_what_the_formula_says():
    lines = ["the boat", "the boat the boat", "the sea", "a boat on the wide open sea", "nothing", "the end"]
    hits = DialogueIndex.over(dialogue(*[(line, "xx") for line in lines])).search("boat the")
    split = [line.split() for line in lines]
    mean = sum(map(len, split)) / len(split)
    k1, b = 1.2, 0.75
    for text, bm25, coverage in zip(hits.text, hits.bm25, hits.coverage, strict=True):
        words, expected, held, total = text.split(), 0.0, 0.0, 0.0
        for word in ("boat", "the"):
            holding = sum(word in line for line in split)
            idf = math.log(1 + (len(lines) - holding + 0.5) / (holding + 0.5))
            often = words.count(word)
            expected += idf * often * (k1 + 1) / (often + k1 * (1 - b + b * len(words) / mean))
            held += idf * (often > 0)
            total += idf
        assert bm25 == pytest.approx(expected, rel=1e-4)
        assert coverage == pytest.approx(held / total, rel=1e-5)
    assert len(hits) == 5


def test_forms_of_a_word_in_a_small_language_do_not_outweigh():
    lines = [("You run a shop here", "en")] * 50 + [("You run a shop here", "nl")]
    hits = DialogueIndex.over(dialogue(*lines)).search("runs shops")
    by_language = dict(zip(hits.language, hits.bm25, strict=True))
    assert len(hits) == 51
    assert by_language["nl"] <= 1.01 * by_language["en"]


TALK = (
    "I told you not to come here. What are you doing in this house?",
    "We have to find the keys before they are back. That is the plan, and there is no other.",
    "It was not in the box. They will be looking for it, but they are not the only ones.",
)


def test_a_track_that_does_not_say_its_language_is_stemmed_by_what_it_is(made):
    index = made(*((line, "") for line in TALK))
    assert texts(index, "key") == [TALK[1]]
    assert texts(index, "boxes", language="") == [TALK[2]]
    assert texts(index, "key", language="en") == []
    assert index.languages == ("",)
    assert set(index.search("key").language) == {""}


def test_words_that_nobody_says_lower_the_coverage(made):
    hits = made(*BOAT).search("boat xylophone")
    assert 0 < hits.coverage.max() < 0.5


def test_languages(made):
    index = made(("boat one", "en-US"), ("boat two", "eng"), ("boat three", "pt-BR"), ("boat four", ""))
    assert set(texts(index, "boat", language="en")) == {"boat one", "boat two"}
    assert texts(index, "boat", language="en-us") == ["boat one"]
    assert texts(index, "boat", language="pt_br") == ["boat three"]
    assert texts(index, "boat", language="por") == ["boat three"]
    assert texts(index, "boat", language="") == ["boat four"]
    assert texts(index, "boat", language="de") == []
    assert set(texts(index, "boat", language=["pt", ""])) == {"boat three", "boat four"}
    assert index.languages == ("", "en", "pt")


def test_few_lines_of_a_language_among_many_are_found():
    many = dialogue(*[("boat", "en")] * 3_000)
    few = dialogue(("a boat that is so much longer", "es"), ("the boat", "es"), video_id=OTHER)
    index = DialogueIndex.over(pa.concat_tables([many, few]))
    assert set(texts(index, "boat", k=5, language="es")) == set(few.column("text").to_pylist())
    assert texts(index, "boat", k=1, language="es") == ["the boat"]
    assert texts(index, '"the boat"', k=5, language="es") == ["the boat"]


def test_films_that_are_left_out():
    index = DialogueIndex.over(several([["boat"] * 3_000, ["a boat that is so much longer"], ["sea"]]))
    first, second = f"{0:016x}", f"{1:016x}"
    assert texts(index, "boat", k=2, without=[first]) == ["a boat that is so much longer"]
    assert texts(index, "boat", k=2, without={first, second, "unknown"}) == []
    assert len(index.search("boat", k=2, without=["unknown"])) == 2


def test_no_more_than_asked_and_the_best_of_them():
    random = np.random.default_rng(0)
    words = np.array(["boat", "sea", "wind", "sail", "rope", "crew", "gull", "sun"])
    lines = [" ".join(random.choice(words, random.integers(1, 9))) for _ in range(3_000)]
    index = DialogueIndex.over(dialogue(*lines))
    everything = index.search("boat sea wind", k=5_000)
    some = index.search("boat sea wind", k=40)
    assert len(some) == 40
    assert some.bm25.tolist() == everything.bm25[:40].tolist()
    assert (np.diff(some.bm25[some.phrase]) <= 0).all()
    assert (np.diff(some.bm25[~some.phrase]) <= 0).all()
    held = [{"boat", "sea", "wind"} & set(text.split()) for text in everything.text]
    full = np.array([len(found) == 3 for found in held])
    assert (everything.coverage[full] == 1).all()
    assert (everything.coverage[~full] < 1).all()
    assert len(everything) == sum(bool({"boat", "sea", "wind"} & set(line.split())) for line in lines)


def test_a_prefix_of_very_many_words_misses_none():
    lines = [f"pre{number:05d}" for number in range(2_000)]
    hits = DialogueIndex.over(dialogue(*lines)).search("pre*", k=5_000)
    assert sorted(hits.text) == lines
    assert (hits.coverage == 1).all()


def test_what_is_said_all_the_time_ranks_the_same():
    few = dialogue("you", "you run", "he was running to you", "sea")
    many = dialogue(*["you know that you run all the time", "nobody knows"] * 21_000, video_id=OTHER)
    index = DialogueIndex.over(pa.concat_tables([few, many]))
    assert index.search("you").coverage.tolist() == [1.0] * 1000
    assert texts(index, "you", k=1) == ["you"]
    assert texts(index, "you run", k=2)[:1] == ["you run"]
    assert texts(index, "run", language="en", without=[OTHER]) == ["you run", "he was running to you"]
    assert texts(index, '"running to you"') == ["he was running to you"]


def test_two_indexes_answer_as_one():
    films = [["the boat", "the sea", "a storm"], ["the boat in the storm", "the the the"], ["sea"] * 5]
    whole = DialogueIndex.over(several(films)).search("the boat in the storm")
    parts = [
        DialogueIndex.over(dialogue(*lines, video_id=f"{number:016x}")) for number, lines in enumerate(films)
    ]
    both = search_together(parts, "the boat in the storm")
    assert len(both) == 3
    expected = {
        (film, line): coverage
        for film, line, coverage in zip(whole.video_id, whole.line, whole.coverage, strict=True)
    }
    found = {
        (film, line): coverage
        for hits in both
        for film, line, coverage in zip(hits.video_id, hits.line, hits.coverage, strict=True)
    }
    assert found == pytest.approx(expected)
    left = search_together(parts, "the boat", without=[[], [f"{1:016x}"], []])
    assert [len(hits) for hits in left] == [2, 0, 0]
    assert search_together([], "the boat") == []


def test_an_index_without_lines_finds_nothing(tmp_path):
    for index in (
        DialogueIndex.over(DIALOGUE.empty_table()),
        DialogueIndex.open(stored(DIALOGUE.empty_table(), tmp_path)),
    ):
        assert len(index) == 0
        assert index.languages == ()
        for words in ("boat", '"the boat"', "boa*", "", "船"):
            assert len(index.search(words, language="en")) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"words": 3}, "not by int"),
        ({"words": None}, "not by NoneType"),
        ({"k": 0}, "k=0"),
        ({"k": True}, "k=True"),
        ({"k": 1.5}, "k=1.5"),
        ({"language": []}, "language="),
        ({"language": [3]}, "language="),
    ],
)
def test_what_is_no_query_is_said(given, message):
    with pytest.raises(QueryError, match=message):
        DialogueIndex.over(dialogue("boat")).search(**{"words": "boat", **given})


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        path.name: (path.stat().st_size, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.iterdir()
    }


def test_nothing_is_written_where_it_was_published_and_nothing_left_elsewhere(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    parts = stored(dialogue(*BOAT), tmp_path / "published")
    before = snapshot(tmp_path / "published")
    index = DialogueIndex.open(parts)
    assert texts(index, "boat")
    assert list(temporary.iterdir()) == []
    assert snapshot(tmp_path / "published") == before
    for path in parts.values():  # collected while it serves
        path.unlink()
    assert texts(index, '"bigger boat"') == [BOAT[0]]
    assert texts(index, "run*") == [BOAT[3]]


def test_where_files_cannot_be_linked_they_are_copied(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    parts = stored(dialogue(*BOAT), tmp_path)
    assert texts(DialogueIndex.open(parts), "bigger")
    monkeypatch.setattr(Path, "symlink_to", refuse)
    assert texts(DialogueIndex.open(parts), "bigger")


def test_a_process_that_is_killed_leaves_nothing(tmp_path):
    parts = stored(dialogue(*BOAT), tmp_path / "published")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = (
        "import os, pathlib, signal, tempfile\n"
        f"tempfile.tempdir = {str(temporary)!r}\n"
        "from vidsearch_sdk.query.dialogue.index import DialogueIndex\n"
        f"parts = {{path.name: path for path in pathlib.Path({str(tmp_path / 'published')!r}).iterdir()}}\n"
        "assert len(DialogueIndex.open(parts).search('boat')) == 2\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    assert list(temporary.iterdir()) == []
    assert len(parts) == len(list((tmp_path / "published").iterdir()))


def test_what_is_damaged_or_missing_is_said(tmp_path):
    parts = stored(dialogue(*BOAT), tmp_path)
    with pytest.raises(SearchIndexError, match=r"no dialogue index; build .*again"):
        DialogueIndex.open({})
    with pytest.raises(DamagedError, match="cannot be opened"):
        DialogueIndex.open({LINES: parts[LINES]})
    for name in parts:
        if name.endswith((".idx", ".term", "meta.json")):
            with pytest.raises(DamagedError):
                DialogueIndex.open({other: path for other, path in parts.items() if other != name})
    longer = stored(dialogue(*BOAT, "one more"), tmp_path / "longer")
    with pytest.raises(DamagedError, match="has 7 lines, not 8"):
        DialogueIndex.open({**parts, LINES: longer[LINES]})
    cut = tmp_path / "cut.arrow"
    cut.write_bytes(parts[LINES].read_bytes()[:100])
    with pytest.raises(DamagedError, match="cannot be read"):
        DialogueIndex.open({**parts, LINES: cut})
    old = pa.ipc.open_file(parts[LINES]).read_all().replace_schema_metadata({"version": "0"})
    with pa.ipc.new_file(str(cut), old.schema) as writer:
        writer.write_table(old)
    with pytest.raises(SearchIndexError, match="another version"):
        DialogueIndex.open({**parts, LINES: cut})


def test_many_threads_may_search_one_index(made):
    index = made(*BOAT * 50)
    queries = ["need a boat", '"bigger boat"', "run*", "dog", "question", "to be or not"] * 20
    expected = [texts(index, words) for words in queries]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda words: texts(index, words), queries)) == expected


def test_every_line_of_the_sample_film_is_found_as_people_type_it():
    film = film_path()
    lines = read_subtitles(film, info=probe(film))
    assert {line.language for line in lines} == {"eng", "es"}
    index = DialogueIndex.over(dialogue(*[(line.text, line.language) for line in lines]))
    for line in lines:
        typed = line.text.partition(": ")[2] or line.text
        bare = "".join(c for c in unicodedata.normalize("NFD", typed.lower()) if not unicodedata.combining(c))
        for words in (typed, bare, f"{bare[:-4]}*", f'"{typed}"'):
            hits = index.search(words)
            full = hits.text[hits.coverage == hits.coverage.max()]
            assert line.text in full, words
            assert typed in hits.text[0] or words.endswith("*"), words


def test_the_lines_of_a_film_that_was_segmented(real_videos, tmp_path):
    catalog = Catalog(tmp_path / "catalog")
    catalog.add([real_videos / "films" / "nasa-webb-mirror.mp4", real_videos / "formats" / "subs-srt.mkv"])
    catalog.segment(progress=False)
    lines = pa.Table.from_pandas(catalog.dialogue, preserve_index=False).select(DIALOGUE.names).cast(DIALOGUE)
    index = DialogueIndex.open(stored(lines, tmp_path / "published"))
    hits = index.search("the optical and science segment of the Webb", language="en")
    assert "optical and science segment" in hits.text[0]
    assert hits.coverage[0] == 1.0
    assert "first subtitle" in texts(index, '"first subtitle"')[0]
    for line in catalog.dialogue.itertuples():
        found = index.search(line.text)
        assert found.coverage[0] == 1.0
        assert line.text in found.text[found.coverage == 1.0]
