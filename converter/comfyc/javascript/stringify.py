"""JSON text as JavaScript writes it, without recursion, so that values may be nested to any depth."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import repeat
from typing import Any

from comfyc.javascript.values import MAX_SAFE_INTEGER, double, is_index, key_order, number_text

_quote = json.encoder.encode_basestring
_SURROGATE = re.compile("[\ud800-\udfff]")


def json_text(value: Any, *, js_numbers: bool = False) -> str:
    """``JSON.stringify(value, null, 2)``: the text of the browser's download, without a final newline.

    Integers beyond 2^53 stay exact unless ``js_numbers``.
    """
    return _joined(value, "\n", "  ", ": ", js_numbers)


def compact_text(value: Any) -> str:
    """``JSON.stringify(value)``, except that integers beyond 2^53 stay exact."""
    return _joined(value, "", "", ":", False)


def _joined(value: Any, line: str, step: str, colon: str, js_numbers: bool) -> str:
    buffer = StringIO()  # of many small parts a list would take ten times the memory
    _write(value, buffer.write, line, step, colon, js_numbers)
    return surrogates_spelt(buffer.getvalue())


def surrogates_spelt(text: str) -> str:
    """JSON text in which halves of surrogate pairs, which no encoding holds, are escapes."""
    if _SURROGATE.search(text):
        text = _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
    return text


def _write(
    value: Any, put: Callable[[str], object], line: str, step: str, colon: str, js_numbers: bool
) -> None:
    outer: list[tuple[Iterator[tuple[Any, Any]], str, str]] = []
    members: Iterator[tuple[Any, Any]] = iter(((None, value),))
    lead, indent, closing = "", line, ""
    while True:
        between = f",{indent}"
        for key, item in members:
            if key is not None:
                lead = f"{lead}{_quote(key)}{colon}"
            kind = item.__class__
            if kind is str:
                put(lead + _quote(item))
            elif kind is int:
                put(lead + _integer(item, js_numbers))
            elif kind is dict or kind is list:
                if item:
                    outer.append((members, indent, closing))
                    indent += step
                    opening, closing = "{}" if kind is dict else "[]"
                    members = _members(item) if kind is dict else zip(repeat(None), item)
                    lead += opening + indent
                    break
                put(lead + ("{}" if kind is dict else "[]"))
            else:
                put(lead + _rare(item))
            lead = between
        else:
            if not outer:
                return
            members, indent, last = outer.pop()
            put(indent + closing)
            closing, lead = last, f",{indent}"


def _members(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in value:
        if key[:1].isdigit() and is_index(key):
            return iter([(key, value[key]) for key in key_order(value)])
    return iter(value.items())


def _rare(value: Any) -> str:
    if isinstance(value, float):
        return number_text(value) if math.isfinite(value) else "null"
    return "true" if value is True else "false" if value is False else "null"


def _integer(value: int, js_numbers: bool) -> str:
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return str(value)
    if js_numbers:
        rounded = double(value)
        return number_text(rounded) if math.isfinite(rounded) else "null"
    try:
        return format(value, "d")
    except ValueError:  # more digits than Python converts; no text that was parsed has as many
        return "null"
