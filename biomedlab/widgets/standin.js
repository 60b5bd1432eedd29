// In a page without a kernel: models that hold the saved traits, and answer a view's questions from the page itself.

const saved = JSON.parse(document.getElementById("biomedlab-models").textContent);
const models = new Map();
const modules = new Map();

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const same = (a, b) => a === b || (!hasBinary(a) && !hasBinary(b) && JSON.stringify(a) === JSON.stringify(b));

function hasBinary(value) {
  if (value === null || typeof value !== "object") return false;
  return value instanceof DataView || Object.values(value).some(hasBinary);
}

/** Run bytes through one of the browser's own packers. */
function through(bytes, packer) {
  return new Response(new Blob([bytes]).stream().pipeThrough(packer)).arrayBuffer().then((data) => new Uint8Array(data));
}

/** What anywidget hands to a view as its model, without a kernel behind it. */
class Model {
  constructor({ state, buffers = [], planes = [] }) {
    this.state = state;
    this.planes = planes;
    this.listeners = [];
    this.unpacked = new Map();
    for (const { path, data } of buffers) {
      const last = path[path.length - 1];
      path.slice(0, -1).reduce((inside, key) => inside[key], state)[last] = view(fromBase64(data));
    }
    for (const name of ["get", "set", "on", "off", "send", "save_changes"]) this[name] = this[name].bind(this);
  }

  get(name) { return this.state[name]; }

  set(name, value) {
    const values = typeof name === "object" ? name : { [name]: value };
    const changed = Object.keys(values).filter((key) => !same(this.state[key], values[key]));
    for (const key of changed) this.state[key] = values[key];
    for (const key of changed) this.tell(`change:${key}`, this, this.state[key]);
    if (changed.length) this.tell("change", this);
  }

  on(names, listener) { for (const name of names.split(" ")) this.listeners.push({ name, listener }); }

  off(name, listener) {
    this.listeners = this.listeners.filter((one) => (name && one.name !== name) || (listener && one.listener !== listener));
  }

  tell(name, ...what) { for (const one of [...this.listeners]) if (one.name === name) one.listener(...what); }

  save_changes() {}

  /** Answer a question later, as a kernel does; throw if this page has no answer, as a closed kernel does. */
  send(message) {
    if (message.type !== "planes") return;
    const answer = this.whole(message) ?? this.cut(message);
    if (!answer) throw new Error("These planes are not in this page.");
    answer.then(({ indices, data }) => this.tell("msg:custom", { ...message, version: this.layer(message.layer).version, indices, deflated: true }, [view(data)]));
  }

  layer(name) { return this.get("_layers").find((one) => one.name === name); }

  packed(part) {
    const { data } = part.preview ? this.get("_preview")[part.layer] : { data: null };
    return data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : fromBase64(document.getElementById(part.id).textContent);
  }

  /** The planes of a chunk, kept for a moment: a cut across another axis needs all chunks, and seldom comes alone. */
  planesOf(part) {
    clearTimeout(this.forget);
    this.forget = setTimeout(() => this.unpacked.clear(), 3000);
    if (!this.unpacked.has(part)) this.unpacked.set(part, through(this.packed(part), new DecompressionStream("deflate")));
    return this.unpacked.get(part);
  }

  parts({ layer, frame }) { return this.planes.filter((one) => one.layer === layer && one.frame === frame); }

  /** The chunk that holds the planes asked for, as it is. */
  whole(message) {
    const part = this.parts(message).find((one) => one.axis === message.axis && one.indices.includes(message.indices[0]));
    return part && Promise.resolve().then(() => ({ indices: part.indices, data: this.packed(part) }));
  }

  /** One plane across another axis, gathered from all chunks. */
  cut(message) {
    const parts = this.parts(message);
    const shape = this.get("_shape");
    const held = parts.reduce((sum, part) => sum + part.indices.length, 0);
    if (!parts.length || parts[0].axis === message.axis || held < shape[parts[0].axis]) return null;
    const index = message.indices[0];
    const { dtype, samples } = this.layer(message.layer);
    const size = samples * (dtype === "bool" ? 1 : Number(dtype.match(/\d+$/)[0]) / 8);
    const stack = parts[0].axis;
    const [down, across] = [0, 1, 2].filter((axis) => axis !== stack);
    const left = message.axis === down ? across : down;
    const out = new Uint8Array(shape[stack] * shape[left] * size);
    // One line of the plane lies in each stacked plane. It is a row or a column of the picture, as the axes are ordered.
    const step = stack < left ? [shape[left] * size, size] : [size, shape[stack] * size];
    const place = async (part) => {
      const planes = await this.planesOf(part);
      part.indices.forEach((at, number) => {
        const start = number * shape[down] * shape[across] * size;
        for (let k = 0; k < shape[left]; k++) {
          const [row, column] = message.axis === down ? [index, k] : [k, index];
          const from = start + (row * shape[across] + column) * size;
          const to = at * step[0] + k * step[1];
          for (let byte = 0; byte < size; byte++) out[to + byte] = planes[from + byte];
        }
      });
    };
    return Promise.all(parts.map(place))
      .then(() => through(out, new CompressionStream("deflate")))
      .then((data) => ({ indices: [index], data }));
  }
}

/** Load a view's own module from a Blob, as anywidget does. */
function load(number) {
  if (!modules.has(number)) {
    const url = URL.createObjectURL(new Blob([saved.modules[number]], { type: "text/javascript" }));
    modules.set(number, import(url).finally(() => URL.revokeObjectURL(url)));
  }
  return modules.get(number);
}

/** Make a widget's model ready once, however often it is shown. */
function ready(id) {
  const { module, model } = models.get(id);
  models.get(id).ready ??= load(module).then(async (loaded) => {
    const widget = typeof loaded.default === "function" ? await loaded.default() : loaded.default;
    await widget.initialize?.({ model, signal: new AbortController().signal });
    return widget;
  });
  return models.get(id).ready;
}

async function show(id, el) {
  const { module, box, text, model } = models.get(id) ?? {};
  if (module !== undefined) {
    const widget = await ready(id);
    el.replaceChildren();
    await widget.render({ model, el, signal: new AbortController().signal });
  } else if (box) {
    el.className = box;
    const children = model.get("children").map((name) => [name.replace("IPY_MODEL_", ""), document.createElement("div")]);
    el.replaceChildren(...children.map(([, child]) => child));
    await Promise.all(children.map(([child, inside]) => show(child, inside)));
  } else {
    el.textContent = text ?? "";
    el.hidden = !text;
  }
}

function link([source, name], [target, other], both) {
  const [from, to] = [models.get(source)?.model, models.get(target)?.model];
  if (!from || !to) return;
  from.on(`change:${name}`, () => to.set(other, from.get(name)));
  if (both) to.on(`change:${other}`, () => from.set(name, to.get(other)));
  to.set(other, from.get(name));
}

for (const [id, one] of Object.entries(saved.models)) models.set(id, { ...one, model: new Model(one) });
for (const one of saved.links) link(...one);
for (const el of document.querySelectorAll("[data-biomedlab-model]")) {
  show(el.dataset.biomedlabModel, el).catch((error) => {
    el.append(`This view cannot be shown here: ${error.message}`);
    throw error;
  });
}
