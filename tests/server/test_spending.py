"""Money is never spent by accident: what ``comfyc run`` asks, and what it refuses, for partner nodes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from comfyc.catalog import Catalog, bundled_core
from comfyc.cli.work.prepare_files import Catalogs, Errand, File
from comfyc.cli.work.report_runs import RunReporter, Show
from comfyc.cli.work.run_files import Runner
from comfyc.collector import Collector
from comfyc.running import Saving, Server
from comfyc.running.prepare import prepare
from comfyc.sources import load, read_source
from tests.discovery import FIXTURES
from tests.server.fake import FakeComfy
from tests.server.terminal import Terminal
from tests.server.test_cli_run import comfyc, on, serving
from tests.server.test_terminal import until

PAID = FIXTURES / "faults" / "M750" / "saved" / "workflow.json"
FREE = FIXTURES / "faults" / "M750" / "ok-muted" / "workflow.json"
FLUX = "FluxProUltraImageNode"
PRICE = {"engine": "jsonata", "expr": '{"type":"usd","usd":0.06}', "depends_on": {}}


def billing() -> FakeComfy:
    """A server with few of ComfyUI's own nodes, and with their prices."""

    async def object_info(request: web.Request) -> web.Response:
        core = bundled_core()
        kinds = (FLUX, "SaveImage", "EmptyImage", "LoadImage")
        return web.json_response(
            {
                kind: {**(core.info(kind) or {}), **({"price_badge": PRICE} if kind == FLUX else {})}
                for kind in kinds
            }
        )

    return serving(answers={"GET /object_info": object_info})


@pytest.mark.slow
def test_without_a_terminal_nothing_is_sent(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG...")
    prompt = {
        "1": {"class_type": FLUX, "inputs": {"prompt": "a fox"}, "_meta": {"title": "Flux in the cloud"}},
        "2": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
    }
    (tmp_path / "paid.json").write_text(json.dumps(prompt))

    async def test(server: FakeComfy) -> None:
        command = ["run", "paid.json", "--server", server.url, "--count", "3", "--force"]
        command += ["--set", f"2.image=@{photo}"]
        more = ("--json", "--progress", "json", "-q")
        ended = await comfyc(tmp_path, *command, "--no-wait")
        assert (ended.code, ended.out) == (1, "")
        assert "'Flux in the cloud' is a partner node, which costs money: $0.06" in ended.err
        assert "nothing was sent: 3 runs cost $0.18" in ended.err
        answer = await comfyc(tmp_path, *command, *more)
        (record,) = map(json.loads, answer.out.splitlines())
        assert (answer.code, record["exit_code"]) == (1, 1)
        assert [one["code"] for one in record["findings"]] == ["M750"]
        assert (server.bodies, server.uploads) == ([], [])

    on(billing(), test)


@pytest.mark.slow
def test_what_is_allowed_or_free_is_sent(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        command = ("run", FREE, PAID, "--server", server.url, "--count", "2")
        allowed = await comfyc(tmp_path, *command, "--allow-spend")
        assert allowed.code == 0, allowed.err
        assert "partner nodes may run: 2 runs cost $0.12" in allowed.err
        assert len(server.bodies) == 4
        free = await comfyc(tmp_path, "run", FREE, "--server", server.url)
        assert free.code == 0, free.err

    on(billing(), test)


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "runs"), [("\n", False), ("\x04", False), ("Yes\n", True)])
def test_at_a_terminal_there_is_one_question_for_all_runs(tmp_path: Path, answer: str, runs: bool) -> None:
    for name in ("a.json", "b.json"):
        shutil.copy(PAID, tmp_path / name)

    async def test(server: FakeComfy) -> None:
        command = ("run", "a.json", "b.json", "--server", server.url, "--count", "2", "--at-least-once")
        async with Terminal(tmp_path, *command, columns=120) as terminal:
            await until(lambda: "[y/N]" in terminal.raw.decode())
            terminal.type(answer)
            assert await terminal.ended() == (0 if runs else 1)
            shown = "\n".join(terminal.lines())
        assert "  a.json, 2 times: 1 Flux in the cloud (FluxProUltraImageNode): $0.06" in shown
        assert "4 runs cost $0.24" in shown
        assert "with --at-least-once a lost prompt is sent again" in shown
        assert shown.count("[y/N]") == 1
        assert shown.endswith("nothing was sent") is not runs
        assert len(server.bodies) == (4 if runs else 0)

    on(billing(), test)


@pytest.mark.slow
def test_a_plan_spends_no_more_than_a_file(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        planned = await comfyc(tmp_path, "plan", PAID, "--server", server.url, "-o", "job.plan")
        assert planned.code == 0, planned.err
        assert "$0.06" in planned.out
        refused = await comfyc(tmp_path, "run", "job.plan")
        assert (refused.code, server.bodies) == (1, [])
        assert "error[M750]: 'Flux in the cloud' is a partner node, which costs money: $0.06" in refused.err
        assert "/runs/0/bodies/0/body/prompt/1" in refused.err
        allowed = await comfyc(tmp_path, "run", "job.plan", "--allow-spend")
        assert (allowed.code, len(server.bodies)) == (0, 1), allowed.err

    on(billing(), test)


@pytest.mark.slow
def test_a_program_is_not_asked(tmp_path: Path) -> None:
    """``--progress json`` is read by one, also at a terminal."""

    async def test(server: FakeComfy) -> None:
        async with Terminal(tmp_path, "run", PAID, "--server", server.url, "--progress", "json") as terminal:
            assert await terminal.ended() == 1
        assert server.bodies == []

    on(billing(), test)


def test_a_server_that_comes_late_does_not_spend_what_was_not_agreed_to(tmp_path: Path) -> None:
    core = bundled_core()
    entries: dict[str, Any] = {name: core.info(name) for name in (FLUX, "SaveImage")}
    catalogs = {
        "free": Catalog.from_object_info({**entries, FLUX: {**entries[FLUX], "api_node": False}}),
        "paid": Catalog.from_object_info(entries),
    }
    document = load(read_source(PAID), Collector())
    assert document is not None
    file = File("paid.json", document, "paid.json")
    file.prepared = {name: prepare(document.value, catalog) for name, catalog in catalogs.items()}

    def runs_on(name: str, **changed: Any) -> bool:
        errand = Errand(saving=Saving(tmp_path), **changed)
        reporter = RunReporter(Show(progress="none"))
        runner = Runner([file], [], cast(Catalogs, None), errand, reporter)
        return runner.can_run(file, cast(Server, SimpleNamespace(name=name)))

    assert (runs_on("free"), runs_on("paid")) == (True, False)
    assert runs_on("paid", allow_spend=True)
    file.agreed = frozenset({"1"})
    assert runs_on("paid")
