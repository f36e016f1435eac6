"""Set and Get nodes: a Get node's output stands for what the Set node of the same name is linked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from comfyc import codes
from comfyc.graph import Link, Node, StandsFor
from comfyc.packs.behaviour import Export, pass_through
from comfyc.suggestions import Guesses, did_you_mean

_MAX_NAMED = 4
"""Set nodes that a finding names."""


def connect(export: Export, setter: str, getter: str, *, enclosing: bool) -> None:
    """Bind each node of type ``getter`` to what the node of type ``setter`` with its name is linked to.

    The first setter in the getter's own graph is used, in the order of the file. If there is none and
    ``enclosing`` is true, the surrounding graphs are searched, where the name must be unique.
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
            found = list(islice(around, _MAX_NAMED))
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
    """A getter's output stands for the setter's input. The getter has no input: bypassed, it provides
    nothing."""
    return lambda graph, node, slot, wanted: pass_through(graph, setter, slot, wanted)


def scope_of(node: Node) -> str:
    """The id of the subgraph node that contains a node, "" for the main graph."""
    return node.id.rpartition(":")[0]


def _around(scope: str) -> Iterator[str]:
    while scope:
        scope = scope.rpartition(":")[0]
        yield scope


def _name(node: Node) -> str:
    name = next(iter(node.widgets), None)
    value = name.value if name is not None else None
    return value if isinstance(value, str) else ""


def _report_missing(
    export: Export,
    missing: list[Node],
    setters: Mapping[tuple[str, str], list[Node]],
    setter: str,
    *,
    enclosing: bool,
) -> None:
    """Report linked getters without a setter, naming a setter in a graph that they do not search."""
    used = {
        slot.binding.origin
        for node in export.graph.nodes.values()
        for slot in node.inputs
        if isinstance(slot.binding, Link)
    }
    reach = "its own graph and the surrounding graphs" if enclosing else "its own graph"
    by_name: dict[str, list[Node]] = {}
    for (_, other), found in setters.items():
        by_name.setdefault(other, []).extend(found)
    guesses = Guesses()
    for node in missing:
        if node.id not in used:
            continue
        name = _name(node)
        elsewhere = by_name.get(name, [])[:_MAX_NAMED]
        if name and elsewhere:
            first = elsewhere[0]
            where = f"in subgraph {scope_of(first)}" if scope_of(first) else "in the main graph"
            message = (
                f"'{name}' is set by node {first.id} {where}, but this node searches only {reach}:"
                " what is linked to it stays unlinked"
            )
            hint = "pass the value out through an output of the subgraph, or set it where it is needed"
        else:
            message = f"no '{setter}' node sets '{name}': what is linked to this node stays unlinked"
            hint = f"add a '{setter}' node of this name in the same graph, or choose another name"
            close = guesses.closest(name, by_name)
            if close is not None:
                hint = f"{did_you_mean([close])} Otherwise {hint}"
        export.report(
            codes.GETTER_WITHOUT_SETTER,
            message,
            node,
            hint=hint,
            data={"name": name, "elsewhere": [item.id for item in elsewhere]},
        )


def _report_ambiguous(export: Export, node: Node, name: str, found: list[Node]) -> None:
    export.report(
        codes.SETTER_AMBIGUOUS,
        f"'{name}' is set by nodes {' and '.join(item.id for item in found)}, so none of them is used",
        node,
        hint="rename one of them",
    )
