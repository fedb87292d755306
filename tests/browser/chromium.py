"""A Chromium on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

FLAGS = (
    "--no-sandbox",  # which a container run as root cannot have
    "--disable-dev-shm-usage",
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc",
)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A headless browser; the test is skipped where there is none, and fails in continuous integration."""
    with sync_playwright() as playwright:
        path = chromium_path(playwright.chromium)
        if path is None:
            reason = (
                f"no browser: neither {', '.join(NAMES)} nor the Chromium of `playwright install chromium`"
            )
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def chromium_path(chromium: BrowserType) -> str | None:
    """The one that ``VIDSEARCH_CHROMIUM`` names, one on the path, or playwright's own."""
    named = os.environ.get("VIDSEARCH_CHROMIUM")
    found = [named] if named else [path for path in map(shutil.which, NAMES) if path]
    return next(iter([*found, *filter(os.path.exists, [chromium.executable_path])]), None)
