"""ComfyUI-Impact-Pack: wildcard texts, mode switches, Preview Bridge and Image Receiver
(``js/impact-pack.js``)."""

from __future__ import annotations

from comfyc import codes
from comfyc.catalog.specs import NodeSpec
from comfyc.graph import Widget
from comfyc.javascript.values import shown, truthy
from comfyc.packs.behaviour import Behaviour, Saved

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
    """Send the wildcard text unchanged: its braces are not dynamic prompts of the editor."""
    for widget in widgets:
        if widget.finish == "dynamic":
            widget.finish = None
    return widgets


def settle_mode(saved: Saved) -> None:
    """Convert ``mode`` to a boolean: files hold a boolean or, from later versions, a choice."""
    for widget in saved.widgets:
        if widget.name == "mode" and widget.kind == "toggle":
            widget.value = widget.value in (True, 1, "1", "Populate")


def settle_bridge(saved: Saved) -> None:
    """Preview Bridge: reset the saved picture reference, which only one server process knows."""
    for widget in saved.widgets:
        first = f"${saved.raw.get('id')}-0"
        if widget.name == "image" and widget.value != first:
            if widget.saved_at is not None and truthy(widget.value):
                message = (
                    f"{shown(widget.value)} refers to an image in the memory of another server process:"
                    f" the browser uses {first!r} if the server does not know it, and so does comfyc"
                )
                hint = f"set a reference of a server that still has the image: --set '{saved.node}.image=...'"
                saved.report(codes.SERVER_MARK, message, widget, hint)
            widget.value = first


def settle_receiver(saved: Saved) -> None:
    """Image Receiver: the image is sent only if it is saved with the workflow."""
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
