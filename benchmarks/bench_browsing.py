"""Measure slice viewers in a real JupyterLab: biomedlab's, two peers, and two floors.

Run it by ``python -m uv run --group bench python benchmarks/bench_browsing.py``; with ``--write`` the tables
go into docs/benchmarks.md. Keys are real, and which slice is on the screen is read from its pixels after each
painted frame (browsing_probe.js). Viewers and volumes take turns in every round, and each ratio is taken
within a round: a slow moment of the machine touches all alike. The floors: a PNG of one plane sent by the
kernel for each step, and a canvas that holds the whole volume.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import psutil

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import chromium as finder  # noqa: E402
from lab import Lab, Server  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = HERE.parent / "docs" / "benchmarks.md"
MARK = "<!-- made by benchmarks/bench_browsing.py -->"
README = HERE.parent / "README.md"
README_MARK = "<!-- speed, by benchmarks/bench_browsing.py -->"
STEPS, SCRUBS, FAST, EVERY_MS = (20, 400), (2, 8), 60, 16
OURS, PNG, CLIENT = "biomedlab.SliceBrowser", "floor: PNG from the kernel", "floor: volume in the browser"
# shape, dtype, darkest, brightest, step of a contrast slider, px of a cell of the bar code
VOLUMES = {
    "A": ((256, 512, 512), "int16", -1000, 2000, 250, 16),
    "B": ((181, 217, 181), "uint8", 0, 250, 25, 7),
}
LONG = ((4096, 512, 512), "int16", -1000, 2000, 250, 16)


def bar_code(index: int, like: tuple[Any, ...]) -> np.ndarray:
    """Return the bar code of a slice (see browsing_probe.js), with a dark border."""
    _, dtype, low, high, _, cell = like
    bits = [int(bit) for bit in f"{index % 256:08b}"]
    cells = [0, 1, 0, 1, 0, *bits, *(1 - bit for bit in bits), 0.45, 0]
    row = np.repeat(low + np.array(cells) * (high - low), cell)
    return np.pad(np.tile(row, (3 * cell, 1)), ((4, 4), (0, 0)), constant_values=low).astype(dtype)


def planes(like: tuple[Any, ...], indices: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Make planes of smooth shapes and noise, each with its bar code."""
    (_, height, width), dtype, low, high, *_ = like
    rng = np.random.default_rng(0)
    row, col = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    for pln in indices:
        shape = 0.35 + 0.2 * np.cos(9 * row + pln / 20) * np.sin(7 * col) - 0.3 * (row**2 + col**2 > 0.8)
        values = np.clip(shape + rng.normal(0, 0.01, shape.shape), 0, 0.45)
        plane = (low + (high - low) * values).astype(dtype)
        code = bar_code(pln, like)
        plane[: code.shape[0], : code.shape[1]] = code
        yield pln, plane


def write_volumes(folder: Path) -> None:
    """Write the volumes, and one of 2 GiB in which all but the planes about the middle are zero."""
    for name, like in VOLUMES.items():
        volume = np.empty(like[0], like[1])
        for pln, plane in planes(like, range(like[0][0])):
            volume[pln] = plane
        np.save(folder / f"{name}.npy", volume)
    long = np.lib.format.open_memmap(folder / "long.npy", "w+", LONG[1], LONG[0])
    middle = LONG[0][0] // 2
    for pln, plane in planes(LONG, range(middle - 8, middle + 9)):
        long[pln] = plane
    long.flush()


PNG_CELL = """
def png(k, brightest):
    plane = np.clip((vol[k].astype(np.float32) - LOW) * (255 / (brightest - LOW)), 0, 255).astype(np.uint8)
    packed = io.BytesIO()
    Image.fromarray(plane).save(packed, "png", compress_level=1)
    return packed.getvalue()
k, high = W.IntSlider(K0, 0, len(vol) - 1), W.IntSlider(HIGH, LOW + STEP, HIGH, STEP)
picture = W.Image(value=png(K0, HIGH))
def draw(_):
    picture.value = png(k.value, high.value)
k.observe(draw, "value")
high.observe(draw, "value")
W.VBox([k, high, picture])"""

CLIENT_JS = """
export default { render({ model, el }) {
  const [count, height, width] = model.get("shape");
  const [low, high, step, first] = model.get("limits");
  const view = model.get("data");
  const Type = model.get("type") === "int16" ? Int16Array : Uint8Array;
  const volume = new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const slider = (from, to, by, value) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: from, max: to, step: by });
    input.value = value;
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    el.append(input);
    return input;
  };
  const [k, brightest] = [slider(0, count - 1, 1, first), slider(low + step, high, step, high)];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.style.display = "block";
  el.append(canvas);
  const context = canvas.getContext("2d");
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = new Uint32Array(65536);
  const tone = () => {
    for (let i = 0; i < 65536; i++) {
      const value = Type === Int16Array ? (i << 16) >> 16 : i;
      const grey = ((value - low) * 255) / (brightest.value - low);
      table[i] = 0xff000000 + 0x10101 * Math.floor(Math.min(255, Math.max(0, grey)));
    }
  };
  const draw = () => {
    const start = k.value * height * width;
    for (let i = 0; i < pixels.length; i++) pixels[i] = table[volume[start + i] & 65535];
    context.putImageData(image, 0, 0);
  };
  k.addEventListener("input", draw);
  brightest.addEventListener("input", () => { tone(); draw(); });
  tone();
  draw();
} };"""


@dataclass(frozen=True)
class Viewer:
    """Code of a viewer, where its controls are on the page, and the keys that change the contrast."""

    setup: str
    cell: str
    control: str
    contrast: str = ""
    keys: tuple[str, str] = ("ArrowLeft", "ArrowRight")


STOCK = ".noUi-handle >> nth={}"
VIEWERS = {
    OURS: Viewer(
        "import biomedlab; biomedlab.SliceBrowser",
        "biomedlab.SliceBrowser(vol, window=(LOW, HIGH))",
        ".biomedlab-sliders input >> nth=0",
        ".biomedlab-sliders label:has-text('Brightest') input",
        ("PageDown", "PageUp"),
    ),
    "matplotlib + interact": Viewer(
        "import matplotlib.pyplot as plt\nfrom ipywidgets import interact, IntSlider",
        """
def show(k, brightest):
    plt.imshow(vol[k], cmap="gray", vmin=LOW, vmax=brightest)
    plt.show()
interact(show, k=IntSlider(K0, 0, len(vol) - 1), brightest=IntSlider(HIGH, LOW + STEP, HIGH, STEP));""",
        STOCK.format(0),
        STOCK.format(1),
    ),
    "stackview.slice": Viewer("import stackview", "stackview.slice(vol)", STOCK.format(0)),
    PNG: Viewer(
        "import io, ipywidgets as W\nfrom PIL import Image", PNG_CELL, STOCK.format(0), STOCK.format(1)
    ),
    CLIENT: Viewer(
        f"""import anywidget, traitlets as T
class Held(anywidget.AnyWidget):
    _esm = {CLIENT_JS!r}
    data, shape, limits = T.Bytes().tag(sync=True), T.List().tag(sync=True), T.List().tag(sync=True)
    type = T.Unicode().tag(sync=True)""",
        "Held(data=vol.tobytes(), shape=list(vol.shape), limits=[LOW, HIGH, STEP, K0], type=str(vol.dtype))",
        ".jp-OutputArea-output input >> nth=0",
        ".jp-OutputArea-output input >> nth=1",
    ),
}


class Session:
    """One page with one viewer of one volume."""

    def __init__(self, server: Server, browser: Browser) -> None:
        self.server = server
        self.lab = Lab(server, browser, 1400, 1100)
        self.lab.context.add_init_script(path=HERE / "browsing_probe.js")
        self.page = self.lab.page

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.close()

    def prepare(self, viewer: Viewer, like: tuple[Any, ...], load: str, *more: str) -> None:
        """Open a notebook, and run its first cell: imports and the array, which are not timed."""
        low, high, step = like[2:5]
        array = f"import os, numpy as np\nvol = {load}\nK0 = len(vol) // 2"
        setup = f"{array}\nLOW, HIGH, STEP = {low}, {high}, {step}"
        self.lab.scratch(f"{setup}\n{viewer.setup}\nprint(os.getpid())", viewer.cell, *more)
        self.lab.run_cell(0)
        self.kernel = psutil.Process(int(self.lab.text(0)))
        self.page.evaluate("probe.on = true")

    def memory(self) -> float:
        """Return the kernel's own memory in MiB."""
        return self.kernel.memory_info().rss / 2**20

    def js(self, code: str, given: Any = None) -> Any:
        """Run JavaScript in the page."""
        return self.page.evaluate(code, given)

    def time_key(self, key: str, test: str) -> float:
        """Return ms from a key to the first painted frame that passes a test."""
        self.js(f"() => {{ probe.keys.length = 0; probe.wait({test}); }}")
        self.page.keyboard.press(key)
        # Shift+Enter is two keys: the last one counts.
        done = self.js("probe.answer.then((time) => time && time - probe.keys.at(-1))")
        if done is None:
            raise RuntimeError(f"{key}: no such picture within a minute ({test})")
        return done

    def run(self, cell: int, test: str) -> float:
        """Run a cell by Shift+Enter, and return ms until a picture that passes a test."""
        self.lab.js(
            "panel.content.activeCellIndex = argument; panel.content.mode = 'command';"
            "panel.content.activate();",
            cell,
        )
        return self.time_key("Shift+Enter", test)

    def settle(self, quiet_ms: int = 600) -> None:
        """Wait until the kernel has sent nothing for a while."""
        self.page.wait_for_function(f"performance.now() - probe.heard > {quiet_ms}", polling=100)

    def slice(self) -> int:
        """Return the index on the screen."""
        return self.js("probe.read()?.slice ?? -1")

    def pause(self) -> None:
        """Wait as long as a person does between two keys."""
        self.page.wait_for_timeout(random.uniform(60, 140))

    def steps(self, count: int) -> list[float]:
        """Return ms of single steps, forty up and forty down in turn."""
        times = []
        for i in range(count + 3):
            key, by = (("ArrowRight", 1), ("ArrowLeft", -1))[i // 40 % 2]
            times.append(self.time_key(key, f"(found) => found.slice === {self.slice() + by}"))
            self.pause()
        return times[3:]

    def scrubs(self, count: int) -> dict[str, float]:
        """Scrub to and fro: means of what `scrub` returns, and whether all end right."""
        found = [self.scrub(*((("ArrowLeft", -1), ("ArrowRight", 1))[i % 2])) for i in range(count)]
        values = {key: statistics.mean(one[key] for one in found) for key in ("scrub", "lag")}
        return {**values, "right": all(one["right"] for one in found)}

    def scrub(self, key: str, by: int) -> dict[str, float]:
        """Send fast steps without waiting: slices shown a second, lag at the end, ends it right."""
        start = self.slice()
        self.js("() => { probe.keys.length = 0; probe.seen.length = 0; }")
        began = time.perf_counter()
        for i in range(FAST):
            self.page.keyboard.press(key)
            time.sleep(max(0.0, began + (i + 1) * EVERY_MS / 1000 - time.perf_counter()))
        self.page.wait_for_timeout(1500)
        self.settle(1000)
        seen, keys = self.js("[probe.seen, probe.keys]")
        last = max(seen[-1][0], keys[-1])
        return {
            "scrub": 1000 * len({one for _, one in seen} - {start}) / (last - keys[0]),
            "lag": last - keys[-1],
            "right": self.slice() == start + by * FAST,
        }

    def contrast(self, viewer: Viewer) -> list[float]:
        """Return ms of single changes of contrast."""
        self.page.locator(viewer.contrast).focus()
        times = []
        for i in range(12):
            grey = self.js("probe.read().grey")
            times.append(self.time_key(viewer.keys[i % 2], f"(found) => Math.abs(found.grey - {grey}) >= 3"))
            self.page.wait_for_timeout(300)
        return times[2:]


def measure(server: Server, browser: Browser, name: str, volume: str) -> dict[str, float]:
    """Measure one viewer with one volume."""
    viewer, like = VIEWERS[name], VOLUMES[volume]
    with Session(server, browser) as session:
        session.prepare(viewer, like, f"np.load('{volume}.npy')")
        before = session.memory()
        first = session.run(1, f"(found) => found.slice === {like[0][0] // 2}")
        session.settle()
        added = session.memory() - before
        session.page.locator(viewer.control).focus()
        close = name in (OURS, CLIENT)  # a frame is 17 ms, wherever a key falls in it: few steps tell little
        steps = session.steps(STEPS[close])
        found = {"paint": first, "step": statistics.median(steps), "p95": float(np.quantile(steps, 0.95))}
        found |= {"memory": added, "wire": session.js("probe.bytes") / 1e6, **session.scrubs(SCRUBS[close])}
        if viewer.contrast:
            found["contrast"] = statistics.median(session.contrast(viewer))
        return found


def first_paint_of_2_gib(server: Server, browser: Browser, name: str) -> float:
    """Return ms until the middle plane of a memory-mapped file of 2 GiB is on the screen."""
    with Session(server, browser) as session:
        session.prepare(VIEWERS[name], LONG, "np.load('long.npy', mmap_mode='r')")
        return session.run(1, f"(found) => found.slice === {LONG[0][0] // 2 % 256}")


def far_steps(server: Server, browser: Browser) -> float:
    """Return the median ms of jumps by a tenth of the volume to planes that the browser does not hold."""
    viewer = VIEWERS[OURS]
    starved = Viewer(
        f"{viewer.setup}\nimport traitlets\n"
        "class Starved(biomedlab.SliceBrowser):\n    _budget = traitlets.Int(0).tag(sync=True)",
        "Starved(vol, window=(LOW, HIGH))",
        viewer.control,
    )
    with Session(server, browser) as session:
        session.prepare(starved, VOLUMES["A"], "np.load('A.npy')")
        session.run(1, "() => true")
        session.page.locator(viewer.control).focus()
        times = []
        for sweep in range(6):
            for _ in range(4 if sweep == 0 else 8):
                session.settle(300)
                old = session.slice()
                times.append(
                    session.time_key(
                        "PageDown" if sweep % 2 else "PageUp", f"(found) => found.slice !== {old}"
                    )
                )
            session.page.keyboard.press("ArrowLeft" if sweep % 2 else "ArrowRight")
        return statistics.median(times)


def while_streaming(server: Server, browser: Browser) -> dict[str, float]:
    """Return how late a cell starts while volume A comes, the page's frames a second, and MB on the wire."""
    with Session(server, browser) as session:
        session.prepare(VIEWERS[OURS], VOLUMES["A"], "np.load('A.npy')", "import time; print(time.time())")
        session.run(1, "() => true")
        began, frames = session.js("[performance.now(), probe.frames]")
        session.page.wait_for_timeout(300)
        session.js("probe.keys.length = 0")
        session.page.keyboard.press("Shift+Enter")
        pressed = session.js("performance.timeOrigin + probe.keys.at(-1)")
        session.settle()
        ended, painted = session.js("[probe.heard, probe.frames]")
        return {
            "start": 1000 * float(session.lab.text(2)) - pressed,
            "frames": 1000 * (painted - frames) / (ended + 600 - began),
            "seconds": (ended - began) / 1000,
            "wire": session.js("probe.bytes") / 1e6,
        }


def many_views(server: Server, browser: Browser, count: int = 30, runs: int = 20) -> dict[str, Any]:
    """Return how many of 30 views on a page answer a key, and MiB of the page as one cell is run 20 times."""
    with Session(server, browser) as session:
        cell = VIEWERS[OURS].cell
        session.prepare(VIEWERS[OURS], VOLUMES["B"], "np.load('B.npy')", *[cell] * (count - 1))
        session.js("probe.on = false")
        session.lab.run_all()
        session.settle(2000)
        alive = 0
        for index in range(1, count + 1):
            output = session.lab.output(index)
            output.locator(".biomedlab-sliders input").first.press("ArrowRight")
            canvas = output.locator(".biomedlab-canvas")
            session.page.wait_for_timeout(200)
            alive += canvas.get_attribute("data-plane") == f"0 0 {VOLUMES['B'][0][0] // 2 + 1}"
        memory = [renderer_memory(session)]
        for run in range(runs):
            session.lab.run_cell(1)
            session.settle(700)
            if run % 5 == 4:
                memory.append(renderer_memory(session))
        return {"alive": alive, "memory": memory}


def renderer_memory(session: Session) -> float:
    """Return MiB of the browser's pages, once what nobody needs is given back."""
    session.lab.context.new_cdp_session(session.page).send("HeapProfiler.collectGarbage")
    ours = psutil.Process().children(recursive=True)
    return sum(one.memory_info().rss for one in ours if "--type=renderer" in " ".join(one.cmdline())) / 2**20


# ---- tables


def median(rows: Iterable[dict[str, Any]], key: str) -> float | None:
    """Return the median of what was measured."""
    values = [row[key] for row in rows if key in row]
    return statistics.median(values) if values else None


def table(rows: list[dict[str, Any]], volume: str) -> list[str]:
    """Return a table of one volume: medians over the rounds, in brackets the ratios to a floor."""
    heads = [
        "viewer",
        "first paint, ms",
        "one step, ms",
        "95 % of steps below, ms",
        "slices/s in a fast scrub",
    ]
    heads += ["lag after it, ms", "ends right", "contrast, ms", "kernel memory, MiB", "on the wire, MB"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    here = [row for row in rows if row["volume"] == volume]
    for name in VIEWERS:
        own = [row for row in here if row["viewer"] == name]

        def cell(
            key: str, floor: str = "", digits: int = 0, own: list[dict[str, Any]] = own, name: str = name
        ) -> str:
            value = median(own, key)
            if value is None:
                return "–"
            other = {row["round"]: row[key] for row in here if row["viewer"] == floor and row.get(key)}
            ratios = [row[key] / other[row["round"]] for row in own if row["round"] in other and key in row]
            ratio = f" ({statistics.median(ratios):.2f})" if ratios and name != floor else ""
            return f"{value:,.{digits}f}{ratio}"

        cells = [
            cell("paint", PNG),
            cell("step", CLIENT, 1),
            cell("p95", CLIENT, 1),
            cell("scrub", CLIENT, 1),
        ]
        cells += [
            cell("lag"),
            f"{sum(row['right'] for row in own)} of {len(own)}",
            cell("contrast", CLIENT, 1),
        ]
        lines.append(f"| {name} | {' | '.join([*cells, cell('memory'), cell('wire', digits=1)])} |")
    return lines


def report(
    rows: list[dict[str, Any]], special: dict[str, Any], browser: str, load: tuple[float, float]
) -> str:
    """Return the page's text: on what it was measured, and the tables."""
    lines = [*measured_on(len({row["round"] for row in rows}), browser, load), ""]
    for volume in sorted({row["volume"] for row in rows}):
        shape, dtype, *_ = VOLUMES[volume]
        size = " x ".join(str(length) for length in shape)
        lines += [f"### Volume {volume}: {size}, {dtype}", "", *table(rows, volume), ""]
    if "many" in special:
        lines += ["### biomedlab.SliceBrowser alone", "", *special_table(rows, special), ""]
    return "\n".join(lines)


def measured_on(rounds: int, browser: str, load: tuple[float, float]) -> list[str]:
    """Return when and on what it was measured."""
    packages = ("biomedlab", "jupyterlab", "ipywidgets", "anywidget", "matplotlib", "stackview", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return [
        f"Measured on {time.strftime('%Y-%m-%d')}, in {rounds} round{'s' * (rounds > 1)}.",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores;",
        f"load average {load[0]:.1f} before and {load[1]:.1f} after.",
        f"Python {platform.python_version()}, Chromium {browser} without a GPU, {versions}.",
    ]


def write_section(mark: str, text: str) -> None:
    """Put tables into the page: from their mark to the next one, or at the end."""
    before, _, after = PAGE.read_text("utf-8").partition(mark)
    _, next_mark, rest = after.partition("<!-- made by")
    PAGE.write_text(
        f"{before.rstrip()}\n\n{mark}\n\n{text.rstrip()}\n\n{next_mark}{rest}".rstrip() + "\n", "utf-8"
    )


def summary(rows: list[dict[str, Any]], browser: str, load: tuple[float, float]) -> str:
    """Return the README's table: volume A, and on what it was measured."""
    here = [row for row in rows if row["volume"] == "A"]
    heads = {
        "paint": "first picture, ms",
        "step": "one step, ms",
        "p95": "95 % of steps below, ms",
        "scrub": "slices/s in a fast scrub",
        "contrast": "a change of contrast, ms",
    }
    lines = [f"| viewer | {' | '.join(heads.values())} |", f"|---|{'---:|' * len(heads)}"]
    for name in VIEWERS:
        own = [row for row in here if row["viewer"] == name]
        values = (median(own, key) for key in heads)
        cells = ["–" if value is None else f"{value:,.0f}" for value in values]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    told = " ".join(measured_on(len({row["round"] for row in rows}), browser, load))
    return "\n".join([f"A volume of 256 x 512 x 512 in JupyterLab. {told}", "", *lines])


def write_summary(text: str) -> None:
    """Put the table into the README, between its marks."""
    before, _, after = README.read_text("utf-8").partition(README_MARK)
    _, end, rest = after.partition("<!-- end -->")
    README.write_text(f"{before}{README_MARK}\n\n{text}\n\n{end}{rest}", "utf-8")


def special_table(rows: list[dict[str, Any]], special: dict[str, Any]) -> list[str]:
    """Return the table of what only our view was asked."""
    floor = statistics.median(row["step"] for row in rows if (row["viewer"], row["volume"]) == (PNG, "A"))
    paint, png = (statistics.median(special[f"2 GiB {name}"]) for name in (OURS, PNG))
    far = statistics.median(special["far"])
    stream = special["stream"]
    memory = " → ".join(f"{one:.0f}" for one in special["many"]["memory"])
    start, frames, seconds, wire = (median(stream, key) for key in ("start", "frames", "seconds", "wire"))
    facts = {
        "first paint of a memory-mapped file of 2 GiB": f"{paint:.0f} ms ({paint / png:.2f} x the PNG floor)",
        "a step in A to a plane that has not come": f"{far:.0f} ms ({far / floor:.2f} x the PNG floor)",
        "while A streams in: a cell that is run starts after": f"{start:.0f} ms",
        "while A streams in: frames a second": f"{frames:.0f}",
        "A is whole in the browser after": f"{seconds:.1f} s, {wire:.0f} MB on the wire",
        "of 30 views of B in one notebook answer a key": f"{special['many']['alive']}",
        "that page's memory as one cell is run 0, 5 .. 20 times": f"{memory} MiB",
    }
    return ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in facts.items())]


def measure_all(
    server: Server, browser: Browser, rounds: int, volumes: str
) -> tuple[list[dict], dict[str, Any]]:
    """Take the rounds, in another order each time."""
    rows: list[dict[str, Any]] = []
    special: dict[str, Any] = {"far": [], "stream": [], f"2 GiB {OURS}": [], f"2 GiB {PNG}": []}
    for one in range(rounds):
        turns = [(name, volume) for name in VIEWERS for volume in volumes]
        random.Random(one).shuffle(turns)
        for name, volume in turns:
            rows.append(
                {"round": one, "viewer": name, "volume": volume, **measure(server, browser, name, volume)}
            )
            print(rows[-1], file=sys.stderr, flush=True)
        if "A" not in volumes:
            continue
        for name in (OURS, PNG) * 3:
            special[f"2 GiB {name}"].append(first_paint_of_2_gib(server, browser, name))
        special["far"].append(far_steps(server, browser))
        special["stream"].append(while_streaming(server, browser))
        print(special, file=sys.stderr, flush=True)
    if "A" in volumes:
        special["many"] = many_views(server, browser)
    return rows, special


def main() -> None:
    """Measure, and print the tables."""
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--volumes", default="AB")
    asked.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder) / "empty"
        empty.mkdir()
        server = Server(Path(folder), empty)
        write_volumes(server.root)
        chosen = finder.find(lambda candidate: finder.why_it_fails(playwright, candidate))
        browser = finder.launch(playwright, chosen)
        load = os.getloadavg()[0]
        with server:
            rows, special = measure_all(server, browser, options.rounds, options.volumes)
        browser_version = browser.version
        text = report(rows, special, browser_version, (load, os.getloadavg()[0]))
        browser.close()
    print(text)
    if options.write:
        write_section(MARK, text)
        write_summary(summary(rows, browser_version, (load, os.getloadavg()[0])))


if __name__ == "__main__":
    main()
