"""One browser for the pages of this folder, and desks that are shown in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import running_chromium
from tests.widgets.pretend import Pretend
from tests.widgets.wire import Wire, running_wire
from vidsearch_sdk.widgets.desk import Desk


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

    def __init__(self, page: Page, desk: Desk, pretend: Pretend, name: str, errors: list[str]) -> None:
        self.page, self.desk, self.pretend, self.name, self.errors = page, desk, pretend, name, errors

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


@pytest.fixture
def show(chromium, wire) -> Iterator[Callable[..., Shown]]:
    """Show a desk: ``show(pretend, width=…, height=…, dark=…, static=…)``."""
    contexts: list[Any] = []
    desks: list[Desk] = []
    pages: list[Shown] = []

    def shown(
        pretend: Pretend | None = None,
        *,
        width: int = 1100,
        height: int = 800,
        color: str = "light",
        static: str = "",
        key: str = "",
        kind: str = "grid",
        wait: bool = True,
        clock: bool = False,
        **options: Any,
    ) -> Shown:
        pretend = pretend or Pretend()
        desk = Desk(pretend.handlers(), kind=kind, key=key)
        pretend.desk = desk
        desks.append(desk)
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=color, reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        if clock:
            page.clock.install()
        page.goto(wire.url)
        page.wait_for_function("window.ready")
        if static:
            page.evaluate("(page) => main.insertAdjacentHTML('beforebegin', page)", static)
        name = wire.connect(desk)
        page.evaluate("(name) => mount(name)", name)
        one = Shown(page, desk, pretend, name, errors)
        pages.append(one)
        if wait:
            expect(page.locator(".vs-desk.vs-ready")).to_be_attached()
        return one

    yield shown
    wire.deaf = False
    for context in contexts:
        context.close()
    for desk in desks:
        desk.close()
    for one in pages:
        assert one.errors == [], "the page's scripts went wrong"
