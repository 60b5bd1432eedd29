"""The course's notebooks, copied to a folder of the student's own, where nothing of theirs is overwritten.

That folder keeps a small record: the checksum of each file as it was laid there. A file that still has it is
as the course made it, and a newer one may take its place. Any other is the student's.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path

RECORD = ".biomedlab-course.json"

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "notebooks", _HERE.parent / "notebooks")  # in an installed package; in a clone


@dataclass(frozen=True)
class Laid:
    """What became of one file of the course.

    Parameters
    ----------
    name : str
        The file, below the folder.
    done : str
        "new", "updated", "as it was", or "kept" where the student changed it.
    beside : str
        Where it was kept and there is a newer one: the name under which that lies beside it.

    Examples
    --------
    >>> print(Laid("glossary.ipynb", "updated"))
      updated    glossary.ipynb
    """

    name: str
    done: str
    beside: str = ""

    def __str__(self) -> str:
        newer = f"; the new one lies beside it as {self.beside}" if self.beside else ""
        why = f", which you changed{newer}" if self.done == "kept" else ""
        return f"  {self.done:9}  {self.name}{why}"


@dataclass(frozen=True)
class CourseCopy:
    """The course in a folder; made by `copy_course`. Printed, it tells what is new and what was kept.

    Parameters
    ----------
    folder : Path
        Where it lies.
    files : tuple of Laid
        One for each file of the course.
    remark : str
        Something that the student should know, or empty.
    """

    folder: Path
    files: tuple[Laid, ...]
    remark: str = ""

    def __str__(self) -> str:
        start = str(self.folder / self.files[0].name)
        start = f'"{start}"' if " " in start else start
        lines = [f"The course is in {self.folder}:", *map(str, self.files), self.remark]
        return "\n".join([*filter(None, lines), f"Begin with: python -m jupyterlab {start}"])


def course_folder() -> Path:
    """Return the folder that holds the notebooks: in the installed package, or in a clone.

    Raises
    ------
    FileNotFoundError
        If neither is there.

    Examples
    --------
    >>> course_folder().name
    'notebooks'
    """
    for place in _PLACES:
        if (place / "01_exploration.ipynb").is_file():
            return place
    raise FileNotFoundError(
        "This installation of biomedlab has no notebooks. Install it anew: from a wheel, or from a clone."
    )


def course_files(folder: Path) -> list[str]:
    """Return the files of the course, chapters first; nothing hidden, and no student's progress.

    Parameters
    ----------
    folder : Path
        As `course_folder` gives it.

    Returns
    -------
    list of str
        Names below the folder, with forward slashes.

    Examples
    --------
    >>> course_files(course_folder())[0]
    '01_exploration.ipynb'
    """
    inside = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        name.as_posix()
        for name in inside
        if not name.name.startswith("biomedlab-progress") and not any(part[0] == "." for part in name.parts)
    )


def copy_course(folder: str | Path, *, source: Path | None = None) -> CourseCopy:
    """Copy the course to a folder, and keep whatever the student changed there.

    After an upgrade, the same call replaces the notebooks that are still as the course made them. A newer one
    of a changed notebook is laid beside it under another name. A notebook that was deleted comes back.

    Parameters
    ----------
    folder : str or Path
        Where to; it is made if it is not there.
    source : Path, optional
        Where from; by default the notebooks that belong to this package.

    Returns
    -------
    CourseCopy
        What is new, updated, as it was, or kept.

    Raises
    ------
    NotADirectoryError
        If `folder` is a file.
    ValueError
        If `folder` is the course's own, or lies in it.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     {file.done for file in copy_course(folder).files}
    ...     {file.done for file in copy_course(folder).files}
    {'new'}
    {'as it was'}
    """
    source = source or course_folder()
    folder = Path(folder).expanduser()
    _refuse(folder, source)
    contents = {name: (source / name).read_bytes() for name in course_files(source)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        record, remark = _read_record(folder / RECORD)
        try:
            files = tuple(_lay(folder, name, content, record) for name, content in contents.items())
        finally:
            text = json.dumps({"version": 1, "files": record}, indent=1, sort_keys=True)
            _write(folder / RECORD, text.encode())
    except OSError as error:
        raise OSError(
            f"The course cannot be written to {folder} ({error.strerror or error}). "
            "Name a folder of your own, for instance: python -m biomedlab course mycourse"
        ) from error
    return CourseCopy(folder, files, remark)


def _refuse(folder: Path, source: Path) -> None:
    """Raise an error for a folder that the course must not be copied to."""
    if folder.is_file():
        raise NotADirectoryError(
            f"{folder} is a file, but a folder is wanted. Name another; it is made if it is not there."
        )
    if source.resolve() in (folder.resolve(), *folder.resolve().parents):
        raise ValueError(
            f"{folder} is where the course itself lies. Name another folder, in which you will work."
        )


def _lay(folder: Path, name: str, content: bytes, record: dict[str, str]) -> Laid:
    """Lay one file of the course into the folder; where the student changed it, beside theirs."""
    done = _put(folder, name, content, record)
    if done:
        return Laid(name, done)
    if record.get(name) == _checksum(content):
        return Laid(name, "kept")  # what the student changed is still the newest
    beside = next(other for other in _other_names(name) if _put(folder, other, content, record))
    return Laid(name, "kept", beside)


def _put(folder: Path, name: str, content: bytes, record: dict[str, str]) -> str:
    """Write a file unless a student's is there, and return what was done; empty where it was not written."""
    there, wanted = _checksum_of(folder / name), _checksum(content)
    if there not in (None, wanted, record.get(name)):
        return ""
    if there != wanted:
        _write(folder / name, content)
    record[name] = wanted
    return "new" if there is None else "as it was" if there == wanted else "updated"


def _other_names(name: str) -> Iterator[str]:
    """Yield names for a file beside another: a_new.ipynb, a_new_2.ipynb ..."""
    stem, dot, ending = name.rpartition(".")
    yield f"{stem}_new{dot}{ending}"
    yield from (f"{stem}_new_{number}{dot}{ending}" for number in count(2))


def _checksum(content: bytes) -> str:
    return sha256(content).hexdigest()


def _checksum_of(path: Path) -> str | None:
    """Return a file's checksum, None if nothing is there, and no checksum for what is no file."""
    if path.is_file():
        return _checksum(path.read_bytes())
    return "no file" if os.path.lexists(path) else None


def _read_record(path: Path) -> tuple[dict[str, str], str]:
    """Return the checksums of what was laid before, and a remark if that can no longer be read."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return {str(name): str(checksum) for name, checksum in content["files"].items()}, ""
    except FileNotFoundError:
        return {}, ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}, f"({RECORD} was damaged: each notebook that differs from the course's is taken for yours.)"


def _write(path: Path, content: bytes) -> None:
    """Write a whole new file, and put it in its place at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
