"""A WebSocket straight to the server, over asyncio (RFC 6455): what a client needs that mostly listens.

It is used unless the environment names a proxy: importing the library for all the rest takes 30 ms, a tenth
of a run of a tiny prompt. Nothing is compressed: the messages are small, and pictures are packed already.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import ssl
import struct
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from converter.server.direct import parse_head
from converter.server.waiting import within

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUED, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_TOO_LARGE = 1009
_HEAD = 1 << 16


class RefusedError(Exception):
    """The server, or what is in between, answers with an HTTP status in the place of a WebSocket."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class DirectSocket:
    """A connection that stands, made by :func:`open_socket`: a context manager and an iterator of messages.

    A ping goes out every ``ping`` seconds; without any answer within ``pong`` more the connection is ended.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        most: int,
        ping: float,
        pong: float,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._most = most
        self._ping = ping
        self._pong = pong
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._timer = self._loop.call_later(ping, self._tick)

    async def __aenter__(self) -> DirectSocket:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()
        if not self._writer.is_closing():
            self._write(_CLOSE, struct.pack(">H", 1000))
            self._writer.close()

    async def send(self, text: str) -> None:
        """Send a message."""
        self._write(_TEXT, text.encode())
        await self._writer.drain()

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """What comes, until the connection ends."""
        kind, parts, size = 0, list[bytes](), 0
        while True:
            try:
                is_last, code, payload = await self._read_frame(self._most - size)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            if code == _CLOSE:
                return
            if code == _PING:
                self._write(_PONG, payload)
            if code not in (_CONTINUED, _TEXT, _BINARY):
                continue
            kind = code or kind
            parts.append(payload)
            size += len(payload)
            if is_last:
                whole = b"".join(parts)
                parts, size = [], 0
                yield whole.decode("utf-8", "replace") if kind == _TEXT else whole

    async def _read_frame(self, most: int) -> tuple[bool, int, bytes]:
        """Is it the last of its message, what it is, and what is in it."""
        first, second = await self._reader.readexactly(2)
        length = second & 127
        if length == 126:
            (length,) = struct.unpack(">H", await self._reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await self._reader.readexactly(8))
        if length > most:
            self._write(_CLOSE, struct.pack(">H", _TOO_LARGE))
            raise ConnectionAbortedError
        payload = await self._reader.readexactly(length)
        self._heard = self._loop.time()
        return bool(first & 128), first & 15, payload

    def _write(self, code: int, payload: bytes) -> None:
        """Send a frame; those of a client are masked."""
        size, mask = len(payload), os.urandom(4)
        head = bytes([128 | code])
        head += bytes([128 | size]) if size < 126 else bytes([128 | 126]) + struct.pack(">H", size)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._writer.write(head + mask + masked)

    def _tick(self) -> None:
        if self._loop.time() - self._heard > self._ping + self._pong:
            self._writer.transport.abort()
            return
        if not self._writer.is_closing():
            self._write(_PING, b"")
            self._timer = self._loop.call_later(self._ping, self._tick)


async def open_socket(
    url: str,
    headers: Mapping[str, str],
    context: ssl.SSLContext | None,
    *,
    connect: float,
    most: int,
    ping: float,
    pong: float,
) -> DirectSocket:
    """Connect to ``url`` (ws or wss) within ``connect`` seconds, or ``RefusedError``, ``OSError`` or timeout.

    ``most`` is how many bytes a message may have: a larger one ends the connection.
    """
    return await within(connect, _open(url, headers, context, most, ping, pong))


async def _open(
    url: str, headers: Mapping[str, str], context: ssl.SSLContext | None, most: int, ping: float, pong: float
) -> DirectSocket:
    parts = urlsplit(url)
    port = parts.port or (443 if context is not None else 80)
    name = parts.hostname if context is not None else None
    reader, writer = await asyncio.open_connection(
        parts.hostname, port, ssl=context, server_hostname=name, limit=_HEAD
    )
    try:
        key = base64.b64encode(os.urandom(16))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {
            "Host": parts.netloc,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key.decode(),
            "Sec-WebSocket-Version": "13",
            "User-Agent": "comfyc",
            **headers,
        }
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
        writer.write("\r\n".join(lines).encode("latin-1"))
        status, answered = parse_head(await reader.readuntil(b"\r\n\r\n"))
        accept = base64.b64encode(hashlib.sha1(key + _ACCEPT, usedforsecurity=False).digest()).decode()
        if status != 101:
            raise RefusedError(status)
        if answered.get("sec-websocket-accept") != accept:
            raise ConnectionError("this is no WebSocket")
    except BaseException:
        writer.transport.abort()
        raise
    return DirectSocket(reader, writer, most, ping, pong)
