"""What ``comfyc convert`` does with one file, and with many on all cores."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from converter.api import Conversion, Options, convert
from converter.catalog import Catalog
from converter.catalog_cache import replace_file
from converter.cli.cores import ProgressBar, on_cores
from converter.cli.output import complain, encoded, report_of, show, write_stdout
from converter.diagnostics import ConverterError, Diagnostics
from converter.sources import load, read_source

if TYPE_CHECKING:
    from converter.report import FileReport

_LINKS = 40
"""Symbolic links that are followed to one file, as Linux does."""


@dataclass(frozen=True, slots=True)
class Job:
    """How each file is converted, and how its findings are shown."""

    options: Options
    assignments: tuple[str, ...] = ()
    set_all: bool = False
    strict: bool = False
    verbose: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file: its findings (None: there are none) and the prompt's text, None on failure."""

    report: FileReport | None
    text: str | None
    problem: ConverterError | None = None


def convert_document(name: str, catalog: Catalog, job: Job) -> tuple[Conversion | None, FileReport | None]:
    """Read one file and convert it with what is set: the conversion (None: no document) and the findings."""
    diagnostics = Diagnostics()
    document = load(read_source(name), diagnostics)
    if document is None:
        return None, report_of(name, diagnostics, None, strict=job.strict)
    value, options = document.value, job.options
    conversion = convert(value, catalog, options)
    if job.assignments:
        from converter.setting import set_inputs  # noqa: PLC0415 - for those who set something

        texts = job.assignments
        conversion, _ = set_inputs(conversion, value, catalog, options, texts, several=job.set_all)
    diagnostics.extend(conversion.diagnostics)
    return conversion, report_of(name, diagnostics, document.carried, strict=job.strict)


def convert_file(name: str, catalog: Catalog, job: Job) -> Result:
    """Convert one file with what is set. A file that cannot be read is a ``ConverterError``."""
    conversion, report = convert_document(name, catalog, job)
    if conversion is None or (report is not None and report.has_errors):
        return Result(report, None)
    return Result(report, conversion.text)


def run_one(name: str, output: Path | None, catalog: Catalog, job: Job) -> int:
    """Convert one file to stdout or to ``output``; the exit code."""
    if output is not None and is_same_file(output, name):
        raise ConverterError(f"'{output}' would overwrite the workflow itself", "pass another file to -o")
    result = convert_file(name, catalog, job)
    show([result.report], verbose=job.verbose, quiet=job.quiet)
    if result.text is None:
        return 1
    if output is None:
        write_stdout(result.text)
    else:
        save(output, result.text)
    return 0


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


def run_batch(names: Sequence[str], folder: Path, catalog: Catalog, job: Job, jobs: int) -> int:
    """Convert many files into a folder, one process for each core; the exit code."""
    targets = _targets(names, folder)
    bar = ProgressBar(len(names), "converting", quiet=job.quiet)
    results = on_cores(_work, list(zip(names, targets, strict=True)), _share, (catalog, job), bar, jobs)
    show([result.report for result in results], verbose=job.verbose, quiet=job.quiet)
    problems = [result.problem for result in results if result.problem is not None]
    for problem in problems:
        complain(problem)
    written = sum(result.text is not None for result in results)
    if not job.quiet:
        counts = [len(result.report.findings) for result in results if result.report is not None]
        found = f"; {sum(counts)} findings in {len(counts)} files" if counts else ""
        sys.stderr.write(f"{written} of {len(names)} files converted to {folder}{found}\n")
    return 2 if problems else 0 if written == len(names) else 1


def _targets(names: Sequence[str], folder: Path) -> list[Path]:
    """Where each result goes; two results in one place, or one over its own source, are refused."""
    targets: dict[Path, str] = {}
    for name in names:
        target = folder / (Path(name).with_suffix(".json").name if name != "-" else "stdin.json")
        if target in targets:
            raise ConverterError(
                f"'{targets[target]}' and '{name}' would both be written to '{target}'",
                "convert them one by one",
            )
        if is_same_file(target, name):
            raise ConverterError(f"'{target}' would overwrite the workflow itself", "pass another --out-dir")
        targets[target] = name
    return list(targets)


_shared: tuple[Catalog, Job] | None = None


def _work(item: tuple[str, Path]) -> Result:
    assert _shared is not None
    name, target = item
    catalog, job = _shared
    try:
        result = convert_file(name, catalog, job)
        if result.text is not None:
            save(target, result.text)
        return Result(result.report, None if result.text is None else "")
    except ConverterError as error:
        return Result(None, None, error)


def _share(catalog: Catalog, job: Job) -> None:
    global _shared
    _shared = (catalog, job)
