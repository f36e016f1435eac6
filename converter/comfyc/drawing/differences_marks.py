"""What changed, in the pictures of both documents: boxes, rows and links are marked, and the rest is dimmed.

old, new, Differences  ->  ComparedPictures     here
ComparedPictures       ->  text                 differences_svg.py, differences_html.py
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from comfyc.api import Conversion
from comfyc.differences import Difference, DifferenceKind, Differences, LinkEnd
from comfyc.differences.wording import heading_of, layout_summary
from comfyc.drawing import picture_of
from comfyc.drawing.differences_rows import LONGEST, ChangedRow, rows_of_change
from comfyc.drawing.marks import box_at, same_graphs
from comfyc.drawing.model import NodeBox, WorkflowPicture
from comfyc.safety.escaping import visible

_MARKS = {DifferenceKind.NODE_ADDED: "added", DifferenceKind.NODE_REMOVED: "removed"}


@dataclass(frozen=True, slots=True)
class ListedChange:
    """A node, or a graph, with all that changed of it. ``mark`` is "added", "removed" or "changed"; ``where``
    is the name of the subgraph that it is in; ``old`` and ``new`` are its boxes in the two pictures."""

    mark: str
    heading: str
    where: str
    rows: Sequence[ChangedRow]
    old: NodeBox | None = None
    new: NodeBox | None = None


@dataclass(frozen=True, slots=True)
class ComparedPictures:
    """The two pictures with their marks, the list of changes, and what changed of the layout in one line."""

    old: WorkflowPicture
    new: WorkflowPicture
    changes: Sequence[ListedChange]
    layout: str


def compared_pictures(old: Conversion, new: Conversion, found: Differences) -> ComparedPictures | None:
    """The pictures of two documents that were compared (``differences_of``); None if one has nothing to
    draw."""
    first, second = picture_of(old), picture_of(new)
    if first is None or second is None:
        return None
    sides = _Side(first, found, is_old=True), _Side(second, found, is_old=False)
    changes = list(_listed(found, *sides))
    for number, change in enumerate(changes, 1):
        for box in (change.old, change.new):
            if box is not None and not box.number:
                box.number = number
    for side in sides:
        side.dim()
    return ComparedPictures(first, second, changes, layout_summary(found.layout))


def _listed(found: Differences, old: _Side, new: _Side) -> Iterator[ListedChange]:
    """The changes, node by node; the boxes get their marks meanwhile."""
    for (graph, first, second), part in groupby(
        found.changes, lambda one: (one.graph, one.old_node, one.new_node)
    ):
        changes = list(part)
        mark = _MARKS.get(changes[0].kind, "changed")
        boxes = old.box(graph, first), new.box(graph, second)
        for side, box in zip((old, new), boxes, strict=True):
            if box is not None:
                side.mark(box, mark, changes)
        rows = [row for one in changes for row in rows_of_change(one)]
        where = changes[0].graph_name if graph else ""
        yield ListedChange(mark, visible(heading_of(changes[0], LONGEST)), where, rows, *boxes)


class _Side:
    """One of the two pictures, with the boxes by the ids of their nodes."""

    def __init__(self, picture: WorkflowPicture, found: Differences, *, is_old: bool) -> None:
        self.picture, self.is_old = picture, is_old
        self.boxes = {box.path: box for panel in picture.panels for box in panel.boxes}
        self.into = {wire.target: wire for panel in picture.panels for wire in panel.wires}
        self.same = same_graphs(picture)
        self.paths = {panel.ident: panel.path for panel in picture.panels}
        self.idents = {new: old for old, new in found.pairs} if is_old else {}

    def box(self, graph: str, node: str | None) -> NodeBox | None:
        """The box of a node, or of the subgraph node around it if its graph is not drawn; ``graph`` is the id
        of the new definition."""
        if node is None:
            return None
        path = self.paths.get(self.idents.get(graph, graph), "") if graph else ""
        return box_at(f"{path}:{node}" if path else node, self.boxes, self.same)

    def mark(self, box: NodeBox, mark: str, changes: Sequence[Difference]) -> None:
        """Mark a box, the rows of its inputs that changed, and the links into them."""
        box.mark = box.mark or mark
        for one in changes:
            if one.kind not in (DifferenceKind.VALUE, DifferenceKind.LINK):
                continue
            box.changed.append(one.name)
            if isinstance(one.old if self.is_old else one.new, LinkEnd):
                self.mark_link(box, one.name)

    def mark_link(self, box: NodeBox, name: str) -> None:
        for index, dot in enumerate(box.inputs):
            wire = self.into.get((box.path, index))
            if dot.name == name and wire is not None:
                wire.mark = "removed" if self.is_old else "added"

    def dim(self) -> None:
        """Dim what has no mark: all boxes but the subgraph nodes around marked ones, and links. The links of
        a node that came or went do so as well."""
        around = {box.path.rpartition(":")[0] for box in self.boxes.values() if box.mark}
        while inner := {path.rpartition(":")[0] for path in around} - around:
            around |= inner
        for panel in self.picture.panels:
            for box in panel.boxes:
                inside = self.same.get(box.path, box.path)
                box.is_dimmed = not box.mark and not box.edge and inside not in around
            for wire in panel.wires:
                ends = panel.by_path[wire.origin[0]].mark, panel.by_path[wire.target[0]].mark
                gone = "removed" if self.is_old else "added"
                if not wire.mark and gone in ends:
                    wire.mark = gone
                wire.is_dimmed = not wire.mark
