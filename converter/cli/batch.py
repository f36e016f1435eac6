"""What ``comfyc convert`` does with one file, and with many on all cores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from converter.api import Conversion, Options, convert
from converter.catalog import Catalog
from converter.catalog_cache import replace_file
from converter.cli.output import encoded, report_of, show, write_stdout
from converter.diagnostics import ConverterError, Diagnostics
from converter.sources import load, read_source

if TYPE_CHECKING:
    from converter.cli.reports import Report
    from converter.report import FileReport

_LINKS = 40
"""Symbolic links that are followed to one file, as Linux does."""


@dataclass(frozen=True, slots=True)
class Job:
    """How each file is converted, and how its findings are shown: ``form`` on stderr, ``also`` elsewhere."""

    options: Options
    assignments: tuple[str, ...] = ()
    set_all: bool = False
    strict: bool = False
    verbose: bool = False
    quiet: bool = False
    form: str = "text"
    also: tuple[Report, ...] = ()
    as_json: bool = False
    skip_others: bool = False
    allow_empty: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file, whose name is as in messages: its findings (None: there are none), the prompt's
    text (None on failure) and where that was written (None: nowhere yet). ``is_other``: it was only found,
    and holds no workflow."""

    file: str
    report: FileReport | None
    text: str | None
    output: Path | None = None
    problem: ConverterError | None = None
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Converted:
    """A file that was read: its name as in messages, its findings, and its conversion, None if there is no
    document in it. ``is_other`` as for a result."""

    file: str
    conversion: Conversion | None
    report: FileReport | None = None
    is_other: bool = False


def convert_document(name: str, catalog: Catalog, job: Job, *, named: bool = True) -> Converted:
    """Read one file and convert it with what is set. A file that cannot be read is a ``ConverterError``."""
    source, diagnostics = read_source(name), Diagnostics()
    document = load(source, diagnostics)
    if not named:
        from converter.cli.others import is_another  # noqa: PLC0415

        if is_another(source, document, diagnostics):
            return Converted(source.name, None, is_other=True)
    if document is None:
        return Converted(source.name, None, report_of(source.name, diagnostics, None, strict=job.strict))
    value, options = document.value, job.options
    conversion = convert(value, catalog, options)
    if job.assignments:
        from converter.setting import set_inputs  # noqa: PLC0415 - for those who set something

        texts = job.assignments
        conversion, _ = set_inputs(conversion, value, catalog, options, texts, several=job.set_all)
    diagnostics.extend(conversion.diagnostics)
    report = report_of(source.name, diagnostics, document.carried, strict=job.strict)
    return Converted(source.name, conversion, report)


def convert_file(name: str, catalog: Catalog, job: Job, *, named: bool = True) -> Result:
    """Convert one file with what is set. Errors as for :func:`convert_document`."""
    found = convert_document(name, catalog, job, named=named)
    conversion, report = found.conversion, found.report
    if conversion is None or (report is not None and report.has_errors):
        return Result(found.file, report, None, is_other=found.is_other)
    return Result(found.file, report, conversion.text)


def run_one(name: str, output: Path | None, catalog: Catalog, job: Job) -> int:
    """Convert one file to stdout or to ``output``; the exit code."""
    if output is not None and is_same_file(output, name):
        raise ConverterError(f"'{output}' would overwrite the workflow itself", "pass another file to -o")
    spare_workflows([name], job.also)
    result = convert_file(name, catalog, job)
    show(
        [result.report or result.file],
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
        from converter.cli.converting import answer  # noqa: PLC0415

        answer([result]).print(code)
    elif output is None and result.text is not None:
        write_stdout(result.text)
    return code


def spare_workflows(names: Sequence[str], reports: Sequence[Report]) -> None:
    """``ConverterError`` if a report would be written over one of the files of these names."""
    for report in reports:
        if report.output is not None and any(is_same_file(report.output, name) for name in names):
            message = f"'{report.output}' would overwrite the workflow itself"
            raise ConverterError(message, "pass another file for the report")


def is_same_file(target: Path, name: str) -> bool:
    """Whether writing to ``target`` would overwrite the file of this name, by whatever other name."""
    try:
        return target.is_file() and target.samefile(name)
    except (OSError, ValueError):
        return False


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all; a device, a pipe and what the shell has opened are written in place.

    A symbolic link stays, and what it leads to is written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        place = _followed(path)
        if place is None or (place.exists() and not place.is_file()):
            path.write_bytes(encoded(text))
        else:
            replace_file(place, encoded(text))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
        raise ConverterError(
            f"'{path}' cannot be written: {reason}", "check the folder and its permissions"
        ) from error


def _followed(path: Path) -> Path | None:
    """The file behind symbolic links; None if there is none, or if it is open already (/dev/stdout)."""
    for _ in range(_LINKS):
        if not path.is_symlink():
            return path
        if Path(os.path.abspath(path)).parts[1:2] in (("dev",), ("proc",)):
            return None
        path = path.parent / os.readlink(path)
    return None
