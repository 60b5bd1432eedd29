"""What a reader says when a file cannot be opened right, or opens with something the user should know."""

from __future__ import annotations

import os
import warnings


class ImageReadError(ValueError, OSError):
    """A file that cannot be opened right; the message names it, says what is wrong and what to do.

    It is a ValueError and an OSError, so that code written for either catches it.

    Examples
    --------
    >>> str(ImageReadError("scan.dcm: the file is empty. Copy it again."))
    'scan.dcm: the file is empty. Copy it again.'
    """


class ImageReadWarning(UserWarning):
    """Something found while reading that changes what the image means, such as a gap between slices."""


def refusal(path: str | os.PathLike, wrong: str, remedy: str = "") -> ImageReadError:
    """Return the error for a file that is not opened, as one or two sentences.

    Examples
    --------
    >>> str(refusal("scan.dcm", "the file is empty", "copy it again"))
    'scan.dcm: the file is empty. To mend it: copy it again.'
    """
    advice = f" To mend it: {remedy}." if remedy else ""
    return ImageReadError(f"{printable(path)}: {wrong}.{advice}")


def tell(message: str) -> None:
    """Warn of something found while reading; `load` also keeps it in ``meta["warnings"]``."""
    warnings.warn(message, ImageReadWarning, stacklevel=3)


def printable(path: str | os.PathLike) -> str:
    """Return a path as text that can be shown whatever bytes it has in it."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode()
