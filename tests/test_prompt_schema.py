"""The JSON Schema of prompts says the same when what repeats is shared."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.api import convert
from comfyc.catalog import bundled_core
from comfyc.checks.prompt_schema import prompt_schema, spelled_out
from comfyc.checks.rules import Declared, Growing, rules_for
from comfyc.options import DynamicPrompts, Options

TEMPLATES = Path(str(files("comfyui_workflow_templates_json") / "templates"))
CORE = bundled_core()
NAMES = sorted(CORE)


@cache
def validators() -> tuple[jsonschema.protocols.Validator, jsonschema.protocols.Validator]:
    long, short = map(jsonschema.Draft202012Validator, (spelled_out(CORE), prompt_schema(CORE)))
    return long, short


def faults(validator: jsonschema.protocols.Validator, prompt: Any) -> list[Any]:
    """Where a prompt fails and why, down to the leaves."""
    pending = list(validator.iter_errors(prompt))
    found = []
    for error in pending:
        pending.extend(error.context or ())
        found.append((list(error.absolute_path), error.validator, error.message))
    return sorted(map(repr, found))


def parts(schema: Any) -> set[str]:
    """The distinct schemas in a schema, as JSON, without those in them.

    The whole is a schema if and only if each of them is one; most are there hundreds of times.
    """
    found: set[str] = set()

    def cut(schema: Any) -> Any:
        """Note a schema without those in it; what stands for it where it was."""
        if not isinstance(schema, dict):
            return schema
        rest = dict(schema)
        for key in schema.keys() & {"properties", "$defs"}:
            for inner in rest.pop(key).values():
                cut(inner)
        for key in schema.keys() & {"anyOf", "allOf", "prefixItems"}:
            rest[key] = [cut(inner) for inner in schema[key]][:1]  # an empty list would be a fault
        for key in schema.keys() & {"if", "then", "additionalProperties"}:
            rest[key] = cut(schema[key])
        found.add(json.dumps(rest))
        return True

    cut(schema)
    return found


@pytest.mark.slow
def test_it_is_a_schema_less_than_half_as_long_and_refers_only_to_what_there_is() -> None:
    schema = prompt_schema(CORE)
    for part in parts(schema):
        jsonschema.Draft202012Validator.check_schema(json.loads(part))
    text = json.dumps(schema)
    assert len(text) * 2 < len(json.dumps(spelled_out(CORE)))
    referred = {part.partition('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert referred == set(schema["$defs"])


@pytest.mark.slow
def test_both_forms_judge_templates_alike() -> None:
    long, short = validators()
    for file in sorted(TEMPLATES.glob("*.json"))[::100]:
        document = json.loads(file.read_bytes())
        if "nodes" not in document:
            continue
        prompt: Any = convert(document, CORE, Options(dynamic_prompts=DynamicPrompts.FIRST)).prompt
        damaged = {**prompt, "x": {"class_type": "KSampler", "inputs": {"steps": 0, "cfg": "much"}}}
        assert faults(short, damaged) == faults(long, damaged) != []


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from(
        [0, 1, -1, 0.5, 1e9, "", "1", "1.5", "1_0", "nan", "x", "euler", ["1", 0], ["1"], [1, 0], [], {}]
    ),
    st.sampled_from([{"__value__": [1]}, {"a": 1}]),
)


@pytest.mark.slow
@given(st.sampled_from(NAMES), st.data())
def test_both_forms_judge_any_node_alike(name: str, data: st.DataObject) -> None:
    rules = rules_for(CORE).of(name)
    assert rules is not None
    inputs: dict[str, Any] = {}
    for _ in range(3):  # each round may bring inputs by the choices of the one before
        found: list[Declared | Growing] = [
            *rules.declared_inputs(inputs).inputs.values(),
            *rules.declared_inputs(inputs).growing,
        ]
        for declared in found:
            if declared.name in inputs or data.draw(st.integers(0, 9)) == 0:
                continue
            options = declared.options.get("options")
            keys = [one["key"] if isinstance(one, dict) else one for one in options or () if one]
            likely = [st.sampled_from(keys)] if keys else []
            if "default" in declared.options:
                likely.append(st.just(declared.options["default"]))
            inputs[declared.name] = data.draw(st.one_of(*likely, VALUES))
    long, short = validators()
    prompt = {"1": {"class_type": name, "inputs": inputs}}
    assert faults(short, prompt) == faults(long, prompt)
