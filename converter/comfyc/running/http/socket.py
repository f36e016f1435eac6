"""The WebSocket of a server: the library ``websockets``, with bounds on each message."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from comfyc.running.http.access import Access

_FRAGMENTS = 10_000
"""Parts of one message."""
_TOO_LARGE = 1009
_PING, _PONG = 20.0, 60.0
"""A server that loads a model may not answer a ping for half a minute."""


class ServerSocket:
    """An open connection: a context manager and an iterator of messages.

    ``most_of`` says how many bytes a message may have that begins with the given bytes; a larger one, or one
    that breaks the rules of the protocol, ends the connection.
    """

    def __init__(self, connection: Any, most_of: Callable[[bytes], int]) -> None:
        self._connection = connection
        self._most_of = most_of

    async def __aenter__(self) -> ServerSocket:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def send(self, text: str) -> None:
        """Send a message."""
        await self._connection.send(text)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

        while True:
            parts: list[bytes] = []
            size = 0
            try:
                async for part in self._connection.recv_streaming(decode=False):
                    parts.append(part)
                    size += len(part)
                    if size > self._most_of(parts[0]) or len(parts) > _FRAGMENTS:
                        await self._connection.close(_TOO_LARGE)
                        return
            except ConnectionClosed:
                return
            yield parts[0] if len(parts) == 1 else b"".join(parts)


async def open_socket(
    access: Access, url: str, *, connect: float, most: int, most_of: Callable[[bytes], int]
) -> ServerSocket:
    """Connect to ``url`` (ws or wss) within ``connect`` seconds; whatever prevents that is raised.

    ``most`` is how many bytes any message may have in all of its parts, ``most_of`` those of a kind.
    """
    from websockets.asyncio.client import connect as connection_to  # noqa: PLC0415 - takes 30 ms

    class _Connection(connection_to):
        """Redirects are answered with failure: our credentials go where we were told to go."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    quiet = logging.getLogger("comfyc.running.websocket")
    quiet.propagate = False  # at level DEBUG the library would log the Authorization header
    quiet.setLevel(logging.CRITICAL)
    opened = await _Connection(
        url,
        additional_headers=dict(access.headers),
        user_agent_header="comfyc",
        ssl=access.ssl_context(),
        proxy=True if access.has_proxy else None,
        open_timeout=connect,
        ping_interval=_PING,
        ping_timeout=_PONG,
        close_timeout=0.5,
        max_size=most,
        compression=None,  # the messages are small, and pictures are packed already
        logger=quiet,
    )
    return ServerSocket(opened, most_of)
