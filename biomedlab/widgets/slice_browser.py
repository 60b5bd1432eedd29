"""SliceBrowser: the planes of an image, one at a time."""

from collections.abc import Sequence
from typing import Literal

from numpy.typing import ArrayLike

from biomedlab.widgets.door import (
    check_axis,
    check_index,
    check_sampling,
    grid_traits,
    image_sampling,
    tone_traits,
)
from biomedlab.widgets.image_view import ImageView
from biomedlab.widgets.planes import as_planes


class SliceBrowser(ImageView):
    """Browse the planes of an image.

    Parameters
    ----------
    volume : array-like
        2 to 5 dimensions: numpy, `biomedlab.Image`, memmap, zarr or dask; only the planes looked at are read.
    sampling : sequence of float, optional
        mm between samples, one number for each of pln, row and col that there is. By default what the image
        carries; where nothing is known pixels are drawn square, and the view says so.
    axis : int or str
        The axis to cut across: 0, 1, 2 or its name. A movie's axis 0 is ``t``.
    index : int, optional
        Where to cut first, the middle by default. Negative numbers count from the end.
    window : tuple of float, optional
        The values shown darkest and brightest, the same for every plane. By default the 0.1 and 99.9
        percentiles of a sample of the whole image.
    cmap : str
        Name of a matplotlib colour map. Colour images have no use for it.
    mask : array-like, optional
        True and False, or whole-number labels, on the image's grid: laid over it in colour.
    axes : str or sequence of str, optional
        Names out of ``t pln row col ch``, for an array that does not carry its own: "row col ch" is a colour
        image, "t row col" a movie.
    height : int
        Height of the picture on the page in px, at most.

    Raises
    ------
    TypeError, ValueError
        If the image is empty, complex or not of numbers, or an argument does not fit it.

    Examples
    --------
    >>> import numpy as np
    >>> browser = SliceBrowser(np.zeros((7, 4, 5), np.uint8), sampling=(3, 1, 1))
    >>> browser.index
    3
    >>> browser.index = 5
    >>> browser
    SliceBrowser(7 x 4 x 5 uint8, pln 5, window 0..0, gray, picture f3c1184a)
    """

    _resets = ("index",)

    def __init__(
        self,
        volume: ArrayLike,
        *,
        sampling: Sequence[float] | None = None,
        axis: int | Literal["t", "pln", "row", "col"] = 0,
        index: int | None = None,
        window: tuple[float, float] | None = None,
        cmap: str = "gray",
        mask: ArrayLike | None = None,
        axes: str | Sequence[str] | None = None,
        height: int = 400,
    ) -> None:
        planes = as_planes(volume, axes)
        meta = getattr(volume, "meta", None) or {}
        cut = check_axis(axis, planes)
        where = image_sampling(volume, planes) if sampling is None else check_sampling(sampling, planes)
        super().__init__(
            {"image": planes},
            axis=cut,
            index=planes.shape[cut] // 2 if index is None else check_index(index, planes.shape[cut]),
            height=height,
            _stack=cut,
            **grid_traits(planes, where, meta),
            **tone_traits(planes, window, cmap, meta.get("unit")),
        )
        self.mask = mask

    def _text(self, digest: str) -> str:
        image, *parts = self._summary()
        cut = [f"{self._axes[self.axis]} {self.index}"] if self._shape[0] > 1 else []
        return f"SliceBrowser({', '.join([image, *cut, *parts])}, picture {digest})"
