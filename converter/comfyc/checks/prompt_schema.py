"""A JSON Schema for prompts of one catalogue, with which any text editor completes and checks them.

The schema requires what the server requires of a node that runs: its class, values for required inputs,
convertible types, limits, options, and links where no value can work. It does not check what a schema cannot
express (the target and type of a link, whether a node is needed) and file names, which differ from server to
server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.scanned import OPEN_CHOICES
from comfyc.checks.facts import lists_files
from comfyc.checks.links import LINK_ONLY
from comfyc.checks.rules import (
    AUTOGROW,
    DYNAMIC_COMBO,
    DYNAMIC_GROUP,
    DYNAMIC_SLOT,
    Declared,
    NodeRules,
    Rules,
    expanded_inputs,
    rules_for,
)
from comfyc.checks.shared_subschemas import share
from comfyc.checks.values import WRAPPER
from comfyc.gc_pause import paused_collector

Schema = dict[str, Any]

_LINK = {"$ref": "#/$defs/link"}
_WRAPPED = {"$ref": "#/$defs/wrapped"}
_WHOLE_TEXT = r"^\s*[+-]?[0-9]+(_[0-9]+)*\s*$"
_NUMBER_TEXT = (
    r"^\s*[+-]?([0-9_]+\.?[0-9_]*|\.[0-9_]+)([eE][+-]?[0-9]+)?\s*$|^\s*[+-]?([iI][nN][fF]|[nN][aA][nN])"
)
_BRANCHES = 8
"""Conditions side by side; more classes than this are grouped by how their names begin."""


def prompt_schema(catalog: Catalog) -> Schema:
    """The JSON Schema (draft 2020-12) of prompts for the nodes of ``catalog``; repeated parts are shared."""
    with paused_collector():  # the schema of 13,000 node types is millions of objects
        return share(spelled_out(catalog))


def spelled_out(catalog: Catalog) -> Schema:
    """The same schema without shared parts, more than twice as long."""
    rules = rules_for(catalog)
    names = sorted(name for name in catalog if rules.of(name) is not None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"ComfyUI prompt for {catalog.name}",
        "description": "What POST /prompt takes as `prompt`: nodes by id.",
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/node"},
        "$defs": {
            "link": {
                "description": "[id of the node, number of its output]",
                "type": "array",
                "prefixItems": [{"type": "string"}, {"type": ["integer", "boolean"]}],
                "minItems": 2,
                "maxItems": 2,
            },
            "wrapped": {
                "description": "A value that is a list and no link.",
                "type": "object",
                "required": [WRAPPER],
            },
            "node": {
                "type": "object",
                "required": ["class_type", "inputs"],
                "properties": {
                    "class_type": {"enum": names},
                    "inputs": {"type": "object"},
                    "_meta": {"properties": {"title": {"description": "what the editor shows"}}},
                },
                "if": {"required": ["class_type"]},
                "then": {"allOf": _choose(names, rules)},
            },
        },
    }


def _choose(names: Sequence[str], rules: Rules) -> list[Schema]:
    """One condition for each class: if the class is this, its inputs are these.

    A validator tries every condition, so many classes are first grouped by the first letter that differs.
    """
    if len(names) <= _BRANCHES:
        return [_if_class({"const": name}, _inputs_of(rules.of(name))) for name in names]
    common = _common_start(names[0], names[-1])
    by_letter: dict[str, list[str]] = {}
    for name in names:
        by_letter.setdefault(name[len(common) : len(common) + 1], []).append(name)
    chosen: list[Schema] = []
    for letters, group in _portions(by_letter, len(names) / _BRANCHES):
        pattern = f"^{_literal(common)}" + (f"[{_literal(letters)}]" if letters else "$")
        chosen.append(_if_class({"pattern": pattern}, {"allOf": _choose(group, rules)}))
    return chosen


def _common_start(first: str, last: str) -> str:
    """The common prefix of sorted names, given the first and the last of them."""
    length = 0
    for one, other in zip(first, last, strict=False):
        if one != other:
            break
        length += 1
    return first[:length]


def _portions(by_letter: Mapping[str, list[str]], size: float) -> Iterator[tuple[str, list[str]]]:
    """Merge groups into portions of about ``size`` names, with the letters of each; large groups stay
    alone."""
    letters = ""
    group: list[str] = []
    for letter, names in by_letter.items():
        if letter == "" or len(names) >= size:
            yield letter, names
            continue
        letters += letter
        group = group + names
        if len(group) >= size:
            yield letters, group
            letters, group = "", []
    if group:
        yield letters, group


def _literal(text: str) -> str:
    """A text escaped as a pattern for both Python and JavaScript, also inside brackets."""
    return "".join(char if char.isalnum() or ord(char) > 0xFFFF else f"\\u{ord(char):04x}" for char in text)


def _if_class(condition: Schema, then: Schema) -> Schema:
    return {"if": {"properties": {"class_type": condition}}, "then": then}


def _inputs_of(rules: NodeRules | None) -> Schema:
    assert rules is not None  # only names that have rules get here
    schema: Schema = {"properties": {"inputs": _sections(rules, rules.entry["input"], "")}}
    title = rules.entry.get("display_name")
    return {"title": title, **schema} if title else schema


def _sections(rules: NodeRules, sections: Mapping[str, Any], prefix: str) -> Schema:
    """The schema of an `inputs` object with these definitions; other inputs are allowed."""
    properties: Schema = {}
    patterns: Schema = {}
    required: list[str] = []
    conditions: list[Schema] = []
    for section in ("required", "optional"):
        for name, spec in sections.get(section, {}).items():
            declared = Declared(
                prefix + name, section == "required", spec[0], spec[1] if len(spec) > 1 else {}
            )
            kind = declared.type if isinstance(declared.type, str) else None
            if kind == DYNAMIC_COMBO:
                _add_dynamic_combo(rules, declared, properties, required, conditions)
            elif kind == AUTOGROW:
                _add_group(rules, declared, properties, required)
            elif kind == DYNAMIC_GROUP:
                patterns.update(_rows(rules, declared))
            elif kind == DYNAMIC_SLOT:
                inner = _sections(rules, declared.options.get("inputs") or {}, declared.name + ".")
                conditions.append({"if": {"required": [declared.name]}, "then": inner})
            else:
                properties.setdefault(declared.name, _input(rules, declared))
                required += [declared.name] if declared.required and _has_widget(declared) else []
    schema: Schema = {"type": "object", "properties": properties}
    if patterns:
        schema["patternProperties"] = patterns
    if required:
        schema["required"] = required
    if conditions:
        schema["allOf"] = conditions
    return schema


def _add_dynamic_combo(
    rules: NodeRules,
    declared: Declared,
    properties: Schema,
    required: list[str],
    conditions: list[Schema],
) -> None:
    options = declared.options.get("options")
    choices = [choice for choice in options or () if isinstance(choice, dict) and "key" in choice]
    properties[declared.name] = {"enum": [choice["key"] for choice in choices]}
    required += [declared.name] if declared.required else []
    for choice in choices:
        inner = _sections(rules, choice.get("inputs") or {}, declared.name + ".")
        if len(inner) > 2 or inner["properties"]:
            chosen = {"properties": {declared.name: {"const": choice["key"]}}, "required": [declared.name]}
            conditions.append({"if": chosen, "then": inner})


def _add_group(rules: NodeRules, declared: Declared, properties: Schema, required: list[str]) -> None:
    table = expanded_inputs({"required": {declared.name: [AUTOGROW, declared.options]}}, {})
    for grown in table.inputs.values():
        properties[grown.name] = _input(rules, grown)
        required += [grown.name] if grown.required and _has_widget(grown) else []


def _rows(rules: NodeRules, declared: Declared) -> Schema:
    """Patterns for the fields of a dynamic group, in any row."""
    sections = declared.options.get("template") or {}
    first = f"{declared.name}.0."
    row = {first + name: None for section in ("required", "optional") for name in sections.get(section, {})}
    table = expanded_inputs({"required": {declared.name: [DYNAMIC_GROUP, declared.options]}}, row)
    return {
        f"^{_literal(declared.name)}\\u002e[0-9]+\\u002e{_literal(name.removeprefix(first))}$": _input(
            rules, field
        )
        for name, field in table.inputs.items()
    }


def _has_widget(declared: Declared) -> bool:
    """Whether the editor always writes this input.

    Unlinked sockets are left out of a prompt. That is valid for a node that no output needs, which a schema
    cannot express, so sockets are never required.
    """
    if declared.options.get("forceInput"):
        return False
    return declared.choices is not None or declared.type in ("INT", "FLOAT", "STRING", "BOOLEAN")


def _input(rules: NodeRules, declared: Declared) -> Schema:
    """What a single input may be: a link, a wrapped value, or a plain value of its type."""
    plain = _plain(rules, declared)
    if plain is None:
        return {}
    schema: Schema = {"anyOf": [*plain, _LINK, _WRAPPED]}
    tooltip, default = declared.options.get("tooltip"), declared.options.get("default")
    if isinstance(tooltip, str):
        schema["description"] = tooltip
    if isinstance(default, str | int | float):
        schema["default"] = default
    return schema


def _plain(rules: NodeRules, declared: Declared) -> list[Schema] | None:
    """Schemas of the plain values; ``None`` if the server takes any value but lists, which are links."""
    free = rules.validator is not None and rules.validator.takes(declared.name)
    limits: Schema = {} if free else _limits(declared.options)
    kind, choices = declared.type, declared.choices
    if isinstance(choices, list):
        is_open = declared.options.get(OPEN_CHOICES) is True
        if free or is_open or lists_files(rules.class_type, declared.name, choices) or not choices:
            return [{"type": ["string", "number", "boolean", "null"]}]
        return [{"enum": choices}]
    if kind == "INT":
        return [{"type": "number", **limits}, {"type": "boolean"}, {"type": "string", "pattern": _WHOLE_TEXT}]
    if kind == "FLOAT":
        return [
            {"type": "number", **limits},
            {"type": "boolean"},
            {"type": "string", "pattern": _NUMBER_TEXT},
        ]
    if kind in ("STRING", "BOOLEAN"):
        first = "string" if kind == "STRING" else "boolean"
        others = [name for name in ("string", "boolean", "number", "null", "object") if name != first]
        return [{"type": [first, *others]}]
    if all(part.strip() in LINK_ONLY for part in str(kind).split(",")):
        return [] if declared.required else [{"type": "null"}]
    return [{"type": ["number", "boolean"], **limits}] if limits else None


def _limits(options: Mapping[str, Any]) -> Schema:
    """The limits that are finite numbers; a catalogue may hold Infinity."""
    return {
        word: options[key]
        for word, key in (("minimum", "min"), ("maximum", "max"))
        if isinstance(options.get(key), int | float) and abs(options[key]) < float("inf")
    }
