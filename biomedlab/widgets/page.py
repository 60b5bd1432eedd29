"""A page that needs neither kernel nor network: views as one HTML file that still browses."""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

import ipywidgets
from anywidget import AnyWidget
from ipywidgets import embed

from biomedlab.widgets.image_view import ImageView

HERE = Path(__file__).parent
BUDGET = 32 * 2**20
CHUNK = 2 * 2**20
OURS = "biomedlab.widgets."
BOXES = {"VBoxModel": "biomedlab-vbox", "HBoxModel": "biomedlab-hbox", "BoxModel": "biomedlab-hbox"}
LINKS = ("LinkModel", "DirectionalLinkModel")
TEXTS = ("HTMLModel", "LabelModel", "HTMLMathModel")
# What only Jupyter reads, or what the page holds once for all views.
_LEFT_OUT = re.compile(r"_esm|_css|_dom_classes|_(model|view)_.*|layout|style|tabbable|tooltip")


def to_html(
    views: ipywidgets.Widget | Sequence[ipywidgets.Widget],
    path: str | Path,
    *,
    title: str = "Images",
    text: str = "",
    budget: int = BUDGET,
) -> Path:
    """Write views as one HTML file, which browses with no kernel and no network.

    Parameters
    ----------
    views : widget or sequence of widgets
        Views of this package, or boxes of them; links made by ``ipywidgets.jslink`` go on working. Of other
        widgets only the text of labels is kept.
    path : str or Path
        The file to write, ``.html``.
    title : str
        The page's heading.
    text : str
        Plain text below it; an empty line starts a paragraph.
    budget : int
        Bytes, packed, of all planes in the page. The image of a view that does not fit is replaced by its
        preview, and the view says so.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    TypeError
        If `views` are no widgets.
    ValueError
        If the file's name does not end in .html.
    FileNotFoundError
        If the folder is not there.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from biomedlab.widgets import SliceBrowser
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     browser = SliceBrowser(np.zeros((3, 4, 5), np.uint8))
    ...     written = to_html(browser, f"{folder}/zeros.html", title="Nothing to see")
    ...     "<h1>Nothing to see</h1>" in written.read_text("utf-8")
    True
    """
    shown = [views] if isinstance(views, ipywidgets.Widget) else list(views)
    if not shown or not all(isinstance(one, ipywidgets.Widget) for one in shown):
        raise TypeError(f"to_html takes a widget or several, not {views!r}")
    path = checked_path(path)
    states = embed.dependency_state(shown, drop_defaults=False)
    page = Page(states)
    for view in dict.fromkeys(_inside(shown)):
        if isinstance(view, ImageView):
            budget -= page.carry(view, budget)
    paragraphs = [f"<p>{escape(part.strip())}</p>" for part in re.split(r"\n\s*\n", text) if part.strip()]
    body = [
        f"<h1>{escape(title)}</h1>",
        *paragraphs,
        *(page.place(one.model_id, _png(one), repr(one)) for one in shown),
    ]
    path.write_text(page.document(title, "\n".join(body)), "utf-8")
    return path


def checked_path(path: str | Path) -> Path:
    """Return where to write a page, or say what is wrong with the name."""
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"a page is an HTML file: end its name in .html, not {path.name!r}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r}: make it first, or choose another")
    return path


class Page:
    """The widgets of a page, gathered from their saved states.

    Parameters
    ----------
    states : mapping
        From model id to "model_name", "state" and "buffers", as a notebook with widget state holds them.
    """

    def __init__(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        self.modules: list[str] = []
        self.styles: list[str] = []
        self.chunks: list[bytes] = []
        self.shown: set[str] = set()
        self.models = {name: self._model(one) for name, one in states.items() if _known(one)}
        self.links = [_link(one) for one in states.values() if one["model_name"] in LINKS]
        self.only_jupyter = {name: said for name, one in states.items() if (said := _control(one))}
        for model in self.models.values():
            model["planes"] = _preview_planes(model["state"])

    def holds(self, name: str) -> bool:
        """Say whether a model is one of our views, or a box with one in it."""
        model = self.models.get(name)
        return model is not None and ("module" in model or any(map(self.holds, _children(model["state"]))))

    def place(self, name: str, png: str = "", alt: str = "") -> str:
        """Return the HTML of the place where a view will be; till then, its PNG in base64.

        What follows names the controls inside that work only in Jupyter.
        """
        self.shown |= set(self._below(name))
        source = f"data:image/png;base64,{png}"
        picture = f'<img alt="{escape(alt)}" src="{source}">' if png else ""
        dead = [self.only_jupyter[one] for one in self._below(name) if one in self.only_jupyter]
        said = f"Only in Jupyter: {', '.join(dict.fromkeys(dead))}." if dead else ""
        note = f'<p class="biomedlab-only-jupyter">{escape(said)}</p>' if said else ""
        view = f'<div data-biomedlab-model="{escape(name)}">{picture}</div>'
        return f'<div class="biomedlab-view">{view}{note}</div>'

    def carry(self, view: ImageView, budget: int) -> int:
        """Put a view's planes into the page if they fit, else its preview; return the bytes used."""
        model = self.models[view.model_id]
        code = view._code or view.code()
        packed = pack(view, budget)
        if packed is None:
            view._carry_preview()
            again = self._model(view._get_embed_state())
            model.update(state=again["state"], buffers=again["buffers"])
            model["state"]["_code"] = code
            model["planes"] = _preview_planes(model["state"])
            return 0
        model["state"] |= {"_code": code, "_preview": {}}
        model["buffers"] = [one for one in model["buffers"] if one["path"][0] != "_preview"]
        model["planes"] = [{**where, "id": self._keep(data)} for where, data in packed]
        return sum(len(data) for _, data in packed)

    def document(self, title: str, body: str, style: str = "") -> str:
        """Return the page's text."""
        script = (HERE / "standin.js").read_text("utf-8")
        models = {name: one for name, one in self.models.items() if name in self.shown}
        told = {"modules": self.modules, "models": models, "links": self.links}
        parts = {
            "policy": _policy(script),
            "title": escape(title),
            "style": "\n".join([*self.styles, style]).replace("</", "<\\/"),
            "body": body,
            "models": json.dumps(told, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
            "planes": "\n".join(
                f'<script type="text/plain" id="biomedlab-planes-{number}">{_base64(data)}</script>'
                for number, data in enumerate(self.chunks)
            ),
            "script": script,
        }
        template = (HERE / "page.html").read_text("utf-8")
        return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)

    def _model(self, saved: Mapping[str, Any]) -> dict[str, Any]:
        state = saved["state"]
        kept = {name: value for name, value in state.items() if not _LEFT_OUT.fullmatch(name)}
        buffers = [one for one in saved.get("buffers", []) if not _LEFT_OUT.fullmatch(str(one["path"][0]))]
        model: dict[str, Any] = {"state": kept, "buffers": buffers, "planes": []}
        if view := _ours(saved):
            model["module"] = _number(self.modules, str(view._esm))
            _number(self.styles, str(view._css))
        elif saved["model_name"] in BOXES:
            model["box"] = BOXES[saved["model_name"]]
        else:
            model["text"] = re.sub(r"<[^>]*>", "", str(state.get("value", "")))
        return model

    def _keep(self, chunk: bytes) -> str:
        self.chunks.append(chunk)
        return f"biomedlab-planes-{len(self.chunks) - 1}"

    def _below(self, name: str) -> Iterable[str]:
        yield name
        for child in _children(self.models[name]["state"]) if name in self.models else ():
            yield from self._below(child)


def pack(view: ImageView, budget: int) -> list[tuple[dict[str, Any], bytes]] | None:
    """Return all planes of a view in deflated chunks, each with what is in it; None if they do not fit."""
    packed = []
    for name, planes in view._planes.items():
        axis = view._stack
        count = planes.shape[axis]
        each = max(1, CHUNK // max(1, planes.read(axis, 0).nbytes))
        for frame in range(planes.frames[0] * planes.frames[1]):
            time, channel = divmod(frame, planes.frames[1])
            for first in range(0, count, each):
                indices = list(range(first, min(first + each, count)))
                packer = zlib.compressobj(6)
                parts = [packer.compress(planes.read(axis, one, time, channel).data) for one in indices]
                data = b"".join([*parts, packer.flush()])
                budget -= len(data)
                if budget < 0:
                    return None
                packed.append(({"layer": name, "axis": axis, "frame": frame, "indices": indices}, data))
    return packed


def _preview_planes(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what exact previews can answer for: all planes of a layer, if those are bytes."""
    answers = []
    for layer in state.get("_layers", []):
        preview = state.get("_preview", {}).get(layer["name"])
        if preview and preview["exact"] and layer["dtype"] in ("uint8", "bool"):
            where = {"layer": layer["name"], "axis": preview["axis"], "frame": 0}
            answers.append({**where, "indices": preview["indices"], "preview": True})
    return answers


def _inside(widgets: Iterable[Any]) -> Iterable[Any]:
    """Yield widgets and all that is in them."""
    for one in widgets:
        yield one
        yield from _inside(getattr(one, "children", ()))


def _ours(saved: Mapping[str, Any]) -> Any:
    """Return this package's class of a saved view, or None: what a page runs is ours, never a notebook's."""
    module, _, name = saved["state"].get("_anywidget_id", "").rpartition(".")
    if not module.startswith(OURS):
        return None
    try:
        found = getattr(import_module(module), name, None)
    except ImportError:
        return None
    return found if isinstance(found, type) and issubclass(found, AnyWidget) else None


def _known(saved: Mapping[str, Any]) -> bool:
    return bool(_ours(saved)) or saved["model_name"] in (*BOXES, *TEXTS)


def _children(state: Mapping[str, Any]) -> list[str]:
    return [child.removeprefix("IPY_MODEL_") for child in state.get("children", [])]


def _link(saved: Mapping[str, Any]) -> list[Any]:
    ends = [[end[0].removeprefix("IPY_MODEL_"), end[1]] for end in _ends(saved["state"])]
    return [*ends, saved["model_name"] == "LinkModel"]


def _ends(state: Mapping[str, Any]) -> tuple[Any, Any]:
    return state["source"], state["target"]


def _control(saved: Mapping[str, Any]) -> str:
    """Return the name of a control that the page cannot work, or an empty string."""
    state = saved["state"]
    if _known(saved) or saved["model_name"] in LINKS or "description" not in state:
        return ""
    return re.sub(r"<[^>]*>", "", state["description"]).strip(" :")


def _number(texts: list[str], text: str) -> int:
    if text not in texts:
        texts.append(text)
    return texts.index(text)


def _png(view: Any) -> str:
    bundle = view._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    png = (data or {}).get("image/png", b"")
    return png if isinstance(png, str) else _base64(png)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _policy(script: str) -> str:
    """Return a policy under which only this script and the views' own modules run, and nothing is fetched."""
    known = _base64(sha256(script.encode()).digest())
    rules = {
        "default-src": "'none'",
        "script-src": f"'sha256-{known}' blob:",
        "style-src": "'unsafe-inline'",
        "img-src": "data: blob:",
        "media-src": "data:",
        "font-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
