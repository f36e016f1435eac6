"""The text of a job file as a JSON value with positions: what TOML, YAML and JSON have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer

Position = tuple[int, int]
"""Line and column, both from 1."""

MAX_BYTES = 1 << 20
"""Bytes of a job file: 1 MiB."""
MAX_DEPTH = 32
"""Tables and lists in one another."""
MAX_VALUES = 20_000
"""Values of a job file, those that YAML repeats by an alias included."""


@dataclass(frozen=True, slots=True)
class ParsedText:
    """The value of a text. ``position`` gives that of a pointer, or of what is nearest above it; ``repeated``
    are the keys that the text has more than once."""

    value: Any
    position: Callable[[Pointer], Position]
    repeated: tuple[Pointer, ...] = ()


def nearest(positions: Callable[[], Mapping[Pointer, Position]]) -> Callable[[Pointer], Position]:
    """The position of a pointer, or of the nearest above it that has one. ``positions`` is asked once, for
    the first pointer."""
    known = cache(positions)

    def position(pointer: Pointer) -> Position:
        above = (pointer[:length] for length in range(len(pointer), 0, -1))
        return next((known()[each] for each in above if each in known()), (1, 1))

    return position


def pointers_below(value: Any, pointer: Pointer = (), depth: int = 3) -> Iterator[Pointer]:
    """The pointers to the members of a value, so many levels deep."""
    members = (
        enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    )
    for key, member in members:
        yield (*pointer, key)
        if depth > 1:
            yield from pointers_below(member, (*pointer, key), depth - 1)


def report_syntax(form: str, why: str, at: tuple[int, int | None], found: Collector) -> None:
    """Report that a text is not of its form."""
    line, column = at
    message = f"the job file is not valid {form}: {why}"
    found.report(codes.JOB_NOT_READ, message, line=line, column=column or 1, hint="correct the file")


def report_size(what: str, at: tuple[int, int | None], found: Collector) -> None:
    """Report that a text has more of something than is read."""
    line, column = at
    message = f"the job file has {what}"
    hint = "put long texts into files of their own, as @FILE; this limit cannot be raised"
    found.report(codes.JOB_TOO_LARGE, message, line=line, column=column or 1, hint=hint)


def is_within_limits(value: Any, found: Collector) -> bool:
    """Whether a value is no deeper and has no more members than is allowed; reported if not."""
    level, seen = [value], 0
    for depth in range(MAX_DEPTH + 1):
        seen += len(level)
        below: list[Any] = []
        for one in level:
            below += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            if seen + len(below) > MAX_VALUES:
                report_size(f"more than {MAX_VALUES:,} values", (1, 1), found)
                return False
        if not below:
            return True
        if depth == MAX_DEPTH:
            report_size(f"more than {MAX_DEPTH} tables and lists in one another", (1, 1), found)
        level = below
    return False
