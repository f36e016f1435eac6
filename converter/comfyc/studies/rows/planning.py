"""The rows of a study: its sources combined, the columns found in the document, and each cell read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostic
from comfyc.interface.checking import report_reach
from comfyc.interface.refused import RefusedError
from comfyc.interface.requests import NO_REQUESTS, Requests
from comfyc.interface.values import takes_file
from comfyc.running.prepare import Prepared
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.studies.rows.cells import Cell
from comfyc.studies.rows.columns import COMMENT
from comfyc.studies.rows.factors import Factor, Header
from comfyc.studies.rows.model import RowSources, StudyColumn, StudyRow
from comfyc.studies.rows.ranges import MAX_VALUES
from comfyc.studies.rows.reading import RowReader, refusal
from comfyc.studies.rows.series import series_of

_SHOWN = 20
"""Findings of a rule that are shown for a table, unless ``--limit findings`` asks for more."""


class RowPlan:
    """The rows of a study. Each walk through it reads them anew, and keeps none.

    ``columns`` are the parameters, ``count`` is the number of rows. What is wrong is in ``findings``, by the
    file (or "" for what was typed): with the form of tables and with columns at once, with cells once a walk
    has come to them.
    """

    def __init__(self, sources: RowSources, prepared: Prepared, requests: Requests, limits: Limits) -> None:
        self.limits = limits._replace(findings=_SHOWN) if limits.findings == DEFAULTS.findings else limits
        self.collectors: dict[str, Collector] = {}
        self.is_understood = True
        """Whether each name and each cell means something, as far as rows have been read."""
        series = series_of(sources.grids, sources.zips, sources.eaches, sources.count)
        self.factors: list[Factor] = [*map(self._table, sources.tables), *series]
        self.at = [0] * len(self.factors)
        """The row of each factor that is read."""
        self.count = prod(factor.count for factor in self.factors)
        if self.count > MAX_VALUES:
            raise ComfycError(
                f"the study has {self.count:,} rows, and at most {MAX_VALUES:,} are planned",
                "leave values out, or make several studies",
            )
        self.headers: list[Header] = [header for factor in self.factors for header in factor.headers]
        self.homes: list[tuple[int, int]] = [
            (number, index)
            for number, factor in enumerate(self.factors)
            for index in range(len(factor.headers))
        ]
        """The factor of each column, and the number of its cell there."""
        self.noted: set[tuple[int, int]] = set()
        """The cells that have been reported: column, and row in its factor."""
        names = [header.name for header in self.headers]
        self.reader = RowReader(names, [self.factors[number] for number, _ in self.homes], prepared, requests)
        self.columns = tuple(self._column(index) for index in range(len(self.headers)))
        self._report_columns()

    @property
    def findings(self) -> dict[str, Collector]:
        """What has been found so far, by the names of files, "" for what was typed."""
        return {name: found for name, found in self.collectors.items() if len(found)}

    @property
    def has_errors(self) -> bool:
        return not self.is_understood or any(found.has_errors for found in self.collectors.values())

    def __iter__(self) -> Iterator[StudyRow]:
        """The rows in order: the first factor varies slowest."""
        tables = [factor for factor in self.factors if factor.is_table]
        for number, cells in enumerate(self._product(0, ()), 1):
            origin = " ".join(table.origin for table in tables) if tables else ""
            yield self.reader.row(number, cells, origin, self._note)

    def _table(self, name: str) -> Factor:
        from comfyc.studies.rows.tables import open_table  # noqa: PLC0415 - for those who have one

        found = self.collectors[name] = Collector(self.limits)
        return open_table(name, found)

    def _found(self, factor: Factor) -> Collector:
        return self.collectors.setdefault(factor.name if factor.is_table else "", Collector(self.limits))

    def _column(self, index: int) -> StudyColumn:
        header, factor = self.headers[index], self.factors[self.homes[index][0]]
        where = (factor.name, header.line, header.column)
        origin = ":".join(str(part) for part in where if part is not None)
        known = self.reader.columns[index]
        settings = () if isinstance(known, RefusedError) else known
        return StudyColumn(header.name, origin, settings, any(takes_file(one.spec) for one in settings))

    def _report_columns(self) -> None:
        """Report columns that set no input, or one that another column sets."""
        taken: dict[Any, int] = {}
        for index, known in enumerate(self.reader.columns):
            header, about = self.headers[index], Collector()
            if isinstance(known, RefusedError) and not self.reader.may_vary:
                about.extend([refusal(known)])
                self.is_understood = False
            for one in () if isinstance(known, RefusedError) else known:
                report_reach(one, about)
                other = taken.setdefault((one.node, one.input), index)
                if other != index:
                    first = self.headers[other].name
                    message = f"'{header.name}' sets '{one.path}', as the column '{first}' does"
                    about.report(codes.COLUMN_REPEATED, message, node=one.node, title=one.title)
            if header.name.startswith(COMMENT) and taken.setdefault(header.name, index) != index:
                about.report(codes.COLUMN_REPEATED, f"two columns are called '{header.name}'")
            factor = self.factors[self.homes[index][0]]
            self._found(factor).extend(_at(one, header.line, header.column, factor) for one in about)

    def _product(self, depth: int, before: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        if depth == len(self.factors):
            yield before
            return
        is_last = depth + 1 == len(self.factors)
        for at, cells in enumerate(self.factors[depth].rows()):
            self.at[depth] = at
            if is_last:
                yield (*before, *cells)
            else:
                yield from self._product(depth + 1, (*before, *cells))

    def _note(self, index: int, cell: Cell) -> None:
        """Report what is wrong with a cell, once."""
        self.is_understood &= not cell.is_refused
        number, inner = self.homes[index]
        key = (index, self.at[number])
        if key in self.noted:
            return
        self.noted.add(key)
        factor = self.factors[number]
        found = self._found(factor)
        if len(found) < self.limits.findings * len(cell.findings):
            line, column = factor.position(inner)
            found.extend(_at(one, line, column, factor) for one in cell.findings)
        else:  # positions are found for those that are shown
            found.extend(cell.findings)


def plan_rows(
    sources: RowSources,
    prepared: Prepared,
    requests: Requests = NO_REQUESTS,
    *,
    limits: Limits = DEFAULTS,
) -> RowPlan:
    """The rows of a study of a document. ``requests`` says whether a name may mean several inputs, and a
    value take the place of a link.

    ``ComfycError`` for a table that cannot be read at all, and for a text that describes no values.
    """
    return RowPlan(sources, prepared, requests, limits)


def _at(one: Diagnostic, line: int | None, column: int | None, factor: Factor) -> Diagnostic:
    """A finding about a cell, where that stands."""
    if not factor.is_table:
        return replace(
            one, message=f"{one.message} ({factor.name})", data={**one.data, "origin": factor.name}
        )
    return replace(one, location=replace(one.location, line=line, column=column, pointer=()))
