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
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace

from comfyc.catalog.address import UnreachableError
from comfyc.diagnostics import ComfycError
from comfyc.running.client.stop import Stop
from comfyc.running.following.gate import Gate
from comfyc.running.http.pace import Pace
from comfyc.running.http.waiting import within
from comfyc.running.records.outcome import REFUSED, Attempt, Run
from comfyc.running.servers.choosing import Choice
from comfyc.running.servers.pieces import (
    Charge,
    Done,
    Member,
    Piece,
    Supply,
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
    again of which nobody can say whether it ran: that may run twice. So many runs as ``ahead`` says are got
    ready for each server meanwhile; by default one if there is one server.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        *,
        concurrency: int = 1,
        pace: Pace | None = None,
        at_least_once: bool = False,
        ahead: int | None = None,
        on_health: Callable[[str, str | None], None] = lambda name, why: None,
    ) -> None:
        if not servers:
            raise ComfycError("there is no server to run on", "pass at least one with --server")
        self._members = [Member(server, on_health=on_health) for server in servers]
        together = max(concurrency, 1) + (int(len(servers) == 1) if ahead is None else ahead)
        for server in servers:
            server.gate = Gate(max(concurrency, 1))
        self._pace = pace or servers[0].pace
        self._at_least_once = at_least_once
        self._choice = Choice(self._members, together, self._pace, at_least_once=at_least_once)
        self._waiting: deque[Charge] = deque()
        self._supply: Supply | None = None
        self._supplied = 0
        self._stopped = asyncio.Event()
        self.failure: ComfycError | None = None
        """Why pieces of a supply were not made: all servers are away, or can run none of them."""

    async def run(
        self, works: Iterable[Work | Piece] | Supply, *, stop: Stop | None = None
    ) -> AsyncIterator[Done]:
        """Make all runs; each is yielded as soon as it is done, in whatever order. Of a supply, a piece is
        taken when a server has room; the index of a piece says how many were taken before it.

        At a stop, what waits is dropped (never yielded), and what runs is taken back and yielded. Leaving
        the iterator early takes back what runs.
        """
        stop = stop or Stop()
        if isinstance(works, Iterable):
            pieces = (work if isinstance(work, Piece) else Piece(work) for work in works)
            self._waiting = deque(Charge(index, piece) for index, piece in enumerate(pieces))
        else:
            self._supply = works
        try:
            with stop.watching(self._stop_all, self._hurry_all):
                while self._is_waiting() or self._tasks():
                    for done in await self._hand_out(stop):
                        yield done
                    if stop.is_requested:
                        dropped, self._waiting, self._supply = self._waiting, deque(), None
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

    def _is_waiting(self) -> bool:
        """Is there something to hand out?"""
        return bool(self._waiting) or (self._supply is not None and self._supply.has_more)

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
            if not any(self._choice.has_room(one, now) for one in self._members):
                break
            job = self._waiting.popleft()
            member = await self._choice.choose(job, now)
            if member is not None and not stop.is_requested:
                self._give(job, member)
            elif not any(self._choice.may_take(job, one) for one in self._members):
                error = ComfycError("no server can run it", "run: comfyc validate --server")
                hopeless.append(job.over(error))
            else:
                skipped.append(job)
        self._waiting.extendleft(reversed(skipped))
        if self._supply is not None:
            await self._draw(self._supply, now, stop)
        return hopeless

    async def _draw(self, supply: Supply, now: float, stop: Stop) -> None:
        """Give pieces of the supply to servers that have room."""
        for member in self._members:
            while self._choice.has_room(member, now) and not stop.is_requested:
                piece = supply.next_for(member.server.name, member.unfit)
                if piece is None:
                    break
                job = Charge(self._supplied, piece, left=dict(piece.left))
                self._supplied += 1
                if job.left or await self._choice.fits(job, member):
                    self._give(job, member)
                else:
                    self._waiting.append(job)

    def _give(self, job: Charge, member: Member) -> None:
        own_stop = Stop()
        task: asyncio.Task[Run] = asyncio.create_task(make(job, member.server, own_stop))
        member.running[task] = (job, own_stop)
        member.given += 1
        member.remaining += 1

    async def _ask_all(self, now: float) -> None:
        """How long is each queue? Where there is no choice nobody is asked but who is ill."""
        if not self._is_waiting():
            return
        asked = [one for one in self._members if self._choice.has_room(one, now)]
        if len(self._members) == 1 or self._supply is not None:
            asked = [one for one in asked if one.illness]
        await asyncio.gather(*(self._choice.ask(one) for one in asked))

    async def _collect(self) -> list[Done]:
        """Wait until a run is over or an ill server may be asked again; returns the runs that are done."""
        timeout = self._until_next_try() if self._is_waiting() else None
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
            one.fit.get(job.piece.kind) is not False for one in self._members if one is not member
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
            able = [one for one in self._members if self._choice.may_take(job, one)]
            if all(one.is_given_up(self._pace) for one in able):
                lost.append(job.over(next((one.error for one in able), None)))
            else:
                kept.append(job)
        self._waiting = kept
        away = [one for one in self._members if one.error is not None]
        if self._supply is not None and not kept and all(one.is_given_up(self._pace) for one in away):
            error = ComfycError("no server can run it", "run: comfyc validate --server")
            self.failure = next((one.error for one in away), error) if self._supply.has_more else None
            self._supply = None
        return lost

    def _until_next_try(self) -> float:
        now = time.monotonic()
        ill = [one.ill_until - now for one in self._members if one.ill_until > now]
        return max(min(ill, default=self._pace.poll_live), 0.01)

    async def _doze(self) -> None:
        if self._is_waiting():
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
