"""Write the tables of the course into README.md and docs/lecturers.md.

`python -m uv run tools/write_tables.py` reads the headings of the notebooks' lessons and the exercises, and
writes each table anew between its two marks. A test says when one is stale.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[1]
_TITLE = re.compile(r"^# (\d+) · (.+)$", re.MULTILINE)
_LESSON = re.compile(r"^## (\d+\.\d+) (.+)\n+\*(\d+) minutes\*", re.MULTILINE)
_MARKED = re.compile(r"(<!-- (\w+), by tools/write_tables.py -->).*?(<!-- end -->)", re.DOTALL)


@dataclass
class LessonHead:
    """One lesson of a notebook: its number ("1.2"), title, minutes, and the exercises in it."""

    number: str
    title: str
    minutes: int
    exercises: list[Any]


@dataclass
class Chapter:
    """One notebook: its file, number, title and lessons."""

    path: Path
    number: int
    title: str
    lessons: list[LessonHead]

    @property
    def minutes(self) -> int:
        """Minutes of all its lessons."""
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def exercises(self) -> list[Any]:
        """All its exercises, in the order of the notebook."""
        return [exercise for lesson in self.lessons for exercise in lesson.exercises]


def read_chapter(path: Path) -> Chapter:
    """Read one notebook's title and lessons.

    Parameters
    ----------
    path : Path
        A notebook such as 01_exploration.ipynb, whose exercises are in biomedlab.exercises.exploration.

    Returns
    -------
    Chapter
        With the exercises of each lesson.

    Raises
    ------
    ValueError
        If it has no title, or an exercise stands before the first lesson.
    """
    notebook = nbformat.read(path, as_version=4)
    exercises = import_module(f"biomedlab.exercises.{path.stem.partition('_')[2]}").lesson.exercises
    title = _TITLE.search(notebook.cells[0].source)
    if not title:
        raise ValueError(f"{path.name}: the first cell has no title such as '# 1 · Exploration'")
    chapter = Chapter(path, int(title[1]), title[2], [])
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heads = _LESSON.findall(cell.source)
            chapter.lessons += [LessonHead(place, said, int(time), []) for place, said, time in heads]
            continue
        name = cell.metadata.get("biomedlab", {}).get("exercise")
        if name and not chapter.lessons:
            raise ValueError(f"{path.name}: exercise {name} stands before the first lesson")
        if name:
            chapter.lessons[-1].exercises.append(exercises[name])
    return chapter


def read_course() -> list[Chapter]:
    """Read all chapters, in order."""
    return [read_chapter(path) for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]


def chapters(course: list[Chapter]) -> list[str]:
    """Return the lines of the README's table: chapter, lessons, minutes, exercises."""
    rows = [
        [
            f"{one.number} [{one.title}](notebooks/{one.path.name})",
            "; ".join(f"{lesson.number} {lesson.title}" for lesson in one.lessons),
            one.minutes,
            len(one.exercises),
        ]
        for one in course
    ]
    minutes, count = sum(one.minutes for one in course), sum(len(one.exercises) for one in course)
    total = ["**all**", "", f"**{minutes}**", f"**{count}**"]
    return table(["chapter", "lessons", "minutes", "exercises"], [*rows, total], "llrr")


def timing(course: list[Chapter]) -> list[str]:
    """Return the lines of the table of minutes a lesson."""
    rows = [
        [
            f"{lesson.number} {lesson.title}",
            lesson.minutes,
            sum(exercise.minutes for exercise in lesson.exercises),
            len(lesson.exercises),
        ]
        for one in course
        for lesson in one.lessons
    ]
    return table(["lesson", "minutes", "of which exercises", "exercises"], rows, "lrrr")


def exercises(course: list[Chapter]) -> list[str]:
    """Return the lines of the table of exercises: what each asks, and which mistakes it tells apart."""
    rows = [
        [
            f"{exercise.number} {exercise.title}",
            lesson.number,
            exercise.minutes,
            exercise.label,
            "; ".join(mistake.name for mistake in exercise.mistakes),
        ]
        for one in course
        for lesson in one.lessons
        for exercise in lesson.exercises
    ]
    return table(["exercise", "lesson", "minutes", "task", "mistakes that it knows"], rows, "llrll")


def table(head: list[str], rows: list[list[Any]], align: str) -> list[str]:
    """Return the lines of a Markdown table; `align` has l or r for each column.

    Examples
    --------
    >>> table(["a", "b"], [["x", 1]], "lr")
    ['| a | b |', '|---|---:|', '| x | 1 |']
    """
    rule = "|".join("---:" if side == "r" else "---" for side in align)
    lines = [[str(text).replace("|", "\\|") for text in row] for row in [head, *rows]]
    first, *rest = (f"| {' | '.join(line)} |" for line in lines)
    return [first, f"|{rule}|", *rest]


TABLES: dict[str, Callable[[list[Chapter]], list[str]]] = {
    "chapters": chapters,
    "timing": timing,
    "exercises": exercises,
}
DOCUMENTS = ("README.md", "docs/lecturers.md")


def with_tables(text: str, course: list[Chapter]) -> str:
    """Return a document with each table between its marks written anew.

    Parameters
    ----------
    text : str
        It holds marks such as ``<!-- chapters, by tools/write_tables.py -->`` ... ``<!-- end -->``.
    course : list of Chapter
        What the tables tell.
    """

    def written(found: re.Match[str]) -> str:
        return "\n\n".join([found[1], "\n".join(TABLES[found[2]](course)), found[3]])

    return _MARKED.sub(written, text)


def main() -> None:
    """Write the tables of all documents."""
    course = read_course()
    for name in DOCUMENTS:
        path = ROOT / name
        path.write_text(with_tables(path.read_text("utf-8"), course), "utf-8", newline="\n")
        print(name)


if __name__ == "__main__":
    main()
