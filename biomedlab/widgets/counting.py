"""Counting what a view shows: bins that the browser can add up, and the numbers of a table."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomedlab import intensity

MOST_LEVELS = 65_536
PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Bins:
    """Equal bins: bin k begins at ``start + k * width``.

    Attributes
    ----------
    start, stop : float
        Where the first bin begins and the last one ends.
    count : int
        How many there are.
    whole : bool
        Whether each holds one whole number, in its middle.
    """

    start: float
    stop: float
    count: int
    whole: bool

    @classmethod
    def spanning(cls, low: Any, high: Any, kind: str, count: int) -> "Bins":
        """Return a bin for each whole number from `low` to `high`, or `count` bins for other numbers."""
        if kind in "bui" and int(high) - int(low) < MOST_LEVELS:
            return cls(float(low) - 0.5, float(high) + 0.5, int(high) - int(low) + 1, True)
        low, high = float(low), float(high)
        if low == high:
            low, high = low - 0.5, high + 0.5
        return cls(low, high, count, False)

    @property
    def width(self) -> float:
        """The width of each bin."""
        return (self.stop - self.start) / self.count

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest value that is counted."""
        half = 0.5 if self.whole else 0.0
        return self.start + half, self.stop - half

    @property
    def levels(self) -> NDArray[np.float64]:
        """The value of each bin: its whole number, or places evenly from the first to the last value."""
        return np.linspace(*self.limits, self.count) if self.count > 1 else np.array([self.limits[0]])

    def place(self, value: float) -> int:
        """Return the bin that holds a value, as numpy.histogram finds it: by the very edges of the bins."""
        at = int((value - self.start) // self.width)
        if value < self.start + at * self.width:
            at -= 1
        elif value >= self.start + (at + 1) * self.width:
            at += 1
        return min(max(at, 0), self.count - 1)

    def counted(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return how many of the values are in each bin."""
        if not values.size:
            return np.zeros(self.count)
        low, high = self.limits
        bins = None if self.whole else self.count
        return intensity.histogram(values, bins=bins, min=low, max=high).hist.astype(np.float64)


def extremes(values: NDArray[Any]) -> tuple[Any, Any] | None:
    """Return the lowest and highest value, for 8 bits those of the dtype; None without values."""
    if values.dtype.kind == "b":
        return 0, 1
    if values.dtype.kind in "iu" and values.dtype.itemsize == 1:
        return int(np.iinfo(values.dtype).min), int(np.iinfo(values.dtype).max)
    return (values.min().item(), values.max().item()) if values.size else None


def statistics(values: NDArray[Any], bins: Bins) -> dict[str, float]:
    """Return number, least, greatest, mean, SD and percentiles; whole numbers are counted, not sorted."""
    if bins.whole:
        return counted_statistics(bins.levels, bins.counted(values))
    return counted_statistics(*np.unique(values.astype(np.float64), return_counts=True))


def counted_statistics(levels: NDArray[np.float64], counts: NDArray[Any]) -> dict[str, float]:
    """Return the same of values in increasing order and how often each occurs."""
    if not counts.any():
        return {"pixels": 0}
    used = np.flatnonzero(counts)
    total = counts.sum()
    mean = float((levels * counts).sum() / total)
    spread = float(np.sqrt(((levels - mean) ** 2 * counts).sum() / total))
    names = {f"percentile {percent}": percent for percent in PERCENTILES}
    return {
        "pixels": int(total),
        "min": float(levels[used[0]]),
        "max": float(levels[used[-1]]),
        "mean": mean,
        "SD": spread,
        **{name: _percentile(levels, counts, percent) for name, percent in names.items()},
    }


def _percentile(levels: NDArray[np.float64], counts: NDArray[Any], percent: float) -> float:
    """Return what numpy.percentile gives, from counts."""
    running = counts.cumsum()
    place = percent / 100 * (running[-1] - 1)
    below, above = (
        levels[np.searchsorted(running, at, side="right")] for at in (np.floor(place), np.ceil(place))
    )
    return float(below + (above - below) * (place - np.floor(place)))


def told(value: float) -> str:
    """Return a number as a table shows it: whole ones whole, others with five digits."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.5g}"
