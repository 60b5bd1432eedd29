"""Imports run one way: exercises and widgets, plotting, reading and data, image, the pure modules."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

import biomedlab

PACKAGE = Path(biomedlab.__file__).parent

# A module may import those on the lines below its own, and those inside its own folder.
LAYERS = (
    {"__main__"},
    {"course", "exercises", "widgets"},
    {"plotting"},
    {"reading", "data"},
    {"image"},
    {"filters", "geometry", "intensity", "masks"},
    {"_checks"},
)
# The pure modules may lean on each other; no other neighbours in a layer may.
PURE = {"filters", "geometry", "intensity", "masks", "_checks"}
ARRAYS_ONLY = {"numpy", "scipy", "skimage"}

# Who may import a package that is slow, or that draws; whoever is not named may not.
KEPT_TO = {
    "matplotlib": {"plotting", "widgets", "exercises"},
    "anywidget": {"widgets"},
    "ipywidgets": {"widgets", "exercises"},
    "traitlets": {"widgets"},
    "pydicom": {"reading", "data"},
    "nibabel": {"reading", "data"},
    "tifffile": {"reading", "data"},
    "imageio": {"reading", "data"},
}


def imported(source: str, module: str, *, package: bool = False) -> Iterator[str]:
    """Yield the dotted names that a module's text imports, wherever in it, those by `import_module` too."""
    here = module if package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=origin, names=names, level=level):
                base = resolve_name("." * level + (origin or ""), here) if level else origin
                # `from biomedlab import data` imports the module below; elsewhere the origin tells enough.
                yield from (f"{base}.{name.name}" for name in names)
            case ast.Call(func=ast.Name("import_module"), args=[ast.Constant(str() as name), *_]):
                yield name


def layer(name: str) -> int:
    return next(depth for depth, names in enumerate(LAYERS) if name in names)


def faults(source: str, module: str, *, package: bool = False) -> list[str]:
    """Return what a module of biomedlab imports against the rules, given its text and dotted name."""
    own = module.split(".")[1]
    found = []
    for name in imported(source, module, package=package):
        top, _, below = name.partition(".")
        if top == "biomedlab":
            other = below.partition(".")[0]
            if other == own or other.startswith("__"):
                continue
            if not any(other in names for names in LAYERS):
                found.append(f"{module} imports {name}: name the module, not biomedlab's own door")
            elif layer(other) < layer(own) or (layer(other) == layer(own) and own not in PURE):
                found.append(f"{module} imports {name}, which is not below it")
        elif own in PURE and top not in ARRAYS_ONLY | sys.stdlib_module_names:
            found.append(f"{module} imports {name}: a pure module knows arrays only")
        elif own not in KEPT_TO.get(top, {own}):
            found.append(f"{module} imports {name}, which is kept to {sorted(KEPT_TO[top])}")
    return found


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def test_every_module_has_a_layer() -> None:
    tops = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert tops <= set().union(*LAYERS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(path: Path) -> None:
    module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    assert faults(path.read_text("utf-8"), module, package=path.name == "__init__.py") == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("biomedlab.geometry", "from biomedlab.image import Image"),
        ("biomedlab.geometry", "import matplotlib.pyplot as plt"),
        ("biomedlab.masks", "def f():\n    import pydicom"),
        ("biomedlab.image", "from . import reading"),
        ("biomedlab.image", "from biomedlab import plotting"),
        ("biomedlab.reading.dicom", "from ..data import path"),
        ("biomedlab.reading.dicom", "import matplotlib"),
        ("biomedlab.plotting", "from biomedlab.widgets.picture import picture"),
        ("biomedlab.exercises.kinds", "from biomedlab.widgets import SliceBrowser"),
        ("biomedlab.exercises.kinds", "from biomedlab import SliceBrowser"),
        ("biomedlab.exercises.kinds", "import_module('biomedlab.widgets')"),
        ("biomedlab.widgets.page", "from biomedlab.exercises import progress"),
        ("biomedlab.widgets.page", "import biomedlab"),
    ],
)
def test_a_wrong_import_is_seen(module: str, source: str) -> None:
    assert len(faults(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "biomedlab.masks",
            "import math\nimport numpy as np\nfrom scipy import ndimage\nfrom . import geometry",
        ),
        ("biomedlab.image", "from biomedlab import geometry\nfrom biomedlab._checks import whole"),
        ("biomedlab.reading.dicom", "import pydicom\nfrom .errors import ImageReadError"),
        (
            "biomedlab.widgets.browser",
            "from biomedlab.widgets import picture\nfrom biomedlab import intensity",
        ),
    ],
)
def test_a_right_import_is_let_through(module: str, source: str) -> None:
    assert faults(source, module) == []
