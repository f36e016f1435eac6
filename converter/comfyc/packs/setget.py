"""Set and Get nodes: an output that stands for whatever another node of the same name is linked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from comfyc import codes
from comfyc.graph import Graph, Input, Link, Node, StandsFor
from comfyc.packs import Export

_NAMED = 4
"""Setters that a finding names."""
_COMPARED, _SEARCHES, _LONGEST = 1000, 64, 100
"""Names that an unknown one is compared with, unknown names for which that is done, characters of a name."""


def pass_through(graph: Graph, node: Node, slot: Any, wanted: Any) -> Input | None:
    """An output stands for the input of the same index (``LGraphNode.getInputLink``)."""
    return node.inputs[slot] if isinstance(slot, int) and 0 <= slot < len(node.inputs) else None


def connect(export: Export, setter: str, getter: str, *, enclosing: bool) -> None:
    """Bind every node of the type ``getter`` to what the node of type ``setter`` of its name is linked to.

    The first setter in the getter's own graph counts, in the order of the file. If there is none and
    ``enclosing`` is set, the graphs around it are searched, where the name must be unique.
    """
    setters: dict[tuple[str, str], list[Node]] = {}
    getters: list[Node] = []
    for node in export.graph.nodes.values():
        if node.type == setter:
            setters.setdefault((scope_of(node), _name(node)), []).append(node)
        elif node.type == getter:
            getters.append(node)
    for alike in setters.values():
        alike.sort(key=lambda item: item.pointer)
    missing: list[Node] = []
    for node in getters:
        name = _name(node)
        found = setters.get((scope_of(node), name), []) if name else []
        if not found and name and enclosing:
            around = (item for scope in _around(scope_of(node)) for item in setters.get((scope, name), ()))
            found = list(islice(around, _NAMED))
            if len(found) > 1:
                _report_ambiguous(export, node, name, found)
                continue
        if found:
            node.stands_for = _standing_for(found[0])
        else:
            missing.append(node)
    if missing:
        _report_missing(export, missing, setters, setter, enclosing=enclosing)


def _standing_for(setter: Node) -> StandsFor:
    """What a getter's output stands for. No input of its own: bypassed, it gives nothing."""
    return lambda graph, node, slot, wanted: pass_through(graph, setter, slot, wanted)


def scope_of(node: Node) -> str:
    """The id of the subgraph host that a node is in, "" for the main graph."""
    return node.id.rpartition(":")[0]


def _around(scope: str) -> Iterator[str]:
    while scope:
        scope = scope.rpartition(":")[0]
        yield scope


def _name(node: Node) -> str:
    value = node.widgets[0].value if node.widgets else None
    return value if isinstance(value, str) else ""


def _report_missing(
    export: Export,
    missing: list[Node],
    setters: Mapping[tuple[str, str], list[Node]],
    setter: str,
    *,
    enclosing: bool,
) -> None:
    """Report the getters in use that find no setter, and where there is one that they cannot see."""
    used = {
        slot.binding.origin
        for node in export.graph.nodes.values()
        for slot in node.inputs
        if isinstance(slot.binding, Link)
    }
    reach = "its own graph and the graphs around it" if enclosing else "its own graph"
    by_name: dict[str, list[Node]] = {}
    for (_, other), found in setters.items():
        by_name.setdefault(other, []).extend(found)
    guesses = _Guesses(list(by_name))
    for node in missing:
        if node.id not in used:
            continue
        name = _name(node)
        elsewhere = by_name.get(name, [])[:_NAMED]
        if name and elsewhere:
            first = elsewhere[0]
            where = f"in subgraph {scope_of(first)}" if scope_of(first) else "in the main graph"
            message = (
                f"'{name}' is set by node {first.id} {where}, which is out of reach: this node sees only"
                f" {reach}; what is linked to it stays unlinked"
            )
            hint = "lead the value out of there by an output of the subgraph, or set it where it is needed"
        else:
            message = f"no '{setter}' node sets '{name}': what is linked to this node stays unlinked"
            hint = f"add a '{setter}' node of this name in the same graph, or choose another name"
            close = guesses.closest(name)
            if close is not None:
                hint = f"did you mean '{close}'? Otherwise {hint}"
        export.diagnostics.report(
            codes.GETTER_WITHOUT_SETTER,
            message,
            pointer=node.pointer,
            node=node.id,
            title=node.label,
            hint=hint,
            data={"name": name, "elsewhere": [item.id for item in elsewhere]},
        )


class _Guesses:
    """Which of the names a name may stand for. A file may hold any number of names of any length: the first
    ones are compared, for the first few that ask."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [name for name in names[:_COMPARED] if name and len(name) <= _LONGEST]
        self._left = _SEARCHES

    def closest(self, name: str) -> str | None:
        if self._left <= 0 or len(name) > _LONGEST:
            return None
        from difflib import get_close_matches  # noqa: PLC0415 - only for findings

        self._left -= 1
        close = get_close_matches(name, self._names, n=1, cutoff=0.7)
        return close[0] if close else None


def _report_ambiguous(export: Export, node: Node, name: str, found: list[Node]) -> None:
    export.diagnostics.report(
        codes.SETTER_AMBIGUOUS,
        f"'{name}' is set by nodes {' and '.join(item.id for item in found)}: none of them counts here",
        pointer=node.pointer,
        node=node.id,
        title=node.title if isinstance(node.title, str) else None,
        hint="rename one of them",
    )
