"""The entry of a V3 node: a class with ``define_schema``.

Source: ``Schema.get_v1_info`` and the ``as_dict`` of all inputs in comfy_api/latest/_io.py of ComfyUI 0.33.0.
"""

from __future__ import annotations

from typing import Any

from comfyc.scan.machine import Machine
from comfyc.scan.operators import truth
from comfyc.scan.plain import Notes, UnknownValueError, plain
from comfyc.scan.v1 import UnreadableError
from comfyc.scan.v3_inputs import input_type, sections, type_text
from comfyc.scan.v3_values import V3Object
from comfyc.scan.values import PyClass, PyList, RaisedError, Value, is_open, is_unknown


def schema_of(machine: Machine, kind: PyClass) -> V3Object:
    """The schema that a class defines; ``UnreadableError`` if it cannot be read."""
    try:
        schema = machine.call(machine.attribute(kind, "define_schema"))
    except RaisedError as error:
        raise UnreadableError(f"define_schema raises {error}") from None
    if not isinstance(schema, V3Object) or schema.kind != "schema":
        raise UnreadableError("what define_schema returns is not known")
    return schema


def v3_entry(machine: Machine, schema: V3Object, key: str, module: str) -> tuple[dict[str, Any], Notes]:
    """The entry of a schema. ``key`` is its name if ``node_id`` is not known."""
    notes = Notes()
    names = schema.names
    node_id = names.get("node_id")
    hidden = _hidden(schema)
    inputs = sections(machine, notes, names.get("inputs"))
    if hidden:
        inputs["hidden"] = hidden
    entry: dict[str, Any] = {
        "input": inputs,
        "input_order": {section: list(members) for section, members in inputs.items()},
        "is_input_list": truth(names.get("is_input_list")) is True,
        **_outputs(machine, notes, names.get("outputs")),
        "name": node_id if isinstance(node_id, str) else key,
        "display_name": _plain(notes, names.get("display_name"), "display_name"),
        "description": _plain(notes, names.get("description"), "description"),
        "python_module": module,
        "category": _plain(notes, names.get("category"), "category"),
        "output_node": truth(names.get("is_output_node")) is True,
        "deprecated": truth(names.get("is_deprecated")) is True,
        "experimental": truth(names.get("is_experimental")) is True,
        "dev_only": truth(names.get("is_dev_only")) is True,
        "api_node": truth(names.get("is_api_node")) is True,
        "price_badge": _badge(machine, notes, schema),
        "search_aliases": _plain(notes, names.get("search_aliases"), "search_aliases") or None,
        "essentials_category": _plain(notes, names.get("essentials_category"), "essentials_category"),
        "has_intermediate_output": truth(names.get("has_intermediate_output")) is True,
    }
    return entry, notes


def _plain(notes: Notes, value: Value, part: str) -> Any:
    try:
        return plain(notes, value)
    except UnknownValueError:
        notes.add("*", part)
        return None


def _hidden(schema: V3Object) -> dict[str, Any]:
    """The hidden inputs that the schema names, and those that its flags bring."""
    names = schema.names
    given = names.get("hidden")
    found: dict[str, Any] = {}
    for one in given if isinstance(given, (PyList, tuple)) else ():
        if isinstance(one, V3Object) and one.kind == "member":
            found[one.names["name"]] = [one.names["value"]]
    if truth(names.get("is_api_node")) is True:
        for name in ("auth_token_comfy_org", "api_key_comfy_org", "comfy_usage_source"):
            found.setdefault(name, [name.upper()])
    if truth(names.get("is_output_node")) is True:
        for name in ("prompt", "extra_pnginfo"):
            found.setdefault(name, [name.upper()])
    return found


def _outputs(machine: Machine, notes: Notes, outputs: Value) -> dict[str, Any]:
    """The lists of an entry that describe its outputs."""
    members = outputs if isinstance(outputs, (PyList, tuple)) else ()
    if (outputs is not None and is_open(outputs)) or is_unknown(outputs):
        notes.add("*", "outputs")
    types: list[str] = []
    lists: list[bool | None] = []
    names: list[Any] = []
    tooltips: list[Any] = []
    matches: list[Any] = []
    for one in members:
        made = one if isinstance(one, V3Object) else V3Object("output", {})
        io_type = type_text(made.of) if made.of is not None else None
        if io_type is None:
            notes.add("*", "outputs")
        types.append(io_type or "*")
        is_list = made.names.get("is_output_list", False)
        lists.append(None if is_list is None else truth(is_list) is True)
        own = made.names.get("display_name") or made.names.get("id")
        template = made.names.get("template")
        matches.append(template.names.get("template_id") if isinstance(template, V3Object) else None)
        if not own and matches[-1] is not None:
            own = "MATCHTYPE"
        names.append(_plain(notes, own, "outputs") or types[-1])
        tooltips.append(_plain(notes, made.names.get("tooltip"), "outputs") or None)
    has_matches = any(one is not None for one in matches)
    return {
        "output": types,
        "output_is_list": lists,
        "output_name": names,
        "output_tooltips": tooltips,
        "output_matchtypes": matches if has_matches else None,
    }


def _badge(machine: Machine, notes: Notes, schema: V3Object) -> Any:
    """The price that the editor shows, computed from widgets."""
    badge = schema.names.get("price_badge")
    if not isinstance(badge, V3Object):
        return None
    depends = badge.names.get("depends_on")
    fields = depends.names if isinstance(depends, V3Object) else {}
    types = _types_by_id(machine, schema.names.get("inputs"))
    widgets = _plain(notes, fields.get("widgets"), "price_badge") or []
    return {
        "engine": badge.names.get("engine"),
        "depends_on": {
            "widgets": [{"name": name, "type": types.get(name)} for name in widgets],
            "inputs": _plain(notes, fields.get("inputs"), "price_badge") or [],
            "input_groups": _plain(notes, fields.get("input_groups"), "price_badge") or [],
        },
        "expr": _plain(notes, badge.names.get("expr"), "price_badge"),
    }


def _types_by_id(machine: Machine, inputs: Value) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in inputs if isinstance(inputs, (PyList, tuple)) else ():
        if isinstance(one, V3Object):
            own = one.names.get("id")
            found[str(own)] = input_type(machine, one)
            options = one.names.get("options")
            for option in options if isinstance(options, PyList) else ():
                nested = option.names.get("inputs") if isinstance(option, V3Object) else None
                for below in nested if isinstance(nested, PyList) else ():
                    if isinstance(below, V3Object):
                        found[f"{own}.{below.names.get('id')}"] = input_type(machine, below)
    return found
