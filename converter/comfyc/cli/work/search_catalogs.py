"""What ``comfyc catalog search`` does."""

from __future__ import annotations

from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.bundled import core_entries
from comfyc.catalog.class_map import repositories_with
from comfyc.catalog.listing import NodeView, view_node
from comfyc.catalog.search import FoundType, Wanted, search
from comfyc.cli.output.catalogues import found_text
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, show
from comfyc.cli.output.writing import note, write_stdout
from comfyc.diagnostics import ComfycError

_PACKS = 3
"""Packs without a catalogue that are named."""


def search_catalog(catalog: Catalog, wanted: Wanted, *, first: int, as_json: bool) -> int:
    """Print the node types that fit, at most ``first`` of them unless that is 0; the exit code, 1 if there
    are none."""
    if not (wanted.words or wanted.inputs or wanted.outputs or wanted.pack):
        raise ComfycError(
            "there is nothing to search for", "pass words of a name, or --input-type, --output-type or --pack"
        )
    answer = search(catalog, wanted)
    shown = answer.found[:first] if first else answer.found
    views = [(one, view) for one in shown if (view := view_node(catalog, one.node_type)) is not None]
    code = 0 if answer.found else 1
    name = " ".join(wanted.words)
    if name not in catalog and name not in core_entries() and (packs := repositories_with(name)):
        listed = ", ".join(f"https://github.com/{pack}" for pack in packs[:_PACKS])
        note(f"'{name}' is a node type of {listed}, of which there is no definition here")
    about = catalog_reports(catalog)
    show(about)
    for word, meant in answer.corrected.items():
        note(f"nothing has the word '{word}' together with the rest; this is for '{meant}'")
    if as_json:
        made = JsonAnswer("catalog search", [_record(*one) for one in views])
        made.more = {"found": len(answer.found)}
        made.add_findings(about)
        made.print(code)
    elif views:
        write_stdout(found_text(views))
    if not answer.found:
        note(f"no node type of {catalog.name} fits; try fewer words")
    elif len(shown) < len(answer.found):
        note(f"{len(shown)} of {len(answer.found)} node types are shown; --first 0 shows all")
    return code


def _record(found: FoundType, view: NodeView) -> dict[str, Any]:
    pack = found.provider
    return {
        "class": found.node_type,
        "title": found.title,
        "category": found.category,
        "pack": {
            "title": pack.title,
            "repository": pack.repository,
            "cnr_id": pack.cnr_id,
            "version": pack.version,
        },
        "deprecated": found.deprecated,
        "former": pack.former,
        "inputs": [{"name": row.name, "type": row.kind, "required": row.required} for row in view.inputs],
        "outputs": [{"name": row.name, "type": row.kind} for row in view.outputs],
    }
