import pytest
from playwright.sync_api import expect


@pytest.fixture
def picked(show):
    """A desk with the shots 0, 1, 2 and 3 in the tray."""
    one = show()
    for place in range(4):
        one.play_button(place).focus()
        one.page.keyboard.press("x")
        expect(one.page.locator(".vs-pick-item")).to_have_count(place + 1)
    return one


def order(one):
    """Times of the picks, as the tray shows them."""
    return [int(text[6:8]) // 4 for text in one.page.locator(".vs-pick-time").all_inner_texts()]


def expect_order(one, expected):
    expect(one.page.locator(".vs-pick-time")).to_have_text(
        [f"01:00:{4 * place:02d}:00" for place in expected]
    )


def item(one, place):
    return one.page.locator(".vs-pick-item").nth(place)


def test_an_empty_tray_says_how_to_fill_it(show):
    one = show()
    expect(one.page.get_by_role("region", name="Tray")).to_contain_text("Nothing picked yet: X picks a shot.")
    expect(one.page.get_by_role("button", name="Clear")).to_be_hidden()


def test_picks_stand_in_the_order_they_were_made(picked):
    expect_order(picked, [0, 1, 2, 3])
    expect(picked.page.locator(".vs-tray-head")).to_contain_text("4 picks · 8.0 s")
    assert (
        item(picked, 0).locator("img").evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 320
    )


def test_picks_are_moved_by_keyboard_and_keep_the_focus(picked):
    item(picked, 0).locator(".vs-play").focus()
    for moved in ([1, 0, 2, 3], [1, 2, 0, 3], [1, 2, 3, 0]):
        picked.page.keyboard.press("Shift+ArrowRight")
        expect_order(picked, moved)
        expect(item(picked, moved.index(0)).locator(".vs-play")).to_be_focused()
    picked.page.keyboard.press("Shift+ArrowRight")
    picked.page.wait_for_timeout(80)
    assert order(picked) == [1, 2, 3, 0]
    picked.page.keyboard.press("Shift+ArrowLeft")
    expect_order(picked, [1, 2, 0, 3])
    expect(picked.page.get_by_role("status").first).to_contain_text("Moved to place 3")
    # The numbers in the grid are those of the tray.
    expect(picked.tile(0).get_by_role("button", name="Picked as number 3")).to_be_attached()


@pytest.mark.parametrize(
    ("start", "goal", "side", "expected"),
    [
        (0, 2, 0.8, [1, 2, 0, 3]),
        (3, 0, 0.2, [3, 0, 1, 2]),
        (1, 3, 0.9, [0, 2, 3, 1]),
        (2, 2, 0.9, [0, 1, 2, 3]),
    ],
)
def test_picks_are_dragged_to_another_place(picked, start, goal, side, expected):
    item(picked, 3).scroll_into_view_if_needed()
    mouse = picked.page.mouse
    a, b = item(picked, start).bounding_box(), item(picked, goal).bounding_box()
    mouse.move(a["x"] + a["width"] / 2, a["y"] + 30)
    mouse.down()
    mouse.move(b["x"] + b["width"] * side, b["y"] + 34, steps=6)
    assert picked.page.locator(".vs-dragged").count() == 1
    assert picked.page.locator(".vs-before, .vs-after").count() == 1
    mouse.up()
    expect_order(picked, expected)
    expect(picked.page.locator(".vs-dragged, .vs-before, .vs-after")).to_have_count(0)
    # A drag is no click.
    expect(picked.stage).to_have_count(0)


def test_picks_are_removed_by_key_and_by_button(picked):
    item(picked, 1).locator(".vs-play").focus()
    picked.page.keyboard.press("Delete")
    expect_order(picked, [0, 2, 3])
    expect(item(picked, 1).locator(".vs-play")).to_be_focused()
    item(picked, 2).hover()
    item(picked, 2).get_by_role("button", name="Remove pick 3").click()
    expect_order(picked, [0, 2])
    item(picked, 1).locator(".vs-play").focus()
    picked.page.keyboard.press("x")
    expect_order(picked, [0])
    expect(item(picked, 0).locator(".vs-play")).to_be_focused()
    picked.page.keyboard.press("Backspace")
    expect(picked.page.locator(".vs-pick-item")).to_have_count(0)
    expect(picked.page.locator(".vs-picked")).to_have_count(0)
    expect(picked.page.get_by_role("button", name="Hand over")).to_be_focused()


def test_the_tray_is_cleared_only_when_that_is_meant(picked):
    clear = picked.page.get_by_role("button", name="Clear", exact=True)
    clear.focus()
    picked.page.keyboard.press("Enter")
    sure = picked.page.get_by_role("group", name="Clear the tray?")
    expect(sure).to_contain_text("Clear all 4 picks?")
    expect(sure.get_by_role("button", name="No")).to_be_focused()
    # A second press of the same key takes it back.
    picked.page.keyboard.press("Enter")
    expect(sure).to_be_hidden()
    expect(clear).to_be_focused()
    picked.page.keyboard.press("Enter")
    picked.page.keyboard.press("Escape")
    expect(clear).to_be_focused()
    assert picked.pretend.done("clear") == []
    clear.click()
    sure.get_by_role("button", name="Yes").click()
    expect(picked.page.locator(".vs-pick-item")).to_have_count(0)
    expect(picked.page.locator(".vs-picked")).to_have_count(0)
    expect(sure).to_be_hidden()
    expect(picked.page.get_by_role("button", name="Hand over")).to_be_focused()
    expect(picked.page.get_by_role("status").first).to_contain_text("Cleared")


def test_arrows_walk_the_tray_and_enter_plays_from_it(picked):
    item(picked, 0).locator(".vs-play").focus()
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowRight", "Home", "ArrowRight"):
        picked.page.keyboard.press(key)
    expect(item(picked, 1).locator(".vs-play")).to_be_focused()
    picked.page.keyboard.press("Enter")
    expect(picked.page.locator(".vs-tray .vs-stage")).to_be_visible()
    picked.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.1")
    picked.page.keyboard.press("PageDown")
    expect(picked.page.get_by_role("group", name="Playing Shot 1003, ")).to_be_visible()
    picked.page.keyboard.press("Escape")
    expect(item(picked, 2).locator(".vs-play")).to_be_focused()


def test_picks_outlive_the_answer_they_came_from(picked):
    picked.play_button(2).focus()
    picked.page.keyboard.press("m")
    expect(picked.page.locator(".vs-query")).to_have_text("more like shot 3")
    expect_order(picked, [0, 1, 2, 3])
    # The same shots are known in the new answer.
    expect(picked.page.locator(".vs-scroll .vs-picked")).to_have_count(4)


def play(one, place):
    """Play a pick to its end from the tray; gives the number of its first frame."""
    item(one, place).locator(".vs-play").focus()
    one.page.keyboard.press("Enter")
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.1")
    expect(one.page.locator(".vs-seek")).to_have_attribute("max", "49")
    one.page.keyboard.press("Home")
    shown = one.page.locator(".vs-place").inner_text()
    one.page.keyboard.press("Escape")
    return int(shown.partition("frame ")[2].split()[0])


def test_a_pick_plays_its_own_film_wherever_it_was_moved(picked):
    # The answer that they were picked from is gone.
    picked.play_button(2).focus()
    picked.page.keyboard.press("m")
    expect(picked.page.locator(".vs-query")).to_have_text("more like shot 3")
    assert [play(picked, place) for place in (0, 1)] == [0, 100]
    item(picked, 0).locator(".vs-play").focus()
    picked.page.keyboard.press("Shift+ArrowRight")
    expect_order(picked, [1, 0, 2, 3])
    assert [play(picked, place) for place in (0, 1, 2)] == [100, 0, 200]
    picked.page.keyboard.press("Delete")
    expect_order(picked, [1, 0, 3])
    assert play(picked, 2) == 300
    # A tile of the grid that keeps the focus for a moment is asked for, too.
    plays = [ask for ask in picked.pretend.done("play") if ask["set"] == "tray"]
    asked = [(ask["set"], ask["at"], ask["key"][-4:]) for ask in plays]
    # What was played before is held, by the shot and not by its place.
    assert asked == [
        ("tray", 0, "1001"),
        ("tray", 1, "1002"),
        ("tray", 2, "1003"),
        ("tray", 2, "1004"),
    ]


def test_a_pick_that_moves_while_it_plays_is_still_the_one_meant(picked):
    item(picked, 1).locator(".vs-play").focus()
    picked.page.keyboard.press("Enter")
    expect(picked.stage).to_be_visible()
    item(picked, 1).locator(".vs-play").focus()
    picked.page.keyboard.press("Shift+ArrowLeft")
    expect_order(picked, [1, 0, 2, 3])
    expect(item(picked, 0)).to_have_class("vs-pick-item vs-playing")
    picked.page.locator(".vs-player").focus()
    picked.page.keyboard.press("x")
    expect_order(picked, [0, 2, 3])
    picked.page.keyboard.press("x")
    expect(picked.page.get_by_role("status").first).to_contain_text("No longer in the tray")
    picked.page.keyboard.press("Escape")
    expect(item(picked, 0).locator(".vs-play")).to_be_focused()


def test_keys_of_a_tile_work_while_a_pick_plays(picked):
    item(picked, 1).locator(".vs-play").focus()
    picked.page.keyboard.press("Enter")
    expect(picked.stage).to_be_visible()
    said = picked.page.get_by_role("status").first
    for key, words in (
        ("+", "Thumb up"),
        ("+", "No thumb"),
        ("-", "Thumb down"),
        ("d", "Not here"),
        ("i", "Not here"),
    ):
        picked.page.keyboard.press(key)
        expect(said).to_contain_text(words)
    thumbs = picked.pretend.done("thumb")
    assert [ask["value"] for ask in thumbs] == [1, 0, -1]
    assert {(ask["set"], ask["at"], ask["key"][-4:]) for ask in thumbs} == {("tray", 1, "1002")}
    picked.page.keyboard.press("m")
    expect(picked.page.locator(".vs-query")).to_have_text("more like shot 2")
    assert picked.pretend.done("more")[0]["set"] == "tray"


def test_the_pick_that_plays_is_marked(picked):
    button = item(picked, 2).locator(".vs-play")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(picked.page.locator(".vs-playing")).to_have_count(1)
    button.click()
    expect(picked.stage).to_have_count(0)
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(picked.page.locator(".vs-playing")).to_have_count(0)
