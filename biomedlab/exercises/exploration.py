"""Exercises of notebook 01: what an image is, and loading, showing and saving one."""

from typing import Any

import numpy as np

from biomedlab.exercises.exercise import Exercise, Lesson, Mistake
from biomedlab.exercises.figures import Figure
from biomedlab.exercises.functions import Function
from biomedlab.exercises.kinds import Array, Choice, Number, Place

lesson = Lesson(
    "exploration",
    1,
    "Exploration",
    given={
        "brain": 'biomedlab.load(biomedlab.data.path("brain"))',
        "chest": 'iio.imread(biomedlab.data.path("chest_xray_png"))',
        "tissue": 'iio.imread(biomedlab.data.path("histology"))',
        "jpeg": 'iio.imread(iio.imwrite("<bytes>", chest, extension=".jpeg", quality=50))',
        "browser": "SimpleNamespace(index=90, axis=0)",
    },
)

find_the_eyes = Exercise(
    lesson,
    "find_the_eyes",
    title="Find the eyes",
    question=(
        "Both eyes of this person are in the volume. Drag the slider above until you see them as large as "
        "they get: two round balls side by side at the front of the head (the upper edge of the picture). "
        "Leave the slider there and run the cell below: it reads the position from the widget itself."
    ),
    kind=Place({"index": 6, "axis": 0.5}, start={"index": 90, "axis": 0}),
    variable="browser",
    start="browser",
    minutes=2,
    hints=(
        (
            "Plane 0 is the lowest, near the mouth; the last plane is the top of the head. Where are your "
            "own eyes?"
        ),
        "The eyes lie lower than the middle of the head: make the index smaller than 90.",
        "Go to plane 33, then a few planes up and down to see the balls grow and shrink.",
    ),
    worked="browser.index = 33",
    reason=(
        "In this volume the plane index grows from the feet towards the head, so the eyes come before the "
        "middle. Setting the widget's `index` from code moves the picture, just as dragging the slider "
        "changes `index`."
    ),
    right=("SimpleNamespace(index=30, axis=0)", "SimpleNamespace(index=36, axis=0)"),
    mistakes=(
        Mistake(
            "counted from the top",
            "SimpleNamespace(index=147, axis=0)",
            "You are near the top of the head: planes are counted from the bottom here.",
            "Drag to the other end. Watch the nose appear, then the eyes.",
        ),
        Mistake(
            "above the eyes",
            "SimpleNamespace(index=46, axis=0)",
            "These are the eye sockets' roofs and the base of the brain: a little too high.",
            "Go down some ten planes until the two balls are round.",
        ),
        Mistake(
            "below the eyes",
            "SimpleNamespace(index=12, axis=0)",
            "These dark caves at the front are air-filled sinuses beside the nose, not eyes.",
            "Go up some twenty planes.",
        ),
        Mistake(
            "cut another way",
            "SimpleNamespace(index=33, axis=1)",
            "The browser cuts the volume along another axis now.",
            "Set `browser.axis = 0` to look at planes from above again.",
        ),
    ),
    further=(
        "A place in a volume is just three numbers: plane, row and column. You have found the first of them."
    ),
)

one_pixel = Exercise(
    lesson,
    "one_pixel",
    title="One pixel",
    question=(
        "Which number does the chest x-ray `chest` hold in row 600, column 400? Rows and columns count from "
        "0."
    ),
    kind=Number(unit="grey levels"),
    minutes=1,
    hints=(
        "Square brackets pick from an array: first the row, then the column.",
        "Python counts from 0 and the question does too, so no number changes.",
        "Write `chest[row, column]` with the two numbers of the question.",
    ),
    worked="one_pixel = chest[600, 400]",
    reason=(
        "An image is indexed `image[row, column]`: down first, then across, both from the upper left corner."
    ),
    right=(
        "int(chest[600][400])",
        "[chest[600:601, 400:401]]",
        "float(chest.ravel()[600 * chest.shape[1] + 400])",
    ),
    mistakes=(
        Mistake(
            "row and column swapped",
            "chest[400, 600]",
            "You took row 400, column 600: in a graph x comes first, in an image the row does.",
            "`chest[row, column]`",
        ),
        Mistake(
            "counted from one",
            "chest[599, 399]",
            "You took one off each number, but these rows and columns count from 0 already.",
            "`chest[0, 0]` is the upper left pixel.",
        ),
        Mistake(
            "counted from the end",
            "chest[-600, -400]",
            "A negative index counts back from the last row and column.",
            "Leave the minus signs out.",
        ),
    ),
    further="`chest[600]` alone is a whole row: leave an index out and you get everything along that axis.",
)


def _cut_out_arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    image = rng.integers(0, 256, (60, 70), dtype=np.uint8)
    return image, int(rng.integers(12, 20)), int(rng.integers(25, 35)), int(rng.integers(4, 11))


cut_out = Exercise(
    lesson,
    "cut_out",
    title="Cut out a square",
    question=(
        "Write a function `cut_out(image, row, col, size)` that returns the square piece of a grey image "
        "whose upper left pixel is at `row`, `col`, and which is `size` pixels high and wide. (The square "
        "always lies inside.)"
    ),
    kind=Function("(chest, 600, 400, 3)", _cut_out_arguments),
    start="def cut_out(image, row, col, size):\n    ...",
    minutes=5,
    hints=(
        "A range of rows and a range of columns cut out a rectangle: `image[first:last, first:last]`.",
        "In Python the end of a range is not part of it: `3:5` is 3 and 4, two numbers.",
        "The rows go from `row` to `row + size`. Do the same for the columns, and `return` the piece.",
    ),
    worked="""
        def cut_out(image, row, col, size):
            return image[row : row + size, col : col + size]
    """,
    reason="`a : b` takes b - a samples and leaves b out, so `row : row + size` is just `size` rows.",
    right=(
        "lambda image, row, col, size: image[row:, col:][:size, :size]",
        """
def cut_out(image, row, col, size):
    return [[image[r, c] for c in range(col, col + size)] for r in range(row, row + size)]
""",
    ),
    mistakes=(
        Mistake(
            "row and column swapped",
            "lambda image, row, col, size: image[col : col + size, row : row + size]",
            "Your function takes the columns where the rows should be.",
            "The first range in the brackets is for the rows.",
        ),
        Mistake(
            "the size taken for the end",
            "lambda image, row, col, size: image[row:size, col:size]",
            "`row:size` ends at row number `size`, counted from the upper edge of the image.",
            "Where does the square end if it starts at `row`?",
        ),
        Mistake(
            "one pixel too many",
            "lambda image, row, col, size: image[row : row + size + 1, col : col + size + 1]",
            "Your piece is one row and one column too large.",
            "The end of a range is left out already: no `+ 1` is needed.",
        ),
        Mistake(
            "the corner taken for the middle",
            "lambda image, row, col, size: image[row - size // 2 :, col - size // 2 :][:size, :size]",
            "Your square has `row`, `col` in its middle; its upper left corner is wanted there.",
            "Start at `row` itself.",
        ),
    ),
    further=(
        "Such a piece is a view: it shares its numbers with the image, so writing into it would change the "
        "image too."
    ),
)

pixel_count = Exercise(
    lesson,
    "pixel_count",
    title="How many pixels?",
    question=(
        "The microscope picture is in the array `tissue`. How many pixels does it have? Let Python work it "
        "out from the array's shape."
    ),
    kind=Number(unit="pixels"),
    minutes=2,
    hints=(
        "A pixel is one point of the picture, whatever its colour. Look at `tissue.shape`.",
        "The shape is (rows, columns, colours). Only two of these three count points.",
        "Multiply `tissue.shape[0]` by `tissue.shape[1]`.",
    ),
    worked="pixel_count = tissue.shape[0] * tissue.shape[1]",
    reason=(
        "A picture of 512 rows and 512 columns has 512 x 512 points; each holds three numbers, but is one "
        "pixel."
    ),
    right=("tissue[:, :, 0].size", "float(np.prod(tissue.shape[:2]))", "[len(tissue) * len(tissue[0])]"),
    mistakes=(
        Mistake(
            "counted every colour",
            "tissue.size",
            "`size` counts all numbers in the array: red, green and blue apart, three for each pixel.",
            "Which of the three numbers in `tissue.shape` is the number of colours?",
        ),
        Mistake(
            "counted rows only",
            "len(tissue)",
            "That is the number of rows: `len` tells the length of the first axis only.",
            "Each row holds many pixels. How many?",
        ),
        Mistake(
            "added instead of multiplied",
            "tissue.shape[0] + tissue.shape[1]",
            "You added rows and columns: that is half the way round the picture.",
            "The pixels fill a rectangle.",
        ),
    ),
    further=(
        "`tissue.size` is 786,432, three times as many: for colour images the number of values is not the "
        "number of pixels."
    ),
)

which_use = Exercise(
    lesson,
    "which_use",
    title="Which use is it?",
    question=(
        "A clinic wants a program that looks at every new chest x-ray and puts those that probably show "
        "pneumonia on top of the doctor's list. Which of the uses is this?"
    ),
    kind=Choice(
        {
            "a": "analysing tissue composition",
            "b": "predicting pathology",
            "c": "reconstructing anatomy",
            "d": "none: a program sees only numbers, and no number is ill",
        }
    ),
    minutes=1,
    hints=(
        "What comes out of the program: an amount, a likelihood, or a shape?",
        "It says how likely a disease is for each picture.",
        "A disease is a pathology, and a likelihood is a prediction.",
    ),
    worked='which_use = "b"',
    reason="The program's result is a likelihood of disease for each picture: a prediction of pathology.",
    right=('"B"', '"b)"', '["b"]'),
    mistakes=(
        Mistake(
            "took it for composition",
            '"a"',
            "Composition asks how much of each tissue there is; here nothing is measured out.",
            "What does the doctor learn from the list?",
        ),
        Mistake(
            "took it for anatomy",
            '"c"',
            "Anatomy reconstruction gives the shape of an organ; here no shape comes out.",
            "What does the doctor learn from the list?",
        ),
        Mistake(
            "numbers cannot tell",
            '"d"',
            (
                "A picture on a screen is made of these numbers and nothing else, and doctors do see "
                "disease in it."
            ),
            "Which of the other three gives a likelihood?",
        ),
    ),
    further="Such a program is judged by how many ill people it misses and how many healthy ones it alarms.",
)

stained_percent = Exercise(
    lesson,
    "stained_percent",
    title="How much of the tissue is stained?",
    question=(
        "Brown stain marks one protein in `tissue`. A simple rule finds it: a pixel is brown where its red "
        "value is more than 20 above its blue value. Which percentage of all pixels is brown? Give it to "
        "within 0.1 %."
    ),
    kind=Number(unit="%", tolerance=0.1),
    minutes=8,
    label="tie it together",
    hints=(
        "Red is `tissue[:, :, 0]`, blue is `tissue[:, :, 2]`. A comparison gives an array of True and False.",
        (
            "The mean of an array of True and False is the share of True. Mind the data type: can uint8 "
            "hold 10 - 20?"
        ),
        "Make both channels whole numbers with a sign first: `tissue[:, :, 0].astype(int)`.",
    ),
    worked="""
        red = tissue[:, :, 0].astype(int)
        blue = tissue[:, :, 2].astype(int)
        stained_percent = 100 * np.mean(red - blue > 20)
    """,
    reason=(
        "uint8 knows only 0 to 255: where blue is larger than red the difference wraps round to a large "
        "number, and blue pixels would count as brown. As int the difference may be negative."
    ),
    right=(
        "100 * (tissue[..., 0].astype(float) - tissue[..., 2] > 20).sum() / (512 * 512)",
        "np.mean(np.diff(tissue[:, :, ::2].astype(np.int16), axis=2) < -20) * 100",
    ),
    mistakes=(
        Mistake(
            "uint8 wrapped round",
            "100 * np.mean(tissue[:, :, 0] - tissue[:, :, 2] > 20)",
            (
                "The difference of two uint8 arrays is uint8 again, and 10 - 20 wraps round to 246: blue "
                "pixels were counted."
            ),
            "Turn the channels into `int` before you subtract.",
        ),
        Mistake(
            "share, not percent",
            "np.mean(tissue[:, :, 0].astype(int) - tissue[:, :, 2] > 20)",
            "That is the share, between 0 and 1.",
            "Percent means of a hundred.",
        ),
        Mistake(
            "counted pixels",
            "np.sum(tissue[:, :, 0].astype(int) - tissue[:, :, 2] > 20)",
            "That is how many pixels are brown, not which part of all.",
            "Divide by the number of pixels, and mind that percent is wanted.",
        ),
        Mistake(
            "red and blue swapped",
            "100 * np.mean(tissue[:, :, 2].astype(int) - tissue[:, :, 0] > 20)",
            "You found where blue exceeds red: these are the blue cell nuclei.",
            "Colours are stored in the order red, green, blue: 0, 1, 2.",
        ),
    ),
    further=(
        "More than half: a number that can be compared between patients, where an eye would only say "
        "'rather brown'."
    ),
)

what_imread_gives = Exercise(
    lesson,
    "what_imread_gives",
    title="What comes back?",
    question=(
        "Decide first, try it afterwards. You load a PNG with `im = iio.imread(file)`. What happens when "
        "you ask for `im.meta`?"
    ),
    kind=Choice(
        {
            "a": "you get a dictionary with the file's metadata",
            "b": "you get None, since a PNG has no metadata",
            "c": "an AttributeError is raised",
            "d": "you get the path of the file",
        }
    ),
    label="predict, then run",
    minutes=2,
    hints=(
        "What type of object does `iio.imread` return?",
        "It returns a plain numpy array. Does a numpy array know about files?",
        "Try it in a new cell, inside `with attempt():`.",
    ),
    worked='what_imread_gives = "c"',
    reason=(
        "`iio.imread` returns a plain numpy array, and an array has no attribute `meta`. Ask "
        "`iio.immeta(file)`."
    ),
    right=('"C"', '("c",)'),
    mistakes=(
        Mistake(
            "expects the old behaviour",
            '"a"',
            "So it was in old versions of imageio, and many tutorials still say so.",
            "Ask `type(im)`.",
        ),
        Mistake(
            "expects None",
            '"b"',
            "Python does not answer None for an attribute that does not exist.",
            "Ask `type(im)`, then try `im.meta`.",
        ),
        Mistake(
            "expects the path",
            '"d"',
            "The array does not know which file it came from.",
            "Ask `type(im)`, then try `im.meta`.",
        ),
    ),
    further="`biomedlab.load(file)` gives an array that does carry `.meta`, for every format of this course.",
)

show_a_plane = Exercise(
    lesson,
    "show_a_plane",
    title="Show a plane",
    question=(
        "Draw plane 60 of `brain` with matplotlib, in grey, and label both axes (`column` and `row` will "
        "do). Call the axes `ax`."
    ),
    kind=Figure(("picture", "cmap", "rows_down", "xlabel", "ylabel")),
    variable="ax",
    minutes=4,
    hints=(
        "`fig, ax = plt.subplots()` makes axes; `ax.imshow(...)` draws an array in them.",
        "`brain[60]` is the plane. Without a colour map matplotlib paints numbers from purple to yellow.",
        'Use `cmap="gray"`, then `ax.set_xlabel(...)` and `ax.set_ylabel(...)`.',
    ),
    worked="""
        fig, ax = plt.subplots()
        ax.imshow(brain[60], cmap="gray")
        ax.set_xlabel("column")
        ax.set_ylabel("row")
    """,
    reason="`imshow` draws a 2-D array with row 0 at the top; the first index of a volume is the plane.",
    right=(
        """
ax = plt.figure().add_subplot(xlabel="column", ylabel="row")
ax.imshow(np.asarray(brain)[60, :, :], cmap="grey")
""",
        'plt.imshow(brain[60], cmap="gray")\nplt.xlabel("mm")\nplt.ylabel("mm")\nax = plt.gca()',
    ),
    mistakes=(
        Mistake(
            "matplotlib's own colours",
            'fig, ax = plt.subplots()\nax.imshow(brain[60])\nax.set_xlabel("column")\nax.set_ylabel("row")',
            "Without a colour map matplotlib uses viridis, from purple to yellow.",
            "Which argument of `imshow` names a colour map?",
        ),
        Mistake(
            "cut along another axis",
            'fig, ax = plt.subplots()\nax.imshow(brain[:, :, 60], cmap="gray")\n'
            'ax.set_xlabel("c")\nax.set_ylabel("r")',
            "You cut the volume along its last axis: this is a view from the side.",
            "The plane is the first index of a volume.",
        ),
        Mistake(
            "upside down",
            'fig, ax = plt.subplots()\nax.imshow(brain[60], cmap="gray", origin="lower")\n'
            'ax.set_xlabel("c")\nax.set_ylabel("r")',
            "Row 0 is at the bottom, so the face looks down.",
            'Leave `origin="lower"` out.',
        ),
        Mistake(
            "axes without labels",
            'fig, ax = plt.subplots()\nax.imshow(brain[60], cmap="gray")',
            "The picture is right, but nobody can tell what the numbers along the edges are.",
            'Add `ax.set_xlabel("column")` and `ax.set_ylabel("row")`.',
        ),
    ),
    further="imshow never changes the numbers: it only decides which grey stands for which number.",
)


def _before_and_after(rng: np.random.Generator) -> tuple[Any, ...]:
    before = rng.integers(20, 200, (30, 40), dtype=np.uint8)
    change = rng.integers(-9, 15, before.shape) * (rng.random(before.shape) < rng.uniform(0.2, 0.6))
    return before, (before + change).astype(np.uint8)


changed_percent = Exercise(
    lesson,
    "changed_percent",
    title="How many pixels changed?",
    question=(
        "Write a function `changed_percent(before, after)` that returns the percentage of pixels whose "
        "value is not the same in two grey images of one shape, to within 0.01 %."
    ),
    kind=Function(
        "(chest[:200, :200], jpeg[:200, :200])", _before_and_after, Number(unit="%", tolerance=0.01)
    ),
    start="def changed_percent(before, after):\n    ...",
    minutes=5,
    hints=(
        "`before != after` compares pixel by pixel and gives True where they differ.",
        "The mean of an array of True and False is the share of True.",
        "Multiply that share by 100 and `return` it.",
    ),
    worked="""
        def changed_percent(before, after):
            return 100 * np.mean(before != after)
    """,
    reason=(
        "Comparing cannot wrap round, whatever the data type; the mean of True (1) and False (0) is a share."
    ),
    right=(
        "lambda before, after: 100.0 * np.count_nonzero(before - after) / before.size",
        """
def changed_percent(before, after):
    count = 0
    for one, other in zip(before.ravel(), after.ravel()):
        if one != other:
            count += 1
    return [count / before.size * 100]
""",
    ),
    mistakes=(
        Mistake(
            "share, not percent",
            "lambda before, after: np.mean(before != after)",
            "Your function returns a share between 0 and 1.",
            "Percent means of a hundred.",
        ),
        Mistake(
            "only pixels that became brighter",
            "lambda before, after: 100 * np.mean(after > before)",
            (
                "Your function counts the pixels that became brighter; those that became darker have "
                "changed too."
            ),
            "Which comparison asks 'not the same'?",
        ),
        Mistake(
            "counted the unchanged",
            "lambda before, after: 100 * np.mean(before == after)",
            "Your function counts the pixels that stayed the same.",
            "Turn the comparison round.",
        ),
        Mistake(
            "counted pixels",
            "lambda before, after: np.sum(before != after)",
            "Your function returns how many pixels changed, not which part of all.",
            "Divide by the number of pixels, and mind that percent is wanted.",
        ),
    ),
    further="How many changed says nothing on how much: the next exercise asks for that.",
)

jpeg_error = Exercise(
    lesson,
    "jpeg_error",
    title="The worst pixel of a JPEG",
    question=(
        "`chest` went through a JPEG file and came back as `jpeg`. By how many grey levels, up or down, did "
        "the pixel change that changed most?"
    ),
    kind=Number(unit="grey levels"),
    minutes=5,
    hints=(
        "Subtract the images, take the absolute value, and look for the largest.",
        "Both images are uint8. What is 10 - 20 in uint8?",
        "`chest.astype(int) - jpeg` cannot wrap round. `np.abs(...)` and `.max()` do the rest.",
    ),
    worked="jpeg_error = np.abs(chest.astype(int) - jpeg).max()",
    reason=(
        "With int the difference may be negative; with uint8 it wraps round, and a change by -1 looks like "
        "255."
    ),
    right=(
        "float(np.max(np.abs(chest.astype(float) - jpeg.astype(float))))",
        "int(np.where(chest > jpeg, chest - jpeg, jpeg - chest).max())",
    ),
    mistakes=(
        Mistake(
            "uint8 wrapped round",
            "np.abs(chest - jpeg).max()",
            "The difference of two uint8 images wraps round: -1 becomes 255.",
            "Make one of them `int` before you subtract.",
        ),
        Mistake(
            "mean instead of largest",
            "np.abs(chest.astype(int) - jpeg).mean()",
            "That is the mean change of all pixels; the largest is asked for.",
            "Use `max` instead of `mean`.",
        ),
        Mistake(
            "compared the extremes",
            "abs(int(chest.max()) - int(jpeg.max()))",
            (
                "You compared the brightest pixel of one image with the brightest of the other; they may "
                "lie anywhere."
            ),
            "Subtract pixel by pixel first, then take the largest.",
        ),
    ),
    further="A change of a few grey levels is invisible to the eye, and still enough to spoil a measurement.",
)

for_png = Exercise(
    lesson,
    "for_png",
    title="Bone that comes out black",
    question=(
        "A PNG of one byte per pixel holds 0 to 255. The function below should show Hounsfield units from "
        "-160 (becomes 0, black) to 240 (becomes 255, white): all below stays black, all above stays white. "
        "It runs without an error, but dense bone comes out black. Mend it. (Rounding up or down does not "
        "matter.)"
    ),
    kind=Function(
        "(np.array([[-1000, -160, 40], [240, 300, 1200]], np.int16),)",
        lambda rng: (rng.integers(-1000, 1500, (20, 30), dtype=np.int16),),
        Array(tolerance=1),
    ),
    start="""
        def for_png(plane):
            scaled = np.round((plane + 160) / 400 * 255).astype(int)
            return scaled.astype(np.uint8)
    """,
    label="find the mistake",
    minutes=8,
    hints=(
        "Try it on single numbers: `for_png(np.array([239, 240, 241]))`. What happens above 240?",
        "241 HU becomes 256, and uint8 cannot hold that: it wraps round to 0.",
        "Limit the values before they become uint8: `np.clip(values, low, high)`.",
    ),
    worked="""
        def for_png(plane):
            limited = np.clip(plane, -160, 240)
            return np.round((limited + 160) / 400 * 255).astype(np.uint8)
    """,
    reason=(
        "uint8 wraps round instead of stopping at its ends, so the values must be limited before the "
        "conversion."
    ),
    right=(
        "lambda plane: np.clip((plane + 160.0) * 255 / 400, 0, 255).astype(np.uint8)",
        "lambda plane: (np.minimum(np.maximum(plane, -160), 240).astype(float) + 160) / 400 * 255 // 1",
    ),
    mistakes=(
        Mistake(
            "limited too late",
            "lambda plane: np.clip(np.round((plane + 160) / 400 * 255).astype(int).astype(np.uint8), 0, 255)",
            "The values are limited after they became uint8: by then they have wrapped round already.",
            "Limit first, convert last.",
        ),
        Mistake(
            "stretched between its own extremes",
            "lambda plane: ((plane - plane.min()) / np.ptp(plane) * 255).astype(np.uint8)",
            "You stretch each plane between its own lowest and highest value: the same tissue gets another "
            "grey in every plane.",
            "The limits -160 and 240 must be the same for every plane.",
        ),
        Mistake(
            "cut off without scaling",
            "lambda plane: np.clip(plane, 0, 255).astype(np.uint8)",
            (
                "You keep 0 to 255 HU as they are: soft tissue below water is lost, and 240 HU is not quite "
                "white."
            ),
            "Scale so that -160 becomes 0 and 240 becomes 255.",
        ),
        Mistake(
            "between 0 and 1",
            "lambda plane: np.clip((plane + 160) / 400, 0, 1)",
            "Your result goes from 0 to 1; as bytes that is black, or almost.",
            "Multiply by 255.",
        ),
    ),
    further=(
        "Limiting to a range and stretching it over the greys is called windowing: a later lesson is all "
        "about it."
    ),
)
