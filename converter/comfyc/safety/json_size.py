"""How large a JSON text will be, told before it is decoded and parsed.

A value may take a hundred times the memory that its text takes. Their number is told in two ways. The quick
one is a bound that C counts: no value is without a comma or an opening bracket before it, no member without a
colon behind its name. Only where that bound is too high are the strings passed over.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MAX_INNER = 100_000
"""Values of a JSON text that is the value of a widget."""

MAX_TOKENS = 2_000_000
"""Quotes and escapes of a text that are looked at one by one, to name a place in it."""

_MARKS = ",:[{"
_INNER_BYTES = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that are not the first of a letter."""
_BELOW_EMOJI = bytes(range(0xF0))
"""All bytes but the first ones of letters that take four bytes in memory."""


def is_within(text: str, most: int) -> bool:
    """Whether a text that may be JSON has at most so many values, the names of members included."""
    if len(text) < most or sum(map(text.count, _MARKS)) < most:
        return True
    return count_values(text, most) <= most


def count_values(text: str, most: int) -> int:
    """The values of a JSON text, the names of members included; ``most`` + 1 if there are more."""
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
    """The JSON value of a text that is itself a value. ``ValueError`` if it is none, or a large one."""
    if not is_within(text, MAX_INNER):
        raise ValueError(f"it has more than {MAX_INNER:,} values")
    return json.loads(text)


def size_in_memory(data: str | bytes, encoding: str = "utf-8") -> int:
    """The bytes of a text in memory, or about those of a text that is still encoded: one for each letter, two
    or four for all of them if any needs as many, such as a single emoji."""
    if isinstance(data, str):
        return sys.getsizeof(data)
    if not encoding.startswith("utf-8"):
        return 2 * len(data)
    if data.isascii():
        return len(data)
    letters = len(data.translate(None, _INNER_BYTES))
    return letters * (4 if data.translate(None, _BELOW_EMOJI) else 2)
