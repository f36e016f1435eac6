"""Merging of one graph: the nodes that are left, the links between them, and what else a graph has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.graph import ABSENT
from comfyc.merging.conflicts import Conflict
from comfyc.merging.drafts import BORDERS, GraphDraft, Origin, TableRow, Target, title_of
from comfyc.merging.nodes import NodeMerger, meaning
from comfyc.merging.values import OnConflict, Path, merged_members, quietly, same
from comfyc.merging.wiring import GraphWiring

NamesOf = Callable[[int, str, Any], Mapping[str, int] | None]
"""What :data:`comfyc.merging.nodes.Names` gives, for a side, the id of a graph and that of a node in it."""


def _deletes(one: GraphDraft, other: GraphDraft, ident: str) -> bool:
    return ident in one.nodes and ident not in other.nodes


@dataclass(slots=True)
class GraphMerger:
    """Merges a graph. ``ident`` is its id, "" for the main graph; ``before`` is empty for a graph that both
    sides have added. Conflicts are added to ``found``."""

    ident: str
    before: GraphDraft
    ours: GraphDraft
    theirs: GraphDraft
    names: NamesOf
    has_inner_changes: Callable[[int, str], bool]
    """Whether a side (1 ours, 2 theirs) has changed what is inside the definition of this id."""
    found: list[Conflict] = field(default_factory=list)

    def merged(self, special: Mapping[str, Callable[[Any, Any, Any], Any]]) -> dict[str, Any]:
        """The graph with the changes of both sides. ``special`` merges members that only some graphs have."""
        nodes, kept = self._nodes()
        wiring = GraphWiring(self.ours, self.theirs, nodes)
        self._link(wiring, kept)
        ways: dict[str, Callable[[Any, Any, Any], Any]] = {
            "nodes": lambda *_: list(nodes.values()),
            "links": lambda _base, ours, theirs: theirs if ours is ABSENT else ours,
            "inputs": self._border,
            "outputs": self._border,
            **special,
        }
        raw = merged_members(
            self.before.raw, self.ours.raw, self.theirs.raw, (), self._on_conflict(None), ways
        )
        old, own, others = self.before.origins(), self.ours.origins(), self.theirs.origins()
        for target in wiring.write(raw):
            self._report_link(target, old.get(target), own.get(target), others.get(target))
        return raw

    # --- nodes ---

    def _nodes(self) -> tuple[dict[str, dict[str, Any]], set[str]]:
        """The nodes of the result by id, and the ids of those that theirs has deleted and that stay."""
        nodes: dict[str, dict[str, Any]] = {}
        kept: set[str] = set()
        for ident, node in self.ours.nodes.items():
            if ident in self.theirs.nodes:
                nodes[ident] = self._node(ident)
            elif ident not in self.before.nodes:
                nodes[ident] = node
            elif self._has_changed(ident, 1):
                nodes[ident] = node
                kept.add(ident)
                self._report_node(ident, self.ours)
        for ident, node in self.theirs.nodes.items():
            if ident in self.ours.nodes:
                continue
            if ident not in self.before.nodes:
                nodes[ident] = node
            elif self._has_changed(ident, 2):
                self._report_node(ident, self.theirs)
        return nodes, kept

    def _node(self, ident: str) -> dict[str, Any]:
        before, own, other = (
            self.before.nodes.get(ident, {}),
            self.ours.nodes[ident],
            self.theirs.nodes[ident],
        )
        if own["type"] != other["type"]:  # values and slots of one type mean nothing to another
            if before and same(meaning(before), meaning(own)):
                return other
            if not before or not same(meaning(before), meaning(other)):
                self._report_node(ident, self.theirs)
            return own
        return NodeMerger(
            before, own, other, lambda side: self.names(side, self.ident, own["id"]), self._on_conflict(own)
        ).merged()

    def _has_changed(self, ident: str, number: int) -> bool:
        """Whether a side (1 ours, 2 theirs) has changed a node that the other side has deleted: what it
        means, what feeds it, or what it feeds."""
        side = (self.before, self.ours, self.theirs)[number]
        node = side.nodes[ident]
        if not same(meaning(self.before.nodes[ident]), meaning(node)):
            return True
        if self.has_inner_changes(number, node["type"]):
            return True
        old, new = self.before.origins(), side.origins()
        for target in old.keys() | new.keys():
            was, now = old.get(target), new.get(target)
            if was == now:
                continue
            if now is not None and now[0] == ident:
                return True
            is_cut = now is None and was is not None and _deletes(self.before, side, was[0])
            if target[0] == ident and not is_cut:
                return True
        return False

    def _report_node(self, ident: str, side: GraphDraft) -> None:
        """Report a node that one side has deleted and ``side`` has changed, or whose type changed."""
        base, ours, theirs = (
            draft.nodes.get(ident, ABSENT) for draft in (self.before, self.ours, self.theirs)
        )
        node = side.nodes[ident]
        links = tuple(
            (side.node_id(origin[0]), row.members[2], side.node_id(target[0]), _name(side, target, row))
            for target, (origin, row) in side.links.items()
            if ident in (origin[0], target[0])
        )
        self.found.append(
            Conflict(self.ident, node["id"], "node", (), base, ours, theirs, title_of(node), None, links)
        )

    def _on_conflict(self, node: Mapping[str, Any] | None) -> OnConflict:
        def report(path: Path, base: Any, ours: Any, theirs: Any) -> None:
            ident, title = (None, "") if node is None else (node["id"], title_of(node))
            self.found.append(Conflict(self.ident, ident, "value", path, base, ours, theirs, title))

        return report

    # --- links ---

    def _link(self, wiring: GraphWiring, kept: set[str]) -> None:
        """Decide for each input what it is linked to."""
        old, own, others = self.before.origins(), self.ours.origins(), self.theirs.origins()
        for target in (*own, *(target for target in others if target not in own)):
            was, mine, other = old.get(target), own.get(target), others.get(target)
            if target[0] in kept or (other is None and was is not None and was[0] in kept):
                other = was  # theirs has deleted the node, which stays
            chosen, from_theirs = mine, False
            if mine != other and mine == was:
                chosen, from_theirs = other, True
            elif mine != other and other != was and wiring.has(target[0]):
                self._report_link(target, was, mine, other)
            if chosen is not None and wiring.has(target[0]) and wiring.has(chosen[0]):
                wiring.connect(target, chosen, from_theirs=from_theirs)

    def _report_link(self, target: Target, *origins: Origin | None) -> None:
        side = self.ours if target[0] in self.ours.nodes else self.theirs
        node = side.nodes.get(target[0])
        name = str(target[1][0] if isinstance(target[1], tuple) else target[1])
        drafts = (self.before, self.ours, self.theirs)
        base, ours, theirs = (_ends(draft, target, one) for draft, one in zip(drafts, origins, strict=True))
        title = "" if node is None else title_of(node)
        path: Path = ("inputs", name)
        ident = side.node_id(target[0])
        self.found.append(Conflict(self.ident, ident, "link", path, base, ours, theirs, title, name))

    def _border(self, base: Any, ours: Any, theirs: Any) -> Any:
        """The inputs or outputs of a definition, by their ids."""
        return quietly(*(_without_link_ids(slots) for slots in (base, ours, theirs)))


def _without_link_ids(slots: Any) -> Any:
    if not isinstance(slots, list):
        return slots
    return [
        {**slot, "linkIds": []} if isinstance(slot, dict) and "linkIds" in slot else slot for slot in slots
    ]


def _ends(draft: GraphDraft, target: Target, origin: Origin | None) -> Any:
    """An origin as a prompt writes it."""
    if origin is None:
        return ABSENT
    row = draft.links.get(target)
    slot = row[1].members[2] if row is not None and row[0] == origin else 0
    return [draft.node_id(origin[0]), slot]


def _name(draft: GraphDraft, target: Target, row: TableRow) -> Any:
    key = target[1]
    if isinstance(key, int):
        return row.members[4]
    if target[0] in BORDERS:
        slots = draft.slots(target[0], is_input=True)
        return slots[row.members[4]].get("name")
    return key[0]
