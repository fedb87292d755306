"""The video really plays: exactly the shot, first frame to last, with the keys of an editing desk."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.film_pictures import difference, drawn

ASK = 'hits = index.search("a dog in a meadow", k=12); hits'
ALIKE, OTHER = 6.0, 15.0  # of 255, on average


@pytest.fixture
def grid(book):
    return book.show(ASK)


def shot_between_cuts(book) -> dict:
    """A hit that begins and ends with a cut, so that the frames beside it are of other pictures."""
    return book.value(
        "(lambda s: [dict(at=n, start=int(h.start_frame), end=int(h.end_frame), seconds=float(h.duration_s))"
        " for n, h in enumerate(hits) if h.opened_by == 'cut'"
        " and s.get(h.number + 1) == 'cut'][0])(dict(zip(index.table['number'], index.table['opened_by'])))"
    )


def shows(grid, film, frame) -> None:
    """Wait until the video shows this frame of the film; it does not when it shows another shot's."""
    seen = []
    for _ in range(60):
        seen.append(difference(drawn(grid.video), film.frame(frame)))
        if seen[-1] < ALIKE:
            return
        grid.page.evaluate("() => new Promise(requestAnimationFrame)")
    raise AssertionError(f"frame {frame} is not shown: the pictures differ by {seen[-1]:.1f}")


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_a_shot_plays_exactly_and_in_a_loop(book, grid, film, how):
    shot = shot_between_cuts(book)
    if how == "mouse":
        grid.play_button(shot["at"]).click()
    else:
        grid.focus(shot["at"])
        grid.press("Enter")
    grid.plays()
    video = grid.video
    assert video.evaluate("(one) => [one.muted, one.loop, one.controls]") == [True, True, False]
    before = video.evaluate("(one) => one.currentTime")
    grid.page.wait_for_function("([one, t]) => one.currentTime !== t", arg=[video.element_handle(), before])
    grid.whole()
    assert video.evaluate("(one) => one.duration") == pytest.approx(shot["seconds"], abs=0.03)

    # Around the end once: every frame that was shown is one of the shot's.
    shown = video.evaluate(
        """async (one) => {
          const times = [];
          let turned = 0;
          one.currentTime = Math.max(0, one.duration - 0.7);
          while (!turned || times.length < turned + 8) {
            const { mediaTime } = await new Promise((give) =>
              one.requestVideoFrameCallback((now, facts) => give(facts)));
            if (times.length && mediaTime < times.at(-1) - 0.3) turned = times.length;
            times.push(mediaTime);
            if (times.length > 400) break;
          }
          return times;
        }"""
    )
    assert len(shown) < 400
    assert min(shown) >= 0.0
    assert max(shown) <= shot["seconds"] - 0.5 / 24

    # Both ends, to the frame: alike to the film's own, and unlike those of the shots beside.
    grid.press("k", "Home")
    assert grid.frame() == shot["start"]
    shows(grid, film, shot["start"])
    assert difference(drawn(video), film.frame(shot["start"] - 1)) > OTHER
    grid.press("End")
    assert grid.frame() == shot["end"] - 1
    shows(grid, film, shot["end"] - 1)
    assert difference(drawn(video), film.frame(shot["end"])) > OTHER

    grid.press("Escape")
    expect(grid.video).to_have_count(0)
    expect(grid.play_button(shot["at"])).to_be_focused()


def test_the_keys_of_an_editing_desk(book, grid, film):
    shot = shot_between_cuts(book)
    grid.focus(shot["at"])
    grid.press("Enter")
    grid.plays()
    grid.whole()
    video = grid.video

    grid.press("k", "Home")
    expect(grid.stage.get_by_role("button", name="Play", exact=True).first).to_be_visible()
    assert video.evaluate("(one) => one.paused")
    for step, frame in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        grid.press(step)
        assert grid.frame() == shot["start"] + frame
    shows(grid, film, shot["start"] + 1)
    # One back from the first frame is the last one: it is a loop.
    grid.press("Home", "ArrowLeft")
    assert grid.frame() == shot["end"] - 1

    grid.press("Home", "l")
    grid.page.wait_for_function("(one) => one.currentTime > 0.3", arg=video.element_handle())
    assert video.evaluate("(one) => one.playbackRate") == 1
    grid.press("l")
    assert video.evaluate("(one) => [one.paused, one.playbackRate]") == [False, 2]
    grid.press("Space")
    assert video.evaluate("(one) => one.paused")

    grid.press("End", "j")
    grid.page.wait_for_function(
        "([one, last]) => Number(one.value) < last - 6",
        arg=[
            grid.stage.get_by_role("slider", name="Frame").element_handle(),
            shot["end"] - 1 - shot["start"],
        ],
    )
    assert shot["start"] <= grid.frame() < shot["end"] - 4
    grid.press("Space")
    stopped = grid.frame()
    grid.page.evaluate("() => new Promise((done) => setTimeout(done, 150))")
    assert grid.frame() == stopped
    shows(grid, film, stopped)

    grid.press("s")
    assert not video.evaluate("(one) => one.muted")
    grid.press("s")
    assert video.evaluate("(one) => one.muted")


def test_the_buttons_of_the_player_do_the_same(book, grid):
    shot = shot_between_cuts(book)
    grid.play_button(shot["at"]).click()
    grid.plays()
    grid.whole()
    stage, video = grid.stage, grid.video
    stage.get_by_role("button", name="Pause").click()
    assert video.evaluate("(one) => one.paused")
    before = grid.frame()
    count = shot["end"] - shot["start"]
    stage.get_by_role("button", name="One frame on").click()
    assert (grid.frame() - before) % count == 1
    stage.get_by_role("button", name="One frame back").click()
    assert grid.frame() == before
    stage.get_by_role("slider", name="Frame").fill("7")
    assert grid.frame() == shot["start"] + 7
    stage.get_by_role("button", name="Sound").click()
    assert not video.evaluate("(one) => one.muted")
    stage.get_by_role("button", name="Sound").click()
    video.click()
    grid.page.wait_for_function("(one) => !one.paused", arg=video.element_handle())
    stage.get_by_role("button", name="Close the player").click()
    expect(grid.video).to_have_count(0)


def test_the_source_timecode_drops_frames(book):
    grid = book.show("hits = timed.search(vs.text('a shot'), k=6, min_score=0, fold=False); hits")
    first = book.value("[h.start_frame for h in hits].index(0)")
    grid.focus(first)
    grid.press("Enter")
    grid.plays()
    grid.whole()
    clock = grid.stage.locator(".vs-clock")
    grid.press("k", "Home")
    expect(clock).to_have_text("00:00:59;18")
    for _ in range(11):
        grid.press("ArrowRight")
    expect(clock).to_have_text("00:00:59;29")
    # Two numbers are left out at every full minute but the tenth.
    grid.press("ArrowRight")
    expect(clock).to_have_text("00:01:00;02")
    expect(grid.stage.locator(".vs-place")).to_contain_text("13 of 24")


def test_a_film_that_moved_shows_its_pictures_and_says_what_is_missing(book, catalogs, tmp_path):
    grid = book.show("hits = timed.search(vs.text('a shot'), k=6, min_score=0, fold=False); hits")
    film = catalogs.timed.parent / "films" / "timed.mov"
    away = shutil.move(film, tmp_path / "elsewhere.mov")
    try:
        grid = book.show("hits = timed.search(vs.text('a picture'), k=6, min_score=0, fold=False); hits")
        expect(grid.tiles).to_have_count(6)
        assert grid.tiles.locator("img").first.evaluate(
            "(one) => one.decode().then(() => one.naturalWidth > 100)"
        )
        # Whatever was played before may play on; this one was not.
        grid.play_button(book.value("max(range(6), key=lambda n: hits[n].start_frame)")).click()
        expect(grid.stage.get_by_role("alert")).to_contain_text(re.compile("no longer at"))
        grid.press("x")
        expect(grid.root.locator('.vs-pick[aria-pressed="true"]').first).to_be_attached()
        grid.press("Escape", "e")
        form = grid.root.get_by_role("form", name="Hand over")
        form.get_by_label("File name").fill("moved")
        form.get_by_role("button", name="Make").or_(form.get_by_role("button", name="Export")).click()
        expect(form.get_by_role("alert")).to_contain_text("timed.mov")
    finally:
        shutil.move(away, film)
