// The image view: traits in, pictures out. A gesture sets a trait; a changed trait draws.

const CHUNK = 2 ** 21;
const PATIENCE = 1500;
const RETRY = 1e4;
const AXES = ["pln", "row", "col"];
const ownKeys = ({ target }) => target.setAttribute(...Object.entries(OWN_KEYS)[0]);
const now = () => performance.now();
const stop = (event) => event.preventDefault();

const say = (element, name, value) => { if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value); };
const set = (control, value) => { if (control.value !== String(value)) control.value = value; };

/** The kernel's connection: null when there is none, undefined where the page cannot tell. */
const kernelOf = (model) => model.widget_manager?.kernel;

export default () => {
  /** Layers by name: the planes that this widget holds, shared by all its pictures on the page. */
  const layers = new Map();
  const listeners = new Set();
  const asked = new Map();
  const source = {
    silent: false, tried: 0, waits: (kind) => asked.has(kind),
    first: (draw) => listeners.keys().next().value === draw,
  };

  /** Ask the kernel for planes; of each kind of question only one is under way. */
  source.ask = (model, kind, request) => {
    const start = now();
    if (asked.has(kind) || (source.silent && start - source.tried < RETRY)) return;
    source.tried = start;
    try { model.send({ type: "planes", kind, ...request }); } catch { return source.hear(true); }
    expect(model, kind, start);
  };

  /** Wait for planes, as long as the kernel is busy; then it is taken to be silent. */
  const expect = (model, kind, start) => {
    asked.set(kind, start);
    const watch = setInterval(() => {
      if (kernelOf(model)?.status === "busy" && asked.get(kind) === start) return;
      clearInterval(watch);
      if (asked.get(kind) === start) source.hear(true);
    }, PATIENCE);
  };

  /** Remember whether the kernel is silent, and draw when that changes. */
  source.hear = (silent) => {
    if (silent) asked.clear();
    if (source.silent === silent) return;
    source.silent = silent;
    for (const draw of listeners) draw();
  };

  source.layer = (model, name) => {
    const spec = model.get("_layers").find((one) => one.name === name);
    const known = layers.get(name);
    if (known && known.version === spec?.version) return known;
    known?.planes.close();
    layers.delete(name);
    if (!spec) return null;
    const planes = new Planes({
      shape: model.get("_shape"), frames: spec.frames, samples: spec.samples, stack: model.get("_stack"),
      budget: model.get("_budget"), Type: DTYPES[spec.dtype][0],
    });
    layers.set(name, { ...spec, planes });
    return layers.get(name);
  };

  async function receive(model, message, buffers) {
    if (message.type !== "planes" || source.closed) return;
    asked.set(message.kind, 0);
    const data = await inflate(buffers[0], message.deflated).finally(() => asked.delete(message.kind));
    if (source.closed) return;
    const layer = source.layer(model, message.layer);
    source.silent = false;
    if (layer?.version === message.version) layer.planes.put(message.axis, message.frame, message.indices, new layer.planes.Type(data));
    for (const draw of listeners) draw();
  }

  return {
    initialize({ model }) {
      model.on("msg:custom", (message, buffers) => receive(model, message, buffers));
      // The first plane of a new layer comes by itself.
      model.on("change:_layers", () => {
        if (listeners.size && model.get("_layers").some(({ name, version }) => layers.get(name)?.version !== version)) expect(model, "now", now());
      });
    },
    render({ model, el, signal }) {
      const view = new View(model, el, signal, source);
      listeners.add(view.draw);
      source.closed = false;
      signal.addEventListener("abort", () => {
        listeners.delete(view.draw);
        if (listeners.size) return;
        source.closed = true;
        for (const { planes } of layers.values()) planes.close();
        layers.clear();
        asked.clear();
      });
    },
  };
};

class View {
  constructor(model, el, signal, source) {
    Object.assign(this, { model, el, signal, source, id: `biomedlab-${page.views = (page.views ?? 0) + 1}`, queued: 0, kind: model.get("_kind"), three: model.get("_kind") === "orthogonal" });
    this.grid = {
      shape: model.get("_shape"), axes: model.get("_axes"), sampling: model.get("_sampling"),
      orientation: model.get("_orientation"),
    };
    Object.assign(this, this.grid);
    /** The traits by name: `this.t.window`. */
    this.t = new Proxy({}, { get: (_, name) => model.get(name) });
    /** Paint at once, so that the frame has little left to do; what comes again before that frame is painted in it. */
    const frame = () => {
      this.queued = 0;
      if (this.late) this.paint();
      this.late = false;
    };
    const soon = () => {
      this.soon = false;
      this.paint();
    };
    this.draw = (late) => {
      if (late || (this.queued && !this.soon)) this.late = true;
      else if (!this.soon) {
        this.soon = true;
        queueMicrotask(soon);
      }
      this.queued ||= requestAnimationFrame(frame);
    };
    this.build();
    this.listen();
    this.paint();
  }

  get(name) { return this.model.get(name); }

  /**
   * Set traits from a gesture. The kernel hears of it when the gesture rests, or every two seconds: each message makes
   * JupyterLab lay its toolbar out anew. Until then an echo of what the kernel heard before must not undo it:
   * `unsaved` is put back.
   */
  set(values) {
    const { source, model } = this;
    if (this.three && AXES.some((name) => name in values)) values.cursor = AXES.map((name) => values[name] ?? this.get(name));
    source.unsaved = { ...source.unsaved, ...values };
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    source.since ??= now();
    clearTimeout(source.saving);
    source.saving = setTimeout(() => this.save(), now() - source.since > 2e3 ? 0 : this.t._rest);
  }

  save() {
    const { source, model } = this;
    if (!source.unsaved) return;
    clearTimeout(source.saving);
    source.unsaved = source.since = undefined;
    if (source.silent || kernelOf(model) === null) return;
    try { model.save_changes(); } catch { source.hear(true); }
  }

  layer(name) { return this.source.layer(this.model, name); }

  /** Name of the trait that says where a picture cuts across an axis. */
  indexTrait(axis) { return this.three ? AXES[axis] : "index"; }

  /** Where a picture cuts, kept inside the image. */
  at(axis) { return min(this.shape[axis] - 1, max(0, this.get(this.indexTrait(axis)))); }

  get cursor() { return this.three ? AXES.map((name) => this.get(name)) : this.t.cursor; }

  // ---- what there is on the page

  build() {
    const { el } = this;
    el.classList.add("biomedlab");
    // What can be transparent shows a checkerboard, which costs time in every frame.
    if (this.t._layers.some((one) => one.samples === 4 || one.dtype[0] === "f")) el.classList.add("biomedlab-clear");
    this.panes = h("div", "panes");
    this.buildPanels();
    this.colourBar = h("canvas", { class: "bar", width: 1, height: 256, "aria-hidden": "true" });
    this.limits = [h("span"), h("span")];
    this.colours = h("div", "colours", this.limits[1], this.colourBar, this.limits[0]);
    this.sliders = h("div", "sliders");
    this.tools = h("div", "tools");
    this.readout = h("div", "readout");
    this.status = h("div", { class: "status", role: "status" });
    this.absent = h("div", { class: "status", role: "status" });
    const notes = this.t._notes.map((note) => h("div", "note", note));
    const keys = h("details", "keys", h("summary", {}, "Keys and mouse"), h("p", { id: `${this.id}-keys` }, this.t._keys));
    el.append(this.tools, h("div", "row", this.panes, this.colours), this.readout, this.sliders, this.absent, this.status, ...notes, keys);
    this.buildTools();
    this.buildSliders();
  }

  buildPanels() {
    const one = (shows, axis) => new Panel(this.grid, () => axis ?? this.t.axis, shows);
    const shown = this.kind === "slice" ? ["before"] : this.t.compare === "side" ? ["before", "after"] : ["both"];
    const zoom = this.panels?.[0].zoom;
    this.panels = this.three ? [0, 1, 2].map((axis) => one("before", axis)) : shown.map((shows) => one(shows));
    if (zoom) for (const panel of this.panels) panel.zoom = zoom;
    this.panes.replaceChildren(...this.panels.map((panel) => panel.element));
    this.built = this.t.compare;
    this.room = null;
    for (const panel of this.panels) this.listenPanel(panel);
  }

  buildTools() {
    const names = this.axes.map((name, i) => [i, this.planeName(i) ? `${name} (${this.planeName(i)})` : name]);
    if (!this.three && this.shape[0] > 1) {
      this.axisMenu = this.menu("Cut across", names, (value) => this.cut(Number(value)));
    }
    if (this.kind === "compare") {
      const ways = this.t._compares.map((name) => [name, name === "side" ? "side by side" : name]);
      this.compareMenu = this.menu("Compare by", ways, (value) => this.set({ compare: value }));
    }
    if (this.t._colours.length && this.t._controls.includes("window")) {
      this.presetMenu = this.menu("Window", [["", "own limits"], ...this.t._presets.map(([name], i) => [i, name])], (value) => {
        if (value !== "") this.set({ window: this.t._presets[value].slice(1) });
      });
      this.cmapMenu = this.menu("Colours", this.t._colours.map(([name]) => [name, name]), (value) => this.set({ cmap: value }));
    }
    this.outline = h("input", { type: "checkbox", ...OWN_KEYS });
    this.on(this.outline, "change", () => this.set({ outline: this.outline.checked }));
    this.outlineField = h("label", { class: "field" }, this.outline, " outline only");
    this.tools.append(this.outlineField);
    this.opacity = this.range("Mask opacity", 0, 1, 0.05, (value) => this.set({ opacity: value }), this.tools);
    if (this.presetMenu) {
      this.modeButton = this.button("Drag: window", "Drags set the window (W)", () => this.set({ mode: this.t.mode === "window" ? "cursor" : "window" }));
    }
    this.button("Reset", "All as at first (R)", () => this.reset());
    if (this.t._controls.includes("code")) this.button("Code", "Its Python, copied too", () => this.askCode());
  }

  buildSliders() {
    const cuts = this.three ? [0, 1, 2] : [null];
    this.cuts = cuts.map((axis) => {
      const now = () => axis ?? this.t.axis;
      const slider = this.range(this.axes[now()], 0, this.shape[now()] - 1, 1, (value) => this.set({ [this.indexTrait(now())]: value }), this.sliders);
      return { ...slider, axis: now };
    });
    const [time, channel] = this.t._frames;
    if (time > 1) this.time = this.range("t", 0, time - 1, 1, (value) => this.set({ time: value }), this.sliders);
    if (channel > 1) this.channel = this.range("ch", 0, channel - 1, 1, (value) => this.set({ channel: value }), this.sliders);
    this.clock = h("button", { type: "button", class: "play", "aria-label": "Play", ...OWN_KEYS }, "▶");
    this.on(this.clock, "click", () => this.set({ playing: !this.t.playing }));
    (this.time ?? this.cuts[0]).row.append(this.clock);
    if (this.kind === "compare") this.share = this.range("Share", 0, 1, 0.01, (value) => this.set({ share: value }), this.sliders);
    if (!this.presetMenu) return;
    const [low, high] = this.t._range;
    const step = this.t._whole ? 1 : (high - low) / 1000 || 1;
    this.low = this.range("Darkest at", low, high, step, (value) => this.set({ window: [value, max(value, this.t.window[1])] }), this.sliders);
    this.high = this.range("Brightest at", low, high, step, (value) => this.set({ window: [min(value, this.t.window[0]), value] }), this.sliders);
  }

  menu(label, options, choose) {
    const select = h("select", { ...OWN_KEYS }, ...options.map(([value, name]) => h("option", { value }, name)));
    this.on(select, "change", () => choose(select.value));
    this.tools.append(h("label", { class: "field" }, `${label} `, select));
    return select;
  }

  button(label, title, act) {
    const button = h("button", { type: "button", title, ...OWN_KEYS }, label);
    this.on(button, "click", act);
    this.tools.append(button);
    return button;
  }

  range(label, min, max, step, move, parent) {
    const input = h("input", { type: "range", min, max, step, ...OWN_KEYS });
    const output = h("span", "value");
    const name = h("span", "name", label);
    this.on(input, "input", () => move(input.valueAsNumber));
    const row = h("div", "slider", h("label", {}, name, input), output);
    parent.append(row);
    return { input, output, name, row };
  }

  on(target, type, listener, options = {}) {
    target.addEventListener(type, listener, { signal: this.signal, ...options });
  }

  planeName(axis) { return this.t._plane_names[axis] ?? ""; }

  // ---- gestures

  listen() {
    const { source } = this;
    this.model.on("change", (raw) => {
      if (raw?.comm_live === false) this.source.hear(true);
      for (const [name, value] of Object.entries((raw?._state_lock && source.unsaved) || {})) {
        if (this.get(name) !== value) this.model.set(name, value);
      }
      this.draw();
    });
    this.model.on("comm_live_update", function () { source.hear(this.model?.comm_live === false); });
    this.model.on("msg:custom", (message) => message.type === "code" && this.showCode(message.code));
    const sizes = new ResizeObserver(() => {
      // An explorer's menus are ipywidgets: their keys are theirs, too.
      const explorer = this.el.closest(".biomedlab-explorer");
      if (explorer) this.on(explorer, "focusin", ownKeys);
      this.room = null;
      this.draw(true);
    });
    for (const sized of [this.el, this.colours]) sizes.observe(sized);
    for (const end of ["focusout", "pointerup"]) this.on(this.el, end, () => this.save());
    const watch = setInterval(() => { if (kernelOf(this.model) === null) source.hear(true); }, 500);
    this.signal.addEventListener("abort", () => {
      sizes.disconnect();
      clearInterval(watch);
      clearInterval(this.player);
      clearTimeout(this.naming);
      this.save();
    });
    if (this.t.playing && matchMedia("(prefers-reduced-motion: reduce)").matches) this.set({ playing: false });
  }

  listenPanel(panel) {
    panel.element.setAttribute("aria-describedby", `${this.id}-keys`);
    const acts = { pointerdown: this.press, pointermove: this.hover, pointerleave: this.leave, wheel: this.wheel, keydown: this.key };
    for (const [type, act] of Object.entries(acts)) {
      this.on(panel.element, type, (event) => act.call(this, panel, event), { passive: false });
    }
    // A browser that loses what a canvas holds tells the canvas alone.
    this.on(panel.element, "contextrestored", () => { panel.made = {}; this.draw(true); }, { capture: true });
    this.on(panel.element, "auxclick", stop);
  }

  step(panel, by) {
    const axis = panel.axis();
    const index = min(this.shape[axis] - 1, max(0, this.at(axis) + by));
    if (index !== this.get(this.indexTrait(axis))) this.set({ [this.indexTrait(axis)]: index });
  }

  key(panel, event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way && event.shiftKey) {
      stop(event);
      const [z, x, y] = panel.zoom;
      panel.moveTo(z, x + way[0] / (8 * z), y + way[1] / (8 * z));
      return this.zoomed(panel);
    }
    const step = (by) => () => this.step(panel, by);
    const zoom = (factor) => () => { panel.zoomBy(factor, 0.5, 0.5); this.zoomed(panel); };
    const acts = {
      ArrowLeft: step(-1), ArrowDown: step(-1), b: step(-1), ArrowRight: step(1), ArrowUp: step(1), f: step(1),
      PageDown: step(-10), PageUp: step(10), Home: step(-Infinity), End: step(Infinity),
      "+": zoom(1.25), "=": zoom(1.25), "-": zoom(0.8),
      w: () => this.modeButton?.click(), r: () => this.reset(), p: () => this.clock.click(),
      g: () => this.set({ labels: !this.t.labels }),
      c: () => this.set(this.three ? { crosshair: !this.t.crosshair } : { cursor: null }),
    };
    // A letter is the same key in capitals; longer names are not letters.
    const act = acts[event.key[1] ? event.key : event.key.toLowerCase()];
    if (!act) return;
    stop(event);
    event.stopPropagation();
    act();
  }

  wheel(panel, event) {
    if (!event.ctrlKey && this.shape[panel.axis()] === 1) return;
    stop(event);
    if (event.ctrlKey) {
      const box = panel.element.getBoundingClientRect();
      panel.zoomBy(event.deltaY < 0 ? 1.25 : 0.8, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
      this.zoomed(panel);
    } else this.step(panel, sign(event.deltaY));
  }

  /** All pictures share one zoom; those of the same plane one place too. */
  zoomed(panel) {
    const [zoom, x, y] = panel.zoom;
    for (const other of this.panels) {
      other.moveTo(zoom, ...(this.three && other !== panel ? other.zoom.slice(1) : [x, y]));
    }
    this.draw();
  }

  press(panel, event) {
    if (event.button > 1) return;
    panel.element.focus({ preventScroll: true });
    stop(event);
    panel.element.setPointerCapture(event.pointerId);
    const pan = event.shiftKey || event.button === 1;
    this.drag = { does: pan ? "pan" : this.t.drawing ? "box" : this.modeButton?.hidden ? "cursor" : this.t.mode, x: event.clientX, y: event.clientY, zoom: panel.zoom, window: this.t.window, from: panel.sample(event) };
    this.dragTo(panel, event);
    const drop = new AbortController();
    const end = () => { this.drag = null; drop.abort(); };
    for (const type of ["pointerup", "pointercancel"]) this.on(panel.element, type, end, { signal: drop.signal });
  }

  hover(panel, event) {
    this.pointer = { panel, clientX: event.clientX, clientY: event.clientY };
    this.tellPointer();
    if (this.drag) this.dragTo(panel, event);
    else if (event.shiftKey && !event.buttons) this.place(panel, event);
  }

  dragTo(panel, event) {
    const { does, from } = this.drag;
    const box = panel.element.getBoundingClientRect();
    const [dx, dy] = [(event.clientX - this.drag.x) / box.width, (event.clientY - this.drag.y) / box.height];
    if (does === "pan") {
      const [zoom, x, y] = this.drag.zoom;
      panel.moveTo(zoom, x - dx / zoom, y - dy / zoom);
      this.zoomed(panel);
    } else if (does === "window") {
      this.dragWindow(dx, dy);
    } else if (does === "box") {
      const to = panel.sample(event);
      const [rows, columns] = [0, 1].map((i) => [from?.[i], to?.[i]].sort((a, b) => a - b));
      if (from && to) this.set({ box: [rows[0], columns[0], rows[1] + 1, columns[1] + 1] });
    } else {
      this.place(panel, event);
    }
  }

  leave() {
    this.pointer = 0;
    put(this.readout, "");
    if (this.t.pointer) this.set({ pointer: null });
  }

  /** Sideways sets the window's width, up and down its centre; across the panel is the whole range. */
  dragWindow(dx, dy) {
    const [low, high] = this.t._range;
    const [vmin, vmax] = this.drag.window;
    const unit = high - low || 1;
    const whole = this.t._whole ? round : (x) => x;
    const centre = (vmin + vmax) / 2 - dy * unit;
    const width = max(this.t._whole ? 1 : unit / 1000, vmax - vmin + dx * unit);
    const lower = whole(centre - width / 2);
    this.set({ window: [lower, lower + whole(width)] });
  }

  place(panel, event) {
    const at = panel.sample(event);
    if (!at) return;
    const cursor = this.indices(panel, at);
    const [pln, row, col] = cursor;
    this.set(this.three ? { pln, row, col } : { cursor });
  }

  /** The three indices of a sample of a panel. */
  indices(panel, [row, column]) {
    const index = [0, 0, 0];
    index[panel.axis()] = this.at(panel.axis());
    index[panel.down] = row;
    index[panel.across] = column;
    return index;
  }

  /** Cut across another axis, at the crosshair if there is one. */
  cut(axis) {
    const index = this.t.cursor?.[axis] ?? this.shape[axis] >> 1;
    this.model.set("axis", axis);
    this.set({ index, box: null });
  }

  reset() {
    for (const panel of this.panels) panel.zoom = [1, 0.5, 0.5];
    this.set(this.t._start);
    this.draw();
  }

  /** Start or stop the clock of the playing. */
  play() {
    const rate = this.t.playing ? this.t.fps : 0;
    if (rate === this.rate) return;
    this.rate = rate;
    clearInterval(this.player);
    if (!rate) return;
    this.player = setInterval(() => {
      if (!this.source.first(this.draw)) return;
      const axis = this.panels[0].axis();
      const [name, count] = this.time ? ["time", this.t._frames[0]] : [this.indexTrait(axis), this.shape[axis]];
      this.set({ [name]: (this.get(name) + 1) % count });
    }, 1000 / rate);
  }

  askCode() {
    if (this.t._code) return this.showCode(this.t._code);
    try { this.model.send({ type: "code" }); } catch { this.say("No kernel: no code."); }
  }

  showCode(code) {
    this.code ??= h("pre", { class: "code", tabindex: "0", "aria-label": "Python" });
    this.code.textContent = code;
    if (!this.code.isConnected) this.el.insertBefore(this.code, this.status);
    const copied = navigator.clipboard?.writeText(code) ?? Promise.reject();
    copied.then(() => this.say("Copied."), () => this.say("Copy it from here."));
  }

  say(sentence) { this.status.textContent = sentence; }

  // ---- drawing

  paint() {
    if (this.signal.aborted) return;
    if (this.built !== this.t.compare) this.buildPanels();
    this.paintControls();
    this.fit();
    this.missing = [];
    for (const panel of this.panels) this.paintPanel(panel);
    this.tellPointer();
    this.naming ??= setTimeout(() => this.name(), 150);
    const rough = this.missing.length ? this.t._preview.image?.note ?? "This plane has not come." : "";
    put(this.absent, this.source.silent ? `No kernel: what has come can still be browsed. ${rough}` : "");
    if (this.missing.length) this.source.ask(this.model, "now", this.missing[0]);
    else if (this.complete !== this.t._layers) this.fetching ??= setTimeout(() => this.fetchMore()); // the picture is shown first
  }

  /** Name the pictures for a screen reader; not in every frame. */
  name() {
    this.naming = undefined;
    for (const panel of this.panels) {
      const spoken = this.spoken(panel.axis());
      say(panel.canvas, "aria-label", spoken);
      say(panel.element, "aria-label", `${this.t._title}: ${spoken}`);
    }
  }

  /** Give all pictures one scale: as large as the room and the height allow, side by side if they stay large enough. */
  fit() {
    const widths = this.panels.map((panel) => panel.length(panel.across));
    const heights = this.panels.map((panel) => panel.length(panel.down));
    const key = [...widths, ...heights, this.t.height].join(" ");
    if (this.room !== null && this.fitted === key) return;
    this.fitted = key;
    this.room = this.el.clientWidth - this.colours.offsetWidth - 12;
    const tall = this.t.height / max(...heights);
    const beside = (this.room - 10 * (widths.length - 1)) / widths.reduce((sum, width) => sum + width, 0);
    const scale = min(tall, beside * max(...widths) < 150 ? this.room / max(...widths) : beside);
    for (const panel of this.panels) panel.fit(scale);
  }

  /** While nothing is urgent, ask for planes that are likely to be looked at. */
  fetchMore() {
    this.fetching = undefined;
    if (this.signal.aborted || this.source.waits("ahead")) return;
    const axis = this.panels[0].axis();
    let whole = true;
    for (const { name } of this.t._layers.filter((one) => one.ahead).reverse()) {
      const layer = this.layer(name);
      const next = layer.planes.next(axis, this.frame(layer), this.at(axis), CHUNK);
      if (next) return this.source.ask(this.model, "ahead", { layer: name, ...next });
      whole &&= layer.planes.whole;
    }
    if (whole) this.complete = this.t._layers;
  }

  frame(layer) {
    const [times, channels] = this.t._frames;
    if (layer.frames === 1) return 0;
    return layer.frames === times * channels ? this.t.time * channels + this.t.channel : this.t.time;
  }

  /** A layer's plane for a panel; what is not here is noted as missing. */
  plane(panel, name) {
    const layer = this.layer(name);
    if (!layer) return null;
    const axis = panel.axis();
    const plane = layer.planes.get(axis, this.frame(layer), this.at(axis));
    if (!plane) this.missing.push({ layer: name, axis, frame: this.frame(layer), indices: [this.at(axis)] });
    return plane;
  }

  paintPanel(panel) {
    const before = this.plane(panel, "image");
    const second = this.layer("second") && panel.shows !== "before";
    const after = second ? this.plane(panel, "second") : before;
    const mask = this.plane(panel, "mask");
    const here = before && after;
    const both = panel.shows === "both";
    const fit = here || !both; // two in one picture are both as they are, or both rough
    const one = (fit && before) || this.rough(panel, "image");
    const other = second ? (fit && after) || this.rough(panel, "second") : one;
    panel.resize();
    panel.shown = here && (panel.shows === "after" ? after : before);
    const { _colours, _table, cmap, compare, gamma, limit, share } = this.t;
    if (one && other) {
      if (panel.changes("picture", one, other, ...this.t.window, cmap, gamma, both && `${limit} ${share}`, _colours, panel.shows !== "before" && _table)) {
        this.colour(panel, one, other, second ? "second" : "image");
        panel.show();
      }
    } else if (this.source.silent && !this.unpacking) {
      panel.made = {};
      panel.pixels.fill(0);
      panel.show();
    }
    if (here) panel.canvas.dataset.plane = `${panel.axis()} ${this.frame(this.layer("image"))} ${this.at(panel.axis())}`;
    panel.element.classList.toggle("biomedlab-waiting", !here && !this.source.silent);
    this.paintOver(panel, one, mask ?? this.rough(panel, "mask"));
    panel.layout(!this.three || this.t.crosshair ? this.cursor : null, this.t.box);
    panel.divide(both && compare === "swipe" ? share : null);
    panel.label(this.t.labels);
    const [left, right] = this.t._names;
    const captions = { before: left, after: right, both: `${left} ${compare === "difference" ? "−" : "|"} ${right}` };
    put(panel.caption, captions[panel.shows] ?? "");
  }

  /** Colour one picture, or two in one. */
  colour(panel, before, after, other) {
    const { pixels, shows } = panel;
    if (shows === "before") return this.colourPlane(pixels, before, "image", false);
    if (shows === "after") return this.colourPlane(pixels, after, other, other === "image");
    if (this.t.compare === "difference") return this.colourDifference(pixels, before, after);
    const pair = [new Uint32Array(pixels.length), new Uint32Array(pixels.length)];
    this.colourPlane(pair[0], before, "image", false);
    this.colourPlane(pair[1], after, other, other === "image");
    MIX[this.t.compare](pixels, ...pair, this.t.share, panel.canvas.width);
  }

  colourPlane(out, plane, name, changed) {
    const { samples, dtype, window } = this.layer(name);
    if (samples > 1) paintColour(out, plane, samples);
    else paint(out, plane, this.tone(dtype, changed, window));
  }

  colourDifference(out, before, after) {
    const colours = words(this.t._difference);
    const level = leveller("float64", -this.t.limit, this.t.limit, colours.length - 3);
    for (let i = 0; i < out.length; i++) out[i] = colours[level(Number(before[i]) - Number(after[i]))];
  }

  /** What is laid over a picture: a mask's labels, then the values that are lit. */
  paintOver(panel, plane, mask) {
    const { highlight, highlight_outline, opacity, outline } = this.t;
    const [low, high] = highlight ?? [];
    const lit = low !== undefined && this.layer("image").samples === 1 && plane;
    if (!panel.changes("over", lit, mask, low, high, opacity, outline, highlight_outline)) return;
    if (!mask && !lit) return panel.showOver(0, null);
    panel.showOver(opacity, (out, width) => {
      if (mask) paintLabels(out, width, (i) => Number(mask[i]), outline);
      if (!lit) return;
      const test = between(this.layer("image").dtype, low, high);
      paintLabels(out, width, (i) => test(plane[i]), highlight_outline);
    });
  }

  /** A layer's plane from the small copy that the view carries, in the layer's dtype, until the plane itself comes. */
  rough(panel, name) {
    const preview = this.t._preview[name];
    const layer = this.layer(name);
    if (!preview || !layer) return null;
    this.roughs ??= new Map();
    const levels = this.roughs.get(preview);
    if (!levels) {
      this.unpacking ??= inflate(preview.data).then((data) => {
        this.roughs.set(preview, new Uint8Array(data));
        this.unpacking = null;
        this.draw();
      });
      return null;
    }
    const { samples, low, high } = preview;
    const [start, down, across] = [panel.axis(), panel.down, panel.across].map((axis) => this.previewOffsets(preview, axis));
    const first = start[this.at(panel.axis())];
    const half = layer.dtype === "float16";
    const plane = new (half ? Float16Array : layer.planes.Type)(down.length * across.length * samples);
    const whole = layer.dtype[0] !== "f";
    const fit = typeof plane[0] === "bigint" ? (x) => BigInt(round(x)) : whole ? round : (x) => x;
    for (let i = 0; i < plane.length; i++) {
      const at = floor(i / samples);
      const level = levels[first + down[floor(at / across.length)] + across[at % across.length] + (i % samples)];
      plane[i] = fit(low + (level * (high - low)) / 255);
    }
    return half ? new Uint16Array(plane.buffer) : plane;
  }

  /** Where each index of an axis lies in the small copy. */
  previewOffsets({ axis: stacked, indices, height, width, samples }, axis) {
    const length = this.shape[axis];
    const every = (make) => Array.from({ length }, (_, i) => make(i) * samples);
    const nearest = (i) => indices.reduce((best, index, k) => (abs(index - i) < abs(indices[best] - i) ? k : best), 0);
    if (axis === stacked) return every((i) => nearest(i) * height * width);
    const small = axis === others(stacked)[0] ? [height, width] : [width, 1];
    return every((i) => floor(((i + 0.5) * small[0]) / length) * small[1]);
  }

  /** The table from value to colour, made anew only when what it depends on changed. */
  tone(dtype, changed, own) {
    const [vmin, vmax] = own ?? this.t.window;
    const table = changed ? this.t._table : null;
    const key = [dtype, vmin, vmax, this.t.cmap, this.t.gamma, changed].join(" ");
    this.tones ??= new Map();
    const known = this.tones.get(key);
    if (known && known.from === table) return known;
    if (this.tones.size > 3) this.tones.clear();
    const colours = this.colourWords();
    const tone = table?.levels?.byteLength ? this.tableTone(dtype, table, colours) : this.windowTone(dtype, vmin, vmax, colours);
    this.tones.set(key, { ...tone, from: table });
    return this.tones.get(key);
  }

  colourWords() {
    const colours = this.t._colours;
    return words((colours.find(([name]) => name === this.t.cmap) ?? colours[0])[1]);
  }

  windowTone(dtype, vmin, vmax, colours) {
    const count = colours.length - 3;
    const level = leveller(dtype, vmin, vmax, count);
    const gamma = this.t.gamma;
    const bend = curve(count, gamma);
    const bent = gamma === 1 ? colours : colours.map((_, i) => colours[i < count ? bend[i] : i]);
    return { level, colours: bent, table: lookup(dtype, level, bent) };
  }

  /** A tone that Python computed: one of 256 levels for each of many equal steps from `low` to `high`. */
  tableTone(dtype, { levels, low, high }, colours) {
    const bytes = new Uint8Array(levels.buffer, levels.byteOffset, levels.byteLength);
    const last = bytes.length - 1;
    const count = colours.length - 3;
    const level = (x) => {
      if (x !== x) return count + 2;
      const step = high > low ? floor(((x - low) / (high - low)) * last) : 0;
      return floor((bytes[min(last, max(0, step))] * (count - 1)) / 255 + 0.5);
    };
    return { level, colours, table: lookup(dtype, level, colours) };
  }

  /** The colour bar and its ends: of the window, or of the difference. */
  paintBar() {
    const differs = this.kind === "compare" && this.t.compare === "difference";
    const limits = differs ? [-this.t.limit, this.t.limit] : this.t.window;
    limits.forEach((limit, i) => put(this.limits[i], text(limit)));
    const key = `${differs} ${this.t.cmap} ${this.t.gamma}`;
    if (this.barred === key) return;
    this.barred = key;
    const colours = differs ? words(this.t._difference) : this.colourWords();
    const count = colours.length - 3;
    const bent = differs ? null : curve(count, this.t.gamma);
    const image = new ImageData(1, 256);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < 256; i++) {
      const level = floor(((255 - i) * count) / 256);
      pixels[i] = colours[bent ? bent[level] : level];
    }
    this.colourBar.getContext("2d").putImageData(image, 0, 0);
  }

  paintControls() {
    for (const { input, output, name, row, axis } of this.cuts) {
      const [last, index] = [this.shape[axis()] - 1, this.at(axis())];
      put(name, this.axes[axis()]);
      if (input.max !== String(last)) input.max = last;
      set(input, index);
      say(input, "aria-valuetext", this.spoken(axis()));
      put(output, `${index} of 0–${last}${this.millimetres(axis(), index)}`);
      hide(row, last === 0);
    }
    for (const one of ["time", "channel"]) {
      if (!this[one]) continue;
      set(this[one].input, this.get(one));
      put(this[one].output, `${this.get(one)} of 0–${this[one].input.max}`);
    }
    const playing = this.t.playing;
    put(this.clock, playing ? "⏸" : "▶");
    say(this.clock, "aria-label", playing ? "Pause" : "Play");
    this.play();
    if (this.axisMenu) set(this.axisMenu, this.t.axis);
    hide(this.colours, !this.t._colours.length);
    if (!this.colours.hidden) this.paintBar();
    if (this.presetMenu) this.paintWindow();
    for (const field of [this.outlineField, this.opacity.row]) hide(field, !this.layer("mask"));
    set(this.opacity.input, this.t.opacity);
    put(this.opacity.output, `${round(100 * this.t.opacity)} %`);
    this.outline.checked = this.t.outline;
    if (this.share) this.paintCompare();
  }

  paintCompare() {
    const how = this.t.compare;
    set(this.compareMenu, how);
    // A difference has colours and limits of its own.
    const { presetMenu, cmapMenu, low, high, modeButton } = this;
    for (const part of [presetMenu?.parentNode, cmapMenu?.parentNode, low?.row, high?.row, modeButton]) if (part) hide(part, how === "difference");
    hide(this.share.row, !(how in MIX));
    set(this.share.input, this.t.share);
    put(this.share.output, `${round(100 * this.t.share)} %`);
  }

  paintWindow() {
    const window = this.t.window;
    say(this.modeButton, "aria-pressed", this.t.mode === "window");
    [this.low, this.high].forEach(({ input, output }, i) => {
      if (window[i] < input.min) input.min = window[i];
      if (window[i] > input.max) input.max = window[i];
      set(input, window[i]);
      put(output, `${text(window[i])}${this.unit}`);
    });
    const preset = this.t._presets.findIndex(([, vmin, vmax]) => vmin === window[0] && vmax === window[1]);
    set(this.presetMenu, preset < 0 ? "" : preset);
    if (this.cmapMenu.length < this.t._colours.length) this.cmapMenu.append(h("option", {}, this.t.cmap));
    set(this.cmapMenu, this.t.cmap);
  }

  get unit() { return this.t._unit ? ` ${this.t._unit}` : ""; }

  millimetres(axis, index) {
    const mm = this.sampling[axis];
    return mm ? ` · ${(index * mm).toFixed(1)} mm` : "";
  }

  /** "axial plane 90 of 181, 89.0 mm", as a screen reader says it. */
  spoken(axis) {
    if (this.shape[axis] === 1) return "image";
    const kind = this.planeName(axis) || this.axes[axis];
    const place = this.millimetres(axis, this.at(axis)).replace(" · ", ", ");
    return `${kind} plane ${this.at(axis) + 1} of ${this.shape[axis]}${place}`;
  }

  /** What lies under the pointer: indices, mm, the body's position, the value and its label. */
  tellPointer() {
    if (!this.pointer) return;
    const { panel } = this.pointer;
    const at = panel.sample(this.pointer);
    put(this.readout, at && panel.shown ? this.describe(panel, at) : "");
    const index = at && this.indices(panel, at);
    if (String(index) !== String(this.t.pointer)) this.set({ pointer: index });
  }

  describe(panel, at) {
    const index = this.indices(panel, at);
    const shown = this.shape[0] > 1 ? [0, 1, 2] : [1, 2];
    const parts = [...this.values(panel, at), shown.map((i) => `${this.axes[i]} ${index[i]}`).join("  ")];
    const spatial = shown.filter((i) => this.sampling[i]);
    if (spatial.length) parts.push(`${spatial.map((i) => (index[i] * this.sampling[i]).toFixed(1)).join(", ")} mm`);
    return [...parts, ...this.patient(index)].join(" · ");
  }

  patient(index) {
    const affine = this.t._affine;
    if (!affine.length) return [];
    return [["LR", "PA", "SI"].map(([plus, minus], i) => {
      const mm = affine[i].reduce((sum, factor, j) => sum + factor * (index[j] ?? 1), 0);
      return `${mm < 0 ? minus : plus} ${abs(mm).toFixed(1)}`;
    }).join(" ") + " mm"];
  }

  /** Values of all layers under the pointer. */
  values(panel, [row, column]) {
    const at = row * panel.canvas.width + column;
    return this.t._layers.map(({ name, samples, dtype }) => {
      const layer = this.layer(name);
      const plane = layer.planes.get(panel.axis(), this.frame(layer), this.at(panel.axis()));
      if (!plane) return "";
      if (samples > 1) return `RGB ${Array.from(plane.subarray(at * samples, (at + 1) * samples)).join(", ")}`;
      const value = dtype === "float16" ? fromHalf(plane[at]) : plane[at];
      if (name === "mask") return `mask ${value}`;
      return `value ${dtype === "bool" ? (value ? "True" : "False") : text(value)}${this.unit}`;
    }).filter(Boolean);
  }
}
