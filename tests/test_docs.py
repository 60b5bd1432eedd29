"""What the documents promise: commands, links, tables and spelling, and no word of one machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
import yaml

from biomedlab.course import course_files

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
UV = "python -m pip install uv && python -m uv run"
LAB = f"{UV} --no-dev jupyter lab --allow-root notebooks/01_exploration.ipynb"
TEST = f"{UV} pytest"
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE-text.md", "biomedlab/data/LICENSES.md"),
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
)

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
TAG = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)

# Folders of one person or one machine, in pieces, so that this file does not hold them.
MACHINE = re.compile(
    "|".join(
        (
            "/" + r"home/[a-z]\w*/",
            "/" + r"Users/[A-Za-z]\w*/",
            "/" + "root/",
            r"[A-Z]:\\+" + r"Users\\",
            "/tmp/" + "ipykernel",
        )
    )
)
REGISTRIES = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("anaconda", "org"),
    ("deb", "debian", "org"),
    ("playwright", "dev"),
)


def tracked() -> list[Path]:
    """Return the files of the project: what git tracks, or without git what is not hidden or built."""
    listed = None
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    if listed is not None:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    built = {"node_modules", "build", "dist", "__pycache__", "test-results"}
    files = (path for path in ROOT.rglob("*") if path.is_file())
    return [
        path
        for path in files
        if not any(part in built or part.startswith(".v") for part in path.relative_to(ROOT).parts)
    ]


def text_of(path: Path) -> str | None:
    """Return a file's text, or None if it is not text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def words(path: Path) -> str:
    """Return what a notebook's author wrote: its cells, without outputs and attached pictures."""
    notebook = nbformat.read(path, as_version=4)
    return "\n\n".join(cell["source"] for cell in notebook["cells"])


def prose(path: Path) -> str:
    """Return a notebook's text cells."""
    notebook = nbformat.read(path, as_version=4)
    return "\n\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def text_with_links(path: Path) -> str:
    """Return what may hold links: a notebook's text cells, or the whole of a Markdown file."""
    return prose(path) if path.suffix == ".ipynb" else path.read_text("utf-8")


def links(text: str) -> list[str]:
    """Return the targets of a Markdown text's links and pictures, other sites' left out."""
    shown = CODE.sub("", text)
    return [
        target
        for target in [*LINK.findall(shown), *TAG.findall(shown)]
        if not re.match(r"[a-z][a-z+.-]*:|//", target)
    ]


def headings(path: Path) -> list[str]:
    """Return the headings of a document, without their #."""
    shown = re.sub(r"```.*?```", "", text_with_links(path), flags=re.DOTALL)
    return [found.strip() for found in re.findall(r"^#{1,6} +(.+)$", shown, re.MULTILINE)]


def anchors(path: Path) -> set[str]:
    """Return what a link to a place in the document may name: Jupyter's rule for notebooks, else GitHub's."""
    if path.suffix == ".ipynb":
        return {heading.replace(" ", "-") for heading in headings(path)}
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings(path))
    return {heading.replace(" ", "-") for heading in plain}


def broken_links(text: str, path: Path) -> list[str]:
    """Return the links of a Markdown text in `path` that lead to no file, or to no heading in it."""
    return [target for target in links(text) if not leads_somewhere(target, path)]


def leads_somewhere(target: str, path: Path) -> bool:
    name, _, anchor = target.partition("#")
    there = path.parent / name if name else path
    return there.exists() and (not anchor or anchor in anchors(there))


def glossary_terms() -> set[str]:
    path = ROOT / "notebooks" / "glossary.ipynb"
    return {found.replace(" ", "-") for found in re.findall(r"^### +(.+)$", prose(path), re.MULTILINE)}


def terms_linked(path: Path) -> set[str]:
    return {target.partition("#")[2] for target in links(prose(path)) if target.startswith("glossary.ipynb#")}


def test_readme_has_each_command_on_a_line_of_its_own() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert lines.count(LAB) == 1
    assert lines.count(TEST) == 1


def test_ci_and_the_workflow_run_the_readmes_test_command() -> None:
    assert f"{TEST} </dev/null" in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8"))
    assert TEST in [step.get("run") for step in workflow["jobs"]["readme"]["steps"]]


def test_the_notebook_of_the_readme_is_there() -> None:
    assert (ROOT / LAB.rpartition(" ")[2]).is_file()


def test_the_readme_lists_every_chapter() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        assert f"(notebooks/{path.name})" in text, path.name


@pytest.mark.parametrize(
    "path", [*(ROOT / name for name in DOCUMENTS), *notebooks()], ids=lambda path: path.stem
)
def test_links_lead_to_a_file_and_a_heading_in_it(path: Path) -> None:
    assert broken_links(text_with_links(path), path) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    text = "[a](README.md#top) ![b](gone.png) <img alt='c' src='gone.jpg'> [d](http://e.org) `[e](code.md)`"
    assert broken_links(text, ROOT / "here.md") == ["README.md#top", "gone.png", "gone.jpg"]
    assert broken_links("[a](README.md#in-your-own-work) [b](README.md)", ROOT / "here.md") == []
    (tmp_path / "own.md").write_text("# A title, long\n```\n# no title\n```\n", "utf-8")
    assert broken_links("[a](#a-title-long) [b](#no-title)", tmp_path / "own.md") == ["#no-title"]
    glossary = "[a](glossary.ipynb#voxel) [b](glossary.ipynb#data-type) [c](glossary.ipynb#Voxel)"
    assert broken_links(glossary, ROOT / "notebooks" / "own.ipynb") == ["glossary.ipynb#Voxel"]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_links_only_to_what_is_copied_out_with_it(path: Path) -> None:
    travels = {*course_files(path.parent), ""}
    assert {target.partition("#")[0] for target in links(prose(path))} <= travels


def test_every_word_of_the_glossary_is_linked_from_a_chapter() -> None:
    chapters = [path for path in notebooks() if path.name[0].isdigit()]
    linked = set().union(*map(terms_linked, chapters))
    assert glossary_terms() - linked == set()
    assert linked - glossary_terms() == set()


def test_the_glossary_is_in_the_order_of_the_alphabet() -> None:
    found = re.findall(r"^### +(.+)$", prose(ROOT / "notebooks" / "glossary.ipynb"), re.MULTILINE)
    assert found == sorted(found, key=str.casefold)
    assert len(found) == len(set(found))


def test_every_picture_has_an_alternative_text() -> None:
    for name, text in [(n, (ROOT / n).read_text("utf-8")) for n in DOCUMENTS] + [
        (path.name, prose(path)) for path in notebooks()
    ]:
        assert re.findall(r"!\[\s*\]", text) == [], name
        for tag in re.findall(r"<img\b[^>]*>", text):
            assert re.search(r"\balt\s*=\s*[\"'][^\"']+", tag), f"{name}: {tag}"


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    """tools/write_tables.py, which writes the tables of chapters and exercises."""
    spec = spec_from_file_location("write_tables", ROOT / "tools" / "write_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_as_the_notebooks_and_exercises_have_them(tables: ModuleType) -> None:
    course = tables.read_course()
    for name in tables.DOCUMENTS:
        text = (ROOT / name).read_text("utf-8")
        assert text == tables.with_tables(text, course), f"{name}: run tools/write_tables.py"
    marked = "".join((ROOT / name).read_text("utf-8") for name in tables.DOCUMENTS)
    for name in tables.TABLES:
        assert marked.count(f"<!-- {name}, by tools/write_tables.py -->") == 1


def test_every_exercise_is_in_a_table(tables: ModuleType) -> None:
    course = tables.read_course()
    listed = [exercise.key for chapter in course for exercise in chapter.exercises]
    assert len(listed) == len(set(listed)) > 0
    for chapter in course:
        names = set(chapter.exercises[0].lesson.exercises)
        assert {exercise.name for exercise in chapter.exercises} == names


def test_a_stale_table_is_seen(tables: ModuleType) -> None:
    text = "A\n\n<!-- chapters, by tools/write_tables.py -->\n\n| old |\n\n<!-- end -->\n\nB\n"
    written = tables.with_tables(text, tables.read_course())
    assert "| old |" not in written
    assert "[Exploration](notebooks/01_exploration.ipynb)" in written
    assert written.startswith("A\n\n<!--")
    assert written.endswith("\n\n<!-- end -->\n\nB\n")


def code_of_lecturers_page(language: str) -> list[str]:
    text = (ROOT / "docs" / "lecturers.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_lecturers_page_reads_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (progress_file,) = code_of_lecturers_page("json")
    assert json.loads(progress_file)["version"] == 1
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ada.json").write_text(progress_file, "utf-8")
    monkeypatch.chdir(tmp_path)
    exec(code_of_lecturers_page("python")[0], {})  # noqa: S102 - the page's own code
    assert re.match(r"ada.json 1 of \d+ \n +Exploration 1 of", capsys.readouterr().out)


def test_the_lecturers_page_adds_an_exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIOMEDLAB_PROGRESS", str(tmp_path))
    space: dict[str, Any] = {}
    exec(code_of_lecturers_page("python")[1], space)  # noqa: S102
    exercise = space["planes"]
    assert exercise.check(181).right
    assert exercise.check(...).status == "not attempted"
    for code in exercise.right:
        assert exercise.check(exercise.lesson.evaluate(code, "planes")).right
    for mistake in exercise.mistakes:
        wrong = exercise.lesson.evaluate(mistake.answer, "planes")
        assert exercise.check(wrong).mistake == mistake.name


def test_spelling() -> None:
    command = [sys.executable, "-m", "codespell_lib"]
    names = [str(path.relative_to(ROOT)) for path in tracked()]
    done = subprocess.run([*command, *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in notebooks():
        read = subprocess.run(
            [*command, "-"],
            input=words(path),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
        assert read.returncode == 0, f"{path.name}: {read.stdout}{read.stderr}"


def test_spelling_sees_a_mistake() -> None:
    wrong = "t" + "eh"
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", "-"],
        input=wrong,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0


def test_no_file_tells_of_the_machine_it_was_made_on() -> None:
    hosts = [".".join(parts) for parts in REGISTRIES]
    for path in tracked():
        text = text_of(path)
        if text is None:
            continue
        name = path.relative_to(ROOT).as_posix()
        assert (found := MACHINE.search(text)) is None, f"{name}: {found}"
        for mine in {str(ROOT), str(Path.home()), sys.prefix}:
            assert len(mine) < 4 or mine not in text, f"{name} holds {mine}"
        assert [host for host in hosts if host in text] == [], name


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == PROJECT["project"]["version"]


def test_every_licence_that_pyproject_names_is_there() -> None:
    for pattern in PROJECT["project"]["license-files"]:
        assert list(ROOT.glob(pattern)), pattern


def test_pre_commit_runs_the_pinned_tools() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    revisions = {hook["id"]: repo["rev"] for repo in hooks for hook in repo["hooks"]}
    pins = dict(pin.split(" ;")[0].split("==") for pin in PROJECT["tool"]["uv"]["constraint-dependencies"])
    for hook, package in (("ruff-check", "ruff"), ("ty", "ty"), ("codespell", "codespell")):
        assert revisions[hook] == f"v{pins[package]}", hook


def test_every_exception_to_the_review_has_its_reason() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for check in PROJECT["tool"]["repo-review"]["ignore"]:
        assert f"`{check}`" in contributing, check


def test_the_repository_passes_the_fields_review() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "repo_review", str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
