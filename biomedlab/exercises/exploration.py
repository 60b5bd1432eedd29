"""Exercises of notebook 01: what an image is, loading and saving."""

from biomedlab.exercises.exercise import Exercise, Lesson, Mistake
from biomedlab.exercises.kinds import Number

lesson = Lesson("exploration", 1, "Exploration", {})
