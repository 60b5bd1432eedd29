"""The notebooks travel in the wheel and the sdist; `python -m biomedlab course FOLDER` copies them out."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from biomedlab import __main__ as cli
from biomedlab import course

ROOT = Path(__file__).resolve().parents[1]
NAMES = course.course_files(ROOT / "notebooks")


@pytest.fixture
def source(tmp_path):
    """A small course."""
    folder = tmp_path / "package" / "notebooks"
    folder.mkdir(parents=True)
    (folder / "01_a.ipynb").write_text("one")
    (folder / "02_b.ipynb").write_text("two")
    return folder


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "my course"


def contents(folder):
    """Return what a student sees in a folder."""
    return {path.name: path.read_text() for path in folder.iterdir() if path.name[0] != "."}


def done(copied):
    return {file.name: file.done for file in copied.files}


# ---------------------------------------------------------------- copying


def test_a_first_copy_is_whole_and_says_so(source, mine):
    copied = course.copy_course(mine, source=source)
    assert contents(mine) == {"01_a.ipynb": "one", "02_b.ipynb": "two"}
    assert str(copied).splitlines() == [
        f"The course is in {mine}:",
        "  new        01_a.ipynb",
        "  new        02_b.ipynb",
        f'Begin with: python -m jupyterlab "{mine / "01_a.ipynb"}"',
    ]


def test_a_second_copy_changes_nothing(source, mine):
    course.copy_course(mine, source=source)
    before = {path: path.stat().st_mtime_ns for path in mine.glob("*.ipynb")}
    assert set(done(course.copy_course(mine, source=source)).values()) == {"as it was"}
    assert {path: path.stat().st_mtime_ns for path in mine.glob("*.ipynb")} == before


def test_what_a_student_changed_is_kept(source, mine):
    course.copy_course(mine, source=source)
    (mine / "01_a.ipynb").write_text("mine")
    copied = course.copy_course(mine, source=source)
    assert contents(mine) == {"01_a.ipynb": "mine", "02_b.ipynb": "two"}
    assert "  kept       01_a.ipynb, which you changed\n" in str(copied)


def test_an_upgrade_replaces_what_was_not_changed_and_lays_the_rest_beside(source, mine):
    course.copy_course(mine, source=source)
    (mine / "01_a.ipynb").write_text("mine")
    (source / "01_a.ipynb").write_text("one, better")
    (source / "02_b.ipynb").write_text("two, better")
    (source / "03_c.ipynb").write_text("three")
    copied = course.copy_course(mine, source=source)
    assert contents(mine) == {
        "01_a.ipynb": "mine",
        "01_a_new.ipynb": "one, better",
        "02_b.ipynb": "two, better",
        "03_c.ipynb": "three",
    }
    assert "  kept       01_a.ipynb, which you changed; the new one lies beside it as 01_a_new.ipynb" in str(
        copied
    )
    assert done(copied) == {"01_a.ipynb": "kept", "02_b.ipynb": "updated", "03_c.ipynb": "new"}

    again = course.copy_course(mine, source=source)
    assert len(contents(mine)) == 4
    assert again.files[0] == course.Laid("01_a.ipynb", "kept", "01_a_new.ipynb")


def test_a_new_one_that_was_changed_too_is_kept_as_well(source, mine):
    course.copy_course(mine, source=source)
    (mine / "01_a.ipynb").write_text("mine")
    for number, text in enumerate(["better", "best", "very best"]):
        (source / "01_a.ipynb").write_text(text)
        course.copy_course(mine, source=source)
        if number == 1:
            (mine / "01_a_new.ipynb").write_text("mine again")
    assert contents(mine) == {
        "01_a.ipynb": "mine",
        "01_a_new.ipynb": "mine again",
        "01_a_new_2.ipynb": "very best",
        "02_b.ipynb": "two",
    }


def test_files_that_were_never_laid_there_are_the_students(source, mine):
    mine.mkdir()
    (mine / "01_a.ipynb").write_text("something else")
    (mine / "02_b.ipynb").write_text("two")
    (mine / "notes.txt").write_text("notes")
    copied = course.copy_course(mine, source=source)
    assert done(copied) == {"01_a.ipynb": "kept", "02_b.ipynb": "as it was"}
    assert contents(mine)["01_a.ipynb"] == "something else"
    assert contents(mine)["01_a_new.ipynb"] == "one"
    assert contents(mine)["notes.txt"] == "notes"


def test_a_copy_made_by_hand_is_updated_after_it_was_seen_once(source, mine):
    shutil.copytree(source, mine)
    course.copy_course(mine, source=source)
    (source / "01_a.ipynb").write_text("better")
    assert done(course.copy_course(mine, source=source))["01_a.ipynb"] == "updated"


def test_a_deleted_notebook_comes_back(source, mine):
    course.copy_course(mine, source=source)
    (mine / "01_a.ipynb").unlink()
    assert done(course.copy_course(mine, source=source)) == {"01_a.ipynb": "new", "02_b.ipynb": "as it was"}
    assert contents(mine)["01_a.ipynb"] == "one"


def test_folders_within_the_course_come_along_and_what_is_hidden_or_a_students_does_not(source, mine):
    for name in ("images/a.png", ".ipynb_checkpoints/01_a-checkpoint.ipynb", "biomedlab-progress.json"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text("x")
    course.copy_course(mine, source=source)
    found = {path.relative_to(mine).as_posix() for path in mine.rglob("*") if path.is_file()}
    assert found == {"01_a.ipynb", "02_b.ipynb", "images/a.png", course.RECORD}


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"files": 3}', '{"files": ["a"]}', "[" * 100_000])
def test_with_a_damaged_record_nothing_is_overwritten(source, mine, content):
    course.copy_course(mine, source=source)
    (mine / "01_a.ipynb").write_text("mine")
    (source / "02_b.ipynb").write_text("two, better")
    (mine / course.RECORD).write_text(content)
    copied = course.copy_course(mine, source=source)
    assert contents(mine) == {
        "01_a.ipynb": "mine",
        "01_a_new.ipynb": "one",
        "02_b.ipynb": "two",
        "02_b_new.ipynb": "two, better",
    }
    assert "damaged" in str(copied)
    assert json.loads((mine / course.RECORD).read_text())["files"]


def test_a_read_only_installation_gives_files_that_can_be_written(source, mine):
    for path in source.iterdir():
        path.chmod(0o444)
    course.copy_course(mine, source=source)
    (mine / "own").write_text("")
    for path in mine.iterdir():
        assert path.stat().st_mode == (mine / "own").stat().st_mode, "as any file that is made there"


def test_a_folder_or_a_dead_link_of_a_notebooks_name_is_left_alone(source, mine):
    (mine / "01_a.ipynb").mkdir(parents=True)
    expected = {"01_a.ipynb": "kept", "02_b.ipynb": "new"}
    if os.name != "nt":
        (mine / "02_b.ipynb").symlink_to(mine / "nowhere")
        expected["02_b.ipynb"] = "kept"
    assert done(course.copy_course(mine, source=source)) == expected
    assert (mine / "01_a.ipynb").is_dir()
    assert (mine / "01_a_new.ipynb").read_text() == "one"


# ---------------------------------------------------------------- what cannot be done


def test_a_file_is_refused(source, mine):
    mine.write_text("a file")
    with pytest.raises(NotADirectoryError, match="is a file, but a folder is wanted"):
        course.copy_course(mine, source=source)
    assert mine.read_text() == "a file"


def test_a_folder_below_a_file_is_refused_in_a_sentence(source, mine):
    mine.write_text("a file")
    with pytest.raises(OSError, match=r"cannot be written to .*\. Name a folder of your own"):
        course.copy_course(mine / "below", source=source)


@pytest.mark.parametrize("place", [".", "mine", "../notebooks"])
def test_the_courses_own_folder_is_refused(source, place):
    with pytest.raises(ValueError, match="where the course itself lies"):
        course.copy_course(source / place, source=source)
    assert {path.name for path in source.iterdir()} == {"01_a.ipynb", "02_b.ipynb"}


def test_a_folder_that_cannot_be_written_is_named(source, mine, monkeypatch):
    # As the administrator one may write anywhere, so the system's refusal is played.
    def refuse(*arguments, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(course.Path, "write_bytes", refuse)
    with pytest.raises(OSError, match=r"cannot be written to .*my course \(Permission denied\)"):
        course.copy_course(mine, source=source)


def test_a_disk_that_fills_up_loses_nothing_and_the_next_run_mends_it(source, mine, monkeypatch):
    course.copy_course(mine, source=source)
    (source / "01_a.ipynb").write_text("better")
    (source / "02_b.ipynb").write_text("better")
    replace = os.replace

    def full(name, path):
        if Path(path).name == "02_b.ipynb":
            raise OSError(28, "No space left on device")
        replace(name, path)

    monkeypatch.setattr(course.os, "replace", full)
    with pytest.raises(OSError, match="No space left on device"):
        course.copy_course(mine, source=source)
    assert contents(mine) == {"01_a.ipynb": "better", "02_b.ipynb": "two"}
    assert [path.name for path in mine.iterdir() if path.name[0] == "."] == [course.RECORD]
    monkeypatch.undo()
    assert done(course.copy_course(mine, source=source)) == {
        "01_a.ipynb": "as it was",
        "02_b.ipynb": "updated",
    }


def test_an_installation_without_notebooks_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(course, "_PLACES", (tmp_path,))
    with pytest.raises(FileNotFoundError, match="Install it anew"):
        course.course_folder()


# ---------------------------------------------------------------- from a terminal


def test_the_command_copies_the_course_from_a_clone(mine, capsys):
    assert cli.main(["course", str(mine)]) == 0
    told = capsys.readouterr().out
    for name in NAMES:
        assert (mine / name).read_bytes() == (ROOT / "notebooks" / name).read_bytes()
        assert f"  new        {name}\n" in told


def test_the_command_fails_with_one_sentence(mine, capsys):
    mine.write_text("")
    assert cli.main(["course", str(mine)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "is a file" in told.err


# ---------------------------------------------------------------- in the wheel and the sdist


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the wheel and the sdist, and in `editable` the wheel of an editable installation."""
    folder = tmp_path_factory.mktemp("dist")
    for targets in (
        ["-t", "wheel", "-t", "sdist", "-d", folder],
        ["-t", "wheel:editable", "-d", folder / "editable"],
    ):
        command = [sys.executable, "-m", "hatchling", "build", *targets]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder


def names_in(folder):
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as held:
        return held.namelist()


def test_the_wheel_holds_the_notebooks_inside_the_package(built):
    names = names_in(built)
    inside = [name.removeprefix("biomedlab/notebooks/") for name in names if "/notebooks/" in name]
    assert sorted(inside) == NAMES
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.startswith("biomedlab-")} == {"biomedlab"}
    assert not [name for name in names if "progress.json" in name or "/." in name]


def test_the_wheels_own_notebooks_are_copied_out(built, tmp_path):
    (wheel,) = built.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as held:
        held.extractall(site)

    def python(*arguments):
        env = {**os.environ, "PYTHONPATH": str(site)}
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True
        ).stdout

    here = python("-c", "from biomedlab.course import course_folder; print(course_folder())").strip()
    assert Path(here).resolve() == (site / "biomedlab" / "notebooks").resolve()
    assert python("-m", "biomedlab", "course", "mycourse").count("  new  ") == len(NAMES)
    for name in NAMES:
        assert (tmp_path / "mycourse" / name).read_bytes() == (ROOT / "notebooks" / name).read_bytes()


def test_the_sdist_holds_the_notebooks_where_they_stand(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as held:
        names = [name.partition("/")[2] for name in held.getnames()]
    assert sorted(name for name in names if "notebooks/" in name) == [f"notebooks/{name}" for name in NAMES]
    assert {"pyproject.toml", "biomedlab/course.py"} <= set(names)


def test_an_editable_installation_holds_no_copy_that_could_become_stale(built):
    names = names_in(built / "editable")
    assert [name for name in names if name.endswith(".pth")]
    assert not [name for name in names if name.endswith((".py", ".ipynb"))]
