"""The picture of a plane as pixels: what the browser shows, computed in Python."""

from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, Normalize
from numpy.typing import NDArray
from PIL import Image

SIDE = 256
BUDGET = 32 * 1024


def colour_table(cmap: str) -> bytes:
    """Return a colour map's own colours as RGBA bytes: its N colours, then below, above and not a number."""
    colours = colormaps[cmap]
    count = colours.N
    inside = colours(np.arange(count), bytes=True)
    outside = colours(np.array([-1.0, 2.0, np.nan]), bytes=True)
    return np.concatenate([inside, outside]).astype(np.uint8).tobytes()


def check_cmap(cmap: str | Colormap) -> str:
    """Return the name of a colour map that matplotlib knows, or say which there are."""
    name = cmap.name if isinstance(cmap, Colormap) else cmap
    if name not in colormaps:
        raise ValueError(f"There is no colour map {name!r}; try 'gray', 'viridis', 'cividis' or 'magma'.")
    return name


def pixels(plane: NDArray[Any], window: tuple[float, float], cmap: str) -> NDArray[np.uint8]:
    """Colour a plane as matplotlib does.

    Parameters
    ----------
    plane : ndarray
        Shape (height, width), or (height, width, 3 or 4) of bytes, which is returned as RGBA.
    window : tuple of float
        The values shown as the first and the last colour.
    cmap : str
        Name of a matplotlib colour map.

    Returns
    -------
    ndarray
        Shape (height, width, 4), RGBA bytes.
    """
    if plane.ndim == 2:
        with np.errstate(over="ignore", invalid="ignore"):
            return colormaps[cmap](Normalize(*window)(plane), bytes=True)
    if plane.shape[-1] == 4:
        return plane
    return np.concatenate([plane, np.full((*plane.shape[:2], 1), 255, np.uint8)], axis=-1)


def digest(picture: NDArray[np.uint8]) -> str:
    """Return eight letters that change when a pixel does, the same on every machine."""
    return sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()[:8]


def png(picture: NDArray[np.uint8], ratio: float = 1.0, side: int = SIDE, budget: int = BUDGET) -> bytes:
    """Pack a picture as a PNG that is at most so many pixels a side and so many bytes.

    Parameters
    ----------
    picture : ndarray
        Shape (height, width, 4), RGBA bytes.
    ratio : float
        Width over height of the picture as it should look.
    side : int
        The longer side in pixels.
    budget : int
        Bytes; the side is halved until the picture fits.
    """
    size = (side, round(side / ratio)) if ratio >= 1 else (round(side * ratio), side)
    image = Image.fromarray(picture).convert("RGB").resize((max(1, size[0]), max(1, size[1])), Image.Resampling.BOX)
    for packed in (image, image.quantize(64)):
        buffer = BytesIO()
        packed.save(buffer, "PNG")
        if buffer.tell() <= budget or side <= 16:
            return buffer.getvalue()
    return png(picture, ratio, side // 2, budget)
