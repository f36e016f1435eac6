"""Rows read: the columns found in the document once, and each cell by what its column sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.checks import check
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic
from comfyc.interface.refused import RefusedError
from comfyc.interface.requests import Requests
from comfyc.interface.settings import Interface, interface_for
from comfyc.interface.tracing import Target
from comfyc.running.prepare import Prepared
from comfyc.safety.web_files import WebFile
from comfyc.studies.rows.cells import Cell, Reader
from comfyc.studies.rows.columns import Resolved, resolve
from comfyc.studies.rows.factors import Factor
from comfyc.studies.rows.model import StudyRow

Note = Callable[[int, Cell], None]
"""What is done with a cell, of a column by its number, that something is wrong with."""
_VARIANTS = 16
"""Sets of inputs that are kept, where values decide which inputs there are."""


@dataclass(slots=True)
class _Variant:
    """The columns in a document with some values for those that decide which inputs it has. ``deciding`` are
    the columns that do so and are not heeded yet, ``cells`` what is wrong with the values, by column."""

    resolved: Resolved
    readers: list[Reader | None]
    deciding: tuple[int, ...]
    values: dict[Target, Any]
    cells: dict[int, Cell] = field(default_factory=dict)
    further: dict[Any, _Variant] = field(default_factory=dict)


class RowReader:
    """Reads the rows of columns with these names, each with the factor that its cells are from."""

    def __init__(
        self, names: Sequence[str], factors: Sequence[Factor], prepared: Prepared, requests: Requests
    ) -> None:
        self.names = names
        self.factors = factors
        self.prepared = prepared
        self.requests = requests
        interface = interface_for(prepared.conversion) if prepared.values else prepared.interface()
        self.root = self._variant(interface, {}, frozenset())

    @property
    def columns(self) -> list[tuple[Any, ...] | RefusedError]:
        """What each column sets in the document as it is, or why it sets nothing."""
        return list(self.root.resolved.columns)

    @property
    def may_vary(self) -> bool:
        """Whether some columns decide which inputs there are, so that others may be found in some rows
        only."""
        return bool(self.root.deciding)

    def row(self, number: int, cells: Sequence[Any], origin: str, note: Note) -> StudyRow:
        """A row by its cells. One that means nothing has no value."""
        variant = self._variant_of(cells, note) if self.root.deciding else self.root
        parameters: dict[str, Any] = {}
        files: dict[str, Path | WebFile] = {}
        targets: dict[Target, Any] = {}
        for index, raw in enumerate(cells):
            reader = variant.readers[index]
            if reader is None:
                cell = self._unread(variant, index, raw)
            else:  # most cells are texts that are known
                cell = (reader.known.get(raw) if type(raw) is str else None) or reader.read(raw)
            if cell.findings or cell.is_refused:
                note(index, cell)
            if cell.parameter is None:
                continue
            name = self.names[index]
            if cell.file is not None:
                if self.root.readers[index] is None:
                    note(index, _FILE_IN_SOME_ROWS)
                    continue
                files[name] = cell.file
            parameters[name] = cell.parameter
            targets.update(cell.targets)
        return StudyRow(number, parameters, files, targets, origin)

    def _variant(self, interface: Interface, values: dict[Target, Any], decided: frozenset[int]) -> _Variant:
        resolved = resolve(interface, self.names, self.requests)
        readers = [
            None
            if isinstance(known, RefusedError)
            else Reader(interface, known, factor, self.requests.fetching)
            for known, factor in zip(resolved.columns, self.factors, strict=True)
        ]
        deciding = tuple(index for index in resolved.deciding if index not in decided)
        return _Variant(resolved, readers, deciding, values)

    def _variant_of(self, cells: Sequence[Any], note: Note) -> _Variant:
        """The columns as they are with the values of a row that decide which inputs there are."""
        variant, decided = self.root, frozenset[int]()
        while variant.deciding:
            decided |= frozenset(variant.deciding)
            key = tuple(repr(cells[index]) for index in variant.deciding)
            if key not in variant.further:
                if len(variant.further) >= _VARIANTS:
                    variant.further.clear()
                variant.further[key] = self._further(variant, cells, decided)
            variant = variant.further[key]
            for index, cell in variant.cells.items():
                note(index, cell)
        return variant

    def _further(self, variant: _Variant, cells: Sequence[Any], decided: frozenset[int]) -> _Variant:
        """The columns once those have decided that do so in a variant."""
        own: dict[int, Mapping[Target, Any]] = {}
        for index in variant.deciding:
            reader = variant.readers[index]
            own[index] = reader.read(cells[index]).targets if reader is not None else {}
        values = {**variant.values, **{key: value for one in own.values() for key, value in one.items()}}
        turn = self.prepared.turn(self.prepared.conversion.options, values)
        interface = interface_for(turn.conversion) if turn.conversion.ok else variant.resolved.interface
        made = self._variant(interface, values, decided)
        found = Collector(turn.conversion.options.limits)
        check(turn.prompt, turn.catalog, found, request=turn.request, where=turn.where)
        for index, targets in own.items():
            about = tuple(one for one in found if (one.node, one.data.get("input")) in targets)
            if about:
                made.cells[index] = Cell(findings=about)
        return made

    def _unread(self, variant: _Variant, index: int, raw: Any) -> Cell:
        """The cell of a column that sets nothing in a row, where that is not said of the whole column."""
        if not self.may_vary or raw == self.factors[index].empty:
            return Cell()
        known = variant.resolved.columns[index]
        assert isinstance(known, RefusedError)
        return Cell(findings=(refusal(known),), is_refused=True)


def refusal(error: RefusedError) -> Diagnostic:
    """The finding about a name or a value that was refused."""
    found = Collector()
    found.report(error.rule, str(error), node=error.node, hint=error.hint)
    return next(iter(found))


_FILE_IN_SOME_ROWS = Cell(
    findings=(
        refusal(
            RefusedError(
                codes.SETTING_NOT_UNDERSTOOD,
                "a file is uploaded only for an input that the node has in all rows",
                "name a file that is on the server",
            )
        ),
    ),
    is_refused=True,
)
