"""The histogram view: its arithmetic against numpy and biomedlab.intensity, and the view in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from biomedlab import intensity
from biomedlab.widgets import HistogramView
from biomedlab.widgets.counting import Bins, statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from bare import BarePage
    from lab import Lab

TONES = Path(__file__).parent.parent / "biomedlab" / "widgets" / "histogram_view.tones.js"
WORDS = TONES.with_name("histogram_view.js")


@pytest.fixture
def tones(bare_page: BarePage) -> BarePage:
    bare_page.load(TONES)
    return bare_page


def random_counts(seed: int, size: int = 300) -> np.ndarray:
    generator = np.random.default_rng(seed)
    counts = generator.integers(0, 1000, size) * (generator.random(size) < 0.7)
    counts[generator.integers(size)] += 1
    return counts.astype(np.float64)


# --- traits


def test_bars_gather_whole_numbers_of_bins_and_lose_no_pixel() -> None:
    counts = random_counts(0, 100)
    for bins in (1, 3, 7, 50, 99, 100, 1000):
        view = HistogramView(counts, bins=bins)
        assert view.hist.size <= bins
        assert view.hist.sum() == counts.sum()
        values = np.repeat(np.arange(100), counts.astype(int))
        assert view.hist.tolist() == np.histogram(values, view.bin_edges)[0].tolist()


@pytest.mark.parametrize(("level", "share"), [(-1, 0), (0, 0), (1, 0.25), (1.5, 0.75), (2, 0.75), (9, 1)])
def test_the_share_counts_the_values_that_are_less(level: float, share: float) -> None:
    assert HistogramView([1, 2, 0, 1], level=level).share == share


def test_no_level_and_no_pixels_have_no_share() -> None:
    assert HistogramView([1, 2]).share is None
    assert HistogramView([0, 0], level=1).share is None
    assert repr(HistogramView([])) == "HistogramView(0 pixels, 0 bins from -0.5 to -0.5)"


def test_a_window_upside_down_is_turned() -> None:
    assert HistogramView([1], window=(5, 2)).window == (2, 5)


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int8, np.int16, np.uint16, bool, np.float32, np.float64, np.int64]
)
def test_statistics_are_numpys(dtype: Any) -> None:
    values = np.random.default_rng(3).integers(-50 * (np.dtype(dtype).kind != "u"), 100, 999).astype(dtype)
    low, high = values.min().item(), values.max().item()
    found = statistics(values, Bins.spanning(low, high, np.dtype(dtype).kind, 64))
    real = values.astype(np.float64)
    wanted = [999, real.min(), real.max(), real.mean(), real.std(), *np.percentile(real, (5, 25, 50, 75, 95))]
    np.testing.assert_allclose(list(found.values()), wanted, rtol=1e-12)


# --- arithmetic in the browser


def test_bars_and_running_sums_are_numpys(tones: BarePage) -> None:
    counts = random_counts(1)
    assert tones.call("running", counts).tolist() == counts.cumsum().tolist()
    for size in (1, 2, 7, 300, 400):
        bars = tones.call("group", counts, size)
        assert bars.tolist() == np.add.reduceat(counts, np.arange(0, 300, size)).tolist()


def test_shares_are_numpys(tones: BarePage) -> None:
    counts = random_counts(2)
    values = np.repeat(np.arange(-100, 200), counts.astype(int))
    for level in (-200, -100, -99.5, 0, 7, 7.3, 199, 200, 500):
        found = tones.call("below", counts.cumsum(), -100.5, 1, True, level)
        assert found == {"count": int((values < level).sum()), "exact": True}


def test_a_level_inside_a_bin_of_real_numbers_is_no_exact_share(tones: BarePage) -> None:
    sums = np.array([2.0, 6.0])
    assert tones.call("below", sums, 0, 0.5, False, 0.5) == {"count": 2, "exact": True}
    assert tones.call("below", sums, 0, 0.5, False, 0.75) == {"count": 4, "exact": False}


@pytest.mark.parametrize("seed", range(8))
def test_the_table_of_equalization_is_numpys_to_the_last_bit(tones: BarePage, seed: int) -> None:
    counts = random_counts(seed)
    table = tones.call("levels", "global", options(counts))
    assert table.tolist() == intensity.equalization_table(counts).tolist()
    after = tones.call("mapped", counts, table)
    assert after.tolist() == np.bincount(table, counts, 256).tolist()


def test_halves_are_rounded_to_even(tones: BarePage) -> None:
    values = [0.5, 1.5, 2.5, 254.5, 3.49, 3.51, 0]
    assert [tones.call("rint", value) for value in values] == np.rint(values).tolist()
    counts = np.array([1.0, 1, 8])  # 0.1 * 255 = 25.5
    assert tones.call("levels", "global", options(counts)).tolist() == [26, 51, 255]


def options(counts: np.ndarray, **more: Any) -> dict[str, Any]:
    usual = {"start": -0.5, "width": 1, "whole": True, "window": [0, 1], "gamma": 1, "full": [0, 1]}
    return usual | {"counts": counts} | more


@pytest.mark.parametrize("low", [-1000, 0, 3])
@pytest.mark.parametrize("gamma", [0.1, 0.37, 0.5, 1, 2.2, 9.9])
def test_the_tables_of_window_and_gamma_are_numpys_to_the_last_bit(
    tones: BarePage, low: int, gamma: float
) -> None:
    values = np.arange(low, low + 5000)
    given = options(np.ones(5000), start=low - 0.5, gamma=gamma, full=[low, low + 4999])
    wanted = intensity.gamma(values, gamma, vmin=low, vmax=low + 4999)
    assert np.array_equal(tones.call("levels", "gamma", given), wanted)
    for center, width in [(low + 100, 300), (low + 2500.5, 1), (low + 20.25, 4000.5)]:
        given["window"] = [center - width / 2, center + width / 2]
        assert np.array_equal(tones.call("levels", "window", given), intensity.window(values, center, width))


def test_a_window_without_width_is_a_step(tones: BarePage) -> None:
    table = tones.call("levels", "window", options(np.ones(4), window=[1, 1]))
    assert table.tolist() == [0, 0, 255, 255]


def test_the_table_of_real_numbers_goes_from_black_to_white(tones: BarePage) -> None:
    bins = Bins.spanning(-0.3, 1.7, "f", 4096)
    given = options(
        np.ones(4096), start=bins.start, width=bins.width, whole=False, gamma=0.5, full=[-0.3, 1.7]
    )
    wanted = intensity.gamma(bins.levels, 0.5, vmin=-0.3, vmax=1.7)
    assert np.array_equal(tones.call("levels", "gamma", given), wanted)
    assert wanted[[0, -1]].tolist() == [0, 255]


@pytest.mark.parametrize("value", [0, 7, 123, 299])
def test_the_followed_pixels_numbers_are_numpys(tones: BarePage, value: int) -> None:
    counts = random_counts(5)
    found = tones.call("follow", counts, -0.5, 1, value)
    running, total = int(counts[: value + 1].sum()), int(counts.sum())
    assert found == {
        "value": value,
        "bin": value,
        "count": int(counts[value]),
        "running": running,
        "total": total,
        "share": running / total,
        "scaled": running / total * 255,
        "level": int(np.rint(running / total * 255)),
    }


def test_the_last_bin_holds_its_right_edge_and_nothing_is_beyond(tones: BarePage) -> None:
    assert [tones.call("binOf", 0, 0.25, 4, value) for value in (-0.1, 0, 0.25, 0.99, 1, 1.1)] == [
        *(None, 0, 1, 3, 3),
        None,
    ]


@pytest.mark.parametrize(
    ("low", "high"), [(0, 255), (-1024, 3071), (0, 1), (-0.003, 0.004), (5, 5), (0, 1e7)]
)
def test_ticks_are_round_and_inside(tones: BarePage, low: float, high: float) -> None:
    found = tones.call("ticks", low, high, 5)
    assert 1 <= len(found) <= 9
    assert all(low <= tick <= high for tick in found)


# --- in a real browser

CELL = """
import numpy as np
from biomedlab.widgets import HistogramView
counts = np.bincount([1, 2, 2, 3, 40, 41, 41, 41, 99], minlength=100)
view = HistogramView(counts, window=(10, 60), level=40, unit="HU")
view
"""


def test_keys_set_the_range_and_the_share_is_told(
    lab: Lab, axe: Callable[..., list[str]], tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    lab.scratch(CELL)
    lab.run_all()
    shown = lab.output(0)
    drawing = shown.get_by_role("img")
    drawing.wait_for()
    assert "44.4 % of the pixels are below 40 HU." in (drawing.get_attribute("aria-label") or "")
    low = shown.get_by_role("slider", name="From")
    low.focus()
    for _ in range(3):
        lab.page.keyboard.press("ArrowRight")
    expect(low).to_have_attribute("aria-valuetext", "13 HU")
    lab.page.keyboard.press("End")  # past the other handle: it stops there
    lab.page.wait_for_timeout(300)
    assert lab.execute("print(view.window)")[0]["text"] in ("(60.0, 60.0)\n", ["(60.0, 60.0)\n"])
    below = shown.get_by_role("slider", name="Share below")
    below.focus()
    lab.page.keyboard.press("ArrowRight")
    expect(below).to_have_attribute("aria-valuetext", "55.6 % of the pixels are below 41 HU")
    for theme in ("dark", "light"):
        lab.theme(theme)
        assert axe(lab.page, ".biomedlab-histogram") == []
    assert lab.errors == []


def test_a_drag_moves_the_nearest_handle_or_both(lab: Lab) -> None:
    lab.scratch(CELL)
    lab.run_all()
    shown = lab.output(0)
    plot = shown.get_by_role("img")
    plot.wait_for()
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    left, width = box["x"] + 54, box["width"] - 54 - 46

    def drag(start: float, end: float) -> list[float]:
        y = box["y"] + 60
        lab.page.mouse.move(left + (start + 0.5) / 100 * width, y)
        lab.page.mouse.down()
        lab.page.mouse.move(left + (end + 0.5) / 100 * width, y, steps=4)
        lab.page.mouse.up()
        lab.page.wait_for_timeout(200)
        lab.execute("print(*view.window)")
        return [float(word) for word in lab.text(lab.count() - 1).split()]

    assert drag(10, 20) == [20, 60]
    assert drag(60, 80) == [20, 80]
    assert drag(50, 55) == [25, 85]
    assert drag(55, 90) == [39, 99]  # stops at the last value
    assert lab.errors == []


def test_a_narrow_page_shows_all_of_it(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 360, "height": 800})
    lab.scratch(CELL)
    lab.hide_sides()
    lab.run_all()
    view = lab.output(0).locator(".biomedlab-histogram")
    view.wait_for()
    wide = view.evaluate("(element) => [element.scrollWidth, element.clientWidth]")
    assert wide[0] <= wide[1] + 1
