from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.widgets.pretend import Pretend

OUTSIDE = """() => {
  const root = document.querySelector('.vs-desk');
  const box = root.getBoundingClientRect();
  const outside = (one) => {
    const own = one.getBoundingClientRect();
    const shown = one.getClientRects().length && !one.closest('.vs-unseen');
    return shown && (own.right > box.right + 0.5 || own.left < box.left - 0.5);
  };
  const all = root.querySelectorAll('button, input, select, p, .vs-picture, video, dl, ol, .vs-scroll');
  return [...all].filter(outside).map((one) => one.className);
}"""


@pytest.mark.parametrize("width", [280, 360, 600, 900, 1400, 2000])
def test_all_of_it_fits(show, width):
    one = show(Pretend(60), width=width + 32, height=900)
    page = one.page
    assert page.locator(".vs-desk").bounding_box()["width"] == width
    one.play_button(2).focus()
    for key in ("x", "d", "Escape"):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    one.play_button(1).click()
    expect(one.stage).to_be_visible()
    page.get_by_role("button", name="Hand over").click()
    page.locator(".vs-tray").click(position={"x": 2, "y": 2})
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    tile = one.tile(0).bounding_box()["width"]
    assert tile >= 200 or width < 420
    # The transport fits in its row, and what is to be clicked is large enough.
    for button in one.stage.get_by_role("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24


def test_no_two_buttons_of_a_tile_lie_on_each_other(show):
    for width in (280, 452):
        one = show(Pretend(4), width=width + 32)
        one.tile(0).hover()
        boxes = sorted(
            (one.tile(0).locator(".vs-acts button").nth(n).bounding_box() for n in range(7)),
            key=lambda box: box["x"],
        )
        for left, right in pairwise(boxes):
            assert left["x"] + left["width"] <= right["x"] + 0.5
        assert min(box["width"] for box in boxes) >= 24


@pytest.mark.parametrize("kind", ["grid", "explorer"])
def test_it_stays_within_the_output_and_its_parts_line_up(show, kind):
    one = show(Pretend(60), kind=kind)
    # What a notebook draws outputs into: no wider than the cell, and it scrolls what is.
    one.page.evaluate("() => { main.style.overflow = 'auto'; }")
    one.play_button(0).focus()
    one.page.keyboard.press("x")
    expect(one.page.locator(".vs-pick-item")).to_have_count(1)
    assert one.page.evaluate("() => main.scrollWidth <= main.clientWidth")
    left = {
        name: one.page.locator(name).first.bounding_box()["x"]
        for name in (".vs-told-head", ".vs-scroll .vs-picture", ".vs-tray-title", ".vs-pick-item")
    }
    assert max(left.values()) - min(left.values()) <= 1.5, left
    # Room for the ring of the focus on both sides.
    room = one.page.evaluate("""() => {
      const { left, right } = document.querySelector('.vs-scroll').getBoundingClientRect();
      const pictures = [...document.querySelectorAll('.vs-scroll .vs-picture')];
      const boxes = pictures.map((one) => one.getBoundingClientRect());
      return Math.min(...boxes.map((box) => Math.min(box.left - left, right - box.right)));
    }""")
    assert room >= 4
