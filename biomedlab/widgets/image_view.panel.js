// One picture of a view: a canvas with a pixel for a sample, and what is laid over it.

const OPPOSITE = { L: "R", R: "L", A: "P", P: "A", S: "I", I: "S" };

/** JupyterLab's own shortcuts leave such an element's keys alone. */
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

/** Make an element: h("label", { class: "x", title: "y" }, "text", child), or h("div", "x"); classes get our prefix. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(typeof attributes === "string" ? { class: attributes } : attributes)) {
    element.setAttribute(name, name === "class" ? value.replace(/\S+/g, "biomedlab-$&") : value);
  }
  element.append(...children);
  return element;
}

/** Write to the page only what changed: even the same again costs a layout. */
const put = (element, text) => {
  if (element.textContent !== text) element.firstChild ? (element.firstChild.data = text) : (element.textContent = text);
};
const hide = (element, hidden) => { if (element.hidden !== hidden) element.hidden = hidden; };

/** The longest of 1, 2, 5, 10, ... that is at most `most`. */
function roundLength(most) {
  const power = 10 ** floor(Math.log10(most));
  return [5, 2, 1].find((m) => m * power <= most) * power;
}

/** A value as a person reads it: whole numbers whole, others with six digits. */
function text(value) {
  if (typeof value === "bigint" || Number.isInteger(value)) return String(value);
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
}

/** Colours for labels 1, 2, 3 ... that the colour-blind can tell apart (Okabe and Ito), as words of a canvas. */
const LABELS = new Uint32Array([
  0xff009fe6, 0xffe9b456, 0xff739e00, 0xff42e4f0, 0xffb27200, 0xff005ed5, 0xffa779cc,
]);

/**
 * Colour the samples for which `label` is not 0, or only those at the edge of their label.
 * @param {Uint32Array} out @param {number} width @param {(i: number) => number} label
 */
export function paintLabels(out, width, label, outline) {
  const last = out.length - width;
  for (let i = 0; i < out.length; i++) {
    const one = label(i);
    if (!one) continue;
    const column = i % width;
    const inside = outline && column > 0 && column < width - 1 && i >= width && i < last
      && label(i - 1) === one && label(i + 1) === one && label(i - width) === one && label(i + width) === one;
    if (!inside) out[i] = LABELS.at((one - 1) % LABELS.length);
  }
}

class Panel {
  /**
   * @param {{axes: string[], orientation: string[], sampling: number[], shape: number[]}} grid
   * @param {() => number} axis the axis that this picture cuts across
   * @param {"before" | "after" | "both"} shows which picture of a comparison
   */
  constructor(grid, axis, shows) {
    Object.assign(this, { grid, axis, shows, pixels: null, zoom: [1, 0.5, 0.5] });
    this.canvas = h("canvas", { role: "img", class: "canvas" });
    this.overlay = h("canvas", { class: "overlay", "aria-hidden": "true" });
    this.stage = h("div", "stage", this.canvas, this.overlay);
    this.lines = ["across", "down"].map((way) => h("div", `line ${way}`));
    this.letters = ["left", "right", "top", "bottom"].map((edge) => h("span", `edge ${edge}`));
    this.bar = h("div", "scale");
    this.caption = h("span", "caption");
    this.divider = h("div", "line down divider");
    this.frame = h("div", "box");
    this.element = h("div", { class: "panel", tabindex: "0", role: "group", ...OWN_KEYS },
      this.stage, ...this.lines, ...this.letters, this.bar, this.frame, this.divider, this.caption);
    this.context = this.canvas.getContext("2d");
    this.over = this.overlay.getContext("2d");
  }

  /** Axes down and across the picture. */
  get down() { return this.axis() === 0 ? 1 : 0; }
  get across() { return this.axis() === 2 ? 1 : 2; }

  /** Whether the picture is shown with its first row at the bottom, so that head or front is up. */
  get flip() { return ["S", "A"].includes(this.grid.orientation[this.down]); }

  /** Width over height, in mm where the sampling is known. */
  get ratio() { return this.length(this.across) / this.length(this.down); }

  /** Length of an axis in mm, or in samples where the sampling is not known. */
  length(axis) { return this.grid.shape[axis] * (this.grid.sampling[axis] || 1); }

  /** Fit the canvas to the plane's shape. */
  resize() {
    const [height, width] = [this.grid.shape[this.down], this.grid.shape[this.across]];
    if (this.canvas.width === width && this.canvas.height === height && this.pixels) return;
    for (const canvas of [this.canvas, this.overlay]) Object.assign(canvas, { width, height });
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.mask = null;
    this.made = {};
  }

  /** Whether something would be made of other parts than it was made of last. */
  changes(name, ...parts) {
    const known = this.made[name];
    this.made[name] = parts;
    return !known || parts.some((part, i) => part !== known[i]);
  }

  /** Set the picture's size on the page, by px a mm. */
  fit(scale) {
    this.width = max(24, round(this.length(this.across) * scale));
    this.height = max(24, round(this.length(this.down) * scale));
    Object.assign(this.element.style, { width: `${this.width}px`, height: `${this.height}px` });
  }

  /** Show what has been painted into `pixels`. */
  show() { this.context.putImageData(this.image, 0, 0); }

  /** Lay over the picture what `draw` writes into words of transparent pixels; nothing if it is null. */
  showOver(opacity, draw) {
    this.overlay.style.opacity = opacity;
    hide(this.overlay, !draw);
    if (!draw) return;
    this.mask ??= new ImageData(this.canvas.width, this.canvas.height);
    const out = new Uint32Array(this.mask.data.buffer);
    draw(out.fill(0), this.canvas.width);
    this.over.putImageData(this.mask, 0, 0);
  }

  /** Place the picture by zoom and pan, and all that is laid over it. */
  layout(cursor, box) {
    const { width, height } = this;
    const [zoom, x, y] = this.zoom;
    const left = width / 2 - x * zoom * width;
    const top = height / 2 - y * zoom * height;
    const flip = this.flip;
    // None at all is the least work for each frame.
    this.stage.style.transform = zoom === 1 && !flip ? "" : `translate(${left}px, ${top + (flip ? zoom * height : 0)}px) scale(${zoom}, ${flip ? -zoom : zoom})`;
    const shown = (zoom * width) / this.canvas.width;
    this.stage.style.imageRendering = shown < 1 ? "auto" : "pixelated";
    this.lines.forEach((line, i) => {
      const axis = i ? this.across : this.down;
      hide(line, !cursor);
      if (!cursor) return;
      const share = (cursor[axis] + 0.5) / this.grid.shape[axis];
      const at = flip && !i ? 1 - share : share;
      if (i) line.style.left = `${left + at * zoom * width}px`;
      else line.style.top = `${top + at * zoom * height}px`;
    });
    this.layoutScale(width * zoom);
    this.layoutBox(box, (x) => left + x * zoom * width, (y) => top + (flip ? 1 - y : y) * zoom * height);
  }

  layoutBox(box, toLeft, toTop) {
    hide(this.frame, !box);
    if (!box) return;
    const [y0, x0, y1, x1] = box.map((edge, i) => edge / (i % 2 ? this.canvas.width : this.canvas.height));
    const [left, right, top, bottom] = [toLeft(x0), toLeft(x1), ...[toTop(y0), toTop(y1)].sort((a, b) => a - b)];
    Object.assign(this.frame.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
  }

  /** Draw the line between two pictures at a share of the width, or none. */
  divide(share) {
    hide(this.divider, share === null);
    const [zoom, x] = this.zoom;
    this.divider.style.left = `${this.width * (0.5 + zoom * (share - x))}px`;
  }

  layoutScale(width) {
    const mm = this.grid.sampling[this.across];
    hide(this.bar, !mm || !width);
    if (this.bar.hidden) return;
    const pixels = width / (mm * this.grid.shape[this.across]);
    const length = roundLength(min(96, this.width / 2) / pixels);
    this.bar.style.width = `${length * pixels}px`;
    put(this.bar, `${text(length)} mm`);
  }

  /** Letters of the body's directions at the four edges. */
  label(shown) {
    const [row, column] = [this.grid.orientation[this.down], this.grid.orientation[this.across]];
    const upright = this.flip ? [row, OPPOSITE[row]] : [OPPOSITE[row], row];
    const letters = row && column ? [OPPOSITE[column], column, ...upright] : ["", "", "", ""];
    this.letters.forEach((element, i) => put(element, shown ? letters[i] : ""));
  }

  /** The sample under a pointer as indices along (down, across), or null outside. */
  sample(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = (event.clientY - box.top) / box.height;
    const row = floor((this.flip ? 1 - share : share) * this.canvas.height);
    const column = floor(((event.clientX - box.left) / box.width) * this.canvas.width);
    const inside = row >= 0 && column >= 0 && row < this.canvas.height && column < this.canvas.width;
    return inside ? [row, column] : null;
  }

  /** Zoom about a point of the panel, given as shares of its width and height. */
  zoomBy(factor, u, v) {
    const [zoom, x, y] = this.zoom;
    const next = min(64, max(1, zoom * factor));
    const [a, b] = [x + (u - 0.5) / zoom, y + (v - 0.5) / zoom];
    this.moveTo(next, a - (u - 0.5) / next, b - (v - 0.5) / next);
  }

  /** Show a part of the picture: never past its edges. */
  moveTo(zoom, x, y) {
    const margin = 0.5 / zoom;
    const clamp = (value) => min(1 - margin, max(margin, value));
    this.zoom = [zoom, clamp(x), clamp(y)];
  }
}
