"""``comfyc needs --server``: what a server is asked, and what becomes of its answers."""

from __future__ import annotations

import json
from pathlib import Path

from aiohttp import web

from comfyc.catalog import bundled_core
from tests.answers import answer
from tests.server.fake import FakeComfy
from tests.server.test_cli_run import comfyc, on, serving
from tests.test_needs import declared, node, workflow

FILE = workflow(
    node(1, "CheckpointLoaderSimple", "sd\\a.safetensors", models=[declared("a.safetensors")]),
    node(2, "CheckpointLoaderSimple", "b.safetensors", models=[declared("b.safetensors")]),
    node(3, "UnetLoaderGGUF", "q.gguf"),
    node(4, "CLIPTextEncode", "a fox, embedding:e"),
    node(5, "LoadImage", "there.png", "image"),
    node(6, "LoadImage", "sub/gone.png", "image"),
    node(7, "LoraLoaderModelOnly", "l.safetensors", 1),
)
FOLDERS = {
    "diffusion_models": ["other.gguf"],
    "embeddings": ["e.pt", "\x1b[2J.pt"],
    "checkpoints": ["old/b.safetensors"],
}


async def object_info(_: web.Request) -> web.Response:
    kinds = ("CheckpointLoaderSimple", "CLIPTextEncode", "LoadImage")
    entries = {kind: json.loads(json.dumps(bundled_core().info(kind))) for kind in kinds}
    entries["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] = ["sd/a.safetensors"]
    return web.json_response(entries)


async def folder(request: web.Request) -> web.Response:
    name = request.path.rpartition("/")[2]
    return web.json_response(FOLDERS[name]) if name in FOLDERS else web.Response(status=404)


async def view(request: web.Request) -> web.Response:
    return web.Response(status=200 if request.query["filename"] == "there.png" else 404)


ANSWERS = {"GET /object_info": object_info, "GET /models/": folder, "HEAD /view": view}


def test_a_server_is_asked_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(FILE))

    async def test(server: FakeComfy) -> None:
        server.token = "very-secret"
        options = ("--server", server.url, "--token", "very-secret")
        done = await comfyc(tmp_path, "needs", "flow.json", *options, "--json")
        (found,) = answer(done.out)["results"]
        assert done.code == 1
        assert {row["name"]: row["status"] for row in found["models"]} == {
            "sd/a.safetensors": "present",
            "b.safetensors": "missing",
            "q.gguf": "missing",
            "e": "present",
            "l.safetensors": "unknown",
        }
        assert {row["name"]: row["similar"] for row in found["models"] if row["similar"]} == {
            "b.safetensors": ["old/b.safetensors"]
        }
        files = {row["name"]: row["status"] for row in found["input_files"]}
        assert files == {"there.png": "present", "sub/gone.png": "missing"}
        assert found["comfyui"]["server"] == "0.33.0"
        assert [row["class"] for row in found["comfyui"]["types"]] == ["LoraLoaderModelOnly"]
        assert {request.split()[0] for request in server.requests} <= {"GET", "HEAD"}
        assert "very-secret" not in done.out + done.err
        lines = await comfyc(tmp_path, "needs", "flow.json", *options, "--format", "wget")
        assert lines.out.startswith("mkdir -p -- models/checkpoints && wget -c -O models/checkpoints/b.safet")
        assert lines.out.count("\n") == 1
        refused = await comfyc(tmp_path, "needs", "flow.json", "--server", server.url)
        assert (refused.code, refused.out) == (2, "")

    on(serving(answers=ANSWERS), test)


def test_a_server_that_knows_no_folders(tmp_path: Path) -> None:
    """An old server, or one behind a gateway that lets object_info through only."""
    (tmp_path / "flow.json").write_text(json.dumps(FILE))

    async def gone(_: web.Request) -> web.Response:
        return web.Response(status=404, text="<html>")

    async def odd(_: web.Request) -> web.Response:
        return web.json_response({"system": 5})

    async def test(server: FakeComfy) -> None:
        done = await comfyc(tmp_path, "needs", "flow.json", "--server", server.url, "--json")
        (found,) = answer(done.out)["results"]
        statuses = [row["status"] for row in found["models"]]
        assert statuses == ["present", "missing", "unknown", "unknown", "unknown"]
        assert found["comfyui"]["server"] is None

    on(serving(answers={**ANSWERS, "GET /models/": gone, "GET /system_stats": odd}), test)
