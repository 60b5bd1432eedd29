"""Exercises of chapter 1, lessons 1.3 to 1.5: metadata and privacy, showing honestly, Hounsfield units."""

from itertools import cycle
from typing import Any

import numpy as np

from biomedlab.exercises.exercise import Exercise, Mistake
from biomedlab.exercises.figures import Figure

# By way of the first half, whose exercises so stand first whichever module is imported first.
from biomedlab.exercises.first_pictures import lesson
from biomedlab.exercises.functions import Function
from biomedlab.exercises.kinds import Array, Choice, Number, Place

patient_age = Exercise(
    lesson,
    "patient_age",
    title="How old was she?",
    question=(
        "How old was the patient of the x-ray when the picture was taken, in years? Let Python work it out "
        "from two entries of `header`. There are several dates in it: `ContentDate` says when the picture "
        "was taken. (Whole years are enough.)"
    ),
    kind=Number(unit="years", tolerance=0.7),
    minutes=4,
    hints=(
        "`header.PatientBirthDate` and `header.ContentDate` are texts: year, month, day.",
        "The first four letters of a text are `text[:4]`, and `int(...)` makes a number of them.",
        "`int(header.ContentDate[:4])` is the year of the picture. Take the year of birth off it.",
    ),
    worked="patient_age = int(header.ContentDate[:4]) - int(header.PatientBirthDate[:4])",
    reason=(
        "DICOM writes a date as eight digits, year first. The birthday in March was past when the picture "
        "was taken in September, so the difference of the years is her age."
    ),
    right=(
        "(int(header.ContentDate) - int(header.PatientBirthDate)) / 10000",
        '[(np.datetime64("1995-09-26") - np.datetime64("1940-03-05")).astype(int) / 365.25]',
        "float(int(header.SeriesDate[:4]) - 1940)",
    ),
    mistakes=(
        Mistake(
            "another date",
            "int(header.StudyDate[:4]) - int(header.PatientBirthDate[:4])",
            (
                "You took a date of 2004. StudyDate is one of several dates in the file; here it was filled "
                "in when the picture became a test image."
            ),
            "Look at `header.ContentDate`.",
        ),
        Mistake(
            "dates subtracted as they stand",
            "int(header.ContentDate) - int(header.PatientBirthDate)",
            "19950926 is a date, not a number of days or years: the last four digits are month and day.",
            "Take the first four digits of each.",
        ),
        Mistake(
            "days instead of years",
            '(np.datetime64("1995-09-26") - np.datetime64("1940-03-05")).astype(int)',
            "That is her age in days.",
            "A year has 365.25 of them.",
        ),
        Mistake(
            "the wrong way round",
            "int(header.PatientBirthDate[:4]) - int(header.ContentDate[:4])",
            "An age below 0: you subtracted the picture's year from the year of birth.",
            "Later minus earlier.",
        ),
    ),
    further=(
        "Two entries that name nobody, and yet: a birth date, a sex and a town together single out most "
        "people."
    ),
)

find_the_name = Exercise(
    lesson,
    "find_the_name",
    title="Find the name",
    question=(
        "Is `shared` anonymous? Browse through all of its planes. Somewhere a name is burnt in. Leave the "
        "slider where you can read it, then run the cell below."
    ),
    kind=Place(
        {"index": 1, "axis": 0.5},
        start={"index": 40, "axis": 0},
        bounds={"index": (12, 15), "axis": (0.5,)},
    ),
    variable="shared",
    start="shared",
    minutes=2,
    hints=(
        "Only a few planes of the eighty carry it. Go slowly, with the arrow keys, all the way down and up.",
        (
            "Look at the upper left corner, which should be plain air. The name is in the lower half of the "
            "volume."
        ),
        "Go to plane 12, then one more and one more.",
    ),
    worked="shared.index = 13",
    reason=(
        "The name is in planes 12 to 14 only. The middle plane, which is what programs show first, is clean."
    ),
    right=("SimpleNamespace(index=12, axis=0)", "SimpleNamespace(index=14, axis=0)"),
    mistakes=(
        Mistake(
            "cut another way",
            "SimpleNamespace(index=40, axis=1)",
            "You now cut the chest another way: letters that lie in one plane become thin lines.",
            "Choose pln under Cut across.",
        ),
        Mistake(
            "below the name",
            "SimpleNamespace(index=5, axis=0)",
            "There is nothing to read here: the name comes a little higher.",
            "Drag the slider to the right, slowly.",
        ),
        Mistake(
            "above the name",
            "SimpleNamespace(index=60, axis=0)",
            "There is nothing to read here.",
            "Drag the slider to the left, slowly, and watch the upper left corner.",
        ),
    ),
    further=(
        "Here it took eighty planes to be sure; a hospital has millions. That is why programs that read text "
        "in pictures are part of every serious anonymisation, with people who check."
    ),
)

may_share = Exercise(
    lesson,
    "may_share",
    title="Which of them may leave the hospital?",
    question="Somebody wants to publish a scan of Jane Doe's chest. Which of these is anonymous for sure?",
    kind=Choice(
        {
            "a": "the DICOM file, with PatientName and PatientBirthDate emptied",
            "b": "a screenshot of the viewer, since it has no header at all",
            "c": "the numbers alone, saved with `np.save` as `doe_jane_1962.npy`",
            "d": "none of the three",
        }
    ),
    minutes=2,
    hints=(
        "Look for the name, or a way to it, in three places: the header, the pixels, the file's own name.",
        "The header of the x-ray held other entries that lead to the patient: which?",
        "What stands in the corners of a viewer's window?",
    ),
    worked='may_share = "d"',
    reason=(
        "The first still has numbers, dates and UIDs that lead to the patient, the second may show the name "
        "in a corner, and the third says it in the name of the file."
    ),
    right=('"D"', '"none of the three"', '["d"]'),
    mistakes=(
        Mistake(
            "emptied the name only",
            '"a"',
            "The patient's other numbers, the hospital, the dates and the UIDs are still in the header.",
            "Look at the list of entries above once more.",
        ),
        Mistake(
            "trusted the screenshot",
            '"b"',
            "Viewers write name and birth date into the corners, and a screenshot burns them in.",
            "Find the name in the pixels, too.",
        ),
        Mistake(
            "forgot the file's name",
            '"c"',
            "The numbers may be clean, but the file is called after the patient.",
            "File and folder names are metadata, too.",
        ),
    ),
    further=(
        "Whether a scan may leave the hospital at all is for an ethics board and the law to say, not for a "
        "program; the program only makes it harmless."
    ),
)


def _movie(rng: np.random.Generator) -> tuple[Any, ...]:
    first, last = (int(n) for n in (rng.integers(2, 8), rng.integers(15, 20)))
    left, right = (int(n) for n in (rng.integers(9, 14), rng.integers(22, 30)))
    return rng.integers(1, 256, (3, 24, 40), dtype=np.uint8), (first, last), (left, right)


_REGION = """
def only_the_region(movie, rows, cols):
    inside = np.s_[:, rows[0] : rows[1] + 1, cols[0] : cols[1] + 1]
    clean = np.zeros_like(movie)
    clean[inside] = movie[inside]
    return {}
"""

only_the_region = Exercise(
    lesson,
    "only_the_region",
    title="Black out all but the region",
    question=(
        "Write `only_the_region(movie, rows, cols)`. `movie` has the shape (time, row, col); `rows` is the "
        "first and the last row of the region, `cols` its first and last column. **The last ones belong to "
        "the region.** Return a movie of the same shape that is 0 outside the region, in every frame."
    ),
    kind=Function(
        "(1 + np.arange(2 * 6 * 9, dtype=np.uint8).reshape(2, 6, 9), (1, 4), (2, 6))", _movie, Array()
    ),
    start="def only_the_region(movie, rows, cols):\n    ...",
    label="tie it together",
    minutes=8,
    hints=(
        "Begin with a black movie, `clean = np.zeros_like(movie)`, and copy the region into it.",
        (
            "`[:, a:b, c:d]` is a region in all frames. In Python the end is left out; here the last one "
            "belongs."
        ),
        (
            "`clean[:, rows[0] : rows[1] + 1, ...] = movie[:, rows[0] : rows[1] + 1, ...]`; likewise the "
            "columns."
        ),
    ),
    worked="""
        def only_the_region(movie, rows, cols):
            clean = np.zeros_like(movie)
            top, bottom = rows[0], rows[1] + 1
            left, right = cols[0], cols[1] + 1
            clean[:, top:bottom, left:right] = movie[:, top:bottom, left:right]
            return clean
    """,
    reason=(
        "What is not known to be harmless goes: it is safer to keep the region than to hunt for letters. The "
        "+ 1 is needed since DICOM names the last row and Python the one after."
    ),
    right=(
        """
def only_the_region(movie, rows, cols):
    t, row, col = np.indices(movie.shape)
    inside = (row >= rows[0]) & (row <= rows[1]) & (col >= cols[0]) & (col <= cols[1])
    return np.where(inside, movie, 0)
""",
        """
def only_the_region(movie, rows, cols):
    clean = movie.copy()
    clean[:, : rows[0]] = 0
    clean[:, rows[1] + 1 :] = 0
    clean[:, :, : cols[0]] = 0
    clean[:, :, cols[1] + 1 :] = 0
    return clean.tolist()
""",
    ),
    mistakes=(
        Mistake(
            "the last ones left out",
            """
def only_the_region(movie, rows, cols):
    clean = np.zeros_like(movie)
    clean[:, rows[0] : rows[1], cols[0] : cols[1]] = movie[:, rows[0] : rows[1], cols[0] : cols[1]]
    return clean
""",
            "The last row and the last column of the region are black: Python leaves the end of a range out.",
            "Add 1 to each end.",
        ),
        Mistake(
            "cut out",
            _REGION.format("clean[inside]"),
            "You cut the region out: the movie has become smaller, and every index in it has changed.",
            "Return a movie of the same shape, black outside.",
        ),
        Mistake(
            "blackened the inside",
            _REGION.format("movie - clean"),
            "You blackened the heart and kept the letters.",
            "The region is what stays.",
        ),
        Mistake(
            "first frame only",
            _REGION.format("np.concatenate([clean[:1], movie[1:]])"),
            "Only frame 0 is clean: the name is still in all the others.",
            "A `:` for the first index means all frames.",
        ),
        Mistake(
            "rows and columns swapped",
            """
def only_the_region(movie, rows, cols):
    clean = np.zeros_like(movie)
    inside = np.s_[:, cols[0] : cols[1] + 1, rows[0] : rows[1] + 1]
    clean[inside] = movie[inside]
    return clean
""",
            "You took the rows for columns: the region lies elsewhere.",
            "The order of the axes is (time, row, col).",
        ),
        Mistake(
            "rows only",
            """
def only_the_region(movie, rows, cols):
    clean = np.zeros_like(movie)
    clean[:, rows[0] : rows[1] + 1] = movie[:, rows[0] : rows[1] + 1]
    return clean
""",
            "To the left and to the right of the region all is still there.",
            "Limit the columns, too.",
        ),
    ),
    further="It keeps no letter outside the region, whatever it says. Inside, somebody still has to look.",
)

in_two_greys = Exercise(
    lesson,
    "in_two_greys",
    title="100 and 101",
    question=(
        "Decide first; the cell after this exercise shows it. The left half of a picture is 100, the right "
        'half 101. You draw it with `plt.imshow(picture, cmap="gray")`. What do you see?'
    ),
    kind=Choice(
        {
            "a": "two greys that no eye can tell apart",
            "b": "black and white",
            "c": "two light greys, a little apart",
            "d": "one even grey",
        }
    ),
    label="predict, then run",
    minutes=1,
    hints=(
        "Nobody told imshow what 0 and 255 mean. What does it take for black?",
        "Lesson 1.2 said which numbers become the darkest and the brightest if you do not choose them.",
        "The lowest number that occurs is 100.",
    ),
    worked='in_two_greys = "b"',
    reason=(
        "Without vmin and vmax, imshow paints the lowest number that occurs black and the highest white, "
        "however close they are."
    ),
    right=('"B"', '"b: black and white"', '("b",)'),
    mistakes=(
        Mistake(
            "thought of 0 to 255",
            '"a"',
            "So it would be if 0 were black and 255 white. But imshow was not told so.",
            "What does it take for black and for white if nobody says?",
        ),
        Mistake(
            "thought of the values themselves",
            '"c"',
            "100 is no grey by itself: it becomes one only between a black and a white.",
            "What does imshow take for black and for white if nobody says?",
        ),
        Mistake(
            "expects one grey",
            '"d"',
            "There are two numbers, and imshow stretches them as far apart as it can.",
            "What does it take for black and for white if nobody says?",
        ),
    ),
    further="So noise of one level in an empty picture looks like a strong pattern: look at the colour bar.",
)

grey_shift = Exercise(
    lesson,
    "grey_shift",
    title="One value, two greys",
    question=(
        "Drawn with limits of its own, plane 40 of `brain` shows its lowest value as grey 0 and its highest "
        "as grey 255; plane 90 does the same with its own. How many greys brighter does a voxel of value 100 "
        "come out in plane 90 than in plane 40? Within 0.1."
    ),
    kind=Number(unit="greys", tolerance=0.1),
    minutes=4,
    hints=(
        "Between the limits the greys are spread evenly: how far along is 100?",
        "The grey of a value is `(value - lowest) / (highest - lowest) * 255`.",
        "Work it out with the extremes of `brain[40]`, then of `brain[90]`, and subtract.",
    ),
    worked="""
        def grey(value, plane):
            low, high = int(plane.min()), int(plane.max())
            return (value - low) / (high - low) * 255

        grey_shift = grey(100, brain[90]) - grey(100, brain[40])
    """,
    reason="The highest value of plane 90 is lower, so that 100 lies nearer to its white end.",
    right=(
        "float(100 / brain[90].max() - 100 / brain[40].max()) * 255",
        "[255 * np.diff([plt.Normalize(0, brain[pln].max())(100) for pln in (40, 90)])]",
    ),
    mistakes=(
        Mistake(
            "the same limits",
            "0",
            "It would be 0 if both planes had the same limits; here each has its own.",
            "`brain[40].max()`, `brain[90].max()`",
        ),
        Mistake(
            "darker instead of brighter",
            "(100 / float(brain[40].max()) - 100 / float(brain[90].max())) * 255",
            "You subtracted plane 90 from plane 40.",
            "How much brighter in plane 90: that one first.",
        ),
        Mistake(
            "share, not greys",
            "100 / float(brain[90].max()) - 100 / float(brain[40].max())",
            "That is the share of the way from black to white.",
            "The way is 255 greys long.",
        ),
        Mistake(
            "compared the limits",
            "float(brain[40].max()) - float(brain[90].max())",
            "That is how far the highest values of the two planes lie apart.",
            "Ask for the grey of 100 in each plane.",
        ),
        Mistake(
            "one plane only",
            "100 / float(brain[90].max()) * 255",
            "That is the grey in plane 90.",
            "Take the grey in plane 40 off it.",
        ),
    ),
    further="The tissue is the same; only the brightest voxel elsewhere in the picture is another.",
)

_LUNG = """
fig, ax = plt.subplots()
shown = ax.imshow({picture}, cmap="{cmap}", {limits})
fig.colorbar(shown, label="HU")
"""
_LUNG_LIMITS = "vmin=-1350, vmax=150"

in_lung_window = Exercise(
    lesson,
    "in_lung_window",
    title="A lung window of your own",
    question=(
        "Draw plane 55 of `ct` in grey, in axes `ax`, in the lung window: centre -600 HU, width 1500 HU. Add "
        "a "
        'colour bar (`fig.colorbar(shown, label="HU")`, where `shown` is what imshow returns), so that '
        "everybody sees the limits."
    ),
    kind=Figure(("picture", "cmap", "vmin", "vmax", "colorbar", "colorbar_label")),
    variable="ax",
    start="ax = ...  # begin with: fig, ax = plt.subplots()",
    minutes=4,
    hints=(
        "The centre is shown as middle grey. Half of the width lies below it, half above.",
        "vmin is -600 - 1500 / 2. What is vmax?",
        "`shown = ax.imshow(ct[55], cmap=..., vmin=..., vmax=...)`, then the colour bar.",
    ),
    worked="""
        center, width = -600, 1500
        fig, ax = plt.subplots()
        shown = ax.imshow(ct[55], cmap="gray", vmin=center - width / 2, vmax=center + width / 2)
        fig.colorbar(shown, label="HU")
    """,
    reason="A window spreads its width evenly around its centre: from -1350 (black) to 150 HU (white).",
    right=(
        """
fig, ax = plt.subplots()
bar = fig.colorbar(ax.imshow(np.asarray(ct)[55], "binary_r", norm=plt.Normalize(-1350, 150)))
bar.ax.set_title("HU")
""",
        """
ax = biomedlab.plotting.show(ct[55], vmin=-1350.0, vmax=150.0)
plt.colorbar(ax.images[0], ax=ax, orientation="horizontal").set_label("Hounsfield units")
""",
    ),
    mistakes=(
        Mistake(
            "centre and width taken for the limits",
            _LUNG.format(picture="ct[55]", cmap="gray", limits="vmin=-600, vmax=1500"),
            "You took -600 for the lower limit and 1500 for the upper one: the lungs are all black.",
            "-600 is the middle of the window, 1500 its length.",
        ),
        Mistake(
            "the whole width to both sides",
            _LUNG.format(picture="ct[55]", cmap="gray", limits="vmin=-2100, vmax=900"),
            "You went a whole width down and a whole width up: your window is twice as wide.",
            "Half of the width lies on each side of the centre.",
        ),
        Mistake(
            "begins at the centre",
            _LUNG.format(picture="ct[55]", cmap="gray", limits="vmin=-600, vmax=900"),
            "Your window begins at its centre, so that most of the lungs is black.",
            "Half of the width lies on each side of the centre.",
        ),
        Mistake(
            "limits of the plane itself",
            _LUNG.format(picture="ct[55]", cmap="gray", limits=""),
            "Without vmin and vmax the limits are the extremes of this plane.",
            "Give both limits of the window.",
        ),
        Mistake(
            "another plane",
            _LUNG.format(picture="ct[54]", cmap="gray", limits=_LUNG_LIMITS),
            "The window is right, but this is plane 54: planes count from 0, and the question does too.",
            "`ct[55]`",
        ),
        Mistake(
            "matplotlib's own colours",
            _LUNG.format(picture="ct[55]", cmap="viridis", limits=_LUNG_LIMITS),
            "The window is right, but the colours go from purple to yellow.",
            'Add `cmap="gray"`.',
        ),
        Mistake(
            "no colour bar",
            f'fig, ax = plt.subplots()\nax.imshow(ct[55], cmap="gray", {_LUNG_LIMITS})',
            "The picture is right, but nobody can tell which HU is black and which is white.",
            'Keep what imshow returns, `shown = ax.imshow(...)`, then `fig.colorbar(shown, label="HU")`.',
        ),
        Mistake(
            "bar without a label",
            _LUNG.format(picture="ct[55]", cmap="gray", limits=_LUNG_LIMITS).replace(', label="HU"', ""),
            "The colour bar shows numbers, but does not say of what: they are Hounsfield units.",
            '`fig.colorbar(shown, label="HU")`',
        ),
    ),
    further="The bar is the honest part: it tells the reader what you chose to show, and what not.",
)

lightest_level = Exercise(
    lesson,
    "lightest_level",
    title="Where turbo is lightest",
    question=(
        "A colour map has 256 levels, 0 for the lowest value and 255 for the highest. `lightness(name)` "
        "gives "
        'the lightness of each. At which level is `"turbo"` lightest?'
    ),
    kind=Number(tolerance=0.2),
    minutes=3,
    hints=(
        'Look at the curve above first. Is it the end? `lightness("turbo")` holds its 256 numbers.',
        "`.max()` gives the largest number; you want the place where it stands.",
        "`np.argmax(numbers)` gives the place of the largest.",
    ),
    worked='lightest_level = np.argmax(lightness("turbo"))',
    reason=(
        "argmax gives the place of the largest number. It is near the middle: from there turbo darkens again."
    ),
    right=(
        'float(np.argsort(lightness("turbo"))[-1])',
        'max(range(256), key=lambda level: lightness("turbo")[level])',
    ),
    mistakes=(
        Mistake(
            "the lightness, not the level",
            'lightness("turbo").max()',
            "That is how light the lightest colour is, from 0 for black to 100 for white.",
            "At which level? `np.argmax`",
        ),
        Mistake(
            "expects the end",
            "255",
            "So it is with gray, viridis and cividis. turbo ends in a dark red.",
            "Look at its curve.",
        ),
        Mistake(
            "the darkest level",
            'np.argmin(lightness("turbo"))',
            "That is where it is darkest.",
            "`np.argmax` instead of `np.argmin`.",
        ),
        Mistake(
            "share of the way",
            'np.argmax(lightness("turbo")) / 255',
            "That is how far along the map it is, from 0 to 1.",
            "Give the level, 0 to 255.",
        ),
    ),
    further=(
        "So in a turbo picture the brightest spots are not the highest values, and printed in grey the "
        "highest look much like the lowest."
    ),
)

tissue_in_grey = Exercise(
    lesson,
    "tissue_in_grey",
    title="A colour picture with a colour map",
    question=(
        "Decide first; the next cell shows it. `tissue` is the microscope picture, of shape (512, 512, 3). "
        "What "
        'does `plt.imshow(tissue, cmap="gray", vmin=0, vmax=60)` draw?'
    ),
    kind=Choice(
        {
            "a": "a grey picture, very bright",
            "b": "the red channel in grey",
            "c": "an error",
            "d": "the picture in its own colours, as if cmap, vmin and vmax were not there",
        }
    ),
    label="predict, then run",
    minutes=1,
    hints=(
        "A colour map turns one number into a colour. How many numbers has a pixel of `tissue`?",
        "Three numbers are a colour already: red, green, blue.",
        "matplotlib does not complain about what it does not need.",
    ),
    worked='tissue_in_grey = "d"',
    reason=(
        "Three numbers for a pixel are a colour already, so there is nothing to map; imshow says nothing "
        "about it."
    ),
    right=('"D"', '"d)"', '["D"]'),
    mistakes=(
        Mistake(
            "expects grey",
            '"a"',
            "A colour map needs one number for each pixel; here there are three.",
            "Try it.",
        ),
        Mistake(
            "expects one channel",
            '"b"',
            "imshow never picks a channel by itself.",
            "Try it.",
        ),
        Mistake(
            "expects an error",
            '"c"',
            "It would be kind to complain, but it leaves out in silence what it does not need.",
            "Try it.",
        ),
    ),
    further="For a grey picture choose one channel, or take the mean of the three: `tissue.mean(axis=2)`.",
)


def _windowed_plane(rng: np.random.Generator) -> tuple[Any, ...]:
    # In steps of 50, so that some values lie just at the limits.
    plane = (50 * rng.integers(-20, 30, (20, 30))).astype(np.int16)
    return plane, int(50 * rng.integers(-4, 8)), int(100 * rng.integers(4, 9))


_HIDDEN = """
def hidden_percent(plane, center, width):
    vmin, vmax = {}
    return {}
"""
_ENDS = "center - width / 2, center + width / 2"
_OUTSIDE = "100 * np.mean((plane < vmin) | (plane > vmax))"

hidden_percent = Exercise(
    lesson,
    "hidden_percent",
    title="What a window hides",
    question=(
        "All values below a window come out as the same black, and all above it as the same white. Write "
        "`hidden_percent(plane, center, width)` that returns which percentage of a plane's pixels lies "
        "outside the window. A value just at a limit lies inside. Within 0.01 %."
    ),
    kind=Function("(ct[40], 50, 400)", _windowed_plane, Number(unit="%", tolerance=0.01)),
    start="def hidden_percent(plane, center, width):\n    ...",
    label="tie it together",
    minutes=6,
    hints=(
        "First the two limits: half of the width below the centre, half above it.",
        "`(plane < vmin) | (plane > vmax)` is True where a pixel is outside; `|` means or.",
        "The mean of True and False is a share. Multiply it by 100 and `return` it.",
    ),
    worked="""
        def hidden_percent(plane, center, width):
            vmin, vmax = center - width / 2, center + width / 2
            return 100 * np.mean((plane < vmin) | (plane > vmax))
    """,
    reason=(
        "The window goes from centre - width / 2 to centre + width / 2; outside means below one or above the "
        "other."
    ),
    right=(
        "lambda plane, center, width: 100.0 * (np.abs(plane.astype(float) - center) > width / 2).mean()",
        """
def hidden_percent(plane, center, width):
    vmin, vmax = biomedlab.intensity.window_limits(center, width)
    shown = np.count_nonzero((plane >= vmin) & (plane <= vmax))
    return [100 - 100 * shown / plane.size]
""",
    ),
    mistakes=(
        Mistake(
            "counted what is shown",
            _HIDDEN.format(_ENDS, f"100 - {_OUTSIDE}"),
            "This is the percentage that lies inside the window.",
            "Outside is below vmin or above vmax.",
        ),
        Mistake(
            "the limits counted as outside",
            _HIDDEN.format(_ENDS, "100 * np.mean((plane <= vmin) | (plane >= vmax))"),
            "You counted pixels that lie just at a limit, too.",
            "Use `<` and `>`, without the equals sign.",
        ),
        Mistake(
            "the whole width to both sides",
            _HIDDEN.format("center - width, center + width", _OUTSIDE),
            "Your window is twice as wide: you went a whole width to each side.",
            "Half of the width lies on each side of the centre.",
        ),
        Mistake(
            "centre and width taken for the limits",
            _HIDDEN.format("center, width", _OUTSIDE),
            "You took the centre for the lower limit and the width for the upper one.",
            "The window goes from centre - width / 2 to centre + width / 2.",
        ),
        Mistake(
            "black only",
            _HIDDEN.format(_ENDS, "100 * np.mean(plane < vmin)"),
            "You counted what comes out black; what comes out white is hidden as well.",
            "`(plane < vmin) | (plane > vmax)`",
        ),
        Mistake(
            "white only",
            _HIDDEN.format(_ENDS, "100 * np.mean(plane > vmax)"),
            "You counted what comes out white; what comes out black is hidden as well.",
            "`(plane < vmin) | (plane > vmax)`",
        ),
        Mistake(
            "share, not percent",
            _HIDDEN.format(_ENDS, "np.mean((plane < vmin) | (plane > vmax))"),
            "This is a share between 0 and 1.",
            "Percent means of a hundred.",
        ),
        Mistake(
            "or between arrays",
            _HIDDEN.format(_ENDS, "100 * np.mean((plane < vmin) or (plane > vmax))"),
            (
                "`or`, `and` and a chain such as `a < b < c` want one True or False, but a comparison of an "
                "array gives one for each pixel."
            ),
            "Pixel by pixel, `|` is or and `&` is and, with each side in parentheses.",
        ),
    ),
    further=(
        "In the chest's plane 40 a soft tissue window hides more than half of all pixels: the lungs and the "
        "air."
    ),
)


what_is_it = Exercise(
    lesson,
    "what_is_it",
    title="What is it made of?",
    question="A round spot of 25 mm in a kidney measures -75 HU on average. What is it made of?",
    kind=Choice({"a": "water, as in a harmless cyst", "b": "fat", "c": "calcium, as in a stone", "d": "gas"}),
    minutes=1,
    hints=(
        "Where does -75 stand on the scale above?",
        "It is a little below water, far above air.",
        "Which tissue floats on water?",
    ),
    worked='what_is_it = "b"',
    reason="Of all tissues only fat lies a little below water, from about -120 to -50 HU.",
    right=('"B"', '"fat"', '"b: fat"'),
    mistakes=(
        Mistake("took it for water", '"a"', "Water is 0 HU, give or take 10.", "-75 is clearly lower."),
        Mistake(
            "took it for calcium",
            '"c"',
            "Calcium takes up more x-rays than water, so it lies above 100 HU.",
            "What lies below water?",
        ),
        Mistake("took it for gas", '"d"', "Gas is near -1000 HU.", "What lies between gas and water?"),
    ),
    further=(
        "Fat in a tumour of the kidney is typical of an angiomyolipoma, which is almost always benign: a "
        "measured number can spare an operation."
    ),
)


# In turn, so that each check meets a slope that gives fractions.
_SLOPES = cycle((0.5, 2.0, 2.5))


def _stored(rng: np.random.Generator) -> tuple[Any, ...]:
    stored = rng.integers(0, 4096, (20, 30), dtype=np.uint16)
    return stored, next(_SLOPES), float(rng.choice([-1024.0, -1000.0, -8192.0]))


to_hu = Exercise(
    lesson,
    "to_hu",
    title="Right for one scanner only",
    question=(
        "This function makes Hounsfield units of stored numbers. For our CT, whose slope is 1, it is right. "
        "For a scanner whose slope is 2 it makes bone of muscle. Mend it."
    ),
    kind=Function(
        "(np.array([[24, 1024], [1084, 2000]], np.uint16), 1.0, -1024.0)", _stored, Array(tolerance=0.01)
    ),
    start="""
        def to_hu(stored, slope, intercept):
            return (stored + intercept) * slope
    """,
    label="find the mistake",
    minutes=3,
    hints=(
        "Say the rule in words: stored times slope, plus intercept. Which comes first in the code?",
        "Parentheses are worked out first. What do they do here?",
        "Multiplication comes before addition by itself: no parentheses are needed.",
    ),
    worked="""
        def to_hu(stored, slope, intercept):
            return stored * slope + intercept
    """,
    reason="The slope scales the stored number alone; the intercept is in HU already and must not be scaled.",
    right=(
        "lambda stored, slope, intercept: intercept + slope * stored.astype(float)",
        "lambda stored, slope, intercept: np.polyval([slope, intercept], stored).tolist()",
    ),
    mistakes=(
        Mistake(
            "intercept scaled as well",
            "lambda stored, slope, intercept: slope * (intercept + stored)",
            "The intercept is multiplied by the slope, too; with a slope of 1 nobody notices.",
            "First times the slope, then plus the intercept.",
        ),
        Mistake(
            "slope left out",
            "lambda stored, slope, intercept: stored + intercept",
            "The slope is not used at all; with a slope of 1 nobody notices.",
            "Multiply the stored numbers by it.",
        ),
        Mistake(
            "intercept left out",
            "lambda stored, slope, intercept: stored * slope",
            "The intercept is not added: air would come out near 0, where water belongs.",
            "Add it after the multiplication.",
        ),
        Mistake(
            "intercept subtracted",
            "lambda stored, slope, intercept: stored * slope - intercept",
            "The intercept is negative already: subtracting it adds 1024 where 1024 should be taken off.",
            "Add it, with its sign.",
        ),
        Mistake(
            "slope and intercept swapped",
            "lambda stored, slope, intercept: stored * intercept + slope",
            "You multiply by the intercept and add the slope.",
            "Slope is the factor, intercept is what is added.",
        ),
        Mistake(
            "fractions cut off",
            "lambda stored, slope, intercept: (stored * slope + intercept).astype(int)",
            "The rule is right, but you cut the fractions off; HU need not be whole.",
            "Leave the values as they come: decimal numbers.",
        ),
        Mistake(
            "rounded",
            "lambda stored, slope, intercept: np.round(stored * slope + intercept)",
            "The rule is right, but you rounded; HU need not be whole.",
            "Leave the values as they come: decimal numbers.",
        ),
    ),
    further=(
        "A test with one scanner's files would never have found it. That is why checks here use fresh "
        "numbers."
    ),
)

_FILM = """
fig, ax = plt.subplots()
ax.imshow({picture}, cmap="{cmap}", {limits})
"""

bone_white = Exercise(
    lesson,
    "bone_white",
    title="Bone white again",
    question=(
        "Draw `film`, every fourth pixel of the MONOCHROME1 x-ray, so that bone is white and the lungs are "
        "dark. Take the limits that its file states (window centre 15000, width 30000). Leave the numbers as "
        "they are: choose the colour map. Call the axes `ax`."
    ),
    kind=Figure(("picture", "cmap", "vmin", "vmax")),
    variable="ax",
    start="ax = ...",
    minutes=3,
    hints=(
        "Low values must come out white: the grey map has to run the other way.",
        "In matplotlib every map has a reversed twin whose name ends in `_r`.",
        '`cmap="gray_r"`. The limits are 15000 - 30000 / 2 and 15000 + 30000 / 2.',
    ),
    worked="""
        fig, ax = plt.subplots()
        ax.imshow(film, cmap="gray_r", vmin=0, vmax=30000)
    """,
    reason=(
        '"gray_r" is gray reversed: the lowest value white, the highest black. The numbers stay those of the '
        "file."
    ),
    right=(
        'fig, ax = plt.subplots()\nax.imshow(np.asarray(film), "grey_r", norm=plt.Normalize(0, 30000))',
        'fig, ax = plt.subplots()\nax.imshow(film, cmap="binary", vmin=0, vmax=30000)',
        'fig, ax = plt.subplots()\nax.imshow(film, cmap="gist_yarg", vmin=0, vmax=30000)',
        """
ax = plt.figure().add_subplot()
ax.imshow(film, plt.colormaps["gray"].reversed(), vmin=15000 - 30000 / 2, vmax=15000 + 30000 / 2)
""",
    ),
    mistakes=(
        Mistake(
            "turned the numbers over",
            _FILM.format(picture="30000 - film.astype(float)", cmap="gray", limits="vmin=0, vmax=30000"),
            (
                "It looks right, but the numbers in your picture are no longer those of the file: a value "
                "read off it is wrong."
            ),
            "Leave `film` as it is, and take the colour map that runs the other way.",
        ),
        Mistake(
            "limits upside down",
            _FILM.format(picture="film", cmap="gray", limits="vmin=30000, vmax=0"),
            "It looks right, but the limits are upside down: vmin is meant to be the lower one.",
            "vmin=0 and vmax=30000, and a reversed map.",
        ),
        Mistake(
            "bone left black",
            _FILM.format(picture="film", cmap="gray", limits="vmin=0, vmax=30000"),
            "Bone is still black: this map shows low values dark.",
            "Turn the map round.",
        ),
        Mistake(
            "turned over twice",
            _FILM.format(picture="30000 - film.astype(float)", cmap="gray_r", limits="vmin=0, vmax=30000"),
            "You turned both the numbers and the map: bone is black again.",
            "Turn the map only.",
        ),
        Mistake(
            "limits of the picture itself",
            _FILM.format(picture="film", cmap="gray_r", limits=""),
            "Without vmin and vmax the limits are the extremes of this picture, not those of the file.",
            "centre - width / 2 and centre + width / 2",
        ),
        Mistake(
            "centre and width taken for the limits",
            _FILM.format(picture="film", cmap="gray_r", limits="vmin=15000, vmax=30000"),
            "15000 is the middle of the window, and 30000 its length.",
            "centre - width / 2 and centre + width / 2",
        ),
    ),
    further=(
        "A program that learned from MONOCHROME2 images and is given MONOCHROME1 sees every lung as bone. "
        "The entry PhotometricInterpretation tells; nothing else does."
    ),
)

moved = Exercise(
    lesson,
    "moved",
    title="Move the chest, keep the air",
    question=(
        "Build an array `moved`: the slice `plane` moved by 20 columns to the right. It keeps its shape, "
        "what goes over the right edge is lost, and the 20 new columns on the left are air, -1000 HU."
    ),
    kind=Array(tolerance=1, unit="HU"),
    minutes=4,
    hints=(
        "Begin with an array of the same shape that is air everywhere, then copy the chest into it.",
        "`np.full_like(plane, -1000)` is air. The columns from 20 on are `moved[:, 20:]`.",
        "They get all columns of `plane` but the last twenty: `plane[:, :-20]`.",
    ),
    worked="""
        moved = np.full_like(plane, -1000)
        moved[:, 20:] = plane[:, :-20]
    """,
    reason="Column 20 of the new array gets column 0 of the old, and so on; what nobody fills stays air.",
    right=(
        "ndi.shift(plane, (0, 20), order=0, cval=-1000)",
        "np.pad(plane, ((0, 0), (20, 0)), constant_values=-1000)[:, : plane.shape[1]]",
        "np.hstack([np.full((len(plane), 20), -1000.0), plane[:, :-20]]).tolist()",
    ),
    mistakes=(
        Mistake(
            "filled with water",
            "ndi.shift(plane, (0, 20), order=0)",
            "The new columns are 0, which is water: a slab of water stands beside the patient.",
            "Give the filling: -1000 (in `ndi.shift` it is called `cval`).",
        ),
        Mistake(
            "to the left",
            "np.pad(plane, ((0, 0), (0, 20)), constant_values=-1000)[:, 20:]",
            "You moved the chest to the left.",
            "The new columns come first: index 0 to 19.",
        ),
        Mistake(
            "downwards",
            "ndi.shift(plane, (20, 0), order=0, cval=-1000)",
            "You moved the chest down: the first axis is the rows.",
            "Columns are the second axis.",
        ),
        Mistake(
            "rolled round",
            "np.roll(plane, 20, axis=1)",
            "What went over the right edge came in again on the left.",
            "The new columns are plain air.",
        ),
        Mistake(
            "rolled through all rows",
            "np.roll(plane, 20)",
            "Without `axis`, `np.roll` takes the slice for one long row: what leaves a row enters the next.",
            "Nothing is to come in again, only air.",
        ),
        Mistake(
            "wider than before",
            "np.pad(plane, ((0, 0), (20, 0)), constant_values=-1000)",
            "Your array has 20 columns more than the slice.",
            "Leave out the last 20 columns.",
        ),
        Mistake(
            "only cut off",
            "plane[:, :-20]",
            "You cut 20 columns off; nothing has moved yet.",
            "The shape stays the same: 20 columns of air come in on the left.",
        ),
    ),
    further=(
        "The same holds for rotating, padding and masking: say what fills the gap, in the unit of the image."
    ),
)

fat_percent = Exercise(
    lesson,
    "fat_percent",
    title="How much fat?",
    question=(
        "Call a voxel fat if it has -150 to -50 HU (both included; wider than in the table, since single "
        "voxels scatter), and body if it is above -300 HU, which leaves out the air and the lungs. Which "
        "percentage of the body in `ct[20]` is fat? Within 0.1 %."
    ),
    kind=Number(unit="%", tolerance=0.1),
    label="tie it together",
    minutes=5,
    hints=(
        "`(a >= low) & (a <= high)` is True where both hold. `np.sum` counts the True ones.",
        "Divide the number of fat voxels by the number of body voxels, not by all.",
        "`plane = ct[20]`; `fat = (plane >= -150) & (plane <= -50)`; `body = plane > -300`.",
    ),
    worked="""
        part = ct[20]
        fat = (part >= -150) & (part <= -50)
        body = part > -300
        fat_percent = 100 * np.sum(fat) / np.sum(body)
    """,
    reason=(
        "The values are in HU, so fixed limits mean a tissue. The share must be one of the body: air around "
        "it says how large the picture is, nothing about the patient."
    ),
    right=(
        "float(100 * np.mean(np.abs(ct[20][ct[20] > -300] + 100.0) <= 50))",
        "[np.histogram(ct[20], [-150, -49.5])[0][0] / np.count_nonzero(np.asarray(ct[20]) > -300) * 1e2]",
    ),
    mistakes=(
        Mistake(
            "the air counted as body",
            "100 * np.mean((ct[20] >= -150) & (ct[20] <= -50))",
            "You divided by all voxels of the slice: air and lungs are among them.",
            "Divide by the number of voxels above -300 HU.",
        ),
        Mistake(
            "all below -50",
            "100 * np.sum(ct[20] <= -50) / np.sum(ct[20] > -300)",
            "Air and lungs lie below -50 HU, too: you counted them as fat.",
            "Both limits: `(a >= -150) & (a <= -50)`",
        ),
        Mistake(
            "all above -150",
            "100 * np.sum(ct[20] >= -150) / np.sum(ct[20] > -300)",
            "You counted all that is denser than fat as well: muscle, blood, bone.",
            "Both limits: `(a >= -150) & (a <= -50)`",
        ),
        Mistake(
            "share, not percent",
            "np.sum((ct[20] >= -150) & (ct[20] <= -50)) / np.sum(ct[20] > -300)",
            "That is the share, between 0 and 1.",
            "Percent means of a hundred.",
        ),
        Mistake(
            "counted voxels",
            "np.sum((ct[20] >= -150) & (ct[20] <= -50))",
            "That is how many voxels are fat, not which part of the body.",
            "Divide by the number of body voxels, and mind that percent is wanted.",
        ),
        Mistake(
            "stored numbers",
            "100 * np.sum((ct[20] + 1024 >= -150) & (ct[20] + 1024 <= -50)) / np.sum(ct[20] + 1024 > -300)",
            "There is no fat at all in your numbers: these are stored numbers, which have none below 0.",
            "`biomedlab.load` gives HU; take `ct[20]` as it is.",
        ),
    ),
    further=(
        "The same count on a real scan at the height of the navel is a measure of the fat in the belly. It "
        "works since HU mean the same on every scanner, or nearly; an MRI has no such scale."
    ),
)

# In turn, so that each check meets both kinds, and slopes that are not 1.
_PHOTOMETRIC = cycle(("MONOCHROME2", "MONOCHROME1"))
_EXPORT_SLOPES = cycle((0.5, 1.0, 2.0))


def _export(rng: np.random.Generator) -> tuple[Any, ...]:
    top, left = (int(n) for n in rng.integers(1, 8, 2))
    header = {
        "slope": next(_EXPORT_SLOPES),
        "intercept": float(rng.choice([-1024.0, -1000.0])),
        "center": int(rng.integers(-100, 200)),
        "width": int(rng.integers(300, 900)),
        "photometric": next(_PHOTOMETRIC),
        "text": (top, top + 6, left, left + 12),
    }
    return rng.integers(0, 3000, (24, 32), dtype=np.uint16), header


_SHOW = """
def fit_to_show(stored, header):
    values = stored * header["slope"] + header["intercept"]
    vmin = header["center"] - header["width"] / 2
    grey = np.clip((values - vmin) / header["width"], 0, 1) * 255
    if header["photometric"] == "MONOCHROME1":
        grey = 255 - grey
    top, bottom, left, right = header["text"]
    grey[top:bottom, left:right] = 0
    return grey.round().astype("uint8")
"""


def _showing(*changes: tuple[str, str]) -> str:
    """Return the code of the project with some of its lines changed."""
    code = _SHOW
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    return code


_TURN = '    if header["photometric"] == "MONOCHROME1":\n        grey = 255 - grey\n'
_BLACKEN = '    top, bottom, left, right = header["text"]\n    grey[top:bottom, left:right] = 0\n'

fit_to_show = Exercise(
    lesson,
    "fit_to_show",
    title="A picture that is fit to show",
    question=(
        "You want to put scans on a poster. Write `fit_to_show(stored, header)`. `stored` holds the numbers "
        "as they stand in the file. `header` is a dictionary such as `told` above: `slope` and `intercept`; "
        "`center` and `width` of the window; `photometric`, which is `MONOCHROME1` or `MONOCHROME2`; and "
        "`text`, the place of burnt-in letters as (top, bottom, left, right), ends left out as in Python. "
        "Return uint8: the window stretched over 0 to 255, turned over if low is meant to be white, and the "
        "place of the letters black (0). (Rounding up or down does not matter.)"
    ),
    kind=Function(
        "(np.arange(0, 2880, 2, dtype=np.uint16).reshape(30, 48), {'slope': 1.0, 'intercept': -1024.0, "
        "'center': 40, 'width': 400, 'photometric': 'MONOCHROME1', 'text': (12, 20, 5, 30)})",
        _export,
        Array(tolerance=2, dtype=True),
    ),
    start="def fit_to_show(stored, header):\n    ...",
    label="chapter project",
    minutes=12,
    hints=(
        "One step a line, in this order: values by slope and intercept, window, turn over, letters, uint8.",
        (
            "The window: `(values - vmin) / width` is 0 at its lower and 1 at its upper end. `np.clip(..., "
            "0, 1)` stops there; then times 255."
        ),
        (
            'Turning over is `255 - grey`, if `header["photometric"] == "MONOCHROME1"`. Blacken after that, '
            'and end with `.astype("uint8")`.'
        ),
    ),
    worked="""
        def fit_to_show(stored, header):
            values = stored * header["slope"] + header["intercept"]
            vmin = header["center"] - header["width"] / 2
            grey = 255 * np.clip((values - vmin) / header["width"], 0, 1)
            if header["photometric"] == "MONOCHROME1":
                grey = 255 - grey
            top, bottom, left, right = header["text"]
            grey[top:bottom, left:right] = 0
            return np.round(grey).astype(np.uint8)
    """,
    reason=(
        "The order matters: the window is in HU, so slope and intercept come first; what is blackened before "
        "turning over would become white; and limiting must come before uint8, which wraps round."
    ),
    right=(
        """
def fit_to_show(stored, header):
    h = header
    low, high = h["center"] - h["width"] / 2, h["center"] + h["width"] / 2
    ends = [0, 255] if h["photometric"] == "MONOCHROME2" else [255, 0]
    grey = np.interp(stored * h["slope"] + h["intercept"], [low, high], ends).astype(np.uint8)
    grey[h["text"][0] : h["text"][1], h["text"][2] : h["text"][3]] = 0
    return grey
""",
        """
def fit_to_show(stored, header):
    values = header["slope"] * stored.astype(np.float32) + header["intercept"]
    vmin, vmax = biomedlab.intensity.window_limits(header["center"], header["width"])
    cmap = "gray_r" if header["photometric"].endswith("1") else "gray"
    grey = plt.colormaps[cmap](plt.Normalize(vmin, vmax)(values), bytes=True)[:, :, 0].copy()
    top, bottom, left, right = header["text"]
    grey[top:bottom, left:right] = 0
    return grey
""",
    ),
    mistakes=(
        Mistake(
            "window on stored numbers",
            _showing(('stored * header["slope"] + header["intercept"]', "stored.astype(float)")),
            "You laid the window over the stored numbers; it is meant for HU.",
            "First make values of them: stored x slope + intercept.",
        ),
        Mistake(
            "slope left out",
            _showing(('stored * header["slope"]', "stored")),
            "The slope is not used; with a slope of 1 nobody notices.",
            "stored x slope + intercept",
        ),
        Mistake(
            "intercept scaled as well",
            _showing(
                (
                    'stored * header["slope"] + header["intercept"]',
                    '(stored + header["intercept"]) * header["slope"]',
                )
            ),
            "The intercept was scaled by the slope, too; with a slope of 1 nobody notices.",
            "First times the slope, then plus the intercept: see exercise 1.23.",
        ),
        Mistake(
            "intercept left out",
            _showing((' + header["intercept"]', "")),
            "The intercept is not added: your values are not HU, so the window lies elsewhere.",
            "stored x slope + intercept",
        ),
        Mistake(
            "window begins at its centre",
            _showing((' - header["width"] / 2', "")),
            "Your window begins at its centre, so that everything comes out too dark.",
            "Half of the width lies below the centre.",
        ),
        Mistake(
            "wraps round",
            _showing(
                (
                    'np.clip((values - vmin) / header["width"], 0, 1) * 255',
                    '(values - vmin) / header["width"] * 255',
                ),
                ('grey.round().astype("uint8")', 'grey.round().astype(int).astype("uint8")'),
            ),
            "Outside the window the greys wrap round: uint8 starts again at 0 after 255.",
            "Limit the greys to 0 to 255 before you make uint8 of them: `np.clip`.",
        ),
        Mistake(
            "wraps round, fractions cut off",
            _showing(
                (
                    'np.clip((values - vmin) / header["width"], 0, 1) * 255',
                    '(values - vmin) / header["width"] * 255',
                ),
                ('grey.round().astype("uint8")', 'grey.astype(int).astype("uint8")'),
            ),
            "Values outside the window wrapped round: uint8 starts again at 0 after 255.",
            "Limit the greys to 0 to 255 before you make uint8 of them: `np.clip`.",
        ),
        Mistake(
            "MONOCHROME1 forgotten",
            _showing((_TURN, "")),
            "A MONOCHROME1 image comes out as its negative.",
            'Ask `header["photometric"]`, and turn the greys over if low is meant to be white.',
        ),
        Mistake(
            "always turned over",
            _showing((_TURN, "    grey = 255 - grey\n")),
            "You turn every image over; a MONOCHROME2 image becomes a negative.",
            'Only if `header["photometric"] == "MONOCHROME1"`.',
        ),
        Mistake(
            "blackened before turning over",
            _showing((_BLACKEN, ""), (_TURN, _BLACKEN + _TURN)),
            (
                "In a MONOCHROME1 image the place of the letters is white: it was blackened first and turned "
                "over after."
            ),
            "Blacken last.",
        ),
        Mistake(
            "letters set to 0 HU",
            _showing(
                (_BLACKEN, ""),
                ("    vmin =", _BLACKEN.replace("grey[", "values[") + "    vmin ="),
            ),
            "You set the letters to 0 before the window: 0 HU is water, and comes out as some grey.",
            "Blacken the greys, at the end.",
        ),
        Mistake(
            "letters left in",
            _showing((_BLACKEN, "")),
            "The letters are still there.",
            'Set the place that `header["text"]` names to 0.',
        ),
        Mistake(
            "rows and columns swapped",
            _showing(("top, bottom, left, right = ", "left, right, top, bottom = ")),
            "You blackened another place: rows and columns are swapped.",
            "`grey[top:bottom, left:right]`",
        ),
    ),
    further=(
        "This is what a careful export does. Keep the original file: the poster needs greys, the next "
        "measurement needs Hounsfield units."
    ),
)
