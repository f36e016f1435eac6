"""The same on a real ComfyUI: COMFYC_SERVER=http://127.0.0.1:8188 pytest -m live tests/server

The server needs no models; it should be idle. Two servers (COMFYC_SERVER2) let the pool be tried as well.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from comfyc import codes
from comfyc.collector import Collector
from comfyc.running import Order, Run, Saving, Server, Stop
from comfyc.running.faults import run_diagnostics
from comfyc.running.records.events import Event, NodeStarted, Queued, Started
from comfyc.running.servers.pool import Pool
from tests.server.running import files_in, run_async
from tests.server.scripts import FIXTURES

SERVER = os.environ.get("COMFYC_SERVER")
pytestmark = [pytest.mark.live, pytest.mark.skipif(not SERVER, reason="COMFYC_SERVER is not set")]
MANIFEST: dict[str, Any] = json.loads((FIXTURES / "runnable" / "manifest.json").read_text("utf-8"))
LONG = 120.0


@asynccontextmanager
async def opened() -> AsyncIterator[Server]:
    async with Server(SERVER) as server:
        yield server


def live_run(order: Order, *, events: list[Event] | None = None, stop: Stop | None = None) -> Run:
    async def main() -> Run:
        async with opened() as server:
            return await server.run(order, on_event=events.append if events is not None else None, stop=stop)

    return run_async(main, LONG)


def picture(color: int, prefix: str = "comfyc_live") -> dict[str, Any]:
    return {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": color},
        },
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


def slow_prompt(nodes: int = 60) -> dict[str, Any]:
    """A chain of blurs, no two the same, each a fraction of a second on a CPU; never cached."""
    color = random.randrange(1 << 24)
    size = {"width": 512, "height": 512, "batch_size": 1}
    prompt: dict[str, Any] = {"0": {"class_type": "EmptyImage", "inputs": {**size, "color": color}}}
    for number in range(1, nodes):
        inputs = {"image": [str(number - 1), 0], "blur_radius": 12, "sigma": 5.0 + number / 100}
        prompt[str(number)] = {"class_type": "ImageBlur", "inputs": inputs}
    last = {"images": [str(nodes - 1), 0]}
    prompt["last"] = {"class_type": "PreviewImage", "inputs": last}
    first = {"images": ["0", 0], "filename_prefix": "comfyc_live_slow"}
    prompt["first"] = {"class_type": "SaveImage", "inputs": first}
    return prompt


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_a_runnable_workflow_gives_what_the_manifest_says(name: str, tmp_path: Path) -> None:
    recorded = MANIFEST[name]
    workflow = json.loads((FIXTURES / "runnable" / name).read_text("utf-8"))
    run = live_run(Order(recorded["api"], workflow, saving=Saving(tmp_path)))
    assert run.status == "success"
    wanted = []
    for node, key, *rest in recorded["outputs"]:
        wanted.append((node, key, rest[0], rest[3]) if len(rest) == 4 else (node, key, rest[0]))
    given: list[tuple[Any, ...]] = []
    for node, one in run.each_output():
        if one.kind == "file":
            assert one.path is not None
            size = Path(one.path).stat().st_size
            given.append((node, one.key, one.type, size))
            assert Path(one.path).suffix == Path(one.filename).suffix
        else:
            given.append((node, one.key, one.text if one.kind == "text" else one.value))
    assert sorted(map(repr, given)) == sorted(map(repr, wanted))
    assert len(files_in(tmp_path)) == len(run.files)


def test_the_workflow_travels_into_the_picture(tmp_path: Path) -> None:
    workflow = {"nodes": [], "extra": {"marker": "ünique"}}
    run = live_run(Order(picture(random.randrange(1 << 24)), workflow, saving=Saving(tmp_path)))
    (path,) = run.paths
    assert b'"marker": "\\u00fcnique"' in Path(path).read_bytes()


def test_an_identical_prompt_is_cached_and_still_downloaded(tmp_path: Path) -> None:
    prompt = picture(random.randrange(1 << 24))
    first = live_run(Order(prompt, saving=Saving(tmp_path)))
    second = live_run(Order(prompt, saving=Saving(tmp_path)))
    assert (first.is_all_cached, second.is_all_cached) == (False, True)
    assert first.paths == second.paths
    assert len(files_in(tmp_path)) == 1


def test_a_stop_interrupts_a_long_run_and_saves_what_is_there(tmp_path: Path) -> None:
    stop = Stop()
    events: list[Event] = []

    async def main() -> Run:
        async with opened() as server:
            order = Order(slow_prompt(), saving=Saving(tmp_path))
            task = asyncio.create_task(server.run(order, on_event=events.append, stop=stop))
            # Once the picture at the beginning is saved, stop
            await until(lambda: any(isinstance(event, NodeStarted) and event.node == "3" for event in events))
            stop.request()
            run = await task
            queue = await server.queue()
            assert queue.find(run.prompt_id) is None
            return run

    run = run_async(main, LONG)
    assert (run.status, run.reason, run.exit_code()) == ("interrupted", "interrupted-by-us", 130)
    assert len(files_in(tmp_path)) == len(run.files)


def test_two_clients_at_once_and_only_ones_prompt_is_interrupted() -> None:
    async def main() -> tuple[Run, Run, list[Event], list[Event]]:
        events: tuple[list[Event], list[Event]] = ([], [])
        stop = Stop()
        async with opened() as mine, opened() as theirs:
            running = asyncio.create_task(
                mine.run(Order(slow_prompt()), on_event=events[0].append, stop=stop)
            )
            await until(lambda: any(isinstance(event, Started) for event in events[0]))
            waiting = asyncio.create_task(
                theirs.run(Order(picture(random.randrange(1 << 24))), on_event=events[1].append)
            )
            await until(lambda: any(isinstance(event, Queued) for event in events[1]))
            stop.request()
            return await running, await waiting, *events

    mine, theirs, my_events, their_events = run_async(main, LONG)
    assert (mine.status, theirs.status) == ("interrupted", "success")
    assert {event.prompt_id for event in my_events} == {mine.prompt_id}
    assert {event.prompt_id for event in their_events} == {theirs.prompt_id}


def test_a_waiting_prompt_is_taken_out_of_the_queue() -> None:
    async def main() -> Run:
        stop = Stop()
        events: list[Event] = []
        async with opened() as server, server.job(Order(slow_prompt())) as job:
            async for event in job:
                if isinstance(event, Started):
                    break
            order = Order(picture(random.randrange(1 << 24)))
            waiting = asyncio.create_task(server.run(order, on_event=events.append, stop=stop))
            await until(lambda: any(isinstance(event, Queued) for event in events))
            stop.request()
            return await waiting

    run = run_async(main, LONG)
    assert (run.status, run.reason) == ("interrupted", "interrupted-by-us")


def test_a_prompt_that_somebody_deletes_is_lost() -> None:
    async def main() -> Run:
        events: list[Event] = []
        async with opened() as server, server.job(Order(slow_prompt())) as job:
            async for event in job:
                if isinstance(event, Started):
                    break
            order = Order(picture(random.randrange(1 << 24)))
            waiting = asyncio.create_task(server.run(order, on_event=events.append))
            await until(lambda: any(isinstance(event, Queued) for event in events))
            await server.cancel(events[0].prompt_id)
            return await waiting

    run = run_async(main, LONG)
    assert (run.status, run.reason) == ("lost", "deleted")


def test_a_detached_prompt_is_waited_for(tmp_path: Path) -> None:
    async def main() -> Run:
        async with opened() as server:
            job = await server.submit(Order(slow_prompt(8)))
            queue = await server.queue()
            item = queue.find(job.prompt_id)
            assert item is not None
            assert item.mine
        async with opened() as server:
            return await server.wait(job.prompt_id, Saving(tmp_path))

    run = run_async(main, LONG)
    assert run.status == "success"
    assert len(files_in(tmp_path)) == 2


def test_a_rejected_prompt_is_told() -> None:
    prompt = picture(0)
    prompt["1"]["inputs"]["width"] = 0
    run = live_run(Order(prompt))
    assert (run.status, run.reason) == ("error", "rejected")
    diagnostics = Collector()
    run_diagnostics(run, diagnostics, lambda node, name: ((), None))
    assert {one.rule for one in diagnostics} == {codes.PROMPT_REJECTED, codes.NODE_REJECTED}
    assert "value 0 smaller than min of 1: width" in [one.message for one in diagnostics]


def test_partial_validation_runs_the_rest(tmp_path: Path) -> None:
    prompt = picture(random.randrange(1 << 24))
    prompt["8"] = {"class_type": "SaveImage", "inputs": {"images": ["9", 0], "filename_prefix": "x"}}
    prompt["9"] = {
        "class_type": "EmptyImage",
        "inputs": {"width": 0, "height": 8, "batch_size": 1, "color": 0},
    }
    run = live_run(Order(prompt, saving=Saving(tmp_path)))
    assert run.status == "success"
    assert list(run.node_errors) == ["9"]
    assert len(files_in(tmp_path)) == 1


def test_a_node_that_fails_is_told(tmp_path: Path) -> None:
    """A text uploaded as a picture: the server finds out when it opens it."""
    fake = tmp_path / "photo.png"
    fake.write_bytes(b"no picture " + random.randbytes(8))
    prompt = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    run = live_run(Order(prompt, files=(("1", "image", str(fake)),)))
    # Some versions check the file while validating, others fail when they run the node
    if run.reason == "rejected":
        assert "1" in run.node_errors
        return
    assert (run.status, run.reason) == ("error", "node-failed")
    assert run.failure is not None
    assert (run.failure.node, run.failure.class_type) == ("1", "LoadImage")
    assert run.failure.exception_type
    assert run.failure.traceback


def test_an_uploaded_picture_is_used_and_not_sent_again(tmp_path: Path) -> None:
    made = live_run(Order(picture(random.randrange(1 << 24)), saving=Saving(tmp_path)))
    photo = Path(made.paths[0])
    prompt = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "old.png"}},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
    }
    sent = []
    for _ in range(2):
        events: list[Event] = []
        run = live_run(
            Order(prompt, files=(("1", "image", str(photo)),), saving=Saving(tmp_path)), events=events
        )
        assert run.status == "success"
        sent.append(getattr(events[0], "sent", None))
    assert sent == [True, False]


def test_a_server_says_how_it_is() -> None:
    async def main() -> None:
        async with opened() as server:
            status = await server.status()
            assert status.system["comfyui_version"]
            assert status.devices

    run_async(main, LONG)


@pytest.mark.skipif("COMFYC_SERVER2" not in os.environ, reason="COMFYC_SERVER2 is not set")
def test_a_pool_of_two_shares_the_work(tmp_path: Path) -> None:
    async def work(server: Server, stop: Stop) -> Run:
        order = Order(picture(random.randrange(1 << 24)), saving=Saving(tmp_path))
        return await server.run(order, stop=stop)

    async def main() -> list[Run | None]:
        async with opened() as one, Server(os.environ["COMFYC_SERVER2"]) as two:
            return [done.run async for done in Pool([one, two]).run([work] * 6)]

    runs = run_async(main, LONG)
    assert [run.status for run in runs if run] == ["success"] * 6
    assert len({run.server for run in runs if run}) == 2
    assert len(files_in(tmp_path)) == 6
