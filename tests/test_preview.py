"""The preview that a saved notebook carries: small, true to what it says, and made from few planes."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biomedlab import CompareBrowser, FilterExplorer, MaskTuner, SliceBrowser
from biomedlab.widgets.planes import Planes, as_planes
from biomedlab.widgets.preview import BUDGET, preview


def decoded(packed: dict[str, Any]) -> np.ndarray:
    shape = (len(packed["indices"]), packed["height"], packed["width"], packed["samples"])
    levels = np.frombuffer(zlib.decompress(packed["data"]), np.uint8).reshape(shape)
    return levels[..., 0] if packed["samples"] == 1 else levels


class Counting:
    """An array that counts the samples it is asked for."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype, self.read = array, array.shape, array.dtype, 0

    def __getitem__(self, key: Any) -> np.ndarray:
        part = self.array[key]
        self.read += part.size
        return part


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["u1", "?"])
def test_a_small_volume_of_bytes_is_kept_exactly(axis: int, dtype: str) -> None:
    volume = np.random.default_rng(1).integers(0, 256, (9, 20, 30)).astype(dtype)
    packed = preview(as_planes(volume), axis=axis, low=3, high=7)
    assert packed["exact"]
    assert packed["indices"] == list(range(volume.shape[axis]))
    assert (packed["low"], packed["high"]) == (0, 255)
    assert np.array_equal(decoded(packed), np.moveaxis(volume, axis, 0))
    assert packed["note"] == f"Preview: all {volume.shape[axis]} planes, exact values"


def test_sixteen_bits_are_exact_only_as_their_own_levels() -> None:
    volume = np.arange(240, dtype=np.int16).reshape(4, 6, 10)
    assert preview(as_planes(volume), axis=0, low=0, high=255)["exact"]
    assert not preview(as_planes(volume), axis=0, low=0, high=239)["exact"]
    volume[0, 0, 0] = -1
    assert not preview(as_planes(volume), axis=0, low=0, high=255)["exact"]


def test_levels_stand_for_values() -> None:
    volume = np.linspace(-1000, 1000, 4000, dtype=np.float32).reshape(4, 20, 50)
    volume[1, 2, 3] = np.nan
    volume[1, 2, 4], volume[1, 2, 5] = np.inf, -np.inf
    packed = preview(as_planes(volume), axis=0, low=-1000, high=1000)
    values = packed["low"] + decoded(packed) * (packed["high"] - packed["low"]) / 255
    finite = np.isfinite(volume)
    assert np.abs(values - volume)[finite].max() <= 0.501 * 2000 / 255
    assert decoded(packed)[1, 2, 3:6].tolist() == [0, 255, 0]
    assert not packed["exact"]
    assert packed["note"] == "Preview: all 4 planes, 256 levels"


@given(
    shape=st.tuples(*[st.integers(1, 70)] * 3),
    axis=st.integers(0, 2),
    budget=st.integers(200, 4000),
    dtype=st.sampled_from(["u1", ">i2", "f4", "u8", "f2"]),
)
@settings(max_examples=40, deadline=None)
def test_any_volume_fits_any_budget(shape: tuple[int, int, int], axis: int, budget: int, dtype: str) -> None:
    volume = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    packed = preview(as_planes(volume), axis=axis, low=0, high=255, budget=budget)
    assert len(packed["data"]) <= budget
    assert decoded(packed).shape == (len(packed["indices"]), packed["height"], packed["width"])
    assert packed["indices"] == sorted(set(packed["indices"]))
    assert 0 <= packed["indices"][0] <= packed["indices"][-1] < shape[axis]


def test_a_large_volume_is_read_in_part_and_keeps_its_look() -> None:
    steps = np.linspace(0, 900, 120)
    volume = (steps[:, None, None] + np.zeros((120, 300, 200))).astype(np.int16)
    volume += np.random.default_rng(2).integers(0, 100, volume.shape).astype(np.int16)
    source = Counting(volume)
    packed = preview(Planes(source, ("pln", "row", "col")), axis=0, low=0, high=1000)
    assert len(packed["data"]) <= BUDGET
    assert source.read < volume.size / 2
    assert 60 in packed["indices"]
    assert len(packed["indices"]) >= 15
    kept, side = len(packed["indices"]), f"{packed['height']} x {packed['width']}"
    assert packed["note"] == f"Preview: {kept} of 120 planes, {side} of 300 x 200 samples, 256 levels"
    means = decoded(packed).mean(axis=(1, 2)) * 1000 / 255
    assert np.abs(means - (steps[packed["indices"]] + 49.5)).max() < 5


def test_colour_and_series_say_what_they_are() -> None:
    colour = np.random.default_rng(3).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    packed = preview(as_planes(colour, "row col ch"), axis=0, low=0, high=1)
    assert packed["exact"]
    assert np.array_equal(decoded(packed)[0], colour)
    series = np.zeros((5, 4, 6, 7), np.uint8)
    series[3] = 9
    packed = preview(as_planes(series), axis=0, time=3, low=0, high=255)
    assert np.all(decoded(packed) == 9)
    assert not packed["exact"]
    assert packed["note"] == "Preview: all 4 planes, 256 levels, time 3 of 0-4 only"


def test_block_means_are_means() -> None:
    checks = np.indices((1, 1500, 1500)).sum(axis=0).astype(np.uint8) % 2 * 200
    checks[:, :700] = np.random.default_rng(4).integers(0, 256, (1, 700, 1500))
    packed = preview(as_planes(checks), axis=0, low=0, high=255)
    small = decoded(packed)[0]
    assert small.shape[0] == small.shape[1] < 1500
    assert abs(float(small[: small.shape[0] // 3].mean()) - 127.5) < 5


def test_a_constant_volume_and_wrong_limits() -> None:
    flat = as_planes(np.full((3, 4, 5), 7.0))
    assert decoded(preview(flat, axis=0, low=7, high=7)).max() == 0
    for low, high in ((1, 0), (float("nan"), 1), (0, float("inf"))):
        with pytest.raises(ValueError, match="finite numbers, one below the other"):
            preview(flat, axis=0, low=low, high=high)


def test_two_images_are_copied_on_one_grid_within_the_budget() -> None:
    noise = np.random.default_rng(3).integers(0, 1000, (40, 90, 110)).astype(np.int16)
    ramp = np.zeros_like(noise) + np.arange(110, dtype=np.int16)
    for one, other in ((noise, ramp), (ramp, noise), (ramp, ramp), (noise, noise)):
        view = CompareBrowser(one, other)
        view._carry_preview()
        first, second = view._preview["image"], view._preview["second"]
        for name in ("indices", "height", "width"):
            assert first[name] == second[name], name
        assert len(first["data"]) + len(second["data"]) <= BUDGET
        assert first["height"] > 20
        assert len(first["indices"]) > 8


def test_the_small_copy_of_a_layer_goes_with_it() -> None:
    browser = SliceBrowser(np.zeros((3, 8, 9), np.uint8), mask=np.ones((3, 8, 9), bool))
    tuner = MaskTuner(np.arange(216, dtype=np.uint8).reshape(3, 8, 9), steps=[("keep", 1)])
    filtered = FilterExplorer(np.arange(216, dtype=np.uint8).reshape(3, 8, 9))
    for view, name in ((browser, "mask"), (tuner.view, "mask"), (filtered.view, "second")):
        view._carry_preview()
        assert set(view._preview) == {"image", name}
    browser.mask = np.zeros((3, 8, 9), bool)
    tuner.steps = [("fill", 1)]
    filtered.size = 5
    for view in (browser, tuner.view, filtered.view):
        assert set(view._preview) == {"image"}
