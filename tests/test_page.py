"""Pages without kernel and network: they browse, keep views apart, and hold nothing of others."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import nbformat
import numpy as np
import pytest
from ipywidgets import embed
from lab import Lab

from biomedlab.__main__ import main
from biomedlab.widgets import CompareBrowser, OrthogonalBrowser, SliceBrowser, notebook_page
from biomedlab.widgets.page import to_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

RNG = np.random.default_rng(0)
READ = (
    """(canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data)"""
)


class Offline:
    """A page opened from its file, in a browser with no network."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport={"width": 1000, "height": 900}, offline=True)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _note(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.errors.append(said.text)

    def open(self, path: Path) -> Page:
        self.page.goto(path.as_uri())
        return self.page

    def pixels(self, number: int = 0) -> np.ndarray:
        canvas = self.page.locator(".biomedlab-canvas").nth(number)
        size = canvas.evaluate("(canvas) => [canvas.height, canvas.width, 4]")
        return np.array(canvas.evaluate(READ), np.uint8).reshape(size)

    def shows(self, plane: str, number: int = 0) -> None:
        self.page.locator(f".biomedlab-canvas >> nth={number}").and_(
            self.page.locator(f'[data-plane="{plane}"]')
        ).wait_for(state="attached")


@pytest.fixture
def offline(browser: Browser) -> Iterator[Offline]:
    opened = Offline(browser)
    yield opened
    opened.context.close()
    assert opened.errors == []
    assert [url for url in opened.asked if not url.startswith(("file:", "blob:", "data:"))] == []


@pytest.mark.parametrize("dtype", ["u1", ">i2", "f4", "?"])
def test_every_plane_of_every_axis_is_in_the_page(offline: Offline, tmp_path: Path, dtype: str) -> None:
    volume = RNG.integers(0, 200, (5, 16, 20)).astype(dtype)
    view = SliceBrowser(volume, window=(20, 150), cmap="viridis", sampling=(2, 1, 1))
    page = offline.open(to_html(view, tmp_path / "x.html", title="A <page>", text="One & two.\n\nThree."))
    offline.shows("0 0 2")
    assert np.array_equal(offline.pixels(), view.pictures()[0])
    slider = page.locator(".biomedlab-sliders input[type=range]").first
    slider.press("ArrowRight")
    offline.shows("0 0 3")
    for axis in (1, 2, 0):
        page.get_by_label("Cut across").select_option(str(axis))
        view.axis, view.index = axis, volume.shape[axis] // 2
        offline.shows(f"{axis} 0 {view.index}")
        assert np.array_equal(offline.pixels(), view.pictures()[0])
    assert page.locator("h1").inner_text() == "A <page>"
    assert page.locator("main > p").all_inner_texts() == ["One & two.", "Three."]


def test_many_chunks_times_and_a_mask(
    offline: Offline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("biomedlab.widgets.page.CHUNK", 700)
    series = RNG.integers(0, 200, (2, 7, 12, 10)).astype(np.uint16)
    view = SliceBrowser(series, window=(0, 200), mask=series[0] > 150)
    page = offline.open(to_html(view, tmp_path / "x.html"))
    offline.shows("0 0 3")
    page.locator(".biomedlab-sliders input[type=range][max='1'][step='1']").first.press("ArrowRight")
    view.time = 1
    offline.shows("0 1 3")
    assert np.array_equal(offline.pixels(), view.pictures()[0])
    over = np.array(page.locator(".biomedlab-overlay").first.evaluate(READ), np.uint8).reshape(12, 10, 4)
    assert np.array_equal(over[..., 3] > 0, series[0, 3] > 150)


def test_what_the_browser_lost_of_its_canvases_is_drawn_again(offline: Offline, tmp_path: Path) -> None:
    plane = RNG.integers(0, 255, (12, 10)).astype(np.uint8)
    view = SliceBrowser(plane, window=(0, 200), mask=plane > 150)
    page = offline.open(to_html(view, tmp_path / "x.html"))
    offline.shows("0 0 0")
    canvases = page.locator(".biomedlab-panel canvas")
    before = [one.evaluate(READ) for one in canvases.all()]
    assert [any(data) for data in before] == [True, True]
    canvases.evaluate_all("(all) => all.forEach((one) => one.getContext('2d').reset())")
    assert not any(map(any, (one.evaluate(READ) for one in canvases.all())))
    canvases.evaluate_all("(all) => all.forEach((one) => one.dispatchEvent(new Event('contextrestored')))")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert [one.evaluate(READ) for one in canvases.all()] == before


def test_three_planes_and_two_images(offline: Offline, tmp_path: Path) -> None:
    volume, other = RNG.integers(0, 255, (2, 6, 8, 10)).astype(np.uint8)
    three = OrthogonalBrowser(volume, cursor=(1, 2, 3), window=(0, 255))
    pair = CompareBrowser(volume, other, window=(0, 255))
    offline.open(to_html([three, pair], tmp_path / "x.html"))
    for number, place in enumerate(("0 0 1", "1 0 2", "2 0 3", "0 0 3", "0 0 3")):
        offline.shows(place, number)
    for number, picture in enumerate([*three.pictures(), *pair.pictures()]):
        assert np.array_equal(offline.pixels(number), picture)


def test_each_view_has_its_own_state_and_links_go_on(offline: Offline, tmp_path: Path) -> None:
    volumes = RNG.integers(0, 255, (3, 9, 8, 8)).astype(np.uint8)
    free, lead, follow = (SliceBrowser(volume, window=(0, 255)) for volume in volumes)
    link = ipywidgets.jslink((lead, "index"), (follow, "index"))
    menu = ipywidgets.Dropdown(options=["a"], description="Method:")
    box = ipywidgets.VBox([ipywidgets.Label("Two <of> them"), ipywidgets.HBox([lead, follow]), menu])
    page = offline.open(to_html([free, box], tmp_path / "x.html"))
    for number in range(3):
        offline.shows("0 0 4", number)
    page.locator(".biomedlab").nth(1).locator(".biomedlab-sliders input").first.press("End")
    offline.shows("0 0 8", 1)
    offline.shows("0 0 8", 2)
    assert np.array_equal(offline.pixels(0), free.pictures()[0])
    follow.index = 8
    assert np.array_equal(offline.pixels(2), follow.pictures()[0])
    assert page.get_by_text("Only in Jupyter: Method.").is_visible()
    link.unlink()


def test_what_does_not_fit_is_a_preview_that_says_so(offline: Offline, tmp_path: Path) -> None:
    volume = np.add.outer(np.arange(40) * 5, np.zeros((200, 150))).astype(np.int16)
    volume += RNG.integers(0, 20, volume.shape).astype(np.int16)
    view = SliceBrowser(volume, window=(0, 220))
    path = to_html(view, tmp_path / "x.html", budget=100_000)
    assert path.stat().st_size < 350_000
    page = offline.open(path)
    page.get_by_text(re.compile(r"Preview: \d+ of 40 planes, \d+ x \d+ of 200 x 150 samples")).wait_for()
    page.wait_for_function("() => document.querySelector('.biomedlab-canvas').width === 150")
    offline.page.wait_for_timeout(300)
    assert abs(float(offline.pixels()[..., 0].mean()) - 110 * 255 / 220) < 8


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float16", "float32", "int64"])
def test_a_notebook_keeps_the_mask_and_the_second_image(offline: Offline, tmp_path: Path, dtype: str) -> None:
    volume = RNG.integers(0, 100, (5, 30, 40)).astype(dtype)
    labels = np.zeros(volume.shape, np.int32)
    labels[:, 8:20, 10:30], labels[:, 12:16] = 1, 9
    masked = SliceBrowser(volume, window=(0, 100), mask=labels)
    difference = CompareBrowser(volume, volume[::-1], compare="difference", limit=50, window=(0, 100))
    for view in (masked, difference):
        view._range = [0.0, 255.0]
        view._carry_preview()
        assert sum(len(one["data"]) for one in view._preview.values()) <= 64 * 1024
    states = embed.dependency_state([masked, difference], drop_defaults=False)
    nbformat.write(stored(displayed(masked), displayed(difference), states=states), tmp_path / "x.ipynb")
    page = offline.open(notebook_page.notebook_to_html(tmp_path / "x.ipynb"))
    page.wait_for_function(
        "() => [...document.querySelectorAll('.biomedlab-canvas')].every((one) => one.width === 40 &&"
        " one.getContext('2d').getImageData(0, 0, 1, 1).data[3] === 255)"
    )
    assert np.array_equal(offline.pixels(0), masked.pictures()[0])
    assert np.array_equal(offline.pixels(1), difference.pictures()[0])
    over = page.locator(".biomedlab-overlay").first.evaluate(
        "(one) => [...one.getContext('2d').getImageData(0, 0, 40, 30).data]"
    )
    drawn = np.array(over).reshape(30, 40, 4)
    assert np.array_equal(drawn[..., 3] > 0, labels[2] != 0)
    assert drawn[13, 0, :3].tolist() == [0x56, 0xB4, 0xE9]  # label 9 has the second colour


def test_equal_images_do_not_differ_in_their_small_copies(offline: Offline, tmp_path: Path) -> None:
    volume = RNG.integers(0, 1000, (40, 90, 110)).astype(np.int16)
    view = CompareBrowser(volume, volume.copy(), compare="difference", limit=1)
    view._carry_preview()
    states = embed.dependency_state([view], drop_defaults=False)
    nbformat.write(stored(displayed(view), states=states), tmp_path / "x.ipynb")
    page = offline.open(notebook_page.notebook_to_html(tmp_path / "x.ipynb"))
    page.wait_for_function(
        "() => { const one = document.querySelector('.biomedlab-canvas');"
        " return one?.width === 110 && one.getContext('2d').getImageData(0, 0, 1, 1).data[3] === 255; }"
    )
    middle = view.pictures()[0][0, 0]
    assert (offline.pixels(0) == middle).all()


def test_a_page_runs_this_packages_module_not_the_notebooks(offline: Offline, tmp_path: Path) -> None:
    view = SliceBrowser(RNG.integers(0, 255, (5, 30, 40)).astype(np.uint8))
    view._carry_preview()
    states = embed.dependency_state([view], drop_defaults=False)
    states[view.model_id]["state"]["_esm"] = "window.broken = 1; export default {};"
    nbformat.write(stored(displayed(view), states=states), tmp_path / "x.ipynb")
    page = offline.open(notebook_page.notebook_to_html(tmp_path / "x.ipynb"))
    offline.shows("0 0 2")
    assert page.evaluate("window.broken === undefined")


def test_the_code_is_in_the_page(offline: Offline, tmp_path: Path) -> None:
    view = SliceBrowser(RNG.integers(0, 255, (3, 8, 9)).astype(np.uint8))
    page = offline.open(to_html(view, tmp_path / "x.html"))
    page.get_by_role("button", name="Code").click()
    assert page.locator(".biomedlab-code").inner_text().strip() == view.code().strip()


def test_the_page_is_accessible_in_both_themes(offline: Offline, tmp_path: Path, axe: Any) -> None:
    view = SliceBrowser(RNG.integers(0, 255, (3, 40, 50)).astype(np.uint8))
    page = offline.open(to_html(view, tmp_path / "x.html"))
    offline.shows("0 0 1")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == []
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(18, 18, 18)"
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_nothing_breaks_out_of_the_page(offline: Offline, tmp_path: Path) -> None:
    evil = "</script><script>window.broken = 1</script>"
    view = SliceBrowser(np.zeros((3, 8, 9), np.uint8))
    view._title = evil
    view._code = evil
    path = to_html(view, tmp_path / "x.html", title=evil, text=evil)
    text = path.read_text("utf-8")
    assert "<script>window" not in text
    bare = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert re.findall(r'(?:src|href)=(?!"data:)', bare) == []
    page = offline.open(path)
    offline.shows("0 0 1")
    assert page.evaluate("window.broken === undefined")
    blocked = page.evaluate("fetch('https://example.org/').then(() => 'fetched', () => 'blocked')")
    assert blocked == "blocked"
    assert "Content Security Policy" in offline.errors[0]
    offline.errors.clear()


def test_bad_arguments_are_refused(tmp_path: Path) -> None:
    view = SliceBrowser(np.zeros((3, 8, 9), np.uint8))
    with pytest.raises(ValueError, match=r"end its name in \.html"):
        to_html(view, tmp_path / "x.png")
    with pytest.raises(FileNotFoundError, match="make it first"):
        to_html(view, tmp_path / "none" / "x.html")
    with pytest.raises(TypeError, match="takes a widget"):
        to_html([], tmp_path / "x.html")
    with pytest.raises(TypeError, match="takes a widget"):
        to_html([np.zeros(3)], tmp_path / "x.html")  # ty: ignore[invalid-argument-type]


# ---- notebooks


def stored(*outputs: dict[str, Any], states: dict[str, Any] | None = None) -> nbformat.NotebookNode:
    """Return a notebook with these outputs, one a cell, and widget states."""
    text = nbformat.v4.new_markdown_cell(
        "# Of pictures & *numbers*\n\n$x^2$ <script>window.broken = 1</script>"
    )
    cells = [nbformat.v4.new_code_cell("show()", outputs=[output]) for output in outputs]
    book = nbformat.v4.new_notebook(cells=[text, *cells])
    if states:
        book.metadata["widgets"] = {notebook_page.STATE: {"state": states}}
    return book


def displayed(widget: ipywidgets.Widget) -> dict[str, Any]:
    bundle: Any = widget._repr_mimebundle_()
    data: dict[str, Any] = {**(bundle[0] if isinstance(bundle, tuple) else bundle)}
    if "image/png" in data:
        data["image/png"] = base64.b64encode(data["image/png"]).decode()
    return nbformat.v4.new_output("display_data", data=data)


def test_a_notebook_becomes_a_page(offline: Offline, tmp_path: Path) -> None:
    view = SliceBrowser(RNG.integers(0, 255, (5, 30, 40)).astype(np.uint8), window=(0, 255))
    view._carry_preview()
    slider = ipywidgets.IntSlider(description="Other")
    javascript = {"application/javascript": "window.broken = 2", "text/plain": "<Javascript>"}
    html = {"text/html": "<b id='kept'>bold</b><script src='https://example.org/x.js'></script>"}
    outputs = [nbformat.v4.new_output("display_data", data=data) for data in (html, javascript)]
    book = stored(
        displayed(view),
        displayed(slider),
        *outputs,
        states=embed.dependency_state([view, slider], drop_defaults=False),
    )
    nbformat.write(book, tmp_path / "x.ipynb")
    assert main(["page", str(tmp_path / "x.ipynb")]) == 0
    page = offline.open(tmp_path / "x.html")
    offline.shows("0 0 2")
    assert np.array_equal(offline.pixels(), view.pictures()[0])
    page.locator(".biomedlab-sliders input").first.press("End")
    offline.shows("0 0 4")
    assert page.title() == "Of pictures & *numbers*"
    assert page.locator("h1").inner_text() == "Of pictures & numbers"
    assert page.locator("#kept").inner_text() == "bold"
    assert "IntSlider(" in page.locator("main").inner_text()
    assert page.evaluate("window.broken === undefined")
    text = (tmp_path / "x.html").read_text("utf-8")
    assert text.count("<script") == 2
    assert not re.search(r"https?://|require(\.min)?\.js", text)


def test_a_notebook_without_state_shows_the_stored_picture(offline: Offline, tmp_path: Path) -> None:
    view = SliceBrowser(RNG.integers(0, 255, (5, 30, 40)).astype(np.uint8))
    nbformat.write(stored(displayed(view)), tmp_path / "x.ipynb")
    page = offline.open(notebook_page.notebook_to_html(tmp_path / "x.ipynb", tmp_path / "out.html"))
    picture = page.get_by_role("img", name=repr(view))
    assert picture.evaluate("(image) => image.complete && image.naturalWidth > 100")


def test_a_page_from_no_notebook_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.ipynb").write_text("no notebook")
    for name, said in (("x.ipynb", "is no Jupyter notebook"), ("none.ipynb", "there is no notebook")):
        assert main(["page", str(tmp_path / name)]) == 1
        assert said in capsys.readouterr().err
    assert main(["page", str(tmp_path / "x.ipynb"), "-o", str(tmp_path / "x.pdf")]) == 1
    assert "end its name in .html" in capsys.readouterr().err


NOTEBOOK = """\
import numpy as np
import biomedlab
volume = np.random.default_rng(5).integers(0, 255, (9, 40, 60)).astype(np.uint8)
biomedlab.SliceBrowser(volume, window=(20, 200), cmap="magma", sampling=(2, 1, 1))"""


def test_a_notebook_saved_by_jupyterlab_browses_offline(lab: Lab, offline: Offline, tmp_path: Path) -> None:
    settings = lab.server.folder / "settings" / "@jupyter-widgets" / "jupyterlab-manager"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "plugin.jupyterlab-settings").write_text('{"saveState": true}')
    lab.scratch(NOTEBOOK, name="saved.ipynb")
    lab.run_all()
    canvas = lab.output(0).locator(".biomedlab-canvas[data-plane='0 0 4']")
    canvas.wait_for()
    with_kernel = np.array(canvas.evaluate(READ), np.uint8)
    lab.page.wait_for_timeout(1000)
    lab.save()
    (settings / "plugin.jupyterlab-settings").unlink()
    page = offline.open(notebook_page.notebook_to_html(lab.server.root / "saved.ipynb", tmp_path / "x.html"))
    offline.shows("0 0 4")
    assert np.array_equal(offline.pixels().ravel(), with_kernel)
    page.locator(".biomedlab-sliders input").first.press("Home")
    offline.shows("0 0 0")
    lab.output(0).locator(".biomedlab-sliders input").first.press("Home")
    first = lab.output(0).locator(".biomedlab-canvas[data-plane='0 0 0']")
    first.wait_for()
    assert np.array_equal(offline.pixels().ravel(), np.array(first.evaluate(READ), np.uint8))
