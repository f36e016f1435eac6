"""Catalogues that were trimmed, or of an older ComfyUI: what does not bear on inputs may be missing."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc import Options, convert
from comfyc.catalog import Catalog
from comfyc.checks import check, prompt_schema, verdict
from comfyc.collector import Collector
from comfyc.packs.core import core_types
from tests.discovery import cases
from tests.verdict_cases import CATALOG, verdict_cases

BEARING = frozenset({"input", "input_order", "output", "output_node", "display_name"})
"""Members of an entry that decide on a prompt or its titles."""

WORKFLOWS = [case for case in cases() if case.catalog is None]
VERDICTS = [case for case in verdict_cases() if not case.options]


@cache
def entries(core: bool) -> dict[str, Any]:
    if not core:
        found: dict[str, Any] = json.loads(CATALOG.read_text("utf-8"))
        return found
    loaded = Catalog.load()
    return {name: loaded.info(name) for name in core_types()}


MEMBERS = sorted(
    {member for core in (True, False) for entry in entries(core).values() for member in entry} - BEARING
)


@cache
def trimmed(dropped: frozenset[str], *, core: bool) -> Catalog:
    return Catalog.from_object_info(
        {
            name: {key: value for key, value in entry.items() if key not in dropped}
            for name, entry in entries(core).items()
        }
    )


def judged(prompt: Any, catalog: Catalog, request: Any = None) -> tuple[Any, set[Any]]:
    """The verdict, and what is found beyond it; remarks on the class itself left out."""
    diagnostics = Collector()
    answer = check(prompt, catalog, diagnostics, request=request)
    told = {
        (found.rule.code, found.location.pointer, found.message)
        for found in diagnostics
        if found.rule.name not in ("deprecated-node", "experimental-node")
    }
    return dict(answer), told


def test_the_members_that_tell_the_schema_are_among_those_dropped() -> None:
    assert {"output_matchtypes", "python_module", "deprecated"} <= set(MEMBERS)


@pytest.mark.slow
@pytest.mark.parametrize("member", [*MEMBERS, "all"])
def test_a_verdict_needs_only_the_inputs(member: str) -> None:
    dropped = frozenset(MEMBERS if member == "all" else [member])
    less = trimmed(dropped, core=False)
    for number, case in enumerate(VERDICTS):
        assert judged(case.prompt, less, case.request) == judged_whole(number), case.name


@cache
def judged_whole(number: int) -> tuple[Any, set[Any]]:
    """What is judged with all members of the entries."""
    case = VERDICTS[number]
    return judged(case.prompt, trimmed(frozenset(), core=False), case.request)


@pytest.mark.slow
@pytest.mark.parametrize("member", ["output_matchtypes", "python_module", "all"])
def test_a_conversion_needs_only_the_inputs(member: str) -> None:
    dropped = frozenset(MEMBERS if member == "all" else [member])
    for number, case in enumerate(WORKFLOWS):
        assert converted(number, dropped) == converted(number, frozenset()), case.name


@cache
def converted(number: int, dropped: frozenset[str]) -> str:
    """The text of a prompt, converted with entries that lack these members."""
    document = json.loads(WORKFLOWS[number].workflow.lstrip("\ufeff"))
    options = Options(random_seed=1, now=datetime(2026, 1, 2))  # which names of pictures hold
    return convert(document, trimmed(dropped, core=True), options).text


@given(st.sampled_from(VERDICTS), st.data())
def test_any_entries_may_lack_any_members(case: Any, data: st.DataObject) -> None:
    whole = {name: entries(core=False)[name] for name in case.class_types() if name in entries(core=False)}
    less = copy.copy(whole)
    for name, entry in whole.items():
        dropped = data.draw(st.sets(st.sampled_from(MEMBERS)), label=name)
        less[name] = {key: value for key, value in entry.items() if key not in dropped}
    before, after = (judged(case.prompt, Catalog.from_object_info(one)) for one in (whole, less))
    assert before == after


INT = ["INT", {"min": 0, "max": 9}]
KINDS: dict[str, list[Any]] = {
    "dynamic combo": (
        ["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "go", "inputs": {"required": {"a": INT}}}]}]
    ),
    "autogrow": [
        "COMFY_AUTOGROW_V3",
        {"template": {"input": {"required": {"a": INT}}, "names": ["a"], "min": 1}},
    ],
    "dynamic slot": ["COMFY_DYNAMICSLOT_V3", {"slotType": "INT", "inputs": {"required": {"a": INT}}}],
    "dynamic group": [
        "COMFY_DYNAMICGROUP_V3",
        {"template": {"required": {"a": INT}, "optional": {"b": ["FLOAT", {}]}}, "min": 1, "max": 3},
    ],
    "autogrow of dynamic combos": [
        "COMFY_AUTOGROW_V3",
        {
            "template": {
                "input": {
                    "required": {
                        "m": [
                            "COMFY_DYNAMICCOMBO_V3",
                            {"options": [{"key": "go", "inputs": {"required": {"a": INT}}}]},
                        ]
                    }
                },
                "prefix": "n",
                "min": 1,
                "max": 2,
            }
        },
    ],
}
GOOD: dict[str, dict[str, Any]] = {
    "dynamic combo": {"x": "go", "x.a": 1},
    "autogrow": {"x.a": 1},
    "dynamic slot": {"x": 1, "x.a": 1},
    "dynamic group": {"x.0.b": 0.5, "x.0.a": 1, "x.2.a": 2, "x.2.b": 1},
    "autogrow of dynamic combos": {"x.n0": "go", "x.n0.a": 1, "x.n1": "go", "x.n1.a": 2},
}
LAST = {"dynamic group": "x.2.a", "autogrow of dynamic combos": "x.n1.a"}


@pytest.mark.parametrize("section", ["required", "optional"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_declared_type_of_the_v3_schema_is_proof_enough(kind: str, section: str) -> None:
    catalog = Catalog.from_object_info(
        {"Dyn": {"input": {section: {"x": KINDS[kind]}}, "output": ["INT"], "output_node": True}}
    )
    last = LAST.get(kind, "x.a")

    def errors(inputs: dict[str, Any]) -> list[tuple[str, str]]:
        found = verdict({"1": {"class_type": "Dyn", "inputs": inputs}}, catalog)
        listed = found.node_errors.get("1", {"errors": []})["errors"]
        return [(error["type"], error["extra_info"]["input_name"]) for error in listed]

    assert errors(GOOD[kind]) == []
    assert errors({**GOOD[kind], last: 10}) == [("value_bigger_than_max", last)]
    assert errors({**GOOD[kind], last: "ten"}) == [("invalid_input_type", last)]
    without = {name: value for name, value in GOOD[kind].items() if name != last}
    assert errors(without) == [("required_input_missing", last)]
    missing = verdict({"1": {"class_type": "Dyn", "inputs": {**GOOD[kind], last: ["1", 9]}}}, catalog)
    assert [one["details"] for one in missing.node_errors["1"]["errors"]] == ["list index out of range"]


@pytest.mark.parametrize("kind", ["dynamic combo", "autogrow", "dynamic slot", "dynamic group"])
def test_the_schema_knows_what_the_declared_type_brings(kind: str) -> None:
    catalog = Catalog.from_object_info(
        {"Dyn": {"input": {"required": {"x": KINDS[kind]}}, "output": [], "output_node": True}}
    )
    judge = jsonschema.Draft202012Validator(prompt_schema(catalog))
    assert judge.is_valid({"1": {"class_type": "Dyn", "inputs": GOOD[kind]}})
    assert not judge.is_valid(
        {"1": {"class_type": "Dyn", "inputs": {**GOOD[kind], LAST.get(kind, "x.a"): 10}}}
    )


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"x.0.a": 1, "x.1.a": 1, "x.2.a": 1, "x.3.a": 1},
        {"x.0.a": 1, "x.01.a": 1},
        {"x.0.a": 1, "x.0.c": 1},
        {"x.0.a": 1, "x.one.a": 1},
        {"x.0.a": 1, "x.1": 1},
        {"x.0.a": 1, "x.100.a": 1},
        {"x.0.a": 1, "x.99999999999999999999.a": 1},
    ],
    ids=repr,
)
def test_rows_that_the_server_cannot_take_are_told(inputs: dict[str, Any]) -> None:
    catalog = Catalog.from_object_info(
        {"Dyn": {"input": {"required": {"x": KINDS["dynamic group"]}}, "output_node": True}}
    )
    diagnostics = Collector()
    found = check({"1": {"class_type": "Dyn", "inputs": inputs}}, catalog, diagnostics)
    (error,) = found.node_errors["1"]["errors"]
    assert (error["type"], error["extra_info"]["exception_type"]) == (
        "exception_during_validation",
        "ValueError",
    )
    assert any("'x'" in one.message for one in diagnostics)


def test_a_dynamic_combo_without_a_choice_is_told_whatever_the_entry_lacks() -> None:
    catalog = Catalog.from_object_info(
        {"Dyn": {"input": {"required": {"x": KINDS["dynamic combo"]}}, "output_node": True}}
    )
    for inputs in ({"x": "nope"}, {}, {"x": None}):
        diagnostics = Collector()
        check({"1": {"class_type": "Dyn", "inputs": inputs}}, catalog, diagnostics)
        assert "P335" in {found.rule.code for found in diagnostics}
