"""Three-way merging of workflows and prompts: by node and input, and not by line.

    merge(base, ours, theirs)  ->  Merged       the document with the changes of both sides, and the conflicts

Nodes are known by their ids; what both sides have added under one id is two nodes, and theirs gets a new id.
Values go by the position or name of their input, links by what they connect. What is only layout never
conflicts. Where both sides have changed the same thing, ours stays, and the conflict is listed in the
document itself (``conflicts``), which the editor and comfyc open as before; ``resolving`` takes it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from comfyc.documents import has_typed_nodes, is_api_prompt, is_workflow
from comfyc.merging.conflicts import Conflict
from comfyc.merging.names import names_of
from comfyc.merging.prompts import merged_prompts
from comfyc.merging.values import UnmergeableError, same
from comfyc.merging.workflows import WorkflowMerger, noted

__all__ = ["Conflict", "Merged", "merge"]


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged document, in which the conflicts are listed, and these conflicts."""

    document: dict[str, Any]
    conflicts: tuple[Conflict, ...] = ()


def merge(base: Any, ours: Any, theirs: Any) -> Merged | None:
    """Merge two versions of a workflow or prompt with what they were made of, as parsed JSON.

    ``base`` is None if there is no such version. The documents stay as they are; the result may share parts
    with them. Returns None if the documents are not all workflows or all prompts in the form that the editor
    saves, so that only their texts can be merged.
    """
    try:
        if same(ours, theirs) or same(base, theirs):
            return Merged(ours) if _sort_of(ours) else None
        if same(base, ours):
            return Merged(theirs) if _sort_of(theirs) else None
        sort = _sort_of(ours)
        if sort is None or _sort_of(theirs) != sort or (base is not None and _sort_of(base) != sort):
            return None
        if sort == "prompt":
            document, found = merged_prompts(base or {}, ours, theirs)
        else:
            document, found = WorkflowMerger(base, ours, theirs).merged()
            found = _named(found, document)
        return Merged(noted(document, found), tuple(found))
    except (UnmergeableError, RecursionError):
        return None


def _sort_of(document: Any) -> str | None:
    if is_workflow(document):
        return "workflow" if has_typed_nodes(document) else None
    return "prompt" if is_api_prompt(document) else None


def _named(found: list[Conflict], document: Mapping[str, Any]) -> list[Conflict]:
    """The conflicts with the names of the inputs that their values belong to."""
    if not any(one.path[:1] == ("widgets_values",) for one in found):
        return found
    names = names_of(document)
    named = []
    for one in found:
        own = names.get((one.graph, str(one.node)), {}) if one.path[:1] == ("widgets_values",) else {}
        name = next((name for name, index in own.items() if (index,) == one.path[1:2]), None)
        named.append(one if name is None else replace(one, input=name))
    return named
