"""What all explorers share: pages that say what needs Jupyter, and the name of the plane that was counted."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import pytest

import biomedlab

if TYPE_CHECKING:
    from pathlib import Path

EXPLORERS = ["HistogramExplorer", "EqualizationExplorer", "MaskTuner", "FilterExplorer"]
BOX = {"Draw a box", "Box"}
NEED_JUPYTER = {
    "HistogramExplorer": {"Count"} | BOX,
    "EqualizationExplorer": {"Pixel", "Clip limit", "Part, pixels (0"} | BOX,
    "MaskTuner": {"Clean up", "Otsu's threshold", "outline", "Step 1", "Step 4", "size"},
    "FilterExplorer": {"Filter", "Presets", "Kernel", "Sigma, pixels", "Beyond the edge", "Pixel"},
}


def made(name: str) -> Any:
    volume = np.random.default_rng(0).integers(0, 200, (5, 16, 20)).astype(np.uint8)
    return getattr(biomedlab, name)(volume)


def controls(widget: Any) -> set[str]:
    """Return the names of all controls of ipywidgets inside, which nothing works without a kernel."""
    name = getattr(widget, "description", "") if not isinstance(widget, ipywidgets.HTML) else ""
    return {name} - {""} | set().union(*map(controls, getattr(widget, "children", ())))


@pytest.mark.parametrize("name", EXPLORERS)
def test_a_page_says_which_controls_need_jupyter(name: str, tmp_path: Path) -> None:
    explorer = made(name)
    page = explorer.to_html(tmp_path / "page.html").read_text("utf-8")
    (said,) = re.findall(r'class="biomedlab-only-jupyter">Only in Jupyter: (.*?)\.</p>', page)
    said = unescape(said)
    assert all(control in said for control in NEED_JUPYTER[name])
    assert all(control.split(" (")[0] in said for control in controls(explorer))
    # What works without a kernel is not named.
    assert not any(word in said for word in ("From", "Cut across", "Reset", "Compare by", "log counts"))


@pytest.mark.parametrize("name", EXPLORERS[:3])
def test_what_was_counted_is_named(name: str) -> None:
    explorer = made(name)
    assert explorer.histogram.title.endswith("pln 2")
    explorer.index = 4
    assert explorer.histogram.title.endswith("pln 4")
    explorer.axis = 1
    assert explorer.histogram.title.endswith(f"row {explorer.index}")


def test_the_histogram_after_follows_python_too() -> None:
    image = np.random.default_rng(0).integers(0, 200, (16, 20)).astype(np.uint8)
    explorer = biomedlab.EqualizationExplorer(image, method="window", window=(0, 255))
    for name, value in (("window", (50.0, 100.0)), ("method", "gamma"), ("gamma", 0.3), ("method", "none")):
        setattr(explorer, name, value)
        counts = np.frombuffer(explorer.histogram_after.counts, "<f8")
        assert counts.tolist() == np.bincount(explorer.after.ravel(), minlength=256).tolist(), name
