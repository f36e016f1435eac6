"""What ``comfyc set`` does: a file is read, values are set in it, and the changed file is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.carriers import CARRIERS, Carrier
from comfyc.catalog import Catalog
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, report_of, show
from comfyc.cli.output.writing import is_same_file, note, save, spare, write_product
from comfyc.cli.work.find_files import refuse_address
from comfyc.cli.work.job_files import Jobs
from comfyc.diagnostics import ComfycError
from comfyc.interface import Assignment, Requests
from comfyc.options import Options
from comfyc.safety.jsonable import json_value
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.saving import Rewritten, rewrite_source
from comfyc.sources import read_source


@dataclass(frozen=True, slots=True)
class SetJob:
    """What is to be set, and where the changed file goes: to ``output``, or to stdout if that is None."""

    requests: Requests | None
    output: Path | None = None
    limits: Limits = DEFAULTS
    force: bool = False
    """Whether values are written that break a rule of their input."""
    strict: bool = False
    verbose: bool = False
    quiet: bool = False
    as_json: bool = False
    reads: tuple[str | Path | None, ...] = ()
    """The files that are read beside the workflow."""


def set_in_file(file: str, catalog: Catalog, job: SetJob) -> int:
    """Set values in a file and write the changed one, whole or not at all; the exit code."""
    refuse_address(file, "set")
    if job.requests is None:
        raise ComfycError(
            "there is nothing to set",
            "pass --set NODE.INPUT=VALUE, or a job file; `comfyc inputs` lists inputs",
        )
    output = job.output
    if output is not None:
        _refuse_carrier(output)
        spare([output], (), job.reads)
    source = read_source(file, job.limits)
    made = rewrite_source(source, job.requests, catalog, Options(limits=job.limits))
    if output is not None and made.is_carried and is_same_file(output, file):
        raise ComfycError(
            f"'{file}' is no workflow file: it carries one, which cannot be changed in it",
            "write the workflow to a file of its own, as in -o changed.json",
        )
    report = report_of(source.name, made.diagnostics, made.carried, strict=job.strict)
    about = catalog_reports(catalog)
    show([*about, report or source.name], verbose=job.verbose, quiet=job.quiet)
    is_written = made.data is not None and (
        report is None or not report.has_errors or (job.force and made.is_understood)
    )
    if is_written and made.data is not None:
        if output is not None:
            save(output, made.data)
        if not job.quiet:
            _note_files(made.assignments)
        if output is None and not job.as_json:
            write_product(made.data)
    code = 0 if is_written else 1
    if job.as_json:
        answer = JsonAnswer("set", results=[_as_json(source.name, made, output, is_written=is_written)])
        answer.add_findings([*about, report])
        answer.print(code)
    return code


def refuse_jobs(jobs: Jobs, job: SetJob) -> int:
    """Show what is wrong in job files; the exit code."""
    show(jobs.reports, verbose=job.verbose, quiet=job.quiet)
    if job.as_json:
        answer = JsonAnswer("set")
        answer.add_findings(jobs.reports)
        answer.print(1)
    return 1


def _refuse_carrier(output: Path) -> None:
    """``ComfycError`` if the name of the output is that of a picture or another file that is no JSON."""
    carrier = _carrier_of(output)
    if carrier is not None:
        raise ComfycError(
            f"'{output}' has the name of a {carrier.subject}, and what is written is JSON",
            "choose another name, as in -o changed.json",
        )


def _carrier_of(output: Path) -> Carrier | None:
    return next((one for one in CARRIERS if output.suffix.lower() in one.endings), None)


def _note_files(assignments: Sequence[Assignment]) -> None:
    """Say of files for upload that only their names have been set."""
    for one in assignments:
        if one.file is not None:
            note(
                f"note: '{one.setting.path}' is set to the name '{one.value}' alone: put the file into the "
                "input folder of the server, or use run, which uploads it"
            )


def _as_json(name: str, made: Rewritten, output: Path | None, *, is_written: bool) -> dict[str, Any]:
    is_here = is_written and output is None
    return {
        "file": name,
        "ok": is_written,
        "output": str(output) if is_written and output is not None else None,
        "document": json_value(made.document) if is_here else None,
        "values": [
            {
                "node": one.setting.node,
                "input": one.setting.input,
                "before": json_value(one.setting.value),
                "value": json_value(one.value),
            }
            for one in made.assignments
        ],
    }
