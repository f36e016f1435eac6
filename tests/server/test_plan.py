"""What ``comfyc run`` would send, as it is told before: it is what ``run`` sends then, but for the ids."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from comfyc.cli.commands.run import run
from comfyc.cli.flags.running import ACCESS, AFTER_PLANNING
from comfyc.schema import schema_file
from tests.answers import answer
from tests.in_process import comfyc as comfyc_here
from tests.server.fake import FakeComfy
from tests.server.scripts import made_script
from tests.server.test_app_runs import TWO_OUTPUTS, picture
from tests.server.test_cli_run import BAD, RUNNABLE, comfyc, on, serving

_IDS = {"prompt_id", "client_id"}


def without_ids(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in _IDS}


FLAGS = ["--seed", "5", "--count", "2", "--random-seed", "1", "--front"]


def only_asked(server: FakeComfy) -> bool:
    return {line.split()[0] for line in server.requests} <= {"GET", "HEAD"}


@pytest.mark.slow
def test_what_is_shown_is_what_is_sent(tmp_path: Path) -> None:
    """The bodies of --print-prompt, of a plan and of its run are those of a run, but for the ids."""
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG...")
    (tmp_path / "job.yaml").write_text(
        "count: 7\nset:\n  LoadImage.image: '@photo.png'\n  SaveImage.filename_prefix: '{a|b|c|d|e|f|g}'\n"
    )
    file = RUNNABLE / "02_load_invert_save.json"

    async def test(server: FakeComfy) -> None:
        arguments = (str(file), "job.yaml", "--server", server.url, *FLAGS)
        printed = await comfyc(tmp_path, "run", *arguments, "--print-prompt")
        planned = await comfyc(tmp_path, "plan", *arguments, "-o", "job.plan", "--json")
        shown = await comfyc(tmp_path, "run", *arguments, "--dry-run")
        assert only_asked(server)
        assert (printed.code, planned.code, shown.code) == (0, 0, 0)
        (plan,) = answer(planned.out)["results"]
        jsonschema.validate(plan, json.loads(schema_file("plan").read_text("utf-8")))
        assert plan == json.loads((tmp_path / "job.plan").read_text("utf-8"))
        bodies = [json.loads(line) for line in printed.out.splitlines()]
        assert len({body["prompt_id"] for body in bodies}) == 2
        sent = await comfyc(tmp_path, "run", *arguments)
        again = await comfyc(tmp_path, "run", "job.plan")
        assert (sent.code, again.code) == (0, 0), again.err
        assert len(server.bodies) == 4
        expected = [json.dumps(without_ids(body)) for body in server.bodies[:2]]
        assert [json.dumps(without_ids(body)) for body in server.bodies[2:]] == expected
        assert [json.dumps(without_ids(body)) for body in bodies] == expected
        assert [json.dumps(each["body"]) for one in plan["runs"] for each in one["bodies"]] == expected
        (upload,) = plan["uploads"]
        assert [upload["value"]] == server.uploads
        for text in (
            "photo.png",
            "job.yaml:3:3",
            "2 prompts would be sent",
            upload["value"],
            "{a|b|c|d|e|f|g}",
        ):
            assert text in shown.out

    on(serving(), test)


@pytest.mark.slow
def test_a_plan_is_run_as_it_was_shown_or_not_at_all(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG...")
    file = RUNNABLE / "02_load_invert_save.json"

    async def test(server: FakeComfy) -> None:
        values = ("--set", "LoadImage.image=@photo.png")
        planned = await comfyc(tmp_path, "plan", str(file), "--server", server.url, *values, "-o", "job.plan")
        assert planned.code == 0, planned.err
        for flags, said in (
            (("--seed", "5"), "--seed cannot be used with the plan 'job.plan'"),
            (("--print-prompt",), "--print-prompt cannot be used with the plan"),
            (("--server", "http://127.0.0.1:9"), "the plan 'job.plan' is not for http://127.0.0.1:9"),
            ((str(file),), "'job.plan' is a plan, which holds all that is to be run"),
        ):
            refused = await comfyc(tmp_path, "run", "job.plan", *flags)
            assert (refused.code, said in refused.err) == (2, True), refused.err
        plan = (tmp_path / "job.plan").read_text("utf-8")
        (tmp_path / "other.plan").write_text(plan.replace("LoadImage", "LoadMask"), "utf-8")
        changed = await comfyc(tmp_path, "run", "other.plan")
        assert (changed.code, "error[I651]" in changed.err) == (1, True), changed.err
        photo.write_bytes(b"\x89PNG....")
        changed = await comfyc(tmp_path, "run", "job.plan", "--json")
        assert (changed.code, answer(changed.out)["findings"][0]["code"]) == (1, "I652")
        assert only_asked(server)

    on(serving(), test)


@pytest.mark.slow
def test_the_plan_of_an_app_runs_and_saves_what_that_declares(tmp_path: Path) -> None:
    (tmp_path / "sizes.app.json").write_text(TWO_OUTPUTS, "utf-8")
    (tmp_path / "job.toml").write_text("[in]\n'3.width' = 640\n", "utf-8")
    script = made_script({"2": {"images": [picture("own.png")]}, "4": {"images": [picture("other.png")]}})

    async def test(server: FakeComfy) -> None:
        arguments = ("plan", "sizes.app.json", "job.toml", "--server", server.url, "-o", "app.plan", "--json")
        planned = await comfyc(tmp_path, *arguments)
        (plan,) = answer(planned.out)["results"]
        (about,) = plan["files"]
        outputs = {one["node"]: one["runs"] for one in about["outputs"]}
        assert outputs == {"2": True, "4": False, "1:6": False, "3:6": False}
        (value,) = about["values"]
        assert [value[key] for key in ("node", "input", "to", "by")] == ["3", "width", 640, "job.toml:2:1"]
        done = await comfyc(tmp_path, "run", "app.plan", "--out-dir", "own")
        assert (done.code, done.out) == (0, "own/own.png\n"), done.err
        (body,) = server.bodies
        assert body["partial_execution_targets"] == ["2"]

    on(serving(script), test)


@pytest.mark.slow
def test_a_file_with_errors_has_a_plan_that_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(json.dumps(BAD), "utf-8")
    lacking = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "none.png"}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    (tmp_path / "lacking.json").write_text(json.dumps(lacking), "utf-8")

    async def test(server: FakeComfy) -> None:
        arguments = ("plan", "bad.json", "lacking.json", "--server", server.url, "-o", "job.plan")
        planned = await comfyc(tmp_path, *arguments)
        assert planned.code == 1
        assert "bad.json: would not be sent" in planned.out
        assert "lacking.json: would be sent; the server would refuse it" in planned.out
        assert "input file 'none.png'" in planned.out
        assert "0 prompts would be sent" in planned.out
        assert not (tmp_path / "job.plan").exists()

    on(serving(), test)


def test_plan_has_every_option_of_run_that_changes_what_is_sent() -> None:
    given = set(inspect.signature(run).parameters)
    assert given >= AFTER_PLANNING | ACCESS
    after = {"--out-dir", "--overwrite", "--save-text", "--no-wait", "--timeout", "--progress", "--preview"}
    offered = comfyc_here("plan", "--help").out
    assert [flag for flag in after if flag in offered] == []
    for name in ("--set", "--seed", "--count", "--front", "--no-embed", "--server", "--output", "--force"):
        assert name in offered
