"""ComfyUI-Impact-Pack: texts that are no dynamic prompts, switches, bridges (``js/impact-pack.js``)."""

from __future__ import annotations

from comfyc import codes
from comfyc.catalog.specs import NodeSpec
from comfyc.graph import Widget
from comfyc.javascript.values import shown, truthy
from comfyc.packs import Behaviour, Saved

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
    """Preview Bridge: a server knows the marks that it gave itself; the node's first one is taken."""
    for widget in saved.widgets:
        first = f"${saved.raw.get('id')}-0"
        if widget.name == "image" and widget.value != first:
            if widget.place is not None and truthy(widget.value):
                message = (
                    f"{shown(widget.value)} marks a picture of the server that the file was made with: the"
                    f" browser takes {first!r} where the server does not know it, and so does comfyc"
                )
                hint = f"set the mark of a server that still has it: --set '{saved.node}.image=...'"
                saved.report(codes.SERVER_MARK, message, widget, hint)
            widget.value = first


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
