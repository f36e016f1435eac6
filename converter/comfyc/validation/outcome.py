"""A validation in short: what a server would do with the prompt, and how many nodes there are."""

from __future__ import annotations

from typing import Literal

from comfyc.documents import Kind, is_workflow, kind_of
from comfyc.validation import Validation

Outcome = Literal["accepted", "in part", "rejected", "unreadable"]
"""What a server would do with the prompt: run all of it, only some outputs, or nothing of it; or that there
is no prompt, as the file could not be read."""


def outcome_of(validation: Validation | None) -> Outcome:
    """What a server would do with the prompt of a file."""
    if validation is None:
        return "unreadable"
    kind = kind_of(validation.conversion.opened.value)
    if kind is not Kind.PROMPT and not kind.is_workflow:
        return "unreadable"
    if not validation.verdict.valid:
        return "rejected"
    return "in part" if validation.verdict.node_errors else "accepted"


def node_count(validation: Validation | None) -> int:
    """The nodes of all graphs of a workflow, those of a definition once, or of a prompt."""
    if validation is None:
        return 0
    document = validation.conversion.opened.value
    if not is_workflow(document):
        return len(validation.conversion.prompt)
    definitions = document.get("definitions")
    inner = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    graphs = (
        [document, *(one for one in inner if isinstance(one, dict))]
        if isinstance(inner, list)
        else [document]
    )
    lists = (one.get("nodes") for one in graphs)
    return sum(len(one) for one in lists if isinstance(one, list))
