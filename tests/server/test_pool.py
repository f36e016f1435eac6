"""Several servers: who gets what, and what happens when one of them goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import pytest

from comfyc.catalog.address import UnreachableError
from comfyc.diagnostics import ComfycError
from comfyc.running import Order, Run, Server, Stop
from comfyc.running.servers.pool import Done, Pool, Work
from tests.server.fake import FakeComfy, Faults
from tests.server.running import PROMPT, QUICK, pace, run_async
from tests.server.scripts import Script, load_script

SHORT = pace(unreachable=0.4, poll_live=0.1, grace=0.2)


def held() -> Script:
    script = load_script("08_progress_with_metadata_preview")
    return Script(script.prompt_id, script.post, script.steps, script.history, 8)


async def work(server: Server, stop: Stop) -> Run:
    return await server.run(Order(PROMPT), stop=stop)


def pooled(
    fakes: list[FakeComfy],
    count: int,
    meanwhile: Callable[[], Coroutine[Any, Any, None]] | None = None,
    *,
    concurrency: int = 1,
    works: list[Work] | None = None,
    stop: Stop | None = None,
    at_least_once: bool = False,
) -> list[Done]:
    async def main() -> list[Done]:
        async with AsyncExitStack() as stack:
            for fake in fakes:
                await stack.enter_async_context(fake)
            servers = [await stack.enter_async_context(Server(fake.url, pace=SHORT)) for fake in fakes]
            pool = Pool(servers, concurrency=concurrency, at_least_once=at_least_once)
            other = asyncio.create_task(meanwhile()) if meanwhile is not None else None
            done = [one async for one in pool.run(works or [work] * count, stop=stop)]
            if other is not None:
                await other
            return sorted(done, key=lambda one: one.index)

    return run_async(main)


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def statuses(done: list[Done]) -> list[str]:
    return [one.run.status if one.run else "error" for one in done]


def test_the_runs_are_shared_out_and_say_where_they_were_made() -> None:
    fakes = [FakeComfy(), FakeComfy(), FakeComfy()]
    done = pooled(fakes, 9)
    assert statuses(done) == ["success"] * 9
    assert sorted(len(fake.executed) for fake in fakes) == [3, 3, 3]
    assert {one.run.server for one in done if one.run} == {fake.url for fake in fakes}


def test_a_server_with_a_long_queue_gets_less() -> None:
    busy, free = FakeComfy(), FakeComfy()
    busy.faults.answers = {"GET /prompt": remaining(50)}
    done = pooled([busy, free], 4)
    assert statuses(done) == ["success"] * 4
    assert len(free.executed) >= len(busy.executed)
    assert done[0].run is not None
    assert done[0].run.server == free.url


def remaining(number: int) -> Any:
    from aiohttp import web  # noqa: PLC0415

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"exec_info": {"queue_remaining": number}})

    return answer


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_server_gets_more_than_its_share_at_a_time(concurrency: int) -> None:
    fake = FakeComfy(held())
    most = 0

    async def watch() -> None:
        nonlocal most
        await until(lambda: len(fake.running) + len(fake.pending) >= concurrency)
        await asyncio.sleep(0.15)
        most = len(fake.running) + len(fake.pending)
        fake.release.set()

    done = pooled([fake], 6, watch, concurrency=concurrency)
    assert statuses(done) == ["success"] * 6
    assert most == concurrency


def test_an_unreachable_server_is_passed_over() -> None:
    dead, good = FakeComfy(faults=Faults(down=True)), FakeComfy()
    done = pooled([dead, good], 3)
    assert statuses(done) == ["success"] * 3
    assert (len(dead.executed), len(good.executed)) == (0, 3)


@pytest.mark.slow
@pytest.mark.parametrize("at_least_once", [False, True])
def test_the_run_of_a_server_that_dies_is_made_on_another_only_on_demand(at_least_once: bool) -> None:
    dying, good = FakeComfy(held()), FakeComfy()

    async def kill() -> None:
        await until(lambda: dying.sent >= 8)
        dying.faults.down = True
        for socket in list(dying.sockets.values()):
            await socket.close()

    done = pooled([dying, good], 2, kill, at_least_once=at_least_once)
    if at_least_once:
        assert statuses(done) == ["success", "success"]
        (moved,) = (one.moved for one in done if one.moved)
        assert set(moved) == {(dying.url, "unreachable")}  # on a slow machine it is tried more than once
        assert len(good.executed) == 2
    else:
        assert sorted(statuses(done)) == ["success", "unknown"]
        assert not any(one.moved for one in done)
        assert len(good.executed) == 1


def test_the_run_of_a_restarted_server_is_made_again() -> None:
    fake = FakeComfy(held())

    async def restart() -> None:
        await until(lambda: fake.sent >= 8)
        await fake.restart()
        fake.release.set()

    (done,) = pooled([fake], 1, restart, at_least_once=True)
    assert done.run is not None
    assert done.run.status == "success"
    assert done.moved == ((fake.url, "restarted"),)
    assert len(fake.executed) == 1


def test_a_prompt_that_takes_every_server_down_is_given_up() -> None:
    fakes = [FakeComfy(held()), FakeComfy(held())]

    async def restart_always() -> None:
        for _ in range(3):
            await until(lambda: any(fake.running for fake in fakes))
            await asyncio.sleep(0.05)
            for fake in fakes:
                await fake.restart()

    (done,) = pooled(fakes, 1, restart_always, at_least_once=True)
    assert done.run is not None
    assert (done.run.status, done.run.reason) == ("lost", "restarted")
    assert len(done.moved) == 2


def test_a_run_that_fails_itself_is_not_made_again() -> None:
    fakes = [FakeComfy("10_execution_error"), FakeComfy("10_execution_error")]
    done = pooled(fakes, 2)
    assert statuses(done) == ["error", "error"]
    assert sum(len(fake.accepted) for fake in fakes) == 2
    assert not any(one.moved for one in done)


def test_a_refusal_is_no_reason_to_try_elsewhere() -> None:
    fakes = [FakeComfy(faults=Faults(statuses={"POST /prompt": [401]})), FakeComfy()]
    done = pooled(fakes, 2)
    assert sorted(statuses(done)) == ["error", "success"]
    (refused,) = [one for one in done if one.error]
    assert "refused" in str(refused.error)


def test_when_no_server_can_be_reached_every_run_says_so() -> None:
    fakes = [FakeComfy(faults=Faults(down=True)), FakeComfy(faults=Faults(down=True))]
    done = pooled(fakes, 3)
    assert [isinstance(one.error, UnreachableError) for one in done] == [True] * 3
    assert not any(fake.bodies for fake in fakes)


def test_what_waits_behind_a_dead_worker_goes_elsewhere_but_not_what_killed_it() -> None:
    dead, good = FakeComfy(faults=Faults(stall_after=3)), FakeComfy()

    async def killer(server: Server, stop: Stop) -> Run:
        short = Server(access=server.access, pace=pace(dead_worker=0.3, grace=0.1))
        async with short:
            return await short.run(Order(PROMPT), stop=stop)

    async def behind(server: Server, stop: Stop) -> Run:
        await until(lambda: dead.running)
        return await work(server, stop)

    done = pooled([dead, good], 0, works=[killer, behind, behind, behind], concurrency=2)
    assert done[0].run is not None
    assert (done[0].run.reason, done[0].moved) == ("dead-worker", ())
    assert statuses(done[1:]) == ["success"] * 3
    assert len(good.executed) == 3


def test_a_stop_takes_back_what_runs_and_drops_what_waits() -> None:
    fakes, stop = [FakeComfy(held()), FakeComfy(held())], Stop()

    async def request() -> None:
        await until(lambda: all(fake.sent >= 8 for fake in fakes))
        stop.request()

    done = pooled(fakes, 9, request, stop=stop)
    assert [one.run.reason for one in done if one.run] == ["interrupted-by-us"] * 2
    assert [fake.interrupts for fake in fakes] == [fake.accepted for fake in fakes]


def test_leaving_the_pool_early_takes_back_what_runs() -> None:
    slow, quick = FakeComfy(held()), FakeComfy()

    async def main() -> None:
        async with slow, quick, Server(slow.url, pace=QUICK) as one, Server(quick.url, pace=QUICK) as other:
            runs = Pool([one, other]).run([work] * 2)
            first = await anext(runs)
            assert first.run is not None
            assert first.run.server == quick.url
            await until(lambda: slow.sent >= 8)
            await runs.aclose()  # type: ignore[attr-defined]
            await until(lambda: not slow.running)

    run_async(main)
    assert slow.interrupts == slow.accepted


def test_a_pool_needs_a_server() -> None:
    with pytest.raises(ComfycError, match="no server"):
        Pool([])


@pytest.mark.parametrize("count", [1, 2])
def test_a_server_that_is_well_and_never_does_its_work_is_given_up(count: int) -> None:
    """It answers all questions, and takes no file: nothing was sent, so that it is tried again."""
    tried = 0

    async def upload(server: Server, stop: Stop) -> Run:
        nonlocal tried
        tried += 1
        raise UnreachableError(f"'{server.name}' fails (HTTP 500)")

    done = pooled([FakeComfy() for _ in range(count)], 1, works=[upload])
    assert statuses(done) == ["error"]
    assert "HTTP 500" in str(done[0].error)
    assert tried == QUICK.attempts * count
