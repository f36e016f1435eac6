"""Which custom node packs a workflow or prompt needs, according to the file and the bundled catalogues.

A node's pack is the one that the file records on it (``properties.cnr_id`` or ``aux_id``), else the pack
whose bundled catalogue has its type, else one that provides the type according to the node map of
ComfyUI-Manager, else unknown. ComfyUI's own and editor-only nodes need no pack.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.api import open_any
from comfyc.catalog import Catalog
from comfyc.catalog.bundled import CORE_ID, pack_entries
from comfyc.catalog.choosing import Typed
from comfyc.catalog.class_map import repositories_with
from comfyc.collector import Collector
from comfyc.documents import is_workflow
from comfyc.needs.bundled import bundled, editor_only, volumes_by_name
from comfyc.packs import core
from comfyc.prompt import read_prompt
from comfyc.workflow import has_too_many_nodes, read

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")
"""Valid ids of packs and repositories. A file may have any text there, which is passed to install
commands."""
_RELEASE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*")


@dataclass(slots=True)
class Need:
    """One pack that a file needs.

    ``name`` is for people; ``cnr_id`` is its id in the Comfy registry and ``repository`` its owner/name on
    GitHub, each "" if unknown; ``versions`` counts the nodes by the version recorded in the file; ``bundled``
    is the version of the bundled catalogue, "" if there is none; ``types`` counts the nodes by type;
    ``missing`` are those types that the given catalogue lacks. If the file names no pack for its types, and
    others provide them as well, ``alternatives`` are the repositories of up to three of these.
    """

    name: str
    cnr_id: str = ""
    repository: str = ""
    versions: dict[str, int] = field(default_factory=dict)
    bundled: str = ""
    types: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        """Whether the pack has been identified."""
        return bool(self.cnr_id or self.repository)

    @property
    def source(self) -> str:
        """The argument for an install command: the registry id, else the repository's URL, "" if unknown."""
        return self.cnr_id or (f"https://github.com/{self.repository}" if self.repository else "")


UNKNOWN = "unknown pack"
_ALTERNATIVES = 3
"""How many further packs are named that provide a type."""


def needed_packs(
    document: Any, server: Catalog | None = None, diagnostics: Collector | None = None
) -> list[Need]:
    """The packs that a parsed document needs, sorted by name, unknown packs last.

    ``server`` is a catalogue to look for missing types in; ``diagnostics`` gets the reason why a document
    holds no workflow or prompt, or which one it wraps. Never raises for a bad document.
    """
    catalog = bundled()
    nodes = list(_nodes(document, catalog, Collector() if diagnostics is None else diagnostics))
    known = _Known(catalog, nodes)
    needs: dict[str, Need] = {}
    for kind, properties in nodes:
        need = known.need(kind, properties, needs)
        if need is None:
            continue
        need.types[kind] = need.types.get(kind, 0) + 1
        version = properties.get("ver")
        if isinstance(version, str) and version:
            need.versions[version] = need.versions.get(version, 0) + 1
    if server is not None:
        for need in needs.values():
            need.missing = [kind for kind in need.types if not known.is_in(server, kind, need)]
    return sorted(needs.values(), key=lambda need: (not need.is_known, need.name.casefold()))


def _nodes(document: Any, core: Catalog, diagnostics: Collector) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Type and properties of every node, including those in subgraphs and group nodes."""
    opened = open_any(document, core, diagnostics)
    if opened is None:
        return
    document = opened.value
    if has_too_many_nodes(document, diagnostics):
        return
    if not is_workflow(document):
        for entry in read_prompt(document, diagnostics).values():
            kind, meta = entry.get("class_type"), entry.get("_meta")
            if isinstance(kind, str):
                yield kind, meta if isinstance(meta, dict) else {}
        return
    workflow = read(document, Collector())
    for kind, properties in workflow.typed_nodes():
        if not kind.startswith(("workflow>", "workflow/")):
            yield kind, properties


class _Known:
    """What the bundled catalogues record about packs."""

    def __init__(self, catalog: Catalog, nodes: Sequence[Typed]) -> None:
        """``catalog`` is the bundled catalogue, ``nodes`` are all nodes of the file."""
        self.core = catalog.in_view_of(nodes)
        self.packs = pack_entries()
        self.editor_only = editor_only()
        self.by_id = volumes_by_name()
        unknown = dict.fromkeys(kind for kind, _ in nodes if kind not in self.core)
        self.repositories = {kind: repositories_with(kind) for kind in unknown}
        self.popularity = Counter(name for names in self.repositories.values() for name in names)

    def need(self, kind: str, properties: Mapping[str, Any], needs: dict[str, Need]) -> Need | None:
        """The entry of a node's pack, created for its first node; None if the node needs no pack."""
        edition = self.core.edition_of(kind)
        own = edition.volume if edition is not None else None
        if not kind or kind in core.BEHAVIOURS or (own is None and kind in self.core):
            return None
        noted = [properties.get(key) for key in ("cnr_id", "aux_id")]
        cnr, aux = (item if isinstance(item, str) and _ID.fullmatch(item) else "" for item in noted)
        if cnr == CORE_ID:
            return None
        volume = self.by_id.get(cnr.casefold()) or self.by_id.get(aux.casefold())
        if volume is None and not cnr and "/" not in aux:
            volume = own or self.by_id.get(self.editor_only.get(kind, "").casefold())
        if volume is not None:
            # the id in a pack's source is not always the one that the registry knows
            named = volume.cnr_id if volume.origin == "server" else cnr
            need = Need(volume.folder, named, volume.repository, bundled=volume.version)
        elif cnr or "/" in aux:
            need = Need(cnr or aux, cnr, aux if "/" in aux else "")
        else:
            need = self.provider(kind)
        return needs.setdefault(need.name.casefold(), need)

    def provider(self, kind: str) -> Need:
        """The pack that provides a type of which neither the file nor a bundled catalogue names the pack.

        Of several the one that provides the most types of the file, then the one with the most stars.
        """
        names = sorted(self.repositories.get(kind, ()), key=lambda name: -self.popularity[name])
        if not names:
            return Need(UNKNOWN)
        return Need(
            names[0].partition("/")[2], repository=names[0], alternatives=names[1 : 1 + _ALTERNATIVES]
        )

    def is_in(self, server: Catalog, kind: str, need: Need) -> bool:
        """Whether a server has a type, or for an editor-only type, which no server lists, any type of its
        pack."""
        if kind in server:
            return True
        if kind not in self.editor_only:
            return False
        volume = self.by_id.get(need.name.casefold())
        return volume is not None and any(name in server for name in self.packs.names_of(volume))


def install_lines(needs: list[Need], *, pinned: bool = False) -> list[str]:
    """Arguments for ``comfy node install`` and ``cm-cli.py install``, one per pack, without unknown packs.

    With ``pinned`` a registry id gets the version that most nodes of the file record, if it is a release.
    """
    lines = []
    for need in needs:
        if not need.source:
            continue
        release = max(
            (item for item in need.versions.items() if _RELEASE.fullmatch(item[0])),
            key=lambda item: item[1],
            default=None,
        )
        lines.append(f"{need.cnr_id}@{release[0]}" if pinned and need.cnr_id and release else need.source)
    return lines
