"""Conflicts taken out of a document again: what is there stays, or their values are put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc.documents import is_workflow
from comfyc.graph import ABSENT
from comfyc.merging.conflicts import MEMBER, Conflict, listed
from comfyc.merging.drafts import GraphDraft, TableRow, Target, definitions_of, listed_in
from comfyc.merging.values import Path, UnmergeableError, item_key
from comfyc.merging.wiring import GraphWiring


def conflicts_in(document: Any) -> list[Conflict | None]:
    """The conflicts that a workflow or prompt lists; None for each entry that describes none."""
    entries = (entry for _, entry in listed(document))
    return [Conflict.of_json(entry) if isinstance(entry, dict) else None for entry in entries]


def resolved(document: dict[str, Any], *, theirs: bool) -> tuple[dict[str, Any], list[Conflict]]:
    """A document without its list of conflicts, in which what it has stays, or ``theirs`` takes its place.

    The conflicts that cannot be resolved so, because the node or the value is gone since, are returned, too.
    The document itself stays as it is.
    """
    left: list[Conflict] = []
    conflicts = conflicts_in(document) if theirs else []
    made = _without_list(document)
    for conflict in conflicts:
        if conflict is None:
            continue
        try:
            made = _taken(made, conflict) if is_workflow(made) else _taken_in_prompt(made, conflict)
        except (UnmergeableError, LookupError, TypeError):
            left.append(conflict)
    return made, left


def _without_list(document: dict[str, Any]) -> dict[str, Any]:
    if is_workflow(document):
        return _emptied(document, "extra")
    return {
        ident: _emptied(node, "_meta") if isinstance(node, dict) else node for ident, node in document.items()
    }


def _emptied(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """An object whose member has no list of conflicts any more; what is empty then goes, too."""
    outer = holder.get(name)
    own = outer.get(MEMBER) if isinstance(outer, dict) else None
    if not isinstance(outer, dict) or not isinstance(own, dict) or "conflicts" not in own:
        return holder
    more = {key: value for key, value in own.items() if key != "conflicts"}
    rest = {key: value for key, value in outer.items() if key != MEMBER or more}
    if more:
        rest[MEMBER] = more
    return {key: rest if key == name else value for key, value in holder.items() if key != name or rest}


# --- prompts -------------------------------------------------------------------------------------


def _taken_in_prompt(document: dict[str, Any], conflict: Conflict) -> dict[str, Any]:
    ident = str(conflict.node)
    if ident not in document:
        raise LookupError(ident)
    if conflict.kind != "node":
        return {**document, ident: _put(document[ident], conflict.path, conflict.theirs)}
    if conflict.theirs is ABSENT:
        return {key: node for key, node in document.items() if key != ident}
    return {**document, ident: conflict.theirs}


# --- workflows -----------------------------------------------------------------------------------


def _taken(document: dict[str, Any], conflict: Conflict) -> dict[str, Any]:
    if not conflict.graph:
        return _taken_in_graph(document, conflict)
    if conflict.graph not in definitions_of(document):
        raise LookupError(conflict.graph)
    member = document["definitions"]
    made = [
        _taken_in_graph(one, conflict) if one["id"] == conflict.graph else one for one in member["subgraphs"]
    ]
    return {**document, "definitions": {**member, "subgraphs": made}}


def _taken_in_graph(raw: dict[str, Any], conflict: Conflict) -> dict[str, Any]:
    ident = str(conflict.node)
    if conflict.node is None:
        return dict(_put(raw, conflict.path, conflict.theirs))
    if conflict.kind == "node":
        return _with_node(raw, ident, conflict)
    draft = GraphDraft.of(raw)
    if conflict.kind == "link":
        origin = conflict.theirs if isinstance(conflict.theirs, list) else None
        return _linked(raw, (ident, _input_key(draft, ident, conflict.path[-1])), origin)
    changed = _put(draft.nodes[ident], conflict.path, conflict.theirs)
    return {**raw, "nodes": [changed if str(node["id"]) == ident else node for node in raw["nodes"]]}


def _with_node(raw: dict[str, Any], ident: str, conflict: Conflict) -> dict[str, Any]:
    """A graph with their version of a node and its links, or without the node if they have deleted it."""
    draft = GraphDraft.of(raw)
    wiring = GraphWiring(draft, draft, {key: node for key, node in draft.nodes.items() if key != ident})
    for target, (origin, _) in draft.links.items():
        if ident not in (target[0], origin[0]):
            wiring.connect(target, origin, from_theirs=False)
    nodes = [node for node in listed_in(raw, "nodes") if str(node["id"]) != ident]
    made = {**raw, "nodes": nodes}
    wiring.write(made)
    if conflict.theirs is ABSENT:
        return made
    made["nodes"] = [*made["nodes"], _unlinked(conflict.theirs)]
    for origin_id, slot, target_id, name in conflict.links:
        now = GraphDraft.of(made)
        known = {*now.nodes, "-10", "-20"}
        target = (str(target_id), _input_key(now, str(target_id), name))
        if str(origin_id) in known and str(target_id) in known and target not in now.links:
            made = _linked(made, target, [origin_id, slot])
    return made


def _unlinked(node: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(node)
    for name, member in (("inputs", "link"), ("outputs", "links")):
        if name in node:
            made[name] = [{**slot, member: None} for slot in listed_in(node, name)]
    return made


def _input_key(draft: GraphDraft, ident: str, name: Any) -> Any:
    """The key of an input that a conflict names: by its name, the id of a border's slot, or the position."""
    slots = draft.slots(ident, is_input=True)
    for index, slot in enumerate(slots):
        if name in (slot.get("name"), slot.get("id")):
            return draft.key(ident, index, is_input=True)
    if isinstance(name, int):
        return name
    raise LookupError(name)


def _linked(raw: dict[str, Any], target: Target, origin: list[Any] | None) -> dict[str, Any]:
    """A graph in which an input is linked to an output, or to nothing."""
    draft = GraphDraft.of(raw)
    added = GraphDraft(raw, draft.nodes)
    wiring = GraphWiring(draft, added, draft.nodes)
    for other, (start, _) in draft.links.items():
        if other != target:
            wiring.connect(other, start, from_theirs=False)
    if origin is not None:
        ident, slot = str(origin[0]), origin[1]
        if not wiring.has(ident) or not wiring.has(target[0]):
            raise LookupError(ident)
        start = (ident, draft.key(ident, slot, is_input=False))
        number = next((row.ident for _, row in draft.links.values()), 1)
        kind = draft.slots(ident, is_input=False)[slot].get("type")
        added.links[target] = (start, TableRow([number, origin[0], slot, target[0], 0, kind], None))
        wiring.connect(target, start, from_theirs=True)
    made = dict(raw)
    wiring.write(made)
    return made


def _put(container: Any, path: Path, value: Any) -> Any:
    """A copy of a container with another value at a path, or without it if the value is absent."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(container, list):
        index = (
            step
            if isinstance(step, int)
            else next(
                (at for at, item in enumerate(container) if str(item_key(item)) == step), len(container)
            )
        )
        made: Any = list(container)
        made[index] = _put(container[index], rest, value)
        return [item for item in made if item is not ABSENT]
    changed = _put(container.get(step, {} if rest else ABSENT), rest, value)
    made = {**container, step: changed}
    return {key: item for key, item in made.items() if item is not ABSENT}
