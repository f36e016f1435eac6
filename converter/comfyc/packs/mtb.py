"""comfy_mtb: its notes, its constant, and displays that are exported empty (``web/mtb_widgets.js``)."""

from __future__ import annotations

from comfyc.graph import ABSENT, Node
from comfyc.packs.behaviour import Behaviour, Export, Saved, pass_through

FOLDER = "comfy_mtb"


def empty_displays(node: Node, export: Export) -> None:
    """Animation Builder: export its displays empty."""
    for widget in node.widgets:
        if widget.name in ("value_preview", "loop_preview"):
            widget.value = ""


def restore_constant(saved: Saved) -> bool:
    """Constant: restore its value from a property; ``widgets_values`` is not read."""
    properties = saved.raw.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    for widget in saved.widgets:
        value = properties.get(widget.name.lower(), ABSENT)
        if value is not ABSENT:
            widget.value = value
    return True


BEHAVIOURS = {
    "Note Plus (mtb)": Behaviour(pass_through, "Note+ (mtb)", widgets=("HTML",)),
    "Animation Builder (mtb)": Behaviour(finish=empty_displays),
    "Constant (mtb)": Behaviour(restore=restore_constant),
}
