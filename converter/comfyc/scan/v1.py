"""The entry of a V1 node: a class with ``INPUT_TYPES``, ``RETURN_TYPES`` and the like.

Source: ``node_info`` in server.py of ComfyUI 0.33.0.
"""

from __future__ import annotations

from typing import Any

from comfyc.scan.machine import Machine
from comfyc.scan.operators import truth
from comfyc.scan.plain import Notes, UnknownValueError, choices, key_text, plain
from comfyc.scan.v3_values import V3Type
from comfyc.scan.values import (
    UNKNOWN,
    Bound,
    Function,
    Instance,
    PyClass,
    PyDict,
    PyList,
    PySet,
    RaisedError,
    Value,
    is_open,
    is_unknown,
    native,
)

_OTHERS = "options_of"


class UnreadableError(Exception):
    """No entry can be made of a class; the message says why."""


def v1_entry(
    machine: Machine, name: str, kind: PyClass, display: Value, module: str
) -> tuple[dict[str, Any], Notes]:
    """The entry of a class; ``UnreadableError`` if its inputs cannot be read at all."""
    notes = Notes()
    inputs = _inputs(machine, notes, kind)
    output = _outputs(machine, notes, kind)
    entry: dict[str, Any] = {
        "input": inputs,
        "input_order": {section: list(names) for section, names in inputs.items()},
        "is_input_list": _flag(machine, kind, "INPUT_IS_LIST"),
        "output": output,
        "output_is_list": _list(machine, notes, kind, "OUTPUT_IS_LIST", [False] * len(output)),
        "output_name": _list(machine, notes, kind, "RETURN_NAMES", output),
        "name": name,
        "display_name": _text(notes, display, name, "display_name"),
        "description": _text(notes, machine.get(kind, "DESCRIPTION", ""), "", "description"),
        "python_module": module,
        "category": _text(notes, machine.get(kind, "CATEGORY", "sd"), "sd", "category"),
        "output_node": _flag(machine, kind, "OUTPUT_NODE"),
        "has_intermediate_output": _flag(machine, kind, "HAS_INTERMEDIATE_OUTPUT"),
    }
    for key, attribute in (
        ("output_tooltips", "OUTPUT_TOOLTIPS"),
        ("essentials_category", "ESSENTIALS_CATEGORY"),
    ):
        _optional(machine, entry, key, kind, attribute)
    for key in ("deprecated", "experimental", "dev_only"):
        if truth(machine.get(kind, key.upper(), False)) is True:
            entry[key] = True
    _optional(machine, entry, "api_node", kind, "API_NODE")
    entry["search_aliases"] = []
    _optional(machine, entry, "search_aliases", kind, "SEARCH_ALIASES")
    return entry, notes


def _flag(machine: Machine, kind: PyClass, name: str) -> bool:
    return truth(machine.get(kind, name, False)) is True


def _optional(machine: Machine, entry: dict[str, Any], key: str, kind: PyClass, name: str) -> None:
    value = machine.get(kind, name, UNKNOWN)
    if not is_unknown(value):
        try:
            entry[key] = plain(Notes(), value)
        except UnknownValueError:
            return


def _text(notes: Notes, value: Value, default: str, part: str) -> str:
    try:
        known = plain(notes, value)
    except UnknownValueError:
        notes.add("*", part)
        return default
    return known if isinstance(known, str) else default


def _outputs(machine: Machine, notes: Notes, kind: PyClass) -> list[Any]:
    value = machine.get(kind, "RETURN_TYPES")
    if is_unknown(value):
        notes.add("*", "outputs")
    members = list(native(value)) if isinstance(native(value), (tuple, PyList, str)) else []
    if is_open(value):
        notes.add("*", "outputs")
    output: list[Any] = []
    for one in members:
        shown = _type(machine, notes, f"*output {len(output)}", one)
        if shown is None:
            notes.add("*", "outputs")
        output.append("*" if shown is None else shown)
    for name in [name for name in notes.unknown if name.startswith("*output ")]:
        del notes.unknown[name]
        notes.add("*", "options")
    return output


def _list(machine: Machine, notes: Notes, kind: PyClass, name: str, default: list[Any]) -> list[Any]:
    value = machine.get(kind, name, None)
    if value is None or is_unknown(value):
        return default
    try:
        known = plain(notes, value)
    except UnknownValueError:
        notes.add("*", "outputs")
        return default
    return known if isinstance(known, list) else list(known) if isinstance(known, str) else default


def _inputs(machine: Machine, notes: Notes, kind: PyClass) -> dict[str, Any]:
    value = native(_called(machine, kind))
    if not isinstance(value, PyDict):
        raise UnreadableError("what INPUT_TYPES returns is not known")
    if value.is_open:
        notes.add("*", "inputs")
    sections: dict[str, Any] = {}
    for section, members in value.items():
        members = native(members)
        if not isinstance(section, str):
            continue
        if not isinstance(members, PyDict):
            if members is not None:
                notes.add("*", "inputs")
            sections[section] = {}
            continue
        if members.is_open:
            notes.add("*", "inputs")
        sections[section] = _section(machine, notes, section, members)
    return sections


def _called(machine: Machine, kind: PyClass) -> Value:
    """What ``INPUT_TYPES()`` returns."""
    try:
        function = machine.attribute(kind, "INPUT_TYPES")
        if isinstance(function, (Function, Instance, Bound)) or callable(getattr(function, "call", None)):
            if isinstance(function, Function) and function.kind == "" and function.node.args.args:
                return machine.call(function, kind)
            return machine.call(function)
    except RaisedError as error:
        raise UnreadableError(f"INPUT_TYPES raises {error}") from None
    return function


def _section(machine: Machine, notes: Notes, section: str, members: PyDict) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, spec in members.items():
        try:
            name = key_text(key)
        except UnknownValueError:
            notes.add("*", "inputs")
            continue
        if section == "hidden":
            made[name] = _hidden(notes, name, spec)
        else:
            made[name] = _spec(machine, notes, name, spec)
    return made


def _hidden(notes: Notes, name: str, spec: Value) -> Any:
    """A hidden input; some nodes hide lists of choices there."""
    spec = native(spec)
    if isinstance(spec, tuple) and spec and isinstance(spec[0], PyList):
        return [choices(notes, name, spec[0]), *(_other(notes, name, one) for one in spec[1:])]
    try:
        return plain(notes, spec)
    except UnknownValueError:
        notes.add(name, "type" if is_unknown(spec) else "options")
        return None


def _spec(machine: Machine, notes: Notes, name: str, spec: Value) -> list[Any]:
    """An input as ``[type]`` or ``[type, options]``."""
    spec = native(spec)
    if isinstance(spec, str):
        return list(spec) if len(spec) == 1 else [spec]
    if not isinstance(spec, (tuple, PyList)) or not spec:
        notes.add(name, "type")
        return ["*", {}]
    shown = _type(machine, notes, name, spec[0])
    if shown is None:
        notes.add(name, "type")
        shown = "*"
    made: list[Any] = [shown]
    for one in spec[1:]:
        one = native(one)
        made.append(_settings(notes, name, one) if isinstance(one, PyDict) else _other(notes, name, one))
    return made


def _other(notes: Notes, name: str, value: Value) -> Any:
    try:
        return plain(notes, value)
    except UnknownValueError:
        notes.add(name, "settings")
        return {}


def _type(machine: Machine, notes: Notes, name: str, value: Value) -> Any:
    """The type of an input or output: a text, or a list of choices; None if it is not known."""
    value = native(value)
    if isinstance(value, V3Type):
        return value.io_type
    if isinstance(value, str):
        return value
    if isinstance(value, Instance) and value.kind.is_enum:
        value = value.names.get("value")
        return value if isinstance(value, str) else None
    if isinstance(value, PyClass) and value.is_enum:
        value = PyList(one.names["value"] for one in machine.members(value))
    if isinstance(value, (PyList, tuple, PySet, PyDict)):
        return choices(notes, name, value)
    return None


def _settings(notes: Notes, name: str, settings: PyDict) -> dict[str, Any]:
    """The options of an input. Those that are not known are left out, and noted."""
    made: dict[str, Any] = {}
    if settings.is_open:
        notes.add(name, "settings")
    for key, value in settings.items():
        try:
            text = key_text(key)
        except UnknownValueError:
            notes.add(name, "settings")
            continue
        if text in ("options", "values") and isinstance(value, (PyList, tuple)):
            made[text] = choices(notes, name, value)
            continue
        try:
            made[text] = plain(notes, value)
        except UnknownValueError:
            notes.add(name, text)
    return made
