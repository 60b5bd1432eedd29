"""MaskTuner: a mask from two thresholds and a few clean-up steps, with its size and its agreement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any, Literal

import ipywidgets
import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from biomedlab import masks
from biomedlab.widgets import picture
from biomedlab.widgets.counting import Bins, extremes, told
from biomedlab.widgets.door import check_mask
from biomedlab.widgets.explorer import ROW, Explorer, Picture, check_gray, mirror
from biomedlab.widgets.histogram_view import HistogramView, packed
from biomedlab.widgets.linked import link, set_traits
from biomedlab.widgets.planes import Planes, finite

STEPS = {"open": "open", "close": "close", "fill": "fill holes", "keep": "keep the largest"}
SLOTS = 4
AT_ONCE = 2**21  # voxels that are cleaned while the caller waits; more are cleaned beside
BLOCK = 2**22  # voxels that are cleaned between two looks at the stop button
Mask = NDArray[np.bool_]
Steps = Sequence[tuple[str, float]]


class MaskTuner(Explorer):
    """Make a mask: thresholds on the histogram, then clean-up steps in order.

    Drag the range on the histogram: the pixels within it light up at once. With clean-up steps the lit pixels
    are only outlined, and what the steps make of them is filled.

    Parameters
    ----------
    image : array-like
        A gray image or volume.
    reference : array-like, optional
        A mask on the image's grid, to compare with.
    thresholds : tuple of float, optional
        The lowest and highest value inside; crossed ones are swapped. By default from Otsu's threshold of the
        plane on screen up.
    steps : sequence of (str, number)
        At most four of ("open", radius in pixels), ("close", radius in pixels), ("fill", most pixels of a
        hole; 0 for any) and ("keep", how many of the largest objects), done in this order.
    scope : {"plane", "volume"}
        Whether each plane is cleaned by itself, or the volume in 3-D; a large one beside, with progress and a
        stop button.
    outline : bool
        Whether only the edge of the mask is drawn.
    window, cmap, sampling, axis, index, axes, height
        As for `SliceBrowser`.

    Attributes
    ----------
    mask : ndarray of bool
        The plane's or the volume's mask.
    opacity : float
        Of what is laid over the picture, 0 to 1.
    view, histogram
        The image view and the histogram view.

    Raises
    ------
    TypeError, ValueError
        If the image is in colour, empty or not of real numbers, the reference lies on another grid, or an
        argument does not fit.

    Notes
    -----
    NaN is never inside. Objects touch by their faces. Otsu's criterion is that of the plane on screen, drawn
    with its highest value at the top.

    Examples
    --------
    >>> tuner = MaskTuner(np.array([[1, 9, 9], [1, 1, 1], [8, 1, 1]], np.uint8), sampling=(0.5, 2))
    >>> tuner.thresholds, tuner.mask.astype(int).tolist()
    ([2.0, 255.0], [[0, 1, 1], [0, 0, 0], [1, 0, 0]])
    >>> tuner.steps = [("keep", 1)]
    >>> tuner.measures()
    {'pixels': 2, 'area in mm2': 2.0, 'objects': 1}
    """

    view: Any

    thresholds = traitlets.List(traitlets.Float(), minlen=2, maxlen=2, default_value=[0.0, 1.0])
    steps = traitlets.List(default_value=[])
    scope = traitlets.Enum(("plane", "volume"), "plane")
    outline = traitlets.Bool(False)
    opacity = traitlets.Float(0.5, min=0.0, max=1.0)
    window = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0))
    log = traitlets.Bool(True)
    cdf = traitlets.Bool(False)

    def __init__(
        self,
        image: ArrayLike,
        reference: ArrayLike | None = None,
        *,
        thresholds: tuple[float, float] | None = None,
        steps: Steps = (),
        scope: Literal["plane", "volume"] = "plane",
        outline: bool = False,
        window: tuple[float, float] | None = None,
        cmap: str = "gray",
        sampling: Sequence[float] | None = None,
        axis: int | Literal["t", "pln", "row", "col"] = 0,
        index: int | None = None,
        axes: str | Sequence[str] | None = None,
        height: int = 360,
    ) -> None:
        planes = check_gray(image, axes)
        self._reference = None if reference is None else check_mask(reference, planes)
        self._given = {"image": image, "reference": reference}
        self._job, self._lock = 0, Lock()
        self._whole: Mask | None = None
        self._ended = Event()  # of the run over the volume that was begun last
        where = {"sampling": sampling, "axis": axis, "index": index, "axes": axes, "height": height}
        self.view = Picture(self.code, image, window=window, cmap=cmap, **where)
        set_traits(self.view, _controls=["window", "code"], _rest=40)
        exact = isinstance(planes.array, np.ndarray) and planes.dtype.kind in "iu"
        self._span = extremes(planes.array if exact else finite(planes.sample())) or (0, 1)
        self.histogram = HistogramView(
            unit=self.view._unit,
            window=self.view.window,
            bins=256,
            drags="highlight",
            _controls=["range", "scale"],
            _leads=[self.view.model_id],
            _rest=40,
        )
        super().__init__()
        mirror(self, self.view, "index", "axis", "cmap", "opacity", "outline", "window")
        mirror(self, self.histogram, "marker")
        self.histogram.log, self.histogram.cdf = self.log, self.cdf
        mirror(self, self.histogram, "log", "cdf")
        self._joined = link(self.histogram, self.view, "highlight")
        self.children = [*self._controls(), self._beside()]
        self._recount()
        self._enter("thresholds", self._otsu() if thresholds is None else thresholds)
        self._enter("steps", steps)
        self._enter("scope", scope)
        self.outline = outline
        self.histogram.highlight = self.view.highlight = self.thresholds
        self._refresh()
        self._observe()

    def _enter(self, name: str, value: Any) -> None:
        """Set a trait at the door, where a wrong one is a ValueError as everywhere."""
        try:
            self.set_trait(name, list(value) if name != "scope" else value)
        except (TypeError, traitlets.TraitError) as error:
            raise ValueError(str(error)) from None

    # ---- what there is on the page

    def _controls(self) -> list[ipywidgets.Widget]:
        otsu = ipywidgets.Button(description="Otsu's threshold", tooltip="From Otsu's threshold up")
        otsu.on_click(lambda _: self.set_trait("thresholds", list(self._otsu())))
        edge = ipywidgets.Checkbox(description="outline", indent=False, layout={"width": "auto"})
        traitlets.link((self, "outline"), (edge, "value"))
        self._progress = ipywidgets.FloatProgress(
            min=0, max=1, description="Volume", layout={"width": "220px"}
        )
        stop = ipywidgets.Button(description="Stop", layout={"width": "80px"})
        stop.on_click(lambda _: self.stop())
        self._running = ipywidgets.HBox([self._progress, stop], layout={"display": "none"})
        first = [otsu, edge, self._running]
        if self.view._planes["image"].shape[0] > 1:
            menu = ipywidgets.Dropdown(
                options=[("each plane (2-D)", "plane"), ("the whole volume (3-D)", "volume")],
                description="Clean up",
                style={"description_width": "initial"},
                layout={"width": "270px"},
            )
            traitlets.link((self, "scope"), (menu, "value"))
            first.insert(0, menu)
        self._slots = [self._slot(number + 1) for number in range(SLOTS)]
        self.observe(lambda _: self._show_steps(), "steps")
        return [
            ipywidgets.HBox(first, layout=ROW),
            ipywidgets.HBox([ipywidgets.HBox(slot) for slot in self._slots], layout=ROW),
        ]

    def _slot(self, number: int) -> tuple[ipywidgets.Dropdown, ipywidgets.BoundedFloatText]:
        """Return the controls of one clean-up step."""
        style = {"description_width": "initial"}
        name = ipywidgets.Dropdown(
            options=[("nothing", ""), *((label, name) for name, label in STEPS.items())],
            description=f"Step {number}",
            style=style,
            layout={"width": "190px"},
        )
        size = ipywidgets.BoundedFloatText(
            value=1, min=0, max=1e9, step=1, description="size", style=style, layout={"width": "110px"}
        )
        size.tooltip = "open, close: radius in pixels; fill: most pixels of a hole, 0 for any; keep: how many"
        for control in (name, size):
            control.observe(lambda _: self._take_steps(), "value")
        return name, size

    def _take_steps(self) -> None:
        """Set the steps from their controls; say what was wanted if they do not fit."""
        if self._showing:
            return
        try:
            self.steps = [(name.value, size.value) for name, size in self._slots if name.value]
        except traitlets.TraitError as error:
            self.histogram.note = str(error)

    _showing = False

    def _show_steps(self) -> None:
        """Set the controls from the steps, unless they say so already."""
        if [(name.value, size.value) for name, size in self._slots if name.value] == self.steps:
            return
        self._showing = True
        for number, (name, size) in enumerate(self._slots):
            name.value, size.value = self.steps[number] if number < len(self.steps) else ("", size.value)
        self._showing = False

    def _beside(self) -> ipywidgets.HBox:
        self.view.layout = {"flex": "1 1 320px", "min_width": "0", "max_width": "560px"}
        self.histogram.layout = {"flex": "1 1 320px", "min_width": "0"}
        return ipywidgets.HBox(
            [self.view, self.histogram], layout={"flex_flow": "row wrap", "grid_gap": "0 16px"}
        )

    def _observe(self) -> None:
        self.view.observe(lambda _: self._show_plane(), ["index", "axis", "time"])
        self.view.observe(lambda _: self.scope == "volume" and self._refresh(), "time")
        self.view.observe(self._mark, "pointer")
        self.histogram.observe(lambda change: self._take_range(change["new"]), "highlight")
        self.observe(lambda _: self._move_range(), "thresholds")
        self.observe(lambda _: self._refresh(), ["steps", "scope"])
        self.observe(lambda _: self._draw_edges(), "outline")

    def _take_range(self, found: list[float] | None) -> None:
        if found is None:
            self.histogram.highlight = self.thresholds
        else:
            self.thresholds = found

    def _move_range(self) -> None:
        self.histogram.highlight = self.view.highlight = self.thresholds
        self._refresh()

    # ---- the histogram

    def _recount(self) -> None:
        """Count the plane on screen, and draw Otsu's criterion over it."""
        values = finite(self.plane.ravel())
        seen = extremes(values)
        if seen:
            self._span = (min(self._span[0], seen[0]), max(self._span[1], seen[1]))
        bins = Bins.spanning(*self._span, values.dtype.kind, 256)
        curve = self._criterion(values, bins)
        set_traits(
            self.histogram,
            counts=packed(bins.counted(values)),
            start=bins.start,
            width=bins.width,
            whole=bins.whole,
            title=f"Histogram{self._place(' of ')}",
            curves=[{"name": "Otsu's criterion", "values": packed(curve)}] if curve.any() else [],
        )

    def _criterion(self, values: NDArray[Any], bins: Bins) -> NDArray[np.float64]:
        """Return Otsu's criterion at each bin, its highest value 1; zeros where nothing can be parted."""
        if not values.size or values.min() == values.max():
            return np.zeros(bins.count)
        levels, variance = masks.otsu_criterion(values)
        return np.interp(bins.levels, levels, variance, left=0, right=0) / (variance.max() or 1.0)

    def _otsu(self) -> tuple[float, float]:
        """Return the range that begins above Otsu's threshold; all values where nothing can be parted."""
        values = finite(self.plane.ravel())
        top = float(self._span[1])
        if not values.size or values.min() == values.max():
            return float(self._span[0]), top
        level = masks.otsu(values)
        if values.dtype.kind == "b":
            return 1.0, 1.0
        # A range holds its limits: begin with the next value above the threshold.
        above = values[values > level].min().item()
        return float(np.floor(level) + 1 if values.dtype.kind in "iu" else above), top

    # ---- the mask

    @property
    def mask(self) -> Mask:
        """The mask: of the plane on screen, or of the volume, for which it waits.

        Raises
        ------
        RuntimeError
            If the run over the volume was stopped.
        """
        if self.scope == "plane":
            return self._cleaned(self.plane)
        # Not join(): before Python 3.13 a thread whose join() is interrupted passes for dead ever after.
        self._ended.wait()
        if self._whole is None:
            raise RuntimeError(
                "the run over the volume was stopped: set scope or a step again, or scope to 'plane'"
            )
        return self._whole

    def _cleaned(self, plane: NDArray[Any]) -> Mask:
        low, high = self.thresholds
        return clean((plane >= low) & (plane <= high), self._steps())

    def _steps(self) -> list[tuple[str, float]]:
        return [(name, size) for name, size in self.steps]

    def _refresh(self) -> None:
        """Show and measure the mask of what was chosen last; an earlier run over the volume gives up."""
        self._job += 1
        self._draw_edges()
        if self.scope == "plane":
            self._running.layout.display = "none"
            image = self.view._planes["image"]
            lazy = _Cleaned(array=image.array, axes=image.axes, compute=self._cleaned)
            self._lay(lazy if self.steps else None)
            self._measure(self.measures())
            return
        self._ended = Event()
        chosen = (self._ended, self._job, tuple(self.thresholds), self._steps(), self.view.time)
        self._whole = None
        if int(np.prod(self.view._shape)) <= AT_ONCE:
            self._run(*chosen)
            return
        self._progress.value = 0
        self._running.layout.display = ""
        self._lay(None)
        self.histogram.note = "Cleaning up the whole volume …"
        Thread(target=self._run, args=chosen, daemon=True).start()

    def _run(self, ended: Event, *chosen: Any) -> None:
        """Make the volume's mask, one at a time: those that waited find out then that they came too late."""
        try:
            with self._lock:
                self._make(*chosen)
        finally:
            ended.set()

    def _make(self, job: int, thresholds: tuple[float, ...], steps: Steps, time: int) -> None:
        """Make the volume's mask, unless something else is wanted meanwhile."""

        def tell(share: float) -> None:
            if job != self._job:
                raise _StoppedError
            if share - self._progress.value >= 0.01:
                self._progress.value = share

        try:
            tell(0)
            mask = self._volume_mask(thresholds, steps, time, tell)
            table = self._measured(mask, self._reference_volume(time), "volume")
            tell(1)
        except _StoppedError:
            return
        self._whole = mask
        self._running.layout.display = "none"
        self._lay(check_mask(mask, self._one_volume()))
        self._measure(table)

    def _volume_mask(
        self, thresholds: tuple[float, ...], steps: Steps, time: int, tell: Callable[[float], None]
    ) -> Mask:
        image, (low, high) = self.view._planes["image"], thresholds
        mask = np.empty(image.shape, bool)
        parts = len(steps) + 2
        for index in range(image.shape[0]):
            plane = image.read(0, index, time)
            mask[index] = (plane >= low) & (plane <= high)
            tell(index / image.shape[0] / parts)
        for number, step in enumerate(steps, 1):
            before = number / parts
            mask = _step_by_blocks(mask, step, lambda share, at=before: tell(at + share / parts))
        tell((parts - 1) / parts)
        return mask

    def stop(self) -> None:
        """Give up a run over the volume."""
        self._job += 1
        self._running.layout.display = "none"
        self.histogram.note = "The run over the whole volume was stopped: change something to start anew."

    def _one_volume(self) -> Planes:
        """Return an image's grid without its time."""
        image = self.view._planes["image"]
        return Planes(np.broadcast_to(np.uint8(0), image.shape), image.slices)

    def _lay(self, planes: Planes | None) -> None:
        """Lay a mask over the picture, or none."""
        # The second colour, since the first is that of the lit pixels.
        self.view._put_layer("mask", planes and _Second(array=planes.array, axes=planes.axes, from_=planes))

    def _draw_edges(self) -> None:
        self.view.outline = self.outline
        self.view.highlight_outline = self.outline or bool(self.steps) or self.scope == "volume"

    def _show_plane(self) -> None:
        self._recount()
        if self.scope == "plane":
            self._measure(self.measures())

    # ---- its size and its agreement

    def measures(self) -> dict[str, float]:
        """Return the mask's number of pixels, its area or volume, its objects, and Dice.

        Returns
        -------
        dict
            "pixels"; "area in mm2" or "volume in mm3" where the sampling is known; "objects", that touch by
            their faces; "Dice" with the reference, if there is one.

        Raises
        ------
        RuntimeError
            If the run over the volume was stopped.
        """
        if self.scope == "volume":
            return self._measured(self.mask, self._reference_volume(self.view.time), "volume")
        reference = None
        if self._reference is not None:
            time = self.view.time if self._reference.frames[0] > 1 else 0
            reference = self._reference.read(self.view.axis, self.view.index, time) != 0
        return self._measured(self.mask, reference, "plane")

    def _measured(self, mask: Mask, reference: Mask | None, scope: str) -> dict[str, float]:
        found: dict[str, float] = {"pixels": int(np.count_nonzero(mask))}
        mm = list(self.view._sampling)
        if scope == "plane" and mm:
            del mm[self.view.axis]
        if mm and all(mm):
            name = "area in mm2" if scope == "plane" else "volume in mm3"
            found[name] = found["pixels"] * float(np.prod(mm))
        found["objects"] = masks.label(mask).count
        if reference is not None:
            found["Dice"] = masks.dice(mask, reference)
        return found

    def _reference_volume(self, time: int) -> Mask | None:
        one = self._reference
        if one is None:
            return None
        time = time if one.frames[0] > 1 else 0
        return np.stack([one.read(0, index, time) for index in range(one.shape[0])]) != 0

    def _measure(self, table: dict[str, float]) -> None:
        said = []
        if not table["pixels"]:
            said.append("Nothing is inside: widen the range, or take away a step.")
        if not self.view._sampling:
            said.append("The sampling is not known: no area or volume can be told.")
        if not self.histogram.curves:
            said.append("All pixels of this plane have one value: Otsu's criterion has nothing to part.")
        rows = [[name, told(value)] for name, value in table.items()]
        whole = self.scope == "volume"
        caption = "The mask of the whole volume" if whole else f"The mask{self._place(' of ')}"
        set_traits(self.histogram, caption=caption, rows=rows, note=" ".join(said))

    # ---- traits that must fit

    @traitlets.validate("thresholds")
    def _check_thresholds(self, proposal: Any) -> list[float]:
        low, high = proposal["value"]
        if not (np.isfinite(low) and np.isfinite(high)):
            raise traitlets.TraitError(f"thresholds must be two finite numbers, not {proposal['value']}")
        return sorted([low, high])

    @traitlets.validate("scope")
    def _check_scope(self, proposal: Any) -> str:
        if proposal["value"] == "volume" and self.view._shape[0] == 1:
            raise traitlets.TraitError("scope is 'volume', but this image is one plane: leave it at 'plane'")
        return proposal["value"]

    @traitlets.validate("steps")
    def _check_steps(self, proposal: Any) -> list[tuple[str, float]]:
        steps = proposal["value"]
        if len(steps) > SLOTS:
            raise traitlets.TraitError(f"there are {len(steps)} steps, but at most {SLOTS} can be done")
        shape = [length for length in self.view._shape if length > 1] or [1]
        try:
            return [_checked_step(step, sorted(shape)[-2:][0]) for step in steps]
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None

    # ---- pictures and words

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return the plane on screen, and its mask in white on black; RGBA bytes, one pixel a sample."""
        return [self._bare(), picture.pixels(self._shown().astype(np.uint8), (0, 1), "gray")]

    def _bare(self) -> NDArray[np.uint8]:
        """Return the plane on screen without its mask."""
        return picture.pixels(self.plane, self.window, self.cmap)

    _bars = "thresholds"

    def _covered(self) -> list[NDArray[np.uint8]]:
        return self.view._covered([self._bare()])

    def _shown(self) -> Mask:
        """Return the mask of the plane on screen; of a volume that is not done, what is lit."""
        if self.scope == "volume" and self._whole is not None:
            return np.take(self._whole, self.view.index, self.view.axis)
        if self.scope == "volume":
            return (self.plane >= self.thresholds[0]) & (self.plane <= self.thresholds[1])
        return self.mask

    def __repr__(self) -> str:
        image = f"{self.view._title} {self.view._planes['image'].array.dtype}{self._place()}"
        steps = "".join(f", {name} {size:g}" for name, size in self.steps)
        low, high = self.thresholds
        shown = f"{low:.6g}..{high:.6g}{steps}, {self.scope}"
        return f"MaskTuner({image}, {shown}, picture {self.digest()})"

    def code(self) -> str:
        """Return Python that makes the mask and draws it, from the given `image` (and `reference`)."""
        low, high = (f"{limit:.17g}" for limit in self.thresholds)
        whole, compared = self.scope == "volume", self._reference is not None
        cut = self._key(self.view._planes["image"], whole)
        lines = [
            "import matplotlib.pyplot as plt",
            "import numpy as np",
            "from biomedlab import masks",
            *self._opened("image", *["reference"] * compared),
            f"values = np.asarray(image){cut}",
            f"mask = (values >= {low}) & (values <= {high})",
        ]
        for name, size in self.steps:
            lines += _step_code(name, size)
        if self._reference is not None:
            other = self._key(self._reference, whole)
            lines.append(f"dice = masks.dice(mask, np.asarray(reference){other} != 0)")
        return "\n".join(lines + self._drawing_code(whole, compared)) + "\n"

    def _key(self, planes: Planes, whole: bool) -> str:
        """Return the index that takes the plane on screen, or the volume at its time, as Python writes it."""
        view = self.view
        index = {"t": view.time} if planes.frames[0] > 1 or "pln" in planes.axes else {}
        if not whole:
            index[planes.slices[view.axis]] = view.index
        parts = [str(index[name]) if name in index else ":" for name in planes.axes]
        while parts and parts[-1] == ":":
            parts.pop()
        return f"[{', '.join(parts)}]" if parts else ""

    def _drawing_code(self, whole: bool, compared: bool) -> list[str]:
        view, (low, high) = self.view, self.window
        three = whole and view._planes["image"].shape[0] > 1
        cut = f"[{', '.join([*[':'] * view.axis, str(view.index)])}]" if three else ""
        edge = ["edge = shown & ~masks.erosion(shown)", "shown = edge"] if self.outline else []
        title = "f'{mask.sum():,} pixels, {masks.label(mask).count} objects"
        return [
            "",
            "fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout='constrained')",
            f"plane, shown = values{cut}, mask{cut}",
            f"left.imshow(plane, cmap={self.cmap!r}, vmin={low:.17g}, vmax={high:.17g}{self._imshow()})",
            *edge,
            "lit = np.ma.masked_where(~shown, shown)",
            f"left.imshow(lit, cmap='autumn', alpha={self.opacity:g}, vmin=0, vmax=2{self._imshow()})",
            "left.axis('off')",
            f"left.set_title({title}{', Dice {dice:.3f}' if compared else ''}')",
            "hist, bin_edges = np.histogram(plane[np.isfinite(plane)].astype(float), bins=256)",
            "right.stairs(hist, bin_edges, fill=True)",
            *[f"right.axvline({limit:.17g}, color='0.4')" for limit in self.thresholds],
            *["right.set_yscale('log')"] * self.log,
            "right.set(xlabel='value', ylabel='pixels')",
        ]


class _StoppedError(Exception):
    """Something else is wanted than what is being computed."""


@dataclass(frozen=True, eq=False)
class _Cleaned(Planes):
    """Masks of an image's planes, made when they are asked for."""

    compute: Callable[[NDArray[Any]], Mask] = field(kw_only=True)

    def read(self, axis: int, index: int, time: int = 0, channel: int = 0) -> NDArray[Any]:
        plane = Planes(self.array, self.axes).read(axis, index, time, channel)
        return self.compute(plane).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class _Second(Planes):
    """A mask as labels of the second colour."""

    from_: Planes = field(kw_only=True)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.uint8)

    def read(self, axis: int, index: int, time: int = 0, channel: int = 0) -> NDArray[Any]:
        return self.from_.read(axis, index, time, channel).astype(np.uint8) * np.uint8(2)


def clean(mask: Mask, steps: Steps) -> Mask:
    """Return a mask after clean-up steps, in order.

    Parameters
    ----------
    mask : ndarray of bool
        A plane or a volume.
    steps : sequence of (str, number)
        As for `MaskTuner`.

    Returns
    -------
    ndarray of bool
        The shape of `mask`.

    Raises
    ------
    ValueError
        If a size does not fit the mask.

    Examples
    --------
    >>> ring = np.array([[1, 1, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 0]]) > 0
    >>> clean(ring, [("fill", 0), ("keep", 1)])[1]
    array([ True,  True,  True, False, False])
    """
    for name, size in steps:
        if name == "open":
            mask = masks.opening(mask, size)
        elif name == "close":
            mask = masks.closing(mask, size)
        elif name == "keep":
            mask = masks.largest_components(mask, int(size))
        else:
            mask = _filled(mask, int(size))
    return mask


def _filled(mask: Mask, most: int) -> Mask:
    """Fill the holes of at most so many pixels; all of them for 0."""
    if not most:
        return masks.fill_holes(mask)
    holes = masks.label(masks.fill_holes(mask) & ~mask).labels
    return mask | ((holes > 0) & (np.bincount(holes.ravel()) <= most)[holes])


def _step_by_blocks(mask: Mask, step: tuple[str, float], tell: Callable[[float], None]) -> Mask:
    """Do one step on a volume, by blocks of planes where it looks no further than its radius."""
    name, size = step
    if name not in ("open", "close") or mask.shape[0] == 1:
        tell(0)
        return clean(mask if mask.shape[0] > 1 else mask[0], [step]).reshape(mask.shape)
    reach = 2 * int(size + 1)  # of an erosion and a dilation
    result = np.empty_like(mask)
    planes = max(1, BLOCK * len(mask) // mask.size)
    for first in range(0, len(mask), planes):
        tell(first / len(mask))
        start = max(0, first - reach)
        part = clean(mask[start : first + planes + reach], [step])
        result[first : first + planes] = part[first - start :][:planes]
    return result


def _checked_step(step: Any, length: int) -> tuple[str, float]:
    """Return a step's name and size, or say what was wanted."""
    wanted = "a step is a name and a size, such as ('open', 2), with a name out of " + ", ".join(STEPS)
    try:
        name, size = step
        number = float(size)
    except (TypeError, ValueError):
        raise ValueError(f"{wanted}; not {step!r}") from None
    if name not in STEPS:
        raise ValueError(f"{wanted}; not {step!r}")
    if name in ("open", "close") and not 0 < number < length:
        raise ValueError(f"the radius of {name} is {size}, but it must be above 0 and below {length} pixels")
    least = 1 if name == "keep" else 0
    if name in ("fill", "keep") and not (number >= least and number.is_integer()):
        raise ValueError(f"the size of {name} is {size}, but it must be a whole number, {least} or more")
    return name, number


def _step_code(name: str, size: float) -> list[str]:
    """Return the lines that do a step."""
    if name == "fill" and size:
        return [
            "holes = masks.label(masks.fill_holes(mask) & ~mask).labels",
            f"mask |= (holes > 0) & (np.bincount(holes.ravel()) <= {size:.0f})[holes]",
        ]
    call = {
        "open": f"opening(mask, {size:.17g})",
        "close": f"closing(mask, {size:.17g})",
        "fill": "fill_holes(mask)",
        "keep": f"largest_components(mask, {size:.0f})",
    }[name]
    return [f"mask = masks.{call}"]
