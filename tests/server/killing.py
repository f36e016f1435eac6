"""A kill -9 at a chosen moment, in this process: from then on nothing reaches a server or a file.

The moments are what the outside can tell apart: before and after each request, each change of a ledger and
each file that gets its name, and each message of a WebSocket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpcore
import pytest

from comfyc.running.client import listen, wire
from comfyc.safety.atomic import Part
from comfyc.studies.ledger import Ledger


class KilledError(BaseException):
    """The process would be gone now."""


class Killer:
    """Kills at the moment number ``at``; ``None``: never, and counts the moments."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.moments = 0
        self.is_dead = False
        self._died = asyncio.Event()
        self._listeners: list[listen.Listener] = []

    def moment(self) -> None:
        """Something is about to be done, or has been. Raises if the process is dead."""
        self.moments += not self.is_dead
        if self.moments == self.at:
            self.is_dead = True
            self._died.set()
        if self.is_dead:
            raise KilledError

    async def live(self, main: Awaitable[Any]) -> bool:
        """Run to the end, or to the kill; whether it came to its end."""
        task, dying = asyncio.ensure_future(main), asyncio.ensure_future(self._died.wait())
        await asyncio.wait({task, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if self.is_dead:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for listener in self._listeners:  # which would look for their server for ever
            await asyncio.gather(listener.stop(), return_exceptions=True)
        if not self.is_dead:
            task.result()
        return not self.is_dead

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be asked at every moment."""
        send = httpcore.AsyncConnectionPool.handle_async_request

        async def handle(pool: Any, request: httpcore.Request) -> httpcore.Response:
            self.moment()
            response = await send(pool, request)
            self.moment()
            return response

        monkeypatch.setattr(httpcore.AsyncConnectionPool, "handle_async_request", handle)
        monkeypatch.setattr(Ledger, "_change", self._around(Ledger._change))
        monkeypatch.setattr(Part, "replace", self._around(Part.replace))

        def parsed(raw: bytes) -> Any:
            self.moment()
            return wire.parse(raw)

        monkeypatch.setattr(listen, "parse", parsed)
        begin = listen.Listener.start

        async def begun(listener: listen.Listener) -> None:
            self._listeners.append(listener)
            await begin(listener)

        monkeypatch.setattr(listen.Listener, "start", begun)

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.moment()
            result = function(*arguments, **named)
            self.moment()
            return result

        return call
