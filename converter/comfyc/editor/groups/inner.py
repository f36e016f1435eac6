"""Definitions of the nodes inside a legacy group node.

Source: ``extensions/core/groupNode.ts`` (GroupNodeConfig.getNodeDef), frontend 1.58.1. Most definitions come
from object_info. Those of PrimitiveNodes and Reroutes follow from the nodes that they are linked with; other
editor-only nodes have none.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.core_types import PRIMITIVE, REROUTE
from comfyc.catalog.specs import extended_inputs
from comfyc.editor.groups.data import GroupData, GroupLink
from comfyc.editor.loading.numbers import combine_numbers
from comfyc.javascript.values import key_order, text, truthy

UNNAMED = "value "
"""The beginning of the made-up names of values that the file does not name."""
_ANY_VALUE = "COMBO"


@dataclass(slots=True)
class Definition:
    """Input definitions by name, as object_info has them, and output types."""

    inputs: dict[str, Any]
    outputs: list[Any]


class InnerTypes:
    """The definitions of the inner nodes of one group.

    ``leaving`` and ``arriving`` are the links between the nodes, by node and slot; ``primitives`` are the
    definitions of the PrimitiveNodes so far, which take over options from the inputs that they feed.
    """

    def __init__(self, data: GroupData, catalog: Catalog, unknown: Container[str] = frozenset()) -> None:
        self.data = data
        self.catalog = catalog
        self.unknown = unknown
        self.primitives: dict[int, list[Any]] = {}
        self.leaving: dict[int, dict[int, list[GroupLink]]] = {}
        self.arriving: dict[int, dict[int, GroupLink]] = {}
        for link in data.links:
            if link.origin is not None:
                self.leaving.setdefault(link.origin, {}).setdefault(link.slot, []).append(link)
                self.arriving.setdefault(link.target, {})[link.target_slot] = link

    def definition(self, index: int) -> Definition | None:
        """The definition of an inner node, None for one that adds nothing to the group's type."""
        kind = self.data.kind(index)
        info = self.catalog.info(kind)
        if info is not None:
            inputs = extended_inputs(kind, info)
            outputs = info.get("output")
            inputs = {name: inputs[name] for name in key_order(inputs)}
            return Definition(inputs, outputs if isinstance(outputs, list) else [])
        if kind == PRIMITIVE:
            return self.primitive(index)
        if kind in self.unknown:
            return self.saved(index)
        return self.reroute(index) if kind == REROUTE else None

    def saved(self, index: int) -> Definition:
        """The definition of a node of an unknown type, made from its saved slots and its number of values.

        Values without a name are named by their index and get the type of a combo, which takes any value.
        """
        inputs: dict[str, Any] = {}
        converted = 0
        for item in self.data.inputs[index]:
            name = item.get("name")
            if isinstance(name, str) and name not in inputs:
                is_widget = isinstance(item.get("widget"), dict)
                converted += is_widget
                plain = [text(_slot_type(item.get("type"))), {"forceInput": True}]
                inputs[name] = [_ANY_VALUE, {}] if is_widget else plain
        values = self.data.nodes[index].get("widgets_values")
        count = len(values) if isinstance(values, list) else 0
        for at in range(converted, count):
            inputs[f"{UNNAMED}{at}"] = [_ANY_VALUE, {}]
        outputs = self.data.outputs(index)
        return Definition(inputs, [item.get("type") if isinstance(item, dict) else None for item in outputs])

    def primitive(self, index: int) -> Definition | None:
        leaving = self.leaving.get(index)
        if leaving is None:
            return None
        first = next(iter(leaving.get(0, ())), None)
        kind = _slot_type(first.type) if first is not None else None
        if kind == "COMBO" and first is not None:
            kind = self.combo_type(index, first.target)
        spec: list[Any] = [kind, {}]
        self.primitives[index] = spec
        return Definition({"value": spec}, [kind])

    def combo_type(self, index: int, target: int) -> Any:
        """The type of a PrimitiveNode that feeds a combo; None if the combo's type is a list of options."""
        output = next(iter(self.data.outputs(index)), None)
        widget = output.get("widget") if isinstance(output, dict) else None
        named = isinstance(widget, dict) and truthy(widget.get("name"))
        if not named or not 0 <= target < len(self.data.nodes) or not self.data.kind(target):
            return "COMBO"
        spec = self.widget_spec(target, widget)
        return spec[0] if spec is not None and isinstance(spec[0], str) else None

    def widget_spec(self, index: int, widget: Any) -> list[Any] | None:
        """The definition of the input that a saved slot names as its widget."""
        name = widget.get("name") if isinstance(widget, dict) else None
        kind = self.data.kind(index) if 0 <= index < len(self.data.nodes) else ""
        info = self.catalog.info(kind)
        if info is None or not isinstance(name, str):
            return None
        spec = extended_inputs(kind, info).get(name)
        return spec if isinstance(spec, list) and spec else None

    def reroute(self, index: int) -> Definition | None:
        leaving, arriving = self.leaving.get(index), self.arriving.get(index)
        external = self.data.external.get((index, 0))
        if leaving is not None and arriving is not None and not truthy(external):
            return None  # inside the group only
        kind: Any = "*"
        options: dict[str, Any] = {}
        if leaving is not None:
            for link in leaving.get(0, ()):
                target = self.data.input_at(link.target, link.target_slot)
                if truthy(target.get("type")) and kind == "*":
                    kind = target["type"]
                spec = self.widget_spec(link.target, target.get("widget"))
                options = options if spec is None else _merged(spec, options)
        elif arriving is not None:
            output = self.output_behind(arriving.get(0))
            kind = kind if output is None else output.get("type")
        else:
            piped = (link.type for link in self.data.links if link.target == index)
            kind = next((kind for kind in piped if _slot_type(kind) is not None), "*")
            if kind == "*" and truthy(external):
                kind = external
        name = text(_slot_type(kind))
        return Definition({name: [name, {**options, "forceInput": True}]}, [name])

    def output_behind(self, link: GroupLink | None) -> dict[str, Any] | None:
        """The saved output that a link comes from, None if there is none."""
        if link is None or link.origin is None:
            return None
        outputs = self.data.outputs(link.origin)
        output = outputs[link.slot] if 0 <= link.slot < len(outputs) else None
        return output if isinstance(output, dict) else None


def _merged(spec: list[Any], options: dict[str, Any]) -> dict[str, Any]:
    """The options that a reroute takes over from a number widget that it feeds (``mergeIfValid``)."""
    own = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
    return (combine_numbers(options, own) if spec[0] in ("INT", "FLOAT") else None) or {}


def _slot_type(kind: Any) -> Any:
    """A slot type as text or a number, None for anything else (``slotTypeKey``)."""
    if isinstance(kind, list):
        return ",".join(kind) if all(isinstance(item, str) for item in kind) else None
    return kind if isinstance(kind, (str, int, float)) and not isinstance(kind, bool) else None
