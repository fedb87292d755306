"""The style sheet of reports."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from vidsearch_sdk.pages.markup import Markup


@cache
def sheet() -> Markup:
    """Give it as a ``<style>`` element."""
    text = files("vidsearch_sdk.evaluation").joinpath("report.css").read_text(encoding="utf-8")
    return Markup(f"<style>{text}</style>")
