"""DICOM segmentations with several segments: each sample's value is the number of its segment."""

from __future__ import annotations

from typing import Any

import numpy as np

from biomedlab.reading.dicom_file import DicomFile
from biomedlab.reading.dicom_geometry import Plane, planes_of
from biomedlab.reading.dicom_pixels import read_planes
from biomedlab.reading.errors import refusal
from biomedlab.reading.stack import Stack, by_place, grid_of, plane_axis


def segments_of(file: DicomFile) -> dict[int, str]:
    """Return the numbers and names of a segmentation's segments; of another file, nothing."""
    found = file.get("SegmentSequence") if file.get("Modality") == "SEG" else None
    return {
        int(one.SegmentNumber): str(one.get("SegmentLabel", ""))
        for one in found or ()
        if "SegmentNumber" in one
    }


def label_map(file: DicomFile, segments: dict[int, str], wanted: Any = None) -> tuple[Stack, np.ndarray]:
    """Return a segmentation as one volume, in which 0 is none and any other value a segment's number.

    Parameters
    ----------
    file : DicomFile
        A segmentation.
    segments : dict
        Names by number.
    wanted : int, optional
        Open this segment alone, as 0 and 1 (or its fractions).

    Raises
    ------
    ImageReadError
        If segments overlap and none is chosen, or there is none of that number.
    """
    planes = [plane for plane in planes_of(file) if wanted is None or _number(plane) == wanted]
    listed = ", ".join(f"{number} ({name})" for number, name in segments.items())
    if not planes:
        raise refusal(file.path, f"it has no segment {wanted!r}", f"choose one with series=: {listed}")
    if any(plane.offset is None for plane in planes):
        raise refusal(file.path, "it does not say where its segments lie")
    places = by_place(planes)
    meta = grid_of(file.path, [place[0] for place in places]) | {"segments": segments}
    stack = Stack(tuple(place[0] for place in places), *plane_axis(len(places)), meta)
    ordered = [plane for place in places for plane in place]
    values = read_planes(ordered)
    if wanted is not None:
        if len(ordered) > len(places):
            raise refusal(file.path, f"segment {wanted} has several frames at one place")
        return stack, values
    if values.max(initial=0) > 1:
        raise refusal(file.path, "its segments are fractions", f"choose one with series=: {listed}")
    return stack, _merged(file, places, values, listed)


def _merged(file: DicomFile, places: list[list[Plane]], masks: np.ndarray, listed: str) -> np.ndarray:
    numbers = [_number(plane) for place in places for plane in place]
    out = np.zeros((len(places), *masks.shape[1:]), np.min_scalar_type(max(numbers)))
    at = 0
    for volume, place in zip(out, places, strict=True):
        for _ in place:
            inside = masks[at] > 0
            if volume[inside].any():
                raise refusal(file.path, "its segments overlap", f"choose one with series=: {listed}")
            volume[inside] = numbers[at]
            at += 1
    return out


def _number(plane: Plane) -> int:
    nested = plane.get("SegmentIdentificationSequence")
    return int(nested[0].ReferencedSegmentNumber) if nested else 1
