"""What the explorers share: a box of views that can say its code, draw its figure and be stored."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets
import numpy as np
import traitlets
from numpy.typing import ArrayLike, DTypeLike, NDArray

from biomedlab import _checks
from biomedlab.widgets import code as codes
from biomedlab.widgets import picture
from biomedlab.widgets.door import check_box, check_index, grid_traits, tone_traits
from biomedlab.widgets.histogram_view import HistogramView
from biomedlab.widgets.image_view import ImageView
from biomedlab.widgets.planes import Planes, as_planes
from biomedlab.widgets.slice_browser import SliceBrowser

ROW = {"flex_flow": "row wrap", "grid_gap": "4px 8px"}


class Explorer(ipywidgets.VBox):
    """A box of an image view and what belongs to it.

    A subclass makes `view`, and says its `code`; all else follows from these two.
    """

    box = traitlets.List(traitlets.Int(), allow_none=True, default_value=None)
    index = traitlets.Int(0)
    axis = traitlets.Int(0)
    cmap = traitlets.Unicode("gray")
    marker = traitlets.Float(None, allow_none=True)

    view: ImageView
    histogram: HistogramView

    def __init__(self) -> None:
        super().__init__()
        self.add_class("biomedlab-explorer")

    _given: dict[str, Any]

    def code(self) -> str:
        """Return Python that computes and draws what is on screen, from the arrays that were given."""
        raise NotImplementedError

    def figure(self) -> Any:
        """Return a matplotlib Figure of what is on screen: what `code` draws."""
        return codes.run(self.code(), **{name: one for name, one in self._given.items() if one is not None})

    def save(self, path: str | Path, *, dpi: float = 150) -> Path:
        """Write the figure to a file, in the format that its ending names, and return the path."""
        return codes.save(self.figure(), path, dpi=dpi)

    def to_html(self, path: str | Path) -> Path:
        """Write a page that needs no kernel; it says which controls work only in Jupyter."""
        return import_module("biomedlab.widgets.page").to_html(self, path)

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return the pictures on screen, RGBA bytes, one pixel a sample."""
        return self.view.pictures()

    def digest(self) -> str:
        """Return eight letters that change when a picture does, the same on every machine."""
        return picture.digest(self.pictures())

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle: Any = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        axis = self.view.axis
        width, height = self.view._size(axis)
        tiles = [(self.view._upright(one, axis), width, height) for one in self._covered()]
        if self._bars:
            low, high = self.histogram.bin_edges[[0, -1]]
            marks = [(limit - low) / ((high - low) or 1) for limit in getattr(self, self._bars)]
            drawn = picture.bars(self.histogram.hist, marks, log=self.histogram.log)
            tiles.append((drawn, 1.2 * height, height))
        return {**data, "text/plain": repr(self), "image/png": picture.png(*tiles)}, metadata

    _bars: ClassVar[str] = ""
    """The trait whose two values are marked in a stored histogram; without one there is no histogram."""

    def _covered(self) -> list[NDArray[np.uint8]]:
        """Return the pictures with what the view lays over them."""
        return self.pictures()

    # ---- what is on screen, as an array and in words

    @property
    def plane(self) -> NDArray[Any]:
        """The plane on screen, shape (height, width)."""
        return self.view.planes()[0]

    def _opened(self, *names: str) -> list[str]:
        """Return the lines that open the arrays' files, or say that they are yours."""
        lines = []
        for name in names:
            path = (getattr(self._given[name], "meta", None) or {}).get("path")
            opening = codes.opening(self._given[name], path)
            lines.append(f"{name} = {opening}" if opening else f"# {name}: your array")
        return (["import biomedlab", ""] if any("biomedlab" in line for line in lines) else [""]) + lines

    def _where(self) -> str:
        """Return the index of the plane on screen, as Python writes it: ``[3]``, or nothing for one plane."""
        planes = self.view._planes["image"]
        view = self.view
        index = {"t": view.time, "ch": view.channel, planes.slices[view.axis]: view.index}
        parts = [str(index[name]) if name in index else ":" for name in planes.axes]
        while parts and parts[-1] == ":":
            parts.pop()
        return f"[{', '.join(parts)}]" if parts else ""

    def _imshow(self) -> str:
        """Return the arguments of imshow that give the plane its shape and its right side up."""
        view = self.view
        down, across = (one for one in range(3) if one != view.axis)
        parts = []
        if view._sampling and view._sampling[down] and view._sampling[across]:
            parts.append(f", aspect={view._sampling[down] / view._sampling[across]:.6g}")
        if view._orientation and view._orientation[down] in ("S", "A"):
            parts.append(', origin="lower"')
        return "".join(parts)

    def _value(self, row: int, column: int) -> float | None:
        """Return a finite value of the plane on screen."""
        value = float(self.plane[row, column])
        return value if np.isfinite(value) else None

    def _on_plane(self, indices: Sequence[int] | None) -> list[int] | None:
        """Return row and column of three indices on the plane on screen."""
        return [at for axis, at in enumerate(indices) if axis != self.view.axis] if indices else None

    def _mark(self, _: Any = None) -> None:
        """Mark the bin of the pixel under the pointer."""
        at = self._on_plane(self.view.pointer)
        self.set_trait("marker", self._value(*at) if at else None)

    # ---- the box

    def _box_controls(self) -> list[ipywidgets.Widget]:
        """Return a switch that lets a drag draw the box, and a field to type it."""
        draw = ipywidgets.ToggleButton(
            description="Draw a box", tooltip="A drag on the picture draws a box", layout={"width": "110px"}
        )
        ipywidgets.jslink((draw, "value"), (self.view, "drawing"))
        field = labelled("Box", "row, column, end row, end column", self._take_box)
        self._tell_in(field, "box")
        return [draw, field]

    def _tell_in(self, field: ipywidgets.Text, name: str) -> None:
        """Keep a field's text true to its trait."""
        self.observe(lambda change: setattr(field, "value", _listed(change["new"])), name)

    def _take_box(self, text: str) -> None:
        self._take("box", text, 4, "A box is four whole numbers: row, column, end row, end column.")

    def _take(self, name: str, text: str, count: int, wanted: str) -> None:
        """Set a trait from the whole numbers of a field; say what was wanted if they are not."""
        numbers = whole_numbers(text)
        if text.strip() and (numbers is None or len(numbers) != count):
            self.histogram.note = wanted
            return
        try:
            self.set_trait(name, numbers)
        except traitlets.TraitError as error:
            self.histogram.note = str(error)

    @traitlets.validate("box")
    def _check_box(self, proposal: Any) -> list[int] | None:
        try:
            return check_box(proposal["value"], *self.plane.shape)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None

    def _place(self, mark: str = ", ") -> str:
        """Return the plane's name behind a mark: ", pln 3"; nothing where there is but one plane."""
        planes = self.view._planes["image"]
        return f"{mark}{self.view._axes[self.view.axis]} {self.view.index}" if planes.shape[0] > 1 else ""


class Following(Explorer):
    """An explorer in which one pixel of the plane is followed: by a click, or by its row and column."""

    pixel = traitlets.List(traitlets.Int(), allow_none=True, default_value=None)

    def _off_plane(self, pixel: Sequence[int]) -> list[int]:
        """Return the three indices of a pixel of the plane on screen."""
        indices = list(pixel)
        indices.insert(self.view.axis, self.view.index)
        return indices

    def _follow_cursor(self) -> None:
        at = self._on_plane(self.view.cursor)
        if at is not None:
            self.set_trait("pixel", at)

    def _cross(self) -> None:
        """Put the crosshair on the followed pixel."""
        if self.pixel != self._on_plane(self.view.cursor):
            self.view.cursor = None if self.pixel is None else self._off_plane(self.pixel)

    @traitlets.validate("pixel")
    def _check_pixel(self, proposal: Any) -> list[int] | None:
        pixel, shape = proposal["value"], self.plane.shape
        if pixel is None or within(pixel, shape):
            return pixel
        raise traitlets.TraitError(
            f"pixel is {pixel}, but it must be a row and a column within {shape[0]} rows and "
            f"{shape[1]} columns"
        )


class Picture(SliceBrowser):
    """The picture of an explorer, whose code is the explorer's."""

    def __init__(self, code: Callable[[], str], image: ArrayLike, **arguments: Any) -> None:
        super().__init__(image, **arguments)
        self._tell = code

    def code(self) -> str:
        """Return the explorer's code."""
        return self._tell()


class Pair(ImageView):
    """The picture before and the one after: by a table, or by a second layer that Python computes."""

    _resets = ("index", "share")

    def __init__(
        self,
        code: Callable[[], str],
        image: ArrayLike,
        planes: Planes,
        *,
        where: Sequence[float] | None,
        window: tuple[float, float],
        cmap: str,
        axis: int,
        index: int | None,
        compare: str,
        height: int,
    ) -> None:
        meta = getattr(image, "meta", None) or {}
        super().__init__(
            {"image": planes},
            _kind="compare",
            _compares=["side", "swipe", "blend"],
            _names=["before", "after"],
            _controls=["code"],
            _stack=axis,
            axis=axis,
            index=planes.shape[axis] // 2 if index is None else check_index(index, planes.shape[axis]),
            compare=compare,
            height=height,
            **grid_traits(planes, where, meta),
            **tone_traits(planes, window, cmap, meta.get("unit")),
        )
        self._tell = code

    def code(self) -> str:
        """Return the explorer's code."""
        return self._tell()

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return the picture before, RGBA bytes."""
        return super().pictures()[:1]

    def second(
        self,
        compute: Callable[[NDArray[Any]], NDArray[Any]] | None,
        *,
        dtype: DTypeLike = "<f4",
        window: tuple[float, float] | None = None,
        **traits: Any,
    ) -> None:
        """Show after what a function makes of each plane, in a window of its own if one is given.

        Without a function it is what the table makes. The browser hears of other traits together with it.
        """
        planes = None
        if compute is not None:
            image, made = self._planes["image"], np.dtype(dtype)
            planes = Computed(image.array, image.axes, compute=compute, made=made, window=window)
        self._put_layer("second", planes, **traits)


@dataclass(frozen=True, eq=False)
class Computed(Planes):
    """Planes that are computed from those of an image when they are asked for."""

    ahead: ClassVar[bool] = False

    compute: Callable[[NDArray[Any]], NDArray[Any]] = field(kw_only=True)
    made: np.dtype = field(kw_only=True)

    @property
    def dtype(self) -> np.dtype:
        """Of what is computed."""
        return self.made

    def read(self, axis: int, index: int, time: int = 0, channel: int = 0) -> NDArray[Any]:
        """Compute one plane, shape (height, width)."""
        plane = Planes(self.array, self.axes).read(axis, index, time, channel)
        return np.ascontiguousarray(self.compute(plane), self.dtype)


class Last:
    """The last result of a slow function of a plane: several parts of a page ask for it after each change."""

    _kept: tuple[str, NDArray[Any], NDArray[Any]] | None = None

    def __call__(self, how: Any, plane: NDArray[Any], compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return what `compute` gives for a plane, read-only; computed anew if `how` or the plane changed."""
        kept = self._kept
        if kept is None or kept[0] != repr(how) or not np.array_equal(kept[1], plane):
            kept = self._kept = (repr(how), plane.copy(), compute())
            kept[2].setflags(write=False)
        return kept[2]


def check_gray(image: Any, axes: str | Sequence[str] | None) -> Planes:
    """Return a gray image as planes, or refuse it in a sentence that names the conversion."""
    if axes is None and (isinstance(image, np.ndarray) or not hasattr(image, "shape")):
        _checks.gray(image)
    planes = as_planes(image, axes)
    if planes.samples > 1 or "ch" in planes.axes:
        raise ValueError(
            "this is a colour image and a gray one is needed: convert it with skimage.color.rgb2gray(image), "
            "or take one channel, image[..., 0]"
        )
    return planes


def labelled(label: str, placeholder: str, take: Callable[[str], None]) -> ipywidgets.Text:
    """Return a field that hands over its text when it is finished."""
    field = ipywidgets.Text(
        description=label,
        placeholder=placeholder,
        continuous_update=False,
        style={"description_width": "initial"},
        layout={"width": "270px"},
    )
    field.observe(lambda change: take(change["new"]), "value")
    return field


def newest(control: Any, act: Callable[[Any], None]) -> None:
    """Call a slow function with a control's value, once the kernel has taken all values that have come.

    The browser keeps a control's next value back until the kernel is done with the one before. What takes
    long is therefore done just after: newer values come meanwhile, and of these only the newest counts.
    """
    waits = False

    def run() -> None:
        nonlocal waits
        waits = False
        act(control.value)

    def take(_: Any) -> None:
        nonlocal waits
        if waits:
            return
        waits = True
        try:
            asyncio.get_running_loop().call_later(0.001, run)
        except RuntimeError:  # no kernel, so that nothing can come
            run()

    control.observe(take, "value")


def within(pixel: Sequence[int], shape: Sequence[int]) -> bool:
    """Say whether a row and a column are those of a pixel."""
    return len(pixel) == 2 and all(0 <= at < length for at, length in zip(pixel, shape, strict=True))


def whole_numbers(text: str) -> list[int] | None:
    """Return the whole numbers of a field; None if it is empty or holds anything else."""
    try:
        return [int(word) for word in text.replace(",", " ").split()] or None
    except ValueError:
        return None


def _listed(numbers: Sequence[int] | None) -> str:
    return ", ".join(str(number) for number in numbers or ())


def mirror(one: traitlets.HasTraits, other: traitlets.HasTraits, *names: str) -> None:
    """Keep traits of two objects of this kernel the same, starting with the other's."""
    for name in names:
        traitlets.link((other, name), (one, name))
