"""Find a Chromium that starts, or get one, or say what to install.

The tests in a browser never skip: a machine without a browser is either given one here, or the tests fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

VARIABLE = "BIOMEDLAB_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
CHANNELS = ("chrome", "msedge")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No test reaches the network: every name but this machine's own is unknown to the browser.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
DOWNLOAD_SECONDS = 600
APT_SECONDS = 900


class NoChromiumError(RuntimeError):
    """No Chromium on this machine starts, and none could be got."""


@dataclass(frozen=True)
class Candidate:
    """A Chromium that may be there: where it was found, and what Playwright's `launch` needs for it."""

    source: str
    options: dict[str, Any] = field(default_factory=dict)


def candidates() -> Iterator[Candidate]:
    """Yield the places to look in, the most deliberate choice first."""
    if chosen := os.environ.get(VARIABLE):
        yield Candidate(f"{VARIABLE}={chosen}", {"executable_path": chosen})
    yield Candidate("Playwright's own Chromium")
    for channel in CHANNELS:
        yield Candidate(f"an installed {channel}, by Playwright's channel", {"channel": channel})
    for name in NAMES:
        if path := shutil.which(name):
            yield Candidate(f"{name} on the PATH", {"executable_path": path})


def launch(playwright: Playwright, candidate: Candidate) -> Browser:
    """Start `candidate` without a window, with a new profile."""
    return playwright.chromium.launch(headless=True, args=list(FLAGS), **candidate.options)


def why_it_fails(playwright: Playwright, candidate: Candidate) -> str:
    """Return what keeps `candidate` from starting and computing 1 + 1, or an empty text when nothing does."""
    from playwright.sync_api import Error

    try:
        browser = launch(playwright, candidate)
    except Error as error:
        return error.message.strip().splitlines()[0]
    try:
        page = browser.new_page()
        return "" if page.evaluate("1 + 1") == 2 else "it started, but ran no script"
    except Error as error:
        return error.message.strip().splitlines()[0]
    finally:
        browser.close()


def run(command: list[str], seconds: float) -> str:
    """Run a command that may never ask a question; return why it failed, or an empty text."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {seconds:g} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return ""
    said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
    return said[-1]


def download() -> str:
    """Let Playwright download its own Chromium; return why that failed, or an empty text."""
    return run([sys.executable, "-m", "playwright", "install", "chromium"], DOWNLOAD_SECONDS)


def apt_install() -> str:
    """Install Debian's package where that is possible; return why it was not, or an empty text."""
    if not Path("/etc/debian_version").exists():
        return "not a Debian-like system"
    if os.geteuid() != 0:
        return "not root"
    run(["apt-get", "update"], APT_SECONDS)  # if this fails, the lists at hand may still do
    return run(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"], APT_SECONDS)


WAYS_TO_GET_ONE = (("Playwright's download", download), ("apt-get install chromium", apt_install))


def find(
    fails: Callable[[Candidate], str],
    look: Callable[[], Iterator[Candidate]] = candidates,
    ways: tuple[tuple[str, Callable[[], str]], ...] = WAYS_TO_GET_ONE,
) -> Candidate:
    """Return the first candidate that starts, getting one if there is none.

    Parameters
    ----------
    fails : callable
        Takes a candidate and says what keeps it from starting; an empty text means that it starts.
    look : callable
        Yields the candidates there are now.
    ways : tuple of (str, callable)
        Ways to get a Chromium, tried in turn; each says why it failed.

    Raises
    ------
    NoChromiumError
        If nothing starts, with everything that was tried and what to install.
    """
    tried: list[str] = []
    for way, get in (("", lambda: ""), *ways):
        if why := get():
            tried.append(f"{way}: {why}")
            continue
        for candidate in look():
            why = fails(candidate)
            if not why:
                return candidate
            tried.append(f"{candidate.source}: {why}")
            if candidate.source.startswith(VARIABLE):
                raise NoChromiumError(f"The Chromium named by {candidate.source} does not start: {why}")
    raise NoChromiumError(
        "The tests in a browser need a Chromium or Chrome, and none starts on this machine. Install Google "
        "Chrome, or your system's `chromium` package, or run "
        "`python -m uv run playwright install --with-deps chromium`, "
        f"or set {VARIABLE} to the program's path. Tried:\n  " + "\n  ".join(dict.fromkeys(tried))
    )
