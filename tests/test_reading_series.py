"""Folders of DICOM: order, spacing and what is odd, on series made for each trap."""

import os
import warnings
from typing import Any

import numpy as np
import pytest
from reading_files import AXIAL, CORONAL, SAGITTAL, along, ct_slice, item, pattern, write_series

import biomedlab
from biomedlab import ImageReadError, load
from biomedlab.reading import ImageReadWarning


def volume(count, shape=(6, 8), intercept=-1024):
    return np.stack([pattern(pln, shape).astype(int) for pln in range(count)]) + intercept


def test_a_plain_series_is_in_order_and_in_hounsfield_units(tmp_path):
    im = load(write_series(tmp_path / "s", along(2.5, 5)))
    np.testing.assert_array_equal(im, volume(5))
    assert im.dtype == np.int16
    assert im.axes == ("pln", "row", "col")
    assert im.sampling == (2.5, 0.5, 0.75)
    assert im.meta["unit"] == "HU"
    assert im.meta["orientation"] == ("S", "P", "L")
    assert im.meta["warnings"] == []
    assert im.meta["shape"] == (5, 6, 8)
    assert im.meta["slice_thickness"] == 9
    np.testing.assert_allclose(im.meta["affine"] @ [2, 1, 1, 1], [0.75, 0.5, 5, 1])


@pytest.mark.parametrize(
    ("orientation", "normal", "letters"),
    [
        (AXIAL, (0, 0, 1), ("S", "P", "L")),
        (CORONAL, (0, 1, 0), ("P", "I", "L")),
        (SAGITTAL, (-1, 0, 0), ("R", "I", "P")),
        ((0.8, 0.6, 0, -0.6, 0.8, 0), (0, 0, 1), ("S", "P", "L")),
        ((1, 0, 0, 0, 0.8, -0.6), (0, 0.6, 0.8), ("S", "P", "L")),
    ],
)
def test_planes_are_sorted_along_the_normal_of_any_orientation(tmp_path, orientation, normal, letters):
    folder = write_series(tmp_path / "s", along(3, 4, normal), ImageOrientationPatient=list(orientation))
    im = load(folder)
    np.testing.assert_array_equal(im, volume(4))
    assert im.sampling == pytest.approx((3, 0.5, 0.75))
    assert im.meta["orientation"] == letters
    np.testing.assert_allclose(im.meta["affine"] @ [1, 0, 0, 1], [*(3 * np.array(normal)), 1], atol=1e-9)
    assert im.meta["warnings"] == []


def test_planes_written_the_other_way_round_are_sorted_too(tmp_path):
    im = load(write_series(tmp_path / "s", along(-2, 4)))
    np.testing.assert_array_equal(im, volume(4)[::-1])
    assert im.sampling is not None
    assert im.sampling[0] == 2


def opened(folder, match, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        im = load(folder, **options)
    assert {one.category for one in caught} == {ImageReadWarning}
    assert [str(one.message) for one in caught] == im.meta["warnings"]
    assert any(match in text for text in im.meta["warnings"])
    return im


def test_a_missing_slice_is_told(tmp_path):
    im = opened(write_series(tmp_path / "s", [(0, 0, z) for z in (0, 2, 4, 8, 10)]), "planes are missing")
    np.testing.assert_array_equal(im, volume(5))
    assert im.sampling[0] == 2
    assert im.meta["plane_positions"] == (0, 2, 4, 8, 10)
    assert im[1:4].meta["plane_positions"] == (2, 4, 8)
    assert im.meta["affine"] is None


def test_uneven_gaps_are_told(tmp_path):
    im = opened(write_series(tmp_path / "s", [(0, 0, z) for z in (0, 2, 4, 5, 8.3)]), "unevenly spaced")
    np.testing.assert_array_equal(im, volume(5))


def test_a_tilted_gantry_is_measured_across_the_planes(tmp_path):
    tilt = np.deg2rad(20)
    orientation = [1, 0, 0, 0, np.cos(tilt), np.sin(tilt)]
    folder = write_series(tmp_path / "s", along(5, 4), ImageOrientationPatient=orientation)
    im = opened(folder, "20.0 degrees")
    np.testing.assert_array_equal(im, volume(4))
    assert im.sampling[0] == pytest.approx(5 * np.cos(tilt), abs=1e-5)
    np.testing.assert_allclose(im.meta["affine"][:3, 0], [0, 0, 5])


def test_copies_are_set_aside(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 4))
    ct_slice(pattern(2), (0, 0, 4), InstanceNumber=9).save_as(folder / "copy")
    im = opened(folder, "twice")
    np.testing.assert_array_equal(im, volume(4))


def test_different_planes_at_one_place_are_refused(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 4))
    ct_slice(pattern(7), (0, 0, 4), InstanceNumber=9).save_as(folder / "other")
    with pytest.raises(ImageReadError, match="different planes lie at one place"):
        load(folder)


def test_each_plane_gets_its_own_rescaling(tmp_path):
    each = [{"RescaleSlope": k + 1, "RescaleIntercept": k} for k in range(3)]
    im = opened(write_series(tmp_path / "s", along(2, 3), each=each), "different rescalings")
    np.testing.assert_array_equal(im, [pattern(k).astype(int) * (k + 1) + k for k in range(3)])
    assert im.dtype.kind in "iu"


def test_a_fractional_slope_gives_exact_float64(tmp_path):
    im = load(
        write_series(tmp_path / "s", along(2, 3), RescaleSlope=0.1, RescaleIntercept=0.7, Modality="PT")
    )
    assert im.dtype == np.float64
    np.testing.assert_array_equal(im, volume(3, intercept=0) * 0.1 + 0.7)


def test_differing_pixel_spacing_leaves_no_sampling(tmp_path):
    each = [{"PixelSpacing": [0.5 + k, 0.5]} for k in range(3)]
    im = opened(write_series(tmp_path / "s", along(2, 3), each=each), "differ in pixel spacing")
    np.testing.assert_array_equal(im, volume(3))
    assert im.sampling is None


def test_a_localizer_of_another_orientation_is_set_aside(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 6))
    ct_slice(pattern(50), (9, 9, 9), ImageOrientationPatient=list(CORONAL)).save_as(folder / "scout")
    np.testing.assert_array_equal(opened(folder, "localizer"), volume(6))


def test_a_localizer_series_beside_the_scan_is_set_aside_but_can_be_chosen(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 6))
    scout: dict[str, Any] = {
        "SeriesInstanceUID": "1.2.3",
        "SeriesNumber": 7,
        "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"],
    }
    ct_slice(pattern(50, (9, 9)), ImageOrientationPatient=list(CORONAL), **scout).save_as(folder / "scout")
    np.testing.assert_array_equal(opened(folder, "localizer"), volume(6))
    np.testing.assert_array_equal(load(folder, series=7), pattern(50, (9, 9)).astype(int) - 1024)


def test_two_series_are_refused_with_the_way_to_choose(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 3))
    other: dict[str, Any] = {"SeriesInstanceUID": "1.2.3", "SeriesNumber": 4, "SeriesDescription": "bone"}
    write_series(folder, along(5, 4), names=[f"b{k}" for k in range(4)], **other)
    with pytest.raises(ImageReadError, match=r"series=1.*series=4.*bone"):
        load(folder)
    for choice in (4, "4", "bone", "1.2.3"):
        assert load(folder, series=choice).shape == (4, 6, 8)
    first = load(folder, series=1)
    assert first.sampling is not None
    assert first.sampling[0] == 2
    with pytest.raises(ImageReadError, match="fits none"):
        load(folder, series=3)


def test_mixed_sizes_are_refused_with_the_way_to_choose(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 3))
    write_series(folder, along(2, 3), names=["x", "y", "z"], shape=(4, 4))
    with pytest.raises(ImageReadError, match=r"series='1a'.*series='1b'"):
        load(folder)
    assert load(folder, series="1b").shape == (3, 4, 4) or load(folder, series="1a").shape == (3, 4, 4)


def test_time_points_become_t(tmp_path):
    folder = tmp_path / "s"
    for moment in range(3):
        each = [{"TemporalPositionIdentifier": moment + 1, "TriggerTime": 40 * moment} for _ in range(4)]
        names = [f"t{2 - moment}p{k}" for k in range(4)]
        write_series(folder, along(2, 4), names=names, each=each, RescaleIntercept=1000 * moment)
    im = opened(folder, "different rescalings")
    assert im.axes == ("t", "pln", "row", "col")
    np.testing.assert_array_equal(im, [volume(4, intercept=1000 * moment) for moment in range(3)])
    assert im.sampling == (2, 0.5, 0.75)


def test_times_at_one_place_are_a_movie(tmp_path):
    each = [{"TriggerTime": 25 * k} for k in (2, 0, 1)]
    im = load(write_series(tmp_path / "s", [(0, 0, 5)] * 3, each=each))
    np.testing.assert_array_equal(im, volume(3)[[1, 2, 0]])
    assert im.axes == ("t", "row", "col")
    assert im.sampling == (0.5, 0.75)
    assert im.meta["time_step"] == 0.025


def test_a_missing_time_point_is_refused(tmp_path):
    folder = tmp_path / "s"
    for moment in range(2):
        names = [f"t{moment}p{k}" for k in range(4)]
        each = [{"TemporalPositionIdentifier": moment + 1}] * 4
        write_series(folder, along(2, 4), names=names, each=each, RescaleIntercept=1000 * moment)
    (folder / "t1p2").unlink()
    with pytest.raises(ImageReadError, match="fewer at 1 of 4 places"):
        load(folder)


def test_echoes_are_volumes_to_choose_from(tmp_path):
    folder = tmp_path / "s"
    for echo in (1, 2):
        names = [f"e{echo}p{k}" for k in range(3)]
        write_series(folder, along(2, 3), names=names, EchoTime=10.0 * echo, RescaleIntercept=1000 * echo)
    with pytest.raises(ImageReadError, match="series='1a'"):
        load(folder)
    assert int(load(folder, series="1b").min()) in (1000, 2000)


def test_a_truncated_member_is_refused_by_name(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 4))
    victim = sorted(folder.iterdir())[1]
    victim.write_bytes(victim.read_bytes()[:-20])
    with pytest.raises(ImageReadError, match=f"{victim.name}.*cut short"):
        load(folder)


@pytest.mark.parametrize("content", [b"", b"\x13\x37" * 300, b"<html>log in</html>"])
def test_a_member_that_is_no_dicom_is_refused_by_name(tmp_path, content):
    folder = write_series(tmp_path / "s", along(2, 4))
    (folder / "IM9999").write_bytes(content)
    with pytest.raises(ImageReadError, match="IM9999"):
        load(folder)


def test_companions_are_set_aside(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 4))
    (folder / "notes.txt").write_text("hello")
    (folder / ".DS_Store").write_text("hello")
    (folder / "DICOMDIR").write_text("hello")
    im = opened(folder, "notes.txt")
    assert len(im.meta["warnings"]) == 1
    np.testing.assert_array_equal(im, volume(4))


def test_images_in_subfolders_are_found_and_linked_folders_are_not_followed(tmp_path):
    folder = tmp_path / "s"
    write_series(folder / "a", along(2, 2))
    write_series(folder / "b", [(0, 0, 4.0)], each=[{"RescaleIntercept": -824}])
    os.symlink(folder, folder / "a" / "loop")
    im = opened(folder, "different rescalings")
    np.testing.assert_array_equal(im, volume(3))


def test_without_positions_the_order_is_told(tmp_path):
    folder = write_series(
        tmp_path / "s", along(2, 3), ImagePositionPatient=None, each=[{"SliceLocation": -k} for k in range(3)]
    )
    im = opened(folder, "ordered by SliceLocation")
    np.testing.assert_array_equal(im, volume(3)[::-1])
    assert im.sampling is None


def test_asking_for_one_file_gives_that_file(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 4), names=list("dcba"))
    im = load(folder / "c")
    np.testing.assert_array_equal(im, pattern(1).astype(int) - 1024)
    assert im.sampling == (0.5, 0.75)
    assert im.meta["path"].endswith("c")


def test_a_folder_without_images_says_what_is_in_it(tmp_path):
    with pytest.raises(ImageReadError, match="empty"):
        load(tmp_path)
    (tmp_path / "holiday.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ImageReadError, match=r"holiday\.png"):
        load(tmp_path)


def test_files_that_hold_no_image_are_set_aside(tmp_path):
    folder = write_series(tmp_path / "s", along(2, 4))
    ds = ct_slice(
        pattern(0), PixelData=None, Rows=None, Columns=None, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11"
    )
    ds.save_as(folder / "report")
    np.testing.assert_array_equal(opened(folder, "without pixels"), volume(4))


def test_a_wide_intercept_takes_a_wider_dtype(tmp_path):
    each = [{}, {}, {"RescaleIntercept": 60000}]
    im = opened(write_series(tmp_path / "s", along(2, 3), each=each), "different rescalings")
    assert im.dtype == np.int32
    np.testing.assert_array_equal(im[2], pattern(2).astype(int) + 60000)


def enhanced(frames, positions, **fields):
    ds = ct_slice(np.stack(frames), NumberOfFrames=len(frames), **fields)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope"):
        delattr(ds, keyword)
    del ds.RescaleIntercept
    ds.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=list(AXIAL))],
            PixelMeasuresSequence=[item(PixelSpacing=[0.4, 0.3], SliceThickness=7)],
        )
    ]
    ds.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=list(position))],
            PixelValueTransformationSequence=[item(RescaleSlope=1, RescaleIntercept=k, RescaleType="HU")],
        )
        for k, position in enumerate(positions)
    ]
    return ds


def test_an_enhanced_file_is_sorted_and_rescaled_frame_by_frame(tmp_path):
    positions = [(0, 0, z) for z in (6, 0, 3)]
    enhanced([pattern(k) for k in range(3)], positions).save_as(tmp_path / "e")
    im = load(tmp_path / "e")
    np.testing.assert_array_equal(im, [pattern(k).astype(int) + k for k in (1, 2, 0)])
    assert im.sampling == (3, 0.4, 0.3)
    assert im.meta["unit"] == "HU"
    np.testing.assert_array_equal(load(tmp_path), im)


def test_an_enhanced_file_with_times_becomes_t(tmp_path):
    positions = [(0, 0, z) for z in (3, 0, 3, 0)]
    ds = enhanced([pattern(k) for k in range(4)], positions)
    for moment, group in zip((2, 2, 1, 1), ds.PerFrameFunctionalGroupsSequence, strict=True):
        group.FrameContentSequence = [item(TemporalPositionIndex=moment)]
    ds.save_as(tmp_path / "e")
    im = load(tmp_path / "e")
    assert im.axes == ("t", "pln", "row", "col")
    order = [[3, 2], [1, 0]]
    np.testing.assert_array_equal(im, [[pattern(k).astype(int) + k for k in pair] for pair in order])


def test_an_enhanced_file_at_one_place_is_a_movie(tmp_path):
    ds = enhanced([pattern(k) for k in range(3)], [(0, 0, 0)] * 3)
    for moment, group in zip((3, 1, 2), ds.PerFrameFunctionalGroupsSequence, strict=True):
        group.FrameContentSequence = [item(TemporalPositionIndex=moment)]
    ds.save_as(tmp_path / "e")
    im = load(tmp_path / "e")
    assert im.axes == ("t", "row", "col")
    np.testing.assert_array_equal(im, [pattern(k).astype(int) + k for k in (1, 2, 0)])


def test_nuclear_slices_are_sorted_by_their_vector(tmp_path):
    ds = ct_slice(np.stack([pattern(k) for k in range(3)]), NumberOfFrames=3, Modality="NM")
    del ds.ImagePositionPatient, ds.ImageOrientationPatient, ds.RescaleSlope, ds.RescaleIntercept
    ds.SpacingBetweenSlices = 4
    ds.SliceVector = [3, 1, 2]
    place = item(ImagePositionPatient=[0, 0, 10], ImageOrientationPatient=list(AXIAL))
    ds.DetectorInformationSequence = [place]
    ds.save_as(tmp_path / "n")
    im = load(tmp_path / "n")
    np.testing.assert_array_equal(im, [pattern(k) for k in (1, 2, 0)])
    assert im.sampling == (4, 0.5, 0.75)
    np.testing.assert_allclose(im.meta["affine"][:3, 3], [0, 0, 10])


@pytest.mark.parametrize(("keyword", "dtype"), [("FloatPixelData", "f4"), ("DoubleFloatPixelData", "f8")])
def test_float_pixels_stay_as_they_are(tmp_path, keyword, dtype):
    values = np.linspace(-1, 1, 48).reshape(6, 8).astype(dtype)
    ds = ct_slice(pattern(0), PixelData=None, RescaleSlope=None, RescaleIntercept=None)
    setattr(ds, keyword, values.tobytes())
    ds.BitsAllocated = 8 * values.dtype.itemsize
    ds.save_as(tmp_path / "f")
    im = load(tmp_path / "f")
    np.testing.assert_array_equal(im, values)
    assert im.dtype == values.dtype


def segmentation(masks, places):
    ds = ct_slice(np.zeros((2, 2), np.uint8), Modality="SEG", RescaleSlope=None, RescaleIntercept=None)
    ds.Rows, ds.Columns = masks[0].shape
    ds.NumberOfFrames = len(masks)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 1, 1, 0
    bits = np.packbits(np.stack(masks).ravel(), bitorder="little").tobytes()
    ds.PixelData = bits + b"\0" * (len(bits) % 2)
    ds.SegmentSequence = [item(SegmentNumber=n, SegmentLabel=f"organ {n}") for n in (1, 2)]
    shared = item(PlaneOrientationSequence=[item(ImageOrientationPatient=list(AXIAL))])
    shared.PixelMeasuresSequence = [item(PixelSpacing=[1, 2])]
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])],
            SegmentIdentificationSequence=[item(ReferencedSegmentNumber=n)],
        )
        for n, z in places
    ]
    del ds.PixelSpacing, ds.ImagePositionPatient, ds.ImageOrientationPatient
    return ds


def test_segments_become_one_volume_of_their_numbers(tmp_path):
    one, two = np.zeros((3, 5), bool), np.zeros((3, 5), bool)
    one[0], two[2] = True, True
    segmentation([one, one, two], [(1, 0), (1, 3), (2, 3)]).save_as(tmp_path / "s")
    im = load(tmp_path / "s")
    np.testing.assert_array_equal(im, [one, one + 2 * two.astype(int)])
    assert im.sampling == (3, 1, 2)
    assert im.meta["segments"] == {1: "organ 1", 2: "organ 2"}
    np.testing.assert_array_equal(load(tmp_path / "s", series=2), two)


def test_overlapping_segments_are_chosen_from(tmp_path):
    one = np.ones((3, 5), bool)
    segmentation([one, one], [(1, 0), (2, 0)]).save_as(tmp_path / "s")
    with pytest.raises(ImageReadError, match="overlap"):
        load(tmp_path / "s")
    assert load(tmp_path / "s", series=1).all()


def test_nothing_is_printed_and_a_progress_bar_needs_a_second(tmp_path, capfd):
    load(write_series(tmp_path / "s", along(2, 4)))
    out, err = capfd.readouterr()
    assert out == ""
    assert err == ""


def test_the_public_names_are_one(tmp_path):
    assert biomedlab.load is load
    assert issubclass(ImageReadError, ValueError)
    assert issubclass(ImageReadError, OSError)


@pytest.mark.parametrize("broken", [False, True])
def test_a_notebooks_progress_bar_is_hidden_at_the_end(monkeypatch, broken):
    from tqdm import notebook

    from biomedlab.reading.progress import progress

    bars = []

    class Kept(notebook.tqdm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            bars.append(self)

    monkeypatch.setattr("tqdm.auto.tqdm", Kept)
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    steps: Any = progress(iter([1, 2, 3]), 3)
    assert next(steps) == 1
    assert bars[0].container.layout.display != "none"
    if broken:
        steps.close()
    else:
        assert list(steps) == [2, 3]
    assert bars[0].container.layout.display == "none"
