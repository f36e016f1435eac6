"""A row of a study as a task of a Dask worker that stands beside a ComfyUI server.

Such a row is made as any other, by a :class:`StudyRunner` of its own with a ledger in memory. What is new is
that Dask may run the task again after its worker has died, when nobody has written down how far it was: each
prompt is claimed before it is sent, and a row whose prompt is claimed is followed on the server that has it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from comfyc.cli.flags.servers import Login, await_servers, open_servers
from comfyc.cli.work.making_rows import making_of
from comfyc.cli.work.prepare_files import Catalogs, Errand, File
from comfyc.cli.work.report_runs import Show
from comfyc.cli.work.study_options import errand_of, file_of_study, seeds_of
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Diagnostic
from comfyc.engines.claims import claim, claimed_by
from comfyc.running import Run, Saving, Server, Stop
from comfyc.running.display.study_listening import StudyDisplay
from comfyc.running.records.outcome import Output
from comfyc.studies.creating import create_ledger
from comfyc.studies.finding_rows import server_of
from comfyc.studies.ledger import Ledger, prompt_id_of
from comfyc.studies.records import LedgerRow, NewRow, RowEnding, RowResult, StudyHead
from comfyc.studies.runner import StudyRunner

NOBODY = ""
"""Who has claimed a prompt that no worker is to send any more."""
_TAKEN = "another worker is at the row"
_PATIENCE = 30.0
"""Seconds for which a worker waits for its server if nobody says how many: it is to take no row meanwhile."""
SERVER = "COMFYC_SERVER"
"""The variable in the environment of a worker that names the server it stands beside."""


@dataclass(frozen=True, slots=True)
class RowTask:
    """A row to be made, as the ledger had it before. ``servers`` may have it, if it was sent before."""

    row: LedgerRow
    servers: tuple[str, ...] = ()


@dataclass(slots=True)
class RowAnswer:
    """What became of a row. ``result`` is what the ledger of the task says, None if it is not known;
    ``claims`` are the prompts that were claimed for it, ``files`` the outputs by their paths in the folder of
    the study."""

    result: RowResult | None = None
    ending: RowEnding | None = None
    run: Run | None = None
    findings: tuple[Diagnostic, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    problem: str = ""
    is_unsent: bool = False
    """Whether it is known that no worker has sent the row: it waits as before."""


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes rows of a study in the workers of a cluster. It can be pickled."""

    head: StudyHead
    at_least_once: bool = False
    patience: float = 0.0
    """Seconds for which a worker waits for its server."""
    allow_spend: bool = False
    agreed: frozenset[str] = frozenset()
    """The partner nodes that somebody has agreed to run (``File.agreed``)."""

    def __call__(self, task: RowTask) -> RowAnswer:
        """Make a row. Never raises: what goes wrong is the problem in the answer."""
        try:
            with tempfile.TemporaryDirectory(prefix="comfyc-row-") as folder:
                return asyncio.run(self._made(task, Path(folder)))
        except Exception as error:  # the row may have been sent: the others are to be made all the same
            row = task.row
            prompt_id = prompt_id_of(self.head.id, row.number, row.attempt + 1)
            is_unsent = row.state == "waiting" and claimed_by(prompt_id) is None
            return RowAnswer(problem=str(error) or repr(error), is_unsent=is_unsent)

    async def _made(self, task: RowTask, folder: Path) -> RowAnswer:
        row, claims = self._as_claimed(task.row)
        if row.state == "sent" and not claims:
            # A task of an earlier session may be about to send it, and shall find that it may not
            if not claim(row.prompt_id, NOBODY) and claimed_by(row.prompt_id) != NOBODY:
                raise ComfycError(_TAKEN)
            row = await _found(row, open_servers(task.servers, Login()))
        servers = open_servers([row.server] if row.state == "sent" else _own_server(), Login())
        if row.state == "waiting":
            await await_servers(servers, max(self.patience, _PATIENCE))
        bench = self._bench(servers, folder)
        answer = RowAnswer()

        def ended(_: LedgerRow, ending: RowEnding, run: Run | None, found: Collector) -> None:
            answer.ending, answer.run, answer.findings = ending, run, tuple(found)

        making = making_of(*bench, StudyDisplay())
        with self._ledger_of(row) as ledger, making.fetcher:
            runner = _ClaimingRunner(ledger, servers, making, StudyDisplay(), ended)
            failure = await runner.run(Stop())
            if runner.is_taken:
                return RowAnswer(problem=_TAKEN)
            answer.result = next(ledger.results())
            answer.problem = str(failure or "")
        answer.claims = (*claims, *runner.claims)
        outputs = answer.ending.outputs if answer.ending is not None else ()
        paths = [each.path for each in outputs if each.path is not None]
        answer.files = {path: (folder / path).read_bytes() for path in paths}
        if answer.run is not None:
            answer.run = with_paths(answer.run, lambda path: Path(path).relative_to(folder).as_posix())
        return answer

    def _as_claimed(self, row: LedgerRow) -> tuple[LedgerRow, tuple[str, ...]]:
        """The row as it is by the claims of workers that have died: sent where the last claim says. And the
        claims."""
        claims: list[str] = []
        attempt = row.attempt + (row.state == "waiting")
        while (
            server := claimed_by(prompt_id := prompt_id_of(self.head.id, row.number, attempt))
        ) is not None:
            if server != NOBODY:
                row = replace(row, state="sent", attempt=attempt, prompt_id=prompt_id, server=server)
                claims.append(prompt_id)
            attempt += 1
        return row, tuple(claims)

    def _ledger_of(self, row: LedgerRow) -> Ledger:
        """A ledger in memory with this row alone, as often sent as it was."""
        new = NewRow(row.number, row.parameters, row.files, row.targets, "", row.stem, row.stem, row.load)
        ledger = create_ledger(None, self.head, [new])
        for attempt in range(1, row.attempt + 1):
            ledger.mark_sent(row.number, row.server, prompt_id_of(self.head.id, row.number, attempt), "", {})
        if row.state == "waiting" and row.attempt:
            ledger.give_back(row.number, "")
        return ledger

    def _bench(
        self, servers: Sequence[Server], folder: Path
    ) -> tuple[File, Catalogs, Errand, Show, Sequence[Mapping[Any, int]]]:
        """What rows of the study are made with, in this process."""
        head, options = self.head, self.head.options
        if head.id not in _benches:
            _benches.clear()
            _benches[head.id] = (file_of_study(head, folder), {})
        file, catalogs = _benches[head.id]
        file.agreed = self.agreed
        given = Errand(
            Saving(folder),
            at_least_once=self.at_least_once,
            allow_spend=self.allow_spend,
            concurrency=1,
        )
        name = servers[0].name
        if name not in catalogs:
            catalogs[name] = Catalogs(servers, refresh=False)
        choice = Show(strict=options["strict"], allow_partial=options["allow_partial"], quiet=True)
        return file, catalogs[name], errand_of(options, folder, given), choice, seeds_of(options)


class _ClaimingRunner(StudyRunner):
    """Claims each prompt before it is sent."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.claims: list[str] = []
        self.is_taken = False
        """Whether another worker has claimed the prompt meanwhile."""

    def _on_sending(self, work: Any, server: Server, prompt_id: str, prompt: Mapping[str, Any]) -> None:
        if not claim(prompt_id, server.name):
            self.is_taken = True
            raise ComfycError(_TAKEN)
        self.claims.append(prompt_id)
        super()._on_sending(work, server, prompt_id, prompt)


async def _found(row: LedgerRow, servers: Sequence[Server]) -> LedgerRow:
    """The row as the servers that may have it say that it is. ``ComfycError`` if that cannot be said."""
    async with AsyncExitStack() as stack:
        for server in servers:
            await stack.enter_async_context(server)
        found, is_settled = await server_of(row.prompt_id, servers)
    if not is_settled:
        raise ComfycError("a server that may have it does not answer")
    return replace(row, state="waiting") if found is None else replace(row, server=found.name)


def with_paths(run: Run, path_of: Callable[[str], str]) -> Run:
    """The run with its files elsewhere."""

    def moved(one: Output) -> Output:
        return one if one.path is None else replace(one, path=path_of(one.path))

    return replace(run, outputs={node: tuple(map(moved, found)) for node, found in run.outputs.items()})


_benches: dict[str, tuple[File, dict[str, Catalogs]]] = {}
"""By study: its workflow, made ready once for each server, and the catalogues of these."""


def _own_server() -> list[str]:
    found = os.environ.get(SERVER)
    if not found:
        raise ComfycError(f"the worker has no ${SERVER}", "start it beside a ComfyUI server")
    return [found]
