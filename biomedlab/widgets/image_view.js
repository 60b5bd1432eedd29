// The image view: traits in, pictures out. A gesture sets a trait; a changed trait draws.

const CHUNK = 2 ** 21;
const KEYS = "Arrow keys or B and F: previous and next plane; Page Up and Page Down: ten planes; Home and End: first and last. "
  + "Wheel: planes; Ctrl + wheel or + and -: zoom; Shift + drag or middle drag: pan. "
  + "W: drag sets the window (sideways its width, up and down its centre). Click or Shift + move: crosshair; C: take it off. "
  + "G: labels on or off; R: all as it was; P: play.";
let views = 0;

export default () => {
  /** Layers by name: the planes that this widget holds, shared by all its pictures on the page. */
  const layers = new Map();
  const listeners = new Set();
  const asked = new Map();
  let alive = true;

  const tell = (what) => listeners.forEach((listener) => listener(what));

  /** Ask the kernel for planes; of each kind of question only one is under way. */
  function ask(model, kind, request) {
    const before = asked.get(kind);
    if (!model || (before && performance.now() - before.since < 10000)) return;
    asked.set(kind, { since: performance.now() });
    try {
      model.send({ kind, type: "planes", ...request });
    } catch {
      alive = false;
    }
  }

  function layer(model, name) {
    const spec = model.get("_layers").find((one) => one.name === name);
    if (!spec) return null;
    const known = layers.get(name);
    if (known && known.version === spec.version) return known;
    known?.planes.close();
    const planes = new Planes({
      shape: model.get("_shape"), frames: spec.frames, samples: spec.samples, stack: model.get("_stack"),
      budget: model.get("_budget"), Type: DTYPES[spec.dtype][0],
    });
    const made = { ...spec, planes };
    layers.set(name, made);
    return made;
  }

  async function receive(model, message, buffers) {
    if (message.type !== "planes") return;
    const target = layer(model, message.layer);
    const data = message.deflated ? await inflate(buffers[0]) : copy(buffers[0]);
    asked.delete(message.kind);
    alive = true;
    if (target?.version !== message.version) return tell("planes");
    target.planes.put(message.axis, message.frame, message.indices, new target.planes.Type(data));
    tell("planes");
  }

  const copy = (view) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);

  return {
    initialize({ model }) {
      model.on("msg:custom", (message, buffers) => receive(model, message, buffers));
    },
    render({ model, el, signal }) {
      const view = new View(model, el, signal, { layer: (name) => layer(model, name), ask: (...args) => ask(model, ...args), isAlive: () => alive });
      listeners.add(view.draw);
      signal.addEventListener("abort", () => {
        listeners.delete(view.draw);
        if (listeners.size) return;
        for (const { planes } of layers.values()) planes.close();
        layers.clear();
        asked.clear();
      });
    },
  };
};

class View {
  constructor(model, el, signal, source) {
    Object.assign(this, { model, el, signal, source, id: `biomedlab-${++views}`, queued: 0 });
    this.grid = {
      shape: model.get("_shape"), axes: model.get("_axes"), sampling: model.get("_sampling"),
      orientation: model.get("_orientation"),
    };
    this.draw = () => { this.queued ||= requestAnimationFrame(() => { this.queued = 0; this.paint(); }); };
    this.build();
    this.listen();
    this.paint();
  }

  get(name) { return this.model.get(name); }

  /** Set traits from a gesture; the kernel hears of it at most twenty times a second. */
  set(values) {
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.saving ??= setTimeout(() => {
      this.saving = undefined;
      try { this.model.save_changes(); } catch { /* no kernel: the picture goes on */ }
    }, 50);
  }

  // ---- what there is on the page

  build() {
    const { el } = this;
    el.classList.add("biomedlab");
    this.panels = [new Panel(this.grid, () => this.get("axis"), "picture")];
    this.panes = h("div", { class: "biomedlab-panes", tabindex: "0", role: "group", "aria-describedby": `${this.id}-keys`, "data-lm-suppress-shortcuts": "true" });
    this.panes.append(...this.panels.map((panel) => panel.element));
    this.colourBar = h("canvas", { class: "biomedlab-bar", width: 1, height: 256, "aria-hidden": "true" });
    this.limits = [h("span"), h("span")];
    this.colours = h("div", { class: "biomedlab-colours" }, this.limits[1], this.colourBar, this.limits[0]);
    this.sliders = h("div", { class: "biomedlab-sliders" });
    this.tools = h("div", { class: "biomedlab-tools" });
    this.readout = h("div", { class: "biomedlab-readout" });
    this.status = h("div", { class: "biomedlab-status", role: "status" });
    const keys = h("details", { class: "biomedlab-keys" }, h("summary", {}, "Keys and mouse"), h("p", { id: `${this.id}-keys` }, KEYS));
    el.append(this.tools, h("div", { class: "biomedlab-row" }, this.panes, this.colours), this.sliders, this.readout, this.status, ...this.get("_notes").map((note) => h("div", { class: "biomedlab-note" }, note)), keys);
    this.buildTools();
    this.buildSliders();
  }

  buildTools() {
    if (this.grid.shape[0] > 1) {
      this.axisMenu = this.menu("Cut across", this.get("_axes").map((name, i) => [i, this.planeName(i) ? `${name} (${this.planeName(i)})` : name]), (value) => this.cut(Number(value)));
    }
    if (this.get("_colours").length) {
      this.presetMenu = this.menu("Window", [["", "own limits"], ...this.get("_presets").map(([name], i) => [i, name])], (value) => {
        if (value !== "") this.set({ window: this.get("_presets")[value].slice(1) });
      });
      this.cmapMenu = this.menu("Colours", this.get("_colours").map(([name]) => [name, name]), (value) => this.set({ cmap: value }));
    }
    if (this.source.layer("mask")) {
      const outline = h("input", { type: "checkbox" });
      outline.checked = this.get("outline");
      this.on(outline, "change", () => this.set({ outline: outline.checked }));
      this.tools.append(h("label", { class: "biomedlab-field" }, outline, " outline only"));
      this.opacity = this.range("Mask opacity", 0, 1, 0.05, (value) => this.set({ opacity: value }), this.tools);
    }
    this.modeButton = this.button("Drag: window", "A drag on the picture sets the window (W)", () => this.set({ mode: this.get("mode") === "window" ? "cursor" : "window" }));
    this.button("Reset", "All as it was at first (R)", () => this.reset());
    this.button("Code", "Show and copy the Python that draws this picture", () => this.askCode());
  }

  buildSliders() {
    const axes = this.grid.axes;
    this.index = this.range(axes[this.get("axis")], 0, this.grid.shape[this.get("axis")] - 1, 1, (value) => this.set({ index: value }), this.sliders);
    const [time, channel] = this.get("_frames");
    if (time > 1) this.time = this.range("t", 0, time - 1, 1, (value) => this.set({ time: value }), this.sliders);
    if (channel > 1) this.channel = this.range("ch", 0, channel - 1, 1, (value) => this.set({ channel: value }), this.sliders);
    this.index.row.hidden = this.grid.shape[this.get("axis")] === 1;
    this.play = h("button", { type: "button", class: "biomedlab-play", "aria-label": "Play" }, "▶");
    this.on(this.play, "click", () => this.set({ playing: !this.get("playing") }));
    (this.time ?? this.index).row.append(this.play);
    if (!this.get("_colours").length) return;
    const [low, high] = this.get("_range");
    const step = this.get("_whole") ? 1 : (high - low) / 1000 || 1;
    this.low = this.range("Darkest at", low, high, step, (value) => this.set({ window: [value, Math.max(value, this.get("window")[1])] }), this.sliders);
    this.high = this.range("Brightest at", low, high, step, (value) => this.set({ window: [Math.min(value, this.get("window")[0]), value] }), this.sliders);
  }

  menu(label, options, choose) {
    const select = h("select", {}, ...options.map(([value, name]) => h("option", { value }, name)));
    this.on(select, "change", () => choose(select.value));
    this.tools.append(h("label", { class: "biomedlab-field" }, `${label} `, select));
    return select;
  }

  button(label, title, act) {
    const button = h("button", { type: "button", title }, label);
    this.on(button, "click", act);
    this.tools.append(button);
    return button;
  }

  range(label, min, max, step, move, parent) {
    const input = h("input", { type: "range", min, max, step, "data-lm-suppress-shortcuts": "true" });
    const output = h("span", { class: "biomedlab-value" });
    const name = h("span", { class: "biomedlab-name" }, label);
    this.on(input, "input", () => move(input.valueAsNumber));
    const row = h("div", { class: "biomedlab-slider" }, h("label", {}, name, input), output);
    parent.append(row);
    return { input, output, name, row };
  }

  on(target, type, listener, options = {}) {
    target.addEventListener(type, listener, { signal: this.signal, ...options });
  }

  planeName(axis) { return this.get("_plane_names")[axis] ?? ""; }

  // ---- gestures

  listen() {
    this.model.on("change", () => this.draw());
    this.model.on("msg:custom", (message) => message.type === "code" && this.showCode(message.code));
    const sizes = new ResizeObserver(() => this.draw());
    sizes.observe(this.el);
    for (const panel of this.panels) {
      this.on(panel.element, "pointerdown", (event) => this.press(panel, event));
      this.on(panel.element, "pointermove", (event) => this.hover(panel, event));
      this.on(panel.element, "pointerleave", () => { this.readout.textContent = ""; this.pointer = null; });
      this.on(panel.element, "wheel", (event) => this.wheel(panel, event), { passive: false });
    }
    this.on(this.panes, "keydown", (event) => this.key(event));
    this.on(this.panes, "auxclick", (event) => event.preventDefault());
    const timer = setInterval(() => this.tick(), 20);
    this.signal.addEventListener("abort", () => {
      sizes.disconnect();
      clearInterval(timer);
      cancelAnimationFrame(this.queued);
    });
    if (this.get("playing") && matchMedia("(prefers-reduced-motion: reduce)").matches) this.set({ playing: false });
  }

  step(by) {
    const last = this.grid.shape[this.get("axis")] - 1;
    const index = Math.min(last, Math.max(0, this.get("index") + by));
    if (index !== this.get("index")) this.set({ index });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      ArrowLeft: () => this.step(-1), ArrowDown: () => this.step(-1), b: () => this.step(-1),
      ArrowRight: () => this.step(1), ArrowUp: () => this.step(1), f: () => this.step(1),
      PageDown: () => this.step(-10), PageUp: () => this.step(10), Home: () => this.step(-Infinity), End: () => this.step(Infinity),
      "+": () => this.zoomBy(1.25), "=": () => this.zoomBy(1.25), "-": () => this.zoomBy(0.8),
      w: () => this.modeButton.click(), r: () => this.reset(), p: () => this.play.click(),
      g: () => this.set({ labels: !this.get("labels") }), c: () => this.set({ cursor: null }),
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  wheel(panel, event) {
    event.preventDefault();
    if (event.ctrlKey) {
      const box = panel.element.getBoundingClientRect();
      panel.zoomBy(event.deltaY < 0 ? 1.25 : 0.8, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
      this.zoomed(panel);
    } else if (event.deltaY) {
      this.step(Math.sign(event.deltaY));
    }
  }

  zoomBy(factor) {
    this.panels[0].zoomBy(factor, 0.5, 0.5);
    this.zoomed(this.panels[0]);
  }

  zoomed(panel) {
    for (const other of this.panels) other.zoom = panel.zoom;
    this.draw();
  }

  press(panel, event) {
    if (event.button > 1) return;
    this.panes.focus({ preventScroll: true });
    event.preventDefault();
    panel.element.setPointerCapture(event.pointerId);
    const pan = event.shiftKey || event.button === 1;
    this.drag = { pan, x: event.clientX, y: event.clientY, zoom: panel.zoom, window: this.get("window"), panel };
    if (!pan && this.get("mode") !== "window") this.place(panel, event);
    const drop = new AbortController();
    const end = () => { this.drag = null; drop.abort(); };
    for (const type of ["pointerup", "pointercancel"]) panel.element.addEventListener(type, end, { signal: drop.signal });
  }

  hover(panel, event) {
    this.pointer = { panel, clientX: event.clientX, clientY: event.clientY };
    this.tellPointer();
    if (!this.drag) return event.shiftKey && !event.buttons ? this.place(panel, event) : undefined;
    const box = panel.element.getBoundingClientRect();
    const [dx, dy] = [event.clientX - this.drag.x, event.clientY - this.drag.y];
    if (this.drag.pan) {
      const [zoom, x, y] = this.drag.zoom;
      panel.moveTo(zoom, x - dx / box.width / zoom, y - dy / box.height / zoom);
      this.zoomed(panel);
    } else if (this.get("mode") === "window") {
      this.dragWindow(dx / box.width, dy / box.height);
    } else {
      this.place(panel, event);
    }
  }

  /** Sideways sets the window's width, up and down its centre; across the panel is the whole range. */
  dragWindow(dx, dy) {
    const [low, high] = this.get("_range");
    const [vmin, vmax] = this.drag.window;
    const unit = high - low || 1;
    const whole = this.get("_whole") ? Math.round : (x) => x;
    const centre = (vmin + vmax) / 2 - dy * unit;
    const width = Math.max(this.get("_whole") ? 1 : unit / 1000, vmax - vmin + dx * unit);
    const lower = whole(centre - width / 2);
    this.set({ window: [lower, lower + whole(width)] });
  }

  place(panel, event) {
    const at = panel.sample(event);
    if (!at) return;
    const cursor = [];
    cursor[panel.axis()] = this.get("index");
    [cursor[panel.down], cursor[panel.across]] = at;
    this.set({ cursor });
  }

  /** Cut across another axis, at the crosshair if there is one. */
  cut(axis) {
    const index = this.get("cursor")?.[axis] ?? this.grid.shape[axis] >> 1;
    this.model.set("axis", axis);
    this.set({ index });
  }

  reset() {
    for (const panel of this.panels) panel.zoom = [1, 0.5, 0.5];
    this.set({ ...this.get("_start"), cursor: null, playing: false });
    this.draw();
  }

  tick() {
    const every = 1000 / this.get("fps");
    if (!this.get("playing") || performance.now() - (this.ticked ?? 0) < every) return;
    this.ticked = performance.now();
    const [name, count] = this.time ? ["time", this.get("_frames")[0]] : ["index", this.grid.shape[this.get("axis")]];
    this.set({ [name]: (this.get(name) + 1) % count });
  }

  askCode() {
    try { this.model.send({ type: "code" }); } catch { /* shown below without the kernel */ }
    if (this.get("_code")) this.showCode(this.get("_code"));
  }

  showCode(code) {
    this.code ??= h("pre", { class: "biomedlab-code", tabindex: "0", "aria-label": "Python for this picture" });
    this.code.textContent = code;
    if (!this.code.isConnected) this.el.insertBefore(this.code, this.status);
    navigator.clipboard?.writeText(code).then(() => this.say("The code is on the clipboard."), () => this.say("Select the code and copy it."));
  }

  say(sentence) { this.status.textContent = sentence; }

  // ---- drawing

  paint() {
    if (this.signal.aborted) return;
    this.paintControls();
    this.room = this.el.clientWidth - this.colours.offsetWidth - 14;
    let missing = null;
    for (const panel of this.panels) missing = this.paintPanel(panel, "image") ?? missing;
    this.tellPointer();
    if (missing) this.source.ask("now", missing);
    else this.fetchMore();
  }

  /** While nothing is urgent, ask for planes that are likely to be looked at. */
  fetchMore() {
    for (const name of ["mask", "image"]) {
      const layer = this.source.layer(name);
      const next = layer?.planes.next(this.get("axis"), this.frame(layer), this.get("index"), CHUNK);
      if (next) return this.source.ask("ahead", { layer: name, ...next });
    }
  }

  frame(layer) {
    const channels = this.get("_frames")[1];
    return layer.frames === 1 ? 0 : this.get("time") * channels + this.get("channel");
  }

  /** Paint one panel; returns what has to be asked for if its plane is not here. */
  paintPanel(panel, name) {
    const axis = panel.axis();
    const index = Math.min(this.grid.shape[axis] - 1, Math.max(0, this.get("index")));
    const layer = this.source.layer(name);
    const plane = layer.planes.get(axis, this.frame(layer), index);
    panel.fit(this.room, this.get("height"));
    const mask = this.source.layer("mask");
    const labels = mask?.planes.get(axis, this.frame(mask), index);
    if (plane) {
      panel.resize();
      if (layer.samples > 1) paintColour(panel.pixels, plane, layer.samples);
      else paint(panel.pixels, plane, this.tone(layer.dtype));
      panel.show();
      panel.plane = plane;
      panel.showMask(labels, this.get("opacity"), this.get("outline"));
      panel.canvas.setAttribute("aria-label", this.spoken());
      panel.canvas.dataset.plane = `${axis} ${this.frame(layer)} ${index}`;
    }
    panel.element.classList.toggle("biomedlab-waiting", !plane);
    panel.layout(this.get("cursor"));
    panel.label(this.get("labels"));
    if (!plane) return { layer: name, axis, frame: this.frame(layer), indices: [index] };
    return mask && !labels ? { layer: "mask", axis, frame: this.frame(mask), indices: [index] } : null;
  }

  /** The table from value to colour, made anew only when the window, the colours or the dtype changed. */
  tone(dtype) {
    const [vmin, vmax] = this.get("window");
    const key = `${dtype} ${vmin} ${vmax} ${this.get("cmap")}`;
    if (this.toned?.key === key) return this.toned;
    const colours = words(this.get("_colours").find(([name]) => name === this.get("cmap"))[1]);
    const level = leveller(dtype, vmin, vmax, colours.length - 3);
    this.toned = { key, level, colours, table: lookup(dtype, level, colours) };
    this.paintBar(colours);
    return this.toned;
  }

  paintBar(colours) {
    const count = colours.length - 3;
    const image = new ImageData(1, 256);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < 256; i++) pixels[i] = colours[Math.floor(((255 - i) * count) / 256)];
    this.colourBar.getContext("2d").putImageData(image, 0, 0);
  }

  paintControls() {
    const axis = this.get("axis");
    const last = this.grid.shape[axis] - 1;
    const { input, output, name, row } = this.index;
    name.textContent = this.grid.axes[axis];
    input.max = last;
    input.value = this.get("index");
    input.setAttribute("aria-valuetext", this.spoken());
    output.textContent = `${this.get("index")} of 0–${last}${this.millimetres(axis, this.get("index"))}`;
    row.hidden = last === 0;
    this.panes.setAttribute("aria-label", `${this.get("_title")}: ${this.spoken()}`);
    for (const one of ["time", "channel"]) {
      if (!this[one]) continue;
      this[one].input.value = this.get(one);
      this[one].output.textContent = `${this.get(one)} of 0–${this[one].input.max}`;
    }
    const playing = this.get("playing");
    this.play.textContent = playing ? "⏸" : "▶";
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    if (this.axisMenu) this.axisMenu.value = axis;
    this.modeButton.setAttribute("aria-pressed", this.get("mode") === "window");
    this.colours.hidden = !this.get("_colours").length;
    if (!this.colours.hidden) this.paintWindow();
    if (this.opacity) this.opacity.input.value = this.get("opacity");
  }

  paintWindow() {
    const window = this.get("window");
    [this.low, this.high].forEach(({ input, output }, i) => {
      input.min = Math.min(input.min, window[i]);
      input.max = Math.max(input.max, window[i]);
      input.value = window[i];
      output.textContent = `${text(window[i])}${this.unit}`;
      this.limits[i].textContent = text(window[i]);
    });
    const preset = this.get("_presets").findIndex(([, vmin, vmax]) => vmin === window[0] && vmax === window[1]);
    this.presetMenu.value = preset < 0 ? "" : preset;
    this.cmapMenu.value = this.get("cmap");
  }

  get unit() { return this.get("_unit") ? ` ${this.get("_unit")}` : ""; }

  millimetres(axis, index) {
    const mm = this.grid.sampling[axis];
    return mm ? ` · ${(index * mm).toFixed(1)} mm` : "";
  }

  /** "axial plane 90 of 181, 89.0 mm", as a screen reader says it. */
  spoken() {
    const axis = this.get("axis");
    const kind = this.planeName(axis) || this.grid.axes[axis];
    const place = this.millimetres(axis, this.get("index")).replace(" · ", ", ");
    return `${kind} plane ${this.get("index") + 1} of ${this.grid.shape[axis]}${place}`;
  }

  /** What lies under the pointer: indices, mm, the body's position, the value and its label. */
  tellPointer() {
    if (!this.pointer) return;
    const { panel } = this.pointer;
    const at = panel.sample(this.pointer);
    this.readout.textContent = at && panel.plane ? this.describe(panel, at) : "";
  }

  describe(panel, [row, column]) {
    const index = [];
    index[panel.axis()] = this.get("index");
    index[panel.down] = row;
    index[panel.across] = column;
    const shown = this.grid.shape[0] > 1 ? [0, 1, 2] : [1, 2];
    const parts = [shown.map((i) => `${this.grid.axes[i]} ${index[i]}`).join("  ")];
    const mm = this.grid.sampling;
    const spatial = shown.filter((i) => mm[i]);
    if (spatial.length) parts.push(`${spatial.map((i) => (index[i] * mm[i]).toFixed(1)).join(", ")} mm`);
    parts.push(...this.patient(index), this.value(panel, row, column));
    return parts.join(" · ");
  }

  patient(index) {
    const affine = this.get("_affine");
    if (!affine.length) return [];
    const letters = [["L", "R"], ["P", "A"], ["S", "I"]];
    return [letters.map(([plus, minus], i) => {
      const mm = affine[i].reduce((sum, factor, j) => sum + factor * (index[j] ?? 1), 0);
      return `${mm < 0 ? minus : plus} ${Math.abs(mm).toFixed(1)}`;
    }).join(" ") + " mm"];
  }

  value(panel, row, column) {
    const { samples, dtype } = this.source.layer("image");
    const at = (row * panel.canvas.width + column) * samples;
    if (samples > 1) return `RGB ${Array.from(panel.plane.subarray(at, at + samples)).join(", ")}`;
    const value = dtype === "float16" ? fromHalf(panel.plane[at]) : panel.plane[at];
    return `${dtype === "bool" ? (value ? "True" : "False") : text(value)}${this.unit}`;
  }
}
