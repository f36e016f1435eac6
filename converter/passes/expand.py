"""Workflow to Graph: every subgraph host becomes its inner nodes, one copy for each instance.

Source: ``utils/executionUtil.ts`` graphToPrompt and ``SubgraphNode.getInnerNodes``, frontend 1.58.1.
A host stays in the graph as a node that stands for what its outputs lead to inside, and so does its
input boundary, as ``<host>:-10``, which stands for the host's own inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter import codes
from converter.diagnostics import Diagnostics
from converter.editor.live import LiveInput, LiveNode
from converter.editor.load import Editor
from converter.graph import BYPASSED, MUTED, Binding, Const, Graph, Input, Link, Node
from converter.passes.order import execution_order
from converter.workflow import INPUT_NODE

MAX_NODES = 250_000
"""Nodes of the flat graph at which the expansion stops."""


def expand(editor: Editor, diagnostics: Diagnostics) -> Graph:
    """The flat graph of a loaded workflow, in the order in which the editor visits nodes."""
    return _Expansion(editor, diagnostics).run()


def boundary_of(host: str) -> str:
    """The id of a host's input boundary in the flat graph."""
    return f"{host}:{INPUT_NODE}"


def _host_input(graph: Graph, node: Node, slot: Any, wanted: Any) -> Input | None:
    """A boundary's output stands for the host's input of that index."""
    return node.inputs[slot] if isinstance(slot, int) and 0 <= slot < len(node.inputs) else None


class _Expansion:
    def __init__(self, editor: Editor, diagnostics: Diagnostics) -> None:
        self.editor = editor
        self.diagnostics = diagnostics
        self.graph = Graph()
        self.nodes = self.graph.nodes
        self.full = False

    def run(self) -> Graph:
        root = self.editor.root
        for node in execution_order(root, self.diagnostics):
            self.add(node, "")
            if node.definition is not None and node.mode not in (MUTED, BYPASSED):
                self.inside(node)
        return self.graph

    def inside(self, host: LiveNode) -> None:
        """Add the inner nodes of a host of the main graph, depth first, in file order."""
        scope = self.editor.scopes[host.definition or ""]
        stack: list[tuple[str, Iterator[LiveNode]]] = [(f"{host.id}:", iter(scope.nodes.values()))]
        open_definitions = [host.definition]
        while stack and not self.full:
            prefix, nodes = stack[-1]
            node = next(nodes, None)
            if node is None:
                stack.pop()
                open_definitions.pop()
                continue
            self.add(node, prefix)
            if node.definition is None:
                continue
            if node.definition in open_definitions:
                self.report_recursion(node, prefix)
                continue
            if node.mode in (MUTED, BYPASSED):
                self.report_orphans(node, prefix)
            inner = self.editor.scopes[node.definition]
            stack.append((f"{prefix}{node.id}:", iter(inner.nodes.values())))
            open_definitions.append(node.definition)

    def add(self, node: LiveNode, prefix: str) -> None:
        if len(self.nodes) >= MAX_NODES:
            if not self.full:
                self.diagnostics.report(
                    codes.EXPANSION_TOO_LARGE,
                    f"the subgraphs expand to more than {MAX_NODES:,} nodes",
                    pointer=node.file.pointer,
                    node=prefix + node.id,
                )
            self.full = True
            return
        ident = prefix + node.id
        flat = Node(
            ident,
            node.type,
            node.title,
            node.mode,
            [Input(slot.name, slot.type, slot.widget, self.bind(slot, prefix)) for slot in node.inputs],
            node.outputs,
            node.widgets,
            node.properties,
            node.file.pointer,
            node.stands_for,
            False,
            node.file.raw,
        )
        self.nodes[ident] = flat
        if node.definition is not None:
            self.add_host(node, flat)

    def bind(self, slot: LiveInput, prefix: str) -> Binding:
        link = slot.link
        if link is not None:
            if prefix and link.origin == INPUT_NODE:
                return Link(prefix + INPUT_NODE, link.origin_slot, link.pointer)
            return Link(prefix + link.origin, link.origin_slot, link.pointer)
        if slot.promoted is not None:
            return Const(slot.promoted[0], slot.place)
        return None

    def add_host(self, node: LiveNode, flat: Node) -> None:
        scope = self.editor.scopes[node.definition or ""]
        flat.type = None
        inner: list[Input] = []
        for slot in scope.outputs:
            link = next((scope.links[ident] for ident in slot.link_ids if ident in scope.links), None)
            binding = None
            if link is not None:
                binding = Link(f"{flat.id}:{link.origin}", link.origin_slot, link.pointer)
            inner.append(Input(slot.name, slot.type, None, binding))

        def inner_output(graph: Graph, host: Node, index: Any, wanted: Any) -> Input | None:
            return inner[index] if isinstance(index, int) and 0 <= index < len(inner) else None

        flat.stands_for = inner_output
        flat.exits = inner
        boundary = Node(
            boundary_of(flat.id),
            None,
            None,
            0,
            flat.inputs,
            [],
            [],
            {},
            flat.origin,
            _host_input,
            resets_type=True,
        )
        self.nodes[boundary.id] = boundary

    def report_recursion(self, node: LiveNode, prefix: str) -> None:
        self.diagnostics.report(
            codes.RECURSIVE_SUBGRAPH,
            f"the subgraph '{self.editor.scopes[node.definition or ''].file.name}' contains itself",
            pointer=node.file.pointer,
            node=prefix + node.id,
            hint="open the subgraph in the editor and remove the inner node of its own type",
        )

    def report_orphans(self, node: LiveNode, prefix: str) -> None:
        state = "muted" if node.mode == MUTED else "bypassed"
        self.diagnostics.report(
            codes.ORPHANED_NODES,
            f"this {state} subgraph is inside another one, so that the editor exports its nodes all the same",
            pointer=(*node.file.pointer, "mode"),
            node=prefix + node.id,
            title=node.title if isinstance(node.title, str) else None,
            hint="mute the nodes inside it instead",
        )
