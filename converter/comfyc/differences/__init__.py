"""What changed from one workflow or prompt to another, in meaning: nodes, values and links by name.

    differences = diff("old.json", "new.json")
    differences.changes                     values, links, nodes, modes, titles, inputs of subgraphs
    differences.layout                      what was moved, resized, recolored or grouped

The modules build on one another in this order:

    views            what counts of a document: nodes with values and links by the names of inputs
    values           whether two values are the same
    definitions      which definition of one document is which of the other
    matching         which node of one graph is which of the other
    model            a difference, and all of them
    layout           differences of looks
    comparing        all differences of two views
    words            what changed inside a long text
    wording          the words for a difference
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import replace

from comfyc.api import Conversion, Convertible, convert
from comfyc.catalog import Catalog
from comfyc.differences.comparing import compare
from comfyc.differences.model import Difference, DifferenceKind, Differences, LinkEnd, NodeState
from comfyc.differences.views import view_of_prompt, view_of_workflow
from comfyc.gc_pause import paused_collector
from comfyc.options import DynamicPrompts, Options
from comfyc.prompt.running import running_ids

__all__ = [
    "Difference",
    "DifferenceKind",
    "Differences",
    "LinkEnd",
    "NodeState",
    "diff",
    "differences_of",
    "options_for",
]


def diff(
    old: Convertible,
    new: Convertible,
    catalog: Catalog | None = None,
    options: Options | None = None,
    *,
    what_runs: bool = False,
) -> Differences:
    """What changed from one document to another: workflows of any version, prompts, or pictures and other
    files that carry one.

    ``old`` and ``new`` are what :func:`comfyc.convert` takes; ``catalog`` defaults to the bundled one.
    ``what_runs`` compares the prompts, and in them only the nodes that make an output. Two workflows are
    compared as such, a workflow and a prompt by their prompts.

    What cannot be read or converted is in the diagnostics of :func:`comfyc.convert`, and compared as far as
    it goes. ``ComfycError`` if a path cannot be read.
    """
    chosen = options_for(options or Options())
    return differences_of(convert(old, catalog, chosen), convert(new, catalog, chosen), what_runs=what_runs)


def options_for(options: Options) -> Options:
    """The options with which two documents are converted to be compared: the same moment is filled in for
    dates, and dynamic prompts are kept as they are."""
    return replace(options, now=options.now or datetime.datetime.now(), dynamic_prompts=DynamicPrompts.KEEP)


def differences_of(old: Conversion, new: Conversion, *, what_runs: bool = False) -> Differences:
    """What changed between two documents that have been converted with the same options
    (:func:`options_for`)."""
    with paused_collector():
        return _compared(old, new, what_runs=what_runs)


def _compared(old: Conversion, new: Conversion, *, what_runs: bool) -> Differences:
    if what_runs:
        views = [view_of_prompt(one, _running(one)) for one in (old, new)]
        return compare(*views, of_prompts=True)
    if old.editor is None or new.editor is None:
        return compare(view_of_prompt(old), view_of_prompt(new), of_prompts=True)
    found = compare(
        view_of_workflow(old.editor, old.opened.value), view_of_workflow(new.editor, new.opened.value)
    )
    if found.is_same and old.prompt != new.prompt:
        of_prompts = compare(view_of_prompt(old), view_of_prompt(new), of_prompts=True)
        return replace(found, changes=of_prompts.changes, of_prompts=bool(of_prompts.changes))
    return found


def _running(conversion: Conversion) -> Iterable[str]:
    """The ids of the nodes of a prompt that make an output, in its order; all if no output is known."""
    catalog, prompt = conversion.catalog, conversion.prompt
    outputs = []
    for ident, node in prompt.items():
        info = catalog.info(str(node.get("class_type", ""))) if catalog is not None else None
        if info is None or info.get("output_node") is True:
            outputs.append(ident)
    running = running_ids(prompt, outputs)
    return [ident for ident in prompt if ident in running] if running else list(prompt)
