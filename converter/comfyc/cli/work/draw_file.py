"""What ``comfyc graph`` does: a file is validated, drawn and written."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.api import convert_parsed
from comfyc.catalog import Catalog
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, show
from comfyc.cli.output.writing import save, spare, write_stdout
from comfyc.cli.work.find_files import refuse_address
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostic, Severity
from comfyc.drawing import Subgraphs, picture_of
from comfyc.drawing.forms import ENDINGS, FORMS
from comfyc.drawing.model import WorkflowPicture
from comfyc.drawing.palette import Theme
from comfyc.options import Options
from comfyc.report.findings import FileReport, located, of_carried
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import load, read_source
from comfyc.suggestions import closest
from comfyc.validation import Validation, validate_parsed

_SHOWN = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class DrawJob:
    """What to draw and where to write it; ``output`` None is stdout."""

    output: Path | None
    form: str
    subgraphs: Subgraphs
    theme: Theme
    findings: bool = True
    what_runs: bool = False
    verbose: bool = False
    quiet: bool = False
    as_json: bool = False
    limits: Limits = DEFAULTS
    reads: Sequence[str] = ()

    @classmethod
    def of(cls, output: Path | None, form: str, *, subgraphs: str, theme: str, **others: Any) -> DrawJob:
        """The job that the flags ask for; ``ComfycError`` for a value that a flag does not know."""
        chosen = form or _form_of(output)
        _one_of(chosen, list(FORMS), "format", "--format")
        _one_of(subgraphs, [one.value for one in Subgraphs], "way to draw subgraphs", "--subgraphs")
        _one_of(theme, [one.value for one in Theme], "theme", "--theme")
        if chosen == "png" and output is None and (others.get("as_json") or sys.stdout.isatty()):
            raise ComfycError("PNG is not text", "name a file with -o, or pipe stdout into one")
        return cls(output, chosen, Subgraphs(subgraphs), Theme(theme), **others)


def _form_of(output: Path | None) -> str:
    if output is None:
        return "ascii"
    found = ENDINGS.get(output.suffix.lower())
    if found is None:
        raise ComfycError(
            f"the ending of '{output}' does not say what to write",
            f"pass --format {'|'.join(FORMS)}, or name a file with one of the endings {', '.join(ENDINGS)}",
        )
    return found


def _one_of(value: str, known: Sequence[str], what: str, flag: str) -> None:
    if value not in known:
        near = closest(value, known)
        meant = f"did you mean {near[0]}? " if near else ""
        raise ComfycError(f"there is no {what} '{value}'", f"{meant}{flag} takes {', '.join(known)}")


def draw_file(file: str, catalog: Catalog, job: DrawJob) -> int:
    """Draw one file; the exit code: 1 if there is nothing in it that can be drawn."""
    refuse_address(file, "graph")
    spare([job.output], [file], job.reads)
    about = catalog_reports(catalog)
    source, found = read_source(file, job.limits), Collector(job.limits)
    document = load(source, found, job.limits)
    picture, carried = None, None
    if document is not None:
        carried = document.carried
        options = Options(limits=job.limits)
        if not job.findings and not job.what_runs:
            plain = convert_parsed(document.value, catalog, options, beside=document.beside)
            picture = picture_of(plain, subgraphs=job.subgraphs)
        if picture is None:
            validation = validate_parsed(
                document.value, catalog, options, text=carried.text, beside=document.beside
            )
            found.extend(validation.diagnostics)
            picture = _picture(validation, job)
    report = located(of_carried(source.name, found, carried))
    code = 0 if picture is not None else 1
    if picture is None:
        show([*about, report], quiet=job.quiet, verbose=job.verbose)
    else:
        show(about, quiet=job.quiet, verbose=job.verbose, summary=False)
    product = None if picture is None else FORMS[job.form](picture, source.name, job.theme)
    if product is not None and job.output is not None:
        save(job.output, product)
    if job.as_json:
        _answer(source.name, picture, product, job, [*about, report]).print(code)
    elif product is not None and job.output is None:
        write_stdout(product)
    return code


def _picture(validation: Validation, job: DrawJob) -> WorkflowPicture | None:
    most = 3 if job.verbose else 1 if job.quiet else 2
    marked: list[Diagnostic] = []
    if job.findings:
        marked = [one for one in validation.diagnostics if one.severity in _SHOWN[:most]]
    outputs = validation.verdict.good_outputs if job.what_runs else None
    return picture_of(validation.conversion, subgraphs=job.subgraphs, findings=marked, outputs=outputs)


def _answer(
    name: str,
    picture: WorkflowPicture | None,
    product: str | bytes | None,
    job: DrawJob,
    reports: Sequence[FileReport],
) -> JsonAnswer:
    answer = JsonAnswer("graph")
    answer.results = [
        {
            "file": name,
            "ok": picture is not None,
            "format": job.form,
            "output": str(job.output) if picture is not None and job.output is not None else None,
            "graph": product if job.output is None and isinstance(product, str) else None,
        }
    ]
    answer.add_findings(reports)
    return answer
