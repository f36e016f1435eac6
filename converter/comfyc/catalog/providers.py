"""Who provides a node type: ComfyUI itself or a custom node pack, as a catalogue says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.bundled import CORE_ID

_CUSTOM = "custom_nodes."


@dataclass(frozen=True, slots=True)
class Provider:
    """A pack: its title, its repository on GitHub (owner/name), its id in the Comfy registry, its version.

    Each is "" if unknown; the version is that of a bundled catalogue. ``former``: the pack no longer has the
    type.
    """

    title: str
    repository: str = ""
    cnr_id: str = ""
    version: str = ""
    former: bool = False


def provider_of(catalog: Catalog, node_type: str, entry: Mapping[str, Any]) -> Provider:
    """The pack of a type with this entry: that of its bundle, else the one that its Python module names."""
    edition = catalog.edition_of(node_type)
    if edition is not None:
        pack = edition.volume
        return Provider(pack.title, pack.repository, pack.cnr_id, pack.version, edition.older is not None)
    module = entry.get("python_module")
    if isinstance(module, str) and module.startswith(_CUSTOM):
        return Provider(module.removeprefix(_CUSTOM).partition(".")[0])
    return Provider("ComfyUI", cnr_id=CORE_ID, version=catalog.version or "")
