"""What the tests share: a Chromium that must start, a page, a real JupyterLab, and accessibility checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chromium as finder
import pytest
from bare import BarePage
from filelock import FileLock
from hypothesis import settings
from lab import Lab, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

RESULTS = Path(__file__).resolve().parent.parent / "test-results"


# A busy machine is no fault of the code: an example may take as long as it needs. A run tries the examples of
# the run before, so a failure is of the change at hand; `--hypothesis-profile=explore` looks for new ones.
settings.register_profile("biomedlab", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("biomedlab")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests in a browser last: they are slow, and Playwright keeps an event loop in this thread."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave pictures of the open pages in test-results/ when a test in a browser fails."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.failed and call.when == "call" and browser is not None:
        pictures = _take_pictures(browser, re.sub(r"[^\w.-]+", "_", item.nodeid))
        report.sections.append(("pictures", "\n".join(pictures)))
    return report


def _take_pictures(browser: Browser, name: str) -> list[str]:
    from playwright.sync_api import Error

    taken = []
    pages = [page for context in browser.contexts for page in context.pages]
    for number, page in enumerate(pages):
        path = RESULTS / f"{name}-{number}.png"
        try:
            page.screenshot(path=path, timeout=30_000)
            taken.append(str(path.relative_to(RESULTS.parent)))
        except Error as error:  # the failure itself must still be told
            taken.append(f"page {number}: no picture ({error.message.splitlines()[0]})")
    return taken


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, started once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> finder.Candidate:
    """A Chromium that starts; without one the test fails and says what to install.

    The workers of one run look one after the other: only the first may have to install one.
    """
    try:
        with FileLock(tmp_path_factory.getbasetemp().parent / "chromium.lock"):
            return finder.find(lambda candidate: finder.why_it_fails(playwright, candidate))
    except finder.NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: finder.Candidate) -> Iterator[Browser]:
    """The browser, started once with a new profile."""
    started = finder.launch(playwright, chromium)
    yield started
    started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page with storage of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def bare_page(page: Page) -> BarePage:
    """A page without a server, for JavaScript: `bare_page.load(path)`, `bare_page.call("name", ...)`."""
    return BarePage(page)


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab server in a copy of notebooks/, started once."""
    with Server(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab(lab_server: Server, browser: Browser) -> Iterator[Lab]:
    """A new page of JupyterLab, which may ask no other host: `lab.open("01_exploration.ipynb")`."""
    opened = Lab(lab_server, browser)
    yield opened
    opened.close()
    assert opened.outside == []


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """Return `axe(page, selector)`: what axe-core finds wrong inside `selector`, one line a violation."""
    from axe_playwright_python.sync_playwright import Axe

    runner = Axe()

    def check(page: Page, selector: str = "body", **options: Any) -> list[str]:
        if page.locator(selector).count() == 0:
            raise AssertionError(f"axe has nothing to check: no element matches {selector!r}")
        found = runner.run(page, context=selector, options=options or None)
        return [
            f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:200]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]

    return check
