"""Functions that a student writes: called on the lesson's image and on fresh random ones."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from biomedlab.exercises.answers import NotYet, a_thing
from biomedlab.exercises.kinds import Array, Kind
from biomedlab.exercises.running import Raised


@dataclass(frozen=True)
class Returned:
    """What one call of a student's function gave: an observation, or why there is none."""

    seen: Any = None
    error: Raised | None = None
    refused: NotYet | None = None
    changed: bool = False

    @property
    def end(self) -> str:
        """How the call ended: "value", the error's name, or why the value was refused."""
        if self.error:
            return self.error.name
        return (self.refused.mistake or self.refused.reason) if self.refused else "value"


@dataclass(frozen=True)
class Function(Kind):
    """A function, called on the lesson's image and on fresh random ones.

    Parameters
    ----------
    example : str
        Code for the arguments that the lesson itself uses, a tuple: "(patch, 3)".
    fresh : callable
        Takes a `numpy.random.Generator` and returns a tuple of new arguments.
    returns : Kind
        How to look at what the function returns.
    repeats : int
        How many fresh calls.

    Examples
    --------
    >>> from biomedlab.exercises.kinds import Number
    >>> kind = Function("(2,)", lambda rng: (int(rng.integers(3, 9)),), Number())
    >>> [call.seen for call in kind.observe(lambda n: n * n, [(2,), (3,)])]
    [4.0, 9.0]
    """

    label = "write a function"
    example: str = "()"
    fresh: Callable[[np.random.Generator], tuple[Any, ...]] = lambda rng: ()
    returns: Kind = field(default_factory=Array)
    repeats: int = 4

    def cases(self, evaluate: Callable[[str], Any]) -> list[tuple[Any, ...]]:  # noqa: D102
        rng = np.random.default_rng()
        return [evaluate(self.example), *(self.fresh(rng) for _ in range(self.repeats))]

    def observe(self, answer: Any, cases: Sequence[tuple[Any, ...]] = ()) -> list[Returned]:  # noqa: D102
        if not callable(answer):
            raise NotYet(
                f"A function is wanted, but this is {a_thing(answer)}.",
                "Hand over the function's name alone, without parentheses after it.",
                "calls the function",
            )
        return [self._call(answer, arguments) for arguments in cases]

    def _call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Returned:
        given = copy.deepcopy(arguments)
        try:
            result = function(*given)
            # Looked at before the input is compared: a result may be a view of it.
            seen = self.returns.observe(_result(result))
            seen = seen.copy() if isinstance(seen, np.ndarray) else seen
        except NotYet as refused:
            return Returned(refused=refused)
        except Exception as error:  # noqa: BLE001 - a student's code may raise anything
            return Returned(error=Raised.of(error))
        return Returned(seen, changed=not _same(given, arguments))

    def differs(self, seen: list[Returned], truth: list[Returned]) -> str | None:  # noqa: D102
        for number, (mine, wanted) in enumerate(zip(seen, truth, strict=True)):
            reason = self._call_differs(mine, wanted)
            if reason:
                where = "the lesson's own example" if number == 0 else "a new example, made up at random"
                return f"Tried on {where}: {reason[0].lower()}{reason[1:]}"
        return None

    def _call_differs(self, mine: Returned, wanted: Returned) -> str | None:
        if mine.end != wanted.end:
            return f"It raised {mine.error}." if mine.error else "It ends in another way than is wanted."
        if mine.end != "value":
            return None
        if mine.changed != wanted.changed:
            return "It changes the image that it was given."
        return self.returns.differs(mine.seen, wanted.seen)

    def error(self, seen: list[Returned]) -> Raised | None:  # noqa: D102
        return next((call.error for call in seen if call.error), None)

    def explain(self, seen: list[Returned], truth: list[Returned]) -> None:  # noqa: D102
        refused = next((call.refused for call in seen if call.refused), None)
        if refused:
            raise refused
        values_right = [
            not call.error and self.returns.differs(call.seen, wanted.seen) is None
            for call, wanted in zip(seen, truth, strict=True)
        ]
        if all(values_right) and any(call.changed for call in seen):
            raise NotYet(
                "The values are right, but your function changes the image that it was given.",
                "Work on a copy: `image = image.copy()` as the first line, or make a new array.",
                "changes its input",
            )
        if values_right[0] and not any(values_right[1:]) and not any(call.error for call in seen):
            raise NotYet(
                "Right for the lesson's own example, wrong for new ones, made up at random: your function "
                "holds something that is true of that one example only.",
                "Use only the function's arguments inside it, no fixed numbers and no names from outside.",
                "hard-coded answer",
            )


def _result(result: Any) -> Any:
    if result is None or result is ...:
        raise NotYet(
            "Your function returns nothing.",
            "End it with `return` and the result; `print` only shows it.",
            "returns nothing",
        )
    return result


def _same(one: Any, other: Any) -> bool:
    """Whether arguments are still as they were before the call."""
    if isinstance(other, np.ndarray):
        return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)
