"""``comfyc convert`` of many files: found, converted on all cores, written to a folder or into one answer."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from comfyc.catalog import Catalog
from comfyc.cli.output.batch_bar import BatchBar
from comfyc.cli.output.findings import catalog_reports, complain, show
from comfyc.cli.output.writing import is_same_file, note, save, spare, write_product
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.convert_one import ConvertJob, Result, answer_of, convert_file
from comfyc.cli.work.find_files import FoundFile, find_files
from comfyc.cli.work.processes import on_cores
from comfyc.cli.work.skipped_files import nothing_found, report_others, report_unseen
from comfyc.diagnostics import ComfycError
from comfyc.report.counts import summary_line
from comfyc.report.formats import BY_NAME
from comfyc.sources import STDIN


def run_batch(
    paths: Sequence[str],
    target: Path | None,
    catalog: Catalog,
    job: ConvertJob,
    jobs: int,
    *,
    single: bool = False,
) -> int:
    """Convert all files that the paths lead to, one process for each core; the exit code.

    The prompts go to the folder ``target``, in the sub-folders that the files are in. ``single``: there is no
    folder; the prompt of one file goes to ``target`` or to stdout, those of any number into ``--json``.
    """
    folder = None if single else target
    configurations = Configurations(trusts=job.trusts)
    search = find_files(
        paths, configurations, "convert", as_found=job.skip_others, allow_empty=job.allow_empty
    )
    found, problems = search.files, search.problems
    targets: list[Path | None]
    if folder is not None:
        files = [file for file in found if file.named or not _is_product(file, folder)]
        targets = [*_targets(files, folder)]
    else:
        files = found
        _refuse_several(paths, files, job, target)
        targets = [target] * len(files)
    reads = (*job.reads, *configurations.files)
    products = [name for name in targets if name is not None]
    spare([report.output for report in job.also], [file.path for file in files], reads, products)
    bar = BatchBar(len(files), "converting", quiet=job.quiet)
    made = on_cores(_work, list(zip(files, targets, strict=True)), _share, (catalog, job), bar, jobs)
    problems += [result.problem for result in made if result.problem is not None]
    others = [result.file for result in made if result.is_other]
    results = [result for result in made if not result.is_other and result.problem is None]
    if not results and not problems and not job.allow_empty:
        problems = [nothing_found(paths)]
    about = catalog_reports(catalog)
    show(
        [*about, *(result.report or result.file for result in results)],
        verbose=job.verbose,
        quiet=job.quiet,
        form=job.form,
        also=job.also,
    )
    for problem in problems:
        complain(problem)
    if single and not job.as_json and results and results[0].text and target is None:
        write_product(results[0].text)
    written = sum(result.text is not None for result in results)
    if not job.quiet and BY_NAME[job.form].for_people:
        report_others(others, verbose=job.verbose)
        reports = [result.report for result in results if result.report is not None]
        noted = f"; {summary_line(reports)}" if reports else ""
        if folder is not None and len(files) > len(others):
            count = len(files) - len(others)
            note(f"{written} of {count} files converted to {folder}{noted}")
    report_unseen(search, configurations)
    code = 2 if problems else 0 if written == len(results) else 1
    if job.as_json:
        answer_of(results, job, problems, others, about).print(code)
    return code


def _refuse_several(
    paths: Sequence[str], files: Sequence[FoundFile], job: ConvertJob, target: Path | None
) -> None:
    """``ComfycError`` if there may be several results, and one file or stdout for them."""
    if job.as_json and target is None:
        return
    folder = next((path for path in paths if os.path.isdir(path)), None)
    if folder is not None:
        raise ComfycError(f"'{folder}' is a folder", "pass --out-dir FOLDER for the workflows in it")
    if len(files) > 1:
        raise ComfycError("there are several files, but only one output", "pass --out-dir FOLDER")


def _is_product(file: FoundFile, folder: Path) -> bool:
    """Whether a file that was found is in the folder for the results, below the folder that was searched."""
    name, root = os.path.abspath(folder), os.path.abspath(file.root)
    return _is_below(name, root) and _is_below(os.path.abspath(file.path), name)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))


def _targets(files: Sequence[FoundFile], folder: Path) -> list[Path]:
    """Where each result goes: below the folder as its file is below the folder of all that was passed.

    Of two files that differ in their ending only, the one that is no JSON keeps it (``a.png.json``). Two
    results in one file, or one over its own source, are refused.
    """
    base = _common_folder(files)
    names = [_relative_name(file, base) for file in files]
    often = Counter(name.with_suffix(".json") for name in names)
    targets: dict[Path, str] = {}
    for file, name in zip(files, names, strict=True):
        short = name.with_suffix(".json")
        is_long = often[short] > 1 and name.suffix.lower() != ".json"
        target = folder / (name.with_name(f"{name.name}.json") if is_long else short)
        if target in targets:
            raise ComfycError(
                f"'{targets[target]}' and '{file.path}' would both be written to '{target}'",
                "convert them one by one",
            )
        if is_same_file(target, file.path):
            raise ComfycError(f"'{target}' would overwrite the workflow itself", "pass another --out-dir")
        targets[target] = file.path
    return list(targets)


def _common_folder(files: Sequence[FoundFile]) -> str:
    """The folder that holds all that was passed; "" if there is none, as for files on two drives."""
    try:
        return os.path.commonpath([os.path.abspath(file.root) for file in files if file.path != "-"])
    except ValueError:
        return ""


def _relative_name(file: FoundFile, base: str) -> Path:
    if file.path == "-":
        return Path("stdin.json")
    return Path(os.path.relpath(os.path.abspath(file.path), base) if base else os.path.basename(file.path))


_shared: tuple[Catalog, ConvertJob] | None = None


def _work(item: tuple[FoundFile, Path | None]) -> Result:
    assert _shared is not None
    file, target = item
    catalog, job = _shared
    try:
        result = convert_file(file.path, catalog, job, named=file.named)
        if target is None or result.text is None:
            return result
        save(target, result.text)
        return replace(result, text="", output=target)
    except ComfycError as error:
        return Result(STDIN if file.path == "-" else file.path, problem=error)


def _share(catalog: Catalog, job: ConvertJob) -> None:
    global _shared
    _shared = (catalog, job)
