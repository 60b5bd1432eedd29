"""Masks: pixels chosen by their level, cleaned up by their neighbours, counted in mm2 and mm3.

Arrays in, arrays out. A mask is True inside; whole numbers are taken as well, and are inside where they are
not 0. What lies beyond the edge of an image is not known, so that no clean-up here takes a pixel away because
of it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from biomedlab import _checks, geometry, intensity

__all__ = [
    "Labels",
    "OtsuCriterion",
    "Region",
    "area",
    "ball",
    "between",
    "closing",
    "dice",
    "dilation",
    "erosion",
    "fill_holes",
    "hysteresis",
    "iou",
    "label",
    "largest_components",
    "measure",
    "opening",
    "otsu",
    "otsu_criterion",
    "volume",
]

Mask = npt.NDArray[np.bool_]


class OtsuCriterion(NamedTuple):
    """How well each threshold parts an image in two.

    Attributes
    ----------
    thresholds : numpy.ndarray of float64, shape (bins,)
        Levels; the brighter class is above.
    variance : numpy.ndarray of float64, shape (bins,)
        Variance between the two classes, in squared levels; 0 where one class is empty.
    """

    thresholds: npt.NDArray[np.float64]
    variance: npt.NDArray[np.float64]


class Labels(NamedTuple):
    """Numbered objects.

    Attributes
    ----------
    labels : numpy.ndarray of int32
        0 outside, 1 to `count` inside.
    count : int
        Number of objects.
    """

    labels: npt.NDArray[np.int32]
    count: int


@dataclass(frozen=True)
class Region:
    """One object and its size.

    Attributes
    ----------
    label : int
        Its number.
    count : int
        Number of pixels or voxels.
    size : float
        Area or volume, in `unit`.
    unit : str
        "mm2" or "mm3".
    centroid : tuple of float
        Mean index along each axis.
    """

    label: int
    count: int
    size: float
    unit: str
    centroid: tuple[float, ...]


def _mask(mask: npt.ArrayLike, name: str = "mask") -> Mask:
    """Return a mask as booleans, with at least one axis and one pixel."""
    array = np.asarray(mask)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}, but at least one pixel along each axis is needed")
    inside = _checks.selection(array, array.shape, name)
    assert inside is not None
    return inside


def _neighbours(ndim: int, connectivity: int) -> Mask:
    """Return which of the nearest pixels touch the one in the middle."""
    return ndi.generate_binary_structure(ndim, _checks.whole(connectivity, "connectivity", 1, ndim))


def _in_order(low: float, high: float) -> None:
    if low > high:
        raise ValueError(f"low {low:g} is above high {high:g}, and nothing lies between: swap them")


# --- From levels to a mask


def between(image: npt.ArrayLike, low: float | None = None, high: float | None = None) -> Mask:
    """Choose the pixels from `low` to `high`, both included.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    low, high : float, optional
        Levels in the unit of the image. None is no limit on that side; one of them is needed.

    Returns
    -------
    numpy.ndarray of bool, the shape of `image`
        False where the image is NaN.

    Raises
    ------
    ValueError
        If the image is in colour or empty, `low` is above `high`, both are None, or one is NaN or infinite.

    Examples
    --------
    >>> between(np.array([-1000, 0, 40, 80]), 0, 40).tolist()
    [False, True, True, False]
    """
    array = _checks.gray(image)
    if low is None and high is None:
        raise ValueError("low and high are both None: give at least one threshold")
    chosen = np.ones(array.shape, bool)
    if low is not None:
        low = _checks.finite(low, "low")
        chosen &= array >= low
    if high is not None:
        high = _checks.finite(high, "high")
        chosen &= array <= high
    if low is not None and high is not None:
        _in_order(low, high)
    return chosen


def otsu_criterion(
    image: npt.ArrayLike, *, mask: npt.ArrayLike | None = None, bins: int | None = None
) -> OtsuCriterion:
    """Return, for every threshold, how far apart the darker and the brighter pixels would be.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    mask : array of bool, the shape of `image`, optional
        Only where it is True are pixels looked at.
    bins : int, optional
        As for `intensity.histogram`: by default one for each whole number, or 256.

    Returns
    -------
    OtsuCriterion
        The middles of the bins, and the variance between the classes "up to this bin" and "above it".

    Raises
    ------
    ValueError
        As for `intensity.histogram`.

    Notes
    -----
    ``w0 * w1 * (m0 - m1) ** 2`` with the shares w and the mean levels m of the two classes.

    References
    ----------
    Otsu, N. "A Threshold Selection Method from Gray-Level Histograms". IEEE Transactions on Systems, Man, and
    Cybernetics 9 (1979), 62-66, equation 14.

    Examples
    --------
    >>> otsu_criterion(np.array([0, 0, 2, 2], dtype=np.int16)).variance.tolist()
    [1.0, 1.0, 0.0]
    """
    histogram = intensity.histogram(image, mask=mask, bins=bins)
    levels = histogram.centres
    share = intensity.cumulative_distribution(histogram)
    moment = (histogram.hist * levels).cumsum() / histogram.hist.sum()
    parted = share * (1 - share)
    spread = (moment[-1] * share - moment) ** 2
    return OtsuCriterion(levels, np.divide(spread, parted, out=np.zeros_like(spread), where=parted > 0))


def otsu(image: npt.ArrayLike, *, mask: npt.ArrayLike | None = None, bins: int | None = None) -> float:
    """Return the threshold that best parts the image in a darker and a brighter class.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    mask : array of bool, the shape of `image`, optional
        Only where it is True are pixels looked at.
    bins : int, optional
        As for `intensity.histogram`: by default one for each whole number, or 256.

    Returns
    -------
    float
        A level; ``image > level`` is the brighter class. The lowest one, if several are as good.

    Raises
    ------
    ValueError
        If all pixels have one level, which makes no two classes; else as for `intensity.histogram`.

    Examples
    --------
    >>> otsu(np.array([10, 11, 12, 200, 201], dtype=np.uint8))
    12.0
    """
    thresholds, variance = otsu_criterion(image, mask=mask, bins=bins)
    best = int(variance.argmax())
    if variance[best] == 0:
        raise ValueError("all pixels have one level, so that no threshold parts them: choose other pixels")
    return float(thresholds[best])


def hysteresis(image: npt.ArrayLike, low: float, high: float, *, connectivity: int = 1) -> Mask:
    """Choose the pixels above `low` that hang together with one above `high`.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    low, high : float
        Levels in the unit of the image; pixels equal to them are not above.
    connectivity : int, default 1
        1: pixels touch by their faces (4 neighbours in 2-D, 6 in 3-D); up to the number of axes: by their
        corners too (8, 26).

    Returns
    -------
    numpy.ndarray of bool, the shape of `image`
        False where the image is NaN.

    Raises
    ------
    ValueError
        If the image is in colour or empty, or `low` is above `high`.

    Examples
    --------
    >>> hysteresis(np.array([0, 5, 9, 5, 0, 5, 0]), 4, 8).tolist()
    [False, True, True, True, False, False, False]
    """
    array = _checks.gray(image)
    low, high = _checks.finite(low, "low"), _checks.finite(high, "high")
    _in_order(low, high)
    labels, count = ndi.label(array > low, _neighbours(array.ndim, connectivity))
    kept = np.zeros(count + 1, bool)
    kept[labels[array > high]] = True
    return kept[labels]


# --- Clean-up


def ball(radius: float, ndim: int = 2, *, sampling: Sequence[float] | None = None) -> Mask:
    """Return the neighbourhood of all pixels within `radius`: a disk in 2-D.

    Parameters
    ----------
    radius : float
        Above 0; in pixels, or in mm if `sampling` is given. Below one pixel only the middle is left.
    ndim : int, default 2
        Number of axes.
    sampling : sequence of `ndim` float, optional
        Distance in mm between neighbouring samples.

    Returns
    -------
    numpy.ndarray of bool
        Odd along each axis.

    Raises
    ------
    ValueError
        If a number is not above 0, or `sampling` has not `ndim` numbers.

    Examples
    --------
    >>> ball(1).astype(int).tolist()
    [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    >>> ball(2, sampling=(2.0, 1.0)).astype(int).tolist()
    [[0, 0, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0]]
    """
    ndim = _checks.whole(ndim, "ndim", 1)
    steps = (1.0,) * ndim if sampling is None else _checks.spacings(sampling, (ndim,))
    # 0.3 mm is three steps of 0.1 mm, although 0.3 / 0.1 is a little less than 3 in floats.
    reach = _checks.finite(radius, "radius", positive=True) * (1 + 1e-9)
    half = [math.floor(reach / step) for step in steps]
    offsets = np.ogrid[tuple(slice(-count, count + 1) for count in half)]
    distances = sum((offset * step) ** 2 for offset, step in zip(offsets, steps, strict=True))
    return np.asarray(distances <= reach**2)


def _structure(
    mask: Mask, radius: float, sampling: Sequence[float] | None, structure: npt.ArrayLike | None
) -> Mask:
    """Return the asked-for neighbourhood, if it fits the mask."""
    if structure is None:
        steps = (1.0,) * mask.ndim if sampling is None else _checks.spacings(sampling, (mask.ndim,))
        radius = _checks.finite(radius, "radius", positive=True)
        if all(radius >= length * step for length, step in zip(mask.shape, steps, strict=True)):
            raise ValueError(
                f"radius {radius:g} reaches across the whole mask of shape {mask.shape}: take less"
            )
        return ball(radius, mask.ndim, sampling=sampling)
    found = _mask(structure, "structure")
    if found.ndim != mask.ndim or not all(width % 2 for width in found.shape) or not found.any():
        raise ValueError(
            f"structure has shape {found.shape}, but it must have {mask.ndim} axes of odd length, to have a "
            "middle, and be True somewhere"
        )
    return found


def erosion(
    mask: npt.ArrayLike,
    radius: float = 1,
    *,
    sampling: Sequence[float] | None = None,
    structure: npt.ArrayLike | None = None,
) -> Mask:
    """Take away what is nearer than `radius` to the outside.

    Parameters
    ----------
    mask : array of bool, any shape
        What lies beyond its edges counts as inside, and takes nothing away.
    radius : float, default 1
        Above 0; in pixels, or in mm if `sampling` is given. Less than the size of the mask.
    sampling : sequence of float, optional
        Distance in mm between neighbouring samples, one for each axis.
    structure : array of bool, odd along each axis, optional
        A neighbourhood in place of the ball of `radius`.

    Returns
    -------
    numpy.ndarray of bool, the shape of `mask`
        Never more than `mask`.

    Raises
    ------
    ValueError
        If the mask is empty, `radius` is not above 0 or too large, or `structure` is even, empty or has other
        axes.

    Examples
    --------
    >>> erosion(np.array([0, 1, 1, 1, 1])).astype(int).tolist()
    [0, 0, 1, 1, 1]
    """
    inside = _mask(mask)
    return ndi.binary_erosion(inside, _structure(inside, radius, sampling, structure), border_value=1)


def dilation(
    mask: npt.ArrayLike,
    radius: float = 1,
    *,
    sampling: Sequence[float] | None = None,
    structure: npt.ArrayLike | None = None,
) -> Mask:
    """Add what is within `radius` of the inside.

    Parameters
    ----------
    mask : array of bool, any shape
        What lies beyond its edges counts as outside, and adds nothing.
    radius, sampling, structure
        As for `erosion`.

    Returns
    -------
    numpy.ndarray of bool, the shape of `mask`
        Never less than `mask`, if the middle of the neighbourhood belongs to it.

    Raises
    ------
    ValueError
        As for `erosion`.

    Examples
    --------
    >>> dilation(np.array([0, 0, 1, 0, 0])).astype(int).tolist()
    [0, 1, 1, 1, 0]
    """
    inside = _mask(mask)
    return ndi.binary_dilation(inside, _structure(inside, radius, sampling, structure))


def opening(
    mask: npt.ArrayLike,
    radius: float = 1,
    *,
    sampling: Sequence[float] | None = None,
    structure: npt.ArrayLike | None = None,
) -> Mask:
    """Take away specks and thin bridges: an erosion, then a dilation.

    Parameters
    ----------
    mask : array of bool, any shape
        What lies beyond its edges counts as inside: an object that is cut by the edge is not taken for a thin
        one.
    radius, sampling, structure
        As for `erosion`.

    Returns
    -------
    numpy.ndarray of bool, the shape of `mask`
        Never more than `mask`.

    Raises
    ------
    ValueError
        As for `erosion`.

    Examples
    --------
    >>> opening(np.array([0, 1, 0, 0, 1, 1, 1, 0])).astype(int).tolist()
    [0, 0, 0, 0, 1, 1, 1, 0]
    """
    inside = _mask(mask)
    shape = _structure(inside, radius, sampling, structure)
    return ndi.binary_dilation(ndi.binary_erosion(inside, shape, border_value=1), shape)


def closing(
    mask: npt.ArrayLike,
    radius: float = 1,
    *,
    sampling: Sequence[float] | None = None,
    structure: npt.ArrayLike | None = None,
) -> Mask:
    """Fill gaps and narrow bays: a dilation, then an erosion.

    `scipy.ndimage.binary_closing` also eats what touches the edge of the image; here the mask gets a margin
    first.

    Parameters
    ----------
    mask : array of bool, any shape
        What lies beyond its edges counts as outside, and there is room for the dilation.
    radius, sampling, structure
        As for `erosion`.

    Returns
    -------
    numpy.ndarray of bool, the shape of `mask`
        Never less than `mask`.

    Raises
    ------
    ValueError
        As for `erosion`.

    Examples
    --------
    >>> touching = np.zeros((9, 9), bool)
    >>> touching[:, :5] = True
    >>> square = np.ones((5, 5), bool)
    >>> int(ndi.binary_closing(touching, square).sum()), int(closing(touching, structure=square).sum())
    (15, 45)
    """
    inside = _mask(mask)
    shape = _structure(inside, radius, sampling, structure)
    margin = [width // 2 for width in shape.shape]
    roomy = np.pad(inside, [(width, width) for width in margin])
    closed = ndi.binary_erosion(ndi.binary_dilation(roomy, shape), shape)
    return closed[tuple(slice(width, width + n) for width, n in zip(margin, inside.shape, strict=True))]


def fill_holes(mask: npt.ArrayLike, *, connectivity: int = 1) -> Mask:
    """Fill what is outside but has no way to the edge of the image.

    Parameters
    ----------
    mask : array of bool, any shape
        In a volume a hole must be closed on all sides; a plane is filled by itself with
        ``fill_holes(mask[pln])``.
    connectivity : int, default 1
        How the outside hangs together, as for `label`.

    Returns
    -------
    numpy.ndarray of bool, the shape of `mask`
        Never less than `mask`.

    Raises
    ------
    ValueError
        If the mask is empty, or `connectivity` is not between 1 and its number of axes.

    Examples
    --------
    >>> fill_holes(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])).all()
    np.True_
    """
    inside = _mask(mask)
    return ndi.binary_fill_holes(inside, _neighbours(inside.ndim, connectivity))


def label(mask: npt.ArrayLike, *, connectivity: int = 1) -> Labels:
    """Give every object a number.

    Parameters
    ----------
    mask : array of bool, any shape
        The objects.
    connectivity : int, default 1
        1: pixels touch by their faces (4 neighbours in 2-D, 6 in 3-D); up to the number of axes: by their
        corners too (8, 26). It changes how many objects there are.

    Returns
    -------
    Labels
        ``labels`` and ``count``. No object at all is a count of 0.

    Raises
    ------
    ValueError
        If the mask is empty, or `connectivity` is not between 1 and its number of axes.

    Examples
    --------
    >>> corner = np.array([[1, 0], [0, 1]])
    >>> label(corner).count, label(corner, connectivity=2).count
    (2, 1)
    """
    inside = _mask(mask)
    labels, count = ndi.label(inside, _neighbours(inside.ndim, connectivity))
    return Labels(labels, int(count))


def largest_components(mask: npt.ArrayLike, n: int = 1, *, connectivity: int = 1) -> Mask:
    """Keep the `n` objects with the most pixels.

    Parameters
    ----------
    mask : array of bool, any shape
        The objects.
    n : int, default 1
        How many to keep, 1 or more. If there are fewer, all are kept; of equal ones those that come first.
    connectivity : int, default 1
        As for `label`.

    Returns
    -------
    numpy.ndarray of bool, the shape of `mask`
        Never more than `mask`.

    Raises
    ------
    ValueError
        If the mask is empty, `n` is below 1, or `connectivity` is not between 1 and the number of axes.

    Examples
    --------
    >>> largest_components(np.array([1, 0, 1, 1, 0, 1, 1, 1])).astype(int).tolist()
    [0, 0, 0, 0, 0, 1, 1, 1]
    """
    n = _checks.whole(n, "n", 1)
    labels, count = label(mask, connectivity=connectivity)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = np.zeros(count + 1, bool)
    kept[1 + np.argsort(-sizes, kind="stable")[:n]] = True
    return kept[labels]


# --- Sizes and agreement


def measure(labels: npt.ArrayLike, sampling: Sequence[float]) -> list[Region]:
    """Return the size and the place of every object.

    Parameters
    ----------
    labels : array of int or bool, 2-D or 3-D
        The number of the object that each pixel belongs to; 0 is none. A mask is one object.
    sampling : sequence of 2 or 3 float
        Distance in mm between neighbouring samples, one for each axis.

    Returns
    -------
    list of Region
        In the order of their labels; areas in mm2 or volumes in mm3.

    Raises
    ------
    ValueError
        If the labels are not 2-D or 3-D, a label is negative, or `sampling` has another length or a number
        that is not above zero.
    TypeError
        If the labels are not whole numbers, or `sampling` is None.

    Examples
    --------
    >>> measure(np.array([[1, 1], [0, 2]]), (0.5, 2.0))[0]
    Region(label=1, count=2, size=2.0, unit='mm2', centroid=(0.0, 0.5))
    """
    array = np.asarray(labels)
    _mask(array, "labels")
    piece = math.prod(_spatial(array, sampling))
    if array.dtype.kind == "i" and array.min() < 0:
        raise ValueError(f"labels holds {array.min()}, but objects are numbered from 1, and 0 is none")
    numbers, counts = np.unique(array[array != 0], return_counts=True)
    places = ndi.center_of_mass(np.ones(array.shape, np.uint8), array, numbers)
    return [
        Region(
            int(number),
            int(count),
            int(count) * piece,
            f"mm{array.ndim}",
            tuple(map(float, place)),
        )
        for number, count, place in zip(numbers, counts, places, strict=True)
    ]


def _spatial(array: npt.NDArray[Any], sampling: Sequence[float]) -> tuple[float, ...]:
    """Return the sampling of an array that has two or three axes."""
    if array.ndim not in (2, 3):
        raise ValueError(f"a plane or a volume is needed, but the shape is {array.shape}")
    return _checks.spacings(sampling, (array.ndim,))


def area(mask: npt.ArrayLike, sampling: Sequence[float]) -> float:
    """Return the area of a 2-D mask.

    Parameters
    ----------
    mask : array of bool, shape (row, col)
        True inside.
    sampling : sequence of 2 float
        Distance in mm between neighbouring samples, (row, col).

    Returns
    -------
    float
        In mm2; 0 if nothing is inside.

    Raises
    ------
    ValueError
        If the mask is not 2-D, or `sampling` is not two numbers above zero.

    Examples
    --------
    >>> area(np.ones((4, 5), bool), (0.5, 0.5))
    5.0
    """
    inside = _mask(mask)
    if inside.ndim != 2:
        raise ValueError(f"an area needs a 2-D mask, but the shape is {inside.shape}: see volume for 3-D")
    return int(np.count_nonzero(inside)) * math.prod(_spatial(inside, sampling))


def volume(mask: npt.ArrayLike, sampling: Sequence[float]) -> float:
    """Return the volume of a 3-D mask.

    Parameters
    ----------
    mask : array of bool, shape (pln, row, col)
        True inside.
    sampling : sequence of 3 float
        Distance in mm between neighbouring samples, (pln, row, col); between slices not their thickness.

    Returns
    -------
    float
        In mm3; 0 if nothing is inside. 1000 mm3 are 1 ml.

    Raises
    ------
    ValueError
        If the mask is not 3-D, or `sampling` is not three numbers above zero.

    Examples
    --------
    >>> volume(np.ones((2, 4, 5), bool), (5.0, 0.5, 0.5))
    50.0
    """
    inside = _mask(mask)
    if inside.ndim != 3:
        raise ValueError(f"a volume needs a 3-D mask, but the shape is {inside.shape}: see area for 2-D")
    return int(np.count_nonzero(inside)) * geometry.voxel_volume(sampling)


def _overlap(mask: npt.ArrayLike, reference: npt.ArrayLike) -> tuple[int, int]:
    """Return the sizes of the intersection of two masks and of their sum."""
    one, other = _mask(mask), _mask(reference, "reference")
    if one.shape != other.shape:
        raise ValueError(f"mask has shape {one.shape} and reference {other.shape}: they must agree")
    both = int(np.count_nonzero(one & other))
    return both, int(np.count_nonzero(one)) + int(np.count_nonzero(other))


def dice(mask: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Return how well two masks agree: twice what they share, over the sum of their sizes.

    Parameters
    ----------
    mask, reference : array of bool, the same shape
        In any order.

    Returns
    -------
    float
        From 0, nothing shared, to 1, the same. Two masks with nothing inside are the same: 1.

    Raises
    ------
    ValueError
        If the shapes differ or are empty.

    References
    ----------
    Dice, L. R. "Measures of the Amount of Ecologic Association Between Species". Ecology 26 (1945), 297-302.

    Examples
    --------
    >>> dice([True, True, False], [True, False, False])
    0.6666666666666666
    """
    both, total = _overlap(mask, reference)
    return 2 * both / total if total else 1.0


def iou(mask: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Return how well two masks agree: what they share, over what either has (intersection over union).

    Parameters
    ----------
    mask, reference : array of bool, the same shape
        In any order.

    Returns
    -------
    float
        From 0, nothing shared, to 1, the same. Two masks with nothing inside are the same: 1. Never above
        Dice.

    Raises
    ------
    ValueError
        If the shapes differ or are empty.

    References
    ----------
    Jaccard, P. "The Distribution of the Flora in the Alpine Zone". New Phytologist 11 (1912), 37-50.

    Examples
    --------
    >>> iou([True, True, False], [True, False, False])
    0.5
    """
    both, total = _overlap(mask, reference)
    return both / (total - both) if total else 1.0
