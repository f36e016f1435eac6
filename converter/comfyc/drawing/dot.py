"""A picture as a graph of Graphviz, for those who want to lay it out or to analyse it there."""

from __future__ import annotations

from collections.abc import Iterator

from comfyc.drawing.model import NodeBox, Panel, WorkflowPicture
from comfyc.drawing.naming import box_names, codes_of, ends_of, finding_lines, gravest
from comfyc.drawing.palette import MARKS, TYPES
from comfyc.graph import OFF
from comfyc.safety.escaping import visible


def dot_of(picture: WorkflowPicture) -> str:
    """The graph in the language of ``dot``. Nodes have ids of ours; all text of the file is in quotes."""
    names = box_names(picture)
    head = ['digraph "workflow" {', "  rankdir=LR;", '  node [shape=box, style="rounded"];']
    loose = [f"  // {codes_of(picture.findings)}"] if picture.findings else []
    return "\n".join([*head, *loose, *_panel(picture.main, picture, names, "  "), "}"]) + "\n"


def _panel(panel: Panel, picture: WorkflowPicture, names: dict[NodeBox, str], indent: str) -> Iterator[str]:
    for box in panel.boxes:
        if box.edge:
            yield f'{indent}{names[box]} [label="{box.edge}s", shape=ellipse];'
            continue
        kind = "" if box.kind == box.title.whole else f"\\n{_text(box.kind)}"
        faint = ', style="rounded,dashed"' if box.mode in OFF or box.is_dimmed else ""
        label = f'label="{_text(box.title.whole or box.kind)}{kind}"'
        yield f"{indent}{names[box]} [{label}{faint}{_marked(box)}];"
    for wire in panel.wires:
        origin, target = ends_of(panel, wire)
        tail, head = origin.outputs[wire.origin[1]].name, target.inputs[wire.target[1]].name
        color = f', color="{TYPES[wire.kind][1]}"' if wire.kind in TYPES else ""
        label = f'label="{_text(wire.kind)}", tooltip="{_text(tail)} to {_text(head)}"'
        yield f"{indent}{names[origin]} -> {names[target]} [{label}{color}];"
    for inner in panel.inner:
        yield f"{indent}subgraph cluster_{picture.panels.index(inner)} {{"
        yield f'{indent}  label="{_text(f"{inner.name} ({inner.path})")}";'
        yield from _panel(inner, picture, names, indent + "  ")
        yield f"{indent}}}"


def _marked(box: NodeBox) -> str:
    """The attributes of a node with findings: a border in the color of the gravest, and all as a tooltip."""
    if not box.findings:
        return ""
    lines = "\\n".join(map(_text, finding_lines(box.findings)))
    return f', color="{MARKS[gravest(box.findings)]}", penwidth=3, tooltip="{lines}"'


def _text(text: str) -> str:
    """Text in quotes, where only quotes and backslashes mean something; entities would be read as well."""
    shown = visible(" ".join(text.split()))
    return shown.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
