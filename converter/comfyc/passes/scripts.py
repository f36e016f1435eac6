"""Runs the pack behaviours that act while the editor makes a prompt (``comfyc.packs``)."""

from __future__ import annotations

from dataclasses import replace

from comfyc.graph import Graph
from comfyc.packs import Export
from comfyc.passes.context import Context


def rewire(graph: Graph, context: Context) -> Graph:
    """Run the ``rewire`` hooks of the workflow's node types, each function once."""
    editor = context.editor
    behaviours = list(editor.scripted.values())
    for mark, kind in editor.packs.marks.items():
        if any(scope.file.extra.get(mark) for scope in (editor.root, *editor.scopes.values())):
            behaviour = editor.packs.behaviour(kind)
            behaviours += [behaviour] if behaviour is not None else []
    hooks = {behaviour.rewire: None for behaviour in behaviours if behaviour.rewire is not None}
    if hooks:
        export = _export(graph, context)
        for hook in hooks:
            hook(export)
    return graph


def finish_scripts(graph: Graph, context: Context) -> Graph:
    """Run the ``finish`` hooks: packs change their own nodes once everything else is done."""
    hooks = {kind: b.finish for kind, b in context.editor.scripted.items() if b.finish is not None}
    if hooks:
        export = _export(graph, context)
        for ident, node in list(graph.nodes.items()):  # hooks may add nodes (Repeater)
            kind = node.raw.get("type")
            if isinstance(kind, str) and kind in hooks:
                # texts of other nodes refer to the original
                own = graph.nodes[ident] = replace(node, widgets=node.widgets.editable())
                hooks[kind](own, export)
    return graph


def _export(graph: Graph, context: Context) -> Export:
    root = context.editor.root
    return Export(
        graph,
        context.document,
        context.diagnostics,
        context.as_queue,
        context.choose,
        lambda text: context.replacements.apply(text, root),
    )
