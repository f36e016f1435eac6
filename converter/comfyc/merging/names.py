"""The names of values in ``widgets_values``, which the editor knows when it has loaded a workflow."""

from __future__ import annotations

from typing import Any

from comfyc.api import convert_parsed

NodeNames = dict[tuple[str, str], dict[str, int]]
"""For each node, by the id of its graph and its own: the indexes of its values by their names."""


def names_of(document: Any) -> NodeNames:
    """The names of all values of a workflow, as far as the bundled catalogue or the file itself has them."""
    editor = convert_parsed(document).editor
    found: NodeNames = {}
    if editor is None:
        return found
    for scope in editor.scopes_in_order():
        graph = "" if scope is editor.root else scope.file.id
        for node in scope.nodes.values():
            names = {one.name: one.saved_at for one in node.widgets if isinstance(one.saved_at, int)}
            for slot in node.inputs:
                pointer = slot.promoted.pointer if slot.promoted is not None else ()
                if pointer[-2:-1] == ("widgets_values",) and isinstance(pointer[-1], int):
                    names[slot.name] = pointer[-1]
            found[graph, str(node.file.raw.get("id"))] = names
    return found
