"""Every prompt that is or may be on a server can be found again: by its id, and the command for that."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from comfyc import codes
from comfyc.collector import Collector
from comfyc.running import Order, Run, Server, run_to_json
from comfyc.running.client.stop import Stop
from comfyc.running.faults import run_diagnostics
from comfyc.running.http.access import wait_command
from comfyc.running.servers.pool import Done, Piece, Pool
from tests.server.fake import FakeComfy, Faults
from tests.server.running import PROMPT, QUICK, files_in, pace, run_async, run_on
from tests.server.scripts import Script, load_script, made_script
from tests.server.test_cli_run import WORKFLOW, comfyc, end, on, serving, start

FILE = {"filename": "a.png", "subfolder": "", "type": "output"}
PLAIN = made_script({"3": {"images": [FILE]}})


def test_the_command_names_a_server_that_is_not_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMFYC_SERVER", raising=False)
    assert wait_command("ab-1", "http://127.0.0.1:8188") == "comfyc wait ab-1"
    assert wait_command("ab-1", "http://gpu:1/x") == "comfyc wait ab-1 --server http://gpu:1/x"
    assert wait_command("a b;c", "http://gpu:1") == "comfyc wait 'a b;c' --server http://gpu:1"
    monkeypatch.setenv("COMFYC_SERVER", "http://elsewhere")
    assert wait_command("ab-1", "http://127.0.0.1:8188").endswith("--server http://127.0.0.1:8188")


# --- answers to a submission that cannot be read ---

CUT = ['{"prompt_id": "00000000-0000-4', "", "{", '{"number": 3}', "<html>gateway</html>", '"taken"']


def keeping(fake: FakeComfy, body: str) -> None:
    """Let the server take the prompt and answer with this instead."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await fake._post_prompt(request)
        return web.Response(text=body)

    fake.faults.answers["POST /prompt"] = answer


@pytest.mark.parametrize("body", CUT)
def test_a_prompt_whose_receipt_is_cut_is_found_and_followed(body: str, tmp_path: Path) -> None:
    fake = FakeComfy(PLAIN)
    keeping(fake, body)

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path)

    run = run_async(main)
    assert (run.status, [run.prompt_id]) == ("success", fake.accepted)
    assert len(fake.bodies) == 1
    assert files_in(tmp_path) == ["a.png"]


@pytest.mark.parametrize("body", CUT)
def test_a_prompt_that_is_not_found_after_that_is_not_sent_again(body: str) -> None:
    posts: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        posts.append((await request.json())["prompt_id"])
        return web.Response(text=body)

    fake = FakeComfy(PLAIN, Faults(answers={"POST /prompt": answer}))

    async def main() -> Run:
        async with fake:
            return await run_on(fake, pace=pace(undecided=0.1))

    run = run_async(main)
    assert (run.status, run.reason, [run.prompt_id]) == ("unknown", "undecided", posts)
    found = Collector()
    run_diagnostics(run, found, lambda node, name: ((), None))
    assert [one.rule for one in found] == [codes.RUN_UNKNOWN]
    assert f"comfyc wait {posts[0]} --server {fake.url}" in str(next(iter(found)).hint)


def test_a_prompt_that_cannot_be_looked_for_keeps_its_id(tmp_path: Path) -> None:
    fake = FakeComfy(PLAIN, Faults(refuse_socket=True))

    async def answer(request: web.Request) -> web.StreamResponse:
        await fake._post_prompt(request)
        fake.faults.down = True
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    fake.faults.answers["POST /prompt"] = answer

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path, pace=pace(unreachable=0.3, poll_live=0.1))

    run = run_async(main)
    assert (run.status, run.reason, run.exit_code()) == ("unknown", "unreachable", 2)
    assert [run.prompt_id] == fake.accepted
    assert run_to_json(run)["wait"] == f"comfyc wait {run.prompt_id} --server {fake.url}"


def test_a_server_that_comes_back_still_has_it(tmp_path: Path) -> None:
    fake = FakeComfy(PLAIN)

    async def answer(request: web.Request) -> web.StreamResponse:
        await fake._post_prompt(request)
        fake.faults.down = True
        asyncio.get_running_loop().call_later(0.3, setattr, fake.faults, "down", False)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    fake.faults.answers["POST /prompt"] = answer

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path)

    run = run_async(main)
    assert (run.status, len(fake.bodies)) == ("success", 1)
    assert files_in(tmp_path) == ["a.png"]


# --- what is told ---


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("10_execution_error", {}),
        (Script(PLAIN.prompt_id, PLAIN.post, PLAIN.steps, PLAIN.history, 3), {"total": 0.2}),
    ],
    ids=["failed", "timeout"],
)
def test_a_run_that_ended_badly_names_the_command(script: Any, options: dict[str, Any]) -> None:
    fake = FakeComfy(script)

    async def main() -> Run:
        async with fake:
            return await run_on(fake, pace=pace(**options))

    run = run_async(main)
    found = Collector()
    run_diagnostics(run, found, lambda node, name: ((node,), None))
    assert any(f"comfyc wait {run.prompt_id} --server {fake.url}" in str(one.hint) for one in found)
    assert all(one.data["wait"] == run.wait for one in found if "prompt_id" in one.data)


@pytest.mark.slow
def test_every_json_record_names_the_prompt_and_the_command(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--json", "--server", server.url)
        keeping(server, "{")
        cut = await comfyc(tmp_path, "run", WORKFLOW, "--json", "--server", server.url)
        server.faults.answers["POST /prompt"] = unreadable
        unknown = await start(tmp_path, "run", WORKFLOW, "--json", "--server", server.url)
        await until(lambda: server.requests.count("POST /prompt") == 3)
        unknown.send_signal(signal.SIGTERM)  # or it would be looked for for a minute
        lost = await end(unknown)
        assert (ended.code, cut.code, lost.code) == (0, 0, 143)
        for one, prompt_id in zip((ended, cut), server.accepted, strict=True):
            record = json.loads(one.out)
            assert record["prompt_id"] == prompt_id
            assert record["wait"] == f"comfyc wait {prompt_id} --server {server.url}"
        record = json.loads(lost.out)
        assert (record["status"], record["reason"], record["exit_code"]) == ("unknown", "undecided", 2)
        assert record["wait"] == f"comfyc wait {record['prompt_id']} --server {server.url}"
        assert record["wait"] in lost.err

    async def unreadable(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.Response(text="{")

    on(serving(PLAIN), test)


@pytest.mark.slow
def test_a_rejection_is_no_success_without_waiting_either(tmp_path: Path) -> None:
    post = {"error": {"type": "prompt_no_outputs", "message": "Prompt has no outputs", "details": ""}}

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--no-wait", "--server", server.url)
        assert (ended.code, ended.out) == (1, "")
        assert "S401" in ended.err

    on(serving(Script(PLAIN.prompt_id, post, ())), test)


def test_waiting_for_many_prompts_passes_over_one_that_is_not_there(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        server.history["known"] = PLAIN.renamed("known").history
        server.files["output", "", "a.png"] = b"a"
        words = ("wait", "unknown", "known", "--json", "--server", server.url)
        ended = await comfyc(tmp_path, *words)
        assert ended.code == 2
        missing, found = map(json.loads, ended.out.splitlines())
        assert found["status"] == "success"
        assert (missing["prompt_id"], missing["wait"]) == (
            "unknown",
            f"comfyc wait unknown --server {server.url}",
        )
        assert files_in(tmp_path) == ["a.png"]

    on(serving(PLAIN), test)


# --- a server that goes away with a prompt ---


def pooled(
    fake: FakeComfy, meanwhile: Callable[[], Any], stop: Stop | None = None, *, at_least_once: bool = False
) -> Done:
    async def make(server: Server, stop: Stop) -> Run:
        return await server.run(Order(PROMPT), stop=stop)

    async def resume(server: Server, prompt_id: str, stop: Stop) -> Run:
        return await server.wait(prompt_id, stop=stop, is_ours=True)

    async def main() -> Done:
        short = pace(unreachable=0.3, poll_live=0.1)
        async with fake, Server(fake.url, pace=short) as server:
            other = asyncio.create_task(meanwhile())
            pieces = [Piece(make, resume=resume)]
            pool = Pool([server], pace=QUICK, at_least_once=at_least_once)
            (done,) = [one async for one in pool.run(pieces, stop=stop)]
            await other
            return done

    return run_async(main)


def held() -> FakeComfy:
    script = load_script("08_progress_with_metadata_preview")
    return FakeComfy(Script(script.prompt_id, script.post, script.steps, script.history, 8))


def test_a_prompt_that_was_left_there_is_taken_up_and_not_sent_again() -> None:
    fake = held()

    async def away() -> None:
        await until(lambda: fake.sent >= 8)
        fake.faults.down = True
        for socket in list(fake.sockets.values()):
            await socket.close()
        await asyncio.sleep(1.0)
        fake.release.set()
        fake.faults.down = False

    done = pooled(fake, away)
    assert done.run is not None
    assert done.run.status == "success"
    assert len(fake.bodies) == 1
    assert done.moved == ((fake.url, "unreachable"),)


@pytest.mark.parametrize("at_least_once", [False, True])
def test_a_prompt_that_is_gone_when_the_server_is_back_is_sent_again_on_demand(at_least_once: bool) -> None:
    fake = held()

    async def away() -> None:
        await until(lambda: fake.sent >= 8)
        fake.faults.down = True
        await fake.restart()
        await asyncio.sleep(1.0)
        fake.release.set()
        fake.faults.down = False

    done = pooled(fake, away, at_least_once=at_least_once)
    assert done.run is not None
    if at_least_once:
        assert (done.run.status, len(fake.bodies), len(fake.executed)) == ("success", 2, 1)
    else:
        assert (done.run.status, done.run.reason, len(fake.bodies)) == ("lost", "restarted", 1)


def test_a_stop_while_the_server_is_away_tells_what_was_left_there() -> None:
    fake, stop = held(), Stop()

    async def away() -> None:
        await until(lambda: fake.sent >= 8)
        fake.faults.down = True
        for socket in list(fake.sockets.values()):
            await socket.close()
        await asyncio.sleep(1.0)
        stop.request()

    done = pooled(fake, away, stop)
    assert done.run is not None
    assert (done.run.reason, [done.run.prompt_id]) == ("unreachable", fake.accepted)


@pytest.mark.slow
def test_a_prompt_that_is_only_submitted_is_not_sent_twice(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            await server._post_prompt(request)
            server.faults.down = True
            asyncio.get_running_loop().call_later(6, setattr, server.faults, "down", False)
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        server.faults.answers["POST /prompt"] = answer
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--no-wait", "--server", server.url)
        assert len(server.bodies) == 1
        assert (ended.code, ended.out.split()) == (0, server.accepted)

    on(serving(PLAIN), test)


@pytest.mark.slow
def test_of_a_prompt_that_was_made_again_only_the_last_files_are_saved_and_it_is_told(tmp_path: Path) -> None:
    first = made_script({"1": {"images": [{**FILE, "filename": "lost.png"}]}, "3": {"images": [FILE]}})

    async def test(server: FakeComfy) -> None:
        task = asyncio.create_task(
            comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, "--out-dir", "out", "--at-least-once")
        )
        await until(lambda: server.sent >= 5)
        server.script = PLAIN
        await server.restart()
        ended = await task
        assert ended.code == 0, ended.err
        assert files_in(tmp_path / "out") == ["a.png"]
        assert codes.MADE_AGAIN.code in ended.err
        assert server.accepted[0] in ended.err

    on(serving(Script(first.prompt_id, first.post, first.steps, first.history, 5)), test)


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.005)
