"""What the examples in docstrings may take for granted, and which tests run side by side."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# Each worker has a core of its own: threads that wait by spinning would keep the others from theirs.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_OF_A_CATALOG = "vidsearch_sdk.shot_index.ShotIndex"
_OF_AN_INDEX = ("vidsearch_sdk.results.tray.Tray", "vidsearch_sdk.explorer.explorer.explore")


@pytest.fixture(autouse=True)
def _sample_catalog(request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]) -> None:
    """Give examples of a catalog, an encoder or an index what they need, and make it for no others."""
    if request.node.name not in (_OF_A_CATALOG, *_OF_AN_INDEX):
        return
    made = request.getfixturevalue("_sample_film")
    doctest_namespace.update(catalog=made["catalog"], encoder=made["encoder"])
    if request.node.name in _OF_AN_INDEX:
        import vidsearch_sdk as vs

        doctest_namespace["index"] = vs.ShotIndex.build(made["catalog"], made["encoder"], progress=False)


@pytest.fixture(scope="session")
def _sample_film(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    import vidsearch_sdk as vs
    from vidsearch_sdk.sample.assets import film_path

    catalog = vs.Catalog(tmp_path_factory.mktemp("examples") / "catalog")
    catalog.add(film_path())
    catalog.segment(progress=False)
    return {"catalog": catalog, "encoder": vs.Encoder("sample")}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Keep all that needs a browser on one worker: two would only make each other late."""
    from xdist.scheduler import LoadScopeScheduling

    class OneBrowser(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if nodeid.startswith(("tests/browser/", "tests/widgets/")) else nodeid

    return OneBrowser(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a test that measures time have the machine to itself, and hold up the other workers meanwhile."""
    run = getattr(item.config, "workerinput", {}).get("testrunuid")
    if run is None:  # there are no other workers
        return (yield)
    with _held(run, alone=item.get_closest_marker("timed") is not None):
        return (yield)


@contextmanager
def _held(run: str, *, alone: bool) -> Iterator[None]:
    folder = Path(tempfile.gettempdir())
    with (folder / f"{run}.gate").open("wb") as gate, (folder / f"{run}.running").open("wb") as running:
        # Whoever waits to be alone waits inside the gate, so that nobody new comes in before.
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the locks of the run, in the process that started the workers."""
    if not hasattr(config, "workerinput"):
        session = getattr(config.pluginmanager.getplugin("dsession"), "nodemanager", None)
        for name in ("gate", "running"):
            run = getattr(session, "testrunuid", None)
            if run is not None:
                (Path(tempfile.gettempdir()) / f"{run}.{name}").unlink(missing_ok=True)
