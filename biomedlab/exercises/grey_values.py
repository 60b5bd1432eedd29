"""Exercises of chapter 4, lessons 4.1 to 4.5: data types, histograms, percentiles and equalization."""

from typing import Any

import numpy as np

from biomedlab.exercises.chapter_4 import lesson
from biomedlab.exercises.exercise import Exercise, Mistake
from biomedlab.exercises.figures import Figure
from biomedlab.exercises.functions import Function
from biomedlab.exercises.kinds import Array, Choice, Number, Place

memory = Exercise(
    lesson,
    "memory",
    title="How much memory?",
    question=(
        "`ct` is the CT of a chest, 80 planes of 184 x 256 voxels, each an `int16`. How many megabytes (MB, "
        "1,000,000 bytes) does it take in memory? To within 0.01 MB."
    ),
    kind=Number(unit="MB", tolerance=0.01),
    minutes=2,
    hints=(
        "How many voxels are there, and how many bytes does an `int16` take?",
        "Two bytes each. An array also knows by itself how many bytes it takes: `.nbytes`.",
        "`ct.nbytes` divided by a million.",
    ),
    worked="memory = ct.nbytes / 1_000_000",
    reason=(
        "`.nbytes` is the number of elements times the bytes of each: 3,768,320 voxels x 2 bytes. `.size` is "
        "the number of elements only."
    ),
    right=("ct.size * ct.itemsize / 1e6", "80 * 184 * 256 * 2 / 1e6", "[7.54]"),
    mistakes=(
        Mistake(
            "elements for bytes",
            "ct.size / 1e6",
            "This is the number of voxels in millions: `.size` counts elements, not bytes.",
            "How many bytes does each of them take? `ct.nbytes` knows.",
        ),
        Mistake(
            "bytes, not megabytes",
            "ct.nbytes",
            "This is the number of bytes.",
            "A megabyte has 1,000,000 of them: divide.",
        ),
        Mistake(
            "counted in 1024s",
            "ct.nbytes / 1024**2",
            "You divided by 1024 x 1024, which gives mebibytes (MiB). Many programs do so.",
            "Here a megabyte has 1,000,000 bytes.",
        ),
        Mistake(
            "bits for bytes",
            "ct.size * 16 / 1e6",
            "This is the number of bits. The 16 in int16 counts bits.",
            "A byte has 8 bits.",
        ),
        Mistake(
            "eight bytes each",
            "ct.size * 8 / 1e6",
            "You counted 8 bytes for each voxel, as a float64 takes.",
            "`ct.dtype` is int16: 16 bits.",
        ),
        Mistake(
            "one plane only",
            "ct[0].nbytes / 1e6",
            "This is one plane of the volume.",
            "All 80 planes are asked for: `ct`, without an index.",
        ),
    ),
    further="As float64, which many functions return, the same volume takes four times as much.",
)

average = Exercise(
    lesson,
    "average",
    title="The mean of two pictures",
    question=(
        "Decide first, then try it in a new cell. Two x-rays `one` and `other` of the same patient are "
        "`uint8`. To reduce the noise you take their mean, `(one + other) / 2`. In some pixel, `one` is "
        "200 and `other` is 100. What is the mean there?"
    ),
    kind=Choice(
        {
            "a": "150.0",
            "b": "22.0",
            "c": "127.5, half of the largest value of a uint8",
            "d": "there is none: Python raises an error",
        }
    ),
    label="predict, then run",
    minutes=2,
    hints=(
        "Python adds first and divides afterwards. Which type does `one + other` have?",
        "The sum would be 300. What does a uint8 make of that?",
        "300 - 256 = 44. And then it is divided by 2.",
    ),
    worked='average = "b"',
    reason=(
        "The sum of two uint8 arrays is a uint8 array, and 300 wraps round to 44. The division comes too "
        "late: it makes 22.0 of it, a float."
    ),
    right=('"B"', '"22.0"', '["b"]'),
    mistakes=(
        Mistake(
            "no wrapping round",
            '"a"',
            "That would be so with plain Python numbers; these are bytes.",
            "`one + other` is computed first, and is a uint8 again. Can it hold 300?",
        ),
        Mistake(
            "stops at the end",
            '"c"',
            "That would be so if 300 stopped at 255. A uint8 does not stop, it wraps round.",
            "What follows after 255, when one counts on?",
        ),
        Mistake(
            "expects an error",
            '"d"',
            "That would be kind of it. numpy raises for a single number that does not fit, as in `image +"
            " 300`; between two arrays it says nothing.",
            "What follows after 255, when one counts on?",
        ),
    ),
    further=(
        "`one.astype(float)` before the sum mends it; so does `np.mean([one, other], axis=0)`, which adds up "
        "in float."
    ),
)

show_difference = Exercise(
    lesson,
    "show_difference",
    title="Left against right",
    question=(
        "How does the head differ from its mirror image? Draw `head` minus `head[:, ::-1]` in axes `ax`,"
        ' with the right numbers, negative ones too: colour map `"PuOr"`, limits -100 and 100, a colour '
        'bar, and `origin="lower"`, so that the head is up.'
    ),
    kind=Figure(("picture", "cmap", "vmin", "vmax", "rows_down", "colorbar")),
    variable="ax",
    start="ax = ...  # begin with: fig, ax = plt.subplots()",
    minutes=6,
    hints=(
        "`head` is uint8, and a difference may be negative. Convert first: `head.astype(int)`.",
        (
            "`shown = ax.imshow(difference, cmap=..., vmin=..., vmax=..., origin=...)` gives the picture "
            "a name; `fig.colorbar(shown)` draws the bar for it."
        ),
        "`difference = head.astype(int) - head[:, ::-1]`, and everything else as in the figure above.",
    ),
    worked="""
        difference = head.astype(int) - head[:, ::-1]
        fig, ax = plt.subplots(figsize=(4, 3.4))
        shown = ax.imshow(difference, cmap="PuOr", vmin=-100, vmax=100, origin="lower")
        fig.colorbar(shown, label="grey levels")
    """,
    reason=(
        "The types must be changed before the subtraction. With limits of the same size, 0 is the white "
        "in the middle of the colours, and the colour bar says how much an orange is."
    ),
    right=(
        """
fig, ax = plt.subplots()
plt.colorbar(ax.imshow(np.asarray(head, float) - np.asarray(head, float)[:, ::-1], cmap="PuOr",
                       clim=(-100, 100), origin="lower"), ax=ax)
""",
        """
ax = plt.figure().add_subplot()
a = head.astype(np.int16)
ax.figure.colorbar(ax.imshow(a - np.fliplr(a), "PuOr", vmin=-100, vmax=100, origin="lower"))
""",
    ),
    mistakes=(
        Mistake(
            "wrapped round",
            """
fig, ax = plt.subplots()
shown = ax.imshow(head - head[:, ::-1], cmap="PuOr", vmin=-100, vmax=100, origin="lower")
fig.colorbar(shown)
""",
            "Your difference wraps round: it is a uint8, which has no negative numbers.",
            "Convert before you subtract: `head.astype(int) - ...`.",
        ),
        Mistake(
            "a byte with a sign",
            """
fig, ax = plt.subplots()
difference = head.astype(np.int8) - head[:, ::-1].astype(np.int8)
shown = ax.imshow(difference, cmap="PuOr", vmin=-100, vmax=100, origin="lower")
fig.colorbar(shown)
""",
            "Your difference is an int8, from -128 to 127. Some differences are larger, and wrap round.",
            "`head.astype(int)`, or `np.int16`, before you subtract.",
        ),
        Mistake(
            "one of them a byte with a sign",
            """
fig, ax = plt.subplots()
difference = head.astype(np.int8) - head[:, ::-1]
shown = ax.imshow(difference, cmap="PuOr", vmin=-100, vmax=100, origin="lower")
fig.colorbar(shown)
""",
            "You made the head an int8, which ends at 127: its brighter pixels have wrapped round.",
            "`head.astype(int)`, or `np.int16`, holds all of them.",
        ),
        Mistake(
            "without the sign",
            """
fig, ax = plt.subplots()
shown = ax.imshow(abs(head.astype(int) - head[:, ::-1]), cmap="PuOr", vmin=-100, vmax=100, origin="lower")
fig.colorbar(shown)
""",
            "You took the absolute value: where the head is darker than its mirror image cannot be seen.",
            "Leave `abs` out.",
        ),
        Mistake(
            "turned round",
            """
fig, ax = plt.subplots()
shown = ax.imshow(head[:, ::-1].astype(int) - head, cmap="PuOr", vmin=-100, vmax=100, origin="lower")
fig.colorbar(shown)
""",
            "You subtracted the head from its mirror image: every sign is turned round.",
            "`head` minus `head[:, ::-1]`.",
        ),
        Mistake(
            "no colour bar",
            """
fig, ax = plt.subplots()
ax.imshow(head.astype(int) - head[:, ::-1], cmap="PuOr", vmin=-100, vmax=100, origin="lower")
""",
            "The colour bar is missing: nobody can tell how much an orange is.",
            "`fig.colorbar(shown)`, where `shown` is what `ax.imshow` returned.",
        ),
        Mistake(
            "limits left to matplotlib",
            """
fig, ax = plt.subplots()
shown = ax.imshow(head.astype(int) - head[:, ::-1], cmap="PuOr", origin="lower")
fig.colorbar(shown)
""",
            "You left the limits to matplotlib, which takes the lowest and the highest number that occur.",
            "`vmin=-100, vmax=100`: then 0 is in the middle in every picture.",
        ),
        Mistake(
            "other colours",
            """
fig, ax = plt.subplots()
shown = ax.imshow(head.astype(int) - head[:, ::-1], cmap="gray", vmin=-100, vmax=100, origin="lower")
fig.colorbar(shown)
""",
            "In grey it is hard to see on which side of 0 a pixel is.",
            '`cmap="PuOr"`: purple and orange with white in the middle.',
        ),
        Mistake(
            "upside down",
            """
fig, ax = plt.subplots()
shown = ax.imshow(head.astype(int) - head[:, ::-1], cmap="PuOr", vmin=-100, vmax=100)
fig.colorbar(shown)
""",
            "The head stands on its crown: its rows count from the neck up, and imshow begins at the top.",
            '`origin="lower"`',
        ),
    ),
    further=(
        "A picture of differences needs limits of the same size on both sides of 0, or its white lies "
        "somewhere else."
    ),
)


def _two_pictures(rng: np.random.Generator) -> tuple[Any, ...]:
    # The darker one first: a difference without its absolute value is not that of the means with it.
    return tuple(sorted((rng.integers(0, 256, (20, 30), dtype=np.uint8) for _ in range(2)), key=np.mean))


mean_difference = Exercise(
    lesson,
    "mean_difference",
    title="How different are two pictures?",
    question=(
        "The mean absolute difference is a common measure of how unlike two pictures are: the mean, over all "
        "pixels, of how far the two values are apart. For two random pictures it should be about 85. The "
        "function below gives about 127, whatever the pictures are. Mend it. (Both are `uint8`.)"
    ),
    kind=Function("(np.asarray(head), np.asarray(head[:, ::-1]))", _two_pictures, Number(tolerance=0.01)),
    start="""
        def mean_difference(one, other):
            return np.abs(one - other).mean()
    """,
    label="tie it together: find the mistake",
    minutes=5,
    hints=(
        "What is `one - other` where `one` is 10 and `other` is 20? `np.abs` comes after that.",
        "The difference has to be computed in a type that has negative numbers.",
        "`one.astype(int) - other`: one of the two is enough, the result is an int.",
    ),
    worked="""
        def mean_difference(one, other):
            return np.abs(one.astype(int) - other).mean()
    """,
    reason=(
        "10 - 20 is 246 in uint8, and the absolute value of 246 is 246. Converted before the subtraction,"
        " the difference is -10 and its absolute value 10."
    ),
    right=(
        "lambda one, other: np.mean(np.abs(one.astype(float) - other.astype(float)))",
        "lambda one, other: float(np.mean(np.maximum(one, other) - np.minimum(one, other)))",
        "lambda one, other: [np.abs(np.subtract(one, other, dtype=np.int16)).mean()]",
    ),
    mistakes=(
        Mistake(
            "converted too late",
            "lambda one, other: np.abs((one - other).astype(int)).mean()",
            "You convert the difference, but it has wrapped round by then.",
            "Convert one of the pictures before the minus sign.",
        ),
        Mistake(
            "one byte with a sign",
            "lambda one, other: np.abs(one.astype(np.int8) - other.astype(np.int8)).mean()",
            "int8 has negative numbers, but ends at 127: the upper half of your values does not fit.",
            "`int` or `np.int16` holds all of them.",
        ),
        Mistake(
            "without the absolute value",
            "lambda one, other: (one.astype(int) - other).mean()",
            "The subtraction is right now, but up and down cancel each other.",
            "Keep `np.abs` around the difference.",
        ),
        Mistake(
            "the largest, not the mean",
            "lambda one, other: np.abs(one.astype(int) - other).max()",
            "This is the largest difference.",
            "The mean over all pixels: `.mean()`.",
        ),
        Mistake(
            "squared differences",
            "lambda one, other: np.sqrt(((one.astype(float) - other) ** 2).mean())",
            "This is the root mean square difference, another measure: it counts large differences more.",
            "The mean of the absolute values, `np.abs`.",
        ),
        Mistake(
            "difference of the means",
            "lambda one, other: abs(one.mean() - other.mean())",
            "You compare the means: two very different pictures may have the same mean.",
            "Subtract pixel by pixel first; take the mean at the end.",
        ),
    ),
    further=(
        "Errors like this one are found by a test with a known answer: the difference of 10 and 20 must "
        "be 10, in whichever order."
    ),
)

left_out = Exercise(
    lesson,
    "left_out",
    title="What the histogram leaves out",
    question=(
        "`ndi.histogram(plane, min=0, max=255, bins=256)` was written for 8 bits. Here `plane` is "
        "`ct[40]`, in Hounsfield units. Which percentage of its pixels does this histogram leave out? To "
        "within 0.1 %."
    ),
    kind=Number(unit="%", tolerance=0.1),
    minutes=4,
    hints=(
        "Every pixel that is counted is counted once. What is the sum of the histogram?",
        "`hist.sum()` pixels are counted, out of `plane.size`.",
        "`100 * (1 - hist.sum() / plane.size)`",
    ),
    worked="""
        plane = np.asarray(ct[40])
        hist = ndi.histogram(plane, min=0, max=255, bins=256)
        left_out = 100 * (1 - hist.sum() / plane.size)
    """,
    reason=(
        "Whatever lies outside min to max is dropped without a word, so the sum of the histogram falls short "
        "of the number of pixels. Here that is all air, lung and fat below 0, and all bone above 255."
    ),
    right=("100 * np.mean((ct[40] < 0) | (ct[40] > 255))", "85.6", "np.array([85.64])"),
    mistakes=(
        Mistake(
            "what is counted",
            "100 * np.mean((ct[40] >= 0) & (ct[40] <= 255))",
            "This is the percentage that is counted.",
            "The rest is asked for: 100 minus this.",
        ),
        Mistake(
            "a share, not a percentage",
            "np.mean((ct[40] < 0) | (ct[40] > 255))",
            "This is the share, from 0 to 1.",
            "Times 100.",
        ),
        Mistake(
            "a number of pixels",
            "np.sum((ct[40] < 0) | (ct[40] > 255))",
            "This is how many pixels are left out.",
            "Divide by the number of all pixels, `ct[40].size`, and take it times 100.",
        ),
        Mistake(
            "the negative ones only",
            "100 * np.mean(ct[40] < 0)",
            "You counted what is below 0. What is above 255 is left out, too.",
            "The sum of the histogram knows both.",
        ),
        Mistake(
            "the bright ones only",
            "100 * np.mean(ct[40] > 255)",
            "You counted what is above 255. What is below 0 is left out, too.",
            "The sum of the histogram knows both.",
        ),
        Mistake(
            "the whole volume",
            "100 * np.mean((ct < 0) | (ct > 255))",
            "This is right for the whole volume.",
            "One plane is asked for, `ct[40]`.",
        ),
    ),
    further="A cheap test that belongs after every histogram: `hist.sum() == image.size`.",
)

between_the_tissues = Exercise(
    lesson,
    "between_the_tissues",
    title="Between grey and white matter",
    question=(
        "The histogram in the view above has two hills: grey matter and white matter. Between them lies a"
        " valley. Drag the slider *Share below* (or click on it and press the arrow keys) until its line "
        "stands in the deepest part of the valley, then run the cell below: it reads the line's value "
        "from the view. (4 grey levels to either side are fine.)"
    ),
    kind=Place({"level": 4}, start={"level": 32}, bounds={"level": (76, 98, 110, 128)}),
    variable="explorer",
    start="explorer",
    minutes=3,
    hints=(
        (
            "The left hill is grey matter, which is darker on this MRI; the right one, narrow and high, "
            "is white matter."
        ),
        "The hills have their tops near 88 and near 118.",
        "Try 104.",
    ),
    worked="explorer.level = 104",
    reason=(
        "The counts fall from the hill of grey matter (88) to some 67 at 104, then rise to that of white "
        "matter (118). A value in the valley parts the two with the fewest pixels in doubt."
    ),
    right=("SimpleNamespace(level=101.0)", "SimpleNamespace(level=107)"),
    mistakes=(
        Mistake(
            "on the grey matter's hill",
            "SimpleNamespace(level=88.0)",
            "This is the hill of grey matter.",
            "Go to the right, down the hill.",
        ),
        Mistake(
            "on the white matter's hill",
            "SimpleNamespace(level=118.0)",
            "This is the hill of white matter.",
            "Go to the left, down the hill.",
        ),
        Mistake(
            "left of both",
            "SimpleNamespace(level=60.0)",
            "Left of both hills are the few pixels with fluid.",
            "The valley lies between the two hills.",
        ),
        Mistake(
            "right of both",
            "SimpleNamespace(level=150.0)",
            "Right of both hills the brain has no pixels at all.",
            "The valley lies between the two hills.",
        ),
    ),
    further=(
        "The line says some 60 %: so much of the brain in this slice is darker than the valley, grey "
        "matter and fluid. `biomedlab.masks.otsu` looks for such a valley by itself."
    ),
)


def _image_and_range(rng: np.random.Generator) -> tuple[Any, ...]:
    image = rng.integers(-300, 300, (30, 40), dtype=np.int16)
    return image, int(rng.integers(-200, -50)), int(rng.integers(50, 200))


count_values = Exercise(
    lesson,
    "count_values",
    title="A histogram for Hounsfield units",
    question=(
        "Write `count_values(image, low, high)`. It gets an image of whole numbers, negative ones too, "
        "and returns how many pixels have the value `low`, `low + 1`, and so on up to `high`, both ends "
        "included. Other pixels are not counted."
    ),
    kind=Function("(np.asarray(ct[40]), -1024, 255)", _image_and_range),
    start="def count_values(image, low, high):\n    ...",
    label="tie it together",
    minutes=8,
    hints=(
        "`ndi.histogram` does it, if you choose the bins so that each holds one whole number.",
        "How many whole numbers are there from `low` to `high`, both included? From -1 to 1 there are three.",
        "`ndi.histogram(image, low - 0.5, high + 0.5, high - low + 1)`",
    ),
    worked="""
        def count_values(image, low, high):
            return ndi.histogram(image, min=low - 0.5, max=high + 0.5, bins=high - low + 1)
    """,
    reason=(
        "high - low + 1 bins, each 1 wide and with its whole number in the middle: so nothing depends on the "
        "edge of a bin."
    ),
    right=(
        "lambda image, low, high: biomedlab.intensity.histogram(image, min=low, max=high).hist",
        "lambda image, low, high: ndi.histogram(image, low, high, high - low + 1)",
        "lambda image, low, high: [int(np.sum(image == value)) for value in range(low, high + 1)]",
        """
def count_values(image, low, high):
    inside = image[(image >= low) & (image <= high)]
    return np.bincount(inside.astype(int) - low, minlength=high - low + 1)
""",
    ),
    mistakes=(
        Mistake(
            "the last value left out",
            "lambda image, low, high: [int(np.sum(image == value)) for value in range(low, high)]",
            "The last value is missing: a range ends before its end.",
            "`high` counts, too: `high + 1`.",
        ),
        Mistake(
            "two values in one bin",
            "lambda image, low, high: ndi.histogram(image, low, high, high - low)",
            "You have one bin too few: the last one holds two values.",
            "From `low` to `high`, both included, there are high - low + 1 whole numbers.",
        ),
        Mistake(
            "made for 8 bits",
            "lambda image, low, high: ndi.histogram(image, 0, 255, 256)",
            "You count 0 to 255, whatever `low` and `high` are.",
            "Let `min`, `max` and `bins` follow from `low` and `high`.",
        ),
        Mistake(
            "always 256 bins",
            "lambda image, low, high: ndi.histogram(image, low, high, 256)",
            "Your range is right, but it always has 256 bins.",
            "As many bins as there are whole numbers from `low` to `high`.",
        ),
        Mistake(
            "moved to the ends",
            "lambda image, low, high: ndi.histogram(np.clip(image, low, high), low, high, high - low + 1)",
            "You moved what lies outside to the first and the last bin.",
            "Leave out what lies outside: ndi.histogram does so by itself.",
        ),
        Mistake(
            "shares, not numbers",
            "lambda image, low, high: ndi.histogram(image, low, high, high - low + 1) / image.size",
            "These are shares of all pixels.",
            "Return the numbers of pixels themselves.",
        ),
        Mistake(
            "running sum",
            "lambda image, low, high: ndi.histogram(image, low, high, high - low + 1).cumsum()",
            "You added the counts up.",
            "Leave `cumsum` out; it is the next lesson's.",
        ),
    ),
    further=(
        "`biomedlab.intensity.histogram` chooses such bins by itself: for whole numbers it takes one for "
        "each."
    ),
)

share_within = Exercise(
    lesson,
    "share_within",
    title="How much lies between?",
    question=(
        "Which percentage of the pixels of `head` has a value from 50 to 100, both ends included? Use the"
        " `cdf` of the cell above. To within 0.02 %."
    ),
    kind=Number(unit="%", tolerance=0.02),
    minutes=4,
    hints=(
        "`cdf[100]` is the share of pixels that are 100 or less. Which of these do not belong?",
        "Those that are 49 or less do not belong: `cdf[49]`.",
        "`100 * (cdf[100] - cdf[49])`",
    ),
    worked="""
        hist = ndi.histogram(np.asarray(head), min=0, max=255, bins=256)
        cdf = hist.cumsum() / hist.sum()
        share_within = 100 * (cdf[100] - cdf[49])
    """,
    reason=(
        "Up to 100, less what is up to 49. With cdf[50] the pixels that are exactly 50 would be taken "
        "away as well."
    ),
    right=(
        "100 * np.mean((head >= 50) & (head <= 100))",
        "100 * np.count_nonzero((head > 49) & (head < 101)) / head.size",
    ),
    mistakes=(
        Mistake(
            "50 left out",
            "100 * np.mean((head > 50) & (head <= 100))",
            "The pixels that are exactly 50 are missing: cdf[50] counts them as below.",
            "What must be taken away is what is 49 or less.",
        ),
        Mistake(
            "100 left out",
            "100 * np.mean((head >= 50) & (head < 100))",
            "The pixels that are exactly 100 are missing.",
            "cdf[100] counts what is 100 or less.",
        ),
        Mistake(
            "both ends left out",
            "100 * np.mean((head > 50) & (head < 100))",
            "The pixels that are exactly 50 or exactly 100 are missing.",
            "Both ends are included: cdf[100] and cdf[49].",
        ),
        Mistake(
            "a share, not a percentage",
            "np.mean((head >= 50) & (head <= 100))",
            "This is the share, from 0 to 1.",
            "Times 100.",
        ),
        Mistake(
            "everything up to 100",
            "100 * np.mean(head <= 100)",
            "This is everything up to 100, the background with it.",
            "Take away what is below 50.",
        ),
        Mistake(
            "a number of pixels",
            "np.sum((head >= 50) & (head <= 100))",
            "This is how many pixels there are.",
            "Divide by the number of all pixels, and take it times 100.",
        ),
    ),
    further="Two numbers of the CDF answer it, for any range, without looking at the picture again.",
)


def _picture_and_percent(rng: np.random.Generator) -> tuple[Any, ...]:
    picture = np.clip(np.rint(rng.normal(100, 15, (50, 60))), 0, 250).astype(np.uint8)
    picture[tuple(rng.integers(0, 50, 2))] = 255
    return picture, int(rng.integers(4, 12))


robust_limits = Exercise(
    lesson,
    "robust_limits",
    title="Limits that no hot pixel can move",
    question=(
        "Write `robust_limits(image, percent)` that returns two numbers, `vmin` and `vmax`, so that "
        "`percent` percent of the pixels are darker than `vmin` and as many are brighter than `vmax`. "
        "(Within 1 grey level: there are several ways to find a percentile between two pixels.)"
    ),
    kind=Function("(nuclei, 5)", _picture_and_percent, Array(tolerance=1.0)),
    start="def robust_limits(image, percent):\n    ...",
    label="tie it together",
    minutes=6,
    hints=(
        "`vmin` is a percentile of the image. Which one? And `vmax`?",
        "`np.percentile(image, 5)` has 5 % of the pixels below it. For 5 % above it, take the 95th.",
        "`np.percentile(image, [percent, 100 - percent])`",
    ),
    worked="""
        def robust_limits(image, percent):
            return np.percentile(image, [percent, 100 - percent])
    """,
    reason=(
        "A percentile depends on how many pixels lie below it, not on how far away they are: one hot pixel "
        "moves it by next to nothing."
    ),
    right=(
        "lambda image, percent: biomedlab.intensity.percentile_limits(image, percent, 100 - percent)",
        """
def robust_limits(image, percent):
    cdf = np.bincount(image.ravel()).cumsum() / image.size
    return np.searchsorted(cdf, [percent / 100, 1 - percent / 100])
""",
        """
def robust_limits(image, percent):
    in_order = sorted(image.ravel().tolist())
    few = round(len(in_order) * percent / 100)
    return in_order[few], in_order[-few - 1]
""",
    ),
    mistakes=(
        Mistake(
            "lowest and highest",
            "lambda image, percent: (image.min(), image.max())",
            "These are the lowest and the highest value: one hot pixel moves them.",
            "`np.percentile`",
        ),
        Mistake(
            "a share for a percentage",
            "lambda image, percent: np.percentile(image, [percent / 100, 100 - percent / 100])",
            "You divided by 100, but `np.percentile` wants percentages: 5, not 0.05.",
            "`np.quantile` is the one that wants shares.",
        ),
        Mistake(
            "half at each end",
            "lambda image, percent: np.percentile(image, [percent / 2, 100 - percent / 2])",
            "You leave out half of `percent` at each end.",
            "`percent` percent at each of the two ends.",
        ),
        Mistake(
            "one end only",
            "lambda image, percent: (image.min(), np.percentile(image, 100 - percent))",
            "You cut at the bright end only.",
            "`vmin` is a percentile, too.",
        ),
        Mistake(
            "brightest first",
            "lambda image, percent: np.percentile(image, [100 - percent, percent])",
            "You return vmax first.",
            "First `vmin`, then `vmax`.",
        ),
        Mistake(
            "percent of the range",
            """
def robust_limits(image, percent):
    low, high = float(image.min()), float(image.max())
    return low + percent / 100 * (high - low), high - percent / 100 * (high - low)
""",
            "You took `percent` percent of the range of values, so a hot pixel still moves both.",
            "Count pixels, not grey levels: `np.percentile`.",
        ),
    ),
    further="The views of this course choose their first window like this, from 0.1 % and 99.9 %.",
)

by_hand = Exercise(
    lesson,
    "by_hand",
    title="Equalize six pixels",
    question=(
        "By hand, or with a line or two: equalize the picture `[[10, 10, 20], [20, 20, 200]]` by the formula "
        "above, `cdf[im] * 255`. Give the new picture as a list of lists or an array, to within 0.5."
    ),
    kind=Array(tolerance=0.5),
    minutes=4,
    hints=(
        "What share of the six pixels is 10 or less? That, times 255, is the new value of each 10.",
        "10: 2 of 6. 20: 5 of 6, since the tens are not above 20 either. 200: 6 of 6.",
        "2 / 6 * 255 = 85, 5 / 6 * 255 = 212.5, and 255: put them where the 10s, the 20s and the 200 were.",
    ),
    worked="""
        im = np.array([[10, 10, 20], [20, 20, 200]])
        hist = ndi.histogram(im, min=0, max=255, bins=256)
        cdf = hist.cumsum() / hist.sum()
        by_hand = cdf[im] * 255
    """,
    reason=(
        "Every value becomes the share of pixels that are not above it, times 255. That 200 is far from 20 "
        "does not matter: only the order and the numbers of pixels count."
    ),
    right=(
        "[[85, 85, 212], [213, 212.5, 255]]",
        "biomedlab.intensity.equalize(np.array([[10, 10, 20], [20, 20, 200]]))",
        "255 * np.array([[2, 2, 5], [5, 5, 6]]) / 6",
    ),
    mistakes=(
        Mistake(
            "shares, not grey levels",
            "np.array([[2, 2, 5], [5, 5, 6]]) / 6",
            "These are the shares, from 0 to 1.",
            "Times 255.",
        ),
        Mistake(
            "each value by itself",
            "255 * np.array([[2, 2, 3], [3, 3, 1]]) / 6",
            "You took the share of pixels with just this value: the histogram, not its running sum.",
            "Count the pixels that are not above it, darker ones too.",
        ),
        Mistake(
            "darker pixels only",
            "255 * np.array([[0, 0, 2], [2, 2, 5]]) / 6",
            "You counted the pixels that are below, without those of the same value.",
            "Not above: the pixels of the same value count, too.",
        ),
        Mistake(
            "stretched",
            "255 * (np.array([[10, 10, 20], [20, 20, 200]]) - 10) / 190",
            "You stretched the values from the lowest to the highest; that keeps the 20 dark.",
            "Equalization does not ask how far values are apart, but how many pixels are not above.",
        ),
        Mistake(
            "evenly apart",
            "[[0, 0, 127.5], [127.5, 127.5, 255]]",
            "You put the three values evenly apart. How many pixels have each counts, too.",
            "2 of 6 pixels are not above 10, 5 of 6 not above 20.",
        ),
    ),
    further="The lowest value never becomes 0: its own pixels are not above it.",
)

water = Exercise(
    lesson,
    "water",
    title="What becomes of water?",
    question=(
        "Decide first; the next cell shows it. In `plane`, 83 of 100 pixels are not above 0 HU, the value of "
        "water. Its histogram starts at -1024, and the formula is `cdf[plane] * 255` as in the notes. What "
        "grey do the pixels get that hold 0 HU?"
    ),
    kind=Choice(
        {
            "a": "about 211, a light grey, since 0.83 x 255 is 211",
            "b": "about 0, black",
            "c": "none: a CT has negative numbers, so Python raises an error",
            "d": "255, white",
        }
    ),
    label="predict, then run",
    minutes=3,
    hints=(
        "`cdf` is an array, and `cdf[0]` is its first number. For which value of the CT was that computed?",
        "The first bin of the histogram holds the lowest value, -1024 HU.",
        "The share of pixels that are not above -1024 HU is next to nothing.",
    ),
    worked='water = "b"',
    reason=(
        "cdf[0] belongs to the lowest value that was counted, -1024, and next to no pixel is as low as that. "
        "So water becomes black, and bone gets what belongs to lung."
    ),
    right=('"B"', '"b."', '["b"]'),
    mistakes=(
        Mistake(
            "as it should be",
            '"a"',
            "So it should be. But the formula takes the value for a place in `cdf`: place 0 for 0 HU.",
            "Which value was counted in the first bin?",
        ),
        Mistake(
            "expects an error",
            '"c"',
            "A negative index is no error: `cdf[-1]` is the last number. And for 0 HU the index is 0.",
            "Which value was counted in the first bin?",
        ),
        Mistake(
            "the wrong end",
            '"d"',
            "White is what the last number of `cdf` gives, and 0 is not the last place.",
            "Which value was counted in the first bin?",
        ),
    ),
    further=(
        "Water would be light grey if the first bin were 0 HU; then, however, all negative values would be "
        "wrong in another way."
    ),
)


def _hounsfield(rng: np.random.Generator) -> tuple[Any, ...]:
    # Wider than int16 can count: `image - low` wraps round where the lesson's own plane does not.
    low, high = int(rng.integers(-32_000, -20_000)), int(rng.integers(20_000, 32_000))
    return (rng.integers(low, high, (30, 40), dtype=np.int16),)


_EQUALIZED = """
def equalize_any(image):
    image = {image}
    low, high = int(image.min()), int(image.max())
    hist = ndi.histogram(image, min=low, max=high, bins=high - low + 1)
    cdf = hist.cumsum() / hist.sum()
    return {result}
"""

equalize_any = Exercise(
    lesson,
    "equalize_any",
    title="Equalize anything",
    question=(
        "The function below is the formula of the notes. Mend it so that it works for every image of whole "
        "numbers, negative ones and those above 255 too: the same shares, times 255. (As float or rounded; "
        "within 0.5.)"
    ),
    kind=Function("(np.asarray(ct[40]),)", _hounsfield, Array(tolerance=0.51)),
    start="""
        def equalize_any(image):
            hist = ndi.histogram(image, min=0, max=255, bins=256)
            cdf = hist.cumsum() / hist.sum()
            return cdf[image] * 255
    """,
    label="tie it together: find the mistake",
    minutes=10,
    hints=(
        (
            "Two things are fixed that should follow from the image: what is counted, and where in `cdf` "
            "a value is looked up."
        ),
        (
            "Count from `image.min()` to `image.max()`, one bin for each whole number. The lowest value "
            "is then at place 0 of `cdf`."
        ),
        "A value is at the place `image - low`: `cdf[image.astype(int) - low] * 255`.",
    ),
    worked="""
        def equalize_any(image):
            low, high = int(image.min()), int(image.max())
            hist = ndi.histogram(image, min=low, max=high, bins=high - low + 1)
            cdf = hist.cumsum() / hist.sum()
            return cdf[image.astype(int) - low] * 255
    """,
    reason=(
        "The bins now follow from the image, and each value is looked up where it was counted. The "
        "conversion to int is for images with a very wide range: in int16, 32767 - (-32768) would wrap "
        "round."
    ),
    right=(
        "lambda image: biomedlab.intensity.equalize(image)",
        "lambda image: np.searchsorted(np.sort(image.ravel()), image, side='right') / image.size * 255",
        """
def equalize_any(image):
    values, place, hist = np.unique(image, return_inverse=True, return_counts=True)
    return (hist.cumsum() / hist.sum())[place.reshape(image.shape)] * 255
""",
    ),
    mistakes=(
        Mistake(
            "looked up in the wrong place",
            _EQUALIZED.format(image="image", result="cdf[image] * 255"),
            "You count the right values, but look them up in the wrong place: `cdf[0]` belongs to the lowest "
            "value, not to 0, and negative numbers index from the end.",
            "At which place of `cdf` is a value, if the lowest is at place 0?",
        ),
        Mistake(
            "negative values lost",
            _EQUALIZED.format(image="np.clip(image, 0, None)", result="cdf[image - low] * 255"),
            "You made all negative values 0: they cannot be told apart any more.",
            "Let the histogram start at the lowest value of the image instead.",
        ),
        Mistake(
            "the sign lost",
            _EQUALIZED.format(image="np.abs(image)", result="cdf[image - low] * 255"),
            "You dropped the sign: -800 and 800 become the same.",
            "Let the histogram start at the lowest value of the image instead.",
        ),
        Mistake(
            "wrapped round",
            _EQUALIZED.format(image="image.astype(np.uint8).astype(int)", result="cdf[image - low] * 255"),
            "You made the image uint8, and most values wrap round.",
            "Leave the image as it is, and let the bins follow from it.",
        ),
        Mistake(
            "cut to 0 to 255",
            _EQUALIZED.format(image="np.clip(image, 0, 255)", result="cdf[image - low] * 255"),
            "You cut the image to 0 to 255: what lies outside cannot be told apart any more.",
            "Leave the image as it is, and let the bins follow from it.",
        ),
        Mistake(
            "too wide for int16",
            _EQUALIZED.format(image="image", result="cdf[image - low] * 255"),
            "Right for the CT. But an int16 image from -20000 to 20000 is wider than its type can count: "
            "there `image - low` wraps round, and values are looked up in the wrong place.",
            "Widen before you subtract: `image.astype(int) - low`.",
        ),
        Mistake(
            "shares, not grey levels",
            _EQUALIZED.format(image="image", result="cdf[image.astype(int) - low]"),
            "The shares are right, but they go from 0 to 1.",
            "Keep the `* 255`.",
        ),
        Mistake(
            "stretched",
            "lambda image: (image.astype(float) - image.min()) / (image.max() - float(image.min())) * 255",
            "You stretched the values from the lowest to the highest: how many pixels have each is not used.",
            "Keep the running sum: only its bins, and the place, must follow from the image.",
        ),
    ),
    further=(
        "For images of real numbers there are no whole-number bins; `biomedlab.intensity.equalize` takes "
        "65,536 narrow ones."
    ),
)

border = Exercise(
    lesson,
    "border",
    title="The price of a black border",
    question=(
        "A viewer adds a black border of 100 pixels on every side of `chest`: `np.pad(chest, 100)`. By "
        "how many grey levels does the pixel `chest[680, 240]` come out brighter when the picture with "
        "the border is equalized, than when the picture without it is? Use `intensity.equalize`; within "
        "1."
    ),
    kind=Number(unit="grey levels", tolerance=1),
    minutes=5,
    hints=(
        (
            "Equalize both pictures, and read the same pixel in each. At which row and column is it in "
            "the larger one?"
        ),
        "The border shifts it by 100 rows and 100 columns: `[780, 340]`.",
        "`int(intensity.equalize(np.pad(chest, 100))[780, 340])` minus the same without the border.",
    ),
    worked="""
        without = biomedlab.intensity.equalize(chest)[680, 240]
        with_border = biomedlab.intensity.equalize(np.pad(chest, 100))[780, 340]
        border = int(with_border) - int(without)
    """,
    reason=(
        "The border adds pixels that are not above anything, so every share grows. Nothing in the patient"
        " has changed."
    ),
    right=(
        """
padded = np.pad(chest, 100)
border = float(255 * (np.mean(padded <= padded[780, 340]) - np.mean(chest <= chest[680, 240])))
""",
        "[51]",
    ),
    mistakes=(
        Mistake(
            "another pixel",
            "int(biomedlab.intensity.equalize(np.pad(chest, 100))[680, 240])"
            " - int(biomedlab.intensity.equalize(chest)[680, 240])",
            "You compared two different pixels: the border moves every pixel by 100 rows and 100 columns.",
            "It is at `[780, 340]` in the larger picture.",
        ),
        Mistake(
            "turned round",
            "int(biomedlab.intensity.equalize(chest)[680, 240])"
            " - int(biomedlab.intensity.equalize(np.pad(chest, 100))[780, 340])",
            "The size is right, the sign is not: the border makes it brighter.",
            "With the border, minus without.",
        ),
        Mistake(
            "wrapped round",
            "biomedlab.intensity.equalize(chest)[[680], 240]"
            " - biomedlab.intensity.equalize(np.pad(chest, 100))[[780], 340]",
            "Your difference has wrapped round: both numbers are uint8.",
            "Make an `int` of each first, and take with the border minus without.",
        ),
        Mistake(
            "not equalized",
            "int(np.pad(chest, 100)[780, 340]) - int(chest[680, 240])",
            "Before equalization the border changes nothing, of course.",
            "Equalize both pictures: `intensity.equalize`.",
        ),
        Mistake(
            "a white border",
            "int(biomedlab.intensity.equalize(np.pad(chest, 100, constant_values=255))[780, 340])"
            " - int(biomedlab.intensity.equalize(chest)[680, 240])",
            "This is what a white border does: it makes everything darker.",
            "`np.pad(chest, 100)` pads with 0, which is black.",
        ),
        Mistake(
            "the level itself",
            "biomedlab.intensity.equalize(np.pad(chest, 100))[780, 340]",
            "This is the grey level with the border.",
            "Take away the one without the border.",
        ),
    ),
    further="With `mask=` the border can be left out of the count: then the pixel keeps its grey level.",
)

allowed = Exercise(
    lesson,
    "allowed",
    title="For which of these?",
    question="For which of these tasks is an equalized picture a good choice?",
    kind=Choice(
        {
            "a": "tell whether a spot in the lung has become denser since last year",
            "b": "compare the noise of two scanners",
            "c": "look for the tip of a thin tube that hardly shows on a pale x-ray",
            "d": "find the mean value of the liver, in Hounsfield units",
        }
    ),
    minutes=2,
    hints=(
        "Which of the four needs no number at all?",
        (
            "An equalized level depends on everything else in the picture. Three of the tasks need values"
            " that do not."
        ),
        "Looking is what equalization is for.",
    ),
    worked='allowed = "c"',
    reason=(
        "To find something by eye, more contrast helps, and no number is taken from it. The other three "
        "compare or average values, and these are gone."
    ),
    right=('"C"', '"c)"', '["c"]'),
    mistakes=(
        Mistake(
            "compared between pictures",
            '"a"',
            "Two pictures have two histograms: the same density becomes two different greys.",
            "Which task needs no number?",
        ),
        Mistake(
            "noise measured",
            '"b"',
            "Equalization multiplies the noise, most where many pixels are: see the first cell of this "
            "lesson.",
            "Which task needs no number?",
        ),
        Mistake(
            "values averaged",
            '"d"',
            "Equalized levels are shares of pixels times 255. They are no Hounsfield units any more.",
            "Which task needs no number?",
        ),
    ),
    further="Say so in the caption whenever you show an equalized picture.",
)


def _picture_and_masks(rng: np.random.Generator) -> tuple[Any, ...]:
    target = np.zeros((40, 50), bool)
    row, col = rng.integers(2, 20, 2)
    target[row : row + 12, col : col + 15] = True
    background = np.zeros((40, 50), bool)
    background[34:, 5:45] = True
    # Darker than its background, where the lesson's own target is brighter: the sign counts.
    picture = rng.normal(130, rng.uniform(5, 12), (40, 50)) - target * rng.uniform(20, 90)
    picture += target * rng.normal(0, 9, (40, 50))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8), target, background


contrast_to_noise = Exercise(
    lesson,
    "contrast_to_noise",
    title="Contrast to noise",
    question=(
        "How well can a target be told from what is around it? Write `contrast_to_noise(image, target, "
        "background)`: the mean of the image inside `target`, minus its mean inside `background`, divided by "
        "the standard deviation inside `background`. Both are arrays of True and False; `image[target]` "
        "gives the pixels where `target` is True. Within 1 %."
    ),
    kind=Function(
        "(np.asarray(ct[40]), np.asarray(labels[40]) == 6, np.asarray(labels[40]) == 1)",
        _picture_and_masks,
        Number(relative=0.01),
    ),
    start="def contrast_to_noise(image, target, background):\n    ...",
    label="tie it together",
    minutes=8,
    hints=(
        "Take the two groups of pixels out first: `image[target]` and `image[background]`.",
        "An array has `.mean()` and `.std()`, the standard deviation.",
        "The difference of the two means, in parentheses, divided by `image[background].std()`.",
    ),
    worked="""
        def contrast_to_noise(image, target, background):
            inside, around = image[target], image[background]
            return (inside.mean() - around.mean()) / around.std()
    """,
    reason=(
        "It tells by how many standard deviations of the background the target stands out. Means are "
        "taken in float, so nothing wraps round."
    ),
    right=(
        (
            "lambda image, target, background: np.subtract(np.mean(image[target]), "
            "np.mean(image[background])) / np.sqrt(np.var(image[background]))"
        ),
        (
            "lambda image, target, background: (ndi.mean(image, target, 1) - ndi.mean(image, background, "
            "1)) / ndi.standard_deviation(image, background, 1)"
        ),
        (
            "lambda image, target, background: [(image[target].mean() - image[background].mean()) / "
            "image[background].std(ddof=1)]"
        ),
    ),
    mistakes=(
        Mistake(
            "noise of the target",
            "lambda image, target, background: (image[target].mean() - image[background].mean())"
            " / image[target].std()",
            "You divided by the standard deviation inside the target.",
            "The noise is measured in the background, where nothing else varies.",
        ),
        Mistake(
            "noise of the whole picture",
            "lambda image, target, background: (image[target].mean() - image[background].mean()) / "
            "image.std()",
            "You divided by the standard deviation of the whole picture, which holds the target's "
            "contrast, too.",
            "`image[background].std()`",
        ),
        Mistake(
            "variance for standard deviation",
            "lambda image, target, background: (image[target].mean() - image[background].mean())"
            " / image[background].var()",
            "You divided by the variance, the square of the standard deviation.",
            "`.std()` instead of `.var()`.",
        ),
        Mistake(
            "parentheses missing",
            "lambda image, target, background: image[target].mean()"
            " - image[background].mean() / image[background].std()",
            "Python divides before it subtracts: only the second mean was divided.",
            "Put the difference in parentheses.",
        ),
        Mistake(
            "turned round",
            "lambda image, target, background: (image[background].mean() - image[target].mean())"
            " / image[background].std()",
            "You subtracted the target from the background: the sign is turned round.",
            "Target minus background.",
        ),
        Mistake(
            "the sign lost",
            "lambda image, target, background: abs(image[target].mean() - image[background].mean())"
            " / image[background].std()",
            "You took the absolute value. A target darker than its background has a negative contrast.",
            "Leave `abs` out: target minus background, with its sign.",
        ),
        Mistake(
            "signal to noise",
            "lambda image, target, background: image[target].mean() / image[background].std()",
            "This is the signal to noise ratio: the background's mean is missing.",
            "The difference of the two means is the contrast.",
        ),
        Mistake(
            "contrast only",
            "lambda image, target, background: image[target].mean() - image[background].mean()",
            "This is the contrast.",
            "Divide it by the noise, the background's standard deviation.",
        ),
    ),
    further=(
        "Below about 3 to 5 small targets are easily missed; how small is small depends on their size, too."
    ),
)
