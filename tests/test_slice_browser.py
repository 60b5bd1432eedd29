"""SliceBrowser: its arguments and traits, and what a student does with it in JupyterLab."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
import PIL.Image
import pytest
import traitlets
from lab import Lab
from views import shown

from biomedlab import Image, SliceBrowser
from biomedlab.widgets import picture
from biomedlab.widgets.planes import as_planes

VOLUME = np.random.default_rng(1).integers(0, 200, (7, 4, 5)).astype(np.uint8)
SETUP = """
import numpy as np, biomedlab
volume = np.random.default_rng(2).integers(-1000, 1500, (9, 40, 30)).astype(np.int16)
affine = np.array([[0, 0, 1.0, -20], [0, 1, 0, -30], [3, 0, 0, 5]])
meta = {"orientation": ("S", "P", "L"), "unit": "HU", "affine": affine}
image = biomedlab.Image(volume, sampling=(3, 1, 1), meta=meta)
browser = biomedlab.SliceBrowser(image, window=(-500, 1000))
browser
"""


def expect(
    index: int, axis: int = 0, window: tuple[float, float] = (-500, 1000), cmap: str = "gray"
) -> np.ndarray:
    """Return what matplotlib draws of a plane of the volume that SETUP shows."""
    volume = np.random.default_rng(2).integers(-1000, 1500, (9, 40, 30)).astype(np.int16)
    return picture.pixels(np.take(volume, index, axis), window, cmap)


# ---- in Python


def test_it_opens_on_the_middle_plane_with_what_the_image_knows() -> None:
    browser = SliceBrowser(Image(VOLUME, sampling=(3, 1, 2)))
    assert (browser.index, browser.axis, browser._sampling) == (3, 0, [3, 1, 2])
    assert browser._size(0) == pytest.approx((10, 4))
    assert browser._size(1) == pytest.approx((10, 21))
    assert browser._notes == []


def test_an_unknown_sampling_is_said() -> None:
    assert "not known" in SliceBrowser(VOLUME)._notes[0]
    assert SliceBrowser(VOLUME)._size(0) == (5, 4)


def test_what_might_be_colour_is_said_not_guessed() -> None:
    browser = SliceBrowser(np.zeros((30, 40, 3), np.uint8))
    assert browser._shape == [30, 40, 3]
    assert "axes='row col ch'" in browser._notes[1]
    assert SliceBrowser(np.zeros((30, 40, 3), np.uint8), axes="row col ch")._shape == [1, 30, 40]


@pytest.mark.parametrize(
    ("volume", "arguments", "error", "message"),
    [
        (np.zeros((0, 3)), {}, ValueError, "empty"),
        (np.zeros(()), {}, ValueError, "2 to 5 dimensions"),
        (np.zeros(5), {}, ValueError, "2 to 5 dimensions"),
        (np.zeros((2, 2), complex), {}, TypeError, "complex"),
        (np.array([[None, 1]]), {}, TypeError, "real numbers"),
        ([[1, 2], [3]], {}, ValueError, "different lengths"),
        (VOLUME, {"sampling": (1, 1)}, ValueError, "2 numbers"),
        (VOLUME, {"sampling": (1, -1, 1)}, ValueError, "positive"),
        (VOLUME, {"sampling": 3}, TypeError, "numbers in mm"),
        (VOLUME, {"index": 7}, ValueError, "0 to 6"),
        (VOLUME, {"index": 1.5}, TypeError, "whole number"),
        (VOLUME, {"axis": 3}, ValueError, "can be cut across"),
        (VOLUME, {"axis": "x"}, ValueError, "can be cut across"),
        (VOLUME[0], {"axis": 1}, ValueError, "can be cut across"),
        (VOLUME, {"window": (5, 1)}, ValueError, "upside down"),
        (VOLUME, {"window": (0, np.inf)}, ValueError, "finite"),
        (VOLUME, {"window": 5}, TypeError, "two numbers"),
        (VOLUME, {"cmap": "greyish"}, ValueError, "no colour map"),
        (VOLUME, {"mask": np.zeros((7, 4, 4), bool)}, ValueError, "shape"),
        (VOLUME, {"mask": np.zeros((7, 4, 5))}, TypeError, "True and False"),
        (VOLUME, {"axes": "row pln col"}, ValueError, "in this order"),
        (VOLUME, {"axes": "row col"}, ValueError, "2 axes"),
    ],
)
def test_bad_arguments_are_refused_in_a_sentence(
    volume: Any, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        SliceBrowser(volume, **arguments)


def test_bad_values_of_traits_are_refused() -> None:
    browser = SliceBrowser(VOLUME)
    for name, value in [("index", 7), ("axis", 3), ("window", (2, 1)), ("cmap", "x"), ("cursor", [1, 2])]:
        with pytest.raises((ValueError, traitlets.TraitError)):
            setattr(browser, name, value)
    assert browser.index == 3


def test_another_axis_keeps_the_index_inside() -> None:
    browser = SliceBrowser(VOLUME, index=6)
    browser.axis = 1
    assert browser.index == 2


@pytest.mark.parametrize(
    "array",
    [
        np.full((3, 4, 5), 7, np.int16),
        np.full((3, 4, 5), np.nan),
        np.zeros((1, 1)),
        np.zeros((1, 4, 5), bool),
        np.array([[0, 2**64 - 1]], np.uint64),
        np.array([[-(2**63), 2**63 - 1]], np.int64),
        VOLUME.astype(">i4"),
        np.asfortranarray(VOLUME),
        VOLUME[::-1, :, ::-2],
        VOLUME.astype(np.float16),
        VOLUME.astype(np.longdouble),
    ],
)
def test_odd_arrays_are_shown_right(array: np.ndarray) -> None:
    array.flags.writeable = False
    browser = SliceBrowser(array)
    plane = np.asarray(array[array.shape[0] // 2] if array.ndim == 3 else array)
    kept = plane.astype(float) if plane.dtype.itemsize > 8 else plane
    np.testing.assert_array_equal(browser.pictures()[0], picture.pixels(kept, browser.window, "gray"))
    assert browser._repr_mimebundle_()[0]["image/png"].startswith(b"\x89PNG")


def test_only_the_planes_looked_at_are_read() -> None:
    class Counted:
        shape, dtype, read = (50, 300, 300), np.dtype(np.uint8), 0

        def __getitem__(self, key: Any) -> np.ndarray:
            found = np.zeros(self.shape, np.uint8)[key]
            self.read += found.size
            return found

    array: Any = Counted()
    browser = SliceBrowser(array)
    first = array.read
    assert first <= 2**18 + 300 * 300
    browser._answer(
        browser,
        {"type": "planes", "layer": "image", "axis": 0, "frame": 0, "indices": [3], "kind": "now"},
        [],
    )
    assert array.read == first + 300 * 300


def test_zarr_and_dask_are_read_by_planes() -> None:
    import dask.array
    import zarr

    stored = zarr.create_array({}, shape=VOLUME.shape, dtype=VOLUME.dtype, chunks=(1, 4, 5))
    stored[:] = VOLUME
    arrays: tuple[Any, ...] = (stored, dask.array.from_array(VOLUME, chunks=(1, 4, 5)))
    for array in arrays:
        browser = SliceBrowser(array, index=2)
        np.testing.assert_array_equal(browser.planes()[0], VOLUME[2])


def test_its_repr_says_what_is_on_screen_and_changes_with_it() -> None:
    browser = SliceBrowser(VOLUME)
    before = repr(browser)
    assert before == repr(SliceBrowser(VOLUME))
    assert before.startswith("SliceBrowser(7 x 4 x 5 uint8, pln 3, window 1..199, gray, picture ")
    browser.index = 4
    assert repr(browser).split("picture ")[1] != before.split("picture ")[1]


def test_axes_of_every_kind() -> None:
    movie = as_planes(np.zeros((8, 4, 5, 3), np.uint8), "t row col ch")
    assert (movie.slices, movie.shape, movie.frames, movie.samples) == (
        ("t", "row", "col"),
        (8, 4, 5),
        (1, 1),
        3,
    )
    series = as_planes(np.zeros((6, 7, 4, 5)))
    assert (series.shape, series.frames) == ((7, 4, 5), (6, 1))
    channels = as_planes(np.zeros((6, 7, 4, 5, 2)))
    assert (channels.frames, channels.samples) == ((6, 2), 1)
    assert SliceBrowser(np.zeros((6, 7, 4, 5, 2))).planes()[0].shape == (4, 5)


def test_a_mask_becomes_a_layer_and_can_go() -> None:
    browser = SliceBrowser(VOLUME, mask=VOLUME > 100)
    assert [layer["name"] for layer in browser._layers] == ["image", "mask"]
    np.testing.assert_array_equal(browser.planes("mask")[0], VOLUME[3] > 100)
    browser.mask = None
    assert [layer["name"] for layer in browser._layers] == ["image"]


# ---- in JupyterLab


@pytest.fixture
def opened(lab: Lab) -> Lab:
    """JupyterLab with a browser in cell 0."""
    lab.scratch(SETUP)
    lab.run_all()
    lab.output(0).locator(".biomedlab-canvas").wait_for()
    return lab


def test_keys_wheel_and_slider_show_the_right_plane(opened: Lab) -> None:
    np.testing.assert_array_equal(shown(opened, 0), expect(4))
    slider = opened.output(0).get_by_label("pln", exact=True)
    slider.focus()
    opened.page.keyboard.press("ArrowRight")
    np.testing.assert_array_equal(shown(opened, 0), expect(5))
    assert slider.get_attribute("aria-valuetext") == "axial plane 6 of 9, 15.0 mm"
    opened.output(0).locator(".biomedlab-panel").hover()
    opened.page.mouse.wheel(0, 100)
    np.testing.assert_array_equal(shown(opened, 0), expect(6))
    opened.output(0).locator(".biomedlab-panel").focus()
    for key, index in [("b", 5), ("Home", 0), ("f", 1), ("End", 8), ("PageDown", 0), ("r", 4)]:
        opened.page.keyboard.press(key)
        np.testing.assert_array_equal(shown(opened, 0), expect(index), err_msg=key)
    opened.page.wait_for_timeout(400)
    opened.execute("print(browser.index)")
    assert opened.text(1) == "4\n"
    assert opened.count() == 2, "no key may reach JupyterLab's own shortcuts"
    assert opened.errors == []


def test_axis_window_colours_and_code_set_from_either_side(opened: Lab) -> None:
    output = opened.output(0)
    output.get_by_label("Cut across").select_option("1")
    np.testing.assert_array_equal(shown(opened, 0), expect(20, axis=1))
    output.get_by_label("Colours").select_option("viridis")
    output.get_by_label("Window").select_option("CT lung")
    np.testing.assert_array_equal(shown(opened, 0), expect(20, 1, (-1350, 150), "viridis"))
    opened.execute("browser.axis, browser.index, browser.window, browser.cmap = 2, 3, (0, 100), 'tab10'")
    np.testing.assert_array_equal(shown(opened, 0), expect(3, 2, (0, 100), "tab10"))


def test_a_drag_sets_the_window_and_a_click_the_crosshair(opened: Lab) -> None:
    page, panel = opened.page, opened.output(0).locator(".biomedlab-panel")
    box = panel.bounding_box()
    assert box is not None
    panel.click(position={"x": box["width"] * 10.5 / 30, "y": box["height"] * 20.5 / 40})
    opened.execute("print(browser.cursor)")
    assert opened.text(1) == "[4, 20, 10]\n"
    panel.scroll_into_view_if_needed()
    opened.output(0).get_by_role("button", name="Drag: window").click()
    box = panel.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 100, steps=3)
    page.mouse.up()
    opened.execute("print(*browser.window)")
    low, high = (float(number) for number in opened.text(2).split())
    assert low < -500
    assert high > 1000
    assert low + high == pytest.approx(500, abs=2)
    np.testing.assert_array_equal(shown(opened, 0), expect(4, window=(low, high)))


def test_the_pointer_tells_index_mm_place_and_value(opened: Lab) -> None:
    panel = opened.output(0).locator(".biomedlab-panel")
    box = panel.bounding_box()
    assert box is not None
    panel.hover(position={"x": box["width"] * 10.5 / 30, "y": box["height"] * 20.5 / 40})
    value = np.random.default_rng(2).integers(-1000, 1500, (9, 40, 30))[4, 20, 10]
    told = opened.output(0).locator(".biomedlab-readout").inner_text()
    assert told == f"value {value} HU · pln 4 row 20 col 10 · 12.0, 20.0, 10.0 mm · R 10.0 A 10.0 S 17.0 mm"


def test_any_ipywidgets_slider_can_be_linked(opened: Lab) -> None:
    opened.execute(
        "import ipywidgets\nslider = ipywidgets.IntSlider(4, 0, 8)\n"
        "link = ipywidgets.jslink((slider, 'value'), (browser, 'index'))\nslider"
    )
    handle = opened.output(1).locator(".noUi-handle")
    handle.focus()
    opened.page.keyboard.press("ArrowRight")
    np.testing.assert_array_equal(shown(opened, 0), expect(5))


def test_without_a_kernel_it_still_browses_and_says_so(opened: Lab) -> None:
    opened.page.wait_for_timeout(500)
    opened.stop_kernel()
    opened.output(0).get_by_text("No kernel").wait_for()
    opened.output(0).get_by_label("pln", exact=True).focus()
    for index in (5, 6, 7, 8):
        opened.page.keyboard.press("ArrowRight")
        np.testing.assert_array_equal(shown(opened, 0), expect(index))
    opened.output(0).get_by_label("Cut across").select_option("2")
    np.testing.assert_array_equal(shown(opened, 0), expect(15, axis=2))
    assert opened.errors == []


def test_play_walks_through_the_planes(opened: Lab) -> None:
    opened.execute("browser.fps = 50")
    opened.output(0).get_by_role("button", name="Play").click()
    opened.page.wait_for_function("document.querySelector('.biomedlab-canvas').dataset.plane === '0 0 2'")
    opened.output(0).get_by_role("button", name="Pause").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(opened: Lab, axe: Callable[..., list[str]], theme: str, width: int) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.hide_sides()
    opened.theme(theme)
    opened.page.evaluate("(zoom) => { document.body.style.zoom = zoom; }", 2 if width > 1000 else 1)
    opened.execute("browser.mask = volume > 1000")
    opened.output(0).get_by_role("button", name="Code").wait_for()
    assert axe(opened.page, ".biomedlab") == []


def test_reduced_motion_stops_autoplay(lab: Lab) -> None:
    lab.page.emulate_media(reduced_motion="reduce")
    lab.scratch(SETUP.replace("\nbrowser\n", "\nbrowser.playing = True\nbrowser\n"))
    lab.run_all()
    lab.output(0).locator(".biomedlab-canvas").wait_for()
    lab.page.wait_for_timeout(600)
    lab.execute("print(browser.playing)")
    assert lab.text(1) == "False\n"


def test_it_is_an_ordinary_widget() -> None:
    assert ipywidgets.VBox([SliceBrowser(VOLUME)]).children[0].index == 3


def stored_png(view: Any) -> np.ndarray:
    """Return the picture that a notebook stores of a view, as RGB."""
    packed = view._repr_mimebundle_()[0]["image/png"]
    return np.asarray(PIL.Image.open(io.BytesIO(packed)).convert("RGB"))


def test_the_stored_picture_has_the_mask_and_the_lit_values_on_it() -> None:
    plane = np.full((128, 256), 100, np.uint8)
    plane[:, 200:] = 180
    mask = np.zeros(plane.shape, np.int32)
    mask[:64, :100] = 2
    browser = SliceBrowser(plane, window=(0, 255), mask=mask)
    browser.highlight = [170, 190]
    picture = stored_png(browser)
    assert picture.shape == (128, 256, 3)
    assert picture[100, 50].tolist() == [100, 100, 100]
    assert picture[10, 50].tolist() == [93, 140, 167]  # half of it sky blue, the second label
    assert picture[10, 250].tolist() == [205, 169, 90]  # half of it orange
    browser.outline, browser.mask = True, np.ones(plane.shape, bool)
    picture = stored_png(browser)
    assert picture[0, 50].tolist() == [165, 130, 50]
    assert picture[10, 50].tolist() == [100, 100, 100]


def test_the_stored_picture_shows_what_is_clear_as_checks() -> None:
    plane = np.zeros((64, 64), np.float32)
    plane[:32] = np.nan
    picture = stored_png(SliceBrowser(plane, window=(0, 1)))
    assert set(picture[:128, :, 0].ravel().tolist()) == {0x55, 0x77}
    assert set(picture[128:].ravel().tolist()) == {0}


@pytest.mark.parametrize("limits", [[1], [3, 2], [0, np.nan], "ab", [1, 2, 3], 7])
def test_wrong_values_to_light_are_refused(limits: Any) -> None:
    browser = SliceBrowser(VOLUME)
    with pytest.raises((ValueError, TypeError), match="highlight must be two"):
        browser.highlight = limits
    assert browser.highlight is None


@pytest.mark.parametrize(
    "box", [[0, 0, 1], [0, 0, 0, 1], [0, 0, 99, 1], [-1, 0, 2, 2], [0, 0, 1.5, 2], "abcd"]
)
def test_a_wrong_box_is_refused(box: Any) -> None:
    browser = SliceBrowser(VOLUME)
    with pytest.raises((ValueError, TypeError), match="box must be"):
        browser.box = box
    assert browser.box is None
    browser.box = (0, 1, 2, 3)
    assert browser.box == [0, 1, 2, 3]
