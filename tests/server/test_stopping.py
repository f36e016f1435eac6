"""Ctrl-C and leaving early: only our prompts are touched, what is there is saved, and nobody waits long."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from comfyc.running import Order, Run, Server, Stop, until_stopped
from comfyc.running.records.events import Started
from tests.server.fake import FakeComfy, Faults
from tests.server.running import PROMPT, QUICK, files_in, pace, run_async, run_on
from tests.server.scripts import Script, load_script, made_script

HELD_AT = 8


def held(name: str = "08_progress_with_metadata_preview") -> Script:
    script = load_script(name)
    return Script(script.prompt_id, script.post, script.steps, script.history, HELD_AT)


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_a_stop_interrupts_our_run_and_saves_what_is_there(tmp_path: Path) -> None:
    made = made_script({"1": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}})
    fake = FakeComfy(Script(made.prompt_id, made.post, made.steps, made.history, 4))
    stop = Stop()

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake, tmp_path, stop=stop))
            await until(lambda: fake.sent >= 4)
            stop.request()
            return await task

    run = run_async(main)
    assert (run.status, run.reason, run.exit_code()) == ("interrupted", "interrupted-by-us", 130)
    assert fake.interrupts == [run.prompt_id]
    assert files_in(tmp_path) == ["a.png"]


def test_a_stop_takes_a_waiting_prompt_out_of_the_queue_and_leaves_the_running_one() -> None:
    fake, stop = FakeComfy(held()), Stop()

    async def main() -> tuple[Run, Run]:
        async with fake:
            other = asyncio.create_task(run_on(fake))
            await until(lambda: fake.sent >= HELD_AT)
            mine = asyncio.create_task(run_on(fake, stop=stop))
            await until(lambda: fake.pending)
            stop.request()
            stopped = await mine
            assert fake.running
            fake.release.set()
            return stopped, await other

    stopped, other = run_async(main)
    assert (stopped.status, stopped.reason) == ("interrupted", "interrupted-by-us")
    assert other.status == "success"
    assert fake.executed == [other.prompt_id]
    assert not fake.interrupted.is_set()


def test_an_older_server_is_asked_to_delete_and_to_interrupt() -> None:
    fake, stop = FakeComfy(held(), Faults(statuses={"POST /api/jobs": [404] * 9})), Stop()

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake, stop=stop))
            await until(lambda: fake.sent >= HELD_AT)
            stop.request()
            return await task

    run = run_async(main)
    assert run.reason == "interrupted-by-us"
    assert fake.interrupts == [run.prompt_id]


def test_a_stop_before_the_submission_sends_nothing() -> None:
    fake, stop = FakeComfy(), Stop()
    stop.request()

    async def main() -> Run:
        async with fake:
            return await run_on(fake, stop=stop)

    assert run_async(main).exit_code() == 130
    assert fake.accepted == []


def test_a_server_that_does_not_obey_is_left_after_a_while() -> None:
    fake, stop = FakeComfy(faults=Faults(stall_after=3)), Stop()

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake, stop=stop, pace=pace(grace=0.2)))
            await until(lambda: fake.sent >= 3)
            stop.request()
            return await task

    run = run_async(main)
    assert (run.status, run.reason) == ("interrupted", "interrupted-by-us")


def test_a_stop_while_the_server_is_away_does_not_claim_that_it_obeyed() -> None:
    fake, stop = FakeComfy(held()), Stop()

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake, stop=stop, pace=pace(grace=0.2)))
            await until(lambda: fake.sent >= HELD_AT)
            fake.faults.down = True
            await asyncio.sleep(0.2)  # what was asked before has its answer
            stop.request()
            return await task

    run = run_async(main)
    assert (run.status, run.reason, [run.prompt_id]) == ("unknown", "unreachable", fake.accepted)


def test_somebody_elses_interrupt_is_told_apart() -> None:
    fake = FakeComfy(held())

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake))
            await until(lambda: fake.sent >= HELD_AT)
            fake.interrupted.set()
            return await task

    run = run_async(main)
    assert (run.status, run.reason, run.exit_code()) == ("interrupted", "interrupted-by-other", 1)


def leave_with(leave: Callable[[Any], Awaitable[None]]) -> FakeComfy:
    fake = FakeComfy(held())

    async def main() -> None:
        async with fake, Server(fake.url, pace=QUICK) as server:
            with contextlib.suppress(ValueError):
                async with server.job(Order(PROMPT)) as job:
                    async for event in job:
                        if isinstance(event, Started):
                            await until(lambda: fake.sent >= HELD_AT)
                            await leave(job)
                            break
            await until(lambda: not fake.running)

    run_async(main)
    return fake


def test_leaving_the_context_early_cancels() -> None:
    async def nothing(job: Any) -> None:
        pass

    async def fail(job: Any) -> None:
        raise ValueError

    for leave in (nothing, fail):
        fake = leave_with(leave)
        assert fake.interrupts == fake.accepted


def test_a_cancelled_task_takes_its_prompt_back() -> None:
    fake = FakeComfy(held())

    async def main() -> None:
        async with fake:
            task = asyncio.create_task(run_on(fake))
            await until(lambda: fake.sent >= HELD_AT)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: not fake.running)

    run_async(main)
    assert fake.interrupts == fake.accepted


def test_a_finished_job_is_left_alone() -> None:
    fake = FakeComfy()

    async def main() -> None:
        async with fake, Server(fake.url, pace=QUICK) as server, server.job(Order(PROMPT)) as job:
            await job.wait()

    run_async(main)
    assert fake.interrupts == []


def test_a_detached_prompt_runs_on_and_can_be_waited_for(tmp_path: Path) -> None:
    fake = FakeComfy(held())

    async def main() -> tuple[str, Run]:
        async with fake:
            async with Server(fake.url, pace=QUICK) as server:
                job = await server.submit(Order(PROMPT))
            await until(lambda: fake.sent >= HELD_AT)
            async with Server(fake.url, pace=QUICK) as server:
                queue = await server.queue()
                assert [(item.prompt_id, item.mine) for item in queue.running] == [(job.prompt_id, True)]
                waiting = asyncio.create_task(server.wait(job.prompt_id))
                await until(lambda: fake.sockets)
                fake.release.set()
                return job.prompt_id, await waiting

    prompt_id, run = run_async(main)
    assert (run.prompt_id, run.status) == (prompt_id, "success")
    assert fake.interrupts == []
    assert len(fake.bodies) == 1


def test_stopping_to_wait_leaves_the_prompt_alone() -> None:
    fake, stop = FakeComfy(held()), Stop()

    async def main() -> Run:
        async with fake, Server(fake.url, pace=QUICK) as server:
            job = await server.submit(Order(PROMPT))
            await until(lambda: fake.sent >= HELD_AT)
            waiting = asyncio.create_task(server.wait(job.prompt_id, stop=stop))
            await until(lambda: fake.sockets)
            stop.request()
            run = await waiting
            assert fake.running
            return run

    assert run_async(main).exit_code() == 130
    assert fake.interrupts == []


def test_a_stop_while_it_connects_is_not_forgotten() -> None:
    fake, stop = FakeComfy(held()), Stop()

    async def main() -> Run:
        async with fake, Server(fake.url, pace=QUICK) as server:
            job = await server.submit(Order(PROMPT))
            await until(lambda: fake.sent >= HELD_AT)
            stop.request()
            return await server.wait(job.prompt_id, stop=stop)

    assert run_async(main).exit_code() == 130
    assert fake.interrupts == []


def test_waiting_for_an_unknown_prompt_ends_at_once() -> None:
    async def main() -> Run:
        async with FakeComfy() as fake, Server(fake.url, pace=QUICK) as server:
            return await server.wait("no-such-prompt")

    assert run_async(main).reason == "deleted"


def test_interrupting_hits_only_mine_unless_told_otherwise() -> None:
    fake = FakeComfy(held())

    async def main() -> None:
        async with fake, Server(fake.url, pace=QUICK) as server:
            theirs = {"prompt": {}, "prompt_id": "theirs", "client_id": "browser"}
            await server.http.request("POST", "/prompt", content=json.dumps(theirs).encode())
            await until(lambda: fake.running)
            assert await server.interrupt() == ()
            assert fake.interrupts == []
            hit = await server.interrupt(anyone=True)
            assert [(item.prompt_id, item.mine) for item in hit] == [("theirs", False)]

    run_async(main)
    assert fake.interrupts == ["theirs"]


# --- signals ---

PROGRAM = """
import asyncio, sys
from comfyc.running import Order, Server, until_stopped

async def main(stop):
    async with Server(sys.argv[1]) as server:
        return await server.run(Order({}), stop=stop, on_event=lambda event: print(event.kind, flush=True))

try:
    run = asyncio.run(until_stopped(main, on_first=lambda: print("stopping", flush=True)))
    print(run.status, flush=True)
    sys.exit(run.exit_code())
except KeyboardInterrupt:
    sys.exit(130)
"""


async def signalled(fake: FakeComfy, times: int) -> tuple[int, str]:
    """Run the program, send it SIGINT so many times, the next when it has told of the one before; returns its
    exit code and output."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, fake.url, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    await until(lambda: fake.sent >= HELD_AT)
    assert program.stdout is not None
    output = b""
    for _ in range(times):
        os.kill(program.pid, signal.SIGINT)
        while b"stopping" not in output:
            line = await program.stdout.readline()
            assert line, output
            output += line
    output += (await program.communicate())[0]
    assert program.returncode is not None
    return program.returncode, output.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on Unix")
def test_ctrl_c_once_interrupts_and_twice_leaves_at_once() -> None:
    async def once() -> tuple[int, str]:
        async with FakeComfy(held()) as fake:
            result = await signalled(fake, 1)
            assert fake.interrupts == fake.accepted
            return result

    async def twice() -> tuple[int, str]:
        faults = Faults(stall_after=HELD_AT)
        async with FakeComfy(held(), faults) as fake:
            return await signalled(fake, 2)

    code, output = run_async(once)
    assert code == 130
    assert "stopping" in output.splitlines()
    assert output.splitlines()[-2:] == ["ended", "interrupted"]
    code, output = run_async(twice)
    assert code == 130
    assert "Traceback" not in output
    # an obedient end would have waited for the server, and told of it
    assert not {"ended", "interrupted"} & set(output.splitlines())


def test_the_contract_passes_results_and_errors_on() -> None:
    async def fine(stop: Stop) -> int:
        return 7

    async def broken(stop: Stop) -> int:
        raise ValueError("x")

    assert run_async(lambda: until_stopped(fine)) == 7
    with pytest.raises(ValueError, match="x"):
        run_async(lambda: until_stopped(broken))
