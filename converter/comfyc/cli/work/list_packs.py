"""What ``comfyc packs`` does: each file is read, and the custom-node packs that it needs are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from comfyc.catalog import Catalog
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, complain, report_of, show
from comfyc.cli.output.tables import table_text
from comfyc.cli.output.writing import note, write_stdout
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.find_files import FoundFile, find_files
from comfyc.cli.work.skipped_files import is_another, nothing_found, report_others, report_unseen
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.needs.packs import Need, install_lines, needed_packs
from comfyc.report.findings import FileReport
from comfyc.safety.escaping import plain
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import load, read_source

_NAMED = 10
"""Node types of an unknown pack that a note names."""


@dataclass(frozen=True, slots=True)
class PacksJob:
    """How packs are listed: ``form`` is "text", "json" or "install".

    With a ``catalog`` the node types that it lacks are marked, and only their packs are names to install.
    ``pinned``: a name to install has the version of the file.
    """

    catalog: Catalog | None = None
    form: str = "text"
    pinned: bool = False
    skip_others: bool = False
    allow_empty: bool = False
    trusts: bool = False
    """Whether every configuration is trusted."""
    limits: Limits = DEFAULTS
    verbose: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class FilePacks:
    """What became of a file: its packs; or the findings that say why there is no document in it; or why it
    could not be read; or nothing, as it was only found and holds no workflow."""

    file: str
    needs: list[Need] | None = None
    report: FileReport | None = None
    problem: ComfycError | None = None
    is_other: bool = False


def list_packs(paths: Sequence[str], job: PacksJob) -> int:
    """List the packs of all files; the exit code, 1 if a node type is missing in the catalogue."""
    configurations = Configurations(trusts=job.trusts)
    search = find_files(paths, configurations, "packs", as_found=job.skip_others, allow_empty=job.allow_empty)
    read = [_read(file, job) for file in search.files]
    problems = search.problems + [one.problem for one in read if one.problem is not None]
    found = [(one.file, one.needs) for one in read if one.needs is not None]
    others = [one.file for one in read if one.is_other]
    reports = [one.report for one in read if one.report is not None]
    if not problems and not job.allow_empty and len(others) == len(read):
        problems = [nothing_found(paths)]
    is_lacking = any(need.missing for _, needs in found for need in needs)
    code = 2 if problems else 1 if is_lacking or reports else 0
    about = catalog_reports(job.catalog)
    show([*about, *reports])
    for problem in problems:
        complain(problem)
    if not job.quiet:
        report_others(others, verbose=job.verbose)
    report_unseen(search, configurations)
    if job.form == "json":
        answer = JsonAnswer("packs", errors=problems, more={"skipped": others})
        answer.results = [{"file": file, "packs": list(map(asdict, needs))} for file, needs in found]
        answer.add_findings([*about, *reports])
        answer.print(code)
    else:
        write_stdout(_names(found, job) if job.form == "install" else _tables(found, job))
    return code


def _read(file: FoundFile, job: PacksJob) -> FilePacks:
    diagnostics = Collector(job.limits)
    try:
        source = read_source(file.path, job.limits)
        document = load(source, diagnostics, job.limits)
    except ComfycError as problem:
        return FilePacks(file.path, problem=problem)
    if not file.named and is_another(source, document, diagnostics):
        return FilePacks(source.name, is_other=True)
    if document is None:
        return FilePacks(source.name, report=report_of(source.name, diagnostics, None, strict=False))
    needs = needed_packs(document.value, job.catalog, diagnostics)
    if diagnostics.has_errors:
        report = report_of(source.name, diagnostics, document.carried, strict=False)
        return FilePacks(source.name, report=report)
    return FilePacks(source.name, needs)


def _names(found: Sequence[tuple[str, list[Need]]], job: PacksJob) -> str:
    """The names for an install command, one a line."""
    wanted = [need for _, needs in found for need in needs if need.missing or job.catalog is None]
    return pack_names(wanted, pinned=job.pinned)


def pack_names(wanted: Sequence[Need], *, pinned: bool) -> str:
    """The names of packs for an install command, one a line; on stderr, which of them are guesses."""
    for need in wanted:
        if need.alternatives:
            note(_guess(need))
        if not need.is_known:
            names = ", ".join(f"'{kind}'" for kind in list(need.types)[:_NAMED])
            note(f"no known pack has {names}")
    lines = dict.fromkeys(install_lines(list(wanted), pinned=pinned))
    return "".join(f"{plain(line)}\n" for line in lines)


def _guess(need: Need) -> str:
    """Which packs provide types whose pack the file does not name."""
    names = ", ".join(f"'{kind}'" for kind in list(need.types)[:_NAMED])
    others = ", ".join(need.alternatives)
    return f"{names}: the file does not name the pack; '{need.repository}' was chosen, others are {others}"


def _tables(found: Sequence[tuple[str, list[Need]]], job: PacksJob) -> str:
    """A table for each file, with a row for each node type; what is the same as above it is left out."""
    header = ("PACK", "SOURCE", "VERSION", "BUNDLED CATALOGUE", "NODE TYPE", "NODES", "ON THE SERVER")
    texts = []
    for name, needs in found:
        for need in needs:
            if need.alternatives:
                note(_guess(need))
        text = f"{plain(name)}:\n" if len(found) > 1 else ""
        rows = [row for need in needs for row in _rows(need, is_compared=job.catalog is not None)]
        texts.append(text + (table_text(rows, header) if rows else "no custom-node packs\n"))
    return "\n".join(texts)


def _rows(need: Need, *, is_compared: bool) -> list[tuple[str, ...]]:
    about = (need.name, need.source or "unknown", ", ".join(need.versions), need.bundled or "none")
    rows: list[tuple[str, ...]] = []
    for kind, count in need.types.items():
        state = ("missing" if kind in need.missing else "there") if is_compared else ""
        rows.append((*(about if not rows else ("", "", "", "")), kind, str(count), state))
    return rows
