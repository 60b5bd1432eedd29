"""Answers that are masks: a range of levels set in a widget, and a mask that agrees with the truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from biomedlab import masks
from biomedlab.exercises.answers import NotYet, a_thing, as_array
from biomedlab.exercises.kinds import Kind, Place


@dataclass(frozen=True)
class Range(Place):
    """Two thresholds set in a widget: its `thresholds` are read as the places "low" and "high".

    Parameters
    ----------
    room, start, bounds
        As for `Place`, with the names "low" and "high".

    Examples
    --------
    >>> kind = Range({"low": 3, "high": 10}, start={"low": 48, "high": 235})
    >>> kind.observe(SimpleNamespace(thresholds=[42, 235]))
    {'low': 42.0, 'high': 235.0}
    """

    label = "find a range in a widget"

    def untouched(self, answer: Any) -> bool:  # noqa: D102
        try:
            return super().untouched(_ends(answer))
        except NotYet:
            return super().untouched(answer)

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> dict[str, float]:  # noqa: D102
        return super().observe(_ends(answer))


def _ends(answer: Any) -> SimpleNamespace:
    """Return a widget's two thresholds by name, or say that this is no such widget."""
    try:
        low, high = answer.thresholds
    except Exception as error:
        raise NotYet(
            f"The widget itself is wanted, but this is {a_thing(answer)}.",
            "Hand over the widget's variable.",
        ) from error
    return SimpleNamespace(low=low, high=high)


@dataclass(frozen=True)
class Found:
    """A mask, and its Dice with the truth."""

    mask: np.ndarray
    dice: float


@dataclass(frozen=True)
class Overlap(Kind):
    """A mask that agrees with the truth well enough: its Dice counts, not every voxel.

    Parameters
    ----------
    reference : str
        Code for the true mask.
    least : float
        The lowest Dice that counts as right.

    Examples
    --------
    >>> kind = Overlap("np.arange(10) < 5", least=0.9)
    >>> seen = kind.observe(np.arange(10) < 4, [(np.arange(10) < 5,)])
    >>> kind.differs(seen, seen)
    'The Dice of your mask with the truth is 0.889; at least 0.9 is wanted.'
    """

    label = "build a mask"
    reference: str = ""
    least: float = 0.9

    def cases(self, evaluate: Callable[[str], Any]) -> list[tuple[Any, ...]]:  # noqa: D102
        return [(evaluate(self.reference),)]

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> Found:  # noqa: D102
        truth = np.asarray(cases[0][0])
        array = as_array(answer)
        if array.shape != truth.shape:
            raise NotYet(f"Your mask has the shape {array.shape}, but {truth.shape} is wanted.")
        if array.dtype != bool and not np.isin(array, (0, 1)).all():
            raise NotYet(
                "This holds other numbers than 0 and 1: a mask is wanted.",
                "Compare, as in `image > 5`: that gives True and False.",
                "no mask",
            )
        mask = array != 0
        return Found(mask, masks.dice(mask, truth))

    def differs(self, seen: Found, truth: Found) -> str | None:  # noqa: D102
        if seen.dice >= self.least:
            return None
        return f"The Dice of your mask with the truth is {seen.dice:.3f}; at least {self.least:g} is wanted."

    def is_mistake(self, seen: Found, wrong: Found, truth: Found) -> bool:  # noqa: D102
        return wrong.dice < self.least and masks.dice(seen.mask, wrong.mask) > 0.98

    def confirmed(self, seen: Found) -> str:  # noqa: D102
        return f"Yes: the Dice of your mask with the truth is {seen.dice:.3f}."
