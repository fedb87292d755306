"""The bar settles on the truth, and stays silent when asked to."""

from __future__ import annotations

import pytest

from vidsearch_sdk.ingest.film_progress import FilmProgress

SIZES = {"a": 100, "b": 300}
NAMES = {"a": "first.mp4", "b": "second.mp4"}


def test_seconds_of_film_are_counted_and_never_go_back() -> None:
    with FilmProgress(SIZES, NAMES, show=False) as bar:
        bar.opened("a", 10.0)
        bar.advanced("a", 4.0)
        bar.advanced("a", 3.0)
        assert bar.seconds_done == 4.0
        bar.advanced("a", 11.0)
        assert bar.seconds_done == 10.0
        bar.opened("b", None)
        bar.advanced("b", 2.0)
        bar.advanced("b", None)
        assert bar.seconds_done == 12.0
        bar.finished("a", 9.5)
        bar.advanced("a", 9.9)  # a late word of a film that has ended
        assert bar.seconds_done == 11.5


def test_the_unknown_is_guessed_from_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    with FilmProgress(SIZES, NAMES, show=True) as bar:
        bar.opened("a", 10.0)
        assert bar.seconds_expected == pytest.approx(40.0)
        bar.opened("b", 20.0)
        assert bar.seconds_expected == pytest.approx(30.0)
        bar.finished("a", 10.0)
        bar.finished("b", 20.0)
    shown = capsys.readouterr().err
    assert "100%" in shown
    assert "2/2 films" in shown
    assert "first.mp4" in shown


def test_films_that_give_nothing_still_fill_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with FilmProgress(SIZES, NAMES, show=True) as bar:
        bar.finished("a", 0.0)
        bar.finished("b", 0.0)
    assert "100%" in capsys.readouterr().err


def test_silence(capfd: pytest.CaptureFixture[str]) -> None:
    with FilmProgress(SIZES, NAMES, show=False) as bar:
        bar.opened("a", 10.0)
        bar.finished("a", 10.0)
        bar.finished("b", 10.0)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
