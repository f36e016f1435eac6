"""Changes of workflows that mean nothing: nodes elsewhere, in another order, with other ids."""

from __future__ import annotations

import copy
import json
import random
from typing import Any


def graphs(document: Any) -> list[dict[str, Any]]:
    """The main graph of a workflow, and its definitions."""
    return [document, *(document.get("definitions") or {}).get("subgraphs", [])]


def shuffled(document: Any) -> Any:
    """The same with its nodes, members and links in another order, and other forms of numbers."""
    made = copy.deepcopy(document)
    for graph in graphs(made):
        graph["nodes"].reverse()
        for node in graph["nodes"]:
            node["pos"] = [float(value) for value in node["pos"]] if isinstance(node["pos"], list) else {}
            node["order"] = 0
        for node, old in zip(graph["nodes"], reversed(by_graph(document, graph)["nodes"]), strict=True):
            node["pos"] = node["pos"] or old["pos"]
    return json.loads(json.dumps(dict(reversed(made.items())), indent=3))


def by_graph(document: Any, graph: Any) -> Any:
    return next(one for one in graphs(document) if one.get("id") == graph.get("id"))


def moved(document: Any) -> Any:
    """The same with all nodes elsewhere, and another color."""
    made = copy.deepcopy(document)
    for graph in graphs(made):
        for node in graph["nodes"]:
            node["pos"] = [7, 11]
            node["bgcolor"] = "#123456"
        graph["groups"] = [{"title": "new", "bounding": [0, 0, 9, 9]}]
    made.setdefault("extra", {})["ds"] = {"scale": 3, "offset": [1, 2]}
    return made


def renumbered(document: Any) -> Any:
    """The same with the ids of all nodes dealt anew, and the nodes in another order."""
    made = copy.deepcopy(document)
    dealer = random.Random(5)
    for graph in graphs(made):
        ids = [node["id"] for node in graph["nodes"] if isinstance(node["id"], int)]
        others = dict(zip(ids, dealer.sample(ids, len(ids)), strict=True))
        for node in graph["nodes"]:
            node["id"] = others.get(node["id"], node["id"])
        for link in graph.get("links", []):
            ends = (1, 3) if isinstance(link, list) else ("origin_id", "target_id")
            for end in ends:
                link[end] = others.get(link[end], link[end])
        dealer.shuffle(graph["nodes"])
    return made
