"""NIfTI, Analyze, MGH and the other volumes that nibabel reads."""

from __future__ import annotations

import gzip
import io
import math
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.fileholders import FileHolder
from nibabel.spatialimages import HeaderDataError, SpatialImage

from biomedlab.image import SPATIAL, Image
from biomedlab.reading.dicom_geometry import letters
from biomedlab.reading.dtypes import holds, integers_from
from biomedlab.reading.errors import ImageReadError, refusal, tell
from biomedlab.reading.limits import Limit

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_MM = {"meter": 1e3, "mm": 1.0, "micron": 1e-3}
_SECONDS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}
_COPY = "copy or download it again"
_TAIL = 2**26


def load_volume(path: Path, kind: str, limit: Limit) -> Image:
    """Open a volume that nibabel reads.

    Parameters
    ----------
    path : Path
        The file; of a pair, either one.
    kind : str
        Its format, as `sniff` names it.
    limit : Limit
        Of the image's size.

    Returns
    -------
    Image
        (row, col), (pln, row, col) or (t, pln, row, col): nibabel's (i, j, k, t) in reverse, nothing flipped.
    """
    with ExitStack() as stack:
        volume = _opened(path, kind, stack)
        shape, dtype = _declared(path, volume)
        files = [Path(holder.filename) for holder in volume.file_map.values() if holder.filename]
        stored = sum(one.stat().st_size for one in files if one.exists())
        result = _result_dtype(path, volume)
        limit.check(
            path, shape, max(dtype, result, key=lambda one: one.itemsize), stored or path.stat().st_size
        )
        values = _values(path, volume, result)
        _check_to_end(path, volume)
    return _finish(path, kind, volume, values)


def _opened(path: Path, kind: str, stack: ExitStack) -> Any:
    """Return nibabel's image of the file; its samples are not read yet."""
    kind = kind.removesuffix(".gz")
    if kind in ("NIfTI", "MGH"):
        return _from_files(path, kind, stack)
    try:
        return nib.load(_pair(path)[0] if kind == "Analyze" else path)
    except ImageReadError:
        raise
    except ImportError as error:
        wrong = f"this {kind} file needs a package that is not installed ({error})"
        raise refusal(path, wrong, "python -m pip install h5py") from error
    except Exception as error:
        raise refusal(path, f"nibabel cannot read it ({_in_short(error)})", _COPY) from error


def _from_files(path: Path, kind: str, stack: ExitStack) -> Any:
    """Open by content: nibabel itself goes by the extension."""
    head = _head(path)
    makers = {"MGH": [nib.MGHImage]}
    order = makers.get(kind) or _makers(head)
    errors = []
    for maker in order:
        try:
            holders = _holders(path, maker, head, stack)
            image = maker.from_file_map(holders)
        except ImageReadError:
            raise
        except (
            ImageFileError,
            HeaderDataError,
            ValueError,
            OSError,
        ) as error:
            errors.append(_in_short(error))
            continue
        _check_scale(path, maker, head)
        return image
    raise refusal(path, f"its {kind} header is damaged ({'; '.join(dict.fromkeys(errors))})", _COPY)


def _makers(head: bytes) -> list[Any]:
    if head[4:6] == b"n+":
        return [nib.Nifti2Image]
    if head[4:6] == b"ni":
        return [nib.Nifti2Pair]
    if head[344:347] == b"n+1":
        return [nib.Nifti1Image]
    if head[344:347] == b"ni1":
        return [nib.Nifti1Pair]
    return []


def _holders(path: Path, maker: Any, head: bytes, stack: ExitStack) -> dict[str, FileHolder]:
    if len(maker.files_types) == 1 or maker in (nib.Nifti1Image, nib.Nifti2Image):
        return {"image": _holder(path, stack)}
    header, image = _pair(path)
    return {"header": _holder(header, stack), "image": _holder(image, stack)}


def _holder(path: Path, stack: ExitStack) -> FileHolder:
    return FileHolder(filename=str(path), fileobj=stack.enter_context(_plain(path)))


@contextmanager
def _plain(path: Path) -> Generator[Any]:
    """Open a file, or what a gzip file holds."""
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            file.seek(0)
            with gzip.GzipFile(fileobj=file) as inner:
                yield inner
        else:
            file.seek(0)
            yield file


def _head(path: Path) -> bytes:
    with _plain(path) as file:
        return file.read(1024)


def _pair(path: Path) -> tuple[Path, Path]:
    """Return the header and the image file of a pair, of which either was asked for."""
    names = path.name
    zipped = names.lower().endswith(".gz")
    stem = names[: -3 if zipped else None]
    base = stem[: -len(Path(stem).suffix)] if Path(stem).suffix.lower() in (".hdr", ".img") else stem
    found = {}
    for suffix in (".hdr", ".img"):
        options = [
            path.with_name(base + one + end) for one in (suffix, suffix.upper()) for end in ("", ".gz")
        ]
        found[suffix] = next((one for one in options if one.is_file()), None)
    header = path if Path(stem).suffix.lower() != ".img" else found[".hdr"]
    if header is None or found[".img"] is None:
        missing = ".hdr" if header is None else ".img"
        raise refusal(
            path, f"it is one of a pair, and its {missing} file is not beside it", "copy both files"
        )
    return header, found[".img"]


def _declared(path: Path, volume: Any) -> tuple[tuple[int, ...], np.dtype]:
    shape = getattr(volume, "shape", None)
    if not isinstance(volume, SpatialImage) or shape is None or _is_cifti(volume):
        raise refusal(path, "it holds no image on a grid (surfaces, tracks and CIFTI are not opened)")
    dtype = volume.get_data_dtype()
    if any(n < 0 for n in shape) or not math.prod(shape):
        raise refusal(path, f"its header says that it is {shape} samples", _COPY)
    return shape, np.dtype(dtype)


def _is_cifti(volume: Any) -> bool:
    extensions = getattr(getattr(volume, "header", None), "extensions", ()) or ()
    return isinstance(volume, nib.Cifti2Image) or any(one.get_code() == 32 for one in extensions)


def _scale(path: Path, volume: Any) -> tuple[float, float]:
    """Return slope and intercept; (1, 0) where the samples are the values."""
    proxy = volume.dataobj
    if type(proxy) is not nib.arrayproxy.ArrayProxy:
        return math.nan, math.nan  # formats with a factor for each plane: nibabel scales them
    slope, inter = proxy.slope, proxy.inter
    return (1.0 if slope is None else float(slope)), (0.0 if inter is None else float(inter))


def _check_scale(path: Path, maker: Any, head: bytes) -> None:
    """Refuse scale factors that are stated and useless, which nibabel passes over."""
    if not issubclass(maker.header_class, nib.Nifti1Header):
        return
    size = maker.header_class.template_dtype.itemsize
    header = maker.header_class(head[:size], check=False)
    raw = [float(header["scl_slope"]), float(header["scl_inter"])]
    if _is_bad_scale(raw):
        raise refusal(path, f"its values cannot be computed: slope {raw[0]}, intercept {raw[1]}", _COPY)


def _is_bad_scale(raw: list[float]) -> bool:
    """Return whether NIfTI's factors are useless; a slope of 0, or both NaN, mean that none is stated."""
    slope, inter = raw
    if slope == 0 or (math.isnan(slope) and (math.isnan(inter) or inter == 0)):
        return False
    return not (math.isfinite(slope) and math.isfinite(inter))


def _result_dtype(path: Path, volume: Any) -> np.dtype:
    slope, inter = _scale(path, volume)
    stored = np.dtype(volume.get_data_dtype()).newbyteorder("=")
    if (slope, inter) == (1, 0):
        return stored
    if stored.kind == "c":
        return np.dtype(np.complex128)
    whole = stored.kind in "iu" and float(slope).is_integer() and float(inter).is_integer()
    return _integer_for(stored, slope, inter) if whole else np.dtype(np.float64)


def _integer_for(stored: np.dtype, slope: float, inter: float) -> np.dtype:
    info = np.iinfo(stored)
    ends = [int(slope) * int(end) + int(inter) for end in (info.min, info.max)]
    fits = (one for one in integers_from(stored.itemsize) if holds(one, min(ends), max(ends)))
    return next(fits, np.dtype(np.float64))


def _values(path: Path, volume: Any, dtype: np.dtype) -> np.ndarray:
    """Return the scaled values; scaled plane by plane, so that no second volume is made on the way."""
    slope, inter = _scale(path, volume)
    proxy = volume.dataobj
    try:
        if math.isnan(slope):
            return _native(np.asanyarray(proxy))
        raw = proxy.get_unscaled()
    except (OSError, EOFError, ValueError) as error:
        raise refusal(path, f"it is damaged or cut short ({_in_short(error)})", _COPY) from error
    if (slope, inter) == (1, 0):
        return _native(raw)
    out = np.empty(raw.shape, dtype, order="F")
    write = _write_floats if dtype.kind in "fc" else _write_integers
    for at in np.ndindex(raw.shape[2:]):
        write(raw[(..., *at)], slope, inter, out[(..., *at)])
    return out


def _write_floats(plane: np.ndarray, slope: float, inter: float, out: np.ndarray) -> None:
    np.multiply(plane, slope, out=out, dtype=out.dtype)
    out += inter


def _write_integers(plane: np.ndarray, slope: float, inter: float, out: np.ndarray) -> None:
    out[...] = plane.astype(np.int64) * int(slope) + int(inter)


def _native(array: np.ndarray) -> np.ndarray:
    """Return the array in memory and in this machine's byte order."""
    return np.array(
        array,
        dtype=array.dtype.newbyteorder("="),
        order="K",
        copy=None if type(array) is np.ndarray else True,
    )


def _check_to_end(path: Path, volume: Any) -> None:
    """Read a gzip file to its end, where its checksum is: a damaged one would else open with wrong values."""
    for holder in volume.file_map.values():
        file: BinaryIO | None = getattr(holder, "fileobj", None)
        if not isinstance(file, gzip.GzipFile):
            continue
        left = _TAIL
        try:
            while left > 0 and (part := file.read(io.DEFAULT_BUFFER_SIZE * 16)):
                left -= len(part)
        except (OSError, EOFError, ValueError) as error:
            raise refusal(path, f"it is damaged or cut short ({_in_short(error)})", _COPY) from error


def _finish(path: Path, kind: str, volume: Any, values: np.ndarray) -> Image:
    array, axes = _arranged(path, volume, values)
    spatial = [axis for axis in axes if axis in SPATIAL]
    zooms, source, step = _zooms(path, volume)
    sampling = None
    if zooms is not None:
        sampling = tuple(zooms[("col", "row", "pln").index(axis)] for axis in spatial)
    meta = {
        "format": kind.removesuffix(".gz"),
        "path": str(path),
        "sampling_source": source,
        "unit": None,
        "header": _header(volume),
    }
    if step and "t" in axes:
        meta["time_step"] = step
    meta |= _placed(volume, len(spatial), reverse=not _is_minc(volume))
    return Image(array, axes=axes, sampling=sampling, meta=meta)


def _is_minc(volume: Any) -> bool:
    return isinstance(volume, (nib.Minc1Image, nib.Minc2Image))


def _arranged(path: Path, volume: Any, values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the array with axes in our order: (i, j, k, t, channel) in reverse, channels last."""
    if values.dtype.names:
        values = np.stack([values[name] for name in values.dtype.names], axis=-1)
        return _with_channels(path, values)
    if _is_minc(volume):
        return np.ascontiguousarray(values), ("t", "pln", "row", "col")[-values.ndim :]
    while values.ndim > 4 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim == 5:
        return _with_channels(path, values[..., 0, :] if values.shape[3] == 1 else values)
    if values.ndim > 5 or values.ndim < 1:
        raise refusal(path, f"it has {values.ndim} axes {values.shape}; images of up to 5 are opened")
    axes = ("t", "pln", "row", "col")[-values.ndim :]
    return values.T, axes


def _with_channels(path: Path, values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    places = values.ndim - 1
    if places > 4:
        raise refusal(path, f"it has {values.ndim} axes {values.shape}; images of up to 5 are opened")
    order = (*reversed(range(places)), places)
    return values.transpose(order), (*("t", "pln", "row", "col")[-places:], "ch")


def _zooms(path: Path, volume: Any) -> tuple[tuple[float, ...] | None, str | None, float | None]:
    """Return mm along i, j, k; what states them; and the seconds between volumes."""
    zooms = [float(zoom) for zoom in volume.header.get_zooms()]
    if _is_minc(volume):
        zooms = zooms[-3:][::-1]
    unit, time_unit = _units(volume)
    if unit is None and hasattr(volume.header, "get_xyzt_units"):
        tell(f"{path.name}: the file does not state the unit of its spacing; it is taken as mm")
    first = [abs(zoom) * (unit or 1.0) for zoom in zooms[:3]]
    if not all(math.isfinite(zoom) and zoom > 0 for zoom in first):
        tell(f"{path.name}: its spacing is {tuple(zooms[:3])}, which is no spacing, so sampling is None")
        return None, None, None
    step = zooms[3] * time_unit if len(zooms) > 3 and time_unit and zooms[3] > 0 else None
    return tuple(_tidy(zoom) for zoom in first), "pixdim" if unit is not None else "header", step


def _tidy(zoom: float) -> float:
    """Return a float32 of the header as the decimal it was written for."""
    return float(str(np.float32(zoom)))


def _units(volume: Any) -> tuple[float | None, float | None]:
    get = getattr(volume.header, "get_xyzt_units", None)
    if get is None:
        return None, None
    try:
        space, time = get()
    except KeyError:
        return None, None
    return _MM.get(space), _SECONDS.get(time)


def _placed(volume: Any, spatial: int, *, reverse: bool) -> dict[str, Any]:
    """Return affine and orientation in axes order and LPS; None where the file only has a default."""
    affine = volume.affine
    if affine is None or not np.isfinite(affine).all() or not _states_place(volume):
        return {"affine": None, "orientation": None}
    in_lps = _RAS_TO_LPS @ affine
    columns = in_lps[:, :3][:, :spatial]
    if not (np.linalg.norm(columns, axis=0) > 0).all():
        return {"affine": None, "orientation": None}
    columns = columns[:, ::-1] if reverse else columns
    unit = _units(volume)[0] or 1.0
    placed = np.column_stack([columns, in_lps[:, 3]])
    placed[:3] *= unit
    return {"affine": placed, "orientation": letters(columns)}


def _states_place(volume: Any) -> bool:
    header = volume.header
    if isinstance(header, nib.Nifti1Header):
        return int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
    return not isinstance(header, nib.AnalyzeHeader)


def _header(volume: Any) -> dict[str, Any]:
    """Return the header's fields as plain values."""
    header = volume.header
    if not hasattr(header, "keys") or not hasattr(header, "structarr"):
        return {}
    return {key: _simple(header[key]) for key in header}


def _simple(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind == "S":
        return array.tobytes().rstrip(b"\0").decode("utf-8", "replace")
    return array.item() if array.ndim == 0 else tuple(array.ravel().tolist())


def _in_short(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
