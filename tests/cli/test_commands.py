"""The commands on a real catalog, in this process and as processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.results.structure import Skeleton
from vidsearch_sdk.cli.main import main
from vidsearch_sdk.sample.assets import film_path
from vidsearch_sdk.video.probe import probe

ALL = ["--min-score", "0"]
PYTHON = [sys.executable, "-m", "vidsearch_sdk"]


def run(capsys, *typed: object) -> tuple[int, str, str]:
    code = main([str(word) for word in typed])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    """A folder with the sample film in it under a name that is no friend of shells."""
    folder = tmp_path_factory.mktemp("films")
    shutil.copyfile(film_path(), folder / "it's the key.mp4")
    return folder


@pytest.fixture(scope="module")
def catalog(tmp_path_factory, shelf) -> Path:
    """A catalog made by commands alone."""
    place = tmp_path_factory.mktemp("place") / "catalog"
    assert main(["add", str(place), str(shelf), "--column", "show=Dark", "--column", "season=1"]) == 0
    assert main(["segment", str(place)]) == 0
    assert main(["index", str(place), "--encoder", "sample"]) == 0
    return place


def test_add_names_every_film_and_skips_what_it_knows(capsys, tmp_path, shelf):
    code, out, _ = run(capsys, "add", tmp_path / "c", shelf)
    assert (code, out.splitlines()[1].split()[0]) == (0, "added")
    code, out, _ = run(capsys, "add", tmp_path / "c", shelf, "--json")
    assert [film["outcome"] for film in json.loads(out)["films"]] == ["unchanged"]


def test_a_film_that_cannot_be_taken_is_said_with_3(capsys, tmp_path, shelf):
    (tmp_path / "empty.mp4").write_bytes(b"")
    code, out, _ = run(capsys, "add", tmp_path / "c", shelf, tmp_path / "empty.mp4")
    assert code == 3
    assert "rejected" in out


def test_what_is_not_there_is_said_with_1_in_one_line(capsys, tmp_path):
    code, out, err = run(capsys, "add", tmp_path / "c", tmp_path / "no\x1b[31msuch.mp4")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("vidsearch: ")
    assert "\x1b" not in err


@pytest.mark.parametrize(
    "command", [["segment"], ["index"], ["search", "dog"], ["status"], ["verify"]], ids=lambda c: c[0]
)
def test_no_catalog_is_made_by_asking_for_one(capsys, tmp_path, command):
    name, *more = command
    code, out, err = run(capsys, name, tmp_path / "typo", *more)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "vidsearch add" in err
    assert not (tmp_path / "typo").exists()


def test_before_it_is_indexed_a_search_says_what_to_type(capsys, tmp_path, shelf):
    run(capsys, "add", tmp_path / "c", shelf)
    code, _, err = run(capsys, "search", tmp_path / "c", "dog")
    assert code == 1
    assert f"vidsearch index {tmp_path / 'c'}" in err


def test_segment_has_nothing_left_to_do(capsys, catalog):
    code, out, _ = run(capsys, "segment", catalog)
    assert (code, out) == (0, "every film is segmented already\n")
    assert json.loads(run(capsys, "segment", catalog, "--json")[1]) == {"films": []}


def test_search_prints_a_table(capsys, catalog):
    code, out, _ = run(capsys, "search", catalog, "a", "dog", "--k", 3, *ALL)
    assert code == 0
    head, columns, *rows = out.splitlines()
    assert head.startswith("3 shots match 'a dog'")
    assert columns.split() == ["rank", "score", "position", "length", "shot_id", "why", "film"]
    rows = [row for row in rows if row.split()[0] in {"1", "2", "3"}]
    assert len(rows) == 3
    assert rows[0].endswith("it's the key.mp4")


def test_search_gives_json_that_a_script_reads(capsys, catalog):
    code, out, _ = run(capsys, "search", catalog, "a train in the snow", "--k", 2, "--json", *ALL)
    answer = json.loads(out)
    assert code == 0
    assert answer["query"] == "a train in the snow"
    hits = answer["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert (hits[0]["show"], hits[0]["season"]) == ("Dark", 1)
    assert hits[0]["end_s"] > hits[0]["start_s"]


def test_search_finds_nothing_with_3(capsys, catalog):
    code, out, _ = run(capsys, "search", catalog, "a lighthouse", "--min-score", 1)
    assert code == 3
    assert out.startswith("no shot matches 'a lighthouse'")
    code, out, _ = run(capsys, "search", catalog, "dog", "--where", "show=1899", "--json")
    assert (code, json.loads(out)["hits"]) == (3, [])


def test_search_filters(capsys, catalog):
    typed = [
        "--where",
        "duration_s=..3",
        "--where",
        "opened_by=cut",
        "--where",
        "opened_by=fade",
        "--min-score",
        "0",
    ]
    _, out, _ = run(capsys, "search", catalog, "at night", *typed, "--json", "--k", 500)
    hits = json.loads(out)["hits"]
    assert len(hits) > 5
    assert all(hit["duration_s"] <= 3 and hit["opened_by"] in {"cut", "fade"} for hit in hits)
    code, _, err = run(capsys, "search", catalog, "dog", "--where", "colour=red")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "colour" in err


def test_search_by_shot_and_by_picture(capsys, catalog, tmp_path):
    first = json.loads(run(capsys, "search", catalog, "a panda", "--k", 1, "--json", *ALL)[1])["hits"][0]
    code, out, _ = run(capsys, "search", catalog, "--shot", first["shot_id"], "--json")
    assert first["shot_id"] not in {hit["shot_id"] for hit in json.loads(out)["hits"]}
    assert code == 0
    from vidsearch_sdk.catalog import Catalog

    (tmp_path / "ref.jpg").write_bytes(Catalog(catalog).keyframe(first["shot_id"]))
    code, out, _ = run(capsys, "search", catalog, "--image", tmp_path / "ref.jpg", "--k", 1, "--json", *ALL)
    assert json.loads(out)["hits"][0]["shot_id"] == first["shot_id"]
    code, _, err = run(capsys, "search", catalog, "--image", tmp_path / "none.jpg")
    assert (code, len(err.splitlines())) == (1, 1)


def test_search_takes_a_written_query(capsys, catalog):
    code, out, _ = run(capsys, "search", catalog, 'text("a train in the snow")', "--k", 2, "--json", *ALL)
    assert code == 0
    hits = json.loads(out)["hits"]
    code, out, _ = run(capsys, "search", catalog, "--shot", hits[0]["shot_id"], "--json", *ALL)
    again = run(capsys, "search", catalog, f'shot("{hits[0]["shot_id"]}")', "--json", *ALL)[1]
    assert json.loads(again)["hits"] == json.loads(out)["hits"]


def test_search_joins_pictures_dialogue_and_order_in_time(capsys, catalog):
    wanted = '(text("a dog") | "a fox") & says("key")'
    code, out, _ = run(capsys, "search", catalog, wanted, "--json", "--k", 3, *ALL)
    answer = json.loads(out)
    assert code == 0
    assert answer["query"] == wanted
    assert any("key" in (hit["line"] or "").lower() for hit in answer["hits"])
    assert {"corrections", "expansions", "timing"} <= set(answer)
    chain = 'text("a dog").then(text("a cat"), within_s=300)'
    code, out, _ = run(capsys, "search", catalog, chain, "--k", 1, "--json", *ALL)
    span = json.loads(out)["hits"][0]
    assert span["end_s"] - span["start_s"] > 5


def test_what_a_search_does_by_itself_can_be_refused(capsys, catalog):
    def asked(*more):
        return json.loads(run(capsys, "search", catalog, "an umbrela", *ALL, "--json", *more)[1])

    assert asked()["corrections"] == [["umbrela", "umbrella"]]
    assert asked("--no-spelling")["corrections"] == []
    assert len(asked("--per-film", 2, "-k", 500)["hits"]) == 2
    apart = asked("--no-fold", "--no-rerank", "--no-synonyms", "-k", 500)
    assert len(apart["hits"]) >= len(asked("-k", 500)["hits"])
    assert "rerank" in asked()["timing"]
    assert "rerank" not in apart["timing"]


def test_search_filters_by_what_is_not_and_by_parts_of_words(capsys, catalog):
    def found(*where):
        _, out, _ = run(capsys, "search", catalog, "a dog", *ALL, "--json", "-k", 500, *where)
        return len(json.loads(out)["hits"])

    everything = found("--no-fold")
    assert everything > 10
    assert found("--no-fold", "--where", "show~=dar", "--where", "name!~=pilot") == everything
    assert found("--no-fold", "--where", "show!=Dark") == found("--no-fold", "--where", "name~=pilot") == 0
    late, early = (found("--no-fold", "--where", f"position_s{span}") for span in ("=60..", "!=60.."))
    assert late + early == everything
    assert min(late, early) > 3


def test_brackets_and_signs_in_words_are_words(capsys, catalog):
    code, out, _ = run(capsys, "search", catalog, "a", "dog", "(running)", "- fast", *ALL, "--json")
    assert code == 0
    assert json.loads(out)["query"] == "a dog (running) - fast"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('text("a dog") - foo("cat")', "character 17, 'foo(\"cat\")': there is no foo"),
        ('text("a dog', "character 6"),
        ('(text("a dog") & says("fetch")', "character 1"),
        ('"a dog" - cat', "character 11, 'cat': words stand in quotes"),
        ('-text("a dog")', "pushed away"),
        ('"a".then("b", within_s=0)', "above 0"),
        ('image("no such.jpg")', "does not exist"),
    ],
)
def test_a_query_that_cannot_be_read_is_shown_in_one_line(capsys, catalog, typed, said):
    # Behind "--" a query may begin with a minus.
    code, out, err = run(capsys, "search", "--", catalog, typed)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert said in err


def test_search_writes_a_page(capsys, catalog, tmp_path):
    code, _, err = run(capsys, "search", catalog, "a dog", "--k", 4, *ALL, "--html", tmp_path / "hits.html")
    assert code == 0
    assert "hits.html" in err
    read = Skeleton((tmp_path / "hits.html").read_text(encoding="utf-8"))
    assert len([tag for tag in read.shape if tag.startswith("<img")]) == 4
    links = [value for tag, name, value in read.values if (tag, name) == ("a", "href")]
    assert len(links) == 4
    assert all(link.startswith("file:///") and "#t=" in link for link in links)


def test_search_hands_over_a_timeline_a_reel_and_a_contact_sheet(capsys, catalog, tmp_path):
    asked = ["--export", tmp_path / "selects.edl", "--handles", 0.5, "--reel", tmp_path / "reel.mp4"]
    asked += ["--titles", "--sheet", tmp_path / "sheet.png"]
    code, out, err = run(capsys, "search", catalog, "a dog", "-k", 3, *ALL, *asked, "--json")
    assert code == 0
    answer = json.loads(out)
    for kind, name in (("export", "selects.edl"), ("reel", "reel.mp4"), ("sheet", "sheet.png")):
        assert answer[kind] == str(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reel.mp4", "selects.edl", "sheet.png"]
    reel = probe(tmp_path / "reel.mp4")
    frames = sum(hit["end_frame"] - hit["start_frame"] for hit in answer["hits"])
    assert (reel.frame_rate, reel.frames_expected, reel.audio_streams) == (24, frames, 1)
    events = [line for line in (tmp_path / "selects.edl").read_text().splitlines() if line[:3].isdigit()]
    assert len(events) == 3
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 1000

    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    code, out, err = run(capsys, "search", catalog, "a dog", "-k", 3, *ALL, *asked)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "selects.edl exists; choose another name or add --overwrite" in err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    sheet_only = ["--sheet", tmp_path / "sheet.png", "--overwrite"]
    code, out, err = run(capsys, "search", catalog, "a cat", "-k", 3, *ALL, *sheet_only)
    assert (code, err.strip()) == (0, f"sheet: {tmp_path / 'sheet.png'}")
    assert (tmp_path / "sheet.png").read_bytes() != before[tmp_path / "sheet.png"]


def test_search_says_at_once_which_file_it_cannot_write(capsys, tmp_path):
    # Before the catalog is looked at, which is not there.
    for option, name, said in (
        ("--export", "a.aaf", ".otio or .xml or .fcpxml or .edl or .csv"),
        ("--reel", "a.mkv", ".mp4"),
        ("--sheet", "a.gif", ".png"),
    ):
        code, out, err = run(capsys, "search", tmp_path / "none", "dog", option, tmp_path / name)
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert said in err


@pytest.mark.parametrize(
    ("option", "name"), [("--export", "a.edl"), ("--html", "a.html"), ("--reel", "a.mp4")]
)
def test_search_says_at_once_where_it_cannot_write(capsys, tmp_path, option, name):
    (tmp_path / "file").write_text("")
    for folder in ("file", "file/new"):
        asked = [option, tmp_path / folder / name]
        code, out, err = run(capsys, "search", tmp_path / "none", "dog", *asked)
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert f"{name} cannot be written in {tmp_path / folder}" in err


def test_search_tells_what_it_found_and_wrote_where_a_file_fails(capsys, catalog, shelf, tmp_path):
    asked = ["-k", 2, *ALL, "--html", tmp_path / "a.html", "--sheet", tmp_path / "a.png"]
    asked += ["--reel", tmp_path / "a.mp4", "--overwrite"]
    (film,) = shelf.iterdir()
    # A contact sheet needs no film, a reel does.
    gone = film.rename(tmp_path / "moved.mp4")
    try:
        code, out, err = run(capsys, "search", catalog, "a dog", *asked)
        assert code == 1
        assert out.startswith("2 shots match 'a dog'")
        *written, error = err.splitlines()
        assert written == [f"pictures: {(tmp_path / 'a.html').as_uri()}", f"sheet: {tmp_path / 'a.png'}"]
        assert "The file of 1 film is not where the catalog knows" in error
        code, out, err = run(capsys, "search", catalog, "a dog", *asked, "--json")
        answer = json.loads(out)
        assert (code, len(answer["hits"]), len(err.splitlines())) == (1, 2, 1)
        assert answer["html"] == str(tmp_path / "a.html")
        assert answer["sheet"] == str(tmp_path / "a.png")
        assert "reel" not in answer
    finally:
        gone.rename(film)


def test_search_writes_no_file_of_nothing(capsys, catalog, tmp_path):
    asked = ["--export", tmp_path / "a.edl", "--reel", tmp_path / "a.mp4", "--sheet", tmp_path / "a.png"]
    code, _, _ = run(capsys, "search", catalog, "a dog", "--where", "duration_s=500..", *asked)
    assert code == 3
    assert list(tmp_path.iterdir()) == []


def test_status_and_verify_are_read_by_people_and_by_scripts(capsys, catalog):
    code, out, _ = run(capsys, "status", catalog)
    assert code == 0
    assert out.strip()
    assert isinstance(json.loads(run(capsys, "status", catalog, "--json")[1]), dict)
    assert run(capsys, "verify", catalog)[:2] == (0, "every stored file is as it was written\n")
    assert json.loads(run(capsys, "verify", catalog, "--json")[1]) == {"problems": []}


def test_verify_finds_damage_with_3(capsys, catalog, tmp_path):
    shutil.copytree(catalog, tmp_path / "copy")
    part = next((tmp_path / "copy").rglob("*-shots.parquet"))
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    code, out, _ = run(capsys, "verify", tmp_path / "copy")
    assert code == 3
    assert part.name in out
    code, out, _ = run(capsys, "verify", tmp_path / "copy", "--json")
    assert (code, len(json.loads(out)["problems"])) == (3, 1)


def test_debug_shows_where_an_error_came_from(tmp_path):
    typed = [*PYTHON, "status", str(tmp_path / "typo")]
    plain = subprocess.run(typed, capture_output=True, text=True)
    assert (plain.returncode, "Traceback" in plain.stderr) == (1, False)
    shown = subprocess.run([*typed, "--debug"], capture_output=True, text=True)
    assert (shown.returncode, "Traceback" in shown.stderr) == (1, True)


def test_an_error_that_nobody_foresaw_is_one_line_too(capsys, monkeypatch, tmp_path):
    from vidsearch_sdk.cli import commands

    def broken(given):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr(commands, "status", broken)
    code, out, err = run(capsys, "status", tmp_path)
    assert (code, out) == (1, "")
    assert err == "vidsearch: unexpected ZeroDivisionError: a b (--debug shows where; please report it)\n"


@pytest.mark.parametrize("typed", [["--help"], ["search", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_neither_torch_nor_pandas(typed):
    script = (
        "import sys\nfrom vidsearch_sdk.cli.main import main\n"
        f"try: main({typed!r})\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'pandas', 'numpy', 'pyarrow', 'av', 'PIL', 'dask'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_commands_without_an_encoder_do_not_load_torch(catalog):
    script = (
        "import sys\nfrom vidsearch_sdk.cli.main import main\n"
        f"code = main(['status', {str(catalog)!r}]) or main(['verify', {str(catalog)!r}])\n"
        "sys.exit('torch was loaded' if 'torch' in sys.modules else code)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_a_reader_that_goes_away_ends_it_quietly(catalog):
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*PYTHON, "status", str(catalog)], stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, "")


def test_ctrl_c_is_one_line_and_the_work_goes_on_afterwards(capsys, tmp_path, shelf):
    place = tmp_path / "c"
    run(capsys, "add", place, shelf)
    running = subprocess.Popen(
        [*PYTHON, "segment", str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    # Decoding has begun when the child that decodes is there.
    deadline = time.monotonic() + 60
    while not children_of(running.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("vidsearch: interrupted")
    assert run(capsys, "segment", place)[0] == 0


def children_of(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in path.read_text().split()]
    except OSError:
        return []
