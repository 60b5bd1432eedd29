"""Pictures that a notebook keeps of the explorers: what is laid over them, and the histogram."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from biomedlab.widgets import HistogramExplorer, MaskTuner, picture


def test_a_stored_histogram_has_its_bars_and_its_marks() -> None:
    drawn = picture.bars(np.array([1, 0, 4, 2]), [0.5, 2.0], side=100)
    assert drawn.shape == (100, 120, 4)
    grey = (drawn[..., 0] == picture.BARS[0]).sum(axis=0)
    assert grey[[0, 40, 119]].tolist() == [24, 0, 48]
    assert grey[70] == 96
    assert (drawn[:, 60, :3] == picture.MARKS).all()
    assert (picture.bars(np.zeros(3), [], side=10)[..., :3] == 255).all()


def test_stored_pictures_have_the_mask_and_the_histogram() -> None:
    plane = np.arange(4096, dtype=np.uint8).reshape(64, 64)
    for explorer in (HistogramExplorer(plane), MaskTuner(plane, thresholds=(100, 200))):
        stored = explorer._repr_mimebundle_()[0]["image/png"]
        image = np.asarray(Image.open(BytesIO(stored)).convert("RGB")).astype(int)
        assert image.shape == (116, 256, 3)
        assert (image[:, 120:] == picture.BARS).all(axis=-1).sum() > 100
        coloured = (np.ptp(image[:, :110], axis=-1) > 50).mean()
        assert coloured == 0 if isinstance(explorer, HistogramExplorer) else 0.3 < coloured < 0.5


def test_a_stored_picture_of_a_cleaned_mask_has_the_thresholds_outline() -> None:
    plane = np.zeros((9, 9), np.uint8)
    plane[1:8, 1:8] = 200
    plane[4, 4] = 0  # a hole, which the clean-up fills
    tuner = MaskTuner(plane, thresholds=(100, 255), steps=[("fill", 0)])
    labels = np.zeros((9, 9), int)
    labels[1:8, 1:8] = 2
    edge = np.zeros((9, 9), bool)
    edge[1:8, 1:8] = True
    edge[2:7, 2:7] = False
    edge[3, 4] = edge[5, 4] = edge[4, 3] = edge[4, 5] = True
    labels[edge] = 1
    expected = picture.laid_over(tuner.pictures()[0], labels, opacity=tuner.view.opacity)
    np.testing.assert_array_equal(tuner._covered()[0], expected)
    tuner.outline = True
    labels[2:7, 2:7] = 0
    labels[edge] = 1
    expected = picture.laid_over(tuner.pictures()[0], labels, opacity=tuner.view.opacity)
    np.testing.assert_array_equal(tuner._covered()[0], expected)
