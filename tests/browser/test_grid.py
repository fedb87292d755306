"""Every action of the live grid, by mouse and by keyboard, in both notebooks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

ASK = 'hits = index.search("a dog in a meadow", k=12); hits'
MANY = 'hits = thousand.search("a dog in a meadow", k=200, min_score=0, fold=False); hits'
FOLDED = "hits = timed.search(vs.text('a shot'), k=6, min_score=0); hits"
HOW = pytest.mark.parametrize("how", ["mouse", "keyboard"])


def act(grid, how: str, at: int, name: str, key: str) -> None:
    """Do something with a tile: click its button, or press its key."""
    if how == "mouse":
        grid.click(at, name)
    else:
        grid.focus(at)
        grid.press(key)


def picked(grid, *numbers: int) -> None:
    """Wait until the tray shows these tiles, in order."""
    labels = [grid.play_button(number).get_attribute("aria-label") for number in numbers]
    expect(grid.picks).to_have_count(len(numbers))
    for place, label in enumerate(labels):
        button = grid.picks.nth(place).get_by_role("button", name=f"Pick {place + 1}: {label}", exact=True)
        expect(button).to_be_visible()
    for number in numbers:
        pick = grid.tiles.nth(number).locator("[data-do=pick]")
        expect(pick).to_have_attribute("aria-pressed", "true")
        expect(pick).to_contain_text(str(numbers.index(number) + 1))


def in_kernel(book, *numbers: int) -> None:
    """Wait until the kernel has these picks, in order."""
    wanted = book.value(f"[hits[n].shot_id for n in {list(numbers)}]")
    for _ in range(40):
        if (there := book.value("[hit.shot_id for hit in hits.tray]")) == wanted:
            break
    assert there == wanted


def test_each_tile_shows_title_time_score_and_why(book):
    grid = book.show(ASK)
    told = book.value(
        "[dict(name=h.name, position=h.position, score=f'{h.score:.2f}', seconds=f'{h.duration_s:.1f} s')"
        " for h in hits]"
    )
    expect(grid.tiles).to_have_count(len(told))
    for at, hit in enumerate(told):
        tile = grid.tiles.nth(at)
        expect(tile.locator(".vs-name")).to_have_text(hit["name"])
        expect(tile.locator(".vs-at")).to_have_text(hit["position"])
        expect(tile.locator(".vs-length")).to_have_text(hit["seconds"])
        expect(tile.locator(".vs-score")).to_have_text(hit["score"])
        assert re.match(
            rf"score {hit['score']}: (picture|line)", tile.locator(".vs-score").get_attribute("aria-label")
        )
        label = tile.locator("button.vs-play").get_attribute("aria-label")
        assert hit["name"] in label
        assert hit["position"] in label
        assert grid.pictured(at)
    # What stood there before it has stepped aside.
    expect(book.outputs(1).locator(".vidsearch[data-vs-page]")).to_be_hidden()


def test_hovering_runs_through_the_keyframes(book):
    grid = book.show(ASK)
    at = book.value("max(range(len(hits)), key=lambda n: len(hits[n].footage.keyframes(hits[n].shot_id)))")
    picture = grid.tiles.nth(at).locator(".vs-picture")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    time_shown = picture.locator(":scope > .vs-at")
    standing = time_shown.inner_text()
    seen = []
    for share in (0.1, 0.5, 0.9):
        book.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        over = picture.locator("img.vs-scrub")
        expect(over).to_be_visible()
        if seen:
            expect(over).not_to_have_attribute("src", seen[-1][0])
        seen.append((over.get_attribute("src"), time_shown.inner_text()))
    assert len(set(seen)) == 3
    assert [time for _, time in seen] == sorted(time for _, time in seen)
    book.page.mouse.move(5, 5)
    expect(picture.locator("img.vs-scrub")).to_have_count(0)
    expect(time_shown).to_have_text(standing)


@HOW
def test_picks_keep_their_order_and_are_one_with_python(book, how):
    grid = book.show(ASK)
    for at in (3, 0, 2):
        act(grid, how, at, "Pick", "x")
        expect(grid.tiles.nth(at).locator("[data-do=pick]")).to_have_attribute("aria-pressed", "true")
    picked(grid, 3, 0, 2)
    in_kernel(book, 3, 0, 2)

    if how == "mouse":
        grid.picks.nth(2).scroll_into_view_if_needed()
        start, goal = grid.picks.nth(2).bounding_box(), grid.picks.nth(0).bounding_box()
        book.page.mouse.move(start["x"] + 30, start["y"] + 20)
        book.page.mouse.down()
        book.page.mouse.move(start["x"] - 20, start["y"] + 20, steps=4)
        book.page.mouse.move(goal["x"] + 5, goal["y"] + 20, steps=4)
        book.page.mouse.up()
    else:
        grid.picks.nth(2).locator("button.vs-play").focus()
        grid.press("Shift+ArrowLeft")
        expect(grid.picks.nth(1).locator("button.vs-play")).to_be_focused()
        grid.press("Shift+ArrowLeft")
    picked(grid, 2, 3, 0)
    in_kernel(book, 2, 3, 0)

    if how == "mouse":
        grid.picks.nth(1).hover()
        grid.picks.nth(1).get_by_role("button", name="Remove pick 2").click()
    else:
        expect(grid.picks.nth(0).locator("button.vs-play")).to_be_focused()
        grid.press("ArrowRight", "Delete")
    picked(grid, 2, 0)
    # The same key or button puts one back.
    if how == "mouse":
        grid.click(2, "Picked as number 1")
    else:
        grid.focus(2)
        grid.press("x")
    picked(grid, 0)
    in_kernel(book, 0)

    book.python("hits.tray.add(hits[4]); hits.tray.add(hits[1]); hits.tray.move(2, 0)")
    picked(grid, 1, 0, 4)
    assert book.value("list(hits.picks['shot_id']) == [hit.shot_id for hit in hits.tray]")
    grid.root.get_by_role("button", name="Clear", exact=True).click()
    grid.root.get_by_role("button", name="Yes", exact=True).click()
    expect(grid.picks).to_have_count(0)
    in_kernel(book)


@HOW
def test_thumbs_are_kept(book, how):
    grid = book.show(ASK)
    act(grid, how, 1, "Thumb up", "+")
    expect(grid.button(1, "Thumb up")).to_have_attribute("aria-pressed", "true")
    act(grid, how, 2, "Thumb down", "-")
    expect(grid.button(2, "Thumb down")).to_have_attribute("aria-pressed", "true")
    act(grid, how, 3, "Thumb up", "+")
    expect(grid.button(3, "Thumb up")).to_have_attribute("aria-pressed", "true")
    # Again takes it back.
    act(grid, how, 3, "Thumb up", "+")
    expect(grid.button(3, "Thumb up")).to_have_attribute("aria-pressed", "false")
    wanted = book.value("[[hits[1].shot_id, 1], [hits[2].shot_id, -1]]")
    for _ in range(40):
        given = book.value("hits.thumbs[['shot_id', 'thumb']].values.tolist()")
        if given == wanted:
            break
    assert given == wanted
    assert book.value("set(hits.thumbs['query']) == {hits.query}")


@HOW
@pytest.mark.parametrize(
    ("name", "key"), [("More like this", "m"), ("Not like this", "n"), ("What follows", "f")]
)
def test_a_tile_leads_on_and_back(book, how, name, key):
    grid = book.show(ASK)
    before = [grid.play_button(at).get_attribute("aria-label") for at in range(4)]
    asked = grid.play_button(2).get_attribute("aria-label").split(" at ")[0]
    act(grid, how, 2, name, key)
    expect(grid.trail.get_by_role("listitem")).to_have_count(2)
    after = [grid.play_button(at).get_attribute("aria-label") for at in range(grid.tiles.count())]
    assert after
    assert [label.split(", score")[0] for label in after] != [label.split(", score")[0] for label in before]
    number = int(re.search(r"Shot (\d+)", asked)[1])
    shots = [int(re.search(r"Shot (\d+)", label)[1]) for label in after]
    if name == "What follows":
        assert shots[0] == number + 1
        assert shots == sorted(shots)
    else:
        assert number not in shots
    if how == "mouse":
        grid.trail.get_by_role("button", name="Back").click()
    else:
        # The focus went along: nobody has to look for it.
        expect(grid.play_button(0)).to_be_focused()
        grid.press("b")
    expect(grid.play_button(0)).to_have_attribute("aria-label", before[0])
    if how == "keyboard":
        expect(grid.play_button(2)).to_be_focused()
    grid.trail.get_by_role("button", name="Forward").click()
    expect(grid.play_button(0)).to_have_attribute("aria-label", after[0])


@HOW
def test_folded_shots_open_in_place(book, how):
    grid = book.show(FOLDED)
    folded = book.value("hits[0].folded_count")
    assert folded >= 1
    if how == "mouse":
        grid.tiles.nth(0).get_by_role("button", name=f"{folded} more like this").click()
    else:
        grid.focus(0)
        grid.press("d")
    inner = grid.root.get_by_role("group", name=f"{folded} more like this").get_by_role("listitem")
    expect(inner).to_have_count(folded)
    expect(inner.first.locator("button.vs-play")).to_be_focused()
    # They can be played and picked like any other.
    grid.press("x")
    expect(grid.picks).to_have_count(1)
    assert book.value("hits.tray[0].shot_id in list(hits[0].folded.table['shot_id'])")
    grid.press("Enter")
    grid.plays()
    grid.press("Escape")
    expect(grid.video).to_have_count(0)
    grid.press("Escape")
    expect(inner).to_have_count(0)
    expect(grid.play_button(0)).to_be_focused()


@HOW
def test_the_next_page_comes_when_the_end_is_near(book, how):
    grid = book.show(MANY)
    expect(grid.tiles).to_have_count(24)
    if how == "mouse":
        for before, shown in ((24, 72), (72, 120)):
            grid.tiles.nth(before - 1).hover()
            book.page.mouse.wheel(0, 400)
            grid.tiles.nth(shown - 1).wait_for(state="attached")
    else:
        grid.focus(0)
        grid.press("End")
        expect(grid.tiles).to_have_count(200, timeout=30_000)
        expect(grid.play_button(199)).to_be_focused()
        expect(grid.play_button(199)).to_be_in_viewport()
        grid.press("Home")
        expect(grid.play_button(0)).to_be_focused()
        expect(grid.play_button(0)).to_be_in_viewport()
    # Each in its place, once.
    ranks = grid.tiles.locator(".vs-rank").all_text_contents()
    assert ranks == [str(at + 1) for at in range(len(ranks))]
    for number in (60, 110):
        picture = grid.tiles.nth(number).locator("img").first
        picture.scroll_into_view_if_needed()
        assert grid.pictured(number)


def test_arrows_walk_the_grid_in_rows(book):
    grid = book.show(MANY)
    columns = grid.scroller.locator("ol").first.evaluate(
        "(one) => getComputedStyle(one).gridTemplateColumns.split(' ').length"
    )
    assert columns >= 3
    grid.focus(0)
    for key, at in (
        ("ArrowRight", 1),
        ("ArrowDown", 1 + columns),
        ("ArrowLeft", columns),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("ArrowLeft", 0),
    ):
        grid.press(key)
        expect(grid.play_button(at)).to_be_focused()
    grid.press("PageDown")
    expect(grid.play_button(0)).not_to_be_focused()
    grid.press("PageUp")
    expect(grid.play_button(0)).to_be_focused()


@HOW
def test_details_and_the_list_of_keys_open_and_close(book, how):
    grid = book.show(ASK)
    act(grid, how, 0, "Details", "i")
    details = grid.tiles.nth(0).locator("dl")
    expect(details).to_be_visible()
    expect(details).to_contain_text("The Key")
    if how == "mouse":
        grid.click(0, "Details")
        expect(details).to_have_count(0)
        return
    grid.press("Escape")
    expect(details).to_have_count(0)
    grid.press("?")
    keys = grid.root.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("more like this")
    grid.press("Escape")
    expect(keys).to_be_hidden()
    expect(grid.play_button(0)).to_be_focused()


@HOW
def test_picks_are_handed_over(book, how, tmp_path):
    grid = book.show(ASK)
    for at in (2, 0):
        act(grid, how, at, "Pick", "x")
    expect(grid.picks).to_have_count(2)
    if how == "mouse":
        grid.root.get_by_role("button", name="Hand over").click()
    else:
        grid.press("e")
    form = grid.root.get_by_role("form", name="Hand over")
    name = form.get_by_label("File name")
    expect(name).to_be_focused()

    def send() -> None:
        if how == "mouse":
            form.locator("button[type=submit]").click()
        else:
            name.press("Enter")

    timeline = tmp_path / "picks.otio"
    form.get_by_label("Format").select_option(".otio")
    name.fill(str(timeline.with_suffix("")))
    send()
    expect(form.get_by_role("status")).to_contain_text(str(timeline))
    assert (
        book.value(
            f"len(__import__('opentimelineio').adapters.read_from_file({str(timeline)!r}).tracks[0].find_clips())"
        )
        == 2
    )
    # What is there is not written over unasked.
    written = timeline.stat().st_mtime_ns
    send()
    expect(form.get_by_role("alert")).to_contain_text("exists")
    assert timeline.stat().st_mtime_ns == written
    replace = form.get_by_role("button", name="Replace it")
    if how == "mouse":
        replace.click()
    else:
        replace.focus()
        grid.press("Enter")
    expect(form.get_by_role("status")).to_contain_text(str(timeline))
    assert timeline.stat().st_mtime_ns > written


def test_nothing_picked_is_one_error_in_words(book, tmp_path):
    grid = book.show(ASK)
    grid.focus(0)
    grid.press("e")
    form = grid.root.get_by_role("form", name="Hand over")
    form.get_by_label("File name").fill(str(tmp_path / "nothing"))
    form.locator("button[type=submit]").click()
    expect(form.get_by_role("alert")).to_contain_text("Nothing picked yet")
    assert list(tmp_path.iterdir()) == []


def test_a_reel_is_made_with_progress_and_can_be_stopped(book, tmp_path):
    grid = book.show("hits = index.search('a key', k=60, min_score=0); hits.tray.replace(hits); hits")
    form = grid.root.get_by_role("form", name="Hand over")
    grid.root.get_by_role("button", name="Hand over").click()
    form.get_by_role("radio", name="Reel").check()
    form.get_by_label("File name").fill(str(tmp_path / "reel"))
    form.locator("button[type=submit]").click()
    expect(form.get_by_role("progressbar")).to_be_visible()
    book.page.wait_for_function(
        "(one) => one.value > 0 && one.value < 1", arg=form.get_by_role("progressbar").element_handle()
    )
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_contain_text("Cancelled")
    for _ in range(40):
        left = book.value(f"os.listdir({str(tmp_path)!r})")
        if not left:
            break
    assert left == []
