"""Drawing and removing links between live nodes, with the editor's checks.

Source: ``LGraphNode.ts`` (connect, connectSlots), ``rerouteNode.ts`` and ``widgetInputs.ts``
(PrimitiveNode.onConnectOutput), frontend 1.58.1. Only the legacy group nodes need it: everything else
arrives with its links.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from converter.diagnostics import Pointer
from converter.editor.construct import add_input, has_widget
from converter.editor.dynamic import grow
from converter.editor.live import LiveInput, LiveNode
from converter.editor.primitives import linked_widget, own_widget, write_value
from converter.graph import NO_OPTIONS, Widget
from converter.jsvalues import number
from converter.slottypes import compatible
from converter.specs import InputSpec
from converter.workflow import FileLink

if TYPE_CHECKING:
    from converter.editor.load import Scope

_CHAIN = 1000


@dataclass(slots=True)
class Wiring:
    """The links of one graph, by id in ``scope.links`` and by origin here.

    ``values`` holds the widgets of PrimitiveNodes that were made after the file was opened.
    """

    scope: Scope
    leaving: dict[str, dict[Any, FileLink]] = field(default_factory=dict)
    values: dict[str, Widget | None] = field(default_factory=dict)
    last_id: int = 0

    def __post_init__(self) -> None:
        for link in self.scope.links.values():
            self.leaving.setdefault(link.origin, {})[link.id] = link
            ident = number(link.id) if isinstance(link.id, (int, float, str)) else 0.0
            if ident.is_integer():
                self.last_id = max(self.last_id, int(ident))

    def links_from(self, origin: LiveNode, slot: int) -> list[FileLink]:
        """The links that leave an output, in the order of their ids."""
        found = [link for link in self.leaving.get(origin.id, {}).values() if link.origin_slot == slot]
        return sorted(found, key=lambda link: number(link.id))

    def target_of(self, link: FileLink) -> tuple[LiveNode, int] | None:
        """The node that a link goes into and the index of its input there."""
        node = self.scope.nodes.get(link.target)
        if node is not None:
            for index, slot in enumerate(node.inputs):
                if slot.link is link:
                    return node, index
        return None

    def connect(self, origin: LiveNode, slot: Any, target: LiveNode, index: int, pointer: Pointer) -> bool:
        """Draw a link, in place of the one that the input has; False where the editor refuses to."""
        if origin is target or type(slot) is not int or not 0 <= slot < len(origin.outputs):
            return False
        if not 0 <= index < len(target.inputs):
            return False
        into = target.inputs[index]
        if not compatible(origin.outputs[slot], into.type):
            return False
        if is_primitive(origin) and not self.primitive_agrees(origin, slot, target, into):
            return False
        if into.link is not None:
            self.disconnect(into)
        self.last_id += 1
        link = FileLink(self.last_id, origin.id, slot, target.id, index, pointer)
        self.scope.links[link.id] = link
        self.leaving.setdefault(origin.id, {})[link.id] = link
        into.link = link
        if origin.id in self.values and self.values[origin.id] is None:
            self.values[origin.id] = own_widget(origin, target, into)
        self.pass_type_on(origin, target)
        self.grow_after(target, into)
        return True

    def disconnect(self, slot: LiveInput) -> None:
        """Remove the link that goes into an input."""
        link = slot.link
        if link is not None:
            slot.link = None
            self.forget(link)

    def forget(self, link: FileLink) -> None:
        """Take a link out of the table."""
        self.scope.links.pop(link.id, None)
        self.leaving.get(link.origin, {}).pop(link.id, None)

    def primitive_agrees(self, origin: LiveNode, slot: int, target: LiveNode, into: LiveInput) -> bool:
        """A PrimitiveNode feeds widgets only. Another target gets its value at once, as all others do."""
        links = self.links_from(origin, slot)
        if into.widget is None and (links or not has_widget(InputSpec("", into.type, False, NO_OPTIONS))):
            return False
        fed = [(node, node.inputs[at]) for node, at in filter(None, map(self.target_of, links))]
        own = self.values.get(origin.id)
        if origin.id not in self.values and fed:
            own = linked_widget(origin, [*fed, (target, into)])
        if own is not None:
            for node, item in [*fed, (target, into)]:
                write_value(node, item, own.value, own.place)
        return True

    def pass_type_on(self, origin: LiveNode, target: LiveNode) -> None:
        """A reroute gives what it gets; one that gets nothing gives anything."""
        start = target if is_reroute(target) else origin
        if not is_reroute(start):
            return
        for _ in range(_CHAIN):  # to the first reroute of the chain
            previous = self.source(start)
            if previous is None or not is_reroute(previous[0]):
                break
            start = previous[0]
        found = self.source(start)
        kind: Any = "*"
        if found is not None and type(found[1]) is int and 0 <= found[1] < len(found[0].outputs):
            kind = found[0].outputs[found[1]] or "*"
        pending, seen = [start], {start.id}
        while pending:
            node = pending.pop()
            node.outputs = [kind, *node.outputs[1:]]
            for link in self.links_from(node, 0):
                following = self.scope.nodes.get(link.target)
                if following is not None and is_reroute(following) and following.id not in seen:
                    seen.add(following.id)
                    pending.append(following)

    def source(self, node: LiveNode) -> tuple[LiveNode, Any] | None:
        """The node and output that feed the first input of a node."""
        link = node.inputs[0].link if node.inputs else None
        origin = self.scope.nodes.get(link.origin) if link is not None else None
        return None if origin is None or link is None else (origin, link.origin_slot)

    def grow_after(self, node: LiveNode, slot: LiveInput) -> None:
        """A group of inputs grows when the last one of it is linked."""
        name, dot, _ = slot.name.rpartition(".")
        if dot and node.autogrow and name in node.autogrow:
            last = max(index for index, item in enumerate(node.inputs) if item.name.startswith(name + "."))
            if node.inputs[last] is slot:
                grow(node, last, add_input)


def is_primitive(node: LiveNode) -> bool:
    """Whether this is the editor's own PrimitiveNode."""
    return node.file.type == "PrimitiveNode" and node.stands_for is not None


def is_reroute(node: LiveNode) -> bool:
    """Whether this is the editor's own Reroute (a node, not a bend of a link)."""
    return node.file.type == "Reroute" and node.stands_for is not None
