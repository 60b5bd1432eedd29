"""SliceBrowser: the planes of an image, one at a time."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from biomedlab import geometry
from biomedlab.image import SPATIAL
from biomedlab.widgets import picture
from biomedlab.widgets.image_view import ImageView
from biomedlab.widgets.planes import Planes, as_planes, looks_coloured

COLOUR_MAPS = ("gray", "gray_r", "viridis", "cividis", "magma", "inferno", "bone")


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
    SliceBrowser(7 x 4 x 5 uint8, pln 5, window 0..0, gray, picture f63b1a1e)
    """

    def __init__(
        self,
        volume: ArrayLike,
        *,
        sampling: Sequence[float] | None = None,
        axis: int | Literal["t", "pln", "row", "col"] = 0,
        index: int | None = None,
        window: tuple[float, float] | None = None,
        cmap: str = "gray",
        axes: str | Sequence[str] | None = None,
        height: int = 400,
    ) -> None:
        planes = as_planes(volume, axes)
        meta = getattr(volume, "meta", None) or {}
        axis = check_axis(axis, planes)
        index = planes.shape[axis] // 2 if index is None else check_index(index, planes.shape[axis])
        values = planes.sample() if planes.samples == 1 else np.zeros(0)
        window = default_window(values) if window is None else check_window(window)
        where = check_sampling(sampling, planes) if sampling is not None else image_sampling(volume, planes)
        cmap = picture.check_cmap(cmap)
        super().__init__(
            {"image": planes},
            axis=axis,
            index=index,
            window=window,
            cmap=cmap,
            height=height,
            _shape=planes.shape,
            _axes=planes.slices,
            _frames=planes.frames,
            _stack=axis,
            _start={"axis": axis, "index": index, "window": window, "cmap": cmap, "time": 0, "channel": 0},
            _title=" x ".join(str(length) for length in planes.array.shape),
            **place(where, meta, planes),
            **tones(values, window, cmap, planes),
        )

    def __repr__(self) -> str:
        planes = self._planes["image"]
        parts = [f"{self._title} {planes.array.dtype}"]
        if self._shape[0] > 1:
            parts.append(f"{self._axes[self.axis]} {self.index}")
        parts += [f"t {self.time}"] * (self._frames[0] > 1) + [f"ch {self.channel}"] * (self._frames[1] > 1)
        if self._colours:
            parts.append(f"window {self.window[0]:.6g}..{self.window[1]:.6g}, {self.cmap}")
        return f"SliceBrowser({', '.join(parts)}, picture {picture.digest(self.picture())})"

    def picture(self) -> np.ndarray:
        """Return the picture on screen, one pixel a sample.

        Returns
        -------
        ndarray
            Shape (height, width, 4), RGBA bytes; equal to what the browser's canvas holds.
        """
        plane = self._planes["image"].read(self.axis, self.index, self.time, self.channel)
        return picture.pixels(plane, self.window, self.cmap)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": repr(self), "image/png": picture.png(self.picture(), self._ratio())}, metadata

    def _ratio(self) -> float:
        """Width over height of the picture in mm, or in samples where the sampling is not known."""
        down, across = (one for one in range(3) if one != self.axis)
        sides = [self._shape[one] * ((self._sampling[one] if self._sampling else 0) or 1) for one in (down, across)]
        return sides[1] / sides[0]

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        return check_index(proposal["value"], self._shape[self.axis])

    @traitlets.validate("window")
    def _check_window(self, proposal: Any) -> tuple[float, float]:
        return check_window(proposal["value"])

    @traitlets.validate("cmap")
    def _check_cmap(self, proposal: Any) -> str:
        return picture.check_cmap(proposal["value"])


def check_axis(axis: int | str, planes: Planes) -> int:
    """Return the number of an axis that planes can be cut across, or say which there are."""
    names = planes.slices if planes.shape[0] > 1 or planes.slices[0] in planes.axes else planes.slices[:1]
    if isinstance(axis, str) and axis in names:
        return names.index(axis)
    if isinstance(axis, (int, np.integer)) and 0 <= axis < len(names):
        return int(axis)
    choices = ", ".join(f"{i} ({name})" for i, name in enumerate(names))
    raise ValueError(f"axis is {axis!r}; this image can be cut across {choices}.")


def check_index(index: int, length: int) -> int:
    """Return an index into an axis, counted from the start, or say how far it goes."""
    if not isinstance(index, (int, np.integer)) or isinstance(index, bool):
        raise TypeError(f"index must be a whole number, not {index!r}.")
    if not -length <= index < length:
        raise ValueError(f"index is {index}; this axis goes from 0 to {length - 1}.")
    return int(index) % length


def check_window(window: Sequence[float]) -> tuple[float, float]:
    """Return (vmin, vmax) as floats, or say what a window is."""
    try:
        vmin, vmax = (float(limit) for limit in window)
    except (TypeError, ValueError) as error:
        raise TypeError(f"window must be two numbers (vmin, vmax), not {window!r}.") from error
    if not (np.isfinite(vmin) and np.isfinite(vmax)):
        raise ValueError(f"window must be two finite numbers, not ({vmin}, {vmax}).")
    if vmin > vmax:
        raise ValueError(f"window is upside down: vmin {vmin:g} is above vmax {vmax:g}. Give ({vmax:g}, {vmin:g}).")
    return vmin, vmax


def check_sampling(sampling: Sequence[float], planes: Planes) -> tuple[float, ...]:
    """Return mm along each spatial axis that there is, or say what was wanted."""
    names = [name for name in SPATIAL if name in planes.axes]
    try:
        values = tuple(float(value) for value in sampling)
    except (TypeError, ValueError) as error:
        raise TypeError(f"sampling must be numbers in mm, one for each of {', '.join(names)}.") from error
    if len(values) != len(names):
        raise ValueError(f"sampling has {len(values)} numbers; wanted one for each of {', '.join(names)}, in mm.")
    if not all(0 < value < np.inf for value in values):
        raise ValueError(f"sampling must be positive mm, not {values}.")
    return values


def image_sampling(volume: Any, planes: Planes) -> tuple[float, ...] | None:
    """Return the sampling that an `Image` carries, if any."""
    sampling = getattr(volume, "sampling", None)
    return None if sampling is None else check_sampling(sampling, planes)


def default_window(values: np.ndarray) -> tuple[float, float]:
    """Return the 0.1 and 99.9 percentiles of some values; least and greatest where those are the same."""
    if values.dtype == bool or not values.size:
        return 0.0, 1.0
    method = "nearest" if values.dtype.kind in "iu" else "linear"
    low, high = np.percentile(values, (0.1, 99.9), method=method)
    if low == high:
        low, high = values.min(), values.max()
    return float(low), float(high)


def place(sampling: Sequence[float] | None, meta: dict[str, Any], planes: Planes) -> dict[str, Any]:
    """Return the traits that say where the planes lie in mm and in the body."""
    missing = [axis for axis, name in enumerate(planes.slices) if name not in planes.axes or name == "t"]
    notes = [] if sampling else ["The sampling is not known: pixels are drawn square, and nothing is said in mm."]
    if looks_coloured(planes):
        *_, rows, columns = planes.array.shape
        notes.append(
            f"Shown as grey planes of {rows} x {columns}. If this is a colour image, give axes='row col ch'."
        )
    traits: dict[str, Any] = {"_notes": notes}
    if sampling:
        traits["_sampling"] = [0.0] * len(missing) + list(sampling)
    orientation, affine = meta.get("orientation"), meta.get("affine")
    if orientation:
        letters = [""] * len(missing) + list(orientation)
        traits["_orientation"] = letters
        if not missing:
            traits["_plane_names"] = [geometry.plane_name(letters, axis) or "" for axis in range(3)]
    if affine is not None:
        traits["_affine"] = np.insert(np.asarray(affine, float), [0] * len(missing), 0, axis=1).tolist()
    traits["_unit"] = meta.get("unit") or ""
    return traits


def tones(values: np.ndarray, window: tuple[float, float], cmap: str, planes: Planes) -> dict[str, Any]:
    """Return the traits that the window and the colours need; none for a colour image."""
    if planes.samples > 1:
        return {}
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    names = COLOUR_MAPS if cmap in COLOUR_MAPS else (cmap, *COLOUR_MAPS)
    return {
        "_colours": [[name, picture.colour_table(name)] for name in names],
        "_range": [min(low, window[0]), max(high, window[1])],
        "_whole": values.dtype.kind in "biu",
        "_presets": [["0.1 to 99.9 percentile", *default_window(values)], ["full range", low, high]],
    }
