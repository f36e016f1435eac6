"""The inputs of a V3 schema as the sections of an entry.

Source: ``create_input_dict_v1`` and ``as_dict`` of all inputs, comfy_api/latest/_io.py of ComfyUI 0.33.0.
"""

from __future__ import annotations

from typing import Any

from comfyc.scan.limits import MAX_ENTRY_DEPTH, OutOfFuelError
from comfyc.scan.machine import Machine
from comfyc.scan.operators import truth
from comfyc.scan.plain import Notes, UnknownValueError, choices, plain
from comfyc.scan.v3_values import V3Object, V3Type
from comfyc.scan.values import Instance, PyClass, PyDict, PyList, Value, is_open, is_unknown

_COMMON = (
    ("display_name", "display_name"),
    ("tooltip", "tooltip"),
    ("lazy", "lazy"),
    ("rawLink", "raw_link"),
    ("advanced", "advanced"),
)
_WIDGET = (
    ("default", "default"),
    ("socketless", "socketless"),
    ("widgetType", "widget_type"),
    ("forceInput", "force_input"),
)


def type_text(kind: V3Type | None) -> str | None:
    """The name of a type on links; None if it is not known."""
    return kind.io_type if kind is not None and isinstance(kind.io_type, str) else None


def sections(
    machine: Machine, notes: Notes, inputs: Value, owner: str = "", depth: int = 0
) -> dict[str, Any]:
    """The sections of a list of inputs. ``owner`` is the input that they belong to, for the notes."""
    if depth > MAX_ENTRY_DEPTH:
        raise OutOfFuelError
    made: dict[str, Any] = {"required": {}}
    if is_unknown(inputs) or (inputs is not None and is_open(inputs)):
        notes.add(owner or "*", "inputs")
    for one in inputs if isinstance(inputs, (PyList, tuple)) else ():
        _add(machine, notes, one, made, owner, depth)
    return made


def _add(machine: Machine, notes: Notes, one: Value, made: dict[str, Any], owner: str, depth: int) -> None:
    if not isinstance(one, V3Object) or one.kind != "input":
        notes.add(owner or "*", "inputs")
        return
    identity = _identity(one)
    if not isinstance(identity, str):
        notes.add(owner or "*", "inputs")
        return
    name = owner or identity
    io_type = input_type(machine, one)
    if io_type is None:
        notes.add(name, "type")
        io_type = "*"
    settings = as_dict(machine, notes, name, one, depth)
    section = "optional" if _is_optional(one) else "required"
    made.setdefault(section, {})[identity] = [io_type, settings]


def _identity(one: V3Object) -> Value:
    """The name of an input; a MultiType may have another input instead of its name."""
    own = one.names.get("id", one.names.get("slot"))
    return own.names.get("id") if isinstance(own, V3Object) else own


def _is_optional(one: V3Object) -> bool:
    own = one.names.get("id")
    if isinstance(own, V3Object) and truth(own.names.get("optional")) is True:
        return True
    return "slot" in one.names or truth(one.names.get("optional")) is True


def input_type(machine: Machine, one: V3Object) -> str | None:
    """The type of an input, as ``get_io_type`` has it; None if it is not known."""
    if one.of is not None and one.of.name == "MultiType":
        own = one.names.get("id")
        texts = [input_type(machine, own)] if isinstance(own, V3Object) else []
        types = one.names.get("types")
        texts += [_type_of(kind) for kind in (types if isinstance(types, (PyList, tuple)) else ())]
        known = [text for text in texts if text is not None]
        return ",".join(dict.fromkeys(known)) if known and len(known) == len(texts) else None
    own_type = one.names.get("widget_type")
    return own_type if isinstance(own_type, str) else type_text(one.of)


def _type_of(kind: Value) -> str | None:
    kind = kind.of if isinstance(kind, V3Object) else kind
    return type_text(kind) if isinstance(kind, V3Type) else None


def _has_widget(one: V3Object) -> bool:
    return one.of is not None and "socketless" in one.of.widget.parameters


def as_dict(machine: Machine, notes: Notes, name: str, one: V3Object, depth: int) -> dict[str, Any]:
    """The options of an input, without those that are None. What is not known is left out, and noted."""
    made: dict[str, Any] = {}
    own = one.names.get("id")
    if isinstance(own, V3Object):
        made.update(as_dict(machine, notes, name, own, depth + 1))
        if _has_widget(own):
            made["widgetType"] = input_type(machine, own)
    for key, parameter in _COMMON:
        _put(notes, name, made, key, one.names.get(parameter))
    _put_extra(notes, name, made, one.names.get("extra_dict"))
    if one.of is None:
        return made
    if _has_widget(one):
        for key, parameter in _WIDGET:
            _put(notes, name, made, key, one.names.get(parameter))
    for key, parameter in one.of.widget.shown:
        special = _SPECIAL.get(key)
        if special is not None:
            special(machine, notes, name, one, made, depth)
        else:
            _put(notes, name, made, key, one.names.get(parameter))
    if one.of.name == "Curve" and isinstance(made.get("default"), list):
        made["default"] = {"points": made["default"], "interpolation": "monotone_cubic"}
    return made


def _put(notes: Notes, name: str, made: dict[str, Any], key: str, value: Value) -> None:
    try:
        known = plain(notes, value)
    except UnknownValueError:
        notes.add(name, key)
        return
    if known is not None:
        made[key] = known


def _put_extra(notes: Notes, name: str, made: dict[str, Any], extra: Value) -> None:
    if isinstance(extra, dict):
        for key, value in extra.items():
            if isinstance(key, str):
                _put(notes, name, made, key, value)
    elif is_unknown(extra):
        notes.add(name, "settings")


def _options(
    machine: Machine, notes: Notes, name: str, one: V3Object, made: dict[str, Any], depth: int
) -> None:
    options = one.names.get("options")
    if one.of is not None and one.of.io_type == "COMFY_DYNAMICCOMBO_V3":
        made["options"] = _dynamic(machine, notes, name, options, depth)
    elif isinstance(options, PyClass) and options.is_enum:
        made["options"] = [plain(notes, member) for member in machine.members(options)]
    elif options is not None:
        made["options"] = choices(notes, name, options)


def _dynamic(machine: Machine, notes: Notes, name: str, options: Value, depth: int) -> list[Any]:
    if not isinstance(options, (PyList, tuple)) or is_open(options):
        notes.add(name, "options")
    made: list[Any] = []
    for option in options if isinstance(options, (PyList, tuple)) else ():
        if isinstance(option, PyDict):
            made.append(plain(notes, option))
            continue
        if not isinstance(option, V3Object):
            notes.add(name, "options")
            continue
        key = option.names.get("key")
        shown = plain(notes, key) if isinstance(key, (str, Instance, V3Object)) else None
        if shown is None:
            notes.add(name, "options")
        else:
            nested = sections(machine, notes, option.names.get("inputs"), name, depth + 1)
            made.append({"key": shown, "inputs": nested})
    return made


def _upload(_: Machine, notes: Notes, name: str, one: V3Object, made: dict[str, Any], __: int) -> None:
    upload = one.names.get("upload")
    if isinstance(upload, V3Object):
        made[str(upload.names.get("value"))] = True
    elif upload is not None:
        notes.add(name, "settings")


def _remote(_: Machine, notes: Notes, name: str, one: V3Object, made: dict[str, Any], __: int) -> None:
    remote = one.names.get("remote")
    if isinstance(remote, V3Object):
        shown: dict[str, Any] = {}
        for key in ("route", "refresh_button", "control_after_refresh", "timeout", "max_retries", "refresh"):
            _put(notes, name, shown, key, remote.names.get(key))
        made["remote"] = shown


def _multi_select(_: Machine, notes: Notes, name: str, one: V3Object, made: dict[str, Any], __: int) -> None:
    shown: dict[str, Any] = {}
    for key in ("placeholder", "chip"):
        _put(notes, name, shown, key, one.names.get(key))
    made["multi_select"] = shown


def _template(
    machine: Machine, notes: Notes, name: str, one: V3Object, made: dict[str, Any], depth: int
) -> None:
    template = one.names.get("template")
    if isinstance(template, PyDict):
        made["template"] = plain(notes, template)
    elif not isinstance(template, V3Object):
        notes.add(name, "template")
    elif template.kind == "match template":
        allowed = template.names.get("allowed_types")
        kinds = allowed if isinstance(allowed, (PyList, tuple)) else ["*"] if allowed is None else [allowed]
        texts = [kind if isinstance(kind, str) else _type_of(kind) or "*" for kind in kinds]
        made["template"] = {
            "template_id": template.names.get("template_id"),
            "allowed_types": ",".join(texts),
        }
    else:
        made["template"] = _growing(machine, notes, name, template, depth)


def _growing(machine: Machine, notes: Notes, name: str, template: V3Object, depth: int) -> dict[str, Any]:
    one = template.names.get("input")
    if isinstance(one, V3Object) and _has_widget(one):
        one = V3Object(one.kind, {**one.names, "force_input": True}, one.of)
    shown: dict[str, Any] = {"input": sections(machine, notes, PyList([one]), name, depth + 1)}
    for key in ("prefix", "min", "max") if template.kind == "grow prefix" else ("names", "min"):
        _put(notes, name, shown, key, template.names.get(key))
    if isinstance(shown.get("names"), list):
        shown["names"] = shown["names"][:100]
    return shown


def _slot_type(
    machine: Machine, notes: Notes, name: str, one: V3Object, made: dict[str, Any], _: int
) -> None:
    slot = one.names.get("slot")
    if isinstance(slot, V3Object):
        made["slotType"] = input_type(machine, slot)
        if _has_widget(slot):
            one.names["force_input"] = True


def _inputs(
    machine: Machine, notes: Notes, name: str, one: V3Object, made: dict[str, Any], depth: int
) -> None:
    made["inputs"] = sections(machine, notes, one.names.get("inputs"), name, depth + 1)


_SPECIAL = {
    "options": _options,
    "upload": _upload,
    "remote": _remote,
    "multi_select": _multi_select,
    "template": _template,
    "slotType": _slot_type,
    "inputs": _inputs,
}
"""The options that are not written as they are."""
