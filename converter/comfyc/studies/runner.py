"""The rows of a study made on servers, each written to the ledger before and after."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from comfyc.catalog.address import UnreachableError
from comfyc.collector import Collector
from comfyc.diagnostics import ComfycError, Severity
from comfyc.prompt.identity import prompt_hash
from comfyc.running import Run, Server, Stop
from comfyc.running.client.client import is_known
from comfyc.running.client.stop import unless_stopped
from comfyc.running.display.study_listening import StudyDisplay
from comfyc.running.faults import run_diagnostics
from comfyc.running.prepare import Prepared
from comfyc.running.products import Where, nowhere
from comfyc.running.servers.pieces import Done, Piece
from comfyc.running.servers.pool import Pool
from comfyc.studies.endings import ending_of, is_open, named, why_again
from comfyc.studies.finding_rows import find_rows
from comfyc.studies.ledger import Ledger
from comfyc.studies.making import RowMaking, RowOrders
from comfyc.studies.names import OutputNamer
from comfyc.studies.records import LedgerRow, RowEnding
from comfyc.studies.supply import RowSupply

_TOGETHER = 2
"""Prompts that a server has at a time: one that runs, and one that waits."""
_MOST_ATTEMPTS = 3
"""After so many servers have been restarted under a row, it may well be what they died of."""


@dataclass(slots=True)
class _Work:
    """A row at work: the seeds of the prompt that was sent for it, and the titles of its nodes."""

    row: LedgerRow
    seeds: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    where: Where = nowhere


class StudyRunner:
    """Makes what is left of a study: looks up the rows that were sent, and makes those that wait.

    ``report`` hears of each row that ends, with its run (None for one that could not be made).
    """

    def __init__(
        self,
        ledger: Ledger,
        servers: Sequence[Server],
        making: RowMaking,
        display: StudyDisplay,
        report: Callable[[LedgerRow, RowEnding, Run | None, Collector], None] = lambda *about: None,
    ) -> None:
        self._ledger = ledger
        self._servers = servers
        self._making = making
        self._display = display
        self._report = report
        self._supply = self._new_supply()
        self._at_work: list[_Work] = []
        self._orders = RowOrders(ledger.head.columns, making)

    def _new_supply(self) -> RowSupply:
        return RowSupply(self._ledger, [one.name for one in self._servers], self._piece)

    @property
    def elsewhere(self) -> list[LedgerRow]:
        """Rows that may be on servers that are not used now."""
        return self._supply.elsewhere

    async def run(self, stop: Stop) -> ComfycError | None:
        """Make the rows, until there are none left or a stop is requested. Returns why rows were not made
        that could have been: all servers are away, or none can run them."""
        making = self._making
        for server in self._servers:
            await server.__aenter__()
        try:
            if await find_rows(self._ledger, self._servers):
                self._supply = self._new_supply()
            pool = Pool(
                self._servers,
                concurrency=making.concurrency or _TOGETHER,
                at_least_once=making.at_least_once,
                ahead=1,
                on_health=self._on_health,
            )
            async for done in pool.run(self._supply, stop=stop):
                work = self._at_work[done.index]
                self._at_work[done.index] = _NO_WORK
                self._end(work, done)
            return pool.failure
        finally:
            for server in self._servers:
                await server.__aexit__(None, None, None)

    def _on_health(self, server: str, why: str | None) -> None:
        self._display.server_is(server, "here" if why is None else "away", why or "")

    def _piece(self, row: LedgerRow) -> Piece:
        work = _Work(row)
        self._at_work.append(work)
        prompt_id = self._ledger.next_id(row)

        async def make(server: Server, stop: Stop) -> Run:
            await self._look_at(work, server)
            listen = self._display.follow(row.stem, work.titles, server.name)
            order = await unless_stopped(stop, self._orders.order(row, server, listen))
            if order is None:
                return Run("interrupted", "interrupted-by-us", server.name)
            work.seeds = order.seeds
            on_sending = partial(self._on_sending, work, server, prompt_id, order.prompt)
            order = replace(order, prompt_id=prompt_id, on_sending=on_sending)
            return await server.run(order, on_event=listen, stop=stop)

        async def resume(server: Server, prompt_id: str, stop: Stop) -> Run:
            await self._look_at(work, server)
            listen = self._display.follow(row.stem, work.titles, server.name)
            if row.state == "sent":
                await unless_stopped(stop, _await_arrival(server, prompt_id, row.sent or 0.0))
            return await server.wait(prompt_id, on_event=listen, stop=stop, is_ours=True)

        async def save(server: Server, run: Run, stop: Stop) -> Run:
            prepared = await self._look_at(work, server)
            if prepared.outputs is not None:
                run = run.with_outputs_of(prepared.outputs)
            run = named(run, work.titles, OutputNamer(row.stem))
            return await server.save(run, self._making.saving, stop=stop)

        async def fits(server: Server) -> bool:
            return await self._orders.fits(row, server)

        left = {row.server: row.prompt_id} if row.state == "sent" else {}
        return Piece(make, save, resume, fits, row.load, left)

    def _on_sending(self, work: _Work, server: Server, prompt_id: str, prompt: Mapping[str, Any]) -> None:
        """Enter in the ledger that the row goes to a server, before it does."""
        row, name = work.row, server.name
        self._ledger.mark_sent(row.number, name, prompt_id, prompt_hash(prompt), work.seeds)
        attempt = row.attempt + 1
        self._display.row_sent(row.stem, name, row=row.number, attempt=attempt, parameters=row.parameters)

    async def _look_at(self, work: _Work, server: Server) -> Prepared:
        """The workflow as it is for a server; the row's titles are those that its nodes have there."""
        prepared = await self._making.prepared(server)
        work.titles, work.where = await self._orders.titles(server), prepared.where
        return prepared

    def _end(self, work: _Work, done: Done) -> None:
        """Write to the ledger what became of a row, and say it."""
        row, run = work.row, done.run
        if run is None or done.error is not None:
            self._end_unmade(row, done.error or ComfycError("no server can run it"))
        elif is_open(run):
            pass  # it stays as sent: nobody knows yet
        else:
            now = self._ledger.row(row.number)
            why = why_again(run)
            if why is not None and (why == "interrupted" or now.attempt < _MOST_ATTEMPTS):
                if now.state == "sent":
                    self._ledger.give_back(row.number, why)
                    self._display.row_given_back(row.stem, run.server, row=row.number, why=why)
            else:
                self._end_made(work, run)
        self._supply.done(row)

    def _end_unmade(self, row: LedgerRow, error: ComfycError) -> None:
        if isinstance(error, UnreachableError):
            return  # it waits, until there is a server
        ending = RowEnding("failed", problem=str(error))
        self._ledger.finish(row.number, ending)
        self._display.row_ended(row.stem, "", row=row.number, failed=True, problem=str(error))
        self._report(row, ending, None, Collector())

    def _end_made(self, work: _Work, run: Run) -> None:
        row, making = work.row, self._making
        found = Collector(making.limits)
        run_diagnostics(run, found, work.where, allow_partial=making.allow_partial)
        code = run.exit_code(allow_partial=making.allow_partial)
        if code == 0:
            making.judge(run, row.stem, work.titles, found, work.where)
            code = 1 if found.has_errors or (making.strict and _has_warnings(found)) else 0
        folder = self._making.saving.out_dir
        before = self._ledger.paths(row.number)
        ending = ending_of(run, found, folder, work.titles, code)
        self._ledger.finish(row.number, ending)
        kept = {one.path for one in ending.outputs}
        for path in before:  # of an earlier attempt, which put out more
            if path not in kept:
                with suppress(OSError):
                    os.unlink(folder / path)
        self._display.row_ended(
            row.stem,
            run.server,
            row=row.number,
            failed=ending.state == "failed",
            seconds=run.seconds,
            paths=run.paths,
            problem=ending.problem or "",
        )
        self._report(row, ending, run, found)


async def _await_arrival(server: Server, prompt_id: str, sent: float) -> None:
    """Wait until a server shows a prompt that was sent to it at a time, or has had the time for that. Who
    sent it may have been killed a moment ago, and the server, or a gateway before it, may still be at it."""
    while time.time() - sent < server.pace.undecided and not await is_known(server.http, prompt_id):
        await asyncio.sleep(server.pace.poll)


def _has_warnings(found: Collector) -> bool:
    return any(one.severity is Severity.WARNING for one in found)


_NO_WORK = _Work(LedgerRow(0, {}, {}, {}, "", "", "waiting", 0, "", "", None))
