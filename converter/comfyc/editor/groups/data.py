"""Read the definition of a legacy group node from ``extra.groupNodes`` and check its structure.

A group node was one node standing for several. It was saved as the type ``workflow/NAME`` or
``workflow>NAME``, with its inner nodes under ``extra.groupNodes.NAME``, where nodes and links are addressed
by index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.javascript.values import number


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A link between two inner nodes, given by index; ``origin`` is None for a link from outside the
    group."""

    origin: int | None
    slot: int
    target: int
    target_slot: int
    type: Any
    pointer: Pointer


@dataclass(slots=True)
class GroupData:
    """One entry of ``extra.groupNodes``.

    ``nodes`` are the inner nodes as saved, ``inputs`` the saved inputs of each; ``external`` maps (node
    index, output index) to the type of an output that was linked with a node outside; ``config`` holds the
    inputs and outputs that the user renamed or hid.
    """

    name: str
    pointer: Pointer
    nodes: list[dict[str, Any]]
    inputs: list[list[dict[str, Any]]]
    links: list[GroupLink] = field(default_factory=list)
    external: dict[tuple[int, int], Any] = field(default_factory=dict)
    config: Any = None

    def kind(self, index: int) -> str:
        """The type of an inner node, "" if it has none."""
        kind = self.nodes[index].get("type")
        return kind if isinstance(kind, str) else ""

    def input_at(self, index: int, slot: int) -> dict[str, Any]:
        """The saved input of an inner node, {} if there is none."""
        inputs = self.inputs[index] if 0 <= index < len(self.inputs) else []
        return inputs[slot] if 0 <= slot < len(inputs) else {}

    def outputs(self, index: int) -> list[Any]:
        """The saved outputs of an inner node."""
        outputs = self.nodes[index].get("outputs") if 0 <= index < len(self.nodes) else None
        return outputs if isinstance(outputs, list) else []

    def custom(self, index: int, side: str, key: Any) -> dict[str, Any]:
        """The user's settings for an "input" (by name) or "output" (by index) of an inner node."""
        found = self.config
        for step in (index, side, key):
            found = _member(found, step)
        return found if isinstance(found, dict) else {}


def _member(container: Any, key: Any) -> Any:
    if isinstance(container, dict):
        return container.get(str(key))
    if isinstance(container, list) and isinstance(key, int) and 0 <= key < len(container):
        return container[key]
    return None


def read_group(name: str, raw: Any, diagnostics: Collector) -> GroupData | None:
    """Read one entry. Malformed parts are reported and left out; None if no nodes can be read."""
    pointer: Pointer = ("extra", "groupNodes", name)
    nodes = raw.get("nodes") if isinstance(raw, dict) else None
    if not isinstance(nodes, list):
        _malformed(diagnostics, pointer, f"the group node '{name}' has no list of nodes")
        return None
    for index, node in enumerate(nodes):
        if not isinstance(node, dict):
            _malformed(diagnostics, (*pointer, "nodes", index), "a node of a group is not an object")
            return None
    inputs = [_inputs(node, (*pointer, "nodes", index), diagnostics) for index, node in enumerate(nodes)]
    group = GroupData(name, pointer, nodes, inputs, config=raw.get("config"))
    for index, row in enumerate(_rows(raw, "links", pointer, diagnostics)):
        link = _link(row, (*pointer, "links", index))
        if link is None:
            _malformed(diagnostics, (*pointer, "links", index), "a link of a group is not a row of indexes")
        else:
            group.links.append(link)
    for index, row in enumerate(_rows(raw, "external", pointer, diagnostics)):
        if not isinstance(row, list):
            message = "an external output of a group is not a list"
            _malformed(diagnostics, (*pointer, "external", index), message)
        elif len(row) > 2 and row[2] is not None:
            node, slot = number(row[0]), number(row[1])
            if node.is_integer() and slot.is_integer():
                group.external[int(node), int(slot)] = row[2]
    return group


def _inputs(node: dict[str, Any], pointer: Pointer, diagnostics: Collector) -> list[dict[str, Any]]:
    """The saved inputs in their order, without links: a new node starts unlinked."""
    return [
        {**item, "link": None} if isinstance(item, dict) else {}
        for item in _rows(node, "inputs", pointer, diagnostics)
    ]


def _rows(raw: dict[str, Any], key: str, pointer: Pointer, diagnostics: Collector) -> list[Any]:
    rows = raw.get(key)
    if isinstance(rows, list):
        return rows
    if rows is not None or key == "links":
        _malformed(diagnostics, (*pointer, key), f"'{key}' of a group is not a list")
    return []


def _link(row: Any, pointer: Pointer) -> GroupLink | None:
    if not isinstance(row, list) or len(row) < 4:
        return None
    origin, slot, target, target_slot = row[:4]
    if origin is not None and type(origin) is not int:
        return None
    if not (type(slot) is type(target) is type(target_slot) is int):
        return None
    return GroupLink(origin, slot, target, target_slot, row[5] if len(row) > 5 else None, pointer)


def _malformed(diagnostics: Collector, pointer: Pointer, message: str) -> None:
    diagnostics.report(
        codes.MALFORMED,
        message,
        pointer=pointer,
        hint="repair the file, or convert the group node to a subgraph in the editor that made it",
    )
