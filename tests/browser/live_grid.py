"""The live grid as a person meets it: found by what a screen reader would say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from playwright.sync_api import Locator, Page, expect


@dataclass
class LiveGrid:
    """A live grid, or the grid of an explorer.

    Attributes:
        page: The page.
        area: What the notebook shows below the cell.
    """

    page: Page
    area: Locator

    @cached_property
    def root(self) -> Locator:
        return self.area.locator("[data-vs-desk]")

    @property
    def tiles(self) -> Locator:
        """The tiles of the answer, without those of what was opened in it."""
        return self.root.locator(".vs-answer > .vs-scroll > ol > li.vs-tile")

    @property
    def scroller(self) -> Locator:
        return self.root.locator(".vs-answer > .vs-scroll")

    @property
    def stage(self) -> Locator:
        return self.root.locator(".vs-stage")

    @property
    def video(self) -> Locator:
        return self.root.locator("video")

    @property
    def picks(self) -> Locator:
        return self.root.get_by_role("list", name="Picks, in order").get_by_role("listitem")

    @property
    def trail(self) -> Locator:
        return self.root.get_by_role("navigation", name="Way here")

    def ready(self) -> None:
        """Wait until the first tiles are there and the static page has stepped aside."""
        expect(self.root).to_have_class(re.compile(r"\bvs-ready\b"), timeout=45_000)

    def play_button(self, at: int) -> Locator:
        return self.tiles.nth(at).locator("button.vs-play")

    def focus(self, at: int = 0) -> None:
        """Put the focus on a tile, as the Tab key would."""
        self.play_button(at).focus()
        expect(self.play_button(at)).to_be_focused()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def button(self, at: int, name: str) -> Locator:
        """A button of a tile, by its name; it is seen while the mouse is over the tile."""
        return self.tiles.nth(at).get_by_role("button", name=name, exact=True)

    def click(self, at: int, name: str) -> None:
        self.tiles.nth(at).hover()
        self.button(at, name).click()

    def pictured(self, at: int) -> bool:
        """Whether a tile has a picture that can be seen."""
        image = self.tiles.nth(at).locator("img").first
        return bool(image.evaluate("(one) => one.decode().then(() => one.naturalWidth > 100)"))

    def plays(self) -> None:
        """Wait until a picture of the film has been shown and time goes on."""
        self.page.wait_for_function(
            "(video) => video.readyState >= 2 && !video.paused && video.currentTime > 0",
            arg=self.video.element_handle(),
            timeout=15_000,
        )

    def frame(self) -> int:
        """Number of the frame that the player says it shows."""
        words = self.stage.locator(".vs-place").inner_text()
        return int(re.search(r"frame ([\d,]+)", words)[1].replace(",", ""))

    def whole(self) -> None:
        """Wait until all of the shot has arrived."""
        self.page.wait_for_function(
            """(video) => video.buffered.length && Number.isFinite(video.duration)
               && video.buffered.end(video.buffered.length - 1) >= video.duration - 0.1""",
            arg=self.video.element_handle(),
            timeout=15_000,
        )
