"""JSON and numbers of others: parsed within a budget, and of a shape that any code here can walk.

A server, a cache and a catalogue may hold anything. What is too much is refused before it is parsed, because
a value takes up to 120 bytes of memory, and a text with one character beyond ASCII up to four bytes for each.
"""

from __future__ import annotations

import json
from typing import Any

MAX_JSON = 1 << 26
"""Bytes of JSON in one answer or catalogue: 64 MiB. The ``object_info`` of 4,200 node types has 5.4 MiB."""

MAX_VALUES = 2_000_000
"""Values in it, counted by commas and opening brackets. The same ``object_info`` has 330,000."""

_WIDEST = 4
_DEEPEST = 64
_COUNTABLE = 2**53
"""Beyond it not every integer is a float, and sums and differences of floats begin to overflow."""


class TooMuchError(ValueError):
    """There is more of it than anyone should read."""


def parse(data: bytes, most: int = MAX_JSON, most_values: int = MAX_VALUES) -> Any:
    """The JSON value in a text; ``ValueError`` if it is none, nests too deeply or is too much (TooMuchError).

    ``most`` bytes may it have, a quarter of that if there is anything but ASCII in it (ComfyUI writes ASCII).
    """
    limit = most if data.isascii() else most // _WIDEST
    if len(data) > limit:
        raise TooMuchError(f"it has more than {limit} bytes")
    check_amount(data, most_values)
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def count_values(data: bytes) -> int:
    """How many values a JSON text may hold: each but the first has a comma or an opening bracket before it.

    Those that stand in texts are counted as well.
    """
    return 1 + sum(map(data.count, (b",", b"[", b"{")))


def check_amount(data: bytes, most_values: int = MAX_VALUES) -> None:
    """:class:`TooMuchError` if there may be more values in a JSON text."""
    if count_values(data) > most_values:
        raise TooMuchError(f"it has more than {most_values} values")


def shallow(value: Any, deepest: int = _DEEPEST) -> Any:
    """The value, with ``None`` in the place of what nests deeper than anything a server has to say.

    Comparing, copying or writing what is deeper might fail. The value itself is changed.
    """
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(deepest):
        below: list[Any] = []
        for one in level:
            for child in one.values() if isinstance(one, dict) else one:
                kind = child.__class__  # what json makes has no subclasses; this is done for every entry
                if kind is dict or kind is list:
                    below.append(child)
        if not below:
            return value
        level = below
    for one in level:
        if isinstance(one, dict):
            one.update(dict.fromkeys(one))
        else:
            one[:] = [None] * len(one)
    return value


def number_or_none(value: Any) -> float | None:
    """A number that can be counted with, or nothing: no NaN, no infinity, nothing beyond 2**53."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_COUNTABLE <= value <= _COUNTABLE else None
