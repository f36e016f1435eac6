"""Where things are in a JSON text: lines and columns, values cut out, repeated keys.

``json.loads`` keeps no positions, and a conversion without findings needs none. So they are found
afterwards, by a walk that enters only what lies on the way to a wanted place and lets the C parser skip
the rest: about the cost of parsing the text once more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from converter.diagnostics import Pointer

_SPACE = re.compile(r"[ \t\n\r]*")
_skip = json.JSONDecoder(parse_int=float, strict=False).raw_decode
"""(value, end) of the JSON value at an offset; float, because int refuses 4300 digits."""


def locate(text: str, pointers: Iterable[Pointer]) -> dict[Pointer, tuple[int, int]]:
    """Line and column, both from 1, of the value at each pointer; a column counts characters.

    A pointer that leads nowhere gets the place of its deepest ancestor that exists. Of a repeated key the
    last value counts, as for ``json.loads``. Text that is no JSON is located as far as it can be read.
    """
    text = text.removeprefix("\ufeff")
    wanted = dict.fromkeys(pointers)
    root = _Place()
    for pointer in wanted:
        root.grow(pointer)
    _walk(text, root)
    offsets = {pointer: root.deepest(pointer).offset for pointer in wanted}
    lines = line_columns(text, offsets.values())
    return {pointer: lines[offset] for pointer, offset in offsets.items()}


def line_columns(text: str, offsets: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Line and column, both from 1, of each offset, in one pass over the text."""
    found: dict[int, tuple[int, int]] = {}
    line, line_start, done = 1, 0, 0
    for offset in sorted(set(offsets)):
        line += text.count("\n", done, offset)
        line_start = max(line_start, text.rfind("\n", done, offset) + 1)
        found[offset] = line, offset - line_start + 1
        done = offset
    return found


def value_text(text: str, pointer: Pointer) -> str | None:
    """The value at a pointer as it is written in ``text``; None if there is none."""
    root = _Place()
    root.grow(pointer)
    _walk(text, root)
    place = root.deepest(pointer)
    if place.below:
        return None
    try:
        return text[place.offset : _skip(text, place.offset)[1]]
    except (ValueError, RecursionError):
        return None


def duplicate_keys(text: str) -> list[Pointer]:
    """Pointers to the members whose key occurs before in the same object, in the order of the text.

    Only what ``json.loads`` keeps is looked at: not the insides of a value that a later one replaces.
    Text that does not parse has none. :func:`locate` gives the place of the last value of the key.
    """
    repeats: dict[int, list[str]] = {}  # by the id of the object
    alive: list[dict[str, Any]] = []  # so that no id is used twice

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            seen: set[str] = set()
            repeats[id(members)] = []
            for key, _ in pairs:
                if key in seen:
                    repeats[id(members)].append(key)
                seen.add(key)
            alive.append(members)
        return members

    try:
        document = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=collect, parse_int=float)
    except (ValueError, RecursionError):
        return []
    return _pointers_of(document, repeats) if repeats else []


def _pointers_of(document: Any, repeats: dict[int, list[str]]) -> list[Pointer]:
    found: list[Pointer] = []
    todo: list[tuple[Any, Pointer]] = [(document, ())]
    while todo:
        value, pointer = todo.pop()
        members: Iterable[tuple[str | int, Any]] = ()
        if isinstance(value, dict):
            found.extend((*pointer, key) for key in dict.fromkeys(repeats.get(id(value), ())))
            members = value.items()
        elif isinstance(value, list):
            members = enumerate(value)
        inner = [(item, (*pointer, key)) for key, item in members if isinstance(item, (dict, list))]
        todo.extend(reversed(inner))
    return found


class _Place:
    """A wanted place, or one on the way there: a node of the tree that the pointers make.

    ``offset`` holds if ``above`` is still the offset of the place above: a key that comes again starts
    afresh, and what was found below its first value is void.
    """

    __slots__ = ("above", "below", "offset")

    def __init__(self) -> None:
        self.below: dict[str | int, _Place] = {}
        self.offset, self.above = 0, -1

    def grow(self, pointer: Pointer) -> None:
        place = self
        for step in pointer:
            place = place.below.setdefault(step, _Place())

    def deepest(self, pointer: Pointer) -> _Place:
        """The place of the pointer, or of the deepest ancestor that was found."""
        place = self
        for step in pointer:
            inner = place.below[step]
            if inner.above != place.offset:
                break
            place = inner
        return place


def _walk(text: str, root: _Place) -> None:
    """Set the offsets of the places in the text, as far as it is JSON. Iterative: depth costs no stack."""
    root.offset = at = _after_space(text, 0)
    stack: list[tuple[_Place, int]] = []  # the containers around ``at``, with the next index of an array
    place: _Place | None = root
    try:
        while True:
            if place is not None and place.below and text[at] in "{[":
                stack.append((place, 0 if text[at] == "[" else -1))
                at += 1
            else:
                at = _skip(text, at)[1]
            at = _after_space(text, at)
            while stack and text[at] in "}]":
                stack.pop()
                at = _after_space(text, at + 1)
            if not stack:
                return
            if text[at] == ",":
                at = _after_space(text, at + 1)
            around, index = stack[-1]
            key: str | int = index
            if index < 0:
                key, at = _skip(text, at)
                at = _after_space(text, at)
                if not isinstance(key, str) or text[at] != ":":
                    return
                at = _after_space(text, at + 1)
            else:
                stack[-1] = around, index + 1
            place = around.below.get(key)
            if place is not None and at < len(text):
                place.offset, place.above = at, around.offset
    except (ValueError, IndexError, RecursionError):
        return


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
