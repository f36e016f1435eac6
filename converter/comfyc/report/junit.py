"""Findings as JUnit XML, for Jenkins, GitLab and others: each file is a test case, which errors make fail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comfyc.diagnostics import Severity
from comfyc.report.findings import FileReport, Finding
from comfyc.report.terminal import fix_text, hint_text, position, statement
from comfyc.safety.escaping import xml


def junit(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """One suite with a test case for each file checked. All errors of a file are one failure, because GitLab
    shows one failure for a test case; warnings and notes are its ``system-out``."""
    failures = sum(report.has_errors for report in reports)
    counts = f'tests="{len(reports)}" failures="{failures}" errors="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="comfyc" {counts}>',
        f'  <testsuite name="comfyc" {counts} skipped="0" time="0">',
    ]
    for report in reports:
        lines += _test_case(report)
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _test_case(report: FileReport) -> list[str]:
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    rest = [finding for finding in report.findings if finding.severity is not Severity.ERROR]
    opening = f'    <testcase classname="comfyc" name="{xml(report.file)}" time="0"'
    if not report.findings:
        return [opening + "/>"]
    lines = [opening + ">"]
    if errors:
        codes = " ".join(dict.fromkeys(finding.diagnostic.rule.code for finding in errors))
        others = sum(error.count for error in errors) - 1
        more = f" (and {others} more)" if others else ""
        message = statement(errors[0].diagnostic) + more
        lines.append(
            f'      <failure type="{xml(codes)}" message="{xml(message)}">{_texts(report, errors)}</failure>'
        )
    if rest:
        lines.append(f"      <system-out>{_texts(report, rest)}</system-out>")
    return [*lines, "    </testcase>"]


def _texts(report: FileReport, findings: Iterable[Finding]) -> str:
    lines = []
    for finding in findings:
        found = finding.diagnostic
        tag = f"{finding.severity.value}[{found.rule.code}]"
        lines.append(f"{position(report, finding)}: {tag} {statement(found)}")
        if found.hint:
            lines.append(f"  help: {hint_text(found)}")
        if found.fix is not None:
            lines.append(f"  fix: {fix_text(found)}")
    return "\n".join(xml(line) for line in lines)
