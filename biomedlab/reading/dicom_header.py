"""What a DICOM header says of an image, as plain Python values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydicom import DataElement, Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.valuerep import DSdecimal, DSfloat

from biomedlab.reading.dicom_geometry import Plane
from biomedlab.reading.dicom_values import Scale

_LONGEST = 64  # values of a field; longer ones are tables, not descriptions
_BINARY = {"OB", "OW", "OF", "OD", "OL", "OV", "UN", "SQ"}
_UNITS = {"GY": "Gy", "BQML": "Bq/ml", "CNTS": "counts", "HU": "HU", "OD": "OD"}


def described(planes: Sequence[Plane]) -> dict[str, Any]:
    """Return what the headers of all planes agree on, with the fields that lessons ask for on top.

    Parameters
    ----------
    planes : sequence of Plane
        Those of the image.
    """
    header = _common_header(planes)
    first = planes[0]
    rescales = {plane.values for plane in planes if isinstance(plane.values, Scale)}
    one = next(iter(rescales)) if len(rescales) == 1 else None
    return {
        "unit": _unit(first),
        "photometric": _photometric(first),
        "modality": header.get("Modality"),
        "window_center": _shared(planes, "WindowCenter"),
        "window_width": _shared(planes, "WindowWidth"),
        "slice_thickness": _shared(planes, "SliceThickness"),
        "rescale_slope": one.slope if one else None,
        "rescale_intercept": one.intercept if one else None,
        "series": header.get("SeriesDescription"),
        "header": header,
    }


def simple(value: Any) -> Any:
    """Return a field's value as a number, text, or a tuple of these.

    Examples
    --------
    >>> simple(MultiValue(float, ["0.5", "0.5"]))
    (0.5, 0.5)
    """
    if isinstance(value, (MultiValue, list, tuple)):
        return tuple(simple(one) for one in value)
    if isinstance(value, (DSfloat, DSdecimal, float)):
        return float(value)
    if isinstance(value, BaseTag):
        return str(value)
    if isinstance(value, int):
        return int(value)
    return None if value is None else str(value)


def _common_header(planes: Sequence[Plane]) -> dict[str, Any]:
    files = list(dict.fromkeys(plane.file for plane in planes))
    first = files[0].header
    header = {}
    for tag in list(first.keys()):
        if tag.is_private or tag.group >= 0x5000:
            continue
        if all(_raw(file.header, tag) == _raw(first, tag) for file in files[1:]):
            keyword, value = _named(first, tag)
            if keyword:
                header[keyword] = value
    return header


def _raw(header: Dataset, tag: BaseTag) -> Any:
    """Return a field's bytes as read, which are much quicker to compare than its value."""
    if tag not in header:
        return None
    element = header.get_item(tag)
    return element.value if element is not None else None


def _named(header: Dataset, tag: BaseTag) -> tuple[str, Any]:
    try:
        element = header[tag]
        if not isinstance(element, DataElement) or element.VR in _BINARY or element.VM > _LONGEST:
            return "", None
        return element.keyword, simple(element.value)
    except Exception:  # noqa: BLE001 (pydicom raises many kinds for a value that does not fit its VR)
        return "", None


def _shared(planes: Sequence[Plane], keyword: str) -> Any:
    """Return a number that all planes agree on; the first of several alternatives."""
    found = {simple(plane.get(keyword)) for plane in planes}
    value = found.pop() if len(found) == 1 else None
    value = value[0] if isinstance(value, tuple) and value else value
    return float(value) if isinstance(value, (int, float)) else None


def _unit(plane: Plane) -> str | None:
    """Return the unit of the values, where the file states it or its kind fixes it."""
    file = plane.file
    if file.get("Modality") == "RTDOSE":
        return _UNITS.get(str(file.get("DoseUnits")))
    if file.get("Modality") == "PT":
        units = file.get("Units")
        return _UNITS.get(str(units), str(units) if units else None)
    stated = plane.get("RescaleType")
    if file.get("Modality") == "CT" and file.samples == 1:
        rescaled = isinstance(plane.values, Scale) and _says_rescale(plane)
        return "HU" if stated == "HU" or (rescaled and not _is_other(stated)) else _UNITS.get(str(stated))
    return _UNITS.get(str(stated))


def _is_other(stated: Any) -> bool:
    return stated not in (None, "", "HU")


def _says_rescale(plane: Plane) -> bool:
    return (
        plane.get("RescaleIntercept") is not None or plane.get("PixelValueTransformationSequence") is not None
    )


def _photometric(plane: Plane) -> str | None:
    """Return what the opened samples mean: colours are always RGB."""
    if len(plane.file.shape) == 3:
        return "RGB"
    stated = plane.file.get("PhotometricInterpretation")
    return str(stated) if stated else None
