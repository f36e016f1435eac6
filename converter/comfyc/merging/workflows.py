"""Merging of workflows: the main graph, the definitions of subgraphs, and what else a file has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from comfyc.documents import is_workflow
from comfyc.graph import ABSENT
from comfyc.merging.conflicts import MEMBER, Conflict
from comfyc.merging.drafts import GraphDraft, definitions_of
from comfyc.merging.graphs import GraphMerger
from comfyc.merging.names import NodeNames, names_of
from comfyc.merging.nodes import meaning
from comfyc.merging.renumbering import graphs_of, without_collisions
from comfyc.merging.values import merged_items, merged_members, quietly, same, silently

Way = Callable[[Any, Any, Any], Any]

_VIEW = frozenset(
    {"ds", "frontendVersion", "node_versions", "workflowRendererVersion", "selectedNodes", "info"}
)
"""Members of ``extra`` that the editor writes by itself: they never conflict."""
_VIEW_PREFIXES = ("VHS_",)
_OF_ONE_VERSION = frozenset({"state", "floatingLinks", "reroutes", "last_node_id", "last_link_id"})
"""Members of which files of the schemas 0.4 and 1 have different ones."""
_EMPTY = GraphDraft({})


class WorkflowMerger:
    """Merges two workflows. Raises UnmergeableError if one of them has not the form that the editor gives
    it."""

    def __init__(self, base: Any, ours: Any, theirs: Any) -> None:
        self.found: list[Conflict] = []
        theirs = without_collisions(base, ours, _in_version(ours, theirs), self._is_twin(base is not None))
        self.documents = (base or {}, ours, theirs)
        self.drafts = [graphs_of(document) for document in self.documents]
        self._names: dict[int, NodeNames] = {}

    def merged(self) -> tuple[dict[str, Any], list[Conflict]]:
        """The workflow with the changes of both sides, and the conflicts."""
        root = self._graph("", {"definitions": self._definitions})
        names = {ident: str(one.get("name") or ident) for ident, one in definitions_of(root).items()}
        return root, [replace(one, title=names.get(one.title, one.title)) for one in self.found]

    @staticmethod
    def _is_twin(has_base: bool) -> Callable[[GraphDraft, GraphDraft, str], bool]:
        def is_twin(mine: GraphDraft, other: GraphDraft, ident: str) -> bool:
            """Without a base, both are versions of one node."""
            one, two = mine.nodes[ident], other.nodes[ident]
            if not has_base:
                return bool(one["type"] == two["type"])
            return same(meaning(one), meaning(two)) and mine.feeding(ident) == other.feeding(ident)

        return is_twin

    def _graph(self, ident: str, special: Mapping[str, Way]) -> dict[str, Any]:
        before, ours, theirs = (drafts.get(ident, _EMPTY) for drafts in self.drafts)
        merger = GraphMerger(ident, before, ours, theirs, self._names_in, self._has_inner_changes, self.found)
        return _counted(merger.merged({**_WAYS, "extra": self._extra_in(ident), **special}), ours)

    def _definitions(self, _base: Any, ours: Any, theirs: Any) -> Any:
        """The definitions by id. One that a side has deleted stays if the other has changed or uses it."""
        if ours is ABSENT and theirs is ABSENT:
            return ABSENT
        before, own, others = map(definitions_of, self.documents)
        merged: list[Any] = []
        for ident in (*own, *(ident for ident in others if ident not in own)):
            if ident in own and ident in others:
                raw = own[ident]
                if not same(own[ident], others[ident]):
                    raw = self._graph(ident, {"definitions": quietly})
                merged.append(raw)
                continue
            side, number = (own, 1) if ident in own else (others, 2)
            if (
                ident not in before
                or self._has_inner_changes(number, ident)
                or self._is_used(ident, 3 - number)
            ):
                merged.append(side[ident])
        shape = ours if isinstance(ours, dict) else theirs
        return {**shape, "subgraphs": merged}

    def _is_used(self, ident: str, number: int) -> bool:
        return any(
            node["type"] == ident for draft in self.drafts[number].values() for node in draft.nodes.values()
        )

    def _has_inner_changes(self, number: int, ident: str) -> bool:
        """Whether a side has changed what is inside a definition that was there before."""
        if not ident:
            return False
        before, side = self.drafts[0].get(ident), self.drafts[number].get(ident)
        if before is None or side is None:
            return False
        old = {key: meaning(node) for key, node in before.nodes.items()}
        new = {key: meaning(node) for key, node in side.nodes.items()}
        return not same(old, new) or before.origins() != side.origins()

    def _names_in(self, number: int, graph: str, node: Any) -> Mapping[str, int] | None:
        if number not in self._names:
            self._names[number] = names_of(self.documents[number]) if self.documents[number] else {}
        return self._names[number].get((graph, str(node)))

    def _extra_in(self, graph: str) -> Way:
        """How the member ``extra`` of a graph is merged."""

        def report(path: tuple[str | int, ...], base: Any, ours: Any, theirs: Any) -> None:
            self.found.append(Conflict(graph, None, "value", path, base, ours, theirs))

        def extra(base: Any, ours: Any, theirs: Any) -> Any:
            if not isinstance(ours, dict) or not isinstance(theirs, dict):
                return quietly(base, ours, theirs)
            view = {key for key in (*ours, *theirs) if key in _VIEW or key.startswith(_VIEW_PREFIXES)}
            ways = {**dict.fromkeys(view, quietly), "reroutes": _by_id, "linkExtensions": _by_id}
            before = base if isinstance(base, dict) else {}
            return merged_members(before, ours, theirs, ("extra",), report, ways)

        return extra


def noted(document: dict[str, Any], found: list[Conflict]) -> dict[str, Any]:
    """A merged document with its new conflicts in the lists that it has for them."""
    if not found:
        return document
    if not is_workflow(document):
        made = dict(document)
        for one in found:
            node = made[str(one.node)]
            made[str(one.node)] = {**node, "_meta": _with(node.get("_meta"), [one])}
        return made
    return {**document, "extra": _with(document.get("extra"), found)}


def _with(holder: Any, found: list[Conflict]) -> dict[str, Any]:
    holder = holder if isinstance(holder, dict) else {}
    own = holder[MEMBER] if isinstance(holder.get(MEMBER), dict) else {}
    known = own["conflicts"] if isinstance(own.get("conflicts"), list) else []
    return {**holder, MEMBER: {**own, "conflicts": [*known, *(one.to_json() for one in found)]}}


def _in_version(ours: Mapping[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Their document without what only files of its schema have, if that is not the schema of ours."""
    if ours.get("version") == theirs.get("version"):
        return theirs
    return {key: value for key, value in theirs.items() if key not in _OF_ONE_VERSION - ours.keys()}


def _counted(graph: dict[str, Any], ours: GraphDraft) -> dict[str, Any]:
    """A merged graph whose counters are not below the ids that are new in it."""
    draft = GraphDraft.of(graph)
    known = {row.ident for _, row in ours.links.values()}
    nodes = [int(one) for one in draft.nodes.keys() - ours.nodes.keys() if one.isascii() and one.isdigit()]
    links = [row.ident for _, row in draft.links.values() if isinstance(row.ident, int)]
    links = [one for one in links if one not in known]
    counted = _raised(_raised(graph, "last_node_id", nodes), "last_link_id", links)
    state = graph.get("state")
    if isinstance(state, dict):
        counted["state"] = _raised(_raised(state, "lastNodeId", nodes), "lastLinkId", links)
    return counted


def _raised(holder: dict[str, Any], name: str, ids: list[int]) -> dict[str, Any]:
    counter = holder.get(name)
    return {**holder, name: max([counter, *ids])} if isinstance(counter, int) else {**holder}


def _largest(base: Any, ours: Any, theirs: Any) -> Any:
    numbers = [one for one in (ours, theirs) if isinstance(one, (int, float)) and not isinstance(one, bool)]
    return max(numbers) if len(numbers) == 2 else quietly(base, ours, theirs)


def _state(base: Any, ours: Any, theirs: Any) -> Any:
    """The counters of a graph."""
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return quietly(base, ours, theirs)
    return merged_members({}, ours, theirs, (), silently, dict.fromkeys({*ours, *theirs}, _largest))


def _by_id(base: Any, ours: Any, theirs: Any) -> Any:
    """Groups and reroutes: layout, by id."""
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return quietly(base, ours, theirs)
    found = merged_items(base if isinstance(base, list) else [], ours, theirs, (), silently)
    return ours if found is None else found


def _of_ours(_base: Any, ours: Any, theirs: Any) -> Any:
    return theirs if ours is ABSENT else ours


_WAYS: dict[str, Way] = {
    **dict.fromkeys(("id", "version"), _of_ours),
    **dict.fromkeys(("last_node_id", "last_link_id", "revision"), _largest),
    **dict.fromkeys(("config", "inputNode", "outputNode"), quietly),
    **dict.fromkeys(("groups", "reroutes", "floatingLinks"), _by_id),
    "state": _state,
}
"""How members of a graph are merged that have no meaning of their own."""
