"""Changes to workflows, made as the editor makes them: values, modes, titles, links, nodes, positions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Edit:
    """One change: its name, what it touches (two edits of a document that share none of it are disjoint), and
    the change itself, which is made in place."""

    name: str
    touches: frozenset[tuple[Any, ...]]
    make: Callable[[Document], None]
    is_layout: bool = False

    def __repr__(self) -> str:
        return self.name


def edited(document: Document, *edits: Edit) -> Document:
    """A copy of a document with these changes."""
    made = copy.deepcopy(document)
    for edit in edits:
        edit.make(made)
    return made


def graphs(document: Document) -> Iterator[tuple[str, Document]]:
    """The main graph as "", and the definitions by their ids."""
    yield "", document
    for one in (document.get("definitions") or {}).get("subgraphs", ()):
        yield one["id"], one


def graph_of(document: Document, ident: str) -> Document:
    return dict(graphs(document))[ident]


def node_of(graph: Document, ident: Any) -> Document:
    found: Document = next(node for node in graph["nodes"] if node["id"] == ident)
    return found


def ends(row: Any) -> tuple[Any, Any, Any, Any, Any]:
    """The id, origin, its slot, target and its slot of a row of either form."""
    if isinstance(row, list):
        return row[0], row[1], row[2], row[3], row[4]
    return row["id"], row["origin_id"], row["origin_slot"], row["target_id"], row["target_slot"]


def edits_of(document: Document, number: int = 1) -> list[Edit]:
    """Many changes that can be made to a document. ``number`` makes the new values those of one author."""
    found: list[Edit] = []
    for graph, raw in graphs(document):
        for node in raw["nodes"]:
            found += _of_node(graph, node, number)
        for row in raw["links"]:
            found += _of_link(graph, raw, row)
        found += _of_graph(graph, raw, number)
    return found


def _of_node(graph: str, node: Document, number: int) -> Iterator[Edit]:
    ident = node["id"]
    key = (graph, ident)

    def put(member: str, value: Any) -> Callable[[Document], None]:
        return lambda document: node_of(graph_of(document, graph), ident).update({member: value})

    def put_value(index: int, value: Any) -> Callable[[Document], None]:
        def make(document: Document) -> None:
            node_of(graph_of(document, graph), ident)["widgets_values"][index] = value

        return make

    yield Edit(f"title of {key}", frozenset({(*key, "title")}), put("title", f"Title {number}"))
    mode = 4 if node.get("mode") != 4 else 0
    yield Edit(f"mode of {key}", frozenset({(*key, "mode")}), put("mode", mode if number == 1 else 2))
    yield Edit(
        f"position of {key}", frozenset({(*key, "position")}), put("pos", [number, number]), is_layout=True
    )
    saved = node.get("widgets_values")
    values: list[Any] = saved if isinstance(saved, list) else []
    for index, value in enumerate(values):
        if isinstance(value, str) and len(value) > 12:
            new: Any = f"{value} {number}"
        elif (
            isinstance(value, int)
            and not isinstance(value, bool)
            and values[index + 1 : index + 2] != ["randomize"]
        ):
            new = value + number
        else:
            continue
        yield Edit(f"value {index} of {key}", frozenset({(*key, "value", index)}), put_value(index, new))


def _of_link(graph: str, raw: Document, row: Any) -> Iterator[Edit]:
    _, origin, _, target, slot = ends(row)
    if target == -20 or origin == -10:
        return
    touches = frozenset({(graph, target, "input", slot)})
    yield Edit(
        f"cut of input {slot} of {(graph, target)}",
        touches,
        lambda document: cut(graph_of(document, graph), target, slot),
    )


def deletions_of(document: Document) -> list[Edit]:
    """The deletion of each node, which also touches the inputs that the node feeds, and its subgraph."""
    found: list[Edit] = []
    for graph, raw in graphs(document):
        fed: dict[Any, set[tuple[Any, ...]]] = {}
        for row in raw["links"]:
            _, origin, _, target, slot = ends(row)
            fed.setdefault(origin, set()).add((graph, target, "input", slot))
            fed.setdefault(target, set()).add((graph, origin, "feeds"))
        for node in raw["nodes"]:
            key = (graph, node["id"])
            touches = frozenset({key, *fed.get(node["id"], ()), (node["type"],)})
            found.append(Edit(f"deletion of {key}", touches, _deletion(graph, node["id"])))
    return found


def _deletion(graph: str, ident: Any) -> Callable[[Document], None]:
    return lambda document: delete(graph_of(document, graph), ident)


def are_disjoint(one: Edit, other: Edit) -> bool:
    """Whether two changes have nothing to do with each other."""
    pairs = ((a, b) for a in one.touches for b in other.touches)
    return not any(a[: len(b)] == b or b[: len(a)] == a for a, b in pairs)


def _of_graph(graph: str, raw: Document, number: int) -> Iterator[Edit]:
    def add(document: Document) -> None:
        add_node(document, graph_of(document, graph), number)

    def shuffle(document: Document) -> None:
        nodes = graph_of(document, graph)["nodes"]
        nodes.append(nodes.pop(0))

    def group(document: Document) -> None:
        own = graph_of(document, graph).setdefault("groups", [])
        own.append({"title": f"Group {number}", "bounding": [0, 0, 10 * number, 10]})

    origin = next((node["id"] for node in raw["nodes"] if node.get("outputs")), None)
    order = (graph, "order")
    yield Edit(f"new node in {graph!r}", frozenset({order, (graph, origin, "feeds")}), add)
    yield Edit(f"order in {graph!r}", frozenset({order}), shuffle, is_layout=True)
    yield Edit(f"group in {graph!r}", frozenset(), group, is_layout=True)


def add_node(document: Document, graph: Document, number: int) -> None:
    """Add a node that takes an output of the first node that has one, under the next ids."""
    state = graph.get("state")
    counters, names = (
        (graph, ("last_node_id", "last_link_id"))
        if not isinstance(state, dict)
        else (state, ("lastNodeId", "lastLinkId"))
    )
    known = [
        node["id"] for _, one in graphs(document) for node in one["nodes"] if isinstance(node["id"], int)
    ]
    links = [ends(row)[0] for row in graph["links"]]
    ident = max([counters.get(names[0]) or 0, *known]) + 1
    link = max([counters.get(names[1]) or 0, *links]) + 1
    counters[names[0]], counters[names[1]] = ident, link
    node: dict[str, Any] = {
        "id": ident,
        "type": "PreviewAny",
        "pos": [0, 0],
        "size": [10, 10],
        "flags": {},
        "order": 0,
        "mode": 0,
        "inputs": [{"name": "source", "type": "*", "link": None}],
        "outputs": [],
        "title": f"New {number}",
        "properties": {},
        "widgets_values": [],
    }
    graph["nodes"].append(node)
    origin = next((one for one in graph["nodes"] if one.get("outputs")), None)
    if origin is None:
        return
    kind = origin["outputs"][0].get("type")
    row: Any = [link, origin["id"], 0, ident, 0, kind]
    if isinstance(graph["links"][0] if graph["links"] else row, dict):
        row = dict(
            zip(("id", "origin_id", "origin_slot", "target_id", "target_slot", "type"), row, strict=True)
        )
    graph["links"].append(row)
    node["inputs"][0]["link"] = link
    origin["outputs"][0]["links"] = [*(origin["outputs"][0].get("links") or []), link]


def cut(graph: Document, target: Any, slot: Any) -> None:
    """Remove the link into an input."""
    for row in [row for row in graph["links"] if ends(row)[3:] == (target, slot)]:
        _remove(graph, row)


def delete(graph: Document, ident: Any) -> None:
    """Remove a node with all its links."""
    for row in [row for row in graph["links"] if ident in (ends(row)[1], ends(row)[3])]:
        _remove(graph, row)
    graph["nodes"].remove(node_of(graph, ident))


def _remove(graph: Document, row: Any) -> None:
    link = ends(row)[0]
    graph["links"].remove(row)
    for node in graph["nodes"]:
        for one in node.get("inputs") or ():
            if one.get("link") == link:
                one["link"] = None
        for one in node.get("outputs") or ():
            if isinstance(one.get("links"), list) and link in one["links"]:
                one["links"].remove(link)
    for one in (*graph.get("inputs", ()), *graph.get("outputs", ())):
        if isinstance(one.get("linkIds"), list) and link in one["linkIds"]:
            one["linkIds"].remove(link)
