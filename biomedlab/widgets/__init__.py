"""Widgets: views of images in a notebook."""

from biomedlab.widgets.compare_browser import CompareBrowser
from biomedlab.widgets.equalization_explorer import EqualizationExplorer
from biomedlab.widgets.filter_explorer import FilterExplorer
from biomedlab.widgets.histogram_explorer import HistogramExplorer
from biomedlab.widgets.histogram_view import HistogramView
from biomedlab.widgets.image_view import ImageView
from biomedlab.widgets.mask_tuner import MaskTuner
from biomedlab.widgets.orthogonal_browser import OrthogonalBrowser
from biomedlab.widgets.slice_browser import SliceBrowser

__all__ = [
    "CompareBrowser",
    "EqualizationExplorer",
    "FilterExplorer",
    "HistogramExplorer",
    "HistogramView",
    "ImageView",
    "MaskTuner",
    "OrthogonalBrowser",
    "SliceBrowser",
]
