"""One graph: random node types, wired where their types allow it, with reroutes, primitives and notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from scripts.generator.nodes import Json, Style, bare_node, make_node, slot
from scripts.generator.values import CONTROLS, ODD, TEXTS, value

FAMILIAR = """
    KSampler KSampler CLIPTextEncode CLIPTextEncode CheckpointLoaderSimple VAEDecode VAEEncode SaveImage
    PreviewImage LoadImage EmptyLatentImage LoraLoader ControlNetApplyAdvanced ImageScale KSamplerAdvanced
    PrimitiveInt PrimitiveFloat PrimitiveString PrimitiveBoolean UNETLoader DualCLIPLoader ModelSamplingFlux
    SamplerCustomAdvanced RandomNoise BasicScheduler ConditioningCombine LatentUpscale ImageBatch CustomCombo
    SaveVideo CreateVideo SaveAudio LoadAudio StringConcatenate PreviewAny ComfySwitchNode ComfyMathExpression
    ImageCompare RegexExtract SaveText
"""
UNRELIABLE = """
    WebcamCapture RecordAudio Load3D Load3DAdvanced Load3DAnimation Preview3D Preview3DAdvanced SaveGLB
    Preview3DAnimation Save3DAdvanced PreviewGaussianSplat PreviewPointCloud SaveGaussianSplat SavePointCloud
    Painter LoadImageOutput ImageCompositor
"""
"""Left out: what they export depends on what is on the screen or on the network."""
VIRTUAL = ("Reroute", "PrimitiveNode", "Note", "MarkdownNote")


class Catalogue:
    """The node types to draw from, and which of them make an output of a given type."""

    def __init__(self, object_info: Json) -> None:
        unreliable = UNRELIABLE.split()
        self.nodes: Json = {kind: info for kind, info in object_info.items() if kind not in unreliable}
        self.kinds = list(self.nodes)
        self.familiar = [kind for kind in FAMILIAR.split() if kind in self.nodes] or self.kinds
        self.makers: dict[str, list[str]] = {}
        for kind, info in self.nodes.items():
            for output in info.get("output") or []:
                for part in output.split(",") if isinstance(output, str) else ("COMBO",):
                    self.makers.setdefault(part, []).append(kind)

    def pick(self, rng: Random) -> str:
        """A type of everyday use or, as often, any type."""
        return rng.choice(self.familiar if rng.random() < 0.5 else self.kinds)


def fits(origin: str, target: str) -> bool:
    """Whether the editor lets a person draw this link."""
    if "*" in (origin, target) or not origin or not target:
        return True
    mine = {part.strip().lower() for part in origin.split(",")}
    return not mine.isdisjoint(part.strip().lower() for part in target.split(","))


@dataclass(slots=True)
class Graph:
    """A graph in the making. Links are objects here; the document turns them into rows if need be."""

    rng: Random
    catalogue: Catalogue
    style: Style
    nodes: list[Json] = field(default_factory=list)
    links: list[Json] = field(default_factory=list)
    last_node: int = 0
    last_link: int = 0
    allow_cycles: bool = False

    def next_id(self) -> int:
        self.last_node += 1
        return self.last_node

    def add(self, node: Json) -> Json:
        self.nodes.append(node)
        return node

    def add_kind(self, kind: str) -> Json:
        return self.add(make_node(self.rng, self.next_id(), kind, self.catalogue.nodes[kind], self.style))

    def link(self, origin: Any, origin_slot: int, target: Any, target_slot: int, kind: str) -> Json:
        """A row in the link table and its mention at both ends, where these are nodes of this graph."""
        self.last_link += 1
        row = {
            "id": self.last_link,
            "origin_id": origin["id"] if isinstance(origin, dict) else origin,
            "origin_slot": origin_slot,
            "target_id": target["id"] if isinstance(target, dict) else target,
            "target_slot": target_slot,
            "type": kind,
        }
        self.links.append(row)
        if isinstance(origin, dict):
            origin["outputs"][origin_slot]["links"].append(row["id"])
        if isinstance(target, dict):
            target["inputs"][target_slot]["link"] = row["id"]
        return row

    def open_inputs(self) -> Iterator[tuple[Json, int, Json]]:
        """(node, index, slot) of every input that has no link."""
        for node in list(self.nodes):
            for index, item in enumerate(node["inputs"]):
                if item["link"] is None:
                    yield node, index, item

    def feeds(self, origin: Json, target: Json) -> bool:
        """Whether `target`'s output already reaches `origin`: the link would close a circle."""
        seen, todo = {origin["id"]}, [origin["id"]]
        while todo:
            here = todo.pop()
            if here == target["id"]:
                return True
            sources = {row["origin_id"] for row in self.links if row["target_id"] == here} - seen
            seen |= sources
            todo += sources
        return False

    def supplier(self, target: Json, kind: str, budget: int) -> tuple[Json, int] | None:
        """An output for an input of this type: one that is there, or that of a new node."""
        choices = [
            (node, index)
            for node in self.nodes
            for index, output in enumerate(node["outputs"])
            if node["type"] not in VIRTUAL and fits(output["type"], kind)
        ]
        self.rng.shuffle(choices)
        for node, index in choices if self.rng.random() < 0.75 or len(self.nodes) >= budget else ():
            if node is not target and (self.allow_cycles or not self.feeds(node, target)):
                return node, index
        makers = [maker for part in kind.split(",") for maker in self.catalogue.makers.get(part.strip(), ())]
        if len(self.nodes) >= budget or not makers:
            return None
        node = self.add_kind(self.rng.choice(makers))
        indexes = [index for index, output in enumerate(node["outputs"]) if fits(output["type"], kind)]
        return (node, indexes[0]) if indexes else None


def populate(graph: Graph, seeds: int, budget: int) -> None:
    """Add `seeds` nodes and what they need, up to `budget` nodes, then wire most of the sockets."""
    for _ in range(seeds):
        graph.add_kind(graph.catalogue.pick(graph.rng))
    wire(graph, budget)


def wire(graph: Graph, budget: int) -> None:
    """Link open inputs: most sockets, few widgets."""
    rng = graph.rng
    for _round in range(3):
        for node, index, item in list(graph.open_inputs()):
            if "widget" in item:
                if rng.random() < 0.06:
                    _feed_widget(graph, node, index, item, budget)
            elif rng.random() < 0.7:
                found = graph.supplier(node, item["type"], budget)
                if found:
                    graph.link(*found, node, index, item["type"])


def _feed_widget(graph: Graph, node: Json, index: int, item: Json, budget: int) -> None:
    if graph.rng.random() < 0.5:
        _add_primitive(graph, node, index, item)
        return
    found = graph.supplier(node, item["type"], budget)
    if found and (item["type"] != "COMBO" or graph.rng.random() < 0.5):
        graph.link(*found, node, index, item["type"])


def _add_primitive(graph: Graph, node: Json, index: int, item: Json) -> None:
    rng = graph.rng
    name, kind = item["widget"]["name"], item["type"]
    output = {"name": kind, "type": kind, "widget": {"name": name}, "links": []}
    primitive = graph.add(bare_node(rng, graph.next_id(), "PrimitiveNode", [], [output]))
    primitive["properties"] = {"Run widget replace on values": kind == "STRING" and rng.random() < 0.3}
    if rng.random() < 0.3:
        primitive["title"] = rng.choice((name, "seed", "Width"))
    spec = graph.catalogue.nodes.get(node["type"], {}).get("input", {}).get("required", {}).get(name)
    chosen = value(rng, name, spec) if spec else rng.choice((5, 1.5, "x", True, None))
    saved = [chosen]
    if kind in ("INT", "FLOAT", "COMBO"):
        saved.append(rng.choice(CONTROLS))
    if kind == "COMBO":
        saved.append("")
    if rng.random() < 0.9:
        primitive["widgets_values"] = saved
    graph.link(primitive, 0, node, index, kind)
    for other, slot_index, twin in list(graph.open_inputs()):
        if (
            "widget" in twin
            and twin["widget"]["name"] == name
            and twin["type"] == kind
            and rng.random() < 0.25
        ):
            graph.link(primitive, 0, other, slot_index, kind)


def add_unknown(graph: Graph) -> None:
    """A node of a pack that is not installed, between two others where possible."""
    rng = graph.rng
    outputs = [
        {"name": kind, "type": kind, "links": []} for kind in rng.sample(("IMAGE", "MODEL", "*", "INT"), 2)
    ]
    inputs = [
        slot("image", "IMAGE"),
        slot("model", "MODEL"),
        {**slot("amount", "INT"), "widget": {"name": "amount"}},
    ]
    kind = rng.choice(("Fancy Node|pack", "FooSampler", "easy <b>x", "Pack.Node v2", "Get'Set`Node=1"))
    node = graph.add(bare_node(rng, graph.next_id(), kind, inputs[: rng.randrange(4)], outputs))
    node["properties"] = rng.choice(({}, {"Node name for S&R": kind}, {"cnr_id": "fancy", "ver": "1.0.0"}))
    shapes: tuple[Any, ...] = (
        [rng.choice(ODD), rng.choice(TEXTS), 3],
        [],
        {"seed": 5, "mode": "x"},
        {"0": 1, "1": "b", "length": 2},
        [[1], {"on": True, "lora": "x"}, None, "", {}],
    )
    if rng.random() < 0.9:
        node["widgets_values"] = rng.choice(shapes)
    if rng.random() < 0.4:
        node["title"] = rng.choice(("Unknown", "", "Fancy"))
    for other, index, item in list(graph.open_inputs()):
        for output, sent in enumerate(outputs):
            free = other["inputs"][index]["link"] is None
            if other is not node and free and sent["type"] == item["type"] and rng.random() < 0.4:
                graph.link(node, output, other, index, item["type"])


def add_note(graph: Graph) -> None:
    """A comment: never sent."""
    rng = graph.rng
    node = graph.add(bare_node(rng, graph.next_id(), rng.choice(("Note", "MarkdownNote")), [], []))
    node["widgets_values"] = [rng.choice(TEXTS)]


def reroute_links(graph: Graph, chance: float) -> None:
    """Put a Reroute node, at times a chain of them, into some of the links."""
    rng = graph.rng
    by_id = {node["id"]: node for node in graph.nodes}
    for row in list(graph.links):
        while rng.random() < chance and row["origin_id"] in by_id and row["target_id"] in by_id:
            origin = by_id[row["origin_id"]]
            kind = rng.choice((row["type"], "*", row["type"]))
            reroute = bare_node(
                rng, graph.next_id(), "Reroute", [slot("", "*")], [{"name": "", "type": kind, "links": []}]
            )
            reroute["properties"] = {"showOutputText": False, "horizontal": False}
            graph.add(reroute)
            by_id[reroute["id"]] = reroute
            origin["outputs"][row["origin_slot"]]["links"].remove(row["id"])
            graph.link(origin, row["origin_slot"], reroute, 0, row["type"])
            reroute["outputs"][0]["links"].append(row["id"])
            row["origin_id"], row["origin_slot"] = reroute["id"], 0


def set_modes(graph: Graph, chance: float) -> None:
    """Mute, bypass or set to an unusual mode some of the nodes."""
    for node in graph.nodes:
        if graph.rng.random() < chance:
            node["mode"] = graph.rng.choice((2, 2, 4, 4, 4, 1, 3))
