"""What the editor exports for a 3D view: its camera, and for Load3D the pictures that it takes.

Sources: ``extensions/core/load3d.ts``, ``load3dAdvanced.ts``, ``load3dPreviewExtensions.ts`` and
``load3d/CameraManager.ts``, frontend 1.58.1. The editor mounts the view of every node, visible or not, and
exports the current camera. Without a saved camera, and without a model that moves it, this is constant except
for the aspect ratio. Saved widget values are never read.
"""

from __future__ import annotations

import datetime
import time
from typing import Any

from comfyc.graph import Node
from comfyc.javascript.values import is_finite

_NO_MODEL = (None, "", "none")


def is_known(node: Node) -> bool:
    """Whether the export of a 3D view is known without rendering it."""
    properties = node.properties
    config = properties.get("Camera Config")
    return (
        not (isinstance(config, dict) and config.get("state"))
        and not properties.get("Last Time Model File")
        and _value(node, "model_file") in _NO_MODEL
        and _aspect(node) is not None
    )


def scene_state(node: Node, kind: str, name: str, now: datetime.datetime | None) -> dict[str, Any]:
    """The exported value of a 3D view without a model; ``kind`` and ``name`` are those of its widget.

    ``now`` (UTC) is part of the names of the pictures that the editor would take (:func:`takes_pictures`).
    """
    camera = _camera(node)
    if kind == "load3DAdvanced":
        return {"camera_info": camera, "model_3d_info": []}
    pictures = {"image": "", "mask": "", "normal": ""}
    if takes_pictures(name):
        seconds = time.time() if now is None else now.replace(tzinfo=datetime.timezone.utc).timestamp()
        for key, prefix in (("image", "scene"), ("mask", "scene_mask"), ("normal", "scene_normal")):
            pictures[key] = f"threed/{prefix}_{int(seconds * 1000)}.png [temp]"
    return {**pictures, "camera_info": camera, "recording": "", "model_3d_info": []}


def takes_pictures(name: str) -> bool:
    """Whether the editor takes and uploads pictures of a 3D view, by the name of the view's widget."""
    return name == "image"


def _camera(node: Node) -> dict[str, Any]:
    config = node.properties.get("Camera Config")
    config = config if isinstance(config, dict) else {}
    is_flat = config.get("cameraType") == "orthographic"
    angle = config.get("fov")
    aspect = _aspect(node)
    aspect = 1 if aspect is None else aspect
    side = 10 * aspect / 2 if is_flat else 5
    return {
        "position": {"x": 10, "y": 10, "z": 10.000000000000002},
        "target": {"x": 0, "y": 0, "z": 0},
        "zoom": 1,
        "cameraType": "orthographic" if is_flat else "perspective",
        "quaternion": {
            "x": -0.2798481423331213,
            "y": 0.3647051996310008,
            "z": 0.11591689595929511,
            "w": 0.8804762392171493,
        },
        "fov": 35 if is_flat or not _is_number(angle) else angle,
        "aspect": aspect,
        "near": 0.01,
        "far": 10000,
        "frustum": {"left": -side, "right": side, "top": 5, "bottom": -5},
    }


def _aspect(node: Node) -> float | None:
    """The aspect ratio from the node's own widgets; None if they do not give one."""
    width, height = _value(node, "width"), _value(node, "height")
    if not (is_finite(width) and is_finite(height)) or width <= 0 or height <= 0:
        return None
    return float(width / height)


def _value(node: Node, name: str) -> Any:
    return next((widget.value for widget in node.widgets if widget.name == name), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
