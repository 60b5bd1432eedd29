"""The views where there is no JupyterLab: Notebook 7 and Voila."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from lab import PATIENCE_MS, START_SECONDS, Server, free_port
from playwright.sync_api import Error

from biomedlab.widgets import picture

if TYPE_CHECKING:
    from playwright.sync_api import Page

VIEW = """
import numpy as np, biomedlab
volume = np.random.default_rng(8).integers(0, 200, (9, 20, 30)).astype(np.uint8)
biomedlab.SliceBrowser(volume, window=(0, 199))
"""


def expect_planes(page: Page) -> None:
    """Check the first picture, then the next after a key."""
    volume = np.random.default_rng(8).integers(0, 200, (9, 20, 30)).astype(np.uint8)
    page.set_default_timeout(PATIENCE_MS)
    for index in (4, 5):
        page.locator(f'.biomedlab-canvas[data-plane="0 0 {index}"]').wait_for()
        raw = page.locator(".biomedlab-canvas").evaluate(
            "(c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
        )
        shown = np.array(raw, np.uint8).reshape(20, 30, 4)
        np.testing.assert_array_equal(shown, picture.pixels(volume[index], (0, 199), "gray"))
        page.get_by_label("pln", exact=True).focus()
        page.keyboard.press("ArrowRight")


@pytest.fixture
def notebook_server(tmp_path: Path) -> Iterator[Server]:
    """A server of Notebook 7, in a folder of its own."""
    (tmp_path / "empty").mkdir()
    server = Server(tmp_path / "server", tmp_path / "empty")
    server.module = "notebook"
    with server:
        yield server


def test_notebook_7_opens_and_browses(notebook_server: Server, page: Page) -> None:
    notebook_server.write_notebook("view.ipynb", VIEW)
    page.goto(f"{notebook_server.url}/notebooks/view.ipynb?token={notebook_server.token}")
    page.set_default_timeout(PATIENCE_MS)
    page.locator(".jp-Notebook .cm-content").first.click()
    page.get_by_text(re.compile(r"Python 3.*\| Idle|Idle")).first.wait_for(state="attached")
    page.keyboard.press("Shift+Enter")
    expect_planes(page)


@pytest.fixture
def voila(tmp_path: Path) -> Iterator[str]:
    """The address of Voila, serving one notebook."""
    (tmp_path / "empty").mkdir()
    server = Server(tmp_path / "server", tmp_path / "empty")
    path = server.write_notebook("view.ipynb", VIEW)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "voila",
        str(path),
        "--no-browser",
        f"--port={port}",
        "--Voila.ip=127.0.0.1",
    ]
    with (tmp_path / "voila.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=server.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(30)


def test_voila_opens_and_browses(voila: str, page: Page) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            page.goto(voila, timeout=PATIENCE_MS)
            break
        except Error:  # not listening yet
            assert time.monotonic() < deadline
            time.sleep(0.2)
    expect_planes(page)
