"""How large an image may be, asked before memory is taken for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biomedlab.reading.errors import refusal

DEFAULT_MAX_BYTES = 4 * 2**30
# A file that grows this much, to an image this large, is taken for a bomb unless `max_bytes` was given.
BOMB_RATIO = 250
BOMB_BYTES = 2**29


@dataclass(frozen=True)
class Limit:
    """The largest image to open, in bytes; None for the usual limit with its guard against bombs."""

    max_bytes: int | None = None

    def check(
        self, path: Path, shape: Sequence[int], dtype: np.dtype | str, stored: int | None = None
    ) -> None:
        """Refuse an image that is too large, or absurdly large for the bytes that it is stored in.

        Parameters
        ----------
        path : Path
            Named in the error.
        shape : sequence of int
            Samples along each axis, as the file declares them.
        dtype : dtype
            Of the array that would be made.
        stored : int, optional
            Bytes of the file that hold the samples.

        Raises
        ------
        ImageReadError
            If the image is larger than the limit.

        Examples
        --------
        >>> Limit().check(Path("scan.nii"), (200, 512, 512), "int16")
        >>> Limit(1000).check(Path("scan.nii"), (200, 512, 512), "int16")
        Traceback (most recent call last):
            ...
        biomedlab.reading.errors.ImageReadError: scan.nii: it says it is 200 x 512 x 512 samples (0.098 GiB),
        which is more than the limit of 0.000 GiB. To mend it: if you trust the file, give
        load(..., max_bytes=104857600).
        """
        needed = math.prod(int(n) for n in shape) * np.dtype(dtype).itemsize
        limit = DEFAULT_MAX_BYTES if self.max_bytes is None else self.max_bytes
        if needed > limit:
            raise self._refusal(
                path, shape, needed, f"which is more than the limit of {limit / 2**30:.3f} GiB"
            )
        if self.max_bytes is None and stored is not None and needed > max(BOMB_BYTES, BOMB_RATIO * stored):
            raise self._refusal(path, shape, needed, f"but only {stored} bytes hold them")

    def _refusal(self, path: Path, shape: Sequence[int], needed: int, why: str) -> Exception:
        size = " x ".join(str(int(n)) for n in shape)
        wrong = f"it says it is {size} samples ({needed / 2**30:.3f} GiB), {why}"
        return refusal(path, wrong, f"if you trust the file, give load(..., max_bytes={needed})")
