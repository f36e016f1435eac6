"""The editor's file format: a JSON document of schema 0.4 or 1 becomes a :class:`Workflow`.

Faithful and nested: nothing is resolved here, but what the editor drops or renumbers while it reads
a file (``LGraph.configure``, ``linkDeduplication.ts``, ``subgraphDeduplication.ts`` of frontend
1.58.1) is dropped and renumbered, and reported. Every node and link carries its JSON pointer.

Reading never raises: a member of a wrong type is reported and left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc import codes
from comfyc.diagnostics import Diagnostics, Pointer
from comfyc.documents import is_workflow
from comfyc.graph import Link
from comfyc.javascript.values import MAX_SAFE_INTEGER, shown, text, truthy

INPUT_NODE = "-10"
"""The id that links inside a subgraph definition give its input boundary (SUBGRAPH_INPUT_ID)."""
OUTPUT_NODE = "-20"
"""The id of the output boundary (SUBGRAPH_OUTPUT_ID)."""
_UNASSIGNED = "-1"
_UNASSIGNED_NUMBER = -1
_NONE: list[Any] = []
_SLOTS = 1 << 10
"""Slots of a node from here on are not counted by bits."""
_SCALAR = (int, str, float)
_LINK = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
_LARGE = 1 << 53
"""Integers beyond are rounded when they become the text of an id."""
_INTEGER = re.compile(r"[1-9][0-9]{0,14}\Z")
_COUNTED = 10**15
"""Numbers from here on do not move the counter of node ids."""


@dataclass(slots=True)
class FileLink(Link):
    """A row of a link table; slots are as in the file (numbers, or text in some files).

    ``place`` is where it stands; of a row of a table, where the table does, and ``index`` which row.
    """

    place: Pointer
    id: Any
    target: str
    target_slot: Any
    index: int | None = None
    at: int | None = None
    """The index of the live input that it was last put into (``LiveNode.put``), which may have moved."""

    @property
    def pointer(self) -> Pointer:
        """Where it stands in the file."""
        return self.place if self.index is None else (*self.place, self.index)


@dataclass(slots=True, eq=False)
class FileNode:
    """A node as saved: ``raw`` is its JSON object, ``id`` its id as text after renumbering."""

    id: str
    type: str
    raw: dict[str, Any]
    place: Pointer
    """Where it stands; of one in a list, where the list does."""
    index: int | None = None
    inputs: list[dict[str, Any]] = field(default_factory=list)
    taken: int = 0
    """The slots that links go into, each a bit."""

    @property
    def pointer(self) -> Pointer:
        """Where it stands in the file; the same for all who ask, as each copy in a subgraph does."""
        if self.index is not None:
            self.place, self.index = (*self.place, self.index), None
        return self.place


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
    """The largest id of a node if all are plain numbers, each of them once."""
    links: dict[Any, FileLink] = field(default_factory=dict)
    is_counted: bool = False
    """Whether the nodes know which of their slots have links: where nothing about these is odd."""
    grouped: dict[str, list[FileLink]] | None = None
    """The links by the node that they go into, once this was asked for (:meth:`into`)."""
    inputs: list[FileSlot] = field(default_factory=list)
    outputs: list[FileSlot] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    last_node_id: Any = None
    """The counter of node ids that a subgraph definition was saved with."""
    survivors: dict[Any, Any] = field(default_factory=dict)
    """For each link that was dropped in favour of another into the same input: the other's id."""

    def into(self, node: FileNode) -> Sequence[FileLink]:
        """The links that go into a node, in the order of the file."""
        if self.grouped is None:
            self.grouped = {}
            for link in self.links.values():
                self.grouped.setdefault(link.target, []).append(link)
        return self.grouped.get(node.id, ())

    def count_into(self, node: FileNode) -> int:
        """How many links go into a node."""
        return node.taken.bit_count() if self.is_counted else len(self.into(node))


@dataclass(slots=True)
class Workflow:
    """A whole file. ``last_node_id`` seeds the numbers that the editor gives to new nodes."""

    root: FileGraph
    definitions: dict[str, FileGraph]
    last_node_id: int


def read(document: dict[str, Any], diagnostics: Diagnostics, *, browser_exact: bool = False) -> Workflow:
    """Read a workflow document (see ``comfyc.documents``) of schema 0.4 or 1.

    What is malformed is reported (W03x, G1xx) and left out; the document itself is not changed. With
    ``browser_exact`` rows of a link table that are not in the form of the file's version are not read.
    """
    reader = _Reader(diagnostics, browser_exact)
    version = document.get("version")
    as_arrays = version == 0.4 and not isinstance(version, bool)
    if "config" in document and document["config"] is None:
        diagnostics.report(
            codes.EDITOR_CANNOT_OPEN, "'config' is null, on which the editor fails", pointer=("config",)
        )
    root = reader.graph(document, (), "", as_arrays=as_arrays)
    # the older name counts in files of either version, the newer one only where links are objects
    saved = None if as_arrays else _member(document, "state").get("lastNodeId")
    counter = document.get("last_node_id", saved)
    last_node_id = counter if isinstance(counter, int) and not isinstance(counter, bool) else 0
    definitions = reader.definitions(document)
    workflow = Workflow(root, definitions, min(max(0, last_node_id), MAX_SAFE_INTEGER))
    if definitions:
        _renumber_definitions(workflow, diagnostics)
        for definition in definitions.values():
            _observe(workflow, (text(definition.last_node_id),))
    _renumber_root(workflow, diagnostics)
    return workflow


def has_too_many_nodes(document: Any, diagnostics: Diagnostics) -> bool:
    """Whether a workflow or a prompt has more nodes than ``limits.nodes``, which is reported (G150).

    The nodes of all subgraph definitions are counted, each once.
    """
    most = diagnostics.limits.nodes
    if not isinstance(document, dict):
        return False
    if not is_workflow(document):
        count = len(document)
    else:
        count, pending = 0, [document]
        while pending and count <= most:
            graph = pending.pop()
            nodes, inner = graph.get("nodes"), _member(graph, "definitions").get("subgraphs")
            count += len(nodes) if isinstance(nodes, list) else 0
            pending += [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
    if count <= most:
        return False
    kind = "workflow" if is_workflow(document) else "prompt"
    diagnostics.report(codes.TOO_MANY_NODES, f"the {kind} has {diagnostics.limits.told('nodes')}")
    return True


def _member(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


@dataclass(slots=True)
class _Reader:
    diagnostics: Diagnostics
    browser_exact: bool

    def graph(self, raw: dict[str, Any], pointer: Pointer, ident: str, *, as_arrays: bool) -> FileGraph:
        name = raw.get("name")
        graph = FileGraph(ident, name if isinstance(name, str) else "", pointer, extra=_member(raw, "extra"))
        numbered = self.nodes(graph, raw.get("nodes"), (*pointer, "nodes"))
        self.links(graph, numbered, raw.get("links"), (*pointer, "links"), as_arrays=as_arrays)
        return graph

    def nodes(self, graph: FileGraph, raw: Any, pointer: Pointer) -> dict[int, FileNode]:
        """Read the nodes; return those whose ids are plain numbers, and the boundaries, by these."""
        nodes = graph.nodes
        numbered: dict[int, FileNode] = {}
        for index, item in enumerate(self.rows(raw, pointer)):
            if item.__class__ is dict:
                ident, kind, inputs = item.get("id"), item.get("type"), item.get("inputs")
                if ident.__class__ is int and -_LARGE < ident < _LARGE and kind.__class__ is str:
                    # the common case
                    node = numbered[ident] = FileNode(str(ident), kind, item, pointer, index, _NONE)
                else:
                    node = self.odd_node(item, ident, kind, (*pointer, index))
                if inputs:
                    try:
                        "".join([item["name"] for item in inputs])
                        node.inputs = inputs
                    except (TypeError, KeyError):  # one is no object, has no name, or one that is no text
                        node.inputs = self.odd_inputs(inputs, node)
                elif inputs.__class__ is dict:
                    node.inputs = self.odd_inputs(inputs, node)
                outputs = item.get("outputs")
                for output in outputs if outputs.__class__ is list else _NONE:
                    if output.__class__ is dict and output.get("links", _NONE).__class__ is not list:
                        self.check_output_links(output, node)
                nodes.append(node)
            else:
                self.left_out((*pointer, index), f"a node is {_kind(item)}", fails=True)
        if len(numbered) == len(nodes) and _UNASSIGNED_NUMBER not in numbered:
            graph.largest = max(numbered, default=0)
        numbered.pop(_UNASSIGNED_NUMBER, None)
        for boundary in (INPUT_NODE, OUTPUT_NODE):
            numbered[int(boundary)] = FileNode(boundary, "", {}, pointer)
        return numbered

    def odd_node(self, item: dict[str, Any], ident: Any, kind: Any, pointer: Pointer) -> FileNode:
        if not isinstance(ident, (str, int, float)) or isinstance(ident, bool) or ident == "":
            self.malformed((*pointer, "id"), f"a node's id is {_kind(ident)} where a number or text belongs")
            ident = f"node-{pointer[-1]}"
        if not isinstance(kind, str):
            self.malformed((*pointer, "type"), f"a node's type is {_kind(kind)} where text belongs")
            kind = ""
        return FileNode(text(ident), kind, item, pointer)

    def odd_inputs(self, raw: Any, node: FileNode) -> list[dict[str, Any]]:
        good: list[dict[str, Any]] = []
        place: Pointer = (*node.pointer, "inputs")
        if not isinstance(raw, list):
            self.left_out(place, f"the list of a node's inputs is {_kind(raw)}", node.id, fails=True)
            return good
        for index, item in enumerate(raw):
            if not isinstance(item, dict):
                self.left_out((*place, index), f"an input is {_kind(item)}", node.id, fails=item is None)
            elif isinstance(item.get("name"), str):
                good.append(item)
            else:
                name = _kind(item["name"]) if "name" in item else "missing"
                self.left_out((*place, index), f"an input's name is {name}", node.id)
        return good

    def check_output_links(self, output: dict[str, Any], node: FileNode) -> None:
        """The editor goes through the links of each output while it gives a node its saved values."""
        links = output["links"]
        if truthy(links) and not isinstance(links, str):
            index = next(at for at, item in enumerate(node.raw["outputs"]) if item is output)
            place = (*node.pointer, "outputs", index, "links")
            message = f"{_kind(links)} stands where the list of an output's links belongs"
            self.left_out(place, message, node.id, fails=True)

    def links(
        self,
        graph: FileGraph,
        numbered: Mapping[int, FileNode],
        raw: Any,
        pointer: Pointer,
        *,
        as_arrays: bool,
    ) -> None:
        items = self.rows(raw, pointer)
        if self.take_links(graph, numbered, items, pointer, as_arrays=as_arrays):
            graph.is_counted = graph.largest is not None
            return
        graph.links.clear()
        for node in numbered.values():
            node.taken = 0
        rows: list[FileLink] = []
        empty: list[int] = []
        others: list[int] = []
        for index, item in enumerate(items):
            if item is None:
                empty.append(index)
                continue
            if isinstance(item, (list, dict)):
                if isinstance(item, list) is not as_arrays:
                    others.append(index)
                    if self.browser_exact:
                        continue
                found = self.link((*pointer, index), item)
            else:
                found = None
                self.broken_row((*pointer, index), f"it is {_kind(item)}")
            if found is not None:
                rows.append(found)
        if empty:
            self.diagnostics.report(
                codes.EDITOR_CANNOT_OPEN,
                f"{len(empty)} rows of a link table are null, on which the editor fails",
                pointer=(*pointer, empty[0]),
                hint="remove these rows",
            )
        if others:
            self.report_others(len(others), len(items), pointer, as_arrays=as_arrays)
        if not as_arrays:  # a definition keeps the first link of an id before anything else
            rows = _first_of_id(rows, self.diagnostics)
        _register(graph, rows, self.diagnostics)

    def take_links(
        self,
        graph: FileGraph,
        numbered: Mapping[int, FileNode],
        items: list[Any],
        pointer: Pointer,
        *,
        as_arrays: bool,
    ) -> bool:
        """Read a table of links in which nothing is odd, as most are; stop with False where something is."""
        links = graph.links
        form: Any = list if as_arrays else dict
        for index, item in enumerate(items):
            if item.__class__ is not form:
                return False
            try:
                if as_arrays:
                    ident, origin, slot, target, to, _ = item
                else:
                    ident, origin, slot = item["id"], item["origin_id"], item["origin_slot"]
                    target, to = item["target_id"], item["target_slot"]
                start, end = numbered[origin], numbered[target]
            except (KeyError, TypeError, ValueError):
                return False
            if not (
                ident.__class__
                is origin.__class__
                is slot.__class__
                is target.__class__
                is to.__class__
                is int
            ):
                return False
            bit = 1 << to if 0 <= to < _SLOTS else 0
            if not bit or bit & end.taken:
                return False
            end.taken |= bit
            links[ident] = FileLink(start.id, slot, pointer, ident, end.id, to, index)
        return len(links) == len(items)

    def link(self, pointer: Pointer, row: list[Any] | dict[str, Any]) -> FileLink | None:
        """A row of a link table in either form; None, and a finding, for one that names no two nodes."""
        members = [*row, *[None] * 5] if isinstance(row, list) else [*map(row.get, _LINK)]
        ident, origin, slot, target, to = members[:5]
        for what, value in (("link id", ident), ("origin node", origin), ("target node", target)):
            if not isinstance(value, _SCALAR):
                self.broken_row(pointer, f"its {what} is {_kind(value)}")
                return None
        if isinstance(slot, (list, dict)):
            self.broken_row(pointer, f"its origin slot is {_kind(slot)}")
            return None
        if slot is None:
            message = f"the origin slot of link {shown(ident)} is null, and is written so, as by the editor"
            self.diagnostics.report(codes.BROKEN_LINK_ROW, message, pointer=pointer, node=text(target))
        if isinstance(to, (list, dict)):
            to = None
        return FileLink(text(origin), _slot(slot), pointer, ident, text(target), _slot(to))

    def broken_row(self, pointer: Pointer, reason: str) -> None:
        self.diagnostics.report(
            codes.BROKEN_LINK_ROW,
            f"a row of a link table is left out: {reason}",
            pointer=pointer,
            hint="remove the row, and link the nodes again in the editor where a link is missing",
        )

    def report_others(self, count: int, total: int, pointer: Pointer, *, as_arrays: bool) -> None:
        """Report the rows of the other version's form, which the editor would not read."""
        form, wanted = ("objects", "arrays") if as_arrays else ("arrays", "objects")
        done = "are not read, as in the editor" if self.browser_exact else "are read; the editor drops them"
        self.diagnostics.report(
            codes.LINKS_UNREAD,
            f"{count} of the {total} rows of a link table are {form}, where by this file's version the editor"
            f" expects {wanted}: they {done}",
            pointer=pointer,
            hint='correct "version": it is 0.4 where links are arrays, 1 where they are objects',
            data={"unread": count, "rows": total},
        )

    def definitions(self, document: dict[str, Any]) -> dict[str, FileGraph]:
        """All subgraph definitions by id, nested lists flattened; the first of one id wins."""
        found: dict[str, FileGraph] = {}
        pending: list[tuple[Any, Pointer]] = [
            (_member(document, "definitions").get("subgraphs"), ("definitions", "subgraphs"))
        ]
        while pending:
            raw, pointer = pending.pop(0)
            for index, item in enumerate(self.rows(raw, pointer)):
                place: Pointer = (*pointer, index)
                if not isinstance(item, dict) or not isinstance(item.get("id"), str):
                    self.left_out(place, "a subgraph definition is not an object with a text id", fails=True)
                    continue
                if item["id"] in found:
                    message = f"a second subgraph definition with the id '{item['id']}' is ignored"
                    self.diagnostics.report(codes.DUPLICATE_ID, message, pointer=place)
                    continue
                found[item["id"]] = self.definition(item, place)
                nested = _member(item, "definitions").get("subgraphs")
                if nested:
                    pending.append((nested, (*place, "definitions", "subgraphs")))
        return found

    def definition(self, raw: dict[str, Any], pointer: Pointer) -> FileGraph:
        graph = self.graph(raw, pointer, raw["id"], as_arrays=False)
        graph.last_node_id = _member(raw, "state").get("lastNodeId")
        _keep_first(graph, self.diagnostics)
        graph.inputs = self.slots(raw.get("inputs"), (*pointer, "inputs"), graph.survivors)
        graph.outputs = self.slots(raw.get("outputs"), (*pointer, "outputs"), graph.survivors)
        return graph

    def slots(self, raw: Any, pointer: Pointer, survivors: dict[Any, Any]) -> list[FileSlot]:
        slots: list[FileSlot] = []
        for index, item in enumerate(self.rows(raw, pointer)):
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                self.malformed((*pointer, index), "a subgraph's input or output is not an object with a name")
                continue
            ids = item.get("linkIds")
            if ids is not None and not isinstance(ids, (list, str)):
                self.left_out((*pointer, index, "linkIds"), f"the link ids are {_kind(ids)}", fails=True)
            ids = (
                [ident for ident in ids if ident.__class__ is int or isinstance(ident, _SCALAR)]
                if isinstance(ids, list)
                else []
            )
            if survivors:
                ids = list(dict.fromkeys(survivors.get(ident, ident) for ident in ids))
            slots.append(FileSlot(item["name"], item.get("type"), ids, (*pointer, index)))
        return slots

    def rows(self, raw: Any, pointer: Pointer) -> list[Any]:
        if isinstance(raw, list):
            return raw
        if raw is not None:
            self.malformed(pointer, f"{_kind(raw)} stands where a list belongs")
        return []

    def left_out(
        self, pointer: Pointer, message: str, node: str | None = None, *, fails: bool = False
    ) -> None:
        """Report a part that nothing depends on; ``fails`` tells that the editor does not get past it."""
        self.diagnostics.report(
            codes.EDITOR_CANNOT_OPEN if fails else codes.PART_LEFT_OUT,
            message + (", on which the editor fails: it is left out" if fails else ": it is left out"),
            pointer=pointer,
            node=node,
            hint="remove this part of the file",
        )

    def malformed(self, pointer: Pointer, message: str, node: str | None = None) -> None:
        self.diagnostics.report(
            codes.MALFORMED,
            message,
            pointer=pointer,
            node=node,
            hint="repair the file, or open it in the editor and save it again",
        )


def _slot(value: Any) -> Any:
    """A slot as in the file; 0.0 is the same number as 0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


def _register(graph: FileGraph, rows: list[FileLink], diagnostics: Diagnostics) -> None:
    """Build the link table as ``LGraph.configure`` does: one link an input, the first of one id.

    Of two links into one input the first row stays, unless only the later one is referenced by a
    node's input (``normalizeConfiguredTopology``); references to the dropped id then mean the survivor.
    """
    if len({(row.target, row.target_slot) for row in rows}) != len(rows):
        rows = _one_per_target(graph, rows, diagnostics)
    rows = _first_of_id(rows, diagnostics)
    graph.links = {row.id: row for row in rows if row.origin != _UNASSIGNED and row.target != _UNASSIGNED}


def _first_of_id(rows: list[FileLink], diagnostics: Diagnostics) -> list[FileLink]:
    kept: dict[Any, FileLink] = {}
    if len({row.id for row in rows}) == len(rows):
        return rows
    for row in rows:
        if kept.setdefault(row.id, row) is not row:
            message = f"a second link with the id {shown(row.id)} is ignored"
            diagnostics.report(codes.DUPLICATE_ID, message, pointer=row.pointer)
    return list(kept.values())


def _one_per_target(graph: FileGraph, rows: list[FileLink], diagnostics: Diagnostics) -> list[FileLink]:
    referenced = {
        slot["link"]
        for node in graph.nodes
        for slot in node.inputs
        if isinstance(slot.get("link"), (int, str, float))
    }
    index_of: dict[tuple[str, str], int] = {}
    kept: list[FileLink] = []
    outlived_at: dict[Any, int] = {}
    for row in rows:
        key = (row.target, text(row.target_slot))
        index = index_of.setdefault(key, len(kept))
        if index == len(kept):
            kept.append(row)
            continue
        survivor = kept[index]
        exact = survivor.origin == row.origin and survivor.origin_slot == row.origin_slot
        dropped = row
        if not exact and row.id in referenced and survivor.id not in referenced:
            kept[index] = row
            dropped, survivor = survivor, row
        outlived_at[dropped.id] = index
        if not exact:
            diagnostics.report(
                codes.COMPETING_LINKS,
                f"link {shown(dropped.id)} is dropped: link {shown(survivor.id)} goes into the same input",
                pointer=dropped.pointer,
                node=row.target,
            )
    _rename_links(graph, {ident: kept[index].id for ident, index in outlived_at.items()})
    return kept


def _rename_links(graph: FileGraph, survivor_of: dict[Any, Any]) -> None:
    for node in graph.nodes:
        if any(_dropped(slot.get("link"), survivor_of) for slot in node.inputs):
            node.inputs = [
                {**slot, "link": survivor_of[slot["link"]]}
                if _dropped(slot.get("link"), survivor_of)
                else slot
                for slot in node.inputs
            ]
    graph.survivors = survivor_of


def _dropped(ident: Any, survivor_of: dict[Any, Any]) -> bool:
    return isinstance(ident, (int, str, float)) and ident in survivor_of


def _keep_first(graph: FileGraph, diagnostics: Diagnostics) -> None:
    """Inside one definition the first node of an id stays (``dropSameOwnerDuplicates``)."""
    seen: set[str] = set()
    kept: list[FileNode] = []
    if graph.largest is not None or len({node.id for node in graph.nodes}) == len(graph.nodes):
        return
    for node in graph.nodes:
        if node.id in seen:
            message = f"a second node with the id {node.id} in this subgraph is dropped"
            diagnostics.report(codes.DUPLICATE_ID, message, pointer=node.pointer, node=node.id)
        else:
            seen.add(node.id)
            kept.append(node)
    graph.nodes = kept


def _renumber_definitions(workflow: Workflow, diagnostics: Diagnostics) -> None:
    """Make the ids of all nodes in definitions unique in the file (``deduplicateSubgraphNodeIds``)."""
    used = {node.id for node in workflow.root.nodes}
    renamed: dict[str, dict[str, str]] = {}
    for definition in workflow.definitions.values():
        idents = {node.id for node in definition.nodes}
        if used.isdisjoint(idents):  # the common case
            _observe_all(workflow, definition)
            used |= idents
            continue
        renames: dict[str, str] = {}
        for node in definition.nodes:
            if node.id in used:
                new = mint_node_id(workflow, used.__contains__)
                renames[node.id] = new
                diagnostics.report(
                    codes.RENUMBERED,
                    f"node {node.id} of the subgraph '{definition.name}' gets the id {new}, as in the editor:"
                    " its own is in use elsewhere in the file",
                    pointer=node.pointer,
                    node=new,
                )
                node.id = new
            else:
                _observe(workflow, (node.id,))
            used.add(node.id)
        if renames:
            renamed[definition.id] = renames
            for link in definition.links.values():
                link.origin = renames.get(link.origin, link.origin)
                link.target = renames.get(link.target, link.target)
    if renamed:
        for graph in (workflow.root, *workflow.definitions.values()):
            _rename_proxies(graph.nodes, renamed)


def _rename_proxies(nodes: Iterable[FileNode], renamed: dict[str, dict[str, str]]) -> None:
    for node in nodes:
        renames = renamed.get(node.type)
        properties = node.raw.get("properties")
        entries = properties.get("proxyWidgets") if isinstance(properties, dict) else None
        if renames and isinstance(entries, list):
            patched = [
                [renames.get(text(entry[0]), entry[0]), *entry[1:]]
                if isinstance(entry, list) and entry and isinstance(entry[0], (str, int))
                else entry
                for entry in entries
            ]
            node.raw = {**node.raw, "properties": {**(properties or {}), "proxyWidgets": patched}}


def _renumber_root(workflow: Workflow, diagnostics: Diagnostics) -> None:
    """A second root node of one id gets a new one and is on its own (``attachNodeToStores``)."""
    nodes = workflow.root.nodes
    seen: set[str] = set() if workflow.root.largest is not None else {node.id for node in nodes}
    if workflow.root.largest is not None or (len(seen) == len(nodes) and _UNASSIGNED not in seen):
        _observe_all(workflow, workflow.root)
        return
    seen = set()
    in_definitions: set[str] | None = None

    def is_taken(ident: str) -> bool:
        return ident in seen or (in_definitions is not None and ident in in_definitions)

    for node in nodes:
        if node.id not in seen and node.id != _UNASSIGNED:
            seen.add(node.id)
            _observe(workflow, (node.id,))
            continue
        if in_definitions is None:
            in_definitions = {inner.id for graph in workflow.definitions.values() for inner in graph.nodes}
        new = mint_node_id(workflow, is_taken)
        diagnostics.report(
            codes.DUPLICATE_ID,
            f"a {'second ' * (node.id in seen)}node with the id {node.id} gets the id {new} and no links,"
            " as in the editor",
            pointer=node.pointer,
            node=new,
        )
        node.id = new
        seen.add(new)


def _observe_all(workflow: Workflow, graph: FileGraph) -> None:
    if graph.largest is not None and graph.largest < _COUNTED:
        workflow.last_node_id = max(workflow.last_node_id, graph.largest)
    else:
        _observe(workflow, (node.id for node in graph.nodes))


def _observe(workflow: Workflow, idents: Iterable[str]) -> None:
    workflow.last_node_id = max(workflow.last_node_id, *map(int, filter(_INTEGER.match, idents)), 0)


def mint_node_id(workflow: Workflow, taken: Callable[[str], bool]) -> str:
    """The next free node id by the file's counter, which moves on (``idAllocation.ts``)."""
    candidate = workflow.last_node_id + 1
    while taken(str(candidate)):
        candidate += 1
    workflow.last_node_id = candidate
    return str(candidate)
