"""Widgets: views of images in a notebook."""

from biomedlab.widgets.image_view import ImageView
from biomedlab.widgets.slice_browser import SliceBrowser

__all__ = ["ImageView", "SliceBrowser"]
