// The histogram view: counts in, bars, curves and grey levels out. A gesture sets a trait; a changed trait draws.

const STEPS = ["off", "histogram", "running sum", "divided by the total", "looked up", "scaled"];
const METHODS = { none: "none", window: "window", gamma: "gamma", global: "global equalization", clahe: "CLAHE (needs Jupyter)" };
const ROLES = { window: "sets the window", highlight: "lights pixels up" };
const MOST_BARS = 4096;
const NEAR = 8;
let views = 0;
/** What all views of a page share: whether one is being moved, and what is to be saved when that rests. */
const moved = (globalThis.biomedlabMoved ??= { now: false, saves: new Set() });

/** Write to the page only what changed: even the same again costs a layout. */
const put = (element, words) => { if (element.textContent !== words) element.textContent = words; };
const hide = (element, hidden) => { if (element.hidden !== hidden) element.hidden = hidden; };
const say = (element, name, value) => { if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value); };

/** Make an element: h("label", { class: "x" }, "text", child). */
function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for a part of a drawing. */
function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

const thousands = new Intl.NumberFormat("en-GB");

/** A value as a person reads it: whole numbers whole and in thousands, others with four digits. */
export function text(value) {
  if (Number.isInteger(value)) return thousands.format(value);
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** A long count in a short tick: 20k, 3M. */
function brief(count) {
  const [size, letter] = [[1e9, "G"], [1e6, "M"], [1e3, "k"]].find(([most]) => count >= most) ?? [1, ""];
  return `${Number((count / size).toPrecision(3))}${letter}`;
}

class View {
  constructor(model, el, signal) {
    Object.assign(this, { model, el, signal, id: `biomedlab-histogram-${++views}`, queued: 0 });
    /** Paint after the frame: what follows this view, a picture, comes first. */
    this.draw = () => { this.queued ||= requestAnimationFrame(() => setTimeout(() => { this.queued = 0; this.paint(); })); };
    this.build();
    this.listen();
    this.paint();
    this.lead();
  }

  get(name) { return this.model.get(name); }

  /** Whether the range can be dragged. */
  get ranged() { return this.has("range") && (!this.has("method") || this.get("method") === "window"); }

  has(control) { return this.get("_controls").includes(control); }

  /**
   * Set traits from a gesture. The kernel hears of it when the gesture rests, or once a second: each message makes
   * JupyterLab lay its toolbar out anew. What the kernel heard before must not undo it: `unsaved` is put back.
   */
  set(values, rest = this.get("_rest")) {
    this.unsaved = { ...this.unsaved, ...values };
    moved.now = true;
    try {
      for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    } finally { moved.now = false; }
    this.since ??= performance.now();
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), performance.now() - this.since > 1000 ? 0 : rest);
  }

  save() {
    if (!this.unsaved) return;
    clearTimeout(this.saving);
    this.unsaved = this.since = undefined;
    // What follows first: so the kernel need not move it, too. Without a kernel the drawing goes on.
    for (const save of moved.saves) save();
    moved.saves.clear();
    try { this.model.save_changes(); } catch { /* no kernel */ }
  }

  /** A link saves what it moves at every event. For those that this view leads, and for itself, it waits until the gesture rests. */
  async lead() {
    for (const name of this.get("_leads")) {
      const other = await this.model.widget_manager?.get_model?.(name).catch(() => null);
      if (!other?.save_changes || other.biomedlabWaits) continue;
      other.biomedlabWaits = true;
      const save = () => { try { Object.getPrototypeOf(other).save_changes.call(other); } catch { /* no kernel */ } };
      let timer;
      other.save_changes = () => {
        clearTimeout(timer);
        if (moved.now) moved.saves.add(save);
        else timer = setTimeout(save, this.get("_rest"));
      };
      // What the kernel says of a table it heard of before must not undo the one that is shown.
      other.on("change:_table", () => { if (!moved.now) other.set("_table", this.get("_tone")); });
    }
  }

  on(target, type, listener) { target.addEventListener(type, listener, { signal: this.signal }); }

  // ---- what there is on the page

  build() {
    this.el.classList.add("biomedlab", "biomedlab-histogram");
    this.heading = h("div", { class: "biomedlab-heading" });
    this.tools = h("div", { class: "biomedlab-tools" });
    this.drawn = {};
    this.layers = Object.fromEntries(["axes", "columns", "lines", "marks"].map((name) => [name, s("g")]));
    this.svg = s("svg", { role: "img", class: "biomedlab-plot" }, ...Object.values(this.layers));
    this.legend = h("div", { class: "biomedlab-legend", "aria-hidden": "true" });
    this.told = h("div", { class: "biomedlab-told" });
    this.sliders = h("div", { class: "biomedlab-sliders" });
    this.table = h("table", { class: "biomedlab-table" });
    this.note = h("div", { class: "biomedlab-note", role: "status" });
    this.el.append(this.heading, this.tools, this.svg, this.legend, this.sliders, this.told, this.note, this.table);
    this.buildTools();
    this.buildSliders();
  }

  buildTools() {
    if (this.has("method")) this.method = this.menu("Method", this.get("_methods").map((name) => [name, METHODS[name]]), "method");
    if (this.has("role")) this.role = this.menu("The range", Object.entries(ROLES), "drags", (value) => this.setRole(value));
    if (this.has("bins")) {
      this.bins = h("input", { type: "number", min: 1, "data-lm-suppress-shortcuts": "true" });
      this.on(this.bins, "change", () => this.bins.valueAsNumber >= 1 && this.set({ bins: Math.round(this.bins.valueAsNumber) }));
      this.tools.append(h("label", {}, "Bins ", this.bins));
    }
    if (this.has("scale")) {
      this.log = this.box("log counts", "log");
      this.cdf = this.box("CDF", "cdf");
    }
  }

  buildSliders() {
    if (this.has("range")) {
      this.low = this.range("From", (value) => this.setRange(value, this.limits[1], 0));
      this.high = this.range("To", (value) => this.setRange(this.limits[0], value, 1));
    }
    if (this.has("gamma")) {
      this.gamma = this.range("Gamma", (value) => this.set({ gamma: Number((10 ** value).toPrecision(3)) }));
      fill(this.gamma.input, { min: -1, max: 1, step: 0.01 }, []);
    }
    if (this.has("level")) this.level = this.range("Share below", (value) => this.set({ level: value }));
    if (!this.has("step")) return;
    this.step = this.range("Step through", (value) => this.set({ step: value, playing: false }));
    fill(this.step.input, { min: 0, max: STEPS.length - 1, step: 0.05 }, []);
    this.play = h("button", { type: "button", class: "biomedlab-play", "data-lm-suppress-shortcuts": "true" });
    this.on(this.play, "click", () => this.startOrStop());
    const back = this.button("‹", "Previous step", () => this.set({ playing: false, step: Math.max(0, Math.ceil(this.get("step")) - 1) }));
    const next = this.button("›", "Next step", () => this.set({ playing: false, step: Math.min(5, Math.floor(this.get("step")) + 1) }));
    this.step.row.append(back, this.play, next);
  }

  button(label, name, act) {
    const button = h("button", { type: "button", "aria-label": name, title: name, "data-lm-suppress-shortcuts": "true" }, label);
    this.on(button, "click", act);
    return button;
  }

  menu(label, options, trait, choose = (value) => this.set({ [trait]: value })) {
    const select = h("select", { "data-lm-suppress-shortcuts": "true" }, ...options.map(([value, name]) => h("option", { value }, name)));
    this.on(select, "change", () => choose(select.value));
    this.tools.append(h("label", {}, `${label} `, select));
    return select;
  }

  box(label, trait) {
    const input = h("input", { type: "checkbox", "data-lm-suppress-shortcuts": "true" });
    this.on(input, "change", () => this.set({ [trait]: input.checked }));
    this.tools.append(h("label", {}, input, ` ${label}`));
    return input;
  }

  range(label, move) {
    const input = h("input", { type: "range", "data-lm-suppress-shortcuts": "true" });
    const output = h("span", { class: "biomedlab-value" });
    const name = h("span", { class: "biomedlab-name" }, label);
    this.on(input, "input", () => move(input.valueAsNumber));
    const row = h("div", { class: "biomedlab-slider" }, h("label", {}, name, input), output);
    this.sliders.append(row);
    return { input, output, name, row };
  }

  // ---- gestures

  listen() {
    this.model.on("change", () => {
      for (const [name, value] of Object.entries(this.unsaved ?? {})) {
        if (this.get(name) !== value) this.model.set(name, value);
      }
      // The table first: a picture that follows it is painted in this frame.
      this.count();
      this.tone();
      this.draw();
    });
    // While JupyterLab has the cell off the page there is no width: then the last one is kept.
    const sizes = new ResizeObserver(([{ contentRect }]) => {
      this.room = contentRect.width || this.room;
      this.draw();
    });
    sizes.observe(this.el);
    const timer = setInterval(() => this.tick(), 40);
    this.signal.addEventListener("abort", () => {
      sizes.disconnect();
      clearInterval(timer);
      this.save();
      cancelAnimationFrame(this.queued);
    });
    for (const end of ["focusout", "pointerup"]) this.on(this.el, end, () => this.save());
    this.on(this.svg, "pointerdown", (event) => this.press(event));
    this.on(this.svg, "pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) this.on(this.svg, type, () => (this.drag = null));
  }

  /** The range that is dragged: window, or the values that are lit. */
  get limits() { return (this.get("drags") === "highlight" && this.get("highlight")) || this.get("window"); }

  /** Set the range; a handle that meets the other stops there. */
  setRange(low, high, moved) {
    if (low > high) [low, high] = moved ? [low, low] : [high, high];
    this.set({ [this.get("drags")]: [low, high] });
  }

  setRole(drags) { this.set({ drags, highlight: drags === "highlight" ? [...this.get("window")] : null }); }

  /** The value at a place of the drawing: a whole number where each bin holds one, else an edge of a bin. */
  value(x) {
    const { start, width, whole, length } = this.now;
    const at = Math.min(length, Math.max(0, ((x - this.area.left) / this.area.width) * length));
    return whole ? Math.min(start + length - 0.5, Math.max(start + 0.5, Math.round(start + at))) : start + Math.round(at) * width;
  }

  place(event) { return event.clientX - this.svg.getBoundingClientRect().left; }

  /** Take the nearest handle; between the two of a range take both; elsewhere on the drawing bring the nearest. */
  press(event) {
    if (event.button || !this.now.length) return;
    const x = this.place(event);
    const handles = [
      ...(this.ranged ? this.limits.map((value, i) => [i ? "high" : "low", value]) : []),
      ...(this.has("level") && this.get("level") !== null ? [["level", this.get("level")]] : []),
    ].map(([name, value]) => [name, Math.abs(this.x(value) - x)]).sort((a, b) => a[1] - b[1]);
    if (!handles.length) return;
    const [low, high] = this.ranged ? this.limits.map((value) => this.x(value)) : [Infinity, -Infinity];
    const near = handles[0][1] <= NEAR;
    const both = !near && x > low && x < high;
    this.drag = { does: both ? "both" : (near ? handles : handles.filter(([name]) => name !== "level" || handles.length === 1))[0][0], x, from: this.limits };
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    if (!both && !near) this.move(event);
  }

  move(event) {
    if (!this.drag) return;
    const x = this.place(event);
    const value = this.value(x);
    const { does, from } = this.drag;
    if (does === "level") return this.set({ level: value });
    if (does === "low") return this.setRange(value, this.limits[1], 0);
    if (does === "high") return this.setRange(this.limits[0], value, 1);
    const { start, width, whole, length } = this.now;
    const [first, last] = whole ? [start + 0.5, start + length - 0.5] : [start, start + length * width];
    const step = whole ? 1 : width;
    const wanted = Math.round(((x - this.drag.x) / this.area.width) * length) * step;
    const by = Math.max(Math.min(0, first - from[0]), Math.min(Math.max(0, last - from[1]), wanted));
    this.set({ [this.get("drags")]: [from[0] + by, from[1] + by] });
  }

  startOrStop() {
    if (this.get("playing")) return this.set({ playing: false });
    this.set({ playing: true, step: this.get("step") >= 5 ? 0 : this.get("step") });
  }

  tick() {
    if (!this.get("playing")) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (performance.now() - (this.ticked ?? 0) < (still ? 1500 : 40)) return;
    this.ticked = performance.now();
    const step = Math.min(5, Number((still ? Math.floor(this.get("step")) + 1 : this.get("step") + 0.02).toFixed(3)));
    this.set({ step, playing: step < 5 }, step < 5 ? 1000 : undefined);
  }

  // ---- numbers

  /** Sums and tables of what is shown, made anew only when what they depend on changed. */
  count() {
    const packed = this.get("counts");
    const key = [this.get("start"), this.get("width"), this.get("whole")].join(" ");
    if (this.now?.packed !== packed || this.now.key !== key) {
      const counts = numbers(packed);
      const sums = running(counts);
      this.now = {
        packed, key, counts, sums, length: counts.length, total: sums.at(-1) ?? 0,
        start: this.get("start"), width: this.get("width"), whole: this.get("whole"),
      };
      this.bars = null;
      this.toned = null;
    }
    const { length, counts } = this.now;
    const size = Math.max(1, Math.ceil(length / Math.min(this.get("bins"), MOST_BARS)));
    if (this.bars?.size !== size) this.bars = { size, heights: group(counts, size) };
    if (this.over?.packed !== this.get("over")) this.over = { packed: this.get("over"), counts: numbers(this.get("over")) };
  }

  /** The table of grey levels, told to whatever is linked to it. */
  tone() {
    const method = this.get("method");
    if (!method || method === "clahe" || !this.now.length) return;
    const { counts, start, width, whole, length } = this.now;
    const [window, gamma, full] = [this.get("window"), this.get("gamma"), this.get("full")];
    const key = [method, ...window, gamma, ...full].join(" ");
    if (this.toned?.key === key) return;
    const table = levels(method, { counts, start, width, whole, window, gamma, full });
    this.toned = { key, table };
    // Equal steps: between -0.5 and +0.5 of each whole number, or one for each bin and one for the last edge.
    const steps = whole ? table : Uint8Array.from({ length: length + 1 }, (_, i) => table[Math.min(i, length - 1)]);
    const high = whole ? start + Math.max(1, steps.length - 1) : start + length * width;
    this.hand({ _tone: { levels: new DataView(steps.buffer), low: start, high }, _mapped: new DataView(mapped(counts, table).buffer) });
  }

  /** Set what follows from other traits: no gesture, and nothing that the kernel must hear. */
  hand(values) {
    const before = moved.now;
    moved.now = true;
    try { this.model.set(values); } finally { moved.now = before; }
  }

  share(value) {
    const { sums, start, width, whole, total } = this.now;
    const { count, exact } = below(sums, start, width, whole, value);
    return total ? `${exact ? "" : "about "}${percent(count / total)}` : "no share";
  }

  /** "49.3 % of the pixels are below 32" */
  get sentence() {
    const level = this.get("level");
    return level === null || !this.now.total ? "" : `${this.share(level)} of the pixels are below ${text(level)}${this.unit}.`;
  }

  get unit() { return this.get("unit") ? ` ${this.get("unit")}` : ""; }

  /** How many pixels lie outside from .. to. */
  get outside() {
    const { sums, start, width, whole, total } = this.now;
    const [low, high] = this.get("window");
    const [under, upTo] = [below(sums, start, width, whole, low), below(sums, start, width, whole, whole ? Math.floor(high) + 1 : high)];
    const share = total ? (under.count + total - upTo.count) / total : 0;
    return `${under.exact && upTo.exact ? "" : "about "}${percent(share)}`;
  }

  // ---- drawing

  x(value) {
    const { start, width, length } = this.now;
    return this.area.left + ((value - start) / (width * length || 1)) * this.area.width;
  }

  paint() {
    if (this.signal.aborted) return;
    this.count();
    this.tone();
    put(this.heading, this.get("title"));
    this.paintPlot();
    this.paintControls();
    this.paintTable();
    put(this.note, this.get("note"));
  }

  paintPlot() {
    const [width, height] = [Math.max(200, Math.floor(this.room ?? 0)), this.get("height")];
    const right = this.hasShares ? 46 : 14;
    this.area = { left: 54, top: 10, width: width - 54 - right, height: height - 52 };
    const sizes = { width, height, viewBox: `0 0 ${width} ${height}`, "aria-label": this.summary };
    for (const [name, value] of Object.entries(sizes)) say(this.svg, name, value);
    const { length } = this.now;
    const [stage, step] = [this.stage, this.stage && this.get("step")];
    const [log, cdf, curves, toned] = [this.get("log"), this.get("cdf"), this.get("curves"), this.toned];
    this.scale = this.findScale();
    const place = [this.now, this.bars, this.over, width, height, this.hasShares, log, stage];
    const words = length ? null : [this.label(width / 2, height / 2, "nothing to count", "middle")];
    this.layer("axes", [...place, cdf, this.curved, this.get("unit"), this.get("x_title")], () => words ?? this.axes());
    this.layer("columns", [...place, step], () => (words ? [] : this.columns()));
    this.layer("lines", [...place, cdf, curves, toned, this.get("method")], () => (words ? [] : this.lines()));
    this.layers.marks.replaceChildren(...(words ? [] : this.marks()));
    this.svg.classList.toggle("biomedlab-grip", this.ranged || this.has("level"));
    this.paintLegend();
  }

  /** Draw one layer of the plot anew, if what it depends on is not what it was. */
  layer(name, key, draw) {
    const known = this.drawn[name];
    if (known && key.every((one, i) => one === known[i])) return;
    this.drawn[name] = key;
    this.layers[name].replaceChildren(...draw());
  }

  get hasShares() { return !this.stage && (this.get("cdf") || this.get("curves").length > 0 || this.curved); }

  /** Whether the curve from value to grey level is drawn. */
  get curved() { return this.has("method") && Boolean(this.toned) && this.get("method") !== "clahe"; }

  /** The step that is shown, 1 to 5; 0 while equalization is not stepped through. */
  get stage() { return this.get("method") === "global" ? Math.ceil(this.get("step")) : 0; }

  label(x, y, words, anchor, turn) {
    return s("text", { x, y, "text-anchor": anchor, transform: turn && `rotate(${turn} ${x} ${y})` }, words);
  }

  /** What a count's height is called, and its greatest: the step that is shown decides. */
  findScale() {
    const { total } = this.now;
    if (this.stage >= 5) return { name: "grey level", most: 255, log: false };
    if (this.stage >= 3) return { name: "share of pixels", most: 1, log: false };
    if (this.stage === 2) return { name: "pixels so far", most: total || 1, log: false };
    return { name: "pixels", most: Math.max(1, ...this.bars.heights, ...this.overBars), log: this.get("log") };
  }

  get overBars() {
    const { counts } = this.over;
    return counts.length && !this.stage ? group(counts, this.bars.size) : [];
  }

  /** Share of the height for a count; on a log axis a count of 1 is still seen. */
  height(count) {
    const { most, log } = this.scale;
    if (!log) return count / most;
    return count < 1 ? 0 : (Math.log10(count) + 0.2) / (Math.log10(most) + 0.2);
  }

  axes() {
    const { left, top, width, height } = this.area;
    const { start, width: step, length } = this.now;
    const { most, log, name } = this.scale;
    const bottom = top + height;
    const across = ticks(start, start + step * length, width / 70).filter((value) => this.x(value) <= left + width + 1);
    const powers = Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, k) => 10 ** k);
    const counted = name !== "share of pixels";
    const up = log ? powers : ticks(0, most, height / 40).filter((count) => !counted || Number.isInteger(count));
    const parts = [
      s("path", { class: "biomedlab-axis", d: `M${left} ${top}V${bottom}H${left + width}` + (this.hasShares ? `V${top}` : "") }),
      ...across.map((value) => s("path", { class: "biomedlab-axis", d: `M${this.x(value)} ${bottom}v4` })),
      ...across.map((value) => this.label(this.x(value), bottom + 16, this.written(value), "middle")),
      ...up.map((count) => this.label(left - 6, bottom - this.height(count) * height + 4, brief(count), "end")),
      this.label(left + width / 2, bottom + 34, this.get("x_title") + (this.get("unit") && ` (${this.get("unit")})`), "middle"),
      this.label(12, top + height / 2, log ? `${name} (log)` : name, "middle", -90),
    ];
    if (!this.hasShares) return parts;
    const shares = [0, 0.25, 0.5, 0.75, 1];
    const levelAxis = this.curved && !this.get("cdf") && !this.stage;
    parts.push(...shares.map((share) => this.label(left + width + 6, bottom - share * height + 4, levelAxis ? `${Math.round(255 * share)}` : `${100 * share}`, "start")));
    parts.push(this.label(left + width + 40, top + height / 2, levelAxis ? "grey level after" : "%", "middle", -90));
    return parts;
  }

  written(value) { return Math.abs(value) >= 1e5 ? value.toExponential(1) : String(Number(value.toPrecision(6))).replace("-", "−"); }

  /** The bars; while stepping, those left of the sweep stand for the step and the others for the one before. */
  columns() {
    const { left, top, width, height } = this.area;
    const { length } = this.now;
    const { heights, size } = this.bars;
    const stage = this.stage;
    const swept = stage ? (this.get("step") - (stage - 1)) * heights.length : heights.length;
    const before = (i) => (stage === 2 ? heights[i] : this.stepHeight(i, Math.max(1, stage - 1)));
    const value = (i) => {
      if (!stage) return heights[i];
      if (stage === 1) return i < swept ? heights[i] : 0;
      return i < swept ? this.stepHeight(i, stage) : before(i);
    };
    const bottom = top + height;
    const one = (width * size) / length;
    const rectangles = (amount) => Array.from(heights, (_, i) => {
      const tall = this.height(amount(i)) * height;
      const wide = Math.min(one, left + width - (left + i * one));
      return tall > 0 ? `M${(left + i * one).toFixed(2)} ${bottom}v${-tall.toFixed(2)}h${Math.max(0.4, wide - (one > 4 ? 1 : 0)).toFixed(2)}V${bottom}z` : "";
    }).join("");
    const parts = [s("path", { class: "biomedlab-bars", d: rectangles(value) })];
    const over = this.overBars;
    if (over.length) {
      const steps = Array.from(over, (count, i) => `L${(left + i * one).toFixed(2)} ${(bottom - this.height(count) * height).toFixed(2)}h${one.toFixed(2)}`);
      parts.push(s("path", { class: "biomedlab-over", d: `M${left} ${bottom}${steps.join("")}V${bottom}` }));
    }
    if (stage) parts.push(s("path", { class: "biomedlab-sweep", d: `M${left + (swept / heights.length) * width} ${top}V${bottom}` }));
    return parts;
  }

  /** The height of a bar at a step, in the units of the axis that the present step has. */
  stepHeight(i, stage) {
    const { sums, total, length } = this.now;
    const sum = sums[Math.min(length, (i + 1) * this.bars.size) - 1];
    const share = sum / (total || 1);
    const here = this.stage;
    if (here === 2) return stage === 1 ? this.bars.heights[i] : sum;
    return here >= 5 ? share * 255 : share;
  }

  /** Lines over the bars: the CDF, the curve from value to grey level, and any others. */
  lines() {
    const { left, top, width, height } = this.area;
    const { sums, total, length } = this.now;
    const path = (share, count) => {
      const stride = Math.max(1, Math.floor(count / width));
      let d = "";
      for (let i = 0; i < count; i += stride) d += `${i ? "L" : "M"}${(left + ((i + 0.5) / count) * width).toFixed(2)} ${(top + (1 - share(i)) * height).toFixed(2)}`;
      return d;
    };
    const parts = [];
    if (this.get("cdf") && total && !this.stage) parts.push(s("path", { class: "biomedlab-cdf", d: path((i) => sums[i] / total, length) }));
    if (this.curved && !this.stage) parts.push(s("path", { class: "biomedlab-curve", d: path((i) => this.toned.table[i] / 255, length) }));
    for (const [k, { values }] of this.get("curves").entries()) {
      const all = numbers(values);
      parts.push(s("path", { class: `biomedlab-curve biomedlab-curve-${k + 1}`, d: path((i) => all[i], all.length) }));
    }
    return parts;
  }

  /** The range, the share line, the marked bin and the followed pixel. */
  marks() {
    const { left, top, width, height } = this.area;
    const bottom = top + height;
    const inside = (x) => Math.min(left + width, Math.max(left, x));
    const vertical = (kind, value) => s("path", { class: kind, d: `M${inside(this.x(value)).toFixed(2)} ${top}V${bottom}` });
    const parts = [];
    if (this.ranged) {
      const [a, b] = this.limits.map((value) => inside(this.x(value)));
      parts.push(s("path", { class: "biomedlab-shade", d: `M${left} ${top}H${a}V${bottom}H${left}zM${b} ${top}H${left + width}V${bottom}H${b}z` }));
      if (this.get("drags") === "highlight") parts.push(...this.get("window").map((value) => vertical("biomedlab-dashed", value)));
      parts.push(...this.limits.map((value) => vertical("biomedlab-handle", value)));
      parts.push(...[a, b].map((x) => s("path", { class: "biomedlab-grips", d: `M${x - 5} ${bottom + 1}h10l-5 -8z` })));
    }
    const level = this.get("level");
    if (this.has("level") && level !== null && this.now.total) {
      const { sums, start, width: step, whole, total } = this.now;
      const y = top + (1 - below(sums, start, step, whole, level).count / total) * height;
      const x = inside(this.x(whole ? level - 0.5 : level));
      parts.push(s("path", { class: "biomedlab-level", d: `M${x} ${bottom}V${y}` + (this.hasShares ? `H${left + width}` : "") }), s("circle", { class: "biomedlab-dot", cx: x, cy: y, r: 4 }));
    }
    for (const name of ["marker", "follow"]) parts.push(...this.mark(name, inside));
    return parts;
  }

  mark(name, inside) {
    const value = this.get(name);
    if (value === null || !this.now.length) return [];
    const { start, width, length } = this.now;
    const bin = binOf(start, width, length, value);
    if (bin === null) return [];
    const { size } = this.bars;
    const { top, height, left } = this.area;
    const [a, b] = [Math.floor(bin / size) * size, Math.min(length, (Math.floor(bin / size) + 1) * size)].map((k) => inside(this.x(start + k * width)));
    const middle = (a + b) / 2;
    const parts = [s("path", { class: `biomedlab-${name}`, d: `M${a} ${top}H${Math.max(b, a + 1)}V${top + height}H${a}z` }), s("path", { class: "biomedlab-arrow", d: `M${middle - 6} ${top - 9}h12l-6 9z` })];
    if (name === "follow" && this.stage >= 2) {
      const tall = this.height(this.stepHeight(Math.floor(bin / size), this.stage)) * height;
      parts.push(s("path", { class: "biomedlab-level", d: `M${middle} ${top + height - tall}H${left}` }), s("circle", { class: "biomedlab-dot", cx: middle, cy: top + height - tall, r: 4 }));
    }
    return parts;
  }

  paintLegend() {
    const entries = [
      [this.overBars.length, "over", this.get("over_title")], [this.get("cdf") && !this.stage, "cdf", "CDF (right axis)"],
      [this.curved && !this.stage, "curve", "grey level after, 0 to 255"],
      ...this.get("curves").map(({ name }, k) => [true, `curve-${k + 1}`, name]),
    ].filter(([shown]) => shown);
    const key = entries.join();
    if (this.legended === key) return;
    this.legended = key;
    this.legend.replaceChildren(...entries.map(([, kind, words]) => h("span", { class: `biomedlab-key biomedlab-key-${kind}` }, words)));
  }

  /** What the drawing shows, for those who do not see it. */
  get summary() {
    const { length, total, start, width, whole } = this.now;
    const title = this.get("title") || "Histogram";
    if (!length || !total) return `${title}: nothing to count.`;
    const { heights, size } = this.bars;
    const highest = heights.indexOf(Math.max(...heights));
    const [first, last] = whole ? [start + 0.5, start + length - 0.5] : [start, start + length * width];
    const peak = whole && size === 1 ? `at ${text(first + highest)}` : `between ${text(first + highest * size * width)} and ${text(Math.min(last, first + (highest + 1) * size * width - (whole ? 1 : 0)))}`;
    const parts = [`${title}: ${text(total)} pixels from ${text(first)} to ${text(last)}${this.unit} in ${heights.length} bins, most of them ${peak}.`, this.sentence];
    if (this.ranged) parts.push(`The range goes from ${text(this.limits[0])} to ${text(this.limits[1])}.`);
    if (this.stage) parts.push(this.stepWords);
    return parts.filter(Boolean).join(" ");
  }

  paintControls() {
    const { start, width, whole, length } = this.now;
    const [first, last] = whole ? [start + 0.5, start + length - 0.5] : [start, start + length * width];
    const show = (slider, value, words, from = first, to = last) => {
      for (const [name, limit] of Object.entries({ min: from, max: to, step: whole ? 1 : width || 1 })) say(slider.input, name, limit);
      if (slider.input.value !== String(value)) slider.input.value = value;
      put(slider.output, words);
      say(slider.input, "aria-valuetext", words);
    };
    if (this.low) {
      const [from, to] = this.limits;
      const ends = [Math.min(first, from), Math.max(last, to)];
      show(this.low, from, `${text(from)}${this.unit}`, ...ends);
      show(this.high, to, `${text(to)}${this.unit}`, ...ends);
      for (const { row } of [this.low, this.high]) hide(row, !this.ranged);
    }
    if (this.level) show(this.level, this.get("level") ?? first, this.get("level") === null ? "off" : this.sentence.slice(0, -1));
    if (this.gamma) {
      hide(this.gamma.row, this.get("method") !== "gamma");
      this.gamma.input.value = Math.log10(this.get("gamma"));
      put(this.gamma.output, text(this.get("gamma")));
      say(this.gamma.input, "aria-valuetext", text(this.get("gamma")));
    }
    if (this.method) this.method.value = this.get("method");
    if (this.role) this.role.value = this.get("drags");
    if (this.log) [this.log.checked, this.cdf.checked] = [this.get("log"), this.get("cdf")];
    if (this.bins && document.activeElement !== this.bins) this.bins.value = this.get("bins");
    if (this.step) this.paintStep();
  }

  paintStep() {
    hide(this.step.row, this.get("method") !== "global");
    const playing = this.get("playing");
    put(this.play, playing ? "⏸" : "▶");
    say(this.play, "aria-label", playing ? "Pause" : "Play the steps");
    this.step.input.value = this.get("step");
    put(this.step.output, this.stage ? `${this.stage} of 5: ${STEPS[this.stage]}` : "off");
    say(this.step.input, "aria-valuetext", this.stage ? `step ${this.stage} of 5: ${this.stepWords}` : "off");
    const one = this.stage > 0;
    hide(this.told, !one);
    if (one) this.told.replaceChildren(h("ol", {}, ...this.stepLines.slice(0, this.stage).map((words) => h("li", {}, words))));
  }

  get stepWords() { return this.stepLines[this.stage - 1] ?? ""; }

  /** The five steps in words, with the numbers of the followed pixel. */
  get stepLines() {
    const { counts, start, width, whole, total } = this.now;
    const value = this.get("follow");
    const one = value === null ? null : follow(counts, start, width, value);
    if (!one) {
      return ["Histogram: count the pixels of each value.", "Running sum: add up the counts from the left.", `Divided by the total, ${text(total)}: the share that is not above each value.`,
        "Looked up: each pixel gets the share of its value.", "Scaled: the share times 255, rounded."];
    }
    const name = whole ? text(value) : `bin ${one.bin}`;
    const where = whole ? "" : ` (bin ${one.bin})`;
    return [
      `Histogram: ${text(one.count)} pixels have the value of this pixel, ${text(value)}${this.unit}${where}.`,
      `Running sum: ${text(one.running)} pixels are not above it.`,
      `Divided by the total: ${text(one.running)} / ${text(one.total)} = ${one.share.toPrecision(6)}.`,
      `Looked up: cdf[${name}] = ${one.share.toPrecision(6)}.`,
      `Scaled: ${one.share.toPrecision(6)} × 255 = ${one.scaled.toPrecision(6)}, rounded ${one.level}.`,
    ];
  }

  paintTable() {
    const rows = this.get("rows").map((cells) => [...cells]);
    if (this.has("outside")) rows.push(["outside the window", this.outside]);
    hide(this.table, !rows.length);
    const key = JSON.stringify(rows);
    if (!rows.length || this.tabled === key) return;
    this.tabled = key;
    const heads = this.get("heads");
    const head = heads.length ? [h("tr", {}, ...heads.map((name) => (name ? h("th", { scope: "col" }, name) : h("td"))))] : [];
    const body = rows.map(([name, ...cells]) => h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", {}, cell))));
    this.table.replaceChildren(h("caption", {}, this.get("caption")), h("tbody", {}, ...head, ...body));
  }
}

export default {
  render({ model, el, signal }) { new View(model, el, signal); },
};
