"""TIFF and OME-TIFF, through tifffile: samples as stored, spacing where the file states it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import tifffile

from biomedlab.image import AXES, SPATIAL, Image
from biomedlab.reading.errors import refusal, tell
from biomedlab.reading.limits import Limit

_MM = {
    "m": 1e3, "dm": 1e2, "cm": 10.0, "centimeter": 10.0, "mm": 1.0, "millimeter": 1.0, "millimetre": 1.0,
    "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "\\u00b5m": 1e-3, "micron": 1e-3, "microns": 1e-3, "micrometer": 1e-3,
    "micrometre": 1e-3, "nm": 1e-6, "nanometer": 1e-6, "pm": 1e-9, "inch": 25.4, "in": 25.4, "å": 1e-7,
}  # fmt: skip
_SECONDS = {"s": 1.0, "sec": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "min": 60.0, "h": 3600.0}
_KNOWN = {"T": "t", "Z": "pln", "Y": "row", "X": "col", "C": "ch", "S": "ch"}
_PRINT_DPI = (72, 96, 150, 300, 600)
_MAX_PAGES = 100_000
_COPY = "copy or download it again"


def load_tiff(path: Path, limit: Limit, series: Any = None) -> Image:
    """Open a TIFF file.

    Parameters
    ----------
    path : Path
        The file.
    limit : Limit
        Of the image's size.
    series : int or str, optional
        Which image, where the file holds several that do not fit together: its number from 0, or its name.

    Returns
    -------
    Image
        Axes as the file names them; samples as stored.
    """
    with tifffile.TiffFile(path, _multifile=False) as file:
        _check_pages(path, file)
        chosen = _chosen(path, file, series)
        limit.check(path, chosen.shape, chosen.dtype or "u1", path.stat().st_size)
        _check_segments(path, chosen)
        values = chosen.asarray()
        return _finish(path, file, chosen, values)


def _check_pages(path: Path, file: tifffile.TiffFile) -> None:
    """Refuse a file whose directories point in a circle, or nowhere."""
    seen = set()
    with path.open("rb") as raw:
        at = _first_directory(file, raw)
        while at:
            if at in seen or len(seen) > _MAX_PAGES:
                raise refusal(path, "its pages point in a circle", _COPY)
            seen.add(at)
            at = _next_directory(path, file, raw, at)


def _first_directory(file: tifffile.TiffFile, raw: Any) -> int:
    size = file.tiff.offsetsize
    raw.seek(4 if size == 4 else 8)
    return int.from_bytes(raw.read(size), _order(file))


def _next_directory(path: Path, file: tifffile.TiffFile, raw: Any, at: int) -> int:
    tiff = file.tiff
    raw.seek(at)
    count = raw.read(tiff.tagnosize)
    raw.seek(at + tiff.tagnosize + int.from_bytes(count, _order(file)) * tiff.tagsize)
    following = raw.read(tiff.offsetsize)
    if len(count) < tiff.tagnosize or len(following) < tiff.offsetsize:
        raise refusal(path, "it is cut short: it names a page that is not there", _COPY)
    return int.from_bytes(following, _order(file))


def _order(file: tifffile.TiffFile) -> Any:
    return "little" if file.byteorder == "<" else "big"


def _chosen(path: Path, file: tifffile.TiffFile, series: Any) -> Any:
    found = list(file.series)
    if not found:
        raise refusal(path, "this TIFF holds no image")
    listed = ", ".join(f"series={at} {_size(one)} {one.name!r}" for at, one in enumerate(found[:20]))
    if series is not None:
        fitting = [one for at, one in enumerate(found) if series == at or (series == one.name and one.name)]
        if len(fitting) != 1:
            raise refusal(path, f"it has no image {series!r}", f"choose one: {listed}")
        return fitting[0]
    main = [one for one in found if not _is_companion(one)]
    if len(main) != 1:
        wrong = f"it holds {len(found)} images that do not fit together: {listed}"
        raise refusal(path, wrong, "choose one, such as load(..., series=0)")
    return main[0]


def _is_companion(series: Any) -> bool:
    """Return whether an image is a smaller copy (thumbnail, label, overview) that goes with the main one."""
    page = series.keyframe
    return bool(page.subfiletype & 1) or (series.name or "").lower() in ("thumbnail", "label", "macro")


def _size(series: Any) -> str:
    return " x ".join(str(n) for n in series.shape)


def _check_segments(path: Path, series: Any) -> None:
    """Refuse a file whose samples lie beyond its end: they would be read as zeros."""
    end = path.stat().st_size
    for page in series.pages:
        if page is None:
            raise refusal(path, "one of its pages is missing", _COPY)
        offsets, counts = page.dataoffsets, page.databytecounts
        if any(start + count > end for start, count in zip(offsets, counts, strict=False)):
            raise refusal(path, "it is cut short: some of its samples lie beyond its end", _COPY)
        if not any(counts):
            raise refusal(path, "it says where its samples are, but there are none", _COPY)
    _check_codec(path, series)


def _check_codec(path: Path, series: Any) -> None:
    page = series.keyframe
    if page.compression == 1 and not page.is_contiguous and len(page.dataoffsets) == 1:
        needed = math.prod(page.shape) * page.bitspersample // 8
        if sum(page.databytecounts) < needed:
            raise refusal(
                path, f"it says it has {needed} bytes of samples and has {sum(page.databytecounts)}", _COPY
            )


def _finish(path: Path, file: tifffile.TiffFile, series: Any, values: np.ndarray) -> Image:
    values, axes = _arranged(path, series, values)
    spacing, source = _spacing(path, file, series)
    spatial = [axis for axis in axes if axis in SPATIAL]
    known = all(axis in spacing for axis in spatial)
    meta: dict[str, Any] = {
        "format": "OME-TIFF" if file.is_ome else "TIFF",
        "path": str(path),
        "sampling_source": source if known else None,
        "orientation": None,
        "affine": None,
        "unit": None,
        "photometric": series.keyframe.photometric.name.lower(),
        "header": _header(series.keyframe),
    }
    if spacing and not known:
        meta["pixel_spacing"] = (spacing["row"], spacing["col"])
        tell(f"{path.name}: how far apart its planes lie is not stated, so sampling is None")
    if "t" in axes and (step := _time_step(file)):
        meta["time_step"] = step
    if series.keyframe.colormap is not None:
        meta["palette"] = series.keyframe.colormap
    sampling = tuple(spacing[axis] for axis in spatial) if known else None
    values = values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))
    return Image(values, axes=axes, sampling=sampling, meta=meta)


def _arranged(path: Path, series: Any, values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the samples with axes in our order; axes of length 1 that have no name of ours are dropped."""
    letters = list(series.axes)
    keep = [at for at, letter in enumerate(letters) if values.shape[at] > 1 or letter in "YX"]
    values, letters = values.reshape([values.shape[at] for at in keep]), [letters[at] for at in keep]
    names = [_KNOWN.get(letter, "") for letter in letters]
    if names.count("") == 1 and "pln" not in names:
        unnamed = names.index("")
        tell(
            f"{path.name}: the file does not say what its {values.shape[unnamed]} pages are; opened as planes"
        )
        names[unnamed] = "pln"
    if "" in names or len(set(names)) < len(names):
        raise refusal(path, f"its axes are {series.axes} {series.shape}, and no image here has such axes")
    order = sorted(range(len(names)), key=lambda at: AXES.index(names[at]))
    return np.ascontiguousarray(values.transpose(order)), tuple(names[at] for at in order)


def _spacing(path: Path, file: tifffile.TiffFile, series: Any) -> tuple[dict[str, float], str | None]:
    """Return mm by axis, and what states them."""
    if file.is_ome:
        return _ome_spacing(file, series), "OME PhysicalSize"
    imagej = file.imagej_metadata or {}
    if file.is_imagej:
        unit = _MM.get(str(imagej.get("unit", "")).strip().lower().replace("\x00", ""))
        found = _from_resolution(series.keyframe, unit) if unit else {}
        step = imagej.get("spacing")
        if found and unit and isinstance(step, (int, float)) and math.isfinite(step) and step:
            found["pln"] = abs(float(step)) * unit
        return found, "ImageJ"
    unit = {2: 25.4, 3: 10.0}.get(int(series.keyframe.resolutionunit or 1))
    found = _from_resolution(series.keyframe, unit) if unit else {}
    _tell_of_print_size(path, found)
    return found, "XResolution, YResolution"


def _tell_of_print_size(path: Path, found: dict[str, float]) -> None:
    if found and any(abs(25.4 / found["col"] - dpi) < 0.01 for dpi in _PRINT_DPI):
        dpi = round(25.4 / found["col"])
        tell(f"{path.name}: its resolution is {dpi} dots per inch, as for print: check that it was measured")


def _from_resolution(page: Any, unit: float) -> dict[str, float]:
    """Return mm from the resolution tags, which count samples for each unit."""
    found = {}
    for name, axis in (("XResolution", "col"), ("YResolution", "row")):
        value = page.tags.valueof(name)
        try:
            rate = value[0] / value[1]
        except (TypeError, ZeroDivisionError, IndexError):
            return {}
        if not rate > 0:
            return {}
        found[axis] = unit / rate
    return found


def _ome_pixels(file: tifffile.TiffFile, index: int = 0) -> dict[str, str]:
    try:
        root = ElementTree.fromstring(file.ome_metadata or "")
    except ElementTree.ParseError:
        return {}
    pixels = [one for one in root.iter() if one.tag.rpartition("}")[2] == "Pixels"]
    return dict(pixels[index].attrib) if index < len(pixels) else {}


def _ome_spacing(file: tifffile.TiffFile, series: Any) -> dict[str, float]:
    pixels = _ome_pixels(file, file.series.index(series))
    found = {}
    for letter, axis in (("X", "col"), ("Y", "row"), ("Z", "pln")):
        unit = _MM.get(pixels.get(f"PhysicalSize{letter}Unit", "µm").lower())
        size = _positive(pixels.get(f"PhysicalSize{letter}"))
        if unit and size:
            found[axis] = size * unit
    return found if "col" in found and "row" in found else {}


def _positive(text: Any) -> float | None:
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return number if number > 0 and math.isfinite(number) else None


def _time_step(file: tifffile.TiffFile) -> float | None:
    if file.is_ome:
        pixels = _ome_pixels(file)
        step, unit = (
            _positive(pixels.get("TimeIncrement")),
            _SECONDS.get(pixels.get("TimeIncrementUnit", "s")),
        )
        return step * unit if step and unit else None
    return _positive((file.imagej_metadata or {}).get("finterval"))


def _header(page: Any) -> dict[str, Any]:
    """Return the tags that describe the image, without those that only say where its bytes are."""
    header = {}
    for tag in page.tags:
        value = tag.value
        if tag.name.endswith(("Offsets", "ByteCounts")) or isinstance(value, bytes):
            continue
        if isinstance(value, str) and len(value) > 10_000:
            continue
        header[tag.name] = value if isinstance(value, (str, int, float)) else _short(value)
    return {name: value for name, value in header.items() if value is not None}


def _short(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) and len(value) <= 16 else None
