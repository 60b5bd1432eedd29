"""The one door: load(path)."""

from __future__ import annotations

import os
import re
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from biomedlab.image import Image
from biomedlab.reading.errors import ImageReadError, ImageReadWarning, printable, refusal
from biomedlab.reading.limits import Limit
from biomedlab.reading.quiet import quiet
from biomedlab.reading.sniff import HEAD, sniff, stranger

_COPY = "copy or download it again"


def load(
    path: str | os.PathLike[str], *, series: int | str | None = None, max_bytes: int | None = None
) -> Image:
    """Open a biomedical image: right values, in the right order, with its sampling in mm, or a clear refusal.

    What the file is is told from its content. Values are the modality's (stored x slope + intercept), never
    windowed. Whole numbers come in the smallest integers that hold them, never narrower than the stored
    samples; other scaled values in float64.

    Parameters
    ----------
    path : str or path-like
        A file (DICOM, NIfTI, MGH, Analyze, TIFF, PNG, JPEG, GIF, npy; NRRD and MetaImage with the extra
        "formats"), or a folder with a DICOM series.
    series : int or str, optional
        Which one, where there are several: a refusal lists them by the names to give here.
    max_bytes : int, optional
        The largest image to open, in bytes. By default 4 GiB, and less for files that grow more than
        250-fold when they are unpacked.

    Returns
    -------
    Image
        The values with `.axes` (of t, pln, row, col, ch), `.sampling` (mm, one number for each of pln, row,
        col; None where the file does not say) and `.meta`.

    Raises
    ------
    ImageReadError
        If the image cannot be opened right. It is a ValueError and an OSError.

    Warns
    -----
    ImageReadWarning
        If something odd was found, such as a gap between slices; also kept in ``meta["warnings"]``.

    Examples
    --------
    >>> load("no_such_scan.dcm")
    Traceback (most recent call last):
        ...
    biomedlab.reading.errors.ImageReadError: no_such_scan.dcm: there is no such file or folder. To mend it:
    check the name; the current folder is where names without a folder are looked for.
    """
    limit = _checked_limit(max_bytes)
    place = _checked_path(path)
    with quiet() as said:
        image = _opened(place, limit, series)
    image.meta["warnings"] = said.warnings
    image.meta.setdefault("header", {})
    if said.notes:
        image.meta["notes"] = said.notes
    for message in said.warnings:
        warnings.warn(message, ImageReadWarning, stacklevel=2)
    return image


def _opened(path: Path, limit: Limit, series: Any) -> Image:
    try:
        if path.is_dir():
            from biomedlab.reading.series import load_folder

            return load_folder(path, limit, series)
        return _reader(path)(path, limit, series)
    except ImageReadError:
        raise
    except MemoryError as error:
        raise refusal(path, "there is not enough memory for it") from error
    except Exception as error:
        words = " ".join(str(error).split())[:300]
        raise refusal(path, f"it is damaged or cut short ({type(error).__name__}: {words})", _COPY) from error


def _checked_path(path: Any) -> Path:
    """Return the path of a regular file or a folder; refuse anything else, with the right way to do it."""
    if isinstance(path, (list, tuple, set)) or hasattr(path, "__next__"):
        raise ImageReadError(
            "load takes one path, not a list of names. For a series of slices give the folder they are in: "
            'load("chest-data") sorts them by position'
        )
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise ImageReadError(f"load takes a path, as text or pathlib.Path, not {type(path).__name__}")
    text = os.fspath(path)
    if re.match(r"[a-z][a-z0-9+.-]+://", text, re.IGNORECASE):
        raise ImageReadError(f"{text}: this is a web address. Download the file, then load it by its path.")
    if not text.strip() or "\0" in text:
        raise ImageReadError(f"{text!r} is no path. Give the path of a file or folder.")
    place = Path(text).expanduser() if text.startswith("~") else Path(text)
    _check_kind(place)
    return place


def _check_kind(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        wrong = (
            "it is a link to something that is not there"
            if path.is_symlink()
            else "there is no such file or folder"
        )
        remedy = "check the name; the current folder is where names without a folder are looked for"
        raise refusal(path, wrong, remedy) from None
    except OSError as error:
        raise refusal(path, f"it cannot be opened ({error.strerror or error})") from error
    except ValueError as error:
        raise ImageReadError(f"{printable(path)}: this is no path ({error})") from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise refusal(path, "it is a device, pipe or socket, not a file", "give the path of a file or folder")


def _checked_limit(max_bytes: Any) -> Limit:
    if max_bytes is not None and (
        isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes < 1
    ):
        raise ValueError(f"max_bytes is {max_bytes!r}; it must be a whole number of bytes, such as 8 * 2**30")
    return Limit(max_bytes)


def _reader(path: Path) -> Callable[[Path, Limit, Any], Image]:
    """Return the function that opens a file, from its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise refusal(path, f"it cannot be opened ({error.strerror or error})") from error
    if not head:
        raise refusal(path, "the file is empty", _COPY)
    kind = sniff(head, path)
    if kind is None:
        return _second_half(path, head)
    return _reader_of(path, kind)


def _second_half(path: Path, head: bytes) -> Callable[[Path, Limit, Any], Image]:
    """Return the reader of a pair whose other half says what it is; refuse the file if it is none."""
    from biomedlab.reading.pairs import header_beside

    header = header_beside(path)
    if header is None:
        what = stranger(head)
        wrong = f"it is {what}" if what else "its content is of no image format that is known here"
        raise refusal(path, wrong, "see docs/formats.md for what opens; " + _COPY)
    reader = _reader(header)
    return lambda _, limit, series: reader(header, limit, series)


def _reader_of(path: Path, kind: str) -> Callable[[Path, Limit, Any], Image]:
    # Each import is put off until a file needs it: together they take seconds.
    if kind in ("DICOM", "DICOM.gz"):
        from biomedlab.reading.dicom import load_dicom

        return load_dicom
    if kind == "TIFF":
        from biomedlab.reading.tiff import load_tiff

        return load_tiff
    if kind in ("NPY", "ZIP"):
        from biomedlab.reading.npy import load_npy, load_npz

        return load_npz if kind == "ZIP" else lambda path, limit, series: load_npy(path, limit)
    if kind in ("NRRD", "MetaImage"):
        from biomedlab.reading.itk import load_itk

        return lambda path, limit, series: load_itk(path, kind, limit)
    if kind == "GZIP":
        raise refusal(
            path, "it is compressed with gzip, and what is in it is no NIfTI or MGH volume", "unpack it"
        )
    if kind.removesuffix(".gz") in ("NIfTI", "Analyze", "MGH", "MINC1", "HDF5", "PAR/REC", "AFNI", "ECAT"):
        from biomedlab.reading.nifti import load_volume

        return lambda path, limit, series: load_volume(path, kind, limit)
    from biomedlab.reading.raster import load_raster

    return lambda path, limit, series: load_raster(path, kind, limit)
