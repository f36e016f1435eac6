"""ComfyUI-Impact-Pack: texts that are no dynamic prompts, switches, bridges (``js/impact-pack.js``)."""

from __future__ import annotations

import re

from converter.graph import Widget
from converter.jsvalues import truthy
from converter.packs import Behaviour, Saved
from converter.specs import NodeSpec

FOLDER = "ComfyUI-Impact-Pack"

DETAILERS = (
    "ToDetailerPipe",
    "ToDetailerPipeSDXL",
    "BasicPipeToDetailerPipe",
    "BasicPipeToDetailerPipeSDXL",
    "EditDetailerPipe",
    "FaceDetailer",
    "DetailerForEach",
    "DetailerForEachDebug",
    "DetailerForEachPipe",
    "DetailerForEachDebugPipe",
)

_TIMED_MARK = re.compile(r"\$.*-\d+\.\d+")
"""A mark that holds the time instead of a count: nobody can tell whether the server still knows it."""


def keep_wildcards(widgets: list[Widget], spec: NodeSpec) -> list[Widget]:
    """The wildcard text goes to the server as it is: its braces are not the editor's."""
    for widget in widgets:
        if widget.finish == "dynamic":
            widget.finish = None
    return widgets


def settle_mode(saved: Saved) -> None:
    """``mode`` was a switch once, and a choice later: a switch takes both."""
    for widget in saved.widgets:
        if widget.name == "mode" and widget.kind == "toggle":
            widget.value = widget.value in (True, 1, "1", "Populate")


def settle_bridge(saved: Saved) -> None:
    """Preview Bridge: what another server counted is unknown; the node's first mark is taken."""
    for widget in saved.widgets:
        value = widget.value
        if widget.name == "image" and not (isinstance(value, str) and _TIMED_MARK.match(value)):
            widget.value = f"${saved.raw.get('id')}-0"


def settle_receiver(saved: Saved) -> None:
    """Image Receiver: the image is sent only if it is to be saved with the workflow."""
    keeps = any(item.name == "save_to_workflow" and truthy(item.value) for item in saved.widgets)
    for widget in saved.widgets:
        if widget.name == "image_data" and (not keeps or widget.value == "[IMAGE DATA]"):
            widget.value = ""


_WILDCARDS = Behaviour(arrange=keep_wildcards)
_BRIDGE = Behaviour(settle=settle_bridge)
_MODE = Behaviour(settle=settle_mode)

BEHAVIOURS = {
    **dict.fromkeys(DETAILERS, _WILDCARDS),
    "ImpactWildcardEncode": _MODE,
    "ImpactWildcardProcessor": _MODE,
    "PreviewBridge": _BRIDGE,
    "PreviewBridgeLatent": _BRIDGE,
    "ImageReceiver": Behaviour(settle=settle_receiver),
}
