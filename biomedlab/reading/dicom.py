"""A DICOM file as an image: one frame, a movie, or a volume in several frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from biomedlab.image import Image
from biomedlab.reading.dicom_file import DicomFile, open_dicom
from biomedlab.reading.dicom_geometry import Plane, frame_time, planes_of
from biomedlab.reading.dicom_header import described
from biomedlab.reading.dicom_pixels import read_planes
from biomedlab.reading.errors import refusal, tell
from biomedlab.reading.limits import Limit
from biomedlab.reading.segments import label_map, segments_of
from biomedlab.reading.stack import Stack, grid_of, stack_volume, time_order

_DIRECTORY = "1.2.840.10008.1.3.10"
_MOVIES = ("US", "XA", "RF", "ES", "GM", "XC", "IVUS", "OP", "SM")
_TILES = "1.2.840.10008.5.1.4.1.1.77.1.6"


def load_dicom(path: Path, limit: Limit, series: Any = None) -> Image:
    """Open one DICOM file.

    Parameters
    ----------
    path : Path
        The file; no other file is looked at.
    limit : Limit
        Of the image's size.
    series : int, optional
        The number of the segment to open, of a segmentation whose segments overlap.

    Returns
    -------
    Image
        (row, col), (pln, row, col), (t, row, col) or (t, pln, row, col), with ch last in colour.
    """
    file = open_dicom(path, limit)
    refuse_directory(file)
    file.check(limit)
    return image_of_file(file, limit, series)


def image_of_file(file: DicomFile, limit: Limit, series: Any = None) -> Image:
    """Return the image of a file that was checked."""
    segments = segments_of(file)
    if len(segments) > 1:
        return finish(file.path, *label_map(file, segments, series))
    stack = _stack(file, planes_of(file))
    limit.check(file.path, (*stack.lead, *file.shape), "u1", None)
    return finish(file.path, stack, read_planes(stack.planes))


def refuse_directory(file: DicomFile) -> None:
    """Refuse a DICOMDIR: it names other files, which may be anywhere."""
    meta = getattr(file.header, "file_meta", {})
    if meta.get("MediaStorageSOPClassUID") == _DIRECTORY or "DirectoryRecordSequence" in file.header:
        raise refusal(
            file.path,
            "it is a DICOMDIR, a list of other files, which is not followed",
            "load the folder that the images are in",
        )


def finish(path: Path, stack: Stack, values: np.ndarray) -> Image:
    """Make an Image of the planes' values and of what their headers say."""
    planes = stack.planes
    colour = ("ch",) if values.ndim == 4 else ()
    axes = (*stack.axes, "row", "col", *colour)
    meta = described(planes) | stack.meta
    meta |= {"format": "DICOM", "path": str(path), "axes": axes}
    return Image(values.reshape(*stack.lead, *values.shape[1:]), axes=axes, meta=meta)


def _stack(file: DicomFile, planes: Sequence[Plane]) -> Stack:
    """Say what a file's frames are: one image, planes of a volume, or moments."""
    path = file.path
    if len(planes) == 1:
        return Stack(tuple(planes), (), (), grid_of(path, planes))
    if str(file.get("SOPClassUID")) == _TILES:
        tell(f"{path.name}: its frames are tiles of a slide; they are opened one by one, not put together")
        return _listed(planes, "pln")
    if _in_one_direction(planes) and len({plane.offset for plane in planes}) > 1:
        return stack_volume(path, planes)
    if file.get("PerFrameFunctionalGroupsSequence") and (found := time_order([planes])):
        (ordered,), step = found
        return _listed(ordered, "t", {"time_step": step} if step else {})
    step = frame_time(file)
    if step is not None:
        return _listed(planes, "t", {} if math.isnan(step) else {"time_step": step})
    if file.get("Modality") in _MOVIES:
        return _listed(planes, "t")
    tell(f"{path.name}: the file does not say what its {len(planes)} frames are; they are opened as planes")
    return _listed(planes, "pln")


def _in_one_direction(planes: Sequence[Plane]) -> bool:
    if any(plane.offset is None for plane in planes):
        return False
    first = planes[0].orientation
    if first is None:
        return True
    return all(
        one.orientation is not None and np.allclose(one.orientation, first, atol=1e-2) for one in planes
    )


def _listed(planes: Sequence[Plane], axis: str, meta: dict[str, Any] | None = None) -> Stack:
    """Leave frames in stored order, along an axis with no positions."""
    flat = grid_of(planes[0].file.path, planes[:1])
    known = {"affine": None, "sampling": None, "sampling_source": None} if axis == "pln" else {}
    if axis == "pln":
        flat |= {"pixel_spacing": flat["sampling"], "orientation": None}
    return Stack(tuple(planes), (len(planes),), (axis,), flat | known | (meta or {}))
