"""What the editor shows for an input: its label, if it was renamed, else its name.

Source: ``SubgraphNode.ts`` and ``litegraphService.ts`` of frontend 1.58.1: a slot shows ``label``, else
``localized_name``, else ``name``; the inputs of a subgraph node take the label of its definition's input.
"""

from __future__ import annotations

from typing import Any

from comfyc.editor.nodes.live import LiveNode
from comfyc.workflow.model import FileSlot


def label_of(document: Any, node: LiveNode, name: str, declared: FileSlot | None) -> str:
    """The label of an input of a node; ``declared`` is the definition's input for a subgraph node.

    ``document`` is the workflow that the pointers of the node lead into.
    """
    slots = [slot for slot in node.file.inputs if slot.get("name") == name][:1]
    if declared is not None:
        slots.insert(0, _at(document, declared.pointer))
    for slot in slots:
        label = slot.get("label") if isinstance(slot, dict) else None
        if isinstance(label, str) and label:
            return label
    return name


def _at(document: Any, pointer: tuple[int | str, ...]) -> Any:
    for key in pointer:
        try:
            document = document[key]
        except (LookupError, TypeError):
            return None
    return document
