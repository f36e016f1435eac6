"""Dropping findings about values that are not in the prompt.

Problems with the values of a node are reported while the node is loaded. Only at the end is it known whether
the values are in the prompt: the node may be muted, or a link or a promoted value may replace its own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from comfyc import codes
from comfyc.diagnostics import Diagnostic, Pointer
from comfyc.editor.nodes.restore import DEFAULTS_USED, default_message
from comfyc.graph import Graph, Node
from comfyc.passes.context import Context

_OF_VALUES = frozenset(
    {
        codes.VALUE_UNNAMED,
        codes.VALUES_SHIFTED,
        codes.SURPLUS_VALUES,
        *DEFAULTS_USED,
        codes.VALUES_UNREAD,
        codes.VALUE_MIGRATED,
        codes.WIDGET_INFERRED,
        codes.VALUE_REWRITTEN,
        codes.VALUE_UNREADABLE,
        codes.SERVER_MARK,
        codes.BUNDLE_LACKS_WIDGETS,
        codes.CORE_LACKS_WIDGETS,
        codes.VALUE_LOST,
    }
)


def drop_idle_findings(graph: Graph, context: Context) -> Graph:
    """Drop findings about values of nodes that are not in the prompt, and about values that are replaced."""
    if any(one.rule in _OF_VALUES for one in context.diagnostics):
        context.diagnostics.revise(_Relevance(graph, context).revised)
    return graph


class _Relevance:
    """Decides which values of the file are in the prompt."""

    def __init__(self, graph: Graph, context: Context) -> None:
        self.graph = graph
        self.context = context

    def revised(self, one: Diagnostic) -> Diagnostic | None:
        """The finding to report, possibly shortened; None if it is to be dropped."""
        if one.rule not in _OF_VALUES:
            return one
        bound = self.bound_in(one)
        if bound is None:
            return None
        if one.rule not in DEFAULTS_USED:
            return one
        reported = one.data.get("widgets", ())
        names = [name for name in reported if name not in bound]
        if len(names) == len(reported):
            return one
        if not names:
            return None
        message = one.message.replace(default_message(list(reported)), default_message(names))
        return replace(one, message=message, data={"widgets": names})

    def bound_in(self, one: Diagnostic) -> set[str] | None:
        """The names of the inputs that are bound in all copies of the node that a finding is about.

        None if no copy is in the prompt; an empty set if the finding is not about a node.
        """
        pointer = one.location.pointer
        if pointer[:1] == ("nodes",):
            node = self.graph.nodes.get(one.location.node or "")
            if node is not None and node.pointer == pointer[:2]:
                return _bound(node)
            return None if pointer[:2] in self.root else set()
        parents = [pointer[:length] for length in range(len(pointer), 0, -1)]
        known = next((parent for parent in parents if parent in self.inner), None)
        return set() if known is None else self.inner[known]

    @cached_property
    def root(self) -> set[Pointer]:
        """The JSON pointers of the nodes of the main graph."""
        return {node.file.pointer for node in self.context.editor.root.nodes.values()}

    @cached_property
    def inner(self) -> dict[Pointer, set[str] | None]:
        """By pointer of each inner node: the inputs bound in all of its copies, None without a copy."""
        found: dict[Pointer, set[str] | None] = {
            node.file.pointer: None
            for scope in self.context.editor.scopes.values()
            for node in scope.nodes.values()
        }
        for ident, node in self.graph.nodes.items():
            if ":" in ident:
                before = found.get(node.pointer)
                found[node.pointer] = _bound(node) if before is None else before & _bound(node)
        return found


def _bound(node: Node) -> set[str]:
    return {slot.name for slot in node.inputs.bound()}
