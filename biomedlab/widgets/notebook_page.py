"""A saved notebook as one HTML page, whose views browse with no kernel and no network."""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter
from pygments.formatters.html import HtmlFormatter

from biomedlab.widgets.page import Page, checked_path

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
_SCRIPT = re.compile(r"<script\b.*?</script\s*>|<script\b[^>]*/>", re.IGNORECASE | re.DOTALL)
_NEEDS_SCRIPTS = re.compile(r"application/(javascript|vnd\.(?!jupyter\.widget).*)")
_STYLE = """
main { overflow-wrap: anywhere; }
.prompt { display: none; }
.input { margin: 12px 0 4px; padding: 8px 12px; border-left: 3px solid GrayText; }
pre { margin: 0; white-space: pre-wrap; font: 14px/1.5 ui-monospace, monospace; }
.output_area { margin: 6px 0 12px; }
.output_stderr, .output_error { padding: 4px 12px; border-left: 3px solid #c00; }
table { border-collapse: collapse; }
th, td { padding: 2px 10px; text-align: left; vertical-align: top; }
img { background: #fff; }
"""


def notebook_to_html(notebook: str | Path, path: str | Path | None = None) -> Path:
    """Write a notebook as one HTML page that needs neither kernel nor network.

    Text, code and stored outputs are as nbconvert writes them; formulas stay as their LaTeX text. Views of
    this package browse what the notebook was saved with: their previews. Those are there if JupyterLab saved
    the widgets' state (Settings, Jupyter Widgets, "Save Jupyter widget state in notebooks"). Other widgets
    become their stored picture or text, and no script but ours is kept.

    Parameters
    ----------
    notebook : str or Path
        The ``.ipynb`` file.
    path : str or Path, optional
        The page, by default beside the notebook, ending in .html.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ValueError
        If the file is no notebook, or the page's name does not end in .html.
    FileNotFoundError
        If the notebook or the page's folder is not there.
    """
    source = Path(notebook)
    path = checked_path(source.with_suffix(".html") if path is None else path)
    book = _read(source)
    states = book.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    page = Page(states)
    for cell in book.cells:
        for output in cell.get("outputs", []):
            _still(output, page)
    book.metadata.pop("widgets", None)
    exporter = HTMLExporter(template_name="basic", exclude_anchor_links=True, embed_images=True)
    body, _ = exporter.from_notebook_node(book, {"metadata": {"path": str(source.parent)}})
    style = _STYLE + _highlighting()
    path.write_text(page.document(_title(book, source.stem), _SCRIPT.sub("", body), style), "utf-8")
    return path


def _read(path: Path) -> Any:
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no notebook {str(path)!r}") from None
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError, UnicodeDecodeError):
        raise ValueError(f"{path.name!r} is no Jupyter notebook (.ipynb)") from None


def _still(output: Any, page: Page) -> None:
    """Replace a widget in a stored output by the place of our view, or by its picture or text."""
    data = output.get("data")
    if not data:
        return
    name = data.pop(VIEW, {}).get("model_id", "")
    for kind in [kind for kind in data if _NEEDS_SCRIPTS.fullmatch(kind)]:
        del data[kind]
    said = _joined(data.get("text/plain", ""))
    if page.holds(name):
        html = page.place(name, _checked(data.get("image/png", "")), said)
        output["data"] = nbformat.from_dict({"text/html": html})
    elif name and "image/png" in data:
        output["metadata"] = nbformat.from_dict({"image/png": {"alt": said}})


def _checked(png: Any) -> str:
    """Return base64 text that is nothing else."""
    text = re.sub(r"\s", "", _joined(png))
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return text


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _title(book: Mapping[str, Any], otherwise: str) -> str:
    """Return the first heading of the text."""
    for cell in book["cells"]:
        found = (
            re.search(r"^#\s+(.+)$", cell["source"], re.MULTILINE)
            if cell["cell_type"] == "markdown"
            else None
        )
        if found:
            return found[1].strip()
    return otherwise


def _highlighting() -> str:
    """Return the colours of code, for a light and a dark page."""
    light = HtmlFormatter(style="default", nobackground=True).get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark", nobackground=True).get_style_defs(".highlight")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
