"""A picture as a Mermaid flowchart, which GitHub and many editors draw in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from comfyc.drawing.model import NodeBox, Panel, WorkflowPicture
from comfyc.drawing.naming import box_names, codes_of, ends_of, gravest
from comfyc.drawing.palette import MARKS
from comfyc.graph import OFF
from comfyc.safety.escaping import visible


def mermaid_of(picture: WorkflowPicture) -> str:
    """The graph as the text of a Mermaid diagram. Nodes have ids of ours; all text of the file is in quotes,
    with what Mermaid would read as markup spelt as numbers."""
    names = box_names(picture)
    lines = ["flowchart LR", *_panel(picture.main, picture, names, "  ")]
    for box, name in names.items():
        if box.mode in OFF or box.is_dimmed:
            lines.append(f"  class {name} off")
        if box.findings:
            lines.append(f"  class {name} {gravest(box.findings).value}")
    lines.append("  classDef off stroke-dasharray: 4 4,opacity:0.5")
    used = {gravest(box.findings) for box in names if box.findings}
    lines += [
        f"  classDef {one.value} stroke:{color},stroke-width:3px"
        for one, color in MARKS.items()
        if one in used
    ]
    if picture.findings:
        lines.append(f"  %% {codes_of(picture.findings)}")
    return "\n".join(lines) + "\n"


def _panel(panel: Panel, picture: WorkflowPicture, names: dict[NodeBox, str], indent: str) -> Iterator[str]:
    for box in panel.boxes:
        if box.edge:
            yield f'{indent}{names[box]}(["{box.edge}s"])'
        else:
            kind = "" if box.kind == box.title.whole else f"<br>{_text(box.kind)}"
            found = f"<br>{_text(codes_of(box.findings))}" if box.findings else ""
            yield f'{indent}{names[box]}["{_text(box.title.whole or box.kind)}{kind}{found}"]'
    for wire in panel.wires:
        origin, target = ends_of(panel, wire)
        label = f'|"{_text(wire.kind)}"|' if wire.kind not in ("", "*") else ""
        yield f"{indent}{names[origin]} -->{label} {names[target]}"
    for inner in panel.inner:
        title = _text(f"{inner.name} ({inner.path})")
        yield f'{indent}subgraph s{picture.panels.index(inner)}["{title}"]'
        yield from _panel(inner, picture, names, indent + "  ")
        yield f"{indent}end"


def _text(text: str) -> str:
    """Text in quotes: letters, digits and spaces as they are, all other ASCII characters by their number."""
    shown = visible(" ".join(text.split()))
    return "".join(
        char if char.isalnum() or char in " _-.,/():+" or ord(char) > 127 else f"#{ord(char)};"
        for char in shown
    )
