"""The table of docs/formats.md: files that other projects ship, through biomedlab, imageio and SimpleITK.

Run it with ``python benchmarks/formats_table.py``. The reference for values is each format's own reader:
pydicom with its rescaling and palettes, nibabel, tifffile, Pillow (through imageio) and numpy. "Right" means
same values (frames in stored order or in that of their positions) and, where the reference states one, the
same spacing; "wrong" that a reader gave something else without an error.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

READERS = ("biomedlab", "imageio", "SimpleITK")
SECONDS = 30


def folder(package: str, *parts: str) -> Path:
    """Return a folder inside an installed package."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)), *parts)


def corpus() -> dict[str, list[Path]]:
    """Return the files to try, by format."""
    dicom = [
        *folder("pydicom", "data", "test_files").glob("*.dcm"),
        *folder("data_store", "data").glob("*.dcm"),
        *folder("nibabel", "nicom", "tests", "data").glob("*.dcm"),
    ]
    volumes = [folder("nibabel", *parts) for parts in (("tests", "data"), ("nicom", "tests", "data"))]
    nifti = [path for one in volumes for path in one.iterdir() if path.name.endswith((".nii", ".nii.gz"))]
    others = [
        path for one in volumes for path in one.iterdir() if path.suffix in (".mgz", ".mnc", ".PAR", ".HEAD")
    ]
    pictures = folder("skimage", "data")
    return {
        "DICOM": sorted(dicom),
        "NIfTI": sorted(nifti),
        "MGH, MINC, PAR/REC, AFNI": sorted(others),
        "TIFF": sorted(pictures.glob("*.tif")),
        "PNG, JPEG, GIF": sorted(path for end in ("png", "jpg", "gif") for path in pictures.glob(f"*.{end}")),
        "npy": sorted(pictures.glob("*.npy")),
    }


def dicom_reference(path: Path) -> tuple[np.ndarray, tuple[float, ...] | None]:
    """Return pydicom's values and the spacing within a plane."""
    import pydicom
    from pydicom.pixels import apply_color_lut, apply_modality_lut

    ds = pydicom.dcmread(path, force=True)
    values = ds.pixel_array
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        values = apply_color_lut(values, ds)
    elif ds.SamplesPerPixel == 1:
        shared = (ds.get("SharedFunctionalGroupsSequence") or [ds])[0]  # which pydicom leaves to its users
        rescale = (shared.get("PixelValueTransformationSequence") or [ds])[0]
        values = apply_modality_lut(values, rescale) * float(ds.get("DoseGridScaling", 1))
    spacing = tuple(float(mm) for mm in ds.get("PixelSpacing") or ())
    return values, spacing if spacing and min(spacing) > 0 else None


def volume_reference(path: Path) -> tuple[np.ndarray, tuple[float, ...] | None]:
    """Return nibabel's values and zooms, both in reverse except for MINC."""
    import nibabel as nib

    volume: Any = nib.load(path)
    zooms = tuple(float(mm) for mm in volume.header.get_zooms()[:3])
    values = volume.get_fdata()
    if path.suffix == ".mnc":
        return values, None
    return values.T, zooms[::-1]


def picture_reference(path: Path) -> tuple[np.ndarray, tuple[float, ...] | None]:
    """Return the samples as stored."""
    import imageio.v3 as iio
    import tifffile

    if path.suffix == ".npy":
        return np.load(path), None
    if path.suffix == ".tif":
        values = tifffile.imread(path)
        return (np.moveaxis(values, 1, -1) if values.ndim == 4 else values), None
    if path.name == "chessboard_RGB.png":  # 16 bits, which Pillow cannot hold
        import imagecodecs

        return imagecodecs.png_decode(path.read_bytes()), None
    return iio.imread(path), None


REFERENCES: dict[str, Callable] = {"DICOM": dicom_reference, "NIfTI": volume_reference}
REFERENCES |= {"MGH, MINC, PAR/REC, AFNI": volume_reference}


def read(reader: str, path: Path) -> tuple[np.ndarray, tuple[float, ...] | None]:
    """Return one reader's values and spacing, in the order of the array's axes."""
    if reader == "biomedlab":
        import biomedlab

        im = biomedlab.load(path)
        return np.asarray(im), im.sampling
    if reader == "imageio":
        import imageio.v3 as iio

        with tempfile.TemporaryDirectory() as alone:  # beside other files it may return one of those
            copied = shutil.copy(path, alone)
            return np.asarray(iio.imread(copied)), None
    import SimpleITK

    image = SimpleITK.ReadImage(str(path))
    return SimpleITK.GetArrayFromImage(image), image.GetSpacing()[::-1]


def judge(kind: str, reader: str, path: Path) -> str:
    """Return "right", "wrong" or "refused"; "nobody" if the reference cannot open the file either."""
    try:
        expected, spacing = REFERENCES.get(kind, picture_reference)(path)
    except Exception:  # noqa: BLE001 (each reader has its own kinds)
        expected = None
    try:
        found, sampling = read(reader, path)
    except Exception:  # noqa: BLE001
        return "refused" if expected is not None else "nobody"
    if expected is None:
        return "more" if reader == "biomedlab" else "nobody"
    same = is_same(np.squeeze(found), np.squeeze(expected))
    if same and spacing and sampling:
        count = min(len(spacing), len(sampling))
        same = np.allclose(sampling[-count:], spacing[-count:], rtol=1e-4)
    return "right" if same else "wrong"


def is_same(found: np.ndarray, expected: np.ndarray) -> bool:
    """Return whether values are equal, frames in their order or in reverse."""
    if found.shape != expected.shape:
        return False
    return any(np.allclose(found, one, rtol=1e-6, equal_nan=True) for one in (expected, expected[::-1]))


def work(kind: str, reader: str, names: list[str]) -> None:
    """Judge files in this process; print one JSON line for each."""
    import logging

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for name in names:
        print("\n" + json.dumps([name, judge(kind, reader, Path(name))]), flush=True)


def tally(kind: str, reader: str, files: list[Path]) -> tuple[Counter, dict[str, str]]:
    """Judge files in another process, which may hang or end: the file it was at counts as wrong."""
    left, results = [str(path) for path in files], {}
    while left:
        command = [sys.executable, __file__, "--work", kind, reader, *left]
        try:
            output = subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS * 10, check=False
            ).stdout
        except subprocess.TimeoutExpired as error:
            output = (error.stdout or b"").decode()
        lines = [line for line in output.splitlines() if line.startswith('["')]
        done: dict[str, Any] = dict(json.loads(line) for line in lines)
        results |= done
        left = [name for name in left if name not in done]
        if left:
            results[left[0]] = "wrong"
            left = left[1:]
    return Counter(results.values()), results


def main() -> None:
    """Print the table, and below it what biomedlab does not open right."""
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], sys.argv[3], sys.argv[4:])
        return
    heads = " | ".join(f"{reader}: right | wrong | refused" for reader in READERS)
    print(f"| format | files that the reference opens | {heads} |")
    print("|---|---|" + "---|" * 9)
    missed = {}
    for kind, files in corpus().items():
        cells = []
        for reader in READERS:
            counts, results = tally(kind, reader, files)
            cells.append(f"{counts['right']} | {counts['wrong']} | {counts['refused']}")
            if reader == "biomedlab":
                missed |= {name: how for name, how in results.items() if how in ("wrong", "refused")}
                opens = len(files) - counts["nobody"] - counts["more"]
        print(f"| {kind} | {opens} | {' | '.join(cells)} |", flush=True)
    for name, how in missed.items():
        print(f"{Path(name).name}: {how}")


if __name__ == "__main__":
    main()
