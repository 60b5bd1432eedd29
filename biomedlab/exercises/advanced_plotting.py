"""Exercises of notebook 03: several pictures, true proportions, projections, browsers, a figure for print."""

from typing import Any

import numpy as np

from biomedlab.exercises.exercise import Exercise, Lesson, Mistake
from biomedlab.exercises.functions import Function
from biomedlab.exercises.kinds import Array, Choice, Number, Place
from biomedlab.exercises.panels import Panels

lesson = Lesson(
    "advanced_plotting",
    3,
    "Advanced plotting",
    given={
        "brain": 'biomedlab.load(biomedlab.data.path("brain"))',
        "ct": 'biomedlab.load(biomedlab.data.path("thorax"))',
        "labels": 'biomedlab.load(biomedlab.data.path("thorax_labels"))',
        "thinned": "ct[:, ::3]",
        "head": "SimpleNamespace(pln=90, row=108, col=90)",
        "flow": "SimpleNamespace(time=0, index=6)",
    },
)

second_row = Exercise(
    lesson,
    "second_row",
    title="One of six",
    question=(
        "Decide first, then run the cell after this one. After `fig, axes = plt.subplots(2, 3)`, what "
        "is `axes[1]`?"
    ),
    kind=Choice(
        {
            "a": "the axes in the middle of the upper row",
            "b": "an array with the three axes of the lower row",
            "c": "an error: with two rows there must be two indices",
            "d": "an array with the two axes of the middle column",
        }
    ),
    label="predict, then run",
    minutes=1,
    hints=(
        "`axes` is a numpy array, as an image is. Its shape is (2, 3).",
        "What does `image[1]` give, of an image with 2 rows and 3 columns?",
        "One index takes the first axis away, that of the rows. Rows count from 0.",
    ),
    worked='second_row = "b"',
    reason=(
        "`axes` is an array of shape (2, 3), and one index takes its rows away: `axes[1]` is the "
        "second row, three axes. `axes[1, 0]` is one of them."
    ),
    right=('"B"', '"b)"', '["b"]'),
    mistakes=(
        Mistake(
            "counted along the row",
            '"a"',
            "You counted through the pictures one by one. The array has rows and columns.",
            "For counting one by one there is `axes.ravel()[1]`.",
        ),
        Mistake(
            "expects an error",
            '"c"',
            "An array with two axes may be given one index only: it leaves the other axis whole.",
            "What does `brain[90]` give?",
        ),
        Mistake(
            "column instead of row",
            '"d"',
            "The first index is the row, as in an image.",
            "The middle column would be `axes[:, 1]`.",
        ),
    ),
    further=(
        "`plt.subplots(1, 3)` drops the empty direction: its array has the shape (3,), and `axes[0, "
        "1]` fails."
    ),
)

every_kth = Exercise(
    lesson,
    "every_kth",
    title="How many planes may be left out?",
    question=(
        "You want to find nodules of 14 mm or more, balls that may lie anywhere, and show every k-th "
        "plane, `ct[::k]`. The planes of `ct` lie 3 mm apart. What is the largest k with which such a "
        "ball must be cut by at least one plane shown? (Take a plane as thin.)"
    ),
    kind=Number(unit="planes"),
    minutes=3,
    hints=(
        "The worst ball lies just between two planes that are shown. How far apart may these be?",
        "With every k-th plane the gap is 3k mm. It must not be larger than the ball's diameter.",
        "3 x 4 = 12 mm and 3 x 5 = 15 mm. Which of the two lets a ball of 14 mm slip through?",
    ),
    worked="every_kth = 14 // ct.sampling[0]",
    reason=(
        "Shown planes are 3k mm apart. At k = 4 that is 12 mm, less than the ball; at k = 5 it is 15 "
        "mm, and a ball of 14 mm fits in between."
    ),
    right=("4", "np.floor(14 / 3)", "[k for k in range(1, 10) if k * ct.sampling[0] <= 14][-1]"),
    mistakes=(
        Mistake(
            "rounded up",
            "5",
            "With every fifth plane the gap is 15 mm: a ball of 14 mm fits in between.",
            "Round down: the gap may be smaller than the ball, not larger.",
        ),
        Mistake(
            "not a whole number",
            "14 / ct.sampling[0]",
            "A step of 4.67 planes cannot be shown.",
            "Which whole number is on the safe side?",
        ),
        Mistake(
            "mm taken for planes",
            "14",
            "14 planes are 42 mm.",
            "How many mm lie between neighbouring planes?",
        ),
        Mistake(
            "spacing within the plane",
            "14 // ct.sampling[1]",
            "You divided by 1.5 mm: that is the spacing of rows and columns.",
            "Planes lie `ct.sampling[0]` apart.",
        ),
        Mistake(
            "radius for diameter",
            "7 // ct.sampling[0]",
            "You asked for gaps of 7 mm: half the ball. It would be cut at least twice.",
            "A ball of 14 mm slips through a gap that is wider than 14 mm.",
        ),
    ),
    further=(
        "In practice the planes of a scan are chosen this way: a scan for small nodules has planes of 1 mm."
    ),
)


def _two_planes(rng: np.random.Generator) -> tuple[Any, ...]:
    start = int(rng.choice([-1000, 37]))  # the lowest value need not be 0
    low = start + rng.integers(0, 100, (8, 9), dtype=np.int16)
    high = start + rng.integers(50, 300, (8, 9), dtype=np.int16)
    low[0, 0], high[0, 0] = start, start + 299  # so that neither holds the limits of both
    return (low, high) if rng.random() < 0.5 else (high, low)


_SIDE_BY_SIDE = """
def side_by_side(first, second):
    low, high = min(first.min(), second.min()), max(first.max(), second.max())
    fig, axes = plt.subplots(1, 2)
    for ax, plane in zip(axes, [first, second]):
        ax.imshow({})
        ax.set_axis_off()
    return fig
"""

side_by_side = Exercise(
    lesson,
    "side_by_side",
    title="Before and after",
    question=(
        "A colleague compares two scans of one patient with the function below, and finds that the "
        "second is darker everywhere. The numbers say that it is not. Mend the function: the lowest "
        "value of both planes together is black, the highest of both is white, in both pictures."
    ),
    kind=Function(
        "(np.asarray(brain[90, ::8, ::8]), np.asarray(brain[34, ::8, ::8]))",
        _two_planes,
        Panels(("picture", "cmap", "vmin", "vmax")),
        repeats=2,
    ),
    start="""
        def side_by_side(first, second):
            fig, axes = plt.subplots(1, 2)
            for ax, plane in zip(axes, [first, second]):
                ax.imshow(plane, cmap="gray")
                ax.set_axis_off()
            return fig
    """,
    label="find the mistake, and tie it together",
    minutes=8,
    hints=(
        "Which value is white in the first picture, and which in the second?",
        "Without `vmin` and `vmax` each imshow takes the lowest and the highest value of its own plane.",
        "Before the loop: `high = max(first.max(), second.max())`, and `low` likewise. Hand both to imshow.",
    ),
    worked="""
        def side_by_side(first, second):
            low = min(first.min(), second.min())
            high = max(first.max(), second.max())
            fig, axes = plt.subplots(1, 2)
            for ax, plane in zip(axes, [first, second]):
                ax.imshow(plane, cmap="gray", vmin=low, vmax=high)
                ax.set_axis_off()
            return fig
    """,
    reason=(
        "Two pictures can be compared only if one grey means one value in both. So the limits are "
        "found first, from all that is shown."
    ),
    right=(
        """
def side_by_side(first, second):
    fig, axes = plt.subplots(1, 2)
    both = np.stack([first, second])
    for ax, plane in zip(axes, both):
        biomedlab.plotting.show(plane, ax, vmin=both.min(), vmax=both.max())
    return axes
""",
        """
def side_by_side(first, second):
    panels = biomedlab.plotting.montage(np.stack([first, second]))
    return panels[0].figure
""",
    ),
    mistakes=(
        Mistake(
            "each with its own limits",
            _SIDE_BY_SIDE.format('plane, cmap="gray", vmin=plane.min(), vmax=plane.max()'),
            "These are the limits that imshow takes by itself: each plane's own.",
            "Find the limits before the loop, from both planes.",
        ),
        Mistake(
            "limits of the first only",
            _SIDE_BY_SIDE.format('plane, cmap="gray", vmin=first.min(), vmax=first.max()'),
            "Both have the limits of the first plane. What the second has beyond these is lost.",
            "Take the second plane into account, too.",
        ),
        Mistake(
            "only white is shared",
            _SIDE_BY_SIDE.format('plane, cmap="gray", vmax=high'),
            "White is the same in both, black is not.",
            "Give `vmin`, too.",
        ),
        Mistake(
            "black at 0",
            _SIDE_BY_SIDE.format('plane, cmap="gray", vmin=0, vmax=high'),
            "Black is 0 in both, whatever the planes hold. The lowest value of a CT is about -1000.",
            "Find `low` as you found `high`.",
        ),
        Mistake(
            "fixed limits",
            _SIDE_BY_SIDE.format('plane, cmap="gray", vmin=0, vmax=255'),
            "0 to 255 fits images of one byte. CT values go from -1024 to some thousands.",
            "Ask the planes for their lowest and highest value.",
        ),
        Mistake(
            "changed the numbers",
            _SIDE_BY_SIDE.format('plane / plane.max(), cmap="gray", vmin=0, vmax=1'),
            "You divided each plane by its own maximum: now equal values are unequal numbers.",
            "Leave the numbers as they are, and share the limits.",
        ),
    ),
    further=(
        "`plotting.montage` does this for any number of planes: its limits are those of all that it draws."
    ),
)


def _spacings(rng: np.random.Generator) -> tuple[Any, ...]:
    numbers = rng.choice([0.4, 0.5, 0.7, 0.9, 1.2, 1.6, 2.5, 3.5, 6.0], 3, replace=False)
    return (tuple(float(number) for number in numbers),)


_ASPECTS = "def aspects(sampling):\n    d0, d1, d2 = sampling\n    return {}"

aspects = Exercise(
    lesson,
    "aspects",
    title="Three cuts, three aspects",
    question=(
        "Write `aspects(sampling)`. It is given the sampling of a volume, mm between planes, rows and "
        "columns, and returns three numbers: the aspect for `vol[p]`, for `vol[:, r]`, and for `vol[:, "
        ":, c]`."
    ),
    kind=Function("((3.0, 1.5, 0.75),)", _spacings, Array(tolerance=1e-6)),
    start="def aspects(sampling):\n    ...",
    minutes=5,
    hints=(
        "Aspect is row spacing over column spacing, of the picture that is drawn.",
        "`vol[:, r]` has the planes as its rows and the columns as its columns. Which two numbers are left?",
        "Each cut leaves two of d0, d1, d2 in their order: divide the first of them by the second.",
    ),
    worked="""
        def aspects(sampling):
            d0, d1, d2 = sampling
            return [d1 / d2, d0 / d2, d0 / d1]
    """,
    reason=(
        "A cut takes one axis away. Of the two that are left the first goes down the picture and the "
        "second across; the aspect is the first spacing over the second."
    ),
    right=(
        "lambda sampling: np.array([biomedlab.geometry.aspect(sampling, axis) for axis in range(3)])",
        """
def aspects(sampling):
    left = [np.delete(sampling, axis) for axis in (0, 1, 2)]
    return tuple(down / across for down, across in left)
""",
    ),
    mistakes=(
        Mistake(
            "one aspect for all",
            _ASPECTS.format("[d0 / d1] * 3"),
            "This is the notes' line for all three. It is right for one of them.",
            "Which two axes does `vol[p]` have?",
        ),
        Mistake(
            "upside down",
            _ASPECTS.format("[d2 / d1, d2 / d0, d1 / d0]"),
            "You have column spacing over row spacing.",
            "Turn each fraction over: the spacing down the picture comes first.",
        ),
        Mistake(
            "in the opposite order",
            _ASPECTS.format("[d0 / d1, d0 / d2, d1 / d2]"),
            "The fractions are right, but `vol[p]` and `vol[:, :, c]` have changed places.",
            "Cutting at a plane takes d0 away, not d2.",
        ),
        Mistake(
            "whole numbers",
            _ASPECTS.format("[d1 // d2, d0 // d2, d0 // d1]"),
            "`//` rounds down: of 2.5 it leaves 2, of 0.7 nothing.",
            "Divide with `/`.",
        ),
        Mistake(
            "the sagittal cut lying down",
            _ASPECTS.format("[d1 / d2, d0 / d2, d1 / d0]"),
            "The first two are right. The third would be for the transposed picture, `vol[:, :, c].T`.",
            "`vol[:, :, c]` has the planes as its rows, just as `vol[:, r]` does.",
        ),
    ),
    further=(
        "In many scans d1 and d2 are equal, and then a wrong d1 for d2 does no harm until the day they "
        "differ."
    ),
)

_CORONAL = """
fig, ax = plt.subplots()
ax.imshow({}, cmap="gray", vmin=-1000, vmax=300, {})
"""

thinned_coronal = Exercise(
    lesson,
    "thinned_coronal",
    title="Every third row",
    question=(
        "Draw the coronal plane `thinned[:, 29]` in axes `ax`: in grey, from -1000 to 300, the head at "
        "the top, and every pixel as high and as wide as it is in the patient. Work the aspect out "
        "from `thinned.sampling`."
    ),
    kind=Panels(("picture", "cmap", "vmin", "vmax", "aspect", "rows_down"), count=1),
    variable="ax",
    minutes=5,
    hints=(
        "Which two axes of the volume does `thinned[:, 29]` show, and what is the spacing along each?",
        "Planes go down, columns go across: `d0 / d2`. Which argument puts row 0 at the bottom?",
        'd0, d1, d2 = thinned.sampling, then imshow with `aspect=d0 / d2` and `origin="lower"`.',
    ),
    worked="""
        d0, d1, d2 = thinned.sampling
        fig, ax = plt.subplots()
        ax.imshow(thinned[:, 29], cmap="gray", vmin=-1000, vmax=300, origin="lower", aspect=d0 / d2)
    """,
    reason=(
        "The picture shows planes (3 mm apart) by columns (1.5 mm apart), so each pixel is twice as "
        "high as it is wide. The rows that were left out do not appear in it at all."
    ),
    right=(
        """
cut = thinned[:, 29]
ax = biomedlab.plotting.show(cut, vmin=-1000, vmax=300, origin="lower")
""",
        """
plt.figure()
plt.imshow(np.asarray(thinned)[:, 29, :], cmap="grey", clim=(-1000, 300), aspect=2)
plt.gca().invert_yaxis()
ax = plt.gca()
""",
        """
height, width = biomedlab.geometry.field_of_view((80, 256), (3.0, 1.5))
fig, ax = plt.subplots()
ax.imshow(thinned[:, 29], cmap="gray", vmin=-1000, vmax=300, origin="lower", extent=(0, width, 0, height))
""",
    ),
    mistakes=(
        Mistake(
            "the notes' line",
            _CORONAL.format(
                "thinned[:, 29]", 'origin="lower", aspect=thinned.sampling[0] / thinned.sampling[1]'
            ),
            "d0 / d1 is for a sagittal cut. Here the rows are 4.5 mm apart, and they are not in the picture.",
            "Which axis does `thinned[:, 29]` take away?",
        ),
        Mistake(
            "the aspect of an axial cut",
            _CORONAL.format(
                "thinned[:, 29]", 'origin="lower", aspect=thinned.sampling[1] / thinned.sampling[2]'
            ),
            "d1 / d2 is for an axial cut, `thinned[p]`.",
            "Which axis does `thinned[:, 29]` take away?",
        ),
        Mistake(
            "upside down",
            _CORONAL.format(
                "thinned[:, 29]", 'origin="lower", aspect=thinned.sampling[2] / thinned.sampling[0]'
            ),
            "You have column spacing over row spacing: the patient is four times too wide for the height.",
            "Turn the fraction over.",
        ),
        Mistake(
            "square pixels",
            _CORONAL.format("thinned[:, 29]", 'origin="lower"'),
            "Without an aspect imshow draws square pixels: the patient is half as tall as in life.",
            "Planes are 3 mm apart, columns 1.5 mm.",
        ),
        Mistake(
            "extent and aspect together",
            _CORONAL.format("thinned[:, 29]", 'origin="lower", aspect=2, extent=(0, 384, 0, 240)'),
            "Your pixels are drawn four times as high as wide; in the patient they are twice as high.",
            "With `extent` in mm a picture is in proportion already: an aspect of 2 doubles its height.",
        ),
        Mistake(
            "stretched to fill",
            _CORONAL.format("thinned[:, 29]", 'origin="lower", aspect="auto"'),
            '"auto" fills the axes, whatever their shape: the proportions are those of the figure.',
            "Give a number.",
        ),
        Mistake(
            "flipped the array",
            _CORONAL.format("thinned[::-1, 29]", "aspect=2"),
            "The head is up, but you turned the array over: the planes are counted from the top now.",
            'Leave the array as it is, and use `origin="lower"`.',
        ),
        Mistake(
            "head down",
            _CORONAL.format("thinned[:, 29]", "aspect=2"),
            "The proportions are right, but the head is down: plane 0 is the lowest.",
            'imshow has `origin="lower"`.',
        ),
    ),
    further=(
        "`plotting.show(thinned[:, 29])` does it by itself: a cut of an `Image` has the sampling of "
        "the two axes that are left."
    ),
)

left_eye = Exercise(
    lesson,
    "left_eye",
    title="The patient's left eye",
    question=(
        "Put the crosshair into the middle of the left eyeball, the *patient's* left, in the view "
        "above: so that all three pictures show it round and cut in the middle. Then run the cell."
    ),
    kind=Place({"pln": 7, "row": 7, "col": 8}, start={"pln": 90, "row": 108, "col": 90}, whole=True),
    variable="head",
    start="head",
    minutes=4,
    hints=(
        (
            "Go down in the axial picture until two dark balls appear at the front. Which letter "
            "stands on which side?"
        ),
        (
            "The patient's left is at the side of the letter L. Click on that ball, then look at the "
            "other two pictures."
        ),
        "Plane 34, row 30, and column 125 or 53: which of the two is nearer to L?",
    ),
    worked="head.pln, head.row, head.col = 34, 30, 125",
    reason=(
        "The columns of this volume grow towards L, so the left eye has the higher column. In each of "
        "the three planes through its middle the ball is as large as it gets."
    ),
    right=(
        "SimpleNamespace(pln=32, row=28, col=124)",
        "SimpleNamespace(pln=36.0, row=np.int64(33), col=128)",
    ),
    mistakes=(
        Mistake(
            "the right eye",
            "SimpleNamespace(pln=34, row=30, col=53)",
            "This is the patient's right eye.",
            "Left on the screen is not left in the patient: look at the letters.",
        ),
        Mistake(
            "only the plane is right",
            "SimpleNamespace(pln=34, row=108, col=90)",
            "The eyes are in this axial plane, but the crosshair is still in the middle of it.",
            "Click on the ball.",
        ),
        Mistake(
            "between the eyes",
            "SimpleNamespace(pln=34, row=30, col=90)",
            "You are between the two eyes, behind the root of the nose.",
            "Move across, towards L.",
        ),
        Mistake(
            "row and column swapped",
            "SimpleNamespace(pln=34, row=125, col=30)",
            "Row and column are swapped: you are at the side of the head.",
            "Rows count downwards, columns to the right.",
        ),
        Mistake(
            "counted from the top",
            "SimpleNamespace(pln=146, row=30, col=125)",
            "Row and column are right, but this plane is as far from the top as the eyes from the bottom.",
            "Planes count from the feet towards the head.",
        ),
    ),
    further=(
        "Three planes are better than one for finding the middle of anything: in one a ball's cap "
        "looks like a smaller ball."
    ),
)

_THREE = """
pln, row, col = 55, 29, 78
d0, d1, d2 = thinned.sampling
look = {{"cmap": "gray", "vmin": -1000, "vmax": 300}}
fig, axes = plt.subplots(1, 3, figsize=(9, 3))
axes[0].imshow(thinned[pln], {})
axes[1].imshow(thinned[:, row], {})
axes[2].imshow(thinned[:, :, col], {})
for ax in axes:
    ax.set_axis_off()
"""

three_views = Exercise(
    lesson,
    "three_views",
    title="One voxel, three views",
    question=(
        "Make a figure `fig` with three pictures, in this order: the axial, the coronal and the sagittal "
        "plane of `thinned` through the voxel (55, 29, 78), which lies in the nodule. All in grey from "
        "-1000 to 300, in their true proportions, without ticks; the coronal and the sagittal plane "
        "with the head up. (Seen from the side the front of the body is at the left, as the array has "
        "it.)"
    ),
    kind=Panels(("picture", "cmap", "vmin", "vmax", "aspect", "rows_down", "axis"), count=3),
    variable="fig",
    label="tie it together",
    minutes=10,
    hints=(
        "The cuts are `thinned[55]`, `thinned[:, 29]` and `thinned[:, :, 78]`. Each needs its own aspect.",
        "d1 / d2, d0 / d2 and d0 / d1. Only the last two have the planes as rows, and need the origin below.",
        (
            "`fig, axes = plt.subplots(1, 3, figsize=(9, 3))`, three times imshow, then "
            "`ax.set_axis_off()` in a loop."
        ),
    ),
    worked="""
        pln, row, col = 55, 29, 78
        d0, d1, d2 = thinned.sampling
        look = {"cmap": "gray", "vmin": -1000, "vmax": 300}
        fig, axes = plt.subplots(1, 3, figsize=(9, 3))
        axes[0].imshow(thinned[pln], aspect=d1 / d2, **look)
        axes[1].imshow(thinned[:, row], aspect=d0 / d2, origin="lower", **look)
        axes[2].imshow(thinned[:, :, col], aspect=d0 / d1, origin="lower", **look)
        for ax in axes:
            ax.set_axis_off()
    """,
    reason=(
        "Each cut takes one axis away and shows the other two, the first of them downwards. The limits "
        "are the same in all three, so that one grey is one value."
    ),
    right=(
        """
fig = plt.figure(figsize=(9, 3), layout="constrained")
biomedlab.plotting.orthogonal(thinned, (55, 29, 78), vmin=-1000, vmax=300, figure=fig)
""",
        """
cuts = [thinned[55], thinned[:, 29], thinned[:, :, 78]]
fig, axes = plt.subplots(3, 1)
for ax, cut, origin in zip(axes, cuts, ["upper", "lower", "lower"]):
    biomedlab.plotting.show(cut, ax, vmin=-1000, vmax=300, origin=origin)
fig = (fig, axes)
""",
        """
cuts = [thinned[55], thinned[:, 29], thinned[:, :, 78]]
fig, axes = plt.subplots(1, 3)
for ax, cut, origin, aspect in zip(axes, cuts, ["upper", "lower", "lower"], [3, 2, 2 / 3]):
    ax.imshow(cut, cmap="gray", vmin=-1000, vmax=300, origin=origin, aspect=aspect)
    ax.set(xticks=[], yticks=[])
""",
    ),
    mistakes=(
        Mistake(
            "one aspect for all",
            _THREE.format("aspect=d0 / d1, **look", *['aspect=d0 / d1, origin="lower", **look'] * 2),
            "All three have the aspect d0 / d1. That is right for the sagittal plane only.",
            "Which two axes does each picture show?",
        ),
        Mistake(
            "upside down",
            _THREE.format(
                "aspect=d2 / d1, **look",
                'aspect=d2 / d0, origin="lower", **look',
                'aspect=d1 / d0, origin="lower", **look',
            ),
            "You have column spacing over row spacing.",
            "Turn the fractions over.",
        ),
        Mistake(
            "square pixels",
            _THREE.format("**look", *['origin="lower", **look'] * 2),
            "Without an aspect imshow draws square pixels.",
            "Work out three aspects from `thinned.sampling`.",
        ),
        Mistake(
            "the back up",
            _THREE.format(
                'aspect=d1 / d2, origin="lower", **look',
                'aspect=d0 / d2, origin="lower", **look',
                'aspect=d0 / d1, origin="lower", **look',
            ),
            "The axial plane is upside down: its rows grow to the back, and the front belongs at the top.",
            "Only the pictures with planes as rows need the origin below.",
        ),
        Mistake(
            "head down",
            _THREE.format("aspect=d1 / d2, **look", "aspect=d0 / d2, **look", "aspect=d0 / d1, **look"),
            "Coronal and sagittal plane stand on their heads.",
            'imshow has `origin="lower"`.',
        ),
        Mistake(
            "each with its own limits",
            _THREE.replace('"vmin": -1000, "vmax": 300', "").format(
                "aspect=d1 / d2, **look",
                'aspect=d0 / d2, origin="lower", **look',
                'aspect=d0 / d1, origin="lower", **look',
            ),
            "Each picture goes from its own lowest to its own highest value.",
            "Give `vmin=-1000, vmax=300` to all three.",
        ),
        Mistake(
            "ticks left on",
            _THREE.replace("ax.set_axis_off()", "pass").format(
                "aspect=d1 / d2, **look",
                'aspect=d0 / d2, origin="lower", **look',
                'aspect=d0 / d1, origin="lower", **look',
            ),
            "The pictures are right. The ticks count samples, not mm, and are to be left out here.",
            "`ax.set_axis_off()` for each of the three.",
        ),
    ),
    further=(
        "The nodule is round in all three, a vessel would be long in one: that is how one tells them apart."
    ),
)

hot_pixel = Exercise(
    lesson,
    "hot_pixel",
    title="One pixel in a million",
    question=(
        "Decide first; the next cell measures it. A picture of 1000 x 1000 pixels is all 0, but for "
        'one pixel in the middle: 255. It is drawn 200 pixels wide, with `interpolation="nearest"`. '
        "What is the brightest pixel on the screen?"
    ),
    kind=Choice(
        {
            "a": "255: the largest value is always kept",
            "b": "10: the mean of 25 pixels, one of them 255",
            "c": "0: the bright pixel is most likely not among those that are drawn",
            "d": "it cannot be drawn: the picture is too large",
        }
    ),
    label="predict, then run",
    minutes=1,
    hints=(
        "Only one pixel in 25 has a place on the screen. How does `nearest` choose?",
        "`nearest` takes one of the 25, near the middle of the square. It does not look at the other 24.",
        "The chance that the bright one is taken is 1 in 25.",
    ),
    worked='hot_pixel = "c"',
    reason=(
        "`nearest` draws every fifth pixel of every fifth row and forgets the others. Whether a small "
        "bright thing is seen is a matter of luck."
    ),
    right=('"C"', '"(c)"', '("c",)'),
    mistakes=(
        Mistake(
            "expects the largest",
            '"a"',
            "That would be a maximum over each square of 25 pixels. No interpolation does that.",
            "`nearest` looks at one of the 25.",
        ),
        Mistake(
            "expects the mean",
            '"b"',
            "That would be a mean. `nearest` does not calculate, it picks.",
            "How many of the 25 does it look at?",
        ),
        Mistake(
            "expects an error",
            '"d"',
            "imshow draws pictures of any size, and leaves out what has no place.",
            "What is left out?",
        ),
    ),
    further=(
        "A dead detector, a calcification of half a millimetre, a bacterium: small bright things are "
        "often what one is looking for."
    ),
)

hidden_depth = Exercise(
    lesson,
    "hidden_depth",
    title="What is it that one sees?",
    question=(
        "The nodule lies at plane 55, column 78. At this place the maximum projection from the front, "
        "`ct.max(axis=1)`, holds 734 HU. How many mm from the front edge of the picture (row 0) does the "
        "voxel lie that this number comes from?"
    ),
    kind=Number(unit="mm", tolerance=1.0),
    minutes=4,
    hints=(
        "The line that the projection looks along is `ct[55, :, 78]`: one value for each row.",
        "`np.argmax` gives the place of the largest value. It is an index.",
        "Multiply the index by the spacing of the rows, `ct.sampling[1]`.",
    ),
    worked="hidden_depth = np.argmax(ct[55, :, 78]) * ct.sampling[1]",
    reason=(
        "The maximum comes from row 130, a rib in the patient's back, 195 mm from the edge of the picture "
        "(and 166.5 mm behind the skin, which begins at row 19). The nodule, at row 88, has 69 HU at most: "
        "the rib hides it."
    ),
    right=(
        "[195]",
        "float(np.flatnonzero(ct[55, :, 78] == 734)[0] * 1.5)",
        "np.asarray(ct).argmax(axis=1)[55, 78] * 1.5",
    ),
    mistakes=(
        Mistake(
            "index instead of mm",
            "np.argmax(ct[55, :, 78])",
            "This is the row. The distance is asked for, in mm.",
            "Rows lie 1.5 mm apart.",
        ),
        Mistake(
            "the nodule's place",
            "88 * ct.sampling[1]",
            "This is where the nodule lies. It is not what the projection shows there.",
            "Where along `ct[55, :, 78]` is the largest value?",
        ),
        Mistake(
            "the spacing of planes",
            "np.argmax(ct[55, :, 78]) * ct.sampling[0]",
            "You multiplied by the spacing of planes.",
            "Along this line one counts rows.",
        ),
        Mistake(
            "counted from the back",
            "(ct.shape[1] - 1 - np.argmax(ct[55, :, 78])) * ct.sampling[1]",
            "You counted from the back.",
            "Row 0 is at the front.",
        ),
        Mistake(
            "along another axis",
            "np.argmax(ct[:, 55, 78]) * ct.sampling[0]",
            "You looked along the planes, from below.",
            "Plane 55 is fixed, and so is column 78. The row is free.",
        ),
    ),
    further="`np.argmax(ct, axis=1)` is a picture of depth: it tells for each place which row is seen there.",
)


def _slab(rng: np.random.Generator) -> tuple[Any, ...]:
    volume = rng.integers(-1000, 2000, (64, 7, 9), dtype=np.int16)
    spacing = float(rng.choice([2.0, 2.5, 5.0]))
    planes = 2 * int(rng.integers(1, 4)) + float(rng.choice([0.4, 1.0]))
    return volume, int(rng.integers(28, 36)), planes * spacing, spacing


_SLAB = (
    "def slab_mip(volume, middle, thickness, spacing):\n    n = int(thickness / 2 / spacing)\n    return {}"
)

slab_mip = Exercise(
    lesson,
    "slab_mip",
    title="A slab of your own",
    question=(
        "Write `slab_mip(volume, middle, thickness, spacing)`: the maximum projection, along the "
        "planes, of all planes that lie at most half of `thickness` (mm) away from the plane number "
        "`middle`. Neighbouring planes lie `spacing` mm apart. (The slab always lies inside the "
        "volume.)"
    ),
    kind=Function("(np.asarray(ct[:, 60:110, 60:110]), 55, 21.0, 3.0)", _slab),
    start="def slab_mip(volume, middle, thickness, spacing):\n    ...",
    label="tie it together",
    minutes=10,
    hints=(
        "How many planes fit into half of the thickness? Turn mm into planes first, and round down.",
        "With n planes to either side the slab is `volume[middle - n : middle + n + 1]`.",
        "n = int(thickness / 2 / spacing), then `.max(axis=0)` of the slab.",
    ),
    worked="""
        def slab_mip(volume, middle, thickness, spacing):
            reach = int(thickness / 2 / spacing)
            return volume[middle - reach : middle + reach + 1].max(axis=0)
    """,
    reason=(
        "Half the thickness, in planes, on either side; one more at the end of the range, since Python "
        "leaves the end out. The maximum along axis 0 takes the planes away and leaves a picture."
    ),
    right=(
        """
def slab_mip(volume, middle, thickness, spacing):
    away = np.abs(np.arange(len(volume)) - middle) * spacing
    return np.max(volume[away <= thickness / 2], axis=0)
""",
        """
def slab_mip(volume, middle, thickness, spacing):
    brightest = volume[middle]
    for step in range(1, int(thickness // (2 * spacing)) + 1):
        brightest = np.maximum(brightest, np.maximum(volume[middle - step], volume[middle + step]))
    return brightest
""",
    ),
    mistakes=(
        Mistake(
            "mm taken for planes",
            (
                "def slab_mip(volume, middle, thickness, spacing):\n    n = int(thickness / 2)\n"
                "    return volume[max(middle - n, 0) : middle + n + 1].max(axis=0)"
            ),
            "You took the thickness for a number of planes: your slab is too thick.",
            "Divide by the spacing.",
        ),
        Mistake(
            "the whole thickness to each side",
            (
                "def slab_mip(volume, middle, thickness, spacing):\n    n = int(thickness / spacing)\n"
                "    return volume[middle - n : middle + n + 1].max(axis=0)"
            ),
            "Your slab is twice as thick: the whole thickness on either side of the middle.",
            "Half of it belongs on either side.",
        ),
        Mistake(
            "the last plane left out",
            _SLAB.format("volume[middle - n : middle + n].max(axis=0)"),
            "The last plane is missing: the end of a range is left out.",
            "`middle + n + 1`",
        ),
        Mistake(
            "only one side",
            _SLAB.format("volume[middle : middle + n + 1].max(axis=0)"),
            "Your slab begins at the middle plane and goes up only.",
            "Start at `middle - n`.",
        ),
        Mistake(
            "mean instead of maximum",
            _SLAB.format("volume[middle - n : middle + n + 1].mean(axis=0)"),
            "This is the mean projection.",
            "`.max(axis=0)`",
        ),
        Mistake(
            "along another axis",
            _SLAB.format("volume[middle - n : middle + n + 1].max(axis=1)"),
            "You projected along the rows: what is left has the slab's planes as its rows.",
            "The axis that you name is the one that disappears.",
        ),
        Mistake(
            "one number",
            _SLAB.format("volume[middle - n : middle + n + 1].max()"),
            "Without an axis the maximum of the whole slab comes out, one number.",
            "Name the axis along which to look.",
        ),
    ),
    further=(
        "Radiologists look for small nodules on slabs of 5 to 10 mm: vessels become lines, a nodule "
        "stays a dot."
    ),
)

linked_how = Exercise(
    lesson,
    "linked_how",
    title="Without a kernel",
    question=(
        "Two browsers were linked, once by `ipywidgets.link`, once by `ipywidgets.jslink`. Then the "
        "kernel is shut down. You drag one of the sliders. Does the other browser follow?"
    ),
    kind=Choice(
        {
            "a": "by both: a link is a link",
            "b": "by neither: without a kernel nothing moves",
            "c": "only if linked by link, which is in Python",
            "d": "only if linked by jslink, which is in the page",
        }
    ),
    minutes=1,
    hints=(
        "Which program carries the message from one slider to the other?",
        "`link` is run by Python, in the kernel. The js in `jslink` is JavaScript, which runs in the page.",
        "The kernel is gone, the page is still there.",
    ),
    worked='linked_how = "d"',
    reason=(
        "jslink is carried out by the page itself. `link` sends each change to Python and back, and "
        "Python is gone."
    ),
    right=('"D"', '"d)"', '["d"]'),
    mistakes=(
        Mistake(
            "takes both for the same",
            '"a"',
            "They do the same as long as Python answers. It does not any more.",
            "Which of the two needs Python?",
        ),
        Mistake(
            "nothing moves without a kernel",
            '"b"',
            "The pictures are in the page, and so is what draws them: browsing goes on.",
            "Which of the two links is in the page, too?",
        ),
        Mistake(
            "took link for the page's",
            '"c"',
            "It is the other way round: `link` is the one in Python.",
            "What does js stand for?",
        ),
    ),
    further=(
        "A page saved with `to_html` has no kernel at all, so whatever is to move there must be linked "
        "in the page."
    ),
)

nodule_peak = Exercise(
    lesson,
    "nodule_peak",
    title="When does the nodule light up?",
    question=(
        "Find the nodule in the view above (it lies in the lung at the left side of the picture), and "
        "then the moment at which it is brightest. Leave both sliders there and run the cell. Pointing "
        "at a pixel shows its value. (One moment more or less does not matter.)"
    ),
    kind=Place(
        {"index": 0.5, "time": 1},
        start={"time": 0, "index": 6},
        bounds={"time": (1, 3, 6, 10), "index": (8, 9)},
        whole=True,
    ),
    variable="flow",
    start="flow",
    minutes=5,
    hints=(
        "First the plane: a bright disc in the dark lung, in one plane only. Then move the slider t.",
        (
            "The nodule is in plane 8, near row 44, column 39. Point at it and read its value at "
            "several moments."
        ),
        "It rises after the heart has faded: try the moments 6 to 10.",
    ),
    worked="flow.index, flow.time = 8, 8",
    reason=(
        "In plane 8 the nodule rises from some 60 to some 150 HU at moment 8, that is 24 s after the "
        "start; the heart was brightest 12 s before. `index` and `time` are two traits of one view."
    ),
    right=("SimpleNamespace(index=8, time=7)", "SimpleNamespace(index=np.int64(8), time=9.0)"),
    mistakes=(
        Mistake(
            "the heart's moment",
            "SimpleNamespace(index=8, time=4)",
            (
                "The plane is right. At this moment the heart is brightest, and the nodule has just "
                "begun to rise."
            ),
            "Go on in time, and watch the nodule's value.",
        ),
        Mistake(
            "the plane only",
            "SimpleNamespace(index=8, time=0)",
            "The plane is right, but you are still at the first moment: nothing has arrived yet.",
            "Move the slider called t.",
        ),
        Mistake(
            "too late",
            "SimpleNamespace(index=8, time=11)",
            "The plane is right, but the nodule is fading again.",
            "Go back a few moments.",
        ),
        Mistake(
            "another plane",
            "SimpleNamespace(index=6, time=8)",
            "The moment is right, but the nodule is not in this plane.",
            "Go up some planes.",
        ),
    ),
    further=(
        "How fast a nodule takes up the contrast medium, and how fast it loses it, tells something of "
        "its nature."
    ),
)

same_tissue = Exercise(
    lesson,
    "same_tissue",
    title="The tissue that flickers",
    question=(
        "White matter has a value of about 110 in `brain`. Somebody browses planes 40 to 160 (both "
        "included) with `imshow(brain[p], cmap='gray')`, without limits. By how many grey levels (of 0 to "
        "255) is a voxel of 110 painted brighter in the plane where it comes out brightest than in the "
        "plane where it comes out darkest? (The lowest value of each of these planes is 0. To within 0.1.)"
    ),
    kind=Number(unit="grey levels", tolerance=0.1),
    minutes=5,
    hints=(
        "In each plane the highest value is painted 255. Is 110 brightest where that value is high, or low?",
        "A value v is painted `v / brain[p].max() * 255`. You need the maximum of each of the 121 planes.",
        "`np.asarray(brain[40:161]).max(axis=(1, 2))` holds them: 170 is the lowest, 220 the highest.",
    ),
    worked="""
        white = np.asarray(brain[40:161]).max(axis=(1, 2))
        greys = 110 / white * 255
        same_tissue = greys.max() - greys.min()
    """,
    reason=(
        "What is white lies between 170 (plane 89) and 220 (plane 40). So 110 is painted 165 in the one "
        "and 127.5 in the other, though the tissue is the same."
    ),
    right=(
        "110 * 255 * (1 / 170 - 1 / 220)",
        "[37.5]",
        "float(np.ptp([plt.Normalize(0, brain[p].max())(110.0) * 255 for p in range(40, 161)]))",
    ),
    mistakes=(
        Mistake(
            "the same value, the same grey",
            "0",
            "That is how it should be. Without limits each plane has a scale of its own.",
            "Which value is white in plane 40, and which in plane 89?",
        ),
        Mistake(
            "a share, not grey levels",
            "110 / 170 - 110 / 220",
            "This is a share of the way from black to white; that way is 255 grey levels long.",
            "Multiply by 255.",
        ),
        Mistake(
            "greys rounded",
            "round(110 / 170 * 255) - round(110 / 220 * 255)",
            "You rounded both greys before you subtracted.",
            "Keep the fractions: the answer is asked for to within 0.1.",
        ),
        Mistake(
            "greys cut off",
            "int(110 / 170 * 255) - int(110 / 220 * 255)",
            "You cut the fractions off before you subtracted.",
            "Keep them: the answer is asked for to within 0.1.",
        ),
        Mistake(
            "the difference of the highest values",
            "220 - 170",
            "You took the difference of the highest values. The question is how 110 is painted.",
            "110 is painted 110 / maximum x 255.",
        ),
        Mistake(
            "ratio instead of difference",
            "220 / 170",
            "This is how many times brighter it is painted.",
            "By how many levels? Subtract one grey from the other.",
        ),
        Mistake(
            "the first and the last plane",
            "110 / brain[160].max() * 255 - 110 / brain[40].max() * 255",
            "You compared plane 160 with plane 40. In between it comes out brighter.",
            "Look at all planes: which has the lowest maximum?",
        ),
        Mistake(
            "the other way round",
            "110 / 220 * 255 - 110 / 170 * 255",
            "The size is right, the sign is not.",
            "Subtract the darkest from the brightest.",
        ),
    ),
    further="From one plane to the next it jumps by up to 8 levels: the tissue flickers while you browse.",
)

window_greys = Exercise(
    lesson,
    "window_greys",
    title="What the view calculates",
    question=(
        "Make the array of the greys with which the view paints `ct[55]` for the window (-1000, 300): "
        "0 is black and 1 is white; everything at or below -1000 is black, everything at or above 300 "
        "white, and it rises evenly in between."
    ),
    kind=Array(tolerance=0.005),
    label="tie it together",
    minutes=6,
    hints=(
        "Shift the values so that -1000 becomes 0. How far is it from there to white?",
        "`(ct[55] + 1000) / 1300` is 0 at -1000 and 1 at 300. What about the values beyond?",
        "`np.clip(values, 0, 1)` sets what is below 0 to 0, and what is above 1 to 1.",
    ),
    worked="window_greys = np.clip((ct[55] + 1000) / 1300, 0, 1)",
    reason=(
        "Subtract vmin, divide by vmax - vmin, cut off at both ends. This is the whole of windowing, "
        "in every viewer."
    ),
    right=(
        "plt.Normalize(-1000, 300, clip=True)(ct[55])",
        "np.interp(ct[55], [-1000, 300], [0, 1])",
        "((ct[55].clip(-1000, 300).astype(float) + 1000) / 1300).tolist()",
    ),
    mistakes=(
        Mistake(
            "not cut off",
            "(ct[55] + 1000) / 1300",
            "Between the limits it is right. Bone comes out above 1, and the air around the patient below 0.",
            "`np.clip`",
        ),
        Mistake(
            "the plane's own limits",
            "(ct[55] - int(ct[55].min())) / (int(ct[55].max()) - int(ct[55].min()))",
            "Your black and white are the lowest and highest value of this plane.",
            "The limits are -1000 and 300, for every plane.",
        ),
        Mistake(
            "divided by the upper limit",
            "np.clip((ct[55] + 1000) / 300, 0, 1)",
            "You divided by 300: white is reached at -700 already.",
            "How far is it from -1000 to 300?",
        ),
        Mistake(
            "0 to 255",
            "np.clip((ct[55] + 1000) / 1300, 0, 1) * 255",
            "These are greys from 0 to 255.",
            "1 is to be white.",
        ),
        Mistake(
            "white for low",
            "1 - np.clip((ct[55] + 1000) / 1300, 0, 1)",
            "Yours is a negative: air is white and bone black.",
            "Low values are to be black.",
        ),
    ),
    further=(
        "The view does this for every pixel at every move of the window, with a table, so that nothing "
        "is calculated twice."
    ),
)

pixels_wide = Exercise(
    lesson,
    "pixels_wide",
    title="How many pixels does the journal want?",
    question=(
        "A figure is to fill a column of 85 mm, at 300 dpi (dots per inch; an inch is 25.4 mm). How "
        "many pixels wide is the file? To within 1."
    ),
    kind=Number(unit="pixels", tolerance=1.0),
    minutes=2,
    hints=(
        "dpi counts dots per inch. How many inches are 85 mm?",
        "85 mm / 25.4 mm = 3.35 inches.",
        "Inches times dots per inch.",
    ),
    worked="pixels_wide = 85 / 25.4 * 300",
    reason=(
        "85 mm are 3.35 inches, and each of them has 300 dots: 1004. In matplotlib: `figsize=(85 / "
        "25.4, height)` and `savefig(..., dpi=300)`."
    ),
    right=("1004", "round(300 * 8.5 / 2.54)", "np.array([3.3465 * 300])"),
    mistakes=(
        Mistake(
            "mm taken for inches",
            "85 * 300",
            "You multiplied mm by dots per inch.",
            "Divide by 25.4 first.",
        ),
        Mistake(
            "cm taken for inches",
            "8.5 * 300",
            "8.5 is the width in cm; dpi counts inches.",
            "An inch is 2.54 cm.",
        ),
        Mistake(
            "2.54 for 25.4",
            "85 / 2.54 * 300",
            "You divided mm by cm: ten times too many.",
            "An inch is 25.4 mm.",
        ),
        Mistake(
            "multiplied by the inch",
            "85 * 25.4 * 300",
            "85 mm are fewer than 85 inches.",
            "Divide by 25.4.",
        ),
        Mistake(
            "inches only",
            "85 / 25.4",
            "These are the inches.",
            "Each has 300 dots.",
        ),
    ),
    further="More dots than that add nothing: the CT plane itself is 256 samples wide.",
)

_PRINT = """
cut = ct[:, :, 78]
ax = biomedlab.plotting.show(cut, vmin=-1000, vmax=300, origin="lower")
biomedlab.plotting.overlay(labels[:, :, 78] == 10, ax)
biomedlab.plotting.scale_bar(ax, cut.sampling, length=50)
ax.figure.colorbar(ax.images[0], label="HU")
"""

publication = Exercise(
    lesson,
    "publication",
    title="Figure 1 of a case report",
    question=(
        "Draw the sagittal plane `ct[:, :, 78]` in axes `ax` so that it could be printed: in grey, "
        "from -1000 to 300, true proportions, head up, no ticks; the nodule marked (`labels[:, :, 78] "
        "== 10`, tinted or outlined); a scale bar with its length in mm, of any length; and a colour "
        "bar with the unit HU in its label."
    ),
    kind=Panels(
        (
            "picture",
            "cmap",
            "vmin",
            "vmax",
            "aspect",
            "rows_down",
            "axis",
            "marked",
            "scale_bar",
            "colorbar",
            "colorbar_unit",
        ),
        count=1,
    ),
    variable="ax",
    label="chapter project",
    minutes=12,
    hints=(
        "Take one thing after the other: picture, aspect, origin, ticks; then mark, bar, colour bar.",
        '`plotting.show(cut, ...)` knows the aspect of a cut and leaves the ticks out; add `origin="lower"`.',
        (
            "`plotting.overlay(mask, ax)`, `plotting.scale_bar(ax, cut.sampling)`, "
            '`ax.figure.colorbar(ax.images[0], label="HU")`.'
        ),
    ),
    worked="""
        cut = ct[:, :, 78]
        ax = biomedlab.plotting.show(cut, vmin=-1000, vmax=300, origin="lower")
        biomedlab.plotting.overlay(labels[:, :, 78] == 10, ax)
        biomedlab.plotting.scale_bar(ax, cut.sampling, length=50)
        ax.figure.colorbar(ax.images[0], label="CT number in HU", shrink=0.7)
    """,
    reason=(
        "A reader of the printed page can measure in it, read off values, and see what is meant, "
        "without the text and without you."
    ),
    right=(
        """
fig, ax = plt.subplots()
drawn = ax.imshow(ct[:, :, 78], cmap="gray", vmin=-1000, vmax=300, origin="lower", aspect=2)
ax.contour(labels[:, :, 78] == 10, levels=[0.5], colors="yellow")
ax.plot([10, 30], [5, 5], color="white")
ax.text(20, 7, "30 mm", color="white")
ax.axis("off")
plt.colorbar(drawn).set_label("Hounsfield units")
ax = fig
""",
        """
cut = ct[:, :, 78]
fig, ax = plt.subplots()
biomedlab.plotting.show(cut, ax, vmin=-1000, vmax=300, origin="lower")
ax.imshow(np.ma.masked_equal(labels[:, :, 78] == 10, 0), origin="lower", aspect=2, cmap="autumn", alpha=0.5)
biomedlab.plotting.scale_bar(ax, (3, 1.5))
bar = fig.colorbar(ax.images[0], ax=ax)
bar.ax.set_title("HU")
""",
        """
fig, ax = plt.subplots()
edges = (0, 276, 0, 240)
drawn = ax.imshow(ct[:, :, 78], cmap="gray", vmin=-1000, vmax=300, origin="lower", extent=edges)
ax.contour(labels[:, :, 78] == 10, levels=[0.5], colors="yellow", origin="lower", extent=edges)
ax.plot([20, 70], [8, 8], color="white")
ax.text(20, 12, "50 mm", color="white")
ax.set(xticks=[], yticks=[])
fig.colorbar(drawn, label="HU")
""",
    ),
    mistakes=(
        Mistake(
            "something else is marked",
            _PRINT.replace("== 10", "== 8"),
            "Something is marked, but not the nodule: this is the liver, label 8.",
            "Look for label 10: `labels[:, :, 78] == 10`.",
        ),
        Mistake(
            "a bar of samples, not mm",
            _PRINT.replace(
                "biomedlab.plotting.scale_bar(ax, cut.sampling, length=50)",
                'ax.plot([10, 60], [5, 5])\nax.text(35, 7, "50 mm")',
            ),
            "Your bar says 50 mm, but is 50 samples long: across this picture a sample is 1.5 mm.",
            "50 mm are 50 / 1.5 samples; `plotting.scale_bar` works it out.",
        ),
        Mistake(
            "the spacing of the other direction",
            _PRINT.replace("cut.sampling, length", "cut.sampling[::-1], length"),
            "Your bar takes 3 mm for each sample: that is the spacing downwards, and the bar lies across.",
            "Sampling goes in the order of the axes: (row spacing, column spacing) of the picture.",
        ),
        Mistake(
            "no scale bar",
            _PRINT.replace("biomedlab.plotting.scale_bar(ax, cut.sampling, length=50)", ""),
            "There is no bar with its length in mm.",
            "`plotting.scale_bar(ax, cut.sampling)`",
        ),
        Mistake(
            "a colour bar without its unit",
            _PRINT.replace(', label="HU"', ""),
            "The colour bar does not say what it counts.",
            '`label="HU"`, or more words with HU in them.',
        ),
        Mistake(
            "nothing is marked",
            _PRINT.replace("biomedlab.plotting.overlay(labels[:, :, 78] == 10, ax)", ""),
            "The nodule is not marked: a reader does not know where to look.",
            "`plotting.overlay(mask, ax)`, or `ax.contour(mask, levels=[0.5])`.",
        ),
        Mistake(
            "square pixels",
            _PRINT.replace("show(cut,", "show(np.asarray(cut),"),
            "The pixels are drawn square: this patient is half as tall as in life.",
            "A pixel here is 3 mm high and 1.5 mm wide.",
        ),
        Mistake(
            "head down",
            _PRINT.replace(', origin="lower"', ""),
            "The head is down.",
            '`origin="lower"`',
        ),
        Mistake(
            "the cut's own limits",
            _PRINT.replace(", vmin=-1000, vmax=300", ""),
            "Your picture goes from its own lowest to its own highest value: soft tissue is all one grey.",
            "`vmin=-1000, vmax=300`",
        ),
        Mistake(
            "a rainbow",
            _PRINT.replace("show(cut,", 'show(cut, cmap="jet",'),
            (
                "jet is not even in lightness: it draws edges where there are none, and a printed grey "
                "copy is useless."
            ),
            "A CT is read in grey.",
        ),
    ),
    further=(
        'Say it in words, too: `describe(ax, "...")` gives the figure a text for those who cannot see it.'
    ),
)
