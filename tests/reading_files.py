"""Small DICOM files made for the tests, in which every plane and sample has a value of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

AXIAL = (1.0, 0, 0, 0, 1, 0)
CORONAL = (1.0, 0, 0, 0, 0, -1)
SAGITTAL = (0, 1.0, 0, 0, 0, -1)
SERIES = "1.2.826.0.1.3680043.8.498.1"
Point = Sequence[float] | np.ndarray


def pydicoms(name: str) -> str:
    """Return where pydicom keeps one of its own test files."""
    path = get_testdata_file(name)
    assert isinstance(path, str), f"pydicom has no {name}"
    return path


def ct_slice(stored: np.ndarray, position: Point = (0, 0, 0), **fields: Any) -> FileDataset:
    """Return a CT image with these stored samples; fields overwrite or, if None, delete what it says."""
    stored = np.asarray(stored)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    ds.Modality, ds.SeriesInstanceUID, ds.SeriesNumber = "CT", SERIES, 1
    ds.SeriesDescription = "made up"
    ds.Rows, ds.Columns = stored.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8 * stored.dtype.itemsize
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(stored.dtype.kind == "i")
    ds.ImageOrientationPatient, ds.ImagePositionPatient = list(AXIAL), [float(mm) for mm in position]
    ds.PixelSpacing = [0.5, 0.75]
    ds.SliceThickness = 9
    ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
    ds.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)
    for keyword, value in fields.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def item(**fields: Any) -> Dataset:
    """Return a dataset to nest in a sequence."""
    ds = Dataset()
    for keyword, value in fields.items():
        setattr(ds, keyword, value)
    return ds


def pattern(pln: int, shape: tuple[int, int] = (6, 8)) -> np.ndarray:
    """Return the stored samples of one plane: no two planes share a value."""
    return (np.arange(np.prod(shape)).reshape(shape) + 100 * pln).astype(np.uint16)


def write_series(
    folder: Path,
    positions: Sequence[Point],
    *,
    names: Sequence[str] | None = None,
    each: Sequence[dict[str, Any]] | None = None,
    shape: tuple[int, int] = (6, 8),
    **fields: Any,
) -> Path:
    """Write one CT image for each position, plane k holding `pattern(k)`, under names in a shuffled order."""
    folder.mkdir(parents=True, exist_ok=True)
    shuffled = np.random.default_rng(0).permutation(len(positions))
    for pln, position in enumerate(positions):
        own = each[pln] if each else {}
        name = names[pln] if names else f"IM{shuffled[pln]:04d}"
        ds = ct_slice(pattern(pln, shape), position, InstanceNumber=int(shuffled[pln]) + 1, **(fields | own))
        ds.save_as(folder / name, enforce_file_format=True)
    return folder


def along(step: float, count: int, direction: Sequence[float] = (0, 0, 1)) -> list[np.ndarray]:
    """Return positions that are so many mm apart."""
    return [np.array(direction, float) * step * k for k in range(count)]
