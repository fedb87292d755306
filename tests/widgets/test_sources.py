import re
import shutil
import subprocess
from importlib.resources import files

import pytest

from vidsearch_sdk.widgets.sources import SCRIPTS, SHEETS, script, sheet

ROOM = files("vidsearch_sdk.widgets")


def test_every_file_is_joined_and_only_the_last_one_exports():
    assert sorted(one.name for one in ROOM.joinpath("js").iterdir()) == sorted(SCRIPTS)
    assert sorted(one.name for one in ROOM.iterdir() if one.name.endswith(".css")) == sorted(SHEETS)
    assert len(re.findall(r"^(?:export|import)\b", script(), re.MULTILINE)) == 1
    assert "export default" in ROOM.joinpath("js", SCRIPTS[-1]).read_text(encoding="utf-8")


def test_no_name_at_the_top_of_a_file_is_made_twice():
    texts = "\n".join(ROOM.joinpath("js", name).read_text(encoding="utf-8") for name in SCRIPTS)
    names = re.findall(r"^(?:async )?(?:function\*?|class|const|let|var) (\w+)", texts, re.MULTILINE)
    assert len(names) > 50
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_makes_markup_of_a_text(name):
    text = ROOM.joinpath("js", name).read_text(encoding="utf-8")
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "createContextualFragment",
        "eval(",
        "new Function",
        "srcdoc",
        "javascript:",
        "setHTML",
        "http://",
        "https://",
    ):
        allowed = text.count('"http://www.w3.org/2000/svg"') if way == "http://" else 0
        assert text.count(way) == allowed, way


def test_sheets_load_nothing_and_reach_nothing_outside_the_desk():
    text = re.sub(r"/\*.*?\*/", "", sheet(), flags=re.DOTALL)
    assert "url(" not in text
    assert "@import" not in text
    text = re.sub(r"@keyframes [\w-]+ \{(?:[^{}]*\{[^{}]*\})*\s*\}", "", text)
    text = re.sub(r"@(?:media|container)[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", r"\1", text)
    blocks = re.findall(r"([^{}]+)\{", text)
    selectors = [one.strip() for block in blocks for one in re.split(r",(?![^(]*\))", block)]
    assert len(selectors) > 150
    wild = [
        one for one in selectors if not re.match(r"(\[data-jp-theme-light=\S+ )?\.vidsearch(?![\w-])", one)
    ]
    assert wild == []


def test_the_joined_module_is_one_that_can_be_read(tmp_path):
    if (node := shutil.which("node")) is None:
        pytest.skip("no node: the syntax is read by the browser of the other tests")
    joined = tmp_path / "desk.mjs"
    joined.write_text(script(), encoding="utf-8")
    assert subprocess.run([node, "--check", joined], capture_output=True, check=False).returncode == 0
