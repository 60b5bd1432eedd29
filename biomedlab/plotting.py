"""Pictures by matplotlib: in their true proportions, with a scale, with words for those who do not see them.

Every helper takes an Axes (or a Figure, where it makes several Axes) and gives it back, so that anything can
be added. Without one it makes a new figure. None of them changes matplotlib's settings.
"""

import base64
import html
import io
import math
from collections.abc import Sequence
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from biomedlab import _checks, geometry, intensity

__all__ = [
    "Described",
    "describe",
    "label_edges",
    "montage",
    "orthogonal",
    "overlay",
    "plot_histogram",
    "scale_bar",
    "show",
]


def _new_axes() -> Axes:
    return plt.figure(layout="constrained").add_subplot()


def _known_sampling(image: Any, sampling: Sequence[float] | None) -> tuple[float, ...] | None:
    """Return the asked-for sampling, or what the image says; None is not known."""
    found = getattr(image, "sampling", None) if sampling is None else sampling
    return None if found is None else tuple(found)


def _is_colour(image: Any) -> bool:
    return "ch" in (getattr(image, "axes", None) or ())


def _limits(image: Any, vmin: float | None, vmax: float | None) -> tuple[float, float]:
    """Return the display limits, where they are None those of all finite pixels."""
    values = np.asarray(image)
    if vmin is None or vmax is None:
        finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if finite.size == 0:
            raise ValueError("no pixel is a finite number: give vmin and vmax, or another image")
        vmin = float(finite.min()) if vmin is None else vmin
        vmax = float(finite.max()) if vmax is None else vmax
    vmin, vmax = _checks.finite(vmin, "vmin"), _checks.finite(vmax, "vmax")
    if vmin > vmax:
        raise ValueError(f"vmin {vmin:g} is above vmax {vmax:g}: swap them")
    return vmin, vmax


def show(
    image: npt.ArrayLike,
    ax: Axes | None = None,
    *,
    sampling: Sequence[float] | None = None,
    cmap: str = "gray",
    vmin: float | None = None,
    vmax: float | None = None,
    interpolation: str | None = None,
    origin: Literal["upper", "lower"] = "upper",
    title: str | None = None,
) -> Axes:
    """Draw an image without ticks, every pixel as high and wide as it is in mm.

    Parameters
    ----------
    image : array, shape (row, col)
        Gray levels or a mask; a colour `Image` of shape (row, col, ch) is drawn in its colours.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    sampling : sequence of 2 float, optional
        Distance in mm between samples, (row, col). By default what an `Image` says; pixels are square if
        nobody says.
    cmap : str, default "gray"
        A colour map of matplotlib. A colour image does not use it.
    vmin, vmax : float, optional
        The levels shown black and white. By default the lowest and highest of this image: two images drawn
        side by side compare only if both are given.
    interpolation, origin : str
        As for ``imshow``.
    title : str, optional
        A line above.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``images[-1]`` is the picture.

    Raises
    ------
    ValueError
        If the array is no plane, is a plain array with three axes (a colour image and a thin volume look the
        same), or limits or sampling are wrong.

    Examples
    --------
    >>> ax = show(np.arange(6).reshape(2, 3), sampling=(2.0, 1.0))
    >>> ax.get_aspect(), ax.images[0].get_clim()
    (2.0, (0.0, 5.0))
    >>> plt.close(ax.figure)
    """
    array = np.asarray(image)
    colour = _is_colour(image)
    if array.ndim - colour != 2 or array.size == 0:
        raise ValueError(
            f"a plane (row, col) is needed, but the shape is {array.shape}: take one with volume[pln]; "
            'of a colour image say so with biomedlab.Image(array, axes=("row", "col", "ch"))'
        )
    steps = _known_sampling(image, sampling)
    aspect = 1.0 if steps is None else geometry.aspect(_checks.spacings(steps, (2,)))
    options: dict[str, Any] = {}
    if not colour:
        limits = _limits(array, vmin, vmax)
        options = {"cmap": cmap, "vmin": limits[0], "vmax": limits[1]}
    ax = _new_axes() if ax is None else ax
    ax.imshow(array, aspect=aspect, interpolation=interpolation, origin=origin, **options)
    ax.set_axis_off()
    if title is not None:
        ax.set_title(title)
    return ax


def overlay(mask: npt.ArrayLike, ax: Axes, *, color: str = "tab:orange", alpha: float = 0.4) -> Axes:
    """Tint the pixels of a mask in a picture that is drawn already.

    Parameters
    ----------
    mask : array of bool, shape (row, col)
        The shape of the image in `ax`.
    ax : matplotlib.axes.Axes
        With the picture.
    color : str, default "tab:orange"
        A colour of matplotlib.
    alpha : float, default 0.4
        How much of the colour is seen, 0 to 1.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    ValueError
        If there is no picture, the shapes differ, or `alpha` is not between 0 and 1.

    Examples
    --------
    >>> ax = overlay([[True, False]], show([[1, 2]]))
    >>> len(ax.images)
    2
    >>> plt.close(ax.figure)
    """
    picture = _picture(ax)
    inside = _checks.selection(mask, picture.get_array().shape[:2])
    assert inside is not None
    alpha = _checks.finite(alpha, "alpha")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha is {alpha:g}, but it must be between 0 and 1")
    tint = np.zeros((*inside.shape, 4))
    tint[inside] = *to_rgb(color), alpha
    placed: dict[str, Any] = {
        "aspect": ax.get_aspect(),
        "extent": picture.get_extent(),
        "origin": picture.origin,
    }
    ax.imshow(tint, interpolation="nearest", **placed)
    return ax


def _picture(ax: Axes) -> Any:
    """Return the first picture in an Axes."""
    if not ax.images:
        raise ValueError("there is no picture in this Axes: draw one first, with show(image, ax)")
    return ax.images[0]


def scale_bar(
    ax: Axes,
    sampling: Sequence[float],
    *,
    length: float | None = None,
    color: str = "white",
    location: str = "lower right",
) -> Axes:
    """Draw a bar whose length in mm is written above it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With a picture drawn in pixels, as `show` does.
    sampling : sequence of 2 float
        Distance in mm between samples, (row, col).
    length : float, optional
        In mm, above 0, and no longer than the picture is wide. By default 1, 2 or 5 times a power of ten, at
        most a third of the width.
    color, location : str
        As in matplotlib.

    Returns
    -------
    matplotlib.axes.Axes
        The same; the bar is its ``artists[-1]``.

    Raises
    ------
    ValueError
        If there is no picture, or a number is not above 0 or too large.

    Examples
    --------
    >>> ax = scale_bar(show(np.eye(100)), (0.5, 0.5))
    >>> ax.artists[-1].txt_label.get_text()
    '10 mm'
    >>> plt.close(ax.figure)
    """
    col_step = _checks.spacings(sampling, (2,))[1]
    width = _picture(ax).get_array().shape[1] * col_step
    length = _round_length(width / 3) if length is None else _checks.finite(length, "length", positive=True)
    if length > width:
        raise ValueError(f"length is {length:g} mm, but the picture is only {width:g} mm wide")
    rows = _picture(ax).get_array().shape[0]
    look: dict[str, Any] = {"pad": 0.6, "color": color, "frameon": False, "label_top": True}
    look["size_vertical"] = rows / 200
    bar = AnchoredSizeBar(ax.transData, length / col_step, f"{length:g} mm", location, **look)
    ax.add_artist(bar)
    return ax


def _round_length(most: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above `most`."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most)


def label_edges(ax: Axes, letters: Sequence[str], *, color: str = "yellow") -> Axes:
    """Write the patient directions at the edges of a picture, each letter on a dark or light patch.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With the picture.
    letters : sequence of 4 str
        At the left, right, top and bottom edge, as `geometry.edge_labels` gives them for ``origin="upper"``.
    color : str, default "yellow"
        As in matplotlib.

    Returns
    -------
    matplotlib.axes.Axes
        The same; the letters are its last four ``texts``.

    Raises
    ------
    ValueError
        If there are not four letters.

    Examples
    --------
    >>> ax = label_edges(show(np.eye(9)), geometry.edge_labels(("S", "P", "L"), axis=0))
    >>> [text.get_text() for text in ax.texts]
    ['R', 'L', 'A', 'P']
    >>> plt.close(ax.figure)
    """
    if len(letters) != 4:
        raise ValueError(f"four letters are needed, at the left, right, top and bottom, not {letters!r}")
    places = [(0.02, 0.5, "left", "center"), (0.98, 0.5, "right", "center")]
    places += [(0.5, 0.98, "center", "top"), (0.5, 0.02, "center", "bottom")]
    # On a patch of its own a letter can be read on bone, on air and on a line that runs through it.
    patch = {"facecolor": "white" if sum(to_rgb(color)) < 1 else "black", "edgecolor": "none", "pad": 1.0}
    for letter, (x, y, ha, va) in zip(letters, places, strict=True):
        ax.text(x, y, letter, color=color, ha=ha, va=va, transform=ax.transAxes, bbox=patch)
    return ax


def montage(
    volume: Any,
    indices: Sequence[int] | None = None,
    *,
    axis: int = 0,
    columns: int = 4,
    sampling: Sequence[float] | None = None,
    cmap: str = "gray",
    vmin: float | None = None,
    vmax: float | None = None,
    figure: Figure | None = None,
) -> npt.NDArray[Any]:
    """Draw several planes of a volume side by side, all with the same display limits.

    Parameters
    ----------
    volume : array, shape (pln, row, col)
        Gray levels.
    indices : sequence of int, optional
        Which planes. By default up to twelve, evenly spread from the first to the last. Every k-th plane is
        ``range(0, volume.shape[0], k)``.
    axis : int, default 0
        The axis that the planes cut across.
    columns : int, default 4
        Planes in a row, 1 or more.
    sampling : sequence of 3 float, optional
        Distance in mm between samples. By default what an `Image` says.
    cmap, vmin, vmax
        As for `show`; the limits are by default those of all the drawn planes together.
    figure : matplotlib.figure.Figure, optional
        Where to draw.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes, shape (planes,)
        One for each plane, in the order of `indices`.

    Raises
    ------
    ValueError
        If there is no plane, or an index lies outside the volume.

    Examples
    --------
    >>> panels = montage(np.arange(5 * 4 * 4).reshape(5, 4, 4), range(0, 5, 2))
    >>> [ax.get_title() for ax in panels], {ax.images[0].get_clim() for ax in panels}
    (['0', '2', '4'], {(0.0, 79.0)})
    >>> plt.close(panels[0].figure)
    """
    geometry.plane(volume, 0, axis=axis)  # refuses what is no volume
    count = volume.shape[axis]
    chosen = (
        np.unique(np.linspace(0, count - 1, 12).round().astype(int)) if indices is None else list(indices)
    )
    planes = [np.asarray(geometry.plane(volume, index, axis=axis)) for index in chosen]
    if not planes:
        raise ValueError("indices is empty: name at least one plane")
    columns = min(_checks.whole(columns, "columns", 1), len(planes))
    steps = _plane_sampling(volume, sampling, axis)
    vmin, vmax = _limits(np.stack(planes), vmin, vmax)
    figure = plt.figure(layout="constrained") if figure is None else figure
    panels = [figure.add_subplot(-(-len(planes) // columns), columns, n + 1) for n in range(len(planes))]
    for ax, plane, index in zip(panels, planes, chosen, strict=True):
        show(plane, ax, sampling=steps, cmap=cmap, vmin=vmin, vmax=vmax, title=str(index))
    return np.array(panels)


def _plane_sampling(volume: Any, sampling: Sequence[float] | None, axis: int) -> tuple[float, ...] | None:
    """Return the sampling of the planes that cut across `axis`, or None if nobody knows."""
    found = _known_sampling(volume, sampling)
    if found is None:
        return None
    steps = _checks.spacings(found, (3,))
    return tuple(step for number, step in enumerate(steps) if number != axis % 3)


def orthogonal(
    volume: Any,
    index: Sequence[int] | None = None,
    *,
    sampling: Sequence[float] | None = None,
    orientation: Sequence[str] | None = None,
    cmap: str = "gray",
    vmin: float | None = None,
    vmax: float | None = None,
    figure: Figure | None = None,
) -> npt.NDArray[Any]:
    """Draw the three planes through one voxel, with lines where they meet.

    A plane whose rows grow towards the head is drawn with the head up.

    Parameters
    ----------
    volume : array, shape (pln, row, col)
        Gray levels.
    index : sequence of 3 int, optional
        The voxel, (pln, row, col). By default the middle one, or the one before the middle.
    sampling : sequence of 3 float, optional
        Distance in mm between samples. By default what an `Image` says.
    orientation : sequence of 3 str, optional
        The patient directions towards which the indices grow. By default what an `Image` says; then the
        planes get their names and letters.
    cmap, vmin, vmax
        As for `show`; the limits are by default those of the whole volume.
    figure : matplotlib.figure.Figure, optional
        Where to draw.

    Returns
    -------
    numpy.ndarray of 3 matplotlib.axes.Axes
        The planes across axis 0, 1 and 2.

    Raises
    ------
    ValueError
        If the volume is none, or `index` lies outside it.

    Examples
    --------
    >>> panels = orthogonal(np.zeros((4, 6, 8)), sampling=(5, 1, 1), orientation=("S", "P", "L"))
    >>> [(ax.get_title(), ax.get_aspect()) for ax in panels]
    [('axial 1', 1.0), ('coronal 2', 5.0), ('sagittal 3', 5.0)]
    >>> plt.close(panels[0].figure)
    """
    geometry.plane(volume, 0)  # refuses what is no volume
    place = [(length - 1) // 2 for length in volume.shape[:3]] if index is None else list(index)
    if len(place) != 3:
        raise ValueError(f"index has {len(place)} numbers, but a voxel needs 3: (pln, row, col)")
    planes = [geometry.plane(volume, place[axis], axis=axis) for axis in range(3)]
    place = [number % length for number, length in zip(place, volume.shape, strict=False)]
    letters = getattr(volume, "meta", {}).get("orientation") if orientation is None else orientation
    vmin, vmax = _limits(volume, vmin, vmax)
    figure = plt.figure(figsize=(9, 3.5), layout="constrained") if figure is None else figure
    panels = [figure.add_subplot(1, 3, axis + 1) for axis in range(3)]
    for axis, (ax, plane) in enumerate(zip(panels, planes, strict=True)):
        edges = geometry.edge_labels(letters, axis)
        head_up = edges is not None and edges[3] == "S"
        show(
            plane,
            ax,
            sampling=_plane_sampling(volume, sampling, axis),
            cmap=cmap,
            vmin=vmin,
            vmax=vmax,
            origin="lower" if head_up else "upper",
            title=f"{geometry.plane_name(letters, axis) or f'axis {axis},'} {place[axis]}",
        )
        if edges is not None:
            label_edges(ax, (*edges[:2], *(edges[:1:-1] if head_up else edges[2:])))
        row, col = (number for other, number in enumerate(place) if other != axis)
        ax.axhline(row, color="tab:cyan", linewidth=0.7)
        ax.axvline(col, color="tab:cyan", linewidth=0.7)
    return np.array(panels)


def plot_histogram(
    image: npt.ArrayLike | intensity.Histogram,
    ax: Axes | None = None,
    *,
    bins: int | None = None,
    mask: npt.ArrayLike | None = None,
    log: bool = False,
    color: str = "tab:blue",
) -> tuple[Axes, Axes]:
    """Draw a histogram, and the cumulative distribution on a second axis.

    Parameters
    ----------
    image : array, or intensity.Histogram
        A gray image or volume, or what `intensity.histogram` has counted.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    bins, mask
        As for `intensity.histogram`; only for an image.
    log : bool, default False
        Whether the counts are on a logarithmic axis.
    color : str, default "tab:blue"
        Of the histogram, as in matplotlib.

    Returns
    -------
    tuple of 2 matplotlib.axes.Axes
        With the counts, and with the shares from 0 to 1.

    Raises
    ------
    ValueError
        As for `intensity.histogram`.
    TypeError
        If `bins` or `mask` are given with a Histogram, which has been counted already.

    Examples
    --------
    >>> counts, shares = plot_histogram(np.array([[0, 1], [1, 3]]))
    >>> shares.lines[0].get_ydata().tolist()
    [0.0, 0.25, 0.75, 0.75, 1.0]
    >>> plt.close(counts.figure)
    """
    if not isinstance(image, intensity.Histogram):
        image = intensity.histogram(image, bins=bins, mask=mask)
    elif bins is not None or mask is not None:
        raise TypeError("this Histogram has been counted already: give bins and mask to intensity.histogram")
    shares = intensity.cumulative_distribution(image)
    ax = _new_axes() if ax is None else ax
    ax.stairs(image.hist, image.bin_edges, fill=True, color=color)
    ax.set(xlabel="level", ylabel="pixels", yscale="log" if log else "linear")
    second = ax.twinx()
    second.plot(image.bin_edges, [0.0, *shares], color="black", linewidth=1.2)
    second.set(ylabel="share of pixels up to the level", ylim=(0, 1.02))
    return ax, second


class Described:
    """A picture with words for those who do not see it; a notebook shows the one and reads out the other.

    Attributes
    ----------
    text : str
        The alternative text.
    png : bytes
        The picture; the text is in it too, as its "Description".
    """

    def __init__(self, png: bytes, text: str) -> None:
        self.png = png
        self.text = text

    def __repr__(self) -> str:
        return f"Described({self.text!r})"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        # JupyterLab gives a PNG no alternative text, so it gets HTML; nbconvert takes either.
        coded = base64.b64encode(self.png).decode()
        alt = html.escape(self.text)
        page = f'<img alt="{alt}" src="data:image/png;base64,{coded}" style="max-width: 100%; height: auto">'
        return (
            {"text/plain": self.text, "text/html": page, "image/png": coded},
            {"image/png": {"alt": self.text}},
        )


def describe(figure: Figure | Axes, text: str, *, dpi: float | None = None) -> Described:
    """Give a figure an alternative text.

    Put it last in a notebook cell. The figure is closed in pyplot, so that it is not shown a second time
    without its text; it can still be saved.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or matplotlib.axes.Axes
        The figure, or any Axes of it.
    text : str
        What the picture shows, in a sentence or two.
    dpi : float, optional
        Dots an inch. By default the figure's own.

    Returns
    -------
    Described
        Shown by a notebook.

    Raises
    ------
    ValueError
        If the text is empty.
    TypeError
        If it is no text, or there is no figure.

    Examples
    --------
    >>> describe(show(np.eye(3)), "A bright diagonal on black.")
    Described('A bright diagonal on black.')
    """
    whole = figure.get_figure(root=True) if isinstance(figure, Axes) else figure
    if not isinstance(whole, Figure):
        raise TypeError(f"a matplotlib Figure or Axes is needed, not {type(figure).__name__}")
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    if not text.strip():
        raise ValueError("text is empty: say in a sentence what the picture shows")
    stream = io.BytesIO()
    whole.savefig(
        stream,
        format="png",
        dpi="figure" if dpi is None else _checks.finite(dpi, "dpi", positive=True),
        metadata={"Description": text},
    )
    plt.close(whole)
    return Described(_smaller(stream.getvalue()), text)


def _smaller(png: bytes) -> bytes:
    """Return a PNG that is all in grey with one channel: half the bytes for a notebook, the same picture."""
    picture: Any = Pillow.open(io.BytesIO(png))
    pixels = np.asarray(picture.convert("RGBA"))
    if (pixels[..., 3] < 255).any() or (pixels[..., :3] != pixels[..., :1]).any():
        return png
    words, stream = PngInfo(), io.BytesIO()
    for key, text in picture.text.items():
        words.add_text(key, text)
    Pillow.fromarray(pixels[..., 0]).save(stream, "PNG", pnginfo=words, dpi=picture.info["dpi"])
    return stream.getvalue()
