"""What names the values of nodes whose type no catalogue knows, held against what the real frontend exported.

The prompts of fixtures/ were recorded with the definitions of all node types. Without these, and with the
prompt beside the workflow as pictures have it, the values have to get the same names.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog, bundled_core
from comfyc.cli.work.convert_one import ConvertJob, convert_file
from comfyc.editor.loading import known
from comfyc.editor.naming.alignment import Comparable, WidgetName, align_names
from comfyc.interface import interface_for, requests_of, set_values
from comfyc.options import Options
from comfyc.sources.file import read_file
from comfyc.validation import validate
from tests.carriers import chunk, png
from tests.discovery import FIXTURES, TEMPLATE_EXPORTS, Case, cases, read_packed
from tests.every import every

FLOW = FIXTURES / "text_to_image"
NOTHING = Catalog.from_object_info({})
EXPORTS = {row["key"]: row["text"] for row in read_packed(TEMPLATE_EXPORTS)}
TOPICS = ("basics", "bypassed", "ids", "links", "muted", "nested_subgraphs", "slots", "subgraphs", "versions")
PROXIES = ("proxy_create_inputs", "proxy_two_instances", "proxy_minus_one", "proxy_second_without")


@pytest.fixture(autouse=True)
def _no_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs have types with the names of ComfyUI's own, and would lend them."""
    monkeypatch.setattr(known, "bundled_packs", lambda _=None: NOTHING)


@cache
def without(*kinds: str) -> Catalog:
    core = bundled_core()
    return Catalog.from_object_info({name: core.info(name) for name in core if name not in kinds})


def flow() -> Any:
    return json.loads((FLOW / "workflow.json").read_text("utf-8"))


def exported() -> Any:
    return json.loads((FLOW / "prompt.json").read_text("utf-8"))


def beside(workflow: Any, prompt: Any) -> Conversion:
    """The conversion of a workflow with a prompt beside it, without any definition."""
    return convert({"workflow": workflow, "prompt": prompt}, NOTHING)


def values(prompt: Any) -> dict[str, dict[str, Any]]:
    """The inputs of each node of a known class that are no links."""
    return {
        ident: {name: value for name, value in node["inputs"].items() if not isinstance(value, list)}
        for ident, node in prompt.items()
        if "class_type" in node
    }


def sampler(workflow: Any) -> Any:
    return next(node for node in workflow["nodes"] if node["type"] == "KSampler")


@every(sorted(EXPORTS)[::42], name=str, group=lambda key: key[:1])
def test_a_prompt_names_the_values_of_a_template(key: str) -> None:
    source = files("comfyui_workflow_templates_json") / "templates" / f"{key}.json"
    prompt = json.loads(EXPORTS[key])
    found = values(beside(json.loads(source.read_text("utf-8")), prompt).prompt)
    for ident, expected in values(prompt).items():
        named = {name: value for name, value in found[ident].items() if name in expected}
        assert named == expected


@every(
    [case for case in cases() if case.topic in TOPICS],
    name=lambda case: case.name,
    group=lambda case: case.topic,
)
def test_a_prompt_gives_no_value_a_wrong_name(case: Case) -> None:
    """Whatever the state of the workflow: subgraphs, bypassed nodes, colliding ids, damaged slots."""
    prompt, workflow = json.loads(case.prompt or "null"), json.loads(case.workflow)
    if not isinstance(prompt, dict) or not isinstance(workflow, dict):
        pytest.skip("the browser exports nothing")
    found = values(beside(workflow, prompt).prompt)
    for ident, expected in values(prompt).items():
        named = {name: value for name, value in found.get(ident, {}).items() if name in expected}
        assert named.items() <= expected.items()


@every(
    sorted(path for path in (FIXTURES / "carriers").iterdir()),
    name=lambda path: path.name,
    group=lambda path: "all",
)
def test_every_kind_of_file_that_has_both_names_its_values(path: Path) -> None:
    document = read_file(path).document
    if document is None or document.beside is None:
        pytest.skip("it carries no prompt beside a workflow")
    assert values(convert(path, NOTHING).prompt) == values(document.beside())


@pytest.mark.parametrize("name", PROXIES)
def test_a_subgraph_node_names_the_widgets_that_it_shows(name: str) -> None:
    folder = FIXTURES / "cases" / "proxy_widgets" / name
    workflow = json.loads((folder / "workflow.json").read_text("utf-8"))
    expected = values(json.loads((folder / "prompt.json").read_text("utf-8")))
    samplers = [ident for ident in expected if "seed" in expected[ident]]
    found = values(convert(workflow, without("KSampler")).prompt)
    assert any(found[ident] for ident in samplers)
    for ident in samplers:
        assert found[ident].items() <= expected[ident].items()


def picture(workflow: Any, prompt: str) -> bytes:
    texts = {"prompt": prompt, "workflow": json.dumps(workflow)}
    return png(*(chunk(b"tEXt", f"{key}\0{text}".encode()) for key, text in texts.items()))


def test_a_picture_names_its_values_in_all_commands(tmp_path: Path) -> None:
    file = tmp_path / "shared.png"
    file.write_bytes(picture(flow(), json.dumps(exported())))
    lacking = without("KSampler")
    found = convert(file, lacking)
    assert values(found.prompt) == values(exported())
    assert validate(file, lacking).conversion.prompt == found.prompt
    result = convert_file(str(file), lacking, ConvertJob(Options(), requests_of(["3.steps=33"])))
    assert json.loads(result.text or "")["3"]["inputs"] == {**found.prompt["3"]["inputs"], "steps": 33}
    plain = convert(flow(), lacking)
    assert (
        "steps"
        not in set_values(interface_for(plain), flow(), requests_of([]), lacking).conversion.prompt["3"][
            "inputs"
        ]
    )


def test_a_request_names_its_values() -> None:
    request = {"client_id": "me", "prompt": exported(), "extra_data": {"extra_pnginfo": {"workflow": flow()}}}
    for document in (request, {"1": {"prompt": [7, "id", *request.values()]}}):
        assert values(convert(document, NOTHING).prompt) == values(exported())


def test_a_prompt_in_the_workflow_itself_names_its_values() -> None:
    workflow = flow()
    workflow["extra"]["prompt"] = exported()
    assert values(convert(workflow, NOTHING).prompt) == values(exported())


def test_a_damaged_prompt_in_a_picture_says_nothing() -> None:
    found = convert(picture(flow(), json.dumps(exported())[:-9]), NOTHING)
    assert found.prompt == convert(flow(), NOTHING).prompt
    assert not found.diagnostics.has_errors


def test_values_are_those_of_the_workflow() -> None:
    workflow, prompt = flow(), exported()
    sampler(workflow)["widgets_values"] = [99, "randomize", 20, 8, "euler", "normal", 1]
    found = beside(workflow, prompt)
    assert found.prompt["3"]["inputs"]["seed"] == 99
    assert [one.data["input"] for one in found.diagnostics.with_code("N252")] == ["seed"]


def test_nodes_that_the_prompt_lacks_are_named_by_their_type() -> None:
    workflow, prompt = flow(), exported()
    prompt["33"] = prompt.pop("3")
    sampler(workflow)["widgets_values"] = [99, "randomize", 11, 7, "heun", "karras", 0.5]
    expected = {**values(exported())["3"], "seed": 99, "steps": 11, "cfg": 7}
    expected |= {"sampler_name": "heun", "scheduler": "karras", "denoise": 0.5}
    assert values(beside(workflow, prompt).prompt)["3"] == expected


def test_a_dynamic_prompt_is_one_if_the_prompt_has_resolved_it() -> None:
    folder = FIXTURES / "cases" / "text" / "dynamic_prompts"
    workflow, prompt = (
        json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("workflow", "prompt")
    )
    texts = {ident: node["text"] for ident, node in values(prompt).items() if "text" in node}
    found = values(beside(workflow, prompt).prompt)
    assert texts == {ident: found[ident]["text"] for ident in texts}


def test_another_node_of_the_same_id_says_nothing() -> None:
    prompt = exported()
    prompt["3"]["class_type"] = "AnotherSampler"
    found = beside(flow(), prompt)
    assert values(found.prompt)["3"] == {}
    assert not any(one.location.node == "3" for one in found.diagnostics.with_code("N250"))


def test_a_catalogue_is_never_overruled() -> None:
    prompt = exported()
    prompt["3"]["inputs"] = {"seed": 1234, "steps": 20, "strength": 8}
    assert convert({"workflow": flow(), "prompt": prompt}).prompt == convert(flow()).prompt


def test_a_prompt_names_the_values_of_another_version_of_a_bundled_pack() -> None:
    source = FIXTURES / "faults" / "N254" / "more-widgets" / "source.json"
    document = json.loads(source.read_text("utf-8"))
    assert convert(document).prompt == document["prompt"]
    shifted = convert(document["workflow"]).prompt["2"]["inputs"]
    assert shifted["incremental_expandrate"] == "round"


@pytest.mark.parametrize(
    ("names", "saved", "expected", "doubtful"),
    [
        ([("a", 1), ("b", 2)], [1, 2], {0: 0, 1: 1}, ()),
        ([("a", 1), ("b", 2)], [1, "", 2], {0: 0, 1: 2}, ()),
        ([("a", 1), ("b", 2)], [3, 2, 4], {0: 0, 1: 1}, ()),
        ([("a", 5)], [1, 2], {}, (0,)),
        ([("a", 5)], [7, 7], {0: 0}, ()),
        ([("a", True)], ["x", 1], {}, ()),
        ([("a", "x")], [True, "y"], {0: 1}, ()),
        ([("a", "1")], [1], {0: 0}, ()),
        ([("a", None)], [None], {}, ()),
    ],
)
def test_only_what_cannot_be_otherwise_is_assigned(
    names: list[tuple[str, Any]], saved: list[Any], expected: dict[int, int], doubtful: tuple[int, ...]
) -> None:
    found = align_names([WidgetName(name, example, is_own=True) for name, example in names], saved, ())
    assert found.indexes == expected
    assert found.doubtful == doubtful


def test_a_list_in_a_prompt_is_the_one_that_was_saved() -> None:
    assert Comparable({"__value__": [1, 2]}).repeats(Comparable([1, 2]))
    assert not Comparable(True).repeats(Comparable(1))
