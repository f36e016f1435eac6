"""What can be set in a workflow: settings of subgraph nodes, PrimitiveNodes and nodes, and their names."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from comfyc.api import convert_parsed
from comfyc.interface import (
    Interface,
    Request,
    Requests,
    Setting,
    convert_with,
    interface_of,
    requests_of,
    set_values,
)
from comfyc.interface.describing import by_importance, facts_of
from comfyc.interface.names import named_settings
from comfyc.interface.refused import RefusedError
from comfyc.running.prepare import prepare
from tests.discovery import FIXTURES, cases
from tests.every import every
from tests.test_conversion import AS_RECORDED, catalog

CASES = FIXTURES / "cases"


def document(name: str) -> Any:
    return json.loads((CASES / name / "workflow.json").read_text("utf-8"))


def interface(name: str) -> Interface:
    return interface_of(document(name), catalog(None), AS_RECORDED)


def found(name: str, kind: str) -> dict[str, Setting]:
    return {one.path: one for one in interface(name).settings if one.kind == kind}


def targets(one: Setting) -> list[str]:
    return [".".join(target) for target in one.targets]


def test_a_subgraph_node_has_its_inputs() -> None:
    hosts = found("promoted_widgets/kinds", "subgraph")
    assert {path: (one.value, targets(one)) for path, one in hosts.items()} == {
        "30.image": ("x.png", ["30:1.image"]),
        "30.text": ("host {c|d} // e", ["30:2.text"]),
        "30.neg": ("", ["30:5.text"]),
        "30.value": (9, ["30:6.value"]),
    }
    assert hosts["30.text"].type == "P"
    assert hosts["30.value"].pointer == ("nodes", 0, "widgets_values", 3)
    inner = found("promoted_widgets/kinds", "node")
    assert inner["30:5.text"].held_by == ("30", "neg")
    assert inner["3.filename_prefix"].held_by is None


def test_several_widgets_behind_an_input_take_one_value() -> None:
    hosts = found("promoted_widgets/sub_one_input_two_widgets", "subgraph")
    several = [one for one in hosts.values() if len(one.targets) > 1]
    assert several
    flow = document("promoted_widgets/sub_one_input_two_widgets")
    done = convert_with(flow, {several[0].path: 648}, catalog(None), AS_RECORDED)
    assert done.ok
    assert {done.prompt[node]["inputs"][name] for node, name in several[0].targets} == {648}


def test_a_value_goes_through_all_subgraph_nodes_inside() -> None:
    hosts = found("nested_subgraphs/nested_values", "subgraph")
    assert any(node.count(":") == 2 for one in hosts.values() for node, _ in one.targets)
    inner = [one for one in hosts.values() if ":" in one.node and one.held_by is not None]
    assert all(one.held_by in {(outer.node, outer.input) for outer in hosts.values()} for one in inner)


def test_a_subgraph_node_inside_another_has_its_own_values() -> None:
    """``12:57.text``: the input that the outer subgraph node does not feed."""
    name = "nested_subgraphs/nested_no_outer_value"
    own = [one for one in found(name, "subgraph").values() if ":" in one.node and not one.held_by]
    assert own
    for one in own:
        done = convert_with(document(name), {one.path: 77}, catalog(None), AS_RECORDED)
        assert [done.prompt[node]["inputs"][given] for node, given in one.targets] == [77] * len(one.targets)


def test_a_linked_input_of_a_subgraph_node_names_its_link() -> None:
    name = "promoted_widgets/text_from_outside"
    linked = found(name, "subgraph")["30.text"]
    assert linked.link == "40 0"
    refused = convert_with(document(name), {"30.text": "x"}, catalog(None), AS_RECORDED)
    (error,) = refused.diagnostics.errors
    assert error.code == "I605"
    assert "output 0 of node 40" in error.message


def test_a_linked_input_of_a_subgraph_node_is_cut_off_on_request() -> None:
    """What comes of it is what the file without the link gives."""
    name = "promoted_widgets/text_from_outside"
    flow = document(name)
    done = convert_with(flow, {"30.text": "x"}, catalog(None), AS_RECORDED, unlink=True)
    assert done.ok
    cut = copy.deepcopy(flow)
    host = cut["nodes"][0]
    cut["links"] = [row for row in cut["links"] if row[3] != 30 or host["inputs"][row[4]]["name"] != "text"]
    for slot in host["inputs"]:
        if slot["name"] == "text":
            slot["link"] = None
    assert done.prompt == convert_with(cut, {"30.text": "x"}, catalog(None), AS_RECORDED).prompt


def test_a_primitive_node_gives_its_value_to_all_that_it_feeds() -> None:
    name = "primitives/primitive_multi_target_clamp"
    flow = document(name)
    (held,) = (one for one in found(name, "primitive").values() if "3.steps" in targets(one))
    assert targets(held) == ["3.steps", "5.batch_size"]
    inner = found(name, "node")
    assert inner["3.steps"].held_by == (held.node, "value")
    done = convert_with(flow, {held.path: 33}, catalog(None), AS_RECORDED)
    typed = copy.deepcopy(flow)
    (primitive,) = (node for node in typed["nodes"] if str(node["id"]) == held.node)
    primitive["widgets_values"][0] = 33
    assert done.prompt == convert_parsed(typed, catalog(None), AS_RECORDED).prompt


@every(
    [case for case in cases() if case.prompt and not case.reason],
    name=lambda case: case.name,
    group=lambda case: case.topic,
)
def test_every_value_of_a_prompt_is_a_setting(case: Any) -> None:
    """Each input of the prompt is there once with its value, and each value of a holder is what all its
    targets have."""
    flow = json.loads(case.workflow.removeprefix("\ufeff"))
    known = interface_of(flow, catalog(case.catalog), AS_RECORDED)
    prompt = known.conversion.prompt
    nodes = [(one.node, one.input, one.value) for one in known.settings if one.kind == "node"]
    listed = [
        (ident, name, value) for ident, node in prompt.items() for name, value in node["inputs"].items()
    ]
    assert nodes == (listed if known.conversion.ok else [])
    for one in known.settings:
        if one.kind == "subgraph":
            sent = [prompt[node]["inputs"].get(name, one.value) for node, name in one.targets]
            wrapped = {"__value__": one.value}
            assert one.link or one.held_by or all(value in (one.value, wrapped) for value in sent)


@pytest.mark.parametrize("path", ["30.text", "P.text", "p.text", " 30.text"])
def test_a_subgraph_node_has_an_id_a_title_and_the_name_of_its_definition(path: str) -> None:
    (one,) = named_settings(interface("promoted_widgets/kinds"), path)
    assert one.path == "30.text"


def test_an_input_has_a_label() -> None:
    flow = document("promoted_widgets/kinds")
    for slot in flow["nodes"][0]["inputs"]:
        if slot["name"] == "neg":
            slot["label"] = "Negative.Prompt"
    known = interface_of(flow, catalog(None), AS_RECORDED)
    assert named_settings(known, "30.Negative.Prompt")[0].path == "30.neg"
    with pytest.raises(RefusedError, match="no input 'negativ'") as caught:
        named_settings(known, "30.negativ")
    assert caught.value.hint is not None
    assert "30.neg" not in caught.value.hint


def test_what_people_look_for_comes_first() -> None:
    order = [one.path for one in by_importance(interface("promoted_widgets/kinds").settings)]
    assert order[:5] == ["30.image", "30.text", "30.neg", "30.value", "3.filename_prefix"]
    assert order[-1] == "3.images"


def test_facts_of_an_input() -> None:
    flow = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))
    known = interface_of(flow, catalog(None), AS_RECORDED)
    facts = {one.path: facts_of(one.spec) for one in known.settings}
    assert (facts["5.width"].type, facts["5.width"].limits) == ("INT", "16 to 16384, step 8")
    assert facts["6.text"].multiline
    assert facts["3.scheduler"].choices is not None
    assert "karras" in facts["3.scheduler"].choices
    assert facts["3.scheduler"].limits.endswith(" more")
    assert facts_of(None).limits == ""


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    flow = document("promoted_widgets/kinds")
    wrong = ["30.texd=x", "nobody.text=x", "30.value=many", "30:6.value=1", "nonsense"]
    known = interface_of(flow, catalog(None), AS_RECORDED)
    done = set_values(known, flow, requests_of(wrong), catalog(None))
    assert not done.is_understood
    assert [one.code for one in done.conversion.diagnostics.errors] == ["I603", "I602", "I606", "I601"]
    assert done.conversion.prompt == known.conversion.prompt


def test_the_workflow_that_goes_along_gives_the_prompt() -> None:
    """Also where the subgraph node has saved no values, and those of the inner nodes count."""
    names = ("promoted_widgets/kinds", "promoted_widgets/sub_no_values", "nested_subgraphs/nested_values")
    for name in names:
        flow = document(name)
        known = interface_of(flow, catalog(None), AS_RECORDED)
        held = [one for one in known.settings if one.kind == "subgraph" and isinstance(one.value, int | str)]
        assert held
        for one in held:
            value = "7" if isinstance(one.value, str) else 7
            requests = Requests((Request(one.path, value),))
            prepared = prepare(flow, catalog(None), requests, options=AS_RECORDED)
            made = convert_parsed(prepared.workflow(), catalog(None), AS_RECORDED).prompt
            assert made == prepared.prompt, one.path


def test_what_a_workflow_cannot_hold_is_left_out_of_it() -> None:
    """One value is for a node inside one of two subgraph nodes, the other one can be written."""
    flow = json.loads((FIXTURES / "faults" / "I661" / "two-hosts" / "workflow.json").read_text("utf-8"))
    known = interface_of(flow, catalog(None), AS_RECORDED)
    inner = [one for one in known.settings if ":" in one.node and one.kind == "node" and not one.link]
    shared = next(one for one in inner if isinstance(one.value, int) and one.held_by is None)
    own = next(one for one in known.settings if ":" not in one.node and isinstance(one.value, str))
    requests = Requests((Request(shared.path, 8), Request(own.path, "mine")))
    prepared = prepare(flow, catalog(None), requests, options=AS_RECORDED)
    made = interface_of(prepared.workflow(), catalog(None), AS_RECORDED)
    changed = made.setting(own.node, own.input)
    assert changed is not None
    assert changed.value == "mine"
    left = made.setting(shared.node, shared.input)
    assert left is not None
    assert left.value == shared.value
