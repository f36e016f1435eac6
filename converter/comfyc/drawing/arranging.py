"""Where the panels stand in a picture: the main graph first, and those of subgraphs in rows below it."""

from __future__ import annotations

from comfyc.drawing.model import Panel, Point, WorkflowPicture

HEADER = 44.0
"""The height of what stands above a panel that is not the main graph: its name."""
_GAP = 40.0
_LEAST_ROW = 1600.0


def arrange(picture: WorkflowPicture) -> None:
    """Set the position of each panel, and the size of the picture. Nothing moves inside a panel."""
    picture.size = _put(picture.main, (0.0, 0.0), 0.0)


def _put(panel: Panel, corner: Point, header: float) -> Point:
    """Put a panel and those in it at a corner of the picture; the size that they take."""
    left, top, right, bottom = panel.bounds
    own_width, own_height = right - left, bottom - top + header
    panel.at = corner[0] - left, corner[1] - top + header
    most = max(own_width, _LEAST_ROW)
    x, y = _GAP, own_height
    row, width = 0.0, own_width
    for inner in panel.inner:
        size = _put(inner, (corner[0] + x, corner[1] + y), HEADER)
        if x > _GAP and x + size[0] + _GAP > most:
            x, y, row = _GAP, y + row + _GAP, 0.0
            size = _put(inner, (corner[0] + x, corner[1] + y), HEADER)
        row = max(row, size[1])
        x += size[0] + _GAP
        width = max(width, x)
    panel.extent = (width, y + row + _GAP if panel.inner else own_height)
    return panel.extent
