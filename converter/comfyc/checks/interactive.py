"""Nodes that wait until somebody answers them in the browser.

Such a node sends a message to every browser that is open at the server, and its thread sleeps until one of
them posts an answer. Each row was read in the source of its pack: chrisgoringe/cg-image-picker f349bc0,
chrisgoringe/cg-image-filter ef433a6, DRuggeri/image-chooser-classic, yolain/ComfyUI-Easy-Use 4de1ab3,
wywywywy/ComfyUI-pause, justUmen/Bjornulf_custom_nodes, Starnodes2024/ComfyUI_StarNodes and
111496583yzy/interactive_text_pause_node. Nodes that only show something (PreviewBridge, image comparers),
that stop the queue (mxStop) or sleep for a time do not wait for anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comfyc import codes
from comfyc.checks.reporting import Where
from comfyc.collector import Collector


@dataclass(frozen=True, slots=True)
class Waiting:
    """How a node waits: its ``pack``, and after how many seconds it goes on by itself; None: never."""

    pack: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Kind:
    """``passing`` are values of the input ``mode`` with which the node does not wait, ``answer`` an input
    whose text answers it beforehand, ``limit`` the input that has the seconds, or the seconds."""

    pack: str
    passing: tuple[str, ...] = ()
    answer: str | None = None
    limit: str | float | None = None


_CHOOSER = _Kind("cg-image-picker", passing=("Pass through", "Take First n", "Take Last n"))
_FILTER = _Kind("cg-image-filter", limit="timeout")
_KINDS = {
    "Preview Chooser": _CHOOSER,
    "Preview Chooser Fabric": _CHOOSER,
    "Simple Chooser": _CHOOSER,
    "Image Chooser": _Kind("image-chooser-classic", passing=_CHOOSER.passing),
    "Image Chooser Classic": _Kind("image-chooser-classic", passing=_CHOOSER.passing),
    "Image Filter": _Kind("cg-image-filter", answer="pick_list", limit="timeout"),
    "Text Image Filter": _FILTER,
    "Text Image Filter with Extras": _FILTER,
    "Mask Image Filter": _FILTER,
    "easy imageChooser": _Kind("ComfyUI-Easy-Use"),
    "easy promptAwait": _Kind("ComfyUI-Easy-Use"),
    "PauseWorkflowNode": _Kind("ComfyUI-pause"),
    "PauseWorkflowNodeWithSound": _Kind("ComfyUI-pause"),
    "Bjornulf_PauseResume": _Kind("Bjornulf_custom_nodes"),
    "Bjornulf_PickInput": _Kind("Bjornulf_custom_nodes"),
    "StarStopAndGo": _Kind("ComfyUI_StarNodes", passing=("Pause", "Bypass"), limit="timeout_seconds"),
    "InteractiveTextPauseNode": _Kind("interactive_text_pause_node", limit=300.0),
}


def waiting(class_type: object, inputs: Mapping[str, Any]) -> Waiting | None:
    """How a node with these inputs waits for somebody; None if it does not."""
    kind = _KINDS.get(class_type) if isinstance(class_type, str) else None
    if kind is None or inputs.get("mode") in kind.passing:
        return None
    answer = inputs.get(kind.answer) if kind.answer is not None else None
    if isinstance(answer, str) and answer.strip():
        return None
    limit = inputs.get(kind.limit) if isinstance(kind.limit, str) else kind.limit
    is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
    return Waiting(kind.pack, limit if is_number else None)


def waiting_nodes(prompt: Mapping[str, Any]) -> dict[str, Waiting]:
    """The nodes of a prompt that wait for somebody, by their ids."""
    nodes = ((ident, node) for ident, node in prompt.items() if isinstance(node, Mapping))
    found = {ident: waiting(node.get("class_type"), node.get("inputs") or {}) for ident, node in nodes}
    return {ident: one for ident, one in found.items() if one is not None}


def endless_nodes(prompt: Mapping[str, Any]) -> frozenset[str]:
    """The nodes of a prompt that wait for somebody and never go on by themselves."""
    return frozenset(ident for ident, one in waiting_nodes(prompt).items() if one.seconds is None)


def report_waiting(prompt: Mapping[str, Any], diagnostics: Collector, where: Where) -> None:
    """Report the nodes of a prompt that wait for somebody (S441)."""
    for ident, one in waiting_nodes(prompt).items():
        pointer, title = where(ident, None)
        most = f", for {one.seconds:g} seconds at most" if one.seconds is not None else ""
        diagnostics.report(
            codes.WAITS_FOR_SOMEBODY,
            f"this node of {one.pack} waits until somebody answers it in the browser{most}",
            pointer=pointer,
            node=ident,
            title=title,
            hint="open the server in a browser and answer it there, or take the node out of the workflow",
        )
