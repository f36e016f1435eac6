"""Findings for GitHub Actions: annotations in the log, and the table of a job's summary page."""

from __future__ import annotations

from collections.abc import Sequence

from comfyc.diagnostics import Severity
from comfyc.report.counts import summary_line
from comfyc.report.findings import FileReport, Finding
from comfyc.report.terminal import fix_text, hint_text, message_text, node_text, position, statement
from comfyc.safety.escaping import github_data, github_property, markdown, visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}

MAX_SUMMARY = 900_000
"""Upper bound on the bytes of a summary; GitHub takes 1 MiB for a step and shows nothing of a larger one."""


def github(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """A workflow command for each finding; GitHub shows it at its line in the diff of a pull request."""
    return "".join(_annotation(report, finding) + "\n" for report in reports for finding in report.findings)


def job_summary(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """A heading with the numbers of findings, and a table of them, for ``$GITHUB_STEP_SUMMARY``."""
    heading = f"### comfyc: {summary_line(reports)}\n"
    findings = [(report, finding) for report in reports for finding in report.findings]
    if not findings:
        return heading
    lines = [heading, "| Severity | Rule | Position | Node | Finding |", "| --- | --- | --- | --- | --- |"]
    size = 0
    for shown, (report, finding) in enumerate(findings):
        row = _row(report, finding)
        size += len(row.encode()) + 1
        if size > MAX_SUMMARY:
            left = sum(finding.count for _, finding in findings[shown:])
            return "\n".join([*lines, "", f"{left} more findings are not shown.", ""])
        lines.append(row)
    return "\n".join([*lines, ""])


def _annotation(report: FileReport, finding: Finding) -> str:
    found = finding.diagnostic
    line, column = report.file_line(finding)
    properties = {"file": visible(report.file), "line": str(line)}
    if column is not None:
        properties["col"] = str(column)
    properties["title"] = f"{found.rule.code} {found.rule.name}"
    words = [visible(statement(found))]
    if report.member is not None and found.location.line is not None:
        words.append(f"at {visible(position(report, finding))}")
    if found.hint:
        words.append(f"help: {visible(hint_text(found))}")
    if found.fix is not None:
        words.append(f"fix: {visible(fix_text(found))} (comfyc validate --fix)")
    listed = ",".join(f"{name}={github_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {listed}::{github_data(chr(10).join(words))}"


def _row(report: FileReport, finding: Finding) -> str:
    found = finding.diagnostic
    cell = markdown(message_text(found))
    if found.hint:
        cell += f"<br>help: {markdown(hint_text(found))}"
    if found.fix is not None:
        cell += f"<br>fix: {markdown(fix_text(found))}"
    rule = f"{markdown(found.rule.code)} {markdown(found.rule.name)}"
    node = markdown(node_text(found).removeprefix("node "))
    return f"| {finding.severity.value} | {rule} | {markdown(position(report, finding))} | {node} | {cell} |"
