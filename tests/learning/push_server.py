"""As much of the Hub's protocol as one commit of files needs, on the loopback interface."""

from __future__ import annotations

import base64
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class PushHub:
    """Takes commits; ``refuse`` is the status that it answers everything with."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.messages: list[str] = []
        self.tokens: set[str] = set()
        self.refuse = 0
        hub = self

        class Handler(_Handler):
            home = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> PushHub:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    home: PushHub

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if self.home.refuse:
            self._send(self.home.refuse, {"error": "refused"})
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/main)?", path):
            name = match[1]
            found = name in self.home.repositories
            self._send(200 if found else 404, {"id": name, "sha": "0" * 40, "siblings": [], "tags": []})
        else:
            self._send(200, {"name": "somebody", "type": "user"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.home.tokens.add(self.headers.get("Authorization", ""))
        path = self.path.split("?")[0]
        if self.home.refuse:
            self._send(self.home.refuse, {"error": "refused"})
        elif path == "/api/repos/create":
            said = json.loads(body)
            name = "/".join(part for part in (said.get("organization"), said["name"]) if part)
            self.home.repositories.setdefault(name, {})
            self.home.private[name] = said.get("visibility") == "private"
            self._send(200, {"url": f"{self.home.url}/{name}"})
        elif re.fullmatch(r"/api/models/[^/]+/[^/]+/preupload/main", path):
            files = [
                {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                for one in json.loads(body)["files"]
            ]
            self._send(200, {"files": files})
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", path):
            self._commit(match[1], body)
        elif path == "/api/validate-yaml":
            self._send(200, {"errors": [], "warnings": []})
        else:
            self._send(404, {})

    def _commit(self, name: str, body: bytes) -> None:
        for line in body.decode().splitlines():
            said: dict[str, Any] = json.loads(line)
            if said["key"] == "header":
                self.home.messages.append(said["value"]["summary"])
            elif said["key"] == "file":
                value = said["value"]
                self.home.repositories[name][value["path"]] = base64.b64decode(value["content"])
        address = f"{self.home.url}/{name}/commit/{'0' * 40}"
        self._send(200, {"commitUrl": address, "commitOid": "0" * 40, "success": True, "hookOutput": ""})

    def _send(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
