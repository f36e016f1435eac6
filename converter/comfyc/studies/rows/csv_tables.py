"""Tables in CSV and TSV, as spreadsheets write them: RFC 4180, separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.studies.rows.factors import Header
from comfyc.studies.rows.text_tables import BrokenTableError, TableLines, TextTable

_SEPARATORS = (",", ";", "\t")
_SAID = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
"""The first line with which Excel is told what separates cells."""
_QUOTED = re.compile(r'"[^"]*"?')


class CsvTable(TextTable):
    """A table whose first row names its columns. An empty cell keeps the file's value."""

    empty = ""
    newline = ""

    def __init__(self, name: str, found: Collector) -> None:
        self.separator = "\t" if name.lower().endswith((".tsv", ".tab")) else ""
        super().__init__(name, found)

    def parsed(self, lines: TableLines, found: Collector | None) -> Iterator[Sequence[Any]]:
        first = next(lines, "")
        said = _SAID.fullmatch(first)
        if said is not None:
            self.separator = said[1]
        else:
            self.separator = self.separator or _separator(first)
        self.decimal_comma = self.separator == ";"  # as spreadsheets write in countries that have one
        reader = csv.reader(
            _again(first, lines, skip=said is not None), delimiter=self.separator, strict=True
        )
        width = -1
        while True:
            self.line = lines.number + 1 if width >= 0 or said is not None else 1
            if width >= 0:
                lines.record.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise BrokenTableError(*self._why(error)) from None
            if width < 0:
                width = self._take_headers(cells, found)
            elif len(cells) == width:
                yield cells
            elif cells:
                yield self._fitted(cells, width, found)

    def _take_headers(self, cells: Sequence[str], found: Collector | None) -> int:
        """Take the names of the columns; returns their number."""
        width = len(cells)
        while width and not cells[width - 1].strip():
            width -= 1
        if found is not None:
            self.headers = [Header(cells[each].strip(), *self.position(each)) for each in range(width)]
        return width

    def _fitted(self, cells: Sequence[str], width: int, found: Collector | None) -> Sequence[str]:
        """A row of another length than the header as one of that length."""
        if found is not None and (len(cells) < width or any(cells[width:])):
            message = f"the row has {len(cells)} cells, and the header {width}"
            column = self.position(min(len(cells), width + 1) - 1)
            hint = "put a cell with the separator in it into quotes" if len(cells) > width else None
            found.report(codes.ROW_LENGTH, message, line=column[0], column=column[1], hint=hint)
        return [*cells[:width], *[""] * (width - len(cells))]

    def position(self, index: int) -> tuple[int, int]:
        text, at = self.text, 0
        cell = re.compile(rf'"(?:[^"]|"")*"|[^{re.escape(self.separator)}\r\n]*')
        for _ in range(index):
            found = cell.match(text, at)
            at = found.end() + 1 if found is not None else at
        before = text[:at]
        return self.line + before.count("\n"), at - (before.rfind("\n") + 1) + 1

    def _why(self, error: csv.Error) -> tuple[str, int, int, str]:
        """The message about a row that is no CSV, its line and column, and a hint."""
        hint = 'put a cell with quotes in it into quotes, and double these: "say ""hi"""'
        if "field limit" in str(error):
            hint = "a quote may not be closed; put long texts into files of their own, as @FILE"
        elif "NUL" in str(error):
            hint = "is it a text?"
        return f"the table is not CSV: {error}", self.line, 1, hint


def _separator(first: str) -> str:
    """What separates the cells of a header: what occurs most outside quotes, and a comma in doubt."""
    bare = _QUOTED.sub("", first)
    return max(_SEPARATORS, key=bare.count)


def _again(first: str, lines: TableLines, *, skip: bool) -> Iterator[str]:
    """The lines with the first, which has been read, unless it is to be skipped."""
    if not skip:
        yield first
    else:
        lines.record.clear()
    yield from lines
