"""FilterExplorer: what a filter makes of a picture, down to the sum behind a single pixel."""

import ast
import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Literal

import ipywidgets
import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from biomedlab import filters
from biomedlab.widgets import picture
from biomedlab.widgets.compare_browser import DIFFERENCE
from biomedlab.widgets.counting import told
from biomedlab.widgets.door import (
    check_axis,
    check_sampling,
    check_window,
    default_window,
    image_sampling,
)
from biomedlab.widgets.explorer import (
    ROW,
    Following,
    Last,
    Pair,
    check_gray,
    labelled,
    mirror,
    newest,
    whole_numbers,
    within,
)
from biomedlab.widgets.linked import set_traits
from biomedlab.widgets.planes import Planes, finite

FILTERS = ("mean", "median", "percentile", "gaussian", "unsharp", "sobel", "kernel")
MODES = ("reflect", "mirror", "nearest", "wrap", "constant")
NAMED = {
    "3 x 3 identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "3 x 3 mean": [[1 / 9] * 3] * 3,
    "3 x 3 binomial": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
    "3 x 3 sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "3 x 3 Laplace": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "3 x 3 Sobel, across": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "3 x 3 Sobel, down": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "3 x 3 shift to the right": [[0, 0, 0], [0, 0, 1], [0, 0, 0]],
    "5 x 5 mean": [[1 / 25] * 5] * 5,
    "5 x 5 binomial": [[a * b / 256 for b in (1, 4, 6, 4, 1)] for a in (1, 4, 6, 4, 1)],
}
OWN = "your own"
MOST = 9  # rows and columns of a neighbourhood that are written out
_USES = {
    "size": ("mean", "median", "percentile"),
    "percent": ("percentile",),
    "sigma": ("gaussian", "unsharp"),
    "amount": ("unsharp",),
    "kernel": ("kernel",),
    "flip": ("kernel",),
}


class FilterExplorer(Following):
    """Compare a picture before and after a filter, and follow one pixel through the sum that made it.

    Parameters
    ----------
    image : array-like
        A gray image or volume of finite numbers. Each plane is filtered by itself.
    filter : {"mean", "median", "percentile", "gaussian", "unsharp", "sobel", "kernel"}
        What makes the picture after.
    size : int
        Width of the neighbourhood of mean, median and percentile; odd.
    percent : float
        Of the percentile filter, 0 to 100.
    sigma : float
        Of gaussian and unsharp, in pixels, above 0.
    amount : float
        Of unsharp, 0 or more.
    kernel : sequence of sequences of float, optional
        Weights of the filter kernel, odd along both sides. By default a mean of 3 x 3.
    flip : bool
        Whether the kernel is turned round before it is laid on the picture: True is a convolution, False
        a correlation.
    mode : {"reflect", "mirror", "nearest", "wrap", "constant"}
        What stands beyond the edge; constant is `cval`.
    cval : float
        The value beyond the edge of the mode constant.
    integer : bool
        Whether the result is rounded to the image's own whole numbers, and held within them.
    pixel : sequence of int, optional
        Row and column of the pixel that is followed.
    compare : {"side", "swipe", "blend", "difference"}
        How the two pictures are shown. The difference is before - after.
    window, cmap, sampling, axis, index, axes, height
        As for `SliceBrowser`; the window is that of both pictures.

    Attributes
    ----------
    after : ndarray
        The plane on screen after the filter.
    view : ImageView
        The two pictures.

    Raises
    ------
    TypeError, ValueError
        If the image is in colour, empty, not finite or not of real numbers, or an argument does not fit.

    Notes
    -----
    The sums are computed in float64; pictures and difference are shown in float32, or in the image's own
    whole numbers of at most 16 bits where the result has no others.

    Examples
    --------
    >>> explorer = FilterExplorer(np.arange(9, dtype=np.uint8).reshape(3, 3), pixel=(1, 1))
    >>> float(explorer.after[1, 1]), round(explorer.sum()["sum"], 9)
    (4.0, 4.0)
    >>> explorer.filter, explorer.kernel, explorer.integer = "kernel", [[1, 2, 90]], True
    >>> explorer.sum()["weights"].tolist(), explorer.after[1, 1]
    ([[90.0, 2.0, 1.0]], np.uint8(255))
    """

    view: Any

    filter = traitlets.Enum(FILTERS, "mean")
    size = traitlets.Int(3)
    percent = traitlets.Float(50.0)
    sigma = traitlets.Float(1.0)
    amount = traitlets.Float(1.0)
    kernel = traitlets.Any()
    flip = traitlets.Bool(True)
    mode = traitlets.Enum(MODES, "reflect")
    cval = traitlets.Float(0.0)
    integer = traitlets.Bool(False)
    window = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0))
    compare = traitlets.Enum(("side", "swipe", "blend", "difference"), "side")
    share = traitlets.Float(0.5)

    def __init__(
        self,
        image: ArrayLike,
        *,
        filter: Literal["mean", "median", "percentile", "gaussian", "unsharp", "sobel", "kernel"] = "mean",
        size: int = 3,
        percent: float = 50.0,
        sigma: float = 1.0,
        amount: float = 1.0,
        kernel: Sequence[Sequence[float]] | None = None,
        flip: bool = True,
        mode: Literal["reflect", "mirror", "nearest", "wrap", "constant"] = "reflect",
        cval: float = 0.0,
        integer: bool = False,
        pixel: Sequence[int] | None = None,
        compare: Literal["side", "swipe", "blend", "difference"] = "side",
        window: tuple[float, float] | None = None,
        cmap: str = "gray",
        sampling: Sequence[float] | None = None,
        axis: int | Literal["t", "pln", "row", "col"] = 0,
        index: int | None = None,
        axes: str | Sequence[str] | None = None,
        height: int = 320,
    ) -> None:
        planes = check_gray(image, axes)
        _check_finite(planes)
        self._given = {"image": image}
        self._last = Last()
        self.view = Pair(
            self.code,
            image,
            planes,
            where=image_sampling(image, planes) if sampling is None else check_sampling(sampling, planes),
            window=default_window(planes.sample()) if window is None else check_window(window),
            cmap=cmap,
            axis=check_axis(axis, planes),
            index=index,
            compare=compare,
            height=height,
        )
        set_traits(
            self.view,
            _compares=["side", "swipe", "blend", "difference"],
            _difference=picture.colour_table(DIFFERENCE),
            _controls=["window", "code"],
            _rest=40,
        )
        super().__init__()
        mirror(self, self.view, "index", "axis", "cmap", "compare", "share", "window")
        self._given_kernel = NAMED["3 x 3 mean"] if kernel is None else kernel
        self.note = ipywidgets.HTML()
        self.grid = ipywidgets.HTML()
        self.profile = ipywidgets.HTML()
        self.kernel = self._given_kernel
        self.children = [*self._controls(), self.note, self.view, self.grid, self.profile]
        chosen: dict[str, Any] = {
            "filter": filter,
            "size": size,
            "percent": percent,
            "sigma": sigma,
            "amount": amount,
        }
        chosen |= {"flip": flip, "mode": mode, "cval": cval, "integer": integer}
        for name, value in chosen.items():
            self._enter(name, value)
        if pixel is not None:
            self.set_trait("pixel", list(pixel))
        self._refresh()
        self._observe()

    def _enter(self, name: str, value: Any) -> None:
        """Set a trait at the door, where a wrong one is a ValueError as everywhere."""
        try:
            self.set_trait(name, value)
        except traitlets.TraitError as error:
            raise ValueError(str(error)) from None

    # ---- what there is on the page

    def _controls(self) -> list[ipywidgets.HBox]:
        menu, number = self._menu, self._number
        self._parts: dict[str, Any] = {
            "size": number("size", "Size, pixels", ipywidgets.BoundedIntText, min=1, max=999, step=2),
            "percent": number("percent", "Percentile", ipywidgets.BoundedFloatText, min=0, max=100, step=5),
            "sigma": number("sigma", "Sigma, pixels", ipywidgets.FloatText, step=0.5),
            "amount": number("amount", "Amount", ipywidgets.FloatText, step=0.5),
            "kernel": self._kernel_controls(),
            "flip": self._check("flip", "turn the kernel round (convolution)"),
        }
        self._cval = number("cval", "Value beyond", ipywidgets.FloatText, step=1)
        kind = self.view._planes["image"].dtype.kind
        whole = [self._check("integer", "round to the image's whole numbers")] if kind in "biu" else []
        pixel = labelled("Pixel", "row, column", self._take_pixel)
        pixel.layout.width = "150px"
        self._tell_in(pixel, "pixel")
        edge = menu("mode", "Beyond the edge", MODES)
        return [
            ipywidgets.HBox([menu("filter", "Filter", FILTERS), *self._parts.values()], layout=ROW),
            ipywidgets.HBox([edge, self._cval, *whole, pixel], layout=ROW),
        ]

    def _menu(self, name: str, label: str, options: Sequence[str]) -> ipywidgets.Dropdown:
        menu = ipywidgets.Dropdown(
            options=options,
            description=label,
            style={"description_width": "initial"},
            layout={"width": "220px"},
        )
        traitlets.link((self, name), (menu, "value"))
        return menu

    def _check(self, name: str, label: str) -> ipywidgets.Checkbox:
        box = ipywidgets.Checkbox(description=label, indent=False, layout={"width": "auto"})
        traitlets.link((self, name), (box, "value"))
        return box

    def _number(self, name: str, label: str, kind: Callable[..., Any], **limits: Any) -> Any:
        """Return a field for a number; one that does not fit is refused in a sentence and put back."""
        style, layout = {"description_width": "initial"}, {"width": "170px"}
        field = kind(
            value=getattr(self, name), description=label, continuous_update=False, style=style,
            layout=layout, **limits,
        )  # fmt: skip
        self.observe(lambda change: setattr(field, "value", change["new"]), name)
        newest(field, lambda value: self._try(name, value, field))
        return field

    def _try(self, name: str, value: Any, field: Any = None) -> None:
        """Set a trait from a control; say what was wanted if it does not fit."""
        try:
            self.set_trait(name, value)
        except traitlets.TraitError as error:
            if field is not None:
                field.value = getattr(self, name)
            self._say(str(error))

    def _say(self, sentence: str) -> None:
        self.note.value = f'<span role="status">{escape(sentence)}</span>' if sentence else ""

    def _kernel_controls(self) -> ipywidgets.HBox:
        field = ipywidgets.Textarea(
            description="Kernel",
            continuous_update=False,
            rows=5,
            placeholder="0 1 0\n1 4 1\n0 1 0",
            style={"description_width": "initial"},
            layout={"width": "300px"},
        )
        presets = ipywidgets.Dropdown(
            options=[OWN, *NAMED],
            description="Presets",
            style={"description_width": "initial"},
            layout={"width": "240px"},
        )

        def show(_: Any = None) -> None:
            field.value = "\n".join(" ".join(f"{one:.6g}" for one in row) for row in self.kernel)
            presets.value = next((name for name, one in NAMED.items() if one == self.kernel), OWN)

        def take(change: Any) -> None:
            kernel = _typed(change["new"])
            written = [[float(f"{one:.6g}") for one in row] for row in self.kernel]
            if kernel != written:  # what is only shown shorter is no change
                self._try("kernel", kernel)

        show()
        self._shows_kernel = show
        field.observe(take, "value")
        presets.observe(lambda change: self._try("kernel", NAMED.get(change["new"], self.kernel)), "value")
        return ipywidgets.HBox([presets, field], layout=ROW)

    def _take_pixel(self, text: str) -> None:
        numbers = whole_numbers(text)
        if text.strip() and (numbers is None or len(numbers) != 2):
            self._say("A pixel is two whole numbers: row, column.")
            return
        self._try("pixel", numbers)

    def _observe(self) -> None:
        chosen = ["filter", "size", "percent", "sigma", "amount", "kernel", "flip", "mode", "cval", "integer"]
        self.observe(lambda _: self._refresh(), chosen)
        self.observe(self._shows_kernel, "kernel")  # the picture first
        self.observe(lambda _: self._follow(), "pixel")
        self.view.observe(lambda _: self._plane_changed(), ["index", "time", "channel"])
        self.view.observe(lambda _: self._refresh(), "axis")  # the filter may not fit there
        self.view.observe(lambda _: self._follow_cursor(), "cursor")

    # ---- what is computed

    @property
    def after(self) -> NDArray[Any]:
        """The plane on screen after the filter, shape (height, width): float64, or whole numbers if asked."""
        return self._filtered(self.plane).copy()

    def _filtered(self, plane: NDArray[Any], integer: bool | None = None) -> NDArray[Any]:
        dtype = self._dtype(plane) if (self.integer if integer is None else integer) else np.float64
        how = self._arguments()
        return self._last(
            (self._name, how, dtype), plane, lambda: self._function()(plane, **how, dtype=dtype)
        )

    def _dtype(self, plane: NDArray[Any]) -> np.dtype:
        """Return the dtype of a result in whole numbers."""
        return np.dtype(np.uint8) if plane.dtype.kind == "b" else plane.dtype

    def _function(self) -> Callable[..., NDArray[Any]]:
        return getattr(filters, self._name)

    @property
    def _name(self) -> str:
        """Name of the filter's function."""
        return ("convolve" if self.flip else "correlate") if self.filter == "kernel" else self.filter

    def _arguments(self) -> dict[str, Any]:
        """Return what the filter's function is told, but for the image and the dtype."""
        names = [name for name, users in _USES.items() if self.filter in users and name != "flip"]
        beyond = {"mode": self.mode, **({"cval": self.cval} if self.mode == "constant" else {})}
        return {**{name: getattr(self, name) for name in names}, **beyond}

    def _layer(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Return the picture after, as the browser has it; nothing where the filter does not fit."""
        try:
            return self._filtered(plane).astype(self._sent(plane))
        except ValueError:
            dtype = self.view._planes["second"].dtype
            return np.full(plane.shape, np.nan if dtype.kind == "f" else 0, dtype)

    def _sent(self, plane: NDArray[Any]) -> np.dtype:
        """Return the dtype in which a picture after is sent: the plane's own, if short and with room."""
        picked = self.filter in ("median", "percentile") and self.mode != "constant"
        own = (self.integer or picked) and plane.dtype.kind in "iu" and plane.dtype.itemsize <= 2
        return plane.dtype if own else np.dtype(np.float32)

    def _fitting(self) -> NDArray[Any] | None:
        """Return the plane on screen after the filter, read-only; None where the filter does not fit."""
        try:
            return self._filtered(self.plane)
        except ValueError:
            return None

    def _refresh(self) -> None:
        """Filter the plane on screen anew, and show what follows from that."""
        for name, part in self._parts.items():
            part.layout.display = "" if self.filter in _USES[name] else "none"
        self._cval.layout.display = "" if self.mode == "constant" else "none"
        after = self._fitting()
        if after is None:
            self.view.second(self._layer)
        else:
            own, limit = self._own_window(after), self._limit(after)
            self.view.second(self._layer, dtype=self._sent(self.plane), window=own, limit=limit)
        self._tell()

    def _limit(self, after: NDArray[Any]) -> float:
        """Return the difference that is shown in the strongest colour."""
        return _most(self.plane.astype(float) - after)

    def _own_window(self, after: NDArray[Any]) -> tuple[float, float] | None:
        """Return the window of the picture after, where it has little in common with the one before.

        What weights with the sum 0 make lies around 0, and Sobel's magnitude above it.
        """
        signed = self.filter == "kernel" and abs(np.sum(self.kernel)) < 1e-9 * np.abs(self.kernel).sum()
        if not signed and self.filter != "sobel":
            return None
        most = _most(after)
        return (-most if signed else 0.0, most)

    def _plane_changed(self) -> None:
        """Show and tell what follows from another plane on screen."""
        after = self._fitting()
        if after is not None:
            self.view.limit = self._limit(after)
        self._tell()

    def _tell(self) -> None:
        """Tell about the plane on screen what pictures do not."""
        if self.pixel and not within(self.pixel, self.plane.shape):
            self.set_trait("pixel", None)
        try:
            after = self._filtered(self.plane)
        except ValueError as error:
            self._say(str(error))
            self.grid.value = self.profile.value = ""
            return
        self._say(self._remark(after))
        self._follow()

    def _remark(self, after: NDArray[Any]) -> str:
        plane = self.plane
        if plane.min() == plane.max():
            return f"Every pixel has the value {told(float(plane.flat[0]))}: there is nothing to filter."
        if not self.integer:
            return self._shown_from()
        exact = self._filtered(plane, integer=False)
        info = np.iinfo(self._dtype(plane).name)
        held = int(np.count_nonzero((exact < info.min) | (exact > info.max)))
        lost = int(np.count_nonzero(after != exact))
        return (
            f"In whole numbers {lost:,} of {plane.size:,} pixels are not the exact result; "
            f"{held:,} of them lie outside {info.min:,} to {info.max:,} and are held at the limit. "
            f"{self._shown_from()}"
        ).strip()

    def _shown_from(self) -> str:
        """Say what the picture after has as black and white, where that is not the window."""
        own = self.view._planes["second"].window
        if own is None:
            return ""
        why = "The weights add up to 0" if self.filter == "kernel" else "This is a slope"
        return f"{why}: the picture after is shown from {told(own[0])} to {told(own[1])}."

    # ---- the pixel that is followed

    def _follow(self) -> None:
        """Put the crosshair on the followed pixel, and write out its sum and its profile."""
        self._cross()
        if self.pixel is None:
            self.grid.value = "Click on a pixel to see its neighbourhood, the weights and their sum."
            self.profile.value = ""
            return
        try:
            self.grid.value = self._grid()
            self.profile.value = _profile(*self.profiles(), self.pixel)
        except ValueError as error:
            self._say(str(error))

    def profiles(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the values along the followed pixel's row, before and after.

        Raises
        ------
        ValueError
            If no pixel is followed.
        """
        row, plane = self._followed()[0], self.plane
        return plane[row], self._filtered(plane)[row].copy()

    def _followed(self) -> list[int]:
        if self.pixel is None:
            raise ValueError("no pixel is followed: set pixel to (row, column)")
        return self.pixel

    def sum(self) -> dict[str, Any]:
        """Return how the followed pixel's value comes about.

        Returns
        -------
        dict
            "neighbourhood", an array of the values around the pixel. For mean, gaussian, unsharp and kernel:
            "weights" as they are laid on it, "products", and "sum" of these. For sobel "weights" and
            "products" have two tables, across and down; "sums" has their two sums, and "sum" is the root of
            the sum of their squares. For median and percentile "sorted", the values in order, "rank", the
            place in that, and "sum", the value there. In each, "value" is the result: the pixel of `after`.

        Raises
        ------
        ValueError
            If no pixel is followed, or the filter does not fit the image.
        """
        row, column = self._followed()
        value = self._filtered(self.plane)[row, column].item()
        if self.filter in ("median", "percentile"):
            around = self._around((self.size, self.size))
            percent = 50.0 if self.filter == "median" else self.percent
            order = np.sort(around, axis=None)
            rank = min(int(order.size * percent / 100), order.size - 1)
            return {
                "neighbourhood": around, "sorted": order, "rank": rank, "sum": float(order[rank]),
                "value": value,
            }  # fmt: skip
        weights = self.weights()
        around = self._around(weights.shape[-2:])
        products = weights * around
        found = {"neighbourhood": around, "weights": weights, "products": products}
        if self.filter != "sobel":
            return {**found, "sum": float(products.sum()), "value": value}
        sums = products.sum(axis=(1, 2))
        return {**found, "sums": sums.tolist(), "sum": float(np.sqrt((sums**2).sum())), "value": value}

    def weights(self) -> NDArray[np.float64]:
        """Return the weights as they are laid on the picture, shape (rows, columns); two tables for sobel.

        Raises
        ------
        ValueError
            If the filter is a median or percentile, which has no weights.
        """
        if self.filter == "kernel":
            kernel = np.array(self.kernel, float)
            return kernel[::-1, ::-1] if self.flip else kernel
        if self.filter == "mean":
            return np.full((self.size, self.size), 1 / self.size**2)
        if self.filter == "sobel":
            across = np.array(NAMED["3 x 3 Sobel, across"], float)
            return np.stack([across, across.T])
        if self.filter not in ("gaussian", "unsharp"):
            raise ValueError(f"a {self.filter} has no weights: it sorts the neighbours and takes one")
        reach = int(4 * self.sigma + 0.5)
        single = np.zeros((2 * reach + 1,) * 2)
        single[reach, reach] = 1
        if self.filter == "gaussian":
            return filters.gaussian(single, self.sigma, mode="constant")
        return filters.unsharp(single, self.sigma, self.amount, mode="constant")

    def _around(self, shape: Sequence[int]) -> NDArray[np.float64]:
        """Return the values around the followed pixel, with what stands beyond the edge."""
        plane = self.plane
        # Only the indices are continued beyond the edge; -1 stands for the value there.
        beyond = {"constant_values": -1} if self.mode == "constant" else {}
        how: Any = {"mode": filters.PADDING[self.mode], **beyond}
        rows, columns = (
            np.pad(np.arange(length), width // 2, **how)[at : at + width]
            for length, width, at in zip(plane.shape, shape, self._followed(), strict=True)
        )
        inside = (rows >= 0)[:, None] & (columns >= 0)
        return np.where(inside, plane[np.ix_(rows, columns)].astype(np.float64), self.cval)

    # ---- what is written out

    def _grid(self) -> str:
        """Return the followed pixel's sum as tables."""
        found = self.sum()
        tables = [("neighbourhood", found["neighbourhood"])]
        if "sorted" in found:
            text = f"the value at place {found['rank']} of {found['sorted'].size} sorted ones, counted from 0"
            tables.append((f"sorted; {text}", found["sorted"].reshape(self.size, self.size)))
        elif self.filter == "sobel":
            for name, weights, products in zip(
                ("across", "down"), found["weights"], found["products"], strict=True
            ):
                tables += [(f"× weights {name}", weights), (f"= products {name}", products)]
        else:
            tables += [(self._weights_title(), found["weights"]), ("= products", found["products"])]
            if self.filter == "kernel" and self.flip:
                tables.insert(1, ("kernel as typed", np.array(self.kernel, float)))
        shown = "".join(_table(title, one) for title, one in tables)
        row, column = self._followed()
        return (
            f"<div>Pixel in row {row}, column {column}: {escape(self._ends(found))}</div>"
            f'<div style="display:flex;flex-wrap:wrap;align-items:flex-start;gap:4px 20px">{shown}</div>'
        )

    def _weights_title(self) -> str:
        if self.filter != "kernel":
            return "× weights"
        return "× weights: the kernel turned round" if self.flip else "× weights: the kernel as typed"

    def _ends(self, found: dict[str, Any]) -> str:
        """Return in words what the tables come to."""
        name = "value" if "sorted" in found else "sum"
        if "sums" in found:
            across, down = found["sums"]
            said = f"sums {told(across)} across and {told(down)} down; √({told(across)}² + {told(down)}²) = "
            said += told(found["sum"])
        else:
            said = f"{name} {told(found['sum'])}"
        if not self.integer:
            return f"{said}, the value after."
        dtype = self._dtype(self.plane)
        wrapped = int(np.int64(np.clip(np.rint(found["sum"]), -(2.0**62), 2.0**62)).astype(dtype))
        turned = "" if wrapped == found["value"] else f" (if not held, it would wrap to {wrapped:,})"
        return f"{said}, as {dtype} {found['value']:,}{turned}."

    # ---- traits that must fit

    @traitlets.validate("window")
    def _check_window(self, proposal: Any) -> tuple[float, float]:
        return check_window(proposal["value"])

    @traitlets.validate("size", "percent", "sigma", "amount", "kernel", "cval")
    def _check_number(self, proposal: Any) -> Any:
        """Ask the filter itself, on a plane of zeros: it has the sentence."""
        name, value = proposal["trait"].name, proposal["value"]
        empty = np.zeros(self.plane.shape, np.uint8)
        try:
            if name == "kernel":
                return _checked_kernel(value, empty)
            if name == "cval" and not math.isfinite(value):
                raise ValueError(f"cval is {value}, but it must be a finite number")
            if name != "cval":
                self._ask(name, value, empty)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None
        return value

    def _ask(self, name: str, value: Any, empty: NDArray[Any]) -> None:
        if name == "size":
            filters.mean(empty, value)
        elif name == "percent":
            filters.percentile(empty[:1, :1], value, 1)
        elif name == "sigma":
            filters.gaussian(empty, value)
        else:
            filters.unsharp(empty[:1, :1], 1, value)

    @traitlets.validate("integer")
    def _check_integer(self, proposal: Any) -> bool:
        dtype = self.view._planes["image"].dtype
        if proposal["value"] and dtype.kind not in "biu":
            raise traitlets.TraitError(
                f"the image is {dtype}, of real numbers: there are no whole numbers to round to"
            )
        return proposal["value"]

    # ---- pictures and words

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return the pictures on screen, RGBA bytes, one pixel a sample."""
        before, after = self.plane, self._layer(self.plane)
        if self.compare == "difference":
            return [picture.difference(before, after, self.view.limit, DIFFERENCE)]
        shown = self.view._planes["second"].window or self.window
        pair = [picture.pixels(before, self.window, self.cmap), picture.pixels(after, shown, self.cmap)]
        return pair if self.compare == "side" else [picture.mix(*pair, how=self.compare, share=self.share)]

    def __repr__(self) -> str:
        image = f"{self.view._title} {self.view._planes['image'].array.dtype}{self._place()}"
        names = [name for name, users in _USES.items() if self.filter in users]
        said = {"kernel": lambda one: f"{len(one)} x {len(one[0])}", "flip": bool}
        words = [f"{name} {said.get(name, lambda one: f'{one:.6g}')(getattr(self, name))}" for name in names]
        how = ", ".join([self.filter, *words, self.mode])
        return f"FilterExplorer({image}, {how}, picture {self.digest()})"

    def code(self) -> str:
        """Return Python that computes and draws before, after and difference, from the given `image`."""
        arguments = "".join(f", {name}={value!r}" for name, value in self._arguments().items())
        dtype = f", dtype=np.{self._dtype(self.plane).name}" if self.integer else ""
        (low, high), most = self.window, f"{self.view.limit:.17g}"
        own = self.view._planes["second"].window
        lines = [
            "import matplotlib.pyplot as plt",
            "import numpy as np",
            "from biomedlab import filters",
            *self._opened("image"),
            f"plane = np.asarray(image){self._where()}",
            f"after = filters.{self._name}(plane{arguments}{dtype})",
            "difference = plane.astype(float) - after",
            "",
            "fig, axs = plt.subplots(1, 3, figsize=(12, 4), layout='constrained')",
            f"window = {{'cmap': {self.cmap!r}, 'vmin': {low:.17g}, 'vmax': {high:.17g}}}",
            f"signed = {{'cmap': {DIFFERENCE!r}, 'vmin': -{most}, 'vmax': {most}}}",
            *[f"own = {{**window, 'vmin': {own[0]:.17g}, 'vmax': {own[1]:.17g}}}" for own in [own] if own],
            f"shown = [('before', plane, window), ('after', after, {'own' if own else 'window'})]",
            "shown += [('before - after', difference, signed)]",
            "for ax, (name, picture, how) in zip(axs, shown):",
            f"    ax.imshow(picture, **how{self._imshow()})",
            "    ax.set(title=name, xticks=[], yticks=[])",
        ]
        if self.pixel:
            lines += [
                "",
                f"row, column = {self.pixel[0]}, {self.pixel[1]}",
                "print(f'row {row}, column {column}: {plane[row, column]} becomes {after[row, column]}')",
                "fig_profile, ax = plt.subplots(figsize=(8, 3), layout='constrained')",
                "ax.plot(plane[row], label='before')",
                "ax.plot(after[row], label='after')",
                "ax.axvline(column, color='0.6')",
                "ax.set(xlabel='column', ylabel='value', title=f'row {row}')",
                "ax.legend()",
            ]
        return "\n".join(lines) + "\n"


def _most(values: NDArray[Any]) -> float:
    """Return a size above 0 that few values exceed, judged by some thousand of them from all columns."""
    some = np.abs(values.ravel()[:: max(1, values.size // 2**14) | 1])
    return float(np.percentile(some, 99.9, method="nearest")) or float(np.abs(values).max()) or 1.0


def _check_finite(planes: Planes) -> None:
    array = planes.array if isinstance(planes.array, np.ndarray) else planes.sample()
    if finite(array).size < array.size:
        raise ValueError(
            "the image holds NaN or infinite values, which a filter would spread: replace them first, for "
            "instance with numpy.nan_to_num(image)"
        )


def _checked_kernel(kernel: Any, plane: NDArray[Any]) -> list[list[float]]:
    """Return a kernel as rows of floats, or say what was wanted."""
    try:
        rows = np.array(kernel)
    except ValueError:
        raise ValueError("the rows of a kernel must be equally long, such as 0 1 0, 1 4 1, 0 1 0") from None
    if rows.ndim != 2 or rows.dtype.kind not in "buif":
        raise ValueError("a kernel is rows of numbers, such as 0 1 0, 1 4 1, 0 1 0: as many in each row")
    filters.check_kernel(rows, plane)
    return rows.astype(float).tolist()


def _typed(text: str) -> Any:
    """Return the rows that a person typed, of numbers or fractions such as 1/9; else the text."""
    rows = [line.replace(",", " ").split() for line in text.replace(";", "\n").splitlines()]
    try:
        return [[_number(word) for word in row] for row in rows if row]
    except (ValueError, SyntaxError, ZeroDivisionError):
        return text


def _number(word: str) -> float:
    above, _, below = word.partition("/")
    return float(ast.literal_eval(above)) / (float(ast.literal_eval(below)) if below else 1.0)


def _table(title: str, numbers: NDArray[Any]) -> str:
    """Return a table of numbers, its middle marked; of a large one only the middle."""
    cut = [max(0, (length - MOST) // 2) for length in numbers.shape]
    rows = numbers[cut[0] : numbers.shape[0] - cut[0], cut[1] : numbers.shape[1] - cut[1]]
    if any(cut):
        title += f" (the middle of {numbers.shape[0]} x {numbers.shape[1]})"
    middle = (rows.shape[0] // 2, rows.shape[1] // 2)
    cell = '<td style="text-align:right;padding:0 5px;{}">{}</td>'
    mark = "outline:2px solid currentColor;font-weight:bold"
    body = "".join(
        "<tr>"
        + "".join(
            cell.format(
                mark if (i, j) == middle and not title.startswith("sorted") else "", f"{value + 0.0:.5g}"
            )
            for j, value in enumerate(row)
        )
        + "</tr>"
        for i, row in enumerate(rows)
    )
    wide = "text-align:left;width:max-content;max-width:18em"
    caption = f'<caption style="{wide}">{escape(title)}</caption>'
    style = "font-variant-numeric:tabular-nums;line-height:1.5"
    return f'<table style="{style}">{caption}<tbody>{body}</tbody></table>'


def _profile(before: NDArray[Any], after: NDArray[Any], pixel: Sequence[int]) -> str:
    """Return the two lines of values along a row, as a small drawing."""
    both = np.concatenate([before.astype(float), after.astype(float)])
    low, high = float(both.min()), float(both.max())
    width, height, n = 600, 110, max(1, before.size - 1)

    def path(values: NDArray[Any]) -> str:
        share = (values.astype(float) - low) / ((high - low) or 1.0)
        return " ".join(f"{i / n * width:.2f},{(1 - one) * height:.2f}" for i, one in enumerate(share))

    style = 'fill="none" stroke-width="1.5" vector-effect="non-scaling-stroke"'
    line = f'<polyline {style} stroke="{{}}" points="{{}}"/>'
    at = pixel[1] / n * width
    label = f"Values along row {pixel[0]}: before (grey) and after (orange), from {told(low)} to {told(high)}"
    return (
        f"<div>{label}</div>"
        f'<svg role="img" aria-label="{label}" viewBox="0 -2 {width} {height + 4}" '
        f'preserveAspectRatio="none" style="width:100%;max-width:900px;height:{height}px">'
        f'<path d="M{at:.2f} 0V{height}" stroke="currentColor" stroke-dasharray="3 3" opacity="0.5"/>'
        f"{line.format('#808080', path(before))}{line.format('#d95f02', path(after))}</svg>"
    )
