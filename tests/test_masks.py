"""Thresholds, clean-up, sizes and agreement: against scipy, scikit-image and plain loops."""

import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import scipy.ndimage as ndi
import skimage.filters
import skimage.morphology
from hypothesis import assume, given
from hypothesis import strategies as st

from biomedlab import masks
from biomedlab.image import Image

shapes = hnp.array_shapes(min_dims=2, max_dims=3, max_side=9)
any_masks = hnp.arrays(bool, shapes)
images = hnp.arrays(np.int16, shapes, elements=st.integers(-50, 50))
real_images = hnp.arrays(np.float64, shapes, elements=st.floats(-50, 50, width=16))


def neighbours(mask, connectivity):
    return ndi.generate_binary_structure(mask.ndim, connectivity)


# --- thresholds


@given(images | real_images, st.integers(-60, 60), st.integers(0, 60))
def test_between_is_two_comparisons(image, low, width):
    high = low + width
    assert np.array_equal(masks.between(image, low, high), (image >= low) & (image <= high))
    assert np.array_equal(masks.between(image, low), image >= low)
    assert np.array_equal(masks.between(image, high=high), image <= high)


def test_between_leaves_nan_out_and_takes_limits_beyond_the_dtype():
    assert masks.between(np.array([1.0, math.nan]), 0).tolist() == [True, False]
    assert masks.between(np.array([0, 255], np.uint8), -1, 300).all()


@pytest.mark.parametrize(
    ("low", "high", "match"),
    [(2, 1, "swap"), (None, None, "at least one"), (math.nan, 1, "low is nan"), (0, math.inf, "high is inf")],
)
def test_between_refuses(low, high, match):
    with pytest.raises(ValueError, match=match):
        masks.between(np.zeros((4, 4)), low, high)


def test_colour_is_refused():
    image = Image(np.zeros((5, 5, 3), np.uint8), axes=("row", "col", "ch"))
    for refused in (
        lambda: masks.between(image, 1),
        lambda: masks.otsu(image),
        lambda: masks.hysteresis(image, 1, 2),
    ):
        with pytest.raises(ValueError, match="rgb2gray"):
            refused()


@given(images)
def test_otsu_criterion_is_a_plain_loop(image):
    thresholds, variance = masks.otsu_criterion(image)
    for threshold, got in zip(thresholds, variance, strict=True):
        dark, bright = image[image <= threshold], image[image > threshold]
        shares = dark.size * bright.size / image.size**2
        wanted = shares * (dark.mean() - bright.mean()) ** 2 if shares else 0
        assert got == pytest.approx(wanted, abs=1e-9)


@given(images | real_images)
def test_otsu_is_scikit_images(image):
    assume(image.min() < image.max())
    ours = masks.otsu(image)
    theirs = skimage.filters.threshold_otsu(image.ravel())
    thresholds, variance = masks.otsu_criterion(image)
    # Where several thresholds are as good, rounding decides: compare how good they are.
    at = np.interp([ours, theirs], thresholds, variance)
    assert at[0] == pytest.approx(at[1], rel=1e-6)
    assert at[0] == variance.max()


def test_otsu_of_two_levels_is_the_lower_one():
    assert masks.otsu(np.array([[10, 200], [10, 200]], np.uint8)) == 10


def test_otsu_looks_inside_its_mask_only():
    image = np.array([0, 0, 100, 100, 900])
    assert masks.otsu(image, mask=image < 900) == 0
    assert masks.otsu(image) == 100


@pytest.mark.parametrize("image", [np.full((4, 4), 7), np.full((4, 4), 0.5)])
def test_otsu_of_a_constant_image_is_refused(image):
    with pytest.raises(ValueError, match="one level"):
        masks.otsu(image)
    assert not masks.otsu_criterion(image).variance.any()


@given(images, st.integers(-60, 60), st.integers(0, 60))
def test_hysteresis_is_scikit_images(image, low, width):
    ours = masks.hysteresis(image, low, low + width)
    assert np.array_equal(ours, skimage.filters.apply_hysteresis_threshold(image, low, low + width))


def test_hysteresis_refuses_crossed_thresholds():
    with pytest.raises(ValueError, match="swap"):
        masks.hysteresis(np.zeros((4, 4)), 3, 2)


# --- morphology


@given(st.floats(0.3, 5), st.integers(1, 3), st.data())
def test_ball_is_a_plain_loop(radius, ndim, data):
    sampling = data.draw(st.tuples(*[st.floats(0.4, 3)] * ndim))
    found = masks.ball(radius, ndim, sampling=sampling)
    assert all(width % 2 for width in found.shape)
    for index in np.ndindex(found.shape):
        offset = [(i - n // 2) * step for i, n, step in zip(index, found.shape, sampling, strict=True)]
        assert found[index] == (math.hypot(*offset) <= radius * (1 + 1e-9))
    # One more step along any axis would be too far.
    assert all((n // 2 + 1) * step > radius for n, step in zip(found.shape, sampling, strict=True))


def test_ball_counts_steps_of_a_tenth_rightly():
    assert masks.ball(0.3, 1, sampling=(0.1,)).size == 7
    assert np.array_equal(masks.ball(2), skimage.morphology.disk(2))
    assert np.array_equal(masks.ball(3, 3), skimage.morphology.ball(3))


@given(any_masks, st.sampled_from([1, 1.5, 2]))
def test_erosion_and_dilation_are_scipys_inside(mask, radius):
    assume(max(mask.shape) > radius)
    shape = masks.ball(radius, mask.ndim)
    roomy = [(3, 3)] * mask.ndim
    inner = (slice(3, -3),) * mask.ndim
    with_inside = np.pad(mask, roomy, constant_values=True)
    with_outside = np.pad(mask, roomy)
    assert np.array_equal(
        masks.erosion(mask, radius), ndi.binary_erosion(with_inside, shape, border_value=1)[inner]
    )
    assert np.array_equal(masks.dilation(mask, radius), ndi.binary_dilation(with_outside, shape)[inner])
    assert np.array_equal(masks.closing(mask, radius), ndi.binary_closing(with_outside, shape)[inner])


@given(any_masks, st.sampled_from([1, 1.5, 2]))
def test_laws_of_morphology(mask, radius):
    assume(max(mask.shape) > radius)
    opened, closed = masks.opening(mask, radius), masks.closing(mask, radius)
    assert not (opened & ~mask).any()
    assert not (mask & ~closed).any()
    assert np.array_equal(masks.opening(opened, radius), opened)
    assert np.array_equal(masks.closing(closed, radius), closed)
    assert np.array_equal(masks.erosion(mask, radius), ~masks.dilation(~mask, radius))


def test_the_border_trap_is_mended():
    mask = np.zeros((9, 9), bool)
    mask[:, :5] = True
    square = np.ones((5, 5), bool)
    assert ndi.binary_closing(mask, square).sum() == 15
    assert np.array_equal(masks.closing(mask, structure=square), mask)
    assert np.array_equal(masks.opening(mask, structure=square), mask)


def test_a_radius_in_mm_keeps_to_the_sampling():
    mask = np.zeros((5, 9, 9), bool)
    mask[2, 4, 4] = True
    grown = masks.dilation(mask, 2, sampling=(5.0, 1.0, 1.0))
    assert grown.sum() == masks.ball(2).sum()
    assert np.array_equal(grown[2, 2:7, 2:7], masks.ball(2))


@pytest.mark.parametrize("function", [masks.erosion, masks.dilation, masks.opening, masks.closing])
@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"radius": 0}, "radius is 0"),
        ({"radius": -1}, "radius"),
        ({"radius": math.nan}, "radius"),
        ({"radius": 9}, "reaches across"),
        ({"structure": np.ones((2, 3), bool)}, "odd"),
        ({"structure": np.zeros((3, 3), bool)}, "True somewhere"),
        ({"structure": np.ones(3, bool)}, "2 axes"),
        ({"structure": np.ones((0, 3), bool)}, "structure has shape"),
        ({"sampling": (1.0, 1.0, 1.0)}, "sampling has 3"),
    ],
)
def test_morphology_refuses(function, options, match):
    with pytest.raises(ValueError, match=match):
        function(np.zeros((5, 9), bool), **options)


def test_masks_of_real_numbers_and_empty_masks_are_refused():
    with pytest.raises(TypeError, match="as image > 0 does"):
        masks.erosion(np.zeros((5, 5)))
    with pytest.raises(ValueError, match="at least one pixel"):
        masks.erosion(np.zeros((0, 5), bool))
    with pytest.raises(ValueError, match="at least one pixel"):
        masks.erosion(True)


# --- objects


@given(any_masks, st.integers(1, 2))
def test_fill_holes_is_a_flood_from_outside(mask, connectivity):
    roomy = np.pad(~mask, [(1, 1)] * mask.ndim, constant_values=True)
    labels, _ = ndi.label(roomy, neighbours(mask, connectivity))
    outside = (labels == labels.flat[0])[(slice(1, -1),) * mask.ndim]
    assert np.array_equal(masks.fill_holes(mask, connectivity=connectivity), ~outside)


@given(any_masks, st.integers(1, 2), st.integers(1, 4))
def test_largest_components(mask, connectivity, n):
    labels, count = masks.label(mask, connectivity=connectivity)
    sizes = [int((labels == number).sum()) for number in range(1, count + 1)]
    kept = masks.largest_components(mask, n, connectivity=connectivity)
    assert not (kept & ~mask).any()
    assert masks.label(kept, connectivity=connectivity).count == min(n, count)
    assert kept.sum() == sum(sorted(sizes, reverse=True)[:n])


@given(any_masks)
def test_label_is_scipys(mask):
    for connectivity in range(1, mask.ndim + 1):
        labels, count = masks.label(mask, connectivity=connectivity)
        theirs = ndi.label(mask, neighbours(mask, connectivity))
        assert np.array_equal(labels, theirs[0])
        assert count == theirs[1]


@pytest.mark.parametrize("connectivity", [0, 3])
def test_connectivity_is_refused(connectivity):
    for function in (masks.label, masks.fill_holes, masks.largest_components):
        with pytest.raises(ValueError, match="connectivity"):
            function(np.ones((3, 3), bool), connectivity=connectivity)
    with pytest.raises(ValueError, match="n is 0"):
        masks.largest_components(np.ones((3, 3), bool), 0)


# --- sizes


@given(hnp.arrays(st.sampled_from([np.uint8, np.int32]), shapes, elements=st.integers(0, 5)), st.data())
def test_measure_is_a_plain_loop(labels, data):
    sampling = data.draw(st.tuples(*[st.floats(0.1, 9)] * labels.ndim))
    regions = masks.measure(labels, sampling)
    assert [region.label for region in regions] == [
        number for number in range(1, 6) if (labels == number).any()
    ]
    for region in regions:
        places = np.argwhere(labels == region.label)
        assert region.count == len(places)
        assert region.size == pytest.approx(len(places) * math.prod(sampling))
        assert region.centroid == pytest.approx(tuple(places.mean(axis=0)))
        assert region.unit == f"mm{labels.ndim}"


def test_a_mask_is_one_region_and_nothing_is_none():
    assert [region.count for region in masks.measure(np.eye(3, dtype=bool), (1, 1))] == [3]
    assert masks.measure(np.zeros((3, 3), bool), (1, 1)) == []


def test_a_sphere_has_its_volume_whatever_the_sampling():
    for sampling in ((1.0, 1.0, 1.0), (2.0, 0.5, 0.5)):
        ball = masks.ball(30, 3, sampling=sampling)
        assert masks.volume(ball, sampling) == pytest.approx(4 / 3 * math.pi * 30**3, rel=0.01)
    assert masks.area(masks.ball(30), (1, 1)) == pytest.approx(math.pi * 30**2, rel=0.01)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: masks.area(np.ones((2, 2, 2), bool), (1, 1)), "see volume"),
        (lambda: masks.volume(np.ones((2, 2), bool), (1, 1, 1)), "see area"),
        (lambda: masks.area(np.ones((2, 2), bool), (1, 1, 1)), "sampling has 3"),
        (lambda: masks.volume(np.ones((2, 2, 2), bool), (1, 1, -1)), "above 0"),
        (lambda: masks.measure(np.ones(3, int), (1,)), "plane or a volume"),
        (lambda: masks.measure(np.full((2, 2), -1), (1, 1)), "numbered from 1"),
    ],
)
def test_sizes_refuse(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_unknown_sampling_gives_no_size():
    for function in (masks.area, masks.measure):
        with pytest.raises(TypeError, match="the file does not say"):
            function(np.ones((2, 2), bool), None)  # ty: ignore[invalid-argument-type]


@given(hnp.arrays(bool, (2, 4, 5)))
def test_dice_and_iou_are_sets(pair):
    one, other = (set(np.flatnonzero(mask).tolist()) for mask in pair)
    assert masks.iou(*pair) == (len(one & other) / len(one | other) if one | other else 1)
    assert masks.dice(*pair) == (2 * len(one & other) / (len(one) + len(other)) if one or other else 1)
    assert masks.iou(*pair) <= masks.dice(*pair) == masks.dice(*pair[::-1])


def test_agreement_of_empty_masks():
    nothing, something = np.zeros((2, 2), bool), np.eye(2, dtype=bool)
    assert masks.dice(nothing, nothing) == masks.iou(nothing, nothing) == 1
    assert masks.dice(nothing, something) == masks.iou(something, nothing) == 0
    with pytest.raises(ValueError, match="must agree"):
        masks.dice(nothing, np.zeros((2, 3), bool))
