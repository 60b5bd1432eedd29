"""Biomedical image analysis that a student can touch."""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biomedlab import data, exercises, filters, geometry, intensity, masks, plotting
    from biomedlab.exercises.progress import progress
    from biomedlab.image import Image
    from biomedlab.reading import ImageReadError, ImageReadWarning, load
    from biomedlab.widgets import (
        CompareBrowser,
        EqualizationExplorer,
        FilterExplorer,
        HistogramExplorer,
        HistogramView,
        MaskTuner,
        OrthogonalBrowser,
        SliceBrowser,
    )

__version__ = version("biomedlab")

_MODULES = ("data", "exercises", "filters", "geometry", "intensity", "masks", "plotting")
_NAMES = {
    "CompareBrowser": "biomedlab.widgets",
    "EqualizationExplorer": "biomedlab.widgets",
    "FilterExplorer": "biomedlab.widgets",
    "HistogramExplorer": "biomedlab.widgets",
    "HistogramView": "biomedlab.widgets",
    "Image": "biomedlab.image",
    "ImageReadError": "biomedlab.reading",
    "ImageReadWarning": "biomedlab.reading",
    "MaskTuner": "biomedlab.widgets",
    "OrthogonalBrowser": "biomedlab.widgets",
    "SliceBrowser": "biomedlab.widgets",
    "load": "biomedlab.reading",
    "progress": "biomedlab.exercises.progress",
}

__all__ = [
    "CompareBrowser",
    "EqualizationExplorer",
    "FilterExplorer",
    "HistogramExplorer",
    "HistogramView",
    "Image",
    "ImageReadError",
    "ImageReadWarning",
    "MaskTuner",
    "OrthogonalBrowser",
    "SliceBrowser",
    "data",
    "exercises",
    "filters",
    "geometry",
    "intensity",
    "load",
    "masks",
    "plotting",
    "progress",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import biomedlab`` stays quick."""
    if name in _MODULES:
        return import_module(f"biomedlab.{name}")
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'biomedlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
