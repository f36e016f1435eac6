"""What ``convert``, ``validate`` and ``needs`` do for a corpus: a table with a row for each file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from comfyc.cli.output.batch_bar import BatchBar
from comfyc.cli.output.findings import catalog_reports, complain, show
from comfyc.cli.output.writing import note, spare
from comfyc.cli.settings.configuration import Configurations
from comfyc.cli.work.find_files import find_files
from comfyc.cli.work.skipped_files import report_unseen
from comfyc.corpora.addresses import CorpusFile, list_files, local_path
from comfyc.corpora.rows import PROMPT, Examiner, Row
from comfyc.corpora.tables import ENDINGS, check_table, open_table
from comfyc.diagnostics import ComfycError
from comfyc.engines import check_dask

Item = TypeVar("Item")

_BATCH = 32
"""Files that a process is given at once."""
_TASK = 64
"""Files of a Dask task."""


@dataclass(frozen=True, slots=True)
class CorpusJob:
    """How a table is made: ``scheduler`` is that of Dask, None for ``jobs`` processes of this machine (0: one
    for each core). ``command`` is for messages."""

    command: str
    examiner: Examiner
    output: Path | None
    scheduler: str | None = None
    jobs: int = 0
    exit_zero: bool = False
    skip_others: bool = False
    allow_empty: bool = False
    trusts: bool = False
    quiet: bool = False


def tabulate(paths: Sequence[str], job: CorpusJob) -> int:
    """Write the table; the exit code: 1 if a file has errors, or could not be looked at."""
    if job.output is None:
        raise ComfycError(
            "a table of many files is written to a file", f"pass -o FILE that ends in {', '.join(ENDINGS)}"
        )
    check_table(job.output)
    if "-" in paths:
        raise ComfycError("the standard input is no file of a table", "pass the names of files")
    local = [path for path in map(local_path, paths) if path is not None]
    remote = [path for path in paths if local_path(path) is None]
    configurations = Configurations(trusts=job.trusts)
    search = find_files(
        local, configurations, job.command, as_found=job.skip_others, allow_empty=job.allow_empty
    )
    if search.problems:
        for problem in search.problems:
            complain(problem)
        return 2
    spare([job.output], (file.path for file in search.files), configurations.files)
    show(catalog_reports(job.examiner.stock.catalog), quiet=job.quiet, summary=False)
    names: Iterable[str] = (found.path for found in search.files)
    if job.scheduler is not None:  # the workers are in other folders
        names = map(os.path.abspath, names)
    files = chain(map(CorpusFile, names), list_files(remote, allow_empty=job.allow_empty))
    states = _written(files, bool(remote), len(search.files), job)
    if not job.quiet:
        counts = ", ".join(f"{count} {state}" for state, count in states.most_common())
        note(f"{sum(states.values())} files in {job.output}{': ' if counts else ''}{counts}")
    report_unseen(search, configurations)
    is_fine = not any(states[state] for state in ("errors", "unreadable", "killed"))
    return 0 if is_fine or job.exit_zero else 1


def _written(files: Iterator[CorpusFile], is_remote: bool, total: int, job: CorpusJob) -> Counter[str]:
    """Write the rows of all files; how many there are of each state."""
    assert job.output is not None
    states: Counter[str] = Counter()
    bar = BatchBar(0 if is_remote else total, "looking at", quiet=job.quiet)
    columns = (PROMPT,) if job.examiner.keeps_prompt else ()
    size = _BATCH if job.scheduler is None else _TASK
    try:
        with _engine(job, is_remote) as engine, open_table(job.output, *columns) as table:
            counted = _Counted(files)
            for rows in engine.map(_batches(counted, size), job.examiner.lost):
                table.add(rows)
                for row in rows:
                    states[row["state"]] += 1
                    bar.step()
            if not states and not job.allow_empty:
                raise ComfycError("no file was found", "pass --allow-empty if it is fine to find none")
            next(counted, None)  # there should be none left
            if states.total() != counted.count:  # a table that lacks files must not look like a whole one
                raise ComfycError(f"{counted.count} files have {states.total()} rows", "report this as a bug")
    finally:
        bar.close()
    return states


class _Counted(Iterator[CorpusFile]):
    """Files, and how many of them have been taken."""

    def __init__(self, files: Iterator[CorpusFile]) -> None:
        self._files = files
        self.count = 0

    def __next__(self) -> CorpusFile:
        found = next(self._files)
        self.count += 1
        return found


def _engine(job: CorpusJob, is_remote: bool) -> AbstractContextManager[Any]:
    if job.scheduler is None:
        from comfyc.engines.processes import Here, Processes  # noqa: PLC0415

        jobs = job.jobs or os.cpu_count() or 1
        # Drivers of other file systems have threads, which forks would lose
        here: AbstractContextManager[Any] = Here(job.examiner)
        return here if jobs == 1 else Processes(job.examiner, jobs, forks=not is_remote)
    check_dask()
    from comfyc.engines.dask_cluster import DaskCluster  # noqa: PLC0415

    cluster: DaskCluster[CorpusFile, Row] = DaskCluster(job.examiner, job.scheduler)
    return cluster


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
