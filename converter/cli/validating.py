"""What ``comfyc validate`` does: all files judged, on all cores, and the reports written."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from converter.catalog import Catalog
from converter.checks.asking import Ask
from converter.cli.batch import is_same_file, save
from converter.cli.configuration import Configurations
from converter.cli.cores import ProgressBar, on_cores
from converter.cli.judging import Flags, Judged, Settings, judge, settings_of, share
from converter.cli.output import complain, use_color, write_stdout
from converter.cli.paths import find_files
from converter.diagnostics import ConverterError, Severity
from converter.report import REPORTERS, FileReport, has_errors, plain, statistics, summary_line

SERVER_FORMAT = "server"
"""The form that is no list of findings: the server's verdict, a line a file."""
FORMATS = (*REPORTERS, SERVER_FORMAT)
_FOR_PEOPLE = ("text", "concise", "github", "markdown")
"""Forms that leave notes out unless they are asked for."""

_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Report:
    """A report to write: its form, and the file that it goes to (None: stdout)."""

    form: str
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """The server that ``--server`` names: its catalogue, and how to ask it for input files."""

    catalog: Catalog
    ask: Ask


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be done: beside the flags for each file, the reports and the rest."""

    flags: Flags = field(default_factory=Flags)
    reports: tuple[Report, ...] = (Report("text"),)
    skip_others: bool = False
    exit_zero: bool = False
    statistics: bool = False
    verbose: bool = False
    quiet: bool = False
    jobs: int = 0
    refresh: bool = False


def validate_paths(paths: Sequence[str], wishes: Wishes, server: ServerChoice | None = None) -> int:
    """Judge all files, write the reports; the exit code."""
    configurations = Configurations()
    files, problems = find_files(paths, configurations, as_found=wishes.skip_others)
    settings = settings_of(files, configurations, wishes.flags)
    shared = (settings, _catalogs(settings, wishes, server), server.ask if server is not None else None)
    bar = ProgressBar(len(files), "validating", quiet=wishes.quiet)
    judged = on_cores(judge, files, share, shared, bar, wishes.jobs)
    problems += [one.problem for one in judged if one.problem is not None]
    return _tell(judged, problems, wishes)


def _catalogs(
    settings: Mapping[str, Settings], wishes: Wishes, server: ServerChoice | None
) -> dict[str, Catalog]:
    """The catalogues that the settings name, by name."""
    names = dict.fromkeys(one.object_info for one in settings.values())
    if server is not None:
        return dict.fromkeys(names, server.catalog)
    return {name: Catalog.load(name or None, refresh=wishes.refresh) for name in names}


def _tell(judged: Sequence[Judged], problems: Sequence[ConverterError], wishes: Wishes) -> int:
    found = [one.report for one in judged if one.report is not None]
    _spare_workflows(judged, wishes.reports)
    for report in sorted(wishes.reports, key=lambda one: one.output is None):  # the reader of stdout may go
        text = _rendered(report, judged, found, wishes)
        if report.output is not None:
            save(report.output, text)
        elif text:
            write_stdout(text)
    for problem in problems:
        complain(problem)
    if wishes.statistics:
        sys.stderr.write(statistics(found))
    if not wishes.quiet:
        _tell_passed_over(judged, verbose=wishes.verbose)
        if judged or not problems:
            sys.stderr.write(_closing(found, wishes) + "\n")
    if problems:
        return 2
    return 1 if has_errors(found) and not wishes.exit_zero else 0


def _spare_workflows(judged: Sequence[Judged], reports: Sequence[Report]) -> None:
    for one in judged:
        for report in reports:
            if one.report is not None and report.output is not None and is_same_file(report.output, one.path):
                message = f"'{report.output}' would overwrite the workflow itself"
                raise ConverterError(message, "pass another file for the report")


def _rendered(report: Report, judged: Sequence[Judged], found: Sequence[FileReport], wishes: Wishes) -> str:
    if report.form == SERVER_FORMAT:
        return "".join(one.verdict for one in judged)
    least = Severity.WARNING if report.form in _FOR_PEOPLE and not wishes.verbose else Severity.INFO
    if wishes.quiet:
        least = Severity.ERROR
    color = report.output is None and use_color(sys.stdout)
    return REPORTERS[report.form]([_only(one, least) for one in found], color=color)


def _only(report: FileReport, least: Severity) -> FileReport:
    """The findings that are at least so severe."""
    shown = tuple(one for one in report.findings if _RANKS[one.severity] >= _RANKS[least])
    return report if len(shown) == len(report.findings) else replace(report, findings=shown)


def _closing(found: Sequence[FileReport], wishes: Wishes) -> str:
    notes = any(one.severity is Severity.INFO for report in found for one in report.findings)
    hidden = notes and not wishes.verbose and wishes.reports[0].form in _FOR_PEOPLE
    return summary_line(found) + ("; notes are hidden (-v shows them)" if hidden else "")


def _tell_passed_over(judged: Sequence[Judged], *, verbose: bool) -> None:
    """Say which files hold no workflow. Pictures and the like are counted, and named only if asked."""
    others = [one.path for one in judged if one.report is None and one.problem is None]
    if not others:
        return
    texts = [path for path in others if path.lower().endswith(".json")]
    shown = others if verbose else texts[:_NAMED]
    names = ", ".join(plain(os.path.normpath(path)) for path in shown)
    if shown and len(shown) < len(others):
        names += f" and {len(others) - len(shown)} more (-v names them)"
    count = "1 file holds" if len(others) == 1 else f"{len(others)} files hold"
    sys.stderr.write(f"skipped: {count} no workflow{': ' if names else ''}{names}\n")
