"""The sample images: each is the file it is said to be, reads as the table says, and may be shipped."""

import hashlib
import json
from collections import Counter
from dataclasses import FrozenInstanceError
from itertools import pairwise
from pathlib import Path

import imageio.v2 as iio2
import imageio.v3 as iio
import nibabel as nib
import numpy as np
import pydicom
import pytest
import tifffile

import biomedlab
from biomedlab import data

HERE = Path(data.__file__).parent
FILES = sorted(p for p in (HERE / "files").rglob("*") if p.is_file())
CHECKSUMS = {
    name: digest
    for digest, name in (line.split("  ") for line in (HERE / "checksums.sha256").read_text().splitlines())
}
LICENCES = (HERE / "LICENSES.md").read_text(encoding="utf-8")


def slices() -> list[pydicom.Dataset]:
    """Return the slices of the thorax in the order of their files' names."""
    return [pydicom.dcmread(p) for p in sorted(data.path("thorax").iterdir())]


@pytest.fixture(scope="module")
def ct() -> np.ndarray:
    """Return the thorax in HU, (pln, row, col), feet first."""
    ordered = sorted(slices(), key=lambda ds: ds.ImagePositionPatient[2])
    return np.stack(
        [ds.pixel_array.astype(int) * int(ds.RescaleSlope) + int(ds.RescaleIntercept) for ds in ordered]
    )


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    """Return the labels of the thorax, (pln, row, col)."""
    return nifti("thorax_labels")[0]


def nifti(name: str) -> tuple[np.ndarray, nib.Nifti1Image]:
    """Return the array (pln, row, col) and the opened file, which counts (col, row, pln)."""
    image = nib.Nifti1Image.from_filename(data.path(name))
    return np.asarray(image.dataobj).T, image


def stored(name: str) -> tuple[np.ndarray, tuple[float, ...] | None]:
    """Return the numbers as stored and the sampling that the file itself states."""
    path = data.path(name)
    if path.is_dir():
        ordered = sorted(slices(), key=lambda ds: ds.ImagePositionPatient[2])
        step = ordered[1].ImagePositionPatient[2] - ordered[0].ImagePositionPatient[2]
        return np.stack([ds.pixel_array for ds in ordered]), (step, *ordered[0].PixelSpacing)
    if path.suffix == ".dcm":
        ds = pydicom.dcmread(path)
        spacing = tuple(ds.get("PixelSpacing", (0, 0)))
        for region in ds.get("SequenceOfUltrasoundRegions", []):
            spacing = (10 * region.PhysicalDeltaY, 10 * region.PhysicalDeltaX)  # stated in cm
        return ds.pixel_array, spacing if all(spacing) else None
    if path.suffix == ".tif":
        return tifffile.imread(path), None
    if path.suffix == ".gz":
        array, image = nifti(name)
        return array, tuple(float(zoom) for zoom in image.header.get_zooms()[::-1])
    return iio.imread(path), None


def test_every_file_has_its_checksum_and_no_checksum_is_without_file() -> None:
    assert {p.relative_to(HERE).as_posix() for p in FILES} == set(CHECKSUMS)


@pytest.mark.parametrize("name", CHECKSUMS)
def test_a_file_is_the_one_that_was_built(name: str) -> None:
    assert hashlib.sha256((HERE / name).read_bytes()).hexdigest() == CHECKSUMS[name]


def test_all_together_are_below_25_mb() -> None:
    assert sum(p.stat().st_size for p in FILES) < 25e6


def test_every_file_belongs_to_one_name() -> None:
    owners = Counter()
    for name in data.names():
        path = data.path(name)
        owners.update(path.iterdir() if path.is_dir() else [path])
    assert owners == Counter(FILES)


@pytest.mark.parametrize("name", data.names())
def test_a_sample_reads_as_the_table_says(name: str) -> None:
    sample = data.names()[name]
    array, sampling = stored(name)
    assert (array.shape, array.dtype.name) == (sample.shape, sample.dtype)
    assert len(sample.axes) == array.ndim
    assert sampling == (sample.sampling and pytest.approx(sample.sampling))


@pytest.mark.parametrize("name", data.names())
def test_a_sample_has_its_terms_and_its_words(name: str) -> None:
    sample = data.names()[name]
    row = next(line for line in LICENCES.splitlines() if line.startswith(f"| `{name}` |"))
    assert sample.file in row
    assert sample.licence.split(":")[0].removesuffix(" terms").removeprefix("no known ") in row
    assert all((sample.source, sample.description, sample.alt))
    if not data.path(name).is_dir():
        assert sample.sha256 == CHECKSUMS[f"files/{sample.file}"]


@pytest.mark.parametrize(
    "notice",
    [
        "Copyright (c) 2020 Dicom in Python",
        "Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging Centre",
        "provided that the above copyright notice appear in all copies",
        "Copyright 2006-2010, Chris Rorden",
        "Copyright (c) 2018-2025, Uwe Schmidt, Martin Weigert",
    ],
)
def test_the_notices_that_must_stay_are_there(notice: str) -> None:
    assert notice in " ".join(LICENCES.replace("\n> ", "\n").split())


def test_a_folder_has_one_checksum_of_all_its_lines() -> None:
    lines = [f"{digest}  {name}\n" for name, digest in CHECKSUMS.items() if name.startswith("files/thorax/")]
    assert len(lines) == 80
    assert data.names()["thorax"].sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_table_shows_every_sample_as_text_and_html() -> None:
    table = data.names()
    text, html = repr(table), table._repr_html_()
    for name, sample in table.items():
        row = next(line for line in text.splitlines() if line.startswith(f"{name} "))
        assert sample.licence in row
        assert sample.source in row
        assert f'<th scope="row" style="text-align:left">{name}</th>' in html
    assert html.count("<tr>") == len(table) + 1


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        data.names()["brain"] = None  # ty: ignore[invalid-assignment]
    with pytest.raises(FrozenInstanceError):
        data.names()["brain"].licence = "mine"  # ty: ignore[invalid-assignment]
    with pytest.raises(TypeError):
        data.truth("thorax").volumes["nodule"] = 1.0  # ty: ignore[invalid-assignment]


@pytest.mark.parametrize("wrong", ["brian", "", None, 3, ["brain"]])
def test_a_wrong_name_is_told_which_there_are(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"no sample image is called .* There are: chest_xray, "):
        data.path(wrong)  # ty: ignore[invalid-argument-type]
    with pytest.raises(KeyError, match="There are: chest_xray, "):
        data.names()[wrong]  # ty: ignore[invalid-argument-type]


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(ValueError, match="did you mean 'nuclei_mask'"):
        data.path("nuclei_masks")


def test_the_truth_is_known_of_calculated_images_only() -> None:
    assert data.truth("thorax") == data.truth("thorax_labels")
    with pytest.raises(ValueError, match="nobody knows the truth about 'brain'"):
        data.truth("brain")
    with pytest.raises(ValueError, match="no sample image is called"):
        data.truth("torax")


def test_the_radiograph_is_a_trap_and_its_png_is_not() -> None:
    ds = pydicom.dcmread(data.path("chest_xray"))
    assert ds.PhotometricInterpretation == "MONOCHROME1"
    png, raw = iio.imread(data.path("chest_xray_png")), ds.pixel_array[:1954, :1840]
    small = raw.reshape(977, 2, 920, 2).mean(axis=(1, 3))
    assert np.corrcoef(png.ravel(), small.ravel())[0, 1] < -0.999
    mediastinum, lung = png[400:450, 440:480].mean(), png[330:380, 600:650].mean()
    assert mediastinum > lung + 30
    assert "bone white" in iio.immeta(data.path("chest_xray_png"))["Description"]


# what imageio announces of its own plugin is the lesson's subject, not this test's
@pytest.mark.filterwarnings("ignore:The legacy:DeprecationWarning")
def test_the_radiograph_stands_alone_so_that_imageio_reads_just_it(capsys: pytest.CaptureFixture) -> None:
    for name in ("chest_xray", "heart_echo"):
        assert [p.name for p in data.path(name).parent.iterdir()] == [f"{name}.dcm"]
    assert iio.imread(data.path("chest_xray")).shape == (1955, 1841)


def test_the_brain_is_stored_head_back_left_in_mni_space() -> None:
    brain, image = nifti("brain")
    assert nib.aff2axcodes(image.affine) == ("L", "P", "S")
    # the anterior commissure of MNI space, (0, 0, 0) mm, lies at pln 71, row 91, col 90
    np.testing.assert_allclose(image.affine @ (90, 91, 71, 1), (0, 0, 0, 1), atol=1e-6)
    assert image.header.get_xyzt_units()[0] == "mm"
    mask, other = nifti("brain_mask")
    np.testing.assert_array_equal(other.affine, image.affine)
    assert set(np.unique(mask)) == {0, 1}
    assert brain[mask == 1].mean() > 2 * brain[mask == 0].mean()
    rows = np.arange(mask.shape[1])
    low, middle = (mask[pln].sum(axis=1) for pln in (15, 80))
    # the cerebellum, at the bottom, lies behind the middle of the brain
    assert (rows * low).sum() / low.sum() > (rows * middle).sum() / middle.sum() + 10


@pytest.mark.parametrize("name", ["brain", "brain_mask", "thorax", "thorax_labels"])
def test_volumes_load_as_axial_planes_feet_first(name: str) -> None:
    volume = biomedlab.load(data.path(name))
    sample = data.names()[name]
    assert (volume.shape, volume.axes, volume.sampling) == (sample.shape, sample.axes, sample.sampling)
    assert volume.meta["orientation"] == ("S", "P", "L")


def test_labels_lie_on_the_thorax_also_when_loaded() -> None:
    thorax, labels = (biomedlab.load(data.path(name)) for name in ("thorax", "thorax_labels"))
    np.testing.assert_allclose(thorax.meta["affine"], labels.meta["affine"], atol=1e-4)


def test_the_nuclei_have_one_number_each() -> None:
    image, mask = (tifffile.imread(data.path(name)) for name in ("nuclei", "nuclei_mask"))
    assert len(np.unique(mask)) - 1 == 125
    assert mask.max() == 183
    assert image[mask > 0].mean() > 2 * image[mask == 0].mean()


def test_the_echo_moves_and_states_its_frame_time() -> None:
    ds = pydicom.dcmread(data.path("heart_echo"))
    assert float(ds.FrameTime) == 33.333
    assert not [element for element in ds if element.tag.is_private]
    frames = iio.imread(data.path("heart_echo"), plugin="pydicom")
    assert frames.shape == (60, 480, 640, 3)
    assert len({frame.tobytes() for frame in frames}) > 50  # the machine itself stored a few frames twice


def test_the_slices_are_one_series_that_must_be_sorted_by_position() -> None:
    found = slices()
    heights = [float(ds.ImagePositionPatient[2]) for ds in found]
    assert heights not in (sorted(heights), sorted(heights, reverse=True))
    assert {round(b - a, 6) for a, b in pairwise(sorted(heights))} == {3.0}
    assert {float(ds.SliceThickness) for ds in found} == {5.0}
    for keyword in ("SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
        assert len({ds[keyword].value for ds in found}) == 1
    assert len({ds.SOPInstanceUID for ds in found}) == len({ds.InstanceNumber for ds in found}) == 80
    first = found[0]
    assert (first.RescaleSlope, first.RescaleIntercept, first.RescaleType) == (1, -1024, "HU")
    assert list(first.ImageOrientationPatient) == [1, 0, 0, 0, 1, 0]
    assert "SYNTHETIC" in first.StudyDescription


@pytest.mark.filterwarnings("ignore:The legacy:DeprecationWarning")
def test_the_seeds_line_opens_the_thorax_in_hounsfield_units(
    ct: np.ndarray, capsys: pytest.CaptureFixture
) -> None:
    volume = iio2.volread(str(data.path("thorax")), "DICOM")
    assert tuple(volume.meta["sampling"]) == (3.0, 1.5, 1.5)
    np.testing.assert_array_equal(np.asarray(volume), ct)


def test_labels_and_slices_lie_on_the_same_grid() -> None:
    _, image = nifti("thorax_labels")
    first = min(slices(), key=lambda ds: ds.ImagePositionPatient[2])
    x, y, z = map(float, first.ImagePositionPatient)
    np.testing.assert_allclose(image.affine @ (0, 0, 0, 1), (-x, -y, z, 1))  # NIfTI counts to R and A
    np.testing.assert_allclose(image.affine @ (1, 1, 1, 1), (-x - 1.5, -y - 1.5, z + 3, 1))
    assert nib.aff2axcodes(image.affine) == ("L", "P", "S")


@pytest.mark.parametrize("name", [n for n in data.truth("thorax").labels if n != "background"])
def test_labels_measure_the_true_volume(labels: np.ndarray, name: str) -> None:
    truth = data.truth("thorax")
    measured = np.count_nonzero(labels == truth.labels[name]) * 3.0 * 1.5 * 1.5
    # whole voxels: thin bone loses a few in a hundred, and so does a ball 14 mm wide and five planes high
    assert measured == pytest.approx(truth.volumes[name], rel=0.06 if name in ("bone", "nodule") else 0.03)


def test_the_true_volumes_are_those_of_an_adult_chest() -> None:
    litres = {name: volume / 1e6 for name, volume in data.truth("thorax").volumes.items()}
    assert 3 < litres["right lung"] + litres["left lung"] < 7
    assert litres["right lung"] > litres["left lung"]
    assert 0.4 < litres["heart"] < 0.9
    assert data.truth("thorax").volumes["nodule"] == pytest.approx(np.pi / 6 * 14**3, abs=0.05)


def test_the_nodule_is_where_the_truth_says(ct: np.ndarray, labels: np.ndarray) -> None:
    truth = data.truth("thorax")
    first = min(slices(), key=lambda ds: ds.ImagePositionPatient[2])
    x, y, z = map(float, first.ImagePositionPatient)
    pln, row, col = truth.nodule_centre
    assert (x + 1.5 * col, y + 1.5 * row, z + 3 * pln) == pytest.approx(truth.nodule_centre_mm, abs=1e-3)
    middle = np.argwhere(labels == truth.labels["nodule"]).mean(axis=0)
    np.testing.assert_allclose(middle, truth.nodule_centre, atol=0.15)
    at = tuple(round(i) for i in truth.nodule_centre)
    assert ct[at[0], at[1] - 2 : at[1] + 3, at[2] - 2 : at[2] + 3].mean() == pytest.approx(45, abs=10)
    assert ct[at[0], at[1], at[2] + 9] < -600  # lung on its side


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("right lung", -900, -650),
        ("left lung", -900, -650),
        ("airways", -1010, -750),
        ("bone", 250, 700),
        ("heart", 80, 200),
        ("great vessels", 100, 200),
        ("liver", 95, 125),
        ("spleen", 100, 140),
    ],
)
def test_tissues_have_their_hounsfield_units(
    ct: np.ndarray, labels: np.ndarray, name: str, low: float, high: float
) -> None:
    assert low < np.median(ct[labels == data.truth("thorax").labels[name]]) < high


def test_the_right_lung_is_on_the_patients_right(labels: np.ndarray) -> None:
    numbers = data.truth("thorax").labels
    right, left, liver = (
        np.argwhere(labels == numbers[n]).mean(axis=0) for n in ("right lung", "left lung", "liver")
    )
    assert right[2] < liver[2] + 40 < left[2]  # columns grow to the patient's left
    assert liver[0] < right[0]  # planes grow to the head


def test_noise_is_grainy_and_stronger_inside_than_in_air(ct: np.ndarray, labels: np.ndarray) -> None:
    liver = ct[10][labels[10] == data.truth("thorax").labels["liver"]]
    assert 8 < liver.std() < 40
    assert ct[:, :8, :8].std() < 6


def test_the_registry_is_readable_as_it_lies() -> None:
    rows = json.loads((HERE / "registry.json").read_text(encoding="utf-8"))
    assert list(rows) == list(data.names())
