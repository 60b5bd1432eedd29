"""How quick `histogram` and `equalize` are beside numpy, scipy and scikit-image, on 16.8 million pixels.

Run ``python benchmarks/bench_intensity.py``. It prints one table: the best of several runs in milliseconds,
and the most memory used above the result (numpy's own allocations, in MiB, as tracemalloc sees them). Every
rival's counts are compared with ours, and the program stops if a claim does not hold.
"""

import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.ndimage as ndi
import skimage.exposure

from biomedlab import intensity

SHAPE = (64, 512, 512)
RUNS = 5


def images() -> dict[str, np.ndarray]:
    """Return a picture-like array of each dtype: smooth structures with noise, and much background."""
    random = np.random.default_rng(0)
    body = ndi.zoom(random.normal(size=(8, 16, 16)), (8, 32, 32), order=1) > -0.2
    noise = random.normal(size=SHAPE).astype(np.float32)
    return {
        "uint8": np.clip(10 + body * 110 + noise * 25, 0, 255).astype(np.uint8),
        "int16": np.clip(-1000 + body * 1040 + noise * 120, -1024, 3071).astype(np.int16),
    }


def measure(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the best time in ms, the peak memory above the result in MiB, and the result."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    result = work()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return min(times) * 1e3, (peak - kept) / 2**20, result


def main() -> None:
    """Print the table and check the claims."""
    warnings.simplefilter("ignore")
    print(f"{'':<8}{'what':<34}{'ms':>8}{'MiB over':>10}{'ours is':>10}")
    for dtype, image in images().items():
        low, high = int(image.min()), int(image.max())
        low, high = (0, 255) if dtype == "uint8" else (low, high)
        bins = high - low + 1
        rows: dict[str, Callable[[], Any]] = {
            "biomedlab histogram": lambda i=image: intensity.histogram(i),
            "numpy.histogram": lambda i=image, n=bins, r=(low, high): np.histogram(i, n, r),
            "skimage.exposure.histogram": lambda i=image: skimage.exposure.histogram(i),
            "scipy.ndimage.histogram": lambda i=image, a=low, b=high, n=bins: ndi.histogram(i, a, b, n),
            "biomedlab equalize": lambda i=image: intensity.equalize(i),
            "biomedlab equalize, dtype=float": lambda i=image: intensity.equalize(i, dtype=float),
            "skimage.exposure.equalize_hist": lambda i=image: skimage.exposure.equalize_hist(i),
        }
        measured = {name: measure(work) for name, work in rows.items()}
        for name, (ms, over, _) in measured.items():
            ours = measured["biomedlab equalize" if "equal" in name else "biomedlab histogram"][0]
            print(f"{dtype:<8}{name:<34}{ms:>8.1f}{over:>10.1f}{ms / ours:>9.1f}x")
        check(dtype, measured)


def check(dtype: str, measured: dict[str, tuple[float, float, Any]]) -> None:
    """Stop if a claim does not hold."""
    ms = {name: row[0] for name, row in measured.items()}
    hist = measured["biomedlab histogram"][2].hist
    assert np.array_equal(hist, measured["numpy.histogram"][2][0])
    assert np.array_equal(hist, measured["scipy.ndimage.histogram"][2])
    theirs = measured["skimage.exposure.histogram"][2]
    first = int(measured["biomedlab histogram"][2].centres[0])
    assert np.array_equal(hist[theirs[1] - first], theirs[0])
    ours = measured["biomedlab histogram"]
    assert ours[0] < ms["numpy.histogram"]
    assert ours[0] < ms["skimage.exposure.histogram"]
    assert dtype != "uint8" or 5 * ours[0] <= ms["scipy.ndimage.histogram"]
    assert 10 * ms["biomedlab equalize"] <= ms["skimage.exposure.equalize_hist"]
    assert all(row[1] <= 32 for name, row in measured.items() if name.startswith("biomedlab"))


if __name__ == "__main__":
    main()
