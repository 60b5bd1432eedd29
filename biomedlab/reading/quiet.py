"""What readers and decoders say while they work: kept, not printed."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from biomedlab.reading.errors import ImageReadWarning

_LOGGERS = ("pydicom", "tifffile", "nibabel", "nibabel.global", "PIL", "pylibjpeg")
_LONGEST = 300


@dataclass
class Said:
    """Our own warnings, and what third-party decoders remarked."""

    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Keeper(logging.Handler):
    def __init__(self, notes: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        self.notes.append(record.getMessage()[:_LONGEST])


@contextmanager
def quiet() -> Generator[Said]:
    """Keep warnings, log records and anything decoders print to the process's standard output.

    Yields
    ------
    Said
        Filled when the block ends.
    """
    said = Said()
    with _logs_to(said.notes), warnings.catch_warnings(record=True) as caught, _no_stdout():
        warnings.simplefilter("always")
        yield said
    ours = [str(one.message) for one in caught if issubclass(one.category, ImageReadWarning)]
    theirs = [str(one.message)[:_LONGEST] for one in caught if not issubclass(one.category, ImageReadWarning)]
    said.warnings[:] = dict.fromkeys(ours)
    said.notes[:] = dict.fromkeys([*said.notes, *theirs])


@contextmanager
def _logs_to(notes: list[str]) -> Generator[None]:
    keeper = _Keeper(notes)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(keeper)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(keeper)
            logger.propagate = propagate


@contextmanager
def _no_stdout() -> Generator[None]:
    """Send what C libraries print to standard error, for as long as the block runs."""
    try:
        sys.stdout.flush()
        kept = os.dup(1)
        os.dup2(2, 1)
    except (OSError, ValueError, AttributeError):
        yield
        return
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
