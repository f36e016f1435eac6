"""HTTP/1.1 straight to one server, over asyncio: used unless the environment names a proxy for it.

A run of a tiny prompt is mostly what surrounds it. Measured on one core: importing httpx with what it
loads at its first request takes 60 ms and each request 1.2 ms; this takes 1 ms and 0.3 ms.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from comfyc.running.http.form import Form
from comfyc.running.http.waiting import within
from comfyc.safety.inflating import Inflater

_BLOCK = 1 << 16
_HEAD = 1 << 16
"""Bytes that the head of an answer, or what follows its last chunk, may have."""
_LINES = 256
"""Lines of a head."""
_CHUNK_LINE = 256
"""Bytes of the line before a chunk: its size takes 16, and no server that we know of adds more."""
_INTERIM = 16
"""Answers of status 1xx before the real one."""
_SAFE = ("GET", "HEAD")
_IDLE = 5.0
"""Seconds for which a connection is used again: servers and proxies close those that do nothing."""


class NotConnectedError(Exception):
    """There was no connection: nothing was sent. The reason is its cause."""


class BrokenError(Exception):
    """The connection ended, or fell silent, before the answer was whole, or what came is no HTTP.

    Its text, if it has one, says more.
    """


class TooLargeError(Exception):
    """There is more in the answer than it may have."""


class Response:
    """The head of an answer, and its body as it comes."""

    def __init__(self, status: int, headers: Mapping[str, str], body: AsyncIterator[bytes]) -> None:
        self.status_code = status
        self.headers = headers
        self._body = body

    async def aiter_bytes(self, most: int) -> AsyncIterator[bytes]:
        """The body in pieces, unpacked; ``TooLargeError`` if more than ``most`` bytes come, packed or not.

        A body that is packed twice, or in a way that we did not ask for, is a ``BrokenError``.
        """
        coding = self.headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BrokenError("its answer is packed in a way that nobody asked for")
        inflater = Inflater() if coding not in ("", "identity") else None
        came = found = 0
        try:
            async for chunk in self._body:
                came += len(chunk)
                for piece in inflater.feed(chunk) if inflater is not None else (chunk,):
                    found += len(piece)
                    if max(came, found) > most:
                        raise TooLargeError
                    yield piece
                if came > most:
                    raise TooLargeError
            if inflater is not None and came:
                inflater.finish()
        except ValueError:
            raise BrokenError("its answer is damaged") from None


class DirectClient:
    """Requests to the server at ``base``; connections are kept for the next ones.

    ``connect`` is how many seconds a connection may take to stand. ``context`` is for https.
    """

    def __init__(
        self, base: str, headers: Mapping[str, str], connect: float, context: ssl.SSLContext | None
    ) -> None:
        parts = urlsplit(base)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._headers = {"Host": parts.netloc.rpartition("@")[2], **headers}
        self._connect = connect
        self._context = context
        self._idle: list[tuple[_Connection, float]] = []

    async def aclose(self) -> None:
        """Close what is kept."""
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        content: bytes | Form | None,
        read: float,
    ) -> AsyncIterator[Response]:
        """Send a request for ``target`` (path and query); the answer as soon as its head is there.

        ``read`` is how many seconds may pass without a byte. ``NotConnectedError``, ``BrokenError``.
        """
        # On a connection that the server is just closing, a request may be lost or not: what can be asked
        # twice may go that way, what changes something must not
        idle = self._take_idle() if method in _SAFE else None
        connection = idle or await self._open()
        try:
            with connection.reporting():
                await connection.send(method, target, {**self._headers, **headers}, content, read)
                response = await connection.receive(method, read)
            yield response
            if connection.is_free:
                self._idle.append((connection, time.monotonic()))
                connection = None  # type: ignore[assignment]
        finally:
            if connection is not None:
                connection.close()

    def _take_idle(self) -> _Connection | None:
        while self._idle:
            connection, since = self._idle.pop()
            if time.monotonic() - since < _IDLE and not connection.is_over:
                return connection
            connection.close()
        return None

    async def _open(self) -> _Connection:
        name = self._host if self._context is not None else None
        opening = asyncio.open_connection(
            self._host, self._port, ssl=self._context, server_hostname=name, limit=_HEAD
        )
        try:
            return _Connection(*await within(self._connect, opening))
        except (OSError, asyncio.TimeoutError, UnicodeError) as error:
            raise NotConnectedError from error


class _Connection:
    """One connection, with at most one request on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._is_late = False
        self.is_free = False
        """The answer was read to its end, and the connection stays."""

    @property
    def is_over(self) -> bool:
        return self._reader.at_eof() or self._writer.is_closing()

    def close(self) -> None:
        with suppress(RuntimeError):  # the event loop has ended before us
            self._writer.transport.abort()

    def reporting(self) -> _Reporting:
        """While inside, whatever goes wrong with the connection is a ``BrokenError``."""
        return _Reporting(self)

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        content: bytes | Form | None,
        read: float,
    ) -> None:
        self.is_free = False
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        if content is not None:
            lines.append(f"Content-Length: {len(content) if isinstance(content, bytes) else content.length}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if not isinstance(content, Form):
            self._writer.write(head + (content or b""))
            with self._timed(read):
                await self._writer.drain()
            return
        self._writer.write(head)
        # A server that refuses what it is sent answers before it has all of it, and closes
        with suppress(ConnectionError):
            for block in content:
                self._writer.write(block)
                with self._timed(read):
                    await self._writer.drain()

    async def receive(self, method: str, read: float) -> Response:
        with self._timed(read):  # the whole head: a byte now and then is no sign of life
            for _ in range(_INTERIM + 1):
                status, headers = parse_head(await self._reader.readuntil(b"\r\n\r\n"))
                if status >= 200:
                    break
            else:
                raise ValueError("no answer among those before it")
        stays = headers.get("connection", "").lower() != "close"
        return Response(status, headers, self._body(method, status, headers, read, stays=stays))

    async def _body(
        self, method: str, status: int, headers: Mapping[str, str], read: float, *, stays: bool
    ) -> AsyncIterator[bytes]:
        length = headers.get("content-length", "")
        with self.reporting():
            if method == "HEAD" or status in (204, 304):
                pass
            elif "chunked" in headers.get("transfer-encoding", "").lower():
                async for chunk in self._chunks(read):
                    yield chunk
            elif length.isdecimal():
                async for chunk in self._exactly(int(length), read):
                    yield chunk
            else:
                stays = False
                while chunk := await self._some(_BLOCK, read):
                    yield chunk
        self.is_free = stays

    async def _chunks(self, read: float) -> AsyncIterator[bytes]:
        while True:
            with self._timed(read):
                line = await self._reader.readuntil(b"\r\n")
            if len(line) > _CHUNK_LINE:
                raise ValueError("too much before a chunk")
            size = int(line.partition(b";")[0], 16)
            if size < 0:
                raise ValueError
            async for chunk in self._exactly(size, read):
                yield chunk
            with self._timed(read):
                if size:
                    await self._reader.readexactly(2)
                    continue
                left = _HEAD
                while line != b"\r\n" and left >= 0:  # trailers
                    line = await self._reader.readuntil(b"\r\n")
                    left -= len(line)
                if left < 0:
                    raise ValueError("too much behind the last chunk")
                return

    async def _exactly(self, size: int, read: float) -> AsyncIterator[bytes]:
        while size:
            chunk = await self._some(min(size, _BLOCK), read)
            if not chunk:
                raise EOFError
            size -= len(chunk)
            yield chunk

    async def _some(self, most: int, read: float) -> bytes:
        with self._timed(read):
            return await self._reader.read(most)

    def _timed(self, seconds: float) -> _Timed:
        return _Timed(self, seconds)

    def expire(self) -> None:
        """Nothing came for too long."""
        self._is_late = True
        self._writer.transport.abort()

    def why(self, error: BaseException) -> BaseException:
        """The error in our words: an abort by ourselves means that it was late."""
        return TimeoutError() if self._is_late else error


class _Timed:
    """Breaks the connection off unless it is left in time."""

    def __init__(self, connection: _Connection, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, connection.expire)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


class _Reporting:
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError | EOFError | ValueError | asyncio.LimitOverrunError):
            raise BrokenError from self._connection.why(error)


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """The status and the headers (names in lower case); ``ValueError`` if it is no HTTP."""
    first, *lines = head.decode("latin-1").split("\r\n")
    if len(lines) > _LINES:
        raise ValueError("too many headers")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("not HTTP")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key, known = name.strip().lower(), value.strip()
            headers[key] = f"{headers[key]}, {known}" if key in headers else known
    return int(rest[:3]), headers
