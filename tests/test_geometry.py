"""Sampling, field of view, planes and anatomical names."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomedlab import geometry

STANDARD = ("S", "P", "L")
mm = st.floats(0.01, 100)
shapes = st.lists(st.integers(1, 300), min_size=1, max_size=4)


@given(shapes, st.data())
def test_field_of_view_is_the_seeds_line(shape, data):
    sampling = data.draw(st.lists(mm, min_size=len(shape), max_size=len(shape)))
    assert geometry.field_of_view(shape, sampling) == tuple(np.array(sampling) * shape)


@given(shapes)
def test_the_centre_is_as_far_from_both_ends(shape):
    for middle, length in zip(geometry.centre(shape), shape, strict=True):
        assert middle - 0 == (length - 1) - middle


def test_the_centre_of_256_samples_is_not_128():
    assert geometry.centre((256,)) == (127.5,)


@given(st.tuples(mm, mm, mm))
def test_aspect_of_each_plane(sampling):
    d0, d1, d2 = sampling
    assert geometry.aspect(sampling, axis=2) == d0 / d1
    assert geometry.aspect(sampling, axis=1) == d0 / d2
    assert (
        geometry.aspect(sampling)
        == geometry.aspect(sampling, axis=-3)
        == d1 / d2
        == geometry.aspect((d1, d2))
    )


@pytest.mark.parametrize(
    "bad", [(1.0,), (1.0, 2.0, 3.0, 4.0), (1.0, 0.0), (1.0, -1.0), (1.0, math.nan), (math.inf, 1.0)]
)
def test_sampling_is_refused(bad):
    with pytest.raises(ValueError, match="sampling"):
        geometry.aspect(bad)


@pytest.mark.parametrize("bad", [None, 1.0, ("a", "b")])
def test_sampling_that_is_no_numbers_is_refused(bad):
    with pytest.raises(TypeError, match="sampling"):
        geometry.aspect(bad)


def test_unknown_sampling_says_that_the_file_does_not_say():
    with pytest.raises(TypeError, match="the file does not say"):
        geometry.field_of_view((10, 10), None)  # ty: ignore[invalid-argument-type]


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="sampling has 3 numbers, but 4 are needed"):
        geometry.field_of_view((5, 10, 10, 3), (1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="sampling has 2 numbers"):
        geometry.position((1, 2, 3), (1.0, 1.0))
    with pytest.raises(ValueError, match="3 are needed"):
        geometry.voxel_volume((1.0, 1.0))


@pytest.mark.parametrize("bad", [(), (0, 5), (-1,)])
def test_shape_is_refused(bad):
    with pytest.raises(ValueError, match="shape"):
        geometry.centre(bad)


@pytest.mark.parametrize("bad", [5, (2.5, 2), ("a",)])
def test_shape_of_no_whole_numbers_is_refused(bad):
    with pytest.raises(TypeError, match="shape"):
        geometry.centre(bad)


def test_an_index_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="index is nan"):
        geometry.position((math.nan,), (1.0,))


@given(st.tuples(*[st.floats(-500, 500)] * 3), st.tuples(mm, mm, mm))
def test_patient_position_of_a_plain_affine_is_an_offset_and_a_position(index, sampling):
    affine = np.zeros((4, 4))
    affine[[2, 1, 0], [0, 1, 2]] = sampling
    affine[:, 3] = 10, 20, 30, 1
    z, y, x = geometry.position(index, sampling)
    assert geometry.patient_position(index, affine) == pytest.approx((x + 10, y + 20, z + 30))


def test_patient_position_in_a_plane_takes_two_indices():
    affine = np.array([[0, 2, 1], [3, 0, 1], [0, 0, 7], [0, 0, 1]])
    assert geometry.patient_position((1, 1), affine) == (3.0, 4.0, 7.0)


@pytest.mark.parametrize(
    ("affine", "error"),
    [
        (None, TypeError),
        (np.eye(3), ValueError),
        (np.full((4, 4), np.nan), ValueError),
        (np.ones((4, 4)), ValueError),
    ],
)
def test_affine_is_refused(affine, error):
    with pytest.raises(error, match="affine"):
        geometry.patient_position((0, 0, 0), affine)


@given(st.integers(-3, 2), st.data())
def test_plane_is_take(axis, data):
    volume = np.arange(60).reshape(3, 4, 5)
    index = data.draw(st.integers(-volume.shape[axis], volume.shape[axis] - 1))
    assert np.array_equal(geometry.plane(volume, index, axis=axis), volume.take(index, axis=axis))


def test_plane_is_a_view():
    volume = np.zeros((2, 3, 4))
    assert np.shares_memory(geometry.plane(volume, 0, axis=1), volume)


@pytest.mark.parametrize("shape", [(), (5,), (5, 5), (2, 2, 5, 5)])
def test_plane_needs_a_volume(shape):
    with pytest.raises(ValueError, match="a volume"):
        geometry.plane(np.zeros(shape), 0)


def test_plane_of_a_colour_volume_needs_its_axes():
    class Coloured(np.ndarray):
        axes = ("pln", "row", "col", "ch")

    assert geometry.plane(np.zeros((2, 5, 6, 3)).view(Coloured), 0, axis=2).shape == (2, 5, 3)


@pytest.mark.parametrize(("index", "axis"), [(2, 0), (-3, 0), (0, 3), (0, -4)])
def test_plane_outside_is_refused(index, axis):
    with pytest.raises(ValueError, match="must be between"):
        geometry.plane(np.zeros((2, 3, 4)), index, axis=axis)


def test_plane_between_two_is_refused():
    with pytest.raises(TypeError, match=r"index must be a whole number, not 1\.5"):
        geometry.plane(np.zeros((2, 3, 4)), 1.5)  # ty: ignore[invalid-argument-type]


def test_names_and_edges_of_the_brain_as_stored():
    assert [geometry.plane_name(STANDARD, axis) for axis in range(3)] == ["axial", "coronal", "sagittal"]
    assert geometry.edge_labels(STANDARD, 0) == ("R", "L", "A", "P")
    assert geometry.edge_labels(STANDARD, 1) == ("R", "L", "I", "S")
    assert geometry.edge_labels(STANDARD, 2) == ("A", "P", "I", "S")


@given(st.permutations(["LR", "AP", "SI"]), st.tuples(*[st.integers(0, 1)] * 3), st.integers(0, 2))
def test_edges_face_each_other_and_grow_as_the_indices_do(order, ends, axis):
    orientation = tuple(pair[end] for pair, end in zip(order, ends, strict=True))
    edges = geometry.edge_labels(orientation, axis)
    assert edges is not None
    left, right, top, bottom = edges
    assert {frozenset((left, right)), frozenset((top, bottom))} == {
        frozenset(p) for n, p in enumerate(order) if n != axis
    }
    rest = tuple(letter for number, letter in enumerate(orientation) if number != axis)
    assert (bottom, right) == rest
    assert geometry.edge_labels(rest) == (left, right, top, bottom)
    assert geometry.plane_name(rest) == geometry.plane_name(orientation, axis)


def test_unknown_orientation_has_no_names():
    assert geometry.plane_name(None, 0) is None
    assert geometry.edge_labels(None, 0) is None


@pytest.mark.parametrize("bad", [("S", "P", "X"), ("S", "I", "L"), ("S",), ("L", "R"), "SPLL"])
def test_orientation_is_refused(bad):
    with pytest.raises(ValueError, match="orientation"):
        geometry.edge_labels(bad, 0)
