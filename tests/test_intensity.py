"""Histograms, equalization, windows: against numpy, scipy, scikit-image and plain loops."""

import math
import tracemalloc

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import scipy.ndimage as ndi
import skimage.exposure
from hypothesis import given
from hypothesis import strategies as st

from biomedlab import intensity
from biomedlab.image import Image

WHOLE = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "bool", ">i2", ">u2"]
sizes = hnp.array_shapes(min_dims=1, max_dims=3, max_side=6).filter(
    lambda s: len(s) < 3 or s[-1] not in (3, 4)
)


def whole_images(dtypes=tuple(WHOLE)):
    """Images of whole numbers, near each other so that wide dtypes get one bin a value too."""

    def of(dtype):
        kind = np.dtype(dtype)
        if kind.kind == "b":
            return hnp.arrays(kind, sizes)
        info = np.iinfo(dtype)
        low, high = max(info.min, -2000), min(info.max, 2000)
        return hnp.arrays(kind, sizes, elements=st.integers(low, high))

    return st.sampled_from(dtypes).flatmap(of)


real_images = hnp.arrays(
    st.sampled_from(["float32", "float64"]), sizes, elements=st.floats(-1e3, 1e3, width=16)
)
any_images = whole_images() | real_images


def masked(images):
    """An image and a mask that is True somewhere."""
    return images.flatmap(
        lambda image: st.tuples(st.just(image), hnp.arrays(bool, image.shape).filter(lambda mask: mask.any()))
    )


# --- histogram


@given(masked(whole_images()))
def test_one_bin_a_value_is_a_plain_count(pair):
    image, mask = pair
    hist, edges = intensity.histogram(image, mask=mask)
    levels = (edges[:-1] + 0.5).astype(int)
    chosen = image[mask].astype(int)
    assert hist.tolist() == [int((chosen == level).sum()) for level in levels]
    assert hist.sum() == chosen.size
    assert np.array_equal(np.diff(edges), np.ones(hist.size))
    assert hist.dtype == np.int64


@given(masked(any_images), st.integers(1, 300), st.floats(-300, 300), st.floats(0.01, 500))
def test_bins_are_numpys_and_scipys(pair, bins, low, width):
    image, mask = pair
    high = low + width
    ours = intensity.histogram(image, bins=bins, min=low, max=high, mask=mask)
    theirs = np.histogram(image[mask].astype(float), bins, (low, high))
    assert np.array_equal(ours.hist, theirs[0])
    assert np.array_equal(ours.bin_edges, theirs[1])
    assert np.array_equal(ours.hist, ndi.histogram(image.astype(float), low, high, bins, mask, True))


@given(masked(real_images))
def test_real_numbers_get_256_bins_between_their_ends(pair):
    image, mask = pair
    ours = intensity.histogram(image, mask=mask)
    theirs = np.histogram(image[mask].astype(float), 256)
    assert np.array_equal(ours.hist, theirs[0])
    assert np.array_equal(ours.bin_edges, theirs[1])


@given(whole_images(("uint8",)))
def test_the_seeds_histogram(image):
    assert np.array_equal(intensity.histogram(image).hist, ndi.histogram(image, min=0, max=255, bins=256))


@given(
    any_images.flatmap(lambda i: st.tuples(st.just(i), hnp.arrays(int, i.shape, elements=st.integers(-1, 3))))
)
def test_labels(pair):
    image, labels = pair
    edges = {"bins": 7, "min": -50, "max": 50}
    for label in (0, 1, 3):
        if (labels == label).any():
            each = intensity.histogram(image, labels=labels, index=label, **edges).hist
            assert np.array_equal(each, intensity.histogram(image, mask=labels == label, **edges).hist)
    if (labels == 3).any():
        both = intensity.histogram(image, labels=labels, index=[3, 0], **edges)
        assert both.hist.shape == (2, 7)
        assert both.hist[0].tolist() == ndi.histogram(image.astype(float), -50, 50, 7, labels, 3).tolist()
    if (labels > 0).any():
        above = intensity.histogram(image, labels=labels, **edges).hist
        assert np.array_equal(above, intensity.histogram(image, mask=labels > 0, **edges).hist)


def test_labels_and_a_mask_are_both_kept_to():
    image, labels, mask = np.array([5, 6, 7, 8]), np.array([1, 1, 2, 2]), np.array([True, False, True, True])
    both = intensity.histogram(image, labels=labels, index=[1, 2, 9], mask=mask)
    assert both.hist.tolist() == [[1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]]
    assert both.centres.tolist() == [5, 6, 7, 8]


def test_min_and_max_of_whole_numbers_leave_the_rest_out():
    image = np.array([-3, 0, 1, 1, 2, 300], dtype=np.int16)
    hist, edges = intensity.histogram(image, min=0.5, max=2)
    assert (hist.tolist(), edges.tolist()) == ([2, 1], [0.5, 1.5, 2.5])
    assert intensity.histogram(image, min=-40000, max=-32769).hist.sum() == 0
    assert intensity.histogram(image.astype(np.uint8), bins=4, min=300, max=400).hist.sum() == 0


@pytest.mark.parametrize(
    ("extra", "bins"), [(65_535, 65_536), (65_536, 256), (2**40, 256)], ids=["levels", "one too many", "huge"]
)
def test_a_huge_range_falls_back_on_equal_bins(extra, bins):
    image = np.array([7, 7 + extra])
    hist, edges = intensity.histogram(image)
    assert hist.size == bins
    assert (hist[0], hist[-1], hist.sum()) == (1, 1, 2)
    assert edges[0] <= 7


@pytest.mark.parametrize("image", [np.array([0, 2**64 - 1], np.uint64), np.array([-(2**63), 2**63 - 1])])
def test_levels_that_floats_cannot_tell_apart_are_refused_unless_limits_are_given(image):
    with pytest.raises(ValueError, match="subtract a whole number"):
        intensity.histogram(image)
    assert intensity.histogram(image, min=0, max=2).hist.tolist() == [int((image == 0).sum()), 0, 0]


def test_a_constant_image_has_one_bin_or_bins_around_it():
    assert intensity.histogram(np.full((3, 3), -7, np.int16)).hist.tolist() == [9]
    hist, edges = intensity.histogram(np.full(9, 0.25))
    assert (hist.sum(), edges[0], edges[-1]) == (9, -0.25, 0.75)


@pytest.mark.parametrize("order", ["C", "F"])
def test_any_memory_layout(order):
    volume = np.asarray(np.arange(2 * 70 * 500).reshape(2, 70, 500) % 251, dtype=np.int16, order=order)
    for view in (volume, volume[:, ::-2, 5::3], volume.T, np.broadcast_to(volume[:1], (4, 70, 500))):
        assert np.array_equal(intensity.histogram(view).hist, np.bincount(view.ravel(), minlength=251))
        wanted = intensity.equalize(np.ascontiguousarray(view))
        assert np.array_equal(intensity.equalize(view), wanted)


NAN = np.array([[1.0, math.nan], [2.0, 3.0]])


@pytest.mark.parametrize(
    ("image", "options", "match"),
    [
        (NAN, {}, "NaN"),
        (NAN, {"min": 0, "max": 1}, "NaN"),
        (np.array([1.0, math.inf]), {}, "infinite"),
        (np.zeros((0, 5)), {}, "empty"),
        (5, {}, "not a single number"),
        (np.zeros((4, 4)), {"mask": np.zeros((4, 4), bool)}, "leaves out every pixel"),
        (np.zeros((4, 4)), {"mask": np.zeros((4, 5), bool)}, "must be the same"),
        (np.zeros(4), {"min": 2, "max": 1}, "min 2 is above max 1"),
        (np.zeros(4), {"min": math.nan}, "min is nan"),
        (np.zeros(4), {"bins": 0}, "bins is 0"),
        (np.zeros(4), {"bins": 2**21}, "bins is"),
        (np.zeros(4, int), {"min": 0.2, "max": 0.8}, "no whole number"),
        (np.array([0, 5e-324]), {"bins": 100}, "cannot be told apart"),
        (np.array([-1e308, 1e308]), {}, "cannot be told apart"),
        (np.zeros((5, 5, 3), np.uint8), {}, "rgb2gray"),
        (np.zeros(4), {"labels": np.zeros(4, int), "index": [1, 2]}, "leaves out every pixel"),
    ],
)
def test_histogram_refuses(image, options, match):
    with pytest.raises(ValueError, match=match):
        intensity.histogram(image, **options)


@pytest.mark.parametrize(
    ("image", "options", "match"),
    [
        (np.zeros(4, complex), {}, "complex"),
        (np.array(["a"]), {}, "dtype"),
        (np.zeros(4), {"bins": 2.5}, "bins must be a whole number"),
        (np.zeros(4), {"mask": np.zeros(4)}, "mask has dtype float64"),
        (np.zeros(4), {"index": 1}, "give labels"),
        (np.zeros(4), {"min": "low"}, "min must be a number"),
    ],
)
def test_histogram_refuses_the_wrong_type(image, options, match):
    with pytest.raises(TypeError, match=match):
        intensity.histogram(image, **options)


def test_nan_outside_the_mask_does_not_matter():
    assert intensity.histogram(NAN, mask=~np.isnan(NAN)).hist.sum() == 3


def test_an_image_says_whether_it_is_in_colour():
    values = np.zeros((5, 5, 3), np.uint8)
    with pytest.raises(ValueError, match="colour image and a gray one is needed"):
        intensity.histogram(Image(values, axes=("row", "col", "ch")))
    assert intensity.histogram(Image(values, axes=("pln", "row", "col"))).hist[0] == 75
    assert intensity.equalize(Image(values, axes=("pln", "row", "col"))).max() == 255


# --- cumulative distribution and shares


@given(
    hnp.arrays(int, st.integers(1, 50), elements=st.integers(0, 10**6)).filter(lambda hist: hist.sum() > 0)
)
def test_cdf_is_the_seeds_line(hist):
    cdf = intensity.cumulative_distribution(hist)
    assert np.array_equal(cdf, hist.cumsum() / hist.sum())
    assert cdf[-1] == 1
    assert (np.diff(cdf) >= 0).all()


@pytest.mark.parametrize(
    ("hist", "match"),
    [
        ([0, 0], "no pixel"),
        ([], "one row"),
        ([[1]], "one row"),
        ([1, -1], "negative"),
        ([1, math.nan], "NaN"),
    ],
)
def test_cdf_refuses(hist, match):
    with pytest.raises(ValueError, match=match):
        intensity.cumulative_distribution(hist)


@given(masked(any_images), st.floats(-300, 300))
def test_share_below_is_a_mean(pair, value):
    image, mask = pair
    assert intensity.share_below(image, value, mask=mask) == (image[mask] < value).mean()


def test_share_below_agrees_with_the_cdf():
    image = np.random.default_rng(0).integers(0, 256, (50, 60)).astype(np.uint8)
    assert (
        intensity.share_below(image, 32) == intensity.cumulative_distribution(intensity.histogram(image))[31]
    )


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_share_below_refuses(value):
    with pytest.raises(ValueError, match="value is"):
        intensity.share_below(np.zeros(4), value)
    with pytest.raises(ValueError, match="NaN"):
        intensity.share_below(NAN, 1)
    with pytest.raises(ValueError, match="every pixel"):
        intensity.share_below(NAN, 1, mask=NAN > 99)


# --- equalization


@given(whole_images(("uint8",)))
def test_equalize_is_the_seeds_line(image):
    hist = ndi.histogram(image, min=0, max=255, bins=256)
    cdf = hist.cumsum() / hist.sum()
    assert np.array_equal(intensity.equalize(image, dtype=float), cdf[image] * 255)
    assert np.array_equal(intensity.equalize(image), np.rint(cdf[image] * 255).astype(np.uint8))


@given(masked(whole_images()), st.sampled_from([(0, 255, "uint8"), (-5, 1000, "int16"), (0, 1, "float32")]))
def test_equalize_is_a_plain_loop(pair, output):
    image, mask = pair
    low, high, dtype = output
    chosen = image[mask].astype(int)
    result = intensity.equalize(image, mask=mask, out_range=(low, high), dtype=dtype)
    for level, got in zip(image.astype(int).ravel(), result.ravel(), strict=True):
        wanted = low + float((chosen <= level).sum() / chosen.size) * (high - low)
        assert got == np.dtype(dtype).type(round(wanted) if dtype != "float32" else wanted)


@given(masked(real_images), st.integers(1, 300))
def test_equalize_of_real_numbers_counts_the_bins_up_to_its_own(pair, bins):
    image, mask = pair
    result = intensity.equalize(image, mask=mask, bins=bins, out_range=(0, 1), dtype=float)
    hist, edges = np.histogram(image[mask].astype(float), bins)
    shares = [0.0, *(hist.cumsum() / hist.sum())]
    for level, got in zip(image.ravel(), result.ravel(), strict=True):
        assert got == shares[int((edges[:-1] <= level).sum())]


@given(masked(any_images))
def test_equalize_is_monotone_and_keeps_to_its_range(pair):
    image, mask = pair
    result = intensity.equalize(image, mask=mask)
    assert result.dtype == np.uint8
    assert result.shape == image.shape
    order = np.argsort(image, axis=None, kind="stable")
    assert (np.diff(result.ravel()[order].astype(int)) >= 0).all()
    assert result[mask].max() == 255


@given(whole_images(("uint8", "int16")))
def test_equalize_agrees_with_scikit_image_where_every_level_has_its_bin(image):
    bins = int(image.max()) - int(image.min()) + 1
    theirs = skimage.exposure.equalize_hist(image.ravel(), nbins=bins).reshape(image.shape)
    ours = intensity.equalize(image, out_range=(0, 1), dtype=float)
    assert ours == pytest.approx(theirs)


def test_a_constant_image_becomes_the_upper_end():
    assert (intensity.equalize(np.full((4, 5), -3, np.int16)) == 255).all()
    assert (intensity.equalize(np.full((4, 5), 0.1)) == 255).all()


def test_equalize_extremes():
    assert intensity.equalize(np.array([-32768, 32767], np.int16)).tolist() == [128, 255]
    assert intensity.equalize(np.array([False, True, True, True])).tolist() == [64, 255, 255, 255]
    assert intensity.equalize(np.array([0, 2**40, 2**41])).tolist() == [85, 170, 255]
    with pytest.raises(ValueError, match="subtract"):
        intensity.equalize(np.array([0, 2**64 - 1], np.uint64))


def test_equalize_and_nan():
    mask = ~np.isnan(NAN)
    with pytest.raises(ValueError, match="NaN"):
        intensity.equalize(NAN)
    with pytest.raises(ValueError, match="ask for dtype=float"):
        intensity.equalize(NAN, mask=mask)
    result = intensity.equalize(NAN, mask=mask, dtype=float)
    assert np.isnan(result[0, 1])
    assert result[mask].tolist() == [85, 170, 255]
    infinite = np.array([-math.inf, 1.0, 2.0, math.inf])
    assert intensity.equalize(infinite, mask=np.isfinite(infinite)).tolist() == [0, 128, 255, 255]


@given(whole_images(("uint8", "int16", "int32")))
def test_the_table_is_what_equalize_looks_up(image):
    hist = intensity.histogram(image)
    table = intensity.equalization_table(hist)
    first = round(float(hist.centres[0]))
    assert np.array_equal(table[image.astype(int) - first], intensity.equalize(image))


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"out_range": (0, 300)}, ValueError, "uint8, 0 to 255"),
        ({"out_range": (-1, 5)}, ValueError, "uint8"),
        ({"out_range": (5, 5)}, ValueError, "must grow"),
        ({"out_range": (0, math.nan)}, ValueError, "out_range"),
        ({"out_range": (0, 1, 2)}, ValueError, "out_range"),
        ({"out_range": 255}, TypeError, "out_range"),
        ({"out_range": (0, 1e9), "dtype": np.float16}, ValueError, "float16"),
        ({"out_range": (0, 2**60), "dtype": int}, ValueError, r"2\*\*53"),
        ({"dtype": bool}, TypeError, "dtype is bool"),
        ({"dtype": complex}, TypeError, "dtype is complex"),
    ],
)
def test_the_output_is_refused(options, error, match):
    for function in (intensity.equalize, intensity.equalization_table, intensity.clahe):
        with pytest.raises(error, match=match):
            function(np.arange(4), **options)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_memory_is_the_result_and_little_more(dtype):
    image = np.random.default_rng(0).integers(0, 200, (64, 512, 512)).astype(dtype)
    for function, result in ((intensity.histogram, 0), (intensity.equalize, image.size)):
        tracemalloc.start()
        try:
            function(image)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < result + 32 * 2**20


# --- CLAHE


def test_clahe_is_scikit_images_on_the_same_range():
    image = np.random.default_rng(0).normal(50, 400, (64, 48)).astype(np.int16)
    unit = (image - float(image.min())) / (float(image.max()) - float(image.min()))
    theirs = skimage.exposure.equalize_adapthist(unit, kernel_size=(8, 6), clip_limit=0.03, nbins=64)
    ours = intensity.clahe(image, kernel_size=(8, 6), clip_limit=0.03, bins=64, out_range=(0, 1), dtype=float)
    assert np.array_equal(ours, theirs)
    assert np.array_equal(intensity.clahe(image), intensity.clahe(image * 2.0 - 9))


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (2, 9, 10)])
def test_clahe_of_tiny_and_constant_images(shape):
    assert (intensity.clahe(np.full(shape, 5)) == 0).all()
    result = intensity.clahe(np.arange(math.prod(shape)).reshape(shape))
    assert result.shape == shape


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"clip_limit": -0.1}, "clip_limit"),
        ({"clip_limit": math.nan}, "clip_limit"),
        ({"kernel_size": 0}, "kernel_size"),
        ({"kernel_size": (3, 3, 3)}, "3 numbers"),
        ({"bins": 1}, "bins"),
    ],
)
def test_clahe_refuses(options, match):
    with pytest.raises(ValueError, match=match):
        intensity.clahe(np.arange(64).reshape(8, 8), **options)


# --- windows, gamma, percentiles, levels


@given(any_images, st.floats(-500, 500), st.floats(0.1, 2000))
def test_window_is_a_clipped_line(image, center, width):
    vmin, vmax = intensity.window_limits(center, width)
    unit = (np.clip(image.astype(float), vmin, vmax) - vmin) / (vmax - vmin)
    assert np.array_equal(intensity.window(image, center, width), np.rint(unit * 255).astype(np.uint8))
    assert np.array_equal(intensity.window(image, center, width, out_range=(0, 1), dtype=float), unit)


def test_presets_are_frozen_and_in_hounsfield_units():
    assert set(intensity.WINDOWS) >= {"lung", "bone", "abdomen", "mediastinum", "brain"}
    assert all(preset.unit == "HU" and preset.width > 0 for preset in intensity.WINDOWS.values())
    assert intensity.WINDOWS["brain"].limits == (0, 80)
    with pytest.raises(AttributeError):
        intensity.WINDOWS["brain"].width = 3  # ty: ignore[invalid-assignment]


@pytest.mark.parametrize(("center", "width"), [(0, 0), (0, -5), (math.nan, 5), (0, math.inf)])
def test_window_refuses(center, width):
    with pytest.raises(ValueError, match="must be"):
        intensity.window(np.zeros((4, 4)), center, width)


@given(any_images, st.floats(0.1, 5))
def test_gamma_is_a_power_between_the_ends(image, power):
    vmin, vmax = float(image.min()), float(image.max())
    unit = (image.astype(float) - vmin) / (vmax - vmin) if vmin < vmax else np.zeros(image.shape)
    assert np.array_equal(intensity.gamma(image, power), np.rint(unit**power * 255).astype(np.uint8))


@pytest.mark.parametrize("power", [0, -1, math.nan, math.inf])
def test_gamma_refuses(power):
    with pytest.raises(ValueError, match="gamma is"):
        intensity.gamma(np.zeros((4, 4)), power)
    with pytest.raises(ValueError, match="swap"):
        intensity.gamma(np.zeros((4, 4)), 1, vmin=5, vmax=1)


@given(masked(any_images), st.floats(0, 100), st.floats(0, 100))
def test_percentiles_are_numpys(pair, low, high):
    image, mask = pair
    low, high = sorted((low, high))
    theirs = np.percentile(image[mask].astype(float), [low, high])
    assert intensity.percentile_limits(image, low, high, mask=mask) == tuple(theirs)


@pytest.mark.parametrize(("low", "high"), [(-1, 50), (0, 101), (60, 50), (math.nan, 50)])
def test_percentiles_refuse(low, high):
    with pytest.raises(ValueError, match="low"):
        intensity.percentile_limits(np.arange(4), low, high)
    with pytest.raises(ValueError, match="NaN"):
        intensity.percentile_limits(NAN)
    with pytest.raises(ValueError, match="infinite"):
        intensity.percentile_limits(np.array([1, math.inf]))
    with pytest.raises(ValueError, match="every pixel"):
        intensity.percentile_limits(NAN, mask=NAN > 99)


@given(any_images, st.integers(2, 1000))
def test_levels_are_equal_steps(image, n):
    vmin, vmax = float(image.min()), float(image.max())
    unit = (image.astype(float) - vmin) / (vmax - vmin) if vmin < vmax else np.zeros(image.shape)
    result = intensity.rescale_levels(image, n)
    assert np.array_equal(result, np.minimum(np.floor(unit * n), n - 1))
    assert result.dtype == (np.uint8 if n <= 256 else np.uint16)


@pytest.mark.parametrize("n", [1, 0, 65_537])
def test_levels_refuse(n):
    with pytest.raises(ValueError, match="n is"):
        intensity.rescale_levels(np.arange(4), n)
