"""Run a student's code so that it can neither hang the notebook nor break a check.

The code runs in a thread of its own: the main thread stays free, so that Jupyter's stop button
(a `KeyboardInterrupt`) gets through on every system, even while a long numpy call is under way.
"""

import contextvars
import ctypes
import io
import linecache
import os
import sys
import sysconfig
import threading
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

SECONDS = 5.0
_GRACE = 2.0
_OURS = tuple(
    os.path.normcase(folder) + os.sep
    for folder in (
        str(Path(__file__).parents[1]),
        *(sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)


@dataclass(frozen=True)
class Line:
    """One line of a student's code: its number in the cell and its text."""

    number: int
    text: str

    def __str__(self) -> str:
        return f"line {self.number}: `{self.text}`" if self.text else f"line {self.number}"


@dataclass(frozen=True)
class Raised:
    """An error in a student's code, kept as text: the error itself may hold anything."""

    name: str
    message: str
    line: Line | None

    @classmethod
    def of(cls, error: BaseException) -> "Raised":
        """Read an error, even one whose `__str__` raises.

        Examples
        --------
        >>> str(Raised.of(KeyError("sampling")))
        "KeyError: 'sampling'"
        """
        try:
            message = " ".join(str(error).split())[:300]
        except Exception:  # noqa: BLE001 - its text is the student's own
            message = ""
        return cls(type(error).__name__, message, line_of(error))

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.message else self.name


@dataclass(frozen=True)
class Ran:
    """What came of running a student's code: a value, an error, or a stop when the time was up."""

    value: Any = None
    error: Raised | None = None
    line: Line | None = None
    printed: str = ""
    timed_out: bool = False
    still_running: bool = False


class _Capped(io.StringIO):
    """Text that a student's code prints, kept up to a limit: an endless loop must not fill the memory."""

    def write(self, text: str) -> int:
        if self.tell() < 10_000:
            super().write(str(text)[:10_000])
        return len(text)


def run(work: Callable[[], Any], *, seconds: float = SECONDS) -> Ran:
    """Call `work` and give back what came of it, whatever that was.

    A loop in Python is stopped when the time is up. A single long call into C cannot be stopped from
    outside; it is left to end by itself and the answer says so.

    Parameters
    ----------
    work : callable without arguments
        The student's code.
    seconds : float
        Time allowed, in s.

    Returns
    -------
    Ran
        Its value or its error, the line of the student's code, and what it printed.

    Raises
    ------
    KeyboardInterrupt
        When the student presses the stop button.

    Examples
    --------
    >>> run(lambda: 6 * 7).value
    42
    >>> print(run(lambda: 1 / 0).error)
    ZeroDivisionError: division by zero
    """
    box: dict[str, Any] = {}
    # Not asked of the thread: before Python 3.13 one whose join() is interrupted passes for dead ever after.
    done = threading.Event()

    def target() -> None:
        try:
            box["value"] = work()
        except BaseException as error:  # noqa: BLE001 - exit() in a function must not end the thread
            box["error"] = Raised.of(error)
        finally:
            done.set()

    with _quiet() as printed:
        thread = threading.Thread(target=contextvars.copy_context().run, args=(target,), daemon=True)
        try:
            try:
                thread.start()
            except RuntimeError:
                # No threads here (a browser's Python): no time limit either.
                target()
            if not _wait(done, seconds):
                line = _line_now(thread) or Line(1, "")
                ended = _stop(thread, done, _GRACE)
                return Ran(line=line, printed=printed.getvalue(), timed_out=True, still_running=not ended)
        except KeyboardInterrupt:
            _stop(thread, done, 0.2)
            raise
    return Ran(**box, printed=printed.getvalue())


def line_of(error: BaseException) -> Line | None:
    """Return the innermost line of the student's own code in an error's traceback, or None.

    Examples
    --------
    >>> line_of(ValueError("never raised")) is None
    True
    """
    found, step = None, error.__traceback__
    while step is not None:
        if _is_students(step.tb_frame):
            found = _line(step.tb_frame, step.tb_lineno)
        step = step.tb_next
    return found


def _wait(done: threading.Event, seconds: float) -> bool:
    """Wait until it is done, or the time is up; say whether it is done."""
    end = time.monotonic() + seconds
    while not done.is_set() and time.monotonic() < end:
        # Short naps: on Windows a stop button does not wake a long one.
        done.wait(0.05)
    return done.is_set()


def _stop(thread: threading.Thread, done: threading.Event, grace: float) -> bool:
    """Raise SystemExit in the thread, again and again, since student code may catch it; say if it ended."""
    end = time.monotonic() + grace
    while not done.is_set() and time.monotonic() < end:
        target = ctypes.c_ulong(thread.ident or 0)
        if not ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(SystemExit)):
            return True  # there is no such thread any more
        done.wait(0.02)
    return done.is_set()


def _line_now(thread: threading.Thread) -> Line | None:
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        if _is_students(frame):
            return _line(frame, frame.f_lineno)
        frame = frame.f_back
    return None


def _is_students(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return not name.startswith("<frozen") and not os.path.normcase(name).startswith(_OURS)


def _line(frame: FrameType, number: int) -> Line:
    return Line(number, linecache.getline(frame.f_code.co_filename, number).strip()[:120])


@contextmanager
def _quiet() -> Generator[_Capped]:
    """Keep what the code prints and warns out of the notebook."""
    sink = _Capped()
    with redirect_stdout(sink), redirect_stderr(sink), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield sink


@contextmanager
def undisturbed() -> Generator[None]:
    """Keep what the student has set from the check, and what the check draws from the student.

    Warnings and floating-point errors made into exceptions do not count inside, and every pyplot figure that
    is opened inside is closed.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"), _figures_closed():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _figures_closed() -> Generator[None]:
    plt = sys.modules.get("matplotlib.pyplot")
    before = set(plt.get_fignums()) if plt else set()
    try:
        yield
    finally:
        plt = sys.modules.get("matplotlib.pyplot")
        if plt:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)
