"""Estimate the size of a JSON text in memory before it is decoded and parsed.

A value may take a hundred times the memory of its text, so values are counted first. A quick upper bound is
the number of commas, colons and opening brackets, because each value follows one of them. Only if this bound
is too high, the marks inside strings are subtracted.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MAX_INNER = 100_000
"""Upper bound on the values of a JSON text that is itself a value, such as that of a widget."""

MAX_TOKENS = 2_000_000
"""Upper bound on the quotes and escapes of a text that are examined one by one to find a position in it."""

_MARKS = ",:[{"
_INNER_BYTES = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that continue a character."""
_BELOW_EMOJI = bytes(range(0xF0))
"""All bytes except those that begin a character beyond U+FFFF, which takes four bytes in memory."""


def is_within(text: str, most: int) -> bool:
    """Whether a text that may be JSON has at most ``most`` values, including the names of members."""
    if len(text) < most or sum(map(text.count, _MARKS)) < most:
        return True
    return count_values(text, most) <= most


def count_values(text: str, most: int) -> int:
    """The number of values of a JSON text, including the names of members; ``most`` + 1 if there are more."""
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    count, strings, start = 1, 0, 0
    while count <= most and strings <= most:  # valid JSON has no more strings than values
        opening = text.find('"', start)
        end = opening if opening >= 0 else len(text)
        count += sum(text.count(mark, start, end) for mark in _MARKS)
        closing = text.find('"', opening + 1) if opening >= 0 else -1
        if closing < 0:
            return min(count, most + 1)
        strings, start = strings + 1, closing + 1
    return most + 1


def parse_inner(text: str) -> Any:
    """Parse a JSON text that is itself a value; ``ValueError`` if it is malformed or too large."""
    if not is_within(text, MAX_INNER):
        raise ValueError(f"it has more than {MAX_INNER:,} values")
    return json.loads(text)


def size_in_memory(data: str | bytes, encoding: str = "utf-8") -> int:
    """The bytes of a text in memory; an estimate for a text that is still encoded. A text takes one byte per
    character, or two or four per character if any character needs them, such as a single emoji."""
    if isinstance(data, str):
        return sys.getsizeof(data)
    if not encoding.startswith("utf-8"):
        return 2 * len(data)
    if data.isascii():
        return len(data)
    letters = len(data.translate(None, _INNER_BYTES))
    return letters * (4 if data.translate(None, _BELOW_EMOJI) else 2)
