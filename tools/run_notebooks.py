"""Run the notebooks and store them with clean outputs.

`uv run python tools/run_notebooks.py` runs all of them, with names only those. A markdown cell that holds
nothing but ``{{exercise pixel_count}}`` becomes the question of that exercise and the cell for its answer;
both are written anew from `biomedlab.exercises` at each run, so the words stand in one place only.
"""

import argparse
import os
import re
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
_PLACE = re.compile(r"\{\{exercise (\w+)\}\}")
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


def lesson_of(path: Path) -> Any:
    """Return the lesson of a notebook, 01_exploration -> exploration, or None if it has no exercises."""
    try:
        return import_module(f"biomedlab.exercises.{path.stem.split('_', 1)[1]}").lesson
    except (ImportError, IndexError):
        return None


def with_exercises(notebook: Any, lesson: Any) -> Any:
    """Write the question and the cell for the answer of each exercise that the notebook names."""
    cells = []
    for cell in notebook.cells:
        place = _PLACE.fullmatch(cell.source.strip()) if cell.cell_type == "markdown" else None
        if place:
            cells += [
                _tagged(nbformat.v4.new_markdown_cell(), place[1]),
                _tagged(nbformat.v4.new_code_cell(), place[1]),
            ]
        else:
            cells.append(cell)
    for cell in cells:
        name = exercise_of(cell)
        if name:
            exercise = lesson.exercises[name]
            cell.source = exercise.markdown if cell.cell_type == "markdown" else answer_cell(exercise)
    notebook.cells = cells
    return notebook


def exercise_of(cell: Any) -> str | None:
    """Return the name of the exercise that a cell belongs to."""
    return cell.metadata.get("biomedlab", {}).get("exercise")


def _tagged(cell: Any, name: str) -> Any:
    cell.metadata["biomedlab"] = {"exercise": name}
    return cell


def answer_cell(exercise: Any, answer: str | None = None) -> str:
    """Return the code of an answer's cell: with the answer, or with what the student starts from."""
    answer = exercise.start if answer is None else answer
    check = f"ex.{exercise.name}.check({exercise.variable})"
    return check if answer == exercise.variable else f"{answer}\n\n{check}"


def solved(notebook: Any, lesson: Any) -> Any:
    """Put the worked solution into each cell for an answer."""
    for cell in notebook.cells:
        name = exercise_of(cell)
        if name and cell.cell_type == "code":
            cell.source = answer_cell(lesson.exercises[name], lesson.exercises[name].worked)
    return notebook


def execute(notebook: Any, folder: Path) -> Any:
    """Run all cells in `folder`, with progress of its own; an error in a cell ends it."""
    with tempfile.TemporaryDirectory() as progress:
        # A bar that appears only where loading is slow must not be stored.
        env = os.environ | {"BIOMEDLAB_PROGRESS": progress, "TQDM_DISABLE": "1"}
        how = {"store_widget_state": False, "record_timing": False, "coalesce_streams": True}
        client = NotebookClient(notebook, timeout=300, **how)
        client.execute(cwd=str(folder), env=env)
    return clean(notebook)


def clean(notebook: Any) -> Any:
    """Drop what changes with every run or needs a kernel, and name the picture of a widget in words."""
    notebook.metadata = nbformat.from_dict(_METADATA)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        kept = cell.metadata.get("biomedlab")
        cell.metadata = nbformat.from_dict({"biomedlab": kept} if kept else {})
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop("application/vnd.jupyter.widget-view+json", None)
            if "data:image/png" in data.get("text/html", ""):
                data.pop("image/png", None)  # the same picture; the HTML has its words too
            if "image/png" in data:
                output.metadata.setdefault("image/png", {}).setdefault("alt", data["text/plain"])
    return notebook


def main() -> None:
    """Run the notebooks that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb")))
    parser.add_argument(
        "--solved", action="store_true", help="with the worked solutions filled in; give --to as well"
    )
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="write there instead of in place")
    asked = parser.parse_args()
    if asked.solved and not asked.to:
        parser.error("--solved would write the solutions into the course: name another folder with --to")
    for path in asked.notebooks:
        lesson = lesson_of(path)
        notebook = with_exercises(nbformat.read(path, as_version=4), lesson)
        execute(solved(notebook, lesson) if asked.solved else notebook, path.resolve().parent)
        stored = asked.to / path.name if asked.to else path
        nbformat.write(notebook, stored)
        print(f"{stored.name}: {stored.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
