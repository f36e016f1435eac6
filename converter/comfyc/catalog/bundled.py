"""The data that comes with comfyc: node types of ComfyUI and of custom node packs, and the frontend's
titles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import Bundle, gunzip, read_bundle
from comfyc.catalog.entry import clean_entry
from comfyc.catalog.shelf import Shelf
from comfyc.diagnostics import ComfycError

CATALOGS = Path(__file__).parent / "data"
"""The bundled data: the catalogue of ComfyUI's own nodes, and the frontend's English titles."""
PACKS = CATALOGS / "packs"
"""The bundled catalogues of custom node packs, one file each, and their index."""

CORE = "core-0.33.0.jsonl.gz"
CORE_ID = "comfy-core"
"""The pack of ComfyUI's own nodes in workflows (``properties.cnr_id``)."""
TITLES = "titles-en-1.58.1.json.gz"
PRICES = "prices-0.33.0.json.gz"


def core_entries() -> Bundle:
    """The bundle of ComfyUI's own nodes."""
    return read_bundle(CATALOGS / CORE)


def pack_entries() -> Shelf:
    """The bundles of all custom node packs."""
    return _shelf(PACKS)


@cache
def _shelf(folder: Path) -> Shelf:
    return Shelf(folder)


def bundle_name(title: Any) -> str:
    """The name of a bundle in messages."""
    return f"{title} (bundled)"


def input_order(node_type: str) -> Mapping[str, Any]:
    """The ``input_order`` of a type in the bundled catalogues, ``{}`` if none has the type."""
    for source in (core_entries(), pack_entries()):
        if node_type in source:
            known = clean_entry(node_type, source[node_type])
            if known is not None:
                return known.get("input_order") or {}
    return {}


@cache
def prices() -> Mapping[str, Any]:
    """What the price of each of ComfyUI's own nodes that has one depends on: its ``price_badge`` without the
    expression, which is code of ComfyUI and not bundled. A conversion has no use for this table."""
    return _table(PRICES, "prices")


@cache
def titles() -> Mapping[str, str]:
    """The English titles that are bundled in the frontend, by node type with ``_`` for ``.``."""
    return _table(TITLES, "titles")


def _table(name: str, what: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(gunzip((CATALOGS / name).read_bytes()))
    except (OSError, ValueError) as error:
        raise ComfycError(f"cannot read the bundled {what}: {error}", "reinstall comfyc") from error
    return found
