"""The code of a view: run, it makes the picture that the view shows, to the last bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from bare import BarePage
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import biomedlab
from biomedlab.widgets import SliceBrowser, code
from biomedlab.widgets.compare_browser import CompareBrowser
from biomedlab.widgets.orthogonal_browser import OrthogonalBrowser

HERE = Path(code.__file__).parent
RNG = np.random.default_rng(0)
DTYPES = ("?", "u1", "i1", "u2", ">i2", "u4", "i8", "u8", "f2", "f4", "f8", "longdouble")


def drawn(view: Any) -> Figure:
    return code.run(code.text(code.shot(view)), **code.arrays(view))


def colours(figure: Figure, axes: int = 0, image: int = 0) -> np.ndarray:
    drawn = figure.axes[axes].images[image]
    return drawn.to_rgba(np.ma.asarray(drawn.get_array()), bytes=True)


def agree(view: Any) -> Figure:
    """Check that the figure's pictures are those of the view."""
    figure = drawn(view)
    for number, picture in enumerate(view.pictures()):
        assert np.array_equal(colours(figure, number), picture)
    return figure


@given(
    dtype=st.sampled_from(DTYPES),
    axis=st.integers(0, 2),
    cmap=st.sampled_from(["gray", "viridis", "RdBu_r", "bone"]),
    limits=st.tuples(st.integers(-300, 300), st.integers(-300, 300)),
    seed=st.integers(0, 99),
)
@settings(max_examples=25, deadline=None)
def test_the_code_of_a_slice_draws_its_picture(
    dtype: str, axis: int, cmap: str, limits: tuple[int, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    volume = (
        rng.integers(-200 if np.dtype(dtype).kind in "if" else 0, 200, (4, 5, 6))
        .clip(-128, 127)
        .astype(dtype)
    )
    view = SliceBrowser(volume, axis=axis, window=(min(limits), max(limits)), cmap=cmap, sampling=(3, 1, 0.5))
    agree(view)


def test_not_a_number_and_infinities() -> None:
    for dtype in ("f2", "f4", "f8"):
        volume = RNG.normal(0, 1, (3, 6, 7)).astype(dtype)
        volume[1, 0, :3] = np.nan, np.inf, -np.inf
        for window in ((-1, 1), (0.5, 0.5)):
            agree(SliceBrowser(volume, window=window, cmap="viridis"))


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8", "?", "i4"])
@pytest.mark.parametrize("samples", [3, 4])
def test_colour_is_drawn_as_bytes(dtype: str, samples: int) -> None:
    top = 1.3 if np.dtype(dtype).kind == "f" else 70_000
    colour = (RNG.random((6, 7, samples)) * top).astype(dtype)
    figure = agree(SliceBrowser(colour, axes="row col ch"))
    assert len(figure.axes) == 1


def test_times_channels_and_movies() -> None:
    volume = RNG.integers(0, 255, (3, 4, 5, 6, 2)).astype(np.uint8)
    view = SliceBrowser(volume, axis="row", window=(0, 255))
    view.time, view.channel = 2, 1
    assert "plane = volume[2, :, 2, :, 1]" in code.text(code.shot(view))
    agree(view)
    frames = SliceBrowser(volume[:, 0, :, :, 0], axes="t row col", window=(0, 255))
    assert "plane = volume[1]\n" in code.text(code.shot(frames))
    assert agree(frames).axes[0].get_title() == "t 1"


def test_a_lazy_array_is_cut_and_then_read() -> None:
    dask = pytest.importorskip("dask.array")
    volume = dask.from_array(RNG.integers(0, 255, (3, 4, 5)).astype(np.uint8))
    view = SliceBrowser(volume, window=(0, 255))
    assert "plane = np.asarray(volume[1])" in code.text(code.shot(view))
    agree(view)


def test_lengths_are_in_mm_and_the_head_is_up() -> None:
    volume = biomedlab.Image(
        RNG.integers(0, 9, (6, 5, 4)),
        sampling=(3, 1, 0.5),
        meta={"orientation": ("S", "P", "L"), "unit": "HU"},
    )
    view = SliceBrowser(volume, axis="row", index=2, window=(0, 9))
    figure = agree(view)
    ax = figure.axes[0]
    assert ax.images[0].get_extent() == [-0.25, 1.75, -1.5, 16.5]
    assert ax.images[0].origin == "lower"
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == (
        "coronal, row 2, 2.0 mm",
        "col (mm)",
        "pln (mm)",
    )
    assert figure.axes[1].get_ylabel() == "HU"
    assert ax.get_aspect() == 1.0


def test_gamma_bends_the_colours() -> None:
    view = SliceBrowser(np.arange(256, dtype=np.uint8).reshape(16, 16), window=(0, 255), cmap="viridis")
    view.gamma = 0.5
    shown = colours(drawn(view))
    bent = np.floor(255 * (np.arange(256) / 255) ** 0.5 + 0.5).astype(int)
    assert np.array_equal(shown.reshape(256, 4), mpl.colormaps["viridis"](bent, bytes=True))


def test_orthogonal_planes_share_one_scale() -> None:
    volume = biomedlab.Image(RNG.integers(0, 99, (9, 12, 20)).astype(np.int16), sampling=(4, 1, 2))
    view = OrthogonalBrowser(volume, cursor=(2, 7, 11), window=(0, 99))
    figure = agree(view)
    figure.canvas.draw()
    scales = []
    for ax in figure.axes[:3]:
        box, (left, right), (bottom, top) = ax.get_window_extent(), ax.get_xlim(), ax.get_ylim()
        scales += [box.width / abs(right - left), box.height / abs(top - bottom)]
    assert np.ptp(scales) < 0.02 * max(scales)
    lines = [[np.asarray(line.get_xydata())[0] for line in ax.lines] for ax in figure.axes[:3]]
    assert [(down[1], across[0]) for down, across in lines] == [(7, 22), (8, 22), (8, 7)]
    view.crosshair = False
    assert not drawn(view).axes[0].lines


@pytest.mark.parametrize("compare", ["side", "swipe", "blend", "difference"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_comparisons(compare: Any, dtype: str) -> None:
    before, after = RNG.integers(0, 255, (2, 3, 8, 9)).astype(dtype)
    view = CompareBrowser(before, after, compare=compare, axis=1, window=(20, 200), names=("raw", "smooth"))
    view.share = 0.37
    figure = agree(view)
    assert "raw" in figure.axes[0].get_title()


def test_colour_comparisons() -> None:
    pair = RNG.integers(0, 255, (2, 8, 9, 3)).astype(np.uint8)
    for compare in ("side", "swipe", "blend"):
        view = CompareBrowser(pair[0], pair[1], compare=compare, axes="row col ch")
        shown = colours(drawn(view))
        assert np.array_equal(shown, view.pictures()[0])


@pytest.mark.parametrize("outline", [False, True])
def test_what_is_laid_over_equals_the_browser(bare_page: BarePage, outline: bool) -> None:
    bare_page.load(HERE / "image_view.panel.js")
    labels = (RNG.random((2, 12, 15)) * 10).astype(np.int16)
    labels[1, 2:8, 3:9] = 9
    volume = RNG.integers(0, 255, labels.shape).astype(np.uint8)
    view = SliceBrowser(volume, mask=labels, window=(0, 255))
    view.outline, view.opacity, view.highlight = outline, 0.3, [100, 140]
    view.highlight_outline = not outline
    figure = agree(view)
    over = figure.axes[0].images[1]
    script = """(() => { const out = new Uint32Array(argument[0].length);
      module.paintLabels(out, 15, (i) => argument[0][i], argument[2]);
      module.paintLabels(out, 15, (i) => argument[1][i], !argument[2]);
      return new Uint8Array(out.buffer); })()"""
    lit = ((volume[1] >= 100) & (volume[1] <= 140)).astype(np.uint8)
    expected = bare_page.evaluate(script, labels[1].ravel(), lit.ravel(), outline).reshape(12, 15, 4)
    shown = np.asarray(over.get_array())
    both = np.any(expected, axis=2)
    assert np.array_equal(np.any(shown, axis=2), both)
    assert np.array_equal(shown[both], expected[both])
    assert over.get_alpha() == 0.3


def test_a_bool_mask_without_time_lies_over_every_time() -> None:
    series = RNG.integers(0, 255, (2, 3, 6, 7)).astype(np.uint8)
    view = SliceBrowser(series, mask=series[0] > 100, window=(0, 255))
    view.time = 1
    assert "labels = mask[1]" in code.text(code.shot(view))
    assert np.array_equal(
        np.asarray(drawn(view).axes[0].images[1].get_array())[..., 3] > 0, series[0, 1] > 100
    )


# ---- where the array came from


def test_a_png_is_opened_by_imageio(tmp_path: Path) -> None:
    path = tmp_path / "im.png"
    iio.imwrite(path, RNG.integers(0, 255, (8, 9)).astype(np.uint8))
    image = biomedlab.load(path)
    view = SliceBrowser(image)
    text = code.text(code.shot(view))
    assert "import imageio.v3 as iio\n" in text
    assert f"\nimage = iio.imread({json.dumps(str(path))})\nplane = image\n" in text
    assert np.array_equal(colours(code.run(text)), view.pictures()[0])


def test_sixteen_bit_colour_is_opened_by_what_opens_it_right(tmp_path: Path) -> None:
    import imagecodecs

    colour = RNG.integers(0, 65535, (8, 9, 3)).astype(np.uint16)
    path = tmp_path / "deep.png"
    path.write_bytes(imagecodecs.png_encode(colour))
    view = SliceBrowser(biomedlab.load(path))
    text = code.text(code.shot(view))
    assert f"image = biomedlab.load({json.dumps(str(path))})" in text
    assert np.array_equal(colours(code.run(text)), view.pictures()[0])


def test_sample_images_are_opened_by_name_and_only_when_untouched() -> None:
    path = biomedlab.data.path("brain_mask")
    image = biomedlab.load(path)
    assert code.opening(image, path) == 'biomedlab.load(biomedlab.data.path("brain_mask"))'
    assert code.opening(image[::-1], path) == ""
    assert code.opening(image[5:], path) == ""
    assert code.opening(image.astype(float), path) == ""
    image[0, 0, 0] += 1
    assert code.opening(image, path) == ""
    assert code.opening(image, None) == ""
    assert code.opening(image, "no/such/file.nii") == ""


def test_an_array_of_yours_must_be_given() -> None:
    text = code.text(code.shot(SliceBrowser(np.zeros((3, 4, 5), np.uint8))))
    assert "\nvolume  # your array\n" in text
    with pytest.raises(NameError, match="volume"):
        code.run(text)


# ---- the figure


def test_running_leaves_no_trace() -> None:
    mine = plt.figure()
    other = plt.figure()
    plt.figure(mine)
    settings_before = mpl.rcParams.copy()
    view = SliceBrowser(np.zeros((3, 4, 5), np.uint8))
    figure = drawn(view)
    with pytest.raises(ZeroDivisionError):
        code.run("import matplotlib.pyplot as plt\nfig = plt.figure()\n1 / 0")
    try:
        assert plt.gcf() is mine
        assert plt.get_fignums() == [mine.number, other.number]
        assert figure not in (mine, other)
        assert mpl.rcParams == settings_before
    finally:
        plt.close("all")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".pdf", ".svg", ".PNG"])
def test_figures_and_pictures_are_saved(tmp_path: Path, suffix: str) -> None:
    view = SliceBrowser(RNG.integers(0, 255, (3, 40, 50)).astype(np.uint8))
    for name, what in (("figure", drawn(view)), ("picture", view.pictures()[0])):
        path = code.save(what, tmp_path / f"{name}{suffix}")
        assert path.stat().st_size > 100
    if suffix == ".png":
        assert np.array_equal(iio.imread(tmp_path / "picture.png"), view.pictures()[0])


def test_other_formats_are_refused_in_a_sentence(tmp_path: Path) -> None:
    figure = drawn(SliceBrowser(np.zeros((4, 5), np.uint8)))
    for name in ("x.bmp", "x", "x.png.exe"):
        with pytest.raises(ValueError, match=r'"x.*end the name in one of \.png, \.jpg'):
            code.save(figure, tmp_path / name)
    with pytest.raises(FileNotFoundError, match="make it first"):
        code.save(figure, tmp_path / "none" / "x.png")
