"""From a prompt back to a workflow: what the editor makes of an exported prompt that is dropped on it.

Source: ``scripts/app.ts`` loadApiJson, frontend 1.58.1.
"""

from __future__ import annotations

from typing import Any

from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.editor.loading.known import share_shapes
from comfyc.editor.nodes.state import Editor
from comfyc.packs import default_packs
from comfyc.prompt import Prompt
from comfyc.rebuild.apply import apply_inputs
from comfyc.rebuild.document import document_of
from comfyc.rebuild.layout import arrange
from comfyc.rebuild.nodes import NewGraph, make_node, workflow_ids


def to_workflow(prompt: Prompt, catalog: Catalog, diagnostics: Collector) -> dict[str, Any]:
    """Make the workflow that the editor makes of a prompt, arranged as the editor does.

    Nodes are made in the order of ``prompt``, and links in that order, too.
    """
    editor = Editor(catalog, default_packs(), diagnostics)
    share_shapes(editor)
    graph = NewGraph(editor)
    prompt = {key: node for key, node in prompt.items() if isinstance(node.get("class_type"), str)}
    for key, ident in workflow_ids(prompt).items():
        graph.nodes[key] = make_node(key, ident, prompt[key], editor)
    apply_inputs(graph, prompt)
    arrange(graph)
    return document_of(graph)
