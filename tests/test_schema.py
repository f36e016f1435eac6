"""The JSON Schemas and what they say: silent on what is in order, at the very place where it is not."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from comfyc import codes
from comfyc.catalog import Catalog
from comfyc.codes import RULES
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Pointer, Severity
from comfyc.documents import Kind, kind_of
from comfyc.schema import MAX_FINDINGS, WITH_SCHEMA, check_document, schema_file
from comfyc.schema import errors as schema_errors
from comfyc.schema.accepts import compile_schema
from comfyc.schema.errors import find_violations
from comfyc.workflow import read
from tests.discovery import FIXTURES, Case, cases
from tests.every import every
from tests.examples import examples
from tests.growth import growth
from tests.schema_mutations import GONE, MUTATIONS, SUBGRAPH, SUBGRAPH_MUTATIONS

SCHEMAS = {kind: json.loads(schema_file(kind.value).read_text("utf-8")) for kind in WITH_SCHEMA}
JUDGES = {kind: compile_schema(schema) for kind, schema in SCHEMAS.items()}
FAULTS = sorted(FIXTURES.glob("faults/W03[1-9]/*/*.json"))


def load(*parts: str) -> Any:
    return json.loads(FIXTURES.joinpath(*parts).read_bytes())


def found_in(document: Any, kind: Kind | None = None) -> list[Diagnostic]:
    diagnostics = Collector()
    check_document(document, diagnostics, kind)
    return list(diagnostics)


def parsed(text: str) -> Any:
    return json.loads(text.removeprefix("\ufeff"))


def errors_in(document: Any) -> list[str]:
    return [found.rule.code for found in found_in(document) if found.severity is Severity.ERROR]


# --- the files themselves --------------------------------------------------------------------------


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Every subschema of the keywords that the schemas use."""
    if isinstance(schema, dict):
        yield schema
        for keyword in ("properties", "$defs"):
            for part in schema.get(keyword, {}).values():
                yield from subschemas(part)
        for keyword in ("items", "contains", "additionalProperties"):
            yield from subschemas(schema.get(keyword))
        for keyword in ("prefixItems", "allOf"):
            for part in schema.get(keyword, ()):
                yield from subschemas(part)


@pytest.mark.parametrize(
    "file", sorted(schema_file("prompt").parent.glob("*.json")), ids=lambda file: file.name
)
def test_a_schema_file_is_a_schema(file: Path) -> None:
    Draft202012Validator.check_schema(json.loads(file.read_text("utf-8")))


@pytest.mark.parametrize("kind", WITH_SCHEMA)
def test_every_violation_has_its_words_its_rule_and_its_place(kind: Kind) -> None:
    """No alternatives, so that an error is where its cause is; a title says what belongs there."""
    for schema in subschemas(SCHEMAS[kind]):
        assert not schema.keys() & {"anyOf", "oneOf", "not", "if"}
        assert schema.get("x-rule", "W031") in RULES
        if schema.keys() & {"type", "enum", "const", "minLength"}:
            assert schema["title"]
        if schema.get("type") == "object":
            assert schema.get("additionalProperties") is not False


def test_both_versions_share_what_is_the_same_in_both() -> None:
    old, new = SCHEMAS[Kind.WORKFLOW_04]["$defs"], SCHEMAS[Kind.WORKFLOW_1]["$defs"]
    assert {name: old[name] for name in new} == new


# --- no false alarm --------------------------------------------------------------------------------


def official_templates() -> dict[str, Any]:
    folder = resources.files("comfyui_workflow_templates_json") / "templates"
    files = [file for file in folder.iterdir() if file.name.endswith(".json")]
    documents = {file.name: json.loads(file.read_text("utf-8")) for file in files}
    return {name: document for name, document in documents.items() if kind_of(document) is not Kind.NOTHING}


@pytest.mark.slow
def test_official_templates_are_in_order_and_jsonschema_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: Any) -> None:
        raise AssertionError("a document in order is recognised without it")

    monkeypatch.setattr(schema_errors, "find_violations", asked)
    templates = official_templates()
    assert len(templates) > 500
    found = {name: messages for name, document in templates.items() if (messages := found_in(document))}
    assert found == {}


DAMAGED = {
    "damage/empty_node": {"W032"},
    "damage/node_id_null": {"W031"},
    "damage/node_without_id": {"W032"},
    "damage/null_node": {"W031"},
    "damage/promoted_values_as_text": {"W031"},
    "damage/proxies_over_text": {"W031"},
    "damage/type_absent": {"W032"},
    "damage/type_null": {"W031"},
    "muted/mode_true_and_4_0": {"W034"},
    "muted/odd_modes": {"W034"},
    "unknown_nodes/values_text": {"W031"},
    "widgets/text_of_seven": {"W031"},
    "widgets/values_text_and_number": {"W031"},
}
"""The goldens that were made up with real damage in them: what it is told as."""


@every(cases(), name=lambda case: case.name, group=lambda case: case.topic)
def test_a_golden_workflow_has_no_error_unless_it_is_damaged(case: Case) -> None:
    assert set(errors_in(parsed(case.workflow))) == DAMAGED.get(case.name, set())


def test_prompts_of_the_editor_are_in_order() -> None:
    """The editor leaves out only the class of a node that it does not know, which is a warning."""
    prompts = {case.name: case.prompt for case in cases() if case.prompt is not None}
    assert len(prompts) > 150
    for name, prompt in prompts.items():
        assert {found.rule.code for found in found_in(parsed(prompt))} <= {"W039"}, name


VERDICTS = sorted([*FIXTURES.glob("verdicts/*/prompt.json"), *FIXTURES.glob("faults/P3[0-5]*/*/prompt.json")])


def test_a_prompt_that_the_server_accepts_has_no_error() -> None:
    accepted = [file for file in VERDICTS if json.loads((file.parent / "verdict.json").read_bytes())["valid"]]
    assert len(accepted) > 20
    for file in accepted:
        assert errors_in(json.loads(file.read_bytes())) == [], file


def test_the_bundled_catalogue_is_in_order() -> None:
    catalog = Catalog.load()
    entries = {name: catalog.info(name) for name in catalog}
    assert found_in(entries, Kind.OBJECT_INFO) == []
    assert kind_of(entries) is Kind.OBJECT_INFO


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("catalogs/*.json")), ids=lambda file: file.stem)
def test_a_made_up_catalogue_is_in_order(file: Path) -> None:
    """But for the class that was made up without inputs."""
    found = found_in(json.loads(file.read_bytes()))
    assert {one.location.pointer for one in found} <= {("Odd_NoInput",)}


# --- faults ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FAULTS, ids=lambda file: f"{file.parent.parent.name}/{file.parent.name}")
def test_a_rule_speaks_of_its_faults_only(file: Path) -> None:
    code, name = file.parent.parent.name, file.parent.name
    told = {found.rule.code for found in found_in(json.loads(file.read_bytes()))}
    if name.startswith("ok-"):
        assert code not in told
        assert told <= ({"W032"} if code == "W038" else set())
    else:
        assert code in told


@pytest.mark.parametrize("code", [code for code in RULES if re.fullmatch("W03[1-9]", code)])
def test_every_rule_has_faults_and_what_only_looks_like_one(code: str) -> None:
    names = {file.parent.name.startswith("ok-") for file in FAULTS if file.parent.parent.name == code}
    assert names == {True, False}


def broken(document: Any, pointer: Pointer, value: Any) -> Any:
    """A copy of a document with another value, or none, at a place."""
    document = copy.deepcopy(document)
    parent = document
    for step in pointer[:-1]:
        parent = parent[step]
    if value is GONE:
        del parent[pointer[-1]]
    else:
        parent[pointer[-1]] = value
    return document


@pytest.mark.parametrize(("pointer", "value", "code", "place", "message"), MUTATIONS)
def test_damage_is_told_where_it_is(
    pointer: Pointer, value: Any, code: str, place: Pointer, message: str
) -> None:
    (found,) = found_in(broken(load("text_to_image", "workflow.json"), pointer, value))
    assert (found.rule.code, found.location.pointer, found.message) == (code, place, message)


@pytest.mark.parametrize(("pointer", "value", "code", "place", "message"), SUBGRAPH_MUTATIONS)
def test_damage_in_a_subgraph(pointer: Pointer, value: Any, code: str, place: Pointer, message: str) -> None:
    document = load("cases", "subgraphs", "sub_two_instances", "workflow.json")
    document["definitions"]["subgraphs"][0]["name"] = "sub"
    (found,) = found_in(broken(document, (*SUBGRAPH, *pointer), value))
    assert (found.rule.code, found.location.pointer, found.message) == (code, (*SUBGRAPH, *place), message)


def test_a_finding_names_its_node() -> None:
    document = load("text_to_image", "workflow.json")
    document["nodes"][4] |= {"title": "Second pass", "inputs": [{}]}
    (found,) = found_in(document)
    assert (found.location.node, found.location.title) == (str(document["nodes"][4]["id"]), "Second pass")
    prompt = {"12:3": {"class_type": "KSampler", "inputs": [], "_meta": {"title": "Second pass"}}}
    (found,) = found_in(prompt)
    assert (found.location.node, found.location.title) == ("12:3", "Second pass")
    assert found.message == "'inputs' is a list, expected an object"
    (found,) = found_in({"KSampler": {"input": {"required": {"seed": []}}, "output": []}})
    assert (
        found.message == "'seed' of 'required' of 'input' of 'KSampler' has no members, expected at least 1"
    )


def test_members_that_are_missing_together_are_one_finding() -> None:
    (found,) = found_in({"version": 0.4, "nodes": [{}]})
    assert found.message == "the node has no 'id' and no 'type'"


# --- jsonschema has the last word, and nothing is passed by ----------------------------------------

BASES: list[tuple[Kind, Any]] = [
    (Kind.WORKFLOW_04, load("text_to_image", "workflow.json")),
    (Kind.WORKFLOW_04, load("cases", "subgraphs", "sub_two_instances", "workflow.json")),
    (Kind.WORKFLOW_04, load("cases", "group_nodes", "groupnode_gt", "workflow.json")),
    (Kind.WORKFLOW_1, load("cases", "basics", "version_1", "workflow.json")),
    (Kind.PROMPT, load("text_to_image", "prompt.json")),
    (Kind.OBJECT_INFO, load("catalogs", "forms.json")),
]


def places(document: Any, pointer: Pointer = ()) -> Iterator[Pointer]:
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for step, member in members:
        yield (*pointer, step)
        if isinstance(member, (dict, list)):
            yield from places(member, (*pointer, step))


PLACES = [list(places(document)) for _, document in BASES]
JUNK = st.sampled_from(
    [
        GONE,
        None,
        True,
        False,
        0,
        -1,
        0.4,
        1.0,
        10**20,
        "",
        "x",
        "0.4",
        [],
        {},
        [1],
        [None],
        [[]],
        [{}],
        {"0": 1},
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Kind, Any]:
    """A sound document with up to three members replaced or taken out."""
    index = draw(st.integers(0, len(BASES) - 1))
    kind, document = BASES[index]
    document = copy.deepcopy(document)
    for pointer in draw(st.lists(st.sampled_from(PLACES[index]), min_size=1, max_size=3)):
        value = draw(JUNK)
        with suppress(LookupError, TypeError):  # an earlier change may have taken the place away
            document = broken(document, pointer, value)
    return kind, document


def plain_errors(kind: Kind, document: Any) -> set[tuple[str, Pointer]]:
    errors = Draft202012Validator(SCHEMAS[kind]).iter_errors(document)
    return {(str(error.validator), tuple(error.absolute_path)) for error in errors}


def direct_errors(kind: Kind, document: Any) -> set[tuple[str, Pointer]]:
    refused = JUDGES[kind](document)
    if refused is None:
        return set()
    found = find_violations(kind.value, SCHEMAS[kind], document, refused, 10_000)
    return {(violation.keyword, violation.pointer) for violation in found}


@examples(300)
@given(damaged())
def test_the_short_way_finds_what_jsonschema_finds(case: tuple[Kind, Any]) -> None:
    kind, document = case
    assert direct_errors(kind, document) == plain_errors(kind, document)


NAMES = [
    *("nodes", "links", "version", "id", "type", "inputs", "name", "extra", "definitions", "subgraphs"),
    *("class_type", "input", "output", "required", "a", "groups", "bounding", "pos", "0", "1"),
]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@examples(300)
@given(ANY_JSON, st.sampled_from(WITH_SCHEMA))
def test_any_json_is_judged_as_jsonschema_does(document: Any, kind: Kind) -> None:
    assert direct_errors(kind, document) == plain_errors(kind, document)
    found_in(document)
    assert bool(found_in(document, kind)) == bool(plain_errors(kind, document))


def test_dicts_of_another_class_are_looked_into() -> None:
    text = FIXTURES.joinpath("text_to_image", "workflow.json").read_text("utf-8")
    document = json.loads(text, object_pairs_hook=OrderedDict)
    assert found_in(document) == []
    document["nodes"][4]["inputs"][0] |= {"name": True}
    document["links"][1] = OrderedDict()
    document["nodes"][2]["mode"] = {1}
    assert [found.message for found in found_in(document)] == [
        "'mode' is a foreign value, expected 0 (runs), 2 (muted) or 4 (bypassed)",
        "'name' of 'inputs' row 0 is true or false, expected text",
        "'links' has rows that the editor does not read: 1 that is an object",
    ]


@examples(200)
@given(damaged())
def test_what_the_reader_leaves_out_has_been_told(case: tuple[Kind, Any]) -> None:
    """Where the reader of workflows finds a wrong type (W030), the schema has found it too."""
    kind, document = case
    if kind in (Kind.WORKFLOW_04, Kind.WORKFLOW_1) and isinstance(document.get("nodes"), list):
        left_out = Collector()
        read(document, left_out)
        told = [found.location.pointer for found in found_in(document)]
        for found in left_out:
            if found.rule is codes.MALFORMED:
                place = found.location.pointer
                assert any(place[: len(other)] == other or other[: len(place)] == place for other in told)


# --- hostile and huge ------------------------------------------------------------------------------


def big_workflow(count: int) -> dict[str, Any]:
    document: dict[str, Any] = load("text_to_image", "workflow.json")
    node = document["nodes"][4]
    return {**document, "nodes": [{**copy.deepcopy(node), "id": ident} for ident in range(count)]}


def bad_workflow(count: int) -> dict[str, Any]:
    document = big_workflow(count)
    for node in document["nodes"]:
        node["inputs"] = [7] * 20
    return document


def empty_rows(count: int) -> dict[str, Any]:
    return {**big_workflow(1), "links": [None] * count}


@pytest.mark.slow
@pytest.mark.parametrize("make", [big_workflow, bad_workflow, empty_rows])
def test_the_work_grows_with_the_document(make: Callable[[int], dict[str, Any]]) -> None:
    def work(count: int) -> Callable[[], object]:
        document = make(count)
        return lambda: found_in(document)

    assert growth(work, 500) < 1.5


@pytest.mark.slow
def test_of_ten_thousand_bad_nodes_the_first_are_told() -> None:
    assert found_in(big_workflow(10_000)) == []
    found = found_in(bad_workflow(10_000))
    assert len(found) == MAX_FINDINGS + 1
    assert found[-1].rule is codes.MORE_VIOLATIONS


def test_a_million_empty_rows_are_one_finding() -> None:
    (found,) = found_in(empty_rows(1_000_000))
    assert found.message == "'links' has rows that the editor does not read: 1000000 that are null"


def test_warnings_do_not_crowd_out_errors() -> None:
    document = big_workflow(300)
    for node in document["nodes"]:
        node["pos"] = "left"
    document["nodes"][-1]["type"] = None
    found = found_in(document)
    assert found[0].rule is codes.SCHEMA_VIOLATION
    assert len(found) == MAX_FINDINGS + 1


@pytest.mark.parametrize("depth", [5, 200, 5000])
def test_definitions_nested_without_end(depth: int) -> None:
    inner: dict[str, Any] = {"id": "a", "nodes": [7]}
    for _ in range(depth):
        inner = {"id": "a", "nodes": [], "definitions": {"subgraphs": [inner]}}
    document = {"version": 0.4, "nodes": [], "definitions": {"subgraphs": [inner]}}
    told = {found.rule for found in found_in(document)}
    assert told & {codes.SCHEMA_VIOLATION, codes.TOO_DEEP}


@pytest.mark.parametrize(
    "document", [None, 1, "x", [], [{}], {"a": 1}, {"a": {}}, {"a": {"b": {"class_type": 1}}}]
)
def test_what_is_no_document_of_ours(document: Any) -> None:
    diagnostics = Collector()
    assert check_document(document, diagnostics) is Kind.NOTHING
    assert [found.rule for found in diagnostics] == [codes.NOT_A_WORKFLOW]


def test_jsonschema_is_not_imported_for_what_is_in_order() -> None:
    program = (
        "import json, sys\n"
        "from comfyc.collector import Collector\n"
        "from comfyc.schema import check_document\n"
        "check_document(json.load(open(sys.argv[1])), Collector())\n"
        "print('jsonschema' in sys.modules)"
    )
    file = str(FIXTURES / "text_to_image" / "workflow.json")
    done = subprocess.run(
        [sys.executable, "-c", program, file], capture_output=True, text=True, check=True, cwd=FIXTURES.parent
    )
    assert done.stdout.strip() == "False"
