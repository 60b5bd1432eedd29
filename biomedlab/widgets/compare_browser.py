"""CompareBrowser: two images of one grid."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from biomedlab.widgets import picture
from biomedlab.widgets.door import (
    check_axis,
    check_index,
    check_same_grid,
    check_sampling,
    grid_traits,
    image_sampling,
    tone_traits,
)
from biomedlab.widgets.image_view import ImageView, refusing
from biomedlab.widgets.planes import Planes, as_planes, finite

DIFFERENCE = "RdBu_r"


class CompareBrowser(ImageView):
    """Compare two images of one grid: side by side, swiped, blended, or by their difference.

    Parameters
    ----------
    image, other : array-like
        Two images of the same shape, axes, sampling and place; arrays of any kind that `SliceBrowser` takes.
    compare : {"side", "swipe", "blend", "difference"}
        How. The difference is `image` - `other`, red above 0 and blue below.
    names : tuple of str
        What the two are called.
    limit : float, optional
        The difference shown in the strongest colour, by default the 99.9 percentile of its size.
    sampling, axis, index, window, cmap, axes, height
        As for `SliceBrowser`, for both images alike.

    Raises
    ------
    TypeError, ValueError
        If the images do not lie on one grid, or an argument does not fit them.

    Examples
    --------
    >>> import numpy as np
    >>> before = np.arange(12, dtype=np.uint8).reshape(3, 4)
    >>> browser = CompareBrowser(before, before[::-1], compare="difference")
    >>> browser.limit
    8.0
    """

    _resets = ("index", "share")

    def __init__(
        self,
        image: ArrayLike,
        other: ArrayLike,
        *,
        compare: Literal["side", "swipe", "blend", "difference"] = "side",
        names: tuple[str, str] = ("first", "second"),
        limit: float | None = None,
        sampling: Sequence[float] | None = None,
        axis: int | Literal["t", "pln", "row", "col"] = 0,
        index: int | None = None,
        window: tuple[float, float] | None = None,
        cmap: str = "gray",
        axes: str | Sequence[str] | None = None,
        height: int = 400,
    ) -> None:
        planes = as_planes(image, axes)
        plain = not hasattr(other, "axes") and np.shape(other) == planes.array.shape
        others = as_planes(other, planes.axes if axes is None and plain else axes)
        check_same_grid(image, other, planes, others)
        hows = ["side", "swipe", "blend"] + ["difference"] * (planes.samples == 1)
        check_compare(compare, hows)
        meta = getattr(image, "meta", None) or {}
        cut = check_axis(axis, planes)
        where = image_sampling(image, planes) if sampling is None else check_sampling(sampling, planes)
        super().__init__(
            {"image": planes, "second": others},
            _kind="compare",
            axis=cut,
            index=planes.shape[cut] // 2 if index is None else check_index(index, planes.shape[cut]),
            height=height,
            compare=compare,
            limit=_limit(planes, others) if limit is None else _positive(limit),
            _compares=hows,
            _names=list(names),
            _difference=picture.colour_table(DIFFERENCE),
            _stack=cut,
            **grid_traits(planes, where, meta),
            **tone_traits(planes, window, cmap, meta.get("unit")),
        )

    @traitlets.validate("compare")
    @refusing
    def _check_compare(self, proposal: Any) -> str:
        return check_compare(proposal["value"], self._compares)

    @traitlets.validate("limit")
    @refusing
    def _check_limit(self, proposal: Any) -> float:
        return _positive(proposal["value"])

    def cuts(self) -> list[tuple[int, int]]:
        """Return (axis, index) of each picture: two of them side by side, else one."""
        return [(self.axis, self.index)] * (2 if self.compare == "side" else 1)

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return the pictures on screen, one pixel a sample."""
        before, after = self.planes()[0], self.planes("second")[0]
        if self.compare == "difference":
            return [picture.difference(before, after, self.limit, DIFFERENCE)]
        pair = [picture.pixels(plane, self.window, self.cmap, self.gamma) for plane in (before, after)]
        return pair if self.compare == "side" else [picture.mix(*pair, how=self.compare, share=self.share)]

    def _text(self, digest: str) -> str:
        image, *parts = self._summary()
        cut = [f"{self._axes[self.axis]} {self.index}"] if self._shape[0] > 1 else []
        how = {"difference": f"difference to {self.limit:.6g}", "side": "side by side"}.get(
            self.compare, f"{self.compare} {self.share:.2f}"
        )
        return f"CompareBrowser({', '.join([image, *cut, how, *parts])}, picture {digest})"


def check_compare(how: str, hows: Sequence[str]) -> str:
    """Return a way to compare, or say which there are for these images."""
    if how not in hows:
        raise ValueError(f"compare must be one of {', '.join(hows)} for these images, not {how!r}.")
    return how


def _positive(limit: float) -> float:
    if not 0 < float(limit) < np.inf:
        raise ValueError(f"limit must be above 0, not {limit!r}.")
    return float(limit)


def _limit(planes: Planes, others: Planes) -> float:
    """Return the 99.9 percentile of the size of the difference, of a sample; 1 if there is none."""
    difference: Any = finite(np.abs(planes.sample().astype(float) - others.sample()))
    return float(np.percentile(difference, 99.9, method="nearest")) or 1.0 if difference.size else 1.0
