"""OrthogonalBrowser: three planes through one point."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import PIL.Image
import pytest
from lab import Lab
from views import shown

from biomedlab import Image, OrthogonalBrowser
from biomedlab.widgets import picture

VOLUME = np.random.default_rng(4).integers(0, 200, (9, 20, 30)).astype(np.uint8)
SETUP = """
import numpy as np, biomedlab
volume = np.random.default_rng(4).integers(0, 200, (9, 20, 30)).astype(np.uint8)
image = biomedlab.Image(volume, sampling=(3, 1, 1), meta={"orientation": ("S", "P", "L")})
browser = biomedlab.OrthogonalBrowser(image, window=(0, 199))
browser
"""


def expect(axis: int, index: int) -> np.ndarray:
    """Return what matplotlib draws of a plane."""
    return picture.pixels(np.take(VOLUME, index, axis), (0, 199), "gray")


def test_the_cursor_and_the_indices_are_one() -> None:
    browser = OrthogonalBrowser(VOLUME, cursor=(1, 2, 3))
    assert (browser.pln, browser.row, browser.col) == (1, 2, 3)
    browser.row = 5
    assert browser.cursor == [1, 5, 3]
    browser.cursor = [0, 0, 29]
    assert (browser.pln, browser.row, browser.col) == (0, 0, 29)
    assert browser.cuts() == [(0, 0), (1, 0), (2, 29)]


@pytest.mark.parametrize(
    ("volume", "arguments", "message"),
    [
        (VOLUME[0], {}, "need a volume"),
        (np.zeros((4, 5, 6, 3), np.uint8), {"axes": "t row col ch"}, "need a volume"),
        (VOLUME, {"cursor": (1, 2)}, "three indices"),
        (VOLUME, {"cursor": (9, 0, 0)}, "0 to 8"),
        (VOLUME, {"sampling": (0, 1, 1)}, "positive"),
    ],
)
def test_bad_arguments_are_refused(volume: np.ndarray, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OrthogonalBrowser(volume, **arguments)


def test_four_dimensions_show_one_time() -> None:
    series = np.stack([VOLUME, VOLUME + np.uint8(1)])
    browser = OrthogonalBrowser(Image(series, sampling=(3, 1, 1)))
    browser.time = 1
    np.testing.assert_array_equal(browser.planes()[2], series[1, :, :, 15])


def test_three_linked_planes_in_jupyterlab(lab: Lab, axe: Callable[..., list[str]]) -> None:
    lab.scratch(SETUP)
    lab.run_all()
    for axis, index in enumerate((4, 10, 15)):
        np.testing.assert_array_equal(shown(lab, 0, axis), expect(axis, index))
    panels = lab.output(0).locator(".biomedlab-panel")
    box = panels.nth(0).bounding_box()
    assert box is not None
    panels.nth(0).click(position={"x": box["width"] * 4.5 / 30, "y": box["height"] * 2.5 / 20})
    np.testing.assert_array_equal(shown(lab, 0, 1), expect(1, 2))
    np.testing.assert_array_equal(shown(lab, 0, 2), expect(2, 4))

    # The coronal picture is turned so that the head is up: its last row is plane 0.
    side = panels.nth(1).bounding_box()
    assert side is not None
    panels.nth(1).click(position={"x": side["width"] * 20.5 / 30, "y": side["height"] * 8.5 / 9})
    np.testing.assert_array_equal(shown(lab, 0, 0), expect(0, 0))
    lab.execute("print(browser.cursor, browser.pln, browser.row, browser.col)")
    assert lab.text(1) == "[0, 2, 20] 0 2 20\n"
    assert panels.nth(1).locator(".biomedlab-top").inner_text() == "S"

    panels.nth(2).focus()
    lab.page.keyboard.press("ArrowRight")
    np.testing.assert_array_equal(shown(lab, 0, 2), expect(2, 21))
    lab.output(0).get_by_label("row", exact=True).focus()
    lab.page.keyboard.press("End")
    np.testing.assert_array_equal(shown(lab, 0, 1), expect(1, 19))
    lab.execute("browser.cursor = (8, 1, 0)")
    for axis, index in enumerate((8, 1, 0)):
        np.testing.assert_array_equal(shown(lab, 0, axis), expect(axis, index))

    boxes = [panels.nth(i).bounding_box() or {} for i in range(3)]
    widths, heights = ([box[side] for box in boxes] for side in ("width", "height"))
    scale = widths[0] / 30
    assert [*widths, *heights] == pytest.approx([n * scale for n in (30, 30, 20, 20, 27, 27)], abs=1.5)
    for theme in ("light", "dark"):
        lab.theme(theme)
        assert axe(lab.page, ".biomedlab") == []
    assert lab.errors == []


def test_the_stored_picture_has_one_scale_and_the_crosshair() -> None:
    volume = np.full((10, 20, 40), 100, np.uint8)
    browser = OrthogonalBrowser(volume, sampling=(2, 1, 1), window=(0, 255), cursor=(5, 10, 20))
    packed = browser._repr_mimebundle_()[0]["image/png"]
    picture = np.asarray(PIL.Image.open(io.BytesIO(packed)).convert("RGB"))
    assert picture.shape == (51, 255, 3)  # 40 + 40 + 20 mm side by side, each 20 mm high
    yellow = (picture == [0xFF, 0xD5, 0x00]).all(axis=-1)
    assert np.flatnonzero(yellow.all(axis=0)).tolist() == [52, 154, 230]
    assert np.flatnonzero(yellow[:, :100].all(axis=1)).tolist() == [26]
    browser.crosshair = False
    packed = browser._repr_mimebundle_()[0]["image/png"]
    assert set(np.asarray(PIL.Image.open(io.BytesIO(packed))).ravel().tolist()) == {100}
