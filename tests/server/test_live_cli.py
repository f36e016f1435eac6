"""``comfyc convert-and-run`` on a real ComfyUI: COMFYC_SERVER=http://127.0.0.1:8188 pytest -m live"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import files_in
from tests.server.scripts import FIXTURES

SERVER = os.environ.get("COMFYC_SERVER")
pytestmark = [pytest.mark.live, pytest.mark.skipif(not SERVER, reason="COMFYC_SERVER is not set")]
RUNNABLE = FIXTURES / "runnable"
MANIFEST: dict[str, Any] = json.loads((RUNNABLE / "manifest.json").read_text("utf-8"))
PICTURES = sorted(
    name
    for name, record in MANIFEST.items()
    if any(str(row[-3]).endswith(".png") for row in record["outputs"])
)


def comfyc(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "comfyc", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def run(*arguments: str | Path) -> list[dict[str, Any]]:
    done = comfyc("run", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def put_out(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a run put out, as the manifest writes it: files with their sizes on disk."""
    found: list[tuple[Any, ...]] = []
    for node, outputs in record["outputs"].items():
        for one in outputs:
            if one["kind"] == "file":
                path = Path(one["path"])
                assert path.suffix == Path(one["filename"]).suffix
                found.append((node, one["key"], one["type"], path.stat().st_size))
            else:
                found.append((node, one["key"], one["text"] if one["kind"] == "text" else one["value"]))
    return sorted(found, key=repr)


def expected(name: str) -> list[tuple[Any, ...]]:
    rows = MANIFEST[name]["outputs"]
    found = [(row[0], row[1], row[2], row[5]) if len(row) == 6 else tuple(row) for row in rows]
    return sorted(found, key=repr)


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_a_workflow_runs_from_its_ui_form(name: str, tmp_path: Path) -> None:
    (record,) = run(RUNNABLE / name, "--out-dir", tmp_path)
    assert record["status"] == "success"
    assert put_out(record) == expected(name)
    assert len(files_in(tmp_path)) == sum(len(row) == 6 for row in MANIFEST[name]["outputs"])


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_a_run_made_runs_again(name: str, tmp_path: Path) -> None:
    (first,) = run(RUNNABLE / name, "--out-dir", tmp_path / "first")
    picture = next(
        one["path"]
        for outputs in first["outputs"].values()
        for one in outputs
        if one["kind"] == "file" and one["path"].endswith(".png")
    )
    (second,) = run(picture, "--out-dir", tmp_path / "second")
    assert put_out(second) == expected(name)


def test_a_seed_is_sent_told_and_embedded(tmp_path: Path) -> None:
    name = "17_noise_seed.json"
    done = comfyc("run", RUNNABLE / name, "--seed", "random", "--count", "2", "--out-dir", tmp_path, "--json")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    seeds = [record["seed"] for record in records]
    assert len(set(seeds)) == 2
    assert all(f"seed {seed}" in done.stderr for seed in seeds)
    (path,) = (one["path"] for one in records[0]["outputs"]["3"])
    again = comfyc("inputs", path, "--json")
    values = {row["input"]: row["value"] for row in json.loads(again.stdout)["results"]}
    assert values["noise_seed" if "noise_seed" in values else "seed"] == seeds[0]


def test_a_local_file_is_uploaded_and_named_in_the_workflow(tmp_path: Path) -> None:
    (made,) = run(RUNNABLE / "01_image_scale_save.json", "--out-dir", tmp_path / "made")
    picture = made["outputs"]["3"][0]["path"]
    load = "02_load_invert_save.json"
    done = comfyc(
        "run",
        RUNNABLE / load,
        "--set",
        f"LoadImage.image=@{picture}",
        "--out-dir",
        tmp_path / "out",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    (record,) = (json.loads(line) for line in done.stdout.splitlines())
    (path,) = (one["path"] for one in record["outputs"]["3"])
    rows = json.loads(comfyc("inputs", path, "--json").stdout)["results"]
    (value,) = (row["value"] for row in rows if row["input"] == "image")
    assert value in done.stderr
    assert value != "example.png"


def slow_file(folder: Path) -> Path:
    """A prompt that takes half a minute and saves a picture at its beginning."""
    size = {"width": 1024, "height": 1024, "batch_size": 1}
    prompt: dict[str, Any] = {
        "0": {"class_type": "EmptyImage", "inputs": {**size, "color": random.randrange(1 << 24)}},
        "first": {"class_type": "SaveImage", "inputs": {"images": ["0", 0], "filename_prefix": "slow"}},
        "last": {"class_type": "PreviewImage", "inputs": {"images": ["79", 0]}},
    }
    for number in range(1, 80):
        inputs = {"image": [str(number - 1), 0], "blur_radius": 16, "sigma": 5.0 + number / 100}
        prompt[str(number)] = {"class_type": "ImageBlur", "inputs": inputs}
    path = folder / "slow.json"
    path.write_text(json.dumps(prompt), encoding="utf-8")
    return path


def test_ctrl_c_takes_the_prompt_back_and_exits_with_130(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "comfyc",
        "run",
        str(slow_file(tmp_path)),
        "--out-dir",
        str(tmp_path / "out"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(4)
    assert json.loads(comfyc("queue", "--json").stdout)["results"][0]["mine"]
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "stopping" in stderr
    assert "Traceback" not in stderr
    assert json.loads(comfyc("queue", "--json").stdout)["results"] == []
    assert all(Path(line).is_file() for line in stdout.splitlines())


def test_submit_now_wait_later(tmp_path: Path) -> None:
    done = comfyc("run", RUNNABLE / "01_image_scale_save.json", "--no-wait")
    assert done.returncode == 0, done.stderr
    prompt_id = done.stdout.strip()
    waited = comfyc("wait", prompt_id, "--out-dir", tmp_path)
    assert waited.returncode == 0, waited.stderr
    assert [Path(line).stat().st_size for line in waited.stdout.splitlines()] == [
        expected("01_image_scale_save.json")[0][3]
    ]


def test_a_prompt_is_cancelled_by_its_id(tmp_path: Path) -> None:
    prompt_id = comfyc("run", slow_file(tmp_path), "--no-wait").stdout.strip()
    assert prompt_id in comfyc("queue").stdout
    assert comfyc("cancel", prompt_id).returncode == 0
    waited = comfyc("wait", prompt_id, "--out-dir", tmp_path)
    assert waited.returncode in (1, 2)
    assert "S4" in waited.stderr or "no prompt" in waited.stderr


def test_interrupt_stops_what_runs(tmp_path: Path) -> None:
    prompt_id = comfyc("run", slow_file(tmp_path), "--no-wait").stdout.strip()
    time.sleep(2)
    assert prompt_id in comfyc("interrupt").stderr
    waited = comfyc("wait", prompt_id, "--out-dir", tmp_path)
    assert waited.returncode == 1
    assert "interrupted" in waited.stderr


def test_the_status_tells_the_version() -> None:
    done = comfyc("status")
    assert done.returncode == 0
    assert "ComfyUI" in done.stdout
