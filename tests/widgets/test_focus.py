"""Where the keyboard's focus goes when the button that was pressed goes away: never to nowhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.widgets.pretend import Pretend


def press(one, *keys):
    for key in keys:
        one.page.keyboard.press(key)


@pytest.fixture
def form(show):
    """A desk with one pick, its form open, after a pause in all it writes."""

    def opened(slow_s=0.6):
        pretend = Pretend(12)
        pretend.slow_s = slow_s
        one = show(pretend)
        one.play_button(0).focus()
        press(one, "x", "e")
        expect(one.page.locator(".vs-pick-item")).to_have_count(1)
        expect(one.page.get_by_role("textbox", name="File name")).to_be_focused()
        return one

    return opened


def test_after_an_error_is_dismissed_it_is_where_it_came_from(show):
    one = show(Pretend(12))
    one.play_button(3).focus()
    press(one, "f")
    alert = one.page.get_by_role("alert")
    alert.get_by_role("button", name="Dismiss").focus()
    press(one, "Enter")
    expect(alert).to_have_count(0)
    expect(one.play_button(3)).to_be_focused()
    # The same by Escape on the button itself.
    press(one, "f")
    alert.get_by_role("button", name="Dismiss").focus()
    press(one, "Escape")
    expect(one.play_button(3)).to_be_focused()


def test_after_an_error_whose_tile_is_gone_it_is_at_the_current_one(show):
    one = show(Pretend(12))
    one.play_button(3).focus()
    press(one, "f")
    alert = one.page.get_by_role("alert")
    one.play_button(1).focus()
    press(one, "m")
    expect(one.page.locator(".vs-query")).to_have_text("more like shot 2")
    alert.get_by_role("button", name="Dismiss").focus()
    press(one, "Enter")
    expect(one.play_button(0)).to_be_focused()


def test_after_slow_work_is_cancelled_or_done_it_is_where_it_began(show):
    pretend = Pretend(12)
    pretend.pause_s = 20.0
    one = show(pretend)
    cancel = one.page.locator(".vs-busy").get_by_role("button", name="Cancel")
    one.play_button(2).focus()
    press(one, "n")
    cancel.focus()
    press(one, "Enter")
    expect(one.page.locator(".vs-busy")).to_be_hidden()
    expect(one.play_button(2)).to_be_focused()
    pretend.pause_s = 1.5
    press(one, "n")
    cancel.focus()
    expect(one.page.locator(".vs-query")).to_have_text("not like shot 3")
    expect(one.page.locator(".vs-busy")).to_be_hidden()
    expect(one.play_button(0)).to_be_focused()


def test_replace_it_leads_to_the_button_that_wrote(form):
    one = form()
    one.page.get_by_role("textbox", name="File name").fill("there.edl")
    press(one, "Enter")
    one.page.get_by_role("button", name="Replace it").focus()
    press(one, "Enter")
    expect(one.page.locator(".vs-hand-said")).to_have_text("Written: /films/there.edl")
    expect(one.page.get_by_role("button", name="Export")).to_be_focused()


def test_while_a_file_is_replaced_it_is_at_cancel_and_then_at_the_button_that_wrote(form):
    one = form(slow_s=30.0)
    one.page.get_by_role("radio", name="Reel").check()
    one.page.get_by_role("textbox", name="File name").fill("there.mp4")
    one.pretend.slow_s = 0.1
    press(one, "Enter")
    replace = one.page.get_by_role("button", name="Replace it")
    expect(replace).to_be_visible()
    one.pretend.slow_s = 30.0
    replace.focus()
    press(one, "Enter")
    cancel = one.page.locator(".vs-hand").get_by_role("button", name="Cancel")
    expect(cancel).to_be_focused()
    press(one, "Enter")
    expect(one.page.locator(".vs-hand-said")).to_have_text("Cancelled; nothing was written.")
    expect(one.page.get_by_role("button", name="Make")).to_be_focused()


def test_an_error_of_the_form_leads_back_to_its_button(form):
    one = form()
    one.page.get_by_role("textbox", name="File name").fill("there.edl")
    press(one, "Enter")
    one.page.get_by_role("alert").get_by_role("button", name="Dismiss").focus()
    press(one, "Enter")
    expect(one.page.get_by_role("button", name="Export")).to_be_focused()


def test_the_form_that_closes_leads_back_to_its_opener(form):
    one = form()
    one.page.get_by_role("radio", name="Timeline").focus()
    press(one, "e")
    expect(one.page.get_by_role("form", name="Hand over")).to_be_hidden()
    expect(one.page.get_by_role("button", name="Hand over")).to_be_focused()
