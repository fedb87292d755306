"""The wall limit fits the film, also a film that lies."""

from __future__ import annotations

import pytest

from vidsearch_sdk.ingest.limits import Limits
from vidsearch_sdk.ingest.messages import Opened


def test_every_limit_is_above_zero() -> None:
    for name in vars(Limits()):
        with pytest.raises(ValueError, match=name):
            Limits(**{name: 0})


def test_a_longer_and_a_larger_film_get_more() -> None:
    short = Opened(duration_s=60.0, frames=1500, width=1920, height=1080)
    limits = Limits()
    assert limits.wall_s(size_bytes=10**6, opened=short) > 60
    longer = Opened(duration_s=600.0, frames=15000, width=1920, height=1080)
    larger = Opened(duration_s=60.0, frames=1500, width=3840, height=2160)
    assert limits.wall_s(size_bytes=10**6, opened=longer) > limits.wall_s(size_bytes=10**6, opened=short)
    assert limits.wall_s(size_bytes=10**6, opened=larger) > limits.wall_s(size_bytes=10**6, opened=short)


def test_a_film_of_unknown_length_gets_by_its_bytes() -> None:
    unknown = Opened(duration_s=None, frames=None, width=1280, height=720)
    limits = Limits()
    assert limits.wall_s(size_bytes=1000, opened=unknown) == pytest.approx(60, abs=1)
    assert limits.wall_s(size_bytes=10**9, opened=unknown) > 3600


def test_a_header_that_promises_years_gets_no_years() -> None:
    years = Opened(duration_s=1e12, frames=10**15, width=4096, height=4096)
    assert Limits().wall_s(size_bytes=1000, opened=years) < 20 * 86400
