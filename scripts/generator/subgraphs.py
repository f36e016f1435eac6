"""Subgraph definitions and the nodes that host them, with promoted widgets of every generation."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

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
from scripts.generator.nodes import PACKS, Json, Style, bare_node
from scripts.generator.values import ODD, TEXTS

INPUT_NODE, OUTPUT_NODE = -10, -20


@dataclass(frozen=True, slots=True)
class Definition:
    """A finished subgraph: its JSON, which inputs carry values, and inner widgets still to be promoted."""

    json: Json
    carries: tuple[bool, ...]
    widgets: tuple[tuple[str, str, str], ...]  # (inner node id, widget, type)


def uuid(rng: Random) -> str:
    """A version 4 UUID from the generator's own randomness."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def make_definition(
    rng: Random, catalogue: Catalogue, style: Style, number: int, first_id: int, inner: list[Definition]
) -> Definition:
    """A subgraph of a few nodes; `inner` are definitions that it may host."""
    graph = Graph(rng, catalogue, style, last_node=first_id)
    populate(graph, rng.randrange(1, 4), rng.randrange(2, 7))
    for definition in inner:
        for _ in range(rng.choice((1, 1, 1, 2))):
            graph.add(host(graph, definition))
    wire(graph, len(graph.nodes) + 1)
    if rng.random() < 0.1:
        add_unknown(graph)
    if rng.random() < 0.1:
        add_note(graph)
    reroute_links(graph, 0.06)
    inputs, carries = _expose_inputs(graph)
    outputs = _expose_outputs(graph)
    set_modes(graph, 0.08)
    json = {
        "id": uuid(rng),
        "version": 1,
        "state": {
            "lastGroupId": 0,
            "lastNodeId": graph.last_node if rng.random() < 0.8 else 0,
            "lastLinkId": graph.last_link,
            "lastRerouteId": 0,
        },
        "revision": 0,
        "config": {},
        "name": rng.choice((f"Subgraph {number}", "New Subgraph", "Text to image \u2728", "")),
        "inputNode": {"id": INPUT_NODE, "bounding": [-200, 0, 120, 60]},
        "outputNode": {"id": OUTPUT_NODE, "bounding": [900, 0, 120, 60]},
        "inputs": inputs,
        "outputs": outputs,
        "widgets": [],
        "nodes": graph.nodes,
        "groups": [],
        "links": graph.links,
        "extra": {},
    }
    widgets = tuple(
        (str(node["id"]), item["widget"]["name"], item["type"])
        for node, _, item in graph.open_inputs()
        if "widget" in item
    )
    return Definition(json, tuple(carries), widgets)


def _port(rng: Random, name: str, kind: str, taken: set[str]) -> Json:
    unique, count = name or "port", 0
    while unique in taken:
        count += 1
        unique = f"{name}_{count}"
    taken.add(unique)
    port = {"id": uuid(rng), "name": unique, "type": kind, "linkIds": [], "pos": [0, 0]}
    if rng.random() < 0.2:
        port["label"] = rng.choice(("Label", "prompt", "x"))
    if rng.random() < 0.5:
        port["localized_name"] = unique
    return port


def _expose_inputs(graph: Graph) -> tuple[list[Json], list[bool]]:
    """Lead sockets and widgets that are still open to the boundary; one input may feed several of a type."""
    rng = graph.rng
    ports: list[Json] = []
    carries: list[bool] = []
    taken: set[str] = set()
    for node, index, item in list(graph.open_inputs()):
        promoted = "widget" in item
        if rng.random() >= (0.18 if promoted else 0.6):
            continue
        twins = [
            at for at, port in enumerate(ports) if port["type"] == item["type"] and carries[at] == promoted
        ]
        if twins and rng.random() < 0.25:
            at = rng.choice(twins)
        else:
            at = len(ports)
            ports.append(_port(rng, item["name"].rsplit(".", 1)[-1], item["type"], taken))
            carries.append(promoted)
        row = graph.link(INPUT_NODE, at, node, index, item["type"])
        ports[at]["linkIds"].append(row["id"])
    if rng.random() < 0.1:
        ports.append(_port(rng, "unused", "IMAGE", taken))
        carries.append(False)
    return ports, carries


def _expose_outputs(graph: Graph) -> list[Json]:
    rng = graph.rng
    ports: list[Json] = []
    taken: set[str] = set()
    for node in graph.nodes:
        for index, output in enumerate(node["outputs"]):
            if (
                node["type"] == "PrimitiveNode"
                or rng.random() >= (0.3 if output["links"] else 0.6)
                or len(ports) > 3
            ):
                continue
            port = _port(rng, output["name"], output["type"], taken)
            row = graph.link(node, index, OUTPUT_NODE, len(ports), output["type"])
            port["linkIds"].append(row["id"])
            ports.append(port)
    if rng.random() < 0.05:
        ports.append(_port(rng, "nothing", "LATENT", taken))
    return ports


def host(graph: Graph, definition: Definition) -> Json:
    """A node that stands for a definition, with promoted values by index, as proxyWidgets, or both."""
    rng = graph.rng
    json = definition.json
    inputs = [
        {
            "name": port["name"],
            "type": port["type"],
            **({"widget": {"name": port["name"]}} if carries else {}),
            "link": None,
        }
        for port, carries in zip(json["inputs"], definition.carries, strict=True)
    ]
    outputs = [{"name": port["name"], "type": port["type"], "links": []} for port in json["outputs"]]
    node = bare_node(rng, graph.next_id(), json["id"], inputs, outputs)
    if graph.style.packs and rng.random() < 0.5:
        node["properties"] = dict(rng.choice(PACKS))
    if rng.random() < 0.3:
        node["title"] = rng.choice(("Host", "Sampler stage", "Positive Prompt", ""))
    kinds = [
        port["type"] for port, carries in zip(json["inputs"], definition.carries, strict=True) if carries
    ]
    generation = rng.random()
    if generation < 0.5:
        values = [_host_value(rng, kind) for kind in kinds]
        choices: tuple[list[Any], ...] = (
            values,
            values,
            values,
            values[:-1],
            [*values, "surplus"],
            [None, *values[1:]],
            [],
        )
        node["widgets_values"] = rng.choice(choices)
    elif generation < 0.9:
        entries = _proxies(rng, definition)
        node["properties"]["proxyWidgets"] = [list(entry[:2]) for entry in entries]
        values = [_host_value(rng, entry[2]) for entry in entries]
        if rng.random() < 0.6:
            node["widgets_values"] = values if rng.random() < 0.8 else values[: len(values) // 2]
    return node


def _proxies(rng: Random, definition: Definition) -> list[tuple[str, str, str]]:
    """Promotions as (node, widget, type): of the boundary ("-1"), of inner widgets, of nothing there."""
    entries = [
        ("-1", port["name"], port["type"])
        for port, carries in zip(definition.json["inputs"], definition.carries, strict=True)
        if carries and rng.random() < 0.7
    ]
    for node in definition.json["nodes"]:
        linked = [item for item in node["inputs"] if "widget" in item and item["link"] is not None]
        chosen = [item for item in linked if rng.random() < 0.3]
        entries += [(str(node["id"]), item["widget"]["name"], item["type"]) for item in chosen]
    free = list(definition.widgets)
    entries += rng.sample(free, min(len(free), rng.randrange(4)))
    if rng.random() < 0.15:
        entries.append(rng.choice((("999", "seed", "INT"), ("-1", "nowhere", "INT"))))
    if free and rng.random() < 0.15:
        node_id = rng.choice(free)[0]
        name = rng.choice(("control_after_generate", "$$canvas-image-preview", "no such widget"))
        entries.append((node_id, name, "STRING"))
    if rng.random() < 0.5:
        rng.shuffle(entries)
    return entries


def _host_value(rng: Random, kind: str) -> Any:
    if rng.random() < 0.1:
        return rng.choice(ODD)
    plain: dict[str, tuple[Any, ...]] = {
        "INT": (0, 7, 42, 1024, 2**40),
        "FLOAT": (0.5, 1, 7.25, 3.0),
        "BOOLEAN": (True, False),
        "STRING": TEXTS,
        "COMBO": ("euler", "normal", "model.safetensors", "a"),
    }
    return rng.choice(plain.get(kind, ODD))
