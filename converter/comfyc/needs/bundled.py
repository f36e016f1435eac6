"""The bundled data that the needs of every file are held against, made once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from comfyc.catalog import Catalog, bundled_core
from comfyc.catalog.bundled import core_entries, pack_entries
from comfyc.catalog.shelf import Volume
from comfyc.packs import editor_only_types


@cache
def bundled() -> Catalog:
    """The bundled catalogues: ComfyUI's own nodes, and those of packs."""
    return bundled_core(with_packs=True)


@cache
def core_types() -> frozenset[str]:
    """The node types of the bundled ComfyUI."""
    return frozenset(core_entries())


@cache
def editor_only() -> Mapping[str, str]:
    """The editor-only node types of the bundled packs, with the pack's folder."""
    return editor_only_types()


@cache
def volumes_by_name() -> Mapping[str, Volume]:
    """The bundled packs by their ids, repositories and folders, casefolded; of equals the best known."""
    found: dict[str, Volume] = {}
    for volume in pack_entries().volumes:
        for name in (volume.cnr_id, volume.repository, volume.folder):
            if name:
                found.setdefault(name.casefold(), volume)
    return found
