"""Exercises of chapter 4, lessons 4.6 to 4.11: masks, morphology, filters and edges."""

from typing import Any

import numpy as np

from biomedlab.exercises.exercise import Exercise, Mistake
from biomedlab.exercises.figures import Figure
from biomedlab.exercises.functions import Function

# By way of the first half, whose exercises so stand first whichever module is imported first.
from biomedlab.exercises.grey_values import lesson
from biomedlab.exercises.kinds import Array, Choice, Number, Place
from biomedlab.exercises.selections import Overlap, Range

__all__ = ["lesson"]

# ---------------------------------------------------------------- 4.6 logical masks

and_or_and = Exercise(
    lesson,
    "and_or_and",
    title="The word and",
    question=(
        "Decide first; the cell after this exercise shows it. `middle` is an array of Hounsfield units. What "
        "does `middle > -500 and middle < 0` give?"
    ),
    kind=Choice(
        {
            "a": "a mask of the pixels between -500 and 0",
            "b": "one True or False for the whole picture",
            "c": "the second of the two masks",
            "d": "an error",
        }
    ),
    label="predict, then run",
    minutes=1,
    hints=(
        "The word `and` joins two statements, each of which is true or false as a whole.",
        "`and` first asks of `middle > -500` whether it is true. It holds 47,104 answers.",
        "numpy refuses to make one True or False of so many.",
    ),
    worked='and_or_and = "d"',
    reason=(
        "`and` needs one True or False on its left side, and an array of many has no single truth: numpy "
        "raises a ValueError. `&` compares pixel by pixel."
    ),
    right=('"D"', '"d)"', '["d"]'),
    mistakes=(
        Mistake(
            "and for every pixel",
            '"a"',
            "That is what is meant, but `and` does not look at pixels: it wants one True or False.",
            "Which sign works pixel by pixel?",
        ),
        Mistake(
            "one truth for all",
            '"b"',
            "To give one answer, Python would have to choose between any pixel and all pixels.",
            "numpy does not choose for you. What does it do instead?",
        ),
        Mistake(
            "and as with numbers",
            '"c"',
            "With plain numbers, `5 and 7` is 7. But first Python asks whether the left side is true.",
            "Is an array of True and False true?",
        ),
    ),
    further="`or`, `not` and `if mask:` ask the same question, and end in the same error.",
)

fat = Exercise(
    lesson,
    "fat",
    title="Where is the fat?",
    question=(
        "Fat lies between -190 and -30 HU. Build the mask of all pixels of `middle` in that range, both ends "
        "included."
    ),
    kind=Array(dtype=True),
    minutes=3,
    hints=(
        "Two comparisons, one for each end of the range. Which pixels pass both?",
        "`middle >= -190` is the one mask. Join the other to it with `&`, and put each in parentheses.",
        "`(middle >= -190) & (middle <= ...)`",
    ),
    worked="fat = (middle >= -190) & (middle <= -30)",
    reason=(
        "Each comparison gives a mask, and `&` keeps the pixels that are True in both. The parentheses are "
        "needed: without them Python takes `-190 & middle` first."
    ),
    right=(
        "biomedlab.masks.between(middle, -190, -30)",
        "~((middle < -190) | (middle > -30))",
        "np.where(np.abs(middle + 110) <= 80, True, False)",
    ),
    mistakes=(
        Mistake(
            "or instead of and",
            "(middle >= -190) | (middle <= -30)",
            "Your mask is True everywhere: every number is above -190 *or* below -30.",
            "Both must hold for the same pixel.",
        ),
        Mistake(
            "ends left out",
            "(middle > -190) & (middle < -30)",
            "Pixels of exactly -190 and -30 HU are missing.",
            "`>=` and `<=` take the ends in.",
        ),
        Mistake(
            "no upper limit",
            "middle >= -190",
            "You set the lower limit only: muscle and bone are in your mask, too.",
            "Join a second comparison with `&`.",
        ),
        Mistake(
            "no lower limit",
            "middle <= -30",
            "You set the upper limit only: all the air is in your mask, too.",
            "Join a second comparison with `&`.",
        ),
        Mistake(
            "the other way round",
            "(middle < -190) | (middle > -30)",
            "This is everything but the fat.",
            "Turn it over with `~`, or turn the comparisons round.",
        ),
        Mistake(
            "values instead of a mask",
            "middle[(middle >= -190) & (middle <= -30)]",
            "These are the values of the fat, in a row: their places are lost.",
            "The mask itself is wanted, as large as `middle`.",
        ),
        Mistake(
            "numbers instead of a mask",
            "np.where((middle >= -190) & (middle <= -30), 1, 0)",
            "The places are right, but these are the numbers 0 and 1: `~` and `middle[fat]` would take them "
            "for something else.",
            "The comparisons themselves give True and False; or add `== 1`.",
        ),
    ),
    further=(
        "`biomedlab.masks.between(middle, -190, -30)` does the same, and refuses limits that are swapped."
    ),
)


def _labelled(rng: np.random.Generator) -> tuple[Any, ...]:
    return rng.integers(-1000, 1500, (30, 40), dtype=np.int16), rng.integers(0, 11, (30, 40), dtype=np.uint8)


keep_lungs = Exercise(
    lesson,
    "keep_lungs",
    title="Only the lungs",
    question=(
        "In `labels` the right lung is 2 and the left lung is 3. The function below should give back the "
        "image with everything else set to -1000 HU. But almost nothing is blanked. Mend it."
    ),
    kind=Function("(middle, labels[40])", _labelled),
    start="""
        def keep_lungs(image, labels):
            return np.where(labels < 4, image, -1000)
    """,
    label="find the mistake",
    minutes=5,
    hints=(
        "Which numbers are below 4? Write them all down.",
        "0 is below 4, and 0 is the background; 1 is the other tissue.",
        "Ask for 2 or 3: `(labels == 2) | (labels == 3)`, or `np.isin(labels, [2, 3])`.",
    ),
    worked="""
        def keep_lungs(image, labels):
            lungs = (labels == 2) | (labels == 3)
            return np.where(lungs, image, -1000)
    """,
    reason=(
        "Labels are names written as numbers. `labels < 4` also takes 0, which is the background, and 1. Ask "
        "for the names you mean."
    ),
    right=(
        "lambda image, labels: np.where(np.isin(labels, [2, 3]), image, -1000)",
        """
def keep_lungs(image, labels):
    image = image.copy()
    image[(labels < 2) | (labels > 3)] = -1000
    return image
""",
    ),
    mistakes=(
        Mistake(
            "background kept",
            "lambda image, labels: np.where(labels <= 3, image, -1000)",
            "0 and 1 are below 4, too: the background and the other tissue stay in.",
            "Ask for 2 and for 3 by name.",
        ),
        Mistake(
            "other tissue kept",
            "lambda image, labels: np.where((labels > 0) & (labels < 4), image, -1000)",
            "The background is out, but label 1, the other tissue, is still in.",
            "Ask for 2 and for 3 by name.",
        ),
        Mistake(
            "2 | 3 is 3",
            "lambda image, labels: np.where(labels == 2 | 3, image, -1000)",
            "Only the left lung is kept: Python first joins the bits of 2 and 3, and `2 | 3` is 3.",
            "Two comparisons, each in parentheses: `(labels == 2) | (labels == 3)`.",
        ),
        Mistake(
            "both at once",
            "lambda image, labels: np.where((labels == 2) & (labels == 3), image, -1000)",
            "Nothing is kept: no pixel is in both lungs.",
            "A pixel belongs if it is in the one *or* in the other.",
        ),
        Mistake(
            "one lung",
            "lambda image, labels: np.where(labels == 2, image, -1000)",
            "You keep the right lung only.",
            "A pixel belongs if its label is 2 or 3.",
        ),
        Mistake(
            "lungs blanked",
            "lambda image, labels: np.where((labels == 2) | (labels == 3), -1000, image)",
            "You blanked the lungs and kept the rest.",
            "`np.where(mask, where it is True, where it is False)`",
        ),
        Mistake(
            "filled with water",
            "lambda image, labels: np.where((labels == 2) | (labels == 3), image, 0)",
            "The rest is 0 now, and 0 HU is water.",
            "Fill with -1000, which is air.",
        ),
    ),
    further="A label says which part it is, not how much of anything: never compare labels with < or >.",
)

tune_nuclei = Exercise(
    lesson,
    "tune_nuclei",
    title="A better threshold",
    question=(
        "Otsu's threshold makes a mask of the nuclei, but many dim ones are missing. Drag *From* in the view "
        "above until Dice, the agreement with the nuclei that people drew, is as high as it gets. Leave *To* "
        "at the top. Then run the cell."
    ),
    # Dice is above 0.854 from 39 to 45, and 0.861 at best.
    kind=Range(
        {"low": 3, "high": 30},
        start={"low": 48, "high": 235},
        bounds={"low": (39, 45.001, 48.001), "high": (205,)},
    ),
    variable="tuner",
    start="tuner",
    label="tie it together",
    minutes=4,
    hints=(
        "The slider From is below the histogram, Dice in the table under it. The arrow keys move by 1.",
        "Dim nuclei come in when From goes down; too far down, so does the background.",
        "Around 42. `tuner.thresholds = [42, 235]` does it without the mouse.",
    ),
    worked="tuner.thresholds = [42, 235]",
    reason=(
        "Lower thresholds let dim nuclei in, and with them specks of background. Dice is highest, 0.861, "
        "where both together cost least. Between 39 and 45 it hardly changes."
    ),
    right=("SimpleNamespace(thresholds=(40, 235))", "SimpleNamespace(thresholds=[44.5, np.float32(230)])"),
    mistakes=(
        Mistake(
            "not low enough",
            "SimpleNamespace(thresholds=[47, 235])",
            "A little: this is close to where it began.",
            "Go on down, and watch Dice.",
        ),
        Mistake(
            "up instead of down",
            "SimpleNamespace(thresholds=[70, 235])",
            "You moved From up: even more nuclei are missing now.",
            "Drag it down, below 48.",
        ),
        Mistake(
            "too far down",
            "SimpleNamespace(thresholds=[30, 235])",
            "So low, the background comes in: the view is full of specks.",
            "Drag it up again until Dice stops rising.",
        ),
        Mistake(
            "bright nuclei cut off",
            "SimpleNamespace(thresholds=[42, 90])",
            "To came down, too, and the brightest nuclei fell out of the range.",
            "Put To back to the top, 235.",
        ),
    ),
    further=(
        "Without a reference there is no Dice. Then look at the outline over the image: nothing replaces "
        "that."
    ),
)

# ---------------------------------------------------------------- 4.7 masked statistics

liver_mean = Exercise(
    lesson,
    "liver_mean",
    title="How dense is the liver?",
    question=(
        "A fatty liver is less dense than a healthy one. What is the mean of `ct` in the liver, label 8 in "
        "`labels`, over the whole volume? In HU, to within 0.1."
    ),
    kind=Number(unit="HU", tolerance=0.1),
    minutes=3,
    hints=(
        "Only voxels of the liver may enter the mean.",
        "`ct[mask]` gives the values where the mask is True, and no others.",
        "`ct[labels == 8]`, and then its mean.",
    ),
    worked="liver_mean = ct[labels == 8].mean()",
    reason="`ct[mask]` holds the liver's values and nothing else, so the mean is that of the liver.",
    right=(
        "ndi.mean(ct, labels, 8)",
        "np.sum(ct * (labels == 8.0)) / np.sum(labels == 8)",
        "[np.mean(np.asarray(ct), where=np.asarray(labels) == 8)]",
    ),
    mistakes=(
        Mistake(
            "the forgotten background",
            "np.mean(ct * (labels == 8))",
            "You set everything else to 0, and then the zeros were counted, too: 3.7 million of them.",
            "Take the values out with `ct[mask]` before you take the mean.",
        ),
        Mistake(
            "the whole volume",
            "ct.mean()",
            "This is the mean of all voxels: mostly air.",
            "Which voxels belong to the liver?",
        ),
        Mistake(
            "everything that has a label",
            "ndi.mean(ct, labels)",
            "Without an index, `ndi.mean` takes all labels above 0 together.",
            "Say which one: the third argument is the index.",
        ),
        Mistake(
            "the mean of the mask",
            "(labels == 8).mean()",
            "This is the mean of the mask: the share of all voxels that are liver.",
            "Use the mask to pick values of `ct`.",
        ),
        Mistake(
            "the spleen",
            "ndi.mean(ct, labels, 9)",
            "Label 9 is the spleen.",
            "`truth.labels` tells the number of each part.",
        ),
        Mistake(
            "median",
            "np.median(ct[labels == 8])",
            "This is the median. The mean is asked for.",
            "`.mean()`",
        ),
    ),
    further=(
        "112 HU were put in. The mean is lower, since voxels at the edge are a mixture of liver and its "
        "neighbours: the partial volume effect."
    ),
)

lungs_ml = Exercise(
    lesson,
    "lungs_ml",
    title="How large are the lungs?",
    question=(
        "What is the volume of both lungs together (labels 2 and 3), in ml? 1 ml is 1000 mm³. To within 1 ml."
    ),
    kind=Number(unit="ml", tolerance=1),
    minutes=4,
    hints=(
        "Count the voxels of both lungs, then ask how many mm³ each of them stands for.",
        "A voxel is plane spacing x row spacing x column spacing: `np.prod(labels.sampling)`.",
        "`np.isin(labels, [2, 3]).sum()` voxels, times that, divided by 1000.",
    ),
    worked="lungs_ml = np.isin(labels, [2, 3]).sum() * np.prod(labels.sampling) / 1000",
    reason="509,658 voxels, each standing for 3 x 1.5 x 1.5 = 6.75 mm³, are 3440 ml.",
    right=(
        "biomedlab.masks.volume((labels == 2) | (labels == 3), labels.sampling) / 1000",
        "[ndi.sum_labels(np.full(labels.shape, 6.75e-3), labels, [2, 3]).sum()]",
    ),
    mistakes=(
        Mistake(
            "thickness taken for spacing",
            "np.isin(labels, [2, 3]).sum() * 5 * 1.5 * 1.5 / 1000",
            "You gave each voxel the thickness of the slice, 5 mm. The slices overlap.",
            "From plane to plane it is 3 mm: `labels.sampling[0]`.",
        ),
        Mistake(
            "mm³ instead of ml",
            "np.isin(labels, [2, 3]).sum() * 6.75",
            "This is the volume in mm³.",
            "Divide by 1000.",
        ),
        Mistake(
            "voxels taken for mm³",
            "np.isin(labels, [2, 3]).sum() / 1000",
            "You counted each voxel as 1 mm³.",
            "Multiply by the space of one voxel.",
        ),
        Mistake(
            "one lung",
            "(labels == 2).sum() * 6.75 / 1000",
            "This is the right lung alone.",
            "Add the left one, label 3.",
        ),
        Mistake(
            "2 | 3 is 3",
            "(labels == 2 | 3).sum() * 6.75 / 1000",
            "This is the left lung alone: `2 | 3` is 3.",
            "`(labels == 2) | (labels == 3)`, with the parentheses.",
        ),
        Mistake(
            "background included",
            "(labels < 4).sum() * 6.75 / 1000",
            "`labels < 4` takes 0 and 1 in, the air around the patient and all the rest.",
            "Ask for 2 and 3.",
        ),
        Mistake(
            "a square for a voxel",
            "np.isin(labels, [2, 3]).sum() * 1.5 * 1.5 / 1000",
            "You multiplied by the area of a pixel: the distance of the planes is missing.",
            "A voxel has three sides.",
        ),
    ),
    further=(
        "The truth before the body was cut into voxels is 3441 ml: of a large organ hardly anything is lost. "
        "Of the small nodule it is 5 %."
    ),
)


def _two_masks(rng: np.random.Generator) -> tuple[Any, ...]:
    reference = rng.random((12, 15)) < 0.4
    mask = (reference & (rng.random((12, 15)) < 0.7)) | (rng.random((12, 15)) < 0.1)
    mask[0, :4], reference[0, :4] = (True, True, False, True), (True, False, True, False)
    return mask, reference


agreement = Exercise(
    lesson,
    "agreement",
    title="Dice by hand",
    question=(
        "Write `agreement(mask, reference)` that returns the Dice of two masks: twice the number of pixels "
        "that both have, divided by the sum of their sizes."
    ),
    kind=Function("(nuclei > 41, nuclei_mask > 0)", _two_masks, Number(tolerance=1e-6)),
    start="def agreement(mask, reference):\n    ...",
    minutes=5,
    hints=(
        "Three counts are needed: the pixels of both, those of the one, those of the other.",
        "`np.sum(mask & reference)` counts what both have.",
        "`2 * np.sum(mask & reference) / (mask.sum() + ...)`",
    ),
    worked="""
        def agreement(mask, reference):
            both = np.sum(mask & reference)
            return 2 * both / (mask.sum() + reference.sum())
    """,
    reason=(
        "If the masks are the same, both counts are the size of one, and Dice is 1. If they share nothing it "
        "is 0."
    ),
    right=(
        "lambda mask, reference: biomedlab.masks.dice(mask, reference)",
        "lambda mask, reference: [2 * mask[reference].sum() / (np.sum(mask) + np.sum(reference))]",
        """
def agreement(mask, reference):
    both = np.logical_and(mask, reference).sum()
    missed, extra = (reference & ~mask).sum(), (mask & ~reference).sum()
    return float(both / (both + (missed + extra) / 2))
""",
    ),
    mistakes=(
        Mistake(
            "intersection over union",
            "lambda mask, reference: np.sum(mask & reference) / np.sum(mask | reference)",
            "This is intersection over union, IoU. It is another measure, and never above Dice.",
            "Dice divides by the sum of the two sizes, where what both have counts twice.",
        ),
        Mistake(
            "the 2 forgotten",
            "lambda mask, reference: np.sum(mask & reference) / (mask.sum() + reference.sum())",
            "Half of it: two equal masks would give 0.5.",
            "Twice what both have.",
        ),
        Mistake(
            "True + True is True",
            "lambda mask, reference: 2 * np.sum(mask & reference) / np.sum(mask + reference)",
            "`mask + reference` is a mask again, where True + True is True: what both have counts once.",
            "Add the two sizes, not the two masks.",
        ),
        Mistake(
            "accuracy",
            "lambda mask, reference: np.mean(mask == reference)",
            "This is the share of pixels on which they agree; all that is background in both counts, too.",
            "Only pixels inside a mask count.",
        ),
        Mistake(
            "share of the reference",
            "lambda mask, reference: np.sum(mask & reference) / np.sum(reference)",
            "You divided by the size of the reference only: a mask of everything would get a 1.",
            "Divide by the sum of both sizes, and take what both have twice.",
        ),
        Mistake(
            "share of the mask",
            "lambda mask, reference: np.sum(mask & reference) / np.sum(mask)",
            "You divided by the size of the mask only: a mask of one right pixel would get a 1.",
            "Divide by the sum of both sizes, and take what both have twice.",
        ),
    ),
    further="Two empty masks divide 0 by 0. `biomedlab.masks.dice` says 1: they are the same.",
)


def _organ(rng: np.random.Generator) -> tuple[Any, ...]:
    volume = rng.integers(-1000, 1200, (6, 10, 12), dtype=np.int16)
    mask = rng.random((6, 10, 12)) < rng.uniform(0.2, 0.6)
    sampling = (
        float(rng.choice([2.5, 3.0, 5.0])),
        float(rng.choice([0.6, 0.8])),
        float(rng.choice([0.9, 1.1])),
    )
    return volume, mask, sampling


_ORGAN = "lambda volume, mask, sampling: [{}, {}, {}]"
_ML = "mask.sum() * np.prod(sampling) / 1000"

organ_report = Exercise(
    lesson,
    "organ_report",
    title="A report on an organ",
    question=(
        "Write `organ_report(volume, mask, sampling)` that returns three numbers: the volume of the organ in "
        "ml, and the mean and the standard deviation (`np.std`) of `volume` in it. To within 0.001."
    ),
    kind=Function(
        "(np.asarray(ct)[50:60, 75:100, 60:90], np.asarray(labels)[50:60, 75:100, 60:90] == 10, ct.sampling)",
        _organ,
        Array(tolerance=0.001),
    ),
    start="def organ_report(volume, mask, sampling):\n    ...",
    label="tie it together",
    minutes=6,
    hints=(
        "`values = volume[mask]` first; two of the three numbers come from it.",
        "`mask.sum()` voxels of `np.prod(sampling)` mm³ each; 1000 mm³ are 1 ml.",
        "`return [mask.sum() * np.prod(sampling) / 1000, values.mean(), ...]`",
    ),
    worked="""
        def organ_report(volume, mask, sampling):
            values = volume[mask]
            ml = mask.sum() * np.prod(sampling) / 1000
            return [ml, values.mean(), values.std()]
    """,
    reason="Size comes from the mask and the sampling, the rest from the values inside, and from no others.",
    right=(
        _ORGAN.format(
            "biomedlab.masks.volume(mask, sampling) / 1e3",
            "ndi.mean(volume, mask, 1)",
            "ndi.standard_deviation(volume, mask, 1)",
        ),
        """
def organ_report(volume, mask, sampling):
    inside = np.where(mask, volume, np.nan)
    ml = np.count_nonzero(mask) * sampling[0] * sampling[1] * sampling[2] / 1000
    return np.array([ml, np.nanmean(inside), np.nanstd(inside)])
""",
    ),
    mistakes=(
        Mistake(
            "the forgotten background",
            _ORGAN.format(_ML, "np.mean(volume * mask)", "np.std(volume * mask)"),
            "Outside the mask you have zeros, and they were counted.",
            "`volume[mask]` holds the values inside and nothing else.",
        ),
        Mistake(
            "the whole volume",
            _ORGAN.format(_ML, "volume.mean()", "volume.std()"),
            "Mean and standard deviation are those of the whole volume.",
            "`volume[mask]`",
        ),
        Mistake(
            "mm³ instead of ml",
            _ORGAN.format("mask.sum() * np.prod(sampling)", "volume[mask].mean()", "volume[mask].std()"),
            "The first number is in mm³.",
            "Divide by 1000.",
        ),
        Mistake(
            "voxels taken for mm³",
            _ORGAN.format("mask.sum() / 1000", "volume[mask].mean()", "volume[mask].std()"),
            "The first number counts voxels as if each were 1 mm³.",
            "Multiply by `np.prod(sampling)`.",
        ),
        Mistake(
            "variance",
            _ORGAN.format(_ML, "volume[mask].mean()", "volume[mask].var()"),
            "The third number is the variance, in squared units.",
            "The standard deviation is its root: `.std()`.",
        ),
        Mistake(
            "divided by n - 1",
            _ORGAN.format(_ML, "volume[mask].mean()", "volume[mask].std(ddof=1)"),
            "Your standard deviation divides by n - 1, as for a sample of something larger.",
            "`np.std` as it is divides by n.",
        ),
    ),
    further="Say all three together: a mean without its spread and its size tells little.",
)

# ---------------------------------------------------------------- 4.8 morphology

border_trap = Exercise(
    lesson,
    "border_trap",
    title="Close what has no gap",
    question=(
        "Decide first; the cell after this exercise shows it. A mask of 9 x 9 pixels is True in its left "
        "five columns, 45 pixels. It has no gap and no hole. How many pixels are True after "
        "`ndi.binary_closing(mask, np.ones((5, 5)))`?"
    ),
    kind=Choice(
        {"a": "45: there is nothing to close", "b": "63", "c": "15", "d": "81: everything is closed"}
    ),
    label="predict, then run",
    minutes=2,
    hints=(
        "A closing is a dilation, then an erosion. The dilation adds two columns: 7 x 9 = 63 pixels.",
        "The erosion takes off two pixels on every side, also on the sides where the mask meets the edge.",
        "For scipy everything beyond the edge is False. So 7 columns lose two at each side, 9 rows two.",
    ),
    worked='border_trap = "c"',
    reason=(
        "The dilation cannot grow beyond the edge, but the erosion bites from there: 7 x 9 pixels become "
        "3 x 5 = 15. Two thirds of the mask are gone."
    ),
    right=('"C"', '"c: 15"', '"15"'),
    mistakes=(
        Mistake(
            "trusted the name",
            '"a"',
            "So it should be: a closing never takes anything away. But what stands beyond the edge?",
            "Do both steps by hand: first two pixels more, then two pixels less, from *all* sides.",
        ),
        Mistake(
            "only the dilation",
            '"b"',
            "That is after the first step, the dilation.",
            "An erosion follows.",
        ),
        Mistake(
            "everything closed",
            '"d"',
            "A closing fills gaps up to its size; the right half is open.",
            "Do both steps by hand: first two pixels more, then two pixels less, from all sides.",
        ),
    ),
    further="`ndi.binary_closing` has done this to many a lung that the scan had cut off.",
)


def _ragged(rng: np.random.Generator) -> tuple[Any, ...]:
    width = int(rng.choice([3, 13, 15]))
    mask = rng.random((14, 17)) < 0.25
    mask[2:6, :3] = mask[-2:, 6:9] = True
    return mask, np.ones((width, width), int)


_WITH_MARGIN = """
def safe_closing(mask, structure):
    return ndi.binary_closing(np.pad(mask, {0}), structure)[{0}:-{0}, {0}:-{0}]
"""

safe_closing = Exercise(
    lesson,
    "safe_closing",
    title="A closing that eats nothing",
    question=(
        "Write `safe_closing(mask, structure)`: a closing of a 2-D mask that never takes a pixel away. Give "
        "the mask a margin of False that is wide enough for the structure, close it, and cut the margin off "
        "again. (`structure` is as high as it is wide.)"
    ),
    # So wide that the margin of 4 in the lesson's own example is too narrow.
    kind=Function("(nuclei > 41, np.ones((11, 11), int))", _ragged),
    start="def safe_closing(mask, structure):\n    ...",
    minutes=6,
    hints=(
        "`np.pad(mask, n)` puts n rows and columns of False around a mask.",
        "Take `n = len(structure)`. After the closing, cut n off at each side.",
        "`closed = ndi.binary_closing(np.pad(mask, n), structure)`, then `closed[n:-n, n:-n]`.",
    ),
    worked="""
        def safe_closing(mask, structure):
            n = len(structure)
            closed = ndi.binary_closing(np.pad(mask, n), structure)
            return closed[n:-n, n:-n]
    """,
    reason=(
        "With a margin, the dilation has room to grow, and the erosion takes back what was added out there, "
        "not the mask."
    ),
    right=(
        "lambda mask, structure: biomedlab.masks.closing(mask, structure=structure)",
        """
def safe_closing(mask, structure):
    n = structure.shape[0] // 2
    wide = ndi.binary_erosion(ndi.binary_dilation(np.pad(mask, n), structure), structure)
    return wide[n : n + mask.shape[0], n : n + mask.shape[1]].astype(int)
""",
    ),
    mistakes=(
        Mistake(
            "no margin",
            "lambda mask, structure: ndi.binary_closing(mask, structure)",
            "Without a margin the mask is eaten where it touches the edge.",
            "`np.pad` first.",
        ),
        *(
            Mistake(
                f"a margin of {width} is too narrow",
                _WITH_MARGIN.format(width),
                f"A margin of {width} is enough for structures up to {2 * width + 1} x {2 * width + 1} only: "
                "a wider one still eats the mask.",
                "Take the margin from the structure: `n = len(structure)`.",
            )
            for width in (1, 2, 3, 4)
        ),
        Mistake(
            "margin not cut off",
            "lambda mask, structure: ndi.binary_closing(np.pad(mask, len(structure)), structure)",
            "Your result still has its margin: it is larger than the mask.",
            "Cut it off: `closed[n:-n, n:-n]`.",
        ),
        Mistake(
            "everything beyond is inside",
            "lambda mask, structure: ndi.binary_closing(mask, structure, border_value=1)",
            "With `border_value=1` all beyond the edge is True, and the dilation grows in from there.",
            "Pad with False and leave `border_value` as it is.",
        ),
        Mistake(
            "gaps along the edge filled",
            """
def safe_closing(mask, structure):
    return ndi.binary_erosion(ndi.binary_dilation(mask, structure), structure, border_value=1)
""",
            (
                "Nothing is eaten, but along the edge too much is added: with `border_value=1` the erosion "
                "does not take back what the dilation added there."
            ),
            "Make a margin of False, so that both steps see what is beyond the edge.",
        ),
        Mistake(
            "opening",
            """
def safe_closing(mask, structure):
    n = len(structure)
    return ndi.binary_opening(np.pad(mask, n), structure)[n:-n, n:-n]
""",
            "This is an opening: it takes specks away.",
            "A closing is a dilation, then an erosion.",
        ),
    ),
    further="`biomedlab.masks.closing` and the clean-up steps of MaskTuner do it this way.",
)

corners_too = Exercise(
    lesson,
    "corners_too",
    title="How many objects?",
    question=(
        "How many objects are there in `nuclei > 40`, if pixels that touch only by their corners belong "
        "together, too?"
    ),
    kind=Number(unit="objects"),
    minutes=3,
    hints=(
        "`ndi.label(mask)` joins pixels by their sides only. It takes a `structure` as second argument.",
        "With `np.ones((3, 3))` all eight neighbours of a pixel belong to it.",
        (
            "`found, count = ndi.label(...)` gives two things. You need the second. (Keep the name `labels` "
            "for the chest.)"
        ),
    ),
    worked="found, corners_too = ndi.label(nuclei > 40, np.ones((3, 3)))",
    reason=(
        "With the corners every pixel has eight neighbours instead of four, and many specks hang together."
    ),
    right=(
        "biomedlab.masks.label(nuclei > 40, connectivity=2).count",
        "ndi.label(nuclei > 40, ndi.generate_binary_structure(2, 2))[0].max()",
        "[len(np.unique(ndi.label(nuclei > 40, [[1] * 3] * 3)[0])) - 1]",
    ),
    mistakes=(
        Mistake(
            "sides only",
            "ndi.label(nuclei > 40)[1]",
            "This counts pixels that touch by their sides only.",
            "Give `ndi.label` a structure with the corners in it: `np.ones((3, 3))`.",
        ),
        Mistake(
            "background counted",
            "len(np.unique(ndi.label(nuclei > 40, np.ones((3, 3)))[0]))",
            "One too many: 0, the background, is no object.",
            "Count the labels above 0.",
        ),
        Mistake(
            "pixels counted",
            "np.sum(nuclei > 40)",
            "This is the number of pixels in the mask.",
            "`ndi.label` tells which of them hang together.",
        ),
        Mistake(
            "the level itself included",
            "ndi.label(nuclei >= 40, np.ones((3, 3)))[1]",
            "You took pixels of exactly 40, too.",
            "`nuclei > 40`",
        ),
        Mistake(
            "the people's count",
            "len(np.unique(nuclei_mask)) - 1",
            "This is how many nuclei people drew. They left the specks out.",
            "Count the objects in `nuclei > 40`.",
        ),
    ),
    further="1293 or 584: a number of objects means nothing until you say what counts as touching.",
)

which_order = Exercise(
    lesson,
    "which_order",
    title="Open or close first?",
    question=(
        "Decide first, then try it in the view above. A mask is sprinkled with many lone specks, and its "
        "objects have small holes. You want to lose the specks and fill the holes. What comes first?"
    ),
    kind=Choice(
        {
            "a": "the opening: specks must go before a closing can join them",
            "b": "the closing: holes must be filled before an opening",
            "c": "it makes no difference",
            "d": "neither: an erosion does both at once",
        }
    ),
    label="predict, then try",
    minutes=4,
    hints=(
        "What does a dilation do to two specks that are close together?",
        "A closing begins with a dilation: specks grow together, and then are too thick for the opening.",
        "So the specks should be gone before anything is dilated.",
    ),
    worked='which_order = "a"',
    reason=(
        "A closing first joins specks to each other and to the nuclei, and then the opening finds "
        "them too thick. In the view above Dice is 0.84 with the opening first, 0.71 with the closing first."
    ),
    right=('"A"', '"a)"', '("a",)'),
    mistakes=(
        Mistake(
            "closed first",
            '"b"',
            "Closing first joins the specks, so that the opening finds them too thick to remove.",
            "Try both orders in the view, with size 2: which has the higher Dice?",
        ),
        Mistake(
            "no difference",
            '"c"',
            "Each step works on what the one before has left.",
            "Try both orders in the view, with size 2, and look at Dice.",
        ),
        Mistake(
            "erosion alone",
            '"d"',
            "An erosion takes specks away, but it makes holes larger and objects smaller.",
            "Which two steps put back what they take?",
        ),
    ),
    further="Where specks are few the order hardly matters; the cell below shows both cases.",
)


def _blobs(rng: np.random.Generator) -> tuple[Any, ...]:
    mask = rng.random((20, 24)) < 0.3
    row, col = (int(n) for n in rng.integers(3, 10, 2))
    mask[row : row + 7, col : col + 9] = True
    mask[0, 0], mask[0, 1], mask[1, 0], mask[1, 1] = True, False, False, False
    return (mask,)


_LARGEST = """
def largest(mask):
    found, count = ndi.label(mask{})
    sizes = np.bincount(found.ravel())
    return {}
"""

largest = Exercise(
    lesson,
    "largest",
    title="Keep the largest",
    question=(
        "Write `largest(mask)` that returns a mask of the largest object only. Pixels belong together if "
        "they touch by their sides. (There always is one object, and one that is larger than all others.)"
    ),
    kind=Function("(nuclei > 60,)", _blobs),
    start="def largest(mask):\n    ...",
    label="tie it together",
    minutes=8,
    hints=(
        (
            "`found, count = ndi.label(mask)` numbers the objects from 1; `np.bincount(found.ravel())` "
            "counts the pixels of each number."
        ),
        "Number 0 is the background, and mostly the largest of all: set `sizes[0] = 0`.",
        "`sizes.argmax()` is the number of the largest; `found == ...` is its mask.",
    ),
    worked="""
        def largest(mask):
            found, count = ndi.label(mask)
            sizes = np.bincount(found.ravel())
            sizes[0] = 0
            return found == sizes.argmax()
    """,
    reason=(
        "`np.bincount` gives the size of each label, the background's first. With that set to 0, the largest "
        "number left belongs to the largest object."
    ),
    right=(
        "lambda mask: biomedlab.masks.largest_components(mask, 1)",
        """
def largest(mask):
    found, count = ndi.label(mask)
    sizes = [np.sum(found == k) for k in range(1, count + 1)]
    return (found == 1 + int(np.argmax(sizes))).astype(int)
""",
    ),
    mistakes=(
        Mistake(
            "the background is largest",
            _LARGEST.format("", "found == sizes.argmax()"),
            "This often is the background: label 0 has a size, too.",
            "Set `sizes[0] = 0` before you ask for the largest.",
        ),
        Mistake(
            "one beside it",
            _LARGEST.format("", "found == sizes[1:].argmax()"),
            "`sizes[1:]` begins with label 1, so its place 0 means label 1: you are one off.",
            "Add 1, or set `sizes[0] = 0` and leave the array whole.",
        ),
        Mistake(
            "the first object",
            _LARGEST.format("", "found == 1"),
            "Label 1 is the object that comes first, in the upper left, not the largest.",
            "Compare their sizes.",
        ),
        Mistake(
            "corners too",
            _LARGEST.format(", np.ones((3, 3))", "found == 1 + sizes[1:].argmax()"),
            "You joined pixels by their corners, too.",
            "Leave the structure out: `ndi.label(mask)`.",
        ),
        Mistake(
            "label numbers instead of a mask",
            _LARGEST.format("", "np.where(found == 1 + sizes[1:].argmax(), found, 0)"),
            "These are label numbers. A mask is True or False, or 1 or 0.",
            "Compare: `found == number`.",
        ),
    ),
    further="Largest is not always right: of a chest, the largest object of air is the room.",
)

# ---------------------------------------------------------------- 4.9 convolution

one_sum = Exercise(
    lesson,
    "one_sum",
    title="One pixel by hand",
    question=(
        "`square` is a piece of the chest x-ray of 3 x 3 pixels, and `kernel` is `[[-1, -2, -3], [0, 0, 0], "
        "[1, 2, 3]]`. Lay the kernel on the square **as it is** (a correlation), multiply, and add up. "
        "What comes out?"
    ),
    kind=Number(),
    start="""
        kernel = np.array([[-1, -2, -3], [0, 0, 0], [1, 2, 3]])
        one_sum = ...
    """,
    minutes=2,
    hints=(
        "Nine products: each number of the square times the number of the kernel that lies on it.",
        "`square * kernel` makes all nine at once.",
        "`(square * kernel).sum()`, with the kernel that the cell begins with.",
    ),
    worked="""
        kernel = np.array([[-1, -2, -3], [0, 0, 0], [1, 2, 3]])
        one_sum = (square * kernel).sum()
    """,
    reason="Products of what lies on each other, added up: that is all there is to a linear filter.",
    right=(
        "ndi.correlate(square.astype(float), [[-1, -2, -3], [0, 0, 0], [1, 2, 3]])[1, 1]",
        "np.vdot(square[2].astype(int) - square[0], [1, 2, 3])",
    ),
    mistakes=(
        Mistake(
            "kernel turned round",
            "(square * np.array([[3, 2, 1], [0, 0, 0], [-3, -2, -1]])).sum()",
            "You turned the kernel round: that is a convolution.",
            "As it is: its upper left number lies on the upper left pixel.",
        ),
        Mistake(
            "the kernel of the lesson",
            "(square * np.ones((3, 3)) / 9).sum()",
            "This is the mean: `kernel` was still the nine weights of 1/9 from the cell above.",
            "Run the line `kernel = np.array([[-1, -2, -3], [0, 0, 0], [1, 2, 3]])` first.",
        ),
        Mistake(
            "mean instead of sum",
            "(square * np.array([[-1, -2, -3], [0, 0, 0], [1, 2, 3]])).mean()",
            "You divided by 9.",
            "Only add up.",
        ),
        Mistake(
            "matrix product",
            "(square @ np.array([[-1, -2, -3], [0, 0, 0], [1, 2, 3]])).sum()",
            "`@` multiplies matrices, rows by columns.",
            "`*` multiplies number by number.",
        ),
        Mistake(
            "wrapped round",
            "ndi.correlate(square, [[-1, -2, -3], [0, 0, 0], [1, 2, 3]])[1, 1]",
            "`ndi.correlate` gives back the type of its input, uint8, and the sum does not fit into it.",
            "`square.astype(float)` first.",
        ),
        Mistake(
            "rows and columns swapped",
            "(square * np.array([[-1, -2, -3], [0, 0, 0], [1, 2, 3]]).T).sum()",
            "Your kernel lies on its side.",
            "The row -1, -2, -3 lies on the upper row of the square.",
        ),
    ),
    further="This kernel compares the row below with the row above: negative means that it is darker below.",
)

move_right = Exercise(
    lesson,
    "move_right",
    title="A kernel that moves the picture",
    question=(
        "Build a 3 x 3 kernel with which `ndi.convolve(image, kernel)` moves the picture one pixel to the "
        "**right** and changes nothing else."
    ),
    kind=Array(),
    minutes=4,
    hints=(
        "All weights are 0 but one, which is 1. Where?",
        "A single bright pixel becomes a picture of the kernel. It should appear right of the middle.",
        "Row 1 is the middle row; the 1 stands in column 2.",
    ),
    worked="move_right = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]])",
    reason=(
        "Convolving a single bright pixel paints the kernel around it. A kernel with its 1 right of the "
        "middle paints every pixel one place to the right."
    ),
    right=(
        "[[0, 0, 0], [0, 0, 1.0], [0, 0, 0]]",
        "np.outer([0, 1, 0], [0, 0, 1])",
        "ndi.shift([[0, 0, 0], [0, 1, 0], [0, 0, 0]], (0, 1), order=0)",
    ),
    mistakes=(
        Mistake(
            "to the left",
            "np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0]])",
            "This one moves to the left. You thought of `correlate`, which does not turn the kernel round.",
            "Try it on a single bright pixel: it becomes a picture of the kernel.",
        ),
        Mistake(
            "nowhere",
            "np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])",
            "A 1 in the middle changes nothing.",
            "Put it beside the middle.",
        ),
        Mistake(
            "down",
            "np.array([[0, 0, 0], [0, 0, 0], [0, 1, 0]])",
            "This one moves down: the row comes first.",
            "Middle row, last column.",
        ),
        Mistake(
            "up",
            "np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]])",
            "This one moves up.",
            "Middle row, last column.",
        ),
        Mistake(
            "a slope",
            "np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]])",
            "Two weights: this computes a difference, and finds edges.",
            "All weights are 0 but one.",
        ),
        Mistake(
            "two pictures",
            "np.array([[0, 0, 0], [0, 1, 1], [0, 0, 0]])",
            "Two weights of 1: the picture and the moved picture are added.",
            "All weights are 0 but one.",
        ),
    ),
    further="At the left edge a column is missing then, and `mode` decides what comes in there.",
)


def _bytes(rng: np.random.Generator) -> tuple[Any, ...]:
    return (rng.integers(0, 256, (12, 15), dtype=np.uint8),)


smooth = Exercise(
    lesson,
    "smooth",
    title="A mean that darkens",
    question=(
        "The function below should replace each pixel of a uint8 image by the exact mean of its 3 x 3 "
        "neighbourhood, as a real number. **Two** things are wrong with it. Mend both."
    ),
    kind=Function("(chest[:60, :70],)", _bytes, Array(tolerance=1e-6)),
    start="""
        def smooth(image):
            kernel = 0.11 * np.ones((3, 3))
            return ndi.convolve(image, kernel)
    """,
    label="find the mistakes",
    minutes=5,
    hints=(
        "Try it on an image that is 100 everywhere. Which number comes out, and of which data type?",
        "Nine times 0.11 is 0.99, not 1. And a uint8 image gives a uint8 result: the fractions are cut off.",
        "`kernel = np.ones((3, 3)) / 9`, and `image.astype(float)`.",
    ),
    worked="""
        def smooth(image):
            kernel = np.ones((3, 3)) / 9
            return ndi.convolve(image.astype(float), kernel)
    """,
    reason=(
        "The weights of a mean add up to 1, or the picture gets darker or brighter. And the result has room "
        "for fractions only if the image is made real numbers first."
    ),
    right=(
        "lambda image: ndi.uniform_filter(image.astype(float), 3)",
        "lambda image: ndi.convolve(image, np.full((3, 3), 1 / 9), output=float)",
        "lambda image: biomedlab.filters.mean(image, 3).tolist()",
    ),
    mistakes=(
        Mistake(
            "still uint8",
            "lambda image: ndi.convolve(image, np.ones((3, 3)) / 9)",
            "The kernel is right now, but the filter still computes in uint8: the fractions are cut off.",
            "`image.astype(float)` before the filter, not after it.",
        ),
        Mistake(
            "still 0.99",
            "lambda image: ndi.convolve(image.astype(float), 0.11 * np.ones((3, 3)))",
            "Real numbers now, but the weights still add up to 0.99: everything is 1 % too dark.",
            "Divide by 9.",
        ),
        Mistake(
            "a sum",
            "lambda image: ndi.convolve(image.astype(float), np.ones((3, 3)))",
            "Your weights add up to 9: this is the sum of the neighbourhood.",
            "Divide the kernel by 9.",
        ),
        Mistake(
            "dark edges",
            "lambda image: ndi.convolve(image.astype(float), np.ones((3, 3)) / 9, mode='constant')",
            'Right inside, but `mode="constant"` puts zeros beyond the edge, and they are averaged in.',
            "Leave the mode as it was.",
        ),
    ),
    further="A quick test of any smoothing filter: a constant image must come out unchanged.",
)


def _image_and_kernel(rng: np.random.Generator) -> tuple[Any, ...]:
    return rng.integers(0, 256, (8, 11), dtype=np.uint8), rng.integers(-5, 6, (3, 3)) + np.eye(3, k=1) * 7


_BY_HAND = """
def convolve_inside(image, kernel):
    rows, cols = image.shape
    result = np.zeros((rows - 2, cols - 2))
    for row in range(rows - 2):
        for col in range(cols - 2):
            result[row, col] = {}
    return result
"""

convolve_inside = Exercise(
    lesson,
    "convolve_inside",
    title="Your own convolution",
    question=(
        "Write `convolve_inside(image, kernel)`: the convolution of a 2-D image with a 3 x 3 kernel, for "
        "those pixels only whose neighbourhood lies inside the image. So the result has two rows and two "
        "columns less. Turn the kernel round, and compute with real numbers."
    ),
    kind=Function(
        "(chest[300:330, 500:540], np.array([[1, 2, 3], [0, 0, 0], [-1, -2, -3]]))",
        _image_and_kernel,
        Array(tolerance=1e-6),
    ),
    start="def convolve_inside(image, kernel):\n    ...",
    label="tie it together",
    minutes=12,
    hints=(
        (
            "`kernel[::-1, ::-1]` is the kernel turned round. Two loops go over the rows and columns of the "
            "result."
        ),
        "The neighbourhood of `result[row, col]` is `image[row : row + 3, col : col + 3]`.",
        (
            "In the inner loop: `result[row, col] = np.sum(image[row : row + 3, col : col + 3] * turned)`, "
            "where `result = np.zeros((image.shape[0] - 2, image.shape[1] - 2))`."
        ),
    ),
    worked="""
        def convolve_inside(image, kernel):
            turned = kernel[::-1, ::-1]
            result = np.zeros((image.shape[0] - 2, image.shape[1] - 2))
            for row in range(result.shape[0]):
                for col in range(result.shape[1]):
                    result[row, col] = np.sum(image[row : row + 3, col : col + 3] * turned)
            return result
    """,
    reason=(
        "At each place the same thing happens: lay the turned kernel on the neighbourhood, multiply, add up. "
        "`np.zeros` makes real numbers, which hold any sum."
    ),
    right=(
        "lambda image, kernel: ndi.convolve(image.astype(float), kernel)[1:-1, 1:-1]",
        """
def convolve_inside(image, kernel):
    rows, cols = image.shape
    total = 0.0
    for i in range(3):
        for j in range(3):
            total = total + kernel[2 - i, 2 - j] * image[i : rows - 2 + i, j : cols - 2 + j].astype(float)
    return total
""",
    ),
    mistakes=(
        Mistake(
            "not turned round",
            _BY_HAND.format("np.sum(image[row : row + 3, col : col + 3] * kernel)"),
            "This is the correlation: the kernel was not turned round.",
            "`kernel[::-1, ::-1]`",
        ),
        Mistake(
            "turned over one axis only",
            _BY_HAND.format("np.sum(image[row : row + 3, col : col + 3] * kernel[::-1])"),
            "You turned the rows of the kernel only.",
            "Both axes: `kernel[::-1, ::-1]`.",
        ),
        Mistake(
            "transposed instead of turned",
            _BY_HAND.format("np.sum(image[row : row + 3, col : col + 3] * kernel.T)"),
            "`kernel.T` swaps rows and columns.",
            "To turn it round, read both axes backwards: `kernel[::-1, ::-1]`.",
        ),
        Mistake(
            "the image's data type",
            "lambda image, kernel: ndi.convolve(image, kernel)[1:-1, 1:-1]",
            "The result has the image's data type, uint8, and most sums do not fit into it.",
            "`image.astype(float)` first.",
        ),
        Mistake(
            "with the edges",
            "lambda image, kernel: ndi.convolve(image.astype(float), kernel)",
            "The values inside are right, but the pixels at the edges are there, too.",
            "Their neighbourhood reaches beyond the image: leave one row or column out at each side.",
        ),
        Mistake(
            "mean instead of sum",
            _BY_HAND.format("np.mean(image[row : row + 3, col : col + 3] * kernel[::-1, ::-1])"),
            "You divided each sum by 9.",
            "Only add up.",
        ),
    ),
    further=(
        "Two loops in Python visit every pixel, slowly. `ndi.convolve` does the same in compiled code, some "
        "hundred times as quickly."
    ),
)

# ---------------------------------------------------------------- 4.10 mean, median, Gaussian

hot_pixels = Exercise(
    lesson,
    "hot_pixels",
    title="Broken pixels",
    question=(
        "Decide first; the cell after this exercise shows it. A detector has broken pixels: here and there a "
        "single one is black or white, all others are right. Which filter takes them out and leaves edges "
        "sharp?"
    ),
    kind=Choice(
        {
            "a": "the mean of 3 x 3",
            "b": "a Gaussian with a sigma of 1",
            "c": "the median of 3 x 3",
            "d": "the maximum of 3 x 3 (percentile 100)",
        }
    ),
    label="predict, then run",
    minutes=2,
    hints=(
        "What does one wrong value of 255 do to a mean of nine?",
        "Sort nine values, of which one is wrong: where does the wrong one stand?",
        "It stands first or last, never in the middle.",
    ),
    worked='hot_pixels = "c"',
    reason=(
        "Among nine sorted values a wrong one stands at an end, and the median takes the one in the middle. "
        "A mean spreads the wrong value over nine pixels."
    ),
    right=('"C"', '"c: the median of 3 x 3"', '["c"]'),
    mistakes=(
        Mistake(
            "mean",
            '"a"',
            "The mean spreads each broken pixel over its nine neighbours: a grey square is left.",
            "Which filter ignores a single wild value?",
        ),
        Mistake(
            "gaussian",
            '"b"',
            "A Gaussian is a weighted mean: a soft grey blob is left of each broken pixel.",
            "Which filter ignores a single wild value?",
        ),
        Mistake(
            "maximum",
            '"d"',
            "The maximum takes out the black ones, but each white one becomes a white square.",
            "Which filter ignores a single wild value, be it high or low?",
        ),
    ),
    further="For noise that touches every pixel a little, the mean and the Gaussian are better.",
)

sigma_in_pixels = Exercise(
    lesson,
    "sigma_in_pixels",
    title="A sigma in mm",
    question=(
        "The view above filters each plane of `ct` with a Gaussian. A protocol says: sigma 3 mm. Set the "
        "sigma of the view so, then run the cell."
    ),
    kind=Place({"sigma": 0.01}, start={"sigma": 0.5}),
    variable="smoother",
    start="smoother",
    minutes=2,
    hints=(
        "The view's sigma is in pixels. How many mm is a pixel of a plane of `ct`?",
        "`ct.sampling` is (3.0, 1.5, 1.5): planes, rows, columns. Within a plane only two of these count.",
        "3 mm are two pixels of 1.5 mm.",
    ),
    worked="smoother.sigma = 2",
    reason="Rows and columns are 1.5 mm apart, so 3 mm are 2 pixels.",
    right=("SimpleNamespace(sigma=2.0)", "SimpleNamespace(sigma=np.float32(2))"),
    mistakes=(
        Mistake(
            "mm taken for pixels",
            "SimpleNamespace(sigma=3)",
            "You set 3 pixels, which are 4.5 mm.",
            "Divide by the mm of a pixel.",
        ),
        Mistake(
            "multiplied",
            "SimpleNamespace(sigma=4.5)",
            "You multiplied by 1.5 mm.",
            "How many steps of 1.5 mm fit into 3 mm?",
        ),
        Mistake(
            "the planes' spacing",
            "SimpleNamespace(sigma=1)",
            "You divided by 3 mm, the distance of the planes.",
            "Within a plane, the step is `ct.sampling[1]`.",
        ),
    ),
    further="In a protocol, write the sigma in mm; in the code, divide by the sampling.",
)


def _anisotropic(rng: np.random.Generator) -> tuple[Any, ...]:
    volume = rng.integers(-1000, 1500, (9, 11, 12), dtype=np.int16)
    sampling = (
        float(rng.choice([3.0, 4.0, 5.0])),
        float(rng.choice([0.8, 1.0])),
        float(rng.choice([1.2, 1.6])),
    )
    return volume, float(rng.choice([1.5, 2.0, 2.5])), sampling


smooth_mm = Exercise(
    lesson,
    "smooth_mm",
    title="The same width in all directions",
    question=(
        "Write `smooth_mm(volume, mm, sampling)`: `ndi.gaussian_filter` of a volume of int16, with a sigma "
        "of `mm` millimetres along *every* axis. Return real numbers, nothing cut off."
    ),
    kind=Function("(ct[30:40, 60:90, 100:130], 3.0, ct.sampling)", _anisotropic, Array(tolerance=1e-3)),
    start="def smooth_mm(volume, mm, sampling):\n    ...",
    minutes=5,
    hints=(
        "`ndi.gaussian_filter` takes one sigma for each axis, in voxels.",
        "A sigma of `mm` is `mm / sampling[0]` planes, `mm / sampling[1]` rows, `mm / sampling[2]` columns.",
        "`mm / np.array(sampling)` are all three. And `volume.astype(float)` first.",
    ),
    worked="""
        def smooth_mm(volume, mm, sampling):
            sigma = mm / np.array(sampling)
            return ndi.gaussian_filter(volume.astype(float), sigma)
    """,
    reason=(
        "Dividing by the sampling gives each axis the number of voxels that its millimetres are; as float "
        "nothing is cut off."
    ),
    right=(
        "lambda volume, mm, sampling: biomedlab.filters.gaussian(volume, sigma_mm=mm, sampling=sampling)",
        (
            "lambda volume, mm, sampling: ndi.gaussian_filter(volume, [mm / one for one in sampling], "
            "output=float)"
        ),
        """
def smooth_mm(volume, mm, sampling):
    for axis in range(3):
        volume = ndi.gaussian_filter1d(volume.astype(float), mm / sampling[axis], axis=axis)
    return volume
""",
    ),
    mistakes=(
        Mistake(
            "mm taken for voxels",
            "lambda volume, mm, sampling: ndi.gaussian_filter(volume.astype(float), mm)",
            "You took millimetres for voxels: the volume is smoothed most where its voxels are longest.",
            "Divide by the sampling of each axis.",
        ),
        Mistake(
            "multiplied",
            "lambda volume, mm, sampling: ndi.gaussian_filter(volume.astype(float), mm * np.array(sampling))",
            "You multiplied by the sampling.",
            "How many steps fit into `mm`? Divide.",
        ),
        Mistake(
            "one spacing for all",
            "lambda volume, mm, sampling: ndi.gaussian_filter(volume.astype(float), mm / sampling[0])",
            "You used the distance of the planes for rows and columns, too.",
            "One sigma for each axis: `mm / np.array(sampling)`.",
        ),
        Mistake(
            "sampling in the wrong order",
            (
                "lambda volume, mm, sampling: "
                "ndi.gaussian_filter(volume.astype(float), mm / np.array(sampling)[::-1])"
            ),
            "Your three sigmas are in the opposite order.",
            "Axes and sampling both go plane, row, column.",
        ),
        Mistake(
            "cut off to whole numbers",
            "lambda volume, mm, sampling: ndi.gaussian_filter(volume, mm / np.array(sampling))",
            "The sigmas are right, but the result has the volume's type, int16: the fractions are cut off.",
            "`volume.astype(float)` first.",
        ),
    ),
    further="`biomedlab.filters.gaussian(volume, sigma_mm=3, sampling=ct.sampling)` does just this.",
)


smooth_then_threshold = Exercise(
    lesson,
    "smooth_then_threshold",
    title="Smooth, then count",
    question=(
        "Smooth `nuclei` with a Gaussian of sigma 0.8 pixels, computed in real numbers, take the pixels "
        "above 40, and count the objects whose pixels touch by their sides. How many are there?"
    ),
    kind=Number(unit="objects"),
    label="tie it together",
    minutes=5,
    hints=(
        "Three steps: filter, compare, label. And one conversion before them all.",
        "`nuclei` is uint16: `nuclei.astype(float)`, or the filter cuts off the fractions.",
        (
            "`found, count = ndi.label(ndi.gaussian_filter(nuclei.astype(float), 0.8) > 40)`. (Keep the name "
            "`labels` for the chest.)"
        ),
    ),
    worked="""
        smoothed = ndi.gaussian_filter(nuclei.astype(float), 0.8)
        found, smooth_then_threshold = ndi.label(smoothed > 40)
    """,
    reason=(
        "A speck of noise is averaged away by its neighbours before the threshold sees it; a nucleus holds "
        "together. Of 1293 objects 84 are left, *fewer* than the 125 nuclei: the specks are gone, but nuclei "
        "that touch count as one, and dim ones are missing."
    ),
    right=(
        "biomedlab.masks.label(biomedlab.filters.gaussian(nuclei, 0.8) > 40).count",
        "[ndi.label(ndi.gaussian_filter(nuclei, 0.8, output=float) > 40)[0].max()]",
    ),
    mistakes=(
        Mistake(
            "cut off to whole numbers",
            "ndi.label(ndi.gaussian_filter(nuclei, 0.8) > 40)[1]",
            "You filtered uint16: the fractions were cut off, so 40.7 became 40 and fell out.",
            "`nuclei.astype(float)` first.",
        ),
        Mistake(
            "not smoothed",
            "ndi.label(nuclei > 40)[1]",
            "This is without smoothing: every speck counts.",
            "`ndi.gaussian_filter` before the comparison.",
        ),
        Mistake(
            "threshold first",
            "ndi.label(ndi.gaussian_filter((nuclei > 40).astype(float), 0.8) > 0.5)[1]",
            "You took the threshold first and smoothed the mask.",
            "Smooth the image, then compare.",
        ),
        Mistake(
            "a mask smoothed as a mask",
            "ndi.label(ndi.gaussian_filter(nuclei > 40, 0.8))[1]",
            "You smoothed a mask of True and False, and got True and False again.",
            "Smooth the image, then compare.",
        ),
        Mistake(
            "corners too",
            "ndi.label(ndi.gaussian_filter(nuclei.astype(float), 0.8) > 40, np.ones((3, 3)))[1]",
            "You joined pixels by their corners, too.",
            "Leave the structure out.",
        ),
        Mistake(
            "the level itself included",
            "ndi.label(ndi.gaussian_filter(nuclei, 0.8) >= 40)[1]",
            "Whole numbers from 40 up: the fractions were cut off before the comparison.",
            "`nuclei.astype(float)` first, then `> 40`.",
        ),
    ),
    further=(
        "To part nuclei that touch needs more than a filter; to find the dim ones, a lower threshold where "
        "the picture is dim."
    ),
)

# ---------------------------------------------------------------- 4.11 edges

sobel_on_bytes = Exercise(
    lesson,
    "sobel_on_bytes",
    title="A step of 100",
    question=(
        "Decide first; the cell after this exercise shows it. A uint8 image is 0 on its left half and 100 on "
        "its right half. Its edge magnitude is computed the usual way, with the image as it is:\n\n"
        "```python\n"
        "across, down = ndi.sobel(image, axis=1), ndi.sobel(image, axis=0)\n"
        "magnitude = np.sqrt(across**2 + down**2)\n"
        "```\n\n"
        "What is the largest number in `magnitude`?"
    ),
    kind=Choice({"a": "100", "b": "400", "c": "144", "d": "0"}),
    label="predict, then run",
    minutes=3,
    hints=(
        "In real numbers the slope would be 4 x 100 = 400. Does that fit into uint8?",
        "400 - 256 = 144. And then it is squared, in uint8 again.",
        "144 x 144 = 20,736 = 81 x 256, with nothing left over.",
    ),
    worked='sobel_on_bytes = "d"',
    reason="400 wraps round to 144, and the square of that to 0: the edge is gone without a word.",
    right=('"D"', '"0"', '"d)"'),
    mistakes=(
        Mistake(
            "the height of the step",
            '"a"',
            "The Sobel kernel weighs 1, 2, 1 along the edge: a step of 100 gives 4 x 100.",
            "And does that fit into uint8?",
        ),
        Mistake(
            "as if in real numbers",
            '"b"',
            "So it would be in real numbers. The largest uint8 is 255.",
            "What becomes of 400 in uint8, and what of its square?",
        ),
        Mistake(
            "forgot the square",
            '"c"',
            "400 does wrap round to 144. Then it is squared, and wraps round again.",
            "144 x 144 = 20,736. How much is left over after dividing by 256?",
        ),
    ),
    further="Other steps survive as some random number: the picture shows edges, all of them wrong.",
)

edge_strength = Exercise(
    lesson,
    "edge_strength",
    title="Edges in every direction",
    question=(
        "Write `edge_strength(image)`: the root of the sum of the squares of the two Sobel slopes, in real "
        "numbers, for a 2-D image of any data type. To within 0.001."
    ),
    kind=Function("(chest[300:340, 500:550],)", _bytes, Array(tolerance=1e-3)),
    start="def edge_strength(image):\n    ...",
    minutes=5,
    hints=(
        "Two slopes: `ndi.sobel(..., axis=0)` down the rows, and `axis=1` across the columns.",
        "`image = image.astype(float)` comes first of all.",
        "`np.hypot(one, other)` is the root of the sum of the squares.",
    ),
    worked="""
        def edge_strength(image):
            image = image.astype(float)
            down, across = ndi.sobel(image, axis=0), ndi.sobel(image, axis=1)
            return np.hypot(down, across)
    """,
    reason=(
        "Slopes have signs and go up to four times the largest level: only real numbers hold them. The root "
        "of the squares does not depend on which way the edge runs."
    ),
    right=(
        "lambda image: biomedlab.filters.sobel(image)",
        (
            "lambda image: np.sqrt(ndi.sobel(image, 0, output=float) ** 2 "
            "+ ndi.sobel(image, 1, output=float) ** 2)"
        ),
        "lambda image: ndi.generic_gradient_magnitude(image.astype(float), ndi.sobel)",
    ),
    mistakes=(
        Mistake(
            "in uint8",
            "lambda image: np.sqrt((ndi.sobel(image, 0) ** 2 + ndi.sobel(image, 1) ** 2).astype(float))",
            "Slopes and squares were computed in the image's own type, and wrapped round.",
            "`image.astype(float)` before anything else.",
        ),
        Mistake(
            "slopes wrapped round",
            "lambda image: np.hypot(ndi.sobel(image, 0).astype(float), ndi.sobel(image, 1).astype(float))",
            "You converted the slopes; they had wrapped round by then.",
            "Convert the image, before `ndi.sobel`.",
        ),
        Mistake(
            "one direction only",
            "lambda image: np.abs(ndi.sobel(image.astype(float), 1))",
            "Only edges that run up and down are found.",
            "Both axes: 0 and 1.",
        ),
        Mistake(
            "one direction only, the other one",
            "lambda image: np.abs(ndi.sobel(image.astype(float)  , 0))",
            "Only edges that run from side to side are found.",
            "Both axes: 0 and 1.",
        ),
        Mistake(
            "added instead of squared",
            (
                "lambda image: np.abs(ndi.sobel(image.astype(float), 0)) "
                "+ np.abs(ndi.sobel(image.astype(float), 1))"
            ),
            "The sum of the absolute slopes is larger where an edge runs aslant.",
            "The root of the sum of the squares: `np.hypot`.",
        ),
        Mistake(
            "root forgotten",
            "lambda image: ndi.sobel(image.astype(float), 0) ** 2 + ndi.sobel(image.astype(float), 1) ** 2",
            "These are the squares, added: strong edges drown the weak ones.",
            "Take the root.",
        ),
    ),
    further="int16 is not enough either: the square of a slope of 400 is 160,000.",
)

_EDGES = """
fig, ax = plt.subplots()
picture = ax.imshow({}, cmap="{}"{})
{}
"""
_SOBEL = "biomedlab.filters.sobel(middle)"
_SQUARES = "ndi.sobel(middle, 0) ** 2 + ndi.sobel(middle, 1) ** 2"
# The root of the negative ones is NaN; taken like this numpy does not warn of it.
_OVERFLOWN = f"np.sqrt(np.where(({_SQUARES}) < 0, np.nan, {_SQUARES}))"
_EDGE_WORDS = 'fig.colorbar(picture, label="edge strength (HU)")\nax.set(xlabel="column", ylabel="row")'

edge_picture = Exercise(
    lesson,
    "edge_picture",
    title="A picture of edges",
    question=(
        "Draw the edge magnitude of `middle` in axes `ax`: the root of the sum of the squares of both Sobel "
        "slopes, computed in real numbers. In grey from 0 to 3000, with a colour bar, and with labels on "
        "both axes."
    ),
    kind=Figure(("picture", "cmap", "vmin", "vmax", "colorbar", "xlabel", "ylabel")),
    variable="ax",
    minutes=5,
    hints=(
        "First compute the array, then draw it. `edge_strength` of the last exercise does the first part.",
        '`picture = ax.imshow(edges, cmap="gray", vmin=0, vmax=3000)`',
        "`fig.colorbar(picture)`, and `ax.set(xlabel=..., ylabel=...)`.",
    ),
    worked="""
        values = middle.astype(float)
        edges = np.hypot(ndi.sobel(values, axis=0), ndi.sobel(values, axis=1))
        fig, ax = plt.subplots()
        picture = ax.imshow(edges, cmap="gray", vmin=0, vmax=3000)
        fig.colorbar(picture, label="edge strength (HU)")
        ax.set(xlabel="column", ylabel="row")
    """,
    reason=(
        "Computed in real numbers, drawn between stated limits, with a bar that tells what a grey means: so "
        "two such pictures can be compared."
    ),
    right=(
        _EDGES.format(_SOBEL, "grey", ", clim=(0, 3000)", _EDGE_WORDS),
        _EDGES.format(
            "np.hypot(ndi.sobel(middle, 0), ndi.sobel(middle, 1))",
            "gray",
            ", vmin=0, vmax=3000",
            _EDGE_WORDS,
        ),
        """
edges = ndi.generic_gradient_magnitude(middle.astype(float), ndi.sobel)
plt.imshow(edges, cmap="gray", vmin=0, vmax=3000)
plt.colorbar()
plt.xlabel("column")
plt.ylabel("row")
ax = plt.gca()
""",
    ),
    mistakes=(
        Mistake(
            "squares overflow int16",
            _EDGES.format(
                _OVERFLOWN,
                "gray",
                ", vmin=0, vmax=3000",
                _EDGE_WORDS,
            ),
            "`middle` is int16, which ends at 32,767, and the squares go far beyond.",
            "`middle.astype(float)` first.",
        ),
        Mistake(
            "divided by 8",
            _EDGES.format(f"{_SOBEL} / 8", "gray", ", vmin=0, vmax=3000", _EDGE_WORDS),
            "You divided by 8, as the figure above does: that is the slope for one column.",
            "Here the magnitude itself is asked for; the limits of 0 and 3000 are made for it.",
        ),
        Mistake(
            "the image itself",
            _EDGES.format("middle", "gray", ", vmin=0, vmax=3000", _EDGE_WORDS),
            "You drew `middle` itself.",
            "Draw its edge magnitude.",
        ),
        Mistake(
            "one direction only",
            _EDGES.format(
                "np.abs(ndi.sobel(middle.astype(float)))", "gray", ", vmin=0, vmax=3000", _EDGE_WORDS
            ),
            "This is one slope only, along the last axis.",
            "Both axes, 0 and 1, joined with `np.hypot`.",
        ),
        Mistake(
            "no limits",
            _EDGES.format(_SOBEL, "gray", "", _EDGE_WORDS),
            "Without limits the strongest edge of this plane decides what is white.",
            "Add `vmin=0, vmax=3000`.",
        ),
        Mistake(
            "another colour map",
            _EDGES.format(_SOBEL, "jet", ", vmin=0, vmax=3000", _EDGE_WORDS),
            "The colours of your map draw edges of their own.",
            '`cmap="gray"`',
        ),
        Mistake(
            "no colour bar",
            _EDGES.format(_SOBEL, "gray", ", vmin=0, vmax=3000", 'ax.set(xlabel="column", ylabel="row")'),
            "Nobody can tell which number is white.",
            "`fig.colorbar(picture)`",
        ),
        Mistake(
            "axes without labels",
            _EDGES.format(_SOBEL, "gray", ", vmin=0, vmax=3000", "fig.colorbar(picture)"),
            "Nobody can tell what is counted along the edges of the picture.",
            '`ax.set(xlabel="column", ylabel="row")`',
        ),
    ),
    further=(
        "Bright lines are where two tissues meet; how bright depends on both, not on where the organ ends."
    ),
)

body_width = Exercise(
    lesson,
    "body_width",
    title="How wide is the chest?",
    question=(
        "Along row 92 of `middle` the skin is where the slope is steepest: up at the one side, down at the "
        "other. How wide is the chest there, in mm? Use the Sobel slope along the columns, in real numbers. "
        "To within 0.1 mm."
    ),
    kind=Number(unit="mm", tolerance=0.1),
    label="tie it together",
    minutes=6,
    hints=(
        "`ndi.sobel(middle.astype(float), axis=1)[92]` is the slope along that row, with its sign.",
        "`.argmax()` is the column of the steepest way up, `.argmin()` of the steepest way down.",
        "Their difference is in columns. A column is 1.5 mm.",
    ),
    worked="""
        slope = ndi.sobel(middle.astype(float), axis=1)[92]
        body_width = (slope.argmin() - slope.argmax()) * middle.sampling[1]
    """,
    reason=(
        "The slope has a sign: up where air turns into skin, down where skin turns into air. 223 columns of "
        "1.5 mm lie between."
    ),
    right=(
        (
            "abs(int(ndi.sobel(middle.astype(float), 1)[92].argmax()) "
            "- int(ndi.sobel(middle.astype(float), 1)[92].argmin())) * 1.5"
        ),
        "[np.ptp(np.argsort(np.abs(ndi.sobel(middle.astype(float), 1)[92]))[-2:]) * 1.5]",
    ),
    mistakes=(
        Mistake(
            "columns instead of mm",
            "223",
            "This is the width in columns.",
            "A column is `middle.sampling[1]` mm.",
        ),
        Mistake(
            "the planes' spacing",
            "223 * 3.0",
            "You multiplied by 3 mm, the distance of the planes.",
            "`middle` is a plane: its sampling is (1.5, 1.5).",
        ),
        Mistake(
            "slopes down the rows",
            (
                "abs(int(ndi.sobel(middle.astype(float), 0)[92].argmax()) "
                "- int(ndi.sobel(middle.astype(float), 0)[92].argmin())) * 1.5"
            ),
            "You took the slope down the rows.",
            "Across the columns: `axis=1`.",
        ),
        Mistake(
            "one column too many",
            "224 * 1.5",
            "These two columns *are* the edges: take their distance.",
            "The + 1 of the cell above belongs to the count of the pixels inside.",
        ),
        Mistake(
            "slopes down the rows, negative",
            (
                "(int(ndi.sobel(middle.astype(float), 0)[92].argmin()) "
                "- int(ndi.sobel(middle.astype(float), 0)[92].argmax())) * 1.5"
            ),
            "You took the slope down the rows.",
            "Across the columns: `axis=1`.",
        ),
        Mistake(
            "negative",
            "-223 * 1.5",
            "You subtracted the right side from the left.",
            "A width is positive: swap the two.",
        ),
        Mistake(
            "edge to edge of the picture",
            "256 * 1.5",
            "This is the width of the whole picture.",
            "Where does the air end, and where does it begin again?",
        ),
        Mistake(
            "in bytes",
            (
                "abs(int(ndi.sobel(middle.astype(np.uint8), 1)[92].argmax()) "
                "- int(ndi.sobel(middle.astype(np.uint8), 1)[92].argmin())) * 1.5"
            ),
            "You made uint8 of Hounsfield units: everything wrapped round.",
            "`middle.astype(float)`",
        ),
    ),
    further=(
        "A threshold of -500 HU gives 223 columns, too. But it depends on the threshold you choose; the "
        "steepest place does not."
    ),
)

# ---------------------------------------------------------------- the project

lungs = Exercise(
    lesson,
    "lungs",
    title="Find the lungs",
    question=(
        "`small` is every second voxel of the chest CT along each axis. Build a mask of both lungs in it, by "
        "your own steps and without `labels`. It is right when its Dice with the truth is at least 0.95. "
        "(Vessels in the lungs belong to them.)"
    ),
    kind=Overlap("np.isin(small_labels, [2, 3])", least=0.95),
    label="chapter project",
    minutes=15,
    hints=(
        "Lung is the dark thing inside the body: `small < -500` has it, and the air of the room as well.",
        (
            "The air of the room and the lungs are not connected. Label the mask and look at the sizes: "
            "which object is the room, and which are the lungs? The room touches the sides of the volume."
        ),
        (
            "`air, count = ndi.label(small < -500)`; the label of the corner, `air[0, 0, 0]`, is the room. "
            "Take it away, keep the largest of what is left, and close it by a voxel."
        ),
    ),
    worked="""
        air, count = ndi.label(small < -500)
        inside = (air > 0) & (air != air[0, 0, 0])
        lungs = biomedlab.masks.largest_components(inside, 1)
        lungs = biomedlab.masks.closing(lungs, 1)
    """,
    reason=(
        "A threshold finds all air, and what hangs together tells the lungs from the room. Both lungs are "
        "one object, since the windpipe joins them. The closing takes small vessels in."
    ),
    right=(
        """
lungs = np.zeros(small.shape, bool)
for index in range(len(small)):
    body = biomedlab.masks.largest_components(np.asarray(small[index]) > -500)
    lungs[index] = biomedlab.masks.fill_holes(body) & ~body
""",
        """
sizes = np.bincount(ndi.label(small < -400)[0].ravel())
second = np.argsort(sizes[1:])[-2] + 1
lungs = (ndi.label(small < -400)[0] == second).astype(int)
""",
    ),
    mistakes=(
        Mistake(
            "the room as well",
            "small < -500",
            "All air is in your mask, also that of the room around the patient.",
            "Label the mask; the room is the object that has the corner of the volume.",
        ),
        Mistake(
            "the room instead",
            "biomedlab.masks.largest_components(small < -500, 1)",
            "The largest object of air is the room.",
            "Take it away first, or take the second largest.",
        ),
        Mistake(
            "filled in 3-D",
            """
body = biomedlab.masks.largest_components(small > -500)
lungs = biomedlab.masks.fill_holes(body) & ~body
""",
            "Filled in 3-D almost nothing is added: the windpipe leads out of the volume, so that the lungs "
            "are no hole of the body.",
            "Fill plane by plane, or take the lungs for what they are: the second largest object of air.",
        ),
        Mistake(
            "everything but air",
            "small > -500",
            "This is the body without its lungs: lung is darker than -500 HU.",
            "Turn the comparison round.",
        ),
        Mistake(
            "threshold too low",
            (
                "biomedlab.masks.largest_components((small < -850) & "
                "(ndi.label(small < -500)[0] != ndi.label(small < -500)[0][0, 0, 0]), 1)"
            ),
            "Lung is air with tissue in it, at about -780 HU; below -850 there is little of it.",
            "A threshold half-way between lung and soft tissue loses least: about -500 or -400.",
        ),
    ),
    further=(
        "Check such a mask by eye in several planes: Dice says how much is wrong, not where. (A Dice of "
        "exactly 1.000 comes from the labels themselves, not from steps of your own.)"
    ),
)

lungs_of_mine = Exercise(
    lesson,
    "lungs_of_mine",
    title="Report the volume",
    question=(
        "What is the volume of your mask `lungs` in ml? (`small` knows its own sampling.) To within 5 %."
    ),
    kind=Number(unit="ml", relative=0.05),
    label="chapter project",
    minutes=4,
    hints=(
        "`lungs.sum()` voxels. How large is a voxel of `small`?",
        "Every second voxel was taken, so the steps are twice as long: `small.sampling`.",
        "`lungs.sum() * np.prod(small.sampling) / 1000`",
    ),
    worked="""
        air, count = ndi.label(small < -500)
        inside = (air > 0) & (air != air[0, 0, 0])
        lungs = biomedlab.masks.closing(biomedlab.masks.largest_components(inside, 1), 1)
        lungs_of_mine = lungs.sum() * np.prod(small.sampling) / 1000
    """,
    reason=(
        "Each voxel of `small` stands for 6 x 3 x 3 = 54 mm³: `Image` keeps the sampling true when it is cut."
    ),
    right=(
        "np.isin(small_labels, [2, 3]).sum() * 0.054",
        (
            '[(biomedlab.data.truth("thorax").volumes["right lung"] '
            '+ biomedlab.data.truth("thorax").volumes["left lung"]) / 1000]'
        ),
    ),
    mistakes=(
        Mistake(
            "the whole volume's sampling",
            "np.isin(small_labels, [2, 3]).sum() * np.prod(ct.sampling) / 1000",
            "You took the sampling of `ct`: eight times too little.",
            "`small` has every second voxel only: use `small.sampling`.",
        ),
        Mistake(
            "mm³ instead of ml",
            "np.isin(small_labels, [2, 3]).sum() * 54",
            "This is in mm³.",
            "Divide by 1000.",
        ),
        Mistake(
            "voxels taken for mm³",
            "np.isin(small_labels, [2, 3]).sum() / 1000",
            "You counted each voxel as 1 mm³.",
            "Multiply by `np.prod(small.sampling)`.",
        ),
        Mistake(
            "thickness taken for spacing",
            "np.isin(small_labels, [2, 3]).sum() * 5 * 3 * 3 / 1000",
            "You gave each voxel the slice's thickness, 5 mm.",
            "From plane to plane it is 6 mm here: `small.sampling[0]`.",
        ),
        Mistake(
            "the room as well",
            "(small < -500).sum() * 0.054",
            "So much air: the room is in your mask.",
            "Solve the exercise before this one first.",
        ),
    ),
    further=(
        "The truth is 3441 ml. A program that is some percent off may still be good enough; say by how much "
        "it is off, and for whom you tried it."
    ),
)
