"""What is on a view's canvases, read back from the page."""

from __future__ import annotations

import numpy as np
from lab import Lab


def shown(lab: Lab, index: int, panel: int = 0) -> np.ndarray:
    """Return the pixels of a canvas in a cell's output, once it is drawn."""
    lab.page.wait_for_timeout(150)
    canvas = lab.output(index).locator(".biomedlab-canvas").nth(panel)
    canvas.wait_for()
    lab.output(index).locator(".biomedlab-waiting").wait_for(state="detached")
    height, width, raw = canvas.evaluate(
        "(c) => [c.height, c.width, [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]]"
    )
    return np.array(raw, np.uint8).reshape(height, width, 4)
