"""The exercises of the course: one module a notebook, and the machinery that they share."""

from biomedlab.exercises.attempts import attempt
from biomedlab.exercises.exercise import Exercise, Lesson, Mistake
from biomedlab.exercises.figures import Figure
from biomedlab.exercises.functions import Function
from biomedlab.exercises.kinds import Array, Choice, Number, Place

__all__ = [
    "Array",
    "Choice",
    "Exercise",
    "Figure",
    "Function",
    "Lesson",
    "Mistake",
    "Number",
    "Place",
    "attempt",
]
