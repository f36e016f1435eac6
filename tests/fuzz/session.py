"""What a server says, as fuzzed: the messages of a run, and the answers to each question."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import unicodedata
import zlib
from typing import Any
from unittest import mock

import httpcore

from comfyc.diagnostics import ComfycError
from comfyc.running.client.client import get_history, get_queue, get_remaining, get_status
from comfyc.running.client.wire import parse
from comfyc.running.display.bars import RunCount, rows_of
from comfyc.running.display.board import Board
from comfyc.running.display.progress import json_line, words_for
from comfyc.running.following.history import read_entry
from comfyc.running.following.tracker import Tracker
from comfyc.running.http.access import open_access
from comfyc.running.http.counting import CountedStream, CountingBackend
from comfyc.running.http.pace import Pace, ServerLimits
from comfyc.running.http.transport import Http, HttpAnswer
from comfyc.running.records.events import Event, event_to_json
from comfyc.running.records.out_folder import safe_parts
from comfyc.running.records.outcome import Run, read_outputs, run_to_json
from comfyc.running.records.redaction import redacted
from tests.in_process import comfyc

PROMPT_ID = "7f618ed4-fb4c-4cf6-a8f5-e480a028e804"
TOKEN = "s3cret-t0ken"
LIMIT = 1000


def play(data: bytes) -> None:
    """A recorded session, a list of steps: its messages, its history, and each step as the answer to all
    that a client asks."""
    try:
        steps = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        return
    access = open_access("http://127.0.0.1:9", token=TOKEN)
    tracker, board, now = Tracker(PROMPT_ID, LIMIT), Board("fuzzed", {}), 0.0
    for step in steps:
        raw = _raw(step)
        message = parse(raw) if raw is not None else None
        for event in tracker.feed(message, now) if message is not None else ():
            _show(redacted(access, event), board, now)
        now += 0.5
    for step in steps:
        entry = step.get("history")
        if isinstance(entry, dict):
            for one in (entry, entry.get(PROMPT_ID)):
                if isinstance(one, dict):
                    _end(access, one)
    asyncio.run(_ask(steps))


def _raw(step: dict[str, Any]) -> bytes | None:
    """A step as it comes over the WebSocket."""
    if "message" in step:
        return json.dumps(step["message"]).encode()
    if "frame" in step and isinstance(step["frame"], dict):
        metadata = json.dumps(step["frame"]).encode()
        return struct.pack(">II", 4, len(metadata)) + metadata + b"\xff\xd8\xff\xe0"
    return None


def _show(event: Event, board: Board, now: float) -> None:
    board.update(event, now)
    words_for(event)
    json_line(board)(event, now)
    json.dumps(event_to_json(event))
    for row in rows_of(RunCount(2, 0.0, 1), [board], 5, now).rows:
        for text in (row.name, *row.parts):
            if any(character in text for character in "\x1b\n\x85\u202e"):
                raise AssertionError("a control character in the bars")


def _end(access: Any, entry: dict[str, Any]) -> None:
    ending = read_entry(PROMPT_ID, entry)
    outputs, _ = read_outputs(ending.outputs, 1000)
    for _, output in ((node, one) for node, found in outputs.items() for one in found):
        for name in safe_parts(output.subfolder, output.filename):
            if "/" in name or "\\" in name or name in ("", ".", ".."):
                raise AssertionError(f"a file name that leads elsewhere: {name!r}")
    run = Run("success", None, access.base, PROMPT_ID, outputs=outputs, failure=ending.failure)
    run.exit_code()
    json.dumps(run_to_json(redacted(access, run)))


async def _ask(steps: list[dict[str, Any]]) -> None:
    """Each step as the answer to each question that only reads."""
    access = open_access("http://127.0.0.1:9", token=TOKEN)
    http = Http(access, Pace(attempts=1), ServerLimits())
    for step in steps[:3] + steps[-3:]:
        for value in (step, *step.values()):
            body = json.dumps(value).encode()

            async def request(*_: Any, answer: bytes = body, **__: Any) -> HttpAnswer:
                return HttpAnswer(200, answer)

            with mock.patch.object(Http, "request", request):
                for question in (
                    get_queue(http),
                    get_remaining(http),
                    get_status(http),
                    get_history(http, PROMPT_ID),
                ):
                    with contextlib.suppress(ComfycError):
                        repr(await question)


COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("queue", "--anyone"),
    ("queue", "--anyone", "--json"),
    ("cancel", PROMPT_ID, "--anyone"),
    ("cancel", PROMPT_ID, "--json"),
    ("interrupt", "--anyone"),
    ("interrupt", "--anyone", "--json"),
)


def answers(data: bytes) -> None:
    """The commands that ask a server, which has an answer for each path: an object of these."""
    try:
        bodies = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(bodies, dict):
        return

    async def request(http: Http, method: str, path: str, **_: Any) -> HttpAnswer:
        for known, body in bodies.items():
            if path.startswith(known):
                return HttpAnswer(200, json.dumps(body).encode())
        return HttpAnswer(404, b"")

    async def sleep(_seconds: float) -> None:
        pass

    arguments = COMMANDS[zlib.crc32(data) % len(COMMANDS)]
    environment = {"COMFYC_SERVER": "http://127.0.0.1:9", "COMFYC_TOKEN": TOKEN}
    with mock.patch.object(Http, "request", request), mock.patch("asyncio.sleep", sleep):
        ended = comfyc(*arguments, env=environment)
    if ended.code not in (0, 1, 2):
        raise AssertionError(f"exit code {ended.code}")
    for text in (ended.out, ended.err):
        if TOKEN in text:
            raise AssertionError("the token is shown")
        found = [
            one for one in text if one != "\n" and unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        ]
        if found:
            raise AssertionError(f"{found[0]!r} reaches the terminal")
    if "--json" in arguments:
        json.loads(ended.out)


def wire(data: bytes) -> None:
    """What comes over a connection: the answer to a request, and a message of a WebSocket."""
    asyncio.run(_receive(data))
    parse(data)


async def _receive(data: bytes) -> None:
    async def connect_tcp(*_: Any, **__: Any) -> CountedStream:
        return CountedStream(httpcore.AsyncMockStream([data[:1000], data[1000:]]))

    access = open_access("http://127.0.0.1:9", token=TOKEN)
    with mock.patch.object(CountingBackend, "connect_tcp", connect_tcp):
        async with Http(access, Pace(attempts=1), ServerLimits()) as http:
            with contextlib.suppress(ComfycError):
                await http.request("GET", "/prompt")
            with contextlib.suppress(ComfycError):
                async with http.stream("GET", "/view") as response:
                    async for _ in response.aiter_bytes(1 << 20):
                        pass
