"""The facts of a workflow that the editor makes of a prompt, as fixtures/rebuilds has them.

A line of its files is

    key      the case or the template whose prompt was opened
    error    why the editor opened nothing; all else is then missing
    nodes    for each node, in order: id, type, title (null: the type's), mode, x, y, width, height, order,
             and the digests of its values and of all else that is saved of it
    links    the rows of the link table
    last     last_node_id and last_link_id
    export   for cases: the digest of what Export (API) gives for the new workflow, at once
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tests.discovery import FIXTURES

REBUILDS = FIXTURES / "rebuilds"

_APART = ("id", "type", "title", "mode", "pos", "size", "order", "widgets_values")


def facts(answer: dict[str, Any]) -> dict[str, Any]:
    """The facts of one answer of the browser: {"workflow": ..., "text": ...} or {"error": ...}."""
    if "error" in answer:
        return {"error": answer["error"]}
    found = facts_of(answer["workflow"])
    return {**found, "export": digest(json.loads(answer["text"]))} if "text" in answer else found


def facts_of(workflow: dict[str, Any]) -> dict[str, Any]:
    """The facts of a workflow."""
    return {
        "nodes": [_node(node) for node in workflow["nodes"]],
        "links": workflow["links"],
        "last": [workflow["last_node_id"], workflow["last_link_id"]],
    }


def _node(node: dict[str, Any]) -> list[Any]:
    rest = {key: value for key, value in node.items() if key not in _APART}
    measures = [round(value, 2) for value in (*node["pos"], *node["size"])]
    name = [node["id"], node["type"], node.get("title"), node["mode"]]
    return [*name, *measures, node["order"], digest(node.get("widgets_values")), digest(rest)]


def digest(value: Any) -> str:
    """Eight hexadecimal digits for a JSON value, in which 1.0 is 1 and keys may be in any order."""
    text = json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
