"""The links of a merged graph: which input is linked to what, and the rows and slots that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.merging.drafts import (
    BORDERS,
    GraphDraft,
    Origin,
    TableRow,
    Target,
    listed_in,
    slot_keys,
    written_row,
)
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE


@dataclass(slots=True)
class GraphWiring:
    """Collects links with :meth:`connect`, in the order of the rows, and writes them into a graph."""

    ours: GraphDraft
    theirs: GraphDraft
    nodes: Mapping[str, dict[str, Any]]
    _links: dict[Target, tuple[Origin, TableRow, bool]] = field(default_factory=dict)

    def has(self, ident: str) -> bool:
        """Whether a link may begin or end at a node."""
        return ident in self.nodes or ident in BORDERS

    def connect(self, target: Target, origin: Origin, *, from_theirs: bool) -> None:
        """Add the link that a side has into an input."""
        side = self.theirs if from_theirs else self.ours
        self._links[target] = (origin, side.links[target][1], from_theirs)

    def write(self, raw: dict[str, Any]) -> list[Target]:
        """Write the table of links of a graph, whose nodes are those of the result, and the ids of links in
        all slots. Returns the inputs whose links are lost, because a slot is gone."""
        lost: list[Target] = []
        merged = GraphDraft(raw, dict(self.nodes))
        rows = listed_in(self.ours.raw, "links") or listed_in(self.theirs.raw, "links")
        as_array = isinstance(rows[0], list) if rows else True
        taken = {row.ident for _, row, from_theirs in self._links.values() if not from_theirs}
        last = max([0, *(one for one in self._numbers() if isinstance(one, int))])
        table: list[Any] = []
        into: dict[Target, Any] = {}
        out_of: dict[Origin, list[Any]] = {}
        for target, (origin, row, from_theirs) in self._links.items():
            ident = row.ident
            if from_theirs and ident in taken:
                last += 1
                ident = last
            taken.add(ident)
            leaving = merged.index(origin[0], origin[1], is_input=False)
            arriving = merged.index(target[0], target[1], is_input=True)
            if leaving is None or arriving is None:
                lost.append(target)
                continue
            start, end = merged.node_id(origin[0]), merged.node_id(target[0])
            table.append(
                written_row(row, [ident, start, leaving, end, arriving, row.members[5]], as_array=as_array)
            )
            into[target] = ident
            out_of.setdefault(origin, []).append(ident)
        if table or "links" in raw:
            raw["links"] = table
        self._write_slots(merged, into, out_of)
        return lost

    def _numbers(self) -> list[Any]:
        """The ids of all links of both sides, and their counters."""
        found: list[Any] = []
        for draft in (self.ours, self.theirs):
            state = draft.raw.get("state")
            found += (row.ident for _, row in draft.links.values())
            found += (
                draft.raw.get("last_link_id"),
                state.get("lastLinkId") if isinstance(state, dict) else 0,
            )
        return found

    def _write_slots(
        self, merged: GraphDraft, into: Mapping[Target, Any], out_of: Mapping[Origin, list[Any]]
    ) -> None:
        nodes: list[Any] = []
        for ident, node in merged.nodes.items():
            entries, exits = listed_in(node, "inputs"), listed_in(node, "outputs")
            made_entries = [
                _with_link(slot, into.get((ident, key)))
                for slot, key in zip(entries, slot_keys(entries), strict=True)
            ]
            made_exits = [
                _with_links(slot, "links", out_of.get((ident, key), []))
                for slot, key in zip(exits, slot_keys(exits), strict=True)
            ]
            changed = {
                name: made
                for name, before, made in (
                    ("inputs", entries, made_entries),
                    ("outputs", exits, made_exits),
                )
                if any(one is not other for one, other in zip(before, made, strict=True))
            }
            nodes.append({**node, **changed} if changed else node)
        if nodes or "nodes" in merged.raw:
            merged.raw["nodes"] = nodes
        feeding = {target: [ident] for target, ident in into.items()}
        for name, border, ids in (("inputs", INPUT_NODE, out_of), ("outputs", OUTPUT_NODE, feeding)):
            slots = listed_in(merged.raw, name)
            if slots:
                keys = slot_keys(slots, "id")
                merged.raw[name] = [
                    _with_links(slot, "linkIds", ids.get((border, key), []))
                    for slot, key in zip(slots, keys, strict=True)
                ]


def _with_link(slot: Any, ident: Any) -> Any:
    if not isinstance(slot, dict) or slot.get("link") == ident:
        return slot
    return {**slot, "link": ident}


def _with_links(slot: Any, name: str, idents: list[Any]) -> Any:
    """A slot that lists these links, those that it has listed before in their order."""
    if not isinstance(slot, dict):
        return slot
    before = slot.get(name)
    known = before if isinstance(before, list) else []
    if sorted(map(str, known)) == sorted(map(str, idents)):
        return slot
    ordered = [one for one in known if one in idents]
    return {**slot, name: ordered + [one for one in idents if one not in ordered]}
