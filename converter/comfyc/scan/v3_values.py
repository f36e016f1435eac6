"""The objects of ComfyUI's V3 API as values: types such as ``io.Int``, and what is made with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from comfyc.scan.machine import Machine
from comfyc.scan.values import (
    UNKNOWN,
    Native,
    PyClass,
    PyList,
    RaisedError,
    Value,
)

COMMON = "id display_name optional tooltip lazy extra_dict raw_link advanced"
"""The parameters of an input without a widget, in order."""
_START = "id display_name optional tooltip lazy"
WIDGET = f"{_START} default socketless widget_type force_input extra_dict raw_link advanced"
OUTPUT = "id display_name tooltip is_output_list"


@dataclass(frozen=True, slots=True)
class V3Widget:
    """How an input of a type is written: its parameters in order, and the keys of its JSON with the parameter
    that each holds, after those that all inputs have."""

    parameters: str
    shown: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[str, Value], ...] = ()


@dataclass(eq=False, slots=True)
class V3Object:
    """An input, output, template, option, schema, hidden input or member of an enumeration.

    ``kind`` says which; ``of`` is the type that it belongs to.
    """

    kind: str
    names: dict[str, Value]
    of: V3Type | None = None

    def attribute(self, machine: Machine, name: str) -> Value:
        """An attribute of the object."""
        if name in self.names:
            return self.names[name]
        if name == "io_type":
            return self.of.io_type if self.of is not None else UNKNOWN
        if name == "get_io_type":
            return Native(
                name, lambda _, __, ___: self.names.get("widget_type") or (self.of and self.of.io_type)
            )
        if name == "Parent":
            return self.of
        return None if self.kind in ("input", "output", "schema") else UNKNOWN

    def copied(self, machine: Machine, depth: int) -> V3Object:
        """A copy for ``copy.copy`` and ``copy.deepcopy``."""
        return replace(self, names=dict(self.names))


@dataclass(eq=False, slots=True)
class V3Class:
    """``io.Int.Input``, ``io.Schema``, ``io.Autogrow.TemplatePrefix``: what makes a :class:`V3Object`."""

    kind: str
    parameters: tuple[str, ...]
    defaults: dict[str, Value] = field(default_factory=dict)
    of: V3Type | None = None

    def attribute(self, machine: Machine, name: str) -> Value:
        """Classes have no attributes that packs need, but for their type."""
        if name == "Parent":
            return self.of
        return (self.of.io_type if self.of else UNKNOWN) if name == "io_type" else UNKNOWN

    def called(self, machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> V3Object:
        """The object of these arguments."""
        names = {
            name: PyList(value) if isinstance(value, PyList) else value
            for name, value in self.defaults.items()
        }
        names.update(zip(self.parameters, arguments, strict=False))
        names.update(keywords)
        return V3Object(self.kind, names, self.of)


@dataclass(eq=False, slots=True)
class V3Type:
    """``io.Int``, or ``io.Custom("X")``: a type of values on links."""

    name: str
    io_type: str
    widget: V3Widget = V3Widget(COMMON)

    def attribute(self, machine: Machine, name: str) -> Value:
        """The classes of the type's inputs and outputs, and its name."""
        if name == "Input":
            return V3Class("input", tuple(self.widget.parameters.split()), dict(self.widget.defaults), self)
        if name == "Output":
            extra = {
                "MatchType": f"template {OUTPUT}",
                "Combo": "id display_name options tooltip is_output_list",
            }
            return V3Class("output", tuple(extra.get(self.name, OUTPUT).split()), {}, self)
        if name == "io_type":
            return self.io_type
        if name == "__name__":
            return self.name
        made = CLASSES.get(f"{self.name}.{name}")
        return UNKNOWN if made is None else made

    def called(self, machine: Machine, _: list[Value], __: dict[str, Value]) -> V3Type:
        """``io.Image()``, which counts as the type."""
        return self


def _make(kind: str, parameters: str, **defaults: Value) -> V3Class:
    return V3Class(kind, tuple(parameters.split()), defaults)


CLASSES: dict[str, V3Class] = {
    "Schema": _make(
        "schema",
        "node_id display_name category inputs outputs hidden description search_aliases is_input_list "
        "is_output_node is_deprecated is_experimental is_dev_only is_api_node price_badge not_idempotent "
        "enable_expand accept_all_inputs essentials_category has_intermediate_output",
        category="sd",
        description="",
        inputs=PyList(),
        outputs=PyList(),
        hidden=PyList(),
        search_aliases=PyList(),
        is_input_list=False,
        is_output_node=False,
        is_deprecated=False,
        is_experimental=False,
        is_dev_only=False,
        is_api_node=False,
        has_intermediate_output=False,
    ),
    "MatchType.Template": _make("match template", "template_id allowed_types"),
    "Autogrow.TemplatePrefix": _make("grow prefix", "input prefix min max", min=1, max=10),
    "Autogrow.TemplateNames": _make("grow names", "input names min", min=1),
    "DynamicCombo.Option": _make("option", "key inputs"),
    "RemoteOptions": _make(
        "remote",
        "route refresh_button control_after_refresh timeout max_retries refresh",
        control_after_refresh="first",
    ),
    "PriceBadge": _make("badge", "expr depends_on engine", engine="jsonata"),
    "PriceBadgeDepends": _make(
        "badge depends",
        "widgets inputs input_groups",
        widgets=PyList(),
        inputs=PyList(),
        input_groups=PyList(),
    ),
    "Input": V3Class("input", tuple(COMMON.split())),
    "WidgetInput": V3Class("input", tuple(WIDGET.split())),
    "Output": V3Class("output", tuple(OUTPUT.split())),
    "NodeOutput": _make("node output", ""),
}
"""The classes of the API that belong to no type."""


def _base(name: str, **names: Value) -> PyClass:
    made = PyClass(name, None, (), dict(names))
    made.order = (made,)
    return made


def _schema_of(machine: Machine, _: list[Value], __: dict[str, Value]) -> Value:
    raise RaisedError(NotImplementedError)


NODE_BASE = _base("ComfyNode", define_schema=Native("define_schema", _schema_of))
"""``io.ComfyNode``."""
EXTENSION_BASE = _base("ComfyExtension", on_load=Native("on_load", lambda _, __, ___: None))
"""``ComfyExtension``."""


def enumeration(name: str, **members: str) -> PyClass:
    """One of the API's enumerations of texts."""
    made = _base(name)
    for key, value in members.items():
        made.names[key] = V3Object("member", {"name": key, "value": value})
    return made
