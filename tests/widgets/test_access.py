import re

import pytest
from playwright.sync_api import expect

from tests.widgets.pretend import Pretend


def test_the_grid_reads_as_a_list_of_shots_with_named_buttons(show):
    one = show(Pretend(3))
    expect(one.root).to_match_aria_snapshot("""
      - group "Shots found":
        - paragraph
        - list "3 shots":
          - listitem:
            - button "Shot 1001, Harbor at dawn, reel 1 at 00:00:00.000, score 0.81"
            - group "Shot 1001":
              - button "Pick"
              - button "Thumb up"
              - button "Thumb down"
              - button "More like this"
              - button "Not like this"
              - button "What follows"
              - button "Details"
          - listitem
          - listitem
        - region "Tray":
          - heading "Tray" [level=3]
          - button "Hand over"
    """)


def test_every_button_field_and_picture_has_a_name(show):
    one = show(Pretend(12))
    page = one.page
    one.play_button(2).focus()
    for key in ("x", "d", "?"):
        page.keyboard.press(key)
        page.wait_for_timeout(80)
    one.play_button(1).click()
    expect(one.stage).to_be_visible()
    page.get_by_role("button", name="Hand over").click()
    nameless = page.evaluate("""() => {
      const named = document.querySelectorAll('.vs-desk :is(button, input, select, video, [role=img])');
      const label = (one) => one.getAttribute('aria-label') ?? (one.closest('label') ?? one).textContent;
      return [...named].filter((one) => !label(one).trim()).map((one) => one.outerHTML);
    }""")
    assert nameless == []
    # Pictures that a button names are not read a second time.
    assert page.locator(".vs-play img:not([alt=''])").count() == 0


def test_pressed_and_expanded_are_said(show):
    one = show(Pretend(6))
    one.play_button(2).focus()
    one.page.keyboard.press("x")
    one.page.keyboard.press("+")
    expect(one.tile(2)).to_match_aria_snapshot("""
      - listitem:
        - button /Shot 1003/
        - group "Shot 1003":
          - button "Picked as number 1" [pressed]
          - button "Thumb up" [pressed]
          - button "Thumb down"
    """)


MODIFIERS = {"Alt", "AltGraph", "Control", "Meta", "Shift"}
NAMED = {
    "Enter",
    "Escape",
    "Delete",
    "Space",
    "Plus",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "ArrowDown",
    "Home",
    "End",
}


@pytest.mark.parametrize("kind", ["grid", "explorer"])
def test_shortcuts_are_written_as_the_attribute_asks(show, kind):
    pretend = Pretend(6)
    one = show(pretend, kind=kind)
    one.play_button(2).focus()
    for key in ("x", "m", "b"):
        one.page.keyboard.press(key)
        one.page.wait_for_timeout(80)
    one.play_button(1).click()
    expect(one.stage).to_be_visible()
    written = one.page.evaluate(
        "() => [...document.querySelectorAll('.vs-desk [aria-keyshortcuts]')]"
        ".map((one) => one.getAttribute('aria-keyshortcuts'))"
    )
    shortcuts = {shortcut for each in written for shortcut in each.split(" ")}
    assert {"ArrowLeft", "ArrowRight", "Plus", "-", "Space", "Shift+ArrowLeft"} <= shortcuts
    for shortcut in shortcuts:
        *held, key = shortcut.split("+")
        assert set(held) <= MODIFIERS
        assert key in NAMED or (len(key) == 1 and key.isprintable() and not key.isspace()), shortcut
    # The tip has the keys as they are read.
    expect(one.stage.get_by_role("button", name="One frame on")).to_have_attribute(
        "title", "One frame on (Right)"
    )
    expect(one.tile(1).locator('[data-do="up"]')).to_have_attribute("title", "Thumb up (+)")


def test_what_happens_is_said(show):
    one = show(Pretend(6))
    said = one.page.get_by_role("status").first
    one.play_button(2).focus()
    one.page.keyboard.press("x")
    expect(said).to_contain_text("1 pick in the tray")
    one.page.keyboard.press("-")
    expect(said).to_contain_text("Thumb down")
    one.page.keyboard.press("m")
    expect(said).to_contain_text("30 shots for more like shot 3")


@pytest.mark.parametrize("color", ["light", "dark"])
def test_the_focus_is_seen_by_two_pixels(show, color):
    one = show(Pretend(6), color=color)
    outline = """(one) => {
      const style = getComputedStyle(one);
      return [style.outlineStyle, style.outlineWidth, style.outlineColor];
    }"""
    one.page.locator("#before").focus()
    one.page.keyboard.press("Tab")
    one.page.keyboard.press("Tab")
    blue = "rgb(25, 103, 210)" if color == "light" else "rgb(138, 180, 248)"
    assert one.tile(0).locator(".vs-picture").evaluate(outline) == ["solid", "2px", blue]
    seen = []
    for _ in range(10):
        one.page.keyboard.press("Tab")
        if one.page.evaluate("() => document.activeElement.closest('.vs-desk') !== null"):
            seen.append(one.page.evaluate(f"() => ({outline})(document.activeElement)"))
    assert len(seen) >= 8
    assert all(style == "solid" and width == "2px" for style, width, _ in seen)


def luminance(color):
    parts = [float(one) for one in re.findall(r"[\d.]+", color)[:3]]
    # A color that was mixed is told in shares.
    scale = parts if color.startswith("color(srgb") else [one / 255 for one in parts]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in scale]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("color", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(31, 30, 29)")])
def test_texts_stand_out_from_the_ground(show, color, ground):
    one = show(Pretend(6), color=color)
    for selector in (
        ".vs-name",
        ".vs-why",
        ".vs-head",
        ".vs-quiet",
        ".vs-score",
        ".vs-said",
        ".vs-change",
        ".vs-tray .vs-quiet",
    ):
        ink = one.page.locator(selector).first.evaluate("(one) => getComputedStyle(one).color")
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, selector


def test_with_forced_colors_everything_is_still_there(show):
    one = show(Pretend(6), forced=True)
    one.tile(0).hover()
    one.tile(0).get_by_role("button", name="Pick").click()
    expect(one.tile(0).get_by_role("button", name="Picked as number 1")).to_be_visible()
    one.play_button(1).click()
    expect(one.stage).to_be_visible()
