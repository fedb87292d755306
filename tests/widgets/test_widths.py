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
    return shown && (own.right > box.right + 7 || own.left < box.left - 7);
  };
  const all = root.querySelectorAll('button, input, select, p, .vs-picture, video, dl');
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
