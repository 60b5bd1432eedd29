"""Measure what `import biomedlab` costs beyond numpy's own import: it must stay under 0.3 s.

Run it by ``python benchmarks/bench_import.py``; it ends with 1 if the limit is passed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 9
LIMIT_S = 0.3
IMPORTS = ("pass", "import numpy", "import numpy, biomedlab", "import numpy; from biomedlab import geometry")


def seconds(statement: str) -> float:
    """Return the time that `statement` takes in a new interpreter, without the interpreter's own start."""
    code = f"from time import perf_counter as now; t = now()\n{statement}\nprint(now() - t)"
    return float(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )


def main() -> int:
    """Print a table of the median times, and return 1 if biomedlab adds more than the limit to numpy."""
    # In turn, not one after the other: a slow moment of the machine then touches all alike.
    times = [[seconds(statement) for statement in IMPORTS] for _ in range(RUNS)]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    print(f"{'statement':<45} {'median, s':>10} {'beyond numpy, s':>16}")
    for statement, median in zip(IMPORTS, medians, strict=True):
        print(f"{statement:<45} {median:>10.3f} {max(0.0, median - medians[1]):>16.3f}")
    added = medians[2] - medians[1]
    print(f"\nbiomedlab adds {added:.3f} s; the limit is {LIMIT_S} s")
    return int(added > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
