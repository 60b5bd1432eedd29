"""Files that are cut, padded, damaged, huge or no images: the right array or a clear refusal, and soon."""

import gzip
import io
import os
import socket
import struct
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import psutil
import pydicom
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from reading_files import ct_slice, pattern, pydicoms

from biomedlab import ImageReadError, load

pytestmark = pytest.mark.filterwarnings("ignore::biomedlab.reading.ImageReadWarning")


def refused(path, match, **options):
    """Load a file that must be refused, soon, in little memory, by a message that names it."""
    begin, before = time.monotonic(), psutil.Process().memory_info().rss
    with pytest.raises(ImageReadError, match=match) as caught:
        load(path, **options)
    assert time.monotonic() - begin < 10
    assert psutil.Process().memory_info().rss - before < 2**31
    assert os.path.basename(str(path)) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "empty"),
        (b"\x00", "no image format"),
        (b"<!DOCTYPE html><html>Please log in</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer"),
        (b"../../.git/annex/objects/xx", "git-annex pointer"),
        (b"%PDF-1.7", "PDF"),
        (b'{"a": 1}', "JSON"),
        (b"\x80\x04\x95", "pickle"),
        (np.random.default_rng(1).bytes(5000), "no image format"),
        (b"PK\x03\x04 nonsense", "archive"),
        (gzip.compress(b"no image" * 99, mtime=0), "gzip"),  # no clock: workers compare tests' names
    ],
)
@pytest.mark.parametrize("name", ["scan.dcm", "scan.nii", "sc án ✓.png"])
def test_what_is_no_image_is_named(tmp_path, content, match, name):
    path = tmp_path / name
    path.write_bytes(content)
    refused(path, match)


def test_no_path_at_all():
    for wrong, match in [
        (["a.dcm", "b.dcm"], "give the folder"),
        (os.listdir("."), "give the folder"),
        (iter(["a.dcm"]), "give the folder"),
        ("https://example.org/scan.dcm", "web address"),
        ("", "no path"),
        ("a\0b", "no path"),
        (b"scan.dcm", "bytes"),
        (3, "int"),
        (None, "NoneType"),
        ("no such file.dcm", "no such file"),
        ("x" * 5000, "cannot be opened"),
    ]:
        with pytest.raises(ImageReadError, match=match):
            load(wrong)  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="max_bytes"):
        load("scan.dcm", max_bytes=0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_sockets_and_devices_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.dcm")
    refused(tmp_path / "pipe.dcm", "pipe or socket")
    refused("/dev/zero", "device")
    folder = tmp_path / "f"
    folder.mkdir()
    ct_slice(pattern(0)).save_as(folder / "a.dcm")
    os.mkfifo(folder / "b.dcm")
    refused(folder, "b.dcm: it is no regular file")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no socket files")
def test_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.dcm")
        refused("s.dcm", "socket")


def test_links_that_lead_nowhere(tmp_path):
    os.symlink(tmp_path / "b", tmp_path / "a")
    os.symlink(tmp_path / "a", tmp_path / "b")
    refused(tmp_path / "a", "cannot be opened")
    os.symlink(tmp_path / "gone", tmp_path / "c")
    refused(tmp_path / "c", "link to something")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path):
    path = tmp_path / "a.dcm"
    ct_slice(pattern(0)).save_as(path)
    path.chmod(0)
    refused(path, "cannot be opened")


def test_a_dicomdir_is_not_followed():
    refused(pydicoms("DICOMDIR"), "DICOMDIR")


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"Rows": 65000, "Columns": 65000, "NumberOfFrames": 1000}, "limit"),
        ({"NumberOfFrames": 2_000_000_000}, "limit"),
        ({"Rows": 60000}, "cut short"),
        ({"Rows": 0}, "Rows is 0"),
        ({"NumberOfFrames": -3}, "frames"),
        ({"BitsAllocated": 12}, "bits allocated"),
        ({"BitsStored": 99}, "bits are stored"),
        ({"SamplesPerPixel": 7}, "7 samples"),
        ({"PhotometricInterpretation": "CMYK"}, "CMYK"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette"),
        ({"RescaleSlope": 0}, "slope 0"),
        ({"Rows": None}, "no Rows"),
        ({"PixelData": None}, "holds no pixels"),
    ],
)
def test_dicom_headers_that_cannot_be(tmp_path, fields, match):
    path = tmp_path / "x.dcm"
    ct_slice(pattern(0), **fields).save_as(path)
    refused(path, match)


@pytest.mark.parametrize("slope", [b"nan ", b"inf ", b"1e999 ", b"one "])
def test_scale_factors_that_are_no_numbers(tmp_path, slope):
    path = tmp_path / "x.dcm"
    ct_slice(pattern(0), RescaleSlope="7.25").save_as(path)
    stated = b"DS" + struct.pack("<H", len(slope)) + slope
    path.write_bytes(path.read_bytes().replace(b"DS\x04\x007.25", stated))
    refused(path, "slope|RescaleSlope")


def compressed(name, tmp_path, change):
    ds = pydicom.dcmread(pydicoms(name))
    change(ds)
    ds.save_as(tmp_path / "x.dcm")
    return tmp_path / "x.dcm"


def test_a_codestream_of_another_size_is_refused_before_it_is_decoded(tmp_path):
    def grow(ds):
        at = ds.PixelData.index(b"\xff\x4f\xff\x51") + 8
        ds.PixelData = ds.PixelData[:at] + struct.pack(">II", 2**30, 2**30) + ds.PixelData[at + 8 :]

    refused(compressed("MR_small_jp2klossless.dcm", tmp_path, grow), "compressed picture 1073741824")


def test_fewer_frames_than_it_says(tmp_path):
    path = compressed("SC_rgb_rle_2frame.dcm", tmp_path, lambda ds: setattr(ds, "NumberOfFrames", 5))
    refused(path, "frames|pixels")


def test_a_deflated_bomb(tmp_path):
    ds = pydicom.dcmread(pydicoms("image_dfl.dcm"))
    head = io.BytesIO()
    ds.save_as(head)
    meta_end = head.getvalue().index(b"1.2.840.10008.1.2.1.99")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(packer.compress(bytes(2**24)) for _ in range(35)) + packer.flush()
    (tmp_path / "x.dcm").write_bytes(head.getvalue()[: meta_end + 22] + bomb)
    refused(tmp_path / "x.dcm", "unpacks to more")


def nifti(tmp_path, name="x.nii", **fields):
    image = nib.Nifti1Image(pattern(0).astype(np.int16), np.eye(4))
    image.to_filename(tmp_path / name)
    path = tmp_path / name
    raw = bytearray(gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes())
    places = {
        "dim": (40, "<8h"),
        "scl_slope": (112, "<f"),
        "scl_inter": (116, "<f"),
        "vox_offset": (108, "<f"),
    }
    for key, value in fields.items():
        at, code = places[key]
        struct.pack_into(code, raw, at, *np.atleast_1d(value).tolist())
    path.write_bytes(gzip.compress(bytes(raw)) if name.endswith("gz") else bytes(raw))
    return path


@pytest.mark.parametrize("name", ["x.nii", "x.nii.gz"])
@pytest.mark.parametrize(
    "fields",
    [
        {"dim": (3, 30000, 30000, 30000, 1, 1, 1, 1)},
        {"dim": (3, 30000, 3000, 9, 1, 1, 1, 1)},
        {"dim": (3, -5, 3, 3, 1, 1, 1, 1)},
        {"dim": (9, 5, 3, 3, 1, 1, 1, 1)},
        {"dim": (0, 5, 3, 3, 1, 1, 1, 1)},
        {"scl_slope": np.inf},
        {"scl_slope": 1.0, "scl_inter": np.nan},
        {"scl_slope": 2.0, "scl_inter": np.inf},
        {"vox_offset": 1e30},
        {"vox_offset": np.nan},
    ],
)
def test_nifti_headers_that_cannot_be(tmp_path, name, fields):
    refused(nifti(tmp_path, name, **fields), "x.nii")


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    header = nifti(tmp_path, dim=(3, 2000, 2000, 400, 1, 1, 1, 1)).read_bytes()[:352]
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(header)] + [packer.compress(bytes(2**24)) for _ in range(10)] + [packer.flush()]
    (tmp_path / "x.nii.gz").write_bytes(b"".join(parts))
    message = refused(tmp_path / "x.nii.gz", "only")
    assert "max_bytes=3200000000" in message


def test_a_damaged_checksum_is_seen(tmp_path):
    path = nifti(tmp_path, "x.nii.gz")
    raw = bytearray(path.read_bytes())
    raw[-6] ^= 0x10
    path.write_bytes(bytes(raw))
    refused(path, "damaged or cut short")


def test_a_nifti_pair_whose_half_is_missing(tmp_path):
    nib.Nifti1Pair(pattern(0).astype(np.int16), np.eye(4)).to_filename(tmp_path / "x.hdr")
    np.testing.assert_array_equal(load(tmp_path / "x.img"), load(tmp_path / "x.hdr"))
    np.testing.assert_array_equal(load(tmp_path / "x.hdr"), pattern(0).T)
    (tmp_path / "x.img").unlink()
    refused(tmp_path / "x.hdr", "one of a pair")


def png(width, height, body=b""):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def test_pictures_with_absurd_sizes(tmp_path):
    (tmp_path / "x.png").write_bytes(png(100_000, 100_000))
    refused(tmp_path / "x.png", "limit")
    (tmp_path / "y.png").write_bytes(png(20_000, 20_000))
    refused(tmp_path / "y.png", "only")
    buffer = io.BytesIO()
    Pillow.new("L", (16, 16)).save(buffer, "JPEG")
    raw = buffer.getvalue()
    at = raw.index(b"\xff\xc0") + 5
    (tmp_path / "x.jpg").write_bytes(raw[:at] + struct.pack(">HH", 65500, 65500) + raw[at + 4 :])
    refused(tmp_path / "x.jpg", "only|limit")
    (tmp_path / "x.gif").write_bytes(
        b"GIF89a" + struct.pack("<HH", 65500, 65500) + b"\x80\0\0" + bytes(6) + b";"
    )
    refused(tmp_path / "x.gif", "GIF")


def test_a_tiff_whose_pages_point_in_a_circle(tmp_path):
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, np.zeros((3, 8, 8), np.uint8), photometric="minisblack")
    raw = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        offsets = [page.offset for page in file.pages]
    at = raw.index(struct.pack("<I", offsets[2]), offsets[1])
    raw[at : at + 4] = struct.pack("<I", offsets[0])
    path.write_bytes(bytes(raw))
    refused(path, "circle")


def test_a_tiff_with_absurd_sizes(tmp_path):
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, np.zeros((8, 8), np.uint8), metadata=None)
    with tifffile.TiffFile(path, mode="r+") as file:
        page: Any = file.pages[0]
        page.tags["ImageWidth"].overwrite(100_000, dtype="I")
        page.tags["ImageLength"].overwrite(100_000, dtype="I")
    refused(path, "limit")


def test_arrays_that_are_pickles_or_bombs(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], object), allow_pickle=True)
    refused(tmp_path / "x.npy", "pickle")
    np.save(tmp_path / "s.npy", np.array(["text"]))
    refused(tmp_path / "s.npy", "no samples")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"shape": (200_000, 200_000), "fortran_order": False, "descr": "<f8"}
    )
    (tmp_path / "y.npy").write_bytes(header.getvalue())
    refused(tmp_path / "y.npy", "limit")
    bomb = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        bomb, {"shape": (30_000, 20_000), "fortran_order": False, "descr": "|u1"}
    )
    with (
        zipfile.ZipFile(tmp_path / "z.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.npy", "w") as out,
    ):
        out.write(bomb.getvalue())
        for _ in range(38):
            out.write(bytes(16_000_000))
    refused(tmp_path / "z.npz", "only")
    np.savez(tmp_path / "two.npz", a=np.eye(3), b=np.eye(4))
    refused(tmp_path / "two.npz", "series='a'")
    assert load(tmp_path / "two.npz", series="b").shape == (4, 4)


@pytest.mark.parametrize("elsewhere", ["/etc/passwd", "../x.raw", "LIST", "gone.raw"])
def test_volumes_whose_samples_are_elsewhere(tmp_path, elsewhere):
    pytest.importorskip("SimpleITK")
    text = "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\n"
    text += f"ElementDataFile = {elsewhere}\n"
    (tmp_path / "x.mhd").write_text(text)
    refused(tmp_path / "x.mhd", "other files|not beside")
    (tmp_path / "y.mhd").write_text(text.replace("2 2 2", "99999 99999 99999").replace(elsewhere, "LOCAL"))
    refused(tmp_path / "y.mhd", "limit")


def test_the_limit_is_adjustable(tmp_path):
    path = tmp_path / "x.png"
    Pillow.new("L", (300, 200)).save(path)
    assert load(path, max_bytes=60_000).shape == (200, 300)
    message = refused(path, "limit", max_bytes=50_000)
    assert "max_bytes=60000" in message


SMALL = {
    "dicom": "MR_small.dcm",
    "implicit": "MR_small_implicit.dcm",
    "big": "MR_small_bigendian.dcm",
    "rle": "MR_small_RLE.dcm",
    "jpeg2000": "MR_small_jp2klossless.dcm",
    "jpeg_ls": "MR_small_jpeg_ls_lossless.dcm",
    "jpeg": "SC_rgb_small_odd_jpeg.dcm",
    "dose": "rtdose.dcm",
}


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    volume = (np.arange(3 * 20 * 30) % 251).reshape(3, 20, 30).astype(np.uint8)
    nib.Nifti1Image(volume, np.eye(4)).to_filename(folder / "v.nii.gz")
    nib.Nifti1Image(volume, np.eye(4)).to_filename(folder / "v.nii")
    nib.MGHImage(volume.astype(np.int32), np.eye(4)).to_filename(folder / "v.mgz")
    tifffile.imwrite(folder / "v.tif", volume, photometric="minisblack")
    tifffile.imwrite(folder / "z.tif", volume, photometric="minisblack", compression="zlib")
    np.save(folder / "v.npy", volume)
    np.savez_compressed(folder / "v.npz", v=volume)
    Pillow.fromarray(volume[0]).save(folder / "v.png")
    Pillow.fromarray(np.stack([volume[0]] * 3, -1)).save(folder / "v.jpg")
    Pillow.fromarray(volume[0]).save(folder / "v.gif")
    files = [*folder.iterdir(), *(Path(pydicoms(name)) for name in SMALL.values())]
    return {path.name: (path.read_bytes(), np.asarray(load(path))) for path in files}


NAMES = [f"v.{end}" for end in ("nii.gz", "nii", "mgz", "tif", "npy", "npz", "png", "jpg", "gif")]
NAMES += ["z.tif", *SMALL.values()]
quickly = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def load_bytes(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    try:
        return np.asarray(load(path))
    except ImageReadError as error:
        assert name in str(error)  # noqa: PT017 (an array is as good)
        return None


@pytest.mark.parametrize("name", NAMES)
@quickly
@given(part=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_right_or_refused(tmp_path, originals, name, part):
    data, whole = originals[name]
    for end in (int(part * len(data)), len(data) - 1 - int(part * 40)):
        found = load_bytes(tmp_path, name, data[: max(end, 0)])
        assert found is None or np.array_equal(found, whole)


@pytest.mark.parametrize("name", NAMES)
@quickly
@given(tail=st.one_of(st.binary(min_size=1, max_size=64), st.integers(1, 2000).map(bytes)))
def test_a_file_with_bytes_after_its_end_is_right_or_refused(tmp_path, originals, name, tail):
    data, whole = originals[name]
    found = load_bytes(tmp_path, name, data + tail)
    assert found is None or np.array_equal(found, whole)


@pytest.mark.parametrize("name", NAMES)
@quickly
@given(
    where=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=8)
)
def test_flipped_bytes_give_an_array_or_a_refusal(tmp_path, originals, name, where):
    data = bytearray(originals[name][0])
    for part, mask in where:
        data[int(part * part * len(data))] ^= mask
    found = load_bytes(tmp_path, name, bytes(data))
    assert found is None or found.dtype != object


def test_refusals_print_nothing(tmp_path, capfd):
    path = tmp_path / "x.dcm"
    path.write_bytes(Path(pydicoms("MR_small_jp2klossless.dcm")).read_bytes()[:-500])
    refused(path, "cut short")
    assert capfd.readouterr().out == ""
