"""Find positions in a JSON text: lines and columns of values, the text of a value, repeated keys.

``json.loads`` keeps no positions, and a conversion without findings needs none. They are therefore found
afterwards, by a walk that enters only containers on the way to a wanted value and lets the C parser skip the
rest. It costs about as much as parsing the text once more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from comfyc.diagnostics import Pointer

_SPACE = re.compile(r"[ \t\n\r]*")
_skip = json.JSONDecoder(parse_int=float, strict=False).raw_decode
"""(value, end) of the JSON value at an offset. Integers become floats, because int refuses 4300 digits."""


def locate(text: str, pointers: Iterable[Pointer]) -> dict[Pointer, tuple[int, int]]:
    """Line and column, both from 1, of the value at each pointer; a column counts characters.

    A pointer that leads nowhere gets the position of its deepest ancestor that exists. If a key is repeated,
    its last value counts, as in ``json.loads``. In a text that is not JSON, positions are found up to the
    first fault.
    """
    text = text.removeprefix("\ufeff")
    wanted = dict.fromkeys(pointers)
    root = _Target()
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
    """The text of the value at a pointer, as it is written in ``text``; None if there is no such value."""
    root = _Target()
    root.grow(pointer)
    _walk(text, root)
    target = root.deepest(pointer)
    if target.below:
        return None
    try:
        return text[target.offset : _skip(text, target.offset)[1]]
    except (ValueError, RecursionError):
        return None


def duplicate_keys(text: str) -> list[Pointer]:
    """Pointers to the members whose key occurs earlier in the same object, in the order of the text.

    A value that a later one replaces is not searched. Text that does not parse has no pointers.
    :func:`locate` gives the position of the last value of the key.
    """
    text = text.removeprefix("\ufeff")
    try:
        return list(_pointers_of(_repeats(text))) if _has_repeats(text) else []
    except (ValueError, RecursionError):
        return []


def _has_repeats(text: str) -> bool:
    """Whether any object has a repeated key. Nothing is kept, so that this check takes little memory."""
    found = False

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len(dict(pairs)) != len(pairs)

    json.loads(text, object_pairs_hook=look, parse_int=float)
    return found


class _Repeats:
    """The repeated keys of an object, and those of its members in which keys are repeated."""

    __slots__ = ("below", "keys")

    def __init__(self, keys: list[str], below: dict[str, Any]) -> None:
        self.keys, self.below = keys, below


def _repeats(text: str) -> Any:
    def collect(pairs: list[tuple[str, Any]]) -> _Repeats | None:
        members = dict(pairs)
        below = {key: value for key, value in members.items() if _holds_repeats(value)}
        repeated: dict[str, None] = {}
        if len(members) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    repeated[key] = None
                seen.add(key)
        return _Repeats(list(repeated), below) if repeated or below else None

    return json.loads(text, object_pairs_hook=collect, parse_int=float)


def _holds_repeats(value: Any) -> bool:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _Repeats):
            return True
        if isinstance(one, list):
            waiting += [item for item in one if isinstance(item, (list, _Repeats))]
    return False


def _pointers_of(document: Any) -> Iterator[Pointer]:
    todo: list[tuple[Any, Pointer]] = [(document, ())]
    while todo:
        value, pointer = todo.pop()
        members: Iterable[tuple[str | int, Any]] = ()
        if isinstance(value, _Repeats):
            yield from ((*pointer, key) for key in value.keys)
            members = value.below.items()
        elif isinstance(value, list):
            members = enumerate(value)
        inner = [(item, (*pointer, key)) for key, item in members if isinstance(item, (list, _Repeats))]
        todo.extend(reversed(inner))


class _Target:
    """A node of the tree that the wanted pointers form: a value to locate, or one of its ancestors.

    ``offset`` is valid if ``above`` is still the offset of the parent. After a repeated key, the parent has
    another offset, so that offsets below the key's first value no longer count.
    """

    __slots__ = ("above", "below", "offset")

    def __init__(self) -> None:
        self.below: dict[str | int, _Target] = {}
        self.offset, self.above = 0, -1

    def grow(self, pointer: Pointer) -> None:
        target = self
        for step in pointer:
            target = target.below.setdefault(step, _Target())

    def deepest(self, pointer: Pointer) -> _Target:
        """The node of the pointer, or of its deepest ancestor that was found."""
        target = self
        for step in pointer:
            inner = target.below[step]
            if inner.above != target.offset:
                break
            target = inner
        return target


def _walk(text: str, root: _Target) -> None:
    """Set the offsets of the targets, up to the first fault of the text. Iterative, so that nesting costs no
    stack."""
    root.offset = at = _after_space(text, 0)
    stack: list[tuple[_Target, int]] = []  # the containers around ``at``, with the next index or -1 (object)
    target: _Target | None = root
    try:
        while True:
            if target is not None and target.below and text[at] in "{[":
                stack.append((target, 0 if text[at] == "[" else -1))
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
            target = around.below.get(key)
            if target is not None and at < len(text):
                target.offset, target.above = at, around.offset
    except (ValueError, IndexError, RecursionError):
        return


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
