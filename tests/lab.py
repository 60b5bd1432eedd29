"""A real JupyterLab on this machine alone, and a browser page in it.

`Server` starts JupyterLab on 127.0.0.1 with settings of its own, in a copy of the notebooks. `Lab` is one
page of it, driven through JupyterLab's own commands. Both are free of pytest, so that tools use them too.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

import nbformat

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Request

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
START_SECONDS = 180
PATIENCE_MS = 180_000  # for one kernel start, one cell, one page: far above what any takes on a busy machine

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "extensionmanager-extension/plugin": {"enabled": False},
    "docmanager-extension/plugin": {"autosave": False, "confirmClosingDocument": False},
    "apputils-extension/themes": {"adaptive-theme": False},
}

# One notebook panel is open at a time: JupyterLab's own objects answer for it.
PANEL = "const panel = window.jupyterapp.shell.currentWidget;"


class Server:
    """JupyterLab in its own folder, without news, updates or anything else that asks the network.

    Parameters
    ----------
    folder : Path
        An empty folder for the notebooks, the settings and the log.
    notebooks : Path
        Its notebooks are copied, so that no run changes them.
    """

    module = "jupyterlab"

    def __init__(self, folder: Path, notebooks: Path = NOTEBOOKS) -> None:
        self.folder = folder
        self.root = folder / "notebooks"
        self.log = folder / "jupyterlab.log"
        self.token = secrets.token_hex(16)
        shutil.copytree(notebooks, self.root, ignore=shutil.ignore_patterns(".*", "*progress*"))
        self._write_settings()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, and wait until it answers.

        Raises
        ------
        RuntimeError
            If it ends or stays silent, with the last lines of its log.
        """
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", self.module, f"--ServerApp.port={port}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.root,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = self.log.read_text("utf-8", "replace")[-4000:]
                raise RuntimeError(f"JupyterLab does not start:\n{said}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Shut the server and its kernels down."""
        if self.process.poll() is None:
            try:
                self.api("POST", "shutdown")
                self.process.wait(30)
            except (OSError, subprocess.TimeoutExpired):
                self.process.kill()
        self.process.wait()

    def api(self, method: str, path: str) -> Any:
        """Ask the server's own interface, for instance ``api("GET", "sessions")``."""
        asked = urllib.request.Request(
            f"{self.url}/api/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def stop_kernels(self) -> None:
        """Shut down every kernel that a page left running."""
        for session in self.api("GET", "sessions"):
            self.api("DELETE", f"sessions/{session['id']}")

    def write_notebook(self, name: str, *sources: str) -> Path:
        """Write a notebook of code cells beside the copied ones."""
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        path = self.root / name
        nbformat.write(notebook, path)
        return path

    def _answers(self) -> bool:
        try:
            return "version" in self.api("GET", "")
        except (OSError, ValueError):
            return False

    def environment(self) -> dict[str, str]:
        """Return the variables that keep Jupyter to the folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
        return kept | {
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_PATH": str(self.folder / "kernel"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTER_PLATFORM_DIRS": "1",
            "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            "IPYTHONDIR": str(self.folder / "ipython"),
        }

    def _write_settings(self) -> None:
        server = {
            "IdentityProvider": {"token": self.token},
            "ServerApp": {
                "ip": "127.0.0.1",
                "port_retries": 0,
                "open_browser": False,
                "root_dir": str(self.root),
                "allow_root": True,
            },
            "LabApp": {
                "expose_app_in_browser": True,
                "extension_manager": "readonly",
                "news_url": None,
                "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            },
        }
        kernel = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3",
            "language": "python",
            "metadata": {"debugger": False},
        }
        _write_json(self.folder / "config" / "jupyter_server_config.json", server)
        _write_json(self.folder / "kernel" / "kernels" / "python3" / "kernel.json", kernel)
        for name, values in SETTINGS.items():
            _write_json(self.folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings", values)


class Lab:
    """One page of JupyterLab, showing one notebook.

    Attributes
    ----------
    page : playwright.sync_api.Page
        The page, for clicks, keys and locators.
    errors : list of str
        What the page's console reported as an error, and uncaught exceptions.
    outside : list of str
        Addresses asked for beyond this machine: there must be none.
    """

    def __init__(self, server: Server, browser: Browser, width: int = 1280, height: int = 900) -> None:
        self.server = server
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.page.on("console", self._note_console)
        self.page.on("pageerror", self._note_exception)
        self.page.on("request", self._note_request)

    def close(self) -> None:
        """Close the page and stop its kernels."""
        self.context.close()
        self.server.stop_kernels()

    def open(self, notebook: str) -> None:
        """Open a notebook by its path below the server's folder, and wait until its kernel is idle."""
        path = f"lab/workspaces/{secrets.token_hex(4)}/tree/{quote(notebook)}"
        self.page.goto(f"{self.server.url}/{path}?token={self.server.token}")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Notebook .jp-Cell", state="attached")
        self.page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext !== undefined")
        self.page.evaluate("() => window.jupyterapp.restored")
        self.js("await panel.context.ready; await panel.sessionContext.ready; await panel.revealed;")
        self.wait_idle()

    def scratch(self, *sources: str, name: str = "scratch.ipynb") -> None:
        """Write a notebook of these code cells, and open it."""
        self.server.write_notebook(name, *sources)
        self.open(name)

    def wait_idle(self) -> None:
        """Wait until the kernel has nothing left to do."""
        self.page.wait_for_function(
            f"() => {{ {PANEL} return panel.sessionContext.session?.kernel?.status === 'idle'"
            " && !panel.sessionContext.pendingInput; }"
        )

    def js(self, body: str, argument: Any = None) -> Any:
        """Run the body of an async function of ``panel`` (the notebook's) and ``argument`` in the page."""
        return self.page.evaluate(f"async (argument) => {{ {PANEL} {body} }}", argument)

    def command(self, name: str, **arguments: Any) -> Any:
        """Run one of JupyterLab's commands, for instance ``notebook:run-all-cells``, to its end."""
        return self.page.evaluate(
            "async ([name, given]) => {"
            " const result = await window.jupyterapp.commands.execute(name, given);"
            " return typeof result === 'boolean' ? result : null; }",
            [name, arguments],
        )

    def run_all(self) -> None:
        """Run every cell; stop at the first that raises, as JupyterLab does."""
        self.command("notebook:run-all-cells")
        self.wait_idle()

    def run_cell(self, index: int) -> list[dict[str, Any]]:
        """Run the cell with this index, wait for it, and return its outputs."""
        self.js("panel.content.deselectAll(); panel.content.activeCellIndex = argument;", index)
        self.command("notebook:run-cell")
        self.wait_idle()
        return self.outputs(index)

    def execute(self, code: str) -> list[dict[str, Any]]:
        """Add a code cell at the end, run it, and return its outputs; its index is ``self.count() - 1``."""
        self.js(
            "const cells = panel.content.model.sharedModel;"
            "cells.insertCell(cells.cells.length, {cell_type: 'code', source: argument, metadata: {}});",
            code,
        )
        return self.run_cell(self.count() - 1)

    def restart(self) -> None:
        """Restart the kernel, keeping the outputs, and wait until it is idle."""
        self.js("await panel.sessionContext.session.kernel.restart();")
        self.wait_idle()

    def stop_kernel(self) -> None:
        """Shut the kernel down, so that what still works works without one."""
        self.js("await panel.sessionContext.shutdown();")

    def save(self) -> None:
        """Save the notebook, with the widgets' state, and wait until it is written."""
        self.js("await panel.context.save();")

    def count(self) -> int:
        """Return the number of cells."""
        return self.js("return panel.content.widgets.length;")

    def source(self, index: int) -> str:
        """Return a cell's text."""
        return self.js("return panel.content.widgets[argument].model.sharedModel.getSource();", index)

    def set_source(self, index: int, source: str) -> None:
        """Replace a cell's text, as a student who fills in an answer does."""
        self.js(
            "panel.content.widgets[argument[0]].model.sharedModel.setSource(argument[1]);", [index, source]
        )

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """Return a code cell's outputs, as a notebook file holds them."""
        return self.js("return panel.content.widgets[argument].model.outputs?.toJSON() ?? [];", index)

    def text(self, index: int) -> str:
        """Return a code cell's outputs as plain text; an error as its name and message."""
        return "".join(_plain(output) for output in self.outputs(index))

    def failures(self) -> list[str]:
        """Return name and message of every error output in the notebook."""
        found = [o for i in range(self.count()) for o in self.outputs(i) if o["output_type"] == "error"]
        return [f"{output['ename']}: {output['evalue']}" for output in found]

    def cell(self, index: int) -> Locator:
        """Return the cell in the page, scrolled into view."""
        self.js(
            "await panel.content.scrollToItem(argument, 'smart');"
            "panel.content.widgets[argument].node.dataset.cell = argument;",
            index,
        )
        return self.page.locator(f'.jp-Notebook [data-cell="{index}"]')

    def output(self, index: int) -> Locator:
        """Return the cell's output area in the page, scrolled into view."""
        return self.cell(index).locator(".jp-Cell-outputArea").first

    def theme(self, name: str) -> None:
        """Set the theme, "light" or "dark", and wait until it shows."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name.capitalize()}")
        light = "true" if name == "light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")

    def hide_sides(self) -> None:
        """Fold the side bar away, so that a picture shows the notebook."""
        self.page.evaluate("window.jupyterapp.shell.collapseLeft()")

    def screenshot(self, path: Path, index: int | None = None) -> Path:
        """Save a picture of the page, or of one cell's output."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if index is None:
            self.page.screenshot(path=path)
        else:
            self.output(index).screenshot(path=path)
        return path

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _note_exception(self, error: Error) -> None:
        self.errors.append(str(error))

    def _note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "127.0.0.1":
            self.outside.append(request.url)


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=2), "utf-8")


def _plain(output: dict[str, Any]) -> str:
    match output["output_type"]:
        case "stream":
            return _joined(output["text"])
        case "error":
            return f"{output['ename']}: {output['evalue']}\n"
        case _:
            return _joined(output["data"].get("text/plain", "")) + "\n"


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
