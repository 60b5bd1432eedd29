"""The image view's front end, in a browser: every pixel as matplotlib has it."""

from __future__ import annotations

import numpy as np
import pytest
from bare import BarePage
from matplotlib import colormaps
from matplotlib.colors import Normalize

from biomedlab.widgets import picture
from biomedlab.widgets.image_view import ImageView, joined_source

DTYPES = [
    "bool",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "uint64",
    "int64",
    "float16",
    "float32",
    "float64",
]  # what a numpy image can be
PAINT = """
(() => {
  const [dtype, bytes, count, vmin, vmax, table] = argument;
  const plane = new module.DTYPES[dtype][0](bytes.buffer);
  const colours = module.words(table);
  const level = module.leveller(dtype, vmin, vmax, colours.length - 3);
  const out = new Uint32Array(count);
  module.paint(out, plane, { level: dtype === "float16" ? (x) => level(module.fromHalf(x)) : level, colours,
    table: module.lookup(dtype, level, colours) });
  return new Uint8Array(out.buffer);
})()
"""


@pytest.fixture
def front(bare_page: BarePage) -> BarePage:
    """A page with the very text that Jupyter loads."""
    bare_page.load(joined_source())
    return bare_page


def values(dtype: str, rng: np.random.Generator) -> np.ndarray:
    """Random values of a dtype, its extremes among them."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.integers(0, 2, 400).astype(bool)
    if kind.kind in "iu":
        limits = np.iinfo(kind.name)
        low, high = (limits.min, limits.max) if kind.itemsize < 4 or rng.random() < 0.5 else (0, 5000)
        plain = rng.integers(low, high, 400, dtype=kind, endpoint=True)
        return np.concatenate([plain, np.array([limits.min, limits.max, 0, 1], kind)])
    scale = rng.choice([1e-3, 1.0, 1e4])
    plain = (scale * rng.normal(size=400)).astype(kind)
    special = [0.0, -0.0, np.nan, np.inf, -np.inf, np.finfo(kind).max, np.finfo(kind).tiny]
    return np.concatenate([plain, np.array(special, kind)])


def windows(sample: np.ndarray, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Windows that cut, just meet, or miss the values; one of no width."""
    with np.errstate(all="ignore"):
        some = sample[np.isfinite(sample)].astype(float)
    low, high = sorted(rng.choice(some, 2))
    return [(low, high), (float(some.min()), float(some.max())), (low, low), (low + 0.1, high + 1 / 3)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cmap", ["gray", "viridis", "tab10"])
def test_every_pixel_is_matplotlibs(front: BarePage, dtype: str, cmap: str) -> None:
    rng = np.random.default_rng(sum(map(ord, dtype + cmap)))
    table = np.frombuffer(picture.colour_table(cmap), np.uint8)
    for _ in range(4):
        plane = values(dtype, rng)
        for window in windows(plane, rng):
            with np.errstate(all="ignore"):
                expected = colormaps[cmap](Normalize(*window)(plane), bytes=True)
            raw = np.frombuffer(plane.tobytes(), np.uint8)
            shown = front.evaluate(PAINT, dtype, raw, plane.size, *window, table)
            np.testing.assert_array_equal(shown.reshape(-1, 4), expected, err_msg=f"{dtype} {window}")


def test_half_precision_is_numpys(front: BarePage) -> None:
    rng = np.random.default_rng(5)
    numbers = np.concatenate(
        [10.0 ** rng.uniform(-9, 6, 2000) * rng.choice([-1, 1], 2000), [0, 65519.9, 65520, 2**-25]]
    )
    with np.errstate(all="ignore"):
        expected = numbers.astype(np.float16).astype(float)
    rounded = front.evaluate("Float64Array.from(argument[0], module.roundHalf)", numbers)
    np.testing.assert_array_equal(rounded, expected)
    bits = np.arange(2**16, dtype=np.uint16)
    read = front.evaluate("Float64Array.from(argument[0], module.fromHalf)", bits)
    np.testing.assert_array_equal(read, bits.view(np.float16).astype(float))


def test_lit_values_are_numpys(front: BarePage) -> None:
    plane = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    low, high = 0.1, 0.3  # as float32 these are other numbers than as float64
    lit = front.evaluate("Array.from(argument[0], module.between('float32', 0.1, 0.3))", plane)
    assert lit == ((plane >= low) & (plane <= high)).astype(int).tolist()


def test_a_gamma_bends_the_levels_as_numpy_does(front: BarePage) -> None:
    for gamma in (0.4, 0.7, 1.0, 1.9, 3.3):
        expected = np.round(255 * (np.arange(256) / 255) ** gamma)
        assert front.call("curve", 256, gamma) == expected.tolist()


@pytest.mark.parametrize("how", ["swipe", "blend"])
def test_two_pictures_in_one(front: BarePage, how: str) -> None:
    rng = np.random.default_rng(3)
    one, other = (rng.integers(0, 256, (7, 9, 4), np.uint8) for _ in range(2))
    for share in (0.0, 0.31, 0.5, 1.0):
        mixed = front.evaluate(
            "(() => { const [how, a, b, share] = argument; const out = new Uint32Array(63);"
            " module.MIX[how](out, new Uint32Array(a.buffer), new Uint32Array(b.buffer), share, 9);"
            " return new Uint8Array(out.buffer); })()",
            how,
            one.ravel(),
            other.ravel(),
            share,
        )
        np.testing.assert_array_equal(mixed.reshape(7, 9, 4), picture.mix(one, other, how=how, share=share))


STORE = """
(() => {
  const [shape, frames, stack, bytes, sent, axis, frame, index, budget] = argument;
  const planes = new module.Planes({ shape, frames, samples: 1, stack, budget, Type: Uint8Array });
  const size = planes.size(stack);
  for (const [f, k] of sent) {
    const at = (f * shape[stack] + k) * size;
    planes.put(stack, f, [k], bytes.subarray(at, at + size));
  }
  const plane = planes.get(axis, frame, index);
  const asked = planes.next(axis, frame, index, 3 * size);
  planes.close();
  return [plane, asked];
})()
"""


@pytest.mark.parametrize("stack", [0, 1, 2])
def test_a_whole_volume_is_cut_across_any_axis(front: BarePage, stack: int) -> None:
    volume = np.random.default_rng(stack).integers(0, 256, (2, 4, 5, 6), np.uint8)
    shape = volume.shape[1:]
    sent = [[f, k] for f in range(2) for k in range(shape[stack])]
    laid = np.moveaxis(volume, 1 + stack, 1).ravel()
    for axis in range(3):
        for index in (0, shape[axis] - 1):
            plane, asked = front.evaluate(STORE, shape, 2, stack, laid, sent, axis, 1, index, 10**6)
            np.testing.assert_array_equal(plane, np.take(volume[1], index, axis).ravel())
            assert asked is None


def test_what_is_missing_is_asked_for_nearest_first(front: BarePage) -> None:
    volume = np.zeros((1, 9, 2, 2), np.uint8)
    plane, asked = front.evaluate(STORE, [9, 2, 2], 1, 0, volume.ravel(), [[0, 4]], 0, 0, 4, 10**6)
    assert asked == {"axis": 0, "frame": 0, "indices": [5, 3, 6]}
    assert plane is not None
    plane, _ = front.evaluate(STORE, [9, 2, 2], 1, 0, volume.ravel(), [[0, 4]], 0, 0, 5, 10**6)
    assert plane is None


def test_a_volume_over_the_budget_keeps_single_planes(front: BarePage) -> None:
    volume = np.arange(9 * 4, dtype=np.uint8).reshape(1, 9, 2, 2)
    plane, asked = front.evaluate(STORE, [9, 2, 2], 1, 0, volume.ravel(), [[0, 3], [0, 4]], 0, 0, 4, 8)
    np.testing.assert_array_equal(plane, volume[0, 4].ravel())
    assert asked == {"axis": 0, "frame": 0, "indices": [5, 6, 2]}


def test_the_module_is_small() -> None:
    assert len(joined_source().encode()) <= 40_000
    assert str(ImageView._esm) == joined_source()
