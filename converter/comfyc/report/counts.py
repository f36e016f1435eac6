"""Count findings: for the closing line, and for the statistics of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from comfyc.diagnostics import Rule, Severity
from comfyc.report.findings import FileReport


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of findings by severity, of files with findings (``files``), of all files (``checked``),
    and of findings that ``--fix`` would repair (``fixable``)."""

    errors: int
    warnings: int
    infos: int
    files: int
    checked: int
    fixable: int


def tally(reports: Sequence[FileReport]) -> Tally:
    """Count the findings and files of the reports."""
    counted: Counter[Severity] = Counter()
    for report in reports:
        for finding in report.findings:
            counted[finding.severity] += finding.count
    return Tally(
        counted[Severity.ERROR],
        counted[Severity.WARNING],
        counted[Severity.INFO],
        sum(1 for report in reports if report.findings),
        len(reports),
        sum(finding.diagnostic.fix is not None for report in reports for finding in report.findings),
    )


def summary_line(reports: Sequence[FileReport]) -> str:
    """ "3 errors, 2 warnings in 4 files (12 checked)", without a line end."""
    total = tally(reports)
    if not total.checked:
        return "no file was checked"
    if not total.files:
        return f"no findings ({_count(total.checked, 'file')} checked)"
    counted = [(total.errors, "error"), (total.warnings, "warning"), (total.infos, "info")]
    found = ", ".join(_count(number, word) for number, word in counted if number)
    fixable = f"; {total.fixable} fixable with --fix" if total.fixable else ""
    return f"{found} in {_count(total.files, 'file')} ({total.checked} checked){fixable}"


def statistics(reports: Sequence[FileReport]) -> str:
    """A line for each rule that was broken, with count, code, name and summary; the most frequent first."""
    counted: Counter[Rule] = Counter()
    for report in reports:
        for finding in report.findings:
            counted[finding.diagnostic.rule] += finding.count
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0].code))
    if not ranked:
        return ""
    digits = len(str(ranked[0][1]))
    names = max(len(rule.name) for rule, _ in ranked)
    lines = (
        f"{number:{digits}}  {rule.code}  {rule.name:{names}}  {rule.summary}" for rule, number in ranked
    )
    return "\n".join(lines) + "\n"


def has_errors(reports: Sequence[FileReport]) -> bool:
    """Whether any finding counts as an error, so that the exit code is 1."""
    return any(report.has_errors for report in reports)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
