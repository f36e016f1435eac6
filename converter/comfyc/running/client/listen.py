"""The WebSocket of one prompt: connected before it is submitted, renewed when it breaks.

Nothing that is sent while the connection is down ever comes again, and a renewed connection may be
silenced by the end of the old one (docs/spec/protocol.md, R10 and R38): this is a source of news, not of
truth.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from comfyc.running.client.wire import FEATURES, Frame, Message, cost, is_picture, parse
from comfyc.running.http.access import Access
from comfyc.running.http.pace import Pace, ServerLimits
from comfyc.running.http.socket import ServerSocket, open_socket
from comfyc.running.http.transport import os_reason


@dataclass(frozen=True, slots=True)
class SocketState:
    """The connection stands (``up``) or is gone, and why."""

    up: bool
    detail: str


Put = Callable[[Message | Frame | SocketState, int], None]


class Listener:
    """Receives the messages for ``client_id`` and hands them to ``put``, until it is stopped.

    ``put`` takes what came and its size in bytes, and must not block: a client that stops reading holds
    up the server's messages to everybody. ``drops`` counts how often a connection that stood was lost.
    """

    def __init__(self, access: Access, client_id: str, put: Put, pace: Pace, limits: ServerLimits) -> None:
        self.client_id = client_id
        self.drops = 0
        self.is_up = False
        self.served: set[str] = set()
        """The ids of the prompts that were submitted under this client id."""
        self._access = access
        self._url = access.url(f"/ws?{urlencode({'clientId': client_id})}", websocket=True)
        self._put = put
        self._pace = pace
        self._limits = limits
        self._tried = asyncio.Event()
        self._renew = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen; returns when the connection stands or the first attempt has failed."""
        self._task = asyncio.create_task(self._listen())
        await self._tried.wait()

    async def stop(self) -> None:
        """Close the connection and stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def hand_over(self, put: Put) -> None:
        """Give what comes from now on to somebody else."""
        self._put = put

    def renew(self) -> None:
        """Close the connection that stands and make a new one."""
        self._renew.set()

    async def _listen(self) -> None:
        pause = self._pace.retry
        failed = ""
        while True:
            began = time.monotonic()
            try:
                await self._receive()
                failed = ""
            except Exception as error:  # whatever a hostile server or a proxy makes the library raise
                why = self._access.redact(_describe(error))
                if why != failed:  # said once, not at every attempt
                    self._put(SocketState(False, why), 0)
                failed = why
            finally:
                self._tried.set()
            if time.monotonic() - began > self._pace.retry_most:
                pause = self._pace.retry
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, self._pace.retry_most)

    async def _receive(self) -> None:
        """Connect and pass on what comes, until the connection ends."""
        opening = open_socket(
            self._access,
            self._url,
            connect=self._pace.connect,
            most=self._limits.message,
            most_of=self._most_of,
        )
        async with await opening as socket:
            await socket.send(FEATURES)
            self.is_up = True
            self._renew.clear()
            self._put(SocketState(True, ""), 0)
            self._tried.set()
            tasks = [asyncio.ensure_future(self._renew.wait()), asyncio.ensure_future(self._read(socket))]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self.is_up = False
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            self.drops += 1
            self._put(
                SocketState(
                    False, "the connection was silent" if self._renew.is_set() else "the connection was lost"
                ),
                0,
            )

    def _most_of(self, beginning: bytes) -> int:
        """The bytes that a message may have which begins like this."""
        limits = self._limits
        return limits.message if is_picture(beginning) else min(limits.news, limits.message)

    async def _read(self, socket: ServerSocket) -> None:
        async for raw in socket:
            message = parse(raw)
            if message is not None:
                self._put(message, cost(raw))


class Lines:
    """Connections to one server that stand and are not in use: the next prompt need not make its own.

    One is used again only if it never broke and was in use a moment ago: then no older connection can
    silence it, and its client id is free for another prompt.
    """

    def __init__(self, access: Access, pace: Pace, limits: ServerLimits) -> None:
        self._access = access
        self._pace = pace
        self._limits = limits
        self._idle: list[tuple[Listener, float]] = []

    async def take(self, put: Put, client_id: str) -> Listener:
        """A connection that gives to ``put``: an idle one, or a new one for ``client_id``."""
        while self._idle:
            listener, since = self._idle.pop()
            if listener.is_up and not listener.drops and time.monotonic() - since < self._pace.poll_live:
                listener.hand_over(put)
                put(SocketState(True, ""), 0)
                return listener
            await listener.stop()
        listener = Listener(self._access, client_id, put, self._pace, self._limits)
        await listener.start()
        return listener

    def give_back(self, listener: Listener) -> None:
        """Keep a connection whose prompt has ended."""
        listener.hand_over(_ignore)
        self._idle.append((listener, time.monotonic()))

    async def close(self) -> None:
        """Close all that are not in use."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(listener.stop() for listener, _ in idle))


def _ignore(item: Message | Frame | SocketState, size: int) -> None:
    """Nobody is there to be told."""


def _describe(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None and hasattr(response, "status_code"):
        return f"the server answered with HTTP {response.status_code}"
    if isinstance(error, OSError) and error.strerror:
        return os_reason(error)
    return (
        "it does not answer in time"
        if isinstance(error, TimeoutError | asyncio.TimeoutError)
        else "no connection was made"
    )
