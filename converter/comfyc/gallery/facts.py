"""What is known of a file in short: for its card, for the search, and for index.json."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from comfyc.diagnostics import Severity
from comfyc.documents import Kind, is_workflow, kind_of
from comfyc.gallery.model import Exhibit
from comfyc.needs.tables import address_of, in_order
from comfyc.report.document import record
from comfyc.validation import Validation

Outcome = Literal["accepted", "in part", "rejected", "unreadable"]
"""What a server would do with the prompt: run all of it, only some outputs, or nothing of it; or that there
is no prompt, as the file could not be read."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about a file. ``models``, ``packs`` and ``input_files`` are rows of index.json.

    ``nodes`` counts those that the file has, those of a definition once; ``classes`` are the types of those
    in the prompt. ``prompt_hash`` is the same for all files whose prompt is, but for titles and the order of
    nodes; "" if there is no prompt. All addresses are relative to the site.
    """

    file: str
    name: str
    title: str
    container: str
    outcome: Outcome
    nodes: int = 0
    classes: tuple[str, ...] = ()
    prompt_hash: str = ""
    severities: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Mapping[str, Any], ...] = ()
    models: tuple[Mapping[str, Any], ...] = ()
    packs: tuple[Mapping[str, Any], ...] = ()
    input_files: tuple[Mapping[str, Any], ...] = ()
    partner_nodes: tuple[str, ...] = ()
    original: str = ""
    picture: str = ""
    has_graph: bool = False

    @property
    def page(self) -> str:
        """The address of its page."""
        return f"pages/{self.name}.html"

    @property
    def graph(self) -> str:
        """The address of its drawn graph, "" if there is none."""
        return f"graphs/{self.name}.svg" if self.has_graph else ""

    @property
    def prompt(self) -> str:
        """The address of its prompt, "" if there is none."""
        return f"prompts/{self.name}.json" if self.prompt_hash else ""

    @property
    def has_errors(self) -> bool:
        return bool(self.severities.get("error"))


def facts_of(exhibit: Exhibit, *, has_graph: bool) -> Facts:
    """The facts about a file; ``has_graph`` says whether its graph was drawn."""
    validation = exhibit.validation
    severities: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    for one in exhibit.report.findings:
        severities[one.severity.value] += one.count
        rules[one.diagnostic.rule.code] += one.count
    prompt = validation.conversion.prompt if validation is not None else {}
    nodes = (one for one in prompt.values() if isinstance(one, dict))
    classes = {kind for one in nodes if isinstance(kind := one.get("class_type"), str)}
    return Facts(
        exhibit.file,
        exhibit.name,
        exhibit.title,
        exhibit.report.container,
        outcome_of(validation),
        _node_count(validation),
        tuple(sorted(classes)),
        _hash(prompt),
        {one.value: severities[one.value] for one in Severity},
        dict(sorted(rules.items())),
        tuple({**record(exhibit.report, one), "file": exhibit.file} for one in exhibit.report.findings),
        **_needs_of(exhibit),
        original=exhibit.original,
        picture=exhibit.picture,
        has_graph=has_graph,
    )


def outcome_of(validation: Validation | None) -> Outcome:
    """What a server would do with the prompt of a file."""
    if validation is None or not _is_known(kind_of(validation.conversion.opened.value)):
        return "unreadable"
    if not validation.verdict.valid:
        return "rejected"
    return "in part" if validation.verdict.node_errors else "accepted"


def _is_known(kind: Kind) -> bool:
    return kind is Kind.PROMPT or kind.is_workflow


def _node_count(validation: Validation | None) -> int:
    """The nodes of all graphs of a workflow, or of a prompt."""
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


def _hash(prompt: Mapping[str, Any]) -> str:
    """The hash of what a server would run: neither titles nor the order of the nodes count."""
    if not prompt:
        return ""
    bare = {
        ident: {key: value for key, value in node.items() if key != "_meta"}
        if isinstance(node, dict)
        else node
        for ident, node in prompt.items()
    }
    spelt = json.dumps(bare, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(spelt.encode("ascii")).hexdigest()


def _needs_of(exhibit: Exhibit) -> dict[str, Any]:
    needs = exhibit.needs
    if needs is None:
        return {}
    return {
        "models": tuple(
            {"name": one.name, "folder": one.folder or None, "status": one.status, "url": address_of(one)}
            for one in in_order(needs.models)
            if one.is_needed
        ),
        "packs": tuple(
            {"name": row.pack.name, "source": row.pack.source or None, "missing": list(row.pack.missing)}
            for row in needs.packs
        ),
        "input_files": tuple(
            {"name": one.name, "folder": one.folder, "kind": one.kind, "status": one.status}
            for one in needs.input_files
        ),
        "partner_nodes": tuple(one.title for one in needs.partner_nodes),
    }
