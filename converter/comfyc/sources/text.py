"""From bytes to text to JSON: decode and parse as the browser does, with better messages on failure."""

from __future__ import annotations

import enum
import json
import re
import sys
from typing import Any, Literal

from comfyc import codes
from comfyc.collector import Collector
from comfyc.gc_pause import paused_collector
from comfyc.safety.json_size import MAX_TOKENS, is_within, size_in_memory
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources.positions import line_columns

_DIGITS = 4300
"""The longest integer that Python converts by default; longer ones become floats, as in the editor."""

_UNBOUNDED_INT = not 0 < getattr(sys, "get_int_max_str_digits", int)() <= 10 * _DIGITS
"""Whether Python converts integers of any length (before 3.10.7, or with a raised limit), which may take
hours."""

_NON_FINITE = re.compile(r'\\.|"|-?Infinity|NaN', re.DOTALL)


class Unparsed(enum.Enum):
    """The type of :data:`UNPARSED`, which stands for a text that did not parse; the reason is reported."""

    UNPARSED = "unparsed"


UNPARSED: Literal[Unparsed.UNPARSED] = Unparsed.UNPARSED


def decode(
    data: str | bytes,
    diagnostics: Collector,
    subject: str = "the text",
    limits: Limits = DEFAULTS,
    *,
    is_json: bool = True,
) -> str | None:
    """Decode bytes as the browser's FileReader does: as UTF-8, or as UTF-16 if a byte order mark says so.

    The mark is removed. Invalid bytes become U+FFFD (W012). UTF-16 without a mark, which the browser cannot
    read, is read too (W013). Returns None, with W018, for a text that would take more than ``limits.text``
    bytes of memory. A ``str`` is only measured. ``subject`` begins the messages. A text that is not JSON
    (``is_json``) is always taken for UTF-8.
    """
    encoding = "" if isinstance(data, str) else json.detect_encoding(data) if is_json else "utf-8"
    if 4 * len(data) > limits.text and size_in_memory(data, encoding) > limits.text:
        diagnostics.report(codes.TOO_LARGE, f"{subject} has {limits.exceeded('text', 'in memory')}")
        return None
    if isinstance(data, str):
        return data
    if encoding not in ("utf-8", "utf-8-sig", "utf-16"):
        message = f"{subject} is {encoding.upper()}" + (
            " without a byte order mark" if "16" in encoding else ""
        )
        diagnostics.report(codes.UNMARKED_UTF16, message, hint="save the file as UTF-8")
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, errors="replace").removeprefix("\ufeff")
        line, column = line_columns(before, [len(before)])[len(before)]
        byte = len(data) - len(error.object) + error.start  # the decoder may have removed the mark
        name = encoding.removesuffix("-sig").upper()
        message = f"{subject} is not valid {name}, first at byte {byte}"
        diagnostics.report(
            codes.INVALID_UTF8, message, line=line, column=column, hint="save the file as UTF-8"
        )
        return data.decode(encoding, errors="replace").removeprefix("\ufeff")


def parse_json(
    text: str, diagnostics: Collector, subject: str = "the text", limits: Limits = DEFAULTS
) -> Any | Literal[Unparsed.UNPARSED]:
    """The JSON value of a text, or :data:`UNPARSED` with the reason reported at its line and column.

    NaN, Infinity and -Infinity become null (W005), as in the frontend's ``utils/jsonUtil.ts``. Integers of up
    to 4300 digits are exact; numbers beyond the range of a double become infinite, as in the editor. A
    repeated key keeps its last value (see ``positions.duplicate_keys``). A text with more values than
    ``limits.values`` is not parsed (W060). ``subject`` begins the messages.
    """
    text = text.removeprefix("\ufeff")
    if not is_within(text, limits.values):
        diagnostics.report(codes.TOO_MANY_VALUES, f"{subject} has {limits.exceeded('values')}")
        return UNPARSED
    non_finite: list[str] = []
    try:
        value = _loads(text, non_finite)
    except json.JSONDecodeError as error:
        from comfyc.sources.broken import explain  # noqa: PLC0415 - only for what is broken

        explain(text, error, diagnostics, subject)
        return UNPARSED
    except RecursionError:
        diagnostics.report(codes.TOO_DEEP, f"{subject} has objects or lists that are nested too deeply")
        return UNPARSED
    if non_finite:
        line, column = line_columns(text, [at := _first_non_finite(text)])[at]
        many = f"{len(non_finite)} numbers that are" if len(non_finite) > 1 else "a number that is"
        names = " or ".join(f"'{name}'" for name in sorted(set(non_finite)))
        message = f"{subject} contains {many} {names}, read as null"
        diagnostics.report(codes.NON_FINITE_NUMBER, message, line=line, column=column)
    return value


def _loads(text: str, non_finite: list[str]) -> Any:
    """``json.loads`` without garbage collections; long integers become floats.

    Parsing makes no garbage, but so many objects that the collector would walk them again and again. Without
    it, 24 MB take 0.4 s instead of 2.5 s.
    """
    with paused_collector():
        return _loads_uncollected(text, non_finite)


def _loads_uncollected(text: str, non_finite: list[str]) -> Any:
    if not _UNBOUNDED_INT:
        try:
            return json.loads(text, parse_constant=non_finite.append)
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer of more digits than Python converts
            non_finite.clear()
    return json.loads(text, parse_constant=non_finite.append, parse_int=_integer)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def _first_non_finite(text: str) -> int:
    if text.count('"') + text.count("\\") > MAX_TOKENS:
        return 0
    inside = False
    for token in _NON_FINITE.finditer(text):
        if token[0] == '"':
            inside = not inside
        elif not inside and token[0][0] != "\\":
            return token.start()
    return 0
