"""FilterExplorer: its sums and code against the filters, and the widget in a real JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage as ndi
from views import shown

from biomedlab.widgets import filter_explorer, picture
from biomedlab.widgets.filter_explorer import FILTERS, MODES, NAMED, FilterExplorer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab import Lab


def blob(dtype: Any = np.int16, shape: tuple[int, ...] = (3, 20, 30)) -> np.ndarray:
    values = np.random.default_rng(0).normal(60, 30, shape)
    return values.clip(0).astype(dtype) if np.dtype(dtype).kind == "u" else values.astype(dtype)


def run_code(explorer: FilterExplorer, image: Any) -> dict[str, Any]:
    import matplotlib.pyplot as plt

    names = {"image": image}
    try:
        exec(explorer.code(), names)  # noqa: S102 - the code that the widget says
    finally:
        plt.close("all")
    return names


# --- numbers


@settings(max_examples=15, deadline=None)
@given(
    dtype=st.sampled_from([np.uint8, np.int16, np.float32, bool]),
    filter=st.sampled_from(FILTERS),
    mode=st.sampled_from(MODES),
    size=st.sampled_from([1, 3, 5, 19]),
    sigma=st.floats(0.3, 9),
    percent=st.floats(0, 100),
    kernel=st.sampled_from([*NAMED.values(), [[1, 2, 4]], [[0.5], [0], [-3]]]),
    flip=st.booleans(),
    integer=st.booleans(),
    pixel=st.tuples(st.integers(0, 19), st.integers(0, 29)),
    cval=st.integers(-9, 300),
    index=st.integers(0, 2),
)
def test_the_code_and_the_sum_give_what_is_shown(
    dtype: Any, pixel: tuple[int, int], integer: bool, index: int, **traits: Any
) -> None:
    volume = blob(dtype)
    integer = integer and dtype is not np.float32
    explorer = FilterExplorer(volume, index=index, pixel=pixel, integer=integer, **traits)
    names = run_code(explorer, volume)
    after = explorer.after
    assert names["after"].dtype == after.dtype
    assert names["after"].tolist() == after.tolist()
    drawn = [ax.images[0] for ax in names["fig"].axes]
    shown = [one.to_rgba(one.get_array(), bytes=True) for one in drawn]
    before = explorer.pictures()[0]
    assert np.array_equal(shown[0], before)
    found = explorer.sum()
    assert found["value"] == after[pixel]
    if integer:
        limits = np.iinfo(after.dtype)
        np.testing.assert_allclose(found["value"], np.clip(found["sum"], limits.min, limits.max), atol=0.5001)
    else:
        np.testing.assert_allclose(found["sum"], found["value"], rtol=1e-9, atol=1e-9)
    row = explorer.profiles()
    assert row[0].tolist() == volume[index, pixel[0]].tolist()
    assert row[1].tolist() == after[pixel[0]].tolist()


def test_the_flip_is_seen() -> None:
    image = np.zeros((5, 7), np.uint8)
    image[2, 3] = 1
    kernel = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    explorer = FilterExplorer(image, filter="kernel", kernel=kernel, pixel=(2, 3))
    assert explorer.after[1:4, 2:5].tolist() == kernel  # a point becomes a picture of the kernel
    assert np.array_equal(explorer.after, ndi.convolve(image.astype(float), np.array(kernel), mode="reflect"))
    assert explorer.weights().tolist() == [row[::-1] for row in kernel[::-1]]
    assert "kernel as typed" in explorer.grid.value
    assert "turned round" in explorer.grid.value
    explorer.flip = False
    assert explorer.after[1:4, 2:5].tolist() == [row[::-1] for row in kernel[::-1]]
    assert explorer.weights().tolist() == kernel
    assert "turned round" not in explorer.grid.value


def test_whole_numbers_are_held_and_the_wrap_is_told() -> None:
    image = np.full((4, 4), 200, np.uint8)
    image[0, 0] = 100
    kernel = [[0, 0, 0], [0, 2, 0], [0, 0, 0]]
    explorer = FilterExplorer(image, filter="kernel", kernel=kernel, integer=True, pixel=(2, 2))
    assert explorer.after.dtype == np.uint8
    assert explorer.after[2, 2] == 255
    assert "sum 400, as uint8 255 (if not held, it would wrap to 144)" in explorer.grid.value
    assert "15 of 16 pixels are not the exact result; 15 of them" in explorer.note.value
    explorer.integer = False
    assert explorer.after[2, 2] == 400
    assert explorer.note.value == ""


def test_the_second_picture_and_the_difference_are_the_browsers() -> None:
    volume = blob()
    explorer = FilterExplorer(volume, filter="gaussian", sigma=2, index=0)
    sent = explorer.view.planes("second")[0]
    assert sent.tolist() == explorer.after.astype(np.float32).tolist()
    before, after = explorer.pictures()
    assert np.array_equal(before, picture.pixels(volume[0], explorer.window, "gray"))
    assert np.array_equal(after, picture.pixels(sent, explorer.window, "gray"))
    explorer.compare = "difference"
    assert len(explorer.pictures()) == 1
    sizes = np.abs(volume[0] - explorer.after)
    assert explorer.view.limit == np.percentile(sizes, 99.9, method="nearest")
    explorer.index = 2
    assert explorer.view.planes("second")[0].tolist() == explorer.after.astype(np.float32).tolist()


def test_a_change_sends_the_plane_once_more() -> None:
    explorer = FilterExplorer(blob())
    sent: list[Any] = []
    explorer.view.send = lambda message, buffers=None: sent.append(message)  # type: ignore[method-assign]
    explorer.size = 5
    assert [(one["layer"], one["kind"]) for one in sent] == [("second", "now")]
    layer = next(one for one in explorer.view._layers if one["name"] == "second")
    assert sent[0]["version"] == layer["version"]


@pytest.mark.parametrize(
    ("image", "chosen", "sent"),
    [
        (np.uint8, {"filter": "median"}, np.uint8),
        (np.int16, {"filter": "percentile", "percent": 20}, np.int16),
        (np.int16, {"filter": "gaussian", "integer": True}, np.int16),
        (np.int16, {"filter": "median", "mode": "constant", "cval": 0.5}, np.float32),
        (np.int32, {"filter": "median"}, np.float32),
        (np.int16, {"filter": "mean"}, np.float32),
        (np.float32, {"filter": "median"}, np.float32),
    ],
)
def test_whole_numbers_are_sent_as_such(image: Any, chosen: dict[str, Any], sent: Any) -> None:
    explorer = FilterExplorer(blob(image), **chosen)
    (layer,) = (one for one in explorer.view._layers if one["name"] == "second")
    plane = explorer.view.planes("second")[0]
    assert plane.dtype == np.dtype(layer["dtype"]) == sent
    assert plane.tolist() == explorer.after.astype(np.float32).tolist()


def test_where_a_filter_does_not_fit_there_is_no_picture() -> None:
    explorer = FilterExplorer(blob(), filter="median", size=9)
    assert explorer.view.planes("second")[0].dtype == np.int16
    explorer.axis = 1  # its planes have 3 rows
    assert np.isnan(explorer.view.planes("second")[0]).all()
    explorer.axis = 0
    assert explorer.view.planes("second")[0].tolist() == explorer.after.tolist()


def test_a_changed_image_is_filtered_anew() -> None:
    volume = blob()
    explorer = FilterExplorer(volume, index=0)
    before = explorer.after
    explorer.after[:] = 0  # what is handed out is the caller's own
    assert explorer.after.tolist() == before.tolist()
    volume[0] += 1
    np.testing.assert_allclose(explorer.after, before + 1)


def test_a_click_follows_a_pixel() -> None:
    explorer = FilterExplorer(blob(), index=1)
    assert "Click on a pixel" in explorer.grid.value
    explorer.view.cursor = [1, 4, 6]
    assert explorer.pixel == [4, 6]
    assert "row 4, column 6" in explorer.grid.value
    assert "<polyline" in explorer.profile.value
    explorer.pixel = [3, 2]
    assert explorer.view.cursor == [1, 3, 2]
    explorer.axis = 1  # its planes have 3 rows: row 3 is none of them
    assert explorer.pixel is None


# --- words


def test_figure_save_and_page(tmp_path: Path) -> None:
    explorer = FilterExplorer(blob())
    assert len(explorer.figure().axes) == 3
    assert explorer.save(tmp_path / "filter.png").read_bytes()[:4] == b"\x89PNG"
    said = repr(explorer)
    assert said.startswith("FilterExplorer(3 x 20 x 30 int16, pln 1, mean, size 3, reflect, picture ")
    explorer.size = 5
    assert repr(explorer) != said
    data, _ = explorer._repr_mimebundle_()
    assert data["image/png"][:4] == b"\x89PNG"
    assert explorer.to_html(tmp_path / "filter.html").stat().st_size > 1000


def test_a_typed_kernel_is_read() -> None:
    explorer = FilterExplorer(blob(), filter="kernel")
    field = explorer._parts["kernel"].children[1]
    field.value = "0 1/2 0\n1, -4 1\n0 1 0"
    assert explorer.kernel == [[0, 0.5, 0], [1, -4, 1], [0, 1, 0]]
    for wrong, said in (
        ("1 2\n3", "equally long"),
        ("1 2\n3 4", "odd"),
        ("a b", "rows of numbers"),
        ("", "rows"),
    ):
        field.value = wrong
        assert said in explorer.note.value
        assert explorer.kernel == [[0, 0.5, 0], [1, -4, 1], [0, 1, 0]]
    presets = explorer._parts["kernel"].children[0]
    presets.value = "3 x 3 Laplace"
    assert explorer.kernel == NAMED["3 x 3 Laplace"]
    assert field.value == "0 1 0\n1 -4 1\n0 1 0"
    explorer.kernel = [[1, 2, 1]]
    assert presets.value == "your own"
    explorer.kernel = NAMED["3 x 3 mean"]
    assert explorer.kernel[0][0] == 1 / 9  # not what the field shows of it


# --- at the door


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (np.zeros((4, 5, 3), np.uint8), "rgb2gray"),
        (np.zeros((0, 5)), "empty"),
        (np.array([[1.0, np.nan], [1, 2]]), "NaN"),
        (np.zeros((4, 5), complex), "real numbers"),
    ],
)
def test_what_cannot_be_filtered_is_refused(image: Any, said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        FilterExplorer(image)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("size", 4, "odd"),
        ("size", 0, "1 or more"),
        ("size", 21, "larger than the image"),
        ("sigma", 0.0, "above 0"),
        ("sigma", -1.0, "above 0"),
        ("percent", 101.0, "between 0 and 100"),
        ("amount", -1.0, "0 or more"),
        ("kernel", [[1, 2], [3, 4]], "odd"),
        ("kernel", [], "rows of numbers"),
        ("kernel", [[1, 2], [3]], "equally long"),
        ("kernel", np.ones((21, 21)), "larger than the image"),
        ("cval", np.inf, "finite"),
        ("pixel", [20, 0], "within 20 rows"),
        ("filter", "blur", "blur"),
        ("mode", "torus", "torus"),
    ],
)
def test_what_does_not_fit_is_refused_at_the_door_and_later(name: str, value: Any, said: str) -> None:
    explorer = FilterExplorer(blob())
    with pytest.raises(traitlets.TraitError, match=said):
        explorer.set_trait(name, value)
    with pytest.raises((ValueError, traitlets.TraitError), match=said):
        FilterExplorer(blob(), **{name: value})


def test_real_numbers_have_no_whole_ones() -> None:
    with pytest.raises(ValueError, match="real numbers"):
        FilterExplorer(blob(float), integer=True)


def test_a_control_is_put_back_and_says_why() -> None:
    explorer = FilterExplorer(blob(), filter="gaussian")
    explorer._parts["sigma"].value = -1.0
    assert explorer._parts["sigma"].value == explorer.sigma == 1
    assert "above 0" in explorer.note.value
    explorer._parts["sigma"].value = 2.0
    assert explorer.sigma == 2
    assert explorer.note.value == ""


def test_a_filter_that_does_not_fit_another_plane_is_told() -> None:
    explorer = FilterExplorer(blob(), size=5)
    explorer.axis = 1  # planes of 3 x 30
    assert "larger than the image" in explorer.note.value
    assert np.isnan(explorer.view.planes("second")[0]).all()
    assert repr(explorer)
    explorer.size = 3
    assert explorer.after.shape == (3, 30)


def test_a_constant_image_is_explained() -> None:
    explorer = FilterExplorer(np.full((5, 5), 7, np.int16), pixel=(0, 0))
    assert "Every pixel has the value 7" in explorer.note.value
    assert explorer.view.limit > 0


def test_the_differences_limit_sees_a_single_pixel_of_a_large_plane() -> None:
    plane = np.zeros((300, 300))
    plane[3, 5] = 0.25
    explorer = FilterExplorer(plane, filter="median", size=3)
    assert explorer.view.limit == 0.25
    explorer.filter, explorer.integer = "mean", False
    assert explorer.view.limit == pytest.approx(0.25 - 0.25 / 9)


def test_a_large_neighbourhood_is_cut() -> None:
    explorer = FilterExplorer(blob(), filter="gaussian", sigma=4.0, pixel=(3, 3))
    assert "(the middle of 33 x 33)" in explorer.grid.value
    assert explorer.grid.value.count("<td") == 3 * filter_explorer.MOST**2


# --- in a real JupyterLab

CELL = """
import numpy as np
from biomedlab.widgets.filter_explorer import FilterExplorer
image = np.zeros((48, 64), np.uint8)
image[20:28, 20:30] = 200
explorer = FilterExplorer(image, window=(0, 255))
explorer
"""
PIXELS = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: canvas.width }, (_, i) => data[4 * (20 * canvas.width + i)]);
}"""


def test_it_works_by_keyboard_and_is_accessible(
    lab: Lab, axe: Callable[..., list[str]], tmp_path: Path
) -> None:
    lab.scratch(CELL)
    lab.hide_sides()
    lab.run_all()
    shown = lab.output(0)
    canvas = shown.locator(".biomedlab-canvas").nth(1)
    canvas.wait_for()
    size = shown.get_by_label("Size, pixels")
    size.fill("5")
    size.press("Enter")
    field = shown.get_by_placeholder("row, column")
    field.fill("20, 20")
    field.press("Enter")
    shown.get_by_text("Pixel in row 20, column 20").wait_for()
    lab.page.wait_for_timeout(500)
    image = np.zeros((48, 64), np.uint8)
    image[20:28, 20:30] = 200
    after = FilterExplorer(image, window=(0, 255), size=5).pictures()[1]
    assert canvas.evaluate(PIXELS) == after[20, :, 0].tolist()
    assert shown.get_by_role("table", name="neighbourhood").get_by_role("cell").count() == 25
    for theme in ("dark", "light"):
        lab.theme(theme)
        lab.screenshot(tmp_path / f"{theme}.png", 0)
        assert axe(lab.page, ".jp-OutputArea-output") == []
    assert lab.errors == []


def test_by_mouse_a_kernel_is_chosen_turned_and_followed(lab: Lab) -> None:
    lab.scratch(
        "import numpy as np\nfrom biomedlab.widgets import FilterExplorer\n"
        "image = np.random.default_rng(0).integers(0, 90, (24, 32)).astype(np.uint8)\n"
        "explorer = FilterExplorer(image, window=(-200, 200))\nexplorer"
    )
    lab.run_all()
    image = np.random.default_rng(0).integers(0, 90, (24, 32)).astype(np.uint8)
    page = lab.output(0)
    # A menu's list is the browser's own: only choosing in it is not done by the mouse here.
    page.get_by_label("Filter").select_option("kernel")
    page.get_by_label("Presets").select_option("3 x 3 Sobel, across")
    for flip, laid in ((True, -1), (False, 1)):
        if not flip:
            page.get_by_text("turn the kernel round").click()
        lab.page.wait_for_timeout(500)
        weights = np.array(NAMED["3 x 3 Sobel, across"])[:, ::laid]
        after = ndi.correlate(image.astype(float), weights, mode="reflect").astype(np.float32)
        most = np.percentile(np.abs(after), 99.9, method="nearest")  # the weights add up to 0
        wanted = picture.pixels(after, (-most, most), "gray")
        assert np.array_equal(shown(lab, 0, 1), wanted), f"flip is {flip}"
        page = lab.output(0)
        canvas = page.locator(".biomedlab-canvas").nth(1)
        place = canvas.bounding_box()
        assert place is not None
        row, column = 5, 7 + flip
        canvas.click(
            position={"x": (column + 0.5) / 32 * place["width"], "y": (row + 0.5) / 24 * place["height"]}
        )
        page.get_by_text(f"row {row}, column {column}").first.wait_for()
        page.get_by_text(f"sum {after[row, column]:,.0f}, the value after.").wait_for()
    page.get_by_text("round to the image's whole numbers").click()
    lab.page.wait_for_timeout(500)
    held = np.clip(after, 0, 255)
    most = np.percentile(held, 99.9, method="nearest")
    assert np.array_equal(shown(lab, 0, 1), picture.pixels(held, (-most, most), "gray"))
    assert lab.errors == []


def test_a_picture_around_zero_has_a_window_of_its_own() -> None:
    explorer = FilterExplorer(blob(), filter="kernel", kernel=NAMED["3 x 3 Laplace"])
    most = float(np.percentile(np.abs(explorer.after), 99.9, method="nearest"))
    layer = next(one for one in explorer.view._layers if one["name"] == "second")
    assert layer["window"] == (-most, most)
    assert np.array_equal(explorer.pictures()[1], picture.pixels(explorer.after, (-most, most), "gray"))
    assert "The weights add up to 0: the picture after is shown from " in explorer.note.value
    assert f"own = {{**window, 'vmin': {-most:.17g}, 'vmax': {most:.17g}}}" in explorer.code()
    shown = explorer.figure().axes[1].images[0]
    assert shown.get_clim() == (-most, most)
    explorer.filter = "sobel"
    assert explorer.view._layers[-1]["window"][0] == 0
    explorer.filter = "mean"
    assert explorer.view._layers[-1]["window"] is None
    assert explorer.note.value == ""
