"""Tables in JSONL: each line is an object with the values of a row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.sources.positions import locate
from comfyc.studies.rows.factors import EMPTY, Header
from comfyc.studies.rows.text_tables import BrokenTableError, TableLines, TextTable

MAX_COLUMNS = 1_000


class JsonlTable(TextTable):
    """A table whose columns are the keys of all lines. A row without a key, or with null, keeps the file's
    value."""

    is_typed = True

    def __init__(self, name: str, found: Collector) -> None:
        self.names: dict[str, Header] = {}
        super().__init__(name, found)
        self.headers = list(self.names.values())

    def parsed(self, lines: TableLines, found: Collector | None) -> Iterator[Sequence[Any]]:
        for line in lines:
            self.line = lines.number
            if line.strip():
                values = flat(self._object(line, found))
                if found is not None:
                    self._take_names(values)
                yield [EMPTY if (value := values.get(name)) is None else value for name in self.names]
            lines.record.clear()

    def _object(self, line: str, found: Collector | None) -> Mapping[str, Any]:
        repeated: list[str] = []

        def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
            made = dict(members)
            if len(made) != len(members):
                repeated.extend(key for key, _ in members)
            return made

        try:
            value = json.loads(
                line.rstrip("\r\n"),
                parse_constant=_refuse,
                object_pairs_hook=pairs if found is not None else None,
            )
        except json.JSONDecodeError as error:
            raise BrokenTableError(
                f"the line is not JSON: {error.msg.lower()}", self.line, error.colno, "write an object a line"
            ) from None
        except (ValueError, RecursionError):
            raise BrokenTableError("the line has a value that JSON does not have", self.line) from None
        if not isinstance(value, dict):
            raise BrokenTableError(
                "the line is not an object", self.line, hint='write {"cfg": 4, "6.text": "a fox"}'
            )
        if repeated and found is not None:
            twice = next(key for key in repeated if repeated.count(key) > 1)
            message = f"'{twice}' is in the row twice"
            found.report(codes.COLUMN_REPEATED, message, line=self.line, column=1)
        return value

    def _take_names(self, values: Mapping[str, Any]) -> None:
        for name in values.keys() - self.names.keys():
            if len(self.names) >= MAX_COLUMNS:
                raise BrokenTableError(f"the table has more than {MAX_COLUMNS:,} columns", self.line)
            if not is_text(name):
                raise BrokenTableError("the name of a column is no text", self.line)
            self.names[name] = Header(name, *self._position(name))

    def position(self, index: int) -> tuple[int, int]:
        return self._position(self.headers[index].name)

    def _position(self, name: str) -> tuple[int, int]:
        """Line and column of the value under a name."""
        node, _, inner = name.partition(".")
        pointers = [(name,), (node, inner)]
        at = locate(self.text, pointers)
        start = at[name,] if at[name,] != (1, 1) else at[node, inner]
        return self.line, start[1]


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row by NODE.INPUT: an object in it is a node, and its members are inputs."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            made.update((f"{key}.{name}", inner) for name, inner in value.items())
        else:
            made[key] = value
    return made


def is_text(name: str) -> bool:
    """Whether a text has whole characters only."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(name: str) -> Any:
    raise ValueError(name)
