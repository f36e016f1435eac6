"""index.json: what the gallery shows, for programs (schemas/report.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from comfyc.diagnostics import Severity
from comfyc.gallery.facts import Facts
from comfyc.gallery.totals import Demand, Totals
from comfyc.gallery.wording import OUTCOMES
from comfyc.safety.escaping import json_escaped
from comfyc.version import version

FORMAT = 1
"""The version of the document's shape: new members may come, and only another number changes the others."""


def index_json(facts: Sequence[Facts], totals: Totals, title: str, skipped: Sequence[str]) -> str:
    """The document; ``skipped`` are the files that hold no workflow."""
    document = {
        "comfyc": version(),
        "format": FORMAT,
        "title": title,
        "files": [_file(one) for one in facts],
        "skipped": list(skipped),
        "summary": summary_of(facts, totals),
        "rules": [asdict(one) for one in totals.rules],
        "models": [_wanted(one) for one in totals.models],
        "packs": [_wanted(one) for one in totals.packs],
        "partner_nodes": [_wanted(one) for one in totals.partner_nodes],
        "duplicates": [[one.file for one in same] for same in totals.duplicates],
    }
    return json_escaped(json.dumps(document, indent=1, ensure_ascii=True)) + "\n"


def summary_of(facts: Sequence[Facts], totals: Totals) -> dict[str, int]:
    """The numbers of files by what a server would do, and of findings by severity."""
    outcomes = {key.replace(" ", "_"): totals.outcomes.get(key, 0) for key in OUTCOMES}
    severities = {f"{one.value}s": totals.severities.get(one.value, 0) for one in Severity}
    return {"files": len(facts), **outcomes, **severities}


def _file(one: Facts) -> dict[str, Any]:
    return {
        "file": one.file,
        "title": one.title,
        "container": one.container,
        "outcome": one.outcome.replace(" ", "_"),
        "nodes": one.nodes,
        "classes": list(one.classes),
        "prompt_hash": one.prompt_hash or None,
        "page": one.page,
        "graph": one.graph or None,
        "prompt": one.prompt or None,
        "picture": one.picture or None,
        "original": one.original or None,
        "findings": list(one.findings),
        "models": list(one.models),
        "packs": list(one.packs),
        "input_files": list(one.input_files),
        "partner_nodes": list(one.partner_nodes),
    }


def _wanted(one: Demand) -> dict[str, Any]:
    kept = {key: one.about[key] for key in ("folder", "url", "source") if key in one.about}
    return {"name": one.name, **kept, "files": list(one.files)}
