"""Tables in TOML and JSON, which are read as a whole: ``[[row]]`` for each row, or a list of objects."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Pointer
from comfyc.safety.opening import read_text
from comfyc.sources.positions import line_columns, locate
from comfyc.sources.toml_positions import (
    MAX_PARTS,
    array_offsets,
    line_of_long_key,
    position_of_error,
    toml_positions,
    words_of_error,
)
from comfyc.studies.rows.factors import EMPTY, Factor, Header
from comfyc.studies.rows.jsonl_tables import flat, is_text

MAX_BYTES = 4 << 20
"""Bytes of a table that is held in memory: 4 MiB."""
_ROW = "row"


class ListedTable(Factor):
    """A table that is a list of rows, each with values by the names of columns."""

    is_typed = True
    is_table = True

    def __init__(self, name: str, found: Collector) -> None:
        self.name, self.folder, self.found = name, Path(name).parent, found
        self.count, self.headers = 0, []
        self.values: list[dict[str, Any]] = []
        self.at = 0
        self.text = _text_of(name, found)
        self._where: Callable[[int, str], tuple[int, int]] = lambda index, key: (1, 1)
        if not found.has_errors:
            self._take(self._parsed_toml() if name.lower().endswith(".toml") else self._parsed_json())

    def rows(self) -> Iterator[Sequence[Any]]:
        names = [header.name for header in self.headers]
        for index in range(self.count):
            self.at = index
            values = self.values[index]
            yield [EMPTY if (value := values.get(name)) is None else value for name in names]

    def position(self, index: int) -> tuple[int, int]:
        return self._where(self.at, self.headers[index].name)

    @property
    def origin(self) -> str:
        return f"{self.name}:{self.lines[self.at]}"

    @cached_property
    def lines(self) -> list[int]:
        """The lines in which the rows begin."""
        if self.name.lower().endswith(".toml"):
            return [self._where(index, "")[0] for index in range(self.count)]
        found = locate(self.text, [(index,) for index in range(self.count)])
        return [line for line, _ in found.values()]

    def _parsed_json(self) -> Any:
        try:
            document = json.loads(self.text)
        except json.JSONDecodeError as error:
            self._refuse(f"the table is not JSON: {error.msg.lower()}", error.lineno, error.colno)
            return []
        except (ValueError, RecursionError):
            self._refuse("the table has a value that JSON does not have", 1, 1)
            return []
        self._where = lambda index, key: _nearest(self.text, index, key)
        return document

    def _parsed_toml(self) -> Any:
        toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
        line = line_of_long_key(self.text)
        if line is not None:
            self._refuse(f"the table has a key of more than {MAX_PARTS} parts", line, 1)
            return []
        try:
            document = toml.loads(self.text)
        except ValueError as error:
            at, column = position_of_error(self.text, error)
            self._refuse(f"the table is not TOML: {words_of_error(error)}", at, column or 1)
            return []
        except RecursionError:
            self._refuse("the table has values that are nested too deeply", 1, 1)
            return []
        others = [key for key in document if key != _ROW]
        if others:
            line, column = toml_positions(self.text)[others[0],]
            self._refuse(f"'{others[0]}' is in no row", line, column)
        self._where = _TomlRows(self.text).position
        return document.get(_ROW, [])

    def _take(self, rows: Any) -> None:
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            self._refuse("the table is not a list of rows", 1, 1)
            return
        names: dict[str, Header] = {}
        for one in map(flat, rows):
            if not all(map(is_text, one)):
                self._refuse("the table has a column whose name is no text", 1, 1)
                return
            if one:
                self.values.append(one)
                for name in one.keys() - names.keys():
                    names[name] = Header(name, *self._where(len(self.values) - 1, name))
        self.headers = list(names.values())
        self.count = len(self.values)
        if not self.count and not self.found.has_errors:
            self.found.report(codes.TABLE_EMPTY, "the table has no rows", line=1, column=1)

    def _refuse(self, message: str, line: int, column: int) -> None:
        hint = (
            "begin each row with [[row]]" if self.name.lower().endswith(".toml") else "write [{...}, {...}]"
        )
        self.found.report(codes.TABLE_NOT_READ, message, line=line, column=column, hint=hint)


class _TomlRows:
    """Finds the keys of rows in a text in TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offsets = array_offsets(text, _ROW)
        self.lines = [line for line, _ in line_columns(text, self.offsets).values()]

    def position(self, index: int, name: str) -> tuple[int, int]:
        """Line and column of the key of a value, or of its row."""
        if index >= len(self.offsets):  # the array is written in one piece: row = [{...}, ...]
            return toml_positions(self.text).get((_ROW,), (1, 1))
        if not name:
            return self.lines[index], 1
        ends = (*self.offsets[index + 1 : index + 2], len(self.text))
        node, _, inner = name.partition(".")
        found = toml_positions(self.text[self.offsets[index] : ends[0]])
        paths = ((_ROW, name), (_ROW, node, inner), (_ROW,))
        line, column = next(found[path] for path in paths if path in found)
        return line + self.lines[index] - 1, column


def _nearest(text: str, index: int, name: str) -> tuple[int, int]:
    """Line and column of a value in a list of objects, or of its object."""
    node, _, inner = name.partition(".")
    pointers: list[Pointer] = [(index, name), (index, node, inner), (index,)]
    found = locate(text, pointers)
    return next((found[one] for one in pointers[:2] if found[one] != found[pointers[2]]), found[pointers[2]])


def _text_of(name: str, found: Collector) -> str:
    try:
        return read_text(Path(name), MAX_BYTES).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        found.report(
            codes.TABLE_NOT_READ, "the table is not UTF-8", line=line, column=1, hint="save it as UTF-8"
        )
    except FileNotFoundError as error:
        raise ComfycError(f"there is no file '{name}'", "check the path after --table") from error
    except OSError as error:
        hint = "use CSV or JSONL, which are read line by line" if error.errno == errno.EFBIG else None
        raise ComfycError(
            f"'{name}' cannot be read: {(error.strerror or str(error)).lower()}", hint
        ) from error
    return ""
