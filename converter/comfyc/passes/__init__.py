"""From a loaded workflow to the nodes of a prompt, in steps whose order matters.

1. ``expand`` copies the inner nodes of every subgraph node (host) into one flat graph. Hosts and their
   boundaries remain as nodes whose outputs stand for something else.
2. ``rewire`` adds links that the scripts of custom node packs make and no file contains (GetNode, Anything
   Everywhere). Such links may lead through nodes that vanish, so it comes before ``splice``.
3. ``splice`` binds every input to a node of the prompt, past nodes that vanish - reroutes, hosts, bypassed
   and muted nodes - and drops those.
4. ``set_given`` applies values that the caller sets, as if they had been typed into the widgets before.
5. ``finish_texts`` renders dynamic prompts and file names. It reads values that hosts have bound (the index
   of a CustomCombo), so it comes after ``splice``.
6. ``finish_scripts`` lets packs make the final changes to their own nodes.
7. ``prompt_order`` sorts the nodes into the prompt's order.
8. ``drop_idle_findings`` drops findings about values that are not in the prompt.

The steps before these - reading the file, creating and configuring nodes, promoted values, PrimitiveNodes -
are the editor's own work on loading a file (``comfyc.editor``). ``comfyc.prompt.emit`` comes after them.
"""

from __future__ import annotations

from comfyc.graph import Graph
from comfyc.passes.context import Context
from comfyc.passes.expand import expand
from comfyc.passes.giving import set_given
from comfyc.passes.order import prompt_order
from comfyc.passes.relevance import drop_idle_findings
from comfyc.passes.scripts import finish_scripts, rewire
from comfyc.passes.splice import splice
from comfyc.passes.texts import finish_texts

PASSES = (rewire, splice, set_given, finish_texts, finish_scripts, prompt_order, drop_idle_findings)


def run_passes(context: Context) -> Graph:
    """Return the graph of the prompt: all of its nodes are exported, and all links lead to one of them."""
    graph = expand(context.editor, context.diagnostics)
    for step in PASSES:
        graph = step(graph, context)
    return graph


__all__ = ["PASSES", "Context", "expand", "run_passes"]
