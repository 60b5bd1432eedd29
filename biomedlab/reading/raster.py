"""PNG, JPEG, GIF and their kin: samples as stored, with no size in mm (they state a print size at most)."""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image as Pillow

from biomedlab.image import Image
from biomedlab.reading.errors import refusal, tell
from biomedlab.reading.limits import Limit

_PLUGINS = {
    "PNG": "PNG",
    "JPEG": "JPEG",
    "GIF": "GIF",
    "BMP": "BMP",
    "WebP": "WEBP",
    "JPEG 2000": "JPEG2000",
    "PNM": "PPM",
}
_EXIF_ORIENTATION = 0x0112
_COPY = "copy or download it again"


def load_raster(path: Path, kind: str, limit: Limit) -> Image:
    """Open a picture file.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        Its format, as `sniff` names it.
    limit : Limit
        Of the image's size.

    Returns
    -------
    Image
        (row, col), (row, col, ch), or with t in front if it is animated. Palettes become colours.
    """
    if kind == "PNG":
        _check_png(path)
    try:
        with _no_pillow_limit(), Pillow.open(path, formats=[_PLUGINS[kind]]) as picture:
            frames = getattr(picture, "n_frames", 1)
            _check_area(path, picture, frames, limit)
            if _is_deep(path, kind, picture):
                return _finish(path, kind, [_deep(path, kind)], picture, None)
            steps = _frames(picture, frames)
            return _finish(path, kind, steps, picture, frames)
    except Pillow.UnidentifiedImageError:
        return _refused_by_pillow(path, kind, limit)


@contextmanager
def _no_pillow_limit() -> Generator[None]:
    """Let our own limit, which the user can set, stand in for Pillow's."""
    before = Pillow.MAX_IMAGE_PIXELS
    Pillow.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Pillow.MAX_IMAGE_PIXELS = before


def _check_area(path: Path, picture: Any, frames: int, limit: Limit) -> None:
    channels = len(picture.getbands()) if picture.mode != "P" else 4
    shape = (frames, picture.height, picture.width, channels)
    limit.check(path, shape, "u2" if "16" in picture.mode else "u1", path.stat().st_size)


def _refused_by_pillow(path: Path, kind: str, limit: Limit) -> Image:
    """Give the file a second chance with another decoder: 12-bit JPEG."""
    if kind == "JPEG" and (size := _jpeg_size(path)) and b"\xff\xd9" in path.read_bytes()[-64:]:
        limit.check(path, size, "u2", path.stat().st_size)
        return _finish(path, kind, [imagecodecs.jpeg_decode(path.read_bytes())], None, None)
    raise refusal(path, f"it begins like {kind}, but cannot be read as such", _COPY)


def _jpeg_size(path: Path) -> tuple[int, int, int] | None:
    from biomedlab.reading.dicom_pixels import codestream_size

    found = codestream_size(path.read_bytes())
    return (*found, 4) if found else None


def _frames(picture: Any, count: int) -> Iterator[np.ndarray]:
    """Yield frames in one mode for all: the first that holds every frame."""
    colours = _colours(picture)
    for index in range(count):
        picture.seek(index)
        frame = picture if colours is None or picture.mode == colours else picture.convert(colours)
        yield np.asarray(frame)


def _colours(picture: Any) -> str | None:
    """Return the mode that frames are given in; None to leave them as they are."""
    animated = getattr(picture, "n_frames", 1) > 1
    if picture.mode in ("P", "PA"):
        return "RGB"  # the palette's colours, as imageio gives them; a transparent colour stays a colour
    if animated and picture.format in ("PNG", "WEBP"):
        return "RGBA" if "A" in picture.mode else "RGB"
    return "RGB" if animated and picture.format == "GIF" else None


def _is_deep(path: Path, kind: str, picture: Any) -> bool:
    """Return whether it is a PNG of 16 bits with several channels, which Pillow would cut to 8."""
    if kind == "JPEG 2000":
        return True
    if kind != "PNG":
        return False
    with path.open("rb") as file:
        depth, colour = struct.unpack(">24xBB", file.read(26))
    return depth == 16 and colour in (2, 4, 6)


def _deep(path: Path, kind: str) -> np.ndarray:
    data = path.read_bytes()
    return imagecodecs.png_decode(data) if kind == "PNG" else imagecodecs.jpeg2k_decode(data)


def _check_png(path: Path) -> None:
    """Walk the chunks to the last one: a PNG that is cut short must not open with a black rest."""
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", head)
            if name == b"IEND":
                return
            file.seek(length + 4, 1)
    raise refusal(path, "it is cut short: a PNG ends with a mark, which is not there", _COPY)


def _finish(path: Path, kind: str, frames: Any, picture: Any, count: int | None) -> Image:
    movie = count is not None and count > 1
    values = _filled(path, frames, count) if count and movie else np.array(next(iter(frames)))
    axes = ("t", "row", "col", "ch")[0 if movie else 1 :][: values.ndim]
    meta = {"format": kind, "path": str(path), "sampling_source": None, "orientation": None, "affine": None}
    meta |= {"unit": None, "photometric": _photometric(picture, values, axes)} | _said(path, picture, count)
    return Image(values, axes=axes, meta=meta)


def _filled(path: Path, frames: Any, count: int) -> np.ndarray:
    out: np.ndarray | None = None
    for index, frame in enumerate(frames):
        out = np.empty((count, *frame.shape), frame.dtype) if out is None else out
        if frame.shape != out.shape[1:]:
            raise refusal(path, f"its frame {index + 1} is {frame.shape}, the first {out.shape[1:]}")
        out[index] = frame
    assert out is not None
    return out


def _photometric(picture: Any, values: np.ndarray, axes: tuple[str, ...]) -> str:
    if "ch" not in axes:
        return "gray"
    if picture is not None and picture.mode == "CMYK":
        return "CMYK"
    return {1: "gray", 2: "gray, alpha", 3: "RGB", 4: "RGBA"}.get(values.shape[-1], "unknown")


def _said(path: Path, picture: Any, count: int | None) -> dict[str, Any]:
    """Return what the file says beside its samples."""
    if picture is None:
        return {}
    said: dict[str, Any] = {}
    turned = picture.getexif().get(_EXIF_ORIENTATION, 1) if picture.format in ("JPEG", "PNG", "WEBP") else 1
    if turned not in (0, 1, None):
        tell(f"{path.name}: the camera was turned (Exif orientation {turned}); the samples are as stored")
        said["exif_orientation"] = int(turned)
    step = picture.info.get("duration")
    if count and count > 1 and step:
        said["time_step"] = float(step) / 1000
    return said
