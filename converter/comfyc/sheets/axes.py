"""Which parameters become the rows, the columns and the sections of a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from comfyc.diagnostics import ComfycError
from comfyc.sheets.model import Sheet, SheetColumn
from comfyc.suggestions import closest

NONE = "none"
"""The name by which an axis is left out."""
_MOST_VALUES = 40
"""Of a parameter that becomes an axis unasked."""
_MOST_CANDIDATES = 12
_HALF = 0.5
"""More of the cells of a grid must have rows: a parameter that another one decides fills no more."""
_MOST_COLUMNS = 8
_LONG = 24
"""Characters: a longer label is no head of a column."""


@dataclass(frozen=True, slots=True)
class Axes:
    """Numbers of columns of a sheet; with neither rows nor columns it is a gallery."""

    rows: int | None = None
    columns: int | None = None
    sections: int | None = None

    @property
    def is_grid(self) -> bool:
        """Whether there are both rows and columns."""
        return self.rows is not None and self.columns is not None


def chosen_axes(sheet: Sheet) -> Axes:
    """The axes of the parameters with the fewest values that fill a grid: the third becomes sections.

    The grid is as wide as a screen may be, and long labels stand beside it. A study without such parameters
    is a gallery.
    """
    varying = [at for at, one in enumerate(sheet.columns) if 1 < len(one.labels) <= _MOST_VALUES]
    varying.sort(key=lambda at: len(sheet.columns[at].labels))
    candidates = varying[:_MOST_CANDIDATES]
    for pair in combinations(candidates, 2):
        if _filled(sheet, pair) <= _HALF:
            continue
        for third in candidates:
            if third not in pair and _filled(sheet, (*pair, third)) > _HALF:
                return _arranged(sheet.columns, (*pair, third))
        return _arranged(sheet.columns, pair)
    return Axes()


def named_axes(sheet: Sheet, rows: str, columns: str, sections: str) -> Axes:
    """The axes that a user names, which leave nothing to the choice of :func:`chosen_axes` but what is not
    named ("").

    ``ComfycError`` for a name that is no column's, and for one that is named twice.
    """
    given = {"rows": rows, "columns": columns, "sections": sections}
    if not any(given.values()):
        return chosen_axes(sheet)
    found = {axis: _number(sheet.columns, name, f"--{axis}") for axis, name in given.items() if name}
    named = [at for at in found.values() if at is not None]
    if len(set(named)) < len(named):
        raise ComfycError(
            "two axes of the sheet name the same column", "name another one, or none for no axis"
        )
    unasked = chosen_axes(sheet)
    left = [at for at in (unasked.rows, unasked.columns, unasked.sections) if at not in (None, *named)]
    for axis, name in given.items():
        if not name:
            found[axis] = left.pop(0) if left else None
    return Axes(found["rows"], found["columns"], found["sections"])


def _number(columns: Sequence[SheetColumn], name: str, flag: str) -> int | None:
    names = [one.name for one in columns]
    if name in names:
        return names.index(name)
    if name == NONE:
        return None
    near = closest(name, names)
    meant = f"did you mean '{near[0]}'? " if near else ""
    raise ComfycError(f"the study has no column '{name}'", f"{meant}{flag} takes {', '.join([*names, NONE])}")


def _filled(sheet: Sheet, chosen: Sequence[int]) -> float:
    """The part of the cells of a grid of these columns that have a row."""
    cells = 1
    for at in chosen:
        cells *= len(sheet.columns[at].labels)
    return len({tuple(row.values[at] for at in chosen) for row in sheet.rows}) / cells


def _arranged(columns: Sequence[SheetColumn], chosen: Sequence[int]) -> Axes:
    def is_long(at: int) -> bool:
        return max(map(len, columns[at].labels)) > _LONG

    def size(at: int) -> int:
        return len(columns[at].labels)

    left = sorted(chosen, key=lambda at: (not is_long(at), size(at)))
    sections = left.pop(0) if len(left) > 2 else None
    one, other = sorted(left, key=size)
    is_wide = size(other) <= _MOST_COLUMNS and not (is_long(other) and not is_long(one))
    return Axes(one, other, sections) if is_wide else Axes(other, one, sections)
