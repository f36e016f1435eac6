"""From a loaded workflow to the nodes of a prompt, in steps whose order matters.

1. ``expand`` copies the inner nodes of every subgraph host into one flat graph. Hosts and their
   boundaries stay as nodes that only stand for something else.
2. ``rewire`` lets the scripts of custom-node packs change links that no file holds (GetNode, Anything
   Everywhere). These go through whatever vanishes, so it comes before ``splice``.
3. ``splice`` binds every input past what vanishes - reroutes, hosts, bypassed and muted nodes - and
   drops these.
4. ``set_given`` puts in what is set by hand, as if it had been typed into the widgets before.
5. ``finish_texts`` renders dynamic prompts and file names. It looks at values that hosts have bound
   (the index of a CustomCombo), so it comes after ``splice``.
6. ``finish_scripts`` gives packs the last word on their own nodes.
7. ``prompt_order`` puts the nodes into the prompt's order.
8. ``drop_idle_findings`` takes back what was said about values that are not in the prompt.

What comes before - reading the file, making and configuring nodes, promoted values, PrimitiveNodes -
is the editor's own work on loading a file (``comfyc.editor``); what comes after is
``comfyc.prompt.emit``.
"""

from __future__ import annotations

from comfyc.graph import Graph
from comfyc.passes.context import Context, DynamicPrompts
from comfyc.passes.expand import expand
from comfyc.passes.giving import set_given
from comfyc.passes.order import prompt_order
from comfyc.passes.relevance import drop_idle_findings
from comfyc.passes.scripts import finish_scripts, rewire
from comfyc.passes.splice import splice
from comfyc.passes.texts import finish_texts

PASSES = (rewire, splice, set_given, finish_texts, finish_scripts, prompt_order, drop_idle_findings)


def run_passes(context: Context) -> Graph:
    """The graph of the prompt: every node in it is written, every link in it points at one of them."""
    graph = expand(context.editor, context.diagnostics)
    for step in PASSES:
        graph = step(graph, context)
    return graph


__all__ = ["PASSES", "Context", "DynamicPrompts", "expand", "run_passes"]
