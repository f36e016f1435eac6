"""What ``comfyc convert`` does with one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comfyc.api import Conversion, convert_parsed
from comfyc.catalog import Catalog
from comfyc.cli.output.findings import catalog_reports, report_of, show
from comfyc.cli.output.writing import save, spare, write_product
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.options import Arrangement, Options, Product
from comfyc.sources import load, read_source

if TYPE_CHECKING:
    from comfyc.cli.output.envelope import JsonAnswer
    from comfyc.cli.output.reports import Report
    from comfyc.interface import Requests
    from comfyc.rebuilt import Rebuilt
    from comfyc.report.findings import FileReport


@dataclass(frozen=True, slots=True)
class ConvertJob:
    """How each file is converted, and how its findings are shown: ``form`` on stderr, ``also`` elsewhere."""

    options: Options
    requests: Requests | None = None
    """What is to be set, if anything is."""
    force: bool = False
    """Whether a prompt is made with values that break a rule."""
    strict: bool = False
    verbose: bool = False
    quiet: bool = False
    form: str = "text"
    also: tuple[Report, ...] = ()
    as_json: bool = False
    skip_others: bool = False
    allow_empty: bool = False
    trusts: bool = False
    """Whether every configuration is trusted."""
    layout: Arrangement | None = None
    """The layout of the workflow to make; None: a prompt is made."""
    reads: tuple[str | Path | None, ...] = ()
    """The files that are read beside the workflows."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file, whose name is as in messages: its findings (None: there are none), the text of
    the prompt or workflow (None on failure) and where that was written (None: nowhere yet), or why it could
    not be read. ``is_other``: it was only found, and holds no workflow."""

    file: str
    report: FileReport | None = None
    text: str | None = None
    output: Path | None = None
    problem: ComfycError | None = None
    is_other: bool = False
    conversion: Conversion | None = None
    rebuilt: Rebuilt | None = None
    is_forced: bool = False
    """Whether the errors are no reason to write nothing."""


def convert_document(name: str, catalog: Catalog, job: ConvertJob, *, named: bool = True) -> Result:
    """Read one file and convert it with what is set; the result has no text yet. A file that cannot be read
    is a ``ComfycError``."""
    limits = job.options.limits
    source, diagnostics = read_source(name, limits), Collector(limits)
    document = load(source, diagnostics, limits)
    if not named:
        from comfyc.cli.work.skipped_files import is_another  # noqa: PLC0415

        if is_another(source, document, diagnostics):
            return Result(source.name, is_other=True)
    if document is None:
        return Result(source.name, report_of(source.name, diagnostics, None, strict=job.strict))
    value, options = document.value, job.options
    if job.layout is not None:
        from comfyc.rebuilt import to_workflow_parsed  # noqa: PLC0415 - for those who want workflows

        rebuilt = to_workflow_parsed(value, catalog, options, layout=job.layout)
        diagnostics.extend(rebuilt.diagnostics)
        report = report_of(source.name, diagnostics, document.carried, strict=job.strict)
        return Result(source.name, report, rebuilt=rebuilt)
    conversion = convert_parsed(value, catalog, options, beside=document.beside)
    forced = False
    if job.requests is not None:
        from comfyc.interface import interface_for, set_values  # noqa: PLC0415 - for those who set something

        outcome = set_values(interface_for(conversion), value, job.requests, catalog)
        conversion, forced = outcome.conversion, job.force and outcome.is_understood
    diagnostics.extend(conversion.diagnostics)
    report = report_of(source.name, diagnostics, document.carried, strict=job.strict)
    return Result(source.name, report, conversion=conversion, is_forced=forced)


def convert_file(name: str, catalog: Catalog, job: ConvertJob, *, named: bool = True) -> Result:
    """Convert one file with what is set. Errors as for :func:`convert_document`."""
    found = convert_document(name, catalog, job, named=named)
    made, report = found.conversion or found.rebuilt, found.report
    if made is None or (report is not None and report.has_errors and not found.is_forced):
        return replace(found, conversion=None, rebuilt=None)
    return Result(found.file, report, made.text)


def run_one(name: str, output: Path | None, catalog: Catalog, job: ConvertJob) -> int:
    """Convert one file to stdout or to ``output``; the exit code."""
    if output is not None or job.also:
        spare([output, *(report.output for report in job.also)], [name], job.reads)
    result = convert_file(name, catalog, job)
    about = catalog_reports(catalog)
    show(
        [*about, result.report or result.file],
        verbose=job.verbose,
        quiet=job.quiet,
        form=job.form,
        also=job.also,
    )
    if output is not None and result.text is not None:
        save(output, result.text)
        result = replace(result, output=output)
    code = 0 if result.text is not None else 1
    if job.as_json:
        answer_of([result], job, about=about).print(code)
    elif output is None and result.text is not None:
        write_product(result.text)
    return code


def answer_of(
    results: Sequence[Result],
    job: ConvertJob,
    problems: Sequence[ComfycError] = (),
    others: Sequence[str] = (),
    about: Sequence[FileReport] = (),
) -> JsonAnswer:
    """What ``--json`` prints: a result for each file, with what was made unless that is in a file.

    ``about`` are the findings about the catalogue.
    """
    from comfyc.cli.output.envelope import JsonAnswer  # noqa: PLC0415 - for those who want JSON

    made = JsonAnswer("convert", errors=list(problems), more={"skipped": list(others)})
    made.results = [_as_json(result, job) for result in results]
    made.add_findings([*about, *(result.report for result in results)])
    return made


def _as_json(result: Result, job: ConvertJob) -> dict[str, Any]:
    output = str(result.output) if result.output is not None else None
    made = json.loads(result.text) if result.text and result.output is None else None
    product = Product.PROMPT if job.layout is None else Product.WORKFLOW
    return {"file": result.file, "ok": result.text is not None, "output": output, product.value: made}
