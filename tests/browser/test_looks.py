"""A narrow and a wide column, the light and the dark theme: nothing runs over, words can be read.

Pictures of each are left in the folder that ``VIDSEARCH_SCREENSHOTS`` names.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

ASK = 'hits = index.search("a dog in a meadow", k=12); hits'
EXPLORE = 'explorer = vs.explore(index, "a turtel underwater", where={"duration_s": (1, 10)}); explorer'
WIDTHS = {"narrow": 280, "usual": 860, "wide": 1600}
THEMES = ("JupyterLab Light", "JupyterLab Dark")

# Words against what lies behind them, as WCAG counts contrast; a color that is partly clear is laid over it.
_CONTRAST = """(area) => {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = color; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data]; };
  const over = (top, below) => top.slice(0, 3).map((c, i) => (c * top[3] + below[i] * (255 - top[3])) / 255);
  const linear = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => { const [r, g, b] = c.map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const poor = [];
  for (const one of area.querySelectorAll('*')) {
    const words = [...one.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    // Words over pictures have a ground of their own or none that could be counted.
    if (!words.length || one.closest('.vs-picture, video, .vs-unseen, :disabled')) continue;
    if (!one.checkVisibility({ checkOpacity: true })) continue;
    const ground = behind(one);
    const ink = over(rgba(getComputedStyle(one).color), ground);
    const [high, low] = [light(ink), light(ground)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) poor.push([words[0].data.trim().slice(0, 40), one.className, ratio.toFixed(2)]);
  }
  return poor;
}"""


@pytest.fixture
def theme(book):
    def choose(name: str) -> None:
        book.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name
        )
        book.page.wait_for_function(
            "(light) => document.body.dataset.jpThemeLight === String(light)", arg="Light" in name
        )

    yield choose
    choose(THEMES[0])


@pytest.fixture
def narrow(book):
    """Makes the column of the output so many pixels wide."""
    size = book.page.viewport_size

    def make(width: int) -> None:
        if width > 900:
            book.page.set_viewport_size({"width": width + 500, "height": 1000})
        book.outputs(1).locator(".jp-OutputArea-output").last.evaluate(
            "(one, width) => (one.style.cssText += `;flex:none;width:${width}px;max-width:${width}px`)",
            width,
        )

    yield make
    book.page.set_viewport_size(size)


@pytest.mark.parametrize("column", WIDTHS)
@pytest.mark.parametrize("shown", ["grid", "explorer"])
@pytest.mark.parametrize("theme_name", THEMES, ids=["light", "dark"])
def test_it_fits_and_can_be_read(book, theme, narrow, theme_name, shown, column):
    theme(theme_name)
    grid = book.show(ASK if shown == "grid" else EXPLORE)
    narrow(WIDTHS[column])
    if shown == "explorer":
        grid.root.get_by_role("button", name=re.compile("^Filters")).click()
        expect(grid.root.get_by_role("region", name="Filters").get_by_role("group").first).to_be_visible()
    for at in (0, 1):
        grid.focus(at)
        grid.press("x")
    expect(grid.picks).to_have_count(2)
    grid.press("e")
    grid.focus(0)
    grid.press("Enter")
    grid.plays()
    grid.press("k")
    picture(book, f"{book.front}-{shown}-{column}-{theme_name.split()[1].lower()}")
    fits(grid, WIDTHS[column])
    assert grid.root.evaluate(_CONTRAST) == []


def fits(grid, width: int) -> None:
    box = grid.root.bounding_box()
    assert box["width"] <= width + 1
    over = grid.root.evaluate(
        """(root) => {
          const edge = root.getBoundingClientRect();
          const clip = root.closest('.jp-OutputArea-output').getBoundingClientRect();
          return [...root.querySelectorAll('button, input, select, img, video, p, .vs-pick-item')]
            .filter((one) => one.checkVisibility({ checkOpacity: true }) && !one.closest('.vs-unseen'))
            .filter((one) => one.getBoundingClientRect().width > 0)
            .filter((one) => {
              const box = one.getBoundingClientRect();
              const [left, right] = [Math.max(edge.left, clip.left), Math.min(edge.right, clip.right)];
              return box.right > right + 1 || box.left < left - 1;
            })
            .map((one) => [one.localName, one.className, one.getAttribute('aria-label')]);
        }"""
    )
    assert over == []
    assert grid.root.evaluate("(one) => one.scrollWidth <= one.clientWidth")


def picture(book, name: str) -> None:
    folder = os.environ.get("VIDSEARCH_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        book.outputs(1).screenshot(path=str(Path(folder) / f"{name}.png"))
