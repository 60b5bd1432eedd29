"""`import biomedlab` is quick: it loads nothing that draws, reads files or filters until that is used."""

from __future__ import annotations

import json
import subprocess
import sys

import biomedlab

SLOW = (
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "IPython",
    "pydicom",
    "nibabel",
    "skimage",
    "scipy",
    "imageio",
    "PIL",
)


def loaded_by(code: str) -> set[str]:
    """Return the top-level packages that a new interpreter holds after running `code`."""
    told = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{told}"], capture_output=True, text=True, check=True, timeout=300
    )
    return set(json.loads(done.stdout))


def test_import_loads_nothing_slow() -> None:
    loaded = loaded_by("import biomedlab")
    assert "biomedlab" in loaded
    assert loaded.isdisjoint(SLOW)


def test_the_pure_modules_load_nothing_that_draws() -> None:
    loaded = loaded_by("from biomedlab import geometry, intensity; geometry.centre, intensity")
    assert "numpy" in loaded
    assert loaded.isdisjoint({"matplotlib", "ipywidgets", "pydicom", "nibabel"})


def test_a_slow_package_would_be_seen() -> None:
    assert "ipywidgets" in loaded_by("import biomedlab; biomedlab.SliceBrowser")


def test_every_public_name_is_there() -> None:
    for name in biomedlab.__all__:
        assert getattr(biomedlab, name) is not None
    assert set(biomedlab.__all__) <= set(dir(biomedlab))
