"""Workflow to flat graph: every subgraph node is replaced by copies of its inner nodes.

Source: ``utils/executionUtil.ts`` graphToPrompt and ``SubgraphNode.getInnerNodes``, frontend 1.58.1.
A subgraph node (host) remains in the graph as a node whose outputs stand for what they lead to inside. Its
input boundary remains as ``<host>:-10``, whose outputs stand for the host's own inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.editor.promoted.values import promoted_bindings
from comfyc.graph import MUTED, OFF, Binding, Const, Graph, Input, Inputs, Link, Node, WidgetList, inputs_of
from comfyc.passes.order import execution_order
from comfyc.workflow.model import INPUT_NODE, FileLink, FileSlot


def expand(editor: Editor, diagnostics: Collector) -> Graph:
    """The flat graph of a loaded workflow, in the order in which the editor visits nodes."""
    return _Expansion(editor, diagnostics).run()


def boundary_of(host: str) -> str:
    """The id of a host's input boundary in the flat graph."""
    return f"{host}:{INPUT_NODE}"


def _host_input(graph: Graph, node: Node, slot: Any, wanted: Any) -> Input | None:
    """A boundary's output stands for the input of the same index of its subgraph node."""
    inputs = node.inputs
    return inputs[slot] if isinstance(slot, int) and 0 <= slot < len(inputs) else None


def _named(node: Node) -> str:
    """The name of a node for a finding, by title and JSON pointer, where its id is ambiguous."""
    name = node.label or node.type or "a subgraph"
    return f"'{name}' (/{'/'.join(map(str, node.pointer))})"


class _Inside(NamedTuple):
    """The inner nodes of a subgraph node, on the way through them."""

    prefix: str
    """What stands before their own ids."""
    nodes: Iterator[tuple[str, LiveNode]]
    """The nodes by their own ids."""
    definition: str | None


class _Expansion:
    def __init__(self, editor: Editor, diagnostics: Collector) -> None:
        self.editor = editor
        self.diagnostics = diagnostics
        self.graph = Graph()
        self.nodes = self.graph.nodes
        self.full = False
        self.copies = 0
        self.slots = 0
        self.characters = 0
        self.recursions: set[Pointer] = set()
        self.known_sizes: dict[str, tuple[int, int, int]] = {}
        self.known_outputs: dict[str, bool] = {}
        self.known_exits: dict[str, list[tuple[FileSlot, FileLink | None]]] = {}

    def run(self) -> Graph:
        root = self.editor.root
        self.copies = len(root.nodes)
        for node in execution_order(root, self.diagnostics):
            self.add(node, node.id, "")
            if node.definition is not None and node.mode not in OFF:
                self.inside(node)
        return self.graph

    def inside(self, host: LiveNode) -> None:
        """Add the inner nodes of a host of the main graph, depth first, in file order."""
        stack = [self.enter(host, host.id)]
        is_open = {host.definition}
        while stack:
            prefix, nodes, definition = stack[-1]
            for own, node in nodes:
                ident = prefix + own
                self.add(node, ident, prefix)
                if node.definition is None:
                    continue
                if node.definition in is_open:
                    self.report_recursion(node, ident)
                    continue
                if node.mode in OFF and self.stays_off(node, ident):
                    continue
                stack.append(self.enter(node, ident))
                is_open.add(node.definition)
                break
            else:
                stack.pop()
                is_open.discard(definition)

    def enter(self, host: LiveNode, ident: str) -> _Inside:
        """What is inside a subgraph node. Once one holds too much, no subgraph is expanded any more."""
        scope = self.editor.scopes[host.definition or ""]
        nodes = iter(() if self.is_too_much(host, ident, scope) else scope.nodes.items())
        return _Inside(f"{ident}:", nodes, host.definition)

    def is_too_much(self, host: LiveNode, ident: str, scope: Scope) -> bool:
        """Count the nodes inside a host, and report the first time that they exceed a limit."""
        if self.full:
            return True
        nodes, slots, characters = self.size_of(scope)
        self.copies += nodes
        self.slots += slots
        self.characters += len(scope.nodes) * (len(ident) + 1) + characters
        limits = self.diagnostics.limits
        if self.characters > limits.ids:
            what = limits.exceeded("ids", "of node ids")
        elif self.copies > limits.nodes or self.slots > limits.slots:
            what = limits.exceeded("nodes" if self.copies > limits.nodes else "slots")
        else:
            return False
        self.diagnostics.report(
            codes.EXPANSION_TOO_LARGE,
            f"the subgraphs expand to {what}",
            pointer=host.file.pointer,
            node=ident[:200],
        )
        self.full = True
        return True

    def size_of(self, scope: Scope) -> tuple[int, int, int]:
        """The size of a definition: nodes (including boundaries), slots, and characters of node ids."""
        known = self.known_sizes.get(scope.file.id)
        if known is None:
            nodes = scope.nodes
            known = self.known_sizes[scope.file.id] = (
                len(nodes) + sum(node.definition is not None for node in nodes.values()),
                sum([len(node.inputs) + len(node.outputs) for node in nodes.values()]),
                sum(map(len, nodes)),
            )
        return known

    def add(self, node: LiveNode, ident: str, prefix: str) -> None:
        """Add a node under its id in the prompt: ``prefix`` stands before the ids of that graph."""
        nodes = self.nodes
        bindings: dict[int, Link | Const] = {**node.links}
        if prefix:
            for index, link in node.links.items():
                origin = prefix + link.origin
                known = nodes.get(origin)  # reuse the same string object for the id
                bindings[index] = Link(origin if known is None else known.id, link.origin_slot, link.pointer)
        if node.definition is not None:
            bindings = dict(sorted({**bindings, **promoted_bindings(node)}.items()))
        flat = Node(
            ident,
            node.type,
            node.title,
            node.mode,
            Inputs(node.inputs, bindings),
            node.outputs,
            node.widgets,
            node.properties,
            node.file.pointer,
            node.stands_for,
            raw=node.file.raw,
        )
        if ident in nodes:
            self.report_collision(nodes[ident], flat)
        nodes[ident] = flat
        if node.definition is not None:
            self.add_boundary(node, flat)

    def add_boundary(self, node: LiveNode, flat: Node) -> None:
        """Let a subgraph node stand for what its outputs lead to inside, and add its input boundary."""
        flat.type = None
        inner: list[Input] = []
        for slot, link in self.exits(node.definition or "") if node.outputs else ():
            binding: Binding = None
            if link is not None:
                binding = Link(f"{flat.id}:{link.origin}", link.origin_slot, link.pointer)
            inner.append(Input(slot.name, slot.type, None, binding))
        exits = flat.exits = inputs_of(inner)

        def inner_output(graph: Graph, host: Node, index: Any, wanted: Any) -> Input | None:
            return exits[index] if isinstance(index, int) and 0 <= index < len(exits) else None

        flat.stands_for = inner_output
        boundary = Node(
            boundary_of(flat.id),
            None,
            None,
            0,
            flat.inputs,
            [],
            WidgetList(),
            {},
            flat.pointer,
            _host_input,
            resets_type=True,
        )
        if boundary.id in self.nodes:
            self.report_collision(self.nodes[boundary.id], boundary)
        self.nodes[boundary.id] = boundary

    def report_collision(self, other: Node, node: Node) -> None:
        """Report that a node takes the id of another one, which is lost then, as in the editor."""
        if other.pointer == node.pointer:
            return
        self.diagnostics.report(
            codes.ID_COLLISION,
            f"{_named(node)} replaces {_named(other)}, because both have the id {node.id} in the prompt",
            pointer=node.pointer,
            node=node.id,
            title=node.label,
            hint="give one of the two nodes another id",
            data={"other": list(other.pointer)},
        )

    def exits(self, definition: str) -> list[tuple[FileSlot, FileLink | None]]:
        """The outputs of a definition, each with the first link into it, if there is one."""
        known = self.known_exits.get(definition)
        if known is None:
            scope = self.editor.scopes[definition]
            links = scope.links
            known = self.known_exits[definition] = [
                (slot, next((links[ident] for ident in slot.link_ids if ident in links), None))
                for slot in scope.outputs
            ]
        return known

    def report_recursion(self, node: LiveNode, ident: str) -> None:
        if node.file.pointer in self.recursions:
            return
        self.recursions.add(node.file.pointer)
        self.diagnostics.report(
            codes.RECURSIVE_SUBGRAPH,
            f"the subgraph '{self.editor.scopes[node.definition or ''].file.name}' contains itself",
            pointer=node.file.pointer,
            node=ident,
            hint="open the subgraph in the editor and remove the inner node of its own type",
        )

    def stays_off(self, node: LiveNode, ident: str) -> bool:
        """Whether the nodes of a muted or bypassed host inside another one are left out.

        The editor exports them anyway. This is harmless, and comfyc does the same, unless there are output
        nodes among them: those would run although their author disabled them.
        """
        state = "muted" if node.mode == MUTED else "bypassed"
        runs = self.has_output(node.definition or "")
        left_out = runs and not self.editor.browser_exact
        does = "exports its nodes anyway" + (", and the output nodes among them run" if runs else "")
        self.diagnostics.report(
            codes.ORPHANED_NODES,
            f"this {state} subgraph is inside another one, where the editor {does}"
            + ("; comfyc leaves them out" if left_out else ""),
            pointer=(*node.file.pointer, "mode"),
            node=ident,
            title=node.label,
            hint="mute the nodes inside it instead"
            + (", or use `comfyc convert --browser-exact` for what the editor exports" if left_out else ""),
        )
        return left_out

    def has_output(self, definition: str) -> bool:
        """Whether a subgraph contains an output node."""
        known = self.known_outputs.get(definition)
        if known is None:
            known = self.known_outputs[definition] = any(map(self.is_output, self.all_inside(definition)))
        return known

    def all_inside(self, definition: str) -> Iterator[LiveNode]:
        """All nodes of a definition and of the definitions that it uses, each definition once."""
        pending, seen = [definition], {definition}
        while pending:
            for node in self.editor.scopes[pending.pop()].nodes.values():
                yield node
                if node.definition is not None and node.definition not in seen:
                    seen.add(node.definition)
                    pending.append(node.definition)

    def is_output(self, node: LiveNode) -> bool:
        """Whether a node is an output node on the server."""
        info = self.editor.catalog.info(node.type) if node.type is not None and not node.vanishes else None
        return info is not None and info.get("output_node") is True
