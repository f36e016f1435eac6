"""Text in SVG: escaped, and held in the room that it has."""

from __future__ import annotations

import re
from functools import lru_cache

from comfyc.drawing.model import Label
from comfyc.drawing.wires import number
from comfyc.safety.escaping import visible

_MARKUP = re.compile("[&<>\"']")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_WIDER = 1.15
"""How much wider than Inter the font may be that the reader has (Verdana and DejaVu Sans are)."""


@lru_cache(maxsize=16384)
def escaped(text: str) -> str:
    """Text for character data and attribute values, without characters that XML does not have."""
    return _MARKUP.sub(lambda found: _ENTITIES[found.group()], visible(text))


def multiline(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(map(escaped, text.split("\n")))


def drawn_text(label: Label, x: float, y: float, classes: str) -> str:
    """A text at its base line. Where it would leave its room in a wider font, its length is set, so that no
    reader's font makes it longer; a text that was cut has the whole one as its title."""
    if not label.text:
        return ""
    held = ""
    if label.width * _WIDER > label.room:
        held = f' textLength="{number(label.width)}" lengthAdjust="spacingAndGlyphs"'
    whole = f"<title>{multiline(label.whole)}</title>" if label.is_cut else ""
    return (
        f'<text class="{classes}" x="{number(x)}" y="{number(y)}"{held}>{whole}{escaped(label.text)}</text>'
    )
