from playwright.sync_api import expect

from tests.widgets.pretend import Pretend

COUNT = """(name) => ({
  held: held.size,
  outside,
  hearing: [...models.get(name).hearing.values()].reduce((sum, one) => sum + one.size, 0),
})"""


ROUNDS = 40
PAUSE_MS = 100


def counters(page, session, *, at_most=None):
    """What is left after collections of garbage: the least of five, or of as many as it takes to be few.

    One collection may come while a task that is about to end still holds the last desk.
    """
    least = None
    for done in range(1, ROUNDS + 1):
        session.send("HeapProfiler.collectGarbage")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        found = {name: metrics[name] for name in ("Nodes", "JSEventListeners", "Documents")}
        least = min(least or found, found, key=lambda one: one["Nodes"])
        if done >= 5 and (at_most is None or all(least[name] <= at_most[name] for name in at_most)):
            break
        page.wait_for_timeout(PAUSE_MS)
    return least


def test_fifty_renders_leave_nothing_behind(show):
    one = show(Pretend(12))
    page = one.page
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def render():
        page.evaluate("(name) => mount(name)", one.name)
        expect(page.locator(".vs-desk.vs-ready")).to_be_visible()
        page.evaluate("(name) => unmount(name)", one.name)

    page.evaluate("(name) => unmount(name)", one.name)
    for _ in range(3):
        render()
    # Once with everything open: the stage, keyframes, the folded, the tray, the form.
    page.evaluate("(name) => mount(name)", one.name)
    one.play_button(2).hover()
    page.wait_for_timeout(300)
    one.play_button(2).focus()
    for key in ("x", "d"):
        page.keyboard.press(key)
    expect(page.locator("li.vs-fold li.vs-tile")).to_have_count(5)
    one.play_button(1).click()
    page.wait_for_function("() => document.querySelector('.vs-stage video').currentTime > 0.1")
    one.page.get_by_role("button", name="Hand over").click()
    assert page.evaluate(COUNT, one.name)["held"] > 15
    page.evaluate("(name) => unmount(name)", one.name)
    assert page.evaluate(COUNT, one.name) == {"held": 0, "outside": 0, "hearing": 0}
    one.desk.comm.receive({"id": 1, "do": "clear"})

    before = counters(page, session)
    # Less than one desk has, of fifty.
    limits = {"Nodes": before["Nodes"] + 300, "JSEventListeners": before["JSEventListeners"] + 30}
    for _ in range(50):
        render()
    after = counters(page, session, at_most=limits)
    assert page.evaluate(COUNT, one.name) == {"held": 0, "outside": 0, "hearing": 0}
    assert after["JSEventListeners"] <= limits["JSEventListeners"]
    assert after["Nodes"] <= limits["Nodes"]
    assert after["Documents"] == before["Documents"]


def test_many_answers_hold_the_pictures_of_one(show):
    one = show(Pretend(12))
    for _ in range(12):
        one.play_button(0).focus()
        one.page.keyboard.press("m")
        expect(one.page.locator(".vs-scroll li.vs-tile")).to_have_count(30)
        expect(one.page.get_by_role("button", name="Back", exact=True)).to_be_enabled()
        one.page.keyboard.press("b")
        expect(one.page.locator(".vs-scroll li.vs-tile")).to_have_count(12)
    assert one.page.evaluate("held.size") <= 12


def test_playing_many_shots_holds_no_old_films(show):
    one = show(Pretend(12))
    pictures = one.page.evaluate("held.size")
    for place in range(10):
        one.play_button(place).focus()
        one.page.keyboard.press("Enter")
        one.page.wait_for_function("() => document.querySelector('.vs-stage video')?.currentTime > 0.05")
        one.page.keyboard.press("Escape")
    assert one.page.evaluate("held.size") == pictures
