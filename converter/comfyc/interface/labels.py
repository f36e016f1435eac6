"""What the editor shows for an input: its label, if it was renamed, else the name that its type gives it.

Sources: ``SubgraphNode.ts`` (configure), ``LGraphNode.ts`` (configure), ``litegraphService.ts``
(addInputWidget) and ``dynamicWidgets.ts`` of frontend 1.58.1; recorded in fixtures/apps.
"""

from __future__ import annotations

from typing import Any

from comfyc.catalog.specs import InputSpec
from comfyc.documents import value_at
from comfyc.editor.nodes.live import LiveNode
from comfyc.javascript.values import text
from comfyc.workflow.model import FileSlot


def label_of(
    document: Any, node: LiveNode, name: str, declared: FileSlot | None, spec: InputSpec | None
) -> str:
    """The label of an input of a node; ``declared`` is the definition's input for a subgraph node, ``spec``
    the definition in object_info.

    ``document`` is the workflow that the pointers of the node lead into. The label of a definition's input
    counts only if the subgraph node was saved without an input of the name.
    """
    saved = [slot for slot in node.file.inputs if slot.get("name") == name]
    if declared is None:
        label = _label_in(saved[:1])
        return label or (name if spec is None else _default_label(node, name, spec))
    made_of = _made_of(node, name, declared)
    return _label_in([*made_of, *(saved[-1:] or [value_at(document, declared.pointer)])][:1]) or name


def _made_of(node: LiveNode, name: str, declared: FileSlot) -> list[dict[str, Any]]:
    """The saved input with a label inside the subgraph, for an input of a subgraph node that an entry of its
    ``proxyWidgets`` makes (``proxyWidgetMigration.ts``)."""
    if declared.pointer[: len(node.file.pointer)] != node.file.pointer:
        return []
    promoted = next((slot.promoted for slot in node.inputs if slot.name == name), None)
    if promoted is None:
        return []
    inner, slot = promoted.inner
    return [one for one in inner.file.inputs if one.get("name") == slot.name and "label" in one][:1]


def _label_in(slots: list[Any]) -> str:
    label = slots[0].get("label") if slots and isinstance(slots[0], dict) else None
    return text(label) if label else ""


def _default_label(node: LiveNode, name: str, spec: InputSpec) -> str:
    """The label of a new node's input: of one that a dynamic combo brings the last part of its name."""
    shown = spec.options.get("display_name")
    if isinstance(shown, str) and shown:
        return shown
    return name if name in node.declared else name.rpartition(".")[2] or name
