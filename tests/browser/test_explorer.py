"""The explorer in a notebook: one thing with its object in the kernel; the file keeps its last answer."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

OPEN = "explorer = vs.explore(index); explorer"


@pytest.fixture
def explorer(book):
    return book.show(OPEN)


def box(explorer):
    return explorer.root.get_by_role("textbox", name="What are you looking for?")


def agrees(book, expression: str, wanted) -> None:
    """Wait until an expression in the kernel has a value."""
    until = time.monotonic() + 15
    while (value := book.value(expression)) != wanted and time.monotonic() < until:
        time.sleep(0.05)
    assert value == wanted


def first_shot(explorer) -> str:
    return explorer.play_button(0).get_attribute("aria-label")


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_a_query_is_typed_and_can_be_gone_back_from(book, explorer, how):
    # Without a query all shots are there to look at.
    expect(explorer.tiles.nth(47)).to_be_attached()
    for words in ("a dog in a meadow", "a turtle underwater"):
        if how == "mouse":
            box(explorer).click()
            box(explorer).fill(words)
            explorer.root.get_by_role("button", name="Search", exact=True).click()
        else:
            box(explorer).focus()
            explorer.press("Control+a")
            book.page.keyboard.type(words)
            explorer.press("Enter")
        expect(explorer.root.locator(".vs-query")).to_have_text(words)
        agrees(book, "explorer.query", words)
    shots = book.value("[hit.shot_id for hit in explorer.hits]")
    expect(explorer.tiles).to_have_count(len(shots))
    assert book.value("explorer.results['shot_id'].tolist()") == shots
    assert f"Shot {book.value('int(explorer.hits[0].number)')}," in first_shot(explorer)
    if how == "mouse":
        explorer.root.get_by_role("search").get_by_role("button", name="Back").click()
    else:
        explorer.press("Alt+ArrowLeft")
    expect(box(explorer)).to_have_value("a dog in a meadow")
    agrees(book, "explorer.query", "a dog in a meadow")
    if how == "mouse":
        explorer.root.get_by_role("search").get_by_role("button", name="Forward").click()
    else:
        explorer.press("Alt+ArrowRight")
    expect(box(explorer)).to_have_value("a turtle underwater")
    assert book.value("explorer.history") == ["a turtle underwater", "a dog in a meadow"]
    explorer.root.get_by_role("button", name="Past queries").click()
    past = explorer.root.get_by_role("listbox").get_by_role("option")
    expect(past).to_have_count(2)
    if how == "mouse":
        past.nth(1).click()
    else:
        explorer.press("ArrowDown", "Enter")
    expect(explorer.root.locator(".vs-query")).to_have_text("a dog in a meadow")


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_what_was_put_right_can_be_taken_back(book, explorer, how):
    box(explorer).fill("a turtel underwater")
    box(explorer).press("Enter")
    chip = explorer.root.get_by_role("button", name="Search for “turtel” as typed")
    expect(chip).to_be_visible()
    assert book.value("explorer.hits.corrections") == [["turtel", "turtle"]]
    if how == "mouse":
        chip.click()
    else:
        chip.focus()
        explorer.press("Delete")
    expect(chip).to_have_count(0)
    expect(explorer.root.get_by_role("button", name="Let “turtel” be put right")).to_be_visible()
    agrees(book, "explorer.hits.corrections", [])


def test_filters_come_from_the_columns_of_the_table(book, explorer):
    box(explorer).fill("a key")
    box(explorer).press("Enter")
    expect(explorer.root.locator(".vs-query")).to_have_text("a key")
    explorer.root.get_by_role("button", name="Filters", exact=True).click()
    panel = explorer.root.get_by_role("region", name="Filters")
    expect(panel.get_by_role("group", name="title")).to_be_visible()
    longest = panel.locator('[data-column="duration_s"] input').nth(1)
    longest.fill("2.6")
    longest.press("Enter")
    agrees(book, "explorer.where", {"duration_s": [None, 2.6]})
    assert book.value("float(explorer.results['duration_s'].max())") <= 2.6
    opened = panel.locator('[data-column="opened_by"]')
    if not opened.is_visible():
        panel.get_by_text("More columns").click()
    opened.get_by_role("checkbox", name=re.compile("^fade")).check()
    agrees(book, "sorted(explorer.where)", ["duration_s", "opened_by"])
    chips = explorer.root.get_by_role("list", name="Filters that are set").get_by_role("listitem")
    expect(chips).to_have_count(2)
    chips.get_by_role("button").first.click()
    expect(chips).to_have_count(1)
    explorer.root.get_by_role("button", name="Clear filters").first.click()
    expect(chips).to_have_count(0)
    agrees(book, "explorer.where", {})


def test_python_and_the_widget_are_one_thing(book, explorer):
    book.python("explorer.query = 'a dog in a meadow'")
    expect(box(explorer)).to_have_value("a dog in a meadow")
    assert f"Shot {book.value('int(explorer.hits[0].number)')}," in first_shot(explorer)
    book.python("explorer.where = {'duration_s': (2.0, 3.0)}")
    chips = explorer.root.get_by_role("list", name="Filters that are set").get_by_role("listitem")
    expect(chips).to_have_count(1)
    # The tiles follow a moment later.
    shots = book.value("[int(hit.number) for hit in explorer.hits]")
    expect(explorer.tiles).to_have_count(len(shots))
    for at in (0, 1):
        expect(explorer.play_button(at)).to_have_attribute("aria-label", re.compile(f"Shot {shots[at]},"))
    explorer.focus(1)
    explorer.press("x")
    expect(explorer.picks).to_have_count(1)
    agrees(book, "explorer.picks['shot_id'].tolist()", [book.value("explorer.hits[1].shot_id")])
    book.python("explorer.picks = [explorer.hits[0], explorer.hits[1]]")
    expect(explorer.picks).to_have_count(2)
    assert "Picked as number 1" in explorer.tiles.nth(0).locator("[data-do=pick]").get_attribute("aria-label")
    explorer.press("+")
    agrees(book, "explorer.thumbs['thumb'].tolist()", [1])
    explorer.press("Enter")
    explorer.plays()
    explorer.press("Escape", "m")
    agrees(book, "'shot(' in explorer.query", True)
    expect(box(explorer)).to_have_value(re.compile(r"shot\("))
    # Picks of another answer stay.
    expect(explorer.picks).to_have_count(2)
    # What is typed as an expression is one.
    box(explorer).fill('text("a dog") & says("shining")')
    box(explorer).press("Enter")
    agrees(book, "explorer.query", 'text("a dog") & says("shining")')


def test_a_mistake_is_said_in_words(book, explorer):
    box(explorer).fill('text("a dog" & says(')
    box(explorer).press("Enter")
    alert = explorer.root.get_by_role("alert")
    expect(alert).to_be_visible()
    expect(alert).to_contain_text(re.compile(r"[a-z]{3,} [a-z]{2,}"))
    assert "Traceback" not in alert.inner_text()
    expect(box(explorer)).to_have_attribute("aria-invalid", "true")
    box(explorer).fill("a dog")
    expect(alert).to_have_count(0)


def test_long_work_says_so_and_can_be_cancelled(book, explorer):
    # An encoder that takes its time stands for a large catalog.
    book.python(
        "texts = encoder.encode_texts\n"
        "def slow(words):\n    time.sleep(3)\n    return texts(words)\n"
        "encoder.encode_texts = slow"
    )
    try:
        box(explorer).fill("a wizard in the forest")
        box(explorer).press("Enter")
        busy = explorer.root.locator(".vs-busy")
        expect(busy).to_contain_text("Searching")
        busy.get_by_role("button", name="Cancel").click()
        expect(busy).to_be_hidden()
        agrees(book, "explorer.query", "")
    finally:
        book.python("del encoder.encode_texts")
    # Nothing is stuck.
    box(explorer).fill("a turtle underwater")
    box(explorer).press("Enter")
    expect(explorer.root.locator(".vs-query")).to_have_text("a turtle underwater")


def test_no_key_typed_into_the_box_reaches_the_notebook(book, explorer):
    before = book.state()
    box(explorer).focus()
    book.page.keyboard.type("abxddm y kj 12 ?/+-")
    explorer.press(
        "ArrowUp", "ArrowDown", "ArrowLeft", "Home", "Shift+End", "Backspace", "Escape", "Tab", "Shift+Tab"
    )
    assert book.state() == before
    assert explorer.root.evaluate("(one) => one.contains(document.activeElement)")
    expect(explorer.picks).to_have_count(0)
