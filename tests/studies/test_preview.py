"""What ``comfyc plan`` and ``run --dry-run`` say of a study: its rows, names, files and price."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiohttp import web

from comfyc.catalog import bundled_core
from comfyc.schema import schema_file
from tests.answers import answer
from tests.server.fake import FakeComfy
from tests.server.test_cli_run import RUNNABLE, comfyc, on, serving
from tests.server.test_plan import only_asked

FLOW = RUNNABLE / "02_load_invert_save.json"
FLUX = "FluxProUltraImageNode"
PRICE = {
    "engine": "jsonata",
    "expr": '{"type":"usd","usd": widgets.raw ? 0.10 : 0.06}',
    "depends_on": {"widgets": [{"name": "raw", "type": "BOOLEAN"}]},
}


def core_with_price() -> dict[str, Any]:
    core = bundled_core()
    kinds = {kind: dict(core.info(kind) or {}) for kind in (FLUX, "LoadImage", "ImageInvert", "SaveImage")}
    kinds[FLUX]["price_badge"] = PRICE
    return kinds


def server_with_price() -> FakeComfy:
    async def object_info(request: web.Request) -> web.Response:
        return web.json_response(core_with_price())

    return serving(answers={"GET /object_info": object_info})


def test_rows_names_files_and_findings_are_shown(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for number in (1, 2, 10):
        (tmp_path / "photos" / f"p{number}.png").write_bytes(b"x" * 1000 * number)
    (tmp_path / "t.csv").write_text("SaveImage.filename_prefix,#note\na,first\nb,\n", "utf-8")
    (tmp_path / "bad.csv").write_text("SaveImage.filename_prefx\na\n", "utf-8")
    rows = ("--table", "t.csv", "--each", "image=photos/*.png")
    names = ("--name", "{image}/{filename_prefix}{index:02}")

    async def test(server: FakeComfy) -> None:
        arguments = (FLOW, *rows, *names, "--server", server.url)
        shown = await comfyc(tmp_path, "run", *arguments, "--dry-run")
        assert shown.code == 0, shown.err
        for text in (
            "study: 6 rows",
            "p1/a{index02}",
            "t.csv:2",
            "3 files of 13,000 bytes",
            "6 prompts would",
        ):
            assert text in shown.out
        planned = await comfyc(tmp_path, "plan", *arguments, "--json")
        (plan,) = answer(planned.out)["results"]
        jsonschema.validate(plan, json.loads(schema_file("plan").read_text("utf-8")))
        study = plan["study"]
        assert (plan["ok"], plan["prompts"], plan["runs"], study["rows"]) == (True, 6, [], 6)
        assert [one["inputs"] for one in study["columns"]] == [["3.filename_prefix"], [], ["1.image"]]
        assert study["first"][2] == {
            "row": 3,
            "name": "p10/a{index02}",
            "origin": "t.csv:2",
            "parameters": {"SaveImage.filename_prefix": "a", "#note": "first", "image": "photos/p10.png"},
            "files": {"image": str(Path("photos/p10.png"))},
        }
        assert study["files"] == {"count": 3, "size": 13_000, "of_web": 0}
        bad = await comfyc(tmp_path, "plan", FLOW, "--table", "bad.csv", "--server", server.url, "--json")
        (found,) = answer(bad.out)["findings"]
        assert (bad.code, found["code"], found["file"], found["line"]) == (1, "I603", "bad.csv", 1)
        assert "filename_prefix" in found["hint"]
        for more, said in (
            (("--name", "x_{image}"), "the rows 1 and 4 would both have the name 'x_p1'"),
            (("--name", "{imag}"), "there is no field '{imag}'"),
            (("-o", "x.plan"), "a plan of a study is not written"),
            ((FLOW,), "a study is of one workflow"),
        ):
            refused = await comfyc(tmp_path, "plan", FLOW, *rows, "--server", server.url, *more)
            assert (refused.code, said in refused.err) == (2, True), refused.err
        assert only_asked(server)

    on(serving(), test)


@pytest.mark.parametrize(("values", "text"), [("true,false", "$0.32"), ("false", "$0.12")])
def test_the_price_is_that_of_all_rows(tmp_path: Path, values: str, text: str) -> None:
    prompt = {
        "1": {"class_type": FLUX, "inputs": {"prompt": "a fox", "raw": False, "seed": 1}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }
    (tmp_path / "paid.json").write_text(json.dumps(prompt))

    async def test(server: FakeComfy) -> None:
        rows = ("paid.json", "--grid", f"raw={values}", "--grid", "seed=1,2", "--server", server.url)
        planned = await comfyc(tmp_path, "plan", *rows, "--json", "--force")
        (plan,) = answer(planned.out)["results"]
        total = plan["files"][0]["price"]["total"]
        assert (total["text"], total["runs"]) == (text, plan["study"]["rows"])
        refused = await comfyc(tmp_path, "run", *rows, "--force")
        assert f"runs cost {text}" in refused.err
        assert only_asked(server)

    on(server_with_price(), test)


def test_a_value_that_rows_replace_is_not_held_against_the_file(tmp_path: Path) -> None:
    prompt = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 0, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }
    (tmp_path / "flow.json").write_text(json.dumps(prompt))

    async def test(server: FakeComfy) -> None:
        good = await comfyc(tmp_path, "plan", "flow.json", "--grid", "width=8,16", "--server", server.url)
        assert (good.code, good.err) == (0, "")
        assert "2 prompts would be sent" in good.out
        bad = await comfyc(tmp_path, "plan", "flow.json", "--grid", "height=8", "--server", server.url)
        assert (bad.code, "error[P308]" in bad.err) == (1, True)

    on(serving(), test)
