"""Opening images: right values, right order, right sampling, or one clear sentence."""

from biomedlab.reading.door import load
from biomedlab.reading.errors import ImageReadError, ImageReadWarning

__all__ = ["ImageReadError", "ImageReadWarning", "load"]
