"""What a file needs of ComfyUI itself: its version, and the node types that a server lacks.

A node of ComfyUI's own notes the version that it was saved with (``properties.cnr_id`` is "comfy-core",
``ver`` the version), and the workflow the version of the frontend (``extra.frontendVersion``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from comfyc.catalog import Catalog
from comfyc.catalog.bundled import CORE_ID
from comfyc.documents import is_workflow
from comfyc.needs.bundled import bundled, core_types
from comfyc.needs.model import ComfyUI, LackingType, user_of
from comfyc.needs.stock import Stock
from comfyc.packs import core as editor_types
from comfyc.prompt import Prompt
from comfyc.workflow.model import Workflow

_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){1,3})(?:[-+].{0,40})?")


def needed_comfyui(
    document: Mapping[str, Any], workflow: Workflow | None, prompt: Prompt, stock: Stock, file: str
) -> ComfyUI:
    """What a document says of ComfyUI, and which of its node types the server lacks."""
    found = ComfyUI(bundled=bundled().version or "", server=stock.version)
    named: set[str] = set()
    for kind, properties in workflow.typed_nodes() if workflow is not None else ():
        if properties.get("cnr_id") != CORE_ID:
            continue
        named.add(kind)
        version = properties.get("ver")
        if isinstance(version, str) and _VERSION.fullmatch(version):
            found.versions[version] = found.versions.get(version, 0) + 1
    found.newest = max(found.versions, key=numbers, default="")
    extra = document.get("extra") if is_workflow(document) else None
    frontend = extra.get("frontendVersion") if isinstance(extra, dict) else None
    if isinstance(frontend, str) and _VERSION.fullmatch(frontend):
        found.frontends[frontend] = 1
    found.types = _lacking(prompt, named, stock.catalog, file)
    return found


def _lacking(prompt: Prompt, named: set[str], catalog: Catalog | None, file: str) -> list[LackingType]:
    """The types of ComfyUI's own that the catalogue lacks, with what the server would put in their place.

    The bundled catalogue is asked which types are ComfyUI's, and the file for those that are newer.
    """
    core = core_types()
    asked = catalog if catalog is not None else bundled()
    found: dict[str, LackingType] = {}
    for ident, node in prompt.items():
        kind = node.get("class_type")
        if not isinstance(kind, str) or kind in asked or kind in editor_types.BEHAVIOURS:
            continue
        becomes = replacement(kind, asked)
        if not becomes and (catalog is None or not (kind in core or kind in named)):
            continue
        one = found.setdefault(kind, LackingType(kind, kind in core, becomes))
        one.users.append(user_of(file, ident, node))
    return list(found.values())


def replacement(kind: str, catalog: Catalog) -> str:
    """The type that a server puts in the place of an unknown one, "" if none: the first rule of GET
    /node_replacements, if it names a type that the server has (``app/node_replace_manager.py``)."""
    rules = catalog.node_replacements.get(kind)
    first = rules[0] if isinstance(rules, list) and rules else None
    new = first.get("new_node_id") if isinstance(first, dict) else None
    return new if isinstance(new, str) and new in catalog else ""


def numbers(version: str) -> list[int]:
    """The numbers of a version, for comparisons; [] for what is none."""
    found = _VERSION.fullmatch(version)
    return [int(part) for part in found.group(1).split(".")] if found is not None else []
