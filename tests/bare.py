"""A page without a server, to test JavaScript helpers in the browser that Jupyter's users have."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A name, not an address that anything listens on: the page's text comes from here.
ADDRESS = "http://localhost/bare"
TEXT = "<!doctype html><html lang='en'><title>bare page</title><body><main></main></body></html>"
TYPED = {  # a Uint8ClampedArray comes back as uint8, too
    "uint8": "Uint8Array",
    "int8": "Int8Array",
    "uint16": "Uint16Array",
    "int16": "Int16Array",
    "uint32": "Uint32Array",
    "int32": "Int32Array",
    "float32": "Float32Array",
    "float64": "Float64Array",
}
PACKING = """
window.bare = {
  unpack(value) {
    if (Array.isArray(value)) return value.map(this.unpack, this);
    if (value === null || typeof value !== "object") return value;
    if ("typed" in value) {
      const bytes = Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0));
      return new window[value.typed](bytes.buffer);
    }
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, this.unpack(v)]));
  },
  pack(value) {
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      let text = "";
      for (let i = 0; i < bytes.length; i += 0x8000) {
        text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
      }
      return { typed: value.constructor.name, base64: btoa(text) };
    }
    if (Array.isArray(value)) return value.map(this.pack, this);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, this.pack(v)]));
  },
};
"""


class BarePage:
    """An empty page with one ES module in it, loaded from a Blob as anywidget loads it.

    Attributes
    ----------
    page : playwright.sync_api.Page
        The page; the loaded module is ``window.module`` there.
    errors : list of str
        Uncaught exceptions of the page.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route(ADDRESS, lambda route: route.fulfill(body=TEXT, content_type="text/html"))
        page.goto(ADDRESS)
        page.evaluate(PACKING)

    def load(self, module: str | Path) -> None:
        """Load the text of an ES module, or the file that holds it."""
        text = module.read_text("utf-8") if isinstance(module, Path) else module
        self.page.evaluate(
            """async (text) => {
              const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
              window.module = await import(url);
              URL.revokeObjectURL(url);
            }""",
            text,
        )

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function that the module exports; numpy arrays travel as typed arrays, both ways, flat."""
        return self.evaluate(f"module.{name}(...argument)", *arguments)

    def evaluate(self, expression: str, *arguments: Any) -> Any:
        """Return the value of an expression of ``module`` and ``argument`` (the list of arguments)."""
        result = self.page.evaluate(
            f"""async (packed) => {{
              const module = window.module;
              const argument = window.bare.unpack(packed);
              return window.bare.pack(await ({expression}));
            }}""",
            [_pack(argument) for argument in arguments],
        )
        return _unpack(result)


def _pack(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        raw = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"), copy=False)
        return {"typed": TYPED[value.dtype.name], "base64": base64.b64encode(raw.tobytes()).decode()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [_pack(item) for item in value]
    if isinstance(value, dict):
        return {name: _pack(item) for name, item in value.items()}
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "typed" in value:
        name = value["typed"].removesuffix("Array").removesuffix("Clamped").lower()
        return np.frombuffer(base64.b64decode(value["base64"]), dtype=np.dtype(name).newbyteorder("<"))
    return {name: _unpack(item) for name, item in value.items()}
