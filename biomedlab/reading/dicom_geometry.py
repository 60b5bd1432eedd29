"""Where the planes of DICOM files lie in the patient, and what one sample measures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydicom import Dataset

from biomedlab.reading.dicom_file import DicomFile, field
from biomedlab.reading.dicom_values import Scale, Table, values_of
from biomedlab.reading.errors import tell

# Where in-plane spacing is stated, the best first. Functional groups come before all of these.
_SPACINGS = ("PixelSpacing", "ImagePlanePixelSpacing", "NominalScannedPixelSpacing", "ImagerPixelSpacing")
_CENTIMETRES = 3  # of PhysicalUnitsXDirection in an ultrasound region
_SPATIAL_REGIONS = (1, 2)  # of RegionSpatialFormat: 2D tissue, colour flow
# The sequence of a functional group that a field is nested in.
_NESTED = {
    "ImagePositionPatient": ("PlanePositionSequence",),
    "ImageOrientationPatient": ("PlaneOrientationSequence",),
    "PixelSpacing": ("PixelMeasuresSequence",),
    "SpacingBetweenSlices": ("PixelMeasuresSequence",),
    "SliceThickness": ("PixelMeasuresSequence",),
    "RescaleType": ("PixelValueTransformationSequence",),
    "WindowCenter": ("FrameVOILUTSequence",),
    "WindowWidth": ("FrameVOILUTSequence",),
    "TemporalPositionIndex": ("FrameContentSequence",),
    "FrameAcquisitionDateTime": ("FrameContentSequence",),
    "FrameReferenceDateTime": ("FrameContentSequence",),
    "NominalCardiacTriggerDelayTime": ("CardiacSynchronizationSequence", "CardiacTriggerSequence"),
    "EffectiveEchoTime": ("MREchoSequence",),
    "DiffusionBValue": ("MRDiffusionSequence",),
    "FrameType": ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence"),
}


@dataclass(frozen=True, eq=False)
class Plane:
    """One frame of a file: where it lies, what a sample measures and how samples become values.

    `position` is the centre of its first sample in mm (LPS); `orientation` the directions in which the column
    and the row index grow, (2, 3); `offset` the place along the stack's normal, in mm.
    """

    file: DicomFile
    frame: int
    groups: tuple[Dataset, ...]
    values: Scale | Table
    orientation: np.ndarray | None = None
    position: np.ndarray | None = None
    spacing: tuple[float, float] | None = None
    spacing_source: str | None = None
    offset: float | None = None

    def get(self, keyword: str) -> Any:
        """Return a field from the frame's own groups, the shared ones or the header, in this order."""
        return _nearest(self.groups, keyword)

    @property
    def name(self) -> str:
        """The file's name, and the frame's number where there are several."""
        return self.file.path.name + (f" frame {self.frame + 1}" if self.file.frames > 1 else "")


def planes_of(file: DicomFile) -> list[Plane]:
    """Return the planes of a file, in stored order, each with its place in the patient if that is stated."""
    spacing, source = _spacing(file, _groups(file, 0))
    planes = [_plane(file, frame) for frame in range(file.frames)]
    if file.frames > 1:
        planes = _with_vectors(file, planes)
    if spacing is None:
        return planes
    return [
        plane if plane.spacing else replace(plane, spacing=spacing, spacing_source=source) for plane in planes
    ]


def normal(orientation: np.ndarray) -> np.ndarray:
    """Return the unit normal of a plane from its two directions, (2, 3).

    Examples
    --------
    >>> normal(np.array([[1.0, 0, 0], [0, 1, 0]]))
    array([0., 0., 1.])
    """
    across = np.cross(orientation[0], orientation[1])
    return across / np.linalg.norm(across)


def letters(columns: np.ndarray) -> tuple[str, ...]:
    """Return the patient direction nearest to each column of an affine (3 or 4 rows, in LPS).

    Examples
    --------
    >>> letters(np.array([[0.0, 0, 0.5], [0, 0.5, 0], [-2, 0, 0]]))
    ('I', 'P', 'L')
    """
    return tuple(_letter(column) for column in np.asarray(columns)[:3].T)


def _letter(direction: np.ndarray) -> str:
    axis = int(np.argmax(np.abs(direction)))
    return ("LPS" if direction[axis] > 0 else "RAI")[axis]


def _plane(file: DicomFile, frame: int) -> Plane:
    groups = _groups(file, frame)
    orientation = _numbers(_nearest(groups, "ImageOrientationPatient"), 6)
    position = _numbers(_nearest(groups, "ImagePositionPatient"), 3)
    if orientation is not None:
        orientation = _unit_directions(orientation.reshape(2, 3))
    nested = _spacing_pair(_nearest(groups[:-1], "PixelSpacing"))
    offset = (
        float(position @ normal(orientation)) if orientation is not None and position is not None else None
    )
    source = "PixelSpacing" if nested else None
    return Plane(file, frame, groups, values_of(file, groups), orientation, position, nested, source, offset)


def _groups(file: DicomFile, frame: int) -> tuple[Dataset, ...]:
    """Return where a frame's fields are looked for: its own functional group, the shared one, the header."""
    found = []
    own = file.get("PerFrameFunctionalGroupsSequence") or ()
    if frame < len(own):
        found.append(own[frame])
    found.extend(list(file.get("SharedFunctionalGroupsSequence") or ())[:1])
    detector = file.get("DetectorInformationSequence")
    return (*found, *(list(detector)[:1] if detector else ()), file.header)


def _nearest(groups: Sequence[Dataset], keyword: str) -> Any:
    for group in groups:
        nested = (field(group, name) for name in _NESTED.get(keyword, ()))
        places = [group, *(sequence[0] for sequence in nested if sequence)]
        for value in (field(place, keyword) for place in places):
            if value is not None:
                return value
    return None


def _numbers(value: Any, count: int) -> np.ndarray | None:
    """Return a field as so many finite numbers; None if it is not that."""
    try:
        numbers = np.array([float(one) for one in value])
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None


def _unit_directions(orientation: np.ndarray) -> np.ndarray | None:
    """Return the directions with length 1; None if they are no right angle, so that they span no plane."""
    lengths = np.linalg.norm(orientation, axis=1, keepdims=True)
    if not (lengths > 0.5).all():
        return None
    unit = orientation / lengths
    return unit if abs(unit[0] @ unit[1]) < 0.01 else None


def _spacing_pair(value: Any) -> tuple[float, float] | None:
    pair = _numbers(value, 2)
    return (float(pair[0]), float(pair[1])) if pair is not None and (pair > 0).all() else None


def _spacing(file: DicomFile, groups: Sequence[Dataset]) -> tuple[tuple[float, float] | None, str | None]:
    """Return the spacing of rows and of columns in mm, and the field that states it."""
    for keyword in _SPACINGS:
        pair = _spacing_pair(_nearest(groups, keyword))
        if pair is not None:
            _tell_of_detector(file, keyword)
            return pair, keyword
    pair = _ultrasound_spacing(file)
    return (pair, "SequenceOfUltrasoundRegions") if pair else (None, None)


def _tell_of_detector(file: DicomFile, keyword: str) -> None:
    if keyword in ("ImagerPixelSpacing", "ImagePlanePixelSpacing"):
        tell(
            f"{file.path.name}: the spacing ({keyword}) is measured at the detector; "
            "what lies in the patient is smaller than it says"
        )


def _ultrasound_spacing(file: DicomFile) -> tuple[float, float] | None:
    """Return the spacing that all spatial regions of an ultrasound image agree on."""
    regions = [one for one in file.get("SequenceOfUltrasoundRegions") or () if _is_spatial(one)]
    pairs = {_region_spacing(one) for one in regions}
    if len(pairs) > 1:
        tell(f"{file.path.name}: its regions differ in spacing, so that the image as a whole has none")
        return None
    return pairs.pop() if pairs else None


def _is_spatial(region: Dataset) -> bool:
    units = {field(region, f"PhysicalUnits{axis}Direction") for axis in "XY"}
    return units == {_CENTIMETRES} and field(region, "RegionSpatialFormat", 1) in _SPATIAL_REGIONS


def _region_spacing(region: Dataset) -> tuple[float, float] | None:
    deltas = _numbers((field(region, "PhysicalDeltaY"), field(region, "PhysicalDeltaX")), 2)
    if deltas is None or not deltas.all():
        return None
    row, col = (round(10 * abs(float(delta)), 9) for delta in deltas)
    return row, col


def _with_vectors(file: DicomFile, planes: list[Plane]) -> list[Plane]:
    """Place the frames of an older multi-frame file, which states one position and steps from it."""
    if file.get("PerFrameFunctionalGroupsSequence") and all(plane.offset is not None for plane in planes):
        return planes
    steps = _frame_offsets(file)
    if steps is None or len(steps) != len(planes) or not np.isfinite(steps).all():
        return [replace(plane, offset=None) for plane in planes]
    return [_moved(plane, float(step)) for plane, step in zip(planes, steps, strict=True)]


def _moved(plane: Plane, step: float) -> Plane:
    if plane.orientation is None or plane.position is None:
        return replace(plane, offset=step)
    position = plane.position + step * normal(plane.orientation)
    return replace(plane, position=position, offset=float(position @ normal(plane.orientation)))


def _frame_offsets(file: DicomFile) -> np.ndarray | None:
    """Return how far each frame lies from the first, in mm along the normal; None where it is not stated."""
    for keyword in ("GridFrameOffsetVector", "SliceLocationVector"):
        vector = _numbers(file.get(keyword), file.frames)
        if vector is not None:
            return vector - vector[0]
    between = _numbers((file.get("SpacingBetweenSlices"),), 1)
    if between is None or between[0] == 0 or _is_movie(file):
        return None
    numbers = _numbers(file.get("SliceVector"), file.frames)
    if numbers is not None:
        return (numbers - 1) * between[0]
    return np.arange(file.frames) * between[0] if file.get("Modality") != "NM" else None


def _is_movie(file: DicomFile) -> bool:
    return frame_time(file) is not None


def frame_time(file: DicomFile) -> float | None:
    """Return the seconds between a movie's frames; NaN if its steps are uneven; None if it is no movie."""
    vector = file.get("FrameTimeVector")
    if vector is not None and file.frames > 1:
        steps = _numbers(vector, file.frames)
        return float(steps[1]) / 1000 if steps is not None and np.ptp(steps[1:]) < 1e-6 else math.nan
    step = _numbers((file.get("FrameTime"),), 1)
    if step is not None and step[0] > 0:
        return float(step[0]) / 1000
    for keyword in ("CineRate", "RecommendedDisplayFrameRate"):
        rate = _numbers((file.get(keyword),), 1)
        if rate is not None and rate[0] > 0:
            return 1 / float(rate[0])
    return None
