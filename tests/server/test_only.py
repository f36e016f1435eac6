"""``comfyc run --only``: some outputs alone, on servers that can be told so and on those that cannot."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from comfyc.catalog import Catalog, bundled_core
from comfyc.interface import requests_of
from comfyc.prompt.running import running_ids
from comfyc.running.prepare import Prepared, prepare
from tests.discovery import FIXTURES
from tests.server.fake import FakeComfy
from tests.server.running import files_in
from tests.server.scripts import made_script
from tests.server.test_cli_run import comfyc, object_info, on, serving

PROMPT: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "2": {
        "class_type": "SaveImage",
        "inputs": {"images": ["1", 0], "filename_prefix": "a"},
        "_meta": {"title": "Final"},
    },
    "3": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "4": {
        "class_type": "SaveImage",
        "inputs": {"images": ["3", 0], "filename_prefix": "b"},
        "_meta": {"title": "Inverted"},
    },
}
APP = json.loads((FIXTURES / "faults" / "P360" / "several" / "workflow.json").read_text("utf-8"))
"""An app that declares the output 2 alone; nodes 1 and 3 are subgraph nodes with a PreviewImage inside."""


def made(*only: str, knows: bool = True, document: Any = PROMPT, **changes: Any) -> Prepared:
    changed = {**document, **changes}
    return prepare(changed, Catalog.load(), only=only, takes_targets=lambda: knows)


def codes(prepared: Prepared) -> list[str]:
    return [one.rule.code for one in prepared.diagnostics]


@pytest.mark.parametrize("name", ["2", "Final", "final"])
def test_an_output_is_named_as_set_names_nodes(name: str) -> None:
    assert made(name).outputs == ("2",)


def test_several_names_are_several_outputs_in_the_order_of_the_prompt() -> None:
    assert made("4", "Final").outputs == ("2", "4")


def test_a_choice_goes_before_what_an_app_declares_and_a_subgraph_node_is_what_is_inside() -> None:
    assert made(document=APP).outputs == ("2",)
    assert made("3", document=APP).outputs == ("3:6",)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("1", "the output nodes are: 2 ('Final'), 4 ('Inverted')"),
        ("Finale", "did you mean 'Final'?"),
        ("SaveImage", "use their ids: --only 2 --only 4"),
        ("9", "the output nodes are: 2 ('Final'), 4 ('Inverted')"),
    ],
)
def test_what_names_no_output_is_an_error_with_the_outputs(name: str, hint: str) -> None:
    refused = made(name)
    assert codes(refused) == ["P360"]
    assert refused.diagnostics[0].hint == hint
    assert not refused.is_understood


WRONG: dict[str, Any] = {
    "value": {"class_type": "ImageScaleBy", "inputs": {"image": ["1", 0], "scale_by": "x"}},
    "type": {"class_type": "NoSuchNode", "inputs": {}},
    "link": {"class_type": "ImageInvert", "inputs": {"image": ["99", 0]}},
}


@pytest.mark.parametrize(("wrong", "is_pruned"), [("value", False), ("type", True), ("link", True)])
def test_nothing_is_said_about_what_does_not_run(wrong: str, is_pruned: bool) -> None:
    changes = {"3": WRONG[wrong]}
    assert made(**changes).diagnostics.has_errors
    found = made("2", **changes)
    assert codes(found) == []
    assert found.is_pruned is is_pruned  # where the server would stumble over the rest
    assert list(found.prompt) == (["1", "2"] if is_pruned else ["1", "2", "3", "4"])
    assert made("4", **changes).diagnostics.has_errors


def test_a_value_that_nothing_takes_which_runs_is_said() -> None:
    asked = requests_of(["4.filename_prefix=x", "1.width=16"])
    found = prepare(PROMPT, Catalog.load(), asked, only=["2"])
    assert [(one.rule.code, one.location.pointer) for one in found.diagnostics] == [
        ("I609", ("4", "inputs", "filename_prefix"))
    ]
    assert not prepare(PROMPT, Catalog.load(), asked, only=["2", "4"]).diagnostics


def test_a_server_that_cannot_be_told_gets_what_the_outputs_need() -> None:
    old = made("4", knows=False)
    assert set(old.prompt) == running_ids(PROMPT, ["4"]) == {"1", "3", "4"}
    assert set(old.turn(old.conversion.options, {("1", "width"): 16}).prompt) == {"1", "3", "4"}
    assert made("2", "4", knows=False).prompt == PROMPT


def test_a_batch_manager_counts_only_what_runs() -> None:
    entries = {one: bundled_core().info(one) for one in ("EmptyImage", "ImageInvert", "SaveImage")}
    catalog = Catalog.from_object_info({**entries, "VHS_VideoCombine": entries["SaveImage"]})
    other = {**PROMPT["4"], "class_type": "VHS_VideoCombine"}
    assert not prepare(PROMPT, catalog, only=["2"]).is_pruned
    assert prepare({**PROMPT, "4": other}, catalog, only=["2"]).is_pruned


def test_a_wrapped_link_runs_and_so_is_kept() -> None:
    wrapped = {
        "class_type": "SaveImage",
        "inputs": {"images": {"__value__": ["3", 0]}, "filename_prefix": ""},
    }
    assert set(made("4", knows=False, **{"4": wrapped}).prompt) == {"1", "3", "4"}


def version(said: Any) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def stats(request: web.Request) -> web.Response:
        return web.json_response({"system": said})

    return stats


OLD = {"GET /system_stats": version({"comfyui_version": "0.3.47"})}
SILENT = {"GET /system_stats": version({"os": "posix"})}


@pytest.mark.parametrize(("answers", "kept"), [({}, 5), (OLD, 3), (SILENT, 3)], ids=["new", "old", "silent"])
def test_an_output_alone_runs_and_is_saved(tmp_path: Path, answers: dict[str, Any], kept: int) -> None:
    prompt = {**PROMPT, "5": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}
    (tmp_path / "two.json").write_text(json.dumps(prompt), "utf-8")
    pictures = {
        node: {"images": [{"filename": f"{node}.png", "subfolder": "", "type": "output"}]} for node in "24"
    }

    async def test(server: FakeComfy) -> None:
        named = ("run", "two.json", "--server", server.url, "--only", "4")
        ended = await comfyc(tmp_path, *named, "--out-dir", "out")
        assert (ended.code, ended.out) == (0, "out/4.png\n"), ended.err
        (body,) = server.bodies
        assert len(body["prompt"]) == kept
        assert body["partial_execution_targets"] == ["4"]
        printed = await comfyc(tmp_path, *named, "--print-prompt")
        assert json.loads(printed.out)["prompt"] == body["prompt"]
        planned = await comfyc(tmp_path, *named, "--dry-run", "--json")
        (plan,) = json.loads(planned.out)["results"]
        assert plan["runs"][0]["bodies"][0]["body"]["prompt"] == body["prompt"]
        outputs = {one["node"]: one["runs"] for one in plan["files"][0]["outputs"]}
        assert outputs == {"2": False, "4": True, "5": False}
        assert len(server.bodies) == 1

    core = bundled_core()
    kinds = ("EmptyImage", "ImageInvert", "SaveImage", "PreviewImage")
    known = object_info({one: core.info(one) for one in kinds})
    on(serving(made_script(pictures), answers={"GET /object_info": known, **answers}), test)
    assert files_in(tmp_path / "out") == ["4.png"]
