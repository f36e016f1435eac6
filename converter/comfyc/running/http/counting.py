"""Connections that count what comes over them.

h11, which httpcore reads answers with, bounds a header and the line before a chunk, but not how many answers
of status 1xx come before the real one, nor how much of a body is the framing of its chunks. Both are bounded
here, in bytes.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

_HEAD = 1 << 20
"""Bytes that may come before the body of an answer, and with it besides what it was allowed."""


class CountedStream(httpcore.AsyncNetworkStream):
    """A connection over which a bounded number of bytes may come after each request."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = _HEAD

    def allow(self, size: int) -> None:
        """Let ``size`` bytes come for the body of the answer that has begun."""
        self._left = _HEAD + size

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self._left -= len(data)
        if self._left < 0:
            raise httpcore.RemoteProtocolError("the answer is larger than allowed")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._left = _HEAD  # a request: another answer will begin
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return CountedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class CountingBackend(httpcore.AsyncNetworkBackend):
    """Makes connections over asyncio, each of them counted."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        backend = httpcore.AnyIOBackend()
        return CountedStream(await backend.connect_tcp(host, port, timeout, local_address, socket_options))
