"""Running prompts on ComfyUI servers.

Everything here takes the API form of a workflow; converting and validating it is not its business.
Importing this package loads asyncio; httpcore and websockets are loaded when a server is reached, rich when
bars are drawn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from comfyc.running.client.client import Queue, QueueItem, ServerStatus
from comfyc.running.client.download import Saving
from comfyc.running.client.stop import Stop, until_stopped
from comfyc.running.following.job import Job
from comfyc.running.http.access import Access, access_from_environment, open_access
from comfyc.running.http.pace import Pace, ServerLimits
from comfyc.running.records.events import Event, event_to_json
from comfyc.running.records.outcome import Output, Run, run_to_json
from comfyc.running.servers.session import Order, Server

__all__ = [
    "Access",
    "Event",
    "Job",
    "Order",
    "Output",
    "Pace",
    "Queue",
    "QueueItem",
    "Run",
    "Saving",
    "Server",
    "ServerLimits",
    "ServerStatus",
    "Stop",
    "access_from_environment",
    "event_to_json",
    "open_access",
    "run",
    "run_async",
    "run_to_json",
    "until_stopped",
]


def run(
    prompt: Mapping[str, Any],
    *,
    server: str | Server | None = None,
    workflow: Any = None,
    out_dir: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> Run:
    """Run a prompt on a server and wait for it; its outputs go to ``out_dir``, if there is one.

    ``server`` is an address (http://127.0.0.1:8188 if ``None``) or a :class:`Server` with everything else
    that it needs. ``ComfycError`` if it cannot be done at all; a workflow that fails is a :class:`Run`.
    """
    with _server(server) as open_server:
        return open_server.run(_order(prompt, workflow, out_dir, overwrite), on_event=on_event)


async def run_async(
    prompt: Mapping[str, Any],
    *,
    server: str | Server | None = None,
    workflow: Any = None,
    out_dir: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> Run:
    """As :func:`run`, for use in an event loop. Cancelling it takes the prompt off the server."""
    async with _server(server) as open_server:
        return await open_server.run(_order(prompt, workflow, out_dir, overwrite), on_event=on_event)


def _server(server: str | Server | None) -> Server:
    return server if isinstance(server, Server) else Server(server)


def _order(
    prompt: Mapping[str, Any], workflow: Any, out_dir: str | os.PathLike[str] | None, overwrite: bool
) -> Order:
    saving = Saving(Path(out_dir), overwrite=overwrite) if out_dir is not None else None
    return Order(prompt, workflow, saving=saving)
