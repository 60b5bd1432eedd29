"""EqualizationExplorer: what a change of grey levels does to a picture, its histogram and its noise."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import ipywidgets
import numpy as np
import traitlets
from matplotlib import colormaps
from numpy.typing import ArrayLike, NDArray

from biomedlab import intensity
from biomedlab.widgets import picture
from biomedlab.widgets.counting import Bins, extremes, told
from biomedlab.widgets.door import (
    check_axis,
    check_sampling,
    check_window,
    default_window,
    image_sampling,
)
from biomedlab.widgets.explorer import ROW, Following, Last, Pair, check_gray, labelled, mirror, newest
from biomedlab.widgets.histogram_view import HistogramView, packed
from biomedlab.widgets.linked import link, set_traits
from biomedlab.widgets.planes import finite

METHODS = ("none", "window", "gamma", "global", "clahe")
LEVELS = 65_536


class EqualizationExplorer(Following):
    """Compare a picture before and after a change of its grey levels, with both histograms.

    Window, gamma and global equalization are tables: they answer in the browser. CLAHE is none: it is
    computed in Python, for the plane on screen. Global equalization can be stepped
    through, with one pixel followed.

    Parameters
    ----------
    image : array-like
        A gray image or volume. Each plane is changed by itself.
    method : {"none", "window", "gamma", "global", "clahe"}
        What makes the picture after.
    window : tuple of float, optional
        The values that the method window makes black and white. By default the 0.1 and 99.9 percentiles.
    gamma : float
        The power of the method gamma, above 0.
    clip_limit : float
        Of CLAHE, 0 to 1.
    kernel_size : int
        Side of CLAHE's parts in pixels; 0 for an eighth of the plane.
    compare : {"side", "swipe", "blend"}
        How the two pictures are shown.
    cmap, sampling, axis, index, axes, height
        As for `SliceBrowser`.

    Attributes
    ----------
    pixel : list of int or None
        Row and column of the pixel followed: click on it.
    step : float
        How far the steps have gone, 0 (off) to 5; a fraction sweeps over the values.
    box : list of int or None
        Where the standard deviation is measured: first row and column, row and column after the last.
    view, histogram, histogram_after
        The image view and the two histogram views.

    Raises
    ------
    TypeError, ValueError
        If the image is in colour, empty or not of real numbers, or an argument does not fit.

    Notes
    -----
    The picture before spreads all values from black to white. NaN and infinite values are not counted, and
    are the lowest level of `after`. In the browser a table has a step for each whole number, or 65,536 for
    other numbers: of these window and gamma can be a grey level off on screen; `after` is exact.

    Examples
    --------
    >>> explorer = EqualizationExplorer(np.array([[0, 1], [1, 3]], np.uint8), pixel=(0, 1))
    >>> explorer.after.tolist()
    [[64, 191], [191, 255]]
    >>> explorer.steps()["count"], explorer.steps()["running"], explorer.steps()["share"]
    (2, 3, 0.75)
    """

    view: Any

    method = traitlets.Enum(METHODS, "global")
    window = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0))
    gamma = traitlets.Float(1.0)
    clip_limit = traitlets.Float(0.01, min=0.0, max=1.0)
    kernel_size = traitlets.Int(0, min=0)
    compare = traitlets.Enum(("side", "swipe", "blend"), "side")
    share = traitlets.Float(0.5)
    log = traitlets.Bool(False)
    cdf = traitlets.Bool(True)
    step = traitlets.Float(0.0, min=0.0, max=5.0)
    playing = traitlets.Bool(False)

    def __init__(
        self,
        image: ArrayLike,
        *,
        method: Literal["none", "window", "gamma", "global", "clahe"] = "global",
        window: tuple[float, float] | None = None,
        gamma: float = 1.0,
        clip_limit: float = 0.01,
        kernel_size: int = 0,
        compare: Literal["side", "swipe", "blend"] = "side",
        pixel: Sequence[int] | None = None,
        cmap: str = "gray",
        sampling: Sequence[float] | None = None,
        axis: int | Literal["t", "pln", "row", "col"] = 0,
        index: int | None = None,
        axes: str | Sequence[str] | None = None,
        height: int = 320,
    ) -> None:
        planes = check_gray(image, axes)
        self._given = {"image": image}
        sample = finite(planes.sample())
        exact = isinstance(planes.array, np.ndarray) and planes.dtype.kind in "iu"
        self._span = extremes(planes.array if exact else sample) or (0, 1)
        self.full = (float(self._span[0]), float(self._span[1]))
        self.view = Pair(
            self.code,
            image,
            planes,
            where=image_sampling(image, planes) if sampling is None else check_sampling(sampling, planes),
            window=self.full,
            cmap=cmap,
            axis=check_axis(axis, planes),
            index=index,
            compare=compare,
            height=height,
        )
        unit = self.view._unit
        self.histogram = HistogramView(
            unit=unit,
            full=list(self.full),
            window=default_window(sample) if window is None else check_window(window),
            _methods=list(METHODS),
            _controls=["method", "range", "gamma", "scale", "step"],
            _rest=40,
        )
        self.histogram_after = HistogramView(
            x_title="grey level",
            whole=True,
            _controls=[],
            caption="Standard deviation in the box",
        )
        self.histogram._leads = [self.view.model_id, self.histogram_after.model_id]
        self._last = Last()
        super().__init__()
        mirror(self, self.histogram, "window", "gamma", "log", "cdf", "step", "playing", "marker")
        mirror(self, self.view, "index", "axis", "cmap", "box", "compare", "share")
        traitlets.link((self, "method"), (self.histogram, "method"))
        self._join()
        self.children = [self._controls(), self.view, self._beside()]
        set_traits(self, gamma=gamma, clip_limit=clip_limit, kernel_size=kernel_size, method=method)
        self._recount()
        self._observe()
        if pixel is not None:
            self.set_trait("pixel", list(pixel))

    # ---- what there is on the page

    def _join(self) -> None:
        """Tie the views together in the browser, so that a table moves the picture without the kernel."""
        lead = ipywidgets.jsdlink
        before, after = self.histogram, self.histogram_after
        self._joined = [
            lead((before, "_tone"), (self.view, "_table")),
            lead((before, "_mapped"), (after, "counts")),
            link(before, after, "log"),
            link(before, after, "cdf"),
        ]

    def _controls(self) -> ipywidgets.HBox:
        pixel = labelled("Pixel", "row, column", self._take_pixel)
        pixel.layout.width = "150px"
        self._tell_in(pixel, "pixel")
        style = {"description_width": "initial"}
        clip = ipywidgets.BoundedFloatText(
            description="Clip limit", min=0, max=1, step=0.005, style=style, layout={"width": "160px"}
        )
        part = ipywidgets.BoundedIntText(
            description="Part, pixels (0: an eighth)", min=0, max=4096, style=style, layout={"width": "240px"}
        )
        for name, field in (("clip_limit", clip), ("kernel_size", part)):
            traitlets.dlink((self, name), (field, "value"))
            newest(field, partial(self.set_trait, name))
        self._clahe_controls = ipywidgets.HBox([clip, part], layout=ROW)
        return ipywidgets.HBox([*self._box_controls(), pixel, self._clahe_controls], layout=ROW)

    def _beside(self) -> ipywidgets.HBox:
        for one in (self.histogram, self.histogram_after):
            one.layout = {"flex": "1 1 320px", "min_width": "0"}
        return ipywidgets.HBox([self.histogram, self.histogram_after], layout={**ROW, "grid_gap": "8px 16px"})

    def _take_pixel(self, text: str) -> None:
        self._take("pixel", text, 2, "A pixel is two whole numbers: row, column.")

    def _observe(self) -> None:
        self.view.observe(lambda _: self._recount(), ["index", "axis", "time", "channel"])
        self.view.observe(lambda _: self._follow_cursor(), "cursor")
        self.view.observe(self._mark, "pointer")
        self.observe(lambda _: self._follow(), "pixel")
        self.observe(lambda _: self._refresh(), ["method", "clip_limit", "kernel_size"])
        self.observe(lambda _: self._count_after(), ["window", "gamma"])
        self.observe(lambda _: self._measure(), "box")

    # ---- what is computed

    def _recount(self) -> None:
        """Count the plane on screen, and show what follows from that."""
        plane = self.plane
        values = finite(plane.ravel())
        seen = extremes(values)
        if seen:
            self._span = (min(self._span[0], seen[0]), max(self._span[1], seen[1]))
        # Whole numbers keep their axis while planes are browsed; others have intensity.equalize's own bins.
        whole = Bins.spanning(*self._span, plane.dtype.kind, LEVELS)
        self._bins = whole if whole.whole else Bins.spanning(*(seen or self._span), "f", LEVELS)
        self._counts = self._bins.counted(values)
        set_traits(
            self.histogram,
            counts=packed(self._counts),
            start=self._bins.start,
            width=self._bins.width,
            whole=self._bins.whole,
            note=self._note(plane, values),
            title=f"Before{self._place()}",
        )
        self.histogram_after.title = f"After{self._place()}"
        self._follow()
        self._refresh()

    def _note(self, plane: NDArray[Any], values: NDArray[Any]) -> str:
        said = []
        if plane.size > values.size:
            said.append(f"{plane.size - values.size:,} pixels are NaN or infinite and are not counted.")
        if values.size and values.min() == values.max():
            said.append(
                f"Every pixel has the value {told(values.min().item())}: the CDF is one step, and "
                "equalization makes all of them white, since none is above it."
            )
        return " ".join(said)

    def _refresh(self) -> None:
        """Show what Python computes for the method: CLAHE's picture, the histogram after, the noise."""
        clahe = self.method == "clahe"
        self._clahe_controls.layout.display = "" if clahe else "none"
        self.view.second(self._clahe if clahe else None, dtype=np.uint8, window=(0, 255))
        self._count_after()

    def _count_after(self) -> None:
        """Count the grey levels after the method, as the browser does from its table."""
        if self.method == "clahe":
            counts = np.bincount(self.after[np.isfinite(self.plane)], minlength=256)
        else:
            counts = np.bincount(self.table(), self._counts, minlength=256)
        self.histogram_after.counts = packed(counts)
        self._measure()

    def _filled(self, plane: NDArray[Any]) -> NDArray[Any]:
        return np.where(np.isfinite(plane), plane, self.full[0]) if plane.dtype.kind == "f" else plane

    def _clahe(self, plane: NDArray[Any]) -> NDArray[np.uint8]:
        """Return CLAHE of a plane, computed once though several parts of the page ask for it."""
        how: dict[str, Any] = {"clip_limit": self.clip_limit, "kernel_size": self.kernel_size or None}
        return self._last(how, plane, lambda: intensity.clahe(self._filled(plane), **how))

    @property
    def after(self) -> NDArray[np.uint8]:
        """The plane on screen after the method, grey levels 0 to 255, shape (height, width)."""
        plane = self.plane
        if self.method == "clahe":
            return self._clahe(plane).copy()
        filled = self._filled(plane)
        if self.method == "global":
            inside = np.isfinite(plane)
            return (
                intensity.equalize(filled, mask=inside) if inside.any() else np.zeros(plane.shape, np.uint8)
            )
        return _toned(filled, self.method, self.window, self.gamma, self.full)

    def table(self) -> NDArray[np.uint8]:
        """Return the grey level of each bin, as the browser has it, shape (bins,)."""
        if self.method == "global":
            counted = self._counts.any()
            return intensity.equalization_table(self._counts) if counted else self._counts.astype(np.uint8)
        return _toned(self._bins.levels, self.method, self.window, self.gamma, self.full)

    def steps(self) -> dict[str, float]:
        """Return the numbers of the followed pixel in the five steps of equalization.

        Returns
        -------
        dict
            "value" of the pixel; "count" of pixels in its bin; "running" sum up to it; "total"; "share", the
            quotient of the two; "scaled", the share times 255; "level", that rounded.

        Raises
        ------
        ValueError
            If no pixel is followed, or its value is not finite.
        """
        value = self.histogram.follow
        if value is None:
            raise ValueError("no pixel is followed: set pixel to (row, column) of one whose value is finite")
        bin = self._bins.place(value)
        running, total = int(self._counts[: bin + 1].sum()), int(self._counts.sum())
        share = running / total
        return {
            "value": value,
            "count": int(self._counts[bin]),
            "running": running,
            "total": total,
            "share": share,
            "scaled": share * 255,
            "level": int(np.rint(share * 255)),
        }

    def noise(self) -> dict[str, float] | None:
        """Return the standard deviation in the box before (of the values) and after (of the grey levels).

        Returns
        -------
        dict or None
            "before" in the image's unit; "shown" of the grey levels of the picture before; "after" of those
            after. None without a box.
        """
        if self.box is None:
            return None
        top, left, bottom, right = self.box
        part = np.s_[top:bottom, left:right]
        values = self._filled(self.plane)[part].astype(np.float64)
        low, high = self.full
        return {
            "before": float(values.std()),
            "shown": float(values.std() * 255 / (high - low)) if high > low else 0.0,
            "after": float(self.after[part].std()),
        }

    def _measure(self) -> None:
        noise = self.noise()
        if noise is None:
            set_traits(self.histogram_after, heads=[], rows=[], note="Draw a box to measure the noise in it.")
            return
        unit = f" {self.view._unit}" if self.view._unit else ""
        set_traits(
            self.histogram_after,
            heads=["", "before", "after"],
            rows=[
                ["values", f"{told(noise['before'])}{unit}", "–"],
                ["grey levels of 255", told(noise["shown"]), told(noise["after"])],
            ],
            note="" if self.method in ("none", "window", "gamma") else _WARNING,
        )

    # ---- the pixel that is followed

    def _follow(self) -> None:
        """Hand the followed pixel's value to the histogram, and put the crosshair there."""
        self._cross()
        self.histogram.follow = self._value(*self.pixel) if self.pixel else None

    @traitlets.validate("gamma")
    def _check_gamma(self, proposal: Any) -> float:
        if not 0 < proposal["value"] < np.inf:
            raise traitlets.TraitError(f"gamma is {proposal['value']:g}, but it must be a number above 0")
        return proposal["value"]

    @traitlets.validate("window")
    def _check_window(self, proposal: Any) -> tuple[float, float]:
        return check_window(proposal["value"])

    # ---- pictures and words

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return the pictures before and after, RGBA bytes, one pixel a sample, as the browser has them."""
        before = picture.pixels(self.plane, self.full, self.cmap)
        if self.method == "clahe":
            return [before, picture.pixels(self._clahe(self.plane), (0, 255), self.cmap)]
        return [before, looked_up(self.plane, self._bins, self.table(), self.cmap)]

    def __repr__(self) -> str:
        image = f"{self.view._title} {self.view._planes['image'].array.dtype}{self._place()}"
        how = {
            "window": f"window {self.window[0]:.6g}..{self.window[1]:.6g}",
            "gamma": f"gamma {self.gamma:.6g}",
            "clahe": f"clahe {self.clip_limit:.6g}",
        }.get(self.method, self.method)
        return f"EqualizationExplorer({image}, {how}, picture {self.digest()})"

    def code(self) -> str:
        """Return Python that computes and draws both pictures, from the given `image`."""
        plane = self.plane
        infinite = bool(np.isinf(plane).any())
        lines = [
            "import matplotlib.pyplot as plt",
            "import numpy as np",
            *self._opened("image"),
            f"plane = np.asarray(image){self._where()}",
            *self._change_code(plane),
            "",
            "fig, axs = plt.subplots(2, 2, figsize=(9, 7), layout='constrained')",
            f"limits = {{'vmin': {self.full[0]:.17g}, 'vmax': {self.full[1]:.17g}}}",
            *["plane = np.clip(plane, *limits.values())  # imshow leaves infinite values out"] * infinite,
            "pictures = [('before', plane, limits), ('after', after, {'vmin': 0, 'vmax': 255})]",
            "for (top, below), (name, picture, window) in zip(axs.T, pictures):",
            f"    top.imshow(picture, cmap={self.cmap!r}, **window{self._imshow()})",
            "    top.set(title=name, xticks=[], yticks=[])",
            "    hist, bin_edges = np.histogram(picture[np.isfinite(picture)], bins=256)",
            "    below.stairs(hist, bin_edges, fill=True)",
            "    below.set(xlabel='value' if name == 'before' else 'grey level', ylabel='pixels')",
            *["    below.set_yscale('log')"] * self.log,
        ]
        if self.cdf:
            lines += [
                "    shares = below.twinx()",
                "    shares.plot(bin_edges[1:], hist.cumsum() / hist.sum(), color='k')",
                "    shares.set(ylim=(0, 1), ylabel='CDF')",
            ]
        if self.box:
            top, left, bottom, right = self.box
            lines += [
                f"box = np.s_[{top}:{bottom}, {left}:{right}]",
                "print(f'SD in the box: {plane[box].std():.5g} before, {after[box].std():.5g} after')",
            ]
        return "\n".join(lines) + "\n"

    def _change_code(self, plane: NDArray[Any]) -> list[str]:
        """Return the lines that make `after` from `plane`."""
        missing = not np.isfinite(plane).all()
        inside = ["inside = np.isfinite(plane)"] if missing else []
        fill = [*inside, f"filled = np.where(inside, plane, {self.full[0]:.17g})"] if missing else []
        name = "filled" if missing else "plane"
        if self.method == "clahe":
            size = self.kernel_size or None
            return [
                "from biomedlab import intensity",
                *fill,
                f"after = intensity.clahe({name}, clip_limit={self.clip_limit:.17g}, kernel_size={size})",
            ]
        if self.method == "global" and plane.dtype.kind == "f":
            only = ", mask=inside" if missing else ""
            return ["from biomedlab import intensity", *fill, f"after = intensity.equalize({name}{only})"]
        if self.method == "global":
            return [
                "values, place, hist = np.unique(plane, return_inverse=True, return_counts=True)",
                "cdf = hist.cumsum() / hist.sum()",
                "after = np.rint(cdf[place.reshape(plane.shape)] * 255).astype(np.uint8)",
            ]
        low, high = _limits(self.method, self.window, self.full)
        share = f"(np.clip({name}.astype(float), low, high) - low) / (high - low)"
        power = f" ** {self.gamma:.17g}" if self.method == "gamma" else ""
        return [
            *fill,
            f"low, high = {low:.17g}, {high:.17g}",
            f"share = {share if low < high else f'({name} > low).astype(float)'}",
            f"after = np.rint(share{power} * 255).astype(np.uint8)",
        ]


_WARNING = (
    "Equalized grey levels are for looking at, not for measuring: the same values become other levels when "
    "something else comes into the picture."
)


def _limits(method: str, window: tuple[float, float], full: tuple[float, float]) -> tuple[float, float]:
    """Return the values that become black and white; a window's as its centre and width give them."""
    if method != "window" or window[0] == window[1]:
        return window if method == "window" else full
    return intensity.window_limits((window[0] + window[1]) / 2, window[1] - window[0])


def _toned(
    values: NDArray[Any], method: str, window: tuple[float, float], gamma: float, full: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return grey levels by a straight line or its power."""
    low, high = _limits(method, window, full)
    return intensity.gamma(values, gamma if method == "gamma" else 1.0, vmin=low, vmax=high)


def looked_up(plane: NDArray[Any], bins: Bins, table: NDArray[np.uint8], cmap: str) -> NDArray[np.uint8]:
    """Colour a plane by a table of grey levels, as the image view does in the browser.

    Parameters
    ----------
    plane : ndarray
        Shape (height, width).
    bins : Bins
        Where the table's entries lie.
    table : ndarray of uint8
        One grey level a bin.
    cmap : str
        Name of a matplotlib colour map.

    Returns
    -------
    ndarray
        Shape (height, width, 4), RGBA bytes.
    """
    colours = colormaps[cmap]
    missing = np.isnan(plane) if plane.dtype.kind == "f" else np.zeros(plane.shape, bool)
    place = np.floor((np.where(missing, bins.start, plane).astype(np.float64) - bins.start) / bins.width)
    levels = table[np.clip(place, 0, bins.count - 1).astype(np.intp)].astype(np.float64)
    # Half up, as the browser rounds.
    shown = np.floor(levels * (colours.N - 1) / 255 + 0.5).astype(np.intp)
    return colours(np.ma.masked_array(shown, missing), bytes=True)
