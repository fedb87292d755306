"""The search desk of a notebook: passes requests of its page to handlers, and their answers back.

It knows nothing of search. What a request means is the handlers' business; that each gets exactly one answer,
in words where it failed, is the desk's.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, get_args

import anywidget
import traitlets

from vidsearch_sdk.errors import VidsearchError
from vidsearch_sdk.widgets.reply import Reply
from vidsearch_sdk.widgets.sources import loader, script, sheet

log = logging.getLogger("vidsearch_sdk")

Handler = Callable[[Mapping[str, Any], Reply], None]
"""Answers one kind of request: gets the request's fields and the reply to answer with."""

Kind = Literal["grid", "explorer"]


class Desk(anywidget.AnyWidget):
    """The widget; a view of it is a search desk.

    A handler named in ``QUICK`` runs at once, in the order of the requests, in the thread that receives them;
    all others run in up to ``WORKERS`` threads, which live only while there is work.

    Args:
        handlers: What answers each request, by the request's name.
        kind: ``"grid"`` shows one answer; ``"explorer"`` has a query box and filters as well.
        key: Names the static page (``data-vs-page``) whose place the view takes; ``""`` where there is none.
    """

    QUICK: ClassVar[frozenset[str]] = frozenset({"open", "pick", "unpick", "move", "clear", "thumb"})
    WORKERS: ClassVar[int] = 4

    kind = traitlets.Unicode("grid").tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    _esm = traitlets.Unicode().tag(sync=True)

    def __init__(self, handlers: Mapping[str, Handler], *, kind: Kind = "grid", key: str = "") -> None:
        self._handlers = dict(handlers)
        self._running: dict[int, Reply] = {}
        self._waiting: deque[tuple[Handler, Mapping[str, Any], Reply, int]] = deque()
        self._workers = 0
        self._lock = threading.Lock()
        self._shut = False
        # Last of what can fail, and after all that ``close`` needs: it is called for what was half made, too.
        if kind not in get_args(Kind):
            raise ValueError(f"kind is {kind!r}; it is one of {', '.join(get_args(Kind))}")
        super().__init__(kind=kind, key=key)
        self.on_msg(self._receive)

    @traitlets.default("_esm")
    def _read_loader(self) -> str:
        return loader()

    def push(self, fields: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send what no view asked for to all views; safe from any thread.

        Args:
            fields: What JSON can hold; ``push`` names what it is.
            buffers: Bytes that travel beside it.
        """
        self._post(fields, buffers)

    def close(self) -> None:
        """Stop all work and close the widget; its views show the static page again."""
        with self._lock:
            self._shut = True
            self._waiting.clear()
            running = list(self._running.values())
            self._running.clear()
        for reply in running:
            reply.cancel()
        layout = self.layout
        super().close()
        # A model of its own, which would stay.
        layout.close()

    def _post(self, fields: Mapping[str, Any], buffers: Sequence[bytes]) -> None:
        if not self._shut:
            self.send(dict(fields), list(buffers))

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        number = content.get("id") if isinstance(content, dict) else None
        if type(number) is not int:
            log.warning("a message of the page was left alone: it has no number")
            return
        name = content.get("do")
        reply = Reply(number, self._post)
        if name == "ping":
            reply.done()
        elif name == "script":
            reply.done({"script": script(), "sheet": sheet()})
        elif name in ("cancel", "go"):
            self._tell(content.get("which"), name)
            reply.done()
        elif not isinstance(name, str) or name not in self._handlers:
            log.warning("the page asked for %.80r, which this desk does not do", name)
            reply.fail("This desk cannot do that.")
        elif name in self.QUICK:
            self._answer(self._handlers[name], content, reply)
        else:
            self._start(self._handlers[name], content, reply, number)

    def _tell(self, which: Any, what: Literal["cancel", "go"]) -> None:
        with self._lock:
            reply = self._running.get(which) if type(which) is int else None
        if reply is not None and what == "cancel":
            reply.cancel()
        elif reply is not None:
            reply.wanted.set()

    def _start(self, handler: Handler, content: Mapping[str, Any], reply: Reply, number: int) -> None:
        with self._lock:
            if self._shut:
                return
            self._running[number] = reply
            self._waiting.append((handler, content, reply, number))
            if self._workers >= self.WORKERS:
                return
            self._workers += 1
        # A daemon: a kernel that shuts down does not wait for a reel to be written.
        threading.Thread(target=self._work, name="vidsearch-desk", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._workers -= 1
                    return
                handler, content, reply, number = self._waiting.popleft()
            if reply.cancelled.is_set():
                reply.done()
            else:
                self._answer(handler, content, reply)
            with self._lock:
                self._running.pop(number, None)

    def _answer(self, handler: Handler, content: Mapping[str, Any], reply: Reply) -> None:
        # A request must never end in silence: the page would wait for it.
        try:
            handler(content, reply)
        except VidsearchError as error:
            reply.fail(str(error))
        except Exception as error:
            if reply.cancelled.is_set():
                log.debug("%s was cancelled", content.get("do"), exc_info=True)
            else:
                log.exception("%s failed", content.get("do"))
            reply.fail(f"This did not work ({type(error).__name__}); the log of the kernel says more.")
        else:
            if not reply.ended:
                reply.done()
