"""The public interface: its names, what it takes, what it gives back."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import comfyc
from comfyc import (
    Button,
    ComfycError,
    Diagnostic,
    Diagnostics,
    DynamicPrompts,
    Meta,
    Options,
    Severity,
    assign,
    convert,
    read_file,
    validate,
)
from comfyc.sources import STDIN
from tests.discovery import FIXTURES
from tests.typing import usage

FLOW = FIXTURES / "text_to_image" / "workflow.json"
PICTURE = FIXTURES / "carriers" / "image.png"
CHANCE = FIXTURES / "faults" / "N242" / "braces" / "workflow.json"
NAMES = """Arrangement Button Catalog ComfycError Conversion CustomNodes Diagnostic Diagnostics Difference
    DifferenceKind Differences DynamicPrompts Formatted Interface Limits Meta Needs Options Prompt Rebuilt
    Rewritten Setting Severity UnknownTypes Validation WorkflowFile __version__ assign convert convert_with
    diff format_workflow needs_of read_custom_nodes read_file read_interface rewrite_with to_workflow
    validate"""
"""What docs/api.md promises: a name that is to go is deprecated for a minor version first."""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A workflow with a type that nobody knows."""
    path = tmp_path / "bad.json"
    path.write_text(FLOW.read_text("utf-8").replace("KSampler", "NoSampler"), "utf-8")
    return path


# --- names ----------------------------------------------------------------------------------------


def test_the_exported_names_are_those_that_are_promised() -> None:
    assert sorted(comfyc.__all__) == sorted(NAMES.split())
    assert dir(comfyc) == sorted(comfyc.__all__)
    for name in comfyc.__all__:
        assert getattr(comfyc, name) is not None


def test_a_name_that_is_not_there_is_told_by_python() -> None:
    with pytest.raises(AttributeError, match="module 'comfyc' has no attribute 'convrt'"):
        _ = comfyc.convrt


def test_importing_it_imports_no_module_of_it() -> None:
    code = "import comfyc, sys; print([name for name in sys.modules if name.startswith('comfyc.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_typed_usage_runs() -> None:
    usage.use(FLOW)


# --- options --------------------------------------------------------------------------------------


def test_a_policy_is_an_enum_or_one_of_its_values() -> None:
    values: dict[str, Any] = {"meta": "title", "dynamic_prompts": "keep", "button": "queue"}
    made = Options(**values)
    assert (made.meta, made.dynamic_prompts, made.button) == (Meta.TITLE, DynamicPrompts.KEEP, Button.QUEUE)


@pytest.mark.parametrize("wrong", ["ful", 1, None, DynamicPrompts.FIRST])
def test_a_value_that_a_policy_does_not_have_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"meta is one of 'full', 'title', 'none' \(Meta\), got"):
        Options(meta=wrong)


# --- what is taken --------------------------------------------------------------------------------


def ways(path: Path) -> list[Any]:
    """A file in every form that is taken, but for the parsed document."""
    text = path.read_text("utf-8")
    return [
        str(path),
        path,
        text,
        f"\ufeff \n{text}",
        path.read_bytes(),
        read_file(path),
        read_file(str(path)),
    ]


@pytest.mark.parametrize("way", range(7))
def test_every_form_of_a_file_is_converted_and_judged_alike(bad: Path, way: int) -> None:
    document = json.loads(bad.read_text("utf-8"))
    given = ways(bad)[way]
    for plain, found in ((convert(document), convert(given)), (validate(document), validate(given))):
        assert [one.code for one in found.diagnostics] == [one.code for one in plain.diagnostics] != []
        assert [one.pointer for one in found.diagnostics] == [one.pointer for one in plain.diagnostics]
        names = {str(bad), "<text>", "<bytes>"}
        assert all(one.file in names and one.line and one.column for one in found.diagnostics)
        assert not any(one.file or one.line for one in plain.diagnostics)
    assert convert(given).text == convert(document).text


def test_a_picture_is_read_and_its_findings_are_placed() -> None:
    conversion = convert(PICTURE)
    assert conversion.ok
    assert conversion.prompt == convert(read_file(PICTURE).value).prompt
    assert read_file(PICTURE).text is not None


@pytest.mark.parametrize("text", ['{"nodes": [}', '{"nodes": ', "{", '{"a": 1}'])
def test_a_bad_file_is_a_result_with_errors(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    for result in (convert(path), validate(path), convert(text), validate(text)):
        assert not result.ok
        assert all(one.file is not None for one in result.diagnostics)
    broken = convert('{"nodes": [}').diagnostics[0]
    assert str(broken).startswith("<text>:1:12: error[W001] ")
    assert read_file(path).name == str(path)


def test_a_file_without_a_workflow_is_a_result_too() -> None:
    for result in (
        convert(b"\x89PNG\r\n\x1a\n"),
        validate(b"GIF89a"),
        read_file(FIXTURES.parent / "LICENSE"),
    ):
        assert not result.ok


@pytest.mark.parametrize("path", ["nowhere.json", ".", "", "[1]", '"{}"'])
def test_what_cannot_be_read_is_raised(path: str) -> None:
    for call in (convert, validate, read_file):
        with pytest.raises(ComfycError):
            call(path)
    with pytest.raises(ComfycError) as raised:
        convert(Path("nowhere.json"))
    assert isinstance(raised.value.__cause__, FileNotFoundError)


def test_the_standard_input_is_a_minus(bad: Path) -> None:
    code = "import comfyc; print(comfyc.convert('-').diagnostics[0])"
    with bad.open("rb") as stream:
        done = subprocess.run([sys.executable, "-c", code], stdin=stream, capture_output=True, check=True)
    assert done.stdout.decode().startswith(f"{STDIN}:")


@pytest.mark.parametrize("document", [None, 5, [], ["{"]])
def test_other_values_are_documents(document: Any) -> None:
    for result in (convert(document), validate(document)):
        assert [one.code for one in result.diagnostics] == ["W002"]


# --- results --------------------------------------------------------------------------------------


def test_results_do_not_change() -> None:
    conversion, validation = convert(FLOW), validate(FLOW)
    for result in (conversion, validation, read_file(FLOW)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            result.diagnostics = Diagnostics()  # type: ignore[misc]


def test_text_and_graph_follow_the_prompt() -> None:
    conversion = convert(FLOW)
    assert json.loads(conversion.text) == conversion.prompt
    assert conversion.graph.number_of_nodes() == len(conversion.prompt)
    ident = next(iter(conversion.prompt))
    conversion.prompt[ident]["class_type"] = "Other"
    assert (
        conversion.graph.nodes[ident]["type"] == json.loads(conversion.text)[ident]["class_type"] == "Other"
    )
    conversion.prompt.clear()
    assert conversion.text == "{}"
    assert conversion.graph.number_of_nodes() == 0


def test_the_graph_has_the_links_of_the_prompt() -> None:
    conversion = convert(FLOW)
    links = {
        (value[0], ident, name, value[1])
        for ident, node in conversion.prompt.items()
        for name, value in node["inputs"].items()
        if isinstance(value, list)
    }
    edges = conversion.graph.edges(data=True)
    assert {(u, v, *pair) for u, v, data in edges for pair in data["inputs"]} == links != set()


def test_assign_gives_another_prompt() -> None:
    prompt = convert(FLOW).prompt
    before = json.dumps(prompt)
    changed = assign(prompt, {"KSampler.seed": 42, "KSampler.steps": 3})
    assert changed == assign(prompt, ["KSampler.seed=42", "KSampler.steps=3"])
    (sampler,) = (ident for ident, node in prompt.items() if node["class_type"] == "KSampler")
    assert changed[sampler]["inputs"] == {**prompt[sampler]["inputs"], "seed": 42, "steps": 3}
    assert json.dumps(prompt) == before
    with pytest.raises(ComfycError, match="matches 2 nodes"):
        assign(prompt, {"CLIPTextEncode.text": "a fox"})
    both = assign(prompt, {"CLIPTextEncode.text": "a fox"}, several=True)
    assert sum(node["inputs"].get("text") == "a fox" for node in both.values()) == 2
    for wrong in ({"seed": 1}, {"KSampler.sed": 1}, {"Nobody.seed": 1}):
        with pytest.raises(ComfycError):
            assign(prompt, wrong)


# --- diagnostics ----------------------------------------------------------------------------------


def test_diagnostics_are_a_sequence(bad: Path) -> None:
    found = validate(bad).diagnostics
    assert isinstance(found, Sequence)
    assert found[0] in found
    assert isinstance(found[0], Diagnostic)
    assert isinstance(found[1:], Diagnostics)
    assert list(found[:1]) + list(found[1:]) == list(found) == [found[i] for i in range(len(found))]
    assert list(reversed(found)) == list(found)[::-1]
    assert found.index(found[-1]) == len(found) - 1
    assert found == Diagnostics(list(found))
    assert hash(found) == hash(Diagnostics(list(found)))
    assert found != Diagnostics()
    assert Diagnostics() == Diagnostics([])
    assert found != list(found)


def test_diagnostics_are_filtered_by_severity_and_code(bad: Path) -> None:
    found = convert(bad).diagnostics
    by_severity = {Severity.ERROR: found.errors, Severity.WARNING: found.warnings, Severity.INFO: found.infos}
    for severity, some in by_severity.items():
        assert list(some) == [one for one in found if one.severity is severity]
    assert sum(map(len, by_severity.values())) == len(found)
    assert found.has_errors == bool(found.errors)
    assert found.with_code("N201")
    assert {one.code for one in found.with_code("N201", "N202")} == {"N201", "N202"}
    assert not found.with_code("N203")


def test_diagnostics_are_text_with_a_line_for_each(bad: Path) -> None:
    found = convert(bad).diagnostics
    lines = str(found).split("\n")
    assert lines == [str(one) for one in found]
    assert lines[0].startswith(f"{bad}:207:15: warning[N201] unknown node type 'NoSampler'")
    assert lines[0].endswith('(node 3 "NoSampler")')
    plain = convert(json.loads(bad.read_text("utf-8"))).diagnostics
    assert str(plain[0]).startswith("/nodes/5/type: warning[N201] ")
    assert str(convert([]).diagnostics[0]).startswith("error[W002] ")  # type: ignore[arg-type]
    assert str(Diagnostics()) == "no findings"
    assert repr(found).startswith("Diagnostics([Diagnostic(")


def test_a_line_has_nothing_that_a_terminal_obeys() -> None:
    document = {"version": 0.4, "nodes": [{"id": 1, "type": "\x1b[31mNo\nSampler"}], "links": []}
    (line, *_) = str(convert(document).diagnostics).split("\n")
    assert "\x1b" not in line
    assert "Sampler" in line


# --- chance ---------------------------------------------------------------------------------------


def test_python_callers_get_the_first_alternative_unless_they_ask_for_chance() -> None:
    assert {convert(CHANCE).prompt["2"]["inputs"]["text"] for _ in range(20)} == {"a red door"}
    found = convert(CHANCE, options=Options(random_seed=5)).diagnostics
    assert found.with_code("N211")
    assert not found.with_code("N242")


def test_the_seed_that_a_finding_names_draws_the_same_again() -> None:
    drawn = Options(dynamic_prompts=DynamicPrompts.RANDOM)
    texts, seeds = set(), set()
    for _ in range(40):
        first = convert(CHANCE, options=drawn)
        (found,) = first.diagnostics.with_code("N242")
        assert found.severity is Severity.INFO
        assert found.node == "2"
        seed = found.data["seed"]
        assert str(seed) in found.message
        assert f"--random-seed {seed}" in (found.hint or "")
        again = convert(CHANCE, options=dataclasses.replace(drawn, random_seed=seed))
        assert again.text == first.text
        assert again.diagnostics == first.diagnostics
        texts.add(first.text)
        seeds.add(seed)
    assert len(seeds) > 1
    assert len(texts) == 2
