"""Parse untrusted JSON within a budget, and limit its nesting so that it can be walked safely.

A server, a cache and a catalogue may hold anything. A text that is too large is rejected before it is parsed,
because a value takes up to 120 bytes of memory, and a text up to four bytes per character if any of them is
not ASCII.
"""

from __future__ import annotations

import json
from typing import Any

MAX_JSON = 1 << 26
"""Upper bound on the bytes of JSON in an answer or catalogue: 64 MiB. That of 4,200 node types has 5.4
MiB."""

MAX_VALUES = 2_000_000
"""Upper bound on the values in it, counted by commas and opening brackets. 4,200 node types have 330,000."""

_WIDEST = 4
_DEEPEST = 64
_COUNTABLE = 2**53
"""Beyond this, not every integer is a float, and arithmetic loses precision or overflows."""


class TooMuchError(ValueError):
    """A JSON text is larger than the limits allow."""


def parse(data: bytes, most: int = MAX_JSON, most_values: int = MAX_VALUES) -> Any:
    """Parse a JSON text; ``ValueError`` if it is malformed or nested too deeply, TooMuchError if it is too
    large.

    It may have ``most`` bytes, or a quarter of that if they are not all ASCII (ComfyUI writes ASCII).
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
    """An upper bound on the values in a JSON text. Each value but the first follows a comma or an opening
    bracket, so these are counted, including those inside strings."""
    return 1 + sum(map(data.count, (b",", b"[", b"{")))


def check_amount(data: bytes, most_values: int = MAX_VALUES) -> None:
    """Raise :class:`TooMuchError` if a JSON text may have more than ``most_values`` values."""
    if count_values(data) > most_values:
        raise TooMuchError(f"it has more than {most_values} values")


def shallow(value: Any, deepest: int = _DEEPEST) -> Any:
    """Replace everything below ``deepest`` levels of a JSON value with ``None``, in place, and return the
    value.

    No answer of a server nests as deeply, and comparing, copying or writing deeper values might fail.
    """
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(deepest):
        below: list[Any] = []
        for one in level:
            for child in one.values() if isinstance(one, dict) else one:
                kind = child.__class__  # faster than isinstance; json makes no subclasses
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
    """The value as a float if it is a number up to 2**53 in size; None for NaN, infinities and all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_COUNTABLE <= value <= _COUNTABLE else None
