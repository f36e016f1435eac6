"""Give Reroutes the type of the output that feeds them, and cut the links that the type does not fit.

A link from a Reroute whose slots were saved without any type is kept, with a finding: such a file was written
by hand or by a program, whose author wants the link.

Source: ``extensions/core/rerouteNode.ts`` (onAfterGraphConfigured, onConnectionsChange), frontend 1.58.1. The
editor does this shortly after it has opened a file, when match types are settled.
"""

from __future__ import annotations

from typing import Any

from comfyc import codes
from comfyc.catalog.core_types import REROUTE
from comfyc.collector import Collector
from comfyc.editor.loading.match_types import cut
from comfyc.editor.nodes.growing import close_gaps
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.slot_types import compatible
from comfyc.editor.nodes.state import Scope
from comfyc.javascript.values import shown


def is_reroute(node: LiveNode) -> bool:
    """Whether this is the editor's own Reroute node."""
    return node.file.type == REROUTE and node.stands_for is not None


def settle_reroutes(scope: Scope, diagnostics: Collector, *, browser_exact: bool = False) -> None:
    """Cut each link from a Reroute of this graph into an input that does not take the Reroute's type.

    Without ``browser_exact``, links from a Reroute whose slots have no saved type are kept and reported.
    """
    reroutes = {node.id: node for node in scope.special if is_reroute(node)}
    leaving = [link for link in scope.links.values() if link.origin in reroutes and link.origin_slot == 0]
    known: dict[str, Any] = {}
    gaps: list[tuple[LiveNode, int]] = []
    for link in leaving:
        end = scope.target_of(link) if link.target not in reroutes else None
        if end is None or not (target := end[0].inputs[end[1]]).type:
            continue
        kind = _fed_type(reroutes[link.origin], scope, known)
        if not kind or compatible(kind, target.type):
            continue
        if browser_exact or _has_types(reroutes[link.origin]):
            cut(link, end, kind, diagnostics)
            gaps.append(end)
        else:
            diagnostics.report(
                codes.ODD_LINK_KEPT,
                f"link {shown(link.id)} carries {kind} into '{target.name}', which takes {target.type}:"
                " the editor cuts the link, comfyc keeps it",
                pointer=link.pointer,
                node=link.target,
                hint="link the input to an output of its own type",
            )
    close_gaps(gaps, diagnostics)


def _has_types(reroute: LiveNode) -> bool:
    """Whether any slot of a Reroute was saved with a type; the editor always writes one, if only "*"."""
    slots = (reroute.file.raw.get(side) for side in ("inputs", "outputs"))
    return any(
        isinstance(slot, dict) and slot.get("type") is not None
        for side in slots
        if isinstance(side, list)
        for slot in side
    )


def _fed_type(reroute: LiveNode, scope: Scope, known: dict[str, Any]) -> Any:
    """The type of the output that feeds a chain of reroutes, None if nothing feeds it."""
    chain: dict[str, None] = {}
    node, kind = reroute, None
    while node.id not in known and node.id not in chain:
        chain[node.id] = None
        link = node.links.get(0) if node.inputs else None
        origin = scope.nodes.get(link.origin) if link is not None else None
        if link is None or origin is None:
            break
        if not is_reroute(origin):
            slot = link.origin_slot
            if slot.__class__ is int and 0 <= slot < len(origin.outputs):
                kind = origin.outputs[slot]
            break
        node = origin
    kind = known.get(node.id, kind)
    known.update(dict.fromkeys(chain, kind))
    return kind
