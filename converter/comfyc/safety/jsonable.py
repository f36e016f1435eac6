"""Convert any value to one that JSON can hold, up to a size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from comfyc.safety.escaping import shortened

_DEPTH, _EXACT_DIGITS = 32, 4000
"""The levels of data, and the digits of an integer, that are kept (CPython refuses to write 4301 digits)."""
_PER_MEMBER = 4


def json_value(value: Any, most: int | None = None) -> Any:
    """The value, or the nearest one that JSON has. The value may be anything, including parts of a user's
    file.

    About ``most`` characters of it are kept; None keeps all of them.
    """
    return _Kept(math.inf if most is None else most).of(value)


class _Kept:
    """Converts a value as long as there is room; the rest is left out, and cut texts end with an ellipsis."""

    __slots__ = ("room",)

    def __init__(self, room: float) -> None:
        self.room = room

    def of(self, value: Any, depth: int = 0) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, int):
            exact = value.bit_length() < _EXACT_DIGITS * 3
            return value if exact else f"an integer of {value.bit_length()} bits"
        if isinstance(value, (Mapping, list, tuple)) and depth >= _DEPTH:
            return "…"
        if isinstance(value, Mapping):
            members = takewhile(self.has_room, value.items())
            return {self.text(str(key)): self.of(member, depth + 1) for key, member in members}
        if isinstance(value, (list, tuple)):
            return [self.of(member, depth + 1) for member in takewhile(self.has_room, value)]
        return f"<{type(value).__name__}>"

    def has_room(self, _member: Any) -> bool:
        self.room -= _PER_MEMBER
        return self.room > 0

    def text(self, text: str) -> str:
        kept = text if len(text) <= self.room else shortened(text, max(1, int(self.room)))
        self.room -= len(kept)
        return kept
