"""EqualizationExplorer: its numbers, tables and code against numpy, and the widget in a real JupyterLab."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st

import biomedlab
from biomedlab import intensity
from biomedlab.widgets import picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab import Lab

METHODS = ["none", "window", "gamma", "global", "clahe"]


def blob(dtype: Any = np.int16, shape: tuple[int, ...] = (3, 24, 32)) -> np.ndarray:
    values = np.random.default_rng(4).normal(90, 30, shape)
    return values.clip(0).astype(dtype) if np.dtype(dtype).kind == "u" else values.astype(dtype)


# --- numbers


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32, np.float64, np.int64])
def test_each_method_is_the_lessons_own_function(dtype: Any) -> None:
    volume = blob(dtype)
    explorer = biomedlab.EqualizationExplorer(volume, index=1, window=(60, 121), gamma=0.7, clip_limit=0.03)
    low, high = explorer.full
    wanted = {
        "none": intensity.gamma(volume[1], 1, vmin=low, vmax=high),
        "window": intensity.window(volume[1], 90.5, 61),
        "gamma": intensity.gamma(volume[1], 0.7, vmin=low, vmax=high),
        "global": intensity.equalize(volume[1]),
        "clahe": intensity.clahe(volume[1], clip_limit=0.03),
    }
    for method, after in wanted.items():
        explorer.method = method
        assert np.array_equal(explorer.after, after), method
        assert explorer.after.dtype == np.uint8


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float64])
def test_the_picture_is_the_array_after(method: Any, dtype: Any) -> None:
    explorer = biomedlab.EqualizationExplorer(blob(dtype), method=method, window=(60, 120), gamma=2.0)
    after = explorer.pictures()[1][..., 0].astype(int)
    wanted = grey(explorer.after).astype(int)
    step = dtype is np.float64 and method in ("window", "gamma", "none")
    assert abs(after - wanted).max() <= step


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float64])
def test_every_number_of_the_steps_is_numpys(dtype: Any) -> None:
    volume = blob(dtype)
    explorer = biomedlab.EqualizationExplorer(volume, index=2)
    for row, column in [(0, 0), (23, 31), (7, 9)]:
        explorer.pixel = [row, column]
        found = explorer.steps()
        value, plane = volume[2, row, column], volume[2]
        counted = plane if dtype is not np.float64 else bins_of(plane)
        own = counted[row, column]
        assert found["value"] == value
        assert found["count"] == (counted == own).sum()
        assert found["running"] == (counted <= own).sum()
        assert found["total"] == plane.size
        assert found["share"] == found["running"] / plane.size
        assert found["scaled"] == found["share"] * 255
        assert found["level"] == explorer.after[row, column]


def bins_of(plane: np.ndarray) -> np.ndarray:
    edges = np.histogram_bin_edges(plane, 65_536)
    return np.minimum(np.searchsorted(edges, plane, side="right") - 1, 65_535)


def test_noise_grows_where_the_histogram_is_steep() -> None:
    generator = np.random.default_rng(0)
    image = generator.normal(40, 2, (64, 64))
    image[:8] = 250
    explorer = biomedlab.EqualizationExplorer(image.clip(0, 255).astype(np.uint8))
    assert explorer.noise() is None
    explorer.box = [10, 0, 64, 64]
    noise = explorer.noise()
    assert noise is not None
    assert noise["before"] == explorer.plane[10:].std()
    assert noise["after"] == explorer.after[10:].std()
    assert noise["after"] > 10 * noise["before"]
    assert "not for measuring" in explorer.histogram_after.note
    assert explorer.histogram_after.rows[1][0] == "grey levels of 255"


def test_the_histogram_after_counts_the_picture_after() -> None:
    explorer = biomedlab.EqualizationExplorer(blob())
    for method in METHODS:
        explorer.method = method
        counts = np.frombuffer(explorer.histogram_after.counts, "<f8")
        assert counts.tolist() == np.bincount(explorer.after.ravel(), minlength=256).tolist()


def test_the_crosshair_and_the_pixel_are_one() -> None:
    volume = blob()
    explorer = biomedlab.EqualizationExplorer(volume, index=1)
    explorer.view.cursor = [1, 5, 6]
    assert explorer.pixel == [5, 6]
    assert explorer.histogram.follow == volume[1, 5, 6]
    explorer.pixel = [7, 8]
    assert explorer.view.cursor == [1, 7, 8]
    explorer.index = 2
    assert explorer.histogram.follow == volume[2, 7, 8]


# --- code, figure, pictures


@settings(max_examples=12, deadline=None)
@given(
    dtype=st.sampled_from([np.uint8, np.int16, np.float32, np.float64]),
    method=st.sampled_from(METHODS),
    index=st.integers(0, 2),
    low=st.integers(0, 150),
    width=st.integers(0, 120),
    gamma=st.floats(0.1, 10),
    clip=st.sampled_from([0.0, 0.01, 0.3]),
    size=st.sampled_from([0, 5, 12]),
    missing=st.booleans(),
)
def test_the_code_gives_what_is_shown(
    dtype: Any,
    method: Any,
    index: int,
    low: int,
    width: int,
    gamma: float,
    clip: float,
    size: int,
    missing: bool,
) -> None:
    volume = blob(dtype)
    if missing and np.dtype(dtype).kind == "f":
        volume[:, 3, 4] = np.nan
        volume[:, 5, 4] = np.inf
    explorer = biomedlab.EqualizationExplorer(
        volume,
        method=method,
        index=index,
        window=(low, low + width),
        gamma=gamma,
        clip_limit=clip,
        kernel_size=size,
    )
    names: dict[str, Any] = {"image": volume}
    try:
        exec(explorer.code(), names)  # noqa: S102 - the code that the widget says
    finally:
        plt.close("all")
    assert np.array_equal(names["after"], explorer.after)
    shown = names["fig"].axes[0].images[0]
    assert np.array_equal(shown.to_rgba(shown.get_array(), bytes=True), explorer.pictures()[0])


def test_figure_save_repr_and_stored_picture(tmp_path: Path) -> None:
    explorer = biomedlab.EqualizationExplorer(blob(), index=1)
    assert len(explorer.figure().axes) == 6
    assert explorer.save(tmp_path / "equalized.png").stat().st_size > 1000
    said = repr(explorer)
    assert said.startswith("EqualizationExplorer(3 x 24 x 32 int16, pln 1, global, picture ")
    data, _ = explorer._repr_mimebundle_()
    assert (data["text/plain"], data["image/png"][:4]) == (said, b"\x89PNG")
    explorer.method = "gamma"
    explorer.gamma = 0.5
    assert "gamma 0.5" in repr(explorer)
    assert repr(explorer)[-9:] != said[-9:]


# --- at the door


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (np.zeros((4, 5, 3), np.uint8), "rgb2gray"),
        (np.zeros((0, 5)), "empty"),
        (np.zeros((4, 5), complex), "real numbers"),
    ],
)
def test_what_has_no_grey_levels_is_refused(image: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        biomedlab.EqualizationExplorer(image)


def test_what_does_not_fit_is_refused() -> None:
    explorer = biomedlab.EqualizationExplorer(blob())
    for name, value in [
        ("gamma", 0.0),
        ("gamma", float("nan")),
        ("clip_limit", 2.0),
        ("kernel_size", -1),
        ("pixel", [24, 0]),
        ("pixel", [1, 2, 3]),
        ("box", [0, 0, 99, 1]),
        ("method", "sharpen"),
        ("step", 7.0),
    ]:
        with pytest.raises(traitlets.TraitError):
            setattr(explorer, name, value)
    with pytest.raises(ValueError, match="no pixel is followed"):
        explorer.steps()


def test_a_constant_image_is_explained() -> None:
    explorer = biomedlab.EqualizationExplorer(np.full((9, 9), 7, np.int16), pixel=(2, 2))
    assert "Every pixel has the value 7" in explorer.histogram.note
    assert explorer.steps()["share"] == 1
    for method in METHODS:
        explorer.method = method
        assert repr(explorer)
    nothing = biomedlab.EqualizationExplorer(np.full((9, 9), np.nan))
    assert "81 pixels are NaN" in nothing.histogram.note
    assert nothing.after.tolist() == np.zeros((9, 9)).tolist()


def test_of_several_values_of_a_control_the_newest_counts() -> None:
    explorer = biomedlab.EqualizationExplorer(np.arange(1600).reshape(40, 40), method="clahe")
    clip, part = explorer._clahe_controls.children
    clip.value = 0.02
    assert explorer.clip_limit == 0.02  # with no kernel at once
    told = []
    explorer.observe(lambda change: told.append(change["new"]), ["clip_limit", "kernel_size"])

    async def keys() -> None:
        for value in (0.03, 0.05, 0.2):
            clip.value = value
        part.value = 9
        assert (explorer.clip_limit, explorer.kernel_size) == (0.02, 0)
        await asyncio.sleep(0.05)
        assert told == [0.2, 9]
        clip.value = 0.5
        explorer.clip_limit = 0.1  # by the student's code, meanwhile
        await asyncio.sleep(0.05)
        assert told[2:] == [0.1]

    asyncio.run(keys())
    assert clip.value == explorer.clip_limit == 0.1
    assert np.array_equal(
        explorer.after, intensity.clahe(np.arange(1600).reshape(40, 40), clip_limit=0.1, kernel_size=9)
    )


# --- in a real JupyterLab

CELL = """
import numpy as np
import biomedlab
image = (np.random.default_rng(0).gamma(4, 12, (40, 60))).clip(0, 255).astype(np.uint8)
explorer = biomedlab.EqualizationExplorer(image, pixel=(3, 4))
explorer
"""
PIXELS = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}"""


def grey(levels: np.ndarray) -> np.ndarray:
    """Return what matplotlib's "gray" makes of grey levels: 90 is drawn as 89."""
    return picture.pixels(levels, (0, 255), "gray")[..., 0]


def shown_after(lab: Lab) -> np.ndarray:
    lab.page.wait_for_timeout(700)
    return np.reshape(lab.output(0).locator(".biomedlab-canvas").nth(1).evaluate(PIXELS), (40, 60))


def test_the_browser_shows_what_numpy_says(lab: Lab) -> None:
    lab.scratch(CELL)
    lab.run_all()
    lab.output(0).locator(".biomedlab-plot").first.wait_for()
    image = np.random.default_rng(0).gamma(4, 12, (40, 60)).clip(0, 255).astype(np.uint8)
    assert np.array_equal(shown_after(lab), grey(intensity.equalize(image)))
    method = lab.output(0).get_by_role("combobox", name="Method")
    method.select_option("gamma")
    gamma = lab.output(0).get_by_role("slider", name="Gamma")
    gamma.focus()
    for _ in range(5):
        lab.page.keyboard.press("ArrowLeft")
    lab.page.wait_for_timeout(300)
    power = float(gamma.get_attribute("aria-valuetext") or 0)
    assert 0.8 < power < 0.95
    lab.execute("print(explorer.gamma)")
    power = float(lab.text(lab.count() - 1))
    assert np.array_equal(shown_after(lab), grey(intensity.gamma(image, power, vmin=0, vmax=255)))
    lab.output(0).get_by_role("combobox", name="Method").select_option("clahe")
    assert np.array_equal(shown_after(lab), grey(intensity.clahe(image)))
    lab.output(0).get_by_label("Clip limit").focus()
    for _ in range(6):
        lab.page.keyboard.press("ArrowUp")
    assert np.array_equal(shown_after(lab), grey(intensity.clahe(image, clip_limit=0.04)))
    lab.stop_kernel()
    lab.output(0).get_by_role("combobox", name="Method").select_option("gamma")
    assert lab.errors == [] or all("kernel" in line.lower() for line in lab.errors)


def test_the_steps_by_keyboard_and_accessible_in_both_themes(
    lab: Lab, axe: Callable[..., list[str]], tmp_path: Path
) -> None:
    lab.scratch(CELL)
    lab.hide_sides()
    lab.run_all()
    shown = lab.output(0)
    shown.locator(".biomedlab-plot").first.wait_for()
    ahead = shown.get_by_role("button", name="Next step")
    ahead.focus()
    for _ in range(5):
        lab.page.keyboard.press("Enter")
    lab.page.wait_for_timeout(300)
    lines = shown.locator(".biomedlab-told li").all_inner_texts()
    lab.execute("s = explorer.steps(); print(s['count'], s['running'], f'{s[\"share\"]:.6g}', s['level'])")
    count, running, share, level = lab.text(lab.count() - 1).split()
    assert len(lines) == 5
    assert f"Histogram: {count} pixels" in lines[0]
    assert f"{int(running):,} pixels" in lines[1]
    assert float(lines[2].split("= ")[1].rstrip(".")) == pytest.approx(float(share), rel=1e-5)
    assert lines[4].endswith(f"rounded {level}.")
    for theme in ("dark", "light"):
        lab.theme(theme)
        lab.screenshot(tmp_path / f"{theme}.png", 0)
        assert axe(lab.page, ".jp-OutputArea-output") == []
    assert lab.errors == []


def test_by_mouse_the_steps_play_the_swipe_divides_and_noise_is_measured(lab: Lab) -> None:
    lab.scratch(CELL)
    lab.hide_sides()
    lab.run_all()
    image = np.random.default_rng(0).gamma(4, 12, (40, 60)).clip(0, 255).astype(np.uint8)
    after = intensity.equalize(image)
    shown = lab.output(0)
    shown.get_by_role("button", name="Draw a box").click()
    canvas = shown.locator(".biomedlab-canvas").nth(1)
    place = canvas.bounding_box()
    assert place is not None
    x, y, width, height = (place[name] for name in ("x", "y", "width", "height"))
    lab.page.mouse.move(x + 5.5 / 60 * width, y + 2.5 / 40 * height)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 24.5 / 60 * width, y + 21.5 / 40 * height, steps=4)
    lab.page.mouse.up()
    shown.get_by_role("button", name="Draw a box").click()
    part = np.s_[2:22, 5:25]
    row = shown.locator(".biomedlab-table tr", has_text="values")
    row.get_by_text(f"{image[part].std():.5g}").wait_for()
    levels = shown.locator(".biomedlab-table tr", has_text="grey levels").inner_text().split()
    assert levels[-1] == f"{after[part].std():.5g}"

    shown.get_by_role("button", name="Play the steps").click()
    shown.get_by_text("5 of 5: scaled").wait_for()
    play = shown.get_by_role("button", name="Play the steps")  # it stopped by itself
    play.wait_for()
    lines = shown.locator(".biomedlab-told li").all_inner_texts()
    assert lines[4].endswith(f"rounded {after[3, 4]}.")
    lab.wait_idle()
    lab.execute("print(explorer.step, explorer.playing)")
    assert lab.text(lab.count() - 1) == "5.0 False\n"

    shown = lab.output(0)
    shown.get_by_role("combobox", name="Compare by").select_option("swipe")
    share = shown.get_by_role("slider", name="Share")
    place = share.bounding_box()
    assert place is not None
    share.click(position={"x": place["width"] * 0.25, "y": place["height"] / 2})
    lab.page.wait_for_timeout(500)
    lab.execute("print(explorer.share)")
    left = float(lab.text(lab.count() - 1))
    assert 0.1 < left < 0.4
    row = np.reshape(lab.output(0).locator(".biomedlab-canvas").evaluate(PIXELS), (40, 60))
    divided = np.where(np.arange(60) < left * 60, grey(image), grey(after))
    assert np.array_equal(row, divided)
    assert lab.errors == []
