"""A picture as a tree for a terminal: each output with what it is made of, and that with what it is made of.

A node that several others need is written out once, where it comes first; after that its id stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from comfyc.drawing.model import NodeBox, Panel, Wire, WorkflowPicture
from comfyc.drawing.naming import ends_of
from comfyc.graph import BYPASSED, MUTED
from comfyc.safety.escaping import printable

_STATES = {BYPASSED: " (bypassed)", MUTED: " (muted)"}
_LONGEST = 100
_DEEPEST = 60
"""Levels that are indented; a chain of more nodes goes on below under its own id."""


def tree_of(picture: WorkflowPicture) -> str:
    """The graph in lines of characters that a terminal does not obey."""
    return "\n".join(line for panel in picture.panels for line in _panel(panel)) + "\n"


def _panel(panel: Panel) -> Iterator[str]:
    if panel.ident:
        yield ""
        yield f"subgraph {_shown(panel.name)} (node {_shown(panel.path)})"
    into: dict[NodeBox, list[tuple[Wire, NodeBox]]] = {box: [] for box in panel.boxes}
    feeding: set[NodeBox] = set()
    for wire in panel.wires:
        origin, target = ends_of(panel, wire)
        into[target].append((wire, origin))
        feeding.add(origin)
    written: set[NodeBox] = set()
    roots = [box for box in panel.boxes if box not in feeding]
    for box in (*roots, *panel.boxes):  # the nodes of a circle have no root
        if box in written or (box.edge and not into[box]):
            continue
        waiting: list[NodeBox] = [box]
        while waiting:
            start = waiting.pop()
            if start not in written:
                written.add(start)
                yield _name(start)
                yield from _branches(start, into, written, waiting)


def _branches(
    start: NodeBox, into: dict[NodeBox, list[tuple[Wire, NodeBox]]], written: set[NodeBox], cut: list[NodeBox]
) -> Iterator[str]:
    """The lines below a node. What would be too deep is added to ``cut``."""
    stack: list[tuple[NodeBox, int, str]] = [(start, 0, "")]
    while stack:
        box, index, indent = stack.pop()
        rows = into[box]
        if index == len(rows):
            continue
        stack.append((box, index + 1, indent))
        wire, origin = rows[index]
        is_last = index + 1 == len(rows)
        entry = box.inputs[wire.target[1]].name
        output = origin.outputs[wire.origin[1]].name
        above = origin in written and bool(into[origin])
        line = f"{indent}{'`--' if is_last else '|--'} {_shown(entry)} <- {_name(origin)} {_shown(output)}"
        yield line + (" ..." if above else "")
        if origin in written or not into[origin]:
            written.add(origin)
        elif len(stack) < _DEEPEST:
            written.add(origin)
            stack.append((origin, 0, indent + ("    " if is_last else "|   ")))
        else:
            cut.append(origin)


def _name(box: NodeBox) -> str:
    if box.edge:
        return f"[{box.edge}s]"
    title = box.title.whole or box.kind
    kind = "" if box.kind == title else f" ({_shown(box.kind)})"
    found = len(box.findings)
    marks = f" !{found}" if found else ""
    return f"[{_shown(box.path)}] {_shown(title)}{kind}{_STATES.get(box.mode, '')}{marks}"


def _shown(text: str) -> str:
    return printable(text, _LONGEST)
