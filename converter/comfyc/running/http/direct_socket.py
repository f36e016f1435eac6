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

from comfyc.running.http.direct import parse_head
from comfyc.running.http.waiting import within

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUED, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_CONTROL = (_CLOSE, _PING, _PONG)
_LONGEST_CONTROL = 125
_FRAGMENTS = 10_000
"""Parts of one message."""
_WRONG, _TOO_LARGE = 1002, 1009
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
        most: Mapping[int, int],
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

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """What comes, until the connection ends or the other side breaks the rules."""
        kind, parts, size = _CONTINUED, list[bytes](), 0
        while True:
            try:
                is_last, code, payload = await self._read_frame(kind, size)
                if code == _PING:
                    self._write(_PONG, payload)
                    await self._writer.drain()  # who does not take our answers is not heard any further
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            if code == _CLOSE:
                return
            if code in _CONTROL:
                continue
            kind = code or kind
            parts.append(payload)
            size += len(payload)
            if len(parts) > _FRAGMENTS:
                self._end(_TOO_LARGE)
                return
            if is_last:
                whole = parts[0] if len(parts) == 1 else b"".join(parts)
                kind, parts, size = _CONTINUED, [], 0
                yield whole

    async def _read_frame(self, kind: int, size: int) -> tuple[bool, int, bytes]:
        """Is it the last of its message, what it is, and what is in it.

        ``kind`` is that of the message of which ``size`` bytes have come already.
        """
        first, second = await self._reader.readexactly(2)
        length, code, is_last = second & 127, first & 15, bool(first & 128)
        if length == 126:
            (length,) = struct.unpack(">H", await self._reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await self._reader.readexactly(8))
        if code in _CONTROL:
            is_sound, most = is_last and length <= _LONGEST_CONTROL, _LONGEST_CONTROL
        else:  # a message begins where none is open, and goes on where one is
            is_sound = code in (_CONTINUED, _TEXT, _BINARY) and (code == _CONTINUED) == (kind != _CONTINUED)
            most = self._most.get(code or kind, 0) - size
        if not is_sound or first & 112 or second & 128:  # nothing was agreed upon that sets these bits
            self._end(_WRONG)
            raise ConnectionAbortedError
        if length > most:
            self._end(_TOO_LARGE)
            raise ConnectionAbortedError
        payload = await self._reader.readexactly(length)
        self._heard = self._loop.time()
        return is_last, code, payload

    def _end(self, why: int) -> None:
        self._write(_CLOSE, struct.pack(">H", why))

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
    most_text: int,
    most_binary: int,
    ping: float,
    pong: float,
) -> DirectSocket:
    """Connect to ``url`` (ws or wss) within ``connect`` seconds, or ``RefusedError``, ``OSError`` or timeout.

    ``most_text`` and ``most_binary`` are how many bytes a message may have, in all of its parts: a larger one
    ends the connection.
    """
    most = {_TEXT: most_text, _BINARY: most_binary}
    return await within(connect, _open(url, headers, context, most, ping, pong))


async def _open(
    url: str,
    headers: Mapping[str, str],
    context: ssl.SSLContext | None,
    most: Mapping[int, int],
    ping: float,
    pong: float,
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
        if answered.get("sec-websocket-accept") != accept or "sec-websocket-extensions" in answered:
            raise ConnectionError("this is no WebSocket")
    except BaseException:
        writer.transport.abort()
        raise
    return DirectSocket(reader, writer, most, ping, pong)
