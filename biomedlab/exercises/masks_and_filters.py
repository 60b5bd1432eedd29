"""All exercises of notebook 04, in the order of its lessons."""

from biomedlab.exercises.chapter_4 import lesson

__all__ = ["lesson"]
