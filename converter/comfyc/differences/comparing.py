"""From two views to their differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comfyc.differences.definitions import matched_definitions
from comfyc.differences.layout import layout_of_graphs, layout_of_nodes
from comfyc.differences.matching import matched_nodes
from comfyc.differences.model import Difference, DifferenceKind, Differences, LinkEnd, NodeState
from comfyc.differences.values import is_same
from comfyc.differences.views import ComparedDocument, ComparedGraph, ComparedLink, ComparedNode, ComparedSlot
from comfyc.graph import ABSENT
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE


def compare(old: ComparedDocument, new: ComparedDocument, *, of_prompts: bool = False) -> Differences:
    """All differences between two views; ``of_prompts`` if these are prompts, which have no layout."""
    found = _Comparison(old, new, matched_definitions(old, new))
    found.graph(old.main, new.main)
    for before, after in found.definitions.items():
        found.graph(old.definitions[before], new.definitions[after])
    found.unused()
    changes = [one for one in found.found if not one.is_layout]
    layout = [] if of_prompts else [one for one in found.found if one.is_layout]
    return Differences(changes, layout, found.pairs, of_prompts)


@dataclass(slots=True)
class _Comparison:
    """The differences so far; ``definitions`` are the matched ones, from old to new ids."""

    old: ComparedDocument
    new: ComparedDocument
    definitions: dict[str, str]
    found: list[Difference] = field(default_factory=list)
    pairs: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def graph(self, old: ComparedGraph, new: ComparedGraph) -> None:
        pairs = matched_nodes(old, new, self.definitions)
        self.pairs[old.id, new.id] = pairs
        here = _Graphs(self, old, new, pairs)
        if old.name != new.name:
            self.found.append(here.difference(DifferenceKind.TITLE, old=old.name, new=new.name))
        if new.id:
            self.found += here.slots(DifferenceKind.INPUT, old.inputs, new.inputs)
            self.found += here.slots(DifferenceKind.OUTPUT, old.outputs, new.outputs)
        for ident, node in new.nodes.items():
            if ident in here.back:
                self.found += here.node(old.nodes[here.back[ident]], node)
            else:
                self.found.append(here.added(node))
        self.found += (here.removed(node) for ident, node in old.nodes.items() if ident not in pairs)
        self.found += layout_of_graphs(old, new, here.difference(DifferenceKind.EXTRA))

    def unused(self) -> None:
        """Definitions that were added or removed, and are used by no node that was."""
        for view, known, kind in (
            (self.new, set(self.definitions.values()), DifferenceKind.NODE_ADDED),
            (self.old, set(self.definitions), DifferenceKind.NODE_REMOVED),
        ):
            used = {
                node.definition
                for graph in (view.main, *view.definitions.values())
                for node in graph.nodes.values()
            }
            for ident, graph in view.definitions.items():
                if ident in known or ident in used:
                    continue
                old, new = (ABSENT, graph.name) if kind is DifferenceKind.NODE_ADDED else (graph.name, ABSENT)
                self.found.append(Difference(DifferenceKind.DEFINITION, ident, graph.name, old=old, new=new))


class _Graphs:
    """Two graphs that are the same one, and the pairs of their nodes."""

    def __init__(
        self, comparison: _Comparison, old: ComparedGraph, new: ComparedGraph, pairs: Mapping[str, str]
    ) -> None:
        self.comparison = comparison
        self.old = old
        self.new = new
        self.pairs = pairs
        self.back = {second: first for first, second in pairs.items()}
        self.renamed: dict[str, dict[str, str]] = {INPUT_NODE: _renamed(old.inputs, new.inputs)}
        """By the id of an old node (a subgraph node, or the inputs of this graph): the new names of its
        outputs whose names changed."""
        self.renamed_inputs: dict[str, dict[str, str]] = {OUTPUT_NODE: _renamed(old.outputs, new.outputs)}
        for first, second in pairs.items():
            before, after = old.nodes[first].definition, new.nodes[second].definition
            if before is None or comparison.definitions.get(before) != after or after is None:
                continue
            was, now = comparison.old.definitions[before], comparison.new.definitions[after]
            self.renamed[first] = _renamed(was.outputs, now.outputs)
            self.renamed_inputs[first] = _renamed(was.inputs, now.inputs)

    def difference(self, kind: DifferenceKind, **more: Any) -> Difference:
        return Difference(kind, self.new.id, self.new.name, **more)

    def of(self, old: ComparedNode, new: ComparedNode, kind: DifferenceKind, name: str = "") -> Difference:
        return self.difference(
            kind, old_node=old.id, new_node=new.id, title=new.label, type=new.type, name=name
        )

    def slots(
        self, kind: DifferenceKind, old: list[ComparedSlot], new: list[ComparedSlot]
    ) -> Iterator[Difference]:
        """The inputs or outputs of a definition that were added, removed or changed."""
        renamed = _renamed(old, new)
        before = {renamed.get(one.name, one.name): one for one in old}
        after = {one.name: one for one in new}
        for name in (*after, *(name for name in before if name not in after)):
            first, second = before.get(name), after.get(name)
            if first == second:
                continue
            yield self.difference(
                kind,
                name=name,
                old=ABSENT if first is None else _slot_text(first),
                new=ABSENT if second is None else _slot_text(second),
            )

    def node(self, old: ComparedNode, new: ComparedNode) -> Iterator[Difference]:
        """What changed of a node."""
        is_other = self.is_other_type(old, new)
        if is_other:
            yield replace(self.of(old, new, DifferenceKind.TYPE), old=old.type, new=new.type)
        is_own = not is_other or "title" in old.raw or "title" in new.raw
        if is_own and old.title is not None and new.title is not None and old.title != new.title:
            yield replace(self.of(old, new, DifferenceKind.TITLE), old=old.title, new=new.title)
        if old.mode != new.mode:
            yield replace(self.of(old, new, DifferenceKind.MODE), old=old.mode, new=new.mode)
        names = self.renamed_inputs.get(old.id, {})
        yield from self.inputs(old, new, names)
        yield from layout_of_nodes(old, new, self.of(old, new, DifferenceKind.MOVED))

    def is_other_type(self, old: ComparedNode, new: ComparedNode) -> bool:
        if old.definition is None:
            return new.definition is not None or old.type != new.type
        return self.comparison.definitions.get(old.definition) != new.definition

    def inputs(
        self, old: ComparedNode, new: ComparedNode, renamed: Mapping[str, str]
    ) -> Iterator[Difference]:
        """What changed of the values and links of a node. A value counts only where no link goes in."""
        before = {renamed.get(name, name): value for name, value in old.values.items()}
        before |= {renamed.get(name, name): end for name, end in old.links.items()}
        after = {**new.values, **new.links}
        for name in (*after, *(name for name in before if name not in after)):
            first, second = before.get(name, ABSENT), after.get(name, ABSENT)
            if isinstance(first, ComparedLink) or isinstance(second, ComparedLink):
                if self.is_same_end(first, second) or self.is_implied(first, second):
                    continue
                kind = DifferenceKind.LINK
                first, second = (
                    self.end(each, graph) if isinstance(each, ComparedLink) else each
                    for each, graph in ((first, self.old), (second, self.new))
                )
            elif is_same(first, second):
                continue
            else:
                kind = DifferenceKind.VALUE
            yield replace(self.of(old, new, kind, name), old=first, new=second)

    def is_same_end(self, old: Any, new: Any) -> bool:
        if not isinstance(old, ComparedLink) or not isinstance(new, ComparedLink):
            return False
        node = INPUT_NODE if old.node == INPUT_NODE else self.pairs.get(old.node)
        if node != new.node:
            return False
        renamed = self.renamed.get(old.node)
        if renamed is None:
            return bool(old.slot == new.slot)
        return renamed.get(old.name, old.name) == new.name

    def is_implied(self, old: Any, new: Any) -> bool:
        """Whether a link came or went with the node that it comes from, and there is nothing without it."""
        if old is ABSENT:
            return isinstance(new, ComparedLink) and new.node != INPUT_NODE and new.node not in self.back
        return new is ABSENT and old.node != INPUT_NODE and old.node not in self.pairs

    def end(self, end: ComparedLink, graph: ComparedGraph) -> LinkEnd:
        if end.node == INPUT_NODE:
            return LinkEnd("", "", end.name)
        return LinkEnd(end.node, graph.nodes[end.node].label, end.name)

    def added(self, node: ComparedNode) -> Difference:
        made = self.difference(DifferenceKind.NODE_ADDED, new_node=node.id, title=node.label, type=node.type)
        return replace(made, new=self.state(node, self.new, self.comparison.new))

    def removed(self, node: ComparedNode) -> Difference:
        made = self.difference(
            DifferenceKind.NODE_REMOVED, old_node=node.id, title=node.label, type=node.type
        )
        return replace(made, old=self.state(node, self.old, self.comparison.old))

    def state(self, node: ComparedNode, graph: ComparedGraph, document: ComparedDocument) -> NodeState:
        inside = document.definitions.get(node.definition or "")
        return NodeState(
            dict(node.values),
            {name: self.end(end, graph) for name, end in node.links.items()},
            tuple(
                (other.label, name)
                for other in graph.nodes.values()
                for name, end in other.links.items()
                if end.node == node.id
            ),
            0 if inside is None else len(inside.nodes) - 1,
        )


def _renamed(old: list[ComparedSlot], new: list[ComparedSlot]) -> dict[str, str]:
    """The inputs or outputs of a definition that have another name now: from old names to new ones.

    Those at the same position with the same type are the same, if the old name is gone and the new one is
    new.
    """
    before, after = {one.name for one in old}, {one.name for one in new}
    return {
        first.name: second.name
        for first, second in zip(old, new, strict=False)
        if first.name not in after and second.name not in before and first.kind == second.kind
    }


def _slot_text(slot: ComparedSlot) -> str:
    shown = f" ({slot.label})" if slot.label != slot.name else ""
    return f"{slot.name}{shown}: {slot.kind}"
