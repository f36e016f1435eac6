"""The widths of texts in the editor's font, on which the widths of nodes depend.

The editor measures titles and labels with Inter, which comes with the frontend, so that most widths are the
same on every machine. ``inter.json`` holds what Chromium measures: the width of each character and the
correction for each pair of characters (kerning). Characters that Inter lacks are drawn in whatever font the
machine has; for these the widths of a common font are assumed.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

WIDTHS = Path(__file__).parent / "inter.json"
"""``units``: how many make up the size of the font. ``widths``: width -> characters. ``pairs``: rows of
(first characters, correction -> second characters). Made by ``scripts/record_rebuilds.py``."""

_TIMES = re.compile(r"(?<=[0-9])x(?=[0-9])")
"""Inter draws the x in "2x4" as a multiplication sign."""
_LONGEST = 10_000
"""Characters of a text that are measured; no label is as long."""


class _Font(NamedTuple):
    units: int
    widths: dict[str, int]
    pairs: dict[str, dict[str, int]]


@lru_cache(maxsize=4096)
def text_width(text: str, size: int) -> float:
    """The width of a text in pixels, in Inter of this size in pixels."""
    font = _font()
    shown = _TIMES.sub("×", text[:_LONGEST])
    widths, pairs = font.widths, font.pairs
    total = sum([widths[char] if char in widths else _other_width(char, font.units) for char in shown])
    for first, second in pairwise(shown):
        if first in pairs:
            total += pairs[first].get(second, 0)
    return total * size / font.units


def _other_width(char: str, units: int) -> int:
    if unicodedata.combining(char):
        return 0
    return units if unicodedata.east_asian_width(char) in "WF" else units * 3 // 5


@cache
def _font() -> _Font:
    data = json.loads(WIDTHS.read_text(encoding="utf-8"))
    widths = {char: int(width) for width, chars in data["widths"].items() for char in chars}
    pairs: dict[str, dict[str, int]] = {}
    for firsts, row in data["pairs"]:
        corrections = {char: int(width) for width, chars in row.items() for char in chars}
        pairs.update(dict.fromkeys(firsts, corrections))
    return _Font(data["units"], widths, pairs)
