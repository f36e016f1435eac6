"""The part of a prompt that runs when some of its outputs are chosen, and no word about the rest.

A server that knows ``partial_execution_targets`` (ComfyUI 0.3.48 and later: execution.validate_prompt) takes
the whole prompt with the ids of the chosen outputs, which keeps what it has cached of the rest. But it
refuses the prompt if any node of the rest has a type that it lacks, and computes the cache keys of all nodes,
which fails at a link to nothing (execution.py and comfy_execution/caching.py of 0.33.0). So the rest is left
out of what is sent to a server that is too old, and wherever something is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from comfyc import codes
from comfyc.api import Conversion
from comfyc.catalog import Catalog
from comfyc.checks.links import is_link
from comfyc.checks.reporting import Where
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostics
from comfyc.interface.assigning import Assignment
from comfyc.prompt import Prompt
from comfyc.prompt.running import running_ids

FIRST_WITH_TARGETS = "0.3.48"
"""The first version of ComfyUI of which it is certain that it has ``partial_execution_targets``: they came on
30 July 2025, while the version was 0.3.47."""

_COUNTED = "VHS_VideoCombine"
"""A Meta Batch Manager goes on with the next batch when as many of these have run as the whole prompt has
(VideoHelperSuite, utils.requeue_workflow)."""


def about_part(conversion: Conversion, outputs: Iterable[str]) -> Conversion:
    """A conversion without the findings about nodes that these outputs do not need, but for those about what
    was asked to be set there (I6xx)."""
    running = running_ids(conversion.prompt, outputs)
    nodes = conversion.ir.nodes
    pointers = {nodes[ident].pointer for ident in running if ident in nodes}
    idle = {
        ident
        for ident in conversion.prompt
        if ident not in running and (ident not in nodes or nodes[ident].pointer not in pointers)
    }
    kept = Collector(conversion.options.limits)
    found = conversion.diagnostics
    kept.extend(one for one in found if one.location.node not in idle or one.rule.code.startswith("I"))
    return replace(conversion, diagnostics=Diagnostics(kept))


def is_to_be_pruned(
    prompt: Prompt, outputs: Iterable[str], catalog: Catalog, takes_targets: Callable[[], bool]
) -> bool:
    """Whether the nodes that these outputs do not need have to be left out. ``takes_targets`` is asked, if
    need be, whether the server knows ``partial_execution_targets``."""
    running = running_ids(prompt, outputs)
    idle = [node for ident, node in prompt.items() if ident not in running]
    return bool(idle) and (not all(_is_sound(node, prompt, catalog) for node in idle) or not takes_targets())


def _is_sound(node: Any, prompt: Prompt, catalog: Catalog) -> bool:
    """Whether a node that does not run may be in the prompt: the server knows its type, all its links lead
    somewhere, and nobody waits for it."""
    kind = str(node.get("class_type"))
    links = (value[0] for value in node["inputs"].values() if is_link(value))
    return kind != _COUNTED and catalog.info(kind) is not None and all(link in prompt for link in links)


def part_of(prompt: Prompt, outputs: Iterable[str] | None) -> Prompt:
    """What these outputs need of a prompt; None: all of them."""
    if outputs is None:
        return prompt
    running = running_ids(prompt, outputs)
    return {ident: node for ident, node in prompt.items() if ident in running}


def pruned(conversion: Conversion, outputs: Iterable[str]) -> Conversion:
    """A conversion whose prompt has only what these outputs need."""
    return replace(conversion, prompt=part_of(conversion.prompt, outputs))


def report_idle(done: Iterable[Assignment], part: Prompt, found: Collector, where: Where) -> None:
    """Report values that are set and that nothing takes which runs (I609)."""
    for one in done:
        setting = one.setting
        if setting.targets and not any(node in part for node, _ in setting.targets):
            found.report(
                codes.SETTING_IDLE,
                f"'{setting.path}' is set, but the outputs that run do not need the node",
                pointer=where(*setting.targets[0])[0],
                node=setting.node,
                title=setting.title,
                hint="choose an output that needs it with --only, or leave the value out",
            )
