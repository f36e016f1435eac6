"""What ``--json`` prints on stdout: one envelope for every command, with its errors (docs/json.md).

An envelope is one line. ``run`` and ``wait`` print one for each result as it comes, all others one at their
end. What stderr tells stays the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comfyc.diagnostics import ComfycError
from comfyc.version import version

if TYPE_CHECKING:
    from comfyc.report.findings import FileReport

FORMAT = 1
"""Of the envelope: it grows by new members, and only another number may change the present ones."""


@dataclass(slots=True)
class JsonAnswer:
    """What a command has to say. ``more`` holds members that only some commands have."""

    command: str | None
    results: list[Any] = field(default_factory=list)
    findings: list[Mapping[str, Any]] = field(default_factory=list)
    errors: list[ComfycError] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def add_findings(self, reports: Iterable[FileReport | None]) -> None:
        """Take in the findings of files; of those without any there may be no report."""
        self.findings += records_of(reports)

    def print(self, exit_code: int) -> None:
        """Write the envelope to stdout."""
        print_envelope(self._members(exit_code))

    def text(self, exit_code: int) -> str:
        """The envelope as a line, for a file."""
        return envelope_text(self._members(exit_code))

    def _members(self, exit_code: int) -> dict[str, Any]:
        members = {"results": self.results, **self.more}
        return envelope(self.command, exit_code, self.errors, self.findings, members)


def envelope(
    command: str | None,
    exit_code: int,
    errors: Sequence[ComfycError] = (),
    findings: Sequence[Mapping[str, Any]] = (),
    members: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What all answers have in common, and the members of this one."""
    return {
        "comfyc": version(),
        "format": FORMAT,
        "command": command,
        "ok": exit_code == 0,
        "exit_code": exit_code,
        "errors": [{"message": str(error), "hint": error.hint} for error in errors],
        "findings": list(findings),
        **(members or {}),
    }


def records_of(reports: Iterable[FileReport | None]) -> list[Mapping[str, Any]]:
    """The findings of files as JSON: those of ``--format json``."""
    found = [report for report in reports if report is not None]
    if not found:
        return []
    from comfyc.report.document import record  # noqa: PLC0415

    return [record(report, finding) for report in found for finding in report.findings]


def print_envelope(members: Mapping[str, Any]) -> None:
    """Write an envelope as one line of ASCII, in which the log of a CI job finds no command."""
    from comfyc.cli.output.writing import write_stdout  # noqa: PLC0415

    write_stdout(envelope_text(members))


def envelope_text(members: Mapping[str, Any]) -> str:
    """An envelope as one line of ASCII (see :func:`print_envelope`)."""
    from comfyc.safety.escaping import json_escaped  # noqa: PLC0415

    return json_escaped(json.dumps(members, default=str)) + "\n"
