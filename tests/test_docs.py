"""The documentation names what exists, and what exists is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import vidsearch_sdk

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _text(*paths: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_every_public_name_is_in_the_reference():
    reference = _text(*(ROOT / "docs" / "api").glob("*.md"))
    errors = {
        name
        for name in vidsearch_sdk.__all__
        if name[0].isupper() and issubclass(getattr(vidsearch_sdk, name), Exception)
    }
    assert "::: vidsearch_sdk.errors" in reference
    for name in set(vidsearch_sdk.__all__) - errors:
        assert re.search(rf"\b{name}\b", reference), name


def test_every_command_is_described():
    page = _text(ROOT / "docs" / "command-line.md")
    helped = subprocess.run(
        [sys.executable, "-m", "vidsearch_sdk", "--help"], capture_output=True, text=True, check=True
    ).stdout
    commands = re.findall(r"^    (\w+)  ", helped.split("options:")[0], re.MULTILINE)
    assert {"demo", "add", "segment", "index", "search", "status", "verify"} <= set(commands)
    for command in commands:
        assert f"## vidsearch {command}" in page, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_files_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_make_targets_in_the_readme_exist():
    makefile = _text(ROOT / "Makefile")
    for target in re.findall(
        r"^make (\w+)", _text(ROOT / "README.md", ROOT / "CONTRIBUTING.md"), re.MULTILINE
    ):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
