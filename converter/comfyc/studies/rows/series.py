"""Rows from the command line: ``--grid`` and ``--zip`` with values, ``--each`` with files, ``--count``."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.studies.rows.factors import EMPTY, Factor, Header
from comfyc.studies.rows.ranges import MAX_VALUES, read_range

_VALUE = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=,|\Z)|([^,"][^,]*)?(?=,|\Z)')
_NUMBERS = re.compile(r"(\d+)")


class Series(Factor):
    """Values for columns, in parallel: of one column for ``--grid`` and ``--each``, of several for ``--zip``,
    and of none for ``--count``, which only repeats."""

    def __init__(self, flag: str, names: Sequence[str], values: Sequence[Sequence[Any]], count: int) -> None:
        self.name = flag
        self.headers = [Header(name) for name in names]
        self.values = values
        self.count = count

    def rows(self) -> Iterator[Sequence[Any]]:
        if not self.values:
            return iter([()] * self.count)
        return zip(*self.values, strict=True)


@dataclass(frozen=True, slots=True)
class _Joined(Sequence[Any]):
    """Sequences one after another, as one."""

    parts: tuple[Sequence[Any], ...]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __getitem__(self, index: Any) -> Any:
        for part in self.parts:
            if index < len(part):
                return part[index]
            index -= len(part)
        raise IndexError(index)

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self.parts)


def series_of(grids: Sequence[str], zips: Sequence[str], eaches: Sequence[str], count: int) -> list[Series]:
    """The series that the texts of the flags describe: a factor for each ``--grid``, one for all ``--zip``,
    one for each ``--each``. ``ComfycError`` for what describes none."""
    made = [Series("--grid", (name,), (values,), len(values)) for name, values in map(_grid, grids)]
    together = [(text, *_named(text, "--zip", "VALUE,VALUE,...")) for text in zips]
    if together:
        values = tuple(_values(text, "--zip") for _, _, text in together)
        lengths = {len(one) for one in values}
        if len(lengths) > 1:
            counts = ", ".join(
                f"{name} {len(one)}" for (_, name, _), one in zip(together, values, strict=True)
            )
            raise ComfycError(
                f"--zip takes its values in parallel, and there is not the same number of each: {counts}",
                "give each as many values, or use --grid for all combinations",
            )
        names = tuple(name for _, name, _ in together)
        made.append(Series("--zip", names, values, len(values[0])))
    for text in eaches:
        name, pattern = _named(text, "--each", "PATTERN")
        files = _files(pattern)
        made.append(Series("--each", (name,), (files,), len(files)))
    if count > 1:
        made.append(Series("--count", (), (), count))
    return made


def _grid(text: str) -> tuple[str, Sequence[Any]]:
    name, values = _named(text, "--grid", "VALUE,VALUE,...")
    return name, _values(values, "--grid")


def _named(text: str, flag: str, what: str) -> tuple[str, str]:
    name, equals, values = text.partition("=")
    if not equals or not name.strip():
        raise ComfycError(
            f"expected NAME={what} after {flag}, got '{text}'",
            f"for example {flag} {'image=photos/*.jpg' if flag == '--each' else 'cfg=4,6,8'}",
        )
    return name.strip(), values


def _values(text: str, flag: str) -> Sequence[Any]:
    """The values in a text, which are separated by commas. One in quotes may hold commas, and quotes if they
    are doubled; it is no range. An empty one keeps the file's value."""
    parts: list[Sequence[Any]] = []
    at = 0
    while True:
        found = _VALUE.match(text, at)
        if found is None:
            raise ComfycError(
                f"the values of {flag} have a quote out of order: {text[at:]}",
                'put a value with commas or quotes in quotes, and double the quotes in it: "say ""hi"", now"',
            )
        if found[1] is not None:
            parts.append([found[1].replace('""', '"')])
        else:
            value = (found[2] or "").strip()
            parts.append(read_range(value) or [value or EMPTY])
        at = found.end() + 1
        if at > len(text):
            break
    joined = _Joined(tuple(parts))
    if len(joined) > MAX_VALUES:
        raise ComfycError(f"{flag} has more than {MAX_VALUES:,} values", "use larger steps in its ranges")
    return joined if any(len(part) > 1 for part in parts) else [value for part in parts for value in part]


def _files(pattern: str) -> Sequence[str]:
    """The files that a pattern matches, in the order in which people count, as ``@FILE``."""
    if os.path.isfile(pattern):
        found = [pattern]
    else:
        found = [name for name in glob.iglob(pattern, recursive=True) if os.path.isfile(name)]
    if not found:
        hint = "check the pattern, and put it into quotes; ** goes into folders"
        if os.path.isdir(pattern):
            hint = f"name the files in the folder: {Path(pattern) / '*'}"
        raise ComfycError(f"no file matches '{pattern}'", hint)
    for name in found:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ComfycError(f"the name of the file '{name!a}' is not UTF-8", "rename it") from None
    return [
        f"@{os.path.join('.', name) if name.startswith('@') else name}"
        for name in sorted(found, key=_natural)
    ]


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Numbers in names by their value, so that 10 comes after 9."""
    parts = _NUMBERS.split(name)
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part]
