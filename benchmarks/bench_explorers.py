"""Measure what the explorers do while something in them is changed, in a real JupyterLab.

Run it by ``python -m uv run --group bench python benchmarks/bench_explorers.py``; with ``--write`` the tables
go into docs/benchmarks.md. Keys are real, and what is on the screen is read from the pixels after each
painted frame. Every ratio to the floor (a canvas that holds the whole volume, and its own contrast slider) is
taken within a round, on the same page.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from chromium import find, launch, why_it_fails
from lab import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
PLANE = "np.load('A.npy', mmap_mode='r')[120:121].copy()\nplane = vol[0]"


def computed(server: Server, browser: Browser) -> list[dict[str, Any]]:
    """Measure pictures that Python makes: 20 single changes, then bursts of eight keys."""
    rows = []
    like = VOLUMES["A"]
    with Session(server, browser) as session:
        session.lab.context.add_init_script(script=WRITTEN_JS)
        cells = [f"explorer = {cell}\nexplorer" for cell, _ in COMPUTED.values()]
        session.prepare(Viewer(IMPORT, cells[0], ""), like, PLANE, *cells[1:], "0")
        for cell, (name, (_, drag)) in enumerate(COMPUTED.items(), start=1):
            show(session, cell)
            prepare(session, drag)
            for _ in range(3 if "kernel" in name else 0):
                session.page.keyboard.press(DOWN)
            session.page.wait_for_timeout(500)
            where = spot(like, drag)
            session.js("probe.rest(true)")
            times = alone(session, drag, where, 20)
            row = {"name": name, "median": statistics.median(times), "worst": max(times)}
            rows.append({**row, **newest(session, drag, where)})
            session.js("probe.rest(false)")
            say(rows[-1])
    return rows


def alone(session: Session, drag: Drag, where: list[Any], count: int) -> list[float]:
    """Return ms from a key to the first frame with another picture, with no look at any other frame."""
    times = []
    for i in range(count + 2):
        session.js("(where) => { probe.keys.length = 0; follow(...where); }", where)
        session.page.keyboard.press(drag.keys[i % 2])
        times.append(session.js("changed.then((time) => time - probe.keys.at(-1))"))
        session.page.wait_for_timeout(random.uniform(250, 350))
    return times[2:]


def newest(session: Session, drag: Drag, where: list[Any]) -> dict[str, Any]:
    """Send eight keys without waiting, several times: how late the last picture is, and if right."""
    lags, rights, pictures = [], [], []
    for _ in range(BURSTS):
        session.js("(where) => { probe.keys.length = 0; follow(...where); }", where)
        for key in drag.burst:
            session.page.keyboard.press(key)
            time.sleep(EVERY_MS / 1000)
        session.page.wait_for_timeout(1500)
        seen, keys, last = session.js("(where) => [pictures, probe.keys, spot(...where)]", where)
        session.js("written = null")
        lags.append(max(0.0, seen[-1][0] - keys[-1]))
        pictures.append(len(seen) - 1)
        # The same picture comes when the explorer is made to compute once more, with nothing else under way.
        session.lab.execute("explorer._refresh()")
        session.page.wait_for_timeout(700)
        rights.append(session.js("(where) => spot(...where)", where) == last)
        prepare(session, drag)
        for key in drag.back:
            session.page.keyboard.press(key)
        session.page.wait_for_timeout(700)
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
        "looked at, not every frame, which would take a good part of two cores.",
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
        browser = launch(playwright, find(lambda candidate: why_it_fails(playwright, candidate)))
        load = os.getloadavg()[0]
        rows: list[dict[str, Any]] = []
        with server:
            if options.only in (None, "drags"):
                for volume in options.volumes:
                    rows += drags(server, browser, volume, options.rounds)
            made = computed(server, browser) if options.only in (None, "computed") else []
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
