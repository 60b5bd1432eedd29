"""Figures of several pictures as answers: who is counted, and what a bar says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from biomedlab import plotting
from biomedlab.exercises.answers import NotYet
from biomedlab.exercises.panels import Panels, bar_mm, bar_samples

PLANE = np.arange(6000.0).reshape(60, 100)


@pytest.fixture(autouse=True)
def _tidy():
    yield
    plt.close("all")


def two():
    fig, axes = plt.subplots(2, 1)
    for ax in axes:
        ax.imshow(PLANE, cmap="gray")
    return fig, axes


def test_a_figure_its_axes_or_both_are_the_same_answer():
    fig, axes = two()
    kind = Panels(("cmap", "vmax"))
    wanted = [{"cmap": "gray", "vmax": 5999.0}] * 2
    for answer in (fig, axes, list(axes), axes[:, None], (fig, axes), tuple(axes)):
        assert kind.observe(answer) == wanted


def test_a_colour_bar_and_empty_axes_are_no_pictures():
    fig, axes = two()
    fig.colorbar(axes[0].images[0], ax=axes[0])
    fig.add_subplot()
    assert len(Panels(("cmap",)).observe(fig)) == 2


def test_too_few_pictures_are_named():
    fig, _ = two()
    with pytest.raises(NotYet, match="Axes with a picture: 3 wanted, 2 found") as refusal:
        Panels(("cmap",), count=3).observe(fig)
    assert refusal.value.mistake == "number of pictures"
    with pytest.raises(NotYet, match="3 wanted, 0 found"):
        Panels(("cmap",), count=3).observe(plt.figure())


@pytest.mark.parametrize("answer", [5, "fig", [], [1, 2], np.zeros(4), plt])
def test_what_is_no_figure_is_refused(answer):
    with pytest.raises(NotYet, match="A figure with its axes is wanted"):
        Panels().observe(answer)


def test_the_picture_that_differs_is_named():
    fig, axes = two()
    axes[1].images[0].set_clim(0, 7)
    kind = Panels(("vmin", "vmax"))
    truth = kind.observe(two()[0])
    assert kind.differs(kind.observe(fig), truth) == (
        "Picture 2: the vmax of your picture is 7, but 5999 is wanted."
    )
    assert kind.is_mistake(kind.observe(fig), kind.observe(fig), truth)
    assert not kind.is_mistake(truth, kind.observe(fig), truth)


def _size_bar(ax):
    plotting.scale_bar(ax, (3.0, 1.5), length=30)


def _line(ax):
    ax.plot([5, 25], [50, 50])
    ax.text(5, 48, "3 cm")


def _rectangle(ax):
    ax.add_patch(Rectangle((5, 50), 20, 2))
    ax.set_title("not 99 mm")
    ax.text(5, 48, "30 mm")


@pytest.mark.parametrize("draw", [_size_bar, _line, _rectangle])
def test_a_scale_bar_may_be_drawn_in_three_ways(draw):
    ax = plotting.show(PLANE, sampling=(3.0, 1.5))
    assert (bar_samples(ax), bar_mm(ax)) == (0, 0)
    draw(ax)
    assert bar_samples(ax) == pytest.approx(20)
    assert bar_mm(ax) == 30
    assert Panels(("scale_bar",), count=1).observe(ax) == [{"scale_bar": pytest.approx(1.5)}]


def test_a_bar_without_a_length_and_a_slanted_line_are_no_scale():
    ax = plotting.show(PLANE)
    ax.plot([5, 25], [50, 40])
    kind = Panels(("scale_bar",), count=1)
    assert kind.observe(ax) == [{"scale_bar": 0.0}]
    ax.plot([5, 25], [50, 50])
    assert kind.observe(ax) == [{"scale_bar": 0.0}]
    assert kind.differs([{"scale_bar": 1.0}], [{"scale_bar": 1.5}]) == (
        "Your bar makes 1 mm of each sample, but across this picture it is 1.5 mm."
    )


@pytest.mark.parametrize(
    ("label", "told"), [("HU", True), ("CT number (HU)", True), ("hue", False), ("", False)]
)
def test_a_colour_bar_tells_its_unit(label, told):
    ax = plotting.show(PLANE)
    ax.get_figure().colorbar(ax.images[0], label=label)
    assert Panels(("colorbar_unit",), count=1).observe(ax) == [{"colorbar_unit": told}]


def test_a_mark_is_a_tint_or_a_contour():
    kind = Panels(("marked",), count=1)
    ax = plotting.show(PLANE)
    assert kind.observe(ax) == [{"marked": False}]
    ax.contour(PLANE > 3000, levels=[0.5])
    assert kind.observe(ax) == [{"marked": True}]
    assert kind.observe(plotting.overlay(PLANE > 3000, plotting.show(PLANE))) == [{"marked": True}]
