"""Findings for programs: one JSON document, described by schemas/diagnostics.schema.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from comfyc.diagnostics import pointer_text
from comfyc.report.counts import tally
from comfyc.report.findings import FileReport, Finding
from comfyc.safety.escaping import json_escaped
from comfyc.safety.jsonable import json_value

VERSION = 1
"""Of the document's shape: it grows by new members, and only another number may change the present ones."""

_MOST = 20_000
"""Characters that are kept of a finding's data: a file may name the same megabytes in each of a thousand."""


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
