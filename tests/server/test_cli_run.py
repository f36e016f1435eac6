"""``comfyc run`` and its neighbours as a shell sees them, against the server of the tests."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from aiohttp import web

from comfyc import DynamicPrompts, Options, convert
from comfyc.catalog import bundled_core
from tests import in_process
from tests.in_process import Ended
from tests.server.fake import FakeComfy, Faults
from tests.server.running import files_in, run_async
from tests.server.scripts import FIXTURES, Script, load_script, made_script

RUNNABLE = FIXTURES / "runnable"
PICTURE = {"filename": "a_00001_.png", "subfolder": "", "type": "output"}
PLAIN = made_script({"3": {"images": [PICTURE]}})
LIMIT = 60.0


def without_comfy() -> dict[str, str]:
    """The environment without what who runs the tests has set for comfyc."""
    return {key: value for key, value in os.environ.items() if not key.startswith("COMFY")}


async def start(folder: Path, *arguments: str | Path, **environment: str) -> asyncio.subprocess.Process:
    """The command as a process of its own, for what needs one: signals, streams, two of them at a time."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "comfyc",
        *map(str, arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**without_comfy(), "COMFYC_CACHE_DIR": str(folder / "cache"), **environment},
    )


async def comfyc(folder: Path, *arguments: str | Path, **environment: str) -> Ended:
    """How the command ends, in a thread of this process."""
    variables = {**without_comfy(), "COMFYC_CACHE_DIR": str(folder / "cache"), **environment}
    with mock.patch.dict(os.environ, variables, clear=True):
        return await asyncio.to_thread(in_process.comfyc, *arguments, cwd=folder)


async def end(process: asyncio.subprocess.Process) -> Ended:
    out, err = await process.communicate()
    assert b"Traceback" not in err, err.decode()
    return Ended(process.returncode or 0, out.decode(), err.decode())


@cache
def core_nodes() -> bytes:
    """What such a server says to GET /object_info."""
    catalog = bundled_core()
    return json.dumps({name: catalog.info(name) for name in catalog}).encode()


def object_info(entries: dict[str, Any] | None = None) -> Callable[[web.Request], Awaitable[web.Response]]:
    """What answers GET /object_info; by default with the bundled catalogue of ComfyUI's own nodes."""

    async def answer(request: web.Request) -> web.Response:
        body = core_nodes() if entries is None else json.dumps(entries).encode()
        return web.Response(body=body, content_type="application/json")

    return answer


def serving(script: Script = PLAIN, **faults: Any) -> FakeComfy:
    """A server with the bundled catalogue of ComfyUI's own nodes."""
    answers = {"GET /object_info": object_info(), **faults.pop("answers", {})}
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
SEEDED = RUNNABLE / "17_noise_seed.json"
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_an_expression_that_cannot_be_evaluated_is_not_sent(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        file = RUNNABLE / "11_math_expression.json"
        texts = ("--set", "ComfyMathExpression.expression=a + * 2")
        ended = await comfyc(tmp_path, "run", file, *texts, "--server", server.url)
        assert (ended.code, ended.out) == (1, "")
        assert "error[P352]" in ended.err
        assert not server.bodies
        outside = ("--set", "SaveImage.filename_prefix=../x")
        refused = await comfyc(tmp_path, "run", SEEDED, *outside, "--server", server.url)
        assert refused.code == 1
        assert "error[P350]" in refused.err
        assert not server.bodies

    on(serving(), test)


@pytest.mark.slow
def test_a_file_that_the_server_does_not_have_is_an_error(tmp_path: Path) -> None:
    document = json.loads((RUNNABLE / "02_load_invert_save.json").read_text("utf-8"))
    for node in document["nodes"]:
        if node["type"] == "LoadImage":
            node["widgets_values"][0] = "sub/gone.png"
    (tmp_path / "flow.json").write_text(json.dumps(document), encoding="utf-8")

    async def test(server: FakeComfy) -> None:
        command = ("validate", "flow.json", "--server", server.url)
        ended = await comfyc(tmp_path, *command)
        assert ended.code == 1
        assert "error[P307]: 'image' is 'sub/gone.png', which the server does not have" in ended.out
        server.files["input", "sub", "gone.png"] = b"a picture"
        there = await comfyc(tmp_path, *command)
        assert there.code == 0
        assert "P307" not in there.out

    on(serving(), test)


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_node_that_fails_is_named_with_its_exception(tmp_path: Path) -> None:
    script = load_script("10_execution_error")

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--force", "--server", server.url)
        assert ended.code == 1
        assert "S405" in ended.err
        assert "raised" in ended.err

    on(serving(script), test)


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["", "18446744073709551616", "-2", "1e3"])
@pytest.mark.parametrize("flag", ["--seed", "--set"])
def test_what_is_no_seed_is_refused_before_anything_is_sent(tmp_path: Path, flag: str, seed: str) -> None:
    async def test(server: FakeComfy) -> None:
        file = RUNNABLE / "17_noise_seed.json"
        value = seed if flag == "--seed" else f"ImageAddNoise.seed={seed}"
        ended = await comfyc(tmp_path, "run", file, "--server", server.url, flag, value)
        assert (ended.code, ended.out) == (2 if flag == "--seed" else 1, "")
        assert "is not a seed" in ended.err
        assert not server.bodies

    on(serving(), test)


@pytest.mark.slow
def test_force_sends_a_value_that_breaks_a_rule_but_no_prompt_without_what_was_asked_for(
    tmp_path: Path,
) -> None:
    async def test(server: FakeComfy) -> None:
        run = ("run", RUNNABLE / "17_noise_seed.json", "--server", server.url, "--force")
        misspelt = await comfyc(tmp_path, *run, "--set", "ImageAddNoise.sead=5")
        assert (misspelt.code, misspelt.out) == (1, "")
        assert "I603" in misspelt.err
        assert not server.bodies
        await comfyc(tmp_path, *run, "--set", "ImageAddNoise.strength=5")
        assert len(server.bodies) == 1
        (noise,) = (n for n in server.bodies[0]["prompt"].values() if n["class_type"] == "ImageAddNoise")
        assert noise["inputs"]["strength"] == 5

    on(serving(), test)


@pytest.mark.slow
@pytest.mark.parametrize("flag", [("--seed", "-1"), ("--set", "ImageAddNoise.seed=-1")])
def test_minus_one_sends_another_random_seed_each_time(tmp_path: Path, flag: tuple[str, str]) -> None:
    async def test(server: FakeComfy) -> None:
        file = RUNNABLE / "17_noise_seed.json"
        ended = await comfyc(tmp_path, "run", file, "--server", server.url, *flag, "--count", "3")
        assert ended.code == 0
        seeds = {seed_of(body["prompt"]) for body in server.bodies}
        assert len(seeds) == 3
        assert all(0 < seed < 2**50 for seed in seeds)
        assert all(f"seed {seed}\n" in ended.err for seed in seeds)

    on(serving(), test)


@pytest.mark.slow
@pytest.mark.parametrize("flag", [(), ("--random-seed", "77")])
def test_the_seed_that_is_told_repeats_what_the_runs_drew(tmp_path: Path, flag: tuple[str, ...]) -> None:
    flow = FIXTURES / "faults" / "N242" / "braces" / "workflow.json"

    def drawn(seed: int) -> Any:
        options = Options(dynamic_prompts=DynamicPrompts.RANDOM, random_seed=seed)
        return convert(flow, options=options).prompt["2"]["inputs"]["text"]

    async def test(server: FakeComfy) -> None:
        told = ("--count", "6", "--force", "--verbose", *flag)
        ended = await comfyc(tmp_path, "run", flow, "--server", server.url, *told)
        (seed,) = map(int, re.findall(r"N242.* with the seed (\d+)", ended.err))
        assert not flag or seed == 77
        texts = [body["prompt"]["2"]["inputs"]["text"] for body in server.bodies]
        assert texts == [drawn(seed + turn) for turn in range(6)]

    on(serving(), test)


@pytest.mark.slow
def test_each_run_is_named_after_its_own_seed(tmp_path: Path) -> None:
    """The file name has the seed that is sent; the workflow that travels along has what was set."""
    prefix = "%date:yyyy%/%ImageAddNoise.seed%_%LoadImage.image%"
    (tmp_path / "photo.png").write_bytes(b"\x89PNG...")
    document = json.loads((RUNNABLE / "17_noise_seed.json").read_text("utf-8"))
    widgets = {node["id"]: node["widgets_values"] for node in document["nodes"]}
    loader = {"id": 9, "type": "LoadImage", "inputs": [], "widgets_values": ["example.png", "image"]}
    loader["outputs"] = [{"name": "IMAGE", "type": "IMAGE", "links": [9]}]
    document["nodes"].append(loader)
    document["links"].append([9, 9, 0, 10, 0, "IMAGE"])
    saver = {"id": 10, "type": "PreviewImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 9}]}
    document["nodes"].append(saver)
    (tmp_path / "flow.json").write_text(json.dumps(document), encoding="utf-8")

    async def test(server: FakeComfy) -> None:
        options = ("--seed", "random", "--count", "3", "--set", f"SaveImage.filename_prefix={prefix}")
        files = ("--set", "LoadImage.image=@photo.png")
        ended = await comfyc(tmp_path, "run", "flow.json", "--server", server.url, *options, *files)
        assert ended.code == 0, ended.err
        (uploaded,) = server.uploads
        seeds = {seed_of(body["prompt"]) for body in server.bodies}
        assert len(seeds) == 3
        assert seeds.isdisjoint(value for values in widgets.values() for value in values if value)
        for body in server.bodies:
            seed = seed_of(body["prompt"])
            year = datetime.date.today().year
            assert body["prompt"]["3"]["inputs"]["filename_prefix"] == f"{year}/{seed}_{uploaded}"
            workflow = body["extra_data"]["extra_pnginfo"]["workflow"]
            values = {node["id"]: node.get("widgets_values") for node in workflow["nodes"]}
            assert values[3][0] == prefix
            assert values[2][0] == seed
            assert values[9][0] == uploaded
            assert f"seed {seed}\n" in ended.err

    on(serving(), test)


@pytest.mark.slow
def test_each_run_chooses_alternatives_anew(tmp_path: Path) -> None:
    document = {
        "nodes": [
            {"id": 1, "type": "CLIPTextEncode", "widgets_values": ["old"]},
            {"id": 2, "type": "PreviewAny", "inputs": [{"name": "source", "type": "*", "link": 1}]},
        ],
        "links": [[1, 1, 0, 2, 0, "CONDITIONING"]],
        "version": 0.4,
    }
    document["nodes"][0]["outputs"] = [{"name": "C", "type": "CONDITIONING", "links": [1]}]  # type: ignore[index]
    (tmp_path / "flow.json").write_text(json.dumps(document), encoding="utf-8")
    text = "{" + "|".join(f"n{number}" for number in range(1000)) + "}"

    async def test(server: FakeComfy) -> None:
        options = ("--set", f"1.text={text}", "--count", "3", "--random-seed", "1")
        ended = await comfyc(tmp_path, "run", "flow.json", "--force", "--server", server.url, *options)
        assert ended.code == 0, ended.err
        sent = [body["prompt"]["1"]["inputs"]["text"] for body in server.bodies]
        assert len(set(sent)) == 3
        assert set(sent) <= set(text[1:-1].split("|"))
        workflow = server.bodies[0]["extra_data"]["extra_pnginfo"]["workflow"]
        assert workflow["nodes"][0]["widgets_values"] == [text]

    on(serving(), test)


TEXTS = made_script({"1": {"text": ["one\nline \x1b[31m more"]}, "3": {"images": [PICTURE]}})


@pytest.mark.slow
def test_texts_go_to_stdout_with_their_lines_and_without_controls(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, "-q")
        assert ended.out == "a_00001_.png\none\nline \\x1b[31m more\n"
        assert ended.err == ""
        saved = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, "--save-text")
        assert "one" not in saved.out + saved.err
        assert len(saved.out.splitlines()) == 2

    on(serving(TEXTS), test)


def events_of(ended: Ended) -> list[dict[str, Any]]:
    """Every line of stderr is an event."""
    found = [json.loads(line) for line in ended.err.splitlines()]
    assert all(isinstance(one["event"], str) and isinstance(one["time"], float) for one in found)
    return found


@pytest.mark.slow
def test_events_are_all_that_is_on_stderr(tmp_path: Path) -> None:
    """Findings of the file and of each run, notes, errors with their hints, wrong arguments."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for folder in ("a", "b"):
        (tmp_path / folder / "flow.json").write_text(SEEDED.read_text("utf-8"), encoding="utf-8")

    async def test(server: FakeComfy) -> None:
        files = ("a/flow.json", "b/flow.json")
        options = ("--progress", "json", "--force", "-v", "--seed", "random", "--count", "2")
        ended = await end(await start(tmp_path, "run", *files, *options, "--server", server.url))
        assert ended.code == 1
        found = events_of(ended)
        labels = {f"{file} #{turn}" for file in files for turn in (1, 2)}
        failed = [one for one in found if one["event"] == "finding" and one["code"] == "S405"]
        assert {one["run"] for one in failed} == labels
        assert all(one["file"] == one["run"].split(" #")[0] and one["hint"] for one in failed)
        seeds = [one for one in found if one["event"] == "note" and "seeds" in one]
        assert {one["run"] for one in seeds} == labels
        assert {one["run"] for one in found if one["event"] == "submitted"} == labels
        assert any(one["event"] == "finding" and "run" not in one for one in found)  # of the file itself

    on(serving(load_script("10_execution_error")), test)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "nowhere.json"),
        ("run", str(WORKFLOW), "--server", "http://127.0.0.1:9"),
        ("run", str(WORKFLOW), "--set", "nobody.seed=1"),
        ("run", str(WORKFLOW), "--seed", "x"),
        ("run", str(WORKFLOW), "--count", "many"),
        ("wait", "x", "--server", "http://127.0.0.1:9"),
        ("run", "bad.json"),
    ],
)
@pytest.mark.parametrize("flag", [("--progress", "json"), ("--progress=json",)])
def test_what_cannot_be_done_is_told_as_events_too(
    tmp_path: Path, arguments: tuple[str, ...], flag: tuple[str, ...]
) -> None:
    (tmp_path / "bad.json").write_text(json.dumps(BAD), encoding="utf-8")

    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, *arguments, *flag, COMFYC_SERVER=server.url)
        assert ended.code in (1, 2)
        assert events_of(ended)

    on(serving(), test)


@pytest.mark.slow
def test_findings_name_their_run(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        ended = await comfyc(tmp_path, "run", SEEDED, "--force", "--count", "2", "--server", server.url)
        assert ended.code == 1
        for turn in (1, 2):
            assert f"\n  run: {SEEDED.name} #{turn}\n" in ended.err
        alone = await comfyc(tmp_path, "run", SEEDED, "--force", "--server", server.url)
        assert "  run:" not in alone.err

    on(serving(load_script("10_execution_error")), test)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_take_ours_back_too_and_have_their_own_exit_code(number: int, tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "run", WORKFLOW, "--server", server.url)
        while not server.running:
            await asyncio.sleep(0.02)
        process.send_signal(number)
        ended = await end(process)
        assert ended.code == 128 + number
        assert server.interrupts == server.accepted
        assert not server.running

    on(serving(replace(PLAIN, hold_at=2)), test)


@pytest.mark.slow
def test_a_second_ctrl_c_names_what_may_stay_there(tmp_path: Path) -> None:
    async def never(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async def test(server: FakeComfy) -> None:
        process = await start(tmp_path, "run", WORKFLOW, "--progress", "none", "--server", server.url)
        while not server.running:
            await asyncio.sleep(0.02)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            await asyncio.sleep(0.5)
        ended = await end(process)
        assert ended.code == 130
        assert f"comfyc wait {server.accepted[0]} --server {server.url}" in ended.err

    on(serving(replace(PLAIN, hold_at=2), answers={"POST /api/jobs": never, "POST /interrupt": never}), test)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_limit_of_findings_holds_for_what_became_of_a_run(tmp_path: Path) -> None:
    files = [{**PICTURE, "filename": f"{number}.png"} for number in range(5)]

    async def gone(request: web.Request) -> web.Response:
        return web.Response(status=404)

    async def test(server: FakeComfy) -> None:
        limit = ("--limit", "findings=2")
        ended = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, *limit)
        assert ended.code == 2
        assert ended.err.count("S413") == 3
        assert "and 3 more: there are more than 2 findings of this rule" in ended.err

    on(serving(made_script({"3": {"images": files}}), answers={"GET /view": gone}), test)
