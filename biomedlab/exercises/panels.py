"""Figures with several pictures, and what a picture for print carries: its scale, a unit, a mark."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.contour import ContourSet
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

from biomedlab.exercises.answers import NotYet, a_thing
from biomedlab.exercises.figures import Figure

_MOST = 100


def bar_samples(ax: Any) -> float:
    """Return how many samples wide the scale bar in an Axes is, or 0.

    It may be a size bar, a level line or a rectangle.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plt.figure().add_subplot()
    >>> _ = ax.plot([10, 30], [5, 5])
    >>> bar_samples(ax)
    20.0
    >>> plt.close(ax.figure)
    """
    widths = [width for artist in ax.get_children() if (width := _width(artist, ax)) > 0]
    return float(widths[0]) if widths else 0.0


def _width(artist: Any, ax: Any) -> float:
    if isinstance(artist, AnchoredSizeBar):
        return artist.size_bar.get_children()[0].get_width()
    if isinstance(artist, Line2D):
        across, down = (np.asarray(ends, float) for ends in artist.get_data())
        return float(np.ptp(across)) if across.size and np.ptp(down) == 0 else 0.0
    # The Axes' own background is a Rectangle, too.
    return abs(artist.get_width()) if isinstance(artist, Rectangle) and artist is not ax.patch else 0.0


def bar_mm(ax: Any) -> float:
    """Return the length that is written in an Axes, "50 mm" or "5 cm", in mm, or 0.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plt.figure().add_subplot()
    >>> _ = ax.text(0, 0, "5 cm")
    >>> bar_mm(ax)
    50.0
    >>> plt.close(ax.figure)
    """
    bars = [one.txt_label for one in ax.get_children() if isinstance(one, AnchoredSizeBar)]
    for text in (*bars, *ax.texts):
        found = re.search(r"(\d+(?:\.\d+)?)\s*(mm|cm)\b", text.get_text())
        if found:
            return float(found[1]) * {"mm": 1, "cm": 10}[found[2]]
    return 0.0


def _steps(picture: Any) -> tuple[float, float]:
    """Return how far apart rows and columns are drawn, in the units of the Axes: 1 without an extent."""
    left, right, bottom, top = picture.get_extent()
    rows, columns = picture.get_array().shape[:2]
    return abs(top - bottom) / rows, abs(right - left) / columns


def _scale(ax: Any) -> float:
    """Return how many mm the bar makes of one sample: any honest length of a bar gives the same."""
    samples = bar_samples(ax) / _steps(ax.images[0])[1]
    return bar_mm(ax) / samples if samples else 0.0


def _aspect(ax: Any) -> Any:
    """Return height over width of a pixel as it is drawn, by `aspect`, by `extent` or by both."""
    aspect = {"equal": 1.0}.get(ax.get_aspect(), ax.get_aspect())
    down, across = _steps(ax.images[0])
    return aspect if isinstance(aspect, str) else float(aspect * down / across)


def _rows_down(ax: Any) -> bool:
    """Return whether row 0 is drawn at the top, whatever `origin`, `extent` and the axis say."""
    picture = ax.images[0]
    _, _, bottom, top = picture.get_extent()
    first, last = (top, bottom) if picture.origin == "upper" else (bottom, top)
    return bool((first > last) != ax.yaxis_inverted())


def _ticks(ax: Any) -> bool:
    """Return whether there is a tick or its number to be seen."""
    shown = [axis for axis in (ax.xaxis, ax.yaxis) if ax.axison and axis.get_visible()]
    ticks = [tick for axis in shown for tick in axis.get_major_ticks()]
    return any(
        part.get_visible()
        for tick in ticks
        for part in (tick.tick1line, tick.tick2line, tick.label1, tick.label2)
    )


def _mark(ax: Any) -> tuple[float, ...] | None:
    """Return the box around all that is tinted or outlined, (top, bottom, left, right) in samples."""
    tints = [box for picture in ax.images[1:] if (box := _tinted(picture)) is not None]
    lines = [box for one in ax.collections if isinstance(one, ContourSet) and (box := _outlined(one, ax))]
    if not tints and not lines:
        return None
    low, high = np.min([*tints, *lines], axis=0), np.max([*tints, *lines], axis=0)
    return float(low[0]), float(high[1]), float(low[2]), float(high[3])


def _tinted(picture: Any) -> tuple[float, ...] | None:
    """Return the box around the pixels that differ from the commonest one, the background."""
    pixels = picture.to_rgba(picture.get_array(), bytes=True)
    kinds, which, counts = np.unique(
        pixels.reshape(-1, pixels.shape[-1]), axis=0, return_inverse=True, return_counts=True
    )
    rows, columns = np.nonzero((which.ravel() != counts.argmax()).reshape(pixels.shape[:2]))
    if len(kinds) == 1:
        return None
    return rows.min() - 0.5, rows.max() + 0.5, columns.min() - 0.5, columns.max() + 0.5


def _outlined(lines: Any, ax: Any) -> tuple[float, ...] | None:
    """Return the box around the lines of a contour; of a filled one the highest level counts."""
    paths = [path.vertices for path in lines.get_paths() if len(path.vertices)]
    if not paths:
        return None
    across, down = np.concatenate(paths[-1:] if lines.filled else paths).T
    picture = ax.images[0]
    left, _, bottom, top = picture.get_extent()
    down_step, across_step = _steps(picture)
    columns = (across - left) / across_step - 0.5
    rows = np.abs(down - (top if picture.origin == "upper" else bottom)) / down_step - 0.5
    return rows.min(), rows.max(), columns.min(), columns.max()


def _same_mark(one: Any, other: Any) -> bool:
    """Return whether two marks lie around the same thing, to a sample."""
    return one is not None and other is not None and np.abs(np.subtract(one, other)).max() <= 1


def _bar_label(ax: Any) -> str:
    bar = ax.images[0].colorbar
    return "" if bar is None else f"{bar.ax.get_ylabel()} {bar.ax.get_xlabel()} {bar.ax.get_title()}"


_FACTS: dict[str, Callable[[Any], Any]] = {
    "scale_bar": _scale,
    "colorbar_unit": lambda ax: bool(re.search(r"\bHU\b|hounsfield", _bar_label(ax), re.IGNORECASE)),
    "marked": _mark,
    "aspect": _aspect,
    "rows_down": _rows_down,
    "axis": _ticks,
}

_WANTED = {
    "colorbar_unit": "The colour bar does not say what it counts: HU.",
    "marked": "Nothing is marked in the picture.",
}


@dataclass(frozen=True)
class Panels(Figure):
    """A figure with several pictures: the named facts of each are compared, in the order they were made in.

    Parameters
    ----------
    facts : tuple of str
        Those of `Figure`, and: scale_bar (mm that its bar makes of a sample; 0 without one), colorbar_unit
        (its label says HU), marked (where a contour, or a second picture over the first, marks something). An
        aspect counts as it is drawn, by `aspect` or by `extent`; axis is off without ticks, too.
    count : int
        How many pictures.

    Examples
    --------
    >>> seen, truth = [{"cmap": "gray"}, {"cmap": "jet"}], [{"cmap": "gray"}, {"cmap": "gray"}]
    >>> Panels(("cmap",)).differs(seen, truth)
    "Picture 2: the cmap of your picture is 'jet', but 'gray' is wanted."
    """

    count: int = 2

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> Any:  # noqa: D102
        panels = _panels(answer)
        if len(panels) != self.count:
            raise NotYet(
                f"Axes with a picture: {self.count} wanted, {len(panels)} found.",
                "Each picture needs an `imshow` of its own, on its own axes.",
                "number of pictures",
            )
        return [self._facts_of(ax) for ax in panels]

    def _facts_of(self, ax: Any) -> dict[str, Any]:
        own = {name: _FACTS[name](ax) for name in self.facts if name in _FACTS}
        others = Figure(tuple(name for name in self.facts if name not in _FACTS))
        return own | others.observe(ax)

    def differs(self, seen: Any, truth: Any) -> str | None:  # noqa: D102
        for number, (mine, wanted) in enumerate(zip(seen, truth, strict=True), 1):
            reason = super().differs(mine, wanted)
            if reason:
                return reason if self.count == 1 else f"Picture {number}: {reason[0].lower()}{reason[1:]}"
        return None

    def is_mistake(self, seen: Any, wrong: Any, truth: Any) -> bool:  # noqa: D102
        pairs = list(zip(seen, wrong, truth, strict=True))
        faults = [set(self._unlike(bad, good)) for _, bad, good in pairs]
        agree = [
            not fault & set(self._unlike(mine, bad))
            for fault, (mine, bad, _) in zip(faults, pairs, strict=True)
        ]
        return any(faults) and all(agree)

    def _unlike(self, seen: dict[str, Any], truth: dict[str, Any]) -> list[str]:
        unlike = super()._unlike(seen, truth)
        return [name for name in unlike if name != "marked" or not _same_mark(seen[name], truth[name])]

    def _say(self, name: str, seen: Any, truth: Any) -> str:
        if name == "scale_bar":
            return _about_bar(seen, truth)
        if name == "marked" and seen:
            return "Something else is marked than was asked for."
        return _WANTED[name] if name in _WANTED else super()._say(name, seen, truth)


def _about_bar(seen: float, truth: float) -> str:
    if not seen:
        return "There is no bar with its length in mm beside it."
    return f"Your bar makes {seen:.3g} mm of each sample, but across this picture it is {truth:.3g} mm."


def _panels(answer: Any) -> list[Any]:
    """Return the Axes that hold a picture: of a figure, an array or a list of Axes, or (figure, axes)."""
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(getattr(answer[0], "axes", None), list):
        answer = answer[0]
    axes = getattr(answer, "axes", None)
    several = _listed(answer) if axes is None else axes
    found = several if isinstance(several, list) else [several]
    blank = not found and not hasattr(answer, "savefig")  # a new figure has no axes, and is one all the same
    if blank or not all(hasattr(ax, "images") for ax in found):
        raise NotYet(
            f"A figure with its axes is wanted, but this is {a_thing(answer)}.",
            "Make them with `fig, axes = plt.subplots(...)`.",
        )
    return [ax for ax in found if ax.images]


def _listed(answer: Any) -> list[Any]:
    """Return the items of a short list or array, whatever its shape."""
    if isinstance(answer, np.ndarray) and answer.dtype == object and 0 < answer.size <= _MOST:
        return answer.ravel().tolist()
    return list(answer) if isinstance(answer, (list, tuple)) and 0 < len(answer) <= _MOST else []
