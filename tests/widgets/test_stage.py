import time

import pytest
from playwright.sync_api import expect

from tests.widgets.pretend import FRAMES, Pretend

GRAY = """(video) => {
  const canvas = document.createElement('canvas'); canvas.width = 8; canvas.height = 8;
  const pen = canvas.getContext('2d'); pen.drawImage(video, 0, 0, 8, 8);
  return pen.getImageData(4, 4, 1, 1).data[0];
}"""


def open_stage(show, pretend=None, place=1, **options):
    one = show(pretend, **options)
    one.play_button(place).focus()
    one.page.keyboard.press("Enter")
    expect(one.stage).to_be_visible()
    return one


def wait_whole(one):
    """Until the film is there as a whole."""
    expect(one.page.locator(".vs-seek")).to_have_attribute("max", str(FRAMES - 1))
    one.page.wait_for_function(
        "() => { const { buffered } = document.querySelector('.vs-stage video');"
        " return buffered.length && buffered.end(0) > 1.9; }"
    )


def number(one):
    """Which frame the picture itself says that it is."""
    return round((one.video.evaluate(GRAY) - 16) / 4)


def settle(one):
    one.page.wait_for_function("() => !document.querySelector('.vs-stage video').seeking")
    one.page.wait_for_timeout(60)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_it_plays_muted_and_in_a_loop_below_its_row(show, by):
    one = show()
    if by == "mouse":
        one.play_button(1).click()
    else:
        one.play_button(1).focus()
        one.page.keyboard.press("Enter")
    expect(one.stage).to_be_visible()
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.2")
    state = one.video.evaluate(
        "(v) => ({ muted: v.muted, loop: v.loop, inline: v.playsInline, paused: v.paused })"
    )
    assert state == {"muted": True, "loop": True, "inline": True, "paused": False}
    boxes = {n: one.tile(n).bounding_box()["y"] for n in (0, 1, 4, 5)}
    assert boxes[0] == boxes[1] == boxes[4] < one.stage.bounding_box()["y"] < boxes[5]
    assert one.page.evaluate("() => document.activeElement.className") == "vs-player"
    expect(one.page.get_by_role("group", name="Playing Shot 1002, ")).to_be_visible()


def test_the_first_frame_is_there_soon_after_the_click(show):
    one = show()
    one.page.evaluate("""() => document.addEventListener('click', () => {
      const clicked = performance.now();
      const look = () => {
        const video = document.querySelector('.vs-stage video');
        const shown = () => (window.took = performance.now() - clicked);
        if (video) video.requestVideoFrameCallback(shown);
        else requestAnimationFrame(look);
      };
      look();
    }, { capture: true, once: true })""")
    one.play_button(0).click()
    one.page.wait_for_function("window.took")
    # What the front end itself adds: the film is cut already.
    assert one.page.evaluate("took") < 1_000


def test_it_goes_round_without_end(show):
    one = open_stage(show)
    wait_whole(one)
    one.page.evaluate(
        """() => {
          const video = document.querySelector('.vs-stage video');
          window.rounds = 0;
          let last = 0;
          video.addEventListener('timeupdate', () => {
            if (video.currentTime < last) rounds += 1;
            last = video.currentTime;
          });
          video.playbackRate = 4;
        }"""
    )
    one.page.wait_for_function("rounds >= 2")
    assert one.video.evaluate("(v) => v.paused") is False


def test_left_and_right_go_by_one_frame_and_round_the_ends(show):
    one = open_stage(show)
    wait_whole(one)
    press = one.page.keyboard.press
    press("Home")
    settle(one)
    assert number(one) == 0
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "ArrowLeft"):
        press(key)
        settle(one)
        seen.append(number(one))
    assert seen == [1, 2, 3, 2, 49, 0, 49]
    assert one.video.evaluate("(v) => v.paused") is True


def test_the_clock_shows_timecode_position_and_frame(show):
    one = open_stage(show, place=3)
    wait_whole(one)
    one.page.keyboard.press("Home")
    expect(one.page.locator(".vs-clock")).to_have_text("01:00:12:00")
    expect(one.page.locator(".vs-place")).to_have_text("00:00:12.000 · frame 300 · 1 of 50")
    for _ in range(26):
        one.page.keyboard.press("ArrowRight")
    expect(one.page.locator(".vs-clock")).to_have_text("01:00:13:01")
    expect(one.page.locator(".vs-place")).to_have_text("00:00:13.040 · frame 326 · 27 of 50")
    expect(one.page.get_by_role("slider", name="Frame")).to_have_attribute("aria-valuetext", "01:00:13:01")
    expect(one.page.get_by_role("status").first).to_contain_text("01:00:13:01")


def test_the_clock_says_the_frame_that_is_seen_while_it_plays(show):
    one = open_stage(show)
    wait_whole(one)
    one.video.evaluate("(v) => { v.playbackRate = 0.25; }")
    for _ in range(5):
        one.page.wait_for_timeout(130)
        both = one.page.evaluate(
            "(gray) => { const v = document.querySelector('.vs-stage video');"
            " return [eval(gray)(v), Number(document.querySelector('.vs-seek').value)]; }",
            GRAY,
        )
        assert abs(round((both[0] - 16) / 4) - both[1]) <= 1


def test_l_and_j_double_the_speed_and_k_and_space_stop(show):
    one = open_stage(show)
    wait_whole(one)
    press = one.page.keyboard.press
    speed = one.page.locator(".vs-speed")
    press("l")
    expect(speed).to_have_text("2×")
    assert one.video.evaluate("(v) => v.playbackRate") == 2
    press("l")
    press("l")
    expect(speed).to_have_text("4×")
    press("k")
    assert one.video.evaluate("(v) => v.paused") is True
    expect(speed).to_have_text("")
    expect(one.page.get_by_role("button", name="Play", exact=True).first).to_be_visible()
    press("l")
    assert one.video.evaluate("(v) => [v.paused, v.playbackRate]") == [False, 1]
    press(" ")
    assert one.video.evaluate("(v) => v.paused") is True
    press(" ")
    assert one.video.evaluate("(v) => v.paused") is False
    press("j")
    expect(speed).to_have_text("−1×")
    press("j")
    expect(speed).to_have_text("−2×")


def test_j_plays_backwards(show):
    one = open_stage(show)
    wait_whole(one)
    one.page.keyboard.press("End")
    one.page.keyboard.press("j")
    began = time.monotonic()
    seen = []
    for _ in range(6):
        one.page.wait_for_timeout(120)
        seen.append(int(one.page.locator(".vs-seek").input_value()))
    took = time.monotonic() - began
    assert seen == sorted(seen, reverse=True)
    assert 49 - seen[-1] == pytest.approx(25 * took, rel=0.5)
    one.page.keyboard.press("k")
    settle(one)
    assert number(one) == int(one.page.locator(".vs-seek").input_value())


def test_the_buttons_do_the_same_by_mouse(show):
    one = open_stage(show)
    wait_whole(one)
    button = lambda name: one.stage.get_by_role("button", name=name, exact=True)  # noqa: E731
    button("Pause").click()
    assert one.video.evaluate("(v) => v.paused") is True
    before = int(one.page.locator(".vs-seek").input_value())
    button("One frame on").click()
    assert int(one.page.locator(".vs-seek").input_value()) == (before + 1) % FRAMES
    button("One frame back").click()
    assert int(one.page.locator(".vs-seek").input_value()) == before
    # After a click, keys go to the player.
    one.page.keyboard.press(" ")
    assert one.video.evaluate("(v) => v.paused") is False
    button("Play backwards").click()
    expect(one.page.locator(".vs-speed")).to_have_text("−1×")
    one.video.click()
    assert one.video.evaluate("(v) => v.paused") is True
    box = one.page.locator(".vs-seek").bounding_box()
    one.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert int(one.page.locator(".vs-seek").input_value()) in range(23, 28)
    button("Sound").click()
    assert one.video.evaluate("(v) => v.muted") is False
    expect(button("Sound")).to_have_attribute("aria-pressed", "true")
    button("Close the player").click()
    expect(one.stage).to_have_count(0)
    expect(one.play_button(1)).to_be_focused()


def test_sound_is_kept_on_from_shot_to_shot(show):
    one = open_stage(show)
    one.page.keyboard.press("s")
    assert one.video.evaluate("(v) => v.muted") is False
    one.page.keyboard.press("PageDown")
    expect(one.page.get_by_role("group", name="Playing Shot 1003, ")).to_be_visible()
    assert one.video.evaluate("(v) => v.muted") is False
    one.page.keyboard.press("PageUp")
    expect(one.page.get_by_role("group", name="Playing Shot 1002, ")).to_be_visible()
    one.page.keyboard.press("s")
    assert one.video.evaluate("(v) => v.muted") is True


def test_keys_of_the_tile_work_while_it_plays(show):
    one = open_stage(show)
    one.page.keyboard.press("x")
    expect(one.page.locator(".vs-pick-item")).to_have_count(1)
    one.page.keyboard.press("+")
    expect(one.tile(1).get_by_role("button", name="Thumb up")).to_have_attribute("aria-pressed", "true")
    assert one.pretend.done("pick")[0]["at"] == one.pretend.done("thumb")[0]["at"] == 1
    one.page.keyboard.press("m")
    expect(one.page.locator(".vs-query")).to_have_text("more like shot 2")
    expect(one.stage).to_have_count(0)


def test_escape_closes_it_and_gives_the_focus_back(show):
    one = open_stage(show, place=2)
    one.page.keyboard.press("Escape")
    expect(one.stage).to_have_count(0)
    expect(one.play_button(2)).to_be_focused()
    # The same tile again closes it, too.
    one.play_button(2).click()
    expect(one.stage).to_be_visible()
    one.play_button(2).click()
    expect(one.stage).to_have_count(0)


def test_the_tile_that_plays_is_marked(show):
    one = open_stage(show, place=1)
    expect(one.tile(1)).to_have_class("vs-tile vs-playing")
    expect(one.play_button(1)).to_have_attribute("aria-expanded", "true")
    one.page.keyboard.press("PageDown")
    expect(one.tile(2)).to_have_class("vs-tile vs-stack vs-playing")
    expect(one.page.locator(".vs-playing")).to_have_count(1)
    expect(one.play_button(1)).to_have_attribute("aria-expanded", "false")
    one.page.keyboard.press("Escape")
    expect(one.page.locator(".vs-playing")).to_have_count(0)
    expect(one.play_button(2)).to_have_attribute("aria-expanded", "false")


def test_there_is_one_stage_and_what_is_left_is_cancelled(show):
    pretend = Pretend()
    pretend.pause_s = 0.4
    one = open_stage(show, pretend)
    one.play_button(3).click()
    expect(one.page.get_by_role("group", name="Playing Shot 1004, ")).to_be_visible()
    expect(one.stage).to_have_count(1)
    assert pretend.seen_cancelled.wait(3)


def test_a_film_that_is_gone_is_said_in_words_over_its_picture(show):
    pretend = Pretend()
    pretend.play_error = (
        "the film harbor.mp4 is no longer at /films: bring it back, or add it from where it is"
    )
    one = open_stage(show, pretend)
    expect(one.stage.get_by_role("alert")).to_have_text(pretend.play_error)
    assert one.video.get_attribute("poster").startswith("blob:")
    one.page.keyboard.press("Escape")
    expect(one.play_button(1)).to_be_focused()


def test_a_film_is_asked_for_when_a_tile_keeps_the_mouse_and_not_again_at_the_click(show):
    one = show()
    one.play_button(0).hover()
    one.page.wait_for_timeout(400)
    assert [ask["at"] for ask in one.pretend.done("play")] == [0]
    assert one.pretend.done("played") == []
    one.play_button(0).click()
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.1")
    assert len(one.pretend.done("play")) == 1
    # It was there before the click: that it is played is told, each time.
    assert [(ask["set"], ask["at"]) for ask in one.pretend.done("played")] == [("1", 0)]
    # Whole takes are held: playing it again asks for nothing.
    one.page.keyboard.press("Escape")
    one.page.keyboard.press("Enter")
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.1")
    assert len(one.pretend.done("play")) == 1
    assert len(one.pretend.done("played")) == 2


def test_what_was_made_ahead_goes_on_with_the_click(show):
    pretend = Pretend()
    pretend.waits = True
    one = show(pretend)
    one.play_button(0).hover()
    one.page.wait_for_timeout(400)
    (ask,) = pretend.done("play")
    assert ask["ahead"] is True
    heard = lambda: [said.get("which") for said in one.desk.comm.heard if said.get("do") == "go"]  # noqa: E731
    assert heard() == []
    one.play_button(0).click()
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 1")
    assert heard() == [ask["id"]]
    assert pretend.done("played") == []
    # By the keys it is asked for at once, whole.
    one.page.keyboard.press("Escape")
    one.page.locator(".vs-scroll").evaluate("() => document.activeElement.blur()")
    one.play_button(3).evaluate("(one) => { one.focus(); one.click(); }")
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 1")
    assert "ahead" not in pretend.done("play")[-1]
    assert heard() == [ask["id"]]


def test_a_press_asks_for_the_film_before_it_is_a_click(show):
    one = show()
    # The press alone: a mouse that came there would have rested on the tile.
    one.play_button(1).dispatch_event("pointerdown", {"button": 0, "pointerType": "mouse"})
    one.page.wait_for_timeout(300)
    assert [(ask["at"], ask["ahead"]) for ask in one.pretend.done("play")] == [(1, True)]
    expect(one.stage).to_have_count(0)
    one.play_button(1).dispatch_event("click")
    expect(one.stage).to_be_visible()
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.1")
    assert len(one.pretend.done("play")) == 1


def test_keyframes_of_a_tile_wait_until_it_plays(show):
    pretend = Pretend()
    pretend.pause_s = 0.3
    one = show(pretend)
    one.play_button(0).click()
    expect(one.stage).to_be_visible()
    one.play_button(0).hover()
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.1")
    one.play_button(0).hover(position={"x": 30, "y": 30})
    expect(one.tile(0).locator(".vs-scrub")).to_have_count(1)
    order = [asked["do"] for asked in pretend.asked if asked["do"] in ("play", "keyframes")]
    assert order == ["play", "keyframes"]


def test_at_most_one_film_is_made_ahead(show):
    pretend = Pretend()
    pretend.pause_s = 1.0
    one = show(pretend)
    for place in range(4):
        one.play_button(place).hover()
        one.page.wait_for_timeout(250)
    one.page.mouse.move(2, 2)
    one.page.wait_for_timeout(300)
    asked = [ask["id"] for ask in pretend.done("play")]
    cancelled = [said["which"] for said in one.desk.comm.heard if said.get("do") == "cancel"]
    assert len(asked) == 4
    assert cancelled == asked


def test_a_browser_without_media_source_plays_the_whole_file(show):
    one = show()
    one.page.evaluate("() => { delete window.MediaSource; delete window.ManagedMediaSource; }")
    one.play_button(1).click()
    one.page.wait_for_function("() => document.querySelector('.vs-stage video')?.currentTime > 0.2")
    one.page.keyboard.press("Home")
    settle(one)
    assert number(one) == 0
