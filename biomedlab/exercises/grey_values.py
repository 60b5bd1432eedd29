"""Exercises of chapter 4, lessons 4.1 to 4.5: data types, histograms, percentiles and equalization."""

from biomedlab.exercises.chapter_4 import lesson

__all__ = ["lesson"]
