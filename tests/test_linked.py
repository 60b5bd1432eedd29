"""Links in the browser: what they have moved there is not told to it again."""

from typing import Any

import numpy as np

from biomedlab.widgets import HistogramExplorer, MaskTuner


def told(widget: Any) -> list[str]:
    """Return the traits that the kernel sends from now on, in a list that grows."""
    sent: list[str] = []
    send = widget.send_state

    def note(key: Any = None) -> None:
        sent.extend([key] if isinstance(key, str) else list(key or ()))
        send(key)

    widget.send_state = note
    return sent


def ramp() -> np.ndarray:
    return np.arange(64, dtype=np.uint8).reshape(8, 8)


def test_a_gesture_that_a_link_has_carried_on_is_not_sent_back() -> None:
    tuner = MaskTuner(ramp(), thresholds=(10, 50))
    view, histogram = told(tuner.view), told(tuner.histogram)
    tuner.histogram.set_state({"highlight": [20.0, 50.0]})
    assert tuner.view.highlight == tuner.thresholds == [20.0, 50.0]
    assert "highlight" not in view
    assert "highlight" not in histogram


def test_either_side_may_lead() -> None:
    explorer = HistogramExplorer(ramp())
    view, histogram = told(explorer.view), told(explorer.histogram)
    explorer.view.set_state({"window": [5.0, 40.0]})
    explorer.histogram.set_state({"window": [6.0, 40.0]})
    assert explorer.window == explorer.histogram.window == (6.0, 40.0)
    assert "window" not in view
    assert "window" not in histogram


def test_what_python_sets_is_sent_to_both() -> None:
    tuner = MaskTuner(ramp(), thresholds=(10, 50))
    view, histogram = told(tuner.view), told(tuner.histogram)
    tuner.thresholds = [30, 50]
    assert "highlight" in view
    assert "highlight" in histogram


def test_what_python_makes_of_a_gesture_is_sent() -> None:
    tuner = MaskTuner(ramp(), thresholds=(10, 50))
    histogram = told(tuner.histogram)
    tuner.histogram.set_state({"highlight": [60.0, 20.0]})  # which become a range from the lower one
    assert tuner.histogram.highlight == tuner.view.highlight == [20.0, 60.0]
    assert "highlight" in histogram  # from where the link takes it to the view
