"""Image: a numpy array that knows its sampling, and stays true when it is sliced.

The rule: what lies on the same grid, or on a regular part of it, is an `Image`; all else is a plain array.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

AXES = ("t", "pln", "row", "col", "ch")
SPATIAL = ("pln", "row", "col")
_USUAL_AXES = {
    0: (),
    1: ("col",),
    2: ("row", "col"),
    3: ("pln", "row", "col"),
    4: ("t", "pln", "row", "col"),
    5: AXES,
}
_OPPOSITE = dict(zip("LRAPSI", "RLPAIS", strict=True))
# What a result on the same grid may keep: where the samples lie, never what the old values were.
_GRID_KEYS = (
    "axes",
    "sampling",
    "sampling_source",
    "orientation",
    "affine",
    "plane_positions",
    "time_step",
)
# Said of all the colour channels together: no longer true of some of them.
_COLOUR_KEYS = ("photometric",)

OneIndex = int | slice
Index = tuple[OneIndex, ...]


class Image(np.ndarray):
    """A numpy array with `.meta`, `.sampling` and `.axes`.

    Basic slicing keeps all three true. An elementwise result on the same grid keeps where the samples lie
    and forgets the file. Transposes, fancy indices, reductions and `newaxis` give a plain array.

    Parameters
    ----------
    values : array_like
        The samples, with axes in the order ``t, pln, row, col, ch``.
    sampling : tuple of float, optional
        Distance in mm between neighbouring samples, one number for each spatial axis (pln, row, col)
        there is. None when it is not known.
    axes : tuple of str, optional
        One name for each axis. By default ``(row, col)``, ``(pln, row, col)``, ``(t, pln, row, col)``.
    meta : mapping, optional
        Anything else that is known. "affine" is an array (4, N + 1), from an index in axes order to a
        patient position in mm (DICOM's LPS); "orientation" holds one letter of LRAPSI for each spatial
        axis, the direction in which its index grows.

    Raises
    ------
    ValueError
        If axes or sampling do not fit the values.

    Examples
    --------
    >>> vol = Image(np.zeros((10, 64, 64)), sampling=(5.0, 0.5, 0.5))
    >>> vol.axes, vol[::2].sampling, vol[3].sampling
    (('pln', 'row', 'col'), (10.0, 0.5, 0.5), (0.5, 0.5))
    >>> vol[3].meta["shape"]
    (64, 64)
    >>> type(vol.T).__name__, type(vol + 1).__name__
    ('ndarray', 'Image')
    """

    _meta: dict[str, Any]

    def __new__(
        cls,
        values: Any,
        *,
        sampling: Sequence[float] | None = None,
        axes: Sequence[str] | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> Self:
        """Check that axes and sampling fit the values; share the values where that is possible."""
        array = np.asarray(values)
        described = dict(meta or {})
        axes = axes if axes is not None else described.get("axes")
        sampling = sampling if sampling is not None else described.get("sampling")
        named = _checked_axes(array.ndim, axes)
        spaced = _checked_sampling(named, sampling)
        return cls._of(array, described | {"axes": named, "sampling": spaced})

    @classmethod
    def _of(cls, array: np.ndarray, meta: dict[str, Any]) -> Self:
        image = np.asarray(array).view(cls)
        image._meta = meta | {"shape": array.shape}
        return image

    def __array_finalize__(self, obj: Any) -> None:
        # numpy does not say how this array came about, so it starts out knowing nothing.
        self._meta = {"axes": None, "sampling": None, "shape": self.shape}

    @property
    def meta(self) -> dict[str, Any]:
        """What is known about the image; a dict of its own, not shared with other slices."""
        if self._meta["shape"] != self.shape:  # somebody set .shape in place
            self.__array_finalize__(None)
        return self._meta

    @property
    def axes(self) -> tuple[str, ...] | None:
        """One name for each axis: of t, pln, row, col, ch, in this order."""
        return self.meta["axes"]

    @property
    def sampling(self) -> tuple[float, ...] | None:
        """Distance in mm between samples, one number for each spatial axis; None when not known."""
        return self.meta["sampling"]

    def with_values(self, values: Any) -> Image:
        """Put new values on this image's grid.

        Parameters
        ----------
        values : array_like
            The new samples, as many along each axis as this image has.

        Returns
        -------
        Image
            The values with this image's axes, sampling and orientation; the file they came from is forgotten.

        Raises
        ------
        ValueError
            If the shapes differ.

        Examples
        --------
        >>> im = Image([[1, 2], [3, 4]], sampling=(0.5, 0.5))
        >>> im.with_values([[0.1, 0.2], [0.3, 0.4]]).sampling
        (0.5, 0.5)
        """
        array = np.asarray(values)
        if array.shape != self.shape:
            raise ValueError(f"values have shape {array.shape}; this image's grid has shape {self.shape}")
        return Image._of(array, {key: self._meta[key] for key in _GRID_KEYS if key in self._meta})

    def __getitem__(self, index: Any) -> Any:
        picked = np.asarray(self)[index]
        if not isinstance(picked, np.ndarray):
            return picked
        basic = _basic_index(index, self.shape)
        if basic is None or self.axes is None:
            return picked
        return Image._of(picked, sliced_meta(self._meta, basic, self.shape))

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out")
        if out is not None:
            kwargs["out"] = tuple(_plain(array) for array in out)
        if isinstance(kwargs.get("where"), Image):
            kwargs["where"] = _plain(kwargs["where"])
        result = getattr(ufunc, method)(*(_plain(value) for value in inputs), **kwargs)
        if out is not None:
            return _forget_values(out)
        if method != "__call__" or ufunc.signature is not None:
            return result
        return _on_grid_of(inputs, result)

    def __array_function__(self, func: Callable, types: Any, args: Any, kwargs: Any) -> Any:
        result = super().__array_function__(func, types, args, kwargs)
        if kwargs.get("out") is not None:
            return kwargs["out"]
        if func in _ELEMENTWISE:
            return _on_grid_of((*args, *kwargs.values()), _plain(result))
        return _plain(result)

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Image:
        """Return the image as another data type, on the same grid; see `numpy.ndarray.astype`."""
        return self.with_values(np.asarray(self).astype(dtype, *args, **kwargs))

    def copy(self, order: Any = "C") -> Image:
        """Return a copy with its own values and its own `.meta`."""
        return Image._of(np.asarray(self).copy(order), _copied(self._meta))

    def clip(self, *args: Any, **kwargs: Any) -> Any:
        """Limit the values, on the same grid; see `numpy.ndarray.clip`."""
        return _on_grid_of((self,), np.asarray(self).clip(*args, **kwargs))

    def round(self, decimals: Any = 0, out: Any = None) -> Any:
        """Round the values, on the same grid; see `numpy.ndarray.round`."""
        return _on_grid_of((self,), np.asarray(self).round(decimals, out=out))

    def view(self, *args: Any, **kwargs: Any) -> Any:
        """Return a view that is a plain array; see `numpy.ndarray.view`."""
        return np.asarray(self).view(*args, **kwargs) if args or kwargs else self[...]

    def __copy__(self) -> Image:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Image:
        return self.copy()

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return _unpickled, (np.asarray(self), self._meta)

    def __reduce__(self) -> tuple:
        return self.__reduce_ex__(2)


def sliced_meta(meta: Mapping[str, Any], index: Index, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return what is still true of an image after a basic slice.

    Parameters
    ----------
    meta : mapping
        The image's meta, with "axes" and "sampling".
    index : tuple of int or slice
        One for each axis.
    shape : tuple of int
        The image's shape before the slice.

    Returns
    -------
    dict
        A new meta; "shape" is left to the caller.

    Examples
    --------
    >>> meta = {"axes": ("row", "col"), "sampling": (1.0, 2.0), "orientation": ("P", "L")}
    >>> after = sliced_meta(meta, (3, slice(None, None, -2)), (8, 8))
    >>> after["axes"], after["sampling"], after["orientation"]
    (('col',), (4.0,), ('R',))
    """
    axes = meta["axes"]
    cuts = [_cut(one, length) for one, length in zip(index, shape, strict=True)]
    by_axis = dict(zip(axes, cuts, strict=True))
    spatial = [by_axis[axis] for axis in axes if axis in SPATIAL]
    result = _copied(meta)
    result["axes"] = tuple(axis for axis, (_, step) in by_axis.items() if step is not None)
    result["sampling"] = _sliced_sampling(meta["sampling"], spatial)
    if meta.get("orientation") is not None:
        result["orientation"] = _sliced_orientation(meta["orientation"], spatial)
    if meta.get("affine") is not None:
        result["affine"] = _sliced_affine(meta["affine"], spatial)
    _slice_planes(result, dict(zip(axes, index, strict=True)))
    _slice_time(result, by_axis.get("t"))
    _slice_colour(result, by_axis.get("ch"), shape[-1] if shape else 0, index)
    return result


def _checked_axes(ndim: int, axes: Sequence[str] | None) -> tuple[str, ...]:
    if axes is None and ndim not in _USUAL_AXES:
        raise ValueError(f"an array of {ndim} dimensions is no image; its axes are some of {', '.join(AXES)}")
    named = tuple(axes) if axes is not None else _USUAL_AXES[ndim]
    if len(named) != ndim:
        raise ValueError(f"axes {named} name {len(named)} axes; the array has {ndim}")
    if list(named) != [axis for axis in AXES if axis in named]:
        raise ValueError(f"axes are {named}; they must be some of {AXES}, each once, in this order")
    return named


def _checked_sampling(axes: tuple[str, ...], sampling: Sequence[float] | None) -> tuple[float, ...] | None:
    if sampling is None:
        return None
    spaced = tuple(float(step) for step in sampling)
    spatial = [axis for axis in axes if axis in SPATIAL]
    if len(spaced) != len(spatial):
        raise ValueError(f"sampling {spaced} must have one number in mm for each of {', '.join(spatial)}")
    if not all(np.isfinite(step) and step > 0 for step in spaced):
        raise ValueError(f"sampling {spaced} must be positive numbers in mm; leave it out if it is not known")
    return spaced


def _basic_index(index: Any, shape: tuple[int, ...]) -> Index | None:
    """Return the index as one int or slice for each axis; None if it is a fancy index or adds an axis."""
    given = index if isinstance(index, tuple) else (index,)
    if not all(one is Ellipsis or isinstance(one, slice) or _is_integer(one) for one in given):
        return None
    if Ellipsis in given:
        at = given.index(Ellipsis)
        given = given[:at] + (slice(None),) * (len(shape) - len(given) + 1) + given[at + 1 :]
    filled = given + (slice(None),) * (len(shape) - len(given))
    return tuple(one if isinstance(one, slice) else operator.index(one) for one in filled)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _cut(index: OneIndex, length: int) -> tuple[int, int | None]:
    """Return the first sample taken and the step between samples; None for the step where one is picked."""
    if isinstance(index, int):
        return index % length, None
    start, _, step = index.indices(length)
    return start, step


def _sliced_sampling(sampling: tuple[float, ...] | None, cuts: list) -> tuple[float, ...] | None:
    if sampling is None:
        return None
    return tuple(mm * abs(step) for mm, (_, step) in zip(sampling, cuts, strict=True) if step is not None)


def _sliced_orientation(letters: Iterable[str], cuts: list) -> tuple[str, ...]:
    kept = [(letter, step) for letter, (_, step) in zip(letters, cuts, strict=True) if step is not None]
    return tuple(letter if step > 0 else _OPPOSITE[letter] for letter, step in kept)


def _sliced_affine(affine: np.ndarray, cuts: list) -> np.ndarray:
    """Return the map from the slice's own indices to the same positions."""
    starts = np.array([start for start, _ in cuts] + [1.0])
    origin = affine @ starts
    columns = [affine[:, axis] * step for axis, (_, step) in enumerate(cuts) if step is not None]
    return np.stack([*columns, origin], axis=1) + 0.0  # no negative zeros


def _slice_planes(meta: dict[str, Any], index: Mapping[str, OneIndex]) -> None:
    if meta.get("plane_positions") is None or "pln" not in index:
        return
    taken = index["pln"]
    if isinstance(taken, slice):
        meta["plane_positions"] = meta["plane_positions"][taken]
    else:
        del meta["plane_positions"]


def _slice_time(meta: dict[str, Any], cut: tuple[int, int | None] | None) -> None:
    if cut is None or meta.get("time_step") is None:
        return
    if cut[1] is None:
        del meta["time_step"]
    else:
        meta["time_step"] = meta["time_step"] * abs(cut[1])


def _slice_colour(meta: dict[str, Any], cut: Any, channels: int, index: Index) -> None:
    if cut is None:
        return
    taken = index[-1]
    if not isinstance(taken, slice) or taken.indices(channels) != (0, channels, 1):
        for key in _COLOUR_KEYS:
            meta.pop(key, None)


def _copied(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a meta and the containers in it, so that no two images share one."""
    containers = dict | list | np.ndarray
    return {key: value.copy() if isinstance(value, containers) else value for key, value in meta.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Image):
        return np.asarray(value)
    if type(value) in (list, tuple):
        return type(value)(_plain(one) for one in value)
    return value


def _forget_values(out: tuple) -> Any:
    """Return the arrays that were written into; an Image among them now holds values that no file has."""
    for array in out:
        if isinstance(array, Image):
            array._meta = array.with_values(array)._meta
    return out[0] if len(out) == 1 else out


def _on_grid_of(inputs: Iterable[Any], result: Any) -> Any:
    """Give the result the grid of the images it was made from, if they agree."""
    if isinstance(result, tuple):
        return tuple(_on_grid_of(inputs, one) for one in result)
    if not isinstance(result, np.ndarray):
        return result
    images = [one for one in inputs if isinstance(one, Image) and one.shape == result.shape]
    grids = [image for image in images if image.axes is not None]
    if not grids or not all(_same_grid(grids[0], other) for other in grids[1:]):
        return result
    return grids[0].with_values(result)


def _same_grid(one: Image, other: Image) -> bool:
    if one.axes != other.axes or one.sampling != other.sampling:
        return False
    first, second = one.meta.get("affine"), other.meta.get("affine")
    return (first is None and second is None) or (
        first is not None and second is not None and np.allclose(first, second)
    )


def _unpickled(array: np.ndarray, meta: dict[str, Any]) -> Image:
    return Image._of(array, meta)


_ELEMENTWISE = {np.where, np.clip, np.round, np.nan_to_num, np.zeros_like, np.ones_like, np.full_like}

# Methods and attributes whose result is no longer on the image's grid.
_OFF_GRID = """
    all any argmax argmin argpartition argsort choose compress conj conjugate cumprod cumsum diagonal dot
    flatten max mean min nonzero prod ravel repeat reshape searchsorted squeeze std sum swapaxes take trace
    transpose var byteswap getfield
"""


def _plain_method(name: str) -> Callable:
    method = getattr(np.ndarray, name)

    def call(self: Image, *args: Any, **kwargs: Any) -> Any:
        return method(np.asarray(self), *args, **kwargs)

    call.__name__, call.__doc__ = name, f"Return a plain array or number; see `numpy.ndarray.{name}`."
    return call


for _name in _OFF_GRID.split():
    setattr(Image, _name, _plain_method(_name))
for _name in ("T", "mT", "real", "imag", "flat"):
    setattr(Image, _name, property(lambda self, name=_name: getattr(np.asarray(self), name)))
