"""A notebook that is open in a front end, and the kernel behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, WebSocket

from tests.browser.jupyter_server import JupyterServer
from tests.browser.live_grid import LiveGrid

Front = Literal["lab", "notebook"]
FRONTS: tuple[Front, ...] = ("lab", "notebook")

_ADDRESS = {"lab": "/lab/tree/{name}?reset", "notebook": "/notebooks/{name}"}
_READY = """() => {
  const shown = window.jupyterapp?.shell?.currentWidget;
  const session = shown?.sessionContext;
  return !!(shown?.context?.isReady && session?.isReady && session.session?.kernel?.status === 'idle');
}"""
_SHOWN = "() => !!window.jupyterapp?.shell?.currentWidget?.context?.isReady"
_PANEL = "window.jupyterapp.shell.currentWidget"


@dataclass
class NotebookPage:
    """A notebook in a browser page.

    Attributes:
        page: The page, for all that a person does.
        front: The front end that shows it.
        troubles: Errors of the page's scripts, as they happened.
        received: Bytes that came from the kernel through websockets.
    """

    server: JupyterServer
    page: Page
    front: Front
    name: str
    troubles: list[str] = field(default_factory=list)
    received: int = 0
    _client: BlockingKernelClient | None = None

    def run_all(self) -> None:
        """Run every cell, and wait until the last one is done."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def run_cell(self, at: int) -> None:
        """Select a cell, run it and wait until it is done."""
        self.page.evaluate(
            f"""async (at) => {{
              {_PANEL}.content.activeCellIndex = at;
              await window.jupyterapp.commands.execute('notebook:run-cell');
            }}""",
            at,
        )

    def show(self, source: str, at: int = 1) -> LiveGrid:
        """Write code into a cell, run it, and give the live grid that it shows."""
        self.write(at, source)
        self.run_cell(at)
        grid = LiveGrid(self.page, self.outputs(at))
        grid.ready()
        return grid

    def write(self, at: int, source: str) -> None:
        """Write code into a cell."""
        self.page.evaluate(
            f"([at, source]) => {_PANEL}.content.widgets[at].model.sharedModel.setSource(source)",
            [at, source],
        )

    def outputs(self, at: int) -> Locator:
        """What a cell shows below it."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(at).locator(".jp-Cell-outputArea")

    def state(self) -> dict[str, Any]:
        """What keys of the notebook would change: its cells, the mode, the selection and the source."""
        return dict(
            self.page.evaluate(
                f"""() => {{
                  const book = {_PANEL}.content;
                  return {{
                    cells: book.widgets.map((one) => [one.model.type, one.model.sharedModel.getSource()]),
                    mode: book.mode,
                    active: book.activeCellIndex,
                    selected: book.widgets.map((one) => book.isSelected(one)),
                    hidden: book.widgets.map((one) => !!one.outputHidden),
                    dialogs: document.querySelectorAll('.jp-Dialog').length,
                    page: location.href,
                  }};
                }}"""
            )
        )

    def models(self) -> int:
        """Widget models that live in the front end."""
        return int(
            self.page.evaluate(
                f"""async () => {{
                  const {{ rendermime }} = {_PANEL}.content;
                  for (const type of rendermime.mimeTypes) {{
                    if (!type.includes('widget-view')) continue;
                    const renderer = rendermime.createRenderer(type);
                    const manager = await (renderer._manager?.promise ?? renderer.manager ?? null);
                    const models = manager?._models ?? manager?._modelsSync;
                    renderer.dispose();
                    return models instanceof Map ? models.size : Object.keys(models).length;
                  }}
                  return -1;
                }}"""
            )
        )

    def python(self, code: str) -> str:
        """Run code in the kernel as another cell would, and give what it wrote and what its last line is."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                said.append(content["text"])
            elif message["msg_type"] == "execute_result":
                said.append(content["data"]["text/plain"])
            elif message["msg_type"] == "error":
                said.append("\n".join(content["traceback"]))

        reply = self._kernel().execute_interactive(
            code, timeout=60, store_history=False, output_hook=hear, allow_stdin=False
        )
        if reply["content"]["status"] != "ok":
            raise AssertionError("".join(said))
        return "".join(said).strip()

    def value(self, expression: str) -> Any:
        """The value of an expression in the kernel, through JSON."""
        return json.loads(self.python(f"import json; print(json.dumps({expression}, default=str))"))

    def save(self) -> None:
        """Save the notebook as a person would."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def close(self) -> None:
        """Close the page and end its kernel."""
        if self._client is not None:
            self._client.stop_channels()
        self.page.evaluate(f"() => {_PANEL}?.sessionContext?.shutdown()")
        self.page.close(run_before_unload=False)

    def _kernel(self) -> BlockingKernelClient:
        if self._client is None:
            client = BlockingKernelClient(connection_file=str(self.server.connection_file(self.name)))
            client.load_connection_file()
            client.start_channels()
            client.wait_for_ready(timeout=60)
            self._client = client
        return self._client

    def _heard(self, socket: WebSocket) -> None:
        def frame(payload: str | bytes) -> None:
            self.received += len(payload)

        socket.on("framereceived", frame)

    def _console(self, message: ConsoleMessage) -> None:
        # What the page around us logs is not ours to judge; what fails in our module carries its name.
        if message.type == "error" and "vidsearch" in message.text.lower():
            self.troubles.append(message.text)


def open_notebook(
    server: JupyterServer,
    context: BrowserContext,
    front: Front,
    cells: Sequence[str],
    *,
    name: str,
    run: bool = True,
) -> NotebookPage:
    """Write a notebook of these cells, open it in a front end and run it."""
    path = server.folder / name
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, path)
    opened = open_again(server, context, front, name=name)
    if run:
        opened.run_all()
    return opened


def open_again(
    server: JupyterServer, context: BrowserContext, front: Front, *, name: str, kernel: bool = True
) -> NotebookPage:
    """Open a notebook that is there, and wait for its kernel where it has one."""
    page = context.new_page()
    opened = NotebookPage(server=server, page=page, front=front, name=name)
    page.on("pageerror", lambda error: opened.troubles.append(str(error)))
    page.on("console", opened._console)
    page.on("websocket", opened._heard)
    page.goto(server.url + _ADDRESS[front].format(name=name))
    page.wait_for_function(_READY if kernel else _SHOWN, timeout=60_000)
    return opened
