"""Exercises of chapter 1, lessons 1.1 and 1.2: what an image is, and loading, showing and saving one."""

from typing import Any

import numpy as np

from biomedlab.exercises.chapter_1 import lesson
from biomedlab.exercises.exercise import Exercise, Mistake
from biomedlab.exercises.figures import Figure
from biomedlab.exercises.functions import Function
from biomedlab.exercises.kinds import Array, Choice, Number, Place

find_the_eyes = Exercise(
    lesson,
    "find_the_eyes",
    title="Find the eyes",
    question=(
        "Both eyes of this person are in the volume. Drag the slider above until you see them as large as "
        "they get: two round balls side by side at the front of the head (the upper edge of the picture). "
        "Leave the slider there and run the cell below: it reads the position from the widget itself."
    ),
    # The balls are in sight in planes 27 to 41; a mistake below speaks of a whole stretch of planes.
    kind=Place(
        {"index": 7, "axis": 0.5},
        start={"index": 90, "axis": 0},
        bounds={"index": (27, 42, 46, 61, 130), "axis": (0.5,)},
    ),
    variable="browser",
    start="browser",
    minutes=2,
    hints=(
        (
            "Plane 0 is the lowest, at the level of the nose; the last plane is the top of the head. Where "
            "are your own eyes?"
        ),
        "The eyes lie lower than the middle of the head: make the index smaller than 90.",
        "Go to plane 34, then a few planes up and down to see the balls grow and shrink.",
    ),
    worked="browser.index = 34",
    reason=(
        "In this volume the plane index grows from the feet towards the head, so the eyes come before the "
        "middle. Setting the widget's `index` from code moves the picture, just as dragging the slider "
        "changes `index`."
    ),
    right=("SimpleNamespace(index=27, axis=0)", "SimpleNamespace(index=41, axis=0)"),
    mistakes=(
        Mistake(
            "cut another way",
            "SimpleNamespace(index=34, axis=1)",
            "You now cut the head another way.",
            "Choose pln (axial) under Cut across.",
        ),
        Mistake(
            "counted from the top",
            "SimpleNamespace(index=147, axis=0)",
            "You are near the top of the head: planes are counted from the bottom here.",
            "Drag to the other end. Watch the nose appear, then the eyes.",
        ),
        Mistake(
            "too high in the head",
            "SimpleNamespace(index=91, axis=0)",
            "You stopped too high in the head: only brain is here, no eyes.",
            "Drag to the left.",
        ),
        Mistake(
            "above the eyes",
            "SimpleNamespace(index=50, axis=0)",
            "These are the eye sockets' roofs and the base of the brain: a little too high.",
            "Go down some fifteen planes, until the two balls are round.",
        ),
        Mistake(
            "just above the eyes",
            "SimpleNamespace(index=43, axis=0)",
            "The eyes are getting smaller again.",
            "A few planes lower.",
        ),
        Mistake(
            "below the eyes",
            "SimpleNamespace(index=12, axis=0)",
            "This is below the eyes: the dark caves are filled with air, the nose and the sinuses beside it.",
            "Drag to the right, up to plane 27 at least.",
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
        "Which number does the chest x-ray `chest` hold in row 680, column 240? Rows and columns count from "
        "0."
    ),
    kind=Number(unit="grey levels"),
    minutes=1,
    hints=(
        "Square brackets pick from an array: first the row, then the column.",
        "Python counts from 0 and the question does too, so no number changes.",
        "Write `chest[row, column]` with the two numbers of the question.",
    ),
    worked="one_pixel = chest[680, 240]",
    reason=(
        "An image is indexed `image[row, column]`: down first, then across, both from the upper left corner."
    ),
    right=(
        "int(chest[680][240])",
        "[chest[680:681, 240:241]]",
        "float(chest.ravel()[680 * chest.shape[1] + 240])",
    ),
    mistakes=(
        Mistake(
            "row and column swapped",
            "chest[240, 680]",
            "You took row 240, column 680: in a graph x comes first, in an image the row does.",
            "`chest[row, column]`",
        ),
        Mistake(
            "counted from one",
            "chest[679, 239]",
            "You took one off each number, but these rows and columns count from 0 already.",
            "`chest[0, 0]` is the upper left pixel.",
        ),
        Mistake(
            "counted from the end",
            "chest[-680, -240]",
            "A negative index counts back from the last row and column.",
            "Leave the minus signs out.",
        ),
    ),
    further="`chest[680]` alone is a whole row: leave an index out and you get everything along that axis.",
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
    right=('"B"', '"b)"', '["b"]', '"b: predicting pathology"', '"Predicting pathology"'),
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
            "blue plus 20 wrapped round",
            "100 * np.mean(tissue[:, :, 0] > tissue[:, :, 2] + 20)",
            "Nearly: where blue is above 235, blue + 20 does not fit into uint8 and wraps round.",
            "Turn the channels into `int` before you add.",
        ),
        Mistake(
            "divided by all values",
            "100 * np.sum(tissue[:, :, 0].astype(int) - tissue[:, :, 2] > 20) / tissue.size",
            "You divided by `tissue.size`, which counts three values for each pixel: a third is left.",
            "Divide by the number of pixels.",
        ),
        Mistake(
            "20 counted as more than 20",
            "100 * np.mean(tissue[:, :, 0].astype(int) - tissue[:, :, 2] >= 20)",
            "You counted pixels whose red is just 20 above blue, too.",
            "More than 20 is `> 20`.",
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

unknown_width = Exercise(
    lesson,
    "unknown_width",
    title="A width that nobody told",
    question=(
        "Decide first, try it afterwards. `xray.sampling` is None: the file does not tell how far apart its "
        "pixels are. What happens when you ask how wide 100 pixels are, by `100 * xray.sampling[1]`?"
    ),
    kind=Choice(
        {
            "a": "you get 0, as the old reader would have it",
            "b": "you get 100, one millimetre for each pixel",
            "c": "you get None",
            "d": "Python raises an error",
        }
    ),
    label="predict, then run",
    minutes=2,
    hints=(
        "Is None a number? Is it a list of numbers?",
        "`None[1]` would have to pick the second of no numbers.",
        "Try it in a new cell, inside `with attempt():`.",
    ),
    worked='unknown_width = "d"',
    reason=(
        "None is no number and holds none, so Python raises a TypeError. That is a good thing: with the old "
        "reader's 0 you would have got a width of 0 mm, and no warning."
    ),
    right=('"D"', '("d",)', '"d: Python raises an error"'),
    mistakes=(
        Mistake(
            "takes unknown for zero",
            '"a"',
            "That is what the old reader's 0 would lead to; None is not 0.",
            "Ask `xray.sampling`, then try the line.",
        ),
        Mistake(
            "takes unknown for one",
            '"b"',
            "Nothing puts 1 mm in the place of an unknown distance here: it would be a guess.",
            "Ask `xray.sampling`, then try the line.",
        ),
        Mistake(
            "expects None",
            '"c"',
            "Python does not carry None through a calculation.",
            "Try `100 * None` inside `with attempt():`.",
        ),
    ),
    further="A loud error can be mended; a quiet 0 ends up in a report.",
)

show_a_plane = Exercise(
    lesson,
    "show_a_plane",
    title="Show a plane",
    question=(
        "Draw plane 60 of `brain` with matplotlib, in grey, and label both axes (`column` and `row` will "
        "do). Call the axes `ax`."
    ),
    kind=Figure(("picture", "cmap", "rows_down", "xlabel", "ylabel", "labels_swapped")),
    variable="ax",
    start="ax = ...  # begin with: fig, ax = plt.subplots()",
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
            "cut along the rows' axis",
            'fig, ax = plt.subplots()\nax.imshow(brain[:, 60], cmap="gray")\n'
            'ax.set_xlabel("c")\nax.set_ylabel("r")',
            "You cut the volume along its middle axis: this is a view from the front.",
            "The plane is the first index of a volume.",
        ),
        Mistake(
            "rows and columns swapped",
            'fig, ax = plt.subplots()\nax.imshow(np.asarray(brain)[60].T, cmap="gray")\n'
            'ax.set_xlabel("c")\nax.set_ylabel("r")',
            "The plane lies on its side: its rows run across.",
            "Draw `brain[60]` as it is, without `.T`.",
        ),
        Mistake(
            "one plane too low",
            'fig, ax = plt.subplots()\nax.imshow(brain[59], cmap="gray")\n'
            'ax.set_xlabel("c")\nax.set_ylabel("r")',
            "This is plane 59: planes count from 0, and the question does too.",
            "`brain[60]`",
        ),
        Mistake(
            "labels swapped",
            'fig, ax = plt.subplots()\nax.imshow(brain[60], cmap="gray")\n'
            'ax.set_xlabel("row")\nax.set_ylabel("column")',
            "The labels are swapped: columns are counted along the lower edge, rows along the left one.",
            'x is the column: `ax.set_xlabel("column")`.',
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
            "sign kept",
            "(jpeg.astype(int) - chest).max()",
            "That is the pixel that became brightest; others became darker, and one of them by more.",
            "Take the absolute value, `np.abs(...)`, before you look for the largest.",
        ),
        Mistake(
            "only pixels that became darker",
            "(jpeg.astype(int) - chest).min()",
            "That is the right pixel, but by how much it changed has no sign.",
            "Take the absolute value, `np.abs(...)`, and then the largest.",
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
    further="So many grey levels in one pixel: the eye misses it, a measurement does not.",
)

for_png = Exercise(
    lesson,
    "for_png",
    title="Bone and air in the wrong grey",
    question=(
        "A PNG of one byte per pixel holds 0 to 255. The function below should show Hounsfield units from "
        "-160 (becomes 0, black) to 240 (becomes 255, white): all below stays black, all above stays white. "
        "It runs without an error, but, as in the picture above, dense bone comes out in stripes and air is "
        "light. Mend it. (Rounding up or down does not matter.)"
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
    label="tie it together: find the mistake",
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
            "still wraps round",
            "lambda plane: np.clip(np.round((plane + 160) / 400 * 255).astype(int).astype(np.uint8), 0, 255)",
            "Above 240 HU and below -160 the numbers still wrap round: they are not limited, or only once "
            "they are uint8.",
            "Limit first, with `np.clip(values, low, high)`, and convert last.",
        ),
        Mistake(
            "limited at the top only",
            "lambda plane: ((np.minimum(plane, 240) + 160) / 400 * 255).astype(int).astype(np.uint8)",
            "Bone is white now, but air still wraps round: -1000 HU should become 0 (black), and "
            "yours gives some 230.",
            "Limit at the lower end, too.",
        ),
        Mistake(
            "limited at the bottom only",
            "lambda plane: ((np.maximum(plane, -160) + 160) / 400 * 255).astype(int).astype(np.uint8)",
            "Air is black now, but bone still wraps round: 1200 HU should become 255 (white), and "
            "yours gives some 100.",
            "Limit at the upper end, too.",
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
