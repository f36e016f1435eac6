"""ComfyUI's own node classes as the source of a pack sees them, from the catalogue of the core."""

from __future__ import annotations

from typing import Any

from comfyc.catalog import Catalog
from comfyc.scan.machine import Machine
from comfyc.scan.v3_values import COMMON, NODE_BASE, V3Object, V3Type, V3Widget
from comfyc.scan.values import Native, PyClass, PyDict, PyList, RaisedError, Unknown, Value


def sampler_names(core: Catalog) -> list[str]:
    """The samplers of KSampler."""
    return _choices(core, "KSampler", "sampler_name")


def scheduler_names(core: Catalog) -> list[str]:
    """The schedulers of KSampler."""
    return _choices(core, "KSampler", "scheduler")


def _choices(core: Catalog, node_type: str, name: str) -> list[str]:
    info = core.info(node_type) or {}
    spec = info.get("input", {}).get("required", {}).get(name, [[]])
    found = spec[0] if isinstance(spec[0], list) else spec[1].get("options", [])
    return [one for one in found if isinstance(one, str)]


def core_class(core: Catalog, name: str) -> PyClass | None:
    """The class that ``nodes.X`` or ``comfy_extras.nodes_x.X`` is, if a core node type has its name."""
    module, _, last = name.rpartition(".")
    info = core.info(last) if module.startswith(("nodes", "comfy_extras")) and last[:1].isupper() else None
    return None if info is None else _class_of(last, info)


def _class_of(name: str, info: dict[str, Any]) -> PyClass:
    """A class with the attributes that a core node's entry tells: V3 if the entry is one of a schema."""
    if "output_matchtypes" in info:
        names: dict[str, Value] = {
            "define_schema": Native("define_schema", lambda _, __, ___: schema_from(info))
        }
        made = PyClass(name, None, (NODE_BASE,), names)
        made.order = (made, NODE_BASE)
        return made
    names = {
        "INPUT_TYPES": Native("INPUT_TYPES", lambda _, __, ___: _inputs(info)),
        "RETURN_TYPES": tuple(_value(one) for one in info.get("output", ())),
        "RETURN_NAMES": tuple(info.get("output_name") or ()),
        "OUTPUT_NODE": info.get("output_node") is True,
        "CATEGORY": info.get("category"),
        "DESCRIPTION": info.get("description") or "",
        "FUNCTION": Unknown(f"nodes.{name}.FUNCTION"),
    }
    if names["RETURN_NAMES"] == names["RETURN_TYPES"]:
        del names["RETURN_NAMES"]
    if any(info.get("output_is_list") or ()):
        names["OUTPUT_IS_LIST"] = tuple(info["output_is_list"])
    if info.get("is_input_list") is True:
        names["INPUT_IS_LIST"] = True
    names.update(_lists_of(info))
    made = PyClass(name, None, (), names)
    made.order = (made, Unknown(f"core.{name}"))
    return made


def _lists_of(info: dict[str, Any]) -> dict[str, Value]:
    """The lists that a class keeps for its inputs: ``upscale_methods`` for ``upscale_method``,
    ``crop_methods`` for ``crop``."""
    found: dict[str, Value] = {}
    for name, spec in info.get("input", {}).get("required", {}).items():
        if isinstance(spec, list) and spec and isinstance(spec[0], list) and spec[0]:
            found[f"{name}s"] = found[f"{name}_methods"] = PyList(spec[0])
    return found


def schema_from(info: dict[str, Any]) -> V3Object:
    """The schema of a V3 node of the core, new at each call, from its entry."""
    inputs = PyList()
    for section, members in info.get("input", {}).items():
        if section in ("required", "optional"):
            inputs.extend(_input_from(name, spec, section == "optional") for name, spec in members.items())
    outputs = PyList()
    for at, kind in enumerate(info.get("output", ())):
        fields = {"display_name": info["output_name"][at], "is_output_list": info["output_is_list"][at]}
        outputs.append(V3Object("output", fields, V3Type(str(kind), str(kind))))
    hidden = info.get("input", {}).get("hidden", {})
    names = {
        "node_id": info.get("name"),
        "display_name": info.get("display_name"),
        "category": info.get("category"),
        "description": info.get("description") or "",
        "inputs": inputs,
        "outputs": outputs,
        "hidden": PyList(V3Object("member", {"name": name, "value": one[0]}) for name, one in hidden.items()),
        "is_input_list": info.get("is_input_list") is True,
        "is_output_node": info.get("output_node") is True,
        "is_deprecated": info.get("deprecated") is True,
        "is_experimental": info.get("experimental") is True,
    }
    return V3Object("schema", names)


def _input_from(name: str, spec: list[Any], is_optional: bool) -> V3Object:
    """An input of a schema, whose settings are written as the entry has them."""
    settings = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
    kind = V3Type(str(spec[0]), str(spec[0]), V3Widget(COMMON, tuple((key, key) for key in settings)))
    fields = {key: _value(value) for key, value in settings.items()}
    if fields.get("options") == []:
        fields["options"] = PyList(is_open=True)
    return V3Object("input", {**fields, "id": name, "optional": is_optional}, kind)


def _inputs(info: dict[str, Any]) -> PyDict:
    """The result of ``INPUT_TYPES()``: new at each call, because packs change it."""
    sections = PyDict()
    for section, inputs in info.get("input", {}).items():
        made = PyDict()
        for name, spec in inputs.items():
            made[name] = tuple(_value(one) for one in spec) if isinstance(spec, list) else spec
            if isinstance(spec, list) and spec and spec[0] == []:
                made[name] = (PyList(is_open=True), *made[name][1:])
        sections[section] = made
    return sections


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        return PyDict({key: _value(one) for key, one in value.items()})
    return PyList([_value(one) for one in value]) if isinstance(value, list) else value


class CoreMappings(PyDict):
    """``nodes.NODE_CLASS_MAPPINGS``: the core's node types, made as they are asked for, and others."""

    __slots__ = ("core",)

    def __init__(self, core: Catalog) -> None:
        super().__init__(is_open=True)
        self.core = core

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (isinstance(key, str) and self.core.info(key) is not None)

    def __getitem__(self, key: Value) -> Value:
        if not super().__contains__(key):
            info = self.core.info(key) if isinstance(key, str) else None
            if info is None:
                raise RaisedError(KeyError)
            self[key] = _class_of(key, info)
        return super().__getitem__(key)


def core_mappings(machine: Machine) -> PyDict:
    """``nodes.NODE_CLASS_MAPPINGS`` as a pack sees it."""
    return CoreMappings(machine.core)
