"""Findings about values count only where the prompt holds these values.

The editor's part of a conversion reports what is odd about the values of a node while it loads it. Whether
the node and its values go into the prompt is known only at the end: it may be muted, or a link or the value
of a subgraph node may take the place of its own.
"""

from __future__ import annotations

from dataclasses import replace

from converter import codes
from converter.diagnostics import Diagnostic, Pointer
from converter.editor.values import default_message
from converter.graph import Graph
from converter.passes.context import Context

_OF_VALUES = frozenset(
    {
        codes.VALUE_UNNAMED,
        codes.VALUES_SHIFTED,
        codes.SURPLUS_VALUES,
        codes.DEFAULT_USED,
        codes.VALUES_UNREAD,
        codes.VALUE_MIGRATED,
        codes.WIDGET_INFERRED,
    }
)


def drop_idle_findings(graph: Graph, context: Context) -> Graph:
    """Take back findings about the values of nodes that are not in the prompt, or that others replace."""
    if any(one.rule in _OF_VALUES for one in context.diagnostics):
        context.diagnostics.revise(_Relevance(graph, context).revised)
    return graph


class _Relevance:
    def __init__(self, graph: Graph, context: Context) -> None:
        self.own: dict[Pointer, set[str]] = {}
        """For each node of the file that is in the prompt the inputs that are bound in all its copies."""
        for node in graph.nodes.values():
            bound = {slot.name for slot in node.slots if slot.binding is not None}
            self.own[node.pointer] = self.own.get(node.pointer, bound) & bound
        editor = context.editor
        self.idle = {
            node.file.pointer
            for scope in (*editor.scopes.values(), editor.root)
            for node in scope.nodes.values()
        } - self.own.keys()

    def revised(self, one: Diagnostic) -> Diagnostic | None:
        """The finding as it is to be told, None for one that is not."""
        if one.rule not in _OF_VALUES:
            return one
        pointer = one.location.pointer
        parents = [pointer[:length] for length in range(len(pointer), 0, -1)]
        if any(parent in self.idle for parent in parents):
            return None
        if one.rule is not codes.DEFAULT_USED:
            return one
        bound = next((self.own[parent] for parent in parents if parent in self.own), set())
        names = [name for name in one.data.get("widgets", ()) if name not in bound]
        if len(names) == len(one.data.get("widgets", ())):
            return one
        return replace(one, message=default_message(names), data={"widgets": names}) if names else None
