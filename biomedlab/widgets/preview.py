"""The preview: a small copy of a volume that a saved notebook or page can carry and browse."""

import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomedlab.widgets.picture import LABELS
from biomedlab.widgets.planes import Planes

BUDGET = 64 * 1024
_FEW = 25  # planes that a preview should have before its pictures are made smaller
_TRIED = 10  # a volume of up to so many times the budget is tried whole
_PROBED = 3
_READ = 2**24  # bytes of planes that are read, at most


def preview(
    planes: Planes,
    *,
    axis: int,
    time: int = 0,
    channel: int = 0,
    low: float = 0.0,
    high: float = 255.0,
    labels: bool = False,
    budget: int = BUDGET,
    grid: tuple[Sequence[int], tuple[int, int]] | None = None,
) -> dict[str, Any]:
    r"""Make a copy of a volume that weighs at most so many bytes.

    A small volume is kept whole. Of a larger one fewer planes are read, never all, and each picture is
    made smaller, by the means of blocks of samples.

    Parameters
    ----------
    planes : Planes
        The array; of a large one at most some fifty planes or 16 MiB are read.
    axis : int
        0, 1 or 2: the axis of the planes to keep.
    time, channel : int
        Which volume of several.
    low, high : float
        The values of the levels 0 and 255; values outside are clipped. Eight-bit and colour images keep
        their own levels, 0 to 255.
    labels : bool
        Whether the array is a mask: the levels are its labels' colours, 1 to 7 again and again, each sample
        one that is there, never a mean.
    budget : int
        Bytes, after deflate.
    grid : tuple, optional
        The planes' indices, and height and width of each, where these are given; then no budget is kept.

    Returns
    -------
    dict
        "axis", "time", "channel"; "indices" of the planes kept; "height", "width", "samples" of each;
        "low", "high"; "exact", whether the levels are the very values of every plane; "note", a sentence that
        says what was left out; "data", bytes: uint8 levels (planes, height, width, samples), deflated.
        A value is ``low + level * (high - low) / 255``; not a number is level 0.

    Raises
    ------
    ValueError
        If `low` and `high` are not finite, or not one below the other.

    Examples
    --------
    >>> volume = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    >>> small = preview(Planes(volume, ("pln", "row", "col")), axis=0, low=0, high=255)
    >>> small["exact"], small["indices"], zlib.decompress(small["data"])[:5]
    (True, [0, 1], b'\x00\x01\x02\x03\x04')
    """
    low, high = (0.0, 255.0) if labels else _limits(planes, low, high)
    count = planes.shape[axis]
    height, width = (length for other, length in enumerate(planes.shape) if other != axis)
    small = _Small(planes, axis, time, channel, (low, high), labels)
    if grid is None:
        kept, side = _fit(small, count, height, width, budget)
        indices = _spread(kept, count)
    else:
        indices, side = list(grid[0]), grid[1]
    levels = small.levels(indices, *side)
    packed = _deflate(levels)
    while grid is None and len(packed) > budget and len(indices) > 1:
        indices = _spread(_odd(len(indices) * 0.95 * budget / len(packed)), count)
        packed = _deflate(small.levels(indices, *side))
    whole = len(indices) == count and side == (height, width)
    exact = whole and not labels and planes.frames == (1, 1) and _keeps(planes, levels, small, indices)
    return {
        "axis": axis,
        "time": time,
        "channel": channel,
        "indices": indices,
        "height": side[0],
        "width": side[1],
        "samples": planes.samples,
        "low": low,
        "high": high,
        "exact": exact,
        "note": _note(planes, time, channel, len(indices), count, side, (height, width), exact),
        "data": packed,
    }


class _Small:
    """Levels of planes at any size."""

    def __init__(
        self,
        planes: Planes,
        axis: int,
        time: int,
        channel: int,
        limits: tuple[float, float],
        labels: bool,
    ) -> None:
        self.planes, self.where, self.limits = planes, (axis, time, channel), limits
        self.labels = labels

    def levels(self, indices: list[int], height: int, width: int) -> NDArray[np.uint8]:
        if self.labels:
            return np.stack([_picked(self.plane(index), height, width) for index in indices])
        shrunk = (_shrunk(self.plane(index), height, width) for index in indices)
        return np.stack([_levels(plane, *self.limits) for plane in shrunk])

    def plane(self, index: int) -> NDArray[Any]:
        axis, time, channel = self.where
        return self.planes.read(axis, index, time, channel)


def _limits(planes: Planes, low: float, high: float) -> tuple[float, float]:
    if planes.samples > 1 or planes.dtype.name in ("uint8", "bool"):
        return 0.0, 255.0
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ValueError(f"low and high must be finite numbers, one below the other, not {low} and {high}")
    return float(low), float(high)


def _fit(small: _Small, count: int, height: int, width: int, budget: int) -> tuple[int, tuple[int, int]]:
    """Return how many planes and which size of them will fit, judged by a few."""
    samples = small.planes.samples
    if count * height * width * samples <= _TRIED * budget:
        packed = _deflate(small.levels(list(range(count)), height, width))
        if len(packed) <= budget:
            return count, (height, width)
    most = min(count, max(_PROBED, _READ // (height * width * samples * small.planes.dtype.itemsize)))
    few, probes = min(most, _FEW), _spread(min(count, _PROBED), count)
    shrink = max(1.0, (few * height * width * samples / (_TRIED * budget)) ** 0.5)
    while True:
        side = math.ceil(height / shrink), math.ceil(width / shrink)
        room = budget * len(probes) / len(_deflate(small.levels(probes, *side), level=1))
        if room >= few or side == (1, 1):
            return _odd(min(room, 2 * _FEW, most)), side
        shrink *= max(1.1, (few / room) ** 0.5)


def _spread(kept: int, count: int) -> list[int]:
    """Return indices of planes on an even grid; an odd number of them holds the middle one."""
    return ((2 * np.arange(kept) + 1) * count // (2 * kept)).tolist()


def _odd(number: float) -> int:
    return max(1, int(number) - (int(number) + 1) % 2)


def _shrunk(plane: NDArray[Any], *side: int) -> NDArray[Any]:
    """Return the means of blocks of a plane, of some four samples of each block."""
    if plane.shape[:2] == side:
        return plane
    steps = [max(1, old // (2 * new)) for old, new in zip(plane.shape, side, strict=False)]
    plane = plane[:: steps[0], :: steps[1]].astype(np.float32 if plane.dtype.itemsize < 4 else np.float64)
    for axis, new in enumerate(side):
        old = plane.shape[axis]
        starts = np.arange(new) * old // new
        lengths = np.diff(starts, append=old).reshape([-1 if axis == one else 1 for one in range(plane.ndim)])
        plane = np.add.reduceat(plane, starts, axis=axis) / lengths.astype(plane.dtype)
    return plane


def _picked(labels: NDArray[Any], height: int, width: int) -> NDArray[np.uint8]:
    """Return the samples in the middle of blocks, as labels that have the same colours."""
    rows, columns = (
        (2 * np.arange(new) + 1) * old // (2 * new)
        for new, old in zip((height, width), labels.shape, strict=True)
    )
    some = labels[np.ix_(rows, columns)]
    return np.where(some != 0, (some.astype(np.int64) - 1) % len(LABELS) + 1, 0).astype(np.uint8)


def _levels(plane: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    if plane.dtype in (np.uint8, np.bool_):
        return plane.view(np.uint8)
    share = (plane.astype(np.float64) - low) * (255 / (high - low) if high > low else 0)
    return np.floor(np.clip(np.nan_to_num(share, nan=0.0), 0, 255) + 0.5).astype(np.uint8)


def _keeps(planes: Planes, levels: NDArray[np.uint8], small: _Small, indices: list[int]) -> bool:
    """Say whether the levels are the values themselves, so that they may be coloured as those."""
    if planes.samples > 1 or planes.dtype.name in ("uint8", "bool"):
        return True
    if small.limits != (0, 255) or planes.dtype.name not in ("int8", "uint16", "int16"):
        return False
    return all(np.array_equal(small.plane(index), kept) for index, kept in zip(indices, levels, strict=True))


def _deflate(levels: NDArray[np.uint8], level: int = 6) -> bytes:
    return zlib.compress(levels.tobytes(), level)


def _note(
    planes: Planes,
    time: int,
    channel: int,
    kept: int,
    count: int,
    side: tuple[int, int],
    whole: tuple[int, int],
    exact: bool,
) -> str:
    parts = [f"{kept} of {count} planes"] if kept < count else [f"all {count} planes"] if count > 1 else []
    if side != whole:
        parts.append(f"{side[0]} x {side[1]} of {whole[0]} x {whole[1]} samples")
    parts.append("exact values" if exact else "256 levels")
    of_time, of_channel = planes.frames
    parts += [f"time {time} of 0-{of_time - 1} only"] * (of_time > 1)
    parts += [f"channel {channel} of 0-{of_channel - 1} only"] * (of_channel > 1)
    return f"Preview: {', '.join(parts)}"
