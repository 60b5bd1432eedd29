"""NRRD and MetaImage, through SimpleITK, which the extra "formats" brings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from biomedlab.image import Image
from biomedlab.reading.dicom_geometry import letters
from biomedlab.reading.errors import refusal
from biomedlab.reading.limits import Limit

_HEADER = 1 << 20
_SIZES = {"NRRD": rb"^sizes:\s*([\d ]+)", "MetaImage": rb"^DimSize\s*=\s*([\d ]+)"}
_DATA_FILE = {"NRRD": rb"^data ?file:\s*(.+?)\s*$", "MetaImage": rb"^ElementDataFile\s*=\s*(.+?)\s*$"}
_IO = {"NRRD": "NrrdImageIO", "MetaImage": "MetaImageIO"}
_COPY = "copy or download it again"


def load_itk(path: Path, kind: str, limit: Limit) -> Image:
    """Open a NRRD or MetaImage file.

    Parameters
    ----------
    path : Path
        The file, or the header of a pair.
    kind : str
        "NRRD" or "MetaImage".
    limit : Limit
        Of the image's size.

    Raises
    ------
    ImageReadError
        If SimpleITK is not installed, or the file cannot be read.
    """
    try:
        import SimpleITK
    except ImportError:
        wrong = f"{kind} files are read by SimpleITK, which is not installed"
        raise refusal(path, wrong, 'install it with: python -m pip install "biomedlab[formats]"') from None
    _check(path, kind, limit)
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    reader.SetImageIO(_IO[kind])
    try:
        image = reader.Execute()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1][:200]
        raise refusal(path, f"SimpleITK cannot read it ({reason})", _COPY) from error
    return _finish(path, kind, image, SimpleITK.GetArrayFromImage(image))


def _check(path: Path, kind: str, limit: Limit) -> None:
    """Refuse absurd sizes, and data files elsewhere, before SimpleITK sees the file."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
    sizes = re.search(_SIZES[kind], head, re.MULTILINE)
    if sizes is None:
        raise refusal(path, "its header does not say how large it is", _COPY)
    shape = [int(n) for n in sizes[1].split()]
    data = _data_file(path, kind, head)
    limit.check(path, shape, _dtype(head), path.stat().st_size + (data.stat().st_size if data else 0))


def _dtype(head: bytes) -> str:
    """Return a dtype as large as the samples, told by words that both formats share."""
    text = head[:4096].lower()
    if b"double" in text or b"long" in text or b"int64" in text:
        return "f8"
    return "f4" if b"float" in text or re.search(rb"met_u?int|type: *u?(nsigned )?int", text) else "u2"


def _data_file(path: Path, kind: str, head: bytes) -> Path | None:
    named = re.search(_DATA_FILE[kind], head, re.MULTILINE)
    if named is None or named[1].upper() == b"LOCAL":
        return None
    name = named[1].decode("utf-8", "replace")
    if "/" in name or "\\" in name or name.upper().startswith("LIST") or "%" in name:
        raise refusal(path, f"its samples are in other files ({name[:80]}), which are not followed")
    data = path.with_name(name)
    if not data.is_file():
        raise refusal(path, f"its samples are in {name}, which is not beside it", "copy both files")
    return data


def _finish(path: Path, kind: str, image: Any, values: np.ndarray) -> Image:
    spatial = image.GetDimension()
    colour = image.GetNumberOfComponentsPerPixel() > 1
    axes = ("t", "pln", "row", "col")[-spatial:] + (("ch",) if colour else ())
    places = min(spatial, 3)
    spacing = image.GetSpacing()[:places]
    direction = np.array(image.GetDirection()).reshape(spatial, spatial)[:places, :places]
    meta: dict[str, Any] = {
        "format": kind,
        "path": str(path),
        "sampling_source": "spacing",
        "unit": None,
        "header": {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()},
        "affine": None,
        "orientation": None,
    }
    if places == 3:
        columns = direction * np.array(spacing)
        affine = np.eye(4)
        affine[:3] = np.column_stack([columns[:, ::-1], image.GetOrigin()[:3]])
        meta |= {"affine": affine, "orientation": letters(columns[:, ::-1])}
    return Image(values, axes=axes, sampling=spacing[::-1], meta=meta)
