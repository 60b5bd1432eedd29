// Put into every page before its own scripts: reads which slice each frame shows.
//
// Each slice carries a bar code of 21 cells in a row: white, black, white, black; eight bits of its index; the eight
// inverted; a grey cell, by which a change of contrast is seen. A dark cell stands before and behind.
(() => {
  const CELLS = 21;
  const probe = (globalThis.probe = { frames: 0, bytes: 0, heard: 0, seen: [], keys: [], waiting: null });

  const Plain = globalThis.WebSocket;
  globalThis.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        probe.bytes += data.byteLength ?? data.length;
        probe.heard = performance.now();
      });
    }
  };
  addEventListener("keydown", (event) => probe.keys.push(event.timeStamp), true);

  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const places = new Map();

  /** Grey levels of some rows of a picture. */
  const rows = (element, width, from, count) => {
    if (canvas.width < width || canvas.height < count) Object.assign(canvas, { width, height: count });
    context.drawImage(element, 0, from, width, count, 0, 0, width, count);
    const { data } = context.getImageData(0, 0, width, count);
    return Uint8Array.from({ length: width * count }, (_, i) => data[4 * i + 1]);
  };

  /** Read the bar code whose first cell begins at `start`, with cells of `cell` pixels. */
  const decode = (grey, start, cell) => {
    const level = (i) => grey[Math.floor(start + (i + 0.5) * cell)];
    const bits = Array.from({ length: CELLS - 1 }, (_, i) => (level(i) > 127 ? 1 : 0));
    const [one, inverse] = [bits.slice(4, 12), bits.slice(12, 20)];
    if (bits.slice(0, 4).join("") !== "1010" || one.some((bit, i) => bit === inverse[i])) return null;
    return { slice: parseInt(one.join(""), 2), grey: level(CELLS - 1) };
  };

  /** Look for the bar code in a row: three runs of one length, the first of them white. */
  const find = (grey) => {
    const edges = [];
    for (let i = 1; i < grey.length; i++) if (grey[i] > 127 !== grey[i - 1] > 127) edges.push(i);
    for (let i = 0; i + 3 < edges.length; i++) {
      const cell = (edges[i + 3] - edges[i]) / 3;
      const even = [0, 1, 2].every((k) => Math.abs(edges[i + k + 1] - edges[i + k] - cell) <= 1 + cell / 10);
      const fits = cell >= 4 && grey[edges[i]] > 127 && edges[i] + CELLS * cell <= grey.length;
      if (even && fits && decode(grey, edges[i], cell)) return { start: edges[i], cell };
    }
    return null;
  };

  const read = (element) => {
    const [width, height] = [element.naturalWidth ?? element.width, element.naturalHeight ?? element.height];
    if (width < 100 || height < 40) return null;
    const key = `${element.tagName} ${width} ${height}`;
    const known = places.get(key);
    if (known) return decode(rows(element, width, known.row, 1), known.start, known.cell);
    for (let row = 6; row < height / 2; row += 6) {
      const place = find(rows(element, width, row, 1));
      if (place) places.set(key, { ...place, row });
      if (place) return read(element);
    }
    return null;
  };

  probe.read = () => {
    for (const element of document.querySelectorAll(".jp-OutputArea-output :is(img, canvas)")) {
      const found = read(element);
      if (found) return found;
    }
    return null;
  };

  /** Promise the time at which a picture is on the screen that passes `test`; null after a minute. */
  probe.wait = (test) => {
    probe.waiting = null;
    probe.answer = new Promise((resolve) => { probe.waiting = { test, resolve, until: performance.now() + 60000 }; });
  };

  // A picture is read when all else that a frame has to do is done, just before it is painted: an observer of sizes is
  // called then, and an element changes its size for it in every frame. A look after the frame would come late where
  // keys come fast, and miss pictures.
  const pulse = document.createElement("div");
  pulse.style = "position: fixed; width: 1px; height: 1px; visibility: hidden; contain: strict";
  const found = [];
  const channel = new MessageChannel();
  new ResizeObserver(() => {
    const now = performance.now();
    const one = probe.on ? probe.read() : null;
    if (one && one.slice !== probe.seen.at(-1)?.[1]) probe.seen.push([now, one.slice]);
    found.push(one);
    channel.port2.postMessage(0);
  }).observe(pulse);
  channel.port1.onmessage = () => {
    const now = performance.now();
    const one = found.shift();
    const { waiting } = probe;
    if (waiting && ((one && waiting.test(one)) || now > waiting.until)) {
      probe.waiting = null;
      waiting.resolve(now > waiting.until ? null : now);
    }
  };
  let resting = false;
  const frame = () => {
    if (resting) return;
    if (!pulse.isConnected) document.documentElement.append(pulse);
    probe.frames += 1;
    pulse.style.width = `${1 + (probe.frames % 2)}px`;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  /** Leave the frames alone from now on. */
  probe.rest = () => { resting = true; };
})();
