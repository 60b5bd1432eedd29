"""CompareBrowser: two images of one grid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from lab import Lab
from views import shown

from biomedlab import CompareBrowser, Image

RNG = np.random.default_rng(6)
ONE = RNG.integers(0, 200, (5, 20, 30)).astype(np.uint8)
OTHER = RNG.integers(0, 200, (5, 20, 30)).astype(np.int16)
SETUP = """
import numpy as np, biomedlab
rng = np.random.default_rng(6)
one = rng.integers(0, 200, (5, 20, 30)).astype(np.uint8)
other = rng.integers(0, 200, (5, 20, 30)).astype(np.int16)
browser = biomedlab.CompareBrowser(one, other, sampling=(2, 1, 1))
browser
"""


@pytest.mark.parametrize(
    ("image", "other", "message"),
    [
        (ONE, ONE[:4], "different shapes"),
        (Image(ONE, sampling=(1, 1, 1)), Image(ONE, sampling=(2, 1, 1)), "different sampling"),
        (
            Image(ONE, meta={"affine": np.eye(4)}),
            Image(ONE, meta={"affine": np.eye(4) + 1}),
            "different places",
        ),
    ],
)
def test_different_grids_are_refused_with_what_to_do(image: Image, other: Image, message: str) -> None:
    with pytest.raises(ValueError, match=f"{message}.*Resample"):
        CompareBrowser(image, other)


def test_a_difference_never_wraps() -> None:
    browser = CompareBrowser(
        np.array([[10]], np.uint8), np.array([[20]], np.uint8), compare="difference", limit=10
    )
    below = browser.pictures()[0]
    browser = CompareBrowser(
        np.array([[20]], np.uint8), np.array([[10]], np.uint8), compare="difference", limit=10
    )
    above = browser.pictures()[0]
    assert below[0, 0, 2] > below[0, 0, 0], "10 - 20 is below 0: blue"
    assert above[0, 0, 0] > above[0, 0, 2]


def test_colours_have_no_difference() -> None:
    colours = np.zeros((4, 5, 3), np.uint8)
    with pytest.raises(ValueError, match="one of side, swipe, blend"):
        CompareBrowser(colours, colours, axes="row col ch", compare="difference")


@pytest.mark.parametrize("limit", [0, -1, np.nan])
def test_a_bad_limit_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        CompareBrowser(ONE, OTHER, limit=limit)


def test_all_four_ways_in_jupyterlab(lab: Lab, axe: Callable[..., list[str]]) -> None:
    here = CompareBrowser(ONE, OTHER, sampling=(2, 1, 1))
    lab.scratch(SETUP)
    lab.run_all()
    for how in ("side", "swipe", "blend", "difference"):
        lab.output(0).get_by_label("Compare by").select_option(how)
        here.compare = how
        for panel, expected in enumerate(here.pictures()):
            np.testing.assert_array_equal(shown(lab, 0, panel), expected, err_msg=how)
        for label in ("Window", "Colours", "Darkest at", "Brightest at"):  # a difference has its own
            assert lab.output(0).get_by_label(label).is_visible() == (how != "difference"), label
        assert lab.output(0).get_by_title("Drags set the window").is_visible() == (how != "difference")
    lab.output(0).get_by_label("Compare by").select_option("swipe")
    slider = lab.output(0).get_by_label("Share", exact=True)
    slider.focus()
    for _ in range(5):
        lab.page.keyboard.press("ArrowLeft")
    lab.output(0).get_by_label("pln", exact=True).focus()
    lab.page.keyboard.press("ArrowRight")
    lab.page.wait_for_timeout(400)
    lab.execute("print(round(browser.share, 2), browser.index)")
    assert lab.text(1) == "0.45 3\n"
    here.compare, here.share, here.index = "swipe", 0.45, 3
    np.testing.assert_array_equal(shown(lab, 0), here.pictures()[0])
    lab.output(0).get_by_label("Compare by").select_option("difference")
    lab.execute("browser.limit = 3")
    here.compare, here.limit = "difference", 3
    np.testing.assert_array_equal(shown(lab, 0), here.pictures()[0])
    lab.execute("browser.mode = 'window'; before = browser.window")
    panel = lab.output(0).locator("canvas").first.bounding_box()
    lab.page.mouse.move(panel["x"] + 20, panel["y"] + 20)
    lab.page.mouse.down()
    lab.page.mouse.move(panel["x"] + 60, panel["y"] + 50)
    lab.page.mouse.up()
    lab.page.wait_for_timeout(400)
    lab.execute("print(browser.window == before, browser.cursor is None)")
    assert lab.text(4) == "True False\n"  # the window is not to be seen here: a drag places the cursor
    for theme in ("light", "dark"):
        lab.theme(theme)
        assert axe(lab.page, ".biomedlab") == []
    assert lab.errors == []
