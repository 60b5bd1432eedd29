"""One DICOM file: its header, and where its pixels lie. Pixels stay on disk until they are asked for."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from biomedlab.reading.errors import refusal
from biomedlab.reading.limits import BOMB_BYTES, DEFAULT_MAX_BYTES, Limit

_PIXELS = {
    (0x7FE0, 0x0008): "FloatPixelData",
    (0x7FE0, 0x0009): "DoubleFloatPixelData",
    (0x7FE0, 0x0010): "PixelData",
}
_UNKNOWN_LENGTH = 0xFFFFFFFF
_HEAD = 1 << 16
_DELIMITER = b"\xfe\xff\xdd\xe0"


@dataclass(frozen=True)
class PixelPlace:
    """Where the pixel data lie: their keyword, VR, first byte and length (None if it is not stated)."""

    keyword: str
    vr: str
    start: int
    length: int | None


@dataclass(frozen=True, eq=False)
class DicomFile:
    """The header of a DICOM file and the place of its pixels."""

    path: Path
    header: Dataset
    place: PixelPlace | None
    size: int
    inflated: bytes | None = None

    @contextmanager
    def at_pixels(self) -> Generator[BinaryIO]:
        """Open the file at the first byte of its pixel data."""
        assert self.place is not None
        with io.BytesIO(self.inflated) if self.inflated is not None else self.path.open("rb") as file:
            file.seek(self.place.start)
            yield file

    @cached_property
    def syntax(self) -> UID:
        """The transfer syntax: stated, or told from how the header is written."""
        stated = getattr(self.header, "file_meta", Dataset()).get("TransferSyntaxUID")
        implicit, little = self.header.original_encoding
        written = _written_syntax(bool(implicit), bool(little))
        if not stated:
            if self.place is not None and self.place.length is None:
                wrong = "its pixels are compressed, but it does not say how (no Transfer Syntax UID)"
                raise refusal(self.path, wrong, "export it again from where it came from")
            return written
        stated = UID(stated)
        return stated if stated.is_encapsulated or stated.is_deflated else written

    @cached_property
    def stored_bytes(self) -> int:
        """Bytes of the file, inflated, from the first pixel to the end of the pixel data or of the file."""
        assert self.place is not None
        left = self.size - self.place.start
        return left if self.place.length is None else min(left, self.place.length)

    def integer(self, keyword: str, default: int | None = None) -> int:
        """Return a header field as an integer; a default stands in for one that is not there.

        Raises
        ------
        ImageReadError
            If it is missing and has no default, or is no integer.
        """
        value = self.get(keyword)
        if value in (None, ""):
            if default is None:
                raise refusal(self.path, f"its header has no {keyword}, so its pixels cannot be laid out")
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise refusal(self.path, f"its {keyword} is {value!r}, which is no whole number") from None

    def get(self, keyword: str, default: Any = None) -> Any:
        """Return a header field, or the default if it is missing, empty or cannot be read."""
        return field(self.header, keyword, default)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """(row, col), or (row, col, ch) in colour: what one frame is once it is decoded."""
        rows, cols, samples = self.integer("Rows"), self.integer("Columns"), self.samples
        if self.get("PhotometricInterpretation") == "PALETTE COLOR":
            samples = 3
        return (rows, cols, samples) if samples > 1 else (rows, cols)

    @cached_property
    def samples(self) -> int:
        """Samples stored for each pixel."""
        return self.integer("SamplesPerPixel", 1)

    @cached_property
    def frames(self) -> int:
        """How many frames the file says it holds."""
        count = self.integer("NumberOfFrames", 1)
        if count < 1:
            raise refusal(self.path, f"it says it has {count} frames")
        return count

    @cached_property
    def bits_allocated(self) -> int:
        """Bits that one sample takes in the file."""
        bits = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}
        return bits.get(self.place.keyword if self.place else "", 0) or self.integer("BitsAllocated")

    @cached_property
    def stored_dtype(self) -> np.dtype:
        """The smallest dtype for the stored samples, from the bits that they use and their sign."""
        if self.place is not None and self.place.keyword != "PixelData":
            return np.dtype(f"f{self.bits_allocated // 8}")
        bits = self.integer("BitsStored", self.bits_allocated)
        size = next((size for size in (1, 2, 4, 8) if bits <= 8 * size), 8)
        return np.dtype(f"{'i' if self.integer('PixelRepresentation', 0) else 'u'}{size}")

    def check(self, limit: Limit) -> None:
        """Refuse a file whose header and length do not agree, before anything is decoded."""
        if self.place is None:
            kind = field(self.header, "SOPClassUID")
            what = UID(str(kind)).name if kind else "no image"
            raise refusal(self.path, f"this DICOM file holds no pixels (it is: {what})")
        for keyword in ("Rows", "Columns"):
            if not 0 < self.integer(keyword) < 2**16:
                raise refusal(self.path, f"its {keyword} is {self.integer(keyword)}")
        if self.samples not in (1, 3):
            raise refusal(self.path, f"it has {self.samples} samples for each pixel; 1 and 3 are read")
        bits = self.bits_allocated
        if bits != 1 and bits not in (8, 16, 32, 64):
            raise refusal(self.path, f"its samples have {bits} bits allocated; 1, 8, 16, 32 and 64 are read")
        stored = self.integer("BitsStored", bits)
        if not 1 <= stored <= bits and self.place.keyword == "PixelData":
            raise refusal(self.path, f"it says {stored} bits are stored of {bits} allocated")
        limit.check(self.path, (self.frames, *self.shape), self.stored_dtype, self.stored_bytes)
        self._check_length()

    def _check_length(self) -> None:
        """Refuse pixel data cut short: natives by their size, compressed ones by their closing mark."""
        assert self.place is not None
        if self.syntax.is_encapsulated:
            if self.place.length is None and not self._is_closed():
                raise refusal(self.path, "it is cut short: its compressed pixels do not end", _COPY)
            return
        needed = self.native_bytes
        if self.stored_bytes < needed:
            wrong = f"it is cut short: it says it has {needed} bytes of pixels and has {self.stored_bytes}"
            raise refusal(self.path, wrong, _COPY)

    @cached_property
    def native_bytes(self) -> int:
        """Bytes that the frames take when they are not compressed."""
        pixels = self.frames * self.integer("Rows") * self.integer("Columns")
        if self.get("PhotometricInterpretation") == "YBR_FULL_422":
            return pixels * 2 * self.bits_allocated // 8
        return -(-pixels * self.samples * self.bits_allocated // 8)

    def _is_closed(self) -> bool:
        """Walk the items of encapsulated pixel data to the sequence delimiter."""
        with self.at_pixels() as file:
            while len(item := file.read(8)) == 8:
                if item[:4] == _DELIMITER:
                    return True
                length = struct.unpack("<I", item[4:])[0]
                if item[:4] != b"\xfe\xff\x00\xe0" or file.tell() + length > self.size:
                    return False
                file.seek(length, io.SEEK_CUR)
        return False


_COPY = "copy or download it again"


def open_dicom(path: Path, limit: Limit | None = None) -> DicomFile:
    """Read a DICOM file's header and find its pixels.

    Parameters
    ----------
    path : Path
        A regular file that shows itself to be DICOM.
    limit : Limit, optional
        Of what a deflated file may grow to.

    Raises
    ------
    ImageReadError
        If the header cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(0)
        if head.startswith(b"\x1f\x8b"):
            data = _unpacked(path, file.read(), 31, limit or Limit())
            header, place = _parse(path, io.BytesIO(data))
            return DicomFile(path, header, place, len(data), data)
        if DeflatedExplicitVRLittleEndian.encode() in head:
            data = _inflated(path, file.read(), limit or Limit())
            header, place = _parse(path, io.BytesIO(data))
            return DicomFile(path, header, place, len(data), data)
        header, place = _parse(path, file)
    return DicomFile(path, header, place, size)


def field(dataset: Dataset, keyword: str, default: Any = None) -> Any:
    """Return a field of a dataset; the default if it is missing, empty, or not what its type allows."""
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 (pydicom raises many kinds for a value that does not fit its VR)
        return default
    return default if value is None or value == "" else value


def _parse(path: Path, file: BinaryIO) -> tuple[Dataset, PixelPlace | None]:
    try:
        header = dcmread(file, stop_before_pixels=True, force=True)
    except Exception as error:  # pydicom raises many kinds for a damaged header
        wrong = f"its DICOM header is damaged or cut short ({type(error).__name__}: {error})"
        raise refusal(path, wrong, _COPY) from error
    if not len(header) and not len(getattr(header, "file_meta", ())):
        raise refusal(path, "it begins like DICOM, but has no header", _COPY)
    return header, _pixel_place(header, file)


def _pixel_place(header: Dataset, file: BinaryIO) -> PixelPlace | None:
    """Read the head of the pixel data element, at which pydicom stops."""
    implicit, little = header.original_encoding
    order = "<" if little in (True, None) else ">"
    raw = file.read(8)
    if len(raw) < 8:
        return None
    tag = struct.unpack(f"{order}HH", raw[:4])
    if tag not in _PIXELS:
        return None
    vr, length = "OW", raw[4:]
    # Some files are implicit in places where they say they are not: a VR is two capital letters.
    if not implicit and raw[4:6].isalpha() and raw[4:6].isupper():
        vr, length = raw[4:6].decode("ascii"), file.read(4)
    if len(length) < 4:
        return None
    count = struct.unpack(f"{order}I", length)[0]
    return PixelPlace(_PIXELS[tag], vr, file.tell(), None if count == _UNKNOWN_LENGTH else count)


def _written_syntax(implicit: bool, little: bool) -> UID:
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _inflated(path: Path, data: bytes, limit: Limit) -> bytes:
    """Return a deflated file as a plain explicit one, if it stays within the limit."""
    try:
        meta_end = _end_of_file_meta(data)
    except (struct.error, IndexError):
        raise refusal(path, "its DICOM header is damaged or cut short", _COPY) from None
    body = _unpacked(path, data[meta_end:], -zlib.MAX_WBITS, limit)
    plain = data[:meta_end].replace(_padded(DeflatedExplicitVRLittleEndian), _padded(ExplicitVRLittleEndian))
    return plain + body


def _unpacked(path: Path, data: bytes, wbits: int, limit: Limit) -> bytes:
    """Return what a deflate or gzip stream holds, if it stays within the limit."""
    most = min(limit.max_bytes or BOMB_BYTES, DEFAULT_MAX_BYTES)
    inflater = zlib.decompressobj(wbits=wbits)
    try:
        body = inflater.decompress(data, most)
    except zlib.error as error:
        raise refusal(path, f"its compressed content is damaged ({error})", _COPY) from error
    if inflater.unconsumed_tail:
        wrong = f"it unpacks to more than {most / 2**30:.3f} GiB"
        raise refusal(path, wrong, "if you trust the file, give load(..., max_bytes=...)")
    if not inflater.eof:
        raise refusal(path, "it is cut short: its compressed content does not end", _COPY)
    return body


def _padded(uid: UID) -> bytes:
    """Return a UID padded with zeros to the length of the longest of the two that are swapped."""
    return uid.encode().ljust(len(DeflatedExplicitVRLittleEndian), b"\0")


def _end_of_file_meta(data: bytes) -> int:
    """Return where the elements of group 2 end; they are always explicit and little endian."""
    at = 132 if data[128:132] == b"DICM" else 0
    while data[at : at + 2] == b"\x02\x00":
        long_form = data[at + 4 : at + 6] in (b"OB", b"OW", b"SQ", b"UN", b"UT")
        length = struct.unpack("<I", data[at + 8 : at + 12])[0] if long_form else 0
        at += 12 + length if long_form else 8 + struct.unpack("<H", data[at + 6 : at + 8])[0]
    return at
