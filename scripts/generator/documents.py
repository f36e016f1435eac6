"""Whole workflow documents: a root graph with its definitions, in the style and with the wear of its age."""

from __future__ import annotations

from random import Random
from typing import Any

from scripts.generator.graphs import (
    Catalogue,
    Graph,
    add_note,
    add_unknown,
    populate,
    reroute_links,
    set_modes,
    wire,
)
from scripts.generator.nodes import Json, Style
from scripts.generator.subgraphs import Definition, host, make_definition, uuid


def make_document(rng: Random, catalogue: Catalogue) -> Json:
    """One workflow; about a third have subgraphs, a quarter some damage."""
    oddness = rng.choice((0.0, 0.02, 0.02, 0.1))
    style = Style(rng.random() < 0.6, rng.random() < 0.4, rng.random() < 0.6, rng.random() < 0.3, oddness)
    definitions = _definitions(rng, catalogue, style) if rng.random() < 0.4 else []
    graph = Graph(rng, catalogue, style, allow_cycles=rng.random() < 0.03)
    if definitions and rng.random() < 0.5:  # numbers of inner nodes need not be free in the root graph
        graph.last_node = rng.choice((0, 50, 1000))
    budget = rng.randrange(2, 14)
    populate(graph, rng.randrange(1, 5), budget)
    for definition in definitions if rng.random() < 0.5 else definitions[-1:]:
        for _ in range(rng.choice((1, 1, 2, 3))):
            graph.add(host(graph, definition))
    wire(graph, budget + 4)
    for add in (add_unknown, add_note):
        if rng.random() < 0.15:
            add(graph)
    reroute_links(graph, rng.choice((0.0, 0.05, 0.15)))
    set_modes(graph, rng.choice((0.0, 0.05, 0.2)))
    if rng.random() < 0.25:
        rng.choice(DAMAGES)(rng, graph)
    inner = [definition.json for definition in definitions]
    if rng.random() < 0.2:
        rng.shuffle(inner)
    return _finish(rng, graph, inner)


def every_type(rng: Random, catalogue: Catalogue, filled: bool) -> Json:
    """One document with a node of each type, unlinked: as just added (nothing saved), or with values."""
    graph = Graph(rng, catalogue, Style(filled, False, False, False, 0.0))
    for kind in catalogue.kinds:
        node = graph.add_kind(kind)
        if not filled:
            node.update(inputs=[], outputs=[], properties={})
            node.pop("widgets_values", None)
            node.pop("title", None)
    return _finish(rng, graph, [])


def _definitions(rng: Random, catalogue: Catalogue, style: Style) -> list[Definition]:
    found: list[Definition] = []
    running = 0
    for number in range(rng.choice((1, 1, 2, 3))):
        nested = rng.sample(found, 1) if found and rng.random() < 0.6 else []
        first = running if rng.random() < 0.5 else 0
        found.append(make_definition(rng, catalogue, style, number + 1, first, nested))
        running = max(running, *(node["id"] for node in found[-1].json["nodes"]))
    return found


def _finish(rng: Random, graph: Graph, definitions: list[Json]) -> Json:
    for nodes in (graph.nodes, *(definition["nodes"] for definition in definitions)):
        _dress(rng, graph.style, nodes)
    if rng.random() < 0.1:
        _rename(rng, graph)
    modern = rng.random() < 0.2
    document: Json = {"id": uuid(rng), "revision": 0}
    if modern:
        document["version"] = 1
        document["config"] = {}
        document["state"] = {
            "lastGroupId": 0,
            "lastNodeId": graph.last_node,
            "lastLinkId": graph.last_link,
            "lastRerouteId": 0,
        }
    else:
        document["last_node_id"] = graph.last_node if rng.random() < 0.9 else 0
        document["last_link_id"] = graph.last_link
    if rng.random() < 0.3:
        rng.shuffle(graph.nodes)
    if rng.random() < 0.3:
        rng.shuffle(graph.links)
    document["nodes"] = graph.nodes
    members = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    document["links"] = graph.links if modern else [[row[name] for name in members] for row in graph.links]
    document["groups"] = []
    document["extra"] = {"ds": {"scale": 1, "offset": [0, 0]}}
    if rng.random() < 0.2:
        _native_reroutes(rng, graph, document)
    if not modern:
        document["config"] = {}
        document["version"] = 0.4
    if definitions:
        document["definitions"] = {"subgraphs": definitions}
    return document


def _dress(rng: Random, style: Style, nodes: list[Json]) -> None:
    """Write or leave out what an editor of the style writes or leaves out."""
    for order, node in enumerate(nodes):
        node["order"] = order
        known = node["type"] not in ("Reroute", "PrimitiveNode")
        if known and not style.widget_inputs:
            node["inputs"] = [
                item for item in node["inputs"] if "widget" not in item or item["link"] is not None
            ]
        for item in node["inputs"]:
            if style.localized:
                item["localized_name"] = item["name"]
        for index, item in enumerate(node["outputs"]):
            if style.slot_index:
                item["slot_index"] = index
            if not item["links"] and rng.random() < 0.5:
                item["links"] = None
        if rng.random() < style.oddness:
            node.pop(rng.choice(("flags", "mode", "properties", "order", "size", "pos", "outputs")), None)
        if rng.random() < style.oddness and len(node["inputs"]) > 1:
            rng.shuffle(node["inputs"])
        if rng.random() < style.oddness:
            node["inputs"].append({"name": "gone", "type": "INT", "link": None})


def _rename(rng: Random, graph: Graph) -> None:
    """Ids that are legal and rare: far apart, beyond an array index, or strings."""
    shape = rng.randrange(3)
    fresh: dict[Any, Any] = {}
    for node in graph.nodes:
        old = node["id"]
        fresh[old] = (old * 977, old + 4294967290, str(old) if old % 2 else f"node-{old}")[shape]
        node["id"] = fresh[old]
    for row in graph.links:
        row["origin_id"] = fresh.get(row["origin_id"], row["origin_id"])
        row["target_id"] = fresh.get(row["target_id"], row["target_id"])
    graph.last_node = max(node["id"] if isinstance(node["id"], int) else 0 for node in graph.nodes) + 1


def _native_reroutes(rng: Random, graph: Graph, document: Json) -> None:
    """Points on wires, as the editor keeps them since 1.4: they must not matter."""
    chosen = rng.sample(graph.links, min(len(graph.links), 3))
    points = [{"id": at + 1, "pos": [at, at], "linkIds": [row["id"]]} for at, row in enumerate(chosen)]
    if document.get("version") == 1:
        document["reroutes"] = points
        for point, row in zip(points, chosen, strict=True):
            row["parentId"] = point["id"]
        return
    document["extra"]["reroutes"] = points
    document["extra"]["linkExtensions"] = [
        {"id": row["id"], "parentId": point["id"]} for point, row in zip(points, chosen, strict=True)
    ]


def _some_link(rng: Random, graph: Graph) -> Json | None:
    return rng.choice(graph.links) if graph.links else None


def _forget_output_links(rng: Random, graph: Graph) -> None:
    for node in graph.nodes:
        for item in node["outputs"]:
            item["links"] = None if rng.random() < 0.7 else []


def _repeat_row(rng: Random, graph: Graph) -> None:
    row = _some_link(rng, graph)
    if row:
        graph.last_link += 1
        graph.links.append({**row, "id": graph.last_link})


def _lose_row(rng: Random, graph: Graph) -> None:
    row = _some_link(rng, graph)
    if row:
        graph.links.remove(row)


def _lose_mention(rng: Random, graph: Graph) -> None:
    row = _some_link(rng, graph)
    for node in graph.nodes:
        for item in node["inputs"]:
            if row and item["link"] == row["id"]:
                item["link"] = None


def _shift_slots(rng: Random, graph: Graph) -> None:
    for row in graph.links:
        if rng.random() < 0.4:
            row["target_slot"] += rng.choice((1, 2, -1))


def _stretch_slot(rng: Random, graph: Graph) -> None:
    row = _some_link(rng, graph)
    if row:
        row["origin_slot"] += rng.choice((1, 5))


def _text_ids(rng: Random, graph: Graph) -> None:
    for row in graph.links:
        if rng.random() < 0.5:
            row["origin_id"], row["target_id"] = str(row["origin_id"]), str(row["target_id"])


def _twin_node(rng: Random, graph: Graph) -> None:
    if len(graph.nodes) > 1:
        first, second = rng.sample(graph.nodes, 2)
        second["id"] = first["id"]


def _lose_node(rng: Random, graph: Graph) -> None:
    graph.nodes.remove(rng.choice(graph.nodes))


DAMAGES = (
    _forget_output_links,
    _forget_output_links,
    _repeat_row,
    _lose_row,
    _lose_mention,
    _shift_slots,
    _shift_slots,
    _stretch_slot,
    _text_ids,
    _twin_node,
    _lose_node,
)
