"""How the containers of a JSON text are written, and new values as their neighbours are.

A text may be compact, indented in any way, or mixed, as people write it: lists of lists with an item on each
line, lists of numbers on one line. The style of a new container is that of one of its sort nearby.
"""

from __future__ import annotations

import enum
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from comfyc.editing.members import Container, container_at
from comfyc.javascript.stringify import compact_text

_LOOKED_AT = 60
"""Upper bound on the containers around a new one that are looked at for a style."""
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_BEYOND_ASCII = re.compile(r"[\x80-\U0010ffff]")


class Sort(enum.Enum):
    """The sorts of containers that people write in different ways."""

    OBJECT = enum.auto()
    PLAIN_LIST = enum.auto()
    """A list without containers in it."""
    NESTED_LIST = enum.auto()


@dataclass(frozen=True, slots=True)
class Style:
    """How containers of a sort are written. ``newline`` is the line break before each member, empty for those
    on one line; ``step`` is the indentation that is added there. ``padding`` is the space inside the
    brackets on one line."""

    newline: str = ""
    step: str = ""
    padding: str = ""
    comma: str = ","
    colon: str = ":"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where something new is written: the text, and the offsets of the containers around it, the innermost
    last."""

    text: str
    openings: Sequence[int]


def written(value: Any, indent: str, around: Surroundings) -> str:
    """The text of a new value, in a line that begins with the white space ``indent``."""
    if not isinstance(value, (dict, list)) or not value:
        return scalar_text(value, around.text)
    style = style_of(_sort_of(value), around)
    inner = indent + style.step if style.newline else indent
    if isinstance(value, dict):
        parts = [
            scalar_text(key, around.text) + style.colon + written(item, inner, around)
            for key, item in value.items()
        ]
    else:
        parts = [written(item, inner, around) for item in value]
    brackets = "{}" if isinstance(value, dict) else "[]"
    lead, comma, tail = style.padding, style.comma, style.padding
    if style.newline:
        lead, tail = style.newline + inner, style.newline + indent
        comma = "," + lead
    return f"{brackets[0]}{lead}{comma.join(parts)}{tail}{brackets[1]}"


def scalar_text(value: Any, text: str) -> str:
    """The text of a value without members, as JavaScript writes it; escaped to ASCII if ``text`` is so."""
    found = compact_text(value)
    if found.isascii() or not _escapes(text):
        return found
    return _BEYOND_ASCII.sub(_escaped, found)


def style_of(sort: Sort, around: Surroundings) -> Style:
    """The style of the containers of a sort, found in the innermost of the containers around that has one."""
    for opening in reversed(around.openings):
        found = _sample(around.text, opening, sort)
        if found is not None:
            return found
    return _of_root(around)


def line_indent(text: str, at: int) -> str:
    """The white space with which the line of an offset begins."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    return text[start : start + len(text[start:at]) - len(text[start:at].lstrip(" \t"))]


def _sample(text: str, opening: int, sort: Sort) -> Style | None:
    waiting = deque([opening])
    for _ in range(_LOOKED_AT):
        if not waiting:
            break
        container = container_at(text, waiting.popleft())
        inside = [member.value for member in container.members if text[member.value] in "[{"]
        of_sort = Sort.NESTED_LIST if inside else Sort.PLAIN_LIST
        if (Sort.OBJECT if text[container.opening] == "{" else of_sort) is sort:
            style = _style(text, container)
            if style is not None:
                return style
        waiting.extend(inside[:_LOOKED_AT])
    return None


def _style(text: str, container: Container) -> Style | None:
    """How a container is written; None if it does not show that."""
    members = container.members
    if not members:
        return None
    first = members[0]
    lead = text[container.opening + 1 : first.start]
    colon = ":" if first.key is None else text[first.key_end : first.value]
    newline = re.search(r"\r?\n|\r", lead)
    if newline is not None:
        indent = line_indent(text, container.opening)
        inner = line_indent(text, first.start)
        step = inner[len(indent) :] if inner.startswith(indent) else "  "
        return Style(newline[0], step, colon=colon)
    if len(members) == 1:
        return None
    gaps = (text[one.end : other.start] for one, other in pairwise(members))
    comma = next((gap for gap in gaps if not re.search(r"[\r\n]", gap)), None)
    return None if comma is None else Style(padding=lead, comma=comma, colon=colon)


def _of_root(around: Surroundings) -> Style:
    """The style of the outermost container, for a sort that has no example."""
    if not around.openings:
        return Style()
    text = around.text
    root = container_at(text, around.openings[0])
    first = root.members[0] if root.members else None
    style = _style(text, root)
    if first is not None and first.key is not None:
        colon = text[first.key_end : first.value]
    else:
        is_wide = style is not None and (style.newline or style.comma.endswith(" "))
        colon = ": " if is_wide else ":"
    return replace(style or Style(comma=", " if colon.endswith(" ") else ","), colon=colon)


def _sort_of(value: dict[str, Any] | list[Any]) -> Sort:
    if isinstance(value, dict):
        return Sort.OBJECT
    return Sort.NESTED_LIST if any(isinstance(item, (dict, list)) for item in value) else Sort.PLAIN_LIST


def _escapes(text: str) -> bool:
    """Whether a text writes characters beyond ASCII as escapes, as Python does by default."""
    if not text.isascii():
        return False
    return any(int(match[1], 16) >= 0x80 for match in _ESCAPE.finditer(text) if match[1])


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
