"""A graph to merge: its nodes by id, and its links by what they connect.

Rows of link tables name slots by position, and positions move when inputs come and go. Here a slot is known
by its name, and by which of the slots of that name it is; a slot of the border of a subgraph by its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.merging.values import UnmergeableError
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE

SlotKey = tuple[str, int] | int
"""A name, and how many slots of the name come before it; the position of a slot that the file lacks."""
Target = tuple[str, SlotKey]
"""The input that a link goes into: the id of its node as text, and the slot."""
Origin = tuple[str, SlotKey]

_ROW = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
BORDERS = (INPUT_NODE, OUTPUT_NODE)


@dataclass(slots=True)
class TableRow:
    """A row of a link table: its members in the order of the older form, and what else it has."""

    members: list[Any]
    raw: Any

    @property
    def ident(self) -> Any:
        return self.members[0]


@dataclass(slots=True)
class GraphDraft:
    """A graph of a document that is merged. ``links`` has the origin and the row of each link by its
    target, in the order of the table."""

    raw: dict[str, Any]
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    links: dict[Target, tuple[Origin, TableRow]] = field(default_factory=dict)

    @classmethod
    def of(cls, raw: Any) -> GraphDraft:
        """Read a graph. Raises UnmergeableError if it has not the form that the editor gives it."""
        if not isinstance(raw, dict):
            raise UnmergeableError
        draft = cls(raw)
        for node in listed_in(raw, "nodes"):
            ident = node.get("id") if isinstance(node, dict) else None
            if not _is_id(ident) or not isinstance(node.get("type"), str) or str(ident) in draft.nodes:
                raise UnmergeableError
            if not all(
                isinstance(slot, dict) for name in ("inputs", "outputs") for slot in listed_in(node, name)
            ):
                raise UnmergeableError
            draft.nodes[str(ident)] = node
        # of rows into one input the editor takes the first, or the one that the input itself names
        slots = (slot for node in draft.nodes.values() for slot in listed_in(node, "inputs"))
        named = {slot["link"] for slot in slots if _is_id(slot.get("link"))}
        for raw_row in listed_in(raw, "links"):
            row = row_of(raw_row)
            _, origin, leaving, target, arriving, _ = row.members
            start = (str(origin), draft.key(str(origin), leaving, is_input=False))
            end = (str(target), draft.key(str(target), arriving, is_input=True))
            first = draft.links.setdefault(end, (start, row))[1]
            if first.ident not in named and row.ident in named:
                draft.links[end] = (start, row)
        return draft

    def slots(self, ident: str, *, is_input: bool) -> Sequence[Any]:
        """The slots that links of this node enter (``is_input``) or leave. What enters a subgraph leaves its
        input border."""
        if ident in BORDERS and ident not in self.nodes:
            return listed_in(self.raw, "inputs" if ident == INPUT_NODE else "outputs")
        return listed_in(self.nodes.get(ident, {}), "inputs" if is_input else "outputs")

    def key(self, ident: str, index: Any, *, is_input: bool) -> SlotKey:
        """The key of the slot at a position."""
        if not isinstance(index, int):
            raise UnmergeableError
        keys = self._keys(ident, is_input=is_input)
        return keys[index] if 0 <= index < len(keys) else index

    def index(self, ident: str, key: SlotKey, *, is_input: bool) -> int | None:
        """The position of a slot; None if there is none."""
        if isinstance(key, int):
            return key
        keys = self._keys(ident, is_input=is_input)
        return keys.index(key) if key in keys else None

    def _keys(self, ident: str, *, is_input: bool) -> list[SlotKey]:
        is_border = ident in BORDERS and ident not in self.nodes
        return slot_keys(self.slots(ident, is_input=is_input), "id" if is_border else "name")

    def origins(self) -> dict[Target, Origin]:
        """What each input that is linked is linked to."""
        return {target: origin for target, (origin, _) in self.links.items()}

    def feeding(self, ident: str) -> set[str]:
        """The ids of the nodes that are linked to a node."""
        return {origin[0] for target, (origin, _) in self.links.items() if target[0] == ident}

    def node_id(self, ident: str) -> Any:
        """The id of a node as the file writes it."""
        if ident in self.nodes:
            return self.nodes[ident]["id"]
        return int(ident) if ident in BORDERS else ident


def slot_keys(slots: Sequence[Any], by: str = "name") -> list[SlotKey]:
    """The keys of slots, in their order, made of their member ``by``, or of their name if there is none."""
    seen: dict[str, int] = {}
    keys: list[SlotKey] = []
    for slot in slots:
        text = str(slot.get(by, slot.get("name"))) if isinstance(slot, dict) else ""
        keys.append((text, seen.get(text, 0)))
        seen[text] = seen.get(text, 0) + 1
    return keys


def row_of(raw: Any) -> TableRow:
    """Read a row of a link table in either form. Raises UnmergeableError for one that names no two nodes."""
    if isinstance(raw, list) and len(raw) >= 5:
        members = [*raw[:6], *([None] if len(raw) == 5 else [])]
    elif isinstance(raw, dict):
        members = [raw.get(name) for name in _ROW]
    else:
        raise UnmergeableError
    if not all(_is_id(members[at]) for at in (0, 1, 3)):
        raise UnmergeableError
    return TableRow(members, raw)


def written_row(row: TableRow, members: Sequence[Any], *, as_array: bool) -> Any:
    """The JSON of a row with these members: the row itself if it says the same in the form that is wanted."""
    if isinstance(row.raw, list) is as_array and list(members) == row.members:
        return row.raw
    if as_array:
        return list(members)
    more = row.raw if isinstance(row.raw, dict) else {}
    return {**dict(zip(_ROW, members, strict=True)), **{key: more[key] for key in more if key not in _ROW}}


def listed_in(raw: Mapping[str, Any], name: str) -> list[Any]:
    """The items of a member that is a list, or is not there. Raises UnmergeableError for anything else."""
    found = raw.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise UnmergeableError
    return found


def definitions_of(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The subgraph definitions of a document by id."""
    member = document.get("definitions")
    if member is None:
        return {}
    if not isinstance(member, dict):
        raise UnmergeableError
    found: dict[str, dict[str, Any]] = {}
    for one in listed_in(member, "subgraphs"):
        ident = one.get("id") if isinstance(one, dict) else None
        if not isinstance(ident, str) or ident in found:
            raise UnmergeableError
        found[ident] = one
    return found


def title_of(node: Mapping[str, Any]) -> str:
    """What a node is called in reports."""
    title = node.get("title")
    return title if isinstance(title, str) and title else str(node.get("type", ""))


def _is_id(value: Any) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def all_ids(drafts: Iterable[GraphDraft]) -> set[str]:
    """The ids of all nodes of some graphs."""
    return {ident for draft in drafts for ident in draft.nodes}
