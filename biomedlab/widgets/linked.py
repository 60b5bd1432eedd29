"""How traits reach the browser: by links in it, untold by the kernel, or several in one message."""

from typing import Any

import ipywidgets


class Linked:
    """A widget some of whose traits follow those of another one in the browser.

    When a gesture there moves both, the kernel hears of one and sets the other. Told to the browser, where
    the next gesture may be under way by then, that would undo it.
    """

    _links: tuple[tuple["Linked", str], ...] = ()
    _property_lock: dict[str, Any]

    def _should_send_property(self, key: str, value: Any) -> bool:
        told = list(value) if isinstance(value, tuple) else value
        for other, name in self._links:
            if name == key and key in other._property_lock and other._property_lock[key] == told:
                return False
        return super()._should_send_property(key, value)  # ty: ignore[missing-attribute]


def link(one: Linked, other: Linked, name: str) -> ipywidgets.Widget:
    """Link the traits of this name of two widgets, in the browser, and return the link."""
    one._links = (*one._links, (other, name))
    other._links = (*other._links, (one, name))
    return ipywidgets.jslink((one, name), (other, name))


def set_traits(widget: ipywidgets.Widget, **values: Any) -> None:
    """Set several traits; the browser hears of them together."""
    with widget.hold_sync():
        for name, value in values.items():
            setattr(widget, name, value)
