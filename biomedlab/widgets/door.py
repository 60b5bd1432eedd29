"""What every browser asks of its arguments before it shows anything, and what it then tells the front end."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from biomedlab import _checks, geometry
from biomedlab.image import SPATIAL
from biomedlab.intensity import WINDOWS
from biomedlab.widgets import picture
from biomedlab.widgets.planes import Planes, as_planes, finite, looks_coloured

_SMALL = 2**25
COLOUR_MAPS = ("gray", "gray_r", "viridis", "cividis", "magma", "inferno", "bone")


def check_axis(axis: int | str, planes: Planes) -> int:
    """Return the number of an axis that planes can be cut across, or say which there are."""
    names = planes.slices if planes.slices[0] in planes.axes else planes.slices[:1]
    if isinstance(axis, str) and axis in names:
        return names.index(axis)
    if isinstance(axis, (int, np.integer)) and not isinstance(axis, bool) and 0 <= axis < len(names):
        return int(axis)
    choices = ", ".join(f"{i} ({name})" for i, name in enumerate(names))
    raise ValueError(f"axis is {axis!r}; this image can be cut across {choices}.")


def check_index(index: int, length: int, name: str = "index") -> int:
    """Return an index into an axis, counted from the start, or say how far it goes."""
    if not isinstance(index, (int, np.integer)) or isinstance(index, bool):
        raise TypeError(f"{name} must be a whole number, not {index!r}.")
    if not -length <= index < length:
        raise ValueError(f"{name} is {index}; this axis goes from 0 to {length - 1}.")
    return int(index) % length


def check_cursor(cursor: Sequence[int], shape: Sequence[int]) -> list[int]:
    """Return three indices counted from the start, or say what was wanted."""
    if not hasattr(cursor, "__len__") or len(cursor) != 3:
        raise ValueError(f"cursor must be three indices, one for each axis, not {cursor!r}.")
    return [check_index(index, length, "cursor") for index, length in zip(cursor, shape, strict=True)]


def check_window(window: Sequence[float]) -> tuple[float, float]:
    """Return (vmin, vmax) as floats, or say what a window is."""
    try:
        vmin, vmax = (float(limit) for limit in window)
    except (TypeError, ValueError) as error:
        raise TypeError(f"window must be two numbers (vmin, vmax), not {window!r}.") from error
    if not (np.isfinite(vmin) and np.isfinite(vmax)):
        raise ValueError(f"window must be two finite numbers, not ({vmin}, {vmax}).")
    if vmin > vmax:
        raise ValueError(
            f"window is upside down: vmin {vmin:g} is above vmax {vmax:g}. Give ({vmax:g}, {vmin:g})."
        )
    return vmin, vmax


def check_range(limits: Sequence[float], name: str) -> list[float]:
    """Return [low, high] as floats, or say what a range of values is."""
    try:
        low, high = (float(limit) for limit in limits)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be two numbers [low, high] or None, not {limits!r}.") from error
    if not (np.isfinite(low) and np.isfinite(high)) or low > high:
        raise ValueError(f"{name} must be two finite numbers, the lower first, not [{low:g}, {high:g}].")
    return [low, high]


def check_box(box: Sequence[int] | None, rows: int, columns: int) -> list[int] | None:
    """Return a box inside a plane, from its first row and column to those after its last, or None."""
    try:
        edges = None if box is None else [_checks.whole(edge, "an edge", 0) for edge in box]
    except (TypeError, ValueError):
        edges = []
    if edges is None or (len(edges) == 4 and edges[0] < edges[2] <= rows and edges[1] < edges[3] <= columns):
        return edges
    raise ValueError(
        f"box must be four whole numbers (row, column, end row, end column) that grow and lie within "
        f"{rows} rows and {columns} columns, not {box!r}."
    )


def check_sampling(sampling: Sequence[float], planes: Planes) -> tuple[float, ...]:
    """Return mm along each spatial axis that there is, or say what was wanted."""
    names = [name for name in SPATIAL if name in planes.axes]
    try:
        values = tuple(float(value) for value in sampling)
    except (TypeError, ValueError) as error:
        raise TypeError(f"sampling must be numbers in mm, one for each of {', '.join(names)}.") from error
    if len(values) != len(names):
        raise ValueError(
            f"sampling has {len(values)} numbers; wanted one for each of {', '.join(names)}, in mm."
        )
    if not all(0 < value < np.inf for value in values):
        raise ValueError(f"sampling must be positive mm, not {values}.")
    return values


def check_mask(mask: Any, planes: Planes) -> Planes:
    """Return a mask or labels as planes on an image's grid, or say what shape was wanted."""
    mask = np.asarray(mask)
    if mask.dtype.kind not in "bui":
        raise TypeError(f"A mask must be True and False, or whole-number labels, not {mask.dtype}.")
    spatial = tuple(
        name for name in planes.axes if name in (SPATIAL if "pln" in planes.axes else planes.slices)
    )
    grids = [tuple(name for name in planes.axes if name != "ch"), spatial]
    for axes in grids:
        if mask.shape == tuple(planes.length(name) for name in axes):
            return as_planes(mask.view(np.uint8) if mask.dtype == bool else mask, axes)
    wanted = " or ".join(str(tuple(planes.length(name) for name in axes)) for axes in dict.fromkeys(grids))
    raise ValueError(f"The mask's shape is {mask.shape}; this image wants {wanted}.")


def check_same_grid(image: Any, other: Any, planes: Planes, others: Planes) -> None:
    """Refuse two images whose samples do not lie at the same places."""
    shapes = [one.array.shape for one in (planes, others)]
    mend = "Resample one onto the grid of the other first, for instance with scipy.ndimage.zoom."
    if shapes[0] != shapes[1] or planes.axes != others.axes:
        raise ValueError(f"The images have different shapes: {shapes[0]} and {shapes[1]}. {mend}")
    mm = [image_sampling(image, planes), image_sampling(other, others)]
    if mm[0] and mm[1] and not np.allclose(mm[0], mm[1], rtol=1e-3):
        raise ValueError(f"The images have different sampling: {mm[0]} and {mm[1]} mm. {mend}")
    affines = [(getattr(one, "meta", None) or {}).get("affine") for one in (image, other)]
    if (
        affines[0] is not None
        and affines[1] is not None
        and not np.allclose(affines[0], affines[1], atol=0.01)
    ):
        raise ValueError(f"The images lie at different places in the body. {mend}")


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


def grid_traits(planes: Planes, sampling: Sequence[float] | None, meta: dict[str, Any]) -> dict[str, Any]:
    """Return the traits that say where the samples lie: shape, mm and the body."""
    missing = [axis for axis, name in enumerate(planes.slices) if name not in planes.axes or name == "t"]
    pad = len(missing)
    traits: dict[str, Any] = {
        "_shape": planes.shape,
        "_axes": planes.slices,
        "_frames": planes.frames,
        "_title": " x ".join(str(length) for length in planes.array.shape),
        "_unit": meta.get("unit") or "",
        "_notes": _notes(planes, sampling),
        "_sampling": [0.0] * pad + list(sampling) if sampling else [],
    }
    if meta.get("orientation"):
        letters = [""] * pad + list(meta["orientation"])
        traits["_orientation"] = letters
        if not missing:
            traits["_plane_names"] = [geometry.plane_name(letters, axis) or "" for axis in range(3)]
    if meta.get("affine") is not None:
        traits["_affine"] = np.insert(np.asarray(meta["affine"], float), [0] * pad, 0, axis=1).tolist()
    return traits


def _notes(planes: Planes, sampling: Sequence[float] | None) -> list[str]:
    notes = []
    if not sampling:
        notes.append("The sampling is not known: pixels are drawn square, and nothing is said in mm.")
    if looks_coloured(planes):
        rows, columns = planes.array.shape[-2:]
        notes.append(
            f"Shown as grey planes of {rows} x {columns}. For a colour image give axes='row col ch'."
        )
    return notes


def tone_traits(
    planes: Planes, window: Sequence[float] | None, cmap: str, unit: str | None
) -> dict[str, Any]:
    """Return the traits of window and colours: the first window, its limits, presets and colour tables."""
    cmap = picture.check_cmap(cmap)
    if planes.samples > 1:
        return {"cmap": cmap, "window": (0.0, 255.0) if window is None else check_window(window)}
    values = finite(planes.sample())
    usual = default_window(values)
    low, high = _range(planes, values)
    if usual[0] == usual[1]:
        usual = low, high
    limits = usual if window is None else check_window(window)
    names = COLOUR_MAPS if cmap in COLOUR_MAPS else (cmap, *COLOUR_MAPS)
    presets = [
        ["0.1 to 99.9 percentile", *usual],
        ["1 to 99 percentile", *_percentiles(values)],
        ["full range", low, high],
    ]
    if unit == "HU":
        presets += [[f"CT {name}", *one.limits] for name, one in WINDOWS.items()]
    return {
        "cmap": cmap,
        "window": limits,
        "_colours": [[name, picture.colour_table(name)] for name in names],
        "_range": [min(low, limits[0]), max(high, limits[1])],
        "_whole": values.dtype.kind in "biu",
        "_presets": presets,
    }


def _range(planes: Planes, values: np.ndarray) -> tuple[float, float]:
    """Return least and greatest finite value: of all that is small, else of a sample.

    Where a large array's sample is flat the middle plane is read too, never the whole file.
    """
    if isinstance(planes.array, np.ndarray) and planes.array.nbytes <= _SMALL:
        values = finite(planes.array.ravel())
    elif not values.size or values.min() == values.max():
        middle = finite(planes.read(0, planes.shape[0] // 2)).ravel()
        values = np.concatenate([values, middle])
    return (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)


def _percentiles(values: np.ndarray) -> list[float]:
    if values.dtype == bool or not values.size:
        return [0.0, 1.0]
    return [float(limit) for limit in np.percentile(values, (1, 99), method="nearest")]
