"""What ``comfyc format`` does with one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc.carriers import JSON
from comfyc.cli.output.findings import report_of
from comfyc.cli.output.writing import is_same_file, save
from comfyc.cli.work.find_files import FoundFile
from comfyc.cli.work.skipped_files import is_another
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostics
from comfyc.documents import is_prompt, is_workflow
from comfyc.formatting import Stripping, format_file
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import STDIN, load, read_source
from comfyc.sources.file import WorkflowFile

if TYPE_CHECKING:
    from comfyc.formatting.stripping import Stripped
    from comfyc.report.findings import FileReport


@dataclass(frozen=True, slots=True)
class FormatJob:
    """How each file is formatted, and what becomes of its text: it is written over the file (``overwrites``),
    handed on (``keeps_text``), for ``output`` perhaps, or only compared. ``with_diff``: what would change is
    handed on."""

    stripping: Stripping
    limits: Limits = DEFAULTS
    overwrites: bool = True
    keeps_text: bool = False
    output: Path | None = None
    with_diff: bool = False


@dataclass(frozen=True, slots=True)
class Tidied:
    """What came of one file, whose name is as in messages: its findings; whether it is or was in another
    layout; its text and what differs, if they are asked for. Or why it is left as it is: ``problem``, or
    errors in the report (``is_refused``). ``is_other``: it was only found, and is no workflow."""

    file: str
    report: FileReport | None = None
    changes: bool = False
    text: str | None = None
    diff: str = ""
    stripped: tuple[Stripped, ...] = ()
    problem: ComfycError | None = None
    is_refused: bool = False
    is_other: bool = False


def format_one(found: FoundFile, job: FormatJob) -> Tidied:
    """Read and format one file. Never raises for a file."""
    try:
        return _format(found, job)
    except ComfycError as problem:
        return Tidied(STDIN if found.path == "-" else found.path, problem=problem)


def _format(found: FoundFile, job: FormatJob) -> Tidied:
    limits = job.limits
    source, diagnostics = read_source(found.path, limits), Collector(limits)
    document = load(source, diagnostics, limits)
    is_carried = document is not None and document.carried.container != JSON
    if not found.named:
        is_wrapper = document is not None and not (is_workflow(document.value) or is_prompt(document.value))
        if is_carried or is_wrapper or is_another(source, document, diagnostics):
            return Tidied(source.name, is_other=True)
    is_own = job.output is not None and is_same_file(job.output, found.path)
    if is_carried and (is_own or not job.keeps_text):
        raise ComfycError(
            f"'{source.name}' is no workflow file: it carries one, which is not formatted in it",
            "write the workflow to a file of its own, as in -o flow.json",
        )
    file = WorkflowFile(source.name, document, Diagnostics(diagnostics))
    try:
        made = format_file(file, limits, job.stripping)
    except ComfycError as error:
        raise ComfycError(f"'{source.name}' is left as it is: {error}", error.hint) from error
    report = report_of(source.name, made.diagnostics, made.carried, strict=False)
    if made.text is None:
        return Tidied(source.name, report, is_refused=True)
    changes = source.data[0 : len(source.data)] != made.text.encode("utf-8")
    if changes and job.overwrites:
        save(Path(found.path), made.text)
    old = made.carried.text if made.carried is not None and changes and job.with_diff else None
    return Tidied(
        source.name,
        report,
        changes,
        made.text if job.keeps_text else None,
        "" if old is None else _diff(source.name, old, made.text),
        made.stripped,
    )


def _diff(name: str, old: str, new: str) -> str:
    """A unified diff. It is empty if no line differs, but the line ends or the encoding do."""
    from difflib import unified_diff  # noqa: PLC0415 - for those who ask for it

    before, after = (text.removesuffix("\n").split("\n") for text in (old, new))
    lines = unified_diff(before, after, name, name, lineterm="")
    return "".join(f"{line}\n" for line in lines)
