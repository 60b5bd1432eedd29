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
    ax.figure.colorbar(ax.images[0], label=label)
    assert Panels(("colorbar_unit",), count=1).observe(ax) == [{"colorbar_unit": told}]


BALL = np.hypot(*np.ogrid[-20:40, -30:70]) < 6


def marked(draw, **how):
    ax = plotting.show(PLANE) if not how else plt.figure().add_subplot()
    if how:
        ax.imshow(PLANE, **how)
    draw(ax)
    return Panels(("marked",), count=1).observe(ax)


def test_a_mark_is_a_tint_or_a_contour_around_the_right_thing():
    kind = Panels(("marked",), count=1)
    truth = marked(lambda ax: plotting.overlay(BALL, ax))
    assert truth == [{"marked": (14.5, 25.5, 24.5, 35.5)}]
    assert kind.differs(marked(lambda ax: None), truth) == "Nothing is marked in the picture."
    for same in (
        marked(lambda ax: ax.contour(BALL, levels=[0.5])),
        marked(lambda ax: ax.contourf(BALL, levels=[0.5, 1.5])),
        marked(lambda ax: ax.contourf(BALL)),
        marked(lambda ax: ax.imshow(np.ma.masked_equal(BALL, 0))),
        marked(lambda ax: ax.imshow(BALL, alpha=0.3)),
        marked(
            lambda ax: ax.contour(BALL, levels=[0.5], origin="lower", extent=(0, 150, 0, 180)),
            extent=(0, 150, 0, 180),
            origin="lower",
        ),
    ):
        assert kind.differs(same, truth) is None
    for other in (np.roll(BALL, 3, axis=1), np.roll(BALL, -3, axis=0), BALL | np.roll(BALL, 30, axis=1)):
        for seen in (
            marked(lambda ax, other=other: ax.contour(other, levels=[0.5])),
            marked(lambda ax, other=other: plotting.overlay(other, ax)),
        ):
            assert kind.differs(seen, truth) == "Something else is marked than was asked for."


@pytest.mark.parametrize(
    ("how", "aspect", "rows_down"),
    [
        ({"aspect": 2}, 2.0, True),
        ({"origin": "lower"}, 1.0, False),
        ({"extent": (0, 100, 120, 0)}, 2.0, True),
        ({"extent": (0, 100, 0, 120), "origin": "lower"}, 2.0, False),
        ({"extent": (0, 100, 0, 120)}, 2.0, True),
        ({"extent": (0, 100, 0, 60), "aspect": 3}, 3.0, True),
        ({"aspect": "auto"}, "auto", True),
    ],
)
def test_proportions_and_top_are_those_that_are_drawn(how, aspect, rows_down):
    ax = plt.figure().add_subplot()
    ax.imshow(PLANE, **how)
    kind = Panels(("aspect", "rows_down"), count=1)
    assert kind.observe(ax) == [{"aspect": aspect, "rows_down": rows_down}]
    ax.invert_yaxis()
    assert kind.observe(ax) == [{"aspect": aspect, "rows_down": not rows_down}]


def test_a_bar_in_a_picture_drawn_in_mm_is_counted_in_samples():
    ax = plt.figure().add_subplot()
    ax.imshow(PLANE, extent=(0, 150, 180, 0))
    _line(ax)
    assert Panels(("scale_bar",), count=1).observe(ax) == [{"scale_bar": pytest.approx(30 / (20 / 1.5))}]


@pytest.mark.parametrize(
    ("how", "seen"),
    [
        (lambda ax: None, True),
        (lambda ax: ax.set_axis_off(), False),
        (lambda ax: ax.set(xticks=[], yticks=[]), False),
        (lambda ax: ax.set(xticks=[]), True),
        (lambda ax: ax.set(xticklabels=[], yticklabels=[]), True),
        (lambda ax: ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False), False),
    ],
)
def test_no_ticks_is_no_ticks_however_it_was_done(how, seen):
    ax = plotting.show(PLANE).figure.add_subplot()
    ax.imshow(PLANE)
    how(ax)
    assert Panels(("axis",), count=1).observe(ax) == [{"axis": seen}]
