"""The Python that draws what a view shows, as text; and the figure that this text makes when it runs."""

import json
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import _pylab_helpers
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from biomedlab import data
from biomedlab.widgets.picture import LABELS

CROSSHAIR = "#ffd500"
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pdf", ".svg")
_PICTURES = ("PNG", "JPEG")
_YOURS = "your array"


@dataclass(frozen=True)
class Layer:
    """An array of a view, as its code names it.

    Attributes
    ----------
    name : str
        The variable: "volume", "image", "other", "mask".
    axes : tuple of str
        Its axes, out of ``t, pln, row, col, ch``.
    dtype : str
        numpy's name.
    opening : str
        The Python that opens it, such as ``biomedlab.load('scan.nii.gz')``; empty if it is no file's.
    lazy : bool
        Whether a slice of it is no numpy array yet (zarr, dask).
    odd : bool
        Whether the planes shown hold infinities or NaN.
    """

    name: str
    axes: tuple[str, ...]
    dtype: str = "uint8"
    opening: str = ""
    lazy: bool = False
    odd: bool = False


@dataclass(frozen=True)
class Shot:
    """What is on screen: all that its code depends on.

    Attributes
    ----------
    image : Layer
        The array shown.
    cuts : tuple of (int, int)
        (axis, index) of each picture, the axis a number into `slices`.
    slices : tuple of str
        The three axes that planes are cut across.
    shape : tuple of int
        Samples along `slices`.
    samples : int
        Numbers in a pixel: 3 or 4 for colour, else 1.
    time, channel : int
        Which volume of several.
    window : tuple of float
        The values shown darkest and brightest.
    cmap : str
        matplotlib's name.
    gamma : float
        Power of the grey levels.
    sampling : tuple of float
        mm along `slices`, 0 where it is not known; empty if nothing is.
    plane_names, orientation : tuple of str
        "axial" ... of a cut across each axis; the direction in which each axis grows.
    unit : str
        Of the values.
    mask : Layer, optional
        Laid over the image.
    opacity : float
        Of what is laid over the image.
    outline : bool
        Whether only the edge of each label is drawn.
    highlight : tuple of float, optional
        Values from .. to that are lit.
    highlight_outline : bool
        Whether only the edge of what is lit is drawn.
    cursor : tuple of int, optional
        Indices of the crosshair along `slices`.
    other : Layer, optional
        The second image of a comparison.
    compare : str
        "side", "swipe", "blend" or "difference".
    share, limit : float
        Of the swipe or the blend; the difference shown in the strongest colour.
    names : tuple of str
        What the images are called.
    difference : str
        Name of the colour map of differences.
    """

    image: Layer
    cuts: tuple[tuple[int, int], ...]
    slices: tuple[str, ...] = ("pln", "row", "col")
    shape: tuple[int, ...] = (1, 1, 1)
    samples: int = 1
    time: int = 0
    channel: int = 0
    window: tuple[float, float] = (0.0, 1.0)
    cmap: str = "gray"
    gamma: float = 1.0
    sampling: tuple[float, ...] = ()
    plane_names: tuple[str, ...] = ()
    orientation: tuple[str, ...] = ()
    unit: str = ""
    mask: Layer | None = None
    opacity: float = 0.5
    outline: bool = False
    highlight: tuple[float, float] | None = None
    highlight_outline: bool = False
    cursor: tuple[int, ...] | None = None
    other: Layer | None = None
    compare: str = "side"
    share: float = 0.5
    limit: float = 1.0
    names: tuple[str, ...] = ("first", "second")
    difference: str = "RdBu_r"


def text(shot: Shot) -> str:
    """Return Python that draws what a view shows.

    Parameters
    ----------
    shot : Shot
        What is on screen.

    Returns
    -------
    str
        Lines that make the figure ``fig``. Arrays that are no file's must be there under their names.

    Examples
    --------
    >>> volume = Layer("volume", ("pln", "row", "col"), opening='biomedlab.load("brain.nii.gz")')
    >>> print(text(Shot(volume, ((0, 90),), shape=(181, 217, 181), window=(0, 200))))
    import biomedlab
    import matplotlib.pyplot as plt
    <BLANKLINE>
    volume = biomedlab.load("brain.nii.gz")
    plane = volume[90]
    <BLANKLINE>
    fig, ax = plt.subplots(layout="constrained")
    drawn = ax.imshow(plane, cmap="gray", vmin=0, vmax=200, interpolation="nearest")
    ax.set(title="pln 90", xlabel="col", ylabel="row")
    fig.colorbar(drawn, ax=ax)
    """
    layers = [layer for layer in (shot.image, shot.other, shot.mask) if layer]
    body = [*(_opened(layer) for layer in layers), *_toned(shot)]
    if len(shot.cuts) > 1 and not shot.other:
        body += _orthogonal(shot)
    else:
        body += _compared(shot) if shot.other else _single(shot)
    return "\n".join([*_imports(body), "", *body])


def run(code: str, **arrays: Any) -> Figure:
    """Run the code of a view and return its figure, which pyplot then knows nothing of.

    Parameters
    ----------
    code : str
        Python that makes a figure named ``fig``, as `text` writes it.
    **arrays : array-like
        The arrays that the code names without opening them: ``volume=...``.

    Returns
    -------
    matplotlib.figure.Figure
        Not shown, and not among pyplot's open figures.

    Examples
    --------
    >>> figure = run("import matplotlib.pyplot as plt; fig, ax = plt.subplots()")
    >>> len(figure.axes), plt.get_fignums()
    (1, [])
    """
    before = _pylab_helpers.Gcf.get_active()
    names: dict[str, Any] = dict(arrays)
    with plt.ioff():
        try:
            exec(compile(code, "<code of the view>", "exec"), names)  # noqa: S102 - the text that `text` wrote
        finally:
            if isinstance(names.get("fig"), Figure):
                plt.close(names["fig"])
                FigureCanvasAgg(names["fig"])  # closing took the window's canvas away
            if before is not None:
                _pylab_helpers.Gcf.set_active(before)
    return names["fig"]


def save(drawn: Figure | NDArray[np.uint8], path: str | Path, *, dpi: float = 150) -> Path:
    """Save a figure, or a picture of RGBA bytes, as a file.

    Parameters
    ----------
    drawn : Figure or ndarray
        A matplotlib figure, or pixels (height, width, 4).
    path : str or Path
        Its suffix says the format: .png, .jpg, .tif, .pdf or .svg.
    dpi : float
        Pixels an inch, of a figure.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If the suffix names another format, or none.
    FileNotFoundError
        If the folder is not there.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        wanted = ", ".join(SUFFIXES)
        raise ValueError(
            f"{_quoted(path.name)} does not say a format that can be saved: end the name in one of {wanted}"
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r}: make it first, or choose another")
    if isinstance(drawn, Figure):
        drawn.savefig(path, dpi=dpi)
    else:
        kind = {".tif": "tiff"}.get(path.suffix.lower(), path.suffix.lower().removeprefix("."))
        matplotlib.image.imsave(path, drawn[..., :3] if kind.startswith("jp") else drawn, format=kind)
    return path


# ---- what a view shows


def shot(view: Any) -> Shot:
    """Return what an image view shows, from its traits and planes."""
    image, cuts = view._planes["image"], tuple(view.cuts())
    three = view._kind == "orthogonal"
    name = "image" if len(image.array.shape) == 2 + (image.samples > 1) else "volume"
    layer = _layer(name, image, view.planes())
    cursor = view.cursor if not three else tuple(index for _, index in cuts) if view.crosshair else None
    second = view._planes.get("second")
    return Shot(
        image=layer,
        cuts=cuts,
        slices=image.slices,
        shape=image.shape,
        samples=image.samples,
        time=view.time,
        channel=view.channel,
        window=view.window,
        cmap=view.cmap,
        gamma=view.gamma,
        sampling=tuple(view._sampling),
        plane_names=tuple(view._plane_names),
        orientation=tuple(view._orientation),
        unit=view._unit,
        mask=Layer("mask", view._planes["mask"].axes) if "mask" in view._planes else None,
        opacity=view.opacity,
        outline=view.outline,
        highlight=tuple(view.highlight) if view.highlight and image.samples == 1 else None,
        highlight_outline=view.highlight_outline,
        cursor=tuple(cursor) if cursor else None,
        other=_layer("other", second, view.planes("second")) if second else None,
        compare=view.compare,
        share=view.share,
        limit=view.limit,
        names=tuple(view._names),
    )


def arrays(view: Any) -> dict[str, Any]:
    """Return the arrays of a view by the names that its code has for them."""
    named = {"image": "volume", "second": "other", "mask": "mask"}
    found = {named[layer]: planes.array for layer, planes in view._planes.items() if layer in named}
    return {**found, "image": found["volume"]}


def _layer(name: str, planes: Any, shown: Sequence[NDArray[Any]]) -> Layer:
    return Layer(
        name,
        planes.axes,
        np.dtype(planes.array.dtype).name,
        opening(planes.array, planes.path or None),
        not isinstance(planes.array, np.ndarray),
        any(plane.dtype.kind == "f" and not np.isfinite(plane).all() for plane in shown),
    )


# ---- opening the file again


def opening(array: Any, path: str | Path | None) -> str:
    """Return the Python that opens an array's file, if that gives the very same values; else an empty string.

    Parameters
    ----------
    array : array-like
        The values shown. What is no numpy array is not compared, and counts as no file's.
    path : str or Path, optional
        The file that they may have come from.

    Examples
    --------
    >>> brain = data.path("brain_mask")
    >>> import biomedlab
    >>> opening(biomedlab.load(brain), brain)
    'biomedlab.load(biomedlab.data.path("brain_mask"))'
    >>> opening(biomedlab.load(brain)[::-1], brain)
    ''
    """
    if path is None or not isinstance(array, np.ndarray) or not Path(path).exists():
        return ""
    key = str(path), Path(path).stat().st_mtime_ns, array.shape, str(array.dtype), _checksum(array)
    if key not in _OPENINGS:
        _OPENINGS[key] = next((line for line in _openings(path) if _gives(line, array)), "")
    return _OPENINGS[key]


_OPENINGS: dict[Any, str] = {}


def _checksum(array: NDArray[Any]) -> int:
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data)


def _openings(path: str | Path) -> list[str]:
    name = next((name for name in data.names() if data.path(name) == Path(path)), None)
    place = _quoted(path) if name is None else f"biomedlab.data.path({_quoted(name)})"
    by_imageio = [f"iio.imread({place})"] * (Path(path).suffix.lower() in (".png", ".jpg", ".jpeg"))
    return [*by_imageio, f"biomedlab.load({place})"]


def _gives(line: str, array: NDArray[Any]) -> bool:
    """Say whether a line of code gives an array: it is run."""
    names: dict[str, Any] = {}
    try:
        with warnings.catch_warnings(action="ignore"):
            exec("\n".join([*_imports([line]), f"opened = {line}"]), names)  # noqa: S102 - one of `_openings`
    except Exception:  # noqa: BLE001 - whatever is wrong with the file, this line does not give the array
        return False
    opened = np.asarray(names["opened"])
    same = opened.dtype == array.dtype and opened.shape == array.shape
    return same and np.array_equal(opened, array, equal_nan=array.dtype.kind == "f")


# ---- lines of code

_IMPORTS = {
    "biomedlab.": "import biomedlab",
    "iio.": "import imageio.v3 as iio",
    "plt.": "import matplotlib.pyplot as plt",
    "np.": "import numpy as np",
    "ListedColormap(": "from matplotlib.colors import ListedColormap",
    "to_rgba_array(": "from matplotlib.colors import to_rgba_array",
}


def _imports(lines: Sequence[str]) -> list[str]:
    found = [line for sign, line in _IMPORTS.items() if any(sign in one for one in lines)]
    return sorted(found, key=lambda line: line.replace("from ", "import "))


def _opened(layer: Layer) -> str:
    return f"{layer.name} = {layer.opening}" if layer.opening else f"{layer.name}  # {_YOURS}"


def _quoted(words: Any) -> str:
    return json.dumps(str(words), ensure_ascii=False)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _plane(shot: Shot, layer: Layer, cut: tuple[int, int], name: str) -> list[str]:
    """Return the lines that take one plane of an array."""
    where = {"t": shot.time, "ch": shot.channel, shot.slices[cut[0]]: cut[1]}
    keys = [":" if axis == "ch" and shot.samples > 1 else str(where.get(axis, ":")) for axis in layer.axes]
    while keys and keys[-1] == ":":
        keys.pop()
    taken = f"{layer.name}[{', '.join(keys)}]" if keys else layer.name
    if layer.lazy:
        taken = f"np.asarray({taken})"
    if layer.dtype in ("float128", "longdouble", "float96"):
        taken = f"{taken}.astype(float)"
    return [f"{name} = {taken}", *_coloured(shot, layer, name)]


def _coloured(shot: Shot, layer: Layer, name: str) -> list[str]:
    """Return the lines that make values fit for imshow: colours as bytes, no infinities."""
    if shot.samples == 1:
        return _finite(shot.window, name) if layer.odd else []
    kind = np.dtype(layer.dtype)
    if kind.kind == "f":
        return [f"{name} = (np.clip(np.nan_to_num({name}), 0, 1) * 255).astype(np.uint8)"]
    if kind.kind == "b":
        return [f"{name} = {name}.astype(np.uint8) * np.uint8(255)"]
    if kind == np.uint16:
        return [f"{name} = ({name} // 257).astype(np.uint8)  # 16 bits to 8"]
    return [] if kind == np.uint8 else [f"{name} = np.clip({name}, 0, 255).astype(np.uint8)"]


def _finite(window: tuple[float, float], name: str) -> list[str]:
    """Return the line that keeps infinities, which imshow leaves out, and NaN where it has no colour."""
    low, high = window
    if low == high:
        return [f"{name} = np.nan_to_num({name})  # in an empty window all is of one colour"]
    beyond = f"{_number(2 * low - high)}, {_number(2 * high - low)}"
    return [f"{name} = np.clip({name}, {beyond})  # infinities: below and above the window"]


def _toned(shot: Shot) -> list[str]:
    """Return the lines that bend a colour map by a gamma."""
    if shot.gamma == 1 or shot.samples > 1:
        return []
    return [
        f"straight = plt.get_cmap({_quoted(shot.cmap)})",
        "levels = np.arange(straight.N) / (straight.N - 1)",
        f"bent = np.floor((straight.N - 1) * levels ** {_number(shot.gamma)} + 0.5).astype(int)",
        "ends = dict(under=straight(-1.0), over=straight(2.0), bad=straight(np.nan))",
        "cmap = ListedColormap(straight(bent)).with_extremes(**ends)",
    ]


def _tone(shot: Shot) -> str:
    """Return the arguments of imshow that say the colours."""
    if shot.samples > 1:
        return ""
    cmap = _quoted(shot.cmap) if shot.gamma == 1 else "cmap"
    return f", cmap={cmap}, vmin={_number(shot.window[0])}, vmax={_number(shot.window[1])}"


def _sides(shot: Shot, axis: int) -> tuple[int, int]:
    down, across = (other for other in range(3) if other != axis)
    return down, across


def _step(shot: Shot, axis: int) -> float:
    return (shot.sampling[axis] if shot.sampling else 0) or 1.0


def _flipped(shot: Shot, axis: int) -> bool:
    """Say whether the first row lies at the bottom, so that the head or the front is up."""
    return bool(shot.orientation) and shot.orientation[_sides(shot, axis)[0]] in ("S", "A")


def _frame(shot: Shot, axis: int) -> str:
    """Return the arguments of imshow that say where the picture lies, in mm."""
    down, across = _sides(shot, axis)
    edges = [(-0.5 * _step(shot, one), (shot.shape[one] - 0.5) * _step(shot, one)) for one in (across, down)]
    flip = _flipped(shot, axis)
    rows = edges[1] if flip else edges[1][::-1]
    extent = ", ".join(_number(round(edge, 6)) for edge in (*edges[0], *rows))
    return (', origin="lower"' if flip else "") + (f", extent=({extent})" if shot.sampling else "")


def _labels(shot: Shot, axis: int, title: str | None = None) -> str:
    def label(one: int) -> str:
        return f"{shot.slices[one]} (mm)" if shot.sampling and shot.sampling[one] else shot.slices[one]

    down, across = _sides(shot, axis)
    said = _title(shot, axis) if title is None else title
    return f"title={_quoted(said)}, xlabel={_quoted(label(across))}, ylabel={_quoted(label(down))}"


def _title(shot: Shot, axis: int) -> str:
    index = dict(shot.cuts)[axis]
    parts = [shot.plane_names[axis]] if shot.plane_names and shot.plane_names[axis] else []
    if shot.slices[axis] in shot.image.axes:
        mm = f", {index * _step(shot, axis):.1f} mm" if shot.sampling and shot.sampling[axis] else ""
        parts.append(f"{shot.slices[axis]} {index}{mm}")
    parts += [f"t {shot.time}"] * ("t" in shot.image.axes and shot.slices[0] != "t")
    parts += [f"ch {shot.channel}"] * ("ch" in shot.image.axes and shot.samples == 1)
    return ", ".join(parts)


def _over(shot: Shot, axis: int, ax: str = "ax") -> list[str]:
    """Return the lines that lay the mask, the lit values and the crosshair over a picture."""
    if not (shot.mask or shot.highlight):
        return _crossed(shot, axis, ax)
    lines = [
        f"colours = np.round(255 * to_rgba_array({json.dumps(LABELS)}))",
        "over = np.zeros((*plane.shape[:2], 4), np.uint8)",
    ]
    if shot.mask:
        bare = Shot(shot.mask, shot.cuts, slices=shot.slices, time=shot.time)
        lines += _plane(bare, shot.mask, (axis, dict(shot.cuts)[axis]), "labels")
        lines += _painted("labels", shot.outline)
    if shot.highlight:
        low, high = (_number(limit) for limit in shot.highlight)
        lines += [f"lit = (plane >= {low}) & (plane <= {high})", *_painted("lit", shot.highlight_outline)]
    drawn = f'{ax}.imshow(over, alpha={_number(shot.opacity)}, interpolation="nearest"{_frame(shot, axis)})'
    return [*lines, drawn, *_crossed(shot, axis, ax)]


def _painted(name: str, outline: bool) -> list[str]:
    """Return the lines that give each label its colour, or only the samples at its edge."""
    lines = [f"shown = {name} != 0"]
    if outline:
        near = ("[:-2, 1:-1]", "[2:, 1:-1]", "[1:-1, :-2]", "[1:-1, 2:]")
        lines += [
            f"wide = np.pad({name}, 1)",
            f"shown &= ~({' & '.join(f'(wide{part} == {name})' for part in near)})  # only the edge",
        ]
    return [*lines, f"over[shown] = colours[({name}[shown].astype(int) - 1) % {len(LABELS)}]"]


def _crossed(shot: Shot, axis: int, ax: str) -> list[str]:
    if not shot.cursor:
        return []
    down, across = (_number(round(shot.cursor[one] * _step(shot, one), 6)) for one in _sides(shot, axis))
    style = f"color={_quoted(CROSSHAIR)}, linewidth=0.8"
    return [f"{ax}.axhline({down}, {style})", f"{ax}.axvline({across}, {style})"]


def _bar(shot: Shot, axes: str) -> list[str]:
    unit = f", label={_quoted(shot.unit)}" if shot.unit else ""
    shown = shot.samples == 1 and shot.window[0] < shot.window[1]  # matplotlib would widen an empty window
    return [f"fig.colorbar(drawn, ax={axes}{unit})"] if shown else []


def _drawn(shot: Shot, axis: int, plane: str, ax: str, title: str | None = None) -> list[str]:
    place = f'interpolation="nearest"{_frame(shot, axis)}'
    return [
        f"drawn = {ax}.imshow({plane}{_tone(shot)}, {place})",
        f"{ax}.set({_labels(shot, axis, title)})",
    ]


def _single(shot: Shot) -> list[str]:
    axis, _ = shot.cuts[0]
    return [
        *_plane(shot, shot.image, shot.cuts[0], "plane"),
        "",
        'fig, ax = plt.subplots(layout="constrained")',
        *_drawn(shot, axis, "plane", "ax"),
        *_over(shot, axis),
        *_bar(shot, "ax"),
    ]


def _orthogonal(shot: Shot) -> list[str]:
    """Three planes in a row, on one scale: each has its width, and all have the height of the tallest."""
    sides = [[shot.shape[one] * _step(shot, one) for one in _sides(shot, axis)] for axis, _ in shot.cuts]
    widths, tallest = [width for _, width in sides], max(height for height, _ in sides)
    ratios = ", ".join(_number(round(width, 6)) for width in widths)
    size = f"(11, {round(1.5 + 9 * tallest / sum(widths), 1)})"
    lines = [
        "",
        f'fig, axs = plt.subplots(1, 3, width_ratios=[{ratios}], figsize={size}, layout="constrained")',
    ]
    for number, (axis, _) in enumerate(shot.cuts):
        lines += ["", *_plane(shot, shot.image, shot.cuts[number], "plane")]
        lines += _drawn(shot, axis, "plane", f"axs[{number}]")
        lines += _over(shot, axis, f"axs[{number}]")
    return [*lines, *_bar(shot, "axs")]


def _compared(shot: Shot) -> list[str]:
    assert shot.other is not None
    cut = shot.cuts[0]
    taken = [*_plane(shot, shot.image, cut, "first"), *_plane(shot, shot.other, cut, "second")]
    if shot.compare == "side":
        return [*taken, "", *_beside(shot, cut[0])]
    one = 'fig, ax = plt.subplots(layout="constrained")'
    names = " and ".join(shot.names)
    title = ", ".join(part for part in (_title(shot, cut[0]), f"{names}, {shot.compare}") if part)
    if shot.compare == "difference":
        limit = _number(shot.limit)
        tone = f"cmap={_quoted(shot.difference)}, vmin=-{limit}, vmax={limit}"
        place = f'interpolation="nearest"{_frame(shot, cut[0])}'
        drawn = [f"drawn = ax.imshow(difference, {tone}, {place})", f"ax.set({_labels(shot, cut[0], title)})"]
        return [
            *taken,
            "difference = first.astype(float) - second.astype(float)",
            "",
            one,
            *drawn,
            *_bar(shot, "ax"),
        ]
    place = f'interpolation="nearest"{_frame(shot, cut[0])}'
    drawn = [f"ax.imshow(picture, {place})", f"ax.set({_labels(shot, cut[0], title)})"]
    return [*taken, *_mixed(shot), "", one, *drawn, *_crossed(shot, cut[0], "ax")]


def _beside(shot: Shot, axis: int) -> list[str]:
    lines = ['fig, axs = plt.subplots(1, 2, sharex=True, sharey=True, figsize=(11, 5), layout="constrained")']
    for number, plane in enumerate(("first", "second")):
        lines += _drawn(shot, axis, plane, f"axs[{number}]", shot.names[number])
        lines += _crossed(shot, axis, f"axs[{number}]")
    title = _title(shot, axis)
    return [*lines, *([f"fig.suptitle({_quoted(title)})"] if title else []), *_bar(shot, "axs")]


def _mixed(shot: Shot) -> list[str]:
    """Return the lines that put two planes into one picture of RGBA bytes."""
    share = _number(shot.share)
    lines = []
    if shot.samples == 1:
        cmap = f"plt.get_cmap({_quoted(shot.cmap)})" if shot.gamma == 1 else "cmap"
        norm = f"plt.Normalize({_number(shot.window[0])}, {_number(shot.window[1])})"
        lines = [f"{name} = {cmap}({norm}({name}), bytes=True)" for name in ("first", "second")]
    if shot.compare == "swipe":
        left = f"np.arange(first.shape[1])[:, None] < {share} * first.shape[1]"
        return [*lines, f"picture = np.where({left}, first, second)"]
    return [*lines, f"picture = np.floor((1 - {share}) * first + {share} * second + 0.5).astype(np.uint8)"]
