"""glslNodes: vectors that are saved as lists and sent as texts (``web/types.js``)."""

from __future__ import annotations

from comfyc.graph import Node
from comfyc.javascript.values import is_finite, text
from comfyc.packs.behaviour import Behaviour, Export

FOLDER = "comfyui_glslnodes"


def _finish_vector(node: Node, export: Export) -> None:
    """Join the numbers; the second one of a point in the plane has the other sign."""
    for widget in node.widgets:
        numbers = widget.value
        if widget.name not in ("pos", "color") or not isinstance(numbers, list):
            continue
        if not all(map(is_finite, numbers)):
            continue
        if len(numbers) == 2:
            numbers = [numbers[0], -numbers[1]]
        widget.value = ",".join(text(number + 0) for number in numbers)


BEHAVIOURS = {kind: Behaviour(finish=_finish_vector) for kind in ("vec2 (pos)", "vec3 (pos)", "vec4 (color)")}
