import base64

import pytest
from playwright.sync_api import expect

from tests.widgets.pretend import Pretend, jpeg


def static_page(count, key="k1"):
    """A static page as the results write it, in its outlines."""
    picture = base64.b64encode(jpeg(7)).decode()
    tiles = "".join(
        f'<li class="vs-tile" data-vs-at="{at}"><div class="vs-picture">'
        f'<img src="data:image/jpeg;base64,{picture}" alt=""></div></li>'
        for at in range(count)
    )
    return f'<div class="vidsearch" data-vs-page="{key}"><ol class="vs-grid">{tiles}</ol></div>'


def page_of(one):
    return one.page.locator("[data-vs-page]")


def test_the_live_grid_takes_the_place_of_the_page_and_its_pictures(show):
    one = show(Pretend(12), static=static_page(12), key="k1")
    expect(page_of(one)).to_be_hidden()
    expect(one.root).to_be_visible()
    assert [asked["pictures"] for asked in one.pretend.done("tiles")] == [False]
    assert one.desk.comm.sent_bytes == 0
    assert one.tile(3).locator("img").get_attribute("src").startswith("data:image/jpeg;base64,")


def test_a_picture_that_the_page_lacks_too_is_not_asked_for(show):
    page = static_page(12).replace("<img", '<div class="vs-missing">no picture</div><!-- img', 1)
    page = page.replace('alt="">', 'alt=""> -->', 1)
    one = show(Pretend(12), static=page, key="k1")
    assert [asked["pictures"] for asked in one.pretend.done("tiles")] == [False]
    expect(one.tile(0).locator(".vs-missing")).to_have_text("no picture")
    expect(one.tile(1).locator("img")).to_have_count(1)


def test_a_page_that_shows_only_some_gives_none_of_a_page_it_has_in_part(show):
    one = show(Pretend(120), static=static_page(60), key="k1")
    one.page.locator(".vs-scroll").evaluate("(one) => one.scrollTo(0, one.scrollHeight)")
    expect(one.page.locator(".vs-scroll li.vs-tile")).to_have_count(108)
    assert [asked["pictures"] for asked in one.pretend.done("tiles")][:2] == [False, True]


def test_another_answer_has_pictures_of_its_own(show):
    one = show(Pretend(12), static=static_page(12), key="k1")
    one.play_button(0).focus()
    one.page.keyboard.press("m")
    expect(one.page.locator(".vs-query")).to_have_text("more like shot 1")
    assert one.pretend.done("tiles")[-1]["pictures"] is True


@pytest.mark.parametrize("how", ["closed by Python", "taken away"])
def test_the_page_comes_back_when_the_desk_goes(show, how):
    one = show(Pretend(6), static=static_page(6), key="k1")
    expect(page_of(one)).to_be_hidden()
    if how == "taken away":
        one.page.evaluate("(name) => unmount(name)", one.name)
    else:
        one.desk.close()
    expect(page_of(one)).to_be_visible()
    expect(one.root).to_have_count(0)


def test_pages_of_other_cells_stay(show):
    one = show(Pretend(6), static=static_page(6, "k1") + static_page(6, "k10"), key="k1")
    expect(page_of(one).nth(0)).to_be_hidden()
    expect(page_of(one).nth(1)).to_be_visible()


def test_the_page_stays_until_the_last_view_is_gone(show):
    one = show(Pretend(6), static=static_page(6), key="k1")
    one.page.evaluate("(name) => mount(name)", one.name)
    expect(one.page.locator(".vs-desk.vs-ready")).to_have_count(2)
    one.page.evaluate("(name) => [...models.get(name).views][0]()", one.name)
    expect(page_of(one)).to_be_hidden()
    one.page.evaluate("(name) => [...models.get(name).views][0]()", one.name)
    expect(page_of(one)).to_be_visible()


def test_a_page_that_is_drawn_anew_stays_hidden(show):
    one = show(Pretend(6), static=static_page(6), key="k1")
    one.page.evaluate(
        "(page) => { document.querySelector('[data-vs-page]').outerHTML = page; }", static_page(6)
    )
    expect(page_of(one)).to_be_hidden()


def test_a_kernel_that_does_not_answer_leaves_the_page(show, wire):
    wire.deaf = True
    one = show(Pretend(6), static=static_page(6), key="k1", wait=False, clock=True)
    expect(page_of(one)).to_be_visible()
    one.page.clock.run_for(21_000)
    alert = one.page.get_by_role("alert")
    expect(alert).to_contain_text("The kernel does not answer: it is busy or gone.")
    expect(page_of(one)).to_be_visible()
    # What was asked until now is lost: the question itself, and whether anybody is there.
    one.page.wait_for_timeout(50)
    assert wire.dropped == 2
    wire.deaf = False
    alert.get_by_role("button", name="Try again").click()
    expect(one.page.locator(".vs-desk.vs-ready")).to_be_visible()
    expect(page_of(one)).to_be_hidden()
    expect(one.page.get_by_role("alert")).to_have_count(0)


def test_a_kernel_that_falls_silent_gives_the_page_back_and_takes_it_again(show, wire):
    one = show(Pretend(120), static=static_page(60), key="k1", clock=True)
    wire.deaf = True
    one.play_button(2).focus()
    one.page.keyboard.press("m")
    one.page.clock.run_for(9_000)
    expect(page_of(one)).to_be_hidden()
    one.page.clock.run_for(12_000)
    expect(page_of(one)).to_be_visible()
    expect(one.page.get_by_role("alert")).to_contain_text("The kernel does not answer")
    expect(one.page.locator(".vs-scroll")).to_be_hidden()
    # Busy, not gone: it answers in the end.
    wire.deaf = False
    one.desk.push({"push": "tray", "tiles": []})
    expect(page_of(one)).to_be_hidden()
    expect(one.page.locator(".vs-scroll")).to_be_visible()
    expect(one.page.get_by_role("alert").filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize("page", [static_page(6), ""])
def test_after_a_restart_of_the_kernel_it_says_what_to_do(show, page):
    one = show(Pretend(6), static=page, key="k1" if page else "")
    one.play_button(2).focus()
    one.page.evaluate(
        "(name) => { models.get(name).send = () => { throw new Error('Cannot send'); }; }", one.name
    )
    one.page.keyboard.press("x")
    alert = one.page.get_by_role("alert").filter(visible=True)
    expect(alert).to_contain_text("The kernel was restarted: run this cell again.")
    expect(one.page.get_by_role("button", name="Try again")).to_be_hidden()
    if page:
        expect(page_of(one)).to_be_visible()
        expect(one.page.locator(".vs-scroll")).to_be_hidden()
        expect(alert).to_be_focused()
    else:
        expect(one.play_button(2)).to_be_focused()
    one.page.evaluate("(name) => unmount(name)", one.name)


def test_long_work_of_a_kernel_that_is_there_is_waited_for(show):
    pretend = Pretend(6)
    pretend.pause_s = 3.0
    one = show(pretend, static=static_page(6), key="k1", clock=True)
    one.play_button(2).focus()
    one.page.keyboard.press("n")
    for _ in range(6):
        one.page.clock.run_for(5_000)
        one.page.evaluate("() => fetch('/')")
    expect(page_of(one)).to_be_hidden()
    expect(one.page.get_by_role("alert")).to_have_count(0)
    expect(one.page.locator(".vs-query")).to_have_text("not like shot 3")
