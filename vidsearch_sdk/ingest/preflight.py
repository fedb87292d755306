"""Whether a Dask cluster can do the work, asked before any film is sent to it.

A task whose module a worker cannot import does not fail in Dask: it hangs, and so does what is submitted
after it. So the question is asked by a function that carries its own code (a nested function is pickled by
value) and imports by itself what it asks about.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import vidsearch_sdk
from vidsearch_sdk.errors import ExecutorError

if TYPE_CHECKING:
    from distributed import Client

_WITHIN_S = 10.0
_FILES_ASKED = 200
_NAMED = 5


@dataclass(frozen=True)
class Crew:
    """The workers that stood the test.

    Attributes:
        slots: Films that the cluster decodes at one time, one per worker thread.
        cores: Processor cores behind them.
        host_cores: Cores of the smallest of their machines; one film is decoded on one machine.
    """

    slots: int
    cores: int
    host_cores: int


def check_client(executor: object) -> Client:
    """Return ``executor`` if it is a usable Dask client.

    Raises:
        ExecutorError: It is anything else, closed, or an asynchronous client.
    """
    allowed = "executor=None uses all cores of this machine; a distributed.Client uses its cluster"
    if type(executor).__module__.partition(".")[0] != "distributed":
        raise ExecutorError(f"executor is a {type(executor).__name__}; {allowed}.")
    from distributed import Client

    if not isinstance(executor, Client):
        raise ExecutorError(f"executor is a distributed {type(executor).__name__}, not a Client; {allowed}.")
    if executor.asynchronous:
        raise ExecutorError(
            f"executor is an asynchronous Client, which cannot be waited for here; {allowed}."
        )
    if executor.status != "running":
        raise ExecutorError(f"executor is a Client that is {executor.status}; connect a new one.")
    return executor


def inspect_cluster(client: Client, *, catalog: str | None, films: Sequence[Path]) -> Crew:
    """Ask every worker whether it has this package and sees the catalog and the films.

    Args:
        client: A checked client.
        catalog: Folder of the catalog, or ``None`` when it lies on an object store.
        films: Files that will be read; a sample of them is asked for.

    Raises:
        ExecutorError: No worker, no answer in time, or a worker that cannot do the work; it says which and
            why.
    """
    if not _within(client, client.nthreads):
        try:
            client.wait_for_workers(1, timeout=_WITHIN_S)
        except TimeoutError:
            raise ExecutorError(
                f"the Dask cluster {_address(client)} has no workers (waited {_WITHIN_S:.0f} s); start some."
            ) from None
    step = max(1, len(films) // _FILES_ASKED)
    paths = [str(path) for path in films[::step]]
    reports = _ask(client, _question(), vidsearch_sdk.__version__, catalog, paths)
    _complain(reports, paths)
    threads = client.nthreads()
    hosts = {report["host"]: report["cores"] for report in reports.values()}
    return Crew(
        slots=max(1, sum(threads.values())), cores=sum(hosts.values()), host_cores=min(hosts.values())
    )


def _question() -> Callable[..., dict[str, Any]]:
    def look(version: str, catalog: str | None, paths: list[str]) -> dict[str, Any]:
        import importlib
        import importlib.util
        import os
        import socket
        import sys

        report: dict[str, Any] = {"host": socket.gethostname(), "problem": "", "unseen": []}
        report["cores"] = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        )
        try:
            package = importlib.import_module("vidsearch_sdk")
            if package.__version__ != version:
                report["problem"] = f"has vidsearch_sdk {package.__version__}, here it is {version}"
                return report
            for name in ("av", "scenedetect"):
                if importlib.util.find_spec(name) is None:
                    raise ImportError(f"No module named {name!r}")
            importlib.import_module("vidsearch_sdk.ingest.dask_tasks")
        except Exception as error:
            report["problem"] = f"cannot import the package ({error}; its Python is {sys.executable})"
            return report
        if catalog is not None and not os.access(catalog, os.R_OK | os.W_OK | os.X_OK):
            seen = "cannot write to" if os.path.isdir(catalog) else "does not see"  # noqa: PTH112
            report["problem"] = f"{seen} the catalog folder {catalog}"
            return report
        report["unseen"] = [number for number, path in enumerate(paths) if not os.access(path, os.R_OK)]
        return report

    return look


def _ask(
    client: Client, question: Callable[..., dict[str, Any]], *arguments: object
) -> Mapping[str, dict[str, Any]]:
    reports = _within(client, lambda: client.run(question, *arguments, on_error="return"))
    return {
        worker: report if isinstance(report, dict) else {"problem": f"fails at a first call ({report})"}
        for worker, report in reports.items()
    }


def _within(client: Client, call: Callable[[], Any]) -> Any:
    """Call something of the cluster that has no time-out of its own: a worker in trouble may never answer."""
    answers: dict[str, Any] = {}

    def ask() -> None:
        try:
            answers["given"] = call()
        except Exception as error:
            answers["error"] = error

    thread = threading.Thread(target=ask, daemon=True, name="vidsearch-preflight")
    thread.start()
    thread.join(_WITHIN_S)
    if "error" in answers:
        raise ExecutorError(f"the Dask cluster {_address(client)} refused a first call: {answers['error']}")
    if "given" not in answers:
        raise ExecutorError(
            f"the workers of {_address(client)} did not answer within {_WITHIN_S:.0f} s; "
            "check that they are alive and run the same Python and packages as this process."
        )
    return answers["given"]


def _complain(reports: Mapping[str, dict[str, Any]], paths: Sequence[str]) -> None:
    problems = [f"{worker} {report['problem']}" for worker, report in reports.items() if report["problem"]]
    if problems:
        raise ExecutorError(
            f"{len(problems)} of {len(reports)} Dask workers cannot do the work: {_some(problems)}. "
            "Install the same version everywhere and mount the catalog and the films at the same paths."
        )
    # A file that nobody sees is that film's own misfortune; one that some see is a mount that is missing.
    for number, path in enumerate(paths):
        blind = [worker for worker, report in reports.items() if number in report["unseen"]]
        if blind and (len(blind) < len(reports) or Path(path).exists()):
            others = [
                other
                for at, other in enumerate(paths)
                if at != number and any(at in reports[worker]["unseen"] for worker in blind)
            ]
            raise ExecutorError(
                f"{len(blind)} of {len(reports)} Dask workers cannot read the films: {_some(blind)} "
                f"do not see {_some([path, *others])}. Mount them at the same path on every worker."
            )


def _some(words: Sequence[str]) -> str:
    shown = ", ".join(word.encode("utf-8", "backslashreplace").decode() for word in words[:_NAMED])
    return shown if len(words) <= _NAMED else f"{shown} and {len(words) - _NAMED} more"


def _address(client: Client) -> str:
    return str(getattr(client.scheduler, "address", "")) or "given"
