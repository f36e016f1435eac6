"""Lay the names of a node's widgets beside its saved values, and keep only what cannot be otherwise.

Both are in the order of the node's widgets, but either may have members that the other lacks: a button or a
``control_after_generate`` has a value and no name in a prompt, and a widget that is not saved has a name and no
value. Of all ways to lay them side by side the cheapest count. A name gets a value only if all of these give it
the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.graph import ABSENT
from comfyc.javascript.values import text

CONTROL_MODES = ("fixed", "increment", "decrement", "randomize", "increment-wrap")
"""The values of a seed's ``control_after_generate`` widget."""

_NEVER = 1 << 20
_DIFFERENT, _LIKELY = 3, 1
_SKIPPED_VALUE, _SKIPPED_DISPLAY, _SKIPPED_NAME = 6, 2, 7


@dataclass(frozen=True, slots=True)
class Name:
    """A name to be found a value for.

    ``example`` is a value that the widget had, ABSENT if none is known. ``is_own`` says that the example is of the
    same node, so that it is expected again; else it only shows the kind of value. ``kind`` is the kind of the
    widget as far as its input shows it ('number', 'float', 'text', 'toggle', 'combo'), else "".
    """

    name: str
    example: Any = ABSENT
    is_own: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What is certain: by the position of a name the index of its value. ``doubtful`` are the positions of names
    that have more than one value to choose from. ``differing`` counts own examples that the values do not
    repeat, ``repeated`` those that they do."""

    indexes: dict[int, int]
    doubtful: tuple[int, ...]
    repeated: int
    differing: int


def align_names(names: Sequence[Name], values: Sequence[Any]) -> Alignment:
    """Find the value of each name, as far as it is certain.

    The time grows with ``len(names) * len(values)``, which the caller bounds.
    """
    controls = [is_control(values, index) for index in range(len(values))]
    costs = [[_cost(name, *pair) for pair in zip(values, controls, strict=True)] for name in names]
    skips = [0 if is_one else _skip_cost(value) for value, is_one in zip(values, controls, strict=True)]
    before = _table(costs, skips)
    after = _table([row[::-1] for row in reversed(costs)], skips[::-1])
    best = before[-1][-1]
    indexes: dict[int, int] = {}
    doubtful: list[int] = []
    count, width = len(names), len(values)
    for row in range(count):
        behind = after[count - row - 1]
        found = [
            column
            for column in range(width)
            if before[row][column] + costs[row][column] + behind[width - column - 1] == best
        ]
        if not found:
            continue
        may_lack = any(
            before[row][column] + _SKIPPED_NAME + behind[width - column] == best for column in range(width + 1)
        )
        first = values[found[0]]
        if names[row].is_own and all(is_repeated(values[column], names[row].example) for column in found):
            indexes[row] = found[0]  # whether it is saved or not, the prompt says what it is
        elif may_lack or not all(is_equal(first, values[column]) for column in found[1:]):
            doubtful.append(row)
        else:
            indexes[row] = found[0]
    own = [is_repeated(values[at], names[row].example) for row, at in indexes.items() if names[row].is_own]
    return Alignment(indexes, tuple(doubtful), sum(own), len(own) - sum(own))


def _table(costs: Sequence[Sequence[int]], skips: Sequence[int]) -> list[list[int]]:
    """For each count of first names and first values the least cost of laying them side by side."""
    row = [0]
    for skip in skips:
        row.append(row[-1] + skip)
    table = [row]
    for line in costs:
        above, row = row, [row[0] + _SKIPPED_NAME]
        for index, cost in enumerate(line):
            row.append(min(above[index] + cost, above[index + 1] + _SKIPPED_NAME, row[index] + skips[index]))
        table.append(row)
    return table


def _skip_cost(value: Any) -> int:
    """The cost of a value without a name: little for what a button or a display holds."""
    is_display = value is None or value == "" or isinstance(value, (list, dict))
    return _SKIPPED_DISPLAY if is_display else _SKIPPED_VALUE


def is_control(values: Sequence[Any], index: int) -> bool:
    """Whether the value at an index is that of a ``control_after_generate``, which follows a number."""
    value = values[index]
    return isinstance(value, str) and value in CONTROL_MODES and index > 0 and kind_of(values[index - 1]) == "number"


def _cost(name: Name, value: Any, is_control: bool) -> int:
    if name.is_own and is_repeated(value, name.example):
        return 0
    if is_control:
        return _NEVER
    if name.example is not ABSENT and kind_of(name.example) not in ("null", kind_of(value)):
        return _NEVER
    if not _suits(name.kind, value):
        return _NEVER
    return _DIFFERENT if name.is_own else _LIKELY


def _suits(kind: str, value: Any) -> bool:
    """Whether a widget of the kind may hold a value. Of combos only texts and numbers are known."""
    if kind in ("number", "float"):
        return kind_of(value) == "number"
    if kind == "toggle":
        return isinstance(value, bool)
    if kind == "text":
        return kind_of(value) in ("text", "number")
    return kind != "combo" or kind_of(value) in ("text", "number")


def kind_of(value: Any) -> str:
    """The kind of a JSON value that a widget holds: 'number', 'text', 'toggle', 'null' or 'object'."""
    if isinstance(value, bool):
        return "toggle"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "null" if value is None else "object"


def is_equal(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; true is not 1."""
    return kind_of(one) == kind_of(other) and bool(one == other)


def is_repeated(value: Any, example: Any) -> bool:
    """Whether a prompt's value is that of the widget. A server writes numbers of texts, and texts of numbers, as
    the input's type demands before it writes the prompt into a picture."""
    if isinstance(example, dict) and example.keys() == {"__value__"}:
        example = example["__value__"]
    if {kind_of(value), kind_of(example)} == {"number", "text"}:
        return text(value) == text(example)
    return is_equal(value, example)
