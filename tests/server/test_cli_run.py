"""``comfyc run`` and its neighbours as a shell sees them, against the server of the tests."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from converter.catalog import Catalog
from tests.server.fake import FakeComfy, Faults
from tests.server.running import files_in, run_async
from tests.server.scripts import FIXTURES, Script, load_script, made_script

RUNNABLE = FIXTURES / "runnable"
PICTURE = {"filename": "a_00001_.png", "subfolder": "", "type": "output"}
PLAIN = made_script({"3": {"images": [PICTURE]}})
LIMIT = 60.0


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


async def start(folder: Path, *arguments: str | Path, **environment: str) -> asyncio.subprocess.Process:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("COMFY")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "converter",
        *map(str, arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**clean, "COMFYC_CACHE_DIR": str(folder / "cache"), **environment},
    )


async def comfyc(folder: Path, *arguments: str | Path, **environment: str) -> Ended:
    return await end(await start(folder, *arguments, **environment))


async def end(process: asyncio.subprocess.Process) -> Ended:
    out, err = await process.communicate()
    assert b"Traceback" not in err, err.decode()
    return Ended(process.returncode or 0, out.decode(), err.decode())


def serving(script: Script = PLAIN, **faults: Any) -> FakeComfy:
    """A server with the bundled catalogue."""

    async def object_info(request: web.Request) -> web.Response:
        catalog = Catalog.load()
        return web.json_response({name: catalog.info(name) for name in catalog})

    answers = {"GET /object_info": object_info, **faults.pop("answers", {})}
    return FakeComfy(script, Faults(answers=answers, **faults))


def seed_of(prompt: dict[str, Any]) -> int:
    names = ("seed", "noise_seed")
    (seed,) = (node["inputs"][name] for node in prompt.values() for name in names if name in node["inputs"])
    return int(seed)


def on(server: FakeComfy, test: Callable[[FakeComfy], Awaitable[None]]) -> None:
    async def main() -> None:
        async with server:
            await test(server)

    run_async(main, LIMIT)


WORKFLOW = RUNNABLE / "01_image_scale_save.json"
BAD: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": "x", "height": 8, "batch_size": 1, "color": 0}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


def test_paths_go_to_stdout_and_the_workflow_travels_along(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, "--out-dir", "out")
        assert (ended.code, ended.out) == (0, os.path.join("out", "a_00001_.png") + "\n")
        (body,) = server.bodies
        assert body["extra_data"]["extra_pnginfo"]["workflow"] == json.loads(WORKFLOW.read_text("utf-8"))
        assert body["prompt"]["1"]["class_type"] == "EmptyImage"
        again = await comfyc(
            tmp_path, "run", WORKFLOW, "--server", server.url, "--no-embed", "--out-dir", "out"
        )
        assert again.code == 0
        assert "extra_pnginfo" not in server.bodies[1].get("extra_data", {})
        assert files_in(tmp_path / "out") == ["a_00001_.png"]
        assert server.requests.count("GET /object_info") == 1

    on(serving(), test)


def test_what_has_errors_is_not_sent_unless_forced(tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(BAD, indent=1), encoding="utf-8")

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", file, WORKFLOW, "--server", server.url)
        assert (ended.code, ended.out) == (1, "")
        assert "error[P305]" in ended.err
        assert "bad.json:5:13" in ended.err
        assert not server.bodies
        forced = await comfyc(tmp_path, "run", file, "--force", "--server", server.url)
        assert forced.code == 0
        assert len(server.bodies) == 1

    on(serving(), test)


def test_a_rejection_points_into_the_file(tmp_path: Path) -> None:
    error = {"type": "value_smaller_than_min", "message": "Value 0 smaller than min of 1", "details": "width"}
    errors = [{**error, "extra_info": {"input_name": "width"}}]
    post = {
        "error": {
            "type": "prompt_outputs_failed_validation",
            "message": "Failed",
            "details": "",
            "extra_info": {},
        },
        "node_errors": {"1": {"errors": errors, "class_type": "EmptyImage", "dependent_outputs": ["3"]}},
    }

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url)
        assert ended.code == 1
        assert "S402" in ended.err
        text = WORKFLOW.read_text("utf-8")
        place = next(line for line in ended.err.splitlines() if "/widgets_values/0" in line)
        assert f"{WORKFLOW.name}:" in place
        assert '"EmptyImage"' in text

    on(serving(replace(PLAIN, post=post)), test)


def test_a_node_that_fails_is_named_with_its_exception(tmp_path: Path) -> None:
    script = load_script("10_execution_error")

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--force", "--server", server.url)
        assert ended.code == 1
        assert "S405" in ended.err or "raised" in ended.err

    on(serving(script), test)


def test_a_partial_run_fails_unless_that_is_allowed(tmp_path: Path) -> None:
    errors = [{"type": "required_input_missing", "message": "Required input is missing", "details": "images"}]
    post = {**PLAIN.post, "node_errors": {"3": {"errors": errors, "class_type": "SaveImage"}}}

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, "--out-dir", "out")
        assert (ended.code, len(ended.out.splitlines())) == (1, 1)
        assert "S403" in ended.err
        allowed = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, "--allow-partial")
        assert allowed.code == 0

    on(serving(replace(PLAIN, post=post)), test)


def test_json_results_and_json_events(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        file = RUNNABLE / "17_noise_seed.json"
        options = ("--json", "--progress", "json", "--seed", "7", "--count", "2", "-q")
        ended = await comfyc(tmp_path, "run", file, "--server", server.url, *options)
        records = [json.loads(line) for line in ended.out.splitlines()]
        assert [record["seed"] for record in records] == sorted(
            seed_of(body["prompt"]) for body in server.bodies
        )
        assert [record["status"] for record in records] == ["success", "success"]
        events = [json.loads(line) for line in ended.err.splitlines()]
        assert {"submitted", "started", "ended", "saved"} <= {event["event"] for event in events}

    on(serving(), test)


def test_a_local_file_is_uploaded_once(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG...")

    async def test(server: FakeComfy) -> None:
        file = RUNNABLE / "02_load_invert_save.json"
        arguments = ("run", file, "--server", server.url, "--set", f"LoadImage.image=@{photo}")
        first, second = [await comfyc(tmp_path, *arguments) for _ in range(2)]
        assert (first.code, second.code) == (0, 0)
        assert len(server.uploads) == 1
        (name,) = server.uploads
        assert {body["prompt"]["1"]["inputs"]["image"] for body in server.bodies} == {name}
        workflow = server.bodies[0]["extra_data"]["extra_pnginfo"]["workflow"]
        assert name in json.dumps(workflow["nodes"])

    on(serving(), test)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a_00001_.png").write_bytes(b"mine")

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url)
        assert ended.out == "a_00001_ (1).png\n"
        assert (tmp_path / "a_00001_.png").read_bytes() == b"mine"
        replaced = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, "--overwrite")
        assert replaced.out == "a_00001_.png\n"
        assert (tmp_path / "a_00001_.png").read_bytes() != b"mine"

    on(serving(), test)


def test_submit_now_and_wait_later(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--no-wait", "--server", server.url)
        assert ended.code == 0
        assert ended.out.split() == server.accepted
        queued = await comfyc(tmp_path, "queue", "--server", server.url)
        assert server.accepted[0] in queued.out
        server.release.set()
        waited = await comfyc(tmp_path, "wait", server.accepted[0], "--server", server.url)
        assert (waited.code, waited.out) == (0, "a_00001_.png\n")
        lost = await comfyc(tmp_path, "wait", "nobody", "--server", server.url)
        assert lost.code == 2

    on(serving(replace(PLAIN, hold_at=2)), test)


def test_ctrl_c_takes_back_ours_and_exits_with_130(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "run", WORKFLOW, "--count", "2", "--server", server.url)
        while not server.running:
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGINT)
        ended = await end(process)
        assert ended.code == 130
        assert "stopping" in ended.err
        assert not server.running
        assert not server.pending
        assert len(server.accepted) == 1

    on(serving(replace(PLAIN, hold_at=2)), test)


def test_a_second_ctrl_c_leaves_at_once(tmp_path: Path) -> None:
    async def never(request: web.Request) -> web.Response:
        await asyncio.sleep(600)
        return web.Response()

    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "run", WORKFLOW, "--server", server.url)
        while not server.running:
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        await process.stderr.readuntil(b"stopping")
        process.send_signal(signal.SIGINT)
        assert (await end(process)).code == 130

    on(serving(replace(PLAIN, hold_at=2), answers={"POST /api/jobs": never, "POST /interrupt": never}), test)


def test_the_jobs_of_a_server_that_is_away_go_to_another(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        ended = await comfyc(
            tmp_path,
            "run",
            WORKFLOW,
            "--count",
            "3",
            "--server",
            "http://127.0.0.1:9",
            "--server",
            server.url,
        )
        assert ended.code == 0, ended.err
        assert len(server.executed) == 3

    on(serving(), test)


@pytest.mark.parametrize(
    "command", [("run", str(WORKFLOW)), ("queue",), ("status",), ("interrupt",), ("wait", "x")]
)
def test_a_server_that_is_not_there_is_one_clear_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    async def main() -> None:
        ended = await comfyc(tmp_path, *command, "--server", "http://user:pässword@127.0.0.1:9")
        row = "http://127.0.0.1:9: not reachable\n" if command == ("status",) else ""
        assert (ended.code, ended.out) == (2, row)
        assert "cannot reach 'http://127.0.0.1:9'" in ended.err
        assert "help:" in ended.err
        assert "ssword" not in ended.err

    run_async(main, LIMIT)


def test_tokens_come_from_the_environment_and_are_never_shown(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        server.token = "very-secret"
        refused = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url)
        assert refused.code == 2
        ended = await comfyc(
            tmp_path, "run", WORKFLOW, "--json", COMFYC_SERVER=server.url, COMFYC_TOKEN="very-secret"
        )
        assert ended.code == 0, ended.err
        assert "very-secret" not in ended.out + ended.err

    on(serving(), test)


def test_cancel_and_interrupt_leave_others_alone(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        server.running["theirs"] = [1, "theirs", {}, {"client_id": "somebody"}, []]
        assert (await comfyc(tmp_path, "interrupt", "--server", server.url)).code == 0
        assert (await comfyc(tmp_path, "cancel", "theirs", "--server", server.url)).code == 2
        assert server.interrupts == []
        assert (await comfyc(tmp_path, "queue", "--server", server.url)).out == ""
        assert "theirs" in (await comfyc(tmp_path, "queue", "--anyone", "--server", server.url)).out
        assert (await comfyc(tmp_path, "cancel", "theirs", "--anyone", "--server", server.url)).code == 0
        assert server.interrupts == ["theirs"]

    on(serving(), test)
