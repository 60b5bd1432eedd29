"""Pictures by matplotlib: pixels, proportions, letters, words; and settings that stay as they were."""

import base64
import io
import itertools
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import Normalize
from PIL import Image as Pillow

from biomedlab import intensity, plotting
from biomedlab.image import Image

PLANE = np.arange(12, dtype=np.int16).reshape(3, 4) - 5
VOLUME = Image(
    np.arange(4 * 5 * 6).reshape(4, 5, 6), sampling=(5.0, 1.0, 0.5), meta={"orientation": ("S", "P", "L")}
)


def picture(ax, number=0) -> Any:
    """The picture in an Axes, whose parts matplotlib types too loosely."""
    return ax.images[number]


def bar(ax) -> Any:
    return ax.artists[-1]


@pytest.fixture(autouse=True)
def _tidy():
    """Close every figure, and see that no setting was changed."""
    before = dict(mpl.rcParams)
    yield
    plt.close("all")
    assert dict(mpl.rcParams) == before


def test_show_has_the_pixels_of_normalize_and_the_colour_map():
    ax = plotting.show(PLANE, vmin=-2, vmax=4, cmap="viridis")
    wanted = mpl.colormaps["viridis"](Normalize(-2, 4)(PLANE), bytes=True)
    assert np.array_equal(picture(ax).to_rgba(picture(ax).get_array(), bytes=True), wanted)
    assert not ax.axison


def test_show_draws_into_the_axes_it_is_given():
    _, axes = plt.subplots(1, 2)
    assert plotting.show(PLANE, axes[1], title="here") is axes[1]
    assert not axes[0].images
    assert axes[1].get_title() == "here"
    assert len(plt.get_fignums()) == 1


def test_aspect_comes_from_the_image_or_the_call():
    assert plotting.show(PLANE).get_aspect() == 1
    assert plotting.show(PLANE, sampling=(3.0, 2.0)).get_aspect() == 1.5
    assert plotting.show(VOLUME[0]).get_aspect() == 2
    assert plotting.show(VOLUME[:, 0]).get_aspect() == 10


def test_a_colour_image_keeps_its_colours():
    values = np.random.default_rng(0).integers(0, 256, (3, 4, 3)).astype(np.uint8)
    ax = plotting.show(Image(values, axes=("row", "col", "ch"), sampling=(2.0, 1.0)), cmap="jet")
    assert np.array_equal(picture(ax).get_array(), values)
    assert ax.get_aspect() == 2


def test_not_a_number_does_not_spoil_the_limits():
    assert picture(plotting.show(np.array([[np.nan, 1.0], [np.inf, 3.0]]))).get_clim() == (1, 3)


@pytest.mark.parametrize(
    ("image", "options", "match"),
    [
        (np.zeros((3, 4, 3), np.uint8), {}, "biomedlab.Image"),
        (np.zeros((5, 3, 4)), {}, r"take one with volume\[pln\]"),
        (np.zeros(5), {}, "a plane"),
        (np.zeros((0, 5)), {}, "a plane"),
        (PLANE, {"vmin": 5, "vmax": 2}, "swap"),
        (PLANE, {"vmin": np.nan}, "vmin is nan"),
        (PLANE, {"sampling": (1.0, 1.0, 1.0)}, "sampling has 3"),
        (PLANE, {"sampling": (1.0, 0.0)}, "above 0"),
        (np.full((2, 2), np.nan), {}, "no pixel is a finite number"),
    ],
)
def test_show_refuses_before_it_draws(image, options, match):
    with pytest.raises(ValueError, match=match):
        plotting.show(image, **options)
    assert not plt.get_fignums()


@pytest.mark.parametrize("origin", ["upper", "lower"])
def test_overlay_lies_on_the_pixels_it_means(origin):
    mask = PLANE > 2
    ax = plotting.overlay(
        mask, plotting.show(PLANE, origin=origin, sampling=(2.0, 1.0)), color="red", alpha=0.5
    )
    under, over = picture(ax), picture(ax, 1)
    assert over.get_extent() == under.get_extent()
    assert over.origin == under.origin
    assert ax.get_aspect() == 2
    assert np.array_equal(over.get_array()[..., 3], np.where(mask, 0.5, 0))
    assert (over.get_array()[mask][:, :3] == (1, 0, 0)).all()


def test_overlay_refuses():
    with pytest.raises(ValueError, match="must be the same"):
        plotting.overlay(np.ones((2, 2), bool), plotting.show(PLANE))
    with pytest.raises(ValueError, match="alpha"):
        plotting.overlay(PLANE > 2, plotting.show(PLANE), alpha=2)
    with pytest.raises(ValueError, match="no picture"):
        plotting.overlay(PLANE > 2, plt.figure().add_subplot())


@given(st.integers(1, 3000), st.floats(1e-3, 100))
def test_a_scale_bar_is_a_round_length_and_fits(width, step):
    ax = plotting.scale_bar(plotting.show(np.zeros((2, width))), (1.0, step))
    mm = bar(ax).size_bar.get_children()[0].get_width() * step
    plt.close()
    assert width * step / 7.51 < mm <= width * step / 3 * (1 + 1e-9)
    assert float(bar(ax).txt_label.get_text().removesuffix(" mm")) == pytest.approx(mm)
    assert f"{mm:.0e}"[0] in "125"


def test_a_scale_bar_of_a_given_length():
    ax = plotting.scale_bar(plotting.show(np.zeros((10, 100))), (1.0, 0.5), length=20)
    assert bar(ax).size_bar.get_children()[0].get_width() == 40
    for length, match in ((51, "only 50 mm"), (0, "above 0")):
        with pytest.raises(ValueError, match=match):
            plotting.scale_bar(ax, (1.0, 0.5), length=length)
    with pytest.raises(ValueError, match="no picture"):
        plotting.scale_bar(plt.figure().add_subplot(), (1, 1))


def test_edges_stand_where_they_belong():
    ax = plotting.label_edges(plotting.show(PLANE), "RLAP")
    places = {text.get_text(): text.get_position() for text in ax.texts}
    assert places["R"][0] < 0.1
    assert places["L"][0] > 0.9
    assert places["P"][1] < 0.1
    assert places["A"][1] > 0.9
    with pytest.raises(ValueError, match="four letters"):
        plotting.label_edges(ax, "RL")


@pytest.mark.parametrize(("color", "patch"), [("yellow", 0), ("tab:cyan", 0), ("black", 1), ("navy", 1)])
def test_a_letter_stands_on_a_patch_that_sets_it_off(color, patch):
    ax = plotting.label_edges(plotting.show(np.ones((9, 9))), "RLAP", color=color)
    boxes: list[Any] = [text.get_bbox_patch() for text in ax.texts]
    assert [box.get_facecolor() for box in boxes] == [(patch, patch, patch, 1)] * 4
    # Above a line that runs through it.
    assert all(text.get_zorder() > ax.axvline(4).get_zorder() for text in ax.texts)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_montage_draws_the_planes_with_the_same_limits(axis):
    panels = plotting.montage(VOLUME, range(0, 4, 3), axis=axis, columns=2)
    values = [np.asarray(VOLUME).take(index, axis) for index in (0, 3)]
    assert all(
        np.array_equal(picture(ax).get_array(), value) for ax, value in zip(panels, values, strict=True)
    )
    assert {picture(ax).get_clim() for ax in panels} == {(np.min(values), np.max(values))}
    assert {ax.get_aspect() for ax in panels} == {{0: 2.0, 1: 10.0, 2: 5.0, -1: 5.0}[axis]}


def test_montage_takes_twelve_planes_evenly_spread():
    titles = [ax.get_title() for ax in plotting.montage(np.zeros((23, 3, 3)) + np.eye(3))]
    assert titles == [str(index) for index in range(0, 23, 2)]
    assert len(plotting.montage(VOLUME)) == 4


def test_montage_refuses():
    for indices, axis, match in (([], 0, "at least one"), ([9], 0, "index is 9"), ([0], 3, "axis is 3")):
        with pytest.raises(ValueError, match=match):
            plotting.montage(VOLUME, indices, axis=axis)
    with pytest.raises(ValueError, match="a volume"):
        plotting.montage(PLANE)
    with pytest.raises(ValueError, match="columns"):
        plotting.montage(VOLUME, columns=0)


def test_orthogonal_draws_three_planes_through_one_voxel():
    figure = plt.figure()
    panels = plotting.orthogonal(VOLUME, (1, -1, 3), figure=figure)
    place = (1, 4, 3)
    for axis, ax in enumerate(panels):
        assert ax.figure is figure
        assert np.array_equal(picture(ax).get_array(), np.asarray(VOLUME).take(place[axis], axis))
        assert picture(ax).get_clim() == (0, 119)
        row, col = (number for other, number in enumerate(place) if other != axis)
        assert [line.get_ydata()[0] for line in ax.lines[:1]] + [ax.lines[1].get_xdata()[0]] == [row, col]
    assert [ax.get_title() for ax in panels] == ["axial 1", "coronal 4", "sagittal 3"]
    assert [ax.get_aspect() for ax in panels] == [2, 10, 5]


def test_orthogonal_has_the_head_up_and_says_so():
    panels = plotting.orthogonal(VOLUME)
    letters = [[text.get_text() for text in ax.texts] for ax in panels]
    assert letters == [["R", "L", "A", "P"], ["R", "L", "S", "I"], ["A", "P", "S", "I"]]
    # The first row is the lowest plane: drawn at the bottom where the head is up.
    assert [picture(ax).origin for ax in panels] == ["upper", "lower", "lower"]


def test_orthogonal_without_names():
    panels = plotting.orthogonal(np.asarray(VOLUME))
    assert [ax.get_title() for ax in panels] == ["axis 0, 1", "axis 1, 2", "axis 2, 2"]
    assert not any(ax.texts for ax in panels)
    for index, match in (((1, 2), "index has 2"), ((1, 2, 9), "index is 9")):
        with pytest.raises(ValueError, match=match):
            plotting.orthogonal(VOLUME, index)


def test_plot_histogram_draws_the_counts_and_the_shares():
    image = np.array([[0, 1, 1], [5, 5, 5]], np.uint8)
    mask = image > 0
    counted = intensity.histogram(image, bins=5, mask=mask, min=0, max=5)
    drawings = [plotting.plot_histogram(counted, log=True)]
    drawings += [plotting.plot_histogram(image.astype(float), bins=5, mask=mask, log=True)]
    for counts, shares in drawings:
        steps: Any = counts.patches[0]
        assert steps.get_data().values.sum() == 5
        assert np.asarray(shares.lines[0].get_ydata())[[0, -1]].tolist() == [0, 1]
        assert (counts.get_yscale(), shares.get_yscale()) == ("log", "linear")
    assert np.array_equal(drawings[1][1].lines[0].get_xdata(), np.linspace(1, 5, 6))
    with pytest.raises(TypeError, match="counted already"):
        plotting.plot_histogram(counted, bins=3)


def test_described_figures_carry_their_words_in_every_form():
    text = 'A ramp from "dark" to bright <left to right>, 5 μm.'
    ax = plotting.show(PLANE)
    described = plotting.describe(ax, text, dpi=50)
    data, metadata = described._repr_mimebundle_(include=None, exclude=None)
    assert metadata["image/png"]["alt"] == data["text/plain"] == text
    assert 'alt="A ramp from &quot;dark&quot; to bright &lt;left to right&gt;, 5 μm."' in data["text/html"]
    saved = Pillow.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert saved.info["Description"] == text
    assert not plt.get_fignums()
    assert repr(described) == f"Described({text!r})"


def test_a_picture_in_grey_is_stored_in_grey_and_a_coloured_one_in_colour():
    for cmap, mode in {"gray": "L", "viridis": "RGBA"}.items():
        ax = plotting.show(PLANE, cmap=cmap)
        figure: Any = ax.figure
        plain = io.BytesIO()
        figure.savefig(plain)
        stored = Pillow.open(io.BytesIO(plotting.describe(ax, "A ramp.").png))
        assert stored.mode == mode
        assert np.array_equal(np.asarray(stored.convert("RGBA")), np.asarray(Pillow.open(plain)))


@pytest.mark.parametrize(
    ("figure", "text", "error"),
    [(None, "words", TypeError), ("figure", 5, TypeError), ("figure", " ", ValueError)],
)
def test_describe_refuses(figure, text, error):
    whole: Any = plt.figure() if figure else None
    with pytest.raises(error):
        plotting.describe(whole, text)


def test_the_same_figure_is_the_same_picture():
    one, other = (plotting.describe(plotting.show(PLANE), "A ramp.").png for _ in itertools.repeat(None, 2))
    assert one == other
