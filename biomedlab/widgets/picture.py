"""The picture of a plane as pixels: what the browser shows, computed in Python."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Colormap, ListedColormap, Normalize, to_rgba_array
from numpy.typing import NDArray
from PIL import Image

# Okabe and Ito's colours, which the colour-blind can tell apart, for the labels 1, 2, 3 ...
LABELS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")
CROSSHAIR = (0xFF, 0xD5, 0x00)
BARS, MARKS = (0x70, 0x70, 0x70), (0x00, 0x72, 0xB2)
SIDE = 256
BUDGET = 32 * 1024

Image.preinit()  # PNG's writer is loaded now, not while a first picture is waited for


@lru_cache
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


def pixels(
    plane: NDArray[Any], window: tuple[float, float], cmap: str, gamma: float = 1.0
) -> NDArray[np.uint8]:
    """Colour a plane as matplotlib does.

    Parameters
    ----------
    plane : ndarray
        Shape (height, width), or (height, width, 3 or 4) of bytes, which is returned as RGBA.
    window : tuple of float
        The values shown as the first and the last colour.
    cmap : str
        Name of a matplotlib colour map.
    gamma : float
        Power of the levels; 1 leaves them.

    Returns
    -------
    ndarray
        Shape (height, width, 4), RGBA bytes.
    """
    if plane.ndim == 2:
        return _coloured(plane, window, _bent(cmap, gamma))
    if plane.shape[-1] == 4:
        return plane
    return np.concatenate([plane, np.full((*plane.shape[:2], 1), 255, np.uint8)], axis=-1)


def _coloured(plane: NDArray[Any], window: tuple[float, float], colours: Colormap) -> NDArray[np.uint8]:
    """Colour a plane; where it is cheaper, each value of small whole numbers once, then by a table."""
    values = plane
    low, high = 0, plane.size
    if plane.dtype.kind in "iu" and plane.dtype.itemsize <= 2 and plane.size:
        low, high = int(plane.min()), int(plane.max())
    by_table = high - low < plane.size // 4
    if by_table:
        values = np.arange(low, high + 1).astype(plane.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        coloured = colours(Normalize(*window)(values), bytes=True)
    if not by_table:
        return coloured
    words = coloured.view(np.uint32)[:, 0][plane.astype(np.intp) - low]
    return words[..., np.newaxis].view(np.uint8)


def _bent(cmap: str, gamma: float) -> Colormap:
    """Return a colour map whose levels are bent by a gamma."""
    straight = colormaps[cmap]
    if gamma == 1:
        return straight
    last = straight.N - 1
    levels = np.floor(last * (np.arange(last + 1) / last) ** gamma + 0.5).astype(int)
    under, over, bad = (tuple(one()) for one in (straight.get_under, straight.get_over, straight.get_bad))
    return ListedColormap(straight(levels)).with_extremes(under=under, over=over, bad=bad)


def difference(one: NDArray[Any], other: NDArray[Any], limit: float, cmap: str) -> NDArray[np.uint8]:
    """Colour the signed difference of two planes, from -`limit` to `limit`; no whole number wraps."""
    return pixels(one.astype(np.float64) - other.astype(np.float64), (-limit, limit), cmap)


def mix(one: NDArray[np.uint8], other: NDArray[np.uint8], *, how: str, share: float) -> NDArray[np.uint8]:
    """Put two pictures into one.

    Parameters
    ----------
    one, other : ndarray
        RGBA bytes, (height, width, 4).
    how : {"swipe", "blend"}
        `one` left of a line and `other` right of it, or both mixed.
    share : float
        Of the width where the line is, or of `other` in the mixture; 0 to 1.
    """
    if how == "swipe":
        return np.where((np.arange(one.shape[1]) < share * one.shape[1])[:, np.newaxis], one, other)
    return np.floor((1 - share) * one + share * other + 0.5).astype(np.uint8)


def digest(pictures: Sequence[NDArray[np.uint8]]) -> str:
    """Return eight letters that change when a pixel does, the same on every machine."""
    packed = sha256()
    for one in pictures:
        packed.update(repr(one.shape).encode() + one.tobytes())
    return packed.hexdigest()[:8]


def laid_over(pixels: NDArray[np.uint8], labels: NDArray[Any], *, opacity: float) -> NDArray[np.uint8]:
    """Lay labels over a picture, as a view does: 0 is clear, 1, 2, 3 ... have colours, seven in turn.

    Parameters
    ----------
    pixels : ndarray
        RGBA bytes, (height, width, 4).
    labels : ndarray
        Whole numbers or bool, (height, width).
    opacity : float
        Of the labels' colours, 0 to 1.
    """
    drawn = labels != 0
    each = (to_rgba_array(LABELS) * 255 + 0.5).astype(np.uint8)
    result = pixels.copy()
    colours = each[(labels[drawn].astype(np.int64) - 1) % len(LABELS)]
    result[drawn] = np.floor((1 - opacity) * pixels[drawn] + opacity * colours + 0.5)
    return result


def edges(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return the samples of labels that have another label, or the picture's edge, beside them."""
    framed = np.pad(labels, 1)
    beside = (framed[:-2, 1:-1], framed[2:, 1:-1], framed[1:-1, :-2], framed[1:-1, 2:])
    inside = np.logical_and.reduce([one == labels for one in beside])
    inside[[0, -1]] = inside[:, [0, -1]] = False
    return (labels != 0) & ~inside


def bars(
    counts: NDArray[Any], marks: Sequence[float], *, log: bool = False, side: int = SIDE
) -> NDArray[np.uint8]:
    """Draw a histogram for a stored picture: grey bars on white, and lines at its marks.

    Parameters
    ----------
    counts : ndarray
        The height of each bar, shape (bars,), one or more.
    marks : sequence of float
        Where the lines are, as shares of the width; those outside are left out.
    log : bool
        Whether heights are logarithmic.
    side : int
        Height in pixels; the width is 1.2 times that.

    Returns
    -------
    ndarray
        Shape (side, 1.2 * side, 4), RGBA bytes.
    """
    width = side * 6 // 5
    first = np.arange(width) * counts.size // width
    heights = np.maximum.reduceat(np.asarray(counts, float), first)
    shares = np.log1p(heights) if log else heights
    shares = shares / (shares.max() or 1.0)
    drawn = np.full((side, width, 4), 255, np.uint8)
    drawn[np.arange(side)[::-1, np.newaxis] < 0.96 * side * shares, :3] = BARS
    for mark in marks:
        if 0 <= mark <= 1:
            drawn[:, min(width - 1, int(mark * width)), :3] = MARKS
    return drawn


def png(
    *pictures: tuple[NDArray[np.uint8], float, float],
    crosses: Sequence[tuple[float, float] | None] = (),
    side: int = SIDE,
    budget: int = BUDGET,
) -> bytes:
    """Pack pictures side by side as one PNG of at most so many pixels a side and so many bytes.

    Parameters
    ----------
    *pictures : tuple of ndarray, float and float
        RGBA bytes (height, width, 4), and how wide and high the picture should look beside the others, in
        mm for example.
    crosses : sequence of (float, float) or None
        For each picture where a crosshair is, as shares of its height and width.
    side : int
        The longer side in pixels.
    budget : int
        Bytes; colours are counted out and the side is halved until the pictures fit.
    """
    scale = side / max(sum(width for _, width, _ in pictures), *(height for *_, height in pictures))
    images = [
        _resized(one, max(1, round(width * scale)), max(1, round(height * scale)))
        for one, width, height in pictures
    ]
    for image, cross in zip(images, crosses, strict=False):
        if cross:
            row, column = (int(share * length) for share, length in zip(cross, image.shape, strict=False))
            image[row] = image[:, column] = CROSSHAIR
    tall = max(len(image) for image in images)
    level = [np.pad(image, ((0, tall - len(image)), (0, 0), (0, 0))) for image in images]
    strip = Image.fromarray(np.concatenate(level, axis=1))
    if all((one == one[..., :1]).all() for one in images):
        strip = strip.getchannel(0)
    for whole in (True, False):
        buffer = BytesIO()
        (strip if whole else _fewer(strip)).save(buffer, "PNG", compress_level=1)
        if buffer.tell() <= budget or side <= 16:
            return buffer.getvalue()
    return png(*pictures, crosses=crosses, side=side // 2, budget=budget)


def _fewer(image: Image.Image) -> Image.Image:
    """Return a picture of 64 colours; greys in even steps, which takes a tenth of the time."""
    if image.mode != "L":
        return image.quantize(64)
    return image.point([level // 4 * 4 + level // 64 for level in range(256)])


def _resized(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return RGB of another size; what is clear shows the view's checks."""
    whole = pixels.shape[-1] == 4 and pixels[..., 3].min(initial=255) < 255
    image = Image.fromarray(pixels).convert("RGBA" if whole else "RGB")
    image = image.resize((width, height), Image.Resampling.BOX)
    if not whole:
        return np.array(image)
    rows, columns = np.ogrid[:height, :width]
    checks = np.where((rows // 6 + columns // 6) % 2, 0x77, 0x55).astype(np.uint8)
    ground = Image.fromarray(np.repeat(checks[..., np.newaxis], 3, axis=-1)).convert("RGBA")
    return np.array(Image.alpha_composite(ground, image).convert("RGB"))
