"""Filters: every pixel replaced by something computed from its neighbourhood, as scipy.ndimage does it.

Arrays in, arrays out. All of them compute in float64 and return it, so that 8-bit images neither wrap nor
lose what lies between two levels; with ``dtype=`` the result is rounded to the nearest whole number and held
within that dtype. An image must be finite: one NaN would spread to its neighbours unseen.

Options that all share:

size
    Width of the neighbourhood in pixels, odd, for all `axes` or one for each; not larger than the image.
mode
    What stands beyond the edge: ``"reflect"`` (d c b a | a b c d | d c b a, the default), ``"mirror"``
    (d c b | a b c d | c b a), ``"nearest"`` (a a a a | a b c d | d d d d), ``"wrap"`` (a b c d | a b c d | a
    b c d) or ``"constant"`` (`cval` everywhere; note that 0 is water, not air, in Hounsfield units).
axes
    Which axes to filter along; by default all. ``axes=(1, 2)`` filters a volume plane by plane.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import scipy.ndimage as ndi

from biomedlab import _checks

__all__ = ["Mode", "convolve", "correlate", "gaussian", "mean", "median", "percentile", "sobel", "unsharp"]

Mode = Literal["reflect", "constant", "nearest", "mirror", "wrap"]
_Floats = npt.NDArray[np.float64]

PADDING: dict[str, Any] = {
    "reflect": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "constant": "constant",
}
"""What numpy.pad calls the modes of scipy.ndimage."""
_FEW = 49  # neighbours up to which exchanging them in pairs is quicker than numpy's partial sorting
_TOGETHER = 2**15  # pixels whose neighbours are sorted at once: they should stay in the processor's cache
_MOST = 2**21  # neighbours that are sorted at once


# --- Doors


def _image(image: npt.ArrayLike, mode: str) -> npt.NDArray[Any]:
    """Return a gray image of finite numbers in a dtype that scipy knows."""
    if mode not in get_args(Mode):
        raise ValueError(f"mode is {mode!r}, but it must be one of {', '.join(get_args(Mode))}")
    array = _checks.gray(image)
    if array.dtype.kind != "f":
        return array.astype(np.uint8) if array.dtype == np.bool_ else array
    if not np.isfinite(array).all():
        raise ValueError("the image holds NaN or infinite values, which would spread: replace them first")
    return array.astype(np.float64, copy=False)


def _axes(axes: int | Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    """Return the axes to filter along, counted from the front."""
    if axes is None:
        return tuple(range(ndim))
    asked = (axes,) if isinstance(axes, int) else tuple(axes)
    found = tuple(_checks.whole(axis, "a number of axes", -ndim, ndim - 1) % ndim for axis in asked)
    if not found or len(set(found)) < len(found):
        raise ValueError(f"axes is {axes}, but it must name at least one axis, and none twice")
    return found


def _sizes(
    sizes: int | Sequence[int], shape: tuple[int, ...], axes: tuple[int, ...], name: str
) -> tuple[int, ...]:
    """Return one odd width for each axis, none larger than the image."""
    widths = [_checks.whole(width, name, 1) for width in np.atleast_1d(sizes).tolist()]
    widths = widths * len(axes) if np.ndim(sizes) == 0 else widths
    if len(widths) != len(axes):
        raise ValueError(
            f"{name} has {len(widths)} axes, but the image is filtered along {len(axes)}: "
            "say which with axes=, as axes=(1, 2) for every plane of a volume"
        )
    for width, axis in zip(widths, axes, strict=True):
        if width % 2 == 0:
            raise ValueError(f"{name} is {width} along axis {axis}, but it must be odd, to have a middle")
        if width > shape[axis]:
            raise ValueError(
                f"{name} is {width} along axis {axis}, larger than the image there, {shape[axis]}"
            )
    return tuple(widths)


def _finished(values: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return the values in `dtype`; whole numbers are rounded and held within it, so that none wraps."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return values.astype(kind, copy=False)
    if kind.kind not in "ui":
        raise TypeError(
            f"dtype is {kind}, but whole or real numbers are needed, such as float or numpy.uint8"
        )
    info = np.iinfo(kind.name)
    # The highest 64-bit numbers are no floats: take the nearest float that is not above.
    top = float(info.max) if float(info.max) <= info.max else np.nextafter(float(info.max), 0)
    return np.clip(np.rint(values), float(info.min), top).astype(kind)


# --- Neighbourhoods


def mean(
    image: npt.ArrayLike,
    size: int | Sequence[int] = 3,
    *,
    mode: Mode = "reflect",
    cval: float = 0.0,
    axes: int | Sequence[int] | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Replace every pixel by the mean of its neighbourhood: less noise, softer edges.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    size : int or sequence of int, default 3
        Width of the neighbourhood, odd.
    mode, cval, axes
        What stands beyond the edge, and which axes to filter along; see the module.
    dtype : dtype, default float64
        Of the result.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        In the unit of the image.

    Raises
    ------
    ValueError
        If the image is in colour, empty or not finite, `size` is even, below 1 or larger than the image, or
        `mode` or `axes` is unknown.

    Examples
    --------
    >>> mean(np.array([0, 0, 9, 0, 0], dtype=np.uint8)).tolist()
    [0.0, 3.0, 3.0, 3.0, 0.0]
    """
    array = _image(image, mode)
    along = _axes(axes, array.ndim)
    widths = _sizes(size, array.shape, along, "size")
    values = ndi.uniform_filter(array, widths, np.float64, mode, cval, axes=along)
    return _finished(values, dtype)


def median(
    image: npt.ArrayLike,
    size: int | Sequence[int] = 3,
    *,
    mode: Mode = "reflect",
    cval: float = 0.0,
    axes: int | Sequence[int] | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Replace every pixel by the median of its neighbourhood: lone specks vanish, edges stay.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    size : int or sequence of int, default 3
        Width of the neighbourhood, odd.
    mode, cval, axes
        What stands beyond the edge, and which axes to filter along; see the module.
    dtype : dtype, default float64
        Of the result.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        Only values that the image holds, or `cval`.

    Raises
    ------
    ValueError
        As for `mean`.

    Examples
    --------
    >>> median(np.array([0, 0, 9, 0, 5, 5, 5])).tolist()
    [0.0, 0.0, 0.0, 5.0, 5.0, 5.0, 5.0]
    """
    return percentile(image, 50, size, mode=mode, cval=cval, axes=axes, dtype=dtype)


def percentile(
    image: npt.ArrayLike,
    percent: float,
    size: int | Sequence[int] = 3,
    *,
    mode: Mode = "reflect",
    cval: float = 0.0,
    axes: int | Sequence[int] | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Replace every pixel by a percentile of its neighbourhood: 0 the lowest, 50 the median, 100 the highest.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    percent : float
        From 0 to 100.
    size : int or sequence of int, default 3
        Width of the neighbourhood, odd.
    mode, cval, axes
        What stands beyond the edge, and which axes to filter along; see the module.
    dtype : dtype, default float64
        Of the result.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        Only values that the image holds, or `cval`.

    Raises
    ------
    ValueError
        If `percent` is not between 0 and 100; else as for `mean`.

    Notes
    -----
    Of n sorted neighbours the one at place ``int(n * percent / 100)``, counted from 0; the last one for 100.

    Examples
    --------
    >>> percentile(np.array([1, 2, 3, 9]), 100).tolist()
    [2.0, 3.0, 9.0, 9.0]
    """
    array = _image(image, mode)
    percent = _checks.finite(percent, "percent")
    if not 0 <= percent <= 100:
        raise ValueError(f"percent is {percent:g}, but it must be between 0 and 100")
    along = _axes(axes, array.ndim)
    widths = _sizes(size, array.shape, along, "size")
    if mode == "constant" and array.dtype.kind != "f":
        array = array.astype(np.float64)  # or `cval` would be cut to the image's whole numbers
    count = math.prod(widths)
    rank = min(int(count * percent / 100), count - 1)
    return _finished(_ranked(array, rank, widths, along, mode, cval), dtype)


def _ranked(
    array: npt.NDArray[Any],
    rank: int,
    widths: tuple[int, ...],
    along: tuple[int, ...],
    mode: Mode,
    cval: float,
) -> npt.NDArray[Any]:
    """Return, of every neighbourhood's sorted values, the one at place `rank`.

    It is what ndi.rank_filter gives, many times as quickly: a 3 x 3 median has to follow a slider.
    """
    half = dict(zip(along, (width // 2 for width in widths), strict=True))
    margin = [(half.get(axis, 0),) * 2 for axis in range(array.ndim)]
    beyond: dict[str, Any] = {"constant_values": cval} if mode == "constant" else {}
    roomy = np.pad(array, margin, mode=PADDING[mode], **beyond)
    windows = np.lib.stride_tricks.sliding_window_view(roomy, widths, axis=along)
    result = np.empty_like(array)
    count = math.prod(widths)
    pick = _exchanged if count <= _FEW else _partitioned
    rows = max(1, min(_TOGETHER, _MOST // count) * len(array) // array.size)
    for row in range(0, len(array), rows):
        pick(windows[row : row + rows], rank, result[row : row + rows])
    return result


def _partitioned(windows: npt.NDArray[Any], rank: int, out: npt.NDArray[Any]) -> None:
    """Write each neighbourhood's value at place `rank`, found by partial sorting."""
    # numpy sorts 16 bits several times as quickly as 8.
    around = windows.astype(np.int16 if windows.dtype == np.uint8 else windows.dtype, order="C")
    around = around.reshape(out.size, -1)
    around.partition(rank, axis=-1)
    out[...] = around[:, rank].reshape(out.shape)


def _exchanged(windows: npt.NDArray[Any], rank: int, out: npt.NDArray[Any]) -> None:
    """Write each neighbourhood's value at place `rank`, found by exchanges in all of them at once."""
    widths = windows.shape[out.ndim :]
    around = [windows[(..., *place)].copy() for place in np.ndindex(*widths)]
    spare = np.empty_like(around[0])
    for low, high in _exchanges(len(around), rank):
        np.minimum(around[low], around[high], out=spare)
        np.maximum(around[low], around[high], out=around[high])
        around[low], spare = spare, around[low]
    out[...] = around[rank]


@lru_cache
def _exchanges(count: int, rank: int) -> list[tuple[int, int]]:
    """Return which pairs of `count` values to put in order, so that the one at place `rank` is right.

    Batcher's merge exchange (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M), without the pairs
    that cannot reach that place.
    """
    pairs: list[tuple[int, int]] = []
    top = bit = 1 << (count - 1).bit_length() >> 1
    while bit:
        step, rest, apart = top, 0, bit
        while True:
            pairs += [(i, i + apart) for i in range(count - apart) if i & bit == rest]
            if step == bit:
                break
            apart, step, rest = step - bit, step >> 1, bit
        bit >>= 1
    wanted, needed = {rank}, []
    for pair in reversed(pairs):
        if not wanted.isdisjoint(pair):
            wanted.update(pair)
            needed.append(pair)
    return needed[::-1]


def gaussian(
    image: npt.ArrayLike,
    sigma: float | Sequence[float] | None = None,
    *,
    sigma_mm: float | Sequence[float] | None = None,
    sampling: Sequence[float] | None = None,
    mode: Mode = "reflect",
    cval: float = 0.0,
    truncate: float = 4.0,
    axes: int | Sequence[int] | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Replace every pixel by a mean of its surroundings in which near ones count more.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    sigma : float or sequence of float
        Standard deviation in *pixels*, above 0, for all `axes` or one for each. Either this or `sigma_mm`.
    sigma_mm : float or sequence of float
        Standard deviation in mm, above 0; it needs `sampling`.
    sampling : sequence of float, optional
        Distance in mm between neighbouring samples, one for each axis of the image.
    mode, cval, axes
        What stands beyond the edge, and which axes to filter along; see the module.
    truncate : float, default 4
        How many sigma the neighbourhood reaches; where that is beyond the image, `mode` goes on.
    dtype : dtype, default float64
        Of the result.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        In the unit of the image.

    Raises
    ------
    ValueError
        If a sigma is not above 0 or there is not one for each axis, or the image is in colour, empty or not
        finite.
    TypeError
        If both or none of `sigma` and `sigma_mm` are given, or `sampling` is wanting.

    Examples
    --------
    >>> volume = np.zeros((9, 9, 9))
    >>> volume[4, 4, 4] = 1
    >>> in_mm = gaussian(volume, sigma_mm=2.0, sampling=(4.0, 1.0, 1.0))
    >>> bool((in_mm == gaussian(volume, (0.5, 2.0, 2.0))).all())
    True
    """
    array = _image(image, mode)
    along = _axes(axes, array.ndim)
    sigmas = _sigmas(sigma, sigma_mm, sampling, array.ndim, along)
    truncate = _checks.finite(truncate, "truncate", positive=True)
    if max(sigmas) * truncate > 100 * max(array.shape):
        raise ValueError(f"sigma is {max(sigmas):g} pixels, far more than the image of shape {array.shape}")
    values = ndi.gaussian_filter(
        array, sigmas, output=np.float64, mode=mode, cval=cval, truncate=truncate, axes=along
    )
    return _finished(values, dtype)


def _sigmas(
    sigma: float | Sequence[float] | None,
    sigma_mm: float | Sequence[float] | None,
    sampling: Sequence[float] | None,
    ndim: int,
    along: tuple[int, ...],
) -> tuple[float, ...]:
    """Return the standard deviation in pixels along each axis."""
    if (sigma is None) == (sigma_mm is None):
        raise TypeError("give either sigma, in pixels, or sigma_mm with sampling, in mm")
    if sigma_mm is None and sampling is not None:
        raise TypeError("sigma is in pixels and needs no sampling: did you mean sigma_mm?")
    asked = np.atleast_1d(np.asarray(sigma if sigma_mm is None else sigma_mm))
    if asked.ndim != 1 or asked.size not in (1, len(along)):
        raise ValueError(f"sigma has {asked.size} numbers, but the image is filtered along {len(along)} axes")
    numbers = [_checks.finite(number, "sigma", positive=True) for number in asked.tolist()]
    numbers = numbers * len(along) if len(numbers) == 1 else numbers
    if sigma_mm is None:
        return tuple(numbers)
    steps = _checks.spacings(sampling, (ndim,))
    return tuple(number / steps[axis] for number, axis in zip(numbers, along, strict=True))


def unsharp(
    image: npt.ArrayLike,
    sigma: float | Sequence[float] = 1.0,
    amount: float = 1.0,
    *,
    mode: Mode = "reflect",
    cval: float = 0.0,
    axes: int | Sequence[int] | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Sharpen: add what a Gaussian takes away.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    sigma : float or sequence of float, default 1
        Standard deviation of the Gaussian in pixels, above 0.
    amount : float, default 1
        How much of the difference is added, 0 or more.
    mode, cval, axes
        What stands beyond the edge, and which axes to filter along; see the module.
    dtype : dtype, default float64
        Of the result.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        In the unit of the image. It may go beyond the image's own levels at edges.

    Raises
    ------
    ValueError
        If `amount` is negative; else as for `gaussian`.

    Notes
    -----
    ``image + amount * (image - gaussian(image, sigma))``

    Examples
    --------
    >>> step = np.array([0, 0, 0, 100, 100, 100], dtype=np.uint8)
    >>> unsharp(step, 1, dtype=np.int16).tolist()
    [0, -6, -30, 130, 106, 100]
    """
    amount = _checks.finite(amount, "amount")
    if amount < 0:
        raise ValueError(f"amount is {amount:g}, but it must be 0 or more")
    smooth = gaussian(image, sigma, mode=mode, cval=cval, axes=axes)
    values = np.asarray(image, dtype=np.float64)
    return _finished(values + amount * (values - smooth), dtype)


def sobel(
    image: npt.ArrayLike,
    *,
    mode: Mode = "reflect",
    cval: float = 0.0,
    axes: int | Sequence[int] | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Return how steep the image is at every pixel: large at edges, whichever way they run.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    mode, cval, axes
        What stands beyond the edge, and along which axes the slopes are taken; see the module.
    dtype : dtype, default float64
        Of the result.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        0 or more. In 2-D a straight step of height h gives 4 h, as ndi.sobel does.

    Raises
    ------
    ValueError
        If the image is in colour, empty or not finite, or `mode` or `axes` is unknown.

    Notes
    -----
    The root of the sum of squares of the slopes along each axis: weights -1, 0, 1 along it and 1, 2, 1 along
    the other `axes`.

    Examples
    --------
    >>> step = np.zeros((4, 4), np.uint8)
    >>> step[:, 2:] = 100
    >>> sobel(step)[1].tolist()
    [0.0, 400.0, 400.0, 0.0]
    """
    array = _image(image, mode).astype(np.float64)
    along = _axes(axes, array.ndim)
    squares = sum(_slope(array, axis, along, mode, cval) ** 2 for axis in along)
    return _finished(np.sqrt(squares), dtype)


def _slope(array: _Floats, direction: int, along: tuple[int, ...], mode: Mode, cval: float) -> _Floats:
    """Return the Sobel slope along one axis, smoothed along the others that are filtered."""
    slope = ndi.correlate1d(array, [-1.0, 0.0, 1.0], direction, mode=mode, cval=cval)
    for axis in set(along) - {direction}:
        # Beyond the edge everything is `cval`, and the slope of that is 0.
        slope = ndi.correlate1d(slope, [1.0, 2.0, 1.0], axis, mode=mode, cval=0.0)
    return slope


# --- Kernels


def check_kernel(
    kernel: npt.ArrayLike, array: npt.NDArray[Any], axes: int | Sequence[int] | None = None
) -> _Floats:
    """Return the weights as floats with one axis for each of the image, 1 long where it is not filtered.

    Raises
    ------
    ValueError
        If the kernel is empty, even, not finite, larger than the image or has other axes.
    """
    weights = np.asarray(kernel)
    if weights.dtype.kind not in "buif" or weights.size == 0 or not np.isfinite(weights).all():
        raise ValueError(
            "kernel must be a table of finite numbers, such as [[0, 1, 0], [1, 4, 1], [0, 1, 0]]"
        )
    along = _axes(axes, array.ndim)
    _sizes(weights.shape, array.shape, along, "kernel")
    in_order = weights.astype(np.float64).transpose(np.argsort(along))
    lengths = dict(zip(sorted(along), in_order.shape, strict=True))
    return in_order.reshape([lengths.get(axis, 1) for axis in range(array.ndim)])


def correlate(
    image: npt.ArrayLike,
    kernel: npt.ArrayLike,
    *,
    mode: Mode = "reflect",
    cval: float = 0.0,
    axes: int | Sequence[int] | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Lay the kernel over every pixel's neighbourhood as it is, multiply, and add up.

    Parameters
    ----------
    image : array of whole or real numbers, any shape
        A gray image or volume.
    kernel : array of numbers, odd along each axis
        Weights, with one axis for each of `axes`; not larger than the image.
    mode, cval, axes
        What stands beyond the edge, and which axes to filter along; see the module.
    dtype : dtype, default float64
        Of the result.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        Products in the unit of the image, if the kernel has none.

    Raises
    ------
    ValueError
        If the kernel is empty, even, not finite, larger than the image or has other axes; if the image is in
        colour, empty or not finite, or `mode` or `axes` is unknown.

    Examples
    --------
    >>> correlate(np.array([0, 0, 1, 0, 0]), [1, 2, 3]).tolist()
    [0.0, 3.0, 2.0, 1.0, 0.0]
    """
    array = _image(image, mode)
    values = ndi.correlate(array, check_kernel(kernel, array, axes), output=np.float64, mode=mode, cval=cval)
    return _finished(values, dtype)


def convolve(
    image: npt.ArrayLike,
    kernel: npt.ArrayLike,
    *,
    mode: Mode = "reflect",
    cval: float = 0.0,
    axes: int | Sequence[int] | None = None,
    dtype: npt.DTypeLike = np.float64,
) -> npt.NDArray[Any]:
    """Lay the kernel, turned round along every axis, over every pixel's neighbourhood, multiply, and add up.

    A single bright pixel becomes a picture of the kernel; with `correlate` it becomes its mirror image. For a
    symmetrical kernel they are the same.

    Parameters
    ----------
    image, kernel, mode, cval, axes, dtype
        As for `correlate`.

    Returns
    -------
    numpy.ndarray of `dtype`, the shape of `image`
        As for `correlate`.

    Raises
    ------
    ValueError
        As for `correlate`.

    Examples
    --------
    >>> convolve(np.array([0, 0, 1, 0, 0]), [1, 2, 3]).tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0]
    """
    return correlate(image, np.flip(np.asarray(kernel)), mode=mode, cval=cval, axes=axes, dtype=dtype)
