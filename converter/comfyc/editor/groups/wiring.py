"""Draw and remove links between live nodes, with the editor's checks.

Source: ``LGraphNode.ts`` (connect, connectSlots), ``rerouteNode.ts`` and ``widgetInputs.ts``
(PrimitiveNode.onConnectOutput), frontend 1.58.1. Only legacy group nodes need this: all other nodes get their
links from the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog.core_types import PRIMITIVE
from comfyc.catalog.specs import InputSpec
from comfyc.diagnostics import Pointer
from comfyc.editor.loading.primitives import linked_widget, own_widget, write_value
from comfyc.editor.loading.reroutes import is_reroute
from comfyc.editor.nodes.adding import has_widget
from comfyc.editor.nodes.growing import grow
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.slot_types import compatible
from comfyc.editor.nodes.state import Scope
from comfyc.graph import NO_OPTIONS, Widget
from comfyc.javascript.values import number, text
from comfyc.workflow.model import FileLink

_CHAIN = 100
"""Upper bound on the reroutes in a chain along which types are passed on."""


@dataclass(slots=True)
class Wiring:
    """The links of one graph: by id in ``scope.links``, by origin, slot and id in ``leaving``.

    ``values`` holds the widgets of PrimitiveNodes that were made after the file was opened, by node id.
    """

    scope: Scope
    leaving: dict[str, dict[Any, dict[Any, FileLink]]] = field(default_factory=dict)
    values: dict[str, Widget | None] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)
    """The value that each PrimitiveNode last wrote into all inputs it feeds, by node id."""
    last_id: int = 0

    def __post_init__(self) -> None:
        for link in self.scope.links.values():
            self.note(link)
            ident = number(link.id)
            if ident.is_integer():
                self.last_id = max(self.last_id, int(ident))

    def note(self, link: FileLink) -> None:
        """Add a link to the tables."""
        self.scope.links[link.id] = link
        self.leaving.setdefault(link.origin, {}).setdefault(link.origin_slot, {})[link.id] = link

    def forget(self, link: FileLink) -> None:
        """Remove a link from the tables."""
        self.scope.links.pop(link.id, None)
        self.leaving.get(link.origin, {}).get(link.origin_slot, {}).pop(link.id, None)

    def links_from(self, origin: LiveNode, slot: int) -> list[FileLink]:
        """The links that leave an output, in the order of their ids."""
        found = self.leaving.get(origin.id, {}).get(slot, {})
        return sorted(found.values(), key=lambda link: number(link.id))

    def all_links_from(self, origin: LiveNode) -> list[FileLink]:
        """The links that leave any output."""
        return [link for found in self.leaving.get(origin.id, {}).values() for link in found.values()]

    def target_of(self, link: FileLink) -> tuple[LiveNode, int] | None:
        """The node that a link goes into and the index of its input there."""
        return self.scope.target_of(link)

    def connect(self, origin: LiveNode, slot: Any, target: LiveNode, index: int, pointer: Pointer) -> bool:
        """Draw a link to the input at ``index``, replacing the one there; False if the editor refuses."""
        if origin is target or type(slot) is not int or not 0 <= slot < len(origin.outputs):
            return False
        if not 0 <= index < len(target.inputs):
            return False
        into = target.inputs[index]
        if not compatible(origin.outputs[slot], into.type):
            return False
        if is_primitive(origin) and not self.primitive_agrees(origin, slot, target, into):
            return False
        self.disconnect(target, index)
        self.last_id += 1
        link = FileLink(origin.id, slot, pointer, self.last_id, target.id, index)
        self.note(link)
        target.insert(link, index)
        if origin.id in self.values and self.values[origin.id] is None:
            self.values[origin.id] = own_widget(origin, target, into)
        self.settle_reroutes(origin, target)
        self.grow_after(target, into)
        return True

    def disconnect(self, node: LiveNode, index: int) -> None:
        """Remove the link into the input at this index, if there is one."""
        link = node.links.pop(index, None)
        if link is not None:
            self.forget(link)

    def primitive_agrees(self, origin: LiveNode, slot: int, target: LiveNode, into: LiveInput) -> bool:
        """Whether a PrimitiveNode accepts a new target, which must be a widget. If it does, the value is
        written into the target and into the earlier targets at once."""
        links = self.links_from(origin, slot)
        if into.widget is None and (links or not has_widget(InputSpec("", into.type, False, NO_OPTIONS))):
            return False
        fed = [(node, node.inputs[at]) for node, at in filter(None, map(self.target_of, links))]
        own = self.values.get(origin.id)
        if origin.id not in self.values and fed:
            own = linked_widget(origin, [*fed[:_CHAIN], (target, into)])
        if own is not None:
            if self.written.get(origin.id) is own.value and origin.id in self.values:
                fed = []  # the earlier targets have this value already
            for node, item in [*fed, (target, into)]:
                write_value(node, item, own.value, own.saved_at)
            if links:
                self.written[origin.id] = own.value
        return True

    def spread(self, primitive: LiveNode) -> None:
        """Write the value of a new PrimitiveNode into the widgets that it feeds."""
        own = self.values.get(primitive.id)
        for target in filter(None, map(self.target_of, self.links_from(primitive, 0))):
            if own is not None:
                write_value(target[0], target[0].inputs[target[1]], own.value, own.saved_at)

    def settle_reroutes(self, origin: LiveNode, target: LiveNode) -> None:
        """Let the reroutes at the ends of a new link take on their types and cut the links that do not
        fit."""
        if is_reroute(origin):
            links = self.links_from(origin, 0)
            kinds = {self.kind_of(link) for link in links} - {"*", "", None}
            if len(kinds) > 1:
                for link in links[:-1]:
                    self.cut(link)
            self.pass_type_on(origin)
        if is_reroute(target):
            self.pass_type_on(target)

    def kind_of(self, link: FileLink) -> Any:
        """The type of a link: that of the input it goes into, or of its output if the input takes any
        type."""
        target, origin = self.target_of(link), self.scope.nodes.get(link.origin)
        kind = target[0].inputs[target[1]].type if target is not None else None
        if kind in ("*", "", None) and origin is not None and 0 <= link.origin_slot < len(origin.outputs):
            kind = origin.outputs[link.origin_slot]
        return text(kind)

    def cut(self, link: FileLink) -> None:
        """Remove a link at its input."""
        target = self.target_of(link)
        if target is not None:
            self.disconnect(*target)

    def pass_type_on(self, start: LiveNode) -> None:
        """Give all outputs of a chain of reroutes the type that feeds the chain; "*" if nothing feeds it."""
        for _ in range(_CHAIN):
            previous = self.source(start)
            if previous is None or not is_reroute(previous[0]):
                break
            start = previous[0]
        found = self.source(start)
        kind: Any = None
        if found is not None and type(found[1]) is int and 0 <= found[1] < len(found[0].outputs):
            kind = found[0].outputs[found[1]]
        pending, seen = [start], {start.id}
        while pending and len(seen) <= _CHAIN:
            node = pending.pop()
            node.outputs = [kind or "*", *node.outputs[1:]]
            for link in self.links_from(node, 0):
                target = self.target_of(link)
                if target is None:
                    continue
                if not is_reroute(target[0]):
                    if kind and not compatible(kind, target[0].inputs[target[1]].type):
                        self.cut(link)
                elif target[0].id not in seen:
                    seen.add(target[0].id)
                    pending.append(target[0])

    def source(self, node: LiveNode) -> tuple[LiveNode, Any] | None:
        """The node and output that feed the first input of a node."""
        link = node.links.get(0) if node.inputs else None
        origin = self.scope.nodes.get(link.origin) if link is not None else None
        return None if origin is None or link is None else (origin, link.origin_slot)

    def grow_after(self, node: LiveNode, slot: LiveInput) -> None:
        """Grow an autogrow group if ``slot``, which was just linked, is its last input."""
        name, dot, _ = slot.name.rpartition(".")
        if dot and node.autogrow and name in node.autogrow:
            last = max(index for index, item in enumerate(node.inputs) if item.name.startswith(name + "."))
            if node.inputs[last] is slot:
                grow(node, last)


def is_primitive(node: LiveNode) -> bool:
    """Whether this is the editor's own PrimitiveNode."""
    return node.file.type == PRIMITIVE and node.stands_for is not None
