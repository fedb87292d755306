"""Stopwatches of the front end: each measures in the page itself."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import expect

from tests.browser.live_grid import LiveGrid
from tests.browser.notebook_page import FRONTS, NotebookPage

# A hand that has reached what it wants rests on it before it presses, and a button stays down for a while.
REST_MS, PRESS_MS = 150, 80

FIRST_PAINT_MS, LONG_TASK_MS, CLICK_TO_PLAYING_MS, TILE_BYTES = 500, 200, 300, 25_000

# The moment in which pictures of a kind can be seen: they are decoded, and a frame was drawn since.
_WATCH = """() => {
  window.painted = {};
  const watch = (name, find) => {
    const look = async () => {
      const images = find();
      if (!images.length) return requestAnimationFrame(look);
      await Promise.all(images.slice(0, 8).map((one) => one.decode().catch(() => {})));
      requestAnimationFrame(() => setTimeout(() => (window.painted[name] = Date.now())));
    };
    look();
  };
  const visible = (images) => images.filter((one) => one.offsetParent);
  const grid = '[data-vs-desk]:not([data-old]) .vs-answer img', page = '[data-vs-page]:not([data-old]) img';
  watch('page', () => visible([...document.querySelectorAll(`${page}, ${grid}`)]));
  watch('grid', () => visible([...document.querySelectorAll(grid)]));
}"""


def paint_after_search(book: NotebookPage, ask: str) -> tuple[float, float]:
    """Milliseconds from the end of a search to the first pictures, and to those of the live grid."""
    book.write(1, f"{ask}\nsearched = time.time()\nhits")
    book.page.evaluate(
        "() => { for (const one of document.querySelectorAll('[data-vs-page], [data-vs-desk]'))"
        " one.dataset.old = ''; }"
    )
    book.page.evaluate(_WATCH)
    book.run_cell(1)
    book.page.wait_for_function("() => window.painted.page && window.painted.grid", timeout=30_000)
    painted = book.page.evaluate("() => window.painted")
    searched = 1000 * float(book.value("searched"))
    return painted["page"] - searched, painted["grid"] - searched


def long_tasks_while_scrolling(grid: LiveGrid, *, tiles: int = 480) -> float:
    """Milliseconds of the longest task of the page while a grid is scrolled down, page after page."""
    return float(
        grid.scroller.evaluate(
            """async (scroller, tiles) => {
              let longest = 0;
              const observer = new PerformanceObserver((list) => {
                for (const one of list.getEntries()) longest = Math.max(longest, one.duration);
              });
              observer.observe({ type: 'longtask' });
              const list = scroller.querySelector('ol');
              const end = performance.now() + 30_000;
              while (list.childElementCount < tiles && performance.now() < end) {
                scroller.scrollTop += 60;
                await new Promise(requestAnimationFrame);
              }
              await new Promise((done) => setTimeout(done, 100));
              for (const one of observer.takeRecords()) longest = Math.max(longest, one.duration);
              observer.disconnect();
              return longest;
            }""",
            tiles,
        )
    )


def bytes_of_first_paint(book: NotebookPage, ask: str) -> float:
    """Bytes that come through the websocket until the grid is there and at rest, shared among its tiles."""
    book.write(1, ask)
    before = book.received
    book.run_cell(1)
    grid = LiveGrid(book.page, book.outputs(1))
    grid.ready()
    # The page below comes at once, before anybody scrolls: its tiles count as its bytes do.
    shown, received = 0, -1
    while (shown, received) != (grid.tiles.count(), book.received):
        shown, received = grid.tiles.count(), book.received
        book.page.wait_for_timeout(500)
    assert shown >= 20
    return (book.received - before) / shown


def click_to_playing(book: NotebookPage, how: Literal["mouse", "keyboard"], *, tries: int) -> list[float]:
    """Milliseconds from a click or key to a frame that moves, for shots of about 5 s, new to the cache.

    The mouse comes as a hand moves it; the key comes as soon as its tile has the focus. The time is counted
    from the click itself, which is when the button is let go.
    """
    # Each try plays another copy of a film that the cache of small films has not seen.
    grid = book.show(
        "lengths = {'duration_s': (4.0, 7.0)}\n"
        "hits = thousand.search('a key', k=100, min_score=0, fold=False, where=lengths); hits"
    )
    count = grid.tiles.count()
    # Not one that the other way, or the other front end, has played.
    first = tries * (2 * FRONTS.index(book.front) + (how == "keyboard"))
    measured = []
    for at in range(first, min(first + tries, count)):
        grid.play_button(at).scroll_into_view_if_needed()
        book.page.evaluate(
            """(kind) => {
              window.began = window.moved = 0;
              const start = (event) => (window.began = event.timeStamp);
              document.addEventListener(kind, start, { capture: true, once: true });
              document.addEventListener('loadeddata', ({ target }) => {
                let first = null;
                const look = (now, { mediaTime }) => {
                  first ??= mediaTime;
                  if (mediaTime > first || mediaTime > 0.02) window.moved = performance.now();
                  else target.requestVideoFrameCallback(look);
                };
                target.requestVideoFrameCallback(look);
              }, { capture: true, once: true });
            }""",
            "click" if how == "mouse" else "keydown",
        )
        if how == "mouse":
            grid.play_button(at).hover()
            book.page.wait_for_timeout(REST_MS)
            grid.play_button(at).click(delay=PRESS_MS)
        else:
            grid.play_button(at).evaluate("(one) => one.focus({ preventScroll: true })")
            grid.press("Enter")
        book.page.wait_for_function("() => window.moved", timeout=20_000)
        measured.append(float(book.page.evaluate("() => window.moved - window.began")))
        grid.press("Escape")
        expect(grid.video).to_have_count(0)
    return measured
