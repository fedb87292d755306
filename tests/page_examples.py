"""The examples of a page, run one after another as a reader would.

A block of Python followed by a block of text shows what the first prints: what it writes, then the value of
its last line, as a notebook does. An error of the package is what it says.

    python -m tests.page_examples docs/queries.md

runs a page in an empty folder and puts what its examples print now in place of what the page says they do.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_PYTHON, _TEXT = r"^```python\n(?P<code>.*?)^```\n", r"(?:\n```text\n(?P<shown>.*?)^```\n)?"
_BLOCK = re.compile(_PYTHON + _TEXT, re.MULTILINE | re.DOTALL)
# Last line of an answer: of interest once, and never the same.
_TIMES = re.compile(r"^time: .*\n?", re.MULTILINE)
_WIDTH = 100


class Example(NamedTuple):
    """A block of Python.

    Attributes:
        line: Where it begins, from 1.
        code: What stands in it.
        shown: What the page says that it prints; ``None`` where it says nothing.
        printed: What it printed.
    """

    line: int
    code: str
    shown: str | None
    printed: str


def run_page(page: Path) -> Iterator[Example]:
    """Run the examples of a page in the current folder, each with the names that those before it left.

    Raises:
        Exception: One failed, and the page does not say so.
    """
    from vidsearch_sdk.errors import VidsearchError

    text = page.read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__page__"}
    for block in _BLOCK.finditer(text):
        line = text[: block.start()].count("\n") + 2
        written = io.StringIO()
        try:
            with contextlib.redirect_stdout(written):
                _run(block["code"], names, where=f"{page.name}, line {line}")
        except VidsearchError as error:
            if block["shown"] is None:
                raise
            said = textwrap.fill(f"{type(error).__name__}: {error}", _WIDTH, break_on_hyphens=False)
            written.write(said + "\n")
        yield Example(line, block["code"], block["shown"], _TIMES.sub("", written.getvalue()))


def refreshed(page: Path) -> str:
    """The text of a page with what its examples print now; run in the current folder."""
    printed = iter([example.printed for example in run_page(page)])

    def again(block: re.Match[str]) -> str:
        now = next(printed)
        return block[0] if block["shown"] is None else f"```python\n{block['code']}```\n\n```text\n{now}```\n"

    return _BLOCK.sub(again, page.read_text(encoding="utf-8"))


def _run(code: str, names: dict[str, Any], *, where: str) -> None:
    read = ast.parse(code, filename=where)
    last = read.body.pop() if read.body and isinstance(read.body[-1], ast.Expr) else None
    exec(compile(read, where, "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), where, "eval"), names)  # type: ignore[attr-defined]
        if value is not None:
            sys.stdout.write(f"{value!r}\n")


def main() -> None:
    for name in sys.argv[1:]:
        page, before = Path(name).absolute(), Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                text = refreshed(page)
            finally:
                os.chdir(before)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
