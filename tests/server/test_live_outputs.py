"""Chosen outputs and pictures over the WebSocket on a real ComfyUI: COMFYC_SERVER=... pytest -m live"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from comfyc import read_file
from tests.discovery import FIXTURES
from tests.server.running import files_in
from tests.server.test_live_cli import SERVER, comfyc, run

pytestmark = [pytest.mark.live, pytest.mark.skipif(not SERVER, reason="COMFYC_SERVER is not set")]
TWO_OUTPUTS = FIXTURES / "faults" / "P360" / "several" / "workflow.json"
"""Two subgraph nodes that make a picture, the outputs 2 and 4, and a preview inside each subgraph node."""


def test_an_output_alone_runs_and_the_workflow_stays_whole(tmp_path: Path) -> None:
    named = ("--set", f"3.width={random.randrange(64, 512)}", "--out-dir", tmp_path)
    (record,) = run(TWO_OUTPUTS, "--only", "4", *named)
    assert list(record["outputs"]) == ["4"]
    assert {node.partition(":")[0] for node in record["timings"]} <= {"3", "4"}
    (file,) = files_in(tmp_path)
    embedded = read_file(tmp_path / file).value
    assert [node["id"] for node in embedded["nodes"]] == [1, 2, 3, 4]
    (inside,) = run(TWO_OUTPUTS, "--only", "3", *named)
    assert list(inside["outputs"]) == ["3:6"]


def picture(color: int, **nodes: Any) -> dict[str, Any]:
    image = {"width": 16, "height": 16, "batch_size": 2, "color": color}
    return {"1": {"class_type": "EmptyImage", "inputs": image}, **nodes}


def test_a_rest_that_the_server_would_stumble_over_is_left_out(tmp_path: Path) -> None:
    saved = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "comfyc_live"}}
    broken = {"class_type": "NoSuchNode", "inputs": {"image": ["99", 0]}}
    prompt = picture(random.randrange(1 << 24), **{"2": saved, "3": broken})
    prompt["4"] = {**saved, "inputs": {**saved["inputs"], "images": ["3", 0]}}  # type: ignore[dict-item]
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(prompt), "utf-8")
    assert comfyc("run", file, "--out-dir", tmp_path / "out").returncode == 1
    (record,) = run(file, "--only", "2", "--out-dir", tmp_path / "out")
    assert (list(record["outputs"]), len(files_in(tmp_path / "out"))) == (["2"], 2)


def test_pictures_over_the_socket_are_saved(tmp_path: Path) -> None:
    sender = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["1", 0]}}
    file = tmp_path / "sent.json"
    file.write_text(json.dumps(picture(random.randrange(1 << 24), **{"2": sender})), "utf-8")
    (record,) = run(file, "--out-dir", tmp_path / "out")
    assert [one["type"] for one in record["outputs"]["2"]] == ["socket", "socket"]
    first, second = files_in(tmp_path / "out")
    assert (tmp_path / "out" / first).read_bytes()[:4] == b"\x89PNG"
    assert second == "SaveImageWebsocket_2_00002.png"
