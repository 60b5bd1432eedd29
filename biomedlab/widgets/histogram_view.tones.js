// Counts into shares and grey levels: what biomedlab.intensity computes in Python, in the same arithmetic, so that a
// drag answers within a frame and every table is the same to the last bit.

/** Numbers that travelled as float64. @param {DataView | null} packed */
export function numbers(packed) {
  return packed?.byteLength ? new Float64Array(packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength)) : new Float64Array(0);
}

/** Sums of `size` neighbouring bins; the last bar may hold fewer. */
export function group(counts, size) {
  const bars = new Float64Array(Math.ceil(counts.length / size));
  for (let i = 0; i < counts.length; i++) bars[Math.floor(i / size)] += counts[i];
  return bars;
}

/** The running sum. */
export function running(counts) {
  let sum = 0;
  return counts.map((count) => (sum += count));
}

/** Round to a whole number, halves to the even one, as numpy.rint does. */
export function rint(x) {
  const low = Math.floor(x);
  return x - low > 0.5 || (x - low === 0.5 && low % 2) ? low + 1 : low;
}

/**
 * How many pixels lie below a value.
 * @param {Float64Array} sums running sums of bins that begin at `start` and are `width` wide
 * @param {boolean} whole whether each bin holds one whole number
 * @returns {{count: number, exact: boolean}} exact unless the value cuts through a bin
 */
export function below(sums, start, width, whole, value) {
  if (!sums.length) return { count: 0, exact: true };
  const at = (value - start) / width;
  if (at <= 0) return { count: 0, exact: true };
  if (at > sums.length) return { count: sums[sums.length - 1], exact: true };
  if (whole) {
    const bins = Math.ceil(at - 0.5);
    return { count: bins ? sums[bins - 1] : 0, exact: true };
  }
  const near = Math.round(at);
  const exact = Math.abs(at - near) < 1e-6;
  const bin = exact ? near : Math.floor(at);
  const before = bin ? sums[bin - 1] : 0;
  return exact ? { count: before, exact } : { count: before + (at - bin) * (sums[bin] - before), exact };
}

/** Two limits after they were written as a centre and a width, as biomedlab.intensity.window takes them. */
const centred = ([low, high]) => {
  const [centre, half] = [(low + high) / 2, (high - low) / 2];
  return [centre - half, centre + half];
};

const line = (low, high) => (low === high
  ? (x) => (x > low ? 1 : 0)
  : (x) => (Math.min(high, Math.max(low, x)) - low) / (high - low));

/**
 * The grey level, 0 to 255, that a method gives each bin.
 * @param {string} method "none" | "window" | "gamma" | "global"
 * @param {{counts: Float64Array, start: number, width: number, whole: boolean, window: number[], gamma: number, full: number[]}} from
 */
export function levels(method, { counts, start, width, whole, window, gamma, full }) {
  if (method === "global") {
    const sums = running(counts);
    const total = sums[sums.length - 1] || 1;
    return Uint8Array.from(sums, (sum) => rint((sum / total) * 255));
  }
  const share = method === "window" ? line(...centred(window)) : line(...full);
  const power = method === "gamma" ? gamma : 1;
  const last = counts.length - 1;
  // A bin of many values is looked up by its place from the first to the last, as numpy.linspace has them.
  const end = start + counts.length * width;
  const value = (i) => (whole ? start + width / 2 + i : i === last && last ? end : start + i * ((end - start) / (last || 1)));
  return Uint8Array.from(counts, (_, i) => rint(Math.min(255, Math.max(0, share(value(i)) ** power * 255))));
}

/** The histogram after a table: how many pixels have each of 256 grey levels. */
export function mapped(counts, table) {
  const after = new Float64Array(256);
  counts.forEach((count, i) => (after[table[i]] += count));
  return after;
}

/** The bin that holds a value; the last one also holds its right edge. Null outside. */
export function binOf(start, width, length, value) {
  let bin = Math.floor((value - start) / width);
  // The very edges decide, as numpy.histogram has it.
  if (value < start + bin * width) bin -= 1;
  else if (value >= start + (bin + 1) * width) bin += 1;
  if (Math.abs(value - (start + width * length)) < 1e-6 * width) return length - 1;
  return bin >= 0 && bin < length ? bin : null;
}

/** One pixel through the five steps of equalization. */
export function follow(counts, start, width, value) {
  const bin = binOf(start, width, counts.length, value);
  if (bin === null) return null;
  const sums = running(counts);
  const total = sums[sums.length - 1];
  const share = total ? sums[bin] / total : 0;
  return { value, bin, count: counts[bin], running: sums[bin], total, share, scaled: share * 255, level: rint(share * 255) };
}

/** Round numbers for an axis, about `count` of them: 1, 2 or 5 times a power of ten apart. */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * power >= rough * 0.7) * power;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}
