"""Repairs of prompts: what the server ignores, misses or replaces."""

from __future__ import annotations

from typing import Any, cast

from comfyc.checks.request import Unforeseen, replace_nodes
from comfyc.checks.rules import rules_for
from comfyc.diagnostics import Pointer
from comfyc.documents import is_workflow
from comfyc.fixing.repair import Repair, Site
from comfyc.graph import ABSENT
from comfyc.prompt import Prompt


def drop_ignored(site: Site) -> Repair | None:
    """P347: a value of an input that the class does not declare is removed, unless the name is like that of
    one which it declares, or the definition is of a pack and bundled, so that the server may know more."""
    catalog, pointer = site.conversion.catalog, site.pointer
    if is_workflow(site.document) or site.finding.data.get("meant") is not None or len(pointer) != 3:
        return None
    ident, _, name = pointer
    kind = site.document[ident].get("class_type")
    if catalog is None or (isinstance(kind, str) and catalog.edition_of(kind) is not None):
        return None

    def without(prompt: Prompt) -> Prompt:
        node = prompt[str(ident)]
        inputs = {key: value for key, value in node["inputs"].items() if key != name}
        return {**prompt, str(ident): {**node, "inputs": inputs}}

    return Repair(f"remove '{name}'", {pointer: ABSENT}, without)


def add_inputs(site: Site) -> Repair | None:
    """P332: a node without ``inputs`` gets an empty object."""
    node = site.value
    if is_workflow(site.document) or not isinstance(node, dict) or "inputs" in node:
        return None
    return Repair('add "inputs": {}', {(*site.pointer, "inputs"): {}})


def replace_types(site: Site) -> Repair | None:
    """P344: all nodes of types that the server replaces become those that it makes of them.

    A rule without ``input_mapping`` is not followed: the server then loses all inputs of the node.
    """
    if is_workflow(site.document) or site.conversion.catalog is None:
        return None
    rules = rules_for(site.conversion.catalog)
    try:
        replaced, old = replace_nodes(site.document, rules)
    except Unforeseen:
        return None
    known = site.conversion.catalog.node_replacements
    if not all(known[kind][0].get("input_mapping") for kind in old.values()):
        return None
    edits: dict[Pointer, Any] = {}
    for ident, node in replaced.items():
        before = site.document[ident]
        if node is not before and isinstance(node, dict):
            for member in ("class_type", "inputs"):
                if node.get(member) != before.get(member):
                    edits[ident, member] = node[member]

    def replacing(prompt: Prompt) -> Prompt:
        made: Any = replace_nodes(prompt, rules)[0]
        return cast(Prompt, made)

    kinds = dict.fromkeys((kind, known[kind][0]["new_node_id"]) for kind in old.values())
    words = ", ".join(f"'{kind}' with '{new}'" for kind, new in kinds)
    return Repair(f"replace {words}", edits, replacing)
