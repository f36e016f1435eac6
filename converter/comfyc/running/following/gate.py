"""How many of our prompts a server has at a time."""

from __future__ import annotations

import asyncio


class Gate:
    """Lets so many prompts through to a server; each makes room when the server is done with it."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    async def enter(self) -> Pass:
        """Wait for room."""
        await self._free.acquire()
        return Pass(self._free)


class Pass:
    """The right to be on the server, to be given back once; more often does no harm."""

    def __init__(self, free: asyncio.Semaphore) -> None:
        self._free: asyncio.Semaphore | None = free

    def give_back(self) -> None:
        free, self._free = self._free, None
        if free is not None:
            free.release()
