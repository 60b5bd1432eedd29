"""HistogramExplorer: its numbers and code against numpy, and the widget in a real JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import traitlets
from hypothesis import example, given, settings
from hypothesis import strategies as st

import biomedlab
from biomedlab.widgets import picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab import Lab


def blob(dtype: Any = np.int16, shape: tuple[int, ...] = (6, 20, 30)) -> np.ndarray:
    values = np.random.default_rng(0).normal(60, 30, shape)
    return values.clip(0).astype(dtype) if np.dtype(dtype).kind == "u" else values.astype(dtype)


def run_code(explorer: biomedlab.HistogramExplorer, **arrays: Any) -> dict[str, Any]:
    import matplotlib.pyplot as plt

    names = dict(arrays)
    try:
        exec(explorer.code(), names)  # noqa: S102 - the code that the widget says
    finally:
        plt.close("all")
    return names


# --- numbers


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32, np.float64, bool, np.int64])
def test_bars_count_the_plane_on_screen(dtype: Any) -> None:
    volume = blob(dtype)
    explorer = biomedlab.HistogramExplorer(volume)
    for index in (0, 5, 3):
        explorer.index = index
        view = explorer.histogram
        assert view.hist.tolist() == np.histogram(volume[index].astype(float), view.bin_edges)[0].tolist()
        assert view.hist.sum() == 600
    explorer.scope = "volume"
    assert explorer.histogram.hist.sum() == 3600


def test_the_seeds_own_sentence() -> None:
    image = np.repeat(np.arange(0, 64, dtype=np.uint8), 10).reshape(32, 20)
    explorer = biomedlab.HistogramExplorer(image, level=32)
    assert explorer.share == 0.5 == explorer.histogram.share == (image < 32).mean()


def test_statistics_are_numpys_and_follow_the_mask() -> None:
    volume = blob()
    mask = np.zeros(volume.shape, bool)
    mask[:, 4:9, 3:7] = True
    explorer = biomedlab.HistogramExplorer(volume, mask, index=2, window=(40, 80))
    inside = volume[2][mask[2]]
    found = explorer.statistics()
    assert (found["pixels"], found["min"], found["max"]) == (20, inside.min(), inside.max())
    np.testing.assert_allclose([found["mean"], found["SD"]], [inside.mean(), inside.std()])
    np.testing.assert_allclose(found["percentile 95"], np.percentile(inside, 95))
    assert found["outside the window"] == ((inside < 40) | (inside > 80)).mean()


def test_a_box_has_a_histogram_of_its_own() -> None:
    volume = blob()
    explorer = biomedlab.HistogramExplorer(volume, index=1)
    explorer.box = [2, 3, 10, 20]
    over = np.frombuffer(explorer.histogram.over, "<f8")
    assert over.sum() == 8 * 17
    levels = np.arange(over.size) + explorer.histogram.start + 0.5
    assert (over * levels).sum() == volume[1, 2:10, 3:20].sum()
    explorer.set_trait("box", None)
    assert explorer.histogram.over == b""


def test_the_pointer_marks_a_bin() -> None:
    volume = blob()
    explorer = biomedlab.HistogramExplorer(volume, index=1)
    explorer.view.pointer = [1, 7, 8]
    assert explorer.histogram.marker == volume[1, 7, 8]
    explorer.view.set_trait("pointer", None)
    assert explorer.histogram.marker is None


def test_bins_are_whole_numbers_wide() -> None:
    explorer = biomedlab.HistogramExplorer(np.arange(4096, dtype=np.int16).reshape(64, 64))
    assert explorer.histogram.hist.tolist() == [16] * 256  # no comb where every value occurs once
    explorer.bins = 100
    assert set(np.diff(explorer.histogram.bin_edges)) == {41}
    explorer.bins = 10_000
    assert "only 4,096 whole numbers" in explorer.histogram.note
    real = biomedlab.HistogramExplorer(np.linspace(0, 1, 64).reshape(8, 8), bins=5)
    assert real.histogram.hist.tolist() == np.histogram(np.linspace(0, 1, 64), 5, (0, 1))[0].tolist()
    real.bins = 7
    assert real.histogram.hist.size == 7


# --- code, figure, pictures


@settings(max_examples=12, deadline=None)
@example(np.float32, 187, 0, 0, 0, False, (False,) * 5)  # 187 widths end below the greatest value
@given(
    dtype=st.sampled_from([np.uint8, np.int16, np.float32, bool]),
    bins=st.integers(1, 400),
    index=st.integers(0, 5),
    low=st.integers(0, 60),
    width=st.integers(0, 90),
    masked=st.booleans(),
    flags=st.tuples(*[st.booleans()] * 5),
)
def test_the_code_gives_what_is_shown(
    dtype: Any, bins: int, index: int, low: int, width: int, masked: bool, flags: tuple[bool, ...]
) -> None:
    volume = blob(dtype)
    mask = blob() > 50 if masked else None
    log, cdf, lit, boxed, whole = flags
    explorer = biomedlab.HistogramExplorer(
        volume, mask, bins=bins, index=index, window=(low, low + width), level=42.0
    )
    explorer.log, explorer.cdf, explorer.scope = log, cdf, "volume" if whole else "plane"
    explorer.set_trait("highlight", [30.0, 70.0] if lit else None)
    explorer.set_trait("box", [1, 2, 9, 12] if boxed else None)
    names = run_code(explorer, image=volume, mask=mask)
    assert names["hist"].tolist() == explorer.histogram.hist.tolist()
    np.testing.assert_allclose(names["bin_edges"], explorer.histogram.bin_edges, rtol=1e-12)
    assert names["share"] == explorer.share
    drawn = names["fig"].axes[0].images[0]
    assert np.array_equal(drawn.to_rgba(drawn.get_array(), bytes=True), explorer.pictures()[0])
    if lit:
        assert np.array_equal(names["lit"], (volume[index] >= 30) & (volume[index] <= 70))


def test_figure_and_save(tmp_path: Path) -> None:
    explorer = biomedlab.HistogramExplorer(blob())
    assert len(explorer.figure().axes) == 3
    assert explorer.save(tmp_path / "histogram.png").read_bytes()[:4] == b"\x89PNG"


def test_the_repr_and_the_stored_picture_change_with_the_picture() -> None:
    explorer = biomedlab.HistogramExplorer(blob(), index=1, window=(0, 100))
    said = repr(explorer)
    assert said.startswith("HistogramExplorer(6 x 20 x 30 int16, pln 1, ")
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == said
    assert data["image/png"][:4] == b"\x89PNG"
    assert "application/vnd.jupyter.widget-view+json" in data
    explorer.window = (0, 50)
    assert picture.digest(explorer.pictures()) in repr(explorer)
    assert repr(explorer) != said


# --- at the door


@pytest.mark.parametrize(
    ("image", "mask", "said"),
    [
        (np.zeros((4, 5, 3), np.uint8), None, "rgb2gray"),
        (biomedlab.Image(np.zeros((4, 5, 3), np.uint8), axes=("row", "col", "ch")), None, "rgb2gray"),
        (np.zeros((0, 5)), None, "empty"),
        (np.zeros((4, 5)), np.zeros((4, 5), bool), "every pixel"),
        (np.zeros((4, 5)), np.zeros((5, 4), bool), "shape"),
        (np.zeros((4, 5), complex), None, "real numbers"),
    ],
)
def test_what_cannot_be_counted_is_refused(image: Any, mask: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        biomedlab.HistogramExplorer(image, mask)


def test_what_does_not_fit_is_refused_later_too() -> None:
    explorer = biomedlab.HistogramExplorer(blob())
    for box in ([0, 0, 21, 5], [3, 3, 3, 5], [1, 2, 3]):
        with pytest.raises(traitlets.TraitError, match="box"):
            explorer.box = box
    with pytest.raises(ValueError, match="upside down"):
        explorer.window = (5, 1)
    with pytest.raises(traitlets.TraitError):
        explorer.scope = "everything"


def test_constant_masked_and_missing_values_are_explained() -> None:
    flat = biomedlab.HistogramExplorer(np.full((5, 5), 7, np.int16), level=7)
    assert "Every pixel has the value 7" in flat.histogram.note
    assert flat.share == 0
    some = np.full((4, 4), np.nan)
    some[0, :2] = 1, 3
    explorer = biomedlab.HistogramExplorer(some)
    assert "14 pixels are NaN or infinite" in explorer.histogram.note
    assert explorer.statistics()["mean"] == 2
    nothing = biomedlab.HistogramExplorer(np.full((4, 4), np.nan), level=1)
    assert nothing.share is None
    assert nothing.statistics()["pixels"] == 0
    mask = np.zeros((6, 20, 30), bool)
    mask[0] = True
    outside = biomedlab.HistogramExplorer(blob(), mask, index=3)
    assert "No pixel of this plane is inside the mask" in outside.histogram.note
    assert repr(outside)


def test_a_large_volume_is_counted_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    from biomedlab.widgets import histogram_explorer

    started = []

    class Later:
        def __init__(self, target: Any, args: Any, daemon: bool) -> None:
            started.append(lambda: target(*args))

        def start(self) -> None:
            pass

    monkeypatch.setattr(histogram_explorer, "AT_ONCE", 100)
    monkeypatch.setattr(histogram_explorer, "Thread", Later)
    explorer = biomedlab.HistogramExplorer(blob())
    explorer.scope = "volume"
    assert "Counting the whole volume" in explorer.histogram.note
    explorer.scope = "plane"
    started[0]()  # a late answer to an old question changes nothing
    assert explorer.histogram.hist.sum() == 600
    explorer.scope = "volume"
    started[1]()
    assert explorer.histogram.hist.sum() == 3600


# --- in a real JupyterLab

CELL = """
import numpy as np
import biomedlab
image = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))
explorer = biomedlab.HistogramExplorer(image, window=(0, 252), level=32)
explorer
"""
PIXELS = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: canvas.width }, (_, i) => data[4 * i]);
}"""


def window_of(lab: Lab) -> list[float]:
    lab.page.wait_for_timeout(300)
    lab.execute("print(*explorer.window)")
    return [float(word) for word in lab.text(lab.count() - 1).split()]


def test_a_drag_on_the_histogram_changes_the_picture(lab: Lab) -> None:
    lab.scratch(CELL)
    lab.run_all()
    plot = lab.output(0).locator(".biomedlab-plot")
    plot.wait_for()
    box = plot.bounding_box()
    assert box is not None
    x, width = box["x"] + 54, box["width"] - 54 - 46
    lab.page.mouse.move(x + 0.5 / 256 * width, box["y"] + 50)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 128.5 / 256 * width, box["y"] + 50, steps=5)
    lab.page.wait_for_timeout(100)
    canvas = lab.output(0).locator(".biomedlab-canvas")
    row = canvas.evaluate(PIXELS)
    lab.page.mouse.up()
    window = window_of(lab)
    assert window == [128, 252]
    image = np.arange(0, 256, 4, dtype=np.uint8)
    assert row == picture.pixels(image[np.newaxis], (128, 252), "gray")[0, :, 0].tolist()
    assert lab.errors == []


def test_it_works_by_keyboard_and_is_accessible(
    lab: Lab, axe: Callable[..., list[str]], tmp_path: Path
) -> None:
    lab.scratch(CELL)
    lab.hide_sides()
    lab.run_all()
    shown = lab.output(0)
    shown.locator(".biomedlab-plot").wait_for()
    shown.get_by_role("slider", name="From").focus()
    lab.page.keyboard.press("ArrowRight")
    assert window_of(lab) == [1, 252]
    shown = lab.output(0)
    role = shown.get_by_role("combobox", name="The range")
    role.focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.wait_for_timeout(300)
    assert shown.locator(".biomedlab-overlay").is_visible()
    lab.execute("print(explorer.drags, explorer.highlight)")
    assert lab.text(lab.count() - 1) == "highlight [1.0, 252.0]\n"
    field = lab.output(0).get_by_placeholder("row, column, end row, end column")
    field.fill("2, 3, 10, 12")
    field.press("Enter")
    lab.page.wait_for_timeout(300)
    lab.execute("print(explorer.box)")
    assert lab.text(lab.count() - 1) == "[2, 3, 10, 12]\n"
    lab.output(0)
    for theme in ("dark", "light"):
        lab.theme(theme)
        lab.screenshot(tmp_path / f"{theme}.png", 0)
        assert axe(lab.page, ".jp-OutputArea-output") == []
    assert lab.errors == []


def test_the_pixel_under_the_pointer_is_marked(lab: Lab) -> None:
    lab.scratch(CELL)
    lab.run_all()
    canvas = lab.output(0).locator(".biomedlab-canvas")
    canvas.wait_for()
    canvas.hover(position={"x": 40, "y": 40})
    lab.output(0).locator(".biomedlab-marker").wait_for(state="attached")


def test_presets_and_colours_are_at_hand_and_nothing_overlaps(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1060, "height": 1000})
    lab.scratch(
        CELL.replace("(image, window=(0, 252)", "(np.stack([image, image // 2]), index=0, window=(9, 90)")
    )
    lab.hide_sides()
    lab.run_all()
    shown = lab.output(0)
    shown.locator(".biomedlab-plot").wait_for()
    view, play = (
        shown.locator(one).first.bounding_box()
        for one in (".biomedlab", ".biomedlab-sliders .biomedlab-play")
    )
    assert view is not None
    assert play is not None
    assert play["x"] + play["width"] <= view["x"] + view["width"] + 1
    shown.get_by_role("combobox", name="Window").select_option("full range")
    shown.get_by_role("combobox", name="Colours").select_option("viridis")
    assert window_of(lab) == [0, 252]
    row = lab.output(0).locator(".biomedlab-canvas").evaluate(PIXELS)
    image = np.arange(0, 256, 4, dtype=np.uint8)
    assert row == picture.pixels(image[np.newaxis], (0, 252), "viridis")[0, :, 0].tolist()
    lab.execute("print(explorer.cmap, explorer.histogram.window)")
    assert lab.text(lab.count() - 1) == "viridis (0.0, 252.0)\n"
    assert lab.errors == []


def test_a_box_drawn_by_mouse_has_its_own_histogram(lab: Lab) -> None:
    lab.scratch(CELL)
    lab.run_all()
    shown = lab.output(0)
    shown.get_by_role("button", name="Draw a box").click()
    canvas = shown.locator(".biomedlab-canvas")
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()
    assert place is not None
    x, y, width, height = (place[name] for name in ("x", "y", "width", "height"))
    lab.page.mouse.move(x + 10.5 / 64 * width, y + 4.5 / 48 * height)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 29.5 / 64 * width, y + 23.5 / 48 * height, steps=4)
    lab.page.mouse.up()
    shown.locator(".biomedlab-over").wait_for(state="attached")
    lab.wait_idle()
    lab.execute("print(explorer.box, np.frombuffer(explorer.histogram.over).nonzero()[0].tolist())")
    assert lab.text(lab.count() - 1) == f"{[4, 10, 24, 30]} {list(range(40, 120, 4))}\n"
    frame = lab.output(0).locator(".biomedlab-box").bounding_box()
    assert frame is not None
    assert (frame["width"], frame["height"]) == pytest.approx((20 / 64 * width, 20 / 48 * height), abs=2)
    assert lab.errors == []


def test_a_box_is_drawn_without_a_kernel_and_reset_ends_the_drawing(lab: Lab) -> None:
    lab.scratch(CELL)
    lab.run_all()
    shown = lab.output(0)
    draw = shown.get_by_role("button", name="Draw a box")
    canvas = shown.locator(".biomedlab-canvas")
    canvas.wait_for()
    lab.stop_kernel()
    draw.click()
    place = canvas.bounding_box()
    assert place is not None
    drag: Any = {"source_position": {"x": 30, "y": 40}, "target_position": {"x": 90, "y": 100}}
    canvas.drag_to(canvas, **drag)
    frame = shown.locator(".biomedlab-box")
    drawn = frame.bounding_box()
    assert drawn is not None
    corner = (drawn["x"] - place["x"], drawn["y"] - place["y"])
    assert corner == pytest.approx((30, 40), abs=place["width"] / 64)
    shown.get_by_role("button", name="Reset").click()
    frame.wait_for(state="hidden")
    assert "mod-active" not in (draw.get_attribute("class") or "")
    canvas.drag_to(canvas, **drag)
    assert not frame.is_visible()
