"""A Hub on the loopback interface that speaks as much of the protocol as the real client asks for."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Manner = Literal["open", "missing", "private", "gated", "cut", "down"]


@dataclass
class Repository:
    """Files of one commit, and how the Hub behaves when asked for them."""

    files: dict[str, bytes]
    manner: Manner = "open"
    commit: str = field(default="")

    def __post_init__(self) -> None:
        said = "".join(f"{name}{hashlib.sha1(data).hexdigest()}" for name, data in sorted(self.files.items()))
        self.commit = self.commit or hashlib.sha1(said.encode()).hexdigest()


class Hub:
    """Serves repositories; counts requests."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.requests: list[str] = []
        hub = self

        class Handler(_Handler):
            home = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Hub:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    home: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.split("?")[0]
        self.home.requests.append(f"{self.command} {path}")
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+)(?:/.*)?)?", path):
            self._told(*match.groups())
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._file(*match.groups())
        else:
            self._send(404, b"{}")

    def _found(self, name: str, revision: str | None) -> Repository | None:
        repository = self.home.repositories.get(name)
        if repository is None or repository.manner == "missing":
            self._send(404, b'{"error":"Repository not found"}', {"X-Error-Code": "RepoNotFound"})
        elif repository.manner == "private":
            self._send(401, b'{"error":"Invalid username or password."}')
        elif repository.manner == "down":
            self._send(500, b'{"error":"Internal error"}')
        elif revision not in (None, "main", "v1", repository.commit):
            self._send(404, b'{"error":"Invalid rev id"}', {"X-Error-Code": "RevisionNotFound"})
        else:
            return repository
        return None

    def _told(self, name: str, what: str | None, revision: str | None) -> None:
        repository = self._found(name, revision)
        if repository is None:
            return
        body: Any
        if what == "tree":
            body = [
                {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                for path, data in repository.files.items()
            ]
        else:
            siblings = [{"rfilename": path} for path in repository.files]
            body = {"id": name, "modelId": name, "sha": repository.commit, "siblings": siblings, "tags": []}
        self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _file(self, name: str, revision: str, path: str) -> None:
        repository = self._found(name, revision)
        if repository is None:
            return
        if repository.manner == "gated":
            self._send(403, b'{"error":"Access to model is restricted"}', {"X-Error-Code": "GatedRepo"})
            return
        data = repository.files.get(path)
        if data is None:
            self._send(404, b'{"error":"Entry not found"}', {"X-Error-Code": "EntryNotFound"})
            return
        headers = {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": repository.commit}
        cut = repository.manner == "cut" and path.endswith(".safetensors") and self.command == "GET"
        self._send(200, data[: len(data) // 2] if cut else data, headers, claimed=len(data))
        if cut:
            self.close_connection = True

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, claimed: int | None = None
    ) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
