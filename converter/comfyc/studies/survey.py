"""A study seen from above, before anything is sent: its first rows, its files, the names, the price."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from comfyc.interface.tracing import Target
from comfyc.prices import Estimates, Total, estimate
from comfyc.prices.estimates import total_of
from comfyc.running.prepare import Prepared
from comfyc.safety.web_files import WebFile
from comfyc.studies.names import folded, same_name
from comfyc.studies.rows import RowPlan, StudyRow

FIRST = 5
"""Rows that are shown."""
_PRICED = 200
"""Sets of values for partner nodes that are priced; further rows count as the last of them."""


@dataclass(slots=True)
class Survey:
    """What was seen on the way through all rows. ``first`` are the first rows with the stems of their files,
    ``files`` the sizes of all files that they upload (0 for one of the web), and ``total`` what their partner
    nodes cost, None without any."""

    count: int = 0
    first: list[tuple[StudyRow, str]] = field(default_factory=list)
    files: dict[Path | WebFile, int] = field(default_factory=dict)
    total: Total | None = None


def survey(plan: RowPlan, prepared: Prepared, stem_of: Callable[[StudyRow], str]) -> Survey:
    """Walk through all rows of a study, whose files are called as ``stem_of`` says. What is wrong with the
    rows is in the plan afterwards.

    ``ComfycError`` if two rows have one name, or a file has gone.
    """
    made, prices, names = Survey(), _Prices(prepared), dict[int, int]()
    for row in plan:
        made.count += 1
        stem = stem_of(row)
        first = names.setdefault(hash(folded(stem)), row.number)
        if first != row.number:
            raise same_name(stem, first, row.number)
        if len(made.first) < FIRST:
            made.first.append((row, stem))
        for path in row.files.values():
            if path not in made.files:
                made.files[path] = path.stat().st_size if isinstance(path, Path) else 0
        prices.note(row.targets)
    made.total = prices.total()
    return made


def priced(plan: RowPlan, prepared: Prepared) -> list[tuple[Estimates, int]]:
    """What the partner nodes of all rows of a study cost: estimates, and the number of rows that each is
    for."""
    prices = _Prices(prepared)
    for row in plan:
        prices.note(row.targets)
    return prices.parts()


class _Prices:
    """What the partner nodes of all rows cost. Rows that give them the same values are priced once."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.partners = frozenset(prepared.partners)
        self.rows: dict[Hashable, tuple[Mapping[Target, Any], int]] = {}

    def note(self, targets: Mapping[Target, Any]) -> None:
        """Count a row."""
        if not self.partners:
            return
        own = {target: value for target, value in targets.items() if target[0] in self.partners}
        key: Hashable = repr(sorted(own.items()))
        if key not in self.rows and len(self.rows) >= _PRICED:
            key = next(reversed(self.rows))
        values, count = self.rows.get(key, (own, 0))
        self.rows[key] = values, count + 1

    def parts(self) -> list[tuple[Estimates, int]]:
        """The estimates, each with the number of its rows."""
        return [(self._estimates(values), count) for values, count in self.rows.values()]

    def total(self) -> Total | None:
        """What all rows cost. A node whose price is not known is left open once."""
        if not self.rows:
            return None
        found = total_of(self.parts())
        nodes = {one.node: one for one in found.open}
        return replace(found, open=tuple(nodes.values()))

    def _estimates(self, values: Mapping[Target, Any]) -> Estimates:
        turn = self.prepared.turn(self.prepared.conversion.options, values) if values else self.prepared
        return estimate(turn.prompt, turn.catalog, titles=turn.titles, targets=turn.outputs)
