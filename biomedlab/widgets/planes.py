"""Read single planes from anything that slices like an array."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from biomedlab.image import AXES

_BY_DIMENSIONS = {2: AXES[2:4], 3: AXES[1:4], 4: AXES[:4], 5: AXES}
_SAMPLE = 2**17


@dataclass(frozen=True, eq=False)
class Planes:
    """An array seen as a stack of planes, whatever its axes; only the planes asked for are read.

    Attributes
    ----------
    array : array-like
        numpy, memmap, zarr, dask: anything with `shape`, `dtype` and basic slicing.
    axes : tuple of str
        The array's axes, out of ``t, pln, row, col, ch`` in this order.
    path : str
        The file that the array came from, if it says so.
    window : tuple of 2 float, optional
        The values shown darkest and brightest, where these are not those of the view.
    """

    ahead: ClassVar[bool] = True
    """Whether the browser may ask for planes before they are looked at; not where each must be computed."""

    array: Any
    axes: tuple[str, ...]
    path: str = ""
    window: tuple[float, float] | None = field(default=None, kw_only=True)

    @property
    def slices(self) -> tuple[str, str, str]:
        """The three axes that planes are cut across; a movie is a stack along ``t``."""
        return ("pln", "row", "col") if "pln" in self.axes or "t" not in self.axes else ("t", "row", "col")

    @property
    def samples(self) -> int:
        """Numbers in a pixel: 3 or 4 for colour, else 1."""
        return self.length("ch") if self.length("ch") in (3, 4) else 1

    @property
    def frames(self) -> tuple[int, int]:
        """Lengths of the outer axes, time and channel, that no plane is cut across."""
        time = self.length("t") if "pln" in self.axes else 1
        return time, (self.length("ch") if self.samples == 1 else 1)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Lengths along the three axes of `slices`."""
        first, second, third = (self.length(name) for name in self.slices)
        return first, second, third

    @property
    def dtype(self) -> np.dtype:
        """The dtype in which planes are handed over, little-endian and at most 8 bytes wide."""
        kind = np.dtype(self.array.dtype)
        if self.samples > 1:
            return np.dtype("u1")
        return np.dtype("<f8") if kind.kind == "f" and kind.itemsize > 8 else kind.newbyteorder("<")

    def length(self, name: str) -> int:
        """Return the number of samples along an axis; 1 if the array has no such axis."""
        return self.array.shape[self.axes.index(name)] if name in self.axes else 1

    def read(self, axis: int, index: int, time: int = 0, channel: int = 0) -> NDArray[Any]:
        """Read one plane.

        Parameters
        ----------
        axis : int
            0, 1 or 2: the axis of `slices` to cut across.
        index, time, channel : int
            Where to cut.

        Returns
        -------
        ndarray
            Shape (height, width), or (height, width, samples) if coloured; C order, dtype `dtype`.
        """
        where = {"t": time, "ch": channel, self.slices[axis]: index}
        key = tuple(
            slice(None) if name == "ch" and self.samples > 1 else where.get(name, slice(None))
            for name in self.axes
        )
        plane = np.asarray(self.array[key])
        return np.ascontiguousarray(as_bytes(plane) if self.samples > 1 else plane, dtype=self.dtype)

    def sample(self) -> NDArray[Any]:
        """Return some hundred thousand values on an even grid, in one dimension; all of a small array."""
        size = int(np.prod(self.array.shape))
        steps = _steps(self.array.shape, max(1, size // _SAMPLE))
        return np.asarray(self.array[tuple(slice(step // 2, None, step) for step in steps)]).ravel()


def finite(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values that are finite numbers."""
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values


def _steps(shape: Sequence[int], reduction: int) -> list[int]:
    """Share a reduction among the axes, whole slices first: those cost least to leave out."""
    steps = []
    for length in shape:
        step = min(reduction, max(1, length // 16))
        steps.append(step)
        reduction = max(1, reduction // step)
    return steps


def as_bytes(colours: NDArray[Any]) -> NDArray[np.uint8]:
    """Return colour values as bytes: floats from 0..1, 16-bit divided by 257, wider integers clipped."""
    if colours.dtype.kind == "f":
        return (np.clip(np.nan_to_num(colours), 0, 1) * 255).astype(np.uint8)
    if colours.dtype.kind == "b":
        return colours.astype(np.uint8) * np.uint8(255)
    if colours.dtype.kind == "u" and colours.dtype.itemsize == 2:
        return (colours // 257).astype(np.uint8)
    return np.clip(colours, 0, 255).astype(np.uint8)


def as_planes(volume: Any, axes: str | Sequence[str] | None = None) -> Planes:
    """Check an array at the door and name its axes.

    Parameters
    ----------
    volume : array-like
        2 to 5 dimensions. Lists are taken as numpy takes them.
    axes : str or sequence of str, optional
        Names out of ``t pln row col ch``. By default those that the array carries, else
        ``row col`` for 2 dimensions, ``pln row col`` for 3, ``t pln row col`` for 4.

    Raises
    ------
    TypeError
        If the values are no real numbers (complex, text, objects).
    ValueError
        If the array is empty, has fewer than 2 or more than 5 dimensions, or does not fit `axes`.
    """
    if not (hasattr(volume, "shape") and hasattr(volume, "dtype") and hasattr(volume, "__getitem__")):
        volume = _array(volume)
    if isinstance(volume, np.ma.MaskedArray):
        raise TypeError("The image is a masked array; show image.filled(np.nan), and give its mask as mask=.")
    _check_values(volume)
    names = _names(volume, axes)
    path = str((getattr(volume, "meta", None) or {}).get("path") or "")
    return Planes(np.asarray(volume) if isinstance(volume, np.ndarray) else volume, names, path)


def _array(values: Any) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:
        message = "The image is a list of rows of different lengths; every row must have the same length."
        raise ValueError(message) from error


def _check_values(volume: Any) -> None:
    kind = np.dtype(volume.dtype).kind
    if kind == "c":
        raise TypeError("The image is complex; show np.abs(image), image.real or image.imag.")
    if kind not in "biuf":
        raise TypeError(f"The image must hold real numbers, not {volume.dtype}; try image.astype(float).")
    if 0 in volume.shape:
        raise ValueError(f"The image is empty: its shape is {tuple(volume.shape)}.")
    if not 2 <= len(volume.shape) <= 5:
        raise ValueError(
            f"An image has 2 to 5 dimensions (t, pln, row, col, ch), not {len(volume.shape)}: "
            f"its shape is {tuple(volume.shape)}."
        )


def _names(volume: Any, axes: str | Sequence[str] | None) -> tuple[str, ...]:
    given = axes if axes is not None else getattr(volume, "axes", None)
    names = given.replace(",", " ").split() if isinstance(given, str) else given
    names = tuple(names or _BY_DIMENSIONS[len(volume.shape)])
    ordered = tuple(name for name in AXES if name in names)
    if names != ordered or not {"row", "col"} <= set(names):
        raise ValueError(
            f"axes must be out of {' '.join(AXES)}, in this order, with row and col; not {names}."
        )
    if len(names) != len(volume.shape):
        raise ValueError(f"{len(names)} axes {names} were named for an image of shape {tuple(volume.shape)}.")
    return names


def looks_coloured(planes: Planes) -> bool:
    """Say whether an array that is shown in grey has the shape of a colour image."""
    shape = planes.array.shape
    return planes.samples == 1 and "ch" not in planes.axes and len(shape) > 2 and shape[-1] in (3, 4)
