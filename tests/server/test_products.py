"""A success with nothing to show, pictures that come over the WebSocket, prompts that go on in batches."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic
from comfyc.running import Order, Run, Saving, Server, ServerLimits, Stop, run_to_json
from comfyc.running.faults import run_diagnostics
from comfyc.running.records.events import Ended, Event, NodeOutput, Requeued
from tests.server.fake import FakeComfy, Faults
from tests.server.running import PROMPT, QUICK, files_in, pace, run_async, run_on
from tests.server.scripts import Script, load_script, made_script, picture_frame

PNG = b"\x89PNG\r\n\x1a\n one"
PNG_2 = b"\x89PNG\r\n\x1a\n two"
FILE = {"filename": "a.png", "subfolder": "", "type": "output"}
SENDER = "SaveImageWebsocket"


def told(run: Run) -> list[Diagnostic]:
    found = Collector()
    run_diagnostics(run, found, lambda node, name: ((node,), None))
    return list(found)


def ran(script: Script, out_dir: Path, faults: Faults | None = None, **options: Any) -> Run:
    fake = FakeComfy(script, faults)

    async def main() -> Run:
        async with fake:
            return await run_on(fake, out_dir, **options)

    return run_async(main)


def sent(*pictures: bytes, node: str = "2", kind: str = SENDER, output: Any = None, **options: Any) -> Script:
    frames = {node: [picture_frame(node, one, **options) for one in pictures]}
    return made_script({node: output}, frames=frames, classes={node: kind})


# --- nothing to show ---


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            made_script({"5": None}, classes={"5": "SaveSomewhere"}),
            "'SaveSomewhere' reported no files to the server",
        ),
        (
            made_script({"5": {}}, classes={"5": "SaveSomewhere"}),
            "'SaveSomewhere' reported no files to the server",
        ),
        (made_script({"5": {"images": []}}, classes={"5": "X"}), "'X' reported no files to the server"),
        (made_script({"5": {"camera": [{"x": 1}]}}), "'camera' is neither a file nor a text"),
        (made_script({"5": {"images": [{**FILE, "type": "input"}]}}), "folder 'input'"),
        (made_script({"5": None}, cached=("5",), classes={"5": "X"}), "in the server's cache"),
        (made_script({"5": None, "6": None}, cached=("5", "6", "1")), "in the server's cache"),
        (made_script({}), "lists no outputs"),
    ],
)
def test_a_success_with_nothing_to_show_says_so_and_why(script: Script, words: str, tmp_path: Path) -> None:
    run = ran(script, tmp_path)
    assert run.status == "success"
    assert files_in(tmp_path) == []
    (found,) = told(run)
    assert found.rule is codes.NOTHING_SAVED
    assert words in found.message
    assert found.hint


@pytest.mark.parametrize(
    "output",
    [
        {"images": [FILE]},
        {"gifs": [FILE]},
        {"text": ["hello"]},
        {"text": [42]},
        {"value": [0.5]},
        {"string": ["x"], "animated": [True]},
    ],
)
def test_a_file_or_a_text_is_something(output: Any, tmp_path: Path) -> None:
    run = ran(made_script({"5": output}), tmp_path)
    assert not told(run)
    assert run.has_product


def test_a_prompt_that_was_only_submitted_is_not_said_to_have_made_nothing() -> None:
    assert not told(Run("success", None, "s", "p", is_followed=False))


# --- pictures over the WebSocket ---


def test_the_pictures_of_an_output_node_are_saved(tmp_path: Path) -> None:
    run = ran(sent(PNG, PNG_2), tmp_path)
    assert files_in(tmp_path) == ["SaveImageWebsocket_2_00001.png", "SaveImageWebsocket_2_00002.png"]
    assert [Path(path).read_bytes() for path in run.paths] == [PNG, PNG_2]
    assert (run.exit_code(), told(run)) == (0, [])
    outputs = run_to_json(run)["outputs"]["2"]
    assert [(one["type"], one["size"]) for one in outputs] == [("socket", len(PNG)), ("socket", len(PNG_2))]
    assert "picture" not in outputs[0]


def test_a_node_of_any_name_that_sends_png_and_saves_nothing_is_believed(tmp_path: Path) -> None:
    ran(sent(PNG, kind="MySender"), tmp_path)
    assert files_in(tmp_path) == ["MySender_2_00001.png"]


def test_frames_without_metadata_belong_to_the_node_at_work(tmp_path: Path) -> None:
    frame = struct.pack(">II", 1, 2) + PNG
    ran(made_script({"2": None}, frames={"2": [frame]}, classes={"2": SENDER}), tmp_path)
    assert files_in(tmp_path) == ["SaveImageWebsocket_2_00001.png"]


def test_records_that_stand_for_sent_pictures_give_way_to_them(tmp_path: Path) -> None:
    records = {"images": [{"source": "websocket", "content-type": "image/jpeg", "type": "output"}]}
    script = sent(b"\xff\xd8jpeg", kind="ETN_SendImageWebSocket", output=records, mime="image/jpeg")
    prompt = {"2": {"class_type": "ETN_SendImageWebSocket", "inputs": {}}}
    run = ran(script, tmp_path, prompt=prompt)
    assert files_in(tmp_path) == ["ETN_SendImageWebSocket_2_00001.jpg"]
    assert [one.kind for one in run.outputs["2"]] == ["file"]


@pytest.mark.parametrize("kind", ["SendImageWebSocket", "SendImageWebsocket", "SaveJpegWebsocket"])
def test_senders_of_packs_may_send_jpeg(kind: str, tmp_path: Path) -> None:
    run = ran(
        sent(b"\xff\xd8jpeg", kind=kind, mime="image/jpeg"),
        tmp_path,
        prompt={"2": {"class_type": kind, "inputs": {}}},
    )
    assert files_in(tmp_path) == [f"{kind}_2_00001.jpg"]
    assert not told(run)


@pytest.mark.parametrize(("number", "suffix"), [(3, "webp"), (4, "gif"), (5, "mp4"), (6, "webm"), (7, "mov")])
def test_the_films_of_swarmui_are_saved(number: int, suffix: str, tmp_path: Path) -> None:
    kind = "SwarmSaveAnimationWS"
    frame = struct.pack(">II", 1, number) + b"film"
    script = made_script({"2": None}, frames={"2": [frame]}, classes={"2": kind})
    run = ran(script, tmp_path, prompt={"2": {"class_type": kind, "inputs": {}}})
    assert files_in(tmp_path) == [f"{kind}_2_00001.{suffix}"]
    assert Path(run.paths[0]).read_bytes() == b"film"


def test_a_mark_in_the_progress_is_no_count_of_pictures(tmp_path: Path) -> None:
    kind = "SwarmSaveImageWS"
    script = sent(PNG, kind=kind)
    steps = list(script.steps)
    data = {"value": 12345, "max": 12345, "node": "2", "prompt_id": script.prompt_id}
    steps.insert(3, json.dumps({"type": "progress", "data": data}))
    script = replace(script, steps=tuple(steps))
    prompt = {"2": {"class_type": kind, "inputs": {}}}
    assert not told(ran(script, tmp_path / "heard", prompt=prompt))
    assert files_in(tmp_path / "heard") == [f"{kind}_2_00001.png"]
    cut = ran(script, tmp_path / "cut", Faults(drop_after=frozenset({4})), prompt=prompt)
    assert cut.missed == {"2": 1}


@pytest.mark.parametrize(
    "script",
    [
        sent(b"\xff\xd8preview", kind="Sampler", mime="image/jpeg"),
        sent(PNG, kind="SamplerThatSaves", output={"images": [FILE]}),
        made_script({"3": {"images": [FILE]}}, frames={"3": [picture_frame("1", PNG)]}),
    ],
    ids=["jpeg", "a node that saves files", "not an output node"],
)
def test_previews_are_not_saved(script: Script, tmp_path: Path) -> None:
    run = ran(script, tmp_path)
    assert not [path for path in run.paths if not path.endswith("a.png")]


def test_a_sender_in_the_cache_sends_nothing_which_is_said(tmp_path: Path) -> None:
    record = {"images": [{"source": "websocket", "content-type": "image/png", "type": "output"}]}
    classes = {"2": "ETN_SendImageWebSocket", "3": "SaveImage"}
    outputs = {"2": record, "3": {"images": [FILE]}}
    run = ran(made_script(outputs, cached=("2",), classes=classes), tmp_path)
    assert [(one.rule, one.location.node) for one in told(run)] == [(codes.PICTURE_CACHED, "2")]
    assert run.exit_code() == 0
    assert not told(
        ran(made_script(outputs, cached=("3",), frames={"2": [picture_frame("2", PNG)]}), tmp_path)
    )


@pytest.mark.parametrize(
    "faults", [Faults(refuse_socket=True), Faults(mute_after=3), Faults(drop_after=frozenset({3}))]
)
def test_pictures_that_did_not_arrive_are_told_and_no_success(faults: Faults, tmp_path: Path) -> None:
    run = ran(sent(PNG, PNG_2), tmp_path, faults)
    assert run.missed
    assert run.exit_code() == 2
    assert [one.rule for one in told(run)] == [codes.PICTURE_MISSED]


def test_the_pictures_of_an_earlier_run_are_not_replaced(tmp_path: Path) -> None:
    ran(sent(PNG), tmp_path)
    run = ran(sent(PNG_2), tmp_path)
    assert files_in(tmp_path) == ["SaveImageWebsocket_2_00001 (1).png", "SaveImageWebsocket_2_00001.png"]
    assert not told(run)


# --- batches ---

MORE = made_script({"2": {"unfinished_batch": [True]}})
LAST = made_script({"2": {"gifs": [{**FILE, "filename": "whole.mp4"}]}})


def batched(*scripts: Script, faults: Faults | None = None) -> FakeComfy:
    fake = FakeComfy(scripts[0], faults)
    fake.batches = list(scripts[1:])
    return fake


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("faults", [Faults(), Faults(refuse_socket=True)], ids=["live", "asking"])
def test_a_prompt_that_goes_on_is_followed_to_its_last_batch(
    count: int, faults: Faults, tmp_path: Path
) -> None:
    fake, events = batched(*[MORE] * (count - 1), LAST, faults=faults), list[Event]()

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path, events=events)

    run = run_async(main)
    assert (run.status, files_in(tmp_path), told(run)) == ("success", ["whole.mp4"], [])
    assert len(fake.bodies) == 1
    assert run.prompt_id == fake.accepted[0]
    assert list(run.continued) == fake.batch_ids
    assert [one.next_id for one in events if isinstance(one, Requeued)] == fake.batch_ids
    assert [type(one) for one in events].count(Ended) == 1
    assert "unfinished_batch" not in str(run_to_json(run)["outputs"])


def test_what_each_batch_puts_out_is_kept(tmp_path: Path) -> None:
    first = {"2": {"unfinished_batch": [True]}, "3": {"images": [{**FILE, "filename": "1.png"}]}}
    second = {"2": {"gifs": [FILE]}, "3": {"images": [{**FILE, "filename": "2.png"}]}}
    fake = batched(made_script(first), made_script(second))

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path)

    run_async(main)
    assert files_in(tmp_path) == ["1.png", "2.png", "a.png"]


def test_a_batch_that_is_not_there_is_told_and_no_success(tmp_path: Path) -> None:
    run = ran(MORE, tmp_path)
    assert run.is_unfinished
    assert run.exit_code() == 1
    assert [one.rule for one in told(run)] == [codes.BATCH_UNFINISHED]


def test_a_prompt_of_somebody_else_is_not_taken_for_the_next_batch(tmp_path: Path) -> None:
    fake = FakeComfy(MORE)

    async def main() -> Run:
        async with fake:
            fake.running["theirs"] = [1, "theirs", dict(PROMPT), {"client_id": "somebody"}, []]
            return await run_on(fake, tmp_path)

    assert run_async(main).is_unfinished


def test_a_batch_that_fails_is_the_end_and_names_itself(tmp_path: Path) -> None:
    fake = batched(MORE, load_script("10_execution_error"))

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path)

    run = run_async(main)
    assert (run.status, run.reason, run.exit_code()) == ("error", "node-failed", 1)
    assert run.last_id == fake.batch_ids[0]


def test_a_stop_takes_the_batch_back_that_runs() -> None:
    held = Script(LAST.prompt_id, LAST.post, LAST.steps, LAST.history, 2)
    fake, stop = batched(MORE, held), Stop()

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake, stop=stop))
            await until(lambda: fake.batch_ids and fake.batch_ids[0] in fake.running)
            stop.request()
            return await task

    run = run_async(main)
    assert run.reason == "interrupted-by-us"
    assert fake.batch_ids[0] in fake.interrupts


def test_waiting_for_the_first_batch_waits_for_all(tmp_path: Path) -> None:
    fake = batched(MORE, MORE, LAST)

    async def main() -> Run:
        async with fake, Server(fake.url, pace=QUICK) as server:
            job = await server.submit(Order(PROMPT))
            await until(lambda: len(fake.executed) == 3)
            return await server.wait(job.prompt_id, Saving(tmp_path))

    assert run_async(main).status == "success"
    assert files_in(tmp_path) == ["whole.mp4"]


# --- what goes on ---


def test_a_node_that_does_not_heed_the_interrupt_is_named(tmp_path: Path) -> None:
    fake, stop = FakeComfy("08_progress_with_metadata_preview", Faults(stall_after=8)), Stop()

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake, stop=stop, pace=pace(grace=0.2)))
            await until(lambda: fake.sent >= 8)
            stop.request()
            return await task

    run = run_async(main)
    assert (run.status, run.is_left) == ("interrupted", True)
    (found,) = told(run)
    assert "the server is still running that node" in found.message
    assert f"comfyc wait {run.prompt_id} --server {fake.url}" in str(found.hint)


def test_a_prompt_that_obeys_after_a_timeout_is_not_said_to_go_on() -> None:
    script = made_script({"1": {"images": [FILE]}})
    fake = FakeComfy(Script(script.prompt_id, script.post, script.steps, script.history, 3))

    async def main() -> Run:
        async with fake:
            return await run_on(fake, pace=pace(total=0.2))

    run = run_async(main)
    assert (run.status, run.is_left) == ("timeout", False)


def test_outputs_that_are_heard_twice_are_one(tmp_path: Path) -> None:
    events: list[Event] = []
    ran(made_script({"1": {"images": [FILE, FILE]}}), tmp_path, Faults(twice=True), events=events)
    assert len([one for one in events if isinstance(one, NodeOutput)]) == 1
    assert files_in(tmp_path) == ["a.png"]


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_a_stop_ends_even_where_every_batch_ends_well() -> None:
    """A node that makes no steps heeds no interrupt, and has the next batch queued all the same."""
    fake, stop = batched(*[MORE] * 500), Stop()

    async def slow(request: web.Request) -> web.Response:
        return web.json_response({"cancelled": True})

    fake.faults.answers["POST /api/jobs"] = slow

    async def main() -> Run:
        async with fake:
            task = asyncio.create_task(run_on(fake, stop=stop, pace=pace(grace=0.3)))
            await until(lambda: len(fake.batch_ids) > 3)
            stop.request()
            return await task

    run = run_async(main)
    assert run.reason == "interrupted-by-us"
    assert fake.batches


def test_pictures_are_kept_where_the_history_has_been_cleared(tmp_path: Path) -> None:
    fake = FakeComfy(sent(PNG))

    async def cleared(request: web.Request) -> web.Response:
        return web.json_response({})

    fake.faults.answers["GET /history"] = cleared

    async def main() -> Run:
        async with fake:
            return await run_on(fake, tmp_path, prompt={"2": {"class_type": SENDER, "inputs": {}}})

    assert run_async(main).status == "success"
    assert files_in(tmp_path) == ["SaveImageWebsocket_2_00001.png"]


def test_outputs_beyond_the_limit_are_counted_and_told(tmp_path: Path) -> None:
    files = [{"filename": f"{number}.png", "subfolder": "", "type": "output"} for number in range(30)]
    script = made_script({"3": {"images": files}, "4": {"images": files[:5], "text": ["a", "b"]}})
    run = ran(script, tmp_path, limits=ServerLimits(outputs=20))
    assert files_in(tmp_path) == sorted(f"{number}.png" for number in range(20))
    assert (len(list(run.each_output())), run.left_out, run.exit_code()) == (20, 17, 2)
    assert [one.message for one in told(run)] == [
        "the server lists 17 outputs beyond the limit; they were not saved"
    ]


@pytest.mark.slow
def test_many_outputs_are_downloaded_by_few_tasks(tmp_path: Path) -> None:
    files = [{"filename": f"{number}.png", "subfolder": "", "type": "output"} for number in range(300)]
    most = 0

    async def view(request: web.Request, data: bytes) -> web.StreamResponse:
        nonlocal most
        most = max(most, len(asyncio.all_tasks()))
        return web.Response(body=data)

    run = ran(made_script({"3": {"images": files}}), tmp_path, Faults(view=view))
    assert len(run.paths) == 300
    assert most < 60  # those of the fake server among them


def test_no_more_files_are_asked_for_after_many_that_cannot_be_had(tmp_path: Path) -> None:
    files = [{"filename": f"{number}.png", "subfolder": "", "type": "output"} for number in range(300)]
    asked = 0

    async def view(request: web.Request, data: bytes) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return web.Response(status=404)

    run = ran(made_script({"3": {"images": files}}), tmp_path, Faults(view=view))
    assert 100 <= asked < 110
    assert sum("not downloaded" in str(one.problem) for one in run.files) == 300 - asked
    assert run.exit_code() == 2
