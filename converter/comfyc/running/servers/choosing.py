"""Which server gets a piece of work: one with room, that can run it, and that has least to do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from comfyc.catalog.address import UnreachableError
from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import get_remaining
from comfyc.running.http.pace import Pace
from comfyc.running.http.waiting import within
from comfyc.running.servers.pieces import Charge, Member


class Choice:
    """Chooses among the servers of a pool, each of which gets ``concurrency`` pieces at a time."""

    def __init__(
        self, members: Sequence[Member], concurrency: int, pace: Pace, *, at_least_once: bool
    ) -> None:
        self.members = members
        self._concurrency = concurrency
        self._pace = pace
        self._at_least_once = at_least_once

    def has_room(self, member: Member, now: float) -> bool:
        """Has it room for another piece, and was it well when it was last heard of?"""
        return member.has_room(self._concurrency, now)

    def may_take(self, job: Charge, member: Member) -> bool:
        """May the server get the piece, as far as is known?"""
        name = member.server.name
        fits = name in job.left or member.fit.get(job.piece.kind) is not False
        return fits and job.may_go_to(name, at_least_once=self._at_least_once)

    async def choose(self, job: Charge, now: float) -> Member | None:
        """The server for a run: has room, can run it, and is the one where it was left if that is back."""
        if self._at_least_once:
            await job.look_for_it(self.members, self._pace)
        while True:
            free = [one for one in self.members if self.has_room(one, now) and self.may_take(job, one)]
            if not free:
                return None
            member = min(free, key=lambda one: (one.server.name not in job.left, one.burden))
            if member.server.name in job.left or await self.fits(job, member):
                return member

    async def fits(self, job: Charge, member: Member) -> bool:
        """Can the server run it? One that cannot be asked is set aside."""
        kind = job.piece.kind
        if kind not in member.fit and job.piece.fits is not None:
            try:
                member.fit[kind] = await job.piece.fits(member.server)
            except UnreachableError as error:
                member.set_aside(self._pace, error)
                return False
        return member.fit.get(kind, True)

    async def ask(self, member: Member) -> None:
        """How long is its queue? One that does not say is set aside."""
        try:
            member.remaining = await within(self._pace.connect, get_remaining(member.server.http))
            member.recover()
        except (ComfycError, asyncio.TimeoutError) as error:
            member.set_aside(self._pace, error)
