"""A progress bar for what takes over a second."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any


def progress(steps: Iterable[Any], total: int) -> Iterator[Any]:
    """Pass the steps on; after a second, show a bar of them."""
    # Imported here: it looks for ipywidgets, which a plain script does not need.
    from tqdm.auto import tqdm

    # tqdm's own variable, which its bar for notebooks does not heed.
    off = bool(os.environ.get("TQDM_DISABLE"))
    bar: Any = tqdm(steps, total=total, desc="Loading", unit="file", delay=1, leave=False, disable=off)
    try:
        yield from bar
    finally:
        if hasattr(bar, "container"):  # a closed widget stays on a slow page that shows it late: hide it, too
            bar.container.layout.display = "none"
