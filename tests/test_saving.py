"""comfyc set: the changed workflow gives the prompt with the values, and nothing else of the file changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import pytest

from comfyc import convert, rewrite_with
from comfyc.catalog import Catalog
from comfyc.cli import main
from comfyc.interface import Request, Requests, Setting, interface_of, requests_of, set_values
from comfyc.options import DynamicPrompts, Options
from comfyc.saving import Rewritten, rewrite_source
from comfyc.saving.checking import decided_nodes
from comfyc.sources import Source
from tests.discovery import FIXTURES, cases
from tests.every import every
from tests.test_conversion import AS_RECORDED
from tests.test_recorded_settings import FORGOTTEN, ROWS, Recorded, as_typed

FLOW = FIXTURES / "text_to_image" / "workflow.json"
KEEP = Options(dynamic_prompts=DynamicPrompts.KEEP, now=datetime(2026, 1, 2))
TEMPLATES = files("comfyui_workflow_templates_json") / "templates"
REFUSALS = {"I660", "I661", "I662"}
SAMPLE = 12
"""Every twelfth case and recording is tested; with 1, 258 recordings give 255 texts of the browser and 3
refusals."""


@cache
def catalog_of(path: Path | None) -> Catalog:
    return Catalog.load(path)


def sample() -> Iterator[tuple[str, str, Path | None]]:
    """Names, texts and catalogues of cases of all topics."""
    for case in [case for case in cases() if case.error is None][::SAMPLE]:
        yield case.name, case.workflow, case.catalog


def another(setting: Setting, chance: Random) -> Any:
    """Another value that an input takes; None if none is known."""
    value, options = setting.value, setting.spec.options if setting.spec is not None else {}
    choices = options.get("options")
    if isinstance(choices, list):
        keys = [choice.get("key") if isinstance(choice, dict) else choice for choice in choices]
        others = [key for key in keys if isinstance(key, str) and key != value]
        return chance.choice(others) if others else None
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        step = options.get("step") or (1 if isinstance(value, int) else 0.5)
        return value + step if value + step <= options.get("max", 2**31) else value - step
    return f"{value} fox" if isinstance(value, str) else None


@every(sample(), name=lambda one: one[0], group=lambda one: one[0].partition("/")[0])
def test_the_changed_workflow_gives_the_prompt_with_the_value(one: tuple[str, str, Path | None]) -> None:
    """convert(set(flow, x)) is convert(flow, --set x); the old value gives the old prompt again, and the
    present value changes no byte."""
    name, text, path = one
    catalog = catalog_of(path)
    interface = interface_of(convert(text, catalog, KEEP).opened.value, catalog, KEEP)
    settings = [setting for setting in interface.settings if not setting.link]
    chance = Random(name)
    source = Source(name, text.encode("utf-8", "surrogatepass"))
    plain = _inputs(interface.conversion.prompt)
    for setting in chance.sample(settings, min(2, len(settings))):
        value = another(setting, chance)
        if value is None:
            continue
        made = rewrite_source(source, _asking(setting, value), catalog, KEEP)
        if made.data is None:
            assert REFUSALS & {found.rule.code for found in made.diagnostics} or not made.ok
            continue
        given = set_values(interface, interface.conversion.opened.value, _asking(setting, value), catalog)
        changed = _inputs(convert(made.data, catalog, KEEP).prompt)
        decided = set(decided_nodes(given))
        assert _without(changed, decided) == _without(_inputs(given.conversion.prompt), decided)
        again = rewrite_source(Source(name, made.data), _asking(setting, value), catalog, KEEP)
        assert again.data is None or again.data == made.data
        if changed.keys() != plain.keys() or setting.value is None:
            continue  # another option of a dynamic combo; a value that nobody can type
        if {one for one in plain if changed[one] != plain[one]} <= set(setting.targets):
            back = rewrite_source(Source(name, made.data), _asking(setting, setting.value), catalog, KEEP)
            assert back.data is None or _inputs(convert(back.data, catalog, KEEP).prompt) == plain


@every(
    [row for row in ROWS if row.is_undone and row.key not in FORGOTTEN][::SAMPLE],
    name=lambda row: row.key,
    group=lambda row: "case" if "/" in row.key else "template",
)
def test_all_subgraph_nodes_give_what_the_browser_exports_after_typing(row: Recorded) -> None:
    catalog = catalog_of(row.catalog)
    found = interface_of(json.loads(row.workflow), catalog, AS_RECORDED)
    texts = [
        f"{one['host']}.{one['input']}={as_typed(one['value'])}"
        for one in row.settings
        if found.setting(one["host"], one["input"]) is not None
    ]
    made = rewrite_source(Source(row.key, row.workflow.encode("utf-8")), requests_of(texts), catalog)
    assert made.data is not None, made.diagnostics
    text = convert(made.data, catalog, AS_RECORDED).text
    assert hashlib.sha256(text.encode("utf-8")).hexdigest() == row.digest


def _asking(setting: Setting, value: Any) -> Requests:
    if isinstance(value, str):
        value = json.dumps(value) if setting.spec is None else value.replace("@", "@@", value.startswith("@"))
    return Requests((Request(setting.path, value),))


def _inputs(prompt: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """The values of a prompt by node id and input name."""
    return {(ident, name): value for ident, node in prompt.items() for name, value in node["inputs"].items()}


def _without(inputs: dict[tuple[str, str], Any], nodes: set[str]) -> dict[tuple[str, str], Any]:
    return {one: value for one, value in inputs.items() if one[0] not in nodes}


def case(name: str) -> tuple[dict[str, Any], Catalog]:
    found = next(one for one in cases() if one.name == name)
    return json.loads(found.workflow), catalog_of(found.catalog)


def lines(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ in two texts of as many lines."""
    pairs = zip(before.splitlines(keepends=True), after.splitlines(keepends=True), strict=True)
    return [(one.strip(), other.strip()) for one, other in pairs if one != other]


def written(
    source: Any, values: dict[str, Any], catalog: Catalog | None = None, *, unlink: bool = False
) -> str:
    made = rewrite_with(source, values, catalog, unlink=unlink)
    assert made.data is not None, made.diagnostics
    return made.data.decode("utf-8")


def test_only_the_values_change() -> None:
    text = FLOW.read_text("utf-8")
    changed = written(text, {"3.steps": 30, "6.text": "ein Füchslein"})
    assert [new for _, new in lines(text, changed)] == ['"ein Füchslein"', "30,"]
    assert written(text, {"3.steps": 20}) == text


@pytest.mark.parametrize(
    "dumps",
    [
        lambda value: json.dumps(value),
        lambda value: json.dumps(value, indent="\t").replace("\n", "\r\n"),
        lambda value: json.dumps({"input": {"workflow": value}, "id": 1.0}),
        lambda value: json.dumps({"id": 1.0, "workflow": json.dumps(value, indent=1)}, indent=3),
    ],
    ids=["compact", "tabs and CRLF", "wrapped", "wrapped as text"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_form_of_the_file_stays(dumps: Callable[[Any], str], encoding: str) -> None:
    document = json.loads(FLOW.read_text("utf-8"))
    before = dumps(document).encode(encoding)
    for node in document["nodes"]:
        if node["id"] == 3:
            node["widgets_values"][2] = 30
    assert rewrite_with(before, {"3.steps": 30}).data == dumps(document).encode(encoding)


def test_bytes_that_are_no_text_stay() -> None:
    before = FLOW.read_bytes().replace(b"beautiful", b"\xff\xfe\xe4")
    made = rewrite_with(before, {"3.steps": 30})
    assert made.data is not None
    assert b"\xff\xfe\xe4 scenery" in made.data


def test_values_that_the_file_lacks_are_written_out() -> None:
    document = json.loads(FLOW.read_text("utf-8"))
    node = next(node for node in document["nodes"] if node["id"] == 3)
    seed, values = node["widgets_values"][0], node.pop("widgets_values")
    made = json.loads(written(document, {"3.cfg": 5.5}))
    new = next(node for node in made["nodes"] if node["id"] == 3)["widgets_values"]
    assert (len(values), new) == (7, [0, "randomize", 20, 5.5])
    assert seed != 0
    assert convert(made).prompt["3"]["inputs"]["cfg"] == 5.5


def test_a_link_is_cut_at_both_of_its_ends() -> None:
    document = json.loads(FLOW.read_text("utf-8"))
    sampler = next(node for node in document["nodes"] if node["id"] == 3)
    latent = next(slot for slot in sampler["inputs"] if slot["name"] == "latent_image")
    assert latent["link"] is not None
    assert rewrite_with(document, {"3.latent_image": "x"}).data is None
    for node in document["nodes"]:
        if node["type"] == "EmptyLatentImage":
            origin = node["id"]
    document["nodes"].append(
        {
            "id": 90,
            "type": "PrimitiveInt",
            "mode": 0,
            "inputs": [],
            "widgets_values": [33, "fixed"],
            "outputs": [{"name": "INT", "type": "INT", "links": [91]}],
        }
    )
    document["links"].append([91, 90, 0, origin, 0, "INT"])
    target = next(node for node in document["nodes"] if node["id"] == origin)
    target["inputs"] = [{"name": "width", "type": "INT", "link": 91, "widget": {"name": "width"}}]
    document["extra"] = {
        "reroutes": [{"id": 1, "linkIds": [91]}],
        "linkExtensions": [{"id": 91, "parentId": 1}],
    }
    assert convert(document).prompt[str(origin)]["inputs"]["width"] == ["90", 0]
    made = json.loads(written(document, {f"{origin}.width": 640}, unlink=True))
    assert convert(made).prompt[str(origin)]["inputs"]["width"] == 640
    assert "91" not in json.dumps([made["links"], made["extra"], made["nodes"][-1]["outputs"]])
    assert made["extra"] == {"reroutes": [], "linkExtensions": []}


def test_the_holder_of_a_value_is_written() -> None:
    """A subgraph node; a PrimitiveNode, and the widgets that it feeds, which the editor writes, too."""
    document, catalog = case("promoted_widgets/sub_one_input_two_widgets")
    text = json.dumps(document, indent=1)
    assert len(lines(text, written(text, {"30.size": 656}, catalog))) == 1
    text = (TEMPLATES / "sdxl_refiner_prompt_example.json").read_text("utf-8")
    assert {new for _, new in lines(text, written(text, {"45.value": 26}))} == {"26,"}
    assert len(lines(text, written(text, {"45.value": 26}))) == 3


BYTEDANCE = {
    "model": "seedream 5.0 pro",
    "model.size_preset": "(1K) 1024x1024 (1:1)",
    "model.width": 2048,
    "model.height": 2048,
    "seed": 0,
    "watermark": False,
    "thinking": True,
    "model.images.image_1": ["29", 0],
}
"""What the editor (1.58.1) exports after this model was chosen: the second picture is linked no longer."""


def test_another_option_brings_its_inputs_and_cuts_links() -> None:
    text = (TEMPLATES / "api_bytedance_seedream_5_0_lite_image_edit.json").read_text("utf-8")
    made = written(text, {"33.model": "seedream 5.0 pro"})
    inputs = convert(made).prompt["33"]["inputs"]
    assert {name: value for name, value in inputs.items() if name != "prompt"} == BYTEDANCE
    values = {"33.model": "seedream 5.0 pro", "33.model.width": 1024}
    assert convert(written(text, values)).prompt["33"]["inputs"]["model.width"] == 1024


def test_a_dynamic_combo_that_a_primitive_node_feeds() -> None:
    """The browser gives the same for the changed file and for the value typed into the PrimitiveNode."""
    document, catalog = case("dynamic_inputs/dyncombo_from_primitive")
    prompt = convert(written(document, {"1.value": "Seedance 2.5"}, catalog), catalog).prompt
    assert "model.prompt" in prompt["3"]["inputs"]
    assert prompt["3"]["inputs"]["model"] == "Seedance 2.5"


def refused(made: Rewritten) -> set[str]:
    assert (made.data, made.document, made.ok) == (None, None, False)
    return {found.rule.code for found in made.diagnostics if found.severity.value == "error"}


def test_what_the_workflow_cannot_hold_is_refused() -> None:
    document, catalog = case("promoted_widgets/sub_one_input_two_widgets")
    assert refused(rewrite_with(document, {"30:16.width": 648}, catalog)) == {"I661"}
    assert refused(rewrite_with(FLOW, {"3.model": ["4", 1]})) == {"I660"}
    assert refused(rewrite_with(FLOW, {"3.nothing": 1})) == {"I603"}
    assert refused(rewrite_with(b"{", {"3.steps": 1})) == {"W011"}
    deep: Any = json.loads("[" * 900 + "]" * 900)
    assert refused(rewrite_with(FLOW, {"3.steps": {"a": deep}})) <= {"I606", "W006"}


def test_the_command_writes_the_file_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flow.json"
    file.write_bytes(FLOW.read_bytes())
    assert run("set", str(file), "--set", "3.steps=30", "-o", str(file)) == 0
    assert json.loads(file.read_text("utf-8")) == json.loads(written(FLOW, {"3.steps": 30}))
    before = file.read_bytes()
    for flags in (
        ["--set", "3.steps=0"],
        ["--set", "3.steps=x"],
        [],
        ["--set", "3.steps=2", "--strict", "-o", "x.png"],
    ):
        assert run("set", str(file), *flags, *([] if "-o" in flags else ["-o", str(file)])) > 0
        assert file.read_bytes() == before
    assert run("set", str(file), "--set", "3.steps=0", "--force") == 0
    assert convert(capsys.readouterr().out).prompt["3"]["inputs"]["steps"] == 0


def test_job_files_and_flags_say_what_to_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = tmp_path / "job.toml"
    job.write_text('[set]\n"3.steps" = 30\n"3.cfg" = 5.5\n')
    assert run("set", str(FLOW), str(job), "--set", "3.steps=31") == 0
    assert capsys.readouterr().out == written(FLOW, {"3.steps": 31, "3.cfg": 5.5})
    job.write_text('[set]\n"3.steps" = 30\n[sett]\n')
    assert run("set", str(FLOW), str(job), "--json") == 1
    assert json.loads(capsys.readouterr().out)["findings"]
    assert run("set", str(FLOW), str(FLOW), "--set", "3.steps=31") == 2


def test_a_picture_is_read_and_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "picture"
    picture.write_bytes(
        (FIXTURES / "faults" / "I663" / "ok-picture-with-a-prompt" / "source.png").read_bytes()
    )
    assert run("set", str(picture), "--set", "1.value=30") == 0
    assert json.loads(capsys.readouterr().out)["1"]["inputs"] == {"value": 30}
    before = picture.read_bytes()
    assert run("set", str(picture), "--set", "1.value=30", "-o", str(picture)) == 2
    assert "carries one" in capsys.readouterr().err
    assert picture.read_bytes() == before


def test_the_answer_lists_the_values(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    output = tmp_path / "new.json"
    assert run("set", str(FLOW), "--set", "3.steps=30", "--json", "-o", str(output)) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["values"] == [{"node": "3", "input": "steps", "before": 20, "value": 30}]
    assert (result["output"], result["document"]) == (str(output), None)


def test_of_a_file_only_the_name_is_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, file = tmp_path / "me.jpg", tmp_path / "flow.json"
    picture.write_bytes(b"")
    file.write_text(
        json.dumps(
            {
                "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
                "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
            }
        )
    )
    assert run("set", str(file), "--set", f"1.image=@{picture}") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["1"]["inputs"] == {"image": "me.jpg"}
    assert "name 'me.jpg' alone" in err


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)
