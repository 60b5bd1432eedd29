"""Measure what the explorers do while something in them is changed, in a real JupyterLab.

Run it by ``python -m uv run --group bench python benchmarks/bench_explorers.py``; with ``--write`` the tables
go into docs/benchmarks.md. Keys are real, and what is on the screen is read from the pixels after each
painted frame, or when they are written to the canvas. Every ratio to the floor (a canvas that holds the whole
volume, and its own contrast slider) is taken within a round, on the same page.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import websocket
from bench_browsing import (
    CLIENT,
    EVERY_MS,
    VIEWERS,
    VOLUMES,
    Session,
    Viewer,
    measured_on,
    median,
    write_section,
    write_volumes,
)
from chromium import FLAGS, Candidate, find, launch, why_it_fails
from lab import Server, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright

MARK = "<!-- made by benchmarks/bench_explorers.py -->"
CHANGES, DRAG, BURSTS = 30, 40, 12
UP, DOWN = "ArrowUp", "ArrowDown"
ALTERNATE = ("PageUp", "PageDown")

# What is written to a canvas, and whether this is done while a frame is made: to be told of a new picture
# without a look at every frame, which takes a good part of a small machine.
WRITTEN_JS = """
  globalThis.frame = globalThis.requestAnimationFrame.bind(globalThis);
  globalThis.framing = false;
  globalThis.requestAnimationFrame = (act) => frame((time) => {
    framing = true;
    try { act(time); } finally { framing = false; }
  });
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (image, ...given) {
    put.call(this, image, ...given);
    globalThis.written?.(this.canvas, image);
  };
"""
# A spot of each picture, the bar code and what is around it, is compared by its hash: after every frame
# (`watch`), or just after the frame that shows what was written (`follow`).
SPOT_JS = """() => {
  const size = 48;
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const hash = ({ data, width }, x, y) => {
    let found = 0;
    for (let row = y; row < y + size; row++) {
      const from = 4 * (row * width + x);
      for (const byte of data.subarray(from, from + 4 * size)) found = (found * 31 + byte) | 0;
    }
    return found;
  };
  globalThis.spot = (selector, number, x, y) => {
    const from = document.querySelectorAll(`.jp-OutputArea-output ${selector}`)[number];
    if (!from) return null;
    context.clearRect(0, 0, size, size);
    context.drawImage(from, x, y, size, size, 0, 0, size, size);
    return hash(context.getImageData(0, 0, size, size), 0, 0);
  };
  globalThis.follow = (selector, number, x, y) => {
    const followed = document.querySelectorAll(`.jp-OutputArea-output ${selector}`)[number];
    const kept = (globalThis.pictures = [[performance.now(), spot(selector, number, x, y)]]);
    let tell;
    globalThis.changed = new Promise((resolve) => { tell = resolve; });
    globalThis.written = (canvas, image) => {
      if (canvas !== followed) return;
      const one = hash(image, x, y);
      if (one === kept.at(-1)[1]) return;
      const picture = [null, one];
      kept.push(picture);
      const shown = () => tell((picture[0] = performance.now()));
      if (framing) setTimeout(shown);
      else frame(() => setTimeout(shown));
    };
  };
  globalThis.watch = (...where) => {
    const kept = (globalThis.pictures = []);
    const look = () => {
      if (globalThis.pictures !== kept) return;
      const now = spot(...where);
      if (now !== kept.at(-1)?.[1]) kept.push([performance.now(), now]);
      requestAnimationFrame(() => setTimeout(look));
    };
    look();
  };
  // The longest time between two painted frames.
  globalThis.gaps = () => {
    const kept = (globalThis.gap = { longest: 0, from: performance.now() });
    const look = () => {
      const now = performance.now();
      if (globalThis.gap !== kept) return;
      kept.longest = Math.max(kept.longest, now - kept.from);
      kept.from = now;
      requestAnimationFrame(() => setTimeout(look));
    };
    requestAnimationFrame(look);
  };
}"""


@dataclass(frozen=True)
class Drag:
    """A control that is changed by keys to and fro, and the canvas that follows it."""

    name: str
    control: str
    canvas: str
    keys: tuple[str, str] = ALTERNATE
    number: int = 0
    method: str = ""
    burst: tuple[str, ...] = ()
    """Keys of which each makes another picture than the one before, and those that lead back."""
    back: tuple[str, ...] = ()


def slider(name: str) -> str:
    """Return where a slider of a view is."""
    return f".biomedlab-histogram .biomedlab-slider:has-text('{name}') input"


FLOOR = Drag(CLIENT, VIEWERS[CLIENT].contrast, "canvas", VIEWERS[CLIENT].keys)
AFTER = ".biomedlab-canvas"
METHOD = "label:has-text('Method') select"
IMPORT = "import biomedlab"
TUNER = "tuner = biomedlab.MaskTuner(vol, thresholds=(GREY, HIGH), window=(LOW, HIGH))\ntuner"
CELLS: dict[str, tuple[str, tuple[Drag, ...]]] = {
    "MaskTuner": (
        TUNER,
        (Drag("MaskTuner: threshold", slider("From"), ".biomedlab-overlay", ("ArrowRight", "ArrowLeft")),),
    ),
    "HistogramExplorer": (
        "biomedlab.HistogramExplorer(vol, window=(LOW, HIGH))",
        (Drag("HistogramExplorer: range", slider("From"), AFTER),),
    ),
    "EqualizationExplorer": (
        "biomedlab.EqualizationExplorer(vol, method='window', window=(LOW, HIGH))",
        (
            Drag("EqualizationExplorer: window", slider("From"), AFTER, ALTERNATE, 1, "window"),
            Drag("EqualizationExplorer: gamma", slider("Gamma"), AFTER, ALTERNATE, 1, "gamma"),
            Drag(
                "EqualizationExplorer: global equalization",
                METHOD,
                AFTER,
                (UP, DOWN),
                1,
                "global",
            ),
        ),
    ),
}


def spot(like: tuple[Any, ...], drag: Drag) -> list[Any]:
    """Return the arguments of `spot`: the cell of the bar code that is grey, and what is around it."""
    cell = like[5]
    return [drag.canvas, drag.number, int(21.5 * cell) - 24, 4 + int(1.5 * cell) - 24 if cell > 8 else 0]


def show(session: Session, cell: int) -> None:
    """Run a cell, with no other picture on the page, and wait until all that it sends has come."""
    session.lab.command("notebook:clear-all-cell-outputs")
    session.run(cell, "() => true")
    session.settle(1000)
    session.js(SPOT_JS)


def prepare(session: Session, drag: Drag) -> None:
    """Choose the method, and put the focus on the control."""
    if drag.method:
        session.page.locator(METHOD).select_option(drag.method)
    control = session.page.locator(drag.control).first
    control.wait_for()  # what is still hidden takes no focus
    control.focus()
    session.page.wait_for_timeout(500)


def changes(session: Session, drag: Drag, where: list[Any], count: int = CHANGES) -> list[float]:
    """Return ms from a key to the first frame with another picture."""
    times = []
    for i in range(count + 2):
        old = session.js("(where) => spot(...where)", where)
        times.append(session.time_key(drag.keys[i % 2], f"() => spot(...{where!r}) !== {old}"))
        session.page.wait_for_timeout(random.uniform(250, 350))
    return times[2:]


def fast(session: Session, drag: Drag, where: list[Any]) -> float:
    """Send keys as fast as a held key comes, and return how many pictures a second are seen."""
    session.js("(where) => { probe.keys.length = 0; watch(...where); }", where)
    began = time.perf_counter()
    for i in range(DRAG):
        session.page.keyboard.press(drag.keys[i % 2])
        time.sleep(max(0.0, began + (i + 1) * 2 * EVERY_MS / 1000 - time.perf_counter()))
    session.page.wait_for_timeout(400)
    seen, keys = session.js("[pictures, probe.keys]")
    session.js("pictures = null")
    return 1000 * (len(seen) - 1) / (max(seen[-1][0], keys[-1]) - keys[0])


def drags(server: Server, browser: Browser, volume: str, rounds: int) -> list[dict[str, Any]]:
    """Measure every drag on one volume, and the floor before and after each explorer."""
    like = VOLUMES[volume]
    low, high = like[2:4]
    setup = f"{VIEWERS[CLIENT].setup}\n{IMPORT}\nGREY = {int(low + 0.45 * (high - low))}"
    cells = [VIEWERS[CLIENT].cell, *(cell for cell, _ in CELLS.values())]
    rows = []
    with Session(server, browser) as session:
        session.prepare(Viewer(setup, cells[0], ""), like, f"np.load('{volume}.npy')", *cells[1:])
        for number in range(rounds):
            turns = list(enumerate(CELLS.values(), start=2))
            random.Random(number).shuffle(turns)
            (floor,) = one_turn(session, 1, (FLOOR,), like)
            for cell, (_, own) in turns:
                found = one_turn(session, cell, own, like)
                (again,) = one_turn(session, 1, (FLOOR,), like)
                ground = {key: statistics.mean([floor[key], again[key]]) for key in ("change", "pictures")}
                floor = again
                for row in found:
                    ratio = {"ratio": row["change"] / ground["change"]}
                    speed = {"speed": row["pictures"] / ground["pictures"]}
                    rows.append({"volume": volume, **row, **ratio, **speed})
                    say(rows[-1])
                rows.append({"volume": volume, "name": CLIENT, **ground})
    return rows


def one_turn(session: Session, cell: int, own: Sequence[Drag], like: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Measure the drags of one cell."""
    show(session, cell)
    rows = []
    for drag in own:
        prepare(session, drag)
        where = spot(like, drag)
        times = changes(session, drag, where)
        rows.append(
            {"name": drag.name, "change": statistics.median(times), "pictures": fast(session, drag, where)}
        )
    return rows


# ---- what Python computes

PRESETS, PERCENT = ".widget-dropdown:has-text('Presets') select", ".widget-text:has-text('Percentile') input"
COMPUTED = {
    "CLAHE of a 512 x 512 plane": (
        "biomedlab.EqualizationExplorer(plane, method='clahe')",
        Drag("", "input[type=number] >> nth=0", AFTER, (UP, DOWN), 1, burst=(UP,) * 8, back=(DOWN,) * 8),
    ),
    "a kernel of 3 x 3 on a 512 x 512 plane": (
        "biomedlab.FilterExplorer(plane, filter='kernel')",
        Drag("", PRESETS, AFTER, (DOWN, UP), 1, burst=(DOWN,) * 5 + (UP,) * 3, back=(UP,) * 2),
    ),
    "a percentile of 3 x 3 on a 512 x 512 plane, a pixel followed": (
        "biomedlab.FilterExplorer(plane, filter='percentile', percent=30, pixel=(200, 300))",
        Drag("", PERCENT, AFTER, (UP, DOWN), 1, burst=(UP,) * 8, back=(DOWN,) * 8),
    ),
}
KEYS = {UP: 38, DOWN: 40}
RUN_JS = """jupyterapp.shell.currentWidget.sessionContext.session.kernel
  .requestExecute({ code: "CODE" }).done.then(() => null)"""
PLANE = "np.load('A.npy', mmap_mode='r')[120:121].copy()\nplane = vol[0]"


class Bare:
    """A page that no driver looks at: scripts and keys by the browser's own protocol.

    A driver such as Playwright is told of every message of a page's sockets, with all that is in it. For
    pictures of a megabyte each this takes a good part of two cores, which a student's browser has for itself.
    """

    def __init__(self, address: str) -> None:
        self.socket = websocket.create_connection(address, suppress_origin=True)
        self.asked = 0

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Call a method of the protocol, and return what it answers."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": given}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.asked:
            pass
        if "error" in answer or "exceptionDetails" in answer["result"]:
            raise RuntimeError(f"{method} {given}: {answer}")
        return answer["result"]

    def js(self, code: str) -> Any:
        """Return what JavaScript says in the page, at the end of what it promises."""
        answer = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        for act in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=act, key=key, code=key, windowsVirtualKeyCode=KEYS[key])


class Alone:
    """A Chromium whose first context outlives the driver that opens pages in it."""

    def __init__(self, playwright: Playwright, candidate: Candidate, folder: Path) -> None:
        self.playwright = playwright
        program = candidate.options.get("executable_path") or playwright.chromium.executable_path
        self.port = free_port()
        flags = ["--headless", f"--remote-debugging-port={self.port}", f"--user-data-dir={folder}"]
        command = [program, *FLAGS, *flags, "--window-size=1400,1100", "about:blank"]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not self.pages():
            time.sleep(0.1)
        self.drive()

    def pages(self) -> list[dict[str, Any]]:
        """Return what the browser says of its pages; nothing while it does not answer yet."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/json") as answer:
                return [one for one in json.load(answer) if one["type"] == "page"]
        except OSError:
            return []

    def drive(self) -> None:
        """Take a driver."""
        self.driver = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{self.port}")

    def new_context(self, **_: Any) -> BrowserContext:
        """Return the context that stays, without the page that was measured before."""
        (context,) = self.driver.contexts
        for page in context.pages:
            if "/lab/" in page.url:
                page.close()
        return context

    def close(self) -> None:
        """End the browser."""
        self.driver.close()
        self.process.terminate()
        self.process.wait()

    def undriven(self) -> Bare:
        """Let the driver go, and return the page."""
        self.driver.close()
        (place,) = (one for one in self.pages() if "/lab/" in one["url"])
        return Bare(place["webSocketDebuggerUrl"])


def computed(server: Server, browser: Alone) -> list[dict[str, Any]]:
    """Measure pictures that Python makes: 20 single changes, then bursts of eight keys."""
    rows = []
    like = VOLUMES["A"]
    for name, (cell, drag) in COMPUTED.items():
        session = Session(server, cast("Browser", browser))
        session.lab.context.add_init_script(script=WRITTEN_JS)
        session.prepare(Viewer(IMPORT, f"explorer = {cell}\nexplorer", ""), like, PLANE)
        show(session, 1)
        prepare(session, drag)
        for _ in range(3 if "kernel" in name else 0):
            session.page.keyboard.press(DOWN)
        session.page.wait_for_timeout(500)
        where = json.dumps(spot(like, drag))
        session.js("probe.rest()")
        page = browser.undriven()
        times = alone(page, drag, where, 20)
        row = {"name": name, "median": statistics.median(times), "worst": max(times)}
        rows.append({**row, **newest(page, drag, where)})
        say(rows[-1])
        browser.drive()
        server.stop_kernels()
    return rows


def alone(page: Bare, drag: Drag, where: str, count: int) -> list[float]:
    """Return ms from a key to the first frame with another picture, with no look at any other frame."""
    times = []
    for i in range(count + 2):
        page.js(f"probe.keys.length = 0; follow(...{where})")
        page.press(drag.keys[i % 2])
        times.append(page.js("changed.then((time) => time - probe.keys.at(-1))"))
        time.sleep(random.uniform(0.25, 0.35))
    return times[2:]


def newest(page: Bare, drag: Drag, where: str) -> dict[str, Any]:
    """Send eight keys without waiting, several times: how late the last picture is, and if right."""
    lags, rights, pictures = [], [], []
    for _ in range(BURSTS):
        page.js(f"probe.keys.length = 0; follow(...{where})")
        for key in drag.burst:
            page.press(key)
            time.sleep(EVERY_MS / 1000)
        time.sleep(1.5)
        seen, keys, last = page.js(f"written = null; [pictures, probe.keys, spot(...{where})]")
        lags.append(max(0.0, seen[-1][0] - keys[-1]))
        pictures.append(len(seen) - 1)
        # The same picture comes when the explorer is made to compute once more, with nothing else under way.
        page.js(RUN_JS.replace("CODE", "explorer._refresh()"))
        time.sleep(0.7)
        rights.append(page.js(f"spot(...{where})") == last)
        for key in drag.back:
            page.press(key)
        time.sleep(0.7)
    return {
        "lag": statistics.median(lags),
        "worst lag": max(lags),
        "pictures": sum(pictures) / BURSTS,
        "right": all(rights),
    }


def whole_volume(server: Server, browser: Browser) -> dict[str, Any]:
    """Clean the 67 million voxels of A up, while its planes are browsed; then again, and stop it."""
    like = VOLUMES["A"]
    cell = "tuner = biomedlab.MaskTuner(vol, thresholds=(0, HIGH), steps=[('open', 1), ('keep', 1)])\ntuner"
    with Session(server, browser) as session:
        session.prepare(Viewer(IMPORT, cell, ""), like, "np.load('A.npy')")
        show(session, 1)
        page = session.page
        scope, index = (
            page.locator(".widget-dropdown:has-text('Clean up') select"),
            page.locator(".biomedlab-sliders input").first,
        )
        steps_alone = browse(session, index, lambda: False)
        scope.select_option(label="the whole volume (3-D)")
        bar = page.locator(".jp-OutputArea-output .progress, .jp-OutputArea-output [role=progressbar]").first
        bar.wait_for()
        began = time.perf_counter()
        shares: list[float] = []
        busy = browse(session, index, lambda: noted(session, shares))
        took = time.perf_counter() - began
        session.settle(1000)
        objects = page.locator(".biomedlab-table").inner_text()
        page.get_by_label("Step 1").select_option("close")
        bar.wait_for()
        page.wait_for_timeout(500)
        began = time.perf_counter()
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("The run over the whole volume was stopped").first.wait_for()
        return {
            "seconds": took,
            "gap": busy["gap"],
            "gap alone": steps_alone["gap"],
            "step": busy["step"],
            "step alone": steps_alone["step"],
            "progress": len(set(shares)),
            "stopped": 1000 * (time.perf_counter() - began),
            "measured": "objects" in objects,
        }


PROGRESS_JS = """() => {
  const bar = document.querySelector(".jp-OutputArea-output .progress-bar");
  return bar?.closest(".widget-inline-hbox, .widget-hbox")?.parentElement && bar.offsetParent
    ? parseFloat(bar.style.width) : null;
}"""


def noted(session: Session, shares: list[float]) -> bool:
    """Keep what the progress bar shows; say whether it is still there."""
    share = session.js(PROGRESS_JS)
    if share is not None:
        shares.append(share)
    return share is not None


def browse(session: Session, index: Any, more: Any) -> dict[str, float]:
    """Step through planes until nothing more is under way: the longest gap and the median step."""
    index.focus()
    session.js("gaps()")
    times = []
    while len(times) < 20 or more():
        key, by = ("ArrowRight", 1) if len(times) // 40 % 2 == 0 else ("ArrowLeft", -1)
        times.append(session.time_key(key, f"(found) => found.slice === {session.slice() + by}"))
        session.pause()
    gap = session.js("gap.longest")
    session.js("gap = null")
    return {"gap": gap, "step": statistics.median(times)}


# ---- tables


def say(row: Any) -> None:
    """Tell how far it is."""
    print(row, file=sys.stderr, flush=True)


def drag_table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the table of what the browser answers alone."""
    lines = [
        "| volume | what is changed | one change, ms | pictures/s of 31 changes a second |",
        "|---|---|---|---|",
    ]
    for volume in VOLUMES:
        here = [row for row in rows if row["volume"] == volume]
        for name in dict.fromkeys(row["name"] for row in here):
            own = [row for row in here if row["name"] == name]
            cells = []
            for key, ratio in (("change", "ratio"), ("pictures", "speed")):
                compared = median(own, ratio)
                cells.append(f"{median(own, key):.1f}" + (f" ({compared:.2f})" if compared else ""))
            lines.append(f"| {volume} | {name} | {' | '.join(cells)} |")
    return lines


def computed_table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the table of what Python computes."""
    heads = (
        "| what is changed | median of 20, ms | worst, ms | lag after eight keys at once, "
        f"median of {BURSTS}, ms "
        "| worst, ms | ends right |"
    )
    lines = [heads, "|---|---|---|---|---|---|"]
    for row in rows:
        right = "yes" if row["right"] else "no"
        lines.append(
            f"| {row['name']} | {row['median']:.0f} | {row['worst']:.0f} | {row['lag']:.0f} "
            f"| {row['worst lag']:.0f} | {right} |"
        )
    return lines


def volume_table(found: dict[str, Any]) -> list[str]:
    """Return the table of the run over all voxels of A."""
    gap, step = (f"{found[key]:.0f} ms ({found[f'{key} alone']:.0f} without it)" for key in ("gap", "step"))
    facts = {
        "the run takes": f"{found['seconds']:.1f} s",
        "longest time between two frames meanwhile": gap,
        "a step to the next plane meanwhile": step,
        "states of the progress bar that were seen": f"{found['progress']}",
        "from a click on Stop to the sentence that it was stopped": f"{found['stopped']:.0f} ms",
    }
    return ["| what | measured |", "|---|---|", *(f"| {what} | {value} |" for what, value in facts.items())]


def report(
    rows: list[dict[str, Any]], made: list[dict[str, Any]], found: dict[str, Any], where: list[str]
) -> str:
    """Return the page's text."""
    parts = [
        "## The explorers",
        "",
        "Each control is changed by keys. In brackets: the ratio to the volume in the browser, whose own",
        "contrast slider is moved on the same page, before and after.",
        "Written anew by `python -m uv run --group bench python benchmarks/bench_explorers.py --write`.",
        "",
        *where,
        "",
        "### What the browser answers alone",
        "",
        *drag_table(rows),
        "",
        "### What Python computes for the plane on screen",
        "",
        "From a key to just after the frame that shows the picture. Only what is written to the canvas is",
        "looked at, and no driver listens to the page meanwhile: it would be sent every picture, too.",
        "",
        *computed_table(made),
        "",
        "### MaskTuner cleans up the 67 million voxels of A (open 1, keep 1)",
        "",
        *volume_table(found),
        "",
    ]
    return "\n".join(parts)


def main() -> None:
    """Measure, and print the tables."""
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=1)
    asked.add_argument("--only", choices=("drags", "computed", "volume"))
    asked.add_argument("--volumes", default="AB")
    asked.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder) / "empty"
        empty.mkdir()
        server = Server(Path(folder), empty)
        write_volumes(server.root)
        candidate = find(lambda one: why_it_fails(playwright, one))
        browser = launch(playwright, candidate)
        load = os.getloadavg()[0]
        rows: list[dict[str, Any]] = []
        with server:
            if options.only in (None, "drags"):
                for volume in options.volumes:
                    rows += drags(server, browser, volume, options.rounds)
            made = []
            if options.only in (None, "computed"):
                single = Alone(playwright, candidate, Path(folder) / "profile")
                made = computed(server, single)
                single.close()
            found = whole_volume(server, browser) if options.only in (None, "volume") else {}
            say(found)
        where = measured_on(options.rounds, browser.version, (load, os.getloadavg()[0]))
        browser.close()
    if options.only:
        return
    text = report(rows, made, found, where)
    print(text)
    if options.write:
        write_section(MARK, text)


if __name__ == "__main__":
    main()
