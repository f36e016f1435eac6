"""Files that a server lists under another spelling of their paths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyc.catalog import Catalog
from comfyc.checks.spellings import respelled
from comfyc.interface import requests_of
from comfyc.interface.requests import NO_REQUESTS, Requests
from comfyc.running.prepare import Prepared, prepare
from tests.discovery import FIXTURES
from tests.server.fake import FakeComfy
from tests.server.scripts import made_script
from tests.server.test_cli_run import comfyc, object_info, on, serving

ENTRIES: dict[str, Any] = json.loads((FIXTURES / "catalogs" / "models.json").read_text("utf-8"))


def catalog(*files: str) -> Catalog:
    """That of a server whose checkpoints are these."""
    return Catalog.from_object_info(entries(*files))


def entries(*files: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(ENTRIES))
    found["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] = list(files)
    return found


def loading(name: Any) -> dict[str, Any]:
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": name}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }


@pytest.mark.parametrize(
    ("value", "files", "meant"),
    [
        ("SDXL\\a.safetensors", ("SDXL/a.safetensors",), "SDXL/a.safetensors"),
        ("SDXL/a.safetensors", ("SDXL\\a.safetensors",), "SDXL\\a.safetensors"),
        ("./SDXL//a.ckpt", ("SDXL/a.ckpt",), "SDXL/a.ckpt"),
        ("sdxl\\A.ckpt", ("SDXL/a.ckpt",), "SDXL/a.ckpt"),
        ("x\\a.ckpt", ("X/a.ckpt", "x/a.ckpt"), "x/a.ckpt"),  # the same but for the separator comes first
        ("x\\a.ckpt", ("X/a.ckpt", "x/A.ckpt"), None),  # either could be meant
        ("x\\a.ckpt", ("X/a.ckpt", "x/A.ckpt", "y/a.ckpt"), None),
        ("a.ckpt", ("sub/a.ckpt",), "sub/a.ckpt"),
        ("C:\\models\\a.ckpt", ("sub/a.ckpt",), "sub/a.ckpt"),
        ("x/a.ckpt", ("y/a.ckpt", "z/A.ckpt"), "y/a.ckpt"),
        ("x/a.ckpt", ("y/a.ckpt", "z/a.ckpt"), None),
        ("x/model.safetensors", ("y/model.safetensors",), None),
        ("x\\model.safetensors", ("x/model.safetensors",), "x/model.safetensors"),
        ("x/diffusion_pytorch_model.fp16.safetensors", ("y/diffusion_pytorch_model.fp16.safetensors",), None),
        ("model-00001-of-00002.safetensors", ("y/model-00001-of-00002.safetensors",), None),
        ("a.ckpt", ("a.ckpt", "sub/a.ckpt"), None),  # it is there
        ("b.ckpt", ("a.ckpt",), None),
        (["9", 0], ("a.ckpt",), None),
        (7, ("a.ckpt",), None),
    ],
)
def test_the_one_file_that_a_value_can_mean(value: Any, files: tuple[str, ...], meant: str | None) -> None:
    found = respelled(loading(value), catalog(*files))
    assert found == ({} if meant is None else {("1", "ckpt_name"): meant})


def test_nothing_is_taken_from_a_catalogue_without_files_nor_for_an_upload() -> None:
    bundled = Catalog((entries("x/a.ckpt"),), name="bundled", lists_files=False)
    assert respelled(loading("x\\a.ckpt"), bundled) == {}
    upload = {**ENTRIES, "Load": json.loads(json.dumps(ENTRIES["CheckpointLoaderSimple"]))}
    upload["Load"]["input"]["required"]["ckpt_name"] = [["sub/me.png"], {"image_upload": True}]
    prompt = {"1": {"class_type": "Load", "inputs": {"ckpt_name": "me.png"}}}
    assert respelled(prompt, Catalog.from_object_info(upload)) == {}


def ready(name: str, *files: str, requests: Requests = NO_REQUESTS) -> Prepared:
    return prepare(loading(name), catalog(*files), requests)


def codes(prepared: Prepared) -> list[str]:
    return [one.rule.code for one in prepared.diagnostics]


def test_a_run_takes_the_servers_spelling_also_of_what_is_set() -> None:
    found = ready("x\\a.ckpt", "x/a.ckpt", "x/b.ckpt")
    assert codes(found) == ["P361"]
    assert found.diagnostics[0].location.pointer == ("1", "inputs", "ckpt_name")
    assert found.prompt["1"]["inputs"]["ckpt_name"] == "x/a.ckpt"
    turned = found.turn(found.conversion.options, {("1", "ckpt_name"): "x\\b.ckpt"})
    assert turned.prompt["1"]["inputs"]["ckpt_name"] == "x/b.ckpt"
    assert [one.listed for one in turned.spellings] == ["x/b.ckpt"]
    same = found.turn(found.conversion.options, {})
    assert (same.prompt, same.spellings) == (found.prompt, found.spellings)
    given = ready("x/a.ckpt", "x/a.ckpt", "x/b.ckpt", requests=requests_of(["1.ckpt_name=x\\b.ckpt"]))
    assert codes(given) == ["P361"]  # and no P307
    assert given.prompt["1"]["inputs"]["ckpt_name"] == "x/b.ckpt"
    assert codes(ready("x/a.ckpt", "y/a.ckpt")) == ["P362"]
    assert codes(ready("x/a.ckpt", "y/a.ckpt", "z/a.ckpt")) == ["P307"]


WORKFLOW: dict[str, Any] = {
    "last_node_id": 2,
    "last_link_id": 1,
    "nodes": [
        {
            "id": 1,
            "type": "CheckpointLoaderSimple",
            "mode": 0,
            "inputs": [],
            "outputs": [{"name": "MODEL", "type": "MODEL", "links": [1]}],
            "properties": {},
            "widgets_values": ["x\\a.ckpt"],
        },
        {
            "id": 2,
            "type": "PreviewAny",
            "mode": 0,
            "inputs": [{"name": "source", "type": "*", "link": 1}],
            "outputs": [],
            "properties": {},
            "widgets_values": [],
        },
    ],
    "links": [[1, 1, 0, 2, 0, "MODEL"]],
    "groups": [],
    "config": {},
    "extra": {},
    "version": 0.4,
}


def test_the_rows_of_a_study_have_the_servers_spelling(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(loading("x/a.ckpt")), "utf-8")
    (tmp_path / "rows.csv").write_text("ckpt_name\nx\\a.ckpt\nX/b.ckpt\nx/a.ckpt\n", "utf-8")
    listed = entries("x/a.ckpt", "x/b.ckpt")

    async def test(server: FakeComfy) -> None:
        named = ("--table", "rows.csv", "--server", server.url, "--out-dir", "out")
        ended = await comfyc(tmp_path, "run", "flow.json", *named)
        assert ended.code == 0, ended.err
        sent = [body["prompt"]["1"]["inputs"]["ckpt_name"] for body in server.bodies]
        assert sorted(sent) == ["x/a.ckpt", "x/a.ckpt", "x/b.ckpt"]
        assert ended.err.count(f"'x\\a.ckpt' is 'x/a.ckpt' on {server.url}") == 1
        assert ended.err.count(f"'X/b.ckpt' is 'x/b.ckpt' on {server.url}") == 1

    on(
        serving(made_script({"2": {"text": ["seen"]}}), answers={"GET /object_info": object_info(listed)}),
        test,
    )


def test_no_spelling_is_taken_from_an_old_list(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(loading("a.ckpt")), "utf-8")
    server = serving(made_script({"2": {"text": ["seen"]}}))

    async def test(server: FakeComfy) -> None:
        named = ("run", "flow.json", "--server", server.url)
        for folder in "xy":  # the file is moved, and the list of the first run is in the cache
            server.faults.answers["GET /object_info"] = object_info(entries(f"{folder}/a.ckpt"))
            assert (await comfyc(tmp_path, *named)).code == 0
        sent = [body["prompt"]["1"]["inputs"]["ckpt_name"] for body in server.bodies]
        assert sent == ["x/a.ckpt", "y/a.ckpt"]

    on(server, test)


def test_each_server_gets_its_own_spelling_and_embeds_it(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(WORKFLOW), "utf-8")
    script = made_script({"2": {"text": ["seen"]}})
    servers = [
        serving(script, answers={"GET /object_info": object_info(entries(name))})
        for name in ("x/a.ckpt", "y/a.ckpt")
    ]

    async def test(first: FakeComfy) -> None:
        async with servers[1] as second:
            named = ("run", "flow.json", "--server", first.url, "--server", second.url, "--count", "4")
            ended = await comfyc(tmp_path, *named)
            assert ended.code == 0, ended.err
            assert f"1.ckpt_name is 'x/a.ckpt' on {first.url}, not 'x\\a.ckpt'" in ended.err
            assert f"1.ckpt_name is 'y/a.ckpt' on {second.url}, not 'x\\a.ckpt'" in ended.err
            for server, name in ((first, "x/a.ckpt"), (second, "y/a.ckpt")):
                assert server.bodies
                for body in server.bodies:
                    assert body["prompt"]["1"]["inputs"]["ckpt_name"] == name
                    embedded = body["extra_data"]["extra_pnginfo"]["workflow"]
                    assert embedded["nodes"][0]["widgets_values"] == [name]
            planned = await comfyc(tmp_path, "plan", "flow.json", "--server", first.url, "--json")
            (value,) = json.loads(planned.out)["results"][0]["files"][0]["values"]
            assert (value["from"], value["to"], value["by"]) == ("x\\a.ckpt", "x/a.ckpt", "the server's list")

    on(servers[0], test)
