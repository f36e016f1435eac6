"""JUnit XML, for Jenkins, GitLab and others: findings with a test case for each file, and other suites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from comfyc.diagnostics import Severity
from comfyc.report.findings import FileReport, Finding
from comfyc.report.terminal import fix_text, hint_text, position, statement
from comfyc.safety.escaping import xml


@dataclass(frozen=True, slots=True)
class JunitFailure:
    """Why a test case fails: the codes of its findings, a message, and all lines."""

    type: str
    message: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class JunitCase:
    """A test case. ``skipped`` says why there is no result; ``out`` are lines about what else there
    is to say."""

    name: str
    seconds: float = 0.0
    failure: JunitFailure | None = None
    skipped: str | None = None
    out: Sequence[str] = ()


def junit(reports: Sequence[FileReport], *, color: bool = False) -> str:
    """One suite with a test case for each file checked. All errors of a file are one failure, because GitLab
    shows one failure for a test case; warnings and notes are its ``system-out``."""
    return junit_suite("comfyc", map(_case, reports), len(reports), sum(one.has_errors for one in reports))


def junit_suite(
    name: str, cases: Iterable[JunitCase], tests: int, failures: int, *, skipped: int = 0, seconds: float = 0
) -> str:
    """A document with one suite. The numbers stand before the cases, which are taken one by one."""
    return "\n".join([*_lines(name, cases, (tests, failures, skipped), seconds), ""])


def _lines(
    name: str, cases: Iterable[JunitCase], numbers: tuple[int, int, int], seconds: float
) -> Iterator[str]:
    tests, failures, skipped = numbers
    counts = f'tests="{tests}" failures="{failures}" errors="0"'
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites name="comfyc" {counts}>'
    yield f'  <testsuite name="{xml(name)}" {counts} skipped="{skipped}" time="{_time(seconds)}">'
    for case in cases:
        yield from _case_lines(name, case)
    yield "  </testsuite>"
    yield "</testsuites>"


def _case_lines(suite: str, case: JunitCase) -> Iterator[str]:
    opening = f'    <testcase classname="{xml(suite)}" name="{xml(case.name)}" time="{_time(case.seconds)}"'
    if case.failure is None and case.skipped is None and not case.out:
        yield opening + "/>"
        return
    yield opening + ">"
    if case.skipped is not None:
        yield f'      <skipped message="{xml(case.skipped)}"/>'
    if case.failure is not None:
        failure = case.failure
        attributes = f'type="{xml(failure.type)}" message="{xml(failure.message)}"'
        yield f"      <failure {attributes}>{_by_lines(failure.lines)}</failure>"
    if case.out:
        yield f"      <system-out>{_by_lines(case.out)}</system-out>"
    yield "    </testcase>"


def _time(seconds: float) -> str:
    """Seconds with at most three decimals, as the schema of Jenkins wants them (junit-10.xsd)."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def _by_lines(lines: Iterable[str]) -> str:
    return "\n".join(map(xml, lines))


def _case(report: FileReport) -> JunitCase:
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    rest = [finding for finding in report.findings if finding.severity is not Severity.ERROR]
    failure = None
    if errors:
        codes = " ".join(dict.fromkeys(finding.diagnostic.rule.code for finding in errors))
        others = sum(error.count for error in errors) - 1
        more = f" (and {others} more)" if others else ""
        message = statement(errors[0].diagnostic) + more
        failure = JunitFailure(codes, message, _texts(report, errors))
    return JunitCase(report.file, failure=failure, out=_texts(report, rest))


def _texts(report: FileReport, findings: Iterable[Finding]) -> list[str]:
    lines = []
    for finding in findings:
        found = finding.diagnostic
        tag = f"{finding.severity.value}[{found.rule.code}]"
        lines.append(f"{position(report, finding)}: {tag} {statement(found)}")
        if found.hint:
            lines.append(f"  help: {hint_text(found)}")
        if found.fix is not None:
            lines.append(f"  fix: {fix_text(found)}")
    return lines
