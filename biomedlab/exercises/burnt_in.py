"""Letters burnt into pictures, as some machines and programs do it: for the lesson on privacy."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from biomedlab.image import Image

_NAMED = (12, 13, 14)


def with_letters(
    picture: npt.ArrayLike, text: str, *, row: int = 4, col: int = 4, value: float = 255, size: int = 16
) -> npt.NDArray[Any]:
    """Return a copy of a picture with a line of text written into its pixels.

    Parameters
    ----------
    picture : array, shape (row, col)
        Stays as it is.
    text : str
        What to write; what does not fit is cut off at the edge.
    row, col : int
        Upper left corner of the text.
    value : float
        The value of the letters' pixels.
    size : int
        Height of a line in pixels.

    Returns
    -------
    numpy.ndarray, shape and dtype of `picture`
        The copy.

    Examples
    --------
    >>> marked = with_letters(np.zeros((30, 90), np.uint8), "DOE^JANE")
    >>> marked.shape, np.unique(marked).tolist()
    ((30, 90), [0, 255])
    """
    written = np.array(picture)
    sheet = Pillow.new("1", written.shape[::-1])
    ImageDraw.Draw(sheet).text((col, row), text, fill=1, font=ImageFont.load_default(size))
    written[np.asarray(sheet)] = value
    return written


def from_a_colleague(volume: Any) -> Image:
    """Return a CT that is said to be anonymous: nothing in its header, but a name in some of its planes.

    Parameters
    ----------
    volume : Image, shape (pln, row, col)
        A CT in HU with 15 planes or more; stays as it is.

    Returns
    -------
    Image
        A copy that knows its sampling and its unit, and nothing else.

    Examples
    --------
    >>> shared = from_a_colleague(np.zeros((20, 40, 200), np.int16))
    >>> np.flatnonzero(shared.any(axis=(1, 2))).tolist()
    [12, 13, 14]
    """
    copy = np.array(volume)
    for pln in _NAMED:
        copy[pln] = with_letters(copy[pln], "DOE^JANE 17.04.1962", value=1000, size=12)
    return Image(copy, sampling=getattr(volume, "sampling", None), meta={"unit": "HU"})
