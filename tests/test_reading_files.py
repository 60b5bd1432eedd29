"""The files that pydicom, nibabel and scikit-image ship, each against its format's reference reader."""

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import nibabel as nib
import numpy as np
import pydicom
import pytest
import skimage
import tifffile
from pydicom.pixels import apply_color_lut, apply_modality_lut, pixel_array
from reading_files import pydicoms

from biomedlab import ImageReadError, load
from biomedlab.reading import ImageReadWarning

pytestmark = pytest.mark.filterwarnings("ignore")

# Right, and other than pydicom's own values for a reason.
DIFFERENT = {"eCT_Supplemental.dcm": "pydicom leaves out the rescaling in functional groups"}


def dicom_files():
    found = list(Path(pydicom.__file__).parent.glob("data/test_files/*.dcm"))
    store = find_spec("data_store")
    if store is not None and store.submodule_search_locations:
        found += Path(store.submodule_search_locations[0], "data").glob("*.dcm")
    return sorted(found)


def reference(path):
    ds = pydicom.dcmread(path, force=True)
    if int(ds.get("NumberOfFrames") or 1) > 50:  # pydicom takes half a minute for all frames of one file
        return pixel_array(path, index=0)
    values = ds.pixel_array
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        return apply_color_lut(values, ds)
    if ds.SamplesPerPixel > 1:
        return values
    scaled = apply_modality_lut(values, ds)
    return scaled * float(ds.DoseGridScaling) if "DoseGridScaling" in ds else scaled


@pytest.mark.parametrize("path", dicom_files(), ids=lambda path: path.name)
def test_dicom_as_pydicom_has_it(path):
    try:
        expected = reference(path)
    except Exception:  # noqa: BLE001 (pydicom raises many kinds)
        try:
            assert load(path).size  # some that pydicom gives up on do open: 12-bit JPEG, no transfer syntax
        except ImageReadError as error:
            assert path.name in str(error)  # noqa: PT017 (opening is as good)
        return
    im = load(path)
    if path.name in DIFFERENT:
        assert im.shape == expected.shape
        return
    np.testing.assert_array_equal(im if im.ndim == expected.ndim else im[0], expected)
    assert im.dtype.kind in "iu" or expected.dtype.kind == "f"
    ds = pydicom.dcmread(path, force=True, stop_before_pixels=True)
    spacing = [float(mm) for mm in ds.get("PixelSpacing") or ()]
    if spacing and min(spacing) > 0 and im.sampling is not None:
        assert im.sampling[-2:] == tuple(spacing)
    assert {"format", "path", "shape", "sampling", "sampling_source", "axes", "unit"} <= im.meta.keys()
    assert {"orientation", "warnings", "header", "affine"} <= im.meta.keys()


def test_twelve_bit_jpeg_and_what_else_pydicom_cannot():
    im = load(pydicoms("JPGExtended.dcm"))
    assert (im.shape, im.dtype) == ((1024, 256), np.uint16)
    assert im.max() > 255


def test_a_dose_is_scaled_and_sorted_by_its_offsets(tmp_path):
    im = load(pydicoms("rtdose.dcm"))
    assert im.axes == ("pln", "row", "col")
    assert im.sampling == (5, 10, 10)
    assert im.meta["unit"] is None  # this one is relative
    np.testing.assert_array_equal(im, reference(pydicoms("rtdose.dcm")))
    ds = pydicom.dcmread(pydicoms("rtdose.dcm"))
    ds.DoseUnits = "GY"
    ds.GridFrameOffsetVector = [-float(mm) for mm in ds.GridFrameOffsetVector]
    ds.save_as(tmp_path / "x")
    downwards = load(tmp_path / "x")
    assert downwards.meta["unit"] == "Gy"
    assert downwards.sampling == (5, 10, 10)
    np.testing.assert_array_equal(downwards, np.asarray(im)[::-1])


def test_a_movie_has_a_time_step():
    im = load(pydicoms("examples_ybr_color.dcm"))
    assert im.axes == ("t", "row", "col", "ch")
    assert im.meta["time_step"] == pytest.approx(0.033333)
    assert im.meta["sampling_source"] == "SequenceOfUltrasoundRegions"


def test_the_header_is_plain_values():
    header = load(pydicoms("CT_small.dcm")).meta["header"]
    assert header["Modality"] == "CT"
    assert header["KVP"] == 120.0
    assert header["PixelSpacing"] == (0.661468, 0.661468)
    assert all(isinstance(value, (str, int, float, tuple, type(None))) for value in header.values())


def test_monochrome1_stays_as_stored_and_is_said(tmp_path):
    ds = pydicom.dcmread(pydicoms("CT_small.dcm"))
    ds.PhotometricInterpretation = "MONOCHROME1"
    ds.save_as(tmp_path / "x")
    im = load(tmp_path / "x")
    assert im.meta["photometric"] == "MONOCHROME1"
    np.testing.assert_array_equal(im, load(pydicoms("CT_small.dcm")))


def test_bits_above_the_stored_ones_are_left_out(tmp_path):
    ds = pydicom.dcmread(pydicoms("MR_small.dcm"))
    values = ds.pixel_array & 0x0FFF
    ds.PixelData = (values.astype(np.uint16) | 0xA000).tobytes()
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
    ds.save_as(tmp_path / "x")
    np.testing.assert_array_equal(load(tmp_path / "x"), values)
    ds.PixelData = (values.astype(np.uint16) << 4).tobytes()
    ds.HighBit = 15
    ds.save_as(tmp_path / "y")
    np.testing.assert_array_equal(load(tmp_path / "y"), values)


def nibabel_files():
    folders = [
        Path(nib.__file__).parent / part
        for part in ("tests/data", "nicom/tests/data", "freesurfer/tests/data")
    ]
    ends = (".nii", ".nii.gz", ".mgz", ".mgh", ".mnc", ".PAR", ".HEAD", ".hdr")
    return sorted(path for folder in folders for path in folder.glob("*") if path.name.endswith(ends))


@pytest.mark.parametrize("path", nibabel_files(), ids=lambda path: path.name)
def test_volumes_as_nibabel_has_them(path):
    try:
        volume: Any = nib.load(path)
        expected = volume.get_fdata()
    except Exception:  # noqa: BLE001 (nibabel raises many kinds)
        with pytest.raises(ImageReadError):
            load(path)
        return
    if isinstance(volume, nib.Cifti2Image):
        with pytest.raises(ImageReadError, match="CIFTI"):
            load(path)
        return
    im = load(path)
    if im.meta["format"] != "MINC1":
        expected = expected.T
    np.testing.assert_array_equal(im, expected)
    zooms = [float(mm) for mm in volume.header.get_zooms()[:3]]
    assert im.sampling is not None
    np.testing.assert_allclose(im.sampling, zooms if im.meta["format"] == "MINC1" else zooms[::-1], rtol=1e-6)
    if im.meta["affine"] is not None and im.meta["format"] != "MINC1":
        lps = np.diag([-1, -1, 1, 1]) @ volume.affine
        np.testing.assert_allclose(im.meta["affine"] @ [1, 2, 3, 1], lps @ [3, 2, 1, 1], rtol=1e-5)


def nifti(path, values, affine=None, **header):
    image = nib.Nifti1Image(values, np.eye(4) if affine is None else affine)
    for key, value in header.items():
        image.header[key] = value
    image.to_filename(path)
    return path


def test_nifti_orientation_and_units(tmp_path):
    affine = np.diag([2.0, 3, 4, 1])
    path = nifti(tmp_path / "x.nii.gz", np.zeros((3, 4, 5, 2), np.int16), affine, xyzt_units=1 + 16)
    im = load(path)
    assert (im.axes, im.shape) == (("t", "pln", "row", "col"), (2, 5, 4, 3))
    assert im.meta["orientation"] == ("S", "A", "R")
    assert im.sampling == (4000, 3000, 2000)
    image = nib.Nifti1Image(np.zeros((3, 4, 5, 2), np.int16), affine)
    image.header.set_xyzt_units("micron", "msec")
    image.header.set_zooms((2, 3, 4, 500))
    image.to_filename(path)
    im = load(path)
    assert im.sampling == pytest.approx((0.004, 0.003, 0.002))
    assert im.meta["time_step"] == 0.5
    np.testing.assert_allclose(np.linalg.norm(im.meta["affine"][:, 0]), 0.004)


@pytest.mark.parametrize(
    ("slope", "inter", "dtype"), [(1, 0, np.int16), (1, -5, np.int16), (3, 7, np.int16), (0.5, 0, np.float64)]
)
def test_nifti_values_are_scaled(tmp_path, slope, inter, dtype):
    raw = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    image = nib.Nifti1Image(raw, np.eye(4))
    image.header.set_slope_inter(slope, inter)
    image.to_filename(tmp_path / "x.nii")
    im = load(tmp_path / "x.nii")
    np.testing.assert_array_equal(im, raw.T * slope + inter)
    assert im.dtype.kind == np.dtype(dtype).kind


def test_colour_and_vector_volumes_have_channels(tmp_path):
    rgb: Any = np.zeros((4, 3, 2), np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))
    rgb["G"] = 7
    im = load(nifti(tmp_path / "x.nii", rgb))
    assert (im.axes, im.shape) == (("pln", "row", "col", "ch"), (2, 3, 4, 3))
    assert (im[..., 1] == 7).all()
    im = load(nifti(tmp_path / "v.nii", np.zeros((4, 3, 2, 1, 5), np.float32)))
    assert (im.axes, im.shape) == (("pln", "row", "col", "ch"), (2, 3, 4, 5))


def pictures():
    folder = Path(skimage.__file__).parent / "data"
    return sorted(path for end in ("png", "jpg", "gif") for path in folder.glob(f"*.{end}"))


@pytest.mark.parametrize("path", pictures(), ids=lambda path: path.name)
def test_pictures_as_imageio_has_them(path):
    im = load(path)
    expected = iio.imread(path)
    if path.name == "chessboard_RGB.png":  # 16 bits, of which Pillow keeps 8
        assert im.dtype == np.uint16
        im = np.asarray(im) >> 8
    np.testing.assert_array_equal(im, expected)


def told(path, match):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        im = load(path)
    assert any(match in str(one.message) for one in caught if one.category is ImageReadWarning)
    return im


def test_tiff_spacing_where_it_is_stated(tmp_path):
    values = np.arange(5 * 8 * 9, dtype=np.uint16).reshape(5, 8, 9)
    path = tmp_path / "x.tif"
    tifffile.imwrite(
        path, values, imagej=True, resolution=(4, 2), metadata={"axes": "ZYX", "spacing": 3, "unit": "um"}
    )
    im = load(path)
    np.testing.assert_array_equal(im, values)
    assert im.sampling == pytest.approx((0.003, 0.0005, 0.00025))
    ome = {
        "axes": "TZCYX",
        "PhysicalSizeX": 0.2,
        "PhysicalSizeY": 0.3,
        "PhysicalSizeZ": 2,
        "TimeIncrement": 4,
    }
    tifffile.imwrite(tmp_path / "x.ome.tif", np.zeros((2, 3, 4, 8, 9), np.uint8), metadata=ome)
    im = load(tmp_path / "x.ome.tif")
    assert (im.axes, im.shape) == (("t", "pln", "row", "col", "ch"), (2, 3, 8, 9, 4))
    assert im.sampling == pytest.approx((0.002, 0.0003, 0.0002))
    assert im.meta["time_step"] == 4
    tifffile.imwrite(path, values[0], resolution=(20, 10), resolutionunit="CENTIMETER")
    assert load(path).sampling == pytest.approx((1, 0.5))
    tifffile.imwrite(path, values[0])
    assert load(path).sampling is None
    tifffile.imwrite(path, values[0], resolution=(72, 72), resolutionunit="INCH")
    assert told(path, "72 dots per inch").sampling == pytest.approx((25.4 / 72, 25.4 / 72))


def test_tiffs_with_several_images_are_chosen_from(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        file.write(np.zeros((8, 9), np.uint8))
        file.write(np.ones((4, 5), np.uint16))
    with pytest.raises(ImageReadError, match="series=1"):
        load(tmp_path / "x.tif")
    assert load(tmp_path / "x.tif", series=1).shape == (4, 5)


def test_arrays_keep_order_and_type(tmp_path):
    for values in (
        np.arange(24).reshape(2, 3, 4),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.eye(3) > 0,
    ):
        np.save(tmp_path / "x.npy", values)
        np.savez(tmp_path / "x.npz", values)
        for name in ("x.npy", "x.npz"):
            im = load(tmp_path / name)
            np.testing.assert_array_equal(im, values)
            assert im.dtype == values.dtype
    np.save(tmp_path / "b.npy", np.arange(5, dtype=">i4"))
    assert load(tmp_path / "b.npy").dtype.isnative


@pytest.mark.parametrize("end", ["mha", "mhd", "nrrd"])
def test_nrrd_and_metaimage(tmp_path, end):
    sitk = pytest.importorskip("SimpleITK")
    values = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((0.5, 0.6, 2))
    image.SetOrigin((1, 2, 3))
    sitk.WriteImage(image, str(tmp_path / f"x.{end}"))
    im = load(tmp_path / f"x.{end}")
    np.testing.assert_array_equal(im, values)
    assert im.sampling == (2, 0.6, 0.5)
    assert im.meta["orientation"] == ("S", "P", "L")
    np.testing.assert_allclose(im.meta["affine"] @ [1, 1, 1, 1], [1.5, 2.6, 5, 1])


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "SimpleITK", None)
    (tmp_path / "x.nrrd").write_bytes(b"NRRD0004\n")
    with pytest.raises(ImageReadError, match=r"biomedlab\[formats\]"):
        load(tmp_path / "x.nrrd")


def test_content_decides_not_the_extension(tmp_path):
    path = tmp_path / "brain.jpg"
    path.write_bytes(Path(pydicoms("CT_small.dcm")).read_bytes())
    assert load(path).meta["format"] == "DICOM"
