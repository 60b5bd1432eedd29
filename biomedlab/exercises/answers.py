"""Read a student's answer, whatever it is: a number, an array, or the untouched placeholder."""

import dis
import math
import numbers
from types import FunctionType
from typing import Any

import numpy as np

_MOST = 50_000_000


class NotYet(Exception):  # noqa: N818 - not an error: a verdict on its way
    """An answer that cannot be right, with the reason, what to look at, and the mistake's name."""

    def __init__(self, reason: str, look: str = "", mistake: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.look, self.mistake = reason, look, mistake


def is_blank(answer: Any) -> bool:
    """Whether an answer is still the placeholder: `...`, None, a list of these, or a function without a body.

    Examples
    --------
    >>> is_blank(...), is_blank([..., ...]), is_blank(lambda image: ...), is_blank(0)
    (True, True, True, False)
    """
    if answer is ... or answer is None:
        return True
    if type(answer) in (list, tuple) and 0 < len(answer) < 100:
        return all(item is ... or item is None for item in answer)
    # A body of `...`, `pass` or only a docstring compiles to one return of a constant.
    return type(answer) is FunctionType and all(
        step.opname in _IDLE and (step.argval is None or step.argval is ... or step.opname == "RESUME")
        for step in dis.get_instructions(answer)
    )


_IDLE = {"RESUME", "NOP", "CACHE", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


def as_number(answer: Any) -> float:
    """Return one finite number from an int, a float, or an array or list that holds one; NotYet otherwise.

    Examples
    --------
    >>> as_number([np.float32(2.5)])
    2.5
    """
    if isinstance(answer, str):
        raise NotYet("This is text.", "Leave the quotation marks out, so that Python sees a number.", "text")
    if isinstance(answer, (bool, np.bool_)):
        raise NotYet(
            f"This is {bool(answer)}, but a number is wanted.",
            "A comparison gives True or False.",
            "truth value",
        )
    if isinstance(answer, numbers.Real):
        value = float(answer)
    else:
        array = as_array(answer)
        if array.size != 1:
            raise NotYet(f"One number is wanted, but yours holds {array.size:,}.", "", "many numbers")
        value = float(array.reshape(-1)[0])
    if not math.isfinite(value):
        raise NotYet(f"Your answer is {value}, which is not a number to count with.", "", "not finite")
    return value


def as_array(answer: Any) -> np.ndarray:
    """Return the answer as a plain numeric array, without a copy where it is one; NotYet otherwise.

    Examples
    --------
    >>> as_array([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    if callable(answer) and not isinstance(answer, np.ndarray):
        raise NotYet("This is a function.", "Call it: put parentheses after its name.", "function not called")
    if isinstance(answer, (list, tuple)) and _length(answer) > _MOST // 10:
        raise NotYet(f"This list holds {_length(answer):,} items, far too many.", "", "too large")
    try:
        array = np.asarray(answer)
    except (ValueError, TypeError) as error:
        raise NotYet("This is no array: its rows differ in length.", "", "ragged") from error
    array = np.asarray(array.tolist()) if array.dtype == object and array.size < 1000 else array
    if array.dtype.kind not in "biuf":
        raise NotYet(f"Numbers are wanted, but this is {a_thing(answer)}.", "", "no numbers")
    if array.size > _MOST:
        raise NotYet(f"This array holds {array.size:,} values, far too many.", "", "too large")
    return array


def _length(items: Any, depth: int = 0) -> int:
    """Return the number of items in nested lists, guessed from the first of each."""
    if not isinstance(items, (list, tuple)) or not items or depth > 5:
        return 1
    return len(items) * _length(items[0], depth + 1)


def a_thing(answer: Any) -> str:
    """Name the type of an answer without asking the answer: it may raise."""
    name = type(answer).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
