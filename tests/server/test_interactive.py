"""Nodes that wait for somebody in the browser: named before the run, and given up on when nobody comes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comfyc import codes
from comfyc.catalog import Catalog, bundled_core
from comfyc.checks.interactive import Waiting, waiting
from comfyc.cli.flags.outcomes import pace_of
from comfyc.running import Run
from comfyc.running.prepare import prepare
from tests.server.fake import FakeComfy
from tests.server.running import pace, run_async, run_on
from tests.server.scripts import Script, made_script
from tests.server.test_cli_run import comfyc, object_info, on, serving
from tests.server.test_products import told

PICKER = "cg-image-picker"
CHOOSER: dict[str, Any] = {
    "input": {
        "required": {
            "mode": [["Always pause", "Pass through"], {}],
            "count": ["INT", {"default": 1, "min": 1, "max": 999}],
        },
        "optional": {"images": ["IMAGE"]},
    },
    "output": ["IMAGE"],
    "output_name": ["images"],
    "output_is_list": [False],
    "name": "Preview Chooser",
    "display_name": "Preview Chooser",
    "python_module": "custom_nodes.cg-image-picker",
    "category": "image_chooser",
    "output_node": False,
}


@pytest.mark.parametrize(
    ("kind", "inputs", "found"),
    [
        ("Preview Chooser", {"mode": "Always pause"}, Waiting(PICKER)),
        ("Preview Chooser", {"mode": ["7", 0]}, Waiting(PICKER)),
        ("Preview Chooser", {"mode": "Take First n"}, None),
        ("Simple Chooser", {}, Waiting(PICKER)),
        ("Image Filter", {"timeout": 600, "pick_list": ""}, Waiting("cg-image-filter", 600)),
        ("Image Filter", {"timeout": ["7", 0]}, Waiting("cg-image-filter")),
        ("Image Filter", {"timeout": 600, "pick_list": "0,2"}, None),
        ("StarStopAndGo", {"mode": "User Select", "timeout_seconds": 9.5}, Waiting("ComfyUI_StarNodes", 9.5)),
        ("StarStopAndGo", {"mode": "Bypass", "timeout_seconds": 9.5}, None),
        ("InteractiveTextPauseNode", {}, Waiting("interactive_text_pause_node", 300.0)),
        ("PreviewBridge", {}, None),
        ("Image Comparer (rgthree)", {}, None),
        (["Preview Chooser"], {}, None),
    ],
)
def test_a_node_waits_as_its_source_says(kind: Any, inputs: dict[str, Any], found: Waiting | None) -> None:
    assert waiting(kind, inputs) == found


def choosing(mode: str) -> dict[str, Any]:
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "Preview Chooser", "inputs": {"mode": mode, "count": 1, "images": ["1", 0]}},
        "3": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
        "4": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }


def entries() -> dict[str, Any]:
    core = bundled_core()
    return {"Preview Chooser": CHOOSER, **{one: core.info(one) for one in ("EmptyImage", "PreviewImage")}}


@pytest.mark.parametrize(
    ("mode", "only", "found"),
    [("Always pause", (), ["S441"]), ("Pass through", (), []), ("Always pause", ("4",), [])],
)
def test_it_is_named_before_the_run_if_it_runs(mode: str, only: tuple[str, ...], found: list[str]) -> None:
    prepared = prepare(choosing(mode), Catalog.from_object_info(entries()), only=only)
    assert [one.rule.code for one in prepared.diagnostics] == found
    assert [one.location.pointer for one in prepared.diagnostics] == [("2",)] * len(found)


def held(node: str) -> Script:
    """A run in which a node begins and nothing more comes until it is stopped."""
    return replace(made_script({node: None}), hold_at=3)


def ran(prompt: dict[str, Any], node: str = "2", **patience: float | None) -> Run:
    fake = FakeComfy(held(node))

    async def main() -> Run:
        async with fake:
            return await run_on(fake, prompt=prompt, pace=pace(**patience))

    return run_async(main)


def test_a_run_gives_up_on_it_long_before_it_gives_up_on_others() -> None:
    run = ran(choosing("Always pause"), answer=0.05)
    assert (run.status, run.reason, run.exit_code()) == ("timeout", "unanswered", 2)
    (found,) = told(run)
    assert (found.rule, found.location.node) == (codes.RUN_UNANSWERED, "2")
    others = [
        (choosing("Pass through"), "2"),
        (choosing("Always pause"), "1"),
        ({"2": {"class_type": "Image Filter", "inputs": {"timeout": 600}}}, "2"),
    ]
    for prompt, node in others:
        assert ran(prompt, node, answer=0.01, idle=0.2).reason == "idle"


def test_a_silence_that_is_given_holds_for_every_node() -> None:
    assert (pace_of(None, None).idle, pace_of(None, None).answer) == (1800.0, 60.0)
    assert (pace_of(9.0, 5.0).idle, pace_of(9.0, 5.0).answer, pace_of(9.0, 5.0).total) == (5.0, 5.0, 9.0)
    assert (pace_of(None, 0.0).idle, pace_of(None, 0.0).answer) == (None, None)


def test_run_warns_and_gives_up_and_strict_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "choose.json").write_text(json.dumps(choosing("Always pause")), "utf-8")

    async def test(server: FakeComfy) -> None:
        named = ("run", "choose.json", "--server", server.url)
        strict = await comfyc(tmp_path, *named, "--strict")
        assert (strict.code, server.bodies) == (1, [])
        assert "[S441]" in strict.err
        for flag in ("--idle", "--idle-timeout"):
            ended = await comfyc(tmp_path, *named, flag, "0.1")
            assert ended.code == 2
            assert "warning[S441]" in ended.err
            assert "error[S442]" in ended.err

    on(serving(held("2"), answers={"GET /object_info": object_info(entries())}), test)


def test_a_run_without_outputs_is_an_error_with_strict(tmp_path: Path) -> None:
    (tmp_path / "choose.json").write_text(json.dumps(choosing("Pass through")), "utf-8")

    async def test(server: FakeComfy) -> None:
        named = ("run", "choose.json", "--server", server.url)
        lenient = await comfyc(tmp_path, *named)
        assert (lenient.code, "warning[S417]" in lenient.err) == (0, True)
        strict = await comfyc(tmp_path, *named, "--strict")
        assert (strict.code, "error[S417]" in strict.err) == (1, True)

    on(serving(made_script({"3": None}), answers={"GET /object_info": object_info(entries())}), test)
