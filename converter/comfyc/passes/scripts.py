"""Runs the pack behaviours that act while the editor makes a prompt (``comfyc.packs``)."""

from __future__ import annotations

from dataclasses import replace

from comfyc.graph import Graph
from comfyc.options import Button
from comfyc.packs.behaviour import Export
from comfyc.packs.guard import Guard, put_back, values_of
from comfyc.passes.context import Context


def rewire(graph: Graph, context: Context) -> Graph:
    """Run the ``rewire`` hooks of the workflow's node types, each function once."""
    editor = context.editor
    behaviours = list(editor.scripted.values())
    for mark, kind in editor.packs.marks.items():
        if any(scope.file.extra.get(mark) for scope in (editor.root, *editor.scopes.values())):
            behaviour = editor.packs.behaviour(kind)
            behaviours += [behaviour] if behaviour is not None else []
    hooks = {behaviour.rewire: behaviour for behaviour in behaviours if behaviour.rewire is not None}
    if hooks:
        export = _export(graph, context)
        for hook, behaviour in hooks.items():
            with Guard(behaviour, "rewire", context.diagnostics):
                hook(export)
    return graph


def finish_scripts(graph: Graph, context: Context) -> Graph:
    """Run the ``finish`` hooks: packs change their own nodes once everything else is done."""
    behaviours = {kind: b for kind, b in context.editor.scripted.items() if b.finish is not None}
    if behaviours:
        export = _export(graph, context)
        for ident, node in list(graph.nodes.items()):  # hooks may add nodes (Repeater)
            kind = node.raw.get("type")
            behaviour = behaviours.get(kind) if isinstance(kind, str) else None
            if behaviour is None or behaviour.finish is None:
                continue
            # texts of other nodes refer to the original
            own = graph.nodes[ident] = replace(node, widgets=node.widgets.editable())
            before = values_of(own.widgets)
            with Guard(behaviour, "finish", context.diagnostics, node.pointer, node.id, node.label) as guard:
                behaviour.finish(own, export)
            if guard.failed:
                put_back(before)
                graph.nodes[ident] = node
    return graph


def _export(graph: Graph, context: Context) -> Export:
    root = context.editor.root
    return Export(
        graph,
        context.document,
        context.diagnostics,
        context.options.button is Button.QUEUE,
        context.choose,
        lambda text: context.replacements.apply(text, root),
        context.seed,
    )
