"""A model of the protocol: the real client, in virtual time, against servers and a network whose every loss
is chosen, so that an explorer can try them all.

The servers queue whatever arrives, as ComfyUI's does (execution.py: PromptQueue): an id sent twice runs
twice.
"""

from __future__ import annotations

import asyncio
import json
import random
import selectors
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from comfyc.running import Access, Order, Pace, Run, Server, Stop
from comfyc.running.http.response import BrokenError, NotConnectedError, Response
from comfyc.running.servers.pool import Done, Piece, Pool

SECONDS = 5.0
"""How long a prompt runs."""
REFUSAL = 2.5
"""Until a server that is away counts as not reachable. Were it at once, a play would mostly be such attempts.
The four of one request take less than 14 seconds, which is the shortest absence."""
PACE = Pace(poll=3.0, unreachable=60.0, undecided=30.0)
"""Half the patience of comfyc, so that a play takes half as many looks; the absences are chosen for it."""
LONGEST = 3600.0
"""Virtual seconds after which a play that has not ended counts as endless."""
FINE = "fine"
SUBMITTING = (
    FINE,
    "refused",
    "lost",
    "answer lost",
    "answer lost, away 14",
    "lost, late 20, away 14",
    "answer lost, away 92",
    "answer lost, away 230",
    "503",
    "504, late 15",
    "504, late 40",
    "restart",
)
"""What may happen to POST /prompt. "late": it was held up on its way, and is there so many seconds later."""
ASKING = (
    FINE,
    "lost",
    "away 14",
    "away 92",
    "away 230",
    "restart",
    "restart, away 14",
    "away 92, restarted",
    "forget",
)
"""What may happen to any other request. "forget": somebody clears the history just before it."""
STOP = "stop"
"""Ctrl-C just before the request."""


class Chooser:
    """Takes the choices that it was given, then the first of each; ``taken`` says what it was asked.

    At most ``faults`` choices are others than the first, and only ``points`` of them are asked for.
    """

    def __init__(self, given: tuple[int, ...] = (), *, faults: int = 0, points: int = 0) -> None:
        self.given = given
        self.taken: list[tuple[int, int]] = []
        self.names: list[str] = []
        self._faults = faults
        self._points = points

    def choose(self, options: tuple[str, ...], where: str) -> str:
        used = sum(index > 0 for index, _ in self.taken)
        if used >= self._faults or len(self.taken) >= self._points:
            return options[0]
        place = len(self.taken)
        index = self.given[place] if place < len(self.given) else 0
        self.taken.append((index, len(options)))
        if index:
            self.names.append(f"{where}: {options[index]}")
        return options[index]


def explore(play: Callable[[Chooser], World], *, faults: int, points: int) -> Iterator[World]:
    """Every play with at most so many faults, at the first so many requests from the submission on."""
    given: tuple[int, ...] = ()
    while True:
        chooser = Chooser(given, faults=faults, points=points)
        yield play(chooser)
        taken = chooser.taken
        while taken and taken[-1][0] + 1 >= taken[-1][1]:
            taken.pop()
        if not taken:
            return
        given = (*(index for index, _ in taken[:-1]), taken[-1][0] + 1)


class Clock(selectors.SelectSelector):
    """Stands in for the selector of an event loop: nothing is waited for, time passes at once."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "everybody waits for somebody else"
        self.now += max(timeout, 0.0)
        assert self.now < LONGEST, "it does not end"
        return []


@dataclass
class World:
    """The servers, and what became of the jobs; a job is the number in its prompt."""

    chooser: Chooser
    clock: Clock = field(default_factory=Clock)
    servers: dict[str, ModelServer] = field(default_factory=dict)
    arrived: Counter[int] = field(default_factory=Counter)
    started: Counter[int] = field(default_factory=Counter)
    finished: Counter[int] = field(default_factory=Counter)
    last_start: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)
    done: dict[int, Done] = field(default_factory=dict)
    stop: Stop = field(default_factory=Stop)
    stoppable: bool = False
    is_on: bool = False
    """The first prompt was sent: from now on things go wrong."""


class ModelServer:
    """One server, and the network before it."""

    def __init__(self, world: World, *, takes_ids: bool = True, has_sockets: bool = True) -> None:
        self.world = world
        self.takes_ids = takes_ids
        self.has_sockets = has_sockets
        self.away_until = 0.0
        self.epoch = 0
        self.number = 0
        self.queue: list[list[Any]] = []
        self.running: list[Any] | None = None
        self.history: dict[str, Any] = {}
        self.sockets: dict[str, Socket] = {}

    # --- the network ---

    async def exchange(self, method: str, path: str, content: Any) -> tuple[int, Any]:
        """A request on its way: what it meets is chosen."""
        world = self.world
        await asyncio.sleep(0.01)
        is_submission = (method, path) == ("POST", "/prompt")
        world.is_on = world.is_on or is_submission
        if world.clock.now < self.away_until:
            await asyncio.sleep(REFUSAL)
            raise NotConnectedError from ConnectionRefusedError(111, "refused")
        fault = FINE
        if world.is_on:
            options = SUBMITTING if is_submission else ASKING
            stops = (STOP,) if world.stoppable and not world.stop.is_requested else ()
            fault = world.chooser.choose((*options, *stops), f"{method} {path.partition('?')[0][:9]}")
        self._suffer(fault, lambda: self.answer(method, path, content))
        if fault.startswith(("refused", "away")):
            raise NotConnectedError from ConnectionRefusedError(111, "refused")
        if fault.startswith(("lost", "restart, ")):
            raise BrokenError from ConnectionResetError(104, "reset")
        if fault.startswith(("503", "504")):
            return int(fault[:3]), "gateway"
        answer = self.answer(method, path, content)
        if fault.startswith("answer lost"):
            raise BrokenError from ConnectionResetError(104, "reset")
        return answer

    def _suffer(self, fault: str, arrive: Callable[[], Any]) -> None:
        """What a fault does to the server; ``arrive`` is the request that it hits."""
        loop = asyncio.get_running_loop()
        for word in fault.split(", "):
            kind, _, seconds = word.partition(" ")
            if kind == "away":
                self.leave(float(seconds))
            elif kind == "late":
                loop.call_later(float(seconds), arrive)
            elif kind == "restart":
                self.restart()
            elif kind == "restarted":
                loop.call_at(self.away_until, self.restart)
            elif kind == "forget":
                self.history.clear()
            elif kind == STOP:
                self.world.stop.request()

    def leave(self, seconds: float) -> None:
        self.away_until = self.world.clock.now + seconds
        self._close_sockets()

    def restart(self) -> None:
        self.epoch += 1
        self.queue, self.running, self.history, self.number = [], None, {}, 0
        self._close_sockets()

    def _close_sockets(self) -> None:
        for socket in list(self.sockets.values()):
            socket.close()
        self.sockets.clear()

    # --- the server ---

    def answer(self, method: str, path: str, content: Any) -> tuple[int, Any]:
        body = json.loads(content) if content else {}
        words = path.partition("?")[0].strip("/").split("/")
        if (method, words) == ("POST", ["prompt"]):
            return 200, self._take(body)
        if words[:2] == ["api", "jobs"]:
            return (200, {"cancelled": self._cancel(words[2])}) if self.takes_ids else (404, "")
        if method == "POST":
            for prompt_id in [*body.get("delete", []), body.get("prompt_id")]:
                self._cancel(prompt_id)
            return 200, ""
        if words == ["queue"]:
            return 200, {
                "queue_running": [self.running] if self.running else [],
                "queue_pending": self.queue,
            }
        if words[0] == "history":
            known = words[1:] or list(self.history)
            return 200, {one: self.history[one] for one in known if one in self.history}
        return 200, {"exec_info": {"queue_remaining": len(self.queue) + (self.running is not None)}}

    def _take(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self.number += 1
        prompt_id = body["prompt_id"] if self.takes_ids else str(uuid.uuid4())
        extra = {**body["extra_data"], "client_id": body["client_id"]}
        self.queue.append([self.number, prompt_id, body["prompt"], extra, ["1"]])
        self.world.arrived[_job(body["prompt"])] += 1
        self._next()
        return {"prompt_id": prompt_id, "number": self.number, "node_errors": {}}

    def _next(self) -> None:
        if self.running is not None or not self.queue:
            return
        self.running = self.queue.pop(0)
        job = _job(self.running[2])
        self.world.started[job] += 1
        self.world.last_start[job] = self.world.clock.now
        self._say("execution_start")
        asyncio.get_running_loop().call_later(SECONDS, self._finish, self.epoch, self.running)

    def _finish(self, epoch: int, item: list[Any], how: str = "success") -> None:
        if epoch != self.epoch or self.running is not item:
            return
        if how == "success":
            self.world.finished[_job(item[2])] += 1
        self._say(f"execution_{how}")
        messages = [["execution_start", {}], [f"execution_{how}", {"prompt_id": item[1]}]]
        status = {"status_str": "success" if how == "success" else "error", "messages": messages}
        self.history[item[1]] = {"prompt": item, "outputs": {}, "status": status}
        self._say("executing")
        self.running = None
        self._next()

    def _cancel(self, prompt_id: str | None) -> bool:
        waiting = [item for item in self.queue if item[1] == prompt_id]
        self.queue = [item for item in self.queue if item[1] != prompt_id]
        if self.running is not None and self.running[1] == prompt_id:
            self._finish(self.epoch, self.running, "interrupted")
            return True
        return bool(waiting)

    def _say(self, kind: str) -> None:
        assert self.running is not None
        socket = self.sockets.get(self.running[3]["client_id"])
        if socket is not None:
            socket.put(json.dumps({"type": kind, "data": {"prompt_id": self.running[1], "node": None}}))


def _job(prompt: Mapping[str, Any]) -> int:
    number: int = prompt["1"]["inputs"]["job"]
    return number


class Socket:
    """The client's end of a WebSocket."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[str | None] = asyncio.Queue()

    def put(self, message: str) -> None:
        self._messages.put_nowait(message)

    def close(self) -> None:
        self._messages.put_nowait(None)

    async def send(self, message: str) -> None:
        """Nothing that the client says matters."""

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[str]:
        while (message := await self._messages.get()) is not None:
            yield message


def play(
    chooser: Chooser,
    *,
    jobs: int = 1,
    servers: int = 1,
    at_least_once: bool = False,
    stoppable: bool = False,
    takes_ids: bool = True,
    has_sockets: bool = True,
) -> World:
    """Run so many jobs on so many servers; returns when nothing more can happen anywhere."""
    world = World(chooser, stoppable=stoppable)
    for number in range(servers):
        server = ModelServer(world, takes_ids=takes_ids, has_sockets=has_sockets)
        world.servers[f"http://127.0.0.1:{9000 + number}"] = server

    class Wire:
        """In the place of ``HttpClient``."""

        def __init__(self, access: Access, *_: object) -> None:
            self.server = world.servers[access.base]

        async def aclose(self) -> None:
            pass

        @asynccontextmanager
        async def stream(
            self, method: str, target: str, *, content: Any, **_: object
        ) -> AsyncIterator[Response]:
            status, body = await self.server.exchange(method, target, content)

            async def pieces() -> AsyncIterator[bytes]:
                yield json.dumps(body).encode()

            yield Response(status, {}, pieces())

    async def open_socket(_access: Access, url: str, **_: object) -> Socket:
        base, client = url.replace("ws://", "http://").split("/ws?clientId=")
        server = world.servers[base]
        if not server.has_sockets or world.clock.now < server.away_until:
            raise ConnectionRefusedError(111, "refused")
        server.sockets[client] = socket = Socket()
        return socket

    random.seed(0)
    with (
        mock.patch("comfyc.running.http.client.HttpClient", Wire),
        mock.patch("comfyc.running.client.listen.open_socket", open_socket),
        mock.patch("time.monotonic", world.clock.time),
    ):
        loop = asyncio.SelectorEventLoop(world.clock)
        try:
            loop.run_until_complete(_run_all(world, jobs, at_least_once))
        finally:
            loop.close()
    return world


async def _run_all(world: World, jobs: int, at_least_once: bool) -> None:
    servers = [Server(base, pace=PACE) for base in world.servers]
    for server in servers:
        await server.__aenter__()
    pool = Pool(servers, at_least_once=at_least_once)
    async for done in pool.run([_piece(job) for job in range(jobs)], stop=world.stop):
        assert done.index not in world.done
        world.done[done.index] = done
        world.ended[done.index] = world.clock.now
    for server in servers:
        await server.__aexit__(None, None, None)
    await asyncio.sleep(100 + SECONDS * jobs)  # what a gateway still holds arrives, and runs


def _piece(job: int) -> Piece:
    """As the command line makes them (cli/running.py)."""
    order = Order({"1": {"class_type": "X", "inputs": {"job": job}}}, prompt_id=str(uuid.uuid4()))

    async def make(server: Server, stop: Stop) -> Run:
        return await server.run(order, stop=stop)

    async def resume(server: Server, prompt_id: str, stop: Stop) -> Run:
        return await server.wait(prompt_id, stop=stop, is_ours=True)

    return Piece(make, resume=resume)
