"""Exercises of chapter 4, lessons 4.6 to 4.11: masks, morphology, filters and edges."""

# By way of the first half, whose exercises so stand first whichever module is imported first.
from biomedlab.exercises.grey_values import lesson

__all__ = ["lesson"]
