"""What ``comfyc needs`` does: each file is read and converted, and what all of them need is listed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, complain, report_of, show
from comfyc.cli.output.needs_json import needs_json
from comfyc.cli.output.needs_markdown import needs_markdown
from comfyc.cli.output.needs_text import needs_text
from comfyc.cli.output.writing import note, write_stdout
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.find_files import FoundFile, find_files
from comfyc.cli.work.list_packs import pack_names
from comfyc.cli.work.skipped_files import is_another, nothing_found, report_others, report_unseen
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostics
from comfyc.needs import Needs, Stock, merged, needs_parsed
from comfyc.needs.downloads import Download, NoDownload, aria2_lines, downloads, wget_lines
from comfyc.options import DynamicPrompts, Options
from comfyc.report.findings import FileReport
from comfyc.safety.escaping import plain
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import load, read_source


@dataclass(frozen=True, slots=True)
class NeedsJob:
    """How needs are listed: ``form`` is "text", "json", "markdown", "install", "wget" or "aria2".

    ``stock`` is what is known of a server; lines for the shell are then about what is missing there.
    ``models_folder`` is the folder into which they download, ``pinned`` gives packs the file's version.
    """

    stock: Stock
    form: str = "text"
    pinned: bool = False
    models_folder: str = "models"
    skip_others: bool = False
    allow_empty: bool = False
    trusts: bool = False
    """Whether every configuration is trusted."""
    limits: Limits = DEFAULTS
    verbose: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class FileNeeds:
    """What became of a file: its needs and the findings in it; or why it could not be read; or nothing, as it
    was only found and holds no workflow."""

    file: str
    needs: Needs | None = None
    report: FileReport | None = None
    problem: ComfycError | None = None
    is_other: bool = False


def list_needs(paths: Sequence[str], job: NeedsJob) -> int:
    """List the needs of all files; the exit code, 1 if something is missing or a file is bad."""
    configurations = Configurations(trusts=job.trusts)
    search = find_files(paths, configurations, "needs", as_found=job.skip_others, allow_empty=job.allow_empty)
    read = [_read(file, job) for file in search.files]
    problems = search.problems + [one.problem for one in read if one.problem is not None]
    others = [one.file for one in read if one.is_other]
    reports = [one.report for one in read if one.report is not None]
    if not problems and not job.allow_empty and len(others) == len(read):
        problems = [nothing_found(paths)]
    found = merged(one.needs for one in read if one.needs is not None)
    code = 2 if problems else 0 if found.ok else 1
    about = catalog_reports(job.stock.catalog)
    show([*about, *reports], verbose=job.verbose, quiet=job.quiet, summary=False)
    for problem in problems:
        complain(problem)
    if not job.quiet:
        report_others(others, verbose=job.verbose)
    report_unseen(search, configurations)
    if job.form == "json":
        results = [needs_json(found)] if found.files else []
        answer = JsonAnswer("needs", results, errors=problems, more={"skipped": others})
        answer.add_findings([*about, *reports])
        answer.print(code)
    elif found.files:
        write_stdout(_text(found, job))
    return code


def _read(file: FoundFile, job: NeedsJob) -> FileNeeds:
    diagnostics = Collector(job.limits)
    try:
        source = read_source(file.path, job.limits)
        document = load(source, diagnostics, job.limits)
        if not file.named and is_another(source, document, diagnostics):
            return FileNeeds(source.name, is_other=True)
        if document is None:
            needs = Needs([source.name])
        else:
            options = Options(dynamic_prompts=DynamicPrompts.KEEP, limits=job.limits)
            needs = needs_parsed(document.value, job.stock, options, file=source.name, beside=document.beside)
    except ComfycError as problem:
        return FileNeeds(file.path, problem=problem)
    diagnostics.extend(needs.diagnostics)
    needs.diagnostics = Diagnostics(diagnostics)
    carried = document.carried if document is not None else None
    return FileNeeds(source.name, needs, report_of(source.name, diagnostics, carried, strict=False))


def _text(found: Needs, job: NeedsJob) -> str:
    if job.form == "install":
        packs = [row.pack for row in found.packs if row.pack.missing or job.stock.catalog is None]
        return pack_names(packs, pinned=job.pinned)
    if job.form in ("wget", "aria2"):
        return _downloads(found, job)
    return needs_markdown(found) if job.form == "markdown" else needs_text(found)


def _downloads(found: Needs, job: NeedsJob) -> str:
    """The lines that download the models, those that are missing if a server was asked; on stderr, for which
    of them there are none."""
    wanted = [one for one in found.models if job.stock.catalog is None or one.status == "missing"]
    plans = downloads(wanted)
    for plan in plans:
        if isinstance(plan, NoDownload):
            note(f"left out: '{plan.model.name}' ({plan.model.folder or 'folder not known'}): {plan.why}")
    files = [plan for plan in plans if isinstance(plan, Download)]
    lines = aria2_lines if job.form == "aria2" else wget_lines
    return "".join(f"{plain(line)}\n" for line in lines(files, job.models_folder))
