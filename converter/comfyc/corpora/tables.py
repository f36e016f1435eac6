"""The table of a corpus in a file: Parquet, lines of JSON or CSV, by the ending of its name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from comfyc.corpora.rows import COLUMNS, Row
from comfyc.diagnostics import ComfycError
from comfyc.safety.atomic_stream import writing

ENDINGS = (".parquet", ".jsonl", ".csv")
_ROWS = 5_000
"""Rows of a row group in Parquet, which are held until it is written."""
_CHARACTERS = 1 << 25
"""Characters of prompts that are held at the most."""


class TableWriter(Protocol):
    """Takes rows; nothing is left to write after ``close``."""

    def add(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


def check_table(path: Path) -> None:
    """``ComfycError`` if the ending of a name says no table, or one that cannot be written here."""
    if path.suffix.lower() not in ENDINGS:
        raise ComfycError(
            f"'{path}' is no name of a table", f"write to a file that ends in {', '.join(ENDINGS)}"
        )
    if path.suffix.lower() == ".parquet":
        try:
            import pyarrow  # noqa: F401, PLC0415
        except ImportError as error:
            hint = "pip install 'comfyc[corpora]', or write a .jsonl or .csv table with --engine cores"
            raise ComfycError("for Parquet, pyarrow is needed", hint) from error


@contextmanager
def open_table(path: Path, *columns: str) -> Iterator[TableWriter]:
    """A table with the columns of ``COLUMNS``, and further ones that hold text. The file is written whole or
    not at all: it gets its name when this is left without an exception. ``ComfycError`` if that fails."""
    check_table(path)
    kinds = {**COLUMNS, **dict.fromkeys(columns, "text")}
    try:
        with writing(path) as file:
            writer = _WRITERS[path.suffix.lower()](file, kinds)
            yield writer
            writer.close()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ComfycError(f"'{path}' cannot be written: {reason}", "check the folder") from error


class _Lines:
    """A line of JSON for each row."""

    def __init__(self, file: BinaryIO, _: dict[str, str]) -> None:
        self._file = file

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._file.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")

    def close(self) -> None:
        pass


class _Cells:
    """CSV as RFC 4180 has it; a list is a cell of JSON."""

    def __init__(self, file: BinaryIO, kinds: dict[str, str]) -> None:
        self._file = file
        self._kinds = kinds
        self._write([list(kinds)])

    def add(self, rows: Sequence[Row]) -> None:
        self._write([[_cell(row[name]) for name in self._kinds] for row in rows])

    def close(self) -> None:
        pass

    def _write(self, lines: Sequence[Sequence[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        self._file.write(text.getvalue().encode("utf-8", "backslashreplace"))


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


class _Groups:
    """Parquet in row groups, so that no more than one is held."""

    def __init__(self, file: BinaryIO, kinds: dict[str, str]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - takes a moment
        import pyarrow.parquet as pq  # noqa: PLC0415

        types = {
            "text": pa.string(),
            "texts": pa.list_(pa.string()),
            "number": pa.int64(),
            "seconds": pa.float64(),
            "time": pa.timestamp("us", tz="UTC"),
        }
        self._arrow, self._kinds = pa, kinds
        self._schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._held: list[Row] = []
        self._characters = 0

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._held.append(row)
            self._characters += len(row.get("prompt", ""))
            if len(self._held) >= _ROWS or self._characters >= _CHARACTERS:
                self._flush()

    def close(self) -> None:
        if self._held:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        table = self._arrow.table(
            {name: [_timed(row[name], kind) for row in self._held] for name, kind in self._kinds.items()},
            schema=self._schema,
        )
        self._writer.write_table(table)
        self._held, self._characters = [], 0


def _timed(value: Any, kind: str) -> Any:
    return round(value * 1_000_000) if kind == "time" and value is not None else value


_WRITERS: dict[str, Any] = {".jsonl": _Lines, ".csv": _Cells, ".parquet": _Groups}
