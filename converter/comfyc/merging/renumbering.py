"""New ids for what both sides have added under one id: theirs gets them, and all that names it follows."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from comfyc.merging.drafts import BORDERS, GraphDraft, all_ids, definitions_of, listed_in
from comfyc.merging.values import same

_EMPTY = GraphDraft({})

Numbers = dict[str, dict[str, Any]]
"""For each graph by its id ("" for the main graph): the new ids of nodes by their ids as text."""


def graphs_of(document: Mapping[str, Any] | None) -> dict[str, GraphDraft]:
    """All graphs of a document by id, the main graph as ""; none for no document. Raises UnmergeableError if
    one of them has not the form that the editor gives it."""
    if document is None:
        return {}
    return {
        "": GraphDraft.of(document),
        **{ident: GraphDraft.of(raw) for ident, raw in definitions_of(document).items()},
    }


def without_collisions(
    base: Mapping[str, Any] | None,
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    is_twin: Callable[[GraphDraft, GraphDraft, str], bool],
) -> Mapping[str, Any]:
    """Their document, in which no added node has the id of one that ours has added, in whichever graph, as
    the editor counts the ids of all graphs together.

    ``is_twin`` says whether two nodes of one id in a graph, which both sides have added, are the same node.
    One that is fed by a node with a new id is another one.
    """
    before, own, others = graphs_of(base), graphs_of(ours), graphs_of(theirs)
    taken = all_ids(own.values()) - all_ids(before.values())
    fresh = _Counter((base or {}, ours, theirs), [*before.values(), *own.values(), *others.values()])
    numbers: Numbers = {}
    for graph, draft in others.items():
        mine = own.get(graph, _EMPTY)
        known = before[graph].nodes if graph in before else {}
        colliding = [ident for ident in draft.nodes if ident not in known and ident in taken]
        twins = {ident for ident in colliding if ident in mine.nodes and is_twin(mine, draft, ident)}
        renumbered = set(colliding) - twins
        while stale := {one for one in twins if renumbered & draft.feeding(one)}:
            renumbered |= stale
            twins -= stale
        if renumbered:
            numbers[graph] = {ident: fresh.next() for ident in colliding if ident in renumbered}
    reroutes = _colliding_reroutes(before, own, others)
    return _renumbered(theirs, numbers, reroutes) if numbers or reroutes else theirs


class _Counter:
    """Gives numbers above all ids of all documents."""

    def __init__(self, documents: Iterable[Mapping[str, Any]], drafts: Iterable[GraphDraft]) -> None:
        self.last = 0
        for draft in drafts:
            for ident in draft.nodes:
                self.last = max(self.last, int(ident) if ident.isascii() and ident.isdigit() else 0)
        for document in documents:
            for graph in (document, *definitions_of(document).values()):
                state = graph.get("state")
                saved = state.get("lastNodeId") if isinstance(state, dict) else None
                for counter in (graph.get("last_node_id"), saved):
                    if isinstance(counter, int):
                        self.last = max(self.last, counter)

    def next(self) -> int:
        self.last += 1
        return self.last


def _renumbered(
    document: Mapping[str, Any], numbers: Numbers, reroutes: Mapping[str, Mapping[Any, Any]]
) -> dict[str, Any]:
    made = copy.deepcopy(dict(document))
    definitions = definitions_of(made)
    for graph, raw in (("", made), *definitions.items()):
        own = numbers.get(graph, {})
        for node in listed_in(raw, "nodes"):
            inner = numbers.get(node["type"], {})
            _renumber_proxies(node, inner)
            node["id"] = own.get(str(node["id"]), node["id"])
        for row in (*listed_in(raw, "links"), *listed_in(raw, "floatingLinks")):
            for at, name in ((1, "origin_id"), (3, "target_id")):
                key: Any = at if isinstance(row, list) else name
                row[key] = own.get(str(row[key]), row[key]) if str(row[key]) not in BORDERS else row[key]
        for widget in listed_in(raw, "widgets"):
            if isinstance(widget, dict) and "id" in widget:
                widget["id"] = own.get(str(widget["id"]), widget["id"])
        if reroutes.get(graph):
            _renumber_reroutes(raw, reroutes[graph])
    _renumber_app(made, numbers.get("", {}))
    return made


def _renumber_proxies(node: dict[str, Any], numbers: Mapping[str, Any]) -> None:
    """The entries of a subgraph node name nodes of its definition by their ids as text."""
    properties = node.get("properties")
    proxies = properties.get("proxyWidgets") if isinstance(properties, dict) else None
    for entry in proxies if isinstance(proxies, list) else ():
        if isinstance(entry, list) and entry and str(entry[0]) in numbers:
            entry[0] = str(numbers[str(entry[0])])


def _renumber_app(document: dict[str, Any], numbers: Mapping[str, Any]) -> None:
    """The declared inputs and outputs of an app name nodes of the main graph."""
    extra = document.get("extra")
    declared = extra.get("linearData") if isinstance(extra, dict) else None
    if not isinstance(declared, dict):
        return
    inputs, outputs = declared.get("inputs"), declared.get("outputs")
    for entry in inputs if isinstance(inputs, list) else ():
        if isinstance(entry, list) and entry and str(entry[0]) in numbers:
            entry[0] = _alike(entry[0], numbers[str(entry[0])])
    if isinstance(outputs, list):
        declared["outputs"] = [
            _alike(one, numbers[str(one)]) if str(one) in numbers else one for one in outputs
        ]


def _alike(old: Any, new: Any) -> Any:
    return str(new) if isinstance(old, str) else new


# --- reroutes ------------------------------------------------------------------------------------


def reroutes_in(raw: Mapping[str, Any]) -> list[Any]:
    """The reroutes of a graph, which are in ``extra`` in older files."""
    extra = raw.get("extra")
    found = raw.get("reroutes") or (extra.get("reroutes") if isinstance(extra, dict) else None)
    return [one for one in found if isinstance(one, dict) and "id" in one] if isinstance(found, list) else []


def _colliding_reroutes(
    before: Mapping[str, GraphDraft], own: Mapping[str, GraphDraft], others: Mapping[str, GraphDraft]
) -> dict[str, dict[Any, Any]]:
    """New ids for reroutes that both sides have added under one id, for each graph."""
    found: dict[str, dict[Any, Any]] = {}
    for graph in own.keys() & others.keys():
        known = {one["id"] for one in reroutes_in(before[graph].raw)} if graph in before else set()
        mine = {one["id"]: one for one in reroutes_in(own[graph].raw)}
        theirs = {one["id"]: one for one in reroutes_in(others[graph].raw)}
        last = max((one for one in (*mine, *theirs) if isinstance(one, int)), default=0)
        for ident, one in theirs.items():
            if ident not in known and ident in mine and not same(one, mine[ident]):
                last += 1
                found.setdefault(graph, {})[ident] = last
    return found


def _renumber_reroutes(raw: dict[str, Any], numbers: Mapping[Any, Any]) -> None:
    extra = raw.get("extra")
    extensions = extra.get("linkExtensions") if isinstance(extra, dict) else None
    for one in reroutes_in(raw):
        one["id"] = numbers.get(one["id"], one["id"])
    rows = [
        *reroutes_in(raw),
        *listed_in(raw, "links"),
        *(extensions if isinstance(extensions, list) else ()),
    ]
    for row in rows:
        if isinstance(row, dict) and "parentId" in row:
            row["parentId"] = numbers.get(row["parentId"], row["parentId"])
