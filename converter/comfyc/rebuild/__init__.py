"""From a prompt back to a workflow: what the editor makes of an exported prompt that is dropped on it, or
what comfyc makes of it.

:func:`workflow_of` runs these steps:

1. ``nodes`` makes a node for each node of the prompt, with the defaults of its type.
2. ``apply`` types the values in and makes the links, in the editor's order; ``typed`` does what follows from
   a value, ``linking`` from a link. ``sizes`` keeps the nodes as large as what they show.
3. The editor's way: ``layout`` orders and arranges the nodes, ``document`` writes the workflow.
   Ours: ``levels`` puts nodes with ids such as "12:3" back into subgraphs, ``nested`` writes all graphs,
   which ``tidy`` lays out.

Source: ``scripts/app.ts`` loadApiJson, frontend 1.58.1.
"""

from __future__ import annotations

from typing import Any

from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.editor.loading.known import share_shapes
from comfyc.editor.nodes.state import Editor
from comfyc.options import Arrangement
from comfyc.packs import default_packs
from comfyc.prompt import Prompt
from comfyc.rebuild.apply import apply_inputs
from comfyc.rebuild.document import document_of
from comfyc.rebuild.layout import arrange
from comfyc.rebuild.levels import levels_of, paths_of
from comfyc.rebuild.nested import nested_document
from comfyc.rebuild.nodes import NewGraph, exact_id, make_node, workflow_ids


def workflow_of(
    prompt: Prompt, catalog: Catalog, diagnostics: Collector, *, layout: Arrangement = Arrangement.EDITOR
) -> dict[str, Any]:
    """Make a workflow of a prompt: the editor's own, arranged as the editor does, or a tidy one.

    Nodes are made in the order of ``prompt``, and links in that order, too.
    """
    is_tidy = layout is Arrangement.TIDY
    editor = Editor(catalog, default_packs(), diagnostics)
    share_shapes(editor)
    graph = NewGraph(editor, faithful=is_tidy)
    prompt = {key: node for key, node in prompt.items() if isinstance(node.get("class_type"), str)}
    ids = workflow_ids(prompt)
    inside = paths_of(prompt) if is_tidy else {}
    for key, ident in ids.items():
        own = exact_id(key.rpartition(":")[2]) if key in inside and (inside[key] or ":" not in key) else ident
        graph.nodes[key] = make_node(key, own, prompt[key], editor, faithful=is_tidy)
    apply_inputs(graph, prompt)
    if is_tidy:
        return nested_document(levels_of(graph, inside))
    arrange(graph)
    return document_of(graph)
