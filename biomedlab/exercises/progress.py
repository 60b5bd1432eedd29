"""How much of the course a student has done, kept on disk beside the notebook."""

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from html import escape
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

if TYPE_CHECKING:
    from biomedlab.exercises.exercise import Lesson

FOLDER_VARIABLE = "BIOMEDLAB_PROGRESS"
FILE_NAME = "biomedlab-progress.json"
LESSONS = ("exploration", "n_dimensional_images", "advanced_plotting", "masks_and_filters")

_START_FOLDER = Path.cwd()
_kept_in_memory: dict[str, Any] = {}


def folder() -> Path | None:
    """Return the folder of the progress file, or None where progress is kept in memory only.

    The folder that the environment variable BIOMEDLAB_PROGRESS names, else the notebook's own, else the
    user's data folder. While the project's tests run nothing is written unless that variable is set, so that
    a stored notebook always shows the empty course.

    Examples
    --------
    >>> folder() is None or folder().is_absolute()
    True
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    if "PYTEST_VERSION" in os.environ:
        return None
    beside = _notebook_folder()
    if beside is not None and os.access(beside, os.W_OK):
        return beside
    return Path(platformdirs.user_data_dir("biomedlab", appauthor=False))


def record(key: str, *, right: bool) -> str | None:
    """Note one attempt at an exercise.

    Parameters
    ----------
    key : str
        Lesson and exercise, such as "exploration.pixel_count".
    right : bool
        Whether the answer was right; an exercise once right stays so.

    Returns
    -------
    str or None
        A sentence for the student if it could not be kept, else None.

    Examples
    --------
    >>> record("doctest.example", right=True)
    >>> reset("doctest.example")
    """

    def note(done: dict[str, Any]) -> None:
        entry = done.setdefault(key, {"tries": 0, "right": False})
        entry["tries"] += 1
        entry["right"] = entry["right"] or right

    return _change(note)


def reset(key: str | None = None) -> str | None:
    """Forget one exercise, or all with None; the answers in the notebook are not touched."""
    return _change(lambda done: done.clear() if key is None else done.pop(key, None))


@dataclass(frozen=True)
class Progress:
    """How much of the course is done; made by `progress`.

    Parameters
    ----------
    rows : tuple of (title, right, tried, all, minutes left)
        One row a chapter.
    remark : str
        Something the student should know, or empty.
    """

    rows: tuple[tuple[str, int, int, int, int], ...]
    remark: str = ""

    @property
    def right(self) -> int:
        """Number of exercises answered rightly."""
        return sum(row[1] for row in self.rows)

    @property
    def total(self) -> int:
        """Number of exercises in the course."""
        return sum(row[3] for row in self.rows)

    def reset(self, exercise: str | None = None) -> "Progress":
        """Forget one exercise ("exploration.pixel_count"), or all of them, and show what is left."""
        reset(exercise)
        return progress()

    def __repr__(self) -> str:
        width = max((len(row[0]) for row in self.rows), default=0)
        lines = [
            f"  {title:{width}}  {_bar(right, total)}  {_count(right, tried, total, left)}"
            for title, right, tried, total, left in self.rows
        ]
        head = f"Your course: {self.right} of {self.total} exercises right"
        return "\n".join([head, *lines, *([f"  {self.remark}"] if self.remark else [])])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(title)}</th>'
            f'<td><progress max="{total}" value="{right}" aria-label="{escape(title)}">'
            f"{_bar(right, total)}</progress></td>"
            f'<td style="text-align:left">{_count(right, tried, total, left)}</td></tr>'
            for title, right, tried, total, left in self.rows
        )
        remark = f"<p>{escape(self.remark)}</p>" if self.remark else ""
        return (
            f"<p><strong>Your course:</strong> {self.right} of {self.total} exercises right</p>"
            f"<table>{rows}</table>{remark}"
        )


def progress() -> Progress:
    """Show how much of the course is done, chapter by chapter.

    Returns
    -------
    Progress
        Draws itself as the last line of a cell; its `reset` forgets one exercise or all.

    Examples
    --------
    >>> progress().total > 0
    True
    """
    return _counted(*_read())


def handed_in(folder: str | Path) -> dict[str, Progress]:
    """Read the progress files of a class, for its lecturer.

    Parameters
    ----------
    folder : str or Path
        Holds the files under any name that ends in .json, in folders of their own if you like:
        "ada.json", "ben/biomedlab-progress.json". None of them is changed.

    Returns
    -------
    dict of str to Progress
        One for each file, by its name below `folder`. A file that is no progress file has a remark, and
        counts as the empty course.

    Raises
    ------
    NotADirectoryError
        If `folder` is not a folder.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     note = '{"version": 1, "exercises": {"exploration.one_pixel": {"tries": 2, "right": true}}}'
    ...     _ = Path(folder, "ada.json").write_text(note)
    ...     {name: progress.right for name, progress in handed_in(folder).items()}
    {'ada.json': 1}
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder; name the one that holds the files of your class.")
    paths = {path.relative_to(folder): path for path in sorted(folder.rglob("*.json")) if path.is_file()}
    visible = {name: path for name, path in paths.items() if not any(part[0] == "." for part in name.parts)}
    return {name.as_posix(): _counted(*_read_handed_in(path)) for name, path in visible.items()}


def _read_handed_in(path: Path) -> tuple[dict[str, Any], str]:
    """Return the notes of a file that belongs to somebody else, or a remark on why there are none."""
    try:
        return _checked(json.loads(path.read_text("utf-8"))), ""
    except OSError as error:
        return {}, f"This file could not be read ({type(error).__name__})."
    except (ValueError, RecursionError):
        return {}, "This is not a progress file of this course, or it is damaged."


def _counted(done: dict[str, Any], remark: str) -> Progress:
    """Count what is done, chapter by chapter."""
    rows = []
    for lesson in lessons():
        notes = [(exercise, done.get(exercise.key, {})) for exercise in lesson.exercises.values()]
        right = sum(bool(note.get("right")) for _, note in notes)
        left = sum(exercise.minutes for exercise, note in notes if not note.get("right"))
        rows.append((lesson.title, right, sum(bool(note) for _, note in notes) - right, len(notes), left))
    return Progress(tuple(rows), remark)


def lessons() -> list["Lesson"]:
    """Return the lessons of the course in order, those that are there.

    Examples
    --------
    >>> [lesson.name for lesson in lessons()][0]
    'exploration'
    """
    names = [f"biomedlab.exercises.{name}" for name in LESSONS]
    return [import_module(name).lesson for name in names if find_spec(name)]


def _bar(right: int, total: int, width: int = 20) -> str:
    filled = width * right // max(total, 1)
    return "█" * filled + "░" * (width - filled)


def _count(right: int, tried: int, total: int, left: int) -> str:
    begun = f", {tried} begun" if tried else ""
    todo = f", about {left} min of exercises left" if left else ""
    return f"{right} of {total}{begun}{todo}"


def _notebook_folder() -> Path | None:
    """Return where the running notebook lies, as Jupyter or VS Code says, else where the kernel started."""
    if "ipykernel" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    hints = [os.environ.get("JPY_SESSION_NAME"), getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__")]
    for hint in hints:
        if isinstance(hint, str) and Path(hint).is_file():
            return Path(hint).parent.absolute()
    return _START_FOLDER


def _change(edit: Any) -> str | None:
    """Apply `edit` to what is on disk, alone: another notebook may be writing too."""
    where = folder()
    if where is None:
        edit(_kept_in_memory)
        return None
    try:
        where.mkdir(parents=True, exist_ok=True)
        with _locked(where / f".{FILE_NAME}.lock"):
            done, remark = _read()
            edit(done)
            _write(where / FILE_NAME, done)
        return remark or None
    except OSError as error:
        return f"Your progress could not be kept on disk ({type(error).__name__}); nothing else is lost."


def _read() -> tuple[dict[str, Any], str]:
    """Return the notes on disk, and a remark when a damaged file had to be put aside."""
    where = folder()
    if where is None:
        return _kept_in_memory, ""
    path = where / FILE_NAME
    try:
        return _checked(json.loads(path.read_text("utf-8"))), ""
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"Your progress could not be read ({type(error).__name__})."
    except (ValueError, RecursionError):
        return {}, _put_aside(path)


def _checked(content: Any) -> dict[str, Any]:
    """Return the notes of a progress file; ValueError if it is not one."""
    done = content.get("exercises") if isinstance(content, dict) and content.get("version") == 1 else None
    if not isinstance(done, dict) or not all(
        isinstance(note, dict) and isinstance(note.get("tries"), int) and isinstance(note.get("right"), bool)
        for note in done.values()
    ):
        raise ValueError("not a progress file of this course")
    return done


def _put_aside(path: Path) -> str:
    """Rename a damaged file: it is the student's, and nothing of theirs is thrown away."""
    number = 1
    while (aside := path.with_name(f"biomedlab-progress-damaged-{number}.json")).exists():
        number += 1
    with contextlib.suppress(OSError):
        path.rename(aside)
    return f"The progress file was damaged. It was kept as {aside.name} and a new one begun."


def _write(path: Path, done: dict[str, Any]) -> None:
    """Write a whole new file, readable by its owner only, and put it in the old one's place at once."""
    handle, name = tempfile.mkstemp(prefix=f".{FILE_NAME}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"version": 1, "exercises": done}, file, indent=1, sort_keys=True)
        _replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _replace(name: str, path: Path) -> None:
    """Replace, trying again for a moment: on Windows a virus scanner may hold the old file open."""
    for wait in (0.01, 0.05, 0.2):
        try:
            os.replace(name, path)
            return
        except PermissionError:
            time.sleep(wait)
    os.replace(name, path)


@contextlib.contextmanager
def _locked(path: Path) -> Generator[None]:
    """Hold a file lock that the system itself frees if the kernel dies."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        # Waits up to 10 s, then raises OSError, which the caller turns into a sentence.
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        _try_for(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB))


def _try_for(take: Any, seconds: float = 10.0) -> None:
    """Call `take` until it no longer raises BlockingIOError, or the time is up."""
    end = time.monotonic() + seconds
    while True:
        try:
            return take()
        except BlockingIOError:
            if time.monotonic() > end:
                raise
            time.sleep(0.005)
