"""One Jupyter server for both JupyterLab and Notebook 7, which knows nothing of the user's own settings."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PATIENCE_S = 90.0


@dataclass(frozen=True)
class JupyterServer:
    """Where a server listens and keeps its files."""

    url: str
    folder: Path
    runtime: Path

    def asked(self, path: str) -> Any:
        """What the server's REST interface answers."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:
            return json.load(answer)

    def connection_file(self, notebook: str) -> Path:
        """The file through which another client talks with the kernel of a notebook."""
        kernels = [one["kernel"]["id"] for one in self.asked("/api/sessions") if one["path"] == notebook]
        return self.runtime / f"kernel-{kernels[0]}.json"


@contextmanager
def running_jupyter(home: Path) -> Iterator[JupyterServer]:
    """A server in folders of its own; kernels run the interpreter of the tests."""
    folders = {name: home / name for name in ("config", "data", "runtime", "work", "ipython")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))},
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "JUPYTER_CONFIG_DIR": str(folders["config"]),
        "JUPYTER_DATA_DIR": str(folders["data"]),
        "JUPYTER_RUNTIME_DIR": str(folders["runtime"]),
        "IPYTHONDIR": str(folders["ipython"]),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    # Nobody is there to be asked whether news may be fetched.
    quiet = folders["config"] / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True)
    (quiet / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}'
    )
    port = _free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += [f"--ServerApp.root_dir={folders['work']}", "--IdentityProvider.token="]
    # Both front ends then give their application to the page, through which commands are run.
    command += ["--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"]
    command += ["--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += ["--ServerApp.terminals_enabled=False", "--LabApp.extension_manager=readonly"]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folders["work"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            server = JupyterServer(f"http://127.0.0.1:{port}", folders["work"], folders["runtime"])
            _wait(server, process, home / "server.log")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(server: JupyterServer, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            server.asked("/api/status")
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the server did not start:\n{log.read_text()[-4000:]}") from None
            time.sleep(0.1)
