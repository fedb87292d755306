import pytest
from playwright.sync_api import expect

from tests.results.hostile import HOSTILE
from tests.widgets.pretend import Pretend
from vidsearch_sdk.pages.markup import plain

SHAPE = """() => {
  const root = document.querySelector('.vs-desk');
  const own = (node) => [node.localName, ...[...node.attributes].map((one) => one.name).sort()].join(' ');
  return [...root.querySelectorAll('*')].map(own);
}"""


def visit(one):
    """Open everything that shows texts of films."""
    page = one.page
    one.play_button(1).focus()
    for key in ("x", "i", "Enter"):
        page.keyboard.press(key)
    expect(one.stage).to_be_visible()
    page.keyboard.press("Home")
    expect(page.locator(".vs-pick-item")).to_have_count(1)
    expect(page.locator(".vs-notice")).to_be_hidden()


# In groups: what takes time is the page, not the text.
@pytest.mark.parametrize("group", range(4))
def test_no_text_runs_or_becomes_an_element(show, group):
    one = show(Pretend(6, text="words"))
    visit(one)
    tame = one.page.evaluate(SHAPE)
    # The kernel sends texts without control characters; halves of surrogates cannot be sent at all.
    for text in HOSTILE[group::4]:
        one.instead(Pretend(6, text=plain(text, limit=300)))
        visit(one)
        assert one.page.evaluate(SHAPE) == tame, text
        is_only_text(one, plain(text, limit=300))


def is_only_text(one, text):
    assert one.page.evaluate("alerted") == []
    expect(one.page.locator(".vs-query")).to_have_text(text)
    assert one.page.locator(".vs-name").first.text_content() == text
    assert one.page.locator("dl.vs-more dt").nth(1).text_content() == text
    assert one.page.url.rstrip("/").endswith(one.page.evaluate("location.host"))
    assert (
        one.page.locator(".vs-desk")
        .locator("script, iframe, object, embed, form:not(.vs-hand), a, base, meta, link")
        .count()
        == 0
    )


def test_errors_and_paths_are_texts_too(show):
    wild = "<img src=x onerror=alert(1)>"
    pretend = Pretend(6)
    pretend.play_error = wild
    one = show(pretend)
    one.play_button(0).click()
    expect(one.stage.get_by_role("alert")).to_have_text(wild)
    one.page.get_by_role("button", name="Hand over").click()
    one.page.get_by_role("textbox", name="File name").fill(wild)
    one.page.get_by_label("Which shots").select_option("All results")
    one.page.keyboard.press("Enter")
    one.page.get_by_role("button", name="Export").click()
    expect(one.page.locator(".vs-hand-said")).to_contain_text(wild)
    assert one.page.evaluate("alerted") == []


@pytest.mark.parametrize("key", ['"]{} *{display:none}/*', "a\\", "</style><script>alert(1)</script>", "'"])
def test_a_key_is_never_a_rule(show, key):
    one = show(Pretend(6), key=key)
    expect(one.page.locator("#before")).to_be_visible()
    assert one.page.evaluate("alerted") == []
