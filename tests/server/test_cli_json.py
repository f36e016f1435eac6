"""``--json`` of the commands that talk to a server: the envelopes, and the records of runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import web

from comfyc.catalog import Catalog
from tests.answers import answer, answers
from tests.server.fake import FakeComfy
from tests.server.test_cli_run import BAD, WORKFLOW, comfyc, on, serving

GOOD = {**BAD, "1": {**BAD["1"], "inputs": {**BAD["1"]["inputs"], "width": 8}}}


@pytest.mark.slow
def test_runs_are_records_with_the_same_members(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        options = ("--server", server.url, "--json")
        done = await comfyc(tmp_path, "run", WORKFLOW, *options, "--count", "2")
        first, second = answers(done.out)
        assert (first["command"], first["ok"], first["errors"]) == ("run", True, [])
        assert [first["run"], second["run"]] == [f"{WORKFLOW.name} #1", f"{WORKFLOW.name} #2"]
        assert first["outputs"]["3"][0]["path"] == "a_00001_.png"
        sent = await comfyc(tmp_path, "run", WORKFLOW, *options, "--no-wait")
        prompt_id = answer(sent.out)["prompt_id"]
        waited = await comfyc(tmp_path, "wait", prompt_id, *options)
        assert (answer(waited.out)["command"], answer(waited.out)["status"]) == ("wait", "success")
        unknown = await comfyc(tmp_path, "wait", "nobody", *options)
        assert (unknown.code, answer(unknown.out)["errors"][0]["message"][:18]) == (2, "there is no prompt")

    on(serving(), test)


@pytest.mark.slow
def test_what_is_not_run_is_a_record_with_its_findings(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(json.dumps(BAD))
    (tmp_path / "broken.json").write_text("{")

    async def test(server: FakeComfy) -> None:
        for name, code in (("bad.json", "P30"), ("broken.json", "W011")):
            done = await comfyc(tmp_path, "run", name, WORKFLOW, "--server", server.url, "--json")
            found = answer(done.out)
            assert (done.code, found["exit_code"], found["file"]) == (1, 1, name)
            assert found["findings"][0]["code"].startswith(code)
        assert server.bodies == []

    on(serving(), test)


@pytest.mark.slow
def test_a_run_that_fails_has_its_findings(tmp_path: Path) -> None:
    error = {"type": "prompt_outputs_failed_validation", "message": "no", "details": "", "extra_info": {}}

    async def post(request: web.Request) -> web.Response:
        return web.json_response({"error": error, "node_errors": {}}, status=400)

    async def test(server: FakeComfy) -> None:
        done = await comfyc(tmp_path, "run", WORKFLOW, "--server", server.url, "--json")
        found = answer(done.out)
        assert (done.code, found["exit_code"], found["reason"]) == (1, 1, "rejected")
        assert [one["code"] for one in found["findings"]] == ["S401"]

    on(serving(answers={"POST /prompt": post}), test)


@pytest.mark.slow
def test_queues_and_servers_are_rows(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        server.running["theirs"] = [1, "theirs", {}, {"client_id": "somebody"}, []]
        options = ("--server", server.url, "--json")
        assert answer((await comfyc(tmp_path, "queue", *options)).out)["results"] == []
        (row,) = answer((await comfyc(tmp_path, "queue", "--anyone", *options)).out)["results"]
        assert (row["server"], row["prompt_id"], row["state"]) == (server.url, "theirs", "running")
        refused = await comfyc(tmp_path, "cancel", "theirs", *options)
        assert (refused.code, len(answer(refused.out)["errors"])) == (2, 1)
        hit = await comfyc(tmp_path, "cancel", "theirs", "--anyone", *options)
        assert answer(hit.out)["results"] == [{"server": server.url, "prompt_id": "theirs"}]
        assert answer((await comfyc(tmp_path, "interrupt", *options)).out)["results"] == []
        both = await comfyc(tmp_path, "status", *options, "--server", "http://127.0.0.1:9")
        found = answer(both.out)
        assert (both.code, [row["reachable"] for row in found["results"]]) == (2, [True, False])

    on(serving(), test)


def test_a_saved_catalogue_is_told(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        done = await comfyc(tmp_path, "catalog", "save", server.url, "-o", "info.json", "--json")
        (row,) = answer(done.out)["results"]
        assert (row["server"], row["output"]) == (server.url, "info.json")
        assert len(json.loads((tmp_path / "info.json").read_bytes())) == row["nodes"]

    on(serving(), test)


@pytest.mark.slow
def test_an_address_means_the_same_for_every_flag(tmp_path: Path) -> None:
    """With and without scheme and slash, on the command line, in the environment and in the settings."""
    (tmp_path / "flow.json").write_bytes(json.dumps(GOOD).encode())

    async def test(server: FakeComfy) -> None:
        address = server.url.removeprefix("http://")
        forms = (address, f"{server.url}/", f"{address}/object_info")
        for number, (arguments, environment) in enumerate(
            (
                (("catalog", "save", "ADDRESS", "-o", "-"), {}),
                (("catalog", "save", "-o", "-"), {"COMFYC_SERVER": "ADDRESS"}),
                (("catalog", "show", "SaveImage", "--object-info", "ADDRESS"), {}),
                (("catalog", "show", "SaveImage", "--server", "ADDRESS"), {}),
                (("convert", "flow.json", "--object-info", "ADDRESS"), {}),
                (("convert", "flow.json", "--server", "ADDRESS"), {}),
                (("validate", "flow.json", "--server", "ADDRESS"), {}),
                (("validate", "flow.json", "--trust-config"), {}),
                (("inputs", "flow.json", "--server", "ADDRESS"), {}),
                (("packs", "flow.json", "--server", "ADDRESS"), {}),
                (("needs", "flow.json", "--server", "ADDRESS"), {}),
                (("schema", "prompt", "--server", "ADDRESS"), {}),
                (("status", "--server", "ADDRESS"), {}),
                (("queue",), {"COMFYC_SERVER": "ADDRESS"}),
            )
        ):
            form = forms[number % 3]
            (tmp_path / "comfyc.toml").write_text(f'object-info = "{form}"\n')
            told = [form if word == "ADDRESS" else word for word in arguments]
            variables = {"COMFYC_CACHE_DIR": str(tmp_path / str(number)), **dict.fromkeys(environment, form)}
            before = len(server.requests)
            done = await comfyc(tmp_path, *told, **variables)
            assert done.code == 0, (told, done.err)
            assert len(server.requests) > before, told

    on(serving(answers={"GET /object_info": object_info}), test)


async def object_info(request: web.Request) -> web.Response:
    """A small catalogue: a large one takes its time."""
    entries = {name: Catalog.load().info(name) for name in ("EmptyImage", "SaveImage")}
    return web.json_response(entries)


@pytest.mark.slow
def test_the_token_of_the_environment_goes_to_its_server_however_it_is_written(tmp_path: Path) -> None:
    async def test(server: FakeComfy) -> None:
        server.token = "very-secret"
        address = server.url.removeprefix("http://")
        environment = {"COMFYC_SERVER": f"{server.url}/", "COMFYC_TOKEN": "very-secret"}
        for command in (
            ("catalog", "save", address, "-o", "x.json"),
            ("catalog", "show", "SaveImage", "--server", address),
            ("convert", "flow.json", "--object-info", address),
            ("validate", "flow.json", "--object-info", address, "--refresh"),
            ("status", "--server", address),
        ):
            done = await comfyc(tmp_path, *command, **environment)
            assert done.code == 0, (command, done.err)
            refused = await comfyc(tmp_path, *command, "--server", "localhost:9", **environment)
            assert "very-secret" not in refused.out + refused.err
        flags = ("--token", "very-secret")
        assert (await comfyc(tmp_path, "convert", "flow.json", "--server", address, *flags)).code == 0
        assert (await comfyc(tmp_path, "catalog", "save", address, "-o", "x.json", *flags)).code == 0
        named = ("validate", "flow.json", "--object-info", address, "--refresh")
        assert (await comfyc(tmp_path, *named, *flags)).code == 0
        (tmp_path / "comfyc.toml").write_text(f'object-info = "{address}"\n')  # whose, nobody knows
        assert (await comfyc(tmp_path, "validate", "flow.json", "--refresh", *flags)).code == 2

    (tmp_path / "flow.json").write_text(json.dumps(GOOD))
    on(serving(answers={"GET /object_info": object_info}), test)
