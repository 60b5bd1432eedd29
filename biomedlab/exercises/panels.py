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


def _scale(ax: Any) -> float:
    """Return how many mm the bar makes of one sample: any honest length of a bar gives the same."""
    samples = bar_samples(ax)
    return bar_mm(ax) / samples if samples else 0.0


def _bar_label(ax: Any) -> str:
    bar = ax.images[0].colorbar
    return "" if bar is None else f"{bar.ax.get_ylabel()} {bar.ax.get_xlabel()} {bar.ax.get_title()}"


_FACTS: dict[str, Callable[[Any], Any]] = {
    "scale_bar": _scale,
    "colorbar_unit": lambda ax: bool(re.search(r"\bHU\b|hounsfield", _bar_label(ax), re.IGNORECASE)),
    "marked": lambda ax: len(ax.images) > 1 or any(isinstance(one, ContourSet) for one in ax.collections),
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
        (its label says HU), marked (there is a contour, or a second picture over the first).
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

    def _say(self, name: str, seen: Any, truth: Any) -> str:
        if name == "scale_bar":
            return _about_bar(seen, truth)
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
