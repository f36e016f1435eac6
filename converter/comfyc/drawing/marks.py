"""What is known about the nodes beside what the file says: findings, and which of them run."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping

from comfyc.diagnostics import Diagnostic, Pointer
from comfyc.drawing.model import NodeBox, WorkflowPicture
from comfyc.editor import Editor
from comfyc.workflow.wrapped import Opened


def add_findings(
    picture: WorkflowPicture,
    found: Iterable[Diagnostic],
    pointers: Mapping[Pointer, NodeBox],
    opened: Opened | None,
) -> None:
    """Give each finding to the box of its node, or to that of the nearest subgraph node around it.

    ``pointers`` are the boxes by the pointers of their nodes, for findings that lead into a workflow;
    ``opened`` says where that is in the file, None if what is drawn is not what the findings are about.
    """
    by_path = {box.path: box for panel in picture.panels for box in panel.boxes if not box.edge}
    same = same_graphs(picture)
    for one in found:
        pointer = one.location.pointer
        box = None
        if opened is not None and not opened.in_text and pointer[: len(opened.pointer)] == opened.pointer:
            inside = pointer[len(opened.pointer) :]
            box = next(
                (pointers[inside[:end]] for end in range(len(inside), 0, -1) if inside[:end] in pointers),
                None,
            )
        if box is None:
            ident = one.location.node
            if ident is None and opened is None and pointer:
                ident = str(pointer[0])
            box = box_at(ident, by_path, same) if ident is not None else None
        (picture.findings if box is None else box.findings).append(one)


def same_graphs(picture: WorkflowPicture) -> dict[str, str]:
    """For each subgraph node the path of the panel that shows its definition."""
    panels = {panel.ident: panel.path for panel in picture.panels if panel.ident}
    return {
        box.path: panels[box.opens]
        for panel in picture.panels
        for box in panel.boxes
        if box.opens is not None and box.opens in panels
    }


def box_at(path: str, boxes: Mapping[str, NodeBox], same: Mapping[str, str]) -> NodeBox | None:
    """The box of a node by its id: that of the subgraph node around it if its graph is not drawn."""
    at, found = "", None
    for step in path.split(":"):
        inner = f"{same.get(at, at)}:{step}" if at else step
        if inner not in boxes:
            break
        at, found = inner, boxes[inner]
    return found


def dim(picture: WorkflowPicture, running: Collection[str], editor: Editor) -> None:
    """Dim the nodes that make no output, and the links into them.

    ``running`` are the ids of the nodes of the prompt that the server would run. A node that stays in the
    editor counts as the nodes that it feeds, a subgraph node as those inside. Notes stay as they are.
    """
    insides = _insides(running)
    for panel in picture.panels:
        hosts = _hosts(panel.ident, editor) if panel.ident else [""]
        feeding: dict[str, list[str]] = defaultdict(list)
        by_path = panel.by_path
        bright: dict[str, None] = {}
        for box in panel.boxes:
            own = box.path.rpartition(":")[2]
            paths = [f"{host}:{own}" if host else own for host in hosts]
            if any(path in running or path in insides for path in paths):
                bright[box.path] = None
            if box.edge or (not box.inputs and not box.outputs):
                bright[box.path] = None
        for wire in panel.wires:
            feeding[wire.target[0]].append(wire.origin[0])
        waiting = deque(bright)
        while waiting:
            for path in feeding[waiting.popleft()]:
                if path not in bright and by_path[path].is_virtual:
                    bright[path] = None
                    waiting.append(path)
        for box in panel.boxes:
            box.is_dimmed = box.path not in bright
        for wire in panel.wires:
            wire.is_dimmed = by_path[wire.target[0]].is_dimmed or by_path[wire.origin[0]].is_dimmed


def _insides(running: Collection[str]) -> set[str]:
    """The ids of all subgraph nodes that nodes are inside of."""
    found: set[str] = set()
    for path in running:
        around = path.rpartition(":")[0]
        while around and around not in found:
            found.add(around)
            around = around.rpartition(":")[0]
    return found


_MOST_HOSTS = 1000


def _hosts(ident: str, editor: Editor) -> list[str]:
    """The ids of the subgraph nodes of a definition, with those of all subgraph nodes around them."""
    inside: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for scope in editor.scopes_in_order():
        around = "" if scope is editor.root else scope.file.id
        for node in scope.nodes.values():
            if node.definition is not None:
                inside[node.definition].append((around, node.id))
    found: list[str] = []
    waiting: deque[tuple[str, str]] = deque([(ident, "")])
    while waiting and len(found) < _MOST_HOSTS:
        graph, path = waiting.popleft()
        for around, host in inside[graph]:
            longer = f"{host}:{path}" if path else host
            if around:
                if longer.count(":") < 20:
                    waiting.append((around, longer))
            else:
                found.append(longer)
    return found
