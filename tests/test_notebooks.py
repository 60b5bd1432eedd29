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
CHAPTERS = [path for path in NOTEBOOKS if path.name[0].isdigit()]
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)

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


# ---------------------------------------------------------------- all chapters alike


def author_texts(notebook):
    """Return the text cells that the author wrote; those of the exercises come from their module."""
    return [
        cell.source for cell in notebook.cells if cell.cell_type == "markdown" and not tool.exercise_of(cell)
    ]


def lessons(path):
    """Return (heading, text, names of exercises) of each part under a heading of the second level."""
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        name = tool.exercise_of(cell)
        if name and cell.cell_type == "code":
            parts[-1][2].append(name)
        if cell.cell_type == "markdown" and not name:
            before, *begun = re.split(r"^## ", cell.source, flags=re.MULTILINE)
            if parts:
                parts[-1][1].append(before)
            parts += [(text.partition("\n")[0], [text.partition("\n")[2]], []) for text in begun]
    return [(heading, "\n\n".join(texts), names) for heading, texts, names in parts]


def numbered(path):
    """Return the parts that are lessons: "1.1 What an image is"."""
    return [part for part in lessons(path) if part[0][0].isdigit()]


def bullets(text):
    return re.findall(r"^- ", text, re.MULTILINE)


def minutes_of(text):
    """Return the minutes that stand below a lesson's heading."""
    (minutes,) = re.findall(r"\A\s*\*(\d+) minutes\*\n", text)
    return int(minutes)


@each_chapter
def test_a_chapter_begins_with_what_you_can_do_after_it_its_time_and_what_you_need(path):
    head = author_texts(nbformat.read(path, as_version=4))[0]
    lesson = tool.lesson_of(path)
    assert head.startswith(f"# {lesson.number} · {lesson.title}\n\n")
    assert lesson.number == int(path.name[:2])
    objectives = head.partition("**After this chapter you can**\n\n")[2].partition("\n\n")[0]
    assert len(bullets(objectives)) >= 3
    assert "**You need:**" in head
    ((total, each),) = re.findall(r"\*\*Time:\*\* (\d+) minutes \(([^)]*)\)", head)
    told = {number: int(minutes) for number, minutes in re.findall(r"(\d+\.\d+):\s(\d+)", each)}
    assert told == {heading.split()[0]: minutes_of(text) for heading, text, _ in numbered(path)}
    assert int(total) == sum(told.values())


@each_chapter
def test_headings_and_their_numbers_are_alike_in_all_chapters(path):
    notebook = nbformat.read(path, as_version=4)
    number = int(path.name[:2])
    found = [
        heading
        for text in author_texts(notebook)
        for heading in re.findall(
            r"^(#+) (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE
        )
    ]
    assert [level for level, _ in found].count("#") == 1
    assert {level for level, _ in found} <= {"#", "##", "###"}
    second = [heading for level, heading in found if level == "##"]
    count = len(second) - 2
    assert [heading.split()[0] for heading in second[:count]] == [f"{number}.{k + 1}" for k in range(count)]
    assert second[count:] == ["How far you are", "Further reading"]
    assert not [heading for level, heading in found if level == "###" and re.match(r"\d+\.\d", heading)]
    assert all(heading[-1] not in ".:" for _, heading in found)


@each_chapter
def test_a_lesson_ends_with_an_exercise_that_ties_it_together_and_what_to_remember(path):
    exercises = tool.lesson_of(path).exercises
    parts = numbered(path)
    for heading, text, names in parts:
        *_, taken_away = text.partition(f"**To remember from {heading.split()[0]}**\n\n")
        assert len(bullets(taken_away)) >= 3, heading
        assert len(names) >= 2, heading
        last = "chapter project" if heading == parts[-1][0] else "tie it together"
        assert last in exercises[names[-1]].label, heading
        assert sum(exercises[name].minutes for name in names) <= minutes_of(text), heading


def test_the_course_has_its_exercises():
    assert sum(len(names) for path in CHAPTERS for _, _, names in numbered(path)) >= 45


@each_chapter
def test_a_chapter_ends_with_how_far_you_are_and_further_reading_by_title(path):
    notebook = nbformat.read(path, as_version=4)
    assert code_cells(notebook)[-1].source == "biomedlab.progress()"
    (*_, (_, reading, _)) = lessons(path)
    entries = [line for line in reading.splitlines() if line.startswith("- ")]
    assert len(entries) >= 3
    assert all(re.match(r"- \*[^*]+\*", line) for line in entries)


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


# What a view shows: the pixels of its canvases with what lies over them, and its drawings.
LOOK = """(out) => {
  let hash = 0;
  const add = (text) => {
    for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
  };
  for (const canvas of out.querySelectorAll(".biomedlab canvas")) {
    add(canvas.style.cssText + (canvas.parentElement?.style.cssText ?? "") + canvas.toDataURL());
  }
  for (const drawing of out.querySelectorAll(".biomedlab svg")) add(drawing.innerHTML);
  for (const panel of out.querySelectorAll(".biomedlab-panel")) {
    add([...panel.querySelectorAll("[style]")].map((part) => part.style.cssText).join());
  }
  return hash;
}"""


PUT_BACK = """(slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
}"""


def answers(lab, output, control, key):
    """Whether a key on a control changes what the view shows."""
    before = output.evaluate(LOOK)
    control.press(key)
    for _ in range(100):
        if output.evaluate(LOOK) != before:
            return True
        lab.page.wait_for_timeout(50)
    return False


def slider_answers(lab, output, slider):
    """Whether a slider does, from where it stands to its other end; then it is put back."""
    value, last = slider.evaluate("(one) => [one.value, one.max]")
    answered = answers(lab, output, slider, "Home" if value == last else "End")
    slider.evaluate(PUT_BACK, value)
    return answered


def silent(lab, output):
    """Return the controls of a view that answer no key: its pictures, and each slider on the page."""
    panels = output.locator(".biomedlab-panel:visible").all()
    sliders = output.locator(".biomedlab input[type=range]:visible:enabled").all()
    dumb = [panel for panel in panels if not answers(lab, output, panel, "+")]
    dumb += [slider for slider in sliders if not slider_answers(lab, output, slider)]
    return [one.evaluate("(one) => one.ariaLabel ?? one.parentElement.textContent") for one in dumb]


def widgets(lab):
    """Return the indices of the cells that show a widget; a bar that shows how far loading is, is none."""
    found = []
    for index in range(lab.count()):
        shown_here = [output.get("data", {}) for output in lab.outputs(index)]
        views = [data for data in shown_here if "application/vnd.jupyter.widget-view+json" in data]
        found += [index] if any("%|" not in data["text/plain"] for data in views) else []
    return found


@each_notebook
def test_a_walk_through_a_notebook_every_view_answers_keys_and_is_accessible(path, lab, axe):
    lab.open(path.name)
    lab.run_all()
    assert (lab.failures(), lab.errors, lab.outside) == ([], [], [])
    views = widgets(lab)
    assert bool(views) == (path in CHAPTERS)
    for index in views:
        output = lab.output(index)
        output.locator(".biomedlab").first.wait_for()
        assert silent(lab, output) == [], lab.source(index)
        assert axe(lab.page, f'.jp-Notebook [data-cell="{index}"] .biomedlab') == [], lab.source(index)
    assert (lab.errors, lab.outside) == ([], [])
