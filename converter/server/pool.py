"""Several servers for many runs: each run goes to the server with the shortest queue.

A server that fails is set aside and asked now and then whether it is well again; its runs go to
another one, unless they failed themselves (or killed it: a prompt that takes a server's worker with it
would take the next one's too).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from converter.catalog_address import UnreachableError
from converter.diagnostics import ConverterError
from converter.server.client import get_remaining
from converter.server.outcome import Run
from converter.server.pace import Pace
from converter.server.session import Server
from converter.server.stop import Stop
from converter.server.waiting import within

Work = Callable[[Server, Stop], Awaitable[Run]]
"""One run, to be made on the server that it is given: upload, convert for that server, run, save."""

_MOVED = ("unreachable", "restarted")
"""A run that ended for one of these reasons says nothing about its prompt: it is made elsewhere."""
_MOST_LOSSES = 2
"""A prompt that was running on so many servers when they went away may well be what they died of."""


@dataclass(frozen=True, slots=True)
class Done:
    """The run of the ``index``-th piece of work, or why it could not be made anywhere.

    ``moved`` holds (server, why) of every server on which it was tried in vain.
    """

    index: int
    run: Run | None
    error: ConverterError | None = None
    moved: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Job:
    index: int
    work: Work
    moved: list[tuple[str, str]] = field(default_factory=list)
    losses: int = 0


@dataclass(slots=True)
class _Member:
    server: Server
    running: dict[asyncio.Task[Run], tuple[_Job, Stop]] = field(default_factory=dict)
    given: int = 0
    remaining: int = 0
    ill_until: float = 0.0
    ill_since: float = 0.0
    illness: int = 0
    recalled: set[int] = field(default_factory=set)
    error: ConverterError | None = None

    @property
    def burden(self) -> tuple[int, int]:
        """What a new run would have to wait for, then who has had less: the smallest gets it."""
        return max(self.remaining, len(self.running)), self.given


class Pool:
    """Opened servers and a bound on how many runs each of them gets at a time."""

    def __init__(self, servers: Sequence[Server], *, concurrency: int = 1, pace: Pace | None = None) -> None:
        if not servers:
            raise ConverterError("there is no server to run on", "pass at least one with --server")
        self._members = [_Member(server) for server in servers]
        self._concurrency = max(concurrency, 1)
        self._pace = pace or servers[0].pace
        self._waiting: deque[_Job] = deque()
        self._stopped = asyncio.Event()

    async def run(self, works: Iterable[Work], *, stop: Stop | None = None) -> AsyncIterator[Done]:
        """Make all runs; each is yielded as soon as it is done, in whatever order.

        At a stop, what waits is dropped (never yielded), and what runs is taken back and yielded. Leaving
        the iterator early takes back what runs.
        """
        stop = stop or Stop()
        self._waiting = deque(_Job(index, work) for index, work in enumerate(works))
        try:
            with stop.watching(self._stop_all, self._hurry_all):
                while self._waiting or self._has_running():
                    await self._hand_out(stop)
                    if stop.is_requested:
                        self._waiting.clear()
                    if not self._has_running():
                        for done in self._give_up():
                            yield done
                        await self._doze()
                        continue
                    for done in await self._collect():
                        yield done
        finally:
            await self._take_back()

    def _has_running(self) -> bool:
        return any(member.running for member in self._members)

    async def _hand_out(self, stop: Stop) -> None:
        """Give waiting runs to servers that have room, the least burdened first."""
        await self._ask_all()
        while self._waiting and not stop.is_requested:
            now = time.monotonic()
            free = [
                one for one in self._members if one.ill_until <= now and len(one.running) < self._concurrency
            ]
            if not free:
                return
            member = min(free, key=lambda one: one.burden)
            job = self._waiting.popleft()
            own_stop = Stop()
            task: asyncio.Task[Run] = asyncio.create_task(_make(job.work, member.server, own_stop))
            member.running[task] = (job, own_stop)
            member.given += 1
            member.remaining += 1

    async def _ask_all(self) -> None:
        """How long is each queue? One that does not say is ill."""
        now = time.monotonic()
        asked = [
            one for one in self._members if one.ill_until <= now and len(one.running) < self._concurrency
        ]
        if self._waiting:
            await asyncio.gather(*(self._ask(one) for one in asked))

    async def _ask(self, member: _Member) -> None:
        try:
            member.remaining = await within(self._pace.connect, get_remaining(member.server.http))
            member.illness, member.error = 0, None
        except (ConverterError, asyncio.TimeoutError) as error:
            self._set_aside(member, error)

    def _set_aside(self, member: _Member, error: Exception) -> None:
        member.error = (
            error
            if isinstance(error, ConverterError)
            else UnreachableError(f"cannot reach '{member.server.name}': it does not answer in time")
        )
        now = time.monotonic()
        if member.illness == 0:
            member.ill_since = now
        pause = min(self._pace.retry * 2 ** min(member.illness, 16), self._pace.retry_most)
        member.illness += 1
        member.ill_until = now + pause

    async def _collect(self) -> list[Done]:
        """Wait until a run is over or an ill server may be asked again; returns the runs that are done."""
        tasks = {task for member in self._members for task in member.running}
        timeout = self._until_next_try() if self._waiting else None
        await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        return [
            done
            for member in self._members
            for task in [task for task in member.running if task.done()]
            if (done := self._judge(member, task)) is not None
        ]

    def _judge(self, member: _Member, task: asyncio.Task[Run]) -> Done | None:
        """The result of a finished run, ``None`` if it is to be made again elsewhere."""
        job, _ = member.running.pop(task)
        name = member.server.name
        try:
            run = task.result()
        except UnreachableError as error:
            self._set_aside(member, error)
            self._move(job, name, str(error))
            return None
        except ConverterError as error:
            return Done(job.index, None, error, tuple(job.moved))
        if run.reason == "dead-worker":
            self._set_aside(member, ConverterError(f"'{name}' has lost the thread that runs prompts"))
            self._recall(member)
        elif run.reason in _MOVED:
            self._set_aside(member, UnreachableError(f"'{name}' went away while a prompt was running"))
            job.losses += 1
            if job.losses <= _MOST_LOSSES:
                self._move(job, name, run.reason)
                return None
        elif job.index in member.recalled and run.status != "success":
            member.recalled.discard(job.index)
            self._move(job, name, "dead-worker")
            return None
        return Done(job.index, run, None, tuple(job.moved))

    def _move(self, job: _Job, server: str, why: str) -> None:
        job.moved.append((server, why))
        self._waiting.appendleft(job)

    def _recall(self, member: _Member) -> None:
        """What else waits on a server that will never run it."""
        for job, stop in member.running.values():
            member.recalled.add(job.index)
            stop.request()

    def _give_up(self) -> list[Done]:
        """When every server has been ill for longer than we wait, nothing that waits will ever be made.

        One that has served us is waited for as long as a run would wait for it.
        """
        now = time.monotonic()
        if not self._waiting or any(one.error is None for one in self._members):
            return []
        if any(one.given and now - one.ill_since < self._pace.unreachable for one in self._members):
            return []
        if min(one.illness for one in self._members) < self._pace.attempts:
            return []
        error = next(one.error for one in self._members)
        lost = [Done(job.index, None, error, tuple(job.moved)) for job in self._waiting]
        self._waiting.clear()
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
            for _, stop in member.running.values():
                stop.request()

    def _hurry_all(self) -> None:
        self._stop_all()
        self._stop_all()

    async def _take_back(self) -> None:
        tasks = [task for member in self._members for task in member.running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _make(work: Work, server: Server, stop: Stop) -> Run:
    return await work(server, stop)
