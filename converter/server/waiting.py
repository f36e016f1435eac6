"""Waiting with a limit, without losing a cancellation.

``asyncio.wait_for`` of Python 3.10 and 3.11 swallows a cancellation that comes at the moment at which
what is waited for is done (python/cpython issue 81839): a Ctrl-C would be lost, a task never end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def within(seconds: float, awaitable: Awaitable[T]) -> T:
    """The result of ``awaitable``; ``asyncio.TimeoutError`` if it takes longer (it is cancelled then)."""
    task: asyncio.Future[T] = asyncio.ensure_future(awaitable)
    try:
        await asyncio.wait({task}, timeout=max(seconds, 0))
        if task.done():
            return task.result()
        raise asyncio.TimeoutError
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
