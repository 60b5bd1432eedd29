"""From stored samples to the values they stand for: rescaling, lookup tables, palettes, doses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut

from biomedlab.reading.dicom_file import DicomFile, field
from biomedlab.reading.dtypes import holds, integers_from
from biomedlab.reading.errors import refusal


class TooNarrowError(Exception):
    """A value does not fit the dtype that was tried; the next wider one is tried then."""


@dataclass(frozen=True)
class Scale:
    """value = slope * stored + intercept."""

    slope: float = 1.0
    intercept: float = 0.0

    @property
    def is_identity(self) -> bool:
        """Whether the stored samples are the values."""
        return self.slope == 1 and self.intercept == 0

    @property
    def is_integer(self) -> bool:
        """Whether whole numbers stay whole numbers."""
        return float(self.slope).is_integer() and float(self.intercept).is_integer()

    def ends(self, low: int, high: int) -> tuple[int, int]:
        """Return the least and greatest value that samples from low to high can stand for."""
        both = [int(self.slope) * end + int(self.intercept) for end in (low, high)]
        return min(both), max(both)

    def write(self, stored: np.ndarray, out: np.ndarray) -> None:
        """Write the values into `out`, one frame of the result.

        Raises
        ------
        TooNarrowError
            If `out` is of integers and a value does not fit.
        """
        if self.is_identity:
            _check_fits(stored, out.dtype)
            out[...] = stored
        elif out.dtype.kind == "f":
            np.multiply(stored, self.slope, out=out, dtype=out.dtype, casting="unsafe")
            out += self.intercept
        else:
            _check_fits(stored, out.dtype, self)
            # Intermediate results may wrap round; what comes out was checked to fit, so it is exact.
            np.copyto(out, stored, casting="unsafe")
            out *= _wrapped(self.slope, out.dtype)
            out += _wrapped(self.intercept, out.dtype)


@dataclass(frozen=True, eq=False)
class Table:
    """value = table[stored]: a modality lookup table, or a palette that gives colours."""

    header: Dataset
    dtype: np.dtype
    is_palette: bool = False
    is_identity = False

    def write(self, stored: np.ndarray, out: np.ndarray) -> None:
        """Write the values into `out`, one frame of the result."""
        if self.is_palette:
            out[...] = apply_color_lut(stored, self.header)[..., :3]
        else:
            out[...] = apply_modality_lut(stored, self.header)


def values_of(file: DicomFile, groups: Sequence[Dataset]) -> Scale | Table:
    """Return how one frame's samples become values.

    Parameters
    ----------
    file : DicomFile
        The file that holds the frame.
    groups : sequence of Dataset
        Where to look, the nearest first: the frame's functional groups, the shared ones, the header.

    Raises
    ------
    ImageReadError
        If a scale factor is not finite, or is 0.
    """
    if file.get("PhotometricInterpretation") == "PALETTE COLOR":
        return Table(file.header, _palette_dtype(file), is_palette=True)
    if file.samples > 1:
        return Scale()
    if file.get("Modality") == "RTDOSE":
        return _checked(file, file.get("DoseGridScaling", 1), 0, "DoseGridScaling")
    if file.get("ModalityLUTSequence"):
        return Table(file.header, _lut_dtype(file.header.ModalityLUTSequence[0]))
    for group in groups:
        source = _transformation(group)
        slope, intercept = _stated(file, source, "RescaleSlope"), _stated(file, source, "RescaleIntercept")
        if slope is not None or intercept is not None:
            return _checked(file, 1 if slope is None else slope, intercept or 0, "RescaleSlope")
    return Scale()


def result_dtypes(file: DicomFile, scales: Iterable[Scale | Table]) -> list[np.dtype]:
    """Return the dtypes to try for the values, the best first, the last sure to hold them.

    Whole numbers get the smallest integers that hold every value, never narrower than the stored samples.
    Unscaled floats stay what they are. Everything else is float64, as the reference readers compute it.
    """
    stored = file.stored_dtype
    scales = set(scales)
    tables = [scale.dtype for scale in scales if isinstance(scale, Table)]
    if tables:
        return [np.result_type(*tables)]
    linear = [scale for scale in scales if isinstance(scale, Scale)]
    if all(scale.is_identity for scale in linear):
        return [stored]
    if stored.kind == "f" or not all(scale.is_integer for scale in linear):
        return [np.dtype(np.float64)]
    return _integers_for(file, linear)


def _integers_for(file: DicomFile, scales: list[Scale]) -> list[np.dtype]:
    stored = file.stored_dtype
    bits = file.integer("BitsStored", file.bits_allocated)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if stored.kind == "i" else (0, 2**bits - 1)
    ends = [end for scale in scales for end in scale.ends(low, high)]
    tried = []
    for dtype in integers_from(stored.itemsize):
        tried.append(dtype)
        if holds(dtype, min(ends), max(ends)):
            return tried
    return [np.dtype(np.float64)]


def _transformation(group: Dataset) -> Dataset:
    """Return the dataset that holds the rescale fields: a functional group nests them."""
    nested = field(group, "PixelValueTransformationSequence")
    return nested[0] if nested else group


def _stated(file: DicomFile, source: Dataset, keyword: str) -> Any:
    """Return a scale factor; unlike other fields, an unreadable one must not pass for a missing one."""
    try:
        value = source.get(keyword)
    except Exception as error:
        raise refusal(file.path, f"its {keyword} cannot be read ({error})") from error
    return None if value == "" else value


def _checked(file: DicomFile, slope: Any, intercept: Any, name: str) -> Scale:
    try:
        scale = Scale(float(slope), float(intercept))
    except (TypeError, ValueError):
        raise refusal(file.path, f"its {name} is {slope!r}, which is no number") from None
    if not (math.isfinite(scale.slope) and math.isfinite(scale.intercept)) or scale.slope == 0:
        wrong = f"its values cannot be computed: slope {scale.slope}, intercept {scale.intercept}"
        raise refusal(file.path, wrong, "export it again from where it came from")
    return scale


def _palette_dtype(file: DicomFile) -> np.dtype:
    descriptor = file.get("RedPaletteColorLookupTableDescriptor")
    if descriptor is None or len(descriptor) != 3:
        raise refusal(file.path, "it is a palette image, but its palette is missing")
    return np.dtype(np.uint8 if int(descriptor[2]) == 8 else np.uint16)


def _lut_dtype(lut: Dataset) -> np.dtype:
    return np.dtype(np.uint8 if int(lut.LUTDescriptor[2]) <= 8 else np.uint16)


def _check_fits(stored: np.ndarray, dtype: np.dtype, scale: Scale | None = None) -> None:
    if dtype.kind == "f" or (scale is None and np.can_cast(stored.dtype, dtype)):
        return
    low, high = int(stored.min()), int(stored.max())
    low, high = scale.ends(low, high) if scale else (low, high)
    if not holds(dtype, low, high):
        raise TooNarrowError


def _wrapped(value: float, dtype: np.dtype) -> Any:
    """Return a whole number modulo the range of an integer dtype."""
    return np.array(int(value)).astype(dtype)[()]
