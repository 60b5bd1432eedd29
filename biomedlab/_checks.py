"""The questions that every pure function asks at its door; each refusal says how to mend the input."""

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["finite", "gray", "selection", "spacings", "whole"]


def whole(value: Any, name: str, low: int, high: int | None = None) -> int:
    """Return `value` as an int between `low` and `high`, both included."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {value!r}") from None
    if number < low or (high is not None and number > high):
        wanted = f"{low} or more" if high is None else f"between {low} and {high}"
        raise ValueError(f"{name} is {number}, but it must be {wanted}")
    return number


def finite(value: Any, name: str, *, positive: bool = False) -> float:
    """Return `value` as a float that is neither NaN nor infinite."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, not {value!r}") from None
    if not math.isfinite(number) or (positive and number <= 0):
        wanted = "a number above 0" if positive else "a finite number"
        raise ValueError(f"{name} is {number:g}, but it must be {wanted}")
    return number


def spacings(sampling: Sequence[float] | npt.NDArray[Any] | None, counts: Sequence[int]) -> tuple[float, ...]:
    """Return `sampling` as mm above zero, if it has one number for each spatial axis."""
    wanted = " or ".join(str(count) for count in counts)
    if sampling is None:
        raise TypeError(
            f"sampling is None: the file does not say how far apart its samples are; "
            f"give {wanted} numbers in mm, such as {(1.0,) * counts[-1]}"
        )
    try:
        numbers = tuple(sampling)
    except TypeError:
        raise TypeError(f"sampling must be {wanted} numbers in mm, not {sampling!r}") from None
    if len(numbers) not in counts:
        raise ValueError(
            f"sampling has {len(numbers)} numbers, but {wanted} are needed: one for each spatial axis "
            "(pln, row, col; none for time or colour)"
        )
    return tuple(finite(number, "a number of sampling (mm)", positive=True) for number in numbers)


def gray(image: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return `image` as a plain array of real numbers, if it is known not to be a colour image.

    An `Image` says by its axes what it is. Of a plain array only an 8-bit one with 3 or 4 as the last of
    three or more lengths is doubtful; it may be colour or a thin volume, and is refused rather than guessed.
    """
    array = np.asarray(image)
    if array.dtype.kind not in "buif":
        raise TypeError(f"an image of real numbers is needed, but this array has dtype {array.dtype}")
    if array.size == 0:
        raise ValueError(f"the image is empty: its shape is {array.shape}")
    if array.ndim == 0:
        raise ValueError("an image is needed, not a single number")
    axes = getattr(image, "axes", None)
    if axes is not None and "ch" in axes:
        raise ValueError(
            "this is a colour image and a gray one is needed: convert it with skimage.color.rgb2gray(image), "
            "or take one channel, image[..., 0]"
        )
    if axes is None and array.dtype == np.uint8 and array.ndim >= 3 and array.shape[-1] in (3, 4):
        raise ValueError(
            f"an 8-bit array of shape {array.shape} may be a colour image: if so, convert it with "
            "skimage.color.rgb2gray(image); if it is a gray volume, say so with "
            'biomedlab.Image(array, axes=("pln", "row", "col"))'
        )
    return array


def selection(
    mask: npt.ArrayLike | None, shape: tuple[int, ...], name: str = "mask"
) -> npt.NDArray[np.bool_] | None:
    """Return `mask` as booleans of the image's `shape`; a whole number other than 0 is inside."""
    if mask is None:
        return None
    array = np.asarray(mask)
    if array.dtype.kind not in "bui":
        raise TypeError(
            f"{name} has dtype {array.dtype}, but it must hold True/False or whole numbers, as image > 0 does"
        )
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, but the image has {shape}: they must be the same")
    return array if array.dtype == np.bool_ else array != 0
