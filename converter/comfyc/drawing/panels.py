"""From a graph of the loaded workflow to its panel: boxes, wires, frames, and the borders of a subgraph.

Source: ``LGraphGroup.ts`` and ``SubgraphIONodeBase.ts`` (arrange) of frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from comfyc.documents import value_at
from comfyc.drawing.boxes import box_of, has_position, pair
from comfyc.drawing.labels import GROUP_SIZE, LABEL_SIZE, fitted
from comfyc.drawing.model import SLOT, Dot, GroupFrame, Knot, Label, NodeBox, Panel, Point, Wire
from comfyc.drawing.slots import Seen
from comfyc.drawing.wires import bends, curve, middle_of, reroutes_in
from comfyc.editor import Editor
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.javascript.values import text
from comfyc.rebuild.text_width import text_width
from comfyc.rebuild.tidy import laid_out
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE, FileLink, FileSlot

_RADIUS = 14.0
_LEAST_EDGE = 100.0
_BESIDE = 120.0
MARGIN = 40.0
"""Pixels around what is in a panel."""


def panel_of(
    scope: Scope,
    editor: Editor,
    document: Any,
    path: str,
    labels: Mapping[str, Mapping[str, str]],
    seen: Seen,
) -> Panel:
    """The panel of a graph. ``path`` is that of the subgraph node that opens it, "" for the main graph;
    ``document`` is the workflow, into which the pointers of the graph lead; ``labels`` are those of the
    inputs of each definition (:func:`input_labels`); ``seen`` is kept from panel to panel."""
    graph = value_at(document, scope.file.pointer)
    graph = graph if isinstance(graph, dict) else {}
    panel = Panel("" if scope is editor.root else scope.file.id, scope.file.name, path)
    boxes: dict[str, NodeBox] = {}
    for node in scope.nodes.values():
        own = f"{path}:{node.id}" if path else node.id
        boxes[node.id] = box_of(node, editor, own, labels.get(node.definition or "", {}), seen)
    if scope is not editor.root:
        boxes |= _edges(scope, graph, document, path)
    _arrange(boxes, scope)
    panel.boxes = list(boxes.values())
    panel.by_path = {box.path: box for box in panel.boxes}
    _add_wires(panel, boxes, scope, graph, document)
    panel.frames = list(_frames(graph))
    panel.bounds = _bounds(panel)
    return panel


def input_labels(editor: Editor, document: Any) -> dict[str, dict[str, str]]:
    """What the inputs of each definition are called, by the definition's id and their names."""
    return {
        ident: {slot.name: _slot_label(slot, document) for slot in scope.inputs}
        for ident, scope in editor.scopes.items()
    }


def _slot_label(slot: FileSlot, document: Any) -> str:
    own = value_at(document, slot.pointer)
    label = own.get("label") if isinstance(own, dict) else None
    return label if isinstance(label, str) and label else slot.name


def _edges(scope: Scope, graph: Mapping[str, Any], document: Any, path: str) -> dict[str, NodeBox]:
    """The borders of a subgraph, which its inputs leave and its outputs enter."""
    made = {}
    for edge, ident, slots, member in (
        ("input", INPUT_NODE, scope.inputs, "inputNode"),
        ("output", OUTPUT_NODE, scope.outputs, "outputNode"),
    ):
        own = graph.get(member)
        bounding = own.get("bounding") if isinstance(own, dict) else None
        corner = pair(bounding)
        size = pair(bounding[2:]) if isinstance(bounding, list) else None
        labels = [_slot_label(slot, document) for slot in slots]
        widest = max((text_width(label, LABEL_SIZE) + SLOT for label in labels), default=0.0)
        width = max(size[0] if size else 0.0, max(widest, _LEAST_EDGE) + 2 * _RADIUS)
        x, y = corner or (0.0, 0.0)
        if edge == "input" and size is not None:
            x = x + size[0] - width  # its dots are at the right end, which stays
        height = 2 * _RADIUS + SLOT * (len(slots) + 1)
        box = NodeBox(f"{path}:{ident}", edge, x, y, width, height, Label("", 0.0, 0.0), edge=edge)
        box.has_title = False
        across = width - _RADIUS - SLOT / 2 if edge == "input" else _RADIUS + SLOT / 2
        dots = [
            Dot(across, _RADIUS + SLOT * index + SLOT / 2, slot.name, text(slot.type),
                fitted(labels[index], width - 2 * _RADIUS - SLOT), is_linked=bool(slot.link_ids))
            for index, slot in enumerate(slots)
        ]  # fmt: skip
        if edge == "input":
            box.outputs = dots
        else:
            box.inputs = dots
        box.is_virtual = corner is None
        made[ident] = box
    return made


def _arrange(boxes: Mapping[str, NodeBox], scope: Scope) -> None:
    """Find positions where the file has none: for all nodes, or below the others."""
    keys = list(boxes)
    lost = [key for key in keys if not _is_at_home(boxes[key], scope.nodes.get(key))]
    if not lost:
        return
    known = [boxes[key] for key in keys if key not in set(lost)]
    index = {key: at for at, key in enumerate(lost)}
    links = [
        (index[link.origin], index[link.target])
        for link in scope.links.values()
        if link.origin in index and link.target in index
    ]
    sizes = [(boxes[key].width, boxes[key].height) for key in lost]
    below = max((box.bottom for box in known), default=0.0) + (_BESIDE if known else 0.0)
    left = min((box.x for box in known), default=0.0)
    first, last = index.get(INPUT_NODE), index.get(OUTPUT_NODE)
    for key, (x, y) in zip(lost, laid_out(sizes, links, first, last), strict=True):
        boxes[key].x, boxes[key].y = left + x, below + y


def _is_at_home(box: NodeBox, node: LiveNode | None) -> bool:
    """Whether the file has a position for a box."""
    if node is None:
        known, box.is_virtual = not box.is_virtual, True
        return known
    return has_position(node)


def _add_wires(
    panel: Panel, boxes: Mapping[str, NodeBox], scope: Scope, graph: Mapping[str, Any], document: Any
) -> None:
    reroutes = reroutes_in(graph)
    found: list[_Route] = []
    for link in scope.links.values():
        origin, target = boxes.get(link.origin), boxes.get(link.target)
        leaving, arriving = link.origin_slot, link.target_slot
        if origin is None or target is None or (not target.edge and scope.target_of(link) is None):
            continue
        if not _is_one_of(leaving, origin.outputs) or not _is_one_of(arriving, target.inputs):
            continue
        kind = _kind(link, origin.outputs[leaving], target.inputs[arriving], document)
        found.append(_Route(link, kind, origin, target, reroutes.of(link.id) if reroutes.points else []))
    bent = bends(((one.start, one.passed, one.end) for one in found if one.passed), reroutes)
    knots: dict[Any, str] = {}
    for one in found:
        knots.update((ident, one.kind) for ident in one.passed if ident not in knots)
        one.leaving.is_linked = one.arriving.is_linked = True
        panel.wires.append(
            Wire(
                text(one.link.id),
                one.kind,
                (one.origin.path, one.link.origin_slot),
                (one.target.path, one.link.target_slot),
                curve(one.start, one.passed, one.end, reroutes, bent),
                None if one.passed else middle_of(one.start, one.end),
                f"{_named(one.origin, one.leaving)} → {_named(one.target, one.arriving)}",
            )
        )
    panel.knots = [Knot(*reroutes.points[ident], kind) for ident, kind in knots.items()]


class _Route(NamedTuple):
    """A link between two boxes that have its slots, and the reroutes that it passes."""

    link: FileLink
    kind: str
    origin: NodeBox
    target: NodeBox
    passed: list[Any]

    @property
    def leaving(self) -> Dot:
        return self.origin.outputs[int(self.link.origin_slot)]

    @property
    def arriving(self) -> Dot:
        return self.target.inputs[int(self.link.target_slot)]

    @property
    def start(self) -> Point:
        return self.origin.x + self.leaving.x, self.origin.y + self.leaving.y

    @property
    def end(self) -> Point:
        return self.target.x + self.arriving.x, self.target.y + self.arriving.y


def _is_one_of(slot: Any, dots: Sequence[Dot]) -> bool:
    return slot.__class__ is int and 0 <= slot < len(dots)


def _named(box: NodeBox, dot: Dot) -> str:
    title = box.title.whole or box.kind
    return f"{title}.{dot.name}" if dot.name else title


def _kind(link: FileLink, origin: Dot, target: Dot, document: Any) -> str:
    """The type of a link: that of its row, else that of an end."""
    row = value_at(document, link.pointer)
    saved = row[5] if isinstance(row, list) and len(row) > 5 else None
    saved = row.get("type") if isinstance(row, dict) else saved
    kinds = (saved, origin.kind, target.kind)
    return next((one for one in kinds if isinstance(one, str) and one and one != "*"), "*")


def _frames(graph: Mapping[str, Any]) -> Iterator[GroupFrame]:
    groups = graph.get("groups")
    for row in groups if isinstance(groups, list) else ():
        bounding = row.get("bounding") if isinstance(row, dict) else None
        corner = pair(bounding)
        size = pair(bounding[2:]) if isinstance(bounding, list) else None
        if corner is None or size is None or size[0] <= 0 or size[1] <= 0:
            continue
        title = row.get("title")
        label = fitted(title if isinstance(title, str) else "", max(size[0] - GROUP_SIZE, 0.0), GROUP_SIZE)
        color = row.get("color")
        yield GroupFrame(*corner, *size, label, color if isinstance(color, str) else None)


def _bounds(panel: Panel) -> tuple[float, float, float, float]:
    """What a panel covers: its boxes, frames and reroutes, with a margin."""
    left = [box.x for box in panel.boxes] + [one.x for one in panel.frames]
    top = [box.top for box in panel.boxes] + [one.y for one in panel.frames]
    right = [box.x + box.width for box in panel.boxes] + [one.x + one.width for one in panel.frames]
    bottom = [box.bottom for box in panel.boxes] + [one.y + one.height for one in panel.frames]
    left, right = [*left, *(one.x for one in panel.knots)], [*right, *(one.x for one in panel.knots)]
    top, bottom = [*top, *(one.y for one in panel.knots)], [*bottom, *(one.y for one in panel.knots)]
    if not left:
        return 0.0, 0.0, 2 * MARGIN, 2 * MARGIN
    return min(left) - MARGIN, min(top) - MARGIN, max(right) + MARGIN, max(bottom) + MARGIN
