"""A proxy before a server that cuts one connection at a chosen place, or plays a gateway that gives up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import dataclass
from urllib.parse import urlsplit

PLACES = (
    "before",
    "within the request",
    "after the request",
    "within the answer",
    "after the answer",
    "504",
    "504, and late",
)
"""Where the exchange of a request and its answer is cut. "after the request": the server has it whole. "504":
the gateway answers itself, and may hand the request on later all the same."""
REQUESTS = ("POST /prompt", "GET /history", "GET /queue", "GET /ws")
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Cut:
    """The ``turn``-th request whose line begins with ``request`` is cut at ``place``; after that nothing gets
    through for ``away`` seconds. A WebSocket is cut after ``turn`` messages or so of the server instead."""

    request: str
    place: str
    turn: int = 1
    away: float = 0.0
    late: float = 0.5


def choose(seed: int) -> Cut:
    """One of the cuts, most of them at the submission."""
    rng = random.Random(seed)
    request = rng.choice(("POST /prompt", "POST /prompt", *REQUESTS))
    away = rng.choice((0.0, 0.0, 0.4, 1.5))
    return Cut(request, rng.choice(PLACES), rng.randint(1, 3) if request == "GET /ws" else 1, away)


class CuttingProxy:
    """``async with CuttingProxy(server.url, cut) as proxy: ... proxy.url ...``"""

    def __init__(self, target: str, cut: Cut) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self.cut = cut
        self.cuts = 0
        self.submitted = 0
        """Requests POST /prompt that the client sent, as far as they came."""
        self._seen = 0
        self._away_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> CuttingProxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 20)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # a cancelled one would be told as an error (python/cpython issue 110894)
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand on one request after the other, until the client or a cut ends it."""
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            self.submitted += head.startswith(b"POST /prompt ")
            if asyncio.get_running_loop().time() < self._away_until:
                return
            body = await reader.readexactly(_length(head))
            is_hit = self._is_hit(head)
            if is_hit and self.cut.place == "before":
                self._leave()
                return
            if head.startswith(b"GET /ws"):
                await self._tunnel(head, reader, writer, is_hit=is_hit)
                return
            if is_hit:
                await self._cut(head + body, writer)
                return
            await self._exchange(head + body, writer)

    def _is_hit(self, head: bytes) -> bool:
        if self.cuts or not head.startswith(self.cut.request.encode()):
            return False
        self._seen += 1
        if self.cut.request == "GET /ws" or self._seen == self.cut.turn:
            self.cuts += 1
            return True
        return False

    def _leave(self) -> None:
        self._away_until = asyncio.get_running_loop().time() + self.cut.away

    async def _cut(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        place = self.cut.place
        if place == "within the request":
            upstream = await asyncio.open_connection(*self._target)
            upstream[1].write(request[: len(request) // 2])
            await upstream[1].drain()
            upstream[1].transport.abort()
        elif place in ("after the request", "within the answer", "after the answer"):
            answer = await self._answer(request)
            keep = {"after the request": 0, "within the answer": len(answer) // 2}.get(place, len(answer))
            writer.write(answer[:keep])
            await writer.drain()
            if keep:
                await asyncio.sleep(0.01)
        elif place.startswith("504"):
            writer.write(b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            if place != "504":
                self._later(self._late(request))
        self._leave()

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

    async def _late(self, request: bytes) -> None:
        await asyncio.sleep(self.cut.late)
        await self._answer(request)

    async def _exchange(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(await self._answer(request))
        await writer.drain()

    async def _answer(self, request: bytes) -> bytes:
        """The whole answer of the server, on a connection of its own."""
        reader, writer = await asyncio.open_connection(*self._target, limit=1 << 20)
        try:
            writer.write(request)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            return head + await reader.readexactly(_length(head))
        finally:
            writer.transport.abort()

    async def _tunnel(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_hit: bool
    ) -> None:
        """Bytes both ways; a cut comes after so many pieces from the server."""
        up_reader, up_writer = await asyncio.open_connection(*self._target)
        up_writer.write(head)
        tasks = [
            asyncio.ensure_future(_pump(reader, up_writer, None)),
            asyncio.ensure_future(_pump(up_reader, writer, self.cut.turn if is_hit else None)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            up_writer.transport.abort()
        if is_hit:
            self._leave()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None) -> None:
    while (most is None or most > 0) and (block := await reader.read(_BLOCK)):
        writer.write(block)
        await writer.drain()
        most = most - 1 if most is not None else None


def _length(head: bytes) -> int:
    """The bytes that follow the head of a request or an answer."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
