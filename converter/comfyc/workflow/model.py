"""A workflow as the file has it: nested graphs of nodes and links with their JSON pointers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.graph import Link
from comfyc.workflow.shown import Pictured

INPUT_NODE = "-10"
"""The id of a definition's input boundary in the links inside it (SUBGRAPH_INPUT_ID)."""
OUTPUT_NODE = "-20"
"""The id of a definition's output boundary in the links inside it (SUBGRAPH_OUTPUT_ID)."""


@dataclass(slots=True)
class FileLink(Link):
    """A row of a link table; ``origin`` and ``target`` are ids in the graph that the table belongs to.

    ``target_slot`` is as in the file (a number, or text in some files) until the target node is configured;
    from then on it is the index of the input that the link goes into.
    """

    pointer: Pointer
    id: Any
    target: str
    target_slot: Any


@dataclass(slots=True, eq=False)
class FileNode:
    """A node as saved: ``raw`` is its JSON object, ``id`` its id as text after renumbering.

    ``inputs`` has its saved inputs, without those that are not objects with a name.
    """

    id: str
    type: str
    raw: dict[str, Any]
    pointer: Pointer
    inputs: list[dict[str, Any]] = field(default_factory=list)
    input_names: list[str] = field(default_factory=list)
    """The names of ``inputs``."""


@dataclass(slots=True)
class FileSlot:
    """An input or output of a subgraph definition, with the ids of its inner links in order."""

    name: str
    type: Any
    link_ids: list[Any]
    pointer: Pointer


@dataclass(slots=True)
class FileGraph:
    """The root graph, or a subgraph definition: its nodes in file order and its links by id."""

    id: str
    name: str
    pointer: Pointer
    nodes: list[FileNode] = field(default_factory=list)
    largest: int | None = None
    """The largest node id if all ids are plain numbers and unique, else None."""
    links: dict[Any, FileLink] = field(default_factory=dict)
    incoming: dict[str, list[FileLink]] = field(default_factory=dict)
    """The links of the file by the node that they go into (:meth:`index_links`)."""
    inputs: list[FileSlot] = field(default_factory=list)
    outputs: list[FileSlot] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    last_node_id: Any = None
    """The saved counter of node ids of a subgraph definition."""
    survivors: dict[Any, Any] = field(default_factory=dict)
    """By the id of each link that was dropped in favour of another into the same input: the other's id."""

    def index_links(self) -> None:
        """Fill ``incoming`` from ``links``. Call this after links have been read or renumbered."""
        incoming: dict[str, list[FileLink]] = {}
        for link in self.links.values():
            if link.target in incoming:
                incoming[link.target].append(link)
            else:
                incoming[link.target] = [link]
        self.incoming = incoming

    def into(self, node: FileNode) -> Sequence[FileLink]:
        """The links that go into a node, in the order of the file."""
        return self.incoming.get(node.id, ())


@dataclass(slots=True)
class Workflow(Pictured):
    """A whole file. ``last_node_id`` is the counter from which the editor numbers new nodes; ``document`` is
    what was read."""

    root: FileGraph
    definitions: dict[str, FileGraph]
    last_node_id: int
    document: dict[str, Any] = field(repr=False)

    def typed_nodes(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The type and the ``properties`` of every node that is no subgraph node, including those of
        definitions and of legacy group nodes."""
        for graph in (self.root, *self.definitions.values()):
            for node in graph.nodes:
                if node.type not in self.definitions:
                    properties = node.raw.get("properties")
                    yield node.type, properties if isinstance(properties, dict) else {}
        groups = self.root.extra.get("groupNodes")
        for group in groups.values() if isinstance(groups, dict) else ():
            inner = group.get("nodes") if isinstance(group, dict) else None
            for raw in inner if isinstance(inner, list) else ():
                kind = raw.get("type") if isinstance(raw, dict) else None
                if isinstance(kind, str):
                    properties = raw.get("properties")
                    yield kind, properties if isinstance(properties, dict) else {}
