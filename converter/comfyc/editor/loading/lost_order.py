"""Report a catalogue that has lost the order of inputs (``Catalog.sorts_inputs``)."""

from __future__ import annotations

from comfyc import codes
from comfyc.diagnostics import Diagnostic
from comfyc.editor.nodes.state import Editor
from comfyc.workflow.model import FileNode, Workflow

_HINT = "save the catalogue anew from the server: comfyc catalog save URL -o object_info.json"


def report_lost_order(workflow: Workflow, editor: Editor) -> None:
    """Report the node types whose saved values may be in the wrong inputs, at the first node of each type.

    Earlier findings that the values of such nodes are shifted are removed: they blame the file for a fault of
    the catalogue.
    """
    orders = editor.catalog.lent_orders()
    graphs = (workflow.root, *workflow.definitions.values())
    nodes = [node for graph in graphs for node in graph.nodes if node.type in orders]
    first: dict[str, FileNode] = {}
    for node in nodes:
        first.setdefault(node.type, node)
    lent = [kind for kind in first if orders[kind]]
    if lent:
        names = ", ".join(f"'{kind}'" for kind in lent[:5]) + (", ..." if len(lent) > 5 else "")
        editor.diagnostics.report(
            codes.FROM_BUNDLE,
            f"the catalogue sorts inputs by name and has no input_order: the order of the inputs of {names}"
            " is taken from the bundled catalogue",
            hint=_HINT,
            data={"types": lent},
        )
    lost = {kind: node for kind, node in first.items() if not orders[kind]}
    if not lost:
        return
    pointers = {node.pointer for node in nodes if node.type in lost}

    def without_shifts(one: Diagnostic) -> Diagnostic | None:
        is_shift = one.rule is codes.VALUES_SHIFTED  # its pointer leads to a value, two steps below the node
        return None if is_shift and one.location.pointer[:-2] in pointers else one

    editor.diagnostics.revise(without_shifts)
    for kind, node in lost.items():
        editor.diagnostics.report(
            codes.ORDER_LOST,
            f"the catalogue sorts the inputs of '{kind}' by name and has no input_order: its saved values may"
            " be in the wrong inputs",
            pointer=node.pointer,
            node=node.id,
            hint=_HINT,
            data={"type": kind},
        )
