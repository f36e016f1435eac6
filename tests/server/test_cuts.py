"""Connections cut at every place, by a proxy before the server: nothing runs twice or is lost in silence.

Also on a real ComfyUI, two hundred times: COMFYC_SERVER=http://127.0.0.1:8188 pytest -m live
"""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
import uuid
from collections import Counter
from typing import Any

import pytest

from comfyc.running import Order, Run, Server, Stop
from comfyc.running.servers.pool import Done, Piece, Pool
from tests.server.cutting import PLACES, REQUESTS, Cut, CuttingProxy, choose
from tests.server.fake import FakeComfy
from tests.server.running import PROMPT, pace, run_async

pytestmark = pytest.mark.slow

LIVE = os.environ.get("COMFYC_SERVER")
CUTS = int(os.environ.get("COMFYC_CUTS", "200"))
TOGETHER = 4
PACE = pace(
    connect=5.0, read=5.0, submit=10.0, retry=0.05, retry_most=0.2, poll=0.1, undecided=0.8, unreachable=1.0
)


async def cut_run(target: str, cut: Cut, prompt: dict[str, Any]) -> tuple[Done, CuttingProxy, str]:
    """One run through a proxy of its own; what came of it, and its id."""
    order = Order(prompt, prompt_id=str(uuid.uuid4()))

    async def make(server: Server, stop: Stop) -> Run:
        return await server.run(order, stop=stop)

    async def resume(server: Server, prompt_id: str, stop: Stop) -> Run:
        return await server.wait(prompt_id, stop=stop, is_ours=True)

    async with CuttingProxy(target, cut) as proxy, Server(proxy.url, pace=PACE) as server:
        (done,) = [one async for one in Pool([server]).run([Piece(make, resume=resume)])]
        await asyncio.sleep(cut.late if "late" in cut.place else 0)  # the gateway hands on what it has
    assert order.prompt_id is not None
    return done, proxy, order.prompt_id


def check(done: Done, prompt_id: str, arrived: int) -> str:
    """The end of a run whose prompt arrived so often; in a word."""
    assert arrived <= 1
    if done.run is None:
        assert done.error is not None
        assert not arrived
        return "not sent"
    assert done.run.status in ("success", "unknown")
    assert done.run.prompt_id == prompt_id
    assert done.run.status == "unknown" or arrived == 1
    return f"{done.run.status}, {'arrived' if arrived else 'never arrived'}"


@pytest.mark.parametrize("request_line", REQUESTS)
@pytest.mark.parametrize("place", PLACES)
def test_a_cut_anywhere_makes_nothing_run_twice(request_line: str, place: str) -> None:
    async def main() -> None:
        for away in (0.0, 0.3):
            fake = FakeComfy()
            async with fake:
                done, proxy, prompt_id = await cut_run(fake.url, Cut(request_line, place, 1, away), PROMPT)
                await asyncio.sleep(0)
            assert proxy.cuts or request_line == "GET /queue"  # which is asked only if there is a doubt
            assert proxy.submitted == 1
            check(done, prompt_id, len(fake.accepted))
            assert len(fake.executed) <= 1

    run_async(main)


# --- the same on a real server ---


def ask(path: str, body: Any = None) -> Any:
    """The answer of the real server, past every proxy."""
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(f"{LIVE}{path}", data), timeout=60) as response:
        return json.load(response)


def picture(color: int) -> dict[str, Any]:
    size = {"width": 32, "height": 32, "batch_size": 1}
    return {
        "1": {"class_type": "EmptyImage", "inputs": {**size, "color": color}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }


def count_submissions() -> int:
    """The number that the server gives to a prompt of ours: it counts all that it is sent."""
    number: int = ask("/prompt", {"prompt": picture(0), "prompt_id": str(uuid.uuid4())})["number"]
    return number


@pytest.mark.live
@pytest.mark.skipif(not LIVE, reason="COMFYC_SERVER is not set")
def test_two_hundred_cuts_before_a_real_server() -> None:
    """Nobody else may use the server meanwhile: what it was sent is counted."""
    assert LIVE is not None
    before = count_submissions()
    room = asyncio.Semaphore(TOGETHER)

    async def one(seed: int) -> tuple[Done, CuttingProxy, str]:
        async with room:
            return await cut_run(str(LIVE), choose(seed), picture(seed + 1))

    async def main() -> list[tuple[Done, CuttingProxy, str]]:
        found: list[tuple[Done, CuttingProxy, str]] = []
        while sum(proxy.cuts for _, proxy, _ in found) < CUTS:
            found += await asyncio.gather(*(one(seed) for seed in range(len(found), len(found) + 20)))
        return found

    ended = run_async(main, 1800.0)
    while ask("/prompt")["exec_info"]["queue_remaining"]:
        pass
    arrived = {prompt_id: len(ask(f"/history/{prompt_id}")) for _, _, prompt_id in ended}
    sent = count_submissions() - before - 1
    told = Counter(check(done, prompt_id, arrived[prompt_id]) for done, _, prompt_id in ended)
    places = Counter(f"{proxy.cut.request}, {proxy.cut.place}" for _, proxy, _ in ended if proxy.cuts)
    cuts = sum(places.values())
    print(f"\n{len(ended)} runs, {cuts} cuts, {sent} prompts arrived: {dict(told)}\n{dict(places)}")
    assert sent == sum(arrived.values()), "an id came twice"
    assert all(proxy.submitted <= 1 for _, proxy, _ in ended)
