"""What ``comfyc report`` does: all files judged, on all cores, and a site about them written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from comfyc.catalog import Catalog
from comfyc.cli.output.batch_bar import BatchBar
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, complain, show
from comfyc.cli.output.writing import encoded, note
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.find_files import FoundFile, Search, find_files
from comfyc.cli.work.processes import on_cores
from comfyc.cli.work.report_one import ReportJob, ReportTask, SharedReport, make_pages, share
from comfyc.cli.work.skipped_files import nothing_found, report_others, report_unseen
from comfyc.cli.work.validate_files import ServerChoice, catalogs_of
from comfyc.cli.work.validate_one import CatalogSource, settings_of
from comfyc.diagnostics import ComfycError
from comfyc.gallery import Facts, site_pages, with_neighbours
from comfyc.gallery.index_json import summary_of
from comfyc.gallery.page_names import page_names
from comfyc.gallery.site_folder import is_site, new_site
from comfyc.gallery.totals import totals_of
from comfyc.needs import Stock


def make_report(paths: Sequence[str], job: ReportJob) -> int:
    """Write the site of all files; the exit code. ``ComfycError`` if there is nothing to write, or if that
    fails."""
    if "-" in paths:
        raise ComfycError("the standard input has no page", "name files and folders")
    wishes = job.wishes
    configurations = Configurations(trusts=wishes.trusts)
    search = find_files(
        paths, configurations, "report", as_found=wishes.skip_others, allow_empty=wishes.allow_empty
    )
    files = [file for file in search.files if file.named or not _is_ours(file.path)]
    root, title = _root(files), job.title or _title(paths)
    tasks = _tasks(files, root)
    settings = settings_of(files, configurations, wishes.flags)
    server = None
    if job.stock is not None and job.stock.catalog is not None and job.stock.ask is not None:
        server = ServerChoice(job.stock.catalog, job.stock.ask)
    catalogs = catalogs_of(settings, wishes, server)
    with new_site(job.output) as folder:
        shared = SharedReport(job, title, folder, settings, catalogs, _stocks(catalogs, job.stock))
        bar = BatchBar(len(tasks), "reporting", quiet=wishes.quiet)
        # What asks a server cannot be sent to another process everywhere
        made = on_cores(make_pages, tasks, share, (shared,), bar, wishes.jobs if job.stock is None else 1)
        for failure in (one.failure for one in made if one.failure is not None):
            raise failure
        facts = [one.facts for one in made if one.facts is not None]
        problems = search.problems + [one.problem for one in made if one.problem is not None]
        others = [one.path for one in made if one.facts is None and one.problem is None]
        if not facts and not wishes.allow_empty:
            raise (problems or [nothing_found(paths)])[0]
        _finish(folder, facts, title, [_shown(path, root) for path in others])
    return _notify(job, facts, problems, others, search, configurations, catalogs)


def _is_ours(path: str) -> bool:
    """Whether a file that was found is in the site of an earlier call, whose prompts are copies."""
    folder = os.path.dirname(os.path.abspath(path))
    return is_site(folder) or is_site(os.path.dirname(folder))


def _root(files: Sequence[FoundFile]) -> str:
    """The folder that all files were looked for in."""
    folders = {os.path.abspath(file.root or ".") for file in files}
    try:
        return os.path.commonpath(folders) if folders else os.getcwd()
    except ValueError:  # several drives of Windows
        return ""


def _title(paths: Sequence[str]) -> str:
    """The name of the folder, if there is one, that a call is about."""
    if len(paths) == 1 and os.path.isdir(paths[0]):
        return os.path.basename(os.path.abspath(paths[0])) or "Workflows"
    return "Workflows"


def _shown(path: str, root: str) -> str:
    """The path of a file as the site shows it: below the folder, with ``/``."""
    whole = os.path.abspath(path)
    return (os.path.relpath(whole, root) if root else whole).replace(os.sep, "/")


def _tasks(files: Sequence[FoundFile], root: str) -> list[ReportTask]:
    shown = {_shown(file.path, root): file for file in files}
    names = page_names(list(shown))
    order = sorted(shown, key=lambda path: (path.casefold(), path))
    return [ReportTask(shown[path], path, names[path]) for path in order]


def _stocks(catalogs: Mapping[CatalogSource, Catalog], server: Stock | None) -> dict[CatalogSource, Stock]:
    """What is known of a server: nothing, if nobody has named a catalogue."""
    if server is not None:
        return {source: replace(server, catalog=catalog) for source, catalog in catalogs.items()}
    return {
        source: Stock(catalog if source.object_info or source.custom_nodes else None)
        for source, catalog in catalogs.items()
    }


# --- what is about all files ---------------------------------------------------------------------


def _finish(folder: Path, facts: Sequence[Facts], title: str, skipped: Sequence[str]) -> None:
    """Lead from each page to the next, and write the pages about all files."""
    around: list[Facts | None] = [None, *facts, None]
    for at, one in enumerate(facts):
        page = folder / one.page
        page.write_bytes(encoded(with_neighbours(page.read_text("utf-8"), around[at], around[at + 2])))
    for where, text in site_pages(facts, title, skipped).items():
        (folder / where).write_bytes(encoded(text))


def _notify(
    job: ReportJob,
    facts: Sequence[Facts],
    problems: Sequence[ComfycError],
    others: Sequence[str],
    search: Search,
    configurations: Configurations,
    catalogs: Mapping[CatalogSource, Catalog],
) -> int:
    """Say what was done; the exit code."""
    wishes = job.wishes
    about = [report for catalog in catalogs.values() for report in catalog_reports(catalog)]
    show(about, quiet=wishes.quiet, verbose=wishes.verbose, summary=False)
    for problem in problems:
        complain(problem)
    summary = summary_of(facts, totals_of(facts))
    if not wishes.quiet:
        report_others(others, verbose=wishes.verbose)
        note(f"wrote {job.output / 'index.html'}: {_in_words(summary)}")
    report_unseen(search, configurations)
    fails = wishes.flags.strict and any(one.has_errors for one in facts)
    code = 2 if problems else 1 if fails else 0
    if wishes.as_json:
        result: dict[str, Any] = {
            "output": str(job.output),
            "index": str(job.output / "index.html"),
            **summary,
        }
        answer = JsonAnswer("report", [result], errors=list(problems), more={"skipped": list(others)})
        answer.add_findings(about)
        answer.findings += [finding for one in facts for finding in one.findings]
        answer.print(code)
    return code


def _in_words(summary: Mapping[str, int]) -> str:
    counts = [(summary["files"], "file" + "s" * (summary["files"] != 1))]
    counts += [
        (summary[key], key.replace("_", " ")) for key in ("accepted", "in_part", "rejected", "unreadable")
    ]
    for key in ("error", "warning"):
        counts.append((summary[f"{key}s"], key + "s" * (summary[f"{key}s"] != 1)))
    return ", ".join(f"{number:,} {word}" for number, word in counts if number)
