"""What can be set in a workflow or prompt: the inputs of nodes, subgraph nodes and PrimitiveNodes.

The values of a workflow are held by its nodes, as their widgets. A subgraph node holds a value for each
widget that it promotes, and a PrimitiveNode one for the widgets that it is linked to; both override what the
nodes themselves have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from comfyc.api import Conversion, convert_parsed
from comfyc.catalog import Catalog
from comfyc.catalog.core_types import PRIMITIVE
from comfyc.catalog.specs import InputSpec, input_named
from comfyc.diagnostics import Pointer
from comfyc.documents import is_workflow
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.promoted.ends import innermost
from comfyc.given import promoted_pointer, value_pointer_of
from comfyc.graph import ABSENT, Const, Node
from comfyc.interface.labels import label_of
from comfyc.interface.tracing import HostInput, Target, Trace, shared_targets, trace
from comfyc.options import Options
from comfyc.passes.expand import boundary_of


@dataclass(frozen=True, slots=True)
class Setting:
    """One input that can be set.

    ``node`` is the id of its node, as in the prompt; ``title`` that node's title; ``type`` its class, or the
    name of the definition of a subgraph node. ``input`` is the name of the input, and ``label`` what the
    editor shows for it. ``value`` is the present value, in a prompt's form: a link is a list.

    ``spec`` is the input's definition in object_info (that of the innermost widget for a promoted one), None
    if it is not known. ``pointer`` is the JSON pointer of the value in the workflow; for a value that the
    workflow does not have, it ends with the name of the input. ``targets`` are the inputs of the prompt that
    take the value, or would if no link or other setting gave them one. ``link`` names the output that feeds
    the input, "" if none does. ``held_by`` is the input of a subgraph node or PrimitiveNode whose value
    overrides this one, None if there is none.
    """

    node: str
    title: str
    type: str
    input: str
    label: str
    value: Any
    spec: InputSpec | None
    pointer: Pointer
    targets: tuple[Target, ...]
    link: str = ""
    held_by: Target | None = None
    kind: Literal["node", "subgraph", "primitive"] = "node"

    @property
    def path(self) -> str:
        """How ``--set`` names it: ``NODE.INPUT`` with the node's id."""
        return f"{self.node}.{self.input}"


@dataclass(frozen=True)
class Interface:
    """What can be set in a document, and the conversion of the document as it is.

    ``settings`` has the inputs of subgraph nodes first, then those of PrimitiveNodes, and then those of the
    prompt in its order. It is empty if the conversion has errors.
    """

    conversion: Conversion
    settings: tuple[Setting, ...]

    @cached_property
    def by_node(self) -> dict[str, list[Setting]]:
        """The settings of each node, by its id."""
        found: dict[str, list[Setting]] = {}
        for one in self.settings:
            found.setdefault(one.node, []).append(one)
        return found

    def setting(self, node: str, name: str) -> Setting | None:
        """The setting of a node's input, by id and name; None if there is none."""
        return next((one for one in self.by_node.get(node, ()) if one.input == name), None)

    def absent(self, node: str, title: str, kind: str, spec: InputSpec) -> Setting:
        """The setting of an input that the class of a node of the prompt declares (``spec``), and for which
        the prompt has nothing."""
        flat = self.conversion.ir.nodes.get(node)
        name = spec.name
        pointer = _pointer_of(self.conversion, node, name, flat)
        return Setting(node, title, kind, name, name, None, spec, pointer, ((node, name),))


def interface_of(
    document: Any,
    catalog: Catalog | None = None,
    options: Options | None = None,
    *,
    beside: Callable[[], Any] | None = None,
) -> Interface:
    """Convert a parsed document, as :func:`comfyc.api.convert_parsed` does, and find what can be set."""
    return interface_for(convert_parsed(document, catalog, options, beside=beside))


def interface_for(conversion: Conversion) -> Interface:
    """Find what can be set in a document that has been converted."""
    if not conversion.ok:
        return Interface(conversion, ())
    collection = _Collection(conversion, trace(conversion))
    hosts = list(collection.hosts())
    primitives = list(collection.primitives())
    overriding = {target: (one.node, one.input) for one in primitives for target in one.targets}
    for host in collection.trace.inputs:
        if host.link is None:
            overriding |= dict.fromkeys(host.targets, (host.host, host.name))
    nodes = (replace(one, held_by=overriding.get(one.targets[0])) for one in collection.nodes())
    return Interface(conversion, (*hosts, *primitives, *nodes))


class _Collection:
    """Finds the settings of a conversion, kind by kind."""

    def __init__(self, conversion: Conversion, traced: Trace) -> None:
        self.conversion = conversion
        self.prompt = conversion.prompt
        self.catalog = conversion.catalog
        self.trace = traced
        self.shared = shared_targets(traced.inputs)
        self.host_inputs = {(one.host, one.index): one for one in traced.inputs}
        self.host_nodes = {boundary_of(one.host): one.host for one in traced.inputs}

    def hosts(self) -> Iterator[Setting]:
        """The promoted inputs of subgraph nodes."""
        editor = self.conversion.editor
        for one in self.trace.inputs:
            live = one.node
            definition = editor.scopes[live.definition or ""] if editor is not None else None
            name = definition.file.name if definition is not None else ""
            link, held_by = self.feeding(one)
            declared = None
            if definition is not None and one.index < len(definition.inputs):
                declared = definition.inputs[one.index]
            yield Setting(
                one.host,
                live.label or name,
                name,
                one.name,
                label_of(self.conversion.opened.value, live, one.name, declared, None),
                None if one.value is ABSENT else one.value,
                self.host_spec(one, live),
                (*live.file.pointer, one.name)
                if one.pointer is None
                else promoted_pointer(Const(one.value, one.pointer), one.name),
                self.shared.get((live.file.pointer, one.index), tuple(one.targets)),
                link,
                held_by,
                "subgraph",
            )

    def feeding(self, one: HostInput) -> tuple[str, Target | None]:
        """What feeds an input of a subgraph node: a link by its origin, or the input of the subgraph node
        around it that holds the value."""
        seen: set[str] = set()
        while one.link is not None:
            outer = self.host_nodes.get(one.link.origin)
            slot = one.link.origin_slot
            around = self.host_inputs.get((outer, slot)) if outer is not None else None
            if around is None or around.host in seen:
                return f"{one.link.origin} {slot}", None
            seen.add(around.host)
            if around.link is None:
                return "", (around.host, around.name)
            one = around
        return "", None

    def host_spec(self, one: HostInput, live: LiveNode) -> InputSpec | None:
        """The definition of the innermost widget that an input of a subgraph node leads to."""
        if one.targets:
            node, name = one.targets[0]
            return self.spec(node, name)
        inner, slot = innermost(live, live.inputs[one.index])
        info = self.catalog.info(inner.type) if self.catalog is not None and inner.type is not None else None
        values = {widget.name: widget.value for widget in inner.widgets}
        return None if info is None else input_named(info, slot.widget or slot.name, values)

    def primitives(self) -> Iterator[Setting]:
        """The values of PrimitiveNodes that reach the prompt."""
        holders: dict[tuple[str, Pointer], list[tuple[Target, Any]]] = {}
        for ident, node in self.conversion.ir.nodes.items():
            for widget in node.widgets:
                saved_at = widget.saved_at
                if isinstance(saved_at, tuple) and (ident in self.prompt):
                    prefix = ident.rpartition(":")[0]
                    holders.setdefault((prefix, saved_at), []).append(((ident, widget.name), widget.value))
        for (prefix, pointer), found in holders.items():
            live = self.trace.live.get(pointer[:-2])
            if live is None or live.file.type != PRIMITIVE:
                continue
            targets = tuple(target for target, _ in found)
            title = live.title if isinstance(live.title, str) and live.title else PRIMITIVE
            yield Setting(
                f"{prefix}:{live.id}" if prefix else live.id,
                title,
                PRIMITIVE,
                "value",
                "value",
                found[0][1],
                self.spec(*targets[0]),
                pointer,
                targets,
                kind="primitive",
            )

    def nodes(self) -> Iterator[Setting]:
        """The inputs of the prompt."""
        nodes = self.conversion.ir.nodes
        for ident, node in self.prompt.items():
            flat = nodes.get(ident)
            title = title_in(node)
            live = self.trace.live.get(flat.pointer) if flat is not None else None
            for name, value in node["inputs"].items():
                spec = self.spec(ident, name)
                yield Setting(
                    ident,
                    title,
                    str(node.get("class_type", "")),
                    name,
                    name if live is None else label_of(self.conversion.opened.value, live, name, None, spec),
                    value,
                    spec,
                    _pointer_of(self.conversion, ident, name, flat),
                    ((ident, name),),
                    " ".join(map(str, value)) if isinstance(value, list) else "",
                )

    def spec(self, node: str, name: str) -> InputSpec | None:
        """The definition of an input of the prompt."""
        written = self.prompt[node]
        info = self.catalog.info(str(written.get("class_type", ""))) if self.catalog is not None else None
        return None if info is None else input_named(info, name, written["inputs"])


def _pointer_of(conversion: Conversion, ident: str, name: str, flat: Node | None) -> Pointer:
    """The pointer of the value of an input of the prompt."""
    if not is_workflow(conversion.opened.value):
        return (ident, "inputs", name)
    return () if flat is None else value_pointer_of(flat, name)


def title_in(node: Any) -> str:
    """The title of a node of a prompt, for people: its class if it has none."""
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) else str(node.get("class_type", ""))
