// The planes that the browser holds: a whole volume where it fits, else those looked at last.

/** Bytes that all views of a page may hold together in whole volumes. */
const PAGE_BUDGET = 2 ** 30;
const page = (globalThis.biomedlabPage ??= { held: 0 });

/** The axes that are left when one of (0, 1, 2) is cut across. */
const others = (axis) => [0, 1, 2].filter((a) => a !== axis);

export class Planes {
  /**
   * @param {{shape: number[], frames: number, samples: number, stack: number, budget: number,
   *          Type: Uint8ArrayConstructor}} grid  `stack` is the axis whose planes lie whole in memory
   */
  constructor(grid) {
    Object.assign(this, grid);
    const length = this.frames * this.shape[0] * this.shape[1] * this.shape[2] * this.samples;
    this.bytes = this.Type.BYTES_PER_ELEMENT;
    const bytes = length * this.bytes;
    /** @type {Map<string, ArrayLike<number>>} most recently used last */
    this.recent = new Map();
    this.held = bytes <= this.budget && page.held + bytes <= PAGE_BUDGET ? bytes : 0;
    page.held += this.held;
    /** The planes across the stack, frame by frame, as they come: one large array would halt the page for its making. */
    this.whole = this.held ? [] : null;
    this.missing = this.frames * this.shape[this.stack];
  }

  /** Let go of the memory. */
  close() {
    page.held -= this.held;
    this.held = 0;
    this.whole = null;
    this.recent.clear();
  }

  /** Numbers in one plane. */
  size(axis) {
    const [a, b] = others(axis);
    return this.shape[a] * this.shape[b] * this.samples;
  }

  /** @returns {ArrayLike<number> | null} the plane, or null while it is not here */
  get(axis, frame, index) {
    const held = axis === this.stack && this.whole?.[frame * this.shape[axis] + index];
    if (held) return held;
    const key = `${axis} ${frame} ${index}`;
    const plane = this.recent.get(key) ?? (this.whole && !this.missing ? this.gather(axis, frame, index) : null);
    if (plane) this.keep(key, plane);
    return plane;
  }

  /** Cut a plane out of the whole volume across another axis than the one it is stacked along. */
  gather(axis, frame, index) {
    const { samples, shape, stack } = this;
    const [down, across] = others(stack);
    const other = 3 - axis - stack;
    const [start, step] = axis === down ? [index * shape[across], 1] : [index, shape[across]];
    const plane = new this.Type(this.size(axis));
    for (let k = 0; k < shape[stack]; k++) {
      const from = this.whole[frame * shape[stack] + k];
      for (let i = 0; i < shape[other]; i++) {
        const to = stack < other ? k * shape[other] + i : i * shape[stack] + k;
        for (let s = 0; s < samples; s++) plane[to * samples + s] = from[(start + i * step) * samples + s];
      }
    }
    return plane;
  }

  keep(key, plane) {
    this.recent.delete(key);
    this.recent.set(key, plane);
    const [oldest] = this.recent.keys();
    if (this.recent.size > this.room) this.recent.delete(oldest);
  }

  /** How many single planes are kept: few beside a whole volume, else a quarter of the budget. */
  get room() {
    const largest = max(...[0, 1, 2].map((axis) => this.size(axis))) * this.bytes;
    return max(12, floor((this.whole ? this.budget / 64 : this.budget / 4) / largest));
  }

  /** Take planes in, one after the other in `data`. */
  put(axis, frame, indices, data) {
    const size = this.size(axis);
    indices.forEach((index, i) => {
      const plane = data.subarray(i * size, (i + 1) * size);
      if (!this.whole || axis !== this.stack) return this.keep(`${axis} ${frame} ${index}`, indices.length > 1 ? plane.slice() : plane);
      const at = frame * this.shape[axis] + index;
      this.missing -= this.whole[at] ? 0 : 1;
      this.whole[at] = plane;
    });
  }

  /**
   * What to ask for next when there is nothing better to do: planes of one frame, nearest first.
   * @returns {{axis: number, frame: number, indices: number[]} | null}
   */
  next(axis, frame, index, most) {
    if (this.whole && !this.missing) return null;
    const along = this.whole ? this.stack : axis;
    const centre = along === axis ? index : this.shape[along] >> 1;
    const count = max(1, floor(most / (this.size(along) * this.bytes)));
    const lacks = (f, k) =>
      this.whole ? !this.whole[f * this.shape[along] + k] : !this.recent.has(`${along} ${f} ${k}`);
    const reach = this.whole ? this.shape[along] : this.room / 4;
    const frames = this.whole ? [...Array(this.frames).keys()] : [frame];
    frames.sort((a, b) => abs(a - frame) - abs(b - frame));
    for (const f of frames) {
      const indices = [];
      for (let d = 0; d <= reach && indices.length < count; d++) {
        for (const k of d ? [centre + d, centre - d] : [centre]) {
          if (k >= 0 && k < this.shape[along] && indices.length < count && lacks(f, k)) indices.push(k);
        }
      }
      if (indices.length) return { axis: along, frame: f, indices };
    }
    return null;
  }
}

/** Unpack what the kernel sent. @param {DataView} packed @returns {Promise<ArrayBuffer>} */
async function inflate(packed, deflated = true) {
  const bytes = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength).slice();
  if (!deflated) return bytes.buffer;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}
