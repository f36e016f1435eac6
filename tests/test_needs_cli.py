"""``comfyc needs``: its tables, its JSON, and the lines that it writes for a shell, whatever a file says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from comfyc.catalog import bundled_core
from comfyc.needs import needs_parsed
from comfyc.needs.downloads import Download, NoDownload, aria2_lines, downloads, plain_url, wget_lines
from comfyc.safety.escaping import visible
from tests.answers import answer
from tests.in_process import comfyc
from tests.test_needs import URL, declared, node, workflow

SHA = "0123456789abcdef" * 4
FILE = workflow(
    node(
        1,
        "CheckpointLoaderSimple",
        "a.safetensors",
        title="Load it",
        models=[declared("a.safetensors", hash=SHA.upper(), hash_type="SHA256")],
    ),
    node(2, "LoraLoaderModelOnly", "sub/l.safetensors", 1),
    node(3, "LoadImage", "photo.png", "image"),
    {**node(4, "Somebodys"), "properties": {"cnr_id": "somebodys-pack", "ver": "0.1.0"}},
    {**node(5, "KSampler"), "properties": {"cnr_id": "comfy-core", "ver": "0.9.0"}},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flow.json").write_text(json.dumps(FILE))
    (tmp_path / "photo.png").touch()
    core = bundled_core()
    info = {kind: core.info(kind) for kind in core}
    (tmp_path / "server.json").write_text(json.dumps(info))
    return tmp_path


def cells(text: str) -> list[list[str]]:
    return [re.split(" {2,}", line.strip()) for line in text.splitlines()]


def test_the_tables(folder: Path) -> None:
    ended = comfyc("needs", "flow.json", cwd=folder)
    assert ended.code == 0
    rows = cells(ended.out)
    for row in (
        ["Models: 2"],
        ["MODEL", "FOLDER", "NODES", "FROM"],
        ["a.safetensors", "checkpoints", "1 Load it", "huggingface.co"],
        ["sub/l.safetensors", "loras", "2 Load LoRA", "no address"],
        ["photo.png", "image", "3 Load Image", "photo.png"],
        ["somebodys-pack", "somebodys-pack", "0.1.0", "no", "1 (1 type)"],
        ["ComfyUI: saved with 0.9.0"],
    ):
        assert row in rows
    assert "M702" in comfyc("needs", "flow.json", "-v", cwd=folder).err


def test_what_a_server_lacks(folder: Path) -> None:
    ended = comfyc("needs", "flow.json", "--object-info", "server.json", cwd=folder)
    assert ended.code == 1
    rows = cells(ended.out)
    assert ["Models: 2 (2 missing)"] in rows
    assert ["a.safetensors", "checkpoints", "missing", "1 Load it", "huggingface.co"] in rows
    assert ["photo.png", "image", "missing", "3 Load Image", "photo.png"] in rows
    assert any(row[:1] == ["somebodys-pack"] and row[-1] == "1 type missing: Somebodys" for row in rows)


def test_the_json(folder: Path) -> None:
    shutil.copy(folder / "flow.json", folder / "copy.json")
    ended = comfyc("needs", ".", "--object-info", "server.json", "--json", cwd=folder)
    found = answer(ended.out)
    (result,) = found["results"]
    assert (ended.code, found["exit_code"], found["command"]) == (1, 1, "needs")
    assert result["files"] == ["copy.json", "flow.json"]
    model = result["models"][0]
    assert (model["name"], model["folder"], model["status"]) == ("a.safetensors", "checkpoints", "missing")
    assert (model["urls"], model["sha256"]) == ([URL], SHA)
    assert [user["file"] for user in model["users"]] == result["files"]
    assert [(pack["cnr_id"], pack["standing"], pack["files"]) for pack in result["packs"]] == [
        ("somebodys-pack", "unknown", result["files"])
    ]
    assert result["comfyui"]["newest"] == "0.9.0"
    assert "model 'a.safetensors'" in result["missing"]
    assert {one["code"] for one in found["findings"]} == {"M702"}
    assert found["skipped"] == ["photo.png", "server.json"]


def test_markdown_and_install(folder: Path) -> None:
    text = comfyc("needs", "flow.json", "--format", "markdown", cwd=folder).out
    assert f"[a.safetensors](<{URL}>)" in text
    assert text.startswith("### Models: 2\n")
    assert comfyc("needs", "flow.json", "--format", "install", cwd=folder).out == "somebodys-pack\n"
    pinned = comfyc("needs", "flow.json", "--format", "install", "--pinned", cwd=folder)
    assert pinned.out == "somebodys-pack@0.1.0\n"


def test_lines_for_the_shell(folder: Path) -> None:
    ended = comfyc("needs", "flow.json", "--format", "wget", cwd=folder)
    assert ended.out == (
        f"mkdir -p -- models/checkpoints && wget -c -O models/checkpoints/a.safetensors -- {URL}\n"
    )
    assert ended.err == "left out: 'sub/l.safetensors' (loras): the file declares no address for it\n"
    ended = comfyc("needs", "flow.json", "--format", "aria2", "--models-folder", "/srv/my models", cwd=folder)
    assert ended.out.splitlines() == [
        URL,
        "  dir=/srv/my models/checkpoints",
        "  out=a.safetensors",
        f"  checksum=sha-256={SHA}",
    ]


ODD = [
    "a b.safetensors",
    "$(touch x).safetensors",
    "`touch x`.safetensors",
    "a'; touch x; '.safetensors",
    'a"b.safetensors',
    "-rf.safetensors",
    "a\nb.safetensors",
    "a\x1b[2J.safetensors",
    "\u202egnp.safetensors",
    "../a.safetensors",
    "/etc/a.safetensors",
    "..\\..\\a.safetensors",
    "C:\\a.safetensors",
    "~/a.safetensors",
    "sub/../../a.safetensors",
    "##[error].safetensors",
    " a.safetensors",
    "été.safetensors",
    ".safetensors",
    "${HOME}.safetensors",
]
ADDRESSES = [
    "https://example.org/a b.safetensors",
    "https://example.org/$(touch x)",
    "https://example.org/'; touch x; '",
    "https://example.org/a\nhttps://evil.example/b",
    "https://example.org/a\thttps://evil.example/b",
    "https://example.org/\x1b[2J",
    "--output-document=/etc/passwd",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://",
    "https://[::1",
    "HTTPS://EXAMPLE.ORG/ü.safetensors#fragment",
]


def hostile() -> dict[str, Any]:
    names = [
        node(index, "CheckpointLoaderSimple", name, models=[declared(name)]) for index, name in enumerate(ODD)
    ]
    addresses = [
        node(100 + index, "VAELoader", f"{index}.pt", models=[declared(f"{index}.pt", "vae", url=url)])
        for index, url in enumerate(ADDRESSES)
    ]
    folders = [
        node(200 + index, "Unknown", f"f{index}.pt", models=[declared(f"f{index}.pt", directory)])
        for index, directory in enumerate(["../..", "/etc", "a\nb", "$(touch x)", "--", "C:"])
    ]
    return workflow(*names, *addresses, *folders)


def test_nothing_that_a_file_says_is_obeyed(tmp_path: Path) -> None:
    """A shell runs the lines with another wget, which notes what it is given."""
    plans = downloads(needs_parsed(hostile()).models)
    files = [plan for plan in plans if isinstance(plan, Download)]
    left = {plan.model.name for plan in plans if isinstance(plan, NoDownload)}
    assert {"../a.safetensors", "/etc/a.safetensors", "../../a.safetensors", "a\x1b[2J.safetensors"} <= left
    for lines in (wget_lines(files, "-models"), aria2_lines(files, "-models")):
        assert all(visible(line) == line for line in lines)
    (tmp_path / "wget").write_text('#!/bin/sh\nprintf "%s\\n" "$@" "" >> calls\n: > "$3"\n')
    (tmp_path / "wget").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    script = "\n".join(wget_lines(files, "-models")) + "\n"
    subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, env=environment, check=True)
    calls = [call.split("\n") for call in (tmp_path / "calls").read_text("utf-8").rstrip("\n").split("\n\n")]
    assert [(call[:2], call[3]) for call in calls] == [(["-c", "-O"], "--")] * len(files)
    assert [call[2] for call in calls] == [f"./-models/{file.path}" for file in files]
    assert [call[4] for call in calls] == [file.url for file in files]
    assert {path.name for path in tmp_path.iterdir()} == {"wget", "calls", "-models"}
    assert "checkpoints/$(touch x).safetensors" in {file.path for file in files}
    assert all(file.url.isascii() and file.url.startswith("http") for file in files)


def test_addresses() -> None:
    blob = "https://huggingface.co/Comfy-Org/x/blob/main/a.safetensors"
    assert plain_url(blob) == URL
    assert plain_url("https://example.org/o/x/blob/main/a") == "https://example.org/o/x/blob/main/a"
    assert plain_url("HTTPS://example.org/ü b?x=1&y=%20#z") == "https://example.org/%C3%BC%20b?x=1&y=%20"
    for text in ("ftp://example.org/a", "https:///a", "https://example.org/a\n", "", "https://[::1"):
        assert plain_url(text) is None


def test_a_page_is_not_downloaded() -> None:
    page = "https://civitai.com/models/133005?modelVersionId=1"
    document = workflow(node(1, "CheckpointLoaderSimple", "a.ckpt", models=[declared("a.ckpt", url=page)]))
    (plan,) = downloads(needs_parsed(document).models)
    assert isinstance(plan, NoDownload)
    assert page in plan.why


def test_hostile_tables(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(hostile()))
    for form in ("text", "markdown", "wget", "aria2", "install"):
        ended = comfyc("needs", "flow.json", "--format", form, cwd=tmp_path)
        assert ended.code == 0
        assert all(visible(line) == line for line in (ended.out + ended.err).splitlines())
        assert "##[" not in ended.out + ended.err
    answer(comfyc("needs", "flow.json", "--json", cwd=tmp_path).out)


def test_a_bad_file_and_a_good_one(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("nonsense")
    (tmp_path / "good.json").write_text(json.dumps(FILE))
    ended = comfyc("needs", "bad.json", "good.json", cwd=tmp_path)
    assert ended.code == 1
    assert "W001" in ended.err
    assert "a.safetensors" in ended.out
    assert comfyc("needs", "nowhere.json", "good.json", cwd=tmp_path).code == 2
    (tmp_path / "empty.json").write_text('{"nodes": [], "links": [], "version": 0.4}')
    assert comfyc("needs", "empty.json", cwd=tmp_path).out == "nothing but ComfyUI's own nodes\n"
