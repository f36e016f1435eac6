"""A ComfyUI server for tests: the real protocol (docs/spec/protocol.md), scripted runs, and faults on demand.

It has the queue, the history, the sockets by client id (with the real server's flaw: the end of an old
connection silences a newer one of the same id), /view, /upload/image and the cancel routes. Prompts do
not run; each plays the script that is next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.server.scripts import Script, load_script

PLAIN = "02_image_run"
Answer = web.StreamResponse


@dataclass
class Faults:
    """What is to go wrong. ``statuses`` and ``posts`` are used up one by one."""

    drop_after: frozenset[int] = frozenset()
    """Cut the connection after so many messages of a run."""
    mute_after: int | None = None
    """Send nothing more after so many messages; the connection stays."""
    stall_after: int | None = None
    """The worker dies after so many messages: the prompt runs forever."""
    refuse_socket: bool = False
    twice: bool = False
    shuffle: int | None = None
    statuses: dict[str, list[int]] = field(default_factory=dict)
    """By the beginning of a path: answer with these first."""
    posts: list[str] = field(default_factory=list)
    """For POST /prompt: "drop" it, "keep-drop" (take it, then cut the connection), "keep-500"."""
    answers: dict[str, Callable[[web.Request], Any]] = field(default_factory=dict)
    """By the beginning of a path: a handler instead of the real one."""
    view: Callable[[web.Request, bytes], Any] | None = None
    down: bool = False
    """Cut every connection."""
    late_history: float = 0.0
    unwanted: list[str | bytes] = field(default_factory=list)
    """Messages to send to everybody at the beginning of a run."""
    said: Callable[[str], list[str]] | None = None
    """More of them, about the prompt of this id."""


class FakeComfy:
    """``async with FakeComfy() as server: ... server.url ...``"""

    def __init__(self, script: Script | str = PLAIN, faults: Faults | None = None, prefix: str = "") -> None:
        self.script = load_script(script) if isinstance(script, str) else script
        self.faults = faults or Faults()
        self.prefix = prefix
        self.token: str | None = None
        self.ssl: ssl.SSLContext | None = None
        self.batches: list[Script] = []
        """What runs after a prompt has ended, put into the queue by the server itself, batch after batch."""
        self.batch_ids: list[str] = []
        self.scripts: dict[str, Script] = {}
        self.files: dict[tuple[Any, Any, Any], bytes] = {}
        self.uploads: list[str] = []
        self.requests: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.accepted: list[str] = []
        self.executed: list[str] = []
        self.interrupts: list[Any] = []
        self.running: dict[str, list[Any]] = {}
        self.pending: list[list[Any]] = []
        self.history: dict[str, Any] = {}
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.connections = 0
        self.release = asyncio.Event()
        self.interrupted = asyncio.Event()
        self.sent = 0
        self._queued = asyncio.Event()
        self._number = 0

    async def __aenter__(self) -> FakeComfy:
        app = web.Application(middlewares=[self._meddle], client_max_size=1 << 30)
        routes: list[tuple[str, str, Any]] = [
            ("GET", "/ws", self._ws),
            ("GET", "/prompt", self._get_prompt),
            ("POST", "/prompt", self._post_prompt),
            ("GET", "/queue", self._get_queue),
            ("POST", "/queue", self._post_queue),
            ("GET", "/history", self._get_all_history),
            ("GET", "/history/{id}", self._get_history),
            ("POST", "/interrupt", self._interrupt),
            ("GET", "/view", self._view),
            ("POST", "/upload/image", self._upload),
            ("GET", "/features", self._features),
            ("GET", "/system_stats", self._stats),
            ("POST", "/api/jobs/{id}/cancel", self._cancel),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, self.prefix + path, handler)
            if method == "GET":
                app.router.add_route("HEAD", self.prefix + path, handler)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.ssl)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"{'https' if self.ssl else 'http'}://127.0.0.1:{port}{self.prefix}"
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)
        for socket in list(self.sockets.values()):
            _cut(socket)
        await self._runner.cleanup()

    async def restart(self) -> None:
        """Lose everything that a restart loses; connections are cut, the next ones are welcome."""
        self.running.clear()
        self.pending.clear()
        self.history.clear()
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)
        for socket in list(self.sockets.values()):
            _cut(socket)
        self._worker = asyncio.create_task(self._work())

    # --- faults ---

    @web.middleware
    async def _meddle(self, request: web.Request, handler: Any) -> Any:
        path = request.path.removeprefix(self.prefix)
        self.requests.append(f"{request.method} {path}")
        if self.faults.down:
            _cut(request)
            return web.Response()
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        for beginning, statuses in self.faults.statuses.items():
            if f"{request.method} {path}".startswith(beginning) and statuses:
                return web.Response(status=statuses.pop(0), text="500 Internal Server Error")
        for beginning, answer in self.faults.answers.items():
            if f"{request.method} {path}".startswith(beginning):
                return await answer(request)
        return await handler(request)

    # --- routes ---

    async def _ws(self, request: web.Request) -> Answer:
        if self.faults.refuse_socket:
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        client = request.query.get("clientId", "")
        self.sockets[client] = socket
        try:
            await self._send(socket, json.dumps({"type": "status", "data": {"status": {}, "sid": client}}))
            item = next((item for item in self.running.values() if item[3].get("client_id") == client), None)
            if item is not None:
                await self._send(socket, json.dumps({"type": "executing", "data": {"node": "1"}}))
            first = True
            async for message in socket:
                if first and message.type == WSMsgType.TEXT and '"feature_flags"' in message.data:
                    await self._send(socket, json.dumps({"type": "feature_flags", "data": {}}))
                first = False
        finally:
            self.sockets.pop(client, None)  # whoever's it is now: the flaw of the real server
        return socket

    async def _get_prompt(self, request: web.Request) -> Answer:
        remaining = len(self.running) + len(self.pending)
        return web.json_response({"exec_info": {"queue_remaining": remaining}})

    async def _post_prompt(self, request: web.Request) -> Answer:
        body = await request.json()
        self.bodies.append(body)
        fault = self.faults.posts.pop(0) if self.faults.posts else ""
        if fault == "drop":
            _cut(request)
            return web.Response()
        post = self.script.renamed(body["prompt_id"]).post
        if "error" in post:
            return web.json_response(post, status=400)
        number = await self.queue(body)
        if fault == "keep-drop":
            _cut(request)
        if fault == "keep-500":
            return web.Response(status=500)
        return web.json_response({**post, "number": number})

    async def queue(self, body: dict[str, Any]) -> int:
        """Put a prompt into the queue; its number."""
        self._number += 1
        number = -self._number if body.get("front") else self._number
        extra = {**body.get("extra_data", {}), "client_id": body.get("client_id")}
        recorded = self.script.history.get("prompt")
        targets = recorded[4] if isinstance(recorded, list) else []
        self.pending.append([number, body["prompt_id"], body["prompt"], extra, targets])
        self.accepted.append(body["prompt_id"])
        self._queued.set()
        return number

    async def _get_queue(self, request: web.Request) -> Answer:
        # Heap order, as the real server: anything but sorted
        return web.json_response(
            {"queue_running": list(self.running.values()), "queue_pending": list(reversed(self.pending))}
        )

    async def _post_queue(self, request: web.Request) -> Answer:
        body = await request.json()
        self.pending = [item for item in self.pending if item[1] not in body.get("delete", [])]
        return web.Response()

    async def _get_history(self, request: web.Request) -> Answer:
        prompt_id = request.match_info["id"]
        return web.json_response({prompt_id: self.history[prompt_id]} if prompt_id in self.history else {})

    async def _get_all_history(self, request: web.Request) -> Answer:
        newest = list(self.history.items())[-int(request.query.get("max_items", 9999)) :]
        return web.json_response(dict(newest))

    async def _interrupt(self, request: web.Request) -> Answer:
        body = await request.json() if request.can_read_body else {}
        self.interrupts.append(body.get("prompt_id"))
        if body.get("prompt_id") is None or body["prompt_id"] in self.running:
            self.interrupted.set()
        return web.Response()

    async def _cancel(self, request: web.Request) -> Answer:
        prompt_id = request.match_info["id"]
        self.interrupts.append(prompt_id)
        was_pending = any(item[1] == prompt_id for item in self.pending)
        self.pending = [item for item in self.pending if item[1] != prompt_id]
        if prompt_id in self.running:
            self.interrupted.set()
        return web.json_response({"cancelled": was_pending or prompt_id in self.running})

    async def _view(self, request: web.Request) -> Answer:
        query = request.query
        key = (query.get("type", "output"), query.get("subfolder", ""), query["filename"])
        data = self.files.get(key)
        if data is None:
            return web.Response(status=404)
        if self.faults.view is not None:
            answer: Answer = await self.faults.view(request, data)
            return answer
        return web.Response(body=data, content_type="application/octet-stream")

    async def _upload(self, request: web.Request) -> Answer:
        form = await request.post()
        image: Any = form["image"]
        data, subfolder = image.file.read(), str(form.get("subfolder", ""))
        name = image.filename
        number = 0
        while self.files.get(("input", subfolder, name), data) != data:
            number += 1
            name = f"({number}) {image.filename}"
        self.files["input", subfolder, name] = data
        self.uploads.append(name)
        return web.json_response({"name": name, "subfolder": subfolder, "type": "input"})

    async def _features(self, request: web.Request) -> Answer:
        return web.json_response({"supports_preview_metadata": True, "max_upload_size": 1000})

    async def _stats(self, request: web.Request) -> Answer:
        return web.json_response({"system": {"comfyui_version": "0.33.0"}, "devices": [{"name": "cpu"}]})

    # --- the worker ---

    async def _work(self) -> None:
        while True:
            while not self.pending:
                self._queued.clear()
                await self._queued.wait()
            item = min(self.pending, key=lambda one: one[0])
            self.pending.remove(item)
            self.running[item[1]] = item
            self.interrupted.clear()
            if self.batches:
                self._queue_batch(item, self.batches.pop(0))
            script = self.scripts.get(item[1], self.script)
            await self._play(script.renamed(item[1]), item[3].get("client_id"))

    def _queue_batch(self, item: list[Any], script: Script) -> None:
        """Queue the same prompt again, as VideoHelperSuite's nodes do while they run."""
        self._number += 1
        batch_id = f"batch-{self._number}"
        self.scripts[batch_id] = script
        self.batch_ids.append(batch_id)
        self.pending.append([-self._number, batch_id, *item[2:]])

    async def _play(self, script: Script, client: str) -> None:
        faults = self.faults
        for noise in faults.unwanted:
            await self._say(client, noise)
        for text in faults.said(script.prompt_id) if faults.said is not None else ():
            await self._say(client, text)
        steps = list(script.steps)
        if faults.shuffle is not None:
            random.Random(faults.shuffle).shuffle(steps)
        self._note_files(script)
        for number, step in enumerate(steps):
            if faults.stall_after is not None and number >= faults.stall_after:
                await asyncio.Event().wait()
            if script.hold_at == number and not await self._hold():
                await self._end_interrupted(script, client)
                return
            if number == len(steps) - 1:
                await asyncio.sleep(faults.late_history)
                self._write_history(script.prompt_id, script.history)
            if faults.mute_after is None or number < faults.mute_after:
                await self._say(client, step)
                if faults.twice:
                    await self._say(client, step)
            self.sent += 1
            if number + 1 in faults.drop_after and client in self.sockets:
                _cut(self.sockets[client])
            await asyncio.sleep(0)
        self._write_history(script.prompt_id, script.history)

    async def _hold(self) -> bool:
        """Wait for a release (true) or an interrupt (false)."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self.release, self.interrupted)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return self.release.is_set()
        finally:
            for wait in waits:
                wait.cancel()

    async def _end_interrupted(self, script: Script, client: str) -> None:
        data = {"prompt_id": script.prompt_id, "node_id": "1", "node_type": "X", "executed": []}
        await self._say(client, json.dumps({"type": "execution_interrupted", "data": data}))
        status = {"status_str": "error", "completed": False, "messages": [["execution_interrupted", data]]}
        self._write_history(script.prompt_id, {**script.history, "status": status})
        final = {"type": "executing", "data": {"node": None, "prompt_id": script.prompt_id}}
        await self._say(client, json.dumps(final))

    def _write_history(self, prompt_id: str, entry: dict[str, Any]) -> None:
        item = self.running.pop(prompt_id, None)
        if item is not None:
            self.executed.append(prompt_id)
            recorded = entry.get("prompt")
            if isinstance(recorded, list) and len(recorded) > 3:  # whose it was, as the real server says
                is_batch = prompt_id in self.scripts
                prompt = item[2] if is_batch or not recorded[2] else recorded[2]
                entry = {**entry, "prompt": [item[0], prompt_id, prompt, item[3], *recorded[4:]]}
            self.history[prompt_id] = entry

    def _note_files(self, script: Script) -> None:
        """Everything that the script puts out can be viewed."""
        for value in _files(script.history.get("outputs")):
            key = (value.get("type"), value.get("subfolder"), value["filename"])
            self.files.setdefault(key, json.dumps(value).encode() * 20)

    async def _say(self, client: str, step: str | bytes) -> None:
        socket = self.sockets.get(client)
        if socket is not None:
            await self._send(socket, step)

    async def _send(self, socket: web.WebSocketResponse, step: str | bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await (socket.send_str(step) if isinstance(step, str) else socket.send_bytes(step))


def _files(value: Any) -> Iterator[dict[str, Any]]:
    """Everything in a record of outputs that names a file."""
    if isinstance(value, dict) and "filename" in value:
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _files(member)


def _cut(connection: web.Request | web.WebSocketResponse) -> None:
    """Break a connection off without a word."""
    request = connection if isinstance(connection, web.Request) else connection._req
    transport = request.transport if request is not None else None
    if transport is not None:
        transport.abort()
