"""The histogram view: bars, the cumulative distribution and a range, answering in the browser."""

from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import rjsmin
import traitlets
from numpy.typing import ArrayLike, NDArray

from biomedlab.widgets.linked import Linked

HERE = Path(__file__).parent
MOST_BARS = 4096
STEPS = ("histogram", "running sum", "divided by the total", "looked up", "scaled")


def joined_source() -> str:
    """Return the front end as one module: its two parts import nothing, so they are joined, then packed."""
    names = ("histogram_view.tones.js", "histogram_view.js")
    return rjsmin.jsmin("\n".join((HERE / name).read_text(encoding="utf-8") for name in names))


def joined_style() -> str:
    """Return the style that both views share, then this one's own."""
    names = ("image_view.css", "histogram_view.css")
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def packed(numbers: ArrayLike) -> bytes:
    """Return numbers as they travel to the browser: float64, little-endian."""
    return np.asarray(numbers, "<f8").tobytes()


def _bytes(help: str, **tags: Any) -> traitlets.Bytes:
    """Return a trait of float64 numbers, which the browser may set, too."""
    return traitlets.Bytes(b"", help=help).tag(sync=True, from_json=lambda value, _: bytes(value), **tags)


class HistogramView(Linked, anywidget.AnyWidget):
    """A histogram on the page, with what can be read off it and dragged in it.

    Bins are equal: bin k begins at ``start + k * width``. The browser gathers neighbouring bins into at most
    `bins` bars, adds them up to the cumulative distribution, and tells shares, without the kernel. `window`
    and `highlight` are named as the image view's traits, so that a link moves both within one frame.

    Parameters
    ----------
    hist : array_like of numbers, shape (n,)
        How many pixels are in each bin.
    start, width : float
        Where the first bin begins, and how wide each is. By default bins of the whole numbers 0, 1, 2, ...
    **traits
        Any trait.

    Examples
    --------
    >>> view = HistogramView([1, 2, 0, 1], bins=2, level=2)
    >>> view.hist.tolist(), view.bin_edges.tolist(), view.share
    ([3.0, 1.0], [-0.5, 1.5, 3.5], 0.75)
    >>> view
    HistogramView(4 pixels, 2 bins from -0.5 to 3.5)
    """

    _esm = joined_source()
    _css = joined_style()

    counts = _bytes("How many pixels are in each bin, float64.")
    start = traitlets.Float(-0.5, help="Where the first bin begins.").tag(sync=True)
    width = traitlets.Float(1.0, help="Width of a bin.").tag(sync=True)
    whole = traitlets.Bool(True, help="Whether each bin holds one whole number, in its middle.").tag(
        sync=True
    )
    bins = traitlets.Int(256, min=1, help="Number of bars, at most.").tag(sync=True)
    over = _bytes("A second histogram of the same bins, drawn as a line; empty for none.")
    over_title = traitlets.Unicode("box", help="What the second histogram counts.").tag(sync=True)
    log = traitlets.Bool(False, help="Whether the counts are drawn on a logarithmic axis.").tag(sync=True)
    cdf = traitlets.Bool(True, help="Whether the cumulative distribution is drawn.").tag(sync=True)
    window = traitlets.Tuple(
        traitlets.Float(),
        traitlets.Float(),
        default_value=(0.0, 1.0),
        help="The values shown darkest and brightest.",
    ).tag(sync=True)
    highlight = traitlets.List(
        traitlets.Float(),
        allow_none=True,
        default_value=None,
        help="Values from .. to that are lit, or None.",
    ).tag(sync=True)
    drags = traitlets.Enum(
        ("window", "highlight"), "window", help="What the two handles set: a trait of this name."
    ).tag(sync=True)
    level = traitlets.Float(
        None, allow_none=True, help="The value below which the share of pixels is told, or None."
    ).tag(sync=True)
    marker = traitlets.Float(None, allow_none=True, help="The value whose bin is marked, or None.").tag(
        sync=True
    )
    unit = traitlets.Unicode("", help="Unit of the values.").tag(sync=True)
    title = traitlets.Unicode("", help="What is counted.").tag(sync=True)
    x_title = traitlets.Unicode("value", help="Title of the axis of values.").tag(sync=True)
    curves = traitlets.List(
        traitlets.Dict(), help="Curves over the whole axis: name, and values (float64 as bytes, 0 to 1)."
    ).tag(sync=True)
    method = traitlets.Unicode("", help="How values become grey levels; empty where they do not.").tag(
        sync=True
    )
    gamma = traitlets.Float(1.0, help="The power of the method gamma.").tag(sync=True)
    full = traitlets.List(
        traitlets.Float(),
        default_value=[0.0, 1.0],
        help="Values that are black and white with no method, and with gamma.",
    ).tag(sync=True)
    step = traitlets.Float(
        0.0, help="How far equalization is stepped through, 0 (off) to 5; a fraction sweeps over the values."
    ).tag(sync=True)
    follow = traitlets.Float(None, allow_none=True, help="The value of the pixel followed, or None.").tag(
        sync=True
    )
    playing = traitlets.Bool(False, help="Whether the steps are played.").tag(sync=True)
    caption = traitlets.Unicode("", help="What the table shows.").tag(sync=True)
    heads = traitlets.List(traitlets.Unicode(), help="Names of the table's columns.").tag(sync=True)
    rows = traitlets.List(
        traitlets.List(traitlets.Unicode()), help="The table below: rows of a name and its values."
    ).tag(sync=True)
    note = traitlets.Unicode("", help="A sentence about what is counted.").tag(sync=True)
    height = traitlets.Int(220, help="Height of the drawing in px.").tag(sync=True)

    _controls = traitlets.List(traitlets.Unicode(), default_value=["range", "scale", "bins", "level"]).tag(
        sync=True
    )
    _rest = traitlets.Int(200, help="ms that a gesture rests before the kernel hears of it.").tag(sync=True)
    _leads = traitlets.List(
        traitlets.Unicode(), help="Model ids of the views that links move with this one."
    ).tag(sync=True)
    _methods = traitlets.List(traitlets.Unicode(), default_value=[]).tag(sync=True)
    # Set in the browser, for links: the table of grey levels, and the histogram that it leads to.
    _tone = traitlets.Dict().tag(sync=True, echo_update=False)
    _mapped = _bytes("The histogram after the method.", echo_update=False)

    def __init__(
        self, hist: ArrayLike = (), *, start: float = -0.5, width: float = 1.0, **traits: Any
    ) -> None:
        super().__init__(counts=packed(hist), start=start, width=width, **traits)

    @property
    def size(self) -> int:
        """How many of the counted bins are in one bar."""
        return max(1, -(-(len(self.counts) // 8) // min(self.bins, MOST_BARS)))

    @property
    def hist(self) -> NDArray[np.float64]:
        """How many pixels are in each bar, shape (bars,)."""
        counts = np.frombuffer(self.counts, "<f8")
        return np.add.reduceat(counts, np.arange(0, counts.size, self.size)) if counts.size else counts

    @property
    def bin_edges(self) -> NDArray[np.float64]:
        """Where the bars begin and end, shape (bars + 1,)."""
        return self.start + np.arange(self.hist.size + 1) * self.size * self.width

    @property
    def share(self) -> float | None:
        """Share of the pixels that are below `level`, counted in whole bins; None without a level."""
        counts = np.frombuffer(self.counts, "<f8")
        if self.level is None or not counts.sum():
            return None
        edges = self.start + np.arange(counts.size) * self.width + (self.width / 2 if self.whole else 0)
        # A bin is below where its number is, or where it ends there.
        ends = edges if self.whole else edges + self.width
        below = ends < self.level if self.whole else ends <= self.level + 1e-9 * self.width
        return float(counts[below].sum() / counts.sum())

    @traitlets.validate("window")
    def _check_window(self, proposal: Any) -> tuple[float, float]:
        low, high = proposal["value"]
        return (low, high) if low <= high else (high, low)

    def __repr__(self) -> str:
        total = np.frombuffer(self.counts, "<f8").sum()
        low, high = self.bin_edges[[0, -1]]
        return (
            f"{type(self).__name__}({total:.0f} pixels, {self.hist.size} bins from {low:.6g} to {high:.6g})"
        )
