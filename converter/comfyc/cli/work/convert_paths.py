"""What ``comfyc convert`` does: one file at once, any number of them by what that needs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from comfyc.catalog import Catalog
from comfyc.cli.work.convert_one import ConvertJob, answer_of, run_one
from comfyc.diagnostics import ComfycError

if TYPE_CHECKING:
    from comfyc.cli.output.reports import Report
    from comfyc.cli.work.job_files import Jobs


def convert_paths(
    paths: Sequence[str],
    catalog: Catalog,
    job: ConvertJob,
    *,
    output: Path | None,
    out_dir: Path | None,
    jobs: int,
) -> int:
    """Convert all files to ``output`` (``None``: stdout) or to the folder ``out_dir``; the exit code."""
    if out_dir is not None and output is not None:
        raise ComfycError("--output and --out-dir cannot be used together", "pass one of them")
    if out_dir is None and not job.skip_others and len(paths) == 1 and _is_one_file(paths[0]):
        return run_one(paths[0], output, catalog, job)
    from comfyc.cli.work.convert_files import run_batch  # noqa: PLC0415 - a single file does without

    return run_batch(paths, out_dir or output, catalog, job, jobs, single=out_dir is None)


def refuse_jobs(jobs: Jobs, job: ConvertJob) -> int:
    """Show what is wrong in job files; the exit code."""
    from comfyc.cli.output.findings import show  # noqa: PLC0415 - for those who have job files

    show(jobs.reports, verbose=job.verbose, quiet=job.quiet, form=job.form, also=job.also)
    if job.as_json:
        answer_of([], job, about=jobs.reports).print(1)
    return 1


def reports_beside(form: str, also: Sequence[str], *, taken: bool) -> tuple[Report, ...]:
    """The reports of ``--also``; ``ComfycError`` if there is no such format, or none of the name ``form``.

    ``taken``: stdout has another use.
    """
    if form == "text" and not also:
        return ()
    from comfyc.cli.output.reports import also_reports, named_form  # noqa: PLC0415

    named_form(form)
    return tuple(also_reports(also, taken=taken))


def _is_one_file(path: str) -> bool:
    """Whether a path leads to one file, and not to any number of them as folders and patterns do."""
    return path == "-" or (os.path.lexists(path) and not os.path.isdir(path))
