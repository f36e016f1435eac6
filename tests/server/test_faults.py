"""Lost connections, lost answers, lost servers: the right end, no hang, nothing twice, nothing half-saved."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from comfyc.catalog.address import UnreachableError
from comfyc.diagnostics import ComfycError
from comfyc.running import Order, Pace, Run, Server, ServerLimits
from comfyc.running.display.progress import words_for
from comfyc.running.records.events import Connection, Ended, NodeStarted
from tests.server.fake import FakeComfy, Faults
from tests.server.running import PROMPT, files_in, pace, run_async, run_on
from tests.server.scripts import load_script
from tests.server.test_sessions import files_of, final_of

SAMPLES = ("02_image_run", "08_progress_with_metadata_preview", "10_execution_error", "12_expand")
DROPS = [(name, after) for name in SAMPLES for after in range(len(load_script(name).steps) + 1)]


def run_with(name: str, faults: Faults, out_dir: Path | None = None, **options: Any) -> tuple[Run, FakeComfy]:
    fake = FakeComfy(name, faults)

    async def main() -> Run:
        async with fake:
            return await run_on(fake, out_dir, **options)

    return run_async(main), fake


def check(run: Run, fake: FakeComfy, out_dir: Path) -> None:
    """The run ended as recorded, once, with all of its files and no others."""
    assert run.status == final_of(fake.script)
    assert fake.accepted == [run.prompt_id]
    assert fake.executed == [run.prompt_id]
    assert len(fake.bodies) == 1
    names = sorted(item["filename"] for item in files_of(fake.script))
    assert sorted(Path(path).name for path in files_in(out_dir)) == names


@pytest.mark.parametrize(("name", "after"), DROPS)
def test_the_connection_drops_after_any_message(name: str, after: int, tmp_path: Path) -> None:
    run, fake = run_with(name, Faults(drop_after=frozenset({after})), tmp_path)
    check(run, fake, tmp_path)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_connection_drops_after_every_message(name: str, tmp_path: Path) -> None:
    run, fake = run_with(name, Faults(drop_after=frozenset(range(100))), tmp_path)
    check(run, fake, tmp_path)


@pytest.mark.parametrize(("name", "after"), DROPS[::5])
def test_silence_from_any_message_on(name: str, after: int, tmp_path: Path) -> None:
    run, fake = run_with(name, Faults(mute_after=after), tmp_path)
    check(run, fake, tmp_path)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", SAMPLES)
def test_messages_in_any_order_and_twice(name: str, seed: int, tmp_path: Path) -> None:
    run, fake = run_with(name, Faults(shuffle=seed, twice=True), tmp_path)
    check(run, fake, tmp_path)


def test_a_server_without_websocket_is_asked_now_and_then(tmp_path: Path) -> None:
    events: list[Any] = []
    run, fake = run_with("02_image_run", Faults(refuse_socket=True), tmp_path, events=events)
    check(run, fake, tmp_path)
    lost = [event for event in events if isinstance(event, Connection)]
    assert [(one.connected, one.detail) for one in lost] == [(False, "the server answered with HTTP 403")]


def test_the_history_may_come_late(tmp_path: Path) -> None:
    run, fake = run_with("02_image_run", Faults(late_history=0.1), tmp_path)
    check(run, fake, tmp_path)


NOISE: list[str | bytes] = [
    "",
    "null",
    "[]",
    "{",
    '{"type": 7}',
    '{"type": "executing"}',
    '{"type": "executing", "data": null}',
    '{"type": "progress_state", "data": {"nodes": []}}',
    '{"type": "crystools.monitor", "data": {"cpu": 1}}',
    '{"type": "execution_success", "data": {"prompt_id": "another"}}',
    '{"type": "execution_error", "data": {"prompt_id": 5}}',
    "[" * 100_000,
    b"",
    b"\0\0\0\1",
    b"\0\0\0\1\0\0\0\1\xff\xd8",
    b"\0\0\0\4\xff\xff\xff\xff{}",
    b"\0\0\0\4\0\0\0\2[]",
    b"\0\0\0\3\0\0\0\1\xffboo",
    b"\0\0\0\x63\0\0\0\0",
]


def test_what_is_not_understood_is_passed_over(tmp_path: Path) -> None:
    run, fake = run_with("02_image_run", Faults(unwanted=NOISE), tmp_path)
    check(run, fake, tmp_path)


def bad_messages(name: str) -> list[str | bytes]:
    """The messages of a session with every value of the wrong type, addressed to the right prompt."""
    script = load_script(name).renamed("PROMPT")
    found: list[str | bytes] = []
    for step in script.steps:
        if isinstance(step, str):
            message = json.loads(step)
            wrong: Any
            for wrong in (None, [], {}, "x", -1, 1e308, True):
                data = dict.fromkeys(message["data"], wrong) | {"prompt_id": "PROMPT"}
                found.append(json.dumps({"type": message["type"], "data": data}))
    return found


def test_values_of_wrong_types_are_passed_over() -> None:
    from comfyc.running.client.wire import parse  # noqa: PLC0415
    from comfyc.running.following.tracker import Tracker  # noqa: PLC0415

    for name in SAMPLES:
        for raw in bad_messages(name):
            tracker = Tracker("PROMPT", 100)
            message = parse(raw.encode() if isinstance(raw, str) else raw)
            if isinstance(raw, str) and raw.startswith('{"type": "status"'):
                assert message is None  # nobody reads these
                continue
            assert message is not None
            for event in tracker.feed(message, 1.0):
                assert event.prompt_id == "PROMPT"


def test_a_message_that_is_too_large_does_not_end_the_run(tmp_path: Path) -> None:
    faults = Faults(unwanted=['{"type": "x", "data": {"y": "' + "z" * 200_000 + '"}}'])
    run, fake = run_with("02_image_run", faults, tmp_path, limits=ServerLimits(message=100_000))
    check(run, fake, tmp_path)


# --- submitting ---


@pytest.mark.parametrize("fault", ["keep-drop", "keep-500"])
def test_a_submission_whose_answer_is_lost_is_not_repeated(fault: str, tmp_path: Path) -> None:
    run, fake = run_with("02_image_run", Faults(posts=[fault]), tmp_path)
    check(run, fake, tmp_path)


@pytest.mark.parametrize("status", [408, 499, 500, 502, 503, 504, 524])
def test_an_answer_that_is_not_the_servers_own_is_no_reason_to_send_it_again(status: int) -> None:
    faults = Faults(statuses={"POST /prompt": [status]})
    run, fake = run_with("02_image_run", faults, pace=pace(undecided=0.1))
    assert (run.status, run.reason, run.exit_code()) == ("unknown", "undecided", 2)
    assert f"HTTP {status}" in str(run.doubt)
    assert fake.requests.count("POST /prompt") == 1


def test_a_submission_that_got_lost_is_looked_for_and_not_repeated() -> None:
    events: list[Any] = []
    run, fake = run_with("02_image_run", Faults(posts=["drop"]), pace=pace(undecided=0.1), events=events)
    assert (run.status, run.reason) == ("unknown", "undecided")
    told = [words_for(event) for event in events if event.kind in ("unanswered", "ended")]
    assert told == [
        f"no answer ({run.doubt}); checking whether the server has {run.prompt_id}",
        "unknown (undecided)",
    ]
    assert [body["prompt_id"] for body in fake.bodies] == [run.prompt_id]
    assert fake.requests.count(f"GET /history/{run.prompt_id}") > 2


@pytest.mark.parametrize("status", [201, 202, 204])
def test_a_gateway_that_only_says_that_it_has_it_is_no_refusal(status: int) -> None:
    fake = FakeComfy()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        asyncio.get_running_loop().call_later(0.1, asyncio.ensure_future, fake.queue(json.loads(body)))
        return web.Response(status=status)

    fake.faults.answers["POST /prompt"] = take

    async def main() -> Run:
        async with fake:
            return await run_on(fake)

    run = run_async(main)
    assert (run.status, fake.executed) == ("success", [run.prompt_id])


def test_a_prompt_is_sent_on_a_connection_of_its_own(tmp_path: Path) -> None:
    """What is kept for the next request may be closing just now, and the prompt would be lost or not."""
    peers: list[Any] = []
    fake = FakeComfy()

    async def note(request: web.Request) -> web.StreamResponse:
        peers.append((request.method, request.transport))
        handler = fake._post_prompt if request.method == "POST" else fake._get_prompt
        return await handler(request)

    fake.faults.answers.update({"POST /prompt": note, "GET /prompt": note})

    async def main() -> None:
        async with fake, Server(fake.url, pace=pace()) as server:
            await server.status()
            await server.run(Order(PROMPT))

    run_async(main)
    (_, asked), (_, sent) = peers
    assert asked is not sent


def test_a_server_that_answers_500_first_is_asked_again(tmp_path: Path) -> None:
    statuses = {
        "GET /history": [500, 502],
        "GET /queue": [500],
        "GET /view": [503],
    }
    run, fake = run_with("02_image_run", Faults(statuses=statuses), tmp_path)
    check(run, fake, tmp_path)


def test_a_server_that_has_too_many_requests_is_left_alone() -> None:
    faults = Faults(statuses={"POST /prompt": [429]})
    with pytest.raises(ComfycError, match="HTTP 429") as caught:
        run_with("02_image_run", faults)
    assert not isinstance(caught.value, UnreachableError)  # which would be tried again


def test_the_answer_to_a_lost_submission_is_looked_for_where_it_runs() -> None:
    """The prompt runs while its submission has no answer: it must not be sent again, and be followed."""
    script = load_script("33_interrupt_running")
    fake = FakeComfy(script, Faults(posts=["keep-drop"]))

    async def main() -> Run:
        async with fake:
            return await run_on(fake)

    assert run_async(main).status == "interrupted"
    assert len(fake.bodies) == 1


def test_a_rejected_prompt_is_a_result_and_nothing_runs(tmp_path: Path) -> None:
    script = load_script("02_image_run")
    answer = {
        "error": {"type": "prompt_no_outputs", "message": "Prompt has no outputs", "details": ""},
        "node_errors": {},
    }
    rejected = type(script)(script.prompt_id, answer, ())
    fake = FakeComfy(rejected)
    events: list[Any] = []

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path, events=events)

    run = run_async(main)
    assert (run.status, run.reason, run.exit_code()) == ("error", "rejected", 1)
    assert run.rejection == answer["error"]
    assert isinstance(events[-1], Ended)
    assert fake.accepted == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refused the request"),
        (403, "refused the request"),
        (404, "has no /prompt"),
        (413, "too large"),
        (418, "answered /prompt with HTTP 418"),
    ],
)
def test_a_refusal_is_an_error_that_says_what_to_do(status: int, words: str) -> None:
    with pytest.raises(ComfycError, match=words) as caught:
        run_with("02_image_run", Faults(statuses={"POST /prompt": [status]}))
    assert caught.value.hint
    assert not isinstance(caught.value, UnreachableError)


def test_redirects_are_not_followed() -> None:
    async def around(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/prompt?token=hidden"})

    fake = FakeComfy("02_image_run", Faults(answers={"POST /prompt": around}))

    async def main() -> Run:
        async with fake:
            return await run_on(fake)

    with pytest.raises(ComfycError, match=r"redirects to '/prompt' \(HTTP 302\)"):
        run_async(main)
    assert fake.requests.count("POST /prompt") == 1


@pytest.mark.parametrize("body", ["<html>welcome</html>", "[]", "{}", '{"prompt_id": 5}', "", "[" * 50_000])
def test_an_answer_that_is_not_comfyui_is_no_success(body: str) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=body)

    faults = Faults(answers={"POST /prompt": page})
    run, _ = run_with("02_image_run", faults, pace=pace(undecided=0.1))
    assert (run.status, run.reason, run.exit_code()) == ("unknown", "undecided", 2)
    assert "sent an unreadable answer" in str(run.doubt)


def test_an_unreachable_server_is_one_clear_error() -> None:
    async def main() -> Run:
        async with FakeComfy() as fake:
            pass
        return await run_on(fake)

    with pytest.raises(UnreachableError, match="connection refused") as caught:
        run_async(main)
    assert "check that ComfyUI runs there" in str(caught.value.hint)


def test_a_host_that_does_not_exist_is_one_clear_error() -> None:
    fake = FakeComfy()
    fake.url = "http://no-such-host.invalid:8188"

    async def main() -> Run:
        return await run_on(fake)

    with pytest.raises(UnreachableError, match="no-such-host"):
        run_async(main)


# --- hostile answers while it runs ---


async def drip(request: web.Request) -> web.StreamResponse:
    """A body without an end, a byte at a time."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(10_000):
        await response.write(b" ")
        await asyncio.sleep(0.02)
    return response


async def flood(request: web.Request) -> web.StreamResponse:
    """A body without an end, as fast as it goes."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100_000):
        await response.write(b"[" * 10_000)
    return response


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(600)
    return web.Response()


def text(body: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=body)

    return answer


@pytest.mark.parametrize(
    "answer",
    [drip, flood, hang, text("not json"), text("[]"), text("{}"), text("7"), text("{" * 9999)],
    ids=["drip", "flood", "hang", "text", "list", "empty", "number", "deep"],
)
@pytest.mark.parametrize("path", ["GET /queue", "GET /history"])
def test_senseless_answers_while_it_runs_end_in_time(path: str, answer: Any) -> None:
    """The socket is dead and the truth cannot be had: the run ends as unknown or timed out, soon."""
    faults = Faults(answers={path: answer}, stall_after=3, drop_after=frozenset({3}), refuse_socket=False)
    short = pace(read=0.1, unreachable=0.3, idle=0.5, dead_worker=0.5, total=1.5, grace=0.1)
    run, fake = run_with("02_image_run", faults, pace=short, limits=ServerLimits(answer=1_000_000))
    assert run.status in ("lost", "unknown", "timeout")
    assert fake.accepted == [run.prompt_id]


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"status": None, "outputs": None},
        {"status": "success", "outputs": []},
        {"status": {"status_str": 7, "messages": 8}, "outputs": {"1": 5, "2": {"images": "x"}}},
        {"status": {"status_str": "success", "messages": [[], ["a"], [1, 2], ["execution_error", {}]]}},
        {
            "outputs": {
                "1": {"images": [None, 5, {"filename": 7}, {"filename": ""}, {"filename": "a", "type": 3}]}
            }
        },
        {"prompt": "x", "outputs": {"1": {"text": [["nested"]]}}},
    ],
)
def test_history_entries_of_any_shape_end_the_run(entry: dict[str, Any], tmp_path: Path) -> None:
    script = load_script("02_image_run")
    odd = type(script)(script.prompt_id, script.post, script.steps, entry)

    async def main() -> Run:
        async with FakeComfy(odd) as fake:
            return await run_on(fake, tmp_path)

    run = run_async(main)
    assert run.status in ("success", "error")


# --- losing the server ---


def held(name: str = "08_progress_with_metadata_preview", at: int = 8) -> Any:
    """A script that waits for its release in the middle."""
    script = load_script(name)
    return type(script)(script.prompt_id, script.post, script.steps, script.history, at)


def run_and_meddle(
    meddle: Callable[[FakeComfy], Awaitable[None]],
    *,
    patience: Pace,
    faults: Faults | None = None,
    **options: Any,
) -> tuple[Run, FakeComfy]:
    """Run the held script, and do something to the server while it is held."""
    fake = FakeComfy(held(), faults)

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake, pace=patience, **options))
            while fake.sent < 8:
                await asyncio.sleep(0.005)
            await meddle(fake)
            return await task

    return run_async(main), fake


def test_a_restarted_server_has_lost_the_run() -> None:
    run, fake = run_and_meddle(lambda fake: fake.restart(), patience=pace())
    assert (run.status, run.reason, run.exit_code()) == ("lost", "restarted", 2)
    assert len(fake.accepted) == 1


def test_a_prompt_that_vanishes_from_a_server_that_stays_was_deleted() -> None:
    async def forget(fake: FakeComfy) -> None:
        fake.running.clear()

    run, _ = run_and_meddle(forget, patience=pace())
    assert (run.status, run.reason) == ("lost", "deleted")


def test_a_server_that_goes_away_is_waited_for_and_then_given_up() -> None:
    async def down(fake: FakeComfy) -> None:
        fake.faults.down = True
        for socket in list(fake.sockets.values()):
            await socket.close()

    short = pace(unreachable=0.3, poll_live=0.1, grace=0.1)
    run, fake = run_and_meddle(down, patience=short)
    assert (run.status, run.reason) == ("unknown", "unreachable")
    assert len(fake.accepted) == 1


def test_a_server_that_comes_back_with_the_run_is_followed_on(tmp_path: Path) -> None:
    async def nap(fake: FakeComfy) -> None:
        fake.faults.down = True
        for socket in list(fake.sockets.values()):
            await socket.close()
        await asyncio.sleep(0.2)
        fake.faults.down = False
        while fake.connections < 2 or told()[-1:] != [True]:  # else the history may say the end first
            await asyncio.sleep(0.005)
        fake.release.set()

    def told() -> list[bool]:
        return [event.connected for event in events if isinstance(event, Connection)]

    events: list[Any] = []
    run, fake = run_and_meddle(nap, patience=pace(), out_dir=tmp_path, events=events)
    check(run, fake, tmp_path)
    assert told()[-1]


def test_a_connection_that_an_older_one_silences_is_renewed(tmp_path: Path) -> None:
    """Rule R10 of docs/spec: the server forgets the newer connection when the older one ends."""

    async def trap(fake: FakeComfy) -> None:
        (client,) = fake.sockets
        old = fake.sockets[client]
        assert old._req is not None
        assert old._req.transport is not None
        old._req.transport.pause_reading()  # half-open: the server does not notice that we left
        listeners = fake.connections
        kill_client_side(old)
        while fake.connections == listeners:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        fake.sockets.pop(client, None)  # now it does
        while fake.connections == listeners + 1:
            await asyncio.sleep(0.005)
        fake.release.set()

    events: list[Any] = []
    run, fake = run_and_meddle(trap, patience=pace(), out_dir=tmp_path, events=events)
    check(run, fake, tmp_path)
    assert fake.connections >= 3
    assert "2" in {event.node for event in events if isinstance(event, NodeStarted)}


def kill_client_side(socket: web.WebSocketResponse) -> None:
    """End the connection as the client sees it."""
    assert socket._req is not None
    assert socket._req.transport is not None
    raw = socket._req.transport.get_extra_info("socket")
    raw.shutdown(1)


# --- time ---


def test_the_whole_may_take_only_so_long() -> None:
    run, fake = run_with_stall(8, pace(total=0.3, grace=0.2))
    assert (run.status, run.reason, run.node_at_work) == ("timeout", "total", "1")
    assert fake.interrupts == [run.prompt_id]


def test_silence_while_a_node_is_at_work_is_named() -> None:
    run, fake = run_with_stall(8, pace(idle=0.3, dead_worker=0.1, grace=0.2))
    assert (run.status, run.reason, run.node_at_work) == ("timeout", "idle", "1")
    assert fake.interrupts == [run.prompt_id]


@pytest.mark.parametrize("after", [2, 3, 4])
def test_a_dead_worker_is_named(after: int) -> None:
    """It runs, says the queue, but no node is at work, and nothing comes."""
    run, _ = run_with_stall(after, pace(dead_worker=0.3, grace=0.2))
    assert (run.status, run.reason, run.exit_code()) == ("timeout", "dead-worker", 2)


def test_a_worker_that_dies_between_two_nodes_is_named() -> None:
    script = load_script("02_image_run")
    done = next(n for n, step in enumerate(script.steps) if isinstance(step, str) and '"finished"' in step)
    run, _ = run_with_stall(done + 1, pace(dead_worker=0.3, grace=0.2), name="02_image_run")
    assert (run.status, run.reason) == ("timeout", "dead-worker")


@pytest.mark.slow
def test_time_in_the_queue_does_not_count_as_silence(tmp_path: Path) -> None:
    fake = FakeComfy(held())

    async def main() -> list[Run]:
        async with fake:
            first = asyncio.create_task(run_on(fake, pace=pace()))
            while fake.sent < 8:
                await asyncio.sleep(0.005)
            second = asyncio.create_task(run_on(fake, pace=pace(idle=2.0, dead_worker=2.0)))
            await asyncio.sleep(3)
            fake.release.set()
            return [await first, await second]

    assert [run.status for run in run_async(main)] == ["success", "success"]


def run_with_stall(after: int, patience: Pace, name: str = "08_progress_with_metadata_preview") -> Any:
    return run_with(name, Faults(stall_after=after), pace=patience)
