"""Where samples are: sampling, field of view, aspect, planes, and the names that anatomy gives them.

Axes are always in the order (pln, row, col), lengths in mm, and patient positions in DICOM's LPS system:
x grows to the patient's left, y to the back, z to the head.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from biomedlab import _checks

__all__ = [
    "aspect",
    "centre",
    "edge_labels",
    "field_of_view",
    "patient_position",
    "plane",
    "plane_name",
    "position",
    "voxel_volume",
]

_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "S": "I", "I": "S"}
_PLANE_ACROSS = {"L": "sagittal", "A": "coronal", "S": "axial"}


def _shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return `shape` as whole numbers of at least 1."""
    try:
        lengths = tuple(shape)
    except TypeError:
        raise TypeError(f"shape must be a tuple such as image.shape, not {shape!r}") from None
    if not lengths:
        raise ValueError("shape is empty: give one number of samples for each axis")
    return tuple(_checks.whole(length, "a number of shape", 1) for length in lengths)


def _axis(axis: int, count: int = 3) -> int:
    """Return `axis` counted from the front."""
    return _checks.whole(axis, "axis", -count, count - 1) % count


def _letters(orientation: Sequence[str]) -> tuple[str, ...]:
    """Return the patient directions, if they are letters of 2 or 3 different body axes."""
    letters = tuple(orientation)
    if any(letter not in _OPPOSITE for letter in letters):
        raise ValueError(f"orientation is {letters}, but only the letters L R A P S I are known")
    if len(letters) not in (2, 3) or len({_body_axis(letter) for letter in letters}) != len(letters):
        raise ValueError(
            f"orientation is {letters}, but 2 or 3 different body axes are needed, as ('S', 'P', 'L')"
        )
    return letters


def _body_axis(letter: str) -> str:
    """Return the letter that stands for both ends of a body axis."""
    return letter if letter in _PLANE_ACROSS else _OPPOSITE[letter]


def _shown(values: tuple[Any, ...], axis: int) -> tuple[Any, Any]:
    """Return what belongs to the rows and to the columns of the plane that is left without `axis`."""
    if len(values) == 2:
        return values[0], values[1]
    axis = _axis(axis)
    rows, cols = (value for number, value in enumerate(values) if number != axis)
    return rows, cols


def field_of_view(shape: Sequence[int], sampling: Sequence[float]) -> tuple[float, ...]:
    """Return the length in mm that an array covers along each axis.

    Every sample stands for a piece of space as long as the distance to its neighbour.

    Parameters
    ----------
    shape : sequence of N int
        Number of samples along each axis, (pln, row, col) for a volume.
    sampling : sequence of N float
        Distance in mm between neighbouring samples, in the order of `shape`.

    Returns
    -------
    tuple of N float
        Lengths in mm.

    Raises
    ------
    ValueError
        If the two differ in length, or a number is zero, negative or NaN.
    TypeError
        If `sampling` is None: the file does not say.

    Notes
    -----
    ``length = samples * sampling``; the course writes ``np.array(vol.meta["sampling"]) * vol.shape``.

    Examples
    --------
    >>> field_of_view((10, 512, 512), (5.0, 0.5, 0.5))
    (50.0, 256.0, 256.0)
    """
    lengths = _shape(shape)
    steps = _checks.spacings(sampling, (len(lengths),))
    return tuple(length * step for length, step in zip(lengths, steps, strict=True))


def aspect(sampling: Sequence[float], axis: int = 0) -> float:
    """Return the aspect that draws a plane in its true proportions: row spacing over column spacing.

    Parameters
    ----------
    sampling : sequence of 2 or 3 float
        Distance in mm between samples: (row, col) of an image, or (pln, row, col) of a volume.
    axis : int, default 0
        The axis of the volume that the plane cuts across, from -3 to 2; without meaning for an image.

    Returns
    -------
    float
        For ``plt.imshow(plane, aspect=...)``: the height of a pixel in units of its width.

    Raises
    ------
    ValueError
        If `sampling` has another length, a number that is not above zero, or `axis` is not one of the three.
    TypeError
        If `sampling` is None: the file does not say.

    Examples
    --------
    >>> aspect((5.0, 0.5, 0.25), axis=0), aspect((5.0, 0.5, 0.25), axis=1), aspect((5.0, 0.5, 0.25), axis=2)
    (2.0, 20.0, 10.0)
    >>> aspect((0.5, 0.25))
    2.0
    """
    rows, cols = _shown(_checks.spacings(sampling, (2, 3)), axis)
    return rows / cols


def centre(shape: Sequence[int]) -> tuple[float, ...]:
    """Return the index of the middle of an array; it lies between two samples when their number is even.

    Parameters
    ----------
    shape : sequence of N int
        Number of samples along each axis.

    Returns
    -------
    tuple of N float
        Indices, not mm.

    Raises
    ------
    ValueError
        If `shape` is empty or holds a number below 1.

    Notes
    -----
    Indices run from 0 to n - 1, so the middle is (n - 1) / 2.

    Examples
    --------
    >>> centre((256, 3))
    (127.5, 1.0)
    """
    return tuple((length - 1) / 2 for length in _shape(shape))


def position(index: Sequence[float], sampling: Sequence[float]) -> tuple[float, ...]:
    """Return how far in mm a sample lies from the first one, along each axis.

    Parameters
    ----------
    index : sequence of N float
        Indices in the order of `sampling`; fractions are between samples.
    sampling : sequence of N float
        Distance in mm between neighbouring samples.

    Returns
    -------
    tuple of N float
        Distances in mm, from the centre of the sample at index 0.

    Raises
    ------
    ValueError
        If the two differ in length, an index is NaN or infinite, or a distance is not above zero.
    TypeError
        If `sampling` is None: the file does not say.

    Examples
    --------
    >>> position((2, 10, 0.5), (5.0, 0.5, 0.5))
    (10.0, 5.0, 0.25)
    """
    places = tuple(_checks.finite(place, "a number of index") for place in index)
    steps = _checks.spacings(sampling, (len(places),))
    return tuple(place * step for place, step in zip(places, steps, strict=True))


def patient_position(index: Sequence[float], affine: npt.ArrayLike) -> tuple[float, float, float]:
    """Return where in the patient a sample lies, in mm to the left, to the back and to the head (LPS).

    Parameters
    ----------
    index : sequence of N float
        Indices in axes order, (pln, row, col) for a volume; fractions are between samples.
    affine : array of float, shape (4, N + 1)
        ``image.meta["affine"]``: it takes (pln, row, col, 1) to (x, y, z, 1).

    Returns
    -------
    tuple of 3 float
        x, y, z in mm.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is NaN or infinite, or the last row of `affine` is not 0 .. 0 1.
    TypeError
        If `affine` is None: the file does not say where the patient lay.

    References
    ----------
    DICOM PS3.3, C.7.6.2.1.1, "Image Position and Image Orientation".

    Examples
    --------
    >>> affine = [[0, 0, 0.5, -10], [0, 0.5, 0, -20], [5, 0, 0, 100], [0, 0, 0, 1]]
    >>> patient_position((2, 40, 20), affine)
    (0.0, 0.0, 110.0)
    """
    if affine is None:
        raise TypeError("affine is None: the file does not say where the patient lay")
    places = [_checks.finite(place, "a number of index") for place in index]
    matrix = np.asarray(affine, dtype=float)
    if matrix.shape != (4, len(places) + 1):
        raise ValueError(
            f"affine has shape {matrix.shape}, but {len(places)} indices need {(4, len(places) + 1)}"
        )
    if not np.isfinite(matrix).all() or not np.array_equal(matrix[3], [0.0] * len(places) + [1.0]):
        raise ValueError("affine must hold finite numbers, and its last row must be 0 .. 0 1")
    x, y, z = (matrix @ [*places, 1.0])[:3].tolist()
    return x, y, z


def plane(volume: Any, index: int, *, axis: int = 0) -> Any:
    """Return one plane of a volume, with the metadata that the volume carries.

    Only the asked-for plane is read, so a memory map, zarr or dask array serves as well.

    Parameters
    ----------
    volume : array, shape (pln, row, col)
        Or (pln, row, col, ch), if an `Image` says so by its axes.
    index : int
        Which plane; negative counts from the end.
    axis : int, default 0
        The axis that the plane cuts across, from -3 to 2.

    Returns
    -------
    array
        ``volume[index]``, ``volume[:, index]`` or ``volume[:, :, index]``.

    Raises
    ------
    ValueError
        If `volume` does not have three spatial axes, or `index` or `axis` lie outside it.

    Examples
    --------
    >>> volume = np.arange(24).reshape(2, 3, 4)
    >>> plane(volume, 1, axis=2).tolist()
    [[1, 5, 9], [13, 17, 21]]
    """
    shape = tuple(getattr(volume, "shape", ()))
    colour = "ch" in (getattr(volume, "axes", None) or ())
    if len(shape) - colour != 3:
        raise ValueError(
            f"a volume with the axes (pln, row, col) is needed, but the shape is {shape}: "
            "of a movie take one moment first, movie[0]; a 2-D image is a plane already"
        )
    axis = _axis(axis)
    index = _checks.whole(index, "index", -shape[axis], shape[axis] - 1) % shape[axis]
    return volume[(slice(None),) * axis + (index,)]


def plane_name(orientation: Sequence[str] | None, axis: int = 0) -> str | None:
    """Return what anatomy calls a plane: ``"axial"``, ``"coronal"`` or ``"sagittal"``.

    Parameters
    ----------
    orientation : sequence of 2 or 3 str, or None
        The patient direction (L R A P S I) towards which each index grows; None is not known.
    axis : int, default 0
        The axis of the volume that the plane cuts across; without meaning for two letters, an image.

    Returns
    -------
    str or None
        None when `orientation` is None. For an oblique scan the name of the nearest plane.

    Raises
    ------
    ValueError
        If the letters are not directions of different body axes, or `axis` is not one of the three.

    Examples
    --------
    >>> [plane_name(("S", "P", "L"), axis) for axis in (0, 1, 2)]
    ['axial', 'coronal', 'sagittal']
    >>> plane_name(None) is None
    True
    """
    if orientation is None:
        return None
    seen = {_body_axis(letter) for letter in _shown(_letters(orientation), axis)}
    return next(name for letter, name in _PLANE_ACROSS.items() if letter not in seen)


def edge_labels(orientation: Sequence[str] | None, axis: int = 0) -> tuple[str, str, str, str] | None:
    """Return the patient directions at the left, right, top and bottom edge of a plane as imshow draws it.

    Parameters
    ----------
    orientation : sequence of 2 or 3 str, or None
        The patient direction (L R A P S I) towards which each index grows; None is not known.
    axis : int, default 0
        The axis of the volume that the plane cuts across; without meaning for two letters, an image.

    Returns
    -------
    tuple of 4 str, or None
        Left, right, top, bottom. None when `orientation` is None.

    Raises
    ------
    ValueError
        If the letters are not directions of different body axes, or `axis` is not one of the three.

    Notes
    -----
    Rows grow downwards and columns to the right. In a standard axial CT plane the patient's right is at the
    left edge: one looks from the feet.

    Examples
    --------
    >>> edge_labels(("S", "P", "L"), axis=0)
    ('R', 'L', 'A', 'P')
    >>> edge_labels(("S", "P", "L"), axis=1)
    ('R', 'L', 'I', 'S')
    """
    if orientation is None:
        return None
    bottom, right = _shown(_letters(orientation), axis)
    return _OPPOSITE[right], right, _OPPOSITE[bottom], bottom


def voxel_volume(sampling: Sequence[float]) -> float:
    """Return the piece of space in mm3 that one voxel stands for.

    Parameters
    ----------
    sampling : sequence of 3 float
        Distance in mm between voxels, (pln, row, col). Not the slice thickness: slices may
        overlap or leave gaps.

    Returns
    -------
    float
        In mm3.

    Raises
    ------
    ValueError
        If there are not three numbers above zero.
    TypeError
        If `sampling` is None: the file does not say.

    Examples
    --------
    >>> voxel_volume((5.0, 0.5, 0.5))
    1.25
    """
    return math.prod(_checks.spacings(sampling, (3,)))
