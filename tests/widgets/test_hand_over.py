import pytest
from playwright.sync_api import expect

from tests.widgets.pretend import Pretend


@pytest.fixture
def form(show):
    """A desk with one pick, its form open: ``form(pretend)`` gives the desk."""

    def opened(pretend=None, *, pick=True):
        one = show(pretend)
        if pick:
            one.play_button(0).focus()
            one.page.keyboard.press("x")
            expect(one.page.locator(".vs-pick-item")).to_have_count(1)
        one.page.get_by_role("button", name="Hand over").click()
        expect(one.page.get_by_role("form", name="Hand over")).to_be_visible()
        return one

    return opened


def name_field(one):
    return one.page.get_by_role("textbox", name="File name")


def test_a_timeline_is_written_with_its_name_format_and_handles(form):
    one = form()
    expect(name_field(one)).to_be_focused()
    name_field(one).fill("harbor")
    one.page.get_by_label("Format").select_option(".xml")
    one.page.get_by_label("Handles in seconds").fill("0.5")
    one.page.get_by_role("button", name="Export").click()
    expect(one.page.locator(".vs-hand-said")).to_have_text("Written: /films/harbor.xml")
    (asked,) = one.pretend.done("export")
    assert {
        "path": "harbor.xml",
        "overwrite": False,
        "what": "tray",
        "handles_s": 0.5,
    }.items() <= asked.items()


def test_the_whole_form_works_by_keyboard(form):
    one = form()
    press = one.page.keyboard.press
    press("Escape")
    expect(one.page.get_by_role("button", name="Hand over")).to_be_focused()
    expect(one.page.locator(".vs-hand")).to_be_hidden()
    one.play_button(0).focus()
    press("e")
    expect(name_field(one)).to_be_focused()
    one.page.keyboard.type("abdx")
    press("Enter")
    expect(one.page.locator(".vs-hand-said")).to_have_text("Written: /films/abdx.edl")
    press("Shift+Tab")
    press("Shift+Tab")
    press("ArrowRight")
    expect(one.page.get_by_role("radio", name="Reel")).to_be_checked()
    assert len(one.pretend.done("pick")) == 1


def test_a_file_that_exists_is_replaced_only_when_that_is_said(form):
    one = form()
    name_field(one).fill("there.edl")
    one.page.keyboard.press("Enter")
    alert = one.page.get_by_role("alert")
    # What a script would be told is not for this form.
    expect(alert).to_have_text("there.edl exists.Replace it")
    alert.get_by_role("button", name="Replace it").click()
    expect(one.page.locator(".vs-hand-said")).to_have_text("Written: /films/there.edl")
    assert [asked["overwrite"] for asked in one.pretend.done("export")] == [False, True]


def test_a_reel_shows_how_far_it_is_and_can_be_cancelled(form):
    pretend = Pretend()
    pretend.slow_s = 30.0
    one = form(pretend)
    one.page.get_by_role("radio", name="Reel").check()
    expect(name_field(one)).to_have_value("reel")
    expect(one.page.get_by_label("Handles in seconds")).to_be_hidden()
    one.page.get_by_role("button", name="Make").click()
    expect(one.page.locator(".vs-hand-said")).to_contain_text("shot 1 of 3")
    expect(one.page.get_by_role("progressbar", name="How far it is")).to_be_visible()
    expect(one.page.get_by_role("button", name="Make")).to_be_disabled()
    one.page.locator(".vs-hand").get_by_role("button", name="Cancel").click()
    expect(one.page.locator(".vs-hand-said")).to_have_text("Cancelled; nothing was written.")
    assert pretend.seen_cancelled.wait(3)
    expect(one.page.get_by_role("button", name="Make")).to_be_enabled()


def test_what_was_written_before_it_could_be_cancelled_is_said(form):
    pretend = Pretend()
    pretend.slow_s, pretend.too_late = 30.0, True
    one = form(pretend)
    one.page.get_by_role("radio", name="Reel").check()
    one.page.get_by_role("button", name="Make").click()
    one.page.locator(".vs-hand").get_by_role("button", name="Cancel").click()
    expect(one.page.locator(".vs-hand-said")).to_have_text("Written: /films/reel.mp4")


def test_a_reel_and_a_contact_sheet_are_written(form):
    one = form()
    one.page.get_by_role("radio", name="Reel").check()
    one.page.get_by_role("button", name="Make").click()
    expect(one.page.locator(".vs-hand-said")).to_have_text("Written: /films/reel.mp4")
    one.page.get_by_role("radio", name="Contact sheet").check()
    one.page.get_by_label("Which shots").select_option("All results")
    one.page.get_by_role("button", name="Make").click()
    expect(one.page.locator(".vs-hand-said")).to_have_text("Written: /films/sheet.png")
    assert {"path": "sheet.png", "what": "results"}.items() <= one.pretend.done("sheet")[0].items()
    assert "handles_s" not in one.pretend.done("reel")[0]


def test_nothing_picked_is_one_error_in_words(form):
    one = form(pick=False)
    one.page.get_by_role("button", name="Export").click()
    expect(one.page.get_by_role("alert")).to_have_text("Nothing picked yet: X picks a shot.")
    assert one.pretend.done("export") == []
    one.page.get_by_role("alert").get_by_role("button", name="Dismiss").click()
    expect(one.page.get_by_role("alert")).to_have_count(0)


def test_a_reel_goes_on_while_shots_are_picked_and_played(form):
    pretend = Pretend()
    pretend.slow_s = 1.0
    one = form(pretend)
    one.page.get_by_role("radio", name="Reel").check()
    one.page.get_by_role("button", name="Make").click()
    one.play_button(3).focus()
    one.page.keyboard.press("x")
    expect(one.page.locator(".vs-pick-item")).to_have_count(2)
    one.page.keyboard.press("Enter")
    one.page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.1")
    expect(one.page.locator(".vs-hand-said")).to_have_text("Written: /films/reel.mp4")
    assert one.page.evaluate("() => document.activeElement.className") == "vs-player"


@pytest.mark.parametrize(
    ("kind", "typed", "written"),
    [
        ("Timeline", "x.fcpxml", "x.fcpxml"),
        ("Timeline", "x.EDL", "x.EDL"),
        ("Timeline", "reel 2.5", "reel 2.5.edl"),
        ("Timeline", "x.mp4", "x.mp4.edl"),
        ("Reel", "x.m4v", "x.m4v"),
        ("Contact sheet", "x.jpeg", "x.jpeg"),
    ],
)
def test_a_name_that_ends_as_a_format_does_chooses_it(form, kind, typed, written):
    one = form()
    one.page.get_by_role("radio", name=kind).check()
    name_field(one).fill(typed)
    name_field(one).press("Enter")
    expect(one.page.locator(".vs-hand-said")).to_have_text(f"Written: /films/{written}")


def test_name_and_format_go_together(form):
    one = form()
    chosen = one.page.get_by_label("Format")
    name_field(one).fill("x.fcpxml")
    expect(chosen).to_have_value(".fcpxml")
    chosen.select_option(".otio")
    expect(name_field(one)).to_have_value("x.otio")
    one.page.get_by_role("radio", name="Reel").check()
    expect(name_field(one)).to_have_value("x")
