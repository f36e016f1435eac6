"""Lay the names of a node's widgets beside its saved values, and keep only what cannot be otherwise.

Both are in the order of the node's widgets, but either may have members that the other lacks: a button or a
``control_after_generate`` has a value and no name in a prompt, and a widget that is not saved has a name and
no value. Of all ways to lay them side by side the cheapest count. A name gets a value only if all of these
give it the same one.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from comfyc.graph import ABSENT
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import text

SEED_NAMES = ("seed", "noise_seed")
"""The inputs to which the editor adds a ``control_after_generate``."""

_NEVER = 1 << 20
_OTHER, _LIKELY = 2, 1
"""The costs of a value that is not the one expected, and of one that may be anything of its kind."""
_SKIPPED_VALUE, _SKIPPED_DISPLAY, _SKIPPED_NAME = 6, 2, 7


@dataclass(frozen=True, slots=True)
class WidgetName:
    """The name of a widget, for which a value is sought.

    ``example`` is a value that the widget has had, ABSENT if none is known. ``is_own`` says that it was of
    the same node, so that it is expected again; else it only shows the kind of value. ``kind`` is the kind of
    the widget as far as its input shows it ('number', 'float', 'text', 'toggle', 'combo'), else "".
    """

    name: str
    example: Any = ABSENT
    is_own: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What is certain: by the position of a name the index of its value.

    ``doubtful`` are the positions of names that have several values to choose from. ``differing`` are those
    whose value is not the one expected; ``repeated`` counts those that have the expected one.
    """

    indexes: dict[int, int]
    doubtful: tuple[int, ...]
    differing: tuple[int, ...]
    repeated: int


class Comparable:
    """A JSON value that can be compared with others in little time, however large it is."""

    __slots__ = ("content", "kind")

    def __init__(self, value: Any) -> None:
        if isinstance(value, dict) and value.keys() == {"__value__"}:
            value = value["__value__"]  # how a prompt has a list that is no link
        self.kind = kind_of(value)
        self.content = compact_text(value) if self.kind == "object" else value

    def repeats(self, other: Comparable) -> bool:
        """Whether this is the other's value. A server writes texts for numbers and numbers for texts, as the
        type of the input demands, before it writes the prompt into a picture."""
        if self.kind == other.kind:
            return bool(self.content == other.content)
        is_mixed = {self.kind, other.kind} == {"number", "text"}
        return is_mixed and text(self.content) == text(other.content)


class Column(NamedTuple):
    """A saved value: whether it is that of a ``control_after_generate``, and whether one follows it."""

    value: Comparable
    is_control: bool
    has_control: bool


def align_names(names: Sequence[WidgetName], values: Sequence[Any], controls: Container[int]) -> Alignment:
    """Find the value of each name, as far as it is certain.

    ``controls`` are the indexes of values that a ``control_after_generate`` seems to have. The time grows
    with ``len(names) * len(values)``, which the caller bounds.
    """
    columns = [
        Column(Comparable(value), at in controls, at + 1 in controls) for at, value in enumerate(values)
    ]
    examples = [Comparable(name.example) if name.is_own else None for name in names]
    costs = [
        [_cost(name, example, column) for column in columns]
        for name, example in zip(names, examples, strict=True)
    ]
    skips = [0 if at in controls else _skip_cost(value) for at, value in enumerate(values)]
    choices = _choices(costs, skips)
    indexes: dict[int, int] = {}
    doubtful: list[int] = []
    differing: list[int] = []
    repeated = 0
    for row, (found, may_lack) in enumerate(choices):
        example = examples[row]
        repeats = [example is not None and columns[index].value.repeats(example) for index in found]
        if not found or columns[found[0]].value.kind == "null":
            continue
        first = columns[found[0]].value
        is_certain = not may_lack and all(first.repeats(columns[index].value) for index in found[1:])
        if not is_certain and not all(repeats):  # if all repeat what is expected, it does not matter which
            doubtful.append(row)
            continue
        indexes[row] = found[0]
        repeated += repeats[0]
        if example is not None and not repeats[0]:
            differing.append(row)
    return Alignment(indexes, tuple(doubtful), tuple(differing), repeated)


def _choices(costs: Sequence[Sequence[int]], skips: Sequence[int]) -> list[tuple[list[int], bool]]:
    """For each name the values that it has in some cheapest way, and whether it has none in another."""
    before = _table(costs, skips)
    after = _table([row[::-1] for row in reversed(costs)], skips[::-1])
    best = before[-1][-1]
    choices = []
    for row, line in enumerate(costs):
        above, behind = before[row], after[len(costs) - row - 1][::-1]
        found = [at for at, cost in enumerate(line) if above[at] + cost + behind[at + 1] == best]
        may_lack = any(one + _SKIPPED_NAME + other == best for one, other in zip(above, behind, strict=True))
        choices.append((found, may_lack))
    return choices


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


def _cost(name: WidgetName, example: Comparable | None, column: Column) -> int:
    """The cost of giving a value to a name."""
    value = column.value
    if example is not None and value.repeats(example):
        return 0
    if column.is_control:
        return _NEVER
    likely = _LIKELY + (column.has_control != (name.name in SEED_NAMES))
    if value.kind == "null":  # nobody knew the value when the file was saved
        return likely
    if name.example is not ABSENT and kind_of(name.example) not in ("null", value.kind):
        return _NEVER
    if not _suits(name.kind, value.kind):
        return _NEVER
    return likely if example is None else _OTHER + likely


def _suits(kind: str, of_value: str) -> bool:
    """Whether a widget of a kind may hold a value of a kind. The options of a combo are not known."""
    if kind in ("number", "float"):
        return of_value == "number"
    if kind == "toggle":
        return of_value == "toggle"
    return kind not in ("text", "combo") or of_value in ("text", "number")


def kind_of(value: Any) -> str:
    """The kind of a JSON value that a widget holds: 'number', 'text', 'toggle', 'null' or 'object'."""
    if isinstance(value, bool):
        return "toggle"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "null" if value is None else "object"
