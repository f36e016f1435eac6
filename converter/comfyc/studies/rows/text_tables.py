"""What tables in CSV, TSV and JSONL have in common: they are read line by line, as often as it takes."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.safety.opening import open_regular
from comfyc.studies.rows.factors import Factor

MAX_LINE = 4 << 20
"""Characters of a line: 4 Mi."""
_BOMS = (b"\xff\xfe", b"\xfe\xff")
_REMEMBERED = 1_000_000
"""Rows of a table that are compared with one another."""


class BrokenTableError(Exception):
    """A table has a fault behind which it cannot be read on, in this line and column."""

    def __init__(self, message: str, line: int, column: int = 1, hint: str | None = None) -> None:
        super().__init__(message)
        self.line, self.column, self.hint = line, column, hint


class TableLines(Iterator[str]):
    """The lines of a text. ``record`` has those since it was cleared, ``number`` is that of the last one."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self.stream = stream
        self.record: list[str] = []
        self.number = 0

    def __next__(self) -> str:
        line = self.stream.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == MAX_LINE:
            raise BrokenTableError("the table has a line of more than 4 MiB", self.number)
        self.record.append(line)
        return line


class TextTable(Factor):
    """A table of which each row is a line or a few. It is walked through once when it is made, to report what
    is wrong with its form; cells are read when somebody asks for rows."""

    is_table = True
    newline: str = "\n"
    """What ends a line; "" for all that may, as it is."""
    found: Collector

    def __init__(self, name: str, found: Collector) -> None:
        self.name = name
        self.folder = Path(name).parent
        self.found = found
        self.headers = []
        self.count = 0
        self.line = 0
        """The first line of the row that was given last."""
        self._lines = TableLines(io.StringIO())
        self._rows_seen: dict[int, int] = {}
        try:
            for cells in self.records(found):
                self._note(cells)
        except BrokenTableError as error:
            found.report(
                codes.TABLE_NOT_READ, str(error), line=error.line, column=error.column, hint=error.hint
            )
            self.count = 0
        if not self.count and not found.has_errors:
            found.report(codes.TABLE_EMPTY, "the table has no rows", line=1, column=1)
        self._rows_seen.clear()

    @abstractmethod
    def parsed(self, lines: TableLines, found: Collector | None) -> Iterator[Sequence[Any]]:
        """The rows of a text, each with ``self.line`` set; what is wrong with their form goes to ``found``.
        The first walk, the only one with ``found``, sets ``self.headers``. :class:`BrokenTableError` if it
        cannot go on."""

    def rows(self) -> Iterator[Sequence[Any]]:
        given = 0
        try:
            for cells in self.records(None) if self.count else ():
                given += 1
                yield cells
        except BrokenTableError:
            given = -1
        if given != self.count:
            raise ComfycError(f"'{self.name}' has changed while it was read", "run the command again")

    def records(self, found: Collector | None) -> Iterator[Sequence[Any]]:
        """The rows that have values."""
        try:
            with open_regular(self.name) as file:
                if file.read(2) in _BOMS:
                    raise BrokenTableError("the table is UTF-16", 1, hint="save it as UTF-8")
                file.seek(0)
                self._lines = lines = TableLines(io.TextIOWrapper(file, "utf-8-sig", newline=self.newline))
                for cells in self.parsed(lines, found):
                    if any(cell != self.empty for cell in cells):
                        yield cells
                    elif found is not None:
                        message = "the row has no values, and is left out"
                        found.report(codes.ROW_EMPTY, message, line=self.line, column=1)
        except UnicodeDecodeError:
            line, column = self._foreign_byte()
            hint = "save it as UTF-8 (in Excel: CSV UTF-8)"
            raise BrokenTableError("the table is not UTF-8", line, column, hint) from None
        except FileNotFoundError as error:
            raise ComfycError(f"there is no file '{self.name}'", "check the path after --table") from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ComfycError(f"'{self.name}' cannot be read: {reason}") from error

    @property
    def origin(self) -> str:
        return f"{self.name}:{self.line}"

    @property
    def text(self) -> str:
        """The text of the row that was given last."""
        return "".join(self._lines.record)

    def _note(self, cells: Sequence[Any]) -> None:
        """Count a row, and compare it with those before it. Those with random seeds are never the same."""
        self.count += 1
        if len(self._rows_seen) >= _REMEMBERED or "random" in cells:
            return
        first = self._rows_seen.setdefault(hash(repr(cells)), self.line)
        if first != self.line:
            message = f"the row is the same as that in line {first}"
            self.found.report(codes.ROW_REPEATED, message, line=self.line, column=1)

    def _foreign_byte(self) -> tuple[int, int]:
        """The line and the column of the first byte that is not UTF-8."""
        with open_regular(self.name) as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as error:
                    return number, len(line[: error.start].decode("utf-8", "replace")) + 1
        return 1, 1
