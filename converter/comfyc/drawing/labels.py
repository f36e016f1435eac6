"""Texts that fit: cut to a width, or broken into lines, by the metrics of the fonts that draw them.

Source: ``draw.ts`` (truncateTextToWidth) of frontend 1.58.1. Titles and labels are drawn in Inter; texts of
several lines in whatever font of fixed width there is, whose characters are 0.602 of its size wide in the
widest common one (DejaVu Sans Mono).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from comfyc.drawing.model import Label
from comfyc.rebuild.text_width import text_width
from comfyc.safety.escaping import visible

TITLE_SIZE, LABEL_SIZE, AREA_SIZE, GROUP_SIZE = 14, 12, 10, 20
"""The sizes of the fonts in pixels."""
LINE_HEIGHT = 15
_MONOSPACE = 0.602 * AREA_SIZE
_ELLIPSIS = "…"
_LONGEST = 400
"""Characters of a label that are looked at; none that can be drawn is as long."""
_WHOLE = 4000
"""Characters of a text that is kept whole."""


@lru_cache(maxsize=8192)
def fitted(text: str, room: float, size: int = LABEL_SIZE) -> Label:
    """A text in one line of visible characters, cut to ``room`` pixels of the font in this size."""
    whole = kept(text)
    line = visible(" ".join(text[:_LONGEST].split()))
    width = text_width(line, size)
    if width <= room and len(text) <= _LONGEST:
        return Label(line, width, room, whole if line != text else line)
    low, high = 0, len(line)
    most = room - text_width(_ELLIPSIS, size)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(line[:middle], size) <= most:
            low = middle
        else:
            high = middle - 1
    if most < 0:
        return Label("", 0.0, max(room, 0.0), whole)
    line = line[:low].rstrip() + _ELLIPSIS
    return Label(line, text_width(line, size), room, whole)


def kept(text: str) -> str:
    """A text as it may be kept whole: at most some thousand characters of it, in their lines."""
    if len(text) <= _WHOLE and text.isascii() and text.isprintable():
        return text
    shown = text if len(text) <= _WHOLE else text[: _WHOLE - 1] + _ELLIPSIS
    return "\n".join(map(visible, shown.expandtabs(4).splitlines()))


def lines_of(text: str, room: float, height: float) -> tuple[Label, ...]:
    """The lines of a text in a font of fixed width, broken at spaces where they are too long for ``room``;
    as many as ``height`` has room for, the last one with an ellipsis if there are more."""
    most, columns = int(height // LINE_HEIGHT), int(room / _MONOSPACE)
    if most < 1 or columns < 1:
        return ()
    found: list[str] = []
    for line in kept(text[: (most + 1) * (columns + 1)]).split("\n"):
        found += _broken(line, columns)
        if len(found) > most:
            break
    if len(found) > most or len(text) > (most + 1) * (columns + 1):
        found = found[:most]
        last = found[-1]
        while last and columns_of(last) >= columns:
            last = last[:-1]
        found[-1] = last + _ELLIPSIS
    return tuple(Label(line, columns_of(line) * _MONOSPACE, room, line) for line in found)


def _broken(line: str, columns: int) -> list[str]:
    rows: list[str] = []
    while columns_of(line) > columns:
        end = columns
        while columns_of(line[:end]) > columns:
            end -= 1
        end = max(end, 1)
        space = line.rfind(" ", 1, end + 1)
        cut = space if space > 0 else end
        rows.append(line[:cut].rstrip())
        line = line[cut:].lstrip(" ")
    return [*rows, line]


def columns_of(text: str) -> int:
    """The width of a text in characters of a font of fixed width."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
