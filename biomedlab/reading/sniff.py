"""What a file is, told from its first bytes, never from its name."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

HEAD = 1024
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\x93NUMPY", "NPY"),
    (b"NRRD", "NRRD"),
    (b"CDF\x01", "MINC1"),
    (b"CDF\x02", "MINC1"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"MATRIX7", "ECAT"),
    (b"P5", "PNM"),
    (b"P6", "PNM"),
)
# Things that are no images but are often saved under an image's name, in words.
_STRANGERS = (
    (rb"version https://git-lfs", "a Git LFS pointer: the name of a file that was not downloaded"),
    (
        rb"\s*(<!doctype html|<html|<head|<body)",
        "a web page, perhaps a login page, saved instead of the file",
    ),
    (rb"%PDF", "a PDF document"),
    (rb"Rar!|7z\xbc\xaf", "an archive"),
    (rb"\s*<\?xml", "an XML document"),
    (rb"\s*[{\[]\s*[\"{\[\d]", "a JSON document"),
    (
        rb"/annex/objects|(\.\./)*\.git/annex",
        "a git-annex pointer: the name of a file that was not downloaded",
    ),
    (rb"\x80[\x02-\x05].", "a Python pickle, which can run code when it is opened"),
)
_DICOM_VR = re.compile(rb"AE|AS|AT|CS|DA|DS|DT|FD|FL|IS|LO|LT|OB|OW|PN|SH|SL|SQ|SS|ST|TM|UI|UL|UN|US|UT")


def sniff(head: bytes, path: Path) -> str | None:
    """Return the format that the first bytes of a file show, such as "DICOM"; None if they show none.

    Parameters
    ----------
    head : bytes
        The first `HEAD` bytes of the file, or all of it.
    path : Path
        Its name, used only for formats that have no mark of their own (PAR/REC, AFNI).

    Examples
    --------
    >>> sniff(bytes(128) + b"DICM", Path("no_extension"))
    'DICOM'
    >>> sniff(b"hello", Path("scan.dcm")) is None
    True
    """
    if head[128:132] == b"DICM":
        return "DICOM"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith(b"\x1f\x8b"):
        return _sniff_gzip(head, path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "ZIP"
    return _sniff_volume(head) or _sniff_text(head, path) or _sniff_bare_dicom(head)


def stranger(head: bytes) -> str | None:
    """Return in words what a file is that is no image, if it is something well known.

    Examples
    --------
    >>> stranger(b"version https://git-lfs.github.com/spec/v1")
    'a Git LFS pointer: the name of a file that was not downloaded'
    """
    for pattern, words in _STRANGERS:
        if re.match(pattern, head, re.IGNORECASE | re.DOTALL):
            return words
    return None


def _sniff_gzip(head: bytes, path: Path) -> str:
    """Look inside: a NIfTI or MGH volume, or a stranger."""
    inside = _first_inside(head)
    if path.name.lower().endswith(".brik.gz"):
        return "AFNI"
    found = "DICOM" if inside[128:132] == b"DICM" else _sniff_volume(inside)
    return f"{found}.gz" if found else "GZIP"


def _first_inside(head: bytes) -> bytes:
    """Return what the first bytes of a gzip file unpack to, up to where it is damaged."""
    inner = zlib.decompressobj(wbits=31)
    inside = b""
    for at in range(0, len(head), 32):
        try:
            inside += inner.decompress(head[at : at + 32], HEAD)
        except zlib.error:
            break
    return inside


def _sniff_volume(head: bytes) -> str | None:
    """Tell NIfTI, Analyze and MGH by the size or version that their header begins with."""
    if len(head) < 4:
        return None
    little, big = struct.unpack("<i", head[:4])[0], struct.unpack(">i", head[:4])[0]
    if 348 in (little, big):
        return "NIfTI" if head[344:347] in (b"n+1", b"ni1") else "Analyze"
    if 540 in (little, big) and head[4:7] in (b"n+2", b"ni2"):
        return "NIfTI"
    if big == 1 and len(head) >= 284 and struct.unpack(">i", head[20:24])[0] in (0, 1, 3, 4, 10):
        return "MGH"
    return None


def _sniff_text(head: bytes, path: Path) -> str | None:
    if re.match(rb"\s*(ObjectType|NDims)\s*=", head):
        return "MetaImage"
    if re.match(rb"# === DATA DESCRIPTION FILE", head):
        return "PAR/REC"
    if path.suffix.lower() == ".head" and b"type" in head:
        return "AFNI"
    return None


def _sniff_bare_dicom(head: bytes) -> str | None:
    """Tell DICOM without its preamble by its first element, explicit or implicit, of group 2, 4 or 8."""
    if len(head) < 8:
        return None
    for order in "<>":
        group, element, length = struct.unpack(f"{order}HHI", head[:8])
        if group not in (0x0002, 0x0008) or element > 0x1200:
            continue
        if _DICOM_VR.fullmatch(head[4:6]) or length < 2048:
            return "DICOM"
    return None
