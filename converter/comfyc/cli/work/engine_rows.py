"""The rows of a study made by the workers of a Dask cluster, each beside its ComfyUI server.

The ledger is here, and nowhere else: a row is marked as sent before it is handed over, and its result is
written when it comes back. What is on its way when this ends is looked for on all servers of the study by
whoever goes on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from comfyc.catalog.address import server_url
from comfyc.cli.flags.corpora import scheduler_of
from comfyc.cli.output.writing import note
from comfyc.cli.work.prepare_files import Errand
from comfyc.cli.work.report_rows import RowReporter
from comfyc.cli.work.row_tasks import SERVER, RowAnswer, RowMaker, RowTask, with_paths
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError
from comfyc.engines.claims import release
from comfyc.engines.dask_cluster import DaskCluster, connect
from comfyc.running import Saving
from comfyc.running.display.study_listening import StudyDisplay
from comfyc.studies.finding_rows import ANYWHERE
from comfyc.studies.ledger import Ledger
from comfyc.studies.records import LedgerRow

RESOURCE = "comfyui"
"""What a worker has one of for each row that it may make at a time."""
_AHEAD = 2


def servers_of(engine: str) -> list[str]:
    """The servers that the workers stand beside. ``ComfycError`` if none says so, or if two that are on
    different machines name the same server, which others could not ask then."""
    client = connect(_scheduler(engine))
    try:
        found = client.run(os.getenv, SERVER)
    finally:
        client.close()
    hosts: dict[str, set[str]] = {}
    for worker, url in found.items():
        if url:
            hosts.setdefault(server_url(url), set()).add(worker.rpartition(":")[0])
    if not hosts:
        hint = f"{SERVER}=http://HOST:8188 dask worker {_scheduler(engine)} --resources {RESOURCE}=1"
        raise ComfycError("no Dask worker stands beside a ComfyUI server", f"start some with: {hint}")
    for url, machines in hosts.items():
        if len(machines) > 1:
            raise ComfycError(
                f"Dask workers on {len(machines)} machines name the same server {url}",
                f"give each ${SERVER} the address by which the other workers reach it",
            )
    return list(hosts)


def make_rows_on(
    engine: str,
    ledger: Ledger,
    errand: Errand,
    agreed: frozenset[str],
    display: StudyDisplay,
    reporter: RowReporter,
) -> None:
    """Make all rows of a study that are not done on the workers of an engine. ``agreed`` are the partner
    nodes that may be run. ``ComfycError`` if the scheduler is lost: the rows that it had stay marked as
    sent."""
    maker = RowMaker(ledger.head, errand.at_least_once, errand.patience, errand.allow_spend, agreed)
    cluster: DaskCluster[RowTask, RowAnswer] = DaskCluster(maker, _scheduler(engine))
    handled: set[int] = set()  # a row that could not be made waits for the next call
    errand.saving.folder.hold()
    with cluster:
        at_a_time = max(1, int(_AHEAD * cluster.amount(RESOURCE)))
        if not cluster.amount(RESOURCE):
            hint = f"start workers with --resources {RESOURCE}=1"
            raise ComfycError(f"no Dask worker has the resource {RESOURCE}", hint)
        for task, answer in cluster.each(_tasks(ledger, handled), at_a_time, {RESOURCE: 1}):
            if answer is None or answer.result is None:
                why = answer.problem if answer is not None else "the workers that had it were killed"
                if answer is not None and answer.is_unsent:
                    ledger.give_back(task.row.number, why)
                with display.paused():
                    note(f"{task.row.stem} is left: {why}")
                continue
            _enter(ledger, task.row, answer, errand, display, reporter)
            for prompt_id in answer.claims:
                if answer.result.state in ("done", "failed"):
                    release(prompt_id, cluster.client)


def _scheduler(engine: str) -> str:
    found = scheduler_of(engine)
    if found is None:
        raise ComfycError(f"'{engine}' makes no rows of studies", "pass --engine dask://HOST:PORT")
    return found


def _tasks(ledger: Ledger, handled: set[int]) -> Iterator[RowTask]:
    """The rows that may be on servers, and those that wait, each marked as sent before it is given out."""
    for row in list(ledger.rows("sent")):
        handled.add(row.number)
        yield RowTask(row, (row.server,) if row.server != ANYWHERE else ledger.head.servers)
    for load in ledger.loads():
        while (row := ledger.next_waiting(load, handled)) is not None:  # type: ignore[assignment]
            handled.add(row.number)
            ledger.mark_sent(row.number, ANYWHERE, ledger.next_id(row), "", {})
            yield RowTask(row)


def _enter(
    ledger: Ledger,
    row: LedgerRow,
    answer: RowAnswer,
    errand: Errand,
    display: StudyDisplay,
    reporter: RowReporter,
) -> None:
    """Write down what became of a row, its files first."""
    result, ending, run = answer.result, answer.ending, answer.run
    assert result is not None
    if result.prompt_id is None or (result.state == "waiting" and not answer.claims):
        ledger.give_back(row.number, answer.problem)
        with display.paused():
            note(f"{row.stem} is left: {answer.problem}")
        return
    server = result.server or ANYWHERE
    ledger.mark_sent(row.number, server, result.prompt_id, result.prompt_hash or "", dict(result.seeds))
    if result.state == "waiting":
        ledger.give_back(row.number, answer.problem)
    if ending is None:
        return
    paths = {name: _saved(errand.saving, name, data) for name, data in answer.files.items()}
    outputs = tuple(replace(one, path=paths.get(one.path or "", one.path)) for one in ending.outputs)
    ending = replace(ending, outputs=outputs)
    ledger.finish(row.number, ending)
    if run is not None:
        run = with_paths(run, lambda path: str(errand.saving.out_dir / paths.get(path, path)))
    display.row_ended(
        row.stem,
        server,
        row=row.number,
        failed=ending.state == "failed",
        seconds=ending.seconds,
        paths=run.paths if run is not None else (),
        problem=ending.problem or "",
    )
    found = Collector(errand.limits)
    found.extend(answer.findings)
    reporter.row_ended(row, ending, run, found)


def _saved(saving: Saving, name: str, data: bytes) -> str:
    """Write a file of a row below the folder of the study; its path there."""
    *folders, last = name.split("/")
    with saving.folder.within(folders) as folder, folder.part(like=last) as part:
        part.file.write(data)
        path = saving.folder.settle(part, last, overwrite=True)
    return os.path.relpath(path, saving.out_dir).replace(os.sep, "/")
