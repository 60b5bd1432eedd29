"""Decoding the frames of a DICOM file, straight into the array that is returned."""

from __future__ import annotations

import itertools
import os
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import imagecodecs
import numpy as np
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import get_decoder
from pydicom.uid import (
    AllTransferSyntaxes,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from biomedlab.reading.dicom_file import DicomFile
from biomedlab.reading.dicom_geometry import Plane
from biomedlab.reading.dicom_values import TooNarrowError, result_dtypes
from biomedlab.reading.errors import ImageReadError, refusal, tell
from biomedlab.reading.progress import progress

_GRAYS = {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"}
_COLOURS = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"}


def read_planes(planes: Sequence[Plane]) -> np.ndarray:
    """Decode planes into one array.

    Parameters
    ----------
    planes : sequence of N Plane
        All of one shape; in the order of the result.

    Returns
    -------
    ndarray (N, row, col) or (N, row, col, ch)
        Their values.

    Raises
    ------
    ImageReadError
        If a frame cannot be decoded.
    """
    wanted = defaultdict(list)
    for place, plane in enumerate(planes):
        wanted[plane.file].append((plane.frame, place))
    dtypes = _common_dtypes(planes, list(wanted))
    for dtype in dtypes:
        out = np.empty((len(planes), *planes[0].file.shape), dtype)
        try:
            _read_files(wanted, planes, out)
        except TooNarrowError:
            continue
        return out
    raise refusal(planes[0].file.path, f"its values do not fit {dtypes[-1]}, as its header says they do")


def decoded_frames(file: DicomFile) -> Iterator[np.ndarray]:
    """Yield a file's frames as stored samples; colours as RGB.

    Yields
    ------
    ndarray (row, col) or (row, col, ch)
        One frame.
    """
    _check_colour(file)
    decoder = get_decoder(file.syntax) if file.syntax in AllTransferSyntaxes else None
    if decoder is None or (file.syntax.is_encapsulated and not decoder.is_available):
        raise refusal(file.path, f"its compression ({file.syntax.name}) is not one that is read")
    options = _options(file)
    with file.at_pixels() as source:
        if not file.syntax.is_encapsulated:
            yield from _native_frames(file, decoder, source, options)
            return
        yield from _compressed_frames(file, decoder, source, options)


def _read_files(wanted: dict, planes: Sequence[Plane], out: np.ndarray) -> None:
    def read(file: DicomFile) -> None:
        _read_file(file, wanted[file], planes, out)

    if len(wanted) == 1:
        read(next(iter(wanted)))
        return
    with ThreadPoolExecutor(_workers()) as pool:
        for _ in progress(pool.map(read, wanted), len(wanted)):
            pass


def _read_file(file: DicomFile, wanted: list, planes: Sequence[Plane], out: np.ndarray) -> None:
    """Decode one file's frames, each into its places."""
    places = defaultdict(list)
    for frame, place in wanted:
        places[frame].append(place)
    last, found = max(places), -1
    try:
        for found, stored in enumerate(decoded_frames(file)):
            for place in places.get(found, ()):
                planes[place].values.write(stored, out[place])
            if found == last:
                return
    except (TooNarrowError, ImageReadError, MemoryError):
        raise
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a decoder written in Rust panics with a BaseException
        raise refusal(file.path, f"its pixels cannot be decoded ({_in_short(error)})", _AGAIN) from error
    raise refusal(file.path, f"it says it has {file.frames} frames, but holds {found + 1}", _AGAIN)


_AGAIN = "copy or download it again"


def _common_dtypes(planes: Sequence[Plane], files: list[DicomFile]) -> list[np.dtype]:
    """Return the dtypes to try for all planes together; files of one series may differ in bits and sign."""
    scales = {plane.values for plane in planes}
    tried = [result_dtypes(file, scales) for file in {file.stored_dtype: file for file in files}.values()]
    if len(tried) == 1:
        return tried[0]
    return [np.result_type(*(dtypes[-1] for dtypes in tried))]


def _workers() -> int:
    count = getattr(os, "process_cpu_count", os.cpu_count)
    return count() or 1


def _in_short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}"


def _options(file: DicomFile) -> dict[str, Any]:
    """Return what pydicom's decoders need to know, with a word about what the file leaves open."""
    place = file.place
    assert place is not None
    options = {
        "rows": file.integer("Rows"),
        "columns": file.integer("Columns"),
        "samples_per_pixel": file.samples,
        "number_of_frames": file.frames,
        "bits_allocated": file.bits_allocated,
        "pixel_keyword": place.keyword,
        "pixel_vr": place.vr,
        "photometric_interpretation": _photometric(file),
        "allow_excess_frames": False,
    }
    if place.keyword == "PixelData":
        options["bits_stored"] = file.integer("BitsStored", file.bits_allocated)
        options["pixel_representation"] = _stated(file, "PixelRepresentation", 0, "unsigned")
    if file.samples > 1:
        options["planar_configuration"] = _stated(file, "PlanarConfiguration", 0, "colours side by side")
    lengths = file.get("ExtendedOffsetTableLengths")
    if lengths and file.get("ExtendedOffsetTable"):
        options["extended_offsets"] = (file.get("ExtendedOffsetTable"), lengths)
    return options


def _stated(file: DicomFile, keyword: str, usual: int, words: str) -> int:
    if file.get(keyword) is None:
        tell(f"{file.path.name}: the file does not state {keyword}; its samples are taken as {words}")
    return file.integer(keyword, usual)


def _photometric(file: DicomFile) -> str:
    stated = file.get("PhotometricInterpretation")
    if stated is None:
        usual = "MONOCHROME2" if file.samples == 1 else "RGB"
        tell(f"{file.path.name}: the file does not say what its samples mean; they are taken as {usual}")
        return usual
    return str(stated).strip()


def _check_colour(file: DicomFile) -> None:
    stated = file.get("PhotometricInterpretation")
    known = _GRAYS if file.samples == 1 else _COLOURS
    if stated is not None and str(stated).strip() not in known:
        raise refusal(file.path, f"its colours are {stated} with {file.samples} samples, which are not read")


def _native_frames(file: DicomFile, decoder: Any, source: Any, options: dict) -> Iterator[np.ndarray]:
    """Yield frames that are not compressed; asked for one by one, as pydicom's options change on the way."""
    assert file.place is not None
    if file.bits_allocated == 1:
        yield from _packed_frames(file, source)
        return
    shift = _high_shift(file)
    for index in range(file.frames):
        source.seek(file.place.start)
        frame, _ = decoder.as_array(source, index=index, correct_unused_bits=not shift, **options)
        yield _from_high_bits(frame, shift, file) if shift else frame


def _packed_frames(file: DicomFile, source: Any) -> Iterator[np.ndarray]:
    """Yield frames of single bits, which may begin in the middle of a byte."""
    assert file.place is not None
    shape = (file.integer("Rows"), file.integer("Columns"))
    pixels = shape[0] * shape[1]
    for begin in range(0, file.frames * pixels, pixels):
        source.seek(file.place.start + begin // 8)
        packed = np.frombuffer(source.read(-(-(begin % 8 + pixels) // 8)), np.uint8)
        bits = np.unpackbits(packed, bitorder="little")
        yield bits[begin % 8 : begin % 8 + pixels].reshape(shape)


def _high_shift(file: DicomFile) -> int:
    """Return by how many bits the samples lie above the lowest bit of their words; usually 0."""
    if file.place is None or file.place.keyword != "PixelData" or file.samples > 1:
        return 0
    stored = file.integer("BitsStored", file.bits_allocated)
    high = file.integer("HighBit", stored - 1)
    return high + 1 - stored if stored <= high < file.bits_allocated else 0


def _from_high_bits(frame: np.ndarray, shift: int, file: DicomFile) -> np.ndarray:
    stored = file.integer("BitsStored")
    if (frame & ((1 << shift) - 1)).any():
        tell(f"{file.path.name}: HighBit says that the samples lie {shift} bits up, but they do not")
        shift = 0
    return (frame << (file.bits_allocated - stored - shift)) >> (file.bits_allocated - stored)


def _compressed_frames(file: DicomFile, decoder: Any, source: Any, options: dict) -> Iterator[np.ndarray]:
    """Yield decoded frames; several at a time are decoded where there are several cores."""
    options = options | {"number_of_frames": 1}
    extended = options.pop("extended_offsets", None)
    frames = generate_frames(source, number_of_frames=file.frames, extended_offsets=extended)
    frames = itertools.islice(frames, file.frames)

    def decode(frame: bytes) -> np.ndarray:
        return _decoded(file, decoder, frame, options)

    if file.frames == 1:
        yield from map(decode, frames)
        return
    with ThreadPoolExecutor(_workers()) as pool:
        while batch := list(itertools.islice(frames, _workers())):
            yield from pool.map(decode, batch)


def _decoded(file: DicomFile, decoder: Any, frame: bytes, options: dict) -> np.ndarray:
    """Decode one frame's codestream."""
    if file.syntax in _WITH_CODESTREAM:
        _check_codestream(file, frame)
    if _is_for_imagecodecs(file, frame):
        return _jpeg_frame(file, frame)
    alone = encapsulate([frame], has_bot=False)
    plugin = _PLUGINS.get(file.syntax, "")
    array, properties = decoder.as_array(alone, index=0, decoding_plugin=plugin, **options)
    colour = properties["photometric_interpretation"]
    if file.samples > 1 and colour != "RGB":
        raise refusal(file.path, f"its colours come out as {colour}, not as RGB")
    return array


# One decoder for each compression. With damaged files GDCM ends the process (JPEG 2000) or goes on with wrong
# samples (JPEG), so that it is left the one thing that no other decoder does: lossless JPEG in colours.
_PLUGINS = {
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "pillow",
    JPEGLossless: "gdcm",
    JPEGLosslessSV1: "gdcm",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    RLELossless: "pylibjpeg",
    **dict.fromkeys(JPEG2000TransferSyntaxes, "pylibjpeg"),
}


def _is_for_imagecodecs(file: DicomFile, frame: bytes) -> bool:
    """Return whether it is a JPEG that pydicom's safe decoders leave out: 12 bits, or lossless."""
    if file.syntax in (JPEGLossless, JPEGLosslessSV1):
        return file.samples == 1 or file.get("PhotometricInterpretation") == "RGB"
    return file.syntax == JPEGExtended12Bit and file.samples == 1 and codestream_precision(frame) == 12


def _jpeg_frame(file: DicomFile, frame: bytes) -> np.ndarray:
    if b"\xff\xd9" not in frame[-64:]:
        raise refusal(file.path, "it is cut short: its compressed picture does not end", _AGAIN)
    array = imagecodecs.jpeg_decode(frame)
    rows, cols = file.integer("Rows"), file.integer("Columns")
    array = array.reshape((rows, cols, file.samples) if file.samples > 1 else (rows, cols))
    if file.stored_dtype.kind == "i":
        return _signed(array, file.integer("BitsStored", file.bits_allocated))
    return array


def _signed(array: np.ndarray, bits: int) -> np.ndarray:
    """Return samples, decoded as unsigned, as the signed numbers of so many bits that they are."""
    signed = array.view(f"i{array.dtype.itemsize}")
    shift = 8 * array.dtype.itemsize - bits
    return (signed << shift) >> shift if shift > 0 else signed


def _check_codestream(file: DicomFile, frame: bytes) -> None:
    """Refuse a compressed frame whose own size is not what the header says, before a decoder believes it."""
    size, found = (file.integer("Rows"), file.integer("Columns")), codestream_size(frame)
    if found is not None and found != size:
        header, picture = (" x ".join(map(str, pair)) for pair in (size, found))
        wrong = f"its header says {header} samples, its compressed picture {picture}"
        raise refusal(file.path, wrong, _AGAIN)


_WITH_CODESTREAM = {*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes}
# Start-of-frame marks of JPEG and JPEG-LS: they are followed by length, precision, rows and columns.
_SOF = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}


def codestream_size(frame: bytes) -> tuple[int, int] | None:
    """Return the rows and columns that a JPEG, JPEG-LS or JPEG 2000 codestream declares; None if it has none.

    Examples
    --------
    >>> codestream_size(bytes.fromhex("ffd8 ffc0 0011 08 0040 0080 03"))
    (64, 128)
    """
    if frame[:2] != b"\xff\xd8":
        return _jpeg2000_size(frame)
    at = _start_of_frame(frame)
    rows, cols = struct.unpack(">HH", frame[at + 5 : at + 9]) if at else (0, 0)
    return (rows, cols) if rows else None  # 0: the rows are stated at the end


def codestream_precision(frame: bytes) -> int | None:
    """Return the bits of each sample of a JPEG codestream.

    Examples
    --------
    >>> codestream_precision(bytes.fromhex("ffd8 ffc1 0011 0c 0040 0080 03"))
    12
    """
    at = _start_of_frame(frame)
    return frame[at + 4] if at else None


def _start_of_frame(frame: bytes) -> int | None:
    at = 2
    while at + 9 <= len(frame) and frame[at] == 0xFF:
        if frame[at + 1] in _SOF:
            return at
        at += 1 if frame[at + 1] == 0xFF else 2 + struct.unpack(">H", frame[at + 2 : at + 4])[0]
    return None


def _jpeg2000_size(frame: bytes) -> tuple[int, int] | None:
    at = frame.find(b"\xff\x4f\xff\x51", 0, 1024)
    if at < 0 or len(frame) < at + 24:
        return None
    right, bottom, left, top = struct.unpack(">IIII", frame[at + 8 : at + 24])
    return bottom - top, right - left
