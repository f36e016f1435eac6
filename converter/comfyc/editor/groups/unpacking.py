"""Replace a group node of the main graph with its inner nodes, and turn those into a subgraph.

Source: ``extensions/core/groupNode.ts`` (GroupNodeHandler, convertLoadedGroupNodes) and
``utils/vintageClipboard.ts``, frontend 1.58.1. If the editor fails half-way, it leaves the inner nodes in the
main graph and removes the group node; this module does the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comfyc import codes
from comfyc.catalog.core_types import PRIMITIVE
from comfyc.collector import Collector
from comfyc.diagnostics import Rule
from comfyc.editor.groups.data import GroupData
from comfyc.editor.groups.inner import UNNAMED
from comfyc.editor.groups.packing import pack
from comfyc.editor.groups.types import GroupType
from comfyc.editor.groups.values import copy_values, save_values
from comfyc.editor.groups.wiring import Wiring, is_primitive
from comfyc.editor.loading.configure import configure_node, make_node
from comfyc.editor.loading.primitives import push_numbers
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.graph import MUTED, OFF
from comfyc.javascript.values import is_index, key_order, text
from comfyc.workflow.model import FileGraph, FileNode, Workflow
from comfyc.workflow.repair import mint_node_id


@dataclass(slots=True)
class Unpacking:
    """Unpacks the group nodes of one file: makes the inner nodes in the main graph, then packs them into a
    subgraph."""

    workflow: Workflow
    editor: Editor
    groups: Mapping[str, GroupType]
    """The types of the file's group nodes, by name."""
    wiring: Wiring = field(init=False)
    taken: set[str] = field(init=False)
    made: int = 0
    found: dict[str, Collector] = field(default_factory=dict)
    """Findings about inner nodes of unknown types, by the ids that the nodes have before packing."""

    def __post_init__(self) -> None:
        self.wiring = Wiring(self.editor.root)
        self.taken = {ident for scope in self.editor.scopes.values() for ident in scope.nodes}
        self.taken.update(self.editor.root.nodes)

    def run(self) -> None:
        """Replace all group nodes of the main graph, in their order."""
        root = self.editor.root
        feeding = dict.fromkeys(link.origin for link in root.links.values() if self.is_group(link.target))
        origins = [root.nodes[ident] for ident in feeding if ident in root.nodes]
        push_numbers(filter(is_primitive, origins), root)
        for scope in self.editor.scopes.values():
            for node in scope.nodes.values():
                self.report_inner(node)
        pending = deque(node for node in self.editor.root.nodes.values() if node.file.type in self.groups)
        while pending:
            node = pending.popleft()
            inner = self.unpack(node)
            if inner is None:
                return
            pending.extend(item for item in inner if item.file.type in self.groups)

    def is_group(self, ident: str) -> bool:
        node = self.editor.root.nodes.get(ident)
        return node is not None and node.file.type in self.groups

    def unpack(self, node: LiveNode) -> list[LiveNode] | None:
        """Replace one group node. Returns the inner nodes that could not be packed; None if the file has too
        many nodes, so that unpacking must stop."""
        group = self.groups[node.file.type]
        self.made += len(group.data.nodes)
        limits = self.editor.diagnostics.limits
        if self.made + len(self.editor.root.nodes) > limits.nodes:
            message = f"the group nodes unpack to {limits.exceeded('nodes')}"
            self.report(node, codes.EXPANSION_TOO_LARGE, message)
            return None
        if node.mode in OFF and self.stays_off(node, group):
            return []
        inner, failure = self.make_inner(node, group)
        if failure is None:
            copy_values(node, group, inner, self.wiring, self.editor.diagnostics)
            self.reconnect_inputs(node, group, inner)
            self.reconnect_outputs(node, group, inner)
        self.remove(node)
        if failure is None and not inner:
            failure = "it has no inner nodes"
        if failure is not None:
            message = f"the group node '{group.data.name}' is left out, as in the editor: {failure}"
            self.report(node, codes.GROUP_LOST, message)
            return inner
        for item in inner:
            save_values(item, self.editor)
        host = pack(inner, self.mint(), self.wiring, self.editor, node.file.pointer)
        for item in inner:
            self.report_inner(item)
            self.editor.diagnostics.extend(
                replace(one, location=replace(one.location, node=f"{host.id}:{item.id}"))
                for one in self.found.get(item.id, ())
            )
        ids = [f"{host.id}:{item.id}" for item in inner]
        names = ", ".join(ids[:20]) + (", ..." if len(ids) > 20 else "")
        message = f"the group node '{group.data.name}' becomes the subgraph node {host.id} with nodes {names}"
        self.report(node, codes.GROUP_UNPACKED, message, data={"host": host.id, "nodes": ids})
        return []

    def stays_off(self, node: LiveNode, group: GroupType) -> bool:
        """Whether a muted or bypassed group node is left as it is, so that it stays off as its author wants.

        The editor forgets the mode and unpacks the node. The ids that its inner nodes would get are used up
        in either case.
        """
        state = "muted" if node.mode == MUTED else "bypassed"
        if self.editor.browser_exact:
            message = f"this group node is {state}, which the editor forgets when it unpacks it"
            self.report(node, codes.GROUP_CHANGED, message, hint="mute or bypass the nodes inside it")
            return False
        for _ in range(len(group.data.nodes) + 1):
            self.mint()
        self.report(
            node,
            codes.GROUP_CHANGED,
            f"this group node is {state} and stays {state}; the editor forgets this and exports its nodes",
            hint="replace the group node with a subgraph, or use `comfyc convert --browser-exact` to export"
            " its nodes as the editor does",
        )
        return True

    def make_inner(self, group_node: LiveNode, group: GroupType) -> tuple[list[LiveNode], str | None]:
        """Put the inner nodes and the links between them into the main graph.

        Returns the nodes made so far and the reason for which unpacking fails, None if it does not.
        """
        data = group.data
        for index, raw in enumerate(data.nodes):
            if raw.get("pos") is None:
                return [], f"node {index} inside it has no position"
        root, inner = self.editor.root, []
        for index in range(len(data.nodes)):
            node = self.make_one(data, index, _values_by_index(group_node, group, index))
            root.nodes[node.id] = node
            inner.append(node)
            if is_primitive(node):
                self.wiring.values[node.id] = None
        for link in data.links:
            if link.origin is None or not 0 <= link.origin < len(inner):
                continue
            if not 0 <= link.target < len(inner):
                return inner, f"a link inside it goes to node {link.target}, which does not exist"
            origin, target = inner[link.origin], inner[link.target]
            self.wiring.connect(origin, link.slot, target, link.target_slot, link.pointer)
        return inner, None

    def make_one(self, data: GroupData, index: int, values: dict[int, Any]) -> LiveNode:
        """Make an inner node. For a type that the catalogue lacks, ``values`` are the group node's values for
        it, by their indexes in the inner node's list."""
        raw = {key: value for key, value in data.nodes[index].items() if key != "id"}
        kind = data.kind(index)
        if values:
            own = raw["widgets_values"]
            raw["widgets_values"] = [values.get(at, value) for at, value in enumerate(own)]
        if kind == PRIMITIVE:
            raw.pop("widgets_values", None)  # it has no widget yet when the values are read
        inputs = [item for item in data.inputs[index] if isinstance(item.get("name"), str)]
        names = [item["name"] for item in inputs]
        file = FileNode(self.mint(), kind, raw, (*data.pointer, "nodes", index), inputs, names)
        node = make_node(file, self.editor)
        found = self.editor.diagnostics
        self.editor.diagnostics = Collector(found.limits)
        try:  # findings about these values do not matter: those of the group node replace them
            configure_node(node, Scope(FileGraph("", "", ())), self.editor)
        finally:
            found, self.editor.diagnostics = self.editor.diagnostics, found
        if node.is_unknown:  # a node of an unknown type has the group node's values already
            self.found[node.id] = found
        return node

    def mint(self) -> str:
        ident = mint_node_id(self.workflow, self.taken.__contains__)
        self.taken.add(ident)
        return ident

    def reconnect_inputs(self, node: LiveNode, group: GroupType, inner: list[LiveNode]) -> None:
        carried: set[int] = set()
        for index in sorted(group.inputs):
            target = inner[index]
            for name in key_order(group.inputs[index]):
                slot = group.inputs[index][name]
                link = node.links.get(slot)
                origin = self.editor.root.nodes.get(link.origin) if link is not None else None
                if link is None or origin is None:
                    continue
                at = next((at for at, item in enumerate(target.inputs) if item.name == name), -1)
                if self.wiring.connect(origin, link.origin_slot, target, at, link.pointer):
                    carried.add(id(link))
        for index, link in sorted(node.links.items()):
            if id(link) not in carried:
                self.report_lost(node, f"the link into input '{node.inputs[index].name}'")

    def reconnect_outputs(self, node: LiveNode, group: GroupType, inner: list[LiveNode]) -> None:
        for slot in range(len(node.outputs)):
            for link in self.wiring.links_from(node, slot):
                target = self.wiring.target_of(link)
                if target is None:
                    continue
                if slot < len(group.outputs):
                    index, output = group.outputs[slot]
                    if self.wiring.connect(inner[index], output, *target, link.pointer):
                        continue
                self.report_lost(node, f"the link from output {slot} to node {link.target}")

    def remove(self, node: LiveNode) -> None:
        for index in list(node.links):
            self.wiring.disconnect(node, index)
        for link in self.wiring.all_links_from(node):
            target = self.wiring.target_of(link)
            if target is not None:
                del target[0].links[target[1]]
            self.wiring.forget(link)
        del self.editor.root.nodes[node.id]

    def report_inner(self, node: LiveNode) -> None:
        if node.file.type in self.groups:
            message = f"the group node '{text(node.title)}' is inside a subgraph, where the editor leaves it"
            self.report(node, codes.GROUP_LOST, message, hint="unpack it with an editor of 2024")

    def report_lost(self, node: LiveNode, link: str) -> None:
        message = f"{link} is lost when the editor unpacks the group node"
        self.report(
            node, codes.GROUP_CHANGED, message, hint="draw the link again between the nodes themselves"
        )

    def report(self, node: LiveNode, rule: Rule, message: str, **more: Any) -> None:
        title = node.label
        self.editor.diagnostics.report(
            rule, message, pointer=node.file.pointer, node=node.id, title=title, **more
        )


def _values_by_index(node: LiveNode, group: GroupType, index: int) -> dict[int, Any]:
    """The group node's values for an inner node of an unknown type, by their indexes in that node's list."""
    shown = {
        int(name.removeprefix(UNNAMED)): shown
        for name, shown in group.widgets.get(index, {}).items()
        if name.startswith(UNNAMED) and is_index(name.removeprefix(UNNAMED))
    }
    if not shown:
        return {}
    held = {widget.name: widget.value for widget in node.widgets}
    return {at: held[name] for at, name in shown.items() if name in held}
