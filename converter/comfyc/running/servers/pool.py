"""Several servers for many runs: each run goes to the server with the shortest queue.

A server that fails is set aside and asked now and then whether it is well again. What certainly never ran
there goes to another one; what may have run waits for it to come back, and is told of if it does not. It is
made again only on demand (``at_least_once``), and not for ever: it may well be what the servers die of.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace

from comfyc.catalog.address import UnreachableError
from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import get_remaining
from comfyc.running.client.stop import Stop
from comfyc.running.following.gate import Gate
from comfyc.running.http.pace import Pace
from comfyc.running.http.waiting import within
from comfyc.running.records.outcome import REFUSED, Attempt, Run
from comfyc.running.servers.pieces import (
    Charge,
    Done,
    Member,
    Piece,
    Work,
    lacks_something,
    make,
    save,
    why_refused,
)
from comfyc.running.servers.session import Server

__all__ = ["Done", "Piece", "Pool", "Work"]


class Pool:
    """Opened servers and a bound on how many runs each of them gets at a time.

    A run is submitted once, unless it certainly did not arrive or was refused. ``at_least_once`` makes one
    again of which nobody can say whether it ran: that may run twice.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        *,
        concurrency: int = 1,
        pace: Pace | None = None,
        at_least_once: bool = False,
    ) -> None:
        if not servers:
            raise ComfycError("there is no server to run on", "pass at least one with --server")
        self._members = [Member(server) for server in servers]
        # With one server, the next run is got ready meanwhile and waits at the gate
        self._concurrency = max(concurrency, 1) + (len(servers) == 1)
        for server in servers:
            server.gate = Gate(max(concurrency, 1))
        self._pace = pace or servers[0].pace
        self._at_least_once = at_least_once
        self._waiting: deque[Charge] = deque()
        self._stopped = asyncio.Event()

    async def run(self, works: Iterable[Work | Piece], *, stop: Stop | None = None) -> AsyncIterator[Done]:
        """Make all runs; each is yielded as soon as it is done, in whatever order.

        At a stop, what waits is dropped (never yielded), and what runs is taken back and yielded. Leaving
        the iterator early takes back what runs.
        """
        stop = stop or Stop()
        pieces = (work if isinstance(work, Piece) else Piece(work) for work in works)
        self._waiting = deque(Charge(index, piece) for index, piece in enumerate(pieces))
        try:
            with stop.watching(self._stop_all, self._hurry_all):
                while self._waiting or self._tasks():
                    for done in await self._hand_out(stop):
                        yield done
                    if stop.is_requested:
                        dropped, self._waiting = self._waiting, deque()
                        for job in dropped:
                            if job.last is not None:  # what became of it so far is known
                                yield job.done(job.last)
                    if not self._tasks():
                        for done in self._give_up():
                            yield done
                        await self._doze()
                        continue
                    for done in await self._collect():
                        yield done
        finally:
            await self._take_back()

    def _tasks(self) -> list[asyncio.Task[Run]]:
        return [task for one in self._members for task in (*one.running, *one.saving)]

    async def _hand_out(self, stop: Stop) -> list[Done]:
        """Give waiting runs to servers that have room, the least burdened first.

        Returns the runs that no server can make.
        """
        now = time.monotonic()  # who was ill when all were asked gets nothing before they are asked again
        await self._ask_all(now)
        hopeless: list[Done] = []
        skipped: deque[Charge] = deque()
        while self._waiting and not stop.is_requested:
            if not any(one.has_room(self._concurrency, now) for one in self._members):
                break
            job = self._waiting.popleft()
            member = await self._choose(job, now)
            if member is not None and not stop.is_requested:
                self._give(job, member)
            elif not any(self._may_take(job, one) for one in self._members):
                error = ComfycError("no server can run it", "run: comfyc validate --server")
                hopeless.append(job.over(error))
            else:
                skipped.append(job)
        self._waiting.extendleft(reversed(skipped))
        return hopeless

    async def _choose(self, job: Charge, now: float) -> Member | None:
        """The server for a run: has room, can run it, and is the one where it was left if that is back."""
        kind = job.piece.kind
        if self._at_least_once:
            await job.look_for_it(self._members, self._pace)
        while True:
            free = [
                one
                for one in self._members
                if one.has_room(self._concurrency, now) and self._may_take(job, one)
            ]
            if not free:
                return None
            member = min(free, key=lambda one: (one.server.name not in job.left, one.burden))
            if kind in member.fit or job.piece.fits is None or member.server.name in job.left:
                return member
            try:
                member.fit[kind] = await job.piece.fits(member.server)
            except UnreachableError as error:
                member.set_aside(self._pace, error)

    def _may_take(self, job: Charge, member: Member) -> bool:
        name = member.server.name
        fits = name in job.left or member.fit.get(job.piece.kind) is not False
        return fits and job.may_go_to(name, at_least_once=self._at_least_once)

    def _give(self, job: Charge, member: Member) -> None:
        own_stop = Stop()
        task: asyncio.Task[Run] = asyncio.create_task(make(job, member.server, own_stop))
        member.running[task] = (job, own_stop)
        member.given += 1
        member.remaining += 1

    async def _ask_all(self, now: float) -> None:
        """How long is each queue? One that does not say is ill. Where there is no choice nobody is asked."""
        if not self._waiting:
            return
        asked = [one for one in self._members if one.has_room(self._concurrency, now)]
        if len(self._members) == 1:
            asked = [one for one in asked if one.illness]
        await asyncio.gather(*(self._ask(one) for one in asked))

    async def _ask(self, member: Member) -> None:
        try:
            member.remaining = await within(self._pace.connect, get_remaining(member.server.http))
            member.recover()
        except (ComfycError, asyncio.TimeoutError) as error:
            member.set_aside(self._pace, error)

    async def _collect(self) -> list[Done]:
        """Wait until a run is over or an ill server may be asked again; returns the runs that are done."""
        timeout = self._until_next_try() if self._waiting else None
        await asyncio.wait(self._tasks(), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        found: list[Done] = []
        for member in self._members:
            for task in [task for task in member.saving if task.done()]:
                job, _ = member.saving.pop(task)
                found.append(job.done(task.result()))
            for task in [task for task in member.running if task.done()]:
                done = self._judge(member, task)
                if done is not None:
                    found.append(done)
        return found

    def _judge(self, member: Member, task: asyncio.Task[Run]) -> Done | None:
        """The result of a finished run, ``None`` if it is to be saved yet, or to be made again elsewhere."""
        job, _ = member.running.pop(task)
        name = member.server.name
        try:
            run = task.result()
        except UnreachableError as error:
            member.set_aside(self._pace, error)
            job.failures += 1
            if job.failures >= self._pace.attempts * len(self._members):
                return job.over(error)  # the servers say that they are well, and never do it
            self._move(job, Attempt(name, "", str(error)))
            return None
        except ComfycError as error:
            if job.last is not None:  # of which it is still to be told where it may be
                job.note(Attempt(name, "", str(error)))
            return job.over(error)
        run = job.seen_again(name, run)
        member.has_served = True
        if run.reason == "dead-worker":
            member.set_aside(self._pace, ComfycError(f"'{name}' has lost its worker thread"))
            self._recall(member)
        elif run.status == "unknown" or run.reason == "restarted":
            if run.reason != "undecided":
                member.set_aside(
                    self._pace, UnreachableError(f"'{name}' became unreachable while it had a prompt")
                )
            if job.is_tried_again(name, run, at_least_once=self._at_least_once):
                self._move(job, Attempt(name, run.last_id, str(run.reason)), run)
                return None
        elif lacks_something(run) and any(
            one.fit.get(job.piece.kind) is not False for one in self._others(member)
        ):
            member.fit[job.piece.kind] = False
            self._move(job, Attempt(name, "", f"{REFUSED}: {why_refused(run)}"), run)
            return None
        elif job.index in member.recalled and run.reason == "interrupted-by-us":
            member.recalled.discard(job.index)
            if run.was_unrun or not run.prompt_id:
                self._move(job, Attempt(name, "", "dead-worker"))
                return None
            run = replace(run, status="timeout", reason="dead-worker")
        return self._end(member, job, run)

    def _end(self, member: Member, job: Charge, run: Run) -> Done | None:
        """The result of a run that is not made again, ``None`` if it is to be saved yet."""
        if not run.prompt_id and run.reason == "interrupted-by-us":
            return job.done(job.last) if job.last is not None else None  # it was never sent
        if job.piece.save is None:
            return job.done(run)
        own_stop = Stop()
        if self._stopped.is_set():
            own_stop.request()
        saving = asyncio.create_task(save(job, member.server, run, own_stop))
        member.saving[saving] = (job, own_stop)
        return None

    def _others(self, member: Member) -> list[Member]:
        return [one for one in self._members if one is not member]

    def _move(self, job: Charge, attempt: Attempt, run: Run | None = None) -> None:
        job.note(attempt, run)
        self._waiting.appendleft(job)

    def _recall(self, member: Member) -> None:
        """What else waits on a server that will never run it."""
        for job, stop in member.running.values():
            member.recalled.add(job.index)
            stop.request()

    def _give_up(self) -> list[Done]:
        """What waits and will never be made: its servers have been ill for longer than we wait.

        One that has served us is waited for as long as a run would wait for it.
        """
        lost: list[Done] = []
        kept: deque[Charge] = deque()
        for job in self._waiting:
            able = [one for one in self._members if self._may_take(job, one)]
            if all(one.is_given_up(self._pace) for one in able):
                lost.append(job.over(next((one.error for one in able), None)))
            else:
                kept.append(job)
        self._waiting = kept
        return lost

    def _until_next_try(self) -> float:
        now = time.monotonic()
        ill = [one.ill_until - now for one in self._members if one.ill_until > now]
        return max(min(ill, default=self._pace.poll_live), 0.01)

    async def _doze(self) -> None:
        if self._waiting:
            with contextlib.suppress(asyncio.TimeoutError):
                await within(self._until_next_try(), self._stopped.wait())

    def _stop_all(self) -> None:
        self._stopped.set()
        for member in self._members:
            for _, stop in (*member.running.values(), *member.saving.values()):
                stop.request()

    def _hurry_all(self) -> None:
        self._stop_all()
        self._stop_all()

    async def _take_back(self) -> None:
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
