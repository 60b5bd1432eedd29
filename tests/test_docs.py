"""What the documents promise: commands, links and spelling, and no word of one machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
UV = "python -m pip install uv && python -m uv run"
LAB = f"{UV} --no-dev jupyter lab --allow-root notebooks/01_exploration.ipynb"
TEST = f"{UV} pytest"
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE-text.md", "biomedlab/data/LICENSES.md")

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


def broken_links(text: str, folder: Path) -> list[str]:
    """Return the links of a Markdown text to files that are not there; `folder` is where the text stands."""
    shown = CODE.sub("", text)
    targets = [*LINK.findall(shown), *TAG.findall(shown)]
    local = [t for t in targets if not re.match(r"[a-z][a-z+.-]*:|#|//", t)]
    return [t for t in local if not (folder / t.partition("#")[0]).exists()]


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


def test_links_to_local_files_lead_somewhere() -> None:
    for name in DOCUMENTS:
        path = ROOT / name
        assert broken_links(path.read_text("utf-8"), path.parent) == [], name
    for path in notebooks():
        assert broken_links(prose(path), path.parent) == [], path.name


def test_a_broken_link_is_seen() -> None:
    text = "[a](README.md#top) ![b](gone.png) <img alt='c' src='gone.jpg'> [d](http://e.org) `[e](code.md)`"
    assert broken_links(text, ROOT) == ["gone.png", "gone.jpg"]


def test_every_picture_has_an_alternative_text() -> None:
    for name, text in [(n, (ROOT / n).read_text("utf-8")) for n in DOCUMENTS] + [
        (path.name, prose(path)) for path in notebooks()
    ]:
        assert re.findall(r"!\[\s*\]", text) == [], name
        for tag in re.findall(r"<img\b[^>]*>", text):
            assert re.search(r"\balt\s*=\s*[\"'][^\"']+", tag), f"{name}: {tag}"


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
