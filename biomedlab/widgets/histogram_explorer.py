"""HistogramExplorer: a picture beside its histogram, each answering the other."""

from collections.abc import Iterator, Sequence
from threading import Thread
from typing import Any, Literal

import ipywidgets
import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from biomedlab.widgets import picture
from biomedlab.widgets.counting import Bins, counted_statistics, extremes, statistics, told
from biomedlab.widgets.door import check_mask, check_window
from biomedlab.widgets.explorer import ROW, Explorer, Picture, check_gray, mirror
from biomedlab.widgets.histogram_view import HistogramView, packed
from biomedlab.widgets.linked import link, set_traits
from biomedlab.widgets.planes import finite

Counted = tuple[Bins, NDArray[np.float64], dict[str, float], str]
AT_ONCE = 2**24  # pixels that are counted while the caller waits; more are counted beside


class HistogramExplorer(Explorer):
    """See where the pixels of an image lie on the axis of values, and which they are.

    Drag the range on the histogram: it is the window of the picture, or lights those pixels up in every
    plane. Point at a pixel: its bin is marked. Draw a box: its own histogram is laid over.

    Parameters
    ----------
    image : array-like
        A gray image or volume.
    mask : array-like, optional
        On the image's grid; only where it is True (or not 0) are pixels counted. Its outline is drawn.
    bins : int, optional
        Number of bars, at most. Each bar of a whole-number image stands for equally many whole
        numbers, so that no comb appears that is not in the image. By default one for each whole number
        up to 512 of them, else 256.
    scope : {"plane", "volume"}
        What is counted. By default the plane on screen.
    window, cmap, sampling, axis, index, axes, height
        As for `SliceBrowser`.

    Attributes
    ----------
    window : tuple of float
        The values shown darkest and brightest.
    highlight : list of float or None
        Values from .. to that are lit.
    level : float or None
        The value of the share line.
    box : list of int or None
        First row and column, then the row and column after the last, of the box on the plane.
    view, histogram
        The image view and the histogram view.

    Raises
    ------
    TypeError, ValueError
        If the image is in colour, empty or not of real numbers, the mask leaves out every pixel, or an
        argument does not fit.

    Notes
    -----
    NaN and infinite values are left out, and the view says how many.

    Examples
    --------
    >>> explorer = HistogramExplorer(np.array([[10, 20], [32, 40]], np.uint8), level=32)
    >>> explorer.share, explorer.statistics()["mean"]
    (0.5, 25.5)
    >>> explorer
    HistogramExplorer(2 x 2 uint8, 256 bins, window 10..40, picture 54bbc3ea)
    """

    window = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0))
    highlight = traitlets.List(traitlets.Float(), allow_none=True, default_value=None)
    drags = traitlets.Unicode("window", help='What the range sets: "window" or "highlight".')
    bins = traitlets.Int(256, min=1)
    log = traitlets.Bool(False)
    cdf = traitlets.Bool(True)
    level = traitlets.Float(None, allow_none=True)
    scope = traitlets.Enum(("plane", "volume"), "plane")

    def __init__(
        self,
        image: ArrayLike,
        mask: ArrayLike | None = None,
        *,
        bins: int | None = None,
        scope: Literal["plane", "volume"] = "plane",
        level: float | None = None,
        window: tuple[float, float] | None = None,
        cmap: str = "gray",
        sampling: Sequence[float] | None = None,
        axis: int | Literal["t", "pln", "row", "col"] = 0,
        index: int | None = None,
        axes: str | Sequence[str] | None = None,
        height: int = 360,
    ) -> None:
        planes = check_gray(image, axes)
        if mask is not None:
            check_mask(mask, planes)
            if not np.asarray(mask).any():
                raise ValueError("the mask leaves out every pixel: give one that is True somewhere")
        self._given = {"image": image, "mask": mask}
        self._job = 0
        where = {"sampling": sampling, "axis": axis, "index": index, "axes": axes, "height": height}
        self.view = Picture(self.code, image, window=window, cmap=cmap, mask=mask, **where)
        self.view.outline = True
        exact = isinstance(planes.array, np.ndarray) and planes.dtype.kind in "iu"
        self._span = extremes(planes.array if exact else finite(planes.sample())) or (0, 1)
        span = Bins.spanning(*self._span, planes.dtype.kind, 256)
        self._by_planes = exact and span.whole
        self._usual = span.count if span.whole and span.count <= 512 else 256
        self.histogram = HistogramView(
            window=self.view.window,
            bins=bins or self._usual,
            level=level,
            unit=self.view._unit,
            caption="Statistics",
            _controls=["role", "range", "bins", "scale", "level", "outside"],
        )
        self.histogram._leads = [self.view.model_id, self.histogram.model_id]
        super().__init__()
        mirror(self, self.histogram, "window", "highlight", "drags", "bins", "log", "cdf", "level", "marker")
        mirror(self, self.view, "index", "axis", "cmap", "box")
        # The histogram leads: what the picture needs of it moves there in the browser, without the kernel.
        self._joined = [link(self.histogram, self.view, name) for name in ("window", "highlight")]
        self.scope = scope
        self.children = [*self._controls(), self._beside()]
        self.recount()
        self.view.observe(lambda _: self._plane_changed(), ["index", "axis", "time", "channel"])
        self.view.observe(self._mark, "pointer")
        self.observe(lambda _: self.recount(), ["scope"])
        self.observe(lambda _: self._count_box(), "box")
        self.histogram.observe(lambda _: self._rebin(), "bins")

    # ---- what there is on the page

    def _controls(self) -> list[ipywidgets.Widget]:
        parts = self._box_controls()
        if self.view._planes["image"].shape[0] > 1:
            menu = ipywidgets.Dropdown(
                options=[("this plane", "plane"), ("the whole volume", "volume")],
                description="Count",
                style={"description_width": "initial"},
                layout={"width": "220px"},
            )
            traitlets.link((self, "scope"), (menu, "value"))
            parts.insert(0, menu)
        return [ipywidgets.HBox(parts, layout=ROW)]

    def _beside(self) -> ipywidgets.HBox:
        """Return the two views side by side where there is room, else one below the other."""
        self.view.layout = {"flex": "1 1 320px", "min_width": "0", "max_width": "560px"}
        self.histogram.layout = {"flex": "1 1 320px", "min_width": "0"}
        return ipywidgets.HBox(
            [self.view, self.histogram], layout={"flex_flow": "row wrap", "grid_gap": "0 16px"}
        )

    # ---- counting

    def _values(self, box: Sequence[int] | None = None) -> NDArray[Any]:
        """Return the values to be counted, in one dimension: those of the scope, or of a box on the plane."""
        if self.scope == "volume" and box is None:
            return np.concatenate(list(self._volume_values()))
        plane = self.plane
        chosen = (
            self.view.planes("mask")[0] != 0
            if self._given["mask"] is not None
            else np.ones(plane.shape, bool)
        )
        if box is not None:
            top, left, bottom, right = box
            plane, chosen = plane[top:bottom, left:right], chosen[top:bottom, left:right]
        return plane[chosen]

    def _volume_values(self) -> Iterator[NDArray[Any]]:
        """Yield the values of one plane after the other."""
        planes = self.view._planes["image"]
        masks = self.view._planes.get("mask")
        for index in range(planes.shape[0]):
            plane = planes.read(0, index, self.view.time, self.view.channel)
            if masks is not None:
                time = self.view.time if masks.frames[0] > 1 else 0
                plane = plane[masks.read(0, index, time) != 0]
            yield plane.ravel()

    def recount(self) -> None:
        """Count again what is in scope; a large volume beside the caller, newest wins."""
        self._job += 1
        if self.scope == "plane" or int(np.prod(self.view._shape)) <= AT_ONCE:
            self._count(self._job)
            return
        self.histogram.note = "Counting the whole volume …"
        Thread(target=self._count, args=(self._job,), daemon=True).start()

    def _count(self, job: int) -> None:
        found = (
            self._count_by_planes(job) if self.scope == "volume" and self._by_planes else self._count_all()
        )
        if job != self._job or found is None:
            return
        bins, counts, table, note = found
        self._numbers = table
        self._counted = bins
        set_traits(
            self.histogram,
            counts=packed(counts),
            start=bins.start,
            width=bins.width,
            whole=bins.whole,
            rows=[[name, told(value)] for name, value in table.items()],
            note=note,
            title="Histogram of the whole volume"
            if self.scope == "volume"
            else f"Histogram{self._place(' of ')}",
        )
        self._count_box()

    def _count_all(self) -> Counted:
        every = self._values()
        values = finite(every)
        bins = self._bins_for(values)
        table = statistics(values, bins)
        return bins, bins.counted(values), table, self._note(every.size - values.size, table, bins)

    def _count_by_planes(self, job: int) -> Counted | None:
        """Count whole numbers plane by plane, telling how far it is; None if something else is wanted."""
        bins = Bins.spanning(*self._span, "i", self.bins)
        counts = np.zeros(bins.count)
        planes = self.view._planes["image"].shape[0]
        for index, values in enumerate(self._volume_values()):
            if job != self._job:
                return None
            counts += bins.counted(values)
            if index * 20 // planes > (index - 1) * 20 // planes:
                self._tell_share(index / planes)
        table = counted_statistics(bins.levels, counts)
        return bins, counts, table, self._note(0, table, bins)

    def _tell_share(self, share: float) -> None:
        """Say how much of a large volume has been counted; a small one is done before it is read."""
        if int(np.prod(self.view._shape)) > AT_ONCE:
            self.histogram.note = f"Counting the whole volume: {share:.0%} …"

    def _bins_for(self, values: NDArray[Any]) -> Bins:
        """Return bins over all values seen so far, so that the axis stays while planes are browsed."""
        seen = extremes(values)
        if seen:
            self._span = (min(self._span[0], seen[0]), max(self._span[1], seen[1]))
        return Bins.spanning(*self._span, values.dtype.kind, self.bins)

    def _note(self, missing: int, table: dict[str, float], bins: Bins) -> str:
        """Return what must be said about the numbers, in sentences."""
        said = []
        if missing:
            said.append(f"{missing:,} pixels are NaN or infinite and are left out.")
        if not missing and not table["pixels"]:
            said.append("No pixel of this plane is inside the mask.")
        elif table["pixels"] and table["min"] == table["max"]:
            said.append(
                f"Every pixel has the value {told(table['min'])}: one bar, and the CDF is one step "
                "from 0 to 100 %."
            )
        if bins.whole and self.bins > bins.count:
            said.append(
                f"There are only {bins.count:,} whole numbers on the axis: each has a bin of its own."
            )
        return " ".join(said)

    def _rebin(self) -> None:
        """Count anew for a new number of bins, unless whole numbers are gathered in the browser."""
        if not self._counted.whole or self.bins > self._counted.count:
            self.recount()

    def _count_box(self) -> None:
        counts = b"" if self.box is None else packed(self._counted.counted(finite(self._values(self.box))))
        self.histogram.over = counts

    def _plane_changed(self) -> None:
        if self.scope == "plane":
            self.recount()
        elif self.box is not None:
            self._count_box()

    # ---- answers

    @property
    def share(self) -> float | None:
        """Share of the counted pixels that are below `level`; None without a level."""
        if self.level is None:
            return None
        values = finite(self._values())
        return float(np.count_nonzero(values < self.level) / values.size) if values.size else None

    def statistics(self) -> dict[str, float]:
        """Return the table's numbers, and the share of the pixels outside the window."""
        values = finite(self._values())
        low, high = self.window
        outside = np.count_nonzero((values < low) | (values > high)) / values.size if values.size else 0.0
        return {**self._numbers, "outside the window": float(outside)}

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return the picture on screen, RGBA bytes, one pixel a sample, without what is lit."""
        return [picture.pixels(self.plane, self.window, self.cmap)]

    _bars = "window"

    def _covered(self) -> list[NDArray[np.uint8]]:
        return self.view._covered(self.pictures())

    def __repr__(self) -> str:
        image = f"{self.view._title} {self.view._planes['image'].array.dtype}{self._place()}"
        lit = f", lit {self.highlight[0]:.6g}..{self.highlight[1]:.6g}" if self.highlight else ""
        low, high = self.window
        bins = self.histogram.hist.size
        shown = f"{bins} bins, window {low:.6g}..{high:.6g}{lit}, picture {self.digest()}"
        return f"HistogramExplorer({image}, {shown})"

    @traitlets.validate("window")
    def _check_window(self, proposal: Any) -> tuple[float, float]:
        return check_window(proposal["value"])

    def code(self) -> str:
        """Return Python that counts and draws what is on screen, from the given `image` (and `mask`)."""
        whole = self.scope == "volume"
        masked = self._given["mask"] is not None
        where = self._where()
        counted = "np.asarray(image)" if whole else "plane"
        lines = [
            "import matplotlib.pyplot as plt",
            "import numpy as np",
            *self._opened("image", *["mask"] * masked),
            f"plane = np.asarray(image){where}",
        ]
        if masked:
            lines.append(f"values = {counted}[np.asarray(mask){'' if whole else where} != 0]")
        else:
            lines.append(f"values = {counted}.ravel()")
        edges = self.histogram.bin_edges
        bins = self._counted
        # Edges are added up, which may end a hair below the greatest value: numpy would not count that.
        last = bins.stop if self.histogram.size * (edges.size - 1) == bins.count else edges[-1]
        limits = f"({bins.start:.17g}, {last:.17g})"
        if self.view._planes["image"].dtype.kind == "f":
            lines.append("values = values[np.isfinite(values)]")
        if real := self._as_real():
            lines.append(f"values = values{real}")
        lines += [
            f"hist, bin_edges = np.histogram(values, bins={edges.size - 1}, range={limits})",
            "cdf = hist.cumsum() / hist.sum()",
        ]
        return "\n".join(lines + self._drawing_code(limits, edges.size - 1, where, masked)) + "\n"

    def _as_real(self) -> str:
        """Return the conversion that numpy.histogram needs, whose bin edges have the dtype of the values."""
        dtype = self.view._planes["image"].dtype
        return ".astype(float)" if dtype.kind == "b" or (dtype.kind == "f" and dtype.itemsize < 8) else ""

    def _drawing_code(self, limits: str, bins: int, where: str, masked: bool) -> list[str]:
        low, high = self.window
        infinite = bool(np.isinf(self.plane).any())  # which imshow would leave out
        shown = f"np.clip(plane, {low:.17g}, {high:.17g})" if infinite else "plane"
        lines = [
            "",
            "fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout='constrained')",
            f"left.imshow({shown}, cmap={self.cmap!r}, vmin={low:.17g}, vmax={high:.17g}{self._imshow()})",
            "left.axis('off')",
        ]
        if self.highlight:
            first, last = self.highlight
            lines += [
                f"lit = (plane >= {first:.17g}) & (plane <= {last:.17g})",
                "shown = np.ma.masked_where(~lit, lit)",
                f"left.imshow(shown, cmap='autumn', alpha=0.5, vmin=0, vmax=2{self._imshow()})",
            ]
        lines.append("right.stairs(hist, bin_edges, fill=True)")
        if self.box:
            top, low_col, bottom, high_col = self.box
            part = f"[{top}:{bottom}, {low_col}:{high_col}]"
            inside = f"[np.asarray(mask){where}{part} != 0]" if masked else ".ravel()"
            lines += [
                f"box = plane{part}{inside}{self._as_real()}",
                f"right.stairs(np.histogram(box, bins={bins}, range={limits})[0], bin_edges, color='C1')",
            ]
        lines += [f"right.axvline({limit:.17g}, color='0.4')" for limit in self.window]
        if self.log:
            lines.append("right.set_yscale('log')")
        unit = f" ({self.view._unit})" if self.view._unit else ""
        lines.append(f"right.set(xlabel='value{unit}', ylabel='pixels')")
        if self.cdf:
            lines += [
                "shares = right.twinx()",
                "shares.plot(bin_edges[1:], cdf, color='k')",
                "shares.set(ylim=(0, 1), ylabel='CDF')",
            ]
        if self.level is not None:
            lines += [
                f"share = (values < {self.level:.17g}).mean()",
                f"right.set_title(f'{{share:.1%}} of the pixels are below {self.level:g}')",
            ]
        return lines
