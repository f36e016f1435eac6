"""What the tests of the server package share: a short patience, and one way to run against a fake."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from comfyc.running import Order, Pace, Run, Saving, Server, ServerLimits
from comfyc.running.client.stop import Stop
from comfyc.running.records.events import Event
from tests.patience import LONGEST
from tests.server.fake import FakeComfy

T = TypeVar("T")
PROMPT: dict[str, Any] = {"1": {"class_type": "EmptyImage", "inputs": {"width": 8, "seed": 5}}}
QUICK = Pace(
    connect=60.0,
    read=60.0,
    submit=60.0,
    upload=60.0,
    retry=0.01,
    retry_most=0.04,
    poll=0.03,
    poll_live=0.15,
    settle=0.002,
    silence=0.06,
    idle=60.0,
    dead_worker=60.0,
    unreachable=60.0,
    undecided=60.0,
    grace=60.0,
)
"""Repetitions a hundred times faster than in life; a test shortens the bound that it wants to see at work."""


def pace(**changes: Any) -> Pace:
    return replace(QUICK, **changes)


def run_async(main: Callable[[], Awaitable[T]], limit: float = LONGEST) -> T:
    """Run a test's coroutine; one that hangs fails."""

    async def bounded() -> T:
        return await asyncio.wait_for(main(), limit)

    return asyncio.run(bounded())


async def run_on(
    fake: FakeComfy,
    out_dir: Path | None = None,
    *,
    pace: Pace = QUICK,
    limits: ServerLimits | None = None,
    events: list[Event] | None = None,
    stop: Stop | None = None,
    **order: Any,
) -> Run:
    """One run on the fake, its outputs saved to ``out_dir``, its events added to ``events``."""
    saving = Saving(out_dir) if out_dir is not None else None
    async with Server(fake.url, token=fake.token, pace=pace, limits=limits) as server:
        order = {"prompt": PROMPT, "saving": saving, **order}
        return await server.run(
            Order(**order), on_event=events.append if events is not None else None, stop=stop
        )


def files_in(folder: Path) -> list[str]:
    """Every file below a folder, hidden and temporary ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
