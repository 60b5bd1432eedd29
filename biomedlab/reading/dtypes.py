"""Which integers hold which values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_SIZES = (1, 2, 4, 8)


def integers_from(size: int) -> Iterator[np.dtype]:
    """Yield the integer dtypes of at least so many bytes, the smallest first, unsigned before signed.

    Examples
    --------
    >>> [str(dtype) for dtype in integers_from(4)]
    ['uint32', 'int32', 'uint64', 'int64']
    """
    yield from (np.dtype(f"{kind}{one}") for one in _SIZES if one >= size for kind in "ui")


def holds(dtype: Any, low: int, high: int) -> bool:
    """Return whether an integer dtype holds every value from low to high.

    Examples
    --------
    >>> holds("int16", -1024, 3071), holds("uint16", -1024, 3071)
    (True, False)
    """
    info = np.iinfo(dtype)
    return int(info.min) <= low and high <= int(info.max)
