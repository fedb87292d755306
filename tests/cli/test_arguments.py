import re
import shlex

import pytest
from PIL import Image

from vidsearch_sdk.cli.arguments import make_parser, parse
from vidsearch_sdk.query.algebra.terms import Words
from vidsearch_sdk.query.algebra.typed import typed

COMMANDS = ["demo", "add", "segment", "index", "search", "evaluate", "compare", "status", "verify"]


def make_search_help() -> str:
    commands = next(action for action in make_parser()._actions if action.dest == "command")
    return commands.choices["search"].format_help()


def test_the_number_of_shots_may_be_short():
    assert (
        parse(["search", "films", "dog", "-k", "5"]).k == parse(["search", "films", "dog", "--k", "5"]).k == 5
    )


def test_words_may_stand_on_both_sides_of_an_option():
    given = parse(["search", "films", "a", "dog", "--k", "5", "on", "a", "beach", "--json"])
    assert (given.catalog, given.words, given.k, given.json) == (
        "films",
        ["a", "dog", "on", "a", "beach"],
        5,
        True,
    )
    given = parse(["search", "films", "--k", "5", "a dog"])
    assert given.words == ["a dog"]
    given = parse(["add", "films", "a.mp4", "--column", "show=Dark", "b.mp4"])
    assert given.films == ["a.mp4", "b.mp4"]


@pytest.mark.parametrize(
    "typed",
    [
        [],
        ["serach", "films", "dog"],
        ["search"],
        ["search", "films"],
        ["search", "films", "dog", "--image", "x.jpg"],
        ["search", "films", "--image", "x.jpg", "--shot", "y-1"],
        ["search", "films", "dog", "--k", "0"],
        ["search", "films", "dog", "--k", "many"],
        ["search", "films", "dog", "--kk", "3"],
        ["search", "films", "dog", "--handles", "0.5"],
        ["search", "films", "dog", "--handles", "-1", "--export", "a.edl"],
        ["search", "films", "dog", "--handles", "nan", "--export", "a.edl"],
        ["search", "films", "dog", "--titles", "--sheet", "a.png"],
        ["search", "films", "dog", "--overwrite", "--html", "a.html"],
        ["add", "films"],
        ["status", "films", "more"],
        ["segment", "films", "--ret"],
    ],
    ids=" ".join,
)
def test_what_is_typed_wrongly_ends_with_2_and_one_line(typed, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(typed)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "error:" in said.err.splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        parse([command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"vidsearch {command}" in said
    assert "--json" in said


def test_every_query_in_the_help_of_search_can_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("ref.jpg", "cat.jpg"):
        Image.new("RGB", (4, 4)).save(name)
    shown = [line.strip() for line in make_search_help().split("read as it:")[1].split("\n")]
    shapes = [line.split("  ")[0] for line in shown if line.startswith(("text(", "image("))]
    examples = [line for line in shown if line.startswith("vidsearch search films")]
    assert len(shapes) >= 5
    assert len(examples) >= 4
    queries = [shlex.split(example)[3:] for example in examples]
    words = [" ".join(parse(["search", "films", *query]).words) for query in queries]
    assert isinstance(typed(words[0]), Words)
    for query in [*words[1:], *shapes]:
        query = query.replace('"ID"', '"0123456789abcdef-12"')
        for one in re.findall(r"(?:image|shot|clip)\(.*?\)", query) if ", shot(" in query else [query]:
            assert not isinstance(typed(one), Words), one


def test_help_names_every_exit_code():
    said = make_parser().format_help()
    for code in ("0", "1", "2", "3", "130"):
        assert f"\n  {code} " in said
    assert all(command in said for command in COMMANDS)
