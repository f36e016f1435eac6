"""The members of a container in a JSON text, with their offsets."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from comfyc.diagnostics import ComfycError

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder(parse_int=float, strict=False).raw_decode
"""(value, end) of the JSON value at an offset. Integers become floats, because int refuses 4300 digits."""


@dataclass(frozen=True, slots=True)
class MemberText:
    """An item of a list, or a member of an object, in a text.

    The text of a member of an object begins with its key: ``start`` to ``key_end``. The value is at ``value``
    to ``end``. In a list ``key`` is None, and ``start`` is ``value``.
    """

    key: str | None
    start: int
    key_end: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class Container:
    """A list or an object in a text, with the offsets of its brackets. A key may occur more than once."""

    opening: int
    closing: int
    members: tuple[MemberText, ...]


def container_at(text: str, at: int) -> Container:
    """The container that begins at an offset. ``ComfycError`` if the text is not JSON."""
    try:
        return _scanned(text, at)
    except (ValueError, IndexError) as error:
        raise ComfycError("the text to change is not JSON") from error


def value_end(text: str, at: int) -> int:
    """The offset behind the value that begins at an offset. ``ComfycError`` if the text is not JSON."""
    try:
        return _decode(text, at)[1]
    except (ValueError, IndexError) as error:
        raise ComfycError("the text to change is not JSON") from error


def after_space(text: str, at: int) -> int:
    """The offset of the first character that is not white space, from ``at`` on."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _scanned(text: str, opening: int) -> Container:
    is_object = text[opening] == "{"
    members: list[MemberText] = []
    at = after_space(text, opening + 1)
    while text[at] not in "]}":
        if members:
            at = after_space(text, at + 1)  # behind the comma
        key, start, key_end = None, at, at
        if is_object:
            key, key_end = _decode(text, at)
            at = after_space(text, after_space(text, key_end) + 1)  # behind the colon
        end = _decode(text, at)[1]
        members.append(MemberText(key, start, key_end, at, end))
        at = after_space(text, end)
    return Container(opening, at, tuple(members))
