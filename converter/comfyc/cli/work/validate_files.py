"""What ``comfyc validate`` does: all files judged, on all cores, and the reports written."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyc.catalog import Catalog
from comfyc.checks.files import Ask
from comfyc.cli.flags.common import load_catalog
from comfyc.cli.flags.custom_nodes import with_custom_nodes
from comfyc.cli.output.batch_bar import BatchBar
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, complain
from comfyc.cli.output.reports import Report, rendered
from comfyc.cli.output.writing import note, save, spare, write_stdout
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.baselines import (
    KnownFindings,
    hide_known,
    open_baselines,
    report_known,
    without_baselines,
    write_baselines,
)
from comfyc.cli.work.find_files import FoundFile, find_files, searched_by
from comfyc.cli.work.fix_files import FixMode, report_repaired, write_diffs, write_repaired
from comfyc.cli.work.processes import on_cores
from comfyc.cli.work.skipped_files import nothing_found, report_others, report_unseen
from comfyc.cli.work.validate_one import CatalogSource, Flags, Judged, Settings, judge, settings_of, share
from comfyc.diagnostics import ComfycError, Severity
from comfyc.report.counts import has_errors, statistics, summary_line, tally
from comfyc.report.findings import FileReport
from comfyc.report.formats import BY_NAME

if TYPE_CHECKING:
    from comfyc.cli.flags.servers import Login


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
    as_json: bool = False
    skip_others: bool = False
    allow_empty: bool = False
    exit_zero: bool = False
    statistics: bool = False
    verbose: bool = False
    quiet: bool = False
    jobs: int = 0
    refresh: bool = False
    since: str = ""
    """The revision of git since which a file must have changed to be judged."""
    writes_baseline: bool = False
    """Whether the findings are recorded in the baseline."""
    trusts: bool = False
    """Whether every configuration is trusted."""
    keys: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What ``load_catalog`` takes to get in: for the server that a flag names, not one of the settings."""


def validate_paths(paths: Sequence[str], wishes: Wishes, server: ServerChoice | None = None) -> int:
    """Judge all files, write the reports; the exit code."""
    outputs = [report.output for report in wishes.reports]
    spare(outputs, others=(wishes.flags.object_info, wishes.keys.get("cacert")))  # before all the work
    configurations = Configurations(trusts=wishes.trusts)
    search = find_files(
        paths, configurations, "validate", as_found=wishes.skip_others, allow_empty=wishes.allow_empty
    )
    settings = settings_of(search.files, configurations, wishes.flags)
    catalogs = catalogs_of(settings, wishes, server)
    baselines = open_baselines(settings, may_lack=wishes.writes_baseline)
    found = without_baselines(search.files, settings)
    files = _changed(found, wishes, settings, catalogs)
    shared = (settings, catalogs, server.ask if server is not None else None)
    bar = BatchBar(len(files), "validating", quiet=wishes.quiet)
    judged = on_cores(judge, files, share, shared, bar, wishes.jobs)
    read: list[str | Path] = [*configurations.files, *(one.source.object_info for one in settings.values())]
    read += [one.baseline for one in settings.values()]
    spare(outputs, [one.path for one in judged if one.report is not None], read)
    if wishes.flags.fixes is FixMode.WRITE:
        judged = write_repaired(judged)
    problems = [*search.problems, *(one.problem for one in judged if one.problem is not None)]
    unchanged = len(found) - len(files)
    if not (problems or wishes.allow_empty or unchanged) and all(one.report is None for one in judged):
        problems = [nothing_found(paths)]
    if wishes.writes_baseline:
        write_baselines(judged, settings, baselines)
    shown, known = judged, KnownFindings()
    if wishes.flags.fixes is not FixMode.DIFF:
        shown, known = hide_known(judged, settings, baselines)
    about = {report.file: report for catalog in catalogs.values() for report in catalog_reports(catalog)}
    more = {"baseline": asdict(known), "unchanged": unchanged if wishes.since else None}
    code = _notify(shown, problems, wishes, list(about.values()), more)
    report_known(known, baselines, verbose=wishes.verbose)
    if unchanged:
        note(f"left out: {_files(unchanged)} with the same meaning as at {wishes.since}")
    report_unseen(search, configurations, sum(one.hidden for one in judged))
    return code


def _changed(
    files: list[FoundFile],
    wishes: Wishes,
    settings: Mapping[str, Settings],
    catalogs: Mapping[CatalogSource, Catalog],
) -> list[FoundFile]:
    """The files whose meaning has changed since the revision that is asked for; all, if none is."""
    if not wishes.since:
        return files
    from comfyc.cli.work.changed_since import changed_since  # noqa: PLC0415 - it compares, and calls git

    def catalog_of(file: FoundFile) -> Catalog:
        return catalogs[settings[file.path].source]

    return changed_since(wishes.since, files, catalog_of, wishes.flags.limits)


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"


def form_of_settings(path: str, *, trusts: bool) -> str:
    """What the settings for the first path say; "" if they say nothing."""
    return Configurations(trusts=trusts).of(path, searched_by(path)).format


def server_choice(url: str, login: Login) -> ServerChoice:
    """The server's own catalogue, asked for now: its lists of files are to be those of today."""
    from comfyc.cli.flags.servers import catalog_of, open_servers  # noqa: PLC0415
    from comfyc.running.client.inputs import InputFiles  # noqa: PLC0415

    access = open_servers([url], login)[0].access
    return ServerChoice(catalog_of(access, refresh=True), InputFiles(access))


def catalogs_of(
    settings: Mapping[str, Settings], wishes: Wishes, server: ServerChoice | None
) -> dict[CatalogSource, Catalog]:
    """The catalogues that the settings name, by what they are made of."""
    sources = dict.fromkeys(one.source for one in settings.values())
    for one in settings.values():
        if one.refusal and server is None:
            raise _untrusted(one.refusal, "choose a catalogue with --object-info")
        if one.nodes_refusal:
            raise _untrusted(one.nodes_refusal, "choose folders with --custom-nodes")
    keys, given, refresh = wishes.keys, wishes.flags.object_info, wishes.refresh
    catalogs: dict[CatalogSource, Catalog] = {}
    for source in sources:
        name, folders, root = source
        if server is not None:
            catalogs[source] = (
                with_custom_nodes(server.catalog, folders, refresh=refresh, within=root)
                if folders
                else server.catalog
            )
        else:
            own = keys if name == given else {}
            catalogs[source] = load_catalog(name, refresh=refresh, custom_nodes=folders, within=root, **own)
    return catalogs


def _untrusted(refusal: str, otherwise: str) -> ComfycError:
    hint = f"pass --trust-config if you trust this repository, or {otherwise}"
    return ComfycError(f"{refusal}, which requires trust", hint)


def _notify(
    judged: Sequence[Judged],
    problems: Sequence[ComfycError],
    wishes: Wishes,
    about: Sequence[FileReport],
    more: Mapping[str, Any],
) -> int:
    """Write the reports; the exit code. ``about`` are the findings about catalogues, which decide nothing;
    ``more`` are further members of the answer of ``--json``."""
    found = [one.report for one in judged if one.report is not None]
    if wishes.flags.fixes is FixMode.DIFF:
        write_diffs(judged)
    for report in sorted(wishes.reports, key=lambda one: one.on_stdout):  # the reader of stdout may go
        text = _rendered(report, judged, [*about, *found], wishes)
        if report.output is not None:
            save(report.output, text)
        elif report.on_stderr:
            sys.stderr.write(text)
        elif text:
            write_stdout(text)
    for problem in problems:
        complain(problem)
    if wishes.statistics:
        sys.stderr.write(statistics(found))
    others = [one.path for one in judged if one.report is None and one.problem is None]
    if not wishes.quiet:
        report_others(others, verbose=wishes.verbose)
        report_repaired(judged, wishes.flags.fixes, verbose=wishes.verbose)
        if found or not problems:
            note(_closing(judged, found, wishes))
    fails = _would_change(judged) if wishes.flags.fixes is FixMode.DIFF else has_errors(found)
    code = 2 if problems else 1 if fails and not wishes.exit_zero else 0
    if wishes.as_json:
        answer = _answer(judged, found, problems, others, about)
        answer.more |= more
        answer.print(code)
    return code


def _answer(
    judged: Sequence[Judged],
    found: Sequence[FileReport],
    problems: Sequence[ComfycError],
    others: Sequence[str],
    about: Sequence[FileReport],
) -> JsonAnswer:
    answer = JsonAnswer("validate", errors=list(problems))
    answer.results = [_result(one) for one in judged if one.report is not None]
    answer.add_findings([*about, *found])
    answer.more = {"skipped": list(others), "summary": asdict(tally(found))}
    return answer


def _result(one: Judged) -> dict[str, Any]:
    assert one.report is not None
    verdict = json.loads(one.verdict)
    fixed = [
        {"code": found.code, "message": found.message, "node": found.node} for found in one.repaired.findings
    ]
    return {
        "file": verdict.pop("file"),
        "ok": not one.report.has_errors,
        "verdict": verdict,
        "fixed": fixed,
    }


def _rendered(report: Report, judged: Sequence[Judged], found: Sequence[FileReport], wishes: Wishes) -> str:
    if BY_NAME[report.form].reporter is None:
        return "".join(one.verdict for one in judged)
    return rendered(report, found, verbose=wishes.verbose, quiet=wishes.quiet)


def _would_change(judged: Sequence[Judged]) -> bool:
    return any(one.repaired.findings for one in judged)


def _closing(judged: Sequence[Judged], found: Sequence[FileReport], wishes: Wishes) -> str:
    fixed = sum(len(one.repaired.findings) for one in judged)
    if wishes.flags.fixes is FixMode.DIFF:
        files = sum(bool(one.repaired.findings) for one in judged)
        return f"{fixed} would be fixed in {_files(files)} ({len(found)} checked)"
    total = tally(found)
    remaining = total.errors + total.warnings + total.infos
    lead = f"{fixed} fixed, {remaining} remaining: " if wishes.flags.fixes is FixMode.WRITE else ""
    notes = any(one.severity is Severity.INFO for report in found for one in report.findings)
    shown = wishes.verbose or wishes.as_json or not BY_NAME[wishes.reports[0].form].for_people
    return lead + summary_line(found) + ("; notes are hidden (-v shows them)" if notes and not shown else "")
