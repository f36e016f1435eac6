"""Find the inner input and widget that an input of a subgraph definition leads to.

Source: ``SubgraphNode.ts`` (_resolveInputWidget), frontend 1.58.1.
"""

from __future__ import annotations

from typing import Any

from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.state import End, Scope
from comfyc.graph import Widget
from comfyc.workflow.model import FileLink, FileSlot


def end_of(scope: Scope, declared: FileSlot) -> End:
    """Find the source and the target of an input of a definition; each is None if there is none.

    The source is the inner node and input that the first link to a widget goes into. The target is the id and
    the widget of the first inner node with a widget at its end of a link, or the id and the input of a nested
    subgraph node if one comes first.
    """
    key = id(declared)
    if key in scope.ends:
        return scope.ends[key]
    source, target = None, None
    for ident in declared.link_ids:
        found = linked_input(scope, ident)
        if found is None:
            continue
        node, slot = found
        is_source = has_widget_behind(node, slot)
        if target is None and node.definition is not None:
            target = node.id, slot.name
        elif target is None and is_source and slot.widget is not None:
            target = node.id, slot.widget
        if is_source:
            source = found
            break
    if scope.is_configured:  # otherwise, with definitions nested in a circle, the graph may still change
        scope.ends[key] = source, target
    return source, target


def linked_input(scope: Scope, ident: Any) -> tuple[LiveNode, LiveInput] | None:
    """The inner node and input that a link of a definition goes into; None if there is none."""
    link = scope.links.get(ident)
    target = scope.target_of(link) if link is not None else None
    return None if target is None else (target[0], target[0].inputs[target[1]])


def links_by_origin(scope: Scope) -> dict[str, list[FileLink]]:
    """The links of a graph by the node that they leave."""
    leaving: dict[str, list[FileLink]] = {}
    for link in scope.links.values():
        leaving.setdefault(link.origin, []).append(link)
    return leaving


def widget_behind(node: LiveNode, slot: LiveInput) -> Widget | None:
    """The widget that an input is bound to, or that an input of a subgraph node promotes; not to be
    changed."""
    node, slot = innermost(node, slot)
    return None if slot.widget is None or node.definition is not None else node.widgets.get(slot.widget)


def innermost(node: LiveNode, slot: LiveInput) -> tuple[LiveNode, LiveInput]:
    """The node and input that a promoted input leads to through all nested subgraph nodes. Any other input is
    returned as it is."""
    while node.definition is not None and slot.promoted is not None:
        node, slot = slot.promoted.inner
    return node, slot


def has_widget_behind(node: LiveNode, slot: LiveInput) -> bool:
    """Whether an input is bound to a widget, or promotes one."""
    if node.definition is not None:
        return slot.promoted is not None
    return slot.widget is not None and node.widgets.has(slot.widget)
