"""Rows read: the columns found in the document once, and each cell by what its column sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic
from comfyc.interface.refused import RefusedError
from comfyc.interface.requests import NO_REQUESTS, Requests
from comfyc.interface.settings import Interface, interface_for
from comfyc.interface.tracing import Target
from comfyc.running.prepare import Prepared
from comfyc.safety.web_files import WebFile
from comfyc.studies.rows.cells import Cell, Reader
from comfyc.studies.rows.columns import Resolved, resolve
from comfyc.studies.rows.factors import EMPTY, Factor
from comfyc.studies.rows.model import StudyRow

Note = Callable[[int, Cell], None]
"""What is done with a cell, of a column by its number, that something is wrong with."""
_VARIANTS = 64
"""Sets of inputs that are kept, where values decide which inputs there are."""


@dataclass(slots=True)
class _Variant:
    """The columns in a document with some values for those that decide which inputs it has. ``deciding`` are
    the columns that do so and have not been heeded yet."""

    resolved: Resolved
    readers: list[Reader | None]
    deciding: tuple[int, ...]
    values: dict[Target, Any]
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
        variant = self._variant_of(cells) if self.root.deciding else self.root
        parameters: dict[str, Any] = {}
        files: dict[str, Path | WebFile] = {}
        targets: dict[Target, Any] = {}
        for index, raw in enumerate(cells):
            reader = variant.readers[index]
            cell = reader.read(raw) if reader is not None else self._unread(variant, index, raw)
            if cell.findings or cell.is_refused:
                note(index, cell)
            if cell.parameter is None:
                continue
            name = self.names[index]
            parameters[name] = cell.parameter
            targets.update(cell.targets)
            if cell.file is not None:
                files[name] = cell.file
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

    def _variant_of(self, cells: Sequence[Any]) -> _Variant:
        """The columns as they are with the values of a row that decide which inputs there are."""
        variant, decided = self.root, frozenset[int]()
        while variant.deciding:
            key = tuple(repr(cells[index]) for index in variant.deciding)
            decided |= frozenset(variant.deciding)
            known = variant.further.get(key)
            if known is None:
                values = dict(variant.values)
                for index in variant.deciding:
                    reader = variant.readers[index]
                    values.update(reader.read(cells[index]).targets if reader is not None else {})
                conversion = self.prepared.turn(self.prepared.conversion.options, values).conversion
                interface = interface_for(conversion) if conversion.ok else variant.resolved.interface
                if len(variant.further) >= _VARIANTS:
                    variant.further.clear()
                known = variant.further[key] = self._variant(interface, values, decided)
            variant = known
        return variant

    def _unread(self, variant: _Variant, index: int, raw: Any) -> Cell:
        """The cell of a column that sets nothing in a row, where that is not said of the whole column."""
        if not self.may_vary or raw == self.factors[index].empty:
            return Cell()
        known = variant.resolved.columns[index]
        assert isinstance(known, RefusedError)
        return Cell(findings=(refusal(known),), is_refused=True)


class StoredRows:
    """Rows that have been planned, by their parameters: what they set in a document, which may have been made
    ready for another server since."""

    def __init__(self, names: Sequence[str], prepared: Prepared, requests: Requests = NO_REQUESTS) -> None:
        factor = _Stored()
        self.reader = RowReader(names, [factor] * len(names), prepared, requests)

    def row(
        self, number: int, parameters: Mapping[str, Any], files: Mapping[str, Path | WebFile]
    ) -> StudyRow:
        """The row with these parameters, of which ``files`` are files to be uploaded."""
        cells = [_raw(parameters.get(name), files.get(name)) for name in self.reader.names]
        return self.reader.row(number, cells, "", _ignore)


class _Stored(Factor):
    """What the parameters of a row are read as: values of JSON."""

    is_typed = True

    def rows(self) -> Iterator[Sequence[Any]]:
        return iter(())


def _raw(value: Any, file: Path | WebFile | None) -> Any:
    """The cell that means a value."""
    if file is not None:
        return file.address if isinstance(file, WebFile) else f"@{file.as_posix()}"
    if value is None:
        return EMPTY
    return f"@{value}" if isinstance(value, str) and value.startswith("@") else value


def _ignore(index: int, cell: Cell) -> None:
    """What is wrong with a row has been reported when it was planned."""


def refusal(error: RefusedError) -> Diagnostic:
    """The finding about a name or a value that was refused."""
    found = Collector()
    found.report(error.rule, str(error), node=error.node, hint=error.hint)
    return next(iter(found))
