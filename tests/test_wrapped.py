"""Workflows and prompts inside other documents: requests, answers of servers, what services take."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.api import convert_parsed
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.interface import requests_of
from comfyc.needs.packs import needed_packs
from comfyc.running.prepare import prepare
from comfyc.sources.positions import locate
from comfyc.validation import holds_workflow, validate_parsed
from comfyc.workflow.wrapped import candidates, open_document
from tests.discovery import FIXTURES
from tests.patience import LONGEST
from tests.test_cli_convert import comfyc

PROMPT = json.loads((FIXTURES / "text_to_image" / "prompt.json").read_text("utf-8"))
WORKFLOW = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))
CATALOG = Catalog.load()

Wrap = Callable[[Any], Any]

WRAPPERS: dict[str, tuple[Wrap, Pointer]] = {
    "runpod": (lambda one: {"input": {"workflow": one, "images": []}}, ("input", "workflow")),
    "request": (lambda one: {"prompt": one, "client_id": "x"}, ("prompt",)),
    "request with null": (lambda one: {"prompt": one, "workflow": None}, ("prompt",)),
    "history": (
        lambda one: {"0f9d": {"prompt": [3, "0f9d", one, {}, ["9"]], "outputs": {}}},
        ("0f9d", "prompt", 2),
    ),
    "history entry": (lambda one: {"prompt": [3, "0f9d", one, {}, ["9"]], "outputs": {}}, ("prompt", 2)),
    "queue": (
        lambda one: {"queue_running": [], "queue_pending": [[3, "0f9d", one, {}, ["9"]]]},
        ("queue_pending", 0, 2),
    ),
    "queue item": (lambda one: [3, "0f9d", one, {}, ["9"]], (2,)),
    "list of one": (lambda one: [one], (0,)),
    "api_prompt": (lambda one: {"api_prompt": one, "id": 7}, ("api_prompt",)),
    "workflow_api": (lambda one: {"workflow_api": one, "inputs": {"a": {"b": 1}}}, ("workflow_api",)),
    "members called inputs": (lambda one: {"job": {"inputs": {}, "graph": one}}, ("job", "graph")),
    "text": (lambda one: {"input": {"workflow_json": json.dumps(one)}}, ("input", "workflow_json")),
    "text of a wrapper": (lambda one: {"comfy": json.dumps({"prompt": one})}, ("comfy",)),
    "text all over": (lambda one: json.dumps(one), ()),
    "text in text": (lambda one: {"data": json.dumps(json.dumps(one))}, ("data",)),
    "the same twice": (lambda one: {"input": one, "echo": one}, ("input",)),
}
PAIRS: dict[str, tuple[Any, Pointer]] = {
    "graphToPrompt": ({"workflow": WORKFLOW, "output": PROMPT}, ("workflow",)),
    "the other way round": ({"output": PROMPT, "workflow": WORKFLOW}, ("workflow",)),
    "prompt and workflow": ({"prompt": PROMPT, "workflow": WORKFLOW}, ("workflow",)),
    "body with extra data": (
        {"prompt": PROMPT, "extra_data": {"extra_pnginfo": {"workflow": WORKFLOW}}},
        ("extra_data", "extra_pnginfo", "workflow"),
    ),
    "history with extra data": (
        {"a": {"prompt": [1, "a", PROMPT, {"extra_pnginfo": {"workflow": WORKFLOW}}, ["9"]], "outputs": {}}},
        ("a", "prompt", 3, "extra_pnginfo", "workflow"),
    ),
    "texts of both": ({"prompt": json.dumps(PROMPT), "workflow": json.dumps(WORKFLOW)}, ("workflow",)),
}
NAMED = [pytest.param(*pair, id=name) for name, pair in WRAPPERS.items()]
BOTH = [pytest.param(kind, id=kind) for kind in ("workflow", "prompt")]


def of_kind(kind: str) -> Any:
    return WORKFLOW if kind == "workflow" else PROMPT


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(("wrap", "pointer"), NAMED)
def test_what_is_wrapped_is_converted_as_if_it_were_bare(wrap: Wrap, pointer: Pointer, kind: str) -> None:
    one = of_kind(kind)
    bare, wrapped = convert_parsed(one, CATALOG), convert_parsed(wrap(one), CATALOG)
    assert wrapped.text == bare.text
    (told,) = [found for found in wrapped.diagnostics if found.rule.code == "W045"]
    assert told.location.pointer == pointer
    assert f"the {kind} at /" in told.message


@pytest.mark.parametrize(
    ("document", "pointer"), [pytest.param(*pair, id=name) for name, pair in PAIRS.items()]
)
def test_a_workflow_is_taken_before_the_prompt_made_of_it(document: Any, pointer: Pointer) -> None:
    conversion = convert_parsed(document, CATALOG)
    assert conversion.text == convert_parsed(WORKFLOW, CATALOG).text
    (told,) = [found for found in conversion.diagnostics if found.rule.code == "W045"]
    assert told.location.pointer == pointer
    assert ", not the prompt at /" in told.message


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(("wrap", "pointer"), NAMED)
def test_places_are_those_in_the_file(wrap: Wrap, pointer: Pointer, kind: str) -> None:
    one = json.loads(json.dumps(of_kind(kind)))
    if kind == "prompt":
        one["3"]["inputs"]["steps"] = 0
    else:
        next(node for node in one["nodes"] if node["type"] == "KSampler")["widgets_values"][2] = 0
    document = wrap(one)
    text = json.dumps(document, indent=1)
    bare, wrapped = (validate_parsed(value, CATALOG, text=json.dumps(value)) for value in (one, document))
    assert dict(wrapped.verdict) == dict(bare.verdict)
    told = [found for found in wrapped.diagnostics if found.rule.code != "W045"]
    assert [found.message for found in told] == [found.message for found in bare.diagnostics]
    (place,) = [found.location.pointer for found in told if found.data.get("input") == "steps"]
    assert place[: len(pointer)] == pointer
    inside = document
    for step in place:
        inside = inside[step]
    assert inside == 0 or isinstance(inside, str)
    assert locate(text, [place])[place] != (1, 1) or not pointer


@pytest.mark.parametrize(("wrap", "pointer"), NAMED)
def test_packs_and_runs_read_what_is_wrapped(wrap: Wrap, pointer: Pointer) -> None:
    named = {"1": {"class_type": "Some Pack's Node", "inputs": {}, "_meta": {"cnr_id": "some-pack"}}}
    assert [need.name for need in needed_packs(wrap(named))] == ["some-pack"]
    prepared = prepare(wrap(WORKFLOW), CATALOG, requests_of(["3.steps=7"]))
    assert prepared.prompt["3"]["inputs"]["steps"] == 7
    assert prepared.where("3", "steps")[0][: len(pointer)] == pointer
    assert prepared.workflow()["nodes"] is not None
    assert prepared.turn(prepared.conversion.options, {}).prompt == prepared.prompt


def test_a_body_is_still_judged_as_a_request() -> None:
    for body in ({"prompt": PROMPT}, PAIRS["body with extra data"][0]):
        found = validate_parsed({**body, "prompt_id": "NO-UUID"}, CATALOG)
        assert (found.verdict.error or {}).get("type") == "invalid_prompt_id"


SEVERAL = {
    "list": ([PROMPT, {**PROMPT, "3": PROMPT["4"]}], ".[0]"),
    "history": (
        {"a b": {"prompt": [1, "a", PROMPT]}, "c": {"prompt": [1, "c", {**PROMPT, "3": PROMPT["4"]}]}},
        '.["a b"].prompt[2]',
    ),
    "texts": (
        [json.dumps(PROMPT), json.dumps({**PROMPT, "3": PROMPT["4"]})],
        ".[0] | fromjson | .",
    ),
    "two prompts of one workflow": (
        {"workflow": WORKFLOW, "runs": [PROMPT, {**PROMPT, "3": PROMPT["4"]}]},
        ".workflow",
    ),
}


@pytest.mark.parametrize(
    ("document", "taken"), [pytest.param(*one, id=name) for name, one in SEVERAL.items()]
)
def test_several_are_listed_with_the_way_to_take_one_out(document: Any, taken: str) -> None:
    for found in (
        convert_parsed(document, CATALOG).diagnostics,
        validate_parsed(document, CATALOG).diagnostics,
    ):
        (told,) = found
        assert told.rule.code == "W046"
        assert f"jq '{taken}' FILE" in (told.hint or "")
    diagnostics = Collector()
    assert needed_packs(document, None, diagnostics) == []
    assert diagnostics.has_errors
    assert holds_workflow(document)


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq")
@pytest.mark.parametrize("document", [one[0] for one in SEVERAL.values()], ids=list(SEVERAL))
def test_jq_understands_the_filters(document: Any) -> None:
    for one in candidates(document):
        ran = subprocess.run(
            ["jq", one.filter],
            input=json.dumps(document),
            capture_output=True,
            text=True,
            check=True,
            timeout=LONGEST,
        )
        assert json.loads(ran.stdout) == one.value


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        [[[]]],
        "class_type",
        '{"class_type": ',
        {"name": "x", "scripts": {"nodes": "y"}},
        {"data": {"nodes": [{"id": 1, "type": "city"}], "links": []}},
        {"KSampler": {"input": {"required": {"nodes": ["INT", {}]}}, "output": []}},
        {"prompt": "a fox, class_type, nodes"},
    ],
    ids=repr,
)
def test_other_documents_hold_none(document: Any) -> None:
    assert candidates(document) == []
    assert not holds_workflow(document)
    diagnostics = Collector()
    opened = open_document(document, diagnostics)
    assert opened is not None
    assert opened.value is document
    assert not list(diagnostics)


def test_what_lies_too_deep_or_behind_too_much_is_not_looked_for() -> None:
    deep: Any = PROMPT
    for _ in range(9):
        deep = {"in": deep}
    assert candidates(deep) == []
    assert candidates([*([[]] * 20_001), PROMPT]) == []


def test_what_nests_deeply_is_compared_without_a_crash() -> None:
    def nested() -> Any:
        value: Any = 1
        for _ in range(5_000):
            value = [value]
        return {"1": {"class_type": "EmptyImage", "inputs": {"width": value}}}

    assert len(candidates([nested(), nested()])) == 2


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(), st.just(PROMPT), st.just(json.dumps(PROMPT))
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["prompt", "workflow", "nodes", "class_type", "1"]), inner, max_size=3
        ),
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(JSON)
def test_no_document_makes_it_raise(document: Any) -> None:
    conversion = convert_parsed(document, CATALOG)
    validation = validate_parsed(document, CATALOG)
    assert conversion.ok or conversion.prompt == {} or not validation.ok
    needed_packs(document)


def test_a_folder_is_searched_for_wrapped_ones(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(json.dumps({"input": {"workflow": PROMPT}}), "utf-8")
    (tmp_path / "other.json").write_text('{"name": "x"}', "utf-8")
    lines = "\n".join(json.dumps(one) for one in (PROMPT, PROMPT))
    (tmp_path / "lines.json").write_text(lines, "utf-8")
    done = comfyc("validate", tmp_path, "--assume-files")
    assert "lines.json" in done.out
    assert "sed -n 1p" in done.out
    assert "request.json" not in done.out
    assert "skipped: 1 file has no workflow" in done.err
    assert "(2 checked)" in done.err


@pytest.mark.slow
@pytest.mark.parametrize("command", ["convert", "inputs", "packs", "validate"])
def test_every_command_reads_them(tmp_path: Path, command: str) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"input": {"workflow": WORKFLOW}}), "utf-8")
    assert comfyc(command, file, *(["--assume-files"] if command == "validate" else [])).code == 0
    file.write_text(json.dumps([PROMPT, WORKFLOW, {**PROMPT, "3": PROMPT["4"]}]), "utf-8")
    done = comfyc(command, file)
    assert done.code == 1
    assert "W046" in done.out + done.err
