"""What is known of a file in short: for its card, for the search, and for index.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.diagnostics import Severity
from comfyc.gallery.model import Exhibit
from comfyc.needs.tables import address_of, in_order
from comfyc.prompt.identity import node_types, prompt_hash
from comfyc.report.document import record
from comfyc.validation.outcome import Outcome, node_count, outcome_of


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
    return Facts(
        exhibit.file,
        exhibit.name,
        exhibit.title,
        exhibit.report.container,
        outcome_of(validation),
        node_count(validation),
        node_types(prompt),
        prompt_hash(prompt),
        {one.value: severities[one.value] for one in Severity},
        dict(sorted(rules.items())),
        tuple({**record(exhibit.report, one), "file": exhibit.file} for one in exhibit.report.findings),
        **_needs_of(exhibit),
        original=exhibit.original,
        picture=exhibit.picture,
        has_graph=has_graph,
    )


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
