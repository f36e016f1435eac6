"""Which node of one graph is which of another: by id, or, where ids were given anew, by what nodes are.

Nodes whose type, title, values and neighbours occur once in each graph are sure pairs. If most of these have
kept their ids, ids count from then on. Otherwise the file was renumbered, or its nodes were copied, and what
a node is linked to counts before its id does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from comfyc.differences.values import is_same
from comfyc.differences.views import ComparedGraph, ComparedNode
from comfyc.javascript.stringify import compact_text

_ROUNDS = 3
"""How far the neighbourhood reaches that makes a node different from others like it."""

_MOST = 0.5
"""The share of nodes that have to be unchanged for nodes of the same id to be the same one at once."""

_TRIED = 20
"""Upper bound on the nodes of one class that a node is held against one by one."""

_Fed = dict[str, dict[tuple[str, str], list[str]]]
"""By node, and by its output and their input: the nodes that it feeds."""


def matched_nodes(old: ComparedGraph, new: ComparedGraph, definitions: Mapping[str, str]) -> dict[str, str]:
    """The nodes that are the same one, from old ids to new ids; ``definitions`` are the matched ones."""
    return _Matching(old, new, definitions).all()


class _Matching:
    """The pairs of nodes of two graphs, found step by step."""

    def __init__(self, old: ComparedGraph, new: ComparedGraph, definitions: Mapping[str, str]) -> None:
        self.old = old
        self.new = new
        self.pairs: dict[str, str] = {}
        self.taken: set[str] = set()
        self.definitions = definitions
        self.rounds: list[tuple[dict[str, int], dict[str, int]]] = []
        """The colors of all nodes after 0, 1, ... rounds, of the old and the new graph."""

    @cached_property
    def into_old(self) -> _Fed:
        return _targets(self.old)

    @cached_property
    def into_new(self) -> _Fed:
        return _targets(self.new)

    def all(self) -> dict[str, str]:
        unchanged = list(self.unchanged())
        if len(unchanged) > _MOST * min(len(self.old.nodes), len(self.new.nodes)):
            for ident in unchanged:
                self.pair(ident, ident)
        if self.have_content_in_common():
            for first, second in list(self.alike(self.colors(_ROUNDS))):
                self.pair(first, second)
        if 2 * sum(first == second for first, second in self.pairs.items()) >= len(self.pairs):
            self.pair_ids()
            self.pair_alike()
        else:
            self.pair_alike()
            self.pair_ids()
        for ident in self.left(self.old):  # the editor keeps the id of a node whose type it replaces
            if ident in self.new.nodes and ident not in self.taken:
                self.pair(ident, ident)
        return self.pairs

    def unchanged(self) -> Iterator[str]:
        """The nodes that are the same as the node of the same id, with the same links."""
        for ident, node in self.old.nodes.items():
            other = self.new.nodes.get(ident)
            if other is None or node.links != other.links:
                continue
            if self.content(node, is_old=True) == self.content(other, is_old=False):
                yield ident

    def have_content_in_common(self) -> bool:
        """Whether a node without a pair is like another one without a pair, but for its links."""
        old, new = self.keys(self.content)
        return not set(old.values()).isdisjoint(new.values())

    def kind(self, node: ComparedNode, *, is_old: bool) -> Any:
        if node.definition is None:
            return node.type
        return ("definition", self.definitions.get(node.definition) if is_old else node.definition)

    def pair(self, first: str, second: str) -> None:
        self.pairs[first] = second
        self.taken.add(second)

    def left(self, graph: ComparedGraph) -> list[str]:
        done = self.pairs if graph is self.old else self.taken
        return [ident for ident in graph.nodes if ident not in done]

    def pair_ids(self) -> None:
        """Pair nodes of the same id and type."""
        for ident in self.left(self.old):
            other = self.new.nodes.get(ident)
            if other is None or ident in self.taken:
                continue
            if self.kind(self.old.nodes[ident], is_old=True) == self.kind(other, is_old=False):
                self.pair(ident, ident)

    def pair_alike(self) -> None:
        """Pair nodes by what they are and by what they are linked to, beginning with what is most alike."""
        if not self.left(self.old) or not self.left(self.new):
            return
        for rounds in range(_ROUNDS, -1, -1):
            for first, second in list(self.alike(self.colors(rounds))):
                self.pair(first, second)
            self.pair_neighbours(list(self.pairs.items()))
        for key in (self.titled, self.typed):
            for first, second in list(self.alike(self.keys(key))):
                if self.are_akin(first, second):
                    self.pair(first, second)
                    self.pair_neighbours([(first, second)])
        self.pair_rest()

    def pair_rest(self) -> None:
        """Pair what is left of each type, title and values in the order of the files, which is that of
        creation: what is the same but for its links first, then what has the same title."""
        for key in (self.content, self.titled, self.typed):
            first, second = self.keys(key)
            groups = _groups(second, lambda ident: second[ident])  # noqa: B023 - used up in the same round
            for ident, own in first.items():
                if ident in self.pairs:
                    continue
                is_sure = key == self.content
                others = groups.get(own, [])
                while others and others[0] in self.taken:
                    others.pop(0)
                near = (one for one in others[:_TRIED] if one not in self.taken)
                other = next((one for one in near if is_sure or self.are_akin(ident, one)), None)
                if other is not None:
                    self.pair(ident, other)
                    self.pair_neighbours([(ident, other)])

    def are_akin(self, first: str, second: str) -> bool:
        """Whether two nodes of one class have more in common than that: a title that somebody gave them, a
        link, or at least half of their values."""
        old, new = self.old.nodes[first], self.new.nodes[second]
        if old.title == new.title and "title" in old.raw and "title" in new.raw and old.title != old.type:
            return True
        if any(self.pairs.get(one) == other for one, other in self.neighbours(first, second)):
            return True
        same = sum(
            name in new.values and is_same(value, new.values[name]) for name, value in old.values.items()
        )
        return 0 < same >= len(old.values) / 2

    def pair_neighbours(self, found: list[tuple[str, str]]) -> None:
        """Pair the nodes of one type that are linked in the same way to nodes that are paired."""
        waiting = found
        while waiting:
            first, second = waiting.pop()
            for one, other in self.neighbours(first, second):
                if one in self.pairs or other in self.taken:
                    continue
                if one not in self.old.nodes or other not in self.new.nodes:
                    continue
                if self.typed(self.old.nodes[one], is_old=True) == self.typed(
                    self.new.nodes[other], is_old=False
                ):
                    self.pair(one, other)
                    waiting.append((one, other))

    def neighbours(self, first: str, second: str) -> Iterator[tuple[str, str]]:
        before, after = self.old.nodes[first].links, self.new.nodes[second].links
        for name, end in before.items():
            if name in after:
                yield end.node, after[name].node
        into = self.into_new.get(second, {})
        for key, targets in self.into_old.get(first, {}).items():
            others = into.get(key, ())
            if len(targets) == 1 and len(others) == 1:
                yield targets[0], others[0]

    # --- what makes nodes alike -------------------------------------------------------------------

    def titled(self, node: ComparedNode, *, is_old: bool) -> Any:
        return self.kind(node, is_old=is_old), node.title

    def typed(self, node: ComparedNode, *, is_old: bool) -> Any:
        return self.kind(node, is_old=is_old)

    def content(self, node: ComparedNode, *, is_old: bool) -> Any:
        return self.kind(node, is_old=is_old), node.title, node.mode, _hashable(node.values)

    def keys(self, key: Callable[..., Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A key of each node that has no pair yet."""
        return (
            {ident: key(self.old.nodes[ident], is_old=True) for ident in self.left(self.old)},
            {ident: key(self.new.nodes[ident], is_old=False) for ident in self.left(self.new)},
        )

    def colors(self, rounds: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """A color of each node without a pair: nodes of one color are alike, and so are what they are linked
        to, over so many links (the refinement of Weisfeiler and Leman)."""
        old, new = self.refined(rounds)
        return (
            {ident: color for ident, color in old.items() if ident not in self.pairs},
            {ident: color for ident, color in new.items() if ident not in self.taken},
        )

    def refined(self, rounds: int) -> tuple[dict[str, int], dict[str, int]]:
        """The colors of all nodes after so many rounds, which are computed once."""
        if not self.rounds:
            numbers: dict[Any, int] = {}
            old, new = (
                {
                    ident: numbers.setdefault(self.content(node, is_old=graph is self.old), len(numbers))
                    for ident, node in graph.nodes.items()
                }
                for graph in (self.old, self.new)
            )
            self.rounds.append((old, new))
        while len(self.rounds) <= rounds:
            finer: dict[Any, int] = {}
            before = self.rounds[-1]
            both = ((self.old, self.into_old, before[0]), (self.new, self.into_new, before[1]))
            old, new = (
                {
                    ident: finer.setdefault(_surroundings(node, into.get(ident, {}), colors), len(finer))
                    for ident, node in graph.nodes.items()
                }
                for graph, into, colors in both
            )
            self.rounds.append((old, new))
        return self.rounds[rounds]

    def alike(self, keys: tuple[dict[str, Any], dict[str, Any]]) -> Iterator[tuple[str, str]]:
        """The pairs of nodes whose key no other node of their graph has."""
        first, second = (_groups(side, side.__getitem__) for side in keys)
        for key, idents in first.items():
            others = second.get(key, ())
            if len(idents) == 1 and len(others) == 1:
                yield idents[0], others[0]


def _surroundings(
    node: ComparedNode, into: Mapping[tuple[str, str], list[str]], colors: Mapping[str, int]
) -> Any:
    """The color of a node and those of its neighbours, with the inputs and outputs between them."""
    before = sorted((name, end.name, colors.get(end.node, -1)) for name, end in node.links.items())
    after = sorted((*key, colors[target]) for key, targets in into.items() for target in targets)
    return colors[node.id], tuple(before), tuple(after)


def _hashable(values: Mapping[str, Any]) -> Any:
    """Values as a key of a dict: as they are if that is possible, else their text."""
    key = tuple(values.items())
    try:
        hash(key)
    except TypeError:
        return compact_text(values)
    return key


def _targets(graph: ComparedGraph) -> _Fed:
    """For each node the nodes that it feeds, by its output and their input."""
    found: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for node in graph.nodes.values():
        for name, end in node.links.items():
            found[end.node][f"{end.slot} {end.name}", name].append(node.id)
    return found


def _groups(items: Iterable[str], key: Callable[[str], Any]) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found
