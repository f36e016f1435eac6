"""Read the editor's file format: a JSON document of schema 0.4 or 1 becomes a :class:`Workflow`.

The result has the nesting of the file, and nothing is resolved yet. Nodes and links that the editor drops or
renumbers while it reads a file are dropped or renumbered (:mod:`comfyc.workflow.repair`), and reported.

Reading never raises: a member of a wrong type is reported and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.documents import is_workflow
from comfyc.javascript.values import MAX_SAFE_INTEGER, text, truthy
from comfyc.workflow.link_table import SCALAR, kind_of_value, read_links
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE, FileGraph, FileNode, FileSlot, Workflow
from comfyc.workflow.repair import (
    keep_first_nodes,
    observe,
    renumber_definitions,
    renumber_root,
)

_UNASSIGNED = -1
"""The id of a node that has not been given one yet."""
_NOTHING: tuple[Any, ...] = ()
_LIST: list[Any] = []
_LARGE = 1 << 53
"""JavaScript rounds integers from here on when it turns an id into text."""


def read(document: dict[str, Any], diagnostics: Collector, *, browser_exact: bool = False) -> Workflow:
    """Read a workflow document (see ``comfyc.documents``) of schema 0.4 or 1.

    Malformed parts are reported (W03x, G1xx) and left out; the document itself is not changed. With
    ``browser_exact``, rows of a link table that do not have the form of the file's version are not read.
    """
    reader = _Reader(diagnostics, browser_exact)
    version = document.get("version")
    as_arrays = version == 0.4 and not isinstance(version, bool)
    if "config" in document and document["config"] is None:
        diagnostics.report(
            codes.EDITOR_CANNOT_OPEN,
            "'config' is null, so the editor cannot open the file",
            pointer=("config",),
        )
    root = reader.graph(document, (), "", as_arrays=as_arrays)
    # the older name of the counter counts in files of either version, the newer one only in version 1
    saved = None if as_arrays else _member(document, "state").get("lastNodeId")
    counter = document.get("last_node_id", saved)
    last_node_id = counter if isinstance(counter, int) and not isinstance(counter, bool) else 0
    definitions = reader.definitions(document)
    workflow = Workflow(root, definitions, min(max(0, last_node_id), MAX_SAFE_INTEGER), document)
    if definitions:
        renumber_definitions(workflow, diagnostics)
        for definition in definitions.values():
            observe(workflow, (text(definition.last_node_id),))
    renumber_root(workflow, diagnostics)
    return workflow


def has_too_many_nodes(document: Any, diagnostics: Collector) -> bool:
    """Whether a workflow or a prompt has more nodes than ``limits.nodes``; if so, it is reported (G150).

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
    diagnostics.report(codes.TOO_MANY_NODES, f"the {kind} has {diagnostics.limits.exceeded('nodes')}")
    return True


def _member(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


@dataclass(slots=True)
class _Reader:
    diagnostics: Collector
    browser_exact: bool

    def graph(self, raw: dict[str, Any], pointer: Pointer, ident: str, *, as_arrays: bool) -> FileGraph:
        name = raw.get("name")
        graph = FileGraph(ident, name if isinstance(name, str) else "", pointer, extra=_member(raw, "extra"))
        numbered = self.nodes(graph, raw.get("nodes"), (*pointer, "nodes"))
        read_links(
            graph,
            numbered,
            self.rows(raw.get("links"), (*pointer, "links")),
            (*pointer, "links"),
            self.diagnostics,
            as_arrays=as_arrays,
            browser_exact=self.browser_exact,
        )
        graph.index_links()
        return graph

    def nodes(self, graph: FileGraph, raw: Any, pointer: Pointer) -> dict[int, str]:
        """Read the nodes into ``graph``. Returns the ids that are plain numbers, and those of the boundaries,
        as a mapping from the number to its text."""
        nodes = graph.nodes
        numbered: dict[int, str] = {}
        for index, item in enumerate(self.rows(raw, pointer)):
            if item.__class__ is dict:
                ident, kind, inputs = item.get("id"), item.get("type"), item.get("inputs")
                if ident.__class__ is int and -_LARGE < ident < _LARGE and kind.__class__ is str:
                    # the common case
                    name = numbered[ident] = str(ident)
                    node = FileNode(name, kind, item, (*pointer, index))
                else:
                    node = self.odd_node(item, ident, kind, (*pointer, index))
                if inputs:
                    try:
                        names = [item["name"] for item in inputs]
                        "".join(names)
                        node.inputs, node.input_names = inputs, names
                    except (TypeError, KeyError):  # an input is not an object with a name that is text
                        self.read_odd_inputs(inputs, node)
                elif inputs.__class__ is dict:
                    self.read_odd_inputs(inputs, node)
                outputs = item.get("outputs")
                for output in outputs if outputs.__class__ is list else _NOTHING:
                    if output.__class__ is dict and output.get("links", _LIST).__class__ is not list:
                        self.check_output_links(output, node)
                nodes.append(node)
            else:
                self.left_out((*pointer, index), f"a node is {kind_of_value(item)}", fails=True)
        if len(numbered) == len(nodes) and _UNASSIGNED not in numbered:
            graph.largest = max(numbered, default=0)
        numbered.pop(_UNASSIGNED, None)
        for boundary in (INPUT_NODE, OUTPUT_NODE):
            numbered[int(boundary)] = boundary
        return numbered

    def odd_node(self, item: dict[str, Any], ident: Any, kind: Any, pointer: Pointer) -> FileNode:
        if not isinstance(ident, (str, int, float)) or isinstance(ident, bool) or ident == "":
            self.malformed(
                (*pointer, "id"), f"a node's id is {kind_of_value(ident)} instead of a number or text"
            )
            ident = f"node-{pointer[-1]}"
        if not isinstance(kind, str):
            self.malformed((*pointer, "type"), f"a node's type is {kind_of_value(kind)} instead of text")
            kind = ""
        return FileNode(text(ident), kind, item, pointer)

    def read_odd_inputs(self, raw: Any, node: FileNode) -> None:
        """Take the inputs that are objects with a name, and report the others."""
        good: list[dict[str, Any]] = []
        at: Pointer = (*node.pointer, "inputs")
        if not isinstance(raw, list):
            self.left_out(at, f"a node's 'inputs' is {kind_of_value(raw)}", node.id, fails=True)
            return
        for index, item in enumerate(raw):
            if not isinstance(item, dict):
                self.left_out((*at, index), f"an input is {kind_of_value(item)}", node.id, fails=item is None)
            elif isinstance(item.get("name"), str):
                good.append(item)
            else:
                name = kind_of_value(item["name"]) if "name" in item else "missing"
                self.left_out((*at, index), f"an input's name is {name}", node.id)
        node.inputs, node.input_names = good, [item["name"] for item in good]

    def check_output_links(self, output: dict[str, Any], node: FileNode) -> None:
        """Report an output's links if they are not a list: the editor iterates over them and fails."""
        links = output["links"]
        if truthy(links) and not isinstance(links, str):
            index = next(i for i, item in enumerate(node.raw["outputs"]) if item is output)
            at = (*node.pointer, "outputs", index, "links")
            message = f"an output's 'links' is {kind_of_value(links)} instead of a list"
            self.left_out(at, message, node.id, fails=True)

    def definitions(self, document: dict[str, Any]) -> dict[str, FileGraph]:
        """All subgraph definitions by id, including nested ones; if definitions share an id, the first."""
        found: dict[str, FileGraph] = {}
        pending: list[tuple[Any, Pointer]] = [
            (_member(document, "definitions").get("subgraphs"), ("definitions", "subgraphs"))
        ]
        while pending:
            raw, pointer = pending.pop(0)
            for index, item in enumerate(self.rows(raw, pointer)):
                at: Pointer = (*pointer, index)
                if not isinstance(item, dict) or not isinstance(item.get("id"), str):
                    self.left_out(at, "a subgraph definition is not an object with a text id", fails=True)
                    continue
                if item["id"] in found:
                    message = f"a second subgraph definition with the id '{item['id']}' is ignored"
                    self.diagnostics.report(codes.DUPLICATE_ID, message, pointer=at)
                    continue
                found[item["id"]] = self.definition(item, at)
                nested = _member(item, "definitions").get("subgraphs")
                if nested:
                    pending.append((nested, (*at, "definitions", "subgraphs")))
        return found

    def definition(self, raw: dict[str, Any], pointer: Pointer) -> FileGraph:
        graph = self.graph(raw, pointer, raw["id"], as_arrays=False)
        graph.last_node_id = _member(raw, "state").get("lastNodeId")
        keep_first_nodes(graph, self.diagnostics)
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
                self.left_out(
                    (*pointer, index, "linkIds"), f"the link ids are {kind_of_value(ids)}", fails=True
                )
            ids = (
                [ident for ident in ids if ident.__class__ is int or isinstance(ident, SCALAR)]
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
            self.malformed(pointer, f"expected a list, got {kind_of_value(raw)}")
        return []

    def left_out(
        self, pointer: Pointer, message: str, node: str | None = None, *, fails: bool = False
    ) -> None:
        """Report a part that is left out; ``fails`` says that the editor cannot open a file with it."""
        self.diagnostics.report(
            codes.EDITOR_CANNOT_OPEN if fails else codes.PART_LEFT_OUT,
            message
            + (", so the editor cannot open the file; it is left out" if fails else "; it is left out"),
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
