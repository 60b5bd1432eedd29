// One picture of a view: a canvas with a pixel for a sample, and what is laid over it.

const OPPOSITE = { L: "R", R: "L", A: "P", P: "A", S: "I", I: "S" };

/** Make an element: h("label", { class: "x", title: "y" }, "text", child). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** The longest of 1, 2, 5, 10, ... that is at most `most`. */
export function roundLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].find((m) => m * power <= most) * power;
}

/** A value as a person reads it: whole numbers whole, others with six digits. */
export function text(value) {
  if (typeof value === "bigint" || Number.isInteger(value)) return String(value);
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
}

/** Colours for labels 1, 2, 3 ... that the colour-blind can tell apart (Okabe and Ito), as words of a canvas. */
export const LABELS = new Uint32Array([
  0xff009fe6, 0xffe9b456, 0xff739e00, 0xff42e4f0, 0xffb27200, 0xff005ed5, 0xffa779cc,
]);

/**
 * Colour a mask: each label in its colour, or only the pixels at its edge.
 * @param {Uint32Array} out @param {ArrayLike<number>} labels @param {number} width
 */
export function paintMask(out, labels, width, outline) {
  for (let i = 0; i < out.length; i++) {
    const label = Number(labels[i]);
    const column = i % width;
    const inside = outline && column > 0 && column < width - 1 && i >= width && i < out.length - width
      && Number(labels[i - 1]) === label && Number(labels[i + 1]) === label
      && Number(labels[i - width]) === label && Number(labels[i + width]) === label;
    out[i] = label === 0 || inside ? 0 : LABELS[(label - 1) % LABELS.length];
  }
}

export class Panel {
  /**
   * @param {{axes: string[], orientation: string[], sampling: number[], shape: number[]}} grid
   * @param {() => number} axis the axis that this picture cuts across
   * @param {string} name what it is called to a screen reader
   */
  constructor(grid, axis, name) {
    Object.assign(this, { grid, axis, name, pixels: null, zoom: [1, 0.5, 0.5] });
    this.canvas = h("canvas", { role: "img", class: "biomedlab-canvas" });
    this.overlay = h("canvas", { class: "biomedlab-overlay", "aria-hidden": "true" });
    this.stage = h("div", { class: "biomedlab-stage" }, this.canvas, this.overlay);
    this.lines = ["across", "down"].map((way) => h("div", { class: `biomedlab-line biomedlab-${way}` }));
    this.letters = ["left", "right", "top", "bottom"].map((edge) => h("span", { class: `biomedlab-edge biomedlab-${edge}` }));
    this.bar = h("div", { class: "biomedlab-scale" });
    this.element = h("div", { class: "biomedlab-panel", "aria-hidden": "false" }, this.stage, ...this.lines, ...this.letters, this.bar);
    this.context = this.canvas.getContext("2d");
    this.over = this.overlay.getContext("2d");
  }

  /** Axes down and across the picture. */
  get down() { return this.axis() === 0 ? 1 : 0; }
  get across() { return this.axis() === 2 ? 1 : 2; }

  /** Width over height, in mm where the sampling is known. */
  get ratio() {
    const [row, column] = [this.down, this.across];
    const mm = [0, 1, 2].map((i) => this.grid.sampling[i] || 1);
    return (this.grid.shape[column] * mm[column]) / (this.grid.shape[row] * mm[row]);
  }

  /** Fit the canvas to the plane's shape. */
  resize() {
    const [height, width] = [this.grid.shape[this.down], this.grid.shape[this.across]];
    if (this.canvas.width === width && this.canvas.height === height && this.pixels) return;
    for (const canvas of [this.canvas, this.overlay]) Object.assign(canvas, { width, height });
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.mask = null;
  }

  /** Set the picture's size on the page: at most so many px wide and high. */
  fit(width, height) {
    const shown = Math.max(48, Math.min(width, height * this.ratio));
    this.element.style.width = `${Math.round(shown)}px`;
    this.element.style.height = `${Math.max(24, Math.round(shown / this.ratio))}px`;
  }

  /** Show what has been painted into `pixels`. */
  show() { this.context.putImageData(this.image, 0, 0); }

  showMask(labels, opacity, outline) {
    this.overlay.style.opacity = opacity;
    if (!labels) return this.over.clearRect(0, 0, this.overlay.width, this.overlay.height);
    this.mask ??= new ImageData(this.canvas.width, this.canvas.height);
    paintMask(new Uint32Array(this.mask.data.buffer), labels, this.canvas.width, outline);
    this.over.putImageData(this.mask, 0, 0);
  }

  /** Place the picture by zoom and pan, and all that is laid over it. */
  layout(cursor) {
    const { clientWidth: width, clientHeight: height } = this.element;
    const [zoom, x, y] = this.zoom;
    const left = width / 2 - x * zoom * width;
    const top = height / 2 - y * zoom * height;
    this.stage.style.transform = `translate(${left}px, ${top}px) scale(${zoom})`;
    const shown = (zoom * width) / this.canvas.width;
    this.canvas.style.imageRendering = shown < 1 ? "auto" : "pixelated";
    this.overlay.style.imageRendering = this.canvas.style.imageRendering;
    this.lines.forEach((line, i) => {
      const axis = i ? this.across : this.down;
      line.hidden = !cursor;
      if (!cursor) return;
      const at = (cursor[axis] + 0.5) / this.grid.shape[axis];
      if (i) line.style.left = `${left + at * zoom * width}px`;
      else line.style.top = `${top + at * zoom * height}px`;
    });
    this.layoutScale(width * zoom);
  }

  layoutScale(width) {
    const mm = this.grid.sampling[this.across];
    this.bar.hidden = !mm || !width;
    if (this.bar.hidden) return;
    const pixels = width / (mm * this.grid.shape[this.across]);
    const length = roundLength(Math.max(64, this.element.clientWidth / 4) / pixels);
    this.bar.style.width = `${length * pixels}px`;
    this.bar.textContent = `${text(length)} mm`;
  }

  /** Letters of the body's directions at the four edges. */
  label(shown) {
    const [row, column] = [this.grid.orientation[this.down], this.grid.orientation[this.across]];
    const letters = row && column ? [OPPOSITE[column], column, OPPOSITE[row], row] : ["", "", "", ""];
    this.letters.forEach((element, i) => (element.textContent = shown ? letters[i] : ""));
  }

  /** The sample under a pointer as indices along (down, across), or null outside. */
  sample(event) {
    const box = this.canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.canvas.height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.canvas.width);
    const inside = row >= 0 && column >= 0 && row < this.canvas.height && column < this.canvas.width;
    return inside ? [row, column] : null;
  }

  /** Zoom about a point of the panel, given as shares of its width and height. */
  zoomBy(factor, u, v) {
    const [zoom, x, y] = this.zoom;
    const next = Math.min(64, Math.max(1, zoom * factor));
    const [a, b] = [x + (u - 0.5) / zoom, y + (v - 0.5) / zoom];
    this.moveTo(next, a - (u - 0.5) / next, b - (v - 0.5) / next);
  }

  /** Show a part of the picture: never past its edges. */
  moveTo(zoom, x, y) {
    const margin = 0.5 / zoom;
    const clamp = (value) => Math.min(1 - margin, Math.max(margin, value));
    this.zoom = [zoom, clamp(x), clamp(y)];
  }
}
