"""Set and Get nodes: an output that stands for whatever another node of the same name is linked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from converter import codes
from converter.graph import Graph, Input, Link, Node, StandsFor
from converter.packs import Export


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
    missing: list[Node] = []
    for node in getters:
        name = _name(node)
        found = setters.get((scope_of(node), name), []) if name else []
        if not found and name and enclosing:
            found = [item for scope in _around(scope_of(node)) for item in setters.get((scope, name), ())]
            if len(found) > 1:
                _report_ambiguous(export, node, name, found)
                continue
        if found:
            node.stands_for = _standing_for(min(found, key=lambda item: item.pointer))
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
    for node in missing:
        if node.id not in used:
            continue
        name = _name(node)
        elsewhere = [item for (_, other), found in setters.items() if other == name for item in found]
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
            close = _closest(name, [other for _, other in setters])
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


def _closest(name: str, names: list[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only for findings

    close = get_close_matches(name, [other for other in names if other], n=1, cutoff=0.7)
    return close[0] if close else None


def _report_ambiguous(export: Export, node: Node, name: str, found: list[Node]) -> None:
    export.diagnostics.report(
        codes.SETTER_AMBIGUOUS,
        f"'{name}' is set by nodes {' and '.join(item.id for item in found[:4])}: none of them counts here",
        pointer=node.pointer,
        node=node.id,
        title=node.title if isinstance(node.title, str) else None,
        hint="rename one of them",
    )
