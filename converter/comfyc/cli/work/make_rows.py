"""The rows of a study made on servers, for ``run``, ``resume`` and ``retry`` alike."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from comfyc.checks.spellings import Spelling
from comfyc.cli.output.event_loop import run_loop
from comfyc.cli.output.event_stream import events
from comfyc.cli.output.findings import complain
from comfyc.cli.output.writing import note
from comfyc.cli.work.expected import expectations_of
from comfyc.cli.work.prepare_files import Catalogs, Errand, File, ready
from comfyc.cli.work.report_rows import RowReporter
from comfyc.cli.work.report_runs import Show
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.engines import check_dask
from comfyc.gc_pause import unwalked_objects
from comfyc.interface.tracing import Target
from comfyc.options import Options
from comfyc.running import Run, Server, Stop, until_stopped
from comfyc.running.client.fetching import Fetcher
from comfyc.running.display.study_listening import StudyDisplay
from comfyc.running.display.study_progress import open_study_progress
from comfyc.running.prepare import Prepared
from comfyc.running.products import Where, report_unexpected
from comfyc.studies.ledger import Ledger
from comfyc.studies.making import RowMaking
from comfyc.studies.records import LedgerRow
from comfyc.studies.runner import StudyRunner

_MOST_SAID = 20
"""Files with another spelling on a server that are named."""


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


def making_of(
    file: File,
    catalogs: Catalogs,
    errand: Errand,
    choice: Show,
    seeds: Sequence[Mapping[Target, int]],
    display: StudyDisplay,
) -> RowMaking:
    """How the rows of a study are made, by what the command line says."""
    said: set[tuple[str, str, str]] = set()
    locks: dict[str, asyncio.Lock] = {}

    async def prepared(server: Server) -> Prepared:
        if server.name not in file.prepared:
            async with locks.setdefault(server.name, asyncio.Lock()):
                await asyncio.to_thread(ready, file, server, catalogs, errand)
        return file.prepared[server.name]

    def options(row: LedgerRow) -> Options:
        return errand.options(row.number - 1)

    def respelled(server: str, spellings: Sequence[Spelling]) -> None:
        for one in spellings:
            known = server, one.value, one.listed
            if known not in said and len(said) < _MOST_SAID and not choice.quiet:
                said.add(known)
                with display.paused():
                    note(f"'{one.value}' is '{one.listed}' on {server}")

    expectations = expectations_of(errand)

    def judge(run: Run, stem: str, titles: Mapping[str, str], found: Collector, where: Where) -> None:
        if expectations is not None:
            report_unexpected(run, expectations, stem, titles, found, where)

    return RowMaking(
        prepared=prepared,
        options=options,
        seeds=seeds,
        saving=replace(errand.saving, overwrite=True),
        limits=errand.limits,
        judge=judge,
        fetcher=Fetcher(errand.downloads),
        respelled=respelled,
        is_agreed=lambda prepared: errand.allow_spend or file.agreed.issuperset(prepared.partners),
        embed=errand.embed,
        front=errand.front,
        allow_partial=choice.allow_partial,
        strict=choice.strict,
        force=errand.force,
        at_least_once=errand.at_least_once,
        concurrency=errand.concurrency,
    )
