"""Forty texts that try to run a script, as names, titles, subtitles, columns and queries, everywhere."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.results.hostile import HOSTILE

LISTEN = """
  window.ran = [];
  for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = () => { window.ran.push(name); };
"""


def watched(page: Page) -> list[str]:
    """Collect what a hostile text would set off in a page."""
    troubles: list[str] = []
    page.on("dialog", lambda dialog: (troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda one: troubles.append(one.url) if "evil.example" in one.url else None)
    page.on("pageerror", lambda error: troubles.append(str(error)) if "alert" in str(error) else None)
    page.evaluate(f"() => {{ {LISTEN} }}")
    return troubles


def unharmed(page: Page, troubles: list[str], area: str) -> None:
    """Nothing ran, nothing was asked for, and no element came from a text."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    assert troubles == []
    assert page.evaluate("() => window.ran ?? []") == []
    made = page.evaluate(
        """(area) => [...document.querySelectorAll(area)].flatMap((one) => {
          const bad = 'script, iframe, object, embed, base, meta, link, plaintext, xmp, math, '
            + 'a[href^="javascript"], img[src="x"], form[action*="evil"]';
          const found = [...one.querySelectorAll(bad)].map((each) => each.outerHTML.slice(0, 80));
          if ([...one.querySelectorAll('h1')].some((each) => each.textContent === 'out')) found.push('h1');
          for (const each of one.querySelectorAll('*'))
            for (const name of each.getAttributeNames())
              if (name.startsWith('on')) found.push(name + ' on ' + each.localName);
          return found;
        })""",
        area,
    )
    assert made == []


def test_in_the_live_grid(book):
    troubles = watched(book.page)
    grid = book.show("hits = hostile.search('alert', k=100, min_score=0); hits")
    expect(grid.tiles).to_have_count(len(HOSTILE))
    names = grid.tiles.locator(".vs-name").all_text_contents()
    assert any("<script>alert(1)" in name for name in names)
    lines = grid.tiles.locator(".vs-line").all_text_contents()
    assert any("<img src=x onerror=alert(1)>" in line for line in lines)
    # All that shows texts: details, picks, the player, the folded, the way here.
    for at in range(0, len(HOSTILE), 7):
        grid.focus(at)
        grid.press("i", "x")
    expect(grid.picks).to_have_count(len(range(0, len(HOSTILE), 7)))
    grid.focus(1)
    grid.press("Enter")
    grid.plays()
    unharmed(book.page, troubles, "[data-vs-desk]")
    grid.press("Escape", "m")
    expect(grid.trail.get_by_role("listitem")).to_have_count(2)
    unharmed(book.page, troubles, "[data-vs-desk]")


def test_as_queries(book):
    troubles = watched(book.page)
    explorer = book.show("explorer = vs.explore(hostile); explorer")
    box = explorer.root.get_by_role("textbox", name="What are you looking for?")
    for number, text in enumerate(HOSTILE):
        typed = text.encode("utf-8", "replace").decode()[:2_000].replace("\x00", "")
        box.fill(typed)
        box.press("Enter")
        expect(explorer.root.get_by_role("search")).not_to_have_attribute("aria-busy", "true")
        if number % 8 == 0:
            unharmed(book.page, troubles, "[data-vs-desk]")
    explorer.root.get_by_role("button", name="Past queries").click()
    expect(explorer.root.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    explorer.press("Escape")
    # Their values as filters.
    explorer.root.get_by_role("button", name="Filters", exact=True).click()
    panel = explorer.root.get_by_role("region", name="Filters")
    expect(panel.get_by_role("group").first).to_be_visible()
    unharmed(book.page, troubles, "[data-vs-desk]")
    book.python(f"texts = {json.dumps([text.encode('utf-8', 'replace').decode()[:500] for text in HOSTILE])}")
    for number in range(0, len(HOSTILE), 6):
        book.python(f"try: explorer.query = texts[{number}]\nexcept vs.VidsearchError: pass")
    unharmed(book.page, troubles, "[data-vs-desk]")


@pytest.mark.parametrize("how", ["in the notebook", "saved page"])
def test_on_the_static_page(book, tmp_path, how):
    if how == "in the notebook":
        troubles = watched(book.page)
        book.write(
            1,
            "from IPython.display import HTML, display\nhits = hostile.search('alert', k=100, min_score=0)\n"
            "display(HTML(hits.html()))",
        )
        book.run_cell(1)
        expect(book.outputs(1).locator("li.vs-tile")).to_have_count(len(HOSTILE))
        unharmed(book.page, troubles, ".jp-OutputArea .vidsearch")
        return
    book.python(
        f"hits = hostile.search('alert', k=100, min_score=0)\nhits.save_html({str(tmp_path / 'page.html')!r})"
    )
    page = book.page.context.new_page()
    page.add_init_script(LISTEN)
    troubles = watched(page)
    page.goto((tmp_path / "page.html").as_uri())
    expect(page.locator("li.vs-tile")).to_have_count(len(HOSTILE))
    unharmed(page, troubles, "body")
    page.close()
