"""Planes in space become a volume: their order, the step between them, and what is odd about it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from biomedlab.reading.dicom_geometry import Plane, letters, normal
from biomedlab.reading.errors import refusal, tell

SAME_PLACE = 1e-3  # mm: positions nearer than this are one
_EVEN = 0.01  # steps between planes may differ by this part of themselves
_STRAIGHT = 0.01  # how far, as a part of a step, planes may slide sideways before it is a gantry tilt
# What tells apart images at one place without being time, and what is time with its unit in seconds.
KINDS = (
    "SegmentNumber",
    "EchoTime",
    "EchoNumbers",
    "EffectiveEchoTime",
    "DiffusionBValue",
    "FrameType",
    "ImageType",
)
TIMES = (
    ("TemporalPositionIndex", None),
    ("TemporalPositionIdentifier", None),
    ("NominalCardiacTriggerDelayTime", 1e-3),
    ("TriggerTime", 1e-3),
    ("FrameReferenceTime", 1e-3),
    ("FrameReferenceDateTime", None),
    ("FrameAcquisitionDateTime", None),
    ("AcquisitionTime", 1.0),
    ("AcquisitionNumber", None),
    ("ContentTime", 1.0),
)


@dataclass(frozen=True)
class Stack:
    """Planes in the order of the array, with their leading axes and what is known of where they lie."""

    planes: tuple[Plane, ...]
    lead: tuple[int, ...]
    axes: tuple[str, ...]
    meta: dict[str, Any]


def stack_volume(path: Path, planes: Sequence[Plane]) -> Stack:
    """Order the planes of one volume, or of the same volume at several times.

    Parameters
    ----------
    path : Path
        Named in errors and warnings.
    planes : sequence of Plane
        More than one, alike in shape and orientation, each with its offset.

    Raises
    ------
    ImageReadError
        If several planes lie at one place and nothing says which is when, or some are missing at some times.
    """
    places = _without_copies(path, by_place(planes))
    counts = {len(place) for place in places}
    if counts == {1}:
        chosen = [place[0] for place in places]
        return Stack(tuple(chosen), *plane_axis(len(chosen)), grid_of(path, chosen))
    if len(counts) > 1:
        raise refusal(path, _uneven_words(places), "give series= or open the files one by one")
    times, step = _in_time(path, places)
    volumes = list(zip(*times, strict=True))
    lead, axes = plane_axis(len(places))
    meta = grid_of(path, volumes[0]) | ({"time_step": step} if step else {})
    ordered = tuple(plane for volume in volumes for plane in volume)
    return Stack(ordered, (len(volumes), *lead), ("t", *axes), meta)


def plane_axis(count: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the length and the name of the axis along which planes lie; none for a single plane.

    Examples
    --------
    >>> plane_axis(5), plane_axis(1)
    (((5,), ('pln',)), ((), ()))
    """
    return ((count,), ("pln",)) if count > 1 else ((), ())


def by_place(planes: Iterable[Plane]) -> list[list[Plane]]:
    """Group planes that lie at one place, in the order of the places along the normal."""
    places: list[list[Plane]] = []
    for plane in sorted(planes, key=_offset):
        if places and _offset(plane) - _offset(places[-1][0]) < SAME_PLACE:
            places[-1].append(plane)
        else:
            places.append([plane])
    return places


def kinds_at_one_place(places: Sequence[Sequence[Plane]]) -> str | None:
    """Return the field, if one does, that tells apart the images at each place without being time."""
    if max(len(place) for place in places) == 1:
        return None
    full = [place for place in places if len(place) > 1]
    return next((key for key in KINDS if all(_tells_apart(place, key) for place in full)), None)


def grid_of(path: Path, planes: Sequence[Plane]) -> dict[str, Any]:
    """Return sampling, affine and orientation of planes that are in order, telling of what is odd.

    Parameters
    ----------
    path : Path
        Named in warnings.
    planes : sequence of Plane
        In the order of their offsets; one plane gives a grid of two axes.
    """
    spacing, source = _common_spacing(path, planes)
    if len(planes) == 1:
        return _flat_grid(planes[0], spacing, source)
    offsets = np.array([math.nan if plane.offset is None else plane.offset for plane in planes])
    steps = np.diff(offsets)
    if not np.isfinite(steps).all() or not (steps > SAME_PLACE).all():
        return _ungridded(path, spacing, source)
    step = float(np.median(steps))
    even = bool((np.abs(steps - step) <= max(_EVEN * step, 2e-3)).all())
    if even:
        step = float((offsets[-1] - offsets[0]) / len(steps))
    else:
        _tell_of_gaps(path, steps, step)
    meta: dict[str, Any] = {"plane_positions": tuple(float(offset) for offset in offsets)}
    sampling = (_tidy(step), *spacing) if spacing else None
    meta |= {"sampling": sampling, "sampling_source": f"positions, {source}" if spacing else None}
    return meta | _placed(path, planes, spacing, even)


def _placed(path: Path, planes: Sequence[Plane], spacing: Any, even: bool) -> dict[str, Any]:
    """Return affine and orientation of a volume; the affine only where the planes are evenly spaced."""
    first, last = planes[0], planes[-1]
    if first.orientation is None or first.position is None or last.position is None:
        return {"affine": None, "orientation": None}
    between = (last.position - first.position) / (len(planes) - 1)
    directions = np.stack([normal(first.orientation), first.orientation[1], first.orientation[0]], axis=1)
    _tell_of_tilt(path, between, normal(first.orientation))
    affine = None
    if spacing and even:
        columns = [between, first.orientation[1] * spacing[0], first.orientation[0] * spacing[1]]
        affine = _affine(columns, first.position)
    return {"affine": affine, "orientation": letters(directions)}


def _flat_grid(plane: Plane, spacing: tuple[float, float] | None, source: str | None) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "sampling": spacing,
        "sampling_source": source,
        "affine": None,
        "orientation": None,
    }
    if plane.orientation is None:
        return meta
    meta["orientation"] = letters(plane.orientation[::-1].T)
    if spacing and plane.position is not None:
        columns = [plane.orientation[1] * spacing[0], plane.orientation[0] * spacing[1]]
        meta["affine"] = _affine(columns, plane.position)
    return meta


def _affine(columns: Sequence[np.ndarray], origin: np.ndarray) -> np.ndarray:
    affine = np.zeros((4, len(columns) + 1))
    affine[:3] = np.stack([*columns, origin], axis=1)
    affine[3, -1] = 1
    return affine


def _ungridded(path: Path, spacing: tuple[float, float] | None, source: str | None) -> dict[str, Any]:
    if spacing:
        tell(
            f"{path.name}: how far apart its planes lie is not stated, so sampling is None; "
            f'within a plane it is {spacing} mm (meta["pixel_spacing"])'
        )
    return {
        "sampling": None,
        "sampling_source": None,
        "pixel_spacing": spacing,
        "affine": None,
        "orientation": None,
    }


def _common_spacing(path: Path, planes: Sequence[Plane]) -> tuple[tuple[float, float] | None, str | None]:
    spacings = {plane.spacing for plane in planes}
    first = planes[0].spacing
    if len(spacings) == 1 or first is None:
        return first, planes[0].spacing_source
    if None not in spacings and np.allclose(np.array([*spacings], float), first, rtol=1e-3):
        return first, planes[0].spacing_source
    tell(f"{path.name}: its planes differ in pixel spacing ({_some(spacings)} mm), so sampling is None")
    return None, None


def _tell_of_gaps(path: Path, steps: np.ndarray, step: float) -> None:
    where = [int(at) for at in np.flatnonzero(np.abs(steps - step) > max(_EVEN * step, 2e-3))]
    listed = ", ".join(f"{steps[at]:.3f} mm between pln {at} and {at + 1}" for at in where[:5])
    more = f" and {len(where) - 5} more" if len(where) > 5 else ""
    multiples = steps[where] / step
    missing = (multiples > 1.5).all() and np.allclose(multiples, np.round(multiples), atol=0.02)
    kind = "planes are missing" if missing else "its planes are unevenly spaced"
    tell(
        f"{path.name}: {kind}: the usual step is {step:.3f} mm, but it is {listed}{more}. "
        'sampling gives the usual step; meta["plane_positions"] has every position'
    )


def _tell_of_tilt(path: Path, between: np.ndarray, across: np.ndarray) -> None:
    along = float(between @ across)
    sideways = float(np.linalg.norm(between - along * across))
    if sideways > _STRAIGHT * along:
        angle = math.degrees(math.atan2(sideways, along))
        tell(
            f"{path.name}: each plane is shifted sideways against the last, as with a tilted gantry "
            f'({angle:.1f} degrees); sampling is measured across the planes, meta["affine"] has the shift'
        )


def _without_copies(path: Path, places: list[list[Plane]]) -> list[list[Plane]]:
    """Set aside planes that are there twice: the same stored bytes at one place, told apart by nothing."""
    kept, copies = [], []
    for place in places:
        seen: dict[Hashable, Plane] = {}
        for plane in place:
            key = _identity(plane) if len(place) > 1 else None
            copies.extend([plane.name] if key in seen else [])
            seen.setdefault(key, plane)
        kept.append(list(seen.values()))
    if copies:
        tell(
            f"{path.name}: {len(copies)} planes are there twice; the copies were set aside ({_some(copies)})"
        )
    return kept


def _identity(plane: Plane) -> Hashable:
    """Return what two copies of one plane share, and two planes do not."""
    with plane.file.at_pixels() as file:
        digest = hashlib.sha256(file.read(plane.file.stored_bytes)).digest()
    fields = (*KINDS, *(key for key, _ in TIMES))
    return plane.frame, digest, plane.values, tuple(str(plane.get(key)) for key in fields)


def _in_time(path: Path, places: list[list[Plane]]) -> tuple[list[list[Plane]], float | None]:
    """Order the planes at each place in time; return with them the step in seconds, if known and even."""
    if kind := kinds_at_one_place(places):
        tell(f"{path.name}: the planes at one place differ in {kind}, not in time; axis t counts these")
        return [_sorted_by(place, kind) for place in places], None
    if found := time_order(places):
        return found
    names = [plane.name for plane in places[0]]
    wrong = f"{len(names)} different planes lie at each place ({_some(names)}) and nothing says which is when"
    raise refusal(path, wrong, "open the files one by one")


def time_order(places: Sequence[Sequence[Plane]]) -> tuple[list[list[Plane]], float | None] | None:
    """Return the planes at each place in order of time, and the step in s; None if no time is stated."""
    for key, unit in TIMES:
        if all(_tells_apart(place, key) for place in places):
            ordered = [_sorted_by(place, key) for place in places]
            return ordered, _time_step(ordered[0], key, unit)
    return None


def _sorted_by(place: Sequence[Plane], key: str) -> list[Plane]:
    return sorted(place, key=lambda plane: _sortable(plane.get(key)))


def _time_step(place: list[Plane], key: str, unit: float | None) -> float | None:
    if unit is None:
        return None
    clock: Callable = (
        _seconds_of_day if key.endswith("Time") and key in ("AcquisitionTime", "ContentTime") else float
    )
    try:
        steps = np.diff([clock(plane.get(key)) for plane in place]) * unit
    except (TypeError, ValueError):
        return None
    even = np.ptp(steps) <= _EVEN * abs(steps.mean())
    return _tidy(float(steps.mean())) if even and steps.mean() > 0 else None


def _seconds_of_day(value: Any) -> float:
    text = str(value)
    return 3600 * int(text[:2]) + 60 * int(text[2:4]) + float(text[4:] or 0)


def _tells_apart(place: Sequence[Plane], key: str) -> bool:
    values = [_sortable(plane.get(key)) for plane in place]
    return None not in [plane.get(key) for plane in place] and len(set(values)) == len(values)


def _sortable(value: Any) -> Any:
    """Return a field as something that sorts: a number, or text."""
    if isinstance(value, (int, float)):
        return float(value)
    return str(value)


def _uneven_words(places: Sequence[Sequence[Plane]]) -> str:
    most = max(len(place) for place in places)
    fewer = [place[0].name for place in places if len(place) < most]
    wrong = (
        f"up to {most} different planes lie at one place, but fewer at {len(fewer)} of {len(places)} places"
    )
    return f"{wrong} (such as {_some(fewer)})"


def _offset(plane: Plane) -> float:
    return math.inf if plane.offset is None else plane.offset


def _some(names: Iterable[Any], most: int = 5) -> str:
    listed = [str(name) for name in names]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def _tidy(step: float) -> float:
    """Drop the last digits, which come from differences of rounded positions."""
    return round(step, 6)
