"""OrthogonalBrowser: three planes at right angles, through one point."""

from collections.abc import Sequence
from typing import Any

import traitlets
from numpy.typing import ArrayLike

from biomedlab.widgets.door import (
    check_cursor,
    check_index,
    check_sampling,
    grid_traits,
    image_sampling,
    tone_traits,
)
from biomedlab.widgets.image_view import ImageView, refusing
from biomedlab.widgets.planes import as_planes

AXES = ("pln", "row", "col")


class OrthogonalBrowser(ImageView):
    """Browse a volume by three linked planes that meet in a crosshair, all on one scale.

    Parameters
    ----------
    volume : array-like
        Axes ``pln row col``, or ``t pln row col``; numpy, `biomedlab.Image`, memmap, zarr or dask.
    sampling : sequence of float, optional
        mm between samples along pln, row and col. By default what the image carries.
    cursor : sequence of int, optional
        Indices (pln, row, col) of the point where the planes meet, the middle by default.
    window : tuple of float, optional
        The values shown darkest and brightest. By default the 0.1 and 99.9 percentiles.
    cmap : str
        Name of a matplotlib colour map.
    mask : array-like, optional
        True and False, or whole-number labels, on the image's grid.
    axes : str or sequence of str, optional
        Names for an array that does not carry its own.
    height : int
        Height of the tallest picture on the page in px, at most.

    Raises
    ------
    TypeError, ValueError
        If the image is no volume, or an argument does not fit it.

    Examples
    --------
    >>> import numpy as np
    >>> browser = OrthogonalBrowser(np.zeros((7, 4, 6), np.uint8), sampling=(3, 1, 1))
    >>> browser.cursor
    [3, 2, 3]
    >>> browser.cursor = (0, 1, 2)
    >>> browser.pln, browser.row, browser.col
    (0, 1, 2)
    """

    _resets = AXES

    def __init__(
        self,
        volume: ArrayLike,
        *,
        sampling: Sequence[float] | None = None,
        cursor: Sequence[int] | None = None,
        window: tuple[float, float] | None = None,
        cmap: str = "gray",
        mask: ArrayLike | None = None,
        axes: str | Sequence[str] | None = None,
        height: int = 320,
    ) -> None:
        planes = as_planes(volume, axes)
        if "pln" not in planes.axes:
            have = ", ".join(planes.axes)
            raise ValueError(f"Three planes need a volume with axes pln, row and col; this image has {have}.")
        meta = getattr(volume, "meta", None) or {}
        where = image_sampling(volume, planes) if sampling is None else check_sampling(sampling, planes)
        start = check_cursor(
            [length // 2 for length in planes.shape] if cursor is None else cursor, planes.shape
        )
        super().__init__(
            {"image": planes},
            _kind="orthogonal",
            height=height,
            cursor=start,
            **dict(zip(AXES, start, strict=True)),
            **grid_traits(planes, where, meta),
            **tone_traits(planes, window, cmap, meta.get("unit")),
        )
        self.mask = mask

    def cuts(self) -> list[tuple[int, int]]:
        """Return (axis, index) of the three pictures."""
        return [(0, self.pln), (1, self.row), (2, self.col)]

    @traitlets.observe("pln", "row", "col")
    def _move_cursor(self, _: Any) -> None:
        self.cursor = [self.pln, self.row, self.col]

    @traitlets.observe("cursor")
    def _move_planes(self, change: Any) -> None:
        if change["new"] is not None:
            with self.hold_trait_notifications():
                self.pln, self.row, self.col = change["new"]

    @traitlets.validate("pln", "row", "col")
    @refusing
    def _check_place(self, proposal: Any) -> int:
        name = proposal["trait"].name
        return check_index(proposal["value"], self._shape[AXES.index(name)], name)

    def _text(self, digest: str) -> str:
        image, *parts = self._summary()
        where = f"pln {self.pln}, row {self.row}, col {self.col}"
        return f"OrthogonalBrowser({', '.join([image, where, *parts])}, pictures {digest})"
