// From a stored value to a colour: what matplotlib's cmap(Normalize(vmin, vmax)(plane), bytes=True) does,
// in the same arithmetic, so that every pixel is the same to the last bit.

const { abs, floor, max, min, round, sign } = Math;

/** How each dtype travels: the typed array that holds it, and the precision that matplotlib computes in. */
export const DTYPES = {
  bool: [Uint8Array, "f4"], uint8: [Uint8Array, "f4"], int8: [Int8Array, "f4"],
  uint16: [Uint16Array, "f4"], int16: [Int16Array, "f4"],
  uint32: [Uint32Array, "f8"], int32: [Int32Array, "f8"],
  uint64: [BigUint64Array, "f8"], int64: [BigInt64Array, "f8"],
  float16: [Uint16Array, "f2"], float32: [Float32Array, "f4"], float64: [Float64Array, "f8"],
};

/** Round a number to half precision, ties to even. */
export function roundHalf(x) {
  const size = abs(x);
  if (!(size < 65520)) return x !== x ? x : sign(x) * Infinity;
  const step = 2 ** (max(-14, floor(Math.log2(size || 1))) - 10);
  const scaled = size / step;
  const low = floor(scaled);
  const rest = scaled - low;
  return sign(x) * step * (rest > 0.5 || (rest === 0.5 && low % 2) ? low + 1 : low);
}

/** The number that sixteen bits stand for in half precision. */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

const ROUND = { f2: roundHalf, f4: Math.fround, f8: (x) => x };

/**
 * Make the function from value to colour number: 0..n-1, then n below, n + 1 above, n + 2 not a number.
 * @param {string} dtype @param {number} vmin @param {number} vmax @param {number} n
 */
export function leveller(dtype, vmin, vmax, n) {
  if (vmin === vmax) return () => 0;
  const round = ROUND[DTYPES[dtype][1]];
  const range = vmax - vmin;
  return (x) => {
    const u = round(round(round(x - vmin) / range) * n);
    if (u !== u) return n + 2;
    if (u < 0) return n;
    return u >= n ? (u === n ? n - 1 : n + 1) : Math.trunc(u);
  };
}

/** Colours as the 32-bit words of a canvas: n of them, then below, above and not a number. */
export function words(table) {
  return new Uint32Array(table.buffer.slice(table.byteOffset, table.byteOffset + table.byteLength));
}

/**
 * A colour for each value that 8 or 16 bits can hold, by the bits; null for wider dtypes. Levels rise with whole
 * numbers: where both ends of a stretch have the same, all between have it, too.
 */
export function lookup(dtype, level, colours) {
  const bytes = DTYPES[dtype][0].BYTES_PER_ELEMENT;
  if (bytes > 2) return null;
  const table = new Uint32Array(256 ** bytes);
  if (dtype === "float16") return table.map((_, bits) => colours[level(fromHalf(bits))]);
  const half = table.length / 2;
  const at = (bits) => level(dtype[0] === "i" && bits >= half ? bits - 2 * half : bits);
  const fill = (from, to, first, last) => {
    if (first === last) return table.fill(colours[first], from, to + 1);
    if (to - from === 1) return table.set([colours[first], colours[last]], from);
    const middle = (from + to) >> 1;
    const one = at(middle);
    fill(from, middle, first, one);
    fill(middle, to, one, last);
  };
  for (const from of [0, half]) fill(from, from + half - 1, at(from), at(from + half - 1));
  return table;
}

/**
 * Colour a plane.
 * @param {Uint32Array} out one word a pixel
 * @param {ArrayLike<number>} plane as it travelled
 * @param {{dtype: string, level: (x: number) => number, colours: Uint32Array, table: Uint32Array | null}} tone
 */
export function paint(out, plane, { level, colours, table }) {
  if (table) {
    const Bits = plane.BYTES_PER_ELEMENT === 1 ? Uint8Array : Uint16Array;
    const bits = new Bits(plane.buffer, plane.byteOffset, plane.length);
    for (let i = 0; i < out.length; i++) out[i] = table[bits[i]];
  } else {
    for (let i = 0; i < out.length; i++) out[i] = colours[level(Number(plane[i]))];
  }
}

/** Copy a colour plane, 3 or 4 samples a pixel, to a canvas's words. */
function paintColour(out, plane, samples) {
  for (let i = 0, j = 0; i < out.length; i++, j += samples) {
    const alpha = samples === 4 ? plane[j + 3] : 255;
    out[i] = plane[j] | (plane[j + 1] << 8) | (plane[j + 2] << 16) | (alpha << 24);
  }
}

/** The two pictures of a comparison in one: left and right of a line, or mixed. */
export const MIX = {
  swipe: (out, before, after, share, width) => {
    for (let i = 0; i < out.length; i++) out[i] = (i % width) < share * width ? before[i] : after[i];
  },
  blend: (out, before, after, share) => {
    const [to, a, b] = [out, before, after].map((words) => new Uint8Array(words.buffer));
    for (let i = 0; i < to.length; i++) to[i] = floor((1 - share) * a[i] + share * b[i] + 0.5);
  },
};

/** Levels 0..last after a gamma: what numpy's round(last * (level / last) ** gamma) gives. */
export function curve(count, gamma) {
  const last = count - 1;
  return Array.from({ length: count }, (_, i) => floor(last * (i / last) ** gamma + 0.5));
}

/** Make the test low <= value <= high in the precision of the dtype, as numpy compares; 1 if so, else 0. */
export function between(dtype, low, high) {
  const round = dtype.startsWith("float") ? ROUND[DTYPES[dtype][1]] : ROUND.f8;
  const [from, to] = [round(low), round(high)];
  const value = dtype === "float16" ? fromHalf : (x) => x;
  return (x) => (value(x) >= from && value(x) <= to ? 1 : 0);
}
