"""Merging of workflows and prompts: disjoint changes are all there, and conflicts are named."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comfyc import Options, convert, validate
from comfyc.merging import Conflict, Merged, merge
from comfyc.merging.resolving import conflicts_in, resolved
from tests.discovery import FIXTURES
from tests.edits import Edit, are_disjoint, cut, deletions_of, edited, edits_of, ends, graph_of, node_of
from tests.mutations import changed, changes

WORKFLOW: dict[str, Any] = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))
PROMPT: dict[str, Any] = json.loads((FIXTURES / "text_to_image" / "prompt.json").read_text("utf-8"))
NESTED: dict[str, Any] = json.loads(
    (FIXTURES / "cases" / "nested_subgraphs" / "nested_values" / "workflow.json").read_text("utf-8")
)
FOLDER = files("comfyui_workflow_templates_json") / "templates"
LARGEST = 50_000
TEMPLATES = [
    one.name
    for one in sorted(FOLDER.iterdir(), key=lambda one: one.name)
    if one.name.endswith(".json") and not one.name.startswith("index") and len(one.read_bytes()) < LARGEST
][::50]
OPTIONS = Options(now=datetime(2026, 1, 1))
SAMPLER = next(node["id"] for node in WORKFLOW["nodes"] if node["type"] == "KSampler")


def template(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return document


def merged(base: Any, ours: Any, theirs: Any) -> Merged:
    """The merge of three documents, which it leaves as they are."""
    before = copy.deepcopy((base, ours, theirs))
    found = merge(base, ours, theirs)
    assert (base, ours, theirs) == before
    assert found is not None
    return found


def prompt_of(document: dict[str, Any]) -> dict[str, Any]:
    return convert(document, options=OPTIONS).prompt


def errors_of(document: dict[str, Any]) -> set[str]:
    """The codes of all errors but those about conflicts."""
    found = validate(document, options=OPTIONS, assume_files=True).diagnostics.errors
    return {one.code for one in found} - {"D805"}


def put(document: dict[str, Any], value: Any, *path: Any) -> dict[str, Any]:
    """A copy of a document with another value at a path."""
    made = copy.deepcopy(document)
    container = made
    for step in path[:-1]:
        container = container[step]
    container[path[-1]] = value
    return made


def sampler(**members: Any) -> dict[str, Any]:
    """The workflow with other members of its KSampler; ``values`` are some of its values by index."""
    made = copy.deepcopy(WORKFLOW)
    node = node_of(made, SAMPLER)
    for index, value in members.pop("values", {}).items():
        node["widgets_values"][index] = value
    node.update(members)
    return made


def only_conflict(found: Merged) -> Conflict:
    (conflict,) = found.conflicts
    (listed,) = conflicts_in(found.document)
    assert listed == conflict
    return conflict


# --- laws ----------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(changes(), changes(), st.sampled_from([WORKFLOW, NESTED, PROMPT]))
def test_any_documents_are_merged_or_left_to_git(first: Any, second: Any, base: Any) -> None:
    """Whatever the documents hold: nothing is raised, a side that has changed nothing yields to the other,
    and the result is JSON that comfyc opens."""
    ours, theirs = changed(base, first), changed(base, second)
    for found, expected in (
        (merge(ours, ours, ours), ours),
        (merge(base, ours, base), ours),
        (merge(base, base, theirs), theirs),
    ):
        assert found is None or found.document is expected or found.document is base
        assert found is None or found.conflicts == ()
    found = merge(base, ours, theirs)
    if found is not None:
        convert(found.document)
        assert len(conflicts_in(found.document)) >= len(found.conflicts)
        resolved(found.document, theirs=True)


@pytest.mark.parametrize("name", TEMPLATES)
def test_disjoint_changes_are_all_there(name: str) -> None:
    """The prompt of the merged workflow is that of the workflow in which one author has made both changes,
    whichever of the branches is ours."""
    base = template(name)
    mine = edits_of(base, 1) + deletions_of(base)
    yours = edits_of(base, 2) + deletions_of(base)
    pairs = [(one, other) for one in mine for other in yours if are_disjoint(one, other)]
    for one, other in pairs[:: max(1, len(pairs) // 3)]:
        ours, theirs, both = edited(base, one), edited(base, other), edited(base, one, other)
        for found in (merged(base, ours, theirs), merged(base, theirs, ours)):
            assert found.conflicts == (), (one, other)
            assert prompt_of(found.document) == prompt_of(both), (one, other)
            assert errors_of(found.document) <= errors_of(both), (one, other)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_conflict_is_named_and_nothing_else(name: str) -> None:
    """Both change one thing in two ways, and one of them another thing, too."""
    base = template(name)
    mine = {edit.name: edit for edit in edits_of(base, 1) if not edit.is_layout and "new" not in edit.name}
    yours = {edit.name: edit for edit in edits_of(base, 2)}
    names = [one for one in mine if not one.startswith("cut")]
    for one in names[:: max(1, len(names) // 3)]:
        others = [edit for edit in yours.values() if are_disjoint(edit, mine[one])]
        other: Edit = others[len(one) % len(others)]
        ours, theirs = edited(base, mine[one]), edited(base, yours[one], other)
        found = merged(base, ours, theirs)
        conflict = only_conflict(found)
        (graph, ident, *_) = next(iter(mine[one].touches))
        assert (conflict.graph, conflict.node) == (graph, ident)
        assert prompt_of(found.document) == prompt_of(edited(base, mine[one], other)), (one, other)
        assert [one.code for one in validate(found.document).diagnostics.with_code("D805")] == ["D805"]
        assert errors_of(found.document) <= errors_of(ours) | errors_of(theirs)
        kept, left = resolved(found.document, theirs=False)
        assert (conflicts_in(kept), left) == ([], [])
        assert prompt_of(kept) == prompt_of(found.document)
        taken, left = resolved(found.document, theirs=True)
        assert (conflicts_in(taken), left) == ([], [])
        assert prompt_of(taken) == prompt_of(theirs), (one, other)


# --- values --------------------------------------------------------------------------------------


def test_a_conflict_names_the_input_and_all_three_values() -> None:
    found = merged(WORKFLOW, sampler(values={2: 30}), sampler(values={2: 40, 3: 6}))
    conflict = only_conflict(found)
    assert (conflict.kind, conflict.node, conflict.title) == ("value", SAMPLER, "KSampler")
    assert (conflict.input, conflict.base, conflict.ours, conflict.theirs) == ("steps", 20, 30, 40)
    assert conflict.words() == f"KSampler #{SAMPLER}, steps: base 20, ours 30, theirs 40"
    assert node_of(found.document, SAMPLER)["widgets_values"][2:4] == [30, 6]
    assert found.document["extra"]["comfyc"]["conflicts"] == [conflict.to_json()]
    finding = validate(found.document).diagnostics.with_code("D805")[0]
    assert finding.pointer == "/extra/comfyc/conflicts/0"
    assert (finding.node, finding.title) == (str(SAMPLER), "KSampler")


def test_modes_are_called_by_their_names() -> None:
    conflict = only_conflict(merged(WORKFLOW, sampler(mode=4), sampler(mode=2)))
    assert conflict.words() == f"KSampler #{SAMPLER}, mode: base runs, ours bypassed, theirs muted"


def test_layout_never_conflicts() -> None:
    ours = sampler(pos=[1, 1], size=[1, 1], color="#111", order=7, flags={"collapsed": True})
    ours["extra"] = {"ds": {"scale": 1}, "frontendVersion": "1"}
    theirs = sampler(pos=[2, 2], size=[2, 2], color="#222", order=8, flags={"pinned": True})
    theirs["extra"] = {"ds": {"scale": 2}, "frontendVersion": "2", "note": "theirs"}
    ours["groups"], theirs["groups"] = [{"title": "A", "id": 1}], [{"title": "B", "id": 2}]
    found = merged(WORKFLOW, ours, theirs)
    assert found.conflicts == ()
    node = node_of(found.document, SAMPLER)
    assert (node["pos"], node["size"], node["color"]) == ([1, 1], [1, 1], "#111")
    assert node["flags"] == {"collapsed": True, "pinned": True}
    assert found.document["extra"] == {**ours["extra"], "note": "theirs"}
    assert [one["title"] for one in found.document["groups"]] == ["A", "B"]


def test_a_seed_that_goes_on_by_itself_never_conflicts() -> None:
    base = sampler(values={0: 1, 1: "randomize"})
    ours, theirs = sampler(values={0: 2, 1: "randomize"}), sampler(values={0: 3, 1: "randomize"})
    assert merged(base, ours, theirs).conflicts == ()
    fixed = sampler(values={0: 3, 1: "fixed"})
    assert only_conflict(merged(base, ours, fixed)).input == "seed"


def test_members_of_values_are_merged() -> None:
    """Packs save objects as values, such as the rows of a list of LoRAs."""
    row = {"on": True, "lora": "a", "strength": 1}

    def with_row(**members: Any) -> dict[str, Any]:
        node = {"id": 1, "type": "Power Lora Loader (rgthree)", "widgets_values": [{}, {**row, **members}]}
        return {"nodes": [node], "links": [], "version": 0.4}

    found = merged(with_row(), with_row(on=False), with_row(strength=2))
    assert found.conflicts == ()
    assert found.document == with_row(on=False, strength=2)


def test_values_are_found_by_name_where_one_side_has_more() -> None:
    """Another option of a dynamic combo: the node has more values, and those behind them move."""
    name = "ResizeImageMaskNode"
    base = {"id": 1, "type": name, "widgets_values": ["scale dimensions", 512, 512, "center", "area"]}
    wider = {**base, "widgets_values": ["scale by multiplier", 2.0, "area"]}
    other = {**base, "widgets_values": ["scale dimensions", 512, 512, "center", "lanczos"]}

    def document(node: dict[str, Any]) -> dict[str, Any]:
        return {"nodes": [node], "links": [], "version": 0.4}

    for ours, theirs in ((wider, other), (other, wider)):
        found = merged(document(base), document(ours), document(theirs))
        assert found.conflicts == ()
        assert found.document["nodes"][0]["widgets_values"] == ["scale by multiplier", 2.0, "lanczos"]
    changed_width = {**base, "widgets_values": ["scale dimensions", 640, 512, "center", "area"]}
    found = merged(document(base), document(wider), document(changed_width))
    assert [(one.base, one.theirs) for one in found.conflicts] == [(512, 640)]
    assert found.document["nodes"][0]["widgets_values"] == wider["widgets_values"]


# --- nodes and links -----------------------------------------------------------------------------


def added(document: dict[str, Any], number: int) -> dict[str, Any]:
    (edit,) = (edit for edit in edits_of(document, number) if edit.name == "new node in ''")
    return edited(document, edit)


def test_nodes_that_both_have_added_are_both_there() -> None:
    ours, theirs = added(WORKFLOW, 1), added(WORKFLOW, 2)
    assert ours["nodes"][-1]["id"] == theirs["nodes"][-1]["id"]
    found = merged(WORKFLOW, ours, theirs)
    assert found.conflicts == ()
    document = found.document
    one, other = document["nodes"][-2:]
    assert (one["title"], other["title"]) == ("New 1", "New 2")
    assert other["id"] == document["last_node_id"] == one["id"] + 1
    assert (
        len({ends(row)[0] for row in document["links"]})
        == len(document["links"])
        == len(WORKFLOW["links"]) + 2
    )
    assert document["last_link_id"] == max(ends(row)[0] for row in document["links"])
    sources = [node["inputs"] for node in prompt_of(document).values() if node["class_type"] == "PreviewAny"]
    assert len(sources) == 2
    assert sources[0] == sources[1]


def test_the_same_addition_is_made_once() -> None:
    found = merged(WORKFLOW, added(WORKFLOW, 1), put(added(WORKFLOW, 1), [9, 9], "nodes", -1, "pos"))
    assert (found.conflicts, len(found.document["nodes"])) == ((), len(WORKFLOW["nodes"]) + 1)


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_deleted_node_that_was_changed(is_ours: bool) -> None:
    gone = edited(WORKFLOW, next(one for one in deletions_of(WORKFLOW) if one.touches >= {("", SAMPLER)}))
    new = sampler(values={2: 33})
    found = merged(WORKFLOW, *((gone, new) if is_ours else (new, gone)))
    conflict = only_conflict(found)
    assert (conflict.kind, conflict.node) == ("node", SAMPLER)
    words = ("deleted", "changed") if is_ours else ("changed", "deleted")
    assert conflict.words() == f"KSampler #{SAMPLER}: ours {words[0]} the node, theirs {words[1]} it"
    assert prompt_of(found.document) == prompt_of(gone if is_ours else new)
    taken, left = resolved(found.document, theirs=True)
    assert (prompt_of(taken), left) == (prompt_of(new if is_ours else gone), [])


def test_a_link_to_a_deleted_node_is_a_conflict() -> None:
    """Theirs feeds a new node from one that ours has deleted."""
    origin = next(node["id"] for node in WORKFLOW["nodes"] if node.get("outputs"))
    gone = edited(WORKFLOW, next(one for one in deletions_of(WORKFLOW) if ("", origin) in one.touches))
    theirs = added(WORKFLOW, 2)
    conflict = only_conflict(merged(WORKFLOW, gone, theirs))
    assert (conflict.kind, conflict.node) == ("node", origin)
    assert only_conflict(merged(WORKFLOW, theirs, gone)).node == origin


def test_links_that_both_have_changed() -> None:
    rows = {ends(row)[4]: row for row in WORKFLOW["links"] if ends(row)[3] == SAMPLER}
    positive, negative = rows[1], rows[2]
    ours = copy.deepcopy(WORKFLOW)
    cut(ours, SAMPLER, 1)
    theirs = copy.deepcopy(WORKFLOW)
    row = next(row for row in theirs["links"] if row[0] == positive[0])
    row[1] = negative[1]
    found = merged(WORKFLOW, ours, theirs)
    conflict = only_conflict(found)
    assert (conflict.kind, conflict.input) == ("link", "positive")
    assert conflict.to_json().items() >= {"base": [positive[1], 0], "theirs": [negative[1], 0]}.items()
    assert "ours none, theirs output 0 of node" in conflict.words()
    assert "positive" not in prompt_of(found.document)[str(SAMPLER)]["inputs"]
    taken, _ = resolved(found.document, theirs=True)
    assert prompt_of(taken) == prompt_of(theirs)


def test_of_two_links_into_one_input_the_one_counts_that_the_editor_takes() -> None:
    """Some official templates have such rows: here the input names the second one."""
    base = copy.deepcopy(WORKFLOW)
    row = next(row for row in base["links"] if ends(row)[3:] == (SAMPLER, 1))
    stale = [99, next(row for row in base["links"] if ends(row)[3:] == (SAMPLER, 2))[1], *row[2:]]
    base["links"].insert(0, stale)
    ours, theirs = put(base, "A", "nodes", 0, "title"), put(base, "B", "nodes", 1, "title")
    found = merged(base, ours, theirs)
    assert prompt_of(found.document) == prompt_of(put(ours, "B", "nodes", 1, "title"))
    assert prompt_of(found.document)[str(SAMPLER)]["inputs"]["positive"] == [str(row[1]), 0]


def test_what_is_inside_subgraphs_is_merged_once() -> None:
    ident = NESTED["definitions"]["subgraphs"][0]["id"]
    edits = [
        edit for edit in edits_of(NESTED, 1) if f"'{ident}'" in edit.name and edit.name.startswith("title")
    ]
    ours, theirs = edited(NESTED, edits[0]), edited(NESTED, edits[-1])
    found = merged(NESTED, ours, theirs)
    assert found.conflicts == ()
    assert graph_of(found.document, ident) == graph_of(edited(NESTED, edits[0], edits[-1]), ident)


def test_a_node_whose_subgraph_was_changed_is_no_stranger() -> None:
    """Ours deletes the subgraph node and the definition, theirs changes what is inside."""
    name = next(one for one in TEMPLATES if "definitions" in template(one))
    base = template(name)
    ident = base["definitions"]["subgraphs"][0]["id"]
    host = next(node["id"] for node in base["nodes"] if node["type"] == ident)
    gone = edited(base, next(one for one in deletions_of(base) if ("", host) in one.touches))
    gone["definitions"]["subgraphs"] = gone["definitions"]["subgraphs"][1:]
    theirs = edited(
        base, next(one for one in edits_of(base, 2) if one.name.startswith(f"title of ('{ident}'"))
    )
    found = merged(base, gone, theirs)
    assert (only_conflict(found).kind, only_conflict(found).node) == ("node", host)
    taken, _ = resolved(found.document, theirs=True)
    assert prompt_of(taken) == prompt_of(theirs)


def test_versions_without_a_common_one() -> None:
    """Both branches have added the file: nodes of one id and type are one node."""
    found = merged(None, sampler(values={2: 30}), sampler(values={2: 40}, pos=[5, 5]))
    assert (only_conflict(found).input, only_conflict(found).to_json().get("base")) == ("steps", None)
    assert len(found.document["nodes"]) == len(WORKFLOW["nodes"])


# --- prompts -------------------------------------------------------------------------------------


def test_prompts_are_merged_by_node_and_input() -> None:
    ident = str(SAMPLER)
    ours = put(put(PROMPT, 30, ident, "inputs", "steps"), 6, ident, "inputs", "cfg")
    theirs = put(put(PROMPT, 7, ident, "inputs", "seed"), 5, ident, "inputs", "cfg")
    found = merged(PROMPT, ours, theirs)
    conflict = only_conflict(found)
    assert (conflict.node, conflict.input, conflict.ours, conflict.theirs) == (ident, "cfg", 6, 5)
    inputs = found.document[ident]["inputs"]
    assert (inputs["steps"], inputs["seed"], inputs["cfg"]) == (30, 7, 6)
    assert [one.pointer for one in validate(found.document).diagnostics.with_code("D805")] == [
        f"/{ident}/_meta/comfyc/conflicts/0"
    ]
    assert resolved(found.document, theirs=False)[0] == put(ours, 7, ident, "inputs", "seed")
    assert resolved(found.document, theirs=True)[0] == put(theirs, 30, ident, "inputs", "steps")


def test_nodes_of_prompts_that_both_have_added() -> None:
    def with_node(text: str) -> dict[str, Any]:
        node = {"class_type": "PreviewAny", "inputs": {"source": text}}
        user = {"class_type": "PreviewAny", "inputs": {"source": ["100", 0]}}
        return {**PROMPT, "100": node, "101": user}

    found = merged(PROMPT, with_node("a"), with_node("b"))
    assert found.conflicts == ()
    assert {
        ident: found.document[ident]["inputs"]["source"] for ident in found.document if ident not in PROMPT
    } == {
        "100": "a",
        "101": ["100", 0],
        "102": "b",
    } | ({"103": ["102", 0]})


def test_a_node_of_a_prompt_that_was_deleted_and_changed_stays() -> None:
    ident = str(SAMPLER)
    gone = {key: node for key, node in PROMPT.items() if key != ident}
    new = put(PROMPT, 30, ident, "inputs", "steps")
    for ours, theirs in ((gone, new), (new, gone)):
        found = merged(PROMPT, ours, theirs)
        assert only_conflict(found).kind == "node"
        assert found.document[ident]["inputs"]["steps"] == 30
        assert resolved(found.document, theirs=True)[0].keys() == theirs.keys()


# --- what is left to git -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {"a": 1},
        [],
        None,
        {"nodes": [{"id": 1, "type": "A"}, {"id": 1, "type": "A"}], "links": []},
        {"nodes": [{"id": 1, "type": "A"}], "links": [[1, 2]]},
        {"nodes": [{"id": 1, "type": "A"}, 5], "links": []},
        {"nodes": [{"id": [], "type": "A"}], "links": []},
    ],
)
def test_what_is_no_workflow_is_left_to_git(document: Any) -> None:
    assert merge(WORKFLOW, sampler(values={2: 1}), document) is None
    assert merge(document, sampler(values={2: 1}), sampler(values={2: 2})) is None or document is None
