from playwright.sync_api import expect

from tests.widgets.pretend import Pretend


def working(session):
    """Seconds that the page's main thread has worked so far, whatever else the machine does."""
    found = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in found if one["name"] == "TaskDuration")


def test_the_last_of_a_thousand_is_a_few_requests_away(show):
    one = show(Pretend(1000))
    one.play_button(0).focus()
    one.page.keyboard.press("End")
    expect(one.play_button(999)).to_be_focused(timeout=30_000)
    asked = [(ask["from"], ask["count"]) for ask in one.pretend.done("tiles")]
    assert sorted(asked) == asked
    assert sum(count for _, count in asked) == 1000
    assert len(asked) <= 13
    places = one.page.locator(".vs-scroll li.vs-tile").evaluate_all(
        "(all) => all.map((one) => Number(one.dataset.at))"
    )
    assert places == list(range(1000))


def test_a_thousand_results_scroll_smoothly(show):
    one = show(Pretend(1000), width=1400, height=900)
    page = one.page
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    worked, loaded = [], 0
    for _ in range(200):
        before = working(session)
        loaded = page.evaluate("""async () => {
          const scroller = document.querySelector('.vs-scroll');
          scroller.scrollBy(0, 1400);
          await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 20)));
          return document.querySelectorAll('.vs-scroll li.vs-tile').length;
        }""")
        worked.append(working(session) - before)
        if loaded == 1000:
            break
    assert loaded == 1000
    # All tasks of a step together: a page of tiles at the most.
    assert max(worked) <= 0.3
    one.play_button(999).scroll_into_view_if_needed()
    # A key still answers at once among a thousand.
    one.play_button(500).focus()
    for key in ("ArrowRight", "ArrowDown", "x", "Home", "End"):
        before = working(session)
        page.keyboard.press(key)
        page.wait_for_timeout(20)
        assert working(session) - before <= 0.3, key
    session.detach()
    assert page.evaluate("() => document.querySelectorAll('.vs-desk *').length") < 60_000
