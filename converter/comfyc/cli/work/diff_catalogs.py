"""What ``comfyc catalog diff`` does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.providers import Provider, provider_of
from comfyc.cli.flags.common import load_catalog
from comfyc.cli.flags.custom_nodes import catalog_of_folder
from comfyc.cli.output.comparisons import comparison_text
from comfyc.cli.output.envelope import JsonAnswer
from comfyc.cli.output.findings import catalog_reports, show
from comfyc.cli.output.writing import note, write_stdout
from comfyc.comparison import ChangedType, compare_catalogs

BUNDLED = "bundled"
"""The name of the bundled catalogues on the command line; a file of this name is ``./bundled``."""


def diff_catalogs(old: str, new: str, *, refresh: bool, exit_code: bool, as_json: bool) -> int:
    """Print what changed from one catalogue to another; the exit code, 1 for differences if ``exit_code``."""
    catalogs = [_opened(name, refresh=refresh) for name in (old, new)]
    types = [
        _like(catalog, other) if name == BUNDLED else list(catalog)
        for name, catalog, other in zip((old, new), catalogs, reversed(catalogs), strict=True)
    ]
    first, second = catalogs
    found = compare_catalogs(first, second, *types)
    code = 0 if found.is_empty or not exit_code else 1
    about = [report for catalog in catalogs for report in catalog_reports(catalog)]
    show(about)
    packs = {
        **_packs(second, (*found.added, *(one.node_type for one in found.changed))),
        **_packs(first, found.removed),
    }
    if as_json:
        results = [
            *({"class": name, "change": "added", "pack": packs[name]} for name in found.added),
            *({"class": name, "change": "removed", "pack": packs[name]} for name in found.removed),
            *(_record(one, packs) for one in found.changed),
        ]
        answer = JsonAnswer("catalog diff", results)
        answer.add_findings(about)
        answer.print(code)
    else:
        write_stdout(comparison_text(found, packs))
        shifting = sum(any(change.shifts for change in one.changes) for one in found.changed)
        note(
            f"node types: {len(found.added)} added, {len(found.removed)} removed, "
            f"{len(found.changed)} changed" + (f"; saved values shift in {shifting}" if shifting else "")
        )
    return code


def _opened(name: str, *, refresh: bool) -> Catalog:
    if name == BUNDLED:
        return Catalog.load()
    if os.path.isdir(name):
        return catalog_of_folder(name, refresh=refresh)
    return load_catalog(name, refresh=refresh)


def _like(bundled: Catalog, other: Catalog) -> list[str]:
    """The bundled types of those packs that the other catalogue has nodes of, without what packs no longer
    have."""
    packs = {name: _provider(bundled, name) for name in bundled}
    there = {packs[name].title for name in packs if name in other}
    return [name for name, pack in packs.items() if pack.title in there and not pack.former]


def _packs(catalog: Catalog, types: Iterable[str]) -> dict[str, str]:
    """The title of the pack of each type."""
    return {name: _provider(catalog, name).title for name in types}


def _provider(catalog: Catalog, node_type: str) -> Provider:
    return provider_of(catalog, node_type, catalog.info(node_type) or {})


def _record(changed: ChangedType, packs: dict[str, str]) -> dict[str, Any]:
    return {
        "class": changed.node_type,
        "change": "changed",
        "pack": packs[changed.node_type],
        "saved_values": changed.fit.name.lower(),
        "changes": [
            {
                "part": one.part,
                "name": one.name,
                "what": one.what,
                "before": one.before,
                "after": one.after,
                "shifts": one.shifts,
                "when": one.when,
            }
            for one in changed.changes
        ],
    }
