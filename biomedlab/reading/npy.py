"""numpy's own files: one array, never a pickle."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format

from biomedlab.image import Image
from biomedlab.reading.errors import refusal, tell
from biomedlab.reading.limits import Limit

_COPY = "save it again with numpy.save"


def load_npy(path: Path, limit: Limit) -> Image:
    """Open a .npy file; axes are (row, col), (pln, row, col) or (t, pln, row, col) by their number."""
    with path.open("rb") as file:
        return _finish(path, "NPY", _read(path, file, path.stat().st_size, limit))


def load_npz(path: Path, limit: Limit, series: Any = None) -> Image:
    """Open the only array of a .npz file, or the one that `series` names."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            if not names:
                listed = ", ".join(archive.namelist()[:5])
                raise refusal(
                    path, f"this archive holds no arrays ({listed})", "unpack it and load what is in it"
                )
            info = archive.getinfo(_chosen(path, names, series))
            with archive.open(info) as member:
                array = _read(path, member, info.file_size, limit, info.compress_size)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise refusal(path, f"this archive is damaged ({error})", "copy or download it again") from error
    return _finish(path, "NPZ", array)


def _chosen(path: Path, names: list[str], series: Any) -> str:
    keys = [name.removesuffix(".npy") for name in names]
    if series is None and len(names) == 1:
        return names[0]
    if series in keys:
        return names[keys.index(series)]
    wrong = f"it holds {len(names)} arrays: {', '.join(keys[:20])}"
    raise refusal(path, wrong, f"choose one with load(..., series={keys[0]!r})")


def _read(path: Path, file: Any, size: int, limit: Limit, stored: int | None = None) -> np.ndarray:
    shape, fortran, dtype, begin = _declared(path, file)
    limit.check(path, shape, dtype, stored if stored is not None else size)
    needed = math.prod(shape) * dtype.itemsize
    if size - begin < needed:
        raise refusal(
            path, f"it is cut short: it says {needed} bytes of samples and has {size - begin}", _COPY
        )
    out = np.empty(shape, dtype, order="F" if fortran else "C")
    _fill(path, file, out.T if fortran else out)
    return out if dtype.isnative else out.astype(dtype.newbyteorder("="))


def _declared(path: Path, file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Read the header: shape, order, dtype, and where the samples begin."""
    try:
        version = npy_format.read_magic(file)
        read = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except Exception as error:
        raise refusal(path, f"its header is damaged ({type(error).__name__}: {error})", _COPY) from error
    if dtype.hasobject:
        raise refusal(path, "it is a pickle of Python objects, which can run code and is never opened", _COPY)
    if dtype.kind not in "biufc":
        raise refusal(path, f"it holds {dtype}, which are no samples of an image", _COPY)
    return shape, fortran, dtype, file.tell()


def _fill(path: Path, file: Any, out: np.ndarray) -> None:
    view = out.reshape(-1).view(np.uint8).data
    at = 0
    while at < len(view):
        part = file.read(min(len(view) - at, 2**22))
        if not part:
            raise refusal(path, "it is cut short", _COPY)
        view[at : at + len(part)] = part
        at += len(part)
    file.read(1)  # an archive checks its sum at the end


def _finish(path: Path, kind: str, array: np.ndarray) -> Image:
    if not 1 <= array.ndim <= 4:
        raise refusal(
            path, f"its array has {array.ndim} axes; images of 1 to 4 are opened", "numpy.load opens it"
        )
    if not array.size:
        raise refusal(path, f"its array is empty: {array.shape}")
    if array.ndim == 3 and array.shape[-1] in (3, 4):
        tell(f"{path.name}: taken as (pln, row, col); if it is a colour picture, use Image(..., axes=...)")
    meta = {"format": kind, "path": str(path), "sampling_source": None, "orientation": None}
    return Image(array, meta=meta | {"affine": None, "unit": None})
