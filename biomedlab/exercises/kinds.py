"""The kinds of answers: what to look at in each, and when two of them agree.

A kind *observes* an answer (a number, an array, what a function returns ...) and says how one observation
*differs* from another. An exercise uses this three times: to compare the student's answer with the worked
solution, with each known mistake, and, in the tests, each other right answer with the solution.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from biomedlab.exercises.answers import NotYet, a_thing, as_array, as_number, is_blank
from biomedlab.exercises.running import Raised


@dataclass(frozen=True)
class Kind:
    """What all kinds share; each of them is a small frozen value in an exercise's declaration."""

    label = "answer"

    def cases(self, evaluate: Callable[[str], Any]) -> list[tuple[Any, ...]]:
        """Return the arguments to call a student's function with; none for other kinds."""
        return []

    def untouched(self, answer: Any) -> bool:
        """Whether the answer is still as the notebook gave it."""
        return is_blank(answer)

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> Any:
        """Return what counts in the answer; raise NotYet if it cannot be right."""
        raise NotImplementedError

    def differs(self, seen: Any, truth: Any) -> str | None:
        """Return how an observation differs from another in one sentence, or None if they agree."""
        raise NotImplementedError

    def confirmed(self, seen: Any) -> str:
        """Return the right answer in words, for the card that says so; empty where it needs none."""
        return ""

    def error(self, seen: Any) -> Raised | None:
        """Return the error that the student's code raised while it was looked at, if it did."""
        return None

    def explain(self, seen: Any, truth: Any) -> None:
        """Raise NotYet for what can go wrong with any answer of this kind."""
        return

    def is_mistake(self, seen: Any, wrong: Any, truth: Any) -> bool:
        """Whether an observation shows this known mistake."""
        return self.differs(seen, wrong) is None and self.differs(wrong, truth) is not None


@dataclass(frozen=True)
class Number(Kind):
    """One number, with its unit and how far it may be from the truth.

    Parameters
    ----------
    unit : str
        Unit of the answer, "pixels" or "mm".
    tolerance : float
        Largest difference that counts as right, in that unit.
    relative : float
        The same as a share of the right number; the larger of both counts.

    Examples
    --------
    >>> Number(unit="mm", tolerance=0.5).differs(3.2, 3.0) is None
    True
    >>> Number(unit="mm").differs(2.0, 3.0)
    'Your answer, 2 mm, is too small.'
    """

    label = "compute a value"
    unit: str = ""
    tolerance: float = 0.0
    relative: float = 0.0

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> float:  # noqa: D102
        return as_number(answer)

    def differs(self, seen: float, truth: float) -> str | None:  # noqa: D102
        if abs(seen - truth) <= max(self.tolerance, self.relative * abs(truth), 1e-9 * abs(truth)):
            return None
        return f"Your answer, {self._written(seen)}, is too {'small' if seen < truth else 'large'}."

    def confirmed(self, seen: float) -> str:  # noqa: D102
        return f"Yes, {self._written(seen)}."

    def _written(self, value: float) -> str:
        return f"{value:.7g} {self.unit}".strip()


@dataclass(frozen=True)
class Array(Kind):
    """An array, a list of numbers, or an `Image`: shape and values count, the data type where asked for.

    Parameters
    ----------
    tolerance : float
        Largest difference of a value that counts as right.
    dtype : bool
        Whether the data type must be the solution's.
    unit : str
        Unit of the values.
    made : bool
        Whether it must be an array: where the task is to make one of a list, the list itself is no answer.

    Examples
    --------
    >>> Array().differs(np.array([1, 2]), np.array([1, 3]))
    '1 of the 2 values is not right; the first is at [1], where yours is 2.'
    >>> Array().differs(np.zeros((2, 3)), np.zeros((3, 2)))
    'Yours has the shape (2, 3), but (3, 2) is wanted.'
    """

    label = "build an array"
    tolerance: float = 0.0
    dtype: bool = False
    unit: str = ""
    made: bool = False

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> np.ndarray:  # noqa: D102
        if self.made and isinstance(answer, (list, tuple)):
            raise NotYet(
                f"This is {a_thing(answer)}, but an array is wanted.", "`np.stack`, `np.array`", "list"
            )
        return as_array(answer)

    def differs(self, seen: np.ndarray, truth: np.ndarray) -> str | None:  # noqa: D102
        if seen.shape != truth.shape:
            return f"Yours has the shape {seen.shape}, but {truth.shape} is wanted."
        if self.dtype and seen.dtype != truth.dtype:
            return f"The data type of yours is {seen.dtype}, but {truth.dtype} is wanted."
        mine, wanted = seen.astype(float), truth.astype(float)
        wrong = ~np.isclose(mine, wanted, rtol=1e-9, atol=self.tolerance, equal_nan=True)
        return None if not wrong.any() else self._where(seen, wrong)

    def _where(self, seen: np.ndarray, wrong: np.ndarray) -> str:
        count = int(wrong.sum())
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        at = f" the first is at {list(place)}, where yours is" if place else " yours is"
        unit = f" {self.unit}" if self.unit else ""
        verb = "is" if count == 1 else "are"
        plural = "value" if wrong.size == 1 else "values"
        return f"{count} of the {wrong.size} {plural} {verb} not right;{at} {seen[place]:.6g}{unit}."


@dataclass(frozen=True)
class Choice(Kind):
    """One of several statements, answered by its letter, its words or both.

    Parameters
    ----------
    options : mapping of str to str
        Letter to statement, in the order shown.

    Examples
    --------
    >>> Choice({"a": "black", "b": "white"}).observe(" B) ")
    'b'
    """

    label = "choose and explain"
    options: Mapping[str, str] = field(default_factory=dict)

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> str:  # noqa: D102
        if isinstance(answer, (list, tuple, set)) and len(answer) == 1:
            answer = next(iter(answer))
        given = _bare(answer) if isinstance(answer, str) else None
        same = [key for key, text in self.options.items() if given in _spellings(key, text)]
        if not same:
            letters = " or ".join(f'"{key}"' for key in self.options)
            raise NotYet(f"Answer with one letter in quotation marks: {letters}.")
        return same[0]

    def differs(self, seen: str, truth: str) -> str | None:  # noqa: D102
        return None if seen == truth else f'"{seen}" is not the one.'

    def confirmed(self, seen: str) -> str:  # noqa: D102
        return f"Yes, {seen}: {self.options[seen]}."


def _bare(text: str) -> str:
    """Return the letters and numbers of a text only, in lower case, with single spaces."""
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text.lower()).split())


def _spellings(key: str, text: str) -> set[str]:
    """Return what stands for an option: its letter, its words, or both."""
    return {_bare(key), _bare(text), _bare(f"{key} {text}")}


@dataclass(frozen=True)
class Place(Kind):
    """A place found in a widget: its traits are read, with some room around the right one.

    Parameters
    ----------
    room : mapping of str to float
        Name of each trait that counts, and how far from the truth it may be.
    start : mapping of str to float
        The traits as the notebook sets them: still there means not attempted.
    bounds : mapping of str to tuple of float
        Where along a trait what one sees changes: a known mistake covers the whole stretch between two bounds
        (the first of them belongs to it). For other traits it covers the room around it.
    whole : bool
        Whether a known mistake that is right in a trait speaks of places only that are right in it, too
        ("the plane is right, but ..."). Without it such a trait may have any value.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> kind = Place({"index": 3}, start={"index": 90})
    >>> kind.observe(SimpleNamespace(index=40))
    {'index': 40.0}
    """

    label = "find a place in a widget"
    room: Mapping[str, float] = field(default_factory=dict)
    start: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    whole: bool = False

    def untouched(self, answer: Any) -> bool:  # noqa: D102
        if is_blank(answer):
            return True
        try:
            return {name: float(getattr(answer, name)) for name in self.room} == dict(self.start)
        except Exception:  # noqa: BLE001 - whatever it is, it is not the untouched widget
            return False

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> dict[str, float]:  # noqa: D102
        if any(not hasattr(answer, name) for name in self.room):
            raise NotYet(
                f"The widget itself is wanted, but this is {a_thing(answer)}.",
                "Hand over the widget's variable.",
            )
        return {name: as_number(getattr(answer, name)) for name in self.room}

    def differs(self, seen: dict[str, float], truth: dict[str, float]) -> str | None:  # noqa: D102
        for name, room in self.room.items():
            if abs(seen[name] - truth[name]) > room:
                side = "low" if seen[name] < truth[name] else "high"
                return f"The widget's {name} is {seen[name]:g}; that is too {side}."
        return None

    def is_mistake(self, seen: dict[str, float], wrong: dict[str, float], truth: dict[str, float]) -> bool:  # noqa: D102
        faults = [name for name, room in self.room.items() if abs(wrong[name] - truth[name]) > room]
        others = self.room.keys() - faults if self.whole else ()
        if any(abs(seen[name] - truth[name]) > self.room[name] for name in others):
            return False
        return bool(faults) and all(self._alike(name, seen[name], wrong[name]) for name in faults)

    def _alike(self, name: str, seen: float, wrong: float) -> bool:
        if name in self.bounds:
            stretch, other = np.searchsorted(self.bounds[name], [seen, wrong], side="right")
            return bool(stretch == other)
        return abs(seen - wrong) <= self.room[name]
