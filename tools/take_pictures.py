"""Take the pictures of the documents in a real JupyterLab: `python -m uv run tools/take_pictures.py`.

Three pictures go to docs/images: the first screen of chapter 1 after running it, its first slice browser in
JupyterLab, and that browser alone; with `--gallery` one of each view in both themes instead. Other notebooks
can be photographed too: `tools/take_pictures.py --notebook scratch.ipynb --folder pictures`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import chromium  # noqa: E402 - the tests' own machinery, beside them
from lab import Lab, Server  # noqa: E402

WIDTH, HEIGHT = 1280, 800
NARROW = 1060  # leaves no empty space beside a view
VIEW = "[class*='biomedlab-']"
OPENED = """
import biomedlab
from biomedlab import data, filters, load
brain, thorax, labels = load(data.path("brain")), load(data.path("thorax")), load(data.path("thorax_labels"))
nuclei = load(data.path("nuclei"))
smooth = filters.gaussian(nuclei, 3)
"""
VIEWS = {
    "slice": "biomedlab.SliceBrowser(thorax, mask=labels, index=55, window=(-1350, 150))",
    "orthogonal": "biomedlab.OrthogonalBrowser(brain)",
    "compare": "biomedlab.CompareBrowser(nuclei, smooth, compare='swipe', names=('as it is', 'smoothed'))",
    "histogram": "biomedlab.HistogramExplorer(brain)",
    "mask_tuner": "biomedlab.MaskTuner(nuclei, load(data.path('nuclei_mask')) > 0)",
    "filter": "biomedlab.FilterExplorer(nuclei)",
    "equalization": "biomedlab.EqualizationExplorer(load(data.path('chest_xray_png')))",
}


def first_view(lab: Lab) -> int | None:
    """Return the index of the first cell whose output shows one of biomedlab's views."""
    for index in range(lab.count()):
        if any("application/vnd.jupyter.widget-view+json" in o.get("data", {}) for o in lab.outputs(index)):
            lab.output(index).locator(VIEW).first.wait_for()
            return index
    return None


def settle(lab: Lab) -> None:
    """Wait until the page has drawn what it was given."""
    lab.page.evaluate("() => document.fonts.ready")
    lab.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def first_screen(lab: Lab, folder: Path) -> Path:
    """Take the top of the notebook."""
    lab.cell(0)
    lab.page.mouse.move(0, 0)
    settle(lab)
    return lab.screenshot(folder / "first_screen.png")


def in_the_lab(lab: Lab, view: int, folder: Path) -> Path:
    """Take the view with what stands around it, its lower end at the foot of the page."""
    lab.output(view)
    lab.js("panel.content.widgets[argument].node.scrollIntoView({ block: 'end' });", view)
    settle(lab)
    return lab.screenshot(folder / "jupyterlab.png")


def alone(lab: Lab, view: int, folder: Path) -> Path:
    """Take the view's output and nothing else."""
    lab.page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    settle(lab)
    return lab.screenshot(folder / "slice_browser.png", view)


def take(browser: Browser, notebook: Path, folder: Path, theme: str) -> list[Path]:
    """Run the notebook and take its pictures; return their paths."""
    with tempfile.TemporaryDirectory() as temporary, Server(Path(temporary), notebook.parent) as server:
        lab = Lab(server, browser, WIDTH, HEIGHT)
        lab.open(notebook.name)
        lab.theme(theme)
        lab.hide_sides()
        lab.run_all()
        if lab.failures():
            raise SystemExit(f"{notebook.name} does not run: {lab.failures()}")
        taken = [first_screen(lab, folder)]
        view = first_view(lab)
        if view is not None:
            taken += [in_the_lab(lab, view, folder), alone(lab, view, folder)]
        lab.close()
    return taken


def take_gallery(browser: Browser, folder: Path) -> list[Path]:
    """Take each view on its own, in both themes; return the paths."""
    with tempfile.TemporaryDirectory() as temporary:
        empty = Path(temporary, "empty")
        empty.mkdir()
        with Server(Path(temporary, "server"), empty) as server:
            lab = Lab(server, browser, NARROW, 1400)
            lab.scratch(OPENED, *VIEWS.values())
            lab.hide_sides()
            lab.run_all()
            if lab.failures():
                raise SystemExit(f"The gallery does not run: {lab.failures()}")
            taken = [shot for theme in ("light", "dark") for shot in _themed(lab, folder, theme)]
            lab.close()
    return taken


def _themed(lab: Lab, folder: Path, theme: str) -> list[Path]:
    lab.theme(theme)
    taken = []
    for index, name in enumerate(VIEWS, start=1):
        lab.output(index)
        lab.page.mouse.move(0, 0)
        lab.page.wait_for_timeout(1500)
        settle(lab)
        taken.append(lab.screenshot(folder / f"{name}_{theme}.png", index))
    return taken


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--notebook", type=Path, default=ROOT / "notebooks" / "01_exploration.ipynb")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--gallery", action="store_true")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        found = chromium.find(lambda candidate: chromium.why_it_fails(playwright, candidate))
        browser = chromium.launch(playwright, found)
        gallery = take_gallery(browser, given.folder) if given.gallery else []
        for path in gallery or take(browser, given.notebook.resolve(), given.folder, given.theme):
            print(path)
        browser.close()


if __name__ == "__main__":
    main()
