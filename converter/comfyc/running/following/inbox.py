"""What a follower is told about its prompt: live messages, and what one look at the server showed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import get_history, get_queue
from comfyc.running.client.listen import SocketState
from comfyc.running.client.wire import Frame, Message
from comfyc.running.http.transport import Http


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look at the server showed: the history entry of the prompt, how many prompts are ahead of it,
    nothing, or an error."""

    entry: dict[str, Any] | None = None
    is_running: bool = False
    ahead: int | None = None
    error: ComfycError | None = None


async def look(http: Http, prompt_id: str) -> Sight:
    """Where is the prompt? The history is asked first and last: it may end between two questions."""
    try:
        entry = await get_history(http, prompt_id)
        if entry is not None:
            return Sight(entry)
        queue = await get_queue(http)
        if any(item.prompt_id == prompt_id for item in queue.running):
            return Sight(is_running=True)
        for index, item in enumerate(queue.pending):
            if item.prompt_id == prompt_id:
                return Sight(ahead=index + len(queue.running))
        return Sight(await get_history(http, prompt_id))
    except ComfycError as error:
        return Sight(error=error)


Item = Message | Frame | SocketState | Sight | None
"""What the follower is told. ``None`` only wakes it."""


class Inbox:
    """What is waiting for the follower. News is dropped when too much of it waits; the rest never is."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._items: deque[tuple[Item, int]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self.dropped = 0

    def put(self, item: Item, size: int = 0) -> None:
        is_full = len(self._items) >= self._most or self._bytes + size > self._most_bytes
        if is_full and isinstance(item, Message | Frame):
            self.dropped += 1
            return
        self._bytes += size
        self._items.append((item, size))
        self._wake()

    def put_back(self, items: Sequence[Item]) -> None:
        """Let these be got before all others."""
        self._items.extendleft((item, 0) for item in reversed(items))
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self, timeout: float) -> Item:
        """The next item, ``None`` if there is none within ``timeout`` seconds."""
        if not self._items:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(max(timeout, 0), self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        if not self._items:
            return None
        item, size = self._items.popleft()
        self._bytes -= size
        return item
