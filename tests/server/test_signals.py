"""SIGTERM, SIGHUP and Ctrl-C in every phase of a command: its own exit code, and our prompts taken back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from tests.server.fake import FakeComfy
from tests.server.test_cli_run import PLAIN, RUNNABLE, WORKFLOW, comfyc, end, on, serving, start

pytestmark = pytest.mark.slow

HELD = replace(PLAIN, hold_at=2)
TERM, HUP, INT = SIGNALS = signal.SIGTERM, signal.SIGHUP, signal.SIGINT
"""All three are tried where prompts are taken back; in each of the other phases it is one or two of them."""
Ready = Callable[[], object]


async def hang(request: web.Request) -> web.Response:
    await asyncio.sleep(300)
    return web.Response()


async def until(condition: Ready) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def asked(server: FakeComfy, request: str) -> Ready:
    return lambda: any(line.startswith(request) for line in server.requests)


PHASES = ["GET /object_info", "POST /upload/image", "GET /view"]
"""What a run asks before its prompt is in the queue, and after that."""


@pytest.mark.parametrize(
    ("request_line", "number"),
    [
        (PHASES[0], TERM),
        (PHASES[0], INT),
        (PHASES[1], HUP),
        (PHASES[2], TERM),  # one that is downloaded has ten seconds left
    ],
)
def test_a_signal_while_nothing_of_ours_is_in_the_queue(
    request_line: str, number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "photo.png").write_bytes(b"small")

    async def test(server: FakeComfy) -> None:
        file = RUNNABLE / "02_load_invert_save.json" if "upload" in request_line else WORKFLOW
        photo = ("--set", "LoadImage.image=@photo.png") if "upload" in request_line else ()
        process = await start(tmp_path, "run", file, *photo, "--server", server.url)
        await until(asked(server, request_line))
        process.send_signal(number)
        ended = await end(process)
        assert ended.code == 128 + number
        assert not server.running
        assert not server.pending
        assert bool(server.accepted) is (request_line == "GET /view")

    on(serving(PLAIN, answers={request_line: hang}), test)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_the_prompt_runs_takes_it_back(number: signal.Signals, tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "run", WORKFLOW, "--server", server.url, "--count", "3")
        await until(lambda: server.sent >= 2)
        process.send_signal(number)
        ended = await end(process)
        assert ended.code == 128 + number
        assert server.interrupts == server.accepted
        assert (server.running, server.pending) == ({}, [])

    on(serving(HELD), test)


@pytest.mark.parametrize("number", [TERM, INT])
def test_a_signal_while_the_answer_to_the_submission_is_awaited(
    number: signal.Signals, tmp_path: Path
) -> None:
    async def test(server: FakeComfy) -> None:
        async def take(request: web.Request) -> web.Response:
            await server._post_prompt(request)
            return await hang(request)

        server.faults.answers["POST /prompt"] = take
        process = await start(tmp_path, "run", WORKFLOW, "--server", server.url)
        await until(lambda: server.running)
        process.send_signal(number)
        ended = await end(process)
        assert ended.code == 128 + number
        assert len(server.bodies) == 1
        assert (server.running, server.pending) == ({}, [])

    on(serving(HELD), test)


@pytest.mark.parametrize("number", [HUP, INT])
def test_a_second_signal_leaves_at_once_with_the_code_of_the_signal(
    number: signal.Signals, tmp_path: Path
) -> None:
    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "run", WORKFLOW, "--server", server.url)
        await until(lambda: server.sent >= 2)
        process.send_signal(number)
        await until(lambda: server.interrupts)
        process.send_signal(number)
        ended = await end(process)
        assert ended.code == 128 + number
        assert f"comfyc wait {server.accepted[0]}" in ended.err

    on(serving(HELD, stall_after=2), test)


@pytest.mark.parametrize("number", [TERM, INT])
def test_signals_without_end_do_not_change_the_exit_code(number: signal.Signals, tmp_path: Path) -> None:
    """A supervisor that is in a hurry sends them until the process is gone: also while Python ends."""

    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "run", WORKFLOW, "--server", server.url)
        await until(lambda: server.sent >= 2)
        ending = asyncio.ensure_future(end(process))
        while not ending.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)  # send_signal would take the exit code away from asyncio
            await asyncio.sleep(0.02)
        assert (await ending).code == 128 + number

    on(serving(HELD), test)


@pytest.mark.parametrize("number", [TERM])
def test_a_signal_while_waiting_leaves_the_prompt_alone(number: signal.Signals, tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        sent = await comfyc(tmp_path, "run", WORKFLOW, "--no-wait", "--server", server.url)
        connections = server.connections
        process = await start(tmp_path, "wait", sent.out.strip(), "--server", server.url)
        await until(lambda: server.connections > connections)
        process.send_signal(number)
        assert (await end(process)).code == 128 + number
        assert (list(server.running), server.interrupts) == (server.accepted, [])

    on(serving(HELD), test)


@pytest.mark.parametrize("number", [HUP])
def test_a_signal_while_a_prompt_to_wait_for_is_looked_for(number: signal.Signals, tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "wait", "some-id", "--server", server.url)
        await until(asked(server, "GET /history/some-id"))
        process.send_signal(number)
        assert (await end(process)).code == 128 + number

    on(serving(answers={"GET /history": hang}), test)


@pytest.mark.parametrize(
    ("command", "request_line", "number"),
    [("queue", "GET /queue", TERM), ("status", "GET /system_stats", INT)],
)
def test_a_signal_while_a_server_is_asked(
    command: str, request_line: str, number: signal.Signals, tmp_path: Path
) -> None:
    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, command, "--server", server.url)
        await until(asked(server, request_line))
        process.send_signal(number)
        ended = await end(process)
        assert (ended.code, ended.err) == (128 + number, "")

    on(serving(answers={request_line: hang}), test)


@pytest.mark.parametrize("number", [HUP, INT])
def test_a_signal_under_json_leaves_an_envelope(number: signal.Signals, tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "queue", "--json", "--server", server.url)
        await until(asked(server, "GET /queue"))
        process.send_signal(number)
        ended = await end(process)
        envelope = json.loads(ended.out)
        assert (ended.code, envelope["exit_code"], envelope["command"]) == (
            128 + number,
            128 + number,
            "queue",
        )
        assert [one["message"] for one in envelope["errors"]] == ["the command was stopped before its end"]

    on(serving(answers={"GET /queue": hang}), test)
