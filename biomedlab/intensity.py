"""What the numbers of an image are, and how they become gray levels: histograms, equalization, windows.

Arrays in, arrays out. An image may have any number of axes and is gray: a colour `Image` is refused, and so
is a plain 8-bit array whose last length is 3 or 4, because nobody can tell such a colour image from a thin
volume.

Every change of levels here is a *tone*: one output level for each input level, growing with it. Images of up
to 16 bits go through a table with one entry for each level that their dtype has; all others in blocks.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from biomedlab import _checks

__all__ = [
    "WINDOWS",
    "Histogram",
    "Window",
    "clahe",
    "cumulative_distribution",
    "equalization_table",
    "equalize",
    "gamma",
    "histogram",
    "percentile_limits",
    "rescale_levels",
    "share_below",
    "window",
    "window_limits",
]

_Array = npt.NDArray[Any]
_Chosen = npt.NDArray[np.bool_] | None
_Tone = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]

_BLOCK = 65_536  # samples looked at together: their copies stay in the processor's cache
_MOST_LEVELS = 65_536  # up to here whole numbers get one bin each
_USUAL_BINS = 256
_MOST_BINS = 2**20
_EXACT = 2**53  # a float64 holds every whole number up to here
_DISPLAY = (0.0, 255.0)


class Histogram(NamedTuple):
    """How many samples fall into each bin.

    Attributes
    ----------
    hist : numpy.ndarray of int64, shape (bins,)
        Number of samples; shape (labels, bins) if several labels were asked for.
    bin_edges : numpy.ndarray of float64, shape (bins + 1,)
        Where the bins begin and end.
    """

    hist: npt.NDArray[np.int64]
    bin_edges: npt.NDArray[np.float64]

    @property
    def centres(self) -> npt.NDArray[np.float64]:
        """The middle of every bin; the level itself where each whole number has its own bin."""
        return self.bin_edges[:-1] + np.diff(self.bin_edges) / 2


@dataclass(frozen=True)
class Window:
    """A named range of levels that is spread from black to white.

    Attributes
    ----------
    name : str
        What it shows.
    center, width : float
        Middle and length of the range, in `unit`.
    unit : str
        "HU": Hounsfield units.
    """

    name: str
    center: float
    width: float
    unit: str = "HU"

    @property
    def limits(self) -> tuple[float, float]:
        """The levels shown black and white, for ``plt.imshow(vmin=, vmax=)``."""
        return window_limits(self.center, self.width)


WINDOWS: Mapping[str, Window] = MappingProxyType(
    {
        "lung": Window("lung", -600, 1500),
        "bone": Window("bone", 400, 1800),
        "abdomen": Window("soft tissue of the abdomen", 50, 400),
        "mediastinum": Window("soft tissue of the mediastinum", 50, 350),
        "brain": Window("brain", 40, 80),
    }
)
"""Usual windows for CT, in Hounsfield units. Departments differ by some tens of HU."""


# --- Samples in blocks, so that a large image needs no large copy


def _blocks(array: _Array, chosen: _Chosen, dtype: npt.DTypeLike | None = None) -> Iterator[_Array]:
    """Yield the chosen samples in blocks, in native byte order; a block is valid until the next one."""
    native = np.dtype(dtype) if dtype else array.dtype.newbyteorder("=")
    operands = [array] if chosen is None else [array, chosen]
    with np.nditer(
        operands,
        flags=["external_loop", "buffered"],
        op_flags=[["readonly", "aligned"]] * len(operands),
        op_dtypes=[native, np.dtype(bool)][: len(operands)],
        casting="same_kind",
        buffersize=_BLOCK,
    ) as blocks:
        for block in blocks:
            yield np.asarray(block) if chosen is None else block[0][block[1]]


def _is_whole(array: _Array) -> bool:
    return array.dtype.kind in "bui"


def _is_small(array: _Array) -> bool:
    """Tell whether the dtype has so few levels that a table of all of them is cheap."""
    return _is_whole(array) and array.dtype.itemsize <= 2


def _dtype_limits(dtype: np.dtype) -> tuple[int, int]:
    """Return the lowest and highest level of a whole-number dtype."""
    return (0, 1) if dtype == np.bool_ else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))


def _patterns(block: _Array) -> _Array:
    """Return the bits of a small whole number read as an unsigned number: a place in a table."""
    return block.view(np.uint8 if block.dtype.itemsize == 1 else np.uint16)


def _refuse_nan(block: _Array) -> None:
    if block.dtype.kind == "f" and np.isnan(block).any():
        raise ValueError("the image holds NaN, which is no level: leave it out with mask=~np.isnan(image)")


def _some(chosen: _Chosen) -> _Chosen:
    """Return the mask, if it is True somewhere."""
    if chosen is not None and not chosen.any():
        raise ValueError("the mask leaves out every pixel: give one that is True somewhere")
    return chosen


def _extremes(array: _Array, chosen: _Chosen) -> tuple[Any, Any]:
    """Return the lowest and highest chosen sample, finite, as a Python number."""
    ends = np.array([(block.min(), block.max()) for block in _blocks(array, _some(chosen)) if block.size])
    _refuse_nan(ends)
    if not np.isfinite(ends).all():
        raise ValueError(
            "the image holds infinite values: leave them out with mask=np.isfinite(image), or give limits"
        )
    low, high = ends.min(), ends.max()
    return (int(low), int(high)) if _is_whole(array) else (float(low), float(high))


# --- Counting


def _count_levels(array: _Array, chosen: _Chosen, low: int, high: int) -> npt.NDArray[np.int64]:
    """Count each whole number from `low` to `high`."""
    counts = np.zeros(high - low + 1, np.int64)
    if not _is_small(array):
        for block in _blocks(array, chosen):
            inside = block[(block >= low) & (block <= high)].astype(np.int64)
            counts += np.bincount(inside - low, minlength=counts.size)
        return counts
    first, last = _dtype_limits(array.dtype)
    every = np.zeros(last - first + 1, np.int64)
    for block in _blocks(array, chosen):
        every += np.bincount(_patterns(block), minlength=every.size)
    every = np.roll(every, -first)  # bit patterns put the negatives last
    begin, end = max(low, first), min(high, last) + 1
    if begin < end:
        counts[begin - low : end - low] = every[begin - first : end - first]
    return counts


def _count_bins(
    array: _Array, chosen: _Chosen, low: float, high: float, edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Count equal bins: closed at the left, open at the right, and the last one closed at both ends."""
    if _is_small(array):
        first, last = _dtype_limits(array.dtype)
        begin, end = max(math.ceil(low), first), min(math.floor(high), last)
        if begin > end:
            return np.zeros(edges.size - 1, np.int64)
        levels = np.arange(begin, end + 1)
        places = np.minimum(np.searchsorted(edges, levels, side="right") - 1, edges.size - 2)
        counts = np.zeros(edges.size - 1, np.int64)
        np.add.at(counts, places, _count_levels(array, chosen, begin, end))
        return counts
    counts = np.zeros(edges.size - 1, np.int64)
    for block in _blocks(array, chosen, np.float64):
        _refuse_nan(block)
        counts += np.histogram(block, bins=edges.size - 1, range=(low, high))[0]
    return counts


@dataclass(frozen=True)
class _Bins:
    """Where to count: every whole number between the limits (`levels`), or equal bins between them."""

    low: Any
    high: Any
    edges: npt.NDArray[np.float64]
    levels: bool

    def count(self, array: _Array, chosen: _Chosen) -> npt.NDArray[np.int64]:
        if self.levels:
            return _count_levels(array, chosen, self.low, self.high)
        return _count_bins(array, chosen, self.low, self.high, self.edges)


def _limits(array: _Array, chosen: _Chosen, low: Any, high: Any) -> tuple[Any, Any]:
    """Return the asked-for limits, or where they are None those of the image (of its dtype, if 8-bit)."""
    low = None if low is None else _checks.finite(low, "min")
    high = None if high is None else _checks.finite(high, "max")
    if low is None or high is None:
        own = _dtype_limits(array.dtype) if array.dtype.itemsize == 1 else _extremes(array, chosen)
        low, high = own[0] if low is None else low, own[1] if high is None else high
    if low > high:
        raise ValueError(f"min {low:g} is above max {high:g}: swap them, or give both")
    if _is_whole(array) and max(-low, high) > _EXACT:
        raise ValueError(
            f"levels from {low} to {high} cannot be told apart as float64: subtract a whole number from the "
            "image first, or give min and max within 2**53"
        )
    return low, high


def _bins(array: _Array, chosen: _Chosen, bins: int | None, low: Any, high: Any, *, usual: int) -> _Bins:
    """Decide on the bins; `usual` is how many when there is no bin for each whole number."""
    if bins is not None:
        bins = _checks.whole(bins, "bins", 1, _MOST_BINS)
    low, high = _limits(array, chosen, low, high)
    if bins is None and _is_whole(array):
        first, last = math.ceil(low), math.floor(high)
        if first > last:
            raise ValueError(f"there is no whole number between min {low:g} and max {high:g}")
        if last - first < _MOST_LEVELS:
            return _Bins(first, last, np.arange(first, last + 2) - 0.5, levels=True)
    if low == high:
        low, high = low - 0.5, high + 0.5
    count = bins or usual
    edges = np.linspace(low, high, count + 1) if math.isfinite(high - low) else np.zeros(2)
    if not (np.diff(edges) > 0).all():
        raise ValueError(f"{count} bins between {low:g} and {high:g} cannot be told apart as float64")
    return _Bins(low, high, edges, levels=False)


def histogram(
    image: npt.ArrayLike,
    *,
    bins: int | None = None,
    min: float | None = None,
    max: float | None = None,
    mask: npt.ArrayLike | None = None,
    labels: npt.ArrayLike | None = None,
    index: int | Sequence[int] | None = None,
) -> Histogram:
    """Count how many pixels have each level.

    The course's ``ndi.histogram(im, min=0, max=255, bins=256)``, quicker and with every argument optional.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    bins : int, optional
        Number of equal bins between `min` and `max`, 1 to 2**20. By default whole numbers get one bin each if
        there are at most 65,536 of them between `min` and `max`; all other images get 256 bins. More bins
        than levels are allowed and leave some bins empty.
    min, max : float, optional
        First and last edge. A value outside is left out, not moved to the nearest bin. By default the lowest
        and highest level of the image; of an 8-bit image those of its dtype (0 and 255), so that ``hist[v]``
        counts the pixels of level v.
    mask : array of bool, the shape of `image`, optional
        Only where it is True (or not 0) are pixels counted.
    labels : array of int, the shape of `image`, optional
        Regions. Without `index`, all that are above 0 are counted together.
    index : int or sequence of int, optional
        Which label or labels to count. A sequence gives `hist` one row for each, over the same bins.

    Returns
    -------
    Histogram
        ``hist`` (int64) and ``bin_edges`` (float64), as numpy.histogram gives them.

    Raises
    ------
    ValueError
        If the image is in colour, empty or holds NaN where it is counted (with `min` or `max` left to the
        image also infinite values), if the mask leaves out every pixel, shapes differ, `min` is above `max`,
        or whole numbers reach beyond 2**53.
    TypeError
        If something is not a number, or not a whole one.

    Notes
    -----
    A bin holds ``edge <= value < next edge``; the last one also holds values equal to its right edge. Where
    each whole number has its own bin, the edges lie half-way between the numbers.

    Equal to ``numpy.histogram(image, bins, (min, max))`` and `scipy.ndimage.histogram` to the last pixel.

    Examples
    --------
    >>> hist, bin_edges = histogram(np.array([[0, 1], [1, 3]]))
    >>> hist.tolist(), bin_edges.tolist()
    ([1, 2, 0, 1], [-0.5, 0.5, 1.5, 2.5, 3.5])
    >>> histogram(np.array([0.0, 1.0, 5.0, 9.9, 10.0, 11.0]), bins=2, min=0, max=10).hist.tolist()
    [2, 3]
    """
    array = _checks.gray(image)
    chosen = _checks.selection(mask, array.shape)
    if labels is None and index is not None:
        raise TypeError("index tells which labels to count: give labels as well")
    if labels is None:
        return _histogram(array, chosen, bins, min, max)
    regions = np.asarray(labels)
    _checks.selection(regions, array.shape, "labels")
    wanted = [] if index is None else np.atleast_1d(index).tolist()
    wanted = [_checks.whole(label, "a number of index", -_EXACT, _EXACT) for label in wanted]
    inside = regions > 0 if index is None else np.isin(regions, wanted)
    inside = inside if chosen is None else inside & chosen
    if index is None or np.ndim(index) == 0:
        return _histogram(array, inside, bins, min, max)
    place = _bins(array, _some(inside), bins, min, max, usual=_USUAL_BINS)
    rows = [place.count(array, inside & (regions == label)) for label in wanted]
    return Histogram(np.array(rows), place.edges)


def _histogram(
    array: _Array, chosen: _Chosen, bins: int | None, low: Any, high: Any, *, usual: int = _USUAL_BINS
) -> Histogram:
    """Count what has come through the door."""
    place = _bins(array, _some(chosen), bins, low, high, usual=usual)
    return Histogram(place.count(array, chosen), place.edges)


def cumulative_distribution(hist: npt.ArrayLike | Histogram) -> npt.NDArray[np.float64]:
    """Return, for each bin, the share of pixels in it and in the bins before it.

    Parameters
    ----------
    hist : Histogram, or array of numbers, shape (bins,)
        Counts, not negative.

    Returns
    -------
    numpy.ndarray of float64, shape (bins,)
        From 0 to 1, never falling; the last is 1.

    Raises
    ------
    ValueError
        If `hist` has no bins or not one axis, holds a negative number or NaN, or counts no pixel at all: 0 /
        0 is no share.

    Notes
    -----
    The running sum over the total: ``hist.cumsum() / hist.sum()``.

    Examples
    --------
    >>> cumulative_distribution([1, 2, 0, 1]).tolist()
    [0.25, 0.75, 0.75, 1.0]
    """
    counts = np.asarray(hist.hist if isinstance(hist, Histogram) else hist)
    if counts.dtype.kind not in "buif" or counts.ndim != 1 or counts.size == 0:
        raise ValueError(
            f"hist must be one row of counts, but its shape is {counts.shape} and its dtype {counts.dtype}"
        )
    if not (counts >= 0).all() or not np.isfinite(counts).all():
        raise ValueError("hist holds a negative or infinite number or NaN, but counts are 0 or more")
    running = counts.cumsum(dtype=np.float64 if counts.dtype.kind == "f" else np.int64)
    if running[-1] == 0:
        raise ValueError("hist counts no pixel at all, so that there are no shares: check min, max and mask")
    return running / running[-1]


def share_below(image: npt.ArrayLike, value: float, *, mask: npt.ArrayLike | None = None) -> float:
    """Return the share of pixels that are less than a value.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    value : float
        Pixels equal to it are not counted.
    mask : array of bool, the shape of `image`, optional
        Only where it is True (or not 0) are pixels looked at.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If the image is in colour or empty, holds NaN, `value` is not finite, or the mask leaves out every
        pixel.

    Examples
    --------
    >>> share_below(np.array([[10, 20], [32, 40]]), 32)
    0.5
    """
    array = _checks.gray(image)
    chosen = _some(_checks.selection(mask, array.shape))
    value = _checks.finite(value, "value")
    total = below = 0
    for block in _blocks(array, chosen):
        _refuse_nan(block)
        total += block.size
        below += int(np.count_nonzero(block < value))
    return below / total


# --- Tones: from a level to a share between 0 and 1, and from there to the output


def _output(out_range: tuple[float, float], dtype: npt.DTypeLike) -> tuple[float, float, np.dtype]:
    """Return the lowest and highest output level and their dtype, if they fit each other."""
    kind = np.dtype(dtype)
    if kind.kind not in "uif":
        raise TypeError(
            f"dtype is {kind}, but whole or real numbers are needed, such as numpy.uint8 or float"
        )
    try:
        low, high = (_checks.finite(end, "an end of out_range") for end in out_range)
    except (TypeError, ValueError) as error:
        raise type(error)(f"out_range must be two finite numbers, not {out_range!r}") from None
    least, most = (
        _dtype_limits(kind) if kind.kind in "ui" else (float(np.finfo(kind).min), float(np.finfo(kind).max))
    )
    if low >= high or low < least or high > most or not math.isfinite(high - low):
        raise ValueError(
            f"out_range is {(low, high)}, but it must grow and lie within {kind}, {least} to {most}"
        )
    if kind.kind in "ui" and max(-low, high) > _EXACT:
        raise ValueError("out_range must lie within 2**53, where every whole number has its own float64")
    return low, high, kind


def _scaled(shares: npt.NDArray[np.float64], low: float, high: float, dtype: np.dtype) -> _Array:
    """Spread shares of 0 to 1 from `low` to `high`; whole-number outputs are rounded, never cut."""
    values = np.clip(low + shares * (high - low), low, high)
    return (np.rint(values) if dtype.kind in "ui" else values).astype(dtype)


def _through(array: _Array, tone: _Tone, out_range: tuple[float, float], dtype: npt.DTypeLike) -> _Array:
    """Return the image with every level replaced by its output level."""
    low, high, kind = _output(out_range, dtype)
    table = None
    if _is_small(array):
        first, last = _dtype_limits(array.dtype)
        table = np.roll(_scaled(tone(np.arange(first, last + 1, dtype=np.float64)), low, high, kind), first)
    with np.nditer(
        [array, None],
        flags=["external_loop", "buffered"],
        op_flags=[["readonly", "aligned"], ["writeonly", "allocate"]],
        op_dtypes=[array.dtype.newbyteorder("=") if table is not None else np.dtype(np.float64), kind],
        casting="same_kind",
        buffersize=_BLOCK,
    ) as blocks:
        for block, out in blocks:
            if table is not None:
                # Every pattern is in the table; "clip" only saves numpy a search for ones that are not.
                table.take(_patterns(block), out=out, mode="clip")
            else:
                out[...] = _toned(block, tone, low, high, kind)
        return blocks.operands[1]


def _toned(block: npt.NDArray[np.float64], tone: _Tone, low: float, high: float, kind: np.dtype) -> _Array:
    """Return one block's output levels; NaN stays NaN where the output can hold it."""
    missing = np.isnan(block)
    if not missing.any():
        return _scaled(tone(block), low, high, kind)
    if kind.kind in "ui":
        raise ValueError(
            f"the image holds NaN, which {kind} cannot hold: ask for dtype=float, or fill it first"
        )
    block = np.where(missing, 0.0, block)
    return np.where(missing, np.nan, _scaled(tone(block), low, high, kind))


def _linear(vmin: float, vmax: float) -> _Tone:
    """Return the straight line from `vmin` to `vmax`; if they are the same, the step there."""
    if vmin == vmax:
        return lambda levels: (levels > vmin).astype(np.float64)
    return lambda levels: (np.clip(levels, vmin, vmax) - vmin) / (vmax - vmin)


def _display_limits(array: _Array, vmin: float | None, vmax: float | None) -> tuple[float, float]:
    """Return the asked-for display limits, or where they are None those of the image."""
    low = None if vmin is None else _checks.finite(vmin, "vmin")
    high = None if vmax is None else _checks.finite(vmax, "vmax")
    if low is None or high is None:
        own = _extremes(array, None)
        low, high = own[0] if low is None else low, own[1] if high is None else high
    if low > high or not math.isfinite(high - low):
        raise ValueError(f"vmin {low:g} must not be above vmax {high:g}, nor infinitely far below: swap them")
    return float(low), float(high)


def equalization_table(
    hist: npt.ArrayLike | Histogram,
    *,
    out_range: tuple[float, float] = _DISPLAY,
    dtype: npt.DTypeLike = np.uint8,
) -> npt.NDArray[Any]:
    """Return the output level of every bin: what equalization looks up.

    Parameters
    ----------
    hist : Histogram, or array of numbers, shape (bins,)
        Counts, not negative.
    out_range : tuple of 2 float, default (0, 255)
        The levels that a share of 0 and of 1 become.
    dtype : dtype, default numpy.uint8
        Of the table. Whole numbers are rounded to the nearest (half to even), real ones left as they are.

    Returns
    -------
    numpy.ndarray of `dtype`, shape (bins,)
        Never falling; the last is the upper end of `out_range`.

    Raises
    ------
    ValueError
        If the histogram counts no pixel, or `out_range` does not grow or does not fit `dtype`.

    Notes
    -----
    ``low + cdf * (high - low)``; with the default range the course's ``cdf * 255``.

    Examples
    --------
    >>> equalization_table([1, 2, 0, 1], dtype=float).tolist()
    [63.75, 191.25, 191.25, 255.0]
    >>> equalization_table([1, 2, 0, 1]).tolist()
    [64, 191, 191, 255]
    """
    return _scaled(cumulative_distribution(hist), *_output(out_range, dtype))


def equalize(
    image: npt.ArrayLike,
    *,
    mask: npt.ArrayLike | None = None,
    bins: int | None = None,
    out_range: tuple[float, float] = _DISPLAY,
    dtype: npt.DTypeLike = np.uint8,
) -> npt.NDArray[Any]:
    """Give every level the share of pixels that are not above it, so that all gray levels are used alike.

    The course's ``cdf[im] * 255``, right for negative, 16-bit, real-valued and masked images too. The result
    is for looking at, not for measuring: it depends on what else is in the picture.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    mask : array of bool, the shape of `image`, optional
        Only the pixels inside are counted. All are changed, by the same table: levels below the lowest one
        inside become the lower end of the range, levels above the highest one the upper end.
    bins : int, optional
        Number of equal bins between the lowest and highest level, 1 to 2**20. By default one for each whole
        number if at most 65,536 lie between them, else 65,536. Levels in one bin stay one level.
    out_range : tuple of 2 float, default (0, 255)
        The levels that a share of 0 and of 1 become.
    dtype : dtype, default numpy.uint8
        Of the result. Whole numbers are rounded to the nearest (half to even); with ``dtype=float`` the
        result is the course's ``cdf[im] * 255`` itself.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        Within `out_range`. A lower level never becomes the higher one. The highest level becomes the upper
        end; the lowest one does not become the lower end, since its share is not 0.

    Raises
    ------
    ValueError
        If the image is in colour or empty, NaN or infinite where it is counted, NaN elsewhere and `dtype`
        cannot hold it, if the mask leaves out every pixel, or `out_range` does not grow or does not fit
        `dtype`.

    Notes
    -----
    A constant image becomes the upper end everywhere: all of its pixels are not above its only level.

    Examples
    --------
    >>> equalize(np.array([[-1000, 40], [40, 3000]], dtype=np.int16)).tolist()
    [[64, 191], [191, 255]]
    >>> equalize(np.array([[0.1, 0.2], [0.2, 0.9]]), out_range=(0, 1), dtype=float).tolist()
    [[0.25, 0.75], [0.75, 1.0]]
    """
    array = _checks.gray(image)
    chosen = _checks.selection(mask, array.shape)
    hist, edges = _histogram(array, chosen, bins, None, None, usual=_MOST_LEVELS)
    shares = np.concatenate([[0.0], cumulative_distribution(hist)])
    # The number of left edges that a level has reached is the place of its bin in `shares`.
    starts = edges[:-1]
    return _through(
        array, lambda levels: shares[np.searchsorted(starts, levels, side="right")], out_range, dtype
    )


def clahe(
    image: npt.ArrayLike,
    *,
    clip_limit: float = 0.01,
    kernel_size: int | Sequence[int] | None = None,
    bins: int = _USUAL_BINS,
    out_range: tuple[float, float] = _DISPLAY,
    dtype: npt.DTypeLike = np.uint8,
) -> npt.NDArray[Any]:
    """Equalize every part of an image by its own surroundings, with a limit on how steep that may be.

    Contrast-limited adaptive histogram equalization, by scikit-image. It is no table: the same level may
    become different ones in different places.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume; a volume is treated as a whole, not plane by plane.
    clip_limit : float, default 0.01
        From 0 to 1: the higher, the more contrast (and noise). 0 stands for scikit-image's own smallest
        limit.
    kernel_size : int or sequence of int, optional
        Size of the parts in pixels, for all axes or each. By default an eighth of the image.
    bins : int, default 256
        Number of levels that are told apart, 2 to 65,536.
    out_range : tuple of 2 float, default (0, 255)
        Lowest and highest level of the result.
    dtype : dtype, default numpy.uint8
        Of the result. Whole numbers are rounded to the nearest.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        Within `out_range`. A constant image becomes the lower end everywhere.

    Raises
    ------
    ValueError
        If the image is in colour or empty or holds NaN or infinite values, or a number lies outside its
        range.

    References
    ----------
    Zuiderveld, K. "Contrast Limited Adaptive Histogram Equalization". Graphics Gems IV (1994), VIII.5.

    Examples
    --------
    >>> ramp = np.tile(np.arange(-32, 32, dtype=np.int16), (64, 1))
    >>> flat = clahe(ramp)
    >>> flat.dtype, int(flat.min()), int(flat.max())
    (dtype('uint8'), 0, 255)
    """
    from skimage.exposure import equalize_adapthist  # slow to import, and nothing else here needs it

    array = _checks.gray(image)
    low, high, kind = _output(out_range, dtype)
    clip_limit = _checks.finite(clip_limit, "clip_limit")
    if not 0 <= clip_limit <= 1:
        raise ValueError(f"clip_limit is {clip_limit:g}, but it must be between 0 and 1")
    bins = _checks.whole(bins, "bins", 2, _MOST_LEVELS)
    if kernel_size is not None:
        sizes = [kernel_size] * array.ndim if np.ndim(kernel_size) == 0 else list(kernel_size)  # ty: ignore
        kernel_size = [_checks.whole(size, "kernel_size", 1) for size in sizes]
        if len(kernel_size) != array.ndim:
            raise ValueError(
                f"kernel_size has {len(kernel_size)} numbers, but the image has {array.ndim} axes"
            )
    # scikit-image takes real numbers to lie between -1 and 1, and changes whole ones by their dtype's range.
    vmin, vmax = _extremes(array, None)
    if vmin == vmax:
        return np.full(array.shape, low, kind)
    shares = _linear(vmin, vmax)(array.astype(np.float64))
    return _scaled(equalize_adapthist(shares, kernel_size, clip_limit, bins), low, high, kind)


def window_limits(center: float, width: float) -> tuple[float, float]:
    """Return the levels that a window shows black and white.

    Parameters
    ----------
    center, width : float
        Middle and length of the window, in the unit of the image (CT: HU). `width` is above 0.

    Returns
    -------
    tuple of 2 float
        vmin and vmax.

    Raises
    ------
    ValueError
        If a number is not finite, or `width` not above 0.

    Notes
    -----
    ``center - width / 2`` and ``center + width / 2``: DICOM's LINEAR_EXACT. Its LINEAR, meant for
    whole-number output, differs by half a level.

    References
    ----------
    DICOM PS3.3, C.11.2.1.2, "Window Center and Window Width".

    Examples
    --------
    >>> window_limits(-600, 1500)
    (-1350.0, 150.0)
    """
    center = _checks.finite(center, "center")
    half = _checks.finite(width, "width", positive=True) / 2
    return center - half, center + half


def window(
    image: npt.ArrayLike,
    center: float,
    width: float,
    *,
    out_range: tuple[float, float] = _DISPLAY,
    dtype: npt.DTypeLike = np.uint8,
) -> npt.NDArray[Any]:
    """Spread the levels of a window evenly from black to white; what lies outside becomes the nearer of them.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    center, width : float
        Middle and length of the window, in the unit of the image (CT: HU). `width` is above 0. See `WINDOWS`.
    out_range : tuple of 2 float, default (0, 255)
        Black and white.
    dtype : dtype, default numpy.uint8
        Of the result. Whole numbers are rounded to the nearest.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        Within `out_range`.

    Raises
    ------
    ValueError
        If the image is in colour or empty, holds NaN and `dtype` cannot, or a number is outside its range.

    Examples
    --------
    >>> brain = WINDOWS["brain"]
    >>> window(np.array([-1000, 0, 40, 80, 3000]), brain.center, brain.width).tolist()
    [0, 0, 128, 255, 255]
    """
    array = _checks.gray(image)
    return _through(array, _linear(*window_limits(center, width)), out_range, dtype)


def gamma(
    image: npt.ArrayLike,
    gamma: float,
    *,
    vmin: float | None = None,
    vmax: float | None = None,
    out_range: tuple[float, float] = _DISPLAY,
    dtype: npt.DTypeLike = np.uint8,
) -> npt.NDArray[Any]:
    """Bend the way from black to white: below 1 the dark levels become brighter, above 1 darker.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    gamma : float
        The power, above 0. 1 leaves a straight line.
    vmin, vmax : float, optional
        The levels that become black and white. By default the lowest and highest of the image.
    out_range : tuple of 2 float, default (0, 255)
        Black and white.
    dtype : dtype, default numpy.uint8
        Of the result. Whole numbers are rounded to the nearest.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        Within `out_range`. A constant image becomes black, unless `vmin` lies below it.

    Raises
    ------
    ValueError
        If the image is in colour, empty or holds NaN, or a number is outside its range.

    Notes
    -----
    ``low + ((image - vmin) / (vmax - vmin)) ** gamma * (high - low)``

    Examples
    --------
    >>> gamma(np.array([0, 50, 100]), 2, out_range=(0, 1), dtype=float).tolist()
    [0.0, 0.25, 1.0]
    """
    array = _checks.gray(image)
    power = _checks.finite(gamma, "gamma", positive=True)
    line = _linear(*_display_limits(array, vmin, vmax))
    return _through(array, lambda levels: line(levels) ** power, out_range, dtype)


def percentile_limits(
    image: npt.ArrayLike, low: float = 0.1, high: float = 99.9, *, mask: npt.ArrayLike | None = None
) -> tuple[float, float]:
    """Return display limits that leave out the few darkest and brightest pixels.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    low, high : float, default 0.1 and 99.9
        Percentiles, from 0 to 100.
    mask : array of bool, the shape of `image`, optional
        Only where it is True (or not 0) are pixels looked at.

    Returns
    -------
    tuple of 2 float
        vmin and vmax, as numpy.percentile gives them. They are the same for a constant image.

    Raises
    ------
    ValueError
        If the image is in colour, empty or holds NaN or infinite values, the mask leaves out every pixel,
        or `low` is above `high`.

    Examples
    --------
    >>> percentile_limits(np.arange(101), 5, 95)
    (5.0, 95.0)
    """
    array = _checks.gray(image)
    chosen = _checks.selection(mask, array.shape)
    low, high = _checks.finite(low, "low"), _checks.finite(high, "high")
    if not 0 <= low <= high <= 100:
        raise ValueError(f"low is {low:g} and high {high:g}, but 0 <= low <= high <= 100 is needed")
    _some(chosen)
    if _is_small(array):
        hist = _count_levels(array, chosen, *_dtype_limits(array.dtype))
        return _counted_percentile(hist, array.dtype, low), _counted_percentile(hist, array.dtype, high)
    values = array.ravel() if chosen is None else array[chosen]
    _refuse_nan(values)
    if not np.isfinite(values).all():
        raise ValueError("the image holds infinite values: leave them out with mask=np.isfinite(image)")
    vmin, vmax = np.percentile(values.astype(np.float64, copy=False), [low, high]).tolist()
    return vmin, vmax


def _counted_percentile(hist: npt.NDArray[np.int64], dtype: np.dtype, percent: float) -> float:
    """Return numpy.percentile's value from the counts of all levels of a dtype, without sorting pixels."""
    running = hist.cumsum()
    place = percent / 100 * int(running[-1] - 1)
    before = math.floor(place)
    first = _dtype_limits(dtype)[0]
    a, b = (first + int(np.searchsorted(running, step, side="right")) for step in (before, math.ceil(place)))
    part = place - before
    return float(a + (b - a) * part if part < 0.5 else b - (b - a) * (1 - part))


def rescale_levels(
    image: npt.ArrayLike, n: int, *, vmin: float | None = None, vmax: float | None = None
) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """Put an image on `n` gray levels of equal width.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    n : int
        Number of levels, 2 to 65,536.
    vmin, vmax : float, optional
        Where the first level begins and the last one ends; what lies outside belongs to the nearer one. By
        default the lowest and highest level of the image.

    Returns
    -------
    numpy.ndarray of uint8, or of uint16 if `n` is above 256
        Levels 0 to n - 1. A constant image is 0, unless `vmin` lies below it.

    Raises
    ------
    ValueError
        If the image is in colour, empty or holds NaN, or a number is outside its range.

    Notes
    -----
    ``floor((image - vmin) / (vmax - vmin) * n)``, and n - 1 for `vmax` itself.

    Examples
    --------
    >>> rescale_levels(np.array([0, 24, 25, 99, 100]), 4).tolist()
    [0, 0, 1, 3, 3]
    """
    array = _checks.gray(image)
    n = _checks.whole(n, "n", 2, _MOST_LEVELS)
    line = _linear(*_display_limits(array, vmin, vmax))

    def steps(levels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.minimum(np.floor(line(levels) * n), n - 1) / (n - 1)

    return _through(array, steps, (0, n - 1), np.uint8 if n <= 256 else np.uint16)
