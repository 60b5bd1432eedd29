"""Filters: against scipy and plain loops; integers never wrap."""

import itertools
import math
import tracemalloc
from typing import Any, get_args

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import scipy.ndimage as ndi
from hypothesis import given
from hypothesis import strategies as st

from biomedlab import filters
from biomedlab.image import Image

shapes = hnp.array_shapes(min_dims=1, max_dims=3, min_side=3, max_side=8).filter(
    lambda shape: len(shape) < 3 or shape[-1] > 4
)
images = hnp.arrays(st.sampled_from([np.uint8, np.int16, np.uint16, bool]), shapes)
real_images = hnp.arrays(
    st.sampled_from([np.float32, np.float64]), shapes, elements=st.floats(-99, 99, width=16)
)
modes = st.sampled_from(get_args(filters.Mode))
NUMPYS: dict[str, Any] = {
    "reflect": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "constant": "constant",
}


def neighbourhoods(image, widths, mode, cval):
    """Yield every index and the neighbourhood around it, by a plain loop."""
    options: dict[str, Any] = {"constant_values": cval} if mode == "constant" else {}
    roomy = np.pad(image.astype(float), [(w // 2, w // 2) for w in widths], mode=NUMPYS[mode], **options)
    for index in np.ndindex(image.shape):
        yield index, roomy[tuple(slice(i, i + w) for i, w in zip(index, widths, strict=True))]


@given(images | real_images, st.data(), modes, st.floats(-50, 50, width=16))
def test_neighbourhood_filters_are_plain_loops(image, data, mode, cval):
    widths = data.draw(st.tuples(*[st.sampled_from([1, 3])] * image.ndim))
    percent = data.draw(st.integers(0, 100))
    n = math.prod(widths)
    options = {"mode": mode, "cval": cval}
    means, medians = filters.mean(image, widths, **options), filters.median(image, widths, **options)
    percentiles = filters.percentile(image, percent, widths, **options)
    assert means.dtype == medians.dtype == percentiles.dtype == np.float64
    for index, around in neighbourhoods(image, widths, mode, cval):
        assert means[index] == pytest.approx(around.mean(), abs=1e-9)
        assert medians[index] == np.median(around)
        assert percentiles[index] == np.sort(around, axis=None)[min(n * percent // 100, n - 1)]


@given(images | real_images, st.data(), modes, st.floats(-50, 50, width=16))
def test_kernels_are_plain_loops(image, data, mode, cval):
    widths = data.draw(st.tuples(*[st.sampled_from([1, 3])] * image.ndim))
    kernel = data.draw(hnp.arrays(float, widths, elements=st.integers(-9, 9)))
    options = {"mode": mode, "cval": cval}
    correlated = filters.correlate(image, kernel, **options)
    convolved = filters.convolve(image, kernel, **options)
    for index, around in neighbourhoods(image, widths, mode, cval):
        assert correlated[index] == pytest.approx((around * kernel).sum(), abs=1e-9)
        assert convolved[index] == pytest.approx((around * np.flip(kernel)).sum(), abs=1e-9)


@given(images | real_images, modes, st.floats(-50, 50, width=16))
def test_sobel_is_the_root_of_the_squared_slopes(image, mode, cval):
    squares = 0.0
    for axis in range(image.ndim):
        kernel = np.ones((1,) * image.ndim)
        for along in range(image.ndim):
            weights = np.array([-1.0, 0, 1] if along == axis else [1.0, 2, 1])
            kernel = kernel * weights.reshape([3 if n == along else 1 for n in range(image.ndim)])
        squares = squares + ndi.correlate(image.astype(float), kernel, mode=mode, cval=cval) ** 2
    assert filters.sobel(image, mode=mode, cval=cval) == pytest.approx(np.sqrt(squares), abs=1e-6)


@given(hnp.arrays(float, (5, 6), elements=st.integers(-99, 99)))
def test_sobel_is_scipys(image):
    assert np.allclose(filters.sobel(image), np.hypot(ndi.sobel(image, 0), ndi.sobel(image, 1)))


@given(images | real_images, st.floats(0.3, 3), modes)
def test_gaussian_is_scipys_in_float(image, sigma, mode):
    theirs = ndi.gaussian_filter(image.astype(float), sigma, mode=mode)
    assert np.array_equal(filters.gaussian(image, sigma, mode=mode), theirs)
    sharp = image + 1.5 * (image - theirs)
    assert np.array_equal(filters.unsharp(image, sigma, 1.5, mode=mode), sharp)


@given(hnp.arrays(float, (5, 6, 7), elements=st.integers(-99, 99)), st.floats(0.5, 3))
def test_sigma_in_mm_is_divided_by_the_sampling(image, sigma):
    sampling = (2.5, 0.5, 1.0)
    in_pixels = filters.gaussian(image, [sigma / step for step in sampling])
    assert np.array_equal(filters.gaussian(image, sigma_mm=sigma, sampling=sampling), in_pixels)
    along = filters.gaussian(image, sigma_mm=sigma, sampling=sampling, axes=(0, -1))
    assert np.array_equal(along, filters.gaussian(image, (sigma / 2.5, sigma), axes=(0, 2)))


@given(images | real_images, st.data(), st.sampled_from(["reflect", "mirror", "nearest", "wrap"]))
def test_ranks_are_scipys(image, data, mode):
    widths = data.draw(st.tuples(*[st.sampled_from([1, 3])] * image.ndim))
    percent = data.draw(st.integers(0, 99))
    theirs = ndi.percentile_filter(image.astype(float), percent, widths, mode=mode)
    assert np.array_equal(filters.percentile(image, percent, widths, mode=mode), theirs)
    theirs = ndi.median_filter(image.astype(float), widths, mode=mode)
    assert np.array_equal(filters.median(image, widths, mode=mode), theirs)


@pytest.mark.parametrize("count", [*range(1, 17), 25, 49])
def test_exchanges_put_any_place_right(count):
    values = np.random.default_rng(count).integers(0, 9, (count, 200))
    for rank in range(count):
        around = values.copy()
        for pair in filters._exchanges(count, rank):
            around[list(pair)] = np.sort(around[list(pair)], axis=0)
        assert np.array_equal(around[rank], np.sort(values, axis=0)[rank])


@pytest.mark.parametrize("size", [5, 7, 9])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int16, np.float32])
def test_ranks_of_many_neighbours_are_scipys(size, dtype):
    image = np.random.default_rng(0).integers(0, 2 if dtype is bool else 200, (30, 40)).astype(dtype)
    for percent in (0, 20, 50, 99):
        theirs = ndi.percentile_filter(image.astype(float), percent, size)
        assert np.array_equal(filters.percentile(image, percent, size), theirs)


def test_ranks_of_a_large_image_are_found_piece_by_piece():
    volume = np.random.default_rng(0).integers(0, 255, (9, 300, 300)).astype(np.uint8)
    assert np.array_equal(filters.median(volume, 3), ndi.median_filter(volume, 3))
    assert np.array_equal(filters.median(volume, 5, axes=(2, 1)), ndi.median_filter(volume, (1, 5, 5)))


def test_a_wide_rank_does_not_hold_all_neighbours():
    image = np.random.default_rng(0).normal(size=(300, 300))
    tracemalloc.start()
    try:
        filters.median(image, 25)
        assert tracemalloc.get_traced_memory()[1] < 2**26  # all of them are 429 MiB
    finally:
        tracemalloc.stop()


CALLS = {
    "mean": lambda image, **options: filters.mean(image, 3, **options),
    "median": lambda image, **options: filters.median(image, 3, **options),
    "percentile": lambda image, **options: filters.percentile(image, 30, 3, **options),
    "gaussian": lambda image, **options: filters.gaussian(image, 1.2, **options),
    "unsharp": lambda image, **options: filters.unsharp(image, 1.2, 2, **options),
    "sobel": lambda image, **options: filters.sobel(image, **options),
    "correlate": lambda image, **options: filters.correlate(image, np.arange(9.0).reshape(3, 3), **options),
    "convolve": lambda image, **options: filters.convolve(image, np.arange(9.0).reshape(3, 3), **options),
}
every_filter = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@every_filter
@pytest.mark.parametrize("axes", list(itertools.combinations(range(3), 2)))
def test_axes_filter_every_plane_by_itself(call, axes):
    volume = np.random.default_rng(0).integers(0, 99, (5, 6, 7)).astype(np.int16)
    across = ({0, 1, 2} - set(axes)).pop()
    planes = [call(plane) for plane in np.moveaxis(volume, across, 0)]
    assert np.allclose(call(volume, axes=axes), np.stack(planes, axis=across))


@every_filter
def test_whole_number_results_are_rounded_and_held_within_their_dtype(call):
    image = np.random.default_rng(0).integers(0, 256, (20, 20)).astype(np.uint8)
    values = call(image)
    for dtype in (np.uint8, np.int8, np.int16, np.uint64, np.int64):
        info = np.iinfo(dtype)
        result = call(image, dtype=dtype)
        assert result.dtype == dtype
        assert np.array_equal(
            result, [[min(max(round(v), info.min), info.max) for v in row] for row in values.tolist()]
        )


def test_the_highest_numbers_do_not_wrap():
    image = np.full((3, 3), 1e30)
    assert (filters.mean(image, dtype=np.uint64) > 2**63).all()
    assert (filters.mean(image, dtype=np.int64) > 0).all()
    assert (filters.mean(-image, dtype=np.uint8) == 0).all()


def test_an_8_bit_step_has_its_true_slope():
    step = np.zeros((6, 6), np.uint8)
    step[:, 3:] = 100
    assert filters.sobel(step).max() == filters.sobel(step[:, ::-1]).max() == 400
    assert filters.sobel(step, dtype=np.uint8).max() == 255


def test_a_kernel_of_011_darkens_and_a_mean_does_not():
    flat = np.full((5, 5), 100, np.uint8)
    assert filters.convolve(flat, np.full((3, 3), 0.11)) == pytest.approx(np.full((5, 5), 99.0))
    assert filters.mean(flat) == pytest.approx(np.full((5, 5), 100.0))


def test_kernels_along_axes_in_any_order():
    image = np.random.default_rng(0).normal(size=(5, 6, 7))
    kernel = np.random.default_rng(1).normal(size=(3, 5))
    one = filters.correlate(image, kernel, axes=(2, 0))
    assert np.allclose(one, filters.correlate(image, kernel.T, axes=(0, 2)))


@every_filter
@pytest.mark.parametrize(
    ("image", "options", "match"),
    [
        (np.array([[1.0, math.nan], [0, 0]]), {}, "NaN"),
        (np.array([[1.0, math.inf], [0, 0]]), {}, "infinite"),
        (np.zeros((0, 3)), {}, "empty"),
        (np.zeros((5, 5, 3), np.uint8), {}, "rgb2gray"),
        (Image(np.zeros((5, 5, 3)), axes=("row", "col", "ch")), {}, "colour"),
        (np.zeros((5, 5)), {"mode": "around"}, "mode is 'around'"),
        (np.zeros((5, 5)), {"axes": (0, 2)}, "axes is 2"),
        (np.zeros((5, 5)), {"axes": (1, -1)}, "none twice"),
        (np.zeros((5, 5)), {"axes": ()}, "at least one"),
    ],
)
def test_bad_images_and_options_are_refused(call, image, options, match):
    with pytest.raises(ValueError, match=match):
        call(image, **options)


@every_filter
def test_bad_types_are_refused(call):
    with pytest.raises(TypeError, match="dtype is bool"):
        call(np.zeros((5, 5)), dtype=bool)
    with pytest.raises(TypeError, match="complex"):
        call(np.zeros((5, 5), complex))


@pytest.mark.parametrize(
    ("size", "match"),
    [(2, "odd"), (0, "size is 0"), (-1, "size is -1"), (7, "larger than the image"), ((3, 3, 3), "3 axes")],
)
def test_sizes_are_refused(size, match):
    for function in (filters.mean, filters.median, lambda i, s: filters.percentile(i, 10, s)):
        with pytest.raises(ValueError, match=match):
            function(np.zeros((5, 6)), size)


@pytest.mark.parametrize(
    ("kernel", "match"),
    [
        (np.ones((2, 3)), "odd"),
        (np.ones((3, 2)), "odd"),
        ([], "finite numbers"),
        (np.full((3, 3), math.nan), "finite numbers"),
        (np.ones((3, 7)), "larger than the image"),
        (np.ones(3), "kernel has 1 axes"),
        (5, "kernel has 0 axes"),
        (np.ones((3, 3), complex), "finite numbers"),
    ],
)
def test_kernels_are_refused(kernel, match):
    for function in (filters.convolve, filters.correlate):
        with pytest.raises(ValueError, match=match):
            function(np.zeros((5, 6)), kernel)


@pytest.mark.parametrize("sigma", [0, -1, math.nan, math.inf, (1, 0), (1, 2, 3), 1e9])
def test_sigmas_are_refused(sigma):
    for function in (filters.gaussian, filters.unsharp):
        with pytest.raises(ValueError, match="sigma"):
            function(np.zeros((5, 6)), sigma)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "either sigma"),
        ({"sigma": 1, "sigma_mm": 1}, "either sigma"),
        ({"sigma": 1, "sampling": (1, 1)}, "did you mean sigma_mm"),
        ({"sigma_mm": 1}, "does not say"),
        ({"sigma": "wide"}, "sigma must be a number"),
    ],
)
def test_sigma_without_a_unit_is_refused(options, match):
    with pytest.raises(TypeError, match=match):
        filters.gaussian(np.zeros((5, 6)), **options)


@pytest.mark.parametrize("percent", [-1, 101, math.nan])
def test_percents_are_refused(percent):
    with pytest.raises(ValueError, match="percent"):
        filters.percentile(np.zeros((5, 6)), percent)


def test_a_negative_amount_is_refused():
    with pytest.raises(ValueError, match="amount"):
        filters.unsharp(np.zeros((5, 6)), 1, -1)


def test_the_image_is_left_as_it_was():
    image = np.arange(30.0).reshape(5, 6)
    for call in CALLS.values():
        call(image)
    assert np.array_equal(image, np.arange(30.0).reshape(5, 6))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, bool, float])
def test_what_stands_beyond_the_edge_is_not_cut_to_the_images_dtype(dtype):
    image = np.ones((3, 3), dtype)
    options: dict[str, Any] = {"mode": "constant", "cval": -7.5}
    assert filters.percentile(image, 0, 3, **options)[0, 0] == -7.5
    assert filters.mean(image, 3, **options)[0, 0] == pytest.approx((4 - 5 * 7.5) / 9)
    assert filters.correlate(image, np.ones((3, 3)), **options)[0, 0] == 4 - 5 * 7.5
