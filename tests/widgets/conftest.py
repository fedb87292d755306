"""One browser for the pages of this folder, and desks that are shown in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, expect

from tests.browser.chromium import running_chromium
from tests.widgets.pretend import Pretend
from tests.widgets.wire import Wire, running_wire
from vidsearch_sdk.widgets.desk import Desk


# Closed with the last test of this folder: while playwright is on, no other test could run an event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def wire(chromium) -> Iterator[Wire]:
    with running_wire() as wire:
        yield wire


class Shown:
    """A desk in a page.

    Attributes:
        page: The page.
        desk: The widget behind it.
        pretend: What answers it.
        name: The widget's name in the page.
        errors: What went wrong in the page's scripts.
    """

    desk: Desk
    pretend: Pretend
    name: str

    def __init__(self, page: Page, wire: Wire) -> None:
        self.page, self.wire = page, wire
        self.errors: list[str] = []
        page.on("pageerror", self._note_error)
        page.on("console", self._note_said)
        self._desks: list[Desk] = []

    def put(self, pretend: Pretend, *, kind: Literal["grid", "explorer"] = "grid", key: str = "") -> None:
        """Show a desk in the page."""
        self.pretend, self.desk = pretend, Desk(pretend.handlers(), kind=kind, key=key)
        pretend.desk = self.desk
        self._desks.append(self.desk)
        self.name = self.wire.connect(self.desk)
        self.page.evaluate("(name) => mount(name)", self.name)

    def instead(self, pretend: Pretend) -> None:
        """Show another desk in the place of this one."""
        # A browser keeps few lines open to one server.
        self.page.evaluate("(name) => { unmount(name); models.get(name).stop(); }", self.name)
        self.put(pretend)
        self.is_ready()

    def is_ready(self) -> None:
        expect(self.page.locator(".vs-desk.vs-ready")).to_be_attached()

    def end(self) -> None:
        self.page.remove_listener("pageerror", self._note_error)
        self.page.remove_listener("console", self._note_said)
        for desk in self._desks:
            desk.close()

    def _note_error(self, error: Error) -> None:
        self.errors.append(str(error))

    def _note_said(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.errors.append(said.text)

    @property
    def root(self) -> Locator:
        return self.page.locator(".vs-desk")

    def tile(self, at: int) -> Locator:
        """A tile of the main grid."""
        return self.page.locator(f'.vs-scroll > ol > li.vs-tile[data-at="{at}"]')

    def play_button(self, at: int) -> Locator:
        return self.tile(at).locator(".vs-play")

    @property
    def stage(self) -> Locator:
        return self.page.locator(".vs-stage")

    @property
    def video(self) -> Locator:
        return self.page.locator(".vs-stage video")

    def focused(self) -> Any:
        """Label of what has the focus."""
        return self.page.evaluate("() => document.activeElement?.getAttribute('aria-label')")


@pytest.fixture(scope="package")
def shared(chromium) -> Iterator[Page]:
    """A page that one test after the other uses: a new one would cost most of their time."""
    context = chromium.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def show(chromium, wire, shared) -> Iterator[Callable[..., Shown]]:
    """Show a desk: ``show(pretend, width=…, height=…, color=…, static=…)``; at most one at a time."""
    contexts: list[Any] = []
    shown: list[Shown] = []

    def opened(
        pretend: Pretend | None = None,
        *,
        width: int = 1100,
        height: int = 800,
        color: Literal["light", "dark"] = "light",
        static: str = "",
        key: str = "",
        kind: Literal["grid", "explorer"] = "grid",
        wait: bool = True,
        clock: bool = False,
        forced: bool = False,
    ) -> Shown:
        page = shared
        if clock:
            # Its clock cannot be set going again.
            contexts.append(chromium.new_context())
            page = contexts[-1].new_page()
            page.clock.install()
        page.set_default_timeout(10_000)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color, forced_colors="active" if forced else "none")
        page.mouse.move(0, 0)
        one = Shown(page, wire)
        shown.append(one)
        page.goto(wire.url)
        page.wait_for_function("window.ready")
        if static:
            page.evaluate("(page) => main.insertAdjacentHTML('beforebegin', page)", static)
        one.put(pretend or Pretend(), kind=kind, key=key)
        if wait:
            one.is_ready()
        return one

    yield opened
    wire.deaf, wire.dropped = False, 0
    for one in shown:
        one.end()
    for context in contexts:
        context.close()
    for one in shown:
        assert one.errors == [], "the page's scripts went wrong"
