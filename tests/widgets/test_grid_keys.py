import pytest
from playwright.sync_api import expect

from tests.widgets.pretend import Pretend


def press(one, *keys):
    for key in keys:
        one.page.keyboard.press(key)


def at(one):
    """Place of the tile that has the focus."""
    return one.page.evaluate("() => Number(document.activeElement.closest('li.vs-tile')?.dataset.at ?? -1)")


def test_arrows_walk_the_grid_row_by_row_and_stop_at_its_edges(show):
    one = show(Pretend(23), width=1100)
    columns = one.page.evaluate(
        "() => getComputedStyle(document.querySelector('.vs-live')).gridTemplateColumns.split(' ').length"
    )
    assert columns == 5
    one.play_button(0).focus()
    goals = []
    for key in (
        "ArrowLeft",
        "ArrowUp",
        "ArrowRight",
        "ArrowDown",
        "ArrowDown",
        "ArrowUp",
        "End",
        "ArrowRight",
        "ArrowDown",
    ):
        press(one, key)
        goals.append(at(one))
    assert goals == [0, 0, 1, 6, 11, 6, 22, 22, 22]
    # From a row whose last place below is empty, down goes to the last tile.
    one.play_button(19).focus()
    press(one, "ArrowDown")
    assert at(one) == 22
    press(one, "Home", "PageDown")
    assert at(one) >= 10
    press(one, "PageUp")
    assert at(one) == 0


def test_the_tab_key_goes_through_one_tile_and_out_of_the_grid(show):
    one = show(Pretend(3))
    one.page.locator("#before").focus()
    labels = []
    for _ in range(12):
        press(one, "Tab")
        labels.append(
            one.page.evaluate(
                "() => { const one = document.activeElement;"
                " return one.getAttribute('aria-label') ?? one.textContent; }"
            )
        )
    assert labels[0] == "4 ms"
    assert labels[1].startswith("Shot 1001, ")
    assert labels[2:9] == [
        "Pick",
        "Thumb up",
        "Thumb down",
        "More like this",
        "Not like this",
        "What follows",
        "Details",
    ]
    assert labels[9:11] == ["Hand over", "after"]
    press(one, "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab")
    one.play_button(2).focus()
    press(one, "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab")
    assert one.page.evaluate("() => document.activeElement.textContent") == "5 more like this"


def test_each_key_does_what_its_button_does(show):
    one = show()
    one.play_button(2).focus()
    expected = {
        "x": ("pick", {}),
        "+": ("thumb", {"value": 1}),
        "-": ("thumb", {"value": -1}),
        "d": ("folded", {}),
    }
    for key, (do, fields) in expected.items():
        press(one, key)
        one.page.wait_for_timeout(120)
        (last,) = one.pretend.done(do)[-1:]
        assert {**fields, "set": "1", "at": 2}.items() <= last.items()
        one.play_button(2).focus()
    expect(one.tile(2).get_by_role("button", name="Thumb down")).to_have_attribute("aria-pressed", "true")
    expect(one.tile(2).get_by_role("button", name="Thumb up")).to_have_attribute("aria-pressed", "false")
    press(one, "-")
    expect(one.tile(2).get_by_role("button", name="Thumb down")).to_have_attribute("aria-pressed", "false")
    assert one.pretend.done("thumb")[-1]["value"] == 0


def test_a_pick_shows_its_number_and_the_same_key_puts_it_back(show):
    one = show()
    for place in (3, 1):
        one.play_button(place).focus()
        press(one, "x")
        expect(one.tile(place)).to_have_class("vs-tile vs-picked")
    expect(one.tile(3).get_by_role("button", name="Picked as number 1")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(one.tile(1).get_by_role("button", name="Picked as number 2")).to_be_visible()
    one.play_button(3).focus()
    press(one, "x")
    expect(one.tile(1).get_by_role("button", name="Picked as number 1")).to_be_visible()
    expect(one.tile(3).locator(".vs-pick")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("key", "words", "total"), [("m", "more like", 30), ("n", "not like", 7), ("f", "what follows", 3)]
)
def test_searches_go_on_from_a_tile_and_back_to_it(show, key, words, total):
    one = show()
    one.play_button(7).focus()
    press(one, key)
    expect(one.page.locator(".vs-query")).to_have_text(f"{words} shot 8")
    expect(one.page.locator(".vs-steps li")).to_have_text(["a lighthouse in a storm", f"{words} shot 8"])
    expect(one.page.locator(".vs-scroll li.vs-tile")).to_have_count(total)
    assert at(one) == 0
    press(one, "b")
    expect(one.page.locator(".vs-query")).to_have_text("a lighthouse in a storm")
    expect(one.play_button(7)).to_be_focused()
    one.page.get_by_role("button", name="Forward").click()
    expect(one.page.locator(".vs-query")).to_have_text(f"{words} shot 8")
    one.page.get_by_role("button", name="Back", exact=True).click()
    expect(one.page.locator(".vs-query")).to_have_text("a lighthouse in a storm")


def test_an_answer_without_shots_says_what_to_try_and_the_way_back_has_the_focus(show):
    one = show()
    one.play_button(4).focus()
    press(one, "f")
    expect(one.page.locator(".vs-empty")).to_have_text("Try fewer words.")
    expect(one.page.get_by_role("button", name="Back", exact=True)).to_be_focused()
    press(one, "Enter")
    expect(one.tile(4)).to_be_visible()


def test_an_error_stands_in_words_until_it_is_dismissed(show):
    one = show()
    one.play_button(3).focus()
    press(one, "f")
    alert = one.page.get_by_role("alert")
    expect(alert).to_have_text("nothing follows the last shot of a film")
    expect(one.play_button(3)).to_be_focused()
    press(one, "f")
    one.page.wait_for_timeout(500)  # the same error again, in the place of the first
    expect(alert).to_have_count(1)
    press(one, "Escape")
    expect(alert).to_have_count(0)
    press(one, "f")
    alert.get_by_role("button", name="Dismiss").click()
    expect(alert).to_have_count(0)


def test_slow_work_says_so_and_can_be_cancelled(show):
    pretend = Pretend()
    pretend.pause_s = 20.0
    one = show(pretend)
    one.play_button(0).focus()
    press(one, "n")
    expect(one.page.locator(".vs-busy")).to_contain_text("Looking away from this")
    one.page.locator(".vs-busy").get_by_role("button", name="Cancel").click()
    expect(one.page.locator(".vs-busy")).to_be_hidden()
    assert pretend.seen_cancelled.wait(3)
    expect(one.page.locator(".vs-query")).to_have_text("a lighthouse in a storm")
    expect(one.page.get_by_role("alert")).to_have_count(0)


def test_folded_shots_open_below_their_row_and_close_again(show):
    one = show()
    one.play_button(2).focus()
    press(one, "d")
    fold = one.page.locator("li.vs-fold")
    expect(fold.locator("li.vs-tile")).to_have_count(5)
    expect(one.tile(2).locator(".vs-folded")).to_have_attribute("aria-expanded", "true")
    expect(fold.locator(".vs-play").first).to_be_focused()
    # The row of the tile stays whole, the folded ones lie below it.
    rows = {n: one.tile(n).bounding_box()["y"] for n in (0, 4, 5)}
    assert rows[0] == rows[4] < fold.bounding_box()["y"] < rows[5]
    # Within it, keys mean its tiles.
    press(one, "ArrowRight", "x")
    expect(fold.locator(".vs-picked")).to_have_count(1)
    assert one.pretend.done("pick")[-1]["set"] == "1.2"
    assert one.pretend.done("pick")[-1]["at"] == 1
    press(one, "Escape")
    expect(fold).to_have_count(0)
    expect(one.play_button(2)).to_be_focused()
    one.tile(2).locator(".vs-folded").click()
    expect(fold.locator("li.vs-tile")).to_have_count(5)
    fold.get_by_role("button", name="Close").click()
    expect(fold).to_have_count(0)


def test_details_open_over_the_picture(show):
    one = show()
    one.play_button(1).focus()
    press(one, "i")
    details = one.tile(1).locator("dl.vs-more")
    expect(details).to_contain_text("Dark")
    expect(one.page.get_by_role("status").first).to_contain_text("opened by: cut")
    press(one, "Escape")
    expect(details).to_have_count(0)
    one.tile(1).hover()
    one.tile(1).get_by_role("button", name="Details").click()
    expect(details).to_be_visible()


def test_the_keys_are_listed_at_a_question_mark(show):
    one = show()
    one.play_button(5).focus()
    press(one, "?")
    keys = one.page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys).to_be_focused()
    for words in ("more like this", "not like this", "what follows", "one frame", "hand over"):
        expect(keys).to_contain_text(words)
    rows = keys.locator("dl").nth(1).evaluate("(list) => [...list.children].map((one) => one.textContent)")
    assert rows[:4] == ["Space", "stop, go on", "K", "stop"]
    press(one, "Escape")
    expect(keys).to_be_hidden()
    expect(one.play_button(5)).to_be_focused()


def test_no_key_reaches_the_notebook(show):
    one = show()
    one.play_button(0).focus()
    keys = [
        *"abcdefhijklmnoprstuvxyz0123456789",
        "Enter",
        "Escape",
        "ArrowDown",
        "ArrowRight",
        "Home",
        "End",
        "PageDown",
        " ",
    ]
    press(one, *keys, "Shift+Enter", "Shift+M", "Delete", "Backspace", "Escape", "Escape")
    one.page.get_by_role("button", name="Hand over").click()
    press(one, *"abdmz", "ArrowLeft", "Escape")
    assert one.page.evaluate("leaked") == []
    # The page hears its own keys as ever.
    one.page.locator("#after").focus()
    press(one, "q")
    assert one.page.evaluate("leaked") == ["down:q", "keydown:q", "keypress:q", "keyup:q"]


def test_shortcuts_of_the_browser_are_left_to_it(show):
    one = show()
    one.play_button(0).focus()
    press(one, "Control+x", "Alt+m", "Control+Home", "Control+Enter")
    assert one.pretend.done("pick") == one.pretend.done("more") == []
    assert [said for said in one.page.evaluate("leaked") if said.startswith("down:")] == []


def test_where_nothing_further_can_be_asked_there_are_no_such_buttons(show):
    pretend = Pretend()
    pretend.view_more = {"can": {"again": False, "play": True}}
    one = show(pretend)
    one.play_button(0).focus()
    expect(one.tile(0).get_by_role("button", name="More like this")).to_have_count(0)
    press(one, "m", "n", "f")
    assert one.pretend.done("more") + one.pretend.done("unlike") + one.pretend.done("follows") == []
