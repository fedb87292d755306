from playwright.sync_api import expect

from tests.widgets.pretend import Pretend


def test_tiles_show_title_timecode_score_and_why(show):
    one = show()
    tile = one.tile(1)
    expect(tile.locator(".vs-name")).to_have_text("Harbor at dawn, reel 2")
    expect(tile.locator(".vs-time.vs-at")).to_have_text("01:00:04:00")
    expect(tile.locator(".vs-length")).to_have_text("2.0 s")
    expect(tile.locator(".vs-score")).to_have_text("0.93")
    expect(tile.get_by_role("img", name="score 0.93: the picture shows it")).to_be_visible()
    expect(tile.locator(".vs-line")).to_contain_text("Bring the boat around!")
    expect(tile.locator(".vs-why")).to_have_text("picture 0.81")
    assert tile.locator("img").evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 320
    expect(one.tile(10).get_by_role("img", name=": its keyframe is damaged")).to_have_text("no picture")


def test_every_button_of_a_tile_works_by_mouse(show):
    one = show()
    tile = one.tile(2)
    # A button that is hidden takes no click that was meant for the picture.
    expect(tile.get_by_role("button", name="Pick")).to_have_css("pointer-events", "none")
    tile.hover()
    tile.get_by_role("button", name="Pick").click()
    expect(tile.get_by_role("button", name="Picked as number 1")).to_be_visible()
    tile.get_by_role("button", name="Thumb up").click()
    expect(tile.get_by_role("button", name="Thumb up")).to_have_attribute("aria-pressed", "true")
    tile.get_by_role("button", name="Thumb down").click()
    expect(tile.get_by_role("button", name="Thumb up")).to_have_attribute("aria-pressed", "false")
    # The page shows a thumb before it is answered.
    expect(one.page.locator("[aria-live]").filter(has_text="Thumb down")).to_be_attached()
    assert [one["value"] for one in one.pretend.done("thumb")] == [1, -1]
    for label, words in (
        ("More like this", "more like"),
        ("Not like this", "not like"),
        ("What follows", "what follows"),
    ):
        one.tile(2).hover()
        one.tile(2).get_by_role("button", name=label, exact=True).click()
        expect(one.page.locator(".vs-query")).to_have_text(f"{words} shot 3")
        one.page.get_by_role("button", name="Back", exact=True).click()
        expect(one.page.locator(".vs-query")).to_have_text("a lighthouse in a storm")


def test_hovering_runs_through_the_keyframes_and_back(show):
    one = show()
    picture = one.tile(4).locator(".vs-picture")
    box = picture.bounding_box()
    y = box["y"] + box["height"] * 0.6
    seen = []
    for share in (0.1, 0.4, 0.6, 0.9):
        one.page.mouse.move(box["x"] + box["width"] * share, y)
        expect(picture.locator(".vs-scrub")).to_be_visible()
        one.page.wait_for_timeout(50)
        seen.append(
            (picture.locator(".vs-scrub").get_attribute("src"), picture.locator(".vs-at").inner_text())
        )
    assert len({source for source, _ in seen}) == 4
    # The tile starts at 01:00:16:00; its keyframes lie 0.25, 0.75, … seconds behind.
    assert [label for _, label in seen] == ["01:00:16:06", "01:00:16:19", "01:00:17:06", "01:00:17:19"]
    one.page.mouse.move(box["x"] + box["width"] * 0.1, y)
    one.page.wait_for_timeout(50)
    assert picture.locator(".vs-scrub").get_attribute("src") == seen[0][0]
    one.page.mouse.move(5, 5)
    expect(picture.locator(".vs-scrub")).to_have_count(0)
    expect(picture.locator(".vs-at")).to_have_text("01:00:16:00")
    assert len(one.pretend.done("keyframes")) == 1


def test_crossing_the_grid_fetches_no_keyframes(show):
    one = show()
    # In one go: how fast the machine is shall not matter.
    one.page.locator(".vs-scroll > ol").evaluate(
        """(list) => {
          for (const picture of list.querySelectorAll('.vs-picture')) {
            picture.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, pointerType: 'mouse' }));
          }
          list.dispatchEvent(new PointerEvent('pointerleave', { pointerType: 'mouse' }));
        }"""
    )
    one.page.wait_for_timeout(300)
    assert one.pretend.done("keyframes") == []
    assert one.pretend.done("play") == []


def test_the_next_page_comes_before_its_end_is_reached(show):
    one = show(Pretend(120))
    assert [ask["from"] for ask in one.pretend.done("tiles")] == [0]
    scroller = one.page.locator(".vs-scroll")
    scroller.evaluate("(one) => one.scrollTo(0, one.scrollHeight - one.clientHeight - 500)")
    expect(one.page.locator(".vs-scroll li.vs-tile")).to_have_count(96)
    one.play_button(0).focus()
    one.page.keyboard.press("End")
    expect(one.play_button(119)).to_be_focused()
    assert [ask["from"] for ask in one.pretend.done("tiles")] == [0, 48, 96]
    assert one.page.locator(".vs-scroll li.vs-tile").evaluate_all(
        "(all) => all.map((one) => Number(one.dataset.at))"
    ) == list(range(120))


def test_a_page_that_fails_can_be_asked_for_again(show):
    pretend = Pretend(120)
    one = show(pretend)
    tiles = pretend.on_tiles

    def broken(asked, reply):
        raise OSError("the disk is gone")

    pretend.on_tiles = broken
    one.desk._handlers["tiles"] = pretend.handlers()["tiles"]
    one.page.locator(".vs-scroll").evaluate("(one) => one.scrollTo(0, one.scrollHeight)")
    expect(one.page.get_by_role("alert")).to_contain_text("This did not work (OSError)")
    pretend.on_tiles = tiles
    one.desk._handlers["tiles"] = pretend.handlers()["tiles"]
    one.page.get_by_role("button", name="Show 48 more").click()
    expect(one.play_button(48)).to_be_focused()


def test_spans_show_their_shots_side_by_side(show):
    pretend = Pretend(6)
    pretend.spans = True
    one = show(pretend)
    expect(one.tile(0).locator(".vs-part img")).to_have_count(3)
    expect(one.page.locator(".vs-live.vs-spans")).to_have_count(1)
    one.play_button(0).click()
    expect(one.stage).to_be_visible()


def test_two_views_of_one_desk_stay_one_thing(show):
    one = show(Pretend(6))
    one.page.evaluate("(name) => mount(name)", one.name)
    expect(one.page.locator(".vs-desk.vs-ready")).to_have_count(2)
    first, second = one.page.locator(".vs-desk").nth(0), one.page.locator(".vs-desk").nth(1)
    first.locator(".vs-play").nth(1).focus()
    one.page.keyboard.press("x")
    for view in (first, second):
        expect(view.locator(".vs-pick-item")).to_have_count(1)
        expect(view.locator("li.vs-tile.vs-picked")).to_have_count(1)
    second.locator(".vs-play").nth(2).focus()
    one.page.keyboard.press("m")
    for view in (first, second):
        expect(view.locator(".vs-query")).to_have_text("more like shot 3")
