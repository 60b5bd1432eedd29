"""The image view: planes of an array on a canvas, and the messages that bring them there."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import rjsmin
import traitlets

from biomedlab.widgets.planes import Planes

HERE = Path(__file__).parent
PARTS = ("levels", "planes", "panel")
BROWSER_BUDGET = 256 * 2**20


def joined_source() -> str:
    """Return the front end as one module: its parts import nothing, so they are joined, then packed.

    Every view carries this text, so it is kept short.
    """
    paths = [*(HERE / f"image_view.{part}.js" for part in PARTS), HERE / "image_view.js"]
    return rjsmin.jsmin("\n".join(path.read_text(encoding="utf-8") for path in paths))


class ImageView(anywidget.AnyWidget):
    """Pictures of the planes of one array.

    What the browser needs to draw without the kernel is in the traits; planes come as messages, deflated, in
    the image's own dtype: the first with the view itself, others when the view asks for them.
    """

    _esm = joined_source()
    _css = HERE / "image_view.css"

    index = traitlets.Int(0, help="Where the picture cuts, along `axis`.").tag(sync=True)
    axis = traitlets.Int(0, help="Which of the three axes the picture cuts across.").tag(sync=True)
    time = traitlets.Int(0, help="Which volume of a series in time.").tag(sync=True)
    channel = traitlets.Int(0, help="Which channel of several.").tag(sync=True)
    window = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0), help="The values shown darkest and brightest."
    ).tag(sync=True)
    cmap = traitlets.Unicode("gray", help="Name of a matplotlib colour map.").tag(sync=True)
    cursor = traitlets.List(
        traitlets.Int(), allow_none=True, default_value=None, help="Indices of the crosshair, or None."
    ).tag(sync=True)
    mode = traitlets.Unicode("cursor", help='What a drag does: "cursor", "window" or "box".').tag(sync=True)
    labels = traitlets.Bool(True, help="Whether the body's directions are written at the edges.").tag(sync=True)
    opacity = traitlets.Float(0.5, help="Of the mask, 0 to 1.").tag(sync=True)
    outline = traitlets.Bool(False, help="Whether only the edge of the mask is drawn.").tag(sync=True)
    playing = traitlets.Bool(False, help="Whether the planes (or the times) are played.").tag(sync=True)
    fps = traitlets.Float(10.0, help="Pictures a second when playing.").tag(sync=True)
    highlight = traitlets.List(
        traitlets.Float(), allow_none=True, default_value=None, help="Values from .. to that are lit, or None."
    ).tag(sync=True)
    highlight_outline = traitlets.Bool(False, help="Whether only the edge of what is lit is drawn.").tag(sync=True)
    gamma = traitlets.Float(1.0, help="Power of the grey levels; 1 leaves them.").tag(sync=True)
    box = traitlets.List(
        traitlets.Int(), allow_none=True, default_value=None, help="Drawn box: first row, column, last row, column + 1."
    ).tag(sync=True)
    pointer = traitlets.List(
        traitlets.Int(), allow_none=True, default_value=None, help="Indices of the sample under the pointer, or None."
    ).tag(sync=True)
    height = traitlets.Int(400, help="Height of the picture on the page in px, at most.").tag(sync=True)

    _kind = traitlets.Unicode("slice").tag(sync=True)
    _controls = traitlets.List(traitlets.Unicode(), default_value=["window", "code"]).tag(sync=True)
    _table = traitlets.Dict().tag(sync=True)
    _preview = traitlets.Dict().tag(sync=True)
    _title = traitlets.Unicode("").tag(sync=True)
    _shape = traitlets.List(traitlets.Int(), default_value=[1, 1, 1]).tag(sync=True)
    _axes = traitlets.List(traitlets.Unicode(), default_value=[]).tag(sync=True)
    _frames = traitlets.List(traitlets.Int(), default_value=[1, 1]).tag(sync=True)
    _stack = traitlets.Int(0).tag(sync=True)
    _budget = traitlets.Int(BROWSER_BUDGET).tag(sync=True)
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
    _code = traitlets.Unicode("").tag(sync=True)

    def __init__(self, planes: dict[str, Planes], **traits: Any) -> None:
        self._planes = dict(planes)
        super().__init__(_layers=[describe_layer(name, one, 0) for name, one in planes.items()], **traits)
        self.on_msg(self._answer)
        for name in reversed(planes):
            self._send_planes(name, self.axis, self._frame(name), [self.index], "now")

    def code(self) -> str:
        """Return Python that draws the picture on screen."""
        raise NotImplementedError

    def _frame(self, layer: str) -> int:
        time, channel = self._planes[layer].frames
        return 0 if time * channel == 1 else self.time * channel + self.channel

    def _answer(self, _: Any, message: dict[str, Any], __: Sequence[Any]) -> None:
        """Answer a view: planes that it lacks, or the code of its picture."""
        if message.get("type") == "code":
            self.send({"type": "code", "code": self.code()})
        elif message.get("type") == "planes":
            where = (message["layer"], message["axis"], message["frame"], message["indices"])
            self._send_planes(*where, message["kind"])

    def _send_planes(self, layer: str, axis: int, frame: int, indices: Sequence[int], kind: str) -> None:
        planes = self._planes[layer]
        time, channel = divmod(frame, planes.frames[1])
        packer = zlib.compressobj(1)
        packed = [packer.compress(planes.read(axis, index, time, channel)) for index in indices]
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
                "deflated": True,
            },
            [b"".join([*packed, packer.flush()])],
        )


def describe_layer(name: str, planes: Planes, version: int) -> dict[str, Any]:
    """Return what the browser must know of an array before its planes come."""
    return {
        "name": name,
        "version": version,
        "dtype": np.dtype(planes.dtype).name,
        "samples": planes.samples,
        "frames": int(np.prod(planes.frames)),
    }
