"""The picture of a workflow, as the editor draws it: SVG, HTML and PNG, and the graph as text.

    Conversion  ->  WorkflowPicture          boxes.py, wires.py, panels.py: positions, sizes, texts that fit
    WorkflowPicture     ->  text             svg.py, html.py, mermaid.py, dot.py, tree.py
    two of them         ->  text             differences_marks.py, differences_svg.py, differences_html.py

:func:`picture_of` draws what the file says: positions, sizes, colors and values. A prompt has none of
these, so that it is laid out first as ``to_workflow`` with ``Arrangement.TIDY`` does. The same file gives the
same picture, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from comfyc.api import Conversion, convert_parsed
from comfyc.diagnostics import Diagnostic, Pointer
from comfyc.drawing.arranging import arrange
from comfyc.drawing.marks import add_findings, dim
from comfyc.drawing.model import NodeBox, Panel, Subgraphs, WorkflowPicture
from comfyc.drawing.panels import input_labels, panel_of
from comfyc.drawing.slots import Seen
from comfyc.editor import Editor
from comfyc.editor.nodes.state import Scope
from comfyc.gc_pause import paused_collector
from comfyc.options import Arrangement
from comfyc.prompt.running import running_ids
from comfyc.rebuilt import to_workflow_parsed
from comfyc.workflow.wrapped import Opened

__all__ = ["Subgraphs", "WorkflowPicture", "picture_of"]


def picture_of(
    conversion: Conversion,
    *,
    subgraphs: Subgraphs = Subgraphs.NESTED,
    findings: Iterable[Diagnostic] = (),
    outputs: Iterable[str] | None = None,
) -> WorkflowPicture | None:
    """The picture of a document that has been converted; None if there is no workflow or prompt in it.

    ``subgraphs`` says where the definitions of subgraphs are drawn, each of them once. ``findings`` become
    badges at their nodes. ``outputs`` are the ids of the nodes of the prompt that the server accepts as
    outputs: what does not run for them is dimmed; None dims nothing.
    """
    drawn, opened = conversion, cast("Opened | None", conversion.opened)
    if conversion.editor is None:
        value, catalog, options = conversion.opened.value, conversion.catalog, conversion.options
        workflow = to_workflow_parsed(value, catalog, options, layout=Arrangement.TIDY).workflow
        drawn, opened = convert_parsed(workflow, catalog, options), None
    if drawn.editor is None:
        return None
    with paused_collector():
        picture, pointers = _panels(drawn.editor, drawn.opened.value, subgraphs)
    arrange(picture)
    add_findings(picture, findings, pointers, opened)
    if outputs is not None:
        dim(picture, running_ids(conversion.prompt, outputs), drawn.editor)
    return picture


def _panels(
    editor: Editor, document: object, subgraphs: Subgraphs
) -> tuple[WorkflowPicture, dict[Pointer, NodeBox]]:
    """The panels of all graphs to draw, and the boxes by the pointers of their nodes."""
    labels = input_labels(editor, document)
    seen = Seen()
    main = panel_of(editor.root, editor, document, "", labels, seen)
    picture = WorkflowPicture([main], is_in_views=subgraphs is Subgraphs.SEPARATE)
    pointers: dict[Pointer, NodeBox] = {}
    drawn: dict[str, Panel] = {}
    waiting: list[tuple[Panel, Scope]] = [(main, editor.root)]
    for panel, scope in waiting:
        for node, box in zip(scope.nodes.values(), panel.boxes, strict=False):
            pointers.setdefault(node.file.pointer, box)
            if box.opens is None or box.opens in drawn or subgraphs is Subgraphs.CLOSED:
                continue
            inside = editor.scopes[box.opens]
            made = drawn[box.opens] = panel_of(inside, editor, document, box.path, labels, seen)
            (panel if subgraphs is Subgraphs.NESTED else main).inner.append(made)
            picture.panels.append(made)
            waiting.append((made, inside))
    return picture, pointers
