"""Figures that a student makes: the facts of their axes are compared with the solution's."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps

from biomedlab.exercises.answers import NotYet, a_thing
from biomedlab.exercises.kinds import Array, Kind

# What can be looked at in a matplotlib Axes: each gives a plain value.
_FACTS: dict[str, Callable[[Any], Any]] = {
    "picture": lambda ax: np.asarray(ax.images[0].get_array()),
    "pictures": lambda ax: len(ax.images),
    "cmap": lambda ax: _map_name(ax.images[0].get_cmap()),
    "vmin": lambda ax: float(ax.images[0].get_clim()[0]),
    "vmax": lambda ax: float(ax.images[0].get_clim()[1]),
    "aspect": lambda ax: {"equal": 1.0}.get(ax.get_aspect(), ax.get_aspect()),
    "interpolation": lambda ax: ax.images[0].get_interpolation(),
    "rows_down": lambda ax: bool(ax.yaxis_inverted()),
    "xlabel": lambda ax: bool(ax.get_xlabel().strip()) and ax.axison,
    "ylabel": lambda ax: bool(ax.get_ylabel().strip()) and ax.axison,
    "labels_swapped": lambda ax: "row" in ax.get_xlabel().lower() or "col" in ax.get_ylabel().lower(),
    "title": lambda ax: bool(ax.get_title().strip()),
    "axis": lambda ax: bool(ax.axison),
    "colorbar": lambda ax: ax.images[0].colorbar is not None,
    "colorbar_label": lambda ax: ax.images[0].colorbar is not None and _labelled(ax.images[0].colorbar.ax),
}

_WANTED = {
    "picture": "Another picture is wanted than the one you show.",
    "pictures": "The number of pictures in the axes is not right.",
    "rows_down": "The picture is upside down.",
    "xlabel": "The horizontal axis has no label.",
    "ylabel": "The vertical axis has no label.",
    "labels_swapped": "The labels are swapped.",
    "title": "The title is missing.",
    "colorbar": "The colour bar is missing.",
    "colorbar_label": "The colour bar does not say what its numbers are: give it a `label`.",
}


@dataclass(frozen=True)
class Figure(Kind):
    """A matplotlib picture: the named facts of its Axes are compared with the solution's.

    Parameters
    ----------
    facts : tuple of str
        Which of picture, pictures, cmap, vmin, vmax, aspect, interpolation, rows_down, xlabel, ylabel,
        labels_swapped, title, axis, colorbar and colorbar_label count. Two colour maps that draw the same
        greys are one ("binary" is "gray_r"). Of labels it counts only that they are there, and with
        labels_swapped that "row" is not said of the columns.

    Examples
    --------
    >>> Figure(("cmap",)).differs({"cmap": "viridis"}, {"cmap": "gray"})
    "The cmap of your picture is 'viridis', but 'gray' is wanted."
    """

    label = "make a figure"
    facts: tuple[str, ...] = ("picture", "cmap")

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> dict[str, Any]:  # noqa: D102
        axes = _axes(answer)
        if not axes.images:
            raise NotYet("These axes show no image.", "Draw it with `ax.imshow(...)`.")
        return {name: _FACTS[name](axes) for name in self.facts}

    def differs(self, seen: dict[str, Any], truth: dict[str, Any]) -> str | None:  # noqa: D102
        return next((self._say(name, seen[name], truth[name]) for name in self._unlike(seen, truth)), None)

    def is_mistake(self, seen: dict[str, Any], wrong: dict[str, Any], truth: dict[str, Any]) -> bool:  # noqa: D102
        faults = self._unlike(wrong, truth)
        return bool(faults) and not set(faults) & set(self._unlike(seen, wrong))

    def _unlike(self, seen: dict[str, Any], truth: dict[str, Any]) -> list[str]:
        return [name for name in self.facts if not _alike(seen[name], truth[name])]

    def _say(self, name: str, seen: Any, truth: Any) -> str:
        if name == "axis":
            return f"The axes' ticks and labels should be {'shown' if truth else 'off'}."
        if name in _WANTED:
            return _WANTED[name]
        return f"The {name} of your picture is {_short(seen)}, but {_short(truth)} is wanted."


def _axes(answer: Any) -> Any:
    """Return the Axes of what was handed over: an Axes, an image in one, or a Figure with one Axes."""
    if isinstance(answer, np.ndarray) and answer.size == 1:
        answer = answer.reshape(-1)[0]
    if isinstance(answer, tuple) and len(answer) == 2:
        answer = answer[1]
    if hasattr(answer, "axes") and isinstance(answer.axes, list):
        answer = answer.axes[0] if answer.axes else None
    axes = getattr(answer, "axes", None)
    if axes is None or not hasattr(axes, "images"):
        raise NotYet(
            f"Axes are wanted, but this is {a_thing(answer)}.",
            "Make them with `fig, ax = plt.subplots()` and hand over `ax`.",
        )
    return axes


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        # Room for single precision, which is enough for a picture.
        room = 1e-6 * np.nanmax(np.abs(np.asarray(other, float)), initial=1)
        return Array(tolerance=float(room)).differs(np.asarray(one), np.asarray(other)) is None
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-6)
    return type(one) is type(other) and one == other


def _map_name(cmap: Any) -> str:
    """Name a colour map; whatever draws the greys of "gray" or "gray_r" goes by that name."""
    levels = np.linspace(0, 1, 256)
    for name in ("gray", "gray_r"):
        if np.allclose(cmap(levels), colormaps[name](levels), atol=0.5 / 255):
            return name
    return cmap.name


def _labelled(bar: Any) -> bool:
    """Whether a colour bar's axes carry words, beside, below or above it."""
    return any(words().strip() for words in (bar.get_ylabel, bar.get_xlabel, bar.get_title))


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else repr(value)
