"""The image view: planes of an array on a canvas, and the messages that bring them there."""

import re
import zlib
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import rjsmin
import traitlets
from IPython import get_ipython
from matplotlib.figure import Figure
from numpy.typing import NDArray

from biomedlab.widgets import code, door, picture
from biomedlab.widgets.linked import Linked, set_traits
from biomedlab.widgets.planes import Planes
from biomedlab.widgets.preview import BUDGET, preview

HERE = Path(__file__).parent
PARTS = ("levels", "planes", "panel")
BROWSER_BUDGET = 256 * 2**20

KEYS = (
    "Arrows, B and F: planes; Page Up, Page Down: ten planes; Home, End: first and last. "
    "Wheel: planes; Ctrl + wheel, + and -: zoom; Shift + drag or middle drag: pan. "
    "Click or Shift + move: crosshair; C: off. "
    "W: a drag sets the window, sideways its width, up and down its centre. G: labels; P: play; R: reset."
)


def joined_source() -> str:
    """Return the front end as one module: its parts import nothing, so they are joined, then packed.

    Every view carries this text, so it is kept short: packed, and with the shorter word for a name.
    """
    paths = [*(HERE / f"image_view.{part}.js" for part in PARTS), HERE / "image_view.js"]
    packed = rjsmin.jsmin("\n".join(path.read_text(encoding="utf-8") for path in paths))
    packed = re.sub(r"\bconst\b", "let", packed)
    # The one parameter of an arrow function needs no brackets, but where they part it from a word before it.
    packed = re.sub(r"(?<![\w$])\((\w+)\)=>", r"\1=>", packed)
    # Every statement ends in a semicolon, which none needs before a brace; nor does a line's end after one.
    return packed.replace(";}", "}").replace("}\n", "}")


class RefusedError(traitlets.TraitError, ValueError, TypeError):
    """A value that does not fit the image; the trait keeps the one it had."""


def refusing(check: Callable[..., Any]) -> Callable[..., Any]:
    """Make the errors of a check such that the trait keeps its value, wherever the new one came from."""

    @wraps(check)
    def checked(self: Any, proposal: Any) -> Any:
        try:
            return check(self, proposal)
        except (TypeError, ValueError) as error:
            raise RefusedError(str(error)) from None

    return checked


class Window(traitlets.Tuple):
    """A trait of two numbers, of any type that counts as one."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Make floats of the numbers, or say what a window is."""
        try:
            return super().validate(obj, door.check_window(value))
        except (TypeError, ValueError) as error:
            raise RefusedError(str(error)) from None


class ImageView(Linked, anywidget.AnyWidget):
    """Pictures of the planes of one array.

    What the browser needs to draw without the kernel is in the traits; planes come as messages, deflated, in
    the image's own dtype: the first with the view itself, others when the view asks for them.
    """

    _resets: tuple[str, ...] = ()
    _versions = 0
    _esm = joined_source()
    _css = HERE / "image_view.css"

    index = traitlets.Int(0, help="Where the picture cuts, along `axis`.").tag(sync=True)
    axis = traitlets.Int(0, help="Which of the three axes the picture cuts across.").tag(sync=True)
    time = traitlets.Int(0, help="Which volume of a series in time.").tag(sync=True)
    channel = traitlets.Int(0, help="Which channel of several.").tag(sync=True)
    window = Window(
        traitlets.Float(),
        traitlets.Float(),
        default_value=(0.0, 1.0),
        help="The values shown darkest and brightest.",
    ).tag(sync=True)
    cmap = traitlets.Unicode("gray", help="Name of a matplotlib colour map.").tag(sync=True)
    cursor = traitlets.List(
        traitlets.Int(), allow_none=True, default_value=None, help="Indices of the crosshair, or None."
    ).tag(sync=True)
    mode = traitlets.Enum(("cursor", "window"), "cursor", help='What a drag sets: "cursor" or "window".').tag(
        sync=True
    )
    drawing = traitlets.Bool(False, help="Whether a drag draws the box instead.").tag(sync=True)
    labels = traitlets.Bool(True, help="Whether the body's directions are written at the edges.").tag(
        sync=True
    )
    opacity = traitlets.Float(0.5, min=0, max=1, help="Of the mask, 0 to 1.").tag(sync=True)
    outline = traitlets.Bool(False, help="Whether only the edge of the mask is drawn.").tag(sync=True)
    playing = traitlets.Bool(False, help="Whether the planes (or the times) are played.").tag(sync=True)
    fps = traitlets.Float(10.0, min=0.1, help="Pictures a second when playing.").tag(sync=True)
    highlight = traitlets.Any(
        allow_none=True,
        default_value=None,
        help="Values from .. to that are lit, or None.",
    ).tag(sync=True)
    highlight_outline = traitlets.Bool(False, help="Whether only the edge of what is lit is drawn.").tag(
        sync=True
    )
    gamma = traitlets.Float(1.0, min=0.01, max=100, help="Power of the grey levels; 1 leaves them.").tag(
        sync=True
    )
    box = traitlets.Any(
        allow_none=True,
        default_value=None,
        help="Drawn box: first row, column, last row, column + 1.",
    ).tag(sync=True)
    pointer = traitlets.List(
        traitlets.Int(),
        allow_none=True,
        default_value=None,
        help="Indices of the sample under the pointer, or None.",
    ).tag(sync=True)
    height = traitlets.Int(400, min=24, help="Height of the picture on the page in px, at most.").tag(
        sync=True
    )

    _kind = traitlets.Unicode("slice").tag(sync=True)
    _controls = traitlets.List(traitlets.Unicode(), default_value=["window", "code"]).tag(sync=True)
    _table = traitlets.Dict().tag(sync=True, echo_update=False)
    _preview = traitlets.Dict().tag(sync=True)
    mask = traitlets.Any(
        None, allow_none=True, help="Mask or labels laid over the image, on its grid, or None."
    )

    _title = traitlets.Unicode("").tag(sync=True)
    _shape = traitlets.List(traitlets.Int(), default_value=[1, 1, 1]).tag(sync=True)
    _axes = traitlets.List(traitlets.Unicode(), default_value=[]).tag(sync=True)
    _frames = traitlets.List(traitlets.Int(), default_value=[1, 1]).tag(sync=True)
    _stack = traitlets.Int(0).tag(sync=True)
    _budget = traitlets.Int(BROWSER_BUDGET).tag(sync=True)
    compare = traitlets.Enum(
        ("side", "swipe", "blend", "difference"), "side", help="How two pictures are compared."
    ).tag(sync=True)
    share = traitlets.Float(0.5, min=0, max=1, help="Of the swipe or the blend, 0 to 1.").tag(sync=True)
    limit = traitlets.Float(1.0, help="The difference shown in the strongest colour.").tag(sync=True)
    crosshair = traitlets.Bool(True, help="Whether the three planes' crosshair is drawn.").tag(sync=True)
    pln = traitlets.Int(0, help="Where the first axis is cut.").tag(sync=True)
    row = traitlets.Int(0, help="Where the second axis is cut.").tag(sync=True)
    col = traitlets.Int(0, help="Where the third axis is cut.").tag(sync=True)
    _names = traitlets.List(traitlets.Unicode(), default_value=[]).tag(sync=True)
    _compares = traitlets.List(traitlets.Unicode(), default_value=[]).tag(sync=True)
    _difference = traitlets.Bytes(b"").tag(sync=True)
    _layers = traitlets.List(traitlets.Dict(), default_value=[]).tag(sync=True)
    _sampling = traitlets.List(traitlets.Float(), default_value=[]).tag(sync=True)
    _orientation = traitlets.List(traitlets.Unicode(), default_value=[]).tag(sync=True)
    _plane_names = traitlets.List(traitlets.Unicode(), default_value=[]).tag(sync=True)
    _affine = traitlets.List(traitlets.List(), default_value=[]).tag(sync=True)
    _unit = traitlets.Unicode("").tag(sync=True)
    _range = traitlets.List(traitlets.Float(), default_value=[0.0, 1.0]).tag(sync=True)
    _whole = traitlets.Bool(True).tag(sync=True)
    _colours = traitlets.List(default_value=[]).tag(sync=True)
    _presets = traitlets.List(default_value=[]).tag(sync=True)
    _start = traitlets.Dict().tag(sync=True)
    _notes = traitlets.List(traitlets.Unicode(), default_value=[]).tag(sync=True)
    _rest = traitlets.Int(200, help="ms that a gesture rests before the kernel hears of it.").tag(sync=True)
    _keys = traitlets.Unicode(KEYS).tag(sync=True)
    _code = traitlets.Unicode("").tag(sync=True)

    def __init__(self, planes: dict[str, Planes], **traits: Any) -> None:
        self._planes = dict(planes)
        super().__init__(_layers=[describe_layer(name, one, 0) for name, one in planes.items()], **traits)
        self.on_msg(self._answer)
        for name in reversed(planes):
            self._send_first(name)
        after_cell(self._carry_preview)

    def open(self) -> None:
        """Tell the front end of the view, and of what it goes back to by Reset."""
        shown = (*self._resets, "axis", "window", "cmap", "time", "channel")
        gestures = ("cursor", "box", "mode", "drawing", "playing")
        self._start = {name: self.trait_defaults(name) for name in gestures} | {
            name: getattr(self, name) for name in shown
        }
        super().open()

    # ---- what is on screen

    def cuts(self) -> list[tuple[int, int]]:
        """Return (axis, index) of each picture of the view."""
        return [(self.axis, self.index)]

    def planes(self, layer: str = "image") -> list[NDArray[Any]]:
        """Return the planes on screen of one layer, in its own dtype."""
        time, channel = divmod(self._frame(layer), self._planes[layer].frames[1])
        return [self._planes[layer].read(axis, index, time, channel) for axis, index in self.cuts()]

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return the pictures on screen, one pixel a sample, without what is laid over them.

        Returns
        -------
        list of ndarray
            Shape (height, width, 4), RGBA bytes; equal to what the browser's canvases hold.
        """
        return [picture.pixels(plane, self.window, self.cmap, self.gamma) for plane in self.planes()]

    def code(self) -> str:
        """Return Python that draws what is on screen, with numpy and matplotlib."""
        return code.text(code.shot(self))

    def figure(self) -> Figure:
        """Return what is on screen as a matplotlib figure: what `code` draws."""
        return code.run(self.code(), **code.arrays(self))

    def save(self, path: str | Path, *, dpi: float = 150) -> Path:
        """Write the figure to a file, in the format that its suffix names, and return the path.

        Parameters
        ----------
        path : str or Path
            Ends in .png, .jpg, .tif, .pdf or .svg.
        dpi : float
            Pixels an inch.

        Raises
        ------
        ValueError
            If the suffix names another format.
        FileNotFoundError
            If the folder is not there.
        """
        return code.save(self.figure(), path, dpi=dpi)

    def to_html(self, path: str | Path, *, title: str = "Images", text: str = "") -> Path:
        """Write the view as one page that browses with no kernel and no network, and return the path.

        Parameters
        ----------
        path : str or Path
            Ends in .html.
        title, text : str
            The page's heading, and plain text below it.

        Raises
        ------
        ValueError
            If the file's name does not end in .html.
        FileNotFoundError
            If the folder is not there.
        """
        return import_module("biomedlab.widgets.page").to_html(self, path, title=title, text=text)

    def digest(self) -> str:
        """Return eight letters that change when a picture does, the same on every machine."""
        return picture.digest(self.pictures())

    def _text(self, digest: str) -> str:
        """Return the repr of a view whose pictures have this digest."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._text(self.digest())

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        pictures = self.pictures()
        covered = self._covered(pictures)
        tiles = [
            (self._upright(one, axis), *self._size(axis))
            for one, (axis, _) in zip(covered, self.cuts(), strict=False)
        ]
        crosses = [self._cross(axis) for axis, _ in self.cuts()]
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {
            "text/plain": self._text(picture.digest(pictures)),
            "image/png": picture.png(*tiles, crosses=crosses),
            "application/vnd.jupyter.widget-view+json": view,
        }, {}

    def _covered(self, pictures: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        """Lay over the pictures what the view lays over them: the mask, and the values that are lit."""
        covers = []
        if "mask" in self._planes:
            covers.append((self.planes("mask"), self.outline))
        if self.highlight and self._colours:
            low, high = self.highlight
            lit = [(plane >= low) & (plane <= high) for plane in self.planes()]
            covers.append((lit, self.highlight_outline))
        if not covers:
            return pictures
        labels = [np.zeros(one.shape[:2], np.int64) for one in pictures]
        for planes, outline in covers:  # the later lies over the earlier, which does not shine through
            for under, plane in zip(labels, planes, strict=True):
                drawn = picture.edges(plane) if outline else plane != 0
                under[drawn] = plane[drawn]
        return [
            picture.laid_over(one, under, opacity=self.opacity)
            for one, under in zip(pictures, labels, strict=True)
        ]

    def _cross(self, axis: int) -> tuple[float, float] | None:
        """Return where a picture's crosshair is, as shares of its height and width from the upper left."""
        if self.cursor is None or not self.crosshair:
            return None
        down, across = (one for one in range(3) if one != axis)
        row, column = ((self.cursor[one] + 0.5) / self._shape[one] for one in (down, across))
        return (1 - row if self._flipped(axis) else row), column

    def _flipped(self, axis: int) -> bool:
        """Say whether the view turns a picture upside down: so that the head or the front is up."""
        down = 1 if axis == 0 else 0
        return bool(self._orientation) and self._orientation[down] in ("S", "A")

    def _upright(self, pixels: NDArray[np.uint8], axis: int) -> NDArray[np.uint8]:
        return pixels[::-1] if self._flipped(axis) else pixels

    def _size(self, axis: int) -> tuple[float, float]:
        """Width and height of a picture in mm, or in samples where the sampling is not known."""
        mm = self._sampling or [1.0, 1.0, 1.0]
        height, width = (self._shape[one] * (mm[one] or 1.0) for one in range(3) if one != axis)
        return width, height

    def _summary(self) -> list[str]:
        """Return what a repr says of every view: the image, and how it is shown."""
        planes = self._planes["image"]
        parts = [f"{self._title} {planes.array.dtype}"]
        parts += [f"t {self.time}"] * (self._frames[0] > 1) + [f"ch {self.channel}"] * (self._frames[1] > 1)
        if self._colours:
            parts.append(f"window {self.window[0]:.6g}..{self.window[1]:.6g}, {self.cmap}")
        return parts

    # ---- traits that must fit the image

    @traitlets.validate("index")
    @refusing
    def _check_index(self, proposal: Any) -> int:
        return door.check_index(proposal["value"], self._shape[self.axis])

    @traitlets.validate("axis")
    @refusing
    def _check_axis(self, proposal: Any) -> int:
        return door.check_axis(proposal["value"], self._planes["image"])

    @traitlets.validate("window")
    @refusing
    def _check_window(self, proposal: Any) -> tuple[float, float]:
        return door.check_window(proposal["value"])

    @traitlets.validate("cmap")
    @refusing
    def _check_cmap(self, proposal: Any) -> str:
        """Check the name, and bring its colours to the browser before the name itself."""
        name = picture.check_cmap(proposal["value"])
        if self._colours and name not in [known for known, _ in self._colours]:
            self._colours = [*self._colours, [name, picture.colour_table(name)]]
        return name

    @traitlets.validate("time", "channel")
    @refusing
    def _check_frame(self, proposal: Any) -> int:
        name = proposal["trait"].name
        return door.check_index(proposal["value"], self._frames[name == "channel"], name)

    @traitlets.validate("cursor")
    @refusing
    def _check_cursor(self, proposal: Any) -> list[int] | None:
        return None if proposal["value"] is None else door.check_cursor(proposal["value"], self._shape)

    @traitlets.validate("highlight")
    @refusing
    def _check_highlight(self, proposal: Any) -> list[float] | None:
        return None if proposal["value"] is None else door.check_range(proposal["value"], "highlight")

    @traitlets.validate("box")
    @refusing
    def _check_box(self, proposal: Any) -> list[int] | None:
        rows, columns = (length for axis, length in enumerate(self._shape) if axis != self.axis)
        return door.check_box(proposal["value"], rows, columns)

    @traitlets.validate("mask")
    @refusing
    def _check_mask(self, proposal: Any) -> Any:
        if proposal["value"] is not None:
            door.check_mask(proposal["value"], self._planes["image"])
        return proposal["value"]

    @traitlets.observe("axis")
    def _keep_index(self, change: Any) -> None:
        if self.index >= self._shape[change["new"]]:
            self.index = self._shape[change["new"]] // 2
        self.set_trait("box", None)

    @traitlets.observe("mask")
    def _show_mask(self, change: Any) -> None:
        """Hand the mask to the browser as a layer of its own."""
        if "image" not in self._planes:
            return
        mask = change["new"]
        self._put_layer("mask", None if mask is None else door.check_mask(mask, self._planes["image"]))

    def _put_layer(self, name: str, planes: Planes | None, **traits: Any) -> None:
        """Put a layer in the place of the one of this name, or take that away; set traits together with it.

        The old one's small copy goes too: it must not be seen while the new one's planes are on their way.
        """
        layers = [one for one in self._layers if one["name"] != name]
        self._planes.pop(name, None)
        if name in self._preview:
            self._preview = {other: one for other, one in self._preview.items() if other != name}
        if planes is not None:
            self._planes[name] = planes
            self._versions += 1
            layers.append(describe_layer(name, planes, self._versions))
        set_traits(self, _layers=layers, **traits)
        if planes is not None:
            self._send_first(name)

    # ---- messages

    def _carry_preview(self) -> None:
        """Put small copies of the layers into the view's state, for pages and notebooks without a kernel."""
        kept = {"mask": self._small("mask", BUDGET // 2)} if "mask" in self._planes else {}
        left = BUDGET - sum(len(one["data"]) for one in kept.values())
        pictures = [name for name in ("second", "image") if name in self._planes]
        self._preview = kept | dict(zip(pictures, self._alike(pictures, left), strict=True))

    def _alike(self, names: Sequence[str], budget: int) -> list[dict[str, Any]]:
        """Return copies of the same planes in the same size: where two differ, the images do."""
        share = budget // len(names)
        while True:
            copies = [self._small(name, share) for name in names]
            grids = [(one["indices"], (one["height"], one["width"])) for one in copies]
            grid = min(grids, key=lambda one: len(one[0]) * one[1][0] * one[1][1])
            copies = [
                one if own == grid else self._small(name, share, grid)
                for name, one, own in zip(names, copies, grids, strict=True)
            ]
            if sum(len(one["data"]) for one in copies) <= budget:
                return copies
            share = share * 3 // 4

    def _small(self, name: str, budget: int, grid: Any = None) -> dict[str, Any]:
        """Return a small copy of a layer as it is now."""
        planes = self._planes[name]
        low, high = planes.window or self._range
        moving = planes.frames != (1, 1)
        return preview(
            planes,
            axis=self._stack,
            time=self.time if moving else 0,
            channel=self.channel if moving else 0,
            low=low,
            high=high if high > low else low + 1,
            labels=name == "mask",
            budget=budget,
            grid=grid,
        )

    def _send_first(self, layer: str) -> None:
        for axis, index in dict.fromkeys(reversed(self.cuts())):
            self._send_planes(layer, axis, self._frame(layer), [index], "now")

    def _frame(self, layer: str) -> int:
        time, channel = self._planes[layer].frames
        return 0 if time * channel == 1 else self.time * channel + (self.channel if channel > 1 else 0)

    def _answer(self, _: Any, message: dict[str, Any], __: Sequence[Any]) -> None:
        """Answer a view: planes that it lacks, or the code of its picture."""
        if message.get("type") == "code":
            self.send({"type": "code", "code": self.code()})
        elif message.get("type") == "planes" and message["layer"] in self._planes:
            where = (message["layer"], message["axis"], message["frame"], message["indices"])
            self._send_planes(*where, message["kind"])
        elif (
            message.get("type") == "planes"
        ):  # of a mask that was taken off meanwhile: a view waits for an answer
            self.send({"type": "planes", "kind": message["kind"], "version": -1}, [zlib.compress(b"")])

    def _send_planes(self, layer: str, axis: int, frame: int, indices: Sequence[int], kind: str) -> None:
        planes = self._planes[layer]
        time, channel = divmod(frame, planes.frames[1])
        data = b"".join(planes.read(axis, index, time, channel).data for index in indices)
        urgent = kind == "now"  # unpacking would take longer than the whole first picture
        version = next(one["version"] for one in self._layers if one["name"] == layer)
        self.send(
            {
                "type": "planes",
                "kind": kind,
                "layer": layer,
                "version": version,
                "axis": axis,
                "frame": frame,
                "indices": list(indices),
                "deflated": not urgent,
            },
            [data if urgent else zlib.compress(data, 1)],
        )


def after_cell(work: Callable[[], None]) -> None:
    """Do some work once the running cell has shown its output; nothing outside of IPython.

    Where no cell is running (a widget's own event), the work waits for the next cell's end.
    """
    shell = get_ipython()
    if shell is None:
        return

    def once(*_: Any) -> None:
        shell.events.unregister("post_run_cell", once)
        work()

    shell.events.register("post_run_cell", once)


def describe_layer(name: str, planes: Planes, version: int) -> dict[str, Any]:
    """Return what the browser must know of an array before its planes come."""
    return {
        "name": name,
        "version": version,
        "dtype": np.dtype(planes.dtype).name,
        "samples": planes.samples,
        "ahead": planes.ahead,
        "window": planes.window,
        "frames": int(np.prod(planes.frames)),
    }
