"""What ``comfyc diff --json`` says of two files (schemas/answer.schema.json)."""

from __future__ import annotations

from typing import Any

from comfyc.differences import Difference, Differences, LinkEnd, NodeState
from comfyc.graph import ABSENT
from comfyc.safety.jsonable import json_value


def differences_record(old: str, new: str, found: Differences) -> dict[str, Any]:
    """The names of both files, the changes of meaning, and those of the layout."""
    return {
        "old": old,
        "new": new,
        "same": found.is_same,
        "of_prompts": found.of_prompts,
        "changes": [_record(one) for one in found.changes],
        "layout": [_record(one) for one in found.layout],
    }


def _record(one: Difference) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": one.kind.value, "graph": one.graph, "graph_name": one.graph_name}
    if one.node is not None:
        made |= {"old_node": one.old_node, "new_node": one.new_node, "title": one.title, "type": one.type}
    if one.name:
        made["name"] = one.name
    for name, value in (("old", one.old), ("new", one.new)):
        if value is ABSENT:
            continue
        if isinstance(value, LinkEnd):
            made[f"{name}_link"] = _link(value)
        elif isinstance(value, NodeState):
            made["state"] = _state(value)
        else:
            made[name] = json_value(value)
    return made


def _link(end: LinkEnd) -> dict[str, Any]:
    return {"node": end.node or None, "title": end.title, "output": end.output}


def _state(state: NodeState) -> dict[str, Any]:
    return {
        "values": {name: json_value(value) for name, value in state.values.items()},
        "links": {name: _link(end) for name, end in state.links.items()},
        "feeds": [{"title": title, "input": name} for title, name in state.feeds],
        "nodes_inside": state.nodes_inside,
    }
