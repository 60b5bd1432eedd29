"""The notebooks: stored as they run, to the letter and the picture; right with the solutions filled in."""

import base64
import importlib.util
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image
from views import shown

import biomedlab
from biomedlab.widgets import picture

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

_spec = importlib.util.spec_from_file_location("run_notebooks", ROOT / "tools" / "run_notebooks.py")
assert _spec is not None
assert _spec.loader is not None
tool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def stored_texts(notebook):
    """Return every text that the outputs hold, pictures left out."""
    texts = []
    for output in outputs(notebook):
        texts += [output.get("text", ""), *output.get("traceback", [])]
        texts += [text for mime, text in output.get("data", {}).items() if mime.startswith("text/")]
    return [re.sub(r"base64,[A-Za-z0-9+/=]+", "", text) for text in texts]


def pictures(cell):
    """Return the pictures of a cell's outputs, each as a small grey array."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        found += re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", data.get("text/html", ""))
        found += [data["image/png"]] if "image/png" in data else []
    return [_small(base64.b64decode(code)) for code in found]


def verdict(cell):
    """Return the first line of what the check in a cell said; the cell may draw a figure, too."""
    texts = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return next(text for text in texts if "Exercise" in text).splitlines()[0]


def _small(png):
    # An eighth of the size: letters of another font blur away, a wrong image does not.
    image = Image.open(io.BytesIO(png)).convert("L")
    return np.asarray(image.resize((image.width // 8, image.height // 8), Image.Resampling.BOX), float)


def unlike(one, other):
    """Return how far two small pictures are apart, in grey levels."""
    assert abs(np.array(one.shape) - other.shape).max() <= 2, (one.shape, other.shape)
    rows, columns = np.minimum(one.shape, other.shape)
    return np.abs(one[:rows, :columns] - other[:rows, :columns]).mean()


def test_there_are_notebooks():
    assert (ROOT / "notebooks" / "01_exploration.ipynb") in NOTEBOOKS


@each_notebook
def test_a_notebook_runs_as_stored_to_the_letter(path, tmp_path):
    config = tmp_path / "pytest.ini"
    config.write_text("[pytest]\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        config,
        f"--rootdir={ROOT}",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command += [
        "--nbval",
        "--nbval-current-env",
        f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}",
        path,
    ]
    env = {
        **os.environ,
        "BIOMEDLAB_PROGRESS": str(tmp_path / "progress"),
        "TQDM_DISABLE": "1",
        "COLUMNS": "200",
    }
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    count = len(code_cells(nbformat.read(path, as_version=4)))
    assert f"{count} passed" in done.stdout
    assert not (tmp_path / "progress").exists()


@each_notebook
def test_every_code_cell_carries_its_run(path):
    notebook = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in code_cells(notebook)] == list(
        range(1, len(code_cells(notebook)) + 1)
    )
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]


@each_notebook
def test_nothing_stored_belongs_to_one_machine(path):
    notebook = nbformat.read(path, as_version=4)
    places = [
        r"(?<![\w:/.<])/(?:home|root|tmp|work|usr|opt|var|Users|private|mnt)/",
        r"\b[A-Za-z]:\\",
        r"\bat 0x[0-9a-f]+",
    ]
    assert not [text for text in stored_texts(notebook) for place in places if re.search(place, text)]
    assert "widgets" not in notebook.metadata
    assert set(notebook.metadata.kernelspec.values()) == {"Python 3 (ipykernel)", "python", "python3"}


@each_notebook
def test_every_picture_has_words(path):
    for output in outputs(nbformat.read(path, as_version=4)):
        data = output.get("data", {})
        for tag in re.findall(r"<img [^>]*>", data.get("text/html", "")):
            assert re.search(r'alt="[^"]{20,}"', tag)
        if "image/png" in data:
            assert len(output.metadata["image/png"]["alt"]) > 20


@each_notebook
def test_a_notebook_is_small_and_its_cells_are_short(path):
    assert path.stat().st_size < 2_000_000
    notebook = nbformat.read(path, as_version=4)
    assert not [cell.source for cell in code_cells(notebook) if len(cell.source.splitlines()) > 25]


@each_notebook
def test_questions_stand_as_the_exercises_have_them(path):
    notebook = nbformat.read(path, as_version=4)
    lesson = tool.lesson_of(path)
    before = [(cell.cell_type, cell.source) for cell in notebook.cells]
    asked = [tool.exercise_of(cell) for cell in code_cells(notebook)]
    assert [name for name in asked if name] == list(lesson.exercises if lesson else [])
    assert [(cell.cell_type, cell.source) for cell in tool.with_exercises(notebook, lesson).cells] == before


@each_notebook
def test_with_the_solutions_every_check_is_right_and_the_pictures_are_as_stored(path, tmp_path):
    # In a Python of its own: nbclient leaves an event loop behind, which is an error in a test.
    command = [sys.executable, ROOT / "tools" / "run_notebooks.py", "--solved", "--to", tmp_path, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    stored, rerun = (nbformat.read(folder / path.name, as_version=4) for folder in (path.parent, tmp_path))
    asked = [cell for cell in code_cells(rerun) if tool.exercise_of(cell)]
    wrong = {tool.exercise_of(cell): verdict(cell) for cell in asked if not verdict(cell).endswith(": right")}
    assert not wrong
    for old, new in zip(code_cells(stored), code_cells(rerun), strict=True):
        if not tool.exercise_of(old):
            assert len(pictures(old)) == len(pictures(new)), old.source
            for one, other in zip(pictures(old), pictures(new), strict=True):
                assert unlike(one, other) < 2, old.source


def test_another_picture_would_be_seen():
    ramp = np.tile(np.linspace(0, 255, 80), (40, 1))
    assert unlike(ramp, ramp[:, ::-1]) > 2
    assert unlike(ramp, np.roll(ramp, 8, axis=1)) > 2
    assert unlike(ramp, ramp + 0.5) < 2


# ---------------------------------------------------------------- in JupyterLab


def where(lab, text):
    """Return the index of the first code cell that holds this text."""
    cells = lab.js("return panel.content.widgets.map((one) => one.model.type);")
    return next(i for i, kind in enumerate(cells) if kind == "code" and text in lab.source(i))


def test_a_student_opens_chapter_1_browses_to_the_eyes_and_is_told_so(lab, axe):
    lab.open("01_exploration.ipynb")
    lab.run_all()
    assert (lab.failures(), lab.errors, lab.outside) == ([], [], [])

    view, question = where(lab, "SliceBrowser(brain"), where(lab, "ex.find_the_eyes.check")
    assert "not attempted" in lab.text(question)
    lab.output(view).get_by_label("pln", exact=True).focus()
    for _ in range(90 - 33):
        lab.page.keyboard.press("ArrowLeft")
    brain = biomedlab.load(biomedlab.data.path("brain"))
    expected = picture.pixels(np.asarray(brain[33]), biomedlab.SliceBrowser(brain).window, "gray")
    np.testing.assert_array_equal(shown(lab, view), expected)
    lab.run_cell(question)
    assert "Exercise 1.1: right" in lab.text(question)

    wrong = where(lab, "ex.one_pixel.check")
    lab.set_source(wrong, "ex.one_pixel.check(chest[240, 680])")
    lab.run_cell(wrong)
    assert "row and column swapped" in lab.text(wrong)
    for theme in ("light", "dark"):
        lab.theme(theme)
        for index in (question, wrong):
            lab.output(index)
            assert axe(lab.page, f'.jp-Notebook [data-cell="{index}"] .jp-Cell-outputArea') == []
    assert (lab.errors, lab.outside) == ([], [])
