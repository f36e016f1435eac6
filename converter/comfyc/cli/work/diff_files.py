"""What ``comfyc diff`` does: two files, or the files of two folders, are converted and compared."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfyc.api import Conversion, convert_parsed
from comfyc.catalog import Catalog
from comfyc.cli.output.colors import use_color
from comfyc.cli.output.differences_json import differences_record
from comfyc.cli.output.differences_markdown import differences_markdown
from comfyc.cli.output.differences_text import differences_text
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, report_of, show
from comfyc.cli.output.writing import note, save, spare, write_stdout
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.find_files import FoundFile, find_files, refuse_address
from comfyc.cli.work.skipped_files import is_another
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostic, Severity
from comfyc.differences import Differences, differences_of, options_for
from comfyc.differences.wording import changes_summary, layout_summary
from comfyc.options import Options
from comfyc.report.findings import FileReport
from comfyc.safety.escaping import plain
from comfyc.safety.limits import DEFAULTS, Limits
from comfyc.sources import STDIN, Source, load, read_source

FORMS = ("text", "json", "markdown", "html", "svg")
_PICTURES = ("html", "svg")


@dataclass(frozen=True, slots=True)
class DiffJob:
    """How files are compared and the result is written; ``output`` None is stdout."""

    form: str
    output: Path | None = None
    what_runs: bool = False
    exit_zero: bool = False
    verbose: bool = False
    quiet: bool = False
    limits: Limits = DEFAULTS
    reads: Sequence[str] = ()

    @classmethod
    def of(cls, form: str, output: Path | None, *, as_json: bool, **others: Any) -> DiffJob:
        """The job that the flags ask for; ``ComfycError`` for a format that is not known."""
        if form not in FORMS:
            raise ComfycError(f"there is no format '{form}'", f"--format takes {', '.join(FORMS)}")
        return cls("json" if as_json else form, output, **others)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two files that are compared: its name in messages, and what reads it."""

    name: str
    read: Callable[[Limits], Source]
    named: bool = True


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files to compare; None for a file that only one of two folders has. ``title`` is what both are
    called in the result."""

    title: str
    old: Side | None
    new: Side | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of a pair. ``differences`` is None if one of the files is not there, or cannot be read, which
    ``reports`` say then. ``old`` and ``new`` are the names of the files, "" for one that is not there."""

    title: str
    old: str
    new: str
    differences: Differences | None
    reports: Sequence[FileReport]
    is_bad: bool = False
    conversions: Sequence[Conversion] = ()

    @property
    def is_same(self) -> bool:
        return self.differences is not None and self.differences.is_same


def diff_files(items: Sequence[str], behind: Sequence[str], catalog: Catalog, job: DiffJob) -> int:
    """Compare two files or folders, or files at revisions of git, and write what changed; the exit code: 1 if
    something did. ``behind`` are the arguments behind ``--``."""
    from comfyc.cli.work.diff_revisions import revision_pairs  # noqa: PLC0415 - it makes pairs as this does

    found = revision_pairs(items, behind)
    pairs = pairs_of([*items, *behind]) if found is None else found
    if job.form in _PICTURES and len(pairs) != 1:
        raise ComfycError(
            f"--format {job.form} shows two files, and there are {len(pairs)} pairs of files",
            "pass two files, or --format markdown",
        )
    spare([job.output], [side.name for pair in pairs for side in (pair.old, pair.new) if side], job.reads)
    options = options_for(Options(limits=job.limits))
    done = [one for pair in pairs if (one := _compared(pair, catalog, options, job)) is not None]
    if not done and found is None:
        raise ComfycError("neither folder holds a workflow", "pass two files, or folders with workflows")
    about = catalog_reports(catalog)
    reports = [report for one in done for report in one.reports]
    show([*about, *reports], quiet=job.quiet, verbose=job.verbose, summary=False)
    changed = [one for one in done if not one.is_same and not one.is_bad]
    is_bad = any(one.is_bad for one in done)
    code = 1 if is_bad or (changed and not job.exit_zero) else 0
    if job.form == "json":
        results = [_record(one) for one in done if not one.is_bad]
        answer = JsonAnswer("diff", results)
        answer.add_findings([*about, *reports])
        if job.output is None:
            answer.print(code)
        else:
            save(job.output, answer.text(code))
    else:
        text = "".join(_text(one, job, several=len(done) > 1) for one in done if not one.is_bad)
        if job.output is not None:
            save(job.output, text)
        elif text:
            write_stdout(text)
    if not job.quiet and not is_bad:
        note(_summary(done, changed))
    return code


def pairs_of(items: Sequence[str]) -> list[Pair]:
    """The pairs of files that two arguments name; ``ComfycError`` for what is no pair."""
    if len(items) != 2:
        raise ComfycError(
            f"expected two files or folders, got {len(items)}", "pass them as in: comfyc diff OLD NEW"
        )
    old, new = items
    for item in items:
        refuse_address(item, "diff")
    if old == new == "-":
        raise ComfycError("only one of the two files can be stdin", "name the other file")
    if os.path.isdir(old) and os.path.isdir(new):
        return list(_in_folders(old, new))
    if os.path.isdir(old) or os.path.isdir(new):
        folder, file = (old, new) if os.path.isdir(old) else (new, old)
        inside = os.path.join(folder, os.path.basename(file))
        if not os.path.isfile(inside):
            raise ComfycError(
                f"'{folder}' is a folder, and '{file}' is none", "pass two files or two folders"
            )
        old, new = (inside if item == folder else item for item in items)
    first, second = side_of(old), side_of(new)
    return [Pair(f"{first.name} -> {second.name}", first, second)]


def side_of(path: str, *, named: bool = True) -> Side:
    """A file of this machine, or stdin."""
    return Side(STDIN if path == "-" else path, lambda limits: read_source(path, limits), named)


def _in_folders(old: str, new: str) -> Iterator[Pair]:
    """The files of two folders, those of the same name as pairs."""
    sides = []
    for folder in (old, new):
        search = find_files([folder], Configurations(trusts=False), "diff")
        if search.problems:
            raise search.problems[0]
        sides.append({os.path.relpath(file.path, folder): file for file in search.files})
    for name in sorted({*sides[0], *sides[1]}):
        first, second = (_found(side.get(name)) for side in sides)
        yield Pair(name, first, second)


def _found(file: FoundFile | None) -> Side | None:
    return None if file is None else side_of(file.path, named=False)


def _compared(pair: Pair, catalog: Catalog, options: Options, job: DiffJob) -> Compared | None:
    """Compare a pair; None if what was only found in a folder is no workflow."""
    sides = [_converted(side, catalog, options) for side in (pair.old, pair.new)]
    if all(side is None for side in sides):
        return None
    old, new = (
        given.name if given is not None and side is not None else ""
        for given, side in zip((pair.old, pair.new), sides, strict=True)
    )
    reports = [one.report for one in sides if one is not None and one.report is not None]
    conversions = [one.conversion for one in sides if one is not None and one.conversion is not None]
    if any(one is not None and one.conversion is None for one in sides):
        return Compared(pair.title, old, new, None, reports, is_bad=True)
    if len(conversions) < 2:
        return Compared(pair.title, old, new, None, reports)
    found = differences_of(conversions[0], conversions[1], what_runs=job.what_runs)
    return Compared(pair.title, old, new, found, reports, conversions=conversions)


@dataclass(frozen=True, slots=True)
class _Converted:
    conversion: Conversion | None
    report: FileReport | None


def _converted(side: Side | None, catalog: Catalog, options: Options) -> _Converted | None:
    """One side, converted; None if it is not there, or was only found and is no workflow.

    Findings are reported if they keep the file from being compared: what is wrong with a workflow is not what
    is asked here.
    """
    if side is None:
        return None
    source, found = side.read(options.limits), Collector(options.limits)
    document = load(source, found, options.limits)
    if not side.named and is_another(source, document, found):
        return None
    conversion = None
    if document is not None:
        conversion = convert_parsed(document.value, catalog, options, beside=document.beside)
        if not conversion.prompt and conversion.editor is None and not conversion.ok:
            found.extend(conversion.diagnostics)
            conversion = None
    carried = document.carried if document is not None else None
    serious: list[Diagnostic] = [one for one in found if one.severity is Severity.ERROR]
    report = report_of(source.name, serious, carried, strict=False) if conversion is None else None
    return _Converted(conversion, report)


def _record(one: Compared) -> dict[str, Any]:
    if one.differences is None:
        return {"old": one.old or None, "new": one.new or None, "same": False}
    return differences_record(one.old, one.new, one.differences)


def _text(one: Compared, job: DiffJob, *, several: bool) -> str:
    if job.form in _PICTURES:
        return _picture(one, job.form)
    if one.differences is None:
        return f"{'removed' if one.old else 'added'}: {plain(one.title)}\n\n"
    if job.form == "markdown":
        return "" if one.is_same and several else differences_markdown(one.title, one.differences)
    color = job.output is None and use_color(sys.stdout)
    text = differences_text(one.differences, color=color, verbose=job.verbose)
    if not several or one.is_same:
        return text if not several else ""
    return f"{plain(one.title)}\n{text}\n"


def _picture(one: Compared, form: str) -> str:
    """Both documents as a picture with what changed."""
    from comfyc.drawing.differences_html import html_of_differences  # noqa: PLC0415 - only for pictures
    from comfyc.drawing.differences_marks import compared_pictures  # noqa: PLC0415
    from comfyc.drawing.differences_svg import svg_of_differences  # noqa: PLC0415

    if one.differences is None:
        raise ComfycError("one of the two files is not there", "pass --format text")
    compared = compared_pictures(one.conversions[0], one.conversions[1], one.differences)
    if compared is None:
        raise ComfycError("there is nothing to draw in one of the files", "pass --format text")
    drawn = html_of_differences if form == "html" else svg_of_differences
    return drawn(compared, (one.old, one.new), one.title)


def _summary(done: Sequence[Compared], changed: Sequence[Compared]) -> str:
    if not done:
        return "no workflow has changed"
    if len(done) > 1:
        return f"{len(changed)} of {len(done)} files changed"
    found = done[0].differences
    if found is None:
        return ""
    prompts = " (the prompts were compared)" if found.of_prompts else ""
    same_but = f"; layout: {layout_summary(found.layout)}" if found.is_same and found.layout else ""
    return changes_summary(found.changes) + prompts + same_but
