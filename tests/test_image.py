"""Image: sampling, axes and orientation stay true under every kind of index, or are gone."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomedlab import Image

AFFINE = np.array([[0, 0.1, 0.5, 7], [0, 0.9, 0.05, 8], [2.0, 0, 0, 9], [0, 0, 0, 1]])


def make(shape=(4, 5, 6), **meta):
    values = np.arange(np.prod(shape)).reshape(shape)
    known = {"affine": AFFINE, "orientation": ("S", "P", "L"), "path": "scan.dcm", "unit": "HU"}
    return Image(values, sampling=(2, 0.9, 0.5), meta=known | meta)


indices = st.one_of(
    st.integers(-4, 3),
    st.slices(4),
    st.builds(slice, st.none(), st.none(), st.sampled_from([-3, -2, -1, 1, 2, 3])),
)


@given(st.lists(indices, max_size=3), st.booleans())
def test_every_sample_keeps_its_place_under_slicing(index, dots):
    vol = make()
    index = tuple(index) + ((...,) if dots else ())
    cut = vol[index]
    plain = np.asarray(vol)[index]
    np.testing.assert_array_equal(cut, plain)
    if np.ndim(cut) == 0 and not isinstance(cut, Image):
        return
    assert cut.meta["shape"] == cut.shape
    assert len(cut.axes) == cut.ndim
    assert len(cut.sampling) == cut.ndim
    assert len(cut.meta["orientation"]) == cut.ndim
    for where, value in np.ndenumerate(np.asarray(cut)):
        origin = np.unravel_index(int(value), vol.shape)
        np.testing.assert_allclose(cut.meta["affine"] @ [*where, 1], AFFINE @ [*origin, 1], atol=1e-9)
    for axis, mm in enumerate(cut.sampling):
        assert np.linalg.norm(cut.meta["affine"][:, axis]) == pytest.approx(mm, rel=0.02)


def test_sampling_follows_steps_and_picks():
    vol = make()
    assert vol[::2].sampling == (4, 0.9, 0.5)
    assert vol[2].sampling == (0.9, 0.5)
    assert vol[:, 1, ::-3].sampling == (2, 1.5)
    assert vol[..., 2].axes == ("pln", "row")
    assert vol[::-1].meta["orientation"] == ("I", "P", "L")
    assert vol[2].meta["path"] == "scan.dcm"
    assert vol[np.int64(2)].axes == ("row", "col")
    assert [plane.sampling for plane in vol] == [(0.9, 0.5)] * 4
    assert isinstance(vol[1, 2, 3], np.integer)


def test_time_and_colour_axes():
    movie = Image(
        np.zeros((8, 4, 5, 3)), axes=("t", "row", "col", "ch"), sampling=(1, 2), meta={"time_step": 0.5}
    )
    assert movie[::2].meta["time_step"] == 1
    assert "time_step" not in movie[3].meta
    assert movie[3].sampling == (1, 2)
    assert movie[..., 0].axes == ("t", "row", "col")
    colour = Image(np.zeros((4, 5, 3)), axes=("row", "col", "ch"), meta={"photometric": "RGB"})
    assert colour[:2].meta["photometric"] == "RGB"
    assert "photometric" not in colour[..., :2].meta
    assert colour.sampling is None


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.T,
        lambda v: np.transpose(v, (1, 0, 2)),
        lambda v: v[[0, 1]],
        lambda v: v[v > 3],
        lambda v: v[None],
        lambda v: v[np.array(1)],
        lambda v: v.mean(axis=0),
        lambda v: np.max(v, axis=0),
        lambda v: v.reshape(-1),
        lambda v: v.ravel(),
        lambda v: v.squeeze(),
        lambda v: v.cumsum(axis=0),
        lambda v: v.view(np.uint8),
        lambda v: v.take([0], axis=0),
        lambda v: v.swapaxes(0, 1),
        lambda v: np.flip(v),
        lambda v: np.rot90(v),
        lambda v: np.stack([v, v]),
        lambda v: np.concatenate([v, v]),
        lambda v: np.moveaxis(v, 0, 2),
        lambda v: np.expand_dims(v, 0),
        lambda v: np.broadcast_to(v, (2, *v.shape)),
        lambda v: np.sort(v, axis=0),
        lambda v: np.roll(v, 1),
        lambda v: np.pad(v, 1),
        lambda v: np.add.reduce(v),
        lambda v: np.add.accumulate(v),
        lambda v: v @ np.ones((6, 6)),
        lambda v: v + np.ones((2, *v.shape)),
        lambda v: np.asarray(v),
        lambda v: v[0] + v,
    ],
)
def test_what_leaves_the_grid_is_a_plain_array(change):
    vol = make()
    result = change(vol)
    if isinstance(result, Image):  # only an elementwise result on the volume's own grid may be one
        assert result.axes == vol.axes
        assert result.shape == vol.shape
    else:
        assert type(result) is np.ndarray


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v + 1,
        lambda v: -v,
        lambda v: v > 3,
        lambda v: v * v,
        lambda v: np.sqrt(v),
        lambda v: v.astype(np.float32),
        lambda v: v.clip(1, 3),
        lambda v: np.where(v > 3, v, 0),
        lambda v: np.round(v / 3, 1),
        lambda v: np.divmod(v, 3)[0],
        lambda v: v + v[0] * 0,
    ],
)
def test_an_elementwise_result_keeps_the_grid_and_forgets_the_file(change):
    vol = make()
    result = change(vol)
    assert isinstance(result, Image)
    assert (result.axes, result.sampling) == (vol.axes, vol.sampling)
    np.testing.assert_array_equal(result.meta["affine"], AFFINE)
    assert "path" not in result.meta
    assert "unit" not in result.meta


def test_images_of_different_grids_do_not_mix():
    other = Image(np.ones((4, 5, 6)), sampling=(1, 1, 1))
    assert type(make() + other) is np.ndarray


def test_writing_into_an_image_forgets_the_file():
    vol = make()
    vol += 1
    assert isinstance(vol, Image)
    assert vol.sampling == (2, 0.9, 0.5)
    assert "path" not in vol.meta
    out = make()
    assert np.add(make(), 1, out=out) is out


def test_reductions_are_numbers():
    vol = make()
    assert vol.max() == np.max(vol) == 119
    assert not isinstance(vol.mean(), np.ndarray)
    assert np.percentile(vol, 50) == 59.5


@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda v: v.copy(), lambda v: pickle.loads(pickle.dumps(v)), lambda v: v[...]],
)
def test_copies_are_whole_and_share_no_meta(twin):
    vol = make(header={"Modality": "CT"})
    other = twin(vol)
    assert isinstance(other, Image)
    assert other.meta.keys() == vol.meta.keys()
    np.testing.assert_array_equal(other, vol)
    other.meta["path"] = "elsewhere"
    other.meta["header"]["Modality"] = "MR"
    assert vol.meta["path"] == "scan.dcm"
    assert vol.meta["header"]["Modality"] == "CT"


def test_a_view_that_numpy_made_knows_nothing():
    bare = np.ndarray.view(np.zeros((2, 3)), Image)
    assert bare.axes is None
    assert bare.sampling is None
    assert bare.meta["shape"] == (2, 3)
    assert type(bare[0]) is np.ndarray


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"axes": ("row", "col")}, "name 2 axes"),
        ({"axes": ("col", "row", "pln")}, "in this order"),
        ({"axes": ("x", "y", "z")}, "in this order"),
        ({"sampling": (1, 1)}, "one number in mm for each"),
        ({"sampling": (1, 0, 1)}, "positive"),
        ({"sampling": (1, np.nan, 1)}, "positive"),
    ],
)
def test_an_image_that_cannot_be(options, match):
    with pytest.raises(ValueError, match=match):
        Image(np.zeros((2, 3, 4)), **options)


def test_values_of_another_shape_do_not_fit_the_grid():
    with pytest.raises(ValueError, match="grid has shape"):
        make().with_values(np.zeros((1, 2, 3)))


def test_repr_shows_values():
    assert repr(make()[0, 0]).startswith("Image([0, 1")
