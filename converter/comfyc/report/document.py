"""Findings for programs: one JSON document, which schemas/diagnostics.schema.json describes."""

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
"""The version of the document's shape. New members may be added; changing present ones takes a new number."""

_MOST = 20_000
"""Characters that are kept of a finding's data: a thousand findings may each quote the same megabytes."""


def json_document(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """All findings as records, and a summary of their numbers. The JSON is ASCII; texts are not shortened or
    escaped further."""
    records = [record(report, finding) for report in reports for finding in report.findings]
    document = {"version": VERSION, "diagnostics": records, "summary": asdict(tally(reports))}
    return json_escaped(json.dumps(document, indent=2)) + "\n"


def record(report: FileReport, finding: Finding) -> dict[str, Any]:
    """A finding as a JSON object. ``line`` and ``column`` refer to the text ``member`` of a carrier, or to
    the file itself if ``member`` is None."""
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
        "fix": asdict(found.fix) if found.fix is not None else None,
        "data": json_value(found.data, _MOST),
    }
