"""The rows of a study made on servers, for ``run``, ``resume`` and ``retry`` alike."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from comfyc.cli.output.event_loop import run_loop
from comfyc.cli.output.event_stream import events
from comfyc.cli.output.findings import complain
from comfyc.cli.output.writing import note
from comfyc.cli.work.making_rows import making_of
from comfyc.cli.work.prepare_files import Catalogs, Errand, File
from comfyc.cli.work.report_rows import RowReporter
from comfyc.cli.work.report_runs import Show
from comfyc.diagnostics import ComfycError
from comfyc.engines import check_dask
from comfyc.gc_pause import unwalked_objects
from comfyc.interface.tracing import Target
from comfyc.running import Server, Stop, until_stopped
from comfyc.running.display.study_progress import open_study_progress
from comfyc.studies.ledger import Ledger
from comfyc.studies.runner import StudyRunner


def make_rows(
    ledger: Ledger,
    file: File,
    servers: Sequence[Server],
    catalogs: Catalogs,
    errand: Errand,
    choice: Show,
    seeds: Sequence[Mapping[Target, int]],
) -> int:
    """Make all rows of a study that are not done; the exit code. ``seeds`` are those that the runs of a row
    change."""
    before, stream = ledger.counts(), events()
    raw = sys.stderr if stream is None else stream.raw
    names = [one.name for one in servers]
    display = open_study_progress(choice.progress, raw, before.rows, before.done, before.failed, names)
    reporter = RowReporter(choice, display, file.name, file.document.carried)
    if errand.engine is not None:
        from comfyc.cli.work.engine_rows import make_rows_on  # noqa: PLC0415 - it needs Dask

        try:
            with display:
                make_rows_on(errand.engine, ledger, errand, file.agreed, display, reporter)
        finally:  # also when the scheduler is lost, or somebody stops this
            code = reporter.conclude(ledger, ())
        return code
    making = making_of(file, catalogs, errand, choice, seeds, display)
    runner = StudyRunner(ledger, servers, making, display, reporter.row_ended)

    async def main(stop: Stop) -> tuple[ComfycError | None, int]:
        with display, making.fetcher:
            failure = await runner.run(stop)
        return failure, stop.exit_code if stop.is_requested else 0

    def on_first() -> None:
        with display.paused():
            note("stopping: cancelling our prompts and saving their outputs (Ctrl-C again exits at once)")

    errand.saving.folder.hold()
    with unwalked_objects():
        failure, stopped = run_loop(until_stopped(main, on_first=on_first))
    if failure is not None:
        complain(failure)
    code = reporter.conclude(ledger, runner.elsewhere)
    return stopped or code


def worker_servers(engine: str | None) -> list[str]:
    """The servers that the workers of an engine stand beside; none without an engine."""
    if engine is None:
        return []
    check_dask()
    from comfyc.cli.work.engine_rows import servers_of  # noqa: PLC0415 - it needs Dask

    return servers_of(engine)
