"""Reports of findings: the forms that ``--format`` and ``--also`` offer, and where each report goes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc.cli.flags.common import file_or_stdout
from comfyc.diagnostics import ComfycError, Severity
from comfyc.report.formats import BY_NAME, REPORT_NAMES, VALIDATE_NAMES, reporter_of

if TYPE_CHECKING:
    from comfyc.report.findings import FileReport

_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


@dataclass(frozen=True, slots=True)
class Report:
    """A report to write: its form, and the file that it goes to (None: stdout, or stderr)."""

    form: str
    output: Path | None = None
    on_stderr: bool = False

    @property
    def on_stdout(self) -> bool:
        return self.output is None and not self.on_stderr


def named_form(name: str, forms: Sequence[str] = REPORT_NAMES) -> str:
    """The name, if there is such a form; else ``ComfycError``."""
    if name not in forms:
        raise ComfycError(f"there is no format '{name}'", f"use one of {', '.join(forms)}")
    return name


def also_reports(given: Sequence[str], forms: Sequence[str] = REPORT_NAMES, *, taken: bool) -> list[Report]:
    """The reports of ``--also FORMAT=FILE``. ``taken``: stdout has another use. ``ComfycError`` if two
    things would go to stdout."""
    reports = []
    for each in given:
        form, found, file = each.partition("=")
        if not found or not file:
            hint = "for example --also sarif=comfyc.sarif"
            raise ComfycError(f"expected FORMAT=FILE, got '{each}'", hint)
        report = Report(named_form(form, forms), file_or_stdout(Path(file)))
        if report.on_stdout:
            if taken:
                message = f"'--also {each}' and something else would both go to stdout"
                raise ComfycError(message, f"write the report to a file: --also {form}=FILE")
            taken = True
        reports.append(report)
    return reports


def validate_reports(
    form: str, output: Path | None, also: Sequence[str], *, as_json: bool, taken: bool = False
) -> tuple[Report, ...]:
    """The reports to write, the one of ``--format`` first: it makes way for ``--also FORMAT=-``, and under
    ``--json`` it is written only to a file. ``taken``: stdout gets a repaired file."""
    file = file_or_stdout(output)
    if taken and as_json:
        raise ComfycError("--json and the repaired standard input would both go to stdout", "pass a file")
    others = also_reports(
        also, VALIDATE_NAMES, taken=taken or as_json or (output is not None and file is None)
    )
    main = Report(
        named_form(form or ("json" if as_json else "text"), VALIDATE_NAMES),
        file,
        on_stderr=file is None and (taken or any(one.on_stdout for one in others)),
    )
    return (*others,) if as_json and file is None else (main, *others)


def rendered(report: Report, found: Sequence[FileReport], *, verbose: bool, quiet: bool) -> str:
    """The text of a report, without the findings that are not to be shown."""
    from comfyc.cli.output.colors import use_color  # noqa: PLC0415

    least = Severity.WARNING if BY_NAME[report.form].for_people and not verbose else Severity.INFO
    if quiet:
        least = Severity.ERROR
    stream = sys.stderr if report.on_stderr else sys.stdout
    color = report.output is None and use_color(stream)
    return reporter_of(report.form)([_only(one, least) for one in found], color=color)


def _only(report: FileReport, least: Severity) -> FileReport:
    """The findings that are at least so severe."""
    shown = tuple(one for one in report.findings if _RANKS[one.severity] >= _RANKS[least])
    return report if len(shown) == len(report.findings) else replace(report, findings=shown)
