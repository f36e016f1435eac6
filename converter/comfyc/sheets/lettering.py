"""Text in pictures of Pillow: fonts of this machine, and lines that are no wider than there is room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from comfyc.safety.escaping import visible

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

_LATIN = ("DejaVuSans.ttf", "Arial.ttf", "arial.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf")
_BOLD = ("DejaVuSans-Bold.ttf", "Arial Bold.ttf", "arialbd.ttf", "NotoSans-Bold.ttf")
_EAST = ("NotoSansCJK-Regular.ttc", "PingFang.ttc", "msyh.ttc", "wqy-microhei.ttc", "Arial Unicode.ttf")
"""Fonts with what is written in the east of Asia."""
_FIRST_OF_EAST = "\u2e80"
_LONGEST = 1_000
"""Characters of a text that are looked at: more of it fits nowhere."""


def font_for(text: str, size: int, *, bold: bool = False) -> FreeTypeFont | ImageFont:
    """A font of this machine that can write the text, as far as one is known; else Pillow's own."""
    east = any(char >= _FIRST_OF_EAST for char in text)
    return _font((*_EAST, *_LATIN) if east else _BOLD if bold else _LATIN, size)


@cache
def _font(names: Sequence[str], size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont  # noqa: PLC0415 - an extra

    for name in names:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def wrapped(text: str, font: FreeTypeFont | ImageFont, width: float, most: int) -> list[str]:
    """The text in at most ``most`` lines of this width; the last one ends in an ellipsis if there is more."""
    lines: list[str] = []
    words = visible(text[:_LONGEST].replace("\n", " ")).split()
    line = ""
    while words:
        word = words.pop(0)
        joined = f"{line} {word}" if line else word
        if font.getlength(joined) <= width:
            line = joined
        elif line:
            lines.append(line)
            line = ""
            words.insert(0, word)
        else:
            cut = _fitting(word, font, width)
            lines.append(word[:cut])
            words.insert(0, word[cut:])
        if len(lines) == most:
            return [*lines[:-1], _cut_off(lines[-1], font, width)] if words else lines
    return [*lines, line] if line else lines


def _fitting(word: str, font: FreeTypeFont | ImageFont, width: float) -> int:
    """How many characters of a word fit, one of them at least."""
    count = len(word)
    while count > 1 and font.getlength(word[:count]) > width:
        count -= 1
    return count


def _cut_off(line: str, font: FreeTypeFont | ImageFont, width: float) -> str:
    while line and font.getlength(line + "…") > width:
        line = line[:-1]
    return line + "…"
