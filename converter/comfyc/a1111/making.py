"""The graph while it is built, and the ways in which a setting becomes a value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from comfyc.a1111.graph import PictureGraph, PictureNode
from comfyc.a1111.notes import Remarks
from comfyc.a1111.settings import PictureSetting
from comfyc.javascript.values import MAX_SAFE_INTEGER, number

_LONGEST_INTEGER = 20
"""Digits of an integer that keeps them; a seed has no more."""


@dataclass(slots=True)
class Making:
    """The graph while it is built. ``left`` are the settings that are still unused; ``second`` samples the
    enlarged picture (the hires fix), in ``steps`` steps."""

    graph: PictureGraph
    notes: Remarks
    left: dict[str, PictureSetting]
    checkpoint: PictureNode
    clip_skip: PictureNode
    positive: PictureNode
    negative: PictureNode
    sampler: PictureNode
    latent: PictureNode
    decoder: PictureNode
    second: PictureNode | None = None
    steps: PictureSetting | None = None

    def added(self, kind: str, offset: int | None) -> PictureNode | None:
        """A new node; None, with the reason reported, if there is none."""
        node = self.graph.add(kind)
        if self.graph.lacks(kind):
            self.notes.lacking(kind, offset)
        return node

    def set_number(self, node: PictureNode, name: str, setting: PictureSetting) -> None:
        """Give a widget the number of a setting. A long integer keeps its digits: the conversion rounds them,
        if it is to."""
        text = setting.value
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_INTEGER:
            node.set(name, int(text), setting.offset)
            return
        value = plain(number(text))
        node.set(name, value, setting.offset)
        if value is None:
            self.notes.no_number(setting, node, name)

    def set_file(self, node: PictureNode, name: str, value: str, offset: int | None) -> None:
        """Give a widget the first file whose name begins with ``value``, else the value itself."""
        options = node.options(name)
        found = first_that_begins(options, value)
        node.set(name, value if found is None else found, offset)
        self.notes.file(node, name, value, found, options, offset)


def first_that_begins(options: Sequence[str], value: str) -> str | None:
    """The first option that begins with ``value``."""
    return next((one for one in options if one.startswith(value)), None)


def plain(value: float) -> int | float | None:
    """A number as JSON has it: an integer without a point, null for what is no number."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) <= MAX_SAFE_INTEGER else value


_GRID = 64


def ceiled(value: float) -> float:
    """A width or height, rounded up as the editor does."""
    return float(math.ceil(value / _GRID)) * _GRID if math.isfinite(value) else value


def pair(size: str) -> tuple[float, float]:
    """Width and height of "512x768"; NaN for one that is not there."""
    width, *more = size.split("x")
    return number(width), number(more[0]) if more else math.nan
