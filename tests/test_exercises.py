"""The exercises, all of them, and the machinery that they share."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
import warnings
from fractions import Fraction
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

import biomedlab
from biomedlab.exercises import Array, Choice, Exercise, Figure, Function, Lesson, Mistake, Number, Place
from biomedlab.exercises import exercise as machinery
from biomedlab.exercises import progress as keeping
from biomedlab.exercises.cards import Card

EXERCISES = [exercise for lesson in keeping.lessons() for exercise in lesson.exercises.values()]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.key)


@pytest.fixture(autouse=True)
def progress_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(keeping.FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def figures_are_closed():
    yield
    plt.close("all")


def answer_of(exercise, code):
    return exercise.lesson.evaluate(code, exercise.variable)


def text_of(verdict):
    return repr(verdict) + verdict._repr_html_()


# ---------------------------------------------------------------- every exercise of the course


@each_exercise
def test_an_exercise_is_whole(exercise):
    assert len(exercise.hints) == 3
    assert len(set(exercise.hints)) == 3
    assert exercise.right, "a second right answer, written differently"
    assert exercise.worked not in exercise.right
    assert len({mistake.name for mistake in exercise.mistakes}) == len(exercise.mistakes) >= 3
    assert 1 <= exercise.minutes <= 20
    texts = [exercise.title, exercise.question, exercise.reason, exercise.further, *exercise.hints]
    texts += [text for mistake in exercise.mistakes for text in (mistake.name, mistake.reason, mistake.look)]
    assert all(text.strip() == text and text.strip() for text in texts)


@each_exercise
def test_an_exercise_is_found_by_its_name(exercise):
    module = __import__(f"biomedlab.exercises.{exercise.lesson.name}", fromlist=["lesson"])
    assert getattr(module, exercise.name) is exercise


@each_exercise
def test_the_solution_is_right(exercise):
    verdict = exercise.check(answer_of(exercise, exercise.worked))
    assert verdict.status == "right", verdict
    assert exercise.further in verdict.paragraphs


@pytest.mark.parametrize(
    ("exercise", "code"), [(exercise, code) for exercise in EXERCISES for code in exercise.right], ids=str
)
def test_a_right_answer_in_other_clothes_is_right(exercise, code):
    verdict = exercise.check(answer_of(exercise, code))
    assert verdict.status == "right", verdict


@each_exercise
def test_a_blank_is_not_attempted(exercise, progress_folder):
    blanks = [..., None, [..., ...]]
    for blank in blanks:
        assert exercise.check(blank).status == "not attempted"
    assert exercise.check().status == "not attempted"
    assert not list(progress_folder.iterdir())


@each_exercise
def test_the_cell_as_given_is_not_attempted(exercise):
    if exercise.variable == exercise.name:
        assert exercise.check(answer_of(exercise, exercise.start)).status == "not attempted"


@pytest.mark.parametrize(
    ("exercise", "mistake"),
    [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes],
    ids=lambda value: value.key if isinstance(value, Exercise) else value.name,
)
def test_a_known_mistake_is_rejected_by_its_name(exercise, mistake):
    verdict = exercise.check(answer_of(exercise, mistake.answer))
    assert verdict.status in ("not yet", "raised")
    assert verdict.mistake == mistake.name, verdict
    assert mistake.reason in verdict.paragraphs


@each_exercise
def test_hints_grow_and_the_solution_shows_code_and_reason(exercise):
    cards = [exercise.hint() for _ in range(4)]
    exercise.reset()
    assert [card.heading for card in cards] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    assert exercise.hint(2).paragraphs[0] == exercise.hints[1]
    assert exercise.worked in exercise.solution().code
    assert exercise.reason in repr(exercise.solution()).replace("\n  ", " ")


# ---------------------------------------------------------------- whatever a student may hand over


class Hostile:
    """Raises whatever is done with it."""

    def _raise(self, *args, **kwargs):
        raise RuntimeError("hostile")

    __eq__ = __array__ = __repr__ = __str__ = __float__ = __len__ = __bool__ = __iter__ = __call__ = _raise
    __getattr__ = __hash__ = __int__ = __index__ = __array_interface__ = __format__ = _raise


class HostileArray(np.ndarray):
    """An array whose every operation raises."""

    def __array_ufunc__(self, *args, **kwargs):
        raise RuntimeError("hostile")

    __array_function__ = __array_ufunc__


class Quits:
    """Ends Python when it is made a number of."""

    def __float__(self):
        raise SystemExit

    def __array__(self, *args, **kwargs):
        raise SystemExit


def prints(*arguments):
    print("x" * 100_000)


def raises(*arguments):
    return arguments[0][10**6][10**6]


def recurses(*arguments):
    return recurses(*arguments)


def quits(*arguments):
    raise SystemExit


def returns_itself(*arguments):
    return returns_itself


def destroys(*arguments):
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument[...] = 0
            argument.resize(argument.size, refcheck=False)
        elif isinstance(argument, (list, tuple)):
            destroys(*argument)
    return arguments[0]


def itself():
    items = []
    items.append(items)
    return items


HOSTILE = {
    "object that raises": Hostile(),
    "its class": Hostile,
    "array that raises": np.zeros((3, 3)).view(HostileArray),
    "one that quits": Quits(),
    "nan": np.nan,
    "infinity": -np.inf,
    "nan array": np.full((4, 4), np.nan),
    "huge integer": 10**5000,
    "huge array": np.broadcast_to(np.uint8(1), (10**6, 10**6)),
    "large list": [0] * 6_000_000,
    "ragged": [[1, 2], [3]],
    "list in itself": itself(),
    "empty list": [],
    "empty array": np.empty((0, 5)),
    "text": "about 5",
    "bytes": b"5",
    "complex": 1 + 2j,
    "truth": True,
    "dict": {"answer": 5},
    "set": {1, 2, 3},
    "generator": (i for i in range(3)),
    "objects": np.array([object(), None]),
    "dates": np.array(["2021-03-17"], dtype="datetime64[D]"),
    "records": np.zeros(3, dtype=[("a", int), ("b", float)]),
    "module": np,
    "widget-like": SimpleNamespace(index="x", axis=Hostile(), axes=[Hostile()], images=[1]),
    "prints": prints,
    "raises": raises,
    "recurses": recurses,
    "quits": quits,
    "returns itself": returns_itself,
    "destroys": destroys,
    "no arguments": lambda: 5,
    "a class": int,
}


@each_exercise
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_a_student_hands_over_breaks_a_check(exercise, name, capsys):
    verdict = exercise.check(HOSTILE[name])
    assert verdict.status in ("not yet", "raised"), verdict
    assert "could not be examined" not in text_of(verdict)
    assert capsys.readouterr().out == ""


def test_a_check_leaves_the_students_array_alone():
    exercise = demo(Array(), "np.arange(6).reshape(2, 3)")
    mine = np.arange(6).reshape(3, 2)
    exercise.check(mine)
    assert mine.shape == (3, 2)
    assert mine.flags.writeable


def test_overwriting_a_lessons_variable_does_not_change_the_truth():
    lesson = Lesson("demo", 0, "Demo", {"image": "np.full((2, 2), 7)"})
    exercise = demo(Number(), "int(image.sum())", lesson=lesson)
    image = "overwritten"
    assert exercise.check(28).right
    assert image == "overwritten"


# ---------------------------------------------------------------- the machinery on small exercises


def demo(kind, worked, mistakes=(), *, lesson=None, **more):
    """Make an exercise with little to say."""
    lesson = lesson or Lesson("demo", 0, "Demo")
    wrongs = tuple(Mistake(name, code, f"You did: {name}.", "Look again.") for name, code in mistakes)
    words = {"title": "Demo", "question": "What?", "reason": "So.", "further": "And more."}
    return Exercise(
        lesson,
        "demo",
        kind=kind,
        minutes=1,
        hints=("a", "b", "c"),
        worked=worked,
        right=(),
        mistakes=wrongs,
        **words,
        **more,
    )


@pytest.mark.parametrize(
    "answer",
    [12, 12.0, np.int64(12), np.float32(12), [12], (12,), np.array(12), np.array([[12]]), Fraction(12)],
)
def test_a_number_may_come_in_many_forms(answer):
    assert demo(Number(), "12").check(answer).right


def test_an_image_is_taken_for_its_values():
    image = biomedlab.Image(np.arange(6).reshape(2, 3), sampling=(2.0, 1.0))
    assert demo(Array(), "np.arange(6).reshape(2, 3)").check(image).right
    assert demo(Number(), "5").check(image[1, 2]).right


def test_a_list_is_no_answer_where_an_array_is_to_be_made():
    exercise = demo(Array(made=True), "np.arange(3)")
    assert exercise.check(np.arange(3)).right
    assert exercise.check([0, 1, 2]).mistake == "list"


def test_a_number_has_its_tolerance_and_its_unit():
    exercise = demo(Number(unit="mm", tolerance=0.5), "10")
    assert exercise.check(10.5).right
    verdict = exercise.check(10.6)
    assert verdict.paragraphs[0] == "Your answer, 10.6 mm, is too large."


@pytest.mark.parametrize(
    ("answer", "words"), [("12", "quotation marks"), (True, "True"), ([1, 2], "holds 2"), (np.nan, "nan")]
)
def test_a_wrong_sort_of_number_is_named(answer, words):
    assert words in text_of(demo(Number(), "12").check(answer))


def test_a_choice_is_read_with_kindness_and_refused_otherwise():
    exercise = demo(Choice({"a": "one", "b": "two"}), "'b'", [("one", "'a'")])
    assert exercise.check(" B) ").right
    assert exercise.check("a").mistake == "one"
    assert '"a" or "b"' in repr(exercise.check("c"))
    for answer in ("two", "b: two", "b) Two.", ["b"]):
        assert exercise.check(answer).right
    for answer in ("a: two", "b or a", "", "the two"):
        assert exercise.check(answer).status == "not yet"
    assert exercise.start == 'demo = ...  # "a" or "b"'
    assert "in quotation marks" in exercise.markdown


def test_a_right_answer_is_confirmed_with_its_reason():
    assert demo(Number(unit="mm"), "12").check(12).paragraphs == ("Yes, 12 mm.", "So.", "And more.")
    assert demo(Number(), "12").check([12.0]).paragraphs[0] == "Yes, 12."
    assert demo(Choice({"a": "one", "b": "two"}), "'b'").check("b").paragraphs[0] == "Yes, b: two."
    assert demo(Array(), "np.arange(3)").check([0, 1, 2]).paragraphs == ("So.", "And more.")


DOUBLE = """
def demo(image):
    return image * 2
"""


def double(**more):
    fresh = lambda rng: (rng.integers(0, 100, (4, 5)),)  # noqa: E731
    kind = Function("(np.arange(6).reshape(2, 3),)", fresh)
    return demo(
        kind, DOUBLE, [("adds", "lambda image: image + 2")], start="def demo(image):\n    ...", **more
    )


def test_a_function_is_tried_on_fresh_images():
    verdict = double().check(lambda image: np.array([[0, 2, 4], [6, 8, 10]]))
    assert verdict.mistake == "hard-coded answer"
    assert double().check(lambda image: image + image).right
    assert double().check(lambda image: (image + image).tolist()).right
    assert double().check(lambda image: image + 2).mistake == "adds"


def test_what_a_student_has_set_does_not_reach_a_check():
    kind = Function("(np.zeros(3),)", lambda rng: (rng.random(3) - 0.5,))
    exercise = demo(kind, "lambda image: np.log(image)")
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert exercise.check(lambda image: np.log(image)).right
        with pytest.raises(FloatingPointError):
            np.log(np.zeros(3))


def test_a_function_that_only_prints_is_named():
    assert double().check(lambda image: print(image * 2)).mistake == "returns nothing"


def test_a_function_that_changes_its_input_is_named():
    def change(image):
        image *= 2
        return image

    mine = np.ones((2, 2), int)
    assert double().check(change).mistake == "changes its input"
    assert mine.sum() == 4


def test_a_functions_result_instead_of_the_function_is_named():
    assert double().check(np.zeros((2, 3))).mistake == "calls the function"


def test_an_untouched_function_is_not_attempted():
    def only_words(image):
        """Double it."""

    def passes(image):
        pass

    def returns_none(image):
        return None

    for function in (only_words, passes, returns_none, lambda image: ...):
        assert double().check(function).status == "not attempted"
    for function in (lambda image: image, lambda image: 0, lambda image: np):
        assert double().check(function).status != "not attempted"


def test_code_handed_out_with_a_mistake_is_not_attempted_until_it_changes():
    exercise = double()
    exercise.start = "def demo(image):\n    return image * 3"
    as_given = exercise.lesson.evaluate(exercise.start, "demo")
    assert exercise.check(as_given).status == "not attempted"
    assert exercise.check(lambda image: image * 4).status == "not yet"


def test_an_error_names_the_line_of_the_students_code():
    def divide(image):
        share = image.sum() / 2
        return share + {}["nowhere"]

    verdict = double().check(divide)
    assert verdict.status == "raised"
    assert "KeyError" in text_of(verdict)
    assert 'return share + {}["nowhere"]' in text_of(verdict)


def test_an_error_inside_a_library_names_the_students_line():
    verdict = double().check(lambda image: np.concatenate([image, image[0]]))
    assert "np.concatenate([image, image[0]])" in text_of(verdict)


def test_a_widget_is_read_and_its_start_is_not_attempted():
    kind = Place({"index": 4, "axis": 0}, start={"index": 90, "axis": 0})
    top = "SimpleNamespace(index=143, axis=0)"
    exercise = demo(kind, "SimpleNamespace(index=37, axis=0)", [("from the top", top)])
    assert exercise.check(SimpleNamespace(index=90, axis=0)).status == "not attempted"
    assert exercise.check(SimpleNamespace(index=40, axis=0)).right
    assert exercise.check(SimpleNamespace(index=140, axis=0)).mistake == "from the top"
    assert "axis" in text_of(exercise.check(SimpleNamespace(index=37, axis=1)))


@pytest.mark.parametrize(
    ("index", "axis", "mistake"),
    [
        (0, 0, "below the eyes"),
        (26, 0, "below the eyes"),
        (42, 0, "just above the eyes"),
        (45, 0, "just above the eyes"),
        (46, 0, "above the eyes"),
        (91, 0, "too high in the head"),
        (180, 0, "counted from the top"),
        (108, 1, "cut another way"),
        (90, 2, "cut another way"),
    ],
)
def test_a_mistake_covers_the_stretch_of_planes_that_look_alike(index, axis, mistake):
    exercise = next(one for one in EXERCISES if one.name == "find_the_eyes")
    assert exercise.check(SimpleNamespace(index=index, axis=axis)).mistake == mistake


@pytest.mark.parametrize(("index", "moment"), [(6, 4), (10, 4), (7, 0), (5, 11), (0, 1)])
def test_a_plane_is_called_right_only_where_the_nodule_is(index, moment):
    exercise = next(one for one in EXERCISES if one.name == "nodule_peak")
    verdict = exercise.check(SimpleNamespace(index=index, time=moment))
    assert verdict.status == "not yet"
    assert "is right" not in text_of(verdict)
    assert f"index is {index}" in text_of(verdict)


def test_labels_the_wrong_way_round_are_seen():
    exercise = next(one for one in EXERCISES if one.name == "show_a_plane")
    shown = "fig, ax = plt.subplots()\nax.imshow(brain[60], cmap='gray')\n"
    swapped = answer_of(exercise, shown + "ax.set(xlabel='Rows', ylabel='mm')")
    assert exercise.check(swapped).mistake == "labels swapped"
    assert exercise.check(answer_of(exercise, shown + "ax.set(xlabel='mm', ylabel='mm')")).right


def picture(cmap="gray", aspect=2, label="column (mm)"):
    figure, axes = plt.subplots()
    axes.imshow(np.eye(3), cmap=cmap, aspect=aspect)
    axes.set_xlabel(label)
    return figure, axes


def test_a_figure_is_looked_at_and_none_is_left_open():
    code = "fig, demo = plt.subplots()\ndemo.imshow(np.eye(3), cmap='gray', aspect=2)\ndemo.set_xlabel('mm')"
    wrong = code.replace("gray", "viridis")
    exercise = demo(Figure(("picture", "cmap", "aspect", "xlabel")), code, [("colours", wrong)])
    figure, axes = picture()
    before = plt.get_fignums()
    for answer in (axes, figure, (figure, axes), axes.images[0], np.array([axes])):
        assert exercise.check(answer).right
    assert exercise.check(picture("viridis")[1]).mistake == "colours"
    assert exercise.check(picture("viridis", label="")[1]).mistake == "colours"
    assert "aspect" in text_of(exercise.check(picture(aspect="equal")[1]))
    assert "no label" in text_of(exercise.check(picture(label="")[1]))
    assert set(before) <= set(plt.get_fignums())
    assert len(plt.get_fignums()) == len(before) + 4
    plt.close("all")


# ---------------------------------------------------------------- time


@pytest.fixture
def short(monkeypatch):
    """Give student code half a second, so that tests do not wait."""
    original = machinery.run
    monkeypatch.setattr(machinery, "run", lambda work: original(work, seconds=0.5))


def endless(image):
    while True:
        image = image + 1


def stubborn(image):
    while True:
        try:
            image = image + 1
        except:  # noqa: E722
            image = image - 1


def running_threads():
    """Return which threads run Python code, once one that ends has had the time to."""
    time.sleep(0.1)
    return set(sys._current_frames())


@pytest.mark.parametrize("function", [endless, stubborn])
def test_a_loop_without_end_is_stopped_and_named(function, short):
    before = running_threads()
    verdict = double().check(function)
    assert verdict.mistake == "too slow"
    assert (
        "image = image + 1" in text_of(verdict)
        or "while True" in text_of(verdict)
        or "pass" in text_of(verdict)
    )
    assert running_threads() == before, "the loop has ended"


def test_a_long_call_into_c_is_left_and_said(short, monkeypatch):
    monkeypatch.setattr("biomedlab.exercises.running._GRACE", 0.1)
    verdict = double().check(lambda image: time.sleep(1.5))
    assert verdict.mistake == "too slow"
    assert "one long call" in text_of(verdict)


@pytest.mark.skipif(os.name == "nt", reason="a signal cannot be sent to oneself there")
@pytest.mark.parametrize("function", [endless, lambda image: time.sleep(3)])
def test_the_stop_button_gets_through(function):
    before = running_threads()
    threading.Timer(0.3, lambda: os.kill(os.getpid(), 2)).start()
    with pytest.raises(KeyboardInterrupt):
        double().check(function)
    assert function is not endless or running_threads() == before, "the loop has ended"


KERNEL = """
import time
from biomedlab.exercises import exploration as ex
def endless(image, row, col, size):
    while True: row += 1
def asleep(image, row, col, size):
    time.sleep(60)
kept = 5
"""

# In a Python of its own: jupyter_client leaves an event loop behind, which is an error in a test.
STUDENT = f"""
import sys, threading
from jupyter_client.manager import run_kernel

def run(code):
    texts = []
    note = lambda message: texts.append(message["content"].get("data", dict()).get("text/plain", ""))
    return client.execute_interactive(code, timeout=120, output_hook=note)["content"], "".join(texts)

with run_kernel(kernel_name="python3") as client:
    run({KERNEL!r})
    reply, text = run("ex.cut_out.check(endless)")
    assert reply["status"] == "ok" and "too slow" in text and "row += 1" in text, text
    threading.Timer(2, client.parent.interrupt_kernel).start()
    reply, text = run("ex.cut_out.check(asleep)")
    assert reply["ename"] == "KeyboardInterrupt", (reply, text)
    assert run("assert kept == 5")[0]["status"] == "ok"
"""


def test_a_kernel_stops_a_loop_by_itself_and_a_long_call_by_its_stop_button():
    done = subprocess.run([sys.executable, "-c", STUDENT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- cards


def test_cards_say_in_words_what_they_show_and_escape_what_students_write():
    card = Card("not yet", "Not <yet>", ("Use `a < b`.",), "if a < b:")
    assert "Not <yet>" in repr(card)
    assert "<code>a &lt; b</code>" in card._repr_html_()
    assert "Not &lt;yet&gt;" in card._repr_html_()
    assert "if a &lt; b:" in card._repr_html_()


# ---------------------------------------------------------------- progress


def test_progress_counts_and_is_private(progress_folder):
    exercise = EXERCISES[0]
    exercise.check(answer_of(exercise, exercise.mistakes[0].answer))
    assert "begun" in repr(keeping.progress())
    exercise.check(answer_of(exercise, exercise.worked))
    exercise.check(answer_of(exercise, exercise.mistakes[0].answer))
    path = progress_folder / keeping.FILE_NAME
    assert json.loads(path.read_text())["exercises"][exercise.key] == {"tries": 3, "right": True}
    assert keeping.progress().right == 1
    assert "of" in keeping.progress()._repr_html_()
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_progress_can_be_reset_one_by_one_or_whole():
    for name in ("a.b", "c.d", "e.f"):
        keeping.record(name, right=True)
    keeping.reset("a.b")
    assert set(keeping._read()[0]) == {"c.d", "e.f"}
    keeping.progress().reset("c.d")
    assert set(keeping._read()[0]) == {"e.f"}
    keeping.progress().reset()
    assert keeping._read()[0] == {}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"version": 1}',
        b'{"version": 1, "exercises": {"a": 3}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_kept_aside(progress_folder, content):
    path = progress_folder / keeping.FILE_NAME
    for number in (1, 2):
        path.write_bytes(content)
        assert f"damaged-{number}" in str(keeping.record("a.b", right=True))
        assert (progress_folder / f"biomedlab-progress-damaged-{number}.json").read_bytes() == content
    assert set(keeping._read()[0]) == {"a.b"}
    path.write_bytes(content)
    assert "damaged-3" in repr(keeping.progress())


def test_a_lecturer_reads_what_a_class_handed_in(tmp_path):
    note = {"version": 1, "exercises": {EXERCISES[0].key: {"tries": 3, "right": True}}}
    for name in ("ada.json", "ben/biomedlab-progress.json", ".hidden/cleo.json", "notes.txt"):
        (tmp_path / "class" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "class" / name).write_text(json.dumps(note))
    (tmp_path / "class" / "dan.json").write_text('{"version": 1}')
    read = keeping.handed_in(tmp_path / "class")
    assert {name: progress.right for name, progress in read.items()} == {
        "ada.json": 1,
        "ben/biomedlab-progress.json": 1,
        "dan.json": 0,
    }
    assert "not a progress file" in read["dan.json"].remark
    assert read["ada.json"].total == len(EXERCISES)
    assert (tmp_path / "class" / "dan.json").read_text() == '{"version": 1}', "nothing is put aside"


def test_a_class_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(NotADirectoryError, match="name the one that holds the files of your class"):
        keeping.handed_in(tmp_path / "nowhere")


def test_progress_that_cannot_be_kept_does_not_break_a_check(tmp_path, monkeypatch):
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    monkeypatch.setenv(keeping.FOLDER_VARIABLE, str(blocked))
    verdict = demo(Number(), "3").check(3)
    assert verdict.right
    assert "could not be kept" in text_of(verdict)
    assert keeping.progress().right == 0


MANY = """
import sys
from biomedlab.exercises.progress import record
for number in range(40):
    assert record(f"demo.{sys.argv[1]}-{number}", right=True) is None
"""


def test_two_notebooks_at_once_lose_nothing():
    workers = [subprocess.Popen([sys.executable, "-c", MANY, str(i)]) for i in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert len(keeping._read()[0]) == 80


def test_progress_lies_where_it_should(monkeypatch, tmp_path):
    assert keeping.folder() == tmp_path
    monkeypatch.delenv(keeping.FOLDER_VARIABLE)
    assert keeping.folder() is None, "nothing is written while tests run"
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.setattr(keeping, "_notebook_folder", lambda: tmp_path / "lessons")
    (tmp_path / "lessons").mkdir()
    assert keeping.folder() == tmp_path / "lessons"
    monkeypatch.setattr(keeping, "_notebook_folder", lambda: None)
    assert str(keeping.folder()).endswith("biomedlab")


def test_two_exercises_cannot_share_a_name():
    lesson = Lesson("demo", 0, "Demo")
    demo(Number(), "1", lesson=lesson)
    with pytest.raises(ValueError, match="two exercises"):
        demo(Number(), "1", lesson=lesson)
