"""Every command against a server that answers each question with what no server should say.

Whatever it says, there is an exit code that is documented, no traceback, and nothing that a terminal or a CI
system obeys. Each answer stands alone: the rest of what the server says is sound.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from comfyc.catalog import Catalog
from comfyc.running import Pace
from comfyc.safety.escaping import visible
from tests.in_process import Ended, comfyc
from tests.reports import as_command
from tests.server.fake import FakeComfy, Faults
from tests.server.running import pace
from tests.server.scripts import load_script
from tests.server.test_cli_run import WORKFLOW

ID = "6f1f0000-0000-4000-8000-000000000001"
STEERING = "\x1b[31mA\x9b2J\x7f\u202eB\u2066\u200b\u2028::error::C\n::error::D\n##[error]E\r##teamcity[F]"
VALUES: dict[str, str] = {
    "null": "null",
    "true": "true",
    "minus infinity": "-Infinity",
    "not a number": "NaN",
    "largest": "1.7e308",
    "smallest": "-5e-324",
    "400 digits": "9" * 400,
    "5000 digits": "9" * 5000,
    "empty": '""',
    "blank": '" \\t "',
    "steering": json.dumps(STEERING),
    "half a character": '"\\ud800"',
    "long": '"' + "x" * 120_000 + '"',  # a text of a message may have 100,000 characters
    "list": "[]",
    "object": "{}",
    "lists": "[" * 900 + "]" * 900,
    "objects": '{"a":' * 900 + "1" + "}" * 900,
    "many": "[" + "0," * 32_000 + "0]",  # eight times this: more values than a message may have
}
KINDS = ("EmptyImage", "ImageScale", "SaveImage", "LoadImage", "PreviewImage")
X = "@X@"
QUEUED = [X, ID, {"1": {"class_type": X, "inputs": X}}, {"client_id": X, "create_time": X}, [X]]
FAILURE = {
    "node_id": X,
    "node_type": X,
    "exception_type": X,
    "exception_message": X,
    "traceback": [X],
    "current_inputs": {"a": X},
    "current_outputs": X,
    "executed": X,
    "timestamp": X,
}
FILE = {"filename": X, "subfolder": X, "type": X}
OUTPUT = {
    "images": [FILE, {**FILE, "filename": "a.png", "type": "output"}, X],
    "text": [X],
    "value": X,
    "x": X,
}
ENTRY = {
    "prompt": QUEUED,
    "outputs": {"1": OUTPUT, "2": X},
    "status": {
        "status_str": X,
        "completed": X,
        "messages": [["execution_start", {"timestamp": X}], ["execution_error", FAILURE], [X, X]],
    },
    "meta": X,
}
ERROR = {"type": X, "message": X, "details": X, "extra_info": {"node_id": X, "input_name": X}}
NODE_ERRORS = {"1": {"errors": [ERROR], "dependent_outputs": [X], "class_type": X}, "2": X}
STATE = {"value": X, "max": X, "state": "running", "node_id": X, "display_node_id": X}
SPEC = ["INT", {"default": X, "min": X, "max": X, "step": X, "tooltip": X, "control_after_generate": X}]
NODE = {
    "input": {
        "required": {"a": SPEC, "b": [X, X], "c": [[X, "y"], {"default": X}]},
        "optional": X,
        "hidden": X,
    },
    "input_order": {"required": ["a", X], "optional": X},
    "output": [X],
    "output_name": X,
    "name": X,
    "display_name": X,
    "description": X,
    "python_module": X,
    "category": X,
    "output_node": X,
    "deprecated": X,
    "api_node": X,
    "search_aliases": [X],
}
ANSWERS: dict[str, tuple[int, Any]] = {
    "GET /prompt": (200, {"exec_info": {"queue_remaining": X}}),
    "GET /queue": (200, {"queue_running": [QUEUED, X], "queue_pending": [[X, X, X, X, X], QUEUED]}),
    "GET /history": (200, {ID: ENTRY}),
    "GET /system_stats": (
        200,
        {
            "system": {"comfyui_version": X, "pytorch_version": X, "python_version": X, "x": X},
            "devices": [{"name": X, "vram_free": X, "vram_total": X}, X],
        },
    ),
    "POST /prompt": (200, {"prompt_id": X, "number": X, "node_errors": NODE_ERRORS}),
    "POST /prompt ": (400, {"error": ERROR, "node_errors": NODE_ERRORS}),
    "POST /interrupt": (200, X),
    "POST /queue": (200, X),
    "POST /api/jobs": (200, {"cancelled": X}),
    "GET /object_info": (200, {"EmptyImage": NODE, "Odd": NODE, "None": X}),
    "GET /node_replacements": (
        200,
        {"EmptyImage": [{"new_node_id": X, "old_node_id": X, "input_mapping": X}]},
    ),
}
MESSAGES: dict[str, Any] = {
    "status": {"status": {"exec_info": {"queue_remaining": X}}, "sid": X},
    "execution_start": {"prompt_id": ID, "timestamp": X},
    "execution_cached": {"prompt_id": ID, "nodes": [X, "1"]},
    "executing": {"prompt_id": ID, "node": X, "display_node": X},
    "progress": {"prompt_id": ID, "node": "1", "value": X, "max": X},
    "progress ": {"prompt_id": ID, "node": "1", "value": 1, "max": X},
    "progress_state": {"prompt_id": ID, "nodes": {"1": STATE, "2": X}},
    "executed": {"prompt_id": ID, "node": "1", "display_node": X, "output": OUTPUT},
    "execution_error": {"prompt_id": ID, **FAILURE, "exception_type": "ExecutionBlocked"},
    "unknown": X,
}
SOON = ("--timeout", "1", "--idle-timeout", "1")
COMMANDS: dict[str, tuple[str | Path, ...]] = {
    "status": ("status",),
    "status as JSON": ("status", "--json"),
    "queue": ("queue", "--anyone"),
    "queue as JSON": ("queue", "--anyone", "--json"),
    "cancel": ("cancel", ID, "--anyone"),
    "interrupt": ("interrupt", "--anyone"),
    "wait": ("wait", ID, "--progress", "plain", *SOON),
    "wait as JSON": ("wait", ID, "--json", "--progress", "json", *SOON),
    "run": ("run", WORKFLOW, "--refresh", "--progress", "live", *SOON),
    "run as JSON": ("run", WORKFLOW, "--refresh", "--json", "--progress", "json", *SOON),
    "submit": ("run", WORKFLOW, "--refresh", "--no-wait"),
    "validate": ("validate", WORKFLOW, "--refresh"),
    "validate for GitHub": ("validate", WORKFLOW, "--refresh", "--format", "concise"),
    "inputs": ("inputs", WORKFLOW, "--refresh"),
    "catalog show": ("catalog", "show", "Odd", "--refresh"),
}
STATUS, QUEUE = ("status", "status as JSON"), ("queue", "queue as JSON")
WAIT, RUN = ("wait", "wait as JSON"), ("run", "run as JSON")
VALIDATE = ("validate", "validate for GitHub")
ASKED: dict[str, list[tuple[str, ...]]] = {
    "GET /prompt": [STATUS],
    "GET /queue": [QUEUE, ("cancel",), ("interrupt",), ("wait", "run as JSON")],
    "GET /history": [WAIT, RUN],
    "GET /system_stats": [STATUS],
    "POST /prompt": [RUN, ("submit",)],
    "POST /prompt ": [RUN],
    "POST /interrupt": [("interrupt",)],
    "POST /queue": [("cancel",)],
    "POST /api/jobs": [("cancel",)],
    "GET /object_info": [VALIDATE, ("inputs",), ("catalog show", "run as JSON")],
    "GET /node_replacements": [("validate", "run")],
}
"""Who asks for what; commands that make much the same of the answer stand together."""


def filled(template: Any, value: str, prompt_id: str = ID) -> str:
    """The template as JSON with a value wherever it has a place for one, as a key too."""
    text = json.dumps(template).replace(ID, prompt_id)
    if value.startswith('"'):
        text = text.replace('{"a":', "{" + value + ":")
    return text.replace(f'"{X}"', value)


@contextmanager
def thread_of(server: FakeComfy) -> Iterator[None]:
    """The server in a thread of its own, since a command blocks this one."""
    ready: Future[None] = Future()
    over = threading.Event()

    async def serve() -> None:
        async with server:
            ready.set_result(None)
            while not over.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        ready.result(30)
        yield
    finally:
        over.set()
        thread.join(30)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands that do not wait for long and look around rarely, on a machine of their own."""
    quick = pace(
        retry=0.1,
        poll=0.1,
        read=5.0,
        submit=5.0,
        unreachable=0.3,
        poll_live=0.1,
        dead_worker=0.5,
        idle=0.5,
        grace=0.2,
    )
    values = tuple(getattr(quick, field.name) for field in dataclasses.fields(Pace))
    monkeypatch.setattr(Pace.__init__, "__defaults__", values)
    monkeypatch.setenv("COMFYC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def serving(value: str, spoilt: str = "") -> FakeComfy:
    """A server whose one answer is spoilt; the rest is sound."""
    script = load_script("02_image_run")
    faults = Faults()
    fake = FakeComfy(script, faults)

    def answer(status: int, template: Any) -> Callable[[web.Request], Any]:
        async def give(request: web.Request) -> web.Response:
            if request.method == "POST" and "prompt" in request.path and status == 200:
                await fake._post_prompt(request)
            latest = fake.accepted[-1] if fake.accepted else ID
            body = filled(
                template, value, request.path.rpartition("/")[2] if "history" in request.path else latest
            )
            return web.Response(text=body, status=status, content_type="application/json")

        return give

    for path in ("GET /object_info", "GET /node_replacements"):
        faults.answers[path] = sound(path)
    if spoilt:
        faults.answers[spoilt.strip()] = answer(*ANSWERS[spoilt])
    return fake


@functools.cache
def definitions() -> dict[str, Any]:
    catalog = Catalog.load()
    return {kind: catalog.info(kind) for kind in KINDS}


def sound(path: str) -> Callable[[web.Request], Any]:
    async def give(request: web.Request) -> web.Response:
        return web.json_response(definitions() if "object" in path else {})

    return give


def check(ended: Ended, command: str) -> None:
    told = f"{command}: {ended.code}\n{ended.out[:2000]}\n{ended.err[:4000]}"
    assert ended.code in (0, 1, 2), told
    assert "Traceback" not in ended.err, told
    live = "live" in COMMANDS[command]
    for line in (ended.out if live else ended.out + ended.err).split("\n"):
        assert visible(line.replace("\t", "")) == line.replace("\t", ""), repr(line[:300])
        assert as_command(line) is None, line[:300]
    if "as JSON" in command:
        for line in filter(None, ended.out.split("\n")):
            json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    if "json" in COMMANDS[command]:
        for line in filter(None, ended.err.split("\n")):
            json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def asking(path: str, value: str) -> list[str]:
    """The commands that ask this. Texts go through all, and other values through one or the other of those
    that stand together."""
    turn = list(VALUES).index(value)
    is_text = VALUES[value].startswith('"')
    return [each for group in ASKED[path] for each in (group if is_text else [group[turn % len(group)]])]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("path", ASKED)
def test_no_answer_does_any_harm(path: str, value: str) -> None:
    with thread_of(server := serving(VALUES[value], path)):
        for command in asking(path, value):
            check(comfyc(*COMMANDS[command], "--server", server.url), command)
    for file in Path().rglob("*"):
        assert visible(str(file)) == str(file)
        assert "##" not in str(file)


LAST = {"type": "progress", "data": {"prompt_id": ID, "node": "1", "value": 7, "max": 4711}}
"""What is said after all others: a display that shows it has listened to them all."""


@pytest.mark.parametrize("message", MESSAGES)
def test_no_message_does_any_harm(message: str) -> None:
    """With one value after the other; the second command hears them the other way round."""
    template = {"type": message.strip(), "data": MESSAGES[message]}
    values = list(VALUES.values())
    server = serving("")
    server.faults.said = lambda prompt_id: [
        *(filled(template, value, prompt_id) for value in values),
        filled(LAST, "", prompt_id),
    ]
    with thread_of(server):
        for command in ("run", "run as JSON"):
            ended = comfyc(*COMMANDS[command], "--server", server.url)
            check(ended, command)
            assert command == "run" or "4711" in ended.err, ended.err[-2000:]
            values.reverse()


HEADERS = ["-1", "9" * 400, "NaN", "1e3", "\x1b[31m", "::error::x", "x" * 60_000, "5, 6", ""]


@pytest.mark.parametrize("value", HEADERS)
@pytest.mark.parametrize("name", ["Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding"])
def test_no_header_does_any_harm(name: str, value: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\n{name}: {value}\r\nConnection: close\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            for command in ("status", "queue", "wait", "validate"):
                call = (*COMMANDS[command], "--server", address)
                check(await asyncio.to_thread(comfyc, *call), command)

    asyncio.run(main())


def test_a_sound_server_is_all_right() -> None:
    """Otherwise the tests above would show nothing."""
    for command in ("run", "run as JSON", "submit", "validate", "inputs", "status", "queue"):
        with thread_of(server := serving("")):
            assert comfyc(*COMMANDS[command], "--server", server.url).code == 0, command
