"""The machinery that the other tests in a browser stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from bare import BarePage
from chromium import VARIABLE, Candidate, NoChromiumError, candidates, find, run
from lab import Lab

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_first_candidate_that_starts_is_taken() -> None:
    def look() -> Iterator[Candidate]:
        yield Candidate("broken")
        yield Candidate("good")
        yield Candidate("good too")

    found = find(lambda c: "no library" if c.source == "broken" else "", look, ways=())
    assert found.source == "good"


def test_a_missing_browser_is_got_in_the_first_way_that_works() -> None:
    there: list[Candidate] = []
    asked: list[str] = []

    def way(name: str, why: str) -> Callable[[], str]:
        def get() -> str:
            asked.append(name)
            if not why:
                there.append(Candidate(name))
            return why

        return get

    ways = (("first", way("first", "no network")), ("second", way("second", "")), ("third", way("third", "")))
    assert find(lambda _: "", lambda: iter(there), ways).source == "second"
    assert asked == ["first", "second"]


def test_without_a_browser_it_fails_and_says_what_to_install() -> None:
    with pytest.raises(NoChromiumError, match=r"(?s)Install Google Chrome.*old: too old.*apt: not root"):
        find(lambda _: "too old", lambda: iter([Candidate("old")]), (("apt", lambda: "not root"),))


def test_the_named_variable_comes_first_and_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "no/such/program")
    assert next(candidates()).options == {"executable_path": "no/such/program"}
    with pytest.raises(NoChromiumError, match="no/such/program does not start"):
        find(lambda c: "" if VARIABLE not in c.source else "not there", ways=())


def test_a_command_says_why_it_failed() -> None:
    assert run(["no-such-program-here"], 10) != ""


def test_a_module_is_loaded_from_a_blob_and_arrays_travel(bare_page: BarePage) -> None:
    bare_page.load("export function double(a) { return a.map((v) => 2 * v); } export const one = 1;")
    for dtype in ("uint8", "int16", "uint16", "float32", "float64"):
        values = np.array([1, 2, 100], dtype=dtype)
        doubled = bare_page.call("double", values)
        assert doubled.dtype == values.dtype
        assert doubled.tolist() == [2, 4, 200]
    assert bare_page.evaluate("[module.one, argument[0]]", {"a": np.int64(3)}) == [1, {"a": 3}]
    assert bare_page.page.evaluate("window.isSecureContext")


def test_axe_finds_a_control_without_a_name(page: Page, axe: Callable[..., list[str]]) -> None:
    page.set_content("<html lang='en'><main><input type='range'></main>")
    assert any(line.startswith("label ") for line in axe(page, "main"))
    page.set_content("<html lang='en'><main><label>Plane <input type='range'></label></main>")
    assert axe(page, "main") == []
    with pytest.raises(AssertionError, match="nothing to check"):
        axe(page, ".missing")


def test_lab_runs_cells_tells_their_outputs_and_restarts(lab: Lab, tmp_path: Path) -> None:
    lab.scratch("a = 20 + 1", "print(a * 2)", "raise ValueError('wrong on purpose')", "print('never')")
    lab.run_all()
    assert lab.text(1) == "42\n"
    assert lab.failures() == ["ValueError: wrong on purpose"]
    assert lab.outputs(3) == []
    assert lab.run_cell(3)[0]["text"] in ("never\n", ["never\n"])
    assert lab.execute("a")[0]["data"]["text/plain"] == "21"
    lab.restart()
    lab.execute("a")
    assert lab.text(lab.count() - 1) == "NameError: name 'a' is not defined\n"
    lab.set_source(0, "a = 5")
    lab.run_cell(0)
    lab.run_cell(1)
    assert lab.output(1).inner_text().strip() == "10"
    assert lab.screenshot(tmp_path / "output.png", 1).stat().st_size > 0


def test_lab_kernel_is_this_interpreter_and_the_themes_change(lab: Lab) -> None:
    import sys

    lab.scratch("import sys; print(sys.prefix)")
    lab.run_all()
    assert lab.text(0).strip() == sys.prefix
    colours = []
    for name in ("dark", "light"):
        lab.theme(name)
        colours.append(
            lab.page.evaluate("getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')")
        )
    assert colours[0] != colours[1]
    assert lab.errors == []


def test_widgets_show_in_the_lab(lab: Lab) -> None:
    lab.scratch("import ipywidgets\nslider = ipywidgets.IntSlider(description='a slider')\nslider")
    lab.run_all()
    lab.output(0).locator(".widget-slider").wait_for()
    assert lab.errors == []


def test_the_page_reaches_no_other_host(lab: Lab) -> None:
    lab.scratch("1")
    failed = lab.page.evaluate("fetch('http://example.org/').then(() => false, () => true)")
    assert failed
    assert lab.outside == ["http://example.org/"]
    lab.outside.clear()
