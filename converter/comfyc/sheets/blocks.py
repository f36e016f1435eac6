"""The rows of a sheet in lines and columns, for a picture, which shows all at once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from comfyc.sheets.axes import Axes
from comfyc.sheets.model import Sheet, SheetColumn, SheetRow


@dataclass(frozen=True, slots=True)
class Block:
    """A grid of cells: its heading, the heads of its columns and lines, and the rows in each cell."""

    heading: str
    heads: tuple[str, ...]
    lines: tuple[tuple[str, tuple[tuple[SheetRow, ...], ...]], ...]


def blocks_of(sheet: Sheet, axes: Axes) -> list[Block]:
    """The blocks of a sheet, one for each section; without rows and columns each row has its own cell."""
    parts = _parted(sheet.rows, axes.sections)
    return [
        _grid(sheet, axes, rows, _named(sheet.columns, axes.sections, value))
        if axes.rows is not None or axes.columns is not None
        else _flow(rows, _named(sheet.columns, axes.sections, value))
        for value, rows in parts
    ]


def _parted(rows: Sequence[SheetRow], at: int | None) -> list[tuple[int, list[SheetRow]]]:
    found: dict[int, list[SheetRow]] = defaultdict(list)
    for row in rows:
        found[0 if at is None else row.values[at]].append(row)
    return sorted(found.items())


def _named(columns: Sequence[SheetColumn], at: int | None, value: int) -> str:
    return "" if at is None else f"{columns[at].name} {columns[at].labels[value]}"


def _grid(sheet: Sheet, axes: Axes, rows: Sequence[SheetRow], heading: str) -> Block:
    across = [value for value, _ in _parted(sheet.rows, axes.columns)]  # the same in all sections
    lines = []
    for value, line in _parted(rows, axes.rows):
        cells = dict(_parted(line, axes.columns))
        name = _named(sheet.columns, axes.rows, value)
        lines.append((name, tuple(tuple(cells.get(one, ())) for one in across)))
    heads = tuple(_named(sheet.columns, axes.columns, one) for one in across)
    return Block(heading, heads, tuple(lines))


def _flow(rows: Sequence[SheetRow], heading: str) -> Block:
    across = math.ceil(math.sqrt(len(rows)))
    lines = [rows[start : start + across] for start in range(0, len(rows), across)]
    return Block(heading, (), tuple(("", tuple((row,) for row in line)) for line in lines))
