"""A page that talks to real widgets without a notebook: a small server stands in for the kernel's line."""

from __future__ import annotations

import base64
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import comm
from comm.base_comm import BaseComm

from vidsearch_sdk.widgets.sources import script, sheet

HERE = Path(__file__).parent


class WireComm(BaseComm):
    """A line from one widget to all pages that listen to it."""

    def __init__(self, *args: Any, **keys: Any) -> None:
        self.listening: list[queue.Queue[str]] = []
        self.state: dict[str, Any] = {}
        self.heard: list[dict[str, Any]] = []
        self.sent_bytes = 0
        super().__init__(*args, **keys)

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        if msg_type == "comm_open":
            self.state = dict(data["state"])
        message = {"type": msg_type, "data": data if msg_type == "comm_msg" else {}}
        message["buffers"] = [base64.b64encode(bytes(one)).decode() for one in buffers or []]
        self.sent_bytes += sum(len(bytes(one)) for one in buffers or [])
        for one in list(self.listening):
            one.put(json.dumps(message))

    def receive(self, content: Any) -> None:
        """What a page sent, given to the widget as a kernel would."""
        self.heard.append(content)
        self.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


class Wire:
    """The server, and the line of each widget by its name."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.lines: dict[str, WireComm] = {}
        self.deaf = False
        self.dropped = 0

    def connect(self, desk: Any) -> str:
        """Make a widget known to pages; gives its name."""
        self.lines[desk.model_id] = desk.comm
        return desk.model_id


@contextmanager
def running_wire() -> Iterator[Wire]:
    """Serve, and give widgets that are made meanwhile a line that pages can listen to."""
    made_before = comm.create_comm
    comm.create_comm = lambda *args, **keys: WireComm(*args, **keys)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    wire = server.wire = Wire(server.server_port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield wire
    finally:
        comm.create_comm = made_before
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing: pytest shows what matters."""

    def _give(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        wire: Wire = self.server.wire
        path = self.path.partition("?")[0]
        if path == "/":
            self._give("text/html; charset=utf-8", (HERE / "bridge.html").read_bytes())
        elif path == "/desk.js":
            self._give("text/javascript; charset=utf-8", script().encode())
        elif path == "/desk.css":
            self._give("text/css; charset=utf-8", sheet().encode())
        elif path.startswith("/state/"):
            state = wire.lines[path.rsplit("/", 1)[1]].state
            self._give("application/json", json.dumps({k: state[k] for k in ("kind", "key")}).encode())
        elif path.startswith("/events/"):
            self._stream(wire.lines[path.rsplit("/", 1)[1]])
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        wire: Wire = self.server.wire
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._give("text/plain", b"")
        if wire.deaf:
            wire.dropped += 1
        else:
            wire.lines[self.path.rsplit("/", 1)[1]].receive(content)

    def _stream(self, line: WireComm) -> None:
        mine: queue.Queue[str] = queue.Queue()
        # Before the page is told that it may speak: what answers it must not be missed.
        line.listening.append(mine)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self.wfile.write(b": here\n\n")
            while True:
                try:
                    message = mine.get(timeout=1.0)
                except queue.Empty:
                    self.wfile.write(b": still here\n\n")
                    continue
                self.wfile.write(f"data: {message}\n\n".encode())
                self.wfile.flush()
        except OSError:
            pass
        finally:
            line.listening.remove(mine)
