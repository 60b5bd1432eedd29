"""What an exercise says to the student, as text and as HTML that suits light and dark themes."""

import re
import textwrap
from dataclasses import dataclass
from html import escape
from typing import Literal

Status = Literal["not attempted", "not yet", "right", "raised", "hint", "solution", "question"]

# A colour and a sign for each; the words alone carry the meaning. Mid-tones, readable on white and on black.
_LOOKS: dict[str, tuple[str, str]] = {
    "not attempted": ("#7a7a7a", "○"),
    "not yet": ("#c27c0e", "△"),
    "right": ("#2a7fb8", "✓"),
    "raised": ("#c4453c", "!"),
    "hint": ("#7a7a7a", "?"),
    "solution": ("#2a7fb8", "="),
    "question": ("#7a7a7a", "·"),
}


@dataclass(frozen=True)
class Card:
    """A short message with a heading, paragraphs, and perhaps some code.

    Parameters
    ----------
    status : str
        What kind of message it is.
    heading : str
        First line.
    paragraphs : tuple of str
        Sentences; words between backticks are set as code.
    code : str
        Python code shown between the first and the other paragraphs.

    Examples
    --------
    >>> Card("right", "Right", ("Two rows of `3`.",))
    ✓ Right
      Two rows of `3`.
    """

    status: Status
    heading: str
    paragraphs: tuple[str, ...] = ()
    code: str = ""

    def __repr__(self) -> str:
        body = [textwrap.indent(textwrap.fill(text, 90), "  ") for text in self.paragraphs]
        if self.code:
            body.insert(0, textwrap.indent(self.code, "    "))
        return "\n".join([f"{_LOOKS[self.status][1]} {self.heading}", *body])

    def _repr_html_(self) -> str:
        colour, sign = _LOOKS[self.status]
        code = f'<pre style="margin:0.5em 0">{escape(self.code)}</pre>' if self.code else ""
        body = "".join(f'<p style="margin:0.3em 0 0 0">{_inline(text)}</p>' for text in self.paragraphs)
        head = f'<strong><span aria-hidden="true">{sign}</span> {_inline(self.heading)}</strong>'
        style = f"border-left:5px solid {colour};padding:0.4em 0.9em;max-width:46em"
        return f'<div style="{style}">{head}{code}{body}</div>'


@dataclass(frozen=True, repr=False)
class Verdict(Card):
    """What a check found: the card, and for programs the name of the mistake that it saw.

    Parameters
    ----------
    mistake : str or None
        Name of the known mistake, None where none was seen.

    Examples
    --------
    >>> Verdict("not yet", "Not yet", ("Too large.",), mistake="counts bytes").right
    False
    """

    mistake: str | None = None

    @property
    def right(self) -> bool:
        """Whether the answer was right."""
        return self.status == "right"


def _inline(text: str) -> str:
    """Escape for HTML, and set what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
