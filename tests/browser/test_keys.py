"""Keys stay where they are pressed, every control has a name, and the focus is seen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

ASK = 'hits = index.search("a dog in a meadow", k=12); hits'
# What a notebook would heed: cells above and below, cut, delete, undo, kinds of cell, run, walk, headings.
KEYS = (
    "a b c v z d d j k o p h l t r 1 2 6 q w y s Space ArrowDown ArrowUp ArrowLeft ArrowRight Home End "
    "PageDown PageUp Shift+ArrowDown Shift+ArrowUp Shift+j Shift+k Shift+v Shift+m Shift+l Shift+o Backspace "
    "Delete i i Escape x x + + - - Enter"
)


@pytest.mark.parametrize("place", ["tile", "player", "tray", "field"])
def test_no_key_of_ours_reaches_the_notebook(book, place):
    grid = book.show(ASK)
    grid.focus(0)
    if place == "player":
        grid.press("Enter")
        grid.plays()
    elif place == "tray":
        grid.press("x")
        expect(grid.picks).to_have_count(1)
        grid.picks.nth(0).locator("button.vs-play").focus()
    elif place == "field":
        grid.press("e")
        expect(grid.root.get_by_label("File name")).to_be_focused()
    before = book.state()
    for key in KEYS.split():
        if grid.root.evaluate("(one) => !one.contains(document.activeElement)"):
            grid.focus(0)
        grid.press(key)
    assert grid.root.evaluate("(one) => one.contains(document.activeElement)"), "the focus left the grid"
    assert book.state() == before
    for key in "mnf":
        grid = book.show(ASK)
        before = book.state()
        grid.focus(1)
        grid.press(key)
        expect(grid.trail.get_by_role("listitem")).to_have_count(2)
        assert book.state() == before
        if place != "tile":
            break


def test_no_key_of_the_notebook_reaches_us(book):
    grid = book.show(ASK)
    view = grid.scroller.inner_text()
    book.page.keyboard.press("Escape")
    book.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activate()")
    book.page.wait_for_function("() => document.activeElement?.closest('.jp-Cell')")
    assert grid.root.evaluate("(one) => !one.contains(document.activeElement)")
    # What the notebook does with these is harmless: numbers of lines, and which cells are chosen.
    grid.press("l", "l", "Shift+ArrowDown", "Shift+ArrowUp", "k", "j")
    # And in the editor of a cell.
    editor = book.page.locator(".jp-Notebook .jp-Cell").nth(2).locator(".cm-content")
    editor.click()
    book.page.keyboard.type("xmnf+-?be j k l ")
    expect(editor).to_contain_text("xmnf+-?be j k l")
    grid.press("Escape")
    book.write(2, "# the last cell")
    assert grid.scroller.inner_text() == view
    expect(grid.picks).to_have_count(0)
    expect(grid.trail).to_be_hidden()
    expect(grid.video).to_have_count(0)
    assert book.value("[len(hits.tray), len(hits.thumbs)]") == [0, 0]


def test_everything_is_reached_by_tab_has_a_name_and_shows_the_focus(book):
    grid = book.show(ASK)
    grid.focus(0)
    grid.press("x")
    expect(grid.picks).to_have_count(1)
    named, places = [], []
    for _ in range(40):
        told = book.page.evaluate(
            """() => {
              const one = document.activeElement;
              const ring = (each) => {
                const style = each ? getComputedStyle(each) : null;
                return !!style && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
              };
              const box = one.getBoundingClientRect();
              return {
                inside: !!one.closest('[data-vs-desk]'),
                name: one.getAttribute('aria-label') || one.innerText || one.labels?.[0]?.innerText || '',
                what: one.className,
                // The button of a picture shows it around the picture.
                seen: ring(one) || (one.matches('.vs-play') && ring(one.closest('.vs-picture'))),
                width: box.width,
                left: getComputedStyle(one.closest('.vs-acts') ?? one).opacity,
              };
            }"""
        )
        if not told["inside"]:
            break
        named.append(told["name"])
        places.append(told["what"])
        assert told["name"], told
        assert told["seen"], told
        assert told["width"] > 8, told
        assert told["left"] == "1", told
        grid.press("Tab")
    # One stop for each action of one tile, then the tray; not one for every tile.
    for action in (
        "Picked as number 1",
        "Thumb up",
        "Thumb down",
        "More like this",
        "Not like this",
        "What follows",
        "Details",
    ):
        assert named.count(action) == 1, named
    assert any(name.startswith("Pick 1: Shot") for name in named), named
    assert "Hand over" in named


def test_a_screen_reader_is_told_what_is_what(book):
    grid = book.show(ASK)
    count = grid.tiles.count()
    expect(book.outputs(1).get_by_role("group", name="Shots found")).to_be_visible()
    shots = grid.root.get_by_role("list", name=f"{count} shots")
    expect(shots.get_by_role("listitem")).to_have_count(count)
    expect(grid.root.get_by_role("region", name="Tray")).to_be_visible()
    live = grid.root.get_by_role("status").first
    grid.focus(0)
    grid.press("x")
    expect(live).to_contain_text("1 pick in the tray")
    grid.press("+")
    expect(live).to_contain_text("Thumb up")
    # No control without a name, as Chromium itself works names out.
    tree = book.page.context.new_cdp_session(book.page).send("Accessibility.getFullAXTree")["nodes"]
    nameless = [
        node
        for node in tree
        if node.get("role", {}).get("value")
        in {"button", "textbox", "combobox", "slider", "spinbutton", "img", "radio"}
        and not node.get("ignored")
        and not node.get("name", {}).get("value")
    ]
    ours = grid.root.evaluate_all("(all) => all.length")
    assert ours == 1
    inside = [node for node in nameless if _inside(book, node)]
    assert inside == []


def _inside(book, node) -> bool:
    session = book.page.context.new_cdp_session(book.page)
    found = session.send("DOM.resolveNode", {"backendNodeId": node["backendDOMNodeId"]})["object"]
    answer = session.send(
        "Runtime.callFunctionOn",
        {
            "objectId": found["objectId"],
            "functionDeclaration": "function () { return !!this.closest?.('[data-vs-desk]'); }",
            "returnByValue": True,
        },
    )
    return bool(answer["result"]["value"])
