"""The values that a document holds: those of widgets, with what their node types say of them.

A value is found wherever the editor would look for it: in a node, a subgraph node, a PrimitiveNode, whether
it runs or not. Values that the editor does not read are found as well: of nodes of unknown types, of
subgraphs that nothing uses, of widgets that are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.api import Conversion
from comfyc.catalog.core_types import PRIMITIVE
from comfyc.catalog.specs import InputSpec, input_named
from comfyc.diagnostics import Pointer
from comfyc.documents import is_workflow, value_at
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.promoted.ends import innermost
from comfyc.graph import ABSENT
from comfyc.interface.tracing import live_nodes

_VALUES = ("widgets_values", "widgets_values_named")


@dataclass(frozen=True, slots=True)
class SavedValue:
    """A value in a document. ``node`` is the id of its node in its graph and ``type`` the node's class;
    ``name`` is that of the input, "" if it is not known. ``spec`` is the definition of the input, None if the
    catalogue has none."""

    pointer: Pointer
    node: str
    type: str
    name: str
    value: Any
    spec: InputSpec | None = None


def saved_values(document: Any, conversion: Conversion) -> Iterator[SavedValue]:
    """The values of a workflow or prompt, of which ``conversion`` is the conversion."""
    if not is_workflow(document):
        yield from _of_prompt(document, conversion)
        return
    seen: set[Pointer] = set()
    for live in live_nodes(conversion.editor):
        for one in (*_own(live, conversion), *_promoted(live, conversion)):
            value = value_at(document, one.pointer, ABSENT)
            if value is not ABSENT and one.pointer not in seen:
                seen.add(one.pointer)
                yield SavedValue(one.pointer, one.node, one.type, one.name, value, one.spec)
    for pointer, node in nodes_in(document):
        for key in _VALUES:
            for inner, value in leaves(node.get(key), (*pointer, key)):
                if inner not in seen:
                    name = inner[-1] if isinstance(inner[-1], str) else ""
                    yield SavedValue(inner, str(node.get("id")), str(node.get("type")), name, value)


def _of_prompt(document: Any, conversion: Conversion) -> Iterator[SavedValue]:
    for ident, node in document.items():
        inputs = node.get("inputs") if isinstance(node, dict) else None
        if not isinstance(inputs, dict):
            continue
        kind = str(node.get("class_type"))
        for name, value in inputs.items():
            spec = _spec(conversion, kind, name, inputs)
            yield SavedValue((ident, "inputs", name), ident, kind, name, value, spec)


def _own(live: LiveNode, conversion: Conversion) -> Iterator[SavedValue]:
    """The values of a node's own widgets."""
    kind = live.file.type if isinstance(live.file.type, str) else ""
    values = {widget.name: widget.value for widget in live.widgets}
    for widget in live.widgets:
        at = widget.saved_at
        if at is None:
            continue
        pointer = at if isinstance(at, tuple) else (*live.file.pointer, "widgets_values", at)
        spec = _spec(conversion, live.type, widget.name, values)
        if kind == PRIMITIVE and widget.name == "value":
            spec = _of_primitive(live)
        yield SavedValue(pointer, live.id, kind, widget.name, None, spec)


def _of_primitive(live: LiveNode) -> InputSpec | None:
    """What a PrimitiveNode's output says of the inputs that it is linked to."""
    output = value_at(live.file.raw, ("outputs", 0), {})
    name = value_at(output, ("widget", "name"))
    kind = value_at(output, ("type",))
    return InputSpec(name, kind, False, {}) if isinstance(name, str) and isinstance(kind, str) else None


def _promoted(live: LiveNode, conversion: Conversion) -> Iterator[SavedValue]:
    """The values that a subgraph node holds."""
    for slot in live.inputs:
        if slot.promoted is None:
            continue
        node, inner = innermost(live, slot)
        values = {widget.name: widget.value for widget in node.widgets}
        spec = _spec(conversion, node.type, inner.widget or inner.name, values)
        yield SavedValue(slot.promoted.pointer, live.id, str(live.file.type), slot.name, None, spec)


def _spec(conversion: Conversion, kind: str | None, name: str, values: Mapping[str, Any]) -> InputSpec | None:
    info = conversion.catalog.info(kind) if conversion.catalog is not None and kind is not None else None
    return None if info is None else input_named(info, name, values)


def nodes_in(document: Any) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """All nodes of a workflow as the file has them: of subgraphs and of group nodes, too."""
    graphs: list[Pointer] = [()]
    subgraphs = value_at(document, ("definitions", "subgraphs"))
    graphs += [("definitions", "subgraphs", at) for at, _ in enumerate(_list(subgraphs))]
    groups = value_at(document, ("extra", "groupNodes"))
    graphs += [("extra", "groupNodes", name) for name in (groups if isinstance(groups, dict) else ())]
    for graph in graphs:
        for at, node in enumerate(_list(value_at(document, (*graph, "nodes")))):
            if isinstance(node, dict):
                yield (*graph, "nodes", at), node


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def leaves(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    """What is neither a list nor an object in a value, with the pointers to it, in the order of the text."""
    waiting: list[tuple[Pointer, Any]] = [(pointer, value)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*pointer, key), item) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [((*pointer, at), item) for at, item in reversed(list(enumerate(value)))]
        else:
            yield pointer, value
