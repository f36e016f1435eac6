"""Put nodes with ids such as "12:3" back into the subgraphs that an export has flattened.

A prompt says nothing of subgraphs but this: the node "12:3" was node 3 inside the subgraph node 12. Each of
these gets a definition of its own, and the links that cross its border become inputs and outputs of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from comfyc.rebuild.nodes import Id, NewGraph, NewNode, exact_id
from comfyc.rebuild.sizes import output_names
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE

Path = tuple[str, ...]
"""The ids of the subgraph nodes that a graph is inside of; () is the main graph."""

_DEEPEST = 20
"""Subgraphs inside each other."""

INPUT, OUTPUT = int(INPUT_NODE), int(OUTPUT_NODE)
"""The ids of the borders of a definition in its links."""


class End(NamedTuple):
    """One end of a link: a node by its id in the graph, and the number of its slot."""

    node: Id
    slot: int


class Segment(NamedTuple):
    """A link in one graph."""

    id: int
    origin: End
    target: End
    kind: Any


@dataclass(slots=True)
class Border:
    """An input or output of a definition, with the ids of the links inside."""

    name: str
    kind: Any
    widget: str | None = None
    links: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Level:
    """One graph of the new workflow: its nodes, the subgraph nodes in it by id, and its links."""

    path: Path
    nodes: list[NewNode] = field(default_factory=list)
    hosts: dict[str, Path] = field(default_factory=dict)
    links: list[Segment] = field(default_factory=list)
    inputs: list[Border] = field(default_factory=list)
    outputs: list[Border] = field(default_factory=list)
    entries: dict[End, int] = field(default_factory=dict)
    """The number of the input that brings in what comes from an end outside."""
    exits: dict[End, int] = field(default_factory=dict)
    """The number of the output that an end inside leaves by."""
    values: list[Any] = field(default_factory=list)
    """The values that the subgraph node holds for widgets inside, in the order of the inputs."""


def paths_of(keys: Iterable[str]) -> dict[str, Path]:
    """For each node of a prompt the graph that it is in.

    A node stays in the main graph if one of the subgraph nodes around it would have the id of a node.
    """
    taken = set(keys)
    paths: dict[str, Path] = {}
    for key in keys:
        *around, _ = key.split(":")
        hosts = [":".join(around[:depth]) for depth in range(1, len(around) + 1)]
        is_sound = len(around) <= _DEEPEST and "" not in around and taken.isdisjoint(hosts)
        paths[key] = tuple(around) if is_sound else ()
    return paths


def levels_of(graph: NewGraph, inside: Mapping[str, Path]) -> dict[Path, Level]:
    """All graphs of the workflow, outer ones first. ``inside`` says for each node which graph it is in."""
    levels: dict[Path, Level] = {(): Level(())}
    paths = {path[:depth] for path in inside.values() for depth in range(1, len(path) + 1)}
    for path in sorted(paths, key=len):
        levels[path] = Level(path)
        levels[path[:-1]].hosts[path[-1]] = path
    for key, node in graph.nodes.items():
        levels[inside[key]].nodes.append(node)
    made = 0
    for link in graph.links.values():
        origin, target = graph.nodes[link.origin], graph.nodes[link.target]
        slot = target.live.inputs[link.target_slot]
        route = _Route(levels, graph.kinds[link.id], made)
        end = route.leave(
            inside[origin.key],
            inside[target.key],
            End(origin.id, link.origin_slot),
            _name(origin, link.origin_slot),
        )
        end = route.enter(inside[origin.key], inside[target.key], end, slot.name, slot.widget)
        route.link(levels[inside[target.key]], end, End(target.id, link.target_slot))
        made = route.made
    return levels


def _name(node: NewNode, slot: int) -> str:
    names = output_names(node)
    return names[slot] if slot < len(names) else str(slot)


@dataclass(slots=True)
class _Route:
    """The way of one link through the graphs between its ends. ``made`` counts the links of all graphs."""

    levels: dict[Path, Level]
    kind: Any
    made: int

    def link(self, level: Level, origin: End, target: End) -> int:
        self.made += 1
        level.links.append(Segment(self.made, origin, target, self.kind))
        if origin.node == INPUT:
            level.inputs[origin.slot].links.append(self.made)
        if target.node == OUTPUT:
            level.outputs[target.slot].links.append(self.made)
        return self.made

    def leave(self, source: Path, target: Path, end: End, name: str) -> End:
        """Go out of all graphs that the target is not in."""
        while source != target[: len(source)]:
            level = self.levels[source]
            if end not in level.exits:
                level.exits[end] = len(level.outputs)
                level.outputs.append(Border(unused_name(name, level.outputs), self.kind))
                self.link(level, end, End(OUTPUT, level.exits[end]))
            end = End(exact_id(source[-1]), level.exits[end])
            source = source[:-1]
        return end

    def enter(self, source: Path, target: Path, end: End, name: str, widget: str | None) -> End:
        """Go into all graphs that only the target is in."""
        while source != target[: len(source)]:
            source = source[:-1]
        for depth in range(len(source), len(target)):
            level = self.levels[target[: depth + 1]]
            if end not in level.entries:
                level.entries[end] = len(level.inputs)
                level.inputs.append(Border(unused_name(name, level.inputs), self.kind, widget))
                self.link(self.levels[target[:depth]], end, End(exact_id(target[depth]), level.entries[end]))
            end = End(INPUT, level.entries[end])
        return end


def unused_name(name: str, borders: Iterable[Border]) -> str:
    """A name that none of the inputs or outputs has: the given one, or that with a number."""
    taken = {border.name for border in borders}
    count, made = 1, name
    while made in taken:
        made = f"{name}_{count}"
        count += 1
    return made
