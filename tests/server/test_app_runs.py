"""``comfyc run`` of an app: values by the names that it declares, and its outputs alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.discovery import FIXTURES
from tests.server.fake import FakeComfy
from tests.server.running import files_in
from tests.server.scripts import made_script
from tests.server.test_cli_run import comfyc, on, serving

TWO_OUTPUTS = (FIXTURES / "faults" / "I631" / "ok-with-the-node" / "workflow.json").read_text("utf-8")
"""Two subgraph nodes, each of which feeds a SaveImage, 2 and 4; the app declares that of node 2."""


def picture(name: str) -> dict[str, Any]:
    return {"filename": name, "subfolder": "", "type": "output"}


@pytest.mark.slow
def test_an_app_runs_and_saves_what_it_declares(tmp_path: Path) -> None:
    app = tmp_path / "sizes.app.json"
    app.write_text(TWO_OUTPUTS, "utf-8")
    script = made_script({"2": {"images": [picture("own.png")]}, "4": {"images": [picture("other.png")]}})

    async def test(server: FakeComfy) -> None:
        named = ("run", app, "--server", server.url, "--in", "3.width=640", "--out-dir")
        own = await comfyc(tmp_path, *named, "own")
        assert (own.code, own.out) == (0, "own/own.png\n")
        assert "--outputs all adds those of the nodes 4" in own.err
        every = await comfyc(tmp_path, *named, "all", "--outputs", "all")
        assert (every.code, every.err.count("--outputs")) == (0, 0)
        await comfyc(tmp_path, "plan", *named[1:-1], "-o", "sizes.plan")
        planned = await comfyc(tmp_path, "run", "sizes.plan", "--server", server.url, "--out-dir", "plan")
        assert (planned.code, planned.out) == (0, "plan/own.png\n")
        assert files_in(tmp_path / "own") == ["own.png"]
        assert files_in(tmp_path / "all") == ["other.png", "own.png"]
        sent = server.bodies
        assert [body.get("partial_execution_targets") for body in sent] == [["2"], None, ["2"]]
        assert [body["prompt"]["3:5"]["inputs"]["width"] for body in sent] == [640] * 3
        assert [set(body["prompt"]) for body in sent] == [{"2", "4", "1:5", "1:6", "3:5", "3:6"}] * 3

    on(serving(script), test)
