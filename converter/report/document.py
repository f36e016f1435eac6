"""Findings for programs: one JSON document, described by schemas/diagnostics.schema.json."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import takewhile
from typing import Any

from converter.diagnostics import pointer_text
from converter.report.counts import tally
from converter.report.escaping import json_escaped, shortened
from converter.report.findings import FileReport, Finding

VERSION = 1
"""Of the document's shape: it grows by new members, and only another number may change the present ones."""

_MOST = 20_000
"""Characters that are kept of a finding's data: a file may name the same megabytes in each of a thousand."""
_PER_MEMBER = 4
_DEPTH, _EXACT_DIGITS = 32, 4000
"""Levels of a finding's data that are kept, and digits of an integer (CPython refuses to write 4301)."""


def json_document(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """All findings as records, then their numbers. ASCII only; texts are as they are in the workflow."""
    records = [record(report, finding) for report in reports for finding in report.findings]
    document = {"version": VERSION, "diagnostics": records, "summary": asdict(tally(reports))}
    return json_escaped(json.dumps(document, indent=2)) + "\n"


def record(report: FileReport, finding: Finding) -> dict[str, Any]:
    """A finding as JSON; ``line`` and ``column`` count in the text that ``member`` names, if it does."""
    found, location = finding.diagnostic, finding.diagnostic.location
    return {
        "code": found.rule.code,
        "name": found.rule.name,
        "severity": finding.severity.value,
        "message": found.message,
        "hint": found.hint,
        "file": report.file,
        "container": report.container,
        "member": report.member,
        "line": location.line,
        "column": location.column,
        "pointer": pointer_text(location.pointer),
        "node": location.node,
        "title": location.title,
        "data": json_value(found.data, _MOST),
    }


def json_value(value: Any, most: int | None = None) -> Any:
    """The value, or the nearest that JSON has: data may hold anything, also what a user's file held.

    About ``most`` characters of it are kept; None keeps them all.
    """
    return _Kept(math.inf if most is None else most).of(value)


class _Kept:
    """Makes JSON of a value as long as there is room for it; an ellipsis stands for what follows."""

    __slots__ = ("room",)

    def __init__(self, room: float) -> None:
        self.room = room

    def of(self, value: Any, depth: int = 0) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, int):
            exact = value.bit_length() < _EXACT_DIGITS * 3
            return value if exact else f"an integer of {value.bit_length()} bits"
        if isinstance(value, (Mapping, list, tuple)) and depth >= _DEPTH:
            return "…"
        if isinstance(value, Mapping):
            members = takewhile(self.has_room, value.items())
            return {self.text(str(key)): self.of(member, depth + 1) for key, member in members}
        if isinstance(value, (list, tuple)):
            return [self.of(member, depth + 1) for member in takewhile(self.has_room, value)]
        return f"<{type(value).__name__}>"

    def has_room(self, _member: Any) -> bool:
        self.room -= _PER_MEMBER
        return self.room > 0

    def text(self, text: str) -> str:
        kept = text if len(text) <= self.room else shortened(text, max(1, int(self.room)))
        self.room -= len(kept)
        return kept
