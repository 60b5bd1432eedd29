"""MaskTuner: its masks and code against the functions, and the widget in a real JupyterLab."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st

from biomedlab import masks
from biomedlab.widgets import mask_tuner, picture
from biomedlab.widgets.mask_tuner import MaskTuner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab import Lab

STEP = st.one_of(
    st.tuples(st.sampled_from(["open", "close"]), st.sampled_from([0.5, 1, 1.5, 2])),
    st.tuples(st.just("fill"), st.integers(0, 4)),
    st.tuples(st.just("keep"), st.integers(1, 3)),
)


def blob(dtype: Any = np.int16, shape: tuple[int, ...] = (6, 20, 30)) -> np.ndarray:
    values = np.random.default_rng(0).normal(60, 30, shape)
    return values.clip(0).astype(dtype) if np.dtype(dtype).kind == "u" else values.astype(dtype)


def run_code(tuner: MaskTuner, **arrays: Any) -> dict[str, Any]:
    import matplotlib.pyplot as plt

    names = dict(arrays)
    try:
        exec(tuner.code(), names)  # noqa: S102 - the code that the widget says
    finally:
        plt.close("all")
    return names


# --- masks


@settings(max_examples=15, deadline=None)
@given(
    dtype=st.sampled_from([np.uint8, np.int16, np.float32, bool]),
    steps=st.lists(STEP, max_size=4),
    scope=st.sampled_from(["plane", "volume"]),
    low=st.floats(0, 70),
    width=st.floats(0, 90),
    axis=st.integers(0, 2),
    index=st.integers(0, 5),
    outline=st.booleans(),
)
def test_the_code_gives_the_mask(dtype: Any, low: float, width: float, **chosen: Any) -> None:
    volume, reference = blob(dtype), blob() > 70
    tuner = MaskTuner(volume, reference, thresholds=(low, low + width), sampling=(3, 1, 0.5), **chosen)
    names = run_code(tuner, image=volume, reference=reference)
    assert np.array_equal(names["mask"], tuner.mask)
    found = tuner.measures()
    assert names["dice"] == found["Dice"]
    assert found["pixels"] == names["mask"].sum()
    if chosen["scope"] == "volume":
        assert found["volume in mm3"] == pytest.approx(masks.volume(tuner.mask, (3, 1, 0.5)))
    else:
        two = [(3, 1, 0.5)[one] for one in range(3) if one != chosen["axis"]]
        assert found["area in mm2"] == pytest.approx(masks.area(tuner.mask, two))
    assert found["objects"] == masks.label(tuner.mask).count
    drawn = names["fig"].axes[0].images[0]
    assert np.array_equal(drawn.to_rgba(drawn.get_array(), bytes=True), tuner.pictures()[0])
    assert np.array_equal(tuner.pictures()[1][..., 0] > 0, names["shown"]) or chosen["outline"]


def test_what_is_laid_over_is_the_mask() -> None:
    volume = blob()
    tuner = MaskTuner(volume, thresholds=(50, 90), index=1)
    assert "mask" not in tuner.view._planes  # without steps what is lit is the mask
    assert tuner.view.highlight == [50, 90]
    assert not tuner.view.highlight_outline
    tuner.steps = [("open", 1), ("keep", 2)]
    assert tuner.view.highlight_outline
    for index in (1, 4):
        tuner.index = index
        laid = tuner.view.planes("mask")[0]
        expected = masks.largest_components(
            masks.opening((volume[index] >= 50) & (volume[index] <= 90), 1), 2
        )
        assert laid.tolist() == (expected * 2).tolist()
        assert np.array_equal(tuner.mask, expected)
    tuner.scope = "volume"
    three = masks.largest_components(masks.opening((volume >= 50) & (volume <= 90), 1), 2)
    assert np.array_equal(tuner.mask, three)
    assert tuner.view.planes("mask")[0].tolist() == (three[4] * 2).tolist()


def test_steps_are_done_in_order() -> None:
    plane = np.zeros((9, 20), np.uint8)
    plane[3:6, 2:8] = plane[3:6, 9:18] = 9
    tuner = MaskTuner(plane, thresholds=(9, 9), steps=[("close", 1), ("keep", 1)])
    joined = tuner.mask.sum()
    tuner.steps = [("keep", 1), ("close", 1)]
    assert tuner.mask.sum() < joined


def test_holes_up_to_a_size_are_filled() -> None:
    plane = np.full((9, 12), 9, np.uint8)
    plane[2, 2] = plane[5:7, 5:7] = 0
    tuner = MaskTuner(plane, thresholds=(5, 9), steps=[("fill", 1)])
    assert tuner.mask[2, 2]
    assert not tuner.mask[5, 5]
    tuner.steps = [("fill", 0)]
    assert tuner.mask.all()


def test_otsus_threshold_and_curve() -> None:
    volume = blob()
    tuner = MaskTuner(volume, index=2)
    level = masks.otsu(volume[2])
    assert np.array_equal(tuner.mask, volume[2] > level)
    curve = np.frombuffer(tuner.histogram.curves[0]["values"], "<f8")
    levels = np.arange(curve.size) + tuner.histogram.start + 0.5
    criterion = masks.otsu_criterion(volume[2])
    inside = np.isin(levels, criterion.thresholds)
    np.testing.assert_allclose(curve[inside], criterion.variance / criterion.variance.max())
    assert levels[curve.argmax()] == level
    real = MaskTuner(blob(float), index=2)
    assert np.array_equal(real.mask, blob(float)[2] > masks.otsu(blob(float)[2]))


def test_crossed_thresholds_swap() -> None:
    tuner = MaskTuner(blob(), thresholds=(80, 20))
    assert tuner.thresholds == [20, 80]
    tuner.histogram.highlight = [70.0, 30.0]
    assert tuner.thresholds == tuner.histogram.highlight == tuner.view.highlight == [30, 70]


def test_a_series_in_time_is_cleaned_at_its_time() -> None:
    series = blob(shape=(3, 4, 10, 12))
    tuner = MaskTuner(series, series > 60, thresholds=(61, 500), scope="volume")
    tuner.view.time = 2
    tuner.steps = [("open", 0.5)]
    assert np.array_equal(tuner.mask, series[2] > 60)
    assert tuner.measures()["Dice"] == 1
    tuner.view.time = 1
    assert np.array_equal(tuner.mask, series[1] > 60)
    assert np.array_equal(run_code(tuner, image=series, reference=series > 60)["mask"], tuner.mask)


# --- a large volume, beside


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask_tuner, "AT_ONCE", 0)
    monkeypatch.setattr(mask_tuner, "BLOCK", 700)  # a plane or two


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    "steps", [[("open", 1)], [("close", 2.5)], [("fill", 0), ("open", 1.5), ("keep", 1)]]
)
def test_blocks_give_the_same_mask(steps: list[tuple[str, float]]) -> None:
    volume = blob(shape=(17, 20, 30))
    tuner = MaskTuner(volume, thresholds=(40, 90), steps=steps, scope="volume")
    assert np.array_equal(tuner.mask, mask_tuner.clean((volume >= 40) & (volume <= 90), steps))
    assert tuner._running.layout.display == "none"


@pytest.mark.usefixtures("beside")
def test_a_run_shows_progress_stops_and_gives_way_to_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, seen = Event(), Event(), []
    plain = mask_tuner.clean

    def slow(mask: Any, steps: Any) -> Any:
        seen.append(steps)
        begun.set()
        assert go_on.wait(60)
        return plain(mask, steps)

    volume = blob(shape=(17, 20, 30))
    tuner = MaskTuner(volume, thresholds=(40, 90))
    tuner.scope = "volume"
    assert tuner.mask.shape == volume.shape
    monkeypatch.setattr(mask_tuner, "clean", slow)
    tuner.steps = [("open", 1)]
    first = tuner._ended
    assert begun.wait(60)
    assert tuner._running.layout.display == ""
    assert 0 < tuner._progress.value < 1
    assert repr(tuner)  # waits for nothing
    for radius in (2, 3, 4):
        tuner.steps = [("open", radius)]  # only the last of these is ever begun
    go_on.set()
    assert np.array_equal(tuner.mask, plain((volume >= 40) & (volume <= 90), [("open", 4)]))
    assert first.wait(60)
    assert [steps for steps in seen if steps == [("open", 1)]] == [[("open", 1)]]  # one block of it
    assert {steps[0][1] for steps in seen} == {1, 4}

    begun.clear()
    go_on.clear()
    tuner.steps = [("open", 1)]
    assert begun.wait(60)
    tuner.stop()
    go_on.set()
    assert "was stopped" in tuner.histogram.note
    assert tuner._running.layout.display == "none"
    with pytest.raises(RuntimeError, match="stopped"):
        _ = tuner.mask
    tuner.scope = "plane"
    assert tuner.mask.shape == (20, 30)


# --- words


def test_figure_save_and_page(tmp_path: Path) -> None:
    tuner = MaskTuner(blob(), index=1, thresholds=(40, 90), steps=[("open", 1)], outline=True)
    assert len(tuner.figure().axes) == 2
    assert tuner.save(tmp_path / "mask.png").read_bytes()[:4] == b"\x89PNG"
    said = repr(tuner)
    assert said.startswith("MaskTuner(6 x 20 x 30 int16, pln 1, 40..90, open 1, plane, picture ")
    assert picture.digest(tuner.pictures()) in said
    tuner.thresholds = [50, 90]
    assert repr(tuner)[-10:] != said[-10:]
    data, _ = tuner._repr_mimebundle_()
    assert data["image/png"][:4] == b"\x89PNG"
    assert tuner.to_html(tmp_path / "mask.html").stat().st_size > 1000


def test_the_controls_of_the_steps() -> None:
    tuner = MaskTuner(blob(), thresholds=(40, 90))
    (first, size), (second, _), *_ = tuner._slots
    size.value, first.value = 2, "open"
    second.value = "keep"
    assert tuner.steps == [("open", 2), ("keep", 1)]
    size.value = 0
    assert "above 0" in tuner.histogram.note
    assert tuner.steps == [("open", 2), ("keep", 1)]
    tuner.steps = [("fill", 3)]
    assert (first.value, size.value, second.value) == ("fill", 3, "")
    assert tuner.steps == [("fill", 3)]


# --- at the door


@pytest.mark.parametrize(
    ("image", "reference", "said"),
    [
        (np.zeros((4, 5, 3), np.uint8), None, "rgb2gray"),
        (np.zeros((0, 5)), None, "empty"),
        (np.zeros((4, 5)), np.zeros((5, 4), bool), "shape"),
        (np.zeros((4, 5)), np.zeros((4, 5)), "True and False"),
        (np.zeros((4, 5), complex), None, "real numbers"),
    ],
)
def test_what_makes_no_mask_is_refused(image: Any, reference: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        MaskTuner(image, reference)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("steps", [("blur", 1)], "a step is a name and a size"),
        ("steps", [("open", 0)], "above 0"),
        ("steps", [("close", 20)], "below 20"),
        ("steps", [("keep", 0)], "1 or more"),
        ("steps", [("fill", 1.5)], "whole number"),
        ("steps", ["open"], "a step is a name and a size"),
        ("steps", [("open", 1)] * 5, "at most 4"),
        ("thresholds", [np.nan, 1.0], "finite"),
        ("scope", "slab", "slab"),
    ],
)
def test_what_does_not_fit_is_refused_at_the_door_and_later(name: str, value: Any, said: str) -> None:
    tuner = MaskTuner(blob(), thresholds=(40, 90))
    with pytest.raises(traitlets.TraitError, match=said):
        tuner.set_trait(name, value)
    with pytest.raises(ValueError, match=said):
        MaskTuner(blob(), **{name: value})


def test_one_plane_is_no_volume() -> None:
    with pytest.raises(ValueError, match="one plane"):
        MaskTuner(blob(shape=(20, 30)), scope="volume")


def test_constant_empty_and_missing_values_are_explained() -> None:
    flat = MaskTuner(np.full((5, 5), 7, np.int16))
    assert "nothing to part" in flat.histogram.note
    assert flat.mask.all()
    flat.thresholds = [8, 9]
    assert "Nothing is inside" in flat.histogram.note
    assert flat.measures() == {"pixels": 0, "objects": 0}
    assert "no area" in flat.histogram.note
    some = np.full((4, 4), np.nan)
    some[0, :2] = 1, 3
    assert MaskTuner(some).mask.sum() == 1
    assert not MaskTuner(np.full((4, 4), np.nan)).mask.any()


# --- in a real JupyterLab

CELL = """
import numpy as np
from biomedlab.widgets.mask_tuner import MaskTuner
image = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))
tuner = MaskTuner(image, image > 100, thresholds=(128, 255), sampling=(1, 1), window=(0, 252))
tuner
"""
LIT = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: canvas.width }, (_, i) => data[4 * (canvas.width * 20 + i) + 3] > 0);
}"""


def test_a_drag_lights_pixels_and_it_is_accessible(
    lab: Lab, axe: Callable[..., list[str]], tmp_path: Path
) -> None:
    lab.scratch(CELL)
    lab.hide_sides()
    lab.run_all()
    shown = lab.output(0)
    plot = shown.locator(".biomedlab-plot")
    plot.wait_for()
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    x, width = box["x"] + 54, box["width"] - 54 - 46
    lab.page.mouse.move(x + 128.5 / 256 * width, box["y"] + 50)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 64.5 / 256 * width, box["y"] + 50, steps=5)
    lab.page.wait_for_timeout(100)
    lit = shown.locator(".biomedlab-overlay").evaluate(LIT)
    lab.page.mouse.up()
    assert lit == [value >= 64 for value in range(0, 256, 4)]
    shown.get_by_label("Step 1").select_option("open")
    lab.page.wait_for_timeout(500)
    lab.execute("print(tuner.thresholds, tuner.steps, tuner.mask.sum())")
    assert lab.text(lab.count() - 1) == f"[64.0, 255.0] [('open', 1.0)] {48 * 48}\n"
    lab.output(0)
    for theme in ("dark", "light"):
        lab.theme(theme)
        lab.screenshot(tmp_path / f"{theme}.png", 0)
        assert axe(lab.page, ".jp-OutputArea-output") == []
    assert lab.errors == []


def test_by_keyboard_only(lab: Lab) -> None:
    lab.scratch(CELL.replace("image > 100", "image > 100, steps=[('keep', 1)]"))
    lab.hide_sides()
    lab.run_all()
    lab.output(0).locator(".biomedlab-plot").wait_for()
    lab.output(0).get_by_role("button", name="Otsu").focus()
    image = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))

    def tab_to(name: str) -> None:
        """Press Tab until the control with this label has the focus."""
        for _ in range(40):
            lab.page.keyboard.press("Tab")
            label = lab.page.evaluate("document.activeElement.labels?.[0]?.textContent ?? ''")
            if label.strip().startswith(name):
                return
        raise AssertionError(f"Tab does not reach {name}")

    lab.page.keyboard.press("Enter")  # the button: from Otsu's threshold up
    tab_to("outline")
    lab.page.keyboard.press("Space")
    tab_to("Step 1")
    for _ in range(3):  # from "keep" to "open"; JupyterLab would take this key to move on in the notebook
        lab.page.keyboard.press("ArrowUp")
    tab_to("size")
    lab.page.keyboard.press("ArrowUp")
    tab_to("From")
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("PageUp")
    lab.page.wait_for_timeout(700)
    lab.execute("print(tuner.thresholds[0], tuner.steps, tuner.outline)")
    said = lab.text(lab.count() - 1)
    low = float(said.split()[0])
    assert low > masks.otsu(image) + 10
    assert said.endswith("[('open', 2.0)] True\n")
    overlay = lab.output(0).locator(".biomedlab-overlay").evaluate(LIT)
    inside = np.flatnonzero(np.arange(0, 256, 4) >= low)
    assert np.flatnonzero(overlay).tolist() == [inside[0], inside[-1]]  # the row's part of the edge
    assert lab.errors == []
