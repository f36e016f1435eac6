"""What a ComfyUI server can be asked (server.py of ComfyUI), as typed questions and answers.

Answers are read with suspicion: whatever shape they have, the shapes here hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import getpass
import hashlib
import json
import socket
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from comfyc.catalog.address import UnreachableError
from comfyc.diagnostics import ComfycError
from comfyc.running.client.wire import is_name
from comfyc.running.http.transport import Http, HttpAnswer
from comfyc.safety.foreign import TooMuchError, number_or_none

T = TypeVar("T")
_DETACHED = "-detached-"
_RECENT = 64
"""Entries of the history that are looked through for a prompt whose id is not known."""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A prompt in the server's queue. ``mine``: a comfyc of this user on this machine put it there."""

    prompt_id: str
    number: float
    client_id: str | None = None
    created: float | None = None
    """Seconds since the epoch, by the server's clock."""
    nodes: int = 0
    mine: bool = False

    @property
    def is_detached(self) -> bool:
        """Was it submitted without staying to watch? Then its messages are free for the taking."""
        return self.client_id is not None and _DETACHED in self.client_id


@dataclass(frozen=True, slots=True)
class Queue:
    """What runs, and what waits in the order in which it will run."""

    running: tuple[QueueItem, ...] = ()
    pending: tuple[QueueItem, ...] = ()

    def find(self, prompt_id: str) -> QueueItem | None:
        return next((item for item in (*self.running, *self.pending) if item.prompt_id == prompt_id), None)


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How a server is: its versions and devices as it tells them (/system_stats), and its queue."""

    server: str
    remaining: int
    system: Mapping[str, Any] = field(default_factory=dict)
    devices: tuple[Mapping[str, Any], ...] = ()


@functools.cache
def owner() -> str:
    """The beginning of every client id of this user on this machine: tells our prompts from others'."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = ""
    return "comfyc-" + hashlib.sha256(f"{user}@{socket.gethostname()}".encode()).hexdigest()[:12]


def new_client_id(*, detached: bool = False) -> str:
    """A fresh client id. One per prompt, so that an old connection can never silence a new prompt."""
    return f"{owner()}{_DETACHED if detached else '-'}{uuid.uuid4().hex}"


async def attempt(http: Http, action: Callable[[], Awaitable[T]]) -> T:
    """Do what may be done twice (a question) until it works or ``Pace.attempts`` are used up."""
    for pause in http.pace.pauses():
        with contextlib.suppress(UnreachableError):
            return await action()
        await asyncio.sleep(pause)
    return await action()


async def get_json(http: Http, path: str, most: int | None = None) -> Any:
    """GET a JSON document. ``UnreachableError`` if there is none now, ``ComfycError`` if never."""
    answer = await http.request("GET", path, most=most)
    if answer.status != 200:
        raise http.refusal(answer, path)
    try:
        document = answer.parsed()
    except TooMuchError as error:
        raise http.no_answer(f"the answer to {path} is too large: {error}") from None
    except ValueError:
        document = None
    if document is None:
        raise http.no_answer(f"the answer to {path} is not JSON")
    return document


async def get_history(http: Http, prompt_id: str) -> dict[str, Any] | None:
    """The entry of a prompt that has ended, ``None`` while there is none (GET /history/{id})."""
    document = await get_json(http, f"/history/{_quoted(prompt_id)}", http.limits.answer)
    entry = document.get(prompt_id) if isinstance(document, dict) else None
    return entry if isinstance(entry, dict) else None


async def get_queue(http: Http) -> Queue:
    """What runs and what waits (GET /queue). The server lists the waiting in heap order."""
    document = await get_json(http, "/queue", http.limits.answer)
    if not isinstance(document, dict):
        raise http.no_answer("the answer to /queue is not an object")
    running = _items(document.get("queue_running"))
    pending = sorted(_items(document.get("queue_pending")), key=lambda item: item.number)
    return Queue(tuple(running), tuple(pending))


async def get_recent(http: Http) -> tuple[QueueItem, ...]:
    """The prompts that have ended last, the newest first (GET /history?max_items=N)."""
    document = await get_json(http, f"/history?max_items={_RECENT}")
    entries = document.values() if isinstance(document, dict) else ()
    found = _items([entry.get("prompt") for entry in entries if isinstance(entry, dict)])
    return tuple(reversed(found))


async def is_known(http: Http, prompt_id: str) -> bool:
    """Does the server show the prompt? The history is asked first and last: it may end in between."""
    if await get_history(http, prompt_id) is not None:
        return True
    queue = await get_queue(http)
    return queue.find(prompt_id) is not None or await get_history(http, prompt_id) is not None


async def get_remaining(http: Http) -> int:
    """How many prompts run or wait (GET /prompt): the cheapest question that a healthy server answers."""
    document = await get_json(http, "/prompt")
    info = document.get("exec_info") if isinstance(document, dict) else None
    remaining = info.get("queue_remaining") if isinstance(info, dict) else None
    if number_or_none(remaining) is None or not isinstance(remaining, int):
        raise ComfycError(
            f"'{http.access.base}' is not a ComfyUI server",
            "pass the address that shows ComfyUI in a browser, like http://127.0.0.1:8188",
        )
    return remaining


async def get_status(http: Http) -> ServerStatus:
    """The length of the queue, versions and devices (GET /prompt, /system_stats)."""
    remaining = await get_remaining(http)
    document = await get_json(http, "/system_stats")
    if not isinstance(document, dict):
        document = {}
    system, devices = document.get("system"), document.get("devices")
    return ServerStatus(
        http.access.base,
        remaining,
        system if isinstance(system, dict) else {},
        tuple(one for one in devices if isinstance(one, dict)) if isinstance(devices, list) else (),
    )


async def cancel_prompt(http: Http, prompt_id: str) -> None:
    """Take a prompt out of the queue, or interrupt it if it runs; nobody else's is touched.

    POST /api/jobs/{id}/cancel does both in one step (0.33); an older server is asked to delete it from
    the queue and then to interrupt it, if it is seen running.
    """
    answer = await http.request("POST", f"/api/jobs/{_quoted(prompt_id)}/cancel", content=b"{}")
    if answer.status == 200 and isinstance(answer.json(), dict):
        return
    await _post(http, "/queue", {"delete": [prompt_id]})
    queue = await get_queue(http)
    if any(item.prompt_id == prompt_id for item in queue.running):
        # Servers before 0.3.56 ignore the id and interrupt whatever runs: hence the look before
        await _post(http, "/interrupt", {"prompt_id": prompt_id})


async def interrupt_running(http: Http, *, anyone: bool = False) -> tuple[QueueItem, ...]:
    """Interrupt what runs now, if it is ours or ``anyone``; returns what was interrupted."""
    queue = await get_queue(http)
    hit = tuple(item for item in queue.running if item.mine or anyone)
    for item in hit:
        await _post(http, "/interrupt", {"prompt_id": item.prompt_id})
    return hit


async def _post(http: Http, path: str, document: Mapping[str, Any]) -> HttpAnswer:
    answer = await http.request("POST", path, content=json.dumps(document).encode("ascii"))
    if answer.status != 200:
        raise http.refusal(answer, path)
    return answer


def _quoted(prompt_id: str) -> str:
    return quote(prompt_id, safe="", errors="replace")


def _items(value: Any) -> list[QueueItem]:
    """Items are [number, id, prompt, extra_data, outputs]; newer servers may add to that."""
    found = []
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, list) or len(item) < 2 or not is_name(item[1]):
            continue
        number = number_or_none(item[0])
        extra = item[3] if len(item) > 3 and isinstance(item[3], dict) else {}
        client, created = extra.get("client_id"), number_or_none(extra.get("create_time"))
        client = client if is_name(client) else None
        found.append(
            QueueItem(
                item[1],
                number or 0,
                client,
                created / 1000 if created is not None else None,
                len(item[2]) if len(item) > 2 and isinstance(item[2], dict) else 0,
                client is not None and client.startswith(owner() + "-"),
            )
        )
    return found
