"""Names for the nodes of a picture in forms that have a syntax of their own, and the ends of its links."""

from __future__ import annotations

from comfyc.drawing.model import NodeBox, Panel, Wire, WorkflowPicture


def box_names(picture: WorkflowPicture) -> dict[NodeBox, str]:
    """A name for each box that no syntax reads as anything else: the letter n and a number."""
    boxes = [box for panel in picture.panels for box in panel.boxes]
    return {box: f"n{index}" for index, box in enumerate(boxes)}


def ends_of(panel: Panel, wire: Wire) -> tuple[NodeBox, NodeBox]:
    """The boxes that a link of a panel connects."""
    by_path = panel.by_path
    return by_path[wire.origin[0]], by_path[wire.target[0]]
