"""Exercises of notebook 02: shapes, volumes, series of DICOM files, sampling, and the sides of the body."""

from typing import Any

import numpy as np

from biomedlab.exercises.exercise import Exercise, Lesson, Mistake
from biomedlab.exercises.figures import Figure
from biomedlab.exercises.functions import Function
from biomedlab.exercises.kinds import Array, Choice, Number, Place

lesson = Lesson(
    "n_dimensional_images",
    2,
    "N-dimensional images",
    given={
        "brain": 'biomedlab.load(biomedlab.data.path("brain"))',
        "ct": 'biomedlab.load(biomedlab.data.path("thorax"))',
        "echo": 'biomedlab.load(biomedlab.data.path("heart_echo"))',
        "labels": 'biomedlab.load(biomedlab.data.path("thorax_labels"))',
        "first": (
            '__import__("pydicom").dcmread(biomedlab.data.path("thorax") / "IM0000.dcm", '
            "stop_before_pixels=True)"
        ),
        "view": "SimpleNamespace(pln=40, row=92, col=128)",
    },
)

slab = Exercise(
    lesson,
    "slab",
    title="Three thin slices",
    question=(
        "Decide first; the cell after this exercise shows it. `brain[:, :, 90:93]` is a slab of three grey "
        "slices from the middle of a head. Its shape is (181, 217, 3). What appears if you hand it to "
        "`plt.imshow`?"
    ),
    kind=Choice(
        {
            "a": "three grey pictures side by side",
            "b": "an error, since a slab is no picture",
            "c": "one picture, in colour",
            "d": "the middle one of the three slices",
        }
    ),
    label="predict, then run",
    minutes=2,
    hints=(
        "imshow sees numbers and a shape, and knows nothing about heads. What does it take a shape for?",
        "Which of the pictures above has a shape that ends in 3?",
        "A shape (rows, columns, 3) is what a colour picture has: red, green, blue.",
    ),
    worked='slab = "c"',
    reason=(
        "imshow takes every array of shape (rows, columns, 3) for a colour picture. It paints the three "
        "slices as red, green and blue, and nothing warns you."
    ),
    right=('"C"', '"c)"', '["c"]'),
    mistakes=(
        Mistake(
            "expects three pictures",
            '"a"',
            "One call of imshow draws one picture, whatever it is given.",
            "Which kind of picture has three numbers for each pixel?",
        ),
        Mistake(
            "expects an error",
            '"b"',
            "That would be kind of it. It refuses most arrays with three axes, but not those that end in 3.",
            "Which kind of picture has three numbers for each pixel?",
        ),
        Mistake(
            "expects the middle slice",
            '"d"',
            "imshow never leaves out numbers: it finds a use for all three.",
            "Which kind of picture has three numbers for each pixel?",
        ),
    ),
    further="`biomedlab.plotting.show` refuses such an array unless somebody says that it is colour.",
)

frozen_frames = Exercise(
    lesson,
    "frozen_frames",
    title="Frames that were stored twice",
    question=(
        "A recorder that cannot keep up stores the same frame again. Which frames of `echo` are the same, in "
        "every number, as the frame just before them? Answer with their numbers, as a list or an array."
    ),
    kind=Array(),
    label="tie it together",
    minutes=8,
    hints=(
        "Compare each frame with the one before: `echo[1:] == echo[:-1]` does it for all of them at once.",
        (
            "`np.all(..., axis=(1, 2, 3))` asks whether all rows, columns and colours of a frame agree. Only "
            "the axis of time is left."
        ),
        "`np.flatnonzero(...)` gives the places of True. Place 0 compares frames 1 and 0: add 1.",
    ),
    worked="""
        same = np.all(echo[1:] == echo[:-1], axis=(1, 2, 3))
        frozen_frames = np.flatnonzero(same) + 1
    """,
    reason=(
        "The comparison keeps the axis of time and has one place less than the movie has frames. All the "
        "other axes must agree, so they go into `np.all`."
    ),
    right=(
        "[t for t in range(1, len(echo)) if np.array_equal(echo[t], echo[t - 1])]",
        "[11, 28.0, 44]",
        "1 + np.flatnonzero(np.abs(np.diff(echo[..., 0].astype(int), axis=0)).sum(axis=(1, 2)) == 0)",
    ),
    mistakes=(
        Mistake(
            "the frame before",
            "np.flatnonzero(np.all(echo[1:] == echo[:-1], axis=(1, 2, 3)))",
            "These are the frames that were repeated; the repeats themselves come one later.",
            "Place 0 of the comparison belongs to the frames 1 and 0. Which of the two is asked for?",
        ),
        Mistake(
            "True and False",
            "np.all(echo[1:] == echo[:-1], axis=(1, 2, 3))",
            "This tells for each pair of frames whether they are the same.",
            "`np.flatnonzero` gives the places where it is True.",
        ),
        Mistake(
            "how many, not which",
            "int(np.sum(np.all(echo[1:] == echo[:-1], axis=(1, 2, 3))))",
            "This is how many there are.",
            "Their numbers are asked for: `np.flatnonzero` instead of `np.sum`.",
        ),
        Mistake(
            "any pixel instead of all",
            "np.flatnonzero(np.any(echo[1:] == echo[:-1], axis=(1, 2, 3))) + 1",
            "You look for frames in which some pixel stayed the same: that is all of them, at the edge.",
            "All pixels must agree: `np.all`.",
        ),
        Mistake(
            "the colours forgotten",
            "np.flatnonzero(np.all(echo[1:] == echo[:-1], axis=(1, 2))) + 1",
            "You joined rows and columns, not the colours: three answers are left for each pair of frames.",
            "`echo` has four axes. All but time must go: `axis=(1, 2, 3)`.",
        ),
        Mistake(
            "compared with the first frame",
            "np.flatnonzero(np.all(echo == echo[0], axis=(1, 2, 3)))",
            "You compared every frame with frame 0.",
            "The frame just before: shift the movie by one, `echo[1:]` and `echo[:-1]`.",
        ),
    ),
    further=(
        "Three frames in two seconds: harmless to look at, but a speed measured across them would be wrong."
    ),
)

build_volume = Exercise(
    lesson,
    "build_volume",
    title="Build a volume",
    question=(
        "Make a volume of three planes of `brain`: plane 30, plane 60 and plane 90, in this order, with the "
        "plane as the first axis and the planes' own data type."
    ),
    kind=Array(dtype=True),
    minutes=3,
    hints=(
        "`brain[30]` is one plane. Put three of them into a list.",
        "`np.stack(list)` lays arrays of one shape on top of each other, along a new first axis.",
        "`np.stack([brain[30], ...])` with the other two in the list.",
    ),
    worked="build_volume = np.stack([brain[30], brain[60], brain[90]])",
    reason="`np.stack` adds a new axis in front and keeps the order of the list and the data type.",
    right=(
        "brain[30:91:30]",
        "np.concatenate([brain[k : k + 1] for k in (30, 60, 90)])",
        "np.array([brain[k] for k in (30, 60, 90)])",
    ),
    mistakes=(
        Mistake(
            "joined end to end",
            "np.concatenate([brain[30], brain[60], brain[90]])",
            "`np.concatenate` joins along an axis that is there already: one very long picture.",
            "A new axis is wanted. Which function adds one?",
        ),
        Mistake(
            "stacked along the last axis",
            "np.stack([brain[30], brain[60], brain[90]], axis=-1)",
            "Your planes lie along the last axis, where colour pictures have red, green and blue.",
            "Leave `axis=-1` out: the plane comes first.",
        ),
        Mistake(
            "highest plane first",
            "np.stack([brain[90], brain[60], brain[30]])",
            "Your planes are in the opposite order.",
            "The order of the list is the order of the planes.",
        ),
        Mistake(
            "all planes in between",
            "brain[30:91]",
            "You took every plane from 30 to 90.",
            "Three planes are wanted. A range may have a step: `first:last:step`.",
        ),
        Mistake(
            "the end left out",
            "brain[30:90:30]",
            "Two planes only: the end of a range is left out in Python, so plane 90 is missing.",
            "Let the range end a little later, or name the planes one by one.",
        ),
    ),
    further=(
        "Cut as `brain[30:91:30]` it still knows its sampling, 30 mm between planes; stacked, it has "
        "forgotten it."
    ),
)


def _planes(rng: np.random.Generator) -> tuple[Any, ...]:
    return ([rng.integers(-1000, 1500, (12, 15), dtype=np.int16) for _ in range(int(rng.integers(3, 8)))],)


stack_slices = Exercise(
    lesson,
    "stack_slices",
    title="Air that turns grey",
    question=(
        "The function below makes a volume of a list of CT slices. It runs without an error, but air, -1000 "
        "HU in the slices, comes out as 24. Mend it, so that the volume holds the slices' own numbers."
    ),
    kind=Function("([ct[20, :60, :60], ct[40, :60, :60], ct[60, :60, :60]],)", _planes, Array(made=True)),
    start="""
        def stack_slices(slices):
            volume = np.zeros((len(slices), *slices[0].shape), dtype=np.uint8)
            for number, plane in enumerate(slices):
                volume[number] = plane
            return volume
    """,
    label="find the mistake",
    minutes=6,
    hints=(
        "Which numbers can a volume of `dtype=np.uint8` hold?",
        "-1000 wraps round: -1000 + 4 x 256 = 24. The volume needs a type with a sign, and 16 bits.",
        "Take the slices' own type, `slices[0].dtype`, or let `np.stack` do all of it.",
    ),
    worked="""
        def stack_slices(slices):
            return np.stack(slices)
    """,
    reason=(
        "Writing into an array of another type converts in silence, and uint8 wraps round. `np.stack` "
        "chooses a type that holds all the slices."
    ),
    right=(
        """
def stack_slices(slices):
    volume = np.zeros((len(slices), *slices[0].shape), dtype=slices[0].dtype)
    for number, plane in enumerate(slices):
        volume[number] = plane
    return volume
""",
        "lambda slices: np.array(slices, dtype=float)",
    ),
    mistakes=(
        Mistake(
            "still one byte",
            "lambda slices: np.stack(slices).astype(np.uint8)",
            "Your volume still holds uint8, 0 to 255: whatever lies outside wraps round.",
            "Which data type do the slices have?",
        ),
        Mistake(
            "a type without a sign",
            "lambda slices: np.stack(slices).astype(np.uint16)",
            "16 bits are enough, but uint16 has no negative numbers: -1000 becomes 64536.",
            "The `u` stands for unsigned, without a sign.",
        ),
        Mistake(
            "one byte with a sign",
            "lambda slices: np.stack(slices).astype(np.int8)",
            "int8 goes from -128 to 127 only.",
            "Hounsfield units need 16 bits.",
        ),
        Mistake(
            "limited to 0 to 255",
            "lambda slices: np.clip(np.stack(slices), 0, 255)",
            "Nothing wraps round any more, but air has become 0 HU, which is water.",
            "Choose a type that holds the numbers; then nothing needs to be cut off.",
        ),
        Mistake(
            "shifted",
            "lambda slices: np.stack(slices) + 1024",
            "You shifted the numbers to make them positive: they are Hounsfield units no longer.",
            "Choose a type that holds negative numbers.",
        ),
        Mistake(
            "stacked along the last axis",
            "lambda slices: np.stack(slices, axis=-1)",
            "The numbers are right, but the planes lie along the last axis.",
            "The plane comes first: leave `axis=-1` out.",
        ),
        Mistake(
            "the list itself",
            "lambda slices: slices",
            "Your function hands the list of slices back. A list has no shape: it is no volume yet.",
            "`np.stack` makes one array of them.",
        ),
    ),
    further="Assigning into an array never changes that array's data type: the numbers must give way.",
)


def _named_slices(rng: np.random.Generator) -> tuple[Any, ...]:
    numbers = rng.permutation([2, 10, 30, *rng.choice(np.arange(100, 400), 9, replace=False)])
    return [f"slice_{number}.png" for number in numbers], [
        rng.integers(0, 256, (6, 9), dtype=np.uint8) for _ in numbers
    ]


_NUMBERS = "[int(name.removeprefix('slice_').removesuffix('.png')) for name in names]"

assemble = Exercise(
    lesson,
    "assemble",
    title="Slices in a muddle",
    question=(
        "You get a list `names`, such as `['slice_10.png', 'slice_2.png']`, and a list `slices` with the "
        "picture of each, in the same order. Write `assemble(names, slices)` that returns them as one "
        "volume, in the order of the numbers in the names, lowest first. (Every name is `slice_`, a number, "
        "`.png`.)"
    ),
    kind=Function(
        (
            "(['slice_10.png', 'slice_33.png', 'slice_2.png', 'slice_1.png'], "
            "[brain[k, :40, :50] for k in (10, 33, 2, 1)])"
        ),
        _named_slices,
    ),
    start="def assemble(names, slices):\n    ...",
    label="tie it together",
    minutes=10,
    hints=(
        "First make numbers of the names: `int('12')` is 12, and `name[6:-4]` leaves the two ends out.",
        (
            "`np.argsort(numbers)` tells which slice comes first, which second, and so on: its first number "
            "is the place of the lowest."
        ),
        "`np.stack([slices[k] for k in np.argsort(numbers)])`",
    ),
    worked="""
        def assemble(names, slices):
            numbers = [int(name.removeprefix("slice_").removesuffix(".png")) for name in names]
            return np.stack([slices[k] for k in np.argsort(numbers)])
    """,
    reason=(
        "As text, 'slice_10' comes before 'slice_2', since 1 comes before 2. Sorting by the number, as an "
        "int, puts the slices in their places, and `np.stack` keeps that order."
    ),
    right=(
        "lambda names, slices: np.array(slices)[np.argsort([int(name[6:-4]) for name in names])]",
        """
def assemble(names, slices):
    by_number = {int(name.split("_")[1].split(".")[0]): one for name, one in zip(names, slices)}
    return [by_number[number].tolist() for number in sorted(by_number)]
""",
    ),
    mistakes=(
        Mistake(
            "sorted as text",
            "lambda names, slices: np.stack([slices[k] for k in np.argsort(names)])",
            "You sorted the names as text, and text puts slice_10 before slice_2.",
            "Make an `int` of the number in each name first.",
        ),
        Mistake(
            "order as given",
            "lambda names, slices: np.stack(slices)",
            "You stacked the slices as they came.",
            "Find the order from the numbers in `names`.",
        ),
        Mistake(
            "ranks taken for the order",
            f"lambda names, slices: np.stack([slices[k] for k in np.argsort(np.argsort({_NUMBERS}))])",
            "You used the rank of each slice as if it were the list of slices in order.",
            "`np.argsort(numbers)`, once, is the order already.",
        ),
        Mistake(
            "highest first",
            f"lambda names, slices: np.stack([slices[k] for k in np.argsort({_NUMBERS})[::-1]])",
            "Your volume begins with the highest number.",
            "Lowest first: turn the order round.",
        ),
        Mistake(
            "stacked along the last axis",
            f"lambda names, slices: np.stack([slices[k] for k in np.argsort({_NUMBERS})], axis=-1)",
            "The order is right, but the planes lie along the last axis.",
            "The plane comes first: leave `axis=-1` out.",
        ),
    ),
    further=(
        "Programs that write slice_0002 with leading zeros spare you this; a medical series needs better "
        "still, as the next lesson shows."
    ),
)

file_to_plane = Exercise(
    lesson,
    "file_to_plane",
    title="Where does the first file go?",
    question=(
        "`first` is the header of the file IM0000.dcm, the first by name. Which plane of the volume `ct` did "
        "it become? Work it out from its position and from the volume's."
    ),
    kind=Number(),
    minutes=4,
    hints=(
        "`first.ImagePositionPatient[2]` is the slice's height in mm; plane 0 is at -240 mm.",
        "How many mm above plane 0 does it lie, and how many planes are that?",
        'Subtract `ct.meta["plane_positions"][0]`, then divide by `ct.sampling[0]`.',
    ),
    worked="""
        height = float(first.ImagePositionPatient[2])
        file_to_plane = (height - ct.meta["plane_positions"][0]) / ct.sampling[0]
    """,
    reason="The slice lies 51 mm above plane 0 and the planes are 3 mm apart: 51 / 3 = 17.",
    right=(
        'ct.meta["plane_positions"].index(float(first.ImagePositionPatient[2]))',
        'np.argmin(np.abs(np.array(ct.meta["plane_positions"]) - first.ImagePositionPatient[2]))',
        "[17]",
    ),
    mistakes=(
        Mistake(
            "trusted the file's name",
            "0",
            "IM0000 is the first name, not the lowest slice.",
            "Ask the header where the slice lies: `first.ImagePositionPatient`.",
        ),
        Mistake(
            "took the instance number",
            "int(first.InstanceNumber)",
            "This is InstanceNumber. It counts from 1, and on other scanners from the head or across series.",
            "Use the position, and count planes from 0.",
        ),
        Mistake(
            "mm instead of planes",
            'float(first.ImagePositionPatient[2]) - ct.meta["plane_positions"][0]',
            "That is how far above plane 0 it lies, in mm.",
            "How far apart are the planes?",
        ),
        Mistake(
            "divided by the slice thickness",
            '(float(first.ImagePositionPatient[2]) - ct.meta["plane_positions"][0]) / first.SliceThickness',
            "You divided by the thickness of a slice, 5 mm. The slices overlap: one begins every 3 mm.",
            "`ct.sampling[0]` is the distance from plane to plane.",
        ),
        Mistake(
            "counted from the top",
            'ct.meta["plane_positions"][::-1].index(float(first.ImagePositionPatient[2]))',
            "You counted from the highest plane; plane 0 is the lowest here.",
            "Subtract the position of plane 0.",
        ),
    ),
    further="Order by position, and neither names nor numbers in headers can mislead you.",
)


def _positions_with_gaps(rng: np.random.Generator) -> tuple[Any, ...]:
    step = float(rng.choice([0.625, 1.25, 2.5, 3.0, 5.0]))
    places = rng.uniform(-300, 300) + step * np.arange(28)
    run = int(rng.integers(3, 10))
    places = np.delete(places, [run, run + 1, int(rng.integers(14, 18)), int(rng.integers(20, 25))])
    return (rng.permutation(places),)


missing_planes = Exercise(
    lesson,
    "missing_planes",
    title="How many slices are missing?",
    question=(
        "Write `missing_planes(positions)`. It gets the heights of all slices of a series in mm, in any "
        "order, and returns how many slices are missing between the lowest and the highest. The usual step "
        "is the median of the steps."
    ),
    kind=Function(
        '(np.delete(ct.meta["plane_positions"], [30, 31, 32, 50])[::-1],)',
        _positions_with_gaps,
        Number(unit="slices", tolerance=0.01),
    ),
    start="def missing_planes(positions):\n    ...",
    minutes=8,
    hints=(
        "Sort the positions; `np.diff` then gives the steps from slice to slice.",
        "`np.median(steps)` is the usual step. A step of four times that hides three slices.",
        "Add up `np.round(steps / np.median(steps)) - 1`, and `return` it.",
    ),
    worked="""
        def missing_planes(positions):
            steps = np.diff(np.sort(positions))
            usual = np.median(steps)
            return np.sum(np.round(steps / usual) - 1)
    """,
    reason=(
        "A step of n usual steps hides n - 1 slices. The median is the usual step even where some steps are "
        "larger; the mean is not."
    ),
    right=(
        """
def missing_planes(positions):
    usual = np.median(np.diff(sorted(positions)))
    wanted = round((max(positions) - min(positions)) / usual) + 1
    return wanted - len(positions)
""",
        """
def missing_planes(positions):
    steps = np.sort(np.diff(np.sort(positions)))
    usual = steps[len(steps) // 2]
    return [round(sum((step - usual) / usual for step in steps))]
""",
    ),
    mistakes=(
        Mistake(
            "not sorted",
            "lambda positions: np.sum(np.round(np.diff(positions) / np.median(np.diff(positions))) - 1)",
            "The positions come in any order, and your function takes them as they come.",
            "`np.sort(positions)` first.",
        ),
        Mistake(
            "counted the gaps",
            (
                "lambda positions: np.sum(np.diff(np.sort(positions)) "
                "> 1.5 * np.median(np.diff(np.sort(positions))))"
            ),
            "You counted the gaps. Several slices may be missing in one gap.",
            "How many usual steps fit into the gap?",
        ),
        Mistake(
            "posts and fences",
            (
                "lambda positions: round(np.ptp(positions) / np.median(np.diff(np.sort(positions)))) "
                "- len(positions)"
            ),
            "One too few: 10 steps from the lowest to the highest slice mean 11 slices.",
            "Add 1 to the number of steps.",
        ),
        Mistake(
            "mean step",
            "lambda positions: round(np.ptp(positions) / np.mean(np.diff(np.sort(positions)))) + 1 "
            "- len(positions)",
            "The mean step is larger where slices are missing; with it none ever seem to be.",
            "Take the median: a few large steps do not move it.",
        ),
        Mistake(
            "mm instead of slices",
            (
                "lambda positions: np.sum(np.diff(np.sort(positions)) "
                "- np.median(np.diff(np.sort(positions))))"
            ),
            "Your result is in mm.",
            "Divide by the usual step.",
        ),
    ),
    further="This is what `biomedlab.load` does before it hands over a series: it tells, and you decide.",
)


def _measured_slices(rng: np.random.Generator) -> tuple[Any, ...]:
    heights = rng.uniform(-300, 300) + float(rng.choice([1.25, 2.5, 3.0])) * np.arange(7)
    one = [
        (
            float(height),
            rng.integers(0, 3000, (5, 8), dtype=np.uint16),
            float(rng.choice([0.5, 1.0, 1.5, 2.0])),
            float(rng.choice([-1024.0, -1000.0, -512.0])),
        )
        for height in heights
    ]
    return ([one[k] for k in rng.permutation(7)],)


into_volume = Exercise(
    lesson,
    "into_volume",
    title="A reader of your own",
    question=(
        "Write the heart of a DICOM reader. `into_volume(slices)` gets a list, in any order, of "
        "`(height, stored, slope, intercept)`: the position in mm, the stored numbers, and the slice's own "
        "rescale slope and intercept. Return the volume of the measured values, lowest slice first."
    ),
    kind=Function(
        (
            "([(3.0, np.array([[10, 20]], np.uint16), 2.0, -1024.0), "
            "(0.0, np.array([[30, 40]], np.uint16), 1.0, -1024.0)],)"
        ),
        _measured_slices,
        Array(tolerance=1e-3),
    ),
    start="def into_volume(slices):\n    ...",
    label="tie it together",
    minutes=12,
    hints=(
        "`sorted(slices, key=lambda one: one[0])` sorts the list by the first thing in each, the height.",
        "Each slice has its own slope and intercept: value = stored x slope + intercept.",
        (
            "Loop with `for height, stored, slope, intercept in ...`, collect `stored * slope + intercept` "
            "in a list, and stack it."
        ),
    ),
    worked="""
        def into_volume(slices):
            ordered = sorted(slices, key=lambda one: one[0])
            return np.stack([stored * slope + intercept for height, stored, slope, intercept in ordered])
    """,
    reason=(
        "Position gives the order, and each slice is rescaled by its own two numbers before it is stacked. "
        "Slope and intercept are floats here, so the result may be negative."
    ),
    right=(
        """
def into_volume(slices):
    order = np.argsort([one[0] for one in slices])
    volume = np.zeros((len(slices), *slices[0][1].shape))
    for plane, k in enumerate(order):
        _, stored, slope, intercept = slices[k]
        volume[plane] = intercept + slope * stored.astype(float)
    return volume
""",
        """
def into_volume(slices):
    by_height = {one[0]: one for one in slices}
    return [(by_height[mm][1] * by_height[mm][2] + by_height[mm][3]).tolist() for mm in sorted(by_height)]
""",
    ),
    mistakes=(
        Mistake(
            "order as given",
            "lambda slices: np.stack([one[1] * one[2] + one[3] for one in slices])",
            "The values are right, but the slices lie in the order in which they came.",
            "Sort by height first.",
        ),
        Mistake(
            "highest first",
            (
                "lambda slices: np.stack([one[1] * one[2] + one[3] "
                "for one in sorted(slices, key=lambda one: -one[0])])"
            ),
            "Your volume begins with the highest slice.",
            "Lowest first: leave the minus sign or `reverse=True` out.",
        ),
        Mistake(
            "not rescaled",
            "lambda slices: np.stack([one[1] for one in sorted(slices, key=lambda one: one[0])])",
            "The order is right, but these are the stored numbers.",
            "Each must still become stored x slope + intercept.",
        ),
        Mistake(
            "one rescaling for all",
            (
                "lambda slices: np.stack([one[1] * slices[0][2] + slices[0][3] "
                "for one in sorted(slices, key=lambda one: one[0])])"
            ),
            "You rescaled all slices by the numbers of the first in the list.",
            "Slope and intercept may differ from slice to slice: take each slice's own.",
        ),
        Mistake(
            "intercept before slope",
            (
                "lambda slices: np.stack([(one[1] + one[3]) * one[2] "
                "for one in sorted(slices, key=lambda one: one[0])])"
            ),
            "You added the intercept first and multiplied it, too.",
            "Multiply by the slope, then add the intercept.",
        ),
        Mistake(
            "kept without a sign",
            (
                "lambda slices: np.stack([(one[1] * one[2] + one[3]).astype(int).astype(np.uint16) "
                "for one in sorted(slices, key=lambda one: one[0])])"
            ),
            "uint16 cannot hold negative values: they wrap round to some 65,000.",
            "Leave the result as float, or use a type with a sign.",
        ),
    ),
    further=(
        "A real reader must still refuse what does not fit: two series, a gap, a file cut short. That is "
        "where most of its lines go."
    ),
)


def _two_voxels(rng: np.random.Generator) -> tuple[Any, ...]:
    one, other = (tuple(int(n) for n in rng.integers(0, 90, 3)) for _ in range(2))
    sampling = (
        float(rng.choice([2.0, 3.0, 5.0])),
        float(rng.choice([0.5, 0.7])),
        float(rng.choice([0.9, 1.2])),
    )
    return one, (other[0] + 90, other[1] + 90, other[2] + 90), sampling


distance = Exercise(
    lesson,
    "distance",
    title="From voxel to voxel",
    question=(
        "Write `distance(one, other, sampling)` that returns the straight distance in mm between two voxels. "
        "`one` and `other` are their (plane, row, column), `sampling` is mm along each axis. Within 0.01 mm."
    ),
    kind=Function(
        "((55, 88, 78), (40, 60, 100), (3.0, 1.5, 1.5))", _two_voxels, Number(unit="mm", tolerance=0.01)
    ),
    start="def distance(one, other, sampling):\n    ...",
    minutes=5,
    hints=(
        "How many planes, rows and columns lie between the two? And how many mm is each of these?",
        "`(np.array(one) - np.array(other)) * sampling` gives three lengths in mm, at right angles.",
        "Pythagoras: the root of the sum of the squares. `np.sqrt(np.sum(lengths ** 2))`",
    ),
    worked="""
        def distance(one, other, sampling):
            lengths = (np.array(one) - np.array(other)) * sampling
            return np.sqrt(np.sum(lengths**2))
    """,
    reason="Each difference becomes mm by its own axis before they are joined by Pythagoras' theorem.",
    right=(
        "lambda one, other, mm: sum(((a - b) * c) ** 2 for a, b, c in zip(one, other, mm)) ** 0.5",
        "lambda one, other, mm: [np.linalg.norm(np.multiply(one, mm) - np.multiply(other, mm))]",
    ),
    mistakes=(
        Mistake(
            "voxels instead of mm",
            "lambda one, other, sampling: np.linalg.norm(np.subtract(one, other))",
            "Your result counts voxels as if they were cubes of 1 mm.",
            "Multiply each difference by its sampling before you square it.",
        ),
        Mistake(
            "round the corner",
            "lambda one, other, sampling: np.sum(np.abs(np.subtract(one, other)) * sampling)",
            "You added the three lengths: that is the way along the axes, not straight across.",
            "Pythagoras: square, add, take the root.",
        ),
        Mistake(
            "sampling in the wrong order",
            "lambda one, other, sampling: np.linalg.norm(np.subtract(one, other) * sampling[::-1])",
            "You took the column's spacing for the planes.",
            "`sampling` is in the order of the axes: plane, row, column.",
        ),
        Mistake(
            "the planes' spacing for all",
            "lambda one, other, sampling: np.linalg.norm(np.subtract(one, other)) * sampling[0]",
            "You multiplied everything by the spacing of the planes.",
            "Each axis has a spacing of its own; multiply before you add.",
        ),
        Mistake(
            "the root forgotten",
            "lambda one, other, sampling: np.sum((np.subtract(one, other) * sampling) ** 2)",
            "This is the square of the distance, in mm².",
            "Take the root.",
        ),
    ),
    further="Whatever is measured in an image starts like this: indices times sampling, axis by axis.",
)

nodule_diameter = Exercise(
    lesson,
    "nodule_diameter",
    title="How large is the nodule?",
    question=(
        "In `labels` every voxel of the nodule is 10. Find its volume in mm³, then the diameter in mm of a "
        "ball of that volume (volume = π / 6 x diameter³). To within 0.1 mm."
    ),
    kind=Number(unit="mm", tolerance=0.1),
    label="tie it together",
    minutes=8,
    hints=(
        "`np.sum(labels == 10)` counts the voxels. How much space does one stand for?",
        "One voxel is plane spacing x row spacing x column spacing: `np.prod(labels.sampling)`.",
        "The diameter is `(6 * volume / np.pi) ** (1 / 3)`.",
    ),
    worked="""
        volume = np.sum(labels == 10) * np.prod(labels.sampling)
        nodule_diameter = (6 * volume / np.pi) ** (1 / 3)
    """,
    reason=(
        "202 voxels of 3 x 1.5 x 1.5 mm are 1364 mm³, a ball of 13.8 mm. The space of a voxel comes from the "
        "spacing of the planes, not from their thickness."
    ),
    right=(
        "2 * (3 * np.count_nonzero(labels == 10) * 3 * 1.5 * 1.5 / (4 * np.pi)) ** (1 / 3)",
        "[np.cbrt(6 / np.pi * (labels == 10).sum() * biomedlab.geometry.voxel_volume(labels.sampling))]",
    ),
    mistakes=(
        Mistake(
            "thickness taken for spacing",
            "(6 * np.sum(labels == 10) * 5.0 * 1.5 * 1.5 / np.pi) ** (1 / 3)",
            "You gave each voxel the slice's thickness, 5 mm. The slices overlap: space is counted twice.",
            "From plane to plane it is 3 mm: `labels.sampling[0]`.",
        ),
        Mistake(
            "radius",
            "(6 * np.sum(labels == 10) * 6.75 / np.pi) ** (1 / 3) / 2",
            "This is the radius.",
            "The diameter is twice as long.",
        ),
        Mistake(
            "voxels taken for mm³",
            "(6 * np.sum(labels == 10) / np.pi) ** (1 / 3)",
            "You took the number of voxels for the volume.",
            "One voxel is `np.prod(labels.sampling)` mm³.",
        ),
        Mistake(
            "power before division",
            "(6 * np.sum(labels == 10) * 6.75 / np.pi) ** 1 / 3",
            "`** 1 / 3` is the first power, divided by 3: powers come before divisions.",
            "Brackets: `** (1 / 3)`.",
        ),
        Mistake(
            "the size that was put in",
            "14",
            "14 mm is what was drawn; its voxels give a little less.",
            "Answer what you measure: count the voxels.",
        ),
        Mistake(
            "a cube",
            "(np.sum(labels == 10) * 6.75) ** (1 / 3)",
            "This is the side of a cube of that volume.",
            "For a ball: diameter³ = 6 x volume / π.",
        ),
        Mistake(
            "volume instead of diameter",
            "np.sum(labels == 10) * 6.75",
            "The volume is right, in mm³. The diameter is asked for.",
            "diameter³ = 6 x volume / π",
        ),
    ),
    further=(
        "The nodule was calculated with 14.0 mm: cut into voxels of 3 x 1.5 x 1.5 mm, a small ball is known "
        "only to some tenths of a mm."
    ),
)

on_the_nodule = Exercise(
    lesson,
    "on_the_nodule",
    title="Put the crosshair on the nodule",
    question=(
        "In one of the lungs of the view above is a nodule of 14 mm. It is no vessel: it is round in "
        "all three planes, a vessel is long in one of them. Put the crosshair on it (click in a picture, "
        "or use the sliders), then run the cell."
    ),
    kind=Place({"pln": 2, "row": 4, "col": 4}, start={"pln": 40, "row": 92, "col": 128}),
    variable="view",
    start="view",
    minutes=4,
    hints=(
        "Walk through the axial planes and watch the dark lungs for a white disc that comes and goes.",
        "It is in the upper half of the volume, in the lung at the left side of the picture.",
        "Go to plane 55. The disc is near row 88, column 78.",
    ),
    worked="view.pln, view.row, view.col = 55, 88, 78",
    reason=(
        "A point in a volume is three numbers. The widget keeps them as `pln`, `row` and `col`, and setting "
        "them moves the crosshair, just as a click changes them."
    ),
    right=(
        "SimpleNamespace(pln=55, row=87, col=78)",
        "SimpleNamespace(pln=56, row=90, col=76)",
        "SimpleNamespace(pln=54.0, row=86, col=np.int64(80))",
    ),
    mistakes=(
        Mistake(
            "in the other lung",
            "SimpleNamespace(pln=55, row=88, col=177)",
            "You are at this place in the other lung, as in a mirror.",
            "Move across to the lung at the left side of the axial picture.",
        ),
        Mistake(
            "only the plane is right",
            "SimpleNamespace(pln=55, row=92, col=128)",
            "The nodule is in this axial plane, but the crosshair is still in the middle of it.",
            "Click on the white disc in the lung.",
        ),
        Mistake(
            "counted from the top",
            "SimpleNamespace(pln=24, row=88, col=78)",
            "Row and column are right, but this plane is as far from the bottom as the nodule from the top.",
            "Go up: the plane index grows towards the head.",
        ),
        Mistake(
            "row and column swapped",
            "SimpleNamespace(pln=55, row=78, col=88)",
            "Row and column are swapped: the crosshair is a little in front and to the side of it.",
            "Rows count downwards, columns to the right.",
        ),
    ),
    further="The three planes are the same voxel seen three ways: 55, 88, 78.",
)

which_side = Exercise(
    lesson,
    "which_side",
    title="Which lung?",
    question=(
        "In the axial picture the nodule is on the left half of the screen. In which of the patient's lungs "
        "is it, and how do you know?"
    ),
    kind=Choice(
        {
            "a": "the left one: it is on the left of the picture",
            "b": "the right one: columns grow towards the patient's left, as the letters at the edges say",
            "c": "the right one: pictures are always mirrored",
            "d": "nobody can tell from the file",
        }
    ),
    minutes=2,
    hints=(
        "Look at the letters at the left and right edges of the axial picture.",
        '`ct.meta["orientation"]` is (S, P, L): the column index grows towards L.',
        "The nodule has a low column, so it is far from L. But is that a rule for all pictures?",
    ),
    worked='which_side = "b"',
    reason=(
        "The columns grow towards L, the patient's left, so a low column is on the right. The file says so; "
        "it need not be so in every file."
    ),
    right=('"B"', '"(b)"', '("b",)'),
    mistakes=(
        Mistake(
            "the viewer's left",
            '"a"',
            "Left on the screen is your left, not the patient's. You face the patient.",
            "Which letter stands at the left edge of the picture?",
        ),
        Mistake(
            "right for a wrong reason",
            '"c"',
            (
                "The side is right, the reason is dangerous: research files are often the other way round, "
                "and a flipped array looks the same."
            ),
            "Which entry of `ct.meta` tells it?",
        ),
        Mistake(
            "overlooked the orientation",
            '"d"',
            "A DICOM file does say how its rows and columns lie in the patient.",
            'Look at `ct.meta["orientation"]`.',
        ),
    ),
    further="The synthetic chest has its heart on its left, as most people do: a check that costs one look.",
)

head_up = Exercise(
    lesson,
    "head_up",
    title="The right way up",
    question=(
        "Draw the coronal plane through the nodule, `ct[:, 88]`, in axes `ax`: in grey, from -1000 to 300, "
        "with the head at the top, and with labels on both axes (`column` and `plane` will do). Do not turn "
        "the array over: let `imshow` begin at the bottom. (`aspect=2` makes the proportions true; "
        "chapter 3 tells why.)"
    ),
    kind=Figure(("picture", "cmap", "vmin", "vmax", "rows_down", "xlabel", "ylabel")),
    variable="ax",
    minutes=5,
    hints=(
        "imshow puts row 0 at the top unless you say otherwise. Here row 0 is the lowest plane.",
        'The argument is called `origin`; `origin="lower"` puts row 0 at the bottom.',
        'ax.imshow(ct[:, 88], cmap="gray", vmin=-1000, vmax=300, origin="lower", aspect=2), then the labels.',
    ),
    worked="""
        fig, ax = plt.subplots()
        ax.imshow(ct[:, 88], cmap="gray", vmin=-1000, vmax=300, origin="lower", aspect=2)
        ax.set(xlabel="column", ylabel="plane")
    """,
    reason=(
        "The planes grow towards the head (S), and imshow counts rows downwards. With the origin at the "
        "bottom the head is up, and the numbers along the edge still are the plane indices."
    ),
    right=(
        """
ax = plt.figure().add_subplot(xlabel="col", ylabel="pln")
ax.imshow(np.asarray(ct)[:, 88, :], cmap="grey", clim=(-1000, 300), origin="lower")
""",
        """
plt.imshow(ct[:, 88], cmap="gray", vmin=-1000, vmax=300)
plt.gca().invert_yaxis()
plt.xlabel("to the left")
plt.ylabel("to the head")
ax = plt.gca()
""",
    ),
    mistakes=(
        Mistake(
            "flipped the array",
            (
                'fig, ax = plt.subplots()\nax.imshow(ct[::-1, 88], cmap="gray", vmin=-1000, vmax=300)\n'
                'ax.set(xlabel="column", ylabel="plane")'
            ),
            (
                "The head is up, but you turned the array over: the axis now counts planes from the top, "
                "and 24 stands where plane 55 is."
            ),
            "Leave the array as it is and tell imshow where to begin.",
        ),
        Mistake(
            "head down",
            (
                'fig, ax = plt.subplots()\nax.imshow(ct[:, 88], cmap="gray", vmin=-1000, vmax=300)\n'
                'ax.set(xlabel="column", ylabel="plane")'
            ),
            "The head is down: imshow begins at the top, and plane 0 is the lowest.",
            "Which argument of imshow moves the origin?",
        ),
        Mistake(
            "cut along another axis",
            (
                'fig, ax = plt.subplots()\nax.imshow(ct[:, :, 88], cmap="gray", vmin=-1000, vmax=300, '
                'origin="lower")\nax.set(xlabel="column", ylabel="plane")'
            ),
            "You cut at a column: that is a sagittal plane, seen from the side.",
            "The row is the second index: `ct[:, 88]`.",
        ),
        Mistake(
            "no limits",
            (
                'fig, ax = plt.subplots()\nax.imshow(ct[:, 88], cmap="gray", origin="lower")\n'
                'ax.set(xlabel="column", ylabel="plane")'
            ),
            "Without limits imshow takes the lowest and highest value of this plane.",
            "Add `vmin=-1000, vmax=300`.",
        ),
        Mistake(
            "axes without labels",
            (
                "fig, ax = plt.subplots()\n"
                'ax.imshow(ct[:, 88], cmap="gray", vmin=-1000, vmax=300, origin="lower")'
            ),
            "The picture is right, but nobody can tell what is counted along the edges.",
            '`ax.set(xlabel="column", ylabel="plane")`',
        ),
    ),
    further="The columns still grow to the patient's left: you look at the patient face to face.",
)


def _lesion(rng: np.random.Generator) -> tuple[Any, ...]:
    mask = np.zeros((14, 20, 24), bool)
    pln, row, col = (int(n) for n in rng.integers(2, 7, 3))
    mask[pln : pln + 4, row : row + 6, col : col + 9] = rng.random((4, 6, 9)) < 0.4
    mask[pln, row : row + 5, col : col + 3] = True
    sampling = tuple(
        float(n) for n in (rng.choice([2.5, 3.0, 5.0]), rng.choice([0.6, 0.8]), rng.choice([0.9, 1.1]))
    )
    down = float(rng.choice([-1, 1]))
    affine = np.zeros((4, 4))
    affine[[2, 1, 0], [0, 1, 2]] = np.array(sampling) * (down, 1, 1)
    affine[:, 3] = [*rng.uniform(40, 150, 3).round(1), 1]
    return mask, sampling, affine


_REPORT = """
def lesion_report(mask, sampling, affine):
    volume = mask.sum() * np.prod(sampling) / 1000
    x, y, z = (affine @ [*np.argwhere(mask).mean(axis=0), 1])[:3]
    return {}
"""

lesion_report = Exercise(
    lesson,
    "lesion_report",
    title="A report that another hospital can use",
    question=(
        "Write `lesion_report(mask, sampling, affine)`. `mask` is True at the voxels of a lesion. Return "
        "four numbers: its volume in ml (1 ml = 1000 mm³), and the patient position of its middle: x, y, z "
        "in mm, LPS. The middle is the mean of the indices of its voxels. To within 0.01."
    ),
    kind=Function(
        "(np.asarray(labels)[50:60, 75:100, 60:90] == 10, labels.sampling, "
        "labels[50:60, 75:100, 60:90].meta['affine'])",
        _lesion,
        Array(tolerance=0.01),
    ),
    start="def lesion_report(mask, sampling, affine):\n    ...",
    label="chapter project",
    minutes=20,
    hints=(
        (
            "Two parts: the volume is a number of voxels times the space of one; the middle is a point that "
            "must pass through the affine."
        ),
        "`np.argwhere(mask)` lists the (plane, row, column) of each voxel; `.mean(axis=0)` is their middle.",
        "`biomedlab.geometry.patient_position(middle, affine)` gives x, y, z. Return all four in one list.",
    ),
    worked="""
        def lesion_report(mask, sampling, affine):
            volume = np.sum(mask) * np.prod(sampling) / 1000
            middle = np.argwhere(mask).mean(axis=0)
            x, y, z = biomedlab.geometry.patient_position(middle, affine)
            return [volume, x, y, z]
    """,
    reason=(
        "Sampling turns a count into a volume, and the affine turns an index into a place in the patient, "
        "wherever the volume begins and whichever way its axes grow."
    ),
    right=(
        _REPORT.format("np.array([volume, x, y, z])"),
        """
def lesion_report(mask, sampling, affine):
    ml = biomedlab.geometry.voxel_volume(sampling) * np.count_nonzero(mask) / 1e3
    index = np.array([*(places.mean() for places in np.nonzero(mask)), 1.0])
    return ml, *(np.asarray(affine) @ index)[:3]
""",
    ),
    mistakes=(
        Mistake(
            "mm³ instead of ml",
            _REPORT.format("[1000 * volume, x, y, z]"),
            "The volume is in mm³.",
            "A ml is 1000 mm³.",
        ),
        Mistake(
            "RAS instead of LPS",
            _REPORT.format("[volume, -x, -y, z]"),
            "Your x and y have the other sign: this is RAS, as NIfTI counts.",
            "`affine` gives LPS already; change no sign.",
        ),
        Mistake(
            "index times sampling",
            _REPORT.format("[volume, *(np.argwhere(mask).mean(axis=0) * sampling)]"),
            (
                "Index times sampling counts mm from the corner of the volume, plane first. Another scan of "
                "the same patient has its corner elsewhere."
            ),
            "The affine takes an index to a place in the patient.",
        ),
        Mistake(
            "index reversed",
            _REPORT.format(
                "[volume, *(affine @ [*np.argwhere(mask).mean(axis=0)[::-1], 1])[:3]]",
            ),
            "You handed the affine (column, row, plane).",
            "Indices stay in the order of the axes; only what comes out is x, y, z.",
        ),
        Mistake(
            "the origin left out",
            _REPORT.format("[volume, *(affine[:3, :3] @ np.argwhere(mask).mean(axis=0))]"),
            "You left out the last column of the affine: where the volume begins.",
            "Put a 1 behind the three indices: `affine @ [pln, row, col, 1]`.",
        ),
        Mistake(
            "middle of the box",
            _REPORT.format(
                "[volume, *(affine @ [*np.argwhere(mask).min(axis=0) / 2 "
                "+ np.argwhere(mask).max(axis=0) / 2, 1])[:3]]"
            ),
            "This is the middle of the box around the lesion.",
            "Take the mean of the indices of all its voxels.",
        ),
        Mistake(
            "voxels instead of mm³",
            _REPORT.format("[mask.sum() / 1000, x, y, z]"),
            "You counted voxels as if each were 1 mm³.",
            "Multiply by the space of one voxel, `np.prod(sampling)`.",
        ),
    ),
    further=(
        "For the nodule of this chapter it says 1.36 ml at (-74.0, 6.0, -73.9) mm: right (x below 0), and "
        "within 0.2 mm of the calculated truth."
    ),
)
