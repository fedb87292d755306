"""Take the pictures of the pages: what stands in a real JupyterLab after a few clicks, in a real browser.

    python -m docs.assets.take                # all of them, into docs/assets
    python -m docs.assets.take grid explorer  # some, by the beginnings of their names

Needs Chromium and the packages of ``[dev]``. Look at every picture afterwards.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator

from docs.assets.episodes import episodes_catalog
from tests.browser.chromium import running_chromium
from tests.browser.jupyter_server import JupyterServer, running_jupyter
from tests.browser.notebook_page import NotebookPage, open_notebook

HERE = Path(__file__).parent
SCALE = 1.5
_COLORS = 256
_EDGE = 2
_THEME = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
# All but the notebook itself.
_BARE = """
#jp-top-panel, #jp-menu-panel, #jp-bottom-panel, .jp-SideBar, .jp-NotebookPanel-toolbar, .jp-Notebook-footer,
.jp-cell-toolbar, .jp-Collapser { display: none !important }
.vs-scroll { max-height: none !important }
.jp-Notebook .jp-Cell { border-color: transparent !important }
"""


Act = Callable[[NotebookPage, Locator], None]


@dataclass(frozen=True)
class Shot:
    """One picture.

    Attributes:
        cells: The notebook; the last cell is what is seen.
        act: What a person does in it.
        dark: In the dark theme.
        width: Of the browser's window, in pixels of CSS.
        height: Likewise; long enough for the whole cell.
    """

    cells: Sequence[str]
    act: Act
    dark: bool = False
    width: int = 1180
    height: int = 1900


def take(shot: Shot, *, browser: Browser, server: JupyterServer, setup: str, name: str) -> Image.Image:
    """Open the notebook, do what is to be done, and take the last cell."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height}, device_scale_factor=SCALE
    )
    try:
        book = open_notebook(server, context, "lab", [setup, *shot.cells], name=f"{name}.ipynb")
        page = book.page
        page.evaluate(_THEME, "JupyterLab Dark" if shot.dark else "JupyterLab Light")
        page.add_style_tag(content=_BARE)
        page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        cell = page.locator(".jp-Notebook .jp-Cell").nth(len(shot.cells))
        desk = cell.locator(".vs-desk")
        desk.locator(".vs-tile").first.wait_for(timeout=60_000)
        shot.act(book, desk)
        page.mouse.move(2, 2)
        page.wait_for_timeout(600)
        box = cell.bounding_box()
        assert box is not None
        clip = {
            "x": box["x"], "y": box["y"] + _EDGE, "width": box["width"], "height": box["height"] - _EDGE,
        }  # fmt: skip
        drawn = page.screenshot(clip=clip)  # type: ignore[arg-type]
        book.close()
    finally:
        context.close()
    return Image.open(io.BytesIO(drawn)).convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)


def _focus(desk: Locator, at: int) -> None:
    desk.locator(".vs-tile .vs-play").nth(at).focus()


def _pick(*places: int) -> Act:
    def act(book: NotebookPage, desk: Locator) -> None:
        for number, at in enumerate(places, start=1):
            _focus(desk, at)
            book.page.keyboard.press("x")
            desk.locator(".vs-pick-item").nth(number - 1).wait_for()
        _focus(desk, 1)

    return act


def _play(book: NotebookPage, desk: Locator) -> None:
    _focus(desk, 1)
    book.page.keyboard.press("Enter")
    video = desk.locator(".vs-stage video")
    video.wait_for()
    book.page.wait_for_function("(video) => video.currentTime > 0.9", arg=video.element_handle())
    book.page.keyboard.press("k")
    book.page.keyboard.press("ArrowRight")


def _filter(book: NotebookPage, desk: Locator) -> None:
    desk.get_by_role("button", name="Filters").first.click()
    desk.locator(".vx-parts fieldset").first.wait_for()
    _pick(0, 2)(book, desk)


def _hand_over(book: NotebookPage, desk: Locator) -> None:
    _pick(2, 0, 1, 3)(book, desk)
    book.page.keyboard.press("e")
    form = desk.locator(".vs-hand")
    form.get_by_label("Handles in seconds").fill("1")
    form.get_by_label("File name").fill("night selects")
    form.get_by_label("Format").select_option(".otio")
    book.page.keyboard.press("Escape")
    book.page.keyboard.press("e")


_SEARCH = 'hits = index.search("an animal at night", k=10)\nhits'
_EXPLORE = (
    'where = {"opened_by": "cut", "duration_s": (2.5, None)}\n'
    'explorer = vs.explore(index, "an animl at night", k=9, where=where)\n'
    "explorer"
)

SHOTS: dict[str, Shot] = {
    "grid-light": Shot((_SEARCH,), _pick(2, 0, 6)),
    "grid-dark": Shot((_SEARCH,), _pick(2, 0, 6), dark=True),
    "grid-narrow": Shot((_SEARCH,), _pick(2, 0, 6), width=520),
    "player": Shot((_SEARCH,), _play),
    "player-dark": Shot((_SEARCH,), _play, dark=True),
    "explorer": Shot((_EXPLORE,), _filter),
    "explorer-dark": Shot((_EXPLORE,), _filter, dark=True),
    "hand-over": Shot((_SEARCH.replace("10", "5"),), _hand_over),
}


def main(names: Sequence[str]) -> None:
    """Take the pictures whose names begin so; all without names."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_chromium() as browser,
        running_jupyter(Path(folder) / "jupyter") as server,
    ):
        catalog = episodes_catalog(Path(folder))
        setup = (
            "import vidsearch_sdk as vs\n\n"
            f'index = vs.ShotIndex.open(vs.Catalog({str(catalog)!r}), vs.Encoder("sample"))\n'
            'index.search("night"); None'
        )
        for name, shot in SHOTS.items():
            if not names or name.startswith(tuple(names)):
                picture = take(shot, browser=browser, server=server, setup=setup, name=name)
                picture.save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
