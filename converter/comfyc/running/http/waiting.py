"""Waiting with a limit, without losing a cancellation.

``asyncio.wait_for`` of Python 3.10 and 3.11 swallows a cancellation that comes at the moment at which
what is waited for is done (python/cpython issue 81839): a Ctrl-C would be lost, a task never end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


async def unless(event: asyncio.Event, awaitable: Awaitable[T]) -> T | None:
    """The result of ``awaitable``; ``None`` if ``event`` is set before it is there (it is cancelled then)."""
    task: asyncio.Future[T] = asyncio.ensure_future(awaitable)
    waiting = asyncio.ensure_future(event.wait())
    try:
        both: set[asyncio.Future[Any]] = {task, waiting}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        waiting.cancel()
        if not task.done():
            task.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)


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
