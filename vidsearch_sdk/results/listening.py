"""Functions that want to hear of changes, for as long as somebody keeps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Listener:
    """A function that is told of changes; what changes holds it weakly.

    Args:
        call: The function.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self.call = call
