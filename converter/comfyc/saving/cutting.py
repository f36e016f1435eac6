"""Remove a link from a workflow, as the editor does when an input is disconnected.

Source: ``LGraphNode.disconnectInput``, ``LLink.disconnect`` and ``SubgraphInput.disconnect`` of frontend
1.58.1. A link is in the link table, at both of its ends, and in the reroutes that it goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.saving.draft import Draft
from comfyc.workflow.model import INPUT_NODE, FileLink


def cut(draft: Draft, scope: Scope, node: LiveNode, link: FileLink | None) -> bool:
    """Remove a link into a node of a graph; False if the file has no such link."""
    if link is None or _row(draft.get(link.pointer)) != link.id:
        return False
    graph = scope.file.pointer
    _delete(draft, (*graph, "links"), lambda row: _row(row) == link.id)
    for at, saved in enumerate(_items(draft, (*node.file.pointer, "inputs"))):
        if isinstance(saved, dict) and saved.get("link") == link.id:
            draft.put((*node.file.pointer, "inputs", at, "link"), None)
    for ends in _origins(draft, scope, link):
        _delete(draft, ends, lambda ident: ident == link.id)
    _leave_reroutes(draft, graph, link.id)
    return True


def link_into(node: LiveNode, name: str) -> FileLink | None:
    """The link into the input of this name, None if there is none."""
    index = next((at for at, slot in enumerate(node.inputs) if slot.name == name), -1)
    return node.links.get(index)


def _origins(draft: Draft, scope: Scope, link: FileLink) -> list[Pointer]:
    """The lists of links at the end that a link leaves."""
    if link.origin == INPUT_NODE:
        inputs = (*scope.file.pointer, "inputs")
        return [(*inputs, at, "linkIds") for at in range(len(_items(draft, inputs)))]
    origin = scope.nodes.get(link.origin)
    if origin is None:
        return []
    outputs = (*origin.file.pointer, "outputs")
    return [(*outputs, at, "links") for at in range(len(_items(draft, outputs)))]


def _leave_reroutes(draft: Draft, graph: Pointer, ident: Any) -> None:
    """Take a link out of the reroutes of a graph; a reroute that no link goes through any more is removed."""
    for reroutes in ((*graph, "reroutes"), (*graph, "extra", "reroutes")):
        left: list[Any] = []
        for at, reroute in enumerate(_items(draft, reroutes)):
            links = reroute.get("linkIds") if isinstance(reroute, dict) else None
            if not isinstance(links, list) or ident not in links:
                continue
            _delete(draft, (*reroutes, at, "linkIds"), lambda one: one == ident)
            if links == [ident] and not reroute.get("floating"):
                left.append(reroute.get("id"))
        _delete(draft, reroutes, partial(_is_among, left))
    _delete(draft, (*graph, "extra", "linkExtensions"), partial(_is_among, [ident]))


def _is_among(idents: Collection[Any], row: Any) -> bool:
    return isinstance(row, dict) and row.get("id") in idents


def _row(row: Any) -> Any:
    """The id of a row of a link table, which is a list or an object."""
    if isinstance(row, dict):
        return row.get("id")
    return row[0] if isinstance(row, list) and row else None


def _items(draft: Draft, pointer: Pointer) -> list[Any]:
    found = draft.get(pointer)
    return found if isinstance(found, list) else []


def _delete(draft: Draft, pointer: Pointer, is_meant: Callable[[Any], bool]) -> None:
    """Delete the items of a list that are meant; nothing if there is no list."""
    items = _items(draft, pointer)
    kept = [item for item in items if not is_meant(item)]
    if len(kept) < len(items):
        draft.own(pointer)[:] = kept
